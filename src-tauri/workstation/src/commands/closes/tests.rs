use super::*;
use crate::commands::ImportOptions;
use crate::dto::{CurvePoint, EquityRequest};
use crate::{Home, Mode, Reached};
use domain::DrivenClock;
use staging::{Clock, Options, Staging};
use std::io::Cursor;
use std::sync::Arc;

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

/// A desk beside the simulated CoinSpot, with a coin bought `days` ago and held.
struct Held {
    _staging: Staging,
    clock: Arc<DrivenClock>,
    ws: Workstation,
    _folder: tempfile::TempDir,
}

impl Held {
    async fn since(days: i64, coin: &str) -> Self {
        Self::reaching(days, coin, None).await
    }

    async fn reaching(days: i64, coin: &str, elsewhere: Option<String>) -> Self {
        let clock = Clock::Driven { start_ms: NOW.millis() };
        let staging = Staging::start(Options { seed: 11, clock, ..Options::default() }).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
        let url = elsewhere.unwrap_or_else(|| staging.url().to_owned());
        let reached = Reached { coinspot: url.clone(), coinspot_web: url, ..Reached::default() };
        let clock = Arc::new(DrivenClock::at(NOW));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), reached).await.unwrap();
        let bought = NOW.plus_micros(-days * DAY_MICROS);
        let file =
            format!("time,coin,side,quantity,price,fee,algorithm,venue,external_id\n{bought},{coin},buy,1,100,0,,,\n");
        ws.import("held.csv", Cursor::new(file), &ImportOptions::default()).await.unwrap();
        Self { _staging: staging, clock, ws, _folder: folder }
    }

    async fn days(&self) -> Vec<CurvePoint> {
        self.ws.equity(&EquityRequest { book: Some("live".to_owned()), ..Default::default() }).await.unwrap().points
    }
}

#[tokio::test]
async fn the_days_of_an_imported_coin_get_their_closes_and_are_asked_for_once() {
    let held = Held::since(700, "ETH").await;
    assert!(held.days().await.iter().all(|point| point.equity.is_none()), "nothing is known yet");
    let fetched = held.ws.fetch_closes().await.unwrap();
    // Two or three stretches of the grid for each of ETH and BTC, which is what a book is measured against.
    assert!((4..=6).contains(&fetched.requests) && fetched.new >= 1_400 && !fetched.more, "{fetched:?}");
    let points = held.days().await;
    assert!(points.len() >= 700 && points.iter().all(|point| point.equity.is_some()));
    assert!(points.iter().all(|point| point.valued_at.as_deref() == Some("close")));
    assert_eq!(held.ws.fetch_closes().await.unwrap(), Fetched::default());
}

#[tokio::test]
async fn a_day_a_chart_does_not_have_stays_without_a_price_and_is_not_asked_for_again() {
    let held = Held::since(30, "NOSUCHCOIN").await;
    let btc = held.ws.fetch_closes().await.unwrap();
    assert!(btc.new > 0, "{btc:?}");
    let gone = |held: &Held| held.ws.inner.charts_failed.try_lock().unwrap().len();
    assert_eq!(gone(&held), 1, "the exchange does not know it");
    assert_eq!(held.ws.fetch_closes().await.unwrap().requests, 0, "it waits");
    held.clock.advance_micros(TRY_AGAIN_S * 1_000_000);
    assert_eq!(held.ws.fetch_closes().await.unwrap().requests, 1);
    held.clock.advance_micros(TRY_AGAIN_S * 1_000_000);
    assert_eq!(held.ws.fetch_closes().await.unwrap().requests, 0, "longer each time");
    assert!(held.days().await.iter().all(|point| point.equity.is_none()));
}

#[tokio::test]
async fn offline_one_answer_is_enough_and_nothing_is_noted() {
    let nowhere = "http://127.0.0.1:1".to_owned();
    let held = Held::reaching(30, "ETH", Some(nowhere)).await;
    for _ in 0..2 {
        assert_eq!(held.ws.fetch_closes().await.unwrap(), Fetched { requests: 1, ..Fetched::default() });
    }
    assert!(held.ws.inner.charts_failed.lock().await.is_empty());
}

#[tokio::test]
async fn a_price_given_by_hand_values_what_has_no_other_until_it_is_two_days_old() {
    let held = Held::reaching(3, "FOO", Some("http://127.0.0.1:1".to_owned())).await;
    let said = NOW.plus_micros(-3_600 * 1_000_000);
    let give = |at: Timestamp, price: &str| crate::dto::BooksRequest::Price {
        coin: "foo".to_owned(),
        at: at.to_string(),
        price: price.to_owned(),
    };
    held.ws.books_say(&give(NOW.plus_micros(-9 * DAY_MICROS), "7")).await.unwrap();
    let position = async || held.ws.positions(Book::Live, None).await.unwrap().positions.remove(0);
    assert_eq!(position().await.valued_at, None, "a price of last week is none");
    held.ws.books_say(&give(said, "250")).await.unwrap();
    let valued = position().await;
    assert_eq!((valued.valued_at.as_deref(), valued.price_age_s), (Some("given"), Some(3_600)));
    assert_eq!(valued.unrealised.unwrap().to_string(), "150");
    let pnl = held.ws.pnl(&Default::default()).await.unwrap();
    assert!(pnl.unpriced.is_empty() && pnl.notes.iter().any(|note| note.contains("by hand") && note.contains("FOO")));
    let last = held.days().await.pop().unwrap();
    assert_eq!((last.valued_at.as_deref(), last.equity.unwrap().to_string()), (Some("given"), "250".to_owned()));
    held.clock.advance_micros(2 * DAY_MICROS);
    assert_eq!(position().await.valued_at, None);
}

#[test]
fn only_the_days_after_those_a_chart_answered_for_are_asked_for() {
    let days = |days: &[i64]| days.iter().copied().collect::<BTreeSet<i64>>();
    let mut asked = Asked::parse("2:1200 junk 3:x");
    assert_eq!(asked.text(), "2:1200");
    assert_eq!(asked.missing(&days(&[1_100, 1_200]), 1_300), []);
    assert_eq!(asked.missing(&days(&[900, 1_201, 1_250, 1_301]), 1_300), [(500, 999), (1_201, 1_300)]);
    asked.note((1_201, 1_300));
    assert_eq!(asked.text(), "2:1300");
}
