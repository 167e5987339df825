//! Open parcels, and what a sale of some would come to.

use super::SerialDecimal;
use domain::{Book, Coin, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which parcels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct ParcelsRequest {
    /// `paper` or `live` (the default).
    #[ts(optional)]
    pub book: Option<String>,
    /// Only this coin.
    #[ts(optional)]
    pub coin: Option<String>,
    /// For years that nobody filed.
    #[ts(optional)]
    pub method: Option<String>,
    /// At most so many parcels, 5000 at most.
    #[ts(optional, type = "number")]
    pub limit: Option<usize>,
}

/// A disposal that used a parcel up in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ParcelUse {
    /// When.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// What they brought less what they had cost.
    #[ts(type = "string")]
    pub gain: SerialDecimal,
    /// The trade or movement; null when it has none.
    pub id: Option<String>,
}

/// An open parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct OpenParcel {
    /// The trade or movement it came by: what picks name.
    pub id: String,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// When it was acquired.
    #[ts(type = "string")]
    pub acquired: Timestamp,
    /// Coins that came.
    #[ts(type = "string")]
    pub acquired_quantity: Quantity,
    /// Coins left of it.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// Their cost in AUD, fees included; null when nobody knows.
    #[ts(type = "string | null")]
    pub cost: Option<SerialDecimal>,
    /// Quantity × bid; null without a price.
    #[ts(type = "string | null")]
    pub value: Option<SerialDecimal>,
    /// Value less cost.
    #[ts(type = "string | null")]
    pub gain: Option<SerialDecimal>,
    /// Local days until its disposal is discounted; 0 when it is.
    #[ts(type = "number | null")]
    pub days_to_discount: Option<i64>,
    /// The first local day on which it is, `2026-07-02`.
    pub discountable_from: Option<String>,
    /// Disposals that used some of it, oldest first.
    pub used_by: Vec<ParcelUse>,
}

/// `omc parcels`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ParcelsView {
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// The method of years that nobody filed.
    pub method: String,
    /// By coin, then oldest first.
    pub parcels: Vec<OpenParcel>,
    /// How many there are in all.
    #[ts(type = "number")]
    pub total: usize,
    /// What to know of it.
    pub notes: Vec<String>,
}

/// A sale that is only imagined.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct WhatIfRequest {
    /// Ticker.
    pub coin: String,
    /// Coins.
    pub quantity: String,
    /// AUD for one; the bid by default.
    #[serde(default)]
    #[ts(optional)]
    pub at: Option<String>,
    /// `paper` or `live` (the default).
    #[serde(default)]
    #[ts(optional)]
    pub book: Option<String>,
    /// Sold at once, at the instant fee; else as a limit order.
    #[serde(default)]
    #[ts(optional)]
    pub instant: Option<bool>,
}

/// A part of a parcel that a disposal used, or a sale would use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ParcelPart {
    /// The trade or movement the parcel came by: what a pick names; null when it has none.
    #[serde(default)]
    pub id: Option<String>,
    /// When it was acquired.
    #[ts(type = "string")]
    pub acquired: Timestamp,
    /// When it was disposed of; not of a sale that is still to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub disposed: Option<Timestamp>,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// What they had cost, fee included.
    #[ts(type = "string")]
    pub cost: SerialDecimal,
    /// What they bring, after their share of the fee.
    #[ts(type = "string")]
    pub proceeds: SerialDecimal,
    /// Proceeds less cost.
    #[ts(type = "string")]
    pub gain: SerialDecimal,
    /// Whether it is a gain that the discount halves; only where the rules of its year were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub discount: Option<bool>,
    /// Local days until it is discounted; 0 when it is, null of what is sold already.
    #[ts(type = "number | null")]
    pub days_to_discount: Option<i64>,
}

/// The sale by one method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WhatIfMethod {
    /// `fifo`, `lifo` or `hifo`.
    pub method: String,
    /// The parcels, in the order they are used.
    pub parcels: Vec<ParcelPart>,
    /// What the sale brings for the coins with parcels, after its fee.
    #[ts(type = "string")]
    pub proceeds: SerialDecimal,
    /// Their gain.
    #[ts(type = "string")]
    pub gain: SerialDecimal,
    /// What of it is discountable gain.
    #[ts(type = "string")]
    pub discount_gain: SerialDecimal,
    /// Coins that no known parcel is behind: in no figure.
    #[ts(type = "string")]
    pub without_parcel: Quantity,
    /// The year's net capital gain as it stands.
    #[ts(type = "string")]
    pub year_before: SerialDecimal,
    /// With the sale.
    #[ts(type = "string")]
    pub year_after: SerialDecimal,
    /// What the sale does to it.
    #[ts(type = "string")]
    pub year_change: SerialDecimal,
    /// Losses left for later years with the sale.
    #[ts(type = "string")]
    pub losses_left: SerialDecimal,
    /// Tax on that change at the rate that is set; null without one.
    #[ts(type = "string | null")]
    pub tax: Option<SerialDecimal>,
    /// Proceeds less that tax.
    #[ts(type = "string | null")]
    pub after_tax: Option<SerialDecimal>,
    /// Local days until the next parcels held come to twelve months; null when there is none to wait for.
    #[ts(type = "number | null")]
    pub next_discount_days: Option<i64>,
    /// How many coins come to it then.
    #[ts(type = "string | null")]
    pub next_discount_quantity: Option<Quantity>,
}

/// `omc what-if sell`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WhatIfView {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// AUD for one.
    #[ts(type = "string")]
    pub price: SerialDecimal,
    /// Where it is from: `given` or `bid`.
    pub price_from: String,
    /// How old the bid is.
    #[ts(type = "number | null")]
    pub price_age_s: Option<i64>,
    /// The sale's fee.
    #[ts(type = "string")]
    pub fee: SerialDecimal,
    /// The financial year it falls in.
    pub fy: i32,
    /// The trader's marginal rate in percent.
    #[ts(type = "string | null")]
    pub rate_pct: Option<SerialDecimal>,
    /// One a method.
    pub methods: Vec<WhatIfMethod>,
    /// What to know of it.
    pub notes: Vec<String>,
}
