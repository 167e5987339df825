//! Line coverage of the engines: the crates whose every line can be reached without a network, a disk or a window.

use std::path::Path;

use crate::process::{Outcome, asked, capture, failed, line};
use crate::tools;

const ENGINES: [&str; 5] = ["domain", "books", "floor", "paper", "ledgers"];
const MISSING: &str = "coverage needs LLVM's tools of this Rust: `rustup component add llvm-tools`";

/// Prints the table, file by file.
pub fn coverage() -> Outcome {
    if can_measure() { measure() } else { failed(MISSING) }
}

/// The same, for a run of everything: a machine without the tools is told so and goes on.
pub fn coverage_where_it_runs() -> Outcome {
    if can_measure() {
        return measure();
    }
    println!("not measured on this machine: {MISSING}");
    Ok(())
}

fn can_measure() -> bool {
    let libraries = asked("rustc", &["--print", "target-libdir"]);
    let tools = libraries.as_deref().and_then(|path| Path::new(path).parent()).map(|folder| folder.join("bin"));
    tools.is_some_and(|folder| folder.join(format!("llvm-profdata{}", std::env::consts::EXE_SUFFIX)).is_file())
}

/// Out of sight but for the table: the engines' tests have had their say, and are counted, in the step before.
fn measure() -> Outcome {
    let packages: Vec<&str> = ENGINES.iter().flat_map(|engine| ["--package", engine]).collect();
    let mut measuring = tools::COVERAGE.ready()?;
    measuring.args(["llvm-cov", "--summary-only"]).args(&packages);
    println!("$ {}", line(&measuring));
    let said = capture(&mut measuring)?;
    let Some(table) = table(&said) else {
        return failed(format!("{said}\ncargo-llvm-cov printed no table"));
    };
    println!("{table}");
    Ok(())
}

/// The file and line columns of the report.
fn table(said: &str) -> Option<String> {
    let from = said.find("Filename ")?;
    let rows = said[from..].lines().filter(|row| !row.starts_with("---")).filter_map(|row| {
        let cells: Vec<&str> = row.split_whitespace().collect();
        let words = if cells.first() == Some(&"Filename") {
            vec!["file", "lines", "missed", "covered"]
        } else {
            lines_of(&cells)?
        };
        Some(format!("{:<40} {:>7} {:>7} {:>9}", words[0], words[1], words[2], words[3]))
    });
    let rows: Vec<String> = rows.collect();
    (rows.len() > 1).then(|| rows.join("\n"))
}

/// Name, lines, missed and covered of a row, which holds three columns of regions and three of functions before them.
fn lines_of<'a>(cells: &[&'a str]) -> Option<Vec<&'a str>> {
    Some(vec![cells.first()?, cells.get(7)?, cells.get(8)?, cells.get(9)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_cut_out_of_the_report() {
        let said = "running 2 tests\nFilename  Regions  Missed Regions  Cover  Functions\n-----\n\
                    books/src/parcel.rs 363 86 76.31% 44 9 79.55% 165 36 78.18% 0 0 -\n-----\n\
                    TOTAL 363 86 76.31% 44 9 79.55% 165 36 78.18% 0 0 -\n";
        let table = table(said).unwrap();
        let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split_whitespace().collect()).collect();
        assert_eq!(rows[1], ["books/src/parcel.rs", "165", "36", "78.18%"]);
        assert_eq!(rows[2], ["TOTAL", "165", "36", "78.18%"]);
        assert_eq!(rows.len(), 3);
    }

    #[test]
    fn a_report_without_a_table_is_noticed() {
        assert_eq!(table("error: no such package"), None);
    }
}
