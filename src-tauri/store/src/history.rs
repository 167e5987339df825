//! Whole trades for history and for folding orders, read from the journal itself.
//!
//! The packed trades say which ones are wanted and in which order; venue and ids stand only in the facts.

use crate::journal::hash_of;
use crate::open::Inner;
use crate::projection::chunk_key;
use crate::{FactPlace, Result, Store, StoreError};
use domain::{Book, Coin, Fact, FactHash, Timestamp, Trade, TradeId, TradeRow};
use sqlx::SqliteConnection;
use std::collections::{HashMap, HashSet};

const TRADES_A_PAGE: usize = 500;

/// A trade as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTrade {
    /// What makes it this trade.
    pub id: TradeId,
    /// The number of the device that recorded it.
    pub device: u32,
    /// Its sequence there.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The trade.
    pub trade: Trade,
}

/// Which trades; all of them by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TradeFilter {
    /// Of one book.
    pub book: Option<Book>,
    /// Of one coin.
    pub coin: Option<Coin>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Only the newest so many.
    pub limit: Option<usize>,
}

/// The trades of one device among some places, by sequence.
async fn read_page(
    inner: &Inner,
    conn: &mut SqliteConnection,
    device: u32,
    seqs: &[u64],
) -> Result<Vec<(i64, i64, Vec<u8>)>> {
    let (Some(first), Some(last)) = (seqs.first(), seqs.last()) else { return Ok(Vec::new()) };
    // Neighbours are read in one run; scattered ones are looked up.
    let dense = last - first < 2 * seqs.len() as u64;
    let mut query = sqlx::QueryBuilder::new("SELECT seq, recorded_at, body FROM facts WHERE kind = 10 AND device = ");
    query.push_bind(device);
    if dense {
        query.push(" AND seq >= ").push_bind(*first as i64).push(" AND seq <= ").push_bind(*last as i64);
    } else {
        query.push(" AND seq IN (");
        let mut marks = query.separated(",");
        for seq in seqs {
            marks.push_bind(*seq as i64);
        }
        query.push(")");
    }
    query.build_query_as().fetch_all(conn).await.map_err(|error| inner.failed(&error))
}

/// The whole trades at some places, in the places' order.
pub(crate) async fn read_trades(
    inner: &Inner,
    conn: &mut SqliteConnection,
    places: &[(u32, u64)],
) -> Result<Vec<RecordedTrade>> {
    let mut wanted: Vec<(u32, u64, usize)> =
        places.iter().enumerate().map(|(index, (device, seq))| (*device, *seq, index)).collect();
    wanted.sort_unstable();
    let mut found: Vec<Option<RecordedTrade>> = Vec::new();
    found.resize_with(places.len(), || None);
    for of_device in wanted.chunk_by(|a, b| a.0 == b.0) {
        for part in of_device.chunks(TRADES_A_PAGE) {
            let seqs: Vec<u64> = part.iter().map(|(_, seq, _)| *seq).collect();
            let index: HashMap<u64, usize> = part.iter().map(|(_, seq, index)| (*seq, *index)).collect();
            let device = part.first().map_or(0, |(device, ..)| *device);
            for (seq, recorded_at, body) in read_page(inner, conn, device, &seqs).await? {
                let seq = seq as u64;
                let Some(slot) = index.get(&seq).and_then(|index| found.get_mut(*index)) else { continue };
                *slot = Some(decode(device, seq, recorded_at, &body)?);
            }
        }
    }
    let missing = |place: &(u32, u64)| {
        StoreError::damaged(format!("fact {} of device {}", place.1, place.0), "a packed trade has no fact")
    };
    found.into_iter().zip(places).map(|(trade, place)| trade.ok_or_else(|| missing(place))).collect()
}

fn decode(device: u32, seq: u64, recorded_at: i64, body: &[u8]) -> Result<RecordedTrade> {
    match Fact::decode(Fact::TRADE, body) {
        Ok(Fact::Trade(trade)) => {
            Ok(RecordedTrade { id: trade.id(), device, seq, recorded_at: Timestamp::from_micros(recorded_at), trade })
        }
        Ok(_) => Err(StoreError::damaged(format!("fact {seq} of device {device}"), "it is no trade")),
        Err(error) => Err(StoreError::undecodable(device, seq, error)),
    }
}

/// Device and sequence of the trades the journal knows among some.
pub(crate) async fn places_of(
    inner: &Inner,
    conn: &mut SqliteConnection,
    ids: &[TradeId],
) -> Result<HashMap<TradeId, (u32, u64)>> {
    let mut places = HashMap::with_capacity(ids.len());
    for part in ids.chunks(TRADES_A_PAGE) {
        let mut query = sqlx::QueryBuilder::new("SELECT id, device, seq FROM trade_ids WHERE id IN (");
        let mut marks = query.separated(",");
        for id in part {
            marks.push_bind(id.bytes().as_slice());
        }
        query.push(")");
        let rows: Vec<(Vec<u8>, u32, i64)> =
            query.build_query_as().fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        for (id, device, seq) in rows {
            let id = TradeId::from_slice(&id).map_err(|error| StoreError::damaged("the trades' identities", error))?;
            places.insert(id, (device, seq as u64));
        }
    }
    Ok(places)
}

