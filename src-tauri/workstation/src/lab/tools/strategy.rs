//! Tools that run strategies: once, at many settings, examined; what learns; and the package for the Floor.

use super::{Data, Done, Work, name, number};
use crate::dto::{
    AlgorithmRequest, BacktestRequest, BacktestView, EvaluateRequest, EvaluateView, SweepLook, SweepPoint,
    SweepRequest, SweepView, TrainRequest,
};
use crate::scripts::{SCRIPT, SOURCE};
use crate::shelf::Shelf;
use crate::{Error, Result};
use domain::ArtefactId;
use lab::tools::{
    Backtest, Checked, Control, EvaluateArgs, Evaluation, Outcome, Point, ProposeArgs, Proposed, RunArgs, Stress,
    Sweep, SweepArgs, TrainArgs, Training,
};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Points of a sweep that are told.
const BEST_MAX: usize = 10;
/// Fills an artefact of a backtest keeps.
const TRADES_KEPT: usize = 20_000;
/// Another session at the very same sweep is waited for so long at a time.
const SWEEP_AGAIN: Duration = Duration::from_millis(200);

/// A strategy as the commands name it, with its parameters.
struct Named {
    strategy: String,
    params: BTreeMap<String, String>,
}

impl Work<'_> {
    /// A script's text comes out of its artefact.
    fn named(&self, run: &RunArgs) -> Result<Named> {
        let mut params = run.params.clone();
        let asked = run.strategy.as_str();
        let Some(id) = asked.strip_prefix("script:") else {
            return Ok(Named { strategy: asked.to_owned(), params });
        };
        let id = ArtefactId::parse(id).map_err(|error| Error::refused("bad_artefact", error.to_string()))?;
        let text = String::from_utf8(super::artefacts::read(self.ws.home(), id)?);
        let text = text.map_err(|_| Error::refused("bad_artefact", format!("artefact {id} is no script")))?;
        params.insert(SOURCE.to_owned(), text);
        Ok(Named { strategy: SCRIPT.to_owned(), params })
    }

    fn request(&self, run: &RunArgs) -> Result<BacktestRequest> {
        let Named { strategy, params } = self.named(run)?;
        Ok(BacktestRequest {
            strategy,
            params,
            coins: vec![run.window.coin.to_string()],
            interval: run.window.interval.to_string(),
            from: Some(run.window.from.to_string()),
            to: Some(run.window.to.to_string()),
            cash: Some(run.cash.to_string()),
            fee_bps: Some(run.fee_bps),
            spread_bps: Some(run.spread_bps),
            ..BacktestRequest::default()
        })
    }

    async fn data_of(&self, run: &RunArgs) -> Result<Vec<Data>> {
        Ok(vec![self.window(&run.window).await?.data()])
    }

    pub(super) async fn backtest(&self, run: &RunArgs) -> Result<Done> {
        let mut view = self.ws.backtest(&self.request(run)?, &Arc::default()).await?;
        view.params = crate::scripts::shown(&view.strategy, view.params);
        let told = backtested(run, &view)?;
        if view.trades.len() > TRADES_KEPT {
            view.notes.push(format!("of {} fills the first {TRADES_KEPT} are kept here", view.trades.len()));
            view.trades.truncate(TRADES_KEPT);
        }
        let title = format!("{} on {} {}", run.strategy, run.window.coin, run.window.interval);
        let whole =
            self.keep("backtest", &title, &self.data_of(run).await?, &json!({ "result": told, "view": view }))?;
        self.done(Outcome::Backtest(told), vec![whole])
    }

    pub(super) async fn sweep(&self, args: &SweepArgs) -> Result<Done> {
        let run = &args.run;
        let Named { strategy, params } = self.named(run)?;
        let request = SweepRequest {
            strategy,
            params,
            axes: args.grid.clone(),
            coins: vec![run.window.coin.to_string()],
            intervals: vec![run.window.interval.to_string()],
            from: Some(run.window.from.to_string()),
            to: Some(run.window.to.to_string()),
            cash: Some(run.cash.to_string()),
            fee_bps: Some(run.fee_bps),
            threads: Some(self.threads),
            look: SweepLook { by: Some("sharpe".to_owned()), top: Some(lab::tools::POINTS_MAX as usize) },
            ..SweepRequest::default()
        };
        let view = loop {
            match self.ws.sweep(&request, None, &Arc::default()).await {
                // Another session is at the very same one: what it finishes is then read.
                Err(error) if error.code() == "sweep_running" => {
                    tokio::time::sleep(SWEEP_AGAIN).await;
                }
                swept => break swept?,
            }
        };
        if view.points > lab::tools::POINTS_MAX {
            let words = format!("the grid has {} points: take {} at most", view.points, lab::tools::POINTS_MAX);
            return Err(Error::refused("too_many_points", words));
        }
        let told = swept(run, &view)?;
        let title = format!("{} at {} settings on {}", run.strategy, view.ran, run.window.coin);
        let whole = self.keep("sweep", &title, &self.data_of(run).await?, &json!({ "result": told, "view": view }))?;
        self.done(Outcome::Sweep(told), vec![whole])
    }

    pub(super) async fn evaluate(&self, args: &EvaluateArgs) -> Result<Done> {
        let request = EvaluateRequest {
            run: self.request(&args.run)?,
            grid: args.grid.clone(),
            tests: Some(args.tests),
            embargo_bars: args.embargo_bars,
            seed: Some(args.seed),
            ..EvaluateRequest::default()
        };
        let view = self.ws.evaluate(&request, &Arc::default()).await?;
        let told = evaluated(args, &view)?;
        let title = format!("examination of {} on {}", args.run.strategy, args.run.window.coin);
        let data = self.data_of(&args.run).await?;
        let whole = self.keep("evaluation", &title, &data, &json!({ "result": told, "view": view }))?;
        self.done(Outcome::Evaluation(Box::new(told)), vec![whole])
    }

    /// Trains a model; it stands among the workspace's models and is this session's artefact by the same hash.
    pub(super) async fn train(&self, args: &TrainArgs) -> Result<Done> {
        let window = &args.window;
        let request = TrainRequest {
            model: args.learner.as_str().to_owned(),
            coin: window.coin.to_string(),
            interval: window.interval.to_string(),
            from: Some(window.from.to_string()),
            to: Some(window.to.to_string()),
            label: Some(args.label.to_string()),
            horizon: Some(args.horizon),
            features: args.features.iter().map(ToString::to_string).collect(),
            folds: Some(args.folds),
            fee_bps: Some(args.fee_bps),
            seed: Some(args.seed),
            ..TrainRequest::default()
        };
        let view = self.ws.train(&request, None, &Arc::default()).await?;
        let bytes = Shelf::of(self.ws.home()).read(&view.model.id, super::artefacts::BYTES_MAX as usize)?;
        let title = format!("{} on {} {}", args.learner.as_str(), window.coin, window.interval);
        let model = self.keep_bytes("model", &title, &bytes)?;
        let outside = &view.out_of_sample;
        let accuracies = outside.baselines.iter().filter_map(|one| one.measures.accuracy.value);
        let mut important: Vec<&crate::dto::TrainImportance> =
            view.importance.iter().filter(|one| one.mean > 0.0).collect();
        important.sort_by(|a, b| b.mean.total_cmp(&a.mean));
        let told = Training {
            model: model.id,
            learner: name(args.learner.as_str())?,
            rows: view.data.samples,
            tested: outside.measures.samples,
            auc: outside.measures.roc_auc.value,
            accuracy: outside.measures.accuracy.value,
            baseline: accuracies.max_by(f64::total_cmp),
            brier: outside.measures.brier.value,
            shuffled_auc: Some(view.control.mean).filter(|mean| mean.is_finite()),
            important: important.iter().take(BEST_MAX).map(|one| name(&one.feature)).collect::<Result<_>>()?,
            notes: view.notes.iter().chain([&view.words, &view.control.words]).cloned().collect(),
        };
        let data = vec![self.window(window).await?.data()];
        let whole = self.keep("training", &title, &data, &json!({ "result": told, "view": view }))?;
        self.done(Outcome::Training(told), vec![model, whole])
    }

    /// Seals what speaks for a run and describes it on the Floor as a draft. A draft trades nothing.
    pub(super) async fn propose(&self, args: &ProposeArgs) -> Result<Done> {
        let evaluation: serde_json::Value = self.content(args.evaluation)?;
        let Named { strategy, params } = self.named(&args.run)?;
        let request = AlgorithmRequest {
            name: args.name.to_string(),
            strategy,
            coins: vec![args.run.window.coin.to_string()],
            interval: args.run.window.interval.to_string(),
            capital_pct: args.capital_pct.to_string(),
            orders: None,
            params,
        };
        let package = json!({
            "algorithm": request,
            "paper_days": args.paper_days,
            "session": self.session.id(),
            "evaluation": evaluation,
        });
        let title = format!("package of {} for the Floor", args.name);
        let sealed = self.keep("package", &title, &self.data_of(&args.run).await?, &package)?;
        self.draft(&request).await?;
        let told = Proposed { package: sealed.id, algorithm: args.name.clone() };
        self.done(Outcome::Proposed(told), vec![sealed])
    }

    /// A draft that is there already, made of the same, is what an earlier run of this call left.
    async fn draft(&self, request: &AlgorithmRequest) -> Result<()> {
        match self.ws.algorithm_set(request, true).await {
            Err(error) if error.code() == "algorithm_exists" => {
                let there = self.ws.algorithm(&request.name).await?;
                let version = there.versions.first();
                let same = version.is_some_and(|version| {
                    version.strategy == request.strategy && version.interval == request.interval
                });
                if same { Ok(()) } else { Err(error) }
            }
            described => described.map(|_| ()),
        }
    }
}

