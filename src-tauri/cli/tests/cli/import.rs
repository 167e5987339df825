//! Trade files in: all or nothing, twice without harm, each bad line named.

use crate::support::{COINSPOT, Desk, NATIVE, exact, names, recorded, row};
use rust_decimal::Decimal;
use serde_json::{Value, json};

const ROW: &str = "2024-07-01T00:00:00Z,BTC,buy,1,100,1,,kraken,\n";

fn coinspot_row(date: &str, kind: &str, amount: &str, rate: &str) -> String {
    format!("{date},{kind},XLM/AUD,{amount},0.5,{rate},0.1 AUD,0.1,0.01,10,10 AUD\n")
}

#[test]
fn a_native_file_goes_in_once_however_often_it_is_imported() {
    let desk = Desk::offline();
    let rows = "2024-07-01T10:00:00+10:00,btc,BUY,0.5,90000.10,45.00005,sma_cross,kraken,x1\n\
                2024-07-02T00:00:00Z,BTC,sell,0.25,100000,10,,,\n";
    let file = desk.write("trades.csv", format!("{NATIVE}{rows}"));
    let first = desk.run(&["import", &file]).ok();
    assert_eq!(first, json!({"read": 2, "imported": 2, "duplicates": 0, "rejected": []}));
    let head = desk.head();
    let second = desk.run(&["import", &file, "--format", "omc"]).ok();
    assert_eq!(second, json!({"read": 2, "imported": 0, "duplicates": 2, "rejected": []}));
    let (facts, _) = desk.head();
    assert!(facts <= head.0 + 1, "at most the fact that a file was read, no trade");
    let trades = desk.run(&["history"]).ok();
    let first = &trades["trades"][0];
    assert_eq!(trades["trades"].as_array().unwrap().len(), 2);
    let mut shape = vec![
        "id",
        "time",
        "coin",
        "side",
        "quantity",
        "price",
        "fee",
        "algorithm",
        "book",
        "venue",
        "external_id",
        "order_id",
    ];
    shape.sort_unstable();
    assert_eq!(names(first), shape);
    assert_eq!(first["time"], "2024-07-01T00:00:00Z");
    assert_eq!((&first["coin"], &first["side"], &first["book"]), (&json!("BTC"), &json!("buy"), &json!("live")));
    assert_eq!((&first["price"], &first["fee"]), (&json!("90000.1"), &json!("45.00005")));
    assert_eq!((&first["algorithm"], &first["venue"]), (&json!("sma_cross"), &json!("kraken")));
    assert_eq!((&first["external_id"], &first["order_id"]), (&json!("x1"), &Value::Null));
}

