//! The Glass ledger as series, and the sparklines of the Exchange ledger.

use super::SerialDecimal;
use domain::{Coin, Timestamp};
use serde::Serialize;
use ts_rs::TS;

/// A figure at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DayPoint {
    /// The beginning of the day, UTC.
    #[ts(type = "string")]
    pub day: Timestamp,
    /// How much.
    #[ts(type = "string")]
    pub amount: SerialDecimal,
}

/// One figure over time, of a protocol, a chain or a stablecoin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FigureSeries {
    /// `tvl`, `fees`, `revenue`, `chain_tvl` or `stablecoin_supply`.
    pub kind: String,
    /// The service's stable name.
    pub subject: String,
    /// The name to show.
    pub name: String,
    /// Of what, such as `USD`.
    pub currency: String,
    /// The newest figure.
    #[ts(type = "string")]
    pub latest: SerialDecimal,
    /// Against the day before, percent.
    #[ts(type = "string | null")]
    pub change_1d_pct: Option<SerialDecimal>,
    /// Against seven days before, percent.
    #[ts(type = "string | null")]
    pub change_7d_pct: Option<SerialDecimal>,
    /// Against thirty days before, percent.
    #[ts(type = "string | null")]
    pub change_30d_pct: Option<SerialDecimal>,
    /// Oldest first; a day that is missing is missing here.
    pub points: Vec<DayPoint>,
}

/// What a company holds, and held before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TreasuryRow {
    /// The company.
    pub company: String,
    /// Its ticker on a stock exchange.
    pub symbol: Option<String>,
    /// Which coins.
    #[ts(type = "string")]
    pub coin: Coin,
    /// How many.
    #[ts(type = "string")]
    pub holdings: SerialDecimal,
    /// Against the figure before, in coins; null when there is none.
    #[ts(type = "string | null")]
    pub change: Option<SerialDecimal>,
    /// The day of the newest figure.
    #[ts(type = "string")]
    pub day: Timestamp,
}

/// `omc glass`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct GlassView {
    /// All protocols' newest TVL together, USD; null when there is none.
    #[ts(type = "string | null")]
    pub tvl: Option<SerialDecimal>,
    /// All protocols' newest fees together, USD.
    #[ts(type = "string | null")]
    pub fees: Option<SerialDecimal>,
    /// `tvl` against the day before, percent; null where `tvl_points` lacks that day.
    #[ts(type = "string | null")]
    pub tvl_change_1d_pct: Option<SerialDecimal>,
    /// `tvl` against seven days before, percent.
    #[ts(type = "string | null")]
    pub tvl_change_7d_pct: Option<SerialDecimal>,
    /// `fees` against the day before, percent.
    #[ts(type = "string | null")]
    pub fees_change_1d_pct: Option<SerialDecimal>,
    /// `fees` against seven days before, percent.
    #[ts(type = "string | null")]
    pub fees_change_7d_pct: Option<SerialDecimal>,
    /// The sums of TVL over time: only days on which every protocol shown has a figure.
    pub tvl_points: Vec<DayPoint>,
    /// The sums of fees over time.
    pub fees_points: Vec<DayPoint>,
    /// Every series, the largest first within its kind.
    pub series: Vec<FigureSeries>,
    /// Every company, the largest first.
    pub treasuries: Vec<TreasuryRow>,
}

/// The closes of a coin's last hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Spark {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// An hour each, oldest first; null where there is no candle.
    #[ts(type = "(string | null)[]")]
    pub closes: Vec<Option<SerialDecimal>>,
}

/// The closes of several coins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SparksView {
    /// In the order asked for.
    pub sparks: Vec<Spark>,
}
