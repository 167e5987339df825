//! The venues of reference prices against a world that speaks them, with and without things going wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may stop and say why")]

use domain::{Currency, Decimal, DrivenClock, Price, Timestamp};
use ledgers::{Collected, NothingSet, Reference, Source};
use omc_http::{Client, Options};
use sources::{Opening, find};
use staging::world::Venue;
use staging::{Clock, Fault, Faults, ItemChange, PriceChange, Rule, Staging};
use std::sync::Arc;
use std::time::Duration;

/// Friday, 26 July 2024.
const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);

struct Known {
    name: &'static str,
    venue: Venue,
    /// Where its prices are.
    path: &'static str,
    currency: &'static str,
    is_dated: bool,
    /// Whether one reply tells of several markets.
    is_list: bool,
    /// What a call for prices by name holds; one that learns names holds it not.
    by_name: &'static str,
}

const VENUES: [Known; 4] = [
    Known {
        name: "kraken",
        venue: Venue::Kraken,
        path: "/0/public/Ticker",
        currency: "AUD",
        is_dated: false,
        is_list: true,
        by_name: "pair=",
    },
    Known {
        name: "btc_markets",
        venue: Venue::BtcMarkets,
        path: "/v3/markets/tickers",
        currency: "AUD",
        is_dated: true,
        is_list: true,
        by_name: "marketId=",
    },
    Known {
        name: "independent_reserve",
        venue: Venue::IndependentReserve,
        path: "/Public/GetMarketSummary",
        currency: "AUD",
        is_dated: true,
        is_list: false,
        by_name: "primaryCurrencyCode=",
    },
    Known {
        name: "binance",
        venue: Venue::Binance,
        path: "/api/v3/ticker/bookTicker",
        currency: "USDT",
        is_dated: false,
        is_list: true,
        by_name: "symbols=",
    },
];
/// Coins of one run of Independent Reserve.
const COINS_A_RUN: usize = 12;

struct World {
    staging: Staging,
    source: Box<dyn Source>,
}

impl World {
    async fn start(known: &Known, faults: Faults) -> Self {
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let options = staging::Options { seed: 7, clock, faults, ..Default::default() };
        let staging = Staging::start(options).await.unwrap();
        let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
        let entry = find(known.name).unwrap();
        let url = Some(staging.url_of(entry.service).to_owned());
        let source = entry.open(Opening { http, url: url.as_deref(), settings: Arc::new(NothingSet) }).unwrap();
        Self { staging, source }
    }

    async fn whole(known: &Known) -> Collected {
        Self::start(known, Faults::none()).await.collect().await
    }

    async fn bent(known: &Known, fault: Fault) -> Collected {
        Self::start(known, Faults::none().with(Rule::on(known.path, fault))).await.collect().await
    }

    async fn collect(&self) -> Collected {
        self.source.collect(Timestamp::from_millis(self.staging.now_ms())).await.unwrap()
    }

    async fn code(&self) -> &'static str {
        self.source.collect(NOW).await.unwrap_err().code
    }

    fn asked(&self) -> Vec<String> {
        self.staging.requests().iter().map(|request| format!("{}?{}", request.path, request.query)).collect()
    }
}

fn coins(collected: &Collected) -> Vec<&str> {
    collected.references.iter().map(|reference| reference.coin.as_str()).collect()
}

fn refused(collected: &Collected) -> Vec<&str> {
    collected.rejected.iter().map(|rejected| rejected.code).collect()
}

/// The first coin of a reply, which faults of one item bend.
fn first(known: &Known) -> &'static str {
    known.venue.coins()[0]
}

#[tokio::test]
async fn every_venue_brings_the_worlds_prices_of_our_coins() {
    for known in &VENUES {
        let world = World::start(known, Faults::none()).await;
        let collected = world.collect().await;
        assert_eq!(collected.rejected, [], "{}", known.name);
        let expected = world.staging.world().at(NOW.millis()).venue(known.venue);
        let wanted = if known.is_list { expected.len() } else { COINS_A_RUN };
        assert_eq!(collected.references.len(), wanted, "{}", known.name);
        for found in &collected.references {
            let quote = expected.iter().find(|quote| quote.ticker == found.coin.as_str()).unwrap();
            let price = |value: Decimal| Price::new(value.normalize()).ok();
            let at = known.is_dated.then(|| found.at.unwrap());
            let coin = found.coin;
            let reference = Reference {
                venue: known.name,
                coin,
                currency: Currency::parse(known.currency).unwrap(),
                bid: price(quote.bid),
                ask: price(quote.ask),
                last: found.last.and(price(quote.last)),
                at,
            };
            assert_eq!(*found, reference);
            assert!(at.is_none_or(|at| (at.millis() - quote.at_ms).abs() < 1000), "{found:?}");
        }
        assert!(collected.observations.is_empty() && collected.quotes.is_empty() && collected.shape.is_some());
    }
}

