//! How likely choosing the best of many trials chose luck.
//!
//! Source: Bailey, Borwein, López de Prado and Zhu, "The Probability of Backtest Overfitting" (Journal of Computational
//! Finance 20, 2017; SSRN 2326253, 2015): combinatorially symmetric cross-validation. The record is cut into parts; each
//! half of the parts chooses the best trial by its Sharpe ratio, the other half ranks it. The share of choices that come out
//! in the worse half is the probability. A trial that never moved has a Sharpe ratio of 0 here; trials that tie share their
//! rank. The first returns that do not fill a part are left out.

use super::missing::Missing;

/// The most parts: 12,870 ways to halve them.
pub const PARTS_MAX: usize = 16;
/// Fewer returns in a part have no Sharpe ratio to speak of.
const PART_RETURNS_MIN: usize = 4;

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(self, other: &Self) -> Self {
        Self { count: self.count + other.count, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }

    fn sharpe(self) -> f64 {
        let mean = self.sum / self.count;
        let variance = (self.squares - self.sum * mean) / (self.count - 1.0);
        // What is left of equal returns is rounding.
        if variance <= self.squares / self.count * 1e-12 { 0.0 } else { mean / variance.sqrt() }
    }
}

/// The returns of one trial, kept as sums by part.
#[derive(Debug, Clone)]
pub struct Column(Vec<Sums>);

impl Column {
    /// Cuts a trial's returns into so many parts of one length.
    ///
    /// # Errors
    /// [`Missing::TooFewReturns`], [`Missing::NotFinite`]; [`Missing::NoValue`] unless the parts are even and 2 to [`PARTS_MAX`].
    pub fn of(returns: &[f64], parts: usize) -> Result<Self, Missing> {
        if !(2..=PARTS_MAX).contains(&parts) || !parts.is_multiple_of(2) {
            return Err(Missing::NoValue);
        }
        let length = returns.len() / parts;
        if length < PART_RETURNS_MIN {
            return Err(Missing::TooFewReturns { have: returns.len(), need: parts * PART_RETURNS_MIN });
        }
        if returns.iter().any(|one| !one.is_finite()) {
            return Err(Missing::NotFinite);
        }
        let left = returns.len() - length * parts;
        let sums = |part: &[f64]| {
            part.iter().fold(Sums { count: part.len() as f64, ..Sums::default() }, |sums, one| Sums {
                sum: sums.sum + one,
                squares: sums.squares + one * one,
                ..sums
            })
        };
        Ok(Self(returns[left..].chunks_exact(length).map(sums).collect()))
    }

    fn sharpe(&self, halves: u32, wanted: bool) -> f64 {
        let parts = self.0.iter().enumerate().filter(|(place, _)| (halves >> place & 1 == 1) == wanted);
        parts.fold(Sums::default(), |sums, (_, part)| sums.add(part)).sharpe()
    }
}

/// How choosing the best fared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overfitting {
    /// The share of choices that came out in the worse half of all trials.
    pub probability: f64,
    /// The share of choices that lost money where they weren't chosen.
    pub loss: f64,
    /// The middle relative rank of the chosen where it wasn't chosen; 1 is the best, 0 the worst.
    pub rank: f64,
    /// The mean Sharpe ratio of the chosen where it wasn't chosen, per period.
    pub out_of_sample: f64,
    /// The mean Sharpe ratio of the chosen where it was, per period.
    pub in_sample: f64,
    /// How many choices were looked at.
    pub choices: usize,
    /// Among how many trials.
    pub trials: usize,
}

