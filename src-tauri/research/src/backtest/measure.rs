//! How good a run was, by the very books that measure paper and live.
//!
//! The days are those of the setup's zone. What is held is valued at the last bid known at the end of the day.

use super::BacktestError;
use super::setup::Setup;
use books::{
    Benchmark, CashMove, DayPoint, DayPrice, Days, EquityQuery, Every, Method, Metrics, Performance, PricedBy,
};
use domain::{Book, Decimal, Money, Price, Timestamp, TradeRow};

/// The bids of all coins at the end of one day.
#[derive(Debug, Clone)]
pub(super) struct Closing {
    pub end: Timestamp,
    pub marks: Vec<Option<Price>>,
}

/// What the books say.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// Days, returns and what is made of them.
    pub performance: Performance,
    /// Single sales.
    pub sales: Metrics,
    /// Realised gains.
    pub realised: Money,
    /// What the same money would have come to in the coins, held, without fees; in several coins evenly.
    pub hold: Benchmark,
    /// Month by month.
    pub months: Vec<DayPoint>,
}

/// What is measured.
pub(super) struct Measured<'a> {
    pub setup: &'a Setup,
    pub rows: &'a [TradeRow],
    pub from: Timestamp,
    pub to: Timestamp,
    /// The first opens.
    pub opens: Vec<Price>,
    pub closings: &'a [Closing],
}

impl Measures {
    pub(super) fn of(measured: &Measured<'_>) -> Result<Self, BacktestError> {
        let Measured { setup, rows, from, to, .. } = *measured;
        let first = CashMove { time: from.plus_micros(-1), amount: setup.cash };
        let paid = setup.deposits.iter().filter(|paid| paid.time >= from && paid.time <= to);
        let cash: Vec<CashMove> = std::iter::once(first).chain(paid.copied()).collect();
        // What happens at the very end still belongs to the run.
        let at_the_end =
            rows.last().is_some_and(|row| row.time >= to) || cash.last().is_some_and(|paid| paid.time >= to);
        let end = if at_the_end { to.plus_micros(1) } else { to };
        let query = EquityQuery {
            book: Book::Paper,
            method: Method::Fifo,
            picks: books::Picks::default(),
            zone: setup.zone,
            from: Some(from),
            to: end,
        };
        let days = Days::fold(rows, &cash, &query)?;
        let ends = days.ends();
        let price = |coin: u32, place: usize| measured.mark_at(coin as usize, *ends.get(place)?);
        let curve =
            days.value(&|coin, place| price(coin, place).map(|each| DayPrice::seen(each, PricedBy::Close, 0)))?;
        let basket: Vec<Option<Decimal>> = (0..ends.len()).map(|place| measured.basket(place, &ends)).collect();
        Ok(Self {
            performance: Performance::of(&curve),
            sales: curve.report.metrics.clone(),
            realised: curve.report.realised,
            hold: books::benchmark(&curve, &basket),
            months: Every::Month.points(&curve.points),
        })
    }
}

impl Measured<'_> {
    fn mark_at(&self, coin: usize, end: Timestamp) -> Option<Price> {
        let upto = self.closings.partition_point(|closing| closing.end <= end);
        self.closings.get(upto.checked_sub(1)?)?.marks.get(coin).copied().flatten()
    }

    /// One unit of money in every coin at the first opens, later.
    fn basket(&self, place: usize, ends: &[Timestamp]) -> Option<Decimal> {
        let mut sum = Decimal::ZERO;
        for (coin, open) in self.opens.iter().enumerate() {
            let now = if place == 0 { *open } else { self.mark_at(coin, *ends.get(place)?)? };
            sum = sum.checked_add(now.decimal().checked_div(open.decimal())?)?;
        }
        // The price of one coin itself where there is but one: nothing is rounded then.
        match self.opens.as_slice() {
            [_] if place > 0 => Some(self.mark_at(0, *ends.get(place)?)?.decimal()),
            [open] => Some(open.decimal()),
            _ => Some(sum),
        }
    }
}
