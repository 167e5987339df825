//! What the Glass, Human and Catalyst ledgers are made of: one thing a source said, with its times.
//!
//! Invariants: `key` is the source's natural key, so that the same thing seen again has the same key; all text is plain
//! text, cut to a bounded length, and stays data. When it was first seen and which revision it is are the storage's to say:
//! a source sees only the present. Deliberately absent: what it means (coins, sentiment, severity), which is judged later.

use crate::feed::Fingerprint;
use domain::{Coin, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of thing was said. The names are those of [`Payload`]'s `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservationKind {
    /// A headline of an outlet.
    News,
    /// The market's mood of a day.
    FearGreed,
    /// Something an exchange announced.
    Announcement,
}

impl ObservationKind {
    /// Its name in commands, replies and storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::FearGreed => "fear_greed",
            Self::Announcement => "announcement",
        }
    }
}

impl fmt::Display for ObservationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why an observation has no publication time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Undated {
    /// The source gave none.
    Missing,
    /// What it gave is no date.
    Unreadable,
    /// It lies in the future.
    Future,
    /// It lies before there were any crypto markets.
    TooOld,
}

/// What was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Payload {
    /// A headline.
    News {
        /// The headline as plain text.
        title: String,
        /// The canonical link.
        url: String,
        /// The outlet's own short text; empty when it gave none.
        summary: String,
        /// The outlet's name.
        outlet: String,
        /// Who wrote it, several joined by commas.
        author: Option<String>,
    },
    /// The mood of a day.
    FearGreed {
        /// 0 (extreme fear) to 100 (extreme greed).
        value: u8,
        /// The source's word for it.
        label: String,
    },
    /// An announcement.
    Announcement {
        /// Its title as plain text.
        title: String,
        /// Its page.
        url: String,
        /// Its text, plain and cut; empty when there is none.
        text: String,
        /// The number of its section.
        section: Option<u64>,
        /// When this text was written, as the source says.
        edited_at: Option<Timestamp>,
    },
}

/// One thing a source said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The source's stable name.
    pub source: String,
    /// The natural key within the source: canonical link, day, article id.
    pub key: String,
    /// The coins it is about. Sources leave it empty: what a text is about is judged later.
    #[serde(default)]
    pub coins: Vec<Coin>,
    /// When it happened. Where the source does not say ([`Self::undated`]), the moment of the run: then the first time it
    /// was seen counts, and a later run's moment is no revision.
    pub event_time: Timestamp,
    /// When it (in this wording) was published, as the source says.
    pub published_at: Option<Timestamp>,
    /// Why there is no publication time, when there is none.
    #[serde(default)]
    pub undated: Option<Undated>,
    /// What was said.
    pub payload: Payload,
}

impl Observation {
    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> ObservationKind {
        match self.payload {
            Payload::News { .. } => ObservationKind::News,
            Payload::FearGreed { .. } => ObservationKind::FearGreed,
            Payload::Announcement { .. } => ObservationKind::Announcement,
        }
    }

    /// What was said, as a hash: another one under the same key is a revision. The moment of a run is not part of it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let told = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let event_time = if self.undated.is_none() { Some(self.event_time) } else { None };
        let mut items = vec![format!("kind {}", self.kind()), format!("event {}", told(event_time))];
        items.push(format!("published {}", told(self.published_at)));
        match &self.payload {
            Payload::News { title, url, summary, outlet, author } => {
                items.extend([format!("title {title}"), format!("url {url}"), format!("summary {summary}")]);
                items.extend([format!("outlet {outlet}"), format!("author {}", author.as_deref().unwrap_or_default())]);
            }
            Payload::FearGreed { value, label } => {
                items.extend([format!("value {value}"), format!("label {label}")]);
            }
            Payload::Announcement { title, url, text, section, edited_at } => {
                items.extend([format!("title {title}"), format!("url {url}"), format!("text {text}")]);
                items.extend([format!("section {section:?}"), format!("edited {}", told(*edited_at))]);
            }
        }
        Fingerprint::of(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(title: &str, event_ms: i64, undated: Option<Undated>) -> Observation {
        let event_time = Timestamp::from_millis(event_ms);
        Observation {
            source: "news_coindesk".to_owned(),
            key: "https://example.com/a".to_owned(),
            coins: Vec::new(),
            event_time,
            published_at: undated.is_none().then_some(event_time),
            undated,
            payload: Payload::News {
                title: title.to_owned(),
                url: "https://example.com/a".to_owned(),
                summary: String::new(),
                outlet: "CoinDesk".to_owned(),
                author: None,
            },
        }
    }

    #[test]
    fn another_wording_is_a_revision_and_another_run_is_none() {
        let first = news("One", 1_000, Some(Undated::Missing)).fingerprint();
        assert_eq!(news("One", 9_000, Some(Undated::Missing)).fingerprint(), first);
        assert_ne!(news("Two", 1_000, Some(Undated::Missing)).fingerprint(), first);
        assert_ne!(news("One", 1_000, None).fingerprint(), news("One", 9_000, None).fingerprint());
    }
}
