//! How fast the books fold, against a floor that only multiplies and subtracts integers it was handed ready-made.
//!
//! `BOOKS_BENCH_FILLS` sets the number of fills (1,000,000 under `cargo bench`, else 10,000) and `BOOKS_BENCH_RUNS` how
//! often each side runs, in turn (7); the best run counts, as everything else on the machine can only slow one down.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints, and stops where it stands")]

use books::{
    Books, Days, EquityQuery, FinancialYear, GroupBy, Imagined, Method, PnlQuery, TaxQuery, pnl, tax_year, what_if,
};
use domain::{Book, Decimal, Price, Quantity, RowKind, Side, Timestamp, TradeRow};
use std::collections::VecDeque;
use std::hint::black_box;
use std::time::Instant;

const COINS: usize = 50;
const ALGORITHMS: usize = 20;

/// A fill as the floor sees it: quantity at 1e-8, price at 1e-2, fee at 1e-8.
struct Packed {
    coin: usize,
    algorithm: usize,
    buy: bool,
    quantity: i64,
    price: i64,
    fee: i64,
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: i64) -> i64 {
        (self.next() % end.unsigned_abs()).cast_signed()
    }
}

/// Fills of 10 to 1,000 AUD at wandering prices; no algorithm sells what it doesn't hold.
fn generate(count: usize) -> (Vec<Packed>, Vec<TradeRow>) {
    let mut random = Random(20_240_601);
    let mut prices: Vec<i64> = (0..COINS).map(|_| 200 + random.below(10_000_000)).collect();
    let mut held = vec![[0i64; COINS]; ALGORITHMS];
    let mut time = 1_640_995_200_000;
    (0..count)
        .map(|seq| {
            time += 1 + random.below(60_000);
            let (coin, algorithm) = (random.below(50) as usize, random.below(20) as usize);
            let step = prices[coin] / 100;
            prices[coin] = (prices[coin] + random.below(2 * step + 1) - step).max(100);
            let price = prices[coin];
            let want = (1000 + random.below(99_000)) * 100_000_000 / price;
            let have = &mut held[algorithm][coin];
            let buy = *have == 0 || random.below(100) >= 55;
            let quantity = if buy || random.below(5) > 0 { want.max(1) } else { *have };
            let quantity = if buy { quantity } else { quantity.min(*have) };
            *have += if buy { quantity } else { -quantity };
            let fee = i64::try_from(i128::from(quantity) * i128::from(price) / 100_000).unwrap();
            let packed = Packed { coin, algorithm, buy, quantity, price, fee };
            let row = row_of(&packed, time, seq);
            (packed, row)
        })
        .unzip()
}

fn row_of(packed: &Packed, time: i64, seq: usize) -> TradeRow {
    TradeRow {
        time: Timestamp::from_millis(time),
        recorded_at: Timestamp::from_micros(0),
        seq: seq as u64,
        quantity: Quantity::new(Decimal::new(packed.quantity, 8)).unwrap(),
        price: Price::new(Decimal::new(packed.price, 2)).unwrap(),
        fee: Decimal::new(packed.fee, 8),
        device: 1,
        coin: packed.coin as u32,
        algorithm: packed.algorithm as u32,
        side: if packed.buy { Side::Buy } else { Side::Sell },
        book: Book::Live,
        kind: RowKind::Trade,
    }
}

struct Lot {
    left: i64,
    price: i64,
    fee: i64,
}

