//! The days at their prices.

use super::days::{CashBasis, Day, Days, Flow, Stand};
use super::{DayPrice, PricedBy, ratio};
use crate::error::BooksError;
use crate::pnl::PnlReport;
use chrono::NaiveDate;
use domain::{Decimal, Money, Timestamp};
use std::collections::BTreeMap;

/// The end of a day (or of a week or month, from its first day on).
#[derive(Debug, Clone, PartialEq)]
pub struct DayPoint {
    /// The local day.
    pub date: NaiveDate,
    /// When it ended, or how far it has come.
    pub end: Timestamp,
    /// Whether it is over.
    pub whole: bool,
    /// None where the cash is not known.
    pub cash: Option<Money>,
    /// What is held; none when something held has no price.
    pub holdings: Option<Money>,
    /// Cash, where known, and what has a price: all there is to see of an incomplete day.
    pub priced: Money,
    /// Cash, where known, and what is held.
    pub equity: Option<Money>,
    /// What came from outside less what went there; none when coins came or went whose value nobody knows.
    pub flow: Option<Money>,
    /// Gained since the last complete day.
    pub gain: Option<Money>,
    /// The same as a part of what was at work; none when nothing was.
    pub earned: Option<f64>,
    /// Days since the last complete one; none without one.
    pub span: Option<u32>,
    /// One at the beginning, then chained by the returns.
    pub index: Option<f64>,
    /// How far the index stands below its highest point, 0 to −1.
    pub drawdown: Option<f64>,
    /// Gains of the window's sales so far.
    pub realised: Money,
    /// Value less cost of what is held.
    pub unrealised: Option<Money>,
    /// Buys of the day.
    pub buys: u32,
    /// Sales of the day.
    pub sells: u32,
    /// Coins held without a price, by number.
    pub unpriced: Vec<u32>,
    /// The weakest source among its prices; none when nothing is held.
    pub priced_by: Option<PricedBy>,
    /// Age of its oldest price.
    pub price_age_s: Option<i64>,
}

impl DayPoint {
    /// Whether everything held has a price.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.equity.is_some()
    }
}

/// What one coin or algorithm gained since the beginning of the window, point by point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GainLine {
    /// Number of the coin, or of the algorithm (0 is by hand).
    pub number: u32,
    /// None where something held has no price.
    pub gains: Vec<Option<Money>>,
}

/// A book over its days.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// What equity is made of.
    pub basis: CashBasis,
    /// The moment before the first day.
    pub opening: DayPoint,
    /// The days.
    pub points: Vec<DayPoint>,
    /// By coin.
    pub coins: Vec<GainLine>,
    /// By algorithm, each with its own parcels.
    pub algorithms: Vec<GainLine>,
    /// What was bought, before fees.
    pub bought: Money,
    /// What was sold, before fees.
    pub sold: Money,
    /// The sales of the window.
    pub report: PnlReport,
    /// Mean time that what was sold had been held, weighted by its cost, in seconds.
    pub held_s: Option<f64>,
}

/// The price of a coin by its number at the end of a day by its place in [`Days::ends`].
type DayPrices<'a> = &'a dyn Fn(u32, usize) -> Option<DayPrice>;

fn large() -> BooksError {
    BooksError::SumTooLarge { what: "the equity" }
}

/// What has been chained so far.
#[derive(Debug, Clone)]
struct Chain {
    last: Option<Decimal>,
    pending: Flow,
    span: u32,
    index: f64,
    peak: f64,
    broken: bool,
}

