//! The workspace itself: status, checks, backups.

use super::{KillState, LiveFigures, SerialDecimal, SourceRow, SyncBrief};
use domain::{Coin, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the ticker shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Ticker {
    /// AUD not tied up or tied up in resting orders.
    #[ts(type = "string")]
    pub cash: SerialDecimal,
    /// Cash not reserved by resting orders.
    #[ts(type = "string")]
    pub available: SerialDecimal,
    /// Cash + holdings at their bids; null while a holding has no price.
    #[ts(type = "string | null")]
    pub equity: Option<SerialDecimal>,
    /// AUD.
    #[ts(type = "string")]
    pub realised: SerialDecimal,
    /// AUD, of what has a price; null when coins are held and none has one.
    #[ts(type = "string | null")]
    pub unrealised: Option<SerialDecimal>,
    /// AUD.
    #[ts(type = "string")]
    pub fees: SerialDecimal,
    /// Holdings without a price.
    #[ts(type = "string[]")]
    pub unpriced: Vec<Coin>,
    /// Holdings whose price is stale.
    #[ts(type = "string[]")]
    pub stale: Vec<Coin>,
    /// Orders resting.
    pub resting: u32,
}

/// Everything the frame of the window needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Status {
    /// Version of the application.
    pub version: String,
    /// The workspace folder.
    pub home: String,
    /// The demo workspace on the simulated world.
    pub demo: bool,
    /// The trader's zone.
    pub timezone: String,
    /// Now, by the workstation's clock.
    #[ts(type = "string")]
    pub now: Timestamp,
    /// No source answers.
    pub offline: bool,
    /// The last answer before that, when there was one.
    #[ts(type = "string | null")]
    pub offline_since: Option<Timestamp>,
    /// Age of the newest price; null before the first.
    #[ts(type = "number | null")]
    pub price_age_s: Option<i64>,
    /// The sources.
    pub sources: Vec<SourceRow>,
    /// The paper book.
    pub paper: Ticker,
    /// The live book; null while the account is not known.
    pub live: Option<Box<LiveFigures>>,
    /// The kill switch.
    pub kill: KillState,
    /// A broken invariant halts trading and is told here.
    pub halted: Option<String>,
    /// Why the last thing collected could not be stored, such as a full disk; null again when it can.
    pub trouble: Option<ErrorView>,
    /// Sync with the trader's own Postgres.
    pub sync: SyncBrief,
}

/// One check of `omc doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DoctorCheck {
    /// Stable, snake_case.
    pub name: String,
    /// `ok`, `warning` or `failed`.
    pub status: String,
    /// What was found, and what to do.
    pub detail: String,
}

/// `omc doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Doctor {
    /// No check failed.
    pub ok: bool,
    /// In order.
    pub checks: Vec<DoctorCheck>,
}

/// A device's chain as verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct VerifiedDevice {
    /// The device.
    pub device: String,
    /// Facts in its journal.
    #[ts(type = "number")]
    pub facts: u64,
    /// Hash of the last one.
    pub head: String,
}

/// Something the journal's proof found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct VerifyProblem {
    /// The device; null when the whole file is concerned.
    pub device: Option<String>,
    /// Sequence of the first bad fact.
    #[ts(type = "number | null")]
    pub sequence: Option<u64>,
    /// Stable, snake_case.
    pub code: String,
    /// For a person.
    pub message: String,
}

/// `omc verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Verified {
    /// No problem found.
    pub ok: bool,
    /// Each device.
    pub devices: Vec<VerifiedDevice>,
    /// SHA-256 over the chains of all devices: equal on two devices that hold the same facts.
    pub journal: String,
    /// What is wrong.
    pub problems: Vec<VerifyProblem>,
}

/// An error as the window gets it; `omc --json` prints the same under `error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ErrorView {
    /// Stable, snake_case.
    pub code: String,
    /// What happened, to what, and what to do.
    pub message: String,
}
