//! For any trades: exact as plain decimals, the same one by one as all at once, nothing lost, never a panic.

use crate::naive::Naive;
use crate::support::{all_at, live, no_prices};
use books::{
    Books, BooksError, FinancialYear, GroupBy, GroupKey, Imagined, Method, PnlQuery, TaxQuery, pnl, tax_year, what_if,
};
use domain::{Book, Cause, Decimal, Price, Quantity, RowKind, Side, Timestamp, TradeRow, Worth};
use proptest::prelude::*;

const BY: [GroupBy; 6] =
    [GroupBy::Coin, GroupBy::Algorithm, GroupBy::Day, GroupBy::Week, GroupBy::Month, GroupBy::Year];

/// A trade with few enough digits that plain decimals never round.
pub fn short_row() -> impl Strategy<Value = TradeRow> {
    let amounts = (0i64..10_000, 1i64..1_000_000, 0u32..=4, 0i64..1000, 0u32..=3);
    let kind = (0i64..40, 0u32..3, 0u32..3, any::<bool>(), 0u8..10);
    (amounts, kind).prop_map(|((quantity, price, price_scale, fee, fee_scale), (hour, coin, algorithm, buy, book))| {
        TradeRow {
            time: Timestamp::from_millis(1_700_000_000_000 + hour * 3_600_000),
            recorded_at: Timestamp::from_micros(hour % 3),
            seq: 0,
            quantity: Quantity::new(Decimal::new(quantity, 2)).unwrap(),
            price: Price::new(Decimal::new(price, price_scale)).unwrap(),
            fee: Decimal::new(fee, fee_scale),
            device: 1,
            coin,
            algorithm,
            side: if buy { Side::Buy } else { Side::Sell },
            book: if book == 0 { Book::Paper } else { Book::Live },
            kind: RowKind::Trade,
        }
    })
}

/// A movement: one row, or two for a swap and for parcels that change hands.
fn movement() -> impl Strategy<Value = Vec<TradeRow>> {
    let causes = prop::sample::select(vec![
        (Cause::Income, Side::Buy),
        (Cause::Gift, Side::Buy),
        (Cause::Opening, Side::Buy),
        (Cause::Payment, Side::Sell),
        (Cause::Gift, Side::Sell),
        (Cause::NetworkFee, Side::Sell),
        (Cause::Lost, Side::Sell),
        (Cause::Swap, Side::Sell),
        (Cause::Between, Side::Sell),
    ]);
    (short_row(), short_row(), causes, 0u8..6).prop_map(|(row, other, (cause, side), known)| {
        let worth = match (cause, known) {
            (Cause::Lost | Cause::Between, _) | (_, 0) => Worth::Nothing,
            (_, 1) => Worth::Unknown,
            _ => Worth::Known,
        };
        let one = TradeRow { side, kind: RowKind::Moved { cause, worth }, ..row };
        let second = |row| TradeRow { side: Side::Buy, ..row };
        match cause {
            Cause::Swap => vec![
                TradeRow { fee: Decimal::ZERO, ..one },
                second(TradeRow { coin: other.coin, quantity: other.quantity, ..one }),
            ],
            Cause::Between => {
                let one = TradeRow { fee: Decimal::ZERO, ..one };
                vec![one, second(TradeRow { algorithm: other.algorithm, ..one })]
            }
            _ => vec![one],
        }
    })
}

/// Trades and movements in their order.
pub fn history() -> impl Strategy<Value = Vec<TradeRow>> {
    let trade = short_row().prop_map(|row| vec![row]);
    let steps = prop::collection::vec(prop_oneof![2 => trade, 1 => movement()], 0..60);
    steps.prop_map(|steps| {
        let numbered = steps.into_iter().enumerate();
        let mut rows: Vec<_> = numbered
            .flat_map(|(seq, step)| step.into_iter().map(move |row| TradeRow { seq: seq as u64, ..row }))
            .collect();
        rows.sort_by(TradeRow::fold_order);
        rows
    })
}

