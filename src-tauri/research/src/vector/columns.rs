//! Indicator columns, a block of bars at a time, each distinct one computed once.
//!
//! A plain average is not summed afresh here: it is a running sum of exact integers, as close to the event path's as a few hundred
//! roundings allow ([`SLACK`]). Who compares two of them asks [`average_afresh`] where they are closer than that. Every other
//! column is made by the streaming indicator itself.

use super::bars::{Bars, PERIOD_MAX, PRICE_DECIMALS};
use crate::indicators::{Ema, Rsi};

/// Bars of a block: the columns of a hundred indicators stay within a processor's cache.
pub(super) const BLOCK: usize = 2_048;

/// How far the two ways to an average may lie apart, relative to it: the event path rounds each of at most 500 closes, each
/// addition and the division, by at most 2^-53 each; twice that for two averages, and twice again to be far from the edge.
pub(super) const SLACK: f64 = 4.0 * (PERIOD_MAX as f64 + 20.0) * (f64::EPSILON / 2.0);

/// What a column holds, for the same bar as a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Indicator {
    Sma(usize),
    Ema(usize),
    Rsi(usize),
}

enum State {
    Sma { period: usize, sum: i64 },
    Ema(Ema),
    Rsi(Rsi),
}

/// One indicator: what it remembers, and its values over the present block, NaN where there is nothing to say.
pub(super) struct Column {
    state: State,
    values: Vec<f64>,
}

impl Column {
    pub fn new(indicator: Indicator) -> Self {
        let state = match indicator {
            Indicator::Sma(period) => State::Sma { period: period.max(1), sum: 0 },
            Indicator::Ema(period) => State::Ema(Ema::new(period)),
            Indicator::Rsi(period) => State::Rsi(Rsi::new(period)),
        };
        Self { state, values: Vec::with_capacity(BLOCK) }
    }

    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Goes on to the bars `from..to`, which follow those before.
    pub fn advance(&mut self, bars: &Bars, from: usize, to: usize) {
        self.values.clear();
        let closes = &bars.close[from..to];
        match &mut self.state {
            State::Sma { period, sum } => averages(&bars.close_units, *period, sum, from, to, &mut self.values),
            State::Ema(ema) => self.values.extend(closes.iter().map(|close| ema.push(*close).unwrap_or(f64::NAN))),
            State::Rsi(rsi) => self.values.extend(closes.iter().map(|close| rsi.push(*close).unwrap_or(f64::NAN))),
        }
    }
}

fn averages(units: &[i64], period: usize, sum: &mut i64, from: usize, to: usize, values: &mut Vec<f64>) {
    let whole = period as f64 * 10f64.powi(PRICE_DECIMALS as i32);
    // Until there are enough, nothing falls out of the window and nothing is said.
    let ready = (period - 1).clamp(from, to);
    for unit in &units[from..ready] {
        *sum += unit;
        values.push(f64::NAN);
    }
    if ready == to {
        return;
    }
    // The window of bar `ready` begins at `ready + 1 - period`; what leaves is taken off after its average is told.
    let leaving = &units[ready + 1 - period..to + 1 - period];
    let mut running = *sum;
    values.extend(units[ready..to].iter().zip(leaving).map(|(comes, leaves)| {
        running += comes;
        let average = running as f64 / whole;
        running -= leaves;
        average
    }));
    *sum = running;
}

/// The average as the streaming one gives it, to the bit: summed afresh, oldest first.
pub(super) fn average_afresh(closes: &[f64], period: usize, bar: usize) -> f64 {
    let start = (bar + 1).saturating_sub(period);
    closes[start..=bar].iter().fold(0.0, |sum, close| sum + close) / period as f64
}
