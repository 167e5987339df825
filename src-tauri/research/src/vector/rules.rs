//! Which strategies can run vectorised, and what each needs.

use super::columns::Indicator;
use crate::parameters::Parameters;

/// A strategy with its parameters, for the vectorised path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    pub(super) kind: RuleKind,
    /// Hundredths of a percent of the capital that a buy takes.
    pub(super) share: u32,
    /// Closed candles before it is listened to.
    pub(super) warm_up: usize,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum RuleKind {
    /// In when one average crosses above the other, out while below.
    Cross { fast: Indicator, slow: Indicator },
    /// In when the RSI falls through the lower bound, out above the upper.
    Reversion { rsi: Indicator, low: f64, high: f64 },
}

impl Rule {
    /// The rule of a strategy with the warm-up it asks for; none for one that only the event path can run.
    #[must_use]
    pub fn of(strategy: &str, parameters: &Parameters, warm_up: usize) -> Option<Self> {
        let period = |name| parameters.whole(name) as usize;
        let kind = match strategy {
            "sma_cross" => {
                RuleKind::Cross { fast: Indicator::Sma(period("fast")), slow: Indicator::Sma(period("slow")) }
            }
            "ema_cross" => {
                RuleKind::Cross { fast: Indicator::Ema(period("fast")), slow: Indicator::Ema(period("slow")) }
            }
            "rsi_reversion" => RuleKind::Reversion {
                rsi: Indicator::Rsi(period("period")),
                low: f64::from(parameters.whole("low")),
                high: f64::from(parameters.whole("high")),
            },
            _ => return None,
        };
        Some(Self { kind, share: parameters.whole("share") * 100, warm_up })
    }

    pub(super) fn indicators(&self) -> Vec<Indicator> {
        match self.kind {
            RuleKind::Cross { fast, slow } => vec![fast, slow],
            RuleKind::Reversion { rsi, .. } => vec![rsi],
        }
    }
}
