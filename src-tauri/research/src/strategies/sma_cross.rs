//! Buys when the fast moving average crosses above the slow one, and is out once it is below.
//!
//! It buys on the cross, never on the state: a fast average that simply is above says nothing. It leaves on the state while
//! it still holds something, so that a cross it slept through does not keep it in for ever.

use super::{Described, SHARE, says, share};
use crate::indicators::Sma;
use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{Signal, SignalAction, SignalSize};
use floor::Portfolio;

const PERIOD: Kind = Kind::Whole { min: 1, max: 500 };

pub(super) const DESCRIBED: Described = Described {
    name: "sma_cross",
    words: "Buys when the fast moving average of the closes crosses above the slow one, and sells all of it once it is below.",
    code: 2,
    parameters: &[
        Parameter { name: "fast", words: "candles of the fast average", kind: PERIOD, default: "10" },
        Parameter { name: "slow", words: "candles of the slow average", kind: PERIOD, default: "30" },
        SHARE,
    ],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    let (fast, slow) = (parameters.whole("fast"), parameters.whole("slow"));
    if fast >= slow {
        return Err(ParameterError::Together("fast must be less than slow: the fast average follows sooner"));
    }
    let (fast, slow) = (fast as usize, slow as usize);
    let size = share(parameters);
    Ok(Box::new(SmaCross { fast: Sma::new(fast), slow: Sma::new(slow), periods: (fast, slow), was_above: None, size }))
}

struct SmaCross {
    fast: Sma,
    slow: Sma,
    periods: (usize, usize),
    was_above: Option<bool>,
    size: SignalSize,
}

impl Strategy for SmaCross {
    fn warm_up(&self) -> usize {
        // One more than the slow average, so that a cross on the first candle listened to is seen.
        self.periods.1 + 1
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let Some(close) = view.close() else { return Vec::new() };
        let (Some(fast), Some(slow)) = (self.fast.push(close), self.slow.push(close)) else { return Vec::new() };
        let was_above = self.was_above;
        // Averages that meet have not crossed yet.
        let is_above = if fast == slow { was_above } else { Some(fast > slow) };
        self.was_above = is_above;
        let coin = view.coin();
        let (action, word) = match (was_above, is_above) {
            (Some(false), Some(true)) if !portfolio.is_in(coin) => (SignalAction::Buy, "crossed above"),
            (_, Some(false)) if portfolio.holds(coin) => (SignalAction::Close, "is below"),
            _ => return Vec::new(),
        };
        let (fast_over, slow_over) = self.periods;
        says(view, action, self.size, format!("SMA({fast_over}) {fast:.8} {word} SMA({slow_over}) {slow:.8}"))
    }
}
