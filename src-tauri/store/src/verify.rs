//! Proving a workspace: pages, chains, heads, projections.
//!
//! The journal is read once, in pages, and everything else is computed along the way: the chain of every device, and
//! what the projections must be. Invariant: damage becomes a named [`Problem`], the first of each device; only a busy
//! or unreadable disk is an error. Projections are compared only under a sound journal, for nothing else can judge them.

use crate::head::{self, HeadState};
use crate::journal::hash_of;
use crate::open::{Inner, check_head, head_path, layout};
use crate::projection::{Changes, LAYOUT, Place, Projector, read_coins, read_names};
use crate::{Result, Store, StoreError};
use domain::{ChainEnd, DeviceId, Fact, FactHash, Timestamp, TradeId};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};

/// The role of a device whose facts came from elsewhere.
const OTHERS: i64 = 2;
const FACTS_A_PAGE: usize = 2000;
const ROWS_A_PAGE: i64 = 4000;
/// The code of a projection that is not what the journal folds to.
pub const PROJECTION_DIFFERS: &str = "projection_differs";
const PAGE_PROBLEMS_MAX: usize = 20;

/// How far a device's journal goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceHead {
    /// The device.
    pub device: DeviceId,
    /// How many facts it has.
    pub facts: u64,
    /// The link of the last one.
    pub head: FactHash,
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Whose journal, where it is one's.
    pub device: Option<DeviceId>,
    /// The first bad fact, where it is known.
    pub seq: Option<u64>,
    /// A stable code: `edited_fact`, `removed_fact`, `removed_tail`, `unreadable_fact`, `damaged_page`,
    /// `unknown_device`, `projection_differs`, `head_missing`, `head_unreadable`, `head_mismatch`,
    /// `head_of_other_device`, `damaged`.
    pub code: &'static str,
    /// What was found.
    pub message: String,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// Every device with what was read of it.
    pub devices: Vec<DeviceHead>,
    /// What is wrong; empty for a sound workspace.
    pub problems: Vec<Problem>,
}

impl VerifyReport {
    /// Whether everything is as it was written.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// A sum that does not depend on order: the same rows give the same sum however their table sorts them.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct RowSum {
    count: u64,
    sum: u64,
}

fn digest(value: impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(value)
}

impl RowSum {
    fn add(&mut self, row: impl Hash) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(digest(row));
    }
}

/// What the projections must be, folded while the journal is read.
#[derive(Default)]
struct Expected {
    projector: Projector,
    /// With other devices' facts the dictionaries are in the order these came in: every number that stands there must be used.
    used: Option<(HashSet<u32>, HashSet<u32>)>,
    chunks: Vec<(i64, u64)>,
    ids: RowSum,
    orders: RowSum,
    coins: RowSum,
    names: RowSum,
    control: RowSum,
}

impl Expected {
    fn take(&mut self, place: Place, fact: &Fact) -> Result<()> {
        let Fact::Trade(trade) = fact else {
            self.control.add((place.device, place.seq as i64));
            return Ok(());
        };
        let mut changes = Changes::default();
        let row = self.projector.take(place, trade, &mut changes)?;
        if let Some((coins, names)) = &mut self.used {
            coins.insert(row.coin);
            names.insert(row.algorithm);
        }
        self.ids.add((trade.id(), place.device, place.seq as i64));
        self.absorb(changes);
        Ok(())
    }

    fn absorb(&mut self, changes: Changes) {
        self.chunks.extend(changes.chunks.iter().map(|(key, body)| (*key, digest(body))));
        changes.orders.iter().for_each(|(device, seq)| self.orders.add((*device, *seq as i64)));
        changes.coins.iter().for_each(|(no, coin)| self.coins.add((*no, coin.as_str())));
        changes.names.iter().for_each(|(no, name)| self.names.add((*no, name.as_str())));
    }

    fn finish(&mut self) {
        let mut changes = Changes::default();
        self.projector.flush(&mut changes);
        self.absorb(changes);
    }
}

struct Check<'a> {
    inner: &'a Inner,
    report: VerifyReport,
    expected: Expected,
}

