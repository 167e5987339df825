//! Looking for settings: by a grid, by lot, or by what earlier tries came to.
//!
//! Each try learns from the earlier part of a training and is judged by its later part; what is tested on is never looked at. The last way is a
//! tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kégl, 2011): tries that did well and tries that didn't are
//! smoothed into two densities, and the next try is where the first is highest against the second. Every way is seeded, bounded by a
//! budget of fits, and asked before each whether it may go on.

use super::fit::{Recipe, tail};
use super::metrics::roc_auc;
use super::{Dataset, Learner, ModelError};
use crate::truth::Random;
use std::collections::BTreeMap;

/// Fits of one search at most.
pub const BUDGET_MAX: usize = 1_000;
/// The part of a training that judges.
const JUDGING: f64 = 0.25;
/// Tries by lot before the estimator has enough to say, at least.
const BY_LOT_MIN: usize = 5;
/// The share of tries that counts as good.
const GOOD: f64 = 0.25;
/// Places looked at for the next try.
const CANDIDATES: usize = 32;
/// The narrowest a density around a try is, of the whole range.
const WIDTH_MIN: f64 = 0.05;

/// How settings are looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Search {
    /// Not at all: they are as they are set.
    None,
    /// Every combination of these, or of evenly spread values where none are given; evenly thinned out to the budget.
    Grid {
        /// Values by name of the setting.
        axes: BTreeMap<String, Vec<f64>>,
        /// Fits at most.
        budget: usize,
    },
    /// By lot.
    Random {
        /// Fits.
        budget: usize,
    },
    /// By what earlier tries came to.
    Bayes {
        /// Fits.
        budget: usize,
    },
}

/// One try.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// With what.
    pub learner: Learner,
    /// What it came to, less is better: 1 less the area under the curve, or the root of the mean squared error of returns.
    pub loss: f64,
    /// Why it came to nothing.
    pub failed: Option<String>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The settings that did best; those given where nothing was tried.
    pub learner: Learner,
    /// Every try, in order.
    pub tried: Vec<Tried>,
}

impl Search {
    /// Fits it makes at most.
    #[must_use]
    pub const fn budget(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Grid { budget, .. } | Self::Random { budget } | Self::Bayes { budget } => *budget,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Grid { .. } => "grid",
            Self::Random { .. } => "random",
            Self::Bayes { .. } => "bayes",
        }
    }

    /// Holds it to what can be.
    ///
    /// # Errors
    /// [`ModelError::Bad`].
    pub fn check(&self, learner: &Learner) -> Result<(), ModelError> {
        if !matches!(self, Self::None) && !(1..=BUDGET_MAX).contains(&self.budget()) {
            let wanted = format!("use 1 to {BUDGET_MAX} fits");
            return Err(ModelError::Bad { name: "budget", value: self.budget().to_string(), wanted });
        }
        let Self::Grid { axes, .. } = self else { return Ok(()) };
        for (name, values) in axes {
            if values.is_empty() || values.len() > BUDGET_MAX {
                let wanted = format!("give 1 to {BUDGET_MAX} values of {}", crate::parameters::cut(name));
                return Err(ModelError::Bad { name: "grid", value: values.len().to_string(), wanted });
            }
            values.iter().try_for_each(|value| learner.clone().set(name, *value).map(drop))?;
        }
        Ok(())
    }

    /// Looks for the best settings for these samples, in the order of time. `go_on` is asked before every fit.
    ///
    /// # Errors
    /// [`ModelError`]; also when every try failed.
    pub fn run(
        &self,
        dataset: &Dataset,
        train: &[usize],
        recipe: &Recipe,
        go_on: &mut dyn FnMut() -> Result<(), ModelError>,
    ) -> Result<Found, ModelError> {
        self.check(&recipe.learner)?;
        let judge = Judge { dataset, recipe, parts: tail(&dataset.ends, train, JUDGING) };
        let mut tried: Vec<Tried> = Vec::new();
        let mut last_error = None;
        let grid = self.grid(&recipe.learner)?;
        let mut lot = Random::new(recipe.seed, 1);
        for number in 0..self.budget() {
            let learner = match self {
                Self::None => break,
                Self::Grid { .. } => match grid.get(number) {
                    Some(learner) => learner.clone(),
                    None => break,
                },
                Self::Random { .. } => placed(&recipe.learner, &by_lot(&recipe.learner, &mut lot)),
                Self::Bayes { budget } => {
                    let by_chance = number < BY_LOT_MIN.max(budget / 4);
                    let place = if by_chance { None } else { estimated(&tried, &recipe.learner, &mut lot) };
                    placed(&recipe.learner, &place.unwrap_or_else(|| by_lot(&recipe.learner, &mut lot)))
                }
            };
            // What was tried is known: trying it again would be a fit for nothing.
            if tried.iter().any(|one| one.learner == learner) {
                continue;
            }
            go_on()?;
            let (loss, failed) = match judge.loss(&learner) {
                Ok(loss) => (loss, None),
                Err(error) => {
                    let words = error.to_string();
                    last_error = Some(error);
                    (f64::INFINITY, Some(words))
                }
            };
            tried.push(Tried { learner, loss, failed });
        }
        let best = tried.iter().filter(|one| one.failed.is_none()).min_by(|one, other| one.loss.total_cmp(&other.loss));
        match (best.map(|one| one.learner.clone()), last_error) {
            (Some(learner), _) => Ok(Found { learner, tried }),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(Found { learner: recipe.learner.clone(), tried }),
        }
    }

    /// All points of a grid; none of another search.
    fn grid(&self, learner: &Learner) -> Result<Vec<Learner>, ModelError> {
        let Self::Grid { axes, budget } = self else { return Ok(Vec::new()) };
        let spread: Vec<(String, Vec<f64>)> =
            if axes.is_empty() { even(learner, *budget) } else { axes.clone().into_iter().collect() };
        let count = spread.iter().try_fold(1usize, |count, (_, values)| count.checked_mul(values.len()));
        let count = count.ok_or_else(|| ModelError::Bad {
            name: "grid",
            value: "more points than can be counted".into(),
            wanted: "give fewer values".into(),
        })?;
        let kept = count.min(*budget);
        let point = |number: usize| {
            let mut rest = (number as u128 * count as u128 / kept as u128) as usize;
            let mut one = learner.clone();
            for (name, values) in &spread {
                one = one.set(name, values[rest % values.len()])?;
                rest /= values.len();
            }
            Ok(one)
        };
        (0..kept).map(point).collect()
    }
}

