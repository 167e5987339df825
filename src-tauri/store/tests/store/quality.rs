//! Venue prices, the gap ledger, and what quality is measured from.

use crate::support::{NOW, fresh, name};
use domain::{Coin, Currency, Price, Timestamp};
use ledgers::{Ledger, Reference};
use store::{GapFilter, GapState, ReferenceFilter, Run, RunCause, RunSlot, RunStatus, Store, StoredGap, StoredQuality};

fn at(seconds: i64) -> Timestamp {
    NOW.plus_micros(seconds * 1_000_000)
}

fn said(venue: &'static str, coin: &str, bid: &str) -> Reference {
    Reference {
        venue,
        coin: Coin::parse(coin).unwrap(),
        currency: Currency::AUD,
        bid: Price::parse(bid).ok(),
        ask: Price::parse("200").ok(),
        last: None,
        at: Some(NOW),
    }
}

#[tokio::test]
async fn a_venues_price_remembers_since_when_it_holds_and_every_change_of_it() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    assert_eq!(
        store.save_references(&[said("kraken", "BTC", "100"), said("kraken", "ETH", "7")], at(0)).await.unwrap(),
        2
    );
    assert_eq!(
        store.save_references(&[said("kraken", "BTC", "100.0"), said("kraken", "ETH", "8")], at(30)).await.unwrap(),
        1
    );
    let btc = Coin::parse("BTC").unwrap();
    let kept = store.references(Some(btc)).await.unwrap();
    assert_eq!((kept.len(), kept[0].since, kept[0].seen, kept[0].at), (1, at(0), at(30), Some(NOW)));
    let changes = store.reference_changes(&ReferenceFilter::default()).await.unwrap();
    let told: Vec<_> = changes.iter().map(|row| (row.coin.to_string(), row.since)).collect();
    assert_eq!(told, [("BTC".to_owned(), at(0)), ("ETH".to_owned(), at(0)), ("ETH".to_owned(), at(30))]);
    let until = ReferenceFilter { to: Some(at(30)), limit: Some(1), ..ReferenceFilter::default() };
    assert_eq!(store.reference_changes(&until).await.unwrap()[0].coin.to_string(), "ETH");
    assert_eq!(store.prune_references(at(30)).await.unwrap(), 2);
    assert_eq!(store.references(None).await.unwrap().len(), 2, "what stands stays");
}

fn gap(from: i64, to: i64) -> StoredGap {
    StoredGap {
        source: name("coinspot_prices"),
        subject: None,
        from: at(from),
        to: at(to),
        state: GapState::Open,
        reason: "offline".to_owned(),
        found_at: at(to),
        closed_at: None,
        tries: 0,
        tried_at: None,
    }
}

async fn all(store: &Store) -> Vec<StoredGap> {
    store.gaps(&GapFilter::default()).await.unwrap()
}

#[tokio::test]
async fn an_open_gap_grows_and_a_closed_one_stays_as_it_was() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.note_gaps(&[gap(0, 100)]).await.unwrap();
    store.note_gaps(&[gap(0, 300)]).await.unwrap();
    store.note_gaps(&[gap(0, 200)]).await.unwrap();
    let one = all(&store).await.remove(0);
    assert_eq!((one.to, one.found_at, one.state), (at(300), at(100), GapState::Open));
    store.settle_gap(&one, GapState::Open, at(400)).await.unwrap();
    store.settle_gap(&one, GapState::Filled, at(500)).await.unwrap();
    store.note_gaps(&[gap(0, 900)]).await.unwrap();
    store.settle_gap(&one, GapState::Lost, at(900)).await.unwrap();
    let closed = all(&store).await.remove(0);
    assert_eq!((closed.to, closed.state, closed.closed_at), (at(300), GapState::Filled, Some(at(500))));
    assert_eq!((closed.tries, closed.tried_at), (2, Some(at(500))));
    store.note_gaps(&[gap(1_000, 1_100)]).await.unwrap();
    let open = GapFilter { state: Some(GapState::Open), ..GapFilter::default() };
    assert_eq!(store.gaps(&open).await.unwrap(), [gap(1_000, 1_100)]);
    let after = GapFilter { after: Some(at(300)), ..GapFilter::default() };
    assert_eq!(store.gaps(&after).await.unwrap().len(), 1);
    assert_eq!(store.prune_gaps(at(1_000)).await.unwrap(), 1);
    assert_eq!(all(&store).await, [gap(1_000, 1_100)]);
}

#[tokio::test]
async fn runs_are_summed_by_interval_and_an_interval_without_runs_is_not_there() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let source = name("coinspot_prices");
    let run = |second, status, new, flawed| Run {
        status,
        new,
        flawed,
        duplicate: 1,
        ..Run::begun(source.clone(), RunCause::Scheduled, at(second))
    };
    for run in [
        run(-1, RunStatus::Ok, 9, 0),
        run(0, RunStatus::Ok, 3, 1),
        run(59, RunStatus::Unchanged, 0, 0),
        run(61, RunStatus::Failed, 5, 2),
        run(185, RunStatus::Partial, 2, 0),
        run(240, RunStatus::Ok, 9, 0),
    ] {
        store.record_run(&run).await.unwrap();
    }
    let slots = store.run_slots(&source, at(0), at(240), 60_000_000).await.unwrap();
    let slot = |slot, runs, failed, taken_max, taken, flawed| RunSlot { slot, runs, failed, taken_max, taken, flawed };
    assert_eq!(slots, [slot(0, 2, 0, 4, 5, 1), slot(1, 1, 1, 0, 0, 2), slot(3, 1, 0, 3, 3, 0)]);
    assert_eq!(store.first_run(&source).await.unwrap(), Some(at(-1)));
    assert_eq!(store.first_run(&name("nobody")).await.unwrap(), None);
}

#[tokio::test]
async fn scores_are_kept_in_the_order_they_were_measured_and_what_cannot_be_told_stays_untold() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let row = |second, ledger, score| StoredQuality {
        at: at(second),
        ledger,
        status: "good".to_owned(),
        coverage: Some(0.5),
        freshness: None,
        validity: score,
        agreement: None,
        score,
    };
    let rows =
        [row(0, Ledger::Exchange, Some(0.9)), row(0, Ledger::Human, None), row(300, Ledger::Exchange, Some(0.25))];
    store.save_quality(&rows).await.unwrap();
    assert_eq!(store.quality(at(0)).await.unwrap(), rows);
    assert_eq!(store.prune_quality(at(300)).await.unwrap(), 2);
    assert_eq!(store.quality(at(0)).await.unwrap(), rows[2..]);
}
