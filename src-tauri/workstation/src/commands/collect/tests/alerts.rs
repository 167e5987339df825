//! What lands is noticed: own events, alerts, their end, and nothing twice.

use super::*;
use crate::dto::{AlertChange, AlertRow, Event};
use coinspot::COIN_LIST_SOURCE;
use domain::Decimal;

const MINUTE: i64 = 60_000_000;

fn announcement(id: &str, title: &str, text: &str) -> Observation {
    let url = format!("https://example.com/{id}");
    let (title, text) = (title.to_owned(), text.to_owned());
    let payload = Payload::Announcement { title, url, text, section: None, edited_at: None };
    let source = of_ledger(Ledger::Catalyst).name.to_owned();
    Observation { source, key: id.to_owned(), payload, ..news(id, "") }
}

fn prices(cents: i64) -> Reply {
    let price = |cents: i64| Price::new(Decimal::new(cents, 2)).ok();
    let quote = |coin: &str, cents: i64| Quote {
        coin: Coin::parse(coin).unwrap(),
        kind: QuoteKind::Book,
        bid: price(cents - 1),
        ask: price(cents + 1),
        last: price(cents),
        seen: START,
    };
    Ok(ledgers::Collected { quotes: vec![quote("BTC", cents)], ..ledgers::Collected::default() })
}

async fn alerts(ws: &Workstation) -> Vec<AlertRow> {
    ws.alerts(None, false).await.unwrap().alerts
}

async fn run(world: &World, info: SourceInfo, after: i64) -> RunRow {
    world.clock.advance_micros(after);
    world.ws.run_source(info.name, RunCause::Scheduled).await.unwrap()
}

/// The changes told, until nothing more is.
fn told(events: &mut crate::Events) -> Vec<(String, AlertChange)> {
    let mut told = Vec::new();
    while let Some(event) = events.ready() {
        if let Event::Alert { alert, change } = event {
            told.push((alert.rule, change));
        }
    }
    told
}

/// The same workspace, opened again with other replies.
async fn restarted(world: World, sources: Vec<Box<dyn Source>>) -> World {
    let World { ws, clock, _home } = world;
    let home = ws.home().clone();
    ws.close().await;
    drop(ws);
    let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), Reached::default()).await.unwrap();
    ws.put_outside(Outside::of(sources, clock.clone()).unwrap());
    World { ws, clock, _home }
}

#[tokio::test]
async fn a_listing_is_told_once_also_when_it_is_reworded_or_the_program_starts_again() {
    let info = of_ledger(Ledger::Catalyst);
    let listing = |text: &str| announcement("1", "New coin listing: Aster (ASTER)", text);
    let old =
        Observation { event_time: START.plus_micros(-90_000 * 1_000_000), ..announcement("0", "New listing", "") };
    let replies = [Ok(brought(vec![listing("a"), old])), Ok(brought(vec![listing("b")]))];
    let world = world(vec![scripted(info, replies)]).await;
    let mut events = world.ws.events();
    run(&world, info, 0).await;
    assert_eq!(told(&mut events), [("listing".to_owned(), AlertChange::Raised)], "old news is no alert");
    let alert = alerts(&world.ws).await.remove(0);
    assert_eq!((alert.title.as_str(), alert.banner), ("New coin listing: Aster (ASTER)", true));
    assert_eq!(alert.url.as_deref(), Some("https://example.com/1"));
    run(&world, info, MINUTE).await;
    assert_eq!(told(&mut events), [], "another wording");
    let world = restarted(world, vec![scripted(info, [Ok(brought(vec![listing("c")]))])]).await;
    run(&world, info, MINUTE).await;
    assert_eq!(alerts(&world.ws).await, std::slice::from_ref(&alert));

    let seen = world.ws.alert_seen(Some(&alert.id)).await.unwrap();
    assert_eq!((seen.unseen, seen.alerts[0].seen_at), (0, Some(world.ws.now())));
    assert_eq!(world.ws.alert_seen(Some("nobody")).await.unwrap_err().code(), "unknown_alert");
}

