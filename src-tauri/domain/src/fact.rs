//! The facts the journal holds, and their bytes.
//!
//! Invariants: a kind's number and the layout of its body never change once shipped; a fact that needs more gets a new
//! kind. Bodies are postcard: compact, canonical (equal facts have equal bytes) and exact. Deliberately absent: the
//! envelope (device, sequence, time, hash), which belongs to the journal.

use crate::algorithm::{AlgorithmState, AlgorithmVersion, Signal, SignalOutcome};
use crate::amount::{AmountError, Money, Price, Quantity, parse_decimal};
use crate::clock::Timestamp;
use crate::ids::{DeviceId, FactHash, OrderId};
use crate::mandate::Mandate;
use crate::order::{Ask, Denial, OrderKind, Proposal, Resolution, Terms};
use crate::ticker::{Coin, Name};
use crate::trade::{Book, Trade};
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
}

#[derive(Serialize, Deserialize)]
struct Imported {
    format: Name,
    file: [u8; 32],
    read: u64,
    imported: u64,
    duplicates: u64,
    rejected: u64,
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

impl Fact {
    /// The kind number of [`Fact::Trade`], the one kind that is read in bulk.
    pub const TRADE: u16 = 10;

    /// Kind number and body.
    ///
    /// # Errors
    /// [`FactError::Damaged`] when a part cannot be encoded.
    pub fn encode(&self) -> Result<(u16, Vec<u8>), FactError> {
        match self {
            Self::Created { device } => bytes(1, device),
            Self::Restored { from, from_seq, from_hash } => bytes(2, &(from, from_seq, from_hash.0)),
            Self::Trade(trade) => bytes(Self::TRADE, trade),
            Self::Imported { format, file, read, imported, duplicates, rejected } => bytes(
                11,
                &Imported {
                    format: format.clone(),
                    file: file.0,
                    read: *read,
                    imported: *imported,
                    duplicates: *duplicates,
                    rejected: *rejected,
                },
            ),
            Self::PaperReset { cash } => bytes(20, cash),
            Self::OrderProposed { order, proposal } => bytes(30, &(order, proposal)),
            Self::OrderDenied { order, denial } => bytes(31, &(order, denial)),
            Self::OrderApproved { order, by } => bytes(32, &(order, by)),
            Self::OrderIntended { order } => bytes(33, order),
            Self::OrderOpened { order, venue_order_id } => bytes(34, &(order, venue_order_id)),
            Self::OrderCancelled { order, reason } => bytes(35, &(order, reason)),
            Self::OrderRejected { order, denial } => bytes(36, &(order, denial)),
            Self::LiveIntended { order, intent } => bytes(37, &(order, intent)),
            Self::OrderUnknown { order, why } => bytes(38, &(order, why)),
            Self::OrderResolved { order, resolution, by, why } => bytes(39, &(order, resolution, by, why)),
            Self::RowTaken { order, row } => bytes(50, &(order, row)),
            Self::CancelAsked { order, reason } => bytes(51, &(order, reason)),
            Self::OrderTerms { order, terms } => bytes(52, &(order, terms)),
            Self::OrderEdited { order, kind, quantity } => bytes(53, &(order, kind, quantity)),
            Self::ApprovalAsked { order, ask } => bytes(54, &(order, ask)),
            Self::ApprovalAnswered { order, words } => bytes(55, &(order, words)),
            Self::OrderExpired { order } => bytes(56, order),
            Self::OrderAmended { order, limit } => bytes(57, &(order, limit)),
            Self::OrderSought { order, at, anything } => bytes(58, &(order, at, anything)),
            Self::MandateSet { mandate } => bytes(60, mandate),
            Self::MandateRevoked { holder, book } => bytes(61, &(holder, book)),
            Self::KeyDeclared { fingerprint, at } => bytes(62, &(fingerprint, at)),
            Self::Lease { held } => bytes(63, held),
            Self::WrittenDown { book, coin, why } => bytes(64, &(book, coin, why)),
            Self::VolatileSet { mode } => bytes(65, mode),
            Self::ProtectionsSet { changes } => bytes(66, changes),
            Self::ProtectionLifted { book, algorithm, coin, rule, at, why } => {
                bytes(67, &(book, algorithm, coin, rule, at, why))
            }
            Self::AskTime { seconds } => bytes(100, seconds),
            Self::TwapStarted { id, twap } => bytes(90, &(id, twap)),
            Self::TwapSlice { id, number } => bytes(91, &(id, number)),
            Self::TwapStopped { id, reason } => bytes(92, &(id, reason)),
            Self::LimitsSet { book, changes } => bytes(40, &(book, changes)),
            Self::Killed { receipt } => bytes(41, receipt),
            Self::KillCleared => bytes(42, &()),
            Self::AlgorithmSet { name, version, at } => bytes(80, &(name, version, at)),
            Self::AlgorithmMoved { name, to, by, why, at } => bytes(81, &(name, to, by, why, at)),
            Self::SignalTaken { name, version, book, signal, at } => bytes(82, &(name, version, book, signal, at)),
            Self::SignalSettled { name, coin, slot, outcome } => bytes(83, &(name, coin, slot, outcome)),
        }
    }

