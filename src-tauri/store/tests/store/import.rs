//! Importing files of trades.

use crate::support::{NOW, fresh, source, trade, trades};
use domain::{Fact, Trade};
use store::ImportOutcome;

#[tokio::test]
async fn importing_a_file_twice_adds_nothing() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let first = store.import(trades(0..1500), source(1500), NOW).await.unwrap();
    assert_eq!(first, ImportOutcome { imported: 1500, duplicates: 0 });
    let rows = store.load_rows(None).await.unwrap();
    let again = store.import(trades(0..1500), source(1500), NOW).await.unwrap();
    assert_eq!(again, ImportOutcome { imported: 0, duplicates: 1500 });
    assert_eq!(store.load_rows(None).await.unwrap(), rows);
    let overlap = store.import(trades(1000..2000), source(1000), NOW).await.unwrap();
    assert_eq!(overlap, ImportOutcome { imported: 500, duplicates: 500 });
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
    assert_eq!(outcome, ImportOutcome { imported: 3, duplicates: 1 });
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