/// Evenly spread values of everything that is searched, so many that all combinations fit a budget, two at least.
fn even(learner: &Learner, budget: usize) -> Vec<(String, Vec<f64>)> {
    let searched: Vec<_> = learner.kind.dimensions().iter().filter(|one| one.searched.is_some()).collect();
    let levels =
        (2..=budget).take_while(|levels| levels.checked_pow(searched.len() as u32).is_some_and(|all| all <= budget));
    let levels = levels.last().unwrap_or(2);
    let values = |one: &&&super::Dimension| {
        let mut values: Vec<f64> = (0..levels).map(|level| one.at(level as f64 / (levels - 1) as f64)).collect();
        values.dedup();
        values
    };
    searched.iter().map(|one| (one.name.to_owned(), values(&one))).collect()
}

/// A place for everything that is searched, each from 0 to 1.
type Place = Vec<f64>;

fn by_lot(learner: &Learner, lot: &mut Random) -> Place {
    learner.kind.dimensions().iter().filter(|one| one.searched.is_some()).map(|_| lot.unit()).collect()
}

fn placed(learner: &Learner, place: &[f64]) -> Learner {
    let mut one = learner.clone();
    let searched = learner.kind.dimensions().iter().filter(|one| one.searched.is_some());
    for (dimension, share) in searched.zip(place) {
        one.settings.insert(dimension.name.to_owned(), dimension.at(*share));
    }
    one
}

/// Where a try lies.
fn place_of(learner: &Learner) -> Place {
    let place = |one: &super::Dimension| {
        let (least, most) = one.searched?;
        let value = learner.get(one.name);
        let share = if one.is_log {
            (libm::log(value) - libm::log(least)) / (libm::log(most) - libm::log(least))
        } else {
            (value - least) / (most - least)
        };
        Some(share.clamp(0.0, 1.0))
    };
    learner.kind.dimensions().iter().filter_map(place).collect()
}

/// Where the good tries are dense and the others are not.
fn estimated(tried: &[Tried], learner: &Learner, lot: &mut Random) -> Option<Place> {
    let mut order: Vec<&Tried> = tried.iter().collect();
    order.sort_by(|one, other| one.loss.total_cmp(&other.loss));
    let count = ((order.len() as f64 * GOOD).ceil() as usize).max(2);
    if order.len() < count + 2 {
        return None;
    }
    let (good, bad) = order.split_at(count);
    let places = |tries: &[&Tried]| tries.iter().map(|one| place_of(&one.learner)).collect::<Vec<Place>>();
    let (good, bad) = (places(good), places(bad));
    let mut candidates = vec![by_lot(learner, lot)];
    for _ in 0..CANDIDATES {
        let around = &good[lot.below(good.len())];
        let width = width(good.len());
        let near = |at: &f64| (at + (lot.unit() + lot.unit() + lot.unit() - 1.5) * 2.0 * width).clamp(0.0, 1.0);
        candidates.push(around.iter().map(near).collect());
    }
    let worth = |place: &Place| libm::log(density(&good, place)) - libm::log(density(&bad, place));
    candidates.into_iter().max_by(|one, other| worth(one).total_cmp(&worth(other)))
}

/// How wide a try reaches; the more there are, the less.
fn width(count: usize) -> f64 {
    (0.5 / libm::sqrt(count as f64)).max(WIDTH_MIN)
}

/// Bells around tries, and a little of everywhere, so that nothing is impossible.
fn density(tries: &[Place], at: &Place) -> f64 {
    let width = width(tries.len());
    let bell = |place: &Place| {
        let squares: f64 = place.iter().zip(at).map(|(one, other)| (one - other) * (one - other)).sum();
        libm::exp(-squares / (2.0 * width * width))
    };
    tries.iter().map(bell).sum::<f64>() / tries.len().max(1) as f64 + 1e-3
}

