//! `/charts/history`: candles in the charting library's form. Undocumented, so nothing about it is taken on trust.

use super::{Refusal, check_status, decimal, json, price};
use crate::error::CoinSpotError;
use domain::{Candle, Decimal, Interval, Price, Timestamp};
use ledgers::Rejected;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const WHAT: &str = "chart";
/// Refused rows named one by one.
const REJECTED_MAX: usize = 100;

/// What the chart said. The newest candle may still be open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// In time order, one a time, volume unknown.
    pub candles: Vec<Candle>,
    /// Rows with a price of zero or less, which the chart uses for "nothing".
    pub dropped: usize,
    /// Rows that repeated a time; the last one counts.
    pub duplicates: usize,
    /// Rows that make no sense; the first hundred.
    pub rejected: Vec<Rejected>,
}

#[derive(Deserialize)]
struct Chart<'a> {
    s: Option<String>,
    errmsg: Option<String>,
    #[serde(borrow, default)]
    t: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    o: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    h: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    l: Vec<&'a RawValue>,
    #[serde(borrow, default)]
    c: Vec<&'a RawValue>,
}

/// Reads a chart reply for the half-open window `[from, to)`; what lies outside is not ours and left out.
pub fn parse(body: &[u8], interval: Interval, from: Timestamp, to: Timestamp) -> Result<History, CoinSpotError> {
    let chart: Chart<'_> = json(WHAT, body)?;
    if chart.s.as_deref() == Some("no_data") {
        return Ok(History::default());
    }
    check_status(WHAT, chart.s.as_deref(), chart.errmsg.as_deref())?;
    let lengths = [&chart.o, &chart.h, &chart.l, &chart.c].map(Vec::len);
    if lengths.iter().any(|length| *length != chart.t.len()) {
        let reason = format!("{} times but {lengths:?} opens, highs, lows and closes", chart.t.len());
        return Err(CoinSpotError::SchemaChanged { what: WHAT, reason });
    }
    let mut history = History::default();
    let mut by_time: BTreeMap<Timestamp, Candle> = BTreeMap::new();
    let mut refused = 0;
    for (index, time) in chart.t.iter().enumerate() {
        let values = [chart.o[index], chart.h[index], chart.l[index], chart.c[index]];
        match row(time, values, interval) {
            Ok(Some(candle)) if (from..to).contains(&candle.time) => {
                history.duplicates += usize::from(by_time.insert(candle.time, candle).is_some());
            }
            Ok(Some(_)) => {}
            Ok(None) => history.dropped += 1,
            Err(refusal) => {
                refused += 1;
                if history.rejected.len() < REJECTED_MAX {
                    history.rejected.push(refusal.of(&format!("row {index}")));
                }
            }
        }
    }
    if refused > 0 && refused == chart.t.len() {
        let reason = super::nothing_left(&history.rejected, "rows");
        return Err(CoinSpotError::SchemaChanged { what: WHAT, reason });
    }
    history.candles = by_time.into_values().collect();
    Ok(history)
}

/// A candle, or none for a row that stands for nothing.
fn row(time: &RawValue, values: [&RawValue; 4], interval: Interval) -> Result<Option<Candle>, Refusal> {
    let time = start(decimal("time", Some(time))?, interval)?;
    let mut prices = [None::<Price>; 4];
    for ((slot, raw), field) in prices.iter_mut().zip(values).zip(["open", "high", "low", "close"]) {
        let value = decimal(field, Some(raw))?;
        if value <= Decimal::ZERO {
            return Ok(None);
        }
        *slot = Some(price(field, value)?);
    }
    let [Some(open), Some(high), Some(low), Some(close)] = prices else { return Ok(None) };
    let candle = Candle { time, open, high, low, close, volume: None };
    if !candle.is_consistent() {
        let reason = format!("low {low} and high {high} do not enclose open {open} and close {close}");
        return Err(Refusal::new("inconsistent", reason));
    }
    Ok(Some(candle))
}