#[tokio::test]
async fn a_feed_that_stands_still_keeps_its_fingerprint_under_new_timestamps() {
    for known in &VENUES {
        let world = World::start(known, Faults::none()).await;
        // Independent Reserve tells of all its coins in two runs.
        world.collect().await;
        let first = world.collect().await.fingerprint;
        world.staging.set_faults(Faults::none().with(Rule::on("*", Fault::Freeze {}))).unwrap();
        assert_eq!(world.collect().await.fingerprint, first, "{}", known.name);
        world.staging.advance(Duration::from_secs(60));
        assert_eq!(world.collect().await.fingerprint, first, "{}", known.name);
        world.staging.clear_faults();
        assert_ne!(world.collect().await.fingerprint, first, "{}", known.name);
    }
}

#[tokio::test]
async fn each_wrong_market_costs_only_itself_and_is_named() {
    for known in &VENUES {
        let whole = World::whole(known).await;
        for (change, code) in [
            (ItemChange::Nan, "not_a_number"),
            (ItemChange::Mistyped, "wrong_type"),
            (ItemChange::Giant, "not_a_number"),
            (ItemChange::Undated, "missing"),
            (ItemChange::Future, "bad_date"),
        ] {
            if !known.is_dated && matches!(change, ItemChange::Undated | ItemChange::Future) {
                continue;
            }
            let collected = World::bent(known, Fault::Items { change }).await;
            assert_eq!(refused(&collected), [code], "{} {change:?}", known.name);
            assert!(!coins(&collected).contains(&first(known)) && !collected.rejected[0].item.is_empty());
            assert_eq!(collected.references.len(), whole.references.len() - 1, "{} {change:?}", known.name);
            assert!(collected.rejected[0].to_string().len() < 400);
        }
    }
}

#[tokio::test]
async fn the_same_markets_turned_around_or_said_twice_are_the_same_prices() {
    for known in VENUES.iter().filter(|known| known.is_list) {
        let whole = World::whole(known).await;
        let turned = World::bent(known, Fault::Items { change: ItemChange::Reordered }).await;
        assert_eq!((&turned.references, turned.fingerprint), (&whole.references, whole.fingerprint), "{}", known.name);
        let twice = World::bent(known, Fault::Items { change: ItemChange::Duplicated }).await;
        assert_eq!((&twice.references, refused(&twice)), (&whole.references, vec!["duplicate"]), "{}", known.name);
    }
}

#[tokio::test]
async fn a_price_that_is_none_is_refused_by_name() {
    for known in &VENUES {
        let whole = World::whole(known).await;
        for (change, code) in [
            (PriceChange::Nan, "not_a_number"),
            (PriceChange::Zero, "not_positive"),
            (PriceChange::Negative, "not_positive"),
            (PriceChange::Overflow, "not_a_number"),
            (PriceChange::Empty, "not_a_number"),
            (PriceChange::Crossed, "crossed"),
        ] {
            let collected = World::bent(known, Fault::Price { coin: Some("ETH".into()), change }).await;
            assert_eq!(refused(&collected), [code], "{} {change:?}", known.name);
            assert!(collected.rejected[0].item.to_uppercase().contains("ETH"), "{:?}", collected.rejected);
            assert_eq!(collected.references.len(), whole.references.len() - 1, "{} {change:?}", known.name);
        }
    }
}

#[tokio::test]
async fn hostile_names_are_no_markets() {
    for known in &VENUES {
        let whole = World::whole(known).await;
        let collected = World::bent(known, Fault::HostileNames {}).await;
        assert_eq!(collected.references, whole.references, "{}", known.name);
    }
}

#[tokio::test]
async fn markets_are_learned_once_a_day_and_asked_for_by_name() {
    for known in &VENUES {
        let world = World::start(known, Faults::none()).await;
        let learning = || world.asked().iter().filter(|request| !request.contains(known.by_name)).count();
        world.collect().await;
        assert_eq!(learning(), 1, "{}", known.name);
        assert_eq!(world.collect().await.rejected, []);
        world.staging.advance(Duration::from_secs(86_400));
        world.collect().await;
        assert_eq!(learning(), 2, "{}", known.name);
    }
}

