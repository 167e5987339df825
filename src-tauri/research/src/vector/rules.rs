//! Which strategies can run vectorised, and what each needs.

use super::columns::Indicator;
use crate::parameters::Parameters;

/// A strategy with its parameters, for the vectorised path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    pub(super) kind: RuleKind,
    pub(super) size: Size,
    /// Closed candles before it is listened to.
    pub(super) warm_up: usize,
}

/// What a buy takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Size {
    /// Hundredths of a percent of the capital.
    Share(u32),
    /// One coin.
    Coin,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum RuleKind {
    /// In when one average crosses above the other, out while below.
    Cross { fast: Indicator, slow: Indicator },
    /// In while one average is above the other, as exact fractions of the closes.
    State { fast: Indicator, slow: Indicator },
    /// In when the close falls through the lower edge, out above the middle or upper one.
    Bands { bands: Indicator },
    /// In above the highest high, out below the lowest low.
    Breakout { entry: Indicator, exit: Indicator },
    /// In at once, never out.
    Hold,
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
            "bollinger" => {
                let width =
                    u32::try_from(parameters.decimal("width").checked_mul(domain::Decimal::ONE_HUNDRED)?).ok()?;
                let upper = parameters.choice("exit") == "upper";
                RuleKind::Bands { bands: Indicator::Bollinger { period: period("period"), width, upper } }
            }
            "donchian_breakout" => {
                RuleKind::Breakout { entry: Indicator::Above(period("entry")), exit: Indicator::Below(period("exit")) }
            }
            "buy_and_hold" => RuleKind::Hold,
            _ => return None,
        };
        Some(Self { kind, size: Size::Share(parameters.whole("share") * 100), warm_up })
    }

    /// Holds one coin while the fast average is above the slow one: what other engines are measured with.
    #[must_use]
    pub const fn while_above(fast: usize, slow: usize) -> Self {
        let (fast, slow) = (Indicator::Sma(fast), Indicator::Sma(slow));
        Self { kind: RuleKind::State { fast, slow }, size: Size::Coin, warm_up: 0 }
    }

    pub(super) fn indicators(&self) -> Vec<Indicator> {
        match self.kind {
            RuleKind::Cross { fast, slow } | RuleKind::State { fast, slow } => vec![fast, slow],
            RuleKind::Reversion { rsi, .. } => vec![rsi],
            RuleKind::Bands { bands } => vec![bands],
            RuleKind::Breakout { entry, exit } => vec![entry, exit],
            RuleKind::Hold => Vec::new(),
        }
    }
}
