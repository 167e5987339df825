//! Where Independent Reserve's JSON ends: its codes, and the summary of one market.

use super::NAME;
use crate::error::SourceError;
use crate::reading::{Refusal, fields_of, json};
use crate::reference::{COINS, Prices, price, wanted};
use crate::when;
use domain::{Coin, Timestamp};
use ledgers::{Undated, inert};
use serde::Deserialize;
use serde_json::value::RawValue;

const CODES_MAX: usize = 1000;
/// The service answers from a cache of a second; a summary older than this is of a market that is none.
const AGE_MAX_S: i64 = 300;
const FIELDS: [&str; 6] = [
    "CreatedTimestampUtc",
    "CurrentHighestBidPrice",
    "CurrentLowestOfferPrice",
    "LastPrice",
    "PrimaryCurrencyCode",
    "SecondaryCurrencyCode",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply<'a> {
    #[serde(borrow)]
    created_timestamp_utc: Option<&'a RawValue>,
    #[serde(borrow)]
    current_highest_bid_price: Option<&'a RawValue>,
    #[serde(borrow)]
    current_lowest_offer_price: Option<&'a RawValue>,
    #[serde(borrow)]
    last_price: Option<&'a RawValue>,
    #[serde(borrow)]
    primary_currency_code: Option<&'a RawValue>,
    #[serde(borrow)]
    secondary_currency_code: Option<&'a RawValue>,
}

/// The summary of one market.
#[derive(Debug)]
pub struct Summary {
    pub prices: Result<Prices, Refusal>,
    /// The fields it has.
    pub fields: Vec<&'static str>,
}

/// The coin of a code, if it is one of ours.
pub fn coin(code: &str) -> Option<Coin> {
    match code.to_ascii_uppercase().as_str() {
        "XBT" => wanted("BTC"),
        other => wanted(other),
    }
}

/// The codes of our coins, the largest coin first.
pub fn codes(body: &[u8]) -> Result<Vec<String>, SourceError> {
    let reply: &RawValue = json(NAME, body)?;
    let changed = |_| SourceError::SchemaChanged { service: NAME, reason: "it is no list of codes".to_owned() };
    let all: Vec<String> = serde_json::from_str(reply.get()).map_err(changed)?;
    let place = |coin: Coin| COINS.iter().position(|known| *known == coin.as_str());
    let mut ours: Vec<(Option<usize>, String)> =
        all.into_iter().take(CODES_MAX).filter_map(|code| Some((place(coin(&code)?), code))).collect();
    ours.sort_unstable();
    ours.dedup_by_key(|(place, _)| *place);
    if ours.is_empty() {
        return Err(SourceError::nothing_left(NAME, &[], "coins of ours"));
    }
    Ok(ours.into_iter().map(|(_, code)| code).collect())
}

/// The prices of the market of a code.
pub fn summary(body: &[u8], code: &str, now: Timestamp) -> Result<Summary, SourceError> {
    let reply: &RawValue = json(NAME, body)?;
    Ok(Summary { prices: prices(reply, code, now), fields: fields_of(&[reply], &FIELDS) })
}

fn prices(reply: &RawValue, code: &str, now: Timestamp) -> Result<Prices, Refusal> {
    let reply: Reply<'_> =
        serde_json::from_str(reply.get()).map_err(|_| Refusal::new("wrong_type", "the summary is no object"))?;
    let text = |raw: Option<&RawValue>| raw.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let market = (text(reply.primary_currency_code), text(reply.secondary_currency_code));
    let (Some(primary), Some(secondary)) = market else {
        return Err(Refusal::missing("PrimaryCurrencyCode or SecondaryCurrencyCode"));
    };
    if !primary.eq_ignore_ascii_case(code) || !secondary.eq_ignore_ascii_case("aud") {
        let reason = format!("is about {}/{}, which was not asked for", inert(&primary), inert(&secondary));
        return Err(Refusal::new("wrong_market", reason));
    }
    let at = when::date(text(reply.created_timestamp_utc).as_deref(), now).map_err(|why| match why {
        Undated::Missing => Refusal::missing("CreatedTimestampUtc"),
        _ => Refusal::new("bad_date", "CreatedTimestampUtc is no date, in the future or too old"),
    })?;
    let age_s = now.seconds_since(at);
    if age_s > AGE_MAX_S {
        return Err(Refusal::new("stale", format!("is of {at}, {age_s} s ago")));
    }
    let bid = price("CurrentHighestBidPrice", reply.current_highest_bid_price)?;
    let ask = price("CurrentLowestOfferPrice", reply.current_lowest_offer_price)?;
    let last = reply.last_price.map(|raw| price("LastPrice", Some(raw))).transpose()?;
    Ok(Prices { bid, ask, last, at: Some(at) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SUMMARY: &str = include_str!("fixtures/summary.json");

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
    }

    fn with(field: &str, value: Value) -> Result<Prices, Refusal> {
        let mut reply: Value = serde_json::from_str(SUMMARY).unwrap();
        reply[field] = value;
        summary(reply.to_string().as_bytes(), "Xbt", now()).unwrap().prices
    }

    #[test]
    fn a_summary_is_read_exactly_with_its_seven_digits_of_a_second() {
        let found = summary(SUMMARY.as_bytes(), "xbt", now()).unwrap();
        assert_eq!(found.fields, FIELDS);
        let prices = found.prices.unwrap();
        assert_eq!((prices.bid.to_string(), prices.ask.to_string()), ("150000.07".to_owned(), "150020.5".to_owned()));
        assert_eq!(prices.last.unwrap().to_string(), "150010");
        assert_eq!(prices.at.unwrap().to_string(), "2026-08-30T12:59:58.123456Z");
    }

    #[test]
    fn what_is_wrong_with_a_summary_is_said() {
        for (field, value, code) in [
            ("CreatedTimestampUtc", json!("2026-08-30T12:54:59Z"), "stale"),
            ("CreatedTimestampUtc", json!("2015-01-01T00:00:00Z"), "stale"),
            ("CreatedTimestampUtc", json!("2027-01-01T00:00:00Z"), "bad_date"),
            ("CreatedTimestampUtc", json!("NaN"), "bad_date"),
            ("CreatedTimestampUtc", Value::Null, "missing"),
            ("SecondaryCurrencyCode", json!("Eur"), "wrong_market"),
            ("PrimaryCurrencyCode", json!("<script>"), "wrong_market"),
            ("PrimaryCurrencyCode", Value::Null, "missing"),
            ("CurrentHighestBidPrice", json!(0.0), "not_positive"),
            ("CurrentHighestBidPrice", json!("NaN"), "not_a_number"),
            ("CurrentLowestOfferPrice", json!([1]), "wrong_type"),
            ("LastPrice", json!(-1), "not_positive"),
        ] {
            assert_eq!(with(field, value.clone()).unwrap_err().code, code, "{field} {value}");
        }
        assert_eq!(with("LastPrice", Value::Null).unwrap().last, None);
    }

    #[test]
    fn the_codes_of_our_coins_come_largest_first() {
        let found = codes(br#"["Ltc","Pmgt","Eth","Xbt","<script>","Usdt"]"#).unwrap();
        assert_eq!(found, ["Xbt", "Eth", "Usdt", "Ltc"]);
        for (body, code) in
            [("[]", "schema_changed"), ("[1]", "schema_changed"), ("{}", "schema_changed"), ("", "not_json")]
        {
            assert_eq!(codes(body.as_bytes()).unwrap_err().code(), code, "{body}");
        }
    }
}
