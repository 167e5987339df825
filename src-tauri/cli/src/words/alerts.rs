//! What called for attention, in words.

use super::or_dash;
use crate::print::table;
use workstation::dto::{AlertsView, WebhookView};

pub fn alerts(view: &AlertsView) -> String {
    let rows: Vec<_> = view
        .alerts
        .iter()
        .map(|alert| {
            let state = match (alert.recovered_at, alert.seen_at) {
                (Some(_), _) => "over",
                (None, Some(_)) => "seen",
                (None, None) => "new",
            };
            let times = if alert.repeats > 0 { format!("{}×", alert.repeats + 1) } else { String::new() };
            let (at, severity) = (alert.at.to_string(), alert.severity.to_string());
            vec![at, severity, alert.rule.clone(), state.to_owned(), times, alert.title.clone(), alert.id.clone()]
        })
        .collect();
    let set = &view.settings;
    let muted = if set.muted.is_empty() { "nothing".to_owned() } else { set.muted.join(", ") };
    let shown = table(&["time", "severity", "rule", "state", "times", "what", "id"], &[1], &rows);
    format!("{shown}\n{} not seen · told from severity {} · muted: {muted}", view.unseen, set.severity_min)
}

pub fn webhook(view: &WebhookView) -> String {
    let rows: Vec<_> = view
        .deliveries
        .iter()
        .map(|one| {
            let again = one.next_at.map_or_else(String::new, |at| format!("again at {at}"));
            let why = one.error.clone().unwrap_or(again);
            let (at, attempts) = (one.at.to_string(), one.attempts.to_string());
            vec![
                at,
                one.change.clone(),
                one.state.clone(),
                attempts,
                or_dash(one.status),
                why,
                or_dash(one.alert.clone()),
            ]
        })
        .collect();
    let shown = table(&["time", "change", "state", "sent", "status", "why", "alert"], &[3, 4], &rows);
    let place = match (&view.host, &view.problem) {
        (Some(host), _) => format!("told to {host}"),
        (None, Some(problem)) => problem.clone(),
        (None, None) => "no address is stored: omc secrets set webhook_url".to_owned(),
    };
    let (on, signed) = (if view.on { "on" } else { "off" }, if view.signed { "signed" } else { "not signed" });
    format!("{shown}\n{on} · {place} · from severity {} · {signed}", view.severity_min)
}
