//! `kill -9` at any moment: what was acknowledged is there once, money adds up, nothing is half done.

use crate::support::{Desk, NATIVE, PATIENCE, finish};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use workstation::dto::{OrderRequest, parse_side};
use workstation::{Book, DrivenClock, Home, Mode, Reached, Timestamp, Workstation};

const CHILD: &str = "OMC_TEST_STORM_ROUND";
const ROUNDS: u64 = 50;
const ROUND_MS: i64 = 600_000;

/// A small generator, so that the moments of the kills are drawn from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn request(side: &str, limit: Option<&str>) -> OrderRequest {
    OrderRequest {
        coin: "btc".into(),
        side: parse_side(side).unwrap(),
        book: Book::Paper,
        quantity: Some("0.001".into()),
        aud: None,
        limit: limit.map(ToOwned::to_owned),
        again: true,
        until: None,
    }
}

fn acknowledge(words: &Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ack {words}").unwrap();
    out.flush().unwrap();
}

/// Not a test by itself: the process that gets killed runs it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child_that_trades_until_killed() {
    let Ok(round) = std::env::var(CHILD) else { return };
    let start_ms = crate::support::START_MS + round.parse::<i64>().unwrap() * ROUND_MS;
    let clock = Arc::new(DrivenClock::at(Timestamp::from_millis(start_ms)));
    let home = Home::resolve(std::env::var_os("OMC_HOME").map(Into::into), false).unwrap();
    let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), Reached::from_env()).await.unwrap();
    for n in 0_u64.. {
        clock.advance_micros(100_000);
        let asked = match n % 5 {
            0 | 2 => request("buy", None),
            1 => request("sell", None),
            3 => request("buy", Some("90000")),
            _ => request("buy", Some("100500")),
        };
        let order = ws.order_place(&asked).await.unwrap();
        acknowledge(&serde_json::to_value(&order).unwrap());
        if n % 5 == 3 && order.state == "open" {
            acknowledge(&serde_json::to_value(ws.order_cancel(&order.id.to_string()).await.unwrap()).unwrap());
        }
        if n % 20 == 19 {
            ws.collect(&["coinspot_prices".to_owned()]).await.unwrap();
        }
    }
}

/// An order that a line of the child acknowledges. The harness's own words may stand before the first one's, and the
/// last line may be cut off.
fn ack(line: &str) -> Option<Value> {
    line.split_once("ack ").and_then(|(_, ack)| serde_json::from_str(ack).ok())
}

