//! What tools answer in short; the whole of it is the artefact.
//!
//! What is not listed here is in the artefact's bytes. Lists are bounded by [`Outcome::read`], not by whoever fills them.

use super::{BadArgs, Tool};
use crate::quoted::Quoted;
use domain::{ArtefactId, Coin, Name, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most bytes of a result.
pub const RESULT_BYTES_MAX: usize = 64 * 1024;

/// What is stored of a coin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoverageOf {
    /// The coin.
    pub coin: Coin,
    /// Candles in the window.
    pub candles: u64,
    /// The beginning of the first.
    pub from: Option<Timestamp>,
    /// The end of the last.
    pub to: Option<Timestamp>,
    /// Candles missing between the two.
    pub missing: u64,
    /// Observations that mention the coin, of all ledgers but prices.
    pub observations: u64,
}

/// Of `coverage`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Coin by coin, in the order they were asked for.
    pub coins: Vec<CoverageOf>,
}

/// A row of a ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// When it happened.
    pub at: Timestamp,
    /// Since when it is known.
    pub known_at: Timestamp,
    /// Somebody's words about it.
    pub words: Quoted,
    /// Its number, where it has one: a severity, a sentiment, a value.
    pub value: Option<f64>,
}

/// Of `query`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// The weightiest first.
    pub rows: Vec<LedgerRow>,
    /// How many there are in all.
    pub total: u64,
}

/// How far data can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Nothing there.
    NoData,
    /// Too little, or it never moves.
    Poor,
    /// With holes.
    Fair,
    /// Usable; look at the warnings.
    Warnings,
    /// Nothing to say against it.
    Good,
}

impl Grade {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NoData => "no data",
            Self::Poor => "poor",
            Self::Fair => "fair",
            Self::Warnings => "good, with warnings",
            Self::Good => "good",
        }
    }

    /// The grade of candles: fewer than thirty or prices that never move are poor, more than 5 % missing fair, anything
    /// missing a warning.
    #[must_use]
    pub fn of(candles: u64, missing: u64, moves: bool) -> Self {
        match (candles, missing) {
            (0, _) => Self::NoData,
            (..30, _) => Self::Poor,
            _ if !moves => Self::Poor,
            (_, 0) => Self::Good,
            _ if missing.saturating_mul(20) > candles.saturating_add(missing) => Self::Fair,
            _ => Self::Warnings,
        }
    }
}

/// Of `statistics`. Ratios: 0.1 is ten percent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// The coin.
    pub coin: Coin,
    /// Candles.
    pub candles: u64,
    /// Candles missing.
    pub missing: u64,
    /// The beginning of the first.
    pub from: Option<Timestamp>,
    /// The end of the last.
    pub to: Option<Timestamp>,
    /// From the first open to the last close.
    #[serde(rename = "return")]
    pub earned: Option<f64>,
    /// Of log returns, for a year.
    pub volatility: Option<f64>,
    /// The deepest fall from the highest close, 0 to −1.
    pub max_drawdown: Option<f64>,
    /// The best bar's return.
    pub best_bar: Option<f64>,
    /// When it closed.
    pub best_at: Option<Timestamp>,
    /// The worst bar's return.
    pub worst_bar: Option<f64>,
    /// When it closed.
    pub worst_at: Option<Timestamp>,
    /// Of bars' returns.
    pub skew: Option<f64>,
    /// Of bars' returns; 3 for a normal.
    pub kurtosis: Option<f64>,
    /// How returns go with the one before, −1 to 1.
    pub autocorrelation: Option<f64>,
    /// How far it can be trusted.
    pub grade: Grade,
    /// What speaks against it, in words of ours.
    pub warnings: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnOf {
    /// Its name.
    pub name: Name,
    /// Rows without it.
    pub missing: u64,
    /// The mean of the others.
    pub mean: Option<f64>,
    /// The last value.
    pub last: Option<f64>,
}

/// Of `features`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// Rows.
    pub rows: u64,
    /// Columns.
    pub columns: Vec<ColumnOf>,
}

/// A bar far from the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anomaly {
    /// When it closed.
    pub at: Timestamp,
    /// What it returned.
    #[serde(rename = "return")]
    pub earned: f64,
    /// Deviations from the mean.
    pub deviations: f64,
}

/// Of `anomalies`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Anomalies {
    /// How many there are in all.
    pub total: u64,
    /// The farthest first.
    pub bars: Vec<Anomaly>,
}

