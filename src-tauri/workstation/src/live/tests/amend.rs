//! Another limit for what rests: each fault of the edit call, and what becomes of the order.

use super::*;
use crate::dto::AmendRequest;
use crate::live::Change;

const EDIT: &str = "/api/v2/my/buy/edit";

impl World {
    fn edits(&self) -> usize {
        self.staging.requests().iter().filter(|request| request.path == EDIT).count()
    }

    async fn amend(&self, order: OrderId, percent: i64) -> crate::Result<()> {
        self.ws.amend_live(Change { order, to: self.price(percent), approval: None }).await
    }

    /// The limit we know, the one it is to have, and the true one.
    async fn limits(&self, id: OrderId) -> (Option<Price>, Option<Price>, Option<Decimal>) {
        let order = self.order(id).await;
        let true_rate = self.staging.truth().resting.first().map(|resting| resting.rate);
        (order.limit, order.amending.map(|amending| amending.to), true_rate)
    }

    async fn set_aside(&self) -> Decimal {
        self.ws.desk().await.unwrap().orders.reserved_cash(Book::Live).amount().round_dp(2)
    }

    fn worst(&self, price: Price) -> Decimal {
        (price.decimal() * Decimal::new(1, 2) * Decimal::new(1_001, 3)).round_dp(2)
    }
}

fn refusal(reaches: bool) -> Rule {
    let body = r#"{"status":"error","message":"Rate does not match"}"#.to_owned();
    let fault = Fault::Status { code: 400, body, content_type: "application/json".into(), retry_after: None };
    Rule { reaches, ..Rule::on(EDIT, fault) }
}

#[tokio::test]
async fn an_order_that_rests_gets_another_limit_by_one_call_and_is_filled_at_it() {
    let world = World::start().await;
    let id = world.buy().await;
    let (from, to) = (world.price(80), world.price(85));
    world.amend(id, 85).await.unwrap();
    assert_eq!(world.limits(id).await, (Some(to), None, Some(to.decimal())));
    assert_eq!((world.edits(), world.posts(), world.placed()), (1, 1, 1));
    assert_eq!(world.set_aside().await, world.worst(to));
    world.amend(id, 80).await.unwrap();
    assert_eq!(world.limits(id).await, (Some(from), None, Some(from.decimal())));
    // Beyond the market: filled in the same call, with rows that come later.
    world.amend(id, 110).await.unwrap();
    world.reconcile(3).await;
    world.reconcile(3).await;
    let order = world.order(id).await;
    assert_eq!((order.state, order.filled.to_string().as_str()), ("filled", "0.01"), "{order:?}");
    assert_eq!((world.edits(), world.posts()), (3, 1));
}

#[tokio::test]
async fn a_lost_reply_to_an_edit_closes_the_market_sets_the_worse_limit_aside_and_is_settled_by_looking() {
    for (name, fault) in lost() {
        let mut world = World::start().await;
        let id = world.buy().await;
        let (from, to) = (world.price(80), world.price(85));
        world.fault(vec![Rule::on(EDIT, fault)]);
        world.amend(id, 85).await.unwrap();
        assert_eq!(world.limits(id).await, (Some(from), Some(to), Some(to.decimal())), "{name}");
        assert_eq!(world.set_aside().await, world.worst(to), "{name}");
        world.restart().await;
        assert_eq!(world.set_aside().await, world.worst(to), "{name}");
        // Whoever asks again looks first, which settles it: the same edit is never sent twice.
        assert_eq!(world.amend(id, 85).await.unwrap_err().code(), "amend_same", "{name}");
        assert_eq!(world.limits(id).await, (Some(to), None, Some(to.decimal())), "{name}");
        assert_eq!((world.edits(), world.posts(), world.placed()), (1, 1, 1), "{name}");
    }
}

