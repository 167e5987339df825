//! Where the points of a grid come from: a strategy that is built in, or one that a caller makes from something else.

use crate::parameters::{Kind, Parameter, ParameterError, Parameters};
use crate::strategies::{Described, build, described};
use crate::strategy::Strategy;
use crate::vector::Rule;
use domain::Decimal;
use std::collections::BTreeMap;

/// A strategy at its very beginning.
pub struct MadePoint {
    /// All of its parameters as canonical text.
    pub params: BTreeMap<String, String>,
    /// Itself.
    pub strategy: Box<dyn Strategy>,
    /// Its form for the vectorised path; none when it has only this one.
    pub rule: Option<Rule>,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Unmade {
    /// The stable code for scripts.
    pub code: &'static str,
    /// In words.
    pub words: String,
    /// Whether other values of the grid may well do: these do not fit each other.
    pub is_of_point: bool,
}

impl Unmade {
    /// That it can't be, whatever the other values.
    #[must_use]
    pub fn new(code: &'static str, words: impl Into<String>) -> Self {
        Self { code, words: words.into(), is_of_point: false }
    }
}

impl From<ParameterError> for Unmade {
    fn from(error: ParameterError) -> Self {
        let is_of_point = matches!(error, ParameterError::Together(_));
        Self { code: error.code(), words: error.to_string(), is_of_point }
    }
}

/// Makes one strategy at any setting.
pub trait Maker: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// The number of its code.
    fn code(&self) -> u32;

    /// The most points of a grid of it.
    fn points_max(&self) -> u64 {
        super::POINTS_MAX
    }

    /// The place of a parameter among all.
    ///
    /// # Errors
    /// [`Unmade`] for a name that is none.
    fn place(&self, name: &str) -> Result<usize, Unmade>;

    /// Whether a parameter can be swept from one number to another.
    fn is_number(&self, name: &str) -> bool;

    /// The least and the most of a parameter that is a whole number.
    fn whole(&self, name: &str) -> Option<(u32, u32)>;

    /// A value as canonical text, beside others that are set.
    ///
    /// # Errors
    /// [`Unmade`] for one that can't be.
    fn canonical(&self, name: &str, text: &str, set: &BTreeMap<String, String>) -> Result<String, Unmade>;

    /// The strategy at a setting; what is not set is the default.
    ///
    /// # Errors
    /// [`Unmade`].
    fn made(&self, set: &BTreeMap<String, String>) -> Result<MadePoint, Unmade>;
}

/// A strategy that is built in.
#[derive(Clone, Copy)]
pub struct BuiltIn(&'static Described);

impl BuiltIn {
    /// By its name.
    ///
    /// # Errors
    /// [`ParameterError::UnknownStrategy`].
    pub fn of(name: &str) -> Result<Self, ParameterError> {
        described(name).map(Self)
    }

    fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.0.parameters.iter().find(|parameter| parameter.name == name)
    }
}

impl Maker for BuiltIn {
    fn name(&self) -> &str {
        self.0.name
    }

    fn code(&self) -> u32 {
        self.0.code
    }

    fn place(&self, name: &str) -> Result<usize, Unmade> {
        let place = self.0.parameters.iter().position(|parameter| parameter.name == name);
        place.ok_or_else(|| {
            let set = BTreeMap::from([(name.to_owned(), String::new())]);
            let unknown = Parameters::read(self.0.name, self.0.parameters, &set).err();
            unknown.map_or_else(|| Unmade::new("unknown_parameter", "there is no such parameter"), Into::into)
        })
    }

    fn is_number(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|one| matches!(one.kind, Kind::Whole { .. } | Kind::Decimal { .. }))
    }

    fn whole(&self, name: &str) -> Option<(u32, u32)> {
        match self.parameter(name)?.kind {
            Kind::Whole { min, max } => Some((min, max)),
            _ => None,
        }
    }

    fn canonical(&self, name: &str, text: &str, _: &BTreeMap<String, String>) -> Result<String, Unmade> {
        let set = BTreeMap::from([(name.to_owned(), text.to_owned())]);
        let read = Parameters::read(self.0.name, self.0.parameters, &set)?;
        let value = read.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
        Ok(value.unwrap_or_default())
    }

    fn made(&self, set: &BTreeMap<String, String>) -> Result<MadePoint, Unmade> {
        let (parameters, strategy) = build(self.0.name, set)?;
        let rule = Rule::of(self.0.name, &parameters, strategy.warm_up());
        let params = parameters.iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
        Ok(MadePoint { params, strategy, rule })
    }
}

/// The values from one end to the other, both inside; none for ends that are none. `most` bounds how many.
pub(super) fn stepped(from: Decimal, to: Decimal, step: Decimal, most: u64) -> Option<Result<Vec<String>, u64>> {
    if step <= Decimal::ZERO || from > to {
        return None;
    }
    let points = to.checked_sub(from)?.checked_div(step)?.trunc();
    let points = u64::try_from(points).unwrap_or(u64::MAX).saturating_add(1);
    if points > most {
        return Some(Err(points));
    }
    let value = |number: u64| from.checked_add(step.checked_mul(Decimal::from(number))?);
    (0..points).map(|number| Some(value(number)?.normalize().to_string())).collect::<Option<Vec<_>>>().map(Ok)
}
