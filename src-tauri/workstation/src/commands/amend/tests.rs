use super::*;
use crate::commands::JournalRequest;
use crate::dto::OrderRequest;
use crate::fixtures::{World, book};
use coinspot::PRICES_SOURCE;

fn request(order: &OrderView, limit: &str) -> AmendRequest {
    AmendRequest { order: order.id.to_string(), limit: limit.to_owned(), quantity: None, approval: None }
}

fn journal(kind: &str) -> JournalRequest {
    JournalRequest { kind: Some(kind.to_owned()), ..JournalRequest::default() }
}

#[tokio::test]
async fn a_paper_order_gets_another_limit_and_sets_aside_what_that_costs() {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.run(PRICES_SOURCE).await;
    let wanted = OrderRequest {
        coin: "BTC".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        quantity: Some("1".to_owned()),
        aud: None,
        limit: Some("900".to_owned()),
        again: false,
        until: None,
    };
    let order = world.ws.order_place(&wanted).await.unwrap();
    assert_eq!(order.state, "open", "{order:?}");
    let preview = world.ws.amend_preview(&request(&order, "950")).await.unwrap();
    assert_eq!((preview.total.0, preview.asks, preview.denial), (Decimal::new(95_095, 2), false, None));
    let amended = world.ws.amend(&request(&order, "950")).await.unwrap();
    assert_eq!((amended.state, amended.limit), ("open", Some(Price::parse("950").unwrap())));
    let reserved = world.ws.desk().await.unwrap().orders.reserved_cash(Book::Paper).amount();
    assert_eq!(reserved, Decimal::new(95_095, 2));

    // What is set aside for it already is not one order too many: the wallet has 100,000.
    let day = [("max_day_aud", "1000"), ("max_order_aud", "1000")];
    let changes = day.map(|(name, value)| floor::Limits::parse_change(name, value).unwrap()).to_vec();
    let set = vec![Fact::LimitsSet { book: Book::Paper, changes }];
    world.ws.record(&mut world.ws.desk().await.unwrap(), set).await.unwrap();
    assert_eq!(world.ws.amend(&request(&order, "990")).await.unwrap().limit, Some(Price::parse("990").unwrap()));
    let refused = world.ws.amend(&request(&order, "999.5")).await.unwrap_err();
    assert_eq!(refused.code(), "max_order_aud");
    let shown = world.ws.orders().await.unwrap().orders[0].amend_denied.clone().unwrap();
    assert_eq!((shown.limit, shown.code.as_str()), (Price::parse("999.5").unwrap(), "max_order_aud"));
    let said = world.ws.journal(&journal("order_noted")).await.unwrap().entries;
    assert_eq!((said.len(), said[0].who.as_str()), (1, "gate"), "{said:?}");
    let more = AmendRequest { quantity: Some("2".to_owned()), ..request(&order, "900") };
    assert_eq!(world.ws.amend(&more).await.unwrap_err().code(), "max_order_aud");
    assert_eq!(world.ws.journal(&journal("order_noted")).await.unwrap().entries.len(), 2);
    assert_eq!(world.ws.amend(&request(&order, "990")).await.unwrap_err().code(), "amend_same");
    let replaced = AmendRequest { quantity: Some("0.5".to_owned()), ..request(&order, "900") };
    let other = world.ws.amend(&replaced).await.unwrap();
    assert_eq!((other.quantity.to_string().as_str(), other.state), ("0.5", "open"));
    assert_eq!(world.ws.orders().await.unwrap().orders[0].state, "cancelled");
    assert_eq!(world.ws.amend(&request(&order, "800")).await.unwrap_err().code(), "order_not_resting");
}
