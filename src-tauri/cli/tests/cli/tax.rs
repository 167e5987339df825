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
    desk.run(&["tax", "--fy", "2200"]).usage("bad_year");
    desk.run(&["tax", "--fy", "2030"]).refused("law_unsettled");
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

/// Rows of `omc parcels` of a coin: ids, oldest first.
fn parcel_ids(desk: &Desk, coin: &str) -> Vec<String> {
    let view = desk.run(&["parcels", "--coin", coin]).ok();
    let rows = view["parcels"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_filed_year_keeps_its_method_and_what_comes_out_otherwise_later_is_told() {
    let desk = traded();
    let preview = desk.run(&["tax", "file", "--fy", "2024", "--method", "hifo", "--preview"]).ok();
    assert_eq!((&preview["recorded"], &preview["revision"]), (&json!(false), &json!(1)));
    assert_eq!(desk.run(&["tax", "--fy", "2024"]).ok()["filed"], Value::Null, "looking files nothing");
    desk.run(&["tax", "file", "--fy", "2024", "--expect-net", "474"]).refused("figures_changed");
    let filed = desk.run(&["tax", "file", "--fy", "2024", "--expect-net", "475", "--note", "by my agent"]).ok();
    assert_eq!((&filed["recorded"], &filed["method"]), (&json!(true), &json!("fifo")));
    desk.run(&["tax", "file", "--fy", "2024", "--note", "by my agent"]).refused("already_filed");

    desk.run(&["tax", "--fy", "2024", "--method", "lifo"]).refused("year_filed");
    let year = desk.run(&["tax", "--fy", "2024"]).ok();
    assert_eq!((&year["filed"]["last"]["note"], &year["filed"]["differs"]), (&json!("by my agent"), &json!([])));
    assert_eq!(desk.run(&["tax", "--fy", "2025"]).ok()["filed_otherwise"], json!([]));

    // A purchase that was forgotten: FIFO takes it first, and the filed year comes out otherwise.
    let late = desk.write("late.csv", format!("{NATIVE}2023-07-10T02:00:00Z,BTC,buy,1,1100,0,,kraken,0\n"));
    desk.run(&["import", &late]).ok();
    let year = desk.run(&["tax", "--fy", "2024"]).ok();
    let differs = year["filed"]["differs"].as_array().unwrap();
    let net = differs.iter().find(|row| row["name"] == "net_capital_gain").unwrap();
    assert_eq!(
        (exact(&net["filed"]), exact(&net["now"]), exact(&net["difference"])),
        (dec("475"), dec("385"), dec("-90"))
    );
    assert_eq!(desk.run(&["tax", "--fy", "2025"]).ok()["filed_otherwise"], json!([2024]));

    let again = desk.run(&["tax", "file", "--fy", "2024", "--note", "amended"]).ok();
    assert_eq!((&again["revision"], again["differs"].as_array().unwrap().len()), (&json!(2), differs.len()));
    let year = desk.run(&["tax", "--fy", "2024"]).ok();
    assert_eq!(year["filed"]["earlier"][0]["note"], "by my agent");
    assert_eq!((&year["filed"]["last"]["revision"], &year["filed"]["differs"]), (&json!(2), &json!([])));
    let told = desk.run(&["journal", "--kind", "year_filed"]).ok()["entries"].as_array().unwrap().len();
    assert_eq!(told, 2);
}

#[test]
fn later_years_go_on_with_what_a_filed_year_left() {
    let desk = Desk::offline();
    let rows = "2022-08-01T02:00:00Z,BTC,buy,1,100,0,,kraken,1\n2022-09-01T02:00:00Z,BTC,buy,1,300,0,,kraken,2\n\
                2023-01-10T02:00:00Z,BTC,sell,1,400,0,,kraken,3\n2024-01-10T02:00:00Z,BTC,sell,1,400,0,,kraken,4\n";
    desk.run(&["import", &desk.write("trades.csv", format!("{NATIVE}{rows}"))]).ok();
    assert_eq!(exact(&desk.run(&["tax", "--fy", "2024"]).ok()["capital_gains"]), dec("100"));
    desk.run(&["tax", "file", "--fy", "2023", "--method", "hifo"]).ok();
    let year = desk.run(&["tax", "--fy", "2024", "--method", "fifo"]).ok();
    assert_eq!(exact(&year["capital_gains"]), dec("300"), "the parcel of 300 went in the filed year");
}

#[test]
fn parcels_are_picked_for_a_sale_until_its_year_is_filed() {
    let desk = Desk::offline();
    let rows = "2022-08-01T02:00:00Z,BTC,buy,1,100,0,,kraken,1\n2022-09-01T02:00:00Z,BTC,buy,1,300,0,,kraken,2\n\
                2022-10-01T02:00:00Z,BTC,buy,1,200,0,,kraken,3\n2022-10-01T02:00:00Z,ETH,buy,1,5,0,,kraken,4\n";
    desk.run(&["import", &desk.write("buys.csv", format!("{NATIVE}{rows}"))]).ok();
    let (btc, eth) = (parcel_ids(&desk, "BTC"), parcel_ids(&desk, "ETH"));
    assert_eq!((btc.len(), eth.len()), (3, 1));
    let sale = format!("{NATIVE}2023-01-10T02:00:00Z,BTC,sell,1,400,0,,kraken,5\n");
    desk.run(&["import", &desk.write("sale.csv", sale)]).ok();
    let trades = desk.run(&["history"]).ok();
    let sale = trades["trades"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let gain = || exact(&desk.run(&["tax", "--fy", "2023"]).ok()["capital_gains"]);
    assert_eq!(gain(), dec("300"));

    let of = |parcel: &str, quantity: &str| format!("{parcel}={quantity}");
    desk.run(&["parcels", "pick", &sale, &of(&eth[0], "1")]).usage("unknown_parcel");
    desk.run(&["parcels", "pick", &sale, &of(&btc[0], "1.5")]).usage("bad_pick");
    desk.run(&["parcels", "pick", &sale, &of(&btc[0], "1"), &of(&btc[1], "1")]).usage("bad_pick");
    desk.run(&["parcels", "pick", &btc[0], &of(&btc[0], "1")]).usage("unknown_sale");
    desk.run(&["parcels", "pick", &sale, &of(&btc[1], "0.5"), &of(&btc[2], "0.25")]).ok();
    assert_eq!(gain(), dec("175"), "half of 300, a quarter of 200, and the rest by the method");
    let explored = desk.run(&["parcels", "--coin", "BTC"]).ok();
    let used = &explored["parcels"][1];
    assert_eq!((&used["id"], &used["quantity"]), (&json!(btc[1]), &json!("0.5")));
    assert_eq!((&used["used_by"][0]["id"], &used["used_by"][0]["quantity"]), (&json!(sale), &json!("0.5")));
    assert_eq!(used["discountable_from"], "2023-09-02");

    // An order with parcels that are none places nothing.
    let order = ["order", "sell", "BTC", "--quantity", "1", "--book", "live", "--instant", "--parcels"];
    desk.run(&[&order[..], &[&of(&eth[0], "1")]].concat()).usage("unknown_parcel");
    desk.run(&[&order[..], &[&of(&btc[0], "0.75"), &of(&btc[2], "0.5")]].concat()).usage("bad_pick");
    assert_eq!(desk.run(&["orders"]).ok()["orders"], json!([]));

    desk.run(&["parcels", "pick", &sale, "--clear"]).ok();
    assert_eq!(gain(), dec("300"));
    desk.run(&["tax", "file", "--fy", "2023"]).ok();
    desk.run(&["parcels", "pick", &sale, &of(&btc[1], "1")]).refused("year_filed");
}

#[test]
fn the_rules_of_a_bill_wait_for_a_word_and_then_for_what_only_the_law_can_say() {
    let desk = traded();
    desk.run(&["tax", "--fy", "2028"]).refused("law_unsettled");
    let settings = desk.run(&["tax", "regime", "--confirm"]).ok();
    assert_eq!(settings["regimes"][1]["standing"], "confirmed");
    desk.run(&["tax", "--fy", "2028"]).refused("law_details_missing");
    desk.run(&["tax", "set", "moon=1"]).usage("bad_tax_setting");
    desk.run(&["tax", "set", "indexation_months=12", "deemed_gain=perhaps"]).usage("bad_tax_setting");
    assert_eq!(desk.run(&["tax", "settings"]).ok()["settings"], json!({"law_2027": "confirmed"}), "all or nothing");
    let details =
        ["deemed_gain=on_disposal_held_to_sale", "indexation_months=12", "factor_decimals=3", "indexes_losses=no"];
    desk.run(&[&["tax", "set"][..], &details].concat()).ok();
    let year = desk.run(&["tax", "--fy", "2028"]).ok();
    assert_eq!((&year["regime"], &year["disposals"]), (&json!("indexation"), &json!([])));
    desk.run(&["tax", "file", "--fy", "2099"]).refused("year_not_over");
    desk.run(&["tax", "regime", "--revoke"]).ok();
    desk.run(&["tax", "--fy", "2028"]).refused("law_unsettled");
}

#[test]
fn a_sale_that_is_only_imagined_stands_side_by_side_by_each_method() {
    let desk = Desk::offline();
    let rows = "2022-08-01T02:00:00Z,BTC,buy,1,100,0,,kraken,1\n2022-09-01T02:00:00Z,BTC,buy,1,300,0,,kraken,2\n";
    desk.run(&["import", &desk.write("buys.csv", format!("{NATIVE}{rows}"))]).ok();
    desk.run(&["what-if", "sell", "BTC", "0.5"]).refused("no_price");
    let before = desk.run(&["verify"]).ok()["devices"][0]["facts"].clone();
    let view = desk.run(&["what-if", "sell", "BTC", "0.5", "--at", "1000"]).ok();
    let method = |at: usize| view["methods"][at].clone();
    assert_eq!((&method(0)["method"], &method(2)["method"]), (&json!("fifo"), &json!("hifo")));
    // 500 less a fee of 0.1 %, less half of 100 or half of 300; both halved by the discount.
    assert_eq!((exact(&method(0)["gain"]), exact(&method(0)["year_change"])), (dec("449.5"), dec("224.75")));
    assert_eq!((exact(&method(2)["gain"]), &method(2)["tax"]), (dec("349.5"), &Value::Null));
    assert_eq!(method(0)["parcels"][0]["id"], json!(parcel_ids(&desk, "BTC")[0]));
    desk.run(&["tax", "set", "marginal_rate_pct=40"]).ok();
    let view = desk.run(&["what-if", "sell", "BTC", "0.5", "--at", "1000"]).ok();
    assert_eq!(exact(&view["methods"][0]["tax"]), dec("89.9"));
    assert_eq!(exact(&view["methods"][0]["after_tax"]), dec("409.6"));
    let after = desk.run(&["verify"]).ok()["devices"][0]["facts"].as_u64().unwrap();
    assert_eq!(after, before.as_u64().unwrap() + 1, "only the rate was said");
}
