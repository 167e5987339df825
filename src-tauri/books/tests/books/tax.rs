//! Financial years: a worked one that can be checked by hand, and what always holds.

use crate::support::{aud, dec, no_prices, time, trade};
use books::{
    DeemedGain, FinancialYear, Imagined, LAST_SETTLED_YEAR, Method, Part, Picks, PnlQuery, Quarter, Reform, RowId,
    TaxQuery, TaxYear, Unresolved, pnl, tax_year, tax_years, what_if,
};
use domain::{Book, Decimal, Price, Quantity, Side, Timestamp, TradeRow};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SYDNEY: chrono_tz::Tz = chrono_tz::Australia::Sydney;

fn on(day: &str, side: Side, quantity: &str, price: &str, fee: &str) -> TradeRow {
    TradeRow { time: time(&format!("{day}T02:00:00Z")), ..trade(0, side, quantity, price, fee) }
}

fn year(rows: &[TradeRow], number: i32) -> TaxYear {
    tax_year(rows, &query(Method::Fifo), fy(number)).unwrap()
}

fn fy(number: i32) -> FinancialYear {
    FinancialYear::new(number).unwrap()
}

fn query(method: Method) -> TaxQuery {
    TaxQuery::of(Book::Live, method, SYDNEY, time("2032-01-01T00:00:00Z"))
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
            let all = tax_years(&rows, &query(method), fy(LAST_SETTLED_YEAR)).unwrap();
            for number in 2020..=LAST_SETTLED_YEAR {
                let year = tax_year(&rows, &query(method), fy(number)).unwrap();
                if let Some(walked) = all.iter().find(|walked| walked.year == fy(number)) {
                    let (a, b) = (walked.net_capital_gain, walked.losses_carried_forward);
                    prop_assert_eq!((a, b), (year.net_capital_gain, year.losses_carried_forward));
                }
                for line in &year.disposals {
                    let parts = line.purchase.amount() + line.incidental.amount() + line.indexation.amount();
                    prop_assert_eq!(parts, line.cost_base.amount());
                    prop_assert_eq!(line.proceeds.amount() - line.cost_base.amount(), line.gain.amount());
                }
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
            let last = fy(LAST_SETTLED_YEAR).bounds(SYDNEY).unwrap().1;
            let query = PnlQuery { method, to: Some(last), ..PnlQuery::of(Book::Live) };
            let realised = pnl(&rows, &query, &no_prices).unwrap().realised;
            prop_assert_eq!(sum.normalize(), realised.amount().normalize());
        }
    }
}

/// Rows with places of their own in the journal.
fn numbered(mut rows: Vec<TradeRow>) -> Vec<TradeRow> {
    for (at, row) in rows.iter_mut().enumerate() {
        row.seq = at as u64 + 1;
    }
    rows
}

/// Three parcels of one coin, and two sales of one coin in two years.
fn three_parcels() -> Vec<TradeRow> {
    numbered(vec![
        on("2022-08-01", Side::Buy, "1", "100", "0"),
        on("2022-09-01", Side::Buy, "1", "300", "0"),
        on("2022-10-01", Side::Buy, "1", "200", "0"),
        on("2023-01-10", Side::Sell, "1", "400", "0"),
        on("2024-01-10", Side::Sell, "1", "400", "0"),
        on("2025-01-10", Side::Sell, "1", "400", "0"),
    ])
}

fn gains(rows: &[TradeRow], query: &TaxQuery) -> Vec<Decimal> {
    let gain = |number| {
        let year = tax_year(rows, query, fy(number)).unwrap();
        year.disposals.iter().map(|line| line.gain.amount()).sum::<Decimal>().normalize()
    };
    [2023, 2024, 2025].map(gain).to_vec()
}

#[test]
fn a_year_goes_on_with_the_parcels_the_filed_years_left_whatever_their_method() {
    let rows = three_parcels();
    assert_eq!(gains(&rows, &query(Method::Fifo)), [dec("300"), dec("100"), dec("200")]);
    assert_eq!(gains(&rows, &query(Method::Hifo)), [dec("100"), dec("200"), dec("300")]);
    // 2023 was filed by HIFO: the parcel of 300 is gone, and FIFO goes on with 100 and 200.
    let filed = BTreeMap::from([(2023, Method::Hifo)]);
    assert_eq!(gains(&rows, &TaxQuery { filed, ..query(Method::Fifo) }), [dec("100"), dec("300"), dec("200")]);
    // Of 2023 by FIFO, HIFO goes on with 300 and 200; and what is asked for does not touch a filed year.
    let filed = BTreeMap::from([(2023, Method::Fifo), (2024, Method::Hifo)]);
    for asked in [Method::Fifo, Method::Lifo] {
        let query = TaxQuery { filed: filed.clone(), ..query(asked) };
        assert_eq!(gains(&rows, &query), [dec("300"), dec("100"), dec("200")]);
    }
}

