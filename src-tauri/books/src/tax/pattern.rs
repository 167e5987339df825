//! Sales at a loss with the same coin bought around them: pointed out, never judged.
//!
//! TR 2008/1 asks whether such a sale was made to obtain a tax benefit; a program can't know that. It can say where somebody
//! may ask. A purchase that the sale itself used up is no repurchase.
//!
//! Rows come one at a time, in their order: of each coin the purchases of late are kept, and the sales at a loss that later
//! purchases may still belong to. Only the first [`PATTERNS_TOLD`] are told in full; the others are counted.

use super::year::TaxDisposal;
use crate::picks::RowId;
use domain::{Money, Quantity, Timestamp, TradeRow};
use std::collections::{HashMap, VecDeque};

/// Days before and after a sale that are looked at.
pub const DAYS_AROUND: i64 = 30;
/// Patterns that are told of one year.
pub const PATTERNS_TOLD: usize = 200;
pub(super) const DAY_MICROS: i64 = 86_400_000_000;

/// A sale at a loss, and what was bought of the coin around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// Number of the coin.
    pub coin: u32,
    /// When it was sold.
    pub sold: Timestamp,
    /// Coins sold at a loss.
    pub quantity: Quantity,
    /// The loss, as an amount above zero.
    pub loss: Money,
    /// Coins bought in the days before and after, without those that were sold.
    pub bought: Quantity,
    /// The purchase nearest to the sale.
    pub nearest: Timestamp,
}

/// A sale's place: its moment, then its row.
type Place = (Timestamp, u32, u64);

/// A sale at a loss, with what was bought around it so far.
#[derive(Debug, Clone)]
struct Losing {
    place: Place,
    pattern: Pattern,
    /// Purchases it used up.
    used: Vec<RowId>,
}

impl Losing {
    /// Whether a purchase at a moment behind it is still around it.
    fn reaches(&self, time: Timestamp) -> bool {
        time <= self.pattern.sold.plus_micros(DAYS_AROUND * DAY_MICROS)
    }

    /// Takes a purchase around it, as far as the sum is no more than a decimal holds.
    fn take(&mut self, bought: &Bought, first: bool) {
        let Ok(sum) = self.pattern.bought.checked_add(bought.quantity) else { return };
        self.pattern.bought = sum;
        let distance = |time: Timestamp| (time.micros() - self.pattern.sold.micros()).abs();
        if first || distance(bought.time) < distance(self.pattern.nearest) {
            self.pattern.nearest = bought.time;
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Bought {
    time: Timestamp,
    row: RowId,
    quantity: Quantity,
}

/// One coin's purchases of late, and its sales at a loss.
#[derive(Debug, Clone, Default)]
struct OfCoin {
    bought: VecDeque<Bought>,
    /// Its first sales with a purchase around them, in their order.
    told: Vec<Losing>,
    /// Late sales without one yet.
    waiting: Vec<Losing>,
    found: usize,
}

impl OfCoin {
    fn forget(&mut self, now: Timestamp) {
        let since = now.plus_micros(-DAYS_AROUND * DAY_MICROS);
        while self.bought.front().is_some_and(|bought| bought.time < since) {
            self.bought.pop_front();
        }
    }

    fn buy(&mut self, bought: Bought) {
        // The last of them lie latest: those that are too far back come first.
        let late = self.told.partition_point(|losing| !losing.reaches(bought.time));
        for losing in self.told.iter_mut().skip(late) {
            losing.take(&bought, false);
        }
        self.waiting.retain(|losing| losing.reaches(bought.time));
        for mut losing in std::mem::take(&mut self.waiting) {
            losing.take(&bought, true);
            self.find(losing);
        }
        self.forget(bought.time);
        self.bought.push_back(bought);
    }

    fn find(&mut self, losing: Losing) {
        self.found += 1;
        let at = self.told.partition_point(|known| known.place < losing.place);
        if at < PATTERNS_TOLD {
            self.told.insert(at, losing);
            self.told.truncate(PATTERNS_TOLD);
        }
    }

    fn sell(&mut self, mut losing: Losing) {
        self.forget(losing.pattern.sold);
        let is_other = |bought: &&Bought| !losing.used.contains(&bought.row);
        if !self.bought.iter().rev().any(|bought| is_other(&bought)) {
            self.waiting.push(losing);
            return;
        }
        // Later ones come later: beyond those that are told, sums need not be known.
        if self.told.len() < PATTERNS_TOLD {
            let others: Vec<Bought> = self.bought.iter().filter(is_other).copied().collect();
            for (at, bought) in others.iter().enumerate() {
                losing.take(bought, at == 0);
            }
        }
        self.find(losing);
    }
}

/// The patterns of a year, as its rows come.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    coins: HashMap<u32, OfCoin>,
}

impl Around {
    /// A purchase.
    pub fn bought(&mut self, row: &TradeRow) {
        let bought = Bought { time: row.time, row: row.into(), quantity: row.quantity };
        self.coins.entry(row.coin).or_default().buy(bought);
    }

    /// The lines at a loss of one sale.
    pub fn sold(&mut self, lines: &[TaxDisposal]) {
        let Some((first, sale)) = lines.first().and_then(|first| Some((first, first.sale?))) else { return };
        let quantity = lines.iter().map(|line| line.quantity).try_fold(Quantity::ZERO, Quantity::checked_add);
        let loss = lines.iter().map(|line| line.gain).try_fold(Money::ZERO_AUD, Money::checked_sub);
        let (Ok(quantity), Ok(loss)) = (quantity, loss) else { return };
        let (coin, sold) = (first.coin, first.disposed);
        let losing = Losing {
            place: (sale.time, sale.device, sale.seq),
            pattern: Pattern { coin, sold, quantity, loss, bought: Quantity::ZERO, nearest: sold },
            used: lines.iter().map(|line| RowId::from(&line.parcel)).collect(),
        };
        self.coins.entry(coin).or_default().sell(losing);
    }

    /// The first of them, in the order of the sales, and how many there are.
    pub fn told(&self) -> (Vec<Pattern>, usize) {
        let mut told: Vec<&Losing> = self.coins.values().flat_map(|coin| &coin.told).collect();
        told.sort_by_key(|losing| losing.place);
        let found = self.coins.values().map(|coin| coin.found).sum();
        (told.into_iter().take(PATTERNS_TOLD).map(|losing| losing.pattern).collect(), found)
    }
}
