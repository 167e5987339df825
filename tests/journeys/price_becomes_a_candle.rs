//! A CoinSpot price becomes a candle on screen.

use crate::desk::{PRICES, STEP, btc, collect, decimal, open, world};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use staging::{Fault, Faults, Rule};
use std::collections::BTreeMap;
use support::{folder, on_own_world};
use workstation::Workstation;
use workstation::commands::CandlesRequest;

async fn candles(desk: &Workstation) -> Vec<Value> {
    let request = CandlesRequest { coin: "BTC".into(), interval: "1m".into(), ..CandlesRequest::default() };
    let candles = json!(desk.candles(&request).await.unwrap());
    candles["candles"].as_array().unwrap().clone()
}

/// Open, high, low, close of what was seen, by the minute it was seen in.
fn expected(seen: &[(String, Decimal)]) -> Vec<(String, [Decimal; 4])> {
    let mut minutes: BTreeMap<String, [Decimal; 4]> = BTreeMap::new();
    for (time, price) in seen {
        let candle = minutes.entry(format!("{}:00Z", &time[..16])).or_insert([*price; 4]);
        *candle = [candle[0], candle[1].max(*price), candle[2].min(*price), *price];
    }
    minutes.into_iter().collect()
}

fn drawn(candles: &[Value]) -> Vec<(String, [Decimal; 4])> {
    let figures = |candle: &Value| ["open", "high", "low", "close"].map(|name| decimal(&candle[name]));
    candles.iter().map(|candle| (candle["time"].as_str().unwrap().to_owned(), figures(candle))).collect()
}

#[test]
fn prices_the_venue_said_are_the_candles_on_screen_and_still_are_after_a_restart() {
    const NAME: &str =
        "price_becomes_a_candle::prices_the_venue_said_are_the_candles_on_screen_and_still_are_after_a_restart";
    on_own_world(NAME, |port| async move {
        let (folder, world) = (folder(), world(port).await);
        let desk = open(folder.path()).await;
        let mut seen = Vec::new();
        for _ in 0..6 {
            collect(&desk).await;
            let row = btc(&desk).await;
            let said = world.world().at(world.now_ms()).quote("BTC").unwrap();
            assert_eq!(decimal(&row["last"]), said.last.unwrap(), "what is shown is what the venue said");
            assert_eq!(decimal(&row["bid"]), said.bid.unwrap());
            assert_eq!(decimal(&row["ask"]), said.ask.unwrap());
            seen.push((row["seen"].as_str().unwrap().to_owned(), decimal(&row["last"])));
            world.advance(STEP);
        }
        assert!(seen.iter().any(|(_, price)| *price != seen[0].1), "the world moved");

        let before = candles(&desk).await;
        assert_eq!(drawn(&before), expected(&seen));
        assert!(before.iter().all(|candle| candle["volume"].is_null()), "nobody told a volume, so there is none");

        desk.close().await;
        let desk = open(folder.path()).await;
        assert_eq!(candles(&desk).await, before);
        desk.close().await;
    });
}

#[test]
fn a_listener_is_told_of_a_price_when_it_comes() {
    on_own_world("price_becomes_a_candle::a_listener_is_told_of_a_price_when_it_comes", |port| async move {
        let (folder, world) = (folder(), world(port).await);
        let desk = open(folder.path()).await;
        let mut events = desk.events();
        collect(&desk).await;
        let told = loop {
            let event = json!(events.next().await.expect("an event"));
            if event["type"] == "prices" {
                break event;
            }
        };
        let row = told["prices"].as_array().unwrap().iter().find(|row| row["coin"] == "BTC").expect("BTC").clone();
        let said = world.world().at(world.now_ms()).quote("BTC").unwrap();
        assert_eq!(decimal(&row["last"]), said.last.unwrap());
        desk.close().await;
    });
}

#[test]
fn a_frozen_feed_and_a_dead_one_make_no_candles() {
    on_own_world("price_becomes_a_candle::a_frozen_feed_and_a_dead_one_make_no_candles", |port| async move {
        let (folder, world) = (folder(), world(port).await);
        let desk = open(folder.path()).await;
        collect(&desk).await;
        let (before, seen) = (candles(&desk).await, btc(&desk).await["seen"].clone());

        // The same content again, whatever the clock says.
        let again = json!(desk.collect(&[PRICES.to_owned()]).await.unwrap());
        assert_eq!(again["runs"][0]["status"], "unchanged", "{again}");

        world.set_faults(Faults::none().with(Rule::on("/pubapi/*", Fault::EmptyBody {}))).unwrap();
        world.advance(STEP);
        let failed = json!(desk.collect(&[PRICES.to_owned()]).await.unwrap());
        assert_eq!(failed["runs"][0]["status"], "failed", "{failed}");

        assert_eq!(candles(&desk).await, before);
        assert_eq!(btc(&desk).await["seen"], seen, "the price keeps the age it has");
        desk.close().await;
    });
}
