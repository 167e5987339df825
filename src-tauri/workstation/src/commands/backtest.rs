//! Strategies on history: candles out of the workspace, through the order path in memory, to a result.
//!
//! No order is written; that something was tried is a fact, once. The walk runs on a thread of its own and ends when nobody waits for it any more.

mod report;
mod view;

pub(crate) use report::{count, ending, or_why, params, percent, plain, seal};

use super::books::parse_coin;
use super::market::parse_interval;
use super::reporting::Job;
use crate::dto::{BacktestRequest, BacktestView, KeptLane};
use crate::scripts::Trained;
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Home, Result, Workstation};
use books::CashMove;
use chrono_tz::Tz;
use domain::{BasisPoints, Book, Candle, Coin, Decimal, Interval, Money, Name, Timestamp, parse_decimal};
use floor::{FeeRates, Limits, Protections};
use research::backtest::{self, BacktestError, Costs, Execution, Lane, Run, Setup, Way};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Coins of one run.
const COINS_MAX: usize = 50;
const CASH_AUD: &str = "10000";
/// Candles are looked for this many warm-ups back: there may be holes.
const LOOK_BACK_TIMES: i64 = 2;
/// The name its orders bear.
const NAME: &str = "backtest";

/// A request held to what makes sense.
pub(crate) struct Asked {
    pub strategy: &'static str,
    pub code: u32,
    pub params: BTreeMap<String, String>,
    pub lanes: Vec<(Coin, Interval)>,
    pub warm_up: usize,
    pub setup: Setup,
    pub limits_of: &'static str,
    pub zone: Tz,
    /// What a model learned from.
    pub trained: Option<Trained>,
}

