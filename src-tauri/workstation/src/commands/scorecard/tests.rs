//! What decisions would have made, at prices that are known and at those that are not.

use crate::dto::{MandateRequest, OrderRequest, ScorecardOutcome, ScorecardRow};
use crate::fixtures::{World, book};
use coinspot::PRICES_SOURCE;
use domain::{Book, Side};
use std::collections::BTreeMap;

async fn asking() -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    price(&world, 1_000).await;
    let wide = BTreeMap::from([("price_collar_pct".to_owned(), "100".to_owned())]);
    world.ws.limits_set(Book::Paper, &wide, false).await.unwrap();
    let mandate = MandateRequest {
        holder: "manual".into(),
        book: Book::Paper,
        approval: "always".into(),
        max_order_aud: None,
        max_day_aud: None,
        coins: vec![],
        hours: None,
        until: None,
    };
    world.ws.mandate_set(&mandate).await.unwrap();
    world
}

async fn price(world: &World, aud: i64) {
    world.tell(PRICES_SOURCE, book(&[("BTC", aud)]));
    world.pass(1);
    world.run(PRICES_SOURCE).await;
}

async fn waiting(world: &World, side: Side, quantity: &str) -> String {
    let request = OrderRequest {
        coin: "BTC".into(),
        side,
        book: Book::Paper,
        quantity: Some(quantity.into()),
        aud: None,
        limit: None,
        again: true,
        until: None,
    };
    let order = world.ws.order_place(&request).await.unwrap();
    assert_eq!(order.state, "awaiting_approval", "{order:?}");
    order.id.to_string()
}

fn made(outcome: &ScorecardOutcome) -> String {
    outcome.made_aud.map_or_else(|| outcome.absent.clone().unwrap_or_default(), |made| made.0.normalize().to_string())
}

async fn row(world: &World, order: &str) -> ScorecardRow {
    let view = world.ws.scorecard(None).await.unwrap();
    view.decisions.into_iter().find(|row| row.order.to_string() == order).expect("it was decided")
}

#[tokio::test]
async fn each_decision_is_held_against_the_price_when_it_was_made() {
    let world = asking().await;
    let none = BTreeMap::new();
    let approved = waiting(&world, Side::Buy, "2").await;
    world.ws.approve(&approved, None, &none).await.unwrap();
    let edited = waiting(&world, Side::Buy, "3").await;
    let half = BTreeMap::from([("quantity".to_owned(), "1".to_owned())]);
    world.ws.approve(&edited, None, &half).await.unwrap();
    let rejected = waiting(&world, Side::Sell, "1").await;
    world.ws.reject(&rejected, "not now").await.unwrap();
    let expired = waiting(&world, Side::Buy, "1").await;
    world.pass(301);
    world.ws.expire_questions().await.unwrap();
    price(&world, 1_001).await;
    let open = waiting(&world, Side::Buy, "1").await;

    // An hour and a little after, the price is another.
    world.pass(3_000);
    price(&world, 1_100).await;
    world.pass(600);
    let row_of = async |id: &str| row(&world, id).await;
    let bought = row_of(&approved).await;
    assert_eq!(
        (bought.decision.as_str(), made(&bought.h1), made(&bought.now)),
        ("approved", "200".into(), "200".into())
    );
    assert_eq!((made(&bought.h24), made(&bought.d7)), ("not_yet".into(), "not_yet".into()));
    let changed = row_of(&edited).await;
    assert_eq!((changed.decision.as_str(), made(&changed.h1)), ("edited", "100".into()));
    assert_eq!(changed.h1.as_asked_aud.unwrap().0.normalize().to_string(), "300");
    let sold = row_of(&rejected).await;
    assert_eq!((sold.decision.as_str(), made(&sold.h1)), ("rejected", "-100".into()), "the sale would have lost");
    let late = row_of(&expired).await;
    assert_eq!((late.decision.as_str(), late.state.as_str(), made(&late.now)), ("expired", "expired", "100".into()));

    let view = world.ws.scorecard(Some(2)).await.unwrap();
    assert_eq!((view.total, view.decisions.len()), (4, 2), "only the newest, counted all");
    assert!(!view.decisions.iter().any(|row| row.order.to_string() == open), "what waits was not decided");
    let sums = world.ws.scorecard(None).await.unwrap().sums;
    let of_approved = sums.iter().find(|sum| sum.decision == "approved").unwrap();
    assert_eq!((of_approved.h1.known, of_approved.h1.gained, of_approved.h24.known), (1, 1, 0));
}

#[tokio::test]
async fn where_no_price_was_stored_there_is_a_reason_and_no_figure() {
    let world = asking().await;
    let rejected = waiting(&world, Side::Buy, "1").await;
    world.ws.reject(&rejected, "no").await.unwrap();
    // Nothing is collected for two hours.
    world.pass(7_200);
    let row = row(&world, &rejected).await;
    assert!(row.price.is_some());
    assert_eq!(
        (made(&row.h1), made(&row.now), made(&row.h24)),
        ("no_price".into(), "no_price".into(), "not_yet".into())
    );
    assert_eq!(world.ws.scorecard(None).await.unwrap().sums[0].now.made_aud, None);
}
