use crate::client::{NOW_MS, get};
use rust_decimal::Decimal;
use staging::world::Candle;
use staging::{Clock, Options, Replay, Staging, StagingError};
use std::time::Duration;

fn candle(minute: i64, [open, high, low, close]: [i64; 4]) -> Candle {
    let price = |cents| Decimal::new(cents, 2);
    let start_ms = NOW_MS + minute * 60_000;
    Candle { start_ms, open: price(open), high: price(high), low: price(low), close: price(close) }
}

fn recording() -> Replay {
    let rise = candle(0, [6_774_575, 6_778_400, 6_772_600, 6_776_800]);
    let fall = candle(1, [6_776_800, 6_781_000, 6_773_000, 6_774_033]);
    let after_a_gap = candle(3, [6_774_033, 6_776_000, 6_767_200, 6_767_201]);
    Replay::of(&[rise, fall, after_a_gap]).unwrap()
}

async fn started(replay: Replay) -> Staging {
    let clock = Clock::Driven { start_ms: NOW_MS };
    Staging::start(Options { seed: 7, clock, replay: Some(replay), ..Options::default() }).await.unwrap()
}

async fn last(staging: &Staging) -> String {
    get(staging, "/pubapi/v2/latest").await.json()["prices"]["btc"]["last"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn each_minute_is_served_as_four_quotes() {
    let staging = started(recording()).await;
    let mut served = Vec::new();
    for _ in 0..16 {
        served.push(last(&staging).await);
        staging.advance(Duration::from_secs(15));
    }
    let rise = ["67745.75", "67726", "67784", "67768"];
    let fall = ["67768", "67810", "67730", "67740.33"];
    let gap = ["67740.33"; 4];
    let after = ["67740.33", "67760", "67672", "67672.01"];
    assert_eq!(served, [rise, fall, gap, after].concat());
    assert_eq!(last(&staging).await, "67672.01", "after its end the last price stays");
}

#[tokio::test]
async fn bid_and_ask_lie_around_the_recorded_price() {
    let staging = started(recording()).await;
    for _ in 0..8 {
        let quote = staging.world().at(staging.now_ms()).quote("BTC").unwrap();
        let (bid, ask, last) = (quote.bid.unwrap(), quote.ask.unwrap(), quote.last.unwrap());
        assert!(bid < ask && ((ask + bid) / Decimal::TWO / last - Decimal::ONE).abs() < Decimal::new(1, 2));
        staging.advance(Duration::from_secs(15));
    }
}

#[tokio::test]
async fn the_chart_gives_the_recorded_candles_back_and_keeps_their_gaps() {
    let staging = started(recording()).await;
    staging.advance(Duration::from_secs(3_600));
    let from = NOW_MS / 1000;
    let path = format!("/charts/history?symbol=BTC&resolution=1&from={from}&to={}", from + 3_600);
    let json = get(&staging, &path).await.json();
    assert_eq!(json["t"], serde_json::json!([from, from + 60, from + 180]));
    assert_eq!(json["h"], serde_json::json!([67784, 67810, 67760]));
    assert_eq!(json["l"], serde_json::json!([67726, 67730, 67672]));
    assert_eq!(json["c"], serde_json::json!([67768, 67740.33, 67672.01]));
}

#[tokio::test]
async fn the_other_coins_stay_as_they_were() {
    let (with, without) = (started(recording()).await, crate::client::world().await);
    let eth = |staging: &Staging| staging.world().at(NOW_MS).quote("ETH");
    assert_eq!(eth(&with), eth(&without));
}

#[tokio::test]
async fn on_a_real_clock_the_recording_begins_now() {
    let options = Options { replay: Some(recording()), ..Options::default() };
    let staging = Staging::start(options).await.unwrap();
    let start = staging.world().replay().unwrap().start_ms();
    assert!((0..120_000).contains(&(staging.now_ms() - start)));
}

#[tokio::test]
async fn a_recording_for_an_unknown_coin_is_refused() {
    let options = Options { replay: Some(recording().for_coin("NOSUCH")), ..Options::default() };
    assert!(matches!(Staging::start(options).await, Err(StagingError::ReplayCoin { .. })));
}

/// Recorded minutes, when there are some: `OMC_RECORDED` names the folder of the test data.
#[tokio::test]
async fn a_recorded_month_comes_back_minute_by_minute() {
    let Some(folder) = std::env::var_os("OMC_RECORDED") else {
        println!("skipped: OMC_RECORDED is not set");
        return;
    };
    let file = std::path::Path::new(&folder).join("market/binance_1m/BTC_USDT-1m.csv.gz");
    let replay = Replay::from_file(&file).unwrap();
    let mut rows = csv::Reader::from_reader(flate2::read::GzDecoder::new(std::fs::File::open(&file).unwrap()));
    let world = staging::World::new(1).with_replay(replay.clone());
    let week_ms = 7 * 86_400_000;
    let weeks = (replay.start_ms()..replay.end_ms()).step_by(week_ms as usize);
    let candles: Vec<_> = weeks
        .flat_map(|week| world.at(replay.end_ms()).candles("BTC", 60_000, week, week + week_ms))
        .map(|c| [c.open, c.high, c.low, c.close])
        .collect();
    let price = |row: &csv::StringRecord, i: usize| row[i].parse::<Decimal>().unwrap();
    let recorded: Vec<_> = rows.records().map(|row| [1, 2, 3, 4].map(|i| price(row.as_ref().unwrap(), i))).collect();
    assert!(recorded.len() > 40_000 && candles == recorded);
}
