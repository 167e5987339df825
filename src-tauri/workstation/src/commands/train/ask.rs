//! What is asked of a training, held to what makes sense.

use super::super::books::parse_coin;
use super::super::market::parse_interval;
use crate::dto::{FeaturesRequest, TrainRequest};
use crate::{Error, Result};
use domain::{Coin, Interval};
use research::models::{
    BUDGET_MAX, Calibration, Costs, FOLDS_MAX, LabelKind, LabelSpec, Learner, LearnerKind, ROUNDS_MAX, Recipe, Search,
    Thresholds, WalkPlan, Width,
};

const HORIZON: u32 = 24;
const ABOVE: f64 = 0.7;
const BARRIER: &str = "1s";
const FEE_BPS: u32 = 10;
const FOLDS: u32 = 5;
const BUDGET: u32 = 20;
const ROUNDS: u32 = 5;
const COST_BPS_MAX: u32 = 1_000;
const EMBARGO_MAX: u32 = 100_000;

/// A request held to what makes sense.
pub(super) struct Asked {
    pub coin: Coin,
    pub interval: Interval,
    pub table: FeaturesRequest,
    /// Columns by name; all of the table without.
    pub columns: Vec<String>,
    pub label: LabelSpec,
    pub recipe: Recipe,
    pub search: Search,
    pub thresholds: Thresholds,
    pub fee_bps: u32,
    pub spread_bps: u32,
    pub folds: usize,
    embargo: Option<usize>,
    is_anchored: bool,
    /// Shuffles of labels and columns.
    pub rounds: usize,
}

impl Asked {
    /// How the walk goes over so many samples.
    pub fn plan(&self, samples: usize) -> WalkPlan {
        let embargo = self.embargo.unwrap_or(samples / 100);
        WalkPlan { folds: self.folds, embargo, is_anchored: self.is_anchored }
    }

    /// All that was tried depends on beside the candles, as text that is the same for the same.
    pub fn settings(&self) -> Vec<String> {
        let walk = (self.folds, self.embargo, self.is_anchored, self.rounds);
        let costs = (self.fee_bps, self.spread_bps);
        vec![
            format!("{:?}", self.label),
            format!("{:?}", self.recipe),
            format!("{:?}", self.search),
            format!("{:?}", self.thresholds),
            format!("{:?} {walk:?} {costs:?}", self.columns),
        ]
    }
}

fn bad(words: impl Into<String>) -> Error {
    Error::usage("bad_setting", words)
}

fn within(name: &str, value: Option<u32>, default: u32, (least, most): (u32, u32)) -> Result<u32> {
    let value = value.unwrap_or(default);
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(bad(format!("{name} can't be {value}: give {least} to {most}")))
}

/// `150bps`, or `1.5s` in deviations.
fn width(name: &str, text: Option<&str>) -> Result<Width> {
    let text = text.unwrap_or(BARRIER).trim();
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number > 0.0);
    let read = match text.strip_suffix("bps") {
        Some(bps) => number(bps).map(Width::Bps),
        None => text.strip_suffix('s').and_then(number).map(Width::Volatility),
    };
    read.ok_or_else(|| {
        let shown = ledgers::inert(text);
        bad(format!("{name} can't be '{shown}': write 150bps, or 1.5s for so many deviations of the last returns"))
    })
}

fn label(request: &TrainRequest, costs: Costs) -> Result<LabelSpec> {
    let is_barrier = request.label.as_deref() == Some("triple_barrier");
    if !is_barrier && (request.take.is_some() || request.stop.is_some()) {
        return Err(bad("only the label triple_barrier has take and stop"));
    }
    if request.above.is_some() && request.label.as_deref() != Some("quantile") {
        return Err(bad("only the label quantile has a quantile to be above"));
    }
    let kind = match request.label.as_deref().unwrap_or("direction") {
        "direction" => LabelKind::Direction,
        "quantile" => LabelKind::Quantile { above: request.above.unwrap_or(ABOVE) },
        "triple_barrier" => LabelKind::TripleBarrier {
            take: width("take", request.take.as_deref())?,
            stop: width("stop", request.stop.as_deref())?,
        },
        other => {
            let words = format!("'{}' is no label: use direction, triple_barrier or quantile", ledgers::inert(other));
            return Err(Error::usage("unknown_label", words));
        }
    };
    let label = LabelSpec { kind, horizon: request.horizon.unwrap_or(HORIZON) as usize, costs };
    label.check()?;
    Ok(label)
}

