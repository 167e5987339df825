//! A report as data.
//!
//! Invariants: the same document gives the same bytes, the dates inside the file included; text is inert in every format;
//! amounts keep every digit (XLSX lists those its numbers can't hold on a sheet of their own; PDF rounds AUD to cents, as
//! words for people do). Deliberately absent: what the figures mean.

use crate::csv_file::{Cell, csv_bytes};
use crate::{Chart, ReportError, figures, html, pdf, seal, xlsx};
use chrono_tz::Tz;
use domain::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The first sheet alone, one header line.
    Csv,
    /// Everything, amounts as decimal strings.
    Json,
    /// One page that needs nothing else.
    Html,
    /// A workbook: typed cells, frozen headers, totals as formulas.
    Xlsx,
    /// Pages of A4: a cover, charts, tables.
    Pdf,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Csv, Self::Json, Self::Html, Self::Xlsx, Self::Pdf];

    /// Its name, which is also the ending of its files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Html => "html",
            Self::Xlsx => "xlsx",
            Self::Pdf => "pdf",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// How a column's numbers are shown to people; CSV and JSON always have every digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    /// With every digit.
    #[default]
    Whole,
    /// AUD, in cents.
    Aud,
    /// Figures of several kinds, to four places.
    Figure,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Whether its numbers are worth adding up.
    pub totalled: bool,
    /// How its numbers are shown.
    pub shown: Shown,
}

impl Column {
    /// A column without a total.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self { name, totalled: false, shown: Shown::Whole }
    }

    /// A column whose sum is told.
    #[must_use]
    pub const fn totalled(name: &'static str) -> Self {
        Self { name, totalled: true, shown: Shown::Whole }
    }

    /// The same, of amounts in AUD.
    #[must_use]
    pub const fn aud(self) -> Self {
        Self { shown: Shown::Aud, ..self }
    }

    /// The same, of figures of several kinds.
    #[must_use]
    pub const fn figures(self) -> Self {
        Self { shown: Shown::Figure, ..self }
    }
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name: at most 31 letters, digits, blanks.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each as long as there are columns.
    pub rows: Vec<Vec<Cell>>,
}

impl Sheet {
    /// The sum of a column's numbers; none where one can't be added.
    pub(crate) fn total(&self, column: usize) -> Option<String> {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let numbers = cells.filter_map(|cell| if let Cell::Number(text) = cell { Some(text) } else { None });
        let sum = numbers
            .map(|text| domain::parse_decimal(text).ok())
            .try_fold(domain::Decimal::ZERO, |sum, number| sum.checked_add(number?))?;
        Some(sum.normalize().to_string())
    }

    /// A cell as people read it.
    pub(crate) fn words(&self, at: usize, cell: &Cell, zone: Tz) -> String {
        let shown = self.columns.get(at).map_or_else(Default::default, |column| column.shown);
        match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(text) => figures::figure(text, shown),
            Cell::Time(time) => figures::moment(*time, zone),
        }
    }

    /// The first rows as people read them.
    #[must_use]
    pub fn shown(&self, most: usize, zone: Tz) -> Vec<Vec<String>> {
        let row = |row: &Vec<Cell>| row.iter().enumerate().map(|(at, cell)| self.words(at, cell, zone)).collect();
        self.rows.iter().take(most).map(row).collect()
    }

    /// The sums as people read them, empty where there is none; nothing for a table without any.
    #[must_use]
    pub fn totals_shown(&self) -> Vec<String> {
        if self.rows.is_empty() || !self.columns.iter().any(|column| column.totalled) {
            return vec![];
        }
        let sum = |at: usize, column: &Column| column.totalled.then(|| self.total(at)).flatten();
        let words = |(at, column): (usize, &Column)| {
            sum(at, column).map_or_else(String::new, |sum| figures::figure(&sum, column.shown))
        };
        self.columns.iter().enumerate().map(words).collect()
    }

    /// Whether a column holds numbers.
    #[must_use]
    pub fn is_number(&self, column: usize) -> bool {
        self.rows.iter().any(|row| matches!(row.get(column), Some(Cell::Number(_))))
    }

    fn csv(&self) -> Result<Vec<u8>, ReportError> {
        let header: Vec<&str> = self.columns.iter().map(|column| column.name).collect();
        csv_bytes(&header, &self.rows)
    }
}

