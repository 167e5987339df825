//! An examination as it is told.

use super::Asked;
use crate::commands::equity::rounded;
use crate::dto::{
    EvaluateView, MetricView, SerialDecimal, TruthBand, TruthCheck, TruthControl, TruthDeflated, TruthFigures,
    TruthFold, TruthInSample, TruthIntervals, TruthLeaks, TruthMap, TruthOutOfSample, TruthOverfitting, TruthReason,
    TruthRegime, TruthReshuffled, TruthStability, TruthStress,
};
use domain::{Candle, Interval, Timestamp};
use research::truth::{
    self, Band, Control, ControlKind, Figure, Figures, Fold, InSample, LeakError, Leaks, Missing, OutOfSample, Outcome,
    Report, Spread,
};

const YEAR_S: f64 = 31_536_000.0;

fn serial(ratio: f64) -> Option<SerialDecimal> {
    rounded(ratio).map(SerialDecimal)
}

pub(in crate::commands) fn told(figure: Figure) -> MetricView {
    match figure {
        Ok(value) => MetricView { value: serial(value), reason: None },
        Err(missing) => MetricView { value: None, reason: Some(missing.code().to_owned()) },
    }
}

fn code<T>(result: &Result<T, Missing>) -> Option<String> {
    result.as_ref().err().map(|missing| missing.code().to_owned())
}

/// The end of a bar that begins then.
fn end(asked: &Asked, bar: Timestamp) -> Timestamp {
    bar.plus_micros(asked.interval.micros())
}

/// From Sharpe ratios per bar to those of a year.
pub(in crate::commands) struct Yearly(f64);

impl Yearly {
    /// For bars of this length.
    pub fn of(interval: Interval) -> Self {
        Self((YEAR_S / interval.seconds() as f64).sqrt())
    }

    fn serial(&self, sharpe: f64) -> Option<SerialDecimal> {
        serial(sharpe * self.0)
    }

    fn told(&self, sharpe: Figure) -> MetricView {
        told(sharpe.map(|sharpe| sharpe * self.0))
    }

    pub fn figures(&self, figures: &Figures) -> TruthFigures {
        TruthFigures {
            bars: figures.bars as u64,
            earned: serial(figures.total_return),
            hold: serial(figures.hold),
            sharpe: self.told(figures.sharpe),
            max_drawdown: serial(-figures.max_drawdown),
            exposure: serial(figures.exposure),
            trades: figures.trades as u64,
            wins: figures.wins as u64,
            note: truth::few_trades(figures.trades),
        }
    }
}

pub(super) fn of(asked: &Asked, bars: &[Candle], report: &Report) -> EvaluateView {
    let yearly = Yearly::of(asked.interval);
    let reason = |reason: &truth::Reason| TruthReason {
        code: reason.code.to_owned(),
        words: reason.words.clone(),
        verdict: reason.verdict.as_str().to_owned(),
    };
    EvaluateView {
        verdict: report.verdict.as_str().to_owned(),
        words: report.verdict.words().to_owned(),
        reasons: report.reasons.iter().map(reason).collect(),
        out_of_sample: outside(asked, &yearly, &report.out_of_sample),
        controls: report.controls.iter().map(|(kind, one)| control(*kind, one)).collect(),
        stress: report.stress.iter().map(|one| stress(&yearly, one, &report.out_of_sample.figures)).collect(),
        regimes: report.regimes.iter().flatten().map(|one| regime(&yearly, one)).collect(),
        regimes_reason: code(&report.regimes),
        in_sample: inside(asked, &yearly, &report.in_sample),
        leaks: leaks(&report.leaks),
        strategy: asked.strategy.to_owned(),
        code: asked.code,
        coin: asked.coin,
        interval: asked.interval.to_string(),
        from: bars.first().map(|bar| bar.time).unwrap_or_default(),
        to: bars.last().map(|bar| end(asked, bar.time)).unwrap_or_default(),
        execution: asked.setup.execution.as_str().to_owned(),
        points: asked.points.len() as u64,
        sharpe_basis: format!("returns of {} bars × √bars of a year of 365 days, risk-free rate 0", asked.interval),
        seed: asked.plan.bootstrap.seed,
        notes: notes(asked, report),
    }
}

