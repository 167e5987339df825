//! Movements, what the trader says of them, and what needs doing in the books.

use super::{RejectedLine, SerialDecimal};
use domain::{Coin, MovementId, Quantity, Timestamp, TradeId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A movement with the trader's word on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MovementView {
    /// The same on every device.
    #[ts(type = "string")]
    pub id: MovementId,
    /// When it happened.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// `cash`, `coins`, `swap` or `between`.
    pub kind: String,
    /// `in` or `out`; null for swaps and transfers between books.
    pub direction: Option<String>,
    /// The coin that moved or was given; null for cash.
    #[ts(type = "string | null")]
    pub coin: Option<Coin>,
    /// How many; for cash AUD.
    #[ts(type = "string")]
    pub quantity: SerialDecimal,
    /// What a swap brought.
    #[ts(type = "string | null")]
    pub to_coin: Option<Coin>,
    /// How many of it.
    #[ts(type = "string | null")]
    pub to_quantity: Option<Quantity>,
    /// Between books: whose they were; `manual` is by hand.
    pub from: Option<String>,
    /// Between books: whose they are.
    pub to: Option<String>,
    /// Why coins moved, by the last word on it; null for what is no coins in or out.
    pub why: Option<String>,
    /// What it was worth, AUD, by the last word on it.
    #[ts(type = "string | null")]
    pub value: Option<SerialDecimal>,
    /// A fee, AUD.
    #[ts(type = "string | null")]
    pub fee: Option<SerialDecimal>,
    /// Coins paid to the network on top.
    #[ts(type = "string | null")]
    pub network_fee: Option<Quantity>,
    /// Where.
    pub venue: Option<String>,
    /// The other side.
    pub party: Option<String>,
    /// The source's id, or the transaction's hash.
    pub external_id: Option<String>,
    /// Words of the source.
    pub note: Option<String>,
    /// When the trader said what it was; null while nobody has.
    #[ts(type = "string | null")]
    pub judged_at: Option<Timestamp>,
    /// The other side of a transfer of the trader's own.
    #[ts(type = "string | null")]
    pub paired_with: Option<MovementId>,
    /// Whether a person must say why, or what it was worth.
    pub unresolved: bool,
}

/// `omc movements`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Movements {
    /// Oldest first.
    pub movements: Vec<MovementView>,
}

/// A movement as a person tells it; empty is none. The words are those of the native file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct MovementRequest {
    /// A time, or a date, which means its midnight in the workspace's zone.
    pub time: String,
    /// `cash`, `swap`, `between`, or why coins moved.
    pub kind: String,
    /// `in` or `out`, where both can be.
    pub direction: String,
    /// Ticker; `AUD` or empty for cash.
    pub coin: String,
    /// How many.
    pub quantity: String,
    /// What all of it was worth, AUD.
    pub value: String,
    /// A fee, AUD.
    pub fee: String,
    /// Coins paid to the network on top.
    pub network_fee: String,
    /// The other side.
    pub party: String,
    /// The transaction's hash.
    pub external_id: String,
    /// Words of your own.
    pub note: String,
    /// Where.
    pub venue: String,
    /// What a swap brought.
    pub to_coin: String,
    /// How many of it.
    pub to_quantity: String,
    /// Between books: whose they were.
    pub from: String,
    /// Between books: whose they are.
    pub to: String,
}

