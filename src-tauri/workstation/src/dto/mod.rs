//! The shapes both faces speak: the JSON of `omc` and of the window. Amounts are decimal strings, times RFC 3339 UTC.
//!
//! Invariants: field names here are the published contract (docs/cli.md): add freely, never rename. The TypeScript
//! bindings in ui/src/ipc/bindings are generated from these types. Deliberately absent: logic.

mod account;
mod actions;
mod algorithms;
mod approvals;
mod backtest;
mod books;
mod equity;
mod events;
mod execution;
mod filing;
mod glass;
mod history;
mod journal;
mod keys;
mod kill;
mod ledgers;
mod market;
mod orders;
mod parcels;
mod quality;
mod readiness;
mod reports;
mod risk;
mod scorecard;
mod sources;
mod storage;
mod system;
mod tax;
mod twap;
mod webhook;

pub use account::*;
pub use actions::*;
pub use algorithms::*;
pub use approvals::*;
pub use backtest::*;
pub use books::*;
pub use equity::*;
pub use events::*;
pub use execution::*;
pub use filing::*;
pub use glass::*;
pub use history::*;
pub use journal::*;
pub use keys::*;
pub use kill::*;
pub use ledgers::*;
pub use market::*;
pub use orders::*;
pub use parcels::*;
pub use quality::*;
pub use readiness::*;
pub use reports::*;
pub use risk::*;
pub use scorecard::*;
pub use sources::*;
pub use storage::*;
pub use system::*;
pub use tax::*;
pub use twap::*;
pub use webhook::*;
