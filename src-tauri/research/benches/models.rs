//! How long boosting, a forest and a line take to learn 100,000 × 20, and how well they tell apart 25,000 they did not see.
//!
//! The samples are made as those other engines were measured with (the same formula, other random numbers), or are those very
//! ones: `MODELS_BENCH_CSV` names a file of `y,x0..x19`, the last fifth to be told apart. `OMC_PYTHON` names a Python with xgboost;
//! it then learns the same samples in the same run, on one thread as ours do. Without it the numbers written down for it are
//! printed, and said to be such. Times are those a processor was had, where the system tells. `MODELS_BENCH_ROWS` sets the rows that are learned (100,000 under `cargo bench`, else 1,000).
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it stands")]

use domain::{Coin, FactHash, Interval, Timestamp};
use research::models::{
    Calibration, Costs, Dataset, Dropped, LabelKind, LabelSpec, Learner, LearnerKind, Recipe, Sample, Table, roc_auc,
};
use research::truth::{Labels, Random};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

const COLUMNS: usize = 20;
/// What was measured once, on another machine: seconds of one thread, and the area under the curve.
const WRITTEN_DOWN: [&str; 3] = [
    "xgboost 3.2, 100 rounds, depth 6          1.18 s  AUC 0.797",
    "scikit-learn forest, 100 trees, depth 12 32.0  s  AUC 0.764",
    "scikit-learn logistic                     0.025 s, AUC as linfa's",
];

/// Reads rows, learns the first of them, prints seconds and the area under the curve on the rest.
const SCRIPT: &str = r#"
import os, sys, time
os.environ["OMP_NUM_THREADS"] = "1"
import numpy as np, xgboost as xgb
rows, learned = int(sys.argv[1]), int(sys.argv[2])
d = np.frombuffer(sys.stdin.buffer.read(8 * 21 * rows), dtype=np.float64).reshape(rows, 21)
x, y = d[:, 1:], d[:, 0].astype(int)
best = 9e9
for _ in range(3):
    m = xgb.XGBClassifier(n_estimators=100, max_depth=6, learning_rate=0.1, tree_method="hist", max_bin=256, n_jobs=1)
    t = time.process_time(); m.fit(x[:learned], y[:learned]); best = min(best, time.process_time() - t)
p, t = m.predict_proba(x[learned:])[:, 1], y[learned:]
r = np.empty(len(p)); r[np.argsort(p, kind="stable")] = np.arange(1, len(p) + 1)
n = t.sum()
print(best, (r[t == 1].sum() - n * (n + 1) / 2) / (n * (len(t) - n)))
"#;

/// A number of a bell of deviation 1.
fn bell(random: &mut Random) -> f64 {
    let (one, other) = (1.0 - random.unit(), random.unit());
    (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * other).cos()
}

/// Eight columns that say something, some of it in products and thresholds, and twelve that don't.
fn made(rows: usize) -> Vec<(bool, [f64; COLUMNS])> {
    let mut random = Random::new(42, 3);
    let row = |_| {
        let x: [f64; COLUMNS] = std::array::from_fn(|_| bell(&mut random));
        let step = if x[5] > 0.5 { 0.8 } else { -0.3 };
        let line = 0.8 * x[0] - 0.6 * x[1] + 0.4 * x[2] + 0.9 * x[3] * x[4];
        let odds = line + step + 0.5 * (2.0 * x[6]).sin() - 0.4 * x[7].abs();
        (random.unit() < 1.0 / (1.0 + (-odds).exp()), x)
    };
    (0..rows).map(row).collect()
}

fn read(path: &str) -> Vec<(bool, [f64; COLUMNS])> {
    let text = std::fs::read_to_string(path).unwrap();
    let row = |line: &str| {
        let mut numbers = line.split(',').map(|number| number.parse::<f64>().unwrap());
        (numbers.next().unwrap() > 0.5, std::array::from_fn(|_| numbers.next().unwrap()))
    };
    text.lines().skip(1).map(row).collect()
}

fn dataset(rows: &[(bool, [f64; COLUMNS])]) -> Dataset {
    let mut table = Table::new(COLUMNS);
    rows.iter().for_each(|row| table.push(&row.1));
    let time = Timestamp::default();
    let sample = |row: &(bool, [f64; COLUMNS])| {
        let net = if row.0 { 1.0 } else { -1.0 };
        Sample { time, known_at: time, net, is_up: Some(row.0), was_up: false }
    };
    Dataset {
        coin: Coin::parse("BTC").unwrap(),
        interval: Interval::H1,
        label: LabelSpec { kind: LabelKind::Direction, horizon: 1, costs: Costs { fee_bps: 0.0, spread_bps: 0.0 } },
        columns: (0..COLUMNS).map(|column| format!("x{column}")).collect(),
        table: Arc::new(table),
        samples: rows.iter().map(sample).collect(),
        ends: Labels::horizon(rows.len(), 0),
        dropped: Dropped::default(),
        data: FactHash::GENESIS,
    }
}

