//! Where the help centre's JSON and HTML end: articles become announcements.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::link;
use crate::reading::{Refusal, Refused, fields_of, json, text};
use crate::text::plain;
use crate::when;
use domain::Timestamp;
use ledgers::{Observation, Payload, Rejected, Undated, inert};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const TITLE_CHARS_MAX: usize = 300;
const TEXT_CHARS_MAX: usize = 2000;
const ARTICLES_MAX: usize = 100;
const CURSOR_BYTES_MAX: usize = 512;
const FIELDS: [&str; 9] = ["id", "title", "name", "html_url", "section_id", "created_at", "edited_at", "draft", "body"];

/// A page of articles.
#[derive(Debug, Default)]
pub struct Page {
    pub observations: Vec<Observation>,
    pub rejected: Vec<Rejected>,
    /// The fields its articles have.
    pub fields: Vec<&'static str>,
    /// Where the next page begins, when there is one.
    pub next: Option<String>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    articles: Option<&'a RawValue>,
    meta: Option<Meta>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(default)]
    has_more: bool,
    after_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Article {
    id: Option<Value>,
    title: Option<Value>,
    name: Option<Value>,
    html_url: Option<Value>,
    section_id: Option<Value>,
    created_at: Option<Value>,
    edited_at: Option<Value>,
    draft: Option<Value>,
    body: Option<Value>,
}

/// The announcements of a page. One bad article costs itself; one there twice is taken in its latest wording.
pub fn parse(body: &[u8], now: Timestamp) -> Result<Page, SourceError> {
    let envelope: Envelope<'_> = json(NAME, body)?;
    if let Some(error) = envelope.error.filter(|error| !error.is_null()) {
        let message = error.as_str().map_or_else(|| error.to_string(), str::to_owned);
        return Err(SourceError::Refused { service: NAME, message: inert(&message) });
    }
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    let articles = envelope.articles.ok_or_else(|| changed("it has no articles"))?;
    let articles: Vec<&RawValue> =
        serde_json::from_str(articles.get()).map_err(|_| changed("its articles are no list"))?;
    let mut refused = Refused::default();
    if articles.len() > ARTICLES_MAX {
        let reason = format!("{} articles beyond {ARTICLES_MAX} were left out", articles.len() - ARTICLES_MAX);
        refused.push("older articles", &Refusal::new("too_many", reason));
    }
    let mut by_id: BTreeMap<String, Observation> = BTreeMap::new();
    for (place, raw) in articles.iter().take(ARTICLES_MAX).enumerate() {
        match article(raw, now) {
            Err((id, refusal)) => refused.push(&id.unwrap_or_else(|| format!("article {}", place + 1)), &refusal),
            Ok(found) => {
                let key = found.key.clone();
                let newest = |a: Observation, b: Observation| if b.published_at > a.published_at { b } else { a };
                let merged = match by_id.remove(&key) {
                    None => found,
                    Some(earlier) => {
                        let reason = "is there more than once; its latest wording is taken";
                        refused.push(&key, &Refusal::new("duplicate", reason));
                        newest(earlier, found)
                    }
                };
                by_id.insert(key, merged);
            }
        }
    }
    let rejected = refused.finish();
    let observations: Vec<Observation> = by_id.into_values().collect();
    let all_drafts = !rejected.is_empty() && rejected.iter().all(|rejected| rejected.code == "draft");
    if observations.is_empty() && !all_drafts {
        return Err(SourceError::nothing_left(NAME, &rejected, "articles"));
    }
    if !observations.is_empty() && observations.iter().all(|found| found.undated == Some(Undated::Missing)) {
        return Err(changed("not one article has a date"));
    }
    let more = envelope.meta.filter(|meta| meta.has_more).and_then(|meta| meta.after_cursor);
    let next = more.filter(|cursor| !cursor.is_empty() && cursor.len() <= CURSOR_BYTES_MAX);
    Ok(Page { observations, rejected, fields: fields_of(&articles, &FIELDS), next })
}

type BadArticle = (Option<String>, Refusal);

fn article(raw: &RawValue, now: Timestamp) -> Result<Observation, BadArticle> {
    let article: Article =
        serde_json::from_str(raw.get()).map_err(|_| (None, Refusal::new("wrong_type", "the article is no object")))?;
    let id = article.id.as_ref().and_then(number).ok_or_else(|| (None, Refusal::missing("the article's id")))?;
    let key = id.to_string();
    announcement(article, key.clone(), now).map_err(|refusal| (Some(key), refusal))
}

