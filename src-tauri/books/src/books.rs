//! The books themselves: one fold, one row at a time.

use crate::error::{BooksError, RowRef};
use crate::matching::{Board, Matcher, Method, Narrow, Pick, Sale, Sink, Slice, Unfit, Units, Wide};
use crate::picks::RowId;
use crate::pnl::{PnlQuery, PnlReport, Prices, report};
use crate::position::{Position, Standing, positions, standing};
use domain::{Cause, Money, Quantity, Side, Timestamp, TradeRow};
use std::collections::HashSet;

/// One slice of a sale or another disposal: what came from one parcel. Coins of unknown cost, or that went at no known
/// price, make none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disposal {
    /// Number of the coin.
    pub coin: u32,
    /// Number of the algorithm that sold; 0 is by hand.
    pub algorithm: u32,
    /// The row the parcel came by.
    pub parcel: RowRef,
    /// The row it went by.
    pub sale: RowRef,
    /// Why it went; none for a sale.
    pub cause: Option<Cause>,
    /// When the parcel was acquired.
    pub acquired: Timestamp,
    /// When it was disposed of.
    pub disposed: Timestamp,
    /// Coins.
    pub quantity: Quantity,
    /// What they brought, after their share of the sale's fee.
    pub proceeds: Money,
    /// What they had cost, with their share of the buy's fee.
    pub cost: Money,
    /// Proceeds less cost.
    pub gain: Money,
}

/// Parcels and sums in one width.
#[derive(Debug, Clone)]
struct Ledger<N: Units> {
    matcher: Matcher<N>,
    board: Board<N>,
}

impl<N: Units> Ledger<N> {
    fn new(query: &PnlQuery) -> Self {
        let matcher = Matcher::new(query.pooling(), query.method, query.picks.clone());
        Self { matcher, board: Board::new(query.clone()) }
    }

    fn only(&self, coin: u32) -> Self {
        Self { matcher: self.matcher.only(coin), board: self.board.for_other_pools() }
    }

    #[inline]
    fn apply(&mut self, row: &TradeRow) -> Result<(), Unfit> {
        self.matcher.apply(row, &mut self.board)
    }

    /// Applies a row and hands out the slices of a sale in the window.
    fn apply_each(&mut self, row: &TradeRow, slices: &mut Vec<Disposal>, in_window: bool) -> Result<Lost, Unfit> {
        let mut slicer = Slicer { board: &mut self.board, slices, in_window, lost: false };
        self.matcher.apply(row, &mut slicer)?;
        Ok(Lost(slicer.lost))
    }
}

/// Whether a slice did not fit a decimal.
struct Lost(bool);

/// Feeds the sums and collects the slices.
struct Slicer<'a, N: Units> {
    board: &'a mut Board<N>,
    slices: &'a mut Vec<Disposal>,
    in_window: bool,
    lost: bool,
}

impl<N: Units> Slicer<'_, N> {
    fn disposal(row: &TradeRow, slice: &Slice<N>) -> Option<Disposal> {
        let mut gain = slice.proceeds.clone();
        gain -= &slice.cost;
        Some(Disposal {
            coin: row.coin,
            algorithm: row.algorithm,
            parcel: slice.origin,
            sale: row.into(),
            cause: row.cause(),
            acquired: slice.origin.time,
            disposed: row.time,
            quantity: Quantity::new(N::coins(&N::count(&slice.quantity))?).ok()?,
            proceeds: Money::aud(N::money(&slice.proceeds)?),
            cost: Money::aud(N::money(&slice.cost)?),
            gain: Money::aud(N::money(&gain)?),
        })
    }
}

