//! How good the days were.
//!
//! | figure | formula | source |
//! |---|---|---|
//! | time-weighted return | ∏(1 + rᵢ) − 1 over the chained returns of the curve | GIPS 2020, 2.A.20–23: linked at every external flow, here at the days' ends |
//! | money-weighted return | the rate at which all flows and the opening equity grow to the closing equity: Σ Fᵢ(1+r)^((T−tᵢ)/365) = E, Actual/365 by whole days, a day's flow at its beginning | the internal rate of return as spreadsheets' XIRR |
//! | a year's return | (1 + R)^(365/days) − 1 | compound interest |
//! | volatility | s·√365, s the sample deviation of the daily returns (n − 1) | coins trade on every day of the year |
//! | Sharpe | r̄/s·√365; the risk-free rate is 0 | Sharpe (1994), "The Sharpe Ratio" |
//! | Sortino | r̄/d·√365, d² = Σ min(rᵢ, 0)²/n; the target is 0 | Sortino and Price (1994) |
//! | maximum drawdown | the least of index ÷ highest index so far − 1 | Magdon-Ismail and Atiya (2004) |
//! | Calmar | a year's time-weighted return ÷ the depth of the maximum drawdown, over the window | Young (1991) takes three years |
//! | expectancy | realised gain ÷ sales | the mean outcome |
//! | turnover ratio | the lesser of bought and sold ÷ mean equity | as US funds report it, Form N-1A item 13 |
//! | exposure | mean of what is held ÷ equity | - |
//!
//! Daily figures are of days that are over and whose day before was complete too; what needs many of them is missing below
//! [`DAYS_MIN`]. Deliberately absent: the gains of single sales ([`crate::Metrics`]).

use crate::equity::{CashBasis, Curve, DayPoint, ratio};
use crate::metrics::{Metric, Missing};
use chrono::NaiveDate;
use domain::{Decimal, Money};

/// Days a figure of a year, or of their spread, is made of at least.
pub const DAYS_MIN: usize = 30;
const YEAR_DAYS: f64 = 365.0;
/// A spread below this is the dust of arithmetic.
const NO_SPREAD: f64 = 1e-12;

/// The deepest fall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawdown {
    /// 0 to −1.
    pub depth: f64,
    /// The day it was last at its highest.
    pub start: NaiveDate,
    /// The day it was lowest.
    pub trough: NaiveDate,
    /// The first day it was as high again; none when it has not been yet.
    pub recovered: Option<NaiveDate>,
    /// Days from its start to its recovery, or to the last day.
    pub days: i64,
}

/// All figures; each that can't be told with the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Performance {
    /// Days of the window.
    pub days: usize,
    /// Daily returns that volatility and its like are made of.
    pub returns: usize,
    /// AUD gained, from the first complete day to the last.
    pub gain: Metric<Money>,
    /// Over the window.
    pub time_weighted: Metric<f64>,
    /// As a rate of a year.
    pub time_weighted_year: Metric<f64>,
    /// Over the window.
    pub money_weighted: Metric<f64>,
    /// As a rate of a year.
    pub money_weighted_year: Metric<f64>,
    /// Of a year.
    pub volatility: Metric<f64>,
    /// Of a year.
    pub sharpe: Metric<f64>,
    /// Of a year.
    pub sortino: Metric<f64>,
    /// The deepest fall.
    pub drawdown: Metric<Drawdown>,
    /// A year's return to the deepest fall.
    pub calmar: Metric<f64>,
    /// Mean gain of a sale with a known cost.
    pub expectancy: Metric<Money>,
    /// Bought and sold, before fees.
    pub turnover: Metric<Money>,
    /// To the mean equity.
    pub turnover_ratio: Metric<f64>,
    /// Mean part of the equity that was in coins.
    pub exposure: Metric<f64>,
    /// Part of the complete days at whose end coins were held.
    pub time_in_market: Metric<f64>,
    /// Mean days that what was sold had been held, weighted by its cost.
    pub holding_days: Metric<f64>,
}

