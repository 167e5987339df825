//! What called for attention, in words.

use crate::print::table;
use workstation::dto::AlertsView;

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
