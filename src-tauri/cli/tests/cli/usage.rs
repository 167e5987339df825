//! What every command keeps to: exit codes, one JSON document, errors where they belong.

use crate::support::{Desk, NATIVE, finish};
use std::io::{BufRead, BufReader};
use std::process::Stdio;

#[test]
fn wrong_words_end_with_2_an_error_on_standard_error_and_nothing_else() {
    let desk = Desk::offline();
    for words in [
        &[][..],
        &["frobnicate"],
        &["import"],
        &["import", "a.csv", "--frobnicate"],
        &["order", "hold", "btc", "--quantity", "1", "--book", "paper"],
        &["order", "buy", "btc", "--book", "paper"],
        &["order", "buy", "btc", "--quantity", "1"],
        &["order", "buy", "btc", "--quantity", "1", "--aud", "2", "--book", "paper"],
        &["order", "buy", "btc", "--quantity", "1", "--limit", "2", "--instant", "--book", "paper"],
        &["order", "buy", "btc", "--quantity", "1", "--book", "monopoly"],
        &["cancel"],
        &["cancel", "x", "--all"],
        &["candles", "--coin", "btc"],
        &["collect"],
        &["history", "--limit", "many"],
        &["limits", "set"],
    ] {
        desk.run(words).usage("usage");
    }
    assert!(!desk.home().exists(), "nonsense makes no workspace");
}

#[test]
fn words_that_parse_but_make_no_sense_end_with_2_and_say_which() {
    let desk = Desk::offline();
    for (words, code) in [
        (&["history", "--from", "yesterday"][..], "bad_time"),
        (&["history", "--timezone", "Sydney"], "bad_timezone"),
        (&["history", "--coin", "B T C"], "bad_coin"),
        (&["pnl", "--by", "moon"], "bad_group"),
        (&["pnl", "--method", "wishful"], "bad_method"),
        (&["candles", "--coin", "btc", "--interval", "7m"], "bad_interval"),
        (&["report", "pnl", "--format", "docx", "--out", "x"], "report_not_available"),
        (&["import", "x.csv", "--format", "excel"], "bad_format"),
        (&["collect", "twitter", "--once"], "unknown_source"),
        (&["limits", "set", "max_order_aud"], "bad_limit"),
        (&["limits", "set", "max_yachts=1"], "limit_name_unknown"),
        (&["limits", "set", "max_order_aud=-1"], "limit_value_bad"),
        (&["limits", "set", "max_coin_pct=101"], "limit_value_bad"),
        (&["paper", "reset", "--cash", "1e400"], "bad_amount"),
        (&["paper", "reset", "--cash", "0.001"], "bad_amount"),
        (&["paper", "reset", "--cash", "-1"], "bad_amount"),
        (&["paper", "reset", "--cash", "79228162514264337593543950335"], "bad_amount"),
        (&["cancel", "nonsense"], "bad_order_id"),
        (&["order", "buy", "btc", "--quantity", "NaN", "--book", "paper"], "bad_amount"),
        (&["order", "buy", "btc", "--quantity", "1e400", "--book", "paper"], "bad_amount"),
        (&["order", "buy", "btc", "--quantity", "1", "--limit", "0", "--book", "paper"], "bad_amount"),
        (&["order", "buy", "!!", "--quantity", "1", "--book", "paper"], "bad_coin"),
    ] {
        if code == "bad_format" {
            desk.write("x.csv", NATIVE);
            let file = desk.path("x.csv");
            desk.run(&["import", file.to_str().unwrap(), "--format", "excel"]).usage(code);
        } else {
            desk.run(words).usage(code);
        }
    }
}

