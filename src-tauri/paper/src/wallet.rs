//! The paper wallet: cash and coins, folded from facts.
//!
//! Invariants: neither ever goes below zero; a fact that would take them there is an error and changes nothing. What
//! open orders set aside is kept by the order fold, so that there is one count of it.

use domain::{AmountError, Book, Coin, Currency, Decimal, Fact, Money, OrderId, Quantity, Side, Trade};
use floor::Orders;
use std::collections::BTreeMap;

/// What a new workspace's paper wallet starts with.
pub const STARTING_CASH_AUD: i64 = 100_000;

/// Why a fact does not fit the wallet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WalletError {
    /// A wallet can't start with this.
    #[error("a paper wallet can't start with {0}: give zero or more AUD")]
    BadCash(Money),
    /// A trade costs more than there is.
    #[error("a paper trade of {coin} (order {order:?}) needs {needed}, but the wallet has {cash}")]
    CashNegative {
        /// The coin bought.
        coin: Coin,
        /// The order it belongs to.
        order: Option<OrderId>,
        /// What it costs.
        needed: Money,
        /// What there is.
        cash: Money,
    },
    /// A trade sells more than there is.
    #[error("a paper sale of {needed} {coin} (order {order:?}), but the wallet has {held}")]
    CoinsNegative {
        /// The coin sold.
        coin: Coin,
        /// The order it belongs to.
        order: Option<OrderId>,
        /// What it sells.
        needed: Quantity,
        /// What there is.
        held: Quantity,
    },
    /// Open orders set aside more than there is.
    #[error("open paper orders set aside more {what} than the wallet has")]
    OverReserved {
        /// `cash`, or the coin's name.
        what: String,
    },
    /// A number that can't be computed.
    #[error("the paper wallet can't be computed: {0}")]
    Amount(#[from] AmountError),
}

impl WalletError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadCash(_) => "wallet_cash_bad",
            Self::CashNegative { .. } => "wallet_cash_negative",
            Self::CoinsNegative { .. } => "wallet_coins_negative",
            Self::OverReserved { .. } => "wallet_over_reserved",
            Self::Amount(_) => "amount_too_large",
        }
    }
}

/// Paper cash and coins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    cash: Money,
    coins: BTreeMap<Coin, Quantity>,
}

impl Default for Wallet {
    fn default() -> Self {
        Self { cash: Money::ZERO_AUD, coins: BTreeMap::new() }
    }
}

impl Wallet {
    /// The fact that starts a wallet afresh.
    ///
    /// # Errors
    /// [`WalletError::BadCash`] below zero or in another currency.
    pub fn reset(cash: Money) -> Result<Fact, WalletError> {
        if cash.currency() != Currency::AUD || cash.amount() < Decimal::ZERO {
            return Err(WalletError::BadCash(cash));
        }
        Ok(Fact::PaperReset { cash })
    }

    /// Takes a fact of the journal; those that don't touch paper money change nothing.
    ///
    /// # Errors
    /// [`WalletError`]; nothing has changed then.
    pub fn apply(&mut self, fact: &Fact) -> Result<(), WalletError> {
        match fact {
            Fact::PaperReset { cash } => {
                Self::reset(*cash)?;
                *self = Self { cash: *cash, coins: BTreeMap::new() };
                Ok(())
            }
            Fact::Trade(trade) if trade.book == Book::Paper => self.trade(trade),
            _ => Ok(()),
        }
    }

    fn trade(&mut self, trade: &Trade) -> Result<(), WalletError> {
        let change = trade.cash_change()?;
        let cash = self.cash.checked_add(change)?;
        if cash.amount() < Decimal::ZERO {
            let needed = Money::ZERO_AUD.checked_sub(change)?;
            return Err(WalletError::CashNegative { coin: trade.coin, order: trade.order, needed, cash: self.cash });
        }
        let held = self.coins(trade.coin);
        let coins = match trade.side {
            Side::Buy => held.checked_add(trade.quantity)?,
            Side::Sell => held.checked_sub(trade.quantity).map_err(|_| WalletError::CoinsNegative {
                coin: trade.coin,
                order: trade.order,
                needed: trade.quantity,
                held,
            })?,
        };
        self.cash = cash;
        if coins.is_zero() {
            self.coins.remove(&trade.coin);
        } else {
            self.coins.insert(trade.coin, coins);
        }
        Ok(())
    }

    /// Money paid in or, below zero, taken out. Paper money of a workspace begins and ends with a reset; this is for a replay,
    /// which has no journal.
    ///
    /// # Errors
    /// [`WalletError::BadCash`] when less than nothing would be left; nothing has changed then.
    pub fn pay(&mut self, amount: Money) -> Result<(), WalletError> {
        let cash = self.cash.checked_add(amount)?;
        Self::reset(cash)?;
        self.cash = cash;
        Ok(())
    }

    /// All cash, also what open orders set aside.
    #[must_use]
    pub const fn cash(&self) -> Money {
        self.cash
    }

    /// All of one coin, also what open orders set aside.
    #[must_use]
    pub fn coins(&self, coin: Coin) -> Quantity {
        self.coins.get(&coin).copied().unwrap_or(Quantity::ZERO)
    }

    /// Every coin held, by name.
    pub fn holdings(&self) -> impl Iterator<Item = (Coin, Quantity)> + '_ {
        self.coins.iter().map(|(&coin, &quantity)| (coin, quantity))
    }

    /// Cash beside what open orders set aside.
    ///
    /// # Errors
    /// [`WalletError::OverReserved`]: orders and wallet were folded from different journals.
    pub fn available_cash(&self, orders: &Orders) -> Result<Money, WalletError> {
        let free = self.cash.checked_sub(orders.reserved_cash(Book::Paper))?;
        if free.amount() < Decimal::ZERO {
            return Err(WalletError::OverReserved { what: "cash".to_owned() });
        }
        Ok(free)
    }

    /// A coin's holding beside what open orders set aside.
    ///
    /// # Errors
    /// [`WalletError::OverReserved`]: orders and wallet were folded from different journals.
    pub fn available_coins(&self, coin: Coin, orders: &Orders) -> Result<Quantity, WalletError> {
        let reserved = orders.reserved_coins(Book::Paper, coin);
        self.coins(coin).checked_sub(reserved).map_err(|_| WalletError::OverReserved { what: coin.to_string() })
    }
}

#[cfg(test)]
mod tests;
