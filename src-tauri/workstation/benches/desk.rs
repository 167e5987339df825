//! What the trader waits for: one more fill in the books on top of a bare durable commit, a poll of 538 coins, a chart
//! of 100 k candles. Prints medians and, where there is a floor, the difference in the same run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench may stop at the first surprise"
)]

use domain::{Candle, Coin, Interval, Name, Price, Quote, QuoteKind, Timestamp};
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};
use store::{CandleSource, Store};
use workstation::commands::CandlesRequest;
use workstation::dto::OrderRequest;
use workstation::{Book, Home, Mode, Workstation};

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn main() {
    let measuring = std::env::args().any(|arg| arg == "--bench");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        fills(if measuring { 300 } else { 3 }).await;
        poll(if measuring { 50 } else { 2 }).await;
        chart(if measuring { 100_000 } else { 500 }).await;
    });
}

async fn staged(folder: &tempfile::TempDir) -> (staging::Staging, Workstation) {
    let world = staging::Staging::start(staging::Options::default()).await.unwrap();
    let home = Home::resolve(Some(folder.path().join("home")), false).unwrap();
    let reached = workstation::Reached {
        coinspot: world.url().into(),
        coinspot_web: world.url().into(),
        ..workstation::Reached::default()
    };
    (world, Workstation::open_reaching(&home, Mode::Write, reached).await.unwrap())
}

async fn fills(count: u32) {
    let folder = tempfile::tempdir().unwrap();
    let (_world, workstation) = staged(&folder).await;
    let generous = [("max_orders_per_minute", "1000"), ("max_day_aud", "1000000")];
    let generous = generous.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    workstation.limits_set(Book::Paper, &generous, false).await.unwrap();
    let request = OrderRequest {
        coin: "BTC".into(),
        side: workstation::dto::parse_side("buy").unwrap(),
        book: Book::Paper,
        quantity: Some("0.00001".into()),
        aud: None,
        limit: None,
        again: true,
        until: None,
    };
    workstation.order_place(&request).await.unwrap();
    let mut bare = File::create(folder.path().join("bare")).unwrap();
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let started = Instant::now();
        let order = workstation.order_place(&request).await.unwrap();
        ours.push(started.elapsed());
        assert_eq!(order.state, "filled", "{:?}", order.reason);
        let started = Instant::now();
        // An order is two durable commits: its intent, then its fill.
        for _ in 0..2 {
            bare.write_all(&[7; 400]).unwrap();
            bare.sync_data().unwrap();
        }
        floor.push(started.elapsed());
    }
    let (ours, floor) = (median(ours), median(floor));
    println!(
        "paper order, asked to filled: {ours:?}; two bare durable appends: {floor:?}; on top: {:?}",
        ours.saturating_sub(floor)
    );
    workstation.close().await;
}

fn quotes(coins: u64, poll: u64, seen: Timestamp) -> Vec<Quote> {
    let price = |cents: u64| Price::parse(&format!("{}.{:02}", 1 + cents / 100, cents % 100)).unwrap();
    (0..coins)
        .map(|n| Quote {
            coin: Coin::parse(&format!("C{n}")).unwrap(),
            kind: QuoteKind::Instant,
            bid: Some(price(n * 97 + poll)),
            ask: Some(price(n * 97 + poll + 50)),
            last: None,
            seen,
        })
        .collect()
}

async fn poll(count: u64) {
    let folder = tempfile::tempdir().unwrap();
    let device = domain::DeviceId::from_bytes([1; 16]);
    let store = Store::open(folder.path(), device, Timestamp::from_millis(1_000)).await.unwrap();
    let feed = Name::parse("bench").unwrap();
    let mut times = Vec::new();
    for n in 0..count {
        let seen = Timestamp::from_millis(2_000 + n as i64 * 8_000);
        let quotes = quotes(538, n, seen);
        let started = Instant::now();
        store.save_quotes(&feed, &quotes, seen).await.unwrap();
        times.push(started.elapsed());
    }
    println!("538 changed prices stored in one poll: {:?} (goal <= 30 ms)", median(times));
    store.close().await;
}

async fn chart(count: i64) {
    let folder = tempfile::tempdir().unwrap();
    let (_world, workstation) = staged(&folder).await;
    workstation.close().await;
    let home = folder.path().join("home");
    let store = Store::open(&home, domain::DeviceId::from_bytes([1; 16]), Timestamp::from_millis(1)).await.unwrap();
    let candle = |n: i64| {
        let price = Price::parse(&format!("{}", 50_000 + n % 777)).unwrap();
        Candle::of(Timestamp::from_millis(n * 60_000), price)
    };
    let candles: Vec<Candle> = (0..count).map(candle).collect();
    let coin = Coin::parse("BTC").unwrap();
    store.save_candles(coin, Interval::M1, CandleSource::Import, &candles).await.unwrap();
    store.close().await;
    let reader = Workstation::open(&Home::resolve(Some(home), false).unwrap(), Mode::Read).await.unwrap();
    for interval in ["1m", "1h"] {
        let request = CandlesRequest { coin: "BTC".into(), interval: interval.into(), ..CandlesRequest::default() };
        let mut times = Vec::new();
        let mut rows = 0;
        for _ in 0..5 {
            let started = Instant::now();
            let candles = reader.candles(&request).await.unwrap();
            rows = serde_json::to_vec(&candles).unwrap().len() / 150;
            times.push(started.elapsed());
        }
        println!(
            "chart of {count} one-minute candles as {interval} (about {rows} rows of JSON): {:?} (goal <= 200 ms)",
            median(times)
        );
    }
    reader.close().await;
}
