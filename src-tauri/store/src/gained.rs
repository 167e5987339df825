//! What the journal gained since a reader last looked, so that what it folded need not be folded again.
//!
//! Facts are only ever appended, so a reader that knows the last sequence it has of each device asks for what lies behind. A
//! device it does not know yet is read from its beginning.

use crate::open::Inner;
use crate::pack::decode_chunk;
use crate::projection::{CHUNKS_A_PAGE, chunk_damaged, chunk_key, chunk_place, withdrawn};
use crate::{Result, Store};
use domain::{Book, TradeRow};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

/// The last sequence a reader has of each device, by number.
pub type Places = BTreeMap<u32, u64>;

/// More new facts than this are not worth looking at one by one.
const KINDS_MAX: i64 = 10_000;

async fn devices(inner: &Inner, conn: &mut SqliteConnection) -> Result<Vec<u32>> {
    let query = sqlx::query_scalar("SELECT no FROM devices ORDER BY no");
    query.fetch_all(conn).await.map_err(|error| inner.failed(&error))
}

fn place(places: &Places, device: u32) -> u64 {
    places.get(&device).copied().unwrap_or_default()
}

impl Store {
    /// Where the facts that are no trades end.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn control_places(&self) -> Result<Places> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let mut places = Places::new();
        for device in devices(inner, &mut conn).await? {
            let last: Option<i64> = sqlx::query_scalar(
                "SELECT max(seq) FROM facts INDEXED BY facts_control WHERE device = ? AND kind <> 10",
            )
            .bind(device)
            .fetch_one(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
            places.insert(device, last.unwrap_or_default().unsigned_abs());
        }
        Ok(places)
    }

    /// The kinds of the facts behind these places that are no trades, and where they end now; none when they are too many to
    /// tell.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn control_kinds_after(&self, places: &Places) -> Result<Option<(Places, Vec<u16>)>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let (mut ends, mut kinds) = (Places::new(), Vec::new());
        for device in devices(inner, &mut conn).await? {
            let known = place(places, device);
            let query = "SELECT seq, kind FROM facts INDEXED BY facts_control \
                         WHERE device = ? AND seq > ? AND kind <> 10 ORDER BY seq LIMIT ?";
            let new: Vec<(i64, u16)> = sqlx::query_as(query)
                .bind(device)
                .bind(known as i64)
                .bind(KINDS_MAX)
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| inner.failed(&error))?;
            if new.len() as i64 == KINDS_MAX {
                return Ok(None);
            }
            ends.insert(device, new.last().map_or(known, |(seq, _)| seq.unsigned_abs()));
            kinds.extend(new.into_iter().map(|(_, kind)| kind));
        }
        Ok(Some((ends, kinds)))
    }

    /// The trades of a book behind these places that count, in the order they are folded in. The places move to the last trade
    /// of either book.
    ///
    /// # Errors
    /// [`crate::StoreError::Damaged`] and what reading can meet; the places are not to be used any more then.
    pub async fn rows_after(&self, book: Book, places: &mut Places) -> Result<Vec<TradeRow>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let gone = withdrawn(inner, &mut conn).await?;
        let mut rows = Vec::new();
        for device in devices(inner, &mut conn).await? {
            let known = place(places, device);
            let (mut last, mut next) = (known, first_chunk(inner, &mut conn, device, known).await?);
            let end = chunk_key(device.saturating_add(1), 0);
            loop {
                let page = chunks(inner, &mut conn, next, end).await?;
                let Some((key, _)) = page.last() else { break };
                next = key.saturating_add(1);
                for (key, body) in &page {
                    let (of, first) = chunk_place(*key);
                    let mut take = |row: TradeRow| {
                        if row.seq > known {
                            last = row.seq;
                            let counts = row.book == book && !gone.contains(&(row.device, row.seq));
                            rows.extend(counts.then_some(row));
                        }
                    };
                    decode_chunk(of, first, body, &mut take).map_err(|error| chunk_damaged(*key, error))?;
                }
            }
            places.insert(device, last);
        }
        // Stable: a journal is mostly in this order already, and such runs sort in one pass.
        rows.sort_by(TradeRow::fold_order);
        Ok(rows)
    }
}

/// The chunk a device's next trade may be in: the one that holds the last known trade may hold new ones too.
async fn first_chunk(inner: &Inner, conn: &mut SqliteConnection, device: u32, known: u64) -> Result<i64> {
    let begin = chunk_key(device, 0);
    let last: Option<i64> = sqlx::query_scalar("SELECT max(chunk) FROM trades WHERE chunk >= ? AND chunk <= ?")
        .bind(begin)
        .bind(chunk_key(device, known))
        .fetch_one(conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    Ok(last.unwrap_or(begin))
}

async fn chunks(inner: &Inner, conn: &mut SqliteConnection, from: i64, end: i64) -> Result<Vec<(i64, Vec<u8>)>> {
    sqlx::query_as("SELECT chunk, body FROM trades WHERE chunk >= ? AND chunk < ? ORDER BY chunk LIMIT ?")
        .bind(from)
        .bind(end)
        .bind(CHUNKS_A_PAGE)
        .fetch_all(conn)
        .await
        .map_err(|error| inner.failed(&error))
}