fn backtested(run: &RunArgs, view: &BacktestView) -> Result<Backtest> {
    let metric = |name: &str| view.metrics.get(name).and_then(|metric| number(metric.value));
    Ok(Backtest {
        strategy: name(run.strategy.as_str())?,
        params: view.params.clone(),
        bars: view.bars,
        final_equity: view.final_equity.0.normalize().to_string(),
        fees: view.fees.0.normalize().to_string(),
        earned: number(view.earned),
        hold: number(view.buy_and_hold.earned.value),
        sharpe: number(view.sharpe),
        max_drawdown: number(view.max_drawdown),
        trades: view.trades.iter().filter(|trade| trade.gain.is_some()).count() as u64,
        win_rate: metric("win_rate"),
    })
}

fn swept(run: &RunArgs, view: &SweepView) -> Result<Sweep> {
    let point = |point: &SweepPoint| Point {
        params: point.params.clone(),
        earned: Some(point.earned),
        sharpe: point.sharpe,
        max_drawdown: Some(point.max_drawdown),
        trades: u64::from(point.entries),
    };
    let winning = view.top.iter().filter(|point| point.earned > 0.0).count();
    Ok(Sweep {
        strategy: name(run.strategy.as_str())?,
        points: view.ran,
        trials: view.lanes.first().map_or(view.ran, |lane| lane.trials),
        best: view.top.iter().take(BEST_MAX).map(point).collect(),
        winning: (!view.top.is_empty()).then(|| winning as f64 / view.top.len() as f64),
    })
}

