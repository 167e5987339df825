//! Chances that mean what they say: a score is mapped to how often it came true among samples the learner did not see.
//!
//! Platt's sigmoid: Platt (1999), with his smoothed targets. Isotonic: pool adjacent violators (Ayer et al., 1955), lines between the
//! middles of the pools, and never quite 0 or 1: a pool of n says at most (n + 1) ÷ (n + 2).

use super::linear::{logistic, shares};
use super::{ModelError, Table};
use serde::{Deserialize, Serialize};

/// Steps of an isotonic map at most.
const STEPS_MAX: usize = 10_000;

/// How chances are calibrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// Not at all.
    None,
    /// By a sigmoid of two numbers.
    Platt,
    /// By steps that only rise; takes more samples.
    Isotonic,
}

impl Calibration {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Platt, Self::Isotonic];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Platt => "platt",
            Self::Isotonic => "isotonic",
        }
    }

    /// By its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }
}

/// From scores to chances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibrated {
    /// A sigmoid of `slope · score + intercept`.
    Platt {
        /// The factor.
        slope: f64,
        /// What is added.
        intercept: f64,
    },
    /// Lines between points; flat outside of them.
    Isotonic {
        /// Scores, rising.
        scores: Vec<f64>,
        /// The chance at each, never falling.
        chances: Vec<f64>,
    },
}

impl Calibrated {
    /// Of scores and what became of them (0 or 1).
    pub(super) fn fit(how: Calibration, scores: &[f64], targets: &[f64]) -> Result<Option<Self>, ModelError> {
        match how {
            Calibration::None => Ok(None),
            Calibration::Platt => platt(scores, targets).map(Some),
            Calibration::Isotonic => Ok(Some(isotonic(scores, targets))),
        }
    }

    /// The chance that goes with a score.
    #[must_use]
    pub fn chance(&self, score: f64) -> f64 {
        match self {
            Self::Platt { slope, intercept } => logistic(slope * score + intercept),
            Self::Isotonic { scores, chances } => {
                let above = scores.partition_point(|one| *one < score);
                match (above.checked_sub(1), chances.get(above)) {
                    (Some(below), Some(high)) => {
                        let share = (score - scores[below]) / (scores[above] - scores[below]);
                        chances[below] + (high - chances[below]) * share
                    }
                    (None, Some(first)) => *first,
                    (_, None) => chances.last().copied().unwrap_or(0.5),
                }
            }
        }
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let good = match self {
            Self::Platt { slope, intercept } => slope.is_finite() && intercept.is_finite(),
            Self::Isotonic { scores, chances } => {
                let sized = scores.len() == chances.len() && (1..=STEPS_MAX).contains(&scores.len());
                let rising = scores.is_sorted_by(|one, other| one < other) && scores.iter().all(|one| one.is_finite());
                sized && rising && chances.is_sorted() && chances.iter().all(|one| (0.0..=1.0).contains(one))
            }
        };
        if good { Ok(()) } else { Err("its calibration is none".into()) }
    }
}

fn platt(scores: &[f64], targets: &[f64]) -> Result<Calibrated, ModelError> {
    let ups = targets.iter().filter(|target| **target > 0.5).count() as f64;
    let downs = targets.len() as f64 - ups;
    let smoothed = |target: &f64| if *target > 0.5 { (ups + 1.0) / (ups + 2.0) } else { 1.0 / (downs + 2.0) };
    // In deviations, so that scores of any size are found alike.
    let mut table = Table::new(1);
    scores.iter().for_each(|score| table.push(&[*score]));
    let scaler = super::Scaler::fit(&table);
    let line = shares(&scaler.scale(&table), &targets.iter().map(smoothed).collect::<Vec<_>>(), 1e-9)?;
    let (mean, deviation) = (scaler.mean[0], scaler.deviation[0]);
    let slope = if deviation > 0.0 { line.coefficients[0] / deviation } else { 0.0 };
    Ok(Calibrated::Platt { slope, intercept: line.intercept - slope * mean })
}

