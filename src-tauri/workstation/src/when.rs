//! Moments and zones as people write them.

use crate::{Error, Result};
pub use books::day_start;
use chrono::{NaiveDate, Timelike};
use chrono_tz::Tz;
use domain::Timestamp;

/// The trader's zone until they choose another.
pub const DEFAULT_ZONE: Tz = chrono_tz::Australia::Sydney;

/// Reads an IANA zone, such as `Australia/Perth`.
///
/// # Errors
/// `bad_timezone`.
pub fn zone(text: &str) -> Result<Tz> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        Error::usage("bad_timezone", format!("'{shown}' is not a time zone: use a name such as Australia/Perth"))
    })
}

/// Reads an RFC 3339 time, or a date, which means its midnight in `zone` (the first moment of the day, where midnight
/// itself does not exist).
///
/// # Errors
/// `bad_time`.
pub fn moment(text: &str, zone: Tz) -> Result<Timestamp> {
    if let Ok(time) = Timestamp::parse(text) {
        return Ok(time);
    }
    let bad = || {
        let shown: String = text.chars().take(40).collect();
        Error::usage("bad_time", format!("'{shown}' is neither a date (2024-07-01) nor a time (2024-07-01T00:00:00Z)"))
    };
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| bad())?;
    day_start(day, zone).ok_or_else(bad)
}

/// The first moment of the local day a moment falls in.
#[must_use]
pub fn today(now: Timestamp, zone: Tz) -> Timestamp {
    day_start(now.to_utc().with_timezone(&zone).date_naive(), zone).unwrap_or(now)
}

/// The local day of a moment in a zone of this name, `2024-07-01`; in UTC for a name that is none.
#[must_use]
pub fn local_day(time: Timestamp, zone_name: &str) -> String {
    time.to_utc().with_timezone(&zone(zone_name).unwrap_or(Tz::UTC)).date_naive().to_string()
}

/// Minutes since local midnight, as the clock on the wall shows them.
#[must_use]
pub fn minute_of_day(now: Timestamp, zone: Tz) -> u16 {
    let local = now.to_utc().with_timezone(&zone);
    u16::try_from(local.hour() * 60 + local.minute()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_midnight_in_the_zone() {
        assert_eq!(moment("2024-07-01", DEFAULT_ZONE).unwrap().to_string(), "2024-06-30T14:00:00Z");
        assert_eq!(moment("2024-01-01", DEFAULT_ZONE).unwrap().to_string(), "2023-12-31T13:00:00Z");
        assert_eq!(moment("2024-07-01T00:00:00Z", DEFAULT_ZONE).unwrap().to_string(), "2024-07-01T00:00:00Z");
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        assert_eq!(moment("yesterday", DEFAULT_ZONE).unwrap_err().code(), "bad_time");
        assert!(zone("Sydney").unwrap_err().is_usage());
    }

    #[test]
    fn the_day_of_a_clock_change_has_twenty_five_hours() {
        let begin = moment("2024-04-07", DEFAULT_ZONE).unwrap();
        let end = moment("2024-04-08", DEFAULT_ZONE).unwrap();
        assert_eq!(end.seconds_since(begin), 25 * 3600);
        assert_eq!(today(end.plus_micros(-1), DEFAULT_ZONE), begin);
    }
}
