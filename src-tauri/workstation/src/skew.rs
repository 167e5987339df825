//! Whose clock is off: ours, when everybody says so.
//!
//! Invariants: below [`WORTH_A_WORD_MS`] nothing is said; sources of one site are one voice. Deliberately absent: measuring,
//! which the HTTP client does.

use crate::dto::SourceRow;
use std::collections::BTreeMap;

/// A `Date` has whole seconds; up to here it says nothing.
pub(crate) const WORTH_A_WORD_MS: i64 = 2_000;
/// A change of a measurement below this is noise, and not noted.
pub(crate) const NOISE_MS: i64 = 250;

/// What is wrong with the clocks, in words; none when they agree, or too few were heard.
pub(crate) fn words(rows: &[SourceRow], site_of: impl Fn(&str) -> &'static str) -> Option<String> {
    let mut voices: BTreeMap<&str, (&str, i64)> = BTreeMap::new();
    for row in rows {
        if let Some(skew_ms) = row.skew_ms {
            voices.entry(site_of(&row.name)).or_insert((&row.name, skew_ms));
        }
    }
    let off: Vec<(&str, i64)> =
        voices.values().copied().filter(|(_, skew_ms)| skew_ms.abs() > WORTH_A_WORD_MS).collect();
    let (least, most) = (off.iter().map(|(_, ms)| *ms).min()?, off.iter().map(|(_, ms)| *ms).max()?);
    let seconds = |ms: i64| format!("{} s", (ms.abs() + 500) / 1_000);
    let side = |ms: i64| if ms > 0 { "ahead of" } else { "behind" };
    if off.len() == voices.len() && off.len() > 1 && most - least <= 2 * WORTH_A_WORD_MS && (least > 0) == (most > 0) {
        let ours = if most > 0 { "behind" } else { "ahead" };
        return Some(format!(
            "The clock of this machine is about {} {ours}: all {} services that were asked say so. Set it, or let the \
             system set it from the network: when things happened is judged by it",
            seconds(least + (most - least) / 2),
            off.len()
        ));
    }
    let named: Vec<String> =
        off.iter().map(|(name, ms)| format!("{name} {} {} ours", seconds(*ms), side(*ms))).collect();
    let whose = if voices.len() == 1 { "yours or theirs is off" } else { "the others agree with ours" };
    Some(format!("A clock is off: {} ({whose})", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(skews: &[(&'static str, Option<i64>)]) -> Option<String> {
        let row = |(name, skew_ms): &(&'static str, Option<i64>)| SourceRow {
            name: (*name).to_owned(),
            ledger: "human".to_owned(),
            status: "ok".to_owned(),
            lacks: None,
            skew_ms: *skew_ms,
            last_success: None,
            last_error: None,
            next_run: None,
            paused: false,
            cadence_s: 60,
        };
        let rows: Vec<SourceRow> = skews.iter().map(row).collect();
        words(&rows, |name| {
            if name.starts_with('a') {
                "a"
            } else if name == "b" {
                "b"
            } else {
                "c"
            }
        })
    }

    #[test]
    fn when_everybody_says_so_it_is_our_clock() {
        let words = said(&[("a1", Some(-61_000)), ("a2", Some(-61_000)), ("b", Some(-60_000)), ("c", None)]).unwrap();
        assert!(words.starts_with("The clock of this machine is about 61 s ahead: all 2 services"), "{words}");
        assert!(said(&[("a1", Some(9_000)), ("b", Some(9_900))]).unwrap().contains("is about 9 s behind"));
    }

    #[test]
    fn when_others_agree_with_us_it_is_theirs() {
        let words = said(&[("a1", Some(30_000)), ("b", Some(400))]).unwrap();
        assert_eq!(words, "A clock is off: a1 30 s ahead of ours (the others agree with ours)");
        let apart = said(&[("a1", Some(30_000)), ("b", Some(-30_000))]).unwrap();
        assert!(apart.starts_with("A clock is off: a1 30 s ahead of ours, b 30 s behind ours"), "{apart}");
    }

    #[test]
    fn one_site_alone_does_not_say_whose_and_little_says_nothing() {
        let words = said(&[("a1", Some(-5_000)), ("a2", Some(-5_000)), ("b", None)]).unwrap();
        assert_eq!(words, "A clock is off: a1 5 s behind ours (yours or theirs is off)");
        assert_eq!(said(&[("a1", Some(1_900)), ("b", Some(-1_900))]), None);
        assert_eq!(said(&[("a1", None)]), None);
    }
}
