//! Parcels a person picked for a sale.
//!
//! A pick names rows of the journal: the sale's, and those the parcels came by. Picked parcels go first, in the order they
//! were picked, the earliest acquired first where one came in parts; what they leave of the sale goes by the method, and
//! picked coins that were not there are told ([`crate::MissedPick`]).

use crate::error::RowRef;
use domain::{Quantity, TradeRow};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A row of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowId {
    /// Number of the device.
    pub device: u32,
    /// Sequence in its journal.
    pub seq: u64,
}

impl From<&TradeRow> for RowId {
    fn from(row: &TradeRow) -> Self {
        Self { device: row.device, seq: row.seq }
    }
}

impl From<&RowRef> for RowId {
    fn from(row: &RowRef) -> Self {
        Self { device: row.device, seq: row.seq }
    }
}

/// The picks of all sales: by the sale's row the parcels' rows, and how many coins of each. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picks(Arc<BTreeMap<RowId, Vec<(RowId, Quantity)>>>);

impl Picks {
    /// Picks by sale.
    #[must_use]
    pub fn new(by_sale: BTreeMap<RowId, Vec<(RowId, Quantity)>>) -> Self {
        Self(Arc::new(by_sale))
    }

    /// Whether nobody picked anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was picked for a sale.
    #[must_use]
    pub fn of(&self, sale: &TradeRow) -> &[(RowId, Quantity)] {
        self.0.get(&sale.into()).map_or(&[], Vec::as_slice)
    }
}
