use super::*;
use crate::fixtures::{NOW, coin, dec, id, price, quantity};
use proptest::prelude::*;

fn after(seconds: i64) -> Timestamp {
    NOW.plus_micros(seconds * 1_000_000)
}

fn look(open: Vec<VenueOrder>, done: Vec<VenueFill>) -> Look {
    let (mut coins, mut cash) = (dec("1"), dec("10000"));
    for row in &done {
        let (amount, total) = (row.amount.decimal(), row.amount.decimal() * row.rate.decimal());
        coins += if row.side == Side::Buy { amount } else { -amount };
        cash += if row.side == Side::Buy { -(total + row.fee) } else { total - row.fee };
    }
    let coins = vec![(coin("BTC"), Quantity::new(coins).unwrap())];
    Look { at: after(60), open, done, complete: true, coins, cash }
}

/// 0.01 BTC to be bought at 90,000, before which the venue said this.
fn buying(before: Look) -> Unresolved {
    Unresolved {
        order: id(1),
        side: Side::Buy,
        coin: coin("BTC"),
        kind: OrderKind::Limit(price("90000.123")),
        quantity: quantity("0.01"),
        intended: NOW,
        before,
    }
}

fn nothing_before() -> Unresolved {
    buying(look(vec![], vec![]))
}

fn resting(id: &str, left: &str, rate: &str) -> VenueOrder {
    VenueOrder {
        id: id.into(),
        side: Side::Buy,
        coin: coin("BTC"),
        left: quantity(left),
        rate: price(rate),
        created: Some(after(1)),
    }
}

fn row(id: Option<&str>, amount: &str, rate: &str) -> VenueFill {
    VenueFill {
        id: id.map(Into::into),
        side: Side::Buy,
        coin: coin("BTC"),
        instant: false,
        amount: quantity(amount),
        rate: price(rate),
        fee: dec("0.05"),
        at: after(2),
    }
}

fn found(order: &Unresolved, look: &Look) -> Finding {
    order.search(look, &Claimed::default())
}

