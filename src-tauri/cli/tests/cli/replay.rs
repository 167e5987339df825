//! Recorded days replayed through the simulated world come back as they were.

use crate::support::{Desk, World, exact, recorded, row};
use rust_decimal::Decimal;
use staging::{Clock, Fault, Options, Replay};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use workstation::commands::CandlesRequest;
use workstation::{DrivenClock, Home, Mode, Reached, Timestamp, Workstation};

const MINUTES: usize = 300;
/// The workstation starts anew this often, so that restarts are part of what is proven.
const MINUTES_A_START: usize = 5;
const MINUTE_MS: i64 = 60_000;

/// Open time, open, high, low, close.
type Bar = (i64, [Decimal; 4]);

fn bars(file: &Path) -> Vec<Bar> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let number = |field: &str| field.parse::<Decimal>().unwrap().normalize();
    let bar = |row: csv::StringRecord| (row[0].parse().unwrap(), [1, 2, 3, 4].map(|column| number(&row[column])));
    reader.records().take(MINUTES).map(|row| bar(row.unwrap())).collect()
}

async fn collect_quarters(ws: &Workstation, world: &World, clock: &DrivenClock, bars: &[Bar]) {
    for (open_ms, _) in bars {
        for quarter in 0..4 {
            let now_ms = open_ms + quarter * MINUTE_MS / 4;
            world.staging.set_time(now_ms);
            clock.set(Timestamp::from_millis(now_ms));
            let run = ws.collect(&["coinspot_prices".to_owned()]).await.unwrap().runs.remove(0);
            assert_eq!((run.status.as_str(), run.error), ("ok", None), "at {now_ms}");
        }
    }
}

#[test]
fn recorded_minutes_collected_four_times_a_minute_give_the_same_candles() {
    let Some(file) = recorded("market/binance_1m/BTC_USDT-1m.csv.gz") else { return };
    let bars = bars(&file);
    let start_ms = bars[0].0;
    let world = World::with(Options {
        clock: Clock::Driven { start_ms },
        replay: Some(Replay::from_file(&file).unwrap()),
        ..Options::default()
    });
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().join("home")), false).unwrap();
    let clock = Arc::new(DrivenClock::at(Timestamp::from_millis(start_ms)));
    let url = world.staging.url().to_owned();
    let open = |mode| {
        let reached = Reached { coinspot: url.clone(), coinspot_web: url.clone(), ..Reached::default() };
        Workstation::open_at(&home, mode, clock.clone(), reached)
    };
    let back = world.runtime().block_on(async {
        for part in bars.chunks(MINUTES_A_START) {
            let ws = open(Mode::Write).await.unwrap();
            collect_quarters(&ws, &world, &clock, part).await;
            ws.close().await;
        }
        let ws = open(Mode::Read).await.unwrap();
        let request = CandlesRequest { coin: "btc".into(), interval: "1m".into(), ..CandlesRequest::default() };
        let candles = ws.candles(&request).await.unwrap();
        ws.close().await;
        candles
    });
    let back: Vec<Bar> = back
        .candles
        .iter()
        .map(|c| (c.time.millis(), [c.open, c.high, c.low, c.close].map(|price| exact(&price.to_string().into()))))
        .collect();
    assert_eq!(back.len(), bars.len());
    for (back, bar) in back.iter().zip(&bars) {
        assert_eq!(back, bar);
    }
}

#[test]
fn the_recorded_price_reply_gives_its_nine_coins() {
    let Some(file) = recorded("payloads/coinspot/pubapi_v2_latest_recorded_2024-09_subset.json") else { return };
    let body = std::fs::read_to_string(file).unwrap();
    let recorded: serde_json::Value = serde_json::from_str(&body).unwrap();
    let desk = Desk::online();
    desk.world().fault("/pubapi/v2/latest", Fault::Body { body, content_type: "application/json".into() });
    let runs = desk.run(&["collect", "coinspot_prices", "--once"]).ok();
    assert_eq!(runs["runs"][0]["new"], 9, "{runs}");
    let prices = desk.run(&["prices"]).ok();
    assert_eq!(prices["prices"].as_array().unwrap().len(), 9, "btc_usdt is no AUD price");
    for coin in ["btc", "usdt", "ltc", "doge", "eth", "sol", "xrp", "trx", "ada"] {
        let price = row(&prices["prices"], "coin", &coin.to_uppercase());
        for side in ["bid", "ask", "last"] {
            assert_eq!(exact(&price[side]), exact(&recorded["prices"][coin][side]), "{coin} {side}");
        }
    }
}
