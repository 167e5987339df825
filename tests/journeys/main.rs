//! The three journeys of docs/ARCHITECTURE.md, each through the whole workstation: a real store, real HTTP to a simulated
//! world, real facts. The window walks the same ways in `tests/window`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod desk;
mod fill_becomes_pnl;
mod price_becomes_a_candle;
mod proposal_becomes_order;
