//! The projections of the journal: packed trades, identities, dictionaries.
//!
//! Invariants: they are a function of the journal alone (devices by number, facts by sequence; dictionary numbers by
//! first appearance), so that a rebuild gives the same bytes. Deliberately absent: positions and P&L, which `books`
//! folds.

use crate::open::Inner;
use crate::order::SameOrder;
use crate::pack::{Chunk, decode_chunk};
use crate::script::Script;
use crate::twins::{Telling, write_all};
use crate::{FactPlace, Result, Store, StoreError};
use domain::{Book, Coin, Currency, DeviceId, Fact, Name, Note, RowKind, Timestamp, Trade, TradeId, TradeRow, Verdict};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashMap, HashSet};

/// The layout of the projections; another number in a database means: rebuild.
pub(crate) const LAYOUT: i64 = 1;

const SEQ_BITS: u32 = 40;
const SEQ_MAX: u64 = (1 << SEQ_BITS) - 1;
pub(crate) const CHUNKS_A_PAGE: i64 = 1000;
const FACTS_A_PAGE: i64 = 4000;

/// Devices before sequences, so that chunks lie in journal order.
pub(crate) fn chunk_key(device: u32, first_seq: u64) -> i64 {
    (i64::from(device) << SEQ_BITS) | (first_seq & SEQ_MAX) as i64
}

pub(crate) fn chunk_place(key: i64) -> (u32, u64) {
    ((key >> SEQ_BITS) as u32, key as u64 & SEQ_MAX)
}

/// Rows the projections want written.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub chunks: Vec<(i64, Vec<u8>)>,
    pub ids: Vec<(TradeId, u32, u64)>,
    pub orders: Vec<(u32, u64)>,
    pub coins: Vec<(u32, Coin)>,
    pub names: Vec<(u32, Name)>,
}

impl Changes {
    pub(crate) fn write(&self, script: &mut Script) {
        script.rows("INSERT INTO coins (no, text) VALUES", 2, &self.coins, "", |out, (no, coin)| {
            out.add(*no).add(coin.as_str());
        });
        script.rows("INSERT INTO names (no, text) VALUES", 2, &self.names, "", |out, (no, name)| {
            out.add(*no).add(name.as_str());
        });
        let replace = "ON CONFLICT (chunk) DO UPDATE SET body = excluded.body";
        script.rows("INSERT INTO trades (chunk, body) VALUES", 2, &self.chunks, replace, |out, (key, body)| {
            out.add(*key).add(body.as_slice());
        });
        script.rows("INSERT INTO order_trades (device, seq) VALUES", 2, &self.orders, "", |out, (device, seq)| {
            out.add(*device).add(*seq as i64);
        });
        write_ids(script, &self.ids);
    }
}

pub(crate) fn write_ids(script: &mut Script, ids: &[(TradeId, u32, u64)]) {
    script.rows("INSERT INTO trade_ids (id, device, seq) VALUES", 3, ids, "", |out, (id, device, seq)| {
        out.add(id.bytes().as_slice()).add(*device).add(*seq as i64);
    });
}

/// Turns trades into rows of the projections.
#[derive(Debug, Default)]
pub(crate) struct Projector {
    coins: HashMap<Coin, u32>,
    names: HashMap<Name, u32>,
    open: Option<Chunk>,
    open_changed: bool,
}

