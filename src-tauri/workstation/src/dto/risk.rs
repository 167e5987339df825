//! What the limits on equity stand on, and what a person may say about it.

use super::SerialDecimal;
use domain::{Book, Coin, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a person says about risk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
pub enum RiskRequest {
    /// Count a coin nothing while it has no fresh bid.
    WriteDown {
        /// In which book.
        #[ts(type = "\"paper\" | \"live\"")]
        book: Book,
        /// Ticker, any case.
        coin: String,
        /// Why.
        why: String,
    },
    /// Turn volatile mode on or off, or leave it to the rule.
    Volatile {
        /// `on`, `off` or `auto`.
        mode: String,
        /// Meant, though it lets more through with real money.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        loosen: bool,
    },
    /// Start a book's drawdown anew: its highest is what it is worth now.
    ResetPeak {
        /// Of which book.
        #[ts(type = "\"paper\" | \"live\"")]
        book: Book,
        /// Meant, though it lets more through with real money.
        #[serde(default)]
        #[ts(optional, as = "Option<bool>")]
        loosen: bool,
    },
    /// Change protections.
    Protections {
        /// Name and value.
        changes: BTreeMap<String, String>,
    },
    /// End what a protection locks.
    Lift {
        /// In which book.
        #[ts(type = "\"paper\" | \"live\"")]
        book: Book,
        /// Whose lock.
        algorithm: String,
        /// Of which coin; none for all of the algorithm.
        #[serde(default)]
        #[ts(optional)]
        coin: Option<String>,
        /// The rule.
        rule: String,
        /// Why.
        why: String,
    },
}

/// What the limits on equity stand on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RiskView {
    /// Whether some limits are halved.
    pub volatile: VolatileView,
    /// Paper, then live.
    pub books: Vec<BookRisk>,
    /// Settings of the protections.
    #[ts(type = "Record<string, number>")]
    pub protections: BTreeMap<String, u32>,
    /// What is locked now.
    pub locks: Vec<LockRow>,
}

/// Volatile mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct VolatileView {
    /// `on`, `off` or `auto`.
    pub mode: String,
    /// Whether it is on now.
    pub on: bool,
    /// How many times as far as usual the market moved in the last hour; null when too little is known.
    pub ratio: Option<f64>,
    /// From how many times on the rule turns it on.
    pub from: f64,
}

/// What a book is worth, and how far it fell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct BookRisk {
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Cash and holdings at fresh bids; null when it can't be told.
    #[ts(type = "string | null")]
    pub equity: Option<SerialDecimal>,
    /// What it was worth as the day began, in the money of now.
    #[ts(type = "string | null")]
    pub day_start: Option<SerialDecimal>,
    /// The most it ever was worth, in the money of now.
    #[ts(type = "string | null")]
    pub peak: Option<SerialDecimal>,
    /// Since when that counts, where a person started the drawdown anew; null: since the first point.
    #[ts(type = "string | null")]
    pub peak_since: Option<Timestamp>,
    /// Name of a limit → percent used.
    #[ts(type = "Record<string, string>")]
    pub used: BTreeMap<String, SerialDecimal>,
    /// Coins that keep the equity from being known.
    #[ts(type = "string[]")]
    pub unpriced: Vec<Coin>,
    /// Coins a person wrote down, and why.
    pub written_down: Vec<WrittenDownRow>,
}

/// A coin that counts nothing while it has no fresh bid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WrittenDownRow {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Why.
    pub why: String,
}

/// What a protection locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LockRow {
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Whose.
    pub algorithm: String,
    /// Of which coin; null for all of them.
    #[ts(type = "string | null")]
    pub coin: Option<Coin>,
    /// By which rule.
    pub rule: String,
    /// Until when.
    #[ts(type = "string")]
    pub until: Timestamp,
    /// Why.
    pub why: String,
}