/// A report.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is, such as `Capital gains 2024–25`.
    pub title: String,
    /// A word across every page, such as `PAPER`.
    pub watermark: Option<&'static str>,
    /// What a reader must know to use it, as names and values: book, method, zone, journal.
    pub about: Vec<(&'static str, String)>,
    /// What is unresolved, and what it is not: said before any figure.
    pub notes: Vec<String>,
    /// Pictures of what the tables say.
    pub charts: Vec<Chart>,
    /// Its tables, the main one first.
    pub sheets: Vec<Sheet>,
    /// When it was made.
    pub generated_at: Timestamp,
    /// Where the days and times shown to people are of.
    pub zone: Tz,
    /// What proves it later, as JSON.
    pub seal: Option<String>,
}

/// Called with how much is done and how much there is; false ends the work.
pub type Watch<'a> = &'a dyn Fn(u64, u64) -> bool;

impl Document {
    /// Rows of the main table.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.sheets.first().map_or(0, |sheet| sheet.rows.len() as u64)
    }

    /// SHA-256 of all rows of all sheets, whatever the format.
    ///
    /// # Errors
    /// [`ReportError::Csv`] for a row that doesn't fit its header.
    pub fn content_sha256(&self) -> Result<String, ReportError> {
        let mut hash = Sha256::new();
        for sheet in &self.sheets {
            hash.update(sheet.name);
            hash.update([b'\n']);
            hash.update(sheet.csv()?);
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`ReportError`] for a row that doesn't fit its header, or more rows than the format holds.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, ReportError> {
        self.bytes_watched(format, &|_, _| true)
    }

    /// The bytes of a file, by somebody who may lose patience.
    ///
    /// # Errors
    /// As [`Self::bytes`]; [`ReportError::Cancelled`].
    pub fn bytes_watched(&self, format: Format, watch: Watch<'_>) -> Result<Vec<u8>, ReportError> {
        match format {
            Format::Csv => self.sheets.first().map_or(Ok(Vec::new()), Sheet::csv),
            Format::Json => Ok(self.json()),
            Format::Html => Ok(html::page(self).into_bytes()),
            Format::Xlsx => xlsx::workbook(self, watch),
            Format::Pdf => pdf::pages(self, watch),
        }
    }

    fn json(&self) -> Vec<u8> {
        let cell = |cell: &Cell| match cell {
            Cell::Text(text) | Cell::Number(text) => Value::String(text.clone()),
            Cell::Time(time) => Value::String(time.to_string()),
            Cell::Empty => Value::Null,
        };
        let row = |sheet: &Sheet, row: &Vec<Cell>| -> Value {
            let names = sheet.columns.iter().map(|column| column.name.to_owned());
            Value::Object(names.zip(row.iter().map(cell)).collect())
        };
        let sheet = |sheet: &Sheet| json!({ "name": sheet.name, "rows": sheet.rows.iter().map(|r| row(sheet, r)).collect::<Vec<_>>() });
        let about: serde_json::Map<_, _> =
            self.about.iter().map(|(name, value)| ((*name).to_owned(), Value::String(value.clone()))).collect();
        let mut document = json!({
            "title": self.title,
            "generated_at": self.generated_at.to_string(),
            "about": about,
            "notes": self.notes,
            "sheets": self.sheets.iter().map(sheet).collect::<Vec<_>>(),
        });
        if let (Some(seal), Value::Object(fields)) = (&self.seal, &mut document) {
            fields.insert(seal::JSON_KEY.to_owned(), serde_json::from_str(seal).unwrap_or(Value::Null));
        }
        let mut bytes = document.to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }

    /// What stands on the first page, name and value.
    #[must_use]
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let local = figures::moment(self.generated_at, self.zone);
        let mut facts = self.about.clone();
        facts.push(("times", self.zone.name().to_owned()));
        facts.push(("generated at", format!("{} ({local} {})", self.generated_at, self.zone.name())));
        facts
    }
}
