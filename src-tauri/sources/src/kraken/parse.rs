//! Where Kraken's JSON ends: one reference for each pair in AUD.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::reading::{Refusal, fields_of, json};
use crate::reference::{Entries, Prices, Rows, price, wanted};
use domain::{Currency, Price};
use ledgers::{Collected, inert, shape_of};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Kraken lists about 1500 pairs.
const PAIRS_MAX: usize = 20_000;
const FIELDS: [&str; 3] = ["a", "b", "c"];

#[derive(Deserialize)]
struct Envelope<'a> {
    error: Option<Vec<String>>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Ticker<'a> {
    #[serde(borrow)]
    a: Option<&'a RawValue>,
    #[serde(borrow)]
    b: Option<&'a RawValue>,
    #[serde(borrow)]
    c: Option<&'a RawValue>,
}

/// The prices of a reply. One bad pair costs itself; pairs that are none of ours are passed over.
pub fn parse(body: &[u8]) -> Result<Collected, SourceError> {
    let envelope: Envelope<'_> = json(NAME, body)?;
    let errors = envelope.error.unwrap_or_default();
    // A text that begins with W is a warning beside a good answer.
    if let Some(error) = errors.iter().find(|error| !error.starts_with('W')) {
        return Err(SourceError::Refused { service: NAME, message: inert(error) });
    }
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let result = envelope.result.ok_or_else(|| changed("it has no result"))?;
    let pairs: Entries<'_> = serde_json::from_str(result.get()).map_err(|_| changed("its result is no object"))?;
    let mut rows = Rows::new(INFO.name, Currency::AUD);
    let mut ours = Vec::new();
    for (pair, raw) in pairs.0.iter().take(PAIRS_MAX) {
        let Some(coin) = pair.strip_suffix("/AUD").and_then(wanted) else { continue };
        ours.push(*raw);
        rows.push(pair, coin, prices(raw));
    }
    let shape = Some(shape_of(fields_of(&ours, &FIELDS)));
    Ok(Collected { shape, ..rows.finish_some(NAME)? })
}

/// Whether a refusal says that a pair asked for is none.
pub fn is_unknown_pair(error: &SourceError) -> bool {
    matches!(error, SourceError::Refused { message, .. } if message.starts_with("EQuery:"))
}

fn prices(raw: &RawValue) -> Result<Prices, Refusal> {
    let ticker: Ticker<'_> =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "the ticker is no object"))?;
    let last = ticker.c.map(|raw| first("c", Some(raw))).transpose()?;
    Ok(Prices { bid: first("b", ticker.b)?, ask: first("a", ticker.a)?, last, at: None })
}

/// The price that a list begins with.
fn first(field: &str, raw: Option<&RawValue>) -> Result<Price, Refusal> {
    let raw = raw.ok_or_else(|| Refusal::missing(field))?;
    let list: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", format!("{field} is no list")))?;
    price(field, list.first().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &str = include_str!("fixtures/ticker.json");
    const GOOD: &str = r#""ETH/AUD":{"a":["11","1","1.0"],"b":["10","1","1.0"],"c":["10.5","0.1"]}"#;

    fn beside_good(row: &str) -> Collected {
        parse(format!(r#"{{"error":[],"result":{{{GOOD},{row}}}}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn pairs_in_aud_of_our_coins_become_references_and_no_others() {
        let collected = parse(REPLY.as_bytes()).unwrap();
        assert_eq!(collected.rejected, []);
        let found: Vec<String> = collected.references.iter().map(|r| r.coin.to_string()).collect();
        assert_eq!(found, ["BTC", "DOGE", "USDT"]);
        let btc = &collected.references[0];
        let text = |price: Option<Price>| price.unwrap().to_string();
        assert_eq!(
            (text(btc.bid), text(btc.ask), text(btc.last)),
            ("150000.1".into(), "150010.2".into(), "150005".into())
        );
        assert_eq!((btc.venue, btc.currency, btc.at), ("kraken", Currency::AUD, None));
    }

    #[test]
    fn one_bad_pair_costs_itself_and_is_named() {
        let ticker = |a: &str, b: &str, c: &str| format!(r#""BTC/AUD":{{"a":{a},"b":{b},"c":{c}}}"#);
        for (row, code) in [
            (ticker(r#"["NaN"]"#, r#"["1"]"#, r#"["1"]"#), "not_a_number"),
            (ticker(r#"["2"]"#, r#"["0.0"]"#, r#"["1"]"#), "not_positive"),
            (ticker(r#"["2"]"#, r#"["3"]"#, r#"["2"]"#), "crossed"),
            (ticker(r#"["2"]"#, "[]", r#"["1"]"#), "missing"),
            (ticker(r#"["2"]"#, "\"1\"", r#"["1"]"#), "wrong_type"),
            (ticker(r#"["2"]"#, r#"["1"]"#, r#"["x"]"#), "not_a_number"),
            (r#""BTC/AUD":7"#.to_owned(), "wrong_type"),
            (r#""BTC/AUD":{"a":["1"]}"#.to_owned(), "missing"),
        ] {
            let collected = beside_good(&row);
            let [only] = collected.references.as_slice() else { panic!("{collected:?}") };
            assert_eq!(only.coin.as_str(), "ETH");
            assert_eq!((collected.rejected[0].item.as_str(), collected.rejected[0].code), ("BTC/AUD", code), "{row}");
        }
    }

    #[test]
    fn an_error_under_status_200_is_a_refusal_and_a_warning_is_none() {
        let unknown = parse(br#"{"error":["EQuery:Unknown asset pair"]}"#).unwrap_err();
        assert!(is_unknown_pair(&unknown) && unknown.code() == "refused");
        let limited = parse(br#"{"error":["WGeneral:x","EAPI:Rate limit exceeded"],"result":{}}"#).unwrap_err();
        assert!(!is_unknown_pair(&limited) && limited.code() == "refused", "{limited}");
        assert!(parse(format!(r#"{{"error":["WGeneral:Deprecated"],"result":{{{GOOD}}}}}"#).as_bytes()).is_ok());
    }

    #[test]
    fn a_reply_without_our_pairs_has_its_code() {
        for (body, code) in [
            (r#"{"error":[],"result":{"XXBTZAUD":{"a":["1"],"b":["1"]}}}"#, "schema_changed"),
            (r#"{"error":[],"result":[]}"#, "schema_changed"),
            (r#"{"error":[]}"#, "schema_changed"),
            (r#"{"error":"x"}"#, "not_json"),
            ("", "not_json"),
        ] {
            assert_eq!(parse(body.as_bytes()).unwrap_err().code(), code, "{body}");
        }
    }

    #[test]
    fn a_pair_there_twice_and_a_hostile_name_change_nothing() {
        let twice = beside_good(&format!(r#"{GOOD},"<script>BUY NOW</script>/AUD":{{"a":["1"]}}"#));
        assert_eq!((twice.references.len(), twice.rejected.len(), twice.rejected[0].code), (1, 1, "duplicate"));
    }
}
