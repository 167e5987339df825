//! What the exchange remembers of the account.

use super::{Habits, Side, Transfer, Truth};
use rust_decimal::{Decimal, RoundingStrategy};
use std::collections::{BTreeMap, HashMap};

/// Digits of an amount of coins.
pub(super) const COIN_PLACES: u32 = 8;
/// The fee on the book: 0.1 %.
pub(super) const BOOK_FEE: Decimal = Decimal::from_parts(1, 0, 0, false, 3);
/// The fee of an instant trade: 1 %.
pub(super) const INSTANT_FEE: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// Orders that may rest at once.
pub(super) const OPEN_MAX: usize = 10_000;

/// An order on the book.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub id: String,
    pub side: Side,
    pub coin: String,
    /// As placed.
    pub amount: Decimal,
    pub left: Decimal,
    pub rate: Decimal,
    pub created_ms: i64,
}

/// A row of the history.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub row: String,
    pub order: Option<String>,
    pub side: Side,
    pub coin: String,
    pub amount: Decimal,
    pub rate: Decimal,
    pub fee: Decimal,
    pub at_ms: i64,
}

impl Done {
    pub fn total(&self) -> Decimal {
        self.amount * self.rate
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub habits: Habits,
    pub nonces: HashMap<String, u64>,
    pub aud: Decimal,
    pub coins: BTreeMap<String, Decimal>,
    pub open: Vec<Open>,
    pub done: Vec<Done>,
    /// What moved without a trade, oldest first.
    pub transfers: Vec<Transfer>,
    pub placed: u64,
    pub ids: u64,
    /// The world step up to which resting orders were looked at.
    pub settled: i64,
}

impl State {
    pub fn new(aud: Decimal, coins: &[(String, Decimal)], now_ms: i64) -> Self {
        let coins = coins.iter().cloned().collect();
        Self { aud, coins, settled: super::matching::step_of(now_ms), ..Self::default() }
    }

    /// An id as the exchange writes them: 24 hex digits.
    pub fn next_id(&mut self) -> String {
        self.ids += 1;
        format!("{:024x}", 0x6a00_0000_0000_0000_u128 * 0x1_0000_0000 + u128::from(self.ids))
    }

    pub fn of(&self, coin: &str) -> Decimal {
        self.coins.get(coin).copied().unwrap_or_default()
    }

    /// What resting orders hold back: AUD with their fees, or coins.
    pub fn locked(&self, coin: Option<&str>) -> Decimal {
        let held = |open: &Open| match (open.side, coin) {
            (Side::Buy, None) => open.left * open.rate * (Decimal::ONE + BOOK_FEE),
            (Side::Sell, Some(coin)) if open.coin == coin => open.left,
            _ => Decimal::ZERO,
        };
        self.open.iter().map(held).sum()
    }

    pub fn available(&self, coin: Option<&str>) -> Decimal {
        coin.map_or(self.aud, |coin| self.of(coin)) - self.locked(coin)
    }

    /// Books a trade: balances and history.
    pub fn book(
        &mut self,
        order: Option<String>,
        side: Side,
        coin: &str,
        (amount, rate): (Decimal, Decimal),
        at_ms: i64,
    ) {
        let fee_rate = if order.is_some() { BOOK_FEE } else { INSTANT_FEE };
        let fee = (amount * rate * fee_rate).round_dp_with_strategy(COIN_PLACES, RoundingStrategy::AwayFromZero);
        let row = self.next_id();
        let done = Done { row, order, side, coin: coin.to_owned(), amount, rate, fee, at_ms };
        let held = self.coins.entry(coin.to_owned()).or_default();
        match side {
            Side::Buy => {
                *held += amount;
                self.aud -= done.total() + fee;
            }
            Side::Sell => {
                *held -= amount;
                self.aud += done.total() - fee;
            }
        }
        self.done.push(done);
    }

    pub fn truth(&self) -> Truth {
        Truth {
            aud: self.aud.normalize(),
            coins: self
                .coins
                .iter()
                .filter(|(_, held)| !held.is_zero())
                .map(|(c, held)| (c.clone(), held.normalize()))
                .collect(),
            resting: self.open.iter().map(Open::resting).collect(),
            executed: self.done.iter().map(Done::executed).collect(),
            placed: self.placed,
        }
    }
}
