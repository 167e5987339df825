//! Where BTC Markets' JSON ends: its markets in AUD, and one reference for each.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::reading::{Refusal, fields_of, json};
use crate::reference::{Prices, Rows, price, wanted};
use crate::when;
use domain::{Coin, Currency, Timestamp};
use ledgers::{Collected, Undated, shape_of};
use serde::Deserialize;
use serde_json::value::RawValue;

/// BTC Markets lists about 50.
const MARKETS_MAX: usize = 1000;
const FIELDS: [&str; 5] = ["marketId", "bestBid", "bestAsk", "lastPrice", "timestamp"];

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "marketId")]
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticker<'a> {
    #[serde(borrow)]
    best_bid: Option<&'a RawValue>,
    #[serde(borrow)]
    best_ask: Option<&'a RawValue>,
    #[serde(borrow)]
    last_price: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

fn list(body: &[u8]) -> Result<Vec<&RawValue>, SourceError> {
    let reply: &RawValue = json(NAME, body)?;
    let changed = |_| SourceError::SchemaChanged { service: NAME, reason: "it is no list of markets".to_owned() };
    serde_json::from_str(reply.get()).map_err(changed)
}

/// The market's name, when it is one of ours.
fn ours(raw: &RawValue) -> Option<(String, Coin)> {
    let id = serde_json::from_str::<Named>(raw.get()).ok()?.id?;
    let coin = wanted(id.strip_suffix("-AUD")?)?;
    Some((id, coin))
}

/// The names of our markets.
pub fn markets(body: &[u8]) -> Result<Vec<String>, SourceError> {
    let mut ids: Vec<String> = list(body)?.into_iter().take(MARKETS_MAX).filter_map(ours).map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Err(SourceError::nothing_left(NAME, &[], "markets in AUD"));
    }
    Ok(ids)
}

/// The prices of a reply. One bad market costs itself.
pub fn tickers(body: &[u8], now: Timestamp) -> Result<Collected, SourceError> {
    let tickers = list(body)?;
    let mut rows = Rows::new(INFO.name, Currency::AUD);
    for (place, raw) in tickers.iter().take(MARKETS_MAX).enumerate() {
        match ours(raw) {
            Some((id, coin)) => rows.push(&id, coin, prices(raw, now)),
            None => rows.refuse(&format!("market {}", place + 1), &Refusal::new("unknown_market", "was not asked for")),
        }
    }
    let shape = Some(shape_of(fields_of(&tickers, &FIELDS)));
    Ok(Collected { shape, ..rows.finish_some(NAME)? })
}

fn prices(raw: &RawValue, now: Timestamp) -> Result<Prices, Refusal> {
    let ticker: Ticker<'_> =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "the ticker is no object"))?;
    let (bid, ask) = (price("bestBid", ticker.best_bid)?, price("bestAsk", ticker.best_ask)?);
    let last = ticker.last_price.map(|raw| price("lastPrice", Some(raw))).transpose()?;
    let time = ticker.timestamp.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let at = when::date(time.as_deref(), now).map_err(|why| match why {
        Undated::Missing => Refusal::missing("timestamp"),
        _ => Refusal::new("bad_date", "timestamp is no date, in the future or too old"),
    })?;
    Ok(Prices { bid, ask, last, at: Some(at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKETS: &str = include_str!("fixtures/markets.json");
    const TICKERS: &str = include_str!("fixtures/tickers.json");

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
    }

    #[test]
    fn the_markets_of_our_coins_in_aud_are_learned_and_no_others() {
        assert_eq!(markets(MARKETS.as_bytes()).unwrap(), ["BTC-AUD", "USDT-AUD", "XRP-AUD"]);
        for (body, code) in [
            ("[]", "schema_changed"),
            (r#"[{"marketID":"BTC-AUD"}]"#, "schema_changed"),
            ("{}", "schema_changed"),
            ("", "not_json"),
        ] {
            assert_eq!(markets(body.as_bytes()).unwrap_err().code(), code, "{body}");
        }
    }

    #[test]
    fn tickers_become_references_with_the_venues_time() {
        let collected = tickers(TICKERS.as_bytes(), now()).unwrap();
        assert_eq!(collected.rejected, []);
        let [btc, xrp] = collected.references.as_slice() else { panic!("{collected:?}") };
        assert_eq!((btc.venue, btc.coin.as_str(), btc.currency), ("btc_markets", "BTC", Currency::AUD));
        assert_eq!(
            (btc.bid.unwrap().to_string().as_str(), btc.ask.unwrap().to_string().as_str()),
            ("150000.1", "150010.25")
        );
        assert_eq!(btc.at.unwrap().to_string(), "2026-08-30T12:59:58.123Z");
        assert_eq!(xrp.last, None, "a market without a trade has no last price");
    }

    #[test]
    fn one_bad_market_costs_itself_and_is_named() {
        let good = r#"{"marketId":"ETH-AUD","bestBid":"1","bestAsk":"2","timestamp":"2026-08-30T12:59:58Z"}"#;
        let ticker = |bid: &str, ask: &str, time: &str| {
            format!(r#"{{"marketId":"BTC-AUD","bestBid":{bid},"bestAsk":{ask},"timestamp":{time}}}"#)
        };
        let date = "\"2026-08-30T12:59:58Z\"";
        for (bad, item, code) in [
            (ticker("\"NaN\"", "\"2\"", date), "BTC-AUD", "not_a_number"),
            (ticker("\"\"", "\"2\"", date), "BTC-AUD", "not_a_number"),
            (ticker("\"0\"", "\"2\"", date), "BTC-AUD", "not_positive"),
            (ticker("\"3\"", "\"2\"", date), "BTC-AUD", "crossed"),
            (ticker("null", "\"2\"", date), "BTC-AUD", "missing"),
            (ticker("[]", "\"2\"", date), "BTC-AUD", "wrong_type"),
            (ticker("\"1\"", "\"2\"", "null"), "BTC-AUD", "missing"),
            (ticker("\"1\"", "\"2\"", "\"soon\""), "BTC-AUD", "bad_date"),
            (ticker("\"1\"", "\"2\"", "\"2027-08-30T12:59:58Z\""), "BTC-AUD", "bad_date"),
            (r#"{"marketId":"<script>-AUD"}"#.to_owned(), "market 2", "unknown_market"),
            ("7".to_owned(), "market 2", "unknown_market"),
        ] {
            let collected = tickers(format!("[{good},{bad}]").as_bytes(), now()).unwrap();
            assert_eq!(collected.references.len(), 1, "{bad}");
            assert_eq!((collected.rejected[0].item.as_str(), collected.rejected[0].code), (item, code), "{bad}");
        }
    }

    #[test]
    fn a_reply_without_tickers_has_its_code() {
        for (body, code) in
            [("[]", "schema_changed"), ("{}", "schema_changed"), ("7", "schema_changed"), ("NaN", "not_json")]
        {
            assert_eq!(tickers(body.as_bytes(), now()).unwrap_err().code(), code, "{body}");
        }
    }
}
