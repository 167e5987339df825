//! Does a strategy hold up? Candles out of the workspace, every run through the order path of a backtest, to one report.
//!
//! Keeping a report is another's; that so many settings were tried on these prices is a fact and counts against whatever is
//! claimed of them later. The walk runs on a thread of its own and ends when nobody waits for it any more.

mod report;
#[cfg(test)]
mod tests;
mod view;

pub(super) use view::{Yearly, control, told};

use super::backtest::{Asked as Run, Ends};
use super::reporting::Job;
use crate::dto::{EvaluateRequest, EvaluateView, KeptLane};
use crate::{Error, Home, Result, Workstation};
use domain::{BasisPoints, Candle, Coin, FactHash, Interval, Money, Name, Trials, Tried};
use research::backtest::{self, Execution, Lane, Setup, Way};
use research::sweep::{self, Cost, Maker};
use research::truth::{self, Bootstrap, Conditions, Deal, Grid, Market, Plan, Record, Report, Study, StudyError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Points of one examination: each runs over all bars.
const POINTS_MAX: u64 = 5_000;
/// Parameters whose surroundings are looked at.
const AROUND_MAX: usize = 5;
const FEE_BPS_MAX: u32 = 1_000;
const SPREAD_BPS_MAX: u32 = 2_000;

/// A request held to what makes sense.
struct Asked {
    strategy: &'static str,
    code: u32,
    coin: Coin,
    interval: Interval,
    setup: Setup,
    sweep: sweep::Grid,
    grid: Grid,
    points: Vec<usize>,
    /// The point whose parameters were given.
    fixed: Option<usize>,
    /// The point that warms up longest, and how long.
    slowest: usize,
    warm_up: usize,
    plan: Plan,
}

impl Asked {
    fn params(&self, point: usize) -> BTreeMap<String, String> {
        let given = self.sweep.fixed().into_iter();
        crate::scripts::shown(self.strategy, given.chain(self.sweep.swept(point as u64)).collect())
    }
}

fn usage(code: &'static str, message: impl Into<String>) -> Error {
    Error::Usage { code, message: message.into() }
}

/// A setting between two ends.
fn within(name: &str, value: Option<u32>, default: usize, (least, most): (u32, u32)) -> Result<usize> {
    match value {
        None => Ok(default),
        Some(value) if (least..=most).contains(&value) => Ok(value as usize),
        Some(value) => Err(usage("bad_setting", format!("{name} can't be {value}: give {least} to {most}"))),
    }
}

fn plan(request: &EvaluateRequest) -> Result<Plan> {
    let usual = Plan::default();
    let seed = request.seed.unwrap_or(usual.bootstrap.seed);
    let draws = within("draws", request.draws, usual.bootstrap.draws, (100, 10_000))?;
    let embargo = request.embargo_bars.map(|bars| within("embargo_bars", Some(bars), 0, (0, 100_000))).transpose()?;
    Ok(Plan {
        tests: within("tests", request.tests, usual.tests, (2, 50))?,
        is_anchored: !request.rolling,
        embargo,
        controls: within("controls", request.controls, usual.controls, (truth::CONTROLS_MIN as u32, 999))?,
        keeps_choices: request.keep_choices,
        stresses: sweep::costs(&request.stress)?,
        block: within("block_bars", request.block_bars, usual.block, (1, 10_000))?,
        bootstrap: Bootstrap { draws, seed, ..usual.bootstrap },
        ..usual
    })
}

/// What surrounds given parameters: every whole number of them a tenth up and down, at least one.
fn around(run: &Run, maker: &dyn Maker, set: &BTreeMap<String, String>) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut rest, mut axes) = (set.clone(), Vec::new());
    for (name, value) in run.params.iter().filter(|(name, _)| *name != "share") {
        let (Ok(number), Some((min, max))) = (value.parse::<u32>(), maker.whole(name)) else { continue };
        let step = (number / 10).max(1);
        let values = [number.saturating_sub(step).max(min), number, number.saturating_add(step).min(max)];
        let mut values: Vec<String> = values.iter().map(ToString::to_string).collect();
        values.dedup();
        rest.remove(name);
        axes.push(format!("{name}={}", values.join(",")));
        if axes.len() == AROUND_MAX {
            break;
        }
    }
    (rest, axes)
}

