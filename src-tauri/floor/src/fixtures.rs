//! A calm BTC market and a full wallet, for tests.

use crate::{Authority, Exposure, FeeRates, GateContext, Limits, Worth};
use domain::{
    Book, Coin, Decimal, Fact, Money, Name, OrderId, OrderKind, Price, Proposal, Quantity, Quote, QuoteKind, Side,
    Timestamp, Trade,
};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

static NO_AUTHORITY: std::sync::LazyLock<Authority> = std::sync::LazyLock::new(Authority::default);

/// A book of half a million, so that the other limits bind first.
static RICH: std::sync::LazyLock<Worth> = std::sync::LazyLock::new(|| cash_only("500000"));

pub(crate) fn cash_only(cash: &str) -> Worth {
    Worth { cash: aud(cash), held: Vec::new(), equity: Some(aud(cash)) }
}

/// Nothing lost, and nothing held of the order's coin.
pub(crate) fn calm(worth: &Worth) -> Exposure<'_> {
    Exposure { worth, day_start: worth.equity, peak: worth.equity, coin: Money::ZERO_AUD, algorithm: Money::ZERO_AUD }
}

pub(crate) fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

pub(crate) fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

pub(crate) fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

pub(crate) fn aud(text: &str) -> Money {
    Money::aud(dec(text))
}

pub(crate) fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn id(number: u8) -> OrderId {
    OrderId::new(NOW, [number; 10])
}

pub(crate) fn quote(kind: QuoteKind, bid: &str, ask: &str) -> Quote {
    Quote { coin: coin("BTC"), kind, bid: Some(price(bid)), ask: Some(price(ask)), last: None, seen: NOW }
}

/// BTC on the book, 99,900 to 100,100.
pub(crate) fn btc() -> Quote {
    quote(QuoteKind::Book, "99900", "100100")
}

pub(crate) fn proposal(side: Side, kind: OrderKind, coins: &str) -> Proposal {
    Proposal { book: Book::Paper, coin: coin("BTC"), side, kind, quantity: quantity(coins), algorithm: None }
}

pub(crate) fn limit(side: Side, at: &str, coins: &str) -> Proposal {
    proposal(side, OrderKind::Limit(price(at)), coins)
}

pub(crate) fn context(limits: &Limits) -> GateContext<'_> {
    GateContext {
        killed: false,
        now: NOW,
        coin_known: true,
        quote: Some(btc()),
        recent_prices: &[],
        elsewhere: None,
        unfit: None,
        limits,
        fees: FeeRates::COINSPOT,
        cash_available: aud("100000"),
        coins_available: quantity("10"),
        bought_today: Money::ZERO_AUD,
        open_buys: Money::ZERO_AUD,
        orders_last_minute: 0,
        authority: &NO_AUTHORITY,
        holder_bought_today: Money::ZERO_AUD,
        local_minute: 600,
        locked_by: None,
        account_known: false,
        exposure: calm(&RICH),
        repeats: None,
    }
}

/// The `number`th fill of an order.
pub(crate) fn fill(order: OrderId, number: u8, of: &Proposal, coins: &str, at: &str) -> Fact {
    Fact::Trade(Trade {
        book: of.book,
        time: NOW,
        coin: of.coin,
        side: of.side,
        quantity: quantity(coins),
        price: price(at),
        fee: Money::ZERO_AUD,
        algorithm: None,
        venue: Some(name("paper")),
        external_id: Some(format!("{order}/{number}")),
        order: Some(order),
        occurrence: 0,
    })
}
