//! The capital gains of a financial year.

use super::{SerialDecimal, UnknownBasis};
use domain::{Coin, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which year, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct TaxRequest {
    /// The calendar year the financial year ends in: 2025 is 1 July 2024 to 30 June 2025.
    pub fy: i32,
    /// `fifo` (the default), `lifo` or `hifo`.
    #[ts(optional)]
    pub method: Option<String>,
    /// IANA zone; the workspace's by default.
    #[ts(optional)]
    pub timezone: Option<String>,
}

/// What came from one parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TaxRow {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// When the parcel was bought.
    #[ts(type = "string")]
    pub acquired: Timestamp,
    /// When it was sold.
    #[ts(type = "string")]
    pub disposed: Timestamp,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// What they brought, after the sale's fee.
    #[ts(type = "string")]
    pub proceeds: SerialDecimal,
    /// What they had cost, with the buy's fee.
    #[ts(type = "string")]
    pub cost_base: SerialDecimal,
    /// Proceeds less cost base; negative for a loss.
    #[ts(type = "string")]
    pub gain: SerialDecimal,
    /// Whether it is a gain that the discount halves.
    pub discount: bool,
}

/// `omc tax`. Amounts are AUD; losses are amounts above zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Tax {
    /// The calendar year the financial year ends in.
    pub fy: i32,
    /// Which parcels sales used up first.
    pub method: String,
    /// Its first moment.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The first moment after it.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Where days begin.
    pub timezone: String,
    /// One row a parcel, in the order of the sales.
    pub disposals: Vec<TaxRow>,
    /// Gains before losses and discount.
    #[ts(type = "string")]
    pub capital_gains: SerialDecimal,
    /// Those of them that the discount halves.
    #[ts(type = "string")]
    pub discount_gains: SerialDecimal,
    /// The others.
    #[ts(type = "string")]
    pub other_gains: SerialDecimal,
    /// Losses of the year.
    #[ts(type = "string")]
    pub capital_losses: SerialDecimal,
    /// Losses left from earlier years of this history.
    #[ts(type = "string")]
    pub losses_brought_forward: SerialDecimal,
    /// Losses used against this year's gains.
    #[ts(type = "string")]
    pub losses_applied: SerialDecimal,
    /// Losses left for later years.
    #[ts(type = "string")]
    pub losses_carried_forward: SerialDecimal,
    /// What the discount leaves out.
    #[ts(type = "string")]
    pub discount: SerialDecimal,
    /// What goes on the return; never negative.
    #[ts(type = "string")]
    pub net_capital_gain: SerialDecimal,
    /// Coins sold in the year that were never seen coming in: in no figure above.
    pub unknown_basis: Vec<UnknownBasis>,
    /// What is unresolved, and what this is not.
    pub notes: Vec<String>,
}
