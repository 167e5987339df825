//! What one coin did in a stretch of time, as bytes: each tick as its difference from the one before.
//!
//! A head names the form and the digits after the point that each price is counted with; then, tick after tick, a byte of
//! flags, the time unless the step is the same as before, and for each price nothing (the same), a difference, or the
//! whole price. Invariants: what comes out is exactly what went in, whatever the prices, for they are whole numbers all
//! the way; bytes that no encoder wrote are an error and never a panic. Deliberately absent: the coin and the stretch,
//! which the row's key holds.

use crate::pack::{Cursor, Damaged, Read, put_decimal, put_signed};
use domain::{Coin, Decimal, Price, Quote, QuoteKind, Timestamp};

const FORM: u8 = 1;

const SAME: u8 = 0;
const MOVED: u8 = 1;
const ABSENT: u8 = 2;
const WHOLE: u8 = 3;
const INSTANT: u8 = 0x40;
const SAME_STEP: u8 = 0x80;

/// One of the three prices, as of the tick before.
#[derive(Debug, Clone, Copy, Default)]
struct Track {
    /// Digits after the point of `units`.
    scale: u32,
    price: Option<Price>,
    /// The last price there was, as a whole number; none when it is too large for one.
    units: Option<i64>,
}

impl Track {
    fn count(&self, price: Decimal) -> Option<i64> {
        let factor = 10i128.checked_pow(self.scale.checked_sub(price.scale())?)?;
        i64::try_from(price.mantissa().checked_mul(factor)?).ok()
    }

    /// Writes the price of the next tick; how it was written.
    fn put(&mut self, out: &mut Vec<u8>, price: Option<Price>) -> u8 {
        if price == self.price {
            return SAME;
        }
        self.price = price;
        let Some(price) = price else { return ABSENT };
        let price = price.decimal().normalize();
        let units = self.count(price);
        let before = std::mem::replace(&mut self.units, units);
        if let (Some(units), Some(before)) = (units, before) {
            put_signed(out, units.wrapping_sub(before));
            return MOVED;
        }
        put_decimal(out, price);
        WHOLE
    }

    fn take(&mut self, cursor: &mut Cursor<'_>, how: u8) -> Read<Option<Price>> {
        match how {
            SAME => return Ok(self.price),
            ABSENT => self.price = None,
            MOVED => {
                let before = self.units.ok_or(Damaged("a difference from nothing"))?;
                let units = before.wrapping_add(cursor.signed()?);
                self.units = Some(units);
                self.price = Some(price_of(units, self.scale)?);
            }
            _ => {
                let price = cursor.decimal()?;
                self.units = self.count(price);
                self.price = Some(Price::new(price).map_err(|_| Damaged("a price not above zero"))?);
            }
        }
        Ok(self.price)
    }
}

/// A price of so many units, without zeros at its end.
fn price_of(units: i64, mut scale: u32) -> Read<Price> {
    let Ok(mut digits) = u64::try_from(units) else { return Err(Damaged("a price below zero")) };
    while scale > 0 && digits != 0 && digits.is_multiple_of(10) {
        digits /= 10;
        scale -= 1;
    }
    let decimal = Decimal::from_parts(digits as u32, (digits >> 32) as u32, 0, false, scale);
    Price::new(decimal).map_err(|_| Damaged("a price not above zero"))
}

fn prices(quote: &Quote) -> [Option<Price>; 3] {
    [quote.bid, quote.ask, quote.last]
}

/// The ticks of a coin, oldest first.
pub(super) fn encode(start: Timestamp, quotes: &[Quote]) -> Vec<u8> {
    let mut tracks = [Track::default(); 3];
    for quote in quotes {
        for (track, price) in tracks.iter_mut().zip(prices(quote)) {
            track.scale = track.scale.max(price.map_or(0, |price| price.decimal().normalize().scale()));
        }
    }
    let mut out = Vec::with_capacity(4 + quotes.len() * 12);
    out.push(FORM);
    out.extend(tracks.iter().map(|track| track.scale as u8));
    let (mut before, mut step) = (start.micros(), 0);
    let mut moves = Vec::with_capacity(48);
    for quote in quotes {
        let mut flags = if quote.kind == QuoteKind::Instant { INSTANT } else { 0 };
        moves.clear();
        for (place, (track, price)) in tracks.iter_mut().zip(prices(quote)).enumerate() {
            flags |= track.put(&mut moves, price) << (2 * place);
        }
        let next = quote.seen.micros().wrapping_sub(before);
        flags |= if next == step { SAME_STEP } else { 0 };
        out.push(flags);
        if next != step {
            put_signed(&mut out, next.wrapping_sub(step));
        }
        out.extend_from_slice(&moves);
        (before, step) = (quote.seen.micros(), next);
    }
    out
}

