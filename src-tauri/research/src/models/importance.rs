//! Which features count, and whether anything is learned where there is nothing to learn.
//!
//! Importance: what is lost when a column of a test is shuffled (Breiman, 2001), by what was learned before that test; over all tests
//! and several shuffles. Two columns that say the same share what they are worth, so that each may look like nothing.
//!
//! Control: the labels are shuffled among all samples, trained and tested alike. Whatever then still tells up from the rest knows labels it
//! must not know: a scaler or a column made of them, or trainings that overlap their tests.

use super::fit::Recipe;
use super::metrics::{Regressed, roc_auc};
use super::search::Search;
use super::walk::{Counter, ModelFold, Stage, Walked, Watch, predict, walked};
use super::{Dataset, ModelError, WalkPlan};
use crate::truth::Random;

/// Shuffles of a column, or of the labels, at most.
pub const ROUNDS_MAX: usize = 100;

/// What a column is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The column.
    pub feature: String,
    /// What the area under the curve loses without it, in the mean; of returns, what the error grows by.
    pub mean: f64,
    /// The deviation over tests and shuffles.
    pub spread: f64,
    /// So many of them.
    pub measured: usize,
}

fn rounds_fit(rounds: usize) -> Result<(), ModelError> {
    let wanted = format!("use 1 to {ROUNDS_MAX} shuffles");
    let bad = || ModelError::Bad { name: "rounds", value: rounds.to_string(), wanted };
    if (1..=ROUNDS_MAX).contains(&rounds) { Ok(()) } else { Err(bad()) }
}

/// How well a test is told, more is better: the area under the curve, or the error of returns below 0.
fn goodness(dataset: &Dataset, fold: &ModelFold, rows: &[usize], scores: &[f64]) -> Option<f64> {
    if fold.learner.kind.says_returns() {
        let came: Vec<f64> = rows.iter().map(|row| dataset.samples[*row].net).collect();
        return Regressed::of(scores, &came).rmse.ok().map(|error| -error);
    }
    let up = |(row, score): (&usize, &f64)| (*score, dataset.is_up(*row, fold.fitted.threshold));
    roc_auc(&rows.iter().zip(scores).map(up).collect::<Vec<_>>()).ok()
}

/// What each column is worth out of sample, the worthiest first.
///
/// # Errors
/// [`ModelError::Bad`], [`ModelError::Stopped`].
pub fn importance(
    dataset: &Dataset,
    walked: &Walked,
    rounds: usize,
    seed: u64,
    watch: &mut Watch<'_>,
) -> Result<Vec<Importance>, ModelError> {
    rounds_fit(rounds)?;
    let columns = dataset.columns.len();
    let mut lost: Vec<Vec<f64>> = vec![Vec::new(); columns];
    let mut counter = Counter { watch, fits: 0, of: (walked.folds.len() * columns) as u64, stage: Stage::Importance };
    for fold in &walked.folds {
        let rows: Vec<usize> = fold.test.clone().collect();
        let plain: Vec<f64> = rows.iter().map(|row| fold.fitted.score(dataset.table.row(*row))).collect();
        let base = goodness(dataset, fold, &rows, &plain);
        for (column, lost) in lost.iter_mut().enumerate() {
            counter.next()?;
            let Some(base) = base else { continue };
            for round in 0..rounds {
                let mut lot = Random::new(seed, (round * columns + column) as u64);
                let mut others = rows.clone();
                lot.shuffle(&mut others);
                let score = |(row, other): (&usize, &usize)| {
                    let mut values = dataset.table.row(*row).to_vec();
                    values[column] = dataset.table.row(*other)[column];
                    fold.fitted.score(&values)
                };
                let scores: Vec<f64> = rows.iter().zip(&others).map(score).collect();
                lost.extend(goodness(dataset, fold, &rows, &scores).map(|without| base - without));
            }
        }
    }
    let made = |(feature, lost): (&String, Vec<f64>)| {
        let (mean, spread) = moments(&lost);
        Importance { feature: feature.clone(), mean, spread, measured: lost.len() }
    };
    let mut all: Vec<Importance> = dataset.columns.iter().zip(lost).map(made).collect();
    all.sort_by(|one, other| other.mean.total_cmp(&one.mean));
    Ok(all)
}

