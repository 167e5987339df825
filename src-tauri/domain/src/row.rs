//! A line of the books as the hot paths read it: names replaced by numbers of the workspace's own dictionaries.

use crate::amount::{Price, Quantity};
use crate::clock::Timestamp;
use crate::trade::{Book, Side};
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RowKind {
    /// Coins bought or sold for money.
    #[default]
    Trade,
    /// Coins that came or went without being bought or sold for money.
    Moved {
        /// Why.
        cause: Cause,
        /// How their value reads.
        worth: Worth,
    },
}

/// Why coins came ([`Side::Buy`]) or went ([`Side::Sell`]) without being bought or sold for money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The side of a swap that was given, or that was got.
    Swap,
    /// Came as income: an airdrop, a reward, a payment.
    Income,
    /// Came or went as a gift.
    Gift,
    /// Were there before the records begin.
    Opening,
    /// Went for something else than money.
    Payment,
    /// Went to a network or venue as its fee.
    NetworkFee,
    /// Were lost or stolen.
    Lost,
    /// Went from the books of one algorithm, or, in the row right after, came to those of another.
    Between,
}

impl Cause {
    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Swap => "swap",
            Self::Income => "income",
            Self::Gift => "gift",
            Self::Opening => "opening",
            Self::Payment => "payment",
            Self::NetworkFee => "network_fee",
            Self::Lost => "lost",
            Self::Between => "between",
        }
    }
}

/// How the value of a row that is no trade reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Worth {
    /// [`TradeRow::price`] is AUD for all of its coins together.
    Known,
    /// They were worth nothing; the price says nothing.
    Nothing,
    /// Nobody knows; the price says nothing.
    Unknown,
}

/// One line of the books, packed for folding over millions of them. What is not needed for P&L (venue, ids) stays in the
/// store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TradeRow {
    /// When it happened.
    pub time: Timestamp,
    /// When the journal took it: an earlier import's trades come first among those of one moment.
    pub recorded_at: Timestamp,
    /// Sequence in its device's journal.
    pub seq: u64,
    /// Coins.
    pub quantity: Quantity,
    /// Of a trade AUD for one coin, before fees; otherwise what [`Worth`] says.
    pub price: Price,
    /// The fee in AUD.
    pub fee: Decimal,
    /// Number of the device.
    pub device: u32,
    /// Number of the coin.
    pub coin: u32,
    /// Number of the algorithm's name; 0 is "by hand".
    pub algorithm: u32,
    /// Into the books or out of them.
    pub side: Side,
    /// Paper or live.
    pub book: Book,
    /// A trade, or what else.
    pub kind: RowKind,
}

impl TradeRow {
    /// The order rows are folded in: time, then earlier recorded, then sequence, then what they say; never order of arrival, and
    /// the number of a device, which is another on every machine, only between rows that say the same. Rows of one fact are
    /// equal here and keep the order they were made in.
    #[must_use]
    pub fn fold_order(&self, other: &Self) -> Ordering {
        let moment = |row: &Self| (row.time, row.recorded_at, row.seq);
        moment(self).cmp(&moment(other)).then_with(|| {
            if self.device == other.device {
                return Ordering::Equal;
            }
            let says = |row: &Self| (row.side, row.quantity, row.price, row.fee, row.device);
            says(self).cmp(&says(other))
        })
    }

    /// Whether it is a trade.
    #[must_use]
    pub fn is_trade(&self) -> bool {
        self.kind == RowKind::Trade
    }

    /// Why the coins moved; none of a trade.
    #[must_use]
    pub const fn cause(&self) -> Option<Cause> {
        match self.kind {
            RowKind::Trade => None,
            RowKind::Moved { cause, .. } => Some(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RowKind, TradeRow};
    use crate::{Book, Price, Quantity, Side, Timestamp};
    use rust_decimal::Decimal;
    use std::cmp::Ordering;

    #[test]
    fn rows_of_one_moment_fold_in_one_order_however_a_machine_numbers_the_devices() {
        let row = |device, seq, quantity| TradeRow {
            time: Timestamp::default(),
            recorded_at: Timestamp::default(),
            seq,
            quantity: Quantity::parse(quantity).unwrap(),
            price: Price::parse("1").unwrap(),
            fee: Decimal::ZERO,
            device,
            coin: 1,
            algorithm: 0,
            side: Side::Buy,
            book: Book::Live,
            kind: RowKind::Trade,
        };
        for (here, there) in [(1, 2), (2, 1)] {
            assert_eq!(row(here, 5, "9").fold_order(&row(there, 6, "1")), Ordering::Less);
            assert_eq!(row(here, 5, "1").fold_order(&row(there, 5, "2")), Ordering::Less);
        }
    }

    #[test]
    fn a_row_is_small_and_flat() {
        assert!(size_of::<TradeRow>() <= 88, "{} bytes: a million of them are read in one go", size_of::<TradeRow>());
    }
}
