//! Orders with simulated real money on the staging exchange, over real sockets: each fault, and what becomes of the order.

mod algorithms;
mod amend;
mod crash;
mod disk;
mod history;

use crate::commands::trading::Wanted;
use crate::dto::{KillRequest, OrderView};
use crate::live::reconcile::Word;
use crate::{Home, Mode, Reached, Workstation, kill};
use domain::{
    ApprovalRule, Book, Coin, Decimal, DrivenClock, Fact, Mandate, Name, OrderId, OrderKind, Price, Quantity, Side,
    Size, Terms, Timestamp,
};
use ledgers::Secret;
use staging::{Clock, Fault, Faults, Habits, Options, Resting, Rule, Staging};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const START_MS: i64 = 1_790_000_000_000;
const BUY: &str = "/api/v2/my/buy";

struct World {
    staging: Staging,
    clock: Arc<DrivenClock>,
    ws: Workstation,
    home: Home,
    _folder: tempfile::TempDir,
}

fn habits() -> Habits {
    Habits { history_lag_ms: 1_500, ..Habits::default() }
}

async fn open(home: &Home, clock: &Arc<DrivenClock>, url: &str) -> Workstation {
    let secret = |text: &str| Secret::new(text.to_owned());
    let secrets = BTreeMap::from([
        ("coinspot_key".to_owned(), secret("staging-key")),
        ("coinspot_secret".to_owned(), secret("staging-secret")),
    ]);
    let reached =
        Reached { coinspot: url.into(), coinspot_web: url.into(), secrets, pace: 1_000, ..Reached::default() };
    Workstation::open_at(home, Mode::Write, clock.clone(), reached).await.unwrap()
}

impl World {
    /// A workspace that may trade live by itself, and 10,000 AUD at the exchange.
    async fn start() -> Self {
        let options = Options { seed: 7, clock: Clock::Driven { start_ms: START_MS }, ..Options::default() };
        let staging = Staging::start(options).await.unwrap();
        staging.set_habits(habits());
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("desk")), false).unwrap();
        let clock = Arc::new(DrivenClock::at(Timestamp::from_millis(START_MS)));
        let ws = open(&home, &clock, staging.url()).await;
        let mandate = Mandate {
            holder: Name::parse(Mandate::MANUAL).unwrap(),
            book: Book::Live,
            approval: ApprovalRule::Never,
            max_order: None,
            max_day: None,
            coins: vec![],
            hours: None,
            until: None,
        };
        let loose = [
            ("max_order_aud", "9000"),
            ("max_day_aud", "100000"),
            ("max_orders_per_minute", "1000"),
            ("max_price_age_s", "3600"),
            ("price_collar_pct", "50"),
            ("max_coin_pct", "100"),
            ("max_day_loss_pct", "100"),
            ("max_drawdown_pct", "100"),
        ];
        let changes = loose.map(|(name, value)| floor::Limits::parse_change(name, value).unwrap()).to_vec();
        let at = ws.now();
        let facts = vec![
            Fact::LimitsSet { book: Book::Live, changes },
            Fact::KeyDeclared { fingerprint: crate::nonces::fingerprint(&Secret::new("staging-key".to_owned())), at },
            Fact::MandateSet { mandate },
        ];
        ws.record(&mut ws.desk().await.unwrap(), facts).await.unwrap();
        ws.collect(&["coinspot_prices".to_owned()]).await.unwrap();
        Self { staging, clock, ws, home, _folder: folder }
    }

    /// The process ends here and starts again.
    async fn restart(&mut self) {
        self.ws.close().await;
        self.ws = open(&self.home, &self.clock, self.staging.url()).await;
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance_micros(seconds * 1_000_000);
        self.staging.advance(Duration::from_secs(seconds.unsigned_abs()));
    }

    fn fault(&self, rules: Vec<Rule>) {
        let faults = rules.into_iter().fold(Faults::none(), Faults::with);
        self.staging.set_faults(faults).unwrap();
    }

    /// So many percent of what a buyer pays now.
    fn price(&self, percent: i64) -> Price {
        let ask = self.staging.world().at(self.staging.now_ms()).quote("BTC").unwrap().ask.unwrap();
        Price::new((ask * Decimal::new(percent, 2)).round_dp(2)).unwrap()
    }

    async fn propose(&self, kind: OrderKind, coins: &str) -> OrderId {
        let wanted = Wanted {
            book: Book::Live,
            coin: Coin::parse("BTC").unwrap(),
            side: Side::Buy,
            kind,
            size: Size::Quantity(Quantity::parse(coins).unwrap()),
            algorithm: None,
            terms: Terms::default(),
            again: true,
        };
        self.ws.propose(wanted).await.unwrap()
    }

    /// Buys 0.01 BTC far below the market.
    async fn buy(&self) -> OrderId {
        self.propose(OrderKind::Limit(self.price(80)), "0.01").await
    }

    async fn order(&self, id: OrderId) -> OrderView {
        let desk = self.ws.desk().await.unwrap();
        self.ws.view(&desk, id).unwrap()
    }

    async fn state(&self, id: OrderId) -> &'static str {
        self.order(id).await.state
    }

    /// One pass after a while.
    async fn reconcile(&self, seconds: i64) {
        self.pass(seconds);
        self.ws.look_at_account().await;
    }

    /// How often an order was sent.
    fn posts(&self) -> usize {
        self.staging
            .requests()
            .iter()
            .filter(|request| request.path == BUY || request.path == "/api/v2/my/buy/now")
            .count()
    }

    fn placed(&self) -> u64 {
        self.staging.truth().placed
    }
}

