//! How far bars reach, and which way: ATR and ADX, both Wilder's (New Concepts in Technical Trading Systems, 1978).

use super::series::{Bar, Series};

/// How far a bar reached, from the close before it too.
fn true_range(bar: &Bar, close_before: f64) -> f64 {
    (bar.high - bar.low).max((bar.high - close_before).abs()).max((bar.low - close_before).abs())
}

/// Wilder's average true range, in the unit of the price. It begins with the plain mean of the first `period` true ranges; the
/// first bar has none, as there is no close before it. Speaks from bar `period + 1` on.
#[derive(Debug, Clone)]
pub struct Atr {
    period: usize,
    before: Option<f64>,
    seen: usize,
    mean: f64,
}

impl Atr {
    /// Over so many bars, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { period: period.max(1), before: None, seen: 0, mean: 0.0 }
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let range = true_range(bar, self.before.replace(bar.close)?);
        let period = self.period as f64;
        if self.seen < self.period {
            self.seen += 1;
            self.mean += range;
            if self.seen < self.period {
                return None;
            }
            self.mean /= period;
        } else {
            self.mean = (self.mean * (period - 1.0) + range) / period;
        }
        Some(self.mean)
    }

    /// Of every bar.
    #[must_use]
    pub fn series(bars: &[Bar], period: usize) -> Series {
        let mut one = Self::new(period);
        Series::streamed(bars.iter().map(|bar| one.push(bar)))
    }
}

/// What the ADX and its directions say, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Directional {
    /// +DI: how much of the range went up.
    pub plus: f64,
    /// −DI: how much of it went down.
    pub minus: f64,
    /// ADX: how one-sided that was, smoothed; it speaks `period − 1` bars later than the directions.
    pub adx: Option<f64>,
}

/// Wilder's average directional index with +DI and −DI. As TA-Lib's, the sums begin with `period − 1` moves and are smoothed from
/// then on, and the ADX begins with the mean of the first `period` indices. Where nothing moved it stays. The directions speak from
/// bar `period + 1` on, the ADX from bar `2 · period` on.
#[derive(Debug, Clone)]
pub struct Adx {
    period: usize,
    before: Option<Bar>,
    moves: usize,
    plus: f64,
    minus: f64,
    range: f64,
    index_sum: f64,
    adx: Option<f64>,
}

impl Adx {
    /// Over so many bars, at least two.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let period = period.max(2);
        Self { period, before: None, moves: 0, plus: 0.0, minus: 0.0, range: 0.0, index_sum: 0.0, adx: None }
    }

    /// Takes the next bar.
    pub fn push(&mut self, bar: &Bar) -> Option<Directional> {
        let before = self.before.replace(*bar)?;
        self.moves += 1;
        let period = self.period as f64;
        let (up, down) = (bar.high - before.high, before.low - bar.low);
        if self.moves >= self.period {
            self.plus -= self.plus / period;
            self.minus -= self.minus / period;
            self.range -= self.range / period;
        }
        if up > down && up > 0.0 {
            self.plus += up;
        } else if down > up && down > 0.0 {
            self.minus += down;
        }
        self.range += true_range(bar, before.close);
        if self.moves < self.period {
            return None;
        }
        let share = |part: f64| if self.range > 0.0 { (100.0 * part / self.range).clamp(0.0, 100.0) } else { 0.0 };
        let (plus, minus) = (share(self.plus), share(self.minus));
        let both = plus + minus;
        let index = (both > 0.0).then(|| 100.0 * (plus - minus).abs() / both);
        self.smooth(index);
        Some(Directional { plus, minus, adx: self.adx })
    }

    fn smooth(&mut self, index: Option<f64>) {
        let period = self.period as f64;
        if let Some(adx) = self.adx {
            self.adx = Some(index.map_or(adx, |index| (adx * (period - 1.0) + index) / period));
            return;
        }
        self.index_sum += index.unwrap_or(0.0);
        if self.moves + 1 == 2 * self.period {
            self.adx = Some(self.index_sum / period);
        }
    }

    /// Of every bar.
    #[must_use]
    pub fn series(bars: &[Bar], period: usize) -> Series<Directional> {
        let mut one = Self::new(period);
        Series::streamed(bars.iter().map(|bar| one.push(bar)))
    }
}
