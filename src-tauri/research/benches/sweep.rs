//! How fast the vectorised path is, against a floor that does nothing but the same sums on integers, in turn in one run.
//!
//! `SWEEP_BENCH_BARS` sets the bars of the single run (1,000,000 under `cargo bench`, else 20,000), `SWEEP_BENCH_SWEPT` those of
//! the sweep of 25 × 40 pairs (100,000, else 2,000), `SWEEP_BENCH_RUNS` how often each side runs at least (3, else 1). Times are those a processor was had, where the system tells.
//! The bars and the rule are those other engines were measured with.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it stands")]

#[path = "../tests/backtest/peers.rs"]
mod peers;

use domain::{BasisPoints, Candle, Decimal, Money};
use research::sweep::{BLOCK_POINTS, Grid};
use research::vector::{Bars, Outcome, Rule, Setup, run};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Long enough for the processor's time to be told well.
const FILLED: Duration = Duration::from_millis(500);
const CASH: i64 = 1_000_000_000;
const FAST: usize = 20;
const SLOW: usize = 50;
/// Sums that every engine must reach: bars, entries, exits, final equity.
const KNOWN: [(usize, u32, u32, &str); 2] =
    [(100_000, 1_143, 1_142, "999869514.09818"), (1_000_000, 11_314, 11_313, "998614326.49590")];
/// The best of the 1,000 pairs over 100,000 bars.
const BEST: (usize, usize, &str) = (51, 255, "999979576.84679");

fn number(name: &str, bench: usize, else_: usize) -> usize {
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let standard = if is_bench { bench } else { else_ };
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(standard)
}

fn setup() -> Setup {
    Setup { cash: Money::aud(Decimal::from(CASH)), fee: BasisPoints(10), first: 0, keep_fills: false }
}

fn candles(count: usize) -> Vec<Candle> {
    peers::Bars::new().take(count).collect()
}

fn cents(candles: &[Candle]) -> Vec<i64> {
    let cents = |candle: &Candle| {
        let mut close = candle.close.decimal();
        close.rescale(2);
        i64::try_from(close.mantissa()).unwrap()
    };
    candles.iter().map(cents).collect()
}

/// Final equity in units of 1e-5 from integer closes in cents, entries and exits.
fn floor(closes: &[i64], fast: usize, slow: usize) -> (i64, u32, u32) {
    let (mut sum, mut longer, mut cash, mut fees, mut held, mut entries, mut exits) = (0, 0, 0, 0, false, 0, 0);
    for (at, close) in closes.iter().enumerate() {
        sum += close;
        longer += close;
        if at >= fast {
            sum -= closes[at - fast];
        }
        if at >= slow {
            longer -= closes[at - slow];
        }
        // After the last bar there is no open to trade at.
        if at + 1 < slow || at + 1 == closes.len() {
            continue;
        }
        let (one, other) = (sum * slow as i64, longer * fast as i64);
        if !held && one > other {
            (held, cash, fees, entries) = (true, cash - close, fees + close, entries + 1);
        } else if held && one < other {
            (held, cash, fees, exits) = (false, cash + close, fees + close, exits + 1);
        }
    }
    let marked = if held { closes.last().copied().unwrap_or(0) } else { 0 };
    ((cash + marked) * 1_000 - fees, entries, exits)
}

fn equity(units: i64) -> Money {
    Money::aud((Decimal::from(CASH) + Decimal::new(units, 5)).normalize())
}

/// Time this thread had a processor: on a busy machine the clock tells how much others had.
fn processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(told.split_whitespace().next()?.parse().ok()?))
}

/// What one run takes, of as many as fill half a second, and what it makes.
fn timed<T>(runs: usize, mut work: impl FnMut() -> T) -> (Duration, T) {
    let (began, busy) = (Instant::now(), processor());
    let mut made = black_box(work());
    let mut times = 1;
    while runs > 1 && (times < runs as u32 || began.elapsed() < FILLED) {
        made = black_box(work());
        times += 1;
    }
    let took = busy.and_then(|before| processor()?.checked_sub(before)).filter(|took| !took.is_zero());
    (took.unwrap_or_else(|| began.elapsed()) / times, made)
}

/// Each of two works, one after the other.
fn best<A, B>(runs: usize, one: impl FnMut() -> A, other: impl FnMut() -> B) -> ((Duration, A), (Duration, B)) {
    (timed(runs, one), timed(runs, other))
}

