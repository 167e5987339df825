//! Whether a strategy holds up: what is asked, and what was found. What was not used for choosing comes first.

use super::{BacktestRequest, MetricView, SerialDecimal};
use domain::{Coin, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What to examine, and how hard. What is not said is as the words say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct EvaluateRequest {
    /// The run: one coin, no deposits, at the next open.
    pub run: BacktestRequest,
    /// Parameters to choose among, as `fast=5..50:5`; none when the parameters are given and not chosen.
    pub grid: Vec<String>,
    /// Tests of the walk forward; 5 without.
    #[ts(optional)]
    pub tests: Option<u32>,
    /// Every training is as long as the first, instead of beginning with the first bar.
    pub rolling: bool,
    /// Bars left out between a training and its test; a hundredth of all without.
    #[ts(optional)]
    pub embargo_bars: Option<u32>,
    /// Runs of each control, 19 to 999; 99 without.
    #[ts(optional)]
    pub controls: Option<u32>,
    /// Controls keep the choices made on the real bars: quicker, and kinder to a choice.
    #[ts(optional, as = "Option<bool>")]
    pub keep_choices: bool,
    /// Costs to look at one by one beside the usual stresses, as `fee_bps=0,10,50`; also `spread_bps`, `slippage_bps` and
    /// `latency_bars`.
    #[ts(optional, as = "Option<Vec<String>>")]
    pub stress: Vec<String>,
    /// Bars of a block that is shuffled; 5 without.
    #[ts(optional)]
    pub block_bars: Option<u32>,
    /// Draws of the bootstrap, 100 to 10,000; 1,000 without.
    #[ts(optional)]
    pub draws: Option<u32>,
    /// Of everything that is drawn; 1 without.
    #[ts(optional, type = "number")]
    pub seed: Option<u64>,
}

/// Something that speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthReason {
    /// The stable code.
    pub code: String,
    /// In words.
    pub words: String,
    /// The best verdict it leaves.
    pub verdict: String,
}

/// A run in short. Ratios; 0.1 is ten percent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthFigures {
    /// Bars.
    #[ts(type = "number")]
    pub bars: u64,
    /// What it returned.
    #[serde(rename = "return")]
    #[ts(type = "string | null")]
    pub earned: Option<SerialDecimal>,
    /// What the coin returned, from the first open to the last close.
    #[ts(type = "string | null")]
    pub hold: Option<SerialDecimal>,
    /// Of a year, from bars' returns.
    pub sharpe: MetricView,
    /// 0 to −1.
    #[ts(type = "string | null")]
    pub max_drawdown: Option<SerialDecimal>,
    /// Share of bars with coins.
    #[ts(type = "string | null")]
    pub exposure: Option<SerialDecimal>,
    /// Times it went in and out again.
    #[ts(type = "number")]
    pub trades: u64,
    /// Of them, those that gained.
    #[ts(type = "number")]
    pub wins: u64,
    /// That it rests on few trades.
    pub note: Option<String>,
}

/// Two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthBand {
    /// The lower.
    #[ts(type = "string | null")]
    pub low: Option<SerialDecimal>,
    /// The upper.
    #[ts(type = "string | null")]
    pub high: Option<SerialDecimal>,
}

/// How far it could have come out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthIntervals {
    /// Of the return.
    #[serde(rename = "return")]
    pub earned: TruthBand,
    /// Of the Sharpe ratio of a year.
    pub sharpe: TruthBand,
    /// Of the deepest fall, 0 to −1.
    pub max_drawdown: TruthBand,
    /// The share of draws that lost.
    #[ts(type = "string | null")]
    pub loss: Option<SerialDecimal>,
    /// The share of draws between the ends.
    #[ts(type = "string | null")]
    pub level: Option<SerialDecimal>,
    /// Draws.
    #[ts(type = "number")]
    pub draws: u64,
    /// The mean length of a block, in bars.
    #[ts(type = "number")]
    pub block_bars: u64,
}

/// Its trades in other orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthReshuffled {
    /// The deepest fall between trades as it was, 0 to −1.
    #[ts(type = "string | null")]
    pub max_drawdown: Option<SerialDecimal>,
    /// The middle of other orders.
    #[ts(type = "string | null")]
    pub median: Option<SerialDecimal>,
    /// What nineteen of twenty orders stay within.
    #[ts(type = "string | null")]
    pub bad: Option<SerialDecimal>,
    /// The share of orders that fell deeper.
    #[ts(type = "string | null")]
    pub deeper: Option<SerialDecimal>,
    /// Trades.
    #[ts(type = "number")]
    pub trades: u64,
    /// Orders.
    #[ts(type = "number")]
    pub orders: u64,
}

