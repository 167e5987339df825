//! Why a figure can't be told.

/// Below so many trades a percentage says that it rests on few.
pub const TRADES_THIN: usize = 30;

/// Why a figure is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// Fewer returns than it needs.
    #[error("it needs {need} returns and there are {have}: use a longer window or a shorter interval")]
    TooFewReturns {
        /// What there is.
        have: usize,
        /// What it needs.
        need: usize,
    },
    /// Fewer trades than it needs.
    #[error("it needs {need} closed trades and there are {have}")]
    TooFewTrades {
        /// What there is.
        have: usize,
        /// What it needs.
        need: usize,
    },
    /// Fewer trials than it needs.
    #[error("it compares at least {need} trials and there are {have}: give a grid of parameters")]
    TooFewTrials {
        /// What there is.
        have: usize,
        /// What it needs.
        need: usize,
    },
    /// All returns are the same.
    #[error("every return was the same, so nothing can be said about risk")]
    NoVariation,
    /// A number that is none came in.
    #[error("a return was not a finite number")]
    NotFinite,
    /// The observed figure is not above the one to beat.
    #[error("it isn't above what it has to beat, so no record would be long enough")]
    NotAbove,
    /// The figure has no value for these moments.
    #[error("the skew and tails of these returns leave the formula without a value")]
    NoValue,
}

impl Missing {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooFewReturns { .. } => "too_few_returns",
            Self::TooFewTrades { .. } => "too_few_trades",
            Self::TooFewTrials { .. } => "too_few_trials",
            Self::NoVariation => "no_variation",
            Self::NotFinite => "not_finite",
            Self::NotAbove => "not_above",
            Self::NoValue => "no_value",
        }
    }
}

/// A figure, or why there is none.
pub type Figure = Result<f64, Missing>;

/// What stands beside every percentage that rests on few trades.
#[must_use]
pub fn few_trades(trades: usize) -> Option<String> {
    let (word, rest) = if trades == 1 { ("trade", "rests") } else { ("trades", "rest") };
    (trades < TRADES_THIN)
        .then(|| format!("{trades} {word}: percentages that {rest} on fewer than {TRADES_THIN} are mostly luck"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_trades_are_enough_and_fewer_are_told() {
        assert_eq!(few_trades(30), None);
        assert!(few_trades(29).unwrap().starts_with("29 trades"));
        assert!(few_trades(1).unwrap().starts_with("1 trade:"));
    }
}
