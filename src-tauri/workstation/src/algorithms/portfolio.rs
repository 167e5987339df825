//! What an algorithm has, at the prices of now.

use super::Run;
use crate::desk::Desk;
use crate::{Result, Workstation};
use domain::{Book, Coin, Money, Name, Quantity, Timestamp};
use floor::{Algorithm, Portfolio};

/// What coins are worth at fresh bids; none when one of them has none.
fn worth(desk: &Desk, book: Book, now: Timestamp, held: impl Iterator<Item = (Coin, Quantity)>) -> Option<Money> {
    let max_age_s = desk.limits.of(book).max_price_age_s().map_or(0, i64::from);
    let mut sum = Money::ZERO_AUD;
    for (coin, quantity) in held.filter(|(_, quantity)| !quantity.is_zero()) {
        let quote = desk.quotes.get(&coin).filter(|quote| quote.age_s(now).abs() <= max_age_s)?;
        sum = sum.checked_add(quote.bid?.times(quantity).ok()?).ok()?;
    }
    Some(sum)
}

/// A book's cash and coins; none when that can't be told now.
fn equity(desk: &Desk, book: Book, now: Timestamp) -> Option<Money> {
    let is_known = book == Book::Paper || desk.live.is_fresh(now);
    desk.worth(book, now).equity.filter(|_| is_known)
}

/// What an algorithm has in a book.
pub(crate) fn portfolio_of(desk: &Desk, algorithm: &Algorithm, book: Book, now: Timestamp) -> Portfolio {
    let name = algorithm.name();
    let share = algorithm.version().map(|version| version.capital);
    let capital = equity(desk, book, now).zip(share).and_then(|(equity, share)| share.of(equity).ok());
    let reserved = desk.orders.reserved_cash_of(book, name.as_str());
    let used = worth(desk, book, now, algorithm.holdings(book));
    let is_its = |of: &Option<Name>| of.as_ref() == Some(name);
    let open = desk.orders.open().map(floor::Order::proposal);
    Portfolio {
        capital,
        used: used.and_then(|held| held.checked_add(reserved).ok()),
        holdings: algorithm.holdings(book).collect(),
        pending: open.filter(|of| of.book == book && is_its(&of.algorithm)).map(|of| of.coin).collect(),
        done: algorithm.done().clone(),
        since: algorithm.since(),
    }
}

impl Workstation {
    pub(super) async fn portfolio(&self, run: &Run) -> Result<Portfolio> {
        let desk = self.desk().await?;
        let algorithm = desk.algorithms.find(run.name.as_str())?;
        Ok(portfolio_of(&desk, algorithm, run.book, self.now()))
    }
}