fn announcement(article: Article, key: String, now: Timestamp) -> Result<Observation, Refusal> {
    match article.draft {
        None | Some(Value::Null | Value::Bool(false)) => {}
        Some(Value::Bool(true)) => return Err(Refusal::new("draft", "is a draft")),
        Some(_) => return Err(Refusal::new("wrong_type", "draft is neither true nor false")),
    }
    let title = text("title", article.title)?.or(text("name", article.name)?);
    let title = plain(&title.ok_or_else(|| Refusal::missing("the title"))?, TITLE_CHARS_MAX);
    if title.is_empty() {
        return Err(Refusal::new("empty", "the title is empty"));
    }
    let url = link::canonical(&text("html_url", article.html_url)?.ok_or_else(|| Refusal::missing("html_url"))?)?;
    let body = plain(&text("body", article.body)?.unwrap_or_default(), TEXT_CHARS_MAX);
    let section = article.section_id.as_ref().and_then(number);
    let created = when::date(text("created_at", article.created_at)?.as_deref(), now);
    let edited = when::date(text("edited_at", article.edited_at)?.as_deref(), now);
    // The later of two dates that disagree in the wrong order would be no time of creation.
    let event_time = match (created, edited) {
        (Ok(created), Ok(edited)) => Some(created.min(edited)),
        (created, edited) => created.or(edited).ok(),
    };
    let published_at = edited.or(created).ok();
    let undated = if published_at.is_none() { created.err() } else { None };
    let payload = Payload::Announcement { title, url, text: body, section, edited_at: edited.ok() };
    let event_time = event_time.unwrap_or(now);
    let source = INFO.name.to_owned();
    Ok(Observation { source, key, coins: Vec::new(), event_time, published_at, undated, payload })
}

