//! Equity over time: shapes, what is not known, windows.

use crate::support::{Desk, NATIVE, exact, names, row};
use rust_decimal::Decimal;
use serde_json::{Value, json};

fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

/// Midnight in UTC of a day of July 2024, in milliseconds.
fn july(day: i64) -> i64 {
    1_719_792_000_000 + (day - 1) * 86_400_000
}

/// A coin bought on the first, half of it sold on the third; candles of three days, none of the coin ETH.
fn traded(eth: bool) -> Desk {
    let desk = Desk::offline();
    let mut rows = "2024-07-01T02:00:00Z,BTC,buy,1,500,5,,kraken,1\n\
                    2024-07-03T02:00:00Z,BTC,sell,0.5,600,3,sma_cross,kraken,2\n"
        .to_owned();
    if eth {
        rows.push_str("2024-07-02T02:00:00Z,ETH,buy,1,50,0.5,,kraken,3\n");
        rows.push_str("2024-07-03T03:00:00Z,ETH,sell,1,60,0.5,,kraken,4\n");
    }
    let file = desk.write("trades.csv", format!("{NATIVE}{rows}"));
    desk.run(&["import", &file]).ok();
    let line = |(day, close): (i64, &str)| format!("{},{close},{close},{close},{close},\n", july(day));
    let candles: String = [(1, "510"), (2, "480"), (3, "620")].into_iter().map(line).collect();
    let file = desk.write("btc.csv", format!("ts_ms,open,high,low,close,volume\n{candles}"));
    desk.run(&["candles", "import", &file, "--coin", "BTC", "--interval", "1d"]).ok();
    desk
}

const WINDOW: [&str; 5] = ["equity", "--timezone", "UTC", "--to", "2024-07-04"];

fn column<'a>(curve: &'a Value, name: &str) -> Vec<&'a Value> {
    curve["points"].as_array().unwrap().iter().map(|point| &point[name]).collect()
}

#[test]
fn equity_has_its_shape_and_figures_that_can_be_checked() {
    let curve = traded(false).run(&WINDOW).ok();
    let mut shape = [
        "date",
        "at",
        "running",
        "complete",
        "equity",
        "cash",
        "holdings",
        "priced",
        "flow",
        "gain",
        "return",
        "span_days",
        "realised",
        "unrealised",
        "drawdown",
        "buys",
        "sells",
        "unpriced",
        "valued_at",
        "price_age_s",
    ];
    shape.sort_unstable();
    assert_eq!(names(&curve["points"][0]), shape);
    assert_eq!(column(&curve, "date"), ["2024-07-01", "2024-07-02", "2024-07-03"]);
    assert_eq!(column(&curve, "equity"), ["510", "480", "310"]);
    // Without deposits a buy is money paid in, with its fee, and a sale money taken out.
    assert_eq!((&curve["cash_basis"], &curve["cash_reason"]), (&json!("traded"), &json!("no_deposits")));
    assert_eq!(column(&curve, "flow"), ["505", "0", "-297"]);
    assert_eq!(column(&curve, "cash"), [&Value::Null; 3]);
    assert_eq!(column(&curve, "gain"), ["5", "-30", "127"]);
    assert_eq!(column(&curve, "realised"), ["0", "0", "44.5"]);
    assert_eq!(column(&curve, "valued_at"), ["close"; 3]);
    assert_eq!(exact(&curve["metrics"]["gain"]["value"]), dec("102"));
    assert_eq!(curve["metrics"]["sharpe"], json!({"value": null, "reason": "too_few_days"}));
    assert_eq!(curve["metrics"]["exposure"], json!({"value": null, "reason": "cash_unknown"}));
    assert_eq!(exact(&curve["drawdown"]["depth"]), dec("-0.0588235294"), "480 after 510");
    assert_eq!(curve["drawdown"]["recovered"], "2024-07-03");
    let btc = row(&curve["coins"], "key", "BTC");
    assert_eq!((&btc["gain"], &btc["spark"]), (&json!("102"), &json!(["5", "-25", "102"])));
    // By hand it was bought; the algorithm sold what it never had.
    assert_eq!(row(&curve["algorithms"], "key", "sma_cross")["gain"], "0");
    // 505 at 510 is a coin's 0.990…; 297 leave at 620.
    let held = row(&curve["benchmarks"], "name", "hold_btc");
    assert_eq!(exact(&held["equity"][1]).round_dp(6), dec("475.294118"));
    assert_eq!(exact(&held["last"]["value"]).round_dp(6), dec("316.921569"));
    assert_eq!(row(&curve["benchmarks"], "name", "hold_mix")["equity"], held["equity"], "the mix is one coin");
}

#[test]
fn a_day_with_a_coin_that_has_no_price_is_incomplete_and_never_counts_it_as_nothing() {
    let desk = traded(true);
    let curve = desk.run(&WINDOW).ok();
    assert_eq!(column(&curve, "complete"), [true, false, true]);
    assert_eq!(column(&curve, "equity"), [&json!("510"), &Value::Null, &json!("310")]);
    assert_eq!((&curve["points"][1]["priced"], &curve["points"][1]["unpriced"]), (&json!("480"), &json!(["ETH"])));
    let day = "2024-07-02";
    assert_eq!(curve["unpriced"], json!([{"coin": "ETH", "days": 1, "first": day, "last": day}]));
    assert_eq!((&curve["points"][2]["gain"], &curve["points"][2]["span_days"]), (&json!("106"), &json!(2)));
    assert!(curve["notes"][0].as_str().unwrap().starts_with("1 of 3 days have no equity"), "{}", curve["notes"]);
}

#[test]
fn windows_spacings_and_the_other_book() {
    let desk = traded(false);
    let part = desk.run(&[&WINDOW[..], &["--from", "2024-07-03"]].concat()).ok();
    assert_eq!((&part["opening"]["equity"], &part["opening"]["at"]), (&json!("480"), &json!("2024-07-03T00:00:00Z")));
    assert_eq!((column(&part, "gain"), column(&part, "realised")), (vec![&json!("127")], vec![&json!("44.5")]));
    let month = desk.run(&[&WINDOW[..], &["--by", "month"]].concat()).ok();
    assert_eq!((column(&month, "equity"), column(&month, "gain")), (vec![&json!("310")], vec![&json!("102")]));
    assert_eq!(month["metrics"], desk.run(&WINDOW).ok()["metrics"], "figures are of the days, however they are shown");
    let paper = desk.run(&["equity", "--book", "paper"]).ok();
    assert_eq!((&paper["cash_basis"], &paper["points"][0]["equity"]), (&json!("known"), &json!("100000")));
    assert_eq!(paper["points"].as_array().unwrap().len(), 1, "the wallet began today");
    desk.run(&["equity", "--by", "hour"]).usage("bad_group");
    desk.run(&["equity", "--timezone", "Mars"]).usage("bad_timezone");
}

#[test]
fn nothing_traded_is_an_empty_answer_with_reasons() {
    let curve = Desk::offline().run(&["equity"]).ok();
    assert_eq!((&curve["points"], &curve["coins"]), (&json!([]), &json!([])));
    assert_eq!(curve["metrics"]["time_weighted_return"], json!({"value": null, "reason": "too_few_days"}));
}
