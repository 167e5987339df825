//! Sweeps: what is asked for, and what came out.

use super::SerialDecimal;
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// One strategy at many settings, over coins and intervals.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct SweepRequest {
    /// Its name.
    pub strategy: String,
    /// `fast=5..53:2` or `slow=50,100,200`; costs are axes too: `fee_bps`, `spread_bps`, `slippage_bps`, `latency_bars`.
    pub axes: Vec<String>,
    /// Parameters that stay as they are set.
    pub params: BTreeMap<String, String>,
    /// Which coins.
    pub coins: Vec<String>,
    /// Which candles, such as `1h`.
    pub intervals: Vec<String>,
    /// Date or RFC 3339 time; the first candle by default.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside; the last closed candle by default.
    #[ts(optional)]
    pub to: Option<String>,
    /// Zone of plain dates.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// AUD to begin with at every point; 10000 by default.
    #[ts(optional)]
    pub cash: Option<String>,
    /// Hundredths of a percent; 10 by default, what CoinSpot's book charges.
    #[ts(optional)]
    pub fee_bps: Option<u32>,
    /// `2/4`: only the second of four parts.
    #[ts(optional)]
    pub shard: Option<String>,
    /// Threads; all processors by default.
    #[ts(optional)]
    pub threads: Option<usize>,
    /// A Ray cluster it is run on: `ray://HOST:PORT`, or `ray://local` for one that is started on this machine; here without.
    #[ts(optional)]
    pub on: Option<String>,
    /// Machines the cluster must have; 1 without. Of `ray://local`, how many are simulated.
    #[ts(optional)]
    pub nodes: Option<u32>,
    /// Where the cluster's machines have `omc`; this program is sent along without.
    #[ts(optional)]
    pub worker_omc: Option<String>,
    /// How it is looked at.
    pub look: SweepLook,
}

/// How results are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct SweepLook {
    /// `return` (the default), `sharpe` or `drawdown`.
    #[ts(optional)]
    pub by: Option<String>,
    /// How many of the best; 20 by default.
    #[ts(optional)]
    pub top: Option<usize>,
}

/// A parameter and the values it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SweepAxis {
    /// Its name.
    pub name: String,
    /// Its values.
    pub values: Vec<String>,
}

/// One coin at one interval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SweepLane {
    /// The coin.
    pub coin: String,
    /// The length of its candles.
    pub interval: String,
    /// The beginning of the first candle.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The end of the last.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Candles in the window.
    #[ts(type = "number")]
    pub candles: u64,
    /// Their hash.
    pub data: String,
    /// All trials ever made on these candles, or on any of this coin and interval whose window overlaps, these included.
    #[ts(type = "number")]
    pub trials: u64,
}

/// One point that ran.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SweepPoint {
    /// The coin.
    pub coin: String,
    /// The length of its candles.
    pub interval: String,
    /// What was swept.
    pub params: BTreeMap<String, String>,
    /// Cash and coins at the last close.
    #[ts(type = "string")]
    pub final_equity: SerialDecimal,
    /// Gained or lost of the cash, as a ratio.
    #[serde(rename = "return")]
    #[ts(rename = "return")]
    pub earned: f64,
    /// The deepest fall from the highest, 0 to −1.
    pub max_drawdown: f64,
    /// Of a year of 365 days in UTC; null below 30 days or without variation.
    pub sharpe: Option<f64>,
    /// Part of the candles with coins at their close.
    pub exposure: f64,
    /// Buys that filled.
    pub entries: u32,
    /// Sales that filled.
    pub exits: u32,
    /// Sales that gained after fees.
    pub wins: u32,
    /// All fees, AUD.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
    /// Says so where figures rest on too few trades.
    pub note: Option<String>,
}

/// A lane's results along two parameters.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SweepHeat {
    /// The coin.
    pub coin: String,
    /// The length of its candles.
    pub interval: String,
    /// The parameter across.
    pub x: String,
    /// The parameter down.
    pub y: String,
    /// Its values across.
    pub xs: Vec<String>,
    /// Its values down.
    pub ys: Vec<String>,
    /// Line by line the figure the points are ranked by, the best over all other parameters; null where none ran.
    pub cells: Vec<Vec<Option<f64>>>,
}

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SweepView {
    /// What it is known by: its content.
    pub id: String,
    /// The part of it this is; null for the whole.
    pub shard: Option<String>,
    /// The strategy.
    pub strategy: String,
    /// The number of its code.
    pub code: u32,
    /// `next_open`: decided at a close, filled at the next open.
    pub execution: String,
    /// AUD at the beginning.
    #[ts(type = "string")]
    pub cash: SerialDecimal,
    /// Hundredths of a percent; where the fee is an axis, each point has its own.
    pub fee_bps: u32,
    /// What was swept.
    pub axes: Vec<SweepAxis>,
    /// What was set.
    pub params: BTreeMap<String, String>,
    /// On what.
    pub lanes: Vec<SweepLane>,
    /// All points.
    #[ts(type = "number")]
    pub points: u64,
    /// Those that ran.
    #[ts(type = "number")]
    pub ran: u64,
    /// Those that did not, by the code of why.
    #[ts(type = "Record<string, number>")]
    pub left: BTreeMap<String, u64>,
    /// What they are ranked by.
    pub by: String,
    /// The best of them.
    pub top: Vec<SweepPoint>,
    /// Along the first two parameters, lane by lane.
    pub heat: Vec<SweepHeat>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// How far a sweep is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SweepProgress {
    /// Whether one runs.
    pub running: bool,
    /// Points done.
    #[ts(type = "number")]
    pub done: u64,
    /// Of how many; 0 while that is not known.
    #[ts(type = "number")]
    pub all: u64,
    /// Seconds that are left at the pace so far; null while that is not known.
    #[ts(type = "number | null")]
    pub left_s: Option<u64>,
}

/// How often something was tried on the same prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TrialsView {
    /// The coin.
    pub coin: String,
    /// The length of the candles.
    pub interval: String,
    /// Settings tried on candles that overlap the window.
    #[ts(type = "number")]
    pub trials: u64,
    /// Sweeps and single backtests among them, newest last.
    pub made: Vec<TrialsRow>,
}

/// One sweep or backtest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TrialsRow {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What it is known by.
    pub id: String,
    /// The strategy.
    pub strategy: String,
    /// Settings tried on these candles.
    #[ts(type = "number")]
    pub trials: u64,
    /// The beginning of its window.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The end of it.
    #[ts(type = "string")]
    pub to: Timestamp,
}
