//! Equity day by day, how good it was, and what holding would have come to.

use crate::support::{aud, dec, time};
use books::{
    CashBasis, CashMove, Curve, DayPrice, Days, EquityQuery, Every, Method, Missing, NoCash, Performance, Picks,
    PricedBy, benchmark,
};
use domain::{Book, Cause, Decimal, Money, Price, Quantity, RowKind, Side, Timestamp, TradeRow, Worth};
use proptest::prelude::*;
use std::collections::BTreeMap;

const UTC: chrono_tz::Tz = chrono_tz::UTC;

fn row(at: &str, coin: u32, side: Side, quantity: &str, price: &str, fee: &str) -> TradeRow {
    TradeRow {
        time: time(at),
        recorded_at: Timestamp::default(),
        seq: 1,
        quantity: Quantity::parse(quantity).unwrap(),
        price: Price::parse(price).unwrap(),
        fee: dec(fee),
        device: 1,
        coin,
        algorithm: coin % 2,
        side,
        book: Book::Live,
        kind: RowKind::Trade,
    }
}

fn paid(at: &str, amount: &str) -> CashMove {
    CashMove { time: time(at), amount: aud(amount) }
}

fn query(from: Option<&str>, to: &str, zone: chrono_tz::Tz) -> EquityQuery {
    EquityQuery {
        book: Book::Live,
        method: Method::Fifo,
        picks: Picks::default(),
        zone,
        from: from.map(time),
        to: time(to),
    }
}

/// Prices of coin 1 at the opening and then at each day's end.
fn at(prices: &[&str]) -> impl Fn(u32, usize) -> Option<DayPrice> {
    let prices: Vec<_> = prices.iter().map(|text| Price::parse(text).ok()).collect();
    move |_, day| prices.get(day).copied().flatten().map(|price| DayPrice::seen(price, PricedBy::Close, 60))
}

fn money(text: &str) -> Option<Money> {
    Some(aud(text))
}

fn near(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-9, "{left} is not {right}");
}

/// 1000 paid in; a coin bought for 500 + 5; 1000 more paid in; half a coin sold for 300 − 3; 200 taken out.
fn worked() -> Curve {
    let rows = [
        row("2024-01-01T10:00:00Z", 1, Side::Buy, "1", "500", "5"),
        row("2024-01-03T12:00:00Z", 1, Side::Sell, "0.5", "600", "3"),
    ];
    let cash = [
        paid("2024-01-01T09:00:00Z", "1000"),
        paid("2024-01-02T12:00:00Z", "1000"),
        paid("2024-01-04T12:00:00Z", "-200"),
    ];
    let days = Days::fold(&rows, &cash, &query(None, "2024-01-05T00:00:00Z", UTC)).unwrap();
    days.value(&at(&["1", "510", "480", "620", "610"])).unwrap()
}

#[test]
fn a_few_days_come_out_as_a_person_reckons_them() {
    let curve = worked();
    assert_eq!(curve.basis, CashBasis::Known);
    let column = |each: fn(&books::DayPoint) -> Option<Money>| curve.points.iter().map(each).collect::<Vec<_>>();
    assert_eq!(column(|p| p.cash), [money("495"), money("1495"), money("1792"), money("1592")]);
    assert_eq!(column(|p| p.equity), [money("1005"), money("1975"), money("2102"), money("1897")]);
    assert_eq!(column(|p| p.flow), [money("1000"), money("1000"), money("0"), money("-200")]);
    assert_eq!(column(|p| p.gain), [money("5"), money("-30"), money("127"), money("-5")]);
    // Sold for 297 what had cost 252.50; left is half a coin that cost 252.50.
    assert_eq!(column(|p| Some(p.realised)), [money("0"), money("0"), money("44.5"), money("44.5")]);
    assert_eq!(column(|p| p.unrealised), [money("5"), money("-25"), money("57.5"), money("52.5")]);
    let earned: Vec<f64> = curve.points.iter().map(|point| point.earned.unwrap()).collect();
    // Money paid in is at work from the beginning of its day, money taken out to its end.
    for (found, reckoned) in earned.iter().zip([5.0 / 1000.0, -30.0 / 2005.0, 127.0 / 1975.0, -5.0 / 2102.0]) {
        near(*found, reckoned);
    }
    let figures = Performance::of(&curve);
    near(figures.time_weighted.unwrap(), 1.005 * (1.0 - 30.0 / 2005.0) * (2102.0 / 1975.0) * (2097.0 / 2102.0) - 1.0);
    assert_eq!(figures.gain, Ok(aud("97")));
    let fall = figures.drawdown.unwrap();
    near(fall.depth, -30.0 / 2005.0);
    assert_eq!((fall.start.to_string(), fall.trough.to_string()), ("2024-01-01".into(), "2024-01-02".into()));
    assert_eq!((fall.recovered.unwrap().to_string(), fall.days), ("2024-01-03".into(), 2));
    assert_eq!((figures.volatility, figures.sharpe), (Err(Missing::TooFewDays), Err(Missing::TooFewDays)));
    assert_eq!((figures.turnover, figures.expectancy), (Ok(aud("800")), Ok(aud("44.5"))));
    near(figures.turnover_ratio.unwrap(), 300.0 / ((1005.0 + 1975.0 + 2102.0 + 1897.0) / 4.0));
    near(figures.exposure.unwrap(), (510.0 / 1005.0 + 480.0 / 1975.0 + 310.0 / 2102.0 + 305.0 / 1897.0) / 4.0);
    near(figures.holding_days.unwrap(), 2.0 + 2.0 / 24.0);
}

