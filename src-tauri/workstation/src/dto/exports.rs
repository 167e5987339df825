//! Exports for programs that analyse.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What to write as Parquet. What is not said is as the words say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct ParquetRequest {
    /// `candles`, `observations`, `trades`, `features`; the first three without.
    pub what: Vec<String>,
    /// Tickers; all without.
    pub coins: Vec<String>,
    /// `1m` … `1d`, of candles and features; those that are stored without, of features the ones from an hour on.
    pub intervals: Vec<String>,
    /// Date or RFC 3339 time; everything without.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or RFC 3339 time, itself outside; now without.
    #[ts(optional)]
    pub to: Option<String>,
    /// Zone of plain dates.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// In place of now.
    #[ts(optional)]
    pub generated_at: Option<String>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ParquetView {
    /// Where.
    pub folder: String,
    /// Parquet files in it.
    #[ts(type = "number")]
    pub files: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Rows of each table.
    #[ts(type = "Record<string, number>")]
    pub rows: BTreeMap<String, u64>,
    /// When it was made.
    #[ts(type = "string")]
    pub generated_at: Timestamp,
    /// SHA-256 of its manifest, which has that of every file.
    pub sha256: String,
    /// What a reader must know.
    pub notes: Vec<String>,
}
