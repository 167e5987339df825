//! Filed years, and what the trader says for the tax rules.

use super::SerialDecimal;
use domain::{Coin, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A figure that is not what was filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Difference {
    /// Which figure, such as `net_capital_gain`.
    pub name: String,
    /// As filed.
    #[ts(type = "string")]
    pub filed: SerialDecimal,
    /// As it comes out now.
    #[ts(type = "string")]
    pub now: SerialDecimal,
    /// Now less filed.
    #[ts(type = "string")]
    pub difference: SerialDecimal,
}

/// One filing of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FiledRevision {
    /// 1 for the first.
    pub revision: u32,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Which parcels sales used up first.
    pub method: String,
    /// The trader's words.
    pub note: String,
    /// The journal it came from: `device:facts:hash`, one a device.
    pub journal: Vec<String>,
    /// Its figures.
    #[ts(type = "Record<string, string>")]
    pub sums: BTreeMap<String, SerialDecimal>,
}

/// A year as it was filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FiledView {
    /// The calendar year it ends in.
    pub fy: i32,
    /// The last filing: its method and zone are the year's.
    pub last: FiledRevision,
    /// IANA zone of its days.
    pub timezone: String,
    /// The earlier ones, first one first.
    pub earlier: Vec<FiledRevision>,
    /// The figures that come out otherwise now.
    pub differs: Vec<Difference>,
}

/// File a year, or see what would be filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct FileRequest {
    /// The calendar year it ends in.
    pub fy: i32,
    /// `fifo`, `lifo` or `hifo`; by default as before, or what is set.
    #[serde(default)]
    #[ts(optional)]
    pub method: Option<String>,
    /// IANA zone; as before, or the workspace's.
    #[serde(default)]
    #[ts(optional)]
    pub timezone: Option<String>,
    /// The trader's words.
    #[serde(default)]
    #[ts(optional)]
    pub note: Option<String>,
    /// The net capital gain that was looked at: with another one nothing is filed.
    #[serde(default)]
    #[ts(optional)]
    pub expect_net: Option<String>,
    /// Only show it.
    #[serde(default)]
    #[ts(optional)]
    pub preview: Option<bool>,
}

/// What was filed, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Filing {
    /// The calendar year it ends in.
    pub fy: i32,
    /// Which filing of the year.
    pub revision: u32,
    /// Which parcels sales used up first.
    pub method: String,
    /// Whether it is in the journal now.
    pub recorded: bool,
    /// Its figures.
    #[ts(type = "Record<string, string>")]
    pub sums: BTreeMap<String, SerialDecimal>,
    /// Against the filing before it.
    pub differs: Vec<Difference>,
    /// Other filed years that come out otherwise with it.
    pub others: Vec<FiledOtherwise>,
    /// What is unresolved, and what this is not.
    pub notes: Vec<String>,
}

/// A filed year that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FiledOtherwise {
    /// The calendar year it ends in.
    pub fy: i32,
    /// Its figures.
    pub differs: Vec<Difference>,
}

/// A parcel picked for a sale, and how many coins of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct PickedParcel {
    /// Its id, as `omc parcels` tells it.
    pub parcel: String,
    /// Coins.
    pub quantity: String,
}

/// Something the trader says for the tax rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
pub enum TaxChange {
    /// A rate, a method, an index number, a detail of the law; an empty value takes one back.
    Set {
        /// Name and value.
        changes: BTreeMap<String, String>,
    },
    /// Whether the rules of 1 July 2027 are law.
    Law {
        /// They are; else an earlier word is taken back.
        confirmed: bool,
    },
    /// Note what coins were worth at the end of 30 June 2027: from stored prices, and these.
    Snapshot {
        /// Coin and AUD for one.
        #[serde(default)]
        prices: BTreeMap<String, String>,
    },
    /// Pick the parcels of a sale; none takes a pick back.
    Pick {
        /// An order's or a trade's id.
        sale: String,
        /// In the order they are used.
        parcels: Vec<PickedParcel>,
    },
}

/// A set of rules and the year it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RegimeRow {
    /// `discount` or `indexation`.
    pub name: String,
    /// The first financial year.
    pub from_year: i32,
    /// `law`, `confirmed` (by the trader's word) or `bill`.
    pub standing: String,
    /// Months a parcel must be held for the discount.
    pub months: u32,
    /// Percent of a discounted gain that is left out.
    pub discount_pct: u32,
    /// The least tax on a gain, in percent.
    pub minimum_tax_pct: Option<u32>,
    /// What the trader still has to say before a year of it is computed.
    pub missing: Vec<String>,
}

/// What a coin was worth at the end of 30 June 2027.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SnapshotRow {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// AUD for one.
    #[ts(type = "string")]
    pub price: SerialDecimal,
    /// A source's name, or `person`.
    pub source: String,
    /// When it was seen.
    #[ts(type = "string")]
    pub seen: Timestamp,
}

/// What stands for the tax rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TaxSettings {
    /// What was set.
    #[ts(type = "Record<string, string>")]
    pub settings: BTreeMap<String, String>,
    /// The rules, oldest first.
    pub regimes: Vec<RegimeRow>,
    /// Prices at the end of 30 June 2027.
    pub snapshot: Vec<SnapshotRow>,
    /// Filed years and their last method.
    #[ts(type = "Record<string, string>")]
    pub filed: BTreeMap<i32, String>,
    /// How many sales have picked parcels.
    pub picked_sales: u32,
    /// What this is not.
    pub notes: Vec<String>,
}
