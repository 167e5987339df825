//! One training: from samples to a learner that has learned.
//!
//! The samples to train on are cut in the order of time: first what the learner fits; then, for boosting, what tells it when to
//! stop; last what its chances are calibrated by. Between them, samples whose label reaches over the cut are left out. Nothing
//! else is looked at.

use super::calibration::{Calibrated, Calibration};
use super::fitted::{Fitted, Weights};
use super::grow::{Classes, boosting, forest};
use super::{Dataset, Learner, LearnerKind, ModelError, Scaler, Table, linear};
use crate::truth::Labels;
use serde::{Deserialize, Serialize};

/// The share of a training that calibrates.
const CALIBRATION: f64 = 0.2;
/// The share of what is left that tells boosting when to stop.
const STOPPING: f64 = 0.15;
/// Samples of any part at least.
const PART_MIN: usize = 20;

/// How to learn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Who, with its settings.
    pub learner: Learner,
    /// Whether the rarer class weighs as much as the other one, all its samples together.
    pub is_balanced: bool,
    /// How chances are calibrated.
    pub calibration: Calibration,
    /// For whatever is drawn by lot.
    pub seed: u64,
}

/// The last so many of these samples, and before them those whose labels don't reach into them.
pub(super) fn tail(ends: &Labels, rows: &[usize], share: f64) -> (Vec<usize>, Vec<usize>) {
    let count = (rows.len() as f64 * share).ceil() as usize;
    let (head, tail) = rows.split_at(rows.len() - count.min(rows.len()));
    let first = tail.first().copied().unwrap_or(usize::MAX);
    (head.iter().copied().filter(|row| ends.end(*row) < first).collect(), tail.to_vec())
}

/// Samples with their classes, as learners take them.
struct Part {
    table: Table,
    targets: Vec<f64>,
    weights: Vec<f64>,
}

impl Part {
    fn of(dataset: &Dataset, rows: &[usize], threshold: Option<f64>) -> Self {
        let target = |row: &usize| if dataset.is_up(*row, threshold) { 1.0 } else { 0.0 };
        let targets: Vec<f64> = rows.iter().map(target).collect();
        Self { table: dataset.table.take(rows), weights: vec![1.0; targets.len()], targets }
    }

    fn balanced(mut self, [down, up]: [f64; 2]) -> Self {
        self.weights = self.targets.iter().map(|target| if *target > 0.5 { up } else { down }).collect();
        self
    }

    fn has_both(&self, dataset: &Dataset) -> Result<(), ModelError> {
        let samples = self.targets.len();
        if samples < PART_MIN {
            let dropped = Box::new(dataset.dropped.clone());
            return Err(ModelError::TooFewRows { have: samples, rows: dataset.len(), need: PART_MIN, dropped });
        }
        let ups = self.targets.iter().filter(|target| **target > 0.5).count();
        if ups == 0 || ups == samples {
            let class = if ups == 0 { "not up" } else { "up" };
            return Err(ModelError::OneClass { class, samples });
        }
        Ok(())
    }

    fn balance(&self) -> [f64; 2] {
        let (count, ups) = (self.targets.len() as f64, self.targets.iter().sum::<f64>());
        [count / (2.0 * (count - ups)), count / (2.0 * ups)]
    }

    fn classes(&self) -> Classes<'_> {
        Classes { table: &self.table, targets: &self.targets, weights: &self.weights }
    }
}

impl Recipe {
    /// Holds it to what can be.
    ///
    /// # Errors
    /// [`ModelError::Bad`].
    pub fn check(&self) -> Result<(), ModelError> {
        self.learner.check()
    }

    /// Learns from these samples, in the order of time, and from no others.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn fit(&self, dataset: &Dataset, train: &[usize]) -> Result<Fitted, ModelError> {
        self.check()?;
        let kind = self.learner.kind;
        if kind == LearnerKind::Ridge {
            return self.returns(dataset, train);
        }
        let calibrates = self.calibration != Calibration::None;
        let (train, held) =
            if calibrates { tail(&dataset.ends, train, CALIBRATION) } else { (train.to_vec(), Vec::new()) };
        let (learn, stop) =
            if kind == LearnerKind::Boosting { tail(&dataset.ends, &train, STOPPING) } else { (train, Vec::new()) };
        let threshold = dataset.threshold(&learn);
        let mut part = Part::of(dataset, &learn, threshold);
        part.has_both(dataset)?;
        let mut watched = Part::of(dataset, &stop, threshold);
        if self.is_balanced {
            let weights = part.balance();
            (part, watched) = (part.balanced(weights), watched.balanced(weights));
        }
        let weights = self.weights(&part, &watched)?;
        let mut fitted = Fitted { kind, weights, calibrated: None, threshold };
        if calibrates {
            let part = Part::of(dataset, &held, threshold);
            part.has_both(dataset)?;
            let scores: Vec<f64> = part.table.each().map(|row| fitted.score(row)).collect();
            fitted.calibrated = Calibrated::fit(self.calibration, &scores, &part.targets)?;
        }
        fitted.check(dataset.table.columns()).map_err(|why| ModelError::Failed { learner: kind.as_str(), why })?;
        Ok(fitted)
    }

    fn weights(&self, part: &Part, watched: &Part) -> Result<Weights, ModelError> {
        match self.learner.kind {
            LearnerKind::Boosting => {
                boosting(&self.learner, self.seed, &part.classes(), &watched.classes()).map(Weights::Trees)
            }
            LearnerKind::Forest => forest(&self.learner, self.seed, &part.classes()).map(Weights::Trees),
            LearnerKind::Logistic | LearnerKind::Ridge => {
                let scaler = Scaler::fit(&part.table);
                let weights = self.is_balanced.then_some(part.weights.as_slice());
                let l2 = self.learner.get("l2");
                let line = linear::classes(&scaler.scale(&part.table), &part.targets, weights, l2)?;
                Ok(Weights::Line { scaler, coefficients: line.coefficients, intercept: line.intercept })
            }
        }
    }

    fn returns(&self, dataset: &Dataset, train: &[usize]) -> Result<Fitted, ModelError> {
        if train.len() < PART_MIN {
            let dropped = Box::new(dataset.dropped.clone());
            return Err(ModelError::TooFewRows { have: train.len(), rows: dataset.len(), need: PART_MIN, dropped });
        }
        let table = dataset.table.take(train);
        let targets: Vec<f64> = train.iter().map(|row| dataset.samples[*row].net).collect();
        let scaler = Scaler::fit(&table);
        let line = linear::ridge(&scaler.scale(&table), &targets, self.learner.get("l2"))?;
        let weights = Weights::Line { scaler, coefficients: line.coefficients, intercept: line.intercept };
        let threshold = dataset.threshold(train);
        let fitted = Fitted { kind: LearnerKind::Ridge, weights, calibrated: None, threshold };
        fitted.check(dataset.table.columns()).map_err(|why| ModelError::Failed { learner: "ridge", why })?;
        Ok(fitted)
    }
}
