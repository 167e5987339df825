//! How good the sales were. A trade here is a sale with a known cost; winning and losing are after fees.
//!
//! Ratios are from 0 to 1 (not percent). Losses are negative money. What can't be told is missing with a reason.

use domain::{Decimal, Money};

/// Why a figure can't be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// No sale with a known cost.
    NoTrades,
    /// No winning sale.
    NoWins,
    /// No losing sale; a profit factor would be infinite.
    NoLosses,
    /// The figure is beyond what a decimal holds.
    TooLarge,
    /// Fewer days than the figure needs.
    TooFewDays,
    /// Every day returned the same.
    NoVariation,
    /// No day that lost.
    NoLosingDays,
    /// The returns never stood below their highest point.
    NoDrawdown,
    /// A held coin had no price where one was needed.
    Unpriced,
    /// Nothing was ever at work.
    NoCapital,
    /// The cash of the book is not known.
    CashUnknown,
    /// No rate explains the flows and what is there now.
    NoRate,
    /// Several rates explain the flows and what is there now.
    SeveralRates,
    /// More was taken out than following it would have had.
    Exhausted,
}

impl Missing {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoTrades => "no_trades",
            Self::NoWins => "no_wins",
            Self::NoLosses => "no_losses",
            Self::TooLarge => "too_large",
            Self::TooFewDays => "too_few_days",
            Self::NoVariation => "no_variation",
            Self::NoLosingDays => "no_losing_days",
            Self::NoDrawdown => "no_drawdown",
            Self::Unpriced => "unpriced",
            Self::NoCapital => "no_capital",
            Self::CashUnknown => "cash_unknown",
            Self::NoRate => "no_rate",
            Self::SeveralRates => "several_rates",
            Self::Exhausted => "exhausted",
        }
    }
}

/// A figure, or why there is none.
pub type Metric<T> = Result<T, Missing>;

/// Figures over all sales of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metrics {
    /// Sales with a known cost.
    pub trades: u64,
    /// Of them, those that gained.
    pub wins: u64,
    /// Of them, those that lost; the others broke even.
    pub losses: u64,
    /// Wins ÷ trades, from 0 to 1.
    pub win_rate: Metric<Decimal>,
    /// Sum of the wins ÷ sum of the losses.
    pub profit_factor: Metric<Decimal>,
    /// Mean gain of the winning sales.
    pub average_win: Metric<Money>,
    /// Mean loss of the losing sales, below zero.
    pub average_loss: Metric<Money>,
    /// The best sale.
    pub largest_win: Metric<Money>,
    /// The worst sale, below zero.
    pub largest_loss: Metric<Money>,
}

/// What [`Metrics`] are made of.
pub(crate) struct Outcome {
    pub trades: u64,
    pub wins: u64,
    pub losses: u64,
    pub won: Option<Decimal>,
    pub lost: Option<Decimal>,
    pub largest_win: Option<Decimal>,
    pub largest_loss: Option<Decimal>,
}

fn quotient(part: Option<Decimal>, whole: Option<Decimal>) -> Metric<Decimal> {
    part.zip(whole).and_then(|(part, whole)| part.checked_div(whole)).map(|q| q.normalize()).ok_or(Missing::TooLarge)
}

impl Metrics {
    pub(crate) fn of(outcome: &Outcome) -> Self {
        let Outcome { trades, wins, losses, .. } = *outcome;
        let some =
            |count: u64, missing: Missing| if count == 0 { Err(missing) } else { Ok(Some(Decimal::from(count))) };
        let won = some(wins, Missing::NoWins);
        let lost = some(losses, Missing::NoLosses);
        let money = |value: Option<Decimal>| value.map(Money::aud).ok_or(Missing::TooLarge);
        Self {
            trades,
            wins,
            losses,
            win_rate: some(trades, Missing::NoTrades).and_then(|all| quotient(Some(Decimal::from(wins)), all)),
            profit_factor: some(trades, Missing::NoTrades)
                .and(lost)
                .and_then(|_| quotient(outcome.won, outcome.lost.map(|sum| sum.abs()))),
            average_win: won.and_then(|count| quotient(outcome.won, count)).map(Money::aud),
            average_loss: lost.and_then(|count| quotient(outcome.lost, count)).map(Money::aud),
            largest_win: won.and_then(|_| money(outcome.largest_win)),
            largest_loss: lost.and_then(|_| money(outcome.largest_loss)),
        }
    }
}
