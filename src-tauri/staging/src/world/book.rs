//! Depth: what rests on both sides of a quote.

use super::Quote;
use super::path::draw;
use rust_decimal::Decimal;

const LEVELS: u64 = 20;
const AMOUNT_PLACES: u32 = 8;

/// One resting order of somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Coins.
    pub amount: Decimal,
    /// Price of a coin.
    pub rate: Decimal,
    /// Amount × rate, to the cent.
    pub total: Decimal,
}

/// Both sides, the best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// Who wants to buy, the highest first.
    pub buys: Vec<Level>,
    /// Who wants to sell, the lowest first.
    pub sells: Vec<Level>,
}

/// The book around a quote; the thinner the coin, the less there is.
pub(super) fn around(quote: Quote, places: u32, key: u64, grain: u32) -> Book {
    let unit = Decimal::new(1, places);
    let spread = match (quote.bid, quote.ask) {
        (Some(bid), Some(ask)) => (ask - bid).max(unit),
        _ => unit,
    };
    let side = |best: Option<Decimal>, purpose: u64, sign: i64| -> Vec<Level> {
        let Some(best) = best else { return Vec::new() };
        let levels = LEVELS.saturating_sub(u64::from(grain) * 2);
        let mut rate = best;
        let mut found = Vec::new();
        for place in 0..levels {
            let bits = draw(key, purpose, place);
            if place > 0 {
                let step = (spread * Decimal::new((bits % 40) as i64, 2)).round_dp(places).max(unit);
                rate += step * Decimal::new(sign, 0);
            }
            if rate < unit {
                break;
            }
            found.extend(level(rate, bits, grain));
        }
        found
    };
    Book { buys: side(quote.bid, 1, -1), sells: side(quote.ask, 2, 1) }
}

fn level(rate: Decimal, bits: u64, grain: u32) -> Option<Level> {
    // Mostly hundreds to thousands of dollars, now and then ten times as much.
    let dollars = (20 + (bits >> 8 & 0x7FF) as i64) * if bits >> 24 & 15 == 0 { 10 } else { 1 };
    let cents = ((dollars >> (grain / 2).min(6)) * 100).max(100) + (bits >> 40 & 63) as i64;
    let worth = Decimal::new(cents, 2);
    let amount = worth.checked_div(rate)?.round_dp(AMOUNT_PLACES);
    if amount.is_zero() {
        return None;
    }
    Some(Level { amount, rate, total: amount.checked_mul(rate)?.round_dp(2) })
}
