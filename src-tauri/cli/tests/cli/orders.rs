//! Paper orders from the command line: sized, filled, resting, cancelled, refused; the wallet is exact and survives.

use crate::support::{Desk, exact, names, row};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn order(desk: &Desk, words: &str) -> crate::support::Ran {
    let words: Vec<&str> = ["order"].into_iter().chain(words.split(' ')).chain(["--book", "paper"]).collect();
    desk.run(&words)
}

/// Cash of the paper wallet: what it began with and every trade since, by the books of the program.
fn cash(desk: &Desk) -> Decimal {
    let trades = desk.run(&["history", "--book", "paper"]).ok();
    trades["trades"].as_array().unwrap().iter().fold(decimal("100000"), |cash, trade| {
        let value = exact(&trade["price"]) * exact(&trade["quantity"]);
        let signed = if trade["side"] == "buy" { -value } else { value };
        cash + signed - exact(&trade["fee"])
    })
}

#[test]
fn an_instant_order_fills_at_the_ask_or_bid_with_one_percent_exactly() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    let bought = order(&desk, "buy btc --quantity 0.1 --instant").ok();
    let mut shape = vec![
        "id",
        "coin",
        "side",
        "book",
        "quantity",
        "limit",
        "state",
        "filled",
        "fills",
        "venue_order_id",
        "approval_id",
        "reason",
    ];
    shape.sort_unstable();
    let shown = names(&bought);
    assert!(shape.iter().all(|name| shown.contains(name)), "{shown:?}");
    assert_eq!(
        (&bought["state"], &bought["filled"], &bought["limit"]),
        (&json!("filled"), &json!("0.1"), &Value::Null)
    );
    assert_eq!((&bought["coin"], &bought["book"], &bought["reason"]), (&json!("BTC"), &json!("paper"), &Value::Null));
    let fill = &bought["fills"][0];
    assert_eq!((exact(&fill["price"]), exact(&fill["fee"])), (decimal("100000"), decimal("100")));
    assert_eq!((&fill["venue"], &fill["order_id"], &fill["book"]), (&json!("paper"), &bought["id"], &json!("paper")));
    let sold = order(&desk, "sell BTC --quantity 0.1").ok();
    assert_eq!((exact(&sold["fills"][0]["price"]), exact(&sold["fills"][0]["fee"])), (decimal("99000"), decimal("99")));
    assert_eq!(cash(&desk), decimal("99701"), "100000 - 10000 - 100 + 9900 - 99");
    let pnl = desk.run(&["pnl", "--book", "paper"]).ok();
    assert_eq!((exact(&pnl["realised"]), exact(&pnl["fees"])), (decimal("-299"), decimal("199")));
    assert_eq!(desk.run(&["pnl"]).ok()["realised"], "0", "paper money is not in the live book");
    assert_eq!(desk.run(&["history"]).ok()["trades"], json!([]));
}

#[test]
fn an_order_by_aud_never_costs_more_nor_brings_more_than_was_said() {
    let desk = Desk::trading(&[("btc", "98765.43", "99999.99", "99000"), ("doge", "0.2365", "0.2399", "0.237")]);
    desk.run(&["limits", "set", "max_coin_pct=100"]).ok();
    for (coin, aud) in [("btc", "1000"), ("btc", "0.05"), ("doge", "333.33"), ("doge", "24999.99")] {
        let bought = order(&desk, &format!("buy {coin} --aud {aud}")).ok();
        let fill = &bought["fills"][0];
        let total = exact(&fill["price"]) * exact(&fill["quantity"]) + exact(&fill["fee"]);
        let (aud, step) = (decimal(aud), exact(&fill["price"]) * decimal("0.0000000102"));
        assert!(total <= aud && aud - total <= step, "{coin}: {total} of {aud}");
        assert!(exact(&bought["quantity"]).scale() <= 8);
    }
    let sold = order(&desk, "sell doge --aud 100").ok();
    let fill = &sold["fills"][0];
    let brought = exact(&fill["price"]) * exact(&fill["quantity"]) - exact(&fill["fee"]);
    assert!((brought - decimal("100")).abs() < decimal("0.00000001"), "fees included: {brought}");
    let limit = order(&desk, "buy btc --aud 500 --limit 90000").ok();
    let worst = exact(&limit["quantity"]) * decimal("90000") * decimal("1.001");
    assert!(worst <= decimal("500") && worst > decimal("499.99"), "{worst}");
}