#[test]
fn without_deposits_trades_are_the_flows_and_the_gain_is_the_same() {
    let rows = [
        row("2024-01-01T10:00:00Z", 1, Side::Buy, "1", "500", "5"),
        row("2024-01-03T12:00:00Z", 1, Side::Sell, "0.5", "600", "3"),
    ];
    let prices = at(&["1", "510", "480", "620", "610"]);
    let asked = query(None, "2024-01-05T00:00:00Z", UTC);
    let curve = Days::fold(&rows, &[], &asked).unwrap().value(&prices).unwrap();
    assert_eq!(curve.basis, CashBasis::Traded(NoCash::NoDeposits));
    let gains: Vec<_> = curve.points.iter().map(|point| point.gain).collect();
    assert_eq!(gains, [money("5"), money("-30"), money("127"), money("-5")]);
    let (equity, flow): (Vec<_>, Vec<_>) = curve.points.iter().map(|point| (point.equity, point.flow)).unzip();
    assert_eq!(equity, [money("510"), money("480"), money("310"), money("305")]);
    assert_eq!(flow, [money("505"), money("0"), money("-297"), money("0")]);
    assert!(curve.points.iter().all(|point| point.cash.is_none()));
    near(curve.points[2].earned.unwrap(), 127.0 / 480.0);
    assert_eq!(Performance::of(&curve).exposure, Err(Missing::CashUnknown));

    // A deposit that does not cover what was spent is as good as none, and the day is told.
    let short = [paid("2024-01-01T09:00:00Z", "100")];
    let curve = Days::fold(&rows, &short, &asked).unwrap().value(&prices).unwrap();
    let CashBasis::Traded(NoCash::BelowZero(day)) = curve.basis else { panic!("{:?}", curve.basis) };
    assert_eq!((day.to_string(), curve.points[0].gain), ("2024-01-01".into(), money("5")));
}

#[test]
fn coins_bought_and_sold_within_a_day_have_a_return_on_what_they_took() {
    let rows = [
        row("2024-01-01T10:00:00Z", 1, Side::Buy, "1", "500", "0"),
        row("2024-01-01T11:00:00Z", 1, Side::Sell, "1", "550", "0"),
        row("2024-01-01T12:00:00Z", 1, Side::Buy, "1", "400", "0"),
        row("2024-01-01T13:00:00Z", 1, Side::Sell, "1", "400", "0"),
    ];
    let days = Days::fold(&rows, &[], &query(None, "2024-01-02T00:00:00Z", UTC)).unwrap();
    let curve = days.value(&|_, _| None).unwrap();
    assert_eq!((curve.points[0].equity, curve.points[0].gain), (money("0"), money("50")));
    near(curve.points[0].earned.unwrap(), 0.1);
}

