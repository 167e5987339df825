//! A trade: coins that changed hands for money, wherever it was learnt from.

use crate::amount::{AmountError, Money, Price, Quantity};
use crate::clock::Timestamp;
use crate::ids::{OrderId, TradeId};
use crate::ticker::{Coin, Name};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// Which way coins go, seen from the trader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Coins come in, money goes out.
    Buy,
    /// Coins go out, money comes in.
    Sell,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        })
    }
}

/// Whose money: simulated or real. The two are never summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Book {
    /// Simulated money against live prices.
    Paper,
    /// Real money.
    Live,
}

impl fmt::Display for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Paper => "paper",
            Self::Live => "live",
        })
    }
}

/// One trade as a fact: imported, or filled at a venue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Paper or live.
    pub book: Book,
    /// When it happened, as its source tells it.
    pub time: Timestamp,
    /// The coin.
    pub coin: Coin,
    /// Bought or sold.
    pub side: Side,
    /// Coins.
    pub quantity: Quantity,
    /// AUD for one coin, before fees.
    pub price: Price,
    /// The fee, on top of a buy and off a sale.
    pub fee: Money,
    /// The algorithm that asked for it; none for one by hand.
    pub algorithm: Option<Name>,
    /// Where it happened, when known.
    pub venue: Option<Name>,
    /// The venue's own id, when it gave one.
    pub external_id: Option<String>,
    /// Our order, when it came from one.
    pub order: Option<OrderId>,
    /// For trades without an external id: how many equal rows stood before it in its file.
    pub occurrence: u32,
}

impl Trade {
    /// What makes it this trade: book, venue and external id; or, without an id, the whole row and its count in the
    /// file, so that two equal rows are two trades and the same file again adds none.
    #[must_use]
    pub fn id(&self) -> TradeId {
        let mut hash = Sha256::new();
        // Every part is length-prefixed, so that no two different rows run together to the same bytes.
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        part(if self.book == Book::Paper { "paper" } else { "live" });
        part(self.venue.as_ref().map_or("", Name::as_str));
        if let Some(external_id) = &self.external_id {
            part("id");
            part(external_id);
        } else {
            part("row");
            part(&self.time.micros().to_string());
            part(self.coin.as_str());
            part(if self.side == Side::Buy { "buy" } else { "sell" });
            part(&self.quantity.to_string());
            part(&self.price.to_string());
            part(&self.fee.to_string());
            part(self.algorithm.as_ref().map_or("", Name::as_str));
            part(&self.occurrence.to_string());
        }
        let digest = hash.finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        TradeId::from_bytes(bytes)
    }

    /// Price × quantity, before the fee.
    ///
    /// # Errors
    /// [`AmountError::Overflow`].
    pub fn value(&self) -> Result<Money, AmountError> {
        self.price.times(self.quantity)
    }

    /// What the trade did to the money: a buy's cost with its fee is negative, a sale's proceeds after its fee positive.
    ///
    /// # Errors
    /// [`AmountError`] for an overflow or a fee in another currency.
    pub fn cash_change(&self) -> Result<Money, AmountError> {
        let value = self.value()?;
        match self.side {
            Side::Buy => Money::ZERO_AUD.checked_sub(value.checked_add(self.fee)?),
            Side::Sell => value.checked_sub(self.fee),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rust_decimal::Decimal;

    pub(crate) fn sample() -> Trade {
        Trade {
            book: Book::Live,
            time: Timestamp::from_millis(1_636_197_360_000),
            coin: Coin::parse("SUSHI").unwrap(),
            side: Side::Buy,
            quantity: Quantity::parse("61.6735741").unwrap(),
            price: Price::parse("16.05402193").unwrap(),
            fee: Money::aud(Decimal::from_str_exact("9.901089108910924").unwrap()),
            algorithm: None,
            venue: Some(Name::parse("coinspot").unwrap()),
            external_id: None,
            order: None,
            occurrence: 0,
        }
    }

    #[test]
    fn equal_rows_of_one_file_are_two_trades() {
        let first = sample();
        let second = Trade { occurrence: 1, ..sample() };
        assert_eq!(first.id(), sample().id());
        assert_ne!(first.id(), second.id());
    }

    #[test]
    fn how_a_number_was_written_does_not_change_the_trade() {
        let padded = Trade { quantity: Quantity::parse("61.673574100").unwrap(), ..sample() };
        assert_eq!(padded.id(), sample().id());
    }

    #[test]
    fn an_external_id_is_the_identity_whatever_else_was_corrected() {
        let named = Trade { external_id: Some("x1".into()), ..sample() };
        let corrected = Trade { price: Price::parse("17").unwrap(), ..named.clone() };
        assert_eq!(named.id(), corrected.id());
        assert_ne!(named.id(), Trade { book: Book::Paper, ..named.clone() }.id());
    }

    #[test]
    fn a_buy_costs_its_fee_and_a_sale_loses_it() {
        let buy = sample();
        assert_eq!(buy.cash_change().unwrap().to_cents().amount(), Decimal::new(-100_001, 2));
        let sale = Trade { side: Side::Sell, ..sample() };
        assert_eq!(sale.cash_change().unwrap().to_cents().amount(), Decimal::new(98_021, 2));
    }
}
