//! Limits, the kill switch, and one writer at a time.

use crate::support::{Desk, START_MS, finish};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;

const BTC: &[(&str, &str, &str, &str)] = &[("btc", "99000", "100000", "99500")];

fn rest(desk: &Desk) -> String {
    let placed = desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--limit", "90000", "--book", "paper"]).ok();
    assert_eq!(placed["state"], "open");
    placed["id"].as_str().unwrap().to_owned()
}

fn state(desk: &Desk, id: &str) -> Value {
    let orders = desk.run(&["orders"]).ok();
    crate::support::row(&orders["orders"], "id", id)["state"].clone()
}

fn buy(desk: &Desk) -> crate::support::Ran {
    desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper"])
}

#[test]
fn limits_have_their_defaults_change_by_fact_and_all_or_nothing() {
    let desk = Desk::offline();
    let limits = desk.run(&["limits"]).ok();
    assert_eq!(
        (&limits["paper"]["max_order_aud"], &limits["paper"]["max_day_aud"]),
        (&json!("25000"), &json!("100000"))
    );
    assert_eq!((&limits["live"]["max_order_aud"], &limits["live"]["max_day_aud"]), (&json!("100"), &json!("500")));
    for book in ["paper", "live"] {
        assert_eq!(limits[book]["max_orders_per_minute"], "10");
        assert_eq!(limits[book]["price_collar_pct"], "3");
        assert_eq!(limits[book]["max_spread_pct"], "2");
        assert_eq!(limits[book]["max_price_age_s"], "60");
    }
    let set = desk.run(&["limits", "set", "max_order_aud=500", "max_spread_pct=1.5"]).ok();
    assert_eq!((&set["paper"]["max_order_aud"], &set["paper"]["max_spread_pct"]), (&json!("500"), &json!("1.5")));
    assert_eq!(set["live"], limits["live"]);
    let head = desk.head();
    desk.run(&["limits", "set", "max_order_aud=1", "max_yachts=2"]).usage("limit_name_unknown");
    desk.run(&["limits", "set", "max_order_aud=1", "max_spread_pct=wide"]).usage("limit_value_bad");
    assert_eq!(desk.head(), head, "all of the changes or none");
    assert_eq!(desk.run(&["limits"]).ok(), set, "they hold after a restart");
}