struct Judge<'a> {
    dataset: &'a Dataset,
    recipe: &'a Recipe,
    /// What is learned from, and what judges.
    parts: (Vec<usize>, Vec<usize>),
}

impl Judge<'_> {
    fn loss(&self, learner: &Learner) -> Result<f64, ModelError> {
        let recipe = Recipe { learner: learner.clone(), calibration: super::Calibration::None, ..self.recipe.clone() };
        let (learn, judge) = &self.parts;
        let fitted = recipe.fit(self.dataset, learn)?;
        let score = |row: &usize| fitted.score(self.dataset.table.row(*row));
        if learner.kind.says_returns() {
            let square = |row: &usize| {
                let error = score(row) - self.dataset.samples[*row].net;
                error * error
            };
            return Ok(libm::sqrt(judge.iter().map(square).sum::<f64>() / judge.len().max(1) as f64));
        }
        let came = |row: &usize| (score(row), self.dataset.is_up(*row, fitted.threshold));
        let auc = roc_auc(&judge.iter().map(came).collect::<Vec<_>>());
        auc.map(|auc| 1.0 - auc).map_err(|_| ModelError::OneClass { class: "of one class", samples: judge.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::LearnerKind;

    fn distance(learner: &Learner) -> f64 {
        let wanted = [0.8, 0.2, 0.7, 0.3, 0.6];
        place_of(learner).iter().zip(wanted).map(|(one, other)| (one - other) * (one - other)).sum()
    }

    /// The best of so many tries, chosen by what the ones before came to, or by lot.
    fn best(seed: u64, tries: usize, by_lot_only: bool) -> f64 {
        let (learner, mut lot, mut tried) = (Learner::new(LearnerKind::Boosting), Random::new(seed, 1), Vec::new());
        for number in 0..tries {
            let guided = (!by_lot_only && number >= 8).then(|| estimated(&tried, &learner, &mut lot)).flatten();
            let learner = placed(&learner, &guided.unwrap_or_else(|| by_lot(&learner, &mut lot)));
            tried.push(Tried { loss: distance(&learner), learner, failed: None });
        }
        tried.iter().map(|one| one.loss).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn looking_where_good_tries_were_finds_better_ones_than_the_lot_does() {
        let mean = |by_lot_only| (0..20).map(|seed| best(seed, 40, by_lot_only)).sum::<f64>() / 20.0;
        let (guided, by_lot) = (mean(false), mean(true));
        assert!(guided < 0.6 * by_lot, "{guided} {by_lot}");
    }

    #[test]
    fn a_grid_is_every_combination_and_thinned_out_evenly_when_there_are_too_many() {
        let learner = Learner::new(LearnerKind::Boosting);
        let axes = BTreeMap::from([("depth".to_owned(), vec![2.0, 3.0]), ("l2".to_owned(), vec![0.5, 1.0, 2.0])]);
        let grid = |budget| Search::Grid { axes: axes.clone(), budget }.grid(&learner).unwrap();
        let told = |points: &[Learner]| points.iter().map(|one| (one.get("depth"), one.get("l2"))).collect::<Vec<_>>();
        let all = [(2.0, 0.5), (3.0, 0.5), (2.0, 1.0), (3.0, 1.0), (2.0, 2.0), (3.0, 2.0)];
        assert_eq!(told(&grid(100)), all);
        assert_eq!(told(&grid(3)), [all[0], all[2], all[4]]);
        let even = Search::Grid { axes: BTreeMap::new(), budget: 40 }.grid(&learner).unwrap();
        assert_eq!(even.len(), 32, "two of each of five");
        assert!(even.iter().all(|one| one.check().is_ok()));
        let bad = |axes| Search::Grid { axes, budget: 5 }.check(&learner).unwrap_err().code();
        assert_eq!(bad(BTreeMap::from([("colour".to_owned(), vec![1.0])])), "bad_setting");
        assert_eq!(bad(BTreeMap::from([("depth".to_owned(), vec![])])), "bad_setting");
        assert_eq!(bad(BTreeMap::from([("depth".to_owned(), vec![2.5])])), "bad_setting");
        assert_eq!(Search::Random { budget: 0 }.check(&learner).unwrap_err().code(), "bad_setting");
    }

    #[test]
    fn what_is_drawn_can_be_set_and_lies_where_it_says() {
        let mut lot = Random::new(4, 0);
        for kind in LearnerKind::ALL {
            let learner = Learner::new(kind);
            for _ in 0..200 {
                let place = by_lot(&learner, &mut lot);
                let made = placed(&learner, &place);
                made.check().unwrap();
                let whole = kind.dimensions().iter().filter(|one| one.searched.is_some()).map(|one| one.is_whole);
                for ((back, drawn), is_whole) in place_of(&made).iter().zip(&place).zip(whole) {
                    assert!(is_whole || (back - drawn).abs() < 0.02, "{back} {drawn}");
                }
            }
        }
    }
}
