//! Movements: what each kind does to parcels and figures.

use crate::support::{all_at, aud, buy, dec, live, no_prices, sell};
use books::{Books, Folded, GroupBy, Method, Numbers, Picks, PnlQuery, RowId, Told, Unsettled, pnl, rows_of};
use domain::{
    Book, Coin, Currency, Decimal, Direction, Fact, Money, Moved, Movement, Name, Quantity, Timestamp, TradeRow, Why,
};
use std::collections::BTreeMap;

fn coins(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}

fn coin(text: &str) -> Coin {
    Coin::parse(text).unwrap()
}

/// BTC is coin 1, as in the trades of these tests, and ETH coin 2.
fn number(coin: Coin) -> u32 {
    if coin.as_str() == "BTC" { 1 } else { 2 }
}

/// A live movement; `seconds` is also its place in the journal.
fn movement(seconds: i64, what: Moved, value: Option<&str>) -> Movement {
    Movement {
        book: Book::Live,
        time: Timestamp::from_micros(seconds * 1_000_000),
        what,
        value: value.map(aud),
        fee: None,
        network_fee: None,
        venue: None,
        party: None,
        external_id: None,
        note: None,
        occurrence: seconds as u32,
    }
}

fn came(seconds: i64, quantity: &str, why: Why, value: Option<&str>) -> Movement {
    let (coin, quantity) = (coin("BTC"), coins(quantity));
    movement(seconds, Moved::Coins { direction: Direction::In, coin, quantity, why }, value)
}

fn went(seconds: i64, quantity: &str, why: Why, value: Option<&str>) -> Movement {
    let (coin, quantity) = (coin("BTC"), coins(quantity));
    movement(seconds, Moved::Coins { direction: Direction::Out, coin, quantity, why }, value)
}

fn between(seconds: i64, quantity: &str, from: Option<&str>, to: Option<&str>) -> Movement {
    let [from, to] = [from, to].map(|name| name.map(|name| Name::parse(name).unwrap()));
    movement(seconds, Moved::Between { coin: coin("BTC"), quantity: coins(quantity), from, to }, None)
}

fn facts(movements: Vec<Movement>) -> Vec<Fact> {
    movements.into_iter().map(|movement| Fact::Movement { movement: Box::new(movement) }).collect()
}

fn fold(facts: &[Fact]) -> Folded {
    let recorded = facts.iter().enumerate().map(|(at, fact)| (1, 1000 + at as u64, Timestamp::from_micros(1), fact));
    let name = |name: &Name| if name.as_str() == "grid" { 1 } else { 2 };
    rows_of(&Told::all(recorded), &mut Numbers { coin: &mut number, name: &mut { name } })
}

/// Trades and movements in the order they fold.
fn history(trades: &[TradeRow], movements: Vec<Movement>) -> Vec<TradeRow> {
    let mut rows = [trades, &fold(&facts(movements)).rows].concat();
    rows.sort_by(TradeRow::fold_order);
    rows
}

#[test]
fn income_is_a_parcel_at_its_value_and_no_gain_until_it_is_sold() {
    for why in [Why::Airdrop, Why::Staking, Why::Payment] {
        let rows = history(&[sell(20, "1", "150", "0")], vec![came(10, "2", why, Some("200"))]);
        let report = pnl(&rows, &live(), &all_at("120")).unwrap();
        assert_eq!((report.income, report.realised, report.unrealised), (aud("200"), aud("50"), Some(aud("20"))));
        assert_eq!((report.groups[0].income, report.received), (aud("200"), Money::ZERO_AUD));
    }
}

#[test]
fn gifts_and_opening_balances_are_parcels_at_their_value_and_no_income() {
    for why in [Why::Gift, Why::Opening] {
        let rows = history(&[sell(20, "1", "150", "0")], vec![came(10, "3", why, Some("100"))]);
        let report = pnl(&rows, &live(), &no_prices).unwrap();
        assert_eq!(report.realised.amount().round_dp(15), dec("116.666666666666667"), "150 less a third of 100");
        assert_eq!((report.income, report.received), (Money::ZERO_AUD, aud("100")));
    }
}

