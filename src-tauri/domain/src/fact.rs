//! The facts the journal holds, and their bytes.
//!
//! Invariants: a kind's number and the layout of its body never change once shipped; a fact that needs more gets a new
//! kind. Bodies are postcard: compact, canonical (equal facts have equal bytes) and exact. Deliberately absent: the
//! envelope (device, sequence, time, hash), which belongs to the journal.

use crate::algorithm::{AlgorithmState, AlgorithmVersion, Signal, SignalOutcome};
use crate::amount::{AmountError, Money, Price, Quantity, parse_decimal};
use crate::clock::Timestamp;
use crate::ids::{DeviceId, FactHash, MovementId, OrderId, SessionId, TradeId};
use crate::mandate::Mandate;
use crate::movement::{Movement, Why};
use crate::note::Note;
use crate::order::{Ask, Denial, OrderKind, OrderNote, Proposal, Resolution, Terms};
use crate::session::Step;
use crate::tax::{FiledYear, ParcelPick, TaxPrice};
use crate::ticker::{Coin, Name};
use crate::trade::{Book, Trade};
use crate::trials::Trials;
use crate::twap::Twap;
use crate::venue::{Intent, VenueFill};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Why bytes are no fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactError {
    /// A kind this version does not know: a newer version wrote it.
    #[error("fact kind {0} is unknown to this version: update the application")]
    UnknownKind(u16),
    /// The body does not fit its kind.
    #[error("the body of a fact of kind {kind} is damaged: {detail}")]
    Damaged {
        /// The kind.
        kind: u16,
        /// What the decoder said.
        detail: String,
    },
}

/// One limit set to a new value. The value travels as text so that any decimal is exact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitChange {
    /// The limit's name, such as `max_order_aud`.
    pub name: Name,
    /// Its new value, a plain decimal.
    value: String,
}

impl LimitChange {
    /// A change of one limit.
    #[must_use]
    pub fn new(name: Name, value: Decimal) -> Self {
        Self { name, value: value.normalize().to_string() }
    }

    /// The new value.
    ///
    /// # Errors
    /// [`AmountError::NotDecimal`] for a damaged fact.
    pub fn value(&self) -> Result<Decimal, AmountError> {
        parse_decimal(&self.value)
    }
}

/// Whether some limits are halved because the market is wild.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VolatileMode {
    /// The rule decides, by the market's own history.
    #[default]
    Auto,
    /// They are.
    On,
    /// They are not.
    Off,
}

