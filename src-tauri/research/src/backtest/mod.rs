//! A strategy on history, through the very order path of the Floor.
//!
//! | step | by |
//! |---|---|
//! | a bar closed: what does it say? | the same [`Strategy`] object as on paper, a [`crate::View`] as of that moment |
//! | side and size | `floor::order_of`, `floor::quantity_for`, at the open of the next bar |
//! | may it go? | `floor::judge`, with balances, equity, day and limits as they are then |
//! | fill | `paper::PaperVenue`: fees, spread, slippage, what is on offer |
//! | orders, wallet, gains | `floor::Orders`, `paper::Wallet`, `books::Books` |
//!
//! Invariants: the order is decided at the close of one bar and meets the market at the open of the next one there is, unless
//! the setup says otherwise, and then the result does too; the same lanes and setup give the same result to the last byte;
//! what is dropped, refused or late is counted. Memory does not grow with the bars, save for fills. Deliberately absent: a
//! journal, randomness that is not seeded, and any price that is not in the candles.

mod desk;
mod engine;
mod error;
mod market;
mod measure;
mod result;
mod setup;

pub use error::BacktestError;
pub use measure::Measures;
pub use result::{Fill, Gap, LaneRun, Point, Refused, Run, Unexecuted};
pub use setup::{Costs, Execution, Setup, Way, wide_limits};

use crate::Strategy;
use domain::{Candle, Coin, Interval};
use engine::Engine;

/// A coin, its candles and the strategy that decides about it.
pub struct Lane<'a> {
    /// The coin.
    pub coin: Coin,
    /// The length of its candles.
    pub interval: Interval,
    /// A strategy at its very beginning.
    pub strategy: Box<dyn Strategy>,
    /// Its candles, oldest first.
    pub candles: Box<dyn Iterator<Item = Candle> + 'a>,
}

impl<'a> Lane<'a> {
    /// Over candles that are at hand.
    #[must_use]
    pub fn of(coin: Coin, interval: Interval, strategy: Box<dyn Strategy>, candles: &'a [Candle]) -> Self {
        Self { coin, interval, strategy, candles: Box::new(candles.iter().copied()) }
    }
}

/// Runs strategies over their candles with one wallet. `goes_on` is told now and then how many bars were fed, and ends the run
/// by `false`.
///
/// # Errors
/// [`BacktestError`].
pub fn run(lanes: Vec<Lane<'_>>, setup: &Setup, goes_on: &mut dyn FnMut(u64) -> bool) -> Result<Run, BacktestError> {
    let mut engine = Engine::new(lanes, setup)?;
    engine.walk(goes_on)?;
    engine.finish()
}
