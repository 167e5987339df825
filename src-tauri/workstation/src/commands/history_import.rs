//! The account's history from CoinSpot's API into the journal, stretch by stretch.
//!
//! Invariants: each stretch is one transaction that is durable before the next is asked for, so that what breaks off goes on where it
//! was, also one that a person stopped; nothing is added twice, whatever was imported or filled before. A row that may be a fill of an order whose fate isn't settled
//! is left for a later run: it is that order's to take. Deliberately absent: withdrawing, or any call that changes something.

use crate::dto::{HistoryImport, HistoryProgress, RejectedLine};
use crate::import::Layout;
use crate::import::api::entries;
use crate::when::{DEFAULT_ZONE, moment};
use crate::{Error, Result, Workstation};
use domain::{Book, Coin, FactHash, Name, Timestamp};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use store::{Entry, ImportSource};
use tokio::sync::{Mutex, Notify};

/// Days asked about at once.
const STRETCH_DAYS: i64 = 90;
/// How far a run goes back over what an earlier one read: rows show late.
const AGAIN_DAYS: i64 = 3;
const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// The exchange's clock may be ahead of ours.
const CLOCKS_MICROS: i64 = 10 * 60 * 1_000_000;
/// Rows left out that are listed.
const LISTED_MAX: usize = 200;
/// The setting that says up to when history was read.
const READ_UNTIL: &str = "import_coinspot_api_until";
/// The setting that names days the exchange did not tell in full.
const INCOMPLETE: &str = "import_coinspot_api_incomplete";
const INCOMPLETE_MAX: usize = 366;
/// Before CoinSpot began there is nothing to ask for.
const FIRST_DAY: &str = "2013-01-01";

/// The beginning of the UTC day.
fn day(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(time.micros().div_euclid(DAY_MICROS) * DAY_MICROS)
}

fn date(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

/// How many stretches lie between.
fn stretches(begin: Timestamp, now: Timestamp) -> u32 {
    let days = (day(now).micros() - begin.micros()) / DAY_MICROS;
    u32::try_from(days / STRETCH_DAYS + 1).unwrap_or_default()
}

fn stopped(day: &str) -> Error {
    let words = format!("stopped; what lies before {day} is read and kept, and the next reading goes on there");
    Error::refused("cancelled", words)
}

/// The reading that runs, if one does: how far it is, and whether anybody still wants it.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    one: Mutex<()>,
    progress: std::sync::Mutex<HistoryProgress>,
    unwanted: AtomicBool,
    stop: Notify,
}

/// Says that a reading is over, however it ended.
struct Running<'a>(&'a Reading);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.at(|progress| progress.running = false);
    }
}

impl Reading {
    fn begin(&self) -> Running<'_> {
        self.unwanted.store(false, Ordering::Relaxed);
        self.at(|progress| *progress = HistoryProgress { running: true, ..HistoryProgress::default() });
        Running(self)
    }

    /// Changes the progress; as it is then.
    fn at(&self, change: impl FnOnce(&mut HistoryProgress)) -> HistoryProgress {
        // A panic elsewhere leaves whole numbers: they are only shown.
        let mut progress = self.progress.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut progress);
        progress.clone()
    }

    fn stop(&self) {
        self.unwanted.store(true, Ordering::Relaxed);
        self.stop.notify_waiters();
    }

    /// Returns once somebody stopped it.
    async fn stopped(&self) {
        // Waiting begins before the look, so that a stop in between is not missed.
        let told = self.stop.notified();
        if !self.unwanted.load(Ordering::Relaxed) {
            told.await;
        }
    }
}

impl Workstation {
    /// Imports the history of the account from a day on; without one from where the last run ended. Asks only.
    ///
    /// # Errors
    /// `key_missing`, `already_reading`; `from_missing` when it never ran; `cancelled`, the exchange's, and then what was read before is kept.
    pub async fn import_history(
        &self,
        from: Option<&str>,
        mut progress: impl FnMut(&HistoryProgress) + Send,
    ) -> Result<HistoryImport> {
        let words =
            "there is no CoinSpot key at hand: store coinspot_key and coinspot_secret first; a read-only key is enough";
        let account = self.account().await?.ok_or_else(|| Error::refused("key_missing", words))?;
        let reading = &self.inner.reading;
        let running = "CoinSpot's history is being read already: wait for it, or stop it";
        let _one = reading.one.try_lock().map_err(|_| Error::refused("already_reading", running))?;
        let _running = reading.begin();
        let now = self.now();
        let begin = self.history_begin(from).await?.min(day(now));
        reading.at(|progress| progress.of = stretches(begin, now));
        let mut incomplete = self.incomplete_days().await?;
        let mut done = HistoryImport { from: begin, to: now, ..HistoryImport::default() };
        let mut start = begin;
        while start <= now {
            let last = start.plus_micros((STRETCH_DAYS - 1) * DAY_MICROS);
            // The last day asked for is tomorrow: around midnight the exchange's may have begun.
            let is_last = last >= day(now);
            let until = if is_last { day(now).plus_micros(DAY_MICROS) } else { last };
            let stretch = tokio::select! {
                () = reading.stopped() => return Err(stopped(&date(start))),
                stretch = account.stretch(start, until, self.now()) => stretch?,
            };
            let days = (date(start), date(until));
            incomplete.retain(|day| *day < days.0 || *day > days.1);
            incomplete.extend(stretch.incomplete.iter().cloned());
            self.store_stretch(stretch, &days, &mut done).await?;
            incomplete.truncate(INCOMPLETE_MAX);
            let read_until = if is_last { date(now) } else { date(until) };
            self.store().set_settings(&[(READ_UNTIL, read_until), (INCOMPLETE, incomplete.join(","))]).await?;
            done.stretches += 1;
            let told = reading.at(|told| {
                (told.day, told.stretches) = (date(until.min(now)), done.stretches);
                (told.read, told.imported) = (done.read, done.imported);
            });
            progress(&told);
            self.inner.imported.notify_one();
            start = until.plus_micros(DAY_MICROS);
        }
        done.incomplete = incomplete;
        done.balances = self.compare_balances(&account, begin).await;
        Ok(done)
    }