#[tokio::test]
async fn an_edit_that_never_arrived_leaves_the_market_closed_until_many_looks_show_the_old_limit() {
    let mut world = World::start().await;
    let id = world.buy().await;
    let (from, to) = (world.price(80), world.price(85));
    world.fault(vec![Rule { reaches: false, ..Rule::on(EDIT, Fault::Reset { after_body_bytes: None }) }]);
    world.amend(id, 85).await.unwrap();
    for _ in 0..4 {
        world.reconcile(120).await;
        assert_eq!(world.limits(id).await, (Some(from), Some(to), Some(from.decimal())));
        assert_eq!(world.order(world.buy().await).await.reason_code.as_deref(), Some("market_locked"));
    }
    // A restart forgets the looks and not the edit.
    world.restart().await;
    for _ in 0..5 {
        assert_eq!(world.limits(id).await.1, Some(to));
        world.reconcile(130).await;
    }
    world.reconcile(130).await;
    assert_eq!(world.limits(id).await, (Some(from), None, Some(from.decimal())));
    assert_eq!(world.set_aside().await, world.worst(from));
    assert_eq!((world.edits(), world.state(id).await), (1, "open"));
}

#[tokio::test]
async fn a_refused_edit_is_believed_when_looks_show_the_old_limit_and_not_when_they_show_the_new() {
    for reaches in [false, true] {
        let world = World::start().await;
        let id = world.buy().await;
        let (from, to) = (world.price(80), world.price(85));
        world.fault(vec![refusal(reaches)]);
        world.amend(id, 85).await.unwrap();
        assert!(world.order(id).await.amending.unwrap().refused.unwrap().contains("Rate does not match"));
        for _ in 0..3 {
            world.reconcile(2).await;
        }
        let is = if reaches { to } else { from };
        assert_eq!(world.limits(id).await, (Some(is), None, Some(is.decimal())), "{reaches}");
        assert_eq!(world.edits(), 1);
    }
}

#[tokio::test]
async fn an_order_filled_while_it_was_to_be_edited_is_filled_at_its_old_limit() {
    let world = World::start().await;
    let id = world.propose(OrderKind::Limit(world.price(110)), "0.01").await;
    assert_eq!(world.staging.truth().resting.len(), 0, "it crosses the book, and the history tells later");
    let lower = world.price(105);
    let change = Change { order: id, to: lower, approval: None };
    let amended = world.ws.amend_live(change).await;
    for _ in 0..4 {
        world.reconcile(3).await;
    }
    let order = world.order(id).await;
    assert_eq!((order.state, order.filled.to_string().as_str()), ("filled", "0.01"), "{amended:?} {order:?}");
    assert_eq!((order.amending, world.posts(), world.placed()), (None, 1, 1));
}

#[tokio::test]
async fn an_order_whose_limit_nobody_knows_can_still_be_taken_back() {
    let world = World::start().await;
    let id = world.buy().await;
    world.fault(vec![Rule::on(EDIT, Fault::Reset { after_body_bytes: None })]);
    world.amend(id, 85).await.unwrap();
    let cancelled = world.ws.order_cancel(&id.to_string()).await.unwrap();
    assert_eq!((cancelled.state, cancelled.amending), ("cancelled", None));
    assert!(world.staging.truth().resting.is_empty());
    assert_eq!(world.set_aside().await, Decimal::ZERO);
}

#[tokio::test]
async fn a_limit_that_gives_away_more_asks_as_a_new_order_does_and_one_that_gives_less_does_not() {
    let world = World::start().await;
    let id = world.buy().await;
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
    world.amend(id, 79).await.unwrap();
    assert_eq!(world.amend(id, 85).await.unwrap_err().code(), "amend_asks");
    let to = world.price(85);
    let mut request =
        AmendRequest { order: id.to_string(), limit: to.decimal().to_string(), quantity: None, approval: None };
    let preview = world.ws.amend_preview(&request).await.unwrap();
    assert!(preview.asks && preview.denial.is_none(), "{preview:?}");
    let said = Change { order: id, to, approval: preview.approval.clone() };
    // To another limit it is no yes, nor after its time.
    let other = Change { to: world.price(86), ..said.clone() };
    assert_eq!(world.ws.amend_live(other).await.unwrap_err().code(), "amend_asks");
    world.pass(301);
    assert_eq!(world.ws.amend_live(said).await.unwrap_err().code(), "amend_asks");
    assert_eq!(world.edits(), 1);
    request.approval = world.ws.amend_preview(&request).await.unwrap().approval;
    let amended = world.ws.amend(&request).await.unwrap();
    assert_eq!((amended.limit, amended.amending, world.edits()), (Some(to), None, 2));
}

