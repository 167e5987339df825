//! Where Binance's JSON ends: one reference for each pair in USDT.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::reading::{Refusal, fields_of, json};
use crate::reference::{Prices, Rows, price, wanted};
use domain::Currency;
use ledgers::{Collected, shape_of};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What its prices are in.
pub const CURRENCY: &str = "USDT";
/// Binance lists about 3500 symbols.
const SYMBOLS_MAX: usize = 20_000;
const FIELDS: [&str; 3] = ["symbol", "bidPrice", "askPrice"];

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    symbol: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticker<'a> {
    #[serde(borrow)]
    bid_price: Option<&'a RawValue>,
    #[serde(borrow)]
    ask_price: Option<&'a RawValue>,
}

/// The prices of a reply. One bad symbol costs itself; symbols that are none of ours are passed over.
pub fn parse(body: &[u8]) -> Result<Collected, SourceError> {
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let reply: &RawValue = json(NAME, body)?;
    let tickers: Vec<&RawValue> = serde_json::from_str(reply.get()).map_err(|_| changed("it is no list of tickers"))?;
    let currency = Currency::parse(CURRENCY).map_err(|_| changed("its currency is none"))?;
    let mut rows = Rows::new(INFO.name, currency);
    let mut ours = Vec::new();
    for raw in tickers.iter().take(SYMBOLS_MAX) {
        let symbol = serde_json::from_str::<Named<'_>>(raw.get()).ok().and_then(|named| named.symbol);
        let Some((symbol, coin)) = symbol.and_then(|name| Some((name, wanted(name.strip_suffix(CURRENCY)?)?))) else {
            continue;
        };
        ours.push(*raw);
        rows.push(symbol, coin, prices(raw));
    }
    let shape = Some(shape_of(fields_of(&ours, &FIELDS)));
    Ok(Collected { shape, ..rows.finish_some(NAME)? })
}

fn prices(raw: &RawValue) -> Result<Prices, Refusal> {
    let ticker: Ticker<'_> =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "the ticker is no object"))?;
    let (bid, ask) = (price("bidPrice", ticker.bid_price)?, price("askPrice", ticker.ask_price)?);
    Ok(Prices { bid, ask, last: None, at: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &str = include_str!("fixtures/book_ticker.json");

    #[test]
    fn pairs_in_usdt_of_our_coins_become_references_and_a_dead_market_is_named() {
        let collected = parse(REPLY.as_bytes()).unwrap();
        let found: Vec<String> =
            collected.references.iter().map(|r| format!("{}/{} {}", r.coin, r.currency, r.bid.unwrap())).collect();
        assert_eq!(found, ["BTC/USDT 97000.01", "DOGE/USDT 0.156000001"]);
        assert_eq!((collected.rejected[0].item.as_str(), collected.rejected[0].code), ("EOSUSDT", "not_positive"));
        assert_eq!(collected.rejected.len(), 1);
    }

    #[test]
    fn one_bad_symbol_costs_itself_and_is_named() {
        let good = r#"{"symbol":"ETHUSDT","bidPrice":"1","askPrice":"2"}"#;
        for (bid, ask, code) in [
            ("\"NaN\"", "\"2\"", "not_a_number"),
            ("\"3\"", "\"2\"", "crossed"),
            ("null", "\"2\"", "missing"),
            ("\"1\"", "{}", "wrong_type"),
            ("\"1\"", "\"1e400\"", "not_a_number"),
        ] {
            let bad = format!(r#"{{"symbol":"BTCUSDT","bidPrice":{bid},"askPrice":{ask}}}"#);
            let collected = parse(format!(r#"[{bad},7,{{"symbol":"<b>USDT"}},{good}]"#).as_bytes()).unwrap();
            assert_eq!(collected.references.len(), 1, "{bad}");
            assert_eq!((collected.rejected[0].item.as_str(), collected.rejected[0].code), ("BTCUSDT", code), "{bad}");
        }
    }

    #[test]
    fn a_reply_without_our_symbols_has_its_code() {
        for (body, code) in [
            ("[]", "schema_changed"),
            ("{}", "schema_changed"),
            (r#"[{"symbol":"LTCBTC","bidPrice":"4.0","askPrice":"4.1"}]"#, "schema_changed"),
            ("NaN", "not_json"),
        ] {
            assert_eq!(parse(body.as_bytes()).unwrap_err().code(), code, "{body}");
        }
    }
}
