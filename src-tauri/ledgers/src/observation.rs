//! What the Glass, Human and Catalyst ledgers are made of: one thing a source said, with its times.
//!
//! Invariants: `key` is the source's natural key, so that the same thing seen again has the same key; all text is plain
//! text, cut to a bounded length, and stays data. When it was first seen and which revision it is are the storage's to say:
//! a source sees only the present. Deliberately absent: what it means, which [`crate::meaning`] judges.

use crate::feed::Fingerprint;
use crate::payload::Payload;
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
    /// What somebody wrote in a forum.
    Post,
    /// Something an exchange announced.
    Announcement,
    /// A document filed with a securities regulator.
    Filing,
    /// Something our own rules noticed.
    Event,
    /// The money locked in a protocol.
    Tvl,
    /// What a protocol's users paid in a day.
    Fees,
    /// What of it the protocol kept.
    Revenue,
    /// The money locked on a chain.
    ChainTvl,
    /// What there is of a stablecoin.
    StablecoinSupply,
    /// Coins a listed company holds.
    Treasury,
}

impl ObservationKind {
    /// Its name in commands, replies and storage.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::FearGreed => "fear_greed",
            Self::Post => "post",
            Self::Announcement => "announcement",
            Self::Filing => "filing",
            Self::Event => "event",
            Self::Tvl => "tvl",
            Self::Fees => "fees",
            Self::Revenue => "revenue",
            Self::ChainTvl => "chain_tvl",
            Self::StablecoinSupply => "stablecoin_supply",
            Self::Treasury => "treasury",
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

/// One thing a source said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// The source's stable name.
    pub source: String,
    /// The natural key within the source: canonical link, day, article id.
    pub key: String,
    /// The coins it is about: those its source names, and once it is stored those its words name ([`crate::meaning`]).
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
        self.payload.kind()
    }

    /// What was said, as a hash: another one under the same key is a revision. The moment of a run is not part of it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let told = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
        let event_time = if self.undated.is_none() { Some(self.event_time) } else { None };
        let mut items = vec![format!("kind {}", self.kind()), format!("event {}", told(event_time))];
        items.push(format!("published {}", told(self.published_at)));
        items.extend(self.payload.lines());
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
