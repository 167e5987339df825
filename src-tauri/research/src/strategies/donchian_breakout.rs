//! Buys when the close is above every high of the last candles, and is out once it is below every low of fewer of them: the
//! turtles' rule.
//!
//! The candle that just closed is not part of the channel it is held against. What it remembers is the channel alone.

use super::{Described, SHARE, says, share};
use crate::indicators::{Bands, Donchian};
use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{Signal, SignalAction, SignalSize};
use floor::Portfolio;

const PERIOD: Kind = Kind::Whole { min: 1, max: 500 };

pub(super) const DESCRIBED: Described = Described {
    name: "donchian_breakout",
    words: "Buys when the close is above the highest high of the candles before it, and sells all of it once the close is below \
their lowest low.",
    code: 1,
    parameters: &[
        Parameter { name: "entry", words: "candles whose highest high a buy needs", kind: PERIOD, default: "20" },
        Parameter { name: "exit", words: "candles whose lowest low ends it", kind: PERIOD, default: "10" },
        SHARE,
    ],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    let (entry, exit) = (parameters.whole("entry") as usize, parameters.whole("exit") as usize);
    let size = share(parameters);
    let channels = (Donchian::new(entry), Donchian::new(exit));
    Ok(Box::new(Breakout { channels, before: (None, None), periods: (entry, exit), size }))
}

struct Breakout {
    channels: (Donchian, Donchian),
    /// The channels of entry and exit up to the candle before.
    before: (Option<Bands>, Option<Bands>),
    periods: (usize, usize),
    size: SignalSize,
}

impl Strategy for Breakout {
    fn warm_up(&self) -> usize {
        // The channels end with the candle before.
        self.periods.0.max(self.periods.1) + 1
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let Some(bar) = view.bar() else { return Vec::new() };
        let now = (self.channels.0.push(&bar), self.channels.1.push(&bar));
        let (Some(entry), Some(exit)) = std::mem::replace(&mut self.before, now) else { return Vec::new() };
        let coin = view.coin();
        let (action, words) = if bar.close > entry.upper && !portfolio.is_in(coin) {
            let words = format!("is above the highest high of {} candles, {:.8}", self.periods.0, entry.upper);
            (SignalAction::Buy, words)
        } else if bar.close < exit.lower && portfolio.holds(coin) {
            (SignalAction::Close, format!("is below the lowest low of {} candles, {:.8}", self.periods.1, exit.lower))
        } else {
            return Vec::new();
        };
        says(view, action, self.size, format!("close {:.8} {words}", bar.close))
    }
}
