//! Seeded randomness whose numbers stay the same with every version of every library: only the raw words of ChaCha8 are taken.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Random numbers of a seed.
#[derive(Debug, Clone)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The numbers of a seed; each stream of it has its own.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream);
        Self(random)
    }

    /// A whole number below `bound`; 0 when there is none.
    pub fn below(&mut self, bound: usize) -> usize {
        // The high word of the product: its bias is bound ÷ 2⁶⁴.
        let product = u128::from(self.0.next_u64()) * bound as u128;
        (product >> 64) as usize
    }

    /// A number from 0 up to but never 1.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Puts things into a random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let other = self.below(last + 1);
            things.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_row_of_numbers_and_its_streams_are_others() {
        let row = |seed, stream| {
            let mut random = Random::new(seed, stream);
            (0..8).map(|_| random.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(row(7, 0), row(7, 0));
        assert_ne!(row(7, 0), row(7, 1));
        assert_ne!(row(7, 0), row(8, 0));
    }

    #[test]
    fn every_order_of_three_comes_about_as_often() {
        let (mut random, mut counts) = (Random::new(1, 0), std::collections::BTreeMap::new());
        for _ in 0..6_000 {
            let mut three = [0, 1, 2];
            random.shuffle(&mut three);
            *counts.entry(three).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