/// The grid, and the point of it that was given rather than to be chosen.
fn grid(home: &Home, run: &Run, request: &EvaluateRequest, job: &Arc<Job>) -> Result<(sweep::Grid, Option<usize>)> {
    let (maker, set) = crate::scripts::maker(home, &request.run.strategy, &request.run.params, job)?;
    if !request.grid.is_empty() {
        let is_cost = |axis: &String| axis.split_once('=').is_some_and(|(name, _)| Cost::parse(name.trim()).is_some());
        if request.grid.iter().any(is_cost) {
            let words = "what trading costs is not chosen: ask for it with --stress, or sweep it";
            return Err(usage("bad_axis", words));
        }
        return Ok((sweep::Grid::of(maker, &set, &request.grid)?, None));
    }
    let (rest, axes) = around(run, &*maker, &set);
    if axes.is_empty() {
        return Ok((sweep::Grid::single(maker, &set)?, Some(0)));
    }
    let read = sweep::Grid::of(maker, &rest, &axes)?;
    let is_given = |point: &u64| read.swept(*point).iter().all(|(name, value)| run.params.get(name) == Some(value));
    let fixed = (0..read.points()).find(is_given).and_then(|point| usize::try_from(point).ok());
    if fixed.is_none() {
        return Err(usage("bad_parameter", "the given parameters are no point of what surrounds them"));
    }
    Ok((read, fixed))
}

impl Workstation {
    /// Examines a strategy on one coin: walk forward, controls, stress, deflation by all trials, look-ahead checks.
    ///
    /// # Errors
    /// What makes no sense, by name; `no_candles`, `too_little_data`, `cancelled` and those of a backtest; the store's.
    pub async fn evaluate(&self, request: &EvaluateRequest, job: &Arc<Job>) -> Result<EvaluateView> {
        Ok(self.evaluated(request, job).await?.0)
    }

    /// The same, with the candles it was made of.
    pub(super) async fn evaluated(
        &self,
        request: &EvaluateRequest,
        job: &Arc<Job>,
    ) -> Result<(EvaluateView, KeptLane)> {
        let run = self.read_backtest(&request.run).await?;
        let (home, asked, held) = (self.home().clone(), request.clone(), Arc::clone(job));
        // A script's process is started for each point, which takes a moment.
        let reading =
            tokio::task::spawn_blocking(move || read(&home, &run, &asked, &held).map(|asked| (asked, run))).await;
        let reading = reading.map_err(|broken| Error::refused("strategy_panicked", broken.to_string()))?;
        let (asked, mut run) = reading?;
        run.warm_up = asked.warm_up;
        let bounds = self.read_bounds(asked.interval, &run);
        let candles = self.backtest_candles(asked.coin, asked.interval, &run).await?;
        let lane = super::runs::lane(asked.coin, asked.interval, bounds, run.setup.to.is_some(), &candles);
        let first = run.setup.from.map_or(0, |from| candles.partition_point(|candle| candle.time < from));
        if let Some(trained) = run.trained {
            unseen(&trained, candles.get(first..).unwrap_or_default())?;
        }
        let trials = trials(&asked, candles.get(first..).unwrap_or_default())?;
        let earlier_trials = self.trials_before(&trials).await?;
        let asked = Asked { plan: Plan { earlier_trials, ..asked.plan.clone() }, ..asked };
        let (asked, candles) = (Arc::new(asked), Arc::new(candles));
        let report = walk(Arc::clone(&asked), Arc::clone(&candles), first, Arc::clone(job)).await?;
        let noted = self.note_trials(trials).await;
        let mut view = view::of(&asked, candles.get(first..).unwrap_or_default(), &report);
        if let Err(error) = noted {
            view.notes.push(format!("these trials are not in the journal, so they won't be counted: {error}"));
        }
        Ok((view, lane))
    }

    /// Trials on the same data, without these themselves: asked again, an examination says the same.
    async fn trials_before(&self, own: &Trials) -> Result<u64> {
        let all = self.all_trials().await?;
        let others = || all.iter().map(|(_, trials)| trials).filter(|trials| trials.id != own.id);
        let count = |one: &Tried| sweep::trials_on(others(), one.coin, one.interval, (one.from, one.to));
        Ok(own.tried.first().map_or(0, count))
    }
}

