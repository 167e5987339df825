//! What the Books answer on a workspace of 1M fills: the first answer to each question, and the same again; what a new
//! question costs next to the bare matching of the same rows, and how much memory the process took.
//!
//! `OMC_BENCH_FILLS` sets the size, `OMC_BENCH_RUNS` how often the same is asked again.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench may stop at the first surprise"
)]

#[path = "support/fills.rs"]
mod fills;

use domain::{Candle, Coin, Interval, Name, Price, Quote, QuoteKind, Timestamp};
use std::time::{Duration, Instant};
use store::{CandleSource, Store};
use workstation::commands::ImportOptions;
use workstation::dto::{EquityRequest, ParcelsRequest, PnlRequest, TaxRequest, TradesRequest, WhatIfRequest};
use workstation::{Book, Home, Mode, Workstation};

fn env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The most memory this process ever held, in MB, and what it holds now (Linux).
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or_default() / 1024
    };
    (of("VmHWM:"), of("VmRSS:"))
}

/// Makes the workspace in a process of its own, so that its memory is not counted here.
async fn make(home: &std::path::Path, fills: u64) {
    let opened = Workstation::open(&Home::resolve(Some(home.into()), false).unwrap(), Mode::Write).await.unwrap();
    let file = fills::csv(fills);
    opened.import("fills.csv", std::io::Cursor::new(file.clone()), &ImportOptions::default()).await.unwrap();
    opened.close().await;
    let store = Store::open(home, domain::DeviceId::from_bytes([1; 16]), Timestamp::from_millis(1)).await.unwrap();
    let last = file.lines().last().and_then(|line| Timestamp::parse(line.split(',').next()?).ok()).unwrap();
    for coin in (0..fills::COINS).map(|n| Coin::parse(&format!("C{n:02}X")).unwrap()) {
        let price = Price::parse("40000").unwrap();
        let quote = Quote { coin, kind: QuoteKind::Book, bid: Some(price), ask: None, last: None, seen: last };
        store.save_quotes(&Name::parse("bench").unwrap(), &[quote], last).await.unwrap();
        let days = (0..4000).map(|day| Candle::of(Timestamp::from_millis(1_420_070_400_000 + day * 86_400_000), price));
        let candles: Vec<Candle> = days.take_while(|candle| candle.time < last).collect();
        store.save_candles(coin, Interval::D1, CandleSource::Import, &candles).await.unwrap();
    }
    store.close().await;
}

/// Asks once, then again; both times go on one line.
async fn ask<T>(name: &str, runs: u64, mut question: impl AsyncFnMut() -> T) {
    let started = Instant::now();
    std::hint::black_box(question().await);
    let first = started.elapsed();
    let mut again = Vec::new();
    for _ in 0..runs {
        let started = Instant::now();
        std::hint::black_box(question().await);
        again.push(started.elapsed());
    }
    println!("{name:<44} first {first:>9.1?}  again {:>9.1?}", median(again));
}

async fn questions(ws: &Workstation, runs: u64) {
    let pnl = |by: &str| PnlRequest { by: Some(by.to_owned()), ..PnlRequest::default() };
    ask("pnl by coin, all read from the disk", runs, async || ws.pnl(&pnl("coin")).await.unwrap()).await;
    for by in ["algorithm", "day", "month"] {
        ask(&format!("pnl by {by}"), runs, async || ws.pnl(&pnl(by)).await.unwrap()).await;
    }
    for method in ["lifo", "hifo", "average"] {
        let request = PnlRequest { method: Some(method.to_owned()), ..pnl("coin") };
        ask(&format!("pnl by coin, {method}"), runs, async || ws.pnl(&request).await.unwrap()).await;
    }
    let window = PnlRequest { from: Some("2015-07-01".to_owned()), ..pnl("coin") };
    ask("pnl of a window", runs, async || ws.pnl(&window).await.unwrap()).await;
    let coin = PnlRequest { coin: Some("C07X".to_owned()), ..pnl("month") };
    ask("pnl of a coin by month", runs, async || ws.pnl(&coin).await.unwrap()).await;
    ask("positions", runs, async || ws.positions(Book::Live, None).await.unwrap()).await;
    ask("history, newest", runs, async || ws.trades(&TradesRequest::default()).await.unwrap()).await;
    let sorted = TradesRequest { sort: Some("value".to_owned()), ..TradesRequest::default() };
    ask("history by value", runs, async || ws.trades(&sorted).await.unwrap()).await;
    let months = TradesRequest { group: Some("month".to_owned()), ..TradesRequest::default() };
    ask("history by month", runs, async || ws.trades(&months).await.unwrap()).await;
    let words = TradesRequest { search: Some("C07X sell".to_owned()), ..TradesRequest::default() };
    ask("history, two words", runs, async || ws.trades(&words).await.unwrap()).await;
    ask("equity", runs.min(3), async || ws.equity(&EquityRequest::default()).await.unwrap()).await;
    let year = TaxRequest { fy: 2016, method: None, timezone: None, lines: Some(2_000) };
    ask("tax year", runs.min(3), async || ws.tax(&year).await.unwrap()).await;
    let sale = WhatIfRequest { coin: "C07X".to_owned(), quantity: "1".to_owned(), at: None, book: None, instant: None };
    ask("what-if, three methods", runs.min(3), async || ws.what_if(&sale).await.unwrap()).await;
    ask("parcels", runs.min(3), async || ws.parcels(&ParcelsRequest::default()).await.unwrap()).await;
}

fn main() {
    // `cargo test` builds and runs benches as well: then a small size shows that it works.
    let measuring = std::env::args().any(|arg| arg == "--bench");
    let fills = env("OMC_BENCH_FILLS", if measuring { 1_000_000 } else { 2_000 });
    let runs = env("OMC_BENCH_RUNS", if measuring { 9 } else { 1 });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    if let Some(home) = std::env::var_os("OMC_BENCH_MAKE") {
        return runtime.block_on(make(home.as_ref(), fills));
    }
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let mut maker = std::process::Command::new(std::env::current_exe().unwrap());
    maker.env("OMC_BENCH_MAKE", &home).env("OMC_BENCH_FILLS", fills.to_string());
    assert!(maker.status().unwrap().success());
    println!("{fills} fills (goals at 1M: 50 ms for a new question, 5 ms for one that was asked)");
    runtime.block_on(async {
        let ws = Workstation::open(&Home::resolve(Some(home), false).unwrap(), Mode::Read).await.unwrap();
        questions(&ws, runs).await;
        ws.close().await;
    });
    let (most, now) = memory();
    println!("memory: {most} MB at most, {now} MB at the end (goal <= 300 MB at 1M)");
}
