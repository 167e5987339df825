//! One pass over trades and cash, up to a moment of a day.

use super::days::{AtPrice, CashBasis, CashMove, Day, Flow, NoCash, Stand};
use crate::books::Books;
use crate::error::BooksError;
use crate::period::{Period, day_start};
use crate::pnl::{PnlQuery, PnlReport};
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::{Cause, Decimal, RowKind, Side, Timestamp, TradeRow, Worth};
use std::collections::HashMap;

/// One kind of pools and which of them changed today.
#[derive(Debug, Clone)]
struct Stands<K> {
    index: HashMap<K, usize>,
    all: Vec<(K, Stand)>,
    changed: Vec<usize>,
}

impl<K: Copy + Eq + std::hash::Hash> Stands<K> {
    fn new() -> Self {
        Self { index: HashMap::new(), all: Vec::new(), changed: Vec::new() }
    }

    fn at(&mut self, key: K) -> usize {
        let all = &mut self.all;
        let at = *self.index.entry(key).or_insert_with(|| {
            all.push((key, Stand::default()));
            all.len() - 1
        });
        if self.changed.last() != Some(&at) {
            self.changed.push(at);
        }
        at
    }

    /// Coins that came or went; how many went that were never seen coming in.
    fn step(&mut self, key: K, side: Side, quantity: Decimal) -> Option<Decimal> {
        let at = self.at(key);
        let (_, stand) = self.all.get_mut(at)?;
        match side {
            Side::Buy => stand.quantity = stand.quantity.checked_add(quantity)?,
            Side::Sell if quantity > stand.quantity => {
                let lacking = quantity.checked_sub(stand.quantity)?;
                stand.quantity = Decimal::ZERO;
                return Some(lacking);
            }
            Side::Sell => stand.quantity = stand.quantity.checked_sub(quantity)?,
        }
        Some(Decimal::ZERO)
    }

    fn add(&mut self, key: K, net: Decimal) -> Option<()> {
        let at = self.at(key);
        let (_, stand) = self.all.get_mut(at)?;
        stand.net = stand.net.checked_add(net)?;
        Some(())
    }

    /// Coins that came or went for an amount (above zero for those that went); the part of it that belongs to coins that were
    /// never seen coming in.
    fn trade(&mut self, key: K, row: &TradeRow, amount: Decimal) -> Option<Decimal> {
        let quantity = row.quantity.decimal();
        let lacking = self.step(key, row.side, quantity)?;
        let unseen = if lacking == quantity { amount } else { share(amount, lacking, quantity)? };
        self.add(key, amount.checked_sub(unseen)?)?;
        Some(unseen)
    }

    fn changed(&self) -> Vec<(K, Stand)> {
        let mut changed = self.changed.clone();
        changed.sort_unstable();
        changed.dedup();
        changed.into_iter().filter_map(|at| self.all.get(at).copied()).collect()
    }
}

/// Decimals a share of a sale's cash is cut at: few enough that sums with it stay exact.
const SHARE_DECIMALS: u32 = 12;

/// `cash` × `part` ÷ `whole`, where `part` is less than `whole`.
fn share(cash: Decimal, part: Decimal, whole: Decimal) -> Option<Decimal> {
    if part.is_zero() {
        return Some(part);
    }
    Some(cash.checked_mul(part.checked_div(whole)?)?.trunc_with_scale(SHARE_DECIMALS))
}

/// Trades and cash up to a moment of a day.
#[derive(Debug, Clone)]
pub(super) struct Fold {
    zone: Tz,
    books: Books,
    coins: Stands<u32>,
    pools: Stands<(u32, u32)>,
    cash: Decimal,
    paid: bool,
    /// The local day of the last thing that happened, and when it ends.
    today: (NaiveDate, Timestamp),
    below_zero: Option<NaiveDate>,
    day: Day,
    any: bool,
    /// Coins one algorithm gave and the next row hands to another.
    handed: Decimal,
    /// Seconds held and cost of what was sold in the window.
    held: (f64, f64),
}

fn large() -> BooksError {
    BooksError::SumTooLarge { what: "the equity" }
}

