//! The simulated venue for paper money: wallet, resting orders, fills against live quotes; pure.
//!
//! Invariants: the wallet is a fold over facts and never below zero; nothing fills without a fresh price, and nothing on
//! the book without its depth; where two readings are possible, the one worse for the trader is taken. Deliberately
//! absent: clocks, random fills, latency, and queue position: a resting order fills when the market crosses it.

#[cfg(test)]
mod desk;
mod market;
#[cfg(test)]
mod properties;
mod venue;
mod wallet;

pub use market::{Market, Rest};
pub use venue::{Outcome, PaperVenue, VENUE, wants_depth};
pub use wallet::{STARTING_CASH_AUD, Wallet, WalletError};