impl VolatileMode {
    /// The name scripts use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::On => "on",
            Self::Off => "off",
        }
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Auto, Self::On, Self::Off].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// Something that happened and is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// This device began its journal.
    Created {
        /// The device.
        device: DeviceId,
    },
    /// This device began its journal from a backup of another.
    Restored {
        /// The device whose backup it was.
        from: DeviceId,
        /// Its last sequence in the backup.
        from_seq: u64,
        /// The hash of that fact.
        from_hash: FactHash,
    },
    /// A trade, imported or filled.
    Trade(Trade),
    /// A file was imported; its trades stand before this fact.
    Imported {
        /// `omc` or `coinspot`.
        format: Name,
        /// SHA-256 of the file.
        file: FactHash,
        /// Rows read.
        read: u64,
        /// Trades added.
        imported: u64,
        /// Trades already known.
        duplicates: u64,
        /// Rows left out on request.
        rejected: u64,
    },
    /// A fresh paper wallet: only this cash, no coins, no resting orders. History stays.
    PaperReset {
        /// The cash.
        cash: Money,
    },
    /// Somebody wants an order.
    OrderProposed {
        /// The order.
        order: OrderId,
        /// What is wanted.
        proposal: Proposal,
    },
    /// The gate refused it.
    OrderDenied {
        /// The order.
        order: OrderId,
        /// Why.
        denial: Denial,
    },
    /// It may be sent.
    OrderApproved {
        /// The order.
        order: OrderId,
        /// Who or what allowed it, such as `paper`.
        by: Name,
    },
    /// It is about to be sent; nothing leaves before this is durable.
    OrderIntended {
        /// The order.
        order: OrderId,
    },
    /// The venue took it.
    OrderOpened {
        /// The order.
        order: OrderId,
        /// The venue's id, when it gives one.
        venue_order_id: Option<String>,
    },
    /// It was taken back, or what is left of it.
    OrderCancelled {
        /// The order.
        order: OrderId,
        /// Why, as a code.
        reason: Name,
    },
    /// The venue refused it.
    OrderRejected {
        /// The order.
        order: OrderId,
        /// Why.
        denial: Denial,
    },
    /// It is about to be sent to a venue across a network; nothing leaves before this is durable.
    LiveIntended {
        /// The order.
        order: OrderId,
        /// What is sent, and what the venue said before.
        intent: Box<Intent>,
    },
    /// It left, or may have left, and nobody knows what became of it.
    OrderUnknown {
        /// The order.
        order: OrderId,
        /// What came in place of an answer.
        why: Denial,
    },
    /// Evidence at the venue, or a person, said what became of it.
    OrderResolved {
        /// The order.
        order: OrderId,
        /// What became of it.
        resolution: Resolution,
        /// Who says so: `evidence` or `person`.
        by: Name,
        /// Why.
        why: String,
    },
    /// A row of the venue's history belongs to the order; its [`Fact::Trade`] comes with it.
    RowTaken {
        /// The order.
        order: OrderId,
        /// The row as the venue told it.
        row: VenueFill,
    },
    /// The venue was looked at for an order nobody knows the fate of. Told now and then, so that how long there was nothing
    /// is known across restarts.
    OrderSought {
        /// The order.
        order: OrderId,
        /// When.
        at: Timestamp,
        /// Whether there was anything that could be it, or balances that nothing explains.
        anything: bool,
    },
    /// The venue is asked to take it back.
    CancelAsked {
        /// The order.
        order: OrderId,
        /// Why, as a code.
        reason: Name,
    },
    /// How long it may live and where it came from; stands right behind its proposal.
    OrderTerms {
        /// The order.
        order: OrderId,
        /// The terms.
        terms: Terms,
    },
    /// A person changed it before it was sent. An approval of what it was is void.
    OrderEdited {
        /// The order.
        order: OrderId,
        /// Its limit now, or instant as it was.
        kind: OrderKind,
        /// Coins now.
        quantity: Quantity,
    },
    /// A person is asked whether it may be sent.
    ApprovalAsked {
        /// The order.
        order: OrderId,
        /// The question.
        ask: Ask,
    },
    /// A person said something to it without deciding.
    ApprovalAnswered {
        /// The order.
        order: OrderId,
        /// What they said.
        words: String,
    },
    /// Nobody decided in time, or its own time was over before it was sent.
    OrderExpired {
        /// The order.
        order: OrderId,
    },
    /// The venue took another limit for what is left of it.
    OrderAmended {
        /// The order.
        order: OrderId,
        /// Its limit now.
        limit: Price,
    },
    /// Something is kept of an order beside its own steps.
    OrderNoted {
        /// The order.
        order: OrderId,
        /// What.
        note: OrderNote,
    },
    /// How long a person has from now on to decide about an order.
    AskTime {
        /// Seconds.
        seconds: u32,
    },
    /// A person allows orders of an algorithm, or by hand.
    MandateSet {
        /// What they allow. It takes the place of the holder's earlier one in that book.
        mandate: Mandate,
    },
    /// A person takes a mandate back.
    MandateRevoked {
        /// Whose.
        holder: Name,
        /// In which book.
        book: Book,
    },
    /// A key for the venue was stored, and the trader says that it can't withdraw.
    KeyDeclared {
        /// The first half of the key's fingerprint; no secret can be told from it.
        fingerprint: [u8; 16],
        /// When.
        at: Timestamp,
    },
    /// This machine may trade live, or gives that up.
    Lease {
        /// Whether it holds the lease.
        held: bool,
    },
    /// A person counts a coin of a book as worth nothing while it has no fresh bid. A later buy of it ends that.
    WrittenDown {
        /// Which book.
        book: Book,
        /// The coin.
        coin: Coin,
        /// Why.
        why: String,
    },
    /// A person turned volatile mode on or off, or leaves it to the rule.
    VolatileSet {
        /// How it stands.
        mode: VolatileMode,
    },
    /// Protections were changed.
    ProtectionsSet {
        /// The changes.
        changes: Vec<LimitChange>,
    },
    /// A person ends what a protection locks; trades until then lock no more by that rule.
    ProtectionLifted {
        /// In which book.
        book: Book,
        /// Whose lock.
        algorithm: Name,
        /// Of which coin; none for all of the algorithm.
        coin: Option<Coin>,
        /// The rule.
        rule: Name,
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// A person starts the drawdown of a book anew: its highest is what it was worth then, and what came later.
    PeakReset {
        /// Which book.
        book: Book,
        /// The number of the last point of its equity that was kept.
        point: i64,
        /// When that one was made.
        point_at: Timestamp,
        /// The index it stood at, a plain decimal.
        index: String,
        /// The highest until then, in the money of then.
        from: Money,
        /// What it was worth.
        to: Money,
        /// When.
        at: Timestamp,
    },
    /// An order cut into slices over time begins. Its slices are orders of their own that name it as their parent.
    TwapStarted {
        /// Its id.
        id: OrderId,
        /// What was asked for.
        twap: Twap,
    },
    /// A slice is about to be proposed; it never is again.
    TwapSlice {
        /// Of which.
        id: OrderId,
        /// Its number, from 0.
        number: u16,
    },
    /// No slice of it begins any more.
    TwapStopped {
        /// Which.
        id: OrderId,
        /// Why, as a code.
        reason: Name,
    },
    /// Limits were changed.
    LimitsSet {
        /// For which book.
        book: Book,
        /// The changes.
        changes: Vec<LimitChange>,
    },
    /// The kill switch was pulled; the receipt is the file it left.
    Killed {
        /// The receipt as it was written, JSON.
        receipt: String,
    },
    /// A person opened trading again.
    KillCleared,
    /// An algorithm is described, or described anew: then it is a draft again.
    AlgorithmSet {
        /// Its name.
        name: Name,
        /// What it is made of.
        version: Box<AlgorithmVersion>,
        /// When.
        at: Timestamp,
    },
    /// An algorithm stands elsewhere.
    AlgorithmMoved {
        /// Its name.
        name: Name,
        /// Where.
        to: AlgorithmState,
        /// Who moved it: `person` or `guard`.
        by: Name,
        /// Why: a stable code, and words.
        why: Denial,
        /// When.
        at: Timestamp,
    },
    /// A signal is about to be acted on. Its slot is used from here on, whatever becomes of it.
    SignalTaken {
        /// The algorithm.
        name: Name,
        /// The version that said it.
        version: FactHash,
        /// With whose money.
        book: Book,
        /// What it said.
        signal: Box<Signal>,
        /// When it was taken.
        at: Timestamp,
    },
    /// What became of a signal that was taken.
    SignalSettled {
        /// The algorithm.
        name: Name,
        /// The signal's coin.
        coin: Coin,
        /// The signal's slot.
        slot: Timestamp,
        /// What became of it.
        outcome: SignalOutcome,
    },
    /// Coins or money moved without a trade.
    Movement {
        /// What moved.
        movement: Box<Movement>,
    },
    /// The trader said what a movement was. The last word counts.
    MovementJudged {
        /// Which.
        movement: MovementId,
        /// Why coins moved.
        why: Why,
        /// What they were worth then, AUD, in place of what the source told; none leaves that.
        value: Option<Money>,
        /// When it was said.
        at: Timestamp,
    },
    /// The trader put a label on a trade. The last word counts.
    TradeTagged {
        /// Which.
        trade: TradeId,
        /// The label; none takes it off.
        tag: Option<Name>,
    },
    /// A financial year was filed: its method and zone are set from here on. A later one of the same year is a revision.
    YearFiled {
        /// As it was filed.
        filed: Box<FiledYear>,
    },
    /// The trader picked the parcels of a sale.
    ParcelsPicked {
        /// Which.
        pick: Box<ParcelPick>,
    },
    /// The trader said something the tax rules need: a rate, an index number, that a bill is law.
    TaxSet {
        /// Name and value; an empty value takes an earlier one back.
        changes: Vec<(Name, String)>,
        /// When it was said.
        at: Timestamp,
    },
    /// What coins were worth at a moment that the law asks for. The last word on a coin counts.
    TaxPrices {
        /// The local day at whose end, `2027-06-30`.
        day: Name,
        /// The prices.
        prices: Vec<TaxPrice>,
        /// When they were noted.
        at: Timestamp,
    },
    /// The trader said what a coin was worth at a moment. The last word for a coin and moment counts.
    PriceGiven {
        /// The coin.
        coin: Coin,
        /// When it was worth that.
        moment: Timestamp,
        /// AUD for one; none takes the word back.
        price: Option<Price>,
        /// When it was said.
        at: Timestamp,
    },
    /// Settings of a strategy were tried on prices of the past: a sweep, or a single backtest.
    Trials {
        /// What, on what, how often.
        trials: Box<Trials>,
        /// When it was done.
        at: Timestamp,
    },
    /// A session of the Lab went one step.
    Session {
        /// Which session.
        session: SessionId,
        /// What happened in it.
        step: Box<Step>,
        /// When.
        at: Timestamp,
    },
    /// Something noted beside trades and movements.
    Noted {
        /// What.
        note: Note,
        /// When.
        at: Timestamp,
    },
}

