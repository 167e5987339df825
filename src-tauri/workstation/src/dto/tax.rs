//! The capital gains of a financial year.

use super::{FiledView, SerialDecimal, UnknownBasis};
use domain::{Coin, MovementId, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which year, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct TaxRequest {
    /// The calendar year the financial year ends in: 2025 is 1 July 2024 to 30 June 2025.
    pub fy: i32,
    /// `fifo`, `lifo` or `hifo`; by default what the year was filed by, or what is set. Of a filed year no other.
    #[ts(optional)]
    pub method: Option<String>,
    /// IANA zone; the workspace's by default.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// At most so many rows, the first of the year (2,000 at most); all of them without.
    #[ts(optional, type = "number")]
    pub lines: Option<usize>,
}

/// The trader's marginal rate of a year's net capital gain and income: other income, thresholds and offsets are not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TaxEstimate {
    /// Percent of the net capital gain: the trader's, or the least the rules take. Of income always the trader's.
    #[ts(type = "string")]
    pub rate_pct: SerialDecimal,
    /// AUD.
    #[ts(type = "string")]
    pub tax: SerialDecimal,
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
    /// `sale`, or why else it went: `swap`, `payment`, `gift`, `network_fee`, `lost`; `deemed` where the law takes it as sold.
    pub event: String,
    /// `whole`, or under the rules of 1 July 2027 `before` or `since`.
    pub part: String,
    /// The share of the sale's fee, off the proceeds already.
    #[ts(type = "string")]
    pub sale_costs: SerialDecimal,
    /// Of the cost base: what was paid for the coins, or their value when they came.
    #[ts(type = "string")]
    pub purchase: SerialDecimal,
    /// Of the cost base: the share of the purchase's fee.
    #[ts(type = "string")]
    pub incidental: SerialDecimal,
    /// Of the cost base: what indexation adds.
    #[ts(type = "string")]
    pub indexation: SerialDecimal,
    /// The id of the sale, or of the movement it went by; null where the law only takes it as sold, and in files.
    pub sale: Option<String>,
    /// The id of what the parcel came by.
    pub parcel: Option<String>,
}

/// A line of the return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReturnItem {
    /// The label on the individual's return, such as `18H`.
    pub label: String,
    /// What stands there.
    pub name: String,
    /// AUD, as it is computed.
    #[ts(type = "string")]
    pub amount: SerialDecimal,
}

/// Coins that came as income.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct IncomeRow {
    /// The movement.
    #[ts(type = "string")]
    pub movement: MovementId,
    /// When.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// `airdrop`, `staking` or `payment`.
    pub why: String,
    /// AUD then; null when nobody said: it is in no sum.
    #[ts(type = "string | null")]
    pub value: Option<SerialDecimal>,
}

/// Coins that went at no known price: in no figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct NoPriceRow {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// What those of a known cost had cost.
    #[ts(type = "string")]
    pub cost: SerialDecimal,
}

/// A sale at a loss with the same coin bought around it: pointed out, not judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct WashRow {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// When it was sold.
    #[ts(type = "string")]
    pub sold: Timestamp,
    /// Coins sold at a loss.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// The loss, above zero.
    #[ts(type = "string")]
    pub loss: SerialDecimal,
    /// Coins bought within 30 days before or after, without those that were sold.
    #[ts(type = "string")]
    pub bought: Quantity,
    /// The purchase nearest to the sale.
    #[ts(type = "string")]
    pub nearest: Timestamp,
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
    /// How many such rows there are; fewer are here when fewer were asked for.
    #[ts(type = "number")]
    pub lines: usize,
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
    /// The rules of the year: `discount`, or `indexation` from 1 July 2027.
    pub regime: String,
    /// As the return wants it.
    pub return_items: Vec<ReturnItem>,
    /// Ordinary income in coins, at its value then.
    #[ts(type = "string")]
    pub other_income: SerialDecimal,
    /// What came, oldest first.
    pub income: Vec<IncomeRow>,
    /// Coins that went at no known price: in no figure above.
    pub no_price: Vec<NoPriceRow>,
    /// Sales at a loss with the same coin bought around them.
    pub wash: Vec<WashRow>,
    /// A rough figure of the tax on it; null without a marginal rate.
    pub estimate: Option<TaxEstimate>,
    /// As it was filed; null when it was not.
    pub filed: Option<FiledView>,
    /// Other filed years whose figures are not those that were filed any more.
    pub filed_otherwise: Vec<i32>,
}
