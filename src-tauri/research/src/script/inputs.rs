//! What a script looks at: a name and a formula each, computed here one candle at a time.
//!
//! A formula is a column (`open`, `high`, `low`, `close`, `volume`), or one of [`FORMULAS`] with its numbers; those of one
//! column take the close unless another is named first; and any of them as it was some candles ago, where that is said:
//! `sma(20)`, `highest(high, 55) ago 1`, `macd_line(12, 26, 9)`, `close ago 24`.
//!
//! Invariants: a value rests on closed candles only; there is none before there is enough to say it from.

use super::ScriptError;
use crate::indicators::{
    Adx, Atr, Bar as Range, Bollinger, Ema, Extreme, Keltner, Macd, Obv, Returns, Rsi, Sma, Stochastic, Volatility,
    Vwap, Wma, ZScore,
};
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

impl Bar {
    const fn range(&self) -> Range {
        Range { high: self.high, low: self.low, close: self.close, volume: self.volume }
    }
}

type Compute = Box<dyn FnMut(&Bar) -> Option<f64> + Send>;

/// Every formula with the numbers it takes.
pub const FORMULAS: [(&str, &str); 24] = [
    ("sma", "period"),
    ("ema", "period"),
    ("wma", "period"),
    ("rsi", "period"),
    ("zscore", "period"),
    ("highest", "period"),
    ("lowest", "period"),
    ("change", "candles back"),
    ("volatility", "period"),
    ("macd_line", "fast, slow, signal"),
    ("macd_signal", "fast, slow, signal"),
    ("macd_histogram", "fast, slow, signal"),
    ("bollinger_upper", "period, tenths of a deviation"),
    ("bollinger_lower", "period, tenths of a deviation"),
    ("keltner_upper", "period, range period, tenths of the range"),
    ("keltner_lower", "period, range period, tenths of the range"),
    ("atr", "period"),
    ("adx", "period"),
    ("plus_di", "period"),
    ("minus_di", "period"),
    ("stochastic_k", "period, smooth, signal"),
    ("stochastic_d", "period, smooth, signal"),
    ("vwap", "period"),
    ("obv", ""),
];

/// A formula of one column, and the candles until it speaks as it always will.
fn of_column(head: &str, column: Column, numbers: &[usize]) -> Option<(Compute, usize)> {
    fn over(column: Column, mut push: impl FnMut(f64) -> Option<f64> + Send + 'static) -> Compute {
        Box::new(move |bar| column.of(bar).and_then(&mut push))
    }
    macro_rules! push {
        ($made:expr) => {{
            let mut made = $made;
            over(column, move |value| made.push(value))
        }};
        ($made:expr, $part:ident) => {{
            let mut made = $made;
            over(column, move |value| made.push(value).map(|said| said.$part))
        }};
    }
    Some(match (head, numbers) {
        ("sma", &[period]) => (push!(Sma::new(period)), period),
        ("ema", &[period]) => (push!(Ema::new(period)), period * FORGOTTEN_PERIODS),
        ("wma", &[period]) => (push!(Wma::new(period)), period),
        ("rsi", &[period]) => (push!(Rsi::new(period)), period * FORGOTTEN_PERIODS),
        ("zscore", &[period]) => (push!(ZScore::new(period)), period),
        ("highest", &[period]) => (push!(Extreme::highest(period)), period),
        ("lowest", &[period]) => (push!(Extreme::lowest(period)), period),
        ("change", &[back]) => (push!(Returns::simple(back)), back + 1),
        ("volatility", &[period]) => (push!(Volatility::new(period)), period + 1),
        ("macd_line", &[fast, slow, signal]) => (push!(Macd::new(fast, slow, signal), line), slow * FORGOTTEN_PERIODS),
        ("macd_signal", &[fast, slow, signal]) => {
            (push!(Macd::new(fast, slow, signal), signal), (slow + signal) * FORGOTTEN_PERIODS)
        }
        ("macd_histogram", &[fast, slow, signal]) => {
            (push!(Macd::new(fast, slow, signal), histogram), (slow + signal) * FORGOTTEN_PERIODS)
        }
        ("bollinger_upper", &[period, tenths]) => (push!(Bollinger::new(period, tenths as f64 / 10.0), upper), period),
        ("bollinger_lower", &[period, tenths]) => (push!(Bollinger::new(period, tenths as f64 / 10.0), lower), period),
        _ => return None,
    })
}

