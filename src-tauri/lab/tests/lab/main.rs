//! Sessions as whoever does the I/O drives them, with tools that answer from a table.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod bounds;
mod canary;
mod goals;
mod journeys;
mod orders;
mod tools;
mod world;