    /// The fact of a kind number and body.
    ///
    /// # Errors
    /// [`FactError::UnknownKind`], [`FactError::Damaged`].
    pub fn decode(kind: u16, body: &[u8]) -> Result<Self, FactError> {
        Ok(match kind {
            1 => Self::Created { device: read(kind, body)? },
            2 => {
                let (from, from_seq, from_hash) = read(kind, body)?;
                Self::Restored { from, from_seq, from_hash: FactHash(from_hash) }
            }
            Self::TRADE => Self::Trade(read(kind, body)?),
            11 => {
                let Imported { format, file, read, imported, duplicates, rejected } = read(kind, body)?;
                Self::Imported { format, file: FactHash(file), read, imported, duplicates, rejected }
            }
            20 => Self::PaperReset { cash: read(kind, body)? },
            30..=39 | 50..=58 => Self::decode_order(kind, body)?,
            60 => Self::MandateSet { mandate: read(kind, body)? },
            61 => {
                let (holder, book) = read(kind, body)?;
                Self::MandateRevoked { holder, book }
            }
            62 => {
                let (fingerprint, at) = read(kind, body)?;
                Self::KeyDeclared { fingerprint, at }
            }
            63 => Self::Lease { held: read(kind, body)? },
            80..=83 => Self::decode_algorithm(kind, body)?,
            64..=67 => Self::decode_risk(kind, body)?,
            100 => Self::AskTime { seconds: read(kind, body)? },
            90..=92 => Self::decode_twap(kind, body)?,
            40 => {
                let (book, changes) = read(kind, body)?;
                Self::LimitsSet { book, changes }
            }
            41 => Self::Killed { receipt: read(kind, body)? },
            42 => {
                let () = read(kind, body)?;
                Self::KillCleared
            }
            _ => return Err(FactError::UnknownKind(kind)),
        })
    }

    fn decode_risk(kind: u16, body: &[u8]) -> Result<Self, FactError> {
        Ok(match kind {
            64 => {
                let (book, coin, why) = read(kind, body)?;
                Self::WrittenDown { book, coin, why }
            }
            65 => Self::VolatileSet { mode: read(kind, body)? },
            66 => Self::ProtectionsSet { changes: read(kind, body)? },
            67 => {
                let (book, algorithm, coin, rule, at, why) = read(kind, body)?;
                Self::ProtectionLifted { book, algorithm, coin, rule, at, why }
            }
            _ => return Err(FactError::UnknownKind(kind)),
        })
    }

