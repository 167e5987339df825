//! What the desk folds: every fact that is no trade, and the trades of our own orders, in the order they were recorded.
//!
//! Invariants: only this workspace's own facts, and those of the devices it was restored from, are handed to a desk: an order
//! belongs to its device; a million imported trades are not walked over; a page is bounded, so that folding a long journal needs no
//! more memory than folding a short one. Deliberately absent: the fold.

use crate::{FactPlace, Recorded, Result, Store, StoreError};
use domain::{Fact, Money, OrderId, Timestamp};
use std::collections::HashMap;

/// Facts of one page.
const PAGE: i64 = 2_000;

const PAGE_OF_DESK: &str = "SELECT device, seq, recorded_at, kind, body FROM ( \
       SELECT device, seq FROM facts INDEXED BY facts_control WHERE kind <> 10 AND (device, seq) > (?1, ?2) \
         AND seq <= (SELECT mine FROM devices WHERE no = device) \
       UNION ALL \
       SELECT device, seq FROM order_trades WHERE (device, seq) > (?1, ?2) \
         AND seq <= (SELECT mine FROM devices WHERE no = device) \
       ORDER BY device, seq LIMIT ?3) \
     JOIN facts USING (device, seq) ORDER BY device, seq";

const PAGE_OF_ALL: &str = "SELECT device, seq, recorded_at, kind, body FROM ( \
       SELECT device, seq FROM facts INDEXED BY facts_control WHERE kind <> 10 AND (device, seq) > (?1, ?2) \
       UNION ALL \
       SELECT device, seq FROM order_trades WHERE (device, seq) > (?1, ?2) \
       ORDER BY device, seq LIMIT ?3) \
     JOIN facts USING (device, seq) ORDER BY device, seq";

const OF_ORDER: &str = "SELECT device, seq, recorded_at, kind, body FROM ( \
       SELECT device, seq FROM facts INDEXED BY facts_control WHERE kind <> 10 \
       UNION ALL SELECT device, seq FROM order_trades) \
     JOIN facts USING (device, seq) WHERE (instr(body, ?1) > 0 OR kind = ?2) \
       AND seq <= (SELECT mine FROM devices WHERE no = device) ORDER BY device, seq";

const LAST_OF_KIND: &str = "SELECT device, seq, recorded_at, kind, body FROM facts INDEXED BY facts_control \
     WHERE kind <> 10 AND kind = ?1 AND seq <= (SELECT mine FROM devices WHERE no = device) ORDER BY device DESC, seq DESC LIMIT 1";

pub(crate) type Row = (u32, i64, i64, u16, Vec<u8>);

pub(crate) fn recorded((device, seq, recorded_at, kind, body): Row) -> Result<Recorded> {
    let seq = seq as u64;
    let fact = Fact::decode(kind, &body).map_err(|error| StoreError::undecodable(device, seq, error))?;
    Ok(Recorded { device, seq, recorded_at: Timestamp::from_micros(recorded_at), fact })
}

impl Store {
    /// The next facts of the desk after a place, oldest first; none at the end.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn desk_facts(&self, after: Option<FactPlace>) -> Result<Vec<Recorded>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let (device, seq) = after.map_or((0, 0), |place| (place.device, place.seq as i64));
        let query = sqlx::query_as(PAGE_OF_DESK).bind(device).bind(seq).bind(PAGE);
        let rows: Vec<Row> = query.fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        rows.into_iter().map(recorded).collect()
    }

    /// Every fact about one order, oldest first, and when the paper wallet was started afresh: that ends orders, too.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn order_facts(&self, order: OrderId) -> Result<Vec<Recorded>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let (reset, _) = Fact::PaperReset { cash: Money::ZERO_AUD }.encode()?;
        let query = sqlx::query_as(OF_ORDER).bind(order.bytes().to_vec()).bind(reset);
        let rows: Vec<Row> = query.fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        // The id may stand in another order's fact, as the order that one is a slice of.
        let about = |fact: &Fact| fact.order() == Some(order) || matches!(fact, Fact::PaperReset { .. });
        rows.into_iter().map(recorded).filter(|read| read.as_ref().map_or(true, |read| about(&read.fact))).collect()
    }

    /// The same of every device: what the books of all of them are folded from.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn desk_facts_of_all(&self, after: Option<FactPlace>) -> Result<Vec<Recorded>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let (device, seq) = after.map_or((0, 0), |place| (place.device, place.seq as i64));
        let query = sqlx::query_as(PAGE_OF_ALL).bind(device).bind(seq).bind(PAGE);
        let rows: Vec<Row> = query.fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        rows.into_iter().map(recorded).collect()
    }

    /// The first fact of each device, by number, that counts for its paper wallet: its last fresh start, or what follows the
    /// point where a device that was restored from it began afresh. All facts of a device that is not named count.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn paper_begins(&self) -> Result<HashMap<u32, u64>> {
        let (reset, _) = Fact::PaperReset { cash: Money::ZERO_AUD }.encode()?;
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let failed = |error: sqlx::Error| inner.failed(&error);
        let query =
            "SELECT device, max(seq) FROM facts INDEXED BY facts_control WHERE kind <> 10 AND kind = ? GROUP BY device";
        let resets: Vec<(u32, i64)> = sqlx::query_as(query).bind(reset).fetch_all(&mut *conn).await.map_err(failed)?;
        let query = "SELECT device, seq, recorded_at, kind, body FROM facts INDEXED BY facts_control \
                     WHERE kind <> 10 AND kind = 2 AND seq = 2";
        let rows: Vec<Row> = sqlx::query_as(query).fetch_all(&mut *conn).await.map_err(failed)?;
        let devices: Vec<(u32, Vec<u8>)> =
            sqlx::query_as("SELECT no, id FROM devices").fetch_all(&mut *conn).await.map_err(failed)?;
        let mut came_from = HashMap::new();
        for row in rows {
            let Recorded { device, fact, .. } = recorded(row)?;
            if let Fact::Restored { from, from_seq, .. } = fact
                && let Some((no, _)) = devices.iter().find(|(_, id)| id.as_slice() == from.bytes())
            {
                came_from.insert(device, (*no, from_seq));
            }
        }
        let mut begins: HashMap<u32, u64> = HashMap::new();
        for (device, seq) in resets {
            let mut at = (device, seq.unsigned_abs());
            for _ in 0..=came_from.len() {
                let first = begins.entry(at.0).or_default();
                *first = at.1.max(*first);
                let Some((from, until)) = came_from.get(&at.0) else { break };
                at = (*from, until + 1);
            }
        }
        Ok(begins)
    }

    /// When the paper wallet was started afresh last; none when it never was.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn last_paper_reset(&self) -> Result<Option<Recorded>> {
        let (reset, _) = Fact::PaperReset { cash: Money::ZERO_AUD }.encode()?;
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let row: Option<Row> = sqlx::query_as(LAST_OF_KIND)
            .bind(reset)
            .fetch_optional(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        row.map(recorded).transpose()
    }
}
