//! The kill switch: how it stands, what it is asked, and the receipt it leaves.

use super::SerialDecimal;
use domain::{Book, Coin, OrderId, Price, Quantity, Side, Timestamp};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The state of the kill switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KillState {
    /// Whether trading is stopped.
    pub pulled: bool,
    /// Since when, when known.
    #[ts(type = "string | null")]
    pub since: Option<Timestamp>,
    /// Damaged latch files count as pulled, and say so here.
    pub note: Option<String>,
    /// What it did last.
    pub receipt: Option<KillReceipt>,
}

/// What is asked of the switch beside stopping. Nothing in it can keep the switch from being pulled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
#[ts(export)]
pub struct KillRequest {
    /// Also what is not ours: orders made by hand at the venue are cancelled, and with `liquidate` coins this program did not
    /// buy are sold.
    pub all: bool,
    /// Sell what is held once every cancel is confirmed: `paper`, `live` or `both`.
    #[ts(optional)]
    pub liquidate: Option<String>,
    /// What the person typed to confirm it: `STOP`. Without it nothing is sold.
    #[ts(optional)]
    pub typed: Option<String>,
}

impl KillRequest {
    /// What a person types before anything is sold.
    pub const WORD: &str = "STOP";
}

/// What the kill switch did, printed and kept as a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KillReceipt {
    /// When it was pulled.
    #[ts(type = "string")]
    pub pulled_at: Timestamp,
    /// Who answered: `holder` (the running workstation) or `self`.
    pub by: String,
    /// When this receipt was written; a later one of the same pull knows more.
    #[serde(default)]
    #[ts(type = "string")]
    pub written_at: Timestamp,
    /// Milliseconds from the call to this receipt.
    #[serde(default)]
    pub took_ms: u64,
    /// Milliseconds until the venue had answered the last cancel; null when none was sent.
    #[serde(default)]
    pub sent_ms: Option<u64>,
    /// Orders cancelled and confirmed.
    #[ts(type = "string[]")]
    pub cancelled: Vec<OrderId>,
    /// Orders that no longer rested when the venue was told: filled, or taken back there.
    #[serde(default)]
    #[ts(type = "string[]")]
    pub gone: Vec<OrderId>,
    /// Orders whose cancel is not confirmed yet.
    #[ts(type = "string[]")]
    pub unconfirmed: Vec<OrderId>,
    /// Orders nobody knows the fate of. They are cancelled as soon as they are found at the venue.
    #[serde(default)]
    #[ts(type = "string[]")]
    pub unknown: Vec<OrderId>,
    /// Each order at the venue, with what happened when.
    #[serde(default)]
    pub orders: Vec<KillOrder>,
    /// What rests at the venue that is not ours to cancel.
    pub resting_elsewhere: Vec<RestingElsewhere>,
    /// What could not be looked at, and why.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What was sold; null when nobody asked for it.
    #[serde(default)]
    pub liquidation: Option<KillLiquidation>,
}

impl KillReceipt {
    /// A receipt that knows of nothing yet.
    #[must_use]
    pub fn begun(pulled_at: Timestamp, by: &str) -> Self {
        Self {
            pulled_at,
            by: by.to_owned(),
            written_at: pulled_at,
            took_ms: 0,
            sent_ms: None,
            cancelled: Vec::new(),
            gone: Vec::new(),
            unconfirmed: Vec::new(),
            unknown: Vec::new(),
            orders: Vec::new(),
            resting_elsewhere: Vec::new(),
            notes: Vec::new(),
            liquidation: None,
        }
    }

    /// Whether everything that was asked is done and confirmed.
    #[must_use]
    pub fn is_done(&self) -> bool {
        let left_alone = |held: &Unsold| held.code == "not_ours";
        let sold = |sale: &KillLiquidation| sale.refused.is_none() && sale.remaining.iter().all(left_alone);
        let sold = self.liquidation.as_ref().is_none_or(sold);
        self.is_confirmed() && sold
    }

