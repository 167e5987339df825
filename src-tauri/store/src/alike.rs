//! Two tellings of one thing: a venue's export knows minutes and no ids, its API milliseconds, our own fills the order.
//!
//! Two are alike when venue, coin, side, amount and rate agree to 8 places and they are of one minute; of one exact time,
//! unless one of them was told to the minute only. Where both carry ids, ids decide and nothing else. Deliberately absent:
//! counting, which the importer does, so that two equal trades stay two.

use crate::history::{RecordedTrade, read_trades};
use crate::{Result, Store};
use domain::{
    Book, Coin, Decimal, Direction, FactHash, Moved, Movement, Name, Price, Quantity, Side, Timestamp, Trade, TradeRow,
};
use std::collections::HashMap;

const MINUTE_MICROS: i64 = 60_000_000;
const PLACES: u32 = 8;
/// Up to here two tellings of a fee differ by rounding.
pub(crate) const FEE_ROUNDING: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
/// Digits that tell two contents of one id apart.
const APART_DIGITS: usize = 12;

/// The minute of a moment.
fn minute(time: Timestamp) -> i64 {
    time.micros().div_euclid(MINUTE_MICROS)
}

/// Whether a time was told to the minute only, or could have been.
fn to_the_minute(time: Timestamp) -> bool {
    time.micros().rem_euclid(MINUTE_MICROS) == 0
}

fn near(one: Timestamp, other: Timestamp) -> bool {
    one == other || (minute(one) == minute(other) && (to_the_minute(one) || to_the_minute(other)))
}

fn cut(value: Decimal) -> Decimal {
    value.round_dp(PLACES).normalize()
}

/// What tellings of one trade have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TradeKey {
    book: Book,
    coin: Coin,
    side: Side,
    quantity: Decimal,
    price: Decimal,
    minute: i64,
}

impl TradeKey {
    pub(crate) fn new(book: Book, coin: Coin, side: Side, amounts: (Quantity, Price), time: Timestamp) -> Self {
        let (quantity, price) = (cut(amounts.0.decimal()), cut(amounts.1.decimal()));
        Self { book, coin, side, quantity, price, minute: minute(time) }
    }

    pub(crate) fn of(trade: &Trade) -> Self {
        Self::new(trade.book, trade.coin, trade.side, (trade.quantity, trade.price), trade.time)
    }
}

/// Whether two trades of one key may be one.
pub(crate) fn may_be_one(one: &Trade, other: &Trade) -> bool {
    let told_apart = one.external_id.is_some() && other.external_id.is_some();
    !told_apart && one.venue == other.venue && near(one.time, other.time)
}

/// Whether a telling under the same id is of another trade than the one known: beyond rounding, anything that is in a figure.
pub(crate) fn differs(known: &Trade, told: &Trade) -> bool {
    let apart = (known.fee.amount() - told.fee.amount()).abs();
    TradeKey::of(known) != TradeKey::of(told) || apart > FEE_ROUNDING || known.fee.currency() != told.fee.currency()
}

/// A telling that differs from the known trade of its id, under an id of its own: the same for the same content.
pub(crate) fn apart(told: Trade) -> Trade {
    let content = FactHash::of(&(told.time, told.coin, told.side, told.quantity, told.price, told.fee)).to_string();
    let digits = content.get(..APART_DIGITS).unwrap_or_default();
    let id = told.external_id.as_deref().unwrap_or_default();
    Trade { external_id: Some(format!("{id} told again {digits}")), ..told }
}

/// What tellings of one movement have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct MovementKey {
    book: Book,
    venue: Option<Name>,
    minute: i64,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum What {
    Cash(Direction, Decimal),
    Coins(Direction, Coin, Decimal),
    // Whether a total holds the fee differs between tellings: one amount that agrees is enough.
    Swap(Coin, Coin),
    Between(Coin, Decimal, Option<Name>, Option<Name>),
}

impl MovementKey {
    pub(crate) fn of(movement: &Movement) -> Self {
        let what = match &movement.what {
            Moved::Cash { direction, amount } => What::Cash(*direction, cut(amount.amount())),
            Moved::Coins { direction, coin, quantity, .. } => What::Coins(*direction, *coin, cut(quantity.decimal())),
            Moved::Swap { gave, got, .. } => What::Swap(*gave, *got),
            Moved::Between { coin, quantity, from, to } => {
                What::Between(*coin, cut(quantity.decimal()), from.clone(), to.clone())
            }
        };
        Self { book: movement.book, venue: movement.venue.clone(), minute: minute(movement.time), what }
    }
}

/// Whether two movements of one key may be one.
pub(crate) fn may_be_one_movement(one: &Movement, other: &Movement) -> bool {
    let told_apart = one.external_id.is_some() && other.external_id.is_some();
    let swapped = match (&one.what, &other.what) {
        (
            Moved::Swap { gave_quantity: gave, got_quantity: got, .. },
            Moved::Swap { gave_quantity: other_gave, got_quantity: other_got, .. },
        ) => cut(gave.decimal()) == cut(other_gave.decimal()) || cut(got.decimal()) == cut(other_got.decimal()),
        _ => true,
    };
    !told_apart && swapped && near(one.time, other.time)
}

/// What rows of one trade have in common, within a minute.
type RowKey = (u32, Side, Decimal, Decimal);

/// The places of rows that look like one trade recorded at two times.
fn lookalikes(rows: &[TradeRow]) -> Vec<(u32, u64)> {
    let mut places = Vec::new();
    for of_minute in rows.chunk_by(|one, other| minute(one.time) == minute(other.time)).filter(|rows| rows.len() > 1) {
        let mut alike: HashMap<RowKey, Vec<&TradeRow>> = HashMap::new();
        for row in of_minute {
            let key = (row.coin, row.side, cut(row.quantity.decimal()), cut(row.price.decimal()));
            alike.entry(key).or_default().push(row);
        }
        for rows in alike.into_values() {
            if rows.iter().any(|row| row.recorded_at != rows[0].recorded_at) {
                places.extend(rows.iter().map(|row| (row.device, row.seq)));
            }
        }
    }
    places
}

impl Store {
    /// Fills of our orders beside an imported trade that may be the same one: the fill first. Each trade is in one pair at most.
    ///
    /// # Errors
    /// [`crate::StoreError::Damaged`] and what reading can meet.
    pub async fn twins(&self) -> Result<Vec<(RecordedTrade, RecordedTrade)>> {
        let places = lookalikes(&self.load_rows(Some(Book::Live)).await?);
        let mut conn = self.inner().reader().await?;
        let found = read_trades(self.inner(), &mut conn, &places).await?;
        drop(conn);
        let (fills, mut others): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| found.trade.order.is_some());
        let mut twins = Vec::new();
        for fill in fills {
            let key = TradeKey::of(&fill.trade);
            let twin = others
                .iter()
                .position(|other| TradeKey::of(&other.trade) == key && may_be_one(&fill.trade, &other.trade));
            if let Some(twin) = twin {
                twins.push((fill, others.swap_remove(twin)));
            }
        }
        twins.sort_by_key(|(fill, _)| (fill.trade.time, fill.device, fill.seq));
        Ok(twins)
    }
}
