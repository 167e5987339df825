//! What a session can do: the whole list.
//!
//! | tool | does | result |
//! |---|---|---|
//! | `coverage` | which candles and observations are stored of these coins | [`Coverage`] |
//! | `query` | rows of a ledger as they were known at a moment | [`Rows`] |
//! | `statistics` | one coin's candles in numbers, and how far they can be trusted | [`Statistics`] |
//! | `features` | the table a model would learn from, as of each close | [`Features`] |
//! | `anomalies` | bars far from the others | [`Anomalies`] |
//! | `correlation` | how coins' returns go together | [`Correlation`] |
//! | `sweep` | one strategy at the points of a grid | [`Sweep`] |
//! | `backtest` | one strategy once | [`Backtest`] |
//! | `evaluate` | the walk-forward examination | [`Evaluation`] |
//! | `train` | a model, walk-forward | [`Training`] |
//! | `compare` | artefacts of this session side by side | [`Comparison`] |
//! | `script_check` | whether a Starlark strategy can be read; keeps it | [`Script`] |
//! | `chart` | a picture of an artefact of this session | [`Kept`] |
//! | `report` | the session's report, kept as Markdown and HTML | [`Reported`] |
//! | `propose` | a sealed package for the Floor, as a draft that trades nothing | [`Proposed`] |
//!
//! A script that was checked runs through `backtest` and `evaluate` as the strategy `script:<artefact>`, and a model as
//! `model:<artefact>`. Asking a person and noting something are actions of whoever thinks ([`crate::Action`]), not tools.
//!
//! Invariants: none can trade, read a secret, or touch a file or the network; arguments are held to bounds before a call is
//! kept ([`Tool::check`]), results before they are ([`Outcome::read`]). Every tool reads, or writes by content: run again
//! after a crash, it leaves what one run leaves. Ratios are f64; AUD are decimal strings. What is missing is null.

mod results;
mod schema;

pub use results::*;
pub use schema::{Declared, declared};

use domain::session::Stage;
use domain::{ArtefactId, Coin, Decimal, Interval, Name, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Coins of one call.
pub const COINS_MAX: usize = 10;
/// Points of one sweep.
pub const POINTS_MAX: u64 = 2_000;
/// Rows of one query.
pub const ROWS_MAX: u32 = 50;
/// Characters of a script.
pub const SCRIPT_CHARS_MAX: usize = 20_000;
const AXES_MAX: usize = 4;
const AXIS_CHARS_MAX: usize = 200;
const PARAMETERS_MAX: usize = 16;
/// Tests of one walk forward.
pub const TESTS_MAX: u32 = 20;
const HORIZON_MAX: u32 = 1_000;
/// Why a call's arguments are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{tool}: {what}")]
pub struct BadArgs {
    /// The tool.
    pub tool: &'static str,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// A stretch of one coin's candles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The coin.
    pub coin: Coin,
    /// The length of a candle.
    pub interval: Interval,
    /// The first moment.
    pub from: Timestamp,
    /// The end, itself outside.
    pub to: Timestamp,
}

/// A ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ledger {
    /// Protocol fundamentals.
    Glass,
    /// News and mood.
    Human,
    /// Discrete events.
    Catalyst,
    /// Prices.
    Exchange,
}

/// Arguments of `coverage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageArgs {
    /// Which coins.
    pub coins: Vec<Coin>,
    /// The length of a candle.
    pub interval: Interval,
    /// The first moment.
    pub from: Timestamp,
    /// The end, itself outside.
    pub to: Timestamp,
}

/// Arguments of `query`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryArgs {
    /// Which ledger.
    pub ledger: Ledger,
    /// About these coins; all when empty.
    pub coins: Vec<Coin>,
    /// As it was known then.
    pub as_of: Timestamp,
    /// What happened from here on …
    pub from: Timestamp,
    /// … until here, itself outside.
    pub to: Timestamp,
    /// Rows at most, the weightiest first.
    pub limit: u32,
}

/// Arguments of `anomalies`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnomaliesArgs {
    /// Where to look.
    pub window: Window,
    /// Deviations from where on a bar counts; the rule of three when unsure.
    pub deviations: f64,
}

/// Arguments of `features`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeaturesArgs {
    /// Of which candles.
    pub window: Window,
    /// Which columns; all when empty.
    pub columns: Vec<Name>,
}

