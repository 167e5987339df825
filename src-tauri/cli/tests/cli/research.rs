//! `omc backtest`: the contract's shape, the same bytes twice, recorded years against a plain loop, errors by name.

use crate::support::{Desk, exact, names, recorded};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use std::io::Read;

const UP_AND_DOWN: [(i64, i64); 9] =
    [(500, 300), (300, 200), (200, 100), (100, 90), (90, 400), (410, 500), (500, 150), (140, 140), (140, 140)];
const CROSS: [&str; 11] = [
    "backtest",
    "--strategy",
    "sma_cross",
    "--coin",
    "btc",
    "--interval",
    "1h",
    "--param",
    "fast=1",
    "--param",
    "slow=3",
];

/// Hours of 2024-07-01 in UTC.
fn with_candles(name: &str) -> Desk {
    let desk = Desk::offline();
    let line = |(hour, (open, close)): (usize, &(i64, i64))| {
        let ms = 1_719_792_000_000 + hour as i64 * 3_600_000;
        format!("{ms},{open},{},{},{close},7\n", open.max(close), open.min(close))
    };
    let rows: String = UP_AND_DOWN.iter().enumerate().map(line).collect();
    let file = desk.write(name, format!("ts_ms,open,high,low,close,volume\n{rows}"));
    desk.run(&["candles", "import", &file, "--coin", "BTC", "--interval", "1h"]).ok();
    desk
}

#[test]
fn a_backtest_has_the_shape_of_the_contract_and_the_same_bytes_twice() {
    let desk = with_candles("btc.csv");
    let words: Vec<&str> = CROSS.iter().copied().chain(["--cash", "1000"]).collect();
    let view = desk.run(&words).ok();
    for name in ["execution", "bars", "orders", "fills", "final_equity", "return", "max_drawdown", "sharpe", "trades"] {
        assert!(view.get(name).is_some(), "{name}");
    }
    assert_eq!((&view["execution"], &view["bars"], &view["fills"]), (&json!("next_open"), &json!(9), &json!(2)));
    assert_eq!(exact(&view["final_equity"]), Decimal::from_str_exact("340.78117071").unwrap());
    let first = &view["trades"][0];
    for name in ["time", "side", "quantity", "price", "fee"] {
        assert!(first.get(name).is_some(), "{name} in {:?}", names(first));
    }
    assert_eq!((&first["time"], &first["side"]), (&json!("2024-07-01T05:00:00Z"), &json!("buy")));
    assert_eq!((&view["sharpe"], &view["sharpe_reason"]), (&Value::Null, &json!("too_few_days")));
    assert!(view["note"].as_str().unwrap().contains("fewer than 30"));
    assert_eq!(desk.run(&words).stdout, desk.run(&words).stdout);
    let said = desk.say(&words);
    assert!(said.stdout.contains("340.78") && said.stdout.contains("fewer than 30"), "{}", said.stdout);
}

#[test]
fn a_report_says_what_was_run_and_what_no_backtest_knows_and_leaves_the_answer_as_it_is() {
    let desk = with_candles("btc.csv");
    let plain = desk.run(&CROSS);
    let with = |name: &str| {
        let file = desk.path(name).to_string_lossy().into_owned();
        let more = ["--report", &file, "--generated-at", "2026-01-02T03:04:05Z"];
        desk.run(&CROSS.iter().copied().chain(more).collect::<Vec<_>>())
    };
    let bytes = |name: &str| {
        assert_eq!(with(name).stdout, plain.stdout);
        std::fs::read(desk.path(name)).unwrap()
    };
    let pdf = bytes("a.pdf");
    assert!(pdf.starts_with(b"%PDF") && pdf == bytes("b.pdf"), "the same bytes twice");
    let told: Value = serde_json::from_slice(&bytes("a.json")).unwrap();
    assert_eq!(told["about"]["execution"], "next_open: decided at a close, met at the open of the next bar there is");
    assert_eq!(
        (&told["generated_at"], &told["title"]),
        (&json!("2026-01-02T03:04:05Z"), &json!("Backtest: sma_cross on BTC 1h"))
    );
    assert!(told["notes"][0].as_str().unwrap().contains("fewer than 30"), "{}", told["notes"]);
    let sheet = |name: &str| told["sheets"].as_array().unwrap().iter().find(|sheet| sheet["name"] == name).unwrap();
    let fills = sheet("Fills")["rows"].as_array().unwrap();
    assert_eq!((fills.len(), &fills[0]["side"], &fills[0]["time"]), (2, &json!("buy"), &json!("2024-07-01T05:00:00Z")));
    let html = String::from_utf8(bytes("a.html")).unwrap();
    for words in ["BACKTEST", "Not modelled", "fast=1 ", "held instead", "Returns by month"] {
        assert!(html.contains(words), "{words}");
    }
    let csv = String::from_utf8(bytes("a.csv")).unwrap();
    assert!(csv.starts_with("time,coin,side,quantity,price,fee,gain,reason\n2024-07-01T05:00:00Z,BTC,buy,"), "{csv}");
    with("a.doc").usage("report_not_available");
    assert!(!desk.path("a.doc").exists());
}

