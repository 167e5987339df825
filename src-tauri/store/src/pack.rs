//! Compact bytes: numbers as varints, decimals as scale and mantissa, trades in chunks.
//!
//! A chunk is a run of one device's trades in journal order, closed before it would pass [`CHUNK_BYTES_MAX`]: four fit
//! a page, so appending one trade dirties one page, and a million trades are read in some forty thousand rows.
//! Invariants: equal values have equal bytes (decimals are normalised); bytes that no encoder wrote are an error and
//! never a panic. Deliberately absent: venues and ids, which only whole trades need and the journal holds.

use domain::{Book, Candle, Coin, Decimal, Price, Quantity, Quote, QuoteKind, RowKind, Side, Timestamp, TradeRow};

/// The largest body of a chunk.
pub(crate) const CHUNK_BYTES_MAX: usize = 1000;

const SCALE_MASK: u8 = 0x1f;
const NEGATIVE: u8 = 0x20;
const ABSENT: u8 = 0x40;
const MANTISSA_BITS: u32 = 96;

const SELL: u8 = 1;
const LIVE: u8 = 2;
const BY_ALGORITHM: u8 = 4;
const NEXT_SEQ: u8 = 8;
const SAME_RECORDED: u8 = 16;
const KNOWN_FLAGS: u8 = SELL | LIVE | BY_ALGORITHM | NEXT_SEQ | SAME_RECORDED;

/// Bytes that no encoder wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("packed bytes are damaged: {0}")]
pub(crate) struct Damaged(pub &'static str);

pub(crate) type Read<T> = Result<T, Damaged>;

fn put_varint(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_signed(out: &mut Vec<u8>, value: i64) {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    put_varint(out, u128::from(zigzag));
}

pub(crate) fn put_decimal(out: &mut Vec<u8>, value: Decimal) {
    let value = value.normalize();
    let mantissa = value.mantissa();
    let sign = if mantissa < 0 { NEGATIVE } else { 0 };
    out.push(value.scale() as u8 | sign);
    put_varint(out, mantissa.unsigned_abs());
}

fn put_optional(out: &mut Vec<u8>, value: Option<Decimal>) {
    match value {
        Some(value) => put_decimal(out, value),
        None => out.push(ABSENT),
    }
}

pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl Cursor<'_> {
    pub(crate) fn byte(&mut self) -> Read<u8> {
        let (first, rest) = self.0.split_first().ok_or(Damaged("too short"))?;
        self.0 = rest;
        Ok(*first)
    }

    fn varint(&mut self) -> Read<u128> {
        let mut low = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            low |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(u128::from(low));
            }
        }
        let mut value = u128::from(low);
        for shift in (63..126).step_by(7) {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Damaged("a number without end"))
    }

    fn unsigned(&mut self) -> Read<u64> {
        u64::try_from(self.varint()?).map_err(|_| Damaged("a number too large"))
    }

    fn number(&mut self) -> Read<u32> {
        u32::try_from(self.varint()?).map_err(|_| Damaged("a number too large"))
    }

    pub(crate) fn signed(&mut self) -> Read<i64> {
        let zigzag = self.unsigned()?;
        Ok(((zigzag >> 1) as i64) ^ -((zigzag & 1) as i64))
    }

    fn decimal_of(&mut self, head: u8) -> Read<Decimal> {
        if head & !(SCALE_MASK | NEGATIVE) != 0 || u32::from(head & SCALE_MASK) > Decimal::MAX_SCALE {
            return Err(Damaged("a decimal's scale"));
        }
        let mantissa = self.varint()?;
        if mantissa >> MANTISSA_BITS != 0 {
            return Err(Damaged("a decimal too large"));
        }
        let (low, middle, high) = (mantissa as u32, (mantissa >> 32) as u32, (mantissa >> 64) as u32);
        Ok(Decimal::from_parts(low, middle, high, head & NEGATIVE != 0, u32::from(head & SCALE_MASK)))
    }

    pub(crate) fn decimal(&mut self) -> Read<Decimal> {
        let head = self.byte()?;
        self.decimal_of(head)
    }

    fn price(&mut self) -> Read<Price> {
        Price::new(self.decimal()?).map_err(|_| Damaged("a price not above zero"))
    }

    fn quantity(&mut self) -> Read<Quantity> {
        Quantity::new(self.decimal()?).map_err(|_| Damaged("a quantity below zero"))
    }

    fn optional(&mut self) -> Read<Option<Decimal>> {
        match self.byte()? {
            ABSENT => Ok(None),
            head => self.decimal_of(head).map(Some),
        }
    }

    fn optional_price(&mut self) -> Read<Option<Price>> {
        self.optional()?.map(Price::new).transpose().map_err(|_| Damaged("a price not above zero"))
    }

    fn end(&self) -> Read<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Damaged("bytes too many")) }
    }
}

