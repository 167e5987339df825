//! The order path on history: what is on offer, what rests, who shares a wallet, what comes and goes.

use crate::peers::{self, Bars, WhileAbove};
use crate::worked::{HOUR, UP_AND_DOWN, aud, candles, coin, cross, go, lines, price, set, setup};
use books::CashMove;
use domain::{BasisPoints, Candle, Coin, Decimal, Interval, Quantity, Signal, SignalAction, SignalSize, Timestamp};
use floor::Portfolio;
use research::backtest::{Costs, Lane, Setup, Way};
use research::{Asked, Strategy, View};
use std::sync::{Arc, Mutex};

/// Says at the closes of these hours what to do, for these shares of its capital.
struct Plays(Vec<(i64, SignalAction, u32)>);

impl Strategy for Plays {
    fn warm_up(&self) -> usize {
        1
    }

    fn on_candle(&mut self, view: &View<'_>, _: &Portfolio) -> Vec<Signal> {
        let hour = view.now().micros() / HOUR;
        let said = self.0.iter().filter(|(at, _, _)| *at == hour);
        let signal = |(_, action, bps): &(i64, SignalAction, u32)| signal(view, *action, *bps);
        said.map(signal).collect()
    }
}

pub fn signal(view: &View<'_>, action: SignalAction, bps: u32) -> Signal {
    Signal {
        action,
        coin: view.coin(),
        size: SignalSize::Share(BasisPoints(bps)),
        slot: view.now(),
        confidence: None,
        reason: "told to".to_owned(),
        evidence: Vec::new(),
    }
}

pub fn plays<'a>(name: &str, candles: &'a [Candle], said: &[(i64, SignalAction, u32)]) -> Lane<'a> {
    Lane::of(coin(name), Interval::H1, Box::new(Plays(said.to_vec())), candles)
}

const BUY: SignalAction = SignalAction::Buy;
const CLOSE: SignalAction = SignalAction::Close;

#[test]
fn two_coins_share_one_wallet_and_the_first_by_place_spends_first() {
    let btc = candles(&[(100, 100), (100, 100), (100, 110), (110, 110)]);
    let eth = candles(&[(10, 10), (10, 10), (10, 10), (10, 10)]);
    let lanes = vec![plays("BTC", &btc, &[(1, BUY, 6_000)]), plays("ETH", &eth, &[(1, BUY, 6_000)])];
    let costs = Costs { fees: floor::FeeRates { book: BasisPoints(0), instant: BasisPoints(0) }, ..Costs::default() };
    let run = go(lanes, &Setup { costs, ..setup("1000") });
    // 600 of 1000 go first; of the 600 that are asked for next 400 are left.
    assert_eq!(lines(&run), ["1 buy 6 @100 fee 0", "1 buy 40 @10 fee 0"]);
    assert_eq!((run.equity, run.bars), (aud("1060"), 8));
}

#[test]
fn of_a_thin_bar_only_the_share_is_traded_and_the_rest_meets_the_bars_after_it_until_its_time_is_over() {
    // Bars of ten coins each; a tenth of them may be traded.
    let bars = candles(&[(100, 100); 6]);
    let lane = || plays("BTC", &bars, &[(1, BUY, 10_000)]);
    let costs = Costs { volume_share: Some(BasisPoints(1_000)), ..Costs::default() };
    let run = go(vec![lane()], &Setup { costs, ..setup("1000") });
    // One coin at the open; a book order's time is over with the bar, so the rest is taken back.
    assert_eq!(lines(&run), ["1 buy 1 @100 fee 0.1"]);
    assert_eq!(run.lanes[0].held, Quantity::parse("1").unwrap());
    let way = Way::Resting { offset: BasisPoints(0), bars: 3 };
    let rested = go(vec![lane()], &Setup { costs, way, ..setup("1000") });
    let bought: Vec<&str> = rested.fills.iter().map(|_| "1").collect();
    assert_eq!(bought.len(), 3, "{:?}", lines(&rested));
    assert!(rested.fills.iter().all(|fill| fill.quantity == Quantity::parse("1").unwrap()));
}

#[test]
fn a_bar_without_volume_fills_nothing_where_a_share_of_it_is_all_one_gets() {
    let mut bars = candles(&[(100, 100); 4]);
    bars[1].volume = Some(Quantity::ZERO);
    let costs = Costs { volume_share: Some(BasisPoints(1_000)), ..Costs::default() };
    let run = go(vec![plays("BTC", &bars, &[(1, BUY, 10_000)])], &Setup { costs, ..setup("1000") });
    assert_eq!((lines(&run), run.lanes[0].empty_bars), (vec![], 1));
}