fn year(total: f64, days: usize) -> Metric<f64> {
    if days < DAYS_MIN {
        return Err(Missing::TooFewDays);
    }
    let rate = (1.0 + total).powf(YEAR_DAYS / days as f64) - 1.0;
    if rate.is_finite() { Ok(rate) } else { Err(Missing::TooLarge) }
}

/// The opening and every point.
fn all(curve: &Curve) -> impl Iterator<Item = &DayPoint> {
    std::iter::once(&curve.opening).chain(&curve.points)
}

impl Performance {
    /// The figures of a curve of days.
    #[must_use]
    pub fn of(curve: &Curve) -> Self {
        let points = &curve.points;
        let days = points.len();
        let single = |point: &&DayPoint| point.whole && point.span == Some(1);
        let returns: Vec<f64> = points.iter().filter(single).filter_map(|point| point.earned).collect();
        let time_weighted = time_weighted(curve);
        let (mean, spread) = spread(&returns);
        let needs = |figure: Metric<f64>| if returns.len() < DAYS_MIN { Err(Missing::TooFewDays) } else { figure };
        let root = YEAR_DAYS.sqrt();
        let varied = |figure: f64| if spread < NO_SPREAD { Err(Missing::NoVariation) } else { Ok(figure) };
        let downside = (returns.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / returns.len().max(1) as f64).sqrt();
        let sortino = if downside < NO_SPREAD { Err(Missing::NoLosingDays) } else { Ok(mean / downside * root) };
        let time_weighted_year = time_weighted.and_then(|total| year(total, days));
        let drawdown = time_weighted.and_then(|_| drawdown(curve).ok_or(Missing::NoDrawdown));
        let money_weighted = money_weighted(curve);
        let equity_mean = equity_mean(curve);
        let trades = curve.report.metrics.trades;
        Self {
            days,
            returns: returns.len(),
            gain: gain(curve),
            time_weighted,
            time_weighted_year,
            money_weighted,
            money_weighted_year: money_weighted.and_then(|total| year(total, days)),
            volatility: needs(Ok(spread * root)),
            sharpe: needs(varied(mean / spread * root)),
            sortino: needs(sortino),
            drawdown,
            calmar: time_weighted_year.and_then(|rate| Ok(rate / -drawdown?.depth)),
            expectancy: if trades == 0 { Err(Missing::NoTrades) } else { Ok(Decimal::from(trades)) }.and_then(
                |trades| {
                    let mean = curve.report.realised.amount().checked_div(trades);
                    mean.map(|mean| Money::aud(mean.normalize())).ok_or(Missing::TooLarge)
                },
            ),
            turnover: curve.bought.checked_add(curve.sold).map_err(|_| Missing::TooLarge),
            turnover_ratio: equity_mean.and_then(|mean| {
                let (bought, sold) = (curve.bought.amount(), curve.sold.amount());
                ratio(bought.min(sold), Decimal::ONE).map(|least| least / mean).ok_or(Missing::TooLarge)
            }),
            exposure: exposure(curve),
            time_in_market: time_in_market(points),
            holding_days: curve.held_s.map(|held| held / 86_400.0).ok_or(Missing::NoTrades),
        }
    }
}

fn gain(curve: &Curve) -> Metric<Money> {
    if curve.points.iter().any(|point| point.flow.is_none()) {
        return Err(Missing::Unpriced);
    }
    let mut gains = curve.points.iter().filter_map(|point| point.gain).peekable();
    gains.peek().ok_or(if curve.points.is_empty() { Missing::TooFewDays } else { Missing::Unpriced })?;
    gains.try_fold(Money::ZERO_AUD, Money::checked_add).map_err(|_| Missing::TooLarge)
}

fn time_weighted(curve: &Curve) -> Metric<f64> {
    if curve.points.is_empty() {
        return Err(Missing::TooFewDays);
    }
    let is_known = curve.points.iter().all(|point| point.flow.is_some());
    if !is_known || !curve.points.iter().any(|point| point.gain.is_some()) {
        return Err(Missing::Unpriced);
    }
    if !curve.points.iter().any(|point| point.earned.is_some()) {
        return Err(Missing::NoCapital);
    }
    let last = curve.points.iter().rev().find_map(|point| point.index);
    last.map(|index| index - 1.0).filter(|total| total.is_finite()).ok_or(Missing::TooLarge)
}

