//! Damage is noticed and named; backups are whole; a restored workspace is a new device.

use crate::support::{Desk, NATIVE, exact, row};
use serde_json::json;

fn traded() -> Desk {
    let desk = Desk::trading(&[("btc", "99000", "100000", "99500")]);
    let rows: String = (1..=20).map(|n| format!("2024-07-{n:02}T00:00:00Z,ETH,buy,{n},100,1,,kraken,{n}\n")).collect();
    let file = desk.write("trades.csv", format!("{NATIVE}{rows}"));
    desk.run(&["import", &file]).ok();
    for words in ["buy btc --quantity 0.1", "sell btc --quantity 0.05", "buy btc --quantity 0.01 --limit 90000"] {
        let words: Vec<&str> = ["order"].into_iter().chain(words.split(' ')).chain(["--book", "paper"]).collect();
        desk.run(&words).ok();
    }
    desk
}

/// Verify says no: exit 1, and the first problem as (code, sequence).
fn problem(desk: &Desk) -> (String, Option<u64>) {
    let verified = desk.run(&["verify"]);
    assert_eq!((verified.code, verified.stderr.as_str()), (1, ""), "{verified:?}");
    let report = verified.json();
    assert_eq!(report["ok"], false);
    let first = &report["problems"][0];
    assert!(!first["message"].as_str().unwrap().is_empty());
    (first["code"].as_str().unwrap().to_owned(), first["sequence"].as_u64())
}

/// Even before anybody asked for a proof, no order goes.
fn halted_unasked(desk: &Desk) {
    let order = desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper"]);
    assert_eq!((order.code, order.stdout.as_str()), (1, ""), "{order:?}");
}

/// Trading is halted, and what is there can still be read.
fn halted(desk: &Desk) {
    let order = desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper"]);
    assert_eq!((order.code, order.stdout.as_str()), (1, ""), "no order on a damaged journal: {order:?}");
    let doctor = desk.run(&["doctor"]);
    assert_eq!((doctor.code, &doctor.json()["ok"]), (1, &json!(false)));
}

#[test]
fn a_sound_workspace_verifies_and_names_its_device_facts_and_head() {
    let desk = traded();
    let verified = desk.run(&["verify"]).ok();
    assert_eq!((&verified["ok"], &verified["problems"]), (&json!(true), &json!([])));
    let device = &verified["devices"][0];
    assert_eq!((device["device"].as_str().unwrap().len(), device["head"].as_str().unwrap().len()), (32, 64));
    assert!(device["facts"].as_u64().unwrap() > 30);
    assert_eq!(desk.run(&["verify"]).ok(), verified, "looking changes nothing");
    let doctor = desk.run(&["doctor"]).ok();
    assert_eq!(doctor["ok"], true);
    for check in ["folder", "workspace", "journal", "sources", "kill_switch"] {
        row(&doctor["checks"], "name", check);
    }
}

#[test]
fn an_edited_fact_is_named_by_its_sequence_and_halts_trading() {
    let desk = traded();
    desk.tamper("UPDATE facts SET body = CAST(body || x'00' AS BLOB) WHERE seq = 7;");
    let (_, sequence) = problem(&desk);
    assert_eq!(sequence, Some(7));
    halted(&desk);
}

#[test]
fn a_removed_fact_is_noticed_in_the_middle_and_at_the_end() {
    let desk = traded();
    desk.tamper("DELETE FROM facts WHERE seq = 7;");
    let (_, sequence) = problem(&desk);
    assert!(matches!(sequence, Some(7 | 8)), "{sequence:?}");
    halted(&desk);

    let desk = traded();
    desk.tamper("DELETE FROM facts WHERE seq = (SELECT max(seq) FROM facts);");
    halted_unasked(&desk);
    problem(&desk);
    halted(&desk);
}

#[test]
fn a_projection_that_differs_from_the_facts_is_noticed() {
    let desk = traded();
    desk.tamper("DELETE FROM trade_ids WHERE id = (SELECT min(id) FROM trade_ids);");
    problem(&desk);
}

