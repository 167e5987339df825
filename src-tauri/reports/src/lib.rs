//! Files a trader hands over: PDF, XLSX, HTML, CSV and JSON with inert cells, charts, and tables as Parquet.
//!
//! Invariants: a file is there whole or not at all; text that a spreadsheet would run as a formula is made inert; the
//! same rows give the same bytes. Deliberately absent: what the rows mean, and where the file belongs.

mod chart;
mod csv_file;
mod differences;
mod document;
mod figures;
mod html;
mod parquet_file;
mod parquet_folder;
mod pdf;
mod prose;
pub mod seal;
#[cfg(test)]
mod tests;
mod xlsx;

pub use chart::{Chart, Drawn, EquityDay};
pub use csv_file::{Cell, Staged, Written, csv_bytes, write_csv, write_file};
pub use differences::{Difference, differences};
pub use document::{Column, Document, Format, Sheet, Shown, Watch};
pub use parquet_file::{Field, Holds, TableFile, TableWritten, Value};
pub use parquet_folder::{ExportFolder, MANIFEST};
pub use prose::prose_page;

/// The layout of the files: it changes with any byte of any format, so that an old file is not taken for a changed one.
pub const LAYOUT: u32 = 2;

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
    /// A row is longer or shorter than its header.
    #[error("row {row} of {sheet} does not fit its header")]
    Ragged {
        /// The table.
        sheet: &'static str,
        /// The row, from 1.
        row: usize,
    },
    /// A picture can't be drawn.
    #[error("cannot draw a chart: {0}")]
    Chart(String),
    /// The pages can't be made.
    #[error("cannot write PDF: {0}")]
    Pdf(String),
    /// A table can't be written.
    #[error("cannot write Parquet: {0}")]
    Parquet(String),
    /// A place that holds something else.
    #[error(
        "{path} holds something that is no export of ours: name a folder that isn't there yet, or an earlier export"
    )]
    NotOurs {
        /// The place.
        path: String,
    },
    /// Nobody wants it any more.
    #[error("it was cancelled; nothing was written")]
    Cancelled,
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
            Self::Csv(_) | Self::Xlsx(_) | Self::Ragged { .. } => "bad_rows",
            Self::Chart(_) => "bad_chart",
            Self::Pdf(_) => "bad_pdf",
            Self::Parquet(_) => "bad_parquet",
            Self::NotOurs { .. } => "not_an_export",
            Self::Cancelled => "cancelled",
            Self::TooManyRows { .. } => "too_many_rows",
        }
    }
}