/// One test of the walk forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthFold {
    /// The first bar tested.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The end of the last.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// What the choice did there.
    pub out_of_sample: TruthFigures,
    /// The choice.
    pub params: BTreeMap<String, String>,
    /// The Sharpe ratio of a year it had shown in the training.
    #[ts(type = "string | null")]
    pub in_sample_sharpe: Option<SerialDecimal>,
    /// Bars of the training.
    #[ts(type = "number")]
    pub trained_bars: u64,
}

/// What choices did where they weren't made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthOutOfSample {
    /// All tests as one record.
    pub all: TruthFigures,
    /// The probability that its Sharpe ratio is above 0.
    pub probabilistic_sharpe: MetricView,
    /// Bars it takes to be 95 % confident of that.
    pub minimum_record_bars: MetricView,
    /// How much was left of the Sharpe ratio the choices had shown in their trainings; 1 is all.
    pub efficiency: MetricView,
    /// The skew of its bars' returns.
    pub skew: MetricView,
    /// Their kurtosis; 3 for a normal.
    pub kurtosis: MetricView,
    /// How far it could have come out otherwise; null with a reason.
    pub intervals: Option<TruthIntervals>,
    /// Why there are none.
    pub intervals_reason: Option<String>,
    /// Its trades in other orders; null with a reason.
    pub reshuffled: Option<TruthReshuffled>,
    /// Why there are none.
    pub reshuffled_reason: Option<String>,
    /// Test by test.
    pub tests: Vec<TruthFold>,
}

/// What chance would have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthControl {
    /// `shuffled_dates` or `permuted_signals`.
    pub kind: String,
    /// `timing`, `chance` or `no_profit`; null with a reason.
    pub verdict: Option<String>,
    /// Why there is none.
    pub reason: Option<String>,
    /// In words.
    pub words: String,
    /// What it returned.
    #[serde(rename = "return")]
    #[ts(type = "string | null")]
    pub earned: Option<SerialDecimal>,
    /// What the middle control returned.
    #[ts(type = "string | null")]
    pub median: Option<SerialDecimal>,
    /// The share of controls it beat, ties by half.
    #[ts(type = "string | null")]
    pub percentile: Option<SerialDecimal>,
    /// How likely chance does at least as well.
    #[ts(type = "string | null")]
    pub p: Option<SerialDecimal>,
    /// Controls.
    #[ts(type = "number")]
    pub controls: u64,
    /// Whether it was free to choose parameters, as the real run was.
    pub chosen_anew: bool,
}

/// A result under worse conditions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthStress {
    /// `fees_twice`, `spread_20_bps`, `one_bar_late`, `bars_missing`, `all_at_once`.
    pub name: String,
    /// What became of it.
    pub figures: TruthFigures,
    /// Its return less that under the conditions asked for.
    #[ts(type = "string | null")]
    pub change: Option<SerialDecimal>,
}

/// What it did while the market did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthRegime {
    /// `rising`, `falling`, `flat`; `calm`, `wild`.
    pub name: String,
    /// Bars.
    #[ts(type = "number")]
    pub bars: u64,
    /// What it returned.
    #[serde(rename = "return")]
    #[ts(type = "string | null")]
    pub earned: Option<SerialDecimal>,
    /// What the coin returned.
    #[ts(type = "string | null")]
    pub hold: Option<SerialDecimal>,
    /// Of a year.
    pub sharpe: MetricView,
}

/// What is left of a Sharpe ratio after all trials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthDeflated {
    /// The probability that it is more than the luckiest of all trials would show.
    pub probability: MetricView,
    /// The Sharpe ratio of a year the luckiest would show.
    #[ts(type = "string | null")]
    pub to_beat: Option<SerialDecimal>,
    /// All trials on this data, these included.
    #[ts(type = "number")]
    pub trials: u64,
    /// Of them, made before.
    #[ts(type = "number")]
    pub earlier_trials: u64,
    /// `measured` from the trials, or `null_hypothesis` where not all are known.
    pub spread: Option<String>,
}

/// How choosing the best fared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthOverfitting {
    /// The probability that the best comes out in the worse half where it wasn't chosen.
    #[ts(type = "string | null")]
    pub probability: Option<SerialDecimal>,
    /// That it loses there.
    #[ts(type = "string | null")]
    pub loss: Option<SerialDecimal>,
    /// Its middle rank there; 1 is the best.
    #[ts(type = "string | null")]
    pub rank: Option<SerialDecimal>,
    /// Its mean Sharpe ratio of a year there.
    #[ts(type = "string | null")]
    pub out_of_sample_sharpe: Option<SerialDecimal>,
    /// And where it was chosen.
    #[ts(type = "string | null")]
    pub in_sample_sharpe: Option<SerialDecimal>,
    /// Ways to halve the record.
    #[ts(type = "number")]
    pub choices: u64,
    /// Trials.
    #[ts(type = "number")]
    pub trials: u64,
}

