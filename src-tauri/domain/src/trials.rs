//! That something was tried on prices of the past: a sweep, or a single backtest.
//!
//! Invariants: what was tried is told whatever came out of it; the id is that of the content, so that the same thing tried
//! again is known. Deliberately absent: the results, which stay with who made them, but for the best.

use crate::amount::Money;
use crate::candle::Interval;
use crate::clock::Timestamp;
use crate::ids::FactHash;
use crate::ticker::{Coin, Name};
use serde::{Deserialize, Serialize};

/// Settings of a strategy that were tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trials {
    /// What the whole of it is known by.
    pub id: FactHash,
    /// Which part of it this is and of how many; none for the whole.
    pub shard: Option<(u16, u16)>,
    /// The strategy.
    pub strategy: Name,
    /// The number of its code.
    pub code: u32,
    /// What was tried, whatever it was tried on.
    pub grid: FactHash,
    /// On what, and how often.
    pub tried: Vec<Tried>,
    /// What came out best; none when nothing ran.
    pub best: Option<BestTrial>,
}

/// Trials on one coin's candles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The coin.
    pub coin: Coin,
    /// The length of the candles.
    pub interval: Interval,
    /// The beginning of the first.
    pub from: Timestamp,
    /// The end of the last.
    pub to: Timestamp,
    /// How many candles.
    pub candles: u64,
    /// Their hash.
    pub data: FactHash,
    /// Settings that ran.
    pub trials: u64,
}

/// The best of them by the money at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BestTrial {
    /// On which coin.
    pub coin: Coin,
    /// On which candles.
    pub interval: Interval,
    /// Its parameters by name.
    pub parameters: Vec<(Name, String)>,
    /// Cash and coins at the end.
    pub final_equity: Money,
}
