//! The whole examination of a strategy on one coin's bars: what it did where it wasn't chosen, what of the rest is luck.
//!
//! 1. Sift: every point of the grid runs once over all bars. A walk forward's choices are made on parts of these runs that
//!    end before the test does begin; a run up to a bar is the same whatever comes later, which the leak checks hold it to.
//! 2. Test: the choice of each training runs afresh over its test, warmed up on the bars before. Chained, this is the
//!    out-of-sample record. Every control and stress is of this record, since a choice flatters only where it was made.
//! 3. Control: the bars in another order, part by part, so that what the coin did in each test stays; on each such series the
//!    choices are made anew in the same way (unless the plan keeps them), so that a control has the freedom the real run had.
//! 4. The best point over all bars is what a sweep would have shown: it is deflated by all trials there were.
//!
//! Deliberately absent: how a run is made; a caller gives it, one [`Job`] at a time, and may end it by an error.

mod report;
#[cfg(test)]
mod tests;
mod verdict;

pub use report::{Conditions, Controls, Fold, InSample, OutOfSample, Report, Stressed};
pub use verdict::{Reason, Verdict};

use super::controls::{Control, ControlKind, permuted_signals};
use super::leaks::{LeakError, Leaks};
use super::market::{shuffled_dates, thinned};
use super::missing::Missing;
use super::overfitting::{Column, overfitting};
use super::random::Random;
use super::record::Record;
use super::regimes::regimes;
use super::sharpe::{Moments, Trials};
use super::splits::{Labels, Split, SplitError, Walk};
use super::stability::{Grid, Stability};
use super::{Bootstrap, bootstrap, reshuffle};
use crate::sweep::Cost;
use domain::Candle;
use std::ops::Range;

/// Fewer bars are not examined.
const BARS_MIN: usize = 200;
/// The share of bars missing under stress.
const MISSING_SHARE: f64 = 0.05;
/// Bars a regime is told from.
const REGIME_BARS: usize = 50;
/// Runs of one examination.
const RUNS_MAX: usize = 200_000;
/// Streams of the seed from here on are those of thinning.
const THINNING: u64 = 1 << 32;

/// How to examine.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Tests of the walk forward, over the later half of the bars.
    pub tests: usize,
    /// Whether every training begins with the first bar.
    pub is_anchored: bool,
    /// Bars left out between a training and its test; none for a hundredth of all.
    pub embargo: Option<usize>,
    /// Parts of the cross-validation.
    pub parts: usize,
    /// Runs of each control.
    pub controls: usize,
    /// Whether controls keep the choices made on the real bars: quicker, and kinder to a choice.
    pub keeps_choices: bool,
    /// Costs to look at beside the usual stresses; they decide nothing.
    pub stresses: Vec<(Cost, u32)>,
    /// Bars of a block that is shuffled.
    pub block: usize,
    /// The bootstrap.
    pub bootstrap: Bootstrap,
    /// Trials made on these bars before.
    pub earlier_trials: u64,
    /// The confidence a record is long enough for.
    pub confidence: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            tests: 5,
            is_anchored: true,
            embargo: None,
            parts: 16,
            controls: 99,
            keeps_choices: false,
            stresses: Vec::new(),
            block: 5,
            bootstrap: Bootstrap::default(),
            earlier_trials: 0,
            confidence: 0.95,
        }
    }
}

/// What is examined.
#[derive(Debug, Clone, Copy)]
pub struct Study<'a> {
    /// The parameters.
    pub grid: &'a Grid,
    /// The points of the grid that can be.
    pub points: &'a [usize],
    /// The point that was given and not chosen; then the others only show what surrounds it.
    pub fixed: Option<usize>,
    /// Bars, oldest first.
    pub bars: &'a [Candle],
    /// Bars before this one only warm up.
    pub first: usize,
    /// Bars that the slowest point warms up over.
    pub warm_up: usize,
    /// How.
    pub plan: &'a Plan,
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Every point over all bars.
    Sift,
    /// A choice where it wasn't made.
    Test,
    /// On shuffled dates, over all bars where a choice is made on them.
    Control,
    /// Under worse conditions.
    Stress,
}

