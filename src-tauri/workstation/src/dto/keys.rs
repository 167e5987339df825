//! The venue's key and the trading lease.

use super::Refusal;
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `omc key`: the key of CoinSpot that is at hand. Never the key itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KeyCheck {
    /// Whether key and secret are at hand.
    pub at_hand: bool,
    /// When the trader declared that this key cannot withdraw; null when nobody did.
    #[ts(type = "string | null")]
    pub declared_at: Option<Timestamp>,
    /// Whether another key was declared, and not this one.
    pub other_declared: bool,
    /// What CoinSpot lets it do: `trades` or `reads`; null when that could not be told.
    pub rights: Option<String>,
    /// What CoinSpot said instead.
    pub problem: Option<Refusal>,
}

/// `omc lease`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LeaseView {
    /// Whether this machine may trade live.
    pub held: bool,
    /// Live orders that rest all the same; they can always be cancelled.
    pub resting_live: usize,
}
