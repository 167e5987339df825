//! One rule a test, with numbers small enough to check in the head.

use crate::support::{all_at, aud, buy, dec, live, no_prices, sell};
use books::{Books, BooksError, GroupBy, GroupKey, Method, Missing, PnlQuery, Pooling, Valuation, pnl};
use domain::{Book, Decimal, Money, Price, Quantity, TradeRow};

fn coins(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

#[test]
fn the_oldest_parcel_is_sold_first() {
    let rows = [buy(1, "1", "100", "0"), buy(2, "1", "200", "0"), sell(3, "1", "250", "0")];
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!(report.realised, aud("150"));
    assert_eq!((report.proceeds, report.cost), (aud("250"), aud("100")));
}

/// Three parcels, of which 1.5 coins are sold for 300 each: realised, and the cost of what is left.
fn sold_by(method: Method) -> (Money, Money) {
    let rows = [buy(1, "1", "100", "0"), buy(2, "1", "250", "10"), buy(3, "1", "255", "0"), sell(4, "1.5", "300", "0")];
    let mut books = Books::new(PnlQuery { method, ..live() });
    books.apply_all(&rows).unwrap();
    (books.report(&no_prices).unwrap().realised, books.positions(&no_prices).unwrap()[0].cost)
}

#[test]
fn each_method_hands_parcels_out_in_its_own_order() {
    assert_eq!(sold_by(Method::Fifo), (aud("220"), aud("385")), "100 and half of 260");
    assert_eq!(sold_by(Method::Lifo), (aud("65"), aud("230")), "255 and half of 260");
    assert_eq!(sold_by(Method::Hifo), (aud("62.5"), aud("227.5")), "260, dear by its fee, and half of 255");
    assert_eq!(sold_by(Method::Average), (aud("142.5"), aud("307.5")), "one and a half of 205");
}

#[test]
fn of_equally_dear_parcels_the_first_bought_goes_first_and_a_part_of_one_keeps_its_place() {
    let rows = [buy(1, "2", "100", "0"), buy(2, "1", "100", "0"), sell(3, "1", "1", "0"), sell(4, "2", "1", "0")];
    let mut books = Books::new(PnlQuery { method: Method::Hifo, ..live() });
    let mut acquired = Vec::new();
    for row in &rows {
        books.apply_each(row, &mut |slice| acquired.push(slice.acquired)).unwrap();
    }
    assert_eq!(acquired, [rows[0].time, rows[0].time, rows[1].time]);
}

#[test]
fn fees_are_in_the_cost_and_off_the_proceeds() {
    let rows = [buy(1, "2", "100", "2"), sell(2, "1", "110", "1.1")];
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!(report.cost, aud("101"));
    assert_eq!(report.proceeds, aud("108.9"));
    assert_eq!(report.realised, aud("7.9"));
    assert_eq!(report.fees, aud("3.1"), "the whole fee of the buy was paid in the window");
}

#[test]
fn the_last_slice_takes_the_remainder_of_the_fee() {
    let rows = [buy(1, "3", "1", "1"), sell(2, "1", "1", "0"), sell(3, "1", "1", "0"), sell(4, "1", "1", "0")];
    let mut books = Books::new(live());
    let mut costs = Vec::new();
    for row in &rows {
        books.apply_each(row, &mut |slice| costs.push(slice.cost)).unwrap();
    }
    let third = aud("1.33333333333333333333");
    assert_eq!(costs, [third, third, aud("1.33333333333333333334")]);
    assert_eq!(books.report(&no_prices).unwrap().cost, aud("4"));
}

#[test]
fn a_sale_over_two_parcels_is_two_slices_and_one_trade() {
    let rows = [buy(1, "1", "10", "0"), buy(2, "1", "40", "0"), sell(3, "2", "20", "1")];
    let mut books = Books::new(live());
    let mut slices = Vec::new();
    for row in &rows {
        books.apply_each(row, &mut |slice| slices.push(*slice)).unwrap();
    }
    assert_eq!(slices.iter().map(|slice| slice.gain).collect::<Vec<_>>(), [aud("9.5"), aud("-20.5")]);
    assert_eq!((slices[0].acquired, slices[0].disposed), (rows[0].time, rows[2].time));
    let report = books.report(&no_prices).unwrap();
    assert_eq!((report.metrics.trades, report.metrics.losses), (1, 1));
}

#[test]
fn coins_never_seen_coming_in_are_listed_and_not_realised() {
    let rows = [buy(1, "1", "100", "1"), sell(2, "4", "200", "4")];
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!(report.unknown_basis.len(), 1);
    assert_eq!((report.unknown_basis[0].coin, report.unknown_basis[0].quantity), (1, coins("3")));
    assert_eq!(report.proceeds, aud("199"), "a quarter of the sale, less a quarter of its fee");
    assert_eq!(report.realised, aud("98"));
    assert_eq!(report.fees, aud("5"));
    assert_eq!(report.groups[0].quantity, Some(coins("1")));
}

#[test]
fn a_sale_of_unknown_coins_alone_is_no_trade() {
    let report = pnl(&[sell(1, "4", "200", "4")], &live(), &no_prices).unwrap();
    assert_eq!(report.metrics.trades, 0);
    assert_eq!((report.realised, report.fees), (Money::ZERO_AUD, aud("4")));
    assert_eq!(report.metrics.win_rate, Err(Missing::NoTrades));
}

#[test]
fn an_oversold_coin_does_not_eat_a_later_parcel() {
    let rows = [sell(1, "1", "5", "0"), buy(2, "1", "5", "0")];
    let books_held = {
        let mut books = Books::new(live());
        books.apply_all(&rows).unwrap();
        books.positions(&no_prices).unwrap()
    };
    assert_eq!(books_held[0].quantity, coins("1"));
}

#[test]
fn paper_and_live_are_never_summed() {
    let paper = TradeRow { book: Book::Paper, ..buy(1, "1", "1", "1") };
    let rows = [paper, buy(2, "1", "10", "2")];
    assert_eq!(pnl(&rows, &live(), &no_prices).unwrap().fees, aud("2"));
    assert_eq!(pnl(&rows, &PnlQuery::of(Book::Paper), &no_prices).unwrap().fees, aud("1"));
}

#[test]
fn by_algorithm_each_sells_its_own_parcels_and_the_report_says_so() {
    let by = |algorithm: u32, row: TradeRow| TradeRow { algorithm, ..row };
    let rows = [by(1, buy(1, "1", "10", "0")), by(2, buy(2, "1", "30", "0")), by(2, sell(3, "1", "40", "0"))];
    let by_algorithm = pnl(&rows, &PnlQuery { by: GroupBy::Algorithm, ..live() }, &all_at("50")).unwrap();
    assert_eq!(by_algorithm.realised, aud("10"));
    let gains: Vec<_> = by_algorithm.groups.iter().map(|g| (g.key.clone(), g.realised, g.unrealised)).collect();
    let zero = Money::ZERO_AUD;
    let expected = [(GroupKey::Algorithm(1), zero, Some(aud("40"))), (GroupKey::Algorithm(2), aud("10"), Some(zero))];
    assert_eq!(gains, expected);
    assert_eq!(by_algorithm.pooling, Pooling::ByAlgorithm);
    assert!(by_algorithm.note.unwrap().contains("own parcels"));
    let by_coin = pnl(&rows, &live(), &all_at("50")).unwrap();
    assert_eq!((by_coin.realised, by_coin.note), (aud("30"), None));
    assert_eq!(by_coin.total, by_algorithm.total, "all parcels and all sales are the same in the end");
}

#[test]
fn a_coin_without_a_price_has_no_value_and_is_named() {
    let rows = [buy(1, "2", "10", "1"), TradeRow { coin: 9, ..buy(2, "1", "5", "0") }];
    let only_first = |coin: u32| {
        let price = Price::parse("12").unwrap();
        (coin == 1).then_some(Valuation { price, age_s: 90 })
    };
    let report = pnl(&rows, &live(), &only_first).unwrap();
    assert_eq!(report.unrealised, Some(aud("3")));
    assert_eq!(report.unpriced, [9]);
    assert_eq!(report.oldest_price_age_s, Some(90));
    assert_eq!(report.groups.iter().map(|g| g.unrealised).collect::<Vec<_>>(), [Some(aud("3")), None]);
    let blind = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!((blind.unrealised, blind.total), (None, None), "nothing priced is not a gain of zero");
    assert_eq!(blind.unpriced, [1, 9]);
}

#[test]
fn nothing_held_is_an_unrealised_gain_of_zero() {
    let rows = [buy(1, "1", "10", "0"), sell(2, "1", "15", "0")];
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!(report.unrealised, Some(Money::ZERO_AUD));
    assert_eq!(report.total, Some(aud("5")));
    assert!(report.unpriced.is_empty());
}

#[test]
fn a_position_shows_its_parcels_and_its_worth() {
    let rows = [buy(1, "2", "10", "1"), buy(2, "1", "14", "0.5"), sell(3, "1", "20", "0")];
    let mut books = Books::new(live());
    books.apply_all(&rows).unwrap();
    let positions = books.positions(&all_at("15")).unwrap();
    let [position] = &positions[..] else { panic!("{positions:?}") };
    assert_eq!((position.quantity, position.cost), (coins("2"), aud("25")));
    assert_eq!(position.average_price, Some(aud("12.5")));
    assert_eq!((position.market_value, position.unrealised), (Some(aud("30")), Some(aud("5"))));
    assert_eq!(position.price_age_s, Some(7));
    let parcels: Vec<_> = position.parcels.iter().map(|p| (p.acquired, p.quantity, p.cost)).collect();
    assert_eq!(parcels, [(rows[0].time, coins("1"), Some(aud("10.5"))), (rows[1].time, coins("1"), Some(aud("14.5")))]);
}

#[test]
fn a_coin_sold_out_is_no_position() {
    let mut books = Books::new(live());
    books.apply_all(&[buy(1, "1", "10", "0"), sell(2, "1", "10", "0")]).unwrap();
    assert!(books.positions(&no_prices).unwrap().is_empty());
}

#[test]
fn wins_and_losses_are_after_fees() {
    let rows = [buy(1, "3", "10", "0"), sell(2, "1", "12", "0"), sell(3, "1", "10.5", "1"), sell(4, "1", "10", "0")];
    let metrics = pnl(&rows, &live(), &no_prices).unwrap().metrics;
    assert_eq!((metrics.trades, metrics.wins, metrics.losses), (3, 1, 1));
    assert_eq!(metrics.win_rate.unwrap().round_dp(4), dec("0.3333"));
    assert_eq!(metrics.profit_factor, Ok(dec("4")));
    assert_eq!((metrics.average_win, metrics.average_loss), (Ok(aud("2")), Ok(aud("-0.5"))));
    assert_eq!((metrics.largest_win, metrics.largest_loss), (Ok(aud("2")), Ok(aud("-0.5"))));
}

#[test]
fn without_losses_there_is_no_profit_factor() {
    let metrics = pnl(&[buy(1, "1", "1", "0"), sell(2, "1", "2", "0")], &live(), &no_prices).unwrap().metrics;
    assert_eq!(metrics.profit_factor, Err(Missing::NoLosses));
    assert_eq!(metrics.profit_factor.unwrap_err().code(), "no_losses");
    assert_eq!(metrics.largest_loss, Err(Missing::NoLosses));
    assert_eq!(metrics.win_rate, Ok(Decimal::ONE));
}

#[test]
fn trades_of_one_moment_fold_in_the_order_they_were_recorded() {
    let first = TradeRow { seq: 1, ..buy(1, "1", "10", "0") };
    let second = TradeRow { seq: 2, ..sell(1, "1", "12", "0") };
    let report = pnl(&[first, second], &live(), &no_prices).unwrap();
    assert_eq!(report.realised, aud("2"));
    let mut books = Books::new(live());
    books.apply(&second).unwrap();
    let refused = books.apply(&first).unwrap_err();
    assert_eq!(refused.code(), "out_of_order");
    assert!(refused.to_string().contains("sequence 1"), "{refused}");
}

#[test]
fn trades_of_one_fact_keep_the_order_they_are_given_in() {
    let rows = [buy(1, "1", "10", "0"), sell(1, "1", "12", "0")];
    assert_eq!(pnl(&rows, &live(), &no_prices).unwrap().realised, aud("2"));
}

#[test]
fn a_trade_of_no_coins_only_costs_its_fee() {
    let rows = [buy(1, "0", "10", "1"), sell(2, "0", "10", "2")];
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!((report.fees, report.realised), (aud("3"), Money::ZERO_AUD));
    assert_eq!(report.metrics.trades, 0);
    assert!(report.unknown_basis.is_empty());
}

#[test]
fn huge_and_tiny_amounts_keep_every_digit() {
    let rows = [
        buy(1, "1000000000000", "0.000000000001", "0.000000000000001"),
        buy(2, "0.000000000000000001", "99999999.123456789012", "0"),
        sell(3, "1000000000000.000000000000001", "0.000000000002", "0"),
    ];
    let mut books = Books::new(live());
    books.apply_all(&rows).unwrap();
    let report = books.report(&no_prices).unwrap();
    // 1e12 coins and one attocoin are held: the first parcel, then the attocoin, and the rest has no parcel.
    let dust = dec("0.0000000000999999991235"); // 1e-18 × 99999999.123456789012, to the 28 digits the cost fits in
    assert_eq!(report.cost.amount().round_dp(22), (dec("1.000000000000001") + dust).round_dp(22));
    assert_eq!(report.unknown_basis[0].quantity, coins("0.000000000000000999"));
    assert!(books.positions(&no_prices).unwrap().is_empty());
}

#[test]
fn a_mistyped_quantity_does_not_stop_the_books_of_other_coins() {
    let largest = "79228162514264337593543950335";
    let absurd = TradeRow { coin: 2, ..buy(1, "1", "1", "0") };
    let absurd =
        TradeRow { quantity: Quantity::new(Decimal::MAX).unwrap(), price: Price::parse(largest).unwrap(), ..absurd };
    let mut books = Books::new(live());
    books.apply_all(&[absurd, buy(2, "1", "10", "0"), sell(3, "1", "12", "0")]).unwrap();
    let refused = books.positions(&no_prices).unwrap_err();
    assert_eq!(refused, BooksError::TooLarge { what: "the cost", coin: 2 });
    let only_good = PnlQuery { coin: Some(1), ..live() };
    assert_eq!(pnl(&[absurd, buy(2, "1", "10", "0")], &only_good, &all_at("11")).unwrap().unrealised, Some(aud("1")));
}

#[test]
fn numbers_of_coins_and_algorithms_need_not_be_dense() {
    let far = |row: TradeRow| TradeRow { coin: u32::MAX, algorithm: u32::MAX - 1, ..row };
    let rows = [far(buy(1, "1", "10", "0")), far(sell(2, "1", "12", "0"))];
    for by in [GroupBy::Coin, GroupBy::Algorithm] {
        assert_eq!(pnl(&rows, &PnlQuery { by, ..live() }, &no_prices).unwrap().realised, aud("2"));
    }
}