/// Two coins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// One.
    pub a: Coin,
    /// The other.
    pub b: Coin,
    /// Bars both have.
    pub bars: u64,
    /// Of returns.
    pub pearson: Option<f64>,
    /// Of their ranks.
    pub spearman: Option<f64>,
}

/// Of `correlation`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// Every pair.
    pub pairs: Vec<Pair>,
}

/// A point of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// What was swept.
    pub params: BTreeMap<String, String>,
    /// What it returned.
    #[serde(rename = "return")]
    pub earned: Option<f64>,
    /// Of a year.
    pub sharpe: Option<f64>,
    /// 0 to −1.
    pub max_drawdown: Option<f64>,
    /// Times it went in.
    pub trades: u64,
}

/// Of `sweep`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The strategy.
    pub strategy: Name,
    /// Points that ran.
    pub points: u64,
    /// All trials ever made on this data.
    pub trials: u64,
    /// The best by Sharpe ratio first; at most ten.
    pub best: Vec<Point>,
    /// The share of points that made money.
    pub winning: Option<f64>,
}

/// Of `backtest`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// The strategy.
    pub strategy: Name,
    /// All its parameters.
    pub params: BTreeMap<String, String>,
    /// Bars.
    pub bars: u64,
    /// AUD at the end.
    pub final_equity: String,
    /// AUD of fees.
    pub fees: String,
    /// What it returned.
    #[serde(rename = "return")]
    pub earned: Option<f64>,
    /// What the coin itself returned.
    pub hold: Option<f64>,
    /// Of a year.
    pub sharpe: Option<f64>,
    /// 0 to −1.
    pub max_drawdown: Option<f64>,
    /// Closed trades.
    pub trades: u64,
    /// The share of them that gained.
    pub win_rate: Option<f64>,
}

/// A check and what it came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// `passed`, `failed` or `untold`.
    pub outcome: String,
}

/// Something under other conditions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stress {
    /// Which.
    pub name: String,
    /// What it returned.
    #[serde(rename = "return")]
    pub earned: Option<f64>,
}

/// A control by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// Which.
    pub name: String,
    /// How likely chance does at least as well.
    pub p: Option<f64>,
    /// What it says, in words of ours.
    pub words: String,
}

/// Of `evaluate`. Everything but what is said to be in sample is out of sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The strategy.
    pub strategy: Name,
    /// The parameters chosen in the last training, or the given ones: what would run from here on.
    pub params: BTreeMap<String, String>,
    /// `holds_up`, `unproven`, `overfitted`, `loses` or `leaks`.
    pub verdict: String,
    /// The verdict in words of ours.
    pub words: String,
    /// What speaks against it, in words of ours.
    pub reasons: Vec<String>,
    /// Bars of all tests.
    pub bars: u64,
    /// The first bar tested.
    pub from: Option<Timestamp>,
    /// The end of the last.
    pub to: Option<Timestamp>,
    /// What it returned.
    #[serde(rename = "return")]
    pub earned: Option<f64>,
    /// What the coin itself returned.
    pub hold: Option<f64>,
    /// Of a year.
    pub sharpe: Option<f64>,
    /// 0 to −1.
    pub max_drawdown: Option<f64>,
    /// Closed trades.
    pub trades: u64,
    /// The share of them that gained: the examination's `wins` ÷ `trades`. Null when nobody counted, and then it does not pass.
    pub win_rate: Option<f64>,
    /// The probability that its Sharpe ratio is above 0.
    pub probabilistic_sharpe: Option<f64>,
    /// After all trials.
    pub deflated_sharpe: Option<f64>,
    /// All trials on this data.
    pub trials: u64,
    /// The probability that choosing chose luck.
    pub overfitting: Option<f64>,
    /// How much of what the trainings promised was left.
    pub efficiency: Option<f64>,
    /// In sample: what the choice returned where it was made.
    pub in_sample_return: Option<f64>,
    /// In sample: its Sharpe ratio of a year.
    pub in_sample_sharpe: Option<f64>,
    /// What chance would have done.
    pub controls: Vec<Control>,
    /// Under worse conditions.
    pub stress: Vec<Stress>,
    /// Whether it knew what it can't.
    pub leaks: Vec<Checked>,
    /// Whether every check passed and it decided something.
    pub leaks_clean: bool,
}

