//! What a day of ticks costs: `cargo bench -p store --bench ticks [-- TICKS]`, ten million unless told.
//!
//! 538 coins are asked every five seconds of a day that does not wait: stored, packed and sealed into candles as the
//! workstation does it. First as a market moves, a few coins a poll; then the worst case, every coin in every poll, up to
//! TICKS, and on that database the reads. Floors of the same run: a bare durable commit of as many bytes for a poll.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "a program for developers")]

use domain::{Candle, Coin, Decimal, DeviceId, Interval, Name, Price, Quote, QuoteKind, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use std::time::{Duration, Instant};
use store::{Store, TickBucket};

const START: Timestamp = Timestamp::from_micros(1_790_000_400_000_000);
const COINS: u64 = 538;
const BOOKS: u64 = 16;
const EVERY_MICROS: i64 = 5_000_000;
const POLLS_A_DAY: u64 = 17_280;
const READS: usize = 400;
const FLOORS: usize = 200;

/// The same digits in every run, without a random generator.
fn scattered(n: u64) -> u64 {
    let mut n = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    n ^= n >> 29;
    n = n.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n ^ (n >> 32)
}

fn coin(n: u64) -> Coin {
    Coin::parse(&format!("COIN{n}")).unwrap()
}

/// A coin that wanders: a price of eight digits, at a scale of its own.
struct Walk {
    coin: Coin,
    scale: u32,
    units: i64,
    is_book: bool,
}

impl Walk {
    fn new(n: u64) -> Self {
        let units = 10_000_000 + (scattered(n) % 80_000_000) as i64;
        Self { coin: coin(n), scale: 2 + (n % 11) as u32, units, is_book: n < BOOKS }
    }

    /// Moves by up to a thousandth.
    fn step(&mut self, draw: u64) {
        let span = self.units / 1_000;
        self.units = (self.units + (draw % (2 * span as u64 + 1)) as i64 - span).max(1_000_000);
    }

    fn quote(&self, seen: Timestamp) -> Quote {
        let price = |units: i64| Price::new(Decimal::new(units, self.scale)).ok();
        let kind = if self.is_book { QuoteKind::Book } else { QuoteKind::Instant };
        let half = self.units / 400;
        let last = if self.is_book { price(self.units) } else { None };
        Quote { coin: self.coin, kind, bid: price(self.units - half), ask: price(self.units + half), last, seen }
    }
}

/// What this process has computed, all threads together; zero where the system doesn't say.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let hundredths = after_name.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<u64>().ok());
    hundredths.sum::<u64>() as f64 / 100.0
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn at_share(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

async fn open(home: &Path) -> Store {
    Store::open(home, DeviceId::from_bytes([1; 16]), START).await.unwrap()
}

async fn seal(store: &Store, bucket: TickBucket) {
    let quotes = store.newest_ticks(None, bucket.from, bucket.to, None).await.unwrap();
    let mut ticks: std::collections::BTreeMap<Coin, Vec<ledgers::Tick>> = std::collections::BTreeMap::new();
    for quote in quotes {
        let tick = ledgers::Tick { time: quote.seen, price: quote.candle_price().unwrap(), quantity: None };
        ticks.entry(quote.coin).or_default().push(tick);
    }
    let fold = |(coin, ticks)| ledgers::fold(ticks, Interval::M1).into_iter().map(move |candle| (coin, candle));
    let candles: Vec<(Coin, Candle)> = ticks.into_iter().flat_map(fold).collect();
    store.seal_ticks(bucket, &candles).await.unwrap();
}

/// Polls, of whose coins so many in a hundred move; what they took and how long a poll did.
async fn polls(store: &Store, count: u64, moving_percent: u64) {
    let feed = Name::parse("coinspot_prices").unwrap();
    let mut walks: Vec<Walk> = (0..COINS).map(Walk::new).collect();
    let (mut saves, mut kept, computed) = (Vec::new(), Duration::ZERO, cpu_s());
    for poll in 0..count {
        let jitter = (scattered(poll) % 200_000) as i64;
        let seen = START.plus_micros(poll as i64 * EVERY_MICROS + jitter);
        for (n, walk) in walks.iter_mut().enumerate() {
            let draw = scattered(poll * COINS + n as u64);
            if draw % 100 < moving_percent {
                walk.step(draw >> 8);
            }
        }
        let quotes: Vec<Quote> = walks.iter().map(|walk| walk.quote(seen)).collect();
        let begun = Instant::now();
        store.save_quotes(&feed, &quotes, seen).await.unwrap();
        saves.push(begun.elapsed());
        let begun = Instant::now();
        if poll % 12 == 11 && store.pack_ticks(seen).await.unwrap() > 0 {
            while let Some(bucket) = store.unsealed_ticks().await.unwrap() {
                seal(store, bucket).await;
            }
        }
        kept += begun.elapsed();
    }
    let (computed, size) = (cpu_s() - computed, store.tick_size().await.unwrap());
    let saved: Duration = saves.iter().sum();
    let simulated_s = (count as f64) * EVERY_MICROS as f64 / 1e6;
    let took = saved + kept;
    saves.sort_unstable();
    println!("{count} polls of {COINS} coins, {moving_percent} % moving: {} ticks", size.ticks);
    println!(
        "  stored in {:.1} s, packed and sealed in {:.1} s: {:.0} x real time (goal >= 200); {:.1} s of computing, the coins' walk included: {:.0} x",
        saved.as_secs_f64(),
        kept.as_secs_f64(),
        simulated_s / took.as_secs_f64(),
        computed,
        simulated_s / computed.max(0.01)
    );
    println!("  a poll: p50 {:.2} ms, p99 {:.2} ms", ms(at_share(&saves, 50)), ms(at_share(&saves, 99)));
}

async fn floor(folder: &Path) {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("bare.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let mut bare = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql("CREATE TABLE bare (body BLOB)").execute(&mut bare).await.unwrap();
    let body = vec![7u8; COINS as usize * 20];
    let mut times = Vec::new();
    for _ in 0..FLOORS {
        let begun = Instant::now();
        sqlx::query("INSERT INTO bare VALUES (?)").bind(&body).execute(&mut bare).await.unwrap();
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    println!("  a bare durable commit of as many bytes: p50 {:.2} ms", ms(at_share(&times, 50)));
}

/// Bytes a tick: what its tables take, and the share of the whole file.
async fn sizes(home: &Path, store: Store) -> Store {
    store.close().await;
    let store = open(home).await;
    let (ticks, parts) = (store.tick_size().await.unwrap(), store.part_sizes().await.unwrap());
    let of = |name: &str| parts.iter().filter(|part| part.part == name).map(|part| part.bytes).sum::<u64>() as f64;
    let file = std::fs::metadata(home.join("workspace.db")).unwrap().len() as f64;
    let count = ticks.ticks as f64;
    println!(
        "  {:.1} bytes a tick on disk (goal <= 60), noted as {:.1}; with candles and all else {:.1}; free {:.1} MB",
        of("ticks") / count,
        ticks.bytes as f64 / count,
        file / count,
        of("free") / 1e6
    );
    store
}

/// A day of one coin, another each time, and the same as it was known at the end of that day.
async fn reads(store: &Store, polls: u64) {
    let last = START.plus_micros(polls as i64 * EVERY_MICROS);
    let day = Interval::D1.micros();
    let (mut ranges, mut known, mut rows) = (Vec::new(), Vec::new(), 0);
    for n in 0..READS as u64 {
        let coin = coin(scattered(n) % COINS);
        let begun = Instant::now();
        let ticks = store.ticks(coin, last.plus_micros(-day), last).await.unwrap();
        ranges.push(begun.elapsed());
        rows = ticks.len();
        let begun = Instant::now();
        let as_of = store.newest_ticks(Some(coin), last.plus_micros(-day), last.plus_micros(-1), None).await.unwrap();
        known.push(begun.elapsed());
        assert!(as_of.len() + 1 >= rows);
    }
    ranges.sort_unstable();
    known.sort_unstable();
    let (range, as_of) = (at_share(&ranges, 50), at_share(&known, 50));
    println!(
        "  a day of one coin, {rows} ticks: p50 {:.2} ms, p99 {:.2} ms (goal <= 5); as of a moment p50 {:.2} ms, p99 {:.2} ms, ratio {:.2} (goal <= 2)",
        ms(range),
        ms(at_share(&ranges, 99)),
        ms(as_of),
        ms(at_share(&known, 99)),
        ms(as_of) / ms(range)
    );
}

fn main() {
    // `cargo bench` adds --bench; a bare number sets how many ticks.
    let ticks: u64 = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(10_000_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let worst = ticks.div_ceil(COINS);
        for (name, count, moving) in [("market", (worst / 4).min(POLLS_A_DAY), 7), ("worst", worst, 100)] {
            let home = folder.path().join(name);
            let store = open(&home).await;
            polls(&store, count, moving).await;
            floor(&folder.path().join(name)).await;
            let store = sizes(&home, store).await;
            reads(&store, count).await;
            store.close().await;
        }
    });
}
