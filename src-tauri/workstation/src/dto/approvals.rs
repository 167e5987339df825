//! Mandates, and what a person is asked before an order leaves.

use super::{HeadroomRow, OrderView, ParcelPart, Refusal, SerialDecimal};
use domain::{Book, Coin, OrderId, Price, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A mandate as a person writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct MandateRequest {
    /// `manual`, or an algorithm's name.
    pub holder: String,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// `always`, `never` or `above:AUD`: when a person is asked.
    pub approval: String,
    /// The most one buy may cost, fee included.
    #[serde(default)]
    #[ts(optional)]
    pub max_order_aud: Option<String>,
    /// The most its buys of a day may cost.
    #[serde(default)]
    #[ts(optional)]
    pub max_day_aud: Option<String>,
    /// Only these coins; none named means all.
    #[serde(default)]
    pub coins: Vec<String>,
    /// Only at these local hours, such as `09:00-17:00`.
    #[serde(default)]
    #[ts(optional)]
    pub hours: Option<String>,
    /// Until then: a date or a time.
    #[serde(default)]
    #[ts(optional)]
    pub until: Option<String>,
}

/// A mandate that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MandateView {
    /// `manual`, or an algorithm's name.
    pub holder: String,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// `always`, `never` or `above:AUD`.
    pub approval: String,
    /// The most one buy may cost; null when only the book's limits say.
    #[ts(type = "string | null")]
    pub max_order_aud: Option<SerialDecimal>,
    /// The most its buys of a day may cost.
    #[ts(type = "string | null")]
    pub max_day_aud: Option<SerialDecimal>,
    /// What its buys of today cost, its open ones included.
    #[ts(type = "string")]
    pub bought_today_aud: SerialDecimal,
    /// The coins it names; empty: all.
    #[ts(type = "string[]")]
    pub coins: Vec<Coin>,
    /// At which local hours; null: at all.
    pub hours: Option<String>,
    /// When it ends; null: when it is revoked.
    #[ts(type = "string | null")]
    pub until: Option<Timestamp>,
    /// It has ended.
    pub expired: bool,
}

/// `omc mandate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MandatesView {
    /// Paper's first, by holder.
    pub mandates: Vec<MandateView>,
}

/// `omc approvals`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ApprovalsView {
    /// What waits for a person, the one that ends first first.
    pub approvals: Vec<ApprovalView>,
    /// How long a person has to decide.
    pub ask_s: u32,
    /// How far the price may move against the trader before the question is put again.
    #[ts(type = "string")]
    pub tolerance_pct: SerialDecimal,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ApprovalView {
    /// The order's id.
    #[ts(type = "string")]
    pub id: OrderId,
    /// `order`.
    pub kind: String,
    /// The order.
    pub order: OrderView,
    /// In a sentence.
    pub question: String,
    /// What may be done about it.
    pub options: Vec<String>,
    /// When it ends by itself, unsent.
    #[ts(type = "string")]
    pub expires_at: Timestamp,
    /// Everything to decide by.
    pub card: Card,
}

/// What a person decides by. Null is not known; nothing here is made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Card {
    /// The fingerprint an approval is bound to.
    pub hash: String,
    /// The simulated world.
    pub demo: bool,
    /// Seconds left.
    #[ts(type = "number")]
    pub left_s: i64,
    /// The signal behind it; null by hand.
    pub why: Option<CardWhy>,
    /// What persons said to it, oldest first.
    pub answers: Vec<String>,
    /// The price now against the one asked about.
    pub price: CardPrice,
    /// What it comes to; null when that can't be computed.
    pub cost: Option<CardCost>,
    /// What is held before and after.
    pub exposure: CardExposure,
    /// How much of each limit is used, and would be after the order.
    pub headroom: Vec<HeadroomRow>,
    /// For a sale, the parcels it would use.
    pub sale: Option<CardSale>,
    /// What is other than when it was first asked.
    pub changed: Vec<CardChange>,
    /// Why it would be refused now; null when it would be sent.
    pub refusal: Option<Refusal>,
    /// What a person should know besides.
    pub warnings: Vec<Refusal>,
}