impl<N: Units> Sink<N> for Slicer<'_, N> {
    const SLICES: bool = true;

    fn fill(&mut self, pool: usize, row: &TradeRow, fee: &N::Sum) {
        self.board.fill(pool, row, fee);
    }

    fn slice(&mut self, row: &TradeRow, slice: &Slice<N>) {
        if !self.in_window {
            return;
        }
        match Self::disposal(row, slice) {
            Some(disposal) => self.slices.push(disposal),
            None => self.lost = true,
        }
    }

    fn sale(&mut self, row: &TradeRow, sale: &Sale<N>) {
        self.board.sale(row, sale);
    }

    fn moved(&mut self, cause: Cause, side: Side, value: &N::Sum) {
        self.board.moved(cause, side, value);
    }

    fn unpriced(&mut self, row: &TradeRow, quantity: &N::Small, cost: &N::Sum) {
        self.board.unpriced(row, quantity, cost);
    }

    fn missed(&mut self, row: &TradeRow, pick: &Pick<N>, quantity: &N::Small) {
        self.board.missed(row, pick, quantity);
    }
}

/// Boxed, so that moving the books is cheap whatever the width.
#[derive(Debug, Clone)]
enum Width {
    Narrow(Box<Ledger<Narrow>>),
    Wide(Box<Ledger<Wide>>),
}

/// The books of one question: parcels, and the sums its report needs, kept as trades come in.
#[derive(Debug, Clone)]
pub struct Books {
    query: PnlQuery,
    width: Width,
    last: Option<TradeRow>,
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new(query: PnlQuery) -> Self {
        let width = Width::Narrow(Box::new(Ledger::new(&query)));
        Self { query, width, last: None }
    }

    /// The question they answer.
    #[must_use]
    pub fn query(&self) -> &PnlQuery {
        &self.query
    }

    /// Sells by another method from here on, with the parcels that are left. Not to or from the moving average, whose parcels
    /// have no cost of their own: that changes nothing.
    pub(crate) fn turn_to(&mut self, method: Method) {
        if method == self.query.method || method == Method::Average || self.query.method == Method::Average {
            return;
        }
        self.query.method = method;
        match &mut self.width {
            Width::Narrow(ledger) => ledger.matcher.turn_to(method),
            Width::Wide(ledger) => ledger.matcher.turn_to(method),
        }
    }

    /// The last trade folded, if any; the next must not belong before it.
    #[must_use]
    pub fn last(&self) -> Option<RowRef> {
        self.last.as_ref().map(RowRef::from)
    }

    /// Folds one more trade. Rows the question leaves out are skipped.
    ///
    /// # Errors
    /// [`BooksError::OutOfOrder`], with nothing changed: refold.
    #[inline]
    pub fn apply(&mut self, row: &TradeRow) -> Result<(), BooksError> {
        if !self.accepts(row)? {
            return Ok(());
        }
        let fitted = match &mut self.width {
            Width::Narrow(ledger) => ledger.apply(row),
            Width::Wide(ledger) => ledger.apply(row),
        };
        if fitted.is_err() {
            self.widen();
            if let Width::Wide(ledger) = &mut self.width {
                ledger.apply(row).map_err(|Unfit| BooksError::SumTooLarge { what: "the turnover" })?;
            }
        }
        self.last = Some(*row);
        Ok(())
    }

    /// Folds many more trades, in order.
    ///
    /// # Errors
    /// [`BooksError::OutOfOrder`] at the first trade that belongs earlier; those before it are folded.
    pub fn apply_all(&mut self, rows: &[TradeRow]) -> Result<(), BooksError> {
        rows.iter().try_for_each(|row| self.apply(row))
    }

    /// Folds one more trade and hands each slice of a sale in the window to `each`, parcel by parcel.
    ///
    /// # Errors
    /// [`BooksError::OutOfOrder`], with nothing changed; [`BooksError::TooLarge`] when a slice is beyond a decimal (the
    /// trade is folded).
    pub fn apply_each(&mut self, row: &TradeRow, each: &mut dyn FnMut(&Disposal)) -> Result<(), BooksError> {
        if !self.accepts(row)? {
            return Ok(());
        }
        let in_window = self.query.counts(row);
        let mut slices = Vec::new();
        let mut fitted = match &mut self.width {
            Width::Narrow(ledger) => ledger.apply_each(row, &mut slices, in_window),
            Width::Wide(ledger) => ledger.apply_each(row, &mut slices, in_window),
        };
        if fitted.is_err() {
            self.widen();
            if let Width::Wide(ledger) = &mut self.width {
                fitted = ledger.apply_each(row, &mut slices, in_window);
            }
        }
        self.last = Some(*row);
        slices.iter().for_each(each);
        match fitted {
            Ok(Lost(false)) => Ok(()),
            _ => Err(BooksError::TooLarge { what: "a part of a sale", coin: row.coin }),
        }
    }