#[tokio::test]
async fn a_market_that_goes_costs_itself_and_not_the_whole_call() {
    for known in VENUES.iter().filter(|known| known.is_list) {
        let world = World::start(known, Faults::none()).await;
        let before = world.collect().await.references.len();
        let gone = Fault::Price { coin: Some("ETH".into()), change: PriceChange::Missing };
        world.staging.set_faults(Faults::none().with(Rule::on("*", gone))).unwrap();
        let after = world.collect().await;
        assert_eq!((after.references.len(), after.rejected.len()), (before - 1, 0), "{}", known.name);
        world.staging.forget_requests();
        world.collect().await;
        assert!(!world.asked().iter().any(|request| request.contains("ETH")), "{:?}", world.asked());
    }
}

fn independent_reserve() -> &'static Known {
    VENUES.iter().find(|known| !known.is_list).unwrap()
}

#[tokio::test]
async fn where_coins_are_asked_for_one_by_one_they_take_turns() {
    let known = independent_reserve();
    let world = World::start(known, Faults::none()).await;
    let (first, second) = (world.collect().await, world.collect().await);
    assert_eq!((first.references.len(), second.references.len()), (COINS_A_RUN, COINS_A_RUN));
    let mut all: Vec<&str> = coins(&first).into_iter().chain(coins(&second)).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), known.venue.coins().len());
    assert!(coins(&first).contains(&"BTC") && coins(&first).contains(&"ETH"), "the largest come first");
}

#[tokio::test]
async fn a_coin_refused_costs_itself_and_a_host_that_falls_silent_leaves_the_rest_for_the_next_run() {
    let known = independent_reserve();
    let words = r#"{"ErrorCode":"ValidationError","Message":"Invalid Primary Currency Code"}"#;
    let fault = |code, body: &str| {
        let (body, content_type) = (body.to_owned(), "application/json".to_owned());
        Fault::Status { code, body, content_type, retry_after: None }
    };
    let refused = Rule::on(known.path, fault(400, words)).after(1).times(1);
    let collected = World::start(known, Faults::none().with(refused)).await.collect().await;
    assert_eq!(collected.references.len(), COINS_A_RUN - 1);
    assert_eq!((collected.rejected[0].item.as_str(), collected.rejected[0].code), ("Eth", "refused"));
    assert!(collected.rejected[0].reason.contains("ValidationError: Invalid Primary Currency Code"));

    let silent = Rule::on(known.path, fault(404, "no")).after(3).times(1);
    let world = World::start(known, Faults::none().with(silent)).await;
    let some = world.collect().await;
    assert_eq!((coins(&some), some.rejected[0].code), (vec!["BTC", "ETH", "XRP"], "http_status"));
    assert_eq!(world.collect().await.references.len(), COINS_A_RUN);
}

#[tokio::test]
async fn an_old_summary_of_a_market_that_is_none_is_refused() {
    let known = independent_reserve();
    let world = World::start(known, Faults::none().with(Rule::on(known.path, Fault::Freeze {}))).await;
    world.collect().await;
    world.staging.advance(Duration::from_secs(600));
    let failed = world.source.collect(Timestamp::from_millis(world.staging.now_ms())).await.unwrap_err();
    assert_eq!(failed.code, "schema_changed");
    assert!(failed.message.contains("600 s ago") || failed.message.contains("601 s ago"), "{}", failed.message);
}

#[tokio::test]
async fn words_of_a_refusal_are_kept_as_text() {
    let body = r#"{"code":"InvalidMarketId","message":"<script>buy</script>"}"#;
    let fault =
        |code| Fault::Status { code, body: body.into(), content_type: "application/json".into(), retry_after: None };
    let world = World::start(&VENUES[1], Faults::none().with(Rule::on("/v3/markets", fault(400)))).await;
    let failed = world.source.collect(NOW).await.unwrap_err();
    assert_eq!(failed.code, "refused");
    assert!(failed.message.contains("'InvalidMarketId: <script>buy</script>'"), "{}", failed.message);
    let limited = Fault::Body { body: r#"{"error":["EAPI:Rate limit exceeded"]}"#.into(), content_type: "x/y".into() };
    let world = World::start(&VENUES[0], Faults::none().with(Rule::on("*", limited))).await;
    assert_eq!(world.code().await, "refused");
    assert_eq!(world.staging.request_count(), 1);
}
