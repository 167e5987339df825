//! What makes no sense, what the gate refuses, and what is broken: each by its name.

use crate::path::{plays, signal};
use crate::worked::{HOUR, aud, candles, coin, cross, go, price, setup};
use books::CashMove;
use domain::{BasisPoints, Book, Candle, Interval, Signal, SignalAction, Timestamp};
use floor::{FeeRates, Limits, Portfolio};
use research::backtest::{BacktestError, Costs, Execution, Lane, Setup, Way, run};
use research::{Strategy, View};

const BUY: SignalAction = SignalAction::Buy;

fn code(lanes: Vec<Lane<'_>>, setup: &Setup) -> &'static str {
    run(lanes, setup, &mut |_| true).unwrap_err().code()
}

#[test]
fn a_setting_beyond_sense_is_named() {
    let bars = candles(&[(100, 100); 9]);
    let try_with = |setup: Setup| code(vec![cross("BTC", &bars)], &setup);
    let with = |costs: Costs| try_with(Setup { costs, ..setup("1000") });
    let fees = FeeRates { book: BasisPoints(1_001), instant: BasisPoints(0) };
    assert_eq!(with(Costs { fees, ..Costs::default() }), "bad_setting");
    assert_eq!(with(Costs { spread: BasisPoints(2_001), ..Costs::default() }), "bad_setting");
    assert_eq!(with(Costs { slippage: BasisPoints(1_001), ..Costs::default() }), "bad_setting");
    assert_eq!(with(Costs { volume_share: Some(BasisPoints(0)), ..Costs::default() }), "bad_setting");
    assert_eq!(try_with(setup("0")), "bad_setting");
    assert_eq!(try_with(setup("1000000000.01")), "bad_setting");
    assert_eq!(try_with(Setup { capital: BasisPoints(0), ..setup("1") }), "bad_setting");
    let way = Way::Resting { offset: BasisPoints(1), bars: 0 };
    assert_eq!(try_with(Setup { way, ..setup("1") }), "bad_setting");
    let late = Costs { latency_bars: 1, ..Costs::default() };
    assert_eq!(try_with(Setup { costs: late, execution: Execution::Close, ..setup("1") }), "bad_setting");
    let at = |hour: i64| Some(Timestamp::from_micros(hour * HOUR));
    assert_eq!(try_with(Setup { from: at(5), to: at(5), ..setup("1") }), "empty_window");
}

#[test]
fn too_little_or_no_data_is_named() {
    let bars = candles(&[(100, 100); 4]);
    assert_eq!(code(vec![], &setup("1")), "no_coins");
    assert_eq!(code(vec![cross("BTC", &bars), cross("BTC", &bars)], &setup("1")), "coin_twice");
    assert_eq!(code(vec![cross("BTC", &[])], &setup("1")), "no_candles");
    let from = Some(Timestamp::from_micros(400 * HOUR));
    assert_eq!(code(vec![cross("BTC", &bars)], &Setup { from, ..setup("1") }), "no_candles");
    assert_eq!(
        code(vec![cross("BTC", &bars)], &setup("1")),
        "too_little_data",
        "warm-up of four and a bar to trade at"
    );
    let enough = candles(&[(100, 100); 5]);
    assert_eq!(go(vec![cross("BTC", &enough)], &setup("1")).fills, []);
}

#[test]
fn broken_candles_are_named_with_their_moment() {
    let with = |change: fn(&mut Vec<Candle>)| {
        let mut bars = candles(&[(100, 100); 9]);
        change(&mut bars);
        code(vec![cross("BTC", &bars)], &setup("1000"))
    };
    assert_eq!(with(|bars| bars.swap(3, 4)), "candles_out_of_order");
    assert_eq!(with(|bars| bars[5].time = bars[4].time), "candles_out_of_order");
    assert_eq!(with(|bars| bars[5].time = bars[5].time.plus_micros(1)), "candles_out_of_order");
    assert_eq!(with(|bars| bars[5].low = price("200")), "candle_inconsistent");
    let mut bars = candles(&[(100, 100); 4]);
    bars[2].volume = None;
    let costs = Costs { volume_share: Some(BasisPoints(100)), ..Costs::default() };
    let lane = plays("BTC", &bars, &[(1, BUY, 10_000)]);
    assert_eq!(code(vec![lane], &Setup { costs, ..setup("1000") }), "volume_unknown");
}

#[test]
fn constant_prices_trade_nothing_and_have_no_sharpe() {
    let bars = candles(&[(100, 100); 2_000]);
    let run = go(vec![cross("BTC", &bars)], &setup("1000"));
    assert_eq!((run.orders, run.equity, run.max_drawdown), (0, aud("1000"), 0.0));
    assert_eq!(run.measures.performance.sharpe, Err(books::Missing::NoVariation));
}

#[test]
fn limits_of_the_paper_book_refuse_what_they_would_there_and_each_code_is_counted() {
    let bars = candles(&[(100, 100); 8]);
    let limits = Limits::defaults(Book::Paper);
    let lane = plays("BTC", &bars, &[(1, BUY, 10_000), (2, BUY, 1_000), (3, BUY, 1_000), (4, BUY, 1_000)]);
    let run = go(vec![lane], &Setup { limits, ..setup("100000") });
    let told: Vec<(&str, u64)> = run.refused.iter().map(|row| (row.code.as_str(), row.count)).collect();
    // All of 100,000 is over 25,000; two tenths fit the 20 % of one coin less their fees, the third does not.
    assert_eq!(told, [("max_coin_pct", 1), ("max_order_aud", 1)]);
    assert_eq!((run.orders, run.fills.len()), (4, 2));
    assert!(run.refused[1].words.contains("25,000"), "{}", run.refused[1].words);
}

#[test]
fn a_fall_stops_buys_where_the_limits_say_so() {
    let bars = candles(&[(100, 100), (100, 100), (100, 70), (70, 70), (70, 70), (70, 70)]);
    let change = Limits::parse_change("max_drawdown_pct", "15").unwrap();
    let mut limits = research::backtest::wide_limits();
    limits.apply(&change).unwrap();
    let said = [(1, BUY, 9_000), (4, BUY, 5_000)];
    let run = go(vec![plays("BTC", &bars, &said)], &Setup { limits, ..setup("1000") });
    let told: Vec<&str> = run.refused.iter().map(|row| row.code.as_str()).collect();
    assert_eq!((told, run.fills.len()), (vec!["max_drawdown_pct"], 1));
}

#[test]
fn a_signal_that_can_not_be_is_refused_as_on_the_floor() {
    let bars = candles(&[(100, 100); 6]);
    let run = go(vec![plays("BTC", &bars, &[(1, SignalAction::Close, 0), (2, BUY, 0)])], &setup("1000"));
    let told: Vec<&str> = run.refused.iter().map(|row| row.code.as_str()).collect();
    assert_eq!((told, run.orders), (vec!["nothing_held", "signal_bad"], 0));
    let minimum = Costs { minimum: aud("500"), ..Costs::default() };
    let small = go(vec![plays("BTC", &bars, &[(1, BUY, 1_000)])], &Setup { costs: minimum, ..setup("1000") });
    assert_eq!(small.refused[0].code, "below_minimum");
}

struct Floods;
struct Strays;

impl Strategy for Floods {
    fn warm_up(&self) -> usize {
        0
    }
    fn on_candle(&mut self, view: &View<'_>, _: &Portfolio) -> Vec<Signal> {
        vec![signal(view, BUY, 1); 11]
    }
}

impl Strategy for Strays {
    fn warm_up(&self) -> usize {
        0
    }
    fn on_candle(&mut self, view: &View<'_>, _: &Portfolio) -> Vec<Signal> {
        vec![Signal { coin: coin("DOGE"), ..signal(view, BUY, 1) }]
    }
}

#[test]
fn a_strategy_that_floods_ends_the_run_and_one_that_strays_is_refused() {
    let bars = candles(&[(100, 100); 6]);
    let lane = |strategy: Box<dyn Strategy>| vec![Lane::of(coin("BTC"), Interval::H1, strategy, &bars)];
    assert_eq!(code(lane(Box::new(Floods)), &setup("1000")), "strategy_flooded");
    let run = go(lane(Box::new(Strays)), &setup("1000"));
    assert_eq!((run.refused[0].code.as_str(), run.refused[0].count, run.orders), ("signal_bad", 6, 0));
}

#[test]
fn more_than_there_is_can_not_be_taken_out() {
    let bars = candles(&[(100, 100); 6]);
    let deposits = vec![CashMove { time: Timestamp::from_micros(2 * HOUR), amount: aud("-1000.01") }];
    assert_eq!(code(vec![cross("BTC", &bars)], &Setup { deposits, ..setup("1000") }), "cash_short");
}

#[test]
fn a_run_that_nobody_wants_any_more_ends() {
    let bars = candles(&[(100, 100); 20_000]);
    let mut told = Vec::new();
    let ended = run(vec![cross("BTC", &bars)], &setup("1000"), &mut |bars| {
        told.push(bars);
        told.len() < 2
    });
    assert_eq!(ended.unwrap_err(), BacktestError::Cancelled { bars: told[1] });
    assert!(told[1] <= 20_000 && told[0] < told[1]);
}
