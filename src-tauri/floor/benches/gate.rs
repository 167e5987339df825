//! One decision of the gate among 50 coins, 20 algorithms and 500 open orders, next to floors of the same run: the verdict
//! alone, and a bare walk over the open orders, which what is summed afresh can't beat.

#![allow(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use divan::{Bencher, black_box};
use domain::{
    ApprovalRule, Book, Coin, Decimal, Fact, Intent, LimitChange, Look, Mandate, Money, Name, OrderId, OrderKind,
    Price, Proposal, Quantity, Quote, QuoteKind, Side, Terms, Timestamp,
};
use floor::{Authority, Bid, BookLimits, Exposure, FeeRates, GateContext, Order, Orders, Worth, holder, judge};
use std::collections::HashMap;

const COINS: usize = 50;
const ALGORITHMS: usize = 20;
const OPEN: usize = 500;
const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn main() {
    divan::main();
}

struct Desk {
    orders: Orders,
    authority: Authority,
    limits: BookLimits,
    quotes: HashMap<Coin, Quote>,
    recent: Vec<Price>,
    proposal: Proposal,
}

fn coin(number: usize) -> Coin {
    Coin::parse(&format!("C{number}")).unwrap()
}

fn algorithm(number: usize) -> Name {
    Name::parse(&format!("algorithm_{number}")).unwrap()
}

fn price(cents: i64) -> Price {
    Price::new(Decimal::new(cents, 2)).unwrap()
}

fn proposal(number: usize) -> Proposal {
    Proposal {
        book: Book::Live,
        coin: coin(number % COINS),
        side: if number.is_multiple_of(3) { Side::Sell } else { Side::Buy },
        kind: OrderKind::Limit(price(10_000)),
        quantity: Quantity::new(Decimal::new(5, 1)).unwrap(),
        algorithm: Some(algorithm(number % ALGORITHMS)),
    }
}

/// An order that rests at the venue.
fn resting(orders: &mut Orders, number: usize) {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
    let order = OrderId::new(NOW.plus_micros(-3_600_000_000 + number as i64), bytes);
    let before = Look { at: NOW, open: vec![], done: vec![], complete: true, coins: vec![], cash: Decimal::ZERO };
    let intent = Intent {
        at: NOW,
        nonce: number as u64,
        body: String::new(),
        worst: price(10_000),
        fee: domain::BasisPoints(10),
        cash: Money::ZERO_AUD,
        coins: Quantity::ZERO,
        before,
    };
    for fact in [
        Fact::OrderProposed { order, proposal: proposal(number) },
        Fact::OrderTerms { order, terms: Terms::default() },
        Fact::OrderApproved { order, by: Name::parse("mandate").unwrap() },
        Fact::LiveIntended { order, intent: Box::new(intent) },
        Fact::OrderOpened { order, venue_order_id: Some(format!("v{number}")) },
    ] {
        orders.apply(&fact).unwrap();
    }
}

fn desk() -> Desk {
    let mut orders = Orders::default();
    (0..OPEN).for_each(|number| resting(&mut orders, number));
    let (mut authority, mut limits) = (Authority::default(), BookLimits::default());
    authority.apply(&Fact::KeyDeclared { fingerprint: [1; 16], at: NOW });
    for number in 0..ALGORITHMS {
        let mandate = Mandate {
            holder: algorithm(number),
            book: Book::Live,
            approval: ApprovalRule::Never,
            max_order: Some(Money::aud(Decimal::from(1_000))),
            max_day: Some(Money::aud(Decimal::from(1_000_000))),
            coins: (0..COINS).map(coin).collect(),
            hours: None,
            until: None,
        };
        authority.apply(&Fact::MandateSet { mandate });
    }
    let set = |name: &str, value| LimitChange::new(Name::parse(name).unwrap(), Decimal::from(value));
    let changes =
        vec![set("max_order_aud", 10_000), set("max_day_aud", 1_000_000), set("max_orders_per_minute", 1_000)];
    limits.apply(&Fact::LimitsSet { book: Book::Live, changes }).unwrap();
    let quote = |coin| {
        let (bid, ask) = (Some(price(9_990)), Some(price(10_010)));
        Quote { coin, kind: QuoteKind::Book, bid, ask, last: None, seen: NOW }
    };
    let quotes = (0..COINS).map(coin).map(|coin| (coin, quote(coin))).collect();
    let recent = (0..240).map(|tick| price(9_950 + tick % 100)).collect();
    Desk { orders, authority, limits, quotes, recent, proposal: proposal(1) }
}

impl Desk {
    /// Every coin is held, and valued anew.
    fn worth(&self) -> Worth {
        let held = (0..COINS).map(coin).map(|coin| (coin, Quantity::new(Decimal::TEN).unwrap()));
        let bid = |coin: Coin| self.quotes.get(&coin).and_then(|quote| quote.bid).map_or(Bid::None, Bid::Fresh);
        Worth::of(Money::aud(Decimal::from(100_000)), held, bid, |_| false)
    }

    fn context<'a>(&'a self, worth: &'a Worth) -> GateContext<'a> {
        let (coin, by) = (self.proposal.coin, holder(&self.proposal));
        GateContext {
            killed: false,
            now: NOW,
            coin_known: true,
            quote: self.quotes.get(&coin).copied(),
            recent_prices: &self.recent,
            elsewhere: None,
            unfit: None,
            limits: self.limits.of(Book::Live),
            fees: FeeRates::COINSPOT,
            cash_available: Money::aud(Decimal::from(100_000)),
            coins_available: Quantity::new(Decimal::ONE_HUNDRED).unwrap(),
            bought_today: Money::ZERO_AUD,
            open_buys: self.orders.reserved_cash(Book::Live),
            orders_last_minute: self.orders.allowed_in_last_minute(Book::Live, NOW),
            authority: &self.authority,
            holder_bought_today: self.orders.reserved_cash_of(Book::Live, by),
            local_minute: 600,
            locked_by: self.orders.locking(coin).map(Order::id),
            account_known: true,
            exposure: Exposure {
                worth,
                day_start: worth.equity,
                peak: worth.equity,
                coin: worth.value_of(coin).checked_add(self.orders.open_buys_of(Book::Live, coin)).unwrap(),
                algorithm: self.orders.reserved_cash_of(Book::Live, by),
            },
            repeats: self.orders.twin(&self.proposal, NOW, 10),
        }
    }
}

/// What the gate is told is gathered, and it decides.
#[divan::bench]
fn decision(bencher: Bencher<'_, '_>) {
    let desk = desk();
    judge(&desk.proposal, &desk.context(&desk.worth())).unwrap();
    bencher.bench_local(|| {
        let desk = black_box(&desk);
        judge(&desk.proposal, &desk.context(&desk.worth()))
    });
}

/// The verdict alone.
#[divan::bench]
fn verdict(bencher: Bencher<'_, '_>) {
    let desk = desk();
    let worth = desk.worth();
    let context = desk.context(&worth);
    bencher.bench_local(|| judge(black_box(&desk.proposal), black_box(&context)));
}

/// The floor: one walk over the open orders that only looks at their coin.
#[divan::bench]
fn bare_walk(bencher: Bencher<'_, '_>) {
    let (desk, of) = (desk(), coin(1));
    bencher.bench_local(|| black_box(&desk).orders.open().filter(|order| order.proposal().coin == of).count());
}
