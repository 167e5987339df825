//! What the workspace takes on disk, and how long ticks are kept.

use domain::Timestamp;
use serde::Serialize;
use ts_rs::TS;

/// What a part takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct StoragePart {
    /// `journal`, `ticks`, `candles`, `observations`, `other`; `free` is used again before the file grows.
    pub part: String,
    /// On disk.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// `omc storage`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct StorageView {
    /// For how long ticks are kept, in days.
    pub ticks_days: u32,
    /// How much ticks may take, in millions of bytes.
    pub ticks_mb: u32,
    /// Ticks there are, of all coins.
    #[ts(type = "number")]
    pub ticks: u64,
    /// Since when there are ticks; null when there are none.
    #[ts(type = "string | null")]
    pub ticks_since: Option<Timestamp>,
    /// What each part of the database takes.
    pub parts: Vec<StoragePart>,
}
