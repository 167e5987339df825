//! Training a model: what is asked, what it came to where it was not trained, and the models there are.

use super::{TruthControl, TruthFigures, TruthReason};
use crate::dto::MetricView;
use domain::{Coin, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What to learn, from what, and how. What is not said is as the words say.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct TrainRequest {
    /// `logistic`, `boosting`, `forest` or `ridge`.
    pub model: String,
    /// Ticker.
    pub coin: String,
    /// `1m` … `1d`.
    pub interval: String,
    /// Date or RFC 3339 time of the first candle; the first there is without.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside; now without.
    #[ts(optional)]
    pub to: Option<String>,
    /// Zone of plain dates; the workspace's without.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// `direction` (without), `triple_barrier` or `quantile`.
    #[ts(optional)]
    pub label: Option<String>,
    /// Candles a label looks ahead; 24 without.
    #[ts(optional)]
    pub horizon: Option<u32>,
    /// The upper barrier: `150bps`, or `1.5s` in deviations; `1s` without.
    #[ts(optional)]
    pub take: Option<String>,
    /// The lower barrier, likewise.
    #[ts(optional)]
    pub stop: Option<String>,
    /// Of a quantile label, from 0.01 to 0.99; 0.7 without.
    #[ts(optional)]
    pub above: Option<f64>,
    /// The fee of each side in hundredths of a percent; 10 without.
    #[ts(optional)]
    pub fee_bps: Option<u32>,
    /// Between bid and ask in hundredths of a percent; 0 without.
    #[ts(optional)]
    pub spread_bps: Option<u32>,
    /// Columns by name, or one of `price`, `ledger` and `all`; `price` without. What learns from the ledgers can't trade.
    #[ts(optional, as = "Option<Vec<String>>")]
    pub features: Vec<String>,
    /// Tests over the later half of the samples; 5 without.
    #[ts(optional)]
    pub folds: Option<u32>,
    /// Samples left out before each test; a hundredth of all without.
    #[ts(optional)]
    pub embargo: Option<u32>,
    /// Every training is as long as the first, instead of beginning with the first sample.
    #[ts(optional, as = "Option<bool>")]
    pub rolling: bool,
    /// `none` (without), `grid`, `random` or `bayes`.
    #[ts(optional)]
    pub search: Option<String>,
    /// Fits of each search; 20 without.
    #[ts(optional)]
    pub budget: Option<u32>,
    /// Settings of the learner by name.
    #[ts(optional, as = "Option<BTreeMap<String, f64>>")]
    pub settings: BTreeMap<String, f64>,
    /// Values of settings for a search by grid; evenly spread without.
    #[ts(optional, as = "Option<BTreeMap<String, Vec<f64>>>")]
    pub grid: BTreeMap<String, Vec<f64>>,
    /// The rarer class weighs as much as the other.
    #[ts(optional, as = "Option<bool>")]
    pub balanced: bool,
    /// `none`, `platt` (without) or `isotonic`.
    #[ts(optional)]
    pub calibration: Option<String>,
    /// It buys from here on: a chance, or a return; 0.55 or 0 without.
    #[ts(optional)]
    pub enter: Option<f64>,
    /// It sells below: a chance, or a return; 0.45, or what the costs are below 0, without.
    #[ts(optional)]
    pub exit: Option<f64>,
    /// Shuffles of the labels, and of each column; 5 without.
    #[ts(optional)]
    pub controls: Option<u32>,
    /// Of everything that is drawn; 1 without.
    #[ts(optional, type = "number")]
    pub seed: Option<u64>,
}

/// A figure, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainFigure {
    /// The figure.
    pub value: Option<f64>,
    /// The code of why there is none.
    pub reason: Option<String>,
}

/// How well up was told from the rest.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainMeasures {
    /// Predictions.
    #[ts(type = "number")]
    pub samples: u64,
    /// Those that were up.
    #[ts(type = "number")]
    pub ups: u64,
    /// Those it said are up.
    #[ts(type = "number")]
    pub said: u64,
    /// The share that was right.
    pub accuracy: TrainFigure,
    /// Of those it said are up, the share that was.
    pub precision: TrainFigure,
    /// Of those that were up, the share it said.
    pub recall: TrainFigure,
    /// The harmonic mean of the two.
    pub f1: TrainFigure,
    /// The chance that one that was up scored above one that wasn't; 0.5 is nothing.
    pub roc_auc: TrainFigure,
    /// Average precision.
    pub pr_auc: TrainFigure,
    /// Mean squared error of the chances.
    pub brier: TrainFigure,
    /// The same before calibration.
    pub brier_raw: TrainFigure,
    /// Mean log loss of the chances.
    pub log_loss: TrainFigure,
    /// The same before calibration.
    pub log_loss_raw: TrainFigure,
}

