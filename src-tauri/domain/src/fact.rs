//! The facts the journal holds, and their bytes.
//!
//! Invariants: a kind's number and the layout of its body never change once shipped; a fact that needs more gets a new
//! kind. Bodies are postcard: compact, canonical (equal facts have equal bytes) and exact. Deliberately absent: the
//! envelope (device, sequence, time, hash), which belongs to the journal.

use crate::amount::{AmountError, Money, parse_decimal};
use crate::ids::{DeviceId, FactHash, OrderId};
use crate::order::{Denial, Proposal};
use crate::ticker::Name;
use crate::trade::{Book, Trade};
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
            Self::LimitsSet { book, changes } => bytes(40, &(book, changes)),
            Self::Killed { receipt } => bytes(41, receipt),
            Self::KillCleared => bytes(42, &()),
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
            30..=36 => Self::decode_order(kind, body)?,
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
            | Self::OrderRejected { order, .. } => Some(*order),
            Self::Trade(trade) => trade.order,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::{Price, Quantity};
    use crate::clock::Timestamp;
    use crate::order::OrderKind;
    use crate::ticker::Coin;
    use crate::trade::{Side, tests::sample};

    fn every_kind() -> Vec<Fact> {
        let order = OrderId::new(Timestamp::from_millis(5), [1; 10]);
        let name = |s: &str| Name::parse(s).unwrap();
        let proposal = Proposal {
            book: Book::Paper,
            coin: Coin::parse("BTC").unwrap(),
            side: Side::Buy,
            kind: OrderKind::Limit(Price::parse("86500").unwrap()),
            quantity: Quantity::parse("0.0042").unwrap(),
            algorithm: Some(name("sma_cross")),
        };
        let denial = Denial::new("price_stale", "BTC's price is 90 s old");
        vec![
            Fact::Created { device: DeviceId::from_bytes([9; 16]) },
            Fact::Restored { from: DeviceId::from_bytes([1; 16]), from_seq: 7, from_hash: FactHash([3; 32]) },
            Fact::Trade(sample()),
            Fact::Imported {
                format: name("coinspot"),
                file: FactHash([4; 32]),
                read: 59,
                imported: 59,
                duplicates: 0,
                rejected: 0,
            },
            Fact::PaperReset { cash: Money::aud(Decimal::from(100_000)) },
            Fact::OrderProposed { order, proposal },
            Fact::OrderDenied { order, denial: denial.clone() },
            Fact::OrderApproved { order, by: name("paper") },
            Fact::OrderIntended { order },
            Fact::OrderOpened { order, venue_order_id: Some("abc".into()) },
            Fact::OrderCancelled { order, reason: name("by_person") },
            Fact::OrderRejected { order, denial },
            Fact::LimitsSet {
                book: Book::Live,
                changes: vec![LimitChange::new(name("max_order_aud"), Decimal::new(1005, 1))],
            },
            Fact::Killed { receipt: "{}".into() },
            Fact::KillCleared,
        ]
    }

    #[test]
    fn every_fact_comes_back_from_its_bytes() {
        for fact in every_kind() {
            let (kind, body) = fact.encode().unwrap();
            assert_eq!(Fact::decode(kind, &body).unwrap(), fact);
        }
    }

    #[test]
    fn kinds_are_numbered_once() {
        let mut kinds: Vec<u16> = every_kind().iter().map(|fact| fact.encode().unwrap().0).collect();
        let all = kinds.len();
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), all);
    }

    #[test]
    fn a_trade_takes_few_bytes() {
        let (_, body) = Fact::Trade(sample()).encode().unwrap();
        assert!(body.len() <= 64, "{} bytes", body.len());
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic() {
        for fact in every_kind() {
            let (kind, body) = fact.encode().unwrap();
            for cut in 0..body.len() {
                assert!(Fact::decode(kind, &body[..cut]).is_err(), "{fact:?} cut at {cut}");
            }
            let mut longer = body.clone();
            longer.push(0);
            assert!(Fact::decode(kind, &longer).is_err());
        }
        assert_eq!(Fact::decode(999, &[]).unwrap_err(), FactError::UnknownKind(999));
    }

    #[test]
    fn the_bytes_of_a_trade_never_change() {
        let (kind, body) = Fact::Trade(sample()).encode().unwrap();
        let hex: String = body.iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!((kind, hex.as_str()), (10, TRADE_BYTES));
    }

    /// The shipped layout of kind 10; a difference here means old journals would no longer read.
    const TRADE_BYTES: &str =
        "0180f0e6a69c87e8050553555348490007fa8f95cc0408a2f983fb0b0f988dcfb39ebf962300000108636f696e73706f74000000";
}
