//! Selling what is held after the switch was pulled: each holding as one instant sale through the one order path.
//!
//! Sold is the whole paper wallet and, of the live account, what orders of ours bought; with `all` everything in it. Invariants:
//! only what a person typed for, only once every cancel is confirmed, never more than is held, one sale at a time, each
//! let past the switch by a pass of its own; the gate's other checks hold. What is not sold is listed with its reason.
//! Deliberately absent: waiting for a better price.

use super::trading::Wanted;
use crate::dto::{KillLiquidation, KillReceipt, KillRequest, Liquidated, SerialDecimal, Unsold};
use crate::kill as switch;
use crate::{Error, Result, Workstation};
use domain::{Book, Coin, Decimal, OrderId, OrderKind, OrderState, Proposal, Quantity, Side, Size, Terms};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a sale's fate is waited for.
const FOLLOWED: Duration = Duration::from_secs(12);
const FOLLOW_PAUSE: Duration = Duration::from_millis(250);
/// Places of an amount at the venue.
const PLACES: u32 = 8;
/// What was not bought here and is not sold.
const NOT_OURS: &str = "not_ours";

impl KillLiquidation {
    /// Nothing was sold at all.
    pub(crate) fn refused(error: &Error) -> Self {
        let (refused, why) = (Some(error.code()), Some(error.to_string()));
        Self { refused, why, sold: Vec::new(), remaining: Vec::new() }
    }
}

/// A holding to be sold.
struct Holding {
    book: Book,
    coin: Coin,
    quantity: Quantity,
}

fn books(request: &KillRequest) -> Result<Vec<Book>> {
    match request.liquidate.as_deref() {
        Some("paper") => Ok(vec![Book::Paper]),
        Some("live") => Ok(vec![Book::Live]),
        Some("both") => Ok(vec![Book::Live, Book::Paper]),
        _ => Err(Error::usage("bad_book", "say which book is to be sold: paper, live or both")),
    }
}

impl Workstation {
    /// Sells what is held while the switch is pulled, and keeps a receipt with what became of it.
    ///
    /// # Errors
    /// `stop_not_typed`, `bad_book`, `not_pulled`, `cancels_unconfirmed`, `halted`; the store's.
    pub async fn liquidate(&self, request: &KillRequest) -> Result<KillReceipt> {
        self.require_writer()?;
        let books = books(request)?;
        if request.typed.as_deref() != Some(KillRequest::WORD) {
            let words = format!("type {} to sell what is held: nothing was sold", KillRequest::WORD);
            return Err(Error::usage("stop_not_typed", words));
        }
        if !switch::is_pulled(self.home()) {
            return Err(Error::refused("not_pulled", "the kill switch is not pulled: nothing was sold"));
        }
        let begun = Instant::now();
        let pull = switch::standing(self.home());
        let of_this_pull = |receipt: &KillReceipt| receipt.pulled_at == self.pulled_at();
        let receipt = switch::newest_receipt(self.home()).filter(of_this_pull);
        let Some(receipt) = receipt.filter(|receipt| receipt.unconfirmed.is_empty()) else {
            let words = "a cancel is not confirmed yet: nothing was sold. Kill again once the exchange answers";
            return Err(Error::refused("cancels_unconfirmed", words));
        };
        let mut done = KillLiquidation { refused: None, why: None, sold: Vec::new(), remaining: Vec::new() };
        for book in books {
            for holding in self.holdings(book, request.all, &mut done).await? {
                self.sell(&pull, holding, &mut done).await;
            }
        }
        let receipt = KillReceipt { by: "holder".to_owned(), liquidation: Some(done), ..receipt };
        let receipt = self.keep(receipt, begun);
        self.settle().await?;
        Ok(receipt)
    }

