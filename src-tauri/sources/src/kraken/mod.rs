//! Kraken's prices in AUD, to judge CoinSpot's by.
//!
//! One call for all pairs of ours. Kraken says in `error[]` under status 200 what is wrong, and one unknown pair fails the whole
//! call: which pairs it has is learned once a day from the call for all of them, 1500 and more, and later calls name only
//! ours. With `assetVersion=1` the keys of a reply are readable (`BTC/AUD`); without it they are not the pairs asked for. A
//! ticker carries no time. Left out: pairs in other currencies, volumes, candles.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{KrakenSource, open};

/// The venue as a source.
pub const INFO: SourceInfo = SourceInfo { name: "kraken", ledger: Ledger::Exchange, cadence: Duration::from_secs(30) };
/// Whose prices they are.
pub const NAME: &str = "Kraken";
/// Where it is documented to live.
pub const SITE: &str = "https://api.kraken.com";
