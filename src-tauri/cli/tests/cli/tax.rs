//! Tax years, reports and exports: shapes, windows, the same bytes again.

use crate::support::{Desk, NATIVE, exact};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::fs;

/// A parcel sold in two halves, one after more than a year, and a sale of coins that never came in.
fn traded() -> Desk {
    let desk = Desk::offline();
    let rows = "2023-08-01T02:00:00Z,BTC,buy,2,1000,20,,kraken,1\n\
                2024-05-01T02:00:00Z,BTC,sell,1,1500,15,,kraken,2\n\
                2024-09-01T02:00:00Z,BTC,sell,1,3000,30,sma_cross,kraken,3\n\
                2024-09-02T02:00:00Z,ETH,sell,1,50,0.5,,kraken,=1+1\n";
    let file = desk.write("trades.csv", format!("{NATIVE}{rows}"));
    desk.run(&["import", &file]).ok();
    desk
}

fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn place(desk: &Desk, name: &str) -> String {
    desk.path(name).to_str().unwrap().to_owned()
}

#[test]
fn a_tax_year_has_the_shape_of_the_contract_and_sums_that_can_be_checked() {
    let desk = traded();
    let tax = desk.run(&["tax", "--fy", "2025"]).ok();
    assert_eq!((&tax["fy"], &tax["method"]), (&json!(2025), &json!("fifo")));
    assert_eq!((&tax["from"], &tax["to"]), (&json!("2024-06-30T14:00:00Z"), &json!("2025-06-30T14:00:00Z")));
    let lines = tax["disposals"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "{tax}");
    assert_eq!((&lines[0]["coin"], &lines[0]["discount"]), (&json!("BTC"), &json!(true)));
    // 3000 - 30 less half of 2020.
    assert_eq!((exact(&lines[0]["gain"]), exact(&lines[0]["cost_base"])), (dec("1960"), dec("1010")));
    assert_eq!((exact(&tax["capital_losses"]), exact(&tax["net_capital_gain"])), (dec("0"), dec("980")));
    assert_eq!(tax["unknown_basis"], json!([{"coin": "ETH", "quantity": "1"}]));
    let notes = tax["notes"].to_string();
    assert!(notes.contains("1 ETH") && notes.contains("not tax advice"), "{notes}");

    let before = desk.run(&["tax", "--fy", "2024", "--method", "hifo"]).ok();
    assert_eq!(exact(&before["net_capital_gain"]), dec("475"), "held for nine months: no discount");
}

#[test]
fn a_year_without_known_rules_and_a_method_not_for_tax_are_refused() {
    let desk = traded();
    desk.run(&["tax", "--fy", "2030"]).usage("bad_year");
    desk.run(&["tax", "--fy", "2025", "--method", "average"]).usage("bad_method");
    desk.run(&["report", "cgt", "--out", "x.csv"]).usage("bad_year");
    desk.run(&["report", "moon", "--out", "x.csv"]).usage("report_not_available");
    desk.run(&["export", "moon", "--out", "x.csv"]).usage("export_not_available");
}

#[test]
fn the_same_journal_and_moment_give_the_same_bytes() {
    let desk = traded();
    for kind in ["trades", "pnl", "cgt"] {
        for format in ["csv", "json", "html", "xlsx"] {
            let write = |name: &str| {
                let out = place(&desk, &format!("{name}.{format}"));
                let args = ["report", kind, "--format", format, "--fy", "2025", "--out", &out, "--generated-at"];
                let report = desk.run(&[&args[..], &["2025-07-01T00:00:00Z"]].concat()).ok();
                (report["sha256"].clone(), fs::read(&out).unwrap())
            };
            let (once, bytes) = write("one");
            assert_eq!(once, write("two").0, "{kind} {format}");
            assert!(!bytes.is_empty());
        }
    }
}

#[test]
fn a_report_says_first_what_is_unresolved_and_which_journal_it_is_of() {
    let desk = traded();
    let out = place(&desk, "cgt.json");
    let report = desk.run(&["report", "cgt", "--format", "json", "--fy", "2025", "--out", &out]).ok();
    assert_eq!((&report["rows"], &report["file"]), (&json!(1), &json!(out)));
    let document: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    assert!(document["notes"][0].as_str().unwrap().starts_with("Unresolved: "), "{document}");
    let device = desk.run(&["verify"]).ok()["devices"][0].clone();
    let journal = document["about"]["journal"].as_str().unwrap();
    assert!(journal.ends_with(device["head"].as_str().unwrap()), "{journal}");
}

#[test]
fn exports_have_the_layouts_of_the_other_programs_and_inert_text() {
    let desk = traded();
    let export = |layout: &str| {
        let out = place(&desk, &format!("{layout}.csv"));
        let report = desk.run(&["export", layout, "--out", &out]).ok();
        (report["rows"].clone(), fs::read_to_string(&out).unwrap())
    };
    let (rows, koinly) = export("koinly");
    assert_eq!(rows, json!(4));
    assert!(koinly.starts_with("Date,Sent Amount,Sent Currency,Received Amount,"), "{koinly}");
    assert!(koinly.contains("2023-08-01 02:00:00 UTC,2000,AUD,2,BTC,20,AUD,2000,AUD,,manual,1"), "{koinly}");
    assert!(koinly.contains("'=1+1"), "an id that is a formula");
    let (_, cointracking) = export("cointracking");
    assert!(
        cointracking.contains("Trade,3000,AUD,1,BTC,30,AUD,kraken,,sma_cross,2024-09-01 02:00:00"),
        "{cointracking}"
    );
    let (rows, syla) = export("syla");
    assert_eq!(rows, json!(12), "two legs and a fee each");
    assert!(syla.contains("2023-08-01 02:00:00+00:00,Brokerage Fee,20,AUD,20,manual,1"), "{syla}");
}
