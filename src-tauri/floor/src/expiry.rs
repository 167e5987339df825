//! Orders whose own time is over.
//!
//! | state | then |
//! |---|---|
//! | awaiting approval, approved | it expires: it never left |
//! | open, partially filled | what is left of it is taken back; what was filled stays |
//! | sending, unknown | nothing: it may have left, and no timer ends that |
//!
//! Invariants: an order without an end never appears; one whose cancel is under way is not asked for again. Deliberately
//! absent: clocks, and the cancel itself.

use crate::order::Order;
use crate::orders::Orders;
use domain::{Book, OrderId, OrderState, Timestamp};

/// What becomes of an order whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// It was not sent, and won't be.
    Expires(OrderId),
    /// It rests in this book, and what is left of it is taken back.
    IsTakenBack(OrderId, Book),
}

/// The orders whose time is over, oldest first.
pub fn over(orders: &Orders, now: Timestamp) -> impl Iterator<Item = Over> + '_ {
    orders.open().filter(move |order| order.terms().until.is_some_and(|until| until <= now)).filter_map(becomes)
}

fn becomes(order: &Order) -> Option<Over> {
    match order.state() {
        OrderState::AwaitingApproval | OrderState::Approved => Some(Over::Expires(order.id())),
        OrderState::Open | OrderState::PartiallyFilled if order.cancel_asked().is_none() => {
            Some(Over::IsTakenBack(order.id(), order.proposal().book))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW, fill, id, limit, name};
    use domain::{Fact, Side, Terms};

    fn after(facts: &[Fact], seconds: i64) -> Vec<Over> {
        let mut orders = Orders::default();
        for fact in facts {
            orders.apply(fact).unwrap();
        }
        over(&orders, NOW.plus_micros(seconds * 1_000_000)).collect()
    }

    #[test]
    fn an_order_ends_with_its_time_wherever_it_stands_but_not_while_it_may_be_on_its_way() {
        let order = id(1);
        let proposal = limit(Side::Buy, "100000", "0.1");
        let until = Some(NOW.plus_micros(60_000_000));
        let mut facts = vec![
            Fact::OrderProposed { order, proposal: proposal.clone() },
            Fact::OrderTerms { order, terms: Terms { until, ..Terms::default() } },
        ];
        assert_eq!(after(&facts, 59), []);
        assert_eq!(after(&facts, 60), [Over::Expires(order)]);
        facts.push(Fact::OrderApproved { order, by: name("paper") });
        assert_eq!(after(&facts, 60), [Over::Expires(order)]);
        facts.push(Fact::OrderIntended { order });
        assert_eq!(after(&facts, 600), [], "it may have left");
        facts.push(Fact::OrderOpened { order, venue_order_id: None });
        assert_eq!(after(&facts, 59), []);
        assert_eq!(after(&facts, 60), [Over::IsTakenBack(order, Book::Paper)]);
        facts.push(fill(order, 1, &proposal, "0.04", "100000"));
        assert_eq!(after(&facts, 60), [Over::IsTakenBack(order, Book::Paper)]);
        facts.push(Fact::CancelAsked { order, reason: name("time_over") });
        assert_eq!(after(&facts, 60), [], "it is under way");
    }

    #[test]
    fn an_order_without_an_end_rests_for_ever() {
        let order = id(1);
        let facts = [Fact::OrderProposed { order, proposal: limit(Side::Buy, "100000", "0.1") }];
        assert_eq!(after(&facts, 1_000_000_000), []);
    }
}
