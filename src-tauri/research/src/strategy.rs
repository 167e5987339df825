//! The one contract of everything that decides.

use crate::view::View;
use domain::{Denial, Signal};
use floor::Portfolio;

/// When a strategy is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// When a candle of its coin has closed, for every candle, oldest first.
    AtClose,
    /// At any time, as often as one likes: it follows a plan of its own.
    AnyTime,
}

/// A strategy for one coin.
///
/// What it remembers between two calls may come from the view only: never from the portfolio, a clock, or whether a signal was
/// acted on. Then it can be built again from the same candles and stands where it stood.
pub trait Strategy: Send {
    /// Closed candles it wants to have seen before it is listened to.
    fn warm_up(&self) -> usize;

    /// When it is asked.
    fn asked(&self) -> Asked {
        Asked::AtClose
    }

    /// What it says about its coin now. Nothing is the usual answer.
    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal>;

    /// Why it can't go on; none while it can. One that failed says nothing more, and whoever runs it stops it.
    fn failure(&self) -> Option<Denial> {
        None
    }
}
