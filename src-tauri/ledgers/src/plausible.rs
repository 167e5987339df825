//! Prices that jump further than prices do: a unit changed, a decimal slipped, a field meant something else.
//!
//! Each price of a quote is compared with the last good one of its coin. More than [`JUMP_MAX`] times as much, or less than that part
//! of it, is set aside with a reason and does not become the new measure. A coin's measure is forgotten after a day, so that a true
//! re-denomination gets in then; but while most coins of a reply jump at once it is the feed, not the market, and none of them does.

use crate::source::{Collected, Rejected};
use domain::{Coin, Decimal, Price, Quote, Timestamp};
use std::collections::BTreeMap;

/// How many times the last good price is still a price.
pub const JUMP_MAX: u32 = 5;
const MEASURE_AGE_MAX_S: i64 = 86_400;

/// Remembers the last good quote of each coin. Bounded by the coins handed in.
#[derive(Debug, Clone, Default)]
pub struct JumpGuard {
    good: BTreeMap<Coin, Quote>,
}

impl JumpGuard {
    /// Begins with the quotes already stored, so that a restart forgets nothing.
    #[must_use]
    pub fn new(stored: impl IntoIterator<Item = Quote>) -> Self {
        Self { good: stored.into_iter().map(|quote| (quote.coin, quote)).collect() }
    }

    /// Moves the quotes that jump from a run's quotes to its rejections; the others become the new measure.
    pub fn sift(&mut self, collected: &mut Collected, now: Timestamp) {
        let known = collected.quotes.iter().filter(|quote| self.good.contains_key(&quote.coin)).count();
        let jumping = collected.quotes.iter().filter(|quote| self.jump_of(quote).is_some()).count();
        let whole_feed = jumping >= 3 && jumping * 2 > known;
        let mut kept = Vec::with_capacity(collected.quotes.len());
        for quote in std::mem::take(&mut collected.quotes) {
            let fresh = self.good.get(&quote.coin).is_some_and(|good| good.age_s(now) <= MEASURE_AGE_MAX_S);
            match self.jump_of(&quote).filter(|_| fresh || whole_feed) {
                Some((before, after)) => {
                    let reason =
                        format!("{after} is more than {JUMP_MAX} times away from {before}, the last good price");
                    collected.rejected.push(Rejected::new(quote.coin.as_str(), "implausible_jump", reason));
                }
                None => {
                    self.good.insert(quote.coin, quote);
                    kept.push(quote);
                }
            }
        }
        collected.quotes = kept;
    }

    /// The last good price and the one that is too far from it.
    fn jump_of(&self, quote: &Quote) -> Option<(Price, Price)> {
        let good = self.good.get(&quote.coin)?;
        [(good.bid, quote.bid), (good.ask, quote.ask), (good.last, quote.last)]
            .into_iter()
            .filter_map(|(before, after)| before.zip(after))
            .find(|(before, after)| is_jump(before.decimal(), after.decimal()))
    }
}

fn is_jump(before: Decimal, after: Decimal) -> bool {
    let (low, high) = if before < after { (before, after) } else { (after, before) };
    low.checked_mul(Decimal::from(JUMP_MAX)).is_some_and(|limit| high > limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::QuoteKind;

    const DAY_S: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn quote(coin: &str, price: i64, seconds: i64) -> Quote {
        let price = Price::new(Decimal::new(price, 2)).ok();
        let coin = Coin::parse(coin).unwrap();
        Quote { coin, kind: QuoteKind::Book, bid: price, ask: price, last: price, seen: at(seconds) }
    }

    fn sift(guard: &mut JumpGuard, prices: &[(&str, i64)], seconds: i64) -> (Vec<String>, Vec<String>) {
        let quotes = prices.iter().map(|(coin, price)| quote(coin, *price, seconds)).collect();
        let mut collected = Collected { quotes, ..Collected::default() };
        guard.sift(&mut collected, at(seconds));
        let kept = collected.quotes.iter().map(|quote| quote.coin.to_string()).collect();
        (kept, collected.rejected.iter().map(|rejected| rejected.item.clone()).collect())
    }

    #[test]
    fn a_price_a_hundred_times_off_is_set_aside_until_it_is_back() {
        let mut guard = JumpGuard::new([quote("BTC", 100, 0), quote("ETH", 100, 0)]);
        for (price, kept) in [(10_000, false), (1, false), (501, false), (500, true), (100, true), (20, true)] {
            let (good, bad) = sift(&mut guard, &[("BTC", price), ("ETH", 100)], 15);
            assert_eq!(good.contains(&"BTC".to_owned()), kept, "{price}");
            assert_eq!(bad.is_empty(), kept, "{price}");
        }
    }

    #[test]
    fn a_refused_price_does_not_become_the_measure() {
        let mut guard = JumpGuard::new([quote("BTC", 100, 0)]);
        for second in 1..5 {
            assert_eq!(sift(&mut guard, &[("BTC", 10_000)], second).1, ["BTC"]);
        }
    }

    #[test]
    fn a_new_coin_and_one_not_seen_for_a_day_are_taken_as_they_are() {
        let mut guard = JumpGuard::new([quote("BTC", 100, 0)]);
        assert_eq!(sift(&mut guard, &[("NEW", 1)], 0).0, ["NEW"]);
        assert_eq!(sift(&mut guard, &[("BTC", 10_000)], DAY_S).1, ["BTC"]);
        assert_eq!(sift(&mut guard, &[("BTC", 10_000)], DAY_S + 1).0, ["BTC"]);
    }

    #[test]
    fn a_whole_feed_in_other_units_never_gets_in() {
        let coins = ["BTC", "ETH", "XRP", "SOL"];
        let mut guard = JumpGuard::new(coins.map(|coin| quote(coin, 100, 0)));
        let hundredfold = coins.map(|coin| (coin, 10_000));
        assert_eq!(sift(&mut guard, &hundredfold, 3 * DAY_S).1.len(), 4);
        assert_eq!(sift(&mut guard, &coins.map(|coin| (coin, 110)), 3 * DAY_S).0.len(), 4);
    }
}