#[test]
fn a_projection_is_folded_anew_and_trading_goes_on_but_a_damaged_journal_stays_as_it_is() {
    let desk = traded();
    let pnl = desk.run(&["pnl", "--book", "paper"]).ok();
    desk.tamper("DELETE FROM trades; DELETE FROM trade_ids;");
    problem(&desk);
    halted(&desk);
    assert_eq!(desk.run(&["verify", "--rebuild"]).ok()["ok"], true);
    assert_eq!(desk.run(&["pnl", "--book", "paper"]).ok(), pnl);
    desk.run(&["order", "buy", "btc", "--quantity", "0.01", "--book", "paper"]).ok();

    desk.tamper("DELETE FROM trade_ids; UPDATE facts SET body = CAST(body || x'00' AS BLOB) WHERE seq = 7;");
    let refused = desk.run(&["verify", "--rebuild"]);
    assert_eq!((refused.code, refused.json()["problems"][0]["sequence"].as_u64()), (1, Some(7)), "{refused:?}");
    halted(&desk);
}

#[test]
fn a_damaged_page_is_told_and_never_repaired_in_silence() {
    let desk = traded();
    let database = desk.home().join("workspace.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    std::fs::write(&database, &bytes).unwrap();
    let verified = desk.run(&["verify"]);
    assert_eq!(verified.code, 1, "{verified:?}");
    if verified.stdout.is_empty() {
        assert!(["damaged", "database"].contains(&verified.error().as_str()), "{verified:?}");
    } else {
        assert_eq!(verified.json()["ok"], false);
    }
    let no_database = Desk::offline();
    std::fs::create_dir_all(no_database.home()).unwrap();
    std::fs::write(no_database.home().join("workspace.db"), vec![0x42; 20_000]).unwrap();
    let refused = no_database.run(&["history"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""), "{refused:?}");
    assert_eq!(std::fs::read(no_database.home().join("workspace.db")).unwrap(), vec![0x42; 20_000], "untouched");
}

#[test]
fn a_database_that_is_gone_or_empty_is_damage_and_no_fresh_start_and_a_backup_heals_it() {
    for empty in [true, false] {
        let desk = traded();
        let copy = desk.path("copy.db");
        desk.run(&["backup", copy.to_str().unwrap()]).ok();
        let history = desk.run(&["history"]).ok();
        for file in ["workspace.db-wal", "workspace.db-shm", "workspace.db"] {
            let _ = std::fs::remove_file(desk.home().join(file));
        }
        if empty {
            std::fs::write(desk.home().join("workspace.db"), "").unwrap();
        }
        for words in [&["history"][..], &["collect", "--once"], &["verify"]] {
            desk.run(words).refused("damaged");
        }
        assert_eq!(desk.run(&["doctor"]).code, 1);
        desk.run(&["restore", copy.to_str().unwrap()]).ok();
        assert_eq!(desk.run(&["history"]).ok(), history);
    }
}

#[test]
fn a_backup_restores_to_the_same_sums_as_a_new_device_that_trades_on() {
    let desk = traded();
    let copy = desk.path("copy.db");
    let copy = copy.to_str().unwrap();
    let written = desk.run(&["backup", copy]).ok();
    assert_eq!(written["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(written["rows"].as_u64().unwrap(), desk.head().0);
    desk.run(&["backup", copy]).refused("file_exists");

    let other = desk.path("restored");
    let home = other.to_str().unwrap();
    let at = |words: &[&str]| desk.run(&[&["--home", home], words].concat());
    let restored = at(&["restore", copy]).ok();
    assert_eq!(restored["ok"], true);
    for question in [
        &["history"][..],
        &["history", "--book", "paper"],
        &["positions"],
        &["pnl", "--by", "coin"],
        &["orders"],
        &["limits"],
    ] {
        assert_eq!(at(question).ok(), desk.run(question).ok(), "{question:?}");
    }
    let before = cash(&at(&["pnl", "--book", "paper"]).ok(), &at(&["positions", "--book", "paper"]).ok());
    let sold = at(&["order", "sell", "btc", "--quantity", "0.05", "--book", "paper", "--again"]).ok();
    assert_eq!(sold["state"], "filled", "the wallet came along");
    let devices = at(&["verify"]).ok()["devices"].as_array().unwrap().clone();
    assert_eq!(devices.len(), 2, "its own facts are a new device's");
    assert_ne!(devices[0]["device"], devices[1]["device"]);
    assert_eq!(at(&["positions", "--book", "paper"]).ok()["positions"], json!([]));
    let after = at(&["pnl", "--book", "paper"]).ok();
    assert!(exact(&after["fees"]) > before);
    at(&["order", "sell", "btc", "--quantity", "0.01", "--book", "paper"]).denied("insufficient_coins");

    at(&["paper", "reset", "--cash", "1000"]).ok();
    assert_eq!(at(&["positions", "--book", "paper"]).ok()["positions"], json!([]));
    assert_eq!(at(&["pnl", "--book", "paper"]).ok()["realised"], "0", "what the old device did lies before the reset");
    at(&["order", "buy", "btc", "--quantity", "0.0019", "--book", "paper"]).ok();
    assert_eq!(at(&["positions", "--book", "paper"]).ok()["positions"][0]["quantity"], "0.0019");
    assert_eq!(at(&["verify"]).ok()["ok"], true);
}

fn cash(pnl: &serde_json::Value, positions: &serde_json::Value) -> rust_decimal::Decimal {
    assert_eq!(positions["positions"][0]["quantity"], "0.05");
    exact(&pnl["fees"])
}

#[test]
fn a_workspace_that_is_there_is_moved_aside_and_a_bad_backup_changes_nothing() {
    let desk = traded();
    let copy = desk.path("copy.db");
    desk.run(&["backup", copy.to_str().unwrap()]).ok();
    let head = desk.head();
    let file = desk.write("later.csv", format!("{NATIVE}2024-08-01T00:00:00Z,ADA,buy,1,1,1,,kraken,later\n"));
    desk.run(&["import", &file]).ok();
    let garbage = desk.write("garbage.db", "this is no database");
    let refused = desk.run(&["restore", &garbage]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "bad_backup"), "{refused:?}");
    assert_eq!(desk.run(&["restore", "/nowhere.db"]).code, 1);
    assert_eq!(desk.run(&["positions", "--coin", "ada"]).ok()["positions"][0]["quantity"], "1", "nothing has changed");

    let holder = desk.holder();
    desk.run(&["restore", copy.to_str().unwrap()]).refused("workspace_in_use");
    drop(holder);
    desk.run(&["restore", copy.to_str().unwrap()]).ok();
    assert_eq!(desk.run(&["positions", "--coin", "ada"]).ok()["positions"], json!([]));
    let devices = desk.run(&["verify"]).ok()["devices"].clone();
    assert_eq!(devices[0]["facts"].as_u64().unwrap(), head.0);
    let aside = std::fs::read_dir(desk.home()).unwrap().flatten().map(|entry| entry.file_name());
    let names: Vec<String> = aside.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(names.iter().any(|name| name != "workspace.db" && name.contains("workspace")), "kept aside: {names:?}");
}

#[test]
fn a_damaged_backup_is_refused() {
    let desk = traded();
    let copy = desk.path("copy.db");
    desk.run(&["backup", copy.to_str().unwrap()]).ok();
    crate::support::tamper(&copy, "UPDATE facts SET recorded_at = recorded_at + 1 WHERE seq = 5");
    let home = desk.path("restored");
    let refused = desk.run(&["--home", home.to_str().unwrap(), "restore", copy.to_str().unwrap()]);
    assert_eq!((refused.code, refused.error().as_str()), (1, "bad_backup"), "{refused:?}");
    assert!(!home.join("workspace.db").exists());
}

#[test]
fn a_newer_schema_is_refused_untouched() {
    let desk = traded();
    desk.tamper(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'later', 1, x'00', 0);",
    );
    let before = std::fs::read(desk.home().join("workspace.db")).unwrap();
    for words in [&["history"][..], &["collect", "--once"], &["verify"]] {
        let refused = desk.run(words);
        assert_eq!((refused.code, refused.error().as_str()), (1, "newer_schema"), "{words:?}: {refused:?}");
    }
    assert_eq!(std::fs::read(desk.home().join("workspace.db")).unwrap(), before);
    assert_eq!(desk.run(&["doctor"]).code, 1);
}