/// One run to make: a point over bars, trading from `first` on.
#[derive(Debug)]
pub struct Job<'a> {
    /// What for.
    pub step: Step,
    /// Which point of the grid.
    pub point: usize,
    /// Over these.
    pub bars: &'a [Candle],
    /// Those before this one only warm up.
    pub first: usize,
    /// Under these.
    pub conditions: Conditions,
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StudyError<E> {
    /// Too few bars.
    #[error("{have} bars are too few to examine: it takes {BARS_MIN}; use a longer window or a shorter interval")]
    TooFewBars {
        /// What there is.
        have: usize,
    },
    /// More than is run.
    #[error(
        "that takes {runs} runs and at most {RUNS_MAX} are made: take fewer controls or points, or keep the choices in the controls"
    )]
    TooManyRuns {
        /// How many.
        runs: usize,
    },
    /// No point of the grid can be.
    #[error("no point of the grid can be: every combination of its values is refused")]
    NoPoints,
    /// They can't be cut.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A run failed or was ended.
    #[error("{0}")]
    Run(E),
}

impl<E> StudyError<E> {
    /// The stable code for scripts; none for what failed a run.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::TooFewBars { .. } => Some("too_little_data"),
            Self::TooManyRuns { .. } => Some("too_many_runs"),
            Self::NoPoints => Some("empty_grid"),
            Self::Split(error) => Some(error.code()),
            Self::Run(_) => None,
        }
    }
}

/// A point over all bars, as far as it is needed later.
struct Sifted {
    sharpe: f64,
    /// By test: the Sharpe ratio over its training.
    trainings: Vec<f64>,
    column: Result<Column, Missing>,
}