impl Chain {
    fn link(&mut self, point: &mut DayPoint, flow: Option<Flow>) -> Option<()> {
        // What flowed is not known: nothing can be said of this day, and no return beyond it.
        let Some(flow) = flow else {
            (self.last, self.pending, self.span, self.broken) = (None, Flow::default(), 0, true);
            self.last = point.equity.map(Money::amount);
            return Some(());
        };
        self.span = self.span.saturating_add(1);
        let peak = self.pending.net.checked_add(flow.peak)?.max(self.pending.peak);
        self.pending = Flow { net: self.pending.net.checked_add(flow.net)?, peak };
        let Some(equity) = point.equity.map(Money::amount) else { return Some(()) };
        if let Some(last) = self.last {
            let gain = equity.checked_sub(last)?.checked_sub(self.pending.net)?;
            let at_work = last.checked_add(self.pending.peak)?;
            point.gain = Some(Money::aud(gain.normalize()));
            point.span = Some(self.span);
            if at_work > Decimal::ZERO {
                point.earned = ratio(gain, at_work);
                self.index *= 1.0 + point.earned.unwrap_or_default().max(-1.0);
                self.peak = self.peak.max(self.index);
            }
        }
        if !self.broken {
            point.index = Some(self.index);
            point.drawdown = Some(self.index / self.peak - 1.0);
        }
        (self.last, self.pending, self.span) = (Some(equity), Flow::default(), 0);
        Some(())
    }
}

/// What stands while the days are walked through.
#[derive(Debug, Clone, Default)]
struct Walk {
    coins: BTreeMap<u32, Stand>,
    pools: BTreeMap<(u32, u32), Stand>,
    costs: Vec<(u32, Decimal, Decimal)>,
    /// What came at the prices of its days, taken off the gains; none once a price was lacking.
    coins_at_price: BTreeMap<u32, Option<Decimal>>,
    pools_at_price: BTreeMap<(u32, u32), Option<Decimal>>,
    by_coin: BTreeMap<u32, Vec<Option<Decimal>>>,
    by_algorithm: BTreeMap<u32, Vec<Option<Decimal>>>,
}

fn worth(stand: Stand, price: Option<DayPrice>) -> Option<Option<Decimal>> {
    if stand.quantity.is_zero() { Some(Some(Decimal::ZERO)) } else { at_price(stand.quantity, price) }
}

/// A sum of which a part may not be known; none when it is beyond a decimal.
fn plus(sum: Option<Decimal>, more: Option<Decimal>) -> Option<Option<Decimal>> {
    match (sum, more) {
        (Some(sum), Some(more)) => sum.checked_add(more).map(Some),
        _ => Some(None),
    }
}

/// Coins at a price; none inside without a price.
fn at_price(quantity: Decimal, price: Option<DayPrice>) -> Option<Option<Decimal>> {
    price.map(|price| price.each.checked_mul(quantity)).map_or(Some(None), |value| value.map(Some))
}

/// Adds a sum to a line that begins when its coin or algorithm does; before, it had gained nothing.
fn push(line: &mut Vec<Option<Decimal>>, at: usize, gain: Option<Decimal>) {
    line.resize(at, Some(Decimal::ZERO));
    line.push(gain);
}

impl Walk {
    fn day(&mut self, at: usize, day: &Day, known: bool, prices: DayPrices<'_>) -> Option<DayPoint> {
        self.coins.extend(day.coins.iter().copied());
        self.pools.extend(day.pools.iter().copied());
        if let Some(costs) = &day.costs {
            self.costs.clone_from(costs);
        }
        if at > 0 {
            self.moved(at, day, prices)?;
        }
        let cash = if known { day.cash } else { Decimal::ZERO };
        let mut point = DayPoint::bare(day, known);
        let mut held = Decimal::ZERO;
        for (coin, stand) in &self.coins {
            let price = if stand.quantity.is_zero() { None } else { prices(*coin, at) };
            let value = worth(*stand, price)?;
            let taken = self.coins_at_price.get(coin).copied().unwrap_or(Some(Decimal::ZERO));
            let gain = plus(plus(value, Some(stand.net))?, taken)?;
            push(self.by_coin.entry(*coin).or_default(), at, gain);
            match value {
                Some(value) => held = held.checked_add(value)?,
                None => point.unpriced.push(*coin),
            }
            if let Some(price) = price {
                point.priced_by = point.priced_by.max(Some(price.by));
                point.price_age_s = point.price_age_s.max(Some(price.age_s));
            }
        }
        self.algorithms(at, prices)?;
        let sum = cash.checked_add(held)?.normalize();
        point.priced = Money::aud(sum);
        if point.unpriced.is_empty() {
            point.holdings = Some(Money::aud(held.normalize()));
            point.equity = Some(Money::aud(sum));
            point.unrealised = self.unrealised(at, prices)?.map(|gain| Money::aud(gain.normalize()));
        }
        Some(point)
    }

