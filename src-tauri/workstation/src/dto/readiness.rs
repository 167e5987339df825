//! What stands between a workspace and an order with real money.

use serde::Serialize;
use ts_rs::TS;

/// One step on the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReadinessStep {
    /// `key` `declared` `limits` `lease` `mandate` `open` `first_order`.
    pub step: String,
    /// Whether it is taken.
    pub done: bool,
    /// How it stands, in words.
    pub found: String,
    /// What to do when it is not taken; null when it is.
    pub next: Option<String>,
}

/// `omc readiness`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReadinessView {
    /// Whether an order by hand with real money could leave now, as far as these steps tell.
    pub live: bool,
    /// In the order they are taken.
    pub steps: Vec<ReadinessStep>,
}
