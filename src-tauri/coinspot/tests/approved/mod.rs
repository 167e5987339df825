//! Orders that passed the gate, which alone can make them.

use domain::{
    ApprovalRule, Book, Coin, Decimal, Fact, Mandate, Money, Name, OrderId, OrderKind, Price, Proposal, Quantity,
    Quote, QuoteKind, Side, Timestamp,
};
use floor::{ApprovedOrder, Authority, Exposure, FeeRates, GateContext, Limits, Worth};

const NOW: Timestamp = Timestamp::from_millis(1_794_633_600_000);

pub fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

pub fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

/// An order with real money that the gate let through in a market at a price.
pub fn approved(side: Side, kind: OrderKind, coins: &str, market: Price) -> ApprovedOrder {
    let coin = Coin::parse("BTC").unwrap();
    let quantity = Quantity::parse(coins).unwrap();
    let proposal = Proposal { book: Book::Live, coin, side, kind, quantity, algorithm: None };
    let name = |text: &str| Name::parse(text).unwrap();
    let mut authority = Authority::default();
    authority.apply(&Fact::KeyDeclared { fingerprint: [1; 16], at: NOW });
    authority.apply(&Fact::MandateSet {
        mandate: Mandate {
            holder: name(Mandate::MANUAL),
            book: Book::Live,
            approval: ApprovalRule::Never,
            max_order: None,
            max_day: None,
            coins: vec![],
            hours: None,
            until: None,
        },
    });
    let both = Some(market);
    let quote = Some(Quote { coin, kind: QuoteKind::Book, bid: both, ask: both, last: both, seen: NOW });
    let mut limits = Limits::defaults(Book::Live);
    for (limit, value) in [("max_order_aud", "100000"), ("max_day_aud", "1000000")] {
        limits.apply(&Limits::parse_change(limit, value).unwrap()).unwrap();
    }
    let rich = Money::aud(dec("10000000"));
    let worth = Worth { cash: rich, held: Vec::new(), equity: Some(rich) };
    let (day_start, peak, none) = (worth.equity, worth.equity, Money::ZERO_AUD);
    let context = GateContext {
        exposure: Exposure { worth: &worth, day_start, peak, coin: none, algorithm: none },
        repeats: None,
        killed: false,
        now: NOW,
        coin_known: true,
        quote,
        recent_prices: &[],
        elsewhere: None,
        unfit: None,
        limits: &limits,
        fees: FeeRates::COINSPOT,
        cash_available: Money::aud(dec("100000")),
        coins_available: Quantity::parse("10").unwrap(),
        bought_today: Money::ZERO_AUD,
        open_buys: Money::ZERO_AUD,
        orders_last_minute: 0,
        authority: &authority,
        holder_bought_today: Money::ZERO_AUD,
        local_minute: 600,
        locked_by: None,
        account_known: true,
    };
    let id = OrderId::new(NOW, [7; 10]);
    floor::judge(&proposal, &context).unwrap().approve(id, name("test")).1
}
