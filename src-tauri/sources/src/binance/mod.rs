//! Binance's prices in USDT, to judge CoinSpot's by, together with a rate of USDT in AUD.
//!
//! One call for all symbols of ours. One unknown symbol fails it: which there are is learned once a day from the call for all
//! of them. The host that has public data only is asked, which also answers where the main one is blocked. A book ticker
//! has neither a last price nor a time. Left out: candles, depth, pairs in other currencies.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{BinanceSource, open};

/// The venue as a source.
pub const INFO: SourceInfo = SourceInfo { name: "binance", ledger: Ledger::Exchange, cadence: Duration::from_secs(30) };
/// Whose prices they are.
pub const NAME: &str = "Binance";
/// Where it is documented to live.
pub const SITE: &str = "https://data-api.binance.vision/api/v3";
