use super::*;
use domain::{Book, Price, Quantity, RowKind};
use proptest::prelude::*;

fn row(seq: u64, coin: u32, quantity: i64, price: i64, sell: bool) -> TradeRow {
    TradeRow {
        time: Timestamp::from_millis(seq as i64 * 1_000),
        recorded_at: Timestamp::default(),
        seq,
        quantity: Quantity::new(Decimal::from(quantity)).unwrap(),
        price: Price::new(Decimal::from(price)).unwrap(),
        fee: Decimal::ONE,
        device: 1,
        coin,
        algorithm: 0,
        side: if sell { Side::Sell } else { Side::Buy },
        book: Book::Live,
        kind: RowKind::Trade,
    }
}

fn known() -> Known {
    let coins = [(1, "BTC"), (2, "ETH"), (3, "ADA")];
    Known { coins: coins.map(|(no, text)| (no, Coin::parse(text).unwrap())).into(), ..Known::default() }
}

fn rows() -> impl Strategy<Value = Vec<TradeRow>> {
    let row_of = (1u32..4, 1i64..5, 1i64..5, any::<bool>());
    prop::collection::vec(row_of, 0..40).prop_map(|rows| {
        let numbered = rows.into_iter().enumerate();
        numbered.map(|(i, (coin, quantity, price, sell))| row(i as u64, coin, quantity, price, sell)).collect()
    })
}

proptest! {
    #[test]
    fn sorting_loses_no_row_and_equal_rows_stand_newest_first(rows in rows(), by in 0usize..8, ascending: bool) {
        let (known, by) = (known(), Sort::ALL[by].1);
        let mut picked = Picked { rows: &rows, at: Selection::default().of(&rows, &known) };
        picked.sort(by, ascending, &known);
        let sorted: Vec<TradeRow> = picked.iter().copied().collect();
        let mut back = sorted.clone();
        back.sort_by_key(|row| row.seq);
        prop_assert_eq!(back, rows);
        let key = |row: &TradeRow| match by {
            Sort::Time => (row.seq.into(), String::new()),
            Sort::Coin => (Decimal::ZERO, known.coin(row.coin).to_owned()),
            Sort::Side => (Decimal::from(u8::from(row.side == Side::Sell)), String::new()),
            Sort::Quantity => (row.quantity.decimal(), String::new()),
            Sort::Price => (row.price.decimal(), String::new()),
            Sort::Value => (row.price.decimal() * row.quantity.decimal(), String::new()),
            Sort::Fee | Sort::Algorithm => (Decimal::ZERO, String::new()),
        };
        for pair in sorted.windows(2) {
            let (a, b) = (key(&pair[0]), key(&pair[1]));
            let ordered = if ascending { a <= b } else { a >= b };
            prop_assert!(ordered);
            prop_assert!(a != b || pair[0].seq > pair[1].seq);
        }
    }

    #[test]
    fn groups_sum_to_the_whole_and_that_is_a_plain_sum(rows in rows(), by in 0usize..7) {
        let picked = Picked { rows: &rows, at: Selection::default().of(&rows, &known()) };
        let groups = grouped(&picked, Group::ALL[by].1, &known(), chrono_tz::Australia::Sydney);
        let whole = summed(&picked);
        let add = |of: fn(&Turnover) -> Option<Decimal>| groups.iter().map(|(_, sums)| of(sums).unwrap()).sum::<Decimal>();
        prop_assert_eq!(groups.iter().map(|(_, sums)| sums.trades()).sum::<usize>(), whole.trades());
        prop_assert_eq!(add(Turnover::bought), whole.bought().unwrap());
        prop_assert_eq!(add(Turnover::sold), whole.sold().unwrap());
        prop_assert_eq!(add(Turnover::fees), whole.fees().unwrap());
        let plain = |side| rows.iter().filter(|row| row.side == side).map(|row| value(row).unwrap()).sum::<Decimal>();
        prop_assert_eq!((whole.bought(), whole.sold()), (Some(plain(Side::Buy)), Some(plain(Side::Sell))));
    }
}

#[test]
fn a_value_beyond_a_decimal_is_no_sum_and_no_panic() {
    let mut huge = row(1, 1, i64::MAX, 1, false);
    huge.price = Price::new(Decimal::MAX).unwrap();
    let rows = [row(1, 1, 3, 2, false), huge, row(2, 1, 5, 2, true)];
    let sums = summed(&Picked { rows: &rows, at: vec![0, 1, 2] });
    assert_eq!((sums.bought(), sums.sold()), (None, Some(Decimal::TEN)));
    assert_eq!((sums.trades(), sums.fees()), (3, Some(Decimal::from(3))), "what came before is not lost");
}
