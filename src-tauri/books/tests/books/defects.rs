//! What older tools got wrong, where no other test says it; and that the list of all of it in the docs is true.

use crate::support::{buy, live, no_prices, sell};
use books::{GroupBy, GroupKey, PnlQuery, pnl};
use chrono::{NaiveDate, TimeZone};
use domain::{Timestamp, TradeRow};
use proptest::prelude::*;
use std::path::Path;

const SYDNEY: chrono_tz::Tz = chrono_tz::Australia::Sydney;

fn midnight(day: NaiveDate) -> Timestamp {
    let local = SYDNEY.from_local_datetime(&day.and_hms_opt(0, 0, 0).unwrap()).earliest().unwrap();
    Timestamp::from_utc(local.to_utc())
}

/// Trades around a change of the clocks, many of them on a midnight.
fn trades() -> impl Strategy<Value = Vec<TradeRow>> {
    let clocks = NaiveDate::from_ymd_opt(2024, 10, 6).unwrap();
    let trade = (-3i64..3, prop_oneof![Just(0i64), Just(-1), -80_000i64..80_000], any::<bool>(), 1u32..50, 1u32..300);
    prop::collection::vec(trade, 0..40).prop_map(move |trades| {
        let row = |(days, seconds, is_sale, coins, price): (i64, i64, bool, u32, u32)| {
            let (coins, price) = (coins.to_string(), price.to_string());
            let row = if is_sale { sell(0, &coins, &price, "0.5") } else { buy(0, &coins, &price, "0.5") };
            let day = clocks.checked_add_signed(chrono::TimeDelta::days(days)).unwrap();
            TradeRow { time: midnight(day).plus_micros(seconds * 1_000_000), ..row }
        };
        let mut rows: Vec<_> = trades.into_iter().map(row).collect();
        rows.sort_by_key(|row| row.time);
        rows
    })
}

proptest! {
    #[test]
    fn a_history_by_day_is_what_each_day_asked_alone_gives(rows in trades()) {
        let by_day = pnl(&rows, &PnlQuery { by: GroupBy::Day, ..live() }, &no_prices).unwrap();
        let mut trades = 0;
        for group in &by_day.groups {
            let GroupKey::Period(key) = &group.key else { panic!("{:?}", group.key) };
            let day = NaiveDate::parse_from_str(key, "%Y-%m-%d").unwrap();
            let (from, to) = (Some(midnight(day)), Some(midnight(day.succ_opt().unwrap())));
            let alone = pnl(&rows, &PnlQuery { from, to, ..live() }, &no_prices).unwrap();
            prop_assert_eq!((group.realised, group.fees), (alone.realised, alone.fees), "{}", key);
            prop_assert_eq!(group.trades, alone.metrics.trades);
            trades += group.trades;
        }
        prop_assert_eq!(trades, by_day.metrics.trades, "no sale is in two days or in none");
    }
}

#[test]
fn each_known_defect_names_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/books.md")).unwrap();
    let table = page.split("## Known defects").nth(1).unwrap().split("\n## ").next().unwrap();
    let lines: Vec<_> = table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #")).collect();
    for (number, line) in (1..).zip(&lines) {
        assert!(line.starts_with(&format!("| {number} |")), "{line}");
        let tests: Vec<_> = line.split('`').filter_map(|word| word.split_once("::")).collect();
        assert!(!tests.is_empty(), "{line}");
        for (file, name) in tests {
            let code = std::fs::read_to_string(root.join("src-tauri").join(file)).unwrap();
            assert!(code.contains(&format!("fn {name}(")), "{file} has no {name}");
        }
    }
    assert_eq!(lines.len(), 23);
}
