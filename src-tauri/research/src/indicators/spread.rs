//! How far values stand from their mean: the population's standard deviation, in the unit of the input.
//!
//! Both sums are of distances from the window's oldest value. So equal values have a deviation of exactly nothing, and what is
//! lost to rounding is at most about `period` units of the last place: the oldest value is itself one of those that vary.

use super::averages::{LANES, windowed};
use super::series::Series;
use super::window::Window;

/// Mean and population deviation of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub mean: f64,
    pub deviation: f64,
    /// How far the newest value stands above the mean.
    pub last: f64,
}

fn finish(base: f64, last: f64, sum: f64, squares: f64, width: f64) -> Moments {
    let shift = sum / width;
    let variance = (squares / width - shift * shift).max(0.0);
    Moments { mean: base + shift, deviation: variance.sqrt(), last: (last - base) - shift }
}

pub(super) fn moments(window: &[f64]) -> Moments {
    let (base, last) = (window.first().copied().unwrap_or(0.0), window.last().copied().unwrap_or(0.0));
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in window {
        let distance = value - base;
        sum += distance;
        squares += distance * distance;
    }
    finish(base, last, sum, squares, window.len() as f64)
}

/// What `of` makes of the moments of every window.
pub(super) fn map_moments<T: Copy>(values: &[f64], period: usize, of: impl Fn(Moments) -> T) -> Series<T> {
    let width = period.max(1) as f64;
    let lanes = |block: &[f64]| {
        let base: [f64; LANES] = block.first_chunk().copied().unwrap_or_default();
        let last: [f64; LANES] = block.last_chunk().copied().unwrap_or_default();
        let (mut sums, mut squares) = ([0.0; LANES], [0.0; LANES]);
        for lag in block.windows(LANES) {
            for (((sum, square), value), base) in sums.iter_mut().zip(&mut squares).zip(lag).zip(&base) {
                let distance = value - base;
                *sum += distance;
                *square += distance * distance;
            }
        }
        std::array::from_fn(|lane| of(finish(base[lane], last[lane], sums[lane], squares[lane], width)))
    };
    windowed(values, period, |window| of(moments(window)), lanes)
}

/// How many standard deviations (population) the newest of the last `period` values stands above their mean; 0 where they are
/// all equal. Speaks from value `period` on.
#[derive(Debug, Clone)]
pub struct ZScore {
    window: Window,
}

fn score(moments: Moments) -> f64 {
    if moments.deviation > 0.0 { moments.last / moments.deviation } else { 0.0 }
}

impl ZScore {
    /// Over so many values, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { window: Window::new(period) }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.window.push(value).map(|window| score(moments(window)))
    }

    /// Of every value.
    #[must_use]
    pub fn series(values: &[f64], period: usize) -> Series {
        map_moments(values, period, score)
    }
}