/// Arguments of `correlation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrelationArgs {
    /// Two coins or more.
    pub coins: Vec<Coin>,
    /// The length of a candle.
    pub interval: Interval,
    /// The first moment.
    pub from: Timestamp,
    /// The end, itself outside.
    pub to: Timestamp,
}

/// A strategy with what trading it costs, over one window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunArgs {
    /// A strategy there is, `script:<artefact>` or `model:<artefact>`.
    pub strategy: Name,
    /// Parameters that are set.
    pub params: BTreeMap<String, String>,
    /// Over what.
    pub window: Window,
    /// AUD to begin with.
    #[serde(with = "aud")]
    pub cash: Decimal,
    /// The fee in hundredths of a percent.
    pub fee_bps: u32,
    /// Between bid and ask, in hundredths of a percent.
    pub spread_bps: u32,
}

/// Arguments of `sweep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepArgs {
    /// What is run at each point.
    pub run: RunArgs,
    /// `fast=5..50:5` or `slow=50,100`.
    pub grid: Vec<String>,
}

/// Arguments of `evaluate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluateArgs {
    /// What is examined.
    pub run: RunArgs,
    /// Parameters to choose among; empty when they are given.
    pub grid: Vec<String>,
    /// Tests of the walk forward.
    pub tests: u32,
    /// Bars between a training and its test; none for the usual.
    pub embargo_bars: Option<u32>,
    /// Of everything that is drawn.
    pub seed: u64,
}

/// What learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Learner {
    /// Logistic regression.
    Logistic,
    /// Boosted trees.
    Boosting,
    /// A forest.
    Forest,
    /// Ridge regression.
    Ridge,
}

impl Learner {
    /// All.
    pub const ALL: [Self; 4] = [Self::Logistic, Self::Boosting, Self::Forest, Self::Ridge];

    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Boosting => "boosting",
            Self::Forest => "forest",
            Self::Ridge => "ridge",
        }
    }

    /// The learner of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|learner| learner.as_str() == text)
    }
}

/// Arguments of `train`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainArgs {
    /// What learns.
    pub learner: Learner,
    /// From what.
    pub window: Window,
    /// `direction`, `triple_barrier` or `quantile`.
    pub label: Name,
    /// Bars ahead.
    pub horizon: u32,
    /// Which columns; all that there are when empty.
    pub features: Vec<Name>,
    /// Folds of the walk forward.
    pub folds: u32,
    /// The fee in hundredths of a percent.
    pub fee_bps: u32,
    /// Of everything that is drawn.
    pub seed: u64,
}

/// Arguments of `compare`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareArgs {
    /// Which artefacts.
    pub artefacts: Vec<ArtefactId>,
}

/// Arguments of `script_check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptArgs {
    /// The Starlark text.
    pub text: String,
}

/// Arguments of `chart`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartArgs {
    /// Of which artefact.
    pub of: ArtefactId,
    /// The title.
    pub title: String,
}

/// Arguments of `report`: it is written from the session itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportArgs {}

/// Arguments of `propose`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProposeArgs {
    /// The evaluation that speaks for it.
    pub evaluation: ArtefactId,
    /// The run as it was examined, with the parameters that were chosen last.
    pub run: RunArgs,
    /// The algorithm's name.
    pub name: Name,
    /// Percent of the capital it may use.
    pub capital_pct: u32,
    /// Days on paper first.
    pub paper_days: u32,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "tool", content = "args", rename_all = "snake_case")]
pub enum Tool {
    /// Which candles and observations are stored.
    Coverage(CoverageArgs),
    /// Rows of a ledger.
    Query(QueryArgs),
    /// Candles in numbers.
    Statistics(Window),
    /// The table a model would learn from.
    Features(FeaturesArgs),
    /// Bars far from the others.
    Anomalies(AnomaliesArgs),
    /// How coins go together.
    Correlation(CorrelationArgs),
    /// One strategy at many settings.
    Sweep(SweepArgs),
    /// One strategy once.
    Backtest(RunArgs),
    /// The examination.
    Evaluate(EvaluateArgs),
    /// A model.
    Train(TrainArgs),
    /// Artefacts side by side.
    Compare(CompareArgs),
    /// A strategy as a script.
    ScriptCheck(ScriptArgs),
    /// A picture.
    Chart(ChartArgs),
    /// The report.
    Report(ReportArgs),
    /// A package for the Floor.
    Propose(ProposeArgs),
}

