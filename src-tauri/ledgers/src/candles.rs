//! Prices into candles, fine candles into coarse ones, and the gaps between them.
//!
//! Prices at the same moment count in the order they are handed in. A price that is late but still belongs to the open
//! candle moves its high and low (and its open, when it is the earliest), not its close; one that belongs to a closed candle
//! is refused, so that a candle once shown as closed never changes.

use domain::{Candle, Interval, Price, Quantity, Timestamp};

/// One price as it was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub time: Timestamp,
    /// At what.
    pub price: Price,
    /// How many coins changed hands; none when the source does not say.
    pub quantity: Option<Quantity>,
}

/// What became of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// It went into the open candle.
    Updated,
    /// It began a new candle; this one is closed for good.
    Closed(Candle),
    /// It belongs to a candle that is closed already and changed nothing.
    Late,
}

/// Why candles can't be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CandleError {
    /// The wanted interval is finer than what there is.
    #[error("cannot make {to} candles of {from} candles: only coarser ones")]
    NotCoarser {
        /// What there is.
        from: Interval,
        /// What was wanted.
        to: Interval,
    },
    /// Candles must rise in time.
    #[error("candle {index} at {time} does not come after the one before: sort them and remove duplicates first")]
    Unsorted {
        /// Its place in the list, counted from 0.
        index: usize,
        /// Its time.
        time: Timestamp,
    },
}

impl CandleError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotCoarser { .. } => "not_coarser",
            Self::Unsorted { .. } => "unsorted_candles",
        }
    }
}

/// A candle that still takes prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    candle: Candle,
    first: Timestamp,
    last: Timestamp,
}

impl Open {
    fn begin(interval: Interval, tick: Tick) -> Self {
        let candle = Candle { volume: tick.quantity, ..Candle::of(interval.floor(tick.time), tick.price) };
        Self { candle, first: tick.time, last: tick.time }
    }

    fn take(&mut self, tick: Tick) {
        let candle = &mut self.candle;
        candle.high = candle.high.max(tick.price);
        candle.low = candle.low.min(tick.price);
        if tick.time < self.first {
            candle.open = tick.price;
            self.first = tick.time;
        }
        if tick.time >= self.last {
            candle.close = tick.price;
            self.last = tick.time;
        }
        candle.volume = add_volumes(candle.volume, tick.quantity);
    }
}

/// Known only when both are, and when the sum fits.
fn add_volumes(a: Option<Quantity>, b: Option<Quantity>) -> Option<Quantity> {
    a?.checked_add(b?).ok()
}

/// Makes candles of prices as they arrive. Holds one open candle and nothing else.
#[derive(Debug, Clone)]
pub struct CandleBuilder {
    interval: Interval,
    open: Option<Open>,
}

impl CandleBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new(interval: Interval) -> Self {
        Self { interval, open: None }
    }

    /// Takes one price.
    pub fn push(&mut self, tick: Tick) -> Pushed {
        let begins = self.interval.floor(tick.time);
        match &mut self.open {
            Some(open) if begins < open.candle.time => Pushed::Late,
            Some(open) if begins == open.candle.time => {
                open.take(tick);
                Pushed::Updated
            }
            _ => {
                let closed = self.open.replace(Open::begin(self.interval, tick));
                closed.map_or(Pushed::Updated, |open| Pushed::Closed(open.candle))
            }
        }
    }

    /// The candle that still takes prices.
    #[must_use]
    pub fn current(&self) -> Option<Candle> {
        self.open.map(|open| open.candle)
    }
}

/// All candles of a set of prices, in any order; prices at the same moment keep the order they are in.
#[must_use]
pub fn fold(mut ticks: Vec<Tick>, interval: Interval) -> Vec<Candle> {
    ticks.sort_by_key(|tick| tick.time);
    let mut builder = CandleBuilder::new(interval);
    let mut candles = Vec::new();
    for tick in ticks {
        if let Pushed::Closed(candle) = builder.push(tick) {
            candles.push(candle);
        }
    }
    candles.extend(builder.current());
    candles
}

/// Coarser candles from finer ones that rise in time. An interval without any finer candle stays absent; one with some of
/// them is made of those. The volume is known only when all volumes in it are.
///
/// # Errors
/// [`CandleError::NotCoarser`], [`CandleError::Unsorted`].
pub fn aggregate(candles: &[Candle], from: Interval, to: Interval) -> Result<Vec<Candle>, CandleError> {
    if to < from {
        return Err(CandleError::NotCoarser { from, to });
    }
    check_sorted(candles)?;
    let mut coarse: Vec<Candle> = Vec::new();
    for candle in candles {
        let begins = to.floor(candle.time);
        match coarse.last_mut() {
            Some(open) if open.time == begins => {
                open.high = open.high.max(candle.high);
                open.low = open.low.min(candle.low);
                open.close = candle.close;
                open.volume = add_volumes(open.volume, candle.volume);
            }
            _ => coarse.push(Candle { time: begins, ..*candle }),
        }
    }
    Ok(coarse)
}

