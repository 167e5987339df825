//! A year that takes new rows as they come, so that a question need not walk through the whole history again.
//!
//! Invariant: what it answers is what a walk through all of its rows answers; a row it can't take (it belongs to a year that is
//! closed) is refused, and the caller walks anew. Deliberately absent: when to drop it for other reasons (an older row, a
//! movement, a pick): who holds the rows knows that.

use super::walk::Walk;
use super::what_if::{Imagined, WhatIf};
use super::year::{TaxQuery, TaxYear, tell_elements};
use super::{CALENDAR_YEAR, FinancialYear, what_if};
use crate::error::BooksError;
use domain::TradeRow;

/// A financial year and those before it, walked through as far as there are rows.
#[derive(Debug, Clone)]
pub struct GrownYear {
    walk: Walk,
    /// How many rows it has seen, and whether any was of its book.
    seen: usize,
    any: bool,
}

impl GrownYear {
    /// Walks through all rows, in [`TradeRow::fold_order`]; of the year it keeps the first `most` lines.
    ///
    /// # Errors
    /// [`BooksError::NoLaw`] for a year whose rules wait for their law; rows out of order, or a figure beyond a decimal.
    pub fn new(rows: &[TradeRow], query: &TaxQuery, year: FinancialYear, most: usize) -> Result<Self, BooksError> {
        if !query.has_law(year) {
            return Err(BooksError::NoLaw { year: year.number() });
        }
        let own = rows.iter().find(|row| row.book == query.book);
        let first = own.map_or(year, |row| FinancialYear::of(row.time, query.zone)).min(year);
        let first = query.earlier_losses.keys().next().map_or(first, |year| first.min(FinancialYear(*year)));
        // A mistyped date may lie thousands of years back; what lies before the calendar counts in its first year.
        let first = first.max(FinancialYear(CALENDAR_YEAR)).min(year);
        let mut grown = Self { walk: Walk::begin(query, first, year, most)?, seen: 0, any: own.is_some() };
        grown.go_on(rows)?;
        Ok(grown)
    }

    /// Whether it is the answer to this question, apart from rows it has not seen.
    #[must_use]
    pub fn answers(&self, query: &TaxQuery, year: FinancialYear) -> bool {
        self.walk.answers(query, year)
    }

    /// Takes the rows behind those it has seen, which must be the first of these. False: one of them changes what is closed, or
    /// where the walk began, so that it must be walked through anew; this one is of no use any more, as after an error.
    ///
    /// # Errors
    /// Rows out of order, or a figure beyond a decimal.
    pub fn take(&mut self, rows: &[TradeRow]) -> Result<bool, BooksError> {
        let Some(new) = rows.get(self.seen..) else { return Ok(false) };
        let mut own = new.iter().filter(|row| row.book == self.walk.query().book).peekable();
        if (own.peek().is_some() && !self.any) || own.any(|row| self.walk.is_late(row)) {
            return Ok(false);
        }
        self.go_on(rows)?;
        Ok(true)
    }

    fn go_on(&mut self, rows: &[TradeRow]) -> Result<(), BooksError> {
        let book = self.walk.query().book;
        for row in rows.iter().skip(self.seen).filter(|row| row.book == book) {
            self.walk.walk(row)?;
        }
        self.seen = rows.len();
        self.walk.catch_up()
    }

    /// Every year from the first row's on; the lines and the patterns of the last come with it.
    ///
    /// # Errors
    /// A figure beyond a decimal.
    pub fn years(&self, rows: &[TradeRow]) -> Result<Vec<TaxYear>, BooksError> {
        Ok(told(self.walk.years()?, rows, self.walk.query()))
    }

    pub(super) fn into_years(self, rows: &[TradeRow]) -> Result<Vec<TaxYear>, BooksError> {
        let query = self.walk.query().clone();
        Ok(told(self.walk.into_years()?, rows, &query))
    }

    /// What a sale would come to as the last row; it must fall into the year.
    ///
    /// # Errors
    /// A figure beyond a decimal, or a sale before the last row.
    pub fn what_if(&self, rows: &[TradeRow], imagined: &Imagined) -> Result<WhatIf, BooksError> {
        let sale = imagined.sale;
        let (before, mut after) = self.walk.with(&sale)?;
        tell_elements(rows, Some(&sale), self.walk.query().book, &mut after.disposals);
        let held = self.walk.held(sale.coin)?;
        what_if::compare(&before, after, &held, imagined, self.walk.query())
    }

    /// The year.
    #[must_use]
    pub fn year(&self) -> FinancialYear {
        self.walk.last()
    }
}

fn told(mut years: Vec<TaxYear>, rows: &[TradeRow], query: &TaxQuery) -> Vec<TaxYear> {
    if let Some(year) = years.last_mut() {
        tell_elements(rows, None, query.book, &mut year.disposals);
    }
    years
}
