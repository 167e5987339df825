//! What a book's orders must stay within. Limits change by fact, at once.
//!
//! Invariants: a limit that is absent refuses every order (`limit_missing`); a damaged change leaves its limit absent; a
//! limit this version does not enforce can't be set, so that nobody trusts one that does nothing. Deliberately absent:
//! the limits that need equity (a coin's or an algorithm's share, day loss, drawdown).

use domain::{Book, Decimal, Fact, LimitChange, Name, parse_decimal};
use std::fmt;

/// The limits that are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitName {
    /// AUD in one buy, fee included.
    MaxOrderAud,
    /// AUD of the buys of the trader's calendar day, all coins together.
    MaxDayAud,
    /// Orders in any minute.
    MaxOrdersPerMinute,
    /// Percent a price may be off another source or the coin's own recent prices.
    PriceCollarPct,
    /// Percent between bid and ask on the order book.
    MaxSpreadPct,
    /// Seconds since the feed last confirmed the price.
    MaxPriceAgeS,
}

/// Names of the contract whose limits come with equity.
const NOT_YET: [&str; 4] = ["max_coin_pct", "max_algorithm_pct", "max_day_loss_pct", "max_drawdown_pct"];

impl LimitName {
    /// Every enforced limit, in the order they are shown.
    pub const ALL: [Self; 6] = [
        Self::MaxOrderAud,
        Self::MaxDayAud,
        Self::MaxOrdersPerMinute,
        Self::PriceCollarPct,
        Self::MaxSpreadPct,
        Self::MaxPriceAgeS,
    ];

    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MaxOrderAud => "max_order_aud",
            Self::MaxDayAud => "max_day_aud",
            Self::MaxOrdersPerMinute => "max_orders_per_minute",
            Self::PriceCollarPct => "price_collar_pct",
            Self::MaxSpreadPct => "max_spread_pct",
            Self::MaxPriceAgeS => "max_price_age_s",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`LimitError::Unknown`], [`LimitError::NotEnforcedYet`].
    pub fn parse(text: &str) -> Result<Self, LimitError> {
        if let Some(name) = Self::ALL.into_iter().find(|name| name.as_str() == text) {
            return Ok(name);
        }
        let clipped: String = text.chars().take(40).collect();
        if NOT_YET.contains(&text) {
            Err(LimitError::NotEnforcedYet(clipped))
        } else {
            Err(LimitError::Unknown(clipped))
        }
    }

    /// The largest value that makes sense; below zero never does.
    fn ceiling(self) -> Decimal {
        match self {
            Self::MaxOrderAud | Self::MaxDayAud => Decimal::from(1_000_000_000),
            Self::MaxOrdersPerMinute => Decimal::from(1_000),
            Self::PriceCollarPct | Self::MaxSpreadPct => Decimal::ONE_HUNDRED,
            Self::MaxPriceAgeS => Decimal::from(3_600),
        }
    }

    fn is_whole(self) -> bool {
        matches!(self, Self::MaxOrdersPerMinute | Self::MaxPriceAgeS)
    }

    fn check(self, value: Decimal) -> Result<Decimal, LimitError> {
        let fits = value >= Decimal::ZERO && value <= self.ceiling() && (!self.is_whole() || value.fract().is_zero());
        if fits { Ok(value.normalize()) } else { Err(LimitError::bad(self, &value.to_string())) }
    }
}

impl fmt::Display for LimitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a limit can't be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// No such limit.
    #[error("'{0}' is not a limit: {names}", names = LimitName::ALL.map(LimitName::as_str).join(", "))]
    Unknown(String),
    /// A limit of a later version.
    #[error("the limit '{0}' is not enforced by this version, so it can't be set: nothing would hold to it")]
    NotEnforcedYet(String),
    /// A value the limit can't have.
    #[error("{name} can't be '{value}': give a {kind} from 0 to {max}", kind = if *whole { "whole number" } else { "plain number" })]
    BadValue {
        /// The limit.
        name: LimitName,
        /// What was given.
        value: String,
        /// Whether it must be a whole number.
        whole: bool,
        /// The largest value.
        max: Decimal,
    },
}