#[test]
fn a_coin_without_a_price_leaves_the_day_open_and_the_next_complete_one_spans_it() {
    let rows = [row("2024-01-01T10:00:00Z", 1, Side::Buy, "1", "500", "0")];
    let cash = [paid("2024-01-01T09:00:00Z", "1000"), paid("2024-01-02T09:00:00Z", "100")];
    let days = Days::fold(&rows, &cash, &query(None, "2024-01-04T00:00:00Z", UTC)).unwrap();
    let curve = days.value(&at(&["1", "500", "none", "600"])).unwrap();
    let open = &curve.points[1];
    assert_eq!((open.equity, open.holdings, open.gain, open.drawdown), (None, None, None, None));
    assert_eq!((open.priced, &open.unpriced[..]), (aud("600"), &[1][..]), "cash is all there is to see");
    let next = &curve.points[2];
    assert_eq!((next.gain, next.span), (money("100"), Some(2)));
    near(next.earned.unwrap(), 100.0 / 1100.0);
    assert_eq!(Performance::of(&curve).returns, 1, "a return over two days is not a daily one");
    let never = days.value(&|_, _| None).unwrap();
    assert_eq!(Performance::of(&never).time_weighted, Err(Missing::Unpriced));
    assert_eq!(Performance::of(&never).money_weighted, Err(Missing::Unpriced));
}

#[test]
fn coins_sold_that_never_came_in_are_no_gain() {
    let rows = [
        row("2024-01-01T10:00:00Z", 1, Side::Buy, "1", "500", "0"),
        row("2024-01-02T10:00:00Z", 1, Side::Sell, "4", "600", "8"),
    ];
    let cash = [paid("2024-01-01T09:00:00Z", "1000")];
    let days = Days::fold(&rows, &cash, &query(None, "2024-01-03T00:00:00Z", UTC)).unwrap();
    let curve = days.value(&at(&["1", "500", "600"])).unwrap();
    // A quarter was ours: sold for 600 − 2 what had cost 500.
    assert_eq!((curve.points[1].gain, curve.points[1].realised), (money("98"), aud("98")));
    assert_eq!((curve.points[1].equity, curve.points[1].flow), (money("2892"), money("1794")));
}

fn moved(at: &str, coin: u32, side: Side, quantity: &str, cause: Cause, value: Option<&str>) -> TradeRow {
    let worth = if value.is_some() { Worth::Known } else { Worth::Unknown };
    let row = row(at, coin, side, quantity, value.unwrap_or("1"), "0");
    TradeRow { algorithm: 0, kind: RowKind::Moved { cause, worth }, ..row }
}

#[test]
fn income_is_gained_gifts_flow_swaps_do_neither_and_what_has_no_value_takes_the_days_price() {
    let swap = |side, coin, quantity, fee| TradeRow {
        fee: dec(fee),
        ..moved("2024-01-02T10:00:00Z", coin, side, quantity, Cause::Swap, Some("120"))
    };
    let hand =
        |side, algorithm| TradeRow { algorithm, ..moved("2024-01-03T12:00:00Z", 1, side, "1", Cause::Between, None) };
    let rows = [
        moved("2024-01-01T10:00:00Z", 1, Side::Buy, "2", Cause::Opening, Some("200")),
        moved("2024-01-01T11:00:00Z", 2, Side::Buy, "1", Cause::Income, Some("9")),
        swap(Side::Sell, 1, "1", "0"),
        swap(Side::Buy, 2, "4", "1"),
        moved("2024-01-03T10:00:00Z", 2, Side::Sell, "1", Cause::Gift, None),
        moved("2024-01-03T11:00:00Z", 2, Side::Sell, "0.5", Cause::NetworkFee, None),
        hand(Side::Sell, 0),
        hand(Side::Buy, 7),
    ];
    let days = Days::fold(&rows, &[], &query(None, "2024-01-04T00:00:00Z", UTC)).unwrap();
    let prices = |last: bool| {
        move |coin: u32, day: usize| {
            let line = if coin == 1 { ["1", "100", "120", "130"] } else { ["1", "10", "30", "20"] };
            let known = last || day < 3 || coin == 1;
            known.then(|| DayPrice::seen(Price::parse(line[day]).unwrap(), PricedBy::Close, 0))
        }
    };
    let curve = days.value(&prices(true)).unwrap();
    let column = |each: fn(&books::DayPoint) -> Option<Money>| curve.points.iter().map(each).collect::<Vec<_>>();
    assert_eq!(column(|p| p.equity), [money("210"), money("270"), money("200")]);
    assert_eq!(column(|p| p.flow), [money("200"), money("1"), money("-20")], "a fee in AUD came from somewhere");
    assert_eq!(column(|p| p.gain), [money("10"), money("59"), money("-50")]);
    let last = |lines: &[books::GainLine]| lines.iter().map(|line| (line.number, line.gains[2])).collect::<Vec<_>>();
    assert_eq!(last(&curve.coins), [(1, money("50")), (2, money("-31"))]);
    assert_eq!(last(&curve.algorithms), [(0, money("19")), (7, money("0"))], "handed over at the day's price");

    let blind = days.value(&prices(false)).unwrap();
    assert_eq!((blind.points[2].flow, blind.points[2].gain), (None, None), "nobody knows what the gift was worth");
    assert_eq!(Performance::of(&blind).time_weighted, Err(Missing::Unpriced));
}

