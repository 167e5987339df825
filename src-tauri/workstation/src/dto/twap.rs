//! Orders cut into slices over time.

use super::SerialDecimal;
use domain::{Book, Coin, OrderId, Price, Side, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct TwapRequest {
    /// Ticker, any case.
    pub coin: String,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// What all slices together cost or bring, fees included.
    pub aud: String,
    /// Over how long: `30m` `2h` `1d`, or until when.
    pub over: String,
    /// In how many slices.
    pub slices: u16,
    /// The limit of each slice; without one each trades at once.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TwapRow {
    /// Its id: the `parent` of its slices.
    #[ts(type = "string")]
    pub id: OrderId,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// The coin.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// What all slices together cost or bring, fees included.
    #[ts(type = "string")]
    pub aud: SerialDecimal,
    /// The limit of each slice; null: each trades at once.
    #[ts(type = "string | null")]
    pub limit: Option<Price>,
    /// When the first slice was due.
    #[ts(type = "string")]
    pub start: Timestamp,
    /// When all is over.
    #[ts(type = "string")]
    pub end: Timestamp,
    /// Slices in all.
    pub slices: u16,
    /// Slices begun; one whose time went by unbegun is missed and not caught up.
    pub begun: u16,
    /// What its slices turned over so far, AUD without fees.
    #[ts(type = "string")]
    pub traded: SerialDecimal,
    /// The middle of the market when its first slice was asked for; null when none is known.
    #[ts(type = "string | null")]
    pub arrival: Option<Price>,
    /// What its coins cost or brought on average, without fees; null before a fill.
    #[ts(type = "string | null")]
    pub average: Option<SerialDecimal>,
    /// The average against the arrival mid in basis points: above zero is worse.
    #[ts(type = "string | null")]
    pub slippage_bps: Option<SerialDecimal>,
    /// That is more than may be.
    pub over_tolerance: bool,
    /// `running` `over` `stopped`.
    pub state: String,
    /// Why it was stopped: `by_person` `killed` `paper_reset`.
    pub reason: Option<String>,
    /// Its slices' orders, oldest first.
    pub orders: Vec<String>,
}

/// `omc twap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TwapsView {
    /// Newest last.
    pub twaps: Vec<TwapRow>,
}
