//! What a reader asks for after the facts it has.

use crate::support::{NOW, fresh, receipt, trade};
use domain::{Book, Fact, TradeRow};
use store::Places;

#[tokio::test]
async fn what_is_read_piece_by_piece_is_what_is_read_at_once() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let (mut live, mut paper) = (Places::new(), Places::new());
    let (mut rows, mut others) = (Vec::new(), Vec::new());
    for n in 0..90 {
        store.append(&[Fact::Trade(trade(n)), receipt(1), Fact::Trade(trade(1000 + n))], NOW).await.unwrap();
        if n % 7 == 0 {
            rows.extend(store.rows_after(Book::Live, &mut live).await.unwrap());
            others.extend(store.rows_after(Book::Paper, &mut paper).await.unwrap());
            assert!(store.rows_after(Book::Live, &mut live).await.unwrap().is_empty(), "each is told once");
        }
    }
    rows.extend(store.rows_after(Book::Live, &mut live).await.unwrap());
    others.extend(store.rows_after(Book::Paper, &mut paper).await.unwrap());
    assert_eq!(live, paper, "both books move on alike");
    for (mut rows, book) in [(rows, Book::Live), (others, Book::Paper)] {
        rows.sort_by(TradeRow::fold_order);
        assert_eq!(rows, store.load_rows(Some(book)).await.unwrap());
    }
}

#[tokio::test]
async fn facts_that_are_no_trades_are_told_by_their_kind_and_once() {
    let home = tempfile::tempdir().unwrap();
    let store = fresh(home.path()).await;
    let places = store.control_places().await.unwrap();
    store.append(&[Fact::Trade(trade(1)), receipt(1), receipt(2)], NOW).await.unwrap();
    let (places, kinds) = store.control_kinds_after(&places).await.unwrap().unwrap();
    assert_eq!(kinds, [receipt(1).encode().unwrap().0; 2]);
    let (same, none) = store.control_kinds_after(&places).await.unwrap().unwrap();
    assert_eq!((same, none), (places.clone(), vec![]));
    assert_eq!(store.control_places().await.unwrap(), places);
}