#[tokio::test]
async fn a_source_that_fails_three_times_is_told_and_so_is_its_recovery() {
    let info = of_ledger(Ledger::Catalyst);
    let replies = [failed("http_503"), failed("http_503"), failed("http_503"), failed("http_503")];
    let good = [Ok(brought(vec![news("a", "One")]))];
    let world = world(vec![scripted(info, replies.into_iter().chain(good))]).await;
    let mut events = world.ws.events();
    for _ in 0..2 {
        run(&world, info, 1_000_000).await;
    }
    assert_eq!(told(&mut events), []);
    run(&world, info, 1_000_000).await;
    run(&world, info, 1_000_000).await;
    assert_eq!(told(&mut events), [("source_failing".to_owned(), AlertChange::Raised)]);
    run(&world, info, 1_000_000).await;
    assert_eq!(told(&mut events), [("source_failing".to_owned(), AlertChange::Recovered)]);
    assert_eq!(alerts(&world.ws).await[0].recovered_at, Some(world.ws.now()));
}

#[tokio::test]
async fn a_silent_source_is_an_event_with_an_end_and_one_alert_of_its_troubles() {
    let info = of_ledger(Ledger::Catalyst);
    let bad = (0..4).map(|_| failed("timeout"));
    let good = |key: &str| Ok(brought(vec![news(key, key)]));
    let world = world(vec![scripted(info, [good("a")].into_iter().chain(bad).chain([good("b")]))]).await;
    let mut events = world.ws.events();
    for _ in 0..6 {
        run(&world, info, MINUTE).await;
    }
    let rows = world.ws.ledger(&LedgerRequest { kind: Some("event".into()), ..catalyst() }).await.unwrap().observations;
    let Said::Event { rule, subject, title, .. } = &rows[0].said else { panic!("an event") };
    assert_eq!((rows.len(), rows[0].revision, rule.as_str(), subject.as_str()), (1, 2, "feed_outage", info.name));
    assert!(title.ends_with("speaks again"));
    let changes: Vec<AlertChange> = told(&mut events).into_iter().map(|(_, change)| change).collect();
    assert_eq!(changes, [AlertChange::Raised, AlertChange::Repeated, AlertChange::Recovered]);
    assert_eq!(alerts(&world.ws).await.len(), 1);
}

#[tokio::test]
async fn while_no_price_comes_only_that_is_told() {
    let (human, catalyst) = (of_ledger(Ledger::Human), of_ledger(Ledger::Catalyst));
    let bad = || (0..5).map(|_| failed("offline"));
    let all = [PRICES_SOURCE, COIN_LIST_SOURCE, human, catalyst];
    let world = world(all.iter().map(|info| scripted(*info, bad())).collect()).await;
    for _ in 0..5 {
        for info in all {
            run(&world, info, 1_000_000).await;
        }
    }
    let mut subjects: Vec<String> = alerts(&world.ws).await.into_iter().map(|alert| alert.subject).collect();
    subjects.sort();
    assert_eq!(subjects, [COIN_LIST_SOURCE.name, PRICES_SOURCE.name]);
}

#[tokio::test]
async fn a_changed_shape_is_told() {
    let info = of_ledger(Ledger::Human);
    let shaped =
        |fields: [&str; 2]| Ok(ledgers::Collected { shape: Some(shape_of(fields)), ..brought(vec![news("a", "A")]) });
    let world = world(vec![scripted(info, [shaped(["a", "b"]), shaped(["a", "c"]), shaped(["a", "b"])])]).await;
    let mut events = world.ws.events();
    for _ in 0..3 {
        run(&world, info, 1_000_000).await;
    }
    let rule = "shape_changed".to_owned();
    assert_eq!(told(&mut events), [(rule.clone(), AlertChange::Raised), (rule, AlertChange::Recovered)]);
}

