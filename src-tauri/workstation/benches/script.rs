//! How many bars a script decides a second in its process, next to what the interpreter alone takes, and to what a script
//! that does nothing costs, which is the way to the other process and back.
//!
//! `SCRIPT_BENCH_BARS` sets the bars (100,000 under `cargo bench`, else 500), `SCRIPT_BENCH_RUNS` how often each runs, in
//! turn (3, else 1; the best counts). Times are those of the clock: two processes take turns.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it stands")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use workstation::scripts::{Bar, CHILD_ARGUMENT, Decider, Local, LockedScript, Standing, isolation, run_script_child};

const CROSS: &str = include_str!("../../research/src/script/examples/cross.star");
const NOTHING: &str = "def on_candle(now, state, p):\n    pass\n";
/// Promised with the process boundary.
const PROMISED: f64 = 20_000.0;

fn number(name: &str, bench: usize, else_: usize) -> usize {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let standard = if is_bench { bench } else { else_ };
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(standard)
}

/// Prices that swing, so that averages cross again and again.
fn bar(number: usize) -> Bar {
    let close = 50_000.0 + ((number % 97) as f64 - 48.0).abs() * 30.0 + (number * 7_919 % 211) as f64;
    Bar { time: number as i64 * 60, open: close, high: close + 5.0, low: close - 5.0, close, volume: Some(1.5) }
}

fn walk(decider: &mut dyn Decider, bars: usize) -> (Duration, usize) {
    let (mut held, mut said) = (0.0, 0);
    let begun = Instant::now();
    for number in 0..bars {
        let answers = decider.decide(&bar(number), Standing { held, pending: false }).unwrap();
        if !answers.is_empty() {
            held = 1.0 - held;
            said += 1;
        }
    }
    (begun.elapsed(), said)
}

fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == CHILD_ARGUMENT) {
        return run_script_child();
    }
    let (bars, runs) = (number("SCRIPT_BENCH_BARS", 100_000, 500), number("SCRIPT_BENCH_RUNS", 3, 1));
    let program = std::env::current_exe().unwrap();
    let none = BTreeMap::new();
    let mut best: [Option<Duration>; 3] = [None; 3];
    for _ in 0..runs {
        let (alone, expected) = walk(&mut Local::read(CROSS, &none).unwrap(), bars);
        let (empty, _) = walk(&mut LockedScript::start(&program, NOTHING, &none).unwrap(), bars);
        let (locked, said) = walk(&mut LockedScript::start(&program, CROSS, &none).unwrap(), bars);
        assert_eq!(said, expected, "it decides in its process as it does outside");
        assert!(said > bars / 100, "{said} decisions");
        for (best, took) in best.iter_mut().zip([alone, empty, locked]) {
            *best = Some(best.map_or(took, |best| best.min(took)));
        }
    }
    let rate = |took: Option<Duration>| bars as f64 / took.unwrap_or_default().as_secs_f64();
    let [alone, empty, locked] = best.map(rate);
    println!("a script over {bars} bars, shut in by {}:", isolation(&program).as_str());
    println!("  the interpreter alone         {alone:>9.0} bars/s");
    println!("  nothing, in its process       {empty:>9.0} bars/s");
    println!("  averages, in its process      {locked:>9.0} bars/s ({:.1} × the promise)", locked / PROMISED);
    ExitCode::SUCCESS
}
