//! A report as a workbook: typed cells, frozen headers, totals as formulas with their results.
//!
//! A spreadsheet's number has fifteen digits. One with more is rounded to them in its cell, so that sums work, and stands
//! with every digit on the sheet `All digits`.

use crate::csv_file::{Cell, inert};
use crate::document::{Document, Sheet, Watch};
use crate::{ReportError, figures, seal};
use chrono::Timelike;
use chrono_tz::Tz;
use domain::{Timestamp, parse_decimal};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as Style, FormatAlign, Formula, Workbook, Worksheet};

/// The most rows a sheet of XLSX holds, header and totals included.
const ROWS_MAX: usize = 1_048_576;
/// The digits a number of a spreadsheet has.
const DIGITS_MAX: usize = 15;
const WIDTH_MIN: usize = 9;
const WIDTH_MAX: usize = 44;
/// Rows that a column's width is judged by.
const ROWS_MEASURED: usize = 1000;
/// Rows between two looks at whether anybody still wants the file.
const ROWS_A_LOOK: usize = 4096;

/// A number whose digits did not fit its cell.
struct Long {
    sheet: &'static str,
    cell: String,
    text: String,
}

struct Styles {
    bold: Style,
    head: Style,
    number: Style,
    time: Style,
}

pub(crate) fn workbook(document: &Document, watch: Watch<'_>) -> Result<Vec<u8>, ReportError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(document.generated_at.millis() / 1000)?;
    let mut properties = DocProperties::new().set_title(&document.title).set_creation_datetime(&made);
    if let Some(text) = &document.seal {
        properties = properties.set_comment(seal::wrapped(text));
    }
    book.set_properties(&properties);
    cover(document, book.add_worksheet())?;
    let mut long = Vec::new();
    let all: usize = document.sheets.iter().map(|sheet| sheet.rows.len()).sum();
    let mut done = 0;
    for sheet in &document.sheets {
        if sheet.rows.len() + 2 > ROWS_MAX {
            return Err(ReportError::TooManyRows { rows: sheet.rows.len(), most: ROWS_MAX - 2 });
        }
        let tell = |rows: usize| watch((done + rows) as u64, all as u64);
        fill(book.add_worksheet(), sheet, document.zone, &mut long, &tell)?;
        done += sheet.rows.len();
    }
    if !long.is_empty() {
        digits(book.add_worksheet(), &long)?;
    }
    if !watch(all as u64, all as u64) {
        return Err(ReportError::Cancelled);
    }
    Ok(book.save_to_buffer()?)
}

fn cover(document: &Document, page: &mut Worksheet) -> Result<(), ReportError> {
    page.set_name("About")?.set_column_width(0, 24)?.set_column_width(1, 90)?;
    page.write_string_with_format(0, 0, inert(&document.title), &Style::new().set_bold().set_font_size(15))?;
    let mut line = 2;
    let wrapped = Style::new().set_text_wrap();
    for note in &document.notes {
        page.write_string_with_format(line, 1, inert(note), &wrapped)?;
        line += 1;
    }
    line += 1;
    for (name, value) in document.facts() {
        page.write_string(line, 0, name)?.write_string(line, 1, inert(&value))?;
        line += 1;
    }
    Ok(())
}

/// Whether a spreadsheet's number holds this one exactly.
fn fits(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit);
    digits.count() <= DIGITS_MAX
}

/// The days since 1900 of a moment, on the clocks of a zone: what a spreadsheet calls a date.
fn serial(time: Timestamp, zone: Tz) -> f64 {
    const EPOCH_DAY: i64 = 25_569;
    const DAY_MICROS: f64 = 86_400_000_000.0;
    let local = time.to_utc().with_timezone(&zone).naive_local();
    let days = local.and_utc().timestamp().div_euclid(86_400) + EPOCH_DAY;
    let micros = f64::from(local.num_seconds_from_midnight()) * 1e6 + f64::from(local.nanosecond() / 1000);
    // A date, not money: a double holds days since 1900 to the microsecond.
    days as f64 + micros / DAY_MICROS
}

fn width(sheet: &Sheet, at: usize, zone: Tz) -> usize {
    let of = |cell: &Cell| match cell {
        Cell::Empty => 0,
        Cell::Text(text) => text.chars().count(),
        Cell::Number(text) => text.len() + text.len() / 3 + 1,
        Cell::Time(time) => figures::moment(*time, zone).len(),
    };
    let rows = sheet.rows.iter().take(ROWS_MEASURED).filter_map(|row| row.get(at)).map(of).max().unwrap_or(0);
    let name = sheet.columns.get(at).map_or(0, |column| column.name.len());
    (rows.max(name) + 2).clamp(WIDTH_MIN, WIDTH_MAX)
}

