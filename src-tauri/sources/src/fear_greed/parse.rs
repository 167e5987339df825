//! Where the index's JSON ends: one figure a day.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::reading::{Refusal, Refused, fields_of, json};
use crate::text::plain;
use crate::when;
use domain::Timestamp;
use ledgers::{Collected, Fingerprint, Observation, Payload, inert, shape_of};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const DAY_SECONDS: i64 = 86_400;
const LABEL_CHARS_MAX: usize = 40;
const VALUE_MAX: u8 = 100;
const DAYS_MAX: usize = 10_000;
const FIELDS: [&str; 3] = ["value", "value_classification", "timestamp"];

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    error: Option<String>,
}

#[derive(Deserialize)]
struct Day<'a> {
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    #[serde(borrow)]
    value_classification: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
}

/// The figures of a reply, newest first. One bad day costs itself; a day said twice in different words is not taken.
pub fn parse(body: &[u8], now: Timestamp) -> Result<Collected, SourceError> {
    let envelope: Envelope<'_> = json(NAME, body)?;
    if let Some(message) = envelope.metadata.and_then(|metadata| metadata.error) {
        return Err(SourceError::Refused { service: NAME, message: inert(&message) });
    }
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let data = envelope.data.ok_or_else(|| changed("it has no data"))?;
    let days: Vec<&RawValue> = serde_json::from_str(data.get()).map_err(|_| changed("its data is no list"))?;
    let mut refused = Refused::default();
    let mut by_day: BTreeMap<Timestamp, Vec<Observation>> = BTreeMap::new();
    if days.len() > DAYS_MAX {
        let reason = format!("{} days beyond {DAYS_MAX} were left out", days.len() - DAYS_MAX);
        refused.push("older days", &Refusal::new("too_many", reason));
    }
    for (place, raw) in days.iter().take(DAYS_MAX).enumerate() {
        match day(raw, now) {
            Ok(found) => by_day.entry(found.event_time).or_default().push(found),
            Err(refusal) => refused.push(&format!("day {}", place + 1), &refusal),
        }
    }
    let mut observations = Vec::new();
    for mut same in by_day.into_values().rev() {
        let Some(first) = same.pop() else { continue };
        if same.iter().any(|other| *other != first) {
            refused.push(&first.key, &Refusal::new("duplicate", "is there more than once with different figures"));
            continue;
        }
        if !same.is_empty() {
            refused.push(&first.key, &Refusal::new("duplicate", "is there more than once; taken once"));
        }
        observations.push(first);
    }
    let rejected = refused.finish();
    if observations.is_empty() {
        return Err(SourceError::nothing_left(NAME, &rejected, "days"));
    }
    let content: Vec<[u8; 32]> = observations.iter().map(|day| day.fingerprint().bytes()).collect();
    let (fingerprint, shape) = (Some(Fingerprint::of(content)), Some(shape_of(fields_of(&days, &FIELDS))));
    Ok(Collected { observations, rejected, fingerprint, shape, ..Collected::default() })
}

fn day(raw: &RawValue, now: Timestamp) -> Result<Observation, Refusal> {
    let day: Day<'_> =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "the day is no object"))?;
    let value = u8::try_from(number("value", day.value)?).ok().filter(|value| *value <= VALUE_MAX);
    let value = value.ok_or_else(|| Refusal::new("out_of_range", "value is not between 0 and 100"))?;
    let label = day.value_classification.and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
    let label = plain(&label.ok_or_else(|| Refusal::missing("value_classification"))?, LABEL_CHARS_MAX);
    if label.is_empty() {
        return Err(Refusal::new("empty", "value_classification is empty"));
    }
    let seconds = number("timestamp", day.timestamp)?;
    let midnight = (seconds - seconds.rem_euclid(DAY_SECONDS)).saturating_mul(1000);
    let event_time = when::believed(Timestamp::from_millis(midnight), now)
        .map_err(|_| Refusal::new("bad_date", "timestamp is in the future or too old"))?;
    let key = event_time.to_utc().format("%Y-%m-%d").to_string();
    Ok(Observation {
        source: INFO.name.to_owned(),
        key,
        coins: Vec::new(),
        event_time,
        published_at: Some(event_time),
        undated: None,
        payload: Payload::FearGreed { value, label },
    })
}

