//! Moments in time, and clocks as arguments.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};

/// Why text is not a moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a time: use RFC 3339 with a zone, such as 2024-07-01T09:30:00Z")]
pub struct TimestampError(String);

/// A moment: microseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970 in UTC.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// From milliseconds since 1970 in UTC.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Microseconds since 1970 in UTC.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970 in UTC, rounded down.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads RFC 3339 with a zone; digits below a microsecond are dropped.
    ///
    /// # Errors
    /// [`TimestampError`].
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        DateTime::parse_from_rfc3339(text)
            .map(|t| Self(t.timestamp_micros()))
            .map_err(|_| TimestampError(text.chars().take(40).collect()))
    }

    /// From a chrono time.
    #[must_use]
    pub fn from_utc(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }

    /// As a chrono time; moments outside chrono's range become its nearest end.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        let end = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        DateTime::from_timestamp_micros(self.0).unwrap_or(end)
    }

    /// This moment moved by some microseconds, held at the ends of what fits.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Seconds from `earlier` to this moment, rounded down; negative when this is the earlier one.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with `Z`, fractions only when there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.to_utc();
        let (date, time) = (utc.date_naive(), utc.time());
        if !(0..=9999).contains(&date.year()) {
            return f.write_str(&utc.to_rfc3339_opts(SecondsFormat::AutoSi, true));
        }
        // By hand: charts print a hundred thousand of these, and the general formatter takes most of that time.
        let (year, month, day) = (date.year(), date.month(), date.day());
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.0.rem_euclid(1_000_000) {
            0 => {}
            micros if micros % 1_000 == 0 => write!(f, ".{:03}", micros / 1_000)?,
            micros => write!(f, ".{micros:06}")?,
        }
        f.write_str("Z")
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        if out.is_human_readable() { out.collect_str(self) } else { self.0.serialize(out) }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        if input.is_human_readable() {
            Self::parse(&String::deserialize(input)?).map_err(de::Error::custom)
        } else {
            i64::deserialize(input).map(Self)
        }
    }
}

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// A clock that moves only when told: for tests, replays and backtests.
#[derive(Debug, Default)]
pub struct DrivenClock(AtomicI64);

impl DrivenClock {
    /// A clock standing at a moment.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Puts the clock at a moment.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance_micros(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for DrivenClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_refused() {
        assert!(Timestamp::parse("2024-07-01T09:30:00").is_err());
        assert!(Timestamp::parse("2024-13-01T09:30:00Z").is_err());
    }

    proptest::proptest! {
        #[test]
        fn a_time_prints_as_the_general_formatter_would(micros in proptest::prelude::any::<i64>()) {
            let time = Timestamp(micros);
            let general = time.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true);
            proptest::prop_assert_eq!(time.to_string(), general);
        }

        #[test]
        fn a_time_of_our_days_comes_back_from_its_text(micros in 0i64..4_000_000_000_000_000) {
            let time = Timestamp(micros);
            proptest::prop_assert_eq!(Timestamp::parse(&time.to_string()).unwrap(), time);
        }
    }

    #[test]
    fn times_print_in_utc_and_come_back() {
        let t = Timestamp::parse("2024-07-01T09:30:00.123456+10:00").unwrap();
        assert_eq!(t.to_string(), "2024-06-30T23:30:00.123456Z");
        assert_eq!(Timestamp::parse(&t.to_string()).unwrap(), t);
        assert_eq!(Timestamp::from_millis(0).to_string(), "1970-01-01T00:00:00Z");
    }
}
