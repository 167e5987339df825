//! Every source against recorded replies; `OMC_RECORDED` names their folder, without it these say so and pass.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests may stop and say why")]

use domain::{DrivenClock, Timestamp};
use ledgers::{CollectError, Collected, Payload, Secret, Settings};
use omc_http::{Client, LaneLimit, LaneLimits, Options};
use staging::{Fault, Faults, Rule, Staging};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

/// After everything recorded.
const NOW: &str = "2026-11-22T00:00:00Z";

/// Whom the regulator may write to, and keys for those who want one.
struct Contact;

impl Settings for Contact {
    fn value(&self, source: &str, _setting: &str) -> Option<String> {
        (source == "sec_edgar").then(|| "Jo Trader jo@example.com".to_owned())
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        Some(Secret::new(name.to_owned()))
    }
}

/// A recorded file, when there is one.
fn recorded(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("OMC_RECORDED") else {
        println!("skipped: OMC_RECORDED is not set, so payloads/{file} was not read");
        return None;
    };
    let path = PathBuf::from(folder).join("payloads").join(file);
    Some(std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// What a source makes of a recorded file, when it can make anything of it.
async fn collected(source: &str, file: &str) -> Option<Collected> {
    Some(outcome(source, file).await?.unwrap())
}

/// What comes of a recorded file.
async fn outcome(source: &str, file: &str) -> Option<Result<Collected, CollectError>> {
    Some(outcome_at(source, recorded(file)?, NOW).await)
}

/// What a source that gets this body as its only answer makes of it.
async fn outcome_at(source: &str, body: String, now: &str) -> Result<Collected, CollectError> {
    let fault = Fault::Body { body, content_type: "application/octet-stream".into() };
    let faults = Faults::none().with(Rule::on(if source == "reddit" { "/r/*" } else { "*" }, fault));
    let staging = Staging::start(staging::Options { faults, ..Default::default() }).await.unwrap();
    let now = Timestamp::parse(now).unwrap();
    let bulk = LaneLimit { per_minute: 600_000, burst: 1_000, at_once: 1 };
    let options = Options { lanes: LaneLimits { bulk, ..LaneLimits::default() }, ..Options::new(7) };
    let http = Arc::new(Client::new(options, Arc::new(DrivenClock::at(now))).unwrap());
    let source = sources::find(source)
        .unwrap()
        .open(sources::Opening { http, url: Some(staging.url()), settings: Arc::new(Contact) })
        .unwrap();
    source.collect(now).await
}

#[tokio::test]
async fn the_recorded_coindesk_feed_brings_its_three_headlines() {
    let Some(collected) = collected("news_coindesk", "rss/coindesk_2026-08-30_3items.xml").await else { return };
    assert_eq!(collected.rejected, []);
    let found: Vec<_> = collected.observations.iter().map(|found| found.event_time.to_string()).collect();
    assert_eq!(found, ["2026-08-30T12:00:00Z", "2026-08-29T23:49:17Z", "2026-08-28T16:12:45Z"]);
    let Payload::News { title, summary, author, .. } = &collected.observations[1].payload else { panic!() };
    assert_eq!(title, "A $1.1 million crypto card hack crashed a neobank's token 49%");
    assert!(summary.starts_with("The exploit caused"));
    assert!(author.as_deref().is_some_and(|author| author.starts_with("Francisco Rodrigues, ")));
    let key = "https://www.coindesk.com/web3/2026/08/29/a-usd1-1-million-crypto-card-hack-crashed-a-neobank-s-token-49";
    assert_eq!(collected.observations[1].key, key);
}

#[tokio::test]
async fn the_recorded_mood_replies_bring_their_days() {
    for (file, expected) in [
        ("fear_greed/fng_limit1.json", vec![("2026-06-23", 23)]),
        ("fear_greed/fng_limit2.json", vec![("2026-04-27", 47), ("2026-04-26", 33)]),
    ] {
        let Some(collected) = collected("fear_greed", file).await else { return };
        assert_eq!(collected.rejected, [], "{file}");
        let value = |payload: &Payload| if let Payload::FearGreed { value, .. } = payload { *value } else { panic!() };
        let found: Vec<_> = collected.observations.iter().map(|o| (o.key.as_str(), value(&o.payload))).collect();
        assert_eq!(found, expected, "{file}");
    }
}

#[tokio::test]
async fn the_help_centre_reply_of_the_reference_brings_its_article() {
    let Some(collected) = collected("coinspot_announcements", "zendesk/help_center_articles.constructed.json").await
    else {
        return;
    };
    assert_eq!(collected.rejected, []);
    let [found] = collected.observations.as_slice() else { panic!("{collected:?}") };
    assert_eq!((found.key.as_str(), found.event_time.to_string().as_str()), ("28523513715859", "2024-04-17T17:18:10Z"));
    assert!(matches!(&found.payload, Payload::Announcement { title, text, .. }
        if title == "New coin listing" && text == "We are adding XYZ."));
}

#[tokio::test]
async fn every_filers_number_is_the_one_of_the_regulators_own_list() {
    let Some(list) = recorded("sec/company_tickers_crypto_subset.json") else { return };
    let list: BTreeMap<String, serde_json::Value> = serde_json::from_str(&list).unwrap();
    for filer in sources::sec_edgar::FILERS {
        let listed = list.values().find(|row| row["cik_str"] == filer.cik).unwrap_or_else(|| panic!("{filer:?}"));
        let (ticker, title) = (listed["ticker"].as_str().unwrap(), listed["title"].as_str().unwrap().to_lowercase());
        assert!(ticker == filer.ticker || title.contains(filer.word), "{filer:?}: {listed}");
    }
}

#[tokio::test]
async fn the_recorded_list_of_teslas_filings_brings_its_last_month_in_new_york_time() {
    let Some(body) = recorded("sec/submissions_CIK0001318605_first60.json") else { return };
    let collected = outcome_at("sec_edgar", body, "2022-11-30T23:00:00Z").await.unwrap();
    assert!(collected.rejected.iter().all(|rejected| rejected.code == "wrong_subject"), "the others asked got Tesla's");
    assert_eq!(collected.rejected.len(), sources::sec_edgar::FILERS.len() - 1);
    let found: Vec<_> =
        collected.observations.iter().map(|found| (found.key.as_str(), found.event_time.to_string())).collect();
    // The recording says 16:42:36 to 19:06:06, with a Z: the last one is from before the clocks went back.
    let expected = [
        ("0001790565-22-000015", "2022-11-30T21:42:36Z"),
        ("0000899243-22-035394", "2022-11-09T01:18:10Z"),
        ("0000899243-22-035393", "2022-11-09T01:16:30Z"),
        ("0000899243-22-035390", "2022-11-09T01:13:27Z"),
        ("0001771364-22-000009", "2022-11-08T23:43:34Z"),
        ("0001790565-22-000014", "2022-10-31T23:06:06Z"),
    ];
    assert_eq!(found, expected.map(|(key, time)| (key, time.to_owned())));
    let Payload::Filing { url, form, filer, .. } = &collected.observations[0].payload else { panic!() };
    assert_eq!((form.as_str(), filer.as_str()), ("4", "Tesla, Inc."));
    assert!(url.ends_with("/1318605/000179056522000015/xslF345X03/edgardoc.xml"), "{url}");
}

#[tokio::test]
async fn the_recorded_kraken_tickers_bring_our_coins_and_legacy_keys_bring_nothing() {
    let Some(collected) = collected("kraken", "kraken/ticker_all_assetVersion1_AUD.json").await else { return };
    assert_eq!(collected.rejected, []);
    let found: Vec<&str> = collected.references.iter().map(|reference| reference.coin.as_str()).collect();
    assert_eq!(found, ["ADA", "BCH", "BTC", "DOGE", "ETH", "LINK", "LTC", "SOL", "USDT", "XRP"]);
    let ada = &collected.references[0];
    assert_eq!((ada.bid.unwrap().to_string().as_str(), ada.ask.unwrap().to_string().as_str()), ("0.20987", "0.21087"));
    // Without assetVersion=1 the key is not the pair, and this one is not in AUD.
    for other in ["http_ticker.json", "http_order_book.json", "http_server_time.json", "http_system_status.json"] {
        let refused = outcome("kraken", &format!("kraken/{other}")).await.unwrap().unwrap_err();
        assert_eq!(refused.code, "schema_changed", "{other}");
    }
}

#[tokio::test]
async fn the_recorded_frames_of_btc_markets_sockets_are_no_replies_to_a_call() {
    for file in ["errors.json", "ws_orderbookUpdate_snapshot.json", "ws_tick_2019.json"] {
        let Some(outcome) = outcome("btc_markets", &format!("btcmarkets/{file}")).await else { return };
        assert_eq!(outcome.unwrap_err().code, "schema_changed", "{file}");
    }
}

#[tokio::test]
async fn recorded_errors_and_replies_to_other_calls_bring_no_prices() {
    for (source, file) in [
        ("independent_reserve", "independentreserve/errors.json"),
        ("independent_reserve", "independentreserve/orderbook_row.constructed.json"),
        ("binance", "binance/book_ticker_response.json"),
        ("binance", "binance/ticker_24hr_response.json"),
        ("binance", "binance/exchange_info_response.json"),
        ("binance", "binance/klines_response.json"),
        ("binance", "binance/server_time_response.json"),
    ] {
        let Some(outcome) = outcome(source, file).await else { return };
        assert_eq!(outcome.unwrap_err().code, "schema_changed", "{file}");
    }
}

#[tokio::test]
async fn the_handmade_cryptopanic_post_brings_its_headline() {
    let Some(collected) = collected("cryptopanic", "cryptopanic/v2_posts.handmade.json").await else { return };
    assert_eq!(collected.rejected, []);
    let [found] = collected.observations.as_slice() else { panic!("{collected:?}") };
    assert_eq!((found.key.as_str(), found.event_time.to_string().as_str()), ("12345", "2024-01-15T10:30:00Z"));
    let expected = Payload::News {
        title: "Bitcoin Reaches New All-Time High".to_owned(),
        url: "https://www.coindesk.com/bitcoin-reaches-new-high".to_owned(),
        summary: "Bitcoin has reached a new all-time high of $100,000".to_owned(),
        outlet: "CoinDesk".to_owned(),
        author: None,
    };
    assert_eq!(found.payload, expected);
}

/// The body of the first reply of a recorded exchange.
fn recorded_body(file: &str) -> Option<String> {
    let folder = PathBuf::from(std::env::var_os("OMC_RECORDED")?).join("payloads").join(file);
    let mut text = String::new();
    let packed = std::fs::File::open(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    let exchange: serde_json::Value = serde_json::from_str(&text).unwrap();
    Some(exchange["interactions"][0]["response"]["body"].to_string())
}

#[tokio::test]
async fn recorded_listings_of_reddit_bring_their_posts_but_those_left_out() {
    for (sort, taken, left_out) in [("new", 11, 1), ("hot", 10, 2)] {
        let Some(body) = recorded_body(&format!("reddit/TestSubredditListings.test_{sort}.json.gz")) else {
            println!("skipped: OMC_RECORDED is not set");
            return;
        };
        let collected = outcome_at("reddit", body, NOW).await.unwrap();
        // The five forums asked for get the same listing.
        assert_eq!((collected.observations.len(), collected.rejected.len()), (5 * taken, 5 * left_out), "{sort}");
        assert!(collected.rejected.iter().all(|rejected| matches!(rejected.code, "stickied" | "over_18" | "removed")));
        let dated = |year: &str| collected.observations.iter().all(|o| o.event_time.to_string().starts_with(year));
        assert!(dated("2016-0"), "{sort}");
    }
}

#[tokio::test]
async fn the_recorded_list_of_companies_brings_what_each_holds() {
    let Some(body) = recorded("coingecko/companies_public_treasury_bitcoin.json") else { return };
    let collected = outcome_at("coingecko_treasuries", body, NOW).await.unwrap();
    // One company stands in it twice, with 350 coins and with 235: neither is believed.
    let refused: Vec<_> = collected.rejected.iter().map(|rejected| (rejected.item.as_str(), rejected.code)).collect();
    assert_eq!(refused, [("CSE:HODL:BTC:2026-11-22", "duplicate"), ("CSE:HODL:ETH:2026-11-22", "duplicate")]);
    let of = |key: &str| collected.observations.iter().find(|found| found.key == key).unwrap().payload.clone();
    let Payload::Treasury { company, holdings, value, .. } = of("NASDAQ:TSLA:BTC:2026-11-22") else { panic!() };
    let told = (company.as_str(), holdings.to_string(), value.unwrap().to_string());
    assert_eq!(told, ("Tesla", "48000".to_owned(), "1823609191 USD".to_owned()));
    assert!(matches!(of("NASDAQ:MSTR:BTC:2026-11-22"), Payload::Treasury { .. }), "with and without a blank in it");
}

#[tokio::test]
async fn replies_of_other_coingecko_calls_are_no_treasuries() {
    for file in ["historical_price.json", "simple_price_multiple.json"] {
        let Some(outcome) = outcome("coingecko_treasuries", &format!("coingecko/{file}")).await else { return };
        assert_eq!(outcome.unwrap_err().code, "schema_changed", "{file}");
    }
}

#[tokio::test]
async fn the_hand_made_protocol_brings_its_two_days_and_the_other_shapes_bring_nothing() {
    let Some(body) = recorded("defillama/protocol_tvl_response.handmade.json") else { return };
    let collected = outcome_at("defillama", body, "2024-01-05T12:00:00Z").await.unwrap();
    let aave = collected.observations.iter().filter(|found| found.key.starts_with("aave:"));
    let found: Vec<_> = aave.map(|found| (found.key.as_str(), found.event_time.to_string())).collect();
    let days = [("aave:2024-01-01", "2024-01-01T00:00:00Z"), ("aave:2024-01-02", "2024-01-02T00:00:00Z")];
    assert_eq!(found, days.map(|(key, time)| (key, time.to_owned())));
    let other = "schema_changed";
    assert!(collected.rejected.iter().all(|rejected| rejected.code == other), "fees and chains have another form");
    for file in ["protocol_response.handmade.json", "coins_prices_current.json"] {
        let Some(outcome) = outcome("defillama", &format!("defillama/{file}")).await else { return };
        assert_eq!(outcome.unwrap_err().code, other, "{file}");
    }
}
