//! Prices that jump further than prices do: a unit changed, a decimal slipped, a field meant something else.
//!
//! Each price of a quote is compared with the last good one of its coin. More than [`JUMP_MAX`] times as much, or less than that part
//! of it, is set aside with a reason and does not become the new measure. A coin's measure is forgotten after a day, so that a true
//! re-denomination gets in then; but while most coins of a reply jump at once it is the feed, not the market, and none of them does.

use crate::source::{Collected, Reference, Rejected};
use domain::{Coin, Currency, Decimal, Price, Quote, Timestamp};
use std::collections::BTreeMap;

/// How many times the last good price is still a price.
pub const JUMP_MAX: u32 = 5;
const MEASURE_AGE_MAX_S: i64 = 86_400;
const CODE: &str = "implausible_jump";

type Prices = [Option<Price>; 3];

/// The last good prices of each thing, and when they were so. Bounded by the things handed in.
#[derive(Debug, Clone)]
struct Measures<K>(BTreeMap<K, (Prices, Timestamp)>);

impl<K: Ord> Measures<K> {
    /// Splits what came into what is good, which becomes the measure, and what jumps, with the reason.
    fn sift<T>(
        &mut self,
        came: Vec<T>,
        of: impl Fn(&T) -> (K, Prices, Timestamp),
        now: Timestamp,
    ) -> (Vec<T>, Vec<(T, String)>) {
        let known = came.iter().filter(|item| self.0.contains_key(&of(item).0)).count();
        let jumping = came.iter().filter(|item| self.jump(&of(item)).is_some()).count();
        let whole_feed = jumping >= 3 && jumping * 2 > known;
        let (mut kept, mut refused) = (Vec::with_capacity(came.len()), Vec::new());
        for item in came {
            let found = of(&item);
            let fresh = self.0.get(&found.0).is_some_and(|(_, seen)| now.seconds_since(*seen) <= MEASURE_AGE_MAX_S);
            match self.jump(&found).filter(|_| fresh || whole_feed) {
                Some((before, after)) => {
                    let reason =
                        format!("{after} is more than {JUMP_MAX} times away from {before}, the last good price");
                    refused.push((item, reason));
                }
                None => {
                    let (key, prices, seen) = found;
                    self.0.insert(key, (prices, seen));
                    kept.push(item);
                }
            }
        }
        (kept, refused)
    }

    /// The last good price and the one that is too far from it.
    fn jump(&self, (key, prices, _): &(K, Prices, Timestamp)) -> Option<(Price, Price)> {
        let (good, _) = self.0.get(key)?;
        let mut both = good.iter().zip(prices).filter_map(|(before, after)| before.zip(*after));
        both.find(|(before, after)| is_jump(before.decimal(), after.decimal()))
    }
}

/// Remembers the last good quote of each coin.
#[derive(Debug, Clone)]
pub struct JumpGuard(Measures<Coin>);

impl Default for JumpGuard {
    fn default() -> Self {
        Self::new([])
    }
}

fn of_quote(quote: &Quote) -> (Coin, Prices, Timestamp) {
    (quote.coin, [quote.bid, quote.ask, quote.last], quote.seen)
}

impl JumpGuard {
    /// Begins with the quotes already stored, so that a restart forgets nothing.
    #[must_use]
    pub fn new(stored: impl IntoIterator<Item = Quote>) -> Self {
        let measure = |quote: Quote| {
            let (coin, prices, seen) = of_quote(&quote);
            (coin, (prices, seen))
        };
        Self(Measures(stored.into_iter().map(measure).collect()))
    }

    /// Moves the quotes that jump from a run's quotes to its rejections; the others become the new measure.
    pub fn sift(&mut self, collected: &mut Collected, now: Timestamp) {
        let (kept, refused) = self.0.sift(std::mem::take(&mut collected.quotes), of_quote, now);
        let reject = |(quote, reason): (Quote, String)| Rejected::new(quote.coin.as_str(), CODE, reason);
        collected.rejected.extend(refused.into_iter().map(reject));
        collected.quotes = kept;
    }
}

