//! What a coin can be bought and sold for.

use crate::amount::Price;
use crate::clock::Timestamp;
use crate::ticker::Coin;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How a coin trades at the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuoteKind {
    /// Has an order book: limit and instant orders.
    Book,
    /// Instant orders only; bid and ask are the rates of the coin list, before the fee.
    Instant,
}

/// The prices of one coin in AUD as last confirmed. What the source did not say is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The coin.
    pub coin: Coin,
    /// With an order book or instant only.
    pub kind: QuoteKind,
    /// What a seller gets.
    pub bid: Option<Price>,
    /// What a buyer pays.
    pub ask: Option<Price>,
    /// The last trade; instant-only coins have none.
    pub last: Option<Price>,
    /// When the feed last confirmed it by a reply that was not frozen.
    pub seen: Timestamp,
}

impl Quote {
    /// Halfway between bid and ask, when both are there.
    #[must_use]
    pub fn mid(&self) -> Option<Decimal> {
        let sum = self.bid?.decimal().checked_add(self.ask?.decimal())?;
        sum.checked_div(Decimal::TWO)
    }

    /// The price a candle is made of: the last trade, or the mid for an instant-only coin.
    #[must_use]
    pub fn candle_price(&self) -> Option<Price> {
        match self.kind {
            QuoteKind::Book => self.last,
            QuoteKind::Instant => Price::new(self.mid()?).ok(),
        }
    }

    /// Whether what a seller gets is more than what a buyer pays.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        matches!((self.bid, self.ask), (Some(bid), Some(ask)) if bid > ask)
    }

    /// Whole seconds since the feed confirmed it.
    #[must_use]
    pub fn age_s(&self, now: Timestamp) -> i64 {
        now.seconds_since(self.seen).max(0)
    }
}