    /// Value less cost of the coins whose cost is known.
    fn unrealised(&self, at: usize, prices: DayPrices<'_>) -> Option<Option<Decimal>> {
        let mut sum = Some(Decimal::ZERO);
        for (coin, known, cost) in &self.costs {
            let value = if known.is_zero() { Some(Decimal::ZERO) } else { at_price(*known, prices(*coin, at))? };
            sum = plus(plus(sum, value)?, Some(-*cost))?;
        }
        Some(sum)
    }

    /// What came or went at the day's prices.
    fn moved(&mut self, at: usize, day: &Day, prices: DayPrices<'_>) -> Option<()> {
        for (coin, quantity) in &day.at_price.coins {
            let taken = self.coins_at_price.entry(*coin).or_insert(Some(Decimal::ZERO));
            *taken = plus(*taken, at_price(-*quantity, prices(*coin, at))?)?;
        }
        for (pool, quantity) in &day.at_price.pools {
            let taken = self.pools_at_price.entry(*pool).or_insert(Some(Decimal::ZERO));
            *taken = plus(*taken, at_price(-*quantity, prices(pool.1, at))?)?;
        }
        Some(())
    }

    fn algorithms(&mut self, at: usize, prices: DayPrices<'_>) -> Option<()> {
        let mut sums: BTreeMap<u32, Option<Decimal>> = BTreeMap::new();
        for (pool, stand) in &self.pools {
            let (algorithm, coin) = *pool;
            let price = if stand.quantity.is_zero() { None } else { prices(coin, at) };
            let taken = self.pools_at_price.get(pool).copied().unwrap_or(Some(Decimal::ZERO));
            let gain = plus(plus(worth(*stand, price)?, Some(stand.net))?, taken)?;
            let sum = sums.entry(algorithm).or_insert(Some(Decimal::ZERO));
            *sum = plus(*sum, gain)?;
        }
        for (algorithm, sum) in sums {
            push(self.by_algorithm.entry(algorithm).or_default(), at, sum);
        }
        Some(())
    }
}

/// What flowed in a day, with what came at its prices; none inside when one of those is lacking.
fn flow(at: usize, day: &Day, known: bool, prices: DayPrices<'_>) -> Option<Option<Flow>> {
    let mut flow = if known { day.flow } else { day.traded };
    for (coin, quantity) in &day.at_price.flows {
        match at_price(*quantity, prices(*coin, at))? {
            None => return Some(None),
            Some(value) => {
                flow.net = flow.net.checked_add(value)?;
                flow.peak = flow.peak.checked_add(value.max(Decimal::ZERO))?;
            }
        }
    }
    Some(Some(flow))
}

/// Gains since the first place of a line, which is the moment before the window.
fn lines(lines: BTreeMap<u32, Vec<Option<Decimal>>>) -> Option<Vec<GainLine>> {
    let line = |(number, mut sums): (u32, Vec<Option<Decimal>>)| {
        let before = sums.remove(0);
        let since = |sum: Option<Decimal>| match (sum, before) {
            (Some(sum), Some(before)) => sum.checked_sub(before).map(|gain| Some(Money::aud(gain.normalize()))),
            _ => Some(None),
        };
        Some(GainLine { number, gains: sums.into_iter().map(since).collect::<Option<_>>()? })
    };
    lines.into_iter().map(line).collect()
}