fn bytes<T: Serialize>(kind: u16, body: &T) -> Result<(u16, Vec<u8>), FactError> {
    let body = postcard::to_allocvec(body).map_err(|error| FactError::Damaged { kind, detail: error.to_string() })?;
    Ok((kind, body))
}

fn read<T: DeserializeOwned>(kind: u16, body: &[u8]) -> Result<T, FactError> {
    let damaged = |detail: String| FactError::Damaged { kind, detail };
    let (value, rest) = postcard::take_from_bytes(body).map_err(|error| damaged(error.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(damaged(format!("{} bytes too many", rest.len()))) }
}

/// The number of every kind and the fields of its body, in their order; the body is the fields' bytes one after another.
macro_rules! kinds {
    ($($kind:literal => $name:ident { $($field:ident),* },)+) => {
        impl Fact {
            /// The kind of a trade.
            pub const TRADE: u16 = 10;

            /// The kind and the body.
            ///
            /// # Errors
            /// [`FactError::Damaged`] for what has no bytes; no fact made by this program is such.
            pub fn encode(&self) -> Result<(u16, Vec<u8>), FactError> {
                match self {
                    Self::Trade(trade) => bytes(Self::TRADE, trade),
                    $(Self::$name { $($field),* } => bytes($kind, &($($field,)*)),)+
                }
            }

            /// The fact of a kind and a body.
            ///
            /// # Errors
            /// [`FactError`]: a kind of a newer version, or damage.
            pub fn decode(kind: u16, body: &[u8]) -> Result<Self, FactError> {
                Ok(match kind {
                    Self::TRADE => Self::Trade(read(kind, body)?),
                    $($kind => {
                        let ($($field,)*) = read(kind, body)?;
                        Self::$name { $($field),* }
                    })+
                    _ => return Err(FactError::UnknownKind(kind)),
                })
            }
        }
    };
}

kinds! {
    1 => Created { device },
    2 => Restored { from, from_seq, from_hash },
    11 => Imported { format, file, read, imported, duplicates, rejected },
    20 => PaperReset { cash },
    30 => OrderProposed { order, proposal },
    31 => OrderDenied { order, denial },
    32 => OrderApproved { order, by },
    33 => OrderIntended { order },
    34 => OrderOpened { order, venue_order_id },
    35 => OrderCancelled { order, reason },
    36 => OrderRejected { order, denial },
    37 => LiveIntended { order, intent },
    38 => OrderUnknown { order, why },
    39 => OrderResolved { order, resolution, by, why },
    40 => LimitsSet { book, changes },
    41 => Killed { receipt },
    42 => KillCleared {},
    50 => RowTaken { order, row },
    51 => CancelAsked { order, reason },
    52 => OrderTerms { order, terms },
    53 => OrderEdited { order, kind, quantity },
    54 => ApprovalAsked { order, ask },
    55 => ApprovalAnswered { order, words },
    56 => OrderExpired { order },
    57 => OrderAmended { order, limit },
    58 => OrderSought { order, at, anything },
    59 => OrderNoted { order, note },
    60 => MandateSet { mandate },
    61 => MandateRevoked { holder, book },
    62 => KeyDeclared { fingerprint, at },
    63 => Lease { held },
    64 => WrittenDown { book, coin, why },
    65 => VolatileSet { mode },
    66 => ProtectionsSet { changes },
    67 => ProtectionLifted { book, algorithm, coin, rule, at, why },
    68 => PeakReset { book, point, point_at, index, from, to, at },
    70 => Session { session, step, at },
    80 => AlgorithmSet { name, version, at },
    81 => AlgorithmMoved { name, to, by, why, at },
    82 => SignalTaken { name, version, book, signal, at },
    83 => SignalSettled { name, coin, slot, outcome },
    90 => TwapStarted { id, twap },
    91 => TwapSlice { id, number },
    92 => TwapStopped { id, reason },
    100 => AskTime { seconds },
    102 => Trials { trials, at },
    110 => Movement { movement },
    111 => MovementJudged { movement, why, value, at },
    114 => TradeTagged { trade, tag },
    112 => YearFiled { filed },
    113 => ParcelsPicked { pick },
    118 => TaxSet { changes, at },
    119 => TaxPrices { day, prices, at },
    115 => PriceGiven { coin, moment, price, at },
    116 => Noted { note, at },
}

impl Fact {
    /// The order a fact is about, for the facts that are about one.
    #[must_use]
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Self::OrderProposed { order, .. }
            | Self::OrderDenied { order, .. }
            | Self::OrderApproved { order, .. }
            | Self::OrderIntended { order }
            | Self::OrderOpened { order, .. }
            | Self::OrderCancelled { order, .. }
            | Self::OrderRejected { order, .. }
            | Self::LiveIntended { order, .. }
            | Self::OrderUnknown { order, .. }
            | Self::OrderResolved { order, .. }
            | Self::RowTaken { order, .. }
            | Self::OrderSought { order, .. }
            | Self::CancelAsked { order, .. }
            | Self::OrderTerms { order, .. }
            | Self::OrderEdited { order, .. }
            | Self::ApprovalAsked { order, .. }
            | Self::ApprovalAnswered { order, .. }
            | Self::OrderExpired { order }
            | Self::OrderAmended { order, .. }
            | Self::OrderNoted { order, .. } => Some(*order),
            Self::Trade(trade) => trade.order,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
