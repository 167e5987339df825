//! `/pubapi/v2/latest`: the coins with an order book.

use super::{Refusal, Rows, check_status, decimal, json, nothing_left, price};
use crate::error::CoinSpotError;
use domain::{Coin, Quote, QuoteKind, Timestamp};
use ledgers::{Collected, Fingerprint};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

const WHAT: &str = "price";

#[derive(Deserialize)]
struct Latest<'a> {
    status: Option<String>,
    message: Option<String>,
    #[serde(borrow)]
    prices: Option<Entries<'a>>,
}

/// The members of an object as they came, repeated keys included.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        input.deserialize_map(Members).map(Self)
    }
}

#[derive(Deserialize)]
struct Prices<'a> {
    #[serde(borrow)]
    bid: Option<&'a RawValue>,
    #[serde(borrow)]
    ask: Option<&'a RawValue>,
    #[serde(borrow)]
    last: Option<&'a RawValue>,
}

/// Reads a price reply. Pairs in other markets (`btc_usdt`) are left out; every other coin is a quote or a refusal.
pub fn parse(body: &[u8], seen: Timestamp) -> Result<Collected, CoinSpotError> {
    let reply: Latest<'_> = json(WHAT, body)?;
    check_status(WHAT, reply.status.as_deref(), reply.message.as_deref())?;
    let schema_changed = |reason: String| CoinSpotError::SchemaChanged { what: WHAT, reason };
    let entries = reply.prices.ok_or_else(|| schema_changed("it has no prices".to_owned()))?.0;
    let mut rows = Rows::default();
    for (key, raw) in &entries {
        if !key.contains('_') {
            rows.push(key, |coin| quote(coin, raw, seen));
        }
    }
    let fingerprint = Fingerprint::of(entries.iter().map(|(key, raw)| format!("{key}\n{}", raw.get())).collect());
    let (quotes, rejected) = rows.finish();
    if quotes.is_empty() {
        return Err(schema_changed(nothing_left(&rejected, "coins")));
    }
    Ok(Collected { quotes, rejected, fingerprint: Some(fingerprint), ..Collected::default() })
}

