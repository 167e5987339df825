//! The simulated order path for as many seeds as there is time for: `cargo bench -p floor --bench simulation -- --seeds 1000000`.
//!
//! `--first N` begins at another seed, `--steps N` makes each longer. It stops at the first broken promise and says how to run
//! that seed again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test's world")]
#![allow(clippy::print_stdout, dead_code, reason = "it talks to a person; the test beside it uses the rest")]

#[path = "../tests/simulation/bugs.rs"]
mod bugs;
#[path = "../tests/simulation/dice.rs"]
mod dice;
#[path = "../tests/simulation/exchange.rs"]
mod exchange;
#[path = "../tests/simulation/machine.rs"]
mod machine;
#[path = "../tests/simulation/referee.rs"]
mod referee;
#[path = "../tests/simulation/world.rs"]
mod world;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;
use world::{Tally, run};

/// Seeds between two lines of progress.
const TOLD_EVERY: u64 = 10_000;

fn option(name: &str, or: u64) -> u64 {
    let mut words = std::env::args().skip_while(|word| word != name).skip(1);
    words.next().and_then(|text| text.replace('_', "").parse().ok()).unwrap_or(or)
}

fn main() -> ExitCode {
    let (first, seeds) = (option("--first", 0), option("--seeds", 10_000));
    let steps = u32::try_from(option("--steps", 500)).unwrap_or(500);
    let (next, stop, all) = (AtomicU64::new(first), AtomicBool::new(false), Mutex::new(Tally::default()));
    let (worlds, began) = (AtomicU64::new(0), Instant::now());
    let worker = || {
        let mut tally = Tally::default();
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                break;
            }
            let outcome = run(seed, steps, None);
            tally.add(&outcome.tally);
            worlds.fetch_add(1, Ordering::Relaxed);
            if let Some((step, why)) = outcome.broken {
                stop.store(true, Ordering::Relaxed);
                println!("seed {seed}, step {step}: {why}");
                println!("again: OMC_SEED={seed} cargo test -p floor --test simulation -- --nocapture one_seed");
            }
            if (seed + 1 - first).is_multiple_of(TOLD_EVERY) {
                println!("{} seeds in {:.0} s", seed + 1 - first, began.elapsed().as_secs_f64());
            }
        }
        all.lock().unwrap().add(&tally);
    };
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(worker))));
    let seconds = began.elapsed().as_secs_f64();
    let worlds = worlds.into_inner();
    println!("{worlds} seeds of {steps} steps in {seconds:.1} s: {:?}", all.lock().unwrap());
    if stop.load(Ordering::Relaxed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