#[test]
fn a_value_that_does_not_divide_is_cut_into_shares_that_sum_to_it() {
    let sales = [sell(20, "1", "1", "0"), sell(21, "1", "1", "0"), sell(22, "1", "1", "0")];
    let rows = history(&sales, vec![came(10, "3", Why::Gift, Some("100"))]);
    assert_eq!(pnl(&rows, &live(), &no_prices).unwrap().cost, aud("100"));
}

#[test]
fn a_swap_sells_one_coin_and_buys_the_other_at_its_value() {
    let what =
        Moved::Swap { gave: coin("BTC"), gave_quantity: coins("1"), got: coin("ETH"), got_quantity: coins("10") };
    let swap = Movement { fee: Some(aud("5")), ..movement(20, what, Some("400")) };
    let rows = history(&[buy(10, "1", "300", "1")], vec![swap]);
    let mut books = Books::new(live());
    books.apply_all(&rows).unwrap();
    let report = books.report(&no_prices).unwrap();
    assert_eq!((report.realised, report.fees, report.metrics.trades), (aud("99"), aud("6"), 1));
    let held = books.positions(&no_prices).unwrap();
    assert_eq!((held.len(), held[0].coin, held[0].quantity, held[0].cost), (1, 2, coins("10"), aud("405")));
}

#[test]
fn payments_gifts_and_network_fees_are_disposals_but_no_trades() {
    let given = [went(20, "1", Why::Payment, Some("150")), went(21, "1", Why::Gift, Some("160"))];
    let rows = history(&[buy(10, "4", "100", "0")], [&given[..], &[went(22, "1", Why::Fee, Some("90"))]].concat());
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!((report.realised, report.spent, report.fees), (aud("100"), aud("400"), Money::ZERO_AUD));
    assert_eq!((report.metrics.trades, report.groups[0].quantity), (0, Some(coins("3"))));
}

#[test]
fn what_was_lost_brought_nothing() {
    let rows = history(&[buy(10, "2", "100", "0")], vec![went(20, "1", Why::Lost, Some("500"))]);
    let report = pnl(&rows, &live(), &no_prices).unwrap();
    assert_eq!((report.realised, report.proceeds, report.spent), (aud("-100"), Money::ZERO_AUD, Money::ZERO_AUD));
}

#[test]
fn coins_of_unknown_cost_are_held_and_when_sold_listed_never_at_no_cost() {
    let rows = history(&[buy(20, "1", "100", "0"), sell(30, "2", "150", "3")], vec![came(10, "1.5", Why::Gift, None)]);
    let mut books = Books::new(live());
    books.apply_all(&rows[..2]).unwrap();
    let held = books.positions(&all_at("110")).unwrap().remove(0);
    assert_eq!((held.quantity, held.unknown_cost, held.cost), (coins("2.5"), coins("1.5"), aud("100")));
    assert_eq!((held.unrealised, held.market_value), (Some(aud("10")), Some(aud("275"))));
    assert_eq!((held.parcels[0].cost, held.parcels[1].cost), (None, Some(aud("100"))));
    let mut slices = Vec::new();
    books.apply_each(&rows[2], &mut |slice| slices.push(*slice)).unwrap();
    assert_eq!(slices.iter().map(|slice| slice.gain).collect::<Vec<_>>(), [aud("24.25")]);
    let report = books.report(&no_prices).unwrap();
    assert_eq!(report.unknown_basis[0].quantity, coins("1.5"), "first in, first out");
    assert_eq!(report.realised, aud("24.25"), "half a coin at 150, a quarter of the fee, half of 100");
    let dearest = PnlQuery { method: Method::Hifo, ..live() };
    assert_eq!(pnl(&rows, &dearest, &no_prices).unwrap().unknown_basis[0].quantity, coins("1"), "they go last there");
}

#[test]
fn what_went_at_no_known_price_is_gone_and_in_no_figure() {
    let rows = history(&[buy(10, "2", "100", "0")], vec![went(20, "0.5", Why::Payment, None)]);
    let mut books = Books::new(live());
    let mut slices = 0;
    for row in &rows {
        books.apply_each(row, &mut |_| slices += 1).unwrap();
    }
    let report = books.report(&no_prices).unwrap();
    assert_eq!((report.realised, report.spent, slices), (Money::ZERO_AUD, Money::ZERO_AUD, 0));
    assert_eq!((report.no_price[0].quantity, report.no_price[0].cost), (coins("0.5"), aud("50")));
    assert_eq!(books.positions(&no_prices).unwrap()[0].cost, aud("150"));
}

