//! Figures on the simulated world: closed days only, what is read again, and what goes wrong with one of them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may stop and say why")]

use domain::{DrivenClock, Timestamp};
use ledgers::{Collected, NothingSet, Observation, ObservationKind, Payload, Source};
use omc_http::{Client, LaneLimit, LaneLimits, Options};
use sources::coingecko_treasuries::COINS;
use sources::defillama::{CHAINS, PROTOCOLS, STABLECOINS};
use sources::{Opening, find};
use staging::world::Series;
use staging::{Clock, Fault, Faults, ItemChange, PriceChange, Rule, Staging};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Friday, 26 July 2024.
const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);
const DAY: Duration = Duration::from_secs(86_400);
const FIGURES: (&str, &str) = ("defillama", "DEFILLAMA");
const TREASURIES: (&str, &str) = ("coingecko_treasuries", "COINGECKO");
/// Fees, revenue and money locked of each protocol, and the rest.
const QUESTIONS: usize = 3 * PROTOCOLS.len() + CHAINS.len() + STABLECOINS.len();

struct World {
    staging: Staging,
    http: Arc<Client>,
}

impl World {
    async fn start(faults: Faults) -> Self {
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let options = staging::Options { seed: 7, clock, faults, ..Default::default() };
        let staging = Staging::start(options).await.unwrap();
        // Without the pauses between many questions to one host.
        let bulk = LaneLimit { per_minute: 600_000, burst: 1_000, at_once: 1 };
        let hurried = Options { lanes: LaneLimits { bulk, ..LaneLimits::default() }, ..Options::new(7) };
        Self { staging, http: Arc::new(Client::new(hurried, Arc::new(DrivenClock::at(NOW))).unwrap()) }
    }

    async fn bent(fault: Fault) -> Self {
        Self::start(Faults::none().with(Rule::on("*", fault))).await
    }

    fn open(&self, (name, service): (&str, &str)) -> Box<dyn Source> {
        let (http, url) = (Arc::clone(&self.http), Some(self.staging.url_of(service)));
        find(name).unwrap().open(Opening { http, url, settings: Arc::new(NothingSet) }).unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.staging.now_ms())
    }

    async fn collect(&self, of: (&str, &str)) -> Collected {
        self.open(of).collect(self.now()).await.unwrap()
    }
}

fn keys(collected: &Collected) -> HashSet<(ObservationKind, &str)> {
    collected.observations.iter().map(|found| (found.kind(), found.key.as_str())).collect()
}

fn of(collected: &Collected, kind: ObservationKind, subject: &str) -> BTreeMap<i64, String> {
    let figure = |found: &Observation| match &found.payload {
        Payload::Tvl(figure) | Payload::Fees(figure) | Payload::Revenue(figure) => figure.clone(),
        Payload::ChainTvl(figure) | Payload::StablecoinSupply(figure) => figure.clone(),
        other => panic!("{other:?}"),
    };
    let all = collected.observations.iter().filter(|found| found.kind() == kind);
    let all = all.map(|found| (found.event_time.millis(), figure(found)));
    all.filter(|(_, f)| f.subject == subject)
        .map(|(time, f)| (time, f.amount.amount().normalize().to_string()))
        .collect()
}

