//! What a venue says of the account, and what is written down before an order leaves for it.

use crate::amount::{BasisPoints, Money, Price, Quantity, wire};
use crate::clock::Timestamp;
use crate::ticker::Coin;
use crate::trade::Side;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An order as it rests at the venue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VenueOrder {
    /// The venue's id.
    pub id: String,
    /// Which side.
    pub side: Side,
    /// The coin.
    pub coin: Coin,
    /// Coins left to trade.
    pub left: Quantity,
    /// AUD a coin.
    pub rate: Price,
    /// When it was placed, as the venue says.
    pub created: Option<Timestamp>,
}

/// A row of the venue's history.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct VenueFill {
    /// The order's id or the row's own; older replies have none.
    pub id: Option<String>,
    /// Which side.
    pub side: Side,
    /// The coin.
    pub coin: Coin,
    /// Whether it was an instant trade; else it met the book.
    pub instant: bool,
    /// Coins.
    pub amount: Quantity,
    /// AUD a coin, without the fee.
    pub rate: Price,
    /// The fee, AUD.
    #[serde(with = "wire")]
    pub fee: Decimal,
    /// When.
    pub at: Timestamp,
}

/// The venue's words at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When they were asked for.
    pub at: Timestamp,
    /// Everything that rests.
    pub open: Vec<VenueOrder>,
    /// Everything executed since some time before the order, in any order.
    pub done: Vec<VenueFill>,
    /// Whether the history was told in full.
    pub complete: bool,
    /// What is owned of each coin, what orders hold back included; a coin that is not named is not owned.
    pub coins: Vec<(Coin, Quantity)>,
    /// Australian dollars, the same way.
    #[serde(with = "wire")]
    pub cash: Decimal,
}

impl Look {
    /// What is owned of a coin.
    #[must_use]
    pub fn coins_of(&self, coin: Coin) -> Quantity {
        self.coins.iter().find(|(of, _)| *of == coin).map_or(Quantity::ZERO, |(_, owned)| *owned)
    }
}

/// What is durable before the one send of an order: the bytes, the worst it can come to, and what the venue said just before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// When it was written down.
    pub at: Timestamp,
    /// The number of the signed call; no call of this key ever had it.
    pub nonce: u64,
    /// The exact body that is signed and sent. It holds no secret.
    pub body: String,
    /// The worst price it may trade at.
    pub worst: Price,
    /// The fee rate it was judged at, basis points.
    #[serde(with = "bps")]
    pub fee: BasisPoints,
    /// Cash set aside, its fee included.
    pub cash: Money,
    /// Coins set aside.
    pub coins: Quantity,
    /// The venue's words before; of the history only what can matter later.
    pub before: Look,
}

mod bps {
    use super::BasisPoints;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &BasisPoints, out: S) -> Result<S::Ok, S::Error> {
        value.0.serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<BasisPoints, D::Error> {
        u32::deserialize(input).map(BasisPoints)
    }
}
