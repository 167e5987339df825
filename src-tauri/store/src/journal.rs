//! Appending facts: number, chain, project, commit, then note the head.
//!
//! The clock may be set back: `recorded_at` is kept as given, order is by sequence alone.

use crate::head::Head;
use crate::open::{Inner, Session};
use crate::order::SameOrder;
use crate::projection::{Changes, Place, Projector};
use crate::script::Script;
use crate::verify::DeviceHead;
use crate::{Result, Store, StoreError};
use domain::{DeviceId, Fact, FactHash, Timestamp, Trade, TradeId, TradeRow};
use sqlx::SqliteConnection;
use std::collections::HashSet;

/// A fact that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    /// The number of this device.
    pub device: u32,
    /// Its sequence.
    pub seq: u64,
    /// When, as handed in.
    pub recorded_at: Timestamp,
    /// Its link in the chain.
    pub hash: FactHash,
    /// For a trade: the row to fold, as [`Store::load_rows`] would give it.
    pub row: Option<TradeRow>,
}

/// A fact as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The number of its device.
    pub device: u32,
    /// Its sequence.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The fact.
    pub fact: Fact,
}

/// A row of the journal, ready to be written.
pub(crate) struct FactRow {
    pub device: u32,
    pub seq: u64,
    pub recorded_at: Timestamp,
    pub kind: u16,
    pub body: Vec<u8>,
    pub hash: FactHash,
}

pub(crate) fn write_facts(script: &mut Script, rows: &[FactRow]) {
    let insert = "INSERT INTO facts (device, seq, recorded_at, kind, body, hash) VALUES";
    script.rows(insert, 6, rows, "", |out, row| {
        out.add(row.device).add(row.seq as i64).add(row.recorded_at.micros());
        out.add(row.kind).add(row.body.as_slice()).add(row.hash.0.as_slice());
    });
}

/// Where this device's journal ends, and what its projections know.
#[derive(Debug)]
pub(crate) struct Tail {
    no: u32,
    device: DeviceId,
    seq: u64,
    hash: FactHash,
    projector: Projector,
}

impl Tail {
    pub(crate) async fn load(inner: &Inner, conn: &mut SqliteConnection) -> Result<Self> {
        let (no, device) = own_device(inner, conn).await?.ok_or_else(|| inner.no_workspace())?;
        let (seq, hash) = last_fact(inner, conn, no).await?;
        let projector = Projector::load(inner, conn, no).await?;
        Ok(Self { no, device, seq, hash, projector })
    }

    pub(crate) fn head(&self) -> Head {
        Head { device: self.device, seq: self.seq, hash: self.hash }
    }

    /// Numbers and links a fact.
    pub(crate) fn chain(&mut self, fact: &Fact, now: Timestamp) -> Result<FactRow> {
        let (kind, body) = fact.encode()?;
        self.seq += 1;
        self.hash = FactHash::link(&self.hash, &self.device, self.seq, now, kind, &body);
        Ok(FactRow { device: self.no, seq: self.seq, recorded_at: now, kind, body, hash: self.hash })
    }

    /// Projects the trade that was chained last.
    pub(crate) fn project(&mut self, trade: &Trade, now: Timestamp, changes: &mut Changes) -> Result<TradeRow> {
        let place = Place { device: self.no, seq: self.seq, recorded_at: now };
        self.projector.take(place, trade, changes)
    }

    pub(crate) fn flush(&mut self, changes: &mut Changes) {
        self.projector.flush(changes);
    }

    pub(crate) fn no(&self) -> u32 {
        self.no
    }

    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }
}

/// The device that writes here, once the workspace has one.
pub(crate) async fn own_device(inner: &Inner, conn: &mut SqliteConnection) -> Result<Option<(u32, DeviceId)>> {
    let row: Option<(u32, Vec<u8>)> =
        sqlx::query_as("SELECT no, id FROM devices WHERE own = 1 ORDER BY no DESC LIMIT 1")
            .fetch_optional(conn)
            .await
            .map_err(|error| inner.failed(&error))?;
    let device = |(no, id): (u32, Vec<u8>)| {
        DeviceId::from_slice(&id).map(|id| (no, id)).map_err(|error| StoreError::damaged("the table of devices", error))
    };
    row.map(device).transpose()
}

