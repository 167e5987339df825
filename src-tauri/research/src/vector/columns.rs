//! Indicator columns, a block of bars at a time, each distinct one computed once.
//!
//! A plain average is not summed afresh here: it is a running sum of exact integers, as close to the event path's as a few hundred
//! roundings allow ([`SLACK`]). Who compares two of them asks [`average_afresh`] where they are closer than that. Every other
//! column is made by the streaming indicator itself.

use super::bars::{Bars, PERIOD_MAX, PRICE_DECIMALS};
use crate::indicators::{Bar, Bollinger, Donchian, Ema, Rsi, mean};

/// Bars of a block: the columns of a hundred indicators stay within a processor's cache.
pub(super) const BLOCK: usize = 2_048;

/// How far the two ways to an average may lie apart, relative to what is summed: the event path rounds each of at most 500
/// closes, each addition and the division, by at most 2^-53 each; twice that for two averages, and twice again to be far from
/// the edge.
pub(super) const SLACK: f64 = 4.0 * (PERIOD_MAX as f64 + 20.0) * (f64::EPSILON / 2.0);

/// What a column holds, for the same bar as a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Indicator {
    Sma(usize),
    Ema(usize),
    Rsi(usize),
    /// −1 below the lower edge, 1 above the middle or the upper edge, else 0; the width in hundredths.
    Bollinger {
        period: usize,
        width: u32,
        upper: bool,
    },
    /// 1 above the highest high of the bars before, else 0.
    Above(usize),
    /// 1 below the lowest low of the bars before, else 0.
    Below(usize),
}

enum State {
    Sma {
        period: usize,
        sum: i64,
    },
    Ema(Ema),
    Rsi(Rsi),
    Bollinger {
        bands: Bollinger,
        upper: bool,
    },
    /// The channel, and its edge up to the bar before.
    Above(Donchian, Option<f64>),
    Below(Donchian, Option<f64>),
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
            Indicator::Bollinger { period, width, upper } => {
                State::Bollinger { bands: Bollinger::new(period, f64::from(width) / 100.0), upper }
            }
            Indicator::Above(period) => State::Above(Donchian::new(period), None),
            Indicator::Below(period) => State::Below(Donchian::new(period), None),
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
            State::Bollinger { bands, upper } => self.values.extend(closes.iter().map(|close| {
                bands.push(*close).map_or(f64::NAN, |band| {
                    let target = if *upper { band.upper } else { band.middle };
                    f64::from(i8::from(*close > target) - i8::from(*close < band.lower))
                })
            })),
            State::Above(channel, before) => self.values.extend(ranges(bars, from, to).map(|bar| {
                let edge = std::mem::replace(before, channel.push(&bar).map(|bands| bands.upper));
                edge.map_or(f64::NAN, |edge| f64::from(u8::from(bar.close > edge)))
            })),
            State::Below(channel, before) => self.values.extend(ranges(bars, from, to).map(|bar| {
                let edge = std::mem::replace(before, channel.push(&bar).map(|bands| bands.lower));
                edge.map_or(f64::NAN, |edge| f64::from(u8::from(bar.close < edge)))
            })),
        }
    }
}

fn ranges(bars: &Bars, from: usize, to: usize) -> impl Iterator<Item = Bar> + '_ {
    let prices = bars.high[from..to].iter().zip(&bars.low[from..to]).zip(&bars.close[from..to]);
    prices.map(|((high, low), close)| Bar { high: *high, low: *low, close: *close, volume: None })
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

/// The average as the streaming one gives it, to the bit.
pub(super) fn average_afresh(closes: &[f64], period: usize, bar: usize) -> f64 {
    let start = (bar + 1).saturating_sub(period);
    closes.get(start..=bar).map_or(0.0, mean)
}
