//! Sums over trades and sales, grouped, within the window.

use super::{Narrow, Pick, Sale, Sink, Slice, Units, Wide, wide};
use crate::error::RowRef;
use crate::period::{Period, end_of_day};
use crate::picks::RowId;
use crate::pnl::{GroupBy, PnlQuery};
use chrono::NaiveDate;
use domain::{Cause, Side, Timestamp, TradeRow};
use std::cmp::Ordering;
use std::collections::HashMap;

/// What a group is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum GroupId {
    Coin(u32),
    Algorithm(u32),
    /// By the period's first local day.
    Period(NaiveDate),
    /// A set of labels.
    Labels(u32),
    /// One label of the sets.
    Label(u32),
}

/// The sums of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tally<N: Units> {
    pub proceeds: N::Sum,
    pub cost: N::Sum,
    pub fees: N::Sum,
    pub quantity: N::Sum,
    /// What coins were worth that came as income.
    pub income: N::Sum,
    pub trades: u64,
    pub wins: u64,
    pub losses: u64,
}

impl<N: Units> Default for Tally<N> {
    fn default() -> Self {
        let zero = N::Sum::default;
        Self {
            proceeds: zero(),
            cost: zero(),
            fees: zero(),
            quantity: zero(),
            income: zero(),
            trades: 0,
            wins: 0,
            losses: 0,
        }
    }
}

impl<N: Units> Tally<N> {
    pub fn add(&mut self, other: &Self) {
        self.proceeds += &other.proceeds;
        self.cost += &other.cost;
        self.fees += &other.fees;
        self.quantity += &other.quantity;
        self.income += &other.income;
        self.trades += other.trades;
        self.wins += other.wins;
        self.losses += other.losses;
    }

    pub fn realised(&self) -> N::Sum {
        let mut gain = self.proceeds.clone();
        gain -= &self.cost;
        gain
    }
}

/// Coins that went at no known price.
#[derive(Debug, Clone)]
pub(crate) struct Unpriced<N: Units> {
    pub quantity: N::Sum,
    pub cost: N::Sum,
}

/// Coins of a picked parcel that could not be used.
#[derive(Debug, Clone)]
pub(crate) struct Missed<N: Units> {
    pub sale: RowRef,
    pub parcel: RowId,
    pub quantity: N::Small,
}

const NO_GROUP: u32 = u32::MAX;

/// All sums of one report.
#[derive(Debug, Clone)]
pub(crate) struct Board<N: Units> {
    query: PnlQuery,
    pub groups: Vec<(GroupId, Tally<N>)>,
    index: HashMap<GroupId, u32>,
    /// Group of each pool; unused for periods and labels.
    of_pool: Vec<u32>,
    /// The last period and its group, and until when the next row is surely in it too: rows come in order of time.
    last_period: Option<(NaiveDate, u32)>,
    sure_until: Timestamp,
    /// Group of the row being folded; `NO_GROUP` outside the window.
    current: u32,
    /// Unmatched coins by coin number.
    pub unknown: HashMap<u32, N::Sum>,
    /// Coins that went at no known price, by coin number.
    pub unpriced: HashMap<u32, Unpriced<N>>,
    pub missed: Vec<Missed<N>>,
    /// What coins were worth that came as gifts or were there before, and that went as payments, gifts and network fees.
    pub received: N::Sum,
    pub spent: N::Sum,
    /// Sums of the gains above and below zero, and the ends of both.
    pub won: N::Sum,
    pub lost: N::Sum,
    pub largest_win: N::Sum,
    pub largest_loss: N::Sum,
}

impl<N: Units> Board<N> {
    pub fn new(query: PnlQuery) -> Self {
        let zero = N::Sum::default;
        Self {
            query,
            groups: Vec::new(),
            index: HashMap::new(),
            of_pool: Vec::new(),
            last_period: None,
            sure_until: Timestamp::from_micros(i64::MIN),
            current: NO_GROUP,
            unknown: HashMap::new(),
            unpriced: HashMap::new(),
            missed: Vec::new(),
            received: zero(),
            spent: zero(),
            won: zero(),
            lost: zero(),
            largest_win: zero(),
            largest_loss: zero(),
        }
    }

    /// The same sums for pools that are numbered otherwise.
    pub fn for_other_pools(&self) -> Self {
        Self { of_pool: Vec::new(), current: NO_GROUP, ..self.clone() }
    }

    pub fn total(&self) -> Tally<N> {
        let mut total = Tally::default();
        for (_, tally) in &self.groups {
            total.add(tally);
        }
        total
    }

    #[inline]
    fn group_of(&mut self, pool: usize, row: &TradeRow) -> u32 {
        if let Some(period) = self.query.by.period() {
            return match self.last_period {
                Some((_, group)) if row.time < self.sure_until => group,
                _ => self.period_group(period, row.time),
            };
        }
        match self.of_pool.get(pool) {
            Some(&group) if group != NO_GROUP => group,
            _ => self.pool_group(pool, row),
        }
    }

    #[cold]
    fn period_group(&mut self, period: Period, time: Timestamp) -> u32 {
        let first = period.start(time, self.query.zone);
        self.sure_until = end_of_day(time, self.query.zone);
        match self.last_period {
            Some((last, group)) if last == first => group,
            _ => {
                let group = self.open_group(GroupId::Period(first));
                self.last_period = Some((first, group));
                group
            }
        }
    }