#[test]
fn for_a_person_an_error_is_one_line_with_its_code() {
    let desk = Desk::offline();
    let refused = desk.say(&["pnl", "--by", "moon"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (2, ""));
    assert!(refused.stderr.starts_with("omc: 'moon' is no grouping"), "{refused:?}");
    assert!(refused.stderr.trim_end().ends_with("[bad_group]"), "{refused:?}");
    let usage = desk.say(&["frobnicate"]);
    assert_eq!(usage.code, 2);
    assert!(usage.stderr.starts_with("omc: unrecognized subcommand 'frobnicate'"), "{usage:?}");
}

#[test]
fn what_stands_before_the_command_may_stand_twice_and_what_an_order_is_may_not() {
    let desk = Desk::offline();
    desk.run(&["history", "--json"]).ok();
    let other = desk.path("other");
    desk.run(&["--home", "/nowhere", "--demo", "history", "--demo", "--home", other.to_str().unwrap()]).ok();
    assert!(other.join("demo").exists(), "the last word counts");
    desk.run(&["order", "buy", "btc", "--aud", "1", "--aud", "2", "--book", "paper"]).usage("usage");
}

#[test]
fn help_and_version_are_no_errors() {
    let desk = Desk::offline();
    for words in [&["--help"][..], &["order", "--help"], &["--version"]] {
        let shown = desk.say(words);
        assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{shown:?}");
        assert!(!shown.stdout.is_empty());
    }
    assert!(desk.say(&["--version"]).stdout.starts_with("omc "));
}

#[test]
fn coins_go_in_as_written_and_come_out_upper_case() {
    let desk = Desk::offline();
    let file = desk.write("t.csv", format!("{NATIVE}2024-07-01T00:00:00Z,dOgE,buy,1,100,1,,,\n"));
    desk.run(&["import", &file]).ok();
    for coin in ["doge", "DOGE", "Doge"] {
        assert_eq!(desk.run(&["history", "--coin", coin]).ok()["trades"][0]["coin"], "DOGE");
        assert_eq!(desk.run(&["positions", "--coin", coin]).ok()["positions"][0]["coin"], "DOGE");
    }
}

#[test]
fn the_workspace_is_where_home_says_and_the_demo_has_its_own() {
    let desk = Desk::offline();
    let other = desk.path("other");
    desk.run(&["--home", other.to_str().unwrap(), "history"]).ok();
    assert!(other.join("workspace.db").exists() && !desk.home().exists());
    desk.run(&["--demo", "history"]).ok();
    assert!(desk.home().join("demo").join("workspace.db").exists());
    assert!(!desk.home().join("workspace.db").exists());
    desk.write("file", "not a folder");
    let file = desk.path("file");
    let refused = desk.run(&["--home", file.to_str().unwrap(), "history"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(!refused.error().is_empty());
}

#[test]
fn many_first_looks_at_once_are_all_answered() {
    let desk = Desk::offline();
    let looks: Vec<_> = (0..8).map(|_| desk.command().args(["--json", "history"]).spawn().unwrap()).collect();
    for look in looks {
        assert_eq!(finish(look).ok()["trades"], serde_json::json!([]));
    }
}

#[test]
fn the_demo_trades_on_its_own_world_and_says_so() {
    let desk = Desk::offline();
    let collected = desk.run(&["--demo", "collect", "coinspot_prices", "--once"]).ok();
    assert!(collected["runs"][0]["new"].as_u64().unwrap() > 10, "{collected}");
    let bought = desk.run(&["--demo", "order", "buy", "btc", "--aud", "10", "--book", "paper"]).ok();
    assert_eq!(bought["state"], "filled");
    assert!(desk.say(&["--demo", "paper", "reset", "--cash", "1"]).stdout.starts_with("DEMO PAPER"));
    assert_eq!(desk.run(&["orders"]).ok()["orders"], serde_json::json!([]), "the real workspace knows nothing of it");
}

#[test]
fn an_address_beyond_this_machine_must_be_https() {
    let desk = Desk::offline();
    let mut command = desk.command();
    command.env("OMC_COINSPOT_URL", "http://example.com").args(["--json", "collect", "--once"]);
    finish(command.spawn().unwrap()).refused("cannot_reach_out");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::offline();
    let rows: String = (0..5_000).map(|n| format!("2024-07-01T00:00:00Z,BTC,buy,1,100,1,,kraken,{n}\n")).collect();
    let file = desk.write("many.csv", format!("{NATIVE}{rows}"));
    desk.run(&["import", &file]).ok();
    for words in [&["history"][..], &["--json", "history"]] {
        let mut child = desk.command().args(words).spawn().unwrap();
        let mut first = [0];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
        drop(child.stdout.take());
        let ran = finish(child);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    }
    let mut help = desk.command().arg("--help").spawn().unwrap();
    drop(help.stdout.take());
    let ran = finish(help);
    assert!(!ran.stderr.contains("panicked"), "{ran:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let desk = Desk::offline();
    desk.run(&["history"]).ok();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = finish(desk.command().args(["--json", "history"]).stdout(Stdio::from(full)).spawn().unwrap());
    assert_eq!((ran.code, ran.error().as_str()), (1, "cannot_write"), "{ran:?}");
}

#[test]
fn staging_serves_a_world_that_omc_trades_on() {
    let mut desk = Desk::offline();
    let mut world = desk.command().args(["--json", "staging", "--seed", "7"]).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(world.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(told["seed"], 7);
    let url = told["url"].as_str().unwrap().to_owned();
    desk.cut();
    let mut command = desk.command();
    command.env("OMC_COINSPOT_URL", &url).env("OMC_COINSPOT_WEB_URL", &url);
    let collected = finish(command.args(["--json", "collect", "coinspot_prices", "--once"]).spawn().unwrap());
    world.kill().unwrap();
    world.wait().unwrap();
    assert!(collected.ok()["runs"][0]["new"].as_u64().unwrap() > 10, "a thin coin may have no buyer just now");
    let faults = desk.write("faults.json", r#"{"rules":[{"path":"/x","fault":{"kind":"gremlins"}}]}"#);
    desk.run(&["staging", "--faults", &faults]).refused("faults_form");
    let missing = desk.run(&["staging", "--replay", "/nowhere.csv"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (1, ""), "{missing:?}");
}

#[test]
fn logs_stay_out_of_the_way_of_a_program_that_reads_standard_error() {
    let desk = Desk::offline();
    let failed = desk.run(&["collect", "--once"]);
    assert_eq!((failed.code, failed.stderr.as_str()), (1, ""), "{failed:?}");
    failed.json();
}
