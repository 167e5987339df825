//! Simulated real money from the command line: what is lost and found, what is closed by a person, what is amended, what is seen at the
//! exchange; and what a person says about risk.

use crate::support::{Desk, exact, row, until};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use staging::{Clock, Fault, Faults, Resting, Rule};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use workstation::dto::{OrderRequest, parse_side};
use workstation::{Book, DrivenClock, Home, Mode, Reached, Secret, Timestamp, Workstation};

const BUY: &str = "/api/v2/my/buy";
const LOOK: &str = "/api/v2/ro/my/orders/market/open";
const PRICES: &[(&str, &str, &str, &str)] = &[("btc", "99000", "100000", "99500")];

/// So many percent of what a buyer pays now.
fn price(desk: &Desk, percent: i64) -> String {
    let staging = &desk.world().staging;
    let ask = staging.world().at(staging.now_ms()).quote("BTC").unwrap().ask.unwrap();
    (ask * Decimal::new(percent, 2)).round_dp(2).normalize().to_string()
}

fn fault(desk: &Desk, rules: Vec<Rule>) {
    desk.world().staging.set_faults(rules.into_iter().fold(Faults::none(), Faults::with)).unwrap();
}

/// Buys 0.01 BTC far below the market.
fn buy(desk: &Desk) -> crate::support::Ran {
    let limit = price(desk, 80);
    desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--limit", &limit, "--book", "live"])
}

fn id(order: &Value) -> String {
    order["id"].as_str().unwrap().to_owned()
}

fn order(desk: &Desk, id: &str) -> Value {
    row(&desk.run(&["orders"]).ok()["orders"], "id", id).clone()
}

fn posts(desk: &Desk) -> usize {
    desk.world().staging.requests().iter().filter(|request| request.path == BUY).count()
}

fn kinds(desk: &Desk, kind: &str) -> Vec<Value> {
    desk.run(&["journal", "--kind", kind]).ok()["entries"].as_array().unwrap().clone()
}

