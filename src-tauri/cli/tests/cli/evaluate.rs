//! `omc evaluate`: out of sample first, the trials it leaves in the journal, errors by name.

use crate::support::Desk;
use serde_json::json;

const ASKED: [&str; 15] = [
    "evaluate",
    "--strategy",
    "sma_cross",
    "--coin",
    "BTC",
    "--interval",
    "1h",
    "--grid",
    "fast=2,3",
    "--grid",
    "slow=8,12",
    "--controls",
    "19",
    "--draws",
    "100",
];

/// Three hundred hours that swing around a price.
fn with_candles() -> Desk {
    let desk = Desk::offline();
    let close = |hour: i64| 50_000 + (hour % 37 - 18).abs() * 150 + (hour * 7_919) % 211;
    let line = |hour: i64| {
        let (open, close) = (close(hour - 1), close(hour));
        let ms = 1_719_792_000_000 + hour * 3_600_000;
        format!("{ms},{open},{},{},{close},7\n", open.max(close), open.min(close))
    };
    let rows: String = (1..=300).map(line).collect();
    let file = desk.write("btc.csv", format!("ts_ms,open,high,low,close,volume\n{rows}"));
    desk.run(&["candles", "import", &file, "--coin", "BTC", "--interval", "1h"]).ok();
    desk
}

#[test]
fn an_examination_tells_out_of_sample_first_and_the_same_twice() {
    let desk = with_candles();
    let first = desk.run(&ASKED);
    let view = desk.run(&ASKED).ok();
    assert_eq!(first.ok(), view, "asked again its own trials are not held against it");
    assert_eq!((&view["points"], &view["in_sample"]["deflated"]["trials"]), (&json!(4), &json!(4)));
    assert_eq!(view["leaks"]["checks"].as_array().map(Vec::len), Some(4));
    assert!(
        ["holds_up", "unproven", "overfitted", "loses"].iter().any(|verdict| view["verdict"] == *verdict),
        "{view}"
    );
    let said = desk.say(&ASKED).stdout;
    let (outside, inside) = (said.find("Out of sample"), said.find("In sample"));
    assert!(outside.is_some() && outside < inside, "{said}");
    let other: Vec<&str> = ASKED.iter().map(|word| if *word == "fast=2,3" { "fast=4" } else { word }).collect();
    let view = desk.run(&other).ok();
    assert_eq!(view["in_sample"]["deflated"]["earlier_trials"], json!(4));
}

#[test]
fn what_can_not_be_examined_is_said() {
    let desk = with_candles();
    let with = |more: &[&str]| desk.run(&ASKED.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>());
    with(&["--grid", "speed=1..3"]).usage("unknown_parameter");
    with(&["--execution", "close"]).usage("bad_execution");
    with(&["--tests", "1"]).usage("bad_setting");
    with(&["--from", "2024-07-10"]).refused("too_little_data");
}
