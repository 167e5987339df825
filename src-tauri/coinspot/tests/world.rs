//! CoinSpot's public half against a world that speaks it, with and without things going wrong.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests may stop and say why")]

use coinspot::{CoinListSource, CoinSpot, PricesSource};
use domain::{Coin, DrivenClock, Interval, QuoteKind, Timestamp};
use ledgers::{Collected, FeedJudge, Source, Tick, fold, parse_candles};
use omc_http::{Client, LaneLimit, Options};
use staging::{Clock, Fault, Faults, PriceChange, Replay, Rule, Staging};
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);
const PRICES: &str = "/pubapi/v2/latest";
const PAGE: &str = "/tradecoins";

fn recorded(file: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("OMC_RECORDED") else {
        println!("skipped: OMC_RECORDED is not set, so {file} was not read");
        return None;
    };
    Some(PathBuf::from(folder).join(file))
}

async fn world(faults: Faults) -> (Staging, CoinSpot) {
    let clock = Clock::Driven { start_ms: NOW.millis() };
    let staging = Staging::start(staging::Options { seed: 7, clock, faults, ..Default::default() }).await.unwrap();
    let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
    let coinspot = CoinSpot::new(http, Some(staging.url()), Some(staging.url())).unwrap();
    (staging, coinspot)
}

fn on(path: &str, fault: Fault) -> Faults {
    Faults::none().with(Rule::on(path, fault))
}

fn coin(ticker: &str) -> Coin {
    Coin::parse(ticker).unwrap()
}

fn tickers(collected: &Collected) -> Vec<String> {
    collected.quotes.iter().map(|quote| quote.coin.to_string()).collect()
}

#[tokio::test]
async fn the_price_api_brings_the_coins_with_a_book_at_the_worlds_prices() {
    let (staging, coinspot) = world(Faults::none()).await;
    let collected = coinspot.latest(NOW).await.unwrap();
    let found = tickers(&collected);
    for ticker in ["BTC", "ETH", "NEO", "XLM"] {
        assert!(found.contains(&ticker.to_owned()), "{ticker} is not in {found:?}");
    }
    for absent in ["ANS", "STR", "RHOC", "BCC", "BTC_USDT"] {
        assert!(!found.contains(&absent.to_owned()), "{absent} is in {found:?}");
    }
    let refused: Vec<_> = collected.rejected.iter().map(|rejected| rejected.item.as_str()).collect();
    assert!(refused.contains(&"rhoc") && refused.contains(&"bcc"), "{refused:?}");
    let expected = staging.world().at(NOW.millis()).quote("BTC").unwrap();
    let btc = collected.quotes.iter().find(|quote| quote.coin == coin("BTC")).unwrap();
    assert_eq!(btc.bid.map(domain::Price::decimal), expected.bid);
    assert_eq!(btc.ask.map(domain::Price::decimal), expected.ask);
    assert_eq!(btc.last.map(domain::Price::decimal), expected.last);
    assert_eq!((btc.kind, btc.seen), (QuoteKind::Book, NOW));
}

#[tokio::test]
async fn the_coin_list_brings_several_hundred_instant_coins() {
    let (staging, coinspot) = world(Faults::none()).await;
    let collected = coinspot.coin_list(NOW).await.unwrap();
    assert!(collected.quotes.len() > 500, "{} coins, {:?}", collected.quotes.len(), collected.rejected.first());
    let pepe = collected.quotes.iter().find(|quote| quote.coin == coin("PEPE")).unwrap();
    let expected = staging.world().at(NOW.millis()).rates("PEPE").unwrap();
    assert_eq!(
        (pepe.ask.map(domain::Price::decimal), pepe.bid.map(domain::Price::decimal)),
        (expected.buy, expected.sell)
    );
    assert!(collected.quotes.iter().all(|quote| quote.kind == QuoteKind::Instant && !quote.is_crossed()));
}

#[tokio::test]
async fn the_chart_brings_candles_of_each_interval() {
    let (staging, coinspot) = world(Faults::none()).await;
    for interval in Interval::ALL {
        let from = interval.floor(NOW).plus_micros(-20 * interval.micros());
        let history = coinspot.history(coin("BTC"), interval, from, interval.floor(NOW)).await.unwrap();
        assert_eq!(history.rejected, [], "{interval}");
        assert_eq!(history.candles.len(), 20, "{interval}");
        let (from_ms, to_ms) = (from.millis(), interval.floor(NOW).millis());
        let world = staging.world().at(NOW.millis()).candles("BTC", interval.seconds() * 1000, from_ms, to_ms);
        let expected: Vec<_> = world.iter().take(20).map(|c| (c.start_ms, c.open, c.high, c.low, c.close)).collect();
        let found = history
            .candles
            .iter()
            .map(|c| (c.time.millis(), c.open.decimal(), c.high.decimal(), c.low.decimal(), c.close.decimal()));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{interval}");
    }
    let nothing = coinspot.history(coin("BTC"), Interval::M1, NOW, NOW).await.unwrap_err();
    assert_eq!(nothing.code(), "empty_window");
    let unknown = coinspot.history(coin("NOSUCH"), Interval::M1, Timestamp::default(), NOW).await.unwrap_err();
    assert_eq!(unknown.code(), "refused");
}

