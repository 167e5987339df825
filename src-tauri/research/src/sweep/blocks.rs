//! The points of a block, run.

use super::BLOCK_POINTS;
use super::grid::Grid;
use crate::vector::{self, Bars, Outcome, Rule, Setup};
use domain::{BasisPoints, Coin, Interval, Money, parse_decimal};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;

/// One coin at one interval.
pub struct Lane<'a> {
    /// The coin.
    pub coin: Coin,
    /// The length of its candles.
    pub interval: Interval,
    /// Its candles as columns, or why they have none.
    pub bars: &'a Result<Bars, vector::Misfit>,
    /// Runs a point on the event path: for strategies that have no other, and points that do not fit the vectorised one.
    pub event_path: Option<&'a EventPath<'a>>,
}

/// Figures of one point of the grid by the event path, or the code of why there are none.
pub type EventPath<'a> = dyn Fn(u64) -> Result<Figures, String> + Sync + 'a;

/// Why a point that only the event path can run is left out where there is none.
const EVENT_PATH_ONLY: &str = "event_path_only";

/// What became of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Cash and coins at the last close, AUD.
    #[serde(with = "aud")]
    pub final_equity: Money,
    /// What was gained or lost of the cash, as a ratio.
    #[serde(rename = "return")]
    pub earned: f64,
    /// The deepest fall from the highest, from 0 to 1.
    pub max_drawdown: f64,
    /// Of a year; none for too few days or no variation.
    pub sharpe: Option<f64>,
    /// Part of the bars with coins at their close.
    pub exposure: f64,
    /// Buys that filled.
    pub entries: u32,
    /// Sales that filled.
    pub exits: u32,
    /// Sales that gained after fees.
    pub wins: u32,
    /// Orders that were refused.
    pub refused: u32,
    /// All fees, AUD.
    #[serde(with = "aud")]
    pub fees: Money,
}

/// What is told of a point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Told {
    /// It ran.
    Ran(Figures),
    /// It did not.
    Left {
        /// Why, as a code: `bad_parameter` for values that do not fit each other.
        left: String,
    },
}

/// A point and what is told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its number over all lanes.
    pub point: u64,
    /// What became of it.
    #[serde(flatten)]
    pub told: Told,
}

/// Runs the points `first..` of a lane, at most a block of them; `before` is the number of points in the lanes before.
#[must_use]
pub fn run_block(grid: &Grid, lane: &Lane<'_>, setup: Setup, before: u64, first: u64) -> Vec<Row> {
    let last = grid.points().min(first + BLOCK_POINTS);
    let mut told: BTreeMap<u64, Told> = BTreeMap::new();
    let mut by_events: Vec<(u64, &'static str)> = Vec::new();
    let mut vectorised: BTreeMap<BasisPoints, (Vec<u64>, Vec<Rule>)> = BTreeMap::new();
    for point in first..last {
        match grid.made(point) {
            Err(unmade) => {
                told.insert(point, left(unmade.code));
            }
            Ok(made) => match made.rule.zip(grid.charges(point).vectorised(setup)) {
                Some((rule, charged)) => {
                    let (points, rules) = vectorised.entry(charged.fee).or_default();
                    points.push(point);
                    rules.push(rule);
                }
                None => by_events.push((point, EVENT_PATH_ONLY)),
            },
        }
    }
    for (fee, (points, rules)) in vectorised {
        let outcomes = match lane.bars {
            Ok(bars) => vector::run(bars, &rules, Setup { fee, ..setup }),
            Err(misfit) => vec![Err(misfit.clone()); rules.len()],
        };
        for (point, outcome) in points.into_iter().zip(outcomes) {
            match outcome {
                Ok(outcome) => drop(told.insert(point, Told::Ran(figures(&outcome, setup.cash)))),
                Err(misfit) => by_events.push((point, misfit.code())),
            }
        }
    }
    for (point, code) in by_events {
        let ran = match lane.event_path {
            Some(event_path) => event_path(point).map_or_else(|code| left(&code), Told::Ran),
            None => left(code),
        };
        told.insert(point, ran);
    }
    told.into_iter().map(|(point, told)| Row { point: before + point, told }).collect()
}

fn left(code: &str) -> Told {
    Told::Left { left: code.to_owned() }
}

fn figures(outcome: &Outcome, cash: Money) -> Figures {
    let plain = |money: Money| f64::try_from(money.amount()).unwrap_or(f64::NAN);
    Figures {
        final_equity: outcome.final_equity,
        earned: plain(outcome.final_equity) / plain(cash) - 1.0,
        max_drawdown: outcome.max_drawdown,
        sharpe: outcome.sharpe,
        exposure: outcome.exposure,
        entries: outcome.entries,
        exits: outcome.exits,
        wins: outcome.wins,
        refused: outcome.refused,
        fees: outcome.fees,
    }
}

/// AUD as a plain decimal string.
mod aud {
    use super::{Deserialize, Deserializer, Money, Serializer, de, parse_decimal};

    pub fn serialize<S: Serializer>(money: &Money, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&money.amount().normalize())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Money, D::Error> {
        let text = String::deserialize(input)?;
        parse_decimal(&text).map(Money::aud).map_err(de::Error::custom)
    }
}
