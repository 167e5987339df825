//! What is kept between questions answers as if everything were folded anew, whatever rows come and in however many steps.

use crate::equity;
use crate::properties::{history, short_row};
use books::{
    CashMove, DAYS_AROUND, DayPrice, Days, Disposal, EquityQuery, FinancialYear, GrownCurve, GrownDays, GrownYear,
    Imagined, Method, OpenBooks, PATTERNS_TOLD, Pattern, Picks, RowId, TaxDisposal, TaxQuery, books_at, tax_years,
    what_if,
};
use domain::{Book, Quantity, Side, Timestamp, TradeRow};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SYDNEY: chrono_tz::Tz = chrono_tz::Australia::Sydney;
const BEGIN_MS: i64 = 1_700_000_000_000;

/// Histories of two years, from November 2023 on; rows lie some days apart.
fn years() -> impl Strategy<Value = Vec<TradeRow>> {
    history().prop_map(|mut rows| {
        for row in &mut rows {
            row.time = Timestamp::from_millis(BEGIN_MS + (row.time.millis() - BEGIN_MS) * 400);
        }
        rows
    })
}

fn query() -> impl Strategy<Value = TaxQuery> {
    let filed = prop::option::of((2024i32..2027, 0usize..3));
    (0usize..3, filed).prop_map(|(method, filed)| TaxQuery {
        filed: filed.map(|(year, method)| (year, Method::ALL[method])).into_iter().collect(),
        ..TaxQuery::of(Book::Live, Method::ALL[method], SYDNEY, Timestamp::from_millis(BEGIN_MS))
    })
}

/// The patterns of a year's lines, each looked for among all rows.
fn patterns(rows: &[TradeRow], lines: &[TaxDisposal]) -> Vec<Pattern> {
    let around = DAYS_AROUND * 86_400_000_000;
    let mut sales: BTreeMap<(Timestamp, u32, u64), Vec<&TaxDisposal>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.cause.is_none() && line.gain.amount().is_sign_negative()) {
        let Some(sale) = line.sale.filter(|_| !line.gain.amount().is_zero()) else { continue };
        sales.entry((sale.time, sale.device, sale.seq)).or_default().push(line);
    }
    let pattern = |lines: Vec<&TaxDisposal>| {
        let (coin, sold) = (lines[0].coin, lines[0].disposed);
        let is_near = |row: &&TradeRow| (row.time.micros() - sold.micros()).abs() <= around;
        let is_used = |row: &TradeRow| lines.iter().any(|line| RowId::from(&line.parcel) == RowId::from(row));
        let bought =
            |row: &&TradeRow| row.book == Book::Live && row.side == Side::Buy && row.is_trade() && row.coin == coin;
        let near: Vec<_> = rows.iter().filter(bought).filter(is_near).filter(|row| !is_used(row)).collect();
        let nearest = near.iter().min_by_key(|row| (row.time.micros() - sold.micros()).abs())?.time;
        let sum = |all: Vec<Quantity>| all.into_iter().try_fold(Quantity::ZERO, Quantity::checked_add).unwrap();
        let loss = lines.iter().map(|line| line.gain).try_fold(domain::Money::ZERO_AUD, domain::Money::checked_sub);
        Some(Pattern {
            coin,
            sold,
            quantity: sum(lines.iter().map(|line| line.quantity).collect()),
            loss: loss.unwrap(),
            bought: sum(near.iter().map(|row| row.quantity).collect()),
            nearest,
        })
    };
    sales.into_values().filter_map(pattern).collect()
}

/// Steps of a person who asks again and again: more rows each time, and hours later.
fn steps() -> impl Strategy<Value = Vec<(usize, i64)>> {
    prop::collection::vec((0usize..12, 0i64..72), 1..10)
}

