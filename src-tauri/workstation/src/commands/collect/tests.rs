mod alerts;

use super::*;
use crate::commands::LedgerRequest;
use crate::dto::Said;
use crate::outside::Outside;
use crate::{Home, Mode, Reached};
use domain::{DrivenClock, Price, Quote, QuoteKind};
use ledgers::{CollectError, Collecting, Ledger, Observation, Payload, Rejected, Source, shape_of};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

const START: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

type Reply = Result<ledgers::Collected, CollectError>;

/// A source that says what it is told to, reply by reply; without one left, it hangs.
struct Scripted {
    info: SourceInfo,
    replies: Arc<Mutex<VecDeque<Reply>>>,
}

impl Source for Scripted {
    fn info(&self) -> SourceInfo {
        self.info
    }

    fn collect(&self, _: Timestamp) -> Collecting<'_> {
        let reply = self.replies.lock().unwrap().pop_front();
        Box::pin(async move {
            match reply {
                Some(reply) => reply,
                None => std::future::pending().await,
            }
        })
    }
}

/// A source that breaks off.
struct Broken(SourceInfo);

impl Source for Broken {
    fn info(&self) -> SourceInfo {
        self.0
    }

    fn collect(&self, _: Timestamp) -> Collecting<'_> {
        Box::pin(async { panic!("a bug in a parser") })
    }
}

struct World {
    ws: Workstation,
    clock: Arc<DrivenClock>,
    _home: tempfile::TempDir,
}

fn of_ledger(ledger: Ledger) -> SourceInfo {
    known_sources().into_iter().find(|info| info.ledger == ledger).unwrap()
}

fn scripted(info: SourceInfo, replies: impl IntoIterator<Item = Reply>) -> Box<dyn Source> {
    Box::new(Scripted { info, replies: Arc::new(Mutex::new(replies.into_iter().collect())) })
}

async fn world(sources: Vec<Box<dyn Source>>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
    let clock = Arc::new(DrivenClock::at(START));
    let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), Reached::default()).await.unwrap();
    ws.put_outside(Outside::of(sources, clock.clone()).unwrap());
    World { ws, clock, _home: folder }
}

fn news(key: &str, title: &str) -> Observation {
    let url = format!("https://example.com/{key}");
    Observation {
        source: of_ledger(Ledger::Human).name.to_owned(),
        key: url.clone(),
        coins: Vec::new(),
        event_time: START,
        published_at: Some(START),
        undated: None,
        payload: Payload::News {
            title: title.to_owned(),
            url,
            summary: String::new(),
            outlet: "Example".to_owned(),
            author: None,
        },
    }
}

fn brought(observations: Vec<Observation>) -> ledgers::Collected {
    ledgers::Collected { observations, ..ledgers::Collected::default() }
}

fn failed(code: &'static str) -> Reply {
    Err(CollectError { source_name: "test", code, message: "no answer: it is tried again".to_owned() })
}

fn human() -> LedgerRequest {
    LedgerRequest { ledger: "human".to_owned(), ..LedgerRequest::default() }
}

