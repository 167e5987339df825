//! A training as it is told.

use super::verdict::{Shown, judge, luck};
use super::{Asked, Learned};
use crate::commands::truth::{Yearly, control as signals, told};
use crate::dto::{
    ModelRow, TrainBaseline, TrainBin, TrainControl, TrainData, TrainErrors, TrainFigure, TrainFold, TrainImportance,
    TrainMeasures, TrainOutOfSample, TrainTrading, TrainView,
};
use domain::{FactHash, Timestamp, Trials};
use research::models::{Classified, LabelControl, Measure, ModelFold, Prediction, Regressed, Unmeasured};
use research::truth::{ControlKind, few_trades};
use std::collections::BTreeMap;

const BINS: usize = 10;

pub(super) fn figure(measure: Measure) -> TrainFigure {
    match measure {
        Ok(value) if value.is_finite() => TrainFigure { value: Some(value), reason: None },
        Ok(_) => TrainFigure { value: None, reason: Some(Unmeasured::NoVariation.code().to_owned()) },
        Err(missing) => TrainFigure { value: None, reason: Some(missing.code().to_owned()) },
    }
}

fn measures(of: &Classified) -> TrainMeasures {
    TrainMeasures {
        samples: of.samples as u64,
        ups: of.ups as u64,
        said: of.said as u64,
        accuracy: figure(of.accuracy),
        precision: figure(of.precision),
        recall: figure(of.recall),
        f1: figure(of.f1),
        roc_auc: figure(of.roc_auc),
        pr_auc: figure(of.pr_auc),
        brier: figure(of.brier),
        brier_raw: figure(of.brier_raw),
        log_loss: figure(of.log_loss),
        log_loss_raw: figure(of.log_loss_raw),
    }
}

fn errors(of: &Regressed) -> TrainErrors {
    TrainErrors { rmse: figure(of.rmse), mae: figure(of.mae), r2: figure(of.r2) }
}

/// Chances by tenths; those nobody said are left out.
fn bins(predictions: &[Prediction]) -> Vec<TrainBin> {
    let mut sums = [(0.0, 0u64, 0u64); BINS];
    for one in predictions {
        let Some(chance) = one.chance else { continue };
        let place = ((chance * BINS as f64) as usize).min(BINS - 1);
        if let Some((said, came, count)) = sums.get_mut(place) {
            *said += chance;
            *came += u64::from(one.is_up);
            *count += 1;
        }
    }
    let bin = |(place, (said, came, count)): (usize, &(f64, u64, u64))| TrainBin {
        from: place as f64 / BINS as f64,
        to: (place + 1) as f64 / BINS as f64,
        said: said / *count as f64,
        came: *came as f64 / *count as f64,
        samples: *count,
    };
    sums.iter().enumerate().filter(|(_, (_, _, count))| *count > 0).map(bin).collect()
}

fn words(control: &LabelControl) -> String {
    let (mean, allowed) = (control.mean, control.allowed);
    let heading = format!("Learned from labels that mean nothing its area under the curve is {mean:.3} in the mean");
    match control.is_clean() {
        true => format!("{heading}, as near a half as luck leaves it ({allowed:.3})."),
        false => format!("{heading}; luck alone stays within {allowed:.3} of a half. It knows what it can't."),
    }
}

fn fold(learned: &Learned, yearly: &Yearly, (place, fold): (usize, &ModelFold)) -> TrainFold {
    let samples = learned.dataset.samples.get(fold.test.clone()).unwrap_or_default();
    let traded = learned.traded.as_ref().ok().and_then(|traded| traded.folds.get(place));
    TrainFold {
        from: samples.first().map(|sample| sample.time).unwrap_or_default(),
        to: samples.last().map(|sample| sample.known_at).unwrap_or_default(),
        trained: fold.trained as u64,
        settings: fold.learner.settings.clone(),
        tried: fold.tried.len() as u64,
        measures: measures(&fold.classified),
        trading: traded.map(|figures| yearly.figures(figures)),
    }
}