/// Asks again and again; each answer must be that of a new fold. How often something could be kept.
fn asked_again(
    rows: &[TradeRow],
    cash: &[CashMove],
    from: Timestamp,
    steps: Vec<(usize, i64)>,
    prices: &dyn Fn(u32, usize) -> Option<DayPrice>,
) -> Result<usize, TestCaseError> {
    let (mut seen, mut to, mut kept) = (0, from, 0);
    let query = |to| EquityQuery {
        book: Book::Live,
        method: Method::Fifo,
        picks: Picks::default(),
        zone: SYDNEY,
        from: None,
        to,
    };
    let mut grown: Option<(GrownDays, GrownCurve)> = None;
    for (more, hours) in steps {
        seen = (seen + more).min(rows.len());
        to = to.plus_micros(hours * 3_600_000_000);
        let (rows, query) = (&rows[..seen], query(to));
        let mut known = grown.take().filter(|(days, _)| days.answers(&query));
        if let Some((days, _)) = &mut known
            && !days.go_on_to(rows, cash, to).unwrap()
        {
            known = None;
        }
        kept += usize::from(known.is_some());
        let (days, mut curve) = known.unwrap_or_else(|| {
            let days = GrownDays::new(rows, cash, &query).unwrap();
            let curve = GrownCurve::of(days.days());
            (days, curve)
        });
        let anew = Days::fold(rows, cash, &query).unwrap();
        prop_assert_eq!((days.days().ends(), days.days().wanted()), (anew.ends(), anew.wanted()));
        prop_assert_eq!(days.days().first_mix(), anew.first_mix());
        prop_assert_eq!(curve.value(days.days(), days.over(), prices).unwrap(), anew.value(prices).unwrap());
        grown = Some((days, curve));
    }
    Ok(kept)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_year_that_grew_row_by_row_is_the_year_of_all_its_rows(
        rows in years(),
        query in query(),
        year in 2024i32..2027,
        steps in prop::collection::vec(0usize..20, 0..8),
        most in 0usize..5,
        sold in short_row(),
    ) {
        let year = FinancialYear::new(year).unwrap();
        let mut grown = GrownYear::new(&[], &query, year, most).unwrap();
        let mut seen = 0;
        for step in steps {
            seen = (seen + step).min(rows.len());
            let rows = &rows[..seen];
            // A row of a year that is closed is refused, never taken into another.
            if !grown.take(rows).unwrap() {
                grown = GrownYear::new(rows, &query, year, most).unwrap();
            }
            let (mut all, kept) = (tax_years(rows, &query, year).unwrap(), grown.years(rows).unwrap());
            let last = all.last_mut().unwrap();
            prop_assert_eq!(last.lines, last.disposals.len());
            last.disposals.truncate(most);
            prop_assert_eq!(kept, all);
            let time = rows.last().map_or(query.now, |row| row.time);
            let sale = TradeRow { time, recorded_at: time, seq: u64::MAX, device: 9, side: Side::Sell, book: Book::Live, ..sold };
            if FinancialYear::of(time, SYDNEY) == year {
                let imagined = Imagined { sale, rate_pct: None };
                let anew = what_if(rows, &query, query.method, &imagined).unwrap();
                prop_assert_eq!(grown.what_if(rows, &imagined).unwrap(), anew);
            }
        }
    }

    #[test]
    fn days_that_grew_are_the_days_of_a_new_fold((rows, cash) in equity::history(), steps in steps(), none in any::<bool>()) {
        let begin = rows.first().map_or(Timestamp::default(), |row| row.time).plus_micros(-36_000_000_000);
        let cash = if none { Vec::new() } else { cash };
        asked_again(&rows, &cash, begin, steps, &equity::moving)?;
    }

    #[test]
    fn days_with_movements_grow_as_well(rows in history(), steps in steps(), priced in any::<bool>()) {
        let begin = rows.first().map_or(Timestamp::default(), |row| row.time);
        let prices = |coin: u32, at: usize| (priced || coin > 0 || at % 3 > 0).then(|| equity::moving(coin, at)).flatten();
        asked_again(&rows, &[], begin, steps, &prices)?;
    }

    #[test]
    fn patterns_are_those_that_a_look_at_every_row_finds(rows in years(), query in query(), year in 2024i32..2027) {
        let years = tax_years(&rows, &query, FinancialYear::new(year).unwrap()).unwrap();
        let last = years.last().unwrap();
        let all = patterns(&rows, &last.disposals);
        prop_assert_eq!(last.patterns_found, all.len());
        prop_assert_eq!(&last.patterns, &all);
    }

    #[test]
    fn open_parcels_and_what_used_them_are_those_of_a_new_fold(
        rows in years(),
        query in query(),
        steps in prop::collection::vec(0usize..20, 0..8),
    ) {
        let mut open = OpenBooks::new(&[], &query).unwrap();
        let mut seen = 0;
        for step in steps {
            seen = (seen + step).min(rows.len());
            prop_assert!(open.take(&rows[..seen]).unwrap());
            let mut uses: BTreeMap<RowId, Vec<Disposal>> = BTreeMap::new();
            let mut take = |slice: &Disposal| uses.entry(RowId::from(&slice.parcel)).or_default().push(*slice);
            let anew = books_at(&rows[..seen], &query, None, query.now, &mut take).unwrap().positions(&|_| None).unwrap();
            for parcel in anew.iter().flat_map(|held| &held.parcels) {
                let row = RowId::from(&parcel.row);
                let kept: Vec<Disposal> = open.uses(row).copied().collect();
                prop_assert_eq!(&kept, uses.get(&row).map_or(&[][..], Vec::as_slice));
            }
            prop_assert_eq!(open.positions(&|_| None).unwrap(), anew);
        }
        prop_assert!(!open.take(&[]).unwrap() || seen == 0, "fewer rows are other rows");
    }
}

