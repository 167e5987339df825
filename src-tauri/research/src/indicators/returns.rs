//! Returns and how much they vary: plain ratios, per candle, never annualised here.

use super::spread::moments;
use super::window::Window;

/// Returns over the last `lag` values. Speaks from value `lag + 1` on. A value that is not above zero is no price: it is left out,
/// and the next return is against the one before it.
#[derive(Debug, Clone)]
pub struct Returns {
    window: Window,
    is_log: bool,
}

impl Returns {
    /// New ÷ old − 1, over so many values, at least one.
    #[must_use]
    pub fn simple(lag: usize) -> Self {
        Self { window: Window::new(lag.max(1) + 1), is_log: false }
    }

    /// ln(new ÷ old), over so many values, at least one.
    #[must_use]
    pub fn log(lag: usize) -> Self {
        Self { is_log: true, ..Self::simple(lag) }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        if value <= 0.0 {
            return None;
        }
        let is_log = self.is_log;
        let window = self.window.push(value)?;
        // As a difference of logarithms: a ratio of extremes would leave the range of numbers.
        let said = match (window.first(), window.last()) {
            (Some(old), Some(new)) if is_log => new.ln() - old.ln(),
            (Some(old), Some(new)) => new / old - 1.0,
            _ => return None,
        };
        said.is_finite().then_some(said)
    }

    /// Of every value.
    #[must_use]
    pub fn each(mut self, values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|value| self.push(*value)).collect()
    }
}

/// Realised volatility: the sample standard deviation of the last `period` log returns, per candle. Times the square root of the
/// candles in a year it is the yearly one. Speaks from value `period + 1` on.
#[derive(Debug, Clone)]
pub struct Volatility {
    returns: Returns,
    window: Window,
}

impl Volatility {
    /// Over so many returns, at least two.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { returns: Returns::log(1), window: Window::new(period.max(2)) }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        let change = self.returns.push(value)?;
        let width = self.window.period() as f64;
        self.window.push(change).map(|window| moments(window).deviation * (width / (width - 1.0)).sqrt())
    }

    /// Of every value.
    #[must_use]
    pub fn each(mut self, values: &[f64]) -> Vec<Option<f64>> {
        values.iter().map(|value| self.push(*value)).collect()
    }
}
