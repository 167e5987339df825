//! Runs that are kept: what was asked, what came out, and on which candles.

use super::{BacktestRequest, BacktestView, EvaluateRequest, EvaluateView, SerialDecimal};
use domain::{Coin, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The candles a run was made of, those that warmed it up among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeptLane {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The length of its candles.
    pub interval: String,
    /// They were looked for from here on.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// Up to here.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// How many there were.
    #[ts(type = "number")]
    pub candles: u64,
    /// Their hash.
    pub data: String,
}

/// A run in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeptRow {
    /// What it is known by: what was asked of which candles.
    pub id: String,
    /// `backtest` or `evaluate`.
    pub kind: String,
    /// When it ran.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The strategy.
    pub strategy: String,
    /// The number of its code.
    pub code: u32,
    /// Its parameters; of an examination that chose, the choice.
    pub params: BTreeMap<String, String>,
    /// The beginning of the first bar traded over.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The end of the last.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// What it returned; of an examination, where nothing was chosen. 0.01 is one percent.
    #[serde(rename = "return")]
    #[ts(type = "string | null")]
    pub earned: Option<SerialDecimal>,
    /// What holding returned.
    #[ts(type = "string | null")]
    pub hold: Option<SerialDecimal>,
    /// The deepest fall, 0 to −1.
    #[ts(type = "string | null")]
    pub max_drawdown: Option<SerialDecimal>,
    /// Of a year.
    #[ts(type = "string | null")]
    pub sharpe: Option<SerialDecimal>,
    /// Fills; of an examination, times it went in and out again.
    #[ts(type = "number")]
    pub trades: u64,
    /// Of an examination.
    pub verdict: Option<String>,
    /// That it rests on few trades.
    pub note: Option<String>,
    /// Its candles.
    pub data: Vec<KeptLane>,
}

/// A backtest that has just run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RanBacktest {
    /// In short.
    pub run: KeptRow,
    /// Why it could not be kept; null when it is.
    pub not_kept: Option<String>,
    /// What came out.
    pub result: BacktestView,
}

/// An examination that has just ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RanEvaluate {
    /// In short.
    pub run: KeptRow,
    /// Why it could not be kept; null when it is.
    pub not_kept: Option<String>,
    /// What came out.
    pub result: EvaluateView,
}

/// The runs that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct KeptRuns {
    /// Newest first.
    pub runs: Vec<KeptRow>,
    /// Files that can't be read, by another version perhaps.
    #[ts(type = "number")]
    pub unreadable: u64,
}

/// A backtest that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct KeptBacktest {
    /// What was asked.
    pub request: BacktestRequest,
    /// What came out.
    pub result: BacktestView,
}

/// An examination that was kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct KeptEvaluate {
    /// What was asked.
    pub request: EvaluateRequest,
    /// What came out.
    pub result: EvaluateView,
}

/// A run that was kept, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct KeptRun {
    /// In short.
    pub run: KeptRow,
    /// What is no longer as it was when it ran, in words: the same asked again may come out differently.
    pub changed: Vec<String>,
    /// Of a backtest.
    #[ts(as = "Option<KeptBacktest>")]
    pub backtest: Option<serde_json::Value>,
    /// Of an examination.
    #[ts(as = "Option<KeptEvaluate>")]
    pub evaluate: Option<serde_json::Value>,
}
