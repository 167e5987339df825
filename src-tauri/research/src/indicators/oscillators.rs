//! Oscillators: RSI, MACD, stochastic.

use super::averages::{Ema, Sma, weight};
use super::series::{Bar, Series};
use super::window::Extreme;

/// Wilder's relative strength index (New Concepts in Technical Trading Systems, 1978), 0 to 100; 50 where nothing moved. It begins
/// with the plain means of the first `period` gains and losses. Speaks from value `period + 1` on.
#[derive(Debug, Clone)]
pub struct Rsi {
    period: usize,
    smoothing: Smoothing,
    before: Option<f64>,
    moves: usize,
    gain: f64,
    loss: f64,
}

/// Wilder's smoothing, (mean · (n − 1) + new) ÷ n, as two products: a division would make every value wait for it.
#[derive(Debug, Clone, Copy)]
struct Smoothing {
    kept: f64,
    taken: f64,
}

impl Smoothing {
    fn over(period: usize) -> Self {
        let width = period.max(1) as f64;
        Self { kept: (width - 1.0) / width, taken: 1.0 / width }
    }

    fn next(self, mean: f64, new: f64) -> f64 {
        mean * self.kept + new * self.taken
    }
}

impl Rsi {
    /// Over so many moves, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { period: period.max(1), smoothing: Smoothing::over(period), before: None, moves: 0, gain: 0.0, loss: 0.0 }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        let before = self.before.replace(value)?;
        let (up, down) = parts(value - before);
        let period = self.period as f64;
        if self.moves < self.period {
            self.moves += 1;
            self.gain += up;
            self.loss += down;
            if self.moves < self.period {
                return None;
            }
            self.gain /= period;
            self.loss /= period;
        } else {
            self.gain = self.smoothing.next(self.gain, up);
            self.loss = self.smoothing.next(self.loss, down);
        }
        Some(strength(self.gain, self.loss))
    }

    /// Of every value.
    #[must_use]
    pub fn series(values: &[f64], period: usize) -> Series {
        let period = period.max(1);
        let Some((begin, _)) = values.split_at_checked(period + 1) else {
            return Series::new(values.len(), Vec::new());
        };
        let width = period as f64;
        let changes = |values: &[f64]| values.windows(2).map(|pair| parts(pair[1] - pair[0])).collect::<Vec<_>>();
        let (mut gain, mut loss) = (0.0, 0.0);
        for (up, down) in changes(begin) {
            gain += up;
            loss += down;
        }
        (gain, loss) = (gain / width, loss / width);
        let smoothing = Smoothing::over(period);
        let mut out = Vec::with_capacity(values.len() - period);
        out.push(strength(gain, loss));
        out.extend(values.get(period..).unwrap_or_default().array_windows().map(|[before, now]| {
            let (up, down) = parts(now - before);
            gain = smoothing.next(gain, up);
            loss = smoothing.next(loss, down);
            strength(gain, loss)
        }));
        Series::new(period, out)
    }
}

/// A move as gain and loss.
fn parts(change: f64) -> (f64, f64) {
    if change > 0.0 { (change, 0.0) } else { (0.0, -change) }
}

fn strength(gain: f64, loss: f64) -> f64 {
    let both = gain + loss;
    if both > 0.0 { 100.0 * gain / both } else { 50.0 }
}

/// [`Rsi`] of every value.
#[must_use]
pub fn rsi(values: &[f64], period: usize) -> Vec<Option<f64>> {
    Rsi::series(values, period).each()
}

/// What the MACD says, in the unit of its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MacdValue {
    /// The fast average less the slow one.
    pub line: f64,
    /// The line's own average.
    pub signal: f64,
    /// The line less its signal.
    pub histogram: f64,
}