/// Adds the ticks within `[from, to)` to `out`.
pub(super) fn decode(
    coin: Coin,
    start: Timestamp,
    body: &[u8],
    (from, to): (Timestamp, Timestamp),
    out: &mut Vec<Quote>,
) -> Read<()> {
    let mut cursor = Cursor(body);
    if cursor.byte()? != FORM {
        return Err(Damaged("a form of ticks that is not known"));
    }
    let mut tracks = [Track::default(); 3];
    for track in &mut tracks {
        track.scale = u32::from(cursor.byte()?);
        if track.scale > Decimal::MAX_SCALE {
            return Err(Damaged("a decimal's scale"));
        }
    }
    let (mut seen, mut step) = (start.micros(), 0i64);
    while !cursor.0.is_empty() {
        let flags = cursor.byte()?;
        if flags & SAME_STEP == 0 {
            step = step.wrapping_add(cursor.signed()?);
        }
        seen = seen.wrapping_add(step);
        let [bid, ask, last] = &mut tracks;
        let quote = Quote {
            coin,
            kind: if flags & INSTANT == 0 { QuoteKind::Book } else { QuoteKind::Instant },
            bid: bid.take(&mut cursor, flags & 3)?,
            ask: ask.take(&mut cursor, flags >> 2 & 3)?,
            last: last.take(&mut cursor, flags >> 4 & 3)?,
            seen: Timestamp::from_micros(seen),
        };
        if quote.seen >= from && quote.seen < to {
            out.push(quote);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_micros(1_790_000_400_000_000);
    const ALWAYS: (Timestamp, Timestamp) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));

    fn coin() -> Coin {
        Coin::parse("BTC").unwrap()
    }

    fn read(body: &[u8], within: (Timestamp, Timestamp)) -> Read<Vec<Quote>> {
        let mut out = Vec::new();
        decode(coin(), START, body, within, &mut out).map(|()| out)
    }

    fn price() -> impl Strategy<Value = Option<Price>> {
        let near = (900_000i128..1_100_000, 0u32..=9);
        let any = (1i128..1 << 96, 0u32..=28);
        let of = |(mantissa, scale)| Price::new(Decimal::from_i128_with_scale(mantissa, scale)).ok();
        prop_oneof![1 => Just(None), 6 => near.prop_map(of), 2 => any.prop_map(of)]
    }

    prop_compose! {
        fn quote()(
            step in prop_oneof![Just(5_000_000i64), 0i64..600_000_000],
            instant: bool,
            bid in price(),
            ask in price(),
            last in price(),
        ) -> (i64, Quote) {
            let kind = if instant { QuoteKind::Instant } else { QuoteKind::Book };
            (step, Quote { coin: coin(), kind, bid, ask, last, seen: START })
        }
    }

    proptest! {
        #[test]
        fn any_ticks_come_back_exactly(steps in prop::collection::vec(quote(), 0..40), cut in 0usize..40) {
            let mut seen = START;
            let quotes: Vec<Quote> = steps
                .into_iter()
                .map(|(step, quote)| {
                    seen = seen.plus_micros(step);
                    Quote { seen, ..quote }
                })
                .collect();
            let body = encode(START, &quotes);
            prop_assert_eq!(&read(&body, ALWAYS).unwrap(), &quotes);
            let from = quotes.get(cut).map_or(START, |quote| quote.seen);
            let since: Vec<Quote> = quotes.iter().filter(|quote| quote.seen >= from).copied().collect();
            prop_assert_eq!(read(&body, (from, ALWAYS.1)).unwrap(), since);
        }

        #[test]
        fn bytes_that_no_encoder_wrote_never_panic(body in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = read(&body, ALWAYS);
            let _ = read(&[[FORM, 8, 8, 8].as_slice(), &body].concat(), ALWAYS);
        }
    }

    #[test]
    fn the_bytes_of_a_series_never_change() {
        let price = |text: &str| Price::parse(text).ok();
        let first = Quote {
            coin: coin(),
            kind: QuoteKind::Book,
            bid: price("100.5"),
            ask: price("100.75"),
            last: None,
            seen: START.plus_micros(1),
        };
        let second = Quote { bid: price("100.4"), last: price("100"), seen: START.plus_micros(2), ..first };
        let third = Quote { ask: None, seen: START.plus_micros(3), ..second };
        let body = encode(START, &[first, second, third]);
        let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "010102000f0201ed0702db4eb101006488");
        assert_eq!(read(&body, ALWAYS).unwrap(), [first, second, third]);
    }
}