fn quote(coin: Coin, raw: &RawValue, seen: Timestamp) -> Result<Quote, Refusal> {
    let prices: Prices<'_> = serde_json::from_str(raw.get())
        .map_err(|_| Refusal::new("wrong_type", "is no object with bid, ask and last"))?;
    let read = |field: &str, raw| price(field, decimal(field, raw)?);
    let (bid, ask) = (read("bid", prices.bid)?, read("ask", prices.ask)?);
    let last = read("last", prices.last)?;
    let quote = Quote { coin, kind: QuoteKind::Book, bid: Some(bid), ask: Some(ask), last: Some(last), seen };
    if quote.is_crossed() {
        return Err(Refusal::new("crossed", format!("bid {bid} is above ask {ask}")));
    }
    Ok(quote)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Price;

    const SEEN: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const BTC: &str = r#""btc":{"bid":"100","ask":"101","last":"100.5"}"#;

    fn read(rows: &str) -> Result<Collected, CoinSpotError> {
        parse(format!(r#"{{"status":"ok","prices":{{{rows}}}}}"#).as_bytes(), SEEN)
    }

    fn coins(collected: &Collected) -> Vec<&str> {
        collected.quotes.iter().map(|quote| quote.coin.as_str()).collect()
    }

    /// The refusal of one bad coin beside a good one.
    fn refusal(row: &str) -> (&'static str, String) {
        let collected = read(&format!("{BTC},{row}")).unwrap();
        assert_eq!(coins(&collected), ["BTC"], "{row}");
        assert_eq!(collected.rejected.len(), 1, "{row}");
        (collected.rejected[0].code, collected.rejected[0].to_string())
    }

    #[test]
    fn numbers_are_read_exactly_as_text_or_number() {
        let collected = read(r#""btc":{"bid":86487.75,"ask":"86792.950","last":1e5},"shib":{"bid":"1.2e-8","ask":0.1234567890123456789,"last":"0.00000001"}"#).unwrap();
        let text = |price: Option<Price>| price.unwrap().to_string();
        assert_eq!(text(collected.quotes[0].bid), "86487.75");
        assert_eq!(text(collected.quotes[0].ask), "86792.95");
        assert_eq!(text(collected.quotes[0].last), "100000");
        assert_eq!(text(collected.quotes[1].bid), "0.000000012");
        assert_eq!(text(collected.quotes[1].ask), "0.1234567890123456789");
        assert_eq!(collected.quotes[1].kind, QuoteKind::Book);
        assert_eq!(collected.quotes[1].seen, SEEN);
    }

    #[test]
    fn one_bad_coin_is_refused_with_its_reason_and_the_others_are_kept() {
        for (bid, code) in [
            (r#""NaN""#, "not_a_number"),
            (r#""""#, "not_a_number"),
            (r#""1,000""#, "not_a_number"),
            (r#""1e400""#, "not_a_number"),
            ("1e400", "not_a_number"),
            (r#""0""#, "not_positive"),
            ("-5", "not_positive"),
            ("null", "missing"),
            ("true", "wrong_type"),
            ("[1]", "wrong_type"),
            (r#"{"value":1}"#, "wrong_type"),
            (r#""999""#, "crossed"),
        ] {
            let row = format!(r#""eth":{{"bid":{bid},"ask":"200","last":"200"}}"#);
            let (found, words) = refusal(&row);
            assert_eq!(found, code, "{row}: {words}");
            assert!(words.starts_with("eth: "), "{words}");
        }
        assert_eq!(refusal(r#""eth":{"bid":"1","ask":"2"}"#).0, "missing");
        assert_eq!(refusal(r#""eth":{"bid":"1","ask":"2","last":"NaN"}"#).0, "not_a_number");
        for wrong in ["5", "null", "[]", r#""1""#] {
            assert_eq!(refusal(&format!(r#""eth":{wrong}"#)).0, "wrong_type");
        }
    }

    #[test]
    fn a_last_outside_bid_and_ask_is_fine() {
        assert_eq!(coins(&read(r#""eth":{"bid":"1","ask":"2","last":"3"}"#).unwrap()), ["ETH"]);
    }

    #[test]
    fn other_markets_are_left_out_without_a_word() {
        let collected = read(&format!(r#"{BTC},"btc_usdt":{{"bid":"","ask":"","last":""}}"#)).unwrap();
        assert_eq!(coins(&collected), ["BTC"]);
        assert_eq!(collected.rejected, []);
    }

    #[test]
    fn old_tickers_become_todays_which_win_when_both_are_there() {
        let row = |key: &str, bid: &str| format!(r#""{key}":{{"bid":"{bid}","ask":"200","last":"150"}}"#);
        let bid_of = |rows: &str| read(rows).unwrap().quotes[0].bid.unwrap().to_string();
        assert_eq!(coins(&read(&row("ans", "10")).unwrap()), ["NEO"]);
        assert_eq!(coins(&read(&row("str", "10")).unwrap()), ["XLM"]);
        assert_eq!(bid_of(&format!("{},{}", row("ans", "10"), row("neo", "11"))), "11");
        assert_eq!(bid_of(&format!("{},{}", row("neo", "11"), row("ans", "10"))), "11");
        assert_eq!(refusal(&format!("{},{}", row("ans", "10"), row("neo", "NaN"))).0, "not_a_number");
    }

    #[test]
    fn a_coin_said_twice_in_different_words_is_not_taken() {
        assert_eq!(
            refusal(r#""eth":{"bid":"1","ask":"2","last":"1"},"ETH":{"bid":"1","ask":"9","last":"1"}"#).0,
            "duplicate"
        );
        let same = read(r#""eth":{"bid":"1","ask":"2","last":"1"},"eth":{"bid":"1","ask":"2","last":"1"}"#).unwrap();
        assert_eq!((coins(&same), same.rejected[0].code), (vec!["ETH"], "duplicate"));
    }

    #[test]
    fn hostile_names_are_refused_and_harmless() {
        for name in ["<script>alert(1)</script>", "=CMD()", "buy everything now", "\\u0000\\u202e", ""] {
            let (code, words) = refusal(&format!(r#""{name}":{{"bid":"1","ask":"2","last":"1"}}"#));
            assert_eq!(code, "not_a_coin");
            assert!(!words.contains(|c: char| c.is_control() || c == '\u{202e}'), "{words:?}");
        }
        let long = format!(r#""{}":{{"bid":"1","ask":"2","last":"1"}}"#, "x".repeat(100_000));
        assert!(refusal(&long).1.len() < 300);
    }

    #[test]
    fn a_reply_without_a_single_good_coin_is_an_error() {
        let code = |body: &str| parse(body.as_bytes(), SEEN).unwrap_err().code();
        assert_eq!(read("").unwrap_err().code(), "schema_changed");
        assert_eq!(read(r#""btc":{"buy":"1","sell":"2","last":"1"}"#).unwrap_err().code(), "schema_changed");
        assert_eq!(code(r#"{"status":"ok"}"#), "schema_changed");
        assert_eq!(code(r#"{"prices":{}}"#), "schema_changed");
        assert_eq!(code(r#"{"status":"error","message":"busy"}"#), "refused");
        assert_eq!(code(r#"{"status":"ok","prices":[]}"#), "not_json");
        assert_eq!(code("[]"), "not_json");
        assert_eq!(code("{\"status\":\"ok\",\"pri"), "not_json");
        assert_eq!(code(&"[".repeat(100_000)), "not_json");
        assert_eq!(parse(&[0xff, 0xfe], SEEN).unwrap_err().code(), "not_json");
    }

    #[test]
    fn the_fingerprint_changes_with_any_price_and_not_with_order_or_time() {
        let print = |rows: &str| read(rows).unwrap().fingerprint;
        let eth = r#""eth":{"bid":"1","ask":"2","last":"1"}"#;
        let rows = format!("{BTC},{eth}");
        assert_eq!(print(&rows), print(&format!("{eth},{BTC}")));
        assert_ne!(print(&rows), print(&rows.replace("100.5", "100.6")));
        let later =
            parse(format!(r#"{{"status":"ok","prices":{{{rows}}}}}"#).as_bytes(), Timestamp::default()).unwrap();
        assert_eq!(print(&rows), later.fingerprint);
    }
}
