//! What was decided about each source: paused by a person, what was set for it, the shape its replies have, when it is to run
//! next; and how far its clock is off. Settings, not facts: losing them costs a click.
//!
//! Deliberately absent: secrets, which are in the system's keyring, and whether a value fits, which is judged before.

use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Name, Timestamp};
use ledgers::Fingerprint;
use sqlx::FromRow;
use std::collections::BTreeMap;

/// What is set for a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSetting {
    /// The source.
    pub name: Name,
    /// Whether it runs only when asked.
    pub paused: bool,
    /// The shape its replies are known to have.
    pub shape: Option<Fingerprint>,
    /// When the process that holds the workspace means to run it.
    pub next_run: Option<Timestamp>,
    /// What a person set, by the setting's name.
    pub values: BTreeMap<String, String>,
    /// How far its clock is ahead of ours, in milliseconds.
    pub skew_ms: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    name: String,
    paused: bool,
    shape: Option<Vec<u8>>,
    next_run: Option<i64>,
    settings: Option<String>,
    skew_ms: Option<i64>,
}

fn setting_of(row: Row) -> Result<SourceSetting> {
    let shape = match row.shape {
        None => None,
        Some(bytes) => {
            let bytes: [u8; 32] = bytes
                .try_into()
                .map_err(|_| StoreError::damaged(format!("the shape of {}", row.name), "its length"))?;
            Some(Fingerprint::from_bytes(bytes))
        }
    };
    let values = row.settings.as_deref().map(serde_json::from_str).transpose();
    Ok(SourceSetting {
        values: values
            .map_err(|error| StoreError::damaged(format!("the settings of {}", row.name), error))?
            .unwrap_or_default(),
        skew_ms: row.skew_ms,
        name: Name::parse(&row.name).map_err(|error| StoreError::damaged("a source's name", error))?,
        paused: row.paused,
        shape,
        next_run: row.next_run.map(Timestamp::from_micros),
    })
}

impl Store {
    /// What is set for the sources for which anything is, by name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn source_settings(&self) -> Result<Vec<SourceSetting>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<Row> =
            sqlx::query_as("SELECT name, paused, shape, next_run, settings, skew_ms FROM sources ORDER BY name")
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| self.inner().failed(&error))?;
        rows.into_iter().map(setting_of).collect()
    }

    /// Pauses a source, or lets it go on.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn set_source_paused(&self, name: &Name, paused: bool) -> Result<()> {
        let mut script = Script::default();
        let after = "ON CONFLICT (name) DO UPDATE SET paused = excluded.paused";
        script.rows("INSERT INTO sources (name, paused) VALUES", 2, &[paused], after, |out, paused| {
            out.add(name.as_str()).add(*paused);
        });
        self.write(script).await.map(|_| ())
    }

    /// Keeps the shape a source's replies are known to have; none forgets it.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn set_source_shape(&self, name: &Name, shape: Option<Fingerprint>) -> Result<()> {
        let mut script = Script::default();
        let after = "ON CONFLICT (name) DO UPDATE SET shape = excluded.shape";
        script.rows("INSERT INTO sources (name, shape) VALUES", 2, &[shape], after, |out, shape| {
            out.add(name.as_str()).add(shape.map(|shape| shape.bytes().to_vec()));
        });
        self.write(script).await.map(|_| ())
    }

    /// Keeps what a person set for a source, in place of all that was set before.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn set_source_values(&self, name: &Name, values: &BTreeMap<String, String>) -> Result<()> {
        let text = serde_json::to_string(values);
        let text = text.map_err(|error| StoreError::damaged(format!("the settings of {name}"), error))?;
        let mut script = Script::default();
        let after = "ON CONFLICT (name) DO UPDATE SET settings = excluded.settings";
        script.rows("INSERT INTO sources (name, settings) VALUES", 2, &[text], after, |out, text| {
            out.add(name.as_str()).add(text.as_str());
        });
        self.write(script).await.map(|_| ())
    }

    /// Notes how far a source's clock is ahead of ours.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn set_source_skew(&self, name: &Name, skew_ms: i64) -> Result<()> {
        let mut script = Script::default();
        let after = "ON CONFLICT (name) DO UPDATE SET skew_ms = excluded.skew_ms";
        script.rows("INSERT INTO sources (name, skew_ms) VALUES", 2, &[skew_ms], after, |out, skew_ms| {
            out.add(name.as_str()).add(*skew_ms);
        });
        self.write(script).await.map(|_| ())
    }

    /// Notes when sources are to run next, for those who look from another process.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn set_next_runs(&self, next: &[(Name, Option<Timestamp>)]) -> Result<()> {
        let mut script = Script::default();
        let after = "ON CONFLICT (name) DO UPDATE SET next_run = excluded.next_run";
        script.rows("INSERT INTO sources (name, next_run) VALUES", 2, next, after, |out, (name, next)| {
            out.add(name.as_str()).add(next.map(Timestamp::micros));
        });
        self.write(script).await.map(|_| ())
    }
}
