//! How well orders were executed.

use super::SerialDecimal;
use domain::{Book, Coin, OrderId, Price, Quantity, Side, Timestamp};
use serde::Serialize;
use ts_rs::TS;

/// One order's execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ExecutionRow {
    /// The order.
    #[ts(type = "string")]
    pub order: OrderId,
    /// When it was asked for.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// The coin.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// The algorithm that asked; null by hand.
    pub algorithm: Option<String>,
    /// Coins filled.
    #[ts(type = "string")]
    pub filled: Quantity,
    /// Halfway between bid and ask when it was asked for; null when that was not known.
    #[ts(type = "string | null")]
    pub arrival: Option<Price>,
    /// What a coin cost or brought on average, without fees.
    #[ts(type = "string")]
    pub average: SerialDecimal,
    /// Worse than the arrival mid by so many basis points; below zero, better; null when that was not known.
    #[ts(type = "string | null")]
    pub slippage_bps: Option<SerialDecimal>,
    /// Whether it was worse than may be.
    pub over_tolerance: bool,
    /// Fees, AUD.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
    /// Milliseconds from asking to the first fill.
    #[ts(type = "number | null")]
    pub first_fill_ms: Option<i64>,
    /// The same to the last fill.
    #[ts(type = "number | null")]
    pub last_fill_ms: Option<i64>,
}

/// The orders of one algorithm, or by hand, in one coin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ExecutionGroup {
    /// The algorithm; null by hand.
    pub algorithm: Option<String>,
    /// The coin.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Orders with a fill.
    pub orders: usize,
    /// Those whose slippage is known.
    pub known: usize,
    /// Those that were worse than may be.
    pub over_tolerance: usize,
    /// What they turned over, AUD without fees.
    #[ts(type = "string")]
    pub value: SerialDecimal,
    /// Their slippage, weighted by what each turned over.
    #[ts(type = "string | null")]
    pub slippage_bps: Option<SerialDecimal>,
    /// Their fees, AUD.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
}

/// `omc execution`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ExecutionView {
    /// Of which book.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Slippage beyond this is too much, basis points.
    #[ts(type = "string")]
    pub tolerance_bps: SerialDecimal,
    /// By algorithm and coin.
    pub groups: Vec<ExecutionGroup>,
    /// The newest orders with a fill, newest first, at most 500; the groups count all.
    pub orders: Vec<ExecutionRow>,
}