/// Of `train`. All figures out of sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The artefact of the model; a strategy `model:<artefact>`.
    pub model: ArtefactId,
    /// What learned.
    pub learner: Name,
    /// Rows.
    pub rows: u64,
    /// Rows predicted where they weren't learned from.
    pub tested: u64,
    /// Area under the ROC curve.
    pub auc: Option<f64>,
    /// Share that was right.
    pub accuracy: Option<f64>,
    /// Share the best simple guess gets right.
    pub baseline: Option<f64>,
    /// Brier score.
    pub brier: Option<f64>,
    /// The area when labels are shuffled; about a half.
    pub shuffled_auc: Option<f64>,
    /// The columns that mattered most.
    pub important: Vec<Name>,
    /// What else to know, in words of ours.
    pub notes: Vec<String>,
}

/// An artefact beside others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Which.
    pub artefact: ArtefactId,
    /// Its name.
    pub name: String,
    /// What it returned.
    #[serde(rename = "return")]
    pub earned: Option<f64>,
    /// Of a year.
    pub sharpe: Option<f64>,
    /// 0 to −1.
    pub max_drawdown: Option<f64>,
}

/// Of `compare`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// One a line.
    pub rows: Vec<Compared>,
}

/// Of `script_check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The artefact of the text, when it can be read.
    pub script: Option<ArtefactId>,
    /// What is wrong with it, where.
    pub problem: Option<Quoted>,
    /// Its parameters and their defaults.
    pub params: BTreeMap<String, String>,
}

/// Of `chart`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The picture.
    pub artefact: ArtefactId,
}

/// Of `report`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The Markdown.
    pub markdown: ArtefactId,
    /// The HTML; none when only Markdown is kept.
    pub html: Option<ArtefactId>,
    /// Sentences with a number that is in no artefact.
    pub flagged: Vec<String>,
}

/// Of `propose`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The package.
    pub package: ArtefactId,
    /// The algorithm on the Floor, a draft.
    pub algorithm: Name,
}

/// What a tool answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Of `coverage`.
    Coverage(Coverage),
    /// Of `query`.
    Rows(Rows),
    /// Of `statistics`.
    Statistics(Statistics),
    /// Of `features`.
    Features(Features),
    /// Of `anomalies`.
    Anomalies(Anomalies),
    /// Of `correlation`.
    Correlation(Correlation),
    /// Of `sweep`.
    Sweep(Sweep),
    /// Of `backtest`.
    Backtest(Backtest),
    /// Of `evaluate`.
    Evaluation(Box<Evaluation>),
    /// Of `train`.
    Training(Training),
    /// Of `compare`.
    Comparison(Comparison),
    /// Of `script_check`.
    Script(Script),
    /// Of `chart`.
    Kept(Kept),
    /// Of `report`.
    Reported(Reported),
    /// Of `propose`.
    Proposed(Proposed),
}

impl Outcome {
    /// Reads the result of a tool, held to its bounds.
    ///
    /// # Errors
    /// [`BadArgs`] when it is no result of that tool, or too large.
    pub fn read(tool: &Tool, json: &str) -> Result<Self, BadArgs> {
        let name = tool.name();
        if json.len() > RESULT_BYTES_MAX {
            let what = format!("its result has {} bytes, and {RESULT_BYTES_MAX} are kept at most", json.len());
            return Err(BadArgs { tool: name, what });
        }
        let read = match tool {
            Tool::Coverage(_) => serde_json::from_str(json).map(Self::Coverage),
            Tool::Query(_) => serde_json::from_str(json).map(Self::Rows),
            Tool::Statistics(_) => serde_json::from_str(json).map(Self::Statistics),
            Tool::Features(_) => serde_json::from_str(json).map(Self::Features),
            Tool::Anomalies(_) => serde_json::from_str(json).map(Self::Anomalies),
            Tool::Correlation(_) => serde_json::from_str(json).map(Self::Correlation),
            Tool::Sweep(_) => serde_json::from_str(json).map(Self::Sweep),
            Tool::Backtest(_) => serde_json::from_str(json).map(Self::Backtest),
            Tool::Evaluate(_) => serde_json::from_str(json).map(Self::Evaluation),
            Tool::Train(_) => serde_json::from_str(json).map(Self::Training),
            Tool::Compare(_) => serde_json::from_str(json).map(Self::Comparison),
            Tool::ScriptCheck(_) => serde_json::from_str(json).map(Self::Script),
            Tool::Chart(_) => serde_json::from_str(json).map(Self::Kept),
            Tool::Report(_) => serde_json::from_str(json).map(Self::Reported),
            Tool::Propose(_) => serde_json::from_str(json).map(Self::Proposed),
        };
        read.map_err(|error| BadArgs {
            tool: name,
            what: format!("its result can't be read: {}", super::cut(&error.to_string())),
        })
    }

    /// As a fact keeps it.
    #[must_use]
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
