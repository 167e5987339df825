//! Orders and limits.

use super::{SerialDecimal, TradeView};
use domain::{Book, Coin, OrderId, OrderState, Price, Quantity, Side, Timestamp, VenueFill};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a person asks for in a ticket or on the command line. Exactly one of `quantity` and `aud`; a limit, or instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct OrderRequest {
    /// Ticker, any case.
    pub coin: String,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Coins.
    #[serde(default)]
    #[ts(optional)]
    pub quantity: Option<String>,
    /// What a buy costs or a sale brings, fees included.
    #[serde(default)]
    #[ts(optional)]
    pub aud: Option<String>,
    /// Limit price; without one the order is instant.
    #[serde(default)]
    #[ts(optional)]
    pub limit: Option<String>,
    /// Meant, though the same order was asked for just now.
    #[serde(default)]
    #[ts(optional, as = "Option<bool>")]
    pub again: bool,
    /// When it ends if it is not filled: a time, a date, or how long from now, such as `30m` `2h` `1d`. Not for instant orders.
    #[serde(default)]
    #[ts(optional)]
    pub until: Option<String>,
}

/// What an order would cost, before it is placed: the same sums the order itself uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct OrderPreview {
    /// Coins.
    #[ts(type = "string | null")]
    pub quantity: Option<Quantity>,
    /// Price the sums use: the limit, or now's instant rate.
    #[ts(type = "string | null")]
    pub price: Option<Price>,
    /// Price × quantity.
    #[ts(type = "string | null")]
    pub value: Option<SerialDecimal>,
    /// The fee.
    #[ts(type = "string | null")]
    pub fee: Option<SerialDecimal>,
    /// What a buy costs, or a sale brings.
    #[ts(type = "string | null")]
    pub total: Option<SerialDecimal>,
    /// Fee rate in percent.
    #[ts(type = "string")]
    pub fee_pct: SerialDecimal,
    /// Whether a person is asked before it leaves: the mandate says so.
    pub asks: bool,
    /// Why it would be refused now; null when it would be taken.
    pub denial: Option<Refusal>,
    /// What a person should know before placing it; none of it refuses the order.
    pub warnings: Vec<Refusal>,
    /// How much of each limit is used, and would be after the order.
    pub headroom: Vec<HeadroomRow>,
}

/// A limit and how much of it is used, in the limit's own unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HeadroomRow {
    /// The limit's name, such as `max_coin_pct`.
    pub limit: String,
    /// What is used now; null when nobody knows.
    #[ts(type = "string | null")]
    pub used: Option<SerialDecimal>,
    /// What would be used after the order; null when nobody knows.
    #[ts(type = "string | null")]
    pub after: Option<SerialDecimal>,
    /// The most.
    #[ts(type = "string")]
    pub most: SerialDecimal,
    /// `after` of `most`, percent; null when nobody knows, or `most` is zero.
    #[ts(type = "string | null")]
    pub pct: Option<SerialDecimal>,
}

impl From<&floor::Headroom> for HeadroomRow {
    fn from(room: &floor::Headroom) -> Self {
        let shown = |value: domain::Decimal| SerialDecimal(value.round_dp(2).normalize());
        Self {
            limit: room.limit.as_str().to_owned(),
            used: room.used.map(shown),
            after: room.after.map(shown),
            most: SerialDecimal(room.most),
            pct: room.after.and_then(|after| crate::desk::percent(after, room.most)),
        }
    }
}

/// A refusal: a stable code and words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Refusal {
    /// Stable, snake_case.
    pub code: String,
    /// For a person.
    pub message: String,
}

/// The name of a state; an alias, so that it is read back as the name it was and not borrowed.
pub type StateName = &'static str;

fn state_name<'de, D: Deserializer<'de>>(input: D) -> Result<StateName, D::Error> {
    OrderState::deserialize(input).map(OrderState::as_str)
}

/// One order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OrderView {
    /// Our id.
    #[ts(type = "string")]
    pub id: OrderId,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Coins ordered.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// Limit price; null for an instant order.
    #[ts(type = "string | null")]
    pub limit: Option<Price>,
    /// Where it stands.
    #[ts(type = "string")]
    #[serde(deserialize_with = "state_name")]
    pub state: StateName,
    /// Coins filled so far.
    #[ts(type = "string")]
    pub filled: Quantity,
    /// Its trades, oldest first.
    pub fills: Vec<TradeView>,
    /// The venue's id, when it gave one.
    pub venue_order_id: Option<String>,
    /// The approval it waits for; null when it needed none.
    pub approval_id: Option<String>,
    /// Why it was denied, rejected or cancelled, or why it rests.
    pub reason: Option<String>,
    /// The same as a stable code; null while it rests.
    pub reason_code: Option<String>,
    /// What is known of an order nobody knows the fate of; null for every other.
    #[serde(default)]
    pub unknown: Option<UnknownView>,
    /// The other limit the exchange was asked for, while nobody knows which one it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub amending: Option<AmendingView>,
    /// The last other limit our own gate refused, while it rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub amend_denied: Option<DeniedAmendmentView>,
    /// When it was proposed.
    #[ts(type = "string")]
    pub time: Timestamp,
    /// The algorithm that asked; null by hand.
    pub algorithm: Option<String>,
    /// When it ends if it is not filled by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub until: Option<Timestamp>,
}