/// Mean and sample deviation; no deviation below two.
fn spread(returns: &[f64]) -> (f64, f64) {
    if returns.len() < 2 {
        return (0.0, 0.0);
    }
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let squares = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>();
    (mean, (squares / (n - 1.0)).sqrt())
}

fn drawdown(curve: &Curve) -> Option<Drawdown> {
    let indexed: Vec<(NaiveDate, f64)> = all(curve).filter_map(|point| Some((point.date, point.index?))).collect();
    let end = indexed.last()?.0;
    let (mut top, mut deepest): ((NaiveDate, f64), Option<Drawdown>) = (*indexed.first()?, None);
    let mut peak_of_deepest = f64::NAN;
    for (date, index) in &indexed {
        if let Some(deepest) = &mut deepest
            && deepest.recovered.is_none()
            && *index >= peak_of_deepest
        {
            deepest.recovered = Some(*date);
        }
        if *index >= top.1 {
            top = (*date, *index);
        }
        let depth = index / top.1 - 1.0;
        if depth < deepest.map_or(-NO_SPREAD, |deepest| deepest.depth) {
            deepest = Some(Drawdown { depth, start: top.0, trough: *date, recovered: None, days: 0 });
            peak_of_deepest = top.1;
        }
    }
    deepest.map(|mut deepest| {
        deepest.days = (deepest.recovered.unwrap_or(end) - deepest.start).num_days();
        deepest
    })
}

/// The growth over the window that explains the opening equity, every flow and the closing equity.
fn money_weighted(curve: &Curve) -> Metric<f64> {
    let complete = |point: &DayPoint| point.equity.is_some();
    if curve.points.is_empty() {
        return Err(Missing::TooFewDays);
    }
    let all: Vec<&DayPoint> = all(curve).collect();
    let first = all.iter().position(|point| complete(point)).ok_or(Missing::Unpriced)?;
    let last = all.iter().rposition(|point| complete(point)).filter(|last| *last > first).ok_or(Missing::Unpriced)?;
    let float = |money: Money| f64::try_from(money.amount()).map_err(|_| Missing::TooLarge);
    let equity = |at: usize| all.get(at).and_then(|point| point.equity).map_or(Err(Missing::Unpriced), float);
    let span = (last - first) as f64;
    let mut flows = vec![(1.0, equity(first)?)];
    for (at, point) in all.iter().enumerate().take(last + 1).skip(first + 1) {
        let left = (last - at + 1) as f64 / span;
        let flow = float(point.flow.ok_or(Missing::Unpriced)?)?;
        if flow != 0.0 {
            flows.push((left, flow));
        }
    }
    growth(&flows, equity(last)?)
}

/// How far the growth is sought: from −(1 − 2e−9) to 4.9e8 over the window.
const GROWTH_MAX: f64 = 20.0;
const GRID: i32 = 400;
const HALVINGS: u32 = 120;