fn check_sorted(candles: &[Candle]) -> Result<(), CandleError> {
    let wrong = candles.windows(2).position(|pair| pair[1].time <= pair[0].time);
    match wrong.and_then(|before| candles.get(before + 1).map(|candle| (before + 1, candle.time))) {
        Some((index, time)) => Err(CandleError::Unsorted { index, time }),
        None => Ok(()),
    }
}

/// A stretch without candles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The first missing candle.
    pub from: Timestamp,
    /// The next candle there is, or the end of the window.
    pub to: Timestamp,
    /// How many candles are missing.
    pub missing: u64,
}

/// What is missing between candles that rise in time, in the half-open window `[from, to)`. Only whole intervals that
/// begin in the window count. Bounded by the number of candles: a gap of any length is one entry.
///
/// # Errors
/// [`CandleError::Unsorted`].
pub fn gaps(candles: &[Candle], interval: Interval, from: Timestamp, to: Timestamp) -> Result<Vec<Gap>, CandleError> {
    check_sorted(candles)?;
    let step = interval.micros();
    let ceil = |time: Timestamp| {
        let floor = interval.floor(time);
        if floor < time { floor.plus_micros(step) } else { floor }
    };
    let end = ceil(to);
    let mut expected = ceil(from);
    let mut found = Vec::new();
    let inside = candles.iter().map(|candle| interval.floor(candle.time)).filter(|time| *time < end);
    for next in inside.chain([end]) {
        if next < expected {
            continue;
        }
        let missing = (next.micros() - expected.micros()) / step;
        if missing > 0 {
            found.push(Gap { from: expected, to: next, missing: missing.unsigned_abs() });
        }
        expected = next.plus_micros(step);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE_MS: i64 = 60_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn price(text: &str) -> Price {
        Price::parse(text).unwrap()
    }

    fn tick(ms: i64, text: &str) -> Tick {
        Tick { time: at(ms), price: price(text), quantity: None }
    }

    fn candle(ms: i64, prices: [&str; 4], volume: Option<&str>) -> Candle {
        let [open, high, low, close] = prices.map(price);
        Candle { time: at(ms), open, high, low, close, volume: volume.map(|v| Quantity::parse(v).unwrap()) }
    }

    #[test]
    fn a_price_in_the_next_interval_closes_the_candle() {
        let mut builder = CandleBuilder::new(Interval::M1);
        assert_eq!(builder.push(tick(0, "10")), Pushed::Updated);
        assert_eq!(builder.push(tick(15_000, "12")), Pushed::Updated);
        assert_eq!(builder.push(tick(59_999, "11")), Pushed::Updated);
        let closed = candle(0, ["10", "12", "10", "11"], None);
        assert_eq!(builder.push(tick(60_000, "9")), Pushed::Closed(closed));
        assert_eq!(builder.current(), Some(candle(60_000, ["9"; 4], None)));
    }

    #[test]
    fn a_late_price_moves_the_range_of_the_open_candle_but_not_its_close() {
        let mut builder = CandleBuilder::new(Interval::M1);
        for tick in [tick(20_000, "10"), tick(40_000, "11"), tick(30_000, "15"), tick(10_000, "8")] {
            assert_eq!(builder.push(tick), Pushed::Updated);
        }
        assert_eq!(builder.current(), Some(candle(0, ["8", "15", "8", "11"], None)));
    }

    #[test]
    fn a_price_of_a_closed_candle_changes_nothing() {
        let mut builder = CandleBuilder::new(Interval::M1);
        builder.push(tick(60_000, "10"));
        assert_eq!(builder.push(tick(59_999, "99")), Pushed::Late);
        assert_eq!(builder.current(), Some(candle(60_000, ["10"; 4], None)));
    }

    #[test]
    fn of_prices_at_the_same_moment_the_first_opens_and_the_last_closes() {
        let candles = fold(vec![tick(5, "10"), tick(5, "12"), tick(5, "11")], Interval::M1);
        assert_eq!(candles, [candle(0, ["10", "12", "10", "11"], None)]);
    }

    #[test]
    fn minutes_without_a_price_have_no_candle() {
        let candles = fold(vec![tick(0, "10"), tick(5 * MINUTE_MS, "11")], Interval::M1);
        assert_eq!(candles.iter().map(|c| c.time.millis()).collect::<Vec<_>>(), [0, 5 * MINUTE_MS]);
    }

    #[test]
    fn a_volume_is_known_only_when_every_part_is() {
        let known = |ms, q: &str| Tick { quantity: Some(Quantity::parse(q).unwrap()), ..tick(ms, "10") };
        assert_eq!(fold(vec![known(0, "1.5"), known(1, "2")], Interval::M1)[0].volume, Quantity::parse("3.5").ok());
        assert_eq!(fold(vec![known(0, "1.5"), tick(1, "10")], Interval::M1)[0].volume, None);
        let fine = [candle(0, ["1"; 4], Some("2")), candle(MINUTE_MS, ["1"; 4], None)];
        assert_eq!(aggregate(&fine, Interval::M1, Interval::M5).unwrap()[0].volume, None);
    }

    #[test]
    fn coarse_candles_hold_the_extremes_of_the_fine_ones() {
        let fine = [
            candle(0, ["10", "12", "9", "11"], Some("1")),
            candle(4 * MINUTE_MS, ["11", "20", "11", "13"], Some("2")),
            candle(5 * MINUTE_MS, ["13", "13", "1", "2"], Some("3")),
        ];
        let coarse = aggregate(&fine, Interval::M1, Interval::M5).unwrap();
        let expected =
            [candle(0, ["10", "20", "9", "13"], Some("3")), candle(5 * MINUTE_MS, ["13", "13", "1", "2"], Some("3"))];
        assert_eq!(coarse, expected);
        assert_eq!(aggregate(&fine, Interval::M1, Interval::M1).unwrap(), fine);
    }

    #[test]
    fn finer_candles_are_not_invented_from_coarse_ones() {
        let refused = aggregate(&[], Interval::H1, Interval::M1).unwrap_err();
        assert_eq!(refused.code(), "not_coarser");
    }

    #[test]
    fn unsorted_or_double_candles_are_refused() {
        let twice = [candle(0, ["1"; 4], None), candle(0, ["2"; 4], None)];
        assert!(matches!(aggregate(&twice, Interval::M1, Interval::H1), Err(CandleError::Unsorted { index: 1, .. })));
        assert_eq!(gaps(&twice, Interval::M1, at(0), at(1)).unwrap_err().code(), "unsorted_candles");
    }

    #[test]
    fn gaps_are_named_at_both_ends_and_in_the_middle() {
        let candles = [2, 3, 6].map(|minute| candle(minute * MINUTE_MS, ["1"; 4], None));
        let found = gaps(&candles, Interval::M1, at(1), at(8 * MINUTE_MS)).unwrap();
        let minutes = |gap: &Gap| (gap.from.millis() / MINUTE_MS, gap.to.millis() / MINUTE_MS, gap.missing);
        assert_eq!(found.iter().map(minutes).collect::<Vec<_>>(), [(1, 2, 1), (4, 6, 2), (7, 8, 1)]);
    }

    #[test]
    fn a_window_without_a_whole_interval_has_no_gap() {
        assert!(gaps(&[], Interval::M1, at(1), at(2)).unwrap().is_empty());
        assert!(gaps(&[], Interval::M1, at(120_000), at(0)).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn aggregating_candles_equals_folding_the_prices(
            moves in prop::collection::vec((0i64..20_000_000, 1i64..10_000, 0i64..100), 1..200)
        ) {
            let ticks: Vec<Tick> = moves
                .iter()
                .map(|(ms, cents, coins)| Tick {
                    time: at(*ms),
                    price: Price::new(domain::Decimal::new(*cents, 2)).unwrap(),
                    quantity: Quantity::new(domain::Decimal::new(*coins, 1)).ok(),
                })
                .collect();
            let fine = fold(ticks.clone(), Interval::M1);
            for to in Interval::ALL {
                prop_assert_eq!(aggregate(&fine, Interval::M1, to).unwrap(), fold(ticks.clone(), to));
            }
            prop_assert!(fine.iter().all(Candle::is_consistent));
        }

        #[test]
        fn candles_and_gaps_together_fill_the_window(minutes in prop::collection::btree_set(0i64..500, 0..200)) {
            let candles: Vec<Candle> = minutes.iter().map(|m| candle(m * MINUTE_MS, ["1"; 4], None)).collect();
            let found = gaps(&candles, Interval::M1, at(0), at(500 * MINUTE_MS)).unwrap();
            let missing: u64 = found.iter().map(|gap| gap.missing).sum();
            prop_assert_eq!(missing + candles.len() as u64, 500);
        }
    }
}
