//! Would it have earned as much if dates, or its own timing, meant nothing?
//!
//! Two controls, each run many times from a seed: the bars in another order (see [`super::shuffled_dates`]; the drift of the
//! coin stays, its trends go), where the parameters are chosen anew unless the choices are kept, which is cheaper and flatters
//! a choice; and the strategy's own times in and out in another order over the real bars (as long in the
//! market, in as many and as long stretches, so that costs are the same and left out on both sides). The p-value is (1 + the
//! number of controls that did at least as well) ÷ (1 + controls): Davison and Hinkley, "Bootstrap Methods" (1997), section 4.

use super::missing::Missing;
use super::random::Random;

/// Fewer can't reach one in twenty.
pub const CONTROLS_MIN: usize = 19;
/// From here on chance is not ruled out.
const P_MOST: f64 = 0.05;
/// Returns a rounding apart are equal.
const EQUAL: f64 = 1e-9;

/// Which control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlKind {
    /// The bars in another order, with the choices made on the real one.
    ShuffledDates,
    /// The bars in another order, and the choices made anew on it, as freely as on the real one.
    ShuffledDatesChosenAnew,
    /// Its times in and out in another order.
    PermutedSignals,
}

impl ControlKind {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShuffledDates | Self::ShuffledDatesChosenAnew => "shuffled_dates",
            Self::PermutedSignals => "permuted_signals",
        }
    }
}

/// What a control says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlVerdict {
    /// It made no money to explain.
    NoProfit,
    /// Chance rarely does as well.
    Timing,
    /// Chance does as well often enough.
    Chance,
}

impl ControlVerdict {
    /// The stable code for scripts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoProfit => "no_profit",
            Self::Timing => "timing",
            Self::Chance => "chance",
        }
    }
}

/// A result among its controls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Control {
    /// Which.
    pub kind: ControlKind,
    /// What it returned; 0.1 is ten percent.
    pub real: f64,
    /// What the middle control returned.
    pub median: f64,
    /// The share of controls it beat, ties by half.
    pub percentile: f64,
    /// How likely chance does at least as well.
    pub p: f64,
    /// How many controls.
    pub controls: usize,
    /// What that means.
    pub verdict: ControlVerdict,
}

impl Control {
    /// Places a result among its controls.
    ///
    /// # Errors
    /// [`Missing::TooFewTrials`], [`Missing::NotFinite`].
    pub fn of(kind: ControlKind, real: f64, controls: &[f64]) -> Result<Self, Missing> {
        let count = controls.len();
        if count < CONTROLS_MIN {
            return Err(Missing::TooFewTrials { have: count, need: CONTROLS_MIN });
        }
        if !real.is_finite() || controls.iter().any(|one| !one.is_finite()) {
            return Err(Missing::NotFinite);
        }
        let mut ordered = controls.to_vec();
        ordered.sort_by(f64::total_cmp);
        let below = ordered.iter().filter(|one| **one < real - EQUAL).count();
        let above = ordered.iter().filter(|one| **one > real + EQUAL).count();
        let at_least = count - below;
        let p = (1 + at_least) as f64 / (1 + count) as f64;
        let verdict = match real {
            real if real <= 0.0 => ControlVerdict::NoProfit,
            _ if p <= P_MOST => ControlVerdict::Timing,
            _ => ControlVerdict::Chance,
        };
        let percentile = (below as f64 + (count - below - above) as f64 / 2.0) / count as f64;
        Ok(Self { kind, real, median: ordered[count / 2], percentile, p, controls: count, verdict })
    }

    /// How many controls did as well or better.
    #[must_use]
    pub fn as_well(&self) -> usize {
        let share = self.p * (1 + self.controls) as f64 - 1.0;
        libm::round(share.max(0.0)) as usize
    }

    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let percent = |value: f64| format!("{:+.2} %", value * 100.0);
        let (real, median) = (percent(self.real), percent(self.median));
        let (as_well, controls) = (self.as_well(), self.controls);
        let (made, what) = match self.kind {
            ControlKind::ShuffledDates => ("It made", "with the same choices on the same days in another order"),
            ControlKind::ShuffledDatesChosenAnew => {
                ("It made", "on the same days in another order, chosen anew each time,")
            }
            ControlKind::PermutedSignals => ("Before costs it made", "with its own times in and out mixed up"),
        };
        match self.verdict {
            ControlVerdict::NoProfit => {
                let what = what.trim_end_matches(',');
                format!("{made} {real}: there is no profit to explain ({what}: {median} in the middle).")
            }
            ControlVerdict::Timing => format!(
                "{made} {real}; {what} {as_well} of {controls} tries did as well ({median} in the middle): its timing earned something."
            ),
            ControlVerdict::Chance => format!(
                "{made} {real}; {what} {as_well} of {controls} tries did as well ({median} in the middle): its profit doesn't come from its timing."
            ),
        }
    }
}

/// What the held shares make of the moves, and what they make in so many other orders.
#[must_use]
pub fn permuted_signals(held: &[f64], moves: &[f64], controls: usize, seed: u64) -> (f64, Vec<f64>) {
    let spells = Spells::of(held);
    let made = |number: usize| {
        let mut random = Random::new(seed, number as u64);
        earned(&spells.shuffled(&mut random), moves)
    };
    (earned(held, moves), (0..controls).map(made).collect())
}