/// How far returns were from what was said.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainErrors {
    /// Root of the mean squared error.
    pub rmse: TrainFigure,
    /// Mean error, without sign.
    pub mae: TrainFigure,
    /// The share of the variation that is explained; below 0 it is worse than the mean.
    pub r2: TrainFigure,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainFold {
    /// The beginning of its first candle.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The close of its last.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Samples it was trained on.
    #[ts(type = "number")]
    pub trained: u64,
    /// Settings, as they were chosen before it.
    pub settings: BTreeMap<String, f64>,
    /// Settings tried for it.
    #[ts(type = "number")]
    pub tried: u64,
    /// How it went.
    pub measures: TrainMeasures,
    /// What trading it came to; null where it can't trade.
    pub trading: Option<TruthFigures>,
}

/// Who knows nothing, on the same samples.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainBaseline {
    /// `majority` or `previous`.
    pub name: String,
    /// What it says.
    pub words: String,
    /// How it went.
    pub measures: TrainMeasures,
}

/// Chances of a range, and how often they came true.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainBin {
    /// Chances from here on.
    pub from: f64,
    /// Up to here.
    pub to: f64,
    /// The mean chance that was said.
    pub said: f64,
    /// The share that came true.
    pub came: f64,
    /// Predictions.
    #[ts(type = "number")]
    pub samples: u64,
}

/// What trading the predictions came to, test after test, through the order path of a backtest.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainTrading {
    /// All tests as one record.
    pub all: TruthFigures,
    /// The probability that its Sharpe ratio is above 0.
    pub probabilistic_sharpe: MetricView,
    /// The same against the luckiest of all trials ever made on this data.
    pub deflated_sharpe: MetricView,
    /// Its own times in and out, mixed up.
    pub control: TruthControl,
}

/// What a model came to where it was not trained.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainOutOfSample {
    /// All predictions.
    pub measures: TrainMeasures,
    /// How likely luck tells up from the rest as well; labels that overlap count as one. Null with a reason.
    pub luck: TrainFigure,
    /// Of a learner that says returns; null of others.
    pub errors: Option<TrainErrors>,
    /// Who knows nothing.
    pub baselines: Vec<TrainBaseline>,
    /// Chances by tenths; empty where it says returns.
    pub calibration: Vec<TrainBin>,
    /// Test by test.
    pub tests: Vec<TrainFold>,
    /// What trading came to; null where it can't trade.
    pub trading: Option<TrainTrading>,
    /// The code of why it can't.
    pub trading_reason: Option<String>,
}

/// What a column is worth out of sample.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainImportance {
    /// The column.
    pub feature: String,
    /// What is lost when it is shuffled: of the area under the curve, or, where it says returns, of the error.
    pub mean: f64,
    /// The deviation over tests and shuffles.
    pub spread: f64,
    /// How many of them.
    #[ts(type = "number")]
    pub measured: u64,
}

/// How learning from shuffled labels went.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainControl {
    /// Whether nothing was found where there was nothing.
    pub clean: bool,
    /// The mean area under the curve; a half is nothing.
    pub mean: f64,
    /// How far from a half luck alone may take it.
    pub allowed: f64,
    /// Tests over shuffled labels.
    #[ts(type = "number")]
    pub measured: u64,
    /// In words.
    pub words: String,
}

/// From what it was learned.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainData {
    /// The coin.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The length of the candles.
    pub interval: String,
    /// The beginning of the first sample's candle.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The close of the last sample's candle.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Candles that have a row.
    #[ts(type = "number")]
    pub rows: u64,
    /// Samples that are left.
    #[ts(type = "number")]
    pub samples: u64,
    /// Rows that were left out, by reason.
    #[ts(type = "Record<string, number>")]
    pub left: BTreeMap<String, u64>,
    /// Columns it learned from.
    pub features: Vec<String>,
    /// Columns that are absent in every row.
    pub absent: Vec<String>,
    /// Columns that are the same in every row.
    pub constant: Vec<String>,
    /// The hash of the candles.
    pub data: String,
}