#[test]
fn days_end_at_the_traders_midnights_also_when_clocks_change() {
    let sydney = chrono_tz::Australia::Sydney;
    let rows = [row("2024-10-05T13:59:59Z", 1, Side::Buy, "1", "500", "0")];
    let days = Days::fold(&rows, &[], &query(None, "2024-10-07T20:00:00Z", sydney)).unwrap();
    let ends: Vec<String> = days.ends().iter().map(ToString::to_string).collect();
    let reckoned = [
        "2024-10-04T14:00:00Z",
        "2024-10-05T14:00:00Z",
        "2024-10-06T13:00:00Z",
        "2024-10-07T13:00:00Z",
        "2024-10-07T20:00:00Z",
    ];
    assert_eq!(ends, reckoned);
    let curve = days.value(&at(&["1"; 5])).unwrap();
    let dates: Vec<String> = curve.points.iter().map(|point| point.date.to_string()).collect();
    assert_eq!(dates, ["2024-10-05", "2024-10-06", "2024-10-07", "2024-10-08"]);
    assert!(curve.points[2].whole && !curve.points[3].whole, "today is not over");
}

#[test]
fn a_window_begins_with_what_stood_before_it() {
    let rows = [row("2024-01-01T10:00:00Z", 1, Side::Buy, "1", "500", "5")];
    let cash = [paid("2024-01-01T09:00:00Z", "1000")];
    let asked = query(Some("2024-01-03T00:00:00Z"), "2024-01-05T00:00:00Z", UTC);
    let curve = Days::fold(&rows, &cash, &asked).unwrap().value(&at(&["480", "528", "528"])).unwrap();
    assert_eq!((curve.opening.equity, curve.opening.flow), (money("975"), money("0")));
    assert_eq!((curve.points.len(), curve.points[0].gain), (2, money("48")));
    near(Performance::of(&curve).time_weighted.unwrap(), 48.0 / 975.0);
    assert_eq!(curve.coins[0].gains, [money("48"), money("48")], "gains are of the window");
}

#[test]
fn a_window_of_too_many_days_is_refused() {
    let rows = [row("1969-12-31T10:00:00Z", 1, Side::Buy, "1", "500", "5")];
    let refused = Days::fold(&rows, &[], &query(None, "2024-01-05T00:00:00Z", UTC)).unwrap_err();
    assert_eq!(refused.code(), "too_many_days");
    let later = query(Some("2024-01-01T00:00:00Z"), "2024-01-05T00:00:00Z", UTC);
    assert!(Days::fold(&rows, &[], &later).is_ok(), "an old trade does no harm to a later window");
}

