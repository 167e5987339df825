//! Where Reddit's JSON ends: the posts of one listing.

use super::{INFO, NAME};
use crate::error::SourceError;
use crate::link;
use crate::reading::{Refusal, Refused, fields_of, json, text};
use crate::text::plain;
use crate::when;
use domain::Timestamp;
use ledgers::{Collected, Observation, Payload, Undated, inert};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

const TITLE_CHARS_MAX: usize = 300;
const NAME_CHARS_MAX: usize = 40;
const ID_CHARS_MAX: usize = 16;
const POSTS_MAX: usize = 100;
/// No moment in seconds is larger: the year 5138.
const SECONDS_MAX: f64 = 1e11;
const FIELDS: [&str; 8] = ["id", "title", "permalink", "subreddit", "author", "created_utc", "score", "num_comments"];
/// What stands in the place of words that were taken back.
const GONE: [&str; 4] = ["[removed]", "[deleted]", "[deleted by user]", "[removed by reddit]"];
/// Why a post is left out that nothing is wrong with.
const LEFT_OUT: [&str; 3] = ["stickied", "over_18", "removed"];

/// The posts of a listing, and the fields they have.
pub type Listing = (Collected, Vec<&'static str>);

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    message: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    children: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Child<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Post {
    id: Option<Value>,
    title: Option<Value>,
    permalink: Option<Value>,
    subreddit: Option<Value>,
    author: Option<Value>,
    created_utc: Option<Value>,
    score: Option<Value>,
    num_comments: Option<Value>,
    selftext: Option<Value>,
    removed_by_category: Option<Value>,
    #[serde(default)]
    stickied: Value,
    #[serde(default)]
    over_18: Value,
}

/// The posts of a listing, in its order. One bad post costs itself; a listing without posts is one of a quiet forum.
pub fn parse(body: &[u8], now: Timestamp) -> Result<Listing, SourceError> {
    let envelope: Envelope<'_> = json(NAME, body)?;
    let changed = |reason: &str| SourceError::SchemaChanged { service: NAME, reason: reason.to_owned() };
    if envelope.error.is_some_and(|error| !error.is_null()) {
        let message = envelope.message.as_ref().and_then(Value::as_str).unwrap_or("an error without words");
        return Err(SourceError::Refused { service: NAME, message: inert(message) });
    }
    let data = envelope.data.ok_or_else(|| changed("it has no data"))?;
    let data: Data<'_> = serde_json::from_str(data.get()).map_err(|_| changed("its data is no listing"))?;
    let children = data.children.ok_or_else(|| changed("its listing has no children"))?;
    let posts: Vec<Option<&RawValue>> = children
        .iter()
        .take(POSTS_MAX)
        .map(|child| serde_json::from_str::<Child<'_>>(child.get()).ok().and_then(|child| child.data))
        .collect();
    let (mut refused, mut keys, mut observations) = (Refused::default(), BTreeSet::new(), Vec::new());
    for (place, raw) in posts.iter().enumerate() {
        match raw.ok_or_else(|| Refusal::new("wrong_type", "is no post")).and_then(|raw| post(raw, now)) {
            Ok(found) if !keys.insert(found.key.clone()) => {
                refused.push(&found.key, &Refusal::new("duplicate", "is there more than once; taken once"));
            }
            Ok(found) => observations.push(found),
            Err(refusal) => refused.push(&format!("post {}", place + 1), &refusal),
        }
    }
    let rejected = refused.finish();
    let is_quiet = rejected.iter().all(|rejected| LEFT_OUT.contains(&rejected.code));
    if observations.is_empty() && !is_quiet {
        return Err(SourceError::nothing_left(NAME, &rejected, "posts"));
    }
    if !observations.is_empty() && observations.iter().all(|found| found.undated == Some(Undated::Missing)) {
        return Err(changed("not one post has a date"));
    }
    let objects: Vec<&RawValue> = posts.into_iter().flatten().collect();
    let fields = fields_of(&objects, &FIELDS);
    Ok((Collected { observations, rejected, ..Collected::default() }, fields))
}

fn post(raw: &RawValue, now: Timestamp) -> Result<Observation, Refusal> {
    let post: Post =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "the post is no object"))?;
    let key = text("id", post.id)?.ok_or_else(|| Refusal::missing("id"))?;
    if key.is_empty() || key.len() > ID_CHARS_MAX || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::new("bad_id", "its id is none"));
    }
    let title = plain(&text("title", post.title)?.ok_or_else(|| Refusal::missing("title"))?, TITLE_CHARS_MAX);
    if title.is_empty() {
        return Err(Refusal::new("empty", "the title is empty"));
    }
    let is_gone = |words: &str| GONE.iter().any(|gone| words.trim().eq_ignore_ascii_case(gone));
    let words = post.selftext.as_ref().and_then(Value::as_str).unwrap_or_default();
    let left_out = [
        ("stickied", post.stickied == Value::Bool(true)),
        ("over_18", post.over_18 == Value::Bool(true)),
        ("removed", post.removed_by_category.is_some_and(|by| !by.is_null()) || is_gone(&title) || is_gone(words)),
    ];
    if let Some((code, _)) = left_out.into_iter().find(|(_, applies)| *applies) {
        return Err(Refusal::new(code, format!("{key} is left out")));
    }
    let url = permanent(&text("permalink", post.permalink)?.ok_or_else(|| Refusal::missing("permalink"))?)?;
    let forum =
        plain(&text("subreddit", post.subreddit)?.ok_or_else(|| Refusal::missing("subreddit"))?, NAME_CHARS_MAX);
    let author = text("author", post.author)?.map(|author| plain(&author, NAME_CHARS_MAX));
    let created = created(post.created_utc.as_ref(), now);
    let (published_at, undated) = (created.ok(), created.err());
    let payload = Payload::Post {
        title,
        url,
        text: String::new(),
        community: format!("r/{forum}"),
        author: author.filter(|author| !author.is_empty() && !is_gone(author)),
        score: post.score.as_ref().and_then(Value::as_i64).unwrap_or_default(),
        comments: post.num_comments.as_ref().and_then(Value::as_u64).unwrap_or_default(),
    };
    let (source, event_time) = (INFO.name.to_owned(), published_at.unwrap_or(now));
    Ok(Observation { source, key, coins: Vec::new(), event_time, published_at, undated, payload })
}

