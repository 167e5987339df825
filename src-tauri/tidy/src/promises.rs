//! A rule about the table of promises: a test that it names is a test that is there.

use crate::sources::Source;
use crate::{Breach, breach};
use std::collections::BTreeSet;

/// Where the table stands.
const TABLE: &str = "docs/promises.md";
/// The promises that have a row.
const PROMISES: std::ops::RangeInclusive<u32> = 1..=19;

/// Every promise has its row, and every test that a row names is a function of the sources.
pub fn promises(sources: &[Source]) -> Vec<Breach> {
    let Some(table) = sources.iter().find(|source| source.path == TABLE) else {
        return vec![breach("promises", TABLE, "is not there: it says which test injects each promise's fault")];
    };
    let there = functions(sources);
    let rows: Vec<(u32, &str)> = table.text.lines().filter_map(row).collect();
    let missing = PROMISES.filter(|number| !rows.iter().any(|(row, _)| row == number));
    let rowless = missing.map(|number| breach("promises", TABLE, format!("promise {number} has no row")));
    let named = rows.iter().flat_map(|(number, text)| tests(text).map(move |test| (*number, test)));
    let gone = named.filter(|(_, test)| !there.contains(*test));
    let gone =
        gone.map(|(number, test)| breach("promises", TABLE, format!("promise {number} names {test}: no such test")));
    rowless.chain(gone).collect()
}

/// A row's number and its text.
fn row(line: &str) -> Option<(u32, &str)> {
    let rest = line.trim_start().strip_prefix('|')?;
    let (number, text) = rest.split_once('|')?;
    Some((number.trim().parse().ok()?, text))
}

/// Names in back quotes that look like tests: words joined by at least three underscores.
fn tests(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter(|name| name.matches('_').count() >= 3 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
}

fn functions(sources: &[Source]) -> BTreeSet<&str> {
    let rust = sources.iter().filter(|source| source.path.ends_with(".rs"));
    let names = rust.flat_map(|source| source.text.split("fn ").skip(1));
    names.filter_map(|rest| rest.split(['(', '<']).next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &str) -> Vec<Breach> {
        let all: String = (2..=19).map(|number| format!("| {number} | x |\n")).collect();
        let source = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        promises(&[
            source(TABLE, &format!("{rows}\n{all}")),
            source("src-tauri/floor/src/tests.rs", "#[test]\nfn an_order_leaves_once() {}\n"),
        ])
    }

    #[test]
    fn a_test_that_is_gone_and_a_promise_without_a_row_are_told() {
        assert_eq!(table("| 1 | `an_order_leaves_once`, with the flag `--json` |"), []);
        let told = |rows| table(rows).into_iter().map(|breach| breach.why).collect::<Vec<_>>();
        assert_eq!(
            told("| 1 | `an_order_leaves_twice_and_more` |"),
            ["promise 1 names an_order_leaves_twice_and_more: no such test"]
        );
        assert_eq!(told("nothing"), ["promise 1 has no row"]);
    }
}
