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
fn a_script_is_examined_as_the_same_rule_built_in_is() {
    let desk = with_candles();
    let source = r#"
PARAMS = {"fast": 10, "slow": 30}
WARM_UP = 13
def inputs(p):
    return {"fast": "sma(%d)" % p["fast"], "slow": "sma(%d)" % p["slow"]}
def on_candle(now, state, p):
    before = state.get("above")
    above = before if now.fast == now.slow else now.fast > now.slow
    state["above"] = above
    if before == False and above and not now.held:
        return buy(reason = "crossed")
    if above == False and now.held:
        return close(reason = "below")
"#;
    let file = desk.write("cross.star", source);
    let mut words: Vec<&str> = ASKED.iter().map(|word| if *word == "slow=8,12" { "slow=12" } else { word }).collect();
    words.extend(["--tests", "2", "--keep-choices", "--stress", "slippage_bps=0,30"]);
    let built = desk.run(&words).ok();
    words[2] = &file;
    let script = desk.run(&words).ok();
    for name in ["controls", "stress", "regimes"] {
        assert_eq!(script[name], built[name], "{name}");
    }
    for (place, test) in built["out_of_sample"]["tests"].as_array().unwrap().iter().enumerate() {
        let scripts = &script["out_of_sample"]["tests"][place];
        assert_eq!(scripts["out_of_sample"], test["out_of_sample"]);
        assert_eq!(scripts["params"]["fast"], test["params"]["fast"]);
        assert!(scripts["params"]["source"].as_str().unwrap().starts_with("sha256 "), "{scripts}");
    }
    let last = built["stress"].as_array().unwrap().last().unwrap();
    assert_eq!(last["name"], json!("slippage_bps 30"));
    assert!(built["notes"].to_string().contains("keep the choices"), "{}", built["notes"]);
    assert_eq!(built["controls"][0]["chosen_anew"], json!(false));
    words[2] = "sma_cross";
    words.extend(["--grid", "fee_bps=0,10"]);
    desk.run(&words).usage("bad_axis");
}

#[test]
fn the_report_of_an_examination_begins_with_its_verdict_and_has_out_of_sample_first() {
    let desk = with_candles();
    let file = desk.path("report.html").to_string_lossy().into_owned();
    let words: Vec<&str> = ASKED.iter().copied().chain(["--report", &file]).collect();
    let view = desk.run(&words).ok();
    let html = std::fs::read_to_string(&file).unwrap();
    let place = |words: &str| html.find(words).unwrap_or_else(|| panic!("{words} is not in it"));
    let verdict = view["verdict"].as_str().unwrap().replace('_', " ");
    let words = view["words"].as_str().unwrap().split('\'').next().unwrap();
    let order = [&*verdict, words, "<h2>Out of sample</h2>", "<h2>Controls</h2>", "<h2>In sample</h2>"];
    assert!(order.windows(2).all(|two| place(two[0]) < place(two[1])), "{order:?}");
    let p = view["controls"][0]["p"].as_str().unwrap();
    assert!(html.contains(&format!(">{p}<")), "every number is in it: {p}");
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
