//! An algorithm with real money on the staging exchange: from the candle's close to its books, and a real `kill -9` at each
//! named moment of that.

use super::{World, open};
use crate::Home;
use crate::dto::{AlgorithmDetail, AlgorithmRequest, PnlRequest};
use coinspot::PRICES_SOURCE;
use domain::{
    ApprovalRule, Book, Coin, Decimal, DrivenClock, Fact, Interval, Mandate, Name, OrderState, SignalOutcome, Timestamp,
};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use store::RunCause;

const HOME: &str = "OMC_TEST_ALGORITHM_HOME";
const NAME: &str = "cross";
/// Minutes the market may take to cross.
const MINUTES_MAX: usize = 30;

/// A world at three seconds past a minute, with an algorithm that trades live by itself.
async fn algorithm_world() -> World {
    let world = World::start().await;
    let holder = Name::parse(NAME).unwrap();
    let mandate = Mandate {
        holder,
        book: Book::Live,
        approval: ApprovalRule::Never,
        max_order: None,
        max_day: None,
        coins: vec![Coin::parse("BTC").unwrap()],
        hours: None,
        until: None,
    };
    world.ws.record(&mut world.ws.desk().await.unwrap(), vec![Fact::MandateSet { mandate }]).await.unwrap();
    let request = AlgorithmRequest {
        name: NAME.to_owned(),
        strategy: "sma_cross".to_owned(),
        coins: vec!["BTC".to_owned()],
        interval: "1m".to_owned(),
        capital_pct: "10".to_owned(),
        orders: Some("instant".to_owned()),
        params: [("fast", "1"), ("slow", "2")].map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    };
    world.ws.algorithm_set(&request, true).await.unwrap();
    world.ws.algorithm_promote(NAME, None).await.unwrap();
    let live = world.ws.algorithm_promote(NAME, Some(floor::UNPROVEN)).await.unwrap();
    assert_eq!(live.algorithm.state, "live");
    let next = Interval::M1.floor(world.ws.now()).plus_micros(63_000_000);
    world.pass(next.seconds_since(world.ws.now()));
    world
}

/// Lets a minute pass until its candle has closed; nobody is asked about it yet.
async fn minute(world: &World) {
    for seconds in [12, 15, 15, 15] {
        world.pass(seconds);
        world.ws.run_source(PRICES_SOURCE.name, RunCause::Scheduled).await.unwrap();
    }
    world.pass(3);
}

async fn detail(world: &World) -> AlgorithmDetail {
    world.ws.algorithm(NAME).await.unwrap()
}

/// The minute after which the algorithm wants to buy for the first time.
async fn minutes_to_the_first_signal() -> (usize, World) {
    let world = algorithm_world().await;
    for number in 1..=MINUTES_MAX {
        minute(&world).await;
        world.ws.step_algorithms().await.unwrap();
        if !detail(&world).await.signals.is_empty() {
            return (number, world);
        }
    }
    panic!("the market did not cross within {MINUTES_MAX} minutes");
}

/// How often an order was sent, of either side.
fn posts(world: &World) -> usize {
    let is_order =
        |path: &str| ["/buy", "/buy/now", "/sell", "/sell/now"].iter().any(|end| path.ends_with(&format!("/my{end}")));
    world.staging.requests().iter().filter(|request| is_order(&request.path)).count()
}

/// No slot was acted on twice, and no order left twice: each signal has one order at most, and the exchange saw as many.
async fn check_nothing_twice(world: &World, moment: &str) {
    let desk = world.ws.desk().await.unwrap();
    let mut slots = std::collections::BTreeMap::new();
    for order in desk.orders.iter() {
        let evidence = order.terms().signal.as_ref().unwrap().evidence.last().unwrap().clone();
        *slots.entry(evidence).or_insert(0) += 1;
    }
    assert!(slots.values().all(|orders| *orders == 1), "{moment}: {slots:?}");
    let left = desk.orders.iter().filter(|order| order.intent().is_some()).count();
    assert!(posts(world) <= left, "{moment}: {} posts of {left} intents", posts(world));
    assert_eq!(world.placed() as usize, posts(world), "{moment}");
    let signals = desk.algorithms.find(NAME).unwrap().signals();
    let distinct: std::collections::BTreeSet<_> =
        signals.iter().map(|line| (line.signal.slot, line.signal.coin)).collect();
    assert_eq!(distinct.len(), signals.len(), "{moment}");
}

/// What the exchange executed is in the books, to the digit, and under the algorithm's name.
async fn check_books(world: &World, moment: &str) {
    let (truth, detail) = (world.staging.truth(), detail(world).await);
    let bought: Decimal = truth.executed.iter().map(|row| row.amount).sum();
    let fees: Decimal = truth.executed.iter().map(|row| row.fee).sum();
    let held: Decimal = detail.algorithm.holdings.iter().map(|held| held.quantity.decimal()).sum();
    assert_eq!((held, detail.algorithm.fees.0), (bought, fees), "{moment}: {truth:?}");
    let request = PnlRequest { book: Some("live".into()), by: Some("algorithm".into()), ..PnlRequest::default() };
    let pnl = world.ws.pnl(&request).await.unwrap();
    let groups: Vec<_> = pnl.groups.into_iter().map(|group| (group.key, group.fees.0)).collect();
    let wanted = if truth.executed.is_empty() { vec![] } else { vec![(NAME.to_owned(), fees)] };
    assert_eq!(groups, wanted, "{moment}");
}

