use super::*;
use crate::fixtures::{START, World, book, coin};
use domain::{Money, Price};
use ledgers::{DayFigure, Undated};
use store::CandleSource;

const HOUR: i64 = Interval::H1.micros();

/// The clock stands at the beginning of an hour; the closes of 40 hours lie behind it and 10 ahead.
async fn world() -> (World, Timestamp) {
    let world = World::of(&[coinspot::PRICES_SOURCE]).await;
    let now = Interval::H1.floor(START);
    world.clock.set(now);
    let candle = |at: i64| {
        let price = Price::new(Decimal::from(1_000 + (at * 37) % 91)).unwrap();
        Candle::of(now.plus_micros(at * HOUR), price)
    };
    let candles: Vec<Candle> = (-40..10).map(candle).collect();
    world.ws.store().save_candles(coin("BTC"), Interval::H1, CandleSource::Import, &candles).await.unwrap();
    (world, now)
}

fn news(key: &str, title: &str, at: Timestamp, coins: &[&str]) -> Observation {
    let url = format!("https://example.com/{key}");
    Observation {
        source: "news_example".to_owned(),
        key: url.clone(),
        coins: coins.iter().map(|text| coin(text)).collect(),
        event_time: at,
        published_at: Some(at),
        undated: None::<Undated>,
        payload: Payload::News {
            title: title.to_owned(),
            url,
            summary: String::new(),
            outlet: "Example".to_owned(),
            author: None,
        },
    }
}

fn asked(set: &str) -> FeaturesRequest {
    let (coin, interval) = ("btc".to_owned(), "1h".to_owned());
    FeaturesRequest { coin, interval, set: Some(set.to_owned()), ..FeaturesRequest::default() }
}

/// A column over the last rows.
fn last(view: &FeaturesView, name: &str, count: usize) -> Vec<Option<f64>> {
    let place = view.features.iter().position(|feature| feature.name == name).unwrap();
    view.rows[view.rows.len() - count..].iter().map(|row| row.values[place]).collect()
}

#[tokio::test]
async fn a_row_holds_what_was_first_seen_by_its_close_in_the_words_it_had_then() {
    let (world, now) = world().await;
    let hours = |hours: i64| now.plus_micros(hours * HOUR);
    let store = world.ws.store();
    // Said in the hour before; seen 90 minutes after the beginning; reworded three hours after it.
    let good = news("a", "BTC rally: record gains and a surge", hours(-1), &["BTC"]);
    store.save_observations(std::slice::from_ref(&good), hours(1).plus_micros(HOUR / 2)).await.unwrap();
    store.save_observations(&[news("b", "ETH crash", hours(-1), &["ETH"])], hours(1)).await.unwrap();
    let bad = news("a", "BTC crash: hacked, losses and panic", hours(-1), &["BTC"]);
    store.save_observations(&[bad], hours(3).plus_micros(1)).await.unwrap();
    store.save_observations(&[news("a", "Nothing of note", hours(-1), &[])], hours(5)).await.unwrap();
    world.clock.set(hours(6));
    let view = world.ws.features(&asked("ledger")).await.unwrap();
    // The closes at 1 to 6 hours.
    let mood = last(&view, "mood_24h", 6);
    assert_eq!((mood[0], mood[4], mood[5]), (None, None, None), "not seen yet; no word of it any more");
    assert!(mood[1].unwrap() > 0.0 && mood[1] == mood[2], "{mood:?}");
    assert!(mood[3].unwrap() < 0.0, "{mood:?}");
    let known_at = view.rows.iter().map(|row| row.known_at).next_back();
    assert_eq!(known_at, Some(hours(6)), "no candle that has not closed");
    // What a row said stays what it says.
    let before = view.rows[view.rows.len() - 4].clone();
    store.save_observations(&[news("c", "BTC soars to the moon", hours(1), &["BTC"])], hours(7)).await.unwrap();
    world.clock.set(hours(9));
    let later = world.ws.features(&asked("ledger")).await.unwrap();
    assert_eq!(later.rows.iter().find(|row| row.time == before.time), Some(&before));
}

