//! From a bar's price to what an order meets: bid and ask, slippage, and how much is on offer.
//!
//! Invariants: prices are cut to the venue's 8 decimals against whoever trades: asks up, bids down; the same seed, coin and
//! moment draw the same slippage whatever happened before, so that one order more or less changes no other's price.

use super::BacktestError;
use super::setup::Costs;
use domain::{
    AmountError, BasisPoints, Candle, Coin, Decimal, Price, Quantity, Quote, QuoteKind, RoundingStrategy, Side,
    Timestamp,
};
use floor::{Depth, Level};

/// Prices of more decimals can't be a limit at the venue.
const PRICE_DECIMALS: u32 = 8;
/// Rates are counted in hundredths of a basis point: in units of 1e-6.
const PARTS: i64 = 100;
const PART_DECIMALS: u32 = 6;
/// More coins than any order takes.
const ENDLESS: i64 = 1_000_000_000_000_000;

/// What is on offer where nobody counts it.
pub(super) fn endless() -> Quantity {
    Quantity::new(Decimal::from(ENDLESS)).unwrap_or(Quantity::ZERO)
}

/// The share of a bar's volume that may be traded in it.
pub(super) fn on_offer(costs: &Costs, coin: Coin, candle: &Candle) -> Result<Quantity, BacktestError> {
    let Some(share) = costs.volume_share else { return Ok(endless()) };
    let volume = candle.volume.ok_or(BacktestError::VolumeUnknown { coin, time: candle.time })?;
    let part = volume.decimal().checked_mul(share.ratio()).ok_or(AmountError::Overflow("volume × share"))?;
    Ok(Quantity::new(part.round_dp_with_strategy(PRICE_DECIMALS, RoundingStrategy::ToZero))?)
}

/// What a seller gets around a price, by the spread alone: what holdings are worth.
#[inline]
pub(super) fn mark(costs: &Costs, price: Price) -> Result<Price, BacktestError> {
    if costs.spread.0 == 0 && price.decimal().scale() <= PRICE_DECIMALS {
        return Ok(price);
    }
    bid(price, i64::from(costs.spread.0) * PARTS / 2)
}

/// Bid and ask around a price, with the slippage of that moment.
pub(super) fn quote(costs: &Costs, coin: Coin, price: Price, now: Timestamp) -> Result<Quote, BacktestError> {
    let parts = i64::from(costs.spread.0) * PARTS / 2 + slipped(costs, coin, now);
    let up = times(price, Decimal::ONE + Decimal::new(parts, PART_DECIMALS))?;
    let ask = Price::new(up.round_dp_with_strategy(PRICE_DECIMALS, RoundingStrategy::AwayFromZero))?;
    let bid = bid(price, parts)?;
    Ok(Quote { coin, kind: QuoteKind::Book, bid: Some(bid), ask: Some(ask), last: Some(price), seen: now })
}

fn times(price: Price, factor: Decimal) -> Result<Decimal, AmountError> {
    price.decimal().checked_mul(factor).ok_or(AmountError::Overflow("price × (1 ± spread)"))
}

fn bid(price: Price, parts: i64) -> Result<Price, BacktestError> {
    let down = times(price, Decimal::ONE - Decimal::new(parts, PART_DECIMALS))?;
    Ok(Price::new(down.round_dp_with_strategy(PRICE_DECIMALS, RoundingStrategy::ToZero))?)
}

/// A limit that asks for so much more than what is met.
pub(super) fn better(side: Side, met: Price, offset: BasisPoints) -> Option<Price> {
    let parts = Decimal::new(i64::from(offset.0) * PARTS, PART_DECIMALS);
    let (factor, cut) = match side {
        Side::Buy => (Decimal::ONE - parts, RoundingStrategy::ToZero),
        Side::Sell => (Decimal::ONE + parts, RoundingStrategy::AwayFromZero),
    };
    Price::new((met.decimal().checked_mul(factor)?).round_dp_with_strategy(PRICE_DECIMALS, cut)).ok()
}

/// One level a side, at the quote.
pub(super) fn depth(quote: &Quote, quantity: Quantity) -> Depth {
    let level = |price: Option<Price>| price.map(|price| Level { price, quantity }).into_iter().collect();
    Depth::new(level(quote.bid), level(quote.ask), quote.seen)
}

/// Hundredths of a basis point: as set, or drawn evenly from nothing to twice as much.
fn slipped(costs: &Costs, coin: Coin, now: Timestamp) -> i64 {
    let parts = i64::from(costs.slippage.0) * PARTS;
    let Some(seed) = costs.seed.filter(|_| parts > 0) else { return parts };
    let name = coin.as_str().bytes().fold(seed, |hash, byte| mixed(hash ^ u64::from(byte)));
    let drawn = mixed(name ^ now.micros().cast_unsigned());
    // The bias of the remainder is below one part in 2^40.
    (drawn % (2 * parts.unsigned_abs() + 1)).cast_signed()
}

/// One step of SplitMix64 (Steele, Lea and Flood 2014).
fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        Price::parse(text).unwrap()
    }

    fn sides(costs: &Costs, at: &str, micros: i64) -> (String, String) {
        let coin = Coin::parse("BTC").unwrap();
        let quote = quote(costs, coin, price(at), Timestamp::from_micros(micros)).unwrap();
        (quote.bid.unwrap().to_string(), quote.ask.unwrap().to_string())
    }

    #[test]
    fn without_costs_bid_and_ask_are_the_price_itself() {
        assert_eq!(sides(&Costs::default(), "61234.56", 0), ("61234.56".into(), "61234.56".into()));
        assert_eq!(mark(&Costs::default(), price("0.1")).unwrap(), price("0.1"));
    }

    #[test]
    fn half_the_spread_and_the_slippage_are_on_each_side_and_cut_against_the_trader() {
        let costs = Costs { spread: BasisPoints(10), slippage: BasisPoints(5), ..Costs::default() };
        assert_eq!(sides(&costs, "100", 0), ("99.9".into(), "100.1".into()));
        assert_eq!(mark(&costs, price("100")).unwrap(), price("99.95"));
        assert_eq!(sides(&costs, "0.00001234", 0), ("0.00001232".into(), "0.00001236".into()));
        assert_eq!(sides(&Costs::default(), "1.123456789", 0), ("1.12345678".into(), "1.12345679".into()));
    }

    #[test]
    fn a_drawn_slippage_is_the_same_for_the_same_seed_and_moment_and_lies_around_what_was_set() {
        let costs = |seed| Costs { slippage: BasisPoints(10), seed: Some(seed), ..Costs::default() };
        assert_eq!(sides(&costs(1), "100", 7), sides(&costs(1), "100", 7));
        assert_ne!(sides(&costs(1), "100", 7), sides(&costs(2), "100", 7));
        let coin = Coin::parse("BTC").unwrap();
        let drawn: Vec<i64> = (0..2_000).map(|at| slipped(&costs(3), coin, Timestamp::from_micros(at))).collect();
        let mean = drawn.iter().sum::<i64>() / 2_000;
        assert!(drawn.iter().all(|one| (0..=2_000).contains(one)) && (950..1_050).contains(&mean), "{mean}");
    }
}
