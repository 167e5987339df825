//! From decisions to fills and money: one coin, one wallet, exact scaled integers.

use super::Misfit;
use super::bars::{Bars, price};
use super::rules::Rule;
use domain::{BasisPoints, Decimal, Money, Price, Quantity, Side, Timestamp};

/// Decimals of money: a price (8) times coins (8) times a rate (4).
const MONEY_DECIMALS: u32 = 20;
const CENT: i128 = 10i128.pow(MONEY_DECIMALS - 2);
/// A buy for less than this is left, as the Floor leaves it.
const LEAST: i128 = 10i128.pow(MONEY_DECIMALS);
/// Value has 16 decimals before a rate is applied.
const VALUE_TO_MONEY: i128 = 10_000;
/// One cent, as a value.
const DUST_VALUE: i128 = 10i128.pow(14);
/// What a decimal's 96 bits hold.
const DECIMAL_MAX: i128 = 1 << 96;
const ALL: u32 = 10_000;
/// What one order, and the orders of a day, may cost by the widest limits.
const LIMIT_MAX: i128 = 1_000_000_000 * LEAST;
/// A book is never deeper than this, in 1e-8 coins.
const COINS_MAX: i128 = 10i128.pow(23);
/// Longer than the longest day.
const STRETCH_MICROS: i64 = 26 * HOUR_MICROS;
const HOUR_MICROS: i64 = 3_600_000_000;
/// The event path keeps no more.
const FILLS_MAX: u32 = 2_000_000;
/// As the Books have it: a Sharpe ratio of fewer days says nothing.
const DAYS_MIN: u32 = 30;
const YEAR_DAYS: f64 = 365.0;
/// A spread below this is the dust of arithmetic.
const NO_SPREAD: f64 = 1e-10;

/// What a run begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// AUD to begin with.
    pub cash: Money,
    /// What the venue charges of an order's value.
    pub fee: BasisPoints,
    /// The first bar whose close is acted on; those before it only warm up.
    pub first: usize,
    /// Whether the fills are kept one by one.
    pub keep_fills: bool,
}

/// One fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// The beginning of the bar whose open it met.
    pub time: Timestamp,
    /// Bought or sold.
    pub side: Side,
    /// Coins.
    pub quantity: Quantity,
    /// AUD for one.
    pub price: Price,
    /// The fee.
    pub fee: Money,
}

/// What became of a rule over the bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Buys that filled.
    pub entries: u32,
    /// Sales that filled.
    pub exits: u32,
    /// Sales that brought more than their buy cost, fees counted.
    pub wins: u32,
    /// Buys that the Floor would have refused: too little money.
    pub refused: u32,
    /// Whether the last bar's decision was left for want of a next open.
    pub left: bool,
    /// All fees.
    pub fees: Money,
    /// Cash and coins at the last close.
    pub final_equity: Money,
    /// The deepest fall of the equity from its highest, at closes, from 0 to 1.
    pub max_drawdown: f64,
    /// Bars with coins at their close, of all bars from the first, from 0 to 1.
    pub exposure: f64,
    /// Mean daily return over its deviation, of a year of 365 days; none below 30 days or without variation.
    pub sharpe: Option<f64>,
    /// The fills, when they are kept.
    pub fills: Vec<Fill>,
}

/// What is held since a buy.
struct Holding {
    quantity: i128,
    /// The bar it filled at.
    since: usize,
    cost: i128,
}

/// A wallet that follows decisions.
pub(super) struct Walker<'a> {
    bars: &'a Bars,
    setup: Setup,
    share: u32,
    /// The first bar at whose close the rule is listened to.
    heard: usize,
    cash: i128,
    fees: i128,
    holding: Option<Holding>,
    /// What was bought in this stretch of longer than a day and in the one before: its number, and the sum.
    bought: [(i64, i128); 2],
    peak: f64,
    bars_held: usize,
    days: Days,
    misfit: Option<Misfit>,
    outcome: Outcome,
}

