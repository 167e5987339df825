//! What a backtest came to.

use super::measure::Measures;
use super::setup::Execution;
use domain::{Coin, Interval, Money, Price, Quantity, Side, SignalAction, Timestamp};
use floor::LimitName;

/// One fill.
#[derive(Debug, Clone, PartialEq)]
pub struct Fill {
    /// When.
    pub time: Timestamp,
    /// Place of its coin in [`Run::lanes`].
    pub lane: u32,
    /// Bought or sold.
    pub side: Side,
    /// Coins.
    pub quantity: Quantity,
    /// AUD for one coin, before the fee.
    pub price: Price,
    /// The fee.
    pub fee: Money,
    /// Of a sale what it gained, fees of both sides included, first in first out.
    pub gain: Option<Money>,
    /// Why, in the strategy's words; kept for the first hundred thousand.
    pub reason: Option<Box<str>>,
}

/// Signals and orders that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The stable code.
    pub code: String,
    /// How many.
    pub count: u64,
    /// The first.
    pub first: Timestamp,
    /// What was said about the first.
    pub words: String,
}

/// A signal nothing came of, for there was no bar left to trade at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unexecuted {
    /// Its coin.
    pub coin: Coin,
    /// What it asked for.
    pub action: SignalAction,
    /// The moment it is about.
    pub slot: Timestamp,
}

/// Candles that are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Of which coin.
    pub coin: Coin,
    /// The first missing one begins here.
    pub from: Timestamp,
    /// The next one that is there.
    pub to: Timestamp,
    /// How many.
    pub candles: u64,
}

/// A coin as it was traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneRun {
    /// The coin.
    pub coin: Coin,
    /// The length of its bars.
    pub interval: Interval,
    /// Bars that only warmed up.
    pub warmed_up: u64,
    /// Bars traded over.
    pub bars: u64,
    /// The open of the first of them.
    pub first_open: Price,
    /// The close of the last.
    pub last_close: Price,
    /// What is left of it.
    pub held: Quantity,
    /// Bars with no volume, where the volume is told.
    pub empty_bars: u64,
    /// Bars whose four prices are one.
    pub flat_bars: u64,
}

/// Equity at the end of a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When.
    pub time: Timestamp,
    /// Cash and what is held, at the bid.
    pub equity: Money,
    /// How far it stands below its highest, money paid in or out left out: 0 to −1.
    pub drawdown: f64,
}

/// A run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Where orders met the market.
    pub execution: Execution,
    /// The beginning of the first bar traded over.
    pub from: Timestamp,
    /// The end of the last.
    pub to: Timestamp,
    /// Coins.
    pub lanes: Vec<LaneRun>,
    /// Bars traded over, of all coins.
    pub bars: u64,
    /// Orders proposed.
    pub orders: u64,
    /// Fills, in the order of time.
    pub fills: Vec<Fill>,
    /// What was refused, by code.
    pub refused: Vec<Refused>,
    /// What the last bars said.
    pub unexecuted: Vec<Unexecuted>,
    /// Missing candles: the first hundred stretches.
    pub gaps: Vec<Gap>,
    /// Stretches of missing candles in all.
    pub gap_count: u64,
    /// Missing candles in all.
    pub missing: u64,
    /// Orders that met the market only after such a stretch.
    pub late: u64,
    /// Cash at the end.
    pub cash: Money,
    /// Cash and what is held, at the last bid.
    pub equity: Money,
    /// Money paid in, the first cash included, less what was taken out.
    pub paid_in: Money,
    /// All fees.
    pub fees: Money,
    /// Equity along the way, evenly thinned.
    pub points: Vec<Point>,
    /// The deepest of all bars' drawdowns, 0 to −1.
    pub max_drawdown: f64,
    /// Mean share of the equity that was in coins at the ends of bars.
    pub exposure: f64,
    /// Share of the bars' ends something was held at.
    pub in_market: f64,
    /// The limits it was held to.
    pub limits: Vec<(LimitName, Option<domain::Decimal>)>,
    /// What the books say of it.
    pub measures: Measures,
}

/// The points of a curve that are kept: every n-th, with n doubled whenever there are too many.
#[derive(Debug)]
pub(super) struct Thinned {
    points: Vec<Point>,
    every: u64,
    seen: u64,
}

/// Points kept at most.
pub(super) const POINTS_MAX: usize = 2_000;

impl Thinned {
    pub fn new() -> Self {
        Self { points: Vec::with_capacity(POINTS_MAX), every: 1, seen: 0 }
    }

    #[inline]
    pub fn push(&mut self, point: impl FnOnce() -> Point) {
        if self.seen.is_multiple_of(self.every) {
            if self.points.len() == POINTS_MAX {
                let mut place = 0;
                self.points.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.every *= 2;
            }
            if self.seen.is_multiple_of(self.every) {
                self.points.push(point());
            }
        }
        self.seen += 1;
    }

    /// All of them, and the last whatever its turn.
    pub fn finish(mut self, last: Point) -> Vec<Point> {
        if self.points.last().is_none_or(|point| point.time < last.time) {
            self.points.push(last);
        }
        self.points
    }
}