#[test]
fn what_nobody_explained_or_is_ones_own_changes_no_parcel_but_its_network_fee_does() {
    for (why, standing) in [(Why::Unknown, Unsettled::Unexplained), (Why::OwnWallet, Unsettled::OwnWallet)] {
        let sent = Movement { network_fee: Some(coins("0.01")), ..went(20, "0.5", why, Some("75")) };
        let back = came(30, "0.5", why, None);
        let folded = fold(&facts(vec![sent.clone(), back.clone()]));
        assert_eq!(folded.questions.iter().map(|q| q.standing).collect::<Vec<_>>(), [standing; 2]);
        let mut books = Books::new(live());
        books.apply_all(&history(&[buy(10, "1", "100", "0")], vec![sent, back])).unwrap();
        let report = books.report(&no_prices).unwrap();
        assert_eq!((report.realised, report.spent), (aud("0.5"), aud("1.5")), "0.01 of 0.5 worth 75, less 1");
        assert_eq!(books.positions(&no_prices).unwrap()[0].quantity, coins("0.99"));
    }
}

#[test]
fn parcels_move_between_algorithms_with_their_cost_and_their_day() {
    let by = |algorithm: u32, row: TradeRow| TradeRow { algorithm, ..row };
    let trades = [
        by(1, buy(10, "1", "100", "1")),
        by(2, buy(20, "1", "200", "0")),
        by(1, buy(25, "1", "150", "0")),
        by(2, sell(40, "1.5", "300", "0")),
        by(1, sell(50, "1", "300", "0")),
    ];
    let rows = history(&trades, vec![between(30, "1", Some("grid"), Some("trend"))]);
    let by_algorithm = PnlQuery { by: GroupBy::Algorithm, ..live() };
    let gains = |method| {
        let report = pnl(&rows, &PnlQuery { method, ..by_algorithm.clone() }, &no_prices).unwrap();
        assert!(report.unknown_basis.is_empty());
        report.groups.iter().map(|group| group.realised).collect::<Vec<_>>()
    };
    // trend sells the coin of grid's first buy first, at its own cost of 101, then half of its own.
    assert_eq!(gains(Method::Fifo), [aud("150"), aud("249")]);
    // grid hands over its last parcel, of 150, which is newer than trend's own; then trend sells that first.
    assert_eq!(gains(Method::Lifo), [aud("199"), aud("200")]);
    assert_eq!(gains(Method::Hifo), [aud("199"), aud("175")]);
    let alone = PnlQuery { algorithm: Some(2), ..live() };
    let report = pnl(&rows, &alone, &no_prices).unwrap();
    assert_eq!((report.realised, report.groups.len()), (aud("249"), 1));
    let without: Vec<_> = rows.iter().filter(|row| row.is_trade()).copied().collect();
    assert_eq!(pnl(&rows, &live(), &no_prices).unwrap(), pnl(&without, &live(), &no_prices).unwrap());
}

#[test]
fn a_transfer_moves_no_more_than_there_is_and_a_parcel_that_comes_back_is_whole_again() {
    let by = |algorithm: u32, row: TradeRow| TradeRow { algorithm, ..row };
    for method in Method::ALL {
        let moves = vec![
            between(20, "1", Some("grid"), Some("trend")),
            between(21, "0.4", Some("trend"), Some("grid")),
            between(22, "9", Some("trend"), Some("grid")),
        ];
        let mut books = Books::new(PnlQuery { by: GroupBy::Algorithm, method, ..live() });
        books.apply_all(&history(&[by(1, buy(10, "3", "100", "1"))], moves)).unwrap();
        let held = books.positions(&no_prices).unwrap();
        assert_eq!((held.len(), held[0].algorithm), (1, Some(1)));
        assert_eq!((held[0].quantity, held[0].cost, held[0].parcels.len()), (coins("3"), aud("301"), 1), "{method:?}");
    }
}

