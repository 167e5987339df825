//! The parcels that are open by the methods of the years, and the disposals that used a part of each.
//!
//! Like [`super::GrownYear`] it takes new rows as they come. Disposals of parcels that are gone are forgotten now and then, so
//! that memory goes with what is open. Deliberately absent: what a year comes to.

use super::FinancialYear;
use super::year::TaxQuery;
use crate::books::{Books, Disposal};
use crate::error::BooksError;
use crate::picks::RowId;
use crate::pnl::{PnlQuery, Prices};
use crate::position::Position;
use domain::{Side, Timestamp, TradeRow};
use std::collections::{HashMap, VecDeque};

/// Disposals kept of one parcel, the last ones.
const USES_KEPT: usize = 100;
/// Parcels whose disposals are kept before those of parcels that are gone are looked for.
const LOOK_AT: usize = 20_000;

/// Books whose method turns with the years.
#[derive(Debug, Clone)]
struct Turning {
    books: Books,
    year: FinancialYear,
    /// When the next one begins.
    to: Option<Timestamp>,
}

impl Turning {
    fn begin(query: &TaxQuery, first: Timestamp) -> Self {
        let (year, zone) = (FinancialYear::of(first, query.zone), query.zone);
        let method = query.method_of(year);
        let pnl = PnlQuery { method, zone, picks: query.picks.clone(), ..PnlQuery::of(query.book) };
        Self { books: Books::new(pnl), year, to: year.bounds(zone).map(|(_, to)| to) }
    }

    fn take(&mut self, query: &TaxQuery, row: &TradeRow, each: &mut dyn FnMut(&Disposal)) -> Result<(), BooksError> {
        while self.to.is_some_and(|to| row.time >= to) {
            self.year = self.year.next();
            self.to = self.year.bounds(query.zone).map(|(_, to)| to);
            self.books.turn_to(query.method_of(self.year));
        }
        if row.side == Side::Buy { self.books.apply(row) } else { self.books.apply_each(row, each) }
    }
}

/// The books with the methods of the years, all rows folded; each slice of a disposal is handed to `each`.
///
/// # Errors
/// Rows out of order, or a figure beyond a decimal.
pub fn books_at(
    rows: &[TradeRow],
    query: &TaxQuery,
    coin: Option<u32>,
    now: Timestamp,
    each: &mut dyn FnMut(&Disposal),
) -> Result<Books, BooksError> {
    let own = |row: &&TradeRow| row.book == query.book && coin.is_none_or(|coin| coin == row.coin);
    let mut turning = Turning::begin(query, rows.iter().find(own).map_or(now, |row| row.time));
    rows.iter().filter(own).try_for_each(|row| turning.take(query, row, each))?;
    Ok(turning.books)
}

/// Disposals by the parcel they used a part of.
#[derive(Debug, Clone)]
struct Uses {
    of: HashMap<RowId, VecDeque<Disposal>>,
    look_at: usize,
}

impl Uses {
    fn take(&mut self, slice: &Disposal) {
        let uses = self.of.entry(RowId::from(&slice.parcel)).or_default();
        if uses.len() == USES_KEPT {
            uses.pop_front();
        }
        uses.push_back(*slice);
    }

    fn forget(&mut self, books: &Books) {
        if self.of.len() < self.look_at {
            return;
        }
        let open = books.open_rows();
        self.of.retain(|row, _| open.contains(row));
        self.look_at = (self.of.len() * 2).max(LOOK_AT);
    }
}

/// Open parcels, and what used them.
#[derive(Debug, Clone)]
pub struct OpenBooks {
    query: TaxQuery,
    turning: Option<Turning>,
    seen: usize,
    uses: Uses,
}

impl OpenBooks {
    /// Folds all rows, in [`TradeRow::fold_order`].
    ///
    /// # Errors
    /// Rows out of order, or a figure beyond a decimal.
    pub fn new(rows: &[TradeRow], query: &TaxQuery) -> Result<Self, BooksError> {
        let uses = Uses { of: HashMap::new(), look_at: LOOK_AT };
        let mut open = Self { query: query.clone(), turning: None, seen: 0, uses };
        open.take(rows)?;
        Ok(open)
    }

    /// Whether it is the answer to this question, apart from rows it has not seen.
    #[must_use]
    pub fn answers(&self, query: &TaxQuery) -> bool {
        *query == TaxQuery { now: query.now, ..self.query.clone() }
    }

    /// Takes the rows behind those it has seen, which must be the first of these; false when there are fewer. After an error it
    /// is of no use any more.
    ///
    /// # Errors
    /// Rows out of order, or a figure beyond a decimal.
    pub fn take(&mut self, rows: &[TradeRow]) -> Result<bool, BooksError> {
        let Some(new) = rows.get(self.seen..) else { return Ok(false) };
        for row in new.iter().filter(|row| row.book == self.query.book) {
            let turning = self.turning.get_or_insert_with(|| Turning::begin(&self.query, row.time));
            let uses = &mut self.uses;
            turning.take(&self.query, row, &mut |slice| uses.take(slice))?;
            self.uses.forget(&turning.books);
        }
        self.seen = rows.len();
        Ok(true)
    }

    /// What is held at these prices, with its parcels.
    ///
    /// # Errors
    /// A figure beyond a decimal.
    pub fn positions(&self, prices: Prices<'_>) -> Result<Vec<Position>, BooksError> {
        self.turning.as_ref().map_or(Ok(Vec::new()), |turning| turning.books.positions(prices))
    }

    /// The last disposals that used a part of an open parcel, oldest first.
    pub fn uses(&self, parcel: RowId) -> impl DoubleEndedIterator<Item = &Disposal> + ExactSizeIterator {
        self.uses.of.get(&parcel).map(VecDeque::iter).unwrap_or_default()
    }
}