#[tokio::test]
async fn a_price_that_falls_far_is_an_event_and_an_alert_and_a_restart_tells_it_no_more() {
    let calm = (0..40).map(|minute| prices(10_000 + minute % 2));
    let world = world(vec![scripted(PRICES_SOURCE, calm.chain([prices(9_000), prices(8_990)]))]).await;
    let mut events = world.ws.events();
    for _ in 0..40 {
        run(&world, PRICES_SOURCE, MINUTE).await;
    }
    assert_eq!(told(&mut events), []);
    run(&world, PRICES_SOURCE, MINUTE).await;
    assert_eq!(told(&mut events), [("large_move".to_owned(), AlertChange::Raised)]);
    let row = world.ws.ledger(&LedgerRequest { kind: Some("event".into()), ..catalyst() }).await.unwrap().observations;
    assert_eq!(
        (row.len(), row[0].coins.clone(), row[0].source.as_str()),
        (1, vec![Coin::parse("BTC").unwrap()], "own_rules")
    );
    assert_eq!(row[0].first_seen, world.ws.now());
    let world = restarted(world, vec![scripted(PRICES_SOURCE, [prices(8_990), prices(8_980)])]).await;
    let mut events = world.ws.events();
    run(&world, PRICES_SOURCE, MINUTE).await;
    run(&world, PRICES_SOURCE, MINUTE).await;
    assert_eq!(told(&mut events), []);
    let alert = alerts(&world.ws).await.remove(0);
    assert_eq!((alert.title.as_str(), alert.repeats), ("BTC fell 10.0 % in 5 min", 0));
}

#[tokio::test]
async fn what_is_muted_or_too_slight_is_not_told_and_a_bad_setting_changes_nothing() {
    let info = of_ledger(Ledger::Catalyst);
    let replies = [
        Ok(brought(vec![announcement("1", "New listing", "")])),
        Ok(brought(vec![announcement("2", "Delisting of Aster", "")])),
    ];
    let world = world(vec![scripted(info, replies)]).await;
    let set = async |name: &str, value: &str| {
        world.ws.alerts_set(&[(name.to_owned(), value.to_owned())].into()).await.map(|view| view.settings)
    };
    assert_eq!(set("muted", "listing, large_move").await.unwrap().muted, ["large_move", "listing"]);
    for (name, value) in [("muted", "gossip"), ("severity_min", "11"), ("notify", "perhaps"), ("loudness", "1")] {
        assert_eq!(set(name, value).await.unwrap_err().code(), "bad_setting", "{name}");
    }
    run(&world, info, 0).await;
    assert_eq!(alerts(&world.ws).await, []);
    assert_eq!(set("severity_min", "10").await.unwrap().severity_min, 10);
    run(&world, info, MINUTE).await;
    assert_eq!(alerts(&world.ws).await, []);
}

#[tokio::test]
async fn a_notification_is_plain_bounded_and_can_be_turned_off() {
    let info = of_ledger(Ledger::Catalyst);
    let title = format!("New listing <b>&\u{202e}\n{}", "x".repeat(1_000));
    let world = world(vec![scripted(info, [Ok(brought(vec![announcement("1", &title, "")]))])]).await;
    let mut events = world.ws.events();
    run(&world, info, 0).await;
    let raised = std::iter::from_fn(|| events.ready()).find(|event| matches!(event, Event::Alert { .. })).unwrap();
    let shown = world.ws.notification(&raised).await.unwrap();
    assert_eq!(shown.title, "listing, severity 9 of 10");
    assert!(shown.body.starts_with("New listing ‹b›＆ xx") && shown.body.chars().count() < 200, "{}", shown.body);
    let Event::Alert { alert, .. } = raised.clone() else { panic!("an alert") };
    let again = Event::Alert { alert, change: AlertChange::Repeated };
    assert_eq!(world.ws.notification(&again).await, None);
    world.ws.alerts_set(&[("notify".to_owned(), "off".to_owned())].into()).await.unwrap();
    assert_eq!(world.ws.notification(&raised).await, None);
}

fn catalyst() -> LedgerRequest {
    LedgerRequest { ledger: "catalyst".to_owned(), ..LedgerRequest::default() }
}
