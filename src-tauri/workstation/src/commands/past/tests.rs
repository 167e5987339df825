use crate::commands::JournalRequest;
use crate::dto::OrderRequest;
use crate::fixtures::{World, book};
use crate::{Mode, Reached, Workstation};
use coinspot::PRICES_SOURCE;
use domain::{Book, Denial, Fact, OrderId, OrderKind, Price, Proposal, Quantity, Side, Timestamp};
use floor::Orders;
use std::collections::BTreeMap;

fn buy(quantity: &str, limit: Option<&str>) -> OrderRequest {
    OrderRequest {
        coin: "BTC".into(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some(quantity.into()),
        aud: None,
        limit: limit.map(str::to_owned),
        again: true,
        until: None,
    }
}

/// Refused orders, enough of them for whatever is over to leave.
fn crowd(now: Timestamp) -> Vec<Fact> {
    let limit = OrderKind::Limit(Price::parse("1").unwrap());
    let (coin, quantity) = (domain::Coin::parse("ETH").unwrap(), Quantity::parse("1").unwrap());
    let proposal = Proposal { book: Book::Paper, coin, side: Side::Sell, kind: limit, quantity, algorithm: None };
    let one = |number: usize| {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let order = OrderId::new(now, bytes);
        let proposed = Fact::OrderProposed { order, proposal: proposal.clone() };
        [proposed, Fact::OrderDenied { order, denial: Denial::new("dust", "too little") }]
    };
    (0..2 * Orders::NEWEST).flat_map(one).collect()
}

/// Everything that is told of the order and of all orders, but for what tells of how many there are.
async fn told(ws: &Workstation, id: OrderId) -> String {
    let of_order = JournalRequest { order: Some(id.to_string()), ..JournalRequest::default() };
    let all = ws.orders().await.unwrap();
    let order = all.orders.iter().find(|order| order.id == id).unwrap();
    let words: Vec<_> = ws
        .journal(&of_order)
        .await
        .unwrap()
        .entries
        .into_iter()
        .map(|entry| (entry.who, entry.what, entry.coin))
        .collect();
    let metrics = ws.metrics(false).await.unwrap();
    let filled = metrics.lines().find(|line| line.contains(r#"{book="paper",state="filled"}"#)).unwrap().to_owned();
    let gone = ws.order_cancel(&id.to_string()).await.unwrap_err();
    let decided = ws.approve(&id.to_string(), None, &BTreeMap::new()).await.unwrap_err();
    let view = ws.execution(Book::Paper).await.unwrap();
    let rows: Vec<_> = view.orders.iter().map(|row| (row.order, row.average, row.slippage_bps)).collect();
    let story = match order.fills.first() {
        Some(fill) => Some(ws.trade_story(&fill.id.to_string()).await.unwrap().steps.len()),
        None => None,
    };
    let order = serde_json::to_string(order).unwrap();
    format!("{order} {words:#?} {filled} {gone} {decided} {:?} {rows:?} {story:?}", view.groups)
}

#[tokio::test]
async fn an_order_that_left_memory_is_told_as_it_was_before_also_after_a_restart() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.pass(1);
    world.run(PRICES_SOURCE).await;
    let cancelled = world.ws.order_place(&buy("0.5", Some("990"))).await.unwrap().id;
    world.ws.order_cancel(&cancelled.to_string()).await.unwrap();
    let rests = world.ws.order_place(&buy("0.25", Some("980"))).await.unwrap().id;
    let filled = world.ws.order_place(&buy("0.1", None)).await.unwrap();
    assert_eq!(filled.state, "filled");
    let before = [told(&world.ws, cancelled).await, told(&world.ws, filled.id).await];
    let crowd = crowd(world.ws.now());
    {
        let mut desk = world.ws.desk().await.unwrap();
        for part in crowd.chunks(500) {
            world.ws.record(&mut desk, part.to_vec()).await.unwrap();
        }
        assert!(desk.orders.get(cancelled).is_none(), "it left");
        assert!(desk.orders.get(rests).is_some(), "something can still happen to it");
    }
    let after = [told(&world.ws, cancelled).await, told(&world.ws, filled.id).await];
    assert_eq!(before, after);
    let all = world.ws.orders().await.unwrap();
    assert_eq!((all.orders.len(), all.earlier), (3 + 2 * Orders::NEWEST, None));
    assert_eq!(all.orders[0].id, cancelled);
    let at_hand = world.ws.orders_at_hand().await.unwrap();
    assert_eq!(at_hand.orders.len() as u64 + at_hand.earlier.unwrap(), all.orders.len() as u64);
    assert!(at_hand.orders.iter().any(|order| order.id == rests));
    let newest = world.ws.orders_newest(Some(5)).await.unwrap().orders;
    assert_eq!(newest, all.orders[all.orders.len() - 5..]);
    let unknown = OrderId::new(world.ws.now(), [9; 10]).to_string();
    assert_eq!(world.ws.order_cancel(&unknown).await.unwrap_err().code(), "order_not_found");

    world.ws.close().await;
    let home = world.ws.home().clone();
    let ws = Workstation::open_at(&home, Mode::Write, world.clock.clone(), Reached::default()).await.unwrap();
    assert!(ws.desk().await.unwrap().orders.get(cancelled).is_none());
    assert_eq!(before, [told(&ws, cancelled).await, told(&ws, filled.id).await]);
}
