//! What each algorithm's own buys left, and what its closes brought; folded from trades.
//!
//! A holding is what the algorithm bought less what it sold; its cost is shared out by quantity (the average). That is
//! enough to know how much an algorithm holds and whether it lost; parcels, and so P&L and tax, are kept in `books`.
//! Invariants: no holding is below zero: a sale of more than the algorithm bought closes what it has. Fills of one order
//! are one close. A fresh paper wallet begins all paper anew.

use domain::{Book, Coin, Decimal, Fact, Money, Name, OrderId, Quantity, Side, Timestamp, Trade};
use std::collections::{BTreeMap, VecDeque};

/// Closes remembered of one algorithm in one book.
const CLOSES_MAX: usize = 512;

/// What an algorithm holds of a coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    /// How much.
    pub quantity: Quantity,
    /// What it cost, fees included.
    pub cost: Money,
}

/// One sale by an algorithm, all its fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// When its last fill was.
    pub at: Timestamp,
    /// The coin.
    pub coin: Coin,
    /// The order.
    pub order: Option<OrderId>,
    /// What the coins had cost.
    pub cost: Money,
    /// What they brought beyond that, after fees.
    pub gain: Money,
    /// Whether nothing of the coin was left.
    pub is_exit: bool,
}

/// One algorithm in one book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnBook {
    held: BTreeMap<Coin, Own>,
    closes: VecDeque<Close>,
    invested_max: Decimal,
}

impl OwnBook {
    /// What it holds, by coin.
    pub fn held(&self) -> impl Iterator<Item = (Coin, Own)> {
        self.held.iter().map(|(coin, own)| (*coin, *own))
    }

    /// Its closes, oldest first.
    pub fn closes(&self) -> impl DoubleEndedIterator<Item = &Close> {
        self.closes.iter()
    }

    /// The most that what it held at one time had cost.
    #[must_use]
    pub fn invested_max(&self) -> Money {
        Money::aud(self.invested_max)
    }

    fn buy(&mut self, trade: &Trade) -> Option<()> {
        let paid = trade.value().ok()?.checked_add(trade.fee).ok()?;
        let own = self.held.entry(trade.coin).or_insert(Own { quantity: Quantity::ZERO, cost: Money::ZERO_AUD });
        own.quantity = own.quantity.checked_add(trade.quantity).ok()?;
        own.cost = own.cost.checked_add(paid).ok()?;
        let invested = self.held.values().try_fold(Decimal::ZERO, |sum, own| sum.checked_add(own.cost.amount()))?;
        self.invested_max = self.invested_max.max(invested);
        Some(())
    }

    fn sell(&mut self, trade: &Trade) -> Option<()> {
        let own = self.held.get_mut(&trade.coin)?;
        let sold = trade.quantity.min(own.quantity);
        let is_exit = sold == own.quantity;
        let cost = if is_exit {
            own.cost
        } else {
            Money::aud(own.cost.amount().checked_mul(sold.decimal())?.checked_div(own.quantity.decimal())?)
        };
        own.quantity = own.quantity.checked_sub(sold).ok()?;
        own.cost = own.cost.checked_sub(cost).ok()?;
        if is_exit {
            self.held.remove(&trade.coin);
        }
        let brought = trade.price.times(sold).ok()?.checked_sub(trade.fee).ok()?;
        let gain = brought.checked_sub(cost).ok()?;
        let (at, coin, order) = (trade.time, trade.coin, trade.order);
        match self.closes.iter_mut().rev().find(|close| order.is_some() && close.order == order) {
            Some(close) => {
                close.at = close.at.max(at);
                close.cost = close.cost.checked_add(cost).ok()?;
                close.gain = close.gain.checked_add(gain).ok()?;
                close.is_exit |= is_exit;
            }
            None => {
                if self.closes.len() == CLOSES_MAX {
                    self.closes.pop_front();
                }
                self.closes.push_back(Close { at, coin, order, cost, gain, is_exit });
            }
        }
        Some(())
    }
}

/// Every algorithm's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnBooks {
    books: BTreeMap<(Book, Name), OwnBook>,
}

impl OwnBooks {
    /// Takes a fact; those that are no trade of an algorithm change nothing.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::PaperReset { .. } => self.books.retain(|(book, _), _| *book != Book::Paper),
            Fact::Trade(trade) => {
                let Some(name) = &trade.algorithm else { return };
                let own = self.books.entry((trade.book, name.clone())).or_default();
                // A number beyond every number was refused long before it could be traded.
                let _ = match trade.side {
                    Side::Buy => own.buy(trade),
                    Side::Sell => own.sell(trade),
                };
            }
            _ => {}
        }
    }

    /// One algorithm's.
    #[must_use]
    pub fn of(&self, book: Book, algorithm: &Name) -> Option<&OwnBook> {
        self.books.get(&(book, algorithm.clone()))
    }

    /// All of them, paper's first, by name.
    pub fn iter(&self) -> impl Iterator<Item = (Book, &Name, &OwnBook)> {
        self.books.iter().map(|((book, name), own)| (*book, name, own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW, aud, coin, fill, id, limit, name, quantity};
    use domain::Proposal;

    fn trade(side: Side, order: u8, number: u8, coins: &str, at: &str) -> Fact {
        let proposal = Proposal { algorithm: Some(name("sma_cross")), ..limit(side, at, coins) };
        let Fact::Trade(mut trade) = fill(id(order), number, &proposal, coins, at) else { unreachable!() };
        trade.algorithm = proposal.algorithm;
        trade.fee = aud("1");
        Fact::Trade(trade)
    }

    fn fold(facts: &[Fact]) -> OwnBooks {
        let mut own = OwnBooks::default();
        facts.iter().for_each(|fact| own.apply(fact));
        own
    }

    #[test]
    fn an_algorithm_holds_what_it_bought_less_what_it_sold_at_its_average_cost() {
        let facts = [
            trade(Side::Buy, 1, 1, "1", "100"),
            trade(Side::Buy, 2, 1, "1", "120"),
            trade(Side::Sell, 3, 1, "1", "130"),
        ];
        let own = fold(&facts);
        let book = own.of(Book::Paper, &name("sma_cross")).unwrap();
        assert_eq!(book.held().collect::<Vec<_>>(), [(coin("BTC"), Own { quantity: quantity("1"), cost: aud("111") })]);
        let close = book.closes().next().unwrap();
        assert_eq!((close.cost, close.gain, close.is_exit, close.at), (aud("111"), aud("18"), false, NOW));
        assert_eq!(book.invested_max(), aud("222"));
        assert_eq!(own.of(Book::Live, &name("sma_cross")), None);
    }

    #[test]
    fn fills_of_one_order_are_one_close_and_more_than_it_has_closes_what_it_has() {
        let facts = [
            trade(Side::Buy, 1, 1, "2", "100"),
            trade(Side::Sell, 2, 1, "1", "90"),
            trade(Side::Sell, 2, 2, "5", "80"),
            trade(Side::Sell, 3, 1, "5", "80"),
        ];
        let own = fold(&facts);
        let book = own.of(Book::Paper, &name("sma_cross")).unwrap();
        assert_eq!(book.held().count(), 0);
        let closes: Vec<_> = book.closes().map(|close| (close.cost, close.gain, close.is_exit)).collect();
        assert_eq!(closes, [(aud("201"), aud("-33"), true)]);
    }

    #[test]
    fn a_fresh_wallet_begins_paper_anew() {
        let mut own = fold(&[trade(Side::Buy, 1, 1, "2", "100")]);
        own.apply(&Fact::PaperReset { cash: aud("5") });
        assert_eq!(own, OwnBooks::default());
    }
}