#[tokio::test]
async fn a_run_says_what_was_new_known_reworded_and_refused() {
    let info = of_ledger(Ledger::Human);
    let many = (0..50).map(|n| Rejected::new(&format!("item {n}"), "no_title", "it has no title"));
    let partial = ledgers::Collected {
        rejected: many.collect(),
        ..brought(vec![news("a", "One, reworded"), news("b", "Two"), news("c", "Three")])
    };
    let replies = [
        Ok(brought(vec![news("a", "One"), news("b", "Two")])),
        Ok(brought(vec![news("b", "Two"), news("a", "One")])),
        Ok(partial),
        Ok(ledgers::Collected::default()),
    ];
    let world = world(vec![scripted(info, replies)]).await;
    let mut rows = Vec::new();
    for second in 0..4 {
        world.clock.set(START.plus_micros(second * 1_000_000));
        rows.push(world.ws.run_source(info.name, RunCause::Scheduled).await.unwrap());
    }
    let figures = |row: &RunRow| (row.seen, row.new, row.revised, row.duplicate, row.rejected);
    assert_eq!((rows[0].status.as_str(), figures(&rows[0])), ("ok", (2, 2, 0, 0, 0)));
    assert_eq!((rows[1].status.as_str(), figures(&rows[1])), ("unchanged", (2, 0, 0, 2, 0)));
    assert_eq!((rows[2].status.as_str(), figures(&rows[2])), ("partial", (53, 1, 1, 1, 50)));
    assert_eq!((rows[2].refused.len(), rows[2].refused[0].code.as_str()), (REFUSALS_KEPT, "no_title"));
    assert_eq!(rows[3].status, "unchanged", "nothing new at the source is no failure");
    let told = world.ws.source_runs(info.name, None).await.unwrap().runs;
    rows.reverse();
    assert_eq!(told, rows, "newest first, as they were answered");
    let source = world.ws.sources_view().await.unwrap().sources.into_iter().find(|row| row.name == info.name).unwrap();
    assert_eq!((source.status.as_str(), source.last_success), ("ok", Some(START.plus_micros(3_000_000))));
    let then = LedgerRequest { as_of: Some(START.to_string()), ..human() };
    let titles = |view: crate::dto::LedgerView| {
        let title = |row: crate::dto::ObservationRow| match row.said {
            Said::News { title, .. } => title,
            other => format!("{other:?}"),
        };
        view.observations.into_iter().map(title).collect::<Vec<_>>()
    };
    assert_eq!(titles(world.ws.ledger(&then).await.unwrap()), ["One", "Two"]);
    assert_eq!(titles(world.ws.ledger(&human()).await.unwrap()), ["Two", "One, reworded", "Three"]);
}

#[tokio::test]
async fn a_reply_of_which_all_is_refused_is_a_failure() {
    let info = of_ledger(Ledger::Human);
    let rejected = vec![Rejected::new("x", "no_title", "it has no title")];
    let world = world(vec![scripted(info, [Ok(ledgers::Collected { rejected, ..brought(vec![]) })])]).await;
    let row = world.ws.run_source(info.name, RunCause::Manual).await.unwrap();
    assert_eq!((row.status.as_str(), row.rejected), ("failed", 1));
    assert!(row.error.unwrap().starts_with("all_refused"));
}

#[tokio::test]
async fn a_changed_shape_is_set_aside_until_it_is_accepted_also_after_a_restart() {
    let info = of_ledger(Ledger::Human);
    let shaped = |fields: [&str; 2], key: &str| {
        Ok(ledgers::Collected { shape: Some(shape_of(fields)), ..brought(vec![news(key, key)]) })
    };
    let (old, new) = (["title", "link"], ["headline", "link"]);
    let replies = [shaped(old, "a"), shaped(new, "b"), shaped(old, "c"), shaped(new, "d"), shaped(old, "e")];
    let world = world(vec![scripted(info, replies)]).await;
    let mut statuses = Vec::new();
    for step in 0..5 {
        world.clock.advance_micros(1);
        if step == 3 {
            world.ws.source_accept(info.name).await.unwrap();
        }
        statuses.push(world.ws.run_source(info.name, RunCause::Scheduled).await.unwrap());
    }
    let words: Vec<&str> = statuses.iter().map(|row| row.status.as_str()).collect();
    assert_eq!(words, ["ok", "failed", "ok", "ok", "failed"]);
    assert_eq!((statuses[1].seen, statuses[1].rejected, statuses[1].new), (1, 1, 0));
    assert!(statuses[1].error.as_deref().unwrap().starts_with("shape_changed"));
    let kept = world.ws.ledger(&human()).await.unwrap().observations;
    assert_eq!(kept.len(), 3, "what was set aside is not stored as good");
}

