//! The kill switch as real processes meet it: a holder that is stopped, a killer that is killed, and selling what is held.

use crate::support::{Desk, row, until};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};

const PRICES: &[(&str, &str, &str, &str)] = &[("btc", "99000", "100000", "99500"), ("eth", "4950", "5000", "4980")];

fn order(desk: &Desk, words: &[&str]) -> Value {
    let mut all = vec!["order"];
    all.extend(words);
    all.extend(["--book", "paper"]);
    desk.run(&all).ok()
}

fn rest(desk: &Desk) -> String {
    let placed = order(desk, &["buy", "btc", "--quantity", "0.01", "--limit", "90000"]);
    placed["id"].as_str().unwrap().to_owned()
}

fn state(desk: &Desk, id: &str) -> Value {
    row(&desk.run(&["orders"]).ok()["orders"], "id", id)["state"].clone()
}

fn verified(desk: &Desk) {
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn promise_16_a_holder_that_is_stopped_dead_keeps_nobody_from_killing_and_records_it_when_it_goes_on() {
    let desk = Desk::trading(PRICES);
    let id = rest(&desk);
    let holder = desk.holder();
    holder.signal("STOP");
    let started = Instant::now();
    let receipt = desk.run(&["kill"]).ok();
    let took = started.elapsed();
    holder.signal("CONT");
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert_eq!((&receipt["by"], &receipt["cancelled"]), (&json!("self"), &json!([id])));
    until("the holder takes the receipt up", || state(&desk, &id) == "cancelled");
    assert_eq!(holder.stop(), Some(0));
    verified(&desk);
}

#[test]
fn a_killer_that_is_killed_half_way_leaves_the_switch_pulled_and_the_next_start_goes_on() {
    let desk = Desk::trading(PRICES);
    let id = rest(&desk);
    let holder = desk.holder();
    holder.signal("STOP");
    let mut killer = desk.command().args(["--json", "kill"]).stdout(Stdio::null()).spawn().unwrap();
    until("the latch is set", || desk.home().join("kill.latch").exists());
    killer.kill().unwrap();
    killer.wait().unwrap();
    holder.kill_9();
    order_denied(&desk);
    assert_eq!(state(&desk, &id), "cancelled");
    verified(&desk);
}

fn order_denied(desk: &Desk) {
    desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper"]).denied("killed");
}

#[test]
fn liquidation_sells_what_is_held_on_paper_past_the_switch_and_nothing_else_gets_past() {
    let desk = Desk::trading(PRICES);
    order(&desk, &["buy", "btc", "--quantity", "0.02"]);
    order(&desk, &["buy", "eth", "--quantity", "1.5"]);
    let resting = rest(&desk);
    let receipt = desk.run(&["kill", "--liquidate", "--book", "paper"]).ok();
    assert_eq!(receipt["cancelled"], json!([resting]));
    let sale = &receipt["liquidation"];
    assert_eq!((&sale["refused"], &sale["remaining"]), (&Value::Null, &json!([])), "{receipt}");
    assert_eq!(
        (&row(&sale["sold"], "coin", "BTC")["quantity"], &row(&sale["sold"], "coin", "ETH")["quantity"]),
        (&json!("0.02"), &json!("1.5"))
    );
    assert_eq!(desk.run(&["positions", "--book", "paper"]).ok()["positions"], json!([]));
    order_denied(&desk);
    desk.run(&["order", "sell", "btc", "--quantity", "0.01", "--book", "paper"]).denied("killed");
    let receipts = std::fs::read_dir(desk.home().join("kill-receipts")).unwrap().count();
    assert!(receipts >= 2, "one for the cancels, one for the sale");
    verified(&desk);
}

#[test]
fn liquidation_is_done_by_the_holder_and_lists_what_could_not_be_sold() {
    let desk = Desk::trading(PRICES);
    order(&desk, &["buy", "btc", "--quantity", "0.02"]);
    order(&desk, &["buy", "eth", "--quantity", "1.5"]);
    desk.world().say(&[("btc", "99000", "100000", "99500"), ("eth", "2000", "5000", "4980")]);
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    let holder = desk.holder();
    let ran = desk.run(&["kill", "--liquidate"]);
    let receipt = ran.json();
    let sale = &receipt["liquidation"];
    assert_eq!(row(&sale["sold"], "coin", "BTC")["quantity"], "0.02", "{ran:?}");
    let left = row(&sale["remaining"], "coin", "ETH");
    assert_eq!((ran.code, &left["code"], &left["quantity"]), (1, &json!("spread_too_wide"), &json!("1.5")));
    assert_eq!(holder.stop(), Some(0));
    verified(&desk);
}
