//! When each source runs next, and which goes first when several are due.
//!
//! A source runs at its cadence, moved by up to a tenth so that machines don't fall into step; after failures at a moment
//! drawn from nothing up to a ceiling that doubles, bounded by [`BACKOFF_MAX`] and, for fast sources, by a few of their cadences.
//! Discrete events go before prices, prices before talk, talk before fundamentals, and slow talkers may take only some of
//! the places, so that they never hold up a price. A clock that was set back makes a source run, not wait.
//!
//! Deliberately absent: clocks, random numbers (both are arguments), fetching, and what a run brought.

use crate::source::{Ledger, SourceInfo};
use domain::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// The longest pause after failures.
pub const BACKOFF_MAX: Duration = Duration::from_secs(3_600);
/// The shortest pause after a failure, so that a refusal at once is not answered at once.
const BACKOFF_MIN: Duration = Duration::from_secs(1);
/// The ceiling of the first pause, for a source that runs less often than this.
const BACKOFF_FIRST: Duration = Duration::from_secs(60);
/// A fast source is not left alone for longer than so many of its cadences, or [`BACKOFF_FIRST`].
const BACKOFF_CADENCES_MAX: u32 = 8;
const DOUBLINGS_MAX: u32 = 16;
/// Sources that run at once.
const RUNNING_MAX: usize = 8;
/// How many of them may be of the Human and Glass ledgers.
const RUNNING_SLOW_MAX: usize = 4;

/// How a run ended, as far as the next one is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service answered.
    Answered,
    /// It did not, or what it said could not be used.
    Failed,
}

#[derive(Debug, Clone)]
struct Planned {
    info: SourceInfo,
    next: Timestamp,
    failures: u32,
    paused: bool,
    running: bool,
    /// Asked for by a person: runs even when paused.
    asked: bool,
    /// Can't run before a person has set something.
    lacking: bool,
}

/// The plan of all sources. Bounded by the sources added.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    planned: BTreeMap<&'static str, Planned>,
}

impl Schedule {
    /// A plan without sources.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans a source: at its cadence after the last attempt, or at once when there was none or that time has gone by.
    pub fn add(&mut self, info: SourceInfo, paused: bool, last_attempt: Option<Timestamp>, now: Timestamp) {
        let next = last_attempt.map_or(now, |last| later(last, info.cadence)).max(now).min(later(now, info.cadence));
        let planned = Planned { info, next, failures: 0, paused, running: false, asked: false, lacking: false };
        self.planned.insert(info.name, planned);
    }

    /// Takes the next source to run, if one is due and there is room: by ledger, then the one that has waited longest.
    /// It counts as running until [`Self::finished`].
    pub fn start_next(&mut self, now: Timestamp) -> Option<SourceInfo> {
        let running = self.planned.values().filter(|planned| planned.running).count();
        let slow = self.planned.values().filter(|planned| planned.running && is_slow(planned.info.ledger)).count();
        if running >= RUNNING_MAX {
            return None;
        }
        let due = self.planned.values_mut().filter(|planned| planned.is_due(now));
        let fits = due.filter(|planned| slow < RUNNING_SLOW_MAX || !is_slow(planned.info.ledger));
        let first = fits.min_by_key(|planned| (rank(planned.info.ledger), planned.next, planned.info.name))?;
        first.running = true;
        first.asked = false;
        Some(first.info)
    }

    /// Notes how a run ended, also one that nobody planned, and plans the next; when that is. The draw is any random
    /// number. None for a name that is not planned.
    pub fn finished(&mut self, name: &str, outcome: Outcome, now: Timestamp, draw: u64) -> Option<Timestamp> {
        let planned = self.planned.get_mut(name)?;
        planned.running = false;
        planned.failures = match outcome {
            Outcome::Answered => 0,
            Outcome::Failed => planned.failures.saturating_add(1),
        };
        let pause = match outcome {
            Outcome::Answered => jittered(planned.info.cadence, draw),
            Outcome::Failed => backoff(planned.info.cadence, planned.failures, draw),
        };
        planned.next = later(now, pause);
        planned.next_run()
    }