#[tokio::test]
async fn one_that_fails_hangs_or_breaks_off_disturbs_no_other() {
    let mut infos = known_sources().into_iter().filter(|info| info.ledger == Ledger::Human);
    let (fails, hangs, breaks, works) =
        (infos.next().unwrap(), infos.next().unwrap(), infos.next().unwrap(), infos.next().unwrap());
    let good = (0..50).map(|n| Ok(brought(vec![news(&n.to_string(), "Well")])));
    let world = world(vec![
        scripted(fails, (0..50).map(|_| failed("http_503"))),
        scripted(hangs, []),
        Box::new(Broken(breaks)),
        scripted(works, good),
    ])
    .await;
    let runs = async |info: SourceInfo| world.ws.source_runs(info.name, None).await.unwrap().runs;
    // The plan's time flies while the hanging one is waited for.
    let drive = async {
        while runs(works).await.len() < 3 || runs(fails).await.len() < 3 || runs(hangs).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            world.clock.advance_micros(10_000_000);
        }
    };
    tokio::select! { ran = world.ws.run() => ran.unwrap(), () = drive => {} }
    assert!(runs(works).await.iter().all(|run| run.status == "ok" && run.cause == "scheduled"));
    let failing = runs(fails).await;
    assert!(failing.iter().all(|run| run.error.as_deref().unwrap().starts_with("http_503")));
    let hung = runs(hangs).await;
    assert!(hung.iter().all(|run| run.error.as_deref().unwrap().starts_with("deadline")));
    let view = world.ws.sources_view().await.unwrap().sources;
    let next = |info: SourceInfo| view.iter().find(|row| row.name == info.name).unwrap().next_run;
    assert!(next(works).is_some() && next(fails).is_some() && next(breaks).is_some());
    world.ws.close().await;
}

#[tokio::test]
async fn a_pause_is_kept_and_shown_and_a_stranger_is_refused() {
    let info = of_ledger(Ledger::Human);
    let world = world(vec![scripted(info, [Ok(brought(vec![news("a", "One")]))])]).await;
    world.ws.source_pause(info.name, true).await.unwrap();
    world.ws.begin_schedule().await.unwrap();
    let row = async |ws: &Workstation| {
        ws.sources_view().await.unwrap().sources.into_iter().find(|row| row.name == info.name).unwrap()
    };
    let paused = row(&world.ws).await;
    assert_eq!((paused.paused, paused.next_run), (true, None));
    let asked = world.ws.collect(&[info.name.to_owned()]).await.unwrap().runs.remove(0);
    assert_eq!((asked.status.as_str(), asked.cause.as_str()), ("ok", "manual"), "asked for, it runs all the same");
    let reader =
        Workstation::open_at(world.ws.home(), Mode::Read, world.clock.clone(), Reached::default()).await.unwrap();
    world.ws.source_pause(info.name, false).await.unwrap();
    assert_eq!((row(&world.ws).await.next_run, row(&reader).await.next_run), (Some(START), Some(START)));
    assert_eq!(reader.source_pause(info.name, true).await.unwrap_err().code(), "read_only");
    world.ws.end_schedule().await;
    assert_eq!((row(&world.ws).await.next_run, row(&reader).await.next_run), (None, None));
    assert_eq!(world.ws.source_pause("nobody", true).await.unwrap_err().code(), "unknown_source");
    reader.close().await;
}

#[tokio::test]
async fn prices_are_a_ledger_too_known_from_when_they_were_seen() {
    let quote = |coin: &str, bid: &str, kind| Quote {
        coin: Coin::parse(coin).unwrap(),
        kind,
        bid: Some(Price::parse(bid).unwrap()),
        ask: Some(Price::parse(bid).unwrap()),
        last: None,
        seen: START,
    };
    let replies = ["100", "101", "102"].map(|bid| {
        let quotes = vec![quote("BTC", bid, QuoteKind::Book), quote("ETH", "7", QuoteKind::Book)];
        Ok(ledgers::Collected { quotes, ..ledgers::Collected::default() })
    });
    let world = world(vec![scripted(PRICES_SOURCE, replies)]).await;
    for second in 0..3 {
        world.clock.set(START.plus_micros(second * 1_000_000));
        world.ws.run_source(PRICES_SOURCE.name, RunCause::Scheduled).await.unwrap();
    }
    let asked = |coin: Option<&str>, as_of: Option<i64>, limit| LedgerRequest {
        ledger: "exchange".to_owned(),
        coin: coin.map(ToOwned::to_owned),
        as_of: as_of.map(|second| START.plus_micros(second * 1_000_000).to_string()),
        limit,
        ..LedgerRequest::default()
    };
    let bids = async |request: LedgerRequest| {
        let rows = world.ws.ledger(&request).await.unwrap().observations;
        let bid = |row: &crate::dto::ObservationRow| match &row.said {
            Said::Price { bid, market, .. } => format!("{market} {}", bid.unwrap()),
            other => format!("{other:?}"),
        };
        rows.iter().map(bid).collect::<Vec<_>>()
    };
    assert_eq!(bids(asked(Some("btc"), None, None)).await, ["BTC/AUD 100", "BTC/AUD 101", "BTC/AUD 102"]);
    assert_eq!(bids(asked(Some("btc"), Some(1), None)).await, ["BTC/AUD 100", "BTC/AUD 101"]);
    assert_eq!(bids(asked(None, None, Some(2))).await, ["BTC/AUD 101", "BTC/AUD 102"]);
    let bad = LedgerRequest { kind: Some("news".to_owned()), ..asked(None, None, None) };
    assert_eq!(world.ws.ledger(&bad).await.unwrap_err().code(), "unknown_kind");
    let bad = LedgerRequest { ledger: "gossip".to_owned(), ..LedgerRequest::default() };
    assert_eq!(world.ws.ledger(&bad).await.unwrap_err().code(), "unknown_ledger");
    let glass = LedgerRequest { ledger: "glass".to_owned(), ..LedgerRequest::default() };
    assert_eq!(world.ws.ledger(&glass).await.unwrap().observations, []);
}

