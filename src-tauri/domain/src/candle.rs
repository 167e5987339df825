//! Candles and their intervals.

use crate::amount::{Price, Quantity};
use crate::clock::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;

/// Length of a candle. Candles begin at whole multiples of it since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Interval {
    /// One minute.
    M1,
    /// Five minutes.
    M5,
    /// A quarter of an hour.
    M15,
    /// One hour.
    H1,
    /// Four hours.
    H4,
    /// One day, in UTC.
    D1,
}

/// The text names no interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not an interval: use 1m, 5m, 15m, 1h, 4h or 1d")]
pub struct UnknownInterval(String);

impl Interval {
    /// All, shortest first.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H4, Self::D1];

    /// Its name, such as `15m`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H4 => "4h",
            Self::D1 => "1d",
        }
    }

    /// Its length in seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::M1 => 60,
            Self::M5 => 300,
            Self::M15 => 900,
            Self::H1 => 3_600,
            Self::H4 => 14_400,
            Self::D1 => 86_400,
        }
    }

    /// Its length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.seconds() * 1_000_000
    }

    /// The beginning of the candle a moment falls in.
    #[must_use]
    pub const fn floor(self, time: Timestamp) -> Timestamp {
        Timestamp::from_micros(time.micros().div_euclid(self.micros()) * self.micros())
    }
}

impl FromStr for Interval {
    type Err = UnknownInterval;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|interval| interval.as_str() == text)
            .ok_or_else(|| UnknownInterval(text.chars().take(20).collect()))
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Interval {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        <std::borrow::Cow<'_, str>>::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

/// Open, high, low and close of one interval, in AUD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candle {
    /// The beginning of the interval.
    pub time: Timestamp,
    /// First price.
    pub open: Price,
    /// Highest price.
    pub high: Price,
    /// Lowest price.
    pub low: Price,
    /// Last price.
    pub close: Price,
    /// Coins traded; none when the source does not say.
    pub volume: Option<Quantity>,
}

impl Candle {
    /// A candle of one price.
    #[must_use]
    pub fn of(time: Timestamp, price: Price) -> Self {
        Self { time, open: price, high: price, low: price, close: price, volume: None }
    }

    /// Whether the low is the lowest and the high the highest of the four.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.low <= self.open.min(self.close) && self.high >= self.open.max(self.close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_before_1970_falls_in_the_candle_that_began_before_it() {
        assert_eq!(Interval::M1.floor(Timestamp::from_micros(-1)), Timestamp::from_micros(-60_000_000));
        assert_eq!(Interval::H1.floor(Timestamp::from_millis(3_600_000)), Timestamp::from_millis(3_600_000));
    }

    #[test]
    fn intervals_are_known_by_name() {
        for interval in Interval::ALL {
            assert_eq!(interval.as_str().parse::<Interval>().unwrap(), interval);
        }
        assert!("2m".parse::<Interval>().is_err());
    }
}
