//! Algorithms as facts know them: what one is made of, where it stands, and what it says.
//!
//! Invariants: a version never changes, its hash is its content; every amount a signal carries is exact, and its
//! confidence is a whole number of hundredths of a percent. Deliberately absent: what strategies there are and how they
//! decide (`research`), and who may move an algorithm (`floor`).

use crate::amount::{BasisPoints, Money, Quantity};
use crate::candle::Interval;
use crate::clock::Timestamp;
use crate::ids::{FactHash, OrderId};
use crate::order::Denial;
use crate::ticker::{Coin, Name};
use crate::trade::Book;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Everything that decides what an algorithm does. Another content is another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlgorithmVersion {
    /// The strategy's name.
    pub strategy: Name,
    /// The number of the strategy's code: a build that decides otherwise has another.
    pub code: u32,
    /// Its parameters by name, as canonical text, sorted.
    pub params: Vec<(Name, String)>,
    /// The coins it may trade, sorted.
    pub coins: Vec<Coin>,
    /// The candles it looks at.
    pub interval: Interval,
    /// The share of its book's equity that is its capital.
    pub capital: BasisPoints,
    /// How its orders meet the market.
    pub orders: OrderStyle,
}

/// How an algorithm's orders meet the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderStyle {
    /// On the book at the best price of the other side; taken back when not met within one candle.
    Book,
    /// At once, at the venue's instant rate and its fee.
    Instant,
}

impl OrderStyle {
    /// The name scripts see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Instant => "instant",
        }
    }
}

impl AlgorithmVersion {
    /// What it is known by.
    #[must_use]
    pub fn hash(&self) -> FactHash {
        FactHash::of(self)
    }
}

/// Where an algorithm stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AlgorithmState {
    /// Described, never run as it is now.
    Draft,
    /// Runs with paper money.
    Paper,
    /// Runs with real money.
    Live,
    /// Held; what it has and what rests stays.
    Paused,
    /// Ended by a person.
    Stopped,
    /// Ended by us: it failed, stalled or flooded.
    Error,
}

impl AlgorithmState {
    /// The name scripts see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Paper => "paper",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Error => "error",
        }
    }

    /// The book it trades with; none while it doesn't run.
    #[must_use]
    pub const fn book(self) -> Option<Book> {
        match self {
            Self::Paper => Some(Book::Paper),
            Self::Live => Some(Book::Live),
            _ => None,
        }
    }
}

impl fmt::Display for AlgorithmState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignalAction {
    /// More of the coin.
    Buy,
    /// Less of it.
    Sell,
    /// None of it.
    Close,
}

impl SignalAction {
    /// The name scripts see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
            Self::Close => "close",
        }
    }
}

/// How much: of its capital when it buys, of what it holds when it sells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignalSize {
    /// A share.
    Share(BasisPoints),
    /// AUD, fees included.
    Aud(Money),
    /// Coins.
    Quantity(Quantity),
}

/// What an algorithm says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// What it asks for.
    pub action: SignalAction,
    /// Of which coin.
    pub coin: Coin,
    /// How much; means nothing for [`SignalAction::Close`].
    pub size: SignalSize,
    /// What it is about: the end of a candle, or the moment of a plan. One signal of a coin is acted on for each.
    pub slot: Timestamp,
    /// How sure it says it is, in hundredths of a percent; none when it doesn't say.
    pub confidence: Option<u16>,
    /// Why, in its words.
    pub reason: String,
    /// What it looked at.
    pub evidence: Vec<String>,
}

/// What became of a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignalOutcome {
    /// It became an order; what became of that is the order's.
    Ordered(OrderId),
    /// No order was made of it.
    Refused(Denial),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version() -> AlgorithmVersion {
        AlgorithmVersion {
            strategy: Name::parse("sma_cross").unwrap(),
            code: 1,
            params: vec![(Name::parse("fast").unwrap(), "10".into())],
            coins: vec![Coin::parse("BTC").unwrap()],
            interval: Interval::H1,
            capital: BasisPoints(1_000),
            orders: OrderStyle::Book,
        }
    }

    #[test]
    fn another_content_is_another_version() {
        let first = version();
        assert_eq!(first.hash(), version().hash());
        for other in [
            AlgorithmVersion { code: 2, ..version() },
            AlgorithmVersion { interval: Interval::H4, ..version() },
            AlgorithmVersion { capital: BasisPoints(999), ..version() },
            AlgorithmVersion { params: vec![(Name::parse("fast").unwrap(), "11".into())], ..version() },
        ] {
            assert_ne!(first.hash(), other.hash(), "{other:?}");
        }
    }
}
