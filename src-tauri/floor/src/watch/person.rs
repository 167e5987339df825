//! A person's word on an order where evidence stays out.

use super::Watch;
use super::market::{adopted, alike, closed, fill, order_id};
use crate::order::{BY_PERSON, Order};
use crate::reconcile::{Match, QUIET_POLLS, QUIET_S};
use domain::{Fact, OrderId, OrderState, Quantity, VenueFill};

/// Why a person's word does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// Everybody knows what became of it.
    #[error("order {order} is {state}, not unknown: there is nothing to decide")]
    NotUnknown {
        /// The order.
        order: OrderId,
        /// Where it stands.
        state: OrderState,
    },
    /// It may still show.
    #[error(
        "order {order} may still show at the venue: {polls} complete looks found nothing so far, and \
         {QUIET_POLLS} over {QUIET_S} s with balances that nothing else changed are needed before it can be closed"
    )]
    NotYet {
        /// The order.
        order: OrderId,
        /// Looks so far.
        polls: u32,
    },
    /// Nothing there is like it, or not that.
    #[error("nothing at the venue by that id could be order {0}: look at its candidates")]
    NoCandidate(OrderId),
    /// A choice that was not made.
    #[error("{count} things at the venue could be order {order}: say which by its id (--venue-order)")]
    Several {
        /// The order.
        order: OrderId,
        /// How many.
        count: usize,
    },
    /// It is more than what was ordered.
    #[error("what was chosen is more than order {0}: it can't be that order")]
    TooMuch(OrderId),
}

impl ResolveError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotUnknown { .. } => "order_not_unknown",
            Self::NotYet { .. } => "too_early",
            Self::NoCandidate(_) => "no_candidate",
            Self::Several { .. } => "several_candidates",
            Self::TooMuch(_) => "candidate_too_large",
        }
    }
}

fn check(order: &Order) -> Result<(), ResolveError> {
    match order.state() {
        OrderState::Unknown => Ok(()),
        state => Err(ResolveError::NotUnknown { order: order.id(), state }),
    }
}

impl Watch {
    /// The facts by which a person says that the order never came to be.
    ///
    /// # Errors
    /// [`ResolveError::NotUnknown`], [`ResolveError::NotYet`].
    pub fn close_by_person(&self, order: &Order, why: &str) -> Result<Vec<Fact>, ResolveError> {
        check(order)?;
        let note = self.note(order.id());
        if note.is_none_or(|note| !note.may_be_closed(order)) {
            let polls = note.map_or(0, |note| note.quiet().polls()).max(order.sought().polls());
            return Err(ResolveError::NotYet { order: order.id(), polls });
        }
        Ok(closed(order, BY_PERSON, why).into_iter().collect())
    }

    /// The facts by which a person says which thing at the venue it is. To be asked right after a look.
    ///
    /// # Errors
    /// [`ResolveError`].
    pub fn adopt_by_person(
        &self,
        order: &Order,
        venue_order_id: Option<&str>,
        why: &str,
    ) -> Result<Vec<Fact>, ResolveError> {
        check(order)?;
        let id = order.id();
        let candidates = self.note(id).map_or(&[][..], |note| note.candidates());
        let is_it = |found: &&Match| venue_order_id.is_none_or(|id| found.venue_order_id.as_deref() == Some(id));
        let fitting: Vec<&Match> = candidates.iter().filter(is_it).collect();
        let found = match fitting.as_slice() {
            [] => return Err(ResolveError::NoCandidate(id)),
            [one] => *one,
            several => return Err(ResolveError::Several { order: id, count: several.len() }),
        };
        let resting = found.resting.unwrap_or(Quantity::ZERO);
        let whole = found.rows.iter().try_fold(resting, |sum, row| sum.checked_add(row.amount).ok());
        if whole.is_none_or(|whole| whole > order.remaining()) {
            return Err(ResolveError::TooMuch(id));
        }
        let mut facts: Vec<Fact> = adopted(order, found, BY_PERSON, why).into_iter().collect();
        let market = (order.proposal().coin, order.proposal().side);
        let mut known: Vec<VenueFill> = self.rows.get(&market).cloned().unwrap_or_default();
        for row in &found.rows {
            facts.extend(fill(order, order_id(order, found), row, alike(known.iter(), row)));
            known.push(row.clone());
        }
        Ok(facts)
    }
}
