//! Models: learning from features of candles what a purchase after them comes to, and using what was learned.
//!
//! Invariants: nothing is learned from what is tested on, nor from labels that reach into it; the same samples, settings and seed give
//! the same bytes, whatever the number of processors; every fit is counted; every loop is bounded; a model is data, and reading
//! one runs nothing. All numbers here are ratios and scores; none becomes a price, a size or an amount. Deliberately
//! absent: files, commands and the counting of trials in the journal.

mod artefact;
mod calibration;
mod dataset;
mod error;
mod fit;
mod fitted;
mod grow;
mod importance;
mod labels;
mod learner;
mod linear;
mod metrics;
mod search;
mod strategy;
mod table;
#[cfg(test)]
mod tests;
mod trees;
mod walk;

pub use artefact::{Evidence, MODEL_BYTES_MAX, MODEL_FORMAT, Model, Origin, Thresholds, id_of};
pub use calibration::{Calibrated, Calibration};
pub use dataset::{CELLS_MAX, Dataset, Dropped, ROWS_MIN, Sample};
pub use error::{ArtefactError, ModelError};
pub use fit::Recipe;
pub use fitted::{Explanation, Fitted, Weights};
pub use importance::{Importance, LabelControl, ROUNDS_MAX, importance, label_control, shuffled_labels};
pub use labels::{Costs, HORIZON_MAX, LabelKind, LabelSpec, NoLabel, Outcome, Width, outcomes, quantile};
pub use learner::{Dimension, Learner, LearnerKind};
pub use linear::logistic;
pub use metrics::{
    Classified, Measure, Prediction, Regressed, Unmeasured, average_precision, brier, log_loss, roc_auc,
};
pub use search::{BUDGET_MAX, Found, Search, Tried};
pub use strategy::ModelStrategy;
pub use table::{Scaler, Table};
pub use trees::{NODES_MAX, TREES_MAX, Tree, Trees};
pub use walk::{
    Baselines, FOLDS_MAX, ModelFold, Progress, Skill, Stage, Trained, WalkPlan, Walked, Watch, train, walk_forward,
};
