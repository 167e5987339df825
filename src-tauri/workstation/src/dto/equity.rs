//! Equity over time.

use super::SerialDecimal;
use domain::{Book, Coin, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which days. Everything is optional; windows are half-open `[from, to)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct EquityRequest {
    /// `paper` or `live` (the default).
    #[ts(optional)]
    pub book: Option<String>,
    /// Date or RFC 3339 time; the first day anything happened by default.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside; now by default.
    #[ts(optional)]
    pub to: Option<String>,
    /// `day` (the default), `week` or `month`.
    #[ts(optional)]
    pub by: Option<String>,
    /// For realised and unrealised: `fifo` (the default), `lifo`, `hifo` or `average`.
    #[ts(optional)]
    pub method: Option<String>,
    /// IANA zone; the workspace's by default.
    #[ts(optional)]
    pub timezone: Option<String>,
}

/// How a book stood at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EquityOpening {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// AUD; null when something held had no price.
    #[ts(type = "string | null")]
    pub equity: Option<SerialDecimal>,
    /// AUD; null where it is not known.
    #[ts(type = "string | null")]
    pub cash: Option<SerialDecimal>,
    /// AUD; null when something held had no price.
    #[ts(type = "string | null")]
    pub holdings: Option<SerialDecimal>,
}

/// The end of a day, week or month. Amounts are AUD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct CurvePoint {
    /// Its first local day.
    pub date: String,
    /// When it ended, or how far it has come.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Whether it is still running.
    pub running: bool,
    /// Whether everything held at its end had a price.
    pub complete: bool,
    /// Cash, where known, and holdings; null when incomplete.
    #[ts(type = "string | null")]
    pub equity: Option<SerialDecimal>,
    /// Null where it is not known.
    #[ts(type = "string | null")]
    pub cash: Option<SerialDecimal>,
    /// What is held; null when incomplete.
    #[ts(type = "string | null")]
    pub holdings: Option<SerialDecimal>,
    /// Cash, where known, and what had a price: of an incomplete one the part that can be told.
    #[ts(type = "string")]
    pub priced: SerialDecimal,
    /// In from outside less out; null when coins came whose value nobody knows.
    #[ts(type = "string | null")]
    pub flow: Option<SerialDecimal>,
    /// Gained since the last complete day before; null when that can't be told.
    #[ts(type = "string | null")]
    pub gain: Option<SerialDecimal>,
    /// The same to what was at work: 0.01 is one percent; null when nothing was.
    #[serde(rename = "return")]
    #[ts(type = "string | null")]
    pub earned: Option<SerialDecimal>,
    /// Days the gain is of; null without one.
    pub span_days: Option<u32>,
    /// Gains of the sales since the beginning of the window.
    #[ts(type = "string")]
    pub realised: SerialDecimal,
    /// Value less cost of what is held; null when incomplete.
    #[ts(type = "string | null")]
    pub unrealised: Option<SerialDecimal>,
    /// How far the chained returns stand below their highest point, 0 to −1; of a week or month the deepest.
    #[ts(type = "string | null")]
    pub drawdown: Option<SerialDecimal>,
    /// Buys in it.
    pub buys: u32,
    /// Sales in it.
    pub sells: u32,
    /// Coins held without a price.
    #[ts(type = "string[]")]
    pub unpriced: Vec<Coin>,
    /// The weakest source of its prices: `bid`, `close`, `reference` or `written_down`; null when nothing is held.
    pub valued_at: Option<String>,
    /// Age of its oldest price.
    #[ts(type = "number | null")]
    pub price_age_s: Option<i64>,
}

/// A figure, or why there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct MetricView {
    /// A ratio, AUD or days, by its name.
    #[ts(type = "string | null")]
    pub value: Option<SerialDecimal>,
    /// `too_few_days`, `unpriced`, `no_trades` …; null when there is a value.
    pub reason: Option<String>,
}

/// The deepest fall of the chained returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DrawdownView {
    /// 0 to −1.
    #[ts(type = "string")]
    pub depth: SerialDecimal,
    /// The day it was last at its highest.
    pub start: String,
    /// The day it was lowest.
    pub trough: String,
    /// The first day it was as high again; null when it has not been yet.
    pub recovered: Option<String>,
    /// Days from its start to its recovery, or to now.
    #[ts(type = "number")]
    pub days: i64,
}

/// The same flows in something that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BenchmarkView {
    /// `hold_btc` or `hold_mix`.
    pub name: String,
    /// What is held.
    #[ts(type = "string[]")]
    pub coins: Vec<Coin>,
    /// AUD, point by point; null where it can't be told.
    #[ts(type = "(string | null)[]")]
    pub equity: Vec<Option<SerialDecimal>>,
    /// AUD at the end.
    pub last: MetricView,
    /// Of what is held, since money was first in it.
    pub time_weighted_return: MetricView,
}

/// What one coin or algorithm gained in the window, realised or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct GainView {
    /// Ticker, or the algorithm (`manual` by hand).
    pub key: String,
    /// AUD by the end; null when something held has no price.
    #[ts(type = "string | null")]
    pub gain: Option<SerialDecimal>,
    /// AUD at at most sixty moments, evenly apart; the last is the end.
    #[ts(type = "(string | null)[]")]
    pub spark: Vec<Option<SerialDecimal>>,
}

/// Days a held coin had no price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct UnpricedDays {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// How many days.
    pub days: u32,
    /// The first.
    pub first: String,
    /// The last.
    pub last: String,
}

/// `omc equity`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EquityCurve {
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Where days begin.
    pub timezone: String,
    /// Which parcels a sale uses up first.
    pub method: String,
    /// `day`, `week` or `month`: wider than asked when there would be more than two thousand points.
    pub by: String,
    /// The beginning.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The end, itself outside.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// `known`, or `traded`: deposits are not known, so equity is what is held, and trades are the flows.
    pub cash_basis: String,
    /// Why it is `traded`: `no_deposits` or `deposits_missing`.
    pub cash_reason: Option<String>,
    /// The moment before the first day.
    pub opening: EquityOpening,
    /// Oldest first.
    pub points: Vec<CurvePoint>,
    /// By name.
    pub metrics: BTreeMap<String, MetricView>,
    /// The deepest fall; null without one.
    pub drawdown: Option<DrawdownView>,
    /// Holding instead.
    pub benchmarks: Vec<BenchmarkView>,
    /// By coin.
    pub coins: Vec<GainView>,
    /// By algorithm, each with its own parcels.
    pub algorithms: Vec<GainView>,
    /// What lacked a price, and when.
    pub unpriced: Vec<UnpricedDays>,
    /// What a reader should know first.
    pub notes: Vec<String>,
}
