//! `omc pnl` from a cold process on a workspace of 1M fills, against a bare one-column scan of as many rows through
//! sqlx, each a process of its own on one core. Prints CPU seconds, the ratio (goal: at most 2), and the bytes a fill
//! takes. `OMC_BENCH_FILLS` sets the size, `OMC_BENCH_RUNS` the runs.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench may stop at the first surprise"
)]

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor};
use std::path::Path;
use std::process::Command;

#[path = "../../workstation/benches/support/fills.rs"]
mod fills;

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn main() {
    if let Ok(database) = std::env::var("OMC_BENCH_SCAN") {
        return scan(&database);
    }
    // `cargo test` builds and runs benches as well: then a small size shows that it works.
    let measuring = std::env::args().any(|arg| arg == "--bench");
    let fills = env("OMC_BENCH_FILLS", if measuring { 1_000_000 } else { 2_000 });
    let runs = env("OMC_BENCH_RUNS", if measuring { 5 } else { 1 });
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let file = folder.path().join("fills.csv");
    std::fs::write(&file, fills::csv(fills)).unwrap();
    let omc = env!("CARGO_BIN_EXE_omc");
    let import = cpu_seconds(|| run(Command::new(omc).arg("--home").arg(&home).args(["--json", "import"]).arg(&file)));
    let bytes: u64 = std::fs::read_dir(&home)
        .unwrap()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("workspace.db"))
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    let bare = folder.path().join("bare.db");
    fill_bare(&bare, fills);
    let me = std::env::current_exe().unwrap();
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(cpu_seconds(|| run(pinned(omc).arg("--home").arg(&home).args(["--json", "pnl"]))));
        floor.push(cpu_seconds(|| run(pinned(me.to_str().unwrap()).env("OMC_BENCH_SCAN", &bare))));
    }
    let (ours, floor) = (median(ours), median(floor));
    println!("import of {fills} fills: {import:.2} CPU s");
    println!("workspace: {:.1} MB, {} bytes a fill", bytes as f64 / 1e6, bytes / fills.max(1));
    println!(
        "omc pnl, cold: {ours:.2} CPU s; one-column scan: {floor:.2} CPU s; ratio {:.2} (goal <= 2)",
        ours / floor
    );
}

/// A command held to one core, where the system can do that.
fn pinned(program: &str) -> Command {
    if Path::new("/usr/bin/taskset").exists() {
        let mut command = Command::new("/usr/bin/taskset");
        command.args(["-c", "0", program]);
        command
    } else {
        Command::new(program)
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// CPU seconds of the children that ended while `work` ran (Linux: fields 16 and 17 of /proc/self/stat).
fn cpu_seconds(work: impl FnOnce()) -> f64 {
    let before = children_ticks();
    work();
    (children_ticks() - before) as f64 / 100.0
}

fn children_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<u64> =
        stat.rsplit(") ").next().unwrap_or_default().split(' ').map(|field| field.parse().unwrap_or(0)).collect();
    fields.get(13).copied().unwrap_or(0) + fields.get(14).copied().unwrap_or(0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The floor's table: one column of as many bytes as a packed fill has.
fn fill_bare(database: &Path, rows: u64) {
    block_on(async {
        let options = SqliteConnectOptions::new().filename(database).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        connection.execute("CREATE TABLE bare (id INTEGER PRIMARY KEY, body BLOB NOT NULL)").await.unwrap();
        let fill = format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) \
             INSERT INTO bare SELECT i, randomblob(44) FROM n"
        );
        sqlx::query(sqlx::AssertSqlSafe(fill)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

fn scan(database: &str) {
    let bytes = block_on(async {
        let mut connection = SqliteConnectOptions::new().filename(database).connect().await.unwrap();
        let rows: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT body FROM bare").fetch_all(&mut connection).await.unwrap();
        rows.iter().map(|(body,)| body.len()).sum::<usize>()
    });
    println!("{bytes}");
}
