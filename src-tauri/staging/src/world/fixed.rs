//! Powers of two in fixed point, so that a price is the same to the last digit on every machine.
//!
//! A logarithm (base 2) is an `i64` with 40 fraction bits. Deliberately absent: floating point.

/// Fraction bits of a logarithm.
pub(crate) const LOG_BITS: u32 = 40;
/// Decimal places of an unrounded price.
pub(crate) const PRICE_PLACES: u32 = 12;

const ONE: u128 = 1 << 62;
const LN_2: u128 = 0x2C5C_85FD_F473_DE6A; // 62 fraction bits
const TABLE_BITS: u32 = 8;
const REST_BITS: u32 = LOG_BITS - TABLE_BITS;

/// 2^(i/256) with 62 fraction bits.
#[derive(Debug, Clone)]
pub(crate) struct Powers {
    table: Vec<u128>,
}

impl Powers {
    pub(crate) fn new() -> Self {
        let mut roots = Vec::new(); // 2^(1/2), 2^(1/4), …
        let mut root = ((2 * ONE) << 62).isqrt();
        for _ in 0..TABLE_BITS {
            roots.push(root);
            root = (root << 62).isqrt();
        }
        let entry = |i: u32| {
            let set = roots.iter().enumerate().filter(|(k, _)| i >> (TABLE_BITS - 1 - *k as u32) & 1 == 1);
            set.fold(ONE, |product, (_, root)| (product * root) >> 62)
        };
        Self { table: (0..1u32 << TABLE_BITS).map(entry).collect() }
    }

    /// `base` × 2^`log`, in the unit of `base` (at most 2^60); never zero. It rises with `log`.
    pub(crate) fn scale(&self, base: u64, log: i64) -> u64 {
        let whole = (log >> LOG_BITS).clamp(-40, 2);
        let fraction = (log & ((1 << LOG_BITS) - 1)) as u64;
        let rest = u128::from(fraction & ((1 << REST_BITS) - 1)) << (62 - LOG_BITS);
        let power = (rest * LN_2) >> 62;
        let correction = ONE + power + ((power * power) >> 63);
        let entry = self.table.get((fraction >> REST_BITS) as usize).copied().unwrap_or(ONE);
        let product = u128::from(base) * ((entry * correction) >> 62);
        let scaled = product >> (62 - whole).clamp(0, 127);
        u64::try_from(scaled).unwrap_or(u64::MAX).max(1)
    }
}

/// Rounds a price with [`PRICE_PLACES`] to `places`, half up, at least one unit.
pub(crate) fn round_to(price: u64, places: u32) -> i64 {
    let unit = 10u64.pow(PRICE_PLACES.saturating_sub(places));
    i64::try_from(price.saturating_add(unit / 2) / unit).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_half_powers_are_exact_to_nine_digits() {
        let powers = Powers::new();
        let base = 1_000_000_000_000;
        assert_eq!(powers.scale(base, 0), base);
        assert_eq!(powers.scale(base, 1 << LOG_BITS), 2 * base);
        assert_eq!(powers.scale(base, -(1 << LOG_BITS)), base / 2);
        let root = powers.scale(base, 1 << (LOG_BITS - 1));
        assert!(root.abs_diff(1_414_213_562_373) < 10, "{root}");
        let tenth = powers.scale(base, (1i64 << LOG_BITS) / 10);
        assert!(tenth.abs_diff(1_071_773_462_536) < 10_000, "{tenth}");
    }

    #[test]
    fn a_greater_logarithm_never_gives_a_smaller_price() {
        let powers = Powers::new();
        let mut before = 0;
        for step in -100_000i64..100_000 {
            let now = powers.scale(1 << 50, step * 8_388_607);
            assert!(now >= before, "at {step}");
            before = now;
        }
    }

    #[test]
    fn a_price_is_rounded_half_up_and_is_never_zero() {
        assert_eq!(round_to(1_235_000_000_000, 2), 124);
        assert_eq!(round_to(1, 8), 1);
    }
}
