//! Kraken's ticker: errors under status 200, readable keys only with `assetVersion=1`.

use super::View;
use super::http::Reply;
use super::venue::{fields, quoted, rows};
use crate::world::Venue;

/// Pairs that are none of ours.
const OTHERS: [(&str, &str); 4] =
    [("AUD/USD", "0.65012"), ("PEPE/AUD", "0.0000112"), ("BTC/USD", "90210.1"), ("EUR/AUD", "1.782")];

/// Answers one GET, if the path is Kraken's.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    (path == "/0/public/Ticker").then(|| Reply::json(200, ticker(view, query)))
}

fn ticker(view: &View<'_>, query: &str) -> String {
    let readable = fields(query, "assetVersion").any(|version| version == "1");
    let key = |pair: &str| if readable { pair.to_owned() } else { format!("X{}", pair.replace('/', "Z")) };
    let entry = |pair: &str, bid: &str, ask: &str, last: &str| {
        let body = format!(
            r#"{{"a":[{ask},"1","1.000"],"b":[{bid},"2","2.000"],"c":[{last},"0.01"],"v":["1","2"],"t":[1,2],"o":{last}}}"#
        );
        (pair.to_owned(), format!(r#""{}":{body}"#, key(pair)))
    };
    let mut pairs: Vec<(String, String)> = rows(view, Venue::Kraken, quoted)
        .iter()
        .map(|row| entry(&format!("{}/AUD", row.ticker), &row.bid, &row.ask, &row.last))
        .collect();
    let wanted: Vec<String> =
        fields(query, "pair").flat_map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>()).collect();
    if wanted.is_empty() {
        pairs.extend(OTHERS.iter().map(|(pair, price)| entry(pair, &quoted(price), &quoted(price), &quoted(price))));
    } else if wanted.iter().any(|name| !pairs.iter().any(|(pair, _)| pair == name)) {
        return r#"{"error":["EQuery:Unknown asset pair"]}"#.to_owned();
    } else if !view.hostile_names {
        pairs.retain(|(pair, _)| wanted.contains(pair));
    }
    let entries: Vec<String> = pairs.into_iter().map(|(_, entry)| entry).collect();
    format!(r#"{{"error":[],"result":{{{}}}}}"#, entries.join(","))
}
