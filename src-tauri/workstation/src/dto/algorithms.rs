//! Algorithms: what they are made of, where they stand, what they said.

use super::{OrderView, Refusal, SerialDecimal};
use domain::{Book, Coin, Quantity, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a person describes an algorithm with, the first time or anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct AlgorithmRequest {
    /// Its name.
    pub name: String,
    /// One of `strategies`.
    pub strategy: String,
    /// Tickers.
    pub coins: Vec<String>,
    /// `1m` … `1d`.
    pub interval: String,
    /// Its capital in percent of its book's equity, at most two decimals.
    pub capital_pct: String,
    /// `book` or `instant`; book when not said.
    #[serde(default)]
    #[ts(optional)]
    pub orders: Option<String>,
    /// Parameters that differ from what the strategy says.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

/// A coin and how many of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HeldCoin {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
}

/// A signal that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SignalRow {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The close, or the moment of its plan, it is about.
    #[ts(type = "string")]
    pub slot: Timestamp,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// `buy`, `sell` or `close`.
    pub action: String,
    /// How much, in words.
    pub size: String,
    /// How sure it said it is, in percent.
    #[ts(type = "string | null")]
    pub confidence_pct: Option<SerialDecimal>,
    /// Why, in its words.
    pub reason: String,
    /// What it looked at.
    pub evidence: Vec<String>,
    /// With whose money.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// The version that said it, its first digits.
    pub version: String,
    /// The order it became.
    pub order: Option<String>,
    /// Why it became none.
    pub refusal: Option<Refusal>,
}

/// Signs of life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Heartbeat {
    /// When it was looked at last; null when no workstation runs it.
    #[ts(type = "string | null")]
    pub seen: Option<Timestamp>,
    /// The end of the newest candle it took.
    #[ts(type = "string | null")]
    pub candle: Option<Timestamp>,
    /// Why it says nothing now.
    pub note: Option<Refusal>,
}

/// One version of an algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VersionRow {
    /// The first digits of its content's hash.
    pub version: String,
    /// When it was made.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Its strategy.
    pub strategy: String,
    /// The number of the strategy's code.
    pub code: u32,
    /// All parameters.
    pub params: BTreeMap<String, String>,
    /// Tickers.
    #[ts(type = "string[]")]
    pub coins: Vec<Coin>,
    /// The candles it looks at.
    pub interval: String,
    /// Its capital in percent of its book's equity.
    #[ts(type = "string")]
    pub capital_pct: SerialDecimal,
    /// `book` or `instant`.
    pub orders: String,
}

/// One algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlgorithmRow {
    /// Its name.
    pub name: String,
    /// `draft`, `paper`, `live`, `paused`, `stopped` or `error`.
    pub state: String,
    /// Since when.
    #[ts(type = "string")]
    pub since: Timestamp,
    /// Why it stands there.
    pub why: Refusal,
    /// The book it trades with, or traded with last.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// What it is made of.
    pub version: VersionRow,
    /// How many versions there are.
    pub versions: u32,
    /// Its share of the book's equity; null when that can't be told now.
    #[ts(type = "string | null")]
    pub capital: Option<SerialDecimal>,
    /// What of it is in coins and in orders on their way; null when a coin has no fresh price.
    #[ts(type = "string | null")]
    pub exposure: Option<SerialDecimal>,
    /// The same in percent of its capital.
    #[ts(type = "string | null")]
    pub exposure_pct: Option<SerialDecimal>,
    /// What its fills brought and it has not sold.
    pub holdings: Vec<HeldCoin>,
    /// Gains of its sales after fees.
    #[ts(type = "string")]
    pub realised: SerialDecimal,
    /// Gain of what it holds; null without a price.
    #[ts(type = "string | null")]
    pub unrealised: Option<SerialDecimal>,
    /// Fees it paid.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
    /// Seconds this version ran on paper.
    #[ts(type = "number")]
    pub paper_s: i64,
    /// Fills this version had on paper.
    pub paper_fills: u32,
    /// Whether a mandate lets it trade with real money.
    pub has_mandate: bool,
    /// What it said last.
    pub last_signal: Option<SignalRow>,
    /// Signs of life.
    pub heartbeat: Heartbeat,
}

/// `omc algorithms`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlgorithmsView {
    /// By name.
    pub algorithms: Vec<AlgorithmRow>,
    /// Days on paper a version needs before it goes live.
    #[ts(type = "number")]
    pub evidence_days: i64,
    /// Fills on paper it needs.
    pub evidence_fills: u32,
    /// The word that takes a version live without them.
    pub unproven: String,
}

/// `omc algorithms show NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlgorithmDetail {
    /// The algorithm.
    pub algorithm: AlgorithmRow,
    /// Its versions, newest first.
    pub versions: Vec<VersionRow>,
    /// What it said, newest first.
    pub signals: Vec<SignalRow>,
    /// Its orders, newest first.
    pub orders: Vec<OrderView>,
}

/// What moving an algorithm did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlgorithmMove {
    /// The algorithm as it stands now.
    pub algorithm: AlgorithmRow,
    /// Orders of it that were taken back.
    pub cancelled: Vec<OrderView>,
    /// Orders that sell what it holds.
    pub closing: Vec<OrderView>,
    /// What did not work, in words.
    pub failed: Vec<String>,
}

/// One parameter of a strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StrategyParameter {
    /// Its name.
    pub name: String,
    /// What it does.
    pub words: String,
    /// `whole`, `decimal`, `choice`, `time`, `zone` or `text`.
    pub kind: String,
    /// The least, for numbers.
    pub min: Option<u32>,
    /// The most, for numbers.
    pub max: Option<u32>,
    /// What can be chosen.
    pub choices: Vec<String>,
    /// What it is unless set.
    pub default: String,
    /// What it can be, in words.
    pub range: String,
}

/// One strategy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StrategyRow {
    /// Its name.
    pub name: String,
    /// What it does.
    pub words: String,
    /// The number of its code.
    pub code: u32,
    /// What can be set.
    pub parameters: Vec<StrategyParameter>,
}

/// `omc strategies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StrategiesView {
    /// All of them.
    pub strategies: Vec<StrategyRow>,
    /// Scripts to begin from.
    pub examples: Vec<ScriptExample>,
}

/// A script to begin from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ScriptExample {
    /// Its name.
    pub name: String,
    /// Its text.
    pub source: String,
}
