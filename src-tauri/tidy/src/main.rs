//! Prints what the house rules find: `cargo xtask test tidy`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let report = match tidy::check(&root) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("tidy: {error}");
            return ExitCode::FAILURE;
        }
    };
    for (path, lines) in &report.long {
        println!("long: {path} has {lines} lines");
    }
    for breach in &report.breaches {
        eprintln!("{breach}");
    }
    println!("tidy: {} crates, {} files, {} breaches", report.crates, report.sources, report.breaches.len());
    if report.breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
