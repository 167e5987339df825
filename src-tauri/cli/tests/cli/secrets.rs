//! Keys: a canary is found nowhere, a keyring that is absent or locked says so, and one that is there keeps.

use crate::support::{Desk, Ran};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const CANARY: &str = "canary-3fd94a77";
/// As a secret that would spoil a URL, a header and JSON.
const NASTY: &str = "canary-3fd94a77 \"&?=\\%";

fn spoken(mut command: Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that does not read its input may be gone before it is written.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Files below a folder that hold the canary, as it is or in base64 of any alignment's middle.
fn tainted(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            found.extend(tainted(&entry));
        } else if let Ok(bytes) = std::fs::read(&entry)
            && bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
        {
            found.push(entry.display().to_string());
        }
    }
    found
}

#[test]
fn a_key_is_found_in_no_output_log_file_backup_or_export_also_when_things_fail() {
    let desk = Desk::online();
    let names = ["COINSPOT_KEY", "COINSPOT_SECRET", "OPENAI_KEY", "CRYPTOPANIC_TOKEN", "REDDIT_CLIENT_ID"];
    let run = |words: &[&str], input: &str| {
        let mut command = desk.command();
        for name in names.iter().chain(&["REDDIT_CLIENT_SECRET", "POSTGRES_URL"]) {
            command.env(format!("OMC_SECRET_{name}"), NASTY);
        }
        command.env("OMC_LOG", "trace").env("RUST_BACKTRACE", "full").args(words);
        let ran = spoken(command, input);
        assert!(!format!("{ran:?}").contains(CANARY), "{words:?}: {ran:?}");
        ran
    };
    let backup = desk.path("backup.omc");
    let export = desk.path("trades.csv");
    run(&["collect", "--once"], "");
    run(&["collect", "cryptopanic", "--once"], "");
    run(&["collect", "reddit", "--once"], "");
    run(&["--json", "secrets", "list"], "");
    run(&["secrets", "set", "gemini_key"], NASTY);
    run(&["secrets", "set", "gemini_key"], &format!("{CANARY}\n{CANARY}\n"));
    run(&["secrets", "set", "nobodys_key"], CANARY);
    run(&["secrets", "remove", "gemini_key"], "");
    run(&["sources", "show", "fear_greed"], "");
    run(&["doctor"], "");
    run(&["run", "--seconds", "2"], "");
    run(&["backup", backup.to_str().unwrap()], "");
    run(&["report", "trades", "--out", export.to_str().unwrap()], "");
    assert!(backup.exists());
    assert_eq!(tainted(desk.path("").as_path()), [""; 0]);
}

#[test]
fn without_a_keyring_it_says_what_works_and_keeps_nothing_anywhere() {
    let desk = Desk::offline();
    let mut command = desk.command();
    command.args(["--json", "secrets", "set", "gemini_key"]);
    let refused = spoken(command, CANARY);
    refused.refused("no_keyring");
    assert!(refused.stderr.contains("paper trading"), "{refused:?}");
    let listed = desk.run(&["secrets", "list"]).ok();
    assert_eq!(listed["keyring"], false);
    assert!(listed["secrets"].as_array().unwrap().iter().all(|secret| secret["is_set"] == false), "{listed}");
    assert_eq!(tainted(desk.path("").as_path()), [""; 0]);
    desk.run(&["secrets", "set", "nobodys_key"]).usage("unknown_secret");
    let mut given = desk.command();
    given.args(["--json", "secrets", "list"]).env("OMC_SECRET_GEMINI_KEY", CANARY);
    let listed = spoken(given, "").json();
    let row = listed["secrets"].as_array().unwrap().iter().find(|row| row["name"] == "gemini_key").unwrap().clone();
    assert_eq!((&row["is_set"], &row["from"]), (&true.into(), &"environment".into()));
}

#[test]
fn the_systems_keyring_keeps_a_key_and_gives_it_up() {
    let there = |program: &str| Command::new(program).arg("--version").output().is_ok();
    if !there("dbus-run-session") || !there("gnome-keyring-daemon") {
        println!("skipped: dbus-run-session and gnome-keyring-daemon are not installed");
        return;
    }
    let desk = Desk::offline();
    let omc = env!("CARGO_BIN_EXE_omc");
    let script = format!(
        "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; set -e; \
         printf %s {CANARY} | {omc} --json secrets set reddit_client_id; \
         {omc} --json secrets list; {omc} --json secrets remove reddit_client_id; \
         {omc} --json secrets remove reddit_client_id || echo refused"
    );
    let like = desk.command();
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "sh", "-c", &script]).env_clear();
    command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let ran = spoken(command, "");
    let lines: Vec<serde_json::Value> = ran.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let kept = |line: &serde_json::Value| {
        let rows = line["secrets"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == "reddit_client_id").unwrap()["from"].clone()
    };
    assert_eq!(lines.len(), 3, "{ran:?}");
    assert_eq!((kept(&lines[0]), kept(&lines[1])), ("keyring".into(), "keyring".into()), "{ran:?}");
    assert_eq!(kept(&lines[2]), serde_json::Value::Null);
    assert!(ran.stdout.ends_with("refused\n") && ran.stderr.contains("no_such_secret"), "{ran:?}");
    assert!(!format!("{ran:?}").contains(CANARY));
    assert_eq!(tainted(&desk.home()), [""; 0], "the workspace holds none of it");
}
