//! Setup, run, test, bench, bindings, coverage: `cargo xtask`.
//!
//! Everything a newcomer or a build machine does to this project goes through here, so that the README needs two
//! commands. Standard library only: it is compiled before anything else. Deliberately absent: releases and bundles.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool talks on its terminal")]

mod bench;
mod bindings;
mod coverage;
mod display;
mod gates;
mod place;
mod process;
mod run;
mod setup;
mod tools;
mod ui;

use process::{Outcome, Stop};
use setup::Need;

const USAGE: &str = "\
cargo xtask COMMAND
  setup [--for run|test]   install what building (or testing) needs
  run [-- ARGS]            build and open the window; with no display, the workstation in this terminal
  test [STEP]              every check and test, or one step of: fmt clippy tidy deny ui build bindings tests coverage
  bench                    the benchmarks of every crate that has some
  bindings [--check]       write ui/src/ipc/bindings from the Rust types, or say what differs
  coverage                 line coverage of the engines";

fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(Stop::Usage(why)) => {
            eprintln!("xtask: {why}\n\n{USAGE}");
            std::process::ExitCode::from(2)
        }
        Err(Stop::Failed(why)) => {
            eprintln!("\nxtask: {why}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Outcome {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["setup"] | ["setup", "--for", "run"] => setup::setup(Need::Window),
        ["setup", "--for", "test"] => setup::setup(Need::Tests),
        ["run", "--", rest @ ..] | ["run", rest @ ..] => run::run(rest),
        ["test"] => gates::all(),
        ["test", step] => gates::one(step),
        ["bench"] => bench::bench(),
        ["bindings"] => bindings::write(),
        ["bindings", "--check"] => bindings::check(bindings::Scope::WorkstationOnly),
        ["coverage"] => coverage::coverage(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        [] => Err(Stop::Usage("which command?".to_owned())),
        other => Err(Stop::Usage(format!("no such command: {}", other.join(" ")))),
    }
}
