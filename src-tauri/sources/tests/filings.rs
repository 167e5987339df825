//! Filings on the simulated world: true times, polite asking, and what goes wrong with one filer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may stop and say why")]

use domain::{DrivenClock, Timestamp};
use ledgers::{Observation, Payload, Secret, Settings, Source};
use omc_http::{Client, LaneLimit, LaneLimits, Options};
use sources::sec_edgar::FILERS;
use sources::{Opening, find};
use staging::world::{Filer, Filing};
use staging::{Clock, Fault, Faults, Rule, Staging};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Friday, 26 July 2024.
const NOW: Timestamp = Timestamp::from_millis(1_722_003_300_000);
const PATH: &str = "/submissions/*";
const CONTACT: &str = "Jo Trader jo@example.com";

struct Contact(&'static str);

impl Settings for Contact {
    fn value(&self, _source: &str, _setting: &str) -> Option<String> {
        Some(self.0.to_owned())
    }

    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}

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

    fn open(&self) -> Box<dyn Source> {
        let (http, url) = (Arc::clone(&self.http), Some(self.staging.url_of("SEC")));
        find("sec_edgar").unwrap().open(Opening { http, url, settings: Arc::new(Contact(CONTACT)) }).unwrap()
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.staging.now_ms())
    }
}

/// The filings of the last 30 days, by their days of filing.
fn recent_filings(world: &World) -> Vec<(Filer, Filing)> {
    let moment = world.staging.world().at(world.now().millis());
    let oldest_ms = world.now().millis() / 86_400_000 * 86_400_000 - 30 * 86_400_000;
    let of = |filer| moment.filings(filer).into_iter().map(move |filing| (filer, filing));
    staging::world::FILERS.into_iter().flat_map(of).filter(|(_, filing)| filing.filed_ms >= oldest_ms).collect()
}

#[tokio::test]
async fn every_filer_brings_its_filings_of_a_month_at_the_true_time_whatever_clock_it_writes() {
    for now_ms in [NOW.millis(), 1_794_633_600_000, 1_773_360_000_000] {
        // In summer, and some days after each change of New York's clocks.
        let world = World::start(Faults::none()).await;
        world.staging.set_time(now_ms);
        let collected = world.open().collect(world.now()).await.unwrap();
        assert_eq!(collected.rejected, []);
        let expected = recent_filings(&world);
        assert_eq!(collected.observations.len(), expected.len());
        for (filer, filing) in expected {
            let found = collected.observations.iter().find(|found| found.key == filing.accession).unwrap();
            assert_eq!(found.event_time.millis(), filing.accepted_ms, "{} {}", filer.ticker, filing.accession);
            assert_eq!(found.published_at, Some(found.event_time));
            let Payload::Filing { form, items, url, cik, .. } = &found.payload else { panic!("{found:?}") };
            assert_eq!((form.as_str(), items.join(",").as_str()), (filing.form, filing.items));
            let folder = filing.accession.replace('-', "");
            let page = format!("https://www.sec.gov/Archives/edgar/data/{}/{folder}/{}", filer.cik, filing.document);
            assert_eq!((url, cik), (&page, &format!("{:010}", filer.cik)));
        }
    }
}

#[tokio::test]
async fn filings_appear_as_time_passes_and_none_is_revised() {
    let world = World::start(Faults::none()).await;
    let source = world.open();
    let mut known: BTreeMap<String, Observation> = BTreeMap::new();
    let mut new = 0;
    for _ in 0..16 {
        for found in source.collect(world.now()).await.unwrap().observations {
            let earlier = known.insert(found.key.clone(), found.clone());
            new += usize::from(earlier.is_none());
            assert!(earlier.is_none_or(|earlier| earlier == found), "{}", found.key);
        }
        world.staging.advance(Duration::from_secs(3 * 3600));
    }
    assert!(new > recent_filings(&world).len() / 20);
}