impl Fold {
    pub fn begin(asked: PnlQuery) -> Self {
        Self {
            zone: asked.zone,
            books: Books::new(asked),
            coins: Stands::new(),
            pools: Stands::new(),
            cash: Decimal::ZERO,
            paid: false,
            today: (NaiveDate::default(), Timestamp::from_micros(i64::MIN)),
            below_zero: None,
            day: Day::empty(Decimal::ZERO),
            any: false,
            handed: Decimal::ZERO,
            held: (0.0, 0.0),
        }
    }

    /// What equity is made of, if nothing more happens.
    pub fn basis(&self) -> CashBasis {
        let below_zero = self.below_zero.or_else(|| (self.cash < Decimal::ZERO).then_some(self.today.0));
        match (self.paid, below_zero) {
            (false, _) => CashBasis::Traded(NoCash::NoDeposits),
            (true, Some(date)) => CashBasis::Traded(NoCash::BelowZero(date)),
            (true, None) => CashBasis::Known,
        }
    }

    /// The sales of the window so far.
    pub fn report(&self) -> Result<PnlReport, BooksError> {
        self.books.report(&|_| None)
    }

    /// Mean time that what was sold had been held, weighted by its cost.
    pub fn held_s(&self) -> Option<f64> {
        let (seconds, cost) = self.held;
        (cost > 0.0).then(|| seconds / cost).filter(|held| held.is_finite())
    }

    /// Looks, once a day, whether there was more cash spent than paid in; days before the window too.
    fn pass(&mut self, time: Timestamp) {
        if time < self.today.1 {
            return;
        }
        if self.cash < Decimal::ZERO {
            self.below_zero.get_or_insert(self.today.0);
        }
        let date = Period::Day.start(time, self.zone);
        let end = date.succ_opt().and_then(|next| day_start(next, self.zone));
        self.today = (date, end.unwrap_or(time).max(time.plus_micros(1)));
    }

    pub fn trade(&mut self, row: &TradeRow) -> Result<(), BooksError> {
        self.pass(row.time);
        let Self { books, held, .. } = self;
        books.apply_each(row, &mut |slice| {
            if let Ok(cost) = f64::try_from(slice.cost.amount()) {
                held.0 += cost * slice.disposed.seconds_since(slice.acquired) as f64;
                held.1 += cost;
            }
        })?;
        self.any = true;
        self.count(row).ok_or_else(large)
    }

    fn count(&mut self, row: &TradeRow) -> Option<()> {
        match row.kind {
            RowKind::Trade => self.traded(row),
            RowKind::Moved { cause: Cause::Between, .. } => self.between(row),
            RowKind::Moved { cause, worth } => {
                let value = match worth {
                    Worth::Known => Some(row.price.decimal()),
                    Worth::Nothing => Some(Decimal::ZERO),
                    Worth::Unknown => None,
                };
                self.moved(row, cause, value)
            }
        }
    }

    fn traded(&mut self, row: &TradeRow) -> Option<()> {
        let value = row.price.times(row.quantity).ok()?.amount();
        let day = &mut self.day;
        let cash = match row.side {
            Side::Buy => {
                day.bought = day.bought.checked_add(value)?;
                day.buys = day.buys.saturating_add(1);
                -value.checked_add(row.fee)?
            }
            Side::Sell => {
                day.sold = day.sold.checked_add(value)?;
                day.sells = day.sells.saturating_add(1);
                value.checked_sub(row.fee)?
            }
        };
        let unseen = self.coins.trade(row.coin, row, cash)?;
        self.pools.trade((row.algorithm, row.coin), row, cash)?;
        self.cash = self.cash.checked_add(cash)?;
        day.flow.add(unseen)?;
        day.traded.add(unseen.checked_sub(cash)?)
    }

