//! Reports as files: what each says, proven later, and written whole or not at all.

use crate::support::{Desk, NATIVE, Ran, exact};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const TRADES: &str = "2024-07-02T10:00:00+10:00,BTC,buy,0.5,90000,450,,kraken,a1\n\
    2024-09-01T10:00:00+10:00,BTC,sell,0.2,100000,200,,kraken,a2\n\
    2024-10-06T13:00:00+11:00,ETH,buy,4,3900,15.6,sma_cross,kraken,a3\n";
const FILES: [(&str, &str); 6] =
    [("trades", "csv"), ("pnl", "html"), ("equity", "xlsx"), ("cgt", "pdf"), ("income", "json"), ("audit", "json")];

fn traded() -> Desk {
    let desk = Desk::offline();
    desk.run(&["import", &desk.write("trades.csv", format!("{NATIVE}{TRADES}"))]).ok();
    desk
}

fn written(desk: &Desk, kind: &str, format: &str) -> String {
    let file = desk.path(&format!("{kind}.{format}")).display().to_string();
    let fy = if ["cgt", "income"].contains(&kind) { vec!["--fy", "2025"] } else { vec![] };
    desk.run(&[&["report", kind, "--format", format, "--out", &file][..], &fy].concat()).ok();
    file
}

/// Exit 1 with this verdict.
#[track_caller]
fn denied(ran: &Ran, code: &str) -> Value {
    let verdict = ran.json();
    assert_eq!((ran.code, &verdict["ok"], &verdict["code"]), (1, &json!(false), &json!(code)), "{verdict}");
    verdict
}

#[test]
fn a_report_is_proven_true_and_a_changed_file_or_journal_is_not() {
    let desk = traded();
    let files = FILES.map(|(kind, format)| written(&desk, kind, format));
    for file in &files {
        let verdict = desk.run(&["verify", "--report", file]).ok();
        assert_eq!((&verdict["ok"], &verdict["code"]), (&json!(true), &json!("genuine")), "{file}");
    }
    let csv = &files[0];
    let text = std::fs::read_to_string(csv).unwrap();
    std::fs::write(csv, text.replacen("0.5,90000", "0.6,90000", 1)).unwrap();
    let verdict = denied(&desk.run(&["verify", "--report", csv]), "changed");
    assert!(verdict["differences"][0]["file"].as_str().unwrap().contains("0.6"), "{verdict}");
    assert!(verdict["differences"][0]["journal"].as_str().unwrap().contains("0.5"), "{verdict}");

    desk.tamper("UPDATE facts SET recorded_at = recorded_at + 1000000 WHERE seq = 3;");
    denied(&desk.run(&["verify", "--report", &files[3]]), "journal_damaged");
    let other = traded();
    denied(&other.run(&["verify", "--report", &files[3]]), "foreign_journal");
}

#[test]
fn income_is_told_line_by_line_and_what_has_no_value_is_in_no_sum() {
    let desk = traded();
    for (coin, quantity, value) in [("ETH", "0.5", Some("2000")), ("SOL", "3", None), ("ETH", "0.25", Some("1000"))] {
        let day = match quantity {
            "0.25" => "2025-07-01",
            "3" => "2024-12-02",
            _ => "2024-12-01",
        };
        let words = ["movement", "add", "--kind", "staking", "--coin", coin, "--quantity", quantity, "--time", day];
        let value = value.map_or_else(Vec::new, |value| vec!["--value", value]);
        desk.run(&[&words[..], &value].concat()).ok();
    }
    let file = written(&desk, "income", "json");
    let report: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let rows = |sheet: usize| report["sheets"][sheet]["rows"].as_array().unwrap().clone();
    let lines: Vec<_> = rows(0).iter().map(|row| (row["coin"].clone(), row["value"].clone())).collect();
    assert_eq!(lines, [(json!("ETH"), json!("2000")), (json!("SOL"), Value::Null)], "1 July is of the next year");
    assert_eq!(rows(1)[1], json!({"kind": "staking", "coin": "SOL", "quantity": "3", "value": null}));
    assert_eq!(exact(&rows(2)[0]["AUD"]), exact(&json!("2000")));
    let notes = report["notes"].to_string();
    assert!(notes.contains("Unresolved") && notes.contains("no value"), "{notes}");
    desk.run(&["report", "income", "--out", "/nowhere"]).usage("bad_year");
}

#[test]
fn the_equity_is_a_picture_by_the_ending_of_its_name() {
    let desk = traded();
    let out = |name: &str| desk.path(name).display().to_string();
    desk.run(&["chart", "equity", "--out", &out("equity.svg")]).ok();
    let done = desk.run(&["chart", "equity", "--out", &out("equity.png")]).ok();
    assert!(done["rows"].as_u64().unwrap() > 100 && done["sha256"].as_str().unwrap().len() == 64, "{done}");
    assert!(std::fs::read_to_string(out("equity.svg")).unwrap().contains("<svg"));
    assert!(std::fs::read(out("equity.png")).unwrap().starts_with(b"\x89PNG"));
    desk.run(&["chart", "equity", "--out", &out("equity.gif")]).usage("bad_format");
    assert!(!Path::new(&out("equity.gif")).exists());
}

/// A small file system of its own, gone with the guard.
struct SmallDisk<'a>(&'a Path);

impl<'a> SmallDisk<'a> {
    fn mount(at: &'a Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|done| done.status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[test]
fn a_report_for_which_there_is_no_room_leaves_the_one_before_with_its_seal_and_names_the_file() {
    let desk = traded();
    let folder = desk.path("disk");
    std::fs::create_dir(&folder).unwrap();
    let Some(disk) = SmallDisk::mount(&folder) else {
        println!("skipped: mounting a small file system needs root");
        return;
    };
    let file = disk.0.join("trades.csv").display().to_string();
    let write = |format: &str| desk.run(&["report", "trades", "--format", format, "--out", &file]);
    write("csv").ok();
    let before = std::fs::read(&file).unwrap();
    let names = || {
        let mut names: Vec<_> = std::fs::read_dir(disk.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let there = [names(), vec!["ballast".into()]].concat();
    std::fs::write(disk.0.join("ballast"), vec![1; 52_000]).unwrap();
    // The CSV fits and its seal does not; a PDF does not at all.
    for format in ["csv", "pdf"] {
        let rows: String = (0..60)
            .map(|n| format!("2024-11-{:02}T00:00:00Z,ETH,buy,1,{n}1,1,,kraken,{format}{n}\n", n % 28 + 1))
            .collect();
        desk.run(&["import", &desk.write("more.csv", format!("{NATIVE}{rows}"))]).ok();
        let refused = write(format);
        refused.refused("disk_full");
        assert!(refused.stderr.contains(&file), "{refused:?}");
        assert_eq!(std::fs::read(&file).unwrap(), before, "{format}");
        let mut there = there.clone();
        there.sort();
        assert_eq!(names(), there, "no part of a file is left");
    }
    assert_eq!(desk.run(&["verify", "--report", &file]).ok()["code"], "genuine");
    std::fs::remove_file(disk.0.join("ballast")).unwrap();
    assert_eq!(write("csv").ok()["rows"], 123);
}
