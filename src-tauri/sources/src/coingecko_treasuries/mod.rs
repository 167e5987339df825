//! Coins held by listed companies, from CoinGecko.
//!
//! The key is company, coin and day: what a company holds is told anew each day, and a day's figure that changes is a revision.
//! The service gives no date, so a figure happened when it was first seen. What the coins were worth is noted and makes no
//! revision, for it moves with the price. The public address needs no key and allows few requests: two a day are asked.

mod client;
mod parse;
mod source;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{TreasuriesSource, open};

/// The treasuries as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "coingecko_treasuries", ledger: Ledger::Glass, cadence: Duration::from_secs(86_400) };
/// Who publishes them; to be named beside the figures.
pub const NAME: &str = "CoinGecko";
/// Where they are documented to live.
pub const SITE: &str = "https://api.coingecko.com";

/// The coins told about, by our ticker and the service's name.
pub const COINS: [(&str, &str); 2] = [("BTC", "bitcoin"), ("ETH", "ethereum")];
