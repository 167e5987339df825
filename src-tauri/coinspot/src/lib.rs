//! CoinSpot: prices, coin list, chart history, the account, and orders.
//!
//! Two addresses, by default the same: the documented price API (`OMC_COINSPOT_URL`) and the site's own pages
//! (`OMC_COINSPOT_WEB_URL`), which may change or be blocked any day and so fail soft. JSON and HTML end in the parsers: past
//! it there are quotes, candles, levels, and what was refused, with reasons.
//!
//! Invariants: one bad coin never loses the table; no number touches a float; a price that is not above zero, a crossed book and an
//! inconsistent candle never get out; only AUD markets; an order leaves at most once. Deliberately absent: withdrawals and swaps, when to ask,
//! storing, and the judgement whether a feed is frozen (the fingerprint for it comes with each reply).

mod client;
mod error;
mod parse;
mod private;
mod source;

pub use client::CoinSpot;
pub use error::CoinSpotError;
pub use parse::depth::{Depth, Level};
pub use parse::history::History;
pub use private::{
    Account, Answer, Balance, Cancelled, Completed, Keys, NonceError, Nonces, OpenOrder, Placing, Rights, Sending,
    Stretch, Trader, Transfer, TransferKind, Turn,
};
pub use source::{COIN_LIST_SOURCE, CoinListSource, PRICES_SOURCE, PricesSource};
