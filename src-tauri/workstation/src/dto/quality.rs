//! How far each source and ledger can be trusted, what is missing, and what called for attention.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One score and what it is made of. All are 0 to 1; null where it cannot be told.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ScoreRow {
    /// Received ÷ expected.
    pub coverage: Option<f64>,
    /// How fresh against its own cadence.
    pub freshness: Option<f64>,
    /// Share of what came that was good.
    pub validity: Option<f64>,
    /// Prices against the reference median; null where there is nothing to compare.
    pub agreement: Option<f64>,
    /// The weighted mean of those that can be told; null when none can.
    pub score: Option<f64>,
}

/// One source's quality over the window.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SourceQuality {
    /// The source.
    pub source: String,
    /// Its ledger.
    pub ledger: String,
    /// `good`, `degraded`, `failing` or `unknown`.
    pub status: String,
    /// Its score.
    #[serde(flatten)]
    pub score: ScoreRow,
    /// What came in the window.
    #[ts(type = "number")]
    pub received: u64,
    /// What should have come.
    #[ts(type = "number")]
    pub expected: u64,
    /// What is wrong, in plain words.
    pub reasons: Vec<String>,
}

/// One ledger's quality.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LedgerQuality {
    /// The ledger.
    pub ledger: String,
    /// `good`, `degraded`, `failing` or `unknown`.
    pub status: String,
    /// Its score.
    #[serde(flatten)]
    pub score: ScoreRow,
    /// Whether a signal may rest on it.
    pub fit: bool,
    /// What is wrong, in plain words.
    pub reasons: Vec<String>,
}

/// How much each part weighs.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct QualityWeights {
    /// Of coverage.
    pub coverage: f64,
    /// Of freshness.
    pub freshness: f64,
    /// Of validity.
    pub validity: f64,
    /// Of agreement.
    pub agreement: f64,
    /// Below it a ledger is degraded.
    pub degraded_below: f64,
    /// Below it a ledger is failing.
    pub failing_below: f64,
}

/// A ledger's score at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct QualityPoint {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The ledger.
    pub ledger: String,
    /// 0 to 1; null when it could not be told.
    pub score: Option<f64>,
}

/// How a coin's price stands to other venues'.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct AgreementRow {
    /// Ticker.
    pub coin: String,
    /// The middle of our own bid and ask, AUD.
    pub mid: Option<String>,
    /// The median of the venues' middles, AUD; null when there is no reference.
    pub reference: Option<String>,
    /// How far ours is from it, in percent, signed.
    pub apart_pct: Option<String>,
    /// The venues that count.
    pub venues: Vec<String>,
    /// Why there is no reference, or which venue was left out.
    pub reason: Option<String>,
}

/// `omc quality`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct QualityView {
    /// When it was measured; null before the first time.
    #[ts(type = "string | null")]
    pub at: Option<Timestamp>,
    /// Over how many seconds.
    #[ts(type = "number")]
    pub window_s: u64,
    /// Each ledger.
    pub ledgers: Vec<LedgerQuality>,
    /// Each source.
    pub sources: Vec<SourceQuality>,
    /// Each coin with a book.
    pub agreement: Vec<AgreementRow>,
    /// The published weights.
    pub weights: QualityWeights,
    /// The ledgers' scores over time, oldest first.
    pub history: Vec<QualityPoint>,
}

/// A stretch of time of which something is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LedgerGap {
    /// Of which source.
    pub source: String,
    /// Of what, such as a coin; null for all of it.
    pub subject: Option<String>,
    /// Its beginning.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// Its end, itself outside.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// `open` (being filled), `filled`, or `lost` (cannot be had any more).
    pub state: String,
    /// Why it is there: `offline`, `failed`, `quarantined`, `not_running` …
    pub reason: String,
    /// When it was noticed.
    #[ts(type = "string")]
    pub found_at: Timestamp,
    /// When it was filled or given up.
    #[ts(type = "string | null")]
    pub closed_at: Option<Timestamp>,
}

/// `omc gaps`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct GapsView {
    /// Newest first.
    pub gaps: Vec<LedgerGap>,
}

/// Something that called for attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlertRow {
    /// Stable.
    pub id: String,
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// Why, such as `listing`, `delisting`, `large_move`, `feed_outage`, `shape_changed`, `quality`.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// The ledger it came from.
    pub ledger: String,
    /// 1 to 10.
    pub severity: u8,
    /// What happened, in one line; plain text, perhaps from outside.
    pub title: String,
    /// More about it.
    pub detail: String,
    /// Where to read it.
    pub url: Option<String>,
    /// The observation behind it.
    pub observation: Option<String>,
    /// How often it came again while it was cooling down.
    pub repeats: u32,
    /// When it was over; null while it lasts, and for what has no end.
    #[ts(type = "string | null")]
    pub recovered_at: Option<Timestamp>,
    /// When a person saw it.
    #[ts(type = "string | null")]
    pub seen_at: Option<Timestamp>,
    /// Whether it stands above everything else until it was seen.
    pub banner: bool,
}

/// What is set about alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlertSettings {
    /// Less severe ones are not raised, 1 to 10.
    pub severity_min: u8,
    /// Whether severe ones are told by the system's notifications while the window runs.
    pub notify: bool,
    /// Rules that raise nothing.
    pub muted: Vec<String>,
    /// Whether alerts are told to the webhook.
    pub webhook: bool,
    /// Less severe ones are not told to it, 1 to 10.
    pub webhook_min: u8,
}

/// `omc alerts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlertsView {
    /// Newest first.
    pub alerts: Vec<AlertRow>,
    /// How many nobody saw yet, also of those not in the list.
    #[ts(type = "number")]
    pub unseen: u64,
    /// What is set.
    pub settings: AlertSettings,
    /// Every rule there is.
    pub rules: Vec<String>,
}