impl Projector {
    /// As the database left off for a device.
    pub(crate) async fn load(inner: &Inner, conn: &mut SqliteConnection, device: u32) -> Result<Self> {
        let coins = read_coins(inner, conn).await?.into_iter().map(|(no, coin)| (coin, no)).collect();
        let names = read_names(inner, conn).await?.into_iter().map(|(no, name)| (name, no)).collect();
        let last: Option<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT chunk, body FROM trades WHERE chunk >= ? AND chunk <= ? ORDER BY chunk DESC LIMIT 1",
        )
        .bind(chunk_key(device, 0))
        .bind(chunk_key(device, SEQ_MAX))
        .fetch_optional(conn)
        .await
        .map_err(|error| inner.failed(&error))?;
        let open = last
            .map(|(key, body)| {
                let (device, first_seq) = chunk_place(key);
                Chunk::reopen(device, first_seq, body).map_err(|error| chunk_damaged(key, error))
            })
            .transpose()?;
        Ok(Self { coins, names, open, open_changed: false })
    }

    /// With dictionaries that are there already.
    pub(crate) fn speaking(coins: &BTreeMap<u32, Coin>, names: &BTreeMap<u32, Name>) -> Self {
        Self {
            coins: coins.iter().map(|(no, coin)| (*coin, *no)).collect(),
            names: names.iter().map(|(no, name)| (name.clone(), *no)).collect(),
            ..Self::default()
        }
    }

    /// Takes one trade of the journal. `id` is none where identities are not wanted.
    pub(crate) fn take(&mut self, place: Place, trade: &Trade, changes: &mut Changes) -> Result<TradeRow> {
        let Place { device, seq, recorded_at } = place;
        if trade.fee.currency() != Currency::AUD {
            return Err(StoreError::ForeignFee { currency: trade.fee.currency().to_string() });
        }
        let row = TradeRow {
            time: trade.time,
            recorded_at,
            seq,
            quantity: trade.quantity,
            price: trade.price,
            fee: trade.fee.amount(),
            device,
            coin: number(&mut self.coins, trade.coin, &mut changes.coins),
            algorithm: match &trade.algorithm {
                Some(name) => number(&mut self.names, name.clone(), &mut changes.names),
                None => 0,
            },
            side: trade.side,
            book: trade.book,
            kind: RowKind::Trade,
        };
        if trade.order.is_some() {
            changes.orders.push((device, seq));
        }
        self.pack(&row, changes);
        Ok(row)
    }

    fn pack(&mut self, row: &TradeRow, changes: &mut Changes) {
        if let Some(open) = self.open.as_mut().filter(|open| open.device == row.device)
            && open.push(row)
        {
            self.open_changed = true;
            return;
        }
        self.flush(changes);
        let mut chunk = Chunk::new(row.device, row.seq);
        // An empty chunk always takes one trade: the longest is far shorter than a chunk.
        chunk.push(row);
        self.open = Some(chunk);
        self.open_changed = true;
    }

    /// Hands over the chunk still open, as it stands.
    pub(crate) fn flush(&mut self, changes: &mut Changes) {
        if let Some(open) = self.open.as_ref().filter(|_| self.open_changed) {
            changes.chunks.push((chunk_key(open.device, open.first_seq), open.body().to_vec()));
        }
        self.open_changed = false;
    }
}

/// Where a fact stands in the journal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub device: u32,
    pub seq: u64,
    pub recorded_at: Timestamp,
}

fn number<K: Clone + Eq + std::hash::Hash>(known: &mut HashMap<K, u32>, key: K, new: &mut Vec<(u32, K)>) -> u32 {
    if let Some(number) = known.get(&key) {
        return *number;
    }
    let number = known.len() as u32 + 1;
    new.push((number, key.clone()));
    known.insert(key, number);
    number
}

pub(crate) fn chunk_damaged(key: i64, error: impl ToString) -> StoreError {
    let (device, seq) = chunk_place(key);
    StoreError::damaged(format!("the packed trades from fact {seq} of device {device}"), error)
}