#[test]
fn a_limit_order_takes_the_depth_level_by_level_and_the_rest_rests() {
    let desk = Desk::trading(&[]);
    desk.run(&["limits", "set", "max_coin_pct=100"]).ok();
    let sells =
        r#"[{"amount":"0.1","rate":"100000"},{"amount":"0.05","rate":"100100"},{"amount":"5","rate":"100300"}]"#;
    desk.world().say_with_books(&[("btc", "99000", "100000", "99500")], "[]", sells);
    let placed = order(&desk, "buy btc --quantity 0.2 --limit 100200").ok();
    assert_eq!((&placed["state"], &placed["filled"]), (&json!("partially_filled"), &json!("0.15")));
    let fills: Vec<(Decimal, Decimal, Decimal)> = placed["fills"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fill| (exact(&fill["quantity"]), exact(&fill["price"]), exact(&fill["fee"])))
        .collect();
    let expected = [("0.1", "100000", "10"), ("0.05", "100100", "5.005")];
    assert_eq!(fills, expected.map(|(q, p, f)| (decimal(q), decimal(p), decimal(f))), "0.1 % on the book");
    assert!(placed["reason"].as_str().unwrap().contains("used up"), "{placed}");

    // The same level is not sold twice; when its amount changes it is a new one.
    desk.world().say_with_books(
        &[("btc", "99001", "100000", "99500")],
        "[]",
        r#"[{"amount":"0.02","rate":"100000"},{"amount":"9","rate":"100300"}]"#,
    );
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    let orders = desk.run(&["orders"]).ok();
    let now = row(&orders["orders"], "id", placed["id"].as_str().unwrap());
    assert_eq!((&now["state"], &now["filled"]), (&json!("partially_filled"), &json!("0.17")));
    assert_eq!(exact(&now["fills"][2]["price"]), decimal("100200"), "a resting order trades at its own limit");

    let id = placed["id"].as_str().unwrap();
    let cancelled = desk.run(&["cancel", id]).ok();
    assert_eq!((&cancelled["state"], &cancelled["filled"]), (&json!("cancelled"), &json!("0.17")));
    assert_eq!(cancelled["fills"].as_array().unwrap().len(), 3, "what was filled stays filled");
    desk.run(&["cancel", id]).refused("order_final");
    assert_eq!(desk.run(&["positions", "--book", "paper"]).ok()["positions"][0]["quantity"], "0.17");
}