/// The one match: its id, what rests, and how many rows.
fn one(order: &Unresolved, look: &Look) -> (Option<String>, Option<Quantity>, usize) {
    match found(order, look) {
        Finding::One(one) => (one.venue_order_id, one.resting, one.rows.len()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_that_rests_untouched_is_it() {
    let seen = look(vec![resting("a", "0.01", "90000.123")], vec![]);
    assert_eq!(one(&nothing_before(), &seen), (Some("a".into()), Some(quantity("0.01")), 0));
    let cut = look(vec![resting("a", "0.01", "90000.12")], vec![]);
    assert_eq!(one(&nothing_before(), &cut).0, Some("a".into()), "a venue that keeps two digits of a rate");
}

#[test]
fn a_partly_filled_order_is_it_when_its_rows_make_up_the_rest() {
    let open = vec![resting("a", "0.004", "90000.123")];
    let by_id = look(open.clone(), vec![row(Some("a"), "0.006", "89990")]);
    assert_eq!(one(&nothing_before(), &by_id), (Some("a".into()), Some(quantity("0.004")), 1));
    let own_ids = look(open.clone(), vec![row(Some("x"), "0.005", "89990"), row(Some("y"), "0.001", "90000")]);
    assert_eq!(one(&nothing_before(), &own_ids).2, 2);
    // The history lags: not yet.
    assert!(matches!(found(&nothing_before(), &look(open, vec![])), Finding::Similar(_)));
}

#[test]
fn an_order_filled_before_anybody_looked_is_found_in_the_history() {
    let whole = look(vec![], vec![row(Some("a"), "0.01", "89999")]);
    assert_eq!(one(&nothing_before(), &whole), (Some("a".into()), None, 1));
    let parts = look(vec![], vec![row(Some("a"), "0.007", "89999"), row(Some("a"), "0.003", "90000.123")]);
    assert_eq!(one(&nothing_before(), &parts), (Some("a".into()), None, 2));
    let own_ids = look(vec![], vec![row(Some("x"), "0.007", "89999"), row(Some("y"), "0.003", "90000")]);
    assert_eq!(one(&nothing_before(), &own_ids), (None, None, 2));
    let no_ids = look(vec![], vec![row(None, "0.005", "89999"), row(None, "0.005", "89999")]);
    assert_eq!(one(&nothing_before(), &no_ids), (None, None, 2), "equal rows are two rows");
}

#[test]
fn an_instant_trade_is_found_by_its_row_and_a_book_row_is_none() {
    let order = Unresolved { kind: OrderKind::Instant, ..nothing_before() };
    let traded = VenueFill { instant: true, ..row(Some("a"), "0.01", "91000") };
    assert_eq!(one(&order, &look(vec![], vec![traded.clone()])).2, 1);
    assert!(matches!(found(&order, &look(vec![], vec![row(None, "0.01", "90000")])), Finding::Similar(_)));
    assert!(matches!(found(&nothing_before(), &look(vec![], vec![traded])), Finding::Similar(_)));
}

#[test]
fn what_was_there_before_or_belongs_to_another_order_is_no_evidence() {
    let (open, done) = (resting("a", "0.01", "90000.123"), row(None, "0.01", "90000"));
    let there = look(vec![open.clone()], vec![done.clone()]);
    let order = buying(there.clone());
    assert_eq!(found(&order, &there), Finding::Nothing { unexplained: false });
    // One more equal row is new, though it looks like the old one.
    let again = look(vec![open.clone()], vec![done.clone(), done.clone()]);
    assert_eq!(one(&order, &again), (None, None, 1));
    let claimed = Claimed { orders: BTreeSet::from(["a".to_owned()]), rows: vec![done.clone()] };
    let finding = nothing_before().search(&look(vec![open], vec![done]), &claimed);
    assert!(matches!(finding, Finding::Nothing { .. }), "{finding:?}");
    let old = VenueOrder { created: Some(after(-3_600)), ..resting("b", "0.01", "90000.123") };
    assert!(matches!(found(&nothing_before(), &look(vec![old], vec![])), Finding::Nothing { .. }));
}

#[test]
fn two_that_could_be_it_are_for_a_person() {
    let twins = look(vec![resting("a", "0.01", "90000.123"), resting("b", "0.01", "90000.123")], vec![]);
    assert!(matches!(found(&nothing_before(), &twins), Finding::Several(both) if both.len() == 2));
    let mixed = look(vec![resting("a", "0.01", "90000.123")], vec![row(Some("b"), "0.01", "89999")]);
    assert!(matches!(found(&nothing_before(), &mixed), Finding::Several(both) if both.len() == 2));
}

#[test]
fn what_differs_in_amount_or_rate_is_like_it_and_never_adopted() {
    for open in [resting("a", "0.02", "90000.123"), resting("a", "0.009", "90000.123"), resting("a", "0.01", "90001")] {
        let finding = found(&nothing_before(), &look(vec![open.clone()], vec![]));
        assert!(matches!(&finding, Finding::Similar(like) if like.len() == 1), "{open:?}: {finding:?}");
    }
    for done in [row(Some("a"), "0.011", "90000"), row(Some("a"), "0.01", "90001")] {
        let finding = found(&nothing_before(), &look(vec![], vec![done.clone()]));
        assert!(matches!(&finding, Finding::Similar(_)), "{done:?}: {finding:?}");
    }
    let other_side = VenueFill { side: Side::Sell, ..row(Some("a"), "0.01", "90000") };
    let other_coin = VenueFill { coin: coin("ETH"), ..row(Some("a"), "0.01", "90000") };
    for done in [other_side, other_coin] {
        assert!(matches!(found(&nothing_before(), &look(vec![], vec![done])), Finding::Nothing { .. }));
    }
}

#[test]
fn an_incomplete_look_decides_nothing() {
    let seen = Look { complete: false, ..look(vec![resting("a", "0.01", "90000.123")], vec![]) };
    assert_eq!(found(&nothing_before(), &seen), Finding::Incomplete);
}

#[test]
fn balances_that_moved_without_a_row_are_told() {
    let still = look(vec![], vec![]);
    assert_eq!(found(&nothing_before(), &still), Finding::Nothing { unexplained: false });
    for moved in [
        Look { coins: vec![(coin("BTC"), quantity("1.01"))], ..still.clone() },
        Look { cash: dec("9100"), ..still.clone() },
    ] {
        assert_eq!(found(&nothing_before(), &moved), Finding::Nothing { unexplained: true });
    }
    let cent = Look { cash: dec("9999.99"), ..still };
    assert_eq!(found(&nothing_before(), &cent), Finding::Nothing { unexplained: false }, "rounding is no trade");
    // Another coin's trade explains the cash that left.
    let ether = VenueFill { coin: coin("ETH"), ..row(None, "1", "4000") };
    let elsewhere = Look { coins: vec![(coin("BTC"), quantity("1"))], ..look(vec![], vec![ether]) };
    assert_eq!(found(&nothing_before(), &elsewhere), Finding::Nothing { unexplained: false });
}

#[test]
fn only_five_quiet_looks_over_ten_minutes_let_a_person_close_it() {
    let nothing = Finding::Nothing { unexplained: false };
    let after_looks = |times: &[i64]| {
        let mut quiet = Quiet::default();
        times.iter().for_each(|at| quiet.take(&nothing, after(*at)));
        quiet
    };
    assert!(!after_looks(&[0, 100, 200, 600]).may_be_closed(), "four looks");
    assert!(!after_looks(&[0, 1, 2, 3, 4, 599]).may_be_closed(), "not ten minutes");
    assert!(after_looks(&[0, 1, 2, 3, 600]).may_be_closed());
    assert!(!after_looks(&[0, 100, 200, 300, 600, -5]).may_be_closed(), "a clock set back begins anew");
    let mut quiet = after_looks(&[0, 1, 2, 3, 600]);
    quiet.take(&Finding::Incomplete, after(700));
    assert!(quiet.may_be_closed(), "an incomplete look tells nothing either way");
    quiet.take(&Finding::Nothing { unexplained: true }, after(800));
    assert_eq!((quiet.may_be_closed(), quiet.polls()), (false, 0));
}

fn at(seconds: i64, row: VenueFill) -> VenueFill {
    VenueFill { at: after(seconds), ..row }
}

#[test]
fn what_is_kept_of_a_look_is_what_rests_in_the_coin_and_the_end_of_the_history() {
    let eth = |order: VenueOrder| VenueOrder { coin: coin("ETH"), ..order };
    let open = vec![resting("a", "1", "90000"), eth(resting("b", "1", "3000"))];
    let edge = 60 - KEPT_S;
    let done = vec![at(edge - 1, row(None, "1", "5")), at(edge, row(None, "1", "6")), at(60, row(None, "1", "7"))];
    let kept = kept_before(&look(open.clone(), done), coin("BTC"));
    assert_eq!(kept.open, open[..1]);
    assert_eq!(kept.done.iter().map(|row| row.at).collect::<Vec<_>>(), [after(edge), after(60)]);
    assert_eq!(kept.coins, [(coin("BTC"), quantity("4"))]);
    // More than is kept: the newest of them, whatever their order, and all of one moment.
    let many = (0..KEPT_ROWS_MAX as i64 + 7).map(|back| at(50 - back, row(None, "0.0001", "7"))).collect();
    let kept = kept_before(&look(vec![], many), coin("BTC"));
    assert_eq!(kept.done.len(), KEPT_ROWS_MAX);
    assert_eq!(kept.done.iter().map(|row| row.at).min(), Some(after(50 - KEPT_ROWS_MAX as i64 + 1)));
}

#[test]
fn rows_from_before_what_was_kept_are_neither_evidence_nor_a_change_of_the_balance() {
    let old = at(60 - KEPT_S - 1, row(None, "0.01", "90000"));
    let first = look(vec![], vec![old.clone()]);
    let order = buying(kept_before(&first, coin("BTC")));
    let later = Look { at: after(120), ..first };
    assert_eq!(found(&order, &later), Finding::Nothing { unexplained: false });
    // One that the history told late is a change that is explained, though it is older than the newest that was kept.
    let known = at(40, row(None, "0.02", "80000"));
    let order = buying(kept_before(&look(vec![], vec![known.clone()]), coin("BTC")));
    let late = VenueFill { side: Side::Sell, ..at(30, row(None, "0.5", "80000")) };
    assert_eq!(found(&order, &look(vec![], vec![known, late])), Finding::Nothing { unexplained: false });
}

#[test]
fn a_sale_told_since_explains_coins_and_cash_to_a_cent_for_each_row_and_one_more() {
    let order = nothing_before();
    let sale = VenueFill { side: Side::Sell, ..row(None, "0.5", "80000") };
    let told = look(vec![], vec![sale]);
    for (cents, unexplained) in [("0.02", false), ("-0.02", false), ("0.03", true), ("-0.03", true)] {
        let moved = Look { cash: told.cash + dec(cents), ..told.clone() };
        assert_eq!(found(&order, &moved), Finding::Nothing { unexplained }, "{cents}");
    }
}

#[test]
fn a_row_may_be_told_a_little_before_the_order_and_a_sale_is_filled_at_its_limit_or_above() {
    let order = nothing_before();
    let told = |seconds| look(vec![], vec![at(seconds, row(Some("x"), "0.01", "90000"))]);
    assert_eq!(one(&order, &told(-CLOCK_APART_S)).2, 1);
    assert!(!matches!(found(&order, &told(-CLOCK_APART_S - 1)), Finding::One(_)));
    let sale = Unresolved { side: Side::Sell, ..nothing_before() };
    let told = |rate| look(vec![], vec![VenueFill { side: Side::Sell, ..row(Some("x"), "0.01", rate) }]);
    assert_eq!(one(&sale, &told("90001")).2, 1);
    assert!(!matches!(found(&sale, &told("89999")), Finding::One(_)));
}

#[test]
fn a_clock_that_was_set_back_counts_looks_anew() {
    let mut quiet = Quiet::NONE;
    for seconds in [0, 100, 200] {
        quiet.take(&Finding::Nothing { unexplained: false }, after(seconds));
    }
    assert_eq!((quiet.polls(), quiet.span()), (3, Some((after(0), after(200)))));
    quiet.take(&Finding::Nothing { unexplained: false }, after(150));
    assert_eq!((quiet.polls(), quiet.span()), (1, Some((after(150), after(150)))));
}

proptest! {
    /// Whatever else stands at the venue: a match adds up to the order, and nothing old or another's is in it.
    #[test]
    fn a_match_is_the_order_to_the_digit_and_made_of_new_things_only(
        amounts in prop::collection::vec((1_i64..5, 0_u8..3), 0..8),
        before in 0_usize..8,
        open in prop::collection::vec(1_i64..5, 0..3),
    ) {
        let done: Vec<VenueFill> = amounts
            .iter()
            .map(|(amount, id)| {
                let id = ["a", "b"].get(usize::from(*id)).copied();
                VenueFill { amount: Quantity::new(Decimal::new(*amount, 2)).unwrap(), ..row(id, "1", "90000") }
            })
            .collect();
        let (old, _) = done.split_at(before.min(done.len()));
        let resting: Vec<VenueOrder> = open
            .iter()
            .enumerate()
            .map(|(place, left)| VenueOrder {
                left: Quantity::new(Decimal::new(*left, 2)).unwrap(),
                ..resting(["a", "c", "d"][place], "1", "90000.123")
            })
            .collect();
        let order = Unresolved { quantity: quantity("0.04"), ..buying(look(vec![], old.to_vec())) };
        let seen = look(resting, done.clone());
        let matches = match order.search(&seen, &Claimed::default()) {
            Finding::One(one) => vec![one],
            Finding::Several(all) => all,
            _ => vec![],
        };
        let fresh = done.len() - old.len();
        for found in matches {
            let rows: Decimal = found.rows.iter().map(|row| row.amount.decimal()).sum();
            prop_assert_eq!(rows + found.resting.map_or(Decimal::ZERO, Quantity::decimal), dec("0.04"));
            prop_assert!(found.rows.len() <= fresh);
            // A multiset: no row is used more often than it is new.
            for row in &found.rows {
                let count = |rows: &[VenueFill]| rows.iter().filter(|other| *other == row).count();
                prop_assert!(count(&found.rows) <= count(&done) - count(old));
            }
        }
    }
}
