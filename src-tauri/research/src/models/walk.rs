//! Walk-forward training: each test is predicted by what was learned before it, and the tests in a row are the record.
//!
//! Beside it stand two that know nothing: one says what was more frequent in the training, one that what went up goes on up. Samples
//! whose label reaches into a test are purged from its training, and an embargo lies between (`truth::splits`). Settings are
//! chosen anew in each training, by its own later part. In-sample figures come last, and only to be held against the others.

use super::fit::Recipe;
use super::fitted::Fitted;
use super::metrics::roc_auc;
use super::search::{Search, Tried};
use super::{Classified, Dataset, Evidence, Learner, Model, ModelError, Prediction, Regressed, Thresholds};
use crate::truth::{Split, SplitError, Walk};

/// Tests at most.
pub const FOLDS_MAX: usize = 50;

/// How a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkPlan {
    /// Tests; the first half of the samples only trains.
    pub folds: usize,
    /// Samples left out before each test, besides those whose labels reach into it.
    pub embargo: usize,
    /// Whether every training begins at the first sample; otherwise each is as long as the first.
    pub is_anchored: bool,
}

/// One test.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFold {
    /// Where it was tested.
    pub test: std::ops::Range<usize>,
    /// Samples it was trained on.
    pub trained: usize,
    /// With what.
    pub learner: Learner,
    /// What was tried for it.
    pub tried: Vec<Tried>,
    /// How it went.
    pub classified: Classified,
    /// What had been learned.
    pub fitted: Fitted,
}

/// Who knows nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Baselines {
    /// Always says what was more frequent in the training; its chance is how frequent.
    pub majority: Classified,
    /// Says that the last horizon repeats itself.
    pub previous: Classified,
}

/// A walk, out of sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Walked {
    /// The tests, in order.
    pub folds: Vec<ModelFold>,
    /// Every prediction, in order.
    pub predictions: Vec<Prediction>,
    /// How good they were together.
    pub classified: Classified,
    /// How good the returns were, of a learner that says returns.
    pub regressed: Option<Regressed>,
    /// How good it is to know nothing, on the same samples.
    pub baselines: Baselines,
    /// Every fit that was made.
    pub fits: u64,
}

/// Whether it told up from the rest better than luck does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Skill {
    /// The area under the curve, in the mean of the tests; none where no test can be measured.
    pub auc: Option<f64>,
    /// One deviation of it where there is nothing to learn; labels that overlap count as fewer.
    pub by_luck: f64,
    /// Tests it is the mean of.
    pub folds: usize,
}

impl Skill {
    /// Three deviations above a half.
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.auc.is_some_and(|auc| auc - 0.5 > 3.0 * self.by_luck)
    }
}

impl Walked {
    /// Whether it told up from the rest better than luck does. Each test counts by itself, since scores of one learner mean nothing
    /// beside those of another; labels that look at the same candles are counted as one.
    #[must_use]
    pub fn skill(&self, dataset: &Dataset) -> Skill {
        let (mut sum, mut variance, mut folds) = (0.0, 0.0, 0usize);
        for fold in &self.folds {
            let said = self.predictions.iter().filter(|one| fold.test.contains(&one.row));
            let pairs: Vec<(f64, bool)> = said.map(|one| (one.score, one.is_up)).collect();
            let Ok(auc) = roc_auc(&pairs) else { continue };
            let reach: usize = fold.test.clone().map(|row| dataset.ends.end(row) - row).sum();
            let overlap = (reach as f64 / fold.test.len().max(1) as f64).max(1.0);
            let ups = pairs.iter().filter(|pair| pair.1).count() as f64 / overlap;
            let downs = pairs.len() as f64 / overlap - ups;
            sum += auc;
            // Of a rank sum (Mann and Whitney, 1947).
            variance += (ups + downs + 1.0) / (12.0 * ups * downs);
            folds += 1;
        }
        let count = folds.max(1) as f64;
        Skill { auc: (folds > 0).then_some(sum / count), by_luck: libm::sqrt(variance) / count, folds }
    }
}

/// How far a training is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is at.
    pub stage: Stage,
    /// Fits that are done.
    pub fits: u64,
    /// Fits there are at most.
    pub of: u64,
}

