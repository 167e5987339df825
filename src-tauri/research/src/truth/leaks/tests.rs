use super::*;
use crate::indicators::{Ema, ema, sma};
use crate::truth::market::tests::{btc, walk};
use crate::{build, strategies};
use domain::{BasisPoints, Interval, SignalSize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A strategy of one function: whether to be in, from what it sees; it speaks when that changes what is held.
struct Planted<F> {
    warm_up: usize,
    wants: F,
}

impl<F: FnMut(&View<'_>) -> Option<bool> + Send> Strategy for Planted<F> {
    fn warm_up(&self) -> usize {
        self.warm_up
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        let action = match ((self.wants)(view), portfolio.holds(view.coin())) {
            (Some(true), false) => SignalAction::Buy,
            (Some(false), true) => SignalAction::Close,
            _ => return Vec::new(),
        };
        vec![Signal {
            action,
            coin: view.coin(),
            size: SignalSize::Share(BasisPoints(10_000)),
            slot: view.now(),
            confidence: None,
            reason: "planted".into(),
            evidence: vec![],
        }]
    }
}

type Made = Result<Box<dyn Strategy>, String>;

fn planted(warm_up: usize, wants: impl FnMut(&View<'_>) -> Option<bool> + Send + 'static) -> Made {
    Ok(Box::new(Planted { warm_up, wants }))
}

fn market() -> Market {
    Market::of(btc(), Interval::H1, walk(11, 400, 0.0))
}

fn closes(market: &Market) -> Vec<f64> {
    market.bars().iter().map(|bar| f64::try_from(bar.close.decimal()).unwrap()).collect()
}

fn failed(make: &Maker<'_>) -> Vec<Check> {
    let leaks = strategy_leaks(&market(), make).unwrap();
    assert!(leaks.decisions > 0);
    leaks.failed()
}

#[test]
fn every_strategy_there_is_passes_every_check() {
    for one in strategies() {
        let make = |_: &Market| Ok(build(one.name, &BTreeMap::new()).unwrap().1);
        let warm_up = make(&market()).unwrap().warm_up();
        let mut long = Market::of(btc(), Interval::H1, walk(12, warm_up * 2 + 500, 0.0));
        for (seed, coin) in [(13, "ETH"), (14, "SOL")] {
            long.candles.insert(domain::Coin::parse(coin).unwrap(), walk(seed, warm_up * 2 + 500, 0.0));
        }
        let leaks = strategy_leaks(&long, &make).unwrap();
        assert!(leaks.is_clean(), "{}: {leaks:?}", one.name);
    }
}

#[test]
fn a_peek_one_bar_ahead_through_a_shared_buffer_is_caught_by_the_poison_and_the_end() {
    let buffer = Arc::new(Mutex::new(Vec::new()));
    let make = |market: &Market| {
        *buffer.lock().unwrap() = closes(market);
        let (shared, mut asked) = (Arc::clone(&buffer), 0);
        planted(1, move |view| {
            asked += 1;
            Some(*shared.lock().unwrap().get(asked)? > view.close()?)
        })
    };
    assert_eq!(failed(&make), [Check::Truncate, Check::Poison]);
}

#[test]
fn measuring_by_the_highest_price_of_the_whole_series_is_caught() {
    let make = |market: &Market| {
        let most = closes(market).into_iter().fold(0.0, f64::max);
        planted(1, move |view| Some(view.close()? > 0.9 * most))
    };
    let caught = failed(&make);
    assert!(caught.contains(&Check::Truncate) && caught.contains(&Check::Poison), "{caught:?}");
    assert!(!caught.contains(&Check::Repeat));
}

#[test]
fn knowing_when_the_candles_end_is_caught_by_the_end_and_not_by_the_poison() {
    let make = |market: &Market| {
        let last = market.bars().len();
        let mut asked = 0;
        planted(1, move |_| {
            asked += 1;
            Some(asked % 7 < 4 && asked + 3 < last)
        })
    };
    // Counting what it was asked, it doesn't stand where it stood when begun later either.
    assert_eq!(failed(&make), [Check::Truncate, Check::Shift]);
}

#[test]
fn a_fall_back_for_a_future_that_is_not_there_is_caught_by_the_poison() {
    let make = |market: &Market| {
        let all: BTreeMap<Timestamp, f64> = market.bars().iter().map(|bar| bar.time).zip(closes(market)).collect();
        planted(2, move |view| {
            let [.., before, now] = view.candles() else { return None };
            let next = all.range(now.time.plus_micros(1)..).next().map(|(_, close)| *close);
            Some(now.close > before.close && next.is_none_or(|next| next > view.close().unwrap()))
        })
    };
    assert!(failed(&make).contains(&Check::Poison));
}

#[test]
fn what_depends_on_how_often_anybody_was_asked_is_caught_by_the_repetition_alone() {
    let calls = Arc::new(AtomicUsize::new(0));
    let make = |_: &Market| {
        let calls = Arc::clone(&calls);
        planted(1, move |_| Some(calls.fetch_add(1, Ordering::Relaxed) % 11 < 5))
    };
    let leaks = strategy_leaks(&market(), &make).unwrap();
    assert_eq!(leaks.failed(), [Check::Repeat]);
    assert!(leaks.checks.iter().skip(1).all(|(_, outcome)| *outcome == Outcome::Untold), "{leaks:?}");
}

#[test]
fn an_average_that_remembers_more_than_its_warm_up_is_caught_by_the_shift_alone() {
    let make = |warm_up: usize| {
        move |_: &Market| {
            let mut average = Ema::new(20);
            planted(warm_up, move |view| {
                let close = view.close()?;
                Some(close > average.push(close)?)
            })
        }
    };
    assert_eq!(failed(&make(21)), [Check::Shift]);
    let long = Market::of(btc(), Interval::H1, walk(11, 1_200, 0.0));
    assert!(strategy_leaks(&long, &make(400)).unwrap().is_clean(), "the same with a warm-up that is long enough");
}

#[test]
fn a_difference_tells_where_and_what() {
    let make = |market: &Market| {
        let last = market.close_of(market.bars().len() - 1);
        planted(1, move |view| Some(view.now() < last))
    };
    let leaks = strategy_leaks(&market(), &make).unwrap();
    let Some((_, Outcome::Failed(difference))) = leaks.checks.iter().find(|(check, _)| *check == Check::Truncate)
    else {
        panic!("{leaks:?}")
    };
    assert!(difference.said.starts_with("Buy BTC") && difference.instead == "nothing", "{difference:?}");
}

#[test]
fn what_decides_nothing_proves_nothing_and_too_few_candles_are_named() {
    let silent = |_: &Market| planted(5, |_| None);
    let leaks = strategy_leaks(&market(), &silent).unwrap();
    assert!(!leaks.is_clean() && leaks.failed().is_empty());
    let few = Market::of(btc(), Interval::H1, walk(1, 36, 0.0));
    assert_eq!(strategy_leaks(&few, &silent), Err(LeakError::TooFewBars { have: 36, warm_up: 5 }));
    let made = |market: &Market| {
        if market.bars().len() < 100 { Err("too little to learn from".into()) } else { silent(market) }
    };
    assert_eq!(strategy_leaks(&market(), &made).unwrap_err().code(), "not_made");
}

#[test]
fn features_are_held_to_the_same_checks() {
    let average = |market: &Market| sma(&closes(market), 10).into_iter().map(|value| vec![value]).collect::<Rows>();
    assert!(feature_leaks(&market(), 10, &average).unwrap().is_clean());
    let short = feature_leaks(&market(), 9, &average).unwrap();
    assert_eq!(short.failed(), [Check::Shift], "one bar of warm-up too few: a value is missing");

    let slow = |market: &Market| ema(&closes(market), 10).into_iter().map(|value| vec![value]).collect::<Rows>();
    assert_eq!(feature_leaks(&market(), 11, &slow).unwrap().failed(), [Check::Shift]);
    assert!(feature_leaks(&market(), 150, &slow).unwrap().is_clean());

    let scaled = |market: &Market| {
        let closes = closes(market);
        let most = closes.iter().copied().fold(0.0, f64::max);
        closes.iter().map(|close| vec![Some(close / most)]).collect::<Rows>()
    };
    let caught = feature_leaks(&market(), 1, &scaled).unwrap().failed();
    assert!(caught.contains(&Check::Truncate) && caught.contains(&Check::Poison), "{caught:?}");

    // The lagging line of a chart: today's close drawn further back.
    let lagging = |market: &Market| {
        let closes = closes(market);
        (0..closes.len()).map(|bar| vec![closes.get(bar + 3).copied()]).collect::<Rows>()
    };
    assert_eq!(feature_leaks(&market(), 1, &lagging).unwrap().failed(), [Check::Truncate, Check::Poison]);
}