#[test]
fn the_last_word_counts_and_a_word_that_cannot_be_is_left_out() {
    let airdrop = came(10, "1", Why::Unknown, None);
    let id = airdrop.id();
    let said = |why, value: Option<&str>, at| Fact::MovementJudged {
        movement: id,
        why,
        value: value.map(aud),
        at: Timestamp::from_micros(at),
    };
    let told = [
        said(Why::Gift, Some("7"), 5),
        Fact::Movement { movement: Box::new(airdrop) },
        said(Why::Airdrop, Some("9"), 9),
        said(Why::OwnWallet, None, 7),
    ];
    let folded = fold(&told);
    assert!(folded.questions.is_empty());
    assert_eq!(pnl(&folded.rows, &live(), &no_prices).unwrap().income, aud("9"));
    let lost = fold(&[told[1].clone(), said(Why::Lost, None, 9)]);
    assert_eq!(lost.questions[0].standing, Unsettled::Unexplained, "what came in was not lost");
}

#[test]
fn a_movement_two_devices_recorded_counts_once() {
    let fact = Fact::Movement { movement: Box::new(came(10, "1", Why::Gift, Some("5"))) };
    let (early, late) = (Timestamp::from_micros(1), Timestamp::from_micros(2));
    let told = Told::all([(1, 5, late, &fact), (2, 9, early, &fact)]);
    assert_eq!((told.len(), told[0].device), (1, 2));
}

#[test]
fn a_value_in_other_money_is_no_value() {
    let usd = |amount| Money::new(Decimal::from(amount), Currency::parse("USD").unwrap());
    let foreign = Movement { value: Some(usd(5)), ..came(10, "1", Why::Gift, None) };
    let fee = Movement { fee: Some(usd(1)), ..came(11, "1", Why::Gift, Some("5")) };
    let folded = fold(&facts(vec![foreign, fee]));
    assert_eq!(folded.questions.iter().map(|q| q.standing).collect::<Vec<_>>(), [Unsettled::NoValue; 2]);
    let mut books = Books::new(live());
    books.apply_all(&folded.rows).unwrap();
    assert_eq!(books.positions(&no_prices).unwrap()[0].unknown_cost, coins("2"));
}

#[test]
fn movements_and_trades_of_one_moment_keep_the_order_they_were_recorded_in() {
    let recorded = |row: TradeRow, at| TradeRow { recorded_at: Timestamp::from_micros(at), ..row };
    let gift = || vec![came(10, "1", Why::Gift, Some("5"))];
    let after = history(&[recorded(sell(10, "1", "9", "0"), 2)], gift());
    assert_eq!(pnl(&after, &live(), &no_prices).unwrap().realised, aud("4"));
    let before = history(&[recorded(sell(10, "1", "9", "0"), 0)], gift());
    assert_eq!(pnl(&before, &live(), &no_prices).unwrap().unknown_basis.len(), 1);
}

#[test]
fn picked_parcels_go_first_and_what_is_missing_is_told() {
    let at = |seq, row: TradeRow| TradeRow { seq, ..row };
    let rows = [at(1, buy(1, "1", "100", "0")), at(2, buy(2, "1", "250", "0")), at(3, buy(3, "1", "200", "0"))];
    let sale = at(4, sell(4, "2", "300", "0"));
    let rows = [&rows[..], &[sale]].concat();
    let id = |seq| RowId { device: 1, seq };
    let picks = |picked: &[(u64, &str)]| {
        let parcels = picked.iter().map(|(seq, quantity)| (id(*seq), coins(quantity))).collect();
        Picks::new(BTreeMap::from([(id(4), parcels)]))
    };
    for method in [Method::Fifo, Method::Lifo, Method::Hifo] {
        let exact = PnlQuery { method, picks: picks(&[(3, "0.5"), (2, "1"), (1, "0.5")]), ..live() };
        let report = pnl(&rows, &exact, &no_prices).unwrap();
        assert_eq!((report.cost, report.missed_picks.len()), (aud("400"), 0), "half of 200, 250, half of 100");
    }
    let short = PnlQuery { picks: picks(&[(3, "1.5"), (9, "0.25")]), ..live() };
    let report = pnl(&rows, &short, &no_prices).unwrap();
    assert_eq!(report.cost, aud("300"), "200, and the rest first in, first out");
    let missed: Vec<_> = report.missed_picks.iter().map(|missed| (missed.parcel, missed.quantity)).collect();
    assert_eq!(missed, [(id(3), coins("0.5")), (id(9), coins("0.25"))]);
    assert_eq!(report.missed_picks[0].sale.seq, 4);
}
