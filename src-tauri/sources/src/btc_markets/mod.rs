//! BTC Markets' prices in AUD, to judge CoinSpot's by.
//!
//! A call for tickers must name its markets, and one bad name fails the whole call: which markets there are is learned
//! first and believed for a day, and learned anew when a call is refused. The time of a ticker is the venue's. Left out:
//! markets in other currencies, books, candles.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{BtcMarketsSource, open};

/// The venue as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "btc_markets", ledger: Ledger::Exchange, cadence: Duration::from_secs(30) };
/// Whose prices they are.
pub const NAME: &str = "BTC Markets";
/// Where it is documented to live.
pub const SITE: &str = "https://api.btcmarkets.net/v3";
