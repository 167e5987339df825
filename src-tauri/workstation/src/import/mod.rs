//! Files become trades and movements: the native CSVs and CoinSpot's exports.
//!
//! | file | what |
//! |---|---|
//! | `native` | our trades |
//! | `movements` | our movements |
//! | `coinspot` | CoinSpot's order history, swaps too |
//! | `transfers` | CoinSpot's sends and receives |
//! | `api` | the same history as CoinSpot's API tells it |
//!
//! Invariants: parsing changes nothing; every refused line is named with its reason; memory is bounded by the caps
//! below. Equal rows without an id get their count in the file, so that they stay two and the same file again
//! adds none. Amounts are in AUD: any other money is refused with a question, never converted. Deliberately absent: storing.

pub(crate) mod api;
mod coinspot;
mod movements;
mod native;
mod transfers;

use chrono::Datelike;
use chrono_tz::Tz;
use domain::{Coin, Decimal, Moved, Movement, MovementId, Quantity, Timestamp, Trade, TradeId};
use std::collections::HashMap;
use std::io::{self, Read};
use store::Entry;

pub(crate) use movements::{Fields, movement};

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

/// How far ahead of this machine's clock a row may lie: clocks differ.
const AHEAD_MICROS: i64 = 10 * 60 * 1_000_000;
/// Money other than ours, where a coin or a currency is expected.
const OTHER_MONEY: [&str; 18] = [
    "USD", "EUR", "GBP", "NZD", "JPY", "CAD", "CHF", "SGD", "HKD", "CNY", "INR", "KRW", "THB", "IDR", "PHP", "MYR",
    "SEK", "ZAR",
];

/// Whose layout a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Our own CSVs.
    Omc,
    /// CoinSpot's exports.
    CoinSpot,
}

/// Which layout a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Our own CSV of trades.
    Trades,
    /// Our own CSV of movements.
    Movements,
    /// CoinSpot's order history export.
    CoinSpotOrders,
    /// CoinSpot's send and receive export.
    CoinSpotTransfers,
}

impl Layout {
    /// The name in the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trades => "omc",
            Self::Movements => "omc_movements",
            Self::CoinSpotOrders => "coinspot",
            Self::CoinSpotTransfers => "coinspot_transfers",
        }
    }

    const fn family(self) -> Family {
        match self {
            Self::Trades | Self::Movements => Family::Omc,
            Self::CoinSpotOrders | Self::CoinSpotTransfers => Family::CoinSpot,
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

/// A file as read: its rows in the order they are to be recorded, and the lines refused.
#[derive(Debug)]
pub struct ImportFile {
    /// The layout found.
    pub layout: Layout,
    /// Data rows read.
    pub read: u64,
    /// Good rows, oldest first.
    pub entries: Vec<Entry>,
    /// Bad rows.
    pub rejected: Vec<RejectedLine>,
    /// Rows that are well and tell of nothing that happened, such as a send that was cancelled.
    pub left_out: Vec<RejectedLine>,
}

/// How to read times.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The zone of times that name none (CoinSpot's).
    pub zone: Tz,
    /// Now: what lies after it, beyond what clocks differ, did not happen.
    pub now: Timestamp,
}

/// What a row is.
enum Row {
    Entry(Entry),
    /// Nothing, and why.
    LeftOut(String),
}

impl From<Trade> for Row {
    fn from(trade: Trade) -> Self {
        Self::Entry(trade.into())
    }
}

impl From<Movement> for Row {
    fn from(movement: Movement) -> Self {
        Self::Entry(movement.into())
    }
}

/// Reads a file of trades or movements.
///
/// # Errors
/// [`TradeFileError`] when it cannot be read as a whole; single bad lines are in [`ImportFile::rejected`].
pub fn read_file(input: impl Read, family: Option<Family>, reading: Reading) -> Result<ImportFile, TradeFileError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(Guarded::new(input));
    let header = reader.byte_headers().map_err(csv_error)?.clone();
    if header.is_empty() {
        return Err(TradeFileError::Empty);
    }
    let header = text_of(&header, 1)?;
    let layout = detect(&header, family)?;
    let columns = Columns::find(layout, &header)?;
    let mut file = ImportFile { layout, read: 0, entries: Vec::new(), rejected: Vec::new(), left_out: Vec::new() };
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(csv_error)? {
        let line = record.position().map_or(0, csv::Position::line);
        file.read += 1;
        let parsed = text_of(&record, line).map_err(|error| error.to_string()).and_then(|fields| {
            if fields.len() != header.len() {
                return Err(format!("has {} fields where the header has {}", fields.len(), header.len()));
            }
            columns.row(&fields, reading)
        });
        let checked = parsed.and_then(|row| match row {
            Row::Entry(entry) => possible(entry, reading.now).map(Row::Entry),
            left_out @ Row::LeftOut(_) => Ok(left_out),
        });
        match checked {
            Ok(Row::Entry(entry)) => file.entries.push(entry),
            Ok(Row::LeftOut(reason)) => file.left_out.push(RejectedLine { line, reason }),
            Err(reason) => file.rejected.push(RejectedLine { line, reason }),
        }
    }
    if layout.family() == Family::CoinSpot {
        oldest_first(&mut file.entries);
    }
    count_equal_rows(&mut file.entries);
    Ok(file)
}

/// When a row happened.
fn time_of(entry: &Entry) -> Timestamp {
    match entry {
        Entry::Trade(trade) => trade.time,
        Entry::Movement(movement) => movement.time,
    }
}