/// A source that runs only once a person has given it what it lacks.
struct Waiting(SourceInfo, Arc<std::sync::atomic::AtomicBool>);

impl Source for Waiting {
    fn info(&self) -> SourceInfo {
        self.0
    }

    fn lacks(&self) -> Option<String> {
        (!self.1.load(std::sync::atomic::Ordering::SeqCst)).then(|| "a key: get one at example.com".to_owned())
    }

    fn collect(&self, _: Timestamp) -> Collecting<'_> {
        Box::pin(async { Ok(brought(vec![news("a", "One")])) })
    }
}

#[tokio::test]
async fn a_source_that_lacks_something_is_no_failure_and_runs_as_soon_as_it_has_it() {
    let infos: Vec<SourceInfo> = known_sources().into_iter().filter(|info| info.ledger == Ledger::Human).collect();
    let (waits, works) = (infos[0], infos[1]);
    let has = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let world = world(vec![
        Box::new(Waiting(waits, Arc::clone(&has))),
        scripted(works, (0..50).map(|n| Ok(brought(vec![news(&n.to_string(), "Well")])))),
    ])
    .await;
    let row =
        async || world.ws.sources_view().await.unwrap().sources.into_iter().find(|row| row.name == waits.name).unwrap();
    world.ws.begin_schedule().await.unwrap();
    let before = row().await;
    assert_eq!((before.status.as_str(), before.next_run), ("not_configured", None));
    assert_eq!((before.lacks.as_deref(), before.last_error), (Some("a key: get one at example.com"), None));

    let asked = world.ws.collect(&[waits.name.to_owned()]).await.unwrap().runs.remove(0);
    assert_eq!(asked.status, "failed");
    assert_eq!(asked.error.as_deref(), Some("not_configured: a key: get one at example.com"));
    assert_eq!(world.ws.source_runs(waits.name, None).await.unwrap().runs, [], "nobody was asked, so there was no run");
    assert_eq!(row().await.last_error, None);

    has.store(true, std::sync::atomic::Ordering::SeqCst);
    world.ws.heed_lacks().await.unwrap();
    assert_eq!((row().await.status.as_str(), row().await.next_run), ("never_run", Some(START)));
    world.ws.end_schedule().await;
}

#[tokio::test]
async fn all_sources_at_once_are_those_that_can_run() {
    let (prices, list) = (PRICES_SOURCE, COIN_LIST_SOURCE);
    let others = known_sources().into_iter().filter(|info| ![prices.name, list.name].contains(&info.name));
    let mut others: Vec<SourceInfo> = others.collect();
    let waits = others.remove(0);
    let mut sources: Vec<Box<dyn Source>> = vec![Box::new(Waiting(waits, Arc::default()))];
    let empty = || [Ok(ledgers::Collected::default())];
    sources.extend([prices, list].into_iter().chain(others).map(|info| scripted(info, empty())));
    let world = world(sources).await;
    let runs = world.ws.collect(&[]).await.unwrap().runs;
    assert!(runs.iter().all(|run| run.source != waits.name && run.status != "failed"), "{runs:?}");
    assert!(runs.len() > 2);
}

mod meaning;