fn single(count: usize, runs: usize) {
    let candles = candles(count);
    let (bars, closes) = (Bars::new(peers::INTERVAL, &candles).unwrap(), cents(&candles));
    let alone = |rule: Rule| run(black_box(&bars), &[rule], setup()).remove(0).unwrap();
    let ((floor_took, (units, entries, exits)), (took, told)) =
        best(runs, || floor(black_box(&closes), FAST, SLOW), || alone(Rule::while_above(FAST, SLOW)));
    assert_eq!((told.final_equity, told.entries, told.exits), (equity(units), entries, exits));
    if let Some(known) = KNOWN.iter().find(|known| known.0 == count) {
        let sum = Money::aud(Decimal::from_str_exact(known.3).unwrap());
        assert_eq!((told.entries, told.exits, told.final_equity), (known.1, known.2, sum));
    }
    tell("one coin while SMA 20 is above SMA 50", count, took, floor_took);
    let setting = BTreeMap::from([("fast".to_owned(), "20".to_owned()), ("slow".to_owned(), "50".to_owned())]);
    let (parameters, strategy) = research::build("sma_cross", &setting).unwrap();
    let cross = Rule::of("sma_cross", &parameters, strategy.warm_up()).unwrap();
    let rich = Setup { cash: Money::aud(Decimal::from(100_000)), ..setup() };
    let all_in = || run(black_box(&bars), &[cross], rich).remove(0).unwrap();
    let ((floor_took, _), (took, told)) = best(runs, || floor(black_box(&closes), FAST, SLOW), all_in);
    assert!(told.entries > 0);
    tell("all in on the cross of SMA 20 and SMA 50", count, took, floor_took);
}

fn tell(what: &str, bars: usize, took: Duration, floor: Duration) {
    println!(
        "{what}: {:.1} M bars/s, {:.2} × the floor's time",
        bars as f64 / took.as_secs_f64() / 1e6,
        took.as_secs_f64() / floor.as_secs_f64()
    );
}

fn sweep(count: usize, runs: usize) {
    let candles = candles(count);
    let (bars, closes) = (Bars::new(peers::INTERVAL, &candles).unwrap(), cents(&candles));
    let axes = ["fast=5..53:2".to_owned(), "slow=60..255:5".to_owned()];
    let grid = Grid::read("sma_cross", &BTreeMap::new(), &axes).unwrap();
    let pairs: Vec<(usize, usize)> = (0..grid.points())
        .map(|point| {
            let swept = grid.swept(point);
            (swept[0].1.parse().unwrap(), swept[1].1.parse().unwrap())
        })
        .collect();
    assert_eq!(pairs.len(), 1_000);
    let in_blocks = |rules: &[Rule], setup: Setup| -> Vec<Outcome> {
        rules.chunks(BLOCK_POINTS as usize).flat_map(|block| run(black_box(&bars), block, setup)).flatten().collect()
    };
    let rules: Vec<Rule> = pairs.iter().map(|(fast, slow)| Rule::while_above(*fast, *slow)).collect();
    let floors = || pairs.iter().map(|(fast, slow)| floor(black_box(&closes), *fast, *slow)).collect::<Vec<_>>();
    let ((floor_took, plain), (took, told)) = best(runs, floors, || in_blocks(&rules, setup()));
    assert_eq!(told.len(), 1_000);
    for (told, (units, entries, exits)) in told.iter().zip(&plain) {
        assert_eq!((told.final_equity, told.entries, told.exits), (equity(*units), *entries, *exits));
    }
    let top = told.iter().zip(&pairs).max_by_key(|(told, pair)| (told.final_equity.amount(), **pair)).unwrap();
    if count == 100_000 {
        let sum = Money::aud(Decimal::from_str_exact(BEST.2).unwrap());
        assert_eq!((*top.1, top.0.final_equity), ((BEST.0, BEST.1), sum));
    }
    let rate = |took: Duration| 1_000.0 / took.as_secs_f64();
    let ratio = took.as_secs_f64() / floor_took.as_secs_f64();
    println!(
        "1,000 pairs over {count} bars, one coin: {:.0} pairs/s a thread, {ratio:.2} × the floor's time",
        rate(took)
    );
    let crosses: Vec<Rule> = (0..1_000).map(|point| grid.made(point).unwrap().rule.unwrap()).collect();
    let rich = Setup { cash: Money::aud(Decimal::from(100_000)), ..setup() };
    let ((floor_took, _), (took, told)) =
        best(runs, || floor(black_box(&closes), FAST, SLOW), || in_blocks(&crosses, rich));
    assert_eq!(told.len(), 1_000);
    let ratio = took.as_secs_f64() / floor_took.as_secs_f64() / 1_000.0;
    println!(
        "1,000 pairs over {count} bars, all in: {:.0} pairs/s a thread, {ratio:.2} × the floor's time",
        rate(took)
    );
}

fn main() {
    let runs = number("SWEEP_BENCH_RUNS", 3, 1);
    single(number("SWEEP_BENCH_BARS", 1_000_000, 20_000), runs);
    sweep(number("SWEEP_BENCH_SWEPT", 100_000, 2_000), runs);
}
