//! Strategies that decide from closed candles, the indicators they read, what can be set about them, and what they would have
//! come to; pure.
//!
//! Invariants: one trait, and the same object behind it whether it runs on history, on paper or live; a strategy sees only
//! what was known at its moment ([`View`]); what it remembers comes from candles alone, so that it can be built again from
//! them; indicators are f64 and never become a price, a size or an amount. Deliberately absent: clocks, a
//! journal, and whether a signal may be acted on, which the Floor decides, also in a backtest.

pub mod backtest;
mod coarse;
pub mod features;
pub mod indicators;
pub mod models;
mod parameters;
mod plan;
pub mod script;
mod strategies;
mod strategy;
pub mod sweep;
pub mod truth;
pub mod vector;
mod view;

pub use coarse::closed_with;
pub use parameters::{Kind, Parameter, ParameterError, Parameters, Value};
pub use plan::{Every, Plan};
pub use strategies::{Described, build, described, strategies};
pub use strategy::{Asked, Strategy};
pub use view::{History, View};
