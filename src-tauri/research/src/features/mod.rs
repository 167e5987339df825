//! Features: what was known about a coin at each candle's close, as numbers to learn from.
//!
//! Invariants: a row is known at its candle's close and holds nothing that was not; what the ledgers say stands in it as it was worded
//! then, also when it was revised later; what is missing is missing, never 0; every number is finite. The same inputs, the same
//! rows. What is smoothed without end is fed [`warm_up_micros`] before the first row, and so is the same to nine digits
//! wherever the table begins. Indicators count candles, not hours: over a hole they go on. Deliberately absent: labels, scaling, and
//! anything that would need the whole table to make one row.

mod asof;
mod ledger;
mod price;
mod stream;
#[cfg(test)]
mod tests;

pub use asof::Told;
pub use ledger::LedgerInputs;
pub use stream::{FEATURES_RECIPE, PriceStream, warm_up_candles};

use crate::indicators::Bar;
use domain::{Candle, Interval, Timestamp};
use ledger::Ledgers;
use price::Prices;

const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// Candles fed before the first row: by then the longest exponential mean has forgotten how it began.
const WARM_UP_CANDLES: i64 = 600;
/// Days fed before the first row: more than the daily features look back.
const WARM_UP_DAYS: i64 = 30;

/// Where a feature comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureSet {
    /// Candles of the coin.
    Price,
    /// The ledgers, as they were known.
    Ledger,
}

impl FeatureSet {
    /// The name scripts see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Ledger => "ledger",
        }
    }
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: &'static str,
    /// Where it comes from.
    pub set: FeatureSet,
    /// Its unit.
    pub unit: &'static str,
    /// What it is.
    pub words: &'static str,
}

const fn feature(set: FeatureSet, name: &'static str, unit: &'static str, words: &'static str) -> Feature {
    Feature { name, set, unit, words }
}

/// The columns of the sets asked for, in their order.
#[must_use]
pub fn features(price: bool, ledger: bool) -> Vec<&'static Feature> {
    let price = price::FEATURES.iter().filter(|_| price);
    price.chain(ledger::FEATURES.iter().filter(|_| ledger)).collect()
}

/// One candle's row.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureRow {
    /// The beginning of the candle.
    pub time: Timestamp,
    /// Its close: everything in the row was known by then.
    pub known_at: Timestamp,
    /// In the order of the columns.
    pub values: Vec<Option<f64>>,
}

/// How far before the first row candles are fed.
#[must_use]
pub fn warm_up_micros(interval: Interval) -> i64 {
    (WARM_UP_CANDLES * interval.micros()).max(WARM_UP_DAYS * DAY_MICROS)
}

/// The rows of closed candles (oldest first, of one interval) that begin at or after a moment; those before it warm up. Without
/// `ledgers` the ledgers' columns are left out, without `price` those of the price.
#[must_use]
pub fn feature_rows(
    candles: &[Candle],
    interval: Interval,
    from: Timestamp,
    price: bool,
    ledgers: Option<LedgerInputs>,
) -> Vec<FeatureRow> {
    let mut prices = Prices::new(interval);
    let mut ledgers = ledgers.map(Ledgers::new);
    let mut rows = Vec::new();
    for (place, candle) in candles.iter().enumerate() {
        let known_at = candle.time.plus_micros(interval.micros());
        let seen = candles.get(..=place).unwrap_or_default();
        let said = if price { prices.push(seen, Bar::of(candle)) } else { [None; price::FEATURES.len()] };
        if candle.time < from {
            continue;
        }
        let mut values = Vec::with_capacity(price::FEATURES.len() + ledger::FEATURES.len());
        if price {
            values.extend(said);
        }
        if let Some(ledgers) = &mut ledgers {
            values.extend(ledgers.at(known_at));
        }
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        rows.push(FeatureRow { time: candle.time, known_at, values: values.into_iter().map(finite).collect() });
    }
    rows
}