fn lost() -> Vec<(&'static str, Fault)> {
    let status = |code, body: &str| Fault::Status {
        code,
        body: body.into(),
        content_type: "text/html".into(),
        retry_after: None,
    };
    vec![
        ("reset", Fault::Reset { after_body_bytes: None }),
        ("cut", Fault::Truncate { body_bytes: None }),
        ("server error", status(502, "<html>bad gateway</html>")),
        ("block page", Fault::BlockPage { status: 200 }),
        ("nothing", Fault::EmptyBody {}),
        ("redirect", Fault::Redirect { location: "/elsewhere".into(), code: 307 }),
    ]
}

#[tokio::test]
async fn an_order_goes_to_the_exchange_once_rests_is_filled_and_booked_to_the_digit() {
    let world = World::start().await;
    let id = world.propose(OrderKind::Limit(world.price(100)), "0.01").await;
    let order = world.order(id).await;
    assert!(order.venue_order_id.is_some(), "{order:?}");
    for _ in 0..400 {
        world.reconcile(15).await;
        if world.state(id).await == "filled" {
            break;
        }
    }
    let order = world.order(id).await;
    let truth = world.staging.truth();
    let executed: Decimal = truth.executed.iter().map(|row| row.amount).sum();
    assert_eq!((order.state, order.filled.decimal()), ("filled", executed), "{truth:?}");
    let fees: Decimal = order.fills.iter().map(|fill| fill.fee.0).sum();
    assert_eq!(fees, truth.executed.iter().map(|row| row.fee).sum::<Decimal>(), "fees from the rows");
    assert_eq!((world.posts(), truth.placed), (1, 1));
    let status = world.ws.status().await.unwrap();
    assert_eq!(
        (status.halted, status.paper.cash.0),
        (None, Decimal::from(100_000)),
        "the paper book knows nothing of it"
    );
}

