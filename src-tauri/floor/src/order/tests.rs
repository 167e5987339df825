use super::*;
use crate::fixtures::{NOW, aud, fill, id, limit, name, price, proposal, quantity};
use domain::{Coin, Decimal, FactHash, Look, OrderState, Side::Buy};

const FEES: FeeRates = FeeRates::COINSPOT;

fn wanted() -> Proposal {
    limit(Buy, "100", "2")
}

fn approved() -> Fact {
    Fact::OrderApproved { order: id(1), by: name("paper") }
}

fn intended() -> Fact {
    Fact::OrderIntended { order: id(1) }
}

fn opened() -> Fact {
    Fact::OrderOpened { order: id(1), venue_order_id: Some("v1".into()) }
}

fn cancelled() -> Fact {
    Fact::OrderCancelled { order: id(1), reason: name("by_person") }
}

fn denied() -> Fact {
    Fact::OrderDenied { order: id(1), denial: Denial::new("dust", "too little") }
}

fn rejected() -> Fact {
    Fact::OrderRejected { order: id(1), denial: Denial::new("no", "the venue said no") }
}

fn row() -> VenueFill {
    VenueFill {
        id: None,
        side: Buy,
        coin: wanted().coin,
        instant: false,
        amount: quantity("1"),
        rate: price("100"),
        fee: Decimal::ZERO,
        at: NOW,
    }
}

fn intent() -> Fact {
    let before =
        Look { at: NOW, open: vec![], done: vec![], complete: true, coins: vec![], cash: Decimal::ONE_THOUSAND };
    let intent = Intent {
        at: NOW,
        nonce: 5,
        body: "{}".into(),
        worst: price("100"),
        fee: BasisPoints(10),
        cash: aud("200.2"),
        coins: Quantity::ZERO,
        before,
    };
    Fact::LiveIntended { order: id(1), intent: Box::new(intent) }
}

fn unknown() -> Fact {
    Fact::OrderUnknown { order: id(1), why: Denial::new("timeout", "no answer") }
}

fn resolved(placed: bool) -> Fact {
    let resolution =
        if placed { Resolution::Placed { venue_order_id: Some("v2".into()) } } else { Resolution::NotPlaced };
    Fact::OrderResolved { order: id(1), resolution, by: name("evidence"), why: "one match".into() }
}

fn ask() -> Ask {
    Ask { hash: FactHash([1; 32]), price: price("100"), mid: price("99"), expires: NOW }
}

fn part(number: u8, coins: &str) -> Fact {
    fill(id(1), number, &wanted(), coins, "100")
}

fn after(facts: &[Fact]) -> Order {
    let mut order = Order::proposed(id(1), wanted());
    for fact in facts {
        order.apply(fact, &FEES).unwrap();
    }
    order
}

fn refused(facts: &[Fact], last: &Fact) -> OrderError {
    let mut order = after(facts);
    let before = order.clone();
    let error = order.apply(last, &FEES).unwrap_err();
    assert_eq!(order, before, "a refused fact changes nothing");
    error
}

#[test]
fn an_order_walks_from_proposal_to_filled() {
    let steps = [
        (approved(), OrderState::Approved),
        (intended(), OrderState::Sending),
        (opened(), OrderState::Open),
        (part(1, "0.5"), OrderState::PartiallyFilled),
        (part(2, "1.5"), OrderState::Filled),
    ];
    let mut order = Order::proposed(id(1), wanted());
    assert_eq!(order.state(), OrderState::AwaitingApproval);
    for (fact, state) in steps {
        order.apply(&fact, &FEES).unwrap();
        assert_eq!(order.state(), state);
    }
    assert_eq!((order.filled(), order.remaining(), order.fills().len()), (quantity("2"), Quantity::ZERO, 2));
    assert_eq!((order.venue_order_id(), order.approved_by().cloned()), (Some("v1"), Some(name("paper"))));
}