/// Where the next trade of a chunk is measured from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Before {
    seq: u64,
    recorded_at: i64,
    time: i64,
}

/// A chunk still taking trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub device: u32,
    pub first_seq: u64,
    body: Vec<u8>,
    before: Before,
}

impl Chunk {
    pub(crate) fn new(device: u32, first_seq: u64) -> Self {
        let before = Before { seq: first_seq, recorded_at: 0, time: 0 };
        Self { device, first_seq, body: Vec::with_capacity(CHUNK_BYTES_MAX), before }
    }

    /// The chunk as stored, ready to take more.
    pub(crate) fn reopen(device: u32, first_seq: u64, body: Vec<u8>) -> Read<Self> {
        let mut last = None;
        decode_chunk(device, first_seq, &body, |row| last = Some(row))?;
        let row = last.ok_or(Damaged("an empty chunk"))?;
        let before = Before { seq: row.seq, recorded_at: row.recorded_at.micros(), time: row.time.micros() };
        Ok(Self { device, first_seq, body, before })
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Takes a trade; false when it is full.
    pub(crate) fn push(&mut self, row: &TradeRow) -> bool {
        let mut entry = Vec::with_capacity(48);
        let first = self.body.is_empty();
        let next = !first && row.seq == self.before.seq.wrapping_add(1);
        let same = !first && row.recorded_at.micros() == self.before.recorded_at;
        let mut flags = 0;
        flags |= if row.side == Side::Sell { SELL } else { 0 };
        flags |= if row.book == Book::Live { LIVE } else { 0 };
        flags |= if row.algorithm != 0 { BY_ALGORITHM } else { 0 };
        flags |= if next { NEXT_SEQ } else { 0 };
        flags |= if same { SAME_RECORDED } else { 0 };
        entry.push(flags);
        if !next {
            put_varint(&mut entry, u128::from(row.seq.wrapping_sub(self.before.seq)));
        }
        if !same {
            put_signed(&mut entry, row.recorded_at.micros().wrapping_sub(self.before.recorded_at));
        }
        put_varint(&mut entry, u128::from(row.coin));
        if row.algorithm != 0 {
            put_varint(&mut entry, u128::from(row.algorithm));
        }
        put_signed(&mut entry, row.time.micros().wrapping_sub(self.before.time));
        put_decimal(&mut entry, row.quantity.decimal());
        put_decimal(&mut entry, row.price.decimal());
        put_decimal(&mut entry, row.fee);
        if self.body.len() + entry.len() > CHUNK_BYTES_MAX {
            return false;
        }
        self.body.extend_from_slice(&entry);
        self.before = Before { seq: row.seq, recorded_at: row.recorded_at.micros(), time: row.time.micros() };
        true
    }
}

/// Hands every trade of a chunk to `each`, in journal order.
pub(crate) fn decode_chunk(device: u32, first_seq: u64, body: &[u8], mut each: impl FnMut(TradeRow)) -> Read<()> {
    let mut cursor = Cursor(body);
    let mut before = Before { seq: first_seq, recorded_at: 0, time: 0 };
    while !cursor.0.is_empty() {
        let flags = cursor.byte()?;
        if flags & !KNOWN_FLAGS != 0 {
            return Err(Damaged("a trade's flags"));
        }
        let step = if flags & NEXT_SEQ == 0 { cursor.unsigned()? } else { 1 };
        let seq = before.seq.wrapping_add(step);
        let later = if flags & SAME_RECORDED == 0 { cursor.signed()? } else { 0 };
        let recorded_at = before.recorded_at.wrapping_add(later);
        let coin = cursor.number()?;
        let algorithm = if flags & BY_ALGORITHM == 0 { 0 } else { cursor.number()? };
        let time = before.time.wrapping_add(cursor.signed()?);
        before = Before { seq, recorded_at, time };
        each(TradeRow {
            time: Timestamp::from_micros(time),
            recorded_at: Timestamp::from_micros(recorded_at),
            seq,
            quantity: cursor.quantity()?,
            price: cursor.price()?,
            fee: cursor.decimal()?,
            device,
            coin,
            algorithm,
            side: if flags & SELL == 0 { Side::Buy } else { Side::Sell },
            book: if flags & LIVE == 0 { Book::Paper } else { Book::Live },
            kind: RowKind::Trade,
        });
    }
    Ok(())
}

/// A quote without its coin and time.
pub(crate) fn encode_quote(quote: &Quote) -> Vec<u8> {
    let mut out = Vec::with_capacity(32);
    out.push(if quote.kind == QuoteKind::Book { 0 } else { 1 });
    for price in [quote.bid, quote.ask, quote.last] {
        put_optional(&mut out, price.map(Price::decimal));
    }
    out
}

pub(crate) fn decode_quote(coin: Coin, seen: Timestamp, body: &[u8]) -> Read<Quote> {
    let mut cursor = Cursor(body);
    let kind = match cursor.byte()? {
        0 => QuoteKind::Book,
        1 => QuoteKind::Instant,
        _ => return Err(Damaged("a quote's kind")),
    };
    let bid = cursor.optional_price()?;
    let ask = cursor.optional_price()?;
    let last = cursor.optional_price()?;
    cursor.end()?;
    Ok(Quote { coin, kind, bid, ask, last, seen })
}

/// A candle with its time, so that one column is all a chart reads.
pub(crate) fn encode_candle(source: u8, candle: &Candle) -> Vec<u8> {
    let mut out = Vec::with_capacity(48);
    out.push(source);
    put_signed(&mut out, candle.time.micros());
    for price in [candle.open, candle.high, candle.low, candle.close] {
        put_decimal(&mut out, price.decimal());
    }
    put_optional(&mut out, candle.volume.map(Quantity::decimal));
    out
}

pub(crate) fn decode_candle(body: &[u8]) -> Read<(u8, Candle)> {
    let mut cursor = Cursor(body);
    let source = cursor.byte()?;
    let candle = Candle {
        time: Timestamp::from_micros(cursor.signed()?),
        open: cursor.price()?,
        high: cursor.price()?,
        low: cursor.price()?,
        close: cursor.price()?,
        volume: cursor.optional()?.map(Quantity::new).transpose().map_err(|_| Damaged("a volume below zero"))?,
    };
    cursor.end()?;
    Ok((source, candle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal() -> impl Strategy<Value = Decimal> {
        let mantissa = prop_oneof![any::<i64>().prop_map(i128::from), -(1i128 << 96) + 1..1i128 << 96];
        (mantissa, 0u32..=28).prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale))
    }

    fn price() -> impl Strategy<Value = Price> {
        decimal().prop_filter_map("prices are above zero", |value| Price::new(value.abs()).ok())
    }

    fn quantity() -> impl Strategy<Value = Quantity> {
        decimal().prop_filter_map("quantities are not below zero", |value| Quantity::new(value.abs()).ok())
    }

    prop_compose! {
        fn row()(
            (time, recorded_at, step) in (any::<i64>(), any::<i64>(), prop_oneof![Just(1), 1u64..5000]),
            (quantity, price, fee) in (quantity(), price(), decimal()),
            (coin, algorithm, sell, live) in (any::<u32>(), prop_oneof![Just(0), any::<u32>()], any::<bool>(), any::<bool>()),
        ) -> (u64, TradeRow) {
            (step, TradeRow {
                time: Timestamp::from_micros(time),
                recorded_at: Timestamp::from_micros(recorded_at),
                seq: 0,
                quantity,
                price,
                fee,
                device: 3,
                coin,
                algorithm,
                side: if sell { Side::Sell } else { Side::Buy },
                book: if live { Book::Live } else { Book::Paper },
                kind: RowKind::Trade,
            })
        }
    }

    /// Packs rows as the projection does; the chunks in order.
    fn packed(rows: &[TradeRow]) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = Vec::new();
        for row in rows {
            if !chunks.last_mut().is_some_and(|chunk| chunk.push(row)) {
                let mut chunk = Chunk::new(row.device, row.seq);
                assert!(chunk.push(row), "an empty chunk takes any trade");
                chunks.push(chunk);
            }
        }
        chunks
    }

