//! A trade as the hot paths read it: names replaced by numbers of the workspace's own dictionaries.

use crate::amount::{Price, Quantity};
use crate::clock::Timestamp;
use crate::trade::{Book, Side};
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// One trade, packed for folding over millions of them. What is not needed for P&L (venue, ids) stays in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradeRow {
    /// When it happened.
    pub time: Timestamp,
    /// When the journal took it: an earlier import's trades come first among those of one moment.
    pub recorded_at: Timestamp,
    /// Sequence in its device's journal.
    pub seq: u64,
    /// Coins.
    pub quantity: Quantity,
    /// AUD for one coin, before fees.
    pub price: Price,
    /// The fee in AUD.
    pub fee: Decimal,
    /// Number of the device.
    pub device: u32,
    /// Number of the coin.
    pub coin: u32,
    /// Number of the algorithm's name; 0 is "by hand".
    pub algorithm: u32,
    /// Bought or sold.
    pub side: Side,
    /// Paper or live.
    pub book: Book,
}

impl TradeRow {
    /// The order trades are folded in: time, then earlier recorded, then device and sequence; never order of arrival.
    #[must_use]
    pub fn fold_order(&self, other: &Self) -> Ordering {
        let key = |row: &Self| (row.time, row.recorded_at, row.device, row.seq);
        key(self).cmp(&key(other))
    }
}
