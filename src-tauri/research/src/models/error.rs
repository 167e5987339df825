//! Why nothing can be learned, or a model can't be read.

use super::dataset::Dropped;
use crate::truth::{LeakError, SplitError};

/// Why nothing can be learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Too few samples are left.
    #[error("{have} samples are left of {rows} candles and it takes {need}: {}", .dropped.words())]
    TooFewRows {
        /// Samples that are left.
        have: usize,
        /// Candles there were.
        rows: usize,
        /// What it takes.
        need: usize,
        /// Why the others were left out.
        dropped: Box<Dropped>,
    },
    /// All samples of a training are of one class.
    #[error(
        "all {samples} samples to train on are {class}: there is nothing to tell apart; use another label, barrier or window"
    )]
    OneClass {
        /// Which.
        class: &'static str,
        /// How many.
        samples: usize,
    },
    /// No column is left.
    #[error("no feature is left: absent everywhere are [{absent}], constant are [{constant}]")]
    NoFeatures {
        /// Absent in every row.
        absent: String,
        /// The same in every row.
        constant: String,
    },
    /// A feature nobody makes.
    #[error("there is no feature '{name}': use some of {known}")]
    UnknownFeature {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: String,
    },
    /// Rows and candles that don't belong together.
    #[error("the rows of features don't belong to the candles: {what} at row {row}")]
    Misaligned {
        /// How.
        what: &'static str,
        /// Where.
        row: usize,
    },
    /// A setting that can't be.
    #[error("{name} can't be {value}: {wanted}")]
    Bad {
        /// Which.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it could be.
        wanted: String,
    },
    /// More than is learned from at once.
    #[error("{cells} values are more than {max}: use a shorter window, fewer features or a longer interval")]
    TooMuch {
        /// Rows times columns.
        cells: usize,
        /// The most.
        max: usize,
    },
    /// The history can't be cut.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// A learner gave up.
    #[error("{learner} found no solution: {why}")]
    Failed {
        /// Which.
        learner: &'static str,
        /// Its words.
        why: String,
    },
    /// It was stopped.
    #[error("it was stopped after {fits} fits; nothing of it was kept")]
    Stopped {
        /// Fits that were done.
        fits: u64,
    },
    /// Leaks can't be looked for.
    #[error(transparent)]
    Leaks(#[from] LeakError),
    /// A model that can't be read, or be written.
    #[error(transparent)]
    Artefact(#[from] ArtefactError),
}

impl ModelError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooFewRows { .. } => "too_little_data",
            Self::OneClass { .. } => "one_class",
            Self::NoFeatures { .. } => "no_features",
            Self::UnknownFeature { .. } => "unknown_feature",
            Self::Misaligned { .. } => "rows_misaligned",
            Self::Bad { .. } => "bad_setting",
            Self::TooMuch { .. } => "too_much_data",
            Self::Split(error) => error.code(),
            Self::Failed { .. } => "not_trained",
            Self::Stopped { .. } => "stopped",
            Self::Leaks(error) => error.code(),
            Self::Artefact(error) => error.code(),
        }
    }
}

/// Why a model can't be read, or be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtefactError {
    /// More bytes than a model has.
    #[error("a model of {bytes} bytes is more than {max}: use fewer or flatter trees")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most.
        max: usize,
    },
    /// Not a model of ours, or cut off.
    #[error("it is no model, or a damaged one: {0}")]
    Unreadable(String),
    /// Another version of the format.
    #[error("it is of format {found} and this reads format {known}: train it again")]
    Version {
        /// What it says.
        found: u32,
        /// What is read here.
        known: u32,
    },
    /// Other bytes than were asked for.
    #[error("its bytes are not those of model {wanted}: it was altered or damaged, and is not used")]
    Altered {
        /// The hash that was asked for.
        wanted: String,
    },
    /// It contradicts itself.
    #[error("it contradicts itself: {0}")]
    Invalid(String),
    /// A feature that is not known while trading.
    #[error(
        "feature '{0}' comes from the ledgers, which a running strategy can't read: train without it (price features only)"
    )]
    NotLive(String),
    /// A feature this program doesn't make.
    #[error("feature '{0}' is not made by this version: train it again")]
    UnknownFeature(String),
    /// Features that are made otherwise now.
    #[error("its features were made by recipe {found} and are made by recipe {known} now: train it again")]
    Features {
        /// What it says.
        found: u32,
        /// What is made here.
        known: u32,
    },
}

impl ArtefactError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "model_too_large",
            Self::Unreadable(_) => "model_unreadable",
            Self::Version { .. } => "model_version",
            Self::Altered { .. } => "model_altered",
            Self::Invalid(_) => "model_invalid",
            Self::NotLive(_) => "features_not_live",
            Self::UnknownFeature(_) => "unknown_feature",
            Self::Features { .. } => "features_changed",
        }
    }
}
