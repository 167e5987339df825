//! What whoever thinks may want: the built-in planner and every model say it in the same words.

use crate::tools::Tool;
use domain::session::{Answer, Asking, Gate};

/// A question before it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// At which gate.
    pub gate: Gate,
    /// In words.
    pub words: String,
    /// What is asked.
    pub asking: Asking,
    /// What silence would mean; none when it must be answered.
    pub default: Option<Answer>,
}

/// One thing that is wanted. The machine holds it to gates, bounds and the list of tools.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Says something.
    Say(String),
    /// Writes down what is understood and planned.
    Plan(String),
    /// Calls a tool. Before a gate that is not passed the gate's question is asked in its place; what was wanted is wanted
    /// again afterwards.
    Call {
        /// Which, with what.
        tool: Tool,
        /// Why.
        why: String,
    },
    /// Asks a person.
    Ask(Draft),
    /// The stage is done.
    Complete {
        /// Why, in words.
        why: String,
    },
    /// All is done.
    Finish {
        /// A stable code.
        code: &'static str,
        /// In words.
        words: String,
    },
    /// It can't be done.
    GiveUp {
        /// A stable code.
        code: &'static str,
        /// In words, with what to do.
        words: String,
    },
}