impl DayPoint {
    fn bare(day: &Day, known: bool) -> Self {
        Self {
            date: day.date,
            end: day.end,
            whole: true,
            cash: known.then(|| Money::aud(day.cash.normalize())),
            holdings: None,
            priced: Money::ZERO_AUD,
            equity: None,
            flow: None,
            gain: None,
            earned: None,
            span: None,
            index: None,
            drawdown: None,
            realised: Money::aud(day.realised.normalize()),
            unrealised: None,
            buys: day.buys,
            sells: day.sells,
            unpriced: Vec::new(),
            priced_by: None,
            price_age_s: None,
        }
    }
}

/// Days at their prices, as they come: those that are over are valued once.
#[derive(Debug, Clone)]
pub struct GrownCurve {
    known: bool,
    walk: Walk,
    chain: Chain,
    points: Vec<DayPoint>,
}

impl GrownCurve {
    /// None yet of some days.
    #[must_use]
    pub fn of(days: &Days) -> Self {
        Self {
            known: days.basis == CashBasis::Known,
            walk: Walk::default(),
            chain: Chain { last: None, pending: Flow::default(), span: 0, index: 1.0, peak: 1.0, broken: false },
            points: Vec::new(),
        }
    }

    /// How many days it has valued that don't change any more.
    #[must_use]
    pub fn valued(&self) -> usize {
        self.points.len()
    }

    /// The curve of these days, of which the first `over` are over: they and their prices must be those of the times before.
    ///
    /// # Errors
    /// [`BooksError::SumTooLarge`] when a figure is beyond a decimal; it is of no use any more then.
    pub fn value(&mut self, days: &Days, over: usize, prices: DayPrices<'_>) -> Result<Curve, BooksError> {
        if self.known != (days.basis == CashBasis::Known) || self.points.len() > over {
            *self = Self::of(days);
        }
        self.walk_to(days, over, prices)?;
        let mut whole = self.clone();
        whole.walk_to(days, days.days.len(), prices)?;
        whole.finish(days)
    }

    fn walk_to(&mut self, days: &Days, end: usize, prices: DayPrices<'_>) -> Result<(), BooksError> {
        for (at, day) in days.days.iter().enumerate().take(end).skip(self.points.len()) {
            let mut point = self.walk.day(at, day, self.known, prices).ok_or_else(large)?;
            let flow = match at {
                0 => Some(Flow::default()),
                _ => flow(at, day, self.known, prices).ok_or_else(large)?,
            };
            point.flow = flow.map(|flow| Money::aud(flow.net.normalize()));
            self.chain.link(&mut point, flow).ok_or_else(large)?;
            self.points.push(point);
        }
        Ok(())
    }

    fn finish(self, of: &Days) -> Result<Curve, BooksError> {
        let Self { walk, mut points, .. } = self;
        if let Some(last) = points.last_mut() {
            last.whole = of.whole;
        }
        let sum = |each: fn(&Day) -> Decimal| {
            let mut days = of.days.iter().skip(1).map(each);
            days.try_fold(Decimal::ZERO, Decimal::checked_add).map(Money::aud).ok_or_else(large)
        };
        let days = of.days.len();
        let long = |(number, mut line): (u32, Vec<Option<Decimal>>)| {
            line.resize(days, None);
            (number, line)
        };
        Ok(Curve {
            basis: of.basis,
            opening: points.remove(0),
            points,
            coins: lines(walk.by_coin.into_iter().map(long).collect()).ok_or_else(large)?,
            algorithms: lines(walk.by_algorithm.into_iter().map(long).collect()).ok_or_else(large)?,
            bought: sum(|day| day.bought)?,
            sold: sum(|day| day.sold)?,
            report: of.report.clone(),
            held_s: of.held_s,
        })
    }
}

impl Days {
    /// The curve at these prices.
    ///
    /// # Errors
    /// [`BooksError::SumTooLarge`] when a figure is beyond a decimal.
    pub fn value(&self, prices: DayPrices<'_>) -> Result<Curve, BooksError> {
        let mut curve = GrownCurve::of(self);
        curve.walk_to(self, self.days.len(), prices)?;
        curve.finish(self)
    }
}