impl<'a> Walker<'a> {
    pub fn new(bars: &'a Bars, setup: Setup, rule: &Rule) -> Result<Self, Misfit> {
        let (has, wants) = (bars.len(), rule.warm_up.max(1).saturating_add(1));
        if has < wants {
            return Err(Misfit::TooLittle { has, wants });
        }
        let cash = units(setup.cash).ok_or(Misfit::Cash(setup.cash))?;
        if setup.fee.0 >= ALL {
            return Err(Misfit::Fee(setup.fee.0));
        }
        let outcome = Outcome {
            entries: 0,
            exits: 0,
            wins: 0,
            refused: 0,
            left: false,
            fees: Money::ZERO_AUD,
            final_equity: setup.cash,
            max_drawdown: 0.0,
            exposure: 0.0,
            sharpe: None,
            fills: Vec::new(),
        };
        let peak = plain(cash);
        let days = Days::new(bars.day_ends.partition_point(|end| (*end as usize) < setup.first), peak);
        Ok(Self {
            bars,
            setup,
            share: rule.share,
            heard: setup.first.max(rule.warm_up.saturating_sub(1)),
            cash,
            fees: 0,
            holding: None,
            bought: [(i64::MIN, 0); 2],
            peak,
            bars_held: 0,
            days,
            misfit: None,
            outcome,
        })
    }

    /// The rule goes in at the close of a bar.
    pub fn enter(&mut self, bar: usize) {
        if bar < self.heard || self.holding.is_some() || self.misfit.is_some() {
            return;
        }
        let Some(open) = self.bars.open_units.get(bar + 1).copied() else {
            self.outcome.left = true;
            return;
        };
        match self.buy(open, bar + 1) {
            Ok(true) => {}
            Ok(false) => self.outcome.refused += 1,
            Err(misfit) => self.misfit = Some(misfit),
        }
    }

    /// The rule goes out at the close of a bar.
    pub fn leave(&mut self, bar: usize) {
        if self.misfit.is_some() || self.holding.is_none() {
            return;
        }
        let Some(open) = self.bars.open_units.get(bar + 1).copied() else {
            self.outcome.left = true;
            return;
        };
        if let Err(misfit) = self.sell(open, bar + 1) {
            self.misfit = Some(misfit);
        }
    }

    /// Buys as the Floor sizes it: a share of the capital cut to cents, then the most coins whose total stays within.
    fn buy(&mut self, open: i64, bar: usize) -> Result<bool, Misfit> {
        if self.cash < LEAST {
            return Ok(false);
        }
        let cents = self.share_of_cash()? / CENT;
        let (open, rate) = (i128::from(open), i128::from(self.setup.fee.0));
        // Cents have 2 decimals, price × (1 + rate) has 12, coins are wanted in 8.
        let quantity = cents * 10i128.pow(18) / (open * (VALUE_TO_MONEY + rate));
        let value = open * quantity;
        if quantity == 0 || value < DUST_VALUE {
            return Ok(false);
        }
        let (fee, cost) = (value * rate, value * (VALUE_TO_MONEY + rate));
        if quantity > COINS_MAX || self.bought_with(bar, cost) > LIMIT_MAX {
            return Err(Misfit::Gate("a buy is close to the largest amounts a limit allows"));
        }
        self.check_jump(open, bar)?;
        self.days.idle(&self.bars.day_ends, bar, plain(self.cash));
        self.cash = exact(self.cash - cost)?;
        self.fees = exact(self.fees + fee)?;
        exact(cost)?;
        self.outcome.entries += 1;
        self.note(bar, Side::Buy, quantity, open, fee)?;
        self.holding = Some(Holding { quantity, since: bar, cost });
        Ok(true)
    }

    /// What buys of the last day or two came to, this one with them.
    fn bought_with(&mut self, bar: usize, cost: i128) -> i128 {
        let stretch = self.bars.times.get(bar).map_or(0, |time| time.div_euclid(STRETCH_MICROS));
        let [now, before] = &mut self.bought;
        if now.0 != stretch {
            *before = *now;
            *now = (stretch, 0);
        }
        now.1 = now.1.saturating_add(cost);
        now.1.saturating_add(before.1)
    }

