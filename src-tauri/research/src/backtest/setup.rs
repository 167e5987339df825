//! What a backtest is run with, held to what makes sense.

use super::BacktestError;
use books::CashMove;
use chrono_tz::Tz;
use domain::{BasisPoints, Book, Decimal, Money, Name, Timestamp};
use floor::{FeeRates, Limits, Protections};

/// A fee of more than this is none: a tenth.
const FEE_BPS_MAX: u32 = 1_000;
const SPREAD_BPS_MAX: u32 = 2_000;
const SLIPPAGE_BPS_MAX: u32 = 1_000;
const OFFSET_BPS_MAX: u32 = 5_000;
const LATENCY_BARS_MAX: u32 = 1_000;
const RESTING_BARS_MAX: u32 = 10_000;
/// The most an order may cost by any limit.
const CASH_MAX_AUD: i64 = 1_000_000_000;
const DEPOSITS_MAX: usize = 100_000;
const ALL_BPS: u32 = 10_000;

/// At which price of which bar an order decided at a close meets the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// The open of the bar after it.
    NextOpen,
    /// The very close it was decided at: nobody can trade there, so this is for comparing only.
    Close,
}

impl Execution {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NextOpen => "next_open",
            Self::Close => "close",
        }
    }

    /// Reads the stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::NextOpen, Self::Close].into_iter().find(|one| one.as_str() == name)
    }
}

/// How an order goes to the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A limit at the best price of the other side, as the Floor's book orders; what is left of it ends with the next bar.
    Book,
    /// At once at the other side's price, at the instant fee.
    Instant,
    /// A limit better than that price by so much, met when a bar's low or high comes to it.
    Resting {
        /// How much better.
        offset: BasisPoints,
        /// Bars it rests at most.
        bars: u32,
    },
}

impl Way {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Book => "book",
            Self::Instant => "instant",
            Self::Resting { .. } => "resting",
        }
    }
}

/// What trading costs and how well it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// The venue's fees.
    pub fees: FeeRates,
    /// Between bid and ask, half of it on each side of the bar's price.
    pub spread: BasisPoints,
    /// Beyond that, worse for whoever trades.
    pub slippage: BasisPoints,
    /// With a seed the slippage is drawn anew for each bar, evenly from nothing to twice as much.
    pub seed: Option<u64>,
    /// Bars an order is late.
    pub latency_bars: u32,
    /// The share of a bar's volume that may be traded in it; all one wants without.
    pub volume_share: Option<BasisPoints>,
    /// An order worth less is not placed.
    pub minimum: Money,
}

impl Default for Costs {
    fn default() -> Self {
        Self {
            fees: FeeRates::COINSPOT,
            spread: BasisPoints(0),
            slippage: BasisPoints(0),
            seed: None,
            latency_bars: 0,
            volume_share: None,
            minimum: Money::ZERO_AUD,
        }
    }
}

/// Everything a run depends on beside strategies and candles.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// The name its orders bear.
    pub algorithm: Name,
    /// Cash at the beginning.
    pub cash: Money,
    /// Money paid in or, below zero, taken out, in the order of time.
    pub deposits: Vec<CashMove>,
    /// The share of the equity that is its capital.
    pub capital: BasisPoints,
    /// When orders meet the market.
    pub execution: Execution,
    /// How.
    pub way: Way,
    /// At what cost.
    pub costs: Costs,
    /// What the gate holds its orders to.
    pub limits: Limits,
    /// The Floor's automatic stops, where they are to be held to.
    pub protections: Option<Protections>,
    /// Candles before this only warm up; none: all are traded over.
    pub from: Option<Timestamp>,
    /// Candles that end after this are left out.
    pub to: Option<Timestamp>,
    /// Where the days and months of the result begin.
    pub zone: Tz,
    /// Where the day of the limits begins.
    pub trader_zone: Tz,
}

impl Setup {
    /// All in, next open, book orders, no slippage, limits that stay out of the way.
    #[must_use]
    pub fn new(algorithm: Name, cash: Money) -> Self {
        Self {
            algorithm,
            cash,
            deposits: Vec::new(),
            capital: BasisPoints(ALL_BPS),
            execution: Execution::NextOpen,
            way: Way::Book,
            costs: Costs::default(),
            limits: wide_limits(),
            protections: None,
            from: None,
            to: None,
            zone: Tz::UTC,
            trader_zone: chrono_tz::Australia::Sydney,
        }
    }

