//! What was learned: from a row of features to a score, a chance, and what brought it about.

use super::calibration::Calibrated;
use super::linear::{dot, logistic};
use super::table::MAGNITUDE_MAX;
use super::trees::Trees;
use super::{LearnerKind, Scaler};
use serde::{Deserialize, Serialize};

/// What a learner found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Weights {
    /// A line over standardised columns.
    Line {
        /// How they are standardised.
        scaler: Scaler,
        /// A factor for each column.
        coefficients: Vec<f64>,
        /// What is said where all columns stand at their means.
        intercept: f64,
    },
    /// Trees over the columns as they are.
    Trees(Trees),
}

/// A learner that has learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// Who learned.
    pub kind: LearnerKind,
    /// What.
    pub weights: Weights,
    /// From scores to chances; none when the learner's own count.
    pub calibrated: Option<Calibrated>,
    /// The return that counted as up, where the samples told it.
    pub threshold: Option<f64>,
}

/// Why it said what it said about a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What it says of a row that nothing is known about.
    pub base: f64,
    /// What each column added, in the order of the columns; with `base` they come to `score`.
    pub contributions: Vec<f64>,
    /// What the learner said, before calibration.
    pub score: f64,
    /// What scores are counted in: `log_odds`, `chance` or `return`.
    pub unit: &'static str,
    /// How contributions are found: `line` (exact) or `path` (Saabas: what each step down a tree changed; exact in sum,
    /// and a column that only asks further down gets what was left for it).
    pub method: &'static str,
}

impl Explanation {
    /// The places of the columns that count most, and what they added.
    #[must_use]
    pub fn biggest(&self, count: usize) -> Vec<(usize, f64)> {
        let mut order: Vec<(usize, f64)> = self.contributions.iter().copied().enumerate().collect();
        order.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()).then(one.0.cmp(&other.0)));
        order.truncate(count);
        order
    }
}

impl Fitted {
    /// What the learner says about a row: log odds, a chance or a return.
    #[must_use]
    pub fn score(&self, row: &[f64]) -> f64 {
        match &self.weights {
            Weights::Line { scaler, coefficients, intercept } => {
                let scaled: Vec<f64> = row.iter().enumerate().map(|(place, value)| scaler.one(place, *value)).collect();
                intercept + dot(coefficients, &scaled)
            }
            Weights::Trees(trees) => trees.predict(row),
        }
    }

    /// The chance a score is, as the learner means it; none when it says returns.
    #[must_use]
    pub fn raw(&self, score: f64) -> Option<f64> {
        match self.kind {
            LearnerKind::Logistic | LearnerKind::Boosting => Some(logistic(score)),
            LearnerKind::Forest => Some(score.clamp(0.0, 1.0)),
            LearnerKind::Ridge => None,
        }
    }

    /// The chance a score is, calibrated where it was; none when it says returns.
    #[must_use]
    pub fn chance(&self, score: f64) -> Option<f64> {
        let raw = self.raw(score)?;
        Some(self.calibrated.as_ref().map_or(raw, |map| map.chance(score)))
    }

    /// What is held against thresholds: the chance, or the return.
    #[must_use]
    pub fn says(&self, row: &[f64]) -> f64 {
        let score = self.score(row);
        self.chance(score).unwrap_or(score)
    }

    /// Whether a score says up: more likely than not, or a return above nothing.
    #[must_use]
    pub fn is_up(&self, score: f64) -> bool {
        self.chance(score).map_or(score > 0.0, |chance| chance > 0.5)
    }

    /// Why it says what it says about a row.
    #[must_use]
    pub fn explain(&self, row: &[f64]) -> Explanation {
        let score = self.score(row);
        let unit = match self.kind {
            LearnerKind::Logistic | LearnerKind::Boosting => "log_odds",
            LearnerKind::Forest => "chance",
            LearnerKind::Ridge => "return",
        };
        let (base, contributions, method) = match &self.weights {
            Weights::Line { scaler, coefficients, intercept } => {
                let one = |(place, value): (usize, &f64)| coefficients[place] * scaler.one(place, *value);
                (*intercept, row.iter().enumerate().map(one).collect(), "line")
            }
            Weights::Trees(trees) => {
                let (base, contributions) = trees.contributions(row);
                (base, contributions, "path")
            }
        };
        Explanation { base, contributions, score, unit, method }
    }

    /// Whether it can be used, over so many columns.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self, columns: usize) -> Result<(), String> {
        let is_tree = matches!(self.weights, Weights::Trees(_));
        if is_tree != matches!(self.kind, LearnerKind::Boosting | LearnerKind::Forest) {
            return Err(format!("a {} does not look like that", self.kind.as_str()));
        }
        match &self.weights {
            Weights::Line { scaler, coefficients, intercept } => {
                let lengths = [scaler.mean.len(), scaler.deviation.len(), coefficients.len()];
                let numbers = scaler.mean.iter().chain(&scaler.deviation).chain(coefficients).chain([intercept]);
                if lengths.iter().any(|length| *length != columns) {
                    return Err(format!("a line of {} factors over {columns} columns", coefficients.len()));
                }
                let odd = |one: &f64| !one.is_finite() || one.abs() > MAGNITUDE_MAX;
                let no_spread = |one: &f64| *one != 0.0 && *one < 1.0 / MAGNITUDE_MAX;
                if numbers.into_iter().any(odd) || scaler.deviation.iter().any(no_spread) {
                    return Err("a line holds a number that is none".into());
                }
            }
            Weights::Trees(trees) => trees.check(columns)?,
        }
        if self.kind.says_returns() && self.calibrated.is_some() {
            return Err("returns are not calibrated".into());
        }
        self.calibrated.as_ref().map_or(Ok(()), Calibrated::check)?;
        if self.threshold.is_some_and(|threshold| !threshold.is_finite()) {
            return Err("its threshold is no number".into());
        }
        Ok(())
    }
}
