//! What is to be learned about a candle: what a purchase after it would have come to.
//!
//! Every label buys at the open of the next candle, as a backtest does, and looks at most `horizon` candles ahead, the one it
//! buys in included. Its end is the last candle it looked at, so that a training can be purged of labels that overlap a test.
//! A label over a hole, or of a candle in which nobody traded, is none. Source of the triple barrier: López de Prado,
//! "Advances in Financial Machine Learning" (2018), chapter 3. Deliberately absent: thresholds made of the whole history; that
//! of a quantile is made of the samples that are trained on, each time anew.

use super::ModelError;
use crate::indicators::Volatility;
use domain::{Candle, Interval};
use serde::{Deserialize, Serialize};

/// Candles of a horizon at most.
pub const HORIZON_MAX: usize = 1_000;
const COST_BPS_MAX: f64 = 2_000.0;
const BARRIER_BPS_MAX: f64 = 100_000.0;
const BARRIER_SIGMAS_MAX: f64 = 100.0;
const VOLATILITY_CANDLES: usize = 24;

/// What trading costs, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Costs {
    /// The fee of each side.
    pub fee_bps: f64,
    /// From bid to ask.
    pub spread_bps: f64,
}

/// How far a barrier is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Width {
    /// In hundredths of a percent of the price.
    Bps(f64),
    /// In deviations: of the last 24 log returns, times the root of the horizon.
    Volatility(f64),
}

/// What a label is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LabelKind {
    /// Up when the sale at the close of the last candle brings more than the purchase cost, after fees and spread.
    Direction,
    /// Up when the price rises to the upper barrier before it falls to the lower one and before the time is over. A candle that
    /// met both met the lower one first: nobody knows, and this errs on the side of doubt. One that opens beyond a barrier is
    /// sold at its open.
    TripleBarrier {
        /// The upper one.
        take: Width,
        /// The lower one.
        stop: Width,
    },
    /// Up when the return is above this quantile of those trained on.
    Quantile {
        /// Between 0 and 1.
        above: f64,
    },
}

impl LabelKind {
    /// Its name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::TripleBarrier { .. } => "triple_barrier",
            Self::Quantile { .. } => "quantile",
        }
    }
}

/// What is to be learned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelSpec {
    /// What it is.
    pub kind: LabelKind,
    /// Candles it looks ahead at most.
    pub horizon: usize,
    /// What trading costs.
    pub costs: Costs,
}

/// What a purchase after a candle came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// What it returned after costs; 0.01 is one percent.
    pub net: f64,
    /// Whether it is up, for labels that need no other samples to say so.
    pub is_up: Option<bool>,
    /// The last candle it looked at, by place.
    pub end: usize,
}

/// Why a candle has no label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLabel {
    /// The history ends before its horizon.
    Unfinished,
    /// Candles are missing within its horizon.
    Gap,
    /// Nobody traded where it would buy or sell.
    NoVolume,
    /// A price that is none, or a width that isn't known yet.
    NoPrice,
}

fn within(name: &'static str, value: f64, least: f64, most: f64) -> Result<(), ModelError> {
    let fits = value.is_finite() && (least..=most).contains(&value);
    let wanted = || format!("use a number from {least} to {most}");
    if fits { Ok(()) } else { Err(ModelError::Bad { name, value: value.to_string(), wanted: wanted() }) }
}

impl LabelSpec {
    /// Holds it to what can be.
    ///
    /// # Errors
    /// [`ModelError::Bad`].
    pub fn check(&self) -> Result<(), ModelError> {
        if !(1..=HORIZON_MAX).contains(&self.horizon) {
            let wanted = format!("use 1 to {HORIZON_MAX} candles");
            return Err(ModelError::Bad { name: "horizon", value: self.horizon.to_string(), wanted });
        }
        within("fee_bps", self.costs.fee_bps, 0.0, COST_BPS_MAX)?;
        within("spread_bps", self.costs.spread_bps, 0.0, COST_BPS_MAX)?;
        match self.kind {
            LabelKind::Direction => Ok(()),
            LabelKind::Quantile { above } => within("quantile", above, 0.01, 0.99),
            LabelKind::TripleBarrier { take, stop } => {
                let check = |name, width| match width {
                    Width::Bps(bps) => within(name, bps, 1.0, BARRIER_BPS_MAX),
                    Width::Volatility(times) => within(name, times, 0.01, BARRIER_SIGMAS_MAX),
                };
                check("take", take)?;
                check("stop", stop)
            }
        }
    }