    proptest! {
        #[test]
        fn any_trades_come_back_from_their_chunks(steps in prop::collection::vec(row(), 1..60)) {
            let mut seq = 0;
            let rows: Vec<TradeRow> =
                steps.into_iter().map(|(step, row)| { seq += step; TradeRow { seq, ..row } }).collect();
            let mut read = Vec::new();
            for chunk in packed(&rows) {
                prop_assert!(chunk.body().len() <= CHUNK_BYTES_MAX);
                decode_chunk(3, chunk.first_seq, chunk.body(), |row| read.push(row)).unwrap();
                let again = Chunk::reopen(3, chunk.first_seq, chunk.body().to_vec()).unwrap();
                prop_assert_eq!(again, chunk);
            }
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn equal_amounts_pack_to_equal_bytes((step, row) in row()) {
            let padded = |value: Decimal| { let mut value = value; value.rescale(28); value };
            let seq = step;
            let short = TradeRow { seq, quantity: Quantity::new(row.quantity.decimal().normalize()).unwrap(), ..row };
            let long = TradeRow { seq, quantity: Quantity::new(padded(row.quantity.decimal())).unwrap(), ..row };
            prop_assume!(short.quantity == long.quantity);
            let (short, long) = (packed(&[short]), packed(&[long]));
            prop_assert_eq!(short[0].body(), long[0].body());
        }

        #[test]
        fn any_bytes_are_read_or_refused_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_chunk(1, 1, &bytes, |_| ());
            let _ = decode_candle(&bytes);
            let _ = decode_quote(Coin::parse("BTC").unwrap(), Timestamp::default(), &bytes);
        }

        #[test]
        fn quotes_and_candles_come_back(
            (bid, ask, last) in (prop::option::of(price()), prop::option::of(price()), prop::option::of(price())),
            (open, high, low, close) in (price(), price(), price(), price()),
            (volume, time, source, book) in (prop::option::of(quantity()), any::<i64>(), any::<u8>(), any::<bool>()),
        ) {
            let (coin, time) = (Coin::parse("BTC").unwrap(), Timestamp::from_micros(time));
            let kind = if book { QuoteKind::Book } else { QuoteKind::Instant };
            let quote = Quote { coin, kind, bid, ask, last, seen: time };
            prop_assert_eq!(decode_quote(coin, time, &encode_quote(&quote)).unwrap(), quote);
            let candle = Candle { time, open, high, low, close, volume };
            prop_assert_eq!(decode_candle(&encode_candle(source, &candle)).unwrap(), (source, candle));
        }
    }