fn start_storm(desk: &Desk, round: u64) -> Child {
    let url = desk.world().staging.url();
    Command::new(std::env::current_exe().unwrap())
        .args(["crash::child_that_trades_until_killed", "--exact", "--nocapture"])
        .env(CHILD, round.to_string())
        .env("OMC_HOME", desk.home())
        .env("OMC_COINSPOT_URL", url)
        .env("OMC_COINSPOT_WEB_URL", url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs the child until it has acknowledged some orders, kills it a moment later, and returns all it acknowledged.
fn storm(desk: &Desk, round: u64, draw: &mut Draw) -> Vec<Value> {
    let mut child = start_storm(desk, round);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let wanted = 1 + draw.below(30) as usize;
    let mut acks: Vec<Value> = Vec::new();
    let started = Instant::now();
    while acks.len() < wanted {
        assert!(started.elapsed() < PATIENCE, "round {round}: only {} orders", acks.len());
        acks.extend(ack(&lines.next().expect("the child ended by itself")));
    }
    std::thread::sleep(Duration::from_micros(draw.below(6_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    acks.extend(lines.filter_map(|line| ack(&line)));
    acks
}

/// What the next start finds.
struct Found {
    orders: HashMap<String, Value>,
    trades: Vec<Value>,
    status: Value,
    ok: bool,
}

fn next_start(desk: &Desk, round: u64) -> Found {
    let start_ms = crate::support::START_MS + (round as i64 + 1) * ROUND_MS - 1;
    desk.world().runtime().block_on(async {
        let home = Home::resolve(Some(desk.home()), false).unwrap();
        let reader = Workstation::open(&home, Mode::Read).await.unwrap();
        assert!(reader.verify().await.unwrap().ok, "round {round}: a reader before any writer came back");
        reader.close().await;
        let clock = Arc::new(DrivenClock::at(Timestamp::from_millis(start_ms)));
        let ws = Workstation::open_at(&home, Mode::Write, clock, Reached::default()).await.unwrap();
        let cancelled = ws.order_cancel_all().await.unwrap();
        assert!(cancelled.orders.len() <= 2, "at most those of the moment of the kill rest");
        let orders = serde_json::to_value(ws.orders().await.unwrap()).unwrap();
        let history = ws.history(&workstation::dto::TradesRequest::of(Book::Paper)).await.unwrap();
        let found = Found {
            orders: orders["orders"]
                .as_array()
                .unwrap()
                .iter()
                .map(|order| (order["id"].as_str().unwrap().to_owned(), order.clone()))
                .collect(),
            trades: serde_json::to_value(history).unwrap()["trades"].as_array().unwrap().clone(),
            status: serde_json::to_value(ws.status().await.unwrap()).unwrap(),
            ok: ws.verify().await.unwrap().ok,
        };
        ws.close().await;
        found
    })
}

fn number(value: &Value) -> Decimal {
    crate::support::exact(value)
}

fn check_money(found: &Found) {
    let mut cash = Decimal::from(100_000);
    let mut coins = Decimal::ZERO;
    for trade in &found.trades {
        let value = number(&trade["price"]) * number(&trade["quantity"]);
        let sign = if trade["side"] == "buy" { Decimal::ONE } else { -Decimal::ONE };
        cash -= sign * value + number(&trade["fee"]);
        coins += sign * number(&trade["quantity"]);
    }
    let paper = &found.status["paper"];
    assert_eq!(number(&paper["cash"]), cash, "the wallet is what the trades made of it");
    assert_eq!(paper["available"], paper["cash"], "nothing rests, so nothing is set aside");
    assert_eq!(number(&paper["equity"]), cash + coins * Decimal::from(99_000));
    assert_eq!((&paper["resting"], &found.status["halted"]), (&json!(0), &Value::Null));
}

fn check_orders(found: &Found, acknowledged: &HashMap<String, Value>) {
    let ids: HashSet<&str> = found.trades.iter().map(|trade| trade["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), found.trades.len(), "each fill once");
    let mut filled: HashMap<&str, Decimal> = HashMap::new();
    for trade in &found.trades {
        *filled.entry(trade["order_id"].as_str().unwrap()).or_default() += number(&trade["quantity"]);
    }
    for (id, order) in &found.orders {
        let by_trades = filled.remove(id.as_str()).unwrap_or_default();
        assert_eq!(number(&order["filled"]), by_trades, "{order}");
        let whole = by_trades == number(&order["quantity"]);
        let state = order["state"].as_str().unwrap();
        assert_eq!(state == "filled", whole, "{order}");
        assert!(["filled", "cancelled", "rejected"].contains(&state), "nothing is left in between: {order}");
        assert!(state != "rejected" || by_trades.is_zero(), "{order}");
    }
    assert!(filled.is_empty(), "no fill without its order: {filled:?}");
    for (id, said) in acknowledged {
        let order = found.orders.get(id).unwrap_or_else(|| panic!("acknowledged and lost: {said}"));
        for fill in said["fills"].as_array().unwrap() {
            assert!(order["fills"].as_array().unwrap().contains(fill), "{order} lost {fill}");
        }
        if said["state"] == "filled" || said["state"] == "cancelled" {
            assert_eq!((&order["state"], &order["fills"]), (&said["state"], &said["fills"]));
        }
    }
}

#[test]
fn fifty_kills_in_a_storm_of_orders_lose_and_double_nothing() {
    let desk = Desk::trading(&[]);
    desk.run(&[
        "limits",
        "set",
        "max_day_aud=1000000000",
        "max_coin_pct=100",
        "max_day_loss_pct=100",
        "max_drawdown_pct=100",
    ])
    .ok();
    let mut draw = Draw(20_261_122);
    let mut acknowledged: HashMap<String, Value> = HashMap::new();
    for round in 0..ROUNDS {
        // Another last price each round: a feed that says the same for hours is frozen.
        let last = (99_500 + round).to_string();
        let sells = r#"[{"amount":"0.0004","rate":"100000"},{"amount":"50","rate":"100100"}]"#;
        desk.world().say_with_books(&[("btc", "99000", "100000", &last)], "[]", sells);
        for order in storm(&desk, round, &mut draw) {
            acknowledged.insert(order["id"].as_str().unwrap().to_owned(), order);
        }
        let found = next_start(&desk, round);
        assert!(found.ok, "round {round}: verify");
        check_orders(&found, &acknowledged);
        check_money(&found);
    }
    let filled = acknowledged.values().filter(|order| order["state"] == "filled").count();
    assert!(filled > 300, "it was no storm: {filled} orders filled");
    println!("{} orders acknowledged, {filled} of them filled", acknowledged.len());
}

#[test]
fn the_kill_switch_in_a_storm_lets_no_order_through_once_it_has_answered() {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    desk.run(&[
        "limits",
        "set",
        "max_day_aud=1000000000",
        "max_coin_pct=100",
        "max_day_loss_pct=100",
        "max_drawdown_pct=100",
    ])
    .ok();
    let mut child = start_storm(&desk, 0);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut next = || lines.find_map(|line| ack(&line)).expect("the child ended by itself");
    let before: Vec<Value> = (0..20).map(|_| next()).collect();
    assert!(before.iter().any(|order| order["state"] == "filled"));
    let receipt = desk.run(&["kill"]).ok();
    assert_eq!(receipt["unconfirmed"], json!([]));
    let pulled = std::fs::metadata(desk.home().join("kill.latch")).unwrap();
    assert!(pulled.is_file());
    // Those acknowledged meanwhile still stand in the pipe; what was asked for after the first refusal is refused too.
    let first = std::iter::repeat_with(&mut next).take(10_000).find(|order| order["reason_code"] == "killed");
    assert!(first.is_some(), "no order was refused");
    for _ in 0..20 {
        let order = next();
        assert_eq!((&order["state"], &order["reason_code"]), (&json!("denied"), &json!("killed")), "{order}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let trades = desk.run(&["history", "--book", "paper"]).ok()["trades"].as_array().unwrap().len();
    desk.world().say_with_books(&[("btc", "80000", "81000", "80500")], "[]", r#"[{"amount":"50","rate":"81000"}]"#);
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    let after = desk.run(&["history", "--book", "paper"]).ok()["trades"].as_array().unwrap().len();
    assert_eq!(after, trades, "nothing fills, however good the price");
    let orders = desk.run(&["orders"]).ok();
    let rests = |order: &&Value| ["open", "partially_filled"].contains(&order["state"].as_str().unwrap());
    assert_eq!(orders["orders"].as_array().unwrap().iter().filter(rests).count(), 0, "what rested is cancelled");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn a_kill_during_a_large_import_leaves_all_of_it_or_nothing() {
    const ROWS: usize = 20_000;
    let desk = Desk::offline();
    let rows: String = (0..ROWS)
        .map(|n| format!("2024-07-01T{:02}:{:02}:00Z,BTC,buy,0.{:06}1,100,1,,kraken,{n}\n", n / 60 % 24, n % 60, n))
        .collect();
    let file = desk.write("large.csv", format!("{NATIVE}{rows}"));
    let timed = Instant::now();
    let home = desk.path("timed");
    let mut command = desk.command_in(&home);
    finish(command.args(["--json", "import", &file]).spawn().unwrap()).ok();
    let whole = timed.elapsed();

    let mut died = 0;
    for part in 1..=10 {
        let home = desk.path(&format!("home{part}"));
        let mut child = desk.command_in(&home).args(["--json", "import", &file]).spawn().unwrap();
        std::thread::sleep(whole * part / 10);
        child.kill().unwrap();
        let ran = finish(child);
        died += usize::from(ran.code != 0);
        let ask = |words: &[&str]| finish(desk.command_in(&home).arg("--json").args(words).spawn().unwrap());
        let trades = ask(&["history"]).ok()["trades"].as_array().unwrap().len();
        assert!([0, ROWS].contains(&trades), "{part}: {trades} of {ROWS} rows");
        assert!(ran.code != 0 || trades == ROWS, "{part}: acknowledged and lost");
        assert_eq!(ask(&["verify"]).ok()["ok"], true, "{part}");
        let again = ask(&["import", &file]).ok();
        assert_eq!(again["imported"].as_u64().unwrap() as usize, ROWS - trades, "{part}: {again}");
    }
    assert!(died > 0, "no import was caught at work");
}
