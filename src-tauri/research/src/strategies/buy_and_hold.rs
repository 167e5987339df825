//! Buys, and keeps it: what every other strategy is held against.
//!
//! It asks again at every close until it holds something, so that a buy that was refused is made up for. With several coins
//! the share is taken of the same capital for each.

use super::{Described, SHARE, says, share};
use crate::parameters::{ParameterError, Parameters};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{Signal, SignalAction, SignalSize};
use floor::Portfolio;

pub(super) const DESCRIBED: Described = Described {
    name: "buy_and_hold",
    words: "Buys at the first close and never sells.",
    code: 1,
    parameters: &[SHARE],
    build,
};

fn build(parameters: &Parameters) -> Result<Box<dyn Strategy>, ParameterError> {
    Ok(Box::new(BuyAndHold { size: share(parameters) }))
}

struct BuyAndHold {
    size: SignalSize,
}

impl Strategy for BuyAndHold {
    fn warm_up(&self) -> usize {
        0
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        if portfolio.is_in(view.coin()) {
            return Vec::new();
        }
        says(view, SignalAction::Buy, self.size, format!("it holds no {}", view.coin()))
    }
}
