//! Algorithms in words.

use super::{aud, aud_or_dash, or_dash};
use crate::print::table;
use workstation::dto::{
    AlgorithmDetail, AlgorithmMove, AlgorithmRow, AlgorithmsView, SignalRow, StrategiesView, VersionRow,
};

pub fn strategies(view: &StrategiesView) -> String {
    let mut out = String::new();
    for one in &view.strategies {
        out.push_str(&format!("{}: {}\n", one.name, one.words));
        for parameter in &one.parameters {
            let (name, words, range) = (&parameter.name, &parameter.words, &parameter.range);
            // A script's text is a file here.
            let default = if parameter.kind == "text" { "FILE.star" } else { &parameter.default };
            out.push_str(&format!("  {name}={default}: {words} ({range})\n"));
        }
    }
    out.trim_end().to_owned()
}

fn last_said(signal: &SignalRow) -> String {
    let became = match (&signal.order, &signal.refusal) {
        (Some(order), _) => format!("order {order}"),
        (None, Some(refusal)) => format!("no order [{}]", refusal.code),
        (None, None) => "nothing known of an order".to_owned(),
    };
    format!("{} {} {} {}: {} → {became}", signal.at, signal.action, signal.size, signal.coin, signal.reason)
}

fn row(one: &AlgorithmRow) -> Vec<String> {
    vec![
        one.name.clone(),
        one.state.clone(),
        one.book.to_string(),
        made_of(&one.version),
        aud_or_dash(one.capital),
        aud_or_dash(one.exposure),
        aud(one.realised),
        aud_or_dash(one.unrealised),
        or_dash(one.heartbeat.seen),
        one.last_signal.as_ref().map_or_else(|| "-".to_owned(), |signal| format!("{} {}", signal.action, signal.coin)),
    ]
}

fn made_of(version: &VersionRow) -> String {
    let coins: Vec<String> = version.coins.iter().map(ToString::to_string).collect();
    format!("{} {} {}", version.strategy, coins.join(","), version.interval)
}

pub fn algorithms(view: &AlgorithmsView) -> String {
    if view.algorithms.is_empty() {
        return "no algorithms: describe one with `omc algorithm add`".to_owned();
    }
    let head =
        ["name", "state", "book", "made of", "capital", "in use", "realised", "unrealised", "heartbeat", "last signal"];
    table(&head, &[4, 5, 6, 7], &view.algorithms.iter().map(row).collect::<Vec<_>>())
}

fn standing(one: &AlgorithmRow) -> String {
    let mut out = format!("{} is {} since {} [{}] {}\n", one.name, one.state, one.since, one.why.code, one.why.message);
    let version = &one.version;
    let params: Vec<String> = version.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    out.push_str(&format!(
        "  {} {} · {} % of {} equity · {} orders · version {} of {}\n",
        made_of(version),
        params.join(" "),
        version.capital_pct,
        one.book,
        version.orders,
        version.version,
        one.versions,
    ));
    let share = one.exposure_pct.map_or_else(String::new, |share| format!(" ({share} %)"));
    out.push_str(&format!(
        "  capital {} · in use {}{share} · realised {} · unrealised {} · fees {}\n",
        aud_or_dash(one.capital),
        aud_or_dash(one.exposure),
        aud(one.realised),
        aud_or_dash(one.unrealised),
        aud(one.fees),
    ));
    for held in &one.holdings {
        out.push_str(&format!("  holds {} {}\n", held.quantity, held.coin));
    }
    let beat = &one.heartbeat;
    out.push_str(&format!("  looked at {} · newest candle {}\n", or_dash(beat.seen), or_dash(beat.candle)));
    if let Some(note) = &beat.note {
        out.push_str(&format!("  [{}] {}\n", note.code, note.message));
    }
    out
}

pub fn algorithm(detail: &AlgorithmDetail) -> String {
    let mut out = standing(&detail.algorithm);
    for version in &detail.versions {
        out.push_str(&format!("  version {} {}: {}\n", version.version, version.at, made_of(version)));
    }
    for signal in &detail.signals {
        out.push_str(&format!("  {}\n", last_said(signal)));
    }
    out.trim_end().to_owned()
}

pub fn algorithm_moved(moved: &AlgorithmMove) -> String {
    let mut out = standing(&moved.algorithm);
    for order in &moved.cancelled {
        out.push_str(&format!("  taken back: {}\n", super::order(order)));
    }
    for order in &moved.closing {
        out.push_str(&format!("  {}\n", super::order(order)));
    }
    for words in &moved.failed {
        out.push_str(&format!("  {words}\n"));
    }
    out.trim_end().to_owned()
}