    fn decode_twap(kind: u16, body: &[u8]) -> Result<Self, FactError> {
        Ok(match kind {
            90 => {
                let (id, twap) = read(kind, body)?;
                Self::TwapStarted { id, twap }
            }
            91 => {
                let (id, number) = read(kind, body)?;
                Self::TwapSlice { id, number }
            }
            92 => {
                let (id, reason) = read(kind, body)?;
                Self::TwapStopped { id, reason }
            }
            _ => return Err(FactError::UnknownKind(kind)),
        })
    }

    fn decode_order(kind: u16, body: &[u8]) -> Result<Self, FactError> {
        Ok(match kind {
            30 => {
                let (order, proposal) = read(kind, body)?;
                Self::OrderProposed { order, proposal }
            }
            31 => {
                let (order, denial) = read(kind, body)?;
                Self::OrderDenied { order, denial }
            }
            32 => {
                let (order, by) = read(kind, body)?;
                Self::OrderApproved { order, by }
            }
            33 => Self::OrderIntended { order: read(kind, body)? },
            34 => {
                let (order, venue_order_id) = read(kind, body)?;
                Self::OrderOpened { order, venue_order_id }
            }
            35 => {
                let (order, reason) = read(kind, body)?;
                Self::OrderCancelled { order, reason }
            }
            36 => {
                let (order, denial) = read(kind, body)?;
                Self::OrderRejected { order, denial }
            }
            37 => {
                let (order, intent) = read(kind, body)?;
                Self::LiveIntended { order, intent }
            }
            38 => {
                let (order, why) = read(kind, body)?;
                Self::OrderUnknown { order, why }
            }
            39 => {
                let (order, resolution, by, why) = read(kind, body)?;
                Self::OrderResolved { order, resolution, by, why }
            }
            50 => {
                let (order, row) = read(kind, body)?;
                Self::RowTaken { order, row }
            }
            51 => {
                let (order, reason) = read(kind, body)?;
                Self::CancelAsked { order, reason }
            }
            _ => return Self::decode_question(kind, body),
        })
    }

    /// Terms, edits and approvals of an order.
    fn decode_question(kind: u16, body: &[u8]) -> Result<Self, FactError> {
        Ok(match kind {
            52 => {
                let (order, terms) = read(kind, body)?;
                Self::OrderTerms { order, terms }
            }
            53 => {
                let (order, kind, quantity) = read(kind, body)?;
                Self::OrderEdited { order, kind, quantity }
            }
            54 => {
                let (order, ask) = read(kind, body)?;
                Self::ApprovalAsked { order, ask }
            }
            55 => {
                let (order, words) = read(kind, body)?;
                Self::ApprovalAnswered { order, words }
            }
            56 => Self::OrderExpired { order: read(kind, body)? },
            57 => {
                let (order, limit) = read(kind, body)?;
                Self::OrderAmended { order, limit }
            }
            58 => {
                let (order, at, anything) = read(kind, body)?;
                Self::OrderSought { order, at, anything }
            }
            _ => return Err(FactError::UnknownKind(kind)),
        })
    }

    fn decode_algorithm(kind: u16, body: &[u8]) -> Result<Self, FactError> {
        Ok(match kind {
            80 => {
                let (name, version, at) = read(kind, body)?;
                Self::AlgorithmSet { name, version, at }
            }
            81 => {
                let (name, to, by, why, at) = read(kind, body)?;
                Self::AlgorithmMoved { name, to, by, why, at }
            }
            82 => {
                let (name, version, book, signal, at) = read(kind, body)?;
                Self::SignalTaken { name, version, book, signal, at }
            }
            83 => {
                let (name, coin, slot, outcome) = read(kind, body)?;
                Self::SignalSettled { name, coin, slot, outcome }
            }
            _ => return Err(FactError::UnknownKind(kind)),
        })
    }

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
            | Self::OrderAmended { order, .. } => Some(*order),
            Self::Trade(trade) => trade.order,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
