//! What the ledgers hold, and the runs that filled them.

use super::{RunRow, SerialDecimal};
use domain::{Coin, Price, Quantity, Timestamp};
use serde::Serialize;
use ts_rs::TS;

/// One item that a run did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RefusedItem {
    /// What it was, in the source's words, made harmless.
    pub item: String,
    /// Stable code of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
}

/// The last runs of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RunsView {
    /// Newest first.
    pub runs: Vec<RunRow>,
}

/// What was said, by kind. Text is plain text from outside and stays data: show it as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(untagged)]
#[ts(export)]
pub enum Said {
    /// Kind `price`: a quote that changed.
    Price {
        /// Such as `BTC/AUD`.
        market: String,
        /// AUD a seller gets; null when the source has none.
        #[ts(type = "string | null")]
        bid: Option<Price>,
        /// AUD a buyer pays.
        #[ts(type = "string | null")]
        ask: Option<Price>,
        /// Last trade; null for instant-only coins.
        #[ts(type = "string | null")]
        last: Option<Price>,
    },
    /// Kind `news`.
    News {
        /// The headline.
        title: String,
        /// The canonical link.
        url: String,
        /// The outlet's own short text; empty when it gave none.
        summary: String,
        /// The outlet's name.
        outlet: String,
        /// Who wrote it.
        author: Option<String>,
    },
    /// Kind `fear_greed`.
    Mood {
        /// 0 (extreme fear) to 100 (extreme greed).
        value: u8,
        /// The source's word for it.
        label: String,
    },
    /// Kind `announcement`.
    Announcement {
        /// Its title.
        title: String,
        /// Its page.
        url: String,
        /// Its text; empty when there is none.
        text: String,
        /// The number of its section.
        section: Option<String>,
        /// When this text was written, as the source says.
        #[ts(type = "string | null")]
        edited_at: Option<Timestamp>,
    },
    /// Kind `filing`.
    Filing {
        /// The accession number, with hyphens.
        accession: String,
        /// The form, such as `8-K`.
        form: String,
        /// The items it names, such as `7.01`.
        items: Vec<String>,
        /// Who filed it.
        filer: String,
        /// The filer's number, ten digits.
        cik: String,
        /// What it says it is; empty when it doesn't.
        title: String,
        /// The document.
        url: String,
        /// The day it reports about.
        report_date: Option<String>,
    },
    /// Kind `event`: something our own rules noticed.
    Event {
        /// `large_move`, `spread_blow_out`, `tvl_shock`, `treasury_change` or `feed_outage`.
        rule: String,
        /// A ticker, a protocol, a company or a source.
        subject: String,
        /// What happened.
        title: String,
        /// What was measured, against what.
        detail: String,
    },
    /// Kind `post`.
    Post {
        /// Its title.
        title: String,
        /// Its permanent link.
        url: String,
        /// Its text; empty when there is none.
        text: String,
        /// The forum, such as `r/Bitcoin`.
        community: String,
        /// Who wrote it.
        author: Option<String>,
        /// Votes when first seen.
        #[ts(type = "number")]
        score: i64,
        /// Comments when first seen.
        #[ts(type = "number")]
        comments: u64,
    },
    /// Kinds `tvl`, `fees`, `revenue`, `chain_tvl` and `stablecoin_supply`: a figure of a day.
    Figure {
        /// The service's stable name, such as `aave-v3`.
        subject: String,
        /// The name to show.
        name: String,
        /// How much.
        #[ts(type = "string")]
        amount: SerialDecimal,
        /// Of what, such as `USD`.
        currency: String,
    },
    /// Kind `treasury`.
    Treasury {
        /// The company.
        company: String,
        /// Its ticker on a stock exchange.
        symbol: Option<String>,
        /// Coins held.
        #[ts(type = "string")]
        holdings: Quantity,
        /// What they were worth when first seen; null when not told.
        #[ts(type = "string | null")]
        value: Option<SerialDecimal>,
        /// Of what, such as `USD`; null with `value`.
        currency: Option<String>,
    },
}

/// A coin found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct MentionRow {
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// The words that said so.
    pub matched: String,
}

/// A term of the taxonomy found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TermRow {
    /// Its name, such as `rate cut`.
    pub term: String,
    /// `macro`, `liquidity`, `regulatory` or `fundamental`.
    pub theme: String,
    /// 1 bullish, 0 neutral, −1 bearish.
    pub direction: i8,
    /// 3 high, 2 medium, 1 low.
    pub impact: u8,
    /// `immediate`, `short` or `long`.
    pub horizon: String,
    /// The words around it.
    pub context: String,
}

/// A word of the lexicon found in a text.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct WordRow {
    /// As it stands in the text.
    pub word: String,
    /// What it added, after negation and emphasis.
    pub weight: f64,
}

/// What an observation is taken to mean, and why.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MeaningRow {
    /// Who judged, such as `lexicon-1`.
    pub by: String,
    /// −1 (bearish) to 1 (bullish); null when no word of the lexicon stands in it.
    pub sentiment: Option<f64>,
    /// The words that gave it.
    pub words: Vec<WordRow>,
    /// Mean of the terms' directions by impact, −1 to 1; null when no term was found.
    pub taxonomy: Option<f64>,
    /// The terms found.
    pub terms: Vec<TermRow>,
    /// The coins found, and by which words.
    pub mentions: Vec<MentionRow>,
    /// For announcements: `delisting`, `listing`, `maintenance`, `trading`, `feature` or `other`.
    #[serde(rename = "type")]
    pub announced: Option<String>,
    /// 1 to 10, for the Catalyst ledger; null elsewhere.
    pub severity: Option<u8>,
    /// Why this severity.
    pub severity_reason: Option<String>,
    /// The id of the first observation that tells the same story; null when it stands alone.
    pub cluster: Option<String>,
    /// How many outlets tell it.
    pub outlets: u32,
}

/// One observation in one of its revisions.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ObservationRow {
    /// Stable: the same revision has the same id everywhere.
    pub id: String,
    /// Such as `news` or `price`.
    pub kind: String,
    /// Name of the source.
    pub source: String,
    /// The coin it is about: the one asked for, else the first; null when none is known.
    #[ts(type = "string | null")]
    pub coin: Option<Coin>,
    /// All coins it is about.
    #[ts(type = "string[]")]
    pub coins: Vec<Coin>,
    /// When it happened; for what has no date, when it was first seen.
    #[ts(type = "string")]
    pub event_time: Timestamp,
    /// When it was published, as the source says.
    #[ts(type = "string | null")]
    pub published_at: Option<Timestamp>,
    /// Since when this revision is known here.
    #[ts(type = "string")]
    pub first_seen: Timestamp,
    /// 1 for the first wording.
    pub revision: u32,
    /// What was said.
    #[serde(flatten)]
    pub said: Said,
    /// What it is taken to mean; null for prices and figures.
    pub meaning: Option<MeaningRow>,
}

/// `omc ledger`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LedgerView {
    /// `exchange`, `glass`, `human` or `catalyst`.
    pub ledger: String,
    /// Oldest event first.
    pub observations: Vec<ObservationRow>,
}
