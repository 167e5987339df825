//! Runs whose numbers were worked out by hand or by other engines.

use crate::peers::{self, Bars, WhileAbove};
use domain::{Candle, Coin, Decimal, Interval, Money, Name, Price, Quantity, Side, SignalAction, Timestamp};
use research::backtest::{Costs, Execution, Fill, Lane, Run, Setup, Way, run};
use std::collections::BTreeMap;

pub const HOUR: i64 = 3_600_000_000;

pub fn coin(name: &str) -> Coin {
    Coin::parse(name).unwrap()
}

pub fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}

pub fn aud(text: &str) -> Money {
    Money::aud(Decimal::from_str_exact(text).unwrap())
}

pub fn setup(cash: &str) -> Setup {
    Setup::new(Name::parse("backtest").unwrap(), aud(cash))
}

/// Hourly candles (open, close) from 1970 on; each reaches one beyond both.
pub fn candles(prices: &[(u32, u32)]) -> Vec<Candle> {
    let one = |(hour, (open, close)): (usize, &(u32, u32))| Candle {
        time: Timestamp::from_micros(hour as i64 * HOUR),
        open: price(&open.to_string()),
        high: price(&(open.max(close) + 1).to_string()),
        low: price(&(open.min(close) - 1).to_string()),
        close: price(&close.to_string()),
        volume: Some(Quantity::parse("10").unwrap()),
    };
    prices.iter().enumerate().map(one).collect()
}

pub fn set(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub fn cross<'a>(name: &str, candles: &'a [Candle]) -> Lane<'a> {
    let strategy = research::build("sma_cross", &set(&[("fast", "1"), ("slow", "3")])).unwrap().1;
    Lane::of(coin(name), Interval::H1, strategy, candles)
}

pub fn go(lanes: Vec<Lane<'_>>, setup: &Setup) -> Run {
    run(lanes, setup, &mut |_| true).unwrap()
}

pub fn line(fill: &Fill) -> String {
    let hour = fill.time.micros() as f64 / HOUR as f64;
    let side = if fill.side == Side::Buy { "buy" } else { "sell" };
    format!("{hour} {side} {} @{} fee {}", fill.quantity, fill.price, fill.fee.amount().normalize())
}

pub fn lines(run: &Run) -> Vec<String> {
    run.fills.iter().map(line).collect()
}

/// A cross up at the close of hour 4 and down at the close of hour 6.
pub const UP_AND_DOWN: [(u32, u32); 9] =
    [(500, 300), (300, 200), (200, 100), (100, 90), (90, 400), (410, 500), (500, 150), (140, 140), (140, 140)];

#[test]
fn an_order_decided_at_a_close_fills_at_the_next_open_all_in_with_its_fee() {
    let candles = candles(&UP_AND_DOWN);
    let run = go(vec![cross("BTC", &candles)], &setup("1000"));
    // 1000 ÷ (410 × 1.001) cut to 8 decimals; 2.4365878 × 410 = 999.000998, a thousandth of it is the fee.
    assert_eq!(lines(&run), ["5 buy 2.4365878 @410 fee 0.999000998", "7 sell 2.4365878 @140 fee 0.341122292"]);
    // 1000 − 999.000998 − 0.999000998 + 341.122292 − 0.341122292
    assert_eq!(run.equity, aud("340.781170710"));
    assert_eq!((run.cash, run.fees), (run.equity, aud("1.34012329")));
    assert_eq!((run.bars, run.orders, run.execution), (9, 2, Execution::NextOpen));
    assert_eq!(run.fills[1].gain, Some(aud("-659.21882929")));
    assert_eq!(run.measures.realised, aud("-659.21882929"));
    // Its equity was highest at the close of 500, in hour 5, and lowest once it was out.
    let (top, end) = (0.000001002 + 2.4365878 * 500.0, 340.78117071);
    assert!((run.max_drawdown - (end / top - 1.0)).abs() < 1e-12, "{}", run.max_drawdown);
    assert_eq!((run.in_market * 9.0).round(), 2.0, "held at the closes of hours 5 and 6");
    assert!(run.fills[0].reason.as_deref().unwrap().contains("crossed above"));
}

#[test]
fn at_the_close_it_trades_where_it_decided() {
    let candles = candles(&UP_AND_DOWN);
    let run = go(vec![cross("BTC", &candles)], &Setup { execution: Execution::Close, ..setup("1000") });
    let places: Vec<String> = run.fills.iter().map(|fill| format!("{} {}", fill.time, fill.price)).collect();
    assert_eq!(places, ["1970-01-01T05:00:00Z 400", "1970-01-01T07:00:00Z 150"]);
}

