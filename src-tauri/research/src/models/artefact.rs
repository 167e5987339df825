//! A model as a file: what was learned, from what, how, and what it came to.
//!
//! One JSON document that says all about itself; reading it runs nothing. Invariants: the same model is the same bytes; it is known by
//! their SHA-256; what is read is bounded before it is parsed and checked before it is used: every number finite, every tree
//! without circles, every feature known and known while trading. Deliberately absent: files and folders, which a caller has.

use super::fit::Recipe;
use super::fitted::Fitted;
use super::labels::LabelSpec;
use super::{ArtefactError, Classified, Dataset, LearnerKind, Measure, Regressed};
use crate::features::{FEATURES_RECIPE, FeatureSet, features, warm_up_candles};
use domain::{Coin, FactHash, Interval, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Bytes of a model at most.
pub const MODEL_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The format that is written and read.
pub const MODEL_FORMAT: u32 = 1;
const NAME: &str = "oh_my_coins_model";
const COLUMNS_MAX: usize = 256;

/// The libraries a model's numbers depend on, as `Cargo.lock` has them.
const LIBRARIES: [(&str, &str); 4] =
    [("forust-ml", "0.8.0"), ("libm", "0.2.16"), ("linfa-logistic", "0.8.1"), ("smartcore", "0.7.0")];

/// When a strategy goes in and out: above the one, below the other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// It buys from here on.
    pub enter: f64,
    /// It sells below.
    pub exit: f64,
}

impl Thresholds {
    /// Where nobody says otherwise: in at 55 %, out under 45 %; of returns (after costs): in above nothing, out when not even the
    /// costs that are paid already would come back.
    #[must_use]
    pub fn usual(kind: LearnerKind, label: &LabelSpec) -> Self {
        if kind.says_returns() {
            Self { enter: 0.0, exit: -label.round_trip() }
        } else {
            Self { enter: 0.55, exit: 0.45 }
        }
    }

    /// Whether they can be: in no lower than out, chances between 0 and 1.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self, kind: LearnerKind) -> Result<(), String> {
        let range = if kind.says_returns() { -1.0..=1.0 } else { 0.0..=1.0 };
        let fits = range.contains(&self.enter) && range.contains(&self.exit) && self.exit <= self.enter;
        let Self { enter, exit } = self;
        if fits { Ok(()) } else { Err(format!("it can't go in at {enter} and out below {exit}")) }
    }
}

/// From what it was learned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The beginning of the first sample's candle.
    pub from: Timestamp,
    /// The close of the last sample's candle.
    pub to: Timestamp,
    /// Samples.
    pub samples: usize,
    /// The hash of the candles, as trials are counted by.
    pub candles: String,
    /// The hash of samples, labels and features.
    pub data: String,
    /// Rows that were left out.
    pub left_out: usize,
}

/// What it came to where it was not trained, fold by fold one after the other; what can't be told is null.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Tests.
    pub folds: usize,
    /// Predictions of all of them.
    pub samples: usize,
    /// Those that were up.
    pub ups: usize,
    /// See [`Classified`].
    pub accuracy: Option<f64>,
    /// See [`Classified`].
    pub roc_auc: Option<f64>,
    /// See [`Classified`].
    pub pr_auc: Option<f64>,
    /// See [`Classified`].
    pub brier: Option<f64>,
    /// See [`Classified`].
    pub log_loss: Option<f64>,
    /// See [`Regressed`].
    pub rmse: Option<f64>,
    /// See [`Regressed`].
    pub r2: Option<f64>,
    /// The accuracy of who always says what was more frequent in the training.
    pub majority_accuracy: Option<f64>,
    /// Fits that were made to find it, all counted.
    pub fits: u64,
}

impl Evidence {
    /// Of measured figures.
    #[must_use]
    pub fn of(
        folds: usize,
        fits: u64,
        classified: &Classified,
        regressed: Option<&Regressed>,
        majority: &Classified,
    ) -> Self {
        let figure = |measure: Measure| measure.ok().filter(|figure| figure.is_finite());
        Self {
            folds,
            samples: classified.samples,
            ups: classified.ups,
            accuracy: figure(classified.accuracy),
            roc_auc: figure(classified.roc_auc),
            pr_auc: figure(classified.pr_auc),
            brier: figure(classified.brier),
            log_loss: figure(classified.log_loss),
            rmse: regressed.and_then(|regressed| figure(regressed.rmse)),
            r2: regressed.and_then(|regressed| figure(regressed.r2)),
            majority_accuracy: figure(majority.accuracy),
            fits,
        }
    }
}

/// A model: all that is needed to use it, and to judge it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    name: String,
    format: u32,
    /// Of which coin.
    pub coin: Coin,
    /// Of candles of which length.
    pub interval: Interval,
    /// What it was taught.
    pub label: LabelSpec,
    /// The columns it reads, in their order.
    pub features: Vec<String>,
    /// How those were made; see [`FEATURES_RECIPE`].
    pub features_recipe: u32,
    /// How it was taught.
    pub recipe: Recipe,
    /// What it learned.
    pub fitted: Fitted,
    /// When a strategy goes in and out.
    pub thresholds: Thresholds,
    /// From what.
    pub origin: Origin,
    /// What it came to where it was not trained.
    pub evidence: Evidence,
    /// By which program, on what.
    pub environment: BTreeMap<String, String>,
}