/// Mean and deviation of a sample; 0 where there is none.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count.max(1.0);
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, libm::sqrt(squares / (count - 1.0).max(1.0)))
}

/// How learning from labels that mean nothing went.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelControl {
    /// The area under the curve out of sample, of each shuffle.
    pub aucs: Vec<f64>,
    /// Their mean; a half is nothing.
    pub mean: f64,
    /// How far the mean may lie off a half by luck: three deviations.
    pub allowed: f64,
    /// Fits that were made.
    pub fits: u64,
}

impl LabelControl {
    /// Whether nothing was found where there was nothing.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        !self.aucs.is_empty() && (self.mean - 0.5).abs() <= self.allowed
    }

    /// Of areas under the curve on so many samples that were up, and that were not.
    #[must_use]
    pub fn of(aucs: Vec<f64>, ups: usize, downs: usize, fits: u64) -> Self {
        let (ups, downs) = (ups.max(1) as f64, downs.max(1) as f64);
        // The variance of the rank sum of samples that are all alike (Mann and Whitney, 1947).
        let by_luck = libm::sqrt((ups + downs + 1.0) / (12.0 * ups * downs) / aucs.len().max(1) as f64);
        let mean = aucs.iter().sum::<f64>() / aucs.len().max(1) as f64;
        Self { aucs, mean, allowed: 3.0 * by_luck, fits }
    }
}

/// With labels that belong to other samples.
#[must_use]
pub fn shuffled_labels(dataset: &Dataset, lot: &mut Random) -> Dataset {
    let mut outcomes: Vec<(f64, Option<bool>)> =
        dataset.samples.iter().map(|sample| (sample.net, sample.is_up)).collect();
    lot.shuffle(&mut outcomes);
    let mut shuffled = dataset.clone();
    for (sample, (net, is_up)) in shuffled.samples.iter_mut().zip(outcomes) {
        (sample.net, sample.is_up) = (net, is_up);
    }
    shuffled
}

/// Walks forward over shuffled labels, with the settings as they are in the recipe.
///
/// # Errors
/// [`ModelError`].
pub fn label_control(
    dataset: &Dataset,
    recipe: &Recipe,
    plan: &WalkPlan,
    rounds: usize,
    watch: &mut Watch<'_>,
) -> Result<LabelControl, ModelError> {
    rounds_fit(rounds)?;
    let splits = plan.splits(dataset)?;
    let mut counter = Counter { watch, fits: 0, of: (splits.len() * rounds) as u64, stage: Stage::Control };
    let (mut aucs, mut ups, mut downs) = (Vec::new(), 0, 0);
    for round in 0..rounds {
        let shuffled = shuffled_labels(dataset, &mut Random::new(recipe.seed, 1_000 + round as u64));
        let walked = walked(&shuffled, recipe, &splits, &Search::None, &mut counter)?;
        // Each test by itself: what was learned before one is no measure of what was before another.
        for fold in &walked.folds {
            let rows: Vec<usize> = fold.test.clone().collect();
            let said = predict(&shuffled, &fold.fitted, &rows);
            let pairs: Vec<(f64, bool)> = said.iter().map(|one| (one.score, one.is_up)).collect();
            aucs.extend(roc_auc(&pairs));
            ups += pairs.iter().filter(|pair| pair.1).count();
            downs += pairs.iter().filter(|pair| !pair.1).count();
        }
    }
    let tests = aucs.len().max(1);
    Ok(LabelControl::of(aucs, ups / tests, downs / tests, counter.fits))
}
