use super::*;
use crate::Mode;
use domain::{
    Book, Coin, Decimal, Intent, Look, Money, Name, OrderKind, Price, Proposal, Quantity, Side, Terms, Timestamp,
};
use ledgers::Secret;
use staging::{Clock as WorldClock, Fault, Faults, Options as WorldOptions, Resting, Rule, Staging};
use std::collections::BTreeMap;

const KEY: &str = "staging-key";
const CANCELS: &str = "/api/v2/my/*/cancel";

/// A workspace with a key, and an exchange where orders of ours rest.
struct World {
    staging: Staging,
    ws: Workstation,
    home: Home,
    _folder: tempfile::TempDir,
}

fn reached(staging: &Staging) -> Reached {
    let secret = |text: &str| Secret::new(text.to_owned());
    let secrets = BTreeMap::from([
        ("coinspot_key".to_owned(), secret(KEY)),
        ("coinspot_secret".to_owned(), secret("staging-secret")),
    ]);
    let url = staging.url();
    Reached { coinspot: url.into(), coinspot_web: url.into(), secrets, ..Reached::default() }
}

impl World {
    async fn start() -> Self {
        let options = WorldOptions { seed: 7, clock: WorldClock::Real, ..WorldOptions::default() };
        let staging = Staging::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
        let ws = Workstation::open_reaching(&home, Mode::Write, reached(&staging)).await.unwrap();
        Self { staging, ws, home, _folder: folder }
    }

    /// An order that rests at the exchange, and that nobody here knows of.
    fn by_hand(&self) -> String {
        let wanted = Resting {
            id: String::new(),
            side: staging::Side::Buy,
            coin: "BTC".to_owned(),
            amount: Decimal::new(1, 3),
            rate: Decimal::from(1_000),
            created_ms: 0,
        };
        self.staging.place_by_hand(&wanted).unwrap()
    }

    /// An order of ours that rests at the exchange.
    async fn rest(&self) -> OrderId {
        let venue = self.by_hand();
        let (limit, coins) = (Price::parse("1000").unwrap(), Quantity::parse("0.001").unwrap());
        let proposal = Proposal {
            book: Book::Live,
            coin: Coin::parse("BTC").unwrap(),
            side: Side::Buy,
            kind: OrderKind::Limit(limit),
            quantity: coins,
            algorithm: None,
        };
        let at = self.ws.now();
        let before =
            Look { at, open: vec![], done: vec![], complete: true, coins: vec![], cash: Decimal::from(10_000) };
        let intent = Intent {
            at,
            nonce: 1,
            body: "{}".to_owned(),
            worst: limit,
            fee: domain::BasisPoints(10),
            cash: Money::aud(Decimal::ONE),
            coins: Quantity::ZERO,
            before,
        };
        let order = OrderId::new(at, random().unwrap());
        let facts = vec![
            Fact::OrderProposed { order, proposal },
            Fact::OrderTerms { order, terms: Terms::default() },
            Fact::OrderApproved { order, by: Name::parse("mandate").unwrap() },
            Fact::LiveIntended { order, intent: Box::new(intent) },
            Fact::OrderOpened { order, venue_order_id: Some(venue) },
        ];
        self.ws.record(&mut self.ws.desk().await.unwrap(), facts).await.unwrap();
        order
    }

    /// A kill by another process: this one holds the workspace and does not answer.
    async fn kill_from_outside(&self, all: bool) -> KillReceipt {
        let request = KillRequest { all, ..KillRequest::default() };
        kill_reaching(&self.home, &request, &reached(&self.staging)).await.unwrap()
    }

    fn resting(&self) -> usize {
        self.staging.truth().resting.len()
    }

    fn fault(&self, rule: Rule) {
        self.staging.set_faults(Faults::none().with(rule)).unwrap();
    }

    async fn facts(&self, is_it: impl Fn(&Fact) -> bool) -> usize {
        let facts = self.ws.store().control_facts().await.unwrap();
        facts.iter().filter(|recorded| is_it(&recorded.fact)).count()
    }
}

fn down() -> Fault {
    Fault::Status { code: 503, body: String::new(), content_type: "text/plain".to_owned(), retry_after: None }
}