#[tokio::test]
async fn figures_prices_and_scores_stand_in_the_rows_they_were_known_for() {
    let (world, now) = world().await;
    let store = world.ws.store();
    let day = |number: i64| Interval::D1.floor(now).plus_micros(number * 24 * HOUR);
    let tvl = |key: &str, at: Timestamp, usd: i64| Observation {
        source: "defillama_tvl".to_owned(),
        payload: Payload::Tvl(DayFigure {
            subject: "aave".to_owned(),
            name: "Aave".to_owned(),
            amount: Money::new(Decimal::from(usd), domain::Currency::parse("USD").unwrap()),
        }),
        ..news(key, "", at, &[])
    };
    let figures = [tvl("old", day(-8), 100), tvl("new", day(-1), 125)];
    store.save_observations(&figures, day(0)).await.unwrap();
    world.tell(coinspot::PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.pass(60);
    world.run(coinspot::PRICES_SOURCE).await;
    world.clock.set(now.plus_micros(3 * HOUR));
    let view = world.ws.features(&asked("all")).await.unwrap();
    assert_eq!(last(&view, "tvl_change_7d", 3), [Some(0.25); 3]);
    // Seen a minute into the first hour: too old at its end. A cent to either side of 1,000.
    assert_eq!(last(&view, "spread_bps", 3), [None; 3]);
    world.pass(50 * 60);
    world.tell(coinspot::PRICES_SOURCE, book(&[("BTC", 1_001)]));
    world.run(coinspot::PRICES_SOURCE).await;
    world.pass(11 * 60);
    let view = world.ws.features(&asked("all")).await.unwrap();
    let spread = last(&view, "spread_bps", 2);
    assert_eq!(spread[0], None);
    assert!((spread[1].unwrap() - 0.02 / 1_001.0 * 1e4).abs() < 1e-9, "{spread:?}");
    let known = |name: &str| view.features.iter().find(|feature| feature.name == name).unwrap().known;
    assert_eq!((known("spread_bps"), known("mood_24h")), (1, 0));
    assert_eq!(known("return_1"), view.rows.len() as u64 - 1);
}

#[tokio::test]
async fn the_rows_are_the_same_wherever_the_table_begins_and_ends() {
    let (world, now) = world().await;
    world.clock.set(now.plus_micros(9 * HOUR));
    let whole = world.ws.features(&asked("price")).await.unwrap();
    let (from, to) = (now.plus_micros(-5 * HOUR).to_string(), now.plus_micros(5 * HOUR).to_string());
    let request = FeaturesRequest { from: Some(from), to: Some(to), ..asked("price") };
    let part = world.ws.features(&request).await.unwrap();
    assert_eq!(part.rows.len(), 10);
    assert_eq!(part.rows, whole.rows[35..45]);
    let few = world.ws.features(&FeaturesRequest { limit: Some(3), ..request }).await.unwrap();
    assert_eq!(few.rows, part.rows[7..]);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let (world, now) = world().await;
    let code = async |request: FeaturesRequest| world.ws.features(&request).await.unwrap_err().code().to_owned();
    assert_eq!(code(asked("rumours")).await, "unknown_set");
    assert_eq!(code(FeaturesRequest { coin: "ETH".to_owned(), ..asked("all") }).await, "no_candles");
    assert_eq!(code(FeaturesRequest { interval: "2h".to_owned(), ..asked("all") }).await, "bad_interval");
    let at = Some(now.to_string());
    let turned = FeaturesRequest { from: at.clone(), to: at.clone(), ..asked("all") };
    assert_eq!(code(turned).await, "empty_window");
    let ahead = FeaturesRequest { from: Some(now.plus_micros(HOUR).to_string()), ..asked("all") };
    assert_eq!(code(ahead).await, "no_candles");
}