fn notes(asked: &Asked, report: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if asked.fixed.is_some() {
        notes.push(
            "the parameters were given, not chosen here: if they were found on this data, this flatters them".into(),
        );
    }
    if asked.plan.keeps_choices && asked.fixed.is_none() {
        notes.push(
            "the controls keep the choices made on the real bars: less freedom than it had itself, which flatters it"
                .into(),
        );
    }
    if report.in_sample.earlier_trials > 0 {
        notes.push(format!(
            "{} trials were made on this data before; all of them count",
            report.in_sample.earlier_trials
        ));
    }
    if asked.setup.costs.spread.0 == 0 && asked.setup.costs.slippage.0 == 0 {
        notes.push("no spread and no slippage: each order fills at the bar's very price".into());
    }
    notes
}

fn outside(asked: &Asked, yearly: &Yearly, outside: &OutOfSample) -> TruthOutOfSample {
    TruthOutOfSample {
        all: yearly.figures(&outside.figures),
        probabilistic_sharpe: told(outside.probabilistic),
        minimum_record_bars: told(outside.minimum_record.map(f64::ceil)),
        efficiency: told(outside.efficiency()),
        skew: told(outside.moments.map(|moments| moments.skew)),
        kurtosis: told(outside.moments.map(|moments| moments.kurtosis)),
        intervals: outside.intervals.ok().map(|found| intervals(yearly, &found)),
        intervals_reason: code(&outside.intervals),
        reshuffled: outside.reshuffled.ok().map(|found| TruthReshuffled {
            max_drawdown: serial(-found.drawdown),
            median: serial(-found.median),
            bad: serial(-found.bad),
            deeper: serial(found.deeper),
            trades: found.trades as u64,
            orders: found.orders as u64,
        }),
        reshuffled_reason: code(&outside.reshuffled),
        tests: outside.folds.iter().map(|fold| test(asked, yearly, fold)).collect(),
    }
}

fn intervals(yearly: &Yearly, found: &truth::Intervals) -> TruthIntervals {
    let band = |band: Band| TruthBand { low: serial(band.low), high: serial(band.high) };
    let a_year = TruthBand { low: yearly.serial(found.sharpe.low), high: yearly.serial(found.sharpe.high) };
    // A deeper fall is the lower number here.
    let falls = TruthBand { low: serial(-found.drawdown.high), high: serial(-found.drawdown.low) };
    TruthIntervals {
        earned: band(found.total_return),
        sharpe: a_year,
        max_drawdown: falls,
        loss: serial(found.loss),
        level: serial(found.level),
        draws: found.draws as u64,
        block_bars: found.block as u64,
    }
}

fn test(asked: &Asked, yearly: &Yearly, fold: &Fold) -> TruthFold {
    TruthFold {
        from: fold.from,
        to: end(asked, fold.until),
        out_of_sample: yearly.figures(&fold.out_of_sample),
        params: asked.params(fold.point),
        in_sample_sharpe: yearly.serial(fold.in_sample_sharpe),
        trained_bars: fold.trained as u64,
    }
}

pub(in crate::commands) fn control(kind: ControlKind, control: &Result<Control, Missing>) -> TruthControl {
    let found = control.as_ref().ok();
    TruthControl {
        kind: kind.as_str().to_owned(),
        verdict: found.map(|found| found.verdict.as_str().to_owned()),
        reason: code(control),
        words: match control {
            Ok(found) => found.words(),
            Err(missing) => format!("It can't be told: {missing}."),
        },
        earned: found.and_then(|found| serial(found.real)),
        median: found.and_then(|found| serial(found.median)),
        percentile: found.and_then(|found| serial(found.percentile)),
        p: found.and_then(|found| serial(found.p)),
        controls: found.map_or(0, |found| found.controls as u64),
        chosen_anew: kind == ControlKind::ShuffledDatesChosenAnew,
    }
}

