//! A large order cut into slices over time, as it was asked for.

use crate::amount::{Money, Price};
use crate::clock::Timestamp;
use crate::ticker::Coin;
use crate::trade::{Book, Side};
use serde::{Deserialize, Serialize};

/// So much money in equal slices, evenly over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Twap {
    /// Paper or live.
    pub book: Book,
    /// The coin.
    pub coin: Coin,
    /// Buy or sell.
    pub side: Side,
    /// What all slices together cost or bring, AUD, fees included.
    pub total: Money,
    /// The limit of each slice; none: each trades at once.
    pub limit: Option<Price>,
    /// When the first slice is due.
    pub start: Timestamp,
    /// Over how many seconds.
    pub over_s: u32,
    /// In how many slices.
    pub slices: u16,
}
