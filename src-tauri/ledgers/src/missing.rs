//! What is missing: stretches of time in which a source should have spoken and did not, and days without a figure.
//!
//! A source is silent when it has said nothing good for [`GAP_CADENCES`] of its cadences and [`GAP_LEAST_S`] seconds; a
//! reply that was set aside for its shape is missing however soon the next one came. What a silence cost depends on the source:
//! a list reaches back over it or begins after it, figures of days are there or not, prices can be had from charts.
//!
//! Invariants: whole times are compared, so that days count; what was never there is not missing. Deliberately absent: filling
//! gaps, and keeping them.

use domain::Timestamp;
use std::collections::BTreeSet;
use std::time::Duration;

/// A source is silent after so many of its cadences.
pub const GAP_CADENCES: u32 = 3;
/// And not before so many seconds.
pub const GAP_LEAST_S: u64 = 60;
/// How far back days are compared.
pub const DAYS_COMPARED: i64 = 30;
const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// Why something is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// The workstation was not running.
    NotRunning,
    /// The machine slept.
    Asleep,
    /// A person had paused the source.
    Paused,
    /// There was no way to the service.
    Offline,
    /// The service failed.
    Failed,
    /// Replies were set aside because their shape had changed.
    Quarantined,
    /// The service went on saying the same.
    Frozen,
    /// More was said between two runs than a reply holds.
    Overrun,
    /// A day has no figure.
    DayMissing,
}

impl GapReason {
    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRunning => "not_running",
            Self::Asleep => "asleep",
            Self::Paused => "paused",
            Self::Offline => "offline",
            Self::Failed => "failed",
            Self::Quarantined => "quarantined",
            Self::Frozen => "frozen",
            Self::Overrun => "overrun",
            Self::DayMissing => "day_missing",
        }
    }
}

/// A stretch of time of which something is missing, its end outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Why.
    pub reason: GapReason,
}

/// What is known of a source when a run of it has ended.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// How often it should speak.
    pub cadence: Duration,
    /// When it last said something good; for a feed that must move, when it last moved. Before this run.
    pub last_good: Timestamp,
    /// When it was last asked before this run.
    pub last_attempt: Timestamp,
    /// The code of the last failure since it was good, this run's included; none when there was none.
    pub error: Option<&'a str>,
    /// Whether a person has paused it.
    pub paused: bool,
    /// When the machine last slept.
    pub slept: Option<(Timestamp, Timestamp)>,
    /// When this run ended.
    pub now: Timestamp,
}

/// How long a source of this cadence may say nothing.
#[must_use]
pub fn silence_allowed(cadence: Duration) -> Duration {
    cadence.saturating_mul(GAP_CADENCES).max(Duration::from_secs(GAP_LEAST_S))
}

/// What a source did not say, when it was silent for too long.
#[must_use]
pub fn silence(heard: &Heard<'_>) -> Option<Missing> {
    let micros = |from: Timestamp, to: Timestamp| to.micros().saturating_sub(from.micros());
    let allowed = i64::try_from(silence_allowed(heard.cadence).as_micros()).unwrap_or(i64::MAX);
    let silent = micros(heard.last_good, heard.now);
    let quarantined = heard.error == Some("shape_changed");
    if silent <= 0 || (silent <= allowed && !quarantined) {
        return None;
    }
    let slept = heard.slept.map_or(0, |(from, to)| micros(from.max(heard.last_good), to.min(heard.now)));
    let unasked = micros(heard.last_attempt, heard.now) > allowed;
    let reason = match heard.error {
        _ if slept > silent / 2 => GapReason::Asleep,
        _ if unasked && heard.paused => GapReason::Paused,
        _ if unasked => GapReason::NotRunning,
        Some("shape_changed") => GapReason::Quarantined,
        Some("offline") => GapReason::Offline,
        Some(_) => GapReason::Failed,
        None => GapReason::Frozen,
    };
    Some(Missing { from: heard.last_good, to: heard.now, reason })
}

/// What a list of the newest things can't tell: all between the last time it was read and its oldest item. None when it
/// reaches back far enough, or has no dates.
#[must_use]
pub fn overrun(last_good: Timestamp, oldest: Option<Timestamp>) -> Option<Missing> {
    let oldest = oldest.filter(|oldest| *oldest > last_good)?;
    Some(Missing { from: last_good, to: oldest, reason: GapReason::Overrun })
}