/// One fact as it stands in its row.
struct Stored {
    seq: u64,
    recorded_at: i64,
    kind: u16,
    body: Vec<u8>,
    hash: FactHash,
}

fn stored(row: &SqliteRow) -> Result<Stored, sqlx::Error> {
    let hash: &[u8] = row.try_get(4)?;
    Ok(Stored {
        seq: row.try_get::<i64, _>(0)? as u64,
        recorded_at: row.try_get(1)?,
        kind: row.try_get(2)?,
        body: row.try_get(3)?,
        hash: hash_of(hash).ok_or_else(|| sqlx::Error::Decode("a hash has not 32 bytes".into()))?,
    })
}

/// The chain of one device as far as it was followed.
struct Chain {
    no: u32,
    is_other: bool,
    device: DeviceId,
    facts: u64,
    hash: FactHash,
}

impl Chain {
    fn bad(&self, seq: u64, code: &'static str, message: String) -> Problem {
        Problem { device: Some(self.device), seq: Some(seq), code, message }
    }

    /// Follows the chain by one row.
    fn follow(&mut self, row: &SqliteRow) -> Result<(Place, Fact), Problem> {
        let next = self.facts + 1;
        let fact = stored(row).map_err(|error| self.bad(next, "unreadable_fact", error.to_string()))?;
        if fact.seq != next {
            let last = fact.seq.saturating_sub(1);
            return Err(self.bad(next, "removed_fact", format!("facts {next} to {last} are gone")));
        }
        let at = Timestamp::from_micros(fact.recorded_at);
        let hash = FactHash::link(&self.hash, &self.device, next, at, fact.kind, &fact.body);
        if hash != fact.hash {
            return Err(self.bad(next, "edited_fact", format!("fact {next} is not what was written")));
        }
        let decoded = Fact::decode(fact.kind, &fact.body)
            .map_err(|error| self.bad(next, "unreadable_fact", error.to_string()))?;
        if next == 1 && decoded != (Fact::Created { device: self.device }) {
            return Err(self.bad(1, "edited_fact", "the journal does not begin with its device".to_owned()));
        }
        self.facts = next;
        self.hash = hash;
        Ok((Place { device: self.no, seq: next, recorded_at: at }, decoded))
    }
}

