//! The whole order path in memory, for tests: a proposal goes through the gate to the venue, its facts into the folds.

use crate::{Market, Outcome, PaperVenue, Rest, Wallet};
use domain::{
    Book, Coin, Decimal, Denial, Fact, Money, Name, OrderId, OrderKind, Price, Proposal, Quantity, Quote, QuoteKind,
    Side, Timestamp,
};
use floor::{Authority, Depth, Exposure, FeeRates, GateContext, Level, Limits, Order, Orders, Venue, Worth, judge};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

pub(crate) fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

pub(crate) fn aud(text: &str) -> Money {
    Money::aud(Decimal::from_str_exact(text).unwrap())
}

pub(crate) fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

pub(crate) fn id(number: u8) -> OrderId {
    OrderId::new(NOW, [number; 10])
}

pub(crate) fn quote(bid: &str, ask: &str) -> Quote {
    Quote {
        coin: coin("BTC"),
        kind: QuoteKind::Book,
        bid: Some(price(bid)),
        ask: Some(price(ask)),
        last: None,
        seen: NOW,
    }
}

/// Levels as (price, coins).
pub(crate) fn depth(bids: &[(&str, &str)], asks: &[(&str, &str)]) -> Depth {
    let levels = |side: &[(&str, &str)]| {
        side.iter().map(|(at, coins)| Level { price: price(at), quantity: quantity(coins) }).collect()
    };
    Depth::new(levels(bids), levels(asks), NOW)
}

pub(crate) fn market(quote: Quote, depth: Option<&Depth>) -> Market<'_> {
    Market { now: NOW, killed: false, quote: Some(quote), depth, max_price_age_s: 60 }
}

pub(crate) fn proposal(side: Side, kind: OrderKind, coins: &str) -> Proposal {
    Proposal { book: Book::Paper, coin: coin("BTC"), side, kind, quantity: quantity(coins), algorithm: None }
}

pub(crate) fn limit(side: Side, at: &str, coins: &str) -> Proposal {
    proposal(side, OrderKind::Limit(price(at)), coins)
}

/// Limits that stay out of the way of what is tested here.
pub(crate) fn wide_limits() -> Limits {
    let mut limits = Limits::defaults(Book::Paper);
    let wide = [
        ("max_order_aud", "1000000"),
        ("max_day_aud", "1000000"),
        ("price_collar_pct", "100"),
        ("max_spread_pct", "100"),
    ];
    for (name, value) in wide {
        limits.apply(&Limits::parse_change(name, value).unwrap()).unwrap();
    }
    limits
}

/// Venue, wallet and orders, and every fact that made them.
#[derive(Default)]
pub(crate) struct Desk {
    pub venue: PaperVenue,
    pub wallet: Wallet,
    pub orders: Orders,
    pub facts: Vec<Fact>,
}

impl Desk {
    /// A desk with cash and coins in its wallet.
    pub fn new(cash: &str, coins: &str) -> Self {
        let mut desk = Self::default();
        desk.take(Fact::PaperReset { cash: aud(cash) });
        if !quantity(coins).is_zero() {
            desk.take(Fact::Trade(domain::Trade {
                book: Book::Paper,
                time: NOW,
                coin: coin("BTC"),
                side: Side::Buy,
                quantity: quantity(coins),
                price: price("0.00000001"),
                fee: Money::ZERO_AUD,
                algorithm: None,
                venue: None,
                external_id: None,
                order: None,
                occurrence: 0,
            }));
        }
        desk
    }

    pub fn take(&mut self, fact: Fact) {
        self.orders.apply(&fact).unwrap();
        self.wallet.apply(&fact).unwrap();
        self.facts.push(fact);
    }

    fn take_all(&mut self, outcome: &Outcome) {
        for fact in outcome.facts.clone() {
            self.take(fact);
        }
    }

    /// Judges a proposal at one market and places it at another.
    pub fn order_at(
        &mut self,
        id: OrderId,
        wanted: Proposal,
        judged: Quote,
        market: &Market<'_>,
    ) -> Result<Outcome, Denial> {
        let limits = wide_limits();
        let rich = aud("1000000000");
        let worth = Worth { cash: rich, held: Vec::new(), equity: Some(rich) };
        self.take(Fact::OrderProposed { order: id, proposal: wanted.clone() });
        let context = GateContext {
            killed: false,
            now: NOW,
            coin_known: true,
            quote: Some(judged),
            recent_prices: &[],
            elsewhere: None,
            unfit: None,
            limits: &limits,
            fees: FeeRates::COINSPOT,
            cash_available: self.wallet.available_cash(&self.orders).unwrap(),
            coins_available: self.wallet.available_coins(wanted.coin, &self.orders).unwrap(),
            bought_today: Money::ZERO_AUD,
            open_buys: self.orders.reserved_cash(Book::Paper),
            orders_last_minute: 0,
            authority: &Authority::default(),
            holder_bought_today: Money::ZERO_AUD,
            local_minute: 0,
            locked_by: None,
            account_known: false,
            exposure: Exposure {
                worth: &worth,
                day_start: worth.equity,
                peak: worth.equity,
                coin: Money::ZERO_AUD,
                algorithm: Money::ZERO_AUD,
            },
            repeats: None,
        };
        let passed = match judge(&wanted, &context) {
            Ok(passed) => passed,
            Err(denial) => {
                self.take(Fact::OrderDenied { order: id, denial: denial.clone() });
                return Err(denial);
            }
        };
        let (fact, order) = passed.approve(id, Name::parse("paper").unwrap());
        self.take(fact);
        self.take(Fact::OrderIntended { order: id });
        let outcome = self.venue.place(order, market);
        self.take_all(&outcome);
        Ok(outcome)
    }

    pub fn order(&mut self, number: u8, wanted: Proposal, market: &Market<'_>) -> Outcome {
        self.order_at(id(number), wanted, market.quote.unwrap(), market).unwrap()
    }

    pub fn recheck(&mut self, market: &Market<'_>) -> Vec<Outcome> {
        let outcomes = self.venue.recheck(coin("BTC"), self.orders.resting(Book::Paper), market);
        for outcome in &outcomes {
            self.take_all(outcome);
        }
        outcomes
    }

    pub fn cancel(&mut self, id: OrderId) {
        if let Some(fact) = self.orders.get(id).and_then(|order| order.cancel(Name::parse("by_person").unwrap()).ok()) {
            self.take(fact);
        }
    }

    pub fn get(&self, number: u8) -> &Order {
        self.orders.get(id(number)).unwrap()
    }
}

/// The fills of an outcome as `coins@price`.
pub(crate) fn fills(outcome: &Outcome) -> Vec<String> {
    let trades = outcome.facts.iter().filter_map(|fact| match fact {
        Fact::Trade(trade) => Some(format!("{}@{}", trade.quantity, trade.price)),
        _ => None,
    });
    trades.collect()
}

/// Why the rest of it rests, as a code.
pub(crate) fn rests(outcome: &Outcome) -> &'static str {
    outcome.rests.map_or("", Rest::code)
}

/// The code it was rejected with.
pub(crate) fn rejected(outcome: &Outcome) -> &str {
    match outcome.facts.as_slice() {
        [Fact::OrderRejected { denial, .. }] => &denial.code,
        _ => "",
    }
}
