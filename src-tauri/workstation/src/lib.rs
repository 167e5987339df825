//! The one API of the window and the command line: wiring, commands, events, DTOs.
//!
//! Everything a face can do is a method of [`Workstation`]; what it gets back is in [`dto`]. Invariants: neither face can
//! do what the other can't; an order goes one path; nothing acknowledged is lost. Deliberately absent: anything about
//! screens, and rules of the engines.

mod algorithms;
mod audit;
mod clock;
pub mod commands;
mod desk;
pub mod dto;
mod error;
#[cfg(test)]
mod fixtures;
mod halt;
mod home;
pub mod import;
pub mod kill;
mod lab;
mod latency;
mod live;
mod metrics;
mod movements;
mod nonces;
mod notice;
mod outside;
mod risk;
mod run;
pub mod scripts;
mod sealing;
mod secrets;
mod settings;
mod shelf;
mod skew;
#[cfg(unix)]
mod socket;
mod sync;
mod when;
mod workstation;

pub use clock::SystemClock;
pub use domain::{Book, DrivenClock, QuoteKind, Side, Timestamp};
pub use error::{Error, Result};
pub use home::Home;
pub use ledgers::Secret;
pub use live::Word;
pub use metrics::MetricsServer;
pub use outside::Reached;
pub use workstation::{Events, Mode, Workstation};
