//! Reddit: an access token for an application, and listings for those who have one.

use super::View;
use super::http::Reply;
use super::page::HOSTILE;
use crate::faults::ItemChange;
use crate::world::Post;
use serde_json::{Value, json};

/// Where tokens are asked for, with a POST.
pub(crate) const TOKEN: &str = "/api/v1/access_token";
const TOKEN_START: &str = "simulated-";
/// A token lives for an hour.
const LIFE_S: i64 = 3600;
const YEAR_MS: i64 = 365 * 86_400_000;
const GIANT_CHARS: usize = 256 << 10;
const SORTS: [&str; 4] = ["hot", "new", "top", "rising"];
/// How `bad:` and an empty name begin, as Basic authentication writes them.
const BAD_NAMES: [&str; 2] = ["YmFkO", "O"];

/// Answers one request, if the path is Reddit's.
pub(crate) fn answer(view: &View<'_>, path: &str) -> Option<Reply> {
    if path == TOKEN {
        return Some(token(view));
    }
    let (forum, sort) = path.strip_prefix("/r/")?.split_once('/')?;
    if !is_granted(view) {
        return Some(Reply::json(401, r#"{"message":"Unauthorized","error":401}"#.to_owned()));
    }
    let refused = |status, message: &str, reason: &str| {
        Reply::json(status, json!({"message": message, "error": status, "reason": reason}).to_string())
    };
    Some(match forum {
        "private" => refused(403, "Forbidden", "private"),
        "banned" => refused(404, "Not Found", "banned"),
        "nowhere" => Reply::html(302, String::new()).with_header("Location", "/subreddits/search".to_owned()),
        _ if !SORTS.contains(&sort) => refused(404, "Not Found", "unknown"),
        _ => Reply::json(200, listing(view, forum, sort).to_string()),
    })
}

fn token(view: &View<'_>) -> Reply {
    let name = view.asked.header("authorization").strip_prefix("Basic ").unwrap_or_default();
    if name.is_empty() || BAD_NAMES.iter().any(|bad| name.starts_with(bad)) {
        return Reply::json(401, r#"{"message":"Unauthorized","error":401}"#.to_owned());
    }
    if view.asked.body != "grant_type=client_credentials" {
        return Reply::json(200, r#"{"error":"unsupported_grant_type"}"#.to_owned());
    }
    let token = format!("{TOKEN_START}{}", view.moment.time_ms() / 1000);
    let granted = json!({"access_token": token, "token_type": "bearer", "expires_in": LIFE_S, "scope": "*"});
    Reply::json(200, granted.to_string())
}

fn is_granted(view: &View<'_>) -> bool {
    let bearer = view.asked.header("authorization");
    let token = bearer.split_once(' ').filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer")).map(|(_, token)| token);
    let given_s = token.and_then(|token| token.strip_prefix(TOKEN_START)).and_then(|s| s.parse::<i64>().ok());
    given_s.is_some_and(|given_s| view.moment.time_ms() / 1000 < given_s.saturating_add(LIFE_S))
}

fn listing(view: &View<'_>, forum: &str, sort: &str) -> Value {
    let posts = view.moment.posts(forum);
    let mut children: Vec<Value> =
        posts.iter().enumerate().map(|(place, post)| child(view, forum, post, place == 0)).collect();
    view.arrange(&mut children);
    if sort == "hot"
        && let Some(mut daily) = children.last().cloned()
    {
        daily["data"]["stickied"] = json!(true);
        children.insert(0, daily);
    }
    let count = children.len();
    json!({"kind": "Listing", "data": {"after": null, "before": null, "dist": count, "modhash": "", "children": children}})
}

fn child(view: &View<'_>, forum: &str, post: &Post, is_first: bool) -> Value {
    let bent = |change: ItemChange| is_first && view.items.contains(&change);
    let Post { id, title, author, created_ms, score, comments } = post;
    let title = if view.hostile_names { HOSTILE } else { title.as_str() };
    let ahead_ms = if bent(ItemChange::Future) { YEAR_MS } else { 0 };
    let permalink = format!("/r/{forum}/comments/{id}/post/");
    let mut data = json!({
        "id": id, "name": format!("t3_{id}"), "title": title, "selftext": "What do you think?",
        "url": format!("https://www.reddit.example{permalink}"), "permalink": permalink, "author": author,
        "subreddit": forum, "created_utc": (created_ms + ahead_ms) as f64 / 1000.0, "edited": false, "score": score,
        "ups": score, "upvote_ratio": 0.9, "num_comments": comments, "over_18": false, "stickied": false,
        "is_self": true, "link_flair_text": null,
    });
    let mut set = |field: &str, value: Value| data.as_object_mut().and_then(|all| all.insert(field.to_owned(), value));
    if bent(ItemChange::Nan) {
        set("created_utc", json!("NaN"));
    }
    if bent(ItemChange::Mistyped) {
        set("title", json!(7));
    }
    if bent(ItemChange::Giant) {
        set("title", json!("x".repeat(GIANT_CHARS)));
    }
    if bent(ItemChange::Undated)
        && let Some(all) = data.as_object_mut()
    {
        all.remove("created_utc");
    }
    json!({"kind": "t3", "data": data})
}
