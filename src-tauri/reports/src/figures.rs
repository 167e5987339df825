//! Figures and moments as people read them.

use crate::document::Shown;
use chrono_tz::Tz;
use domain::{Timestamp, parse_decimal};

/// A number for people: grouped by thousands, a true minus, AUD in cents (half to even). Text that is no number stays.
pub(crate) fn figure(text: &str, shown: Shown) -> String {
    let Ok(number) = parse_decimal(text) else { return text.to_owned() };
    let rounded = match shown {
        Shown::Whole => text.to_owned(),
        Shown::Aud => format!("{:.2}", number.round_dp(2)),
        Shown::Figure => {
            let four = number.round_dp(4).normalize();
            if four.scale() < 2 { format!("{four:.2}") } else { four.to_string() }
        }
    };
    let (sign, digits) = rounded.strip_prefix('-').map_or(("", rounded.as_str()), |digits| ("\u{2212}", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let mut out = String::with_capacity(rounded.len() + 8);
    out.push_str(if zero { "" } else { sign });
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

/// A moment on the clocks of a zone, to the second.
pub(crate) fn moment(time: Timestamp, zone: Tz) -> String {
    time.to_utc().with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_and_rounded_half_to_even_with_a_true_minus() {
        let cases = [
            ("1234567.005", Shown::Aud, "1,234,567.00"),
            ("-1234.015", Shown::Aud, "−1,234.02"),
            ("-0.001", Shown::Aud, "0.00"),
            ("-999", Shown::Aud, "−999.00"),
            ("0.00000001", Shown::Whole, "0.00000001"),
            ("1234.5", Shown::Whole, "1,234.5"),
            ("0.66666", Shown::Figure, "0.6667"),
            ("12", Shown::Figure, "12.00"),
            ("n/a", Shown::Aud, "n/a"),
        ];
        for (text, shown, expected) in cases {
            assert_eq!(figure(text, shown), expected, "{text}");
        }
    }

    #[test]
    fn moments_are_told_on_the_zone_s_clocks() {
        let night = Timestamp::parse("2025-06-30T14:30:00Z").unwrap();
        assert_eq!(moment(night, chrono_tz::Australia::Sydney), "2025-07-01 00:30:00", "a day later, and a tax year");
    }
}
