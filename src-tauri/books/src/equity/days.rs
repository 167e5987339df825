//! What stood at the end of each local day.

use super::grown::GrownDays;
use crate::error::BooksError;
use crate::matching::Method;
use crate::picks::Picks;
use crate::pnl::PnlReport;
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::{Book, Decimal, Money, Timestamp, TradeRow};
use std::collections::BTreeMap;

/// Money paid into the book, or out of it (below zero).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CashMove {
    /// When.
    pub time: Timestamp,
    /// How much.
    pub amount: Money,
}

/// Which days of which book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EquityQuery {
    /// Whose money; rows of the other book are skipped.
    pub book: Book,
    /// Which parcels a sale uses up first: for realised and unrealised.
    pub method: Method,
    /// Parcels a person picked; they go before the method is asked.
    pub picks: Picks,
    /// Where days begin.
    pub zone: Tz,
    /// The first moment; the first day anything happened when none.
    pub from: Option<Timestamp>,
    /// The end, itself outside: now, or an earlier moment.
    pub to: Timestamp,
}

/// Why the cash of a book is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoCash {
    /// No deposit is recorded.
    NoDeposits,
    /// At the end of this day more was spent than was ever paid in: deposits are missing.
    BelowZero(NaiveDate),
}

impl NoCash {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoDeposits => "no_deposits",
            Self::BelowZero(_) => "deposits_missing",
        }
    }
}

/// What equity is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CashBasis {
    /// Cash and what is held.
    Known,
    /// What is held: a buy is money paid in, a sale money taken out.
    Traded(NoCash),
}

/// What flowed during a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flow {
    /// In less out.
    pub net: Decimal,
    /// The most that had flowed in by any moment; not below zero.
    pub peak: Decimal,
}

impl Flow {
    pub fn add(&mut self, amount: Decimal) -> Option<()> {
        self.net = self.net.checked_add(amount)?;
        self.peak = self.peak.max(self.net);
        Some(())
    }
}

/// What is held of a coin, and what its trades brought less what they cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stand {
    pub quantity: Decimal,
    /// Cash out of it less cash into it, coins that came from outside counted as cash into it.
    pub net: Decimal,
}

/// The end of a day. The first of a fold is the moment before the window.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Day {
    pub date: NaiveDate,
    pub end: Timestamp,
    pub cash: Decimal,
    /// With the cash known.
    pub flow: Flow,
    /// With every trade a flow.
    pub traded: Flow,
    pub bought: Decimal,
    pub sold: Decimal,
    pub buys: u32,
    pub sells: u32,
    /// Of what changed today, by coin.
    pub coins: Vec<(u32, Stand)>,
    /// Of what changed today, by algorithm and coin.
    pub pools: Vec<((u32, u32), Stand)>,
    /// Gains of the window's sales so far.
    pub realised: Decimal,
    /// The coins of a known cost and that cost, by coin, where it differs from the day before.
    pub costs: Option<Vec<(u32, Decimal, Decimal)>>,
    /// What came (or went, below zero) for a value nobody told, which the day's price stands in for.
    pub at_price: AtPrice,
}

/// Coins whose value is that of the end of their day.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct AtPrice {
    /// From outside, or to there.
    pub flows: Vec<(u32, Decimal)>,
    /// Into a coin's own sum.
    pub coins: Vec<(u32, Decimal)>,
    /// Into the sum of an algorithm's coin.
    pub pools: Vec<((u32, u32), Decimal)>,
}

impl AtPrice {
    /// The coins a price is needed of.
    fn named(&self) -> impl Iterator<Item = u32> + '_ {
        let pools = self.pools.iter().map(|((_, coin), _)| *coin);
        self.flows.iter().chain(&self.coins).map(|(coin, _)| *coin).chain(pools)
    }
}

/// Everything about a book's days but the prices.
#[derive(Debug, Clone)]
pub struct Days {
    pub(super) days: Vec<Day>,
    pub(super) basis: CashBasis,
    pub(super) report: PnlReport,
    pub(super) held_s: Option<f64>,
    pub(super) whole: bool,
}

impl Days {
    /// Folds trades in [`TradeRow::fold_order`] and cash in the order of time.
    ///
    /// # Errors
    /// [`BooksError`]: rows out of order, a figure beyond a decimal, or a window of too many days.
    pub fn fold(rows: &[TradeRow], cash: &[CashMove], query: &EquityQuery) -> Result<Self, BooksError> {
        Ok(GrownDays::new(rows, cash, query)?.into_days())
    }

    /// The moment before the first day, then the end of each day.
    #[must_use]
    pub fn ends(&self) -> Vec<Timestamp> {
        self.days.iter().map(|day| day.end).collect()
    }

    /// The days (as places in [`Self::ends`]) at whose end the price of each coin is needed, by coin number: it was held, or it
    /// came or went that day for a value nobody told.
    #[must_use]
    pub fn wanted(&self) -> BTreeMap<u32, Vec<usize>> {
        let mut held = BTreeMap::new();
        let mut wanted: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (at, day) in self.days.iter().enumerate() {
            for (coin, stand) in &day.coins {
                if stand.quantity.is_zero() {
                    held.remove(coin);
                } else {
                    held.insert(*coin, ());
                }
            }
            let moved: Vec<u32> = if at > 0 { day.at_price.named().collect() } else { Vec::new() };
            for coin in held.keys().copied().chain(moved) {
                let places = wanted.entry(coin).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
        }
        wanted
    }

    /// The coins held at the end of the first day with any, with their quantities, and that day's place.
    #[must_use]
    pub fn first_mix(&self) -> Option<(usize, Vec<(u32, Decimal)>)> {
        let mut held = BTreeMap::new();
        for (at, day) in self.days.iter().enumerate() {
            for (coin, stand) in &day.coins {
                held.insert(*coin, stand.quantity);
            }
            held.retain(|_, quantity| !quantity.is_zero());
            if !held.is_empty() {
                return Some((at, held.into_iter().collect()));
            }
        }
        None
    }
}
