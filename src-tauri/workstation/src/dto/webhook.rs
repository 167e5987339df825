//! Alerts told to the trader's webhook.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `omc alerts webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct WebhookView {
    /// Whether alerts are told to it.
    pub on: bool,
    /// Less severe ones are not told to it, 1 to 10.
    pub severity_min: u8,
    /// Where it is: the host alone, since the rest of an address may be a secret; null when none is stored.
    pub host: Option<String>,
    /// Why the address that is stored can't be used.
    pub problem: Option<String>,
    /// Whether what is told is signed.
    pub signed: bool,
    /// What was told, newest first.
    pub deliveries: Vec<DeliveryRow>,
}

/// One telling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DeliveryRow {
    /// Stable; sent along, so that the receiver knows a repetition.
    pub id: String,
    /// The alert it is about; null for a test.
    pub alert: Option<String>,
    /// `raised`, `worse`, `recovered` or `test`.
    pub change: String,
    /// When it came up.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// `waiting`, `delivered`, `failed` or `dropped`.
    pub state: String,
    /// How often it was sent.
    pub attempts: u32,
    /// When it was sent last.
    #[ts(type = "string | null")]
    pub last_at: Option<Timestamp>,
    /// When it is sent again; null when it is not.
    #[ts(type = "string | null")]
    pub next_at: Option<Timestamp>,
    /// What the last answer said.
    pub status: Option<u16>,
    /// Why it is not delivered, as a code.
    pub error: Option<String>,
}
