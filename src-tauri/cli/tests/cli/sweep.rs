//! `omc sweep`: the same bytes in one go, in parts and after being killed, and what it counts.

use crate::support::{Desk, PATIENCE};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
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

#[test]
fn a_cluster_that_makes_no_sense_and_a_python_that_is_none_are_named() {
    let desk = with_candles();
    let on = |more: &[&str]| {
        let words: Vec<&str> = GRID.iter().copied().chain(["slow=20..99"]).chain(more.iter().copied()).collect();
        desk.run(&words)
    };
    on(&["--on", "spark://local"]).usage("bad_cluster");
    on(&["--on", "ray://local", "--shard", "1/2"]).usage("bad_cluster");
    on(&["--nodes", "2"]).usage("usage");
    let words: Vec<&str> = GRID.iter().copied().chain(["slow=20..99", "--on", "ray://local"]).collect();
    let ran = desk.command().args(&words).env("OMC_PYTHON", "/nonexistent/python").output().unwrap();
    assert!(String::from_utf8_lossy(&ran.stderr).contains("python_missing"), "{ran:?}");
    let left: Vec<_> = std::fs::read_dir(desk.home().join("sweeps")).unwrap().map(|one| one.unwrap().path()).collect();
    assert!(left.iter().all(|path| path.is_file()), "nothing of it is kept: {left:?}");
}

/// On two nodes that Ray simulates on this machine, the second time with a worker that is killed in the middle.
#[cfg(unix)]
#[test]
fn two_nodes_of_a_ray_cluster_give_the_bytes_of_one_machine_also_when_a_worker_is_lost() {
    let python = std::env::var("OMC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    if !Command::new(&python).args(["-c", "import ray"]).output().is_ok_and(|ran| ran.status.success()) {
        println!("skipped: {python} has no Ray (OMC_PYTHON names another python; pip install 'ray[client]')");
        return;
    }
    let grid: Vec<&str> = GRID.iter().copied().chain(["slow=20..99"]).collect();
    let local = with_candles();
    let file = |desk: &Desk, name: &str| desk.path(name).to_string_lossy().into_owned();
    let whole = file(&local, "whole");
    local.run(&[&grid[..], &["--out", &whole]].concat()).ok();
    let bytes = std::fs::read(&whole).unwrap();
    for dies in [false, true] {
        let desk = with_candles();
        let (out, mark) = (file(&desk, "out"), file(&desk, "died"));
        // Stands before omc on a worker: the first shard that is run kills the worker that runs it.
        let first = if dies {
            format!("case \"$*\" in *--shard*) mkdir {mark} 2>/dev/null && kill -9 $PPID;; esac\n")
        } else {
            String::new()
        };
        let omc = desk.write("omc.sh", format!("#!/bin/sh\n{first}exec {} \"$@\"\n", env!("CARGO_BIN_EXE_omc")));
        std::fs::set_permissions(&omc, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let words = [&grid[..], &["--on", "ray://local", "--nodes", "2", "--worker-omc", &omc, "--out", &out]].concat();
        let log = ("OMC_LOG", "workstation=info");
        let ran = desk.command().args(&words).envs([log, ("OMC_PYTHON", python.as_str())]).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(ran.status.success(), "{said}");
        assert_eq!(std::fs::read(&out).unwrap(), bytes);
        assert_eq!(std::path::Path::new(&mark).exists(), dies);
        let nodes: BTreeSet<&str> = said.lines().filter_map(|line| line.split("from node ").nth(1)).collect();
        assert_eq!(nodes.len(), 2, "both nodes did some of it: {said}");
        let counted = desk.run(&["trials", "--coin", "BTC", "--interval", "1h"]).ok();
        let again = local.run(&["trials", "--coin", "BTC", "--interval", "1h"]).ok();
        assert_eq!(counted["trials"], again["trials"], "counted once, as if it had run here");
    }
}
