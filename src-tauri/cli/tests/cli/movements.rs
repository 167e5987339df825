//! What came and went without a trade: imported, judged, paired, priced; what is open is one list with what settles it.

use crate::support::{COINSPOT, Desk, NATIVE, exact, row};
use serde_json::{Value, json};

const MOVEMENTS: &str = "time,kind,direction,coin,quantity,value,fee,network_fee,party,external_id,note,venue\n";
const TRANSFERS: &str = "Transaction Date,Type,Coin,Status,Fee,Amount,Address,Txid,Aud\n";

/// What is open, but for held coins without a price: nobody tells prices here.
fn open(desk: &Desk) -> Vec<Value> {
    let listed = desk.run(&["actions"]).ok()["actions"].as_array().unwrap().clone();
    listed.into_iter().filter(|item| item["fix"]["fix"] != "write_down").collect()
}

fn kinds(desk: &Desk) -> Vec<String> {
    open(desk).iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_transfer_between_two_places_is_no_disposal_and_its_network_fee_is_gone() {
    let desk = Desk::offline();
    let bought = desk.write("bought.csv", format!("{NATIVE}2024-07-01T00:00:00Z,BTC,buy,2,100,0,,coinspot,\n"));
    desk.run(&["import", &bought]).ok();
    let sends = desk.write(
        "sends.csv",
        format!("{TRANSFERS}2/07/2024 10:00,Send,BTC,Completed,0.0005,1,bc1q,0xab,\"$1,000.00\"\n"),
    );
    let imported = desk.run(&["import", &sends]).ok();
    assert_eq!((&imported["imported"], &imported["found"]), (&json!(1), &json!("CoinSpot sends and receives")));
    let arrived = "2024-07-02T00:20:00Z,unknown,in,BTC,0.999,,,,,0xab,,cold\n";
    desk.run(&["import", &desk.write("cold.csv", format!("{MOVEMENTS}{arrived}"))]).ok();

    assert_eq!(kinds(&desk), ["unresolved_movement", "unresolved_movement"]);
    let command = open(&desk)[0]["command"].as_str().unwrap().to_owned();
    assert!(command.starts_with("omc movement pair "), "{command}");
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    let done = desk.run(&words).ok();
    assert_eq!(done["movement"]["why"], "own_wallet");
    assert_eq!(kinds(&desk), Vec::<String>::new());

    let held = desk.run(&["positions"]).ok();
    let held = exact(&row(&held["positions"], "coin", "BTC")["quantity"]);
    assert_eq!(held.to_string(), "1.9985", "2 less the fee told and the thousandth that did not arrive");
    desk.run(&words).refused("not_a_pair");
    let history = desk.run(&["movements"]).ok();
    assert_eq!(history["movements"].as_array().unwrap().len(), 3, "{history}");
}

#[test]
fn income_needs_its_value_and_says_so_until_it_is_given() {
    let desk = Desk::offline();
    let received = "3/07/2024 10:00,Receive,ETH,Completed,0,2,0xhere,0xcd,\n";
    desk.run(&["import", &desk.write("in.csv", format!("{TRANSFERS}{received}"))]).ok();
    let movement = desk.run(&["movements", "--unresolved"]).ok()["movements"][0].clone();
    let id = movement["id"].as_str().unwrap();
    assert_eq!((&movement["why"], &movement["value"]), (&json!("unknown"), &Value::Null));
    desk.run(&["movement", id, "--as", "lost"]).usage("bad_movement");
    desk.run(&["movement", id, "--as", "staking"]).ok();
    assert_eq!(kinds(&desk), ["missing_price"]);
    let time = movement["time"].as_str().unwrap();
    desk.run(&["price", "eth", "4500.5", "--at", time]).ok();
    assert_eq!(kinds(&desk), Vec::<String>::new());
    let priced = desk.run(&["movements"]).ok()["movements"][0].clone();
    assert_eq!((&priced["value"], &priced["why"]), (&json!("9001"), &json!("staking")));
    desk.run(&["movement", &"0".repeat(32), "--as", "gift"]).refused("unknown_movement");
}

#[test]
fn an_opening_balance_by_hand_explains_what_was_sold_without_a_purchase() {
    let desk = Desk::offline();
    let sold = desk.write("sold.csv", format!("{NATIVE}2024-07-01T00:00:00Z,BTC,sell,1,100,0,,coinspot,\n"));
    desk.run(&["import", &sold]).ok();
    assert_eq!(kinds(&desk), ["unknown_basis"]);
    let command = open(&desk)[0]["command"].as_str().unwrap().to_owned();
    assert!(command.starts_with("omc movement add --kind opening --coin BTC"), "{command}");
    assert!(desk.run(&["actions"]).ok()["summary"][0].as_str().unwrap().contains("sold without a known purchase"));
    let add = ["movement", "add", "--kind", "opening", "--coin", "btc", "--quantity", "1", "--value", "60"];
    let at = |time: &'static str| [add.as_slice(), &["--time", time]].concat();
    desk.run(&at("2020-01-01")).ok();
    desk.run(&at("2020-01-01")).refused("movement_known");
    desk.run(&at("2999-01-01")).usage("bad_movement");
    assert_eq!(kinds(&desk), Vec::<String>::new());
    assert_eq!(exact(&desk.run(&["pnl"]).ok()["realised"]).to_string(), "40");
}

#[test]
fn a_corrected_export_adds_nothing_and_the_trader_says_which_telling_counts() {
    let desk = Desk::offline();
    let export =
        |fee: &str| format!("{COINSPOT}1/07/2024 10:00,Buy,XLM/AUD,100,0.5,0.495,{fee} AUD,0.1,0.01,10,10 AUD\n");
    desk.run(&["import", &desk.write("one.csv", export("0.1"))]).ok();
    let again = desk.run(&["import", &desk.write("two.csv", export("0.6"))]).ok();
    assert_eq!((&again["imported"], &again["duplicates"], &again["doubts"]), (&json!(0), &json!(1), &json!(1)));
    assert_eq!(kinds(&desk), ["duplicate"]);
    let fix = open(&desk)[0]["fix"].clone();
    let (known, told) = (fix["known"].as_str().unwrap(), fix["told"].as_str().unwrap());
    let fees = |desk: &Desk| desk.run(&["pnl"]).ok()["fees"].clone();
    assert_eq!(fees(&desk), "0.1");
    desk.run(&["settle", known, told, "--as", "corrected"]).ok();
    assert_eq!((fees(&desk), desk.run(&["history"]).ok()["trades"].as_array().unwrap().len()), (json!("0.6"), 1));
    assert_eq!(kinds(&desk), Vec::<String>::new());
    desk.run(&["settle", known, told, "--as", "both"]).refused("nothing_to_settle");
    assert_eq!(desk.run(&["import", &desk.path("two.csv").display().to_string()]).ok()["duplicates"], 1);
}

#[test]
fn a_swap_in_the_export_is_a_disposal_and_an_acquisition() {
    let desk = Desk::offline();
    let rows = "2/07/2024 10:00,Sell,BTC/USDT,1,99,100,1 USDT,1.5,0.14,148.5,99 USDT\n\
                1/07/2024 10:00,Buy,BTC/AUD,1,100,100,0 AUD,0,0,100,100 AUD\n";
    let imported = desk.run(&["import", &desk.write("orders.csv", format!("{COINSPOT}{rows}"))]).ok();
    assert_eq!((&imported["imported"], &imported["found"]), (&json!(2), &json!("CoinSpot order history")));
    let pnl = desk.run(&["pnl"]).ok();
    assert_eq!(exact(&pnl["realised"]).to_string(), "48.5");
    let held = desk.run(&["positions"]).ok();
    assert_eq!(row(&held["positions"], "coin", "USDT")["quantity"], "99");
    assert_eq!(row(&held["positions"], "coin", "USDT")["cost"], "150", "what was given, worth 148.5, and the fee");
}

#[test]
fn sells_before_buys_in_a_file_are_folded_by_their_times() {
    let desk = Desk::offline();
    let rows = "2024-07-02T00:00:00Z,BTC,sell,1,150,0,,,\n2024-07-01T00:00:00Z,BTC,buy,1,100,0,,,\n";
    desk.run(&["import", &desk.write("mixed.csv", format!("{NATIVE}{rows}"))]).ok();
    let pnl = desk.run(&["pnl"]).ok();
    assert_eq!((exact(&pnl["realised"]).to_string(), &pnl["unknown_basis"]), ("50".to_owned(), &json!([])));
}
