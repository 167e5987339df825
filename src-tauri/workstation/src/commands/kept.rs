//! What stands between questions about tax: years, and open parcels, that grow with the rows of their book.
//!
//! Invariants: an answer from here is the answer of a new walk. What is kept is of one reading of the journal (its number goes
//! up whenever a book's rows are read anew, see [`super::ledgered`]) and of one question, picks, filings and settings included;
//! only rows behind those it has seen are taken into it. Whatever fails is dropped. Deliberately absent: lines beyond the first
//! [`LINES_KEPT`] of a year: who wants all of them walks.

use super::tax::Ground;
use crate::{Result, Workstation};
use books::{FinancialYear, GrownYear, OpenBooks, TaxQuery};
use domain::Book;

/// Lines of a year that are kept, and told to a reader who wants only the first.
pub(super) const LINES_KEPT: usize = 2_000;
/// Years that are kept: the ones looked at last, and each method's for a sale that is only imagined.
const YEARS_KEPT: usize = 6;
/// Sets of open parcels that are kept.
const OPEN_KEPT: usize = 2;

/// Which reading of which book.
type Reading = (Book, u64);

#[derive(Default)]
pub(crate) struct Kept {
    years: Vec<(Reading, GrownYear)>,
    open: Vec<(Reading, OpenBooks)>,
}

impl Kept {
    /// Forgets what is of another reading of a book.
    fn forget(&mut self, (book, reading): Reading) {
        let stands = |of: &Reading| of.0 != book || of.1 == reading;
        self.years.retain(|(of, _)| stands(of));
        self.open.retain(|(of, _)| stands(of));
    }
}

/// The last asked comes first.
fn put<T>(all: &mut Vec<(Reading, T)>, most: usize, reading: Reading, one: T) -> &T {
    all.truncate(most - 1);
    all.insert(0, (reading, one));
    &all[0].1
}

impl Workstation {
    /// Asks a year, walked through as far as there are rows; it has its first [`LINES_KEPT`] lines.
    pub(super) async fn with_year<T>(
        &self,
        ground: &Ground,
        query: &TaxQuery,
        year: FinancialYear,
        ask: impl FnOnce(&GrownYear) -> Result<T, books::BooksError>,
    ) -> Result<T> {
        let (rows, reading) = (&ground.ledgered.rows, (query.book, ground.ledgered.reading));
        let mut kept = self.inner.kept.lock().await;
        kept.forget(reading);
        let known = kept.years.iter().position(|(_, grown)| grown.answers(query, year));
        let mut grown = known.map(|at| kept.years.remove(at).1);
        if let Some(known) = &mut grown
            && !known.take(rows)?
        {
            grown = None;
        }
        let grown = grown.map_or_else(|| GrownYear::new(rows, query, year, LINES_KEPT), Ok)?;
        Ok(ask(put(&mut kept.years, YEARS_KEPT, reading, grown))?)
    }

    /// Asks the open parcels, and what used them.
    pub(super) async fn with_open<T>(
        &self,
        ground: &Ground,
        ask: impl FnOnce(&OpenBooks) -> Result<T, books::BooksError>,
    ) -> Result<T> {
        let (rows, query) = (&ground.ledgered.rows, &ground.query);
        let reading = (query.book, ground.ledgered.reading);
        let mut kept = self.inner.kept.lock().await;
        kept.forget(reading);
        let known = kept.open.iter().position(|(_, open)| open.answers(query));
        let mut open = known.map(|at| kept.open.remove(at).1);
        if let Some(known) = &mut open
            && !known.take(rows)?
        {
            open = None;
        }
        let open = open.map_or_else(|| OpenBooks::new(rows, query), Ok)?;
        Ok(ask(put(&mut kept.open, OPEN_KEPT, reading, open))?)
    }
}
