//! When EDGAR accepted a filing.
//!
//! Its times end in `Z`, but with about a quarter of the filers they are New York's clock all the same, and nothing in a time
//! itself tells which. The habit goes with the filer, so it is learned from all times of the reply: EDGAR takes filings
//! between 06:00 and 22:00 in New York, so a time that lies outside of that when read one way proves the other way, and a
//! time that lies ahead of us when read as New York's proves UTC. Where nothing is proven, or both are, the later reading
//! counts: a filing must not seem known before it was. Deliberately absent: asking for each document's own header.

use crate::when;
use chrono::{DateTime, LocalResult, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::America::New_York;
use domain::Timestamp;
use ledgers::Undated;

/// A little more than EDGAR's hours, in minutes of New York's day: what is stamped while the door closes is no proof.
const OPEN_MINUTES: std::ops::RangeInclusive<u32> = 345..=1_350;

/// Which clock a filer's times follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// What they say.
    Utc,
    /// New York's, whatever they say.
    NewYork,
    /// Nothing proves either.
    Unknown,
}

/// The habit that a filer's times prove.
pub fn habit<'a>(times: impl Iterator<Item = &'a str>, now: Timestamp) -> Habit {
    let (mut utc, mut new_york) = (false, false);
    for written in times.filter_map(read) {
        let (as_utc, as_local) = readings(written);
        let fits_utc = is_open(New_York.from_utc_datetime(&written).naive_local());
        let fits_local = is_open(written);
        let ahead = when::believed(as_utc, now).is_ok() && when::believed(as_local, now) == Err(Undated::Future);
        utc |= ahead || (fits_utc && !fits_local);
        new_york |= fits_local && !fits_utc;
    }
    match (utc, new_york) {
        (true, false) => Habit::Utc,
        (false, true) => Habit::NewYork,
        _ => Habit::Unknown,
    }
}

/// When a filing was accepted, if that can be true.
pub fn accepted(written: Option<&str>, habit: Habit, now: Timestamp) -> Result<Timestamp, Undated> {
    let written = written.filter(|text| !text.trim().is_empty()).ok_or(Undated::Missing)?;
    let written = read(written).ok_or(Undated::Unreadable)?;
    let (as_utc, as_local) = readings(written);
    match habit {
        Habit::Utc => when::believed(as_utc, now),
        Habit::NewYork => when::believed(as_local, now),
        Habit::Unknown => when::believed(as_local, now).or_else(|_| when::believed(as_utc, now)),
    }
}

/// The clock's face, without what it says about its zone.
fn read(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let bare = text.strip_suffix('Z').unwrap_or(text);
    NaiveDateTime::parse_from_str(bare, "%Y-%m-%dT%H:%M:%S%.f").ok()
}

/// Read as UTC, and as New York's clock.
fn readings(written: NaiveDateTime) -> (Timestamp, Timestamp) {
    let as_utc = Timestamp::from_utc(written.and_utc());
    (as_utc, from_new_york(written).map_or(as_utc, Timestamp::from_utc))
}

fn is_open(local: NaiveDateTime) -> bool {
    OPEN_MINUTES.contains(&(local.hour() * 60 + local.minute()))
}

/// Of the hour that comes twice in autumn the later one; of the one that is left out in spring none.
fn from_new_york(local: NaiveDateTime) -> Option<DateTime<Utc>> {
    match New_York.from_local_datetime(&local) {
        LocalResult::Single(time) | LocalResult::Ambiguous(_, time) => Some(time.to_utc()),
        LocalResult::None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-20T21:30:00Z").unwrap()
    }

    fn at(written: &str, habit: Habit) -> String {
        accepted(Some(written), habit, now()).unwrap().to_string()
    }

    #[test]
    fn new_yorks_clock_is_read_on_both_sides_of_its_changes() {
        for (written, utc) in [
            ("2026-03-06T16:05:00.000Z", "2026-03-06T21:05:00Z"), // winter: five hours
            ("2026-03-09T16:05:00.000Z", "2026-03-09T20:05:00Z"), // the Monday after the clocks went forward
            ("2026-10-30T16:05:00.000Z", "2026-10-30T20:05:00Z"), // summer: four
            ("2026-11-02T16:05:00.000Z", "2026-11-02T21:05:00Z"), // the Monday after they went back
            ("2026-11-01T01:30:00.000Z", "2026-11-01T06:30:00Z"), // an hour that comes twice: the later one
            ("2026-03-08T02:30:00.000Z", "2026-03-08T02:30:00Z"), // an hour that is not there: as it is written
        ] {
            assert_eq!(at(written, Habit::NewYork), utc, "{written}");
        }
    }

    #[test]
    fn a_time_outside_edgars_hours_proves_the_other_clock() {
        let of = |times: &[&str]| habit(times.iter().copied(), now());
        // 07:30 in UTC would be the middle of New York's night.
        assert_eq!(of(&["2026-11-02T16:05:00.000Z", "2026-11-03T07:30:00.000Z"]), Habit::NewYork);
        // 01:10 is no hour of New York's at which EDGAR is open, and 20:10 the evening before is.
        assert_eq!(of(&["2026-11-02T16:05:00.000Z", "2026-11-03T01:10:00.000Z"]), Habit::Utc);
        assert_eq!(of(&["2026-07-02T16:05:00.000Z", "2026-11-03T15:10:00.000Z"]), Habit::Unknown);
        assert_eq!(of(&["2026-11-03T07:30:00.000Z", "2026-11-03T01:10:00.000Z"]), Habit::Unknown, "both are proven");
        assert_eq!(of(&["2026-11-20T21:05:00.000Z"]), Habit::Utc, "in New York it is not that late yet");
        assert_eq!(of(&["", "NaN", "2027-11-20T21:05:00.000Z"]), Habit::Unknown);
    }

    #[test]
    fn where_nothing_is_proven_the_later_reading_counts_unless_it_lies_ahead() {
        assert_eq!(at("2026-11-19T16:05:00.000Z", Habit::Unknown), "2026-11-19T21:05:00Z");
        assert_eq!(at("2026-11-20T21:05:00.000Z", Habit::Unknown), "2026-11-20T21:05:00Z", "both are proven");
    }

    #[test]
    fn what_is_no_time_says_why() {
        for (written, why) in [
            (None, Undated::Missing),
            (Some(" "), Undated::Missing),
            (Some("NaN"), Undated::Unreadable),
            (Some("2026-02-30T10:00:00.000Z"), Undated::Unreadable),
            (Some("2026-11-20"), Undated::Unreadable),
            (Some("2027-11-20T10:00:00.000Z"), Undated::Future),
            (Some("1999-11-20T10:00:00.000Z"), Undated::TooOld),
        ] {
            for habit in [Habit::Utc, Habit::NewYork, Habit::Unknown] {
                assert_eq!(accepted(written, habit, now()), Err(why), "{written:?} {habit:?}");
            }
        }
    }
}
