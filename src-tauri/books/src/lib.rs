//! Trades become parcels, positions and exact P&L; pure.
//!
//! [`Books`] folds [`domain::TradeRow`]s one at a time or many at once, and answers with a [`PnlReport`] or
//! [`Position`]s at any moment; [`pnl`] does both for a whole history.
//!
//! Invariants:
//! - Paper and live are never summed: a [`Books`] reads one book and skips rows of the other.
//! - Everything is exact. Fees are in the cost of a buy and off the proceeds of a sale. A fee is cut into shares
//!   towards zero at 20 decimals and the last slice takes the remainder, so the parts always sum to the whole. Only
//!   what leaves as a decimal of more than 28 digits is rounded, half-even.
//! - One pass over the full history, then the window: a parcel bought before `from` still has its cost.
//! - Trades fold in [`domain::TradeRow::fold_order`]; one that belongs earlier is refused and the caller refolds. So the
//!   books after a thousand single trades equal the books folded from all thousand.
//! - No price, no value: a held coin without a price is listed as unpriced, and a sale of coins that were never seen
//!   coming in is listed as unknown basis and stays out of the realised P&L. (Its part of the fee counts in `fees`
//!   only.)
//!
//! Equity day by day is [`Days`] and [`Curve`]; how good it was is [`Performance`]; what holding would have come to is [`benchmark`].
//!
//! Deliberately absent: names of coins and algorithms (rows carry the workspace's numbers), clocks, files.

mod benchmark;
mod books;
mod equity;
mod error;
mod labels;
mod matching;
mod metrics;
mod movements;
mod performance;
mod period;
mod picks;
mod pnl;
mod position;
mod tax;
mod turnover;

pub use benchmark::{Benchmark, benchmark};
pub use books::{Books, Disposal, pnl};
pub use equity::{
    CashBasis, CashMove, Curve, DayPoint, DayPrice, Days, EquityQuery, Every, GainLine, GrownCurve, GrownDays, NoCash,
    PricedBy,
};
pub use error::{BooksError, RowRef};
pub use labels::{Labels, NO_LABEL};
pub use matching::{Method, Pooling};
pub use metrics::{Metric, Metrics, Missing};
pub use movements::{Folded, Numbers, Question, Told, Unsettled, rows_of};
pub use performance::{DAYS_MIN, Drawdown, Performance};
pub use period::day_start;
pub use picks::{Picks, RowId};
pub use pnl::{Group, GroupBy, GroupKey, MissedPick, NoPrice, PnlQuery, PnlReport, Prices, UnknownBasis, Valuation};
pub use position::{ParcelView, Position};
pub use tax::{
    DAYS_AROUND, DeemedGain, FIRST_YEAR, FinancialYear, GrownYear, Imagined, Income, IncomeEvent, LAST_SETTLED_YEAR,
    LAST_YEAR, NextDiscount, OpenBooks, PATTERNS_TOLD, Part, Pattern, Quarter, REFORM_YEAR, REGIMES, Reform, Regime,
    TaxDisposal, TaxQuery, TaxYear, Unresolved, WhatIf, books_at, days_to_discount, discounted_from, income,
    is_discounted, rate_of, regime, reset_moment, tax_year, tax_years, what_if,
};
pub use turnover::Turnover;
