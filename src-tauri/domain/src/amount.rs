//! Exact amounts. What times what gives what:
//!
//! | expression | gives | rounding |
//! |---|---|---|
//! | `Price::times(Quantity)` | `Money` in the price's currency (AUD) | exact to 28 significant digits, then half-even |
//! | `Money::checked_add/checked_sub(Money)` | `Money` | exact; other currency or overflow is an error |
//! | `BasisPoints::of(Money)` | `Money` | exact |
//! | `Quantity::checked_add/checked_sub(Quantity)` | `Quantity` | exact; below zero is an error |
//! | `Quantity::affordable(Money, Price)` | `Quantity` | cut towards zero at 8 decimals: never more than the money buys |
//!
//! `Price` is AUD for one coin and above zero; `Quantity` is coins and never below zero; `Money` may be negative.

use crate::ticker::Currency;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Decimals CoinSpot accepts in a coin amount and in a rate.
const VENUE_DECIMALS: u32 = 8;

/// Why an amount is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a plain decimal: NaN, an exponent, separators, empty, or more than 28 digits.
    #[error("'{0}' is not a plain decimal number of at most 28 digits")]
    NotDecimal(String),
    /// Zero or below where the amount must be above zero.
    #[error("{what} must be above zero, not {value}")]
    NotPositive {
        /// What was being read.
        what: &'static str,
        /// The refused value.
        value: Decimal,
    },
    /// Below zero where the amount can't be.
    #[error("{what} must not be below zero: {value}")]
    Negative {
        /// What was being computed or read.
        what: &'static str,
        /// The refused value.
        value: Decimal,
    },
    /// Two currencies in one sum.
    #[error("cannot combine {left} with {right}")]
    MixedCurrencies {
        /// Currency of the left side.
        left: Currency,
        /// Currency of the right side.
        right: Currency,
    },
    /// The result does not fit in 28 digits.
    #[error("the result of {0} is too large")]
    Overflow(&'static str),
}

impl AmountError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotDecimal(_) => "not_a_number",
            Self::NotPositive { .. } => "not_positive",
            Self::Negative { .. } => "negative",
            Self::MixedCurrencies { .. } => "mixed_currencies",
            Self::Overflow(_) => "overflow",
        }
    }
}

fn not_decimal(text: &str) -> AmountError {
    AmountError::NotDecimal(text.chars().take(40).collect())
}

/// True for `-?digits[.digits]`, the only number text we take.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && fraction.is_none_or(all_digits)
}

/// Reads a plain decimal such as `-12.5`, exactly: no exponent, sign `+`, separators or NaN, at most 28 digits.
///
/// # Errors
/// [`AmountError::NotDecimal`].
pub fn parse_decimal(text: &str) -> Result<Decimal, AmountError> {
    if !is_plain(text) {
        return Err(not_decimal(text));
    }
    Decimal::from_str_exact(text).map_err(|_| not_decimal(text))
}

/// Reads a number as an outside service may print it: exponents allowed, digits beyond 28 rounded. For observations
/// only, never for an amount of ours.
///
/// # Errors
/// [`AmountError::NotDecimal`] for NaN, infinities, and numbers beyond ±7.9e28.
pub fn parse_decimal_lossy(text: &str) -> Result<Decimal, AmountError> {
    let trimmed = text.trim();
    let parsed = if is_plain(trimmed) { trimmed.parse::<Decimal>() } else { Decimal::from_scientific(trimmed) };
    parsed.map_err(|_| not_decimal(text))
}

/// Text for people, serde for machines: decimal strings in JSON, scale and mantissa in compact bytes.
pub(crate) mod wire {
    use super::{Decimal, Deserialize, Deserializer, Serialize, Serializer, de, parse_decimal};

