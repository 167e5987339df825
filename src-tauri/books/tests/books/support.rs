//! Short ways to write trades down.

use books::{PnlQuery, Valuation};
use domain::{Book, Decimal, Money, Price, Quantity, RowKind, Side, Timestamp, TradeRow};

pub fn dec(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

pub fn aud(text: &str) -> Money {
    Money::aud(dec(text))
}

pub fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A live trade of coin 1 by hand; `seconds` is also its place in the journal.
pub fn trade(seconds: i64, side: Side, quantity: &str, price: &str, fee: &str) -> TradeRow {
    TradeRow {
        time: Timestamp::from_micros(seconds * 1_000_000),
        recorded_at: Timestamp::from_micros(0),
        seq: 1,
        quantity: Quantity::parse(quantity).unwrap(),
        price: Price::parse(price).unwrap(),
        fee: dec(fee),
        device: 1,
        coin: 1,
        algorithm: 0,
        side,
        book: Book::Live,
        kind: RowKind::Trade,
    }
}

pub fn buy(seconds: i64, quantity: &str, price: &str, fee: &str) -> TradeRow {
    trade(seconds, Side::Buy, quantity, price, fee)
}

pub fn sell(seconds: i64, quantity: &str, price: &str, fee: &str) -> TradeRow {
    trade(seconds, Side::Sell, quantity, price, fee)
}

pub fn live() -> PnlQuery {
    PnlQuery::of(Book::Live)
}

pub fn no_prices(_: u32) -> Option<Valuation> {
    None
}

/// Every coin costs this.
pub fn all_at(price: &str) -> impl Fn(u32) -> Option<Valuation> + use<> {
    let price = Price::parse(price).unwrap();
    move |_| Some(Valuation { price, age_s: 7 })
}
