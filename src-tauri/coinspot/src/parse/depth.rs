//! `/pubapi/v2/orders/open/{coin}`: the top of the order book.

use super::{Refusal, check_status, coin as coin_of, decimal, json, nothing_left, positive, price};
use crate::error::CoinSpotError;
use domain::{Coin, Price, Quantity, Timestamp};
use ledgers::Rejected;
use serde::Deserialize;
use serde_json::value::RawValue;

const WHAT: &str = "order book";

/// Coins on offer at one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// AUD for one coin.
    pub rate: Price,
    /// How many coins; above zero.
    pub amount: Quantity,
}

/// The top of a coin's book. It is not the whole book: CoinSpot lists 20 levels or so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// The coin.
    pub coin: Coin,
    /// What buyers offer, highest first.
    pub bids: Vec<Level>,
    /// What sellers ask, lowest first.
    pub asks: Vec<Level>,
    /// Levels that were not taken.
    pub rejected: Vec<Rejected>,
    /// When it was asked for.
    pub seen: Timestamp,
}

#[derive(Deserialize)]
struct Book<'a> {
    status: Option<String>,
    message: Option<String>,
    #[serde(borrow)]
    buyorders: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    sellorders: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Order<'a> {
    #[serde(borrow)]
    amount: Option<&'a RawValue>,
    #[serde(borrow)]
    rate: Option<&'a RawValue>,
    market: Option<String>,
}

/// Reads an order book.
pub fn parse(body: &[u8], coin: Coin, seen: Timestamp) -> Result<Depth, CoinSpotError> {
    let book: Book<'_> = json(WHAT, body)?;
    check_status(WHAT, book.status.as_deref(), book.message.as_deref())?;
    let changed = |reason: String| CoinSpotError::SchemaChanged { what: WHAT, reason };
    let (Some(buys), Some(sells)) = (book.buyorders, book.sellorders) else {
        return Err(changed("it lacks buyorders or sellorders".to_owned()));
    };
    let mut rejected = Vec::new();
    let mut bids = side(&buys, "buy order", coin, &mut rejected);
    let mut asks = side(&sells, "sell order", coin, &mut rejected);
    let nothing_of_a_side = (bids.is_empty() && !buys.is_empty()) || (asks.is_empty() && !sells.is_empty());
    if nothing_of_a_side {
        return Err(changed(nothing_left(&rejected, "orders of a side")));
    }
    bids.sort_by_key(|level| std::cmp::Reverse(level.rate));
    asks.sort_by_key(|level| level.rate);
    if let (Some(bid), Some(ask)) = (bids.first(), asks.first())
        && bid.rate > ask.rate
    {
        return Err(CoinSpotError::CrossedBook { coin });
    }
    Ok(Depth { coin, bids, asks, rejected, seen })
}

fn side(orders: &[&RawValue], name: &str, coin: Coin, rejected: &mut Vec<Rejected>) -> Vec<Level> {
    let mut levels = Vec::with_capacity(orders.len());
    for (index, raw) in orders.iter().enumerate() {
        match level(raw, coin) {
            Ok(level) => levels.push(level),
            Err(refusal) => rejected.push(refusal.of(&format!("{name} {index}"))),
        }
    }
    levels
}

fn level(raw: &RawValue, coin: Coin) -> Result<Level, Refusal> {
    let order: Order<'_> =
        serde_json::from_str(raw.get()).map_err(|_| Refusal::new("wrong_type", "is no object with amount and rate"))?;
    if let Some(market) = order.market {
        let (base, quoted) = market.split_once('/').unwrap_or((&market, ""));
        let same = coin_of(base).is_ok_and(|(base, _)| base == coin) && quoted.eq_ignore_ascii_case("AUD");
        if !same {
            return Err(Refusal::new("other_market", format!("is an order of {}", ledgers::inert(&market))));
        }
    }
    let rate = price("rate", decimal("rate", order.rate)?)?;
    let amount = decimal("amount", order.amount)?;
    let amount = Quantity::new(amount).map_err(|error| positive("amount", &error))?;
    if amount.is_zero() {
        return Err(Refusal::new("not_positive", "amount must be above zero, not 0"));
    }
    Ok(Level { rate, amount })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(buys: &str, sells: &str) -> Result<Depth, CoinSpotError> {
        let body = format!(r#"{{"status":"ok","buyorders":[{buys}],"sellorders":[{sells}]}}"#);
        parse(body.as_bytes(), Coin::parse("BTC").unwrap(), Timestamp::default())
    }

    fn order(amount: &str, rate: &str) -> String {
        format!(r#"{{"amount":{amount},"rate":{rate},"total":1,"coin":"BTC","market":"BTC/AUD"}}"#)
    }

    fn rates(levels: &[Level]) -> Vec<String> {
        levels.iter().map(|level| level.rate.to_string()).collect()
    }

    #[test]
    fn both_sides_come_best_first_and_exact() {
        let buys = [order("1", "99"), order("\"0.00000001\"", "100"), order("2", "98.5")].join(",");
        let sells = [order("1", "103"), order("1", "\"101.10\"")].join(",");
        let depth = read(&buys, &sells).unwrap();
        assert_eq!(rates(&depth.bids), ["100", "99", "98.5"]);
        assert_eq!(rates(&depth.asks), ["101.1", "103"]);
        assert_eq!(depth.bids[0].amount.to_string(), "0.00000001");
    }

    #[test]
    fn bad_levels_are_refused_and_the_others_kept() {
        for (bad, code) in [
            (order("0", "100"), "not_positive"),
            (order("-1", "100"), "negative"),
            (order("1", "0"), "not_positive"),
            (order("1", "\"NaN\""), "not_a_number"),
            (order("1", "1e400"), "not_a_number"),
            (order("null", "100"), "missing"),
            (order("1", "100").replace("BTC/AUD", "BTC/USDT"), "other_market"),
            (order("1", "100").replace("BTC/AUD", "ETH/AUD"), "other_market"),
            ("7".to_owned(), "wrong_type"),
        ] {
            let depth = read(&format!("{},{bad}", order("1", "99")), &order("1", "101")).unwrap();
            assert_eq!(rates(&depth.bids), ["99"], "{bad}");
            assert_eq!(depth.rejected[0].code, code, "{bad}");
            assert_eq!(depth.rejected[0].item, "buy order 1");
        }
    }

    #[test]
    fn a_crossed_book_cannot_be_filled_against() {
        assert_eq!(read(&order("1", "102"), &order("1", "101")).unwrap_err().code(), "crossed_book");
        assert!(read(&order("1", "101"), &order("1", "101")).is_ok());
    }

    #[test]
    fn an_empty_book_is_fine_and_a_changed_one_is_not() {
        assert!(read("", "").unwrap().bids.is_empty());
        assert_eq!(read(&order("1", "1").replace("rate", "price"), "").unwrap_err().code(), "schema_changed");
        let coin = Coin::parse("BTC").unwrap();
        let code = |body: &str| parse(body.as_bytes(), coin, Timestamp::default()).unwrap_err().code();
        assert_eq!(code(r#"{"status":"ok","buyorders":[]}"#), "schema_changed");
        assert_eq!(code(r#"{"status":"error","message":"Coin not found"}"#), "refused");
    }
}
