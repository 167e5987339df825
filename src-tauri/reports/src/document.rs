//! A report as data, and its bytes as CSV, JSON, HTML or XLSX.
//!
//! Invariants: the same document gives the same bytes, the dates inside the file included; text is inert in every format;
//! amounts keep every digit, but in XLSX, whose numbers have fifteen. Deliberately absent: what the figures mean.

use crate::csv_file::{Cell, csv_bytes, inert};
use crate::{ReportError, html};
use domain::Timestamp;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as Style, FormatAlign, Formula, Workbook, Worksheet};
use serde_json::{Value, json};

/// The most rows a sheet of XLSX holds, header and totals included.
const XLSX_ROWS_MAX: usize = 1_048_576;

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
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Html, Self::Xlsx];

    /// Its name, which is also the ending of its files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Html => "html",
            Self::Xlsx => "xlsx",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Whether its numbers are worth adding up.
    pub totalled: bool,
}

impl Column {
    /// A column without a total.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Self { name, totalled: false }
    }

    /// A column whose sum is told.
    #[must_use]
    pub const fn totalled(name: &'static str) -> Self {
        Self { name, totalled: true }
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
}

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is, such as `Capital gains 2024–25`.
    pub title: String,
    /// What a reader must know to use it, as names and values: book, method, zone, journal.
    pub about: Vec<(&'static str, String)>,
    /// What is unresolved, and what it is not: said before any figure.
    pub notes: Vec<String>,
    /// Its tables, the main one first.
    pub sheets: Vec<Sheet>,
    /// When it was made.
    pub generated_at: Timestamp,
}

impl Document {
    /// Rows of the main table.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.sheets.first().map_or(0, |sheet| sheet.rows.len() as u64)
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// [`ReportError`] for a row that doesn't fit its header, or more rows than the format holds.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, ReportError> {
        match format {
            Format::Csv => self.csv(),
            Format::Json => Ok(self.json()),
            Format::Html => Ok(html::page(self).into_bytes()),
            Format::Xlsx => self.xlsx(),
        }
    }

    fn csv(&self) -> Result<Vec<u8>, ReportError> {
        let Some(sheet) = self.sheets.first() else { return Ok(Vec::new()) };
        let header: Vec<&str> = sheet.columns.iter().map(|column| column.name).collect();
        csv_bytes(&header, &sheet.rows)
    }

    fn json(&self) -> Vec<u8> {
        let cell = |cell: &Cell| match cell {
            Cell::Text(text) | Cell::Number(text) => Value::String(text.clone()),
            Cell::Empty => Value::Null,
        };
        let row = |sheet: &Sheet, row: &Vec<Cell>| -> Value {
            let names = sheet.columns.iter().map(|column| column.name.to_owned());
            Value::Object(names.zip(row.iter().map(cell)).collect())
        };
        let sheet = |sheet: &Sheet| json!({ "name": sheet.name, "rows": sheet.rows.iter().map(|r| row(sheet, r)).collect::<Vec<_>>() });
        let about: serde_json::Map<_, _> =
            self.about.iter().map(|(name, value)| ((*name).to_owned(), Value::String(value.clone()))).collect();
        let document = json!({
            "title": self.title,
            "generated_at": self.generated_at.to_string(),
            "about": about,
            "notes": self.notes,
            "sheets": self.sheets.iter().map(sheet).collect::<Vec<_>>(),
        });
        let mut bytes = document.to_string().into_bytes();
        bytes.push(b'\n');
        bytes
    }

    fn xlsx(&self) -> Result<Vec<u8>, ReportError> {
        let mut book = Workbook::new();
        let made = ExcelDateTime::from_timestamp(self.generated_at.millis() / 1000)?;
        book.set_properties(&DocProperties::new().set_title(&self.title).set_creation_datetime(&made));
        self.cover(book.add_worksheet())?;
        for sheet in &self.sheets {
            if sheet.rows.len() + 2 > XLSX_ROWS_MAX {
                return Err(ReportError::TooManyRows { rows: sheet.rows.len(), most: XLSX_ROWS_MAX - 2 });
            }
            fill(book.add_worksheet(), sheet)?;
        }
        Ok(book.save_to_buffer()?)
    }

    fn cover(&self, page: &mut Worksheet) -> Result<(), ReportError> {
        page.set_name("About")?.set_column_width(0, 24)?.set_column_width(1, 90)?;
        page.write_string_with_format(0, 0, inert(&self.title), &Style::new().set_bold().set_font_size(15))?;
        let mut line = 2;
        let made = ("generated at", self.generated_at.to_string());
        for (name, value) in self.about.iter().chain([&made]) {
            page.write_string(line, 0, *name)?.write_string(line, 1, inert(value))?;
            line += 1;
        }
        for note in &self.notes {
            line += 1;
            page.write_string_with_format(line, 1, inert(note), &Style::new().set_text_wrap())?;
        }
        Ok(())
    }
}

/// Writes a table: the header stays in view, numbers are numbers, totals are formulas over them.
fn fill(page: &mut Worksheet, sheet: &Sheet) -> Result<(), ReportError> {
    let bold = Style::new().set_bold();
    page.set_name(sheet.name)?.set_freeze_panes(1, 0)?;
    for (at, column) in (0..).zip(&sheet.columns) {
        page.write_string_with_format(0, at, column.name, &bold)?.set_column_width(at, 20)?;
    }
    let number = Style::new().set_num_format("#,##0.00######").set_align(FormatAlign::Right);
    for (line, row) in (1..).zip(&sheet.rows) {
        for (at, cell) in (0..).zip(row) {
            match cell {
                Cell::Empty => continue,
                Cell::Text(text) => page.write_string(line, at, inert(text))?,
                Cell::Number(text) => match text.parse::<f64>() {
                    Ok(value) if value.is_finite() => page.write_number_with_format(line, at, value, &number)?,
                    _ => page.write_string(line, at, inert(text))?,
                },
            };
        }
    }
    let last = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    if last == 0 || !sheet.columns.iter().any(|column| column.totalled) {
        return Ok(());
    }
    page.write_string_with_format(last + 1, 0, "total", &bold)?;
    for (at, _) in sheet.columns.iter().enumerate().filter(|(_, column)| column.totalled) {
        let letter = rust_xlsxwriter::utility::column_number_to_name(at as u16);
        let sum = Formula::new(format!("=SUM({letter}2:{letter}{})", last + 1));
        let sum = sum.set_result(sheet.total(at).unwrap_or_default());
        page.write_formula_with_format(last + 1, at as u16, sum, &number.clone().set_bold())?;
    }
    Ok(())
}
