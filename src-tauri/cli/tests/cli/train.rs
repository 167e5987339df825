//! `omc train` and `omc models`: recorded prices, told out of sample first, the same bytes twice, errors by name.

use crate::support::{Desk, recorded};
use serde_json::{Value, json};

const ASKED: [&str; 21] = [
    "train",
    "--model",
    "logistic",
    "--coin",
    "BTC",
    "--interval",
    "1h",
    "--from",
    "2022-01-01",
    "--to",
    "2022-05-01",
    "--features",
    "return_1,return_6,return_24,rsi_14,zscore_48",
    "--folds",
    "3",
    "--controls",
    "2",
    "--horizon",
    "6",
    "--fee-bps",
    "10",
];

#[test]
fn recorded_prices_are_learned_from_and_what_came_of_it_is_told_out_of_sample_first() {
    let Some(file) = recorded("market/binance_1h/BTC_USDT-1h.csv.gz") else { return };
    let desk = Desk::offline();
    desk.run(&["candles", "import", file.to_str().unwrap(), "--coin", "BTC", "--interval", "1h"]).ok();
    let first = desk.run(&ASKED).ok();
    let verdicts = ["no_edge", "unproven", "edge"];
    assert!(verdicts.iter().any(|verdict| first["verdict"] == *verdict), "{}", first["verdict"]);
    assert_eq!(first["control"]["clean"], json!(true), "{}", first["control"]);
    let out = &first["out_of_sample"];
    let auc = out["measures"]["roc_auc"]["value"].as_f64().unwrap();
    assert!((0.4..0.65).contains(&auc), "hours of Bitcoin are no open book: {auc}");
    assert_eq!(out["tests"].as_array().map(Vec::len), Some(3));
    assert!(out["trading"]["all"]["trades"].is_u64() && out["baselines"][0]["measures"]["accuracy"].is_object());
    assert_eq!(desk.run(&ASKED).ok(), first, "the same candles, settings and seed");
    let models = desk.run(&["models"]).ok();
    assert_eq!(models["models"].as_array().map(Vec::len), Some(1));
    let id = first["model"]["id"].as_str().unwrap();
    assert_eq!(models["models"][0]["id"], json!(id));
    let said = desk.say(&ASKED).stdout;
    let (outside, inside) = (said.find("Out of sample"), said.find("Where it was trained"));
    assert!(outside.is_some() && outside < inside, "{said}");
    used(&desk, id);
}

/// The model as a strategy, and what it says.
fn used(desk: &Desk, id: &str) {
    let told = desk.run(&["models", "explain", &id[..8], "--at", "2022-06-01T00:30:00Z"]).ok();
    assert_eq!((&told["known_at"], &told["trained_on"]), (&json!("2022-06-01T00:00:00Z"), &json!(false)));
    let added: f64 = told["contributions"].as_array().unwrap().iter().map(|one| one["added"].as_f64().unwrap()).sum();
    let sum = told["base"].as_f64().unwrap() + added;
    assert!((sum - told["score"].as_f64().unwrap()).abs() < 1e-9, "{told}");
    let name = format!("model:{}", &id[..8]);
    let trade = |more: &[&str]| {
        let words = ["--strategy", &name, "--coin", "BTC", "--interval", "1h", "--to", "2022-07-01"];
        let words: Vec<&str> = more.iter().copied().chain(words).collect();
        desk.run(&words)
    };
    let later = ["--from", "2022-05-03"];
    let run = trade(&[&["backtest"][..], &later].concat()).ok();
    assert_eq!((&run["strategy"], &run["params"]["model"]), (&json!("model"), &json!(id)));
    assert!(!run["notes"].to_string().contains("learned from"), "{}", run["notes"]);
    trade(&["evaluate", "--from", "2022-03-01"]).refused("model_saw_this");
    let grid = ["sweep", "--grid", "enter=0.5,0.55", "--grid", "fee_bps=0,10"];
    let swept = trade(&[&grid[..], &later].concat()).ok();
    assert_eq!(swept["ran"], json!(4), "{}", swept["left"]);
    let add =
        ["algorithm", "add", "mine", "--strategy", &name, "--coins", "BTC", "--interval", "1h", "--capital", "10"];
    let made: Value = desk.run(&add).ok();
    assert_eq!(made["versions"][0]["params"]["model"], json!(id));
    desk.run(&["models", "remove", &id[..8]]).refused("model_in_use");
}

#[test]
fn what_can_not_be_learned_or_found_is_said() {
    let desk = Desk::offline();
    let with = |more: &[&str]| desk.run(&ASKED.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>());
    with(&[]).refused("no_candles");
    with(&["--set", "depth=3"]).usage("bad_setting");
    with(&["--label", "luck"]).usage("unknown_label");
    desk.run(&["models", "show", "0123456789"]).usage("model_unknown");
    assert_eq!(desk.run(&["models"]).ok()["models"], json!([]));
}
