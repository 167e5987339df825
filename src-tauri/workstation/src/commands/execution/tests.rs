use super::until;
use crate::dto::{AmendRequest, OrderRequest};
use crate::fixtures::{START, World, book};
use coinspot::PRICES_SOURCE;
use domain::{Book, Side};
use std::collections::BTreeMap;

fn buy(limit: Option<&str>, until: Option<&str>) -> OrderRequest {
    OrderRequest {
        coin: "BTC".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some("1".to_owned()),
        aud: None,
        limit: limit.map(str::to_owned),
        again: false,
        until: until.map(str::to_owned),
    }
}

async fn priced(aud: i64) -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", aud)]));
    world.run(PRICES_SOURCE).await;
    world
}

#[tokio::test]
async fn what_is_not_filled_in_its_time_is_taken_back_before_a_later_price_can_fill_it() {
    let world = priced(1_000).await;
    let placed = world.ws.order_place(&buy(Some("990"), Some("30m"))).await.unwrap();
    assert_eq!((placed.state, placed.until), ("open", Some(world.ws.now().plus_micros(1_800_000_000))));
    world.pass(1_799);
    world.ws.end_orders().await.unwrap();
    assert_eq!(world.ws.orders().await.unwrap().orders[0].state, "open");
    world.pass(1);
    // The price comes to it in the very moment its time is over.
    world.tell(PRICES_SOURCE, book(&[("BTC", 980)]));
    world.run(PRICES_SOURCE).await;
    let over = world.ws.orders().await.unwrap().orders.remove(0);
    assert_eq!((over.state, over.reason_code.as_deref()), ("cancelled", Some("time_over")));
    assert!(over.fills.is_empty());
}

#[tokio::test]
async fn an_end_is_a_time_or_a_span_and_lies_ahead_and_instant_orders_have_none() {
    for (text, seconds) in [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("1d", 86_400)] {
        assert_eq!(until(text, START).unwrap().seconds_since(START), seconds, "{text}");
    }
    assert_eq!(until(&START.plus_micros(5_000_000).to_string(), START).unwrap().seconds_since(START), 5);
    for bad in ["0s", "400d", "2020-01-01", &START.to_string()] {
        assert_eq!(until(bad, START).unwrap_err().code(), "bad_until", "{bad}");
    }
    for bad in ["", "m", "-5m", "1.5h", "soon", "30 m", "½h"] {
        assert_eq!(until(bad, START).unwrap_err().code(), "bad_time", "{bad}");
    }
    let world = priced(1_000).await;
    assert_eq!(world.ws.order_place(&buy(None, Some("30m"))).await.unwrap_err().code(), "until_needs_limit");
}

#[tokio::test]
async fn an_execution_is_told_against_the_middle_of_the_market_on_arrival() {
    let world = priced(1_000).await;
    assert_eq!(world.ws.order_place(&buy(None, None)).await.unwrap().state, "filled");
    let view = world.ws.execution(Book::Paper).await.unwrap();
    let (row, group) = (&view.orders[0], &view.groups[0]);
    assert_eq!(row.slippage_bps.unwrap().0.to_string(), "0.1", "the ask is a cent above the middle");
    assert!(!row.over_tolerance);
    assert_eq!((group.orders, group.known, group.algorithm.as_deref()), (1, 1, None));
    assert_eq!(world.ws.execution(Book::Live).await.unwrap().orders, []);
}

#[tokio::test]
async fn what_rests_longer_than_its_book_lets_it_is_taken_back_and_another_limit_begins_the_wait_anew() {
    let world = priced(1_000).await;
    let minutes = |text: &str| BTreeMap::from([("unfilled_minutes".to_owned(), text.to_owned())]);
    world.ws.limits_set(Book::Paper, &minutes("10"), false).await.unwrap();
    let id = world.ws.order_place(&buy(Some("990"), None)).await.unwrap().id.to_string();
    world.pass(599);
    let amend = AmendRequest { order: id, limit: "985".to_owned(), quantity: None, approval: None };
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_001)]));
    world.run(PRICES_SOURCE).await;
    world.ws.amend(&amend).await.unwrap();
    let state = async |world: &World| {
        world.ws.end_orders().await.unwrap();
        let order = world.ws.orders().await.unwrap().orders.remove(0);
        (order.state, order.reason_code)
    };
    world.pass(599);
    assert_eq!(state(&world).await, ("open", None));
    world.pass(1);
    assert_eq!(state(&world).await, ("cancelled", Some("unfilled".to_owned())));
}