/// That a model learned from none of these candles: what it does on what it learned from says nothing.
fn unseen(trained: &crate::scripts::Trained, candles: &[Candle]) -> Result<()> {
    let is_apart = |candle: &Candle| candle.time >= trained.until;
    if candles.first().is_none_or(is_apart) {
        return Ok(());
    }
    let words = format!(
        "the model learned from candles up to {until}: examine it with --from {until} or later; what it did where it was not trained \
is in `omc models show`",
        until = trained.until
    );
    Err(Error::refused("model_saw_this", words))
}

/// What of a setup a result depends on, as plain numbers.
fn conditions(setup: &Setup) -> Vec<String> {
    let costs = &setup.costs;
    let (offset, bars) = match setup.way {
        Way::Resting { offset, bars } => (offset.0, bars),
        Way::Book | Way::Instant => (0, 0),
    };
    let fees = [costs.fees.book.0, costs.fees.instant.0, costs.spread.0, costs.slippage.0];
    let rest = [costs.latency_bars, costs.volume_share.map_or(0, |share| share.0), setup.capital.0, offset, bars];
    let text = [setup.way.as_str().to_owned(), setup.cash.to_string(), costs.minimum.to_string()];
    let numbers = fees.into_iter().chain(rest).map(|number| number.to_string());
    numbers.chain(text).chain(costs.seed.map(|seed| seed.to_string())).collect()
}

/// The fact that these points are tried on these candles.
fn trials(asked: &Asked, candles: &[Candle]) -> Result<Trials> {
    let (coin, interval) = (asked.coin, asked.interval);
    let data = sweep::data_hash(coin, interval, candles);
    let what = (asked.strategy, asked.code, asked.sweep.axes(), asked.sweep.fixed(), conditions(&asked.setup));
    let strategy = Name::parse(asked.strategy).map_err(|error| usage("unknown_strategy", error.to_string()))?;
    let end = candles.last().map(|candle| candle.time.plus_micros(interval.micros()));
    let tried = Tried {
        coin,
        interval,
        from: candles.first().map(|candle| candle.time).unwrap_or_default(),
        to: end.unwrap_or_default(),
        candles: candles.len() as u64,
        data,
        trials: asked.points.len() as u64,
    };
    Ok(Trials {
        id: FactHash::of(&("omc_evaluate", &what, data, asked.fixed)),
        shard: None,
        strategy,
        code: asked.code,
        grid: FactHash::of(&("omc_evaluate_grid", &what)),
        tried: vec![tried],
        best: None,
    })
}

/// Examines on a thread of its own.
async fn walk(asked: Arc<Asked>, candles: Arc<Vec<Candle>>, first: usize, job: Arc<Job>) -> Result<Report> {
    let _ends = Ends(Arc::clone(&job));
    let strategy = asked.strategy;
    let walked = tokio::task::spawn_blocking(move || examine(&asked, &candles, first, &job)).await;
    walked.map_err(|broken| {
        let words = format!("the strategy {strategy} broke off in the middle: {broken}");
        Error::refused("strategy_panicked", words)
    })?
}

fn read(home: &Home, run: &Run, request: &EvaluateRequest, job: &Arc<Job>) -> Result<Asked> {
    let [(coin, interval)] = run.lanes[..] else {
        return Err(usage("bad_coins", "an evaluation is of one coin: give one, and the others one after the other"));
    };
    if !run.setup.deposits.is_empty() {
        return Err(usage("bad_setting", "an evaluation knows no deposits: leave them out"));
    }
    if run.setup.execution != Execution::NextOpen {
        return Err(usage("bad_execution", "an evaluation trades at the next open: leave the execution out"));
    }
    let (sweep, fixed) = grid(home, run, request, job)?;
    let points = points(&sweep)?;
    let (slowest, warm_up) = points.iter().copied().max_by_key(|(_, warm_up)| *warm_up).unwrap_or_default();
    let axis = |axis: &sweep::Axis| truth::Axis { name: axis.name.clone(), values: axis.values.clone() };
    Ok(Asked {
        strategy: run.strategy,
        code: run.code,
        coin,
        interval,
        setup: run.setup.clone(),
        grid: Grid { axes: sweep.axes().iter().map(axis).collect() },
        sweep,
        points: points.into_iter().map(|(point, _)| point).collect(),
        fixed,
        slowest: fixed.unwrap_or(slowest),
        warm_up,
        plan: plan(request)?,
    })
}

