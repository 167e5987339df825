//! `omc sweep`: the same bytes in one go, in parts and after being killed, and what it counts.

use crate::support::{Desk, PATIENCE};
use std::process::Stdio;
use std::time::{Duration, Instant};

const HOURS: i64 = 600;
const GRID: [&str; 10] =
    ["sweep", "--strategy", "sma_cross", "--coin", "BTC", "--interval", "1h", "--grid", "fast=2..31", "--grid"];

fn with_candles() -> Desk {
    let desk = Desk::offline();
    let line = |hour: i64| {
        let (open, close) =
            (50_000 + (hour * hour * 7_919) % 9_001, 50_000 + ((hour + 1) * (hour + 1) * 7_919) % 9_001);
        let ms = 1_719_792_000_000 + hour * 3_600_000;
        format!("{ms},{open},{},{},{close},7\n", open.max(close), open.min(close))
    };
    let rows: String = (0..HOURS).map(line).collect();
    let file = desk.write("btc.csv", format!("ts_ms,open,high,low,close,volume\n{rows}"));
    desk.run(&["candles", "import", &file, "--coin", "BTC", "--interval", "1h"]).ok();
    desk
}

#[test]
fn a_sweep_killed_and_asked_for_again_and_one_put_together_from_shards_have_the_bytes_of_the_whole() {
    let (whole, other) = (with_candles(), with_candles());
    let swept = |desk: &Desk, more: &[&str]| {
        let words: Vec<&str> = GRID.iter().copied().chain(["slow=20..99"]).chain(more.iter().copied()).collect();
        desk.run(&words)
    };
    let path = |desk: &Desk, name: &str| desk.path(name).to_string_lossy().into_owned();
    let file = path(&whole, "whole");
    let told = swept(&whole, &["--threads", "1", "--out", &file]);
    let view = told.ok();
    assert_eq!((&view["points"], &view["execution"]), (&2_400.into(), &"next_open".into()));
    let bytes = std::fs::read(&file).unwrap();
    let counted = whole.run(&["trials", "--coin", "BTC", "--interval", "1h"]).ok();
    assert_eq!((&counted["trials"], &counted["made"].as_array().unwrap().len()), (&view["ran"], &1));
    // Killed in the middle, or at its end where the machine is fast: asked for again it comes to the same.
    let words: Vec<&str> = GRID.iter().copied().chain(["slow=20..99", "--threads", "1"]).collect();
    let mut child = other.command().args(&words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let lines = || {
        let files = std::fs::read_dir(other.home().join("sweeps")).into_iter().flatten().flatten();
        files.map(|file| std::fs::read_to_string(file.path()).map_or(0, |text| text.lines().count())).sum::<usize>()
    };
    while lines() < 3 && child.try_wait().unwrap().is_none() && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lines() >= 3, "some of it was kept");
    let resumed = path(&other, "resumed");
    assert_eq!(swept(&other, &["--out", &resumed]).stdout, told.stdout);
    assert_eq!(std::fs::read(&resumed).unwrap(), bytes);
    let parts = [path(&other, "one"), path(&other, "two")];
    for (part, file) in ["1/2", "2/2"].iter().zip(&parts) {
        swept(&other, &["--shard", part, "--out", file]).ok();
    }
    let merged = path(&other, "merged");
    let put = other.run(&["sweep", "merge", &parts[0], &parts[1], "--out", &merged]);
    assert_eq!((put.ok(), std::fs::read(&merged).unwrap()), (view, bytes));
    other.run(&["sweep", "merge", &parts[0]]).refused("sweep_incomplete");
}

#[test]
fn a_grid_that_makes_no_sense_is_a_usage_error() {
    let desk = Desk::offline();
    let with = |axis: &str| desk.run(&GRID.iter().copied().chain([axis]).collect::<Vec<_>>());
    with("slow=9..2").usage("bad_axis");
    with("fast=2").usage("axis_twice");
    with("speed=2").usage("unknown_parameter");
    with("slow=1..500").refused("no_candles");
    desk.run(&["sweep"]).usage("usage");
    desk.run(&["sweep", "merge"]).usage("usage");
}
