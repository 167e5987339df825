//! The labels of trades, for figures by label.
//!
//! A trade with several labels counts in each of them. Rows are summed by the set of their labels first, so that totals stay
//! what they are; only the groups of a report are spread over the labels.

use crate::picks::RowId;
use domain::TradeRow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The number of no label at all.
pub const NO_LABEL: u32 = 0;

/// The labels of rows, by number. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Arc<Sets>);

#[derive(Debug, PartialEq, Eq)]
struct Sets {
    of: HashMap<RowId, u32>,
    /// The first is of rows without one.
    sets: Vec<Vec<u32>>,
}

impl Default for Labels {
    fn default() -> Self {
        Self::new(BTreeMap::new())
    }
}

impl Labels {
    /// Labels by row; numbers above [`NO_LABEL`]. A row with none may be left out.
    #[must_use]
    pub fn new(by_row: BTreeMap<RowId, BTreeSet<u32>>) -> Self {
        let mut sets = vec![vec![NO_LABEL]];
        let mut known: BTreeMap<BTreeSet<u32>, u32> = BTreeMap::new();
        let mut of = HashMap::with_capacity(by_row.len());
        for (row, labels) in by_row.into_iter().filter(|(_, labels)| !labels.is_empty()) {
            let next = sets.len() as u32; // fewer than there are rows
            let set = *known.entry(labels.clone()).or_insert(next);
            if set == next {
                sets.push(labels.into_iter().collect());
            }
            of.insert(row, set);
        }
        Self(Arc::new(Sets { of, sets }))
    }

    /// The number of a row's set.
    pub(crate) fn set(&self, row: RowId) -> u32 {
        self.0.of.get(&row).copied().unwrap_or_default()
    }

    pub(crate) fn set_of(&self, row: &TradeRow) -> u32 {
        self.set(row.into())
    }

    /// The labels of a set, each once.
    pub(crate) fn labels(&self, set: u32) -> &[u32] {
        self.0.sets.get(set as usize).map_or(&[], Vec::as_slice)
    }
}
