//! Trade files become trades: the native CSV and CoinSpot's order export.
//!
//! Invariants: parsing changes nothing; every refused line is named with its reason; memory is bounded by the caps
//! below. Equal rows without an id get their count in the file, so that they stay two trades and the same file again
//! adds none. Deliberately absent: storing.

mod coinspot;
mod native;

use chrono::Datelike;
use chrono_tz::Tz;
use domain::{Decimal, Trade, TradeId};
use std::collections::HashMap;
use std::io::{self, Read};

use crate::dto::RejectedLine;

/// Largest file read, in bytes.
pub const FILE_BYTES_MAX: u64 = 512 << 20;
/// Longest line read, in bytes.
const LINE_BYTES_MAX: usize = 64 << 10;
/// More than any coin has units, and than any trade was worth: beyond it a number is mistyped. A fact stays for ever,
/// so one such row would keep the sums of its coin from being computed for ever.
const QUANTITY_MAX: i64 = 1_000_000_000_000_000_000;
const TRADE_AUD_MAX: i64 = 1_000_000_000_000_000;
/// Years a trade can lie in.
const YEARS: std::ops::Range<i32> = 1970..3000;

/// Which layout a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradeFormat {
    /// Our own CSV.
    Omc,
    /// CoinSpot's order history export.
    CoinSpot,
}

impl TradeFormat {
    /// The name on the command line and in the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Omc => "omc",
            Self::CoinSpot => "coinspot",
        }
    }
}

/// Why a file as a whole is refused.
#[derive(Debug, thiserror::Error)]
pub enum TradeFileError {
    /// Larger than [`FILE_BYTES_MAX`].
    #[error("the file has more than {} MiB", FILE_BYTES_MAX >> 20)]
    TooLarge,
    /// Not UTF-8 text.
    #[error("line {line} is not UTF-8 text: save the file as CSV (UTF-8)")]
    NotText {
        /// Where it stops being text.
        line: u64,
    },
    /// A line beyond the cap.
    #[error("a line has more than {} KiB: this is not a trade file", LINE_BYTES_MAX >> 10)]
    GiantLine,
    /// A header no format has.
    #[error("the header fits no known format: {0}")]
    UnknownHeader(String),
    /// The CSV itself is broken.
    #[error("cannot read the file as CSV: {0}")]
    Csv(String),
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
}

impl TradeFileError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "file_too_large",
            Self::NotText { .. } => "not_utf8",
            Self::GiantLine => "line_too_long",
            Self::UnknownHeader(_) => "unknown_format",
            Self::Csv(_) => "bad_csv",
            Self::Empty => "empty_file",
        }
    }
}

/// A file as read: trades in the order they are to be recorded, and the lines refused.
#[derive(Debug)]
pub struct TradeFile {
    /// The layout found or asked for.
    pub format: TradeFormat,
    /// Data rows read.
    pub read: u64,
    /// Good rows, oldest first.
    pub trades: Vec<Trade>,
    /// Bad rows.
    pub rejected: Vec<RejectedLine>,
}

/// Reads a trade file. `zone` is the zone of times that name none (CoinSpot's).
///
/// # Errors
/// [`TradeFileError`] when it cannot be read as a whole; single bad lines are in [`TradeFile::rejected`].
pub fn read_trades(input: impl Read, format: Option<TradeFormat>, zone: Tz) -> Result<TradeFile, TradeFileError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(Guarded::new(input));
    let header = reader.byte_headers().map_err(csv_error)?.clone();
    if header.is_empty() {
        return Err(TradeFileError::Empty);
    }
    let header = text_of(&header, 1)?;
    let format = match format {
        Some(format) => format,
        None => detect(&header)?,
    };
    let columns = match format {
        TradeFormat::Omc => Columns::Native(native::Columns::find(&header)?),
        TradeFormat::CoinSpot => Columns::CoinSpot(coinspot::Columns::find(&header)?),
    };
    let mut file = TradeFile { format, read: 0, trades: Vec::new(), rejected: Vec::new() };
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(csv_error)? {
        let line = record.position().map_or(0, csv::Position::line);
        file.read += 1;
        let parsed = text_of(&record, line).map_err(|error| error.to_string()).and_then(|fields| match &columns {
            _ if fields.len() != header.len() => {
                Err(format!("has {} fields where the header has {}", fields.len(), header.len()))
            }
            Columns::Native(columns) => columns.trade(&fields),
            Columns::CoinSpot(columns) => columns.trade(&fields, zone),
        });
        match parsed.and_then(possible) {
            Ok(trade) => file.trades.push(trade),
            Err(reason) => file.rejected.push(RejectedLine { line, reason }),
        }
    }
    if format == TradeFormat::CoinSpot {
        oldest_first(&mut file.trades);
    }
    count_equal_rows(&mut file.trades);
    Ok(file)
}

