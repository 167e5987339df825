//! Files a trader hands over: CSV, JSON, HTML and XLSX with inert cells.
//!
//! Invariants: a file is there whole or not at all; text that a spreadsheet would run as a formula is made inert; the
//! same rows give the same bytes. Deliberately absent: what the rows mean, and where the file belongs.

mod csv_file;
mod document;
mod html;
#[cfg(test)]
mod tests;

pub use csv_file::{Cell, Written, csv_bytes, write_csv, write_file};
pub use document::{Column, Document, Format, Sheet};

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file system refused.
    #[error("cannot write {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Rows and header differ in length.
    #[error("cannot write CSV: {0}")]
    Csv(#[from] csv::Error),
    /// The workbook can't be made.
    #[error("cannot write XLSX: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// More rows than the format holds.
    #[error("{rows} rows are more than the {most} this format holds: use csv")]
    TooManyRows {
        /// How many there are.
        rows: usize,
        /// How many fit.
        most: usize,
    },
}

impl ReportError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => "disk_full",
            Self::Io { .. } => "cannot_write",
            Self::Csv(_) | Self::Xlsx(_) => "bad_rows",
            Self::TooManyRows { .. } => "too_many_rows",
        }
    }
}