/// Every state that facts can reach, and for each the steps it allows.
#[test]
fn every_step_the_table_does_not_name_is_an_error() {
    let resting = [approved(), intended(), opened()];
    let lost = [approved(), intent(), unknown()];
    let resting_steps = "cancelled part asked_back amended row";
    let states: [(&str, Vec<Fact>, &str); 13] = [
        ("awaiting", vec![], "approved denied cancelled expired asked edited"),
        ("approved", resting[..1].to_vec(), "intended intent denied cancelled expired"),
        ("sending", resting[..2].to_vec(), "opened rejected part unknown row"),
        ("open", resting.to_vec(), resting_steps),
        ("partly", [&resting[..], &[part(1, "1")]].concat(), resting_steps),
        ("filled", [&resting[..], &[part(1, "2")]].concat(), ""),
        ("cancelled", [&resting[..], &[cancelled()]].concat(), "part row"),
        ("denied", vec![denied()], ""),
        ("rejected", [&resting[..2], &[rejected()]].concat(), ""),
        ("unknown", lost.to_vec(), "opened placed not_placed part row"),
        ("found", [&lost[..], &[resolved(true)]].concat(), resting_steps),
        ("given up", [&lost[..], &[resolved(false)]].concat(), ""),
        ("expired", vec![Fact::OrderExpired { order: id(1) }], ""),
    ];
    let steps = [
        ("intent", intent()),
        ("unknown", unknown()),
        ("placed", resolved(true)),
        ("not_placed", resolved(false)),
        ("expired", Fact::OrderExpired { order: id(1) }),
        ("asked", Fact::ApprovalAsked { order: id(1), ask: ask() }),
        ("edited", Fact::OrderEdited { order: id(1), kind: OrderKind::Instant, quantity: quantity("1") }),
        ("asked_back", Fact::CancelAsked { order: id(1), reason: name("by_person") }),
        ("amended", Fact::OrderAmended { order: id(1), limit: price("99") }),
        ("row", Fact::RowTaken { order: id(1), row: row() }),
        ("approved", approved()),
        ("intended", intended()),
        ("opened", opened()),
        ("denied", denied()),
        ("cancelled", cancelled()),
        ("rejected", rejected()),
        ("part", part(9, "0.1")),
    ];
    for (state, facts, allowed) in states {
        for (step, fact) in &steps {
            if allowed.split(' ').any(|one| one == *step) {
                assert!(after(&facts).apply(fact, &FEES).is_ok(), "{state} + {step}");
            } else {
                let code = refused(&facts, fact).code();
                assert!(["order_step_illegal", "order_overfilled"].contains(&code), "{state} + {step}: {code}");
            }
        }
    }
}

#[test]
fn a_fill_that_races_a_cancel_wins_and_the_rest_stays_cancelled() {
    let resting = [approved(), intended(), opened(), part(1, "0.5"), cancelled()];
    let order = after(&[&resting[..], &[part(2, "0.25")]].concat());
    assert_eq!(order.state(), OrderState::Cancelled);
    assert_eq!((order.filled(), order.remaining()), (quantity("0.75"), quantity("1.25")));
    assert_eq!(order.reason().unwrap().code, "by_person");

    let order = after(&[&resting[..], &[part(2, "1.5")]].concat());
    assert_eq!((order.state(), order.remaining(), order.reason()), (OrderState::Filled, Quantity::ZERO, None));
}

#[test]
fn fills_beyond_the_order_and_the_same_fill_twice_are_errors() {
    let resting = [approved(), intended(), opened(), part(1, "1")];
    assert_eq!(refused(&resting, &part(2, "1.00000001")).code(), "order_overfilled");
    assert_eq!(refused(&resting, &part(1, "1")).code(), "order_filled_twice");
    assert_eq!(refused(&resting, &part(2, "0")).code(), "fill_empty");
}

#[test]
fn a_fill_of_something_else_is_an_error() {
    let resting = [approved(), intended(), opened()];
    let other_coin = Proposal { coin: Coin::parse("ETH").unwrap(), ..wanted() };
    let other_side = Proposal { side: Side::Sell, ..wanted() };
    let other_book = Proposal { book: domain::Book::Live, ..wanted() };
    for other in [other_coin, other_side, other_book] {
        assert_eq!(refused(&resting, &fill(id(1), 1, &other, "1", "100")).code(), "fill_mismatch");
    }
}

#[test]
fn an_order_that_never_left_cannot_fill() {
    assert_eq!(refused(&[], &part(1, "1")).code(), "order_step_illegal");
    assert_eq!(refused(&[approved()], &part(1, "1")).code(), "order_step_illegal");
    assert_eq!(refused(&[cancelled()], &part(1, "1")).code(), "order_step_illegal");
    assert_eq!(refused(&[approved(), cancelled()], &part(1, "1")).code(), "order_step_illegal");
}

#[test]
fn a_fill_may_be_told_before_the_venues_answer() {
    let order = after(&[approved(), intended(), part(1, "1"), opened()]);
    assert_eq!((order.state(), order.venue_order_id()), (OrderState::PartiallyFilled, Some("v1")));
    let order = after(&[approved(), intended(), part(1, "2"), opened()]);
    assert_eq!((order.state(), order.venue_order_id()), (OrderState::Filled, Some("v1")));
    assert_eq!(refused(&[approved(), intended(), part(1, "2"), opened()], &opened()).code(), "order_step_illegal");
}

