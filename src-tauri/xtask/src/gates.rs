//! Every check and test, in the order in which they are cheap, each under its heading and with its time.
//!
//! The steps that build share one selection of packages and features: Cargo unifies features over what a command
//! selects, so a step that named fewer packages would compile tokio and everything above it a second time.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::coverage::coverage_where_it_runs;
use crate::display::Display;
use crate::process::{Outcome, Stop, cargo, failed, run};
use crate::setup::{Need, node, setup};
use crate::{bindings, place, tools, ui};

/// A named step of the run.
struct Step {
    name: &'static str,
    what: &'static str,
    prepare: fn() -> Outcome,
    perform: fn() -> Outcome,
}

const STEPS: [Step; 9] = [
    Step { name: "fmt", what: "Rust is formatted", prepare: nothing, perform: fmt },
    Step { name: "clippy", what: "no compiler or clippy warning", prepare: everything, perform: clippy },
    Step { name: "tidy", what: "the house rules hold", prepare: nothing, perform: tidy },
    Step { name: "deny", what: "licences, bans and sources of dependencies", prepare: nothing, perform: deny },
    Step { name: "ui", what: "the interface: lint, types, tests, build", prepare: interface, perform: ui::gate },
    Step { name: "build", what: "the window, the command line and all tests", prepare: everything, perform: build },
    Step { name: "bindings", what: "the interface's types are those of Rust", prepare: everything, perform: drift },
    Step { name: "tests", what: "all tests", prepare: everything, perform: tests },
    Step { name: "coverage", what: "lines of the engines", prepare: nothing, perform: coverage_where_it_runs },
];

/// Runs every step, stopping at the first that fails.
pub fn all() -> Outcome {
    everything()?;
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for step in &STEPS {
        times.push((step.name, timed(step)?));
    }
    let total: Duration = times.iter().map(|(_, time)| *time).sum();
    println!("\nEverything passed.");
    for (name, time) in times {
        println!("  {name:<10} {:>7.1} s", time.as_secs_f64());
    }
    println!("  {:<10} {:>7.1} s", "total", total.as_secs_f64());
    Ok(())
}

/// Runs one step by its name, with what it needs.
pub fn one(name: &str) -> Outcome {
    let Some(step) = STEPS.iter().find(|step| step.name == name) else {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Stop::Usage(format!("no such step: {name}; there are {}", names.join(" "))));
    };
    (step.prepare)()?;
    if step.name == "tests" {
        ui::build_if_stale()?;
        build()?; // the window tests start the binary, which `cargo test` alone doesn't make
    }
    timed(step).map(|_| ())
}

fn timed(step: &Step) -> Outcome<Duration> {
    println!("\n━━ {}: {}", step.name, step.what);
    let begun = Instant::now();
    let outcome = (step.perform)();
    let time = begun.elapsed();
    match outcome {
        Ok(()) => {
            println!("━━ {}: passed in {:.1} s", step.name, time.as_secs_f64());
            Ok(time)
        }
        Err(Stop::Failed(why) | Stop::Usage(why)) => {
            failed(format!("{why}\n━━ {}: FAILED after {:.1} s", step.name, time.as_secs_f64()))
        }
    }
}

/// The one selection that builds and tests share. The window's binary must carry its interface, hence the feature.
pub fn cargo_as_tested(subcommand: &str) -> Command {
    cargo(&[subcommand, "--workspace", "--features", "tauri/custom-protocol"])
}

fn nothing() -> Outcome {
    Ok(())
}

fn everything() -> Outcome {
    setup(Need::Tests)
}

fn interface() -> Outcome {
    node()?;
    ui::install()
}

fn fmt() -> Outcome {
    run(&mut cargo(&["fmt", "--all", "--check"]))
}

fn clippy() -> Outcome {
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

fn tidy() -> Outcome {
    run(&mut cargo(&["run", "--quiet", "--package", "tidy"]))
}

fn deny() -> Outcome {
    run(tools::DENY.ready()?.args(["check", "bans", "licenses", "sources"]))
}

fn build() -> Outcome {
    run(cargo_as_tested("build").args(["--lib", "--bins", "--tests"]))
}

fn drift() -> Outcome {
    bindings::check(bindings::Scope::AsTested)
}

fn tests() -> Outcome {
    let mut test = cargo_as_tested("test");
    test.arg("--no-fail-fast");
    let recorded = place::root().join("../shared/data");
    if std::env::var_os("OMC_RECORDED").is_none() && recorded.is_dir() {
        test.env("OMC_RECORDED", recorded);
    }
    if !cfg!(target_os = "linux") {
        return run(&mut test);
    }
    let display = Display::start()?;
    display.lend(&mut test);
    run(&mut test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_does_not_exist_is_a_usage_error() {
        assert!(matches!(one("nonsense"), Err(Stop::Usage(_))));
    }

    #[test]
    fn a_failing_step_says_so_under_its_name() {
        let step = Step { name: "fails", what: "nothing", prepare: nothing, perform: || failed("broken") };
        let Err(Stop::Failed(why)) = timed(&step) else { panic!("a failing step passed") };
        assert!(why.contains("broken") && why.contains("fails: FAILED"), "{why}");
    }
}
