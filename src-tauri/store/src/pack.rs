//! Compact bytes: numbers as varints, decimals as scale and mantissa, trades in chunks.
//!
//! A chunk is a run of one device's trades in journal order, closed before it would pass [`CHUNK_BYTES_MAX`]: four fit
//! a page, so appending one trade dirties one page, and a million trades are read in some forty thousand rows.
//! Invariants: equal values have equal bytes (decimals are normalised); bytes that no encoder wrote are an error and
//! never a panic. Deliberately absent: venues and ids, which only whole trades need and the journal holds.

use domain::{Book, Candle, Coin, Decimal, Price, Quantity, Quote, QuoteKind, Side, Timestamp, TradeRow};

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

type Read<T> = Result<T, Damaged>;

fn put_varint(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_signed(out: &mut Vec<u8>, value: i64) {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    put_varint(out, u128::from(zigzag));
}

fn put_decimal(out: &mut Vec<u8>, value: Decimal) {
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

struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn byte(&mut self) -> Read<u8> {
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

    fn signed(&mut self) -> Read<i64> {
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

    fn decimal(&mut self) -> Read<Decimal> {
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
