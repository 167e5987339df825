//! CoinSpot's API history as trades and movements: the same ones its exports tell, to the second.
//!
//! An id that CoinSpot gives a row may be its order's, and an order's rows share it; so no row's identity hangs on it. Deliberately
//! absent: asking (`coinspot`), and finding what is known already (`store`).

use super::transfers::is_done;
use super::{OTHER_MONEY, count_equal_rows, possible, time_of};
use crate::dto::RejectedLine;
use coinspot::{Completed, Stretch, Transfer, TransferKind};
use domain::{Book, Coin, Decimal, Direction, Money, Moved, Movement, Name, Quantity, Side, Timestamp, Trade, Why};
use store::Entry;

/// What a stretch of history comes to.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Oldest first.
    pub entries: Vec<Entry>,
    pub read: u64,
    /// Rows that are left out, with why; they have no lines.
    pub left_out: Vec<RejectedLine>,
}

/// Reads a stretch.
pub(crate) fn entries(stretch: Stretch, now: Timestamp) -> Told {
    let mut told = Told { read: (stretch.orders.len() + stretch.transfers.len()) as u64, ..Told::default() };
    let rows = stretch.orders.into_iter().map(order).chain(stretch.transfers.into_iter().map(transfer));
    for row in rows {
        match row.and_then(|entry| possible(entry, now)) {
            Ok(entry) => told.entries.push(entry),
            Err(reason) => told.left_out.push(RejectedLine { line: 0, reason }),
        }
    }
    told.entries.sort_by_key(time_of);
    count_equal_rows(&mut told.entries);
    told
}

fn venue() -> Result<Option<Name>, String> {
    Name::parse("coinspot").map(Some).map_err(|error| error.to_string())
}

fn order(row: Completed) -> Result<Entry, String> {
    let shown = || format!("{} {} {} of {}", row.side, row.amount, row.market, row.at);
    let (_, quote) = row.market.split_once('/').ok_or_else(|| format!("{}: its market has no '/'", shown()))?;
    if row.amount.is_zero() {
        return Err(format!("{}: nothing was traded", shown()));
    }
    if row.fee.is_sign_negative() && !row.fee.is_zero() {
        return Err(format!("{}: its fee is below zero", shown()));
    }
    if OTHER_MONEY.iter().any(|money| quote.eq_ignore_ascii_case(money)) {
        return Err(format!(
            "{}: not in AUD: what was it worth? Import it as a native trade, with its price in AUD",
            shown()
        ));
    }
    if quote.eq_ignore_ascii_case("AUD") {
        return Ok(Entry::from(Trade {
            book: Book::Live,
            time: row.at,
            coin: row.coin,
            side: row.side,
            quantity: row.amount,
            price: row.rate,
            fee: Money::aud(row.fee),
            algorithm: None,
            venue: venue()?,
            external_id: None,
            order: None,
            occurrence: 0,
        }));
    }
    let quote = Coin::parse(quote).map_err(|error| format!("{}: {error}", shown()))?;
    swap(&row, quote).map_err(|error| format!("{}: {error}", shown()))
}

/// A row of a market of two coins. Whether a total holds the fee isn't documented: it is taken as told.
fn swap(row: &Completed, quote: Coin) -> Result<Entry, String> {
    let bare = || row.rate.times(row.amount).map(Money::amount).map_err(|error| error.to_string());
    let total = row.total.filter(|total| *total > Decimal::ZERO).map_or_else(bare, Ok)?;
    let total = Quantity::new(total).map_err(|error| error.to_string())?;
    let what = match row.side {
        Side::Buy => Moved::Swap { gave: quote, gave_quantity: total, got: row.coin, got_quantity: row.amount },
        Side::Sell => Moved::Swap { gave: row.coin, gave_quantity: row.amount, got: quote, got_quantity: total },
    };
    Ok(Entry::from(Movement {
        book: Book::Live,
        time: row.at,
        what,
        value: row.aud_total.filter(|value| *value > Decimal::ZERO).map(Money::aud),
        fee: Some(Money::aud(row.fee)).filter(|fee| !fee.amount().is_zero()),
        network_fee: None,
        venue: venue()?,
        party: None,
        external_id: None,
        note: Some(format!("{} at {}", row.market, row.rate)),
        occurrence: 0,
    }))
}

fn transfer(row: Transfer) -> Result<Entry, String> {
    let Transfer { kind, coin, amount, aud, fee, party, txid, status, at } = row;
    let shown = format!("{} {coin} of {at}", amount);
    if amount.is_zero() {
        return Err(format!("{shown}: nothing moved"));
    }
    if let Some(status) = status.filter(|status| !is_done(status)) {
        let status: String = status.chars().filter(|c| !c.is_control()).take(20).collect();
        return Err(format!("{shown}: its status is '{status}': only what is completed is imported"));
    }
    let direction = match kind {
        TransferKind::Received | TransferKind::Deposit => Direction::In,
        TransferKind::Sent | TransferKind::Withdrawal => Direction::Out,
    };
    let what = if coin.as_str() == "AUD" {
        Moved::Cash { direction, amount: Money::aud(amount.decimal()) }
    } else {
        Moved::Coins { direction, coin, quantity: amount, why: Why::Unknown }
    };
    let is_coins = matches!(what, Moved::Coins { .. });
    let plain = |text: Option<String>| {
        let text = text?.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect::<String>();
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    Ok(Entry::from(Movement {
        book: Book::Live,
        time: at,
        what,
        value: aud.filter(|aud| is_coins && *aud > Decimal::ZERO).map(Money::aud),
        fee: None,
        network_fee: fee.filter(|_| is_coins && direction == Direction::Out),
        venue: venue()?,
        party: plain(party),
        external_id: plain(txid),
        note: None,
        occurrence: 0,
    }))
}