#[tokio::test]
async fn the_first_run_brings_two_years_of_closed_days_of_everything_and_no_day_that_is_not_over() {
    let world = World::start(Faults::none()).await;
    let collected = world.collect(FIGURES).await;
    assert_eq!((collected.rejected.as_slice(), world.staging.request_count()), ([].as_slice(), QUESTIONS as u64));
    assert!(collected.shape.is_some() && collected.fingerprint.is_some());
    let moment = world.staging.world().at(NOW.millis());
    let oldest_ms = (NOW.millis() / 86_400_000 - 730) * 86_400_000;
    let expected = |series| -> BTreeMap<i64, String> {
        let days = moment.series(series).unwrap().into_iter().filter(|day| day.is_closed && day.time_ms >= oldest_ms);
        days.map(|day| (day.time_ms, day.amount.normalize().to_string())).collect()
    };
    let mut longest = 0;
    for one in PROTOCOLS {
        assert_eq!(of(&collected, ObservationKind::Tvl, one.subject), expected(Series::Tvl(one.tvl)), "{one:?}");
        assert_eq!(of(&collected, ObservationKind::Fees, one.subject), expected(Series::Fees(one.fees)), "{one:?}");
        assert_eq!(
            of(&collected, ObservationKind::Revenue, one.subject),
            expected(Series::Revenue(one.fees)),
            "{one:?}"
        );
        longest = longest.max(of(&collected, ObservationKind::Fees, one.subject).len());
    }
    for one in CHAINS {
        assert_eq!(of(&collected, ObservationKind::ChainTvl, one.subject), expected(Series::Chain(one.asked)));
    }
    for one in STABLECOINS {
        let found = of(&collected, ObservationKind::StablecoinSupply, one.subject);
        assert_eq!(found, expected(Series::Stablecoin(one.asked)));
    }
    assert_eq!(longest, 730, "some series go back further than is read");
    let newest = collected.observations.iter().map(|found| found.event_time.millis()).max().unwrap();
    assert_eq!(newest, NOW.millis() / 86_400_000 * 86_400_000 - 86_400_000);
    let zeros = collected
        .observations
        .iter()
        .filter(|found| matches!(&found.payload, Payload::Fees(f) if f.amount.amount().is_zero()));
    assert!(zeros.count() > 0, "a day without fees is a figure");
}

#[tokio::test]
async fn later_runs_ask_for_what_is_new_and_read_three_days_again() {
    let world = World::start(Faults::none()).await;
    let source = world.open(FIGURES);
    let first = source.collect(world.now()).await.unwrap();
    let again = source.collect(world.now()).await.unwrap();
    assert_eq!(
        (again.observations.len(), world.staging.request_count()),
        (0, QUESTIONS as u64),
        "nothing is asked twice in an hour"
    );
    world.staging.advance(DAY * 2);
    let later = source.collect(world.now()).await.unwrap();
    assert_eq!(later.observations.len(), QUESTIONS * 5, "two days since, and three again");
    let known = keys(&first);
    let new = keys(&later).into_iter().filter(|key| !known.contains(key)).count();
    assert_eq!(new, QUESTIONS * 2);
    for found in &later.observations {
        let before = first.observations.iter().find(|known| known.key == found.key && known.kind() == found.kind());
        assert!(before.is_none_or(|before| before == found), "a closed day stays what it was: {}", found.key);
    }
}

#[tokio::test]
async fn a_name_that_is_no_longer_known_costs_itself_and_is_asked_again() {
    let gone = Fault::Status { code: 404, body: "{}".into(), content_type: "text/plain".into(), retry_after: None };
    let world = World::start(Faults::none().with(Rule::on("/summary/fees/aave", gone))).await;
    let source = world.open(FIGURES);
    let collected = source.collect(world.now()).await.unwrap();
    let mut refused: Vec<_> =
        collected.rejected.iter().map(|rejected| (rejected.item.as_str(), rejected.code)).collect();
    refused.sort_unstable();
    assert_eq!(refused, [("aave fees", "http_status"), ("aave revenue", "http_status")]);
    assert!(of(&collected, ObservationKind::Fees, "aave").is_empty());
    assert!(!of(&collected, ObservationKind::Tvl, "aave").is_empty());
    world.staging.clear_faults();
    let rest = source.collect(world.now()).await.unwrap();
    assert_eq!(
        of(&rest, ObservationKind::Fees, "aave").len() + of(&rest, ObservationKind::Revenue, "aave").len(),
        rest.observations.len()
    );
    assert!(!rest.observations.is_empty() && rest.shape.is_none(), "of two forms of five the shape says nothing");
}

#[tokio::test]
async fn a_form_of_reply_that_changed_brings_nothing_and_the_others_are_kept() {
    for (from, lost) in [("totalLiquidityUSD", PROTOCOLS.len()), ("totalDataChart", 2 * PROTOCOLS.len())] {
        let world = World::bent(Fault::Rename { from: from.into(), to: "renamed".into() }).await;
        let collected = world.collect(FIGURES).await;
        assert_eq!(collected.rejected.len(), lost, "{from}");
        assert!(collected.rejected.iter().all(|rejected| rejected.code == "schema_changed"));
        assert!(!collected.observations.is_empty());
    }
}