impl Tool {
    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Coverage(_) => "coverage",
            Self::Query(_) => "query",
            Self::Statistics(_) => "statistics",
            Self::Features(_) => "features",
            Self::Anomalies(_) => "anomalies",
            Self::Correlation(_) => "correlation",
            Self::Sweep(_) => "sweep",
            Self::Backtest(_) => "backtest",
            Self::Evaluate(_) => "evaluate",
            Self::Train(_) => "train",
            Self::Compare(_) => "compare",
            Self::ScriptCheck(_) => "script_check",
            Self::Chart(_) => "chart",
            Self::Report(_) => "report",
            Self::Propose(_) => "propose",
        }
    }

    /// The earliest stage it may be called in.
    #[must_use]
    pub const fn earliest(&self) -> Stage {
        match self {
            Self::Coverage(_) | Self::Query(_) | Self::Statistics(_) => Stage::Acquisition,
            Self::Features(_) => Stage::Preparation,
            Self::Anomalies(_) | Self::Correlation(_) | Self::Chart(_) | Self::Compare(_) => Stage::Exploration,
            Self::Sweep(_) | Self::Backtest(_) | Self::Train(_) | Self::ScriptCheck(_) => Stage::Modelling,
            Self::Evaluate(_) | Self::Report(_) => Stage::Evaluation,
            Self::Propose(_) => Stage::Deployment,
        }
    }

    /// Reads a call as a fact keeps it.
    ///
    /// # Errors
    /// [`BadArgs`].
    pub fn read(name: &str, args: &str) -> Result<Self, BadArgs> {
        let Some(declared) = declared().iter().find(|one| one.name == name) else {
            let tool = "call";
            return Err(BadArgs { tool, what: format!("there is no tool '{}'", cut(name)) });
        };
        let bad = |error: serde_json::Error| BadArgs { tool: declared.name, what: cut(&error.to_string()) };
        let args: serde_json::Value = serde_json::from_str(args).map_err(bad)?;
        serde_json::from_value(serde_json::json!({ "tool": name, "args": args })).map_err(bad)
    }

    /// Its arguments as a fact keeps them.
    #[must_use]
    pub fn args(&self) -> String {
        // Only a map whose keys are no text has no JSON.
        serde_json::to_value(self).ok().and_then(|all| all.get("args").map(ToString::to_string)).unwrap_or_default()
    }

    /// Artefacts its arguments name.
    #[must_use]
    pub fn artefacts(&self) -> Vec<ArtefactId> {
        match self {
            Self::Compare(args) => args.artefacts.clone(),
            Self::Chart(args) => vec![args.of],
            Self::Backtest(run) => run.artefact().into_iter().collect(),
            Self::Sweep(args) => args.run.artefact().into_iter().collect(),
            Self::Evaluate(args) => args.run.artefact().into_iter().collect(),
            Self::Propose(args) => args.run.artefact().into_iter().chain([args.evaluation]).collect(),
            _ => Vec::new(),
        }
    }

    /// Holds arguments to their bounds.
    ///
    /// # Errors
    /// [`BadArgs`].
    pub fn check(&self) -> Result<(), BadArgs> {
        let checked = match self {
            Self::Coverage(args) => coins(&args.coins, 1).and_then(|()| stretch(args.from, args.to)),
            Self::Query(args) => query(args),
            Self::Statistics(window) => stretch(window.from, window.to),
            Self::Features(args) => stretch(args.window.from, args.window.to),
            Self::Anomalies(args) => {
                deviations(args.deviations).and_then(|()| stretch(args.window.from, args.window.to))
            }
            Self::Correlation(args) => coins(&args.coins, 2).and_then(|()| stretch(args.from, args.to)),
            Self::Sweep(args) => args.run.check().and_then(|()| grid(&args.grid, 1)),
            Self::Backtest(run) => run.check(),
            Self::Evaluate(args) => args.check(),
            Self::Train(args) => args.check(),
            Self::Compare(args) => between("artefacts", args.artefacts.len() as u64, 2, COINS_MAX as u64),
            Self::ScriptCheck(args) => {
                between("characters", args.text.chars().count() as u64, 1, SCRIPT_CHARS_MAX as u64)
            }
            Self::Chart(args) => between("characters", args.title.chars().count() as u64, 1, 200),
            Self::Report(_) => Ok(()),
            Self::Propose(args) => args.check(),
        };
        checked.map_err(|what| BadArgs { tool: self.name(), what })
    }
}