    /// The report at these prices.
    ///
    /// # Errors
    /// [`BooksError::TooLarge`] or [`BooksError::SumTooLarge`] when a figure is beyond a decimal.
    pub fn report(&self, prices: Prices<'_>) -> Result<PnlReport, BooksError> {
        match &self.width {
            Width::Narrow(ledger) => report(&self.query, &ledger.matcher, &ledger.board, prices),
            Width::Wide(ledger) => report(&self.query, &ledger.matcher, &ledger.board, prices),
        }
    }

    /// What is held at these prices, by coin number; nothing with quantity 0. The window does not matter here.
    ///
    /// # Errors
    /// [`BooksError::TooLarge`] when a figure is beyond a decimal.
    pub fn positions(&self, prices: Prices<'_>) -> Result<Vec<Position>, BooksError> {
        match &self.width {
            Width::Narrow(ledger) => positions(&ledger.matcher, &self.query, prices),
            Width::Wide(ledger) => positions(&ledger.matcher, &self.query, prices),
        }
    }

    /// The rows of the parcels that are open.
    pub(crate) fn open_rows(&self) -> HashSet<RowId> {
        let origins = |origins: &mut dyn Iterator<Item = RowRef>| origins.map(|origin| RowId::from(&origin)).collect();
        match &self.width {
            Width::Narrow(ledger) => {
                origins(&mut ledger.matcher.pools().iter().flat_map(|pool| pool.parcels()).map(|held| held.origin))
            }
            Width::Wide(ledger) => {
                origins(&mut ledger.matcher.pools().iter().flat_map(|pool| pool.parcels()).map(|held| held.origin))
            }
        }
    }

    /// The same books with the parcels of one coin alone, for rows of that coin.
    pub(crate) fn only(&self, coin: u32) -> Self {
        let width = match &self.width {
            Width::Narrow(ledger) => Width::Narrow(Box::new(ledger.only(coin))),
            Width::Wide(ledger) => Width::Wide(Box::new(ledger.only(coin))),
        };
        Self { query: self.query.clone(), width, last: self.last }
    }

    /// The gains of the window so far and what is held, without parcels: cheap enough for every day of a history.
    ///
    /// # Errors
    /// [`BooksError::TooLarge`] or [`BooksError::SumTooLarge`] when a figure is beyond a decimal.
    pub(crate) fn standing(&self) -> Result<Standing, BooksError> {
        match &self.width {
            Width::Narrow(ledger) => standing(&ledger.matcher, &ledger.board.total()),
            Width::Wide(ledger) => standing(&ledger.matcher, &ledger.board.total()),
        }
    }

    #[inline]
    fn accepts(&self, row: &TradeRow) -> Result<bool, BooksError> {
        if !self.query.takes(row) {
            return Ok(false);
        }
        match &self.last {
            Some(last) if row.fold_order(last).is_lt() => {
                Err(BooksError::OutOfOrder { row: row.into(), last: last.into() })
            }
            _ => Ok(true),
        }
    }

    #[cold]
    fn widen(&mut self) {
        if let Width::Narrow(narrow) = &self.width {
            let wide = Ledger { matcher: narrow.matcher.widen(), board: narrow.board.widen() };
            self.width = Width::Wide(Box::new(wide));
        }
    }
}

