//! Whatever the market and the trader do, the money adds up.

use crate::desk::{Desk, NOW, coin};
use crate::{Market, Wallet};
use domain::{Book, Decimal, Fact, Money, OrderId, OrderKind, Price, Proposal, Quantity, Quote, QuoteKind, Side};
use floor::{Depth, Level, Orders};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Order { sell: bool, instant: bool, cents: i64, coins: i64 },
    Market { bid: i64, spread: i64, levels: Vec<(i64, i64)>, known: bool, killed: bool },
    Cancel { which: u16 },
}

fn any_step() -> impl Strategy<Value = Step> {
    let cents = 9_000_i64..11_000;
    let levels = proptest::collection::vec((0_i64..400, 0_i64..300_000_000), 0..6);
    prop_oneof![
        4 => (any::<bool>(), prop::bool::weighted(0.2), cents.clone(), 1_i64..1_500_000_000)
            .prop_map(|(sell, instant, cents, coins)| Step::Order { sell, instant, cents, coins }),
        5 => (cents, 0_i64..200, levels, prop::bool::weighted(0.8), prop::bool::weighted(0.05))
            .prop_map(|(bid, spread, levels, known, killed)| Step::Market { bid, spread, levels, known, killed }),
        1 => any::<u16>().prop_map(|which| Step::Cancel { which }),
    ]
}

fn price(cents: i64) -> Price {
    Price::new(Decimal::new(cents, 2)).unwrap()
}

fn coins(hundred_millionths: i64) -> Quantity {
    Quantity::new(Decimal::new(hundred_millionths, 8)).unwrap()
}

fn quote(bid: i64, spread: i64) -> Quote {
    let (bid, ask) = (Some(price(bid)), Some(price(bid + spread)));
    Quote { coin: coin("BTC"), kind: QuoteKind::Book, bid, ask, last: None, seen: NOW }
}

fn check(desk: &Desk) -> Result<(), TestCaseError> {
    let mut cash = Money::ZERO_AUD;
    for fact in &desk.facts {
        match fact {
            Fact::PaperReset { cash: fresh } => cash = *fresh,
            Fact::Trade(trade) => cash = cash.checked_add(trade.cash_change().unwrap()).unwrap(),
            _ => {}
        }
    }
    prop_assert_eq!(desk.wallet.cash(), cash);
    prop_assert!(cash.amount() >= Decimal::ZERO);
    // Refused by the wallet when reservations don't cover what fills take.
    prop_assert!(desk.wallet.available_cash(&desk.orders).is_ok());
    prop_assert!(desk.wallet.available_coins(coin("BTC"), &desk.orders).is_ok());
    for order in desk.orders.iter() {
        prop_assert!(order.filled() <= order.proposal().quantity);
        for fill in order.fills() {
            let kept = match (order.limit(), order.proposal().side) {
                (None, _) => true,
                (Some(limit), Side::Buy) => fill.price <= limit,
                (Some(limit), Side::Sell) => fill.price >= limit,
            };
            prop_assert!(kept, "a fill worse than its limit");
        }
    }
    Ok(())
}

/// Each order's fill takes no more of the free cash than the order had set aside for it.
fn free_cash_never_falls_by_fills(before: Money, desk: &Desk) -> Result<(), TestCaseError> {
    let after = desk.wallet.available_cash(&desk.orders).unwrap();
    prop_assert!(after.amount() >= before.amount(), "{} before, {} after", before, after);
    Ok(())
}

fn order_id(number: u16) -> OrderId {
    let mut random = [0; 10];
    random[..2].copy_from_slice(&number.to_be_bytes());
    OrderId::new(NOW, random)
}

struct World {
    desk: Desk,
    quote: Quote,
    depth: Option<Depth>,
    killed: bool,
    orders: u16,
}

impl World {
    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        match step {
            Step::Order { sell, instant, cents, coins: quantity } => {
                let side = if sell { Side::Sell } else { Side::Buy };
                let kind = if instant { OrderKind::Instant } else { OrderKind::Limit(price(cents)) };
                let (book, coin) = (Book::Paper, coin("BTC"));
                let wanted = Proposal { book, coin, side, kind, quantity: coins(quantity), algorithm: None };
                self.orders += 1;
                let market = market(self.quote, self.depth.as_ref(), self.killed);
                let _ = self.desk.order_at(order_id(self.orders), wanted, self.quote, &market);
            }
            Step::Market { bid, spread, levels, known, killed } => {
                self.quote = quote(bid, spread);
                self.killed = killed;
                let level = |at: i64, amount: i64| Level { price: price(at), quantity: coins(amount) };
                let bids = levels.iter().map(|&(away, amount)| level(bid - away, amount)).collect();
                let asks = levels.iter().map(|&(away, amount)| level(bid + spread + away, amount)).collect();
                self.depth = known.then(|| Depth::new(bids, asks, NOW));
                let before = self.desk.wallet.available_cash(&self.desk.orders).unwrap();
                self.desk.recheck(&market(self.quote, self.depth.as_ref(), self.killed));
                free_cash_never_falls_by_fills(before, &self.desk)?;
            }
            Step::Cancel { which } => {
                let open: Vec<OrderId> = self.desk.orders.open().map(floor::Order::id).collect();
                if let Some(&id) = open.get(usize::from(which) % open.len().max(1)) {
                    self.desk.cancel(id);
                }
            }
        }
        check(&self.desk)
    }
}

fn market(quote: Quote, depth: Option<&Depth>, killed: bool) -> Market<'_> {
    Market { now: NOW, killed, quote: Some(quote), depth, max_price_age_s: 60 }
}

proptest! {
    #[test]
    fn whatever_happens_the_money_adds_up_and_refolds(steps in proptest::collection::vec(any_step(), 1..80)) {
        let mut world =
            World { desk: Desk::new("5000", "20"), quote: quote(10_000, 50), depth: None, killed: false, orders: 0 };
        for step in steps {
            world.step(step)?;
        }
        let (mut orders, mut wallet) = (Orders::default(), Wallet::default());
        for fact in &world.desk.facts {
            let (kind, body) = fact.encode().unwrap();
            let read = Fact::decode(kind, &body).unwrap();
            orders.apply(&read).unwrap();
            wallet.apply(&read).unwrap();
        }
        prop_assert_eq!(orders, world.desk.orders);
        prop_assert_eq!(wallet, world.desk.wallet);
    }
}
