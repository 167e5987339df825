//! Quotes, feeds, runs, candles.

use crate::support::{NOW, fresh, name};
use domain::{Candle, Coin, Decimal, Interval, Price, Quantity, Quote, QuoteKind, Timestamp};
use store::{CandleCount, CandleSource, Run, RunCause, RunStatus};

fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

fn price(text: &str) -> Option<Price> {
    Some(Price::parse(text).unwrap())
}

fn at(seconds: i64) -> Timestamp {
    NOW.plus_micros(seconds * 1_000_000)
}

fn btc(bid: &str, seen: Timestamp) -> Quote {
    Quote { coin: coin("BTC"), kind: QuoteKind::Book, bid: price(bid), ask: price("101.5"), last: None, seen }
}

#[tokio::test]
async fn only_a_change_makes_a_tick_and_the_latest_quote_is_the_last_seen() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let feed = name("coinspot-prices");
    let doge = Quote { coin: coin("DOGE"), kind: QuoteKind::Instant, bid: None, ask: None, last: None, seen: at(0) };
    assert_eq!(store.save_quotes(&feed, &[btc("100", at(0)), doge], at(0)).await.unwrap(), 2);
    // The same price written otherwise is no change.
    assert_eq!(store.save_quotes(&feed, &[btc("100.00", at(10))], at(10)).await.unwrap(), 0);
    assert_eq!(store.save_quotes(&feed, &[btc("100.1", at(20))], at(20)).await.unwrap(), 1);
    assert_eq!(store.quotes().await.unwrap(), [btc("100.1", at(20)), doge]);
    let ticks = store.ticks(coin("BTC"), at(0), at(21)).await.unwrap();
    assert_eq!(ticks, [btc("100", at(0)), btc("100.1", at(20))]);
    assert_eq!(store.ticks(coin("BTC"), at(1), at(20)).await.unwrap(), []);
}

#[tokio::test]
async fn a_feed_remembers_its_last_success_through_failures() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let feed = name("coinspot-prices");
    store.record_failure(&feed, "timeout", at(0)).await.unwrap();
    let first = store.feeds().await.unwrap().remove(0);
    assert_eq!((first.last_success, first.last_error.as_deref()), (None, Some("timeout")));
    store.save_quotes(&feed, &[btc("100", at(1))], at(1)).await.unwrap();
    store.save_quotes(&feed, &[btc("100", at(2))], at(2)).await.unwrap();
    store.record_failure(&feed, "frozen", at(3)).await.unwrap();
    let feed = store.feeds().await.unwrap().remove(0);
    assert_eq!((feed.last_attempt, feed.last_success), (at(3), Some(at(2))));
    assert_eq!((feed.last_change, feed.last_error.as_deref()), (Some(at(1)), Some("frozen")));
}

#[tokio::test]
async fn runs_come_newest_first() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let run = |source: &str, seconds, status| Run {
        status,
        seen: 6,
        new: 3,
        duplicate: 2,
        rejected: 1,
        error: (status == RunStatus::Failed).then(|| "http_429".to_owned()),
        ..Run::begun(name(source), RunCause::Manual, at(seconds))
    };
    let runs = [run("a", 1, RunStatus::Ok), run("b", 2, RunStatus::Failed), run("a", 3, RunStatus::Unchanged)];
    for run in &runs {
        store.record_run(run).await.unwrap();
    }
    assert_eq!(store.runs(None, 2).await.unwrap(), [runs[2].clone(), runs[1].clone()]);
    assert_eq!(store.runs(Some(&name("a")), 9).await.unwrap(), [runs[2].clone(), runs[0].clone()]);
}

#[tokio::test]
async fn the_first_word_on_a_candle_stays() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let candle = |minute: i64, close: &str| Candle {
        volume: (minute % 2 == 0).then(|| Quantity::new(Decimal::new(minute.abs(), 15)).unwrap()),
        ..Candle::of(Timestamp::from_micros(minute * 60_000_000), Price::parse(close).unwrap())
    };
    let first: Vec<Candle> = (-3..10_000).map(|minute| candle(minute, "5.25")).collect();
    let btc = coin("BTC");
    let saved = store.save_candles(btc, Interval::M1, CandleSource::History, &first).await.unwrap();
    assert_eq!(saved, CandleCount { new: 10_003, duplicates: 0 });
    let other = [candle(5, "9"), candle(10_000, "9")];
    let saved = store.save_candles(btc, Interval::M1, CandleSource::Live, &other).await.unwrap();
    assert_eq!(saved, CandleCount { new: 1, duplicates: 1 });
    let (from, to) = (Timestamp::from_micros(-180_000_000), Timestamp::from_micros(10_000 * 60_000_000));
    assert_eq!(store.candles(btc, Interval::M1, from, to).await.unwrap(), first);
    assert_eq!(store.candles(btc, Interval::M5, from, to).await.unwrap(), []);
    let bounds = store.candle_bounds(btc, Interval::M1).await.unwrap().unwrap();
    assert_eq!((bounds.first, bounds.last, bounds.count), (from, to, 10_004));
    assert_eq!(store.candle_bounds(coin("ETH"), Interval::M1).await.unwrap(), None);
}
