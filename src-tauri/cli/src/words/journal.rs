//! The journal, in words.

use crate::print::table;
use workstation::dto::JournalView;

pub fn journal(view: &JournalView) -> String {
    let rows: Vec<_> = view
        .entries
        .iter()
        .map(|entry| {
            let why = if entry.why.is_empty() { String::new() } else { format!(" ({})", entry.why) };
            let (seq, time) = (entry.seq.to_string(), entry.time.to_string());
            vec![seq, time, entry.kind.clone(), format!("{} {}{why}", entry.who, entry.what)]
        })
        .collect();
    let proof = match (view.verified.ok, view.verified.checked_at) {
        (Some(true), Some(at)) => format!("the chain holds (checked {at})"),
        (Some(false), Some(at)) => format!("the chain does NOT hold (checked {at}): run omc verify"),
        _ => "the chain was not checked: run omc verify".to_owned(),
    };
    let shown = table(&["seq", "time", "kind", "who, what, why"], &[0], &rows);
    format!("{shown}\n{} of {} facts · {proof}", view.entries.len(), view.total)
}
