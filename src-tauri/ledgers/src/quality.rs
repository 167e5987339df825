//! How far a source and a ledger can be trusted: four parts between 0 and 1, and one score of them with published weights.
//!
//! | part | 1 | 0 |
//! |---|---|---|
//! | coverage | all came that was expected, interval by interval and coin by coin | nothing came |
//! | freshness | it spoke within [`silence_allowed`] of its cadence | it has been silent for [`STALE_TIMES`] times that |
//! | validity | all that came was good | all of it was bad |
//! | agreement | every price within [`AGREES_PCT`] % of the other venues' median | every one [`DISAGREES_PCT`] % off or more |
//!
//! Between these the parts fall in a straight line. A part that can't be told has no figure and no weight; when none can be told
//! the score is unknown, which is not good. A part at 0 makes its source failing, whatever the others are: what is silent
//! now is of no use, however good yesterday was.
//!
//! Invariants: every figure lies in [0, 1]; one more missing, bad, older or differing thing never raises a score. Deliberately
//! absent: where the counts come from, words, and storage.

use crate::missing::silence_allowed;
use domain::Decimal;
use std::time::Duration;

/// How much each part weighs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of coverage.
    pub coverage: f64,
    /// Of freshness.
    pub freshness: f64,
    /// Of validity.
    pub validity: f64,
    /// Of agreement.
    pub agreement: f64,
}

/// The published weights.
pub const WEIGHTS: Weights = Weights { coverage: 0.35, freshness: 0.30, validity: 0.20, agreement: 0.15 };
/// Below this a source or ledger is degraded.
pub const DEGRADED_BELOW: f64 = 0.8;
/// Below this it is failing.
pub const FAILING_BELOW: f64 = 0.5;
/// A source silent for so many times what it is allowed has no freshness left.
pub const STALE_TIMES: f64 = 4.0;
/// A price this close to the reference agrees with it.
pub const AGREES_PCT: f64 = 1.0;
/// A price this far from it does not agree at all.
pub const DISAGREES_PCT: f64 = 5.0;
const INTERVAL_LEAST: Duration = Duration::from_secs(60);

/// What was counted of a source in a window of time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counts {
    /// What should have come; nothing when no whole interval has gone by.
    pub expected: u64,
    /// What came of it.
    pub received: u64,
    /// How long ago it last said something good; none when it never did.
    pub age: Option<Duration>,
    /// How often it should speak.
    pub cadence: Duration,
    /// Items that were taken.
    pub taken: u64,
    /// Items that were bad in themselves.
    pub flawed: u64,
}

/// The four parts; none where one can't be told.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Parts {
    /// Received ÷ expected.
    pub coverage: Option<f64>,
    /// Against its own cadence.
    pub freshness: Option<f64>,
    /// Share of what came that was good.
    pub validity: Option<f64>,
    /// Against the other venues' median.
    pub agreement: Option<f64>,
}

/// How a source or a ledger stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It can be relied on.
    Good,
    /// It can be used with care.
    Degraded,
    /// It must not be relied on.
    Failing,
    /// Nobody can tell.
    Unknown,
}

impl Standing {
    /// Its name in replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Degraded => "degraded",
            Self::Failing => "failing",
            Self::Unknown => "unknown",
        }
    }

    /// Whether a signal may rest on it: what nobody can tell is no ground.
    #[must_use]
    pub const fn is_fit(self) -> bool {
        matches!(self, Self::Good | Self::Degraded)
    }
}

/// Over what stretches a source's answers are counted: two of its cadences, so that the jitter of a healthy one leaves no
/// stretch empty, and at least a minute.
#[must_use]
pub fn interval_of(cadence: Duration) -> Duration {
    cadence.saturating_mul(2).max(INTERVAL_LEAST)
}

/// What came in intervals in each of which so many items should have: more than that in one does not make up for another.
#[must_use]
pub fn received(by_interval: &[u64], items: u64) -> u64 {
    by_interval.iter().map(|came| (*came).min(items)).sum()
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part.min(whole) as f64) / (whole as f64))
}

/// From 1 at `good` and below to 0 at `bad` and above.
fn falling(value: f64, good: f64, bad: f64) -> f64 {
    ((bad - value) / (bad - good)).clamp(0.0, 1.0)
}

impl Parts {
    /// The parts of what was counted.
    #[must_use]
    pub fn of(counts: &Counts) -> Self {
        let allowed_s = silence_allowed(counts.cadence).as_secs_f64();
        Self {
            coverage: share(counts.received, counts.expected),
            freshness: counts.age.map(|age| falling(age.as_secs_f64(), allowed_s, STALE_TIMES * allowed_s)),
            validity: share(counts.taken, counts.taken.saturating_add(counts.flawed)),
            agreement: None,
        }
    }

    /// The mean of several sources' parts, each over those of which it can be told.
    #[must_use]
    pub fn mean(of: &[Self]) -> Self {
        let mean = |part: fn(&Self) -> Option<f64>| {
            let told: Vec<f64> = of.iter().filter_map(part).collect();
            (!told.is_empty()).then(|| told.iter().sum::<f64>() / told.len() as f64)
        };
        Self {
            coverage: mean(|parts| parts.coverage),
            freshness: mean(|parts| parts.freshness),
            validity: mean(|parts| parts.validity),
            agreement: mean(|parts| parts.agreement),
        }
    }

    fn weighed(&self) -> [(Option<f64>, f64); 4] {
        [
            (self.coverage, WEIGHTS.coverage),
            (self.freshness, WEIGHTS.freshness),
            (self.validity, WEIGHTS.validity),
            (self.agreement, WEIGHTS.agreement),
        ]
    }

    /// The weighted mean of the parts that can be told; none when none can.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        let told = self.weighed().into_iter().filter_map(|(part, weight)| Some((part?, weight)));
        let (sum, weights) = told.fold((0.0, 0.0), |(sum, all), (part, weight)| (sum + part * weight, all + weight));
        (weights > 0.0).then(|| (sum / weights).clamp(0.0, 1.0))
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let Some(score) = self.score() else { return Standing::Unknown };
        let nothing_left = self.weighed().into_iter().any(|(part, _)| part.is_some_and(|part| part <= 0.0));
        match score {
            score if nothing_left || score < FAILING_BELOW => Standing::Failing,
            score if score < DEGRADED_BELOW => Standing::Degraded,
            _ => Standing::Good,
        }
    }
}

/// How a ledger stands: as its parts do, but failing when a source that everything in it rests on is.
#[must_use]
pub fn ledger_standing(parts: &Parts, essential: impl IntoIterator<Item = Standing>) -> Standing {
    let fails = essential.into_iter().any(|standing| standing == Standing::Failing);
    if fails { Standing::Failing } else { parts.standing() }
}

/// How far a price agrees that is so many percent off the reference.
#[must_use]
pub fn agreement(apart_pct: Decimal) -> f64 {
    // What fits no float is further off than any price that agrees.
    f64::try_from(apart_pct.abs()).map_or(0.0, |apart| falling(apart, AGREES_PCT, DISAGREES_PCT))
}

#[cfg(test)]
mod tests;
