//! Which pictures a report has: of its own figures, nothing more.

use crate::dto::{PnlGroup, Tax};
use chrono_tz::Tz;
use domain::Decimal;
use reports::{Chart, Drawn};
use std::collections::BTreeMap;

/// The most coins of one chart: the largest gains and losses.
const COINS_MAX: usize = 14;

fn chart(title: &str, drawn: Drawn, points: Vec<(String, Decimal)>) -> Chart {
    Chart { title: title.to_owned(), drawn, points }
}

/// What was realised period by period, and added up. One period alone is no picture.
pub(super) fn over_time(title: &str, periods: &[(String, Decimal)]) -> Vec<Chart> {
    if periods.len() < 2 {
        return vec![];
    }
    let mut sum = Decimal::ZERO;
    let so_far = periods.iter().map(|(key, amount)| {
        sum = sum.checked_add(*amount).unwrap_or(sum);
        (key.clone(), sum)
    });
    let so_far: Vec<_> = so_far.collect();
    vec![
        chart(&format!("{title} by month, AUD"), Drawn::Bars, periods.to_vec()),
        chart(&format!("{title} so far, AUD"), Drawn::Line, so_far),
    ]
}

/// What each coin brought, the largest first.
pub(super) fn by_coin(title: &str, coins: impl Iterator<Item = (String, Decimal)>) -> Option<Chart> {
    let mut coins: Vec<(String, Decimal)> = coins.filter(|(_, amount)| !amount.is_zero()).collect();
    coins.sort_by(|a, b| b.1.abs().cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
    coins.truncate(COINS_MAX);
    (coins.len() > 1).then(|| chart(&format!("{title} by coin, AUD"), Drawn::Bars, coins))
}

pub(super) fn of_groups(groups: &[PnlGroup]) -> Vec<(String, Decimal)> {
    groups.iter().map(|group| (group.key.clone(), group.realised.0)).collect()
}

/// The gains of a tax year by month of disposal and by coin.
pub(super) fn of_year(tax: &Tax, zone: Tz) -> Vec<Chart> {
    let (mut months, mut coins) = (BTreeMap::<String, Decimal>::new(), BTreeMap::<String, Decimal>::new());
    for row in &tax.disposals {
        let month = row.disposed.to_utc().with_timezone(&zone).format("%Y-%m").to_string();
        for (sums, key) in [(&mut months, month), (&mut coins, row.coin.to_string())] {
            let sum = sums.entry(key).or_default();
            *sum = sum.checked_add(row.gain.0).unwrap_or(*sum);
        }
    }
    let mut charts = over_time("Gains and losses", &months.into_iter().collect::<Vec<_>>());
    charts.extend(by_coin("Gains and losses", coins.into_iter()));
    charts
}
