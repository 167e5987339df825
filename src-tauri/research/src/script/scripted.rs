//! A script as a strategy like any other, wherever it is computed.

use super::interpreter::Interpreter;
use super::{Answer, Bar, ScriptError, Standing, Summary};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{Candle, Denial, Signal, Timestamp};
use floor::Portfolio;
use std::collections::BTreeMap;

/// Whatever answers for a script: the interpreter itself, or the process it is locked into.
pub trait Decider: Send {
    /// What the script says about itself.
    fn summary(&self) -> &Summary;

    /// Takes the next closed candle and says what is to be done.
    ///
    /// # Errors
    /// [`ScriptError`]; it is not asked again after one.
    fn decide(&mut self, bar: &Bar, standing: Standing) -> Result<Vec<Answer>, ScriptError>;
}

/// A script computed right here: inside its child process, and in tests.
pub struct Local {
    interpreter: Interpreter,
    summary: Summary,
}

impl Local {
    /// Reads a script and what is set of its parameters.
    ///
    /// # Errors
    /// [`ScriptError`].
    pub fn read(source: &str, set: &BTreeMap<String, String>) -> Result<Self, ScriptError> {
        let interpreter = Interpreter::read(source, set)?;
        let summary = interpreter.summary();
        Ok(Self { interpreter, summary })
    }
}

impl Decider for Local {
    fn summary(&self) -> &Summary {
        &self.summary
    }

    fn decide(&mut self, bar: &Bar, standing: Standing) -> Result<Vec<Answer>, ScriptError> {
        self.interpreter.decide(bar, standing)
    }
}

/// A script as a [`Strategy`].
pub struct Scripted<D> {
    decider: D,
    fed: Option<Timestamp>,
    failure: Option<ScriptError>,
}

impl<D: Decider> Scripted<D> {
    /// At its very beginning.
    #[must_use]
    pub const fn new(decider: D) -> Self {
        Self { decider, fed: None, failure: None }
    }

    fn say(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Result<Vec<Signal>, ScriptError> {
        let coin = view.coin();
        let Some(candle) = view.candles().last().filter(|candle| self.fed.is_none_or(|fed| fed < candle.time)) else {
            return Ok(Vec::new());
        };
        self.fed = Some(candle.time);
        let standing =
            Standing { held: float(portfolio.held(coin).decimal()), pending: portfolio.pending.contains(&coin) };
        let answers = self.decider.decide(&bar(candle), standing)?;
        answers.into_iter().map(|answer| answer.signal(coin, view.now(), view.evidence())).collect()
    }
}

impl<D: Decider> Strategy for Scripted<D> {
    fn warm_up(&self) -> usize {
        self.decider.summary().warm_up
    }

    fn on_candle(&mut self, view: &View<'_>, portfolio: &Portfolio) -> Vec<Signal> {
        if self.failure.is_some() {
            return Vec::new();
        }
        self.say(view, portfolio).unwrap_or_else(|error| {
            self.failure = Some(error);
            Vec::new()
        })
    }

    fn failure(&self) -> Option<Denial> {
        self.failure.as_ref().map(ScriptError::denial)
    }
}

fn bar(candle: &Candle) -> Bar {
    Bar {
        time: candle.time.micros().div_euclid(1_000_000),
        open: float(candle.open.decimal()),
        high: float(candle.high.decimal()),
        low: float(candle.low.decimal()),
        close: float(candle.close.decimal()),
        volume: candle.volume.map(|volume| float(volume.decimal())),
    }
}

fn float(number: domain::Decimal) -> f64 {
    f64::try_from(number).unwrap_or(f64::NAN)
}