/// What a person says to the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
pub enum BooksRequest {
    /// Something moved that no file told.
    Add {
        /// What.
        movement: Box<MovementRequest>,
    },
    /// What a movement was.
    Judge {
        /// Which.
        id: String,
        /// Why; none leaves it.
        #[serde(default)]
        #[ts(optional)]
        why: Option<String>,
        /// What it was worth, AUD; none leaves it.
        #[serde(default)]
        #[ts(optional)]
        value: Option<String>,
    },
    /// Two movements are one transfer of the trader's own.
    Pair {
        /// What left.
        out: String,
        /// What arrived.
        into: String,
    },
    /// What a coin was worth at a moment.
    Price {
        /// Ticker.
        coin: String,
        /// A time.
        at: String,
        /// AUD for one; `none` takes the word back.
        price: String,
    },
    /// What is true of a trade that was told twice.
    Settle {
        /// The trade known first.
        known: String,
        /// The later telling.
        told: String,
        /// `same`, `corrected` or `both`.
        verdict: String,
    },
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct BooksDone {
    /// In words.
    pub done: String,
    /// The movement it is about, as it stands now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub movement: Option<MovementView>,
}

/// What would settle an action, for a face to offer in place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "fix", rename_all = "snake_case")]
#[ts(export)]
pub enum ActionFix {
    /// Say what a movement was, or what it was worth.
    Judge {
        /// Which.
        movement: Box<MovementView>,
        /// One that could be its other side.
        #[ts(type = "string | null")]
        pair: Option<MovementId>,
    },
    /// Import what is missing, or add what was held before.
    Opening {
        /// The coin; none for AUD.
        #[ts(type = "string | null")]
        coin: Option<Coin>,
        /// How many are missing.
        #[ts(type = "string")]
        quantity: SerialDecimal,
    },
    /// Count a coin without a price as worth nothing, or wait for one.
    WriteDown {
        /// The coin.
        #[ts(type = "string")]
        coin: Coin,
    },
    /// Say whether a trade told twice is one.
    Settle {
        /// The trade known first.
        #[ts(type = "string")]
        known: TradeId,
        /// The later telling.
        #[ts(type = "string")]
        told: TradeId,
        /// The first one, in words.
        known_words: String,
        /// The later one, in words.
        told_words: String,
    },
    /// Look into it: import the history of that time again, or add what moved.
    Import,
}

/// Something only the trader can settle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ActionItem {
    /// Stable while it stands.
    pub id: String,
    /// `unknown_basis`, `missing_price`, `gap`, `unmatched_transfer`, `duplicate` or `unresolved_movement`.
    pub kind: String,
    /// What it is, to what, and what follows.
    pub words: String,
    /// The coin it is about.
    #[ts(type = "string | null")]
    pub coin: Option<Coin>,
    /// Since when, where that is known.
    #[ts(type = "string | null")]
    pub since: Option<Timestamp>,
    /// So many seconds ago.
    #[ts(type = "number | null")]
    pub age_s: Option<i64>,
    /// The command that settles it.
    pub command: String,
    /// The same for the window.
    pub fix: ActionFix,
}

/// `omc actions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Actions {
    /// The oldest first; those without an age before them.
    pub actions: Vec<ActionItem>,
    /// What reports say of them on their first page, a line a kind.
    pub summary: Vec<String>,
}

/// `omc import --coinspot-api`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export)]
pub struct HistoryImport {
    /// From which day on it was read.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// Up to when.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Stretches of days, each kept as a whole.
    pub stretches: u32,
    /// Rows the exchange told.
    #[ts(type = "number")]
    pub read: u64,
    /// Trades and movements added.
    #[ts(type = "number")]
    pub imported: u64,
    /// Those already known, from an export or as our own fills.
    #[ts(type = "number")]
    pub duplicates: u64,
    /// Known trades told with another fee.
    #[ts(type = "number")]
    pub doubts: u64,
    /// Rows left out.
    #[ts(type = "number")]
    pub left_out_count: u64,
    /// The first of them, with why; they have no lines.
    pub left_out: Vec<RejectedLine>,
    /// Days of which the exchange has more than it tells.
    pub incomplete: Vec<String>,
    /// The account's balances held against the books after it; null when they could not be asked for.
    pub balances: Option<BalancesCompared>,
}

/// Balances held against the books, coin by coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BalancesCompared {
    /// Coins that the exchange or the books have.
    pub coins: u32,
    /// Those of them that differ: each is an action.
    pub differ: u32,
    /// Whether its AUD differ by more than roundings, which is an action too; null when the exchange told of none, or a live
    /// order is not over.
    pub aud_differs: Option<bool>,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export)]
pub struct HistoryProgress {
    /// Whether it runs.
    pub running: bool,
    /// Stretches of days read, each kept as a whole.
    pub stretches: u32,
    /// Of how many; zero before that is known.
    pub of: u32,
    /// Read up to this UTC day; empty before the first stretch.
    pub day: String,
    /// Rows so far.
    #[ts(type = "number")]
    pub read: u64,
    /// Of them added.
    #[ts(type = "number")]
    pub imported: u64,
}