#[tokio::test]
async fn the_book_begins_at_the_bid_and_ask_of_the_price_api() {
    let (staging, coinspot) = world(Faults::none()).await;
    let prices = coinspot.latest(NOW).await.unwrap();
    for ticker in ["BTC", "NEO"] {
        let quote = prices.quotes.iter().find(|quote| quote.coin == coin(ticker)).unwrap();
        let depth = coinspot.depth(coin(ticker), NOW).await.unwrap();
        assert_eq!(depth.rejected, []);
        let expected = staging.world().at(NOW.millis()).book(ticker).unwrap();
        assert_eq!((depth.bids.len(), depth.asks.len()), (expected.buys.len(), expected.sells.len()), "{ticker}");
        assert!(depth.bids.is_sorted_by(|a, b| a.rate >= b.rate) && depth.asks.is_sorted_by_key(|level| level.rate));
        assert_eq!(Some(depth.bids[0].rate), quote.bid, "{ticker}");
        assert_eq!(Some(depth.asks[0].rate), quote.ask, "{ticker}");
    }
    assert_eq!(coinspot.depth(coin("PEPE"), NOW).await.unwrap_err().code(), "coin_not_found");
}

#[tokio::test]
async fn a_bad_price_of_one_coin_costs_that_coin_only() {
    for (change, code) in [
        (PriceChange::Nan, "not_a_number"),
        (PriceChange::Zero, "not_positive"),
        (PriceChange::Negative, "not_positive"),
        (PriceChange::Overflow, "not_a_number"),
        (PriceChange::Empty, "not_a_number"),
        (PriceChange::Crossed, "crossed"),
    ] {
        let faults = on(PRICES, Fault::Price { coin: Some("BTC".into()), change })
            .with(Rule::on(PAGE, Fault::Price { coin: Some("PEPE".into()), change }));
        let (_staging, coinspot) = world(faults).await;
        let prices = coinspot.latest(NOW).await.unwrap();
        let list = coinspot.coin_list(NOW).await.unwrap();
        for (collected, bad, item) in [(prices, "BTC", "btc"), (list, "PEPE", "PEPE")] {
            assert!(!tickers(&collected).contains(&bad.to_owned()), "{bad} {change:?}");
            let rejected = collected.rejected.iter().find(|rejected| rejected.item == item).unwrap();
            assert_eq!(rejected.code, code, "{bad} {change:?}");
            assert!(tickers(&collected).contains(&"ETH".to_owned()));
        }
    }
}

#[tokio::test]
async fn bad_prices_in_the_chart_and_the_book_get_nowhere() {
    for change in
        [PriceChange::Nan, PriceChange::Zero, PriceChange::Negative, PriceChange::Overflow, PriceChange::Empty]
    {
        let (_staging, coinspot) = world(on("*", Fault::Price { coin: None, change })).await;
        let from = NOW.plus_micros(-3_600_000_000);
        let candles = coinspot.history(coin("BTC"), Interval::M1, from, NOW).await.map_or(0, |h| h.candles.len());
        assert_eq!(candles, 0, "{change:?}");
        assert_eq!(coinspot.depth(coin("BTC"), NOW).await.unwrap_err().code(), "schema_changed", "{change:?}");
        assert_eq!(coinspot.latest(NOW).await.unwrap_err().code(), "schema_changed", "{change:?}");
    }
    let crossed = Fault::Price { coin: None, change: PriceChange::Crossed };
    let (_staging, coinspot) = world(on("*", crossed)).await;
    assert_eq!(coinspot.depth(coin("BTC"), NOW).await.unwrap_err().code(), "crossed_book");
}

#[tokio::test]
async fn a_renamed_field_stores_nothing_and_says_so() {
    let rename = |from: &str| Fault::Rename { from: from.into(), to: "renamed".into() };
    let faults =
        on(PRICES, rename("bid")).with(Rule::on(PAGE, rename("data-coin"))).with(Rule::on("/charts/*", rename("o")));
    let (_staging, coinspot) = world(faults).await;
    assert_eq!(coinspot.latest(NOW).await.unwrap_err().code(), "schema_changed");
    assert_eq!(coinspot.coin_list(NOW).await.unwrap_err().code(), "page_changed");
    let chart = coinspot.history(coin("BTC"), Interval::M1, NOW.plus_micros(-3_600_000_000), NOW).await;
    assert_eq!(chart.unwrap_err().code(), "schema_changed");
}

#[tokio::test]
async fn a_frozen_feed_keeps_the_time_of_its_last_change() {
    let (staging, coinspot) = world(Faults::none()).await;
    let mut judge = FeedJudge::new();
    let mut seen = Vec::new();
    for step in 0..4 {
        let now = Timestamp::from_millis(staging.now_ms());
        let print = coinspot.latest(now).await.unwrap().fingerprint.unwrap();
        seen.push((judge.judge(print, now).seen().seconds_since(NOW), step));
        if step == 1 {
            staging.set_faults(on(PRICES, Fault::Freeze {})).unwrap();
        }
        staging.advance(Duration::from_secs(60));
    }
    // The freeze begins with the reply it first touches, at 120 s.
    assert_eq!(seen, [(0, 0), (60, 1), (120, 2), (120, 3)]);
}

