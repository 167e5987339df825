//! Why CoinSpot brought nothing.

use crate::private::NonceError;
use domain::{Coin, Price, Timestamp};
use omc_http::HttpError;

/// Why CoinSpot brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoinSpotError {
    /// No usable reply.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The reply is not the JSON it should be.
    #[error("CoinSpot's {what} reply is not readable: {reason}")]
    NotJson {
        /// Which reply.
        what: &'static str,
        /// Where reading stopped.
        reason: String,
    },
    /// It answered with a status that says no, and no words we know.
    #[error("CoinSpot answered the {what} request with status {status}")]
    Status {
        /// Which request.
        what: &'static str,
        /// The status.
        status: u16,
    },
    /// A day has more rows than it tells.
    #[error("CoinSpot tells no more than 500 rows of {day}, and there may be more: that day's history is incomplete")]
    Incomplete {
        /// The UTC day.
        day: String,
    },
    /// No number for a signed call.
    #[error(transparent)]
    Nonce(#[from] NonceError),
    /// The key was refused: it is none, its secret is another, or it may not do this.
    #[error("CoinSpot refused the key for the {what} request: '{message}'. Look at the key and what it may do")]
    KeyRefused {
        /// Which request.
        what: &'static str,
        /// Its words, made harmless.
        message: String,
    },
    /// Another call of the key takes too long.
    #[error("other calls of this key to CoinSpot are still under way: try again")]
    Busy,
    /// An instant order has no quote, and without one it has no guard.
    #[error(
        "CoinSpot gave no rate for an instant trade of {coin}, so none is sent: without it nothing bounds the price"
    )]
    NoQuote {
        /// The coin.
        coin: Coin,
    },
    /// The rate of an instant trade is far off the price the order was judged at.
    #[error(
        "CoinSpot's instant rate for {coin} is {quoted} AUD, too far beyond {judged} AUD, the price it was judged at"
    )]
    QuoteMoved {
        /// The coin.
        coin: Coin,
        /// The rate.
        quoted: Price,
        /// The price the order was judged at.
        judged: Price,
    },
    /// An order that can't be written down for CoinSpot.
    #[error("the order can't be put in CoinSpot's words: {reason}")]
    NotWritable {
        /// Why.
        reason: String,
    },
    /// No signature could be made.
    #[error("the call could not be signed: look at the secret that was stored")]
    Unsigned,
    /// CoinSpot said no.
    #[error("CoinSpot refused the {what} request: '{message}'")]
    Refused {
        /// Which request.
        what: &'static str,
        /// Its words, made harmless.
        message: String,
    },
    /// The reply reads, but nothing good is in it: its form may have changed.
    #[error("CoinSpot's {what} reply holds nothing usable: {reason}. Its form may have changed; nothing was stored")]
    SchemaChanged {
        /// Which reply.
        what: &'static str,
        /// What was looked for.
        reason: String,
    },
    /// The coin list page is not the one we know.
    #[error("CoinSpot's coin list page is not the one we know: {reason}. Instant-only prices stay as they were")]
    PageChanged {
        /// What was looked for.
        reason: String,
    },
    /// CoinSpot has no such coin or market.
    #[error("CoinSpot has no {coin}/AUD market")]
    CoinNotFound {
        /// The coin.
        coin: Coin,
    },
    /// Buyers above sellers: nothing can be filled against that.
    #[error("CoinSpot's {coin} order book is crossed: a buyer offers more than a seller asks")]
    CrossedBook {
        /// The coin.
        coin: Coin,
    },
    /// An empty window was asked for.
    #[error("there is no time between {from} and {to}")]
    EmptyWindow {
        /// Its beginning.
        from: Timestamp,
        /// Its end.
        to: Timestamp,
    },
}

impl CoinSpotError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Http(error) => error.code(),
            Self::NotJson { .. } => "not_json",
            Self::Status { .. } => "http_status",
            Self::Incomplete { .. } => "incomplete",
            Self::Nonce(_) => "no_nonce",
            Self::KeyRefused { .. } => "key_refused",
            Self::Busy => "key_busy",
            Self::NoQuote { .. } => "no_quote",
            Self::QuoteMoved { .. } => "quote_moved",
            Self::NotWritable { .. } => "order_not_writable",
            Self::Unsigned => "unsigned",
            Self::Refused { .. } => "refused",
            Self::SchemaChanged { .. } => "schema_changed",
            Self::PageChanged { .. } => "page_changed",
            Self::CoinNotFound { .. } => "coin_not_found",
            Self::CrossedBook { .. } => "crossed_book",
            Self::EmptyWindow { .. } => "empty_window",
        }
    }

    /// Whether this machine has no way to CoinSpot at all.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Http(error) if error.is_offline())
    }
}