impl Check<'_> {
    /// Damage becomes a problem; anything else stays an error.
    fn note(&mut self, device: Option<DeviceId>, seq: Option<u64>, error: StoreError) -> Result<()> {
        match error {
            StoreError::Damaged { what, detail } => {
                let message = format!("{what}: {detail}");
                self.report.problems.push(Problem { device, seq, code: "damaged_page", message });
                Ok(())
            }
            other => Err(other),
        }
    }

    async fn pages(&mut self, conn: &mut SqliteConnection) -> Result<()> {
        let found: Result<Vec<String>, _> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("PRAGMA quick_check({PAGE_PROBLEMS_MAX})")))
                .fetch_all(conn)
                .await;
        match found {
            Err(error) => self.note(None, None, self.inner.failed(&error)),
            Ok(lines) => {
                let bad = lines.into_iter().filter(|line| line != "ok");
                self.report.problems.extend(bad.map(|message| Problem {
                    device: None,
                    seq: None,
                    code: "damaged_page",
                    message,
                }));
                Ok(())
            }
        }
    }

    async fn journal(&mut self, conn: &mut SqliteConnection) -> Result<()> {
        let devices: Result<Vec<(u32, Vec<u8>, i64)>, _> =
            sqlx::query_as("SELECT no, id, own FROM devices ORDER BY no").fetch_all(&mut *conn).await;
        let devices = match devices {
            Ok(devices) => devices,
            Err(error) => return self.note(None, None, self.inner.failed(&error)),
        };
        self.strangers(conn, &devices).await?;
        if devices.iter().any(|(.., own)| *own == OTHERS) {
            match (read_coins(self.inner, conn).await, read_names(self.inner, conn).await) {
                (Ok(coins), Ok(names)) => {
                    self.expected.projector = Projector::speaking(&coins, &names);
                    self.expected.used = Some(Default::default());
                }
                (Err(error), _) | (_, Err(error)) => return self.note(None, None, error),
            }
        }
        for (no, id, own) in devices {
            match DeviceId::from_slice(&id) {
                Ok(device) => self.device(conn, (no, own == OTHERS), device).await?,
                Err(error) => self.report.problems.push(Problem {
                    device: None,
                    seq: None,
                    code: "unknown_device",
                    message: format!("device {no}: {error}"),
                }),
            }
        }
        self.expected.finish();
        Ok(())
    }

    /// Facts of devices that nobody knows.
    async fn strangers(&mut self, conn: &mut SqliteConnection, devices: &[(u32, Vec<u8>, i64)]) -> Result<()> {
        let mut after = i64::MIN;
        loop {
            let next: Result<Option<(i64, i64)>, _> =
                sqlx::query_as("SELECT device, seq FROM facts WHERE device > ? ORDER BY device, seq LIMIT 1")
                    .bind(after)
                    .fetch_optional(&mut *conn)
                    .await;
            let (device, seq) = match next {
                Ok(None) => return Ok(()),
                Ok(Some(next)) => next,
                Err(error) => return self.note(None, None, self.inner.failed(&error)),
            };
            if !devices.iter().any(|(no, ..)| i64::from(*no) == device) {
                let message = format!("fact {seq} belongs to device {device}, which is not in this workspace");
                self.report.problems.push(Problem {
                    device: None,
                    seq: Some(seq as u64),
                    code: "unknown_device",
                    message,
                });
            }
            after = device;
        }
    }

    async fn device(
        &mut self,
        conn: &mut SqliteConnection,
        (no, is_other): (u32, bool),
        device: DeviceId,
    ) -> Result<()> {
        let mut chain = Chain { no, is_other, device, facts: 0, hash: FactHash::GENESIS };
        let mut page_rows = FACTS_A_PAGE;
        loop {
            let page = sqlx::query(
                "SELECT seq, recorded_at, kind, body, hash FROM facts WHERE device = ? AND seq > ? ORDER BY seq LIMIT ?",
            )
            .bind(no)
            .bind(chain.facts as i64)
            .bind(page_rows as i64)
            .fetch_all(&mut *conn)
            .await;
            match page {
                // A bad page hides the rows before it: go on row by row up to the first bad one.
                Err(_) if page_rows > 1 => page_rows = 1,
                Err(error) => {
                    self.note(Some(device), Some(chain.facts + 1), self.inner.failed(&error))?;
                    break;
                }
                Ok(rows) => {
                    let full = rows.len() == page_rows;
                    let sound = self.rows(conn, &mut chain, &rows).await?;
                    if !(full && sound) {
                        break;
                    }
                }
            }
        }
        // Of another device there may be none but waiting ones.
        if chain.facts == 0 && !is_other && !self.report.problems.iter().any(|problem| problem.device == Some(device)) {
            self.report.problems.push(chain.bad(1, "removed_tail", "not one of its facts is here".to_owned()));
        }
        self.report.devices.push(DeviceHead { device, facts: chain.facts, head: chain.hash });
        Ok(())
    }

    /// Follows the chain over some rows; false after the first bad one.
    async fn rows(&mut self, conn: &mut SqliteConnection, chain: &mut Chain, rows: &[SqliteRow]) -> Result<bool> {
        for row in rows {
            let (place, fact) = match chain.follow(row) {
                Ok(good) => good,
                Err(problem) => {
                    self.report.problems.push(problem);
                    return Ok(false);
                }
            };
            if let Err(error) = self.expected.take(place, &fact) {
                let problem = chain.bad(place.seq, "unreadable_fact", error.to_string());
                self.report.problems.push(problem);
                return Ok(false);
            }
            if let Fact::Restored { from, from_seq, from_hash } = fact {
                self.restored(conn, chain.is_other, ChainEnd { device: from, seq: from_seq, hash: from_hash }).await?;
            }
        }
        Ok(true)
    }

    /// A restored workspace says how far the journal it came from went.
    async fn restored(&mut self, conn: &mut SqliteConnection, by_other: bool, end: ChainEnd) -> Result<()> {
        let ChainEnd { device: from, seq, hash } = end;
        if self.report.problems.iter().any(|problem| problem.device == Some(from)) {
            return Ok(());
        }
        let found: Result<Option<Vec<u8>>, _> = sqlx::query_scalar(
            "SELECT hash FROM facts WHERE device = (SELECT no FROM devices WHERE id = ?) AND seq = ?",
        )
        .bind(from.bytes().as_slice())
        .bind(seq as i64)
        .fetch_optional(conn)
        .await;
        let (seq, code, message) = match found {
            Err(error) => return self.note(Some(from), Some(seq), self.inner.failed(&error)),
            Ok(Some(found)) if hash_of(&found) == Some(hash) => return Ok(()),
            Ok(Some(_)) => (seq, "edited_fact", format!("fact {seq} is not the one that was restored")),
            // What another device was restored from may not have come yet.
            Ok(None) if by_other => return Ok(()),
            Ok(None) => {
                let known = self.report.devices.iter().find(|head| head.device == from).map_or(0, |head| head.facts);
                (known + 1, "removed_tail", format!("facts {} to {seq} were restored and are gone", known + 1))
            }
        };
        self.report.problems.push(Problem { device: Some(from), seq: Some(seq), code, message });
        Ok(())
    }

    async fn projections(&mut self, conn: &mut SqliteConnection) -> Result<()> {
        let found = match read_projections(self.inner, conn).await {
            Ok(found) => found,
            Err(error) => return self.note(None, None, error),
        };
        let want = &self.expected;
        let words = |used: &HashSet<u32>, found: &HashSet<u32>| {
            used.iter().all(|no| *no == 0 || found.contains(no)) && found.is_subset(used)
        };
        let (coins, names) = match &want.used {
            None => (want.coins == found.coins, want.names == found.names),
            Some((coins, names)) => {
                let (known_coins, known_names) = found.used.unwrap_or_default();
                let none_new = want.coins.count + want.names.count == 0;
                (none_new && words(coins, &known_coins), none_new && words(names, &known_names))
            }
        };
        let parts = [
            ("the trades' identities", want.ids == found.ids),
            ("the list of orders' trades", want.orders == found.orders),
            ("the dictionary of coins", coins),
            ("the dictionary of names", names),
            ("the index of facts that are no trades", want.control == found.control),
        ];
        let mut problems: Vec<Problem> = parts
            .iter()
            .filter(|(_, same)| !same)
            .map(|(what, _)| differs(None, format!("{what} is not what the journal gives")))
            .collect();
        let differing = (0..want.chunks.len().max(found.chunks.len()))
            .find(|index| want.chunks.get(*index) != found.chunks.get(*index));
        if let Some(index) = differing {
            let key = want.chunks.get(index).or(found.chunks.get(index)).map_or(0, |(key, _)| *key);
            let (device, seq) = crate::projection::chunk_place(key);
            let message =
                format!("the packed trades from fact {seq} of device {device} are not what the journal gives");
            problems.push(differs(Some(seq), message));
        }
        self.report.problems.extend(problems);
        Ok(())
    }
}

