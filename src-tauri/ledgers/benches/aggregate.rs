//! A chart of 100,000 minute candles at a coarser interval, next to a floor in the same run: the same walk over plain
//! integers, which no exact decimal can beat.

use divan::{Bencher, black_box};
use domain::{Candle, Decimal, Interval, Price, Quantity, Timestamp};

const CANDLES: usize = 100_000;
const MINUTE_MS: i64 = 60_000;

fn main() {
    divan::main();
}

/// A walk in cents that never ends below one dollar.
fn walk() -> impl Iterator<Item = (i64, i64)> {
    let mut state = 7_u64;
    (0..CANDLES as i64).scan(5_000_000_i64, move |cents, minute| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *cents = (*cents + (state >> 52) as i64 - 2048).max(100);
        Some((minute * MINUTE_MS, *cents))
    })
}

fn candles() -> Vec<Candle> {
    walk()
        .filter_map(|(ms, cents)| {
            let price = |delta: i64| Price::new(Decimal::new(cents + delta, 2)).ok();
            let (open, high, low) = (price(0)?, price(50)?, price(-50)?);
            let volume = Quantity::new(Decimal::new(cents, 6)).ok();
            Some(Candle { time: Timestamp::from_millis(ms), open, high, low, close: open, volume })
        })
        .collect()
}

#[divan::bench(args = [Interval::M5, Interval::H1, Interval::D1])]
fn aggregate_100k(bencher: Bencher<'_, '_>, to: &Interval) {
    let fine = candles();
    bencher.bench_local(|| ledgers::aggregate(black_box(&fine), Interval::M1, *to));
}

#[divan::bench]
fn floor_integers_100k(bencher: Bencher<'_, '_>) {
    let fine: Vec<[i64; 6]> = walk().map(|(ms, c)| [ms, c, c + 50, c - 50, c, c]).collect();
    bencher.bench_local(|| {
        let mut coarse: Vec<[i64; 6]> = Vec::new();
        for row in black_box(&fine) {
            let begins = row[0].div_euclid(5 * MINUTE_MS) * 5 * MINUTE_MS;
            match coarse.last_mut() {
                Some(open) if open[0] == begins => {
                    *open = [begins, open[1], open[2].max(row[2]), open[3].min(row[3]), row[4], open[5] + row[5]];
                }
                _ => coarse.push([begins, row[1], row[2], row[3], row[4], row[5]]),
            }
        }
        coarse
    });
}
