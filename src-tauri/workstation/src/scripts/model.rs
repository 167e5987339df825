//! A trained model as a strategy by its name: `model:` and the first digits of its id.
//!
//! A version of an algorithm holds the whole id, which is the hash of the model's bytes: so what decides is what was trained,
//! or nothing. It is data and runs in this process.

use super::made::{Made, Trained, Unmade};
use crate::Home;
use crate::shelf::Shelf;
use domain::FactHash;
use research::models::{MODEL_BYTES_MAX, Model, ModelStrategy, Thresholds};
use research::sweep::{MadePoint, Maker};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The strategy that is a model.
pub const MODEL: &str = "model";
/// Its parameter that says which.
pub const MODEL_ID: &str = "model";
/// The number of its code; another one may decide otherwise.
pub(crate) const MODEL_CODE: u32 = 1;
const ENTER: &str = "enter";
const EXIT: &str = "exit";
const PREFIX: &str = "model:";

/// Whether a name is that of a model.
pub(super) fn is_model(name: &str) -> bool {
    name == MODEL || name.starts_with(PREFIX)
}

/// A model that was read, once.
pub(super) struct ModelMaker {
    id: String,
    model: Arc<Model>,
}

impl ModelMaker {
    /// By a strategy's name, or the parameter that says which; and what else is set.
    pub fn of(
        home: &Home,
        name: &str,
        set: &BTreeMap<String, String>,
    ) -> Result<(Self, BTreeMap<String, String>), Unmade> {
        let mut rest = set.clone();
        let given = rest.remove(MODEL_ID);
        let typed = match (name.strip_prefix(PREFIX), given) {
            (Some(typed), None) => typed.to_ascii_lowercase(),
            (Some(typed), Some(given)) if given.starts_with(typed) => given,
            (None, Some(given)) => given.to_ascii_lowercase(),
            _ => return Err(Unmade::new("bad_parameter", "say which model: give --strategy model:ID")),
        };
        let shelf = Shelf::of(home);
        // A whole id is looked for as it is, so that one that is gone is told as gone.
        let id = if FactHash::parse(&typed).is_some() { typed } else { shelf.find(&typed)? };
        let bytes = shelf.read(&id, MODEL_BYTES_MAX)?;
        let read = Model::read(&bytes, FactHash::parse(&id));
        let model = read.map_err(|error| Unmade::new(error.code(), error.to_string()))?;
        Ok((Self { id, model: Arc::new(model) }, rest))
    }

    pub fn made(&self, set: &BTreeMap<String, String>) -> Result<Made, Unmade> {
        if let Some(name) = set.keys().find(|name| *name != ENTER && *name != EXIT) {
            let words = format!("a model has no parameter '{}': use {ENTER} or {EXIT}", ledgers::inert(name));
            return Err(Unmade::new("unknown_parameter", words));
        }
        let usual = self.model.thresholds;
        let value = |name: &str, usual: f64| match set.get(name) {
            Some(text) => number(name, text),
            None => Ok(usual),
        };
        let thresholds = Thresholds { enter: value(ENTER, usual.enter)?, exit: value(EXIT, usual.exit)? };
        let fit = thresholds.check(self.model.fitted.kind);
        fit.map_err(|words| Unmade { is_of_point: true, ..Unmade::new("bad_parameter", words) })?;
        let model = if thresholds == usual {
            Arc::clone(&self.model)
        } else {
            let mut other = (*self.model).clone();
            other.thresholds = thresholds;
            Arc::new(other)
        };
        let strategy = ModelStrategy::new(model);
        let strategy = strategy.map_err(|error| Unmade::new(error.code(), error.to_string()))?;
        let params =
            [(MODEL_ID, self.id.clone()), (ENTER, thresholds.enter.to_string()), (EXIT, thresholds.exit.to_string())];
        let Model { coin, interval, origin, label, .. } = &*self.model;
        let ahead = i64::try_from(label.horizon).unwrap_or(i64::MAX).saturating_mul(interval.micros());
        let until = origin.to.plus_micros(ahead);
        Ok(Made {
            name: MODEL,
            code: MODEL_CODE,
            params: params.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            strategy: Box::new(strategy),
            trained: Some(Trained { coin: *coin, interval: *interval, from: origin.from, until }),
        })
    }
}

fn number(name: &str, text: &str) -> Result<f64, Unmade> {
    let read = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    read.ok_or_else(|| {
        let shown = ledgers::inert(text);
        Unmade::new("bad_parameter", format!("{name} can't be '{shown}': give a number such as 0.55"))
    })
}

impl Maker for ModelMaker {
    fn name(&self) -> &str {
        MODEL
    }

    fn code(&self) -> u32 {
        MODEL_CODE
    }

    fn place(&self, name: &str) -> Result<usize, Unmade> {
        let place = [ENTER, EXIT].iter().position(|known| *known == name);
        place.ok_or_else(|| {
            let words = format!("a model has no parameter '{}' to sweep: use {ENTER} or {EXIT}", ledgers::inert(name));
            Unmade::new("unknown_parameter", words)
        })
    }

    fn is_number(&self, _: &str) -> bool {
        true
    }

    fn whole(&self, _: &str) -> Option<(u32, u32)> {
        None
    }

    fn canonical(&self, name: &str, text: &str, _: &BTreeMap<String, String>) -> Result<String, Unmade> {
        number(name, text).map(|number| number.to_string())
    }

    fn made(&self, set: &BTreeMap<String, String>) -> Result<MadePoint, Unmade> {
        let made = Self::made(self, set)?;
        Ok(MadePoint { params: made.params, strategy: made.strategy, rule: None })
    }
}