    /// What of a book is to be sold; what is left alone is noted.
    async fn holdings(&self, book: Book, all: bool, done: &mut KillLiquidation) -> Result<Vec<Holding>> {
        if book == Book::Live {
            self.look_at_account().await;
        }
        let now = self.now();
        let desk = self.desk().await?;
        self.check_halted(&desk)?;
        let held: Vec<(Coin, Quantity)> = match book {
            Book::Paper => desk.wallet.holdings().collect(),
            Book::Live => {
                let bought: BTreeMap<Coin, Quantity> = desk.orders.bought().collect();
                if !desk.live.is_fresh(now) {
                    let why = "the account at the exchange could not be read just now".to_owned();
                    let unread =
                        |(coin, quantity): (Coin, Quantity)| unsold(book, coin, quantity, "account_unknown", &why);
                    done.remaining.extend(bought.into_iter().map(unread));
                    return Ok(Vec::new());
                }
                let coins = desk.live.look.as_ref().map(|look| look.coins.clone()).unwrap_or_default();
                let mut ours = Vec::new();
                for (coin, held) in coins {
                    let sold = if all { held } else { bought.get(&coin).copied().unwrap_or(Quantity::ZERO).min(held) };
                    let left = held.checked_sub(sold).unwrap_or(Quantity::ZERO);
                    if !left.is_zero() {
                        let why = "no order of this program bought it; `--all` sells it too";
                        done.remaining.push(unsold(book, coin, left, NOT_OURS, why));
                    }
                    ours.push((coin, sold));
                }
                ours
            }
        };
        let cut = |(coin, quantity): (Coin, Quantity)| {
            let quantity = Quantity::new(quantity.decimal().trunc_with_scale(PLACES)).ok()?;
            (!quantity.is_zero()).then_some(Holding { book, coin, quantity })
        };
        Ok(held.into_iter().filter_map(cut).collect())
    }

    async fn sell(&self, pull: &switch::Pull, holding: Holding, done: &mut KillLiquidation) {
        let Holding { book, coin, quantity } = holding;
        let (side, kind, algorithm) = (Side::Sell, OrderKind::Instant, None);
        let sale = Proposal { book, coin, side, kind, quantity, algorithm: algorithm.clone() };
        let Some(_pass) = self.inner.passes.grant(pull, sale) else {
            let why = "another sale of a liquidation is under way".to_owned();
            return done.remaining.push(unsold(book, coin, quantity, "liquidating", &why));
        };
        let size = Size::Quantity(quantity);
        let wanted = Wanted { book, coin, side, kind, size, algorithm, terms: Terms::default(), again: true };
        let sold = match self.propose(wanted).await {
            Ok(id) => self.sold(id).await.map_err(|error| (Some(id), error)),
            Err(error) => Err((None, error)),
        };
        match sold {
            Ok((part, left)) => {
                done.sold.extend(part);
                done.remaining.extend(left);
            }
            Err((order, error)) => {
                let left = unsold(book, coin, quantity, &error.code(), &error.to_string());
                done.remaining.push(Unsold { order, ..left });
            }
        }
    }

    /// What became of a sale: waits a while for one that is on its way.
    async fn sold(&self, id: OrderId) -> Result<(Option<Liquidated>, Option<Unsold>)> {
        let until = Instant::now() + FOLLOWED;
        loop {
            let desk = self.desk().await?;
            let order = desk.orders.get(id).ok_or_else(|| Error::Halted(format!("order {id} was not recorded")))?;
            if order.state().is_final() || order.state() == OrderState::Unknown || Instant::now() >= until {
                return Ok(outcome(order));
            }
            drop(desk);
            sleep(FOLLOW_PAUSE).await;
        }
    }
}

fn outcome(order: &floor::Order) -> (Option<Liquidated>, Option<Unsold>) {
    let (book, coin) = (order.proposal().book, order.proposal().coin);
    let sum = |of: &dyn Fn(&floor::Fill) -> Option<Decimal>| {
        SerialDecimal(order.fills().iter().filter_map(of).sum::<Decimal>().round_dp(2))
    };
    let sold = (!order.filled().is_zero()).then(|| Liquidated {
        book,
        coin,
        quantity: order.filled(),
        value: sum(&|fill| fill.quantity.decimal().checked_mul(fill.price.decimal())),
        fee: sum(&|fill| Some(fill.fee.amount())),
        order: order.id(),
    });
    let left = (!order.remaining().is_zero()).then(|| {
        let state = order.state();
        let words = format!("its order is {state}: nobody knows yet whether it is sold");
        let (code, why) = match (state.is_final(), order.reason()) {
            (true, Some(denial)) => (denial.code.clone(), denial.message.clone()),
            _ => (state.as_str().to_owned(), words),
        };
        Unsold { order: Some(order.id()), ..unsold(book, coin, order.remaining(), &code, &why) }
    });
    (sold, left)
}

fn unsold(book: Book, coin: Coin, quantity: Quantity, code: &str, why: &str) -> Unsold {
    Unsold { book, coin, quantity, code: code.to_owned(), why: why.to_owned(), order: None }
}
