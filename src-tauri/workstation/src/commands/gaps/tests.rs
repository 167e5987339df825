use super::*;
use crate::commands::collect::known_sources;
use crate::fixtures::{World, book, elsewhere};
use crate::{Home, Mode, Reached};
use domain::DrivenClock;
use ledgers::{Ledger, Observation, Payload};
use staging::{Clock, Fault, Faults, Options, PriceChange, Rule, Staging};
use std::sync::Arc;

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

async fn states(ws: &Workstation) -> Vec<(String, String, String)> {
    let gaps = ws.gaps(None, None).await.unwrap().gaps;
    gaps.into_iter().map(|gap| (gap.subject.unwrap_or(gap.source), gap.state, gap.reason)).collect()
}

fn all(words: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    words.iter().map(|(what, state, why)| ((*what).to_owned(), (*state).to_owned(), (*why).to_owned())).collect()
}

/// CoinSpot as the simulated world has it.
struct CoinSpotWorld {
    staging: Staging,
    clock: Arc<DrivenClock>,
    ws: Workstation,
    _folder: tempfile::TempDir,
}

impl CoinSpotWorld {
    async fn start() -> Self {
        let clock = Clock::Driven { start_ms: START.millis() };
        let staging = Staging::start(Options { seed: 11, clock, ..Options::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
        let url = staging.url().to_owned();
        let reached = Reached { coinspot: url.clone(), coinspot_web: url, ..Reached::default() };
        let clock = Arc::new(DrivenClock::at(START));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), reached).await.unwrap();
        Self { staging, clock, ws, _folder: folder }
    }

    async fn prices_after(&self, seconds: i64) {
        self.staging.advance(Duration::from_secs(seconds as u64));
        self.clock.advance_micros(seconds * 1_000_000);
        self.ws.run_source(PRICES_SOURCE.name, RunCause::Scheduled).await.unwrap();
    }

    /// Collects, is off for an hour, and collects again until the minute is over.
    async fn be_off_for_an_hour(&self) {
        self.prices_after(15).await;
        self.prices_after(3_600).await;
        for _ in 0..5 {
            self.prices_after(15).await;
        }
    }

    async fn minutes(&self, coin: &str) -> usize {
        let coin = Coin::parse(coin).unwrap();
        self.ws.store().candles(coin, Interval::M1, START, self.ws.now()).await.unwrap().len()
    }
}

#[tokio::test]
async fn an_hour_without_collectors_is_a_gap_and_comes_back_from_the_charts() {
    let world = CoinSpotWorld::start().await;
    world.be_off_for_an_hour().await;
    assert_eq!(states(&world.ws).await, all(&[("coinspot_prices", "open", "not_running")]));
    let gap = world.ws.gaps(None, None).await.unwrap().gaps.remove(0);
    assert_eq!((gap.from, gap.to), (START.plus_micros(15_000_000), START.plus_micros(3_615_000_000)));
    assert_eq!(world.minutes("BTC").await, 0);
    assert_eq!(world.ws.fill_gaps().await.unwrap(), 1);
    assert_eq!(states(&world.ws).await, all(&[("coinspot_prices", "filled", "not_running")]));
    assert!((60..=62).contains(&world.minutes("BTC").await), "{}", world.minutes("BTC").await);
    assert_eq!(world.ws.fill_gaps().await.unwrap(), 0, "what is filled is not asked for again");
}

#[tokio::test]
async fn a_coin_whose_chart_has_nothing_is_lost_by_itself() {
    let world = CoinSpotWorld::start().await;
    let nothing = Fault::Price { coin: Some("ETH".to_owned()), change: PriceChange::Zero };
    world.staging.set_faults(Faults::none().with(Rule::on("/charts/*", nothing))).unwrap();
    world.be_off_for_an_hour().await;
    world.ws.fill_gaps().await.unwrap();
    let mut found = states(&world.ws).await;
    found.sort();
    assert_eq!(found, all(&[("ETH", "lost", "not_running"), ("coinspot_prices", "filled", "not_running")]));
    assert!(world.minutes("BTC").await >= 60);
    assert_eq!(world.minutes("ETH").await, 0, "nothing is made up");
}

#[tokio::test]
async fn charts_that_stay_silent_lose_the_gap_after_bounded_attempts() {
    let world = CoinSpotWorld::start().await;
    let broken = Fault::BlockPage { status: 200 };
    world.staging.set_faults(Faults::none().with(Rule::on("/charts/*", broken))).unwrap();
    world.be_off_for_an_hour().await;
    let mut attempts = 0;
    for _ in 0..200 {
        attempts += world.ws.fill_gaps().await.unwrap();
        world.clock.advance_micros(300 * 1_000_000);
    }
    assert_eq!(attempts, TRIES_MAX as usize);
    assert_eq!(states(&world.ws).await, all(&[("coinspot_prices", "lost", "not_running")]));
}

fn of_ledger(ledger: Ledger) -> SourceInfo {
    known_sources().into_iter().find(|info| info.ledger == ledger).unwrap()
}