#[test]
fn kill_without_a_holder_stops_trading_at_once_and_for_good_until_a_person_opens_it() {
    let desk = Desk::trading(BTC);
    let id = rest(&desk);
    let head = desk.head();
    let receipt = desk.run(&["kill"]).ok();
    assert_eq!(
        (&receipt["cancelled"], &receipt["unconfirmed"], &receipt["by"]),
        (&json!([id]), &json!([]), &json!("self"))
    );
    assert!(receipt["pulled_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(desk.head(), head, "kill itself never writes the journal");
    buy(&desk).denied("killed");
    assert_eq!(state(&desk, &id), "cancelled", "the next start recorded what the receipt says");
    assert!(desk.head().0 > head.0);
    desk.world().say_with_books(&[("btc", "80000", "81000", "80500")], "[]", r#"[{"amount":"5","rate":"81000"}]"#);
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    assert_eq!(desk.run(&["history", "--book", "paper"]).ok()["trades"], json!([]), "nothing fills while it is pulled");

    let again = desk.run(&["kill"]).ok();
    assert_eq!(again["pulled_at"], receipt["pulled_at"], "pulled is pulled since the first time");
    let open = desk.run(&["unkill"]).ok();
    assert_eq!((&open["pulled"], &open["since"]), (&json!(false), &Value::Null));
    assert_eq!(buy(&desk).ok()["state"], "filled");
    assert_eq!(desk.run(&["unkill"]).ok()["pulled"], false, "opening what is open is no error");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn kill_works_where_there_is_no_workspace_and_there_is_nothing_to_liquidate() {
    let desk = Desk::offline();
    let receipt = desk.run(&["kill"]).ok();
    assert_eq!((&receipt["cancelled"], &receipt["unconfirmed"]), (&json!([]), &json!([])));
    assert!(desk.home().join("kill.latch").exists());
    desk.run(&["order", "buy", "btc", "--quantity", "1", "--book", "paper"]).denied("killed");
    desk.run(&["unkill"]).ok();
    let receipt = desk.run(&["kill", "--liquidate"]).ok();
    assert_eq!((&receipt["liquidation"]["sold"], &receipt["liquidation"]["remaining"]), (&json!([]), &json!([])));
    desk.run(&["order", "buy", "btc", "--quantity", "1", "--book", "paper"]).denied("killed");
}

#[test]
fn a_damaged_or_unreadable_latch_counts_as_pulled() {
    let desk = Desk::trading(BTC);
    let latch = desk.home().join("kill.latch");
    std::fs::write(&latch, b"\xff\x00nonsense").unwrap();
    buy(&desk).denied("killed");
    std::fs::write(&latch, b"").unwrap();
    buy(&desk).denied("killed");
    std::fs::remove_file(&latch).unwrap();
    std::os::unix::fs::symlink("/nowhere/at/all", &latch).unwrap();
    buy(&desk).denied("killed");
    std::fs::remove_file(&latch).unwrap();
    std::fs::create_dir(&latch).unwrap();
    buy(&desk).denied("killed");
    std::fs::remove_dir(&latch).unwrap();
    assert_eq!(buy(&desk).ok()["state"], "filled");
}

#[test]
fn a_damaged_receipt_hides_no_order_that_rests() {
    let desk = Desk::trading(BTC);
    let id = rest(&desk);
    desk.run(&["kill"]).ok();
    for receipt in std::fs::read_dir(desk.home().join("kill-receipts")).unwrap() {
        std::fs::write(receipt.unwrap().path(), "{").unwrap();
    }
    buy(&desk).denied("killed");
    assert_eq!(state(&desk, &id), "cancelled");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn while_omc_run_holds_the_workspace_reading_works_writing_waits_and_kill_is_answered_by_it() {
    let desk = Desk::trading(BTC);
    let id = rest(&desk);
    let holder = desk.holder();
    for words in [&["paper", "reset", "--cash", "1"][..], &["collect", "--once"]] {
        desk.run(words).refused("workspace_in_use");
    }
    let second = finish(desk.command().args(["--json", "run"]).spawn().unwrap());
    second.refused("workspace_in_use");
    for words in [
        &["history"][..],
        &["positions"],
        &["pnl"],
        &["orders"],
        &["limits"],
        &["prices"],
        &["sources"],
        &["verify"],
        &["doctor"],
        &["candles", "--coin", "btc", "--interval", "1m"],
    ] {
        desk.run(words).ok();
    }
    let copy = desk.path("copy.db");
    desk.run(&["backup", copy.to_str().unwrap()]).ok();
    assert_eq!(state(&desk, &id), "open");
    let receipt = desk.run(&["kill"]).ok();
    assert_eq!((&receipt["by"], &receipt["cancelled"]), (&json!("holder"), &json!([id])));
    assert_eq!(state(&desk, &id), "cancelled", "recorded by the holder, at once");
    assert_eq!(holder.stop(), Some(0));
    buy(&desk).denied("killed");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn what_the_holder_is_asked_over_its_socket_it_does_and_answers_as_if_asked_alone() {
    let desk = Desk::trading(BTC);
    let held = rest(&desk);
    let holder = desk.holder();
    assert_eq!(desk.run(&["limits", "set", "max_order_aud=2000"]).ok()["paper"]["max_order_aud"], "2000");
    buy(&desk).ok();
    let dear = desk.run(&["order", "buy", "btc", "--quantity", "1", "--book", "paper"]);
    dear.denied("max_order_aud");
    desk.run(&["order", "buy", "btc", "--quantity", "x", "--book", "paper"]).usage("bad_amount");
    desk.run(&["cancel", "00000000000000000000000000000000"]).refused("order_not_found");
    let cancelled = desk.run(&["cancel", &held]).ok();
    assert_eq!((&cancelled["id"], &cancelled["state"]), (&json!(held), &json!("cancelled")));
    assert_eq!(desk.run(&["cancel", "--all"]).ok()["orders"], json!([]));
    for odd in ["{}\n", "{\"do\":\"order\"}\n", "nonsense\n", "{\"do\":\"exec\",\"command\":\"id\"}\n"] {
        let mut stream = std::os::unix::net::UnixStream::connect(desk.home().join("omc.sock")).unwrap();
        stream.write_all(odd.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let reply: Value = serde_json::from_str(&reply).unwrap();
        assert_eq!(reply["refused"]["code"], "bad_request", "{odd}");
    }
    let mode = std::fs::metadata(desk.home().join("omc.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "nobody else may ask");
    assert_eq!(holder.stop(), Some(0));
}

#[test]
fn a_kill_is_answered_while_others_keep_the_socket_busy() {
    let desk = Desk::trading(BTC);
    let id = rest(&desk);
    let holder = desk.holder();
    let path = desk.home().join("omc.sock");
    let _idle: Vec<_> = (0..40).map(|_| std::os::unix::net::UnixStream::connect(&path).unwrap()).collect();
    let receipt = desk.run(&["kill"]).ok();
    assert_eq!((&receipt["by"], &receipt["cancelled"]), (&json!("holder"), &json!([id])));
    drop(holder);
}

#[test]
fn kill_after_the_holder_died_acts_by_itself() {
    let desk = Desk::trading(BTC);
    let id = rest(&desk);
    desk.holder().kill_9();
    assert!(desk.home().join("omc.sock").exists(), "a dead socket is left behind");
    let receipt = desk.run(&["kill"]).ok();
    assert_eq!((&receipt["by"], &receipt["cancelled"]), (&json!("self"), &json!([id])));
    let holder = desk.holder();
    crate::support::until("the next start records it", || state(&desk, &id) == "cancelled");
    assert_eq!(holder.stop(), Some(0));
    let text = desk.say(&["doctor"]);
    assert!(text.stdout.contains("unkill"), "doctor says how to open it: {text:?}");
}

#[test]
fn a_holder_that_hangs_does_not_keep_kill_waiting() {
    let desk = Desk::trading(BTC);
    let id = rest(&desk);
    let listener = std::os::unix::net::UnixListener::bind(desk.home().join("omc.sock")).unwrap();
    let started = std::time::Instant::now();
    let receipt = desk.run(&["kill"]).ok();
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
    assert_eq!((&receipt["by"], &receipt["cancelled"]), (&json!("self"), &json!([id])));
    drop(listener);
}

#[test]
fn omc_run_collects_and_tells_what_happens_as_json_lines() {
    let desk = Desk::online();
    let timed = finish(desk.command().args(["--json", "run", "--seconds", "0"]).spawn().unwrap());
    assert_eq!((timed.code, timed.stderr.as_str()), (0, ""), "{timed:?}");
    let mut run = desk.command().args(["--json", "run"]).spawn().unwrap();
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let prices = events.find(|event| event["type"] == "prices").expect("omc run ended by itself");
    crate::support::row(&prices["prices"], "coin", "BTC");
    drop(events);
    let ran = finish(run);
    assert_eq!(ran.code, 0, "it ends when nobody reads it: {ran:?}");
    let prices = desk.run(&["prices"]).ok();
    let btc = crate::support::row(&prices["prices"], "coin", "BTC");
    let known = desk.world().staging.world().at(START_MS).quote("BTC").unwrap();
    assert_eq!(crate::support::exact(&btc["ask"]), known.ask.unwrap());
}