/// Scores over two parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthMap {
    /// The parameter down.
    pub down: String,
    /// Its values.
    pub rows: Vec<String>,
    /// The parameter across.
    pub across: String,
    /// Its values.
    pub columns: Vec<String>,
    /// Sharpe ratios of a year, row by row; null where there is no such point.
    #[ts(type = "Array<Array<string | null>>")]
    pub cells: Vec<Vec<Option<SerialDecimal>>>,
    /// Row of the choice.
    #[ts(type = "number")]
    pub row: u64,
    /// Column of the choice.
    #[ts(type = "number")]
    pub column: u64,
}

/// A choice and what surrounds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthStability {
    /// In words.
    pub words: String,
    /// How much of its score the neighbours keep in the mean; 1 is all.
    pub kept: MetricView,
    /// The Sharpe ratio of a year of the worst neighbour.
    #[ts(type = "string | null")]
    pub worst: Option<SerialDecimal>,
    /// Neighbours.
    #[ts(type = "number")]
    pub neighbours: u64,
    /// Scores over the first two parameters that vary.
    pub map: Option<TruthMap>,
}

/// The best point over all bars, or the given one: flattered by having been chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthInSample {
    /// Which.
    pub params: BTreeMap<String, String>,
    /// Whether it was chosen among several.
    pub chosen: bool,
    /// What it did.
    pub all: TruthFigures,
    /// The probability that its Sharpe ratio is above 0, had it been the only trial.
    pub probabilistic_sharpe: MetricView,
    /// After all trials.
    pub deflated: TruthDeflated,
    /// How likely choosing chose luck; null with a reason.
    pub overfitting: Option<TruthOverfitting>,
    /// Why there is none.
    pub overfitting_reason: Option<String>,
    /// What surrounds it.
    pub stability: Option<TruthStability>,
}

/// One look-ahead check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthCheck {
    /// `repeat`, `truncate`, `poison` or `shift`.
    pub name: String,
    /// `passed`, `failed`, or `untold` because it doesn't repeat itself.
    pub outcome: String,
    /// Bars compared.
    #[ts(type = "number")]
    pub compared: u64,
    /// The close where it differs first.
    #[ts(type = "string | null")]
    pub at: Option<Timestamp>,
    /// What it said.
    pub said: Option<String>,
    /// What it said instead.
    pub instead: Option<String>,
    /// What failing means.
    pub words: Option<String>,
}

/// Whether it knew what it can't.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TruthLeaks {
    /// Whether it decided something and every check passed.
    pub clean: bool,
    /// Bars it was asked about.
    #[ts(type = "number")]
    pub bars: u64,
    /// Decisions it made.
    #[ts(type = "number")]
    pub decisions: u64,
    /// Each check.
    pub checks: Vec<TruthCheck>,
    /// Why there are none.
    pub reason: Option<String>,
}

/// The whole examination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EvaluateView {
    /// `holds_up`, `unproven`, `overfitted`, `loses` or `leaks`.
    pub verdict: String,
    /// In words.
    pub words: String,
    /// What speaks against it.
    pub reasons: Vec<TruthReason>,
    /// What choices did where they weren't made.
    pub out_of_sample: TruthOutOfSample,
    /// What chance would have done there.
    pub controls: Vec<TruthControl>,
    /// Worse conditions there.
    pub stress: Vec<TruthStress>,
    /// What the market was doing there; empty with a reason.
    pub regimes: Vec<TruthRegime>,
    /// Why there are none.
    pub regimes_reason: Option<String>,
    /// What the choice showed where it was made.
    pub in_sample: TruthInSample,
    /// Whether it knew what it can't.
    pub leaks: TruthLeaks,
    /// The strategy.
    pub strategy: String,
    /// The number of its code.
    pub code: u32,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The length of its bars.
    pub interval: String,
    /// The first bar examined.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The end of the last.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Where orders met the market.
    pub execution: String,
    /// Points that were tried now.
    #[ts(type = "number")]
    pub points: u64,
    /// How Sharpe ratios are made yearly.
    pub sharpe_basis: String,
    /// What was drawn from.
    #[ts(type = "number")]
    pub seed: u64,
    /// What else to know.
    pub notes: Vec<String>,
}