/// Seconds this thread had a processor, where the system tells.
fn processor() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse::<f64>().ok().map(|nanos| nanos / 1e9)
}

/// Seconds, the best of a few, and the area under the curve.
fn learn(data: &Dataset, learned: usize, rounds: usize, learner: Learner, is_balanced: bool) -> (f64, f64) {
    let recipe = Recipe { learner, is_balanced, calibration: Calibration::None, seed: 7 };
    let train: Vec<usize> = (0..learned).collect();
    let (mut best, mut fitted) = (f64::INFINITY, None);
    for _ in 0..rounds {
        let (begun, busy) = (Instant::now(), processor());
        fitted = Some(recipe.fit(data, &train).unwrap());
        let took = busy.and_then(|before| Some(processor()? - before)).filter(|took| *took > 0.0);
        best = best.min(took.unwrap_or_else(|| begun.elapsed().as_secs_f64()));
    }
    let fitted = fitted.unwrap();
    let said = |row| (fitted.score(data.table.row(row)), data.is_up(row, None));
    (best, roc_auc(&(learned..data.len()).map(said).collect::<Vec<_>>()).unwrap())
}

fn xgboost(rows: &[(bool, [f64; COLUMNS])], learned: usize) -> Option<(f64, f64)> {
    let python = std::env::var("OMC_PYTHON").ok()?;
    let arguments = ["-c".to_owned(), SCRIPT.to_owned(), rows.len().to_string(), learned.to_string()];
    let command = Command::new(python).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = command.ok()?;
    let numbers = rows.iter().flat_map(|row| std::iter::once(if row.0 { 1.0f64 } else { 0.0 }).chain(row.1));
    let bytes: Vec<u8> = numbers.flat_map(f64::to_ne_bytes).collect();
    // One that isn't there, or knows no xgboost, closes its ear early.
    let _ = child.stdin.take()?.write_all(&bytes);
    let said = child.wait_with_output().ok()?;
    let text = String::from_utf8(said.stdout).ok()?;
    let mut numbers = text.split_whitespace().map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn main() {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let (standard, rounds) = if is_bench { (100_000, 3) } else { (1_000, 1) };
    let asked = std::env::var("MODELS_BENCH_ROWS").ok().and_then(|text| text.parse().ok());
    let rows = match std::env::var("MODELS_BENCH_CSV") {
        Ok(path) => read(&path),
        Err(_) => made(asked.unwrap_or(standard) / 4 * 5),
    };
    let learned = rows.len() / 5 * 4;
    let data = dataset(&rows);
    let set = |kind, settings: &[(&str, f64)]| {
        settings.iter().fold(Learner::new(kind), |learner, (name, value)| learner.set(name, *value).unwrap())
    };
    println!("{learned} x {COLUMNS}, one thread, the best of {rounds}; AUC on {} others", data.len() - learned);
    let boosting = set(LearnerKind::Boosting, &[("rounds", 100.0), ("depth", 6.0), ("leaf", 1.0)]);
    let (boosted, auc) = learn(&data, learned, rounds, boosting, false);
    println!("boosting, at most 100 rounds, depth 6   {boosted:8.3} s  AUC {auc:.4}");
    match xgboost(&rows, learned) {
        Some((seconds, area)) => {
            println!("xgboost, 100 rounds, depth 6, same run  {seconds:8.3} s  AUC {area:.4}");
            println!("ours takes {:.2} of its time, {:+.4} in AUC", boosted / seconds, auc - area);
        }
        None => {
            println!("no xgboost here (OMC_PYTHON names a Python that has it); written down, of another machine:");
            WRITTEN_DOWN.iter().for_each(|line| println!("  {line}"));
        }
    }
    let forest = set(LearnerKind::Forest, &[("depth", 12.0), ("leaf", 50.0), ("columns", 0.2)]);
    let (seconds, area) = learn(&data, learned, 1, forest, false);
    println!("forest, 100 trees, depth 12             {seconds:8.3} s  AUC {area:.4}");
    for (name, is_balanced) in [("logistic (linfa)", false), ("logistic, balanced (Newton)", true)] {
        let (seconds, area) = learn(&data, learned, rounds, Learner::new(LearnerKind::Logistic), is_balanced);
        println!("{name:<39} {seconds:8.3} s  AUC {area:.4}");
    }
}
