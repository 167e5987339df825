//! Candles to decide about, and what becomes of them when they are cut off, spoiled, begun later, shuffled or thinned out.
//!
//! Invariants: candles stay in order, consistent and above zero; prices are multiplied as decimals and rounded to 8 of them.

use super::random::Random;
use crate::view::History;
use domain::{Candle, Coin, Decimal, Interval, Price, Timestamp};
use std::collections::BTreeMap;

const DECIMALS: u32 = 8;

/// Closed candles of the coin to decide about, and of others that are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Market {
    /// The coin to decide about.
    pub coin: Coin,
    /// The length of the candles.
    pub interval: Interval,
    /// Candles coin by coin, oldest first.
    pub candles: BTreeMap<Coin, Vec<Candle>>,
}

/// What the future is replaced with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Garbage {
    /// Prices that stand a thousand times higher.
    Soared,
    /// Prices that stand a thousand times lower.
    Crashed,
}

impl Market {
    /// A market of one coin.
    #[must_use]
    pub fn of(coin: Coin, interval: Interval, candles: Vec<Candle>) -> Self {
        Self { coin, interval, candles: [(coin, candles)].into() }
    }

    /// The candles of the coin to decide about.
    #[must_use]
    pub fn bars(&self) -> &[Candle] {
        self.candles.get(&self.coin).map_or(&[], Vec::as_slice)
    }

    /// When a bar closes.
    #[must_use]
    pub fn close_of(&self, bar: usize) -> Timestamp {
        self.bars().get(bar).map_or_else(Timestamp::default, |candle| candle.time.plus_micros(self.interval.micros()))
    }

    /// All of it as strategies see it.
    #[must_use]
    pub fn history(&self) -> History {
        let mut history = History::default();
        for (coin, candles) in &self.candles {
            candles.iter().for_each(|candle| history.push(*coin, *candle));
        }
        history
    }

    /// As if it ended with the first so many bars.
    #[must_use]
    pub fn until(&self, bars: usize) -> Self {
        let Some(first_out) = self.bars().get(bars).map(|candle| candle.time) else { return self.clone() };
        self.map(|candles| candles.iter().filter(|candle| candle.time < first_out).copied().collect())
    }

    /// As if it began with this bar.
    #[must_use]
    pub fn from(&self, bar: usize) -> Self {
        let Some(first) = self.bars().get(bar).map(|candle| candle.time) else { return self.map(|_| Vec::new()) };
        self.map(|candles| candles.iter().filter(|candle| candle.time >= first).copied().collect())
    }

    /// Its newest so many bars.
    #[must_use]
    pub fn newest(&self, bars: usize) -> Self {
        self.from(self.bars().len().saturating_sub(bars))
    }

    /// With everything behind the first so many bars replaced.
    #[must_use]
    pub fn poisoned(&self, bars: usize, garbage: Garbage) -> Self {
        let Some(first) = self.bars().get(bars).map(|candle| candle.time) else { return self.clone() };
        let thousand = Decimal::from(1_000);
        let factor = match garbage {
            Garbage::Soared => Some(thousand),
            Garbage::Crashed => Decimal::ONE.checked_div(thousand),
        };
        let spoil = |candle: &Candle| match factor.and_then(|factor| scaled(candle, factor)) {
            Some(spoilt) if candle.time >= first => Candle { volume: None, ..spoilt },
            None if candle.time >= first => Candle { volume: None, ..flat(candle) },
            _ => *candle,
        };
        self.map(|candles| candles.iter().map(spoil).collect())
    }

    fn map(&self, change: impl Fn(&[Candle]) -> Vec<Candle>) -> Self {
        let candles = self.candles.iter().map(|(coin, candles)| (*coin, change(candles))).collect();
        Self { candles, ..*self }
    }
}

/// A candle of one price: its low.
fn flat(candle: &Candle) -> Candle {
    Candle::of(candle.time, candle.low)
}

/// A candle with its prices multiplied; none when they leave what a decimal holds.
fn scaled(candle: &Candle, factor: Decimal) -> Option<Candle> {
    let least = Decimal::new(1, DECIMALS);
    let price = |price: Price| Price::new(price.decimal().checked_mul(factor)?.round_dp(DECIMALS).max(least)).ok();
    Some(Candle {
        open: price(candle.open)?,
        high: price(candle.high)?,
        low: price(candle.low)?,
        close: price(candle.close)?,
        ..*candle
    })
}

