//! A person in the loop from the command line: alone, and while `omc run` holds the workspace.

use crate::support::{Desk, Ran, row};
use serde_json::{Value, json};

const BTC: &[(&str, &str, &str, &str)] = &[("btc", "99000", "100000", "99500")];

fn asking() -> Desk {
    let desk = Desk::trading(BTC);
    let set = desk.run(&["mandate", "set", "manual", "--book", "paper", "--approval", "always"]).ok();
    assert_eq!((&set["mandates"][0]["holder"], &set["mandates"][0]["approval"]), (&json!("manual"), &json!("always")));
    desk
}

fn buy(desk: &Desk, quantity: &str) -> String {
    let order = desk.run(&["order", "buy", "btc", "--quantity", quantity, "--book", "paper", "--again"]).ok();
    assert_eq!((&order["state"], &order["approval_id"]), (&json!("awaiting_approval"), &order["id"]));
    order["id"].as_str().unwrap().to_owned()
}

fn state(desk: &Desk, id: &str) -> Value {
    row(&desk.run(&["orders"]).ok()["orders"], "id", id)["state"].clone()
}

fn trades(desk: &Desk) -> usize {
    desk.run(&["history", "--book", "paper"]).ok()["trades"].as_array().unwrap().len()
}

fn card(desk: &Desk, id: &str) -> Value {
    row(&desk.run(&["approvals"]).ok()["approvals"], "id", id).clone()
}

#[test]
fn an_order_that_waits_is_shown_with_its_card_and_sent_when_approved_and_only_once() {
    let desk = asking();
    let id = buy(&desk, "0.1");
    assert_eq!(trades(&desk), 0);
    let asked = card(&desk, &id);
    let mut shape = crate::support::names(&asked);
    shape.retain(|name| *name != "card");
    assert_eq!(shape, ["expires_at", "id", "kind", "options", "order", "question"]);
    assert_eq!((&asked["kind"], &asked["order"]["id"]), (&json!("order"), &json!(id)));
    let of = &asked["card"];
    assert_eq!(
        (&of["price"]["proposed"], &of["cost"]["total"], &of["cost"]["worst"]),
        (&json!("100000"), &json!("10100"), &json!("10150.5"))
    );
    assert_eq!(
        (&of["exposure"]["coins_before"], &of["exposure"]["coins_after"], &of["why"]),
        (&json!("0"), &json!("0.1"), &Value::Null)
    );
    let words = desk.say(&["approvals"]);
    assert!(
        words.stdout.contains("Buy 0.1 BTC at once, in the paper book?") && words.stdout.contains("PAPER"),
        "{words:?}"
    );

    desk.run(&["approve", &id, "--hash", &"0".repeat(64)]).refused("approval_changed");
    let sent = desk.run(&["approve", &id, "--hash", of["hash"].as_str().unwrap()]).ok();
    assert_eq!((&sent["state"], trades(&desk)), (&json!("filled"), 1));
    desk.run(&["approve", &id]).refused("approval_used");
    assert_eq!(trades(&desk), 1, "a new process sends it no second time");
    assert_eq!(desk.run(&["approvals"]).ok()["approvals"], json!([]));
}

