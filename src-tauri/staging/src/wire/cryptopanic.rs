//! CryptoPanic's posts: a token in the query, which the link to the next page repeats.

use super::View;
use super::http::{Reply, iso};
use super::page::HOSTILE;
use super::venue::fields;
use crate::faults::ItemChange;
use crate::world::Gathered;
use serde_json::{Value, json};

const PLANS: [&str; 3] = ["developer", "growth", "enterprise"];
const YEAR_MS: i64 = 365 * 86_400_000;
const GIANT_CHARS: usize = 1 << 20;

/// Answers one GET, if the path is CryptoPanic's.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    let plan = path.strip_prefix("/api/")?.strip_suffix("/v2/posts/")?;
    let refused = |status, info: &str| Reply::json(status, json!({"status": "api_error", "info": info}).to_string());
    if !PLANS.contains(&plan) {
        return Some(refused(403, "This plan has no access"));
    }
    let token = fields(query, "auth_token").next().unwrap_or_default();
    if token.is_empty() || token == "bad" {
        return Some(refused(401, &format!("Token not found: {token}")));
    }
    let next = format!("https://cryptopanic.example{path}?auth_token={token}&public=true&page=2");
    Some(Reply::json(200, json!({"next": next, "previous": null, "results": posts(view)}).to_string()))
}

fn posts(view: &View<'_>) -> Vec<Value> {
    let gathered = view.moment.gathered();
    let mut all: Vec<Value> = gathered.iter().enumerate().map(|(place, found)| post(view, found, place == 0)).collect();
    view.arrange(&mut all);
    all
}

fn post(view: &View<'_>, found: &Gathered, is_first: bool) -> Value {
    let bent = |change: ItemChange| is_first && view.items.contains(&change);
    let Gathered { id, outlet, story } = found;
    let title = if view.hostile_names { HOSTILE } else { story.title.as_str() };
    let ahead_ms = if bent(ItemChange::Future) { YEAR_MS } else { 0 };
    let domain = format!("{}.example", outlet.name().to_lowercase());
    let mut post = json!({
        "id": id, "slug": story.slug, "title": title, "description": story.summary, "kind": "news",
        "published_at": iso(story.published_ms + ahead_ms), "created_at": iso(story.published_ms),
        "source": {"title": outlet.name(), "region": "en", "domain": domain, "type": "feed"},
        "original_url": format!("https://{domain}/{}", story.slug),
        "url": format!("https://cryptopanic.example/news/{id}/{}", story.slug),
        "image": null, "author": null, "instruments": [],
        "votes": {"negative": 0, "positive": 0, "important": 0, "liked": 0, "disliked": 0, "lol": 0, "toxic": 0, "saved": 0, "comments": 0},
        "panic_score": 0, "panic_score_1h": 0,
    });
    let mut set = |field: &str, value: Value| post.as_object_mut().and_then(|all| all.insert(field.to_owned(), value));
    if bent(ItemChange::Nan) {
        set("published_at", json!("NaN"));
    }
    if bent(ItemChange::Mistyped) {
        set("title", json!(7));
    }
    if bent(ItemChange::Giant) {
        set("description", json!("x".repeat(GIANT_CHARS)));
    }
    if bent(ItemChange::Undated)
        && let Some(all) = post.as_object_mut()
    {
        all.remove("published_at");
    }
    post
}
