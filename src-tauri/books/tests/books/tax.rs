//! Financial years: a worked one that can be checked by hand, and what always holds.

use crate::support::{aud, dec, no_prices, time, trade};
use books::{FinancialYear, Method, PnlQuery, TaxYear, pnl, tax_year};
use domain::{Book, Decimal, Side, TradeRow};
use proptest::prelude::*;

const SYDNEY: chrono_tz::Tz = chrono_tz::Australia::Sydney;

fn on(day: &str, side: Side, quantity: &str, price: &str, fee: &str) -> TradeRow {
    TradeRow { time: time(&format!("{day}T02:00:00Z")), ..trade(0, side, quantity, price, fee) }
}

fn year(rows: &[TradeRow], number: i32) -> TaxYear {
    tax_year(rows, Book::Live, Method::Fifo, FinancialYear::new(number).unwrap(), SYDNEY).unwrap()
}

/// What a person did over three years.
fn history() -> Vec<TradeRow> {
    vec![
        on("2022-08-01", Side::Buy, "1", "1000", "10"),
        on("2022-09-01", Side::Buy, "1", "3000", "30"),
        // 2023: half of the first parcel, at a loss.
        on("2023-03-01", Side::Sell, "0.5", "800", "4"),
        // 2024: the rest of the first parcel, over a year old, and half of the second, also over a year.
        on("2023-12-01", Side::Sell, "1", "2000", "20"),
        on("2024-01-10", Side::Buy, "1", "2500", "25"),
        // 2025: the other half of the second parcel (old) and half of the third (young).
        on("2024-12-01", Side::Sell, "1", "4000", "40"),
    ]
}

#[test]
fn a_loss_is_carried_forward_and_used_before_the_discount() {
    let first = year(&history(), 2023);
    // 0.5 × 800 − 4 = 396, less 0.5 × 1010 = 505.
    assert_eq!((first.losses, first.net_capital_gain), (aud("109"), aud("0")));
    assert_eq!((first.losses_applied, first.losses_carried_forward), (aud("0"), aud("109")));

    let second = year(&history(), 2024);
    // 1 × 2000 − 20: half of it 990 against 505, the other half 990 against half of 3030.
    let gains: Vec<_> = second.disposals.iter().map(|line| (line.gain, line.discount)).collect();
    assert_eq!(gains, [(aud("485"), true), (aud("-525"), false)]);
    assert_eq!(second.losses_brought_forward, aud("109"));
    assert_eq!((second.discount_gains, second.losses, second.losses_applied), (aud("485"), aud("525"), aud("485")));
    assert_eq!((second.discount, second.net_capital_gain), (aud("0"), aud("0")));
    assert_eq!(second.losses_carried_forward, aud("149"));

    let third = year(&history(), 2025);
    // 4000 − 40 = 3960: half against 1515, half against half of 2525.
    let gains: Vec<_> = third.disposals.iter().map(|line| (line.gain, line.discount)).collect();
    assert_eq!(gains, [(aud("465"), true), (aud("717.5"), false)]);
    // 149 of old losses against the gain without discount; then half of the other.
    assert_eq!((third.losses_applied, third.losses_carried_forward), (aud("149"), aud("0")));
    assert_eq!((third.discount, third.net_capital_gain), (aud("232.5"), aud("801")));
}

#[test]
fn a_year_without_sales_passes_losses_on() {
    let mut rows = history();
    rows.truncate(3);
    let later = year(&rows, 2026);
    assert_eq!((later.losses_brought_forward, later.losses_carried_forward), (aud("109"), aud("109")));
    assert!(later.disposals.is_empty());
}

#[test]
fn coins_that_never_came_in_are_listed_and_in_no_figure() {
    let rows = [on("2024-08-01", Side::Sell, "2", "100", "1")];
    let year = year(&rows, 2025);
    assert_eq!((year.disposals.len(), year.net_capital_gain), (0, aud("0")));
    assert_eq!(year.unknown_basis.iter().map(|lost| lost.quantity.to_string()).collect::<Vec<_>>(), ["2"]);
    assert!(self::year(&rows, 2026).unknown_basis.is_empty());
}

#[test]
fn a_sale_a_second_before_midnight_is_of_the_year_that_ends() {
    let rows = [
        on("2024-05-01", Side::Buy, "2", "100", "0"),
        TradeRow { time: time("2025-06-30T13:59:59Z"), ..on("2025-06-30", Side::Sell, "1", "150", "0") },
        TradeRow { time: time("2025-06-30T14:00:00Z"), ..on("2025-06-30", Side::Sell, "1", "160", "0") },
    ];
    assert_eq!(year(&rows, 2025).discount_gains, aud("50"));
    assert_eq!(year(&rows, 2026).discount_gains, aud("60"));
}

fn histories() -> impl Strategy<Value = Vec<TradeRow>> {
    let trade = (any::<bool>(), 1i64..500, 1i64..900, 0i64..50, 1i64..200);
    prop::collection::vec(trade, 0..40).prop_map(|trades| {
        let mut day = 19_000;
        let row = |(buy, coins, price, fee, days): (bool, i64, i64, i64, i64)| {
            day += days;
            let side = if buy { Side::Buy } else { Side::Sell };
            let text = |value: i64| Decimal::new(value, 1).to_string();
            let mut row = super::support::trade(day * 86_400, side, &text(coins), &text(price), &text(fee));
            row.fee = row.fee.min(row.price.decimal() * row.quantity.decimal());
            row
        };
        trades.into_iter().map(row).collect()
    })
}

proptest! {
    #[test]
    fn the_years_add_up_to_the_realised_gain_and_no_loss_is_lost_or_used_twice(rows in histories()) {
        for method in [Method::Fifo, Method::Lifo, Method::Hifo] {
            let (mut sum, mut brought) = (Decimal::ZERO, Decimal::ZERO);
            for number in 2020..=books::LAST_YEAR {
                let year = tax_year(&rows, Book::Live, method, FinancialYear::new(number).unwrap(), SYDNEY).unwrap();
                sum += year.disposals.iter().map(|line| line.gain.amount()).sum::<Decimal>();
                prop_assert_eq!(year.losses_brought_forward.amount(), brought);
                brought = year.losses_carried_forward.amount();
                let losses = year.losses.amount() + year.losses_brought_forward.amount();
                prop_assert_eq!(year.losses_applied.amount() + brought, losses);
                let gains = year.discount_gains.amount() + year.other_gains.amount();
                let net = year.net_capital_gain.amount();
                prop_assert_eq!(net + year.discount.amount() + year.losses_applied.amount(), gains);
                prop_assert!(net >= Decimal::ZERO && year.discount.amount() * dec("2") <= year.discount_gains.amount());
                prop_assert!(brought.is_zero() || net.is_zero(), "losses are used before anything is taxed");
            }
            let last = FinancialYear::new(books::LAST_YEAR).unwrap().bounds(SYDNEY).unwrap().1;
            let query = PnlQuery { method, to: Some(last), ..PnlQuery::of(Book::Live) };
            let realised = pnl(&rows, &query, &no_prices).unwrap().realised;
            prop_assert_eq!(sum.normalize(), realised.amount().normalize());
        }
    }
}
