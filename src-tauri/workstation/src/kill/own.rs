//! Which orders are ours, kept beside the desk so that the kill switch never waits for it.
//!
//! Invariants: a fold over the same facts as the desk; every id the venue ever gave an order of ours is known, because an
//! order we believe to be over may rest all the same. Deliberately absent: what to do about them.

use crate::commands::past::each_desk_fact;
use domain::{Book, Fact, OrderId, OrderState, Side};
use floor::{Order, Orders, Unresolved};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Store;

/// A live order that rests, as far as the journal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    pub order: OrderId,
    pub side: Side,
}

/// Our orders, as the kill switch needs them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    /// Live orders by the ids the venue gave them.
    pub ids: Arc<HashMap<String, Placed>>,
    /// The venue's ids of those that rest.
    pub resting: BTreeSet<String>,
    /// Live orders nobody knows the fate of.
    pub unknown: BTreeMap<OrderId, Unresolved>,
    /// Paper orders that rest.
    pub paper: BTreeSet<OrderId>,
    /// Ids the venue gave orders with another limit, and no look showed yet.
    pub renamed: HashMap<OrderId, String>,
}

impl Own {
    /// Takes one order as it stands now.
    pub fn note(&mut self, order: &Order) {
        let id = order.id();
        if order.proposal().book == Book::Paper {
            if order.is_resting() {
                self.paper.insert(id);
            } else {
                self.paper.remove(&id);
            }
            return;
        }
        match order.state() {
            OrderState::Sending | OrderState::Unknown => {
                if let (false, Some(unresolved)) = (self.unknown.contains_key(&id), order.unresolved()) {
                    self.unknown.insert(id, unresolved);
                }
            }
            _ => drop(self.unknown.remove(&id)),
        }
        if let Some(venue) = self.renamed.remove(&id) {
            self.resting.remove(&venue);
        }
        // An id the venue answered with is ours as well, whether a look showed it yet or not.
        self.renamed.extend(order.renamed().map(|venue| (id, venue.to_owned())));
        for venue in order.venue_order_id().into_iter().chain(order.renamed()) {
            let placed = Placed { order: id, side: order.proposal().side };
            if self.ids.get(venue) != Some(&placed) {
                // Copied only while a kill reads the ones of before.
                Arc::make_mut(&mut self.ids).insert(venue.to_owned(), placed);
            }
            if order.is_resting() {
                self.resting.insert(venue.to_owned());
            } else {
                self.resting.remove(venue);
            }
        }
        for venue in order.former_venue_ids() {
            self.resting.remove(venue);
        }
    }

    /// Reads them from the journal, without the rest of the desk. What contradicts itself is left out: a kill goes on.
    pub async fn read(store: &Store) -> crate::Result<Self> {
        let (mut own, mut orders) = (Self::default(), Orders::default());
        each_desk_fact(store, |recorded, _| {
            let _ = orders.apply(&recorded.fact);
            if matches!(recorded.fact, Fact::PaperReset { .. }) {
                own.paper.clear();
            }
            if let Some(order) = recorded.fact.order().and_then(|id| orders.get(id)) {
                own.note(order);
            }
            orders.let_leave();
        })
        .await?;
        Ok(own)
    }
}

/// The same, shared: the desk writes it with every fact, the switch reads it without waiting for the desk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Option<Own>>>);

impl Shared {
    /// What is there now; none until the desk was folded.
    pub fn get(&self) -> Option<Own> {
        self.lock().clone()
    }

    /// None yet: what a desk takes is noted from now on.
    pub fn empty() -> Self {
        Self(Arc::new(Mutex::new(Some(Own::default()))))
    }

    /// Begins with what a whole desk noted.
    pub fn begin(&self, folded: &Self) {
        *self.lock() = folded.get();
    }

    /// Takes one order as it stands now.
    pub fn note(&self, order: &Order) {
        if let Some(own) = self.lock().as_mut() {
            own.note(order);
        }
    }

    /// The paper wallet was started afresh: its orders are gone.
    pub fn forget_paper(&self) {
        if let Some(own) = self.lock().as_mut() {
            own.paper.clear();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Own>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