/// Refuses a trade whose size or time can't be.
fn possible(trade: Trade) -> Result<Trade, String> {
    let year = trade.time.to_utc().year();
    if !YEARS.contains(&year) {
        return Err(format!("time: the year {year} is mistyped"));
    }
    if trade.quantity.decimal() > Decimal::from(QUANTITY_MAX) {
        return Err(format!("quantity: {} is more than there is of any coin", trade.quantity));
    }
    let most = Decimal::from(TRADE_AUD_MAX);
    match trade.value() {
        Ok(value) if value.amount() <= most && trade.fee.amount() <= most => Ok(trade),
        _ => Err(format!("quantity x price, or the fee, is beyond {most} AUD: a number is mistyped")),
    }
}

enum Columns {
    Native(native::Columns),
    CoinSpot(coinspot::Columns),
}

fn detect(header: &csv::StringRecord) -> Result<TradeFormat, TradeFileError> {
    let has = |name: &str| header.iter().any(|column| column.eq_ignore_ascii_case(name));
    if has("Transaction Date") {
        Ok(TradeFormat::CoinSpot)
    } else if has("time") && has("coin") {
        Ok(TradeFormat::Omc)
    } else {
        let seen: String = header.iter().collect::<Vec<_>>().join(",").chars().take(80).collect();
        Err(TradeFileError::UnknownHeader(format!(
            "'{seen}' (expected the native '{}', or CoinSpot's order export beginning with 'Transaction Date')",
            native::HEADER
        )))
    }
}

/// A position of every named column, or what is missing.
fn find_columns<const N: usize>(header: &csv::StringRecord, names: [&str; N]) -> Result<[usize; N], TradeFileError> {
    let mut places = [0; N];
    for (place, name) in places.iter_mut().zip(names) {
        let mut found = header.iter().enumerate().filter(|(_, column)| column.eq_ignore_ascii_case(name));
        let first = found.next().ok_or_else(|| TradeFileError::UnknownHeader(format!("column '{name}' is missing")))?;
        if found.next().is_some() {
            return Err(TradeFileError::UnknownHeader(format!("column '{name}' stands twice")));
        }
        *place = first.0;
    }
    Ok(places)
}

fn text_of(record: &csv::ByteRecord, line: u64) -> Result<csv::StringRecord, TradeFileError> {
    let text = csv::StringRecord::from_byte_record(record.clone()).map_err(|_| TradeFileError::NotText { line })?;
    if text.iter().any(|field| field.contains('\0')) {
        return Err(TradeFileError::NotText { line });
    }
    Ok(text)
}

/// CoinSpot exports are newest first; one that a person sorted the other way stays as it is.
fn oldest_first(trades: &mut [Trade]) {
    let ascending = matches!((trades.first(), trades.last()), (Some(first), Some(last)) if first.time < last.time);
    if !ascending {
        trades.reverse();
    }
}

fn count_equal_rows(trades: &mut [Trade]) {
    let mut seen: HashMap<TradeId, u32> = HashMap::new();
    for trade in trades.iter_mut().filter(|trade| trade.external_id.is_none()) {
        let count = seen.entry(trade.id()).or_insert(0);
        trade.occurrence = *count;
        *count += 1;
    }
}

fn csv_error(error: csv::Error) -> TradeFileError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Limit>()) {
            Some(Limit::File) => TradeFileError::TooLarge,
            Some(Limit::Line) => TradeFileError::GiantLine,
            None => TradeFileError::Csv(error.to_string()),
        },
        kind => TradeFileError::Csv(format!("{kind:?}")),
    }
}

#[derive(Debug, thiserror::Error)]
enum Limit {
    #[error("file too large")]
    File,
    #[error("line too long")]
    Line,
}

/// Stops reading beyond the caps, and drops a byte order mark.
struct Guarded<R> {
    inner: R,
    total: u64,
    line: usize,
}

impl<R: Read> Guarded<R> {
    fn new(inner: R) -> Self {
        Self { inner, total: 0, line: 0 }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.total += read as u64;
        if self.total > FILE_BYTES_MAX {
            return Err(io::Error::other(Limit::File));
        }
        for byte in &buffer[..read] {
            self.line = if *byte == b'\n' { 0 } else { self.line + 1 };
            if self.line > LINE_BYTES_MAX {
                return Err(io::Error::other(Limit::Line));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
