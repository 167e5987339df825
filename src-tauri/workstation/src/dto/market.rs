//! Prices, candles and collection.

use super::RefusedItem;
use domain::{Candle, Coin, Decimal, Price, Quantity, QuoteKind, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One coin's prices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PriceRow {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// AUD a seller gets; null when the source has none.
    #[ts(type = "string | null")]
    pub bid: Option<Price>,
    /// AUD a buyer pays.
    #[ts(type = "string | null")]
    pub ask: Option<Price>,
    /// Last trade; null for instant-only coins.
    #[ts(type = "string | null")]
    pub last: Option<Price>,
    /// `book` (has an order book) or `instant`.
    #[ts(type = "\"book\" | \"instant\"")]
    pub kind: QuoteKind,
    /// When the feed last confirmed it by a reply that was not frozen.
    #[ts(type = "string")]
    pub seen: Timestamp,
    /// Whole seconds since then.
    #[ts(type = "number")]
    pub age_s: i64,
    /// Older than the price-age limit: dimmed, and no order.
    pub stale: bool,
    /// (ask − bid) ÷ mid in percent, two decimals; null without both.
    #[ts(type = "string | null")]
    pub spread_pct: Option<SerialDecimal>,
    /// Change of the candle price over 24 h in percent, two decimals; null where our history does not reach back.
    #[ts(type = "string | null")]
    pub change_24h_pct: Option<SerialDecimal>,
}

/// `omc prices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Prices {
    /// Coins with a book first, then by ticker.
    pub prices: Vec<PriceRow>,
}

/// One candle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct CandleRow {
    /// Beginning of the interval.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// First price in AUD.
    #[ts(type = "string")]
    pub open: Price,
    /// Highest.
    #[ts(type = "string")]
    pub high: Price,
    /// Lowest.
    #[ts(type = "string")]
    pub low: Price,
    /// Last.
    #[ts(type = "string")]
    pub close: Price,
    /// Coins traded; null when unknown.
    #[ts(type = "string | null")]
    pub volume: Option<Quantity>,
}

impl From<Candle> for CandleRow {
    fn from(c: Candle) -> Self {
        Self { time: c.time, open: c.open, high: c.high, low: c.low, close: c.close, volume: c.volume }
    }
}

/// A stretch without candles; never filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct GapRow {
    /// Beginning of the first missing interval.
    #[ts(type = "string")]
    pub from: Timestamp,
    /// Beginning of the next candle there is.
    #[ts(type = "string")]
    pub to: Timestamp,
    /// Missing intervals.
    #[ts(type = "number")]
    pub missing: u64,
}

/// `omc candles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Candles {
    /// Oldest first.
    pub candles: Vec<CandleRow>,
    /// Oldest first.
    pub gaps: Vec<GapRow>,
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RejectedLine {
    /// Line of the file; the header is line 1.
    #[ts(type = "number")]
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// `omc candles import`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct CandleImport {
    /// Candles added.
    #[ts(type = "number")]
    pub imported: u64,
    /// Candles already there.
    #[ts(type = "number")]
    pub duplicates: u64,
    /// Lines refused.
    pub rejected: Vec<RejectedLine>,
}

/// One run of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RunRow {
    /// Name of the source.
    pub source: String,
    /// `ok`, `partial` (some items were refused), `unchanged` (nothing new, or frozen) or `failed`.
    pub status: String,
    /// Items stored.
    #[ts(type = "number")]
    pub new: u64,
    /// Items that told nothing new.
    #[ts(type = "number")]
    pub duplicate: u64,
    /// Items refused.
    #[ts(type = "number")]
    pub rejected: u64,
    /// What went wrong, for a failed run.
    pub error: Option<String>,
    /// When it began.
    #[ts(type = "string")]
    pub started: Timestamp,
    /// `scheduled`, `manual` or `backfill`.
    pub cause: String,
    /// Items that came.
    #[ts(type = "number")]
    pub seen: u64,
    /// Known items that say something else now.
    #[ts(type = "number")]
    pub revised: u64,
    /// The first of the refused items.
    pub refused: Vec<RefusedItem>,
}

/// `omc collect --once`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Collected {
    /// One a source.
    pub runs: Vec<RunRow>,
}

/// One source and how it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SourceRow {
    /// Name, such as `coinspot_prices`.
    pub name: String,
    /// `exchange`, `glass`, `human` or `catalyst`.
    pub ledger: String,
    /// `ok`, `frozen`, `failing`, `never_run` or `not_configured`.
    pub status: String,
    /// What it still needs from a person before it can run; null when it is ready.
    pub lacks: Option<String>,
    /// How far its clock is ahead of ours, in milliseconds, by the `Date` of its replies; null when unknown.
    #[ts(type = "number | null")]
    pub skew_ms: Option<i64>,
    /// Last good reply.
    #[ts(type = "string | null")]
    pub last_success: Option<Timestamp>,
    /// What went wrong last, while it does.
    pub last_error: Option<String>,
    /// When it runs next; null when nothing runs.
    #[ts(type = "string | null")]
    pub next_run: Option<Timestamp>,
    /// Whether it runs only when asked.
    pub paused: bool,
    /// How often it runs, in seconds.
    #[ts(type = "number")]
    pub cadence_s: u64,
}

/// `omc sources`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SourcesView {
    /// Each source.
    pub sources: Vec<SourceRow>,
    /// What is not collected, and why.
    pub not_collected: Vec<super::NotCollected>,
    /// What is wrong with the clocks, in words; null when they agree, or nobody knows.
    pub clock: Option<String>,
}

/// A ratio or percentage in JSON: a plain decimal as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SerialDecimal(pub Decimal);

impl SerialDecimal {
    /// In whole cents, half-even, such as `-12.50`: for showing.
    #[must_use]
    pub fn to_cents_text(self) -> String {
        let mut cents = domain::Money::aud(self.0).to_cents().amount();
        cents.rescale(2);
        cents.to_string()
    }

    /// A ratio as a percentage with its sign and two decimals, such as `-12.50 %`: for showing.
    #[must_use]
    pub fn to_percent_text(self) -> String {
        let share = self.0.checked_mul(Decimal::ONE_HUNDRED).map(|share| share.round_dp(2));
        share.map_or_else(|| "-".to_owned(), |share| format!("{share:+.2} %"))
    }
}

impl std::fmt::Display for SerialDecimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0.normalize(), f)
    }
}

impl Serialize for SerialDecimal {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&self.0.normalize())
    }
}

impl<'de> Deserialize<'de> for SerialDecimal {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        domain::parse_decimal(&String::deserialize(input)?).map(Self).map_err(serde::de::Error::custom)
    }
}
