//! Importing files of trades.

use crate::support::{NOW, fresh, name, source, trade, trades};
use domain::{Book, Coin, Direction, Fact, Moved, Movement, Note, Quantity, Timestamp, Trade, Verdict, Why};
use store::{Entry, ImportOutcome};

#[tokio::test]
async fn importing_a_file_twice_adds_nothing() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let first = store.import(trades(0..1500), source(1500), NOW).await.unwrap();
    assert_eq!(first, ImportOutcome { imported: 1500, duplicates: 0, doubts: 0 });
    let rows = store.load_rows(None).await.unwrap();
    let again = store.import(trades(0..1500), source(1500), NOW).await.unwrap();
    assert_eq!(again, ImportOutcome { imported: 0, duplicates: 1500, doubts: 0 });
    assert_eq!(store.load_rows(None).await.unwrap(), rows);
    let overlap = store.import(trades(1000..2000), source(1000), NOW).await.unwrap();
    assert_eq!(overlap, ImportOutcome { imported: 500, duplicates: 500, doubts: 0 });
    let facts = store.control_facts().await.unwrap();
    assert_eq!(facts.iter().map(|fact| fact.seq).collect::<Vec<_>>(), [1, 1502, 1503, 2004]);
    assert!(matches!(facts[2].fact, Fact::Imported { imported: 0, duplicates: 1500, read: 1500, .. }));
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn equal_rows_of_one_file_are_two_trades_and_equal_ids_one() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let file = vec![trade(1), Trade { occurrence: 1, ..trade(1) }, trade(2), trade(2)];
    let outcome = store.import(file, source(4), NOW).await.unwrap();
    assert_eq!(outcome, ImportOutcome { imported: 3, duplicates: 1, doubts: 0 });
}

#[tokio::test]
async fn one_trade_that_cannot_be_kept_leaves_nothing_of_the_file() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let mut file = trades(0..1000);
    file[900].fee = domain::Money::new(domain::Decimal::ONE, domain::Currency::parse("USD").unwrap());
    assert_eq!(store.import(file, source(1000), NOW).await.unwrap_err().code(), "foreign_fee");
    assert!(store.load_rows(None).await.unwrap().is_empty());
    assert_eq!(store.control_facts().await.unwrap().len(), 1);
    assert_eq!(store.import(trades(0..10), source(10), NOW).await.unwrap().imported, 10);
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn fills_and_imports_share_one_chunk_of_packed_trades() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.append(&[Fact::Trade(trade(0))], NOW).await.unwrap();
    store.import(trades(1..40), source(39), NOW).await.unwrap();
    store.close().await;
    let store = fresh(home.path()).await;
    store.append(&[Fact::Trade(trade(40))], NOW).await.unwrap();
    assert_eq!(store.load_rows(None).await.unwrap().len(), 41);
    assert!(store.verify().await.unwrap().is_sound());
}

/// The trade as another source tells it: to the minute, without an id, from no order.
fn by_the_minute(trade: &Trade) -> Trade {
    let minute = trade.time.micros().div_euclid(60_000_000) * 60_000_000;
    Trade { time: Timestamp::from_micros(minute), external_id: None, order: None, ..trade.clone() }
}

/// A trade with the seconds and the id an API tells.
fn by_the_api(n: u64, id: &str) -> Trade {
    let told = trade(n);
    Trade { time: told.time.plus_micros(12_345_678), external_id: Some(id.into()), ..told }
}

#[tokio::test]
async fn two_sources_of_one_history_add_nothing_twice_whichever_comes_first() {
    let exact: Vec<Trade> = vec![by_the_api(1, "a"), by_the_api(1, "b"), by_the_api(2, "c")];
    let mut minutes: Vec<Trade> = exact.iter().map(by_the_minute).collect();
    minutes[1].occurrence = 1;
    for (first, second) in [(&exact, &minutes), (&minutes, &exact)] {
        let home = tempfile::tempdir().unwrap();
        let store = fresh(home.path()).await;
        assert_eq!(store.import(first.clone(), source(3), NOW).await.unwrap().imported, 3);
        for _ in 0..2 {
            let again = store.import(second.clone(), source(3), NOW).await.unwrap();
            assert_eq!(again, ImportOutcome { imported: 0, duplicates: 3, doubts: 0 });
        }
        assert_eq!(store.load_rows(None).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn a_third_equal_row_of_the_other_source_is_a_third_trade() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    store.import(vec![by_the_api(1, "a"), by_the_api(1, "b")], source(2), NOW).await.unwrap();
    let row = by_the_minute(&by_the_api(1, "a"));
    let rows: Vec<Trade> = (0..3).map(|occurrence| Trade { occurrence, ..row.clone() }).collect();
    let outcome = store.import(rows, source(3), NOW).await.unwrap();
    assert_eq!(outcome, ImportOutcome { imported: 1, duplicates: 2, doubts: 0 });
}

#[tokio::test]
async fn exact_times_that_differ_and_ids_that_differ_are_other_trades() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let bare = |micros: i64| Trade { time: trade(1).time.plus_micros(micros), external_id: None, ..trade(1) };
    store.import(vec![bare(1_000_000), by_the_api(3, "a")], source(2), NOW).await.unwrap();
    let outcome = store.import(vec![bare(2_000_000), by_the_api(3, "b")], source(2), NOW).await.unwrap();
    assert_eq!(outcome.imported, 2);
}

#[tokio::test]
async fn a_corrected_fee_is_a_doubt_noted_once_and_a_person_decides_which_telling_counts() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let known = by_the_minute(&trade(1));
    let told = Trade { fee: domain::Money::aud(known.fee.amount() + domain::Decimal::ONE), ..known.clone() };
    store.import(vec![known.clone()], source(1), NOW).await.unwrap();
    for _ in 0..2 {
        let outcome = store.import(vec![told.clone()], source(1), NOW).await.unwrap();
        assert_eq!(outcome, ImportOutcome { imported: 0, duplicates: 1, doubts: 1 });
    }
    let doubts: Vec<Fact> = store.book_facts().await.unwrap().into_iter().map(|recorded| recorded.fact).collect();
    assert_eq!(
        doubts,
        [Fact::Noted { note: Note::Doubt { known: known.id(), told: Box::new(told.clone()) }, at: NOW }]
    );
    let settled = Note::Settled { known: known.id(), told: told.id(), verdict: Verdict::Corrected };
    store.append(&[Fact::Trade(told.clone()), Fact::Noted { note: settled, at: NOW }], NOW).await.unwrap();
    let rows = store.load_rows(None).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.fee).collect::<Vec<_>>(), [told.fee.amount()]);
    let both = store.import(vec![known, told], source(2), NOW).await.unwrap();
    assert_eq!(both, ImportOutcome { imported: 0, duplicates: 2, doubts: 0 });
    assert!(store.verify().await.unwrap().is_sound());
}