#[tokio::test]
async fn without_a_contact_nothing_is_asked_and_the_words_say_what_to_do() {
    let world = World::start(Faults::none()).await;
    for contact in ["", "   ", "Jo Trader", "jö@example.com", "a@b", "jo@example.com\r\nx: y"] {
        let (http, url) = (Arc::clone(&world.http), Some(world.staging.url_of("SEC")));
        let source =
            find("sec_edgar").unwrap().open(Opening { http, url, settings: Arc::new(Contact(contact)) }).unwrap();
        let lacks = source.lacks().unwrap();
        assert!(lacks.contains("omc sources set sec_edgar"), "{lacks}");
        let failed = source.collect(NOW).await.unwrap_err();
        assert_eq!((failed.code, failed.message), ("not_configured", lacks));
    }
    assert_eq!(world.staging.request_count(), 0);
    let source = world.open();
    assert_eq!(source.lacks(), None);
    source.collect(NOW).await.unwrap();
    let agents = world.staging.requests().into_iter().flat_map(|request| request.headers);
    let agents: Vec<_> = agents.filter(|(name, _)| name == "user-agent").map(|(_, value)| value).collect();
    assert_eq!(agents.len(), FILERS.len());
    assert!(agents.iter().all(|agent| agent.starts_with("OhMyCoins/") && agent.ends_with(CONTACT)));
}

#[tokio::test]
async fn a_filer_that_fails_costs_itself_and_a_regulator_that_blocks_is_not_asked_again() {
    let gone = Fault::Status { code: 404, body: "{}".into(), content_type: "text/plain".into(), retry_after: None };
    let unequal = Fault::Body {
        body: r#"{"cik":"1050446","name":"Strategy","tickers":["MSTR"],"filings":{"recent":{"accessionNumber":[],
            "filingDate":[],"acceptanceDateTime":[],"form":["8-K"]}}}"#
            .into(),
        content_type: "application/json".into(),
    };
    let other = Fault::Body {
        body: r#"{"cik":"1512673","name":"Somebody Else","tickers":["ELSE"],"filings":{"recent":{}}}"#.into(),
        content_type: "application/json".into(),
    };
    let faults = Faults::none()
        .with(Rule::on("/submissions/CIK0001679788.json", gone))
        .with(Rule::on("/submissions/CIK0001050446.json", unequal))
        .with(Rule::on("/submissions/CIK0001512673.json", other));
    let world = World::start(faults).await;
    let collected = world.open().collect(world.now()).await.unwrap();
    let refused: Vec<_> = collected.rejected.iter().map(|rejected| (rejected.item.as_str(), rejected.code)).collect();
    assert_eq!(refused, [("COIN", "http_status"), ("XYZ", "wrong_subject"), ("MSTR", "unequal_columns")]);
    let left =
        recent_filings(&world).iter().filter(|(filer, _)| !["COIN", "XYZ", "MSTR"].contains(&filer.ticker)).count();
    assert_eq!(collected.observations.len(), left);

    let rule = Rule::on(PATH, Fault::BlockPage { status: 403 }).after(5);
    let world = World::start(Faults::none().with(rule)).await;
    let collected = world.open().collect(world.now()).await.unwrap();
    assert_eq!(world.staging.request_count(), 6, "a block lasts longer the more is asked");
    let codes: Vec<_> = collected.rejected.iter().map(|rejected| rejected.code).collect();
    assert_eq!(codes, ["blocked_page", "not_asked"]);
    assert!(!collected.observations.is_empty());
}

#[tokio::test]
async fn the_regulator_is_asked_less_than_ten_times_in_any_second() {
    let world = World::start(Faults::none()).await;
    let http = Arc::new(Client::new(Options::new(7), Arc::new(DrivenClock::at(NOW))).unwrap());
    let url = Some(world.staging.url_of("SEC"));
    let source = find("sec_edgar").unwrap().open(Opening { http, url, settings: Arc::new(Contact(CONTACT)) }).unwrap();
    let (first, second) = tokio::join!(source.collect(NOW), source.collect(NOW));
    assert!(first.is_ok() && second.is_ok(), "two runs at once share the lane");
    let asked: Vec<Instant> = world.staging.requests().iter().map(|request| request.arrived).collect();
    assert_eq!(asked.len(), 2 * FILERS.len());
    for ten in asked.windows(10) {
        assert!(ten[9] - ten[0] > Duration::from_secs(1), "{:?}", ten[9] - ten[0]);
    }
}