#[test]
fn a_resting_buy_is_met_by_the_low_and_fills_at_its_limit_or_is_taken_back() {
    // The order of hour 1 rests at 99 for two bars; the lows are 99.5, 98.
    let bars = |low: &str| {
        let mut bars = candles(&[(100, 100); 4]);
        for bar in &mut bars {
            bar.low = price("99.5");
        }
        bars[2].low = price(low);
        bars
    };
    let way = Way::Resting { offset: BasisPoints(100), bars: 2 };
    let met = bars("98");
    let run = go(vec![plays("BTC", &met, &[(1, BUY, 5_000)])], &Setup { way, ..setup("1000") });
    let fill = &run.fills[0];
    assert_eq!((fill.price, fill.time.micros() / HOUR), (price("99"), 3), "at the end of the bar that came to it");
    let missed = bars("99.01");
    let run = go(vec![plays("BTC", &missed, &[(1, BUY, 5_000)])], &Setup { way, ..setup("1000") });
    assert_eq!((run.fills.len(), run.equity), (0, aud("1000")));
}

#[test]
fn money_paid_in_is_no_gain_and_can_be_spent() {
    let bars = candles(&[(100, 100); 6]);
    let paid = |hour: i64, amount: &str| CashMove { time: Timestamp::from_micros(hour * HOUR), amount: aud(amount) };
    let deposits = vec![paid(2, "500"), paid(4, "-200")];
    let costs = Costs { fees: floor::FeeRates { book: BasisPoints(0), instant: BasisPoints(0) }, ..Costs::default() };
    let lane = plays("BTC", &bars, &[(1, BUY, 5_000), (3, BUY, 5_000)]);
    let run = go(vec![lane], &Setup { deposits, costs, ..setup("1000") });
    assert_eq!(lines(&run), ["1 buy 5 @100 fee 0", "3 buy 7.5 @100 fee 0"]);
    assert_eq!((run.paid_in, run.equity), (aud("1300"), aud("1300")));
    assert_eq!((run.max_drawdown, run.measures.performance.time_weighted), (0.0, Ok(0.0)));
}

#[test]
fn what_was_bought_and_held_is_what_holding_is_compared_with() {
    let bars = candles(&[(100, 100), (100, 150), (150, 120), (120, 200)]);
    let run = go(vec![plays("BTC", &bars, &[(1, BUY, 10_000)])], &setup("1000"));
    assert_eq!(run.measures.hold.last, Ok(aud("2000")));
    assert_eq!(run.measures.hold.time_weighted, Ok(1.0));
    assert!(run.equity.amount() < Decimal::from(2_000), "it paid a fee");
}

#[test]
fn candles_before_the_window_warm_up_and_are_not_traded() {
    let all = candles(&UP_AND_DOWN);
    let from = Some(Timestamp::from_micros(4 * HOUR));
    let run = go(vec![cross("BTC", &all)], &Setup { from, ..setup("1000") });
    assert_eq!((run.lanes[0].warmed_up, run.bars, run.from.micros() / HOUR), (4, 5, 4));
    assert_eq!(run.fills[0].time.micros() / HOUR, 5, "the cross at the first close of the window is seen");
    let later = go(vec![cross("BTC", &all)], &Setup { from: Some(Timestamp::from_micros(5 * HOUR)), ..setup("1000") });
    assert_eq!(later.fills, [], "the cross was before the window");
}

#[test]
fn an_order_decided_before_a_hole_meets_the_next_bar_there_is_and_that_is_told() {
    let mut bars = candles(&[(100, 100), (100, 100), (100, 100), (100, 100), (130, 130)]);
    bars.remove(3);
    let run = go(vec![plays("BTC", &bars, &[(3, BUY, 10_000)])], &setup("1000"));
    assert_eq!((run.fills[0].price, run.late, run.gap_count, run.missing), (price("130"), 1, 1, 1));
    assert_eq!((run.gaps[0].from.micros() / HOUR, run.gaps[0].to.micros() / HOUR), (3, 4));
}

#[test]
fn a_plan_is_followed_bar_by_bar_each_slot_once() {
    let bars = candles(&[(100, 100); 100]);
    let plan = [("aud", "50"), ("every", "day"), ("at", "09:00"), ("timezone", "UTC")];
    let strategy = research::build("scheduled_accumulation", &set(&plan)).unwrap().1;
    assert_eq!(strategy.asked(), Asked::AnyTime);
    let run = go(vec![Lane::of(coin("BTC"), Interval::H1, strategy, &bars)], &setup("1000"));
    let hours: Vec<i64> = run.fills.iter().map(|fill| fill.time.micros() / HOUR).collect();
    assert_eq!(hours, [9, 33, 57, 81]);
}

