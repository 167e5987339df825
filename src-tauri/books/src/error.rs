//! Why the books can't answer.

use domain::{Timestamp, TradeRow};
use std::fmt;

/// Which trade is meant: enough to find it in the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRef {
    /// When it happened.
    pub time: Timestamp,
    /// Number of the device that recorded it.
    pub device: u32,
    /// Sequence in that device's journal.
    pub seq: u64,
}

impl From<&TradeRow> for RowRef {
    fn from(row: &TradeRow) -> Self {
        Self { time: row.time, device: row.device, seq: row.seq }
    }
}

impl fmt::Display for RowRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trade of {} (device {}, sequence {})", self.time, self.device, self.seq)
    }
}

/// Why the books can't answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BooksError {
    /// A trade that belongs before one already folded; nothing was changed.
    #[error("the {row} belongs before the {last}: refold the history in order")]
    OutOfOrder {
        /// The refused trade.
        row: RowRef,
        /// The last trade folded.
        last: RowRef,
    },
    /// A result that a decimal can't hold; the books themselves stay exact.
    #[error("{what} of coin number {coin} is beyond 7.9e28: look for a trade with a mistyped quantity or price")]
    TooLarge {
        /// What was being computed.
        what: &'static str,
        /// Number of the coin.
        coin: u32,
    },
    /// A sum over several coins that a decimal can't hold.
    #[error("{what} is beyond 7.9e28: look for a trade with a mistyped quantity or price")]
    SumTooLarge {
        /// What was being summed.
        what: &'static str,
    },
    /// A year whose rules come from a bill that the trader has not said to be law.
    #[error("the rules of {year} are not known to be law")]
    NoLaw {
        /// The calendar year it ends in.
        year: i32,
    },
    /// More days than one answer holds.
    #[error("that is more than {days} days: give a later beginning, and look for a trade with a mistyped date")]
    TooManyDays {
        /// How many there may be.
        days: usize,
    },
}

impl BooksError {
    /// The stable code for scripts.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfOrder { .. } => "out_of_order",
            Self::NoLaw { .. } => "law_unsettled",
            Self::TooManyDays { .. } => "too_many_days",
            Self::TooLarge { .. } | Self::SumTooLarge { .. } => "too_large",
        }
    }
}
