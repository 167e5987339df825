use super::*;
use crate::dto::RunRow;
use crate::fixtures::{START, World, book, elsewhere};
use crate::{Home, Mode, Reached};
use domain::DrivenClock;
use staging::{Clock, Fault, Faults, Options, PriceChange, Rule, Staging};
use std::collections::BTreeMap;
use std::sync::Arc;

fn source<'a>(view: &'a QualityView, name: &str) -> &'a SourceQuality {
    view.sources.iter().find(|row| row.source == name).unwrap()
}

fn ledger<'a>(view: &'a QualityView, name: &str) -> &'a LedgerQuality {
    view.ledgers.iter().find(|row| row.ledger == name).unwrap()
}

/// Prices every eight seconds for some minutes, from a base price on so that they move.
async fn collect(world: &World, minutes: i64, base: i64, coins: &[&str]) {
    for step in 0..minutes * 60 / 8 {
        world.pass(8);
        let prices: Vec<(&str, i64)> = coins.iter().map(|coin| (*coin, base + step % 2)).collect();
        world.tell(PRICES_SOURCE, book(&prices));
        world.run(PRICES_SOURCE).await;
    }
}

#[tokio::test]
async fn every_source_is_measured_and_one_that_never_ran_is_unknown() {
    let world = World::of(&[PRICES_SOURCE]).await;
    let view = world.ws.quality(None).await.unwrap();
    let names: Vec<&str> = known_sources().iter().map(|info| info.name).collect();
    assert_eq!(view.sources.iter().map(|row| row.source.as_str()).collect::<Vec<_>>(), names);
    assert!(view.sources.iter().all(|row| row.status == "unknown" && row.score.score.is_none()));
    assert!(view.ledgers.iter().all(|row| row.status == "unknown" && !row.fit), "{:?}", view.ledgers);
    assert_eq!((view.window_s, view.agreement.len(), view.history.len()), (86_400, 0, 0));
    assert_eq!(world.ws.quality(Some(0)).await.unwrap_err().code(), "bad_hours");
}

#[tokio::test]
async fn coverage_counts_every_coin_in_every_minute() {
    let world = World::of(&[PRICES_SOURCE]).await;
    collect(&world, 10, 1_000, &["BTC", "ETH"]).await;
    let whole = world.ws.quality(Some(1)).await.unwrap();
    let prices = source(&whole, PRICES_SOURCE.name);
    assert_eq!((prices.received, prices.expected, prices.status.as_str()), (18, 18, "good"), "{prices:?}");
    collect(&world, 10, 1_000, &["BTC"]).await;
    let half = world.ws.quality(Some(1)).await.unwrap();
    let prices = source(&half, PRICES_SOURCE.name);
    assert!(prices.received >= 28 && prices.received <= 30 && prices.expected == 38, "{prices:?}");
    assert!(prices.reasons.iter().any(|reason| reason == "no price of ETH comes any more"), "{prices:?}");
    assert!(prices.score.score < source(&whole, PRICES_SOURCE.name).score.score);
}

#[tokio::test]
async fn an_hour_of_silence_is_seen_and_what_the_charts_brought_counts_as_received() {
    let world = World::of(&[PRICES_SOURCE]).await;
    collect(&world, 5, 1_000, &["BTC"]).await;
    world.pass(3_600);
    let silent = world.ws.quality(Some(2)).await.unwrap();
    let prices = source(&silent, PRICES_SOURCE.name);
    assert_eq!((prices.status.as_str(), prices.score.freshness), ("failing", Some(0.0)));
    assert!(!ledger(&silent, "exchange").fit);
    collect(&world, 2, 1_010, &["BTC"]).await;
    let covered =
        async || source(&world.ws.quality(Some(2)).await.unwrap(), PRICES_SOURCE.name).score.coverage.unwrap();
    let before = covered().await;
    assert!(before < 0.2, "{before}");
    let gap = world.ws.store().gaps(&GapFilter::default()).await.unwrap().remove(0);
    world.ws.store().settle_gap(&gap, GapState::Filled, world.ws.now()).await.unwrap();
    assert!(covered().await > 0.95, "{}", covered().await);
}

#[tokio::test]
async fn scores_are_kept_for_the_chart_and_a_reader_sees_the_same() {
    let world = World::of(&[PRICES_SOURCE]).await;
    collect(&world, 3, 1_000, &["BTC"]).await;
    let measured = world.ws.measure().await.unwrap();
    let home = world.ws.home().clone();
    let reader = Workstation::open_at(&home, Mode::Read, world.clock.clone(), Reached::default()).await.unwrap();
    let view = reader.quality(None).await.unwrap();
    assert_eq!(view.ledgers, measured.ledgers);
    assert_eq!(source(&view, PRICES_SOURCE.name), source(&measured, PRICES_SOURCE.name));
    assert_eq!(view.history.len(), 4);
    let exchange = view.history.iter().find(|point| point.ledger == "exchange").unwrap();
    assert_eq!((exchange.at, exchange.score), (world.ws.now(), ledger(&measured, "exchange").score.score));
    world.clock.set(START.plus_micros(32 * 24 * HOUR_MICROS));
    world.ws.measure().await.unwrap();
    assert_eq!(world.ws.quality(Some(HOURS_MAX)).await.unwrap().history.len(), 4, "old scores are forgotten");
}

