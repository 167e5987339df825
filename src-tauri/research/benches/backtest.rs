//! How fast the event path walks, against a floor that holds closes as integers and does nothing but the same sums.
//!
//! `BACKTEST_BENCH_BARS` sets the number of bars (1,000,000 under `cargo bench`, else 20,000), `BACKTEST_BENCH_RUNS` how often
//! each side runs, in turn (5; the best counts), `BACKTEST_BENCH_LONG` the bars of the long run that is streamed and whose
//! memory is told (10,000,000 under `cargo bench`, else none). The bars and the rule are those other engines were measured with.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it stands")]

#[path = "../tests/backtest/peers.rs"]
mod peers;

use domain::{Candle, Decimal, Money, Name};
use peers::{Bars, WhileAbove};
use research::backtest::{Lane, Run, Setup, run};
use std::hint::black_box;
use std::time::{Duration, Instant};

const FAST: usize = 20;
const SLOW: usize = 50;
const CASH: i64 = 1_000_000_000;
/// Sums that every engine must reach: bars, final equity.
const KNOWN: [(usize, &str); 3] =
    [(100_000, "999869514.09818"), (1_000_000, "998614326.49590"), (5_000_000, "981337951.71248")];

fn number(name: &str, bench: usize, else_: usize) -> usize {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let standard = if is_bench { bench } else { else_ };
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(standard)
}

fn walk(candles: Box<dyn Iterator<Item = Candle> + '_>) -> Run {
    let strategy = Box::new(WhileAbove::new(FAST, SLOW));
    let lane = Lane { coin: peers::coin(), interval: peers::INTERVAL, strategy, candles };
    let setup = Setup::new(Name::parse("bench").unwrap(), Money::aud(Decimal::from(CASH)));
    run(vec![lane], &setup, &mut |_| true).unwrap()
}

/// Final equity in units of 1e-5 from integer closes in cents.
fn floor(closes: &[i64]) -> i128 {
    let (mut fast, mut slow, mut cash, mut fees, mut held) = (0i64, 0i64, 0i64, 0i64, false);
    for (at, close) in closes.iter().enumerate() {
        fast += close;
        slow += close;
        if at >= FAST {
            fast -= closes[at - FAST];
        }
        if at >= SLOW {
            slow -= closes[at - SLOW];
        }
        let (one, other) = (fast * SLOW as i64, slow * FAST as i64);
        if at + 1 >= SLOW && ((!held && one > other) || (held && one < other)) {
            cash += if held { *close } else { -close };
            (fees, held) = (fees + close, !held);
        }
    }
    let marked = if held { *closes.last().unwrap() } else { 0 };
    i128::from(CASH) * 100_000 + i128::from(cash + marked) * 1_000 - i128::from(fees)
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let began = Instant::now();
    let done = black_box(work());
    (began.elapsed(), done)
}

fn check(bars: usize, run: &Run) {
    if let Some((_, known)) = KNOWN.iter().find(|(known, _)| *known == bars) {
        assert_eq!(run.equity.amount().normalize(), Decimal::from_str_exact(known).unwrap().normalize());
    }
}

/// The most memory the process ever had, in MB, where the system tells it.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1_024)
}

fn main() {
    let long = number("BACKTEST_BENCH_LONG", 10_000_000, 0);
    if long > 0 {
        let (took, done) = timed(|| walk(Box::new(Bars::new().take(long))));
        check(long, &done);
        let rate = long as f64 / took.as_secs_f64() / 1e6;
        println!(
            "streamed, bars made as they are fed: {long} bars, {} fills, {rate:.2} M bars/s, peak {} MB",
            done.fills.len(),
            peak_mb().map_or_else(|| "?".to_owned(), |mb| mb.to_string())
        );
    }
    let bars = number("BACKTEST_BENCH_BARS", 1_000_000, 20_000);
    let candles: Vec<Candle> = Bars::new().take(bars).collect();
    let closes: Vec<i64> =
        candles.iter().map(|bar| (bar.close.decimal() * Decimal::ONE_HUNDRED).try_into().unwrap()).collect();
    let (mut best, mut least) = (Duration::MAX, Duration::MAX);
    for _ in 0..number("BACKTEST_BENCH_RUNS", 5, 1) {
        let (took, done) = timed(|| walk(Box::new(candles.iter().copied())));
        best = best.min(took);
        check(bars, &done);
        let (took, equity) = timed(|| floor(black_box(&closes)));
        least = least.min(took);
        let exact = Decimal::from_i128_with_scale(equity, 5);
        assert_eq!(done.equity.amount().normalize(), exact.normalize(), "the floor comes to the same");
    }
    let rate = |took: Duration| bars as f64 / took.as_secs_f64() / 1e6;
    println!(
        "event path: {bars} bars, {:.2} M bars/s ({:.0} ns a bar)",
        rate(best),
        best.as_secs_f64() * 1e9 / bars as f64
    );
    println!(
        "floor: {:.0} M bars/s; the event path takes {:.1} times as long",
        rate(least),
        best.as_secs_f64() / least.as_secs_f64()
    );
}
