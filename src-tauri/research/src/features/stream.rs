//! The price features of a coin, candle by candle, by the same code as the table.

use super::price::{FEATURES, Prices};
use super::{DAY_MICROS, WARM_UP_CANDLES, WARM_UP_DAYS};
use crate::indicators::Bar;
use domain::{Candle, Interval};

/// Counts up whenever a feature is computed otherwise: what was learned from the old ones means nothing with the new ones.
pub const FEATURES_RECIPE: u32 = 1;

/// Price features as the candles come.
pub struct PriceStream(Prices);

impl PriceStream {
    /// Of candles of this length.
    #[must_use]
    pub fn new(interval: Interval) -> Self {
        Self(Prices::new(interval))
    }

    /// What is known at the close of the newest of these candles, in the order of the price columns. Each candle is to come once.
    pub fn push(&mut self, candles: &[Candle]) -> Vec<Option<f64>> {
        let said = self.0.push(candles, candles.last().and_then(Bar::of));
        said.into_iter().map(|value| value.filter(|value| value.is_finite())).collect()
    }
}

/// Candles to be fed before these price columns say what they would say had they been fed for ever, to nine digits.
#[must_use]
pub fn warm_up_candles(interval: Interval, columns: &[String]) -> usize {
    let days = WARM_UP_DAYS * DAY_MICROS / interval.micros();
    let is_daily = |name: &String| FEATURES.iter().any(|one| one.name == name && one.name.starts_with("daily_"));
    let candles = if columns.iter().any(is_daily) { WARM_UP_CANDLES.max(days) } else { WARM_UP_CANDLES };
    usize::try_from(candles).unwrap_or(usize::MAX)
}