fn recipe(request: &TrainRequest) -> Result<Recipe> {
    let kind = LearnerKind::parse(&request.model).ok_or_else(|| {
        let known = LearnerKind::ALL.map(LearnerKind::as_str).join(", ");
        let words = format!("there is no model '{}': use one of {known}", ledgers::inert(&request.model));
        Error::usage("unknown_model", words)
    })?;
    let mut learner = Learner::new(kind);
    for (name, value) in &request.settings {
        learner = learner.set(name, *value)?;
    }
    let calibration = request.calibration.as_deref().unwrap_or("platt");
    let calibration = Calibration::parse(calibration).ok_or_else(|| bad("calibration: use none, platt or isotonic"))?;
    let calibration = if kind.says_returns() { Calibration::None } else { calibration };
    Ok(Recipe { learner, is_balanced: request.balanced, calibration, seed: request.seed.unwrap_or(1) })
}

fn search(request: &TrainRequest, learner: &Learner) -> Result<Search> {
    let budget = within("budget", request.budget, BUDGET, (1, BUDGET_MAX as u32))? as usize;
    let search = match request.search.as_deref().unwrap_or("none") {
        "none" => Search::None,
        "grid" => Search::Grid { axes: request.grid.clone(), budget },
        "random" => Search::Random { budget },
        "bayes" => Search::Bayes { budget },
        other => {
            let words = format!("'{}' is no search: use none, grid, random or bayes", ledgers::inert(other));
            return Err(Error::usage("unknown_search", words));
        }
    };
    if !request.grid.is_empty() && !matches!(search, Search::Grid { .. }) {
        return Err(bad("values of settings are for a search by grid"));
    }
    if request.budget.is_some() && search == Search::None {
        return Err(bad("a budget is for a search: give one, or leave the budget out"));
    }
    search.check(learner)?;
    Ok(search)
}

/// The set of features, and columns of it by name.
fn features(asked: &[String]) -> (&'static str, Vec<String>) {
    match asked {
        [] => ("price", Vec::new()),
        [one] if one == "price" || one == "default" => ("price", Vec::new()),
        [one] if one == "ledger" => ("ledger", Vec::new()),
        [one] if one == "all" => ("all", Vec::new()),
        names => {
            let is_price = |name: &String| research::features::features(true, false).iter().any(|one| one.name == name);
            (if names.iter().all(is_price) { "price" } else { "all" }, names.to_vec())
        }
    }
}

pub(super) fn read(request: &TrainRequest) -> Result<Asked> {
    let fee_bps = within("fee_bps", request.fee_bps, FEE_BPS, (0, COST_BPS_MAX))?;
    let spread_bps = within("spread_bps", request.spread_bps, 0, (0, COST_BPS_MAX))?;
    let label = label(request, Costs { fee_bps: f64::from(fee_bps), spread_bps: f64::from(spread_bps) })?;
    let recipe = recipe(request)?;
    let usual = Thresholds::usual(recipe.learner.kind, &label);
    let thresholds =
        Thresholds { enter: request.enter.unwrap_or(usual.enter), exit: request.exit.unwrap_or(usual.exit) };
    thresholds.check(recipe.learner.kind).map_err(bad)?;
    let (set, columns) = features(&request.features);
    let embargo = request.embargo.map(|samples| within("embargo", Some(samples), 0, (0, EMBARGO_MAX))).transpose()?;
    Ok(Asked {
        coin: parse_coin(&request.coin)?,
        interval: parse_interval(&request.interval)?,
        table: FeaturesRequest {
            coin: request.coin.clone(),
            interval: request.interval.clone(),
            set: Some(set.to_owned()),
            from: request.from.clone(),
            to: request.to.clone(),
            timezone: request.timezone.clone(),
            limit: None,
        },
        columns,
        label,
        search: search(request, &recipe.learner)?,
        recipe,
        thresholds,
        fee_bps,
        spread_bps,
        folds: within("folds", request.folds, FOLDS, (2, FOLDS_MAX as u32))? as usize,
        embargo: embargo.map(|samples| samples as usize),
        is_anchored: !request.rolling,
        rounds: within("controls", request.controls, ROUNDS, (1, ROUNDS_MAX as u32))? as usize,
    })
}
