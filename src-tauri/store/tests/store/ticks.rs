//! Ticks in their two forms: what readers see, what packing and forgetting may never lose.

use crate::support::{NOW, device, execute, fresh, name};
use domain::{Candle, Coin, Decimal, Interval, Price, Quote, QuoteKind, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use store::{Forgotten, Store};

const ALWAYS: (Timestamp, Timestamp) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
const BUCKET_S: i64 = 600;

/// So many seconds after the beginning of some ten minutes.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((NOW.micros() / 600_000_000 * 600 + seconds) * 1_000_000)
}

fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

fn quote(of: &str, cents: i64, seen: Timestamp) -> Quote {
    let price = Price::new(Decimal::new(cents, 2)).ok();
    Quote { coin: coin(of), kind: QuoteKind::Book, bid: price, ask: None, last: price, seen }
}

async fn save(store: &Store, quotes: &[Quote]) {
    store.save_quotes(&name("feed"), quotes, quotes[0].seen).await.unwrap();
}

async fn all(store: &Store) -> Vec<Quote> {
    store.newest_ticks(None, ALWAYS.0, ALWAYS.1, None).await.unwrap()
}

async fn seal_everything(store: &Store) -> Vec<Timestamp> {
    let mut sealed = Vec::new();
    while let Some(bucket) = store.unsealed_ticks().await.unwrap() {
        let ticks = store.newest_ticks(None, bucket.from, bucket.to, None).await.unwrap();
        let candle = |tick: &Quote| (tick.coin, Candle::of(Interval::M1.floor(tick.seen), tick.last.unwrap()));
        store.seal_ticks(bucket, &ticks.iter().map(candle).collect::<Vec<_>>()).await.unwrap();
        sealed.push(bucket.from);
    }
    sealed
}

#[tokio::test]
async fn packing_changes_nothing_that_a_reader_sees() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    for poll in 0..40 {
        let seen = at(poll * 60);
        save(&store, &[quote("BTC", 100 + poll, seen), quote("DOGE", 7, seen)]).await;
        // Another feed at the same moment.
        save(&store, &[quote("ETH", 500 + poll, seen)]).await;
    }
    let before = all(&store).await;
    assert_eq!(before.len(), 120);
    let btc = store.ticks(coin("BTC"), at(300), at(1_500)).await.unwrap();
    assert_eq!(btc.len(), 20);
    assert_eq!(store.pack_ticks(at(40 * 60)).await.unwrap(), 4, "the last ten minutes are over, too");
    assert_eq!(store.pack_ticks(at(40 * 60)).await.unwrap(), 0);
    assert_eq!(all(&store).await, before);
    assert_eq!(store.ticks(coin("BTC"), at(300), at(1_500)).await.unwrap(), btc);
    assert_eq!(store.ticks(coin("NONE"), ALWAYS.0, ALWAYS.1).await.unwrap(), []);
    save(&store, &[quote("BTC", 1, at(40 * 60))]).await;
    for limit in [0, 1, 2, 30, 41, 99] {
        let newest = store.newest_ticks(Some(coin("BTC")), at(0), at(2_401), Some(limit)).await.unwrap();
        let whole = store.ticks(coin("BTC"), at(0), at(2_401)).await.unwrap();
        assert_eq!(newest, whole[whole.len().saturating_sub(limit)..], "{limit}");
        let newest = store.newest_ticks(None, at(0), at(2_400), Some(limit)).await.unwrap();
        assert_eq!(newest, before[before.len() - limit..], "{limit}");
    }
}

