//! The strategies there are.

mod bollinger;
mod buy_and_hold;
mod donchian_breakout;
mod ema_cross;
mod grid;
mod momentum_rotation;
mod rsi_reversion;
mod scheduled_accumulation;
mod sma_cross;
#[cfg(test)]
mod tests;

use crate::parameters::{Kind, Parameter, ParameterError, Parameters, cut};
use crate::strategy::Strategy;
use crate::view::View;
use domain::{BasisPoints, Decimal, Signal, SignalAction, SignalSize};
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

/// A number that was set, for comparing.
fn number(decimal: Decimal) -> f64 {
    f64::try_from(decimal).unwrap_or(0.0)
}

/// One signal about the candle that just closed.
fn says(view: &View<'_>, action: SignalAction, size: SignalSize, reason: String) -> Vec<Signal> {
    let (coin, slot, evidence) = (view.coin(), view.now(), vec![view.evidence()]);
    vec![Signal { action, coin, size, slot, confidence: None, reason, evidence }]
}

/// What came before is forgotten by an exponential mean after so many periods: (1 − 2/(n+1))^10n is about two billionths.
const FORGOTTEN_PERIODS: usize = 10;

static ALL: [Described; 9] = [
    sma_cross::DESCRIBED,
    ema_cross::DESCRIBED,
    rsi_reversion::DESCRIBED,
    bollinger::DESCRIBED,
    donchian_breakout::DESCRIBED,
    momentum_rotation::DESCRIBED,
    grid::DESCRIBED,
    scheduled_accumulation::DESCRIBED,
    buy_and_hold::DESCRIBED,
];

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
