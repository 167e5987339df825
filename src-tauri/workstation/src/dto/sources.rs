//! One source in full: what may be set for it, how it fared, what it brought.

use super::{ObservationRow, SourceRow};
use domain::Timestamp;
use serde::Serialize;
use ts_rs::TS;

/// One thing a person may set for a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SettingRow {
    /// Stable name.
    pub name: String,
    /// What to call it.
    pub label: String,
    /// What it is for.
    pub help: String,
    /// `text`, `choice`, `choices`, `whole` or `secret`.
    pub kind: String,
    /// The values of a choice.
    pub options: Vec<String>,
    /// The least, or nothing.
    pub min: Option<u32>,
    /// The most: of a number its value, of a text its characters.
    pub max: Option<u32>,
    /// Whether the source can't run without it.
    pub required: bool,
    /// What holds when nothing is set.
    pub default: String,
    /// What was set; null when nothing was, and always for secrets.
    pub value: Option<String>,
    /// Whether anything is set.
    pub is_set: bool,
    /// The variable of the environment that stands above what is set here.
    pub overridden_by: Option<String>,
}

/// How a source fared in a stretch of time.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SourceStatistics {
    /// `24h`, `7d` or `30d`.
    pub window: String,
    /// Runs.
    pub runs: u32,
    /// Of them, those that failed.
    pub failed: u32,
    /// Of them, those that took only a part.
    pub partial: u32,
    /// Share of runs that answered, 0 to 1; null without runs.
    pub answered: Option<f64>,
    /// New items.
    #[ts(type = "number")]
    pub new: u64,
    /// Items revised.
    #[ts(type = "number")]
    pub revised: u64,
    /// Items known already.
    #[ts(type = "number")]
    pub duplicate: u64,
    /// Items refused.
    #[ts(type = "number")]
    pub rejected: u64,
}

/// What a source brought in a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DayVolume {
    /// The beginning of the day, UTC.
    #[ts(type = "string")]
    pub day: Timestamp,
    /// Runs; without any, nobody asked.
    pub runs: u32,
    /// New and revised items.
    #[ts(type = "number")]
    pub items: u64,
}

/// `omc sources show NAME`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SourceDetail {
    /// As in the list.
    #[serde(flatten)]
    pub row: SourceRow,
    /// Whose words they are.
    pub publisher: String,
    /// Its documented site.
    pub site: String,
    /// What may be set.
    pub settings: Vec<SettingRow>,
    /// 24 hours, 7 days, 30 days.
    pub statistics: Vec<SourceStatistics>,
    /// The last 30 days, oldest first.
    pub volume: Vec<DayVolume>,
    /// The newest things it brought, newest first.
    pub samples: Vec<ObservationRow>,
}

/// A secret by name. Never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SecretRow {
    /// Its name.
    pub name: String,
    /// Whether there is one.
    pub is_set: bool,
    /// `keyring` or `environment`; null when there is none.
    pub from: Option<String>,
    /// What it is for.
    pub used_by: String,
}

/// `omc secrets list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SecretsView {
    /// Whether the machine's keyring can be used.
    pub keyring: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Every secret there may be.
    pub secrets: Vec<SecretRow>,
}

/// A service that is not collected, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct NotCollected {
    /// The service.
    pub name: String,
    /// What it would bring.
    pub what: String,
    /// Why it is not collected.
    pub why: String,
}
