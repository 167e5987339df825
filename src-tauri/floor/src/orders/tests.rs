use super::*;
use crate::fixtures::{NOW, aud, coin, fill, id, limit, name, proposal, quantity};
use domain::{OrderKind, OrderState, Proposal, Side};
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
