//! Fundamentals from DeFiLlama, a figure a day: money locked in protocols and on chains, what protocols' users paid and what
//! of it the protocols kept, what there is of stablecoins. All in USD.
//!
//! The key is the subject and the day, such as `aave:2026-11-21`; the figure happened on that day and is known from its end.
//! Only closed days are taken: today's figure still moves. Zero is a figure, nothing is none. The first run reads two years,
//! later ones the days since and the last three again, for those are revised; a figure that was read less than an hour ago is
//! not asked for. What a subject is asked for ([`PROTOCOLS`] and its like) is data. The lists of all coins by chain and their
//! tokens, which make the replies large, are skipped unread. Deliberately absent: whether a figure can be true.

mod client;
mod parse;
mod source;
mod subjects;

use ledgers::{Ledger, SourceInfo};
use std::time::Duration;

pub use source::{DefiLlamaSource, open};
pub use subjects::{CHAINS, Named, PROTOCOLS, Protocol, STABLECOINS};

/// The figures as a source.
pub const INFO: SourceInfo =
    SourceInfo { name: "defillama", ledger: Ledger::Glass, cadence: Duration::from_secs(86_400) };
/// Who makes them.
pub const NAME: &str = "DefiLlama";
/// Where protocols, chains and fees are documented to live.
pub const SITE: &str = "https://api.llama.fi";
/// Where stablecoins are.
const STABLECOIN_SITE: &str = "https://stablecoins.llama.fi";