#[tokio::test]
async fn each_wrong_figure_costs_itself() {
    for (source, replies) in [(FIGURES, QUESTIONS), (TREASURIES, COINS.len())] {
        let whole = World::start(Faults::none()).await.collect(source).await;
        let with = |change| async move { World::bent(Fault::Items { change }).await.collect(source).await };
        let mut changes = vec![(ItemChange::Nan, "not_a_number"), (ItemChange::Mistyped, "wrong_type")];
        if source == FIGURES {
            changes.extend([(ItemChange::Undated, "missing"), (ItemChange::Future, "bad_date")]);
        }
        for (change, code) in changes {
            let collected = with(change).await;
            assert_eq!(collected.observations.len(), whole.observations.len() - replies, "{source:?} {change:?}");
            assert_eq!(collected.rejected.len(), replies);
            assert!(collected.rejected.iter().all(|rejected| rejected.code == code), "{source:?} {change:?}");
        }
        let twice = with(ItemChange::Duplicated).await;
        assert_eq!(keys(&twice), keys(&whole));
        assert!(!twice.rejected.is_empty() && twice.rejected.iter().all(|rejected| rejected.code == "duplicate"));
        let reordered = with(ItemChange::Reordered).await;
        assert_eq!((keys(&reordered), reordered.fingerprint), (keys(&whole), whole.fingerprint));
        assert_eq!(keys(&with(ItemChange::Giant).await), keys(&whole));
        for (change, code) in [
            (PriceChange::Nan, "not_a_number"),
            (PriceChange::Overflow, "not_a_number"),
            (PriceChange::Empty, "not_a_number"),
        ] {
            let (coin, lost) = if source == FIGURES { ("aave", 3) } else { ("NASDAQ:COIN", 2) };
            let world = World::bent(Fault::Price { coin: Some(coin.into()), change }).await;
            let collected = world.collect(source).await;
            assert_eq!(collected.rejected.len(), lost, "{change:?}");
            assert!(
                collected.rejected.iter().all(|rejected| rejected.code == code),
                "{change:?} {:?}",
                collected.rejected
            );
            assert_eq!(collected.observations.len(), whole.observations.len() - lost);
        }
    }
}

#[tokio::test]
async fn what_companies_hold_is_told_with_its_coin_and_without_a_date() {
    let world = World::start(Faults::none()).await;
    let source = world.open(TREASURIES);
    let first = source.collect(world.now()).await.unwrap();
    assert_eq!(first.rejected, []);
    let moment = world.staging.world().at(NOW.millis());
    let count: usize = COINS.iter().map(|(_, name)| moment.holdings(name).unwrap().len()).sum();
    assert_eq!(first.observations.len(), count);
    for found in &first.observations {
        let Payload::Treasury { coin, symbol, .. } = &found.payload else { panic!("{found:?}") };
        assert_eq!(found.coins, [*coin]);
        assert_eq!(found.key, format!("{}:{coin}:2024-07-26", symbol.as_deref().unwrap()));
        assert!(found.published_at.is_none() && found.undated.is_some() && found.event_time == NOW);
    }
    let again = source.collect(world.now()).await.unwrap();
    assert_eq!(again, first);
    assert!(world.staging.requests().last().unwrap().if_none_match.is_some());
    let rule = Rule::on("*/ethereum", Fault::BlockPage { status: 403 });
    let world = World::start(Faults::none().with(rule)).await;
    let part = world.collect(TREASURIES).await;
    assert_eq!(part.rejected[0].code, "blocked_page");
    assert!(part.observations.iter().all(|found| found.coins[0].as_str() == "BTC") && !part.observations.is_empty());
}

#[tokio::test]
async fn many_questions_leave_evenly_and_one_at_a_time() {
    let world = World::start(Faults::none()).await;
    let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
    let url = Some(world.staging.url_of("DEFILLAMA"));
    let source = find("defillama").unwrap().open(Opening { http, url, settings: Arc::new(NothingSet) }).unwrap();
    let began = Instant::now();
    source.collect(NOW).await.unwrap();
    let asked: Vec<Instant> = world.staging.requests().iter().map(|request| request.arrived).collect();
    assert_eq!(asked.len(), QUESTIONS);
    for ten in asked.windows(10) {
        assert!(ten[9] - ten[0] > Duration::from_secs(1), "{:?}", ten[9] - ten[0]);
    }
    assert!(began.elapsed() < Duration::from_secs(60), "a first run has its time: {:?}", began.elapsed());
}
