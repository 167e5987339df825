//! A disk that takes nothing more, around the moment an order with real money leaves.

use super::{BUY, World};
use domain::{ApprovalRule, Book, Decimal, Fact, Mandate, Name, OrderId, OrderKind, OrderState, Price};
use staging::{Fault, Faults, Rule};
use std::process::{Command, Stdio};
use std::time::Duration;

const CHILD: &str = "OMC_TEST_FULL_DISK";
const TOLD: &str = "the disk was full and is not any more";

/// Lets files of this process grow to so many bytes and no further, or as far as they want.
fn files_may_have(bytes: Option<u64>) {
    let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
    let pid = std::process::id().to_string();
    let done = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={most}:")]).status().unwrap();
    assert!(done.success());
}

/// The write-ahead log may not grow by a byte; small files may still be written.
fn fill_disk(world: &World) {
    files_may_have(Some(std::fs::metadata(world.home.path().join("workspace.db-wal")).unwrap().len()));
}

/// An order that waits for a person: everything but its intent is durable.
async fn asked(world: &World, percent: i64) -> OrderId {
    let id = world.propose(OrderKind::Limit(Price::new(world.price(percent).decimal()).unwrap()), "0.01").await;
    assert_eq!(world.state(id).await, "awaiting_approval", "{:?}", world.order(id).await);
    id
}

/// The intents that are durable.
async fn intents(world: &World) -> usize {
    let facts = world.ws.store().control_facts().await.unwrap();
    facts.iter().filter(|recorded| matches!(recorded.fact, Fact::LiveIntended { .. })).count()
}

/// Not a test by itself: it runs in a process whose writes are refused, which must not be the one of all tests.
#[tokio::test]
async fn child_whose_disk_is_full() {
    if std::env::var(CHILD).is_err() {
        return;
    }
    let world = World::start().await;
    let mandate = Mandate {
        holder: Name::parse(Mandate::MANUAL).unwrap(),
        book: Book::Live,
        approval: ApprovalRule::Always,
        max_order: None,
        max_day: None,
        coins: vec![],
        hours: None,
        until: None,
    };
    world.ws.record(&mut world.ws.desk().await.unwrap(), vec![Fact::MandateSet { mandate }]).await.unwrap();

    // Full when the intent is to be written: nothing leaves, however often a person says yes.
    let id = asked(&world, 80).await;
    fill_disk(&world);
    for _ in 0..3 {
        let refused = world.ws.approve(&id.to_string(), None, &Default::default()).await.unwrap_err();
        assert!(["io", "disk_full"].contains(&refused.code().as_str()), "{refused}");
    }
    let looked = world.staging.requests().iter().any(|request| request.path.ends_with("/my/balances"));
    assert!(looked, "it came as far as the account");
    assert_eq!((world.posts(), world.placed(), intents(&world).await), (0, 0, 0));
    assert_eq!(world.state(id).await, "awaiting_approval");
    files_may_have(None);
    let sent = world.ws.approve(&id.to_string(), None, &Default::default()).await.unwrap();
    assert_eq!((sent.state, world.posts(), intents(&world).await), ("open", 1, 1), "{:?}", sent.reason);

    // Full while the order is on its way: its answer is written down when there is room, and the market is closed meanwhile.
    let id = asked(&world, 79).await;
    world.staging.set_faults(Faults::none().with(Rule::on(BUY, Fault::Delay { ms: 700 }))).unwrap();
    let (ws, text) = (world.ws.clone(), id.to_string());
    let approving = tokio::spawn(async move { ws.approve(&text, None, &Default::default()).await });
    while world.posts() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    fill_disk(&world);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    {
        let desk = world.ws.desk().await.unwrap();
        let order = desk.orders.get(id).unwrap();
        assert_eq!((order.state(), order.locks_market()), (OrderState::Sending, true));
        assert_eq!(desk.live.on_its_way, Some(id));
    }
    files_may_have(None);
    let sent = approving.await.unwrap().unwrap();
    assert_eq!((sent.state, sent.filled.decimal()), ("open", Decimal::ZERO), "{:?}", sent.reason);
    assert_eq!((world.posts(), world.placed(), intents(&world).await), (2, 2, 2));
    assert!(world.ws.verify().await.unwrap().ok);
    println!("{TOLD}");
}

#[test]
fn promise_3_a_disk_that_fills_up_lets_no_order_leave_without_its_intent_and_loses_none_that_left() {
    let can = Command::new("prlimit").args(["--fsize", "--noheadings"]).output();
    if !can.is_ok_and(|can| can.status.success()) {
        println!("skipped: there is no prlimit here to refuse a process its writes");
        return;
    }
    // The signal that a file is too large must not end the process: the write is to fail.
    let mut child = Command::new("sh");
    child.args(["-c", r#"trap "" XFSZ; exec "$@""#, "sh"]).arg(std::env::current_exe().unwrap());
    child.args(["live::tests::disk::child_whose_disk_is_full", "--exact", "--nocapture"]).env(CHILD, "1");
    let ended = child.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && said.contains(TOLD), "{said}{}", String::from_utf8_lossy(&ended.stderr));
}
