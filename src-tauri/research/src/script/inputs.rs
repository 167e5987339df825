//! What a script looks at: a name and a formula each, computed here one candle at a time.
//!
//! A formula is a column (`open`, `high`, `low`, `close`, `volume`) or one of `sma`, `ema`, `rsi`, `highest`, `lowest` over
//! so many candles, of the close unless a column is named, and as it was some candles ago where that is said:
//! `sma(20)`, `highest(high, 55) ago 1`, `close ago 24`.
//!
//! Invariants: a value rests on closed candles only; there is none before there is enough to say it from.

use super::ScriptError;
use crate::indicators::{Ema, Rsi, Sma};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

const INPUTS_MAX: usize = 32;
const NAME_CHARS_MAX: usize = 40;
const PERIOD_MAX: usize = 5_000;
/// What came before is forgotten after so many periods, by those that forget slowly.
const FORGOTTEN_PERIODS: usize = 20;
/// The names of every candle's own fields.
pub(super) const OWN: [&str; 8] = ["time", "open", "high", "low", "close", "volume", "held", "pending"];

/// A closed candle as numbers for deciding, never amounts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Its beginning, in seconds since 1970.
    pub time: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Coins traded; none when the source does not say.
    pub volume: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
enum Column {
    Open,
    High,
    Low,
    Close,
    Volume,
}

impl Column {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "open" => Self::Open,
            "high" => Self::High,
            "low" => Self::Low,
            "close" => Self::Close,
            "volume" => Self::Volume,
            _ => return None,
        })
    }

    const fn of(self, bar: &Bar) -> Option<f64> {
        match self {
            Self::Open => Some(bar.open),
            Self::High => Some(bar.high),
            Self::Low => Some(bar.low),
            Self::Close => Some(bar.close),
            Self::Volume => bar.volume,
        }
    }
}

#[derive(Debug, Clone)]
enum Formula {
    Itself,
    Sma(Sma),
    Ema(Ema),
    Rsi(Rsi),
    Extreme { period: usize, window: VecDeque<f64>, highest: bool },
}

impl Formula {
    fn push(&mut self, value: f64) -> Option<f64> {
        match self {
            Self::Itself => Some(value),
            Self::Sma(sma) => sma.push(value),
            Self::Ema(ema) => ema.push(value),
            Self::Rsi(rsi) => rsi.push(value),
            Self::Extreme { period, window, highest } => {
                window.push_back(value);
                if window.len() > *period {
                    window.pop_front();
                }
                let pick = if *highest { f64::max } else { f64::min };
                (window.len() == *period).then(|| window.iter().copied().fold(value, pick))
            }
        }
    }
}

/// One thing a script looks at.
#[derive(Debug, Clone)]
pub(super) struct Input {
    pub name: String,
    /// Candles until it speaks as it always will.
    pub warm_up: usize,
    column: Column,
    formula: Formula,
    ago: usize,
    past: VecDeque<Option<f64>>,
}

impl Input {
    /// Reads a name and its formula.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScriptError> {
        let bad = |words: &str| ScriptError::Unreadable(format!("input {name} = \"{text}\": {words}"));
        let is_name = name.chars().count() <= NAME_CHARS_MAX
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_name || OWN.contains(&name) {
            return Err(bad("its name is lower case letters, digits and _, and none of a candle's own fields"));
        }
        let (text, ago) = match text.split_once(" ago ") {
            Some((text, ago)) => (text, count(ago).ok_or_else(|| bad("ago how many candles?"))?),
            None => (text, 0),
        };
        let (head, arguments) = match text.trim().split_once('(') {
            Some((head, rest)) => {
                let inner = rest.strip_suffix(')').ok_or_else(|| bad("a bracket is not closed"))?;
                (head.trim(), Some(inner))
            }
            None => (text.trim(), None),
        };
        let Some(arguments) = arguments else {
            let column = Column::parse(head).ok_or_else(|| bad("no such column or formula"))?;
            return Ok(Self::new(name, column, Formula::Itself, 1, ago));
        };
        let (column, period) = match arguments.split_once(',') {
            Some((column, period)) => (column.trim(), period),
            None => ("close", arguments),
        };
        let column = Column::parse(column).ok_or_else(|| bad("no such column"))?;
        let period = count(period).ok_or_else(|| bad("over how many candles? a whole number from 1 to 5000"))?;
        let extreme = |highest| Formula::Extreme { period, window: VecDeque::with_capacity(period + 1), highest };
        let (formula, warm_up) = match head {
            "sma" => (Formula::Sma(Sma::new(period)), period),
            "ema" => (Formula::Ema(Ema::new(period)), period * FORGOTTEN_PERIODS),
            "rsi" => (Formula::Rsi(Rsi::new(period)), period * FORGOTTEN_PERIODS),
            "highest" => (extreme(true), period),
            "lowest" => (extreme(false), period),
            _ => return Err(bad("no such formula: use sma, ema, rsi, highest, lowest or a column")),
        };
        Ok(Self::new(name, column, formula, warm_up, ago))
    }

    fn new(name: &str, column: Column, formula: Formula, warm_up: usize, ago: usize) -> Self {
        let past = VecDeque::with_capacity(ago + 1);
        Self { name: name.to_owned(), warm_up: warm_up + ago, column, formula, ago, past }
    }

    /// Takes the next candle and tells the value now.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let value = self.column.of(bar).and_then(|value| self.formula.push(value));
        self.past.push_back(value.filter(|value| value.is_finite()));
        if self.past.len() > self.ago + 1 {
            self.past.pop_front();
        }
        if self.past.len() > self.ago { self.past.front().copied().flatten() } else { None }
    }
}

/// Reads all of them; names are all different.
pub(super) fn parse<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<Vec<Input>, ScriptError> {
    let inputs = pairs.map(|(name, text)| Input::parse(name, text)).collect::<Result<Vec<_>, _>>()?;
    if inputs.len() > INPUTS_MAX {
        return Err(ScriptError::Unreadable(format!("{} inputs, {INPUTS_MAX} are the most", inputs.len())));
    }
    Ok(inputs)
}

fn count(text: &str) -> Option<usize> {
    text.trim().parse().ok().filter(|count| (1..=PERIOD_MAX).contains(count))
}
