//! Real money: the account as the venue last told of it, orders that leave for it, and what became of them.
//!
//! | file | what |
//! |---|---|
//! | `account` | asks the venue, one at a time, and holds every live order against the answer |
//! | `send` | sends an approved order, once |
//! | `amend` | asks for another limit for what rests, once |
//! | `cancel` | takes orders back, and confirms it at the venue |
//! | `view` | the account as a person sees it; what is there and was not made here |
//! | `reconcile` | does so again and again; a person's word where evidence stays out |
//! | `crash` | where a debug build can be told to die, for the tests |
//!
//! Invariants: balances come from the venue and from nowhere else; a look that is not fresh lets no order through; the venue is
//! never asked with the desk locked; one live order is on its way at a time, and nobody comes between its last look and its
//! durable intent; nothing is sent twice. Deliberately absent: what a look means (the Floor's `Watch`), and how the venue is
//! spoken to (its adapter's).

mod account;
mod amend;
mod cancel;
pub(crate) mod crash;
mod reconcile;
mod send;
mod view;

use crate::dto::ErrorView;
use domain::{Book, Coin, Look, Money, OrderId, Quantity, Timestamp};
use floor::{Drift, Orders, Reservation, Unexplained, Watch};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, Notify};

pub(crate) use amend::{Change, changed};
pub use reconcile::Word;
pub(crate) use send::interrupted;
pub(crate) use view::figures;

/// How old the venue's word may be when an order is judged by it.
const FRESH_S: i64 = 10;
/// How long ago a look may have begun for an order to leave on it: no longer than a look itself takes.
const MOMENT: Duration = Duration::from_millis(250);

/// What the desk knows of the live account.
#[derive(Debug, Default)]
pub(crate) struct LiveAccount {
    /// The newest look.
    pub look: Option<Look>,
    /// What the looks say of our orders.
    pub watch: Watch,
    /// Why the last look failed.
    pub trouble: Option<ErrorView>,
    /// Balances against the history.
    pub drift: Drift,
    /// What of them the last look could not explain.
    pub unexplained: Vec<Unexplained>,
    /// Things at the venue that are not ours and were told, and since when they are.
    pub told: BTreeSet<String>,
    pub began: Option<Timestamp>,
    /// When the newest complete look began, and what was known of our orders once it was taken; none where something of ours
    /// happened while it was asked for.
    pub settled: Option<(Instant, u64)>,
    /// The order that is on its way now.
    pub on_its_way: Option<OrderId>,
}

/// Who waits for whom.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Held from the last look before an order to its outcome.
    sending: Mutex<()>,
    /// Held while the venue is asked; when that began last.
    looking: Mutex<Option<Instant>>,
    /// Something may need a look.
    poked: Notify,
}

impl LiveAccount {
    /// Whether the venue was asked just now and told everything.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.look.as_ref().is_some_and(|look| look.complete && now.seconds_since(look.at).abs() <= FRESH_S)
    }

    /// Whether a look begun a moment ago shows the account as it is before the next order: nothing of ours happened since.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        let began = self.settled.filter(|(_, known)| *known == self.watch.begun()).map(|(began, _)| began);
        self.trouble.is_none() && self.is_fresh(now) && began.is_some_and(|began| began.elapsed() <= MOMENT)
    }

    /// Cash and coins beside what open orders set aside, but for what is released of it; nothing without a look.
    pub fn available(&self, coin: Coin, orders: &Orders, released: Reservation) -> (Money, Quantity) {
        let Some(look) = &self.look else { return (Money::ZERO_AUD, Quantity::ZERO) };
        let book = Book::Live;
        let cash = orders.reserved_cash(book).checked_sub(released.cash);
        let coins = orders.reserved_coins(book, coin).checked_sub(released.coins);
        let cash = cash.and_then(|held| Money::aud(look.cash).checked_sub(held)).unwrap_or(Money::ZERO_AUD);
        let coins = coins.and_then(|held| look.coins_of(coin).checked_sub(held)).unwrap_or(Quantity::ZERO);
        (cash, coins)
    }
}

/// Where a trace says how far an order has come on its way, to measure by.
const STEP_TARGET: &str = "workstation::step";

/// An order has come so far.
pub(crate) fn step(at: &'static str) {
    tracing::trace!(target: STEP_TARGET, at);
}

#[cfg(test)]
mod tests;
