//! What an examination found. What was not used for choosing comes first.

use super::verdict::{Reason, Verdict};
use crate::sweep::{Charges, Cost};
use crate::truth::{
    Control, ControlKind, Deflated, Figure, Figures, Intervals, LeakError, Leaks, Missing, Moments, Overfitting,
    Regime, Reshuffled, Stability,
};
use domain::Timestamp;

/// Under what a run is made, besides its own settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    /// Its name.
    pub name: &'static str,
    /// The fees so many times.
    pub fee_times: u32,
    /// Wider between bid and ask, in hundredths of a percent.
    pub spread_bps: u32,
    /// Later by so many bars.
    pub latency_bars: u32,
    /// Whether bars are missing.
    pub is_thinned: bool,
    /// Costs that are as somebody asked, instead.
    pub charges: Charges,
}

impl Conditions {
    /// As they are.
    pub const BASE: Self = Self {
        name: "base",
        fee_times: 1,
        spread_bps: 0,
        latency_bars: 0,
        is_thinned: false,
        charges: Charges::none(),
    };
    /// Worse ones, each in one way, and then all at once.
    pub const STRESSES: [Self; 5] = [
        Self { name: "fees_twice", fee_times: 2, ..Self::BASE },
        Self { name: "spread_20_bps", spread_bps: 20, ..Self::BASE },
        Self { name: "one_bar_late", latency_bars: 1, ..Self::BASE },
        Self { name: "bars_missing", is_thinned: true, ..Self::BASE },
        Self { name: "all_at_once", fee_times: 2, spread_bps: 20, latency_bars: 1, is_thinned: true, ..Self::BASE },
    ];

    /// At a cost that somebody asks about.
    #[must_use]
    pub const fn charged(cost: Cost, value: u32) -> Self {
        Self { name: cost.as_str(), charges: Charges::none().with(cost, value), ..Self::BASE }
    }

    /// Its name, and what was asked.
    #[must_use]
    pub fn label(&self) -> String {
        let asked = Cost::parse(self.name).and_then(|cost| self.charges.of(cost));
        asked.map_or_else(|| self.name.to_owned(), |value| format!("{} {value}", self.name))
    }

    /// Whether it is one of those that everything is held to.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.charges == Charges::none()
    }
}

/// A result under worse conditions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stressed {
    /// Which.
    pub conditions: Conditions,
    /// What became of it.
    pub figures: Figures,
}

/// One test of the walk forward.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fold {
    /// The first bar tested.
    pub from: Timestamp,
    /// The last bar tested.
    pub until: Timestamp,
    /// What the choice did there.
    pub out_of_sample: Figures,
    /// The choice.
    pub point: usize,
    /// What it had shown in the training, per bar.
    pub in_sample_sharpe: f64,
    /// Bars of the training.
    pub trained: usize,
}

/// Each control with what it says.
pub type Controls = Vec<(ControlKind, Result<Control, Missing>)>;

/// What choices did where they weren't made, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfSample {
    /// All tests as one record.
    pub figures: Figures,
    /// The probability that its Sharpe ratio is above 0.
    pub probabilistic: Figure,
    /// Bars it takes to be confident of that.
    pub minimum_record: Figure,
    /// What its returns look like.
    pub moments: Result<Moments, Missing>,
    /// How far it could have come out otherwise.
    pub intervals: Result<Intervals, Missing>,
    /// Its trades in other orders.
    pub reshuffled: Result<Reshuffled, Missing>,
    /// Test by test.
    pub folds: Vec<Fold>,
}

impl OutOfSample {
    /// How much of the Sharpe ratio that the choices had shown in their trainings was left: 1 is all (the walk-forward
    /// efficiency of Pardo, "The Evaluation and Optimization of Trading Strategies", 2008, with Sharpe ratios for returns).
    ///
    /// # Errors
    /// [`Missing::NotAbove`] when they had shown nothing.
    pub fn efficiency(&self) -> Figure {
        let promised =
            self.folds.iter().map(|fold| fold.in_sample_sharpe).sum::<f64>() / self.folds.len().max(1) as f64;
        if promised <= 0.0 {
            return Err(Missing::NotAbove);
        }
        Ok(self.moments?.sharpe() / promised)
    }
}

/// The best point over all bars, or the given one: what it shows is flattered by having been chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct InSample {
    /// Which.
    pub point: usize,
    /// What it did.
    pub figures: Figures,
    /// The probability that its Sharpe ratio is above 0, had it been the only trial.
    pub probabilistic: Figure,
    /// What is left of its Sharpe ratio after all trials.
    pub deflated: Result<Deflated, Missing>,
    /// All trials, earlier ones and these.
    pub trials: u64,
    /// Of them, earlier ones.
    pub earlier_trials: u64,
    /// How likely choosing the best chose luck.
    pub overfitting: Result<Overfitting, Missing>,
    /// What surrounds it; none when it has no score.
    pub stability: Option<Stability>,
}

/// The whole examination.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it comes to.
    pub verdict: Verdict,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What choices did where they weren't made.
    pub out_of_sample: OutOfSample,
    /// What chance would have done.
    pub controls: Controls,
    /// Worse conditions.
    pub stress: Vec<Stressed>,
    /// What the market was doing.
    pub regimes: Result<Vec<Regime>, Missing>,
    /// What the best point showed where it was chosen.
    pub in_sample: InSample,
    /// Whether it knew what it can't.
    pub leaks: Result<Leaks, LeakError>,
}