#[test]
fn what_makes_no_sense_is_a_usage_error_and_what_can_not_be_done_is_refused() {
    let desk = with_candles("btc.csv");
    let with = |more: &[&str]| desk.run(&CROSS.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>());
    with(&["--cash", "0"]).usage("bad_setting");
    with(&["--fee-bps", "1001"]).usage("bad_setting");
    with(&["--param", "speed=1"]).usage("unknown_parameter");
    with(&["--param", "fast"]).usage("bad_parameter");
    with(&["--deposit", "2024-07-01"]).usage("bad_setting");
    with(&["--from", "2024-07-02", "--to", "2024-07-01"]).usage("empty_window");
    with(&["--from", "2024-08-01"]).refused("no_candles");
    with(&["--param", "slow=9"]).refused("too_little_data");
    desk.run(&["backtest", "--strategy", "luck", "--coin", "BTC", "--interval", "1h"]).usage("unknown_strategy");
    desk.run(&["backtest", "--strategy", "sma_cross", "--coin", "NOPE", "--interval", "1h"]).refused("no_candles");
}

const SCRIPT: &str = r#"
PARAMS = {"fast": 10, "slow": 30}
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

#[test]
fn a_script_trades_as_the_same_rule_built_in_does() {
    let desk = with_candles("btc.csv");
    let file = desk.write("cross.star", SCRIPT);
    let mut words = CROSS.to_vec();
    let built = desk.run(&words).ok();
    words[2] = &file;
    let script = desk.run(&words).ok();
    for name in ["bars", "fills", "final_equity", "max_drawdown", "fees"] {
        assert_eq!(script[name], built[name], "{name}");
    }
    assert_eq!(script["strategy"], json!("script"));
    assert_eq!(script["params"]["fast"], json!("1"));
    // Its text is told by its hash: it may be long.
    assert!(script["params"]["source"].as_str().unwrap().starts_with("sha256 "));
}

#[test]
fn a_script_is_swept_as_the_same_rule_built_in_is_and_a_cost_can_be_an_axis() {
    let desk = with_candles("btc.csv");
    let file = desk.write("cross.star", SCRIPT);
    let mut words: Vec<&str> = "sweep --strategy sma_cross --coin BTC --interval 1h --cash 1000 --grid slow=3,4 \
                                --grid fast=1,2 --grid spread_bps=0,40 --grid fee_bps=10,100"
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect();
    let built = desk.run(&words).ok();
    words[2] = &file;
    let script = desk.run(&words).ok();
    assert_eq!((&built["points"], &built["ran"]), (&json!(16), &json!(16)));
    let told = |view: &Value| {
        let point = |point: &Value| {
            let mut params = point["params"].as_object().unwrap().clone();
            (params.remove("fast"), params.remove("slow"), params, point["final_equity"].clone(), point["fees"].clone())
        };
        let mut points: Vec<_> = view["top"].as_array().unwrap().iter().map(point).map(|p| format!("{p:?}")).collect();
        points.sort();
        points
    };
    assert_eq!(told(&script), told(&built));
    assert_eq!(script["strategy"], json!("script"));
    assert!(script["params"]["source"].as_str().unwrap().starts_with("sha256 "), "{script}");
    // A dearer point leaves less, and is a trial like any other.
    let equity = |spread: &str, fee: &str| {
        let is_it = |point: &&Value| {
            let params = &point["params"];
            params["spread_bps"] == spread && params["fee_bps"] == fee && params["fast"] == "1" && params["slow"] == "3"
        };
        exact(&built["top"].as_array().unwrap().iter().find(is_it).unwrap()["final_equity"])
    };
    assert!(equity("0", "10") > equity("0", "100") && equity("0", "10") > equity("40", "10"));
    assert_eq!(built["lanes"][0]["trials"], json!(16));
    words.extend(["--grid", "speed=1"]);
    desk.run(&words).usage("bad_parameter");
}

#[test]
fn a_script_that_fails_or_is_none_is_named_with_its_line() {
    let desk = with_candles("btc.csv");
    let with = |source: &str| {
        let file = desk.write("bad.star", source);
        desk.run(&["backtest", "--strategy", &file, "--coin", "BTC", "--interval", "1h"])
    };
    with("def on_candle(now, state, p)\n    pass\n").usage("script_unreadable");
    with("def on_candle(now, state, p):\n    return now.nothing\n").refused("strategy_failed");
    with("def on_candle(now, state, p):\n    for i in range(1000000000):\n        x = i\n").refused("strategy_failed");
    desk.run(&["backtest", "--strategy", "gone.star", "--coin", "BTC", "--interval", "1h"]).usage("cannot_read");
    desk.run(&["backtest", "--strategy", "script", "--coin", "BTC", "--interval", "1h"]).usage("bad_parameter");
}