/// What a training is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Walking forward.
    Walk,
    /// Learning from all samples.
    Whole,
    /// Asking what counts.
    Importance,
    /// Learning from labels that mean nothing.
    Control,
}

impl Stage {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Walk => "walk",
            Self::Whole => "whole",
            Self::Importance => "importance",
            Self::Control => "control",
        }
    }
}

/// Is told how far it is before each fit, and says whether to go on.
pub type Watch<'a> = dyn FnMut(Progress) -> bool + 'a;

/// Counts fits and asks whether to go on.
pub(super) struct Counter<'a, 'w> {
    pub watch: &'a mut Watch<'w>,
    pub fits: u64,
    pub of: u64,
    pub stage: Stage,
}

impl Counter<'_, '_> {
    /// Before a fit.
    pub fn next(&mut self) -> Result<(), ModelError> {
        let Self { fits, of, stage, .. } = *self;
        if !(self.watch)(Progress { stage, fits, of }) {
            return Err(ModelError::Stopped { fits });
        }
        self.fits += 1;
        Ok(())
    }
}

impl WalkPlan {
    /// The tests, in samples.
    ///
    /// # Errors
    /// [`ModelError::Bad`], [`ModelError::Split`].
    pub fn splits(&self, dataset: &Dataset) -> Result<Vec<Split>, ModelError> {
        if !(1..=FOLDS_MAX).contains(&self.folds) {
            let wanted = format!("use 1 to {FOLDS_MAX} tests");
            return Err(ModelError::Bad { name: "folds", value: self.folds.to_string(), wanted });
        }
        let samples = dataset.len();
        let half = samples / 2;
        let Some(train) = half.checked_sub(self.embargo).filter(|train| *train > 0) else {
            let need = self.embargo.saturating_mul(2).saturating_add(2);
            return Err(SplitError::TooFew { samples, need }.into());
        };
        let test = (samples - half).div_ceil(self.folds);
        let walk = Walk { train, test, is_anchored: self.is_anchored, embargo: self.embargo };
        Ok(walk.splits(&dataset.ends)?)
    }
}

/// The samples of runs.
pub(super) fn rows(runs: &[std::ops::Range<usize>]) -> Vec<usize> {
    runs.iter().cloned().flatten().collect()
}

/// What was learned says about samples.
pub(super) fn predict(dataset: &Dataset, fitted: &Fitted, rows: &[usize]) -> Vec<Prediction> {
    let one = |row: &usize| {
        let score = fitted.score(dataset.table.row(*row));
        Prediction {
            row: *row,
            score,
            raw: fitted.raw(score),
            chance: fitted.chance(score),
            says_up: fitted.is_up(score),
            is_up: dataset.is_up(*row, fitted.threshold),
            net: dataset.samples[*row].net,
        }
    };
    rows.iter().map(one).collect()
}

pub(super) fn regressed(recipe: &Recipe, predictions: &[Prediction]) -> Option<Regressed> {
    let of = |pick: fn(&Prediction) -> f64| predictions.iter().map(pick).collect::<Vec<f64>>();
    recipe.learner.kind.says_returns().then(|| Regressed::of(&of(|one| one.score), &of(|one| one.net)))
}

/// Walks forward through samples. `watch` is asked before every fit.
///
/// # Errors
/// [`ModelError`].
pub fn walk_forward(
    dataset: &Dataset,
    recipe: &Recipe,
    plan: &WalkPlan,
    search: &Search,
    watch: &mut Watch<'_>,
) -> Result<Walked, ModelError> {
    let splits = plan.splits(dataset)?;
    let of = splits.len() as u64 * (search.budget() as u64 + 1);
    walked(dataset, recipe, &splits, search, &mut Counter { watch, fits: 0, of, stage: Stage::Walk })
}

