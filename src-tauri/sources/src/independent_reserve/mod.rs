//! Independent Reserve's prices in AUD, to judge CoinSpot's by.
//!
//! One call a coin, one a second: a run asks for twelve and the next goes on where it ended, so that a run ends well within its
//! cadence and no coin waits longer than two of them. Which coins there are is learned once a day. Bitcoin is `Xbt`. What is not
//! listed is answered with an old summary instead of an error: one older than five minutes, or about another market than
//! the one asked for, is refused. Left out: the other currencies, which are conversions of the same book.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{IndependentReserveSource, open};

/// The venue as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "independent_reserve", ledger: Ledger::Exchange, cadence: Duration::from_secs(30) };
/// Whose prices they are.
pub const NAME: &str = "Independent Reserve";
/// Where it is documented to live.
pub const SITE: &str = "https://api.independentreserve.com/Public";
