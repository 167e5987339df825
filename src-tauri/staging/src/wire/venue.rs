//! What the venues' replies have in common: rows of prices, bent by faults.

use super::View;
use super::page::HOSTILE;
use crate::faults::{ItemChange, PriceChange};
use crate::world::{Venue, VenueQuote};
use rust_decimal::Decimal;

const YEAR_MS: i64 = 365 * 86_400_000;
const GIANT_CHARS: usize = 256 << 10;

/// One market, its prices as pieces of JSON.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) ticker: String,
    pub(super) bid: String,
    pub(super) ask: String,
    pub(super) last: String,
    pub(super) at_ms: Option<i64>,
}

/// The markets of a venue; `write` makes a price JSON.
pub(super) fn rows(view: &View<'_>, venue: Venue, write: fn(&str) -> String) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (place, quote) in view.moment.venue(venue).iter().enumerate() {
        let is_missing = view.changes_of(&quote.ticker, &quote.ticker).any(|change| change == PriceChange::Missing);
        if !is_missing {
            rows.push(row(view, quote, place == 0, write));
        }
    }
    if view.hostile_names
        && let Some(first) = rows.first().cloned()
    {
        rows.push(Row { ticker: HOSTILE.replace(['"', '\\'], ""), ..first });
    }
    view.arrange(&mut rows);
    rows
}

fn row(view: &View<'_>, quote: &VenueQuote, is_first: bool, write: fn(&str) -> String) -> Row {
    let bent = |change: ItemChange| is_first && view.items.contains(&change);
    let text = |price: Decimal| view.price(&quote.ticker, &quote.ticker, Some(price));
    let (mut bid, mut ask, last) = (text(quote.bid), text(quote.ask), text(quote.last));
    if view.changes_of(&quote.ticker, &quote.ticker).any(|change| change == PriceChange::Crossed) {
        std::mem::swap(&mut bid, &mut ask);
    }
    if bent(ItemChange::Nan) {
        bid = "NaN".to_owned();
    }
    if bent(ItemChange::Giant) {
        bid = "x".repeat(GIANT_CHARS);
    }
    let bid = if bent(ItemChange::Mistyped) { r#"{"a":1}"#.to_owned() } else { write(&bid) };
    let ahead_ms = if bent(ItemChange::Future) { YEAR_MS } else { 0 };
    let at_ms = (!bent(ItemChange::Undated)).then_some(quote.at_ms + ahead_ms);
    Row { ticker: quote.ticker.clone(), bid, ask: write(&ask), last: write(&last), at_ms }
}

/// A price as JSON text.
pub(super) fn quoted(price: &str) -> String {
    format!("\"{price}\"")
}

/// The value of a field of a query, with its percent signs resolved.
pub(super) fn fields<'a>(query: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(move |(key, _)| *key == name).map(|(_, value)| plain(value))
}

fn plain(value: &str) -> String {
    let mut text = value.replace('+', " ");
    for (code, sign) in [("%2C", ","), ("%2F", "/"), ("%5B", "["), ("%5D", "]"), ("%22", "\"")] {
        text = text.replace(code, sign);
    }
    text
}
