//! What the store costs, beside a floor measured in the same run: `cargo bench -p store [-- TRADES]`.
//!
//! Floors: a bare durable commit of as many bytes for an append; a one-column scan through sqlx for reading a million
//! trades. Ratios mean more than times: both sides share the machine and its moment. Pin it to one core to compare.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a program for developers")]

use domain::{
    Book, Candle, Coin, Decimal, DeviceId, Fact, FactHash, Interval, Money, Name, Price, Quantity, Quote, QuoteKind,
    Side, Timestamp, Trade,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use std::time::{Duration, Instant};
use store::{CandleSource, ImportSource, Store};

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
const APPENDS: usize = 400;

fn trade(n: u64) -> Trade {
    // Digits as scattered as real ones, without a random generator.
    let scattered = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    Trade {
        book: Book::Live,
        time: Timestamp::from_millis(1_600_000_000_000 + n as i64 * 29_873),
        coin: Coin::parse(&format!("C{}", scattered % 50)).unwrap(),
        side: if scattered.is_multiple_of(3) { Side::Sell } else { Side::Buy },
        quantity: Quantity::new(Decimal::new(1 + (scattered % 10_000_000_000) as i64, 8)).unwrap(),
        price: Price::new(Decimal::new(1 + (scattered / 7 % 10_000_000_000) as i64, 8)).unwrap(),
        fee: Money::aud(Decimal::new((scattered % 1_000_000_000_000) as i64, 12)),
        algorithm: None,
        venue: Some(Name::parse("coinspot").unwrap()),
        external_id: None,
        order: None,
        occurrence: 0,
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

async fn raw(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn append(folder: &Path, store: &Store, first: u64) {
    let mut bare = raw(&folder.join("bare.db")).await;
    sqlx::raw_sql("CREATE TABLE bare (body BLOB)").execute(&mut bare).await.unwrap();
    let body = vec![7u8; 150];
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for n in 0..APPENDS {
        let start = Instant::now();
        sqlx::query("INSERT INTO bare VALUES (?)").bind(&body).execute(&mut bare).await.unwrap();
        floor.push(start.elapsed());
        let fact = [Fact::Trade(trade(first + n as u64))];
        let start = Instant::now();
        store.append(&fact, NOW).await.unwrap();
        ours.push(start.elapsed());
    }
    let (floor, ours) = (median(floor), median(ours));
    println!("append of one fill: p50 {:.3} ms, bare durable commit {:.3} ms, ", ms(ours), ms(floor));
    println!("  on top {:.3} ms, ratio {:.2}", ms(ours) - ms(floor), ms(ours) / ms(floor));
}

async fn scan(folder: &Path, store: &Store, trades: u64) {
    let path = folder.join("scan.db");
    let mut bare = raw(&path).await;
    sqlx::raw_sql("CREATE TABLE bare (body BLOB)").execute(&mut bare).await.unwrap();
    sqlx::query(
        "INSERT INTO bare SELECT zeroblob(40) FROM \
         (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ?) SELECT x FROM n)",
    )
    .bind(trades as i64)
    .execute(&mut bare)
    .await
    .unwrap();
    let (mut floor, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let start = Instant::now();
        let bodies: Vec<Vec<u8>> = sqlx::query_scalar("SELECT body FROM bare").fetch_all(&mut bare).await.unwrap();
        floor.push(start.elapsed());
        assert_eq!(bodies.len() as u64, trades);
        drop(bodies);
        let start = Instant::now();
        let rows = store.load_rows(None).await.unwrap();
        ours.push(start.elapsed());
        assert!(rows.len() as u64 >= trades);
    }
    let (floor, ours) = (median(floor), median(ours));
    println!(
        "load_rows of {trades}: {:.0} ms, one-column scan {:.0} ms, ratio {:.2}",
        ms(ours),
        ms(floor),
        ms(ours) / ms(floor)
    );
}

async fn quotes(store: &Store) {
    let feed = Name::parse("coinspot-list").unwrap();
    let mut times = Vec::new();
    for poll in 0..30u64 {
        let seen = NOW.plus_micros(poll as i64 * 10_000_000);
        let quote = |n: u64| Quote {
            coin: Coin::parse(&format!("COIN{n}")).unwrap(),
            kind: QuoteKind::Instant,
            bid: Some(trade(n * 31 + poll).price),
            ask: Some(trade(n * 37 + poll).price),
            last: None,
            seen,
        };
        let reply: Vec<Quote> = (0..538).map(quote).collect();
        let start = Instant::now();
        assert_eq!(store.save_quotes(&feed, &reply, seen).await.unwrap(), 538);
        times.push(start.elapsed());
    }
    let worst = times.iter().copied().max().unwrap_or_default();
    println!("538 quotes in one poll, all changed: p50 {:.1} ms, worst {:.1} ms", ms(median(times)), ms(worst));
}

async fn candles(store: &Store) {
    let coin = Coin::parse("BTC").unwrap();
    let candle = |n: i64| Candle {
        open: trade(n as u64).price,
        close: trade(n as u64 + 1).price,
        volume: Some(trade(n as u64).quantity),
        ..Candle::of(Timestamp::from_micros(n * 60_000_000), trade(n as u64 + 2).price)
    };
    let all: Vec<Candle> = (0..100_000).map(candle).collect();
    let start = Instant::now();
    store.save_candles(coin, Interval::M1, CandleSource::History, &all).await.unwrap();
    let saved = start.elapsed();
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let end = Timestamp::from_micros(i64::MAX);
        let read = store.candles(coin, Interval::M1, Timestamp::default(), end).await.unwrap();
        times.push(start.elapsed());
        assert_eq!(read.len(), all.len());
    }
    println!("100,000 candles: saved in {:.0} ms, read in {:.0} ms", ms(saved), ms(median(times)));
}

fn size(home: &Path) -> u64 {
    let files = std::fs::read_dir(home).unwrap().map(|entry| entry.unwrap().metadata().unwrap());
    files.filter(std::fs::Metadata::is_file).map(|file| file.len()).sum()
}

fn main() {
    // `cargo bench` adds --bench; a bare number sets how many trades.
    let trades: u64 = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let store = Store::open(&home, DeviceId::from_bytes([1; 16]), NOW).await.unwrap();
        let source =
            ImportSource { format: Name::parse("omc").unwrap(), file: FactHash([0; 32]), read: trades, rejected: 0 };
        let start = Instant::now();
        store.import((0..trades).map(trade), source, NOW).await.unwrap();
        println!("import of {trades}: {:.1} s", start.elapsed().as_secs_f64());
        let bytes = size(&home);
        println!("  {:.1} MB after a checkpoint, {:.1} bytes a fill", bytes as f64 / 1e6, bytes as f64 / trades as f64);
        scan(folder.path(), &store, trades).await;
        append(folder.path(), &store, trades).await;
        let start = Instant::now();
        let report = store.verify().await.unwrap();
        assert!(report.is_sound());
        println!("verify of {trades}: {:.1} s", start.elapsed().as_secs_f64());
        let start = Instant::now();
        let reader = Store::open_reader(&home).await.unwrap();
        let rows = reader.load_rows(None).await.unwrap().len();
        println!("a cold reader opens and loads {rows} rows: {:.0} ms", ms(start.elapsed()));
        let start = Instant::now();
        let all = reader.trades(&store::TradeFilter::default()).await.unwrap().len();
        println!("history of all {all}: {:.1} s", start.elapsed().as_secs_f64());
        quotes(&store).await;
        candles(&store).await;
        let start = Instant::now();
        store.rebuild_projections().await.unwrap();
        println!("rebuild of the projections: {:.1} s", start.elapsed().as_secs_f64());
        store.close().await;
    });
}