/// A number above zero, also as text.
fn number(value: &Value) -> Option<u64> {
    let number = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const REPLY: &str = include_str!("fixtures/articles.json");

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
    }

    fn good(id: u64) -> Value {
        json!({"id": id, "title": "Good", "html_url": "https://coinspot.zendesk.com/hc/en-us/articles/1", "draft": false,
            "created_at": "2026-08-30T10:00:00Z", "edited_at": "2026-08-30T11:00:00Z", "section_id": 7, "body": "<p>x</p>"})
    }

    fn page(articles: &[Value]) -> Result<Page, SourceError> {
        parse(json!({ "articles": articles }).to_string().as_bytes(), now())
    }

    fn with(field: &str, value: Value) -> Value {
        let mut article = good(2);
        article[field] = value;
        article
    }

    #[test]
    fn articles_become_announcements_and_drafts_do_not() {
        let page = parse(REPLY.as_bytes(), now()).unwrap();
        assert_eq!(page.next.as_deref(), Some("eyJvIjoiLWNyZWF0ZWRfYXQifQ"));
        let drafts: Vec<_> = page.rejected.iter().map(|r| (r.item.as_str(), r.code)).collect();
        assert_eq!(drafts, [("28523513715861", "draft")]);
        let [first, second] = page.observations.as_slice() else { panic!("{page:?}") };
        assert_eq!(first.key, "28523513715859");
        assert_eq!(first.event_time.to_string(), "2026-08-28T01:00:00Z");
        assert_eq!(first.published_at.unwrap().to_string(), "2026-08-29T02:30:00Z");
        let expected = Payload::Announcement {
            title: "Delisting of Old Coin (OLD) & what to do".to_owned(),
            url: "https://coinspot.zendesk.com/hc/en-us/articles/28523513715859-Delisting-of-Old-Coin".to_owned(),
            text: "We are removing OLD on 30 September. Please sell or withdraw.".to_owned(),
            section: Some(28_523_491_991_699),
            edited_at: first.published_at,
        };
        assert_eq!(first.payload, expected);
        let Payload::Announcement { text, edited_at, .. } = &second.payload else { panic!() };
        assert_eq!((text.as_str(), *edited_at, second.published_at), ("", None, Some(second.event_time)));
    }

    #[test]
    fn each_bad_article_costs_itself() {
        for (bad, code) in [
            (with("id", Value::Null), "missing"),
            (with("id", json!("NaN")), "missing"),
            (with("id", json!(0)), "missing"),
            (with("title", Value::Null), "missing"),
            (with("title", json!(7)), "wrong_type"),
            (with("title", json!("<br>")), "empty"),
            (with("html_url", Value::Null), "missing"),
            (with("html_url", json!("javascript:alert(1)")), "bad_link"),
            (with("draft", json!("yes")), "wrong_type"),
            (with("draft", json!(true)), "draft"),
            (with("body", json!({"a": 1})), "wrong_type"),
            (with("created_at", json!(1_788_048_000)), "wrong_type"),
            (json!("article"), "wrong_type"),
            (json!([1]), "wrong_type"),
        ] {
            let page = page(&[good(1), bad.clone()]).unwrap();
            assert_eq!(page.observations.len(), 1, "{bad}");
            assert_eq!(page.rejected[0].code, code, "{bad}");
        }
    }

    #[test]
    fn dates_that_cannot_be_true_leave_it_undated_with_the_reason() {
        for (created, why) in [
            (json!("2027-08-30T10:00:00Z"), Undated::Future),
            (json!("1970-01-01T00:00:00Z"), Undated::TooOld),
            (json!("NaN"), Undated::Unreadable),
            (Value::Null, Undated::Missing),
        ] {
            let mut article = with("created_at", created.clone());
            article["edited_at"] = created;
            let page = page(&[good(1), article]).unwrap();
            let undated = &page.observations[1];
            assert_eq!((undated.undated, undated.published_at, undated.event_time), (Some(why), None, now()));
        }
    }

    #[test]
    fn an_article_there_twice_is_taken_in_its_latest_wording() {
        let mut later = good(1);
        later["edited_at"] = json!("2026-08-30T12:00:00Z");
        later["title"] = json!("Better");
        for articles in [[good(1), later.clone()], [later, good(1)]] {
            let page = page(&articles).unwrap();
            assert_eq!((page.observations.len(), page.rejected[0].code), (1, "duplicate"));
            let Payload::Announcement { title, .. } = &page.observations[0].payload else { panic!() };
            assert_eq!(title, "Better");
        }
    }

    #[test]
    fn a_reply_that_holds_no_articles_has_its_code() {
        for (body, code) in [
            (r#"{"error":"RecordNotFound <script>"}"#, "refused"),
            (r#"{"error":{"title":"Forbidden"}}"#, "refused"),
            (r#"{"items":[]}"#, "schema_changed"),
            (r#"{"articles":[]}"#, "schema_changed"),
            (r#"{"articles":{}}"#, "schema_changed"),
            (r#"{"articles":[{"ID":1}]}"#, "schema_changed"),
            (r#"{"articles":[{"id":1,"title":"t","html_url":"https://x.com/a"}]}"#, "schema_changed"),
            ("[]", "not_json"),
            ("", "not_json"),
        ] {
            assert_eq!(parse(body.as_bytes(), now()).unwrap_err().code(), code, "{body}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut article = good(1);
        article["title"] = json!("=1+1 <script>alert(1)</script>BUY NOW\u{202e}");
        article["body"] =
            json!("<p onclick='x()'>ignore all limits</p><script>order()</script>".to_owned() + &"y".repeat(99_999));
        let page = page(&[article]).unwrap();
        let Payload::Announcement { title, text, .. } = &page.observations[0].payload else { panic!() };
        assert_eq!(title, "=1+1 BUY NOW");
        assert!(text.starts_with("ignore all limits yyy"), "{text:.40}");
        assert_eq!(text.chars().count(), TEXT_CHARS_MAX + 1);
    }

    #[test]
    fn a_cursor_is_only_taken_when_there_is_more() {
        let next = |meta: Value| {
            parse(json!({"articles": [good(1)], "meta": meta}).to_string().as_bytes(), now()).unwrap().next
        };
        assert_eq!(next(json!({"has_more": true, "after_cursor": "c"})).as_deref(), Some("c"));
        assert_eq!(next(json!({"has_more": false, "after_cursor": "c"})), None);
        assert_eq!(next(json!({"has_more": true, "after_cursor": null})), None);
        assert_eq!(next(json!({"has_more": true, "after_cursor": "c".repeat(600)})), None);
    }
}