fn differs(seq: Option<u64>, message: String) -> Problem {
    Problem { device: None, seq, code: PROJECTION_DIFFERS, message }
}

/// The projections as they stand, summed up as [`Expected`] sums them.
async fn read_projections(inner: &Inner, conn: &mut SqliteConnection) -> Result<Expected> {
    let failed = |error: sqlx::Error| inner.failed(&error);
    let mut found = Expected::default();
    let mut after = i64::MIN;
    loop {
        let page: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT chunk, body FROM trades WHERE chunk > ? ORDER BY chunk LIMIT ?")
                .bind(after)
                .bind(ROWS_A_PAGE)
                .fetch_all(&mut *conn)
                .await
                .map_err(failed)?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        found.chunks.extend(page.iter().map(|(key, body)| (*key, digest(body))));
    }
    let mut after: Vec<u8> = Vec::new();
    loop {
        let page: Vec<(Vec<u8>, u32, i64)> =
            sqlx::query_as("SELECT id, device, seq FROM trade_ids WHERE id > ? ORDER BY id LIMIT ?")
                .bind(&after)
                .bind(ROWS_A_PAGE)
                .fetch_all(&mut *conn)
                .await
                .map_err(failed)?;
        let Some((last, ..)) = page.last() else { break };
        after.clone_from(last);
        for (id, device, seq) in &page {
            let id = TradeId::from_slice(id).map_err(|error| StoreError::damaged("the trades' identities", error))?;
            found.ids.add((id, *device, *seq));
        }
    }
    let twins: Vec<(Vec<u8>, u32, i64)> =
        sqlx::query_as("SELECT id, device, seq FROM trade_twins").fetch_all(&mut *conn).await.map_err(failed)?;
    for (id, device, seq) in twins {
        let id = TradeId::from_slice(&id).map_err(|error| StoreError::damaged("the trades' identities", error))?;
        found.ids.add((id, device, seq));
    }
    found.orders = sum_places(inner, conn, "SELECT device, seq FROM order_trades").await?;
    let control = "SELECT device, seq FROM facts INDEXED BY facts_control WHERE kind <> 10";
    found.control = sum_places(inner, conn, control).await?;
    let (coins, names) = ("SELECT no, text FROM coins", "SELECT no, text FROM names");
    let (mut known_coins, mut known_names) = (HashSet::new(), HashSet::new());
    found.coins = sum_words(inner, conn, coins, &mut known_coins).await?;
    found.names = sum_words(inner, conn, names, &mut known_names).await?;
    found.used = Some((known_coins, known_names));
    Ok(found)
}