#[test]
fn a_resting_order_fills_when_the_market_comes_to_it() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    let buy = order(&desk, "buy btc --quantity 0.1 --limit 98000").ok();
    assert_eq!((&buy["state"], &buy["filled"]), (&json!("open"), &json!("0")));
    assert!(buy["reason"].as_str().unwrap().contains("not reached"), "{buy}");
    desk.world().say(&[("btc", "98000", "98500", "98200")]);
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    assert_eq!(desk.run(&["orders"]).ok()["orders"][0]["state"], "open");
    desk.world().say_with_books(&[("btc", "97000", "97500", "97500")], "[]", r#"[{"amount":"1","rate":"97500"}]"#);
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    let orders = desk.run(&["orders"]).ok();
    let filled = &orders["orders"][0];
    assert_eq!((&filled["state"], &filled["reason"]), (&json!("filled"), &Value::Null));
    assert_eq!(exact(&filled["fills"][0]["price"]), decimal("98000"));
    assert_eq!(exact(&filled["fills"][0]["fee"]), decimal("9.8"));

    let sell = order(&desk, "sell btc --quantity 0.1 --limit 99000").ok();
    assert_eq!(sell["state"], "open");
    order(&desk, "sell btc --quantity 0.0001 --instant").denied("insufficient_coins");
    desk.world().say_with_books(&[("btc", "99100", "99200", "99100")], r#"[{"amount":"1","rate":"99100"}]"#, "[]");
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    assert_eq!(desk.run(&["orders"]).ok()["orders"][1]["state"], "filled");
    let pnl = desk.run(&["pnl", "--book", "paper"]).ok();
    assert_eq!(exact(&pnl["realised"]), decimal("100") - decimal("9.8") - decimal("9.9"));
    assert_eq!(desk.run(&["positions", "--book", "paper"]).ok()["positions"], json!([]));
}

#[test]
fn a_resting_order_fills_while_omc_run_collects_and_is_told() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    let id = order(&desk, "buy btc --quantity 0.1 --limit 98000").ok()["id"].clone();
    desk.world().say_with_books(&[("btc", "97000", "97500", "97500")], "[]", r#"[{"amount":"1","rate":"97500"}]"#);
    let mut run = desk.command().args(["--json", "run"]).spawn().unwrap();
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut events = lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let trade = events.find(|event| event["type"] == "trade").expect("omc run ended by itself");
    assert_eq!((&trade["trade"]["order_id"], &trade["trade"]["price"]), (&id, &json!("98000")));
    let told = events.find(|event| event["type"] == "order").expect("omc run ended by itself");
    assert_eq!((&told["order"]["id"], &told["order"]["state"]), (&id, &json!("filled")));
    assert_eq!(desk.run(&["orders"]).ok()["orders"][0]["state"], "filled", "and is on record while it runs");
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn cash_of_resting_orders_is_set_aside_across_restarts_until_they_are_cancelled() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    desk.run(&["limits", "set", "max_order_aud=100000", "max_day_aud=1000000", "max_coin_pct=100"]).ok();
    let resting = order(&desk, "buy btc --quantity 1 --limit 95000").ok();
    assert_eq!(resting["state"], "open");
    order(&desk, "buy btc --quantity 0.05").denied("insufficient_funds");
    let small = order(&desk, "buy btc --quantity 0.01 --limit 90000").ok();
    let all = desk.run(&["cancel", "--all"]).ok();
    let ids: Vec<&Value> = all["orders"].as_array().unwrap().iter().map(|order| &order["id"]).collect();
    assert_eq!(ids, [&resting["id"], &small["id"]]);
    assert!(all["orders"].as_array().unwrap().iter().all(|order| order["state"] == "cancelled"));
    assert_eq!(desk.run(&["cancel", "--all"]).ok(), json!({"orders": []}));
    assert_eq!(order(&desk, "buy btc --quantity 0.95").ok()["state"], "filled");
    desk.run(&["cancel", "00000000000000000000000000000000"]).refused("order_not_found");
    let orders = desk.run(&["orders"]).ok();
    let states: Vec<&str> =
        orders["orders"].as_array().unwrap().iter().map(|order| order["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["cancelled", "denied", "cancelled", "filled"], "all, newest last");
    assert_eq!(desk.run(&["orders", "--limit", "1"]).ok()["orders"][0]["state"], "filled");
}

#[test]
fn every_refusal_has_its_code_and_changes_no_money() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500"), ("eth", "4000", "5000", "4500")]);
    desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "live"]).denied("key_missing");
    order(&desk, "buy nosuchcoin --quantity 1").denied("coin_unknown");
    order(&desk, "buy eth --quantity 1").denied("spread_too_wide");
    order(&desk, "sell btc --quantity 1").denied("insufficient_coins");
    order(&desk, "buy btc --aud 25000.01").denied("max_order_aud");
    order(&desk, "buy btc --aud 20000.01").denied("max_coin_pct");
    desk.run(&["limits", "set", "max_coin_pct=100"]).ok();
    desk.run(&["limits", "set", "price_collar_pct=3"]).ok();
    order(&desk, "buy btc --quantity 0.01 --limit 103001").denied("price_collar");
    desk.run(&["limits", "set", "max_order_aud=1000000", "max_day_aud=1000"]).ok();
    order(&desk, "buy btc --aud 1000.01").denied("max_day_aud");
    desk.run(&["limits", "set", "max_day_aud=1000000"]).ok();
    order(&desk, "buy btc --aud 100001").denied("insufficient_funds");
    desk.run(&["limits", "set", "max_orders_per_minute=0"]).ok();
    order(&desk, "buy btc --quantity 0.01").denied("too_many_orders");
    assert_eq!(desk.run(&["history", "--book", "paper"]).ok()["trades"], json!([]));
    let orders = desk.run(&["orders"]).ok();
    assert!(orders["orders"].as_array().unwrap().iter().all(|order| order["state"] == "denied"), "each is on record");
    assert_eq!(orders["orders"].as_array().unwrap().len(), 10);
}