#[test]
fn months_stand_as_their_last_day_and_sum_what_flowed() {
    let rows = [row("2024-01-30T10:00:00Z", 1, Side::Buy, "1", "500", "0")];
    let cash = [paid("2024-01-30T09:00:00Z", "1000"), paid("2024-02-01T09:00:00Z", "50")];
    let days = Days::fold(&rows, &cash, &query(None, "2024-02-03T00:00:00Z", UTC)).unwrap();
    let curve = days.value(&at(&["1", "400", "550", "none", "600"])).unwrap();
    let months = Every::Month.points(&curve.points);
    assert_eq!(months.iter().map(|point| point.date.to_string()).collect::<Vec<_>>(), ["2024-01-30", "2024-02-01"]);
    assert_eq!((months[0].equity, months[0].gain, months[0].flow), (money("1050"), money("50"), money("1000")));
    assert_eq!((months[1].equity, months[1].gain, months[1].flow), (money("1150"), money("50"), money("50")));
    near(months[0].drawdown.unwrap(), -0.1);
    near(months[0].earned.unwrap(), 0.05);
    assert_eq!(months[1].unpriced, [1], "a day of it lacked a price");
    assert_eq!(Every::Day.at_most(&curve.points, 4), Every::Day);
    assert_eq!(Every::Day.at_most(&curve.points, 3), Every::Week);
    assert_eq!(Every::Day.at_most(&curve.points, 0), Every::Month, "nothing is wider");
}

#[test]
fn holding_takes_the_same_flows_at_the_ends_of_their_days() {
    let curve = worked();
    // 1000 at 100 buys 10; 1000 at 80 buys 12.5; 200 at 90 sells 2.222…
    let held = benchmark(&curve, &[None, Some(dec("100")), Some(dec("80")), Some(dec("120")), Some(dec("90"))]);
    assert_eq!(held.values[..3], [money("1000"), money("1800"), money("2700")]);
    assert_eq!(held.last.unwrap().to_cents(), aud("1825"));
    near(held.time_weighted.unwrap(), -0.1);
    let gap = benchmark(&curve, &[None, Some(dec("100")), None, Some(dec("120")), Some(dec("90"))]);
    assert_eq!((gap.values[1], gap.last), (None, Err(Missing::Unpriced)), "1000 came on a day without a price");
    let crash = benchmark(&curve, &[None, Some(dec("100")), Some(dec("100")), Some(dec("100")), Some(dec("1"))]);
    assert_eq!((crash.values[3], crash.last), (None, Err(Missing::Exhausted)), "200 can't be taken out of 20");
}

/// Trades of three coins in a few days, with sales of more than there is among them.
pub fn history() -> impl Strategy<Value = (Vec<TradeRow>, Vec<CashMove>)> {
    let row = (0i64..20 * 86_400, 1u32..4, any::<bool>(), 1i64..5_000, 1i64..100_000, 0i64..500);
    let rows = prop::collection::vec(row, 1..40).prop_map(|rows| {
        let trade = |(second, coin, buy, quantity, price, fee): (i64, u32, bool, i64, i64, i64)| TradeRow {
            time: Timestamp::from_micros((1_728_000_000 + second) * 1_000_000),
            quantity: Quantity::new(Decimal::new(quantity, 3)).unwrap(),
            price: Price::new(Decimal::new(price, 2)).unwrap(),
            fee: Decimal::new(fee, 2),
            side: if buy { Side::Buy } else { Side::Sell },
            ..row_of(coin)
        };
        let mut rows: Vec<TradeRow> = rows.into_iter().map(trade).collect();
        rows.sort_by_key(|row| row.time);
        rows
    });
    (rows, prop::collection::vec((0i64..20 * 86_400, -300_000i64..500_000), 0..6)).prop_map(|(rows, cash)| {
        let mut cash: Vec<CashMove> = cash
            .into_iter()
            .map(|(second, cents)| CashMove {
                time: Timestamp::from_micros((1_728_000_000 + second) * 1_000_000),
                amount: Money::aud(Decimal::new(cents, 2)),
            })
            .collect();
        cash.insert(0, CashMove { time: Timestamp::from_micros(1_728_000_000_000_000), amount: aud("1000000") });
        cash.sort_by_key(|paid| paid.time);
        (rows, cash)
    })
}

fn row_of(coin: u32) -> TradeRow {
    row("2024-10-04T00:00:00Z", coin, Side::Buy, "1", "1", "0")
}

pub fn moving(coin: u32, day: usize) -> Option<DayPrice> {
    let cents = i64::from(coin) * 1_000 + (day as i64 * 37) % 211;
    Some(DayPrice::seen(Price::new(Decimal::new(cents, 2)).unwrap(), PricedBy::Close, 0))
}