fn outside(learned: &Learned, yearly: &Yearly, shown: Option<&Shown>) -> TrainOutOfSample {
    let walked = &learned.trained.walked;
    let out = &walked.classified;
    let baseline = |name: &str, words: &str, of: &Classified| TrainBaseline {
        name: name.to_owned(),
        words: words.to_owned(),
        measures: measures(of),
    };
    let trading = learned.traded.as_ref().ok().zip(shown).map(|(traded, shown)| TrainTrading {
        all: yearly.figures(&traded.record.figures()),
        probabilistic_sharpe: told(shown.probabilistic),
        deflated_sharpe: told(shown.deflated),
        control: signals(ControlKind::PermutedSignals, &shown.control),
    });
    TrainOutOfSample {
        measures: measures(out),
        luck: figure(luck(out.roc_auc, out.ups, out.samples, learned.dataset.label.horizon)),
        errors: walked.regressed.as_ref().map(errors),
        baselines: vec![
            baseline("majority", "always says what was more frequent in the training", &walked.baselines.majority),
            baseline("previous", "says that the last horizon repeats itself", &walked.baselines.previous),
        ],
        calibration: bins(&walked.predictions),
        tests: walked.folds.iter().enumerate().map(|one| fold(learned, yearly, one)).collect(),
        trading,
        trading_reason: learned.traded.as_ref().err().map(|code| (*code).to_owned()),
    }
}

fn data(asked: &Asked, learned: &Learned) -> TrainData {
    let (dataset, origin) = (&learned.dataset, &learned.trained.model.origin);
    let dropped = &dataset.dropped;
    let left = [
        ("absent_feature", dropped.absent),
        ("unfinished", dropped.unfinished),
        ("gap", dropped.gaps),
        ("no_volume", dropped.no_volume),
        ("no_price", dropped.no_price),
    ];
    let left = left.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name.to_owned(), count as u64));
    let left: BTreeMap<String, u64> = left.collect();
    TrainData {
        coin: asked.coin,
        interval: asked.interval.to_string(),
        from: origin.from,
        to: origin.to,
        rows: dataset.len() as u64 + left.values().sum::<u64>(),
        samples: dataset.len() as u64,
        left,
        features: dataset.columns.clone(),
        absent: dropped.absent_columns.clone(),
        constant: dropped.constant_columns.clone(),
        data: dataset.data.to_string(),
    }
}

pub(super) fn of(asked: &Asked, learned: &Learned, id: FactHash, (trials, earlier): (&Trials, u64)) -> TrainView {
    let yearly = Yearly::of(asked.interval);
    let own: u64 = trials.tried.iter().map(|tried| tried.trials).sum();
    let seed = asked.recipe.seed;
    let shown = learned.traded.as_ref().ok();
    let shown = shown.map(|traded| Shown::of(&traded.record, earlier.saturating_add(own), seed));
    let (verdict, says, reasons) = judge(learned, shown.as_ref());
    let importance = learned.importance.iter().map(|one| TrainImportance {
        feature: one.feature.clone(),
        mean: one.mean,
        spread: one.spread,
        measured: one.measured as u64,
    });
    TrainView {
        verdict: verdict.to_owned(),
        words: says.to_owned(),
        reasons,
        out_of_sample: outside(learned, &yearly, shown.as_ref()),
        control: TrainControl {
            clean: learned.control.is_clean(),
            mean: learned.control.mean,
            allowed: learned.control.allowed,
            measured: learned.control.aucs.len() as u64,
            words: words(&learned.control),
        },
        importance: importance.collect(),
        in_sample: measures(&learned.trained.in_sample),
        data: data(asked, learned),
        model: ModelRow {
            id: id.to_string(),
            at: None::<Timestamp>,
            bytes: 0,
            broken: None,
            not_live: None,
            about: None,
        },
        trials: own,
        earlier_trials: earlier,
        fits: learned.trained.fits + learned.control.fits,
        seed,
        notes: notes(asked, learned, earlier),
    }
}

fn notes(asked: &Asked, learned: &Learned, earlier: u64) -> Vec<String> {
    let mut notes = vec![
        "The model that was kept learned from all samples; the figures are those of models that learned only from what came before each test.".to_owned(),
    ];
    if earlier > 0 {
        notes.push(format!("{earlier} trials were made on this data before; all of them count"));
    }
    let thin = learned.traded.as_ref().ok().and_then(|traded| few_trades(traded.record.figures().trades));
    notes.extend(thin.map(|thin| format!("what trading came to {thin}")));
    if asked.spread_bps == 0 {
        notes.push("no spread: each order fills at the bar's very price".to_owned());
    }
    notes
}