#[tokio::test]
async fn a_candle_that_closes_becomes_one_live_order_a_fill_and_a_line_of_the_algorithms_books() {
    let (_, world) = minutes_to_the_first_signal().await;
    let taken = detail(&world).await;
    assert_eq!((taken.signals.len(), taken.orders.len()), (1, 1), "{taken:?}");
    assert_eq!((taken.signals[0].action.as_str(), taken.signals[0].book), ("buy", Book::Live));
    assert_eq!(taken.signals[0].order, Some(taken.orders[0].id.to_string()), "{:?}", taken.signals[0].refusal);
    assert_eq!((posts(&world), world.placed()), (1, 1));
    world.reconcile(5).await;
    let order = detail(&world).await.orders.remove(0);
    assert_eq!((order.state, order.algorithm.as_deref()), ("filled", Some(NAME)), "{order:?}");
    check_books(&world, "end to end").await;
    // The same close, looked at again, moves nobody.
    world.ws.step_algorithms().await.unwrap();
    check_nothing_twice(&world, "end to end").await;
    assert_eq!(posts(&world), 1);
}

/// Not a test by itself: the process that dies runs it.
#[tokio::test]
async fn child_whose_algorithm_dies_on_the_way() {
    let Ok(home) = std::env::var(HOME) else { return };
    let var = |name: &str| std::env::var(name).unwrap();
    let home = Home::resolve(Some(home.into()), false).unwrap();
    let now = Timestamp::from_millis(var("OMC_TEST_ALGORITHM_NOW").parse().unwrap());
    let ws = open(&home, &Arc::new(DrivenClock::at(now)), &var("OMC_TEST_ALGORITHM_URL")).await;
    ws.step_algorithms().await.unwrap();
    ws.close().await;
}

async fn die_at(world: &World, moment: &str) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["live::tests::algorithms::child_whose_algorithm_dies_on_the_way", "--exact", "--nocapture"]);
    child.env(HOME, world.home.path()).env("OMC_TEST_ALGORITHM_URL", world.staging.url());
    child.env("OMC_TEST_ALGORITHM_NOW", world.staging.now_ms().to_string()).env("OMC_CRASH_AT", moment);
    let child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(ended.status.signal(), Some(9), "{moment}: {:?}", ended.status);
}

#[tokio::test]
async fn an_algorithm_killed_at_any_moment_acts_on_no_signal_twice_and_sends_no_order_twice() {
    use OrderState::{Cancelled, Filled, Unknown};
    let (due, _) = minutes_to_the_first_signal().await;
    // The moment; orders at the exchange when it dies; what became of the slot's order after a look; orders sent when the
    // same close is looked at once more.
    let moments = [
        ("before_signal_taken", 0, None, 1),
        ("after_signal_taken", 0, None, 0),
        ("before_intent", 0, Some(Cancelled), 0),
        ("after_intent", 0, Some(Unknown), 0),
        ("before_send", 0, Some(Unknown), 0),
        ("before_answer_recorded", 1, Some(Filled), 1),
        ("after_answer_recorded", 1, Some(Filled), 1),
        ("before_signal_settled", 1, Some(Filled), 1),
    ];
    for (moment, sent, became, later) in moments {
        let mut world = algorithm_world().await;
        for number in 1..=due {
            minute(&world).await;
            if number < due {
                world.ws.step_algorithms().await.unwrap();
            }
        }
        world.ws.close().await;
        die_at(&world, moment).await;
        assert_eq!((posts(&world), world.placed() as usize), (sent, sent), "{moment}");
        world.restart().await;
        world.reconcile(5).await;
        let states: Vec<_> = world.ws.desk().await.unwrap().orders.iter().map(floor::Order::state).collect();
        assert_eq!(states, became.into_iter().collect::<Vec<_>>(), "{moment}");
        world.ws.step_algorithms().await.unwrap();
        assert_eq!(posts(&world), later, "{moment}");
        check_nothing_twice(&world, moment).await;
        // The market goes on, and so does the algorithm.
        for _ in 0..4 {
            minute(&world).await;
            world.ws.step_algorithms().await.unwrap();
            world.reconcile(0).await;
            check_nothing_twice(&world, moment).await;
        }
        if later > 0 {
            let desk = world.ws.desk().await.unwrap();
            let first = &desk.algorithms.find(NAME).unwrap().signals()[0];
            let told = matches!(first.outcome, Some(SignalOutcome::Ordered(_)));
            assert_eq!(told, moment == "before_signal_taken", "{moment}: what was not settled is not settled twice");
        }
    }
}