pub(crate) async fn read_coins(inner: &Inner, conn: &mut SqliteConnection) -> Result<BTreeMap<u32, Coin>> {
    let rows: Vec<(u32, String)> = sqlx::query_as("SELECT no, text FROM coins ORDER BY no")
        .fetch_all(conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    let coin = |(no, text): (u32, String)| {
        Coin::parse(&text).map(|coin| (no, coin)).map_err(|error| StoreError::damaged("the dictionary of coins", error))
    };
    rows.into_iter().map(coin).collect()
}

pub(crate) async fn read_names(inner: &Inner, conn: &mut SqliteConnection) -> Result<BTreeMap<u32, Name>> {
    let rows: Vec<(u32, String)> = sqlx::query_as("SELECT no, text FROM names ORDER BY no")
        .fetch_all(conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    let name = |(no, text): (u32, String)| {
        Name::parse(&text).map(|name| (no, name)).map_err(|error| StoreError::damaged("the dictionary of names", error))
    };
    rows.into_iter().map(name).collect()
}

/// Where the trades stand that a person says are told twice, or that two devices told: they are in the journal and in no
/// figure.
pub(crate) async fn withdrawn(inner: &Inner, conn: &mut SqliteConnection) -> Result<HashSet<(u32, u64)>> {
    let failed = |error: sqlx::Error| inner.failed(&error);
    let query = "SELECT device, seq, recorded_at, body FROM facts INDEXED BY facts_books \
                 WHERE kind >= 110 AND kind <= 119 AND kind = 116 ORDER BY device, seq";
    let mut notes: Vec<(u32, i64, i64, Vec<u8>)> = sqlx::query_as(query).fetch_all(&mut *conn).await.map_err(failed)?;
    let order = SameOrder::of(inner, conn).await?;
    order.sort(&mut notes, |note| (note.0, note.2));
    let mut verdicts = BTreeMap::new();
    for (device, seq, _, body) in notes {
        let fact = Fact::decode(116, &body).map_err(|error| StoreError::undecodable(device, seq as u64, error))?;
        if let Fact::Noted { note: Note::Settled { known, told, verdict }, .. } = fact {
            verdicts.insert((known, told), verdict);
        }
    }
    let twins: Vec<(u32, i64)> =
        sqlx::query_as("SELECT device, seq FROM trade_twins").fetch_all(&mut *conn).await.map_err(failed)?;
    let mut gone: HashSet<(u32, u64)> = twins.into_iter().map(|(device, seq)| (device, seq as u64)).collect();
    for ((known, told), verdict) in verdicts {
        let out = match verdict {
            Verdict::Same => told,
            Verdict::Corrected => known,
            Verdict::Both => continue,
        };
        let place: Option<(u32, i64)> = sqlx::query_as("SELECT device, seq FROM trade_ids WHERE id = ?")
            .bind(out.bytes().as_slice())
            .fetch_optional(&mut *conn)
            .await
            .map_err(failed)?;
        gone.extend(place.map(|(device, seq)| (device, seq as u64)));
    }
    Ok(gone)
}

/// Hands every packed trade to `each`, in journal order.
pub(crate) async fn scan_rows(
    inner: &Inner,
    conn: &mut SqliteConnection,
    mut each: impl FnMut(TradeRow),
) -> Result<()> {
    let mut after = i64::MIN;
    loop {
        let page: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT chunk, body FROM trades WHERE chunk > ? ORDER BY chunk LIMIT ?")
                .bind(after)
                .bind(CHUNKS_A_PAGE)
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| inner.failed(&error))?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = *last;
        for (key, body) in &page {
            let (device, first_seq) = chunk_place(*key);
            decode_chunk(device, first_seq, body, &mut each).map_err(|error| chunk_damaged(*key, error))?;
        }
    }
}

/// One page of a device's trades from the journal, after a sequence.
async fn trade_facts(
    inner: &Inner,
    conn: &mut SqliteConnection,
    device: u32,
    after: u64,
) -> Result<Vec<(i64, i64, Vec<u8>)>> {
    sqlx::query_as(
        "SELECT seq, recorded_at, body FROM facts WHERE device = ? AND seq > ? AND kind = ? ORDER BY seq LIMIT ?",
    )
    .bind(device)
    .bind(after as i64)
    .bind(Fact::TRADE)
    .bind(FACTS_A_PAGE)
    .fetch_all(conn)
    .await
    .map_err(|error| inner.failed(&error))
}

/// Empties the projections and folds them anew from the journal, inside the caller's transaction.
pub(crate) async fn rebuild(inner: &Inner, conn: &mut SqliteConnection) -> Result<()> {
    let failed = |error: sqlx::Error| inner.failed(&error);
    sqlx::raw_sql(
        "DELETE FROM trades; DELETE FROM trade_ids; DELETE FROM trade_twins; DELETE FROM order_trades; \
         DELETE FROM coins; DELETE FROM names",
    )
    .execute(&mut *conn)
    .await
    .map_err(failed)?;
    let devices: Vec<(u32, Vec<u8>)> =
        sqlx::query_as("SELECT no, id FROM devices ORDER BY no").fetch_all(&mut *conn).await.map_err(failed)?;
    let mut projector = Projector::default();
    let mut told = Vec::new();
    for (device, id) in devices {
        let of = DeviceId::from_slice(&id).map_err(|error| StoreError::damaged("the table of devices", error))?;
        let mut after = 0;
        loop {
            let page = trade_facts(inner, conn, device, after).await?;
            let Some((last, ..)) = page.last() else { break };
            after = *last as u64;
            let mut changes = Changes::default();
            for (seq, recorded_at, body) in page {
                let place = Place { device, seq: seq as u64, recorded_at: Timestamp::from_micros(recorded_at) };
                let Fact::Trade(trade) = Fact::decode(Fact::TRADE, &body)? else { continue };
                projector.take(place, &trade, &mut changes)?;
                let at = FactPlace { device, seq: place.seq };
                told.push(Telling { id: trade.id(), recorded_at: place.recorded_at, device: of, place: at });
            }
            projector.flush(&mut changes);
            let mut script = Script::default();
            changes.write(&mut script);
            script.run(&mut *conn).await.map_err(failed)?;
        }
    }
    write_all(inner, conn, told).await
}

/// Identities in their own order fill the pages of their tree, and a million go in within seconds.
pub(crate) async fn insert_sorted(
    inner: &Inner,
    conn: &mut SqliteConnection,
    mut ids: Vec<(TradeId, u32, u64)>,
) -> Result<()> {
    ids.sort_unstable();
    for part in ids.chunks(2048) {
        let mut script = Script::default();
        write_ids(&mut script, part);
        script.run(&mut *conn).await.map_err(|error| inner.failed(&error))?;
    }
    Ok(())
}

impl Store {
    /// All trades of a book, or of both, in the order they are folded in.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn load_rows(&self, book: Option<Book>) -> Result<Vec<TradeRow>> {
        let mut rows = Vec::new();
        let mut conn = self.inner().reader().await?;
        let gone = withdrawn(self.inner(), &mut conn).await?;
        scan_rows(self.inner(), &mut conn, |row| {
            if book.is_none_or(|book| book == row.book) && (gone.is_empty() || !gone.contains(&(row.device, row.seq))) {
                rows.push(row);
            }
        })
        .await?;
        // Stable: a journal is mostly in this order already, and such runs sort in one pass.
        rows.sort_by(TradeRow::fold_order);
        Ok(rows)
    }

    /// The coins behind the numbers in rows; read them after the rows, so that every number is there.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn coins(&self) -> Result<BTreeMap<u32, Coin>> {
        let mut conn = self.inner().reader().await?;
        read_coins(self.inner(), &mut conn).await
    }

    /// The algorithms behind the numbers in rows; 0 is "by hand" and not among them.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn names(&self) -> Result<BTreeMap<u32, Name>> {
        let mut conn = self.inner().reader().await?;
        read_names(self.inner(), &mut conn).await
    }

    /// Drops the projections and folds them anew from the journal, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the journal itself does not read; then nothing changed.
    pub async fn rebuild_projections(&self) -> Result<()> {
        let inner = self.inner();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        // What was loaded from the old projections is not to be trusted.
        session.tail = None;
        let mut tx = session.begin(inner).await?;
        rebuild(inner, &mut tx).await?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(())
    }
}