#[test]
fn an_order_on_its_way_cannot_be_taken_back() {
    assert_eq!(after(&[approved(), intended()]).cancel(name("by_person")).unwrap_err().code(), "order_step_illegal");
    assert_eq!(after(&[approved(), intended(), opened()]).cancel(name("by_person")).unwrap(), cancelled());
}

#[test]
fn an_order_of_unknown_fate_closes_its_market_and_keeps_what_is_set_aside() {
    let aside = |order: &Order| order.reservation(&FEES).unwrap().cash.to_string();
    let lost = after(&[approved(), intent(), unknown()]);
    assert!(lost.locks_market() && !lost.can_cancel());
    assert_eq!((lost.state(), aside(&lost).as_str()), (OrderState::Unknown, "200.2 AUD"));
    assert_eq!(lost.reason().unwrap().code, "timeout");
    assert!(after(&[approved(), intent()]).locks_market(), "also while it is on its way");
    assert!(!after(&[approved(), intended()]).locks_market(), "the paper venue answers at once");

    let found = after(&[approved(), intent(), unknown(), resolved(true), part(1, "2")]);
    assert_eq!((found.state(), found.venue_order_id(), found.locks_market()), (OrderState::Filled, Some("v2"), false));
    let gone = after(&[approved(), intent(), unknown(), resolved(false)]);
    assert_eq!((gone.state(), gone.locks_market()), (OrderState::Rejected, false));
    assert_eq!((gone.reason().unwrap().code.as_str(), aside(&gone).as_str()), ("refused", "0 AUD"));
}

#[test]
fn an_instant_order_locks_its_market_until_its_row_is_seen_and_sets_aside_its_worst_case() {
    let wanted = proposal(Buy, OrderKind::Instant, "2");
    let mut order = Order::proposed(id(1), wanted.clone());
    let opened = Fact::OrderOpened { order: id(1), venue_order_id: None };
    for fact in [approved(), intent(), opened] {
        order.apply(&fact, &FEES).unwrap();
    }
    assert!(order.locks_market());
    assert_eq!(order.reservation(&FEES).unwrap().cash, aud("202"));
    order.apply(&fill(id(1), 1, &wanted, "2", "100"), &FEES).unwrap();
    assert!(!order.locks_market());
}

#[test]
fn only_an_instant_order_at_a_real_venue_closes_its_market_once_it_is_open() {
    assert!(!after(&[approved(), intent(), opened()]).locks_market(), "a limit order that rests closes nothing");
    let mut paper = Order::proposed(id(1), proposal(Buy, OrderKind::Instant, "2"));
    for fact in [approved(), intended(), Fact::OrderOpened { order: id(1), venue_order_id: None }] {
        paper.apply(&fact, &FEES).unwrap();
    }
    assert_eq!((paper.state(), paper.locks_market()), (OrderState::Open, false));
}

#[test]
fn what_a_person_is_asked_and_says_to_it_is_kept_in_order() {
    let asked = Fact::ApprovalAsked { order: id(1), ask: ask() };
    let said = |words: &str| Fact::ApprovalAnswered { order: id(1), words: words.into() };
    let order = after(&[asked, said("why now?"), said("tomorrow")]);
    assert_eq!((order.ask(), order.answers()), (Some(&ask()), &["why now?".to_owned(), "tomorrow".to_owned()][..]));
}

#[test]
fn the_rows_that_are_its_fills_are_kept() {
    let taken = Fact::RowTaken { order: id(1), row: row() };
    assert_eq!(after(&[approved(), intent(), opened(), taken]).rows(), [row()]);
}

#[test]
fn an_order_is_proposed_once() {
    let again = Fact::OrderProposed { order: id(1), proposal: wanted() };
    assert_eq!(refused(&[approved()], &again), OrderError::ProposedTwice(id(1)));
}

#[test]
fn an_edit_voids_the_question_and_changes_what_is_ordered() {
    let edited = Fact::OrderEdited { order: id(1), kind: OrderKind::Limit(price("90")), quantity: quantity("1") };
    let asked = Fact::ApprovalAsked { order: id(1), ask: ask() };
    let order = after(&[asked, edited]);
    assert_eq!((order.ask(), order.limit(), order.remaining()), (None, Some(price("90")), quantity("1")));
}

#[test]
fn an_approved_order_sets_aside_its_worst_case_until_it_is_over() {
    let aside = |facts: &[Fact]| after(facts).reservation(&FEES).unwrap().cash.to_string();
    assert_eq!(aside(&[]), "0 AUD");
    assert_eq!(aside(&[approved()]), "200.2 AUD");
    let resting = [approved(), intended(), opened(), part(1, "0.5")];
    assert_eq!(aside(&resting), "150.15 AUD");
    assert_eq!(aside(&[&resting[..], &[cancelled()]].concat()), "0 AUD");
}