impl Study<'_> {
    /// How many jobs there will be at most.
    #[must_use]
    pub fn jobs(&self) -> usize {
        let each_test = 1 + self.plan.controls + self.stresses().count();
        let anew = if self.chooses_anew() { self.plan.controls.saturating_mul(self.points.len()) } else { 0 };
        (self.points.len() + 1).saturating_add(self.plan.tests.saturating_mul(each_test)).saturating_add(anew)
    }

    /// Whether there is a choice, and controls make it again.
    fn chooses_anew(&self) -> bool {
        self.fixed.is_none() && self.points.len() > 1 && !self.plan.keeps_choices
    }

    fn stresses(&self) -> impl Iterator<Item = Conditions> {
        let asked = self.plan.stresses.iter().map(|(cost, value)| Conditions::charged(*cost, *value));
        Conditions::STRESSES.into_iter().chain(asked)
    }

    /// Examines. What the leak checks found is put into the report and the verdict.
    ///
    /// # Errors
    /// [`StudyError`].
    pub fn examine<E>(
        &self,
        leaks: Result<Leaks, LeakError>,
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Report, StudyError<E>> {
        let splits = self.splits()?;
        let sifted = self.sift(&splits, run)?;
        let (folds, record) = self.test(&splits, &sifted, run)?;
        let controls = self.controls(&splits, &folds, &record, run)?;
        let stress = self.stress(&splits, &folds, run)?;
        let in_sample = self.in_sample(&sifted, run)?;
        let mut report = Report {
            verdict: Verdict::Unproven,
            reasons: Vec::new(),
            out_of_sample: self.out_of_sample(folds, &record),
            controls,
            stress,
            regimes: regimes(&record, REGIME_BARS),
            in_sample,
            leaks,
        };
        report.judge();
        Ok(report)
    }

    fn splits<E>(&self) -> Result<Vec<Split>, StudyError<E>> {
        let have = self.bars.len().saturating_sub(self.first);
        if have < BARS_MIN {
            return Err(StudyError::TooFewBars { have });
        }
        if self.points.is_empty() {
            return Err(StudyError::NoPoints);
        }
        if self.jobs() > RUNS_MAX {
            return Err(StudyError::TooManyRuns { runs: self.jobs() });
        }
        let embargo = self.plan.embargo.unwrap_or(have / 100);
        let train = have / 2;
        let test = have.saturating_sub(train + embargo).div_ceil(self.plan.tests.max(1));
        let walk = Walk { train, test, is_anchored: self.plan.is_anchored, embargo };
        Ok(walk.splits(&Labels::horizon(have, 0))?)
    }

    fn sift<E>(
        &self,
        splits: &[Split],
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Vec<Sifted>, StudyError<E>> {
        let mut sifted = Vec::with_capacity(self.points.len());
        for point in self.points {
            let record = self.whole(Step::Sift, *point, run)?;
            sifted.push(Sifted {
                sharpe: sharpe(&record.returns),
                trainings: trainings(splits, &record),
                column: Column::of(&record.returns, self.plan.parts),
            });
        }
        Ok(sifted)
    }

    fn whole<E>(
        &self,
        step: Step,
        point: usize,
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Record, StudyError<E>> {
        let (bars, first, conditions) = (self.bars, self.first, Conditions::BASE);
        let mut record = run(&Job { step, point, bars, first, conditions }).map_err(StudyError::Run)?;
        // One entry a bar is what a run owes; what it owes is never read as missing.
        record.returns.resize(bars.len() - first, 0.0);
        Ok(record)
    }

    fn test<E>(
        &self,
        splits: &[Split],
        sifted: &[Sifted],
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<(Vec<Fold>, Record), StudyError<E>> {
        let (mut folds, mut chained) = (Vec::with_capacity(splits.len()), Record::default());
        for (place, split) in splits.iter().enumerate() {
            let scores = sifted.iter().map(|one| one.trainings[place]);
            let (point, training) = match self.fixed {
                Some(fixed) => {
                    let own = self.points.iter().position(|point| *point == fixed);
                    (fixed, own.map_or(0.0, |own| sifted[own].trainings[place]))
                }
                None => best(self.points, scores),
            };
            let window = self.window(split);
            let conditions = Conditions::BASE;
            let job = Job { step: Step::Test, point, bars: &self.bars[window.0.clone()], first: window.1, conditions };
            let record = run(&job).map_err(StudyError::Run)?;
            let bars = &self.bars[window.0][window.1..];
            folds.push(Fold {
                from: bars.first().map(|bar| bar.time).unwrap_or_default(),
                until: bars.last().map(|bar| bar.time).unwrap_or_default(),
                out_of_sample: record.figures(),
                point,
                in_sample_sharpe: training,
                trained: split.trained(),
            });
            chained.chain(&record);
        }
        Ok((folds, chained))
    }

    /// The bars of a test with those before it that it warms up on, and how many those are.
    fn window(&self, split: &Split) -> (Range<usize>, usize) {
        let range = split.test.first().cloned().unwrap_or(0..0);
        let begin = self.first + range.start;
        let warm = begin.saturating_sub(self.warm_up.saturating_add(1));
        (warm..self.first + range.end, begin - warm)
    }

    fn controls<E>(
        &self,
        splits: &[Split],
        folds: &[Fold],
        record: &Record,
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Controls, StudyError<E>> {
        let seed = self.plan.bootstrap.seed;
        let real = record.figures().total_return;
        let kept: Vec<usize> = folds.iter().map(|fold| fold.point).collect();
        let mut shuffled = Vec::with_capacity(self.plan.controls);
        for number in 0..self.plan.controls {
            let Some(bars) = self.reordered(splits, &mut Random::new(seed, number as u64)) else { continue };
            let control = Study { bars: &bars, ..*self };
            let points = if self.chooses_anew() { control.chosen(splits, run)? } else { kept.clone() };
            let mut chained = Record::default();
            for (split, point) in splits.iter().zip(points) {
                let (window, first) = control.window(split);
                let (step, conditions) = (Step::Control, Conditions::BASE);
                let job = Job { step, point, bars: &bars[window], first, conditions };
                chained.chain(&run(&job).map_err(StudyError::Run)?);
            }
            shuffled.push(chained.figures().total_return);
        }
        let (timed, permuted) = permuted_signals(&record.held, &record.moves, self.plan.controls, seed);
        let of = |kind, real, controls: &[f64]| (kind, Control::of(kind, real, controls));
        let dates = if self.chooses_anew() { ControlKind::ShuffledDatesChosenAnew } else { ControlKind::ShuffledDates };
        Ok(vec![of(dates, real, &shuffled), of(ControlKind::PermutedSignals, timed, &permuted)])
    }

    /// The choice of each training on these bars.
    fn chosen<E>(
        &self,
        splits: &[Split],
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Vec<usize>, StudyError<E>> {
        let mut scores = Vec::with_capacity(self.points.len());
        for point in self.points {
            scores.push(trainings(splits, &self.whole(Step::Control, *point, run)?));
        }
        let chosen = |place: usize| best(self.points, scores.iter().map(|of| of[place])).0;
        Ok((0..splits.len()).map(chosen).collect())
    }

    /// The bars in another order: those before the tests among themselves, and those of each test. None where a part is too
    /// short to change places.
    fn reordered(&self, splits: &[Split], random: &mut Random) -> Option<Vec<Candle>> {
        let mut from = self.first.max(1);
        let mut made = self.bars.get(..from)?.to_vec();
        let begins = splits.iter().filter_map(|split| split.test.first()).map(|test| self.first + test.start);
        for end in begins.chain([self.bars.len()]) {
            // Each part begins behind the bar that really stands before it.
            let part = shuffled_dates(self.bars.get(from - 1..end)?, self.plan.block, random)?;
            made.extend_from_slice(part.get(1..)?);
            from = end;
        }
        Some(made)
    }

    fn stress<E>(
        &self,
        splits: &[Split],
        folds: &[Fold],
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Vec<Stressed>, StudyError<E>> {
        let mut stressed = Vec::new();
        for conditions in self.stresses() {
            let mut chained = Record::default();
            for (place, (split, fold)) in splits.iter().zip(folds).enumerate() {
                let (window, first) = self.window(split);
                let bars = &self.bars[window];
                let begin = bars[first].time;
                let mut random = Random::new(self.plan.bootstrap.seed, THINNING + place as u64);
                let share = if conditions.is_thinned { MISSING_SHARE } else { 0.0 };
                let bars = thinned(bars, share, &mut random);
                let first = bars.partition_point(|bar| bar.time < begin);
                let job = Job { step: Step::Stress, point: fold.point, bars: &bars, first, conditions };
                chained.chain(&run(&job).map_err(StudyError::Run)?);
            }
            stressed.push(Stressed { conditions, figures: chained.figures() });
        }
        Ok(stressed)
    }

    fn in_sample<E>(
        &self,
        sifted: &[Sifted],
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<InSample, StudyError<E>> {
        let point = self.fixed.unwrap_or_else(|| best(self.points, sifted.iter().map(|one| one.sharpe)).0);
        let record = self.whole(Step::Sift, point, run)?;
        let sharpes: Vec<f64> = match self.fixed {
            // What surrounds a given point was not chosen from.
            Some(_) => Vec::new(),
            None => sifted.iter().map(|one| one.sharpe).collect(),
        };
        let made = (sharpes.len() as u64).max(1);
        let trials = Trials::of(&sharpes, self.plan.earlier_trials.saturating_add(made));
        let columns: Result<Vec<Column>, Missing> = sifted.iter().map(|one| one.column.clone()).collect();
        let mut scores = vec![None; self.grid.points().unwrap_or(0)];
        for (point, one) in self.points.iter().zip(sifted) {
            if let Some(score) = scores.get_mut(*point) {
                *score = Some(one.sharpe);
            }
        }
        let moments = Moments::of(&record.returns);
        Ok(InSample {
            point,
            figures: record.figures(),
            probabilistic: moments.and_then(|moments| moments.probabilistic(0.0)),
            deflated: moments.and_then(|moments| moments.deflated(trials)),
            trials: trials.count,
            earlier_trials: self.plan.earlier_trials,
            overfitting: match self.fixed {
                Some(_) => Err(Missing::TooFewTrials { have: 1, need: 2 }),
                None => columns.and_then(|columns| overfitting(&columns)),
            },
            stability: Stability::of(self.grid, &scores, point),
        })
    }

    fn out_of_sample(&self, folds: Vec<Fold>, record: &Record) -> OutOfSample {
        let moments = Moments::of(&record.returns);
        let plan = self.plan;
        OutOfSample {
            figures: record.figures(),
            probabilistic: moments.and_then(|moments| moments.probabilistic(0.0)),
            minimum_record: moments.and_then(|moments| moments.minimum_record(0.0, plan.confidence)),
            moments,
            intervals: bootstrap(&record.returns, plan.bootstrap),
            reshuffled: reshuffle(&record.trades, plan.bootstrap.draws, plan.bootstrap.seed),
            folds,
        }
    }
}

/// The Sharpe ratio of a choice; 0 for one that never moved, as in the cross-validation.
fn sharpe(returns: &[f64]) -> f64 {
    Moments::of(returns).map_or(0.0, |moments| moments.sharpe())
}

/// What a run over all bars shows of each training.
fn trainings(splits: &[Split], record: &Record) -> Vec<f64> {
    let over = |split: &Split| {
        let part: Vec<f64> =
            split.train.iter().flat_map(|range| record.returns[range.clone()].iter().copied()).collect();
        sharpe(&part)
    };
    splits.iter().map(over).collect()
}

/// The first point with the highest score.
fn best(points: &[usize], scores: impl Iterator<Item = f64>) -> (usize, f64) {
    let first = points.first().copied().unwrap_or_default();
    let better = |best: (usize, f64), next: (usize, f64)| if next.1 > best.1 { next } else { best };
    let found = points.iter().copied().zip(scores).fold((first, f64::NEG_INFINITY), better);
    if found.1.is_finite() { found } else { (first, 0.0) }
}
