//! Cutting a history so that nothing that was trained on knows what is tested on.
//!
//! Source: López de Prado, "Advances in Financial Machine Learning" (2018), chapters 7 (purging, embargo) and 12
//! (combinatorial). A sample's label looks ahead to an end of its own; a sample whose label overlaps one of the test is purged
//! from the training, and so are those of the embargo, the samples that follow a test and its labels.

use std::ops::Range;

/// The most splits of one history.
pub const SPLITS_MAX: usize = 2_000;

/// One way to test. What was not used for choosing comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Samples to test on, in order: one run, or several of a combination.
    pub test: Vec<Range<usize>>,
    /// Samples to train on, in order.
    pub train: Vec<Range<usize>>,
}

impl Split {
    /// How many samples are tested.
    #[must_use]
    pub fn tested(&self) -> usize {
        self.test.iter().map(ExactSizeIterator::len).sum()
    }

    /// How many samples are trained on.
    #[must_use]
    pub fn trained(&self) -> usize {
        self.train.iter().map(ExactSizeIterator::len).sum()
    }
}

/// Why a history can't be cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Too few samples for one test.
    #[error("{samples} samples are too few: one training and one test take {need}")]
    TooFew {
        /// What there is.
        samples: usize,
        /// What it takes.
        need: usize,
    },
    /// A length or a number that can't be.
    #[error("{what} can't be {value}: {wanted}")]
    Bad {
        /// Which.
        what: &'static str,
        /// Its value.
        value: usize,
        /// What it could be.
        wanted: &'static str,
    },
    /// More splits than are made.
    #[error("that makes more than {SPLITS_MAX} splits: use longer tests or fewer groups")]
    TooMany,
    /// A label that ends before its sample.
    #[error("the label of sample {sample} ends before it, at {end}")]
    EndsBefore {
        /// Which sample.
        sample: usize,
        /// Where its label ends.
        end: usize,
    },
}

impl SplitError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooFew { .. } => "too_little_data",
            Self::Bad { .. } => "bad_split",
            Self::TooMany => "too_many_splits",
            Self::EndsBefore { .. } => "bad_label",
        }
    }
}

/// Where the label of each sample ends: the last sample it looks at, itself when it looks at nothing later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Vec<usize>);

impl Labels {
    /// Labels with ends of their own.
    ///
    /// # Errors
    /// [`SplitError::EndsBefore`].
    pub fn ending(ends: Vec<usize>) -> Result<Self, SplitError> {
        match ends.iter().enumerate().find(|(sample, end)| *end < sample) {
            Some((sample, end)) => Err(SplitError::EndsBefore { sample, end: *end }),
            None => Ok(Self(ends)),
        }
    }

    /// Labels that all look equally far ahead.
    #[must_use]
    pub fn horizon(samples: usize, ahead: usize) -> Self {
        Self((0..samples).map(|sample| sample.saturating_add(ahead)).collect())
    }

    /// How many samples there are.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.0.len()
    }

    /// Where the label of a sample ends; at the sample itself when there is none such.
    #[must_use]
    pub fn end(&self, sample: usize) -> usize {
        self.0.get(sample).copied().unwrap_or(sample)
    }

    fn end_of(&self, run: &Range<usize>) -> usize {
        self.0[run.clone()].iter().copied().max().unwrap_or(run.start)
    }
}

fn at_least(what: &'static str, value: usize, least: usize, wanted: &'static str) -> Result<(), SplitError> {
    if value < least { Err(SplitError::Bad { what, value, wanted }) } else { Ok(()) }
}

/// How a walk forward goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Walk {
    /// Samples of the first training, and of every one unless it is anchored.
    pub train: usize,
    /// Samples of each test; the last one may be shorter.
    pub test: usize,
    /// Whether every training begins at the first sample.
    pub is_anchored: bool,
    /// Samples left out between a training and its test, besides those whose labels overlap it.
    pub embargo: usize,
}

