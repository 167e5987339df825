//! Whether a result holds up: what luck, leaks and flattery would have made of it.
//!
//! Invariants: pure; the same numbers and the same seed give the same bits on every machine (`libm`, ChaCha8); a figure that
//! the data is too thin for is missing with a reason; what was not used for choosing comes before what was. Deliberately
//! absent: running a backtest (a caller gives it as a closure), reading candles, and money: all of these are ratios and scores.

mod bootstrap;
mod controls;
mod leaks;
mod market;
mod missing;
mod normal;
mod overfitting;
mod random;
mod record;
mod regimes;
mod sharpe;
mod splits;
mod stability;
mod study;

pub use bootstrap::{Band, Bootstrap, Intervals, Reshuffled, bootstrap, max_drawdown, reshuffle, total_return};
pub use controls::{CONTROLS_MIN, Control, ControlKind, ControlVerdict, permuted_signals};
pub use leaks::{Check, Difference, LeakError, Leaks, Maker, Outcome, Rows, feature_leaks, strategy_leaks};
pub use market::{Garbage, Market, shuffled_dates, thinned};
pub use missing::{Figure, Missing, TRADES_THIN, few_trades};
pub use normal::{normal_cdf, normal_quantile};
pub use overfitting::{Column, Overfitting, PARTS_MAX, overfitting};
pub use random::Random;
pub use record::{Deal, Figures, Record};
pub use regimes::{Regime, regimes};
pub use sharpe::{Deflated, Moments, Spread, Trials, expected_maximum};
pub use splits::{Labels, SPLITS_MAX, Split, SplitError, Walk, combinatorial, purged};
pub use stability::{Axis, Grid, HeatMap, Stability};
pub use study::{
    Conditions, Fold, InSample, Job, OutOfSample, Plan, Reason, Report, Step, Stressed, Study, StudyError, Verdict,
};