#[test]
fn bars_of_several_lengths_go_side_by_side() {
    let hours = candles(&[(100, 100); 9]);
    let mut four = candles(&[(10, 10), (10, 20)]);
    for (place, bar) in four.iter_mut().enumerate() {
        bar.time = Timestamp::from_micros(place as i64 * 4 * HOUR);
    }
    let long = Lane::of(coin("ETH"), Interval::H4, Box::new(Plays(vec![(4, BUY, 5_000)])), &four);
    let run = go(vec![plays("BTC", &hours, &[(2, BUY, 5_000), (6, CLOSE, 0)]), long], &setup("1000"));
    let told: Vec<(u32, i64)> = run.fills.iter().map(|fill| (fill.lane, fill.time.micros() / HOUR)).collect();
    assert_eq!(told, [(0, 2), (1, 4), (0, 6)]);
    assert_eq!((run.bars, run.to.micros() / HOUR), (11, 9));
}

/// Notes what it is shown of itself.
struct Notes(Arc<Mutex<Vec<(i64, Portfolio)>>>);

impl Strategy for Notes {
    fn warm_up(&self) -> usize {
        1
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let hour = view.now().micros() / HOUR;
        self.0.lock().unwrap().push((hour, portfolio.clone()));
        if hour == 1 { vec![signal(view, BUY, 5_000)] } else { Vec::new() }
    }
}

#[test]
fn a_strategy_sees_its_capital_and_what_of_it_is_used_at_the_last_bid() {
    let bars = candles(&[(100, 100), (100, 110), (110, 120)]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let lane = Lane::of(coin("BTC"), Interval::H1, Box::new(Notes(Arc::clone(&seen))), &bars);
    let costs = Costs { fees: floor::FeeRates { book: BasisPoints(0), instant: BasisPoints(0) }, ..Costs::default() };
    go(vec![lane], &Setup { costs, capital: BasisPoints(5_000), ..setup("1000") });
    let seen = seen.lock().unwrap();
    let told: Vec<_> = seen.iter().map(|(_, own)| (own.capital.unwrap(), own.used.unwrap())).collect();
    // Half of half is 2.5 coins; 750 in cash and 2.5 at 110, then at 120.
    assert_eq!(told, [(aud("500"), aud("0")), (aud("512.5"), aud("275")), (aud("525"), aud("300"))]);
    assert_eq!(seen[2].1.held(coin("BTC")), Quantity::parse("2.5").unwrap());
    assert_eq!(seen[2].1.done_until(coin("BTC")).micros() / HOUR, 1);
}

#[test]
fn the_same_lanes_and_setup_give_the_same_bytes_and_what_comes_later_changes_nothing_before() {
    let bars: Vec<Candle> = Bars::new().take(5_000).collect();
    let costs = Costs { slippage: BasisPoints(3), seed: Some(7), ..Costs::default() };
    let told = |bars: &[Candle]| {
        let lane = Lane::of(peers::coin(), peers::INTERVAL, Box::new(WhileAbove::new(5, 20)), bars);
        go(vec![lane], &Setup { costs, ..setup("1000000") })
    };
    assert_eq!(format!("{:?}", told(&bars)), format!("{:?}", told(&bars)));
    let (whole, part) = (told(&bars), told(&bars[..3_000]));
    assert!(part.fills.len() > 50);
    assert_eq!(whole.fills[..part.fills.len()], part.fills[..]);
}

#[test]
fn points_are_bounded_and_end_where_the_run_ends() {
    let lane = Lane {
        coin: Coin::parse("BTC").unwrap(),
        interval: peers::INTERVAL,
        strategy: Box::new(WhileAbove::new(20, 50)),
        candles: Box::new(Bars::new().take(9_001)),
    };
    let run = go(vec![lane], &setup("1000000"));
    assert!((1_000..=2_001).contains(&run.points.len()), "{}", run.points.len());
    assert_eq!((run.points.last().unwrap().time, run.points.last().unwrap().equity), (run.to, run.equity));
    let apart: Vec<i64> = run.points.windows(2).map(|two| two[1].time.micros() - two[0].time.micros()).collect();
    assert!(apart[..apart.len() - 1].iter().all(|gap| *gap == apart[0]));
}
