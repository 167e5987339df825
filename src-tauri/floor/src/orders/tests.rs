use super::*;
use crate::fixtures::{NOW, aud, coin, fill, id, limit, name, price, proposal, quantity};
use domain::{
    Ask, BasisPoints, Decimal, FactHash, Intent, Look, OrderKind, OrderState, Proposal, Side, VenueFill, VenueOrder,
};
use proptest::prelude::*;

fn proposed(number: u8, proposal: &Proposal) -> Fact {
    Fact::OrderProposed { order: id(number), proposal: proposal.clone() }
}

fn resting(number: u8, proposal: &Proposal) -> Vec<Fact> {
    vec![
        proposed(number, proposal),
        Fact::OrderApproved { order: id(number), by: name("paper") },
        Fact::OrderIntended { order: id(number) },
        Fact::OrderOpened { order: id(number), venue_order_id: None },
    ]
}

fn fold(facts: &[Fact]) -> Orders {
    let mut orders = Orders::default();
    for fact in facts {
        orders.apply(fact).unwrap();
    }
    orders
}

fn buy() -> Proposal {
    limit(Side::Buy, "100", "2")
}

fn sale() -> Proposal {
    limit(Side::Sell, "100", "3")
}

#[test]
fn orders_keep_the_journals_order_and_the_open_ones_are_found() {
    let mut facts = resting(9, &buy());
    facts.extend(resting(1, &sale()));
    facts.push(proposed(5, &buy()));
    facts.push(fill(id(9), 1, &buy(), "2", "100"));
    let orders = fold(&facts);
    let all: Vec<_> = orders.iter().map(Order::id).collect();
    assert_eq!(all, [id(9), id(1), id(5)]);
    assert_eq!(orders.open().map(Order::id).collect::<Vec<_>>(), [id(1), id(5)]);
    assert_eq!(orders.resting(Book::Paper).map(Order::id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(orders.resting(Book::Live).count(), 0);
    assert_eq!(orders.get(id(9)).unwrap().state(), OrderState::Filled);
    assert!(orders.get(id(77)).is_none());
}

#[test]
fn reservations_of_the_books_are_kept_apart_and_released() {
    let live = Proposal { book: Book::Live, ..buy() };
    let mut facts = resting(1, &buy());
    facts.extend(resting(2, &sale()));
    facts.extend(resting(3, &live));
    let orders = fold(&facts);
    assert_eq!(orders.reserved_cash(Book::Paper), aud("200.2"));
    assert_eq!(orders.reserved_coins(Book::Paper, coin("BTC")), quantity("3"));
    assert_eq!(orders.reserved_coins(Book::Paper, coin("ETH")), Quantity::ZERO);
    assert_eq!(orders.reserved_cash(Book::Live), aud("200.2"));
    facts.push(fill(id(2), 1, &sale(), "1", "100"));
    facts.push(Fact::OrderCancelled { order: id(1), reason: name("by_person") });
    let orders = fold(&facts);
    assert_eq!(orders.reserved_cash(Book::Paper).amount(), aud("0").amount());
    assert_eq!(orders.reserved_coins(Book::Paper, coin("BTC")), quantity("2"));
}

#[test]
fn a_fresh_paper_wallet_takes_back_paper_orders_and_leaves_live_ones() {
    let live = Proposal { book: Book::Live, ..buy() };
    let mut facts = resting(1, &buy());
    facts.extend(resting(2, &sale()));
    facts.extend(resting(3, &live));
    facts.push(Fact::PaperReset { cash: aud("5") });
    let orders = fold(&facts);
    assert_eq!(orders.open().map(Order::id).collect::<Vec<_>>(), [id(3)]);
    let ended = orders.get(id(1)).unwrap();
    assert_eq!((ended.state(), ended.reason().unwrap().code.as_str()), (OrderState::Cancelled, "paper_reset"));
    assert_eq!(orders.reserved_cash(Book::Paper).amount(), aud("0").amount());
    assert_eq!(orders.reserved_coins(Book::Paper, coin("BTC")), Quantity::ZERO);
    assert_eq!(orders.reserved_cash(Book::Live), aud("200.2"));
}

#[test]
fn facts_about_unknown_orders_and_a_second_proposal_are_errors() {
    let mut orders = fold(&resting(1, &buy()));
    let before = orders.clone();
    assert_eq!(orders.apply(&Fact::OrderIntended { order: id(2) }).unwrap_err().code(), "no_such_order");
    assert_eq!(orders.apply(&proposed(1, &buy())).unwrap_err().code(), "order_proposed_twice");
    assert_eq!(orders.apply(&fill(id(2), 1, &buy(), "1", "100")).unwrap_err().code(), "no_such_order");
    assert_eq!(orders, before);
    orders.apply(&Fact::KillCleared).unwrap();
    assert_eq!(orders, before);
}

#[test]
fn an_order_too_large_to_compute_can_be_refused_but_not_approved() {
    let huge = limit(Side::Buy, "79228162514264337593543950335", "79228162514264337593543950335");
    let mut orders = fold(&[proposed(1, &huge)]);
    let approved = Fact::OrderApproved { order: id(1), by: name("paper") };
    assert_eq!(orders.apply(&approved).unwrap_err().code(), "amount_too_large");
    orders.apply(&Fact::OrderDenied { order: id(1), denial: Denial::new("amount_too_large", "no") }).unwrap();
    assert_eq!(orders.get(id(1)).unwrap().state(), OrderState::Denied);
}

#[test]
fn the_minute_counts_allowed_orders_of_the_book_only() {
    let at = |seconds: i64, number: u8| OrderId::new(NOW.plus_micros(seconds * 1_000_000), [number; 10]);
    let mut orders = Orders::default();
    for (seconds, number) in [(-61, 1), (-60, 2), (-59, 3), (0, 4), (5, 5), (-1, 6)] {
        let order = at(seconds, number);
        orders.apply(&Fact::OrderProposed { order, proposal: buy() }).unwrap();
        let refused = Fact::OrderDenied { order, denial: Denial::new("dust", "too little") };
        let allowed = Fact::OrderApproved { order, by: name("paper") };
        orders.apply(if number == 6 { &refused } else { &allowed }).unwrap();
    }
    assert_eq!(orders.allowed_in_last_minute(Book::Paper, NOW), 2);
    assert_eq!(orders.allowed_in_last_minute(Book::Live, NOW), 0);
}

/// Any fact about one of three orders, sensible or not.
fn any_fact() -> impl Strategy<Value = Fact> {
    let kinds = [buy(), sale(), proposal(Side::Buy, OrderKind::Instant, "2")];
    (0_u8..8, 0_usize..3, 0_u8..6, 1_i64..200).prop_map(move |(what, which, number, hundredths)| {
        let order = id(which as u8);
        match what {
            0 => Fact::OrderProposed { order, proposal: kinds[which].clone() },
            1 => Fact::OrderApproved { order, by: name("paper") },
            2 => Fact::OrderIntended { order },
            3 => Fact::OrderOpened { order, venue_order_id: None },
            4 if number == 0 => Fact::OrderCancelled { order, reason: name("by_person") },
            5 if number == 0 => Fact::OrderRejected { order, denial: Denial::new("no", "no") },
            6 if number == 0 => Fact::PaperReset { cash: aud("1") },
            _ => {
                let coins = format!("{}.{:02}", hundredths / 100, hundredths % 100);
                fill(order, number, &kinds[which], &coins, "99")
            }
        }
    })
}

proptest! {
    #[test]
    fn whatever_facts_come_nothing_is_overfilled_and_reservations_are_a_fresh_sum(
        facts in proptest::collection::vec(any_fact(), 0..120),
    ) {
        let mut orders = Orders::default();
        let mut taken = Vec::new();
        for fact in facts {
            let before = orders.clone();
            match orders.apply(&fact) {
                Ok(()) => taken.push(fact),
                Err(_) => prop_assert_eq!(&orders, &before),
            }
        }
        let (mut cash, mut coins) = (Money::ZERO_AUD, Quantity::ZERO);
        for order in orders.iter() {
            let sum = order.fills().iter().try_fold(Quantity::ZERO, |sum, fill| sum.checked_add(fill.quantity)).unwrap();
            prop_assert_eq!(sum, order.filled());
            prop_assert_eq!(sum.checked_add(order.remaining()).unwrap(), order.proposal().quantity);
            prop_assert_eq!(order.remaining().is_zero(), order.state() == OrderState::Filled);
            let aside = order.reservation(&FeeRates::COINSPOT).unwrap();
            cash = cash.checked_add(aside.cash).unwrap();
            coins = coins.checked_add(aside.coins).unwrap();
        }
        prop_assert_eq!(orders.reserved_cash(Book::Paper), cash);
        prop_assert_eq!(orders.reserved_coins(Book::Paper, coin("BTC")), coins);
        prop_assert_eq!(fold(&taken), orders);
    }
}

/// A live order of the number, sent while one order rested and one trade was in the history.
fn sent(number: u8) -> Vec<Fact> {
    let live = Proposal { book: Book::Live, ..buy() };
    let row = VenueFill {
        id: None,
        side: Side::Buy,
        coin: coin("BTC"),
        instant: false,
        amount: quantity("1"),
        rate: price("100"),
        fee: Decimal::ZERO,
        at: NOW,
    };
    let rested = VenueOrder {
        id: "theirs".into(),
        side: Side::Buy,
        coin: coin("BTC"),
        left: quantity("1"),
        rate: price("90"),
        created: Some(NOW),
    };
    let before = Look {
        at: NOW,
        open: vec![rested],
        done: vec![row],
        complete: true,
        coins: vec![],
        cash: Decimal::ONE_THOUSAND,
    };
    let intent = Intent {
        at: NOW,
        nonce: u64::from(number),
        body: "{}".into(),
        worst: price("100"),
        fee: BasisPoints(10),
        cash: aud("200.2"),
        coins: Quantity::ZERO,
        before,
    };
    vec![
        proposed(number, &live),
        Fact::OrderApproved { order: id(number), by: name("mandate") },
        Fact::LiveIntended { order: id(number), intent: Box::new(intent) },
        Fact::OrderOpened { order: id(number), venue_order_id: Some(format!("v{number}")) },
    ]
}

#[test]
fn of_an_order_that_is_over_only_the_history_that_late_rows_are_held_against_is_kept_while_it_is_watched() {
    let live = Proposal { book: Book::Live, ..buy() };
    let mut facts: Vec<Fact> = (1..=4).flat_map(sent).collect();
    facts.push(fill(id(2), 1, &live, "2", "100"));
    for number in [3, 4] {
        facts.push(Fact::OrderCancelled { order: id(number), reason: name("by_person") });
    }
    let mut orders = fold(&facts);
    let kept = |orders: &Orders, number| {
        let intent = orders.get(id(number)).unwrap().intent().unwrap().clone();
        assert_eq!(intent.before.at, NOW, "since when the history is told");
        (intent.body.len(), intent.before.open.len(), intent.before.done.len())
    };
    assert_eq!(kept(&orders, 1), (2, 1, 1), "it rests: everything of it may be wanted");
    assert_eq!((kept(&orders, 2), kept(&orders, 3)), ((0, 0, 0), (0, 0, 1)));
    orders.let_go(|order| order == id(3));
    assert_eq!((kept(&orders, 1), kept(&orders, 3), kept(&orders, 4)), ((2, 1, 1), (0, 0, 1), (0, 0, 0)));
    orders.let_go(|_| false);
    assert_eq!((kept(&orders, 1), kept(&orders, 3)), ((2, 1, 1), (0, 0, 0)));
}

#[test]
fn only_an_order_nobody_knows_the_fate_of_closes_the_market_of_its_coin() {
    let unknown = Fact::OrderUnknown { order: id(2), why: Denial::new("timeout", "no answer") };
    let mut facts: Vec<Fact> = sent(1);
    facts.extend(sent(2).into_iter().take(3));
    let orders = fold(&facts);
    assert_eq!(orders.locking(coin("BTC")).map(Order::id), Some(id(2)), "on its way");
    facts.push(unknown);
    let orders = fold(&facts);
    assert_eq!(orders.locking(coin("BTC")).map(Order::id), Some(id(2)));
    assert_eq!(orders.locking(coin("ETH")), None);
    assert_eq!(fold(&sent(1)).locking(coin("BTC")), None, "one that rests closes nothing");
}

#[test]
fn the_orders_a_person_is_asked_about_are_those_that_wait_with_a_question() {
    let ask = Ask { hash: FactHash([1; 32]), price: price("100"), mid: price("99"), expires: NOW };
    let asked = |number: u8| Fact::ApprovalAsked { order: id(number), ask };
    let mut facts: Vec<Fact> = (1..=3).map(|number| proposed(number, &buy())).collect();
    facts.extend([asked(1), asked(2)]);
    facts.push(Fact::OrderApproved { order: id(2), by: name("person") });
    let orders = fold(&facts);
    assert_eq!(orders.asked().map(Order::id).collect::<Vec<_>>(), [id(1)]);
    assert_eq!((orders.len(), orders.is_empty()), (3, false));
    assert_eq!((Orders::default().len(), Orders::default().is_empty()), (0, true));
}

#[test]
fn the_same_order_again_is_found_within_the_window_unless_the_first_came_to_nothing() {
    let after = |millis: i64| NOW.plus_micros(millis * 1_000);
    let orders = fold(&resting(1, &buy()));
    for (millis, within_s, found) in
        [(5_000, 10, true), (9_999, 10, true), (10_000, 10, false), (5_000, 4, false), (0, 10, true), (-1, 10, false)]
    {
        let twin = orders.twin(&buy(), after(millis), within_s);
        assert_eq!(twin, found.then(|| id(1)), "{millis} ms later, window of {within_s} s");
    }
    assert_eq!(orders.twin(&sale(), after(5_000), 10), None, "another order");
    let mut facts = resting(1, &buy());
    facts.push(Fact::OrderCancelled { order: id(1), reason: name("by_person") });
    assert_eq!(fold(&facts).twin(&buy(), after(5_000), 10), None, "taken back with nothing filled");
    facts.insert(4, fill(id(1), 1, &buy(), "1", "100"));
    assert_eq!(fold(&facts).twin(&buy(), after(5_000), 10), Some(id(1)), "a part of it was filled");
}
