//! Whether a feed still moves, judged by its content.
//!
//! A server can go on sending the same prices under fresh timestamps for hours. So the whole reply is compared with the
//! one before: if nothing in it changed it is frozen, and quotes keep the time of the last reply that did change. One thin
//! coin standing still among others that move is not frozen. The judge can be stored and resumed, so that a restart does not
//! make a frozen feed fresh again. The very first reply ever counts as a change: there is nothing to compare it with.

use domain::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// What a reply said, as a hash over its content. Headers, timestamps and the order of items are not part of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of all items of a reply, in whatever order they came.
    #[must_use]
    pub fn of<T: AsRef<[u8]> + Ord>(mut items: Vec<T>) -> Self {
        items.sort_unstable();
        let mut hash = Sha256::new();
        for item in &items {
            let bytes = item.as_ref();
            // The length keeps "ab","c" apart from "a","bc".
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        Self(hash.finalize().into())
    }

    /// From the bytes [`Self::bytes`] gave.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// For storing.
    #[must_use]
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether a reply said anything new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedState {
    /// Something in it changed.
    Changed {
        /// The moment of this reply: what its quotes were last confirmed at.
        seen: Timestamp,
    },
    /// The whole reply is what it was before.
    Frozen {
        /// The moment of the last reply that changed: what its quotes were last confirmed at.
        since: Timestamp,
    },
}

impl FeedState {
    /// The moment the reply's quotes were last confirmed at.
    #[must_use]
    pub fn seen(self) -> Timestamp {
        match self {
            Self::Changed { seen } => seen,
            Self::Frozen { since } => since,
        }
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen { .. })
    }
}

/// Compares each reply of one feed with the one before. Serialisable: store it, and a restart changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedJudge {
    last: Option<(Fingerprint, Timestamp)>,
}

impl FeedJudge {
    /// A judge that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }

    /// Goes on from what was stored: the last content and when it first appeared.
    #[must_use]
    pub const fn resume(fingerprint: Fingerprint, changed_at: Timestamp) -> Self {
        Self { last: Some((fingerprint, changed_at)) }
    }

    /// Judges a reply that arrived at `at`.
    pub fn judge(&mut self, fingerprint: Fingerprint, at: Timestamp) -> FeedState {
        match self.last {
            Some((same, since)) if same == fingerprint => FeedState::Frozen { since },
            _ => {
                self.last = Some((fingerprint, at));
                FeedState::Changed { seen: at }
            }
        }
    }

    /// The last content and when it first appeared; none before the first reply.
    #[must_use]
    pub const fn last(&self) -> Option<(Fingerprint, Timestamp)> {
        self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn an_unchanged_reply_is_frozen_since_the_last_change() {
        let mut judge = FeedJudge::new();
        let reply = Fingerprint::of(vec!["btc 1", "xrp 2"]);
        assert_eq!(judge.judge(reply, at(10)), FeedState::Changed { seen: at(10) });
        assert_eq!(judge.judge(reply, at(20)), FeedState::Frozen { since: at(10) });
        assert_eq!(judge.judge(reply, at(30)).seen(), at(10));
    }

    #[test]
    fn one_moving_coin_keeps_the_feed_alive() {
        let mut judge = FeedJudge::new();
        judge.judge(Fingerprint::of(vec!["btc 1", "thin 2"]), at(10));
        let next = judge.judge(Fingerprint::of(vec!["btc 3", "thin 2"]), at(20));
        assert_eq!(next, FeedState::Changed { seen: at(20) });
    }

    #[test]
    fn a_feed_frozen_before_a_restart_is_frozen_after_it() {
        let reply = Fingerprint::of(vec!["btc 1"]);
        let stored = Fingerprint::from_bytes(reply.bytes());
        let mut judge = FeedJudge::resume(stored, at(10));
        assert!(judge.judge(reply, at(500)).is_frozen());
        assert_eq!(judge.last(), Some((reply, at(10))));
    }

    #[test]
    fn the_order_of_items_is_not_a_change_but_their_borders_are() {
        assert_eq!(Fingerprint::of(vec!["a", "b"]), Fingerprint::of(vec!["b", "a"]));
        assert_ne!(Fingerprint::of(vec!["ab", "c"]), Fingerprint::of(vec!["a", "bc"]));
    }
}
