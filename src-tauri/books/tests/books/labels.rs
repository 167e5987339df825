//! Figures by label: a trade with several counts in each, and nothing else changes.

use crate::support::{all_at, aud, buy, live, no_prices, sell};
use books::{Books, Disposal, GroupBy, GroupKey, Labels, NO_LABEL, PnlQuery, pnl};
use domain::{Decimal, Money, TradeRow};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn numbered(rows: Vec<TradeRow>) -> Vec<TradeRow> {
    rows.into_iter().enumerate().map(|(at, row)| TradeRow { seq: at as u64 + 1, ..row }).collect()
}

fn labelled(rows: &[TradeRow], labels: &[&[u32]]) -> PnlQuery {
    let of = |(row, labels): (&TradeRow, &&[u32])| (row.into(), labels.iter().copied().collect::<BTreeSet<u32>>());
    let by_row: BTreeMap<_, _> = rows.iter().zip(labels).map(of).collect();
    PnlQuery { by: GroupBy::Label, labels: Labels::new(by_row), ..live() }
}

#[test]
fn a_sale_counts_in_each_of_its_labels_what_is_held_in_those_of_its_purchase_and_the_report_says_so() {
    let rows =
        numbered(vec![buy(1, "1", "10", "1"), buy(2, "1", "20", "1"), sell(3, "1", "40", "2"), buy(4, "1", "30", "0")]);
    let query = labelled(&rows, &[&[1], &[2], &[1, 2], &[]]);
    let report = pnl(&rows, &query, &all_at("50")).unwrap();
    let groups: Vec<_> =
        report.groups.iter().map(|g| (g.key.clone(), g.realised, g.unrealised.unwrap(), g.fees, g.trades)).collect();
    let label = GroupKey::Label;
    assert_eq!(
        groups,
        [
            (label(NO_LABEL), aud("0"), aud("20"), aud("0"), 0),
            (label(1), aud("27"), aud("0"), aud("3"), 1),
            (label(2), aud("27"), aud("29"), aud("3"), 1),
        ]
    );
    assert_eq!((report.realised, report.unrealised, report.fees), (aud("27"), Some(aud("49")), aud("4")));
    assert!(report.note.unwrap().contains("several labels"));
    let one_each = pnl(&rows, &labelled(&rows, &[&[1], &[2], &[2], &[]]), &all_at("50")).unwrap();
    assert!(!one_each.note.unwrap().contains("several labels"));
}

#[test]
fn a_label_that_holds_only_what_has_no_price_has_no_unrealised_gain() {
    let rows = numbered(vec![buy(1, "1", "10", "0"), buy(2, "1", "10", "0"), sell(3, "1", "40", "0")]);
    let report = pnl(&rows, &labelled(&rows, &[&[1], &[1, 2], &[1]]), &no_prices).unwrap();
    let unrealised: Vec<_> = report.groups.iter().map(|group| group.unrealised).collect();
    assert_eq!(unrealised, [None, None]);
}

proptest! {
    #[test]
    fn a_label_sums_the_slices_of_its_sales_and_the_totals_are_those_without_labels(
        trades in prop::collection::vec((any::<bool>(), 1i64..50, 1i64..500, 0i64..30, prop::collection::vec(1u32..4, 0..3)), 1..40),
    ) {
        let row = |(at, (is_buy, quantity, price, fee, _)): (usize, &(bool, i64, i64, i64, Vec<u32>))| {
            let (quantity, price, fee) = (quantity.to_string(), price.to_string(), fee.to_string());
            let trade = if *is_buy { buy } else { sell };
            trade(at as i64, &quantity, &price, &fee)
        };
        let rows = numbered(trades.iter().enumerate().map(row).collect());
        let labels: Vec<&[u32]> = trades.iter().map(|trade| trade.4.as_slice()).collect();
        let query = labelled(&rows, &labels);
        let report = pnl(&rows, &query, &all_at("7.5")).unwrap();
        let plain = pnl(&rows, &live(), &all_at("7.5")).unwrap();
        prop_assert_eq!(
            (report.realised, report.unrealised, report.fees, report.cost),
            (plain.realised, plain.unrealised, plain.fees, plain.cost)
        );
        let mut sums: BTreeMap<u32, Decimal> = BTreeMap::new();
        let mut books = Books::new(live());
        for (row, labels) in rows.iter().zip(&labels) {
            let own: BTreeSet<u32> = if labels.is_empty() { [NO_LABEL].into() } else { labels.iter().copied().collect() };
            let mut take = |part: &Disposal| {
                own.iter().for_each(|label| *sums.entry(*label).or_default() += part.gain.amount());
            };
            books.apply_each(row, &mut take).unwrap();
        }
        for group in &report.groups {
            let GroupKey::Label(label) = group.key else { panic!("{:?}", group.key) };
            prop_assert_eq!(group.realised, Money::aud(sums.remove(&label).unwrap_or_default()), "label {}", label);
        }
        prop_assert!(sums.is_empty(), "every label has its group: {:?}", sums);
    }
}
