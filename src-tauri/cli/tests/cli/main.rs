//! `omc` as a user meets it: the real program, a workspace folder, a simulated outside world.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail as tests do"
)]

mod approvals;
mod books;
mod crash;
mod equity;
mod evaluate;
mod exchange;
mod features;
mod held;
mod import;
mod kill;
mod lab;
mod market;
mod movements;
mod orders;
mod replay;
mod reports;
mod research;
mod safety;
mod scripts;
mod secrets;
mod support;
mod sweep;
mod tax;
mod train;
mod trust;
mod usage;
mod wrong_prices;
