//! How sync with the trader's own Postgres stands.

use super::ErrorView;
use domain::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Sync in a few words, for the frame of the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncBrief {
    /// `off` (not set up), `waiting` (set up, not tried yet), `online`, `offline` (the server is out of reach) or `trouble`.
    pub state: String,
    /// When everything was in sync last; null before the first time.
    #[ts(type = "string | null")]
    pub since: Option<Timestamp>,
    /// Facts that are here and not on the server yet, as it was seen last.
    #[ts(type = "number")]
    pub behind: u64,
    /// What went wrong last; null when nothing does.
    pub error: Option<ErrorView>,
}

/// A device of the trader's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncDevice {
    /// Its id.
    pub device: String,
    /// Whether it is this one.
    pub own: bool,
    /// Facts of it that are here.
    #[ts(type = "number")]
    pub here: u64,
    /// Facts of it on the server, as it was seen last; null when that is not known.
    #[ts(type = "number | null")]
    pub there: Option<u64>,
    /// Facts of it that wait here for a version that can read them.
    #[ts(type = "number")]
    pub waiting: u64,
    /// When its last fact was recorded, by its own clock.
    #[ts(type = "string | null")]
    pub last_fact: Option<Timestamp>,
}

/// `omc sync status`, and `sync now`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncView {
    /// In a few words.
    pub brief: SyncBrief,
    /// Whether an address of a Postgres is at hand.
    pub url_set: bool,
    /// Whether this device joined a trader's.
    pub joined: bool,
    /// The trader, as the server knows them; null before joining.
    pub trader: Option<String>,
    /// SHA-256 over the chains of all devices as they stand here: equal on two devices that hold the same facts.
    pub journal: String,
    /// The devices, this one first.
    pub devices: Vec<SyncDevice>,
    /// Facts the last round that moved something took over.
    #[ts(type = "number")]
    pub pulled: u64,
    /// Facts the last round that moved something left.
    #[ts(type = "number")]
    pub pushed: u64,
}

/// `omc sync init`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncJoined {
    /// `made` (a new trader) or `joined`.
    pub did: String,
    /// Migrations of the server's schema that ran.
    #[ts(type = "number")]
    pub migrations: u64,
    /// How it stands now.
    pub sync: SyncView,
}

/// `omc sync verify`: the server's chains held against those here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncVerified {
    /// Every chain on the server is whole, signed, and the same as here.
    pub ok: bool,
    /// Each device.
    pub devices: Vec<SyncVerifiedDevice>,
    /// What is wrong.
    pub problems: Vec<SyncProblem>,
}

/// A chain on the server that was followed from its first fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncVerifiedDevice {
    /// The device.
    pub device: String,
    /// Facts that were read.
    #[ts(type = "number")]
    pub facts: u64,
    /// The link of the last one.
    pub head: String,
    /// Up to which fact the device signed.
    #[ts(type = "number")]
    pub signed: u64,
}

/// Something the proof found wrong on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SyncProblem {
    /// The device.
    pub device: String,
    /// Stable, snake_case.
    pub code: String,
    /// For a person.
    pub message: String,
}
