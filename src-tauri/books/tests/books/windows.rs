//! Windows and calendar groups.

use crate::support::{aud, buy, live, no_prices, sell, time};
use books::{GroupBy, GroupKey, PnlQuery, pnl};
use domain::{Money, TradeRow};

fn at(text: &str, row: TradeRow) -> TradeRow {
    TradeRow { time: time(text), ..row }
}

fn keys(rows: &[TradeRow], query: &PnlQuery) -> Vec<(String, Money)> {
    let report = pnl(rows, query, &no_prices).unwrap();
    let line = |key: GroupKey| match key {
        GroupKey::Period(key) => key,
        other => panic!("{other:?}"),
    };
    report.groups.into_iter().map(|group| (line(group.key), group.realised)).collect()
}

#[test]
fn a_parcel_bought_before_the_window_keeps_its_cost_in_it() {
    let rows = [buy(10, "1", "100", "1"), sell(20, "1", "150", "2")];
    let query = PnlQuery { from: Some(rows[1].time), ..live() };
    let report = pnl(&rows, &query, &no_prices).unwrap();
    assert_eq!(report.realised, aud("47"));
    assert_eq!(report.fees, aud("2"), "the buy's fee was paid before the window");
}

#[test]
fn a_window_holds_its_start_and_not_its_end() {
    let rows = [buy(1, "3", "10", "0"), sell(10, "1", "11", "0"), sell(20, "1", "12", "0"), sell(30, "1", "13", "0")];
    let query = PnlQuery { from: Some(rows[1].time), to: Some(rows[3].time), ..live() };
    let report = pnl(&rows, &query, &no_prices).unwrap();
    assert_eq!((report.realised, report.metrics.trades), (aud("3"), 2));
    let micro_later = Some(rows[1].time.plus_micros(1));
    let report = pnl(&rows, &PnlQuery { from: micro_later, ..query }, &no_prices).unwrap();
    assert_eq!(report.metrics.trades, 1);
}

#[test]
fn a_window_that_ends_before_it_starts_is_empty() {
    let rows = [buy(1, "1", "10", "0"), sell(10, "1", "11", "0")];
    let query = PnlQuery { from: Some(rows[1].time), to: Some(rows[0].time), ..live() };
    let report = pnl(&rows, &query, &no_prices).unwrap();
    assert_eq!((report.realised, report.fees), (Money::ZERO_AUD, Money::ZERO_AUD));
    assert!(report.groups.is_empty());
}

#[test]
fn a_coin_held_without_trades_in_the_window_is_still_listed() {
    let rows = [buy(1, "1", "10", "0")];
    let query = PnlQuery { from: Some(rows[0].time.plus_micros(1)), ..live() };
    let report = pnl(&rows, &query, &no_prices).unwrap();
    assert_eq!(report.groups.len(), 1);
    assert_eq!((report.groups[0].trades, report.groups[0].fees), (0, Money::ZERO_AUD));
}

#[test]
fn days_begin_at_local_midnight() {
    let rows = [
        at("2024-10-01T00:00:00Z", buy(0, "3", "10", "0")),
        at("2024-10-05T13:59:59Z", sell(0, "1", "11", "0")),
        at("2024-10-05T14:00:00Z", sell(0, "1", "12", "0")),
        at("2024-10-06T13:00:00Z", sell(0, "1", "13", "0")), // clocks went forward: this is already the 7th
    ];
    let sydney = PnlQuery { by: GroupBy::Day, ..live() };
    let expected = [("2024-10-01", "0"), ("2024-10-05", "1"), ("2024-10-06", "2"), ("2024-10-07", "3")];
    let expected = expected.map(|(key, gain)| (key.to_owned(), aud(gain)));
    assert_eq!(keys(&rows, &sydney), expected);
    let utc = PnlQuery { zone: chrono_tz::UTC, ..sydney };
    let expected = [("2024-10-01", "0"), ("2024-10-05", "3"), ("2024-10-06", "3")];
    assert_eq!(keys(&rows, &utc), expected.map(|(key, gain)| (key.to_owned(), aud(gain))));
}

#[test]
fn weeks_months_and_years_have_their_keys_and_come_in_order() {
    let rows = [
        at("2023-12-31T12:00:00Z", buy(0, "2", "10", "0")),
        at("2024-10-05T12:00:00Z", sell(0, "1", "11", "0")),
        at("2024-12-31T12:00:00Z", sell(0, "1", "12", "0")),
    ];
    let names = |by| keys(&rows, &PnlQuery { by, ..live() }).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(names(GroupBy::Week), ["2023-W52", "2024-W40", "2025-W01"]);
    assert_eq!(names(GroupBy::Month), ["2023-12", "2024-10", "2024-12"]);
    assert_eq!(names(GroupBy::Year), ["2023", "2024"]);
}

#[test]
fn a_period_has_no_unrealised_gain_and_no_quantity_over_several_coins() {
    let rows = [buy(1, "2", "10", "0"), sell(2, "1", "11", "0")];
    let query = PnlQuery { by: GroupBy::Year, ..live() };
    let group = pnl(&rows, &query, &no_prices).unwrap().groups.remove(0);
    assert_eq!((group.unrealised, group.quantity), (None, None));
    let one_coin = PnlQuery { coin: Some(1), ..query };
    assert!(pnl(&rows, &one_coin, &no_prices).unwrap().groups.remove(0).quantity.is_some());
}
