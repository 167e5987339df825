//! A strategy on history: what is asked, and what came of it.

use super::{MetricView, SerialDecimal};
use domain::{Coin, Price, Quantity, Side, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Money paid in at a moment, or below zero taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct BacktestDeposit {
    /// Date or RFC 3339 time.
    pub time: String,
    /// AUD.
    pub aud: String,
}

/// What to run. What is not said is as the words say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct BacktestRequest {
    /// One of `strategies`.
    pub strategy: String,
    /// Tickers; one wallet for all. `ETH:4h` is a coin with an interval of its own.
    pub coins: Vec<String>,
    /// `1m` … `1d`.
    pub interval: String,
    /// Date or RFC 3339 time; candles before it only warm up. All candles without.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside; now without.
    #[ts(optional)]
    pub to: Option<String>,
    /// Zone of plain dates, and of the days and months of the result; the workspace's without.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// Parameters that differ from what the strategy says.
    pub params: BTreeMap<String, String>,
    /// AUD to begin with; 10,000 without.
    #[ts(optional)]
    pub cash: Option<String>,
    /// The fee in hundredths of a percent; 10 on the book and 100 instant without.
    #[ts(optional)]
    pub fee_bps: Option<u32>,
    /// Between bid and ask; 0 without.
    #[ts(optional)]
    pub spread_bps: Option<u32>,
    /// Beyond that, worse for whoever trades; 0 without.
    #[ts(optional)]
    pub slippage_bps: Option<u32>,
    /// With it the slippage is drawn for each bar, from nothing to twice as much.
    #[ts(optional, type = "number")]
    pub seed: Option<u64>,
    /// Bars an order is late; 0 without.
    #[ts(optional)]
    pub latency_bars: Option<u32>,
    /// The share of a bar's volume that may be traded in it, in hundredths of a percent; all one wants without.
    #[ts(optional)]
    pub volume_share_bps: Option<u32>,
    /// AUD an order must be worth.
    #[ts(optional)]
    pub min_order_aud: Option<String>,
    /// `book` (the default), `instant` or `resting`.
    #[ts(optional)]
    pub orders: Option<String>,
    /// Of resting orders: how much better than the market their limit is.
    #[ts(optional)]
    pub offset_bps: Option<u32>,
    /// Of resting orders: bars they rest; 1 without.
    #[ts(optional)]
    pub resting_bars: Option<u32>,
    /// `next_open` (the default) or `close`.
    #[ts(optional)]
    pub execution: Option<String>,
    /// `wide` (the default: none decides instead of the strategy) or `paper` (those of the paper book as they stand, with the automatic stops).
    #[ts(optional)]
    pub limits: Option<String>,
    /// Percent of the equity it may use; 100 without.
    #[ts(optional)]
    pub capital_pct: Option<String>,
    /// Money paid in later, or taken out.
    pub deposits: Vec<BacktestDeposit>,
}

/// One coin of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestCoin {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The length of its bars.
    pub interval: String,
    /// Bars traded over.
    #[ts(type = "number")]
    pub bars: u64,
    /// Bars before them that only warmed up.
    #[ts(type = "number")]
    pub warmed_up: u64,
    /// The first open.
    #[ts(type = "string")]
    pub first_open: Price,
    /// The last close.
    #[ts(type = "string")]
    pub last_close: Price,
    /// What is left of it.
    #[ts(type = "string")]
    pub held: Quantity,
    /// Bars without volume, where the source tells it.
    #[ts(type = "number")]
    pub empty_bars: u64,
    /// Bars of one price.
    #[ts(type = "number")]
    pub flat_bars: u64,
}

/// What trading cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestCosts {
    /// Hundredths of a percent.
    pub fee_bps: u32,
    /// Between bid and ask.
    pub spread_bps: u32,
    /// Beyond.
    pub slippage_bps: u32,
    /// It was drawn.
    #[ts(type = "number | null")]
    pub seed: Option<u64>,
    /// Bars late.
    pub latency_bars: u32,
    /// Share of a bar's volume; null for all one wants.
    pub volume_share_bps: Option<u32>,
    /// AUD an order had to be worth.
    #[ts(type = "string")]
    pub min_order_aud: SerialDecimal,
    /// Of resting orders.
    pub offset_bps: Option<u32>,
    /// Of resting orders.
    pub resting_bars: Option<u32>,
}

/// One fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestTrade {
    /// When.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Bought or sold.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// AUD for one coin, before the fee.
    #[ts(type = "string")]
    pub price: Price,
    /// AUD.
    #[ts(type = "string")]
    pub fee: SerialDecimal,
    /// Of a sale, what it gained after all fees, first in first out.
    #[ts(type = "string | null")]
    pub gain: Option<SerialDecimal>,
    /// Why, in the strategy's words; null beyond the first hundred thousand.
    pub reason: Option<String>,
}

/// What was refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestRefused {
    /// The code, as the Floor's.
    pub code: String,
    /// How often.
    #[ts(type = "number")]
    pub count: u64,
    /// The first time.
    #[ts(type = "string")]
    pub first: Timestamp,
    /// What was said then.
    pub message: String,
}

/// A signal that no bar was left for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestLeft {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// `buy`, `sell` or `close`.
    pub action: String,
    /// The close it was decided at.
    #[ts(type = "string")]
    pub slot: Timestamp,
}

