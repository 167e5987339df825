//! What each strategy does on series made for it.

use super::*;
use SignalAction::{Buy, Close, Sell};

fn said(name: &str, pairs: &[(&str, &str)], cents: &[u32]) -> Vec<(usize, Signal)> {
    walk(&mut *build(name, &set(pairs)).unwrap().1, cents, 0)
}

#[test]
fn an_exponential_cross_is_acted_on_once_and_the_state_alone_says_nothing() {
    let pairs = [("fast", "1"), ("slow", "3")];
    assert_eq!(said("ema_cross", &pairs, &[100, 200, 300, 400, 500]), []);
    let said = said("ema_cross", &pairs, &[300, 200, 100, 400, 500, 600, 700, 100, 90]);
    assert_eq!(actions(&said), [(3, Buy), (7, Close)]);
    // 200 at first; then (400 − 200) · ½ + 200.
    assert_eq!(said[0].1.reason, "EMA(1) 4.00000000 crossed above EMA(3) 3.00000000");
}

#[test]
fn a_breakout_needs_a_close_beyond_the_candles_before_and_not_beyond_its_own() {
    let pairs = [("entry", "3"), ("exit", "2")];
    let rise = [100, 110, 105, 110, 111, 120, 119, 104, 103];
    let said = said("donchian_breakout", &pairs, &rise);
    // 110 only touches; 111 is above all three before; 119 is no lower than the two before, 104 is.
    assert_eq!(actions(&said), [(4, Buy), (7, Close)]);
    assert_eq!(said[0].1.reason, "close 1.11000000 is above the highest high of 3 candles, 1.10000000");
    assert_eq!(said[1].1.reason, "close 1.04000000 is below the lowest low of 2 candles, 1.19000000");
}

#[test]
fn what_falls_out_of_its_band_is_bought_once_and_sold_at_the_middle_or_the_upper_edge() {
    let fall = [1000, 1001, 1000, 1001, 1000, 900, 890, 1050, 1100, 1200];
    let bought = said("bollinger", &[("period", "5"), ("width", "1")], &fall);
    assert_eq!(actions(&bought), [(5, Buy), (7, Close)]);
    assert!(bought[0].1.reason.contains("lower edge") && bought[1].1.reason.contains("middle"), "{bought:?}");
    let held = said("bollinger", &[("period", "5"), ("width", "1.5"), ("exit", "upper")], &fall);
    assert_eq!(actions(&held)[0], (5, Buy));
    assert!(held.get(1).is_none_or(|(at, _)| *at > 7), "the middle is not enough: {held:?}");
}

#[test]
fn a_price_that_stands_still_moves_nobody() {
    // A close whose sums do not come out even, after moves that leave every strategy holding nothing.
    let still: Vec<u32> = (0..40).map(|at| 1_000 - at * 7).chain(std::iter::repeat_n(701, 700)).collect();
    for name in ["sma_cross", "ema_cross", "bollinger", "donchian_breakout", "grid"] {
        let said = said(name, &[], &still);
        assert!(said.iter().all(|(at, _)| *at < 200), "{name}: {:?}", said.last());
    }
}

#[test]
fn the_ladder_buys_a_lot_a_line_down_and_sells_one_a_line_up() {
    // An average of one candle hangs the ladder on the close itself, so an average of many: 50 candles at 10.00.
    let mut cents = vec![1_000; 50];
    cents.extend([979, 968, 981, 1_100]);
    let said = said("grid", &[("period", "50"), ("lines", "10"), ("step", "1")], &cents);
    // Five lines above 10.00 at first; at 9.79 seven, at 9.68 eight; at 9.81 six; at 11.00 none.
    assert_eq!(actions(&said), [(50, Buy), (51, Buy), (52, Sell), (53, Close)]);
    let share = |points| SignalSize::Share(BasisPoints(points));
    assert_eq!(said[0].1.size, share(2_000), "two of ten lots");
    assert_eq!(said[1].1.size, share(1_000));
    assert_eq!(said[2].1.size, share(2_500), "two of the eight there are");
    assert!(said[0].1.reason.contains("7 of 10 lines above it, 5 before"), "{}", said[0].1.reason);
}

