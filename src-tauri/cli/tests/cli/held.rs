//! What the process that holds the workspace does for another one on this machine.

use crate::support::{Desk, row, until};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

const PRICES: &[(&str, &str, &str, &str)] = &[("btc", "99000", "100000", "99500")];

fn buy(desk: &Desk) -> crate::support::Ran {
    desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper"])
}

#[test]
fn a_person_beside_the_holder_opens_trading_again_and_it_is_in_the_journal() {
    let desk = Desk::trading(PRICES);
    let holder = desk.holder();
    assert_eq!(desk.run(&["kill"]).ok()["by"], "holder");
    buy(&desk).denied("killed");
    let open = desk.run(&["unkill"]).ok();
    assert_eq!((&open["pulled"], &open["since"]), (&json!(false), &json!(null)));
    let placed = buy(&desk);
    assert_eq!(placed.ok()["state"], "filled");
    let journal = desk.run(&["journal", "--kind", "kill_cleared"]).ok();
    assert_eq!(journal["entries"].as_array().unwrap().len(), 1, "{journal}");
    // Nobody but its owner can ask.
    let mode = std::fs::metadata(desk.home().join("omc.sock")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(desk.run(&["unkill"]).ok()["pulled"], false, "opening what is open is no error");
    assert_eq!(desk.run(&["journal", "--kind", "kill_cleared"]).ok()["entries"].as_array().unwrap().len(), 1);
    assert_eq!(holder.stop(), Some(0));
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn alerts_and_their_webhook_are_set_beside_the_holder() {
    let desk = Desk::trading(PRICES);
    desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    let holder = desk.holder();
    let set = desk.run(&["alerts", "set", "severity_min=9", "muted=filing"]).ok();
    assert_eq!((&set["settings"]["severity_min"], &set["settings"]["muted"]), (&json!(9), &json!(["filing"])));
    desk.run(&["alerts", "set", "severity_min=11"]).usage("bad_setting");
    desk.run(&["alerts", "seen", "no-such-alert"]).usage("unknown_alert");
    // No address is stored; a machine without a keyring says so.
    let refused = desk.run(&["alerts", "webhook", "on"]);
    assert!(["webhook_not_set", "no_keyring"].contains(&refused.error().as_str()), "{refused:?}");
    assert_eq!(desk.run(&["alerts", "webhook", "off"]).ok()["on"], false);
    assert_eq!(desk.run(&["alerts", "seen", "--all"]).ok()["unseen"], 0);
    assert_eq!(holder.stop(), Some(0));
    assert_eq!(desk.run(&["alerts"]).ok()["settings"]["severity_min"], 9, "it is kept");
}

#[test]
fn a_drawdown_is_started_anew_beside_the_holder() {
    let desk = Desk::trading(PRICES);
    desk.run(&["limits", "set", "max_coin_pct=100"]).ok();
    desk.run(&["order", "buy", "btc", "--quantity", "0.2", "--book", "paper"]).ok();
    let holder = desk.holder();
    let drawn = || {
        let limits = desk.run(&["limits"]).ok();
        row(&limits["risk"]["books"], "book", "paper").clone()
    };
    until("the drawdown is known", || drawn()["used"]["max_drawdown_pct"].is_string());
    assert_ne!(drawn()["used"]["max_drawdown_pct"], "0", "the fee and the spread");
    desk.run(&["limits", "--reset-peak"]).usage("usage");
    desk.run(&["limits", "--reset-peak", "--book", "live", "--yes-loosen"]).refused("equity_unknown");
    desk.run(&["limits", "--reset-peak", "--book", "paper"]).ok();
    let anew = drawn();
    assert_eq!((&anew["used"]["max_drawdown_pct"], &anew["peak"]), (&json!("0"), &anew["equity"]));
    assert!(anew["peak_since"].is_string());
    let journal = desk.run(&["journal", "--kind", "peak_reset"]).ok();
    assert_eq!(journal["entries"][0]["book"], "paper", "{journal}");
    assert_eq!(holder.stop(), Some(0));
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}