#[test]
fn a_script_can_be_an_algorithm_and_another_text_is_another_version() {
    let desk = with_candles("btc.csv");
    let file = desk.write("cross.star", SCRIPT);
    let add =
        ["algorithm", "add", "mine", "--strategy", &file, "--coins", "BTC", "--interval", "1h", "--capital", "10"];
    let made = desk.run(&add).ok();
    let first = made["versions"][0]["version"].clone();
    assert!(made["versions"][0]["params"]["source"].as_str().unwrap().starts_with("sha256 "), "{made}");
    desk.write("cross.star", format!("{SCRIPT}\n# once more\n"));
    let edit: Vec<&str> = ["algorithm", "edit"].into_iter().chain(add[2..].iter().copied()).collect();
    let edited = desk.run(&edit).ok();
    assert_ne!(edited["versions"][0]["version"], first);
}

struct Bar {
    open: Decimal,
    close: Decimal,
}

fn bars(file: &std::path::Path) -> Vec<Bar> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let number = |field: &str| field.parse::<Decimal>().unwrap().normalize();
    reader.records().map(Result::unwrap).map(|row| Bar { open: number(&row[1]), close: number(&row[4]) }).collect()
}

/// All in on a cross of the averages of the last closes, at the next open, a thousandth as fee: fills, cash and fees.
fn plain_loop(bars: &[Bar], fast: usize, slow: usize) -> (u64, Decimal, Decimal) {
    let closes: Vec<f64> = bars.iter().map(|bar| f64::try_from(bar.close).unwrap()).collect();
    let mean =
        |end: usize, over: usize| closes[end - over..end].iter().fold(0.0, |sum, close| sum + close) / over as f64;
    let cut = |value: Decimal, digits: u32| value.round_dp_with_strategy(digits, RoundingStrategy::ToZero);
    let thousandth = Decimal::new(1, 3);
    let (mut cash, mut coins, mut fees, mut fills) = (Decimal::from(10_000), Decimal::ZERO, Decimal::ZERO, 0);
    let mut was_above = None;
    for (end, bar) in bars.iter().enumerate().skip(slow) {
        let (one, other) = (mean(end, fast), mean(end, slow));
        let is_above = if one == other { was_above } else { Some(one > other) };
        let crossed = was_above == Some(false) && is_above == Some(true);
        was_above = is_above;
        let open = bar.open;
        if crossed && coins.is_zero() && end > slow {
            coins = cut(cut(cash, 2) / (open * (Decimal::ONE + thousandth)), 8);
            let value = open * coins;
            (cash, fees, fills) = (cash - value - value * thousandth, fees + value * thousandth, fills + 1);
        } else if is_above == Some(false) && !coins.is_zero() {
            let value = open * coins;
            (cash, fees, fills) = (cash + value - value * thousandth, fees + value * thousandth, fills + 1);
            coins = Decimal::ZERO;
        }
    }
    (fills, cash + coins * bars.last().unwrap().close, fees)
}

#[test]
fn recorded_years_come_to_what_a_plain_loop_comes_to() {
    let Some(file) = recorded("market/binance_1h/BTC_USDT-1h.csv.gz") else { return };
    let desk = Desk::offline();
    desk.run(&["candles", "import", file.to_str().unwrap(), "--coin", "BTC", "--interval", "1h"]).ok();
    let view = desk.run(&["backtest", "--strategy", "sma_cross", "--coin", "BTC", "--interval", "1h"]).ok();
    let (fills, equity, fees) = plain_loop(&bars(&file), 10, 30);
    assert_eq!((view["bars"].as_u64(), view["fills"].as_u64()), (Some(34_976), Some(fills)));
    assert_eq!((exact(&view["final_equity"]), exact(&view["fees"])), (equity.normalize(), fees.normalize()));
    assert_eq!((view["gap_count"].as_u64(), view["coins"][0]["empty_bars"].as_u64()), (Some(11), Some(2)));
    assert!(view["note"].is_null() && view["sharpe"].is_string());
}

#[test]
fn a_run_that_is_kept_is_listed_and_shown_until_its_candles_are_others() {
    let desk = with_candles("btc.csv");
    assert_eq!(desk.run(&["runs"]).ok(), json!({ "runs": [], "unreadable": 0 }));
    desk.run(&CROSS).ok();
    assert_eq!(desk.run(&["runs"]).ok()["runs"], json!([]), "nothing is kept unasked");
    let words: Vec<&str> = CROSS.iter().copied().chain(["--keep"]).collect();
    let view = desk.run(&words).ok();
    let listed = desk.run(&["runs"]).ok();
    let id = listed["runs"][0]["id"].as_str().unwrap();
    let shown = desk.run(&["runs", "show", id]).ok();
    assert_eq!(shown["backtest"]["result"], view);
    assert_eq!((&shown["changed"], &shown["evaluate"]), (&json!([]), &Value::Null));
    let earlier = desk.write("earlier.csv", "ts_ms,open,high,low,close,volume\n1719788400000,500,500,500,500,7\n");
    desk.run(&["candles", "import", &earlier, "--coin", "BTC", "--interval", "1h"]).ok();
    let changed = desk.run(&["runs", "show", id]).ok()["changed"].clone();
    assert!(changed[0].as_str().unwrap().contains("there are 10 1h candles of BTC now; it ran on 9"), "{changed}");
    desk.run(&["runs", "show", "../journal"]).usage("unknown_run");
}
