//! Buys what fell out of its Bollinger band and sells it when it is back at the middle, or at the upper edge.
//!
//! It buys when the close falls through the lower edge, not while it stays under it, and leaves whenever the close is above the
//! edge it waits for and it still holds something.

use super::{Described, SHARE, number, says, share};
use crate::indicators::Bollinger;
use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{Signal, SignalAction, SignalSize};
use floor::Portfolio;

pub(super) const DESCRIBED: Described = Described {
    name: "bollinger",
    words: "Buys when the close falls through the lower Bollinger band, and sells all of it once the close is above the middle, \
or above the upper band.",
    code: 1,
    parameters: &[
        Parameter {
            name: "period",
            words: "candles of the band",
            kind: Kind::Whole { min: 2, max: 500 },
            default: "20",
        },
        Parameter {
            name: "width",
            words: "standard deviations from the middle to an edge",
            kind: Kind::Decimal { min: 1, max: 10, decimals: 2 },
            default: "2",
        },
        Parameter {
            name: "exit",
            words: "it sells above this",
            kind: Kind::Choice(&["middle", "upper"]),
            default: "middle",
        },
        SHARE,
    ],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    let period = parameters.whole("period") as usize;
    let width = number(parameters.decimal("width"));
    let (bands, exit, size) = (Bollinger::new(period, width), parameters.choice("exit"), share(parameters));
    Ok(Box::new(Reversion { bands, period, width, exit, was_below: None, size }))
}

struct Reversion {
    bands: Bollinger,
    period: usize,
    width: f64,
    exit: &'static str,
    was_below: Option<bool>,
    size: SignalSize,
}

impl Strategy for Reversion {
    fn warm_up(&self) -> usize {
        // One more than the band, so that a fall on the first candle listened to is seen.
        self.period + 1
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let Some(close) = view.close() else { return Vec::new() };
        let Some(band) = self.bands.push(close) else { return Vec::new() };
        let is_below = close < band.lower;
        let fell = self.was_below.replace(is_below) == Some(false) && is_below;
        let target = if self.exit == "upper" { band.upper } else { band.middle };
        let coin = view.coin();
        let (action, word, edge) = if fell && !portfolio.is_in(coin) {
            (SignalAction::Buy, "fell below the lower edge", band.lower)
        } else if close > target && portfolio.holds(coin) {
            (
                SignalAction::Close,
                if self.exit == "upper" { "is above the upper edge" } else { "is above the middle" },
                target,
            )
        } else {
            return Vec::new();
        };
        let (period, width) = (self.period, self.width);
        says(view, action, self.size, format!("close {close:.8} {word} {edge:.8} of Bollinger({period}, {width})"))
    }
}
