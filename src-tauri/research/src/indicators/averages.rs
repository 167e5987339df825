//! Moving averages, in the unit of their input.

use super::series::Series;
use super::window::Window;

/// Outputs made side by side: each keeps its own order of additions, so the bits are those of one at a time.
pub(super) const LANES: usize = 8;

/// What `lanes` makes of eight outputs at a time and `one` of one, over every full window.
pub(super) fn windowed<T: Copy>(
    values: &[f64],
    period: usize,
    one: impl Fn(&[f64]) -> T,
    lanes: impl Fn(&[f64]) -> [T; LANES],
) -> Series<T> {
    let period = period.max(1);
    let Some(count) = (values.len() + 1).checked_sub(period) else { return Series::new(values.len(), Vec::new()) };
    let mut out = Vec::with_capacity(count);
    let whole = count / LANES * LANES;
    for begin in (0..whole).step_by(LANES) {
        out.extend_from_slice(&lanes(values.get(begin..begin + period + LANES - 1).unwrap_or_default()));
    }
    out.extend(values.get(whole..).unwrap_or_default().windows(period).map(one));
    Series::new(period - 1, out)
}

/// The plain mean of a window, to the bit as [`Sma`] gives it; 0 of nothing. Distances from the oldest value are summed, oldest
/// first: so equal values have exactly themselves as mean, over however many, and a price that stands still crosses nothing.
#[must_use]
pub fn mean(window: &[f64]) -> f64 {
    let base = window.first().copied().unwrap_or(0.0);
    let sum = window.iter().fold(0.0, |sum, value| sum + (value - base));
    base + sum / window.len().max(1) as f64
}

/// The plain mean of the last `period` values. Speaks from value `period` on.
#[derive(Debug, Clone)]
pub struct Sma {
    window: Window,
}

impl Sma {
    /// Over so many values, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { window: Window::new(period) }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.window.push(value).map(mean)
    }

    /// Of every value.
    #[must_use]
    pub fn series(values: &[f64], period: usize) -> Series {
        let width = period.max(1) as f64;
        let lanes = |block: &[f64]| {
            let base: [f64; LANES] = block.first_chunk().copied().unwrap_or_default();
            let mut sums = [0.0; LANES];
            for lag in block.windows(LANES) {
                for ((sum, value), base) in sums.iter_mut().zip(lag).zip(&base) {
                    *sum += value - base;
                }
            }
            std::array::from_fn(|lane| base[lane] + sums[lane] / width)
        };
        windowed(values, period, mean, lanes)
    }
}

/// [`Sma`] of every value.
#[must_use]
pub fn sma(values: &[f64], period: usize) -> Vec<Option<f64>> {
    Sma::series(values, period).each()
}

/// The exponential mean: it begins with the plain mean of the first `period` values; each later one counts 2/(period+1) (TA-Lib's
/// and Metastock's beginning). Speaks from value `period` on; what came k periods before weighs about e^−2k.
#[derive(Debug, Clone)]
pub struct Ema {
    start: Sma,
    weight: f64,
    mean: Option<f64>,
}

pub(super) fn weight(period: usize) -> f64 {
    2.0 / (period.max(1) as f64 + 1.0)
}

impl Ema {
    /// Over so many values, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { start: Sma::new(period), weight: weight(period), mean: None }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.mean = match self.mean {
            // In this form the mean of equal values stays that value, to the bit.
            Some(mean) => Some((value - mean) * self.weight + mean),
            None => self.start.push(value),
        };
        self.mean
    }

    /// What it said last.
    pub(super) const fn last(&self) -> Option<f64> {
        self.mean
    }

    /// Of every value.
    #[must_use]
    pub fn series(values: &[f64], period: usize) -> Series {
        let period = period.max(1);
        let Some((begin, rest)) = values.split_at_checked(period) else {
            return Series::new(values.len(), Vec::new());
        };
        let weight = weight(period);
        let mut mean = mean(begin);
        let mut out = Vec::with_capacity(rest.len() + 1);
        out.push(mean);
        out.extend(rest.iter().map(|value| {
            mean = (value - mean) * weight + mean;
            mean
        }));
        Series::new(period - 1, out)
    }
}

/// [`Ema`] of every value.
#[must_use]
pub fn ema(values: &[f64], period: usize) -> Vec<Option<f64>> {
    Ema::series(values, period).each()
}

/// The mean of the last `period` values, the newest counted `period` times, the one before once less, the oldest once. Speaks from
/// value `period` on.
#[derive(Debug, Clone)]
pub struct Wma {
    window: Window,
}

fn weighted(window: &[f64]) -> f64 {
    let (mut weight, mut sum) = (0.0, 0.0);
    for value in window {
        weight += 1.0;
        sum += weight * value;
    }
    sum / (weight * (weight + 1.0) / 2.0)
}

impl Wma {
    /// Over so many values, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { window: Window::new(period) }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.window.push(value).map(weighted)
    }

    /// Of every value.
    #[must_use]
    pub fn series(values: &[f64], period: usize) -> Series {
        let lanes = |block: &[f64]| {
            let (mut weight, mut sums) = (0.0, [0.0; LANES]);
            for lag in block.windows(LANES) {
                weight += 1.0;
                for (sum, value) in sums.iter_mut().zip(lag) {
                    *sum += weight * value;
                }
            }
            sums.map(|sum| sum / (weight * (weight + 1.0) / 2.0))
        };
        windowed(values, period, weighted, lanes)
    }
}
