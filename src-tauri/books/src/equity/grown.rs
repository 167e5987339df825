//! Days that take new trades and cash as they come, so that a curve to now need not be folded from the first trade again.
//!
//! Invariant: its days are those of a new fold over the same rows to the same moment. Days that are over stay; the running one
//! is told anew for every moment it is asked at. Deliberately absent: prices ([`super::GrownCurve`] has them), and when to drop
//! it for an older row or other cash: who holds the rows knows that.

use super::days::{CashMove, Days, EquityQuery};
use super::fold::Fold;
use crate::error::BooksError;
use crate::period::{Period, day_start};
use crate::pnl::{GroupBy, PnlQuery};
use chrono::NaiveDate;
use domain::{Timestamp, TradeRow};

/// Days of one curve at most: 27 years.
const DAYS_MAX: usize = 10_000;

/// A book's days to a moment that moves on.
#[derive(Debug, Clone)]
pub struct GrownDays {
    query: EquityQuery,
    fold: Fold,
    days: Days,
    /// How many of the days are over, the moment before the window among them.
    over: usize,
    /// The day that runs, and when it began.
    date: NaiveDate,
    begun: Timestamp,
    /// How many rows and payments are in.
    seen: (usize, usize),
}

impl GrownDays {
    /// Folds trades in [`TradeRow::fold_order`] and cash in the order of time.
    ///
    /// # Errors
    /// [`BooksError`]: rows out of order, a figure beyond a decimal, or a window of too many days.
    pub fn new(rows: &[TradeRow], cash: &[CashMove], query: &EquityQuery) -> Result<Self, BooksError> {
        let first = rows.iter().find(|row| row.book == query.book).map(|row| row.time);
        let first = [first, cash.first().map(|paid| paid.time)].into_iter().flatten().min();
        let begin = query.from.or_else(|| Some(day_begin(first?, query.zone))).unwrap_or(query.to).min(query.to);
        let asked = PnlQuery {
            method: query.method,
            by: GroupBy::Coin,
            from: Some(begin),
            zone: query.zone,
            picks: query.picks.clone(),
            ..PnlQuery::of(query.book)
        };
        let fold = Fold::begin(asked);
        let days = Days { days: Vec::new(), basis: fold.basis(), report: fold.report()?, held_s: None, whole: true };
        let date = Period::Day.start(begin, query.zone);
        let mut grown = Self { query: query.clone(), fold, days, over: 1, date, begun: begin, seen: (0, 0) };
        grown.feed(rows, cash, begin)?;
        let before = Period::Day.start(begin.plus_micros(-1), query.zone);
        grown.days.days.push(grown.fold.end(before, begin)?);
        grown.go_on(rows, cash, query.to)?;
        Ok(grown)
    }

    /// The days.
    #[must_use]
    pub fn days(&self) -> &Days {
        &self.days
    }

    /// How many of them are over, the moment before the window among them: these don't change any more.
    #[must_use]
    pub fn over(&self) -> usize {
        self.over
    }

    pub(super) fn into_days(self) -> Days {
        self.days
    }

    /// Whether these are the days of a question with another end, apart from what it has not seen. Where nothing had happened by
    /// the end, nothing says where they begin.
    #[must_use]
    pub fn answers(&self, query: &EquityQuery) -> bool {
        let begun = self.days.days.first().is_some_and(|before| before.end < self.query.to);
        begun && *query == EquityQuery { to: query.to, ..self.query.clone() }
    }

    /// Goes on to a later moment with the rows and payments behind those it has seen, which must be the first of these. False:
    /// that can't be (the moment lies back, there are fewer rows, or one lies in a day that is over); it is of no use any more then,
    /// as after an error.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn go_on_to(&mut self, rows: &[TradeRow], cash: &[CashMove], to: Timestamp) -> Result<bool, BooksError> {
        let (Some(new), Some(paid)) = (rows.get(self.seen.0..), cash.get(self.seen.1..)) else { return Ok(false) };
        let last_paid = self.seen.1.checked_sub(1).and_then(|last| cash.get(last)).map(|paid| paid.time);
        // A row of the running day is in time; behind money of the same day it counts otherwise than before it.
        let late =
            new.first().is_some_and(|row| row.time < self.begun || last_paid.is_some_and(|paid| row.time < paid));
        if to < self.query.to || late || paid.first().is_some_and(|paid| paid.time < self.query.to) {
            return Ok(false);
        }
        self.go_on(rows, cash, to)?;
        Ok(true)
    }

    fn go_on(&mut self, rows: &[TradeRow], cash: &[CashMove], to: Timestamp) -> Result<(), BooksError> {
        self.days.days.truncate(self.over);
        self.query.to = to;
        while self.begun < to {
            let Some(next) = self.date.succ_opt() else { break };
            // A zone may leave a day out: then it has no end of its own.
            let end = day_start(next, self.query.zone).unwrap_or(self.begun).max(self.begun);
            // What is told of a running day counts among them.
            if end > self.begun && self.days.days.len() > DAYS_MAX {
                return Err(BooksError::TooManyDays { days: DAYS_MAX });
            }
            self.feed(rows, cash, end.min(to))?;
            if end > to {
                self.days.days.push(self.fold.running(self.date, to)?);
                break;
            }
            if end > self.begun {
                self.days.days.push(self.fold.end(self.date, end)?);
                self.over = self.days.days.len();
            }
            (self.date, self.begun) = (next, end);
        }
        self.days.whole = self.begun == to;
        (self.days.basis, self.days.held_s) = (self.fold.basis(), self.fold.held_s());
        self.days.report = self.fold.report()?;
        self.days.report.to = Some(to);
        Ok(())
    }

    /// Takes what happened before a moment. Money of the same moment is there before it is spent.
    fn feed(&mut self, rows: &[TradeRow], cash: &[CashMove], end: Timestamp) -> Result<(), BooksError> {
        loop {
            let row = rows.get(self.seen.0).filter(|row| row.time < end);
            let pay = cash.get(self.seen.1).filter(|paid| paid.time < end);
            match (row, pay) {
                (row, Some(pay)) if row.is_none_or(|row| pay.time <= row.time) => {
                    self.fold.pay(pay)?;
                    self.seen.1 += 1;
                }
                (Some(row), _) => {
                    if row.book == self.query.book {
                        self.fold.trade(row)?;
                    }
                    self.seen.0 += 1;
                }
                (None, _) => return Ok(()),
            }
        }
    }
}

fn day_begin(time: Timestamp, zone: chrono_tz::Tz) -> Timestamp {
    day_start(Period::Day.start(time, zone), zone).unwrap_or(time).min(time)
}
