//! Where CoinGecko's JSON ends: companies and what they hold.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::reading::{Refusal, Refused, fields_of, json};
use crate::text::plain;
use domain::{Coin, Currency, Decimal, Money, Quantity, Timestamp, parse_decimal_lossy};
use ledgers::{Collected, Observation, Payload, Undated, inert};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const COMPANIES_MAX: usize = 1_000;
const NAME_CHARS_MAX: usize = 120;
const SYMBOL_CHARS_MAX: usize = 24;
/// More of a coin than there will ever be of those told about here.
const HOLDINGS_MAX: i64 = 1_000_000_000;
const FIELDS: [&str; 4] = ["name", "symbol", "total_holdings", "total_current_value_usd"];

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    companies: Option<&'a RawValue>,
    error: Option<Value>,
    status: Option<Value>,
}

#[derive(Deserialize)]
struct Company<'a> {
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    symbol: Option<&'a RawValue>,
    #[serde(borrow)]
    total_holdings: Option<&'a RawValue>,
    #[serde(borrow)]
    total_current_value_usd: Option<&'a RawValue>,
}

/// What companies hold of a coin, and the fields their entries had. One bad company costs itself; one there twice is taken
/// once, and not at all when the two differ.
pub fn parse(body: &[u8], coin: Coin, now: Timestamp) -> Result<(Collected, Vec<&'static str>), SourceError> {
    let envelope: Envelope<'_> = json(NAME, body)?;
    // Errors come as a text, or as a status, or as a status within an error.
    if let Some(error) = envelope.error.or(envelope.status).filter(|error| !error.is_null()) {
        let told = ["/error_message", "/status/error_message"].iter().find_map(|path| error.pointer(path)?.as_str());
        let message = told.or(error.as_str()).map_or_else(|| error.to_string(), str::to_owned);
        return Err(SourceError::Refused { service: NAME, message: inert(&message) });
    }
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let companies = envelope.companies.ok_or_else(|| changed("it has no companies"))?;
    let companies: Vec<&RawValue> =
        serde_json::from_str(companies.get()).map_err(|_| changed("its companies are no list"))?;
    let mut refused = Refused::default();
    if companies.len() > COMPANIES_MAX {
        let reason = format!("{} beyond {COMPANIES_MAX} were left out", companies.len() - COMPANIES_MAX);
        refused.push("smaller companies", &Refusal::new("too_many", reason));
    }
    let mut by_key: BTreeMap<String, Option<Observation>> = BTreeMap::new();
    for (place, raw) in companies.iter().take(COMPANIES_MAX).enumerate() {
        match company(raw, coin, now) {
            Err(refusal) => refused.push(&format!("{coin} company {}", place + 1), &refusal),
            Ok(found) => match by_key.get_mut(&found.key) {
                None => drop(by_key.insert(found.key.clone(), Some(found))),
                Some(first) if first.as_ref().is_some_and(|first| first.fingerprint() == found.fingerprint()) => {
                    refused.push(&found.key, &Refusal::new("duplicate", "is there more than once; taken once"));
                }
                Some(first) => {
                    *first = None;
                    refused.push(&found.key, &Refusal::new("duplicate", "is there more than once with other figures"));
                }
            },
        }
    }
    let (observations, rejected): (Vec<_>, _) = (by_key.into_values().flatten().collect(), refused.finish());
    if observations.is_empty() {
        return Err(SourceError::nothing_left(NAME, &rejected, "companies"));
    }
    Ok((Collected { observations, rejected, ..Collected::default() }, fields_of(&companies, &FIELDS)))
}

fn company(raw: &RawValue, coin: Coin, now: Timestamp) -> Result<Observation, Refusal> {
    let entry: Company<'_> =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "the company is no object"))?;
    let name = plain(&text("name", entry.name)?.ok_or_else(|| Refusal::missing("name"))?, NAME_CHARS_MAX);
    if name.is_empty() {
        return Err(Refusal::new("empty", "the name is empty"));
    }
    // Both "NASDAQ:MSTR" and "NASDAQ: TSLA" are written.
    let symbol = text("symbol", entry.symbol)?.map(|symbol| plain(&symbol, SYMBOL_CHARS_MAX).replace(' ', ""));
    let symbol = symbol.filter(|symbol| !symbol.is_empty());
    let holdings = number("total_holdings", entry.total_holdings)?.ok_or_else(|| Refusal::missing("total_holdings"))?;
    if holdings > Decimal::from(HOLDINGS_MAX) {
        return Err(Refusal::new("out_of_range", format!("{holdings} are more coins than there are")));
    }
    let holdings = Quantity::new(holdings.normalize())
        .map_err(|error| Refusal::new("out_of_range", format!("total_holdings: {error}")))?;
    let value =
        number("total_current_value_usd", entry.total_current_value_usd)?.filter(|value| !value.is_sign_negative());
    let value = value.zip(Currency::parse("USD").ok()).map(|(value, usd)| Money::new(value.normalize(), usd));
    let day = now.to_utc().format("%Y-%m-%d");
    Ok(Observation {
        source: INFO.name.to_owned(),
        key: format!("{}:{coin}:{day}", symbol.as_deref().unwrap_or(&name)),
        coins: vec![coin],
        event_time: now,
        published_at: None,
        undated: Some(Undated::Missing),
        payload: Payload::Treasury { company: name, symbol, coin, holdings, value },
    })
}

/// Text, nothing, or something that is neither.
fn text(field: &str, raw: Option<&RawValue>) -> Result<Option<String>, Refusal> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(None) };
    let wrong = |_| Refusal::new("wrong_type", format!("{field} is no text: {}", inert(raw.get())));
    serde_json::from_str(raw.get()).map(Some).map_err(wrong)
}