impl Model {
    /// Puts together what was learned from samples.
    #[must_use]
    pub fn new(dataset: &Dataset, recipe: &Recipe, fitted: Fitted, thresholds: Thresholds, evidence: Evidence) -> Self {
        let dropped = &dataset.dropped;
        let left_out = dropped.absent + dropped.unfinished + dropped.gaps + dropped.no_volume + dropped.no_price;
        let origin = Origin {
            from: dataset.samples.first().map_or_else(Timestamp::default, |sample| sample.time),
            to: dataset.samples.last().map_or_else(Timestamp::default, |sample| sample.known_at),
            samples: dataset.len(),
            candles: dataset.data.to_string(),
            data: dataset.hash().to_string(),
            left_out,
        };
        Self {
            name: NAME.to_owned(),
            format: MODEL_FORMAT,
            coin: dataset.coin,
            interval: dataset.interval,
            label: dataset.label,
            features: dataset.columns.clone(),
            features_recipe: FEATURES_RECIPE,
            recipe: recipe.clone(),
            fitted,
            thresholds,
            origin,
            evidence,
            environment: environment(),
        }
    }

    /// Its bytes, and their hash, which is its id.
    ///
    /// # Errors
    /// [`ArtefactError::TooLarge`], [`ArtefactError::Invalid`].
    pub fn write(&self) -> Result<(Vec<u8>, FactHash), ArtefactError> {
        self.check()?;
        let bytes = serde_json::to_vec(self).map_err(|error| ArtefactError::Invalid(error.to_string()))?;
        bounded(&bytes)?;
        let id = id_of(&bytes);
        Ok((bytes, id))
    }

    /// Reads one; held to the id it should have where there is one.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub fn read(bytes: &[u8], id: Option<FactHash>) -> Result<Self, ArtefactError> {
        bounded(bytes)?;
        if let Some(wanted) = id.filter(|wanted| *wanted != id_of(bytes)) {
            return Err(ArtefactError::Altered { wanted: wanted.to_string() });
        }
        let words = |error: serde_json::Error| ArtefactError::Unreadable(error.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(words)?;
        if head.name != NAME {
            return Err(ArtefactError::Unreadable("it doesn't say that it is one".into()));
        }
        if head.format != MODEL_FORMAT {
            return Err(ArtefactError::Version { found: head.format, known: MODEL_FORMAT });
        }
        let model: Self = serde_json::from_slice(bytes).map_err(words)?;
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<(), ArtefactError> {
        let invalid = ArtefactError::Invalid;
        let columns = self.features.len();
        if !(1..=COLUMNS_MAX).contains(&columns) {
            return Err(invalid(format!("{columns} features: 1 to {COLUMNS_MAX} can be")));
        }
        let all = features(true, true);
        let unknown = |name: &&String| !all.iter().any(|feature| feature.name == name.as_str());
        if let Some(name) = self.features.iter().find(unknown) {
            return Err(ArtefactError::UnknownFeature(crate::parameters::cut(name)));
        }
        if self.features.iter().enumerate().any(|(place, name)| self.features[..place].contains(name)) {
            return Err(invalid("a feature is named twice".into()));
        }
        self.label.check().map_err(|error| invalid(error.to_string()))?;
        self.recipe.check().map_err(|error| invalid(error.to_string()))?;
        if self.recipe.learner.kind != self.fitted.kind {
            return Err(invalid("its recipe is of another learner".into()));
        }
        self.fitted.check(columns).map_err(invalid)?;
        self.thresholds.check(self.fitted.kind).map_err(invalid)
    }

    /// Whether a running strategy can use it: features that are made as they were, of prices only.
    ///
    /// # Errors
    /// [`ArtefactError::Features`], [`ArtefactError::NotLive`].
    pub fn live(&self) -> Result<(), ArtefactError> {
        if self.features_recipe != FEATURES_RECIPE {
            return Err(ArtefactError::Features { found: self.features_recipe, known: FEATURES_RECIPE });
        }
        let all = features(true, true);
        let is_ledger = |name: &&String| {
            all.iter().any(|feature| feature.name == name.as_str() && feature.set == FeatureSet::Ledger)
        };
        self.features.iter().find(is_ledger).map_or(Ok(()), |name| Err(ArtefactError::NotLive(name.clone())))
    }

    /// Candles a strategy of it warms up over.
    #[must_use]
    pub fn warm_up(&self) -> usize {
        warm_up_candles(self.interval, &self.features)
    }
}

/// What is read first of a file that may be anything.
#[derive(Deserialize)]
struct Head {
    name: String,
    format: u32,
}

fn bounded(bytes: &[u8]) -> Result<(), ArtefactError> {
    let (bytes, max) = (bytes.len(), MODEL_BYTES_MAX);
    if bytes > max { Err(ArtefactError::TooLarge { bytes, max }) } else { Ok(()) }
}

/// The SHA-256 of a model's bytes.
#[must_use]
pub fn id_of(bytes: &[u8]) -> FactHash {
    FactHash(Sha256::digest(bytes).into())
}

fn environment() -> BTreeMap<String, String> {
    let program = [("oh-my-coins", env!("CARGO_PKG_VERSION")), ("os", std::env::consts::OS)];
    let machine = [("arch", std::env::consts::ARCH)];
    let all = LIBRARIES.into_iter().chain(program).chain(machine);
    all.map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libraries_named_in_a_model_are_those_the_program_is_built_with() {
        let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock")).unwrap();
        for (name, version) in LIBRARIES {
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{name} is not {version} in Cargo.lock any more: set LIBRARIES anew");
        }
    }
}
