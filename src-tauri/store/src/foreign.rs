//! Facts of the trader's other devices: taken in behind each other, handed out as they stand.
//!
//! Invariants: what comes is one run behind what is known of its device, every link checked, or nothing of it is kept; the
//! rows are the cursor, so a run that was cut off goes on where it ended; a fact this version can't read waits with all that
//! follow it, so that what is applied is always a beginning of the chain; which of several tellings of one trade counts
//! ([`crate::twins`]) does not depend on which came first. Deliberately absent: whether a run may be believed. Its last link is
//! proven by a signature before it comes here.

use crate::history::places_of;
use crate::journal::{FactRow, hash_of, write_facts};
use crate::open::Inner;
use crate::projection::{Changes, Place, Projector};
use crate::script::Script;
use crate::twins::{Telling, settle};
use crate::{FactPlace, Result, Store, StoreError};
use domain::{ChainEnd, Currency, DeviceId, Fact, FactHash, SealedFact, Timestamp};
use sqlx::SqliteConnection;

/// The kind of a kill; known by its number, so that it is heeded also behind a fact that can't be read.
const KILLED: u16 = 41;
/// The kind of the end of one.
const KILL_CLEARED: u16 = 42;
/// Waiting facts that are tried in one go.
const WAITING_A_PAGE: i64 = 1_000;

/// What became of facts that came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Those that were here already.
    pub known: u64,
    /// Those that count from now on.
    pub applied: u64,
    /// Those kept until a version comes that can read them, or what stands before them.
    pub waiting: u64,
    /// Trades among them that another device told too.
    pub twins: u64,
}

/// Facts of a device that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The device.
    pub device: DeviceId,
    /// The first of them.
    pub first_seq: u64,
    /// Its kind.
    pub kind: u16,
    /// How many.
    pub facts: u64,
}

type Row = (i64, i64, u16, Vec<u8>, Vec<u8>);

fn sealed(device: u32, (seq, recorded_at, kind, body, hash): Row) -> Result<SealedFact> {
    let no_hash = || StoreError::damaged(format!("fact {seq} of device {device}"), "no hash");
    let hash = hash_of(&hash).ok_or_else(no_hash)?;
    Ok(SealedFact { seq: seq as u64, recorded_at: Timestamp::from_micros(recorded_at), kind, body, hash })
}

fn device_id(bytes: &[u8]) -> Result<DeviceId> {
    DeviceId::from_slice(bytes).map_err(|error| StoreError::damaged("the table of devices", error))
}

/// Number and role (1 for the one that writes here, 0 for one this workspace was restored from, 2 for another) of a device.
async fn number_of(inner: &Inner, conn: &mut SqliteConnection, device: DeviceId) -> Result<Option<(u32, i64)>> {
    sqlx::query_as("SELECT no, own FROM devices WHERE id = ?")
        .bind(device.bytes().as_slice())
        .fetch_optional(conn)
        .await
        .map_err(|error| inner.failed(&error))
}

/// Where a device's chain ends here, waiting facts included.
async fn end_of(inner: &Inner, conn: &mut SqliteConnection, no: u32, device: DeviceId) -> Result<ChainEnd> {
    let last: Option<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT seq, hash FROM (SELECT seq, hash FROM (SELECT seq, hash FROM facts WHERE device = ?1 ORDER BY seq DESC LIMIT 1) \
         UNION ALL SELECT seq, hash FROM (SELECT seq, hash FROM waiting_facts WHERE device = ?1 ORDER BY seq DESC LIMIT 1)) \
         ORDER BY seq DESC LIMIT 1",
    )
    .bind(no)
    .fetch_optional(conn)
    .await
    .map_err(|error| inner.failed(&error))?;
    let Some((seq, hash)) = last else { return Ok(ChainEnd::none(device)) };
    let hash = hash_of(&hash).ok_or_else(|| StoreError::damaged(format!("fact {seq} of device {no}"), "no hash"))?;
    Ok(ChainEnd { device, seq: seq as u64, hash })
}