#[tokio::test]
async fn a_ledger_that_goes_on_failing_is_told_once_and_told_to_be_over() {
    let world = World::of(&[PRICES_SOURCE]).await;
    let told = async || {
        world.ws.measure().await.unwrap();
        let alerts = world.ws.alerts(None, false).await.unwrap().alerts;
        let told = alerts.into_iter().find(|alert| alert.rule == "quality");
        told.map(|alert| (alert.subject, alert.repeats, alert.recovered_at.is_some()))
    };
    collect(&world, 12, 1_000, &["BTC"]).await;
    assert_eq!(told().await, None);
    let later = |minutes: i64| world.clock.advance_micros(minutes * 60_000_000);
    later(20);
    assert_eq!(told().await, None, "once is not yet told");
    later(5);
    assert_eq!(told().await, Some(("exchange".to_owned(), 0, false)));
    later(5);
    assert_eq!(told().await, Some(("exchange".to_owned(), 1, false)), "more of the same is counted");
    collect(&world, 300, 1_000, &["BTC"]).await;
    assert!(told().await.is_some_and(|(_, _, over)| over), "{:?}", world.ws.quality(None).await.unwrap().ledgers);
}

#[tokio::test]
async fn a_paused_source_is_not_held_against_its_ledger() {
    let venue = known_sources().into_iter().find(|info| info.name == "kraken").unwrap();
    let world = World::of(&[PRICES_SOURCE, venue]).await;
    world.tell(venue, elsewhere("kraken", &[("BTC", 1_000)]));
    world.run(venue).await;
    world.ws.source_pause(venue.name, true).await.unwrap();
    collect(&world, 20, 1_000, &["BTC"]).await;
    let view = world.ws.quality(Some(1)).await.unwrap();
    assert_eq!(source(&view, "kraken").status, "unknown");
    assert_eq!(ledger(&view, "exchange").score.freshness, Some(1.0));
}

/// CoinSpot and the venues as the simulated world has them.
async fn simulated(faults: Faults) -> (Staging, Workstation, Vec<RunRow>, tempfile::TempDir) {
    let clock = Clock::Driven { start_ms: START.millis() };
    let staging = Staging::start(Options { seed: 11, clock, ..Options::default() }).await.unwrap();
    staging.set_faults(faults).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
    let others: BTreeMap<String, String> =
        staging.sites().map(|(service, url)| (service.to_owned(), url.to_owned())).collect();
    let url = staging.url().to_owned();
    let reached = Reached { coinspot: url.clone(), coinspot_web: url, others, ..Reached::default() };
    let clock = Arc::new(DrivenClock::at(START));
    let ws = Workstation::open_at(&home, Mode::Write, clock, reached).await.unwrap();
    let names = [PRICES_SOURCE.name, "kraken", "btc_markets"].map(ToOwned::to_owned);
    let runs = ws.collect(&names).await.unwrap().runs;
    (staging, ws, runs, folder)
}

#[tokio::test]
async fn a_bent_price_disagrees_with_the_other_venues_and_the_score_says_why() {
    let (_staging, ws, runs, _folder) = simulated(Faults::none()).await;
    assert!(runs.iter().all(|run| run.status == "ok"), "{runs:?}");
    let well = ws.quality(None).await.unwrap();
    let agreed = ledger(&well, "exchange").score.agreement.unwrap();
    let told = well.agreement.iter().filter(|row| row.reference.is_some()).count();
    assert!(agreed > 0.9 && told >= 5, "{agreed} {:?}", well.agreement);

    let bent = Fault::Price { coin: Some("BTC".to_owned()), change: PriceChange::Times100 };
    let (_staging, ws, ..) = simulated(Faults::none().with(Rule::on("/pubapi/v2/latest", bent))).await;
    let view = ws.quality(None).await.unwrap();
    let row = view.agreement.iter().find(|row| row.coin == "BTC").unwrap();
    assert!(row.apart_pct.as_deref().unwrap().parse::<Decimal>().unwrap() > Decimal::from(9_000), "{row:?}");
    let found = ledger(&view, "exchange").score.agreement.unwrap();
    assert!((agreed - found - 1.0 / told as f64).abs() < 0.02, "one coin of {told} no longer agrees: {agreed} {found}");
    let reasons = &source(&view, PRICES_SOURCE.name).reasons;
    assert!(
        reasons.iter().any(|reason| reason.starts_with("BTC is 9") && reason.contains("btc_markets, kraken")),
        "{reasons:?}"
    );
    assert!(ledger(&view, "exchange").score.score < ledger(&well, "exchange").score.score);
}