fn evaluated(args: &EvaluateArgs, view: &EvaluateView) -> Result<Evaluation> {
    let (outside, inside) = (&view.out_of_sample, &view.in_sample);
    let all = &outside.all;
    let last = outside.tests.last().filter(|_| inside.chosen).map(|test| &test.params);
    Ok(Evaluation {
        strategy: name(args.run.strategy.as_str())?,
        params: last.unwrap_or(&inside.params).clone(),
        verdict: view.verdict.clone(),
        words: view.words.clone(),
        reasons: view.reasons.iter().map(|reason| reason.words.clone()).collect(),
        bars: all.bars,
        from: outside.tests.first().map(|test| test.from),
        to: outside.tests.last().map(|test| test.to),
        earned: number(all.earned),
        hold: number(all.hold),
        sharpe: number(all.sharpe.value),
        max_drawdown: number(all.max_drawdown),
        trades: all.trades,
        win_rate: (all.trades > 0).then(|| all.wins as f64 / all.trades as f64),
        probabilistic_sharpe: number(outside.probabilistic_sharpe.value),
        deflated_sharpe: number(inside.deflated.probability.value),
        trials: inside.deflated.trials,
        overfitting: inside.overfitting.as_ref().and_then(|found| number(found.probability)),
        efficiency: number(outside.efficiency.value),
        in_sample_return: number(inside.all.earned),
        in_sample_sharpe: number(inside.all.sharpe.value),
        controls: view
            .controls
            .iter()
            .map(|one| Control { name: one.kind.clone(), p: number(one.p), words: one.words.clone() })
            .collect(),
        stress: view
            .stress
            .iter()
            .map(|one| Stress { name: one.name.clone(), earned: number(one.figures.earned) })
            .collect(),
        leaks: view
            .leaks
            .checks
            .iter()
            .map(|check| Checked { name: check.name.clone(), outcome: check.outcome.clone() })
            .collect(),
        leaks_clean: view.leaks.clean,
    })
}