impl LimitError {
    fn bad(name: LimitName, value: &str) -> Self {
        Self::BadValue { name, value: value.chars().take(40).collect(), whole: name.is_whole(), max: name.ceiling() }
    }

    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "limit_name_unknown",
            Self::NotEnforcedYet(_) => "limit_not_enforced_yet",
            Self::BadValue { .. } => "limit_value_bad",
        }
    }
}

/// The limits of one book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    values: [Option<Decimal>; LimitName::ALL.len()],
}

impl Limits {
    /// No limit is known: every order is refused.
    pub const MISSING: Self = Self { values: [None; LimitName::ALL.len()] };

    /// What a book starts with.
    #[must_use]
    pub fn defaults(book: Book) -> Self {
        let (order_aud, day_aud) = match book {
            Book::Paper => (25_000, 100_000),
            Book::Live => (100, 500),
        };
        let mut limits = Self::MISSING;
        limits.set(LimitName::MaxOrderAud, Some(Decimal::from(order_aud)));
        limits.set(LimitName::MaxDayAud, Some(Decimal::from(day_aud)));
        limits.set(LimitName::MaxOrdersPerMinute, Some(Decimal::TEN));
        limits.set(LimitName::PriceCollarPct, Some(Decimal::from(3)));
        limits.set(LimitName::MaxSpreadPct, Some(Decimal::TWO));
        limits.set(LimitName::MaxPriceAgeS, Some(Decimal::from(60)));
        limits
    }

    fn set(&mut self, name: LimitName, value: Option<Decimal>) {
        self.values[name as usize] = value;
    }

    /// A limit's value; none when it is missing, which refuses orders.
    #[must_use]
    pub const fn get(&self, name: LimitName) -> Option<Decimal> {
        self.values[name as usize]
    }

    /// How old a price may be, in whole seconds.
    #[must_use]
    pub fn max_price_age_s(&self) -> Option<u32> {
        self.get(LimitName::MaxPriceAgeS).and_then(|value| u32::try_from(value).ok())
    }

    /// Every limit with its value, in the order they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (LimitName, Option<Decimal>)> + '_ {
        LimitName::ALL.into_iter().map(|name| (name, self.get(name)))
    }

    /// Reads one change as the trader typed it.
    ///
    /// # Errors
    /// [`LimitError`], naming the limit or the value.
    pub fn parse_change(name: &str, value: &str) -> Result<LimitChange, LimitError> {
        let limit = LimitName::parse(name)?;
        let value = parse_decimal(value).map_err(|_| LimitError::bad(limit, value))?;
        let value = limit.check(value)?;
        let name = Name::parse(limit.as_str()).map_err(|_| LimitError::Unknown(name.to_owned()))?;
        Ok(LimitChange::new(name, value))
    }

    /// Takes one change of a fact. A value that can't be leaves the limit missing, so that orders are refused until a
    /// person sets it again.
    ///
    /// # Errors
    /// [`LimitError`].
    pub fn apply(&mut self, change: &LimitChange) -> Result<(), LimitError> {
        let limit = LimitName::parse(change.name.as_str())?;
        self.set(limit, None);
        let value = change.value().map_err(|error| LimitError::bad(limit, &error.to_string()))?;
        self.set(limit, Some(limit.check(value)?));
        Ok(())
    }
}

/// The limits of both books, folded from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookLimits {
    paper: Limits,
    live: Limits,
}

impl Default for BookLimits {
    fn default() -> Self {
        Self { paper: Limits::defaults(Book::Paper), live: Limits::defaults(Book::Live) }
    }
}

impl BookLimits {
    /// One book's limits.
    #[must_use]
    pub const fn of(&self, book: Book) -> &Limits {
        match book {
            Book::Paper => &self.paper,
            Book::Live => &self.live,
        }
    }

    /// Takes a fact; those that don't set limits change nothing. Every good change of a fact is taken.
    ///
    /// # Errors
    /// The first [`LimitError`] of the fact.
    pub fn apply(&mut self, fact: &Fact) -> Result<(), LimitError> {
        let Fact::LimitsSet { book, changes } = fact else { return Ok(()) };
        let limits = match book {
            Book::Paper => &mut self.paper,
            Book::Live => &mut self.live,
        };
        let mut outcome = Ok(());
        for change in changes {
            outcome = outcome.and(limits.apply(change));
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