/// A formula of the whole candle, the same way.
fn of_candle(head: &str, numbers: &[usize]) -> Option<(Compute, usize)> {
    macro_rules! push {
        ($made:expr, $said:ident => $value:expr) => {{
            let mut made = $made;
            Box::new(move |bar: &Bar| made.push(&bar.range()).and_then(|$said| $value)) as Compute
        }};
    }
    Some(match (head, numbers) {
        ("keltner_upper", &[period, range, tenths]) => {
            let keltner = Keltner::new(period, range, tenths as f64 / 10.0);
            (push!(keltner, said => Some(said.upper)), period.max(range) * FORGOTTEN_PERIODS)
        }
        ("keltner_lower", &[period, range, tenths]) => {
            let keltner = Keltner::new(period, range, tenths as f64 / 10.0);
            (push!(keltner, said => Some(said.lower)), period.max(range) * FORGOTTEN_PERIODS)
        }
        ("atr", &[period]) => (push!(Atr::new(period), said => Some(said)), period * FORGOTTEN_PERIODS),
        ("adx", &[period]) => (push!(Adx::new(period), said => said.adx), 2 * period * FORGOTTEN_PERIODS),
        ("plus_di", &[period]) => (push!(Adx::new(period), said => Some(said.plus)), period * FORGOTTEN_PERIODS),
        ("minus_di", &[period]) => (push!(Adx::new(period), said => Some(said.minus)), period * FORGOTTEN_PERIODS),
        ("stochastic_k", &[period, smooth, signal]) => {
            (push!(Stochastic::new(period, smooth, signal), said => Some(said.k)), period + smooth + signal)
        }
        ("stochastic_d", &[period, smooth, signal]) => {
            (push!(Stochastic::new(period, smooth, signal), said => Some(said.d)), period + smooth + signal)
        }
        ("vwap", &[period]) => (push!(Vwap::new(period), said => Some(said)), period),
        ("obv", &[]) => {
            let mut obv = Obv::new();
            (Box::new(move |bar| Some(obv.push(&bar.range()))), 1)
        }
        _ => return None,
    })
}

/// One thing a script looks at.
pub(super) struct Input {
    pub name: String,
    /// Candles until it speaks as it always will.
    pub warm_up: usize,
    compute: Compute,
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
        let (formula, ago) = match text.split_once(" ago ") {
            Some((formula, ago)) => (formula, count(ago).ok_or_else(|| bad("ago how many candles?"))?),
            None => (text, 0),
        };
        let (compute, warm_up) = match formula.trim().split_once('(') {
            Some((head, rest)) => {
                let inner = rest.strip_suffix(')').ok_or_else(|| bad("a bracket is not closed"))?;
                formula_of(head.trim(), inner).map_err(|words| bad(&words))?
            }
            None => {
                let column = Column::parse(formula.trim()).ok_or_else(|| bad("no such column, and no brackets"))?;
                (Box::new(move |bar: &Bar| column.of(bar)) as Compute, 1)
            }
        };
        let past = VecDeque::with_capacity(ago + 1);
        Ok(Self { name: name.to_owned(), warm_up: warm_up + ago, compute, ago, past })
    }

    /// Takes the next candle and tells the value now.
    pub fn push(&mut self, bar: &Bar) -> Option<f64> {
        let value = (self.compute)(bar);
        self.past.push_back(value.filter(|value| value.is_finite()));
        if self.past.len() > self.ago + 1 {
            self.past.pop_front();
        }
        if self.past.len() > self.ago { self.past.front().copied().flatten() } else { None }
    }
}

fn formula_of(head: &str, inner: &str) -> Result<(Compute, usize), String> {
    let mut parts: Vec<&str> = inner.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    let column = parts.first().and_then(|first| Column::parse(first));
    if column.is_some() {
        parts.remove(0);
    }
    let numbers: Option<Vec<usize>> = parts.into_iter().map(count).collect();
    let numbers = numbers.ok_or_else(|| format!("its numbers are whole, from 1 to {PERIOD_MAX}"))?;
    let whole = if column.is_none() { of_candle(head, &numbers) } else { None };
    whole.or_else(|| of_column(head, column.unwrap_or(Column::Close), &numbers)).ok_or_else(|| {
        match FORMULAS.iter().find(|(name, _)| *name == head) {
            Some((name, takes)) => format!("write {name}({takes})"),
            None => format!("no such formula: use {}", FORMULAS.map(|(name, _)| name).join(", ")),
        }
    })
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