#[test]
fn an_order_whose_reply_was_lost_is_unknown_closes_its_market_and_is_found_by_reconciling() {
    let desk = Desk::live(Clock::Real);
    fault(&desk, vec![Rule::on(BUY, Fault::Reset { after_body_bytes: None })]);
    let lost = std::thread::scope(|threads| {
        // Looks that would find it fail from the moment it is there: the first comes a second after the reply is lost.
        threads.spawn(|| {
            until("it is placed", || desk.world().staging.truth().placed == 1);
            fault(&desk, vec![Rule::on(LOOK, Fault::Reset { after_body_bytes: None })]);
        });
        buy(&desk)
    });
    assert_eq!((lost.code, lost.error().as_str(), &lost.json()["state"]), (1, "order_unknown", &json!("unknown")));
    let lost = id(&lost.json());
    fault(&desk, vec![]);
    let truth = desk.world().staging.truth();
    assert_eq!((truth.placed, posts(&desk)), (1, 1));
    desk.run(&["cancel", &lost]).refused("order_fate_unknown");
    let found = desk.run(&["reconcile"]).ok();
    let found = row(&found["orders"], "id", &lost);
    assert_eq!((&found["state"], &found["venue_order_id"]), (&json!("open"), &json!(truth.resting[0].id)));
    assert_eq!((desk.world().staging.truth().placed, posts(&desk)), (1, 1), "it was sent once");
    assert_eq!(desk.run(&["cancel", &lost]).ok()["state"], "cancelled");
    assert_eq!(desk.world().staging.truth().resting.len(), 0);
    assert_eq!(desk.run(&["reconcile"]).ok()["orders"], json!([]), "nothing is left to look for");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

/// The workspace in this process, on a clock that is driven with the world's.
fn driven(desk: &Desk, clock: &Arc<DrivenClock>) -> Workstation {
    let home = Home::resolve(Some(desk.home()), false).unwrap();
    let url = desk.world().staging.url().to_owned();
    let secret = |text: &str| Secret::new(text.to_owned());
    let secrets = BTreeMap::from([
        ("coinspot_key".to_owned(), secret("staging-key")),
        ("coinspot_secret".to_owned(), secret("staging-secret")),
    ]);
    let reached = Reached { coinspot: url.clone(), coinspot_web: url, secrets, pace: 1_000, ..Reached::default() };
    desk.world().runtime().block_on(Workstation::open_at(&home, Mode::Write, clock.clone(), reached)).unwrap()
}

#[test]
fn an_order_that_never_arrived_is_closed_by_a_person_once_the_exchange_was_quiet_for_long_and_not_before() {
    const QUIET_S: u64 = 720;
    let now_ms = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64;
    let start_ms = now_ms - QUIET_S as i64 * 1_000;
    let desk = Desk::live(Clock::Driven { start_ms });
    let clock = Arc::new(DrivenClock::at(Timestamp::from_millis(start_ms)));
    let ws = driven(&desk, &clock);
    let request = OrderRequest {
        coin: "btc".into(),
        side: parse_side("buy").unwrap(),
        book: Book::Live,
        quantity: Some("0.01".into()),
        aud: None,
        limit: Some(price(&desk, 80)),
        again: false,
        until: None,
    };
    let nothing = Rule { reaches: false, ..Rule::on(BUY, Fault::Reset { after_body_bytes: None }) };
    fault(&desk, vec![nothing]);
    let runtime = desk.world().runtime();
    runtime.block_on(async {
        ws.collect(&["coinspot_prices".to_owned()]).await.unwrap();
        assert_eq!(ws.order_place(&request).await.unwrap_err().code(), "order_unknown");
        ws.close().await;
    });
    fault(&desk, vec![]);
    let lost = id(&desk.run(&["orders"]).ok()["orders"][0]);
    let close = ["resolve", &lost, "not-placed", "--why", "it is not on the website"];
    desk.run(&close).refused("too_early");
    desk.run(&["resolve", &lost, "placed", "--why", "I think so"]).refused("no_candidate");
    let ws = driven(&desk, &clock);
    runtime.block_on(async {
        for _ in 0..6 {
            clock.advance_micros(QUIET_S as i64 / 6 * 1_000_000);
            desk.world().staging.advance(Duration::from_secs(QUIET_S / 6));
            ws.reconcile().await.unwrap();
        }
        ws.close().await;
    });
    let quiet = order(&desk, &lost);
    assert_eq!((&quiet["state"], &quiet["unknown"]["may_be_closed"]), (&json!("unknown"), &json!(true)), "{quiet}");
    desk.run(&["resolve", &lost, "not-placed", "--why", " "]).usage("why_missing");
    let closed = desk.run(&close).ok();
    assert_eq!((&closed["state"], &closed["reason_code"]), (&json!("rejected"), &json!("closed_by_person")));
    assert_eq!(kinds(&desk, "order_resolved")[0]["why"], "it is not on the website");
    assert_eq!((desk.world().staging.truth().placed, posts(&desk)), (0, 1), "it was never sent again");
    assert_eq!(buy(&desk).ok()["state"], "open", "the market is open again");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn the_account_shows_what_rests_what_is_ours_and_what_was_made_by_hand() {
    let desk = Desk::live(Clock::Real);
    let ours = buy(&desk).ok();
    let hand = desk.world().staging.place_by_hand(&Resting {
        id: String::new(),
        side: staging::Side::Buy,
        coin: "ETH".into(),
        amount: Decimal::new(5, 1),
        rate: Decimal::from(100),
        created_ms: 0,
    });
    let view = desk.run(&["venue"]).ok();
    assert_eq!((&view["complete"], &view["trouble"]), (&json!(true), &Value::Null));
    assert_eq!(exact(&view["cash"]), desk.world().staging.truth().aud);
    let resting = row(&view["resting"], "venue_order_id", ours["venue_order_id"].as_str().unwrap());
    assert_eq!((&resting["order"], &resting["left"], &resting["coin"]), (&ours["id"], &json!("0.01"), &json!("BTC")));
    let other = row(&view["resting"], "venue_order_id", &hand.unwrap());
    assert_eq!((&other["order"], &other["coin"]), (&Value::Null, &json!("ETH")));
    fault(&desk, vec![Rule::on("/api/v2/*", Fault::Reset { after_body_bytes: None })]);
    let blind = desk.run(&["venue"]).ok();
    assert_eq!((&blind["at"], &blind["cash"]), (&Value::Null, &Value::Null), "nothing is made up");
    assert!(blind["trouble"]["code"].is_string());
}

#[test]
fn a_live_order_gets_another_limit_once_as_the_gate_and_the_mandate_allow() {
    let desk = Desk::live(Clock::Real);
    let placed = id(&buy(&desk).ok());
    let rate = || desk.world().staging.truth().resting[0].rate;
    let (higher, dear) = (price(&desk, 85), price(&desk, 90));
    let amended = desk.run(&["amend", &placed, "--limit", &higher]).ok();
    assert_eq!((&amended["limit"], rate()), (&json!(higher), higher.parse().unwrap()));
    desk.run(&["limits", "set", "max_order_aud=10", "--book", "live"]).ok();
    desk.run(&["amend", &placed, "--limit", &dear]).refused("max_order_aud");
    assert_eq!(order(&desk, &placed)["amend_denied"]["code"], "max_order_aud", "it is on record");
    assert_eq!((kinds(&desk, "order_noted")[0]["who"].as_str(), rate()), (Some("gate"), higher.parse().unwrap()));
    desk.run(&["limits", "set", "max_order_aud=9000", "--book", "live", "--yes-loosen"]).ok();
    desk.run(&["mandate", "set", "manual", "--book", "live", "--approval", "always"]).ok();
    let asked = desk.run(&["amend", &placed, "--limit", &dear]);
    assert_eq!((asked.code, asked.error().as_str(), rate()), (1, "amend_asks", higher.parse().unwrap()));
    let yes = asked.json()["approval"].as_str().unwrap().to_owned();
    let other = desk.run(&["amend", &placed, "--limit", &price(&desk, 91), "--yes", &yes]);
    assert_eq!((other.code, other.error().as_str(), rate()), (1, "amend_asks", higher.parse().unwrap()));
    let amended = desk.run(&["amend", &placed, "--limit", &dear, "--yes", &yes]).ok();
    assert_eq!((&amended["limit"], rate()), (&json!(dear), dear.parse().unwrap()));
    assert_eq!((posts(&desk), desk.world().staging.truth().placed), (1, 1));
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn a_paper_order_gets_another_limit_or_quantity_and_a_refusal_is_on_record() {
    let desk = Desk::trading(PRICES);
    let rest = ["order", "buy", "btc", "--quantity", "0.1", "--limit", "90000", "--book", "paper"];
    let placed = id(&desk.run(&rest).ok());
    let amended = desk.run(&["amend", &placed, "--limit", "91000"]).ok();
    assert_eq!((&amended["limit"], &amended["id"]), (&json!("91000"), &json!(placed)));
    desk.run(&["amend", &placed, "--limit", "91000"]).refused("amend_same");
    desk.run(&["amend", &placed, "--limit", "95000", "--quantity", "9"]).refused("max_order_aud");
    let denied = &order(&desk, &placed)["amend_denied"];
    assert_eq!((&denied["limit"], &denied["quantity"]), (&json!("95000"), &json!("9")));
    let other = desk.run(&["amend", &placed, "--limit", "92000", "--quantity", "0.05"]).ok();
    assert_eq!((&other["state"], &other["quantity"], other["id"] == placed), (&json!("open"), &json!("0.05"), false));
    assert_eq!(order(&desk, &placed)["state"], "cancelled");
    desk.run(&["amend", &placed, "--limit", "93000"]).refused("order_not_resting");
}

#[test]
fn a_coin_nobody_prices_any_more_stops_buys_until_it_is_written_down() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500"), ("luna", "9.9", "10", "9.95")]);
    desk.run(&["order", "buy", "luna", "--quantity", "100", "--book", "paper"]).ok();
    let write = |why: &str| desk.run(&["write-down", "luna", "--book", "paper", "--why", why]);
    write("dead").refused("coin_priced");
    desk.run(&["limits", "set", "max_price_age_s=10"]).ok();
    let paper = || row(&desk.run(&["limits"]).ok()["risk"]["books"], "book", "paper").clone();
    // A reply that stays the same confirms nothing.
    let told = Cell::new(99_600);
    let collect = || {
        told.set(told.get() + 1);
        desk.world().say(&[("btc", "99000", "100000", &told.get().to_string())]);
        desk.run(&["collect", "coinspot_prices", "--once"]).ok()
    };
    until("its last price is old", || {
        collect();
        paper()["unpriced"] == json!(["LUNA"])
    });
    let buy = || desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper", "--again"]);
    collect();
    buy().denied("equity_unknown");
    desk.run(&["write-down", "doge", "--book", "paper", "--why", "gone"]).refused("not_held");
    write("").usage("why_missing");
    write("dead").ok();
    assert_eq!(paper()["written_down"], json!([{ "coin": "LUNA", "why": "dead" }]));
    collect();
    assert_eq!(buy().ok()["state"], "filled");
    let held = desk.run(&["positions", "--book", "paper"]).ok();
    assert_eq!(row(&held["positions"], "coin", "LUNA")["dust"], false, "it is worth much, or nobody knows");
}

#[test]
fn volatile_mode_halves_what_an_order_may_cost_and_toward_less_strict_is_asked_twice() {
    let desk = Desk::trading(PRICES);
    desk.run(&["limits", "set", "max_order_aud=1500"]).ok();
    let buy = || desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper", "--again"]);
    assert_eq!(desk.run(&["volatile", "on"]).ok()["risk"]["volatile"]["on"], true);
    buy().denied("max_order_aud");
    desk.run(&["volatile", "off"]).refused("confirm_loosening");
    buy().denied("max_order_aud");
    desk.run(&["volatile", "off", "--yes-loosen"]).ok();
    assert_eq!(buy().ok()["state"], "filled");
    assert_eq!(kinds(&desk, "volatile_set").len(), 2);
}

#[test]
fn protections_are_set_turned_off_and_lifted_only_where_something_is_locked() {
    let desk = Desk::trading(PRICES);
    let set = desk.run(&["protections", "set", "cooldown_minutes=30"]).ok();
    assert_eq!(set["risk"]["protections"]["cooldown_minutes"], 30);
    desk.run(&["protections", "set", "cool=1"]).usage("protection_name_unknown");
    desk.run(&["protections", "set", "cooldown_minutes=-1"]).usage("protection_value_bad");
    desk.run(&["protections", "off"]).ok();
    let shown = desk.run(&["protections"]).ok();
    assert_eq!(
        (&shown["risk"]["protections"]["enabled"], &shown["risk"]["protections"]["cooldown_minutes"]),
        (&json!(0), &json!(30))
    );
    let lift = ["protections", "lift", "sma_cross", "cooldown", "--book", "paper", "--why", "enough"];
    desk.run(&lift).refused("not_locked");
    assert_eq!(kinds(&desk, "protections_set").len(), 2);
    assert!(desk.run(&["verify"]).ok()["ok"] == true);
}