/// Ends the walk when the command is dropped.
pub(super) struct Ends(pub(super) Arc<Job>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl From<BacktestError> for Error {
    fn from(error: BacktestError) -> Self {
        let message = error.to_string();
        match error {
            BacktestError::BadSetting { .. }
            | BacktestError::NoLanes
            | BacktestError::CoinTwice(_)
            | BacktestError::EmptyWindow { .. } => Self::Usage { code: error.code(), message },
            _ => Self::Refused { code: error.code().to_owned(), message },
        }
    }
}

fn aud(name: &str, text: &str) -> Result<Money> {
    let read = parse_decimal(text.trim()).map(Money::aud);
    read.map_err(|error| Error::usage("bad_setting", format!("{name}: {error}: give AUD such as 10000")))
}

/// A share in percent as basis points, as an algorithm's capital.
fn capital(text: Option<&str>) -> Result<BasisPoints> {
    text.map_or(Ok(BasisPoints(10_000)), super::algorithms::share)
}

fn way(request: &BacktestRequest) -> Result<Way> {
    let way = match request.orders.as_deref() {
        None | Some("book") => Way::Book,
        Some("instant") => Way::Instant,
        Some("resting") => Way::Resting {
            offset: BasisPoints(request.offset_bps.unwrap_or(0)),
            bars: request.resting_bars.unwrap_or(1),
        },
        Some(other) => {
            let shown = ledgers::inert(other);
            let words = format!("'{shown}' is no kind of order: use book, instant or resting");
            return Err(Error::usage("bad_orders", words));
        }
    };
    let rests = matches!(way, Way::Resting { .. });
    if !rests && (request.offset_bps.is_some() || request.resting_bars.is_some()) {
        let words =
            "only resting orders have an offset and a number of bars: ask for resting orders, or leave them out";
        return Err(Error::usage("bad_orders", words));
    }
    Ok(way)
}

fn costs(request: &BacktestRequest) -> Result<Costs> {
    let fees = request
        .fee_bps
        .map_or(FeeRates::COINSPOT, |bps| FeeRates { book: BasisPoints(bps), instant: BasisPoints(bps) });
    Ok(Costs {
        fees,
        spread: BasisPoints(request.spread_bps.unwrap_or(0)),
        slippage: BasisPoints(request.slippage_bps.unwrap_or(0)),
        seed: request.seed,
        latency_bars: request.latency_bars.unwrap_or(0),
        volume_share: request.volume_share_bps.map(BasisPoints),
        minimum: request.min_order_aud.as_deref().map_or(Ok(Money::ZERO_AUD), |text| aud("min_order_aud", text))?,
    })
}

/// `ETH`, or `ETH:4h` with an interval of its own.
fn lane(text: &str, interval: Interval) -> Result<(Coin, Interval)> {
    match text.split_once(':') {
        Some((coin, own)) => Ok((parse_coin(coin)?, parse_interval(own)?)),
        None => Ok((parse_coin(text)?, interval)),
    }
}

fn lanes(request: &BacktestRequest) -> Result<Vec<(Coin, Interval)>> {
    let interval = parse_interval(&request.interval)?;
    let mut lanes = request.coins.iter().map(|text| lane(text, interval)).collect::<Result<Vec<_>>>()?;
    if lanes.is_empty() || lanes.len() > COINS_MAX {
        return Err(Error::usage("bad_coins", format!("give 1 to {COINS_MAX} coins, such as BTC")));
    }
    // As the Floor asks an algorithm's coins: by name.
    lanes.sort_by_key(|(coin, _)| *coin);
    Ok(lanes)
}

fn deposits(request: &BacktestRequest, zone: Tz) -> Result<Vec<CashMove>> {
    let one = |paid: &crate::dto::BacktestDeposit| {
        Ok(CashMove { time: moment(&paid.time, zone)?, amount: aud("deposits", &paid.aud)? })
    };
    let mut all = request.deposits.iter().map(one).collect::<Result<Vec<_>>>()?;
    all.sort_by_key(|paid| paid.time);
    Ok(all)
}

/// The candles of one lane, read.
type Read = (Coin, Interval, Vec<Candle>);

impl Workstation {
    /// Runs a strategy over the candles there are. The job tells how far it is, and ends it.
    ///
    /// # Errors
    /// What makes no sense, by name; `no_candles`, `too_little_data`, `strategy_flooded`, `strategy_panicked`, `cancelled`
    /// and the others of [`BacktestError`]; the store's.
    pub async fn backtest(&self, request: &BacktestRequest, job: &Arc<Job>) -> Result<BacktestView> {
        Ok(self.backtested(request, job).await?.0)
    }

    /// The same, with the candles it was made of.
    pub(super) async fn backtested(
        &self,
        request: &BacktestRequest,
        job: &Arc<Job>,
    ) -> Result<(BacktestView, Vec<KeptLane>)> {
        let asked = self.read_backtest(request).await?;
        let (run, lanes) = self.run_backtest(&asked, job).await?;
        let mut view = view::of(&asked, &run);
        if let Err(error) = self.note_backtest(&asked, &run).await {
            view.notes.push(format!("this trial is not in the journal, so it is not counted: {error}"));
        }
        Ok((view, lanes))
    }

    /// A request held to what makes sense, before any candle is read.
    pub(crate) async fn read_backtest(&self, request: &BacktestRequest) -> Result<Asked> {
        let (home, name, params) = (self.home().clone(), request.strategy.clone(), request.params.clone());
        let made = tokio::task::spawn_blocking(move || crate::scripts::make(&home, &name, &params)).await;
        let made = made.map_err(|broken| Error::refused("strategy_panicked", broken.to_string()))??;
        let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
        let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
        let (limits, protections, limits_of) = self.backtest_limits(request.limits.as_deref()).await?;
        let name = Name::parse(NAME).map_err(|error| Error::usage("bad_name", error.to_string()))?;
        let execution = request.execution.as_deref().map_or(Some(Execution::NextOpen), Execution::parse);
        let setup = Setup {
            deposits: deposits(request, zone)?,
            capital: capital(request.capital_pct.as_deref())?,
            execution: execution.ok_or_else(|| Error::usage("bad_execution", "use next_open or close"))?,
            way: way(request)?,
            costs: costs(request)?,
            limits,
            protections,
            from: time(&request.from)?,
            to: time(&request.to)?,
            zone,
            trader_zone: zone,
            ..Setup::new(name, aud("cash", request.cash.as_deref().unwrap_or(CASH_AUD))?)
        };
        setup.check()?;
        let lanes = lanes(request)?;
        if let Some(trained) = made.trained {
            trained.fits(lanes.iter().copied())?;
        }
        Ok(Asked {
            strategy: made.name,
            code: made.code,
            params: made.params,
            lanes,
            warm_up: made.strategy.warm_up(),
            setup,
            limits_of,
            zone,
            trained: made.trained,
        })
    }

    async fn backtest_limits(&self, of: Option<&str>) -> Result<(Limits, Option<Protections>, &'static str)> {
        match of {
            None | Some("wide") => Ok((backtest::wide_limits(), None, "wide")),
            Some("paper") => {
                let desk = self.desk().await?;
                Ok((desk.limits.of(Book::Paper).clone(), Some(desk.risk.protections.clone()), "paper"))
            }
            Some(other) => {
                let words = format!("'{}' is no set of limits: use wide or paper", ledgers::inert(other));
                Err(Error::usage("bad_limits", words))
            }
        }
    }

    /// Reads the candles and walks over them on a thread of its own.
    pub(crate) async fn run_backtest(&self, asked: &Asked, job: &Arc<Job>) -> Result<(Run, Vec<KeptLane>)> {
        let bounds: Vec<_> = asked.lanes.iter().map(|(_, interval)| self.read_bounds(*interval, asked)).collect();
        let mut read: Vec<Read> = Vec::with_capacity(asked.lanes.len());
        for (coin, interval) in &asked.lanes {
            read.push((*coin, *interval, self.backtest_candles(*coin, *interval, asked).await?));
        }
        let _ends = Ends(Arc::clone(job));
        let (job, setup, strategy) = (Arc::clone(job), asked.setup.clone(), asked.strategy);
        let (home, params) = (self.home().clone(), asked.params.clone());
        let ends = setup.to.is_some();
        let walked = tokio::task::spawn_blocking(move || {
            let run = walk(&home, (strategy, &params), &read, &setup, &job)?;
            let lane = |((coin, interval, candles), bounds): (&Read, &(Timestamp, Timestamp))| {
                super::runs::lane(*coin, *interval, *bounds, ends, candles)
            };
            Ok((run, read.iter().zip(&bounds).map(lane).collect()))
        })
        .await;
        walked.map_err(|broken| {
            let words = format!("the strategy {strategy} broke off in the middle: {broken}");
            Error::refused("strategy_panicked", words)
        })?
    }

    /// From when to when candles are looked for, those that warm up among them.
    pub(super) fn read_bounds(&self, interval: Interval, asked: &Asked) -> (Timestamp, Timestamp) {
        let wanted = i64::try_from(asked.warm_up).unwrap_or(i64::MAX).saturating_add(1);
        let back = wanted.saturating_mul(LOOK_BACK_TIMES).saturating_mul(interval.micros());
        let from = asked.setup.from.map_or_else(Timestamp::default, |from| from.plus_micros(-back));
        // The candle that is running has no close yet.
        let closed = interval.floor(self.now());
        (from, asked.setup.to.map_or(closed, |to| to.min(closed)))
    }

    /// A lane's candles, with those before the window that warm it up.
    pub(crate) async fn backtest_candles(&self, coin: Coin, interval: Interval, asked: &Asked) -> Result<Vec<Candle>> {
        let (from, to) = self.read_bounds(interval, asked);
        let candles = if from < to { self.compose(coin, interval, from, to).await? } else { Vec::new() };
        if candles.is_empty() {
            return Err(BacktestError::NoCandles { coin, interval }.into());
        }
        Ok(candles)
    }
}

fn walk(
    home: &Home,
    (strategy, params): (&'static str, &BTreeMap<String, String>),
    read: &[Read],
    setup: &Setup,
    job: &Job,
) -> Result<Run> {
    let all = read.iter().map(|(_, _, candles)| candles.len() as u64).sum();
    let mut lanes = Vec::with_capacity(read.len());
    for (coin, interval, candles) in read {
        let made = crate::scripts::make(home, strategy, params)?;
        lanes.push(Lane::of(*coin, *interval, made.strategy, candles));
    }
    Ok(backtest::run(lanes, setup, &mut |done| job.at(done, all).is_ok())?)
}

/// A ratio of two amounts, to ten decimals.
pub(crate) fn ratio_of(part: Money, whole: Money) -> Option<Decimal> {
    part.amount().checked_div(whole.amount()).map(|ratio| ratio.round_dp(10).normalize())
}

#[cfg(test)]
mod tests;