/// Writes a table: the header stays in view, numbers are numbers, totals are formulas over them.
fn fill(
    page: &mut Worksheet,
    sheet: &Sheet,
    zone: Tz,
    long: &mut Vec<Long>,
    tell: &dyn Fn(usize) -> bool,
) -> Result<(), ReportError> {
    let styles = Styles {
        bold: Style::new().set_bold(),
        head: Style::new().set_bold().set_align(FormatAlign::Right),
        number: Style::new().set_num_format("#,##0.00######").set_align(FormatAlign::Right),
        time: Style::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
    };
    page.set_name(sheet.name)?.set_freeze_panes(1, 0)?;
    for (at, column) in (0u16..).zip(&sheet.columns) {
        let style = if sheet.is_number(at.into()) { &styles.head } else { &styles.bold };
        page.write_string_with_format(0, at, column.name, style)?;
        page.set_column_width(at, width(sheet, at.into(), zone) as f64)?;
    }
    for (line, row) in (1u32..).zip(&sheet.rows) {
        if (line as usize).is_multiple_of(ROWS_A_LOOK) && !tell(line as usize) {
            return Err(ReportError::Cancelled);
        }
        if row.len() != sheet.columns.len() {
            return Err(ReportError::Ragged { sheet: sheet.name, row: line as usize });
        }
        for (at, cell) in (0u16..).zip(row) {
            write_cell(page, (line, at), cell, zone, &styles)?;
            if let Cell::Number(text) = cell
                && !fits(text)
                && parse_decimal(text).is_ok()
            {
                let cell = rust_xlsxwriter::utility::row_col_to_cell(line, at);
                long.push(Long { sheet: sheet.name, cell, text: text.clone() });
            }
        }
    }
    totals(page, sheet, &styles)
}

fn write_cell(
    page: &mut Worksheet,
    (line, at): (u32, u16),
    cell: &Cell,
    zone: Tz,
    styles: &Styles,
) -> Result<(), ReportError> {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            page.write_string(line, at, inert(text))?;
        }
        Cell::Time(time) => {
            page.write_number_with_format(line, at, serial(*time, zone), &styles.time)?;
        }
        Cell::Number(text) => match (parse_decimal(text), text.parse::<f64>()) {
            (Ok(_), Ok(value)) if value.is_finite() => {
                page.write_number_with_format(line, at, value, &styles.number)?;
            }
            _ => {
                page.write_string(line, at, inert(text))?;
            }
        },
    }
    Ok(())
}

fn totals(page: &mut Worksheet, sheet: &Sheet, styles: &Styles) -> Result<(), ReportError> {
    let last = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
    if last == 0 || !sheet.columns.iter().any(|column| column.totalled) {
        return Ok(());
    }
    page.write_string_with_format(last + 1, 0, "total", &styles.bold)?;
    let bold = styles.number.clone().set_bold();
    for (at, _) in sheet.columns.iter().enumerate().filter(|(_, column)| column.totalled) {
        let letter = rust_xlsxwriter::utility::column_number_to_name(at as u16);
        let sum = Formula::new(format!("=SUM({letter}2:{letter}{})", last + 1));
        let sum = sum.set_result(sheet.total(at).unwrap_or_default());
        page.write_formula_with_format(last + 1, at as u16, sum, &bold)?;
    }
    Ok(())
}

fn digits(page: &mut Worksheet, long: &[Long]) -> Result<(), ReportError> {
    if long.len() + 2 > ROWS_MAX {
        return Err(ReportError::TooManyRows { rows: long.len(), most: ROWS_MAX - 2 });
    }
    page.set_name("All digits")?.set_freeze_panes(1, 0)?;
    let bold = Style::new().set_bold();
    for (at, (name, wide)) in (0u16..).zip([("sheet", 16.0), ("cell", 10.0), ("every digit", 40.0)]) {
        page.write_string_with_format(0, at, name, &bold)?.set_column_width(at, wide)?;
    }
    for (line, number) in (1u32..).zip(long) {
        page.write_string(line, 0, number.sheet)?.write_string(line, 1, &number.cell)?;
        page.write_string(line, 2, &number.text)?;
    }
    Ok(())
}
