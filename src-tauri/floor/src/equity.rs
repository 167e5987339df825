//! Where a book's equity comes from: what it was worth as the trader's day began, and at its highest.
//!
//! Each point carries an index: how much one dollar of the first point is worth now, money paid in and out left out. Day
//! start and peak are kept as indices, so that a deposit or withdrawal scales both by the share it scaled the equity by.
//!
//! | gap | what is taken |
//! |---|---|
//! | no point at midnight, one of the day before | the higher of that one and the day's first: a fall in the gap counts |
//! | none of the day before either | the day's first; the peak remembers what came before |
//! | a clock that went back over midnight | the highest of what the day began at and of now |
//! | the book was worth nothing | it begins anew |
//!
//! Invariants: a point is made of a known equity only; the peak never falls unless a person starts it anew. A trade that the venue tells after the look
//! it changed counts as paid out in money and in in coins: of it, only its fee is missed.

use domain::{Coin, Decimal, Look, Money, Quantity, Side, Timestamp};
use std::collections::BTreeMap;

/// Digits an index keeps.
const INDEX_DECIMALS: u32 = 18;
/// A local day and a little: the longest a day before can have lasted.
const DAY_BEFORE_S: i64 = 26 * 3_600;

/// The equity of a book at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EquityPoint {
    /// When.
    pub at: Timestamp,
    /// What the book was worth.
    pub equity: Money,
    /// What was paid in since the point before, less what was paid out.
    pub flow: Money,
    /// What a dollar of the first point is worth.
    pub index: Decimal,
    /// The highest index.
    pub peak: Decimal,
    /// The trader's midnight before.
    pub day: Timestamp,
    /// The index the day began at.
    pub day_index: Decimal,
}

impl EquityPoint {
    /// The point after `before`; none when a number is beyond every number.
    #[must_use]
    pub fn next(before: Option<&Self>, at: Timestamp, midnight: Timestamp, equity: Money, flow: Money) -> Option<Self> {
        let one = Decimal::ONE;
        let first = Self { at, equity, flow, index: one, peak: one, day: midnight, day_index: one };
        let Some(before) = before else { return Some(first) };
        let own = equity.checked_sub(flow).ok()?;
        if before.equity.amount() <= Decimal::ZERO || own.amount() <= Decimal::ZERO {
            return Some(first);
        }
        let grown = before.index.checked_mul(own.amount())?.checked_div(before.equity.amount())?;
        let index = grown.round_dp(INDEX_DECIMALS);
        let day_index = if midnight == before.day {
            before.day_index
        } else if midnight < before.day {
            before.day_index.max(before.index).max(index)
        } else if midnight.seconds_since(before.at) <= DAY_BEFORE_S {
            before.index.max(index)
        } else {
            index
        };
        Some(Self { index, peak: before.peak.max(index), day_index, ..first })
    }

    /// What the book was worth as the day began, in the money of now.
    #[must_use]
    pub fn day_start(&self) -> Option<Money> {
        self.at_index(self.day_index)
    }

    /// The most it ever was worth, in the money of now.
    #[must_use]
    pub fn highest(&self) -> Option<Money> {
        self.at_index(self.peak)
    }

    /// The point with the drawdown started anew: its highest is this index, and what came later.
    #[must_use]
    pub const fn with_peak(self, index: Decimal) -> Self {
        Self { peak: index, ..self }
    }

    fn at_index(&self, index: Decimal) -> Option<Money> {
        if self.index == index {
            return Some(self.equity);
        }
        self.equity.amount().checked_mul(index)?.checked_div(self.index).map(Money::aud)
    }
}

/// What an account held when the venue was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balances {
    /// When.
    pub at: Timestamp,
    /// Cash.
    pub cash: Decimal,
    /// Coins, and what one of each counted.
    pub coins: BTreeMap<Coin, (Quantity, Decimal)>,
}

/// What was paid in since, less what was paid out: everything that moved without a trade, coins at their price; none when
/// a coin moved of which nobody knows what it counts.
#[must_use]
pub fn paid_in(before: &Balances, look: &Look, counts: impl Fn(Coin) -> Option<Decimal>) -> Option<Money> {
    let mut cash = look.cash.checked_sub(before.cash)?;
    let mut moved: BTreeMap<Coin, Decimal> = BTreeMap::new();
    let mut add = |coin: Coin, coins: Decimal| {
        let sum = moved.entry(coin).or_default();
        *sum = sum.checked_add(coins)?;
        Some(())
    };
    for (coin, owned) in &look.coins {
        add(*coin, owned.decimal())?;
    }
    for (coin, (owned, _)) in &before.coins {
        add(*coin, -owned.decimal())?;
    }
    for row in look.done.iter().filter(|row| row.at > before.at && row.at <= look.at) {
        let value = row.rate.times(row.amount).ok()?.amount();
        match row.side {
            Side::Buy => {
                cash = cash.checked_add(value)?.checked_add(row.fee)?;
                add(row.coin, -row.amount.decimal())?;
            }
            Side::Sell => {
                cash = cash.checked_sub(value)?.checked_add(row.fee)?;
                add(row.coin, row.amount.decimal())?;
            }
        }
    }
    let mut sum = cash;
    for (coin, coins) in moved.into_iter().filter(|(_, coins)| !coins.is_zero()) {
        let each = counts(coin).or_else(|| before.coins.get(&coin).map(|(_, each)| *each))?;
        sum = sum.checked_add(each.checked_mul(coins)?)?;
    }
    Some(Money::aud(sum))
}

#[cfg(test)]
mod tests;