/// Sequence and link of a device's last fact.
pub(crate) async fn last_fact(inner: &Inner, conn: &mut SqliteConnection, no: u32) -> Result<(u64, FactHash)> {
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seq, hash FROM facts WHERE device = ? ORDER BY seq DESC LIMIT 1")
            .bind(no)
            .fetch_optional(conn)
            .await
            .map_err(|error| inner.failed(&error))?;
    let Some((seq, hash)) = row else { return Ok((0, FactHash::GENESIS)) };
    let hash = hash_of(&hash).ok_or_else(|| StoreError::damaged(format!("fact {seq} of device {no}"), "no hash"))?;
    Ok((seq as u64, hash))
}

pub(crate) fn hash_of(bytes: &[u8]) -> Option<FactHash> {
    bytes.try_into().ok().map(FactHash)
}

/// Adds a device to the workspace and begins its chain.
pub(crate) async fn begin_device(
    inner: &Inner,
    conn: &mut SqliteConnection,
    device: DeviceId,
    facts: &[Fact],
    now: Timestamp,
) -> Result<Head> {
    let failed = |error: sqlx::Error| inner.failed(&error);
    sqlx::query("UPDATE devices SET own = 0 WHERE own = 1").execute(&mut *conn).await.map_err(failed)?;
    sqlx::query("INSERT INTO devices (no, id, own) SELECT coalesce(max(no), 0) + 1, ?, 1 FROM devices")
        .bind(device.bytes().as_slice())
        .execute(&mut *conn)
        .await
        .map_err(failed)?;
    let mut tail = Tail::load(inner, conn).await?;
    let rows = facts.iter().map(|fact| tail.chain(fact, now)).collect::<Result<Vec<_>>>()?;
    let mut script = Script::default();
    write_facts(&mut script, &rows);
    script.run(conn).await.map_err(failed)?;
    Ok(tail.head())
}

impl Store {
    /// Appends facts with their projections in one transaction that is durable on return.
    ///
    /// # Errors
    /// [`StoreError::DuplicateTrade`] for a trade the journal knows; [`StoreError::Damaged`] while the journal's head
    /// is not what it was; what writing can meet. Nothing of a failed append is kept.
    pub async fn append(&self, facts: &[Fact], now: Timestamp) -> Result<Vec<Appended>> {
        let inner = self.inner();
        inner.check_sound()?;
        if facts.is_empty() {
            return Ok(Vec::new());
        }
        let ids = identities(facts)?;
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let (tail, appended) = match write_append(inner, &mut session, facts, ids, now).await {
            Err(Refused::Known(ids)) => {
                let known = known_ids(inner, &mut session.conn, &ids).await?;
                let id = ids.iter().find(|id| known.contains(*id)).copied();
                writer.keep(session);
                let other = || StoreError::Database { detail: "a row of the journal exists already".to_owned() };
                return Err(id.map_or_else(other, |id| StoreError::DuplicateTrade { id }));
            }
            Err(Refused::Other(error)) => return Err(error),
            Ok(done) => done,
        };
        writer.note(&tail.head());
        session.tail = Some(tail);
        writer.keep(session);
        Ok(appended)
    }