/// Facts of a device behind a place, waiting ones included.
async fn run_of(
    inner: &Inner,
    conn: &mut SqliteConnection,
    no: u32,
    (after, most): (u64, usize),
) -> Result<Vec<SealedFact>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, recorded_at, kind, body, hash FROM ( \
           SELECT seq, recorded_at, kind, body, hash FROM facts WHERE device = ?1 AND seq > ?2 \
           UNION ALL SELECT seq, recorded_at, kind, body, hash FROM waiting_facts WHERE device = ?1 AND seq > ?2) \
         ORDER BY seq LIMIT ?3",
    )
    .bind(no)
    .bind(i64::try_from(after).unwrap_or(i64::MAX))
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(conn)
    .await
    .map_err(|error| inner.failed(&error))?;
    rows.into_iter().map(|row| sealed(no, row)).collect()
}

/// A run of one device while it is taken in.
struct Run<'a> {
    inner: &'a Inner,
    no: u32,
    device: DeviceId,
    received: Received,
}

impl Run<'_> {
    /// Leaves out what is here already; another fact at a known place is a fork.
    async fn unknown<'f>(
        &mut self,
        conn: &mut SqliteConnection,
        end: &ChainEnd,
        facts: &'f [SealedFact],
    ) -> Result<&'f [SealedFact]> {
        let known = facts.partition_point(|fact| fact.seq <= end.seq);
        let (old, new) = facts.split_at(known);
        if let Some(first) = old.first() {
            let here = run_of(self.inner, conn, self.no, (first.seq.saturating_sub(1), old.len())).await?;
            let differs = old.iter().zip(&here).find(|(came, here)| (came.seq, came.hash) != (here.seq, here.hash));
            if let Some((came, _)) = differs {
                return Err(StoreError::Forked { device: self.device, seq: came.seq });
            }
            self.received.known = old.len() as u64;
        }
        Ok(new)
    }

    /// Follows the chain over what is new.
    fn follow(&self, mut end: ChainEnd, facts: &[SealedFact]) -> Result<()> {
        for fact in facts {
            let is_first = fact.seq == 1;
            let created = || Fact::decode(fact.kind, &fact.body) == Ok(Fact::Created { device: self.device });
            if !fact.follows(&end) || (is_first && !created()) {
                return Err(StoreError::BrokenChain { device: self.device, seq: end.seq + 1 });
            }
            end = fact.end(self.device);
        }
        Ok(())
    }

    /// Applies what can be read, up to the first fact that can't.
    async fn apply(&mut self, conn: &mut SqliteConnection, facts: &[SealedFact]) -> Result<usize> {
        let mut projector = Projector::load(self.inner, conn, self.no).await?;
        let (mut changes, mut rows, mut told) = (Changes::default(), Vec::new(), Vec::new());
        for fact in facts {
            let Some(decoded) = readable(fact) else { break };
            if let Fact::Trade(trade) = &decoded {
                let place = Place { device: self.no, seq: fact.seq, recorded_at: fact.recorded_at };
                projector.take(place, trade, &mut changes)?;
                told.push(Telling {
                    id: trade.id(),
                    recorded_at: fact.recorded_at,
                    device: self.device,
                    place: FactPlace { device: self.no, seq: fact.seq },
                });
            }
            rows.push(row(self.no, fact));
        }
        projector.flush(&mut changes);
        let mut script = Script::default();
        write_facts(&mut script, &rows);
        changes.write(&mut script);
        script.run(&mut *conn).await.map_err(|error| self.inner.failed(&error))?;
        self.received.twins += settle(self.inner, conn, told).await?;
        self.received.applied += rows.len() as u64;
        Ok(rows.len())
    }

    /// Keeps the rest as it is.
    async fn keep(&mut self, conn: &mut SqliteConnection, facts: &[SealedFact]) -> Result<()> {
        let mut script = Script::default();
        let insert = "INSERT INTO waiting_facts (device, seq, recorded_at, kind, body, hash) VALUES";
        script.rows(insert, 6, facts, "", |out, fact| {
            out.add(self.no).add(fact.seq as i64).add(fact.recorded_at.micros());
            out.add(fact.kind).add(fact.body.as_slice()).add(fact.hash.0.as_slice());
        });
        script.run(conn).await.map_err(|error| self.inner.failed(&error))?;
        self.received.waiting += facts.len() as u64;
        Ok(())
    }

    /// Notes kills that the same device did not end, to be carried out; and that it ended those of before.
    async fn note_kills(&self, conn: &mut SqliteConnection, facts: &[SealedFact]) -> Result<()> {
        let failed = |error: sqlx::Error| self.inner.failed(&error);
        let cleared = facts.iter().rposition(|fact| fact.kind == KILL_CLEARED);
        if let Some(fact) = cleared.and_then(|at| facts.get(at)) {
            sqlx::query("DELETE FROM kills_to_heed WHERE device = ? AND seq < ?")
                .bind(self.no)
                .bind(fact.seq as i64)
                .execute(&mut *conn)
                .await
                .map_err(failed)?;
        }
        let later = facts.get(cleared.map_or(0, |at| at + 1)..).unwrap_or_default();
        let kills: Vec<u64> = later.iter().filter(|fact| fact.kind == KILLED).map(|fact| fact.seq).collect();
        let mut script = Script::default();
        script.rows(
            "INSERT INTO kills_to_heed (device, seq) VALUES",
            2,
            &kills,
            "ON CONFLICT DO NOTHING",
            |out, seq| {
                out.add(self.no).add(*seq as i64);
            },
        );
        script.run(conn).await.map(|_| ()).map_err(failed)
    }
}