    /// Stops planning a source, or goes on with it at once. False for a name that is not planned.
    pub fn set_paused(&mut self, name: &str, paused: bool, now: Timestamp) -> bool {
        let Some(planned) = self.planned.get_mut(name) else { return false };
        if planned.paused && !paused {
            planned.next = now;
            planned.failures = 0;
        }
        planned.paused = paused;
        true
    }

    /// Leaves a source out that can't run before a person has set something, or takes it in again, due at once. False when
    /// nothing changed.
    pub fn set_lacking(&mut self, name: &str, lacking: bool, now: Timestamp) -> bool {
        let Some(planned) = self.planned.get_mut(name).filter(|planned| planned.lacking != lacking) else {
            return false;
        };
        if !lacking {
            planned.next = now;
            planned.failures = 0;
        }
        planned.lacking = lacking;
        true
    }

    /// Makes a source due, paused or not. False for a name that is not planned.
    pub fn run_now(&mut self, name: &str, now: Timestamp) -> bool {
        let Some(planned) = self.planned.get_mut(name) else { return false };
        planned.asked = true;
        planned.next = planned.next.min(now);
        true
    }

    /// When a source runs next; none when it is paused, lacks something or is not planned.
    #[must_use]
    pub fn next_run(&self, name: &str) -> Option<Timestamp> {
        self.planned.get(name)?.next_run()
    }

    /// How long until the next source is due; none when all run or are paused.
    #[must_use]
    pub fn idle(&self, now: Timestamp) -> Option<Duration> {
        let waiting = self.planned.values().filter(|planned| !planned.running);
        let next =
            waiting.filter_map(|planned| if planned.is_due(now) { Some(now) } else { planned.next_run() }).min()?;
        let micros = next.micros().saturating_sub(now.micros());
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }
}

impl Planned {
    fn is_due(&self, now: Timestamp) -> bool {
        let longest = jittered(self.info.cadence, u64::MAX).max(BACKOFF_MAX);
        // Further away than anything is planned: the clock was set back.
        let astray = self.next > later(now, longest);
        !self.running && !self.lacking && (self.asked || (!self.paused && (self.next <= now || astray)))
    }

    fn next_run(&self) -> Option<Timestamp> {
        (!self.lacking && (self.asked || !self.paused)).then_some(self.next)
    }
}

const fn rank(ledger: Ledger) -> u8 {
    match ledger {
        Ledger::Catalyst => 0,
        Ledger::Exchange => 1,
        Ledger::Human => 2,
        Ledger::Glass => 3,
    }
}

const fn is_slow(ledger: Ledger) -> bool {
    matches!(ledger, Ledger::Human | Ledger::Glass)
}

fn later(from: Timestamp, by: Duration) -> Timestamp {
    from.plus_micros(i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}

/// A share of a duration: the draw's place among all numbers.
fn share(of: Duration, draw: u64) -> Duration {
    let micros = of.as_micros().saturating_mul(u128::from(draw)) / u128::from(u64::MAX);
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

/// Within a tenth of the cadence.
fn jittered(cadence: Duration, draw: u64) -> Duration {
    cadence.saturating_sub(cadence / 10).saturating_add(share(cadence / 5, draw))
}

/// Anything up to a ceiling that doubles with each failure.
fn backoff(cadence: Duration, failures: u32, draw: u64) -> Duration {
    let most = BACKOFF_MAX.min(cadence.saturating_mul(BACKOFF_CADENCES_MAX).max(BACKOFF_FIRST));
    let doublings = failures.saturating_sub(1).min(DOUBLINGS_MAX);
    let ceiling = cadence.min(BACKOFF_FIRST).saturating_mul(1 << doublings).min(most);
    share(ceiling, draw).max(BACKOFF_MIN)
}

#[cfg(test)]
mod tests;