#[tokio::test]
async fn what_comes_late_joins_what_is_packed_and_is_sealed_anew() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    save(&store, &[quote("BTC", 100, at(0))]).await;
    store.pack_ticks(at(BUCKET_S)).await.unwrap();
    assert_eq!(seal_everything(&store).await, [at(0)]);
    save(&store, &[quote("BTC", 101, at(BUCKET_S))]).await;
    // The clock was set back.
    save(&store, &[quote("BTC", 102, at(60)), quote("ETH", 9, at(60))]).await;
    save(&store, &[quote("BTC", 103, at(0))]).await;
    let expected =
        [quote("BTC", 103, at(0)), quote("BTC", 102, at(60)), quote("ETH", 9, at(60)), quote("BTC", 101, at(BUCKET_S))];
    assert_eq!(all(&store).await, expected, "the last word on a moment counts");
    assert_eq!(store.pack_ticks(at(BUCKET_S)).await.unwrap(), 1, "ten minutes that still run stay polls");
    assert_eq!(all(&store).await, expected);
    assert_eq!(seal_everything(&store).await, [at(0)]);
}

#[tokio::test]
async fn a_tick_is_never_forgotten_before_its_candle_is_sealed() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    for minute in 0..60 {
        save(&store, &[quote("BTC", 100 + minute, at(minute * 60))]).await;
    }
    store.pack_ticks(at(3_600)).await.unwrap();
    save(&store, &[quote("BTC", 1, at(3_600))]).await;
    let whole = all(&store).await;
    assert_eq!(store.forget_ticks(ALWAYS.1, 0).await.unwrap(), Forgotten::default(), "none is sealed");
    assert_eq!(all(&store).await, whole);

    let size = store.tick_size().await.unwrap();
    assert_eq!((size.ticks, size.since), (61, Some(at(0))));
    seal_everything(&store).await;
    // The oldest go until the rest is small enough, and not one more.
    let gone = store.forget_ticks(ALWAYS.0, size.bytes - 1).await.unwrap();
    assert_eq!(gone.ticks, 10);
    let rest = store.tick_size().await.unwrap();
    assert_eq!((rest.since, rest.bytes, rest.ticks), (Some(at(600)), size.bytes - gone.bytes, 51));
    assert_eq!(store.forget_ticks(at(1_199), u64::MAX).await.unwrap().ticks, 0, "ten minutes go whole");
    assert_eq!(store.forget_ticks(at(1_200), u64::MAX).await.unwrap().ticks, 10);
    assert_eq!(store.forget_ticks(ALWAYS.1, 0).await.unwrap().ticks, 40);
    assert_eq!(all(&store).await, [quote("BTC", 1, at(3_600))], "what still runs stays");
    let candles = store.candles(coin("BTC"), Interval::M1, ALWAYS.0, ALWAYS.1).await.unwrap();
    assert_eq!(candles.len(), 60, "and of what went there is every candle");
    assert_eq!(store.quotes().await.unwrap().len(), 1, "no latest quote goes");
}

/// The ticks of the form before, as the first versions kept them.
const OLD_TICKS: &str = "DROP TABLE tick_coins; DROP TABLE tick_polls; DROP TABLE tick_packs; DROP TABLE tick_buckets; \
    DROP TABLE settings; \
    CREATE TABLE ticks (seen INTEGER NOT NULL, coin TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (seen, coin)) \
    STRICT, WITHOUT ROWID; DELETE FROM _sqlx_migrations WHERE version = 3; \
    INSERT INTO runs (source, started, status, new, duplicate, rejected) VALUES ('candle_seal', 9, 'ok', 1, 0, 0);";