fn row(device: u32, fact: &SealedFact) -> FactRow {
    let SealedFact { seq, recorded_at, kind, body, hash } = fact.clone();
    FactRow { device, seq, recorded_at, kind, body, hash }
}

/// What a fact says, if this version can use it.
fn readable(fact: &SealedFact) -> Option<Fact> {
    let decoded = Fact::decode(fact.kind, &fact.body).ok()?;
    let usable = !matches!(&decoded, Fact::Trade(trade) if trade.fee.currency() != Currency::AUD);
    usable.then_some(decoded)
}

async fn begin<'a>(inner: &'a Inner, conn: &mut SqliteConnection, device: DeviceId) -> Result<Run<'a>> {
    let failed = |error: sqlx::Error| inner.failed(&error);
    let no = match number_of(inner, conn, device).await? {
        Some((no, 0)) => {
            // Alive elsewhere after all: what it did since is its own.
            let end = end_of(inner, conn, no, device).await?;
            sqlx::query("UPDATE devices SET mine = ? WHERE no = ? AND mine = ?")
                .bind(end.seq as i64)
                .bind(no)
                .bind(i64::MAX)
                .execute(conn)
                .await
                .map_err(failed)?;
            no
        }
        Some((no, _)) => no,
        None => {
            let add = "INSERT INTO devices (no, id, own, mine) SELECT max(no) + 1, ?, 2, 0 FROM devices RETURNING no";
            let add = sqlx::query_scalar(add).bind(device.bytes().as_slice());
            add.fetch_one(conn).await.map_err(failed)?
        }
    };
    Ok(Run { inner, no, device, received: Received::default() })
}

async fn take_in(
    inner: &Inner,
    conn: &mut SqliteConnection,
    device: DeviceId,
    facts: &[SealedFact],
) -> Result<Received> {
    let mut run = begin(inner, conn, device).await?;
    let end = end_of(inner, conn, run.no, device).await?;
    let new = run.unknown(conn, &end, facts).await?;
    let Some(first) = new.first() else { return Ok(run.received) };
    if matches!(number_of(inner, conn, device).await?, Some((_, 1))) {
        // Only this workspace writes under its device: another copy of it does too.
        return Err(StoreError::Forked { device, seq: first.seq });
    }
    run.follow(end, new)?;
    let waits: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM waiting_facts WHERE device = ?)")
        .bind(run.no)
        .fetch_one(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    let applied = if waits { 0 } else { run.apply(conn, new).await? };
    run.keep(conn, new.get(applied..).unwrap_or_default()).await?;
    run.note_kills(conn, new).await?;
    Ok(run.received)
}

