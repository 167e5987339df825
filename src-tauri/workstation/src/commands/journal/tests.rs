use super::*;
use crate::dto::OrderRequest;
use crate::fixtures::{World, book};
use coinspot::PRICES_SOURCE;
use domain::{Book, Side};

fn buy(coins: &str) -> OrderRequest {
    OrderRequest {
        coin: "BTC".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some(coins.to_owned()),
        aud: None,
        limit: None,
        again: false,
        until: None,
    }
}

/// A workspace with one order that was filled and one that was refused.
async fn traded() -> (World, String, String) {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.run(PRICES_SOURCE).await;
    let filled = world.ws.order_place(&buy("1")).await.unwrap();
    let denied = world.ws.order_place(&buy("1000")).await.unwrap();
    assert_eq!((filled.state, denied.state), ("filled", "denied"));
    (world, filled.id.to_string(), denied.id.to_string())
}

#[tokio::test]
async fn an_order_is_told_from_wish_to_fill_with_who_and_why() {
    let (world, filled, denied) = traded().await;
    let of = async |order: &str| {
        let request = JournalRequest { order: Some(order.to_owned()), oldest_first: Some(true), ..Default::default() };
        world.ws.journal(&request).await.unwrap()
    };
    let told = of(&filled).await;
    let kinds: Vec<&str> = told.entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds.first(), Some(&"order_proposed"));
    assert!(kinds.contains(&"order_intended") && kinds.contains(&"trade"), "{kinds:?}");
    let first = &told.entries[0];
    assert_eq!((first.who.as_str(), first.why.as_str()), ("you", "by hand"));
    assert_eq!(first.what, "asked to buy 1 BTC at once (paper)");
    assert!(told.entries.iter().all(|entry| entry.order.is_some_and(|order| order.to_string() == filled)));
    assert!(told.entries.iter().all(|entry| entry.coin.is_some() && entry.book == Some(Book::Paper)));
    assert_eq!(told.verified.ok, Some(true));
    let refused = of(&denied).await;
    let last = refused.entries.last().unwrap();
    assert_eq!((last.kind.as_str(), last.who.as_str()), ("order_denied", "gate"));
    assert!(last.what.contains("[max_order_aud]") && last.why.contains("max_order_aud"), "{last:?}");
}

#[tokio::test]
async fn pages_follow_each_other_and_hold_every_fact_once() {
    let (world, ..) = traded().await;
    let mut request = JournalRequest { limit: Some(3), ..Default::default() };
    let mut seqs = Vec::new();
    loop {
        let page = world.ws.journal(&request).await.unwrap();
        assert!(page.entries.len() <= 3);
        seqs.extend(page.entries.iter().map(|entry| entry.seq));
        let Some(next) = page.next else {
            assert_eq!(seqs.len() as u64, page.total);
            break;
        };
        request.after = Some(next);
    }
    assert!(seqs.windows(2).all(|pair| pair[0] == pair[1] + 1) && seqs.last() == Some(&1), "{seqs:?}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_its_code() {
    let world = World::of(&[PRICES_SOURCE]).await;
    let code = async |request: JournalRequest| world.ws.journal(&request).await.unwrap_err().code();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(code(JournalRequest { kind: some("gossip"), ..Default::default() }).await, "unknown_kind");
    assert_eq!(code(JournalRequest { after: some("1"), ..Default::default() }).await, "bad_page");
    assert_eq!(code(JournalRequest { order: some("x"), ..Default::default() }).await, "bad_order_id");
    assert_eq!(code(JournalRequest { from: some("soon"), ..Default::default() }).await, "bad_time");
}
