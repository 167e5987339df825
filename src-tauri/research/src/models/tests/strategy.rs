use super::*;
use crate::strategy::Strategy;
use crate::truth::{Market, strategy_leaks};
use crate::view::{History, View};
use domain::{Money, Signal, SignalAction};
use floor::Portfolio;
use std::sync::Arc;

fn portfolio(holds: bool) -> Portfolio {
    let one = Quantity::new(Decimal::ONE).unwrap();
    let capital = Some(Money::aud(Decimal::from(1_000)));
    Portfolio { capital, holdings: holds.then_some((btc(), one)).into_iter().collect(), ..Portfolio::default() }
}

/// What it says candle by candle, holding after a buy and until a sale, from a candle on.
fn said(model: &Model, candles: &[Candle], from: usize, mut holds: bool) -> Vec<(usize, Signal)> {
    let mut strategy = ModelStrategy::new(Arc::new(model.clone())).unwrap();
    let (mut history, mut said) = (History::default(), Vec::new());
    for (place, candle) in candles.iter().enumerate() {
        history.push(btc(), *candle);
        let view = View::new(&history, btc(), Interval::H1, candle.time.plus_micros(HOUR));
        for signal in strategy.on_candle(&view, &portfolio(holds && place >= from)) {
            if place >= from {
                holds = signal.action == SignalAction::Buy;
                said.push((place, signal));
            }
        }
    }
    said
}

#[test]
fn it_decides_row_for_row_as_the_table_says() {
    // With a few columns, and one with all of them, those of closed days too.
    let asked = LearnerKind::ALL.map(|kind| (kind, &FEW[..]));
    for (kind, wanted) in asked.into_iter().chain([(LearnerKind::Boosting, &[][..])]) {
        let (candles, _, model) = model(kind, wanted);
        let columns = features(true, false);
        let place = |name: &String| columns.iter().position(|column| column.name == name).unwrap();
        let places: Vec<usize> = model.features.iter().map(place).collect();
        let (mut holds, mut wanted) = (false, Vec::new());
        for (at, row) in table_of(&candles).iter().enumerate() {
            let Some(row) = places.iter().map(|place| row.values[*place]).collect::<Option<Vec<f64>>>() else {
                continue;
            };
            let says = model.fitted.says(&row);
            if !holds && says >= model.thresholds.enter || holds && says < model.thresholds.exit {
                holds = !holds;
                wanted.push((at, holds));
            }
        }
        let said = said(&model, &candles, 0, false);
        let shown: Vec<_> = said.iter().map(|(at, signal)| (*at, signal.action == SignalAction::Buy)).collect();
        assert!(wanted.len() > 20, "{}: {}", kind.as_str(), wanted.len());
        assert_eq!(shown, wanted, "{}", kind.as_str());
    }
}

#[test]
fn a_reason_names_the_chance_and_what_counted_most() {
    let (candles, _, model) = model(LearnerKind::Logistic, &FEW);
    let (_, signal) = said(&model, &candles, 0, false).into_iter().next().unwrap();
    assert!(signal.reason.starts_with("probability "), "{}", signal.reason);
    assert!(signal.reason.contains("return_1") && signal.reason.matches('(').count() == 3, "{}", signal.reason);
    assert!(signal.confidence.is_some_and(|sure| (5_500..=10_000).contains(&sure)), "{signal:?}");
}

#[test]
fn begun_again_in_the_middle_it_goes_on_as_it_was() {
    for kind in [LearnerKind::Boosting, LearnerKind::Logistic] {
        let (candles, _, model) = model(kind, &FEW);
        let half = 1_200;
        let whole: Vec<_> = said(&model, &candles, 0, false);
        let before = whole.iter().rfind(|(at, _)| *at < half).unwrap();
        let holds = before.1.action == SignalAction::Buy;
        // A restart warms it up with the candles before, and holds what was held.
        let start = half - model.warm_up();
        let again = said(&model, &candles[start..], model.warm_up(), holds);
        let plain = |said: &[(usize, Signal)], add: usize| {
            said.iter().map(|(at, signal)| (at + add, signal.action)).collect::<Vec<_>>()
        };
        let rest: Vec<_> = whole.iter().filter(|(at, _)| *at >= half).cloned().collect();
        assert!(rest.len() > 5);
        assert_eq!(plain(&again, start), plain(&rest, 0), "{}", kind.as_str());
    }
}

#[test]
fn it_passes_every_look_for_leaks() {
    let (_, _, model) = model(LearnerKind::Boosting, &FEW);
    let model = Arc::new(model);
    let market = Market::of(btc(), Interval::H1, moving(11, 1_800, 0.6));
    let make = |_: &Market| {
        let strategy = ModelStrategy::new(Arc::clone(&model)).map_err(|error| error.to_string())?;
        Ok(Box::new(strategy) as Box<dyn Strategy>)
    };
    let leaks = strategy_leaks(&market, &make).unwrap();
    assert!(leaks.is_clean(), "{leaks:?}");
}

#[test]
fn daily_columns_warm_up_for_a_month_and_others_do_not() {
    let warm_up = |name: &str, interval| crate::features::warm_up_candles(interval, &[name.to_owned()]);
    assert_eq!((warm_up("return_1", Interval::H1), warm_up("daily_return_7", Interval::H1)), (600, 720));
    assert_eq!((warm_up("return_1", Interval::M1), warm_up("daily_return_7", Interval::M1)), (600, 43_200));
}

#[test]
fn asked_about_another_market_it_fails_by_name_and_says_nothing() {
    let (candles, _, model) = model(LearnerKind::Logistic, &FEW);
    let mut strategy = ModelStrategy::new(Arc::new(model)).unwrap();
    let eth = Coin::parse("ETH").unwrap();
    let mut history = History::default();
    candles.iter().for_each(|candle| history.push(eth, *candle));
    let view = View::new(&history, eth, Interval::H1, Timestamp::from_micros(i64::MAX));
    assert_eq!(strategy.on_candle(&view, &portfolio(false)), []);
    assert_eq!(strategy.failure().map(|denial| denial.code), Some("model_market".to_owned()));
}
