//! The vectorised path: many settings of a rule over one coin's candles at once, with the fills of the event path.
//!
//! | in the event path | here |
//! |---|---|
//! | a strategy is asked at every close | its columns are compared, and only crossings are walked |
//! | `Decimal` money through gate, venue and wallet | scaled integers: coins and prices in 1e-8, money in 1e-20 AUD |
//! | a signal of bar t fills at the open of bar t+1 | the same |
//! | an indicator is summed afresh at every bar | a running sum of exact integers; where that is too close to tell, summed afresh |
//!
//! Invariants: the same fills and the same final equity to the last digit, or [`Misfit`]; a number that the event path
//! would round is a misfit, never a guess. The integers never leave this module: what comes out is [`domain::Money`]. Memory is the columns of
//! [`Bars`], and a block of values for each distinct indicator. Deliberately absent: strategies that look at more than
//! one coin or at money, spreads, slippage, latency and partial fills: the event path runs those.

mod bars;
mod columns;
mod deciders;
mod rules;
mod run;
#[cfg(test)]
mod tests;
mod walker;

pub use bars::Bars;
pub use rules::Rule;
pub use run::run;
pub use walker::{Fill, Outcome, Setup};

/// Why the vectorised path can't run what the event path can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Candles that are out of order.
    #[error("candle {place} does not come after the one before it, or does not begin where its interval does")]
    Unordered {
        /// Its place, from 0.
        place: usize,
    },
    /// A low that is not the lowest, or a high that is not the highest.
    #[error("candle {place} contradicts itself: its low or high is not the lowest or highest of its prices")]
    Inconsistent {
        /// Its place, from 0.
        place: usize,
    },
    /// Fewer candles than the strategy needs to be heard once and acted on once.
    #[error("there are {has} candles and the strategy needs {wants}: take a longer window or shorter periods")]
    TooLittle {
        /// How many there are.
        has: usize,
        /// How many it takes.
        wants: usize,
    },
    /// Something the gate, or the event path itself, may refuse.
    #[error("{0}: use the event path, whose gate decides")]
    Gate(&'static str),
    /// More candles than the columns hold.
    #[error("there are more than {most} candles: take a shorter window")]
    TooMany {
        /// The most.
        most: usize,
    },
    /// A price with more than 8 decimals, or beyond what the columns hold.
    #[error("the price {price} of candle {place} does not fit 8 decimals below 100,000,000 AUD: use the event path")]
    Price {
        /// Its place, from 0.
        place: usize,
        /// The price.
        price: domain::Price,
    },
    /// Cash that is not AUD above zero with at most 20 decimals.
    #[error("{0} is no cash to begin with: give AUD above zero")]
    Cash(domain::Money),
    /// A fee of all or more.
    #[error("a fee of {0} hundredths of a percent leaves nothing: give less than 10000")]
    Fee(u32),
    /// An amount that a decimal of 28 digits would round.
    #[error("an amount needs more digits than a decimal has: use the event path")]
    Rounded,
    /// A holding worth less than a cent, which no venue takes.
    #[error("a holding became dust, worth less than a cent: use the event path")]
    Dust,
}

impl Misfit {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unordered { .. } => "candles_out_of_order",
            Self::Inconsistent { .. } => "candle_inconsistent",
            Self::TooLittle { .. } => "too_little_data",
            Self::Gate(_) => "gate_decides",
            Self::TooMany { .. } => "too_many_candles",
            Self::Price { .. } => "price_too_fine",
            Self::Cash(_) => "bad_cash",
            Self::Fee(_) => "bad_fee",
            Self::Rounded => "amount_too_fine",
            Self::Dust => "dust",
        }
    }
}