#[test]
fn a_ladder_that_would_reach_nothing_is_refused() {
    for pairs in [&[("step", "0")][..], &[("lines", "50"), ("step", "4")]] {
        assert_eq!(build("grid", &set(pairs)).map(|_| ()).unwrap_err().code(), "bad_parameter");
    }
}

#[test]
fn buy_and_hold_buys_until_it_holds_and_never_sells() {
    assert_eq!(actions(&said("buy_and_hold", &[], &[100, 50, 200, 10])), [(0, Buy)]);
    let (_, mut hold) = build("buy_and_hold", &BTreeMap::new()).unwrap();
    let mut history = History::default();
    history.push(btc(), candle(0, 100));
    let view = View::new(&history, btc(), Interval::H1, Timestamp::from_micros(HOUR));
    for _ in 0..2 {
        let said = hold.on_candle(&view, &Portfolio::default());
        assert_eq!(said.len(), 1, "a buy that came to nothing is asked for again");
    }
    let pending = Portfolio { pending: [btc()].into(), ..Portfolio::default() };
    assert_eq!(hold.on_candle(&view, &pending), []);
}

/// Closes of several coins at the same hours, and what the rotation of one coin says.
fn rotated(coin: &str, cents: &[(&str, &[u32])], held: bool) -> Vec<(usize, SignalAction, String)> {
    let pairs = [("lookback", "2"), ("top", "1"), ("every", "2")];
    let (_, mut rotation) = build("momentum_rotation", &set(&pairs)).unwrap();
    let coin = Coin::parse(coin).unwrap();
    let holdings = if held { [(coin, Quantity::parse("1").unwrap())].into() } else { BTreeMap::new() };
    let portfolio = Portfolio { holdings, ..Portfolio::default() };
    let (mut history, mut out) = (History::default(), Vec::new());
    for hour in 0..cents[0].1.len() {
        for (coin, cents) in cents {
            history.push(Coin::parse(coin).unwrap(), candle(hour, cents[hour]));
        }
        let now = Timestamp::from_micros((hour as i64 + 1) * HOUR);
        let said = rotation.on_candle(&View::new(&history, coin, Interval::H1, now), &portfolio);
        out.extend(said.into_iter().map(|signal| (hour, signal.action, signal.reason)));
    }
    out
}

#[test]
fn the_rotation_holds_the_strongest_of_its_coins_as_of_its_newest_look() {
    let coins: [(&str, &[u32]); 3] = [
        ("BTC", &[100, 100, 100, 110, 500, 130]),
        ("ETH", &[100, 100, 100, 120, 121, 122]),
        ("SOL", &[100, 100, 100, 90, 80, 70]),
    ];
    // Looks are at the ends of hours 1, 3 and 5: the first has no look-back, the second likes ETH, the third likes BTC.
    let eth = rotated("ETH", &coins, false);
    assert_eq!(eth.iter().map(|(at, action, _)| (*at, *action)).collect::<Vec<_>>(), [(3, Buy), (4, Buy)]);
    assert_eq!(eth[0].2, "+20.00 % over 2 candles was rank 1 of 3 at 1970-01-01T04:00:00Z; it holds 1");
    let sold: Vec<_> = rotated("ETH", &coins, true).into_iter().map(|(at, action, _)| (at, action)).collect();
    assert_eq!(sold, [(5, Close)]);
    // SOL is never the strongest; what is held of it is sold, what is not is left.
    assert_eq!(rotated("SOL", &coins, false), []);
    assert_eq!(rotated("SOL", &coins, true).first().map(|(at, action, _)| (*at, *action)), Some((3, Close)));
    // The strongest of those that fall is not held.
    let falling: [(&str, &[u32]); 2] = [("BTC", &[100, 100, 100, 90]), ("ETH", &[100, 100, 100, 80])];
    assert_eq!(rotated("BTC", &falling, false), []);
}
