//! Orders that are over leave memory; the journal keeps them.
//!
//! An order stays while something can still happen to it, while rows of it may come late, while it is among the newest, those that
//! ended last, the newest of its algorithm or the newest of its book with a fill. Invariants: every answer the floor gives is
//! the one it would give had none left; what is counted over all orders counts those that left, too. Deliberately absent:
//! reading one that left, which is the journal's.

use super::{Orders, RATE_LOOKBACK};
use crate::execution::{Execution, Group};
use crate::order::Order;
use domain::{Book, Coin, Decimal, Name, OrderId, OrderState, Price, Quantity};
use std::collections::{BTreeMap, HashSet};

/// Codes of refusals are ours and few; what is more than these is counted together.
const CODES_MAX: usize = 200;

/// How many stay of those that are over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    /// The newest of all: as far as anything looks back.
    pub newest: usize,
    /// Those that ended last: whoever follows an order sees its end.
    pub ended: usize,
    /// The newest with a fill, of each book.
    pub filled: usize,
    /// The newest of each algorithm.
    pub of_algorithm: usize,
    /// More than so many must have come since the last time before any leaves.
    pub step: usize,
}

impl Room {
    pub(super) const USUAL: Self =
        Self { newest: RATE_LOOKBACK, ended: 1_000, filled: 500, of_algorithm: 100, step: 500 };
}

/// A slice of a larger order, as the whole needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Which one it was of all orders.
    number: u64,
    /// The order.
    pub order: OrderId,
    /// The middle of the market when it was asked for.
    pub arrival: Option<Price>,
    /// What it turned over, AUD without fees, and the coins; none without a fill.
    pub traded: Option<(Decimal, Quantity)>,
}

impl Child {
    fn of(number: u64, order: &Order) -> Self {
        let traded = Execution::of(order).map(|done| (done.value, done.filled));
        Self { number, order: order.id(), arrival: order.terms().arrival, traded }
    }
}

/// What is told of orders that left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Left {
    pub count: u64,
    states: BTreeMap<(Book, OrderState), u64>,
    refusals: BTreeMap<String, u64>,
    filled: BTreeMap<Book, u64>,
    groups: BTreeMap<Book, BTreeMap<(Option<Name>, Coin), Group>>,
    children: BTreeMap<OrderId, Vec<Child>>,
}

impl Left {
    /// Counts an order in.
    fn take(&mut self, number: u64, order: &Order) {
        let proposal = order.proposal();
        self.count += 1;
        *self.states.entry((proposal.book, order.state())).or_default() += 1;
        count_refusal(&mut self.refusals, order);
        if !order.filled().is_zero() {
            *self.filled.entry(proposal.book).or_default() += 1;
        }
        if let Some(done) = Execution::of(order) {
            crate::execution::add(self.groups.entry(proposal.book).or_default(), order, &done);
        }
        if let Some(parent) = order.terms().parent {
            self.children.entry(parent).or_default().push(Child::of(number, order));
        }
    }
}

fn count_refusal(refusals: &mut BTreeMap<String, u64>, order: &Order) {
    let Some(denial) = order.reason().filter(|_| order.state() == OrderState::Denied) else { return };
    let known = refusals.contains_key(&denial.code) || refusals.len() < CODES_MAX;
    *refusals.entry(if known { denial.code.clone() } else { "other".to_owned() }).or_default() += 1;
}

impl Orders {
    /// Lets go of orders that are over and that nothing needs any more, once there are enough of them to be worth it. Those
    /// that left: whoever keeps something beside them lets go of it, too.
    pub fn let_leave(&mut self) -> Vec<OrderId> {
        if self.orders.len() <= self.kept + self.room.step {
            return Vec::new();
        }
        let stays = self.stays();
        let all = std::mem::take(&mut self.orders).into_iter().zip(std::mem::take(&mut self.numbers));
        let (mut gone, mut moved) = (Vec::new(), Vec::with_capacity(stays.len()));
        for ((order, number), stays) in all.zip(stays) {
            let place = self.orders.len();
            moved.push(stays.then_some(place));
            if stays {
                self.places.insert(order.id(), place);
                self.orders.push(order);
                self.numbers.push(number);
            } else {
                self.left.take(number, &order);
                self.places.remove(&order.id());
                gone.push(order.id());
            }
        }
        let new = |place: &usize| moved.get(*place).copied().flatten();
        self.open = self.open.iter().filter_map(new).collect();
        self.late = self.late.iter().filter_map(new).collect();
        self.kept = self.orders.len();
        gone
    }

    /// Of each order whether it stays.
    fn stays(&self) -> Vec<bool> {
        let ended: HashSet<OrderId> = self.ended.iter().copied().collect();
        let (mut filled, mut of_algorithm) = (BTreeMap::<Book, usize>::new(), BTreeMap::<&Name, usize>::new());
        let mut stays = Vec::with_capacity(self.orders.len());
        for (back, (place, order)) in self.orders.iter().enumerate().rev().enumerate() {
            let proposal = order.proposal();
            let mut is_shown = false;
            if !order.filled().is_zero() {
                let count = filled.entry(proposal.book).or_default();
                *count += 1;
                is_shown |= *count <= self.room.filled;
            }
            if let Some(algorithm) = &proposal.algorithm {
                let count = of_algorithm.entry(algorithm).or_default();
                *count += 1;
                is_shown |= *count <= self.room.of_algorithm;
            }
            let is_needed = !order.is_over_for_good() || self.late.contains(&place) || ended.contains(&order.id());
            stays.push(back < self.room.newest || is_shown || is_needed);
        }
        stays.reverse();
        stays
    }

    /// How many left.
    #[must_use]
    pub fn have_left(&self) -> u64 {
        self.left.count
    }

    /// How many there ever were, by book and where they stand.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(Book, OrderState), u64> {
        let mut counts = self.left.states.clone();
        for order in &self.orders {
            *counts.entry((order.proposal().book, order.state())).or_default() += 1;
        }
        counts
    }

    /// How many were refused, by code.
    #[must_use]
    pub fn refusals(&self) -> BTreeMap<String, u64> {
        let mut refusals = self.left.refusals.clone();
        self.orders.iter().for_each(|order| count_refusal(&mut refusals, order));
        refusals
    }

    /// How many of a book were filled, or a part of them.
    #[must_use]
    pub fn filled_of(&self, book: Book) -> u64 {
        let filled = |order: &&Order| order.proposal().book == book && !order.filled().is_zero();
        let here = self.orders.iter().filter(filled).count();
        self.left.filled.get(&book).copied().unwrap_or_default() + here as u64
    }

    /// How well a book's orders were executed, by algorithm (none: by hand) and coin.
    #[must_use]
    pub fn executed(&self, book: Book) -> BTreeMap<(Option<Name>, Coin), Group> {
        let mut groups = self.left.groups.get(&book).cloned().unwrap_or_default();
        for order in self.orders.iter().filter(|order| order.proposal().book == book) {
            if let Some(done) = Execution::of(order) {
                crate::execution::add(&mut groups, order, &done);
            }
        }
        groups
    }

    /// The slices of a larger order, oldest first.
    #[must_use]
    pub fn children(&self, parent: OrderId) -> Vec<Child> {
        let mut children = self.left.children.get(&parent).cloned().unwrap_or_default();
        let here = self.orders.iter().zip(&self.numbers).filter(|(order, _)| order.terms().parent == Some(parent));
        children.extend(here.map(|(order, number)| Child::of(*number, order)));
        children.sort_by_key(|child| child.number);
        children
    }
}

#[cfg(test)]
mod tests;
