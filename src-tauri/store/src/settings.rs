//! What a person set for the workspace, by name, and what its parts take on disk. Settings, not facts: losing them costs a
//! command.

use crate::script::Script;
use crate::{Result, Store};

/// What a part of a workspace takes on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartSize {
    /// `journal`, `ticks`, `candles`, `observations`, `other`, or `free` for space that is used again before the file grows.
    pub part: &'static str,
    /// In bytes.
    pub bytes: u64,
}

/// Parts and the beginnings of the names of their tables; what fits none is `other`.
const PARTS: [(&str, &[&str]); 4] = [
    ("journal", &["facts", "waiting_facts", "devices", "trade", "order_trades", "sqlite_autoindex_trade"]),
    ("ticks", &["tick_", "sqlite_autoindex_tick_"]),
    ("candles", &["candles"]),
    ("observations", &["observations", "sqlite_autoindex_observations"]),
];

fn part_of(table: &str) -> &'static str {
    let found = PARTS.iter().find(|(_, names)| names.iter().any(|name| table.starts_with(name)));
    found.map_or("other", |(part, _)| part)
}

impl Store {
    /// What is set under a name.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn setting(&self, name: &str) -> Result<Option<String>> {
        let mut conn = self.inner().reader().await?;
        sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
            .bind(name)
            .fetch_optional(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))
    }

    /// Sets some names, all or none.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn set_settings(&self, settings: &[(&str, String)]) -> Result<()> {
        let mut script = Script::default();
        let after = "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        script.rows("INSERT INTO settings (name, value) VALUES", 2, settings, after, |out, (name, value)| {
            out.add(*name).add(value.as_str());
        });
        self.write(script).await.map(|_| ())
    }

    /// What each part takes on disk. Reads the whole file once.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn part_sizes(&self) -> Result<Vec<PartSize>> {
        let mut conn = self.inner().reader().await?;
        let failed = |error: sqlx::Error| self.inner().failed(&error);
        let tables: Vec<(String, i64)> = sqlx::query_as("SELECT name, pgsize FROM dbstat WHERE aggregate = TRUE")
            .fetch_all(&mut *conn)
            .await
            .map_err(failed)?;
        let free: i64 =
            sqlx::query_scalar("SELECT freelist_count * page_size FROM pragma_freelist_count(), pragma_page_size()")
                .fetch_one(&mut *conn)
                .await
                .map_err(failed)?;
        let parts = PARTS.iter().map(|(part, _)| *part).chain(["other"]);
        let sum =
            |part| tables.iter().filter(|(table, _)| part_of(table) == part).map(|(_, bytes)| *bytes as u64).sum();
        let mut sizes: Vec<PartSize> = parts.map(|part| PartSize { part, bytes: sum(part) }).collect();
        sizes.push(PartSize { part: "free", bytes: free as u64 });
        Ok(sizes)
    }
}
