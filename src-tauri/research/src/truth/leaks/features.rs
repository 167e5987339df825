//! The same checks for features: a function from candles to one row for each bar of the coin.

use super::{BARS_MAX, Check, Difference, Found, LeakError, Leaks, cuts, enough, or_nothing};
use crate::truth::market::{Garbage, Market};

/// One row for each bar, oldest first; what isn't known there is none.
pub type Rows = Vec<Vec<Option<f64>>>;

/// What an average remembers of what came before its warm-up may differ by this share.
const REMEMBERED: f64 = 1e-6;

/// Runs all checks over a table of features that warms up over so many bars.
///
/// # Errors
/// [`LeakError::TooFewBars`].
pub fn feature_leaks(market: &Market, warm_up: usize, rows_of: &dyn Fn(&Market) -> Rows) -> Result<Leaks, LeakError> {
    enough(market, warm_up)?;
    let market = market.newest(warm_up.saturating_mul(2).saturating_add(BARS_MAX));
    let bars = market.bars().len();
    let base = rows_of(&market);
    let mut found = Found::default();
    let mut compare = |check: Check, first: usize, until: usize, other: &[Vec<Option<f64>>], within: f64| {
        let difference = (first..until).find_map(|bar| {
            let (said, instead) = (base.get(bar), other.get(bar - first));
            let same = said.zip(instead).is_some_and(|(said, instead)| equal(said, instead, within));
            (!same).then(|| Difference { at: market.close_of(bar), said: words(said), instead: words(instead) })
        });
        found.take(check, until - first, difference);
    };
    compare(Check::Repeat, 0, bars, &rows_of(&market), 0.0);
    for cut in cuts(&[], warm_up, bars) {
        compare(Check::Truncate, 0, cut, &rows_of(&market.until(cut)), 0.0);
        for garbage in [Garbage::Soared, Garbage::Crashed] {
            compare(Check::Poison, 0, cut, &rows_of(&market.poisoned(cut, garbage)), 0.0);
        }
        let Some(start) = cut.checked_sub(warm_up.max(1)) else { continue };
        let warm = warm_up.saturating_sub(1);
        let later = rows_of(&market.from(start));
        compare(Check::Shift, start + warm, bars, later.get(warm..).unwrap_or_default(), REMEMBERED);
    }
    let decisions = base.iter().filter(|row| row.iter().any(Option::is_some)).count();
    Ok(Leaks { checks: found.outcomes(), bars, decisions })
}

fn equal(one: &[Option<f64>], other: &[Option<f64>], within: f64) -> bool {
    let near = |one: f64, other: f64| {
        one.to_bits() == other.to_bits() || (one - other).abs() <= within * one.abs().max(other.abs()).max(1.0)
    };
    let same = |(one, other): (&Option<f64>, &Option<f64>)| match (one, other) {
        (Some(one), Some(other)) => near(*one, *other),
        (None, None) => true,
        _ => false,
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

fn words(row: Option<&Vec<Option<f64>>>) -> String {
    let cell = |value: &Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:e}"));
    or_nothing(row.map_or_else(String::new, |row| row.iter().map(cell).collect::<Vec<_>>().join(" ")))
}
