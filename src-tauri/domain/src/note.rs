//! What the books note beside trades and movements: doubts an import raised, how a person settled them, two movements that
//! are one transfer.
//!
//! Deliberately absent: deciding any of it; nothing here is guessed.

use crate::ids::{MovementId, TradeId};
use crate::trade::Trade;
use serde::{Deserialize, Serialize};

/// What a person says of a trade that an import told otherwise than the journal knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One trade, and the journal's telling of it stands.
    Same,
    /// One trade, and the later telling takes its place: the earlier one is in the journal for ever and in no figure.
    Corrected,
    /// Two trades.
    Both,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Same, Self::Corrected, Self::Both];

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Corrected => "corrected",
            Self::Both => "both",
        }
    }

    /// The verdict of this name.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

/// A note of the books. The order of these is part of the journal's layout: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// An import told a known trade with another fee. Nothing was added; a person is asked.
    Doubt {
        /// The trade the journal knows.
        known: TradeId,
        /// As it was told later.
        told: Box<Trade>,
    },
    /// A person settled a doubt.
    Settled {
        /// The trade the journal knew.
        known: TradeId,
        /// The later telling.
        told: TradeId,
        /// What they say.
        verdict: Verdict,
    },
    /// Coins that left one place and arrived at another of the trader's: one transfer.
    Paired {
        /// What left.
        out: MovementId,
        /// What arrived.
        into: MovementId,
    },
}