/// The points that can be, and what each waits for.
fn points(sweep: &sweep::Grid) -> Result<Vec<(usize, usize)>> {
    if sweep.points() > POINTS_MAX {
        let words =
            format!("the grid has {} points and an evaluation takes {POINTS_MAX}: take fewer values", sweep.points());
        return Err(usage("too_many_points", words));
    }
    let mut points = Vec::new();
    for point in 0..sweep.points() {
        match sweep.made(point) {
            Ok(made) => points.push((usize::try_from(point).unwrap_or(usize::MAX), made.strategy.warm_up())),
            Err(unmade) if unmade.is_of_point => {}
            Err(unmade) => return Err(unmade.into()),
        }
    }
    Ok(points)
}

fn examine(asked: &Asked, candles: &[Candle], first: usize, job: &Job) -> Result<Report> {
    let study = Study {
        grid: &asked.grid,
        points: &asked.points,
        fixed: asked.fixed,
        bars: candles,
        first,
        warm_up: asked.warm_up,
        plan: &asked.plan,
    };
    let (mut done, all) = (0, study.jobs() as u64);
    job.at(done, all)?;
    let market = Market::of(asked.coin, asked.interval, candles.to_vec());
    let make = |_: &Market| match asked.sweep.made(asked.slowest as u64) {
        Ok(made) => Ok(made.strategy),
        Err(error) => Err(error.to_string()),
    };
    let leaks = truth::strategy_leaks(&market, &make);
    let report = study.examine(leaks, &mut |what| {
        done += 1;
        job.at(done, all)?;
        run(asked, what, job, (done, all))
    });
    report.map_err(|error| match error {
        StudyError::Run(error) => error,
        other => Error::refused(other.code().unwrap_or("bad_study"), other.to_string()),
    })
}

/// One backtest as a record.
fn run(asked: &Asked, what: &truth::Job<'_>, job: &Job, (done, all): (u64, u64)) -> Result<Record> {
    let bars = &what.bars[what.first..];
    let setup = Setup { from: bars.first().map(|bar| bar.time), to: None, ..harder(&asked.setup, what.conditions) };
    let made = asked.sweep.made(what.point as u64)?;
    let lane = Lane::of(asked.coin, asked.interval, made.strategy, what.bars);
    let run = backtest::run(vec![lane], &setup, &mut |_| job.at(done, all).is_ok())?;
    Ok(record_of(&run, bars, setup.cash))
}

/// A run over these bars as ratios.
pub(super) fn record_of(run: &backtest::Run, bars: &[Candle], cash: Money) -> Record {
    let ratio = |value: domain::Decimal| f64::try_from(value).unwrap_or(f64::NAN);
    let deal = |fill: &backtest::Fill| Deal {
        at: fill.time,
        side: fill.side,
        quantity: ratio(fill.quantity.decimal()),
        price: ratio(fill.price.decimal()),
        fee: ratio(fill.fee.amount()),
    };
    let deals: Vec<Deal> = run.fills.iter().map(deal).collect();
    Record::of(bars, ratio(cash.amount()), &deals)
}

/// The same under worse conditions, as far as a setup goes.
fn harder(setup: &Setup, conditions: Conditions) -> Setup {
    let mut setup = setup.clone();
    let times = |fee: BasisPoints| BasisPoints(fee.0.saturating_mul(conditions.fee_times).min(FEE_BPS_MAX));
    let costs = &mut setup.costs;
    costs.fees.book = times(costs.fees.book);
    costs.fees.instant = times(costs.fees.instant);
    costs.spread = BasisPoints(costs.spread.0.saturating_add(conditions.spread_bps).min(SPREAD_BPS_MAX));
    costs.latency_bars = costs.latency_bars.saturating_add(conditions.latency_bars);
    conditions.charges.apply(costs);
    setup
}
