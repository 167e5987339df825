//! The whole examination of a strategy on one coin's bars: what it did where it wasn't chosen, what of the rest is luck.
//!
//! 1. Sift: every point of the grid runs once over all bars. A walk forward's choices are made on parts of these runs that
//!    end before the test does begin; a run up to a bar is the same whatever comes later, which the leak checks hold it to.
//! 2. Test: the choice of each training runs afresh over its test, warmed up on the bars before. Chained, this is the
//!    out-of-sample record. Every control and stress is of this record, since a choice flatters only where it was made.
//! 3. The best point over all bars is what a sweep would have shown: it is deflated by all trials there were.
//!
//! Deliberately absent: how a run is made; a caller gives it, one [`Job`] at a time, and may end it by an error.

mod report;
#[cfg(test)]
mod tests;
mod verdict;

pub use report::{Conditions, Fold, InSample, OutOfSample, Report, Stressed};
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
use domain::Candle;
use std::ops::Range;

/// Fewer bars are not examined.
const BARS_MIN: usize = 200;
/// The share of bars missing under stress.
const MISSING_SHARE: f64 = 0.05;
/// Bars a regime is told from.
const REGIME_BARS: usize = 50;
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
    /// On shuffled dates.
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
        let each_test = 1 + self.plan.controls + Conditions::STRESSES.len();
        self.points.len() + 1 + self.plan.tests.saturating_mul(each_test)
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
            let record = self.whole(*point, run)?;
            let over = |split: &Split| {
                let part: Vec<f64> =
                    split.train.iter().flat_map(|range| record.returns[range.clone()].iter().copied()).collect();
                sharpe(&part)
            };
            sifted.push(Sifted {
                sharpe: sharpe(&record.returns),
                trainings: splits.iter().map(over).collect(),
                column: Column::of(&record.returns, self.plan.parts),
            });
        }
        Ok(sifted)
    }

    fn whole<E>(
        &self,
        point: usize,
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Record, StudyError<E>> {
        let (bars, first, conditions) = (self.bars, self.first, Conditions::BASE);
        let mut record = run(&Job { step: Step::Sift, point, bars, first, conditions }).map_err(StudyError::Run)?;
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
    ) -> Result<Vec<(ControlKind, Result<Control, Missing>)>, StudyError<E>> {
        let seed = self.plan.bootstrap.seed;
        let real = record.figures().total_return;
        let mut shuffled = Vec::with_capacity(self.plan.controls);
        for number in 0..self.plan.controls {
            let mut chained = Record::default();
            let mut random = Random::new(seed, number as u64);
            for (split, fold) in splits.iter().zip(folds) {
                let Some((bars, first)) = self.shuffled(split, &mut random) else { continue };
                let conditions = Conditions::BASE;
                let job = Job { step: Step::Control, point: fold.point, bars: &bars, first, conditions };
                chained.chain(&run(&job).map_err(StudyError::Run)?);
            }
            // Where a fold could not be shuffled, the chain is too short to compare.
            if chained.returns.len() == record.returns.len() {
                shuffled.push(chained.figures().total_return);
            }
        }
        let (timed, permuted) = permuted_signals(&record.held, &record.moves, self.plan.controls, seed);
        let of = |kind, real, controls: &[f64]| (kind, Control::of(kind, real, controls));
        Ok(vec![of(ControlKind::ShuffledDates, real, &shuffled), of(ControlKind::PermutedSignals, timed, &permuted)])
    }

    /// The bars of a test in another order, behind their own warm-up.
    fn shuffled(&self, split: &Split, random: &mut Random) -> Option<(Vec<Candle>, usize)> {
        let (window, first) = self.window(split);
        let bars = &self.bars[window];
        let anchor = first.saturating_sub(1);
        let mut made = bars[..anchor].to_vec();
        made.extend(shuffled_dates(&bars[anchor..], self.plan.block, random)?);
        Some((made, first))
    }

    fn stress<E>(
        &self,
        splits: &[Split],
        folds: &[Fold],
        run: &mut dyn FnMut(&Job<'_>) -> Result<Record, E>,
    ) -> Result<Vec<Stressed>, StudyError<E>> {
        let mut stressed = Vec::with_capacity(Conditions::STRESSES.len());
        for conditions in Conditions::STRESSES {
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
        let record = self.whole(point, run)?;
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

/// The first point with the highest score.
fn best(points: &[usize], scores: impl Iterator<Item = f64>) -> (usize, f64) {
    let first = points.first().copied().unwrap_or_default();
    let better = |best: (usize, f64), next: (usize, f64)| if next.1 > best.1 { next } else { best };
    let found = points.iter().copied().zip(scores).fold((first, f64::NEG_INFINITY), better);
    if found.1.is_finite() { found } else { (first, 0.0) }
}