pub(super) fn walked(
    dataset: &Dataset,
    recipe: &Recipe,
    splits: &[Split],
    search: &Search,
    counter: &mut Counter<'_, '_>,
) -> Result<Walked, ModelError> {
    let (mut folds, mut predictions) = (Vec::new(), Vec::new());
    let (mut majority, mut previous) = (Vec::new(), Vec::new());
    for split in splits {
        let (train, test) = (rows(&split.train), rows(&split.test));
        let found = search.run(dataset, &train, recipe, &mut || counter.next())?;
        let chosen = Recipe { learner: found.learner.clone(), ..recipe.clone() };
        counter.next()?;
        let fitted = chosen.fit(dataset, &train)?;
        let said = predict(dataset, &fitted, &test);
        let frequent = train.iter().filter(|row| dataset.is_up(**row, fitted.threshold)).count();
        let share = frequent as f64 / train.len().max(1) as f64;
        let guess = |one: &Prediction, chance: f64| Prediction {
            score: chance,
            raw: Some(chance),
            chance: Some(chance),
            says_up: chance > 0.5,
            ..*one
        };
        majority.extend(said.iter().map(|one| guess(one, share)));
        // It is as sure as its rule deserves in the training, so that its losses can be told too.
        let right = train.iter().filter(|row| dataset.samples[**row].was_up == dataset.is_up(**row, fitted.threshold));
        let trust = (right.count() as f64 / train.len().max(1) as f64).clamp(0.01, 0.99);
        previous.extend(said.iter().map(|one| {
            let was_up = dataset.samples[one.row].was_up;
            let chance = if was_up { trust } else { 1.0 - trust };
            Prediction { says_up: was_up, ..guess(one, chance) }
        }));
        folds.push(ModelFold {
            test: split.test.first().map_or(0, |run| run.start)..split.test.last().map_or(0, |run| run.end),
            trained: train.len(),
            learner: found.learner,
            tried: found.tried,
            classified: Classified::of(&said),
            fitted,
        });
        predictions.extend(said);
    }
    let baselines = Baselines { majority: Classified::of(&majority), previous: Classified::of(&previous) };
    let classified = Classified::of(&predictions);
    let regressed = regressed(recipe, &predictions);
    Ok(Walked { folds, predictions, classified, regressed, baselines, fits: counter.fits })
}

/// A whole training: out of sample first, then what is kept.
#[derive(Debug, Clone)]
pub struct Trained {
    /// Out of sample.
    pub walked: Walked,
    /// What was learned from all samples, in the same way; this is what is kept.
    pub model: Model,
    /// What was tried for it.
    pub tried: Vec<Tried>,
    /// How it fits what it learned from. To be held against the walk, and never alone.
    pub in_sample: Classified,
    /// Every fit that was made.
    pub fits: u64,
}

/// Walks forward, then learns from all samples. Nothing is kept of one that is stopped.
///
/// # Errors
/// [`ModelError`].
pub fn train(
    dataset: &Dataset,
    recipe: &Recipe,
    plan: &WalkPlan,
    search: &Search,
    thresholds: Thresholds,
    watch: &mut Watch<'_>,
) -> Result<Trained, ModelError> {
    recipe.check()?;
    let kind = recipe.learner.kind;
    let bad = |wanted| ModelError::Bad { name: "thresholds", value: format!("{thresholds:?}"), wanted };
    thresholds.check(kind).map_err(bad)?;
    let splits = plan.splits(dataset)?;
    let of = (splits.len() as u64 + 1) * (search.budget() as u64 + 1);
    let mut counter = Counter { watch, fits: 0, of, stage: Stage::Walk };
    let walked = walked(dataset, recipe, &splits, search, &mut counter)?;
    counter.stage = Stage::Whole;
    let all: Vec<usize> = (0..dataset.len()).collect();
    let found = search.run(dataset, &all, recipe, &mut || counter.next())?;
    let chosen = Recipe { learner: found.learner, ..recipe.clone() };
    counter.next()?;
    let fitted = chosen.fit(dataset, &all)?;
    let in_sample = Classified::of(&predict(dataset, &fitted, &all));
    let fits = counter.fits;
    let evidence = Evidence::of(
        walked.folds.len(),
        fits,
        &walked.classified,
        walked.regressed.as_ref(),
        &walked.baselines.majority,
    );
    let model = Model::new(dataset, &chosen, fitted, thresholds, evidence);
    Ok(Trained { walked, model, tried: found.tried, in_sample, fits })
}
