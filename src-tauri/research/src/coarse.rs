//! Candles of a longer interval, made of those of a shorter one as they close.
//!
//! Invariants: a coarse candle is seen when it has closed and not before, once, at the first candle that ends at or after its end; one
//! whose beginning was not seen is left out, so that a start in the middle of it tells nothing else than a start long before.
//! Each candle is walked over once, however many there are.

use domain::{Candle, Interval};

/// The coarse candles that closed with the newest of these candles, oldest first: usually none, two when the one before was left
/// open by a hole. `candles` are closed ones of `fine`, oldest first.
#[must_use]
pub fn closed_with(candles: &[Candle], fine: Interval, coarse: Interval) -> Vec<Candle> {
    let Some((newest, before)) = candles.split_last() else { return Vec::new() };
    if coarse < fine {
        return Vec::new();
    }
    let end = |candle: &Candle| candle.time.plus_micros(fine.micros());
    let begin = |candle: &Candle| coarse.floor(candle.time);
    let mut closed = Vec::new();
    if let Some(last) = before.last() {
        let ends = begin(last).plus_micros(coarse.micros());
        // It was left open by the candle before, and is over now that this one is not part of it.
        if end(last) < ends && begin(newest) >= ends {
            closed.extend(made(before, coarse));
        }
    }
    if end(newest) == begin(newest).plus_micros(coarse.micros()) {
        closed.extend(made(candles, coarse));
    }
    closed
}

/// The coarse candle the newest of these is part of; none when its beginning was not seen.
fn made(candles: &[Candle], coarse: Interval) -> Option<Candle> {
    let mut parts = candles.iter().rev();
    let newest = parts.next()?;
    let begins = coarse.floor(newest.time);
    let mut made = *newest;
    let mut is_whole = newest.time == begins;
    for part in parts {
        if part.time < begins {
            is_whole = true;
            break;
        }
        is_whole |= part.time == begins;
        made.open = part.open;
        made.high = made.high.max(part.high);
        made.low = made.low.min(part.low);
        made.volume = made.volume.zip(part.volume).and_then(|(sum, one)| sum.checked_add(one).ok());
    }
    made.time = begins;
    is_whole.then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Price, Quantity, Timestamp};
    use proptest::prelude::*;

    fn candle(place: i64, cents: i64) -> Candle {
        let price = |cents| Price::new(domain::Decimal::new(cents, 2)).unwrap();
        Candle {
            time: Timestamp::from_micros(place * Interval::H1.micros()),
            open: price(cents),
            high: price(cents + 3),
            low: price(cents - 2),
            close: price(cents + 1),
            volume: Some(Quantity::parse("2").unwrap()),
        }
    }

    /// What closes as these come one by one.
    fn walked(candles: &[Candle], from: usize) -> Vec<Candle> {
        (from..candles.len()).flat_map(|at| closed_with(&candles[from..=at], Interval::H1, Interval::H4)).collect()
    }

    #[test]
    fn a_coarse_candle_is_seen_at_its_end_once_and_only_whole() {
        let candles: Vec<Candle> = (2..13).map(|place| candle(place, 100 + place)).collect();
        let seen = |until: usize| walked(&candles[..until], 0).len();
        // Hours 2 and 3 are the end of a candle whose beginning nobody saw; 4 to 7 close with hour 7, the sixth.
        assert_eq!([seen(2), seen(5), seen(6), seen(9), seen(10), seen(11)], [0, 0, 1, 1, 2, 2]);
        let four = walked(&candles, 0)[0];
        assert_eq!((four.time, four.open, four.close), (candles[2].time, candles[2].open, candles[5].close));
        assert_eq!((four.high, four.low, four.volume), (candles[5].high, candles[2].low, Quantity::parse("8").ok()));
    }

    #[test]
    fn one_that_a_hole_left_open_closes_with_the_next_candle() {
        let candles = [0, 1, 2, 7].map(|place| candle(place, 100 + place));
        assert_eq!(closed_with(&candles[..3], Interval::H1, Interval::H4), []);
        let times: Vec<_> = closed_with(&candles, Interval::H1, Interval::H4).iter().map(|c| c.time).collect();
        // Also the one that hour 7 ends, which began unseen in the hole but after candles that were seen.
        assert_eq!(times, [candles[0].time, Interval::H4.floor(candles[3].time)]);
    }

    proptest! {
        #[test]
        fn with_any_holes_and_any_start_it_is_what_grouping_the_closed_candles_gives(
            places in proptest::collection::btree_set(0i64..60, 1..40), from in 0usize..20,
        ) {
            let candles: Vec<Candle> = places.iter().map(|place| candle(*place, 100 + (place * 37) % 11)).collect();
            let from = from.min(candles.len() - 1);
            let seen = walked(&candles, from);
            let last_end = places.last().unwrap() + 1;
            let expected: Vec<i64> = (0..15)
                .filter(|coarse| (coarse + 1) * 4 <= last_end && places.range(coarse * 4..(coarse + 1) * 4).next().is_some())
                .collect();
            let shown: Vec<i64> = seen.iter().map(|c| c.time.micros() / Interval::H4.micros()).collect();
            // From the start it began at, all but at most the first.
            let begin = candles[from].time.micros() / Interval::H4.micros();
            let whole: Vec<i64> = expected.iter().copied().filter(|coarse| *coarse > begin).collect();
            let tail: Vec<i64> = shown.iter().copied().filter(|coarse| *coarse > begin).collect();
            prop_assert_eq!(tail, whole);
            for one in seen {
                let parts: Vec<&Candle> = candles.iter().filter(|c| Interval::H4.floor(c.time) == one.time).collect();
                prop_assert_eq!((one.open, one.close), (parts[0].open, parts[parts.len() - 1].close));
                prop_assert_eq!(Some(one.high), parts.iter().map(|part| part.high).max());
            }
        }
    }
}