/// Cross-validates the choice of the best trial.
///
/// # Errors
/// [`Missing::TooFewTrials`]; [`Missing::NoValue`] when trials were cut differently.
pub fn overfitting(trials: &[Column]) -> Result<Overfitting, Missing> {
    let parts = trials.first().map_or(0, |first| first.0.len());
    if trials.len() < 2 {
        return Err(Missing::TooFewTrials { have: trials.len(), need: 2 });
    }
    let count = |column: &Column| column.0.first().map_or(0.0, |part| part.count);
    if trials.iter().any(|one| one.0.len() != parts || count(one) != count(&trials[0])) {
        return Err(Missing::NoValue);
    }
    let mut ranks = Vec::new();
    let (mut worse, mut lost, mut inside, mut outside) = (0usize, 0usize, 0.0, 0.0);
    let mut others = vec![0.0; trials.len()];
    for halves in (0u32..1 << parts).filter(|halves| halves.count_ones() as usize * 2 == parts) {
        let (mut best, mut most) = (0, f64::NEG_INFINITY);
        for (place, trial) in trials.iter().enumerate() {
            let sharpe = trial.sharpe(halves, true);
            if sharpe > most {
                (best, most) = (place, sharpe);
            }
            others[place] = trial.sharpe(halves, false);
        }
        let chosen = others[best];
        let below = others.iter().filter(|other| **other < chosen).count() as f64;
        let same = others.iter().filter(|other| **other == chosen).count() as f64;
        // The middle of the ranks of those that tie; a logit of 0 or less is a rank of half or less.
        let rank = (below + (same + 1.0) / 2.0) / (trials.len() as f64 + 1.0);
        worse += usize::from(rank <= 0.5);
        lost += usize::from(chosen < 0.0);
        inside += most;
        outside += chosen;
        ranks.push(rank);
    }
    let choices = ranks.len();
    ranks.sort_by(f64::total_cmp);
    let share = |some: usize| some as f64 / choices as f64;
    Ok(Overfitting {
        probability: share(worse),
        loss: share(lost),
        rank: ranks[choices / 2],
        out_of_sample: outside / choices as f64,
        in_sample: inside / choices as f64,
        choices,
        trials: trials.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Random;

    fn columns(rows: &[Vec<f64>], parts: usize) -> Vec<Column> {
        rows.iter().map(|row| Column::of(row, parts).unwrap()).collect()
    }

    fn noise(seed: u64, count: usize, drift: f64) -> Vec<f64> {
        let mut random = Random::new(seed, 0);
        (0..count).map(|_| random.unit() - 0.5 + drift).collect()
    }

    #[test]
    fn two_trials_that_swap_places_are_overfitted_for_certain() {
        // Halves A and B: the first is good in A and bad in B, the second the other way round.
        let (good, bad) = ([0.02, 0.01, 0.02, 0.01], [-0.02, -0.01, -0.02, -0.01]);
        let rows = [[good, bad].concat(), [bad, good].concat()];
        let found = overfitting(&columns(&rows, 2)).unwrap();
        assert_eq!((found.probability, found.loss, found.choices), (1.0, 1.0, 2));
        // The worse of two has rank 1 of 3.
        assert!((found.rank - 1.0 / 3.0).abs() < 1e-15);
        assert!((found.in_sample + found.out_of_sample).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_trial_that_is_better_everywhere_is_not() {
        let mut rows: Vec<Vec<f64>> = (0..9).map(|seed| noise(seed, 800, 0.0)).collect();
        rows.push(noise(99, 800, 0.3));
        let found = overfitting(&columns(&rows, 8)).unwrap();
        assert_eq!((found.probability, found.choices, found.trials), (0.0, 70, 10));
        assert!((found.rank - 10.0 / 11.0).abs() < 1e-12);
    }

    #[test]
    fn among_worthless_trials_the_choice_is_worth_no_more_than_a_coin() {
        let mut sum = 0.0;
        for world in 0..12u64 {
            let rows: Vec<Vec<f64>> = (0..10).map(|seed| noise(world * 100 + seed, 120, 0.0)).collect();
            sum += overfitting(&columns(&rows, 8)).unwrap().probability;
        }
        let mean = sum / 12.0;
        assert!((0.35..0.8).contains(&mean), "{mean}");
    }

    #[test]
    fn trials_that_are_one_and_the_same_share_the_middle_rank() {
        let row = noise(5, 64, 0.1);
        let found = overfitting(&columns(&[row.clone(), row.clone(), row], 4)).unwrap();
        assert_eq!((found.rank, found.probability), (0.5, 1.0));
    }

    #[test]
    fn what_can_not_be_cut_or_compared_is_said() {
        assert_eq!(Column::of(&[0.0; 63], 16).unwrap_err(), Missing::TooFewReturns { have: 63, need: 64 });
        assert_eq!(Column::of(&[0.0; 63], 5).unwrap_err(), Missing::NoValue);
        assert_eq!(Column::of(&[f64::NAN; 63], 2).unwrap_err(), Missing::NotFinite);
        let one = Column::of(&[0.0; 63], 4).unwrap();
        assert_eq!(overfitting(std::slice::from_ref(&one)), Err(Missing::TooFewTrials { have: 1, need: 2 }));
        let other = Column::of(&[0.0; 163], 4).unwrap();
        assert_eq!(overfitting(&[one, other]), Err(Missing::NoValue));
    }
}