impl Walk {
    /// The tests one after the other, each behind what it was trained on.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn splits(&self, labels: &Labels) -> Result<Vec<Split>, SplitError> {
        let samples = labels.samples();
        at_least("train", self.train, 1, "use at least 1 sample")?;
        at_least("test", self.test, 1, "use at least 1 sample")?;
        let first = self.train.saturating_add(self.embargo);
        let need = first.saturating_add(self.test);
        if samples < need {
            return Err(SplitError::TooFew { samples, need });
        }
        if (samples - first).div_ceil(self.test) > SPLITS_MAX {
            return Err(SplitError::TooMany);
        }
        let split = |start: usize| {
            let end = start - self.embargo;
            let begin = if self.is_anchored { 0 } else { end.saturating_sub(self.train) };
            let train = runs((begin..end).filter(|sample| labels.0[*sample] < start));
            Split { test: one(start..(start + self.test).min(samples)), train }
        };
        Ok((first..samples).step_by(self.test).map(split).filter(|split| !split.train.is_empty()).collect())
    }
}

/// Each of so many groups is tested once, by what the others teach.
///
/// # Errors
/// [`SplitError`].
pub fn purged(labels: &Labels, groups: usize, embargo: usize) -> Result<Vec<Split>, SplitError> {
    combinatorial(labels, groups, 1, embargo)
}

/// Every choice of `tested` among so many groups is tested once, by what the others teach.
///
/// # Errors
/// [`SplitError`].
pub fn combinatorial(labels: &Labels, groups: usize, tested: usize, embargo: usize) -> Result<Vec<Split>, SplitError> {
    let samples = labels.samples();
    at_least("groups", groups, 2, "use at least 2 groups")?;
    at_least("tested", tested, 1, "test at least 1 group")?;
    if tested >= groups {
        return Err(SplitError::Bad { what: "tested", value: tested, wanted: "leave at least 1 group to train on" });
    }
    if samples < groups {
        return Err(SplitError::TooFew { samples, need: groups });
    }
    let bounds: Vec<usize> = (0..=groups).map(|group| group * samples / groups).collect();
    let mut splits = Vec::new();
    let mut chosen: Vec<usize> = (0..tested).collect();
    loop {
        if splits.len() == SPLITS_MAX {
            return Err(SplitError::TooMany);
        }
        let inside = chosen.iter().flat_map(|group| bounds[*group]..bounds[group + 1]);
        let test = runs(inside);
        let train = apart(labels, &test, embargo);
        splits.push(Split { test, train });
        if !next(&mut chosen, groups) {
            return Ok(splits);
        }
    }
}

/// Samples none of whose labels overlaps a test's, and that are no embargo of one.
fn apart(labels: &Labels, test: &[Range<usize>], embargo: usize) -> Vec<Range<usize>> {
    let ends: Vec<usize> = test.iter().map(|run| labels.end_of(run)).collect();
    let is_apart = |sample: usize| {
        let mut runs = test.iter().zip(&ends);
        runs.all(|(run, end)| labels.0[sample] < run.start || sample > end.saturating_add(embargo))
    };
    runs((0..labels.samples()).filter(|sample| is_apart(*sample)))
}

/// The next choice in order; false after the last.
fn next(chosen: &mut [usize], groups: usize) -> bool {
    let count = chosen.len();
    let Some(place) = (0..count).rev().find(|place| chosen[*place] < groups - count + place) else { return false };
    chosen[place] += 1;
    for later in place + 1..count {
        chosen[later] = chosen[later - 1] + 1;
    }
    true
}

fn one(run: Range<usize>) -> Vec<Range<usize>> {
    std::iter::once(run).collect()
}