/// Applies what waits of one device as far as it can be read now.
async fn apply_waiting(inner: &Inner, conn: &mut SqliteConnection, no: u32, device: DeviceId) -> Result<Received> {
    let mut run = Run { inner, no, device, received: Received::default() };
    loop {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT seq, recorded_at, kind, body, hash FROM waiting_facts WHERE device = ? ORDER BY seq LIMIT ?",
        )
        .bind(no)
        .bind(WAITING_A_PAGE)
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
        let facts: Vec<SealedFact> = rows.into_iter().map(|row| sealed(no, row)).collect::<Result<_>>()?;
        let Some(first) = facts.first() else { return Ok(run.received) };
        let before: Option<Vec<u8>> = sqlx::query_scalar("SELECT hash FROM facts WHERE device = ? AND seq = ?")
            .bind(no)
            .bind(first.seq as i64 - 1)
            .fetch_optional(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        let hash = before.as_deref().and_then(hash_of).unwrap_or(FactHash::GENESIS);
        run.follow(ChainEnd { device, seq: first.seq.saturating_sub(1), hash }, &facts)?;
        let applied = run.apply(conn, &facts).await?;
        let Some(last) = applied.checked_sub(1).and_then(|last| facts.get(last)) else { return Ok(run.received) };
        sqlx::query("DELETE FROM waiting_facts WHERE device = ? AND seq <= ?")
            .bind(no)
            .bind(last.seq as i64)
            .execute(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        if applied < facts.len() {
            return Ok(run.received);
        }
    }
}

impl Store {
    /// Takes in a run of another device's facts, in one transaction that is durable on return. What is here already is passed
    /// over.
    ///
    /// # Errors
    /// [`StoreError::Forked`] when a known fact came as another one, or a fact of this very device that it never wrote;
    /// [`StoreError::BrokenChain`]; what writing can meet. Nothing of the run is kept then.
    pub async fn receive_facts(&self, device: DeviceId, facts: &[SealedFact]) -> Result<Received> {
        let inner = self.inner();
        inner.check_sound()?;
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        // The dictionaries may grow: what the next append knows of them is read anew.
        session.tail = None;
        let mut tx = session.begin(inner).await?;
        let received = take_in(inner, &mut tx, device, facts).await?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(received)
    }

    /// Applies waiting facts that this version can read.
    ///
    /// # Errors
    /// [`StoreError::BrokenChain`] and what writing can meet; then nothing changed.
    pub async fn apply_waiting_facts(&self) -> Result<Received> {
        let inner = self.inner();
        inner.check_sound()?;
        let mut all = Received::default();
        if self.waiting_facts().await?.is_empty() {
            return Ok(all);
        }
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        session.tail = None;
        let mut tx = session.begin(inner).await?;
        let devices: Vec<(u32, Vec<u8>)> = sqlx::query_as(
            "SELECT no, id FROM devices WHERE no IN (SELECT DISTINCT device FROM waiting_facts) ORDER BY no",
        )
        .fetch_all(&mut *tx)
        .await
        .map_err(|error| inner.failed(&error))?;
        for (no, id) in devices {
            let received = apply_waiting(inner, &mut tx, no, device_id(&id)?).await?;
            (all.applied, all.twins) = (all.applied + received.applied, all.twins + received.twins);
        }
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(all)
    }

    /// Where each device's chain ends here, waiting facts included, by the device's id.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn chain_ends(&self) -> Result<Vec<ChainEnd>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let devices: Vec<(u32, Vec<u8>)> = sqlx::query_as("SELECT no, id FROM devices ORDER BY id")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        let mut ends = Vec::with_capacity(devices.len());
        for (no, id) in devices {
            ends.push(end_of(inner, &mut conn, no, device_id(&id)?).await?);
        }
        Ok(ends)
    }

    /// Facts of a device behind a place as they stand, waiting ones included; at most so many.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn sealed_facts(&self, device: DeviceId, after: u64, most: usize) -> Result<Vec<SealedFact>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let Some((no, _)) = number_of(inner, &mut conn, device).await? else { return Ok(Vec::new()) };
        run_of(inner, &mut conn, no, (after, most)).await
    }

    /// What waits for a version that can read it.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn waiting_facts(&self) -> Result<Vec<Waiting>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let rows: Vec<(Vec<u8>, i64, i64, u16)> = sqlx::query_as(
            "SELECT id, min(seq), count(*), kind FROM waiting_facts JOIN devices ON no = device GROUP BY device ORDER BY id",
        )
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
        let waiting = |(id, first, facts, kind): (Vec<u8>, i64, i64, u16)| {
            Ok(Waiting { device: device_id(&id)?, first_seq: first as u64, kind, facts: facts.unsigned_abs() })
        };
        rows.into_iter().map(waiting).collect()
    }

    /// What restored devices say about the chains they came from: who believes the one believes the other up to there.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn restored_from(&self) -> Result<Vec<ChainEnd>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let query =
            "SELECT device, seq, body FROM facts INDEXED BY facts_control WHERE kind <> 10 AND kind = 2 AND seq = 2";
        let rows: Vec<(u32, i64, Vec<u8>)> =
            sqlx::query_as(query).fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        let mut ends = Vec::with_capacity(rows.len());
        for (device, seq, body) in rows {
            let fact = Fact::decode(2, &body).map_err(|error| StoreError::undecodable(device, seq as u64, error))?;
            if let Fact::Restored { from, from_seq, from_hash } = fact {
                ends.push(ChainEnd { device: from, seq: from_seq, hash: from_hash });
            }
        }
        Ok(ends)
    }

    /// Up to which of its facts each device's orders, wallet and settings are this workspace's own, by number; nothing for
    /// another's. None when there is no other device's.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn mine(&self) -> Result<Option<std::collections::HashMap<u32, u64>>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let rows: Vec<(u32, i64)> = sqlx::query_as("SELECT no, mine FROM devices")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        let all = rows.iter().all(|(_, mine)| *mine == i64::MAX);
        Ok((!all).then(|| rows.into_iter().map(|(no, mine)| (no, mine.unsigned_abs())).collect()))
    }

    /// Kills of other devices that are to be carried out here.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn kills_to_heed(&self) -> Result<Vec<FactPlace>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let rows: Vec<(u32, i64)> = sqlx::query_as("SELECT device, seq FROM kills_to_heed ORDER BY device, seq")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| inner.failed(&error))?;
        Ok(rows.into_iter().map(|(device, seq)| FactPlace { device, seq: seq as u64 }).collect())
    }

    /// Notes that these kills were carried out.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn kills_heeded(&self, kills: &[FactPlace]) -> Result<()> {
        let mut script = Script::default();
        let delete = "DELETE FROM kills_to_heed WHERE (device, seq) IN (VALUES";
        script.rows(delete, 2, kills, ")", |out, place| {
            out.add(place.device).add(place.seq as i64);
        });
        self.write(script).await.map(|_| ())
    }
}

/// The trades of a run that the journal knows, with where they stand.
pub(crate) async fn known_tellings(
    inner: &Inner,
    conn: &mut SqliteConnection,
    told: &[Telling],
) -> Result<Vec<Telling>> {
    let ids: Vec<_> = told.iter().map(|one| one.id).collect();
    let mut known = Vec::new();
    for (id, (device, seq)) in places_of(inner, conn, &ids).await? {
        let (recorded_at, of): (i64, Vec<u8>) = sqlx::query_as(
            "SELECT recorded_at, devices.id FROM facts JOIN devices ON no = device WHERE device = ? AND seq = ?",
        )
        .bind(device)
        .bind(seq as i64)
        .fetch_one(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
        let recorded_at = Timestamp::from_micros(recorded_at);
        known.push(Telling { id, recorded_at, device: device_id(&of)?, place: FactPlace { device, seq } });
    }
    Ok(known)
}