    pub fn serialize<S: Serializer>(value: &Decimal, out: S) -> Result<S::Ok, S::Error> {
        let value = value.normalize();
        if out.is_human_readable() {
            out.collect_str(&value)
        } else {
            // Canonical: equal values have equal bytes.
            (value.scale() as u8, value.mantissa()).serialize(out)
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Decimal, D::Error> {
        if input.is_human_readable() {
            let text = String::deserialize(input)?;
            parse_decimal(&text).map_err(de::Error::custom)
        } else {
            let (scale, mantissa) = <(u8, i128)>::deserialize(input)?;
            Decimal::try_from_i128_with_scale(mantissa, u32::from(scale)).map_err(de::Error::custom)
        }
    }
}

macro_rules! decimal_newtype {
    ($name:ident, $check:path) => {
        impl $name {
            /// Wraps a decimal.
            ///
            /// # Errors
            /// When the value is outside what this type can be.
            pub fn new(value: Decimal) -> Result<Self, AmountError> {
                $check(stringify!($name), value).map(Self)
            }

            /// Reads a plain decimal, exactly.
            ///
            /// # Errors
            /// When the text is no plain decimal, or the value is outside what this type can be.
            pub fn parse(text: &str) -> Result<Self, AmountError> {
                Self::new(parse_decimal(text)?)
            }

            /// The number itself.
            #[must_use]
            pub fn decimal(self) -> Decimal {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.normalize(), f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                wire::serialize(&self.0, out)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                Self::new(wire::deserialize(input)?).map_err(de::Error::custom)
            }
        }
    };
}

fn positive(what: &'static str, value: Decimal) -> Result<Decimal, AmountError> {
    if value > Decimal::ZERO { Ok(value) } else { Err(AmountError::NotPositive { what, value }) }
}

fn not_negative(what: &'static str, value: Decimal) -> Result<Decimal, AmountError> {
    if value >= Decimal::ZERO { Ok(value) } else { Err(AmountError::Negative { what, value }) }
}

/// AUD for one coin; above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price(Decimal);
decimal_newtype!(Price, positive);

impl Price {
    /// What a quantity costs at this price, before fees.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn times(self, quantity: Quantity) -> Result<Money, AmountError> {
        let amount = self.0.checked_mul(quantity.0).ok_or(AmountError::Overflow("price × quantity"))?;
        Ok(Money::aud(amount))
    }

    /// Whether the price has at most the 8 decimals the venue takes.
    #[must_use]
    pub fn fits_venue(self) -> bool {
        self.0.normalize().scale() <= VENUE_DECIMALS
    }
}

/// Coins, in base units; never below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(Decimal);
decimal_newtype!(Quantity, not_negative);

impl Quantity {
    /// No coins.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Whether there is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// Whether the quantity has at most the 8 decimals the venue takes.
    #[must_use]
    pub fn fits_venue(self) -> bool {
        self.0.normalize().scale() <= VENUE_DECIMALS
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        self.0.checked_add(other.0).map(Self).ok_or(AmountError::Overflow("quantity + quantity"))
    }

    /// The difference.
    ///
    /// # Errors
    /// [`AmountError::Negative`] when `other` is more than there is.
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        let left = self.0.checked_sub(other.0).ok_or(AmountError::Overflow("quantity - quantity"))?;
        Self::new(left)
    }

    /// How many coins `money` buys when one coin costs `unit_cost` all in, cut (never rounded up) to 8 decimals.
    ///
    /// # Errors
    /// [`AmountError::Negative`] for negative money, [`AmountError::Overflow`].
    pub fn affordable(money: Money, unit_cost: Price) -> Result<Self, AmountError> {
        let coins = money.amount.checked_div(unit_cost.0).ok_or(AmountError::Overflow("money ÷ price"))?;
        Self::new(coins.round_dp_with_strategy(VENUE_DECIMALS, RoundingStrategy::ToZero))
    }
}

/// An amount of one currency; may be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    #[serde(with = "wire")]
    amount: Decimal,
    currency: Currency,
}

impl Money {
    /// No Australian dollars.
    pub const ZERO_AUD: Self = Self { amount: Decimal::ZERO, currency: Currency::AUD };

    /// Australian dollars.
    #[must_use]
    pub fn aud(amount: Decimal) -> Self {
        Self { amount, currency: Currency::AUD }
    }

