//! The learners there are, and what can be set about them.

use super::ModelError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnerKind {
    /// A line, for the odds of being up.
    Logistic,
    /// Trees one after the other, each learning what is left; for the odds of being up.
    Boosting,
    /// Trees beside each other, each of other samples; for the chance of being up.
    Forest,
    /// A line, for the return.
    Ridge,
}

/// Something that can be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dimension {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub words: &'static str,
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
    /// What it is unless set.
    pub default: f64,
    /// Whether its size counts by factors, not by steps.
    pub is_log: bool,
    /// Whether it is a whole number.
    pub is_whole: bool,
    /// Between what a search looks for it; none leaves it as it is set.
    pub searched: Option<(f64, f64)>,
}

const fn log(
    name: &'static str,
    words: &'static str,
    range: (f64, f64),
    default: f64,
    searched: (f64, f64),
) -> Dimension {
    let (least, most) = range;
    Dimension { name, words, least, most, default, is_log: true, is_whole: false, searched: Some(searched) }
}

const fn whole(
    name: &'static str,
    words: &'static str,
    range: (f64, f64),
    default: f64,
    searched: Option<(f64, f64)>,
) -> Dimension {
    let (least, most) = range;
    Dimension { name, words, least, most, default, is_log: false, is_whole: true, searched }
}

const fn share(name: &'static str, words: &'static str, default: f64, searched: (f64, f64)) -> Dimension {
    Dimension { name, words, least: 0.1, most: 1.0, default, is_log: false, is_whole: false, searched: Some(searched) }
}

const L2: &str = "penalty on large factors, a sample's";

static LOGISTIC: [Dimension; 1] = [log("l2", L2, (1e-6, 100.0), 1e-2, (1e-4, 10.0))];
static RIDGE: [Dimension; 1] = [log("l2", L2, (1e-6, 100.0), 1e-1, (1e-4, 10.0))];
static BOOSTING: [Dimension; 7] = [
    whole("rounds", "trees at most", (5.0, 1_000.0), 200.0, None),
    whole("patience", "rounds without betterment after which it stops", (2.0, 200.0), 20.0, None),
    whole("depth", "questions from root to leaf", (1.0, 8.0), 3.0, Some((1.0, 6.0))),
    log("rate", "share of each tree that is taken", (0.005, 1.0), 0.1, (0.02, 0.3)),
    log("l2", "penalty on large leaves", (1e-3, 1_000.0), 1.0, (0.1, 100.0)),
    log("leaf", "weight of the samples of a leaf at least", (0.01, 10_000.0), 5.0, (1.0, 100.0)),
    share("rows", "share of the samples each tree sees", 1.0, (0.5, 1.0)),
];
static FOREST: [Dimension; 4] = [
    whole("trees", "how many trees", (5.0, 500.0), 100.0, None),
    whole("depth", "questions from root to leaf", (1.0, 14.0), 6.0, Some((2.0, 10.0))),
    log("leaf", "samples of a leaf at least", (1.0, 10_000.0), 20.0, (5.0, 200.0)),
    share("columns", "share of the columns each question chooses from", 0.3, (0.1, 0.8)),
];

impl LearnerKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Logistic, Self::Boosting, Self::Forest, Self::Ridge];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Boosting => "boosting",
            Self::Forest => "forest",
            Self::Ridge => "ridge",
        }
    }

    /// By its name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it says returns, and not chances.
    #[must_use]
    pub const fn says_returns(self) -> bool {
        matches!(self, Self::Ridge)
    }

    /// What can be set about it.
    #[must_use]
    pub fn dimensions(self) -> &'static [Dimension] {
        match self {
            Self::Logistic => &LOGISTIC,
            Self::Boosting => &BOOSTING,
            Self::Forest => &FOREST,
            Self::Ridge => &RIDGE,
        }
    }
}

/// A learner with its settings; what is not set is the default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learner {
    /// Who.
    pub kind: LearnerKind,
    /// What is set, by name.
    pub settings: BTreeMap<String, f64>,
}

impl Learner {
    /// With everything as it is unless set.
    #[must_use]
    pub fn new(kind: LearnerKind) -> Self {
        let settings = kind.dimensions().iter().map(|one| (one.name.to_owned(), one.default)).collect();
        Self { kind, settings }
    }

    /// With something set.
    ///
    /// # Errors
    /// [`ModelError::Bad`].
    pub fn set(mut self, name: &str, value: f64) -> Result<Self, ModelError> {
        let Some(dimension) = self.kind.dimensions().iter().find(|one| one.name == name) else {
            let known = self.kind.dimensions().iter().map(|one| one.name).collect::<Vec<_>>().join(", ");
            let wanted = format!("{} has {known}", self.kind.as_str());
            return Err(ModelError::Bad { name: "a setting", value: crate::parameters::cut(name), wanted });
        };
        dimension.check(value)?;
        self.settings.insert(name.to_owned(), value);
        Ok(self)
    }

    /// Holds it to what can be set.
    ///
    /// # Errors
    /// [`ModelError::Bad`].
    pub fn check(&self) -> Result<(), ModelError> {
        let again = |learner: Self, (name, value): (&String, &f64)| learner.set(name, *value);
        self.settings.iter().try_fold(Self::new(self.kind), again).map(drop)
    }

    /// A setting; 0 for a name that is none.
    #[must_use]
    pub fn get(&self, name: &str) -> f64 {
        let standard = || self.kind.dimensions().iter().find(|one| one.name == name).map_or(0.0, |one| one.default);
        self.settings.get(name).copied().unwrap_or_else(standard)
    }

    pub(super) fn whole(&self, name: &str) -> usize {
        self.get(name).max(0.0) as usize
    }
}

impl Dimension {
    fn check(&self, value: f64) -> Result<(), ModelError> {
        let fits = value.is_finite() && (self.least..=self.most).contains(&value);
        if fits && (!self.is_whole || value.fract() == 0.0) {
            return Ok(());
        }
        let kind = if self.is_whole { "a whole number" } else { "a number" };
        let wanted = format!("use {kind} from {} to {}", self.least, self.most);
        Err(ModelError::Bad { name: self.name, value: value.to_string(), wanted })
    }

    /// The value so far along what is searched, from 0 to 1; three digits of it, so that it can be said and typed.
    #[must_use]
    pub fn at(&self, share: f64) -> f64 {
        let (least, most) = self.searched.unwrap_or((self.default, self.default));
        let share = share.clamp(0.0, 1.0);
        let value = if self.is_log {
            libm::exp(libm::log(least) + (libm::log(most) - libm::log(least)) * share)
        } else {
            least + (most - least) * share
        };
        if self.is_whole {
            return value.round().clamp(least, most);
        }
        format!("{value:.2e}").parse().map_or(value, |value: f64| value.clamp(least, most))
    }
}