/// Appel's moving average convergence divergence. As TA-Lib's it begins late and at once: both averages at value `slow` (the fast
/// one with the mean of the last `fast` values then), the signal with the mean of the first `signal` lines. Speaks from value
/// `slow + signal − 1` on.
#[derive(Debug, Clone)]
pub struct Macd {
    periods: [usize; 3],
    seen: usize,
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

/// At least one each, the shorter of the two first.
fn in_order(fast: usize, slow: usize, signal: usize) -> [usize; 3] {
    [fast.min(slow).max(1), fast.max(slow).max(1), signal.max(1)]
}

impl Macd {
    /// Over so many values; of the first two the shorter is the fast one.
    #[must_use]
    pub fn new(fast: usize, slow: usize, signal: usize) -> Self {
        let periods = in_order(fast, slow, signal);
        let [fast, slow, signal] = periods.map(Ema::new);
        Self { periods, seen: 0, fast, slow, signal }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<MacdValue> {
        self.seen += 1;
        let slow = self.slow.push(value);
        let is_asked = self.seen + self.periods[0] > self.periods[1];
        let fast = if is_asked { self.fast.push(value) } else { None };
        let line = fast? - slow?;
        let signal = self.signal.push(line)?;
        Some(MacdValue { line, signal, histogram: line - signal })
    }

    /// Of every value.
    #[must_use]
    pub fn series(values: &[f64], fast: usize, slow: usize, signal: usize) -> Series<MacdValue> {
        let [fast, slow, signal] = in_order(fast, slow, signal);
        let mut begin = Self::new(fast, slow, signal);
        let first = slow + signal - 2;
        let Some(mut now) = values.iter().take(first + 1).fold(None, |_, value| begin.push(*value)) else {
            return Series::new(values.len(), Vec::new());
        };
        let (Some(mut fast_mean), Some(mut slow_mean)) = (begin.fast.last(), begin.slow.last()) else {
            return Series::new(values.len(), Vec::new());
        };
        let weights = [fast, slow, signal].map(weight);
        let mut out = Vec::with_capacity(values.len() - first);
        out.push(now);
        // The three chains side by side: each waits only for itself.
        out.extend(values.get(first + 1..).unwrap_or_default().iter().map(|value| {
            fast_mean = (value - fast_mean) * weights[0] + fast_mean;
            slow_mean = (value - slow_mean) * weights[1] + slow_mean;
            let line = fast_mean - slow_mean;
            let signal = (line - now.signal) * weights[2] + now.signal;
            now = MacdValue { line, signal, histogram: line - signal };
            now
        }));
        Series::new(first, out)
    }
}

/// What the stochastic says, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StochasticValue {
    /// Where the close stands in the range, smoothed.
    pub k: f64,
    /// Its own average.
    pub d: f64,
}

/// Lane's slow stochastic: where the close stands between the lowest low and the highest high of the last `period` bars, in
/// percent, its plain mean over `smooth` (%K), and the mean of that over `signal` (%D). A range of nothing counts 50. Speaks
/// from bar `period + smooth + signal − 2` on.
#[derive(Debug, Clone)]
pub struct Stochastic {
    highest: Extreme,
    lowest: Extreme,
    smooth: Sma,
    signal: Sma,
}

impl Stochastic {
    /// Over so many bars, each at least one.
    #[must_use]
    pub fn new(period: usize, smooth: usize, signal: usize) -> Self {
        let (highest, lowest) = (Extreme::highest(period), Extreme::lowest(period));
        Self { highest, lowest, smooth: Sma::new(smooth), signal: Sma::new(signal) }
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> Option<StochasticValue> {
        let (high, low) = (self.highest.push(bar.high), self.lowest.push(bar.low));
        let (high, low) = (high?, low?);
        let range = high - low;
        let raw = if range > 0.0 { 100.0 * (bar.close - low) / range } else { 50.0 };
        let k = self.smooth.push(raw)?;
        Some(StochasticValue { k, d: self.signal.push(k)? })
    }

    /// Of every bar.
    #[must_use]
    pub fn series(bars: &[Bar], period: usize, smooth: usize, signal: usize) -> Series<StochasticValue> {
        let mut one = Self::new(period, smooth, signal);
        Series::streamed(bars.iter().map(|bar| one.push(bar)))
    }
}