#[test]
fn a_year_nobody_filed_goes_by_the_method_of_the_next_filed_one() {
    let filed = BTreeMap::from([(2024, Method::Lifo)]);
    let query = TaxQuery { filed, ..query(Method::Hifo) };
    let method = |number| query.method_of(fy(number));
    assert_eq!((method(2023), method(2024), method(2025)), (Method::Lifo, Method::Lifo, Method::Hifo));
    assert_eq!(gains(&three_parcels(), &query), [dec("200"), dec("100"), dec("300")]);
}

#[test]
fn picked_parcels_come_before_the_method_and_the_next_year_lacks_them() {
    let rows = three_parcels();
    let (sale, parcel) = (RowId::from(&rows[3]), RowId::from(&rows[2]));
    let picks = Picks::new(BTreeMap::from([(sale, vec![(parcel, Quantity::parse("1").unwrap())])]));
    let query = TaxQuery { picks, ..query(Method::Fifo) };
    assert_eq!(gains(&rows, &query), [dec("200"), dec("300"), dec("100")]);
}

#[test]
fn losses_from_before_the_records_come_into_the_year_they_are_said_for() {
    let earlier_losses = BTreeMap::from([(2024, dec("40"))]);
    let query = TaxQuery { earlier_losses, ..query(Method::Fifo) };
    let year = |number| tax_year(&three_parcels(), &query, fy(number)).unwrap();
    assert_eq!(year(2023).losses_brought_forward, aud("0"));
    assert_eq!((year(2024).losses_brought_forward, year(2024).net_capital_gain), (aud("40"), aud("30")));
}

#[test]
fn the_fees_of_purchase_and_sale_are_told_apart_from_the_sums() {
    let rows =
        numbered(vec![on("2024-08-01", Side::Buy, "4", "100", "8"), on("2024-09-01", Side::Sell, "1", "150", "3")]);
    let year = year(&rows, 2025);
    let line = year.disposals[0];
    assert_eq!((line.purchase, line.incidental, line.cost_base), (aud("100"), aud("2"), aud("102")));
    assert_eq!((line.sale_costs, line.proceeds, line.gain), (aud("3"), aud("147"), aud("45")));
}

#[test]
fn a_sale_at_a_loss_with_the_coin_bought_around_it_is_pointed_out_but_not_for_what_it_used_up() {
    let rows = numbered(vec![
        on("2024-08-01", Side::Buy, "1", "100", "0"),
        on("2024-09-10", Side::Sell, "1", "60", "0"),
        on("2024-10-10", Side::Buy, "2", "55", "0"),
        on("2024-11-01", Side::Buy, "1", "90", "0"),
        on("2024-12-20", Side::Sell, "3", "50", "0"),
    ]);
    let year = year(&rows, 2025);
    let found = year.patterns;
    assert_eq!(found.len(), 1, "{found:?}: nothing else was bought around 20 December");
    assert_eq!((found[0].loss, found[0].bought.to_string()), (aud("40"), "2".to_owned()));
    assert_eq!(found[0].nearest, rows[2].time);
    let apart = numbered(vec![rows[0], rows[1], on("2024-10-11", Side::Buy, "2", "55", "0")]);
    assert_eq!(self::year(&apart, 2025).patterns_found, 0, "31 days later");
}

fn imagined(at: &str, quantity: &str, price: &str, rate: Option<&str>) -> Imagined {
    let sale = TradeRow { time: time(at), device: 9, seq: 99, ..on("2026-01-01", Side::Sell, quantity, price, "0") };
    Imagined { sale, rate_pct: rate.map(dec) }
}

