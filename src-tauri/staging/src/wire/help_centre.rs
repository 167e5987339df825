//! The exchange's help centre: articles as JSON, by cursor or by page number.

use super::View;
use super::http::{Reply, iso};
use super::page::HOSTILE;
use crate::faults::ItemChange;
use crate::world::Notice;
use serde_json::{Value, json};

const ARTICLES: &str = "/api/v2/help_center/en-us/categories/115000579994/articles.json";
const SITE: &str = "https://coinspot.zendesk.example";
const SECTION: u64 = 28_523_491_991_699;
const YEAR_MS: i64 = 365 * 86_400_000;
const PAGE_MAX: usize = 100;
const GIANT_CHARS: usize = 1 << 20;

/// Answers one GET, if the path is the help centre's.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    if path == ARTICLES {
        return Some(Reply::json(200, articles(view, query).to_string()));
    }
    let unknown = || Reply::json(404, r#"{"error":"RecordNotFound","description":"Not found"}"#.to_owned());
    path.starts_with("/api/v2/help_center/").then(unknown)
}

fn articles(view: &View<'_>, query: &str) -> Value {
    let query = query.replace("%5B", "[").replace("%5D", "]");
    let field = |name: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let text = |name: &str| field(name).map(|(_, value)| value);
    let size = |name: &str| text(name).and_then(|value| value.parse().ok()).map(|size: usize| size.clamp(1, PAGE_MAX));
    let by_edit = matches!(text("sort_by"), Some("edited_at" | "updated_at"));
    let mut notices = view.moment.notices();
    let key = |notice: &Notice| (if by_edit { notice.edited_ms } else { notice.created_ms }, notice.id);
    notices.sort_by_key(|notice| std::cmp::Reverse(key(notice)));
    if text("sort_order") == Some("asc") {
        notices.reverse();
    }
    let total = notices.len();
    if let Some(size) = size("page[size]") {
        let start = text("page[after]").map_or(0, |cursor| {
            notices.iter().position(|notice| cursor_of(notice) == cursor).map_or(total, |at| at + 1)
        });
        let page: Vec<&Notice> = notices.iter().skip(start).take(size).collect();
        let has_more = start + page.len() < total;
        let after = page.last().map(|notice| cursor_of(notice));
        let next = after.as_ref().filter(|_| has_more).map(|after| format!("{SITE}{ARTICLES}?page[after]={after}"));
        return json!({
            "articles": list(view, &page),
            "meta": {"has_more": has_more, "after_cursor": after, "before_cursor": page.first().map(|n| cursor_of(n))},
            "links": {"next": next, "prev": null},
        });
    }
    let size = size("per_page").unwrap_or(30);
    let number = text("page").and_then(|page| page.parse::<usize>().ok()).unwrap_or(1).clamp(1, 1000);
    let page: Vec<&Notice> = notices.iter().skip((number - 1) * size).take(size).collect();
    let pages = total.div_ceil(size);
    let next = (number < pages).then(|| format!("{SITE}{ARTICLES}?page={}&per_page={size}", number + 1));
    json!({
        "count": total, "page": number, "page_count": pages, "per_page": size, "next_page": next, "previous_page": null,
        "articles": list(view, &page),
    })
}

fn cursor_of(notice: &Notice) -> String {
    format!("a{:x}", notice.id)
}

fn list(view: &View<'_>, page: &[&Notice]) -> Vec<Value> {
    let mut all: Vec<Value> =
        page.iter().enumerate().map(|(place, notice)| article(view, notice, place == 0)).collect();
    view.arrange(&mut all);
    all
}

fn article(view: &View<'_>, notice: &Notice, is_first: bool) -> Value {
    let bent = |change: ItemChange| is_first && view.items.contains(&change);
    let (id, title) = (notice.id, if view.hostile_names { HOSTILE } else { notice.title.as_str() });
    let page = format!("{SITE}/hc/en-us/articles/{id}");
    let ahead_ms = if bent(ItemChange::Future) { YEAR_MS } else { 0 };
    let mut article = json!({
        "id": id, "url": format!("{SITE}/api/v2/help_center/en-us/articles/{id}.json"), "html_url": page,
        "author_id": 28_226_296_456_851u64, "comments_disabled": true, "draft": false, "promoted": false, "position": 0,
        "vote_sum": 0, "vote_count": 0, "section_id": SECTION, "created_at": iso(notice.created_ms + ahead_ms),
        "updated_at": iso(view.moment.time_ms() / 3_600_000 * 3_600_000), "name": title, "title": title,
        "source_locale": "en-us", "locale": "en-us", "outdated": false, "outdated_locales": [],
        "edited_at": iso(notice.edited_ms + ahead_ms), "user_segment_id": null, "content_tag_ids": [], "label_names": [],
        "body": notice.body,
    });
    let mut set =
        |field: &str, value: Value| article.as_object_mut().and_then(|all| all.insert(field.to_owned(), value));
    if bent(ItemChange::Nan) {
        set("created_at", json!("NaN"));
        set("edited_at", json!("NaN"));
    }
    if bent(ItemChange::Mistyped) {
        set("title", json!(7));
    }
    if bent(ItemChange::Giant) {
        set("body", json!("x".repeat(GIANT_CHARS)));
    }
    if bent(ItemChange::Undated)
        && let Some(all) = article.as_object_mut()
    {
        all.remove("created_at");
        all.remove("edited_at");
    }
    article
}