/// An order that has one of two limits. Its market is closed to others until looks show which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AmendingView {
    /// The limit it was to have from then on.
    #[ts(type = "string")]
    pub to: Price,
    /// When the exchange was about to be asked.
    #[ts(type = "string")]
    pub since: Timestamp,
    /// The exchange's words, when it refused: it may have the new limit all the same.
    pub refused: Option<String>,
}

/// Another limit that the gate refused: the order kept the one it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DeniedAmendmentView {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// The limit it was to have.
    #[ts(type = "string")]
    pub limit: Price,
    /// Coins it was to trade from then on.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// The gate's code.
    pub code: String,
    /// Its words.
    pub message: String,
}

/// Another limit for an order that rests, perhaps for another quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct AmendRequest {
    /// The order.
    pub order: String,
    /// Its limit from now on.
    pub limit: String,
    /// Coins it is to trade from now on. An exchange changes no quantity: the order is taken back, and a new one proposed.
    #[serde(default)]
    #[ts(optional)]
    pub quantity: Option<String>,
    /// What an [`AmendPreview`] gave to be said yes to.
    #[serde(default)]
    #[ts(optional)]
    pub approval: Option<String>,
}

/// What another limit would come to now, and whether it would be taken. A person who says yes gives `approval` back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AmendPreview {
    /// The order as it stands.
    pub order: OrderView,
    /// The limit it has.
    #[ts(type = "string")]
    pub from: Price,
    /// The limit it would have.
    #[ts(type = "string")]
    pub to: Price,
    /// Coins it would still trade.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// Whether it is taken back and proposed anew, as it is for another quantity.
    pub replaces: bool,
    /// Limit × quantity.
    #[ts(type = "string")]
    pub value: SerialDecimal,
    /// The fee.
    #[ts(type = "string")]
    pub fee: SerialDecimal,
    /// What a buy costs, or a sale brings.
    #[ts(type = "string")]
    pub total: SerialDecimal,
    /// Whether a person must say yes: it would be worse than what it is now, and the mandate asks.
    pub asks: bool,
    /// To be given back as the person's yes; null when it would be refused.
    pub approval: Option<String>,
    /// Until when that holds.
    #[ts(type = "string | null")]
    pub expires_at: Option<Timestamp>,
    /// The bid now.
    #[ts(type = "string | null")]
    pub bid: Option<Price>,
    /// The ask now.
    #[ts(type = "string | null")]
    pub ask: Option<Price>,
    /// Why it would be refused now; null when it would be taken.
    pub denial: Option<Refusal>,
    /// How much of each limit is used, and would be after it.
    pub headroom: Vec<HeadroomRow>,
}

/// An order that may or may not be at the venue. Its market is closed to others meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct UnknownView {
    /// What came in place of an answer: stable, snake_case.
    pub code: String,
    /// The same in words.
    pub why: String,
    /// When it was about to be sent.
    #[ts(type = "string")]
    pub since: Timestamp,
    /// Complete looks in a row that found nothing.
    pub polls: u32,
    /// Over how many seconds.
    #[ts(type = "number")]
    pub quiet_s: i64,
    /// Whether a person may say that it never came to be.
    pub may_be_closed: bool,
    /// What the last look found: `nothing`, `unexplained_balance`, `several`, `similar`, `incomplete`; null before the first.
    pub finding: Option<String>,
    /// What it could be.
    pub candidates: Vec<CandidateView>,
}

/// Something at the venue that could be an order of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CandidateView {
    /// The venue's id, where there is one.
    pub venue_order_id: Option<String>,
    /// Coins that rest; null when nothing does.
    #[ts(type = "string | null")]
    pub resting: Option<Quantity>,
    /// Rows of the history.
    pub rows: Vec<ForeignRow>,
}

/// A row of the venue's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ForeignRow {
    /// The venue's id, where the row has one.
    pub id: Option<String>,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Coins.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// AUD a coin, without the fee.
    #[ts(type = "string")]
    pub price: Price,
    /// The fee, AUD.
    #[ts(type = "string")]
    pub fee: SerialDecimal,
    /// Whether it was an instant trade.
    pub instant: bool,
    /// When.
    #[ts(type = "string")]
    pub time: Timestamp,
}

impl ForeignRow {
    pub(crate) fn of(row: &VenueFill) -> Self {
        Self {
            id: row.id.clone(),
            coin: row.coin,
            side: row.side,
            quantity: row.amount,
            price: row.rate,
            fee: SerialDecimal(row.fee),
            instant: row.instant,
            time: row.at,
        }
    }
}

/// `omc orders`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Orders {
    /// Newest last.
    pub orders: Vec<OrderView>,
    /// How many more the journal has that are over; absent when these are all that were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub earlier: Option<u64>,
}

/// `omc limits`: name → value, per book, as they are set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LimitsView {
    /// For paper money.
    #[ts(type = "Record<string, string>")]
    pub paper: BTreeMap<String, SerialDecimal>,
    /// For real money.
    #[ts(type = "Record<string, string>")]
    pub live: BTreeMap<String, SerialDecimal>,
    /// What they are held against.
    pub risk: super::RiskView,
}

/// Reads `buy` or `sell`.
///
/// # Errors
/// `bad_side`.
pub fn parse_side(text: &str) -> crate::Result<Side> {
    match text {
        "buy" => Ok(Side::Buy),
        "sell" => Ok(Side::Sell),
        _ => Err(crate::Error::usage("bad_side", format!("'{text}' is no side: use buy or sell"))),
    }
}