fn isotonic(scores: &[f64], targets: &[f64]) -> Calibrated {
    let mut order: Vec<(f64, f64)> = scores.iter().copied().zip(targets.iter().copied()).collect();
    order.sort_by(|one, other| one.0.total_cmp(&other.0));
    // Pools: sum of scores, sum of targets, how many.
    let mut pools: Vec<(f64, f64, f64)> = Vec::new();
    let mut last = f64::NAN;
    for (score, target) in order {
        match pools.last_mut() {
            // Equal scores are one pool, whatever became of them.
            Some(pool) if score == last => *pool = (pool.0 + score, pool.1 + target, pool.2 + 1.0),
            _ => pools.push((score, target, 1.0)),
        }
        last = score;
    }
    let mut risen: Vec<(f64, f64, f64)> = Vec::with_capacity(pools.len());
    for pool in pools {
        let mut pool = pool;
        while let Some(before) = risen.pop_if(|before| before.1 * pool.2 >= pool.1 * before.2) {
            pool = (before.0 + pool.0, before.1 + pool.1, before.2 + pool.2);
        }
        risen.push(pool);
    }
    let step = risen.len().div_ceil(STEPS_MAX).max(1);
    let (mut at, mut chances): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for (sum, ups, count) in risen.into_iter().step_by(step) {
        let chance = (ups / count).clamp(1.0 / (count + 2.0), (count + 1.0) / (count + 2.0));
        let score = sum / count;
        if at.last().is_none_or(|last| *last < score) {
            at.push(score);
            chances.push(chance.max(chances.last().copied().unwrap_or(0.0)));
        }
    }
    Calibrated::Isotonic { scores: at, chances }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::metrics::brier;
    use crate::truth::Random;

    /// Scores that are twice too sure: the chance is that of half the score.
    fn too_sure(seed: u64, count: usize) -> (Vec<f64>, Vec<f64>) {
        let mut random = Random::new(seed, 0);
        let score = |_| (random.unit() - 0.5) * 8.0;
        let scores: Vec<f64> = (0..count).map(score).collect();
        let come = |score: &f64| if random.unit() < logistic(score / 2.0) { 1.0 } else { 0.0 };
        let targets = scores.iter().map(come).collect();
        (scores, targets)
    }

    #[test]
    fn both_make_scores_that_are_too_sure_mean_what_they_say() {
        let (scores, targets) = too_sure(1, 4_000);
        let (fresh, came) = too_sure(2, 4_000);
        let before = brier(&fresh.iter().map(|score| logistic(*score)).collect::<Vec<_>>(), &came);
        let real = brier(&fresh.iter().map(|score| logistic(score / 2.0)).collect::<Vec<_>>(), &came);
        for how in [Calibration::Platt, Calibration::Isotonic] {
            let map = Calibrated::fit(how, &scores, &targets).unwrap().unwrap();
            map.check().unwrap();
            let after = brier(&fresh.iter().map(|score| map.chance(*score)).collect::<Vec<_>>(), &came);
            assert!(after < before - 0.01 && after < real + 0.002, "{how:?}: {before} {after} {real}");
        }
        let Some(Calibrated::Platt { slope, intercept }) =
            Calibrated::fit(Calibration::Platt, &scores, &targets).unwrap()
        else {
            panic!("not Platt's")
        };
        assert!((slope - 0.5).abs() < 0.05 && intercept.abs() < 0.1, "{slope} {intercept}");
    }

    #[test]
    fn isotonic_steps_are_those_of_the_book() {
        // Pools by hand: 0 | 1, 0 → 1/2 at 2.5 | 1 at 4.
        let Calibrated::Isotonic { scores, chances } = isotonic(&[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 0.0, 1.0]) else {
            panic!("not isotonic")
        };
        assert_eq!((scores, chances.clone()), (vec![1.0, 2.5, 4.0], vec![1.0 / 3.0, 0.5, 2.0 / 3.0]));
        let map = isotonic(&[1.0, 2.0, 3.0, 4.0], &[0.0, 1.0, 0.0, 1.0]);
        assert_eq!([map.chance(-9.0), map.chance(9.0)], [1.0 / 3.0, 2.0 / 3.0]);
        assert!((map.chance(3.25) - (0.5 + 1.0 / 12.0)).abs() < 1e-12);
        // Scores that are all the same are one step.
        assert_eq!(isotonic(&[2.0; 4], &[0.0, 1.0, 1.0, 1.0]).chance(2.0), 0.75);
    }
}
