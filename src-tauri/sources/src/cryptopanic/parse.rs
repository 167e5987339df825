//! Where CryptoPanic's JSON ends: posts become headlines of the outlets that wrote them.

use super::{INFO, NAME, SITE};
use crate::error::SourceError;
use crate::link;
use crate::reading::{Refusal, Refused, fields_of, json, text};
use crate::text::plain;
use crate::when;
use domain::Timestamp;
use ledgers::{Collected, Fingerprint, Observation, Payload, Undated, inert, shape_of};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const TITLE_CHARS_MAX: usize = 300;
const SUMMARY_CHARS_MAX: usize = 1000;
const OUTLET_CHARS_MAX: usize = 80;
const KEY_CHARS_MAX: usize = 400;
const POSTS_MAX: usize = 200;
/// A shorter token stands in ordinary words.
const TOKEN_BYTES_MIN: usize = 8;
const FIELDS: [&str; 7] = ["id", "title", "description", "published_at", "source", "original_url", "url"];

#[derive(Deserialize)]
struct Envelope<'a> {
    status: Option<Value>,
    info: Option<Value>,
    #[serde(borrow)]
    results: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Post {
    id: Option<Value>,
    title: Option<Value>,
    description: Option<Value>,
    published_at: Option<Value>,
    source: Option<Value>,
    original_url: Option<Value>,
    url: Option<Value>,
}

/// The posts of a reply, in its order. One bad post costs itself; nothing that repeats the token is taken.
pub fn parse(body: &[u8], token: &str, now: Timestamp) -> Result<Collected, SourceError> {
    let envelope: Envelope<'_> = json(NAME, body)?;
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let Some(results) = envelope.results else {
        let info = envelope.info.as_ref().and_then(Value::as_str);
        return Err(match (envelope.status, info) {
            (Some(_), Some(info)) => SourceError::Refused { service: NAME, message: inert(info) },
            _ => changed("it has no results"),
        });
    };
    let posts: Vec<&RawValue> = serde_json::from_str(results.get()).map_err(|_| changed("its results are no list"))?;
    let mut refused = Refused::default();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut observations: Vec<Observation> = Vec::new();
    for (place, raw) in posts.iter().take(POSTS_MAX).enumerate() {
        match post(raw, now) {
            Ok(found) if holds(&found, token) => {
                refused.push(&format!("post {}", place + 1), &Refusal::new("secret", "repeats the token"));
            }
            Ok(found) if by_key.contains_key(&found.key) => {
                refused.push(&found.key, &Refusal::new("duplicate", "is there more than once; taken once"));
            }
            Ok(found) => {
                by_key.insert(found.key.clone(), observations.len());
                observations.push(found);
            }
            Err(refusal) => refused.push(&format!("post {}", place + 1), &refusal),
        }
    }
    let rejected = refused.finish();
    if observations.is_empty() {
        return Err(SourceError::nothing_left(NAME, &rejected, "posts"));
    }
    if observations.iter().all(|found| found.undated == Some(Undated::Missing)) {
        return Err(changed("not one post has a date"));
    }
    let content: Vec<[u8; 32]> = observations.iter().map(|found| found.fingerprint().bytes()).collect();
    let (fingerprint, shape) = (Some(Fingerprint::of(content)), Some(shape_of(fields_of(&posts, &FIELDS))));
    Ok(Collected { observations, rejected, fingerprint, shape, ..Collected::default() })
}

fn holds(found: &Observation, token: &str) -> bool {
    let Payload::News { title, url, summary, outlet, .. } = &found.payload else { return false };
    token.len() >= TOKEN_BYTES_MIN
        && [&found.key, title, url, summary, outlet].into_iter().any(|text| text.contains(token))
}

fn post(raw: &RawValue, now: Timestamp) -> Result<Observation, Refusal> {
    let post: Post =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "the post is no object"))?;
    let title = plain(&text("title", post.title)?.ok_or_else(|| Refusal::missing("title"))?, TITLE_CHARS_MAX);
    if title.is_empty() {
        return Err(Refusal::new("empty", "the title is empty"));
    }
    let summary = plain(&text("description", post.description)?.unwrap_or_default(), SUMMARY_CHARS_MAX);
    let link = match text("original_url", post.original_url)?.or(text("url", post.url)?) {
        Some(link) => Some(link::canonical(&link)?),
        None => None,
    };
    let published = text("published_at", post.published_at)?;
    let dated = when::date(published.as_deref(), now);
    let key = number(post.id.as_ref()).or_else(|| link.clone()).unwrap_or_else(|| {
        let words = format!("{} {title}", published.as_deref().map(inert).unwrap_or_default());
        words.chars().take(KEY_CHARS_MAX).collect()
    });
    let payload = Payload::News {
        title,
        url: link.unwrap_or_else(|| SITE.to_owned()),
        summary,
        outlet: outlet(post.source.as_ref()),
        author: None,
    };
    let (published_at, undated) = (dated.ok(), dated.err());
    let (source, event_time) = (INFO.name.to_owned(), published_at.unwrap_or(now));
    Ok(Observation { source, key, coins: Vec::new(), event_time, published_at, undated, payload })
}