#[test]
fn more_patterns_than_are_told_are_counted_and_the_first_are_told() {
    let day = |n: usize| Timestamp::from_millis(BEGIN_MS + n as i64 * 3_600_000);
    let row = |n: usize, side: Side, price: i64| TradeRow {
        time: day(n),
        seq: n as u64,
        price: domain::Price::new(price.into()).unwrap(),
        ..crate::support::trade(0, side, "1", "1", "0")
    };
    // Bought dear and sold cheap, hour by hour.
    let rows: Vec<_> = (0..2 * PATTERNS_TOLD + 40)
        .map(|n| if n % 2 == 0 { row(n, Side::Buy, 100) } else { row(n, Side::Sell, 90) })
        .collect();
    let query = TaxQuery::of(Book::Live, Method::Fifo, SYDNEY, day(0));
    let year = tax_years(&rows, &query, FinancialYear::new(2024).unwrap()).unwrap().pop().unwrap();
    let mut all = patterns(&rows, &year.disposals);
    assert_eq!((all.len(), year.patterns_found), (PATTERNS_TOLD + 20, PATTERNS_TOLD + 20));
    all.truncate(PATTERNS_TOLD);
    assert_eq!(year.patterns, all);
}

#[test]
fn asked_again_within_a_day_and_on_the_next_days_are_taken_on() {
    let rows: Vec<_> = (0..20)
        .map(|n| TradeRow {
            time: Timestamp::from_millis(BEGIN_MS + n * 7_200_000),
            seq: n as u64,
            ..crate::support::trade(0, Side::Buy, "1", "10", "0")
        })
        .collect();
    let begin = Timestamp::from_millis(BEGIN_MS);
    // Each asks an hour after its last row.
    let steps = (0..20).map(|n| (1, if n == 0 { 1 } else { 2 })).collect();
    assert_eq!(asked_again(&rows, &[], begin, steps, &equity::moving).unwrap(), 19, "all but the first");
    // A clock that was set back, and a row of a day that is over, are refused.
    let query = |to| EquityQuery {
        book: Book::Live,
        method: Method::Fifo,
        picks: Picks::default(),
        zone: SYDNEY,
        from: None,
        to,
    };
    let late = rows[19].time.plus_micros(48 * 3_600_000_000);
    let mut days = GrownDays::new(&rows[..10], &[], &query(late)).unwrap();
    assert!(!days.clone().go_on_to(&rows[..10], &[], begin).unwrap());
    assert!(!days.go_on_to(&rows, &[], late).unwrap());
}
