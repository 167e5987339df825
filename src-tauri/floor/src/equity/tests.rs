use super::*;
use crate::fixtures::{NOW, aud, coin, dec, price, quantity};
use domain::VenueFill;

const HOUR: i64 = 3_600_000_000;

/// Points at hours since a midnight, `(hours, equity, flow)`; the day changes at 0, 24, 48 …
fn walk(points: &[(i64, &str, &str)]) -> EquityPoint {
    let mut last = None;
    for (hours, equity, flow) in points {
        let midnight = NOW.plus_micros(hours.div_euclid(24) * 24 * HOUR);
        last = EquityPoint::next(last.as_ref(), NOW.plus_micros(hours * HOUR), midnight, aud(equity), aud(flow));
    }
    last.unwrap()
}

#[test]
fn the_first_point_is_day_start_and_peak() {
    let point = walk(&[(1, "100", "0")]);
    assert_eq!((point.day_start(), point.highest()), (Some(aud("100")), Some(aud("100"))));
}

#[test]
fn the_day_keeps_its_start_and_the_peak_never_falls() {
    let point = walk(&[(1, "100", "0"), (2, "120", "0"), (3, "90", "0")]);
    assert_eq!((point.day_start(), point.highest()), (Some(aud("100")), Some(aud("120"))));
}

#[test]
fn a_new_day_starts_at_the_higher_of_the_last_point_before_and_its_own_first() {
    assert_eq!(walk(&[(20, "100", "0"), (30, "90", "0")]).day_start(), Some(aud("100")), "a fall in the gap counts");
    assert_eq!(walk(&[(20, "100", "0"), (30, "110", "0")]).day_start(), Some(aud("110")));
}

#[test]
fn after_days_away_the_day_starts_at_its_first_point_and_the_peak_remembers() {
    let point = walk(&[(1, "100", "0"), (100, "80", "0")]);
    assert_eq!((point.day_start(), point.highest()), (Some(aud("80")), Some(aud("100"))));
}

#[test]
fn a_clock_set_back_over_midnight_does_not_lower_where_the_day_began() {
    assert_eq!(walk(&[(25, "100", "0"), (26, "80", "0"), (23, "80", "0")]).day_start(), Some(aud("100")));
}

#[test]
fn money_paid_in_or_out_neither_makes_nor_hides_a_loss() {
    let out = walk(&[(1, "100", "0"), (2, "90", "0"), (3, "45", "-45")]);
    assert_eq!((out.day_start(), out.highest()), (Some(aud("50")), Some(aud("50"))), "ten percent down, as before");
    let into = walk(&[(1, "100", "0"), (2, "90", "0"), (3, "900", "810")]);
    assert_eq!(into.day_start(), Some(aud("1000")));
    let gained = walk(&[(1, "100", "0"), (2, "210", "100")]);
    assert_eq!((gained.index, gained.highest()), (dec("1.1"), Some(aud("210"))));
}

#[test]
fn a_book_that_was_worth_nothing_begins_anew() {
    let point = walk(&[(1, "100", "0"), (2, "0", "0"), (3, "50", "50")]);
    assert_eq!((point.day_start(), point.highest()), (Some(aud("50")), Some(aud("50"))));
}

fn before() -> Balances {
    Balances { at: NOW, cash: dec("1000"), coins: [(coin("BTC"), (quantity("1"), dec("100")))].into() }
}

fn look(cash: &str, coins: &[(&str, &str)], done: Vec<VenueFill>) -> Look {
    let coins = coins.iter().map(|(of, owned)| (coin(of), quantity(owned))).collect();
    Look { at: NOW.plus_micros(HOUR), open: vec![], done, complete: true, coins, cash: dec(cash) }
}

fn row(side: Side, amount: &str, minutes: i64) -> VenueFill {
    let at = NOW.plus_micros(minutes * HOUR / 60);
    VenueFill {
        id: None,
        side,
        coin: coin("BTC"),
        instant: false,
        amount: quantity(amount),
        rate: price("100"),
        fee: dec("0.1"),
        at,
    }
}

#[test]
fn trades_are_not_money_paid_in() {
    let bought = look("899.9", &[("BTC", "2")], vec![row(Side::Buy, "1", 5)]);
    assert_eq!(paid_in(&before(), &bought, |_| None), Some(aud("0")));
    let sold = look("1099.9", &[], vec![row(Side::Sell, "1", 5)]);
    assert_eq!(paid_in(&before(), &sold, |_| None), Some(aud("0")));
    let known = look("1000", &[("BTC", "1")], vec![row(Side::Buy, "1", 0), row(Side::Buy, "1", 90)]);
    assert_eq!(paid_in(&before(), &known, |_| None), Some(aud("0")), "rows before and after do not explain it");
}

#[test]
fn what_moves_without_a_trade_was_paid_in_or_out_at_its_price() {
    assert_eq!(paid_in(&before(), &look("1500", &[("BTC", "1")], vec![]), |_| None), Some(aud("500")));
    assert_eq!(paid_in(&before(), &look("1000", &[], vec![]), |_| None), Some(aud("-100")), "at its last price");
    let sent = look("1000", &[("BTC", "1"), ("ETH", "2")], vec![]);
    assert_eq!(paid_in(&before(), &sent, |_| None), None, "a coin nobody can price");
    assert_eq!(paid_in(&before(), &sent, |_| Some(dec("10"))), Some(aud("20")));
    let late = look("899.9", &[("BTC", "2")], vec![]);
    assert_eq!(paid_in(&before(), &late, |_| None), Some(aud("-0.1")), "a trade told late misses its fee only");
}
