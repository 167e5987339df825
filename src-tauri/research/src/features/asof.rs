//! What was known at a moment, as the moments go by.

use domain::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One revision of something that was said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    /// What it is a revision of: the same key with a later `known_at` takes its place.
    pub key: u32,
    /// The series it is a figure of; 0 where there is one series only.
    pub series: u32,
    /// Since when this revision is known here.
    pub known_at: Timestamp,
    /// When it happened.
    pub at: Timestamp,
    /// What it says; none when this revision says nothing (any more).
    pub value: Option<f64>,
}

/// Revisions in the order they became known, and what stands of them at the present moment.
pub(super) struct AsOf {
    told: Vec<Told>,
    next: usize,
    places: HashMap<u32, (u32, Timestamp, u32)>,
    standing: BTreeMap<(u32, Timestamp, u32), f64>,
    series: BTreeSet<u32>,
}

impl AsOf {
    /// Nothing is known yet. Of equal moments the later in the list counts.
    pub fn new(mut told: Vec<Told>) -> Self {
        told.sort_by_key(|one| one.known_at);
        let series = told.iter().map(|one| one.series).collect();
        Self { told, next: 0, places: HashMap::new(), standing: BTreeMap::new(), series }
    }

    /// Learns everything that was known at a moment, itself included. Moments only go forward.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some(one) = self.told.get(self.next).filter(|one| one.known_at <= now) {
            let place = (one.series, one.at, one.key);
            if let Some(before) = self.places.insert(one.key, place) {
                self.standing.remove(&before);
            }
            if let Some(value) = one.value {
                self.standing.insert(place, value);
            }
            self.next += 1;
        }
    }

    /// What stands and happened in the `micros` up to a moment, this one included, oldest first.
    pub fn within(
        &self,
        series: u32,
        now: Timestamp,
        micros: i64,
    ) -> impl DoubleEndedIterator<Item = (Timestamp, f64)> {
        let begin = (series, now.plus_micros(1 - micros), 0);
        self.standing.range(begin..=(series, now, u32::MAX)).map(|((_, at, _), value)| (*at, *value))
    }

    /// The newest of them.
    pub fn newest(&self, series: u32, now: Timestamp, micros: i64) -> Option<(Timestamp, f64)> {
        self.within(series, now, micros).next_back()
    }

    /// The newest figure of something that happened exactly then.
    pub fn exactly(&self, series: u32, at: Timestamp) -> Option<f64> {
        self.standing.range((series, at, 0)..=(series, at, u32::MAX)).next_back().map(|(_, value)| *value)
    }

    /// Every series there ever is.
    pub fn series(&self) -> impl Iterator<Item = u32> {
        self.series.iter().copied()
    }
}
