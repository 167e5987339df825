//! Trades, positions and P&L.

use super::{RejectedLine, SerialDecimal};
use domain::{Book, Coin, OrderId, Price, Quantity, Side, Timestamp, TradeId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// One trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TradeView {
    /// The same on every device.
    #[ts(type = "string")]
    pub id: TradeId,
    /// When it happened.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// AUD for one coin, before the fee.
    #[ts(type = "string")]
    pub price: Price,
    /// AUD.
    #[ts(type = "string")]
    pub fee: SerialDecimal,
    /// The algorithm; null by hand.
    pub algorithm: Option<String>,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Where; null when unknown.
    pub venue: Option<String>,
    /// The venue's id.
    pub external_id: Option<String>,
    /// Our order.
    #[ts(type = "string | null")]
    pub order_id: Option<OrderId>,
}

/// `omc history`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct History {
    /// Oldest first.
    pub trades: Vec<TradeView>,
}

/// `omc import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TradeImport {
    /// Rows read.
    #[ts(type = "number")]
    pub read: u64,
    /// Trades added.
    #[ts(type = "number")]
    pub imported: u64,
    /// Trades already known.
    #[ts(type = "number")]
    pub duplicates: u64,
    /// Rows refused.
    pub rejected: Vec<RejectedLine>,
    /// What the file was found to be, when it is not a native file of trades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub found: Option<String>,
    /// Rows that are well and were left out, such as a send that was cancelled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<RejectedLine>>")]
    pub left_out: Vec<RejectedLine>,
    /// Known trades that were told with another fee; each waits under "actions needed".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub doubts: Option<u64>,
}

/// A parcel: coins acquired at one moment and still held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ParcelView {
    /// When it was acquired.
    #[ts(type = "string")]
    pub acquired: Timestamp,
    /// Coins left of it.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// Their cost in AUD, fees included; null when nobody knows.
    #[ts(type = "string | null")]
    pub cost: Option<SerialDecimal>,
}

/// A coin held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PositionView {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// AUD, fees included.
    #[ts(type = "string")]
    pub cost: SerialDecimal,
    /// Cost ÷ quantity, of the coins whose cost is known; null when there is none.
    #[ts(type = "string | null")]
    pub average_price: Option<SerialDecimal>,
    /// Quantity × bid; null without a price.
    #[ts(type = "string | null")]
    pub market_value: Option<SerialDecimal>,
    /// Worth less than the least order: counted, but it can't be sold by itself. Never said of what has no price.
    pub dust: bool,
    /// Market value − cost.
    #[ts(type = "string | null")]
    pub unrealised: Option<SerialDecimal>,
    /// Age of the price.
    #[ts(type = "number | null")]
    pub price_age_s: Option<i64>,
    /// Oldest first.
    pub parcels: Vec<ParcelView>,
}

/// `omc positions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Positions {
    /// None with quantity 0.
    pub positions: Vec<PositionView>,
}

/// A question to the books. Everything is optional; windows are half-open `[from, to)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct PnlRequest {
    /// `fifo`, `lifo`, `hifo` or `average`.
    #[ts(optional)]
    pub method: Option<String>,
    /// `coin`, `algorithm`, `day`, `week`, `month` or `year`.
    #[ts(optional)]
    pub by: Option<String>,
    /// Only this coin.
    #[ts(optional)]
    pub coin: Option<String>,
    /// Only this algorithm.
    #[ts(optional)]
    pub algorithm: Option<String>,
    /// Date or RFC 3339 time.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside.
    #[ts(optional)]
    pub to: Option<String>,
    /// `paper` or `live` (the default).
    #[ts(optional)]
    pub book: Option<String>,
    /// IANA zone; the workspace's by default.
    #[ts(optional)]
    pub timezone: Option<String>,
}

/// One group of the P&L.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PnlGroup {
    /// Coin, algorithm (`manual` by hand), or calendar key.
    pub key: String,
    /// AUD.
    #[ts(type = "string")]
    pub realised: SerialDecimal,
    /// AUD; null where it has no meaning (periods).
    #[ts(type = "string | null")]
    pub unrealised: Option<SerialDecimal>,
    /// AUD.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
    /// Coins sold with a known cost; null where different coins would be summed.
    #[ts(type = "string | null")]
    pub quantity: Option<SerialDecimal>,
    /// Cost of what was disposed of.
    #[ts(type = "string")]
    pub cost: SerialDecimal,
    /// Sales in the window with a known cost.
    #[ts(type = "number")]
    pub trades: u64,
    /// Sales with a gain.
    #[ts(type = "number")]
    pub wins: u64,
    /// Sales with a loss.
    #[ts(type = "number")]
    pub losses: u64,
}

/// Coins sold that no parcel accounts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct UnknownBasis {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: SerialDecimal,
}

/// `omc pnl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Pnl {
    /// `fifo`, `lifo`, `hifo` or `average`.
    pub method: String,
    /// Beginning of the window; null for the whole history.
    #[ts(type = "string | null")]
    pub from: Option<Timestamp>,
    /// End of the window, itself outside.
    #[ts(type = "string | null")]
    pub to: Option<Timestamp>,
    /// AUD.
    #[ts(type = "string")]
    pub realised: SerialDecimal,
    /// AUD, of what is held and priced now; null when coins are held and none has a price.
    #[ts(type = "string | null")]
    pub unrealised: Option<SerialDecimal>,
    /// Realised + unrealised.
    #[ts(type = "string | null")]
    pub total: Option<SerialDecimal>,
    /// Of all trades in the window.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
    /// What coins were worth that came as income in the window; a gain besides the realised one.
    #[ts(type = "string")]
    pub income: SerialDecimal,
    /// What coins were worth that came as gifts or opening balances in the window; no gain.
    #[ts(type = "string")]
    pub received: SerialDecimal,
    /// What coins were worth that went as payments, gifts and network fees in the window: in `proceeds`, but no money.
    #[ts(type = "string")]
    pub spent: SerialDecimal,
    /// Of sales in the window, after fees.
    #[ts(type = "string")]
    pub proceeds: SerialDecimal,
    /// Of what those sales disposed of.
    #[ts(type = "string")]
    pub cost: SerialDecimal,
    /// With `by`.
    pub groups: Vec<PnlGroup>,
    /// Figures about the sales; null with too little data.
    #[ts(type = "Record<string, string | null>")]
    pub metrics: BTreeMap<String, Option<SerialDecimal>>,
    /// Coins held without a price: not in `unrealised`.
    #[ts(type = "string[]")]
    pub unpriced: Vec<Coin>,
    /// Sales without parcels: not in `realised`.
    pub unknown_basis: Vec<UnknownBasis>,
    /// Coins that went at no known price: held no more, and in no figure.
    pub no_price: Vec<UnknownBasis>,
    /// What the reader should know, such as why groups don't add up to the total.
    pub notes: Vec<String>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FileReport {
    /// Where.
    pub file: String,
    /// Rows without the header.
    #[ts(type = "number")]
    pub rows: u64,
    /// Of its bytes.
    pub sha256: String,
}