#[tokio::test]
async fn no_edit_leaves_after_the_kill_switch_nor_beyond_a_limit() {
    let world = World::start().await;
    let id = world.buy().await;
    let changes = vec![floor::Limits::parse_change("max_order_aud", "100").unwrap()];
    let set = vec![Fact::LimitsSet { book: Book::Live, changes }];
    world.ws.record(&mut world.ws.desk().await.unwrap(), set).await.unwrap();
    assert_eq!(world.amend(id, 85).await.unwrap_err().code(), "max_order_aud");
    kill::pull(&world.home, world.ws.now()).unwrap();
    assert_eq!(world.amend(id, 79).await.unwrap_err().code(), "killed");
    assert_eq!((world.edits(), world.order(id).await.amending), (0, None));
}

#[tokio::test]
async fn another_quantity_takes_the_order_back_and_proposes_one_in_its_place() {
    let world = World::start().await;
    let id = world.buy().await;
    let request = AmendRequest {
        order: id.to_string(),
        limit: world.price(82).decimal().to_string(),
        quantity: Some("0.02".into()),
        approval: None,
    };
    let order = world.ws.amend(&request).await.unwrap();
    let resting = world.staging.truth().resting;
    assert_eq!((order.state, resting.len(), resting[0].amount), ("open", 1, Decimal::new(2, 2)), "{order:?}");
    assert_eq!((world.state(id).await, order.limit), ("cancelled", Some(world.price(82))));
    // Filled in the moment before, with rows that the history doesn't tell yet: nothing takes its place.
    let second = world.propose(OrderKind::Limit(world.price(110)), "0.001").await;
    let request = AmendRequest { order: second.to_string(), quantity: Some("0.002".into()), ..request };
    let refused = world.ws.amend(&request).await.unwrap_err();
    assert!(["cancel_unconfirmed", "amend_filled", "amend_unclear"].contains(&refused.code().as_str()), "{refused}");
    assert_eq!(world.placed(), 3);
}

#[tokio::test]
async fn an_order_that_gets_another_id_with_its_limit_is_followed_taken_back_and_found_by_the_kill_switch() {
    let mut world = World::start().await;
    world.staging.set_habits(Habits { edits_rename: true, ..habits() });
    let id = world.buy().await;
    let before = world.order(id).await.venue_order_id;
    world.amend(id, 85).await.unwrap();
    world.reconcile(3).await;
    let truth = world.staging.truth().resting[0].clone();
    let order = world.order(id).await;
    assert_eq!((order.state, order.limit, order.amending), ("open", Some(world.price(85)), None));
    assert_eq!(order.venue_order_id.as_deref(), Some(truth.id.as_str()));
    assert_ne!(order.venue_order_id, before);
    world.restart().await;
    assert_eq!(world.order(id).await.venue_order_id.as_deref(), Some(truth.id.as_str()));
    world.ws.order_cancel(&id.to_string()).await.unwrap();
    assert_eq!((world.state(id).await, world.staging.truth().resting.len()), ("cancelled", 0));
    // The switch is pulled before a look showed what the answer said.
    let id = world.buy().await;
    world.amend(id, 85).await.unwrap();
    let receipt = world.ws.kill(&KillRequest::default()).await.unwrap();
    assert_eq!(world.staging.truth().resting.len(), 0, "{receipt:?}");
}

#[tokio::test]
async fn another_limit_that_the_gate_refuses_is_written_down_and_nothing_is_asked_of_the_exchange() {
    let world = World::start().await;
    let id = world.buy().await;
    let most = BTreeMap::from([("max_order_aud".to_owned(), "10".to_owned())]);
    world.ws.limits_set(Book::Live, &most, false).await.unwrap();
    assert_eq!(world.amend(id, 85).await.unwrap_err().code(), "max_order_aud");
    let order = world.order(id).await;
    let denied = order.amend_denied.unwrap();
    assert_eq!((denied.limit, denied.code.as_str(), order.state), (world.price(85), "max_order_aud", "open"));
    assert_eq!((order.limit, world.edits()), (Some(world.price(80)), 0));
}
