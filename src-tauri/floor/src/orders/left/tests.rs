use super::*;
use crate::fixtures::{NOW, aud, coin, fill, limit, name, price, proposal};
use domain::{
    Amendment, Ask, BasisPoints, Denial, Fact, FactHash, Intent, Look, OrderKind, OrderNote, Proposal, Side, Terms,
};
use proptest::prelude::*;

const SMALL: Room = Room { newest: 4, ended: 2, filled: 2, of_algorithm: 1, step: 0 };

fn number(number: u16) -> OrderId {
    let mut bytes = [0; 10];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    OrderId::new(NOW.plus_micros(i64::from(number) * 1_000_000), bytes)
}

fn kinds() -> [Proposal; 5] {
    let buy = limit(Side::Buy, "100", "2");
    [
        buy.clone(),
        Proposal { algorithm: Some(name("cross")), ..limit(Side::Sell, "100", "3") },
        Proposal { book: Book::Live, ..buy.clone() },
        Proposal {
            book: Book::Live,
            coin: coin("ETH"),
            algorithm: Some(name("cross")),
            ..limit(Side::Sell, "90", "1")
        },
        Proposal { algorithm: Some(name("dip")), ..proposal(Side::Buy, OrderKind::Instant, "2") },
    ]
}

fn intent() -> Box<Intent> {
    let before =
        Look { at: NOW, open: vec![], done: vec![], complete: true, coins: vec![], cash: Decimal::ONE_THOUSAND };
    let (cash, coins) = (aud("200.2"), Quantity::ZERO);
    let (nonce, body, worst, fee) = (1, "{}".into(), price("100"), BasisPoints(10));
    Box::new(Intent { at: NOW, nonce, body, worst, fee, cash, coins, before })
}

/// What happens next to an order, or a little of everything else.
fn happens(what: u8, order: &Order, serial: u8) -> Vec<Fact> {
    let (id, proposal) = (order.id(), order.proposal());
    let live = proposal.book == Book::Live;
    let filled = |coins: &str| vec![fill(id, serial, proposal, coins, "99")];
    match what {
        0 => vec![Fact::OrderApproved { order: id, by: name("mandate") }],
        1 if live => vec![Fact::LiveIntended { order: id, intent: intent() }],
        1 => vec![Fact::OrderIntended { order: id }],
        2 if order.state() == OrderState::Sending => {
            vec![Fact::OrderOpened { order: id, venue_order_id: live.then(|| id.to_string()) }]
        }
        3 => filled("0.5"),
        4 => vec![fill(id, serial, proposal, &order.remaining().decimal().to_string(), "101")],
        5 => vec![Fact::OrderCancelled { order: id, reason: name("by_person") }],
        6 => vec![Fact::OrderDenied { order: id, denial: Denial::new("dust", "too little") }],
        7 => vec![Fact::OrderUnknown { order: id, why: Denial::new("timeout", "no answer") }],
        8 => vec![Fact::OrderExpired { order: id }],
        9 if serial == 7 => vec![Fact::PaperReset { cash: aud("1") }],
        10 => {
            let (from, to, by) = (price("100"), price("98"), name("person"));
            let amendment = Amendment { at: NOW, by, ask: None, from, to, nonce: 2, body: "{}".into() };
            vec![Fact::OrderNoted { order: id, note: OrderNote::AmendAsked(Box::new(amendment)) }]
        }
        11 => {
            let ask = Ask { hash: FactHash([1; 32]), price: price("100"), mid: price("99"), expires: NOW };
            vec![Fact::ApprovalAsked { order: id, ask }]
        }
        _ => Vec::new(),
    }
}

/// Whether the workstation would never write it: the process is the paper market, and a cancelled order nobody watches has no
/// more rows.
fn never_comes(orders: &Orders, fact: &Fact) -> bool {
    let Some(order) = fact.order().and_then(|id| orders.get(id)) else { return false };
    let place = orders.places.get(&order.id()).copied();
    order.state() == OrderState::Cancelled && !place.is_some_and(|place| orders.late.contains(&place))
}

