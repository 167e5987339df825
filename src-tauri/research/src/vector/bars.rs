//! Candles as columns.

use super::Misfit;
use domain::{Candle, Decimal, Interval, Price};

/// Decimals of a price in the columns.
pub(super) const PRICE_DECIMALS: u32 = 8;
/// A sum of this many closes below [`PRICE_UNITS_MAX`] fits 64 bits.
pub(super) const PERIOD_MAX: usize = 500;
/// 100,000,000 AUD.
const PRICE_UNITS_MAX: i64 = 10_000_000_000_000_000;

const DAY_MICROS: i64 = 86_400_000_000;
/// Decades of minutes.
const BARS_MAX: usize = 100_000_000;
/// Of a close on its way from decimal to f64.
const ROUNDINGS: f64 = 8.0;

/// One coin's candles of one interval, oldest first: f64 to decide by, exact integers for money.
#[derive(Debug, Clone)]
pub struct Bars {
    pub(super) bar_micros: i64,
    pub(super) times: Vec<i64>,
    pub(super) high: Vec<f64>,
    pub(super) low: Vec<f64>,
    pub(super) close: Vec<f64>,
    pub(super) open_units: Vec<i64>,
    pub(super) close_units: Vec<i64>,
    /// The last bar of every UTC day but the last.
    pub(super) day_ends: Vec<u32>,
}

impl Bars {
    /// No candles yet, of this length.
    #[must_use]
    pub const fn empty(interval: Interval) -> Self {
        Self {
            bar_micros: interval.micros(),
            times: Vec::new(),
            high: Vec::new(),
            low: Vec::new(),
            close: Vec::new(),
            open_units: Vec::new(),
            close_units: Vec::new(),
            day_ends: Vec::new(),
        }
    }

    /// Columns of these candles.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn new(interval: Interval, candles: &[Candle]) -> Result<Self, Misfit> {
        let mut bars = Self::empty(interval);
        bars.reserve(candles.len());
        for candle in candles {
            bars.push(candle)?;
        }
        Ok(bars)
    }

    /// Room for so many more.
    pub fn reserve(&mut self, more: usize) {
        self.times.reserve_exact(more);
        self.open_units.reserve_exact(more);
        self.close_units.reserve_exact(more);
        for column in [&mut self.high, &mut self.low, &mut self.close] {
            column.reserve_exact(more);
        }
    }

    /// Adds the next candle.
    ///
    /// # Errors
    /// [`Misfit::Unordered`], [`Misfit::Inconsistent`], [`Misfit::TooMany`], [`Misfit::Price`]; nothing has changed then.
    pub fn push(&mut self, candle: &Candle) -> Result<(), Misfit> {
        let place = self.len();
        let time = candle.time.micros();
        if time.rem_euclid(self.bar_micros) != 0 || self.times.last().is_some_and(|last| *last >= time) {
            return Err(Misfit::Unordered { place });
        }
        if !candle.is_consistent() {
            return Err(Misfit::Inconsistent { place });
        }
        if place >= BARS_MAX {
            return Err(Misfit::TooMany { most: BARS_MAX });
        }
        let misfit = |price| Misfit::Price { place, price };
        let units = |price: Price| units(price).ok_or_else(|| misfit(price));
        let plain = |price: Price| f64::try_from(price.decimal()).map_err(|_| misfit(price));
        let (open_units, close_units) = (units(candle.open)?, units(candle.close)?);
        let (high, low, close) = (plain(candle.high)?, plain(candle.low)?, plain(candle.close)?);
        // What the running averages rest on: the close as f64 is the exact one but for a few roundings.
        if (close * 1e8 - close_units as f64).abs() > ROUNDINGS * f64::EPSILON * close_units as f64 {
            return Err(misfit(candle.close));
        }
        if self.times.last().is_some_and(|last| last.div_euclid(DAY_MICROS) != time.div_euclid(DAY_MICROS)) {
            self.day_ends.push(place as u32 - 1);
        }
        self.times.push(time);
        self.open_units.push(open_units);
        self.close_units.push(close_units);
        self.high.push(high);
        self.low.push(low);
        self.close.push(close);
        Ok(())
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The first bar that ends after a moment: the first that a window beginning there is judged by.
    #[must_use]
    pub fn first_after(&self, from: domain::Timestamp) -> usize {
        self.times.partition_point(|time| time.saturating_add(self.bar_micros) <= from.micros())
    }

    /// When each candle began, in microseconds since 1970.
    #[must_use]
    pub fn times(&self) -> &[i64] {
        &self.times
    }
}

/// A price in 1e-8 AUD, when that is exact.
fn units(price: Price) -> Option<i64> {
    let mut scaled = price.decimal();
    scaled.rescale(PRICE_DECIMALS);
    let exact = scaled == price.decimal() && scaled.scale() == PRICE_DECIMALS;
    i64::try_from(scaled.mantissa()).ok().filter(|units| exact && *units <= PRICE_UNITS_MAX)
}

/// A price from 1e-8 AUD.
pub(super) fn price(units: i64) -> Option<Price> {
    Price::new(Decimal::new(units, PRICE_DECIMALS)).ok()
}