/// The same moves in another order: blocks of bars change places, each bar keeping how it moved from the close before it, and
/// its volume. Where it begins and (but for rounding) ends stays the same. None when there are too few bars for two blocks, or the way leads out of what a
/// decimal holds.
#[must_use]
pub fn shuffled_dates(bars: &[Candle], block: usize, random: &mut Random) -> Option<Vec<Candle>> {
    let (first, rest) = bars.split_first()?;
    let block = block.max(1);
    let mut blocks: Vec<usize> = (0..rest.len().div_ceil(block)).collect();
    if blocks.len() < 2 {
        return None;
    }
    random.shuffle(&mut blocks);
    let order = blocks.iter().flat_map(|number| number * block..((number + 1) * block).min(rest.len()));
    let mut made = Vec::with_capacity(bars.len());
    made.push(*first);
    let mut close = first.close;
    for (from, slot) in order.zip(rest) {
        // What stands before `rest[from]` in `bars` is at the same place.
        let factor = close.decimal().checked_div(bars[from].close.decimal())?;
        let candle = Candle { time: slot.time, ..scaled(&rest[from], factor)? };
        close = candle.close;
        made.push(candle);
    }
    Some(made)
}

/// With a share of the bars missing, the first and the last never.
#[must_use]
pub fn thinned(bars: &[Candle], missing: f64, random: &mut Random) -> Vec<Candle> {
    let last = bars.len().saturating_sub(1);
    let keep = |place: usize| place == 0 || place == last || random.unit() >= missing;
    let mut keep = keep;
    bars.iter().enumerate().filter(|(place, _)| keep(*place)).map(|(_, candle)| *candle).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Bars whose closes are these cents.
    pub(crate) fn bars(cents: &[i64]) -> Vec<Candle> {
        let price = |cents: i64| Price::new(Decimal::new(cents.max(1), 2)).unwrap();
        let mut before = cents.first().copied().unwrap_or(1);
        let bar = |(number, close): (usize, &i64)| {
            let (open, close) = (price(before), price(*close));
            before = (*cents)[number];
            let time = Timestamp::from_micros(number as i64 * Interval::H1.micros());
            Candle { time, open, high: open.max(close), low: open.min(close), close, volume: None }
        };
        cents.iter().enumerate().map(bar).collect()
    }

    /// A walk of so many bars around 100.
    pub(crate) fn walk(seed: u64, count: usize, drift: f64) -> Vec<Candle> {
        let mut random = Random::new(seed, 0);
        let mut price = 10_000.0f64;
        let cents: Vec<i64> = (0..count)
            .map(|_| {
                price *= 1.0 + (random.unit() - 0.5) / 25.0 + drift;
                price as i64
            })
            .collect();
        bars(&cents)
    }

    pub(crate) fn btc() -> Coin {
        Coin::parse("BTC").unwrap()
    }

    #[test]
    fn what_is_cut_begun_later_or_spoiled_is_the_same_elsewhere() {
        let market = Market::of(btc(), Interval::H1, walk(1, 50, 0.0));
        assert_eq!(market.until(20).bars(), &market.bars()[..20]);
        assert_eq!(market.from(20).bars(), &market.bars()[20..]);
        assert_eq!(market.newest(7).bars(), &market.bars()[43..]);
        for garbage in [Garbage::Soared, Garbage::Crashed] {
            let spoilt = market.poisoned(20, garbage);
            assert_eq!(&spoilt.bars()[..20], &market.bars()[..20]);
            assert!(spoilt.bars()[20..].iter().zip(&market.bars()[20..]).all(|(one, other)| one.close != other.close));
            assert!(spoilt.bars().iter().all(Candle::is_consistent));
        }
    }

    #[test]
    fn shuffled_dates_keep_the_moves_and_both_ends() {
        let real = walk(2, 101, 0.001);
        let made = shuffled_dates(&real, 5, &mut Random::new(1, 0)).unwrap();
        assert_eq!(made.len(), real.len());
        assert_eq!(made[0], real[0]);
        assert!(made.iter().all(Candle::is_consistent));
        assert!(made.iter().zip(&real).all(|(one, other)| one.time == other.time));
        let close = |candle: &Candle| f64::try_from(candle.close.decimal()).unwrap();
        assert!((close(made.last().unwrap()) / close(real.last().unwrap()) - 1.0).abs() < 1e-6);
        let moves = |bars: &[Candle]| {
            let mut moves: Vec<f64> = bars.windows(2).map(|pair| close(&pair[1]) / close(&pair[0])).collect();
            moves.sort_by(f64::total_cmp);
            moves
        };
        assert!(moves(&made).iter().zip(&moves(&real)).all(|(one, other)| (one - other).abs() < 1e-6));
        assert_ne!(made, real);
        assert_eq!(shuffled_dates(&real[..5], 5, &mut Random::new(1, 0)), None);
    }

    #[test]
    fn missing_bars_are_missing_inside() {
        let real = walk(3, 1_000, 0.0);
        let thin = thinned(&real, 0.1, &mut Random::new(1, 0));
        assert!((860..940).contains(&thin.len()), "{}", thin.len());
        assert_eq!((thin.first(), thin.last()), (real.first(), real.last()));
    }
}
