//! How far a host's clock is ahead of ours, by the `Date` of its replies.
//!
//! Invariants: the middle one of the last few readings, so that one odd reply moves nothing; a reply from a cache, one that
//! took long, and one during which our own clock was set are no readings. A `Date` has whole seconds: half a second either way
//! means nothing.

use chrono::DateTime;
use domain::Timestamp;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Readings kept of a host.
const KEPT: usize = 9;
/// The middle of a longer exchange says too little about when the reply was stamped.
const TOOK_MAX: Duration = Duration::from_secs(4);
/// Our own clock may differ from the time that went by by so much.
const STEP_MAX_MICROS: i64 = 1_000_000;
/// A `Date` is cut to the second: on average half of one is missing.
const CUT_MICROS: i64 = 500_000;

/// The last readings of one host.
#[derive(Debug, Default)]
pub struct Skew(Mutex<VecDeque<i64>>);

impl Skew {
    /// Takes a reading of a reply whose head came in after so long, by our clock from `sent` to `received`.
    pub fn note(&self, date: &str, sent: Timestamp, received: Timestamp, took: Duration) {
        let Ok(date) = DateTime::parse_from_rfc2822(date.trim()) else { return };
        let took_micros = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
        let by_clock = received.micros().saturating_sub(sent.micros());
        let was_set = by_clock.saturating_sub(took_micros).saturating_abs() > STEP_MAX_MICROS;
        if took > TOOK_MAX || was_set {
            return;
        }
        let middle = sent.micros().saturating_add(by_clock / 2);
        let ahead = date.timestamp_micros().saturating_add(CUT_MICROS).saturating_sub(middle);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back(ahead / 1_000);
    }

    /// By how many milliseconds its clock is ahead of ours; none before the first reading.
    pub fn median_ms(&self) -> Option<i64> {
        let mut sorted: Vec<i64> = self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-07-26T14:15:00Z, and a second later.
    const SENT: Timestamp = Timestamp::from_millis(1_722_003_300_000);
    const DATE: &str = "Fri, 26 Jul 2024 14:15:01 GMT";

    fn after(ms: i64) -> Timestamp {
        SENT.plus_micros(ms * 1_000)
    }

    #[test]
    fn the_middle_of_the_exchange_is_compared_and_the_lost_half_second_given_back() {
        let skew = Skew::default();
        assert_eq!(skew.median_ms(), None);
        skew.note(DATE, SENT, after(400), Duration::from_millis(400));
        assert_eq!(skew.median_ms(), Some(1_300));
    }

    #[test]
    fn one_odd_reading_moves_nothing_and_old_ones_are_forgotten() {
        let skew = Skew::default();
        let note = |ms: i64| skew.note(DATE, after(ms), after(ms), Duration::ZERO);
        for _ in 0..4 {
            note(1_500);
        }
        note(90_000_000);
        assert_eq!(skew.median_ms(), Some(0));
        for _ in 0..5 {
            note(11_500);
        }
        assert_eq!(skew.median_ms(), Some(-10_000));
    }

    #[test]
    fn slow_replies_and_those_during_which_our_clock_was_set_are_no_readings() {
        let skew = Skew::default();
        skew.note(DATE, SENT, after(5_000), Duration::from_secs(5));
        skew.note(DATE, SENT, after(3_600_000), Duration::from_millis(100));
        skew.note("yesterday", SENT, SENT, Duration::ZERO);
        assert_eq!(skew.median_ms(), None);
    }
}
