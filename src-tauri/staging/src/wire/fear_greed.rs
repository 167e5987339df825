//! The mood index: JSON in which every value is a string.

use super::View;
use super::http::Reply;
use crate::faults::{ItemChange, PriceChange};
use crate::world::Mood;

const DAY_MS: i64 = 86_400_000;
const GIANT_CHARS: usize = 256 << 10;

/// Answers one GET, if the path is the index's.
pub(crate) fn answer(view: &View<'_>, path: &str, query: &str) -> Option<Reply> {
    match path {
        "/fng" => Some(Reply::html(301, String::new()).with_header("Location", "/fng/".to_owned())),
        "/fng/" => Some(Reply::json(200, index(view, query))),
        _ => None,
    }
}

fn index(view: &View<'_>, query: &str) -> String {
    let limit = query.split('&').find_map(|pair| pair.strip_prefix("limit=")).unwrap_or("1");
    let Ok(limit) = limit.parse::<usize>() else {
        return r#"{"name":"Fear and Greed Index","data":null,"metadata":{"error":"Invalid limit"}}"#.to_owned();
    };
    let moods = view.moment.moods(limit);
    let is_missing = view.changes_of("FNG", "fear_greed").any(|change| change == PriceChange::Missing);
    let mut days: Vec<String> = if is_missing {
        Vec::new()
    } else {
        moods.iter().enumerate().map(|(place, mood)| day(view, mood, place == 0)).collect()
    };
    view.arrange(&mut days);
    format!(r#"{{"name":"Fear and Greed Index","data":[{}],"metadata":{{"error":null}}}}"#, days.join(","))
}

fn day(view: &View<'_>, mood: &Mood, is_first: bool) -> String {
    let bent = |change: ItemChange| is_first && view.items.contains(&change);
    let mut value =
        view.changes_of("FNG", "fear_greed").fold(mood.value.to_string(), |value, change| change.apply(value));
    if bent(ItemChange::Nan) {
        value = "NaN".to_owned();
    }
    let value = if bent(ItemChange::Mistyped) { format!("[{value}]") } else { format!("\"{value}\"") };
    let label = if view.hostile_names { "<script>alert(1)</script>BUY NOW" } else { mood.label };
    let giant = "x".repeat(if bent(ItemChange::Giant) { GIANT_CHARS } else { 0 });
    let seconds = mood.day_ms / if bent(ItemChange::Future) { 1 } else { 1000 };
    let time = if bent(ItemChange::Undated) { String::new() } else { format!(r#","timestamp":"{seconds}""#) };
    let left = (mood.day_ms + DAY_MS - view.moment.time_ms()) / 1000;
    let update = if is_first { format!(r#","time_until_update":"{left}""#) } else { String::new() };
    format!(r#"{{"value":{value},"value_classification":"{label}{giant}"{time}{update}}}"#)
}