#[test]
fn a_sale_that_is_only_imagined_tells_by_each_method_what_it_would_do_to_the_year() {
    let rows = numbered(vec![
        on("2024-08-01", Side::Buy, "1", "100", "0"),
        on("2025-06-01", Side::Buy, "2", "300", "0"),
        on("2025-07-10", Side::Sell, "1", "250", "0"),
    ]);
    let asked = imagined("2025-09-01T02:00:00Z", "1", "200", Some("40"));
    let by = |method| what_if(&rows, &query(method), method, &asked).unwrap();
    // FIFO sold the parcel of 2024 in July, 22 days short of its discount: 150. Now one of 2025 goes, 100 under its cost.
    let fifo = by(Method::Fifo);
    assert_eq!((fifo.gain, fifo.year_before, fifo.year_after), (aud("-100"), aud("150"), aud("50")));
    assert_eq!((fifo.tax, fifo.after_tax), (Some(aud("-40")), Some(aud("240"))), "it saves 40 % of 100");
    // By HIFO July's loss of 50 stands, and one more of 100 joins it: nothing to tax, and more to carry forward.
    let hifo = by(Method::Hifo);
    assert_eq!((hifo.gain, hifo.year_before, hifo.year_after), (aud("-100"), aud("0"), aud("0")));
    assert_eq!(hifo.losses_left, (aud("50"), aud("150")));
    assert_eq!(hifo.tax, Some(aud("0")));
    let next = fifo.next.unwrap();
    assert_eq!((next.days, next.quantity.to_string()), (274, "2".to_owned()), "2 June 2026 is the first day");
    // The parcel of 2024 is past twelve months by HIFO's books.
    assert_eq!(hifo.next.map(|next| next.quantity.to_string()), Some("1".to_owned()));
    let without = what_if(&rows, &query(Method::Fifo), Method::Fifo, &Imagined { rate_pct: None, ..asked }).unwrap();
    assert_eq!((without.tax, without.after_tax), (None, None));
    let more = what_if(&rows, &query(Method::Fifo), Method::Fifo, &imagined("2025-09-01T02:00:00Z", "5", "200", None));
    assert_eq!(more.unwrap().without_parcel.to_string(), "3");
}

/// A law such as the bill may become; every number is made up for the test.
fn reform(deemed_gain: DeemedGain) -> Reform {
    let quarter = |text: &str| Quarter::parse(text).unwrap();
    Reform {
        deemed_gain,
        indexation_months: 12,
        factor_decimals: 3,
        indexes_losses: false,
        cpi: [("2027Q3", "100"), ("2028Q4", "105"), ("2028Q3", "104")]
            .map(|(q, index)| (quarter(q), dec(index)))
            .into(),
        prices: BTreeMap::from([(1, Price::parse("500").unwrap())]),
    }
}

/// One coin bought long before 1 July 2027, one bought a month before, both sold after.
fn across() -> Vec<TradeRow> {
    numbered(vec![
        on("2025-01-10", Side::Buy, "1", "100", "0"),
        on("2027-06-01", Side::Buy, "1", "450", "0"),
        on("2028-10-10", Side::Sell, "1", "800", "0"),
        on("2028-11-10", Side::Sell, "1", "520", "0"),
    ])
}

fn reformed(deemed_gain: DeemedGain, number: i32) -> TaxYear {
    let query = TaxQuery { reform: Some(reform(deemed_gain)), ..query(Method::Fifo) };
    tax_year(&across(), &query, fy(number)).unwrap()
}

#[test]
fn a_year_of_the_bill_is_refused_until_somebody_says_that_it_is_law() {
    let refused = tax_year(&across(), &query(Method::Fifo), fy(2028)).unwrap_err();
    assert_eq!(refused.code(), "law_unsettled");
    assert_eq!(tax_year(&across(), &query(Method::Fifo), fy(2027)).unwrap().net_capital_gain, aud("0"));
}

#[test]
fn a_gain_until_the_reset_counts_at_the_disposal_with_its_discount_and_the_rest_is_indexed() {
    let year = reformed(DeemedGain::OnDisposalHeldToReset, 2029);
    let told: Vec<_> = year.disposals.iter().map(|line| (line.part, line.gain, line.discount)).collect();
    assert_eq!(
        told,
        [
            (Part::BeforeReform, aud("400"), true),
            // 800 less 500 × 1.05.
            (Part::SinceReform, aud("275"), false),
            (Part::BeforeReform, aud("50"), false),
            // 520 less 525 would be a loss that only indexation makes.
            (Part::SinceReform, aud("0"), false),
        ]
    );
    // 400 halved, and the rest whole.
    assert_eq!(year.net_capital_gain, aud("525"));
    let held_to_sale = reformed(DeemedGain::OnDisposalHeldToSale, 2029);
    assert_eq!(held_to_sale.net_capital_gain, aud("500"), "the 50 are halved too");
    assert_eq!(reformed(DeemedGain::OnDisposalHeldToReset, 2027).net_capital_gain, aud("0"));
}

