//! What every client and parser does alike: one GET, its parser, and a bounded list of what was refused.

use crate::error::SourceError;
use ledgers::{Rejected, inert};
use omc_http::{Client, Get, HttpError};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Refused items named one by one in a reply; more are counted in the last entry.
const REJECTED_MAX: usize = 100;

/// Asks and parses.
pub async fn read<T>(
    http: &Client,
    get: &Get,
    parse: impl FnOnce(&[u8]) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    let reply = http.get(get).await?;
    let parsed = parse(&reply.body);
    if parsed.is_err() {
        // Else a later "not modified" would bring the same unreadable body back.
        http.forget(get);
    }
    parsed
}

/// Reads JSON.
pub fn json<'a, T: Deserialize<'a>>(service: &'static str, body: &'a [u8]) -> Result<T, SourceError> {
    let bad = |reason: String| SourceError::NotJson { service, reason: inert(&reason) };
    let text = std::str::from_utf8(body).map_err(|error| bad(error.to_string()))?;
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| bad(error.to_string()))
}

/// A refusal in the service's own words, where a status from 400 to 404 came with JSON that has some.
pub fn said(service: &'static str, error: SourceError, words: &[&str]) -> SourceError {
    let SourceError::Http(HttpError::HttpStatus { status: 400..=404, excerpt, .. }) = &error else { return error };
    let Ok(reply) = serde_json::from_str::<BTreeMap<String, Value>>(excerpt) else { return error };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let found: Vec<String> = words.iter().filter_map(|word| reply.get(*word)).map(text).collect();
    if found.is_empty() { error } else { SourceError::Refused { service, message: inert(&found.join(": ")) } }
}

/// Which of some fields at least one of the objects has.
pub fn fields_of(objects: &[&RawValue], fields: &[&'static str]) -> Vec<&'static str> {
    let has = |object: &RawValue, field: &str| {
        serde_json::from_str::<BTreeMap<String, IgnoredAny>>(object.get()).is_ok_and(|all| all.contains_key(field))
    };
    fields.iter().copied().filter(|field| objects.iter().any(|object| has(object, field))).collect()
}

/// Why one item is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub reason: String,
}

impl Refusal {
    pub fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub fn missing(field: &str) -> Self {
        Self::new("missing", format!("{field} is missing"))
    }
}

/// Text, nothing, or something that is neither.
pub fn text(field: &str, value: Option<Value>) -> Result<Option<String>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Refusal::new("wrong_type", format!("{field} is no text"))),
    }
}

/// What was refused, bounded.
#[derive(Debug, Default)]
pub struct Refused {
    rejected: Vec<Rejected>,
    more: usize,
}

impl Refused {
    pub fn push(&mut self, item: &str, refusal: &Refusal) {
        if self.rejected.len() < REJECTED_MAX {
            self.rejected.push(Rejected::new(item, refusal.code, &refusal.reason));
        } else {
            self.more += 1;
        }
    }

    pub fn finish(mut self) -> Vec<Rejected> {
        if self.more > 0 {
            self.rejected.push(Rejected::new("others", "more", format!("{} more were refused", self.more)));
        }
        self.rejected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_the_services_words_and_another_status_its_code() {
        let of = |status, excerpt: &str| {
            let (host, excerpt) = ("api.example.com".to_owned(), excerpt.to_owned());
            said("Example", SourceError::Http(HttpError::HttpStatus { host, status, excerpt }), &["code", "msg"])
        };
        let refused = of(400, r#"{"code":-1121,"msg":"Invalid symbol."}"#);
        assert_eq!(
            (refused.code(), refused.to_string().as_str()),
            ("refused", "Example refused: '-1121: Invalid symbol.'")
        );
        for (status, excerpt) in
            [(400, "no"), (400, "{}"), (400, r#"{"code":-1,"ms"#), (418, r#"{"code":-1003}"#), (500, "{}")]
        {
            assert_eq!(of(status, excerpt).code(), "http_status", "{status} {excerpt}");
        }
    }

    #[test]
    fn a_flood_of_bad_items_is_counted_and_not_kept() {
        let mut refused = Refused::default();
        for _ in 0..REJECTED_MAX + 5 {
            refused.push("x", &Refusal::missing("title"));
        }
        let rejected = refused.finish();
        assert_eq!(rejected.len(), REJECTED_MAX + 1);
        assert_eq!(rejected.last().map(ToString::to_string).as_deref(), Some("others: 5 more were refused"));
    }
}
