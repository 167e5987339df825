//! What a book's orders must stay within. Limits change by fact, at once.
//!
//! Invariants: a limit that is absent refuses every order (`limit_missing`); a damaged change leaves its limit absent; a
//! limit that nothing holds to can't be set. In volatile mode some of them are halved; what was set stands.

use domain::{Book, Decimal, Fact, LimitChange, Name, parse_decimal};
use std::fmt;

/// The limits that are enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitName {
    /// AUD in one buy, fee included.
    MaxOrderAud,
    /// AUD of the buys of the trader's calendar day, all coins together.
    MaxDayAud,
    /// Percent of the equity in one coin.
    MaxCoinPct,
    /// Percent of the equity in what one algorithm holds.
    MaxAlgorithmPct,
    /// Percent the equity may fall in the trader's calendar day.
    MaxDayLossPct,
    /// Percent the equity may fall from its highest.
    MaxDrawdownPct,
    /// Orders in any minute.
    MaxOrdersPerMinute,
    /// Percent a price may be off another source or the coin's own recent prices.
    PriceCollarPct,
    /// Percent between bid and ask on the order book.
    MaxSpreadPct,
    /// Seconds since the feed last confirmed the price.
    MaxPriceAgeS,
    /// Seconds in which the same order again is refused.
    RepeatWindowS,
    /// Minutes an order may rest before what is left of it is taken back; 0 lets it rest.
    UnfilledMinutes,
}

impl LimitName {
    /// Every enforced limit, in the order they are shown.
    pub const ALL: [Self; 12] = [
        Self::MaxOrderAud,
        Self::MaxDayAud,
        Self::MaxCoinPct,
        Self::MaxAlgorithmPct,
        Self::MaxDayLossPct,
        Self::MaxDrawdownPct,
        Self::MaxOrdersPerMinute,
        Self::PriceCollarPct,
        Self::MaxSpreadPct,
        Self::MaxPriceAgeS,
        Self::RepeatWindowS,
        Self::UnfilledMinutes,
    ];

    /// Those that volatile mode halves.
    pub const HALVED: [Self; 4] = [Self::MaxOrderAud, Self::MaxDayAud, Self::MaxCoinPct, Self::MaxDayLossPct];

    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MaxOrderAud => "max_order_aud",
            Self::MaxDayAud => "max_day_aud",
            Self::MaxCoinPct => "max_coin_pct",
            Self::MaxAlgorithmPct => "max_algorithm_pct",
            Self::MaxDayLossPct => "max_day_loss_pct",
            Self::MaxDrawdownPct => "max_drawdown_pct",
            Self::MaxOrdersPerMinute => "max_orders_per_minute",
            Self::PriceCollarPct => "price_collar_pct",
            Self::MaxSpreadPct => "max_spread_pct",
            Self::MaxPriceAgeS => "max_price_age_s",
            Self::RepeatWindowS => "repeat_window_s",
            Self::UnfilledMinutes => "unfilled_minutes",
        }
    }

    /// Reads a name.
    ///
    /// # Errors
    /// [`LimitError::Unknown`].
    pub fn parse(text: &str) -> Result<Self, LimitError> {
        if let Some(name) = Self::ALL.into_iter().find(|name| name.as_str() == text) {
            return Ok(name);
        }
        Err(LimitError::Unknown(text.chars().take(40).collect()))
    }

    /// The largest value that makes sense; below zero never does.
    fn ceiling(self) -> Decimal {
        match self {
            Self::MaxOrderAud | Self::MaxDayAud => Decimal::from(1_000_000_000),
            Self::MaxOrdersPerMinute => Decimal::from(1_000),
            Self::MaxCoinPct
            | Self::MaxAlgorithmPct
            | Self::MaxDayLossPct
            | Self::MaxDrawdownPct
            | Self::PriceCollarPct
            | Self::MaxSpreadPct => Decimal::ONE_HUNDRED,
            Self::MaxPriceAgeS | Self::RepeatWindowS => Decimal::from(3_600),
            Self::UnfilledMinutes => Decimal::from(43_200),
        }
    }

    fn is_whole(self) -> bool {
        matches!(self, Self::MaxOrdersPerMinute | Self::MaxPriceAgeS | Self::RepeatWindowS | Self::UnfilledMinutes)
    }

    /// Whether going from one value to another lets more through.
    fn loosens(self, from: Option<Decimal>, to: Decimal) -> bool {
        from.is_none_or(|from| match self {
            Self::RepeatWindowS => to < from,
            // Nothing is no wait at all but for ever.
            Self::UnfilledMinutes => !from.is_zero() && (to.is_zero() || to > from),
            _ => to > from,
        })
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
            Self::BadValue { .. } => "limit_value_bad",
        }
    }
}

/// A limit that would let more through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loosened {
    /// The limit.
    pub limit: LimitName,
    /// Its value now; none when it is missing.
    pub from: Option<Decimal>,
    /// Its value then.
    pub to: Decimal,
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
        limits.set(LimitName::MaxCoinPct, Some(Decimal::from(20)));
        limits.set(LimitName::MaxAlgorithmPct, Some(Decimal::from(30)));
        limits.set(LimitName::MaxDayLossPct, Some(Decimal::from(5)));
        limits.set(LimitName::MaxDrawdownPct, Some(Decimal::from(15)));
        limits.set(LimitName::MaxOrdersPerMinute, Some(Decimal::TEN));
        limits.set(LimitName::PriceCollarPct, Some(Decimal::from(3)));
        limits.set(LimitName::MaxSpreadPct, Some(Decimal::TWO));
        limits.set(LimitName::MaxPriceAgeS, Some(Decimal::from(60)));
        limits.set(LimitName::RepeatWindowS, Some(Decimal::TEN));
        limits.set(LimitName::UnfilledMinutes, Some(Decimal::ZERO));
        limits
    }

    /// These limits in volatile mode: those of [`LimitName::HALVED`] by half.
    #[must_use]
    pub fn halved(&self) -> Self {
        let mut halved = self.clone();
        for name in LimitName::HALVED {
            halved.set(name, self.get(name).and_then(|value| value.checked_div(Decimal::TWO)));
        }
        halved
    }

    /// The changes that let more through than now, with the value each had.
    pub fn loosened<'a>(&'a self, changes: &'a [LimitChange]) -> impl Iterator<Item = Loosened> + 'a {
        changes.iter().filter_map(|change| {
            let limit = LimitName::parse(change.name.as_str()).ok()?;
            let (from, to) = (self.get(limit), change.value().ok()?);
            limit.loosens(from, to).then_some(Loosened { limit, from, to })
        })
    }

    fn set(&mut self, name: LimitName, value: Option<Decimal>) {
        self.values[name as usize] = value;
    }

    /// A limit's value; none when it is missing, which refuses orders.
    #[must_use]
    pub const fn get(&self, name: LimitName) -> Option<Decimal> {
        self.values[name as usize]
    }

    /// In how many whole seconds the same order again is refused.
    #[must_use]
    pub fn repeat_window_s(&self) -> Option<u32> {
        self.get(LimitName::RepeatWindowS).and_then(|value| u32::try_from(value).ok())
    }

    /// How many seconds an order may rest; none when it may for ever, or nobody knows.
    #[must_use]
    pub fn rests_s(&self) -> Option<i64> {
        let minutes = self.get(LimitName::UnfilledMinutes).and_then(|value| i64::try_from(value).ok())?;
        (minutes > 0).then(|| minutes.saturating_mul(60))
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