#[tokio::test]
async fn ticks_of_the_form_before_are_carried_over_to_the_last_one() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let mut expected = Vec::new();
    for poll in 0..90 {
        let seen = at(poll * 60);
        let tiny = Price::parse("0.0000000000000000000000000001").ok();
        let large = Price::parse("79228162514264337593543950335").ok();
        let odd = Quote { bid: tiny, ask: large, kind: QuoteKind::Instant, ..quote("ODD", 1, seen) };
        let none = Quote { bid: None, last: None, ..quote("NONE", 1, seen) };
        expected.extend([quote("BTC", 100 + poll, seen), none, odd]);
    }
    for tick in expected.chunks(3) {
        save(&store, tick).await;
    }
    store.close().await;
    // Each row as the version before wrote it: the same bytes that stand in a poll.
    let mut conn = crate::support::raw(home.path()).await;
    let polls: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT seen, body FROM tick_polls").fetch_all(&mut conn).await.unwrap();
    let coins: Vec<(u32, String)> =
        sqlx::query_as("SELECT no, coin FROM tick_coins").fetch_all(&mut conn).await.unwrap();
    let coins: BTreeMap<u32, String> = coins.into_iter().collect();
    sqlx::raw_sql(OLD_TICKS).execute(&mut conn).await.unwrap();
    for (seen, poll) in polls {
        let mut rest = poll.as_slice();
        while let Some(([a, b, c, d, length], tail)) = rest.split_first_chunk::<5>() {
            let (body, tail) = tail.split_at(usize::from(*length));
            let coin = &coins[&u32::from_be_bytes([*a, *b, *c, *d])];
            let insert = sqlx::query("INSERT INTO ticks VALUES (?, ?, ?)").bind(seen).bind(coin).bind(body);
            insert.execute(&mut conn).await.unwrap();
            rest = tail;
        }
    }
    drop(conn);

    let store = fresh(home.path()).await;
    assert_eq!(all(&store).await, expected);
    assert_eq!(store.runs(None, 9).await.unwrap(), []);
    // Going on writes to the same coins.
    save(&store, &[quote("BTC", 1, at(5_400)), quote("NEW", 2, at(5_400))]).await;
    expected.extend([quote("BTC", 1, at(5_400)), quote("NEW", 2, at(5_400))]);
    store.pack_ticks(at(5_400)).await.unwrap();
    assert_eq!(all(&store).await, expected);
}

#[tokio::test]
async fn a_damaged_tick_is_named() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    save(&store, &[quote("BTC", 100, at(0))]).await;
    store.pack_ticks(at(BUCKET_S)).await.unwrap();
    save(&store, &[quote("BTC", 101, at(BUCKET_S))]).await;
    execute(home.path(), "UPDATE tick_packs SET body = x'0101'").await;
    let error = store.ticks(coin("BTC"), at(0), at(1)).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().contains("BTC")), ("damaged", true), "{error}");
    execute(home.path(), "UPDATE tick_polls SET body = x'00000001ff'").await;
    assert_eq!(store.ticks(coin("BTC"), at(BUCKET_S), ALWAYS.1).await.unwrap_err().code(), "damaged");
}

#[tokio::test]
async fn settings_are_kept_and_parts_have_sizes() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    assert_eq!(store.setting("ticks_days").await.unwrap(), None);
    store.set_settings(&[("ticks_days", "3".to_owned()), ("ticks_mb", "10".to_owned())]).await.unwrap();
    store.set_settings(&[("ticks_days", "4".to_owned())]).await.unwrap();
    assert_eq!(store.setting("ticks_days").await.unwrap().as_deref(), Some("4"));
    assert_eq!(store.setting("ticks_mb").await.unwrap().as_deref(), Some("10"));
    let parts = store.part_sizes().await.unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part.part).collect();
    assert_eq!(names, ["journal", "ticks", "candles", "observations", "other", "free"]);
    assert!(parts.iter().take(5).all(|part| part.bytes >= 4_096), "{parts:?}");
}

/// What happens to a store: polls, packing, seals, and the clock set back.
#[derive(Debug, Clone)]
enum Step {
    Poll { pause_s: i64, coins: Vec<(u8, i64)> },
    Pack,
    Seal,
}