    /// Holds every setting to what makes sense.
    ///
    /// # Errors
    /// [`BacktestError::BadSetting`], [`BacktestError::EmptyWindow`].
    pub fn check(&self) -> Result<(), BacktestError> {
        let most = Decimal::from(CASH_MAX_AUD);
        let is_cash = |money: Money| money.currency() == domain::Currency::AUD && money.amount().abs() <= most;
        if !is_cash(self.cash) || self.cash.amount() <= Decimal::ZERO {
            return Err(bad("cash", self.cash, "give more than 0 and at most 1000000000 AUD"));
        }
        if !is_cash(self.costs.minimum) || self.costs.minimum.amount() < Decimal::ZERO {
            return Err(bad("minimum", self.costs.minimum, "give 0 to 1000000000 AUD"));
        }
        self.check_rates()?;
        if self.deposits.len() > DEPOSITS_MAX {
            return Err(bad("deposits", self.deposits.len(), "give at most 100000"));
        }
        if let Some(deposit) = self.deposits.iter().find(|deposit| !is_cash(deposit.amount)) {
            return Err(bad("deposits", deposit.amount, "give AUD, at most 1000000000 each"));
        }
        if !self.deposits.is_sorted_by_key(|deposit| deposit.time) {
            return Err(bad("deposits", "out of order", "give them in the order of time"));
        }
        match (self.from, self.to) {
            (Some(from), Some(to)) if from >= to => Err(BacktestError::EmptyWindow { from, to }),
            _ => Ok(()),
        }
    }

    fn check_rates(&self) -> Result<(), BacktestError> {
        let costs = &self.costs;
        let within = |name, value: u32, most: u32, wanted| {
            if value <= most { Ok(()) } else { Err(bad(name, value, wanted)) }
        };
        let fee = costs.fees.book.0.max(costs.fees.instant.0);
        within("fee_bps", fee, FEE_BPS_MAX, "give 0 to 1000 (a tenth of the value)")?;
        within("spread_bps", costs.spread.0, SPREAD_BPS_MAX, "give 0 to 2000")?;
        within("slippage_bps", costs.slippage.0, SLIPPAGE_BPS_MAX, "give 0 to 1000")?;
        within("latency_bars", costs.latency_bars, LATENCY_BARS_MAX, "give 0 to 1000")?;
        if let Some(share) = costs.volume_share.filter(|share| !(1..=ALL_BPS).contains(&share.0)) {
            return Err(bad("volume_share_bps", share.0, "give 1 to 10000 (all of a bar's volume)"));
        }
        if !(1..=ALL_BPS).contains(&self.capital.0) {
            return Err(bad("capital_bps", self.capital.0, "give 1 to 10000 (all of the equity)"));
        }
        if let Way::Resting { offset, bars } = self.way {
            within("offset_bps", offset.0, OFFSET_BPS_MAX, "give 0 to 5000")?;
            if !(1..=RESTING_BARS_MAX).contains(&bars) {
                return Err(bad("resting_bars", bars, "give 1 to 10000"));
            }
        }
        if self.execution == Execution::Close && costs.latency_bars > 0 {
            return Err(bad("latency_bars", costs.latency_bars, "an order at the close it was decided at is not late"));
        }
        Ok(())
    }
}

fn bad(name: &'static str, value: impl ToString, wanted: &'static str) -> BacktestError {
    BacktestError::BadSetting { name, value: value.to_string(), wanted }
}

/// The paper limits, each as wide as it can be set, so that none of them decides instead of the strategy.
#[must_use]
pub fn wide_limits() -> Limits {
    let mut limits = Limits::defaults(Book::Paper);
    let wide = [
        ("max_order_aud", "1000000000"),
        ("max_day_aud", "1000000000"),
        ("max_coin_pct", "100"),
        ("max_algorithm_pct", "100"),
        ("max_day_loss_pct", "100"),
        ("max_drawdown_pct", "100"),
        ("max_orders_per_minute", "1000"),
        ("price_collar_pct", "100"),
        ("max_spread_pct", "100"),
        ("repeat_window_s", "0"),
    ];
    for (name, value) in wide {
        // A change that could not be read would leave the limit as it was: tighter, never wider.
        if let Ok(change) = Limits::parse_change(name, value) {
            let _ = limits.apply(&change);
        }
    }
    limits
}