#[test]
fn what_the_last_bar_says_is_told_and_not_traded() {
    let candles = candles(&UP_AND_DOWN[..5]);
    let run = go(vec![cross("BTC", &candles)], &setup("1000"));
    assert_eq!((run.orders, run.fills.len(), run.equity), (0, 0, aud("1000")));
    let left = run.unexecuted[0];
    assert_eq!((left.coin, left.action, left.slot.micros()), (coin("BTC"), SignalAction::Buy, 5 * HOUR));
}

#[test]
fn spread_and_slippage_are_paid_by_whoever_trades_and_holdings_count_at_the_bid() {
    let candles = candles(&UP_AND_DOWN[..7]);
    let costs = Costs { spread: domain::BasisPoints(100), slippage: domain::BasisPoints(50), ..Costs::default() };
    let run = go(vec![cross("BTC", &candles)], &Setup { costs, ..setup("1000") });
    // 410 × 1.01; the last close of 150 less half the spread is 149.25.
    assert_eq!(lines(&run), ["5 buy 2.41246317 @414.1 fee 0.999000998697"]);
    let held = Decimal::from_str_exact("2.41246317").unwrap() * Decimal::from_str_exact("149.25").unwrap();
    assert_eq!(run.equity.amount(), run.cash.amount() + held);
}

#[test]
fn instant_orders_pay_the_instant_fee_and_latency_waits_for_a_later_open() {
    let candles = candles(&UP_AND_DOWN);
    let run = go(vec![cross("BTC", &candles)], &Setup { way: Way::Instant, ..setup("1000") });
    assert_eq!(run.fills[0].price, price("410"));
    let rate = run.fills[0].fee.amount() / (run.fills[0].quantity.decimal() * Decimal::from(410));
    assert_eq!(rate.normalize(), Decimal::new(1, 2));
    let costs = Costs { latency_bars: 1, ..Costs::default() };
    let late = go(vec![cross("BTC", &candles)], &Setup { costs, ..setup("1000") });
    let times: Vec<i64> = late.fills.iter().map(|fill| fill.time.micros() / HOUR).collect();
    assert_eq!((times, late.late), (vec![6, 8], 0));
}

#[test]
fn the_sums_are_those_of_the_other_engines() {
    let lane = Lane {
        coin: peers::coin(),
        interval: peers::INTERVAL,
        strategy: Box::new(WhileAbove::new(20, 50)),
        candles: Box::new(Bars::new().take(100_000)),
    };
    let run = go(vec![lane], &setup("1000000000"));
    let entries = run.fills.iter().filter(|fill| fill.side == Side::Buy).count();
    assert_eq!((entries, run.fills.len() - entries), (1_143, 1_142));
    assert_eq!(run.equity, aud("999869514.09818"));
    assert_eq!((run.bars, run.orders, run.refused.len(), run.gap_count), (100_000, 2_285, 0, 0));
}

#[test]
fn the_generated_bars_are_those_of_the_file() {
    let Ok(folder) = std::env::var("OMC_PEERS_DATA") else {
        println!("skipped: OMC_PEERS_DATA names no folder with bars_100k.csv");
        return;
    };
    let file = std::fs::read_to_string(format!("{folder}/bars_100k.csv")).unwrap();
    let mut rows = 0;
    for (row, bar) in file.lines().skip(1).zip(Bars::new()) {
        let two = |number: Decimal| format!("{number:.2}");
        let Candle { open, high, low, close, volume, time } = bar;
        let prices = [open, high, low, close].map(|price| two(price.decimal())).join(",");
        assert_eq!(row, format!("{},{prices},{}", time.millis(), two(volume.unwrap().decimal())));
        rows += 1;
    }
    assert_eq!(rows, 100_000);
}

#[test]
fn the_first_bars_are_the_documented_ones() {
    let shown = |bar: Candle| format!("{} {} {} {} {}", bar.time.millis(), bar.open, bar.high, bar.low, bar.close);
    let first: Vec<String> = Bars::new().take(3).map(shown).collect();
    let documented = [
        "1640995200000 50000 50001.56 49990.68 49992.13",
        "1640995260000 49992.13 50004.5 49963.1 49970.14",
        "1640995320000 49970.14 49980.43 49956.47 49978.82",
    ];
    assert_eq!(first, documented);
}