/// A trade of any size that a decimal can hold, rebates and padding zeros included.
fn any_row() -> impl Strategy<Value = TradeRow> {
    let decimal = || (any::<u128>(), 32u32..128, 0u32..=28);
    let build = |(bits, shift, scale): (u128, u32, u32)| Decimal::from_i128_with_scale((bits >> shift) as i128, scale);
    (short_row(), decimal(), decimal(), decimal(), any::<bool>(), any::<bool>()).prop_map(
        move |(row, quantity, price, fee, rebate, plain)| {
            if plain {
                return row;
            }
            TradeRow {
                quantity: Quantity::new(build(quantity)).unwrap(),
                price: Price::new(build(price)).unwrap_or(row.price),
                fee: if rebate { -build(fee) } else { build(fee) },
                ..row
            }
        },
    )
}

fn ordered(rows: Vec<TradeRow>) -> Vec<TradeRow> {
    let mut rows = rows;
    for (seq, row) in rows.iter_mut().enumerate() {
        row.seq = seq as u64;
    }
    rows.sort_by(TradeRow::fold_order);
    rows
}

fn query() -> impl Strategy<Value = PnlQuery> {
    let hour = |hour: i64| Timestamp::from_millis(1_700_000_000_000 + hour * 3_600_000);
    let window = (prop::option::of(0i64..40), prop::option::of(0i64..40));
    (0usize..BY.len(), 0usize..4, prop::option::of(0u32..3), prop::option::of(0u32..3), window).prop_map(
        move |(by, method, coin, algorithm, (from, to))| PnlQuery {
            by: BY[by],
            method: Method::ALL[method],
            coin,
            algorithm,
            from: from.map(hour),
            to: to.map(hour),
            ..live()
        },
    )
}

fn check_groups(rows: &[TradeRow], query: &PnlQuery) -> Result<(), TestCaseError> {
    let report = pnl(rows, query, &no_prices).unwrap();
    let naive = Naive::fold(rows, query);
    let active = report.groups.iter().filter(|group| group.trades > 0);
    prop_assert_eq!(active.count(), naive.groups.values().filter(|group| group.trades > 0).count());
    for group in &report.groups {
        let (GroupKey::Coin(number) | GroupKey::Algorithm(number)) = group.key else { panic!("{:?}", group.key) };
        let zero = Default::default();
        let same = naive.groups.get(&number).unwrap_or(&zero);
        prop_assert_eq!(group.realised.amount(), same.proceeds - same.cost);
        prop_assert_eq!(group.cost.amount(), same.cost);
        prop_assert_eq!(group.fees.amount(), same.fees);
        prop_assert_eq!(group.income.amount(), same.income);
        prop_assert_eq!((group.trades, group.wins, group.losses), (same.trades, same.wins, same.losses));
        if query.by == GroupBy::Coin {
            prop_assert_eq!(group.quantity.map(Quantity::decimal), Some(same.quantity));
        }
    }
    prop_assert_eq!(report.proceeds.amount(), naive.groups.values().map(|group| group.proceeds).sum::<Decimal>());
    prop_assert_eq!(report.fees.amount(), naive.groups.values().map(|group| group.fees).sum::<Decimal>());
    let unknown: Vec<_> = report.unknown_basis.iter().map(|u| (u.coin, u.quantity.decimal())).collect();
    prop_assert_eq!(unknown, naive.unknown.into_iter().collect::<Vec<_>>());
    let unpriced: Vec<_> =
        report.no_price.iter().map(|gone| (gone.coin, (gone.quantity.decimal(), gone.cost.amount()))).collect();
    prop_assert_eq!(unpriced, naive.unpriced.into_iter().collect::<Vec<_>>());
    prop_assert_eq!((report.received.amount(), report.spent.amount()), (naive.received, naive.spent));
    Ok(())
}