/// A number as it is written, also with an exponent, or nothing.
fn number(field: &str, raw: Option<&RawValue>) -> Result<Option<Decimal>, Refusal> {
    let Some(raw) = raw.map(RawValue::get).filter(|raw| *raw != "null") else { return Ok(None) };
    let written = match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).unwrap_or_default(),
        Some(b'-' | b'0'..=b'9') => raw.to_owned(),
        _ => return Err(Refusal::new("wrong_type", format!("{field} is no number: {}", inert(raw)))),
    };
    let bad = |_| Refusal::new("not_a_number", format!("{field} is no number: '{}'", inert(&written)));
    parse_decimal_lossy(&written).map(Some).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
    }

    fn btc() -> Coin {
        Coin::parse("BTC").unwrap()
    }

    fn good(symbol: &str) -> Value {
        json!({"name": "Strategy", "symbol": symbol, "country": "US", "total_holdings": 640_808,
            "total_entry_value_usd": 1, "total_current_value_usd": 7.5e10, "percentage_of_total_supply": 3.05})
    }

    fn parsed(companies: &[Value]) -> Result<Collected, SourceError> {
        let body = json!({"total_holdings": 1, "total_value_usd": 1, "companies": companies}).to_string();
        parse(body.as_bytes(), btc(), now()).map(|(collected, _)| collected)
    }

    #[test]
    fn companies_become_holdings_with_their_coin() {
        let found = parsed(&[good("NASDAQ: MSTR")]).unwrap();
        let [one] = found.observations.as_slice() else { panic!("{found:?}") };
        assert_eq!((one.key.as_str(), one.coins.as_slice()), ("NASDAQ:MSTR:BTC:2026-11-20", [btc()].as_slice()));
        assert_eq!((one.event_time, one.published_at, one.undated), (now(), None, Some(Undated::Missing)));
        let Payload::Treasury { company, symbol, holdings, value, .. } = &one.payload else { panic!() };
        assert_eq!((company.as_str(), symbol.as_deref()), ("Strategy", Some("NASDAQ:MSTR")));
        assert_eq!(holdings.decimal(), Decimal::from(640_808));
        assert_eq!(value.unwrap().to_string(), "75000000000 USD");
    }

    #[test]
    fn another_price_is_no_revision_and_another_holding_is_one() {
        let mut dearer = good("A");
        dearer["total_current_value_usd"] = json!(8e10);
        let print = |company: &Value| parsed(std::slice::from_ref(company)).unwrap().observations[0].fingerprint();
        assert_eq!(print(&good("A")), print(&dearer));
        let mut more = good("A");
        more["total_holdings"] = json!(640_809);
        assert_ne!(print(&good("A")), print(&more));
    }

    #[test]
    fn each_bad_company_costs_itself() {
        let with = |field: &str, value: Value| {
            let mut company = good("B");
            company[field] = value;
            company
        };
        for (bad, code) in [
            (with("name", Value::Null), "missing"),
            (with("name", json!(7)), "wrong_type"),
            (with("name", json!("<br>")), "empty"),
            (with("symbol", json!(["x"])), "wrong_type"),
            (with("total_holdings", Value::Null), "missing"),
            (with("total_holdings", json!("NaN")), "not_a_number"),
            (with("total_holdings", json!("1e400")), "not_a_number"),
            (with("total_holdings", json!([1])), "wrong_type"),
            (with("total_holdings", json!(-1)), "out_of_range"),
            (with("total_holdings", json!(2_000_000_000)), "out_of_range"),
            (json!("company"), "wrong_type"),
            (good("A"), "duplicate"),
        ] {
            let found = parsed(&[good("A"), bad]).unwrap();
            assert_eq!((found.observations.len(), found.rejected[0].code), (1, code));
        }
        let found =
            parsed(&[good("A"), good("C"), with("symbol", json!("A")), with("total_holdings", json!(1))]).unwrap();
        assert_eq!(found.observations.len(), 3, "an equal one is taken once");
        let mut other = good("A");
        other["total_holdings"] = json!(1);
        let found = parsed(&[good("A"), good("C"), other]).unwrap();
        assert_eq!(found.observations.len(), 1, "of two that differ none is believed");
        let found = parsed(&[with("total_current_value_usd", Value::Null)]).unwrap();
        assert!(
            matches!(found.observations[0].payload, Payload::Treasury { value: None, .. }),
            "nothing told is no zero"
        );
    }

    #[test]
    fn a_reply_without_companies_has_its_code() {
        for (body, code) in [
            (r#"{"error":"coin not found <b>"}"#, "refused"),
            (r#"{"status":{"error_code":429,"error_message":"slow down"}}"#, "refused"),
            (r#"{"error":{"status":{"error_code":10005,"error_message":"plan"}}}"#, "refused"),
            (r#"{"companies":[]}"#, "schema_changed"),
            (r#"{"companies":{}}"#, "schema_changed"),
            (r#"{"companies":[{"Name":"x"}]}"#, "schema_changed"),
            ("{}", "schema_changed"),
            ("", "not_json"),
        ] {
            assert_eq!(parse(body.as_bytes(), btc(), now()).unwrap_err().code(), code, "{body}");
        }
        let refused = parse(br#"{"error":{"status":{"error_message":"plan\u001b"}}}"#, btc(), now()).unwrap_err();
        assert!(refused.to_string().ends_with("'plan '"), "{refused}");
    }
}
