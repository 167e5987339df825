//! The journal as it stands, a page at a time: what a person reads, not what engines fold.
//!
//! Invariants: a page is bounded whatever is asked for; order is by device and sequence, never by a clock that may have been
//! set back; a fact that does not read is told as such and hides no other.

use crate::journal::hash_of;
use crate::{Result, Store, StoreError};
use domain::{DeviceId, Fact, FactError, FactHash, OrderId, Timestamp};
use sqlx::{QueryBuilder, Row, Sqlite};

/// The most facts of one page.
const PAGE_MAX: usize = 1_000;

/// A fact's place in the journal: the number of its device, and its sequence there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FactPlace {
    /// The number of the device.
    pub device: u32,
    /// Its sequence.
    pub seq: u64,
}

/// Which facts; all of them by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// About this order.
    pub order: Option<OrderId>,
    /// Of the kind with this number.
    pub kind: Option<u16>,
    /// Recorded at this moment or later.
    pub from: Option<Timestamp>,
    /// Recorded before this moment.
    pub to: Option<Timestamp>,
    /// Those that follow this one on the way that is read.
    pub after: Option<FactPlace>,
    /// Read from the beginning; else from the end.
    pub oldest_first: bool,
    /// At most so many, and never more than a thousand.
    pub limit: usize,
}

/// A fact as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalFact {
    /// Where.
    pub place: FactPlace,
    /// Whose.
    pub device: DeviceId,
    /// When it was recorded, by the clock of then.
    pub recorded_at: Timestamp,
    /// Its link in the chain.
    pub hash: FactHash,
    /// What it says, or why it can't be read.
    pub fact: std::result::Result<Fact, FactError>,
}

/// A page of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalPage {
    /// The facts, in the order that was asked for.
    pub facts: Vec<JournalFact>,
    /// How many match, on this page or not.
    pub total: u64,
    /// Where the next page begins; none on the last.
    pub next: Option<FactPlace>,
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &JournalFilter) {
    query.push(" FROM facts JOIN devices ON devices.no = facts.device WHERE 1");
    if let Some(order) = filter.order {
        // Trades name their order too, but a million imported ones are not looked through for it.
        query.push(" AND (kind <> 10 OR (device, seq) IN (SELECT device, seq FROM order_trades)) AND instr(body, ");
        query.push_bind(order.bytes().to_vec()).push(") > 0");
    }
    if let Some(kind) = filter.kind {
        query.push(" AND kind = ").push_bind(kind);
    }
    if let Some(from) = filter.from {
        query.push(" AND recorded_at >= ").push_bind(from.micros());
    }
    if let Some(to) = filter.to {
        query.push(" AND recorded_at < ").push_bind(to.micros());
    }
}

impl Store {
    /// A page of the journal.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn journal_page(&self, filter: &JournalFilter) -> Result<JournalPage> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let failed = |error: sqlx::Error| inner.failed(&error);
        let mut count = QueryBuilder::new("SELECT count(*)");
        narrow(&mut count, filter);
        let total: i64 = count.build_query_scalar().fetch_one(&mut *conn).await.map_err(failed)?;
        let mut query = QueryBuilder::new("SELECT device, seq, recorded_at, kind, body, hash, devices.id AS of");
        narrow(&mut query, filter);
        let (sign, way) = if filter.oldest_first { (" > (", "") } else { (" < (", " DESC") };
        if let Some(place) = filter.after {
            query.push(" AND (device, seq)").push(sign).push_bind(place.device);
            query.push(", ").push_bind(place.seq as i64).push(")");
        }
        query.push(format!(" ORDER BY device{way}, seq{way} LIMIT "));
        let limit = filter.limit.clamp(1, PAGE_MAX);
        query.push_bind(limit as i64 + 1);
        let rows = query.build().fetch_all(&mut *conn).await.map_err(failed)?;
        let read = |row: sqlx::sqlite::SqliteRow| {
            let (device, seq): (u32, i64) = (row.try_get(0).map_err(failed)?, row.try_get(1).map_err(failed)?);
            let damaged = |what: &str| StoreError::damaged(format!("fact {seq} of device {device}"), what);
            let (kind, body): (u16, Vec<u8>) = (row.try_get(3).map_err(failed)?, row.try_get(4).map_err(failed)?);
            let (hash, of): (Vec<u8>, Vec<u8>) = (row.try_get(5).map_err(failed)?, row.try_get(6).map_err(failed)?);
            Ok(JournalFact {
                place: FactPlace { device, seq: seq as u64 },
                device: DeviceId::from_slice(&of).map_err(|_| damaged("its device has no id"))?,
                recorded_at: Timestamp::from_micros(row.try_get(2).map_err(failed)?),
                hash: hash_of(&hash).ok_or_else(|| damaged("no hash"))?,
                fact: Fact::decode(kind, &body),
            })
        };
        let more = rows.len() > limit;
        let facts: Vec<JournalFact> = rows.into_iter().take(limit).map(read).collect::<Result<_>>()?;
        let next = facts.last().filter(|_| more).map(|fact| fact.place);
        Ok(JournalPage { facts, total: total.unsigned_abs(), next })
    }
}
