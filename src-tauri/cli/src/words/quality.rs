//! What is missing, and how far each ledger can be trusted, in tables.

use super::or_dash;
use crate::print::table;
use workstation::dto::GapsView;

pub fn gaps(view: &GapsView) -> String {
    let rows: Vec<_> = view
        .gaps
        .iter()
        .map(|gap| {
            vec![
                gap.source.clone(),
                gap.subject.clone().unwrap_or_else(|| "all".into()),
                gap.from.to_string(),
                gap.to.to_string(),
                gap.state.clone(),
                gap.reason.clone(),
                or_dash(gap.closed_at),
            ]
        })
        .collect();
    table(&["source", "of", "from", "to", "state", "reason", "closed"], &[], &rows)
}