    /// The gate's collar refuses a price more than twice the closes of the last hour.
    fn check_jump(&self, open: i128, bar: usize) -> Result<(), Misfit> {
        let now = self.bars.times.get(bar).copied().unwrap_or_default();
        let hour = now.saturating_sub(HOUR_MICROS);
        let recent = self.bars.times.iter().zip(&self.bars.close_units).take(bar).rev();
        let jumped = recent
            .take_while(|(time, _)| time.saturating_add(self.bars.bar_micros) > hour)
            .any(|(_, close)| open > 2 * i128::from(*close));
        if jumped { Err(Misfit::Gate("the price more than doubled within an hour")) } else { Ok(()) }
    }

    fn share_of_cash(&self) -> Result<i128, Misfit> {
        if self.share >= ALL {
            return Ok(self.cash);
        }
        let wanted = self.cash.checked_mul(i128::from(self.share)).ok_or(Misfit::Rounded)?;
        // A decimal may round such a product to 28 digits, and up to the next cent where it is that close.
        let cent = CENT * i128::from(ALL);
        if cent - wanted % cent < 1_000_000 {
            return Err(Misfit::Rounded);
        }
        Ok(wanted / i128::from(ALL))
    }

    fn sell(&mut self, open: i64, bar: usize) -> Result<(), Misfit> {
        let Some(holding) = self.holding.take() else { return Ok(()) };
        let (open, rate) = (i128::from(open), i128::from(self.setup.fee.0));
        let value = open * holding.quantity;
        if value < DUST_VALUE {
            return Err(Misfit::Dust);
        }
        self.check_jump(open, bar)?;
        self.mark(&holding, bar);
        let (fee, proceeds) = (value * rate, value * (VALUE_TO_MONEY - rate));
        exact(proceeds)?;
        self.cash = exact(self.cash + proceeds)?;
        self.fees = exact(self.fees + fee)?;
        self.outcome.exits += 1;
        self.outcome.wins += u32::from(proceeds > holding.cost);
        self.note(bar, Side::Sell, holding.quantity, open, fee)
    }

    /// Looks at the equity at every close from the holding's buy up to a bar, which is not looked at.
    fn mark(&mut self, holding: &Holding, until: usize) {
        let (cash, coins) = (plain(self.cash), holding.quantity as f64 / 1e8);
        self.bars_held += until - holding.since;
        self.days.held(&self.bars.day_ends, until, |end| Some(cash + coins * self.bars.close.get(end)?));
        for close in &self.bars.close[holding.since..until] {
            self.see(cash + coins * close);
        }
    }

    fn see(&mut self, equity: f64) {
        self.peak = self.peak.max(equity);
        self.outcome.max_drawdown = self.outcome.max_drawdown.max(1.0 - equity / self.peak);
    }

    fn note(&mut self, bar: usize, side: Side, quantity: i128, open: i128, fee: i128) -> Result<(), Misfit> {
        if self.holding.is_none() && side == Side::Sell {
            self.see(plain(self.cash));
        }
        if self.outcome.entries + self.outcome.exits > FILLS_MAX {
            return Err(Misfit::Gate("there are more fills than are kept"));
        }
        if !self.setup.keep_fills {
            return Ok(());
        }
        let quantity = decimal(quantity, 8).and_then(|coins| Quantity::new(coins).ok()).ok_or(Misfit::Rounded)?;
        let price = i64::try_from(open).ok().and_then(price).ok_or(Misfit::Rounded)?;
        let time = Timestamp::from_micros(self.bars.times.get(bar).copied().unwrap_or_default());
        self.outcome.fills.push(Fill { time, side, quantity, price, fee: money(fee)? });
        Ok(())
    }