fn news(source: SourceInfo, age_s: i64, now: Timestamp) -> Collected {
    let at = now.plus_micros(-age_s * 1_000_000);
    let observation = Observation {
        source: source.name.to_owned(),
        key: format!("https://example.com/{at}"),
        coins: Vec::new(),
        event_time: at,
        published_at: Some(at),
        undated: None,
        payload: Payload::News {
            title: "One".to_owned(),
            url: format!("https://example.com/{at}"),
            summary: String::new(),
            outlet: "Example".to_owned(),
            author: None,
        },
    };
    Collected { observations: vec![observation], ..Collected::default() }
}

#[tokio::test]
async fn a_list_that_reaches_back_over_a_silence_fills_it_and_one_that_does_not_loses_the_part_between() {
    let feed = of_ledger(Ledger::Human);
    let world = World::of(&[feed]).await;
    world.tell(feed, news(feed, 60, world.ws.now()));
    world.run(feed).await;
    world.pass(7_200);
    world.silence(feed, "offline");
    world.run(feed).await;
    assert_eq!(states(&world.ws).await, all(&[(feed.name, "open", "not_running")]));
    world.pass(60);
    world.tell(feed, news(feed, 7_300, world.ws.now()));
    world.run(feed).await;
    assert_eq!(states(&world.ws).await, all(&[(feed.name, "filled", "not_running")]));
    world.pass(86_400 * 2);
    world.tell(feed, news(feed, 3_600, world.ws.now()));
    world.run(feed).await;
    let lost = world.ws.gaps(Some(feed.name), Some(1)).await.unwrap().gaps.remove(0);
    assert_eq!((lost.state.as_str(), lost.to.seconds_since(lost.from)), ("lost", 2 * 86_400 - 3_600));
}

#[tokio::test]
async fn a_batch_set_aside_and_a_feed_that_stands_still_are_gaps_with_their_reasons() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.run(PRICES_SOURCE).await;
    for _ in 0..12 {
        world.pass(8);
        world.run(PRICES_SOURCE).await;
    }
    assert_eq!(states(&world.ws).await, all(&[("coinspot_prices", "open", "frozen")]));
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_001)]));
    world.pass(8);
    world.run(PRICES_SOURCE).await;
    world.silence(PRICES_SOURCE, "shape_changed");
    world.pass(8);
    world.run(PRICES_SOURCE).await;
    assert_eq!(states(&world.ws).await[0].2, "quarantined", "eight seconds are enough for that");
}

#[tokio::test]
async fn what_no_service_tells_afterwards_is_lost_at_once() {
    let venue = of_ledger(Ledger::Human);
    let world = World::of(&[venue]).await;
    for aud in [100, 101] {
        world.tell(venue, elsewhere("kraken", &[("BTC", aud)]));
        world.run(venue).await;
        world.pass(86_400);
    }
    assert_eq!(states(&world.ws).await, all(&[(venue.name, "lost", "not_running")]));
}

fn mood(source: SourceInfo, days: impl Iterator<Item = i64>) -> Collected {
    let day = |day: i64| Observation {
        source: source.name.to_owned(),
        key: day.to_string(),
        coins: Vec::new(),
        event_time: Timestamp::from_micros(day * DAY_MICROS),
        published_at: None,
        undated: None,
        payload: Payload::FearGreed { value: 50, label: "Neutral".to_owned() },
    };
    Collected { observations: days.map(day).collect(), ..Collected::default() }
}

#[tokio::test]
async fn a_missing_day_is_asked_for_again_and_filled_or_given_up() {
    let index = known_sources().into_iter().find(|info| info.name == "fear_greed").unwrap();
    let world = World::of(&[index]).await;
    let today = world.ws.now().micros().div_euclid(DAY_MICROS);
    world.tell(index, mood(index, (today - 9..=today).filter(|day| *day != today - 3 && *day != today - 5)));
    world.run(index).await;
    world.pass(61);
    world.run(index).await;
    let found = states(&world.ws).await;
    assert_eq!(found, all(&[("fear_greed", "open", "day_missing"), ("fear_greed", "open", "day_missing")]));
    world.tell(index, mood(index, (today - 9..=today).filter(|day| *day != today - 5)));
    for _ in 0..200 {
        world.ws.fill_gaps().await.unwrap();
        world.pass(300);
    }
    let gaps = world.ws.gaps(None, None).await.unwrap().gaps;
    let of = |day: i64| {
        let from = Timestamp::from_micros(day * DAY_MICROS);
        gaps.iter().find(|gap| gap.from == from && gap.subject.is_some()).map(|gap| gap.state.as_str())
    };
    assert_eq!((of(today - 3), of(today - 5)), (Some("filled"), Some("lost")));
    let runs = world.ws.source_runs(index.name, None).await.unwrap().runs;
    let backfills = runs.iter().filter(|run| run.cause == "backfill").count();
    assert_eq!(backfills, TRIES_MAX as usize, "one run for all the days of an attempt");
}