/// A market of a venue of reference prices.
type Market = (&'static str, Coin, Currency);

/// Remembers the last good reference of each market of each venue: what [`JumpGuard`] does for our own prices.
#[derive(Debug, Clone)]
pub struct ReferenceGuard(Measures<Market>);

impl Default for ReferenceGuard {
    fn default() -> Self {
        Self::new([])
    }
}

fn market(reference: &Reference) -> (Market, Prices) {
    let Reference { venue, coin, currency, bid, ask, last, .. } = reference;
    ((*venue, *coin, *currency), [*bid, *ask, *last])
}

impl ReferenceGuard {
    /// Begins with the references already stored, each with the time it was seen, so that a restart forgets nothing.
    #[must_use]
    pub fn new(stored: impl IntoIterator<Item = (Reference, Timestamp)>) -> Self {
        let measure = |(reference, seen): (Reference, Timestamp)| {
            let (market, prices) = market(&reference);
            (market, (prices, seen))
        };
        Self(Measures(stored.into_iter().map(measure).collect()))
    }

    /// Moves the references that jump from a run's references to its rejections; the others become the new measure. What
    /// jumps is judged by venue: a run is one venue's.
    pub fn sift(&mut self, collected: &mut Collected, now: Timestamp) {
        let of = |reference: &Reference| {
            let (market, prices) = market(reference);
            (market, prices, now)
        };
        let (kept, refused) = self.0.sift(std::mem::take(&mut collected.references), of, now);
        let reject = |(reference, reason): (Reference, String)| {
            Rejected::new(&format!("{}/{}", reference.coin, reference.currency), CODE, reason)
        };
        collected.rejected.extend(refused.into_iter().map(reject));
        collected.references = kept;
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

    fn reference(venue: &'static str, coin: &str, currency: &str, price: i64) -> Reference {
        let price = Price::new(Decimal::new(price, 2)).ok();
        let (coin, currency) = (Coin::parse(coin).unwrap(), Currency::parse(currency).unwrap());
        Reference { venue, coin, currency, bid: price, ask: price, last: None, at: None }
    }

    fn sift_references(guard: &mut ReferenceGuard, of: &[Reference], seconds: i64) -> (usize, Vec<String>) {
        let mut collected = Collected { references: of.to_vec(), ..Collected::default() };
        guard.sift(&mut collected, at(seconds));
        assert!(collected.rejected.iter().all(|rejected| rejected.code == "implausible_jump"));
        (collected.references.len(), collected.rejected.iter().map(|rejected| rejected.item.clone()).collect())
    }

    #[test]
    fn a_reference_a_hundred_times_off_is_set_aside_until_it_is_back_or_a_day_has_passed() {
        let mut guard = ReferenceGuard::new([(reference("kraken", "BTC", "AUD", 100), at(0))]);
        let far = [reference("kraken", "BTC", "AUD", 10_000), reference("kraken", "ETH", "AUD", 50)];
        for _ in 0..2 {
            assert_eq!(sift_references(&mut guard, &far, 30), (1, vec!["BTC/AUD".to_owned()]));
        }
        assert_eq!(sift_references(&mut guard, &[reference("kraken", "BTC", "AUD", 110)], 60), (1, vec![]));
        assert_eq!(sift_references(&mut guard, &far, 61 + DAY_S), (2, vec![]));
    }

    #[test]
    fn each_venue_and_currency_has_a_measure_of_its_own() {
        let mut guard = ReferenceGuard::default();
        let all = [
            reference("kraken", "BTC", "AUD", 100),
            reference("binance", "BTC", "USDT", 10_000),
            reference("kraken", "BTC", "USD", 1),
        ];
        for second in 0..2 {
            assert_eq!(sift_references(&mut guard, &all, second), (3, vec![]));
        }
    }

    #[test]
    fn a_whole_venue_in_other_units_never_gets_in() {
        let of = |price| ["BTC", "ETH", "XRP"].map(|coin| reference("kraken", coin, "AUD", price));
        let mut guard = ReferenceGuard::default();
        assert_eq!(sift_references(&mut guard, &of(100), 0).0, 3);
        assert_eq!(sift_references(&mut guard, &of(10_000), 3 * DAY_S).1.len(), 3);
    }
}
