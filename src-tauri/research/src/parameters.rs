//! What can be set about a strategy: its parameters with their ranges, and values held to them.
//!
//! Invariants: a value is read from text once, exactly; what is not set is the default; the canonical text of equal values is
//! equal. A share of capital is a whole number of percent here and basis points from then on.

use crate::plan::{parse_minute, parse_zone};
use chrono_tz::Tz;
use domain::{Decimal, parse_decimal};
use std::collections::BTreeMap;
use std::fmt;

/// What a parameter can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Whole {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// A decimal.
    Decimal {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
        /// Digits after the point.
        decimals: u32,
    },
    /// One of these.
    Choice(&'static [&'static str]),
    /// A time of the local day, `HH:MM`.
    Time,
    /// A zone such as `Australia/Perth`.
    Zone,
}

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub words: &'static str,
    /// What it can be.
    pub kind: Kind,
    /// What it is unless set.
    pub default: &'static str,
}

/// Why parameters are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// No such strategy.
    #[error("there is no strategy '{name}': use one of {known}")]
    UnknownStrategy {
        /// What was asked for.
        name: String,
        /// Those there are.
        known: String,
    },
    /// No such parameter.
    #[error("{strategy} has no parameter '{name}': use some of {known}")]
    Unknown {
        /// The strategy.
        strategy: &'static str,
        /// What was set.
        name: String,
        /// Those there are.
        known: String,
    },
    /// A value that can't be.
    #[error("{name} can't be '{value}': {wanted}")]
    Bad {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it could be.
        wanted: String,
    },
    /// Values that do not fit each other.
    #[error("{0}")]
    Together(&'static str),
}

impl ParameterError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownStrategy { .. } => "unknown_strategy",
            Self::Unknown { .. } => "unknown_parameter",
            Self::Bad { .. } | Self::Together(_) => "bad_parameter",
        }
    }
}

/// A value held to its parameter's range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// See [`Kind::Whole`].
    Whole(u32),
    /// See [`Kind::Decimal`].
    Decimal(Decimal),
    /// See [`Kind::Choice`].
    Choice(&'static str),
    /// Minutes since local midnight.
    Time(u16),
    /// See [`Kind::Zone`].
    Zone(Tz),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => write!(f, "{number}"),
            Self::Decimal(number) => write!(f, "{}", number.normalize()),
            Self::Choice(name) => f.write_str(name),
            Self::Time(minute) => write!(f, "{:02}:{:02}", minute / 60, minute % 60),
            Self::Zone(zone) => f.write_str(zone.name()),
        }
    }
}

impl Kind {
    /// What it can be, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Whole { min, max } => format!("use a whole number from {min} to {max}"),
            Self::Decimal { min, max, decimals } => {
                format!("use a number from {min} to {max} with at most {decimals} decimals")
            }
            Self::Choice(choices) => format!("use one of {}", choices.join(", ")),
            Self::Time => "use a time of the day such as 09:00".to_owned(),
            Self::Zone => "use a zone such as Australia/Perth".to_owned(),
        }
    }

    fn read(self, text: &str) -> Option<Value> {
        match self {
            Self::Whole { min, max } => {
                let plain = text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse().ok().filter(|number| plain && (min..=max).contains(number))?;
                Some(Value::Whole(number))
            }
            Self::Decimal { min, max, decimals } => {
                let number = parse_decimal(text).ok()?.normalize();
                let fits = number >= Decimal::from(min) && number <= Decimal::from(max) && number.scale() <= decimals;
                fits.then_some(Value::Decimal(number))
            }
            Self::Choice(choices) => choices.iter().find(|choice| **choice == text).map(|choice| Value::Choice(choice)),
            Self::Time => parse_minute(text).map(Value::Time),
            Self::Zone => parse_zone(text).map(Value::Zone),
        }
    }
}

/// Values of all of a strategy's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters(BTreeMap<&'static str, Value>);

impl Parameters {
    /// Holds what is set to what can be; the rest is the default.
    ///
    /// # Errors
    /// [`ParameterError`].
    pub fn read(
        strategy: &'static str,
        schema: &'static [Parameter],
        set: &BTreeMap<String, String>,
    ) -> Result<Self, ParameterError> {
        if let Some(name) = set.keys().find(|name| !schema.iter().any(|one| one.name == name.as_str())) {
            let known = schema.iter().map(|one| one.name).collect::<Vec<_>>().join(", ");
            return Err(ParameterError::Unknown { strategy, name: cut(name), known });
        }
        let value = |one: &Parameter| {
            let text = set.get(one.name).map_or(one.default, |text| text.trim());
            let bad = || ParameterError::Bad { name: one.name, value: cut(text), wanted: one.kind.words() };
            Ok((one.name, one.kind.read(text).ok_or_else(bad)?))
        };
        schema.iter().map(value).collect::<Result<_, _>>().map(Self)
    }

    /// All of them by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Value)> {
        self.0.iter().map(|(name, value)| (*name, *value))
    }

    /// A whole number; 0 for a name that is none.
    #[must_use]
    pub fn whole(&self, name: &str) -> u32 {
        if let Some(Value::Whole(number)) = self.0.get(name) { *number } else { 0 }
    }

    /// A decimal; 0 for a name that is none.
    #[must_use]
    pub fn decimal(&self, name: &str) -> Decimal {
        if let Some(Value::Decimal(number)) = self.0.get(name) { *number } else { Decimal::ZERO }
    }

    /// A choice; empty for a name that is none.
    #[must_use]
    pub fn choice(&self, name: &str) -> &'static str {
        if let Some(Value::Choice(choice)) = self.0.get(name) { choice } else { "" }
    }

    /// Minutes since local midnight.
    #[must_use]
    pub fn minute(&self, name: &str) -> u16 {
        if let Some(Value::Time(minute)) = self.0.get(name) { *minute } else { 0 }
    }

    /// A zone.
    #[must_use]
    pub fn zone(&self, name: &str) -> Tz {
        if let Some(Value::Zone(zone)) = self.0.get(name) { *zone } else { chrono_tz::Australia::Sydney }
    }
}

pub(crate) fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
