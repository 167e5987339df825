//! The trade history, a page at a time, and one trade with all that led to it.

use super::{JournalEntry, ParcelPart, SerialDecimal, TradeView};
use domain::{Book, Timestamp, TradeId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which trades, in which order, how many; all of the live book, newest first, unless told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct TradesRequest {
    /// `paper` or `live`.
    #[ts(optional)]
    pub book: Option<String>,
    /// Words that must all be found: in the coin, the side, the algorithm (`manual` by hand), the tag, the venue or its id,
    /// or as a local date or the beginning of one (`2024`, `2024-10`).
    #[ts(optional)]
    pub search: Option<String>,
    /// Only this coin.
    #[ts(optional)]
    pub coin: Option<String>,
    /// `buy` or `sell`.
    #[ts(optional)]
    pub side: Option<String>,
    /// Only this algorithm; `manual` is by hand.
    #[ts(optional)]
    pub algorithm: Option<String>,
    /// Only with this tag; empty: those without one.
    #[ts(optional)]
    pub tag: Option<String>,
    /// Date or time.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or time, itself outside.
    #[ts(optional)]
    pub to: Option<String>,
    /// Zone of plain dates and of groups.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// `time`, `coin`, `side`, `quantity`, `price`, `value`, `fee` or `algorithm`.
    #[ts(optional)]
    pub sort: Option<String>,
    /// Least first; else greatest first. Equal ones stand newest first either way.
    #[ts(optional)]
    pub ascending: Option<bool>,
    /// Sums by `coin`, `side`, `algorithm`, `tag`, `day`, `month` or `year` besides.
    #[ts(optional)]
    pub group: Option<String>,
    /// Begin after so many.
    #[ts(optional)]
    pub offset: Option<usize>,
    /// At most so many, 1,000 at most; 200 unless told.
    #[ts(optional)]
    pub limit: Option<usize>,
}

impl TradesRequest {
    /// All trades of a book.
    #[must_use]
    pub fn of(book: Book) -> Self {
        Self { book: Some(book.to_string()), ..Self::default() }
    }
}

/// One row of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TradeLine {
    /// The trade.
    #[serde(flatten)]
    pub trade: TradeView,
    /// Price × quantity in AUD, before the fee; null when it is too large to be told.
    #[ts(type = "string | null")]
    pub value: Option<SerialDecimal>,
    /// The trader's label.
    pub tag: Option<String>,
}

/// A trade's label as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TagView {
    /// The trade.
    #[ts(type = "string")]
    pub trade: TradeId,
    /// The label; null when it has none.
    pub tag: Option<String>,
}

/// Sums over trades, AUD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TradeSums {
    /// What they share: a coin, a month …; empty for all.
    pub key: String,
    /// How many.
    pub trades: usize,
    /// What was bought for, before fees; null when it is too large to be told.
    #[ts(type = "string | null")]
    pub bought: Option<SerialDecimal>,
    /// What was sold for, before fees.
    #[ts(type = "string | null")]
    pub sold: Option<SerialDecimal>,
    /// Fees.
    #[ts(type = "string | null")]
    pub fees: Option<SerialDecimal>,
}

/// A page of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TradesPage {
    /// Trades of the book, found or not.
    pub all: usize,
    /// Sums over all that were found, on this page or not.
    pub found: TradeSums,
    /// Where this page begins among them.
    pub offset: usize,
    /// The page.
    pub trades: Vec<TradeLine>,
    /// Sums by what was asked for, at most 1,000; the largest turnover first, periods newest first.
    pub groups: Vec<TradeSums>,
}

/// One trade with all that led to it and came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TradeStory {
    /// The trade.
    pub line: TradeLine,
    /// Its place in its device's journal.
    #[ts(type = "number")]
    pub seq: u64,
    /// When it was recorded.
    #[ts(type = "string")]
    pub recorded_at: Timestamp,
    /// The hash of its fact.
    pub hash: String,
    /// Of a sale: the parcels it used. Of a buy: the sales that used it. The ones that were picked, then first in, first out, over the
    /// coin's one pool.
    pub parcels: Vec<ParcelPart>,
    /// What its order went through, from the wish to the fill; empty for a trade made elsewhere.
    pub steps: Vec<JournalEntry>,
    /// What its algorithm looked at.
    pub evidence: Vec<String>,
}
