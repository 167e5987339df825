//! The Fear & Greed index of alternative.me: the mood of the whole market, one figure a day.
//!
//! The key is the day; the figure of a day is known at 00:00 UTC of it and tells about the time before. It describes
//! Bitcoin, not other coins, and whoever shows it names alternative.me beside it.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{FearGreedSource, open};

/// The index as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "fear_greed", ledger: Ledger::Human, cadence: Duration::from_secs(3600) };
/// Who makes it; to be named beside the figure.
pub const NAME: &str = "alternative.me";
/// Where it is documented to live.
pub const SITE: &str = "https://api.alternative.me";
