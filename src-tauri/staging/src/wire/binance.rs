//! Binance: the best bid and ask of all symbols, or of those named; one unknown name fails the whole call.

use super::View;
use super::http::Reply;
use super::venue::{Row, fields, quoted, rows};
use crate::world::Venue;

/// Symbols that are none of ours.
const OTHERS: [(&str, &str); 3] =
    [("ETHBTC", "0.03312000"), ("BTCFDUSD", "90210.10000000"), ("PEPEUSDT", "0.00000728")];

/// Answers one GET, if the path is Binance's.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    (path == "/api/v3/ticker/bookTicker").then(|| tickers(view, query))
}

fn tickers(view: &View<'_>, query: &str) -> Reply {
    let all = rows(view, Venue::Binance, quoted);
    let named = fields(query, "symbols").next();
    let wanted: Vec<&str> = named.iter().flat_map(|list| list.trim_matches(['[', ']']).split(',')).collect();
    let symbol = |row: &Row| format!("\"{}USDT\"", row.ticker);
    if !wanted.iter().all(|name| all.iter().any(|row| symbol(row) == *name)) {
        return Reply::json(400, r#"{"code":-1121,"msg":"Invalid symbol."}"#.to_owned());
    }
    let is_all = wanted.is_empty();
    let ours = all.iter().filter(|row| is_all || view.hostile_names || wanted.contains(&symbol(row).as_str()));
    let mut list: Vec<String> = ours.map(|row| ticker(&symbol(row), &row.bid, &row.ask)).collect();
    if is_all {
        list.extend(OTHERS.iter().map(|(name, price)| ticker(&quoted(name), &quoted(price), &quoted(price))));
    }
    Reply::json(200, format!("[{}]", list.join(",")))
}

fn ticker(symbol: &str, bid: &str, ask: &str) -> String {
    format!(r#"{{"symbol":{symbol},"bidPrice":{bid},"bidQty":"1.00000000","askPrice":{ask},"askQty":"2.00000000"}}"#)
}
