//! What is missing, and how far each ledger can be trusted, in tables.

use super::or_dash;
use crate::print::table;
use workstation::dto::{GapsView, QualityView, ScoreRow};

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

fn parts(score: &ScoreRow) -> impl Iterator<Item = String> {
    let part = |part: Option<f64>| part.map_or_else(|| "-".to_owned(), |part| format!("{part:.2}"));
    [score.score, score.coverage, score.freshness, score.validity, score.agreement].into_iter().map(part)
}

pub fn quality(view: &QualityView) -> String {
    let row = |name: &str, status: &str, score: &ScoreRow, reasons: &[String]| {
        let mut row = vec![name.to_owned(), status.to_owned()];
        row.extend(parts(score));
        row.push(reasons.join("; "));
        row
    };
    let mut rows: Vec<_> =
        view.ledgers.iter().map(|of| row(&of.ledger.to_uppercase(), &of.status, &of.score, &of.reasons)).collect();
    rows.extend(view.sources.iter().map(|of| row(&of.source, &of.status, &of.score, &of.reasons)));
    let head = ["of", "status", "score", "coverage", "fresh", "valid", "agree", "why"];
    let agreement: Vec<_> = view
        .agreement
        .iter()
        .map(|of| {
            vec![
                of.coin.clone(),
                or_dash(of.mid.clone()),
                or_dash(of.reference.clone()),
                or_dash(of.apart_pct.clone()),
                of.venues.join(", "),
                of.reason.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let against = table(&["coin", "mid", "reference", "% off", "venues", "why"], &[1, 2, 3], &agreement);
    format!("{}\n\n{against}", table(&head, &[2, 3, 4, 5, 6], &rows))
}