/// Cash and coins at the end of a day, from the first trade on, with nothing kept from the day before.
fn naive(rows: &[TradeRow], cash: &[CashMove], end: Timestamp, day: usize) -> Decimal {
    let mut sum: Decimal = cash.iter().filter(|paid| paid.time < end).map(|paid| paid.amount.amount()).sum();
    let mut held: BTreeMap<u32, Decimal> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.time < end) {
        let value = row.price.decimal() * row.quantity.decimal();
        let coins = held.entry(row.coin).or_default();
        match row.side {
            Side::Buy => {
                sum -= value + row.fee;
                *coins += row.quantity.decimal();
            }
            Side::Sell => {
                sum += value - row.fee;
                *coins = (*coins - row.quantity.decimal()).max(Decimal::ZERO);
            }
        }
    }
    held.iter().map(|(coin, quantity)| moving(*coin, day).unwrap().each * quantity).sum::<Decimal>() + sum
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn equity_is_what_a_refold_of_each_day_gives_and_its_change_is_flow_and_gain((rows, cash) in history()) {
        let asked = query(Some("2024-10-04T00:00:00Z"), "2024-10-26T00:00:00Z", chrono_tz::Australia::Sydney);
        let days = Days::fold(&rows, &cash, &asked).unwrap();
        let curve = days.value(&moving).unwrap();
        prop_assert_eq!(curve.basis, CashBasis::Known);
        let (mut flows, mut gains) = (Decimal::ZERO, Decimal::ZERO);
        for (at, point) in curve.points.iter().enumerate() {
            prop_assert_eq!(point.equity.unwrap().amount(), naive(&rows, &cash, point.end, at + 1));
            flows += point.flow.unwrap().amount();
            gains += point.gain.unwrap().amount();
            prop_assert_eq!(point.equity.unwrap().amount(), flows + gains);
            // The books match parcels; this only counts coins and cash. Shares of fees are cut at 20 decimals.
            let of_books = point.realised.amount() + point.unrealised.unwrap().amount();
            prop_assert!((of_books - gains).abs() < dec("0.000000001"), "{} and {}", of_books, gains);
        }
        let by_coin: Decimal = curve.coins.iter().map(|line| line.gains.last().unwrap().unwrap().amount()).sum();
        prop_assert!((by_coin - gains).abs() < dec("0.000000001"));

        // With or without deposits the gain is the same.
        let traded = Days::fold(&rows, &[], &asked).unwrap().value(&moving).unwrap();
        let gained: Decimal = traded.points.iter().map(|point| point.gain.unwrap().amount()).sum();
        prop_assert!((gained - gains).abs() < dec("0.000000001"));
    }

    #[test]
    fn a_window_shows_the_same_days_as_the_whole((rows, cash) in history(), skip in 1usize..10) {
        let zone = chrono_tz::Australia::Sydney;
        let whole = Days::fold(&rows, &cash, &query(None, "2024-10-26T00:00:00Z", zone)).unwrap();
        let from = whole.ends()[skip];
        let asked = EquityQuery { from: Some(from), ..query(None, "2024-10-26T00:00:00Z", zone) };
        let part = Days::fold(&rows, &cash, &asked).unwrap();
        let all = whole.value(&moving).unwrap();
        let some = part.value(&|coin, day| moving(coin, day + skip)).unwrap();
        prop_assert_eq!(all.points.len(), some.points.len() + skip);
        for (one, other) in all.points[skip..].iter().zip(&some.points) {
            prop_assert_eq!((one.date, one.equity, one.flow, one.gain), (other.date, other.equity, other.flow, other.gain));
            prop_assert_eq!((one.unrealised, one.buys, one.sells), (other.unrealised, other.buys, other.sells));
        }
    }

    #[test]
    fn returns_never_fall_below_minus_one_and_falls_never_rise_above_zero((rows, cash) in history()) {
        for cash in [&cash[..], &[]] {
            let days = Days::fold(&rows, cash, &query(None, "2024-10-26T00:00:00Z", UTC)).unwrap();
            let curve = days.value(&moving).unwrap();
            for point in &curve.points {
                prop_assert!(point.drawdown.is_none_or(|fall| (-1.0..=0.0).contains(&fall)));
                prop_assert!(point.index.is_none_or(|index| index >= 0.0 && index.is_finite()));
            }
        }
    }
}