#[test]
fn edits_rejections_and_answers_are_kept_and_wrong_words_change_nothing() {
    let desk = asking();
    let (one, two) = (buy(&desk, "0.1"), buy(&desk, "0.05"));
    desk.run(&["approve", &one, "--edit", "quantity=x"]).usage("bad_edit");
    desk.run(&["approve", &one, "--edit", "colour=red"]).usage("bad_edit");
    desk.run(&["approve", &one, "--edit", "quantity"]).usage("bad_edit");
    desk.run(&["approve", &one, "--edit", "quantity=9"]).refused("max_order_aud");
    let sent = desk.run(&["approve", &one, "--edit", "quantity=0.05"]).ok();
    assert_eq!((&sent["quantity"], &sent["filled"]), (&json!("0.05"), &json!("0.05")));
    desk.run(&["answer", &two, "what does the news say?"]).ok();
    assert_eq!(card(&desk, &two)["card"]["answers"], json!(["what does the news say?"]));
    desk.run(&["reject", &two, "--why", ""]).usage("bad_words");
    let rejected = desk.run(&["reject", &two, "--why", "not today"]).ok();
    assert_eq!(
        (&rejected["state"], &rejected["reason_code"], &rejected["reason"]),
        (&json!("denied"), &json!("rejected_by_person"), &json!("not today"))
    );
    desk.run(&["approve", &two]).refused("approval_rejected");
    desk.run(&["approve", "00000000000000000000000000000000"]).refused("approval_not_found");
    desk.run(&["mandate", "revoke", "manual", "--book", "live"]).refused("mandate_not_found");
    desk.run(&["mandate", "set", "manual", "--book", "live", "--approval", "maybe"]).usage("bad_mandate");
    assert_eq!(desk.run(&["verify"]).ok()["ok"], true);
}

#[test]
fn while_another_process_holds_the_workspace_it_decides_for_omc_and_two_at_once_send_one() {
    let desk = asking();
    let holder = desk.holder();
    let id = buy(&desk, "0.1");
    assert_eq!(card(&desk, &id)["order"]["state"], "awaiting_approval");
    let spawn = || desk.command().args(["--json", "approve", &id]).spawn().unwrap();
    let both: Vec<Ran> = [spawn(), spawn(), spawn()].into_iter().map(crate::support::finish).collect();
    let sent = both.iter().filter(|ran| ran.code == 0).count();
    assert_eq!((sent, trades(&desk)), (1, 1), "{both:?}");
    for ran in both.iter().filter(|ran| ran.code != 0) {
        assert!(["approval_used", "approval_busy"].contains(&ran.error().as_str()), "{ran:?}");
    }
    let other = buy(&desk, "0.02");
    desk.run(&["answer", &other, "hm"]).ok();
    desk.run(&["reject", &other, "--why", "no"]).ok();
    desk.run(&["mandate", "revoke", "manual", "--book", "paper"]).ok();
    assert_eq!(desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper"]).ok()["state"], "filled");
    assert_eq!(holder.stop(), Some(0));
    desk.run(&["approve", &id]).refused("approval_used");
    assert_eq!(trades(&desk), 2);
}

#[test]
fn a_question_ends_by_itself_while_omc_runs_and_is_over_after_a_kill_9_too() {
    let desk = asking();
    assert_eq!(desk.run(&["approvals", "set", "ask_s=5"]).ok()["ask_s"], 5);
    let (one, holder) = (buy(&desk, "0.1"), desk.holder());
    crate::support::until("it expires", || state(&desk, &one) == "expired");
    desk.run(&["approve", &one]).refused("approval_expired");
    let two = buy(&desk, "0.1");
    holder.kill_9();
    crate::support::until("its time is over", || desk.run(&["approvals"]).ok()["approvals"] == json!([]));
    desk.run(&["approve", &two]).refused("approval_expired");
    assert_eq!((state(&desk, &two), trades(&desk)), (json!("expired"), 0));
}

#[test]
fn a_kill_ends_every_question_for_good() {
    let desk = asking();
    let id = buy(&desk, "0.1");
    desk.run(&["kill"]).ok();
    desk.run(&["approve", &id]).refused("killed");
    desk.run(&["unkill"]).ok();
    desk.run(&["approve", &id]).refused("killed");
    assert_eq!((state(&desk, &id), trades(&desk)), (json!("cancelled"), 0));
}

#[test]
fn an_order_nobody_approved_is_not_sent_by_a_process_that_was_killed_and_came_again() {
    let desk = asking();
    let id = buy(&desk, "0.1");
    desk.holder().kill_9();
    let holder = desk.holder();
    assert_eq!((state(&desk, &id), trades(&desk)), (json!("awaiting_approval"), 0));
    desk.run(&["approve", &id]).ok();
    assert_eq!(trades(&desk), 1);
    drop(holder);
}
