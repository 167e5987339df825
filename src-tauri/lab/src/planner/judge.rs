//! What a result must show before it is handed on.
//!
//! Invariants: everything is out of sample; what is not known does not pass. The numbers are defaults of the house: a
//! person's deepest fall takes the place of ours when it is tighter.

use super::brief::MAX_DRAWDOWN_PCT;
use crate::tools::Evaluation;

/// What is asked of a result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Governance {
    /// The least Sharpe ratio of a year.
    pub sharpe_min: f64,
    /// The deepest fall, percent.
    pub drawdown_pct_max: u32,
    /// The least share of trades that gain.
    pub win_rate_min: f64,
    /// The fewest trades.
    pub trades_min: u64,
}

impl Governance {
    /// The house's, or tighter where a person bears less.
    #[must_use]
    pub fn usual(max_drawdown_pct: u32) -> Self {
        let drawdown_pct_max = max_drawdown_pct.min(MAX_DRAWDOWN_PCT);
        Self { sharpe_min: 1.2, drawdown_pct_max, win_rate_min: 0.4, trades_min: 10 }
    }
}

/// One rule and what it came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What is asked.
    pub asked: f64,
    /// What was found; none when it is not known.
    pub found: Option<f64>,
    /// Whether it passes.
    pub is_passed: bool,
}

/// Every rule over one examination.
#[must_use]
pub fn governed(evaluation: &Evaluation, governance: &Governance) -> Vec<Rule> {
    let rule = |name, asked: f64, found: Option<f64>, passes: fn(f64, f64) -> bool| Rule {
        name,
        asked,
        found,
        is_passed: found.is_some_and(|found| found.is_finite() && passes(found, asked)),
    };
    let at_least: fn(f64, f64) -> bool = |found, asked| found >= asked;
    let at_most: fn(f64, f64) -> bool = |found, asked| found.abs() <= asked;
    let bad_verdict = matches!(evaluation.verdict.as_str(), "leaks" | "loses" | "overfitted");
    let sound = evaluation.leaks_clean && !bad_verdict;
    vec![
        rule("sharpe", governance.sharpe_min, evaluation.sharpe, at_least),
        rule("drawdown", f64::from(governance.drawdown_pct_max) / 100.0, evaluation.max_drawdown, at_most),
        rule("win_rate", governance.win_rate_min, evaluation.win_rate, at_least),
        rule("trades", governance.trades_min as f64, Some(evaluation.trades as f64), at_least),
        rule("no_leaks_no_luck", 1.0, Some(if sound { 1.0 } else { 0.0 }), at_least),
    ]
}