fn start(seconds: Decimal, interval: Interval) -> Result<Timestamp, Refusal> {
    let whole = seconds.is_integer().then(|| i64::try_from(seconds).ok()).flatten();
    // Beyond the year 2200 it is milliseconds or nonsense.
    let whole = whole.filter(|seconds| (0..7_258_118_400).contains(seconds));
    let seconds = whole.ok_or_else(|| Refusal::new("not_a_time", format!("time {seconds} is no time in seconds")))?;
    let time = Timestamp::from_millis(seconds * 1000);
    if interval.floor(time) != time {
        return Err(Refusal::new("off_grid", format!("{time} is not the beginning of a {interval} candle")));
    }
    Ok(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: Timestamp = Timestamp::from_millis(0);
    const TO: Timestamp = Timestamp::from_millis(3_600_000);

    fn read(t: &str, o: &str, h: &str, l: &str, c: &str) -> Result<History, CoinSpotError> {
        let body = format!(r#"{{"s":"ok","t":[{t}],"o":[{o}],"h":[{h}],"l":[{l}],"c":[{c}]}}"#);
        parse(body.as_bytes(), Interval::M1, FROM, TO)
    }

    fn flat(t: &str, prices: &str) -> Result<History, CoinSpotError> {
        read(t, prices, prices, prices, prices)
    }

    fn times(history: &History) -> Vec<i64> {
        history.candles.iter().map(|candle| candle.time.millis() / 1000).collect()
    }

    #[test]
    fn candles_come_out_in_order_with_unknown_volume() {
        let history = read("60,\"0\"", "2,\"1.5\"", "3,2", "1,1", "2.50,1.75").unwrap();
        assert_eq!(times(&history), [0, 60]);
        assert_eq!(history.candles[0].open.to_string(), "1.5");
        assert_eq!(history.candles[1].close.to_string(), "2.5");
        assert_eq!(history.candles[0].volume, None);
    }

    #[test]
    fn rows_without_a_price_are_dropped_and_counted() {
        let history = flat("0,60,120,180", "1,0,-1,\"2\"").unwrap();
        assert_eq!((times(&history), history.dropped), (vec![0, 180], 2));
    }

    #[test]
    fn of_rows_with_the_same_time_the_last_counts() {
        let history = flat("60,0,60", "1,2,3").unwrap();
        assert_eq!((times(&history), history.duplicates), (vec![0, 60], 1));
        assert_eq!(history.candles[1].open.to_string(), "3");
    }

    #[test]
    fn rows_that_make_no_sense_are_refused_with_their_reason() {
        let codes = |history: History| history.rejected.iter().map(|r| r.code).collect::<Vec<_>>();
        assert_eq!(codes(read("0,60", "1,5", "2,6", "1,4", "1,9").unwrap()), ["inconsistent"]);
        assert_eq!(
            codes(flat("0,61,60.5,1690000000000", "1,1,1,1").unwrap()),
            ["off_grid", "not_a_time", "not_a_time"]
        );
        assert_eq!(
            codes(flat("0,60,120,180", "1,\"NaN\",null,1e400").unwrap()),
            ["not_a_number", "wrong_type", "not_a_number"]
        );
    }

    #[test]
    fn no_data_is_empty_and_an_error_is_one() {
        let read = |body: &str| parse(body.as_bytes(), Interval::M1, FROM, TO);
        assert_eq!(read(r#"{"s":"no_data"}"#).unwrap(), History::default());
        assert_eq!(read(r#"{"s":"no_data","t":[],"o":[],"h":[],"l":[],"c":[]}"#).unwrap(), History::default());
        assert_eq!(read(r#"{"s":"ok","t":[],"o":[],"h":[],"l":[],"c":[]}"#).unwrap(), History::default());
        assert_eq!(read(r#"{"s":"error","errmsg":"unknown_symbol"}"#).unwrap_err().code(), "refused");
        assert_eq!(read(r#"{"t":[]}"#).unwrap_err().code(), "schema_changed");
        assert_eq!(read("<html>").unwrap_err().code(), "not_json");
    }

    #[test]
    fn arrays_of_different_length_and_renamed_fields_bring_nothing() {
        assert_eq!(read("0,60", "1,1", "1,1", "1,1", "1").unwrap_err().code(), "schema_changed");
        let renamed = r#"{"s":"ok","t":[0],"open":[1],"h":[1],"l":[1],"c":[1]}"#;
        assert_eq!(parse(renamed.as_bytes(), Interval::M1, FROM, TO).unwrap_err().code(), "schema_changed");
        assert_eq!(flat("0,60", "\"x\",\"x\"").unwrap_err().code(), "schema_changed");
    }

    #[test]
    fn rows_outside_the_window_are_left_out() {
        let body = r#"{"s":"ok","t":[0,60,120],"o":[1,1,1],"h":[1,1,1],"l":[1,1,1],"c":[1,1,1]}"#;
        let (from, to) = (Timestamp::from_millis(60_000), Timestamp::from_millis(120_000));
        assert_eq!(times(&parse(body.as_bytes(), Interval::M1, from, to).unwrap()), [60]);
    }
}
