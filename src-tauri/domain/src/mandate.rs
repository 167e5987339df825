//! What a person allows an algorithm, or their own hand, to do with a book.

use crate::amount::Money;
use crate::clock::Timestamp;
use crate::ticker::{Coin, Name};
use crate::trade::Book;
use serde::{Deserialize, Serialize};

/// When a person is asked before an order leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApprovalRule {
    /// For every order.
    Always,
    /// For an order whose worst case is worth more than this.
    Above(Money),
    /// Never: the mandate is the approval.
    Never,
}

/// Minutes of the trader's local day, `[from, to)`; over midnight when `to` is not after `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// Minutes since local midnight, 0 to 1439.
    pub from: u16,
    /// The same.
    pub to: u16,
}

impl Hours {
    /// Whether a minute of the local day lies in them.
    #[must_use]
    pub const fn holds(self, minute: u16) -> bool {
        if self.from < self.to {
            minute >= self.from && minute < self.to
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

/// One mandate. Live trading without one is impossible; paper trading needs none and obeys one that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mandate {
    /// Whose orders: an algorithm's name, or [`Mandate::MANUAL`].
    pub holder: Name,
    /// In which book.
    pub book: Book,
    /// When a person is asked.
    pub approval: ApprovalRule,
    /// The most one buy may cost, fee included.
    pub max_order: Option<Money>,
    /// The most its buys of the trader's calendar day may cost.
    pub max_day: Option<Money>,
    /// Which coins; none listed means all.
    pub coins: Vec<Coin>,
    /// At which hours of the local day.
    pub hours: Option<Hours>,
    /// When it ends.
    pub until: Option<Timestamp>,
}

impl Mandate {
    /// The holder of orders made by hand.
    pub const MANUAL: &str = "manual";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_may_go_over_midnight() {
        let day = Hours { from: 540, to: 1020 };
        assert_eq!([539, 540, 1019, 1020].map(|minute| day.holds(minute)), [false, true, true, false]);
        let night = Hours { from: 1320, to: 360 };
        assert_eq!([1319, 1320, 0, 359, 360].map(|minute| night.holds(minute)), [false, true, true, true, false]);
    }
}
