//! What every collected service looks like from here.
//!
//! A source fetches once and says what it got and what it refused, with reasons; when to run it, what to store and how
//! to show it is decided elsewhere. Text from outside is cut and freed of control characters before it gets into a
//! reason ([`inert`]), and stays data. Deliberately absent: retries and deadlines (the HTTP client's), storage.

use crate::feed::Fingerprint;
use crate::observation::Observation;
use domain::{Candle, Coin, Interval, Quote, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Longest text from outside kept in a reason.
const INERT_CHARS_MAX: usize = 80;

/// The four ledgers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ledger {
    /// Protocol and on-chain fundamentals.
    Glass,
    /// News and social mood.
    Human,
    /// Discrete events: filings, listings.
    Catalyst,
    /// Prices and candles.
    Exchange,
}

impl Ledger {
    /// Its name in commands and replies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Glass => "glass",
            Self::Human => "human",
            Self::Catalyst => "catalyst",
            Self::Exchange => "exchange",
        }
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceInfo {
    /// Stable snake_case name, as in `omc collect NAME`.
    pub name: &'static str,
    /// Where its observations belong.
    pub ledger: Ledger,
    /// How often it should run.
    pub cadence: Duration,
}

/// One item that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// What it was, in the source's words, made harmless.
    pub item: String,
    /// Stable code of the reason.
    pub code: &'static str,
    /// The reason in words.
    pub reason: String,
}

impl Rejected {
    /// Names an item and why it was not taken.
    #[must_use]
    pub fn new(item: &str, code: &'static str, reason: impl fmt::Display) -> Self {
        Self { item: inert(item), code, reason: reason.to_string() }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.item, self.reason)
    }
}

/// Text from outside, cut to a bounded length and without control characters (also the invisible ones that turn text
/// around). It is still what it said: whoever shows it escapes it as text.
#[must_use]
pub fn inert(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut clean: String = text.chars().take(INERT_CHARS_MAX).map(|c| if hidden(c) { ' ' } else { c }).collect();
    if text.chars().nth(INERT_CHARS_MAX).is_some() {
        clean.push('…');
    }
    clean
}

/// What one run of a source brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// Prices; their `seen` is the moment of the run until a [`crate::FeedJudge`] has looked at the fingerprint.
    pub quotes: Vec<Quote>,
    /// Candles, with the coin and interval they belong to.
    pub candles: Vec<(Coin, Interval, Candle)>,
    /// News, mood, announcements: whatever has a natural key and may be revised.
    pub observations: Vec<Observation>,
    /// What was not taken.
    pub rejected: Vec<Rejected>,
    /// What the whole reply said, for sources whose replies can freeze.
    pub fingerprint: Option<Fingerprint>,
    /// Which fields the whole reply had, for sources whose replies can drift; see [`crate::ShapeGuard`].
    pub shape: Option<Fingerprint>,
}

/// Why a run brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {message}")]
pub struct CollectError {
    /// The source.
    pub source_name: &'static str,
    /// Stable code.
    pub code: &'static str,
    /// What happened, to what, and what to do.
    pub message: String,
}

/// A run under way; dropping it ends it.
pub type Collecting<'a> = Pin<Box<dyn Future<Output = Result<Collected, CollectError>> + Send + 'a>>;

/// A collected service.
pub trait Source: Send + Sync {
    /// Who it is.
    fn info(&self) -> SourceInfo;

    /// Fetches once; observations are stamped with `now`.
    fn collect(&self, now: Timestamp) -> Collecting<'_>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outside_text_is_cut_and_has_no_control_characters() {
        let hostile = format!("a\u{1b}[31m\u{202e}\n{}", "x".repeat(500));
        let clean = inert(&hostile);
        assert!(clean.starts_with("a [31m  x"), "{clean}");
        assert_eq!(clean.chars().count(), INERT_CHARS_MAX + 1);
        assert_eq!(inert("plain ünïcode"), "plain ünïcode");
    }

    #[test]
    fn a_rejection_names_item_and_reason() {
        let rejected = Rejected::new("doge\0", "not_positive", "bid must be above zero");
        assert_eq!(rejected.to_string(), "doge : bid must be above zero");
    }
}
