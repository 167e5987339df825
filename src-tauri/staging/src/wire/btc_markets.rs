//! BTC Markets: its markets, and tickers of those named; one bad name fails the whole call.

use super::View;
use super::http::{Reply, iso};
use super::venue::{Row, fields, quoted, rows};
use crate::world::Venue;

/// Markets that are none of ours.
const OTHERS: [(&str, &str); 2] = [("BAT", "AUD"), ("ETH", "BTC")];

/// Answers one GET, if the path is BTC Markets'.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    match path {
        "/v3/markets" => Some(Reply::json(200, markets(view))),
        "/v3/markets/tickers" => Some(tickers(view, query)),
        _ => None,
    }
}

fn markets(view: &View<'_>) -> String {
    let ours = rows(view, Venue::BtcMarkets, quoted);
    let all = ours.iter().map(|row| (row.ticker.as_str(), "AUD")).chain(OTHERS);
    let market = |(base, quote): (&str, &str)| {
        format!(
            r#"{{"marketId":"{base}-{quote}","baseAssetName":"{base}","quoteAssetName":"{quote}","minOrderAmount":"0.0001","maxOrderAmount":"1000000","amountDecimals":"8","priceDecimals":"2","status":"Online"}}"#
        )
    };
    format!("[{}]", all.map(market).collect::<Vec<_>>().join(","))
}

fn tickers(view: &View<'_>, query: &str) -> Reply {
    let wanted: Vec<String> = fields(query, "marketId").collect();
    let refused = |code: &str, message: &str| Reply::json(400, format!(r#"{{"code":"{code}","message":"{message}"}}"#));
    if wanted.is_empty() {
        return refused("MissingArgument", "missing marketId argument");
    }
    let all = rows(view, Venue::BtcMarkets, quoted);
    let is_known = |id: &String| all.iter().any(|row| format!("{}-AUD", row.ticker) == *id);
    if !wanted.iter().all(is_known) {
        return refused("InvalidMarketId", "invalid marketId");
    }
    let named = |row: &&Row| wanted.contains(&format!("{}-AUD", row.ticker)) || view.hostile_names;
    Reply::json(200, format!("[{}]", all.iter().filter(named).map(ticker).collect::<Vec<_>>().join(",")))
}

fn ticker(row: &Row) -> String {
    let Row { ticker, bid, ask, last, at_ms } = row;
    let time = at_ms.map(|at| format!(r#","timestamp":"{}""#, iso(at).replace('Z', ".000000Z"))).unwrap_or_default();
    format!(
        r#"{{"marketId":"{ticker}-AUD","bestBid":{bid},"bestAsk":{ask},"lastPrice":{last},"volume24h":"1","volumeQte24h":"1","price24h":"0","pricePct24h":"0","low24h":{last},"high24h":{last}{time}}}"#
    )
}
