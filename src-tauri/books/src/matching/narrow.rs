//! The fast width: quantities and unit prices in 64 bits, money in 128.

use super::{Fill, SHARE_DECIMALS, Unfit, Units, wide};
use domain::{Decimal, Quantity, TradeRow};
use std::cmp::Ordering;

/// Decimals of a quantity.
pub(super) const QUANTITY_DECIMALS: u32 = 8;
/// Decimals of a unit price.
pub(super) const PRICE_DECIMALS: u32 = SHARE_DECIMALS - QUANTITY_DECIMALS;
/// Decimals of money: price × quantity needs no shift.
pub(super) const MONEY_DECIMALS: u32 = SHARE_DECIMALS;

const POWERS: [i128; MONEY_DECIMALS as usize + 1] = {
    let mut powers = [1; MONEY_DECIMALS as usize + 1];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// Quantities at 1e-8, unit prices at 1e-12, money at 1e-20.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Narrow;

/// `value` as a whole number of `10^-decimals`, or nothing if that would lose a digit or not fit.
#[inline]
fn scaled(value: Decimal, decimals: u32) -> Option<i128> {
    match decimals.checked_sub(value.scale()) {
        Some(up) => value.mantissa().checked_mul(*POWERS.get(up as usize)?),
        None => scaled_down(value, decimals),
    }
}

/// More decimals than there is room for: they may be zeros.
#[cold]
fn scaled_down(value: Decimal, decimals: u32) -> Option<i128> {
    let value = value.normalize();
    let up = decimals.checked_sub(value.scale())?;
    value.mantissa().checked_mul(*POWERS.get(up as usize)?)
}

#[inline]
fn small(value: Decimal, decimals: u32) -> Result<u64, Unfit> {
    // The usual case in 64 bits: multiplying 128 bits with a check costs a call.
    if let (Ok(mantissa), Some(up)) = (u64::try_from(value.mantissa()), decimals.checked_sub(value.scale()))
        && let Some(&power) = POWERS.get(up as usize)
        && let Some(fits) = mantissa.checked_mul(power as u64)
    {
        return Ok(fits);
    }
    scaled(value, decimals).and_then(|wide| u64::try_from(wide).ok()).ok_or(Unfit)
}

#[inline]
fn fee_money(fee: Decimal) -> Result<i128, Unfit> {
    if let (Ok(mantissa), Some(up)) = (u64::try_from(fee.mantissa()), MONEY_DECIMALS.checked_sub(fee.scale()))
        && let Some(&power) = POWERS.get(up as usize)
        && let Ok(power) = u64::try_from(power)
        && let Ok(fits) = i128::try_from(u128::from(mantissa) * u128::from(power))
    {
        return Ok(fits);
    }
    scaled(fee, MONEY_DECIMALS).ok_or(Unfit)
}

impl Narrow {
    /// Money in the other width.
    pub(crate) fn widened(money: i128) -> num_bigint::BigInt {
        wide::money(money)
    }
}

impl Units for Narrow {
    type Small = u64;
    type Sum = i128;

    #[inline]
    fn read(row: &TradeRow) -> Result<Fill<Self>, Unfit> {
        let quantity = small(row.quantity.decimal(), QUANTITY_DECIMALS)?;
        let price = small(row.price.decimal(), PRICE_DECIMALS)?;
        let fee = fee_money(row.fee)?;
        let value = i128::try_from(u128::from(quantity) * u128::from(price)).map_err(|_| Unfit)?;
        Ok(Fill { quantity, price, value, fee })
    }

    fn quantity(coins: Quantity) -> Result<u64, Unfit> {
        small(coins.decimal(), QUANTITY_DECIMALS)
    }

    fn amount(aud: Decimal) -> Result<i128, Unfit> {
        fee_money(aud)
    }

    #[inline]
    fn grown(turnover: &i128, fill: &Fill<Self>) -> Result<i128, Unfit> {
        let fee = fill.fee.checked_abs().ok_or(Unfit)?;
        turnover.checked_add(fill.value).and_then(|sum| sum.checked_add(fee)).ok_or(Unfit)
    }

    #[inline]
    fn joined(held: &u64, added: &u64) -> Result<u64, Unfit> {
        held.checked_add(*added).ok_or(Unfit)
    }

    #[inline]
    fn value(quantity: &u64, price: &u64) -> i128 {
        // At most the value of its whole fill, which fits i128: the cast keeps every bit.
        (u128::from(*quantity) * u128::from(*price)) as i128
    }

    #[inline]
    fn share(fee: &i128, part: &u64, whole: &u64) -> i128 {
        if part == whole || *whole == 0 {
            return *fee;
        }
        let size = share_size(fee.unsigned_abs(), *part, *whole);
        // At most the fee, which fits i128: the cast keeps every bit.
        if *fee < 0 { -(size as i128) } else { size as i128 }
    }

    fn compare(cost: &i128, of: &u64, other: &i128, of_other: &u64) -> Ordering {
        // No parcel is without coins; the remainders are below 64 bits, so that their products fit.
        let parts = |cost: &i128, of: u64| {
            let whole = i128::from(of.max(1));
            (cost.div_euclid(whole), cost.rem_euclid(whole) as u128)
        };
        let ((quotient, rest), (quotient_other, rest_other)) = (parts(cost, *of), parts(other, *of_other));
        let fine = || (rest * u128::from(*of_other)).cmp(&(rest_other * u128::from(*of)));
        quotient.cmp(&quotient_other).then_with(fine)
    }

    #[inline]
    fn count(quantity: &u64) -> i128 {
        i128::from(*quantity)
    }

    fn money(sum: &i128) -> Option<Decimal> {
        wide::decimal_of(*sum, MONEY_DECIMALS)
    }

    fn coins(sum: &i128) -> Option<Decimal> {
        wide::decimal_of(*sum, QUANTITY_DECIMALS)
    }
}

/// ⌊fee × part ÷ whole⌋ for `part` < `whole`.
#[inline]
fn share_size(fee: u128, part: u64, whole: u64) -> u128 {
    let (part, whole) = (u128::from(part), u128::from(whole));
    match fee.checked_mul(part) {
        Some(product) => product / whole,
        None => long_share(fee, part, whole),
    }
}

/// The same where the product needs more than 128 bits: schoolbook division, 64 bits a digit.
#[cold]
fn long_share(fee: u128, part: u128, whole: u128) -> u128 {
    let digit = u128::from(u64::MAX);
    let low = (fee & digit) * part;
    let high = (fee >> 64) * part + (low >> 64);
    // The top digit of the quotient is 0, as the share is less than the fee.
    let rest = (high >> 64) % whole;
    let upper = (rest << 64) | (high & digit);
    let lower = ((upper % whole) << 64) | (low & digit);
    ((upper / whole) << 64) | (lower / whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::{BigInt, BigUint};
    use proptest::prelude::*;

    #[test]
    fn trailing_zeros_are_no_digits() {
        let padded = Decimal::from_str_exact("1.00000000000000000000000000").unwrap();
        assert_eq!(small(padded, 8), Ok(100_000_000));
        assert_eq!(small(Decimal::from_str_exact("0.000000001").unwrap(), 8), Err(Unfit));
    }

    #[test]
    fn the_largest_fits_and_one_more_does_not() {
        let largest = Decimal::from(u64::MAX) / Decimal::from(100_000_000);
        assert_eq!(small(largest, 8), Ok(u64::MAX));
        assert_eq!(small(largest + Decimal::new(1, 8), 8), Err(Unfit));
    }

    #[test]
    fn a_rebate_is_cut_towards_zero_too() {
        assert_eq!(Narrow::share(&-10, &1, &3), -3);
        assert_eq!(Narrow::share(&10, &1, &3), 3);
    }

    proptest! {
        #[test]
        fn a_share_is_exact_however_large(fee in 0..=i128::MAX, part in 0u64.., whole in 1u64..) {
            let (part, whole) = (part.min(whole), part.max(whole).max(1));
            let exact = BigUint::from(fee as u128) * part / whole;
            prop_assert_eq!(BigUint::from(Narrow::share(&fee, &part, &whole) as u128), exact);
        }

        #[test]
        fn unit_costs_compare_exactly(cost: i128, other: i128, of in 1u64.., of_other in 1u64..) {
            let exact = (BigInt::from(cost) * of_other).cmp(&(BigInt::from(other) * of));
            prop_assert_eq!(Narrow::compare(&cost, &of, &other, &of_other), exact);
        }

        #[test]
        fn a_fee_reads_the_same_on_both_paths(mantissa in any::<i64>(), scale in 0u32..=28) {
            let fee = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
            prop_assert_eq!(fee_money(fee).ok(), scaled(fee, MONEY_DECIMALS));
        }
    }
}