fn same(whole: &Orders, left: &Orders) -> Result<(), TestCaseError> {
    let ids = |orders: Vec<&Order>| orders.into_iter().map(Order::id).collect::<Vec<_>>();
    for book in [Book::Paper, Book::Live] {
        prop_assert_eq!(whole.reserved_cash(book), left.reserved_cash(book));
        for of in ["BTC", "ETH"] {
            prop_assert_eq!(whole.reserved_coins(book, coin(of)), left.reserved_coins(book, coin(of)));
            prop_assert_eq!(whole.open_buys_of(book, coin(of)), left.open_buys_of(book, coin(of)));
            prop_assert_eq!(whole.locking(coin(of)).map(Order::id), left.locking(coin(of)).map(Order::id));
        }
        for holder in ["manual", "cross", "dip"] {
            prop_assert_eq!(whole.reserved_cash_of(book, holder), left.reserved_cash_of(book, holder));
        }
        prop_assert_eq!(ids(whole.resting(book).collect()), ids(left.resting(book).collect()));
        prop_assert_eq!(whole.filled_of(book), left.filled_of(book));
        prop_assert_eq!(whole.executed(book), left.executed(book));
        for second in 0..60 {
            let now = NOW.plus_micros(second * 1_000_000);
            prop_assert_eq!(whole.allowed_in_last_minute(book, now), left.allowed_in_last_minute(book, now));
            for kind in kinds() {
                prop_assert_eq!(whole.twin(&kind, now, 10), left.twin(&kind, now, 10));
            }
        }
        let shown = |orders: &Orders| {
            let filled = |order: &&Order| order.proposal().book == book && !order.filled().is_zero();
            ids(orders.iter().rev().filter(filled).take(SMALL.filled).collect())
        };
        prop_assert_eq!(shown(whole), shown(left));
    }
    let of = |orders: &Orders, algorithm: &str| {
        let is_its =
            |order: &&Order| order.proposal().algorithm.as_ref().is_some_and(|name| name.as_str() == algorithm);
        ids(orders.iter().rev().filter(is_its).take(SMALL.of_algorithm).collect())
    };
    prop_assert_eq!((of(whole, "cross"), of(whole, "dip")), (of(left, "cross"), of(left, "dip")));
    let newest = |orders: &Orders| orders.iter().rev().take(SMALL.newest).cloned().collect::<Vec<_>>();
    prop_assert_eq!(newest(whole), newest(left));
    prop_assert_eq!(ids(whole.open().collect()), ids(left.open().collect()));
    prop_assert_eq!(ids(whole.asked().collect()), ids(left.asked().collect()));
    prop_assert_eq!(whole.bought().collect::<Vec<_>>(), left.bought().collect::<Vec<_>>());
    prop_assert_eq!((whole.counts(), whole.refusals()), (left.counts(), left.refusals()));
    prop_assert_eq!(whole.children(number(9_999)), left.children(number(9_999)));
    for order in left.iter() {
        prop_assert_eq!(whole.get(order.id()), Some(order));
    }
    prop_assert_eq!(left.have_left() + left.len() as u64, whole.len() as u64);
    Ok(())
}

proptest! {
    #[test]
    fn whatever_happens_the_answers_are_those_of_orders_that_all_stay(
        steps in proptest::collection::vec((0_u8..40, 0_usize..6, 0_u8..60), 0..300),
    ) {
        let (mut whole, mut left) = (Orders::default(), Orders::default());
        (whole.room, left.room) = (SMALL, SMALL);
        let mut ids = Vec::new();
        for (what, which, serial) in steps {
            let facts = match what {
                12..20 => {
                    let order = number(ids.len() as u16);
                    ids.push(order);
                    let parent = (serial % 4 == 0).then(|| number(9_999));
                    let terms = Terms { parent, arrival: Some(price("100")), ..Terms::default() };
                    let proposal = kinds()[which % kinds().len()].clone();
                    vec![Fact::OrderProposed { order, proposal }, Fact::OrderTerms { order, terms }]
                }
                // Most of the orders of before run on towards their end.
                20.. => {
                    let open: Vec<&Order> = whole.open().collect();
                    let towards_end = [0, 1, 2, 4, 5, 3];
                    open.get(which).map_or_else(Vec::new, |order| happens(towards_end[usize::from(what) % 6], order, serial))
                }
                _ => {
                    let order = ids.len().checked_sub(1 + which * 3).and_then(|place| whole.get(ids[place]));
                    order.map_or_else(Vec::new, |order| happens(what, order, serial))
                }
            };
            for fact in facts.iter().filter(|fact| !never_comes(&whole, fact)).collect::<Vec<_>>() {
                prop_assert_eq!(whole.apply(fact).is_ok(), left.apply(fact).is_ok(), "{:?}", fact);
            }
            if serial == 0 {
                whole.let_go(|_| false);
                left.let_go(|_| false);
            }
            for order in left.let_leave() {
                prop_assert!(whole.get(order).is_some_and(|order| order.state().is_final()));
            }
        }
        same(&whole, &left)?;
    }
}

