//! What the venue is told of a coin's market, and when that is not enough to trade on.

use domain::{Price, Quote, QuoteKind, Side, Timestamp};
use floor::{Depth, Level};
use std::fmt;

/// One coin's market at a moment.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// The present moment; fills happen then.
    pub now: Timestamp,
    /// The kill switch, read just now; true also when it can't be read.
    pub killed: bool,
    /// The coin's prices.
    pub quote: Option<Quote>,
    /// Its order book, when somebody asked for it.
    pub depth: Option<&'a Depth>,
    /// How old prices and depth may be, from the book's limits; 0 when that limit is missing, which fills nothing old.
    pub max_price_age_s: u32,
}

/// Why an order, or what is left of it, rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// The market has not come to its limit.
    Waiting,
    /// The market is there, but nobody knows how much is on offer: read the depth.
    NoDepth,
    /// What was on offer at its limit or better is used up.
    UsedUp,
    /// No bid or no ask.
    PriceMissing,
    /// The price is too old, or ahead of the clock.
    PriceStale,
    /// The bid is above the ask.
    PriceCrossed,
    /// The kill switch is pulled.
    Killed,
    /// A number that can't be computed.
    Uncomputable,
}

impl Rest {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::NoDepth => "no_depth",
            Self::UsedUp => "used_up",
            Self::PriceMissing => "price_missing",
            Self::PriceStale => "price_stale",
            Self::PriceCrossed => "price_crossed",
            Self::Killed => "killed",
            Self::Uncomputable => "amount_too_large",
        }
    }
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Waiting => "the market has not reached its limit",
            Self::NoDepth => "the market is at its limit, but how much is on offer is not known yet",
            Self::UsedUp => "everything on offer at its limit or better is used up",
            Self::PriceMissing => "there is no price now",
            Self::PriceStale => "the price is too old",
            Self::PriceCrossed => "the bid is above the ask: the feed is broken",
            Self::Killed => "the kill switch is pulled",
            Self::Uncomputable => "its value does not fit a number",
        })
    }
}

/// Bid and ask that may be traded on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Touch {
    pub bid: Price,
    pub ask: Price,
    pub kind: QuoteKind,
}

impl Touch {
    /// What an order of a side meets at once.
    pub const fn opposite(&self, side: Side) -> Price {
        match side {
            Side::Buy => self.ask,
            Side::Sell => self.bid,
        }
    }

    /// Whether the market is at the limit or better.
    pub fn reaches(&self, side: Side, limit: Price) -> bool {
        !worse(side, self.opposite(side), limit)
    }
}

/// Whether one price is worse for the trader than another.
pub(crate) fn worse(side: Side, price: Price, than: Price) -> bool {
    match side {
        Side::Buy => price > than,
        Side::Sell => price < than,
    }
}

impl Market<'_> {
    fn is_fresh(&self, seen: Timestamp) -> bool {
        let age = self.now.micros().saturating_sub(seen.micros()).unsigned_abs();
        age <= u64::from(self.max_price_age_s) * 1_000_000
    }

    /// The prices, when they may be traded on.
    pub(crate) fn touch(&self) -> Result<Touch, Rest> {
        if self.killed {
            return Err(Rest::Killed);
        }
        let quote = self.quote.ok_or(Rest::PriceMissing)?;
        let (Some(bid), Some(ask)) = (quote.bid, quote.ask) else { return Err(Rest::PriceMissing) };
        if !self.is_fresh(quote.seen) {
            return Err(Rest::PriceStale);
        }
        if quote.is_crossed() {
            return Err(Rest::PriceCrossed);
        }
        Ok(Touch { bid, ask, kind: quote.kind })
    }

    /// What an order of a side can take, best first, when the depth is known and fresh.
    pub(crate) fn offers(&self, side: Side) -> Result<&[Level], Rest> {
        let depth = self.depth.filter(|depth| self.is_fresh(depth.seen())).ok_or(Rest::NoDepth)?;
        if depth.is_crossed() {
            return Err(Rest::PriceCrossed);
        }
        Ok(match side {
            Side::Buy => depth.asks(),
            Side::Sell => depth.bids(),
        })
    }
}