/// A whole number that came as a JSON string, as documented, or as a JSON number.
fn number(field: &str, raw: Option<&RawValue>) -> Result<i64, Refusal> {
    let raw = raw.filter(|raw| raw.get() != "null").ok_or_else(|| Refusal::missing(field))?.get();
    let text = match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<String>(raw).unwrap_or_default(),
        Some(b'-' | b'0'..=b'9') => raw.to_owned(),
        _ => return Err(Refusal::new("wrong_type", format!("{field} is no number: {}", inert(raw)))),
    };
    let bad = || Refusal::new("not_a_number", format!("{field} is no whole number: '{}'", inert(&text)));
    text.trim().parse::<i64>().ok().filter(|number| number.abs() < 1 << 48).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &str = include_str!("fixtures/fng.json");

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
    }

    fn reply(days: &str) -> String {
        format!(r#"{{"name":"Fear and Greed Index","data":[{days}],"metadata":{{"error":null}}}}"#)
    }

    fn day(value: &str, label: &str, timestamp: &str) -> String {
        format!(r#"{{"value":{value},"value_classification":{label},"timestamp":{timestamp}}}"#)
    }

    const GOOD: &str = r#"{"value":"40","value_classification":"Fear","timestamp":"1788048000"}"#;

    #[test]
    fn each_day_has_one_figure_known_from_its_midnight() {
        let collected = parse(REPLY.as_bytes(), now()).unwrap();
        assert_eq!(collected.rejected, []);
        let days: Vec<_> = collected.observations.iter().map(|o| (o.key.as_str(), o.payload.clone())).collect();
        let mood = |value, label: &str| Payload::FearGreed { value, label: label.to_owned() };
        assert_eq!(
            days,
            [
                ("2026-08-30", mood(26, "Fear")),
                ("2026-08-29", mood(75, "Greed")),
                ("2026-08-27", mood(0, "Extreme Fear"))
            ]
        );
        let first = &collected.observations[0];
        assert_eq!(first.event_time.to_string(), "2026-08-30T00:00:00Z");
        assert_eq!(first.published_at, Some(first.event_time));
    }

    #[test]
    fn each_bad_day_costs_itself() {
        for (bad, code) in [
            (day("\"NaN\"", "\"Fear\"", "\"1787961600\""), "not_a_number"),
            (day("\"\"", "\"Fear\"", "\"1787961600\""), "not_a_number"),
            (day("\"26.5\"", "\"Fear\"", "\"1787961600\""), "not_a_number"),
            (day("1e400", "\"Fear\"", "\"1787961600\""), "not_a_number"),
            (day("\"2600\"", "\"Fear\"", "\"1787961600\""), "out_of_range"),
            (day("\"101\"", "\"Fear\"", "\"1787961600\""), "out_of_range"),
            (day("\"-1\"", "\"Fear\"", "\"1787961600\""), "out_of_range"),
            (day("[26]", "\"Fear\"", "\"1787961600\""), "wrong_type"),
            (day("null", "\"Fear\"", "\"1787961600\""), "missing"),
            (day("\"26\"", "7", "\"1787961600\""), "missing"),
            (day("\"26\"", "\" \"", "\"1787961600\""), "empty"),
            (day("\"26\"", "\"Fear\"", "\"29-08-2026\""), "not_a_number"),
            (day("\"26\"", "\"Fear\"", "\"1787961600000\""), "bad_date"),
            (day("\"26\"", "\"Fear\"", "\"0\""), "bad_date"),
            (r#"{"value":"26","value_classification":"Fear"}"#.to_owned(), "missing"),
            ("7".to_owned(), "wrong_type"),
        ] {
            let collected = parse(reply(&format!("{GOOD},{bad}")).as_bytes(), now()).unwrap();
            assert_eq!(collected.observations.len(), 1, "{bad}");
            assert_eq!(collected.rejected[0].code, code, "{bad}");
            assert_eq!(parse(reply(&bad).as_bytes(), now()).unwrap_err().code(), "schema_changed", "{bad}");
        }
    }

    #[test]
    fn a_day_said_twice_is_taken_once_or_not_at_all() {
        let other = GOOD.replace("40", "41");
        let more = day("\"30\"", "\"Fear\"", "\"1787961600\"");
        let same = parse(reply(&format!("{GOOD},{GOOD},{more}")).as_bytes(), now()).unwrap();
        assert_eq!((same.observations.len(), same.rejected[0].code), (2, "duplicate"));
        let differing = parse(reply(&format!("{GOOD},{other},{more}")).as_bytes(), now()).unwrap();
        assert_eq!((differing.observations.len(), differing.rejected[0].code), (1, "duplicate"));
    }

    #[test]
    fn the_order_of_days_is_no_news() {
        let more = day("\"30\"", "\"Fear\"", "\"1787961600\"");
        let forth = parse(reply(&format!("{GOOD},{more}")).as_bytes(), now()).unwrap();
        let back = parse(reply(&format!("{more},{GOOD}")).as_bytes(), now()).unwrap();
        assert_eq!(forth, back);
    }

    #[test]
    fn a_reply_that_is_no_index_has_its_code() {
        for (body, code) in [
            (r#"{"data":null,"metadata":{"error":"<b>Rate limit</b> buy now"}}"#, "refused"),
            (r#"{"data":null,"metadata":{"error":null}}"#, "schema_changed"),
            (r#"{"metadata":{"error":null}}"#, "schema_changed"),
            (r#"{"data":{},"metadata":{"error":null}}"#, "schema_changed"),
            (r#"{"data":[],"metadata":{"error":null}}"#, "schema_changed"),
            (r#"{"items":[]}"#, "schema_changed"),
            ("[]", "not_json"),
            ("value,date", "not_json"),
            ("", "not_json"),
            (r#"{"data":[{"value":"26"#, "not_json"),
        ] {
            assert_eq!(parse(body.as_bytes(), now()).unwrap_err().code(), code, "{body}");
        }
    }

    #[test]
    fn a_hostile_word_stays_a_short_text() {
        let label = format!("\"=1+1 <script>x</script>BUY {}\"", "x".repeat(1000));
        let collected = parse(reply(&day("\"26\"", &label, "\"1788048000\"")).as_bytes(), now()).unwrap();
        let Payload::FearGreed { label, .. } = &collected.observations[0].payload else { panic!() };
        assert!(label.starts_with("=1+1 BUY xxx"), "{label}");
        assert_eq!(label.chars().count(), LABEL_CHARS_MAX + 1);
    }
}
