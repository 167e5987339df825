//! What the ledgers hold, and the runs that filled them.

use super::RunRow;
use domain::{Coin, Price, Timestamp};
use serde::Serialize;
use ts_rs::TS;

/// One item that a run did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RefusedItem {
    /// What it was, in the source's words, made harmless.
    pub item: String,
    /// Stable code of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
}

/// The last runs of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RunsView {
    /// Newest first.
    pub runs: Vec<RunRow>,
}

/// What was said, by kind. Text is plain text from outside and stays data: show it as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
#[ts(export)]
pub enum Said {
    /// Kind `price`: a quote that changed.
    Price {
        /// Such as `BTC/AUD`.
        market: String,
        /// AUD a seller gets; null when the source has none.
        #[ts(type = "string | null")]
        bid: Option<Price>,
        /// AUD a buyer pays.
        #[ts(type = "string | null")]
        ask: Option<Price>,
        /// Last trade; null for instant-only coins.
        #[ts(type = "string | null")]
        last: Option<Price>,
    },
    /// Kind `news`.
    News {
        /// The headline.
        title: String,
        /// The canonical link.
        url: String,
        /// The outlet's own short text; empty when it gave none.
        summary: String,
        /// The outlet's name.
        outlet: String,
        /// Who wrote it.
        author: Option<String>,
    },
    /// Kind `fear_greed`.
    Mood {
        /// 0 (extreme fear) to 100 (extreme greed).
        value: u8,
        /// The source's word for it.
        label: String,
    },
    /// Kind `announcement`.
    Announcement {
        /// Its title.
        title: String,
        /// Its page.
        url: String,
        /// Its text; empty when there is none.
        text: String,
        /// The number of its section.
        section: Option<String>,
        /// When this text was written, as the source says.
        #[ts(type = "string | null")]
        edited_at: Option<Timestamp>,
    },
}

/// One observation in one of its revisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ObservationRow {
    /// Stable: the same revision has the same id everywhere.
    pub id: String,
    /// Such as `news` or `price`.
    pub kind: String,
    /// Name of the source.
    pub source: String,
    /// The coin it is about: the one asked for, else the first; null when none is known.
    #[ts(type = "string | null")]
    pub coin: Option<Coin>,
    /// All coins it is about.
    #[ts(type = "string[]")]
    pub coins: Vec<Coin>,
    /// When it happened; for what has no date, when it was first seen.
    #[ts(type = "string")]
    pub event_time: Timestamp,
    /// When it was published, as the source says.
    #[ts(type = "string | null")]
    pub published_at: Option<Timestamp>,
    /// Since when this revision is known here.
    #[ts(type = "string")]
    pub first_seen: Timestamp,
    /// 1 for the first wording.
    pub revision: u32,
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
}

/// `omc ledger`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LedgerView {
    /// `exchange`, `glass`, `human` or `catalyst`.
    pub ledger: String,
    /// Oldest event first.
    pub observations: Vec<ObservationRow>,
}
