//! What a trader asks for, and where it stands.

use crate::amount::{Money, Price, Quantity};
use crate::clock::Timestamp;
use crate::ids::{FactHash, OrderId};
use crate::ticker::{Coin, Name};
use crate::trade::{Book, Side};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How an order meets the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// On the order book at this price or better; rests until met.
    Limit(Price),
    /// At once, at the venue's instant rate.
    Instant,
}

/// How much: coins, or money all in (what a buy costs or a sale brings, fees included).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Size {
    /// Coins.
    Quantity(Quantity),
    /// AUD, fees included.
    Aud(Money),
}

/// An order somebody wants, in coins, before the gate has judged it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Paper or live.
    pub book: Book,
    /// The coin.
    pub coin: Coin,
    /// Buy or sell.
    pub side: Side,
    /// Limit or instant.
    pub kind: OrderKind,
    /// Coins; an amount in AUD has been turned into coins by now.
    pub quantity: Quantity,
    /// The algorithm that asks; none by hand.
    pub algorithm: Option<Name>,
}

/// What an algorithm said when it asked for an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalSource {
    /// The algorithm's version: the hash of its content.
    pub version: FactHash,
    /// Why, in its words.
    pub reason: String,
    /// How sure it says it is, in hundredths of a percent; none when it doesn't say.
    pub confidence: Option<u16>,
    /// What it looked at: ids of observations, or words such as `candles BTC 1h 2026-11-22T09:00:00Z`.
    pub evidence: Vec<String>,
}

/// What an order was asked with beside the proposal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// It is taken back when not filled by then; none: it rests until cancelled.
    pub until: Option<Timestamp>,
    /// The order it is a slice of.
    pub parent: Option<OrderId>,
    /// Halfway between bid and ask when it was asked for: what slippage is measured against.
    pub arrival: Option<Price>,
    /// The signal behind it; none by hand.
    pub signal: Option<SignalSource>,
}

/// A person is asked about an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The fingerprint of everything that would be sent and of the price it was judged at: an approval is bound to it.
    pub hash: FactHash,
    /// The price it was judged at: its limit, or the ask or bid it would meet.
    pub price: Price,
    /// Halfway between bid and ask then.
    pub mid: Price,
    /// When the question ends.
    pub expires: Timestamp,
}

/// Another limit for an order that rests, as it was asked of a venue across a network. Durable before a byte leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// When it was written down.
    pub at: Timestamp,
    /// Who allowed it: `mandate`, or a person.
    pub by: Name,
    /// What a person saw and said yes to; none where nobody was asked.
    pub ask: Option<Ask>,
    /// The limit it had.
    pub from: Price,
    /// The limit it is to have.
    pub to: Price,
    /// The number of the signed call; no call of this key ever had it.
    pub nonce: u64,
    /// The exact body that is signed and sent. It holds no secret.
    pub body: String,
}

/// What is kept of an order beside its own steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderNote {
    /// The venue is about to be asked for another limit. Until it is settled nobody knows which one the order has.
    AmendAsked(Box<Amendment>),
    /// The venue said no in words. It may have the new limit all the same: looks decide.
    AmendRefused(Denial),
    /// It rests at the limit it had, and will: the venue was not asked, or looks show it.
    AmendDropped(Denial),
    /// A look showed two things that could be the order: from then on a single one proves nothing.
    Several,
    /// The gate refused another limit for it: nothing was asked of the venue.
    AmendDenied(Box<DeniedAmendment>),
    /// The venue answered that the order with its new limit has this id. Looks decide whether it rests under it.
    AmendRenamed(String),
    /// Its venue knows it by this id from now on; rows under the one before are its as well.
    Follows(String),
}

/// Another limit for what rests that the gate refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeniedAmendment {
    /// When.
    pub at: Timestamp,
    /// The limit it was to have.
    pub limit: Price,
    /// Coins it was to trade from then on.
    pub quantity: Quantity,
    /// Why not.
    pub why: Denial,
}

/// What became of an order nobody knew the fate of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// It is at the venue, or was executed there.
    Placed {
        /// The venue's id, when it has one.
        venue_order_id: Option<String>,
    },
    /// It never came to be.
    NotPlaced,
}

/// Why an order was refused: a stable code, and words for the trader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Denial {
    /// Stable, snake_case.
    pub code: String,
    /// What was refused and why, in the trader's words.
    pub message: String,
}

impl Denial {
    /// A refusal.
    #[must_use]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// A person is being asked.
    AwaitingApproval,
    /// May be sent.
    Approved,
    /// The intent is durable; bytes may be on their way.
    Sending,
    /// Resting at the venue.
    Open,
    /// Resting, part of it filled.
    PartiallyFilled,
    /// All of it filled.
    Filled,
    /// Taken back; what was filled stays filled.
    Cancelled,
    /// Refused by the venue.
    Rejected,
    /// Refused by our own gate.
    Denied,
    /// Its time was over before it was sent.
    Expired,
    /// Nobody knows yet: evidence at the venue or a person decides.
    Unknown,
}

impl OrderState {
    /// The name scripts see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingApproval => "awaiting_approval",
            Self::Approved => "approved",
            Self::Sending => "sending",
            Self::Open => "open",
            Self::PartiallyFilled => "partially_filled",
            Self::Filled => "filled",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Unknown => "unknown",
        }
    }

    /// Whether nothing can happen to it any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::Rejected | Self::Denied | Self::Expired)
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