    /// What a purchase and a sale cost together, as a share; what a price must rise by to earn nothing.
    #[must_use]
    pub fn round_trip(&self) -> f64 {
        let side = (self.costs.fee_bps + self.costs.spread_bps / 2.0) / 10_000.0;
        (1.0 + side) / (1.0 - side) - 1.0
    }

    fn net(&self, entry: f64, exit: f64) -> f64 {
        let side = (self.costs.fee_bps + self.costs.spread_bps / 2.0) / 10_000.0;
        exit * (1.0 - side) / (entry * (1.0 + side)) - 1.0
    }
}

/// The outcome of every candle, oldest first, of one interval.
#[must_use]
pub fn outcomes(candles: &[Candle], interval: Interval, spec: &LabelSpec) -> Vec<Result<Outcome, NoLabel>> {
    let prices: Vec<Prices> = candles.iter().map(Prices::of).collect();
    let mut volatility = Volatility::new(VOLATILITY_CANDLES);
    let said: Vec<Option<f64>> = prices.iter().map(|price| volatility.push(price.close)).collect();
    let root = libm::sqrt(spec.horizon as f64);
    let one = |place: usize| {
        let last = place.checked_add(spec.horizon).filter(|last| *last < candles.len()).ok_or(NoLabel::Unfinished)?;
        let whole = candles[place].time.plus_micros(spec.horizon as i64 * interval.micros());
        if candles[last].time != whole {
            return Err(NoLabel::Gap);
        }
        let width = |width| match width {
            Width::Bps(bps) => Some(bps / 10_000.0),
            Width::Volatility(times) => said[place].map(|deviation| deviation * root * times),
        };
        let ahead = &prices[place + 1..=last];
        let entry = ahead.first().map(|first| first.open).filter(|open| *open > 0.0).ok_or(NoLabel::NoPrice)?;
        let (exit, took, is_up) = match spec.kind {
            LabelKind::Direction | LabelKind::Quantile { .. } => (ahead[ahead.len() - 1].close, ahead.len(), None),
            LabelKind::TripleBarrier { take, stop } => {
                let (take, stop) = (width(take).ok_or(NoLabel::NoPrice)?, width(stop).ok_or(NoLabel::NoPrice)?);
                let (exit, took, is_up) = barrier(ahead, entry * (1.0 + take), entry * (1.0 - stop));
                (exit, took, Some(is_up))
            }
        };
        if ahead[0].is_silent || ahead[took - 1].is_silent {
            return Err(NoLabel::NoVolume);
        }
        let net = spec.net(entry, exit);
        let is_up = match spec.kind {
            LabelKind::Direction => Some(net > 0.0),
            _ => is_up,
        };
        if net.is_finite() { Ok(Outcome { net, is_up, end: place + took }) } else { Err(NoLabel::NoPrice) }
    };
    (0..candles.len()).map(one).collect()
}

struct Prices {
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    /// Nobody traded in it; what nobody tells is not nothing.
    is_silent: bool,
}

impl Prices {
    fn of(candle: &Candle) -> Self {
        let number = |decimal| f64::try_from(decimal).unwrap_or(f64::NAN);
        Self {
            open: number(candle.open.decimal()),
            high: number(candle.high.decimal()),
            low: number(candle.low.decimal()),
            close: number(candle.close.decimal()),
            is_silent: candle.volume.is_some_and(|volume| volume.decimal().is_zero()),
        }
    }
}

/// The price it is sold at, the candles that took, and whether the upper barrier was met first.
fn barrier(ahead: &[Prices], take: f64, stop: f64) -> (f64, usize, bool) {
    for (place, bar) in ahead.iter().enumerate() {
        let took = place + 1;
        if place > 0 && bar.open <= stop {
            return (bar.open, took, false);
        }
        if place > 0 && bar.open >= take {
            return (bar.open, took, true);
        }
        if bar.low <= stop {
            return (stop, took, false);
        }
        if bar.high >= take {
            return (take, took, true);
        }
    }
    (ahead[ahead.len() - 1].close, ahead.len(), false)
}

/// The value a share of these lies below, between its neighbours (type 7 of Hyndman and Fan); none of nothing.
#[must_use]
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let place = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let below = place.floor() as usize;
    let low = *sorted.get(below)?;
    let high = *sorted.get(below + 1).unwrap_or(&low);
    Some(low + (high - low) * (place - below as f64))
}
