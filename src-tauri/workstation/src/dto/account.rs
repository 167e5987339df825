//! The account at the exchange as it was last told.

use super::{ErrorView, ForeignRow, SerialDecimal};
use domain::{Coin, OrderId, Price, Quantity, Side, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `omc venue`: what the exchange says, what of it is ours, and what is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AccountView {
    /// When it was asked; null when it never answered yet.
    #[ts(type = "string | null")]
    pub at: Option<Timestamp>,
    /// Whether the history was told in full.
    pub complete: bool,
    /// Why it did not answer the last time.
    pub trouble: Option<ErrorView>,
    /// AUD, what orders hold back included; null when not known.
    #[ts(type = "string | null")]
    pub cash: Option<SerialDecimal>,
    /// Coins owned, the same way.
    pub coins: Vec<OwnedCoin>,
    /// Everything that rests.
    pub resting: Vec<RestingView>,
    /// Rows of the history of the last days that are no order's of ours, newest first.
    pub foreign: Vec<ForeignRow>,
    /// Balances that changed by more than the history explains.
    pub unexplained: Vec<UnexplainedView>,
    /// Since when balances are compared.
    #[ts(type = "string | null")]
    pub compared_since: Option<Timestamp>,
}

/// A coin owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OwnedCoin {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// How much of it.
    #[ts(type = "string")]
    pub quantity: Quantity,
}

/// An order that rests at the exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RestingView {
    /// The exchange's id.
    pub venue_order_id: String,
    /// Our order; null for one that was not made here.
    #[ts(type = "string | null")]
    pub order: Option<OrderId>,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Coins left.
    #[ts(type = "string")]
    pub left: Quantity,
    /// AUD a coin.
    #[ts(type = "string")]
    pub limit: Price,
    /// When it was placed, as the exchange says.
    #[ts(type = "string | null")]
    pub created: Option<Timestamp>,
}

/// A balance nobody explains, such as after a deposit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct UnexplainedView {
    /// `AUD` or a ticker.
    pub of: String,
    /// What the exchange says.
    #[ts(type = "string")]
    pub owned: SerialDecimal,
    /// What its history makes of what was there before.
    #[ts(type = "string")]
    pub explained: SerialDecimal,
}

/// The live book in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LiveFigures {
    /// When the exchange was asked.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// AUD, what orders hold back included.
    #[ts(type = "string")]
    pub cash: SerialDecimal,
    /// Cash + holdings at their fresh bids; null while a holding has none.
    #[ts(type = "string | null")]
    pub equity: Option<SerialDecimal>,
    /// Orders of ours that rest.
    pub resting: u32,
    /// Orders of ours nobody knows the fate of.
    pub unknown: u32,
    /// Why the exchange did not answer the last time.
    pub trouble: Option<ErrorView>,
}