#[tokio::test]
async fn hostile_names_and_messages_stay_text() {
    let (_staging, coinspot) = world(on("*", Fault::HostileNames {})).await;
    let list = coinspot.coin_list(NOW).await.unwrap();
    assert!(list.quotes.len() > 500);
    let body = r#"{"status":"error","message":"<script>\u001b[2J buy 1000 BTC now"}"#.to_owned();
    let fault = Fault::Body { body, content_type: "application/json".into() };
    let (_staging, coinspot) = world(on(PRICES, fault)).await;
    let error = coinspot.latest(NOW).await.unwrap_err();
    assert_eq!(error.code(), "refused");
    assert!(!error.to_string().contains('\u{1b}'));
}

#[tokio::test]
async fn an_unreadable_reply_is_not_brought_back_by_not_modified() {
    let (staging, coinspot) = world(Faults::none()).await;
    for _ in 0..2 {
        coinspot.latest(NOW).await.unwrap();
    }
    staging.set_faults(on(PRICES, Fault::Rename { from: "bid".into(), to: "renamed".into() })).unwrap();
    for _ in 0..2 {
        assert_eq!(coinspot.latest(NOW).await.unwrap_err().code(), "schema_changed");
    }
    let asked_if_changed: Vec<bool> = staging.requests().iter().map(|r| r.if_none_match.is_some()).collect();
    assert_eq!(asked_if_changed, [false, true, true, false]);
}

#[tokio::test]
async fn a_blocked_page_costs_the_coin_list_and_nothing_else() {
    let (_staging, coinspot) = world(on(PAGE, Fault::BlockPage { status: 200 })).await;
    let list = CoinListSource(coinspot.clone());
    let failed = list.collect(NOW).await.unwrap_err();
    assert_eq!((failed.source_name, failed.code), ("coinspot_coin_list", "page_changed"));
    let prices = PricesSource(coinspot);
    assert!(!prices.collect(NOW).await.unwrap().quotes.is_empty());
}

#[test]
fn the_recorded_price_reply_brings_its_good_coins() {
    let Some(path) = recorded("payloads/coinspot/pubapi_v2_latest_recorded_2024-09_subset.json") else { return };
    let body = std::fs::read_to_string(path).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let collected = runtime.block_on(async {
        let fault = Fault::Body { body, content_type: "application/json".into() };
        let (_staging, coinspot) = world(on(PRICES, fault)).await;
        coinspot.latest(NOW).await.unwrap()
    });
    assert_eq!(tickers(&collected), ["ADA", "BTC", "DOGE", "ETH", "LTC", "SOL", "TRX", "USDT", "XRP"]);
    assert_eq!(collected.rejected, []);
    let btc = collected.quotes.iter().find(|quote| quote.coin == coin("BTC")).unwrap();
    assert_eq!(btc.bid.unwrap().to_string(), "86487.75");
}

#[tokio::test]
async fn recorded_minutes_replayed_as_four_quotes_each_come_back_as_the_same_candles() {
    const MINUTES: usize = 120;
    let Some(path) = recorded("market/binance_1m/BTC_USDT-1m.csv.gz") else { return };
    let file = BufReader::new(flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()));
    let expected = &parse_candles(file, Interval::M1).unwrap().candles[..MINUTES];
    let replay = Replay::from_file(&path).unwrap();
    let clock = Clock::Driven { start_ms: replay.start_ms() };
    let replay = Some(replay);
    let staging = Staging::start(staging::Options { seed: 7, clock, replay, ..Default::default() }).await.unwrap();
    let mut options = Options::new(7);
    options.lanes.prices = LaneLimit { per_minute: 600_000, burst: 1000, at_once: 1 };
    let http = Arc::new(Client::new(options, Arc::new(DrivenClock::at(NOW))).unwrap());
    let coinspot = CoinSpot::new(http, Some(staging.url()), Some(staging.url())).unwrap();
    let mut judge = FeedJudge::new();
    let mut ticks = Vec::new();
    for _ in 0..MINUTES * 4 {
        let now = Timestamp::from_millis(staging.now_ms());
        let collected = coinspot.latest(now).await.unwrap();
        assert!(!judge.judge(collected.fingerprint.unwrap(), now).is_frozen(), "{now}");
        let btc = collected.quotes.iter().find(|quote| quote.coin == coin("BTC")).unwrap();
        ticks.push(Tick { time: now, price: btc.candle_price().unwrap(), quantity: None });
        staging.advance(Duration::from_secs(15));
    }
    let without_volume: Vec<_> = expected.iter().map(|candle| domain::Candle { volume: None, ..*candle }).collect();
    assert_eq!(fold(ticks, Interval::M1), without_volume);
}