#[test]
fn the_same_order_again_is_refused_unless_it_is_meant_or_enough_time_went_by() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    order(&desk, "buy btc --quantity 0.01").ok();
    order(&desk, "buy btc --quantity 0.01").denied("repeated_order");
    order(&desk, "buy btc --quantity 0.01 --again").ok();
    order(&desk, "buy btc --quantity 0.011").ok();
    desk.run(&["limits", "set", "repeat_window_s=0"]).ok();
    order(&desk, "buy btc --quantity 0.01").ok();
}

#[test]
fn a_coin_without_a_book_trades_instant_only() {
    let desk = Desk::online();
    desk.run(&["collect", "coinspot_prices", "coinspot_coin_list", "--once"]).ok();
    let rates = desk.world().staging.world().at(crate::support::START_MS).rates("BNB").unwrap();
    order(&desk, "buy bnb --quantity 0.1 --limit 1").denied("no_order_book");
    let bought = order(&desk, "buy bnb --quantity 0.1").ok();
    let fill = &bought["fills"][0];
    assert_eq!(exact(&fill["price"]), rates.buy.unwrap());
    let value = exact(&fill["price"]) * decimal("0.1");
    assert_eq!(exact(&fill["fee"]), value / Decimal::ONE_HUNDRED, "one percent on top of the list's rate");
}

#[test]
fn a_fresh_wallet_is_a_new_beginning_and_the_history_stays() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    order(&desk, "buy btc --quantity 0.1").ok();
    let rests = order(&desk, "buy btc --quantity 0.1 --limit 90000").ok();
    let status = desk.run(&["paper", "reset", "--cash", "5000.50"]).ok();
    assert_eq!((&status["paper"]["cash"], &status["paper"]["equity"]), (&json!("5000.5"), &json!("5000.5")));
    assert_eq!(status["paper"]["resting"], 0);
    let orders = desk.run(&["orders"]).ok();
    assert_eq!(row(&orders["orders"], "id", rests["id"].as_str().unwrap())["state"], "cancelled");
    assert_eq!(desk.run(&["positions", "--book", "paper"]).ok()["positions"], json!([]));
    assert_eq!(desk.run(&["pnl", "--book", "paper"]).ok()["realised"], "0");
    assert_eq!(desk.run(&["history", "--book", "paper"]).ok()["trades"].as_array().unwrap().len(), 1);
    desk.run(&["limits", "set", "max_coin_pct=100"]).ok();
    order(&desk, "buy btc --quantity 0.0496").denied("insufficient_funds");
    order(&desk, "sell btc --quantity 0.01").denied("insufficient_coins");
    assert_eq!(order(&desk, "buy btc --quantity 0.0495").ok()["state"], "filled");
}

#[test]
fn no_depth_no_fill_but_the_order_rests() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    let latest = r#"{"status":"ok","prices":{"btc":{"bid":"99000","ask":"100000","last":"99500"}}}"#;
    let latest = staging::Fault::Body { body: latest.into(), content_type: "application/json".into() };
    let faults = staging::Faults::none()
        .with(staging::Rule::on("/pubapi/v2/latest", latest))
        .with(staging::Rule::on("/pubapi/v2/orders/open/*", staging::Fault::BlockPage { status: 200 }));
    desk.world().staging.set_faults(faults).unwrap();
    let placed = order(&desk, "buy btc --quantity 0.1 --limit 100000").ok();
    assert_eq!((&placed["state"], &placed["filled"]), (&json!("open"), &json!("0")), "{placed}");
    assert!(placed["reason"].as_str().unwrap().contains("not known"), "{placed}");
}
