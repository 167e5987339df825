//! How soon a person knows: from an announcement on the exchange's site to the alert, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "it measures, and fails as tests do"
)]

use staging::{Clock, Options, Staging};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use workstation::dto::{AlertChange, AlertRow, Event};
use workstation::{DrivenClock, Home, Mode, Reached, Timestamp, Workstation};

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const SOURCE: &str = "coinspot_announcements";

/// The listings and delistings told so far.
async fn told(events: &mut workstation::Events) -> Vec<AlertRow> {
    let mut told = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(50), events.next()).await {
        if let Event::Alert { alert, change: AlertChange::Raised } = event {
            told.push(alert);
        }
    }
    told
}

#[tokio::test]
async fn a_listing_is_told_within_a_second_of_the_reply_that_shows_it() {
    let clock = Clock::Driven { start_ms: START.millis() };
    let staging = Staging::start(Options { seed: 11, clock, ..Options::default() }).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
    let others: BTreeMap<String, String> =
        staging.sites().map(|(service, url)| (service.to_owned(), url.to_owned())).collect();
    let url = staging.url().to_owned();
    let reached = Reached { coinspot: url.clone(), coinspot_web: url, others, ..Reached::default() };
    let clock = Arc::new(DrivenClock::at(START));
    let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), reached).await.unwrap();
    let mut events = ws.events();
    ws.collect(&[SOURCE.to_owned()]).await.unwrap();
    told(&mut events).await;
    let (mut found, mut slowest) = (0, Duration::ZERO);
    for _ in 0..24 {
        let by = Duration::from_secs(3_600);
        staging.advance(by);
        clock.advance_micros(by.as_micros() as i64);
        let asked = Instant::now();
        let waiting = async {
            loop {
                match events.next().await {
                    Some(Event::Alert { alert, change: AlertChange::Raised }) => break (alert, Instant::now()),
                    Some(_) => {}
                    None => panic!("the workstation is gone"),
                }
            }
        };
        let names = [SOURCE.to_owned()];
        let running = async {
            ws.collect(&names).await.unwrap();
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        tokio::select! {
            biased;
            (alert, heard) = waiting => {
                // From the request, so the reply's own time is in it: the bound is held with room.
                slowest = slowest.max(heard - asked);
                println!("{}: told {:?} after the site was asked", alert.title, heard - asked);
                assert!(matches!(alert.rule.as_str(), "listing" | "delisting") && alert.banner);
                found += 1;
            }
            () = running => {}
        }
        told(&mut events).await;
    }
    assert!(found > 0, "nothing was listed in a day: another seed");
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
}
