//! The kill switch: one latch on disk, read immediately before every send.
//!
//! Invariants: the latch is durable before anything else is tried; what cannot be read counts as pulled; pulling needs
//! no lock, database, model or network; the journal is never written here: latch and receipt are files which the
//! running workstation, or the next start, turns into facts; a switch that was cleared is never pulled by an old receipt.
//! Deliberately absent: which process acts, and selling (`commands::kill`, `commands::liquidate`).

mod latch;
mod own;
mod pass;
mod receipts;
mod sweep;
mod venue;

pub(crate) use latch::{Pull, clear, standing, write_durably};
pub use latch::{is_pulled, pull, state};
pub(crate) use own::{Own, Shared};
pub(crate) use pass::Passes;
pub use receipts::{newest_receipt, receipts, save_receipt};
pub(crate) use sweep::sweep;
pub(crate) use venue::LiveVenue;