#[test]
fn orders_that_are_over_leave_and_those_that_rest_or_are_the_newest_stay() {
    let mut orders = Orders { room: SMALL, ..Orders::default() };
    let buy = limit(Side::Buy, "100", "2");
    let mut gone = Vec::new();
    for count in 0..1_000 {
        let order = number(count);
        let mut facts = vec![
            Fact::OrderProposed { order, proposal: buy.clone() },
            Fact::OrderApproved { order, by: name("paper") },
            Fact::OrderIntended { order },
            Fact::OrderOpened { order, venue_order_id: None },
        ];
        if count != 3 {
            facts.push(fill(order, 1, &buy, "2", "100"));
        }
        facts.iter().for_each(|fact| orders.apply(fact).unwrap());
        gone.extend(orders.let_leave());
    }
    let here: Vec<OrderId> = orders.iter().map(Order::id).collect();
    assert_eq!(here, [3, 996, 997, 998, 999].map(number));
    assert_eq!((gone.len(), orders.have_left()), (995, 995));
    assert_eq!(orders.counts()[&(Book::Paper, OrderState::Filled)], 999);
    // It rested all the time, ends, and is there for whoever ended it.
    let reason = name("by_person");
    orders.apply(&Fact::OrderCancelled { order: number(3), reason }).unwrap();
    assert_eq!(orders.let_leave(), []);
    assert!(orders.get(number(3)).is_some() && orders.get(number(4)).is_none());
    assert_eq!(orders.apply(&Fact::OrderIntended { order: number(4) }).unwrap_err().code(), "no_such_order");
}

#[test]
fn a_filled_live_order_whose_answer_may_still_come_stays_until_it_is_there() {
    let mut orders = Orders { room: SMALL, ..Orders::default() };
    let live = kinds()[2].clone();
    let order = number(0);
    let facts = [
        Fact::OrderProposed { order, proposal: live.clone() },
        Fact::OrderApproved { order, by: name("mandate") },
        Fact::LiveIntended { order, intent: intent() },
        fill(order, 1, &live, "2", "100"),
    ];
    facts.iter().for_each(|fact| orders.apply(fact).unwrap());
    let come = |orders: &mut Orders, from: u16| {
        for count in from..from + 20 {
            let order = number(count);
            let proposal = Proposal { book: Book::Live, ..live.clone() };
            orders.apply(&Fact::OrderProposed { order, proposal }).unwrap();
            orders.apply(&Fact::OrderExpired { order }).unwrap();
            orders.let_leave();
        }
    };
    come(&mut orders, 1);
    // Two orders with a fill are shown: two newer ones take its place.
    for count in [50, 51] {
        let order = number(count);
        let facts = [
            Fact::OrderProposed { order, proposal: live.clone() },
            Fact::OrderApproved { order, by: name("mandate") },
            Fact::LiveIntended { order, intent: intent() },
            Fact::OrderOpened { order, venue_order_id: None },
            fill(order, 1, &live, "2", "100"),
        ];
        facts.iter().for_each(|fact| orders.apply(fact).unwrap());
    }
    come(&mut orders, 100);
    assert!(orders.get(order).is_some());
    orders.apply(&Fact::OrderOpened { order, venue_order_id: Some("late".into()) }).unwrap();
    come(&mut orders, 200);
    assert!(orders.get(order).is_none());
}