impl RunArgs {
    fn check(&self) -> Result<(), String> {
        stretch(self.window.from, self.window.to)?;
        between("parameters", self.params.len() as u64, 0, PARAMETERS_MAX as u64)?;
        between("fee_bps", u64::from(self.fee_bps), 0, 1_000)?;
        between("spread_bps", u64::from(self.spread_bps), 0, 1_000)?;
        if self.cash < Decimal::ONE || self.cash > Decimal::from(1_000_000_000u32) {
            return Err("cash is 1 to 1000000000 AUD".to_owned());
        }
        let name = self.strategy.as_str();
        if name.starts_with("script:") || name.starts_with("model:") {
            return self.artefact().map(|_| ()).ok_or_else(|| format!("'{}' names no artefact", cut(name)));
        }
        let set = self.params.clone();
        research::build(name, &set).map(|_| ()).map_err(|error| error.to_string())
    }

    /// The script or model it runs, when it is one.
    #[must_use]
    pub fn artefact(&self) -> Option<ArtefactId> {
        let name = self.strategy.as_str();
        let id = name.strip_prefix("script:").or_else(|| name.strip_prefix("model:"))?;
        ArtefactId::parse(id).ok()
    }
}

impl EvaluateArgs {
    fn check(&self) -> Result<(), String> {
        self.run.check()?;
        between("tests", u64::from(self.tests), 2, u64::from(TESTS_MAX))?;
        if self.grid.is_empty() { Ok(()) } else { grid(&self.grid, 1) }
    }
}

impl TrainArgs {
    fn check(&self) -> Result<(), String> {
        stretch(self.window.from, self.window.to)?;
        between("horizon", u64::from(self.horizon), 1, u64::from(HORIZON_MAX))?;
        between("folds", u64::from(self.folds), 2, u64::from(TESTS_MAX))?;
        between("features", self.features.len() as u64, 0, 100)?;
        between("fee_bps", u64::from(self.fee_bps), 0, 1_000)?;
        match self.label.as_str() {
            "direction" | "triple_barrier" | "quantile" => Ok(()),
            other => Err(format!("label '{}' is none of direction, triple_barrier, quantile", cut(other))),
        }
    }
}

impl ProposeArgs {
    fn check(&self) -> Result<(), String> {
        self.run.check()?;
        between("capital_pct", u64::from(self.capital_pct), 1, 100)?;
        between("paper_days", u64::from(self.paper_days), 1, 365)
    }
}

fn between(what: &str, value: u64, least: u64, most: u64) -> Result<(), String> {
    if (least..=most).contains(&value) { Ok(()) } else { Err(format!("{what} is {value}: use {least} to {most}")) }
}

fn coins(coins: &[Coin], least: usize) -> Result<(), String> {
    between("coins", coins.len() as u64, least as u64, COINS_MAX as u64)?;
    let twice = coins.iter().enumerate().find(|(place, coin)| coins[..*place].contains(coin));
    twice.map_or(Ok(()), |(_, coin)| Err(format!("{coin} is given twice")))
}

fn stretch(from: Timestamp, to: Timestamp) -> Result<(), String> {
    if from < to { Ok(()) } else { Err(format!("from {from} is not before to {to}")) }
}

fn deviations(value: f64) -> Result<(), String> {
    if (1.0..=20.0).contains(&value) { Ok(()) } else { Err(format!("deviations is {value}: use 1 to 20")) }
}

fn query(args: &QueryArgs) -> Result<(), String> {
    stretch(args.from, args.to)?;
    between("limit", u64::from(args.limit), 1, u64::from(ROWS_MAX))?;
    if args.coins.is_empty() { Ok(()) } else { coins(&args.coins, 1) }
}

fn grid(axes: &[String], least: usize) -> Result<(), String> {
    between("axes", axes.len() as u64, least as u64, AXES_MAX as u64)?;
    axes.iter()
        .try_for_each(|axis| between("characters of an axis", axis.chars().count() as u64, 3, AXIS_CHARS_MAX as u64))
}

pub(crate) fn cut(text: &str) -> String {
    domain::session::bounded(text, 200)
}

/// AUD as a decimal string.
pub(crate) mod aud {
    use domain::{Decimal, parse_decimal};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(value: &Decimal, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&value.normalize())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
        parse_decimal(&String::deserialize(input)?).map_err(de::Error::custom)
    }
}