/// Refuses a row whose size or time can't be.
pub(crate) fn possible(entry: Entry, now: Timestamp) -> Result<Entry, String> {
    let time = time_of(&entry);
    let year = time.to_utc().year();
    if !YEARS.contains(&year) {
        return Err(format!("time: the year {year} is mistyped"));
    }
    if time > now.plus_micros(AHEAD_MICROS) {
        let words = "is in the future: see that this machine's clock and the file's time zone are right";
        return Err(format!("time: {time} {words} (now is {now})"));
    }
    let plenty = |quantity: Quantity| quantity.decimal() > Decimal::from(QUANTITY_MAX);
    let quantities: Vec<Quantity> = match &entry {
        Entry::Trade(trade) => vec![trade.quantity],
        Entry::Movement(movement) => match &movement.what {
            Moved::Cash { .. } => vec![],
            Moved::Coins { quantity, .. } | Moved::Between { quantity, .. } => vec![*quantity],
            Moved::Swap { gave_quantity, got_quantity, .. } => vec![*gave_quantity, *got_quantity],
        },
    };
    if let Some(quantity) = quantities.into_iter().find(|quantity| plenty(*quantity)) {
        return Err(format!("quantity: {quantity} is more than there is of any coin"));
    }
    let most = Decimal::from(TRADE_AUD_MAX);
    let fits = match &entry {
        Entry::Trade(trade) => trade.value().is_ok_and(|value| value.amount() <= most) && trade.fee.amount() <= most,
        Entry::Movement(movement) => {
            let cash = if let Moved::Cash { amount, .. } = &movement.what { Some(*amount) } else { None };
            [cash, movement.value, movement.fee].into_iter().flatten().all(|money| money.amount() <= most)
        }
    };
    if fits { Ok(entry) } else { Err(format!("a value or fee is beyond {most} AUD: a number is mistyped")) }
}

enum Columns {
    Trades(native::Columns),
    Movements(movements::Columns),
    Orders(coinspot::Columns),
    Transfers(transfers::Columns),
}

impl Columns {
    fn find(layout: Layout, header: &csv::StringRecord) -> Result<Self, TradeFileError> {
        Ok(match layout {
            Layout::Trades => Self::Trades(native::Columns::find(header)?),
            Layout::Movements => Self::Movements(movements::Columns::find(header)?),
            Layout::CoinSpotOrders => Self::Orders(coinspot::Columns::find(header)?),
            Layout::CoinSpotTransfers => Self::Transfers(transfers::Columns::find(header)?),
        })
    }

    fn row(&self, fields: &csv::StringRecord, reading: Reading) -> Result<Row, String> {
        match self {
            Self::Trades(columns) => columns.trade(fields).map(Row::from),
            Self::Movements(columns) => columns.movement(fields).map(Row::from),
            Self::Orders(columns) => columns.row(fields, reading.zone),
            Self::Transfers(columns) => columns.row(fields, reading.zone),
        }
    }
}

fn detect(header: &csv::StringRecord, family: Option<Family>) -> Result<Layout, TradeFileError> {
    let has = |name: &str| header.iter().any(|column| column.eq_ignore_ascii_case(name));
    let fits = |layout: &Layout| match layout {
        Layout::CoinSpotOrders => has("Transaction Date") && !has("Txid"),
        Layout::CoinSpotTransfers => has("Transaction Date") && has("Txid"),
        Layout::Movements => has("time") && has("kind"),
        Layout::Trades => has("time") && has("coin") && !has("kind"),
    };
    let all = [Layout::CoinSpotOrders, Layout::CoinSpotTransfers, Layout::Movements, Layout::Trades];
    let mut wanted = all.into_iter().filter(|layout| family.is_none_or(|family| layout.family() == family));
    // Who named the layout is told what is missing of it.
    let named = family.map(|family| match family {
        Family::Omc => Layout::Trades,
        Family::CoinSpot => Layout::CoinSpotOrders,
    });
    let found = wanted.find(fits).or(named);
    found.ok_or_else(|| {
        let seen: String = header.iter().collect::<Vec<_>>().join(",").chars().take(80).collect();
        TradeFileError::UnknownHeader(format!(
            "'{seen}' (expected the native trades '{}', the native movements '{}', or CoinSpot's order or send and \
             receive export, which begin with 'Transaction Date')",
            native::HEADER,
            movements::HEADER
        ))
    })
}

/// A coin; money other than AUD is asked about, not guessed.
fn coin_of(what: &str, text: &str) -> Result<Coin, String> {
    if OTHER_MONEY.iter().any(|money| text.eq_ignore_ascii_case(money)) {
        let shown = text.to_ascii_uppercase();
        return Err(format!(
            "{what} '{shown}' is money other than AUD: what was it worth in AUD? Put the amounts in AUD, at the rate of that \
             day, and import again"
        ));
    }
    Coin::parse(text).map_err(|error| format!("{what}: {error}"))
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
fn oldest_first(entries: &mut [Entry]) {
    let ascending =
        matches!((entries.first(), entries.last()), (Some(first), Some(last)) if time_of(first) < time_of(last));
    if !ascending {
        entries.reverse();
    }
}

pub(crate) fn count_equal_rows(entries: &mut [Entry]) {
    let mut trades: HashMap<TradeId, u32> = HashMap::new();
    let mut movements: HashMap<MovementId, u32> = HashMap::new();
    for entry in entries.iter_mut() {
        let (place, count) = match entry {
            Entry::Trade(trade) if trade.external_id.is_none() => {
                let count = trades.entry(trade.id()).or_insert(0);
                (&mut trade.occurrence, count)
            }
            Entry::Movement(movement) if movement.external_id.is_none() => {
                let count = movements.entry(movement.id()).or_insert(0);
                (&mut movement.occurrence, count)
            }
            _ => continue,
        };
        *place = *count;
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
