//! Candle files: `ts_ms,open,high,low,close,volume`, read strictly and in bounded memory.
//!
//! The header is line 1 and must be exactly that. Numbers may have an exponent (data tools print small ones so), nothing else
//! unusual; an empty volume means unknown. A time must lie on the interval's grid. A bad line is named with its number and reason and
//! the rest is still read, so that the reader sees all of it; whether one bad line refuses the whole file is the caller's
//! decision. A line that repeats an earlier one stays in (the caller counts duplicates against what it has); one that
//! contradicts an earlier one is bad. Deliberately absent: opening and unpacking files.

use crate::source::inert;
use domain::{AmountError, Candle, Interval, Price, Quantity, Timestamp, parse_decimal_lossy};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::BufRead;

const HEADER: &str = "ts_ms,open,high,low,close,volume";
const LINE_BYTES_MAX: usize = 1024;
/// About ten years of minutes.
const ROWS_MAX: usize = 5_500_000;
/// Bad lines named one by one; the rest are only counted.
const BAD_LINES_MAX: usize = 1000;
/// 2009 to 2200: before there was nothing to trade, and seconds mistaken for milliseconds land in 1970.
const TIME_MS: std::ops::Range<i64> = 1_230_768_000_000..7_258_118_400_000;

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Its number; the header is line 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// What a candle file held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ParsedCandles {
    /// Good candles in the order of the file; a repeated line is in it as often as it came.
    pub candles: Vec<Candle>,
    /// The first thousand bad lines.
    pub rejected: Vec<BadLine>,
    /// How many lines were bad.
    pub rejected_total: u64,
}

impl ParsedCandles {
    fn reject(&mut self, line: u64, reason: String) {
        self.rejected_total += 1;
        if self.rejected.len() < BAD_LINES_MAX {
            self.rejected.push(BadLine { line, reason });
        }
    }
}

/// Why a candle file can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum CandleCsvError {
    /// The first line is not the header.
    #[error("line 1 must be the header '{HEADER}', not '{found}'")]
    Header {
        /// What was there, made harmless.
        found: String,
    },
    /// More candles than we take at once.
    #[error("the file has more than {ROWS_MAX} candles: split it")]
    TooManyRows,
    /// Reading failed.
    #[error("reading stopped at line {line}: {cause}")]
    Read {
        /// The line it stopped at.
        line: u64,
        /// Why.
        cause: std::io::Error,
    },
}

impl CandleCsvError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Header { .. } => "bad_header",
            Self::TooManyRows => "too_many_rows",
            Self::Read { .. } => "read_failed",
        }
    }
}

/// Reads a candle file.
///
/// # Errors
/// [`CandleCsvError`] when the header is wrong, the file is too long, or reading fails; bad lines are in the reply.
pub fn parse_candles(mut reader: impl BufRead, interval: Interval) -> Result<ParsedCandles, CandleCsvError> {
    let mut line = 1;
    let mut buffer = Vec::with_capacity(LINE_BYTES_MAX);
    let read = |cause| CandleCsvError::Read { line: 1, cause };
    let first = read_line(&mut reader, &mut buffer).map_err(read)?;
    let header = String::from_utf8_lossy(&buffer);
    if first != Line::Whole || header.trim_start_matches('\u{feff}') != HEADER {
        return Err(CandleCsvError::Header { found: inert(&header) });
    }
    let mut parsed = ParsedCandles::default();
    let mut seen: BTreeMap<Timestamp, (u64, usize)> = BTreeMap::new();
    loop {
        line += 1;
        let read = read_line(&mut reader, &mut buffer).map_err(|cause| CandleCsvError::Read { line, cause })?;
        let candle = match read {
            Line::End => return Ok(parsed),
            Line::TooLong => Err(format!("longer than {LINE_BYTES_MAX} bytes")),
            Line::Whole => parse_row(&buffer, interval),
        };
        let candle = candle.and_then(|candle| agrees(&candle, &seen, &parsed.candles).map(|()| candle));
        match candle {
            Ok(candle) if parsed.candles.len() < ROWS_MAX => {
                seen.entry(candle.time).or_insert((line, parsed.candles.len()));
                parsed.candles.push(candle);
            }
            Ok(_) => return Err(CandleCsvError::TooManyRows),
            Err(reason) => parsed.reject(line, reason),
        }
    }
}

