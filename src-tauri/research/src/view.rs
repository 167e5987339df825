//! What a strategy may see: candles that had closed by its moment, and nothing else.

use crate::coarse::closed_with;
use crate::indicators::Bar;
use domain::{Candle, Coin, Interval, Timestamp};
use std::collections::BTreeMap;

/// Candles of one interval, coin by coin, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History(BTreeMap<Coin, Vec<Candle>>);

impl History {
    /// Adds a candle behind the coin's others; one that does not come after them is left out.
    pub fn push(&mut self, coin: Coin, candle: Candle) {
        let candles = self.0.entry(coin).or_default();
        if candles.last().is_none_or(|last| last.time < candle.time) {
            candles.push(candle);
        }
    }

    /// Forgets all but a coin's newest candles.
    pub fn keep(&mut self, coin: Coin, newest: usize) {
        if let Some(candles) = self.0.get_mut(&coin) {
            candles.drain(..candles.len().saturating_sub(newest));
        }
    }

    /// A coin's candles.
    #[must_use]
    pub fn of(&self, coin: Coin) -> &[Candle] {
        self.0.get(&coin).map_or(&[], Vec::as_slice)
    }
}

/// What was known of the candles at a moment.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    history: &'a History,
    coin: Coin,
    interval: Interval,
    now: Timestamp,
}

impl<'a> View<'a> {
    /// The candles as of a moment, for a decision about a coin.
    #[must_use]
    pub const fn new(history: &'a History, coin: Coin, interval: Interval, now: Timestamp) -> Self {
        Self { history, coin, interval, now }
    }

    /// The coin to decide about.
    #[must_use]
    pub const fn coin(&self) -> Coin {
        self.coin
    }

    /// The length of the candles.
    #[must_use]
    pub const fn interval(&self) -> Interval {
        self.interval
    }

    /// The moment: the end of the candle that just closed, or the present for one that is asked at any time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Closed candles of any coin, oldest first.
    #[must_use]
    pub fn candles_of(&self, coin: Coin) -> &'a [Candle] {
        let candles = self.history.of(coin);
        // Mostly all of them are over: one look then, not a search.
        if candles.last().is_none_or(|last| last.time.plus_micros(self.interval.micros()) <= self.now) {
            return candles;
        }
        let closed = candles.partition_point(|candle| candle.time.plus_micros(self.interval.micros()) <= self.now);
        &candles[..closed]
    }

    /// Closed candles of the coin, oldest first.
    #[must_use]
    pub fn candles(&self) -> &'a [Candle] {
        self.candles_of(self.coin)
    }

    /// The coins there are closed candles of, in the order of the alphabet.
    pub fn coins(&self) -> impl Iterator<Item = Coin> + '_ {
        self.history.0.keys().copied().filter(|coin| !self.candles_of(*coin).is_empty())
    }

    /// Candles of the coin at a longer interval that closed with the newest one, oldest first; usually none. Asked at every
    /// candle it tells each of them once. Ask for warm-up enough to hold one of them and a candle more.
    #[must_use]
    pub fn coarser(&self, interval: Interval) -> Vec<Candle> {
        closed_with(self.candles(), self.interval, interval)
    }

    /// The newest closed candle, for comparing; never an amount.
    #[must_use]
    pub fn bar(&self) -> Option<Bar> {
        Bar::of(self.candles().last()?)
    }

    /// The close of the newest closed candle, for comparing; never an amount.
    #[must_use]
    pub fn close(&self) -> Option<f64> {
        f64::try_from(self.candles().last()?.close.decimal()).ok().filter(|close| close.is_finite())
    }

    /// What it looked at, in words for the log.
    #[must_use]
    pub fn evidence(&self) -> String {
        format!("candles {} {} {}", self.coin, self.interval, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Price;

    #[test]
    fn a_candle_is_seen_once_it_has_closed_and_not_before() {
        let (coin, hour) = (Coin::parse("BTC").unwrap(), Interval::H1.micros());
        let mut history = History::default();
        for number in 0..3 {
            let price = Price::parse(&(100 + number).to_string()).unwrap();
            history.push(coin, Candle::of(Timestamp::from_micros(number * hour), price));
        }
        let seen = |now: i64| {
            let view = View::new(&history, coin, Interval::H1, Timestamp::from_micros(now));
            (view.candles().len(), view.close())
        };
        assert_eq!(seen(0), (0, None));
        assert_eq!(seen(hour - 1), (0, None));
        assert_eq!(seen(hour), (1, Some(100.0)));
        assert_eq!(seen(3 * hour - 1), (2, Some(101.0)));
        assert_eq!(View::new(&history, Coin::parse("ETH").unwrap(), Interval::H1, Timestamp::default()).close(), None);
    }
}
