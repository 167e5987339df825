//! Strategies a person wrote, in Starlark: a small, hermetic Python without clocks, randomness, files or network.
//!
//! A script says what it looks at (`inputs`), and decides from it (`on_candle`):
//!
//! ```python
//! PARAMS = {"fast": 10, "slow": 30}
//!
//! def inputs(p):
//!     return {"fast": "sma(%d)" % p["fast"], "slow": "sma(%d)" % p["slow"]}
//!
//! def on_candle(now, state, p):
//!     above = now.fast > now.slow
//!     crossed, state["above"] = above and state.get("above") == False, above
//!     if crossed and not now.held:
//!         return buy(reason = "the fast average crossed above the slow one")
//!     if not above and now.held:
//!         return close(reason = "the fast average is below")
//! ```
//!
//! Invariants: the same candles, the same decisions; a script never sees a candle that has not closed, nor anything but
//! its inputs and whether it holds the coin; every call is bounded in steps, heap and depth, and what it keeps between
//! two calls in size; what fails names the line. Indicators are computed here, by the code every strategy uses, and given
//! to it as numbers. Deliberately absent: the process a script is locked into, since no interpreter is a wall
//! (`workstation` runs this in a child that has none but its own memory and time).

mod answer;
mod data;
mod inputs;
mod interpreter;
mod scripted;
#[cfg(test)]
mod tests;

pub use answer::{Answer, AnswerSize};
pub use inputs::{Bar, FORMULAS};
pub use interpreter::{Standing, Summary};
pub use scripted::{Decider, Local, Scripted};

use domain::Denial;
use serde::{Deserialize, Serialize};

/// The longest script, in bytes.
pub const SOURCE_BYTES_MAX: usize = 32 * 1024;

/// Scripts to begin from, by name.
pub const EXAMPLES: [(&str, &str); 3] = [
    ("cross", include_str!("examples/cross.star")),
    ("breakout", include_str!("examples/breakout.star")),
    ("dip", include_str!("examples/dip.star")),
];

/// Why a script can't be used, or can't go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ScriptError {
    /// It is no Starlark, or what it says about itself can't be.
    #[error("the script can't be read: {0}")]
    Unreadable(String),
    /// A parameter that isn't there, or of another kind.
    #[error("{0}")]
    Parameter(String),
    /// It failed at a candle.
    #[error("the script failed: {0}")]
    Failed(String),
    /// It used up its steps, its memory or its depth.
    #[error("the script was stopped: {0}")]
    Exhausted(String),
    /// It answered with something that is no decision.
    #[error("the script's answer is no decision: {0}")]
    Answer(String),
    /// The process it runs in is gone or silent.
    #[error("the script's process {0}")]
    Process(String),
}

impl ScriptError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "script_unreadable",
            Self::Parameter(_) => "bad_parameter",
            Self::Failed(_) => "script_failed",
            Self::Exhausted(_) => "script_exhausted",
            Self::Answer(_) => "script_answer",
            Self::Process(_) => "script_process",
        }
    }

    /// What a trader reads.
    #[must_use]
    pub fn denial(&self) -> Denial {
        Denial::new(self.code(), self.to_string())
    }
}