fn is_killed(fact: &Fact) -> bool {
    matches!(fact, Fact::Killed { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promise_16_fifty_resting_orders_are_cancelled_and_confirmed_within_two_seconds() {
    let world = World::start().await;
    let mut ours = Vec::new();
    for _ in 0..50 {
        ours.push(world.rest().await);
    }
    let hand = world.by_hand();
    let receipt = world.ws.kill(&KillRequest::default()).await.unwrap();
    println!("50 orders: cancels answered in {:?} ms, confirmed in {} ms", receipt.sent_ms, receipt.took_ms);
    ours.sort_unstable();
    let mut cancelled = receipt.cancelled.clone();
    cancelled.sort_unstable();
    assert_eq!((cancelled, receipt.unconfirmed), (ours, vec![]));
    assert!(receipt.took_ms < 2_000, "{} ms", receipt.took_ms);
    let elsewhere: Vec<_> = receipt.resting_elsewhere.iter().map(|other| other.venue_order_id.clone()).collect();
    assert_eq!((elsewhere, world.resting()), (vec![hand], 1), "what was made by hand is told and left alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_waits_for_no_desk_and_the_facts_follow_once() {
    let world = World::start().await;
    let order = world.rest().await;
    let desk = world.ws.desk().await.unwrap();
    let receipt = world.ws.kill(&KillRequest::default()).await.unwrap();
    assert_eq!((receipt.cancelled, world.resting()), (vec![order], 0), "somebody else has the desk all the while");
    drop(desk);
    world.ws.settle().await.unwrap();
    world.ws.settle().await.unwrap();
    assert_eq!(world.facts(is_killed).await, 1);
    assert_eq!(world.facts(|fact| matches!(fact, Fact::CancelAsked { .. })).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn promise_16_a_holder_that_hangs_keeps_no_other_process_from_cancelling_at_the_exchange() {
    let world = World::start().await;
    let (ours, hand) = (world.rest().await, world.by_hand());
    let length = world.ws.store().journal_length().await.unwrap();
    let receipt = world.kill_from_outside(false).await;
    assert_eq!((receipt.by.as_str(), receipt.cancelled.clone()), ("self", vec![ours]), "{receipt:?}");
    assert_eq!((receipt.resting_elsewhere[0].venue_order_id.clone(), world.resting()), (hand, 1));
    assert_eq!(world.ws.store().journal_length().await.unwrap(), length, "it never writes the journal");
    world.ws.settle().await.unwrap();
    assert_eq!(world.facts(is_killed).await, 1, "the holder does, when it comes to");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_database_leaves_what_rests_alone_and_says_so_unless_all_is_asked_for() {
    let world = World::start().await;
    world.rest().await;
    world.ws.close().await;
    for entry in std::fs::read_dir(world.home.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("workspace.db") {
            std::fs::write(path, vec![7; 4_096]).unwrap();
        }
    }
    let receipt = world.kill_from_outside(false).await;
    assert_eq!((receipt.resting_elsewhere.len(), world.resting()), (1, 1));
    assert!(receipt.notes.iter().any(|note| note.contains("--all")), "{:?}", receipt.notes);
    let receipt = world.kill_from_outside(true).await;
    assert_eq!((receipt.is_confirmed(), world.resting()), (true, 0), "{receipt:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_replies_and_refusals_to_cancels_are_settled_by_looks() {
    let world = World::start().await;
    for _ in 0..4 {
        world.rest().await;
    }
    let reset = Rule::on(CANCELS, Fault::Reset { after_body_bytes: None }).times(3);
    world.fault(reset);
    let receipt = world.kill_from_outside(false).await;
    assert_eq!((receipt.cancelled.len() + receipt.gone.len(), world.resting()), (4, 0), "{receipt:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_confirmed_is_told_again_by_the_running_workstation_until_it_is() {
    let world = World::start().await;
    let order = world.rest().await;
    world.fault(Rule::on(CANCELS, down()).unreached());
    let receipt = world.ws.kill(&KillRequest::default()).await.unwrap();
    assert_eq!((receipt.unconfirmed, world.resting()), (vec![order], 1));
    let workstation = world.ws.clone();
    let watching = tokio::spawn(async move { workstation.watch_switch().await });
    sleep(Duration::from_millis(1_000)).await;
    world.staging.clear_faults();
    let confirmed = async {
        while switch::newest_receipt(&world.home).is_none_or(|receipt| !receipt.is_confirmed()) {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(40), confirmed).await.unwrap();
    watching.abort();
    assert_eq!(world.resting(), 0);
    let receipt = switch::newest_receipt(&world.home).unwrap();
    // Whichever of several cancels took it off, the others found it gone.
    assert!(receipt.cancelled.contains(&order) || receipt.gone.contains(&order), "{receipt:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_receipt_never_pulls_a_switch_that_was_cleared() {
    let world = World::start().await;
    world.rest().await;
    world.ws.kill(&KillRequest::default()).await.unwrap();
    assert!(!world.ws.unkill().await.unwrap().pulled);
    let late = KillReceipt::begun(Timestamp::from_millis(5), "self");
    switch::save_receipt(&world.home, &late).unwrap();
    world.ws.settle().await.unwrap();
    assert!(!switch::is_pulled(&world.home), "a receipt that comes late is a fact and nothing more");
    world.ws.close().await;
    let again = Workstation::open_reaching(&world.home, Mode::Write, reached(&world.staging)).await.unwrap();
    drop(again.desk().await.unwrap());
    assert!(!switch::is_pulled(&world.home));
}
