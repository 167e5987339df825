//! `omc features`: its shape, the same rows as CSV, recorded years, errors by name.

use crate::support::{Desk, names, recorded};
use serde_json::{Value, json};

/// Sixty hours from 2024-07-01 in UTC, one of them missing.
fn with_candles(name: &str) -> Desk {
    let desk = Desk::offline();
    let line = |hour: i64| {
        let (ms, open, close) =
            (1_719_792_000_000 + hour * 3_600_000, 500 + hour * 37 % 91, 500 + (hour + 1) * 37 % 91);
        format!("{ms},{open},{},{},{close},{}\n", open.max(close) + 3, open.min(close) - 3, hour % 4)
    };
    let rows: String = (0..60).filter(|hour| *hour != 30).map(line).collect();
    let file = desk.write(name, format!("ts_ms,open,high,low,close,volume\n{rows}"));
    desk.run(&["candles", "import", &file, "--coin", "BTC", "--interval", "1h"]).ok();
    desk
}

const ASK: [&str; 5] = ["features", "--coin", "btc", "--interval", "1h"];

/// Both absent, or the same but for the last digit, which this test's reader of JSON may round.
fn same(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-15 * one.abs().max(other.abs()),
        (one, other) => one.is_none() && other.is_none(),
    }
}

#[test]
fn a_table_of_features_is_the_same_as_json_and_as_csv() {
    let desk = with_candles("btc.csv");
    let view = desk.run(&ASK).ok();
    for name in ["coin", "interval", "set", "missing", "features", "rows"] {
        assert!(view.get(name).is_some(), "{name} in {:?}", names(&view));
    }
    let (features, rows) = (view["features"].as_array().unwrap(), view["rows"].as_array().unwrap());
    assert_eq!((rows.len(), &view["missing"], features.len()), (59, &json!(1), 33));
    assert_eq!(rows[0]["known_at"], json!("2024-07-01T01:00:00Z"));
    assert!(rows.iter().all(|row| row["values"].as_array().unwrap().len() == features.len()));
    // The close over the one before it.
    let place = features.iter().position(|feature| feature["name"] == "return_1").unwrap();
    assert_eq!((&rows[0]["values"][place], &features[place]["known"]), (&Value::Null, &json!(58)));
    assert!(same(rows[1]["values"][place].as_f64(), Some(574f64.ln() - 537f64.ln())), "{}", rows[1]);
    let said = desk.say(&ASK.iter().copied().chain(["--csv"]).collect::<Vec<_>>());
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 60);
    for (line, row) in lines.iter().skip(1).zip(rows) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(Some(cells[0]), row["time"].as_str());
        for (cell, value) in cells[2..].iter().zip(row["values"].as_array().unwrap()) {
            assert!(same(cell.parse().ok(), value.as_f64()), "{cell} {value}");
        }
    }
    let words = desk.say(&ASK).stdout;
    assert!(words.contains("59 rows") && words.contains("1 candle missing") && words.contains("rsi_14"), "{words}");
}

#[test]
fn a_window_a_set_and_a_limit_leave_the_rows_as_they_are() {
    let desk = with_candles("btc.csv");
    let with = |more: &[&str]| desk.run(&ASK.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>());
    let whole = with(&["--set", "price"]).ok();
    let window = ["--set", "price", "--from", "2024-07-02T00:00:00Z", "--to", "2024-07-02T05:00:00Z"];
    let part = with(&window).ok();
    assert_eq!(part["rows"].as_array().unwrap()[..], whole["rows"].as_array().unwrap()[24..29]);
    assert_eq!(with(&["--set", "ledger", "--limit", "2"]).ok()["rows"].as_array().unwrap().len(), 2);
    with(&["--set", "rumours"]).usage("unknown_set");
    with(&["--from", "2024-07-02", "--to", "2024-07-01"]).usage("empty_window");
    with(&["--from", "2025-07-02"]).refused("no_candles");
    desk.run(&["features", "--coin", "NOPE", "--interval", "1h"]).refused("no_candles");
    desk.run(&["features", "--coin", "BTC", "--interval", "2h"]).usage("bad_interval");
}

#[test]
fn recorded_years_have_a_row_for_every_candle_and_every_price_feature_speaks() {
    let Some(file) = recorded("market/binance_1h/BTC_USDT-1h.csv.gz") else { return };
    let desk = Desk::offline();
    desk.run(&["candles", "import", file.to_str().unwrap(), "--coin", "BTC", "--interval", "1h"]).ok();
    let view = desk.run(&ASK).ok();
    let rows = view["rows"].as_array().unwrap().len() as u64;
    assert_eq!(rows, 34_976);
    for feature in view["features"].as_array().unwrap().iter().filter(|feature| feature["set"] == "price") {
        // The slowest is that of twenty closed days.
        assert!(feature["known"].as_u64().unwrap() > rows - 22 * 24, "{feature}");
    }
    for feature in view["features"].as_array().unwrap().iter().filter(|feature| feature["set"] == "ledger") {
        assert_eq!(feature["known"], json!(0), "nothing was collected then: {feature}");
    }
}