    #[test]
    fn a_usual_trade_takes_few_bytes() {
        let trade = |n: i64| TradeRow {
            time: Timestamp::from_millis(1_700_000_000_000 + n * 30_000),
            recorded_at: Timestamp::from_millis(1_790_000_000_000),
            seq: n as u64 + 2,
            quantity: Quantity::parse("61.6735741").unwrap(),
            price: Price::parse("16.05402193").unwrap(),
            fee: Decimal::new(99, 2),
            device: 1,
            coin: 12,
            algorithm: 0,
            side: Side::Buy,
            book: Book::Live,
            kind: RowKind::Trade,
        };
        let chunks = packed(&(0..1000).map(trade).collect::<Vec<_>>());
        let bytes: usize = chunks.iter().map(|chunk| chunk.body().len()).sum();
        assert!(bytes < 1000 * 24, "{bytes}");
        assert!(chunks.iter().rev().skip(1).all(|chunk| chunk.body().len() > CHUNK_BYTES_MAX - 32), "chunks are full");
    }

    #[test]
    fn the_bytes_of_a_chunk_never_change() {
        let row = TradeRow {
            time: Timestamp::from_millis(1_700_000_000_000),
            recorded_at: Timestamp::from_millis(1_790_000_000_000),
            seq: 7,
            quantity: Quantity::parse("0.5").unwrap(),
            price: Price::parse("86500").unwrap(),
            fee: Decimal::new(-1, 2),
            device: 1,
            coin: 300,
            algorithm: 2,
            side: Side::Sell,
            book: Book::Live,
            kind: RowKind::Trade,
        };
        let chunks = packed(&[row, TradeRow { seq: 8, ..row }]);
        let hex: String = chunks[0].body().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "07008080afa2dbffad06ac02028080f28183898506010500e4a30522011fac020200010500e4a3052201");
    }
}