fn stress(yearly: &Yearly, one: &truth::Stressed, base: &Figures) -> TruthStress {
    TruthStress {
        name: one.conditions.label(),
        figures: yearly.figures(&one.figures),
        change: serial(one.figures.total_return - base.total_return),
    }
}

fn regime(yearly: &Yearly, one: &truth::Regime) -> TruthRegime {
    TruthRegime {
        name: one.name.to_owned(),
        bars: one.bars as u64,
        earned: serial(one.total_return),
        hold: serial(one.hold),
        sharpe: yearly.told(one.sharpe),
    }
}

fn inside(asked: &Asked, yearly: &Yearly, inside: &InSample) -> TruthInSample {
    let deflated = inside.deflated.as_ref().ok();
    TruthInSample {
        params: asked.params(inside.point),
        chosen: asked.fixed.is_none(),
        all: yearly.figures(&inside.figures),
        probabilistic_sharpe: told(inside.probabilistic),
        deflated: TruthDeflated {
            probability: told(inside.deflated.map(|deflated| deflated.probability)),
            to_beat: deflated.and_then(|deflated| yearly.serial(deflated.to_beat)),
            trials: inside.trials,
            earlier_trials: inside.earlier_trials,
            spread: deflated.map(|deflated| match deflated.spread {
                Spread::Measured => "measured".to_owned(),
                Spread::Null => "null_hypothesis".to_owned(),
            }),
        },
        overfitting: inside.overfitting.ok().map(|found| TruthOverfitting {
            probability: serial(found.probability),
            loss: serial(found.loss),
            rank: serial(found.rank),
            out_of_sample_sharpe: yearly.serial(found.out_of_sample),
            in_sample_sharpe: yearly.serial(found.in_sample),
            choices: found.choices as u64,
            trials: found.trials as u64,
        }),
        overfitting_reason: code(&inside.overfitting),
        stability: inside.stability.as_ref().map(|found| stability(yearly, found)),
    }
}

fn stability(yearly: &Yearly, found: &truth::Stability) -> TruthStability {
    let cell = |cell: &Option<f64>| cell.and_then(|score| yearly.serial(score));
    TruthStability {
        words: found.words(),
        kept: told(found.kept),
        worst: found.worst.and_then(|worst| yearly.serial(worst)),
        neighbours: found.neighbours as u64,
        map: found.map.as_ref().map(|map| TruthMap {
            down: map.rows.name.clone(),
            rows: map.rows.values.clone(),
            across: map.columns.name.clone(),
            columns: map.columns.values.clone(),
            cells: map.cells.iter().map(|row| row.iter().map(cell).collect()).collect(),
            row: map.chosen.0 as u64,
            column: map.chosen.1 as u64,
        }),
    }
}

fn leaks(found: &Result<Leaks, LeakError>) -> TruthLeaks {
    let leaks = match found {
        Ok(leaks) => leaks,
        Err(error) => {
            let reason = Some(error.code().to_owned());
            return TruthLeaks { clean: false, bars: 0, decisions: 0, checks: Vec::new(), reason };
        }
    };
    let check = |(check, outcome): &(truth::Check, Outcome)| {
        let (name, compared, difference) = match outcome {
            Outcome::Passed(compared) => ("passed", *compared as u64, None),
            Outcome::Failed(difference) => ("failed", 0, Some(difference)),
            Outcome::Untold => ("untold", 0, None),
        };
        TruthCheck {
            name: check.as_str().to_owned(),
            outcome: name.to_owned(),
            compared,
            at: difference.map(|difference| difference.at),
            said: difference.map(|difference| ledgers::inert(&difference.said)),
            instead: difference.map(|difference| ledgers::inert(&difference.instead)),
            words: difference.map(|_| check.words().to_owned()),
        }
    };
    TruthLeaks {
        clean: leaks.is_clean(),
        bars: leaks.bars as u64,
        decisions: leaks.decisions as u64,
        checks: leaks.checks.iter().map(check).collect(),
        reason: None,
    }
}