    /// How far a reading is that runs, or how far the last one came.
    #[must_use]
    pub fn history_progress(&self) -> HistoryProgress {
        self.inner.reading.at(|_| ())
    }

    /// Stops a reading: what was read is kept, and the next one goes on there.
    #[must_use]
    pub fn stop_history(&self) -> HistoryProgress {
        self.inner.reading.stop();
        self.history_progress()
    }

    async fn history_begin(&self, from: Option<&str>) -> Result<Timestamp> {
        let first = moment(FIRST_DAY, DEFAULT_ZONE)?;
        if let Some(from) = from {
            return Ok(day(moment(from, DEFAULT_ZONE)?).max(day(first)));
        }
        let words =
            "say from when on: omc import --coinspot-api --from 2021-01-01; later runs go on where this one ends";
        let until = self.store().setting(READ_UNTIL).await?.ok_or_else(|| Error::usage("from_missing", words))?;
        Ok(day(moment(&format!("{until}T00:00:00Z"), DEFAULT_ZONE)?).plus_micros(-AGAIN_DAYS * DAY_MICROS))
    }

    /// Days of which CoinSpot has more than it tells.
    pub(crate) async fn incomplete_days(&self) -> Result<Vec<String>> {
        let days = self.store().setting(INCOMPLETE).await?.unwrap_or_default();
        Ok(days.split(',').filter(|day| !day.is_empty()).map(ToOwned::to_owned).collect())
    }

    async fn store_stretch(
        &self,
        stretch: coinspot::Stretch,
        days: &(String, String),
        done: &mut HistoryImport,
    ) -> Result<()> {
        let told = entries(stretch, self.now());
        let (entries, held) = self.hold_back(told.entries).await?;
        let left_out = told.left_out.len() + held.len();
        let read = told.read;
        let room = LISTED_MAX.saturating_sub(done.left_out.len());
        done.left_out.extend(told.left_out.into_iter().chain(held).take(room));
        done.left_out_count += left_out as u64;
        done.read += read;
        if entries.is_empty() {
            return Ok(());
        }
        let format = Name::parse("coinspot_api").map_err(|error| Error::usage("bad_format", error.to_string()))?;
        let file = FactHash::of(&(days, read));
        let source = ImportSource { format, file, read, rejected: left_out as u64 };
        let outcome = self.store().import(entries, source, self.now()).await?;
        done.imported += outcome.imported;
        done.duplicates += outcome.duplicates;
        done.doubts += outcome.doubts;
        Ok(())
    }

    /// Leaves out what may be a fill of a live order whose fate isn't settled: the order takes its rows itself, and a row that was here
    /// before would be counted twice.
    pub(crate) async fn hold_back(&self, entries: Vec<Entry>) -> Result<(Vec<Entry>, Vec<RejectedLine>)> {
        let desk = self.desk().await?;
        let mut open: BTreeMap<Coin, Timestamp> = BTreeMap::new();
        for order in desk.orders.open().filter(|order| order.proposal().book == Book::Live) {
            let since = order.id().time().plus_micros(-CLOCKS_MICROS);
            let earliest = open.entry(order.proposal().coin).or_insert(since);
            *earliest = since.min(*earliest);
        }
        drop(desk);
        let (mut kept, mut held) = (Vec::with_capacity(entries.len()), Vec::new());
        for entry in entries {
            match &entry {
                Entry::Trade(trade)
                    if trade.venue.as_ref().is_some_and(|venue| venue.as_str() == Layout::CoinSpotOrders.as_str())
                        && open.get(&trade.coin).is_some_and(|since| trade.time >= *since) =>
                {
                    let reason = format!(
                        "{} {} {} of {}: a live order of {} is not over and may take it; import again when it is",
                        trade.side, trade.quantity, trade.coin, trade.time, trade.coin
                    );
                    held.push(RejectedLine { line: 0, reason });
                }
                _ => kept.push(entry),
            }
        }
        Ok((kept, held))
    }
}