    /// Values what is left at the last close.
    pub fn finish(mut self) -> Result<Outcome, Misfit> {
        if let Some(misfit) = self.misfit {
            return Err(misfit);
        }
        let mut equity = self.cash;
        if let (Some(holding), Some(close)) = (self.holding.take(), self.bars.close_units.last()) {
            self.mark(&holding, self.bars.len());
            equity += exact(i128::from(*close) * holding.quantity * VALUE_TO_MONEY)?;
        }
        let last = plain(equity);
        self.days.idle(&self.bars.day_ends, self.bars.len(), last);
        if !self.bars.is_empty() {
            self.days.take(last);
        }
        self.outcome.sharpe = self.days.sharpe();
        let judged = self.bars.len().saturating_sub(self.setup.first);
        self.outcome.exposure = if judged == 0 { 0.0 } else { self.bars_held as f64 / judged as f64 };
        self.outcome.fees = money(self.fees)?;
        self.outcome.final_equity = money(equity)?;
        Ok(self.outcome)
    }
}

/// Daily returns at the ends of UTC days, as sums.
struct Days {
    /// The next day end to look at.
    next: usize,
    equity: f64,
    count: u32,
    sum: f64,
    squares: f64,
}

impl Days {
    const fn new(next: usize, equity: f64) -> Self {
        Self { next, equity, count: 0, sum: 0.0, squares: 0.0 }
    }

    fn take(&mut self, equity: f64) {
        let earned = equity / self.equity - 1.0;
        self.equity = equity;
        self.count += 1;
        self.sum += earned;
        self.squares += earned * earned;
    }

    /// Days that ended before a bar, with coins.
    fn held(&mut self, ends: &[u32], until: usize, equity: impl Fn(usize) -> Option<f64>) {
        while let Some(end) = ends.get(self.next).map(|end| *end as usize).filter(|end| *end < until) {
            if let Some(equity) = equity(end) {
                self.take(equity);
            }
            self.next += 1;
        }
    }

    /// Days that ended before a bar, with cash only: all but the first earned nothing.
    fn idle(&mut self, ends: &[u32], until: usize, cash: f64) {
        let begun = self.next;
        self.next = begun + ends.get(begun..).unwrap_or_default().partition_point(|end| (*end as usize) < until);
        if self.next > begun {
            self.take(cash);
            self.count += (self.next - begun - 1) as u32;
        }
    }

    fn sharpe(&self) -> Option<f64> {
        if self.count < DAYS_MIN {
            return None;
        }
        let n = f64::from(self.count);
        let mean = self.sum / n;
        let spread = ((self.squares - n * mean * mean).max(0.0) / (n - 1.0)).sqrt();
        (spread >= NO_SPREAD).then(|| mean / spread * YEAR_DAYS.sqrt())
    }
}

/// Money for a ratio.
fn plain(money: i128) -> f64 {
    money as f64 / 1e20
}

/// The amount, when a decimal holds it as it is.
fn exact(money: i128) -> Result<i128, Misfit> {
    if money.abs() < DECIMAL_MAX || decimal(money, MONEY_DECIMALS).is_some() { Ok(money) } else { Err(Misfit::Rounded) }
}

/// A scaled integer as a decimal, when 96 bits hold it without its trailing zeros.
fn decimal(mut units: i128, mut decimals: u32) -> Option<Decimal> {
    while units.abs() >= DECIMAL_MAX && decimals > 0 && units % 10 == 0 {
        units /= 10;
        decimals -= 1;
    }
    Decimal::try_from_i128_with_scale(units, decimals).ok()
}

fn money(units: i128) -> Result<Money, Misfit> {
    decimal(units, MONEY_DECIMALS).map(|amount| Money::aud(amount.normalize())).ok_or(Misfit::Rounded)
}

/// AUD above zero in 1e-20, when that is exact.
fn units(money: Money) -> Option<i128> {
    let amount = money.amount().normalize();
    let missing = MONEY_DECIMALS.checked_sub(amount.scale())?;
    let units = amount.mantissa().checked_mul(10i128.checked_pow(missing)?)?;
    (money.currency() == domain::Currency::AUD && units > 0).then_some(units)
}