#[test]
fn one_bad_line_refuses_the_whole_file_names_every_bad_line_and_changes_nothing() {
    let desk = Desk::offline();
    let known = desk.write("known.csv", format!("{NATIVE}{ROW}"));
    desk.run(&["import", &known]).ok();
    let before = (desk.head(), desk.run(&["history"]).ok());
    let bad = "2024-07-01T00:00:00Z,BTC,buy,NaN,100,1,,,\n";
    let worse = "2024-13-01T00:00:00Z,BTC,buy,1,100,1,,,\n";
    let worst = "2024-07-01T00:00:00Z,BTC,buy,1,1e400,1,,,\n";
    let file = desk.write("bad.csv", format!("{NATIVE}2024-07-03T00:00:00Z,ETH,buy,1,2,0,,,\n{bad}{worse}{worst}"));
    let refused = desk.run(&["import", &file]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "bad_lines"));
    let counts = refused.json();
    assert_eq!((&counts["read"], &counts["imported"]), (&json!(4), &json!(0)));
    let lines: Vec<u64> =
        counts["rejected"].as_array().unwrap().iter().map(|bad| bad["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5], "the header is line 1");
    assert!(counts["rejected"][0]["reason"].as_str().unwrap().contains("NaN"));
    assert_eq!((desk.head(), desk.run(&["history"]).ok()), before, "nothing was imported");

    let skipped = desk.run(&["import", &file, "--skip-bad"]).ok();
    assert_eq!((&skipped["read"], &skipped["imported"]), (&json!(4), &json!(1)));
    assert_eq!(skipped["rejected"], counts["rejected"]);
    assert_eq!(desk.run(&["history"]).ok()["trades"].as_array().unwrap().len(), 2);
}

#[test]
fn a_mistyped_number_is_refused_before_it_can_keep_the_books_from_adding_up() {
    let desk = Desk::offline();
    for row in [
        "2024-07-01T00:00:00Z,BTC,buy,9999999999999999999999999999,9999999999999999999999999999,1,,,",
        "2024-07-01T00:00:00Z,BTC,buy,1,79228162514264337593543950335,0,,,",
        "2024-07-01T00:00:00Z,BTC,buy,1,1,7922816251426433759354395033,,,",
        "9999-12-31T23:59:59Z,BTC,buy,1,1,1,,,",
    ] {
        let file = desk.write("mistyped.csv", format!("{NATIVE}{row}\n"));
        let refused = desk.run(&["import", &file]);
        assert_eq!((refused.code, refused.error().as_str()), (1, "bad_lines"), "{row}");
        desk.run(&["import", &file, "--skip-bad"]).ok();
    }
    let file = desk.write("large.csv", format!("{NATIVE}2024-07-01T00:00:00Z,SHIB,buy,589000000000000,0.00002,1,,,\n"));
    desk.run(&["import", &file]).ok();
    assert_eq!(desk.run(&["positions"]).ok()["positions"][0]["cost"], "11780000001");
    desk.run(&["pnl", "--by", "year"]).ok();
}

#[test]
fn what_is_no_trade_file_is_refused_with_its_own_code_and_changes_nothing() {
    let desk = Desk::offline();
    let head = desk.head();
    let mut giant = NATIVE.as_bytes().to_vec();
    giant.resize(2 << 20, b'x');
    let utf16: Vec<u8> = "time,coin".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let files: [(&str, &[u8], &str); 6] = [
        ("empty.csv", b"", "empty_file"),
        ("other.csv", b"a,b,c\n1,2,3\n", "unknown_format"),
        ("missing.csv", b"time,coin,side,quantity,price\n", "unknown_format"),
        ("binary.csv", &[0x7f, 0x45, 0x4c, 0x46, 0, 0, 1, 0xff, 0xfe], "not_utf8"),
        ("utf16.csv", &utf16, "not_utf8"),
        ("giant.csv", &giant, "line_too_long"),
    ];
    for (name, bytes, code) in files {
        let file = desk.write(name, bytes);
        desk.run(&["import", &file]).refused(code);
    }
    desk.run(&["import", "/nowhere/trades.csv"]).refused("not_found");
    let folder = desk.home();
    let is_folder = desk.run(&["import", folder.to_str().unwrap()]);
    assert_eq!(is_folder.code, 1, "{is_folder:?}");
    assert_eq!(desk.head(), head);
}

#[test]
fn two_equal_rows_are_two_trades_and_again_they_are_the_same_two() {
    let desk = Desk::offline();
    let one = desk.write("one.csv", format!("{NATIVE}{ROW}"));
    let two = desk.write("two.csv", format!("{NATIVE}{ROW}{ROW}"));
    let counts = |file: &str| {
        let counts = desk.run(&["import", file]).ok();
        (counts["imported"].as_u64().unwrap(), counts["duplicates"].as_u64().unwrap())
    };
    assert_eq!(counts(&two), (2, 0));
    assert_eq!(counts(&two), (0, 2));
    assert_eq!(counts(&one), (0, 1), "an extract of the file adds none");
    let held = desk.run(&["positions"]).ok();
    assert_eq!(held["positions"][0]["quantity"], "2");
}

#[test]
fn overlapping_coinspot_exports_add_only_what_is_new_and_newest_first_is_turned() {
    let desk = Desk::offline();
    let [a, b, c] = [
        coinspot_row("1/09/2021 5:52", "Buy", "1", "0.40"),
        coinspot_row("1/09/2021 5:52", "Sell", "1", "0.50"),
        coinspot_row("2/09/2021 5:52", "Buy", "3", "0.60"),
    ];
    let first = desk.write("first.csv", format!("{COINSPOT}{b}{a}"));
    let second = desk.write("second.csv", format!("{COINSPOT}{c}{b}{a}"));
    assert_eq!(desk.run(&["import", &first]).ok()["imported"], 2);
    let overlap = desk.run(&["import", &second]).ok();
    assert_eq!((&overlap["imported"], &overlap["duplicates"]), (&json!(1), &json!(2)));
    let history = desk.run(&["history"]).ok();
    let sides: Vec<_> = history["trades"].as_array().unwrap().iter().map(|trade| trade["side"].clone()).collect();
    assert_eq!(sides, ["buy", "sell", "buy"], "the buy of the same minute stands before the sale it pays for");
    assert_eq!(history["trades"][0]["time"], "2021-08-31T19:52:00Z", "Sydney's winter time");
    assert_eq!(history["trades"][0]["venue"], "coinspot");
    let pnl = desk.run(&["pnl"]).ok();
    assert_eq!(pnl["unknown_basis"], json!([]));
    assert_eq!(exact(&pnl["realised"]), Decimal::from_str_exact("-0.1").unwrap(), "0.50 - 0.1 - (0.40 + 0.1)");
}

#[test]
fn a_coinspot_export_is_read_in_the_zone_the_trader_names() {
    let desk = Desk::offline();
    let file = desk.write("perth.csv", format!("{COINSPOT}{}", coinspot_row("1/09/2021 8:00", "Buy", "1", "0.4")));
    desk.run(&["import", &file, "--timezone", "Atlantis/City"]).usage("bad_timezone");
    desk.run(&["import", &file, "--timezone", "Australia/Perth"]).ok();
    assert_eq!(desk.run(&["history"]).ok()["trades"][0]["time"], "2021-09-01T00:00:00Z");
}

#[test]
fn a_report_of_live_trades_is_imported_again_as_the_same_trades() {
    let desk = Desk::offline();
    let rows = "2024-07-01T00:00:00.123456Z,BTC,buy,1,100,1.5,sma_cross,kraken,=cmd\n";
    let file = desk.write("trades.csv", format!("{NATIVE}{rows}{ROW}{ROW}"));
    desk.run(&["import", &file]).ok();
    let report = desk.path("report.csv");
    let report = report.to_str().unwrap();
    let written = desk.run(&["report", "trades", "--format", "csv", "--out", report]).ok();
    assert_eq!((&written["file"], &written["rows"]), (&json!(report), &json!(3)));
    assert_eq!(written["sha256"].as_str().unwrap().len(), 64);
    let text = std::fs::read_to_string(report).unwrap();
    assert!(text.starts_with(&NATIVE.trim_end().to_owned()), "the native header stands first: {text}");
    assert!(text.contains(",'=cmd,"), "what a spreadsheet would run is inert: {text}");
    let again = desk.run(&["import", report]).ok();
    assert_eq!((&again["imported"], &again["duplicates"]), (&json!(0), &json!(3)));

    let other = Desk::offline();
    assert_eq!(other.run(&["import", report]).ok()["imported"], 3);
    assert_eq!(other.run(&["history"]).ok(), desk.run(&["history"]).ok(), "another workspace has the same trades");
}

#[test]
fn a_report_replaces_a_file_and_nothing_else() {
    let desk = Desk::offline();
    desk.run(&["report", "trades", "--format", "csv", "--out", "/dev/null"]).refused("not_a_file");
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    let home = desk.home();
    desk.run(&["report", "trades", "--format", "csv", "--out", home.to_str().unwrap()]).refused("not_a_file");
    desk.run(&["report", "trades", "--format", "csv", "--out", "/nowhere/x.csv"]).refused("cannot_write");
    let file =
        desk.write("there.csv", "something longer than the report of no trades will ever be, to be replaced whole");
    assert_eq!(desk.run(&["report", "trades", "--format", "csv", "--out", &file]).ok()["rows"], 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{},book,order_id,id\n", NATIVE.trim_end()));
}

#[test]
fn a_file_is_read_from_standard_input_too() {
    let desk = Desk::offline();
    let file = desk.write("trades.csv", format!("{NATIVE}{ROW}"));
    let piped = |desk: &Desk| {
        let mut command = desk.command();
        command.args(["--json", "import", "-"]).stdin(std::fs::File::open(&file).unwrap());
        crate::support::finish(command.spawn().unwrap()).ok()
    };
    assert_eq!(piped(&desk)["imported"], 1);
    assert_eq!(desk.run(&["import", &file]).ok()["duplicates"], 1, "the same trades wherever they came from");
}

#[test]
fn a_report_of_paper_trades_never_becomes_live_trades() {
    let desk = Desk::trading(&[("btc", "99", "100", "100")]);
    desk.run(&["order", "buy", "btc", "--quantity", "1", "--book", "paper"]).ok();
    let report = desk.path("paper.csv");
    let report = report.to_str().unwrap();
    desk.run(&["report", "trades", "--format", "csv", "--book", "paper", "--out", report]).ok();
    let refused = desk.run(&["import", report]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "bad_lines"));
    let rejected = &refused.json()["rejected"];
    assert_eq!(rejected[0]["line"], 2);
    assert!(rejected[0]["reason"].as_str().unwrap().contains("paper"), "{rejected}");
    assert_eq!(desk.run(&["history"]).ok()["trades"], json!([]));
}

#[test]
fn the_recorded_coinspot_export_gives_the_known_gains_to_the_cent() {
    let Some(export) = recorded("cost_basis/coinspot_orderhistory_2021/orderhistory_part.csv") else { return };
    let expected = std::fs::read_to_string(export.with_file_name("expected_gains.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let fifo = row(&expected["results"], "method", "fifo");
    let desk = Desk::offline();
    let export = export.to_str().unwrap();
    let imported = desk.run(&["import", export]).ok();
    assert_eq!((&imported["read"], &imported["imported"], &imported["rejected"]), (&json!(59), &json!(59), &json!([])));
    assert_eq!(desk.run(&["import", export]).ok()["duplicates"], 59);

    let pnl = desk.run(&["pnl", "--by", "coin"]).ok();
    let cents = |value: &Value| exact(value).round_dp(2).to_string();
    assert_eq!(cents(&pnl["realised"]), fifo["total_gain_aud"].as_str().unwrap());
    assert_eq!(cents(&pnl["realised"]), "1022.51");
    for (coin, gain) in fifo["gain_by_coin"].as_object().unwrap() {
        assert_eq!(cents(&row(&pnl["groups"], "key", coin)["realised"]), gain.as_str().unwrap(), "{coin}");
    }
    let held = desk.run(&["positions"]).ok();
    for (coin, left) in fifo["left_over"].as_object().unwrap() {
        let position = row(&held["positions"], "coin", coin);
        let amount = Decimal::from_scientific(left["amount"].as_str().unwrap())
            .or_else(|_| Decimal::from_str_exact(left["amount"].as_str().unwrap()))
            .unwrap();
        assert_eq!(exact(&position["quantity"]), amount, "{coin}");
        let off = (exact(&position["cost"]) - exact(&left["cost_aud"])).abs();
        assert!(off <= Decimal::new(2, 2), "{coin}: the export's totals are rounded to cents: {off}");
    }
    assert_eq!(held["positions"].as_array().unwrap().len(), fifo["left_over"].as_object().unwrap().len());
}