/// The one growth g with Σ flow·(1 + g)^left = end.
fn growth(flows: &[(f64, f64)], end: f64) -> Metric<f64> {
    if flows.iter().all(|(_, flow)| *flow <= 0.0) {
        return Err(Missing::NoCapital);
    }
    let value = |log: f64| flows.iter().map(|(left, flow)| flow * (log * left).exp()).sum::<f64>() - end;
    if end == 0.0 && flows.iter().all(|(_, flow)| *flow >= 0.0) {
        return Ok(-1.0);
    }
    let step = GROWTH_MAX / f64::from(GRID / 2);
    let mut found: Option<(f64, f64)> = None;
    let mut before = (-GROWTH_MAX, value(-GROWTH_MAX));
    for n in 1..=GRID {
        let log = step.mul_add(f64::from(n), -GROWTH_MAX);
        let here = (log, value(log));
        if (before.1 < 0.0) != (here.1 < 0.0) && found.replace((before.0, here.0)).is_some() {
            return Err(Missing::SeveralRates);
        }
        before = here;
    }
    let (mut low, mut high) = found.ok_or(Missing::NoRate)?;
    let below = value(low) < 0.0;
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if (value(middle) < 0.0) == below {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(f64::midpoint(low, high).exp_m1())
}

fn equity_mean(curve: &Curve) -> Metric<f64> {
    let held: Vec<f64> = curve.points.iter().filter_map(|point| f64::try_from(point.equity?.amount()).ok()).collect();
    let mean = held.iter().sum::<f64>() / held.len().max(1) as f64;
    match held.len() {
        0 => Err(Missing::Unpriced),
        _ if mean <= 0.0 => Err(Missing::NoCapital),
        _ => Ok(mean),
    }
}

fn exposure(curve: &Curve) -> Metric<f64> {
    if curve.basis != CashBasis::Known {
        return Err(Missing::CashUnknown);
    }
    let part = |point: &DayPoint| {
        let (held, equity) = (point.holdings?.amount(), point.equity?.amount());
        if equity > Decimal::ZERO { ratio(held, equity) } else { None }
    };
    let parts: Vec<f64> = curve.points.iter().filter_map(part).collect();
    if parts.is_empty() { Err(Missing::NoCapital) } else { Ok(parts.iter().sum::<f64>() / parts.len() as f64) }
}

fn time_in_market(points: &[DayPoint]) -> Metric<f64> {
    let complete: Vec<bool> =
        points.iter().filter_map(|point| Some(point.holdings?.amount() > Decimal::ZERO)).collect();
    let held = complete.iter().filter(|held| **held).count();
    if complete.is_empty() { Err(Missing::Unpriced) } else { Ok(held as f64 / complete.len() as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flows as (day, AUD), the last of them the closing equity taken out; the rate of a year.
    fn xirr(flows: &[(f64, f64)]) -> Metric<f64> {
        let (end_day, end) = *flows.last().unwrap();
        let before = &flows[..flows.len() - 1];
        let flows: Vec<_> = before.iter().map(|(day, flow)| ((end_day - day) / end_day, *flow)).collect();
        growth(&flows, end).map(|total| (1.0 + total).powf(365.0 / end_day) - 1.0)
    }

    #[test]
    fn the_rate_of_the_spreadsheets_own_example_comes_out() {
        // The example in the documentation of Excel's XIRR: 37.336 %.
        let rate = xirr(&[(0.0, 10_000.0), (60.0, -2_750.0), (303.0, -4_250.0), (411.0, -3_250.0), (456.0, 2_750.0)]);
        assert!((rate.unwrap() - 0.373_362_535).abs() < 1e-8, "{rate:?}");
    }

    #[test]
    fn a_year_at_ten_percent_is_ten_percent_and_a_total_loss_minus_one() {
        assert!((xirr(&[(0.0, 1_000.0), (365.0, 1_100.0)]).unwrap() - 0.1).abs() < 1e-12);
        assert_eq!(growth(&[(1.0, 500.0), (0.5, 500.0)], 0.0), Ok(-1.0));
    }

    #[test]
    fn flows_that_two_rates_explain_have_no_rate_and_those_that_none_explains_neither() {
        // 1000 in, 2300 out after half the time, 1320 in again: both 10 % and 20 % a half.
        assert_eq!(growth(&[(1.0, 1_000.0), (0.5, -2_300.0), (1e-9, 1_320.0)], 0.0), Err(Missing::SeveralRates));
        assert_eq!(growth(&[(1.0, -100.0)], 10.0), Err(Missing::NoCapital));
        assert_eq!(growth(&[(1.0, 100.0)], -10.0), Err(Missing::NoRate));
    }

    #[test]
    fn the_spread_is_the_sample_deviation() {
        let (mean, spread) = spread(&[0.02, -0.01, 0.03, 0.0]);
        assert!((mean - 0.01).abs() < 1e-15);
        // Squares 0.0001 + 0.0004 + 0.0004 + 0.0001 = 0.001, by three.
        assert!((spread - (0.001f64 / 3.0).sqrt()).abs() < 1e-15);
    }
}
