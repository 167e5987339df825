use super::*;
use crate::view::{History, View};
use crate::{Asked, Strategy};
use domain::{Candle, Coin, Interval, Money, Price, Quantity, Signal, SignalAction, SignalSize, Timestamp};
use floor::Portfolio;

const HOUR: i64 = Interval::H1.micros();

fn btc() -> Coin {
    Coin::parse("BTC").unwrap()
}

fn set(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn candle(number: usize, cents: u32) -> Candle {
    let price = Price::new(Decimal::new(i64::from(cents.max(1)), 2)).unwrap();
    Candle::of(Timestamp::from_micros(number as i64 * HOUR), price)
}

/// Walks a strategy over closes; what it holds is what its own signals say.
fn walk(strategy: &mut dyn Strategy, cents: &[u32], from: usize) -> Vec<(usize, Signal)> {
    let (mut history, mut portfolio, mut said) = (History::default(), Portfolio::default(), Vec::new());
    for (number, close) in cents.iter().enumerate().skip(from) {
        history.push(btc(), candle(number, *close));
        let now = Timestamp::from_micros((number as i64 + 1) * HOUR);
        for signal in strategy.on_candle(&View::new(&history, btc(), Interval::H1, now), &portfolio) {
            let held = if signal.action == SignalAction::Close { "0" } else { "1" };
            portfolio.holdings.insert(btc(), Quantity::parse(held).unwrap());
            said.push((number, signal));
        }
    }
    said
}

fn actions(said: &[(usize, Signal)]) -> Vec<(usize, SignalAction)> {
    said.iter().map(|(number, signal)| (*number, signal.action)).collect()
}

#[test]
fn a_cross_is_acted_on_once_and_the_state_alone_says_nothing() {
    let (_, mut cross) = build("sma_cross", &set(&[("fast", "1"), ("slow", "3")])).unwrap();
    // Above from the first moment there is an average: no cross, no word.
    assert_eq!(walk(&mut *cross, &[100, 200, 300, 400, 500, 600], 0), []);
    let (_, mut cross) = build("sma_cross", &set(&[("fast", "1"), ("slow", "3")])).unwrap();
    let said = walk(&mut *cross, &[300, 200, 100, 400, 500, 600, 700, 100, 90, 80, 500], 0);
    use SignalAction::{Buy, Close};
    assert_eq!(actions(&said), [(3, Buy), (7, Close), (10, Buy)]);
    assert_eq!(said[0].1.slot, Timestamp::from_micros(4 * HOUR));
    assert_eq!(said[0].1.size, SignalSize::Share(BasisPoints(10_000)));
    assert!(said[0].1.reason.contains("SMA(1)"), "{}", said[0].1.reason);
}

#[test]
fn it_leaves_on_the_state_when_it_slept_through_the_cross() {
    let (_, mut cross) = build("sma_cross", &set(&[("fast", "1"), ("slow", "3")])).unwrap();
    walk(&mut *cross, &[300, 200, 100], 0);
    let mut history = History::default();
    history.push(btc(), candle(9, 90));
    let view = View::new(&history, btc(), Interval::H1, Timestamp::from_micros(10 * HOUR));
    let holdings = [(btc(), Quantity::parse("1").unwrap())].into();
    let said = cross.on_candle(&view, &Portfolio { holdings, ..Portfolio::default() });
    assert_eq!(said.first().map(|signal| signal.action), Some(SignalAction::Close));
}

#[test]
fn the_rsi_buys_on_the_way_down_once_and_sells_on_the_way_up() {
    let (_, mut rsi) =
        build("rsi_reversion", &set(&[("period", "2"), ("low", "30"), ("high", "70"), ("share", "50")])).unwrap();
    let said = walk(&mut *rsi, &[500, 510, 505, 300, 290, 280, 400, 500, 510], 0);
    use SignalAction::{Buy, Close};
    assert_eq!(actions(&said), [(3, Buy), (6, Close)]);
    assert_eq!(said[0].1.size, SignalSize::Share(BasisPoints(5_000)));
}

#[test]
fn a_plan_buys_each_slot_once_and_makes_up_for_the_newest_missed_one_only() {
    let plan = set(&[("aud", "12.50"), ("every", "day"), ("at", "09:00"), ("timezone", "UTC")]);
    let (_, mut plan) = build("scheduled_accumulation", &plan).unwrap();
    assert_eq!((plan.asked(), plan.warm_up()), (Asked::AnyTime, 0));
    let at = |day: i64, hour: i64| Timestamp::from_micros((day * 24 + hour) * HOUR);
    let history = History::default();
    let mut portfolio = Portfolio { since: at(10, 12), ..Portfolio::default() };
    let mut ask =
        |now, portfolio: &Portfolio| plan.on_candle(&View::new(&history, btc(), Interval::H1, now), portfolio);
    assert_eq!(ask(at(10, 13), &portfolio), [], "the slot before it began is not its own");
    let first = ask(at(11, 9), &portfolio);
    assert_eq!((first[0].slot, first[0].size), (at(11, 9), SignalSize::Aud(Money::aud(Decimal::new(125, 1)))));
    portfolio.done.insert(btc(), at(11, 9));
    assert_eq!(ask(at(11, 10), &portfolio), []);
    // Four days asleep: one buy, for the newest slot.
    let made_up = ask(at(15, 20), &portfolio);
    assert_eq!(made_up.iter().map(|signal| signal.slot).collect::<Vec<_>>(), [at(15, 9)]);
    portfolio.done.insert(btc(), at(15, 9));
    assert_eq!(ask(at(15, 21), &portfolio), []);
}

#[test]
fn a_bad_parameter_is_named_with_what_it_could_be() {
    let error = |strategy: &str, pairs: &[(&str, &str)]| build(strategy, &set(pairs)).map(|_| ()).unwrap_err();
    for (strategy, pairs, code) in [
        ("sma_crossing", &[][..], "unknown_strategy"),
        ("sma_cross", &[("speed", "1")][..], "unknown_parameter"),
        ("sma_cross", &[("fast", "0")][..], "bad_parameter"),
        ("sma_cross", &[("fast", "+5")][..], "bad_parameter"),
        ("sma_cross", &[("fast", "1e1")][..], "bad_parameter"),
        ("sma_cross", &[("fast", "50"), ("slow", "50")][..], "bad_parameter"),
        ("sma_cross", &[("share", "101")][..], "bad_parameter"),
        ("rsi_reversion", &[("low", "70"), ("high", "30")][..], "bad_parameter"),
        ("scheduled_accumulation", &[("aud", "NaN")][..], "bad_parameter"),
        ("scheduled_accumulation", &[("aud", "25.001")][..], "bad_parameter"),
        ("scheduled_accumulation", &[("every", "week"), ("on", "8")][..], "bad_parameter"),
        ("scheduled_accumulation", &[("at", "24:00")][..], "bad_parameter"),
        ("scheduled_accumulation", &[("timezone", "Mars/Base")][..], "bad_parameter"),
    ] {
        assert_eq!(error(strategy, pairs).code(), code, "{strategy} {pairs:?}");
    }
    assert!(error("sma_cross", &[("fast", "0")]).to_string().contains("from 1 to 500"));
}

#[test]
fn every_strategy_builds_as_it_is_and_its_values_read_back_as_they_print() {
    for one in strategies() {
        let (parameters, _) = build(one.name, &BTreeMap::new()).unwrap();
        let printed: BTreeMap<String, String> =
            parameters.iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
        assert_eq!(build(one.name, &printed).unwrap().0, parameters, "{}", one.name);
    }
}

mod every;
mod rules;
