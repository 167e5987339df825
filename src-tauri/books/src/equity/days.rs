//! One pass over trades and cash: what stood at the end of each local day.

use crate::books::Books;
use crate::error::BooksError;
use crate::matching::Method;
use crate::period::{Period, day_start};
use crate::pnl::{GroupBy, PnlQuery, PnlReport};
use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::{Book, Cause, Decimal, Money, RowKind, Side, Timestamp, TradeRow, Worth};
use std::collections::{BTreeMap, HashMap};

/// Days of one curve at most: 27 years.
const DAYS_MAX: usize = 10_000;

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
    fn add(&mut self, amount: Decimal) -> Option<()> {
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

/// One kind of pools and which of them changed today.
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

    fn take_changed(&mut self) -> Vec<(K, Stand)> {
        self.changed.sort_unstable();
        self.changed.dedup();
        let changed = self.changed.iter().filter_map(|at| self.all.get(*at).copied()).collect();
        self.changed.clear();
        changed
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

struct Fold<'a> {
    query: &'a EquityQuery,
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

impl Fold<'_> {
    /// Looks, once a day, whether there was more cash spent than paid in; days before the window too.
    fn pass(&mut self, time: Timestamp) {
        if time < self.today.1 {
            return;
        }
        if self.cash < Decimal::ZERO {
            self.below_zero.get_or_insert(self.today.0);
        }
        let date = Period::Day.start(time, self.query.zone);
        let end = date.succ_opt().and_then(|next| day_start(next, self.query.zone));
        self.today = (date, end.unwrap_or(time).max(time.plus_micros(1)));
    }

    fn trade(&mut self, row: &TradeRow) -> Result<(), BooksError> {
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

    fn pay(&mut self, paid: &CashMove) -> Result<(), BooksError> {
        self.pass(paid.time);
        self.paid = true;
        let amount = paid.amount.amount();
        self.cash = self.cash.checked_add(amount).ok_or_else(large)?;
        self.day.flow.add(amount).ok_or_else(large)
    }

    /// Ends the running day and begins the next.
    fn end(&mut self, date: NaiveDate, end: Timestamp) -> Result<Day, BooksError> {
        if std::mem::take(&mut self.any) {
            let standing = self.books.standing()?;
            self.day.realised = standing.realised.amount();
            self.day.costs =
                Some(standing.held.iter().map(|(coin, known, cost)| (*coin, known.decimal(), cost.amount())).collect());
        }
        let next = Day::empty(self.day.realised);
        let mut day = std::mem::replace(&mut self.day, next);
        (day.date, day.end, day.cash) = (date, end, self.cash);
        (day.coins, day.pools) = (self.coins.take_changed(), self.pools.take_changed());
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

/// The ends of the days from a moment to another, each with its date; and whether the last one is over.
fn ends(from: Timestamp, to: Timestamp, zone: Tz) -> Result<(Vec<(NaiveDate, Timestamp)>, bool), BooksError> {
    let mut ends = Vec::new();
    let mut date = Period::Day.start(from, zone);
    let mut begin = from;
    while begin < to {
        if ends.len() == DAYS_MAX {
            return Err(BooksError::TooManyDays { days: DAYS_MAX });
        }
        let Some(next) = date.succ_opt() else { break };
        // A zone may leave a day out: then it has no end of its own.
        let end = day_start(next, zone).unwrap_or(begin).max(begin);
        if end > begin {
            ends.push((date, end.min(to)));
        }
        (date, begin) = (next, end);
    }
    Ok((ends, begin == to))
}

impl Days {
    /// Folds trades in [`TradeRow::fold_order`] and cash in the order of time.
    ///
    /// # Errors
    /// [`BooksError`]: rows out of order, a figure beyond a decimal, or a window of too many days.
    pub fn fold(rows: &[TradeRow], cash: &[CashMove], query: &EquityQuery) -> Result<Self, BooksError> {
        let first = rows.iter().find(|row| row.book == query.book).map(|row| row.time);
        let first = [first, cash.first().map(|paid| paid.time)].into_iter().flatten().min();
        let begin = query.from.or_else(|| Some(day_begin(first?, query.zone))).unwrap_or(query.to).min(query.to);
        let (ends, whole) = ends(begin, query.to, query.zone)?;
        let asked = PnlQuery {
            method: query.method,
            by: GroupBy::Coin,
            from: Some(begin),
            to: Some(query.to),
            zone: query.zone,
            ..PnlQuery::of(query.book)
        };
        let mut fold = Fold {
            query,
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
        };
        let before = Period::Day.start(begin.plus_micros(-1), query.zone);
        let mut days = Vec::with_capacity(ends.len() + 1);
        let (mut rows, mut paid) = (rows.iter().peekable(), cash.iter().peekable());
        for (date, end) in std::iter::once((before, begin)).chain(ends) {
            loop {
                let row = rows.peek().filter(|row| row.time < end);
                let pay = paid.peek().filter(|paid| paid.time < end);
                // Money of the same moment is there before it is spent.
                match (row, pay) {
                    (row, Some(pay)) if row.is_none_or(|row| pay.time <= row.time) => {
                        fold.pay(pay)?;
                        paid.next();
                    }
                    (Some(row), _) => {
                        if row.book == fold.query.book {
                            fold.trade(row)?;
                        }
                        rows.next();
                    }
                    (None, _) => break,
                }
            }
            days.push(fold.end(date, end)?);
        }
        fold.pass(Timestamp::from_micros(i64::MAX));
        let basis = match (fold.paid, fold.below_zero) {
            (false, _) => CashBasis::Traded(NoCash::NoDeposits),
            (true, Some(date)) => CashBasis::Traded(NoCash::BelowZero(date)),
            (true, None) => CashBasis::Known,
        };
        let (seconds, cost) = fold.held;
        let held_s = (cost > 0.0).then(|| seconds / cost).filter(|held| held.is_finite());
        Ok(Self { days, basis, report: fold.books.report(&|_| None)?, held_s, whole })
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

fn day_begin(time: Timestamp, zone: Tz) -> Timestamp {
    day_start(Period::Day.start(time, zone), zone).unwrap_or(time).min(time)
}
