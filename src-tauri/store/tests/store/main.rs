//! The store from outside, on real files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod alerts;
mod backup;
mod disk_full;
mod foreign;
mod gained;
mod import;
mod journal;
mod kill;
mod known_when;
mod observations;
mod quality;
mod support;
mod ticks;
mod verify;
