//! What comes into the books, or leaves them, without being bought or sold for money: deposits, sends, swaps, income.
//!
//! A movement is kept as its source told it. What the trader says of it later ([`Why`], a value) is a fact of its own, so
//! that both can be read. Deliberately absent: what a movement does to parcels and tax, which is the books' to say.

use crate::amount::{Money, Quantity};
use crate::clock::Timestamp;
use crate::ids::MovementId;
use crate::ticker::{Coin, Name};
use crate::trade::Book;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Into the books or out of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Into them.
    In,
    /// Out of them.
    Out,
}

/// Why coins came or went. The order of these is part of the journal's layout: new ones go to the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Nobody has said: no disposal and no income is assumed, and it is listed until a person says.
    Unknown,
    /// To or from a wallet of the trader's own: no disposal.
    OwnWallet,
    /// In: dropped on holders of something else; ordinary income at its value.
    Airdrop,
    /// In: staking or lending reward; ordinary income at its value.
    Staking,
    /// In: any other reward or pay; ordinary income at its value. Out: paid for something; a disposal at its value.
    Payment,
    /// In: received as a gift, its cost base the value then. Out: given away, a disposal at market value.
    Gift,
    /// Out: a network's or venue's fee paid in coins; a disposal at its value.
    Fee,
    /// Out: lost or stolen; a disposal for nothing, if the evidence holds.
    Lost,
    /// In: held before the records begin; the value is its cost base.
    Opening,
}

impl Why {
    /// Every reason.
    pub const ALL: [Self; 9] = [
        Self::Unknown,
        Self::OwnWallet,
        Self::Airdrop,
        Self::Staking,
        Self::Payment,
        Self::Gift,
        Self::Fee,
        Self::Lost,
        Self::Opening,
    ];

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::OwnWallet => "own_wallet",
            Self::Airdrop => "airdrop",
            Self::Staking => "staking",
            Self::Payment => "payment",
            Self::Gift => "gift",
            Self::Fee => "fee",
            Self::Lost => "lost",
            Self::Opening => "opening",
        }
    }

    /// The reason of this name.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.code() == code)
    }

    /// Whether coins can go this way for this reason.
    #[must_use]
    pub const fn fits(self, direction: Direction) -> bool {
        match self {
            Self::Unknown | Self::OwnWallet | Self::Payment | Self::Gift => true,
            Self::Airdrop | Self::Staking | Self::Opening => matches!(direction, Direction::In),
            Self::Fee | Self::Lost => matches!(direction, Direction::Out),
        }
    }
}

/// What moved. The order of these is part of the journal's layout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moved {
    /// Money paid in or out.
    Cash {
        /// Which way.
        direction: Direction,
        /// How much, above zero.
        amount: Money,
    },
    /// Coins in or out.
    Coins {
        /// Which way.
        direction: Direction,
        /// The coin.
        coin: Coin,
        /// How many, without the network's fee.
        quantity: Quantity,
        /// Why, as the source tells it.
        why: Why,
    },
    /// One coin for another: a disposal of the first and an acquisition of the second, both at the movement's value.
    Swap {
        /// The coin given.
        gave: Coin,
        /// How many.
        gave_quantity: Quantity,
        /// The coin got.
        got: Coin,
        /// How many.
        got_quantity: Quantity,
    },
    /// Parcels that change from one algorithm's books to another's; none is "by hand". No disposal.
    Between {
        /// The coin.
        coin: Coin,
        /// How many.
        quantity: Quantity,
        /// Whose they were.
        from: Option<Name>,
        /// Whose they are.
        to: Option<Name>,
    },
}

/// One movement as a fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Movement {
    /// Paper or live.
    pub book: Book,
    /// When, as its source tells it.
    pub time: Timestamp,
    /// What.
    pub what: Moved,
    /// What all of it was worth in AUD then, if that is known. For a swap the value of what was got.
    pub value: Option<Money>,
    /// A fee in AUD: a bank's, or a swap's (in the cost of what was got).
    pub fee: Option<Money>,
    /// Coins paid to the network on top of what moved, of the coin that moved or was given.
    pub network_fee: Option<Quantity>,
    /// Where, when known.
    pub venue: Option<Name>,
    /// The other side: an address, a bank, a name.
    pub party: Option<String>,
    /// The source's own id, or the transaction's hash.
    pub external_id: Option<String>,
    /// Words of the source.
    pub note: Option<String>,
    /// For movements without an external id: how many equal rows stood before it in its file.
    pub occurrence: u32,
}

impl Movement {
    /// What makes it this movement: book, venue, what moved and its external id; or, without an id, also its time and its
    /// count in the file. Values, fees and words are not part of it: a corrected export tells the same movement.
    #[must_use]
    pub fn id(&self) -> MovementId {
        let id = self.external_id.as_deref();
        let row = if id.is_none() { Some((self.time.micros(), self.occurrence)) } else { None };
        let venue = self.venue.as_ref().map_or("", Name::as_str);
        // Only a sequence of unknown length has no compact bytes.
        let bytes = postcard::to_allocvec(&(self.book, venue, &self.what, id, row)).unwrap_or_default();
        let digest = Sha256::digest(bytes);
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        MovementId::from_bytes(short)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use rust_decimal::Decimal;

    pub(crate) fn sample() -> Movement {
        Movement {
            book: Book::Live,
            time: Timestamp::from_millis(1_636_197_360_000),
            what: Moved::Coins {
                direction: Direction::Out,
                coin: Coin::parse("BTC").unwrap(),
                quantity: Quantity::parse("0.25").unwrap(),
                why: Why::Unknown,
            },
            value: Some(Money::aud(Decimal::from(20_000))),
            fee: None,
            network_fee: Some(Quantity::parse("0.0001").unwrap()),
            venue: Some(Name::parse("coinspot").unwrap()),
            party: Some("bc1qexample".into()),
            external_id: None,
            note: None,
            occurrence: 0,
        }
    }

    #[test]
    fn a_corrected_value_is_the_same_movement_and_a_second_equal_row_another() {
        let one = sample();
        let corrected = Movement { value: None, note: Some("late".into()), ..sample() };
        let second = Movement { occurrence: 1, ..sample() };
        assert_eq!(one.id(), corrected.id());
        assert_ne!(one.id(), second.id());
    }

    #[test]
    fn with_an_external_id_the_count_in_the_file_does_not_matter() {
        let tagged = |occurrence| Movement { external_id: Some("0xab".into()), occurrence, ..sample() };
        assert_eq!(tagged(0).id(), tagged(7).id());
        assert_ne!(tagged(0).id(), sample().id());
    }

    #[test]
    fn every_reason_has_a_name_and_a_way_it_can_go() {
        for why in Why::ALL {
            assert_eq!(Why::parse(why.code()), Some(why));
            assert!(why.fits(Direction::In) || why.fits(Direction::Out));
        }
        assert!(!Why::Lost.fits(Direction::In) && !Why::Opening.fits(Direction::Out));
    }
}
