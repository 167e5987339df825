//! The journal as it was at earlier heads, as a workspace of its own.
//!
//! For whoever must fold it again as it stood then: a report is proven so. Invariants: the copy holds each device's facts
//! up to the head named and no others, bit for bit, under the same numbers of devices; the original is only read.
//! Deliberately absent: everything that is no fact, but for the quotes handed in.

use crate::feeds::quotes_script;
use crate::head::{Head, HeadFile};
use crate::journal::{FactRow, hash_of, write_facts};
use crate::open::{Inner, connect_writing, db_path, head_path, set_layout};
use crate::pack::encode_quote;
use crate::projection::rebuild;
use crate::schema::{MIGRATOR, migrate};
use crate::script::Script;
use crate::verify::DeviceHead;
use crate::{Result, Store, StoreError};
use domain::{DeviceId, FactHash, Name, Quote, Timestamp};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;

const FACTS_A_PAGE: i64 = 2000;

type Row = (i64, i64, u16, Vec<u8>, Vec<u8>);

impl Store {
    /// The link of one fact; none where there is no such device or fact.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn link_at(&self, device: DeviceId, seq: u64) -> Result<Option<FactHash>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let hash: Option<Vec<u8>> = sqlx::query_scalar(
            "SELECT hash FROM facts JOIN devices ON devices.no = facts.device WHERE devices.id = ? AND seq = ?",
        )
        .bind(device.bytes().as_slice())
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .fetch_optional(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
        Ok(hash.as_deref().and_then(hash_of))
    }

    /// Makes a workspace in an empty folder, of the journal up to these heads and of these quotes.
    ///
    /// # Errors
    /// What reading and writing can meet; then the folder holds nothing of use.
    pub async fn copy_until(&self, heads: &[DeviceHead], quotes: &[Quote], home: &Path) -> Result<()> {
        let db = db_path(home);
        let mut conn = connect_writing(&db).await?;
        migrate(&db, &mut conn, &MIGRATOR).await?;
        let copy = Inner::new(home, db.clone(), None);
        let filled = self.fill(&copy, &mut conn, heads, quotes).await;
        let closed = conn.close().await.map_err(|error| StoreError::database(&db, &error));
        copy.close_readers().await;
        let head = filled?;
        closed?;
        let mut file = HeadFile::open(&head_path(home))?;
        file.write(&head)?;
        file.write(&head)
    }

    async fn fill(
        &self,
        copy: &Inner,
        conn: &mut SqliteConnection,
        heads: &[DeviceHead],
        quotes: &[Quote],
    ) -> Result<Head> {
        let failed = |error: sqlx::Error| copy.failed(&error);
        let inner = self.inner();
        let mut source = inner.reader().await?;
        let devices: Vec<(u32, Vec<u8>, i64, i64)> =
            sqlx::query_as("SELECT no, id, own, mine FROM devices ORDER BY no")
                .fetch_all(&mut *source)
                .await
                .map_err(|error| inner.failed(&error))?;
        let mut tx = conn.begin().await.map_err(failed)?;
        let mut own = None;
        for (no, id, role, mine) in devices {
            let device =
                DeviceId::from_slice(&id).map_err(|error| StoreError::damaged("the table of devices", error))?;
            let Some(head) = heads.iter().find(|head| head.device == device) else { continue };
            sqlx::query("INSERT INTO devices (no, id, own, mine) VALUES (?, ?, ?, ?)")
                .bind(no)
                .bind(&id)
                .bind(if role == 2 { 2 } else { 0 })
                .bind(mine)
                .execute(&mut *tx)
                .await
                .map_err(failed)?;
            // Numbers rise with time: the last of these, but for other devices, was the workspace's own at these heads.
            if role != 2 {
                own = Some((no, *head));
            }
            let mut after = 0;
            while let Some(last) = copy_page(inner, &mut source, (copy, &mut tx), no, (after, head.facts)).await? {
                after = last;
            }
        }
        let Some((no, last)) = own else { return Err(copy.no_workspace()) };
        sqlx::query("UPDATE devices SET own = 1 WHERE no = ?").bind(no).execute(&mut *tx).await.map_err(failed)?;
        let feed = Name::parse("report").map_err(|error| StoreError::damaged("the name of a feed", error))?;
        let quotes: Vec<(Quote, Vec<u8>)> = quotes.iter().map(|quote| (*quote, encode_quote(quote))).collect();
        let mut script = Script::default();
        quotes_script(&mut script, &feed, &quotes);
        script.run(&mut tx).await.map_err(failed)?;
        rebuild(copy, &mut tx).await?;
        set_layout(copy, &mut tx).await?;
        tx.commit().await.map_err(failed)?;
        Ok(Head { device: last.device, seq: last.facts, hash: last.head })
    }
}

/// Copies the next facts of a device; the last one's sequence, or none at the end.
async fn copy_page(
    inner: &Inner,
    source: &mut SqliteConnection,
    (copy, to): (&Inner, &mut SqliteConnection),
    device: u32,
    (after, until): (i64, u64),
) -> Result<Option<i64>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, recorded_at, kind, body, hash FROM facts \
         WHERE device = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    )
    .bind(device)
    .bind(after)
    .bind(i64::try_from(until).unwrap_or(i64::MAX))
    .bind(FACTS_A_PAGE)
    .fetch_all(source)
    .await
    .map_err(|error| inner.failed(&error))?;
    let Some((last, ..)) = rows.last() else { return Ok(None) };
    let last = *last;
    let row = |(seq, recorded_at, kind, body, hash): Row| {
        let hash =
            hash_of(&hash).ok_or_else(|| StoreError::damaged(format!("fact {seq} of device {device}"), "no hash"))?;
        Ok(FactRow { device, seq: seq as u64, recorded_at: Timestamp::from_micros(recorded_at), kind, body, hash })
    };
    let rows = rows.into_iter().map(row).collect::<Result<Vec<_>>>()?;
    let mut script = Script::default();
    write_facts(&mut script, &rows);
    script.run(to).await.map_err(|error| copy.failed(&error))?;
    Ok(Some(last))
}
