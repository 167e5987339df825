//! Orders whose own time is over, and those that rested longer than their book lets them.
//!
//! | state | its own time is over | it rested too long |
//! |---|---|---|
//! | awaiting approval, approved | it expires: it never left | nothing |
//! | open, partially filled | what is left of it is taken back; what was filled stays | the same, with a limit |
//! | sending, unknown | nothing: it may have left, and no timer ends that | nothing |
//!
//! Invariants: an order without an end never appears for its own time; one whose cancel is under way is not asked for again; the wait begins
//! anew with each limit the order has. Deliberately absent: clocks, since when it rests, and the cancel itself.

use crate::limits::BookLimits;
use crate::order::Order;
use crate::orders::Orders;
use domain::{Book, OrderId, OrderState, Timestamp};

/// What becomes of an order whose time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// It was not sent, and won't be.
    Expires(OrderId),
    /// It rests in this book, and what is left of it is taken back.
    IsTakenBack(OrderId, Book, Ended),
}

/// Why what is left of an order is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Its own time is over.
    TimeOver,
    /// It was not filled in the time its book gives every order.
    Unfilled,
}

impl Ended {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TimeOver => "time_over",
            Self::Unfilled => "unfilled",
        }
    }
}

/// The orders whose time is over, oldest first. `since` tells from when on an order rests as it does.
pub fn over<'a>(
    orders: &'a Orders,
    limits: &'a BookLimits,
    now: Timestamp,
    since: impl Fn(OrderId) -> Option<Timestamp> + 'a,
) -> impl Iterator<Item = Over> + 'a {
    orders.open().filter_map(move |order| {
        if order.terms().until.is_some_and(|until| until <= now) {
            return becomes(order);
        }
        let rests_s = limits.of(order.proposal().book).rests_s()?;
        let is_long = || since(order.id()).is_some_and(|since| now.seconds_since(since) >= rests_s);
        let ends = rests(order) && order.limit().is_some() && is_long();
        ends.then(|| Over::IsTakenBack(order.id(), order.proposal().book, Ended::Unfilled))
    })
}

fn becomes(order: &Order) -> Option<Over> {
    match order.state() {
        OrderState::AwaitingApproval | OrderState::Approved => Some(Over::Expires(order.id())),
        _ if rests(order) => Some(Over::IsTakenBack(order.id(), order.proposal().book, Ended::TimeOver)),
        _ => None,
    }
}

fn rests(order: &Order) -> bool {
    order.is_resting() && order.cancel_asked().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::fixtures::{NOW, fill, id, limit, name, proposal};
    use domain::{Fact, Side, Terms};

    fn after(facts: &[Fact], seconds: i64) -> Vec<Over> {
        let never = |_| None;
        after_resting(facts, seconds, "5", never)
    }

    fn after_resting(
        facts: &[Fact],
        seconds: i64,
        minutes: &str,
        since: impl Fn(OrderId) -> Option<Timestamp>,
    ) -> Vec<Over> {
        let mut limits = BookLimits::default();
        let changes = vec![Limits::parse_change("unfilled_minutes", minutes).unwrap()];
        limits.apply(&Fact::LimitsSet { book: Book::Paper, changes }).unwrap();
        let mut orders = Orders::default();
        for fact in facts {
            orders.apply(fact).unwrap();
        }
        over(&orders, &limits, NOW.plus_micros(seconds * 1_000_000), since).collect()
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
        assert_eq!(after(&facts, 60), [Over::IsTakenBack(order, Book::Paper, Ended::TimeOver)]);
        facts.push(fill(order, 1, &proposal, "0.04", "100000"));
        assert_eq!(after(&facts, 60), [Over::IsTakenBack(order, Book::Paper, Ended::TimeOver)]);
        facts.push(Fact::CancelAsked { order, reason: name("time_over") });
        assert_eq!(after(&facts, 60), [], "it is under way");
    }

    #[test]
    fn an_order_without_an_end_rests_for_ever() {
        let order = id(1);
        let facts = [Fact::OrderProposed { order, proposal: limit(Side::Buy, "100000", "0.1") }];
        assert_eq!(after(&facts, 1_000_000_000), []);
    }
    #[test]
    fn what_rests_longer_than_its_book_lets_it_is_taken_back_and_another_limit_begins_the_wait_anew() {
        let order = id(1);
        let proposal = limit(Side::Buy, "100000", "0.1");
        let mut facts = vec![
            Fact::OrderProposed { order, proposal: proposal.clone() },
            Fact::OrderApproved { order, by: name("paper") },
        ];
        let since = |seconds: i64| move |_| Some(NOW.plus_micros(seconds * 1_000_000));
        assert_eq!(after_resting(&facts, 9_000, "5", since(0)), [], "what never left does not rest");
        facts.push(Fact::OrderIntended { order });
        assert_eq!(after_resting(&facts, 9_000, "5", since(0)), [], "it may be on its way");
        facts.extend([Fact::OrderOpened { order, venue_order_id: None }, fill(order, 1, &proposal, "0.04", "100000")]);
        let taken = [Over::IsTakenBack(order, Book::Paper, Ended::Unfilled)];
        assert_eq!(after_resting(&facts, 299, "5", since(0)), []);
        assert_eq!(after_resting(&facts, 300, "5", since(0)), taken);
        assert_eq!(after_resting(&facts, 300, "5", since(1)), [], "amended a second later");
        assert_eq!(after_resting(&facts, 9_000_000, "0", since(0)), [], "it is off");
        facts.push(Fact::CancelAsked { order, reason: name("unfilled") });
        assert_eq!(after_resting(&facts, 300, "5", since(0)), [], "it is under way");
    }

    #[test]
    fn an_instant_order_that_waits_for_its_row_is_not_taken_back_for_resting() {
        let order = id(1);
        let facts = [
            Fact::OrderProposed { order, proposal: proposal(Side::Buy, domain::OrderKind::Instant, "0.1") },
            Fact::OrderApproved { order, by: name("paper") },
            Fact::OrderIntended { order },
            Fact::OrderOpened { order, venue_order_id: None },
        ];
        assert_eq!(after_resting(&facts, 9_000, "5", |_| Some(NOW)), []);
    }
}