#[tokio::test]
async fn one_id_told_with_another_amount_is_a_doubt_in_one_file_and_in_two_and_is_settled_once() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let known = trade(2);
    assert!(known.external_id.is_some());
    let more = Trade { quantity: Quantity::parse("7").unwrap(), ..known.clone() };
    let dearer = Trade { fee: domain::Money::aud(known.fee.amount() + domain::Decimal::ONE), ..known.clone() };
    let rounded = Trade { fee: domain::Money::aud(known.fee.amount() + domain::Decimal::new(4, 3)), ..known.clone() };
    let outcome = store.import(vec![known.clone(), more.clone()], source(2), NOW).await.unwrap();
    assert_eq!(outcome, ImportOutcome { imported: 1, duplicates: 1, doubts: 1 });
    let outcome = store.import(vec![more.clone(), dearer, rounded, known.clone()], source(4), NOW).await.unwrap();
    assert_eq!(outcome, ImportOutcome { imported: 0, duplicates: 4, doubts: 2 });
    let told: Vec<Trade> = store.book_facts().await.unwrap().into_iter().filter_map(doubt_of).collect();
    assert_eq!(told.iter().map(|told| told.quantity).collect::<Vec<_>>(), [more.quantity, known.quantity]);
    assert!(told.iter().all(|told| told.id() != known.id()) && told[0].id() != told[1].id());

    let settled = Note::Settled { known: known.id(), told: told[0].id(), verdict: Verdict::Corrected };
    store.append(&[Fact::Trade(told[0].clone()), Fact::Noted { note: settled, at: NOW }], NOW).await.unwrap();
    let quantities: Vec<_> = store.load_rows(None).await.unwrap().iter().map(|row| row.quantity).collect();
    assert_eq!(quantities, [more.quantity]);
    let again = store.import(vec![more], source(1), NOW).await.unwrap();
    assert_eq!(again, ImportOutcome { imported: 0, duplicates: 1, doubts: 0 });
}

fn doubt_of(recorded: store::Recorded) -> Option<Trade> {
    match recorded.fact {
        Fact::Noted { note: Note::Doubt { told, .. }, .. } => Some(*told),
        _ => None,
    }
}

fn sent(seconds: i64, id: Option<&str>) -> Movement {
    Movement {
        book: Book::Live,
        time: Timestamp::from_micros(1_700_000_040_000_000 + seconds * 1_000_000),
        what: Moved::Coins {
            direction: Direction::Out,
            coin: Coin::parse("BTC").unwrap(),
            quantity: Quantity::parse("0.25").unwrap(),
            why: Why::Unknown,
        },
        value: None,
        fee: None,
        network_fee: None,
        venue: Some(name("coinspot")),
        party: None,
        external_id: id.map(Into::into),
        note: None,
        occurrence: 0,
    }
}

#[tokio::test]
async fn movements_go_in_once_with_the_trades_of_their_file_and_across_sources() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let file = || vec![Entry::from(trade(1)), sent(0, Some("0xab")).into(), sent(0, Some("0xab")).into()];
    let first = store.import(file(), source(3), NOW).await.unwrap();
    assert_eq!(first, ImportOutcome { imported: 2, duplicates: 1, doubts: 0 });
    assert_eq!(store.import(file(), source(3), NOW).await.unwrap().imported, 0);
    let by_api = || vec![sent(31, None)];
    assert_eq!(store.import(by_api(), source(1), NOW).await.unwrap().imported, 0, "the same send, to the second");
    let others = vec![sent(0, Some("0xcd")), sent(75, None), Movement { occurrence: 1, ..sent(75, None) }];
    assert_eq!(store.import(others, source(3), NOW).await.unwrap().imported, 3);
    assert_eq!(store.book_facts().await.unwrap().len(), 4);
    assert!(store.verify().await.unwrap().is_sound());
}
