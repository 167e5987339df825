//! The strategies there are.

mod rsi_reversion;
mod scheduled_accumulation;
mod sma_cross;
#[cfg(test)]
mod tests;

use crate::parameters::{Kind, Parameter, ParameterError, Parameters, cut};
use crate::strategy::Strategy;
use domain::{BasisPoints, SignalSize};
use std::collections::BTreeMap;

/// A strategy before it is built.
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What it does, in words a trader would use.
    pub words: &'static str,
    /// The number of its code; another one decides otherwise.
    pub code: u32,
    /// What can be set.
    pub parameters: &'static [Parameter],
    build: fn(&Parameters) -> Result<Box<dyn Strategy>, ParameterError>,
}

/// The share of its capital a buy takes; the same for all that buy and close.
const SHARE: Parameter = Parameter {
    name: "share",
    words: "percent of its capital that a buy takes",
    kind: Kind::Whole { min: 1, max: 100 },
    default: "100",
};

fn share(parameters: &Parameters) -> SignalSize {
    SignalSize::Share(BasisPoints(parameters.whole(SHARE.name) * 100))
}

static ALL: [Described; 3] = [sma_cross::DESCRIBED, rsi_reversion::DESCRIBED, scheduled_accumulation::DESCRIBED];

/// Every strategy there is.
#[must_use]
pub fn strategies() -> &'static [Described] {
    &ALL
}

/// A strategy by its name.
///
/// # Errors
/// [`ParameterError::UnknownStrategy`].
pub fn described(name: &str) -> Result<&'static Described, ParameterError> {
    ALL.iter().find(|one| one.name == name).ok_or_else(|| {
        let known = ALL.iter().map(|one| one.name).collect::<Vec<_>>().join(", ");
        ParameterError::UnknownStrategy { name: cut(name), known }
    })
}

/// Builds a strategy for one coin, at its very beginning.
///
/// # Errors
/// [`ParameterError`].
pub fn build(name: &str, set: &BTreeMap<String, String>) -> Result<(Parameters, Box<dyn Strategy>), ParameterError> {
    let one = described(name)?;
    let parameters = Parameters::read(one.name, one.parameters, set)?;
    let strategy = (one.build)(&parameters)?;
    Ok((parameters, strategy))
}
