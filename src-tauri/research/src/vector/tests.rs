use super::columns::{Column, Indicator, SLACK, average_afresh};
use super::*;
use crate::indicators::Sma;
use crate::{History, View, build};
use domain::{BasisPoints, Candle, Coin, Decimal, Interval, Money, Price, Quantity, Side, Size, Timestamp};
use floor::{Portfolio, Preview, order_of, quantity_for};
use proptest::prelude::*;
use std::collections::BTreeMap;

const HOUR: i64 = Interval::H1.micros();

fn candles(opens: &[i64], closes: &[i64]) -> Vec<Candle> {
    let price = |units: i64| Price::new(Decimal::new(units.max(1), 8)).unwrap();
    let one = |(place, (open, close)): (usize, (&i64, &i64))| {
        let (open, close) = (price(*open), price(*close));
        let time = Timestamp::from_micros(place as i64 * HOUR);
        Candle { time, open, close, high: open.max(close), low: open.min(close), volume: None }
    };
    opens.iter().zip(closes).enumerate().map(one).collect()
}

fn set(pairs: &[(&str, String)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn rule(strategy: &str, parameters: &BTreeMap<String, String>) -> Rule {
    let (parameters, built) = build(strategy, parameters).unwrap();
    Rule::of(strategy, &parameters, built.warm_up()).unwrap()
}

/// The Floor's own sizing and arithmetic in decimals, bar by bar with the strategy object.
fn by_the_floor(
    strategy: &str,
    set: &BTreeMap<String, String>,
    candles: &[Candle],
    setup: Setup,
) -> (Vec<Fill>, Money) {
    let coin = Coin::parse("BTC").unwrap();
    let (_, mut strategy) = build(strategy, set).unwrap();
    let heard = setup.first.max(strategy.warm_up() - 1);
    let (mut history, mut cash, mut fills) = (History::default(), setup.cash, Vec::new());
    let mut portfolio = Portfolio::default();
    for (place, candle) in candles.iter().enumerate() {
        history.push(coin, *candle);
        history.keep(coin, 2);
        portfolio.capital = Some(cash);
        portfolio.used = Some(Money::ZERO_AUD);
        let now = Timestamp::from_micros((place as i64 + 1) * HOUR);
        let signals = strategy.on_candle(&View::new(&history, coin, Interval::H1, now), &portfolio);
        let Some(next) = candles.get(place + 1).filter(|_| place >= heard) else { continue };
        for signal in signals {
            let Ok((side, size)) = order_of(&signal, &[coin], &portfolio, Some(next.open)) else { continue };
            let Ok(quantity) = quantity_for(size, side, next.open, setup.fee) else { continue };
            let parts = Preview::of(quantity, side, next.open, setup.fee).unwrap();
            if parts.value.amount() < Decimal::new(1, 2) {
                assert!(matches!(size, Size::Aud(_)), "no dust is sold in this test");
                continue;
            }
            cash = match side {
                Side::Buy => cash.checked_sub(parts.total).unwrap(),
                Side::Sell => cash.checked_add(parts.total).unwrap(),
            };
            let held = if side == Side::Buy { quantity } else { Quantity::ZERO };
            portfolio.holdings.insert(coin, held);
            fills.push(Fill { time: next.time, side, quantity, price: next.open, fee: parts.fee });
        }
    }
    let held = portfolio.held(coin);
    let worth = candles.last().map_or(Money::ZERO_AUD, |last| last.close.times(held).unwrap());
    (fills, cash.checked_add(worth).unwrap())
}

fn setup(cents: i64, fee: u32, first: usize) -> Setup {
    Setup { cash: Money::aud(Decimal::new(cents, 2)), fee: BasisPoints(fee), first, keep_fills: true }
}

/// Steps of a price that cross, rest and repeat: flat stretches make averages meet exactly.
fn walks() -> impl Strategy<Value = (Vec<i64>, Vec<i64>)> {
    let start = prop_oneof![1_000i64..100_000, 100_000_000i64..10_000_000_000_000];
    let step = prop_oneof![Just(0i64), Just(0), -400i64..=400, Just(50), Just(-50)];
    (start, proptest::collection::vec((step.clone(), step), 30..400)).prop_map(|(start, steps)| {
        let (mut now, mut opens, mut closes) = (start, Vec::new(), Vec::new());
        for (gap, step) in steps {
            let open = (now + now / 10_000 * gap / 4).max(100);
            now = (open + open / 10_000 * step).max(100);
            opens.push(open);
            closes.push(now);
        }
        (opens, closes)
    })
}

/// Long runs of a few prices: averages of different lengths are equal, and differ in the last bit as f64.
fn flats() -> impl Strategy<Value = (Vec<i64>, Vec<i64>)> {
    let run = (proptest::sample::select(vec![10_000_000i64, 30_000_000, 33_333_333]), 1usize..40);
    proptest::collection::vec(run, 2..14).prop_map(|runs| {
        let closes: Vec<i64> = runs.iter().flat_map(|(price, times)| vec![*price; *times]).collect();
        (closes.clone(), closes)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn a_rule_has_the_fills_and_the_equity_of_the_event_path(
        (opens, closes) in prop_oneof![walks(), flats()],
        name in proptest::sample::select(vec!["sma_cross", "rsi_reversion"]),
        (a, b) in (1u32..30, 1u32..60),
        share in prop_oneof![Just(100u32), 1u32..100],
        (cents, fee, first) in (50i64..10_000_000_000, prop_oneof![Just(0u32), Just(10), Just(100), 0u32..3_000], 0usize..40),
    ) {
        let parameters = if name == "sma_cross" {
            set(&[("fast", a.to_string()), ("slow", (a + b).to_string()), ("share", share.to_string())])
        } else {
            set(&[("period", (a / 3 + 2).to_string()), ("low", "40".into()), ("high", "60".into()), ("share", share.to_string())])
        };
        let (candles, setup) = (candles(&opens, &closes), setup(cents, fee, first));
        let (fills, equity) = by_the_floor(name, &parameters, &candles, setup);
        let bars = Bars::new(Interval::H1, &candles).unwrap();
        let outcome = match run(&bars, &[rule(name, &parameters)], setup).remove(0) {
            Err(Misfit::TooLittle { has, wants }) => {
                prop_assert!(has < wants);
                return Ok(());
            }
            outcome => outcome.unwrap(),
        };
        prop_assert_eq!(outcome.fills, fills);
        prop_assert_eq!(outcome.final_equity, equity);
    }

    #[test]
    fn a_running_average_lies_within_the_slack_of_the_streaming_one(
        closes in proptest::collection::vec(1i64..9_000_000_000_000_000, 1..1_500),
        period in 1usize..=500,
    ) {
        let bars = Bars::new(Interval::H1, &candles(&closes, &closes)).unwrap();
        let (mut column, mut streaming) = (Column::new(Indicator::Sma(period)), Sma::new(period));
        for from in (0..bars.len()).step_by(700) {
            let to = bars.len().min(from + 700);
            column.advance(&bars, from, to);
            for (bar, value) in (from..to).zip(column.values()) {
                match streaming.push(bars.close[bar]) {
                    None => prop_assert!(value.is_nan()),
                    Some(told) => {
                        prop_assert_eq!(average_afresh(&bars.close, period, bar).to_bits(), told.to_bits());
                        prop_assert!((value - told).abs() <= SLACK / 4.0 * told, "{value} {told}");
                    }
                }
            }
        }
    }
}

#[test]
fn rules_together_come_out_as_each_alone() {
    let closes: Vec<i64> = (0..5_000i64).map(|n| 5_000_000_000 + (n * n * 7_919) % 900_000_007).collect();
    let bars = Bars::new(Interval::H1, &candles(&closes, &closes)).unwrap();
    let rules: Vec<Rule> = (2..12)
        .map(|fast| rule("sma_cross", &set(&[("fast", fast.to_string()), ("slow", (fast * 3).to_string())])))
        .collect();
    let setup = setup(10_000_000, 10, 0);
    let together = run(&bars, &rules, setup);
    for (rule, told) in rules.iter().zip(&together) {
        assert_eq!(&run(&bars, std::slice::from_ref(rule), setup)[0], told);
    }
    assert!(together.iter().all(|told| told.as_ref().unwrap().entries > 10));
}

#[test]
fn drawdown_exposure_and_sharpe_are_those_of_the_equity_at_every_close() {
    let closes: Vec<i64> = (0..1_500i64).map(|n| 5_000_000_000 + (n * n * 7_919) % 900_000_007).collect();
    let candles = candles(&closes, &closes);
    let rule = rule("sma_cross", &set(&[("fast", "4".into()), ("slow", "30".into())]));
    let first = 37;
    let told =
        run(&Bars::new(Interval::H1, &candles).unwrap(), &[rule], setup(10_000_000, 10, first)).remove(0).unwrap();
    let plain = |amount: Decimal| f64::try_from(amount).unwrap();
    let (mut cash, mut coins, mut next) = (100_000.0, 0.0, 0);
    let (mut peak, mut deepest, mut held, mut days, mut before) = (cash, 0.0f64, 0, Vec::new(), cash);
    for (place, candle) in candles.iter().enumerate() {
        while let Some(fill) = told.fills.get(next).filter(|fill| fill.time == candle.time) {
            let sign = if fill.side == Side::Buy { 1.0 } else { -1.0 };
            let value = plain(fill.price.times(fill.quantity).unwrap().amount());
            cash -= sign * value + plain(fill.fee.amount());
            coins += sign * plain(fill.quantity.decimal());
            next += 1;
        }
        let equity = cash + coins * plain(candle.close.decimal());
        peak = f64::max(peak, equity);
        deepest = deepest.max(1.0 - equity / peak);
        held += usize::from(place >= first && coins > 1e-9);
        if place >= first && (place % 24 == 23 || place + 1 == candles.len()) {
            days.push(equity / before - 1.0);
            before = equity;
        }
    }
    let mean = days.iter().sum::<f64>() / days.len() as f64;
    let spread = (days.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (days.len() as f64 - 1.0)).sqrt();
    assert!((told.max_drawdown - deepest).abs() < 1e-9, "{} {deepest}", told.max_drawdown);
    assert!((told.exposure - held as f64 / (candles.len() - first) as f64).abs() < 1e-12);
    assert!((told.sharpe.unwrap() - mean / spread * 365f64.sqrt()).abs() < 1e-6, "{:?}", told.sharpe);
    assert!(told.entries > 5 && told.exits + 1 >= told.entries && told.wins <= told.exits, "{told:?}");
}

#[test]
fn what_the_columns_cannot_hold_is_named_and_nothing_is_rounded() {
    let fine = |price: &str| {
        let price = Price::parse(price).unwrap();
        Bars::new(Interval::H1, &[Candle::of(Timestamp::default(), price)]).map(|_| ()).map_err(|misfit| misfit.code())
    };
    assert_eq!(fine("0.00000001"), Ok(()));
    assert_eq!(fine("100000000"), Ok(()));
    assert_eq!(fine("100000000.00000001"), Err("price_too_fine"));
    assert_eq!(fine("0.000000001"), Err("price_too_fine"));
    let one = Candle::of(Timestamp::default(), Price::parse("1").unwrap());
    assert_eq!(Bars::new(Interval::H1, &[one, one]).unwrap_err().code(), "candles_out_of_order");
    let off = Candle { time: Timestamp::from_micros(1), ..one };
    assert_eq!(Bars::new(Interval::H1, &[off]).unwrap_err().code(), "candles_out_of_order");
    let odd = Candle { low: Price::parse("2").unwrap(), ..one };
    assert_eq!(Bars::new(Interval::H1, &[odd]).unwrap_err().code(), "candle_inconsistent");
    let rule = rule("sma_cross", &BTreeMap::new());
    let few = run(&Bars::new(Interval::H1, &[one]).unwrap(), &[rule], setup(100, 10, 0)).remove(0);
    assert_eq!(few.unwrap_err(), Misfit::TooLittle { has: 1, wants: 32 });
    let bars = Bars::new(Interval::H1, &candles(&[100; 40], &[100; 40])).unwrap();
    let code = |setup| run(&bars, &[rule], setup).remove(0).unwrap_err().code();
    assert_eq!(code(setup(0, 10, 0)), "bad_cash");
    assert_eq!(code(setup(100, 10_000, 0)), "bad_fee");
}
