//! Buys what fell too far and sells it when it has recovered, by Wilder's RSI.
//!
//! It buys when the RSI falls through the lower bound, not while it stays under it, and leaves whenever the RSI is above the
//! upper bound and it still holds something.

use super::{Described, SHARE, says, share};
use crate::indicators::Rsi;
use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{Signal, SignalAction, SignalSize};
use floor::Portfolio;

/// What came before is forgotten after so many periods: (1 − 1/n)^20n is about two billionths.
const FORGOTTEN_PERIODS: usize = 20;

pub(super) const DESCRIBED: Described = Described {
    name: "rsi_reversion",
    words: "Buys when Wilder's RSI falls through the lower bound, and sells all of it once the RSI is above the upper one.",
    code: 2,
    parameters: &[
        Parameter {
            name: "period",
            words: "candles of the RSI",
            kind: Kind::Whole { min: 2, max: 100 },
            default: "14",
        },
        Parameter { name: "low", words: "it buys below this", kind: Kind::Whole { min: 1, max: 99 }, default: "30" },
        Parameter { name: "high", words: "it sells above this", kind: Kind::Whole { min: 1, max: 99 }, default: "70" },
        SHARE,
    ],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    let (low, high) = (parameters.whole("low"), parameters.whole("high"));
    if low >= high {
        return Err(ParameterError::Together("low must be less than high"));
    }
    let period = parameters.whole("period") as usize;
    let (low, high, size) = (f64::from(low), f64::from(high), share(parameters));
    Ok(Box::new(RsiReversion { rsi: Rsi::new(period), period, low, high, before: None, size }))
}

struct RsiReversion {
    rsi: Rsi,
    period: usize,
    low: f64,
    high: f64,
    before: Option<f64>,
    size: SignalSize,
}

impl Strategy for RsiReversion {
    fn warm_up(&self) -> usize {
        self.period * FORGOTTEN_PERIODS
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let Some(now) = view.close().and_then(|close| self.rsi.push(close)) else { return Vec::new() };
        let fell = self.before.is_some_and(|before| before >= self.low) && now < self.low;
        self.before = Some(now);
        let coin = view.coin();
        let (action, word, bound) = if fell && !portfolio.is_in(coin) {
            (SignalAction::Buy, "fell below", self.low)
        } else if now > self.high && portfolio.holds(coin) {
            (SignalAction::Close, "is above", self.high)
        } else {
            return Vec::new();
        };
        says(view, action, self.size, format!("RSI({}) {now:.2} {word} {bound}", self.period))
    }
}