fn check_parcels(rows: &[TradeRow], query: &PnlQuery) -> Result<(), TestCaseError> {
    let mut books = Books::new(query.clone());
    let mut slices = Vec::new();
    for row in rows {
        books.apply_each(row, &mut |slice| slices.push(*slice)).unwrap();
    }
    let naive = Naive::fold(rows, query);
    prop_assert_eq!(slices, naive.disposals);
    let mut held = Vec::new();
    for position in books.positions(&no_prices).unwrap() {
        let mut sums = (Decimal::ZERO, Decimal::ZERO);
        for parcel in &position.parcels {
            let cost = parcel.cost.map(|cost| cost.amount());
            sums = (sums.0 + parcel.quantity.decimal(), sums.1 + cost.unwrap_or_default());
            let place = (position.algorithm.unwrap_or(0), position.coin);
            held.push((place, parcel.acquired, parcel.quantity.decimal(), cost));
        }
        prop_assert_eq!(sums, (position.quantity.decimal(), position.cost.amount()));
    }
    held.sort_by_key(|(place, ..)| *place);
    let same = naive.parcels.iter().flat_map(|(place, parcels)| {
        parcels.iter().map(|p| (*place, p.acquired, p.left, p.known.then(|| p.left * p.price + p.fee)))
    });
    prop_assert_eq!(held, same.collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scaled_integers_give_what_plain_decimals_give(
        rows in prop::collection::vec(short_row(), 0..60),
        mut query in query(),
        by_algorithm in any::<bool>(),
    ) {
        prop_assume!(query.method != Method::Average);
        query.by = if by_algorithm { GroupBy::Algorithm } else { GroupBy::Coin };
        let rows = ordered(rows);
        check_groups(&rows, &query)?;
        check_parcels(&rows, &query)?;
    }

    #[test]
    fn movements_do_what_plain_decimals_say_they_do(
        rows in history(),
        mut query in query(),
        by_algorithm in any::<bool>(),
    ) {
        prop_assume!(query.method != Method::Average);
        query.by = if by_algorithm { GroupBy::Algorithm } else { GroupBy::Coin };
        check_groups(&rows, &query)?;
        check_parcels(&rows, &query)?;
    }

    /// The equation every page rests on, to far below a cent.
    #[test]
    fn an_imagined_sale_comes_to_what_it_would_as_the_last_row(
        rows in history(),
        sold in short_row(),
        by in 0usize..3,
    ) {
        let last = rows.last().map_or(sold.time, |row| row.time);
        let sale = TradeRow { time: last, recorded_at: last, seq: u64::MAX, device: 9, side: Side::Sell, book: Book::Live, ..sold };
        let method = Method::ALL[by];
        let query = TaxQuery::of(Book::Live, method, chrono_tz::Australia::Sydney, last);
        let year = FinancialYear::of(last, query.zone);
        let imagined = what_if(&rows, &query, method, &Imagined { sale, rate_pct: None }).unwrap();
        let mut with = rows.clone();
        with.push(sale);
        let (before, after) = (tax_year(&rows, &query, year).unwrap(), tax_year(&with, &query, year).unwrap());
        prop_assert_eq!(imagined.year_before, before.net_capital_gain);
        prop_assert_eq!(imagined.year_after, after.net_capital_gain);
        prop_assert_eq!(imagined.losses_left, (before.losses_carried_forward, after.losses_carried_forward));
        let lines: Vec<_> = after.disposals.into_iter().filter(|line| line.sale.is_some_and(|of| of.device == 9)).collect();
        prop_assert_eq!(imagined.lines, lines);
    }

    #[test]
    fn what_was_gained_is_how_the_equity_changed(
        rows in history(),
        method in 0usize..4,
        by_algorithm in any::<bool>(),
        price in 1i64..1000,
    ) {
        let by = if by_algorithm { GroupBy::Algorithm } else { GroupBy::Coin };
        let query = PnlQuery { by, method: Method::ALL[method], ..live() };
        let prices = all_at(&price.to_string());
        let report = pnl(&rows, &query, &prices).unwrap();
        let mut books = Books::new(query);
        books.apply_all(&rows).unwrap();
        // Coins whose cost nobody knows are listed and no gain: they are beside this.
        let worth = books.positions(&prices).unwrap().iter().map(|held| {
            (held.quantity.decimal() - held.unknown_cost.decimal()) * Decimal::from(price)
        }).sum::<Decimal>();
        let [mut cash, mut brought, mut swapped, mut stray] = [Decimal::ZERO; 4];
        for row in rows.iter().filter(|row| row.book == Book::Live) {
            let sign = if row.side == Side::Buy { -Decimal::ONE } else { Decimal::ONE };
            let (value, known) = match row.kind {
                RowKind::Trade => (row.quantity.decimal() * row.price.decimal(), true),
                RowKind::Moved { worth: Worth::Known, .. } => (row.price.decimal(), true),
                RowKind::Moved { worth, .. } => (Decimal::ZERO, worth == Worth::Nothing),
            };
            let empty = row.side == Side::Buy && row.quantity.is_zero();
            cash += if row.is_trade() { sign * value - row.fee } else { -row.fee };
            brought += if row.side == Side::Sell && known { value - row.fee } else { Decimal::ZERO };
            swapped += if row.cause() == Some(Cause::Swap) { -sign * value } else { Decimal::ZERO };
            // Money for no coins at all, and fees of what has no value, are lost without a gain or loss.
            stray += if !known { row.fee } else { Decimal::ZERO };
            stray += if empty && known { -sign * value + row.fee } else { Decimal::ZERO };
        }
        let equity: Decimal = cash + worth;
        let unmatched: Decimal = brought - report.proceeds.amount();
        let unpriced: Decimal = report.no_price.iter().map(|gone| gone.cost.amount()).sum();
        let gained = report.realised.amount() + report.unrealised.unwrap().amount();
        let came = report.income.amount() + report.received.amount() + swapped;
        let explained = gained + came - report.spent.amount() + unmatched - unpriced - stray;
        prop_assert!((equity - explained).abs() < Decimal::new(1, 12), "{} is not explained", equity - explained);
    }

    #[test]
    fn an_average_cuts_the_cost_of_the_pool_and_loses_none_of_it(rows in prop::collection::vec(short_row(), 0..60)) {
        let rows = ordered(rows);
        let query = PnlQuery { method: Method::Average, ..live() };
        let mut books = Books::new(query.clone());
        let mut slices = Vec::new();
        for row in rows.iter().filter(|row| row.book == Book::Live) {
            let before = books.positions(&no_prices).unwrap().into_iter().find(|held| held.coin == row.coin);
            slices.clear();
            books.apply_each(row, &mut |slice| slices.push(*slice)).unwrap();
            for slice in &slices {
                let average = before.as_ref().unwrap().cost.amount() / before.as_ref().unwrap().quantity.decimal();
                let unit = slice.cost.amount() / slice.quantity.decimal();
                prop_assert!((unit - average).abs() < Decimal::new(1, 15), "{unit} is not {average}");
            }
        }
        let spent: Decimal = rows
            .iter()
            .filter(|row| row.book == Book::Live && row.side == Side::Buy && !row.quantity.is_zero())
            .map(|row| row.quantity.decimal() * row.price.decimal() + row.fee)
            .sum();
        let held = books.positions(&no_prices).unwrap();
        let left: Decimal = held.iter().map(|held| held.cost.amount()).sum();
        let apart = spent - left - books.report(&no_prices).unwrap().cost.amount();
        prop_assert!(apart.abs() < Decimal::new(1, 15), "{apart} is lost");
        for position in &held {
            let parcels: Decimal = position.parcels.iter().map(|parcel| parcel.cost.unwrap().amount()).sum();
            prop_assert!((parcels - position.cost.amount()).abs() < Decimal::new(1, 15));
        }
    }

    #[test]
    fn one_by_one_gives_what_all_at_once_gives(
        rows in prop::collection::vec(any_row(), 0..40),
        query in query(),
        prices in 1i64..100,
    ) {
        let rows = ordered(rows);
        let prices = all_at(&prices.to_string());
        let mut books = Books::new(query.clone());
        for (i, row) in rows.iter().enumerate() {
            books.apply(row).unwrap();
            prop_assert_eq!(books.report(&prices), pnl(&rows[..=i], &query, &prices));
        }
        let mut all = Books::new(query);
        all.apply_all(&rows).unwrap();
        prop_assert_eq!(books.positions(&prices), all.positions(&prices));
    }

    #[test]
    fn movements_one_by_one_give_what_all_at_once_gives(rows in history(), query in query()) {
        let mut books = Books::new(query.clone());
        for row in &rows {
            books.apply_each(row, &mut |_| {}).unwrap();
        }
        prop_assert_eq!(books.report(&no_prices), pnl(&rows, &query, &no_prices));
    }

    #[test]
    fn a_trade_that_arrives_late_is_refused_and_changes_nothing(
        rows in prop::collection::vec(short_row(), 2..40),
        pick in any::<prop::sample::Index>(),
    ) {
        let rows = ordered(rows);
        let rows: Vec<_> = rows.into_iter().filter(|row| row.book == Book::Live).collect();
        prop_assume!(rows.len() > 1);
        let late = rows[pick.index(rows.len() - 1)];
        let mut books = Books::new(live());
        books.apply_all(&rows).unwrap();
        let before = books.report(&no_prices);
        let refused = matches!(books.apply(&late), Err(BooksError::OutOfOrder { .. }));
        prop_assert!(refused);
        prop_assert_eq!(books.report(&no_prices), before);
    }

    #[test]
    fn the_sums_do_not_depend_on_the_grouping(rows in prop::collection::vec(short_row(), 0..60)) {
        let rows = ordered(rows);
        let by_coin = pnl(&rows, &live(), &no_prices).unwrap();
        for by in [GroupBy::Day, GroupBy::Week, GroupBy::Month, GroupBy::Year] {
            let by_period = pnl(&rows, &PnlQuery { by, ..live() }, &no_prices).unwrap();
            let realised: Decimal = by_period.groups.iter().map(|group| group.realised.amount()).sum();
            prop_assert_eq!(realised, by_coin.realised.amount());
            prop_assert_eq!(&by_period.metrics, &by_coin.metrics);
            prop_assert_eq!(by_period.fees, by_coin.fees);
        }
    }

    #[test]
    fn an_algorithm_asked_alone_is_its_group(rows in prop::collection::vec(short_row(), 0..60)) {
        let rows = ordered(rows);
        let prices = all_at("2.5");
        let together = pnl(&rows, &PnlQuery { by: GroupBy::Algorithm, ..live() }, &prices).unwrap();
        for group in &together.groups {
            let GroupKey::Algorithm(algorithm) = group.key else { panic!("{:?}", group.key) };
            let alone = pnl(&rows, &PnlQuery { algorithm: Some(algorithm), ..live() }, &prices).unwrap();
            prop_assert_eq!(alone.realised, group.realised);
            prop_assert_eq!(alone.unrealised, group.unrealised);
            prop_assert_eq!(alone.fees, group.fees);
        }
    }

    #[test]
    fn windows_that_touch_add_up_to_the_whole(
        rows in prop::collection::vec(short_row(), 0..60),
        hour in 0i64..40,
    ) {
        let rows = ordered(rows);
        let edge = Some(Timestamp::from_millis(1_700_000_000_000 + hour * 3_600_000));
        let whole = pnl(&rows, &live(), &no_prices).unwrap();
        let before = pnl(&rows, &PnlQuery { to: edge, ..live() }, &no_prices).unwrap();
        let after = pnl(&rows, &PnlQuery { from: edge, ..live() }, &no_prices).unwrap();
        prop_assert_eq!(before.realised.checked_add(after.realised).unwrap(), whole.realised);
        prop_assert_eq!(before.fees.checked_add(after.fees).unwrap(), whole.fees);
        prop_assert_eq!(before.metrics.trades + after.metrics.trades, whole.metrics.trades);
    }
}