/// The signal behind an order. Its words are another program's: text, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardWhy {
    /// The algorithm.
    pub algorithm: String,
    /// Hash of its content.
    pub version: String,
    /// In its words.
    pub reason: String,
    /// How sure it says it is, in percent.
    #[ts(type = "string | null")]
    pub confidence_pct: Option<SerialDecimal>,
    /// What it looked at.
    pub evidence: Vec<CardEvidence>,
}

/// Something a signal rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardEvidence {
    /// An observation's id, or words.
    pub text: String,
    /// The ledger it stands in; null when it is not an observation of ours.
    pub ledger: Option<String>,
    /// The observation in a line; null when it is not one of ours.
    pub title: Option<String>,
}

/// The price now against the one asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardPrice {
    /// The price it was judged at.
    #[ts(type = "string")]
    pub proposed: Price,
    /// What the venue bids.
    #[ts(type = "string | null")]
    pub bid: Option<Price>,
    /// What the venue asks.
    #[ts(type = "string | null")]
    pub ask: Option<Price>,
    /// The price it would meet now: the ask for a buy, the bid for a sale.
    #[ts(type = "string | null")]
    pub now: Option<Price>,
    /// How old that is.
    #[ts(type = "number | null")]
    pub age_s: Option<i64>,
    /// How many other venues agree; null when there is nobody to compare with.
    pub sources_agree: Option<u32>,
    /// How far the market moved against the trader since it was asked, in percent; negative in their favour.
    #[ts(type = "string | null")]
    pub against_pct: Option<SerialDecimal>,
}

/// What an order comes to, in AUD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardCost {
    /// The price of these sums: the limit, or what it meets now.
    #[ts(type = "string")]
    pub price: Price,
    /// Price × quantity.
    #[ts(type = "string")]
    pub value: SerialDecimal,
    /// The fee.
    #[ts(type = "string")]
    pub fee: SerialDecimal,
    /// Fee rate in percent.
    #[ts(type = "string")]
    pub fee_pct: SerialDecimal,
    /// What a buy costs, or a sale brings.
    #[ts(type = "string")]
    pub total: SerialDecimal,
    /// The same at the worst: at the limit, or for an instant order at the asked price moved by the tolerance.
    #[ts(type = "string | null")]
    pub worst: Option<SerialDecimal>,
}

/// What is held of the coin, before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardExposure {
    /// Coins now; null when the live account is not known.
    #[ts(type = "string | null")]
    pub coins_before: Option<Quantity>,
    /// Coins after.
    #[ts(type = "string | null")]
    pub coins_after: Option<Quantity>,
    /// Their worth at the bid.
    #[ts(type = "string | null")]
    pub value_before: Option<SerialDecimal>,
    /// The same after.
    #[ts(type = "string | null")]
    pub value_after: Option<SerialDecimal>,
    /// Cash now.
    #[ts(type = "string | null")]
    pub cash_before: Option<SerialDecimal>,
    /// Cash after.
    #[ts(type = "string | null")]
    pub cash_after: Option<SerialDecimal>,
}

/// The parcels a sale would use, first in first out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardSale {
    /// In the order they go.
    pub parcels: Vec<ParcelPart>,
    /// Their gains together.
    #[ts(type = "string")]
    pub gain: SerialDecimal,
    /// Coins sold that no parcel is known for.
    #[ts(type = "string")]
    pub without_parcel: Quantity,
    /// The method of the year.
    #[serde(default)]
    pub method: String,
    /// Whether a person picked the parcels; else the method did.
    #[serde(default)]
    pub picked: bool,
    /// The same by each method that can be chosen.
    #[serde(default)]
    pub methods: Vec<CardMethod>,
}

/// The parcels a sale would use by one method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardMethod {
    /// `fifo`, `lifo` or `hifo`.
    pub method: String,
    /// Their gains together.
    #[ts(type = "string")]
    pub gain: SerialDecimal,
    /// What of it is discountable gain.
    #[ts(type = "string")]
    pub discount_gain: SerialDecimal,
    /// The parcels, in the order they go.
    pub parcels: Vec<ParcelPart>,
}

/// Something that is other than when a person was first asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CardChange {
    /// `quantity`, `limit`, `price` or `market`.
    pub what: String,
    /// Then.
    pub before: String,
    /// Now.
    pub now: String,
}
