//! Amounts as a trader would say them: thousands apart, cents, no trailing zeros.

use domain::{Decimal, Money, RoundingStrategy};

/// Digits kept after the point for amounts below one dollar.
const SMALL_DECIMALS: u32 = 8;

/// A plain number with thousands apart, such as `86,500.25` or `0.0042`.
#[must_use]
pub fn number(value: Decimal) -> String {
    let text = value.normalize().to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::with_capacity(text.len() + whole.len() / 3);
    out.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// An amount of money, such as `25,000.00 AUD`; below a dollar with the digits it needs.
#[must_use]
pub fn aud(money: Money) -> String {
    let amount = money.amount();
    if amount.abs() < Decimal::ONE && !amount.is_zero() {
        let small = amount.round_dp_with_strategy(SMALL_DECIMALS, RoundingStrategy::MidpointNearestEven);
        return format!("{} {}", number(small), money.currency());
    }
    let cents = money.to_cents().amount();
    let whole = number(cents.trunc());
    let fraction = (cents.fract().abs() * Decimal::ONE_HUNDRED).trunc();
    format!("{whole}.{fraction:0>2} {}", money.currency())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_a_trader_says_them() {
        let say = |text: &str| aud(Money::aud(Decimal::from_str_exact(text).unwrap()));
        assert_eq!(say("25000"), "25,000.00 AUD");
        assert_eq!(say("-1234567.891"), "-1,234,567.89 AUD");
        assert_eq!(say("12.05"), "12.05 AUD");
        assert_eq!(say("0.004"), "0.004 AUD");
        assert_eq!(say("0"), "0.00 AUD");
        assert_eq!(number(Decimal::from_str_exact("86500.250").unwrap()), "86,500.25");
        assert_eq!(number(Decimal::from_str_exact("-100").unwrap()), "-100");
    }
}