#[tokio::test]
async fn promise_1_a_lost_reply_is_unknown_locks_the_market_and_is_adopted_when_the_venue_shows_it() {
    for (name, fault) in lost() {
        let world = World::start().await;
        world.fault(vec![Rule::on(BUY, fault)]);
        let id = world.buy().await;
        assert_eq!(world.state(id).await, "unknown", "{name}");
        world.reconcile(3).await;
        let order = world.order(id).await;
        let resting = world.staging.truth().resting;
        assert_eq!(order.state, "open", "{name}: {order:?}");
        assert_eq!(order.venue_order_id.as_deref(), Some(resting[0].id.as_str()), "{name}");
        assert_eq!((world.posts(), world.placed()), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn promise_1_an_order_lost_on_its_way_is_never_failed_by_a_timer_nor_sent_again() {
    for (name, fault) in lost() {
        let mut world = World::start().await;
        world.fault(vec![Rule { reaches: false, ..Rule::on(BUY, fault) }]);
        let id = world.buy().await;
        let close = async |world: &World| world.ws.resolve(&id.to_string(), &Word::NotPlaced, "not there").await;
        assert_eq!(close(&world).await.unwrap_err().code(), "too_early", "{name}");
        for _ in 0..4 {
            world.reconcile(140).await;
            assert_eq!(world.order(world.buy().await).await.reason_code.as_deref(), Some("market_locked"), "{name}");
        }
        world.restart().await;
        assert_eq!(world.state(id).await, "unknown", "{name}");
        for _ in 0..20 {
            world.reconcile(600).await;
            assert_eq!(world.state(id).await, "unknown", "{name}");
        }
        let order = world.order(id).await;
        assert!(order.unknown.as_ref().unwrap().may_be_closed, "{name}: {order:?}");
        let closed = close(&world).await.unwrap();
        assert_eq!((closed.state, closed.reason_code.as_deref()), ("rejected", Some("closed_by_person")), "{name}");
        assert_eq!((world.posts(), world.placed()), (1, 0), "{name}");
    }
}

#[tokio::test]
async fn promise_2_what_was_under_way_at_a_restart_is_resolved_before_any_new_order() {
    let mut world = World::start().await;
    world.fault(vec![Rule::on(BUY, Fault::Reset { after_body_bytes: None })]);
    let id = world.buy().await;
    assert_eq!(world.state(id).await, "unknown");
    world.staging.clear_faults();
    world.restart().await;
    world.pass(5);
    let second = world.buy().await;
    assert_eq!((world.state(id).await, world.state(second).await), ("open", "open"), "{:?}", world.order(second).await);
    assert_eq!((world.posts(), world.placed()), (2, 2));
}

#[tokio::test]
async fn promise_6_a_refusal_is_reconciled_before_it_is_believed() {
    let no = r#"{"status":"error","message":"Insufficient funds"}"#;
    let json =
        |code| Fault::Status { code, body: no.into(), content_type: "application/json".into(), retry_after: None };
    for (fault, reaches) in [(json(400), true), (json(400), false), (json(200), true), (json(200), false)] {
        let world = World::start().await;
        world.fault(vec![Rule { reaches, ..Rule::on(BUY, fault.clone()) }]);
        let id = world.buy().await;
        let order = world.order(id).await;
        assert_eq!((order.state, order.reason_code.as_deref()), ("unknown", Some("refused")), "{fault:?} {order:?}");
        world.reconcile(2).await;
        world.reconcile(2).await;
        world.reconcile(2).await;
        let order = world.order(id).await;
        if reaches {
            assert_eq!(order.state, "open", "{fault:?}: {order:?}");
        } else {
            assert_eq!((order.state, order.reason_code.as_deref()), ("rejected", Some("refused")), "{fault:?}");
            assert!(order.reason.unwrap().contains("Insufficient funds"));
        }
        assert_eq!((world.posts(), world.placed()), (1, u64::from(reaches)));
    }
}

#[tokio::test]
async fn promise_7_an_order_lost_on_a_day_with_a_full_page_of_history_stays_unknown_until_the_day_is_read_whole() {
    let world = World::start().await;
    world.fault(vec![Rule { times: Some(1), ..Rule::on(BUY, Fault::Reset { after_body_bytes: None }) }]);
    // Filled at once, and nobody told us.
    let id = world.propose(OrderKind::Limit(world.price(110)), "0.001").await;
    assert_eq!(world.state(id).await, "unknown");
    let by_hand = Resting {
        id: String::new(),
        side: staging::Side::Buy,
        coin: "BTC".into(),
        amount: Decimal::new(1, 5),
        rate: world.price(120).decimal(),
        created_ms: 0,
    };
    for _ in 0..3 {
        world.pass(60);
        for _ in 0..210 {
            world.staging.place_by_hand(&by_hand).unwrap();
        }
    }
    // Where only the day counts a page that is full can't be cut: what is not seen is no evidence, and the market stays shut.
    world.staging.set_habits(Habits { history_dates: staging::Dates::Days, ..habits() });
    for _ in 0..8 {
        world.reconcile(120).await;
        let order = world.order(id).await;
        let unknown = order.unknown.as_ref().unwrap();
        assert_eq!((order.state, unknown.may_be_closed), ("unknown", false), "{order:?}");
    }
    assert!(!world.ws.desk().await.unwrap().live.look.as_ref().unwrap().complete);
    let next = world.order(world.buy().await).await;
    assert_eq!((next.state, world.posts()), ("denied", 1), "{next:?}");
    // Where it can be cut, the order is found among 630 rows of the trader's own, and exact.
    world.staging.set_habits(habits());
    world.reconcile(120).await;
    world.reconcile(5).await;
    let (order, truth) = (world.order(id).await, world.staging.truth());
    assert!(truth.executed.len() > 500, "it was no full page: {}", truth.executed.len());
    let ours: Decimal = truth.executed.iter().filter(|row| row.amount != by_hand.amount).map(|row| row.amount).sum();
    assert_eq!((order.state, order.filled.decimal()), ("filled", ours), "{order:?}");
    assert_eq!(world.posts(), 1);
}

#[tokio::test]
async fn promise_8_an_exchange_that_answers_no_question_leaves_the_order_unknown_for_hours() {
    let world = World::start().await;
    let down = Fault::Status { code: 503, body: String::new(), content_type: "text/plain".into(), retry_after: None };
    let lose = Rule { after: 0, times: Some(1), ..Rule::on(BUY, Fault::Reset { after_body_bytes: None }) };
    world.fault(vec![lose.clone()]);
    let id = world.buy().await;
    world.fault(vec![Rule::on("/api/v2/ro/*", down)]);
    for _ in 0..8 {
        world.pass(3_600);
        assert!(world.ws.reconcile().await.is_err());
        let order = world.order(id).await;
        assert_eq!(order.state, "unknown");
        assert!(!order.unknown.unwrap().may_be_closed);
    }
    assert_eq!(world.order(world.buy().await).await.state, "denied");
    world.staging.clear_faults();
    world.reconcile(60).await;
    assert_eq!((world.state(id).await, world.posts()), ("open", 1));
}

#[tokio::test]
async fn promise_9_a_similar_order_made_by_hand_is_never_adopted_silently() {
    let world = World::start().await;
    let rate = world.price(80).decimal();
    world.fault(vec![Rule::on(BUY, Fault::Reset { after_body_bytes: None })]);
    let id = world.buy().await;
    let by_hand = |amount: &str| Resting {
        id: String::new(),
        side: staging::Side::Buy,
        coin: "BTC".into(),
        amount: Decimal::from_str_exact(amount).unwrap(),
        rate,
        created_ms: 0,
    };
    let hand = world.staging.place_by_hand(&by_hand("0.01")).unwrap();
    world.reconcile(3).await;
    let order = world.order(id).await;
    let unknown = order.unknown.as_ref().unwrap();
    assert_eq!((order.state, unknown.candidates.len(), unknown.may_be_closed), ("unknown", 2, true), "{order:?}");
    let own = world.staging.truth().resting.into_iter().find(|resting| resting.id != hand).unwrap().id;
    let word = Word::Placed(Some(own.clone()));
    let order = world.ws.resolve(&id.to_string(), &word, "the other one is mine").await.unwrap();
    assert_eq!((order.state, order.venue_order_id), ("open", Some(own)));

    // Another amount, and nothing else: not ours.
    let world = World::start().await;
    world.fault(vec![Rule { reaches: false, ..Rule::on(BUY, Fault::Reset { after_body_bytes: None }) }]);
    let id = world.buy().await;
    world.staging.place_by_hand(&by_hand("0.011")).unwrap();
    world.reconcile(3).await;
    let order = world.order(id).await;
    assert_eq!((order.state, order.unknown.unwrap().finding.as_deref()), ("unknown", Some("similar")));
}

#[tokio::test]
async fn promise_10_a_cancel_is_confirmed_at_the_venue_and_a_fill_that_was_first_wins() {
    let world = World::start().await;
    let id = world.buy().await;
    assert_eq!(world.state(id).await, "open");
    let cancelled = world.ws.order_cancel(&id.to_string()).await.unwrap();
    assert_eq!((cancelled.state, cancelled.filled.to_string().as_str()), ("cancelled", "0"));
    assert!(world.staging.truth().resting.is_empty());

    // Filled in the moment before: the venue refuses to cancel, and the history shows it a little later.
    let id = world.propose(OrderKind::Limit(world.price(110)), "0.001").await;
    assert_eq!(world.staging.truth().resting.len(), 0, "it crosses the book");
    let (ws, text) = (world.ws.clone(), id.to_string());
    let cancel = tokio::spawn(async move { ws.order_cancel(&text).await });
    for _ in 0..40 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world.pass(1);
    }
    let _ = cancel.await.unwrap();
    let order = world.order(id).await;
    assert_eq!((order.state, order.filled.to_string().as_str()), ("filled", "0.001"), "{order:?}");
}

#[tokio::test]
async fn promise_4_an_instant_trade_without_an_id_is_found_in_the_history_and_exact() {
    for history_has_ids in [true, false] {
        let world = World::start().await;
        world.staging.set_habits(Habits { history_has_ids, ..habits() });
        let id = world.propose(OrderKind::Instant, "0.01").await;
        let order = world.order(id).await;
        assert_eq!((order.state, order.venue_order_id), ("open", None), "{:?}", order.reason);
        assert_eq!(world.order(world.buy().await).await.reason_code.as_deref(), Some("market_locked"));
        world.reconcile(3).await;
        let (order, truth) = (world.order(id).await, world.staging.truth());
        assert_eq!((order.state, order.fills.len()), ("filled", 1), "{order:?}");
        let (fill, row) = (&order.fills[0], &truth.executed[0]);
        assert_eq!((fill.quantity.decimal(), fill.price.decimal(), fill.fee.0), (row.amount, row.rate, row.fee));
        assert_eq!(world.posts(), 1);
    }
}

#[tokio::test]
async fn balances_that_a_row_will_explain_in_a_moment_are_not_called_unexplained() {
    let world = World::start().await;
    world.ws.look_at_account().await;
    // Rows count from after the first look on.
    world.pass(2);
    let id = world.propose(OrderKind::Instant, "0.01").await;
    let view = world.ws.account_view().await.unwrap();
    assert_eq!((world.state(id).await, view.unexplained), ("open", vec![]));
    assert_eq!(world.ws.desk().await.unwrap().live.unexplained.len(), 2, "the history lags");
    world.reconcile(3).await;
    assert_eq!((world.state(id).await, world.ws.account_view().await.unwrap().unexplained), ("filled", vec![]));
}

#[tokio::test]
async fn a_live_order_whose_time_is_over_says_so_and_one_that_waits_for_leave_is_not_sent() {
    let world = World::start().await;
    let until = Some(world.ws.now().plus_micros(60_000_000));
    let wanted = |until| Wanted {
        book: Book::Live,
        coin: Coin::parse("BTC").unwrap(),
        side: Side::Buy,
        kind: OrderKind::Limit(world.price(80)),
        size: Size::Quantity(Quantity::parse("0.01").unwrap()),
        algorithm: None,
        terms: Terms { until, ..Terms::default() },
        again: true,
    };
    let id = world.ws.propose(wanted(until)).await.unwrap();
    world.pass(60);
    world.ws.end_orders().await.unwrap();
    let order = world.order(id).await;
    assert_eq!((order.state, order.reason_code.as_deref()), ("cancelled", Some("time_over")));
    let late = world.ws.propose(wanted(until)).await.unwrap();
    assert_eq!((world.state(late).await, world.posts()), ("expired", 1));
}

#[tokio::test]
async fn a_live_order_that_rests_too_long_is_taken_back_across_a_restart_and_another_limit_begins_the_wait_anew() {
    let mut world = World::start().await;
    let minutes = BTreeMap::from([("unfilled_minutes".to_owned(), "10".to_owned())]);
    world.ws.limits_set(Book::Live, &minutes, false).await.unwrap();
    let (id, amended) = (world.buy().await, world.buy().await);
    world.pass(300);
    world.restart().await;
    let change = super::Change { order: amended, to: world.price(81), approval: None };
    world.ws.amend_live(change).await.unwrap();
    world.pass(299);
    world.ws.end_orders().await.unwrap();
    assert_eq!(world.state(id).await, "open", "a second is left");
    world.pass(1);
    world.ws.end_orders().await.unwrap();
    let order = world.order(id).await;
    assert_eq!((order.state, order.reason_code.as_deref()), ("cancelled", Some("unfilled")));
    assert_eq!(world.state(amended).await, "open", "it has its limit since half of that");
    assert_eq!(world.staging.truth().resting.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn liquidation_sells_what_our_orders_bought_past_the_switch_and_nothing_else_leaves() {
    let world = World::start().await;
    let bought = world.propose(OrderKind::Instant, "0.01").await;
    world.reconcile(3).await;
    assert_eq!(world.state(bought).await, "filled");
    let ws = world.ws.clone();
    let request = KillRequest { all: false, liquidate: Some("live".into()), typed: Some("STOP".into()) };
    let selling = tokio::spawn(async move { ws.kill(&request).await.unwrap() });
    while !selling.is_finished() {
        tokio::time::sleep(Duration::from_millis(300)).await;
        world.reconcile(3).await;
    }
    let sale = selling.await.unwrap().liquidation.unwrap();
    assert_eq!((sale.refused.clone(), sale.sold.len(), sale.remaining.len()), (None, 1, 0), "{sale:?}");
    assert_eq!(sale.sold[0].quantity, Quantity::parse("0.01").unwrap());
    assert_eq!(world.placed(), 2, "the purchase and one sale");
    let after = world.order(world.buy().await).await;
    assert_eq!((after.reason_code.as_deref(), world.placed()), (Some("killed"), 2));
}

#[tokio::test]
async fn promise_16_a_switch_pulled_while_an_order_is_on_its_way_lets_no_byte_leave_after_it() {
    let world = World::start().await;
    // Pulled during the last look, after the order was judged the first time.
    world.fault(vec![Rule::on("/api/v2/ro/my/orders/market/open", Fault::Delay { ms: 400 })]);
    let ws = world.ws.clone();
    let home = world.home.clone();
    let pull = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(600)).await;
        kill::pull(&home, ws.now()).unwrap();
    });
    let order = world.order(world.buy().await).await;
    pull.await.unwrap();
    assert!(["denied", "rejected"].contains(&order.state), "{order:?}");
    assert_eq!((order.reason_code.as_deref(), world.posts(), world.placed()), (Some("killed"), 0, 0));
}

#[tokio::test]
async fn an_order_the_trader_cancels_on_the_website_ends_here_too() {
    let world = World::start().await;
    let id = world.buy().await;
    let resting = world.staging.truth().resting;
    let account = world.ws.account().await.unwrap().unwrap();
    account.cancel(Side::Buy, &resting[0].id, world.ws.now()).await.unwrap();
    for _ in 0..4 {
        world.reconcile(15).await;
    }
    let order = world.order(id).await;
    assert_eq!((order.state, order.reason_code.as_deref()), ("cancelled", Some("at_venue")));
}

#[tokio::test]
async fn what_can_not_be_asked_lets_nothing_leave() {
    let world = World::start().await;
    world.fault(vec![Rule::on("/api/v2/ro/my/balances", Fault::Reset { after_body_bytes: None })]);
    let order = world.order(world.buy().await).await;
    assert_eq!(order.state, "denied", "{order:?}");
    assert_eq!((world.posts(), world.placed()), (0, 0));
}

#[tokio::test]
async fn two_orders_at_once_leave_one_after_the_other_and_each_once() {
    let world = World::start().await;
    let orders = tokio::join!(world.buy(), world.buy(), world.buy());
    for id in [orders.0, orders.1, orders.2] {
        assert_eq!(world.state(id).await, "open", "{:?}", world.order(id).await);
    }
    let truth = world.staging.truth();
    assert_eq!((world.posts(), truth.placed, truth.resting.len()), (3, 3, 3));
    let ids: std::collections::BTreeSet<_> =
        [world.order(orders.0).await, world.order(orders.1).await, world.order(orders.2).await]
            .into_iter()
            .map(|order| order.venue_order_id)
            .collect();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn what_the_trader_does_on_the_website_is_shown_as_theirs_and_told_once() {
    let world = World::start().await;
    let own = world.buy().await;
    world.ws.reconcile().await.unwrap();
    let wanted = Resting {
        id: String::new(),
        side: staging::Side::Buy,
        coin: "ETH".into(),
        amount: Decimal::ONE,
        rate: Decimal::ONE,
        created_ms: 0,
    };
    let hand = world.staging.place_by_hand(&wanted).unwrap();
    for _ in 0..3 {
        world.pass(20);
        world.ws.reconcile().await.unwrap();
    }
    let view = world.ws.account_view().await.unwrap();
    assert_eq!(view.cash.unwrap().0, Decimal::from(10_000));
    let owners: Vec<_> = view.resting.iter().map(|open| (open.venue_order_id == hand, open.order)).collect();
    assert_eq!(owners, [(false, Some(own)), (true, None)]);
    assert_eq!((view.unexplained.len(), view.trouble), (0, None));
    let alerts = world.ws.alerts(None, false).await.unwrap().alerts;
    let told: Vec<_> = alerts.iter().filter(|alert| alert.rule == "made_elsewhere").collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].title.contains("ETH"));
    // Cancel all takes back what is ours and leaves what is theirs.
    world.ws.order_cancel_all().await.unwrap();
    let resting = world.staging.truth().resting;
    assert_eq!(resting.iter().map(|open| &open.id).collect::<Vec<_>>(), [&hand]);
    assert_eq!(world.state(own).await, "cancelled");
}
