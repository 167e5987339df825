//! The venues of reference prices: near the market, and with the habits of the real ones.

use crate::client::{NOW_MS, get, world, world_where};
use rust_decimal::Decimal;
use serde_json::Value;
use staging::world::Venue;
use staging::{Fault, PriceChange};

const ALL: [Venue; 4] = [Venue::Kraken, Venue::BtcMarkets, Venue::IndependentReserve, Venue::Binance];

#[tokio::test]
async fn each_venue_keeps_within_a_hundredth_of_the_market_and_never_crosses() {
    let staging = world().await;
    for step in 0..200 {
        let moment = staging.world().at(NOW_MS + step * 15_000);
        let usdt = moment.last("USDT").unwrap();
        for venue in ALL {
            let quotes = moment.venue(venue);
            assert_eq!(quotes.len(), venue.coins().len());
            for quote in quotes {
                let market = moment.last(&quote.ticker).unwrap();
                let price = if venue == Venue::Binance { quote.last * usdt } else { quote.last };
                assert!((price - market).abs() * Decimal::from(100) < market, "{venue:?} {quote:?} {market}");
                assert!(quote.bid < quote.ask && quote.bid > Decimal::ZERO, "{venue:?} {quote:?}");
                assert!(quote.at_ms <= moment.time_ms() && quote.at_ms > moment.time_ms() - 5_000);
            }
        }
    }
}

#[tokio::test]
async fn kraken_says_under_status_200_what_is_wrong_and_has_readable_keys_on_demand() {
    let staging = world().await;
    let result = |reply: Value| reply["result"].as_object().cloned().unwrap_or_default();
    let all = result(get(&staging, "/0/public/Ticker?assetVersion=1").await.json());
    assert!(all.contains_key("BTC/AUD") && all.contains_key("AUD/USD") && all["BTC/AUD"]["a"][0].is_string());
    let two = result(get(&staging, "/0/public/Ticker?assetVersion=1&pair=BTC%2FAUD%2CXRP%2FAUD").await.json());
    assert_eq!(two.keys().collect::<Vec<_>>(), ["BTC/AUD", "XRP/AUD"]);
    assert!(!result(get(&staging, "/0/public/Ticker").await.json()).contains_key("BTC/AUD"));
    let unknown = get(&staging, "/0/public/Ticker?pair=BTC/AUD,NO/AUD").await;
    assert_eq!((unknown.status, unknown.json()["error"][0].as_str()), (200, Some("EQuery:Unknown asset pair")));
}

#[tokio::test]
async fn btc_markets_refuses_a_whole_call_for_one_bad_name() {
    let staging = world().await;
    let markets = get(&staging, "/v3/markets").await.json();
    assert!(markets.as_array().unwrap().iter().any(|market| market["marketId"] == "BTC-AUD"));
    let good = get(&staging, "/v3/markets/tickers?marketId=BTC-AUD&marketId=XRP-AUD").await.json();
    assert_eq!(good.as_array().unwrap().len(), 2);
    let bad = get(&staging, "/v3/markets/tickers?marketId=BTC-AUD&marketId=btc-aud").await;
    assert_eq!((bad.status, bad.json()["code"].as_str()), (400, Some("InvalidMarketId")));
    assert_eq!(get(&staging, "/v3/markets/tickers").await.json()["code"], "MissingArgument");
    let without = world_where("/v3/*", Fault::Price { coin: Some("BTC".into()), change: PriceChange::Missing }).await;
    assert_eq!(get(&without, "/v3/markets/tickers?marketId=BTC-AUD").await.status, 400);
}

#[tokio::test]
async fn independent_reserve_knows_bitcoin_as_xbt_and_answers_an_unlisted_currency_with_old_news() {
    let staging = world().await;
    let codes = get(&staging, "/Public/GetValidPrimaryCurrencyCodes").await.json();
    assert!(codes.as_array().unwrap().iter().any(|code| code == "Xbt"));
    let summary = |first: &str, second: &str| {
        format!("/Public/GetMarketSummary?primaryCurrencyCode={first}&secondaryCurrencyCode={second}")
    };
    let aud = get(&staging, &summary("xbt", "aud")).await.json();
    assert!(aud["CurrentHighestBidPrice"].is_number() && aud["PrimaryCurrencyCode"] == "Xbt", "{aud}");
    let eur = get(&staging, &summary("xbt", "eur")).await.json();
    assert!(eur["CreatedTimestampUtc"].as_str().unwrap().starts_with("2020-01-01"), "{eur}");
    assert_eq!(get(&staging, &summary("btc", "aud")).await.status, 400);
}

#[tokio::test]
async fn binance_refuses_a_whole_call_for_one_unknown_symbol() {
    let staging = world().await;
    let all = get(&staging, "/api/v3/ticker/bookTicker").await.json();
    assert!(all.as_array().unwrap().iter().any(|ticker| ticker["symbol"] == "BTCUSDT"));
    let two = get(&staging, "/api/v3/ticker/bookTicker?symbols=%5B%22BTCUSDT%22%2C%22XRPUSDT%22%5D").await.json();
    assert_eq!(two.as_array().unwrap().len(), 2);
    let bad = get(&staging, "/api/v3/ticker/bookTicker?symbols=%5B%22BTCUSDT%22%2C%22NOUSDT%22%5D").await;
    assert_eq!((bad.status, bad.json()["code"].as_i64()), (400, Some(-1121)));
}
