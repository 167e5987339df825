//! CSV (RFC 4180) whose text cells no spreadsheet runs as a formula.

use crate::ReportError;
use domain::{Timestamp, parse_decimal};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

/// One cell. Text may come from anywhere and is made inert; a number is written as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words, tickers, ids, times.
    Text(String),
    /// A plain decimal, possibly negative.
    Number(String),
    /// A moment: UTC in CSV and JSON, the report's zone where people read.
    Time(Timestamp),
    /// Nothing known.
    Empty,
}

impl Cell {
    /// A number when the text is a plain decimal, else text.
    #[must_use]
    pub fn guess(text: &str) -> Self {
        match text {
            "" => Self::Empty,
            _ if parse_decimal(text).is_ok() => Self::Number(text.to_owned()),
            _ => Self::Text(text.to_owned()),
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Empty => String::new(),
            // A "number" that is none is text after all: nothing gets past by calling itself one.
            Self::Number(text) if parse_decimal(text).is_ok() => text.clone(),
            Self::Number(text) | Self::Text(text) => inert(text),
            Self::Time(time) => time.to_string(),
        }
    }
}

/// Puts an apostrophe before text that spreadsheets take for a formula (also behind a quote, a tab or a line end).
pub(crate) fn inert(text: &str) -> String {
    let begins_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let first = text.trim_start_matches([' ', '"', '\'']).chars().next();
    if first.is_some_and(begins_formula) { format!("'{text}") } else { text.to_owned() }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Rows without the header.
    pub rows: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
}

/// The bytes of a CSV file.
///
/// # Errors
/// [`ReportError::Csv`] when a row's length differs from the header's.
pub fn csv_bytes(header: &[&str], rows: &[Vec<Cell>]) -> Result<Vec<u8>, ReportError> {
    let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
    out.write_record(header.iter().map(|name| inert(name)))?;
    for row in rows {
        out.write_record(row.iter().map(Cell::written))?;
    }
    out.into_inner().map_err(|error| ReportError::Csv(csv::Error::from(error.into_error())))
}

/// Writes a CSV file whole or not at all.
///
/// # Errors
/// [`ReportError`]; the place is then as it was.
pub fn write_csv(path: &Path, header: &[&str], rows: &[Vec<Cell>]) -> Result<Written, ReportError> {
    let sha256 = write_file(path, &csv_bytes(header, rows)?)?;
    Ok(Written { rows: rows.len() as u64, sha256 })
}

/// What the names of files end with that are not in their place yet.
pub(crate) const PART: &str = ".part";

/// A file that stands whole and durable beside its place, and goes again unless it is put there.
#[derive(Debug)]
pub struct Staged {
    part: PathBuf,
    path: PathBuf,
    sha256: String,
    placed: bool,
}

impl Staged {
    /// Writes the bytes beside their place. Whatever takes room is done after this.
    ///
    /// # Errors
    /// [`ReportError::Io`]; nothing is left.
    pub fn write(path: &Path, bytes: &[u8]) -> Result<Self, ReportError> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        // Of this process alone: two that write the same file don't write into each other's.
        name.push(format!(".{}{PART}", std::process::id()));
        let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        // From here on the part goes when this does.
        let staged = Self { part: path.with_file_name(name), path: path.to_path_buf(), sha256, placed: false };
        File::create(&staged.part)
            .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
            .map_err(|source| staged.failed(source))?;
        Ok(staged)
    }

    fn failed(&self, source: std::io::Error) -> ReportError {
        ReportError::Io { path: self.path.display().to_string(), source }
    }

    /// Puts the file in its place, whatever file was there. The SHA-256 of its bytes.
    ///
    /// # Errors
    /// [`ReportError::Io`]; the place is then as it was.
    pub fn place(mut self) -> Result<String, ReportError> {
        fs::rename(&self.part, &self.path).map_err(|source| self.failed(source))?;
        self.placed = true;
        settle(&self.path).map_err(|source| self.failed(source))?;
        Ok(std::mem::take(&mut self.sha256))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.placed {
            // What can't be removed is a part file, named so.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// Writes a file whole or not at all: beside its place first, made durable, then renamed. The SHA-256 of its bytes.
///
/// # Errors
/// [`ReportError::Io`]; the place is then as it was.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<String, ReportError> {
    Staged::write(path, bytes)?.place()
}

/// Makes a file's new name durable.
#[cfg(unix)]
fn settle(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder that can't be synced (some network ones) has the file all the same.
    File::open(folder)?.sync_all().or(Ok(()))
}

#[cfg(not(unix))]
fn settle(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_in_text_are_inert_and_numbers_stay_numbers() {
        let rows = vec![vec![
            Cell::Text("=HYPERLINK(\"x\")".into()),
            Cell::Text("@cmd".into()),
            Cell::Text("  +1".into()),
            Cell::Text("\"=1+1".into()),
            Cell::Number("-12.50".into()),
            Cell::Number("-1+cmd|' /C calc'!A0".into()),
            Cell::Text("BTC".into()),
        ]];
        let text = String::from_utf8(csv_bytes(&["a", "b", "c", "d", "e", "f", "g"], &rows).unwrap()).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        let cells: Vec<&str> = row.iter().collect();
        assert_eq!(
            cells,
            ["'=HYPERLINK(\"x\")", "'@cmd", "'  +1", "'\"=1+1", "-12.50", "'-1+cmd|' /C calc'!A0", "BTC"]
        );
    }

    #[test]
    fn a_file_is_written_whole_with_its_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trades.csv");
        let rows = vec![vec![Cell::guess("BTC"), Cell::guess("1.5")], vec![Cell::Empty, Cell::guess("-2")]];
        let written = write_csv(&path, &["coin", "quantity"], &rows).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "coin,quantity\nBTC,1.5\n,-2\n");
        assert_eq!(written.rows, 2);
        assert_eq!(written.sha256.len(), 64);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no part is left");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error_that_names_it() {
        let error = write_csv(Path::new("/nonexistent/folder/x.csv"), &["a"], &[]).unwrap_err();
        assert_eq!(error.code(), "cannot_write");
        assert!(error.to_string().contains("/nonexistent/folder/x.csv"));
    }

    #[test]
    fn a_row_of_another_length_is_refused() {
        assert_eq!(csv_bytes(&["a", "b"], &[vec![Cell::Empty]]).unwrap_err().code(), "bad_rows");
    }
}