/// Gain after fees at 1e-10, by group.
fn floor(fills: &[Packed], by_algorithm: bool) -> i128 {
    let pools = if by_algorithm { COINS * ALGORITHMS } else { COINS };
    let mut lots: Vec<VecDeque<Lot>> = (0..pools).map(|_| VecDeque::new()).collect();
    let mut gains = vec![0i128; if by_algorithm { ALGORITHMS } else { COINS }];
    for fill in fills {
        let pool = if by_algorithm { fill.algorithm * COINS + fill.coin } else { fill.coin };
        let queue = &mut lots[pool];
        if fill.buy {
            queue.push_back(Lot { left: fill.quantity, price: fill.price, fee: fill.fee });
            continue;
        }
        let gain = &mut gains[if by_algorithm { fill.algorithm } else { fill.coin }];
        *gain -= i128::from(fill.fee) * 100;
        let mut rest = fill.quantity;
        while rest > 0 {
            let Some(lot) = queue.front_mut() else { break };
            let part = rest.min(lot.left);
            let fee = if part == lot.left {
                lot.fee
            } else {
                (i128::from(lot.fee) * i128::from(part) / i128::from(lot.left)) as i64
            };
            *gain += i128::from(part) * i128::from(fill.price - lot.price) - i128::from(fee) * 100;
            lot.fee -= fee;
            lot.left -= part;
            rest -= part;
            if lot.left == 0 {
                queue.pop_front();
            }
        }
    }
    gains.iter().sum()
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn seconds<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

/// Best times of both, run in turn.
fn contest(runs: usize, mut ours: impl FnMut(), mut base: impl FnMut()) -> (f64, f64) {
    (0..runs).fold((f64::MAX, f64::MAX), |best, _| (best.0.min(seconds(&mut ours)), best.1.min(seconds(&mut base))))
}

fn one_more(rows: &[TradeRow]) {
    let more = rows.len().min(1000);
    let (history, tail) = rows.split_at(rows.len() - more);
    let mut books = Books::new(PnlQuery::of(Book::Live));
    books.apply_all(history).unwrap();
    let mut times: Vec<f64> = tail.iter().map(|row| seconds(|| books.apply(row).unwrap())).collect();
    times.sort_by(f64::total_cmp);
    let report = seconds(|| books.report(&|_| None).unwrap());
    println!(
        "one more fill: median {:.3} us, worst {:.3} us of {more}; the report after it {:.1} us",
        times[times.len() / 2] * 1e6,
        times[times.len() - 1] * 1e6,
        report * 1e6
    );
}

/// What else is asked of the same rows: each best of the runs, next to the matching alone.
fn other_questions(rows: &[TradeRow], runs: usize) {
    let zone = chrono_tz::Australia::Sydney;
    let to = rows.last().map_or(Timestamp::from_micros(0), |row| row.time);
    let query =
        EquityQuery { book: Book::Live, method: Method::Fifo, picks: books::Picks::default(), zone, from: None, to };
    let tax = TaxQuery::of(Book::Live, Method::Fifo, zone, to);
    let year = FinancialYear::of(to, zone);
    let sale = TradeRow { time: to, seq: u64::MAX, side: Side::Sell, ..*rows.last().unwrap() };
    let best = |name: &str, work: &dyn Fn()| {
        let time = (0..runs).map(|_| seconds(work)).fold(f64::MAX, f64::min);
        println!("{name}: {:.1} ms, {:.1} M fills/s", time * 1e3, rows.len() as f64 / time / 1e6);
    };
    best("the days of an equity", &|| drop(black_box(Days::fold(rows, &[], &query))));
    best("a tax year with its lines", &|| drop(black_box(tax_year(rows, &tax, year))));
    let imagined = Imagined { sale, rate_pct: None };
    best("what a sale would come to, one method", &|| drop(black_box(what_if(rows, &tax, Method::Fifo, &imagined))));
}

fn main() {
    let default = if std::env::args().any(|arg| arg == "--bench") { 1_000_000 } else { 10_000 };
    let (count, runs) = (number("BOOKS_BENCH_FILLS", default).max(1), number("BOOKS_BENCH_RUNS", 7).max(1));
    let (packed, rows) = generate(count);
    println!("{count} fills, {COINS} coins, {ALGORITHMS} algorithms, best of {runs}");
    for (name, by) in [("by coin", GroupBy::Coin), ("by algorithm", GroupBy::Algorithm), ("by day", GroupBy::Day)] {
        let query = PnlQuery { by, ..PnlQuery::of(Book::Live) };
        let by_algorithm = by == GroupBy::Algorithm;
        let exact = pnl(&rows, &query, &|_| None).unwrap().realised.amount();
        let rough = Decimal::from_i128_with_scale(floor(&packed, by_algorithm), 10);
        // The floor cuts each share of a fee at 1e-8.
        assert!((exact - rough).abs() < Decimal::new(count as i64, 8), "{name}: {exact} and {rough}");
        let (ours, base) = contest(
            runs,
            || drop(black_box(pnl(&rows, &query, &|_| None))),
            || {
                black_box(floor(&packed, by_algorithm));
            },
        );
        let rate = |time: f64| count as f64 / time / 1e6;
        println!(
            "matching {name}: {:.1} M fills/s, floor: {:.1} M fills/s, ratio 1/{:.2}",
            rate(ours),
            rate(base),
            ours / base
        );
    }
    one_more(&rows);
    drop(packed);
    other_questions(&rows, runs.min(3));
}
