//! Reports before they are written, and long after.

use super::VerifiedDevice;
use domain::{Book, Timestamp};
use serde::Serialize;
use ts_rs::TS;

/// One table of a report, as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReportSheet {
    /// Its name.
    pub name: String,
    /// Its header.
    pub columns: Vec<String>,
    /// Which columns hold numbers.
    pub numbers: Vec<bool>,
    /// Its first rows.
    pub rows: Vec<Vec<String>>,
    /// Its sums, empty where there is none; no entry at all without sums.
    pub total: Vec<String>,
    /// How many rows there are.
    #[ts(type = "number")]
    pub all: u64,
}

/// What a report would say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReportPreview {
    /// What it is.
    pub title: String,
    /// A word across every page.
    pub watermark: Option<String>,
    /// What a reader must know, name and value.
    pub about: Vec<(String, String)>,
    /// What is unresolved, and what it is not.
    pub notes: Vec<String>,
    /// Its tables.
    pub sheets: Vec<ReportSheet>,
}

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReportProgress {
    /// Whether one is being made.
    pub running: bool,
    /// What is done.
    #[ts(type = "number")]
    pub done: u64,
    /// Of how much; 0 while that is not known.
    #[ts(type = "number")]
    pub all: u64,
}

/// A place where a report is not what the journal gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReportDifference {
    /// A line, a cell, a field.
    pub place: String,
    /// What the file says there.
    pub file: String,
    /// What the journal gives.
    pub journal: String,
}

/// `omc verify --report`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct VerifiedReport {
    /// Whether it is what the journal gives.
    pub ok: bool,
    /// `genuine`, `changed`, `figures_differ`, `other_layout`, `foreign_journal`, `journal_shorter`, `journal_differs` or
    /// `journal_damaged`.
    pub code: String,
    /// For a person.
    pub message: String,
    /// The file.
    pub file: String,
    /// Of its bytes.
    pub sha256: String,
    /// Which report.
    pub kind: String,
    /// As what.
    pub format: String,
    /// Of which book.
    #[ts(type = "string")]
    pub book: Book,
    /// When it was made.
    #[ts(type = "string")]
    pub generated_at: Timestamp,
    /// By which version.
    pub program: String,
    /// Rows of its main table.
    #[ts(type = "number")]
    pub rows: u64,
    /// Where the journal of each device ended then.
    pub devices: Vec<VerifiedDevice>,
    /// Facts that came since.
    #[ts(type = "number")]
    pub later_facts: u64,
    /// The first places where it differs.
    pub differences: Vec<ReportDifference>,
}