/// What a training came to. What was not used for choosing comes first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct TrainView {
    /// `leaks`, `no_edge`, `unproven` or `edge`.
    pub verdict: String,
    /// In words.
    pub words: String,
    /// What speaks against it.
    pub reasons: Vec<TruthReason>,
    /// Where it was not trained.
    pub out_of_sample: TrainOutOfSample,
    /// Labels that mean nothing.
    pub control: TrainControl,
    /// What columns are worth, the worthiest first.
    pub importance: Vec<TrainImportance>,
    /// Where it was trained, to be held against the above and never alone.
    pub in_sample: TrainMeasures,
    /// From what.
    pub data: TrainData,
    /// The model that was kept: learned from all samples in the same way.
    pub model: ModelRow,
    /// Settings tried, in all trainings.
    #[ts(type = "number")]
    pub trials: u64,
    /// Trials made on this data before.
    #[ts(type = "number")]
    pub earlier_trials: u64,
    /// Fits that were made.
    #[ts(type = "number")]
    pub fits: u64,
    /// Of everything that was drawn.
    #[ts(type = "number")]
    pub seed: u64,
    /// What a reader must know.
    pub notes: Vec<String>,
}

/// One model in short.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ModelRow {
    /// The hash of its file: `model:` and the first digits of it name it as a strategy.
    pub id: String,
    /// When its file was written; null when that can't be told.
    #[ts(type = "string | null")]
    pub at: Option<Timestamp>,
    /// Its file.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The code of why it can't be used; null when it can.
    pub broken: Option<String>,
    /// The code of why it can't trade; null when it can.
    pub not_live: Option<String>,
    /// What it is; null when it can't be read.
    pub about: Option<ModelAbout>,
}

/// What a model is.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ModelAbout {
    /// `logistic`, `boosting`, `forest` or `ridge`.
    pub model: String,
    /// The coin.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The length of the candles.
    pub interval: String,
    /// What it was taught.
    pub label: String,
    /// Candles that looks ahead.
    #[ts(type = "number")]
    pub horizon: u64,
    /// The beginning of the first sample's candle.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// The close of the last sample's candle.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Samples.
    #[ts(type = "number")]
    pub samples: u64,
    /// Out of sample.
    pub roc_auc: Option<f64>,
    /// Out of sample.
    pub accuracy: Option<f64>,
    /// Of who always says what was more frequent.
    pub majority_accuracy: Option<f64>,
    /// It buys from here on.
    pub enter: f64,
    /// It sells below.
    pub exit: f64,
}

/// The models of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ModelsView {
    /// All of them, the newest first.
    pub models: Vec<ModelRow>,
    /// The most there can be.
    #[ts(type = "number")]
    pub most: u64,
}

/// One model in full.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ModelView {
    /// In short.
    pub model: ModelRow,
    /// Columns it reads.
    pub features: Vec<String>,
    /// Settings of its learner.
    pub settings: BTreeMap<String, f64>,
    /// How its chances are calibrated.
    pub calibration: String,
    /// Whether the rarer class weighed as much as the other.
    pub balanced: bool,
    /// Of everything that was drawn.
    #[ts(type = "number")]
    pub seed: u64,
    /// The costs its labels knew: the fee of each side, in hundredths of a percent.
    pub fee_bps: f64,
    /// Between bid and ask, in hundredths of a percent.
    pub spread_bps: f64,
    /// The hash of the candles it learned from.
    pub candles: String,
    /// The hash of its samples.
    pub data: String,
    /// Tests it was examined in.
    #[ts(type = "number")]
    pub folds: u64,
    /// Fits that were made to find it.
    #[ts(type = "number")]
    pub fits: u64,
    /// Figures out of sample by name.
    pub evidence: BTreeMap<String, Option<f64>>,
    /// By which program, on what.
    pub environment: BTreeMap<String, String>,
    /// Its file.
    pub file: String,
    /// Algorithms that decide by it.
    pub algorithms: Vec<String>,
}

/// What a column added to what was said.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ModelContribution {
    /// The column.
    pub feature: String,
    /// Its value then.
    pub value: f64,
    /// What it added.
    pub added: f64,
}

/// Why a model says what it says at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ModelExplanation {
    /// The model.
    pub id: String,
    /// The coin.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The length of the candles.
    pub interval: String,
    /// The beginning of the candle it looks at.
    #[ts(type = "string")]
    pub candle: Timestamp,
    /// Its close: everything in here was known by then.
    #[ts(type = "string")]
    pub known_at: Timestamp,
    /// The chance of being up, or the return that it expects.
    pub says: f64,
    /// `chance` or `return`.
    pub kind: String,
    /// `enter`, `exit` or `between`.
    pub stands: String,
    /// What the learner said before calibration.
    pub score: f64,
    /// What it says of a row that nothing is known about; with all that was added it comes to the score.
    pub base: f64,
    /// What scores are counted in: `log_odds`, `chance` or `return`.
    pub unit: String,
    /// `line` (exact) or `path` (what each step down a tree changed).
    pub method: String,
    /// Whether it learned from this candle: then it says nothing about how good it is.
    pub trained_on: bool,
    /// What each column added, the largest first.
    pub contributions: Vec<ModelContribution>,
}
