//! The points of a block, run.

use super::BLOCK_POINTS;
use super::grid::Grid;
use crate::vector::{self, Bars, Outcome, Rule, Setup};
use domain::{Coin, Interval, Money, parse_decimal};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;

/// One coin at one interval.
pub struct Lane<'a> {
    /// The coin.
    pub coin: Coin,
    /// The length of its candles.
    pub interval: Interval,
    /// Its candles as columns, or why they have none.
    pub bars: Result<Bars, vector::Misfit>,
    /// Runs a setting on the event path: for strategies that have no other, and points that do not fit the vectorised one.
    pub event_path: Option<&'a EventPath<'a>>,
}

/// Figures of one setting by the event path, or the code of why there are none.
pub type EventPath<'a> = dyn Fn(&BTreeMap<String, String>) -> Result<Figures, String> + Sync + 'a;

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
    let (mut places, mut rules) = (Vec::new(), Vec::new());
    for point in first..last {
        match grid.built(point) {
            Err(error) => {
                told.insert(point, left(error.code()));
            }
            Ok((parameters, strategy)) => {
                places.push(point);
                rules.push(Rule::of(grid.strategy().name, &parameters, strategy.warm_up()));
            }
        }
    }
    let fitting: Vec<Rule> = rules.iter().flatten().copied().collect();
    let mut outcomes = match &lane.bars {
        Ok(bars) => vector::run(bars, &fitting, setup),
        Err(misfit) => vec![Err(misfit.clone()); fitting.len()],
    }
    .into_iter();
    for (point, rule) in places.into_iter().zip(rules) {
        let outcome = rule.and_then(|_| outcomes.next());
        let by_events = |code: &str| match lane.event_path {
            Some(event_path) => event_path(&grid.setting(point)).map_or_else(|code| left(&code), Told::Ran),
            None => left(code),
        };
        told.insert(
            point,
            match outcome {
                Some(Ok(outcome)) => Told::Ran(figures(&outcome, setup.cash)),
                Some(Err(misfit)) => by_events(misfit.code()),
                None => by_events("event_path_only"),
            },
        );
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
