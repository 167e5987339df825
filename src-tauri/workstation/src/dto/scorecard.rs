//! What a person's decisions about orders would have made.

use super::SerialDecimal;
use domain::{Book, Coin, OrderId, Price, Quantity, Side, Timestamp};
use serde::Serialize;
use ts_rs::TS;

/// `omc approvals --scorecard`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ScorecardView {
    /// Decisions, newest first.
    pub decisions: Vec<ScorecardRow>,
    /// Of all decisions there are, also those that are not told.
    #[ts(type = "number")]
    pub total: usize,
    /// By decision, of those that are told.
    pub sums: Vec<ScorecardSum>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ScorecardRow {
    /// The order.
    #[ts(type = "string")]
    pub order: OrderId,
    /// When it was decided, or ran out.
    #[ts(type = "string")]
    pub decided_at: Timestamp,
    /// `approved`, `edited`, `rejected` or `expired`.
    pub decision: String,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Side.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Book.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Whose order; null by hand.
    pub algorithm: Option<String>,
    /// Coins as decided.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// Coins as first asked about.
    #[ts(type = "string")]
    pub asked_quantity: Quantity,
    /// How the order stands now.
    pub state: String,
    /// The price when it was decided, as charts show it; null when none is stored.
    #[ts(type = "string | null")]
    pub price: Option<Price>,
    /// Up to now.
    pub now: ScorecardOutcome,
    /// One hour after.
    pub h1: ScorecardOutcome,
    /// One day after.
    pub h24: ScorecardOutcome,
    /// Seven days after.
    pub d7: ScorecardOutcome,
}

/// What it would have made until a moment, before fees, had it been filled at the price when it was decided.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ScorecardOutcome {
    /// The price then; null when none is known.
    #[ts(type = "string | null")]
    pub price: Option<Price>,
    /// In AUD, as decided; for one that was rejected or expired, what was forgone.
    #[ts(type = "string | null")]
    pub made_aud: Option<SerialDecimal>,
    /// The same had it been as it was first asked about.
    #[ts(type = "string | null")]
    pub as_asked_aud: Option<SerialDecimal>,
    /// Why there is none: `not_yet`, `no_price_at_decision`, `no_price` or `beyond_a_decimal`.
    pub absent: Option<String>,
}

/// Decisions of one sort together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ScorecardSum {
    /// `approved`, `edited`, `rejected` or `expired`.
    pub decision: String,
    /// How many.
    #[ts(type = "number")]
    pub count: usize,
    /// Up to now.
    pub now: ScorecardTally,
    /// After one hour.
    pub h1: ScorecardTally,
    /// After one day.
    pub h24: ScorecardTally,
    /// After seven days.
    pub d7: ScorecardTally,
}

/// A sum over those decisions for which a figure exists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ScorecardTally {
    /// How many have a figure.
    #[ts(type = "number")]
    pub known: usize,
    /// How many of them would have made something.
    #[ts(type = "number")]
    pub gained: usize,
    /// Together, in AUD; null when none has a figure.
    #[ts(type = "string | null")]
    pub made_aud: Option<SerialDecimal>,
}