    /// This receipt with what an earlier one of the same pull knew.
    #[must_use]
    pub fn after(mut self, earlier: &Self) -> Self {
        if earlier.pulled_at != self.pulled_at {
            return self;
        }
        for id in &earlier.cancelled {
            if !self.knows(*id) {
                self.cancelled.push(*id);
            }
        }
        for id in &earlier.gone {
            if !self.knows(*id) {
                self.gone.push(*id);
            }
        }
        let known: Vec<OrderId> = self.orders.iter().map(|order| order.id).collect();
        self.orders.extend(earlier.orders.iter().filter(|order| !known.contains(&order.id)).cloned());
        self.sent_ms = earlier.sent_ms.or(self.sent_ms);
        self.liquidation = self.liquidation.or_else(|| earlier.liquidation.clone());
        self
    }

    fn knows(&self, id: OrderId) -> bool {
        [&self.cancelled, &self.gone, &self.unconfirmed].iter().any(|list| list.contains(&id))
    }

    /// Whether it says the same of every order as another one.
    #[must_use]
    pub fn says_what(&self, other: &Self) -> bool {
        let said = |receipt: &Self| {
            let mut lists =
                [&receipt.cancelled, &receipt.gone, &receipt.unconfirmed, &receipt.unknown].map(Clone::clone);
            lists.iter_mut().for_each(|list| list.sort_unstable());
            (receipt.pulled_at, lists)
        };
        said(self) == said(other)
    }

    /// Whether no cancel is open.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.unconfirmed.is_empty() && self.resting_elsewhere.iter().all(|other| other.asked_at.is_none())
    }
}

/// One order of ours at the venue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KillOrder {
    /// Our id.
    #[ts(type = "string")]
    pub id: OrderId,
    /// The venue's id.
    pub venue_order_id: String,
    /// When the venue was first told to cancel it; null when it rested no longer.
    #[ts(type = "string | null")]
    pub asked_at: Option<Timestamp>,
    /// When a look at the venue no longer showed it; null while none has.
    #[ts(type = "string | null")]
    pub confirmed_at: Option<Timestamp>,
    /// How often the venue was told.
    pub tries: u32,
    /// What the venue said last, when it did not simply agree.
    pub said: Option<String>,
}

/// Something that rests at the venue and is not ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RestingElsewhere {
    /// The venue's id.
    pub venue_order_id: String,
    /// Buy or sell.
    #[ts(type = "\"buy\" | \"sell\"")]
    pub side: Side,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins left.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// AUD a coin.
    #[ts(type = "string")]
    pub limit: Price,
    /// When the venue was told to cancel it, because that was asked for too; null when it was left alone.
    #[ts(type = "string | null")]
    pub asked_at: Option<Timestamp>,
}

/// What was sold, and what remains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct KillLiquidation {
    /// Why nothing was sold at all, as a stable code; null when it was tried.
    pub refused: Option<String>,
    /// The same in words.
    pub why: Option<String>,
    /// What was sold.
    pub sold: Vec<Liquidated>,
    /// What is still held, and why.
    pub remaining: Vec<Unsold>,
}

/// A holding, or a part of it, that was sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Liquidated {
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins sold.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// What they brought, before the fee.
    #[ts(type = "string")]
    pub value: SerialDecimal,
    /// The fee.
    #[ts(type = "string")]
    pub fee: SerialDecimal,
    /// The order that sold them.
    #[ts(type = "string")]
    pub order: OrderId,
}

/// A holding, or a part of it, that was not sold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Unsold {
    /// Paper or live.
    #[ts(type = "\"paper\" | \"live\"")]
    pub book: Book,
    /// Ticker.
    #[ts(type = "string")]
    pub coin: Coin,
    /// Coins still held.
    #[ts(type = "string")]
    pub quantity: Quantity,
    /// Why, as a stable code, such as `dust`, `price_missing`, `unknown`, `not_ours`.
    pub code: String,
    /// The same in words.
    pub why: String,
    /// The order that tried; null when none was made.
    #[ts(type = "string | null")]
    pub order: Option<OrderId>,
}