    /// An amount of any currency.
    #[must_use]
    pub fn new(amount: Decimal, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The number itself.
    #[must_use]
    pub fn amount(self) -> Decimal {
        self.amount
    }

    /// What it is an amount of.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    fn same(self, other: Self) -> Result<(), AmountError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(AmountError::MixedCurrencies { left: self.currency, right: other.currency })
        }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`AmountError::MixedCurrencies`], [`AmountError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        self.same(other)?;
        let amount = self.amount.checked_add(other.amount).ok_or(AmountError::Overflow("money + money"))?;
        Ok(Self { amount, ..self })
    }

    /// The difference.
    ///
    /// # Errors
    /// [`AmountError::MixedCurrencies`], [`AmountError::Overflow`].
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        self.same(other)?;
        let amount = self.amount.checked_sub(other.amount).ok_or(AmountError::Overflow("money - money"))?;
        Ok(Self { amount, ..self })
    }

    /// To whole cents, half-even: for showing, and once at the end.
    #[must_use]
    pub fn to_cents(self) -> Self {
        Self { amount: self.amount.round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven), ..self }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount.normalize(), self.currency)
    }
}

/// Hundredths of a percent; what fees and tolerances are stated in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BasisPoints(pub u32);

impl BasisPoints {
    /// As a plain ratio: 10 bps is 0.001.
    #[must_use]
    pub fn ratio(self) -> Decimal {
        Decimal::new(i64::from(self.0), 4)
    }

    /// This much of an amount, exactly.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn of(self, money: Money) -> Result<Money, AmountError> {
        let amount = money.amount.checked_mul(self.ratio()).ok_or(AmountError::Overflow("basis points × money"))?;
        Ok(Money { amount, ..money })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_decimals_are_numbers() {
        for bad in ["", "NaN", "1e5", "1e400", "+1", "1_000", "1,000", ".5", "5.", " 1", "١", "--1", "inf", "0x1"] {
            assert!(parse_decimal(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_decimal("-12.50").unwrap(), Decimal::new(-1250, 2));
        assert!(parse_decimal("0.12345678901234567890123456789").is_err(), "29 decimals would be rounded");
    }

    #[test]
    fn outside_numbers_may_have_exponents_but_not_infinite_size() {
        assert_eq!(parse_decimal_lossy("1e-7").unwrap(), Decimal::new(1, 7));
        assert!(parse_decimal_lossy("1e400").is_err());
        assert!(parse_decimal_lossy("NaN").is_err());
    }

    #[test]
    fn a_price_is_above_zero_and_a_quantity_never_below() {
        assert_eq!(Price::parse("0").unwrap_err().code(), "not_positive");
        assert_eq!(Quantity::parse("-1").unwrap_err().code(), "negative");
        assert!(!Quantity::parse("0.000000001").unwrap().fits_venue());
        assert!(Quantity::parse("0.0000000100").unwrap().fits_venue());
    }

    #[test]
    fn currencies_never_mix() {
        let usd = Money::new(Decimal::ONE, Currency::parse("USD").unwrap());
        assert_eq!(Money::ZERO_AUD.checked_add(usd).unwrap_err().code(), "mixed_currencies");
    }

    #[test]
    fn json_holds_strings_and_refuses_numbers() {
        assert_eq!(serde_json::to_string(&Price::parse("86500.10").unwrap()).unwrap(), "\"86500.1\"");
        assert!(serde_json::from_str::<Price>("86500.1").is_err());
        assert!(serde_json::from_str::<Price>("\"0\"").is_err());
    }

    proptest! {
        #[test]
        fn money_never_buys_more_than_it_can(cents in 0i64..10_000_000_000, price in 1i64..1_000_000_000_000) {
            let money = Money::aud(Decimal::new(cents, 2));
            let price = Price::new(Decimal::new(price, 8)).unwrap();
            let coins = Quantity::affordable(money, price).unwrap();
            prop_assert!(price.times(coins).unwrap().amount() <= money.amount());
        }

        #[test]
        fn equal_amounts_have_equal_bytes(mantissa in -1_000_000_000_000i64..1_000_000_000_000, zeros in 0u32..6) {
            let short = Money::aud(Decimal::new(mantissa, 4));
            let mut padded = Decimal::new(mantissa, 4);
            padded.rescale(4 + zeros);
            let long = Money::aud(padded);
            let (a, b) = (postcard::to_allocvec(&short).unwrap(), postcard::to_allocvec(&long).unwrap());
            prop_assert_eq!(&a, &b);
            prop_assert_eq!(postcard::from_bytes::<Money>(&a).unwrap(), short);
        }
    }
}