fn earned(held: &[f64], moves: &[f64]) -> f64 {
    held.iter().zip(moves).fold(1.0, |worth, (held, moved)| worth * (1.0 + held * moved)) - 1.0
}

/// Stretches in and out of the market.
struct Spells {
    inside: Vec<Vec<f64>>,
    outside: Vec<Vec<f64>>,
    begins_inside: bool,
}

impl Spells {
    fn of(held: &[f64]) -> Self {
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for spell in held.chunk_by(|one, other| (*one > 0.0) == (*other > 0.0)) {
            let is_inside = spell.first().is_some_and(|held| *held > 0.0);
            if is_inside { inside.push(spell.to_vec()) } else { outside.push(spell.to_vec()) }
        }
        Self { inside, outside, begins_inside: held.first().is_some_and(|held| *held > 0.0) }
    }

    fn shuffled(&self, random: &mut Random) -> Vec<f64> {
        let (mut inside, mut outside) = (self.inside.clone(), self.outside.clone());
        random.shuffle(&mut inside);
        random.shuffle(&mut outside);
        let (mut inside, mut outside) = (inside.into_iter(), outside.into_iter());
        let mut held = Vec::new();
        let mut is_inside = self.begins_inside;
        while let Some(spell) = if is_inside { inside.next() } else { outside.next() } {
            held.extend(spell);
            is_inside = !is_inside;
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_placed_among_its_controls() {
        let controls: Vec<f64> = (0..99).map(|place| f64::from(place) / 100.0).collect();
        let best = Control::of(ControlKind::ShuffledDates, 2.0, &controls).unwrap();
        assert_eq!((best.p, best.percentile, best.verdict), (0.01, 1.0, ControlVerdict::Timing));
        let middle = Control::of(ControlKind::ShuffledDates, 0.49, &controls).unwrap();
        assert_eq!((middle.verdict, middle.as_well(), middle.median), (ControlVerdict::Chance, 50, 0.49));
        assert!((middle.percentile - 0.5).abs() < 1e-12);
        assert!(middle.words().contains("50 of 99") && middle.words().contains("doesn't come from its timing"));
        let lost = Control::of(ControlKind::PermutedSignals, -0.1, &controls).unwrap();
        assert_eq!(lost.verdict, ControlVerdict::NoProfit);
        let few = Control::of(ControlKind::PermutedSignals, 1.0, &controls[..18]);
        assert_eq!(few, Err(Missing::TooFewTrials { have: 18, need: 19 }));
    }

    #[test]
    fn holding_on_is_no_timing() {
        let mut random = Random::new(4, 0);
        let moves: Vec<f64> = (0..300).map(|_| (random.unit() - 0.48) / 50.0).collect();
        let (real, controls) = permuted_signals(&[1.0; 300], &moves, 40, 1);
        let held = Control::of(ControlKind::PermutedSignals, real, &controls).unwrap();
        assert!(real > 0.0);
        assert_eq!((held.p, held.percentile, held.verdict), (1.0, 0.5, ControlVerdict::Chance));
    }

    #[test]
    fn being_in_when_it_rises_is_timing_and_being_in_at_random_is_not() {
        let mut random = Random::new(5, 0);
        let moves: Vec<f64> =
            (0..600).map(|place| (random.unit() - if place / 20 % 2 == 0 { 0.3 } else { 0.7 }) / 50.0).collect();
        let good: Vec<f64> = (0..600).map(|place| f64::from(place / 20 % 2 == 0)).collect();
        let (real, controls) = permuted_signals(&good, &moves, 99, 1);
        // All stretches are as long here, so an order differs by nothing until some are broken up.
        assert!((controls[0] - real).abs() < 1e-9);
        let uneven: Vec<f64> =
            (0..600).map(|place| f64::from(place / 20 % 2 == 0 && place % 20 < 5 + place / 60)).collect();
        let (real, controls) = permuted_signals(&uneven, &moves, 99, 1);
        let timed = Control::of(ControlKind::PermutedSignals, real, &controls).unwrap();
        assert_eq!(timed.verdict, ControlVerdict::Timing, "{timed:?}");
        let mut coin = Random::new(6, 0);
        let random: Vec<f64> = (0..600).map(|_| f64::from(coin.unit() < 0.5)).collect();
        let (real, controls) = permuted_signals(&random, &moves, 99, 1);
        let chance = Control::of(ControlKind::PermutedSignals, real, &controls).unwrap();
        assert_ne!(chance.verdict, ControlVerdict::Timing, "{chance:?}");
    }

    #[test]
    fn another_order_keeps_the_time_in_the_market_and_the_number_of_trades() {
        let held = [0.0, 0.0, 0.5, 0.6, 0.0, 0.9, 0.0, 0.0, 0.0, 1.0];
        let spells = Spells::of(&held);
        for seed in 0..20 {
            let made = spells.shuffled(&mut Random::new(seed, 0));
            let mut sorted = made.clone();
            sorted.sort_by(f64::total_cmp);
            let mut wanted = held.to_vec();
            wanted.sort_by(f64::total_cmp);
            assert_eq!(sorted, wanted);
            assert_eq!(Spells::of(&made).inside.len(), spells.inside.len());
        }
    }
}