fn agrees(candle: &Candle, seen: &BTreeMap<Timestamp, (u64, usize)>, candles: &[Candle]) -> Result<(), String> {
    match seen.get(&candle.time) {
        Some((line, index)) if candles.get(*index) != Some(candle) => {
            Err(format!("contradicts line {line}, which has the same time"))
        }
        _ => Ok(()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Line {
    Whole,
    TooLong,
    End,
}

/// Reads up to the next line break without ever holding more than [`LINE_BYTES_MAX`] of it.
fn read_line(reader: &mut impl BufRead, buffer: &mut Vec<u8>) -> std::io::Result<Line> {
    buffer.clear();
    let mut any = false;
    let mut too_long = false;
    loop {
        let chunk = match reader.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            break;
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let text = &chunk[..end.unwrap_or(chunk.len())];
        let room = LINE_BYTES_MAX - buffer.len();
        too_long |= text.len() > room;
        buffer.extend_from_slice(&text[..text.len().min(room)]);
        let used = end.map_or(chunk.len(), |end| end + 1);
        reader.consume(used);
        if end.is_some() {
            break;
        }
    }
    if buffer.last() == Some(&b'\r') {
        buffer.pop();
    }
    Ok(match (any, too_long) {
        (false, _) => Line::End,
        (true, true) => Line::TooLong,
        (true, false) => Line::Whole,
    })
}

fn parse_row(bytes: &[u8], interval: Interval) -> Result<Candle, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not text in UTF-8".to_owned())?;
    let mut fields = text.split(',');
    let row: [Option<&str>; 6] = std::array::from_fn(|_| fields.next());
    let [Some(time), Some(open), Some(high), Some(low), Some(close), Some(volume)] = row else {
        return Err(format!("has {} fields, not 6: '{}'", text.split(',').count(), inert(text)));
    };
    if fields.next().is_some() {
        return Err(format!("has {} fields, not 6", text.split(',').count()));
    }
    let candle = Candle {
        time: parse_time(time, interval)?,
        open: parse_price("open", open)?,
        high: parse_price("high", high)?,
        low: parse_price("low", low)?,
        close: parse_price("close", close)?,
        volume: parse_volume(volume)?,
    };
    if !candle.is_consistent() {
        return Err(format!("low {low} and high {high} do not enclose open {open} and close {close}"));
    }
    Ok(candle)
}

fn parse_time(text: &str, interval: Interval) -> Result<Timestamp, String> {
    let bad = || format!("ts_ms '{}' is not a whole number of milliseconds", inert(text));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    let ms: i64 = text.parse().map_err(|_| bad())?;
    if !TIME_MS.contains(&ms) {
        return Err(format!("ts_ms {ms} is not between 2009 and 2200: is it in milliseconds?"));
    }
    let time = Timestamp::from_millis(ms);
    if interval.floor(time) != time {
        return Err(format!("ts_ms {ms} is not the beginning of a {interval} candle"));
    }
    Ok(time)
}

fn describe(what: &str, error: &AmountError) -> String {
    match error {
        AmountError::NotDecimal(text) => format!("{what} '{}' is not a number", inert(text)),
        AmountError::NotPositive { value, .. } => format!("{what} must be above zero, not {value}"),
        AmountError::Negative { value, .. } => format!("{what} must not be below zero: {value}"),
        other => format!("{what}: {other}"),
    }
}

fn parse_price(what: &str, text: &str) -> Result<Price, String> {
    parse_decimal_lossy(text).and_then(Price::new).map_err(|error| describe(what, &error))
}

fn parse_volume(text: &str) -> Result<Option<Quantity>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    parse_decimal_lossy(text).and_then(Quantity::new).map(Some).map_err(|error| describe("volume", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "1509836520000,10,12,9,11,1.5";

    fn parse(rows: &str) -> ParsedCandles {
        parse_candles(format!("{HEADER}\n{rows}").as_bytes(), Interval::M1).unwrap()
    }

    fn reason(row: &str) -> String {
        let parsed = parse(row);
        assert!(parsed.candles.is_empty(), "{row}");
        assert_eq!(parsed.rejected.len(), 1, "{row}");
        assert_eq!(parsed.rejected[0].line, 2);
        parsed.rejected[0].reason.clone()
    }

    #[test]
    fn good_rows_are_read_exactly() {
        let parsed = parse(&format!("{GOOD}\r\n1509836580000,0.00000001,5.73e-05,1e-8,0.00001,\n"));
        assert_eq!(parsed.rejected, []);
        assert_eq!(parsed.candles[0].high, Price::parse("12").unwrap());
        assert_eq!(parsed.candles[0].volume, Quantity::parse("1.5").ok());
        assert_eq!(parsed.candles[1].high, Price::parse("0.0000573").unwrap());
        assert_eq!(parsed.candles[1].volume, None);
    }

    #[test]
    fn a_bad_line_is_named_and_the_others_are_kept() {
        let parsed = parse(&format!("{GOOD}\n1509836580000,NaN,12,9,11,1\n1509836640000,10,12,9,11,1"));
        assert_eq!(parsed.candles.len(), 2);
        assert_eq!(parsed.rejected, [BadLine { line: 3, reason: "open 'NaN' is not a number".into() }]);
    }

    #[test]
    fn each_kind_of_bad_line_has_its_reason() {
        for (row, part) in [
            ("1509836520000,0,12,9,11,1", "open must be above zero"),
            ("1509836520000,10,12,9,-11,1", "close must be above zero"),
            ("1509836520000,10,1e400,9,11,1", "high '1e400' is not a number"),
            ("1509836520000,10,12,9,11,-1", "volume must not be below zero"),
            ("1509836520000,10,9,12,11,1", "do not enclose"),
            ("1509836520000,10,12,9,13,1", "do not enclose"),
            ("1509836520000,10,12,9,11", "has 5 fields, not 6"),
            ("1509836520000,10,12,9,11,1,2", "has 7 fields, not 6"),
            ("1509836520,10,12,9,11,1", "is it in milliseconds?"),
            ("1509836520001,10,12,9,11,1", "not the beginning of a 1m candle"),
            ("2017-11-04,10,12,9,11,1", "not a whole number of milliseconds"),
            ("-1,10,12,9,11,1", "not a whole number of milliseconds"),
            ("99999999999999999999,10,12,9,11,1", "not a whole number of milliseconds"),
            ("", "has 1 fields, not 6"),
            ("1509836520000,10,12,9,1\u{1b}1,1", "close '1 1' is not a number"),
        ] {
            let reason = reason(&format!("{row}\n"));
            assert!(reason.contains(part), "{row}: {reason}");
        }
    }

    #[test]
    fn a_giant_line_costs_no_memory_and_the_next_line_is_read() {
        let giant = format!("{},10\n{GOOD}\n", "9".repeat(3_000_000));
        let parsed = parse(&giant);
        assert_eq!(parsed.rejected, [BadLine { line: 2, reason: "longer than 1024 bytes".into() }]);
        assert_eq!(parsed.candles.len(), 1);
    }

    #[test]
    fn binary_lines_and_wrong_encodings_are_refused() {
        let mut bytes = format!("{HEADER}\n").into_bytes();
        bytes.extend([0xff, 0xfe, 0x00, b'\n']);
        let parsed = parse_candles(bytes.as_slice(), Interval::M1).unwrap();
        assert_eq!(parsed.rejected[0].reason, "not text in UTF-8");
    }

    #[test]
    fn a_file_without_the_header_is_refused_whole() {
        for text in ["", "\n", GOOD, "open,high\n", "ts_ms;open;high;low;close;volume\n"] {
            assert_eq!(parse_candles(text.as_bytes(), Interval::M1).unwrap_err().code(), "bad_header", "{text}");
        }
        let marked = format!("\u{feff}{HEADER}\r\n{GOOD}");
        assert_eq!(parse_candles(marked.as_bytes(), Interval::M1).unwrap().candles.len(), 1);
    }

    #[test]
    fn a_repeated_line_stays_and_a_contradicting_one_is_bad() {
        let parsed = parse(&format!("{GOOD}\n{GOOD}\n1509836520000,10,12,9,10,1.5\n"));
        assert_eq!(parsed.candles.len(), 2);
        assert_eq!(parsed.rejected[0].line, 4);
        assert!(parsed.rejected[0].reason.contains("contradicts line 2"));
    }

    #[test]
    fn bad_lines_beyond_the_first_thousand_are_only_counted() {
        let parsed = parse(&"x\n".repeat(1500));
        assert_eq!((parsed.rejected.len(), parsed.rejected_total), (1000, 1500));
    }
}