/// The report over a whole history, in [`TradeRow::fold_order`].
///
/// # Errors
/// [`BooksError`]: rows out of order, or a figure beyond a decimal.
pub fn pnl(rows: &[TradeRow], query: &PnlQuery, prices: Prices<'_>) -> Result<PnlReport, BooksError> {
    let mut books = Books::new(query.clone());
    books.apply_all(rows)?;
    books.report(prices)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pnl::GroupBy;
    use domain::{Book, Decimal, Price, RowKind, Side};
    use num_bigint::BigInt;
    use proptest::prelude::*;

    /// Trades that fit the narrow width: real sizes, up to 8 decimals of a coin and 12 of a price, fees of 15.
    fn rows() -> impl Strategy<Value = Vec<TradeRow>> {
        let amounts = (0i64..1 << 50, 1i64..1 << 50, 0i64..1 << 55, 8u32..=12);
        let row = (amounts, 0u32..3, 0u32..3, any::<bool>()).prop_map(
            |((quantity, price, fee, scale), coin, algorithm, buy)| TradeRow {
                time: Timestamp::default(),
                recorded_at: Timestamp::default(),
                seq: 0,
                quantity: Quantity::new(Decimal::new(quantity, 8)).unwrap(),
                price: Price::new(Decimal::new(price, scale)).unwrap(),
                fee: Decimal::new(fee, 15),
                device: 1,
                coin,
                algorithm,
                side: if buy { Side::Buy } else { Side::Sell },
                book: Book::Live,
                kind: RowKind::Trade,
            },
        );
        prop::collection::vec(row, 0..60).prop_map(|mut rows| {
            for (i, row) in rows.iter_mut().enumerate() {
                row.time = Timestamp::from_millis(i as i64 * 40_000_000);
            }
            rows
        })
    }

    /// What was paid for all parcels, and what the books say the sold and the held ones cost.
    fn costs<N: Units>(rows: &[TradeRow]) -> (N::Sum, N::Sum) {
        let mut ledger = Ledger::<N>::new(&PnlQuery::of(Book::Live));
        let (mut paid, mut known) = (N::Sum::default(), N::Sum::default());
        for row in rows {
            ledger.apply(row).unwrap();
            let fill = N::read(row).unwrap();
            if row.side == Side::Buy && fill.quantity > N::Small::default() {
                paid += &fill.value;
                paid += &fill.fee;
            }
        }
        known += &ledger.board.total().cost;
        for pool in ledger.matcher.pools() {
            let mut parcels = N::Sum::default();
            pool.parcels().iter().for_each(|held| parcels += held.cost.as_ref().unwrap());
            assert_eq!(parcels, *pool.cost());
            known += &parcels;
        }
        (paid, known)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_paid_is_sold_or_held_to_the_last_digit(rows in rows()) {
            let (paid, known) = costs::<Narrow>(&rows);
            prop_assert_eq!(paid, known);
            let (paid, known) = costs::<Wide>(&rows);
            prop_assert_eq!(&paid, &known);
            prop_assert!(paid >= BigInt::ZERO);
        }

        #[test]
        fn both_widths_give_the_same_and_widening_half_way_changes_nothing(
            rows in rows(),
            at in any::<prop::sample::Index>(),
            by in 0usize..3,
            window in 0i64..60,
        ) {
            let by = [GroupBy::Coin, GroupBy::Algorithm, GroupBy::Day][by];
            let from = Some(Timestamp::from_millis(window * 40_000_000));
            let query = PnlQuery { by, from, ..PnlQuery::of(Book::Live) };
            let (mut narrow, mut widened) = (Books::new(query.clone()), Books::new(query));
            let middle = at.index(rows.len() + 1);
            let (mut slices, mut same) = (Vec::new(), Vec::new());
            for (i, row) in rows.iter().enumerate() {
                if i == middle {
                    widened.widen();
                }
                narrow.apply_each(row, &mut |slice| slices.push(*slice)).unwrap();
                widened.apply_each(row, &mut |slice| same.push(*slice)).unwrap();
            }
            prop_assert!(matches!(narrow.width, Width::Narrow(_)), "the rows must fit for this to mean anything");
            prop_assert_eq!(slices, same);
            prop_assert_eq!(narrow.report(&|_| None), widened.report(&|_| None));
            prop_assert_eq!(narrow.positions(&|_| None), widened.positions(&|_| None));
        }
    }
}