#[test]
fn a_gain_until_the_reset_can_count_in_the_year_that_ends_with_it_but_not_before_it_is_over() {
    let year = reformed(DeemedGain::InYear, 2027);
    assert!(year.disposals.iter().all(|line| line.sale.is_none() && line.part == Part::BeforeReform));
    assert_eq!((year.disposals.len(), year.net_capital_gain), (2, aud("250")), "half of 400, and 50");
    assert_eq!(reformed(DeemedGain::InYear, 2029).net_capital_gain, aud("275"));
    let early =
        TaxQuery { reform: Some(reform(DeemedGain::InYear)), now: time("2027-06-30T13:59:59Z"), ..query(Method::Fifo) };
    assert!(tax_year(&across(), &early, fy(2027)).unwrap().disposals.is_empty());
}

#[test]
fn what_nobody_said_is_listed_and_in_no_figure() {
    let lacking = Reform { prices: BTreeMap::new(), ..reform(DeemedGain::OnDisposalHeldToReset) };
    let query = TaxQuery { reform: Some(lacking), ..query(Method::Fifo) };
    let year = tax_year(&across(), &query, fy(2029)).unwrap();
    assert_eq!((year.unresolved, year.net_capital_gain), (vec![Unresolved::NoResetPrice(1)], aud("0")));
    let mut lacking = reform(DeemedGain::InYear);
    lacking.cpi.remove(&Quarter::parse("2028Q4").unwrap());
    let query = TaxQuery { reform: Some(lacking), ..query };
    let year = tax_year(&across(), &query, fy(2029)).unwrap();
    assert_eq!(year.unresolved, [Unresolved::NoIndex(Quarter::parse("2028Q4").unwrap())]);
}

#[test]
fn a_date_typed_wrong_by_thousands_of_years_is_answered_at_once() {
    let mut rows = history();
    rows.insert(
        0,
        TradeRow { time: Timestamp::from_micros(i64::MIN / 2), ..on("2022-01-01", Side::Buy, "1", "1", "0") },
    );
    assert_eq!(year(&rows, 2023).losses, aud("0"), "the coin of 1 AUD goes first");
}

fn received(day: &str, why: domain::Why, value: Option<&str>) -> domain::Movement {
    domain::Movement {
        book: Book::Live,
        time: time(&format!("{day}T02:00:00Z")),
        what: domain::Moved::Coins {
            direction: domain::Direction::In,
            coin: domain::Coin::parse("ETH").unwrap(),
            quantity: Quantity::parse("2").unwrap(),
            why,
        },
        value: value.map(aud),
        fee: None,
        network_fee: None,
        venue: None,
        party: None,
        external_id: None,
        note: None,
        occurrence: 0,
    }
}

#[test]
fn what_coins_were_worth_that_came_as_income_is_the_years_income_and_their_cost() {
    use domain::{Fact, Why};
    let came = [
        received("2024-08-01", Why::Staking, Some("30")),
        received("2024-08-02", Why::Airdrop, None),
        received("2024-08-03", Why::Gift, Some("500")),
        received("2024-08-04", Why::Unknown, Some("40")),
        received("2025-08-01", Why::Payment, Some("70")),
    ];
    let mut facts: Vec<Fact> = came.iter().map(|one| Fact::Movement { movement: Box::new(one.clone()) }).collect();
    let word =
        |value| Fact::MovementJudged { movement: came[3].id(), why: Why::Payment, value, at: Timestamp::default() };
    let of = |facts: &[Fact], number| {
        let told =
            books::Told::all(facts.iter().enumerate().map(|(at, fact)| (1, at as u64, Timestamp::default(), fact)));
        books::income(&told, fy(number), SYDNEY).unwrap()
    };
    let year = of(&facts, 2025);
    assert_eq!((year.total, year.events.len(), year.without_value), (aud("30"), 2, 1), "a gift is no income");
    assert_eq!(of(&facts, 2026).total, aud("70"));
    facts.push(word(Some(aud("45"))));
    assert_eq!(of(&facts, 2025).total, aud("75"), "the trader said what it was, and its value");
}
