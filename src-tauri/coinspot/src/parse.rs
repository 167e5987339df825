//! Where JSON and HTML end: numbers as exact text, coins by today's tickers, one row a coin.

pub mod coin_list;
pub mod depth;
pub mod history;
pub mod latest;

use crate::error::CoinSpotError;
use domain::{AmountError, Coin, Decimal, Price, Quote, parse_decimal_lossy};
use ledgers::{Rejected, inert};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Refused items named one by one in a reply; more are counted in the last entry.
const REJECTED_MAX: usize = 1000;

/// Why one value is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub reason: String,
}

impl Refusal {
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub fn of(self, item: &str) -> Rejected {
        Rejected::new(item, self.code, self.reason)
    }
}

/// Reads a reply.
pub fn json<'a, T: Deserialize<'a>>(what: &'static str, body: &'a [u8]) -> Result<T, CoinSpotError> {
    let bad = |reason: String| CoinSpotError::NotJson { what, reason: inert(&reason) };
    let text = std::str::from_utf8(body).map_err(|error| bad(error.to_string()))?;
    serde_json::from_str(text).map_err(|error| bad(error.to_string()))
}

/// CoinSpot's envelope says whether it worked.
pub fn check_status(what: &'static str, status: Option<&str>, message: Option<&str>) -> Result<(), CoinSpotError> {
    match status {
        Some("ok") => Ok(()),
        Some(other) => Err(CoinSpotError::Refused { what, message: inert(message.unwrap_or(other)) }),
        None => Err(CoinSpotError::SchemaChanged { what, reason: "it has no status".to_owned() }),
    }
}

/// A number that came as a JSON number or string, exactly as written.
pub fn decimal(field: &str, raw: Option<&RawValue>) -> Result<Decimal, Refusal> {
    let raw = raw.ok_or_else(|| Refusal::new("missing", format!("{field} is missing")))?.get();
    let wrong_type = || Refusal::new("wrong_type", format!("{field} is no number: {}", inert(raw)));
    let text = match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw).map_err(|_| wrong_type())?,
        Some(b'-' | b'0'..=b'9') => raw.to_owned(),
        _ => return Err(wrong_type()),
    };
    decimal_text(field, &text)
}

/// A number in text, exactly as written.
pub fn decimal_text(field: &str, text: &str) -> Result<Decimal, Refusal> {
    parse_decimal_lossy(text)
        .map_err(|_| Refusal::new("not_a_number", format!("{field} is not a number: '{}'", inert(text))))
}

/// A price above zero.
pub fn price(field: &str, value: Decimal) -> Result<Price, Refusal> {
    Price::new(value).map_err(|error| positive(field, &error))
}

pub fn positive(field: &str, error: &AmountError) -> Refusal {
    let reason = match error {
        AmountError::NotPositive { value, .. } | AmountError::Negative { value, .. } => {
            format!("{field} must be above zero, not {value}")
        }
        other => format!("{field}: {other}"),
    };
    Refusal::new(error.code(), reason)
}

/// A coin by CoinSpot's key: today's ticker, and whether the key is an old one for it.
pub fn coin(key: &str) -> Result<(Coin, bool), Refusal> {
    let modern = match key.to_ascii_lowercase().as_str() {
        "ans" => Some("NEO"),
        "str" => Some("XLM"),
        "drk" => Some("DASH"),
        _ => None,
    };
    let coin =
        Coin::parse(modern.unwrap_or(key)).map_err(|_| Refusal::new("not_a_coin", "this is no coin's ticker"))?;
    Ok((coin, modern.is_some()))
}

/// Rows of a reply on their way to one quote a coin.
#[derive(Debug, Default)]
pub struct Rows {
    by_coin: BTreeMap<Coin, Vec<Row>>,
    rejected: Vec<Rejected>,
    more: usize,
}

#[derive(Debug)]
struct Row {
    key: String,
    legacy: bool,
    quote: Result<Quote, Refusal>,
}

impl Rows {
    /// Takes one row under CoinSpot's key for the coin.
    pub fn push(&mut self, key: &str, read: impl FnOnce(Coin) -> Result<Quote, Refusal>) {
        match coin(key) {
            Ok((coin, legacy)) => {
                let row = Row { key: key.to_owned(), legacy, quote: read(coin) };
                self.by_coin.entry(coin).or_default().push(row);
            }
            Err(refusal) => self.reject(refusal.of(key)),
        }
    }

    fn reject(&mut self, rejected: Rejected) {
        if self.rejected.len() < REJECTED_MAX { self.rejected.push(rejected) } else { self.more += 1 }
    }

    /// One quote a coin: today's key counts where the old one is there too; a coin said twice in the same words is taken once,
    /// in different words not at all.
    pub fn finish(mut self) -> (Vec<Quote>, Vec<Rejected>) {
        let mut quotes = Vec::new();
        for (_, mut rows) in std::mem::take(&mut self.by_coin) {
            if rows.iter().any(|row| !row.legacy) {
                rows.retain(|row| !row.legacy);
            }
            let Some(first) = rows.first() else { continue };
            if rows.iter().any(|row| row.quote != first.quote) {
                let reason = format!("is there {} times with different prices", rows.len());
                self.reject(Refusal::new("duplicate", reason).of(&first.key));
                continue;
            }
            for copy in rows.iter().skip(1) {
                self.reject(Refusal::new("duplicate", "is there more than once; taken once").of(&copy.key));
            }
            match &first.quote {
                Ok(quote) => quotes.push(*quote),
                Err(refusal) => self.reject(refusal.clone().of(&first.key)),
            }
        }
        if self.more > 0 {
            self.rejected.push(Rejected::new("others", "more", format!("{} more were refused", self.more)));
        }
        (quotes, self.rejected)
    }
}

/// Why nothing was left of a reply, in one line.
pub fn nothing_left(rejected: &[Rejected], expected: &str) -> String {
    rejected.first().map_or_else(
        || format!("no {expected} in it"),
        |first| format!("all {} {expected} were refused, the first: {first}", rejected.len()),
    )
}