/// The days of the last [`DAYS_COMPARED`] without a figure, each by itself: after the first that has one, up to so many
/// days before today. Days are counted from 1970, UTC.
#[must_use]
pub fn missing_days(told: &BTreeSet<i64>, today: i64, days_late: i64) -> Vec<Missing> {
    let Some(first) = told.range(today - DAYS_COMPARED..).next().copied() else { return Vec::new() };
    let begin = |day: i64| Timestamp::from_micros(day.saturating_mul(DAY_MICROS));
    (first..today.saturating_sub(days_late))
        .filter(|day| !told.contains(day))
        .map(|day| Missing { from: begin(day), to: begin(day + 1), reason: GapReason::DayMissing })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    /// A source that runs every ten seconds, good at 1,000 and asked since.
    fn heard(now: i64) -> Heard<'static> {
        Heard {
            cadence: Duration::from_secs(10),
            last_good: at(1_000),
            last_attempt: at(now - 10),
            error: None,
            paused: false,
            slept: None,
            now: at(now),
        }
    }

    #[test]
    fn a_source_is_silent_after_three_cadences_and_a_minute() {
        assert_eq!(silence(&heard(1_060)), None);
        let found = silence(&heard(1_061)).unwrap();
        assert_eq!((found.from, found.to), (at(1_000), at(1_061)));
        let slow = |now| silence(&Heard { cadence: Duration::from_secs(300), ..heard(now) });
        assert_eq!(slow(1_900), None);
        assert!(slow(1_901).is_some());
        assert_eq!(silence(&heard(900)), None, "a clock set back is no gap");
    }

    #[test]
    fn days_of_silence_count() {
        let found = silence(&heard(1_000 + 3 * 86_400 + 5)).unwrap();
        assert_eq!(found.to.seconds_since(found.from), 3 * 86_400 + 5);
    }

    #[test]
    fn a_batch_set_aside_is_missing_however_soon_the_next_one_came() {
        let found = silence(&Heard { error: Some("shape_changed"), ..heard(1_020) }).unwrap();
        assert_eq!(found.reason, GapReason::Quarantined);
    }

    #[test]
    fn the_reason_is_what_kept_it_from_speaking() {
        let reason = |heard: Heard<'_>| silence(&heard).unwrap().reason;
        let hour = heard(4_600);
        let unasked = Heard { last_attempt: at(1_000), ..hour };
        assert_eq!(reason(hour), GapReason::Frozen, "asked and answered all the time, and nothing moved");
        assert_eq!(reason(Heard { error: Some("offline"), ..hour }), GapReason::Offline);
        assert_eq!(reason(Heard { error: Some("http_status"), ..hour }), GapReason::Failed);
        assert_eq!(reason(unasked), GapReason::NotRunning);
        assert_eq!(reason(Heard { paused: true, ..unasked }), GapReason::Paused);
        assert_eq!(reason(Heard { slept: Some((at(1_100), at(4_590))), ..unasked }), GapReason::Asleep);
        assert_eq!(reason(Heard { slept: Some((at(10), at(900))), ..unasked }), GapReason::NotRunning);
    }

    #[test]
    fn a_list_that_begins_after_it_was_last_read_may_have_lost_something() {
        assert_eq!(overrun(at(100), Some(at(100))), None);
        assert_eq!(overrun(at(100), None), None);
        let found = overrun(at(100), Some(at(160))).unwrap();
        assert_eq!((found.from, found.to, found.reason), (at(100), at(160), GapReason::Overrun));
    }

    #[test]
    fn a_day_without_a_figure_is_missing_once_it_should_be_there() {
        let told = BTreeSet::from([90, 91, 93, 96]);
        let days = |today, late| -> Vec<i64> {
            missing_days(&told, today, late).iter().map(|day| day.from.micros() / DAY_MICROS).collect()
        };
        assert_eq!(days(97, 0), [92, 94, 95]);
        assert_eq!(days(99, 0), [92, 94, 95, 97, 98], "today is not over");
        assert_eq!(days(99, 1), [92, 94, 95, 97]);
        assert_eq!(days(122, 0).first(), Some(&94), "older ones are left alone");
        assert_eq!(missing_days(&BTreeSet::new(), 97, 0), []);
    }

    proptest! {
        #[test]
        fn a_longer_silence_is_never_less_missing(quiet in 0_i64..100_000, more in 0_i64..100_000, cadence in 1_u64..90_000) {
            let after = |seconds| silence(&Heard { cadence: Duration::from_secs(cadence), ..heard(1_000 + seconds) });
            let length = |found: Option<Missing>| found.map_or(0, |found| found.to.seconds_since(found.from));
            prop_assert!(length(after(quiet + more)) >= length(after(quiet)));
        }
    }
}