impl Store {
    /// Whole trades in the order they are folded in; with a limit, the newest so many of them.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn trades(&self, filter: &TradeFilter) -> Result<Vec<RecordedTrade>> {
        let places: Vec<(u32, u64)> = self.trade_rows(filter).await?.iter().map(|row| (row.device, row.seq)).collect();
        let mut conn = self.inner().reader().await?;
        read_trades(self.inner(), &mut conn, &places).await
    }

    /// The same trades packed, in the same order: [`Self::trades_at`] reads them whole, a part at a time.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn trade_rows(&self, filter: &TradeFilter) -> Result<Vec<TradeRow>> {
        let mut rows = self.load_rows(filter.book).await?;
        if let Some(coin) = filter.coin {
            let number = self.coins().await?.into_iter().find(|(_, known)| *known == coin).map(|(number, _)| number);
            rows.retain(|row| Some(row.coin) == number);
        }
        let inside = |row: &TradeRow| {
            filter.from.is_none_or(|from| row.time >= from) && filter.to.is_none_or(|to| row.time < to)
        };
        rows.retain(inside);
        rows.drain(..filter.limit.map_or(0, |limit| rows.len().saturating_sub(limit)));
        Ok(rows)
    }

    /// The trades of these identities that the journal has.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn trades_by_id(&self, ids: &[TradeId]) -> Result<Vec<RecordedTrade>> {
        let known = self.trade_places(ids).await?;
        let places: Vec<(u32, u64)> = ids.iter().filter_map(|id| known.get(id).copied()).collect();
        self.trades_at(&places).await
    }

    /// The link of a fact in its chain.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where no fact stands, and what reading can meet.
    pub async fn hash_at(&self, place: FactPlace) -> Result<FactHash> {
        let mut conn = self.inner().reader().await?;
        let hash: Option<Vec<u8>> = sqlx::query_scalar("SELECT hash FROM facts WHERE device = ? AND seq = ?")
            .bind(place.device)
            .bind(place.seq as i64)
            .fetch_optional(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))?;
        let damaged = || StoreError::damaged(format!("fact {} of device {}", place.seq, place.device), "no hash");
        hash.as_deref().and_then(hash_of).ok_or_else(damaged)
    }

    /// Where the packed trades of each device end: equal as long as no trade came.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn trades_stamp(&self) -> Result<Vec<(i64, i64)>> {
        let mut conn = self.inner().reader().await?;
        let devices: Vec<u32> = sqlx::query_scalar("SELECT no FROM devices ORDER BY no")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))?;
        let mut ends = Vec::with_capacity(devices.len());
        for device in devices {
            let last: Option<(i64, i64)> = sqlx::query_as(
                "SELECT chunk, length(body) FROM trades WHERE chunk >= ? AND chunk < ? ORDER BY chunk DESC LIMIT 1",
            )
            .bind(chunk_key(device, 0))
            .bind(chunk_key(device + 1, 0))
            .fetch_optional(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))?;
            ends.extend(last);
        }
        Ok(ends)
    }

    /// Where trades stand whose facts hold these words as they are written: a venue, an id of one. Looks through every
    /// trade, some half a second for a million.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn trades_saying(&self, words: &str) -> Result<HashSet<FactPlace>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<(u32, i64)> =
            sqlx::query_as("SELECT device, seq FROM facts WHERE kind = 10 AND instr(body, CAST(? AS BLOB)) > 0")
                .bind(words.as_bytes())
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| self.inner().failed(&error))?;
        Ok(rows.into_iter().map(|(device, seq)| FactPlace { device, seq: seq as u64 }).collect())
    }

    /// Whole trades that came from our orders, by device and sequence.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn trades_of_orders(&self) -> Result<Vec<RecordedTrade>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<(u32, i64)> = sqlx::query_as("SELECT device, seq FROM order_trades ORDER BY device, seq")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))?;
        let places: Vec<(u32, u64)> = rows.into_iter().map(|(device, seq)| (device, seq as u64)).collect();
        read_trades(self.inner(), &mut conn, &places).await
    }

    /// The whole trades at some places (device and sequence), in the places' order.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] for a place without a trade, and what reading can meet.
    pub async fn trades_at(&self, places: &[(u32, u64)]) -> Result<Vec<RecordedTrade>> {
        let mut conn = self.inner().reader().await?;
        read_trades(self.inner(), &mut conn, places).await
    }

    /// Device and sequence of the trades the journal knows among some.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn trade_places(&self, ids: &[TradeId]) -> Result<HashMap<TradeId, (u32, u64)>> {
        let mut conn = self.inner().reader().await?;
        places_of(self.inner(), &mut conn, ids).await
    }

    /// The identities of the trades at some places; places without a trade have none.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn trade_ids(&self, places: &[(u32, u64)]) -> Result<HashMap<(u32, u64), TradeId>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let mut wanted = places.to_vec();
        wanted.sort_unstable();
        let mut ids = HashMap::with_capacity(wanted.len());
        for of_device in wanted.chunk_by(|a, b| a.0 == b.0) {
            for part in of_device.chunks(TRADES_A_PAGE) {
                let device = part.first().map_or(0, |(device, _)| *device);
                let seqs: Vec<u64> = part.iter().map(|(_, seq)| *seq).collect();
                for (seq, recorded_at, body) in read_page(inner, &mut conn, device, &seqs).await? {
                    let seq = seq as u64;
                    if seqs.binary_search(&seq).is_ok() {
                        ids.insert((device, seq), decode(device, seq, recorded_at, &body)?.id);
                    }
                }
            }
        }
        Ok(ids)
    }
}
