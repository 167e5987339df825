//! How fast the four indicators of the issue go over a million closes, against TA-Lib in the same run.
//!
//! TA-Lib is measured through Python: `OMC_PYTHON` names one that has it (`python3` unless told); without it only our times are
//! printed. `RESEARCH_BENCH_CLOSES` sets the number of closes (1,000,000 under `cargo bench`, else 10,000). Each side runs
//! in turn, and the best of its runs counts: everything else on the machine can only slow one down.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it stands")]

use research::indicators::{Bollinger, Ema, Macd, Rsi};
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

const ROUNDS: usize = 15;
const NAMES: [&str; 5] = ["rsi", "ema", "macd", "bollinger", "all four"];

/// Reads the closes, then answers each line with the best of three of each, in seconds.
const SCRIPT: &str = r#"
import sys, time
import numpy as np, talib
c = np.frombuffer(sys.stdin.buffer.read(8 * int(sys.argv[1])), dtype=np.float64)
four = [lambda: talib.RSI(c, 14), lambda: talib.EMA(c, 20), lambda: talib.MACD(c, 12, 26, 9), lambda: talib.BBANDS(c, 20, 2, 2)]
def once(f):
    t = time.perf_counter(); f(); return time.perf_counter() - t
for line in sys.stdin.buffer:
    print(*[min(once(f) for _ in range(3)) for f in four + [lambda: [f() for f in four]]], flush=True)
"#;

/// A wandering price by SplitMix64.
fn closes(count: usize) -> Vec<f64> {
    let (mut state, mut price) = (20_240_601u64, 30_000.0f64);
    let step = |_| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        price *= 1.0 + ((z ^ (z >> 31)) as f64 / u64::MAX as f64 - 0.5) * 0.002;
        price
    };
    (0..count).map(step).collect()
}

fn best(best: &mut f64, mut run: impl FnMut()) {
    for _ in 0..3 {
        let begun = Instant::now();
        run();
        *best = best.min(begun.elapsed().as_secs_f64());
    }
}

fn ours(closes: &[f64], times: &mut [f64; 5]) {
    let four: [&dyn Fn(); 4] = [
        &|| drop(black_box(Rsi::series(black_box(closes), 14))),
        &|| drop(black_box(Ema::series(black_box(closes), 20))),
        &|| drop(black_box(Macd::series(black_box(closes), 12, 26, 9))),
        &|| drop(black_box(Bollinger::series(black_box(closes), 20, 2.0))),
    ];
    for (run, time) in four.iter().zip(times.iter_mut()) {
        best(time, run);
    }
    best(&mut times[4], || four.iter().for_each(|run| run()));
}

type Python = (Child, ChildStdin, BufReader<ChildStdout>);

fn talib(closes: &[f64]) -> Option<Python> {
    let python = std::env::var("OMC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python).args(["-c", "import talib"]).output().ok()?.status.success();
    if !has_it {
        println!("{python} has no TA-Lib: nothing to compare with (OMC_PYTHON names another python)");
        return None;
    }
    let count = closes.len().to_string();
    let command = &mut Command::new(&python);
    let mut child = command.args(["-c", SCRIPT, &count]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut stdin = child.stdin.take()?;
    let bytes: Vec<u8> = closes.iter().flat_map(|close| close.to_le_bytes()).collect();
    stdin.write_all(&bytes).ok()?;
    let stdout = BufReader::new(child.stdout.take()?);
    Some((child, stdin, stdout))
}

fn theirs(python: &mut Python, times: &mut [f64; 5]) {
    writeln!(python.1, "go").unwrap();
    python.1.flush().unwrap();
    let mut line = String::new();
    python.2.read_line(&mut line).unwrap();
    for (time, said) in times.iter_mut().zip(line.split_whitespace()) {
        *time = time.min(said.parse().unwrap());
    }
}

fn main() {
    let default = if std::env::args().any(|arg| arg == "--bench") { 1_000_000 } else { 10_000 };
    let count = std::env::var("RESEARCH_BENCH_CLOSES").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let closes = closes(count);
    let mut python = talib(&closes);
    let (mut mine, mut other) = ([f64::INFINITY; 5], [f64::INFINITY; 5]);
    for _ in 0..ROUNDS {
        ours(&closes, &mut mine);
        if let Some(python) = &mut python {
            theirs(python, &mut other);
        }
    }
    println!("{count} closes, milliseconds, best of {}", ROUNDS * 3);
    for ((name, mine), other) in NAMES.iter().zip(mine).zip(other) {
        let (mine, other) = (mine * 1e3, other * 1e3);
        match python {
            Some(_) => println!("{name:>10}  ours {mine:8.3}  TA-Lib {other:8.3}  ours ÷ TA-Lib {:.2}", mine / other),
            None => println!("{name:>10}  ours {mine:8.3}"),
        }
    }
    if let Some((mut child, stdin, _)) = python {
        drop(stdin);
        let _ = child.wait();
    }
}