    /// Coins that came or went without a trade: income, losses and fees are gains and losses, swaps are neither, the rest came
    /// from outside or went there.
    fn moved(&mut self, row: &TradeRow, cause: Cause, value: Option<Decimal>) -> Option<()> {
        let pool = (row.algorithm, row.coin);
        let quantity = row.quantity.decimal();
        if !row.fee.is_zero() {
            self.cash = self.cash.checked_sub(row.fee)?;
            self.day.traded.add(row.fee)?;
            self.coins.add(row.coin, -row.fee)?;
            self.pools.add(pool, -row.fee)?;
        }
        let sign = if row.side == Side::Buy { -Decimal::ONE } else { Decimal::ONE };
        match (cause, value) {
            (Cause::Income | Cause::NetworkFee | Cause::Lost | Cause::Between, _) => {
                self.coins.step(row.coin, row.side, quantity)?;
                self.pools.step(pool, row.side, quantity)?;
            }
            (Cause::Swap | Cause::Gift | Cause::Opening | Cause::Payment, Some(value)) => {
                let amount = sign.checked_mul(value)?;
                let unseen = self.coins.trade(row.coin, row, amount)?;
                self.pools.trade(pool, row, amount)?;
                let outside = if cause == Cause::Swap { unseen } else { unseen.checked_sub(amount)? };
                self.day.flow.add(outside)?;
                self.day.traded.add(outside)?;
            }
            (Cause::Swap | Cause::Gift | Cause::Opening | Cause::Payment, None) => {
                let lacking = self.coins.step(row.coin, row.side, quantity)?;
                let lacking_there = self.pools.step(pool, row.side, quantity)?;
                let known = quantity.checked_sub(lacking)?;
                let at_price = &mut self.day.at_price;
                at_price.coins.push((row.coin, -sign * known));
                at_price.pools.push((pool, -sign * quantity.checked_sub(lacking_there)?));
                let outside = if cause == Cause::Swap { lacking } else { -sign * known };
                at_price.flows.extend((!outside.is_zero()).then_some((row.coin, outside)));
            }
        }
        Some(())
    }

    /// Coins that change hands between algorithms, at the day's price: by coin nothing happens.
    fn between(&mut self, row: &TradeRow) -> Option<()> {
        let pool = (row.algorithm, row.coin);
        let quantity = row.quantity.decimal();
        let moved = match row.side {
            Side::Sell => {
                let lacking = self.pools.step(pool, row.side, quantity)?;
                self.handed = quantity.checked_sub(lacking)?;
                -self.handed
            }
            Side::Buy => {
                let handed = std::mem::take(&mut self.handed);
                self.pools.step(pool, row.side, handed)?;
                handed
            }
        };
        self.day.at_price.pools.push((pool, moved));
        Some(())
    }

    pub fn pay(&mut self, paid: &CashMove) -> Result<(), BooksError> {
        self.pass(paid.time);
        self.paid = true;
        let amount = paid.amount.amount();
        self.cash = self.cash.checked_add(amount).ok_or_else(large)?;
        self.day.flow.add(amount).ok_or_else(large)
    }

    /// The running day if it ended here.
    pub fn running(&self, date: NaiveDate, end: Timestamp) -> Result<Day, BooksError> {
        let mut day = self.day.clone();
        if self.any {
            let standing = self.books.standing()?;
            day.realised = standing.realised.amount();
            day.costs =
                Some(standing.held.iter().map(|(coin, known, cost)| (*coin, known.decimal(), cost.amount())).collect());
        }
        (day.date, day.end, day.cash) = (date, end, self.cash);
        (day.coins, day.pools) = (self.coins.changed(), self.pools.changed());
        Ok(day)
    }

    /// Ends the running day and begins the next.
    pub fn end(&mut self, date: NaiveDate, end: Timestamp) -> Result<Day, BooksError> {
        let day = self.running(date, end)?;
        (self.day, self.any) = (Day::empty(day.realised), false);
        self.coins.changed.clear();
        self.pools.changed.clear();
        Ok(day)
    }
}

impl Day {
    fn empty(realised: Decimal) -> Self {
        Self {
            date: NaiveDate::default(),
            end: Timestamp::default(),
            cash: Decimal::ZERO,
            flow: Flow::default(),
            traded: Flow::default(),
            bought: Decimal::ZERO,
            sold: Decimal::ZERO,
            buys: 0,
            sells: 0,
            coins: Vec::new(),
            pools: Vec::new(),
            realised,
            costs: None,
            at_price: AtPrice::default(),
        }
    }
}
