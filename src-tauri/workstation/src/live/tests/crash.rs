//! `kill -9` at each named moment of placing, and what the next start makes of it.

use super::{World, open};
use crate::Home;
use crate::commands::trading::Wanted;
use domain::{Book, Coin, DrivenClock, OrderKind, Price, Quantity, Side, Size, Terms, Timestamp};
use std::process::{Command, Stdio};
use std::sync::Arc;

const HOME: &str = "OMC_TEST_CRASH_HOME";

fn var(name: &str) -> String {
    std::env::var(name).unwrap()
}

/// Not a test by itself: the process that dies runs it.
#[tokio::test]
async fn child_that_dies_on_the_way() {
    if std::env::var(HOME).is_err() {
        return;
    }
    let home = Home::resolve(Some(var(HOME).into()), false).unwrap();
    let now = Timestamp::from_millis(var("OMC_TEST_CRASH_NOW").parse().unwrap());
    let ws = open(&home, &Arc::new(DrivenClock::at(now)), &var("OMC_TEST_CRASH_URL")).await;
    let wanted = Wanted {
        book: Book::Live,
        coin: Coin::parse("BTC").unwrap(),
        side: Side::Buy,
        kind: OrderKind::Limit(Price::parse(&var("OMC_TEST_CRASH_LIMIT")).unwrap()),
        size: Size::Quantity(Quantity::parse("0.01").unwrap()),
        algorithm: None,
        terms: Terms::default(),
        again: true,
    };
    let _ = ws.propose(wanted).await;
    ws.close().await;
}

#[tokio::test]
async fn promises_2_and_3_a_crash_at_any_step_leaves_no_order_or_one_and_no_byte_before_the_intent_is_durable() {
    // The moment, orders sent, and what the next start finds at once and after a look.
    let moments = [
        ("before_intent", 0, "cancelled", "cancelled"),
        ("after_intent", 0, "unknown", "unknown"),
        ("before_send", 0, "unknown", "unknown"),
        ("before_answer_recorded", 1, "unknown", "open"),
        ("after_answer_recorded", 1, "open", "open"),
    ];
    for (moment, posts, at_once, later) in moments {
        let mut world = World::start().await;
        world.ws.close().await;
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["live::tests::crash::child_that_dies_on_the_way", "--exact", "--nocapture"]);
        child.env(HOME, world.home.path()).env("OMC_TEST_CRASH_URL", world.staging.url());
        child.env("OMC_TEST_CRASH_NOW", world.staging.now_ms().to_string());
        child.env("OMC_TEST_CRASH_LIMIT", world.price(80).to_string()).env("OMC_CRASH_AT", moment);
        let child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        assert!(!ended.status.success(), "{moment}: the child did not die");
        assert_eq!((world.posts(), world.placed()), (posts, posts as u64), "{moment}");
        world.restart().await;
        let id = {
            let desk = world.ws.desk().await.unwrap();
            assert_eq!(desk.orders.len(), 1, "{moment}");
            desk.orders.iter().next().unwrap().id()
        };
        assert_eq!(world.state(id).await, at_once, "{moment}");
        world.reconcile(5).await;
        assert_eq!(world.state(id).await, later, "{moment}: {:?}", world.order(id).await);
        let next = world.order(world.buy().await).await;
        let locked = later == "unknown";
        assert_eq!(next.reason_code.as_deref() == Some("market_locked"), locked, "{moment}: {next:?}");
        let wanted = posts + usize::from(!locked);
        assert_eq!((world.posts(), world.placed()), (wanted, wanted as u64), "{moment}");
    }
}