async fn sum_places(inner: &Inner, conn: &mut SqliteConnection, query: &'static str) -> Result<RowSum> {
    let rows: Vec<(u32, i64)> = sqlx::query_as(query).fetch_all(conn).await.map_err(|error| inner.failed(&error))?;
    let mut sum = RowSum::default();
    rows.into_iter().for_each(|row| sum.add(row));
    Ok(sum)
}

async fn sum_words(
    inner: &Inner,
    conn: &mut SqliteConnection,
    query: &'static str,
    numbers: &mut HashSet<u32>,
) -> Result<RowSum> {
    let rows: Vec<(u32, String)> = sqlx::query_as(query).fetch_all(conn).await.map_err(|error| inner.failed(&error))?;
    let mut sum = RowSum::default();
    rows.iter().for_each(|(no, text)| sum.add((*no, text.as_str())));
    numbers.extend(rows.iter().map(|(no, _)| *no));
    Ok(sum)
}

/// Checks one database, with the head beside it where there is one.
pub(crate) async fn check(inner: &Inner, conn: &mut SqliteConnection, head: Option<HeadState>) -> Result<VerifyReport> {
    let mut tx = conn.begin().await.map_err(|error| inner.failed(&error))?;
    let mut check = Check { inner, report: VerifyReport::default(), expected: Expected::default() };
    check.pages(&mut tx).await?;
    check.journal(&mut tx).await?;
    if let Some(head) = head {
        match check_head(inner, &mut tx, head).await {
            Err(error) => check.note(None, None, error)?,
            // The chain says more where it found something.
            Ok(Some(problem)) if check.report.problems.iter().any(|known| known.device == problem.device) => {}
            Ok(problem) => check.report.problems.extend(problem),
        }
    }
    // Another version's layout is folded anew when the workspace is opened for writing.
    if check.report.is_sound() && layout(inner, &mut tx).await? == LAYOUT {
        check.projections(&mut tx).await?;
    }
    // Nothing was written: how the transaction ends says nothing.
    let _ = tx.rollback().await;
    Ok(check.report)
}

impl Store {
    /// Checks pages, chains, head and projections, of one consistent state, also while it is written to. After a bad
    /// finding this handle appends nothing more; see [`Store::damage`].
    ///
    /// # Errors
    /// Only when it cannot be read for reasons that are no damage.
    pub async fn verify(&self) -> Result<VerifyReport> {
        let inner = self.inner();
        // The head before the database: a fact appended in between is then no surprise.
        let head = head::read(&head_path(&inner.home))?;
        let mut conn = inner.reader().await?;
        let report = check(inner, &mut conn, Some(head)).await?;
        // Projections that differ are folded anew; anything else no append can mend.
        if let Some(problem) = report.problems.iter().find(|problem| problem.code != PROJECTION_DIFFERS) {
            inner.mark_damaged(problem.clone());
        }
        Ok(report)
    }
}