    /// How many facts the journal holds, by the last sequence of each device.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn journal_length(&self) -> Result<u64> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let length: i64 = sqlx::query_scalar(
            "SELECT coalesce(sum((SELECT max(seq) FROM facts WHERE facts.device = devices.no)), 0) FROM devices",
        )
        .fetch_one(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
        Ok(length.unsigned_abs())
    }

    /// Where the journal of each device ends, by number of the device.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn heads(&self) -> Result<Vec<DeviceHead>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let devices: Vec<(u32, Vec<u8>)> = sqlx::query_as("SELECT no, id FROM devices ORDER BY no")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        let mut heads = Vec::with_capacity(devices.len());
        for (no, id) in devices {
            let device =
                DeviceId::from_slice(&id).map_err(|error| StoreError::damaged("the table of devices", error))?;
            let (facts, head) = last_fact(inner, &mut conn, no).await?;
            heads.push(DeviceHead { device, facts, head });
        }
        Ok(heads)
    }

    /// All facts that are no trades, by device and sequence.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn control_facts(&self) -> Result<Vec<Recorded>> {
        self.recorded("facts INDEXED BY facts_control WHERE kind <> 10").await
    }

    /// The facts of the books that are no trades (movements, and what the trader said of them), in an order that is the same on
    /// every device.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn book_facts(&self) -> Result<Vec<Recorded>> {
        let mut facts = self.recorded("facts INDEXED BY facts_books WHERE kind >= 110 AND kind <= 119").await?;
        let order = SameOrder::of(self.inner(), &mut *self.inner().reader().await?).await?;
        order.sort(&mut facts, |fact| (fact.device, fact.recorded_at.micros()));
        Ok(facts)
    }

    /// What was tried on prices of the past, by device and sequence.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn trials(&self) -> Result<Vec<Recorded>> {
        self.recorded("facts INDEXED BY facts_trials WHERE kind = 102").await
    }

    async fn recorded(&self, which: &'static str) -> Result<Vec<Recorded>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let query = format!("SELECT device, seq, recorded_at, kind, body FROM {which} ORDER BY device, seq");
        let rows: Vec<(u32, i64, i64, u16, Vec<u8>)> = sqlx::query_as(sqlx::AssertSqlSafe(query))
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        let recorded = |(device, seq, recorded_at, kind, body): (u32, i64, i64, u16, Vec<u8>)| {
            let seq = seq as u64;
            let fact = Fact::decode(kind, &body).map_err(|error| StoreError::undecodable(device, seq, error))?;
            Ok(Recorded { device, seq, recorded_at: Timestamp::from_micros(recorded_at), fact })
        };
        rows.into_iter().map(recorded).collect()
    }
}

/// The identities of the trades among facts, each once.
fn identities(facts: &[Fact]) -> Result<Vec<TradeId>> {
    let mut seen = HashSet::new();
    let trades = facts.iter().filter_map(|fact| if let Fact::Trade(trade) = fact { Some(trade.id()) } else { None });
    trades.map(|id| if seen.insert(id) { Ok(id) } else { Err(StoreError::DuplicateTrade { id }) }).collect()
}

/// Which of these identities the journal knows.
pub(crate) async fn known_ids(inner: &Inner, conn: &mut SqliteConnection, ids: &[TradeId]) -> Result<HashSet<TradeId>> {
    let mut known = HashSet::new();
    for part in ids.chunks(512) {
        let mut query = sqlx::QueryBuilder::new("SELECT id FROM trade_ids WHERE id IN (");
        let mut marks = query.separated(",");
        for id in part {
            marks.push_bind(id.bytes().as_slice());
        }
        query.push(")");
        let rows: Vec<Vec<u8>> =
            query.build_query_scalar().fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        for row in rows {
            known.insert(
                TradeId::from_slice(&row).map_err(|error| StoreError::damaged("the trades' identities", error))?,
            );
        }
    }
    Ok(known)
}

/// Why an append did not happen.
enum Refused {
    /// One of these trades is known.
    Known(Vec<TradeId>),
    Other(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Other(error)
    }
}

async fn write_append(
    inner: &Inner,
    session: &mut Session,
    facts: &[Fact],
    ids: Vec<TradeId>,
    now: Timestamp,
) -> Result<(Tail, Vec<Appended>), Refused> {
    let (mut tx, mut tail) = session.begin_facts(inner).await?;
    let mut changes = Changes::default();
    let mut rows = Vec::with_capacity(facts.len());
    let mut appended = Vec::with_capacity(facts.len());
    let mut identity = ids.iter();
    for fact in facts {
        let row = tail.chain(fact, now)?;
        let folded = match (fact, &mut identity) {
            (Fact::Trade(trade), identity) => {
                changes.ids.extend(identity.next().map(|id| (*id, row.device, row.seq)));
                Some(tail.project(trade, now, &mut changes)?)
            }
            _ => None,
        };
        let (device, seq, hash) = (row.device, row.seq, row.hash);
        appended.push(Appended { device, seq, recorded_at: now, hash, row: folded });
        rows.push(row);
    }
    tail.flush(&mut changes);
    let mut script = Script::default();
    write_facts(&mut script, &rows);
    changes.write(&mut script);
    match script.run(&mut tx).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            tx.rollback().await.map_err(|error| inner.failed(&error))?;
            return Err(Refused::Known(ids));
        }
        Err(error) => return Err(inner.failed(&error).into()),
        Ok(_) => {}
    }
    tx.commit().await.map_err(|error| inner.failed(&error))?;
    Ok((tail, appended))
}
