//! What trading volume says about the price.

use super::series::{Bar, Series};
use super::window::Window;
use domain::{Interval, Timestamp};

/// Granville's on-balance volume (1963), in coins: the volume of bars that closed higher less that of those that closed lower. As
/// TA-Lib's it begins with the first bar's volume, so its level depends on where the series began; only its changes mean
/// something. A bar without volume leaves it. Speaks from the first bar on.
#[derive(Debug, Clone, Default)]
pub struct Obv {
    before: Option<f64>,
    sum: f64,
}

impl Obv {
    /// At its beginning.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> f64 {
        let volume = bar.volume.unwrap_or(0.0);
        match self.before.replace(bar.close) {
            Some(before) if bar.close < before => self.sum -= volume,
            Some(before) if bar.close == before => {}
            _ => self.sum += volume,
        }
        self.sum
    }

    /// Of every bar.
    #[must_use]
    pub fn series(bars: &[Bar]) -> Series {
        let mut one = Self::new();
        Series::streamed(bars.iter().map(|bar| Some(one.push(bar))))
    }
}

/// The typical price of the last `period` bars, each counted by its volume. None before there are so many, while the volume of one of
/// them is not known, and while all of them have none.
#[derive(Debug, Clone)]
pub struct Vwap {
    worth: Window,
    volume: Window,
    unknown: Window,
}

impl Vwap {
    /// Over so many bars, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { worth: Window::new(period), volume: Window::new(period), unknown: Window::new(period) }
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let sum = |values: &[f64]| values.iter().fold(0.0, |sum, value| sum + value);
        let volume = bar.volume.unwrap_or(0.0);
        let worth = self.worth.push(bar.typical() * volume).map(sum);
        let unknown = self.unknown.push(f64::from(u8::from(bar.volume.is_none()))).map(sum);
        let volume = self.volume.push(volume).map(sum);
        if unknown? > 0.0 { None } else { mean(worth?, volume?) }
    }

    /// Of every bar.
    #[must_use]
    pub fn each(mut self, bars: &[Bar]) -> Vec<Option<f64>> {
        bars.iter().map(|bar| self.push(bar)).collect()
    }
}

fn mean(worth: f64, volume: f64) -> Option<f64> {
    (volume > 0.0).then(|| worth / volume)
}

/// The typical price since the day began in UTC, each bar counted by its volume. None until the beginning of a day was seen, from
/// a bar of unknown volume to the day's end, and while nothing was traded.
#[derive(Debug, Clone, Default)]
pub struct DayVwap {
    day: Option<Timestamp>,
    is_whole: bool,
    worth: f64,
    volume: f64,
}

impl DayVwap {
    /// At its beginning.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bar and the moment it opened.
    pub fn push(&mut self, opened: Timestamp, bar: &Bar) -> Option<f64> {
        let day = Interval::D1.floor(opened);
        if self.day != Some(day) {
            // The first day counts only when it was seen from its beginning.
            let is_whole = self.day.is_some() || opened == day;
            *self = Self { day: Some(day), is_whole, worth: 0.0, volume: 0.0 };
        }
        let Some(volume) = bar.volume else {
            self.is_whole = false;
            return None;
        };
        self.worth += bar.typical() * volume;
        self.volume += volume;
        mean(self.worth, self.volume).filter(|_| self.is_whole)
    }
}