fn step() -> impl Strategy<Value = Step> {
    let coins = prop::collection::vec((0u8..4, 1i64..50), 1..5);
    let pause = prop_oneof![6 => 0i64..200, 1 => -900i64..0, 1 => 0i64..5_000];
    prop_oneof![
        6 => (pause, coins).prop_map(|(pause_s, coins)| Step::Poll { pause_s, coins }),
        2 => Just(Step::Pack),
        1 => Just(Step::Seal),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_every_tick_is_there_once(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(replay(steps))?;
    }
}

async fn replay(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let mut now = at(0);
    let mut model: BTreeMap<(Timestamp, Coin), Quote> = BTreeMap::new();
    let mut last: BTreeMap<Coin, Quote> = BTreeMap::new();
    for step in steps {
        match step {
            Step::Poll { pause_s, coins } => {
                now = now.plus_micros(pause_s * 1_000_000);
                let quotes: BTreeMap<u8, Quote> =
                    coins.iter().map(|(n, cents)| (*n, quote(&format!("C{n}"), *cents, now))).collect();
                let quotes: Vec<Quote> = quotes.into_values().collect();
                save(&store, &quotes).await;
                for quote in quotes {
                    let same = |known: &Quote| {
                        known.last == quote.last && Interval::M1.floor(known.seen) >= Interval::M1.floor(now)
                    };
                    if !last.insert(quote.coin, quote).is_some_and(|known| same(&known)) {
                        model.insert((now, quote.coin), quote);
                    }
                }
            }
            Step::Pack => drop(store.pack_ticks(now).await.unwrap()),
            Step::Seal => drop(seal_everything(&store).await),
        }
        prop_assert_eq!(all(&store).await, model.values().copied().collect::<Vec<_>>());
        let one = coin("C1");
        let of_one: Vec<Quote> = model.values().filter(|quote| quote.coin == one).copied().collect();
        prop_assert_eq!(store.ticks(one, ALWAYS.0, ALWAYS.1).await.unwrap(), of_one);
    }
    Ok(())
}

const HOME: &str = "OMC_TEST_TICKS_HOME";
const FROM: &str = "OMC_TEST_TICKS_FROM";

/// Not a test by itself: the process that gets killed runs it.
#[tokio::test(flavor = "multi_thread")]
async fn child_that_polls_and_packs_until_killed() {
    let (Ok(home), Ok(from)) = (std::env::var(HOME), std::env::var(FROM)) else { return };
    let store = Store::open(Path::new(&home), device(1), NOW).await.unwrap();
    let mut poll: i64 = from.parse().unwrap();
    loop {
        let seen = at(poll * 20);
        let quotes: Vec<Quote> = (0..100).map(|n| quote(&format!("C{n}"), 1 + poll, seen)).collect();
        save(&store, &quotes).await;
        let mut out = std::io::stdout().lock();
        writeln!(out, "ack {poll}").unwrap();
        out.flush().unwrap();
        drop(out);
        store.pack_ticks(seen).await.unwrap();
        poll += 1;
    }
}

/// Runs the child until it has acknowledged some polls, kills it, and returns the last one acknowledged.
fn run_and_kill(home: &Path, from: i64, polls: usize) -> i64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["ticks::child_that_polls_and_packs_until_killed", "--exact", "--nocapture"])
        .env(HOME, home)
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut acks = out.filter_map(|line| line.split_once("ack ").map(|(_, poll)| poll.parse::<i64>().unwrap()));
    let mut last = acks.by_ref().take(polls).last().expect("the child ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
    last = acks.last().unwrap_or(last);
    last
}

#[tokio::test]
async fn every_tick_is_there_once_after_kill_9_while_packing() {
    let home = tempfile::tempdir().unwrap();
    let mut next = 0;
    for round in 0..8 {
        let last = run_and_kill(home.path(), next, 25 + round * 7);
        let store = fresh(home.path()).await;
        let ticks = store.ticks(coin("C7"), ALWAYS.0, ALWAYS.1).await.unwrap();
        // The poll after the last one acknowledged may be there.
        assert!(ticks.len() as i64 > last && ticks.len() as i64 <= last + 2, "{} {last}", ticks.len());
        let whole = |(poll, tick): (usize, &Quote)| *tick == quote("C7", 1 + poll as i64, at(poll as i64 * 20));
        assert!(ticks.iter().enumerate().all(whole));
        assert_eq!(all(&store).await.len(), ticks.len() * 100);
        next = ticks.len() as i64;
        store.close().await;
    }
}