    #[cold]
    fn pool_group(&mut self, pool: usize, row: &TradeRow) -> u32 {
        if self.query.by == GroupBy::Label {
            let set = self.query.labels.set_of(row);
            return self.open_group(GroupId::Labels(set));
        }
        let by_algorithm = self.query.by == GroupBy::Algorithm;
        let id = if by_algorithm { GroupId::Algorithm(row.algorithm) } else { GroupId::Coin(row.coin) };
        let group = self.open_group(id);
        if self.of_pool.len() <= pool {
            self.of_pool.resize(pool + 1, NO_GROUP);
        }
        self.of_pool[pool] = group;
        group
    }

    fn open_group(&mut self, id: GroupId) -> u32 {
        let next = self.groups.len() as u32; // as many as there are coins, algorithms, days or labelled rows
        let group = *self.index.entry(id).or_insert(next);
        if group == next {
            self.groups.push((id, Tally::default()));
        }
        group
    }
}

impl<N: Units> Sink<N> for Board<N> {
    const SLICES: bool = false;

    #[inline]
    fn fill(&mut self, pool: usize, row: &TradeRow, fee: &N::Sum) {
        self.current = if self.query.counts(row) { self.group_of(pool, row) } else { NO_GROUP };
        if let Some((_, tally)) = self.groups.get_mut(self.current as usize) {
            tally.fees += fee;
        }
    }

    fn slice(&mut self, _: &TradeRow, _: &Slice<N>) {}

    #[inline]
    fn sale(&mut self, row: &TradeRow, sale: &Sale<N>) {
        if self.current == NO_GROUP {
            return;
        }
        let none = N::Small::default();
        if sale.unmatched > none {
            *self.unknown.entry(row.coin).or_default() += &N::count(&sale.unmatched);
        }
        if sale.matched == none {
            return; // nothing was sold that we know the cost of
        }
        let mut gain = sale.proceeds.clone();
        gain -= &sale.cost;
        let outcome = gain.cmp(&N::Sum::default());
        let traded = matches!(row.cause(), None | Some(Cause::Swap));
        if let Some((_, tally)) = self.groups.get_mut(self.current as usize) {
            tally.proceeds += &sale.proceeds;
            tally.cost += &sale.cost;
            tally.quantity += &N::count(&sale.matched);
            tally.trades += u64::from(traded);
            tally.wins += u64::from(traded && outcome == Ordering::Greater);
            tally.losses += u64::from(traded && outcome == Ordering::Less);
        }
        if !traded {
            return;
        }
        match outcome {
            Ordering::Greater => {
                self.won += &gain;
                self.largest_win = gain.max(self.largest_win.clone());
            }
            Ordering::Less => {
                self.lost += &gain;
                self.largest_loss = gain.min(self.largest_loss.clone());
            }
            Ordering::Equal => {}
        }
    }

    fn moved(&mut self, cause: Cause, side: Side, value: &N::Sum) {
        let Some((_, tally)) = self.groups.get_mut(self.current as usize) else { return };
        match (cause, side) {
            (Cause::Income, _) => tally.income += value,
            (Cause::Gift | Cause::Opening, Side::Buy) => self.received += value,
            (Cause::Payment | Cause::Gift | Cause::NetworkFee, Side::Sell) => self.spent += value,
            _ => {}
        }
    }

    fn unpriced(&mut self, row: &TradeRow, quantity: &N::Small, cost: &N::Sum) {
        if self.current == NO_GROUP {
            return;
        }
        let zero = N::Sum::default;
        let sum = self.unpriced.entry(row.coin).or_insert_with(|| Unpriced { quantity: zero(), cost: zero() });
        sum.quantity += &N::count(quantity);
        sum.cost += cost;
    }

    fn missed(&mut self, row: &TradeRow, pick: &Pick<N>, quantity: &N::Small) {
        if self.current != NO_GROUP {
            let parcel = RowId { device: pick.device, seq: pick.seq };
            self.missed.push(Missed { sale: row.into(), parcel, quantity: quantity.clone() });
        }
    }
}

impl Unpriced<Narrow> {
    fn widen(&self) -> Unpriced<Wide> {
        Unpriced { quantity: wide::quantity(self.quantity), cost: wide::money(self.cost) }
    }
}

impl Missed<Narrow> {
    fn widen(&self) -> Missed<Wide> {
        Missed { sale: self.sale, parcel: self.parcel, quantity: wide::quantity(self.quantity) }
    }
}

impl Board<Narrow> {
    pub fn widen(&self) -> Board<Wide> {
        let tally = |t: &Tally<Narrow>| Tally {
            proceeds: wide::money(t.proceeds),
            cost: wide::money(t.cost),
            fees: wide::money(t.fees),
            quantity: wide::quantity(t.quantity),
            income: wide::money(t.income),
            trades: t.trades,
            wins: t.wins,
            losses: t.losses,
        };
        Board {
            query: self.query.clone(),
            groups: self.groups.iter().map(|(id, t)| (*id, tally(t))).collect(),
            index: self.index.clone(),
            of_pool: self.of_pool.clone(),
            last_period: self.last_period,
            sure_until: self.sure_until,
            current: self.current,
            unknown: self.unknown.iter().map(|(coin, sum)| (*coin, wide::quantity(*sum))).collect(),
            unpriced: self.unpriced.iter().map(|(coin, sum)| (*coin, sum.widen())).collect(),
            missed: self.missed.iter().map(Missed::widen).collect(),
            received: wide::money(self.received),
            spent: wide::money(self.spent),
            won: wide::money(self.won),
            lost: wide::money(self.lost),
            largest_win: wide::money(self.largest_win),
            largest_loss: wide::money(self.largest_loss),
        }
    }
}
