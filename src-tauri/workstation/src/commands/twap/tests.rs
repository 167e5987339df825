use crate::dto::TwapRequest;
use crate::fixtures::{World, book};
use coinspot::PRICES_SOURCE;
use domain::{Book, Decimal, Fact, Side};

fn request(aud: &str, over: &str, slices: u16) -> TwapRequest {
    TwapRequest {
        coin: "btc".to_owned(),
        side: Side::Buy,
        book: Book::Paper,
        aud: aud.to_owned(),
        over: over.to_owned(),
        slices,
        limit: None,
    }
}

async fn priced() -> World {
    let world = World::of(&[PRICES_SOURCE]).await;
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000)]));
    world.run(PRICES_SOURCE).await;
    world
}

/// The world a little later, its prices fresh.
async fn later(world: &World, seconds: i64) {
    world.pass(seconds);
    world.tell(PRICES_SOURCE, book(&[("BTC", 1_000 + seconds % 2)]));
    world.run(PRICES_SOURCE).await;
    world.ws.begin_slices().await.unwrap();
}

#[tokio::test]
async fn slices_go_the_way_of_all_orders_and_name_their_parent() {
    let world = priced().await;
    world.ws.twap_start(&request("100", "10m", 3)).await.unwrap();
    world.ws.begin_slices().await.unwrap();
    world.ws.begin_slices().await.unwrap();
    assert_eq!(world.ws.orders().await.unwrap().orders.len(), 1, "one at a time, and once");
    // Prices that move: a feed that stays the same counts as frozen.
    for seconds in [201, 200] {
        later(&world, seconds).await;
    }
    let row = world.ws.twaps().await.unwrap().twaps.remove(0);
    let orders = world.ws.orders().await.unwrap().orders;
    assert_eq!((row.begun, row.orders.len(), row.state.as_str()), (3, 3, "over"));
    assert!(orders.iter().all(|order| order.state == "filled"), "{orders:?}");
    // What is bought costs no more than was asked for, fees included.
    let bps = row.slippage_bps.unwrap().0;
    assert!(row.arrival.is_some() && bps > Decimal::ZERO, "a buy meets the ask, which is above the middle: {bps}");
    assert_eq!(row.over_tolerance, bps > floor::TOLERANCE_BPS);
    assert!(row.traded.0 > Decimal::from(98) && row.traded.0 < Decimal::from(100), "{}", row.traded.0);
}

#[tokio::test]
async fn a_slice_that_began_before_a_crash_is_not_begun_again() {
    let world = priced().await;
    let id = world.ws.twap_start(&request("100", "10m", 5)).await.unwrap().twaps[0].id;
    // The process ended between the fact and the proposal.
    {
        let mut desk = world.ws.desk().await.unwrap();
        world.ws.record(&mut desk, vec![Fact::TwapSlice { id, number: 0 }]).await.unwrap();
    }
    world.ws.begin_slices().await.unwrap();
    assert!(world.ws.orders().await.unwrap().orders.is_empty());
    later(&world, 121).await;
    assert_eq!(world.ws.orders().await.unwrap().orders.len(), 1, "the next one comes in its time");
}

#[tokio::test]
async fn one_that_is_stopped_begins_nothing_more_and_nonsense_is_refused() {
    let world = priced().await;
    let id = world.ws.twap_start(&request("100", "10m", 5)).await.unwrap().twaps[0].id.to_string();
    assert_eq!(world.ws.twap_stop(&id).await.unwrap().twaps[0].state, "stopped");
    world.ws.begin_slices().await.unwrap();
    assert!(world.ws.orders().await.unwrap().orders.is_empty());
    assert_eq!(world.ws.twap_stop(&id).await.unwrap_err().code(), "twap_over");
    let none = domain::OrderId::new(world.ws.now(), [9; 10]).to_string();
    assert_eq!(world.ws.twap_stop(&none).await.unwrap_err().code(), "twap_not_found");
    for (aud, over, slices, code) in [
        ("100", "10m", 1, "bad_twap"),
        ("10000", "10m", 121, "bad_twap"),
        ("100", "8d", 5, "bad_twap"),
        ("4", "10m", 5, "bad_amount"),
        ("100.001", "10m", 5, "bad_amount"),
        ("100", "0s", 5, "bad_until"),
    ] {
        let refused = world.ws.twap_start(&request(aud, over, slices)).await.unwrap_err();
        assert_eq!(refused.code(), code, "{aud} {over} {slices}");
    }
}
