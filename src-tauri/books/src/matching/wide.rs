//! The width that holds any decimal: integers without a limit. Slower; only for rows the fast width refuses.

use super::narrow::{MONEY_DECIMALS, PRICE_DECIMALS, QUANTITY_DECIMALS};
use super::{Fill, SHARE_DECIMALS, Unfit, Units};
use domain::{Decimal, Quantity, TradeRow};
use num_bigint::BigInt;
use std::cmp::Ordering;

/// Decimals of a quantity and of a unit price: as many as a decimal can have.
const SMALL_DECIMALS: u32 = 28;
/// Decimals of money: price × quantity needs no shift.
const WIDE_MONEY_DECIMALS: u32 = 2 * SMALL_DECIMALS;
/// Digits a decimal keeps of a number that is too long for it.
const DECIMAL_DIGITS: usize = 28;

/// Quantities and unit prices at 1e-28, money at 1e-56.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wide;

fn power(decimals: u32) -> BigInt {
    BigInt::from(10).pow(decimals)
}

fn scaled(value: Decimal, decimals: u32) -> BigInt {
    // A decimal has at most 28 decimals, and both scales here have at least as many.
    BigInt::from(value.mantissa()) * power(decimals.saturating_sub(value.scale()))
}

/// A fast quantity, or sum of quantities, in this width.
pub(super) fn quantity(narrow: impl Into<BigInt>) -> BigInt {
    narrow.into() * power(SMALL_DECIMALS - QUANTITY_DECIMALS)
}

/// A fast unit price in this width.
pub(super) fn price(narrow: u64) -> BigInt {
    BigInt::from(narrow) * power(SMALL_DECIMALS - PRICE_DECIMALS)
}

/// Fast money in this width.
pub(super) fn money(narrow: i128) -> BigInt {
    BigInt::from(narrow) * power(WIDE_MONEY_DECIMALS - MONEY_DECIMALS)
}

impl Units for Wide {
    type Small = BigInt;
    type Sum = BigInt;

    fn read(row: &TradeRow) -> Result<Fill<Self>, Unfit> {
        let quantity = scaled(row.quantity.decimal(), SMALL_DECIMALS);
        let price = scaled(row.price.decimal(), SMALL_DECIMALS);
        let fee = scaled(row.fee, WIDE_MONEY_DECIMALS);
        Ok(Fill { value: &quantity * &price, quantity, price, fee })
    }

    fn quantity(coins: Quantity) -> Result<BigInt, Unfit> {
        Ok(scaled(coins.decimal(), SMALL_DECIMALS))
    }

    fn amount(aud: Decimal) -> Result<BigInt, Unfit> {
        Ok(scaled(aud, WIDE_MONEY_DECIMALS))
    }

    fn grown(_: &BigInt, _: &Fill<Self>) -> Result<BigInt, Unfit> {
        Ok(BigInt::ZERO) // no limit to watch
    }

    fn joined(held: &BigInt, added: &BigInt) -> Result<BigInt, Unfit> {
        Ok(held + added)
    }

    fn value(quantity: &BigInt, price: &BigInt) -> BigInt {
        quantity * price
    }

    fn share(fee: &BigInt, part: &BigInt, whole: &BigInt) -> BigInt {
        if part == whole || *whole == BigInt::ZERO {
            return fee.clone();
        }
        let finest = power(WIDE_MONEY_DECIMALS - SHARE_DECIMALS);
        fee * part / whole / &finest * &finest
    }

    fn compare(cost: &BigInt, of: &BigInt, other: &BigInt, of_other: &BigInt) -> Ordering {
        (cost * of_other).cmp(&(other * of))
    }

    fn count(quantity: &BigInt) -> BigInt {
        quantity.clone()
    }

    fn money(sum: &BigInt) -> Option<Decimal> {
        rounded(sum.clone(), WIDE_MONEY_DECIMALS)
    }

    fn coins(sum: &BigInt) -> Option<Decimal> {
        rounded(sum.clone(), SMALL_DECIMALS)
    }
}

/// `value × 10^-decimals` as a decimal: exact where it fits, else half-even to 28 digits, nothing when even that is too
/// large.
pub(super) fn decimal_of(value: i128, decimals: u32) -> Option<Decimal> {
    match Decimal::try_from_i128_with_scale(value, decimals) {
        Ok(fits) => Some(fits.normalize()),
        Err(_) => rounded(BigInt::from(value), decimals),
    }
}

fn rounded(mut value: BigInt, mut decimals: u32) -> Option<Decimal> {
    let ten = BigInt::from(10);
    while decimals > 0 && &value % &ten == BigInt::ZERO {
        value /= &ten;
        decimals -= 1;
    }
    let exact = i128::try_from(&value).ok().filter(|_| decimals <= SMALL_DECIMALS);
    if let Some(fits) = exact.and_then(|value| Decimal::try_from_i128_with_scale(value, decimals).ok()) {
        return Some(fits);
    }
    let digits = value.magnitude().to_string().len();
    let excess = digits.saturating_sub(DECIMAL_DIGITS).max(decimals.saturating_sub(SMALL_DECIMALS) as usize);
    let drop = u32::try_from(excess).map_or(decimals, |drop| drop.min(decimals));
    let kept = i128::try_from(half_even(&value, &power(drop))).ok()?;
    Decimal::try_from_i128_with_scale(kept, decimals - drop).ok().map(|d| d.normalize())
}

fn half_even(value: &BigInt, unit: &BigInt) -> BigInt {
    let (cut, rest) = (value / unit, value % unit);
    let twice = rest.magnitude() * 2u32;
    let odd = cut.bit(0);
    if twice > *unit.magnitude() || (twice == *unit.magnitude() && odd) {
        if value < &BigInt::ZERO { cut - 1 } else { cut + 1 }
    } else {
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: &str, decimals: u32) -> Option<String> {
        rounded(value.parse().unwrap(), decimals).map(|d| d.to_string())
    }

    #[test]
    fn twenty_eight_digits_are_exact_and_more_are_rounded_half_even() {
        assert_eq!(text("1234567890123456789012345678", 20).as_deref(), Some("12345678.90123456789012345678"));
        assert_eq!(text("12345678901234567890123456785", 20).as_deref(), Some("123456789.01234567890123456785"));
        assert_eq!(text("99999999999999999999999999985", 20).as_deref(), Some("999999999.9999999999999999998"));
        assert_eq!(text("99999999999999999999999999995", 20).as_deref(), Some("1000000000"));
        assert_eq!(text("-99999999999999999999999999975", 20).as_deref(), Some("-999999999.9999999999999999998"));
        assert_eq!(text("250", 31).as_deref(), Some("0"));
        assert_eq!(text("350", 30).as_deref(), Some("0.0000000000000000000000000004"));
    }

    #[test]
    fn what_no_decimal_holds_is_nothing() {
        assert_eq!(text(&format!("1{}", "0".repeat(40)), 2), None);
        assert_eq!(text(&"9".repeat(31), 2), None);
    }

    proptest! {
        #[test]
        fn any_decimal_comes_back_from_its_integer(mantissa in any::<i128>(), scale in 0u32..=28) {
            let value = Decimal::from_i128_with_scale(mantissa >> 33, scale);
            prop_assert_eq!(rounded(scaled(value, WIDE_MONEY_DECIMALS), WIDE_MONEY_DECIMALS), Some(value));
        }
    }
}
