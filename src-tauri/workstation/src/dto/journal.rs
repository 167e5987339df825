//! The journal as a person reads it.

use domain::{Book, Coin, OrderId, Timestamp};
use serde::Serialize;
use ts_rs::TS;

/// One fact, in words. Reasons may be text from outside and stay data: show them as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct JournalEntry {
    /// The device that wrote it.
    pub device: String,
    /// Its number there.
    #[ts(type = "number")]
    pub seq: u64,
    /// When it was written, by the clock of then.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// Stable name of its kind, such as `order_denied`; `unreadable` for a damaged one.
    pub kind: String,
    /// `you`, `gate`, `mandate`, `exchange`, `paper market`, `workstation`, or an algorithm's name.
    pub who: String,
    /// What happened.
    pub what: String,
    /// Why; empty where nobody said.
    pub why: String,
    /// The order it is about.
    #[ts(type = "string | null")]
    pub order: Option<OrderId>,
    /// The coin it is about.
    #[ts(type = "string | null")]
    pub coin: Option<Coin>,
    /// The book it is about.
    #[ts(type = "'paper' | 'live' | null")]
    pub book: Option<Book>,
    /// Its link in the chain.
    pub hash: String,
}

/// Whether the journal was proven to be as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct JournalProof {
    /// Null while nothing was proven: a long journal is proven by `omc verify` and while the workstation runs.
    pub ok: Option<bool>,
    /// When.
    #[ts(type = "string | null")]
    pub checked_at: Option<Timestamp>,
}

/// A page of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct JournalView {
    /// In the order that was asked for: newest first unless told otherwise.
    pub entries: Vec<JournalEntry>,
    /// Whether the chain holds.
    pub verified: JournalProof,
    /// Facts that match, on this page or not.
    #[ts(type = "number")]
    pub total: u64,
    /// Hand this in as `after` for the next page; null on the last.
    pub next: Option<String>,
    /// The kinds there are.
    pub kinds: Vec<&'static str>,
}