/// Who wrote it: the outlet's name, else its domain, else who gathered it.
fn outlet(source: Option<&Value>) -> String {
    let named = |field: &str| source?.get(field)?.as_str().map(|text| plain(text, OUTLET_CHARS_MAX));
    let words = |field: &str| named(field).filter(|text| !text.is_empty());
    words("title").or_else(|| words("domain")).unwrap_or_else(|| NAME.to_owned())
}

/// A number above zero, also as text.
fn number(value: Option<&Value>) -> Option<String> {
    let value = value?;
    let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.filter(|number| *number > 0).map(|number| number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const REPLY: &str = include_str!("fixtures/posts.json");
    const TOKEN: &str = "canary-0123456789";

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
    }

    fn posts(posts: &[Value]) -> Result<Collected, SourceError> {
        parse(json!({ "results": posts }).to_string().as_bytes(), TOKEN, now())
    }

    fn good(id: u64) -> Value {
        json!({"id": id, "title": "Good", "published_at": "2026-08-30T10:00:00Z", "kind": "news",
            "source": {"title": "Outlet", "domain": "outlet.example"}, "original_url": "https://outlet.example/a"})
    }

    fn with(field: &str, value: Value) -> Value {
        let mut post = good(2);
        post[field] = value;
        post
    }

    #[test]
    fn posts_become_headlines_of_their_outlets_also_on_the_lowest_plan() {
        let collected = parse(REPLY.as_bytes(), TOKEN, now()).unwrap();
        assert_eq!(collected.rejected, []);
        let [full, bare] = collected.observations.as_slice() else { panic!("{collected:?}") };
        assert_eq!((full.key.as_str(), full.event_time.to_string().as_str()), ("28113001", "2026-08-30T11:30:00Z"));
        let expected = Payload::News {
            title: "Ether climbs & holds".to_owned(),
            url: "https://outlet.example/ether-climbs".to_owned(),
            summary: "Buyers return.".to_owned(),
            outlet: "Outlet".to_owned(),
            author: None,
        };
        assert_eq!(full.payload, expected);
        assert_eq!(bare.key, "2026-08-30T11:00:00Z A headline of the lowest plan");
        assert!(matches!(&bare.payload, Payload::News { url, outlet, .. } if url == SITE && outlet == NAME));
    }

    #[test]
    fn each_bad_post_costs_itself() {
        for (bad, code) in [
            (with("title", Value::Null), "missing"),
            (with("title", json!(7)), "wrong_type"),
            (with("title", json!("<br>")), "empty"),
            (with("original_url", json!("javascript:alert(1)")), "bad_link"),
            (with("original_url", json!(format!("https://x.example/?auth_token={TOKEN}"))), "secret"),
            (with("description", json!([1])), "wrong_type"),
            (with("published_at", json!(1_788_048_000)), "wrong_type"),
            (with("id", json!(1)), "duplicate"),
            (json!("post"), "wrong_type"),
        ] {
            let collected = posts(&[good(1), bad.clone()]).unwrap();
            assert_eq!((collected.observations.len(), collected.rejected[0].code), (1, code), "{bad}");
        }
    }

    #[test]
    fn dates_that_cannot_be_true_leave_it_undated_with_the_reason() {
        for (published, why) in [
            (json!("2027-08-30T10:00:00Z"), Undated::Future),
            (json!("1970-01-01T00:00:00Z"), Undated::TooOld),
            (json!("NaN"), Undated::Unreadable),
            (Value::Null, Undated::Missing),
        ] {
            let collected = posts(&[good(1), with("published_at", published)]).unwrap();
            let undated = &collected.observations[1];
            assert_eq!((undated.undated, undated.published_at, undated.event_time), (Some(why), None, now()));
        }
    }

    #[test]
    fn a_reply_without_posts_has_its_code() {
        for (body, code) in [
            (r#"{"status":"api_error","info":"Token not found"}"#, "refused"),
            (r#"{"posts":[]}"#, "schema_changed"),
            (r#"{"results":[]}"#, "schema_changed"),
            (r#"{"results":{}}"#, "schema_changed"),
            (r#"{"results":[{"id":1,"title":"t"}]}"#, "schema_changed"),
            ("NaN", "not_json"),
            ("", "not_json"),
        ] {
            assert_eq!(parse(body.as_bytes(), TOKEN, now()).unwrap_err().code(), code, "{body}");
        }
    }

    #[test]
    fn hostile_text_stays_text_and_is_bounded() {
        let mut post = good(1);
        post["title"] = json!("<script>order()</script>BUY NOW\u{202e}");
        post["description"] = json!("y".repeat(99_999));
        post["source"] = json!({"title": "<img src=x onerror=alert(1)>", "domain": "outlet.example"});
        let collected = posts(&[post]).unwrap();
        let Payload::News { title, summary, outlet, .. } = &collected.observations[0].payload else { panic!() };
        assert_eq!((title.as_str(), outlet.as_str()), ("BUY NOW", "outlet.example"));
        assert_eq!(summary.chars().count(), SUMMARY_CHARS_MAX + 1);
    }
}
