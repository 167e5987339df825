//! What the trader says about tax: a year as it was filed, parcels chosen for a sale, facts of the law and of the market that
//! are not this program's to know.
//!
//! Deliberately absent: what any of it comes to, which is the books' to say. Figures of a filed year are kept by name, so that
//! a later version may file more of them without another layout.

use crate::amount::{Money, Price, Quantity};
use crate::clock::Timestamp;
use crate::ids::{DeviceId, FactHash, MovementId, OrderId, TradeId};
use crate::ticker::{Coin, Name};
use serde::{Deserialize, Serialize};

/// Where a device's journal stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledHead {
    /// The device.
    pub device: DeviceId,
    /// Its last sequence.
    pub facts: u64,
    /// The hash of that fact.
    pub head: FactHash,
}

/// A financial year as it was filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiledYear {
    /// The calendar year it ends in.
    pub fy: i32,
    /// 1 for the first filing, 2 for the next…
    pub revision: u32,
    /// Which parcels sales used up first.
    pub method: Name,
    /// IANA zone of its days.
    pub zone: Name,
    /// Its figures, by their stable names.
    pub sums: Vec<(Name, Money)>,
    /// The journal they came from.
    pub journal: Vec<FiledHead>,
    /// The trader's words; may be empty.
    pub note: String,
    /// When it was said.
    pub at: Timestamp,
}

/// The sale that parcels are picked for. The order of these is part of the journal's layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PickedSale {
    /// All fills of an order, in their order.
    Order(OrderId),
    /// One trade.
    Trade(TradeId),
}

/// What brought a parcel. The order of these is part of the journal's layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParcelOrigin {
    /// A buy.
    Trade(TradeId),
    /// Income, a gift, a swap, a deposit.
    Movement(MovementId),
}

/// Parcels the trader picked for a sale; the last word counts, and no parcels take the pick back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelPick {
    /// Which sale.
    pub sale: PickedSale,
    /// Which parcels, and how many coins of each.
    pub parcels: Vec<(ParcelOrigin, Quantity)>,
    /// When it was said.
    pub at: Timestamp,
}

/// What a coin was worth at a moment that the law asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxPrice {
    /// The coin.
    pub coin: Coin,
    /// AUD for one.
    pub price: Price,
    /// Where it is from: a source's name, or `person`.
    pub source: Name,
    /// When it was seen.
    pub seen: Timestamp,
}
