//! Strategies on history: what comes out is what can be worked out by hand, and what other engines come to.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests fail as tests do")]

mod path;
mod peers;
mod refusals;
mod worked;
