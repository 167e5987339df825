//! Prices that can't be: whatever the feed says, no order goes on them.

use crate::support::{Desk, PriceChange};
use rust_decimal::Decimal;
use serde_json::json;
use staging::{Fault, Faults, Rule};

/// A desk that knows right prices, for which from now on every BTC price is wrong in one way.
fn desk(change: PriceChange) -> Desk {
    let desk = Desk::online();
    // The collar needs some history to know what is usual.
    for _ in 0..5 {
        desk.run(&["collect", "coinspot_prices", "--once"]).ok();
        desk.world().tick();
    }
    let fault = Fault::Price { coin: Some("BTC".into()), change };
    desk.world().staging.set_faults(Faults::none().with(Rule::on("/*", fault))).unwrap();
    // Even prices a second old must not be what an order goes on.
    desk.run(&["limits", "set", "max_price_age_s=0"]).ok();
    desk.run(&["collect", "coinspot_prices", "--once"]);
    desk
}

fn refused(change: PriceChange) {
    let desk = desk(change);
    for side in ["buy", "sell"] {
        for kind in [&["--quantity", "0.001"][..], &["--quantity", "0.001", "--limit", "100000"], &["--aud", "50"]] {
            let words = [&["order", side, "btc", "--book", "paper"], kind].concat();
            let ran = desk.run(&words);
            assert_eq!(ran.code, 1, "{change:?} {words:?}: {ran:?}");
        }
    }
    let orders = desk.run(&["orders"]).ok();
    for order in orders["orders"].as_array().unwrap() {
        assert_eq!((order["state"].as_str(), &order["filled"]), (Some("denied"), &json!("0")), "{change:?}: {order}");
    }
    let wallet = desk.run(&["positions", "--book", "paper"]).ok();
    assert_eq!(wallet["positions"], json!([]), "{change:?}");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn nan() {
    refused(PriceChange::Nan);
}

#[test]
fn zero() {
    refused(PriceChange::Zero);
}

#[test]
fn below_zero() {
    refused(PriceChange::Negative);
}

#[test]
fn beyond_any_number() {
    refused(PriceChange::Overflow);
}

#[test]
fn an_empty_word() {
    refused(PriceChange::Empty);
}

#[test]
fn a_coin_that_is_not_there_any_more() {
    refused(PriceChange::Missing);
}

#[test]
fn a_hundred_times_as_much_or_crossed_is_refused_even_when_it_is_fresh() {
    for (change, codes) in [
        (PriceChange::Times100, &["price_collar", "price_stale", "price_missing"][..]),
        (PriceChange::Crossed, &["price_crossed", "price_stale", "price_missing"]),
    ] {
        let desk = desk(change);
        desk.run(&["limits", "set", "max_price_age_s=3600"]).ok();
        desk.world().tick();
        desk.run(&["collect", "coinspot_prices", "--once"]);
        let quote = desk.world().staging.world().at(desk.world().staging.now_ms()).quote("BTC").unwrap();
        let ran = desk.run(&["order", "buy", "btc", "--quantity", "0.0001", "--book", "paper"]);
        // A price that was set aside leaves the last good one, on which an order may go while it is young enough.
        if ran.code == 0 {
            let price = crate::support::exact(&ran.json()["fills"][0]["price"]);
            let right = quote.ask.unwrap();
            assert!(price > right / Decimal::TWO && price < right * Decimal::TWO, "{change:?}: {price} is not {right}");
        } else {
            let code = ran.json()["reason_code"].as_str().unwrap().to_owned();
            assert!(codes.contains(&code.as_str()), "{change:?}: {code}");
        }
    }
}

#[test]
fn amounts_that_round_are_refused_and_never_rounded_up() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    let order = |words: &[&str]| desk.run(&[&["order", "buy", "btc", "--book", "paper"], words].concat());
    order(&["--quantity", "0.000000001"]).denied("too_many_decimals");
    order(&["--quantity", "0.1", "--limit", "90000.000000001"]).denied("too_many_decimals");
    order(&["--quantity", "0.00000001"]).denied("dust");
    order(&["--quantity", "0"]).denied("quantity_zero");
    order(&["--quantity", "-1"]).usage("bad_amount");
    order(&["--aud", "0"]).refused("amount_not_positive");
    order(&["--aud", "-5"]).refused("amount_not_positive");
    let tiny = order(&["--aud", "0.0001"]);
    assert_eq!(tiny.code, 1, "{tiny:?}");
    assert_eq!(desk.run(&["positions", "--book", "paper"]).ok()["positions"], json!([]));
}
