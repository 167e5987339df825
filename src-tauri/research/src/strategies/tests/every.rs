//! What holds for every strategy there is.

use super::*;
use proptest::prelude::{Just, ProptestConfig, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as Values;

/// Parameters short enough for short series.
fn short(name: &str) -> BTreeMap<String, String> {
    match name {
        "sma_cross" | "ema_cross" => set(&[("fast", "2"), ("slow", "4")]),
        "rsi_reversion" => set(&[("period", "2"), ("low", "40"), ("high", "60")]),
        "bollinger" => set(&[("period", "5"), ("width", "1")]),
        "donchian_breakout" => set(&[("entry", "4"), ("exit", "3")]),
        "momentum_rotation" => set(&[("lookback", "3"), ("top", "1"), ("every", "2")]),
        "grid" => set(&[("period", "6"), ("lines", "8"), ("step", "3")]),
        "scheduled_accumulation" => set(&[("every", "day"), ("at", "09:00"), ("timezone", "UTC")]),
        "buy_and_hold" => set(&[("share", "50")]),
        other => panic!("{other} needs short parameters here"),
    }
}

fn coins() -> [Coin; 3] {
    ["BTC", "ETH", "SOL"].map(|coin| Coin::parse(coin).unwrap())
}

/// A decision without its words.
type Decision = (usize, Coin, SignalAction, SignalSize, Timestamp);

/// Strategies of three coins over the same hours; they see the portfolios of `seen`, or make their own.
fn walked(
    name: &str,
    closes: &[[Option<u32>; 3]],
    from: usize,
    seen: Option<&[Portfolio]>,
) -> (Vec<Decision>, Vec<Portfolio>) {
    let mut strategies: Vec<_> = coins().iter().map(|coin| (*coin, build(name, &short(name)).unwrap().1)).collect();
    let (mut history, mut portfolio) = (History::default(), Portfolio::default());
    let (mut decisions, mut portfolios) = (Vec::new(), Vec::new());
    for (hour, closes) in closes.iter().enumerate().skip(from) {
        for (coin, close) in coins().iter().zip(closes) {
            if let Some(cents) = close {
                history.push(*coin, candle(hour, *cents));
            }
        }
        let now = Timestamp::from_micros((hour as i64 + 1) * HOUR);
        let shown = seen.map_or_else(|| portfolio.clone(), |seen| seen[hour].clone());
        for ((coin, strategy), close) in strategies.iter_mut().zip(closes) {
            if close.is_none() && strategy.asked() == Asked::AtClose {
                continue;
            }
            for signal in strategy.on_candle(&View::new(&history, *coin, Interval::H1, now), &shown) {
                let held = if signal.action == SignalAction::Close { "0" } else { "1" };
                portfolio.holdings.insert(signal.coin, Quantity::parse(held).unwrap());
                portfolio.done.insert(signal.coin, signal.slot);
                assert!(!signal.reason.is_empty() && signal.reason.len() <= floor::REASON_CHARS_MAX, "{signal:?}");
                assert!(signal.slot <= now && signal.coin == *coin && !signal.evidence.is_empty(), "{signal:?}");
                decisions.push((hour, signal.coin, signal.action, signal.size, signal.slot));
            }
        }
        portfolios.push(shown);
    }
    (decisions, portfolios)
}

/// The most closed candles the short strategies warm up with.
fn warm_up(name: &str) -> usize {
    build(name, &short(name)).unwrap().1.warm_up()
}

fn any_name() -> impl Values<Value = &'static str> {
    proptest::sample::select(strategies().iter().map(|one| one.name).collect::<Vec<_>>())
}

fn any_closes(holes: bool) -> impl Values<Value = Vec<[Option<u32>; 3]>> {
    let close = move || {
        let price = (1_000u32..2_000).prop_map(Some);
        if holes { prop_oneof![9 => price, 1 => Just(None)].boxed() } else { price.boxed() }
    };
    proptest::collection::vec([close(), close(), close()], 100..130)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn begun_again_in_the_middle_with_its_warm_up_it_decides_the_same_from_then_on(
        name in any_name(), closes in any_closes(false), from in 1usize..60,
    ) {
        let (whole, portfolios) = walked(name, &closes, 0, None);
        let (again, _) = walked(name, &closes, from, Some(&portfolios));
        let listened = |decisions: Vec<Decision>| -> Vec<Decision> {
            // The candle that makes it as many as wanted is the first it is listened to at.
            decisions.into_iter().filter(|said| said.0 >= from && said.0 + 1 >= from + warm_up(name)).collect()
        };
        prop_assert_eq!(listened(again), listened(whole), "{}", name);
    }

    #[test]
    fn what_comes_later_changes_no_decision(
        name in any_name(), closes in any_closes(true), cut in 40usize..90,
    ) {
        let whole = walked(name, &closes, 0, None).0;
        let until: Vec<_> = whole.into_iter().filter(|decision| decision.0 < cut).collect();
        prop_assert_eq!(until, walked(name, &closes[..cut], 0, None).0, "{}", name);
    }
}

#[test]
fn over_enough_hours_every_strategy_says_something() {
    // A test of silence would prove nothing.
    let closes: Vec<[Option<u32>; 3]> = (0..300u32)
        .map(|at| [0, 40, 90].map(|shift| Some(1_500 + (((at + shift) * 37) % 400) + ((at + shift) / 20 % 2) * 300)))
        .collect();
    for one in strategies() {
        assert!(!walked(one.name, &closes, 0, None).0.is_empty(), "{}", one.name);
    }
}
