//! Features: what was known about a coin at each close, as numbers.

use domain::{Coin, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which features.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct FeaturesRequest {
    /// Ticker.
    pub coin: String,
    /// `1m` … `1d`.
    pub interval: String,
    /// `price`, `ledger` or `all`, which it is unless told.
    #[ts(optional)]
    pub set: Option<String>,
    /// Date or time of the first candle.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or time, itself outside.
    #[ts(optional)]
    pub to: Option<String>,
    /// Zone of plain dates.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// Only the newest so many rows.
    #[ts(optional)]
    pub limit: Option<usize>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FeatureColumn {
    /// Its name.
    pub name: String,
    /// `price` or `ledger`.
    pub set: String,
    /// Its unit.
    pub unit: String,
    /// What it is.
    pub words: String,
    /// Rows that have a value.
    pub known: u64,
}

/// One candle's row.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct FeatureValues {
    /// The beginning of the candle.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// Its close: everything in the row was known by then.
    #[ts(type = "string")]
    pub known_at: Timestamp,
    /// In the order of the columns; null where nothing is known.
    pub values: Vec<Option<f64>>,
}

/// Features of a coin, candle by candle.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct FeaturesView {
    /// The coin.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The length of its candles.
    pub interval: String,
    /// `price`, `ledger` or `all`.
    pub set: String,
    /// Candles missing between the first row and the last.
    pub missing: u64,
    /// The columns.
    pub features: Vec<FeatureColumn>,
    /// Oldest first.
    pub rows: Vec<FeatureValues>,
}
