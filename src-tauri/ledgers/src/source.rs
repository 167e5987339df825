//! What every collected service looks like from here.
//!
//! A source fetches once and says what it got and what it refused, with reasons; when to run it, what to store and how
//! to show it is decided elsewhere. Text from outside is cut and freed of control characters before it gets into a
//! reason ([`inert`]), and stays data. Deliberately absent: retries and deadlines (the HTTP client's), storage.

use crate::feed::Fingerprint;
use crate::observation::Observation;
use domain::{Candle, Coin, Currency, Interval, Price, Quote, Timestamp};
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

/// What kind of value a setting of a source has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingKind {
    /// Free text of at most so many characters.
    Text {
        /// At most so many.
        chars_max: usize,
    },
    /// One of these.
    Choice {
        /// The values.
        of: &'static [&'static str],
    },
    /// Some of these, joined by commas.
    Choices {
        /// The values.
        of: &'static [&'static str],
    },
    /// A whole number.
    Whole {
        /// The least.
        min: u32,
        /// The most.
        max: u32,
    },
    /// A secret, kept in the keyring under the setting's name and never shown.
    Secret,
}

/// One thing a person may set for a source. The form of the window and `omc sources set` are made of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Stable snake_case name; for a secret its name in the keyring.
    pub name: &'static str,
    /// What to call it on screen.
    pub label: &'static str,
    /// What it is for, and where to get it.
    pub help: &'static str,
    /// What it may be.
    pub kind: SettingKind,
    /// Without it the source can't run.
    pub required: bool,
    /// What holds when nothing is set; empty for none.
    pub default: &'static str,
}

/// Where a source reads what was set for it, each time it runs.
pub trait Settings: Send + Sync {
    /// The value of a setting that is no secret: what was set, else its default; none when it is empty.
    fn value(&self, source: &str, setting: &str) -> Option<String>;

    /// A secret; none when it is not set or the keyring can't be read.
    fn secret(&self, name: &str) -> Option<Secret>;
}

/// Nothing is set, anywhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingSet;

impl Settings for NothingSet {
    fn value(&self, _source: &str, _setting: &str) -> Option<String> {
        None
    }

    fn secret(&self, _name: &str) -> Option<Secret> {
        None
    }
}

/// A text that never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the request it belongs in and nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A price at another venue, to judge our own by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The venue's stable name, such as `kraken`: the source's.
    pub venue: &'static str,
    /// Which coin.
    pub coin: Coin,
    /// The currency the prices are in: `AUD`, `USD`, `USDT`.
    pub currency: Currency,
    /// What a buyer there offers.
    pub bid: Option<Price>,
    /// What a seller there asks.
    pub ask: Option<Price>,
    /// The last trade.
    pub last: Option<Price>,
    /// When, as the venue says; none when it doesn't.
    pub at: Option<Timestamp>,
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
    /// Prices at other venues.
    pub references: Vec<Reference>,
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

    /// What it still needs from a person before it can run, in words that say where to get it; none when it is ready.
    fn lacks(&self) -> Option<String> {
        None
    }

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
    fn a_secret_never_shows_itself() {
        let secret = Secret::new("canary".to_owned());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.reveal(), "canary");
    }

    #[test]
    fn a_rejection_names_item_and_reason() {
        let rejected = Rejected::new("doge\0", "not_positive", "bid must be above zero");
        assert_eq!(rejected.to_string(), "doge : bid must be above zero");
    }
}
