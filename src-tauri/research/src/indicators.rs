//! Indicators, one value at a time or a whole series at once.
//!
//! Invariants: both forms give the same bits; nothing is said before there is enough to say it from. A moving average is
//! summed afresh for every value, oldest first, so that it does not depend on where the series began; the exponential
//! average and the RSI do, less with every value. Deliberately absent: money; these are f64 for comparing.

use std::collections::VecDeque;

/// The mean of the last `period` values.
#[derive(Debug, Clone)]
pub struct Sma {
    period: usize,
    window: VecDeque<f64>,
}

impl Sma {
    /// Over so many values, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let period = period.max(1);
        Self { period, window: VecDeque::with_capacity(period + 1) }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.window.push_back(value);
        if self.window.len() > self.period {
            self.window.pop_front();
        }
        (self.window.len() == self.period).then(|| mean(self.window.iter().copied(), self.period))
    }
}

fn mean(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    values.fold(0.0, |sum, value| sum + value) / count as f64
}

/// [`Sma`] of every value.
#[must_use]
pub fn sma(values: &[f64], period: usize) -> Vec<Option<f64>> {
    let period = period.max(1);
    let at = |end: usize| (end >= period).then(|| mean(values[end - period..end].iter().copied(), period));
    (1..=values.len()).map(at).collect()
}

/// The exponential mean: it begins with the plain mean of the first `period` values; each later one counts 2/(period+1).
#[derive(Debug, Clone)]
pub struct Ema {
    start: Sma,
    weight: f64,
    mean: Option<f64>,
}

impl Ema {
    /// Over so many values, at least one.
    #[must_use]
    pub fn new(period: usize) -> Self {
        let period = period.max(1);
        Self { start: Sma::new(period), weight: 2.0 / (period as f64 + 1.0), mean: None }
    }

    /// Takes the next value.
    pub fn push(&mut self, value: f64) -> Option<f64> {
        self.mean = match self.mean {
            Some(mean) => Some((value - mean) * self.weight + mean),
            None => self.start.push(value),
        };
        self.mean
    }
}

/// [`Ema`] of every value.
#[must_use]
pub fn ema(values: &[f64], period: usize) -> Vec<Option<f64>> {
    let period = period.max(1);
    let weight = 2.0 / (period as f64 + 1.0);
    let mut out = vec![None; values.len()];
    if values.len() < period {
        return out;
    }
    let mut last = mean(values[..period].iter().copied(), period);
    out[period - 1] = Some(last);
    for (value, out) in values.iter().zip(&mut out).skip(period) {
        last = (value - last) * weight + last;
        *out = Some(last);
    }
    out
}

/// Wilder's relative strength index, 0 to 100; 50 where nothing moved.
#[derive(Debug, Clone)]
pub struct Rsi {
    period: usize,
    before: Option<f64>,
    moves: usize,
    gain: f64,
    loss: f64,
}

impl Rsi {
    /// Over so many moves, at least one; it speaks from value `period + 1` on.
    #[must_use]
    pub fn new(period: usize) -> Self {
        Self { period: period.max(1), before: None, moves: 0, gain: 0.0, loss: 0.0 }
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
            self.gain = (self.gain * (period - 1.0) + up) / period;
            self.loss = (self.loss * (period - 1.0) + down) / period;
        }
        Some(strength(self.gain, self.loss))
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
    let period = period.max(1);
    let mut out = vec![None; values.len()];
    if values.len() <= period {
        return out;
    }
    let width = period as f64;
    let moves: Vec<(f64, f64)> = values.windows(2).map(|pair| parts(pair[1] - pair[0])).collect();
    let first = moves[..period].iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let (mut gain, mut loss) = (first.0 / width, first.1 / width);
    out[period] = Some(strength(gain, loss));
    for (place, (up, down)) in moves.iter().enumerate().skip(period) {
        gain = (gain * (width - 1.0) + up) / width;
        loss = (loss * (width - 1.0) + down) / width;
        out[place + 1] = Some(strength(gain, loss));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bits(values: &[Option<f64>]) -> Vec<Option<u64>> {
        values.iter().map(|value| value.map(f64::to_bits)).collect()
    }

    proptest! {
        #[test]
        fn one_at_a_time_and_all_at_once_give_the_same_bits(
            values in proptest::collection::vec(0.000_1f64..1e6, 0..120),
            period in 1usize..40,
        ) {
            let (mut s, mut e, mut r) = (Sma::new(period), Ema::new(period), Rsi::new(period));
            let streamed: Vec<_> = values.iter().map(|v| (s.push(*v), e.push(*v), r.push(*v))).collect();
            prop_assert_eq!(bits(&sma(&values, period)), bits(&streamed.iter().map(|x| x.0).collect::<Vec<_>>()));
            prop_assert_eq!(bits(&ema(&values, period)), bits(&streamed.iter().map(|x| x.1).collect::<Vec<_>>()));
            prop_assert_eq!(bits(&rsi(&values, period)), bits(&streamed.iter().map(|x| x.2).collect::<Vec<_>>()));
        }

        #[test]
        fn a_moving_average_does_not_depend_on_where_the_series_began(
            values in proptest::collection::vec(0.01f64..1e5, 40..80),
            cut in 0usize..20,
        ) {
            let whole = sma(&values, 20);
            let later = sma(&values[cut..], 20);
            prop_assert_eq!(bits(&whole[cut + 19..]), bits(&later[19..]));
        }

        #[test]
        fn the_rsi_stays_between_its_ends(values in proptest::collection::vec(0.01f64..1e5, 2..60)) {
            for value in rsi(&values, 5).into_iter().flatten() {
                prop_assert!((0.0..=100.0).contains(&value));
            }
        }
    }

    #[test]
    fn averages_are_those_of_the_textbook() {
        let values = [1.0, 2.0, 3.0, 4.0, 8.0];
        assert_eq!(sma(&values, 3), [None, None, Some(2.0), Some(3.0), Some(5.0)]);
        // Begins at 2; then (4−2)·½+2 = 3 and (8−3)·½+3 = 5.5.
        assert_eq!(ema(&values, 3), [None, None, Some(2.0), Some(3.0), Some(5.5)]);
    }

    #[test]
    fn the_rsi_is_wilders() {
        // Moves +1 −1 +2 over 2: gains 0.5, then (0.5·1+2)/2 = 1.25; losses 0.5, then 0.25.
        assert_eq!(rsi(&[10.0, 11.0, 10.0, 12.0], 2), [None, None, Some(50.0), Some(100.0 * 1.25 / 1.5)]);
        assert_eq!(rsi(&[5.0, 5.0, 5.0], 2), [None, None, Some(50.0)], "nothing moved");
    }
}