/// Samples in order as runs.
fn runs(samples: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for sample in samples {
        match runs.last_mut() {
            Some(last) if last.end == sample => last.end += 1,
            _ => runs.push(sample..sample + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(runs: &[Range<usize>]) -> Vec<usize> {
        runs.iter().cloned().flatten().collect()
    }

    fn labels() -> impl Strategy<Value = Labels> {
        proptest::collection::vec(0usize..12, 30..120)
            .prop_map(|ahead| Labels::ending(ahead.iter().enumerate().map(|(at, more)| at + more).collect()).unwrap())
    }

    /// No label of the training has a sample in common with one of the test.
    fn no_overlap(labels: &Labels, split: &Split) -> bool {
        let test = all(&split.test);
        all(&split.train)
            .iter()
            .all(|train| test.iter().all(|tested| labels.0[*train] < *tested || *train > labels.0[*tested]))
    }

    proptest! {
        #[test]
        fn a_walk_forward_tests_in_order_once_and_never_trains_on_what_it_tests(
            labels in labels(), train in 1usize..20, test in 1usize..12, embargo in 0usize..6, is_anchored: bool,
        ) {
            let walk = Walk { train, test, is_anchored, embargo };
            prop_assume!(train + test + embargo <= labels.samples());
            let splits = walk.splits(&labels).unwrap();
            let tested: Vec<usize> = splits.iter().flat_map(|split| all(&split.test)).collect();
            prop_assert!(tested.is_sorted_by(|one, other| one < other), "each at most once, and in order");
            for split in &splits {
                prop_assert!(no_overlap(&labels, split));
                let last = *all(&split.train).last().unwrap();
                prop_assert!(last + embargo < split.test[0].start, "all of it lies before, the embargo between");
                prop_assert!(is_anchored || split.trained() <= train);
            }
        }

        #[test]
        fn a_combination_never_trains_on_what_it_tests_nor_on_its_embargo(
            labels in labels(), groups in 2usize..7, tested in 1usize..3, embargo in 0usize..6,
        ) {
            prop_assume!(tested < groups);
            let splits = combinatorial(&labels, groups, tested, embargo).unwrap();
            let mut times = vec![0; labels.samples()];
            for split in &splits {
                prop_assert!(no_overlap(&labels, split));
                for run in &split.test {
                    let end = labels.end_of(run);
                    prop_assert!(all(&split.train).iter().all(|train| *train <= end || *train > end + embargo));
                }
                let (test, train) = (all(&split.test), all(&split.train));
                prop_assert!(test.is_sorted() && train.is_sorted());
                test.iter().for_each(|sample| times[*sample] += 1);
            }
            // Each group is in as many choices as every other: tested of groups.
            prop_assert!(times.iter().all(|count| count * groups == splits.len() * tested));
        }
    }

    #[test]
    fn a_walk_forward_by_hand() {
        let walk = Walk { train: 4, test: 3, is_anchored: false, embargo: 1 };
        let splits = walk.splits(&Labels::horizon(10, 0)).unwrap();
        let told: Vec<_> = splits.iter().map(|split| (split.test[0].clone(), split.train[0].clone())).collect();
        assert_eq!(told, [(5..8, 0..4), (8..10, 3..7)]);
        let anchored = Walk { is_anchored: true, ..walk }.splits(&Labels::horizon(10, 0)).unwrap();
        assert_eq!(anchored[1].train[0], 0..7);
        // Labels that look three ahead take the last samples of the training away.
        let ahead = Walk { embargo: 0, ..walk }.splits(&Labels::horizon(10, 3)).unwrap();
        assert_eq!((ahead[0].test[0].clone(), ahead[0].train[0].clone()), (4..7, 0..1));
    }

    #[test]
    fn a_combination_by_hand() {
        // Six samples, three groups of two, labels one ahead, an embargo of one; the middle group tested:
        // 1 looks at 2; 3's label ends at 4, and 5 is the embargo. Only 0 is left.
        let splits = purged(&Labels::horizon(6, 1), 3, 1).unwrap();
        assert_eq!(splits[1], Split { test: one(2..4), train: one(0..1) });
        assert_eq!(combinatorial(&Labels::horizon(60, 0), 6, 2, 0).unwrap().len(), 15);
    }

    #[test]
    fn what_can_not_be_cut_is_named() {
        let walk = Walk { train: 8, test: 3, is_anchored: true, embargo: 0 };
        let few = Labels::horizon(10, 0);
        assert_eq!(walk.splits(&few), Err(SplitError::TooFew { samples: 10, need: 11 }));
        assert_eq!(Walk { test: 0, ..walk }.splits(&few).unwrap_err().code(), "bad_split");
        assert_eq!(Labels::ending(vec![0, 0]).unwrap_err().code(), "bad_label");
        assert_eq!(combinatorial(&few, 2, 2, 0).unwrap_err().code(), "bad_split");
        assert_eq!(combinatorial(&Labels::horizon(900, 0), 30, 15, 0), Err(SplitError::TooMany));
    }
}