/// Missing candles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestGap {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The first missing one.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The next one there is.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// How many.
    #[ts(type = "number")]
    pub missing: u64,
}

/// Equity at the end of a bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestPoint {
    /// When.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// AUD.
    #[ts(type = "string")]
    pub equity: SerialDecimal,
    /// 0 to −1.
    #[ts(type = "string | null")]
    pub drawdown: Option<SerialDecimal>,
}

/// One calendar month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestMonth {
    /// `2021-07`.
    pub month: String,
    /// AUD at its end.
    #[ts(type = "string | null")]
    pub equity: Option<SerialDecimal>,
    /// AUD gained in it.
    #[ts(type = "string | null")]
    pub gain: Option<SerialDecimal>,
    /// 0.01 is one percent.
    #[serde(rename = "return")]
    #[ts(type = "string | null")]
    pub earned: Option<SerialDecimal>,
    /// The deepest of its days, 0 to −1.
    #[ts(type = "string | null")]
    pub drawdown: Option<SerialDecimal>,
    /// Fills that bought.
    pub buys: u32,
    /// Fills that sold.
    pub sells: u32,
}

/// The same money in the coins, held, without fees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestHold {
    /// AUD at the end.
    pub final_equity: MetricView,
    /// 0.01 is one percent.
    #[serde(rename = "return")]
    pub earned: MetricView,
}

/// `omc backtest`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BacktestView {
    /// The strategy.
    pub strategy: String,
    /// The number of its code.
    pub code: u32,
    /// All its parameters.
    pub params: BTreeMap<String, String>,
    /// Its coins.
    pub coins: Vec<BacktestCoin>,
    /// The beginning of the first bar traded over.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The end of the last.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Where its days and months begin.
    pub timezone: String,
    /// `next_open` or `close`: the price an order decided at a close met.
    pub execution: String,
    /// `book`, `instant` or `resting`.
    pub orders_as: String,
    /// What trading cost.
    pub costs: BacktestCosts,
    /// `wide` or `paper`.
    pub limits_of: String,
    /// Every limit of the gate, by name.
    #[ts(type = "{ [key in string]?: string | null }")]
    pub limits: BTreeMap<String, Option<SerialDecimal>>,
    /// Bars traded over, of all coins.
    #[ts(type = "number")]
    pub bars: u64,
    /// Orders that reached the gate.
    #[ts(type = "number")]
    pub orders: u64,
    /// Fills.
    #[ts(type = "number")]
    pub fills: u64,
    /// AUD at the beginning.
    #[ts(type = "string")]
    pub initial_cash: SerialDecimal,
    /// That and everything paid in later, less what was taken out.
    #[ts(type = "string")]
    pub paid_in: SerialDecimal,
    /// Cash and what is held, at the last bid.
    #[ts(type = "string")]
    pub final_equity: SerialDecimal,
    /// Cash alone.
    #[ts(type = "string")]
    pub final_cash: SerialDecimal,
    /// What was made of the money paid in: 0.01 is one percent. With money coming and going, the chained daily returns.
    #[serde(rename = "return")]
    #[ts(type = "string | null")]
    pub earned: Option<SerialDecimal>,
    /// The deepest fall between the ends of any two bars, 0 to −1.
    #[ts(type = "string | null")]
    pub max_drawdown: Option<SerialDecimal>,
    /// Of a year; null when it can't be told.
    #[ts(type = "string | null")]
    pub sharpe: Option<SerialDecimal>,
    /// Why there is none: `too_few_days` …
    pub sharpe_reason: Option<String>,
    /// How it is made.
    pub sharpe_basis: String,
    /// AUD.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
    /// Bought and sold, AUD before fees.
    pub turnover: MetricView,
    /// Mean share of the equity in coins, at the ends of bars.
    #[ts(type = "string | null")]
    pub exposure: Option<SerialDecimal>,
    /// Share of the ends of bars with something held.
    #[ts(type = "string | null")]
    pub time_in_market: Option<SerialDecimal>,
    /// The books' figures, by name, as those of `omc equity`.
    pub metrics: BTreeMap<String, MetricView>,
    /// Holding instead.
    pub buy_and_hold: BacktestHold,
    /// Every fill, in the order of time.
    pub trades: Vec<BacktestTrade>,
    /// Month by month.
    pub months: Vec<BacktestMonth>,
    /// Equity along the way, at most two thousand points evenly apart.
    pub equity: Vec<BacktestPoint>,
    /// What was refused, by code.
    pub refused: Vec<BacktestRefused>,
    /// What the last bars said.
    pub unexecuted: Vec<BacktestLeft>,
    /// Missing candles: the first hundred stretches.
    pub gaps: Vec<BacktestGap>,
    /// Stretches in all.
    #[ts(type = "number")]
    pub gap_count: u64,
    /// Missing candles in all.
    #[ts(type = "number")]
    pub missing: u64,
    /// Orders that met the market only after such a stretch.
    #[ts(type = "number")]
    pub late: u64,
    /// Said of every percentage that rests on fewer than thirty sales; null when there are more.
    pub note: Option<String>,
    /// What else a reader should know first.
    pub notes: Vec<String>,
}