/// The page of a post, which a listing tells as a path.
fn permanent(path: &str) -> Result<String, Refusal> {
    if !path.starts_with("/r/") && !path.starts_with("/user/") {
        return Err(Refusal::new("bad_link", "the permalink is no path of a post"));
    }
    link::canonical(&format!("https://www.reddit.com{path}"))
}

/// Seconds since 1970 with a point, as Reddit writes moments.
fn created(value: Option<&Value>, now: Timestamp) -> Result<Timestamp, Undated> {
    let value = value.filter(|value| !value.is_null()).ok_or(Undated::Missing)?;
    let seconds = value.as_f64().filter(|seconds| seconds.abs() < SECONDS_MAX).ok_or(Undated::Unreadable)?;
    when::believed(Timestamp::from_millis((seconds * 1000.0).round() as i64), now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const REPLY: &str = include_str!("fixtures/new.json");

    fn now() -> Timestamp {
        Timestamp::parse("2026-08-30T13:00:00Z").unwrap()
    }

    fn good(id: &str) -> Value {
        json!({"id": id, "title": "Good", "permalink": format!("/r/Bitcoin/comments/{id}/good/"), "subreddit": "Bitcoin",
            "author": "somebody", "created_utc": 1_788_080_400.0, "score": 5, "num_comments": 2, "selftext": "Words.",
            "stickied": false, "over_18": false})
    }

    fn with(field: &str, value: Value) -> Value {
        let mut post = good("b");
        post[field] = value;
        post
    }

    fn listing(posts: &[Value]) -> Result<Listing, SourceError> {
        let children: Vec<Value> = posts.iter().map(|post| json!({"kind": "t3", "data": post})).collect();
        parse(json!({"kind": "Listing", "data": {"children": children}}).to_string().as_bytes(), now())
    }

    #[test]
    fn posts_are_taken_without_their_text_and_stickied_removed_and_adult_ones_are_left_out() {
        let (collected, fields) = parse(REPLY.as_bytes(), now()).unwrap();
        let left_out: Vec<_> = collected.rejected.iter().map(|rejected| rejected.code).collect();
        assert_eq!(left_out, ["stickied", "over_18", "removed", "removed"]);
        let [first, second] = collected.observations.as_slice() else { panic!("{collected:?}") };
        assert_eq!((first.key.as_str(), first.event_time.to_string().as_str()), ("1abc01", "2026-08-30T10:20:00Z"));
        let expected = Payload::Post {
            title: "Is <BTC> & ETH a pair?".to_owned(),
            url: "https://www.reddit.com/r/CryptoCurrency/comments/1abc01/is_btc_a_pair".to_owned(),
            text: String::new(),
            community: "r/CryptoCurrency".to_owned(),
            author: Some("somebody".to_owned()),
            score: -3,
            comments: 12,
        };
        assert_eq!(first.payload, expected);
        assert!(matches!(&second.payload, Payload::Post { author: None, .. }), "of a deleted author nothing is kept");
        assert_eq!(fields.len(), FIELDS.len());
    }

    #[test]
    fn each_bad_post_costs_itself() {
        for (bad, code) in [
            (with("id", Value::Null), "missing"),
            (with("id", json!("../x")), "bad_id"),
            (with("id", json!("a")), "duplicate"),
            (with("title", json!(7)), "wrong_type"),
            (with("title", json!("")), "empty"),
            (with("permalink", Value::Null), "missing"),
            (with("permalink", json!("//evil.example/r/x")), "bad_link"),
            (with("permalink", json!("javascript:alert(1)")), "bad_link"),
            (with("subreddit", json!([])), "wrong_type"),
            (json!("post"), "wrong_type"),
        ] {
            let (collected, _) = listing(&[good("a"), bad.clone()]).unwrap();
            assert_eq!((collected.observations.len(), collected.rejected[0].code), (1, code), "{bad}");
        }
    }

    #[test]
    fn dates_that_cannot_be_true_leave_it_undated_with_the_reason() {
        for (created, why) in [
            (json!(1_988_080_400.0), Undated::Future),
            (json!(0), Undated::TooOld),
            (json!("NaN"), Undated::Unreadable),
            (json!(1e300), Undated::Unreadable),
            (Value::Null, Undated::Missing),
        ] {
            let (collected, _) = listing(&[good("a"), with("created_utc", created)]).unwrap();
            let undated = &collected.observations[1];
            assert_eq!((undated.undated, undated.published_at, undated.event_time), (Some(why), None, now()));
        }
    }

    #[test]
    fn a_reply_that_is_no_listing_has_its_code_and_a_quiet_forum_is_none() {
        for (body, code) in [
            (r#"{"message":"Forbidden <b>","error":403,"reason":"private"}"#, "refused"),
            (r#"{"kind":"Listing"}"#, "schema_changed"),
            (r#"{"data":{"posts":[]}}"#, "schema_changed"),
            (r#"{"data":[]}"#, "schema_changed"),
            (r#"{"data":{"children":[{"data":{"ID":"a"}}]}}"#, "schema_changed"),
            ("NaN", "not_json"),
            ("", "not_json"),
        ] {
            assert_eq!(parse(body.as_bytes(), now()).unwrap_err().code(), code, "{body}");
        }
        assert_eq!(listing(&[]).unwrap().0.observations, []);
        assert_eq!(listing(&[with("stickied", json!(true))]).unwrap().0.rejected.len(), 1);
    }

    #[test]
    fn hostile_text_stays_text_and_is_bounded() {
        let hostile = format!("<script>order()</script>BUY NOW\u{202e}{}", "y".repeat(99_999));
        let (collected, _) = listing(&[with("title", json!(hostile))]).unwrap();
        let Payload::Post { title, .. } = &collected.observations[0].payload else { panic!() };
        assert!(title.starts_with("BUY NOWyy") && title.chars().count() == TITLE_CHARS_MAX + 1, "{title}");
    }
}
