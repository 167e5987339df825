//! What a year is asked for by, and what it comes to: its lines and its sums.

use super::grown::GrownYear;
use super::{FinancialYear, Pattern, Quarter, Reform};
use crate::error::{BooksError, RowRef};
use crate::matching::Method;
use crate::picks::Picks;
use crate::pnl::{MissedPick, NoPrice, UnknownBasis};
use chrono_tz::Tz;
use domain::{Book, Cause, Decimal, Money, Quantity, RoundingStrategy, RowKind, Side, Timestamp, TradeRow};
use std::collections::BTreeMap;

/// Decimals a share of a fee is told with, where it is only told.
const SHARE_DECIMALS: u32 = 20;

/// How years are computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxQuery {
    /// Whose money.
    pub book: Book,
    /// Where days begin.
    pub zone: Tz,
    /// The method of years that nobody filed.
    pub method: Method,
    /// The methods of the years that were filed, by year.
    pub filed: BTreeMap<i32, Method>,
    /// Parcels picked for some sales; these come before any method.
    pub picks: Picks,
    /// What the trader says of the bill; none while it isn't law.
    pub reform: Option<Reform>,
    /// Losses from before this history, and the year they are brought into.
    pub earlier_losses: BTreeMap<i32, Decimal>,
    /// Now: what lies ahead is not taken as having happened.
    pub now: Timestamp,
}

impl TaxQuery {
    /// A method for every year, and nothing filed or picked.
    #[must_use]
    pub fn of(book: Book, method: Method, zone: Tz, now: Timestamp) -> Self {
        let (picks, filed, earlier_losses) = (Picks::default(), BTreeMap::new(), BTreeMap::new());
        Self { book, zone, method, filed, picks, reform: None, earlier_losses, now }
    }

    /// The method of a year: the one it was filed by; before a filed year, the one of the next filed year, whose figures
    /// stand on it; after the last filed year, the one that is asked for.
    #[must_use]
    pub fn method_of(&self, year: FinancialYear) -> Method {
        self.filed.range(year.number()..).next().map_or(self.method, |(_, method)| *method)
    }

    pub(super) fn has_law(&self, year: FinancialYear) -> bool {
        year.is_settled() || self.reform.is_some()
    }
}

/// Which part of a disposal's gain a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What arose until 30 June 2027.
    BeforeReform,
    /// What arose since.
    SinceReform,
}

/// One line of the schedule: what came from one parcel, or the part of it under one set of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxDisposal {
    /// Number of the coin.
    pub coin: u32,
    /// The row the parcel came by.
    pub parcel: RowRef,
    /// The row it went by; none for a parcel that is only taken as sold.
    pub sale: Option<RowRef>,
    /// Why it went; none for a sale.
    pub cause: Option<Cause>,
    /// When the parcel was acquired, or is taken as acquired.
    pub acquired: Timestamp,
    /// When it was disposed of, or is taken as disposed of.
    pub disposed: Timestamp,
    /// Coins.
    pub quantity: Quantity,
    /// What they brought, after their share of the sale's fee.
    pub proceeds: Money,
    /// Their share of the sale's fee, off the proceeds already.
    pub sale_costs: Money,
    /// What they had cost, with everything.
    pub cost_base: Money,
    /// Of the cost base: what was paid for the coins, or their value when they came.
    pub purchase: Money,
    /// Of the cost base: their share of the purchase's fee.
    pub incidental: Money,
    /// Of the cost base: what indexation adds.
    pub indexation: Money,
    /// Proceeds less cost base; below zero for a loss.
    pub gain: Money,
    /// Whether it is a gain that the discount halves.
    pub discount: bool,
    /// Which part.
    pub part: Part,
}

/// What stands in no figure of a year until somebody says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unresolved {
    /// Nobody noted what a coin was worth at the end of 30 June 2027; by its number.
    NoResetPrice(u32),
    /// Nobody gave the index number of a quarter.
    NoIndex(Quarter),
    /// Prices fell between two quarters, and what the law makes of that is not known here.
    IndexFell(Quarter, Quarter),
}

/// A year's capital gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxYear {
    /// Which year.
    pub year: FinancialYear,
    /// Which parcels sales used up first.
    pub method: Method,
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// One line a parcel, in the order of the sales; only of the year that was asked for, and at most as many as were asked for.
    pub disposals: Vec<TaxDisposal>,
    /// How many lines there are of the year that was asked for.
    pub lines: usize,
    /// Gains held long enough for the discount, before losses and discount.
    pub discount_gains: Money,
    /// The other gains, before losses.
    pub other_gains: Money,
    /// Losses of the year, as an amount above zero.
    pub losses: Money,
    /// Losses left from earlier years.
    pub losses_brought_forward: Money,
    /// Losses used against this year's gains.
    pub losses_applied: Money,
    /// Losses left for later years.
    pub losses_carried_forward: Money,
    /// What the discount leaves out.
    pub discount: Money,
    /// What goes on the return; never below zero.
    pub net_capital_gain: Money,
    /// Coins sold in the year that were never seen coming in, or came at no known cost: in no figure above.
    pub unknown_basis: Vec<UnknownBasis>,
    /// Coins that went in the year at no known price: in no figure above.
    pub no_price: Vec<NoPrice>,
    /// Picked parcels that could not be used for sales of the year.
    pub missed_picks: Vec<MissedPick>,
    /// What the rules need and nobody said: what depends on it is in no figure above.
    pub unresolved: Vec<Unresolved>,
    /// Sales at a loss of the year that was asked for with the same coin bought around them, the first
    /// [`super::PATTERNS_TOLD`] of them.
    pub patterns: Vec<Pattern>,
    /// How many such sales there are.
    pub patterns_found: usize,
}

/// The capital gains of a year over a whole history of rows, in [`TradeRow::fold_order`].
///
/// # Errors
/// [`BooksError::NoLaw`] for a year whose rules wait for their law; rows out of order, or a figure beyond a decimal.
pub fn tax_year(rows: &[TradeRow], query: &TaxQuery, year: FinancialYear) -> Result<TaxYear, BooksError> {
    let mut years = tax_years(rows, query, year)?;
    years.pop().ok_or(BooksError::SumTooLarge { what: "the year" })
}

/// Every year from the first row's to one, whose lines come with it; one pass.
///
/// # Errors
/// As [`tax_year`].
pub fn tax_years(rows: &[TradeRow], query: &TaxQuery, last: FinancialYear) -> Result<Vec<TaxYear>, BooksError> {
    GrownYear::new(rows, query, last, usize::MAX)?.into_years(rows)
}

/// Says how much of each line's sums are fees. It only tells: no gain depends on it. `more` stands behind the rows.
pub(super) fn tell_elements(rows: &[TradeRow], more: Option<&TradeRow>, book: Book, lines: &mut [TaxDisposal]) {
    // Rows are in the order of time, and a line knows the moment of its rows.
    let row_of = |place: RowRef, side: Side, cause: Option<Cause>| {
        let first = rows.partition_point(|row| row.time < place.time);
        let then = rows.get(first..).unwrap_or_default().iter().take_while(|row| row.time == place.time);
        let fits = |row: &&TradeRow| {
            let told = if row.side == Side::Buy || row.kind == RowKind::Trade { None } else { row.cause() };
            row.book == book && RowRef::from(*row) == place && row.side == side && told == cause
        };
        then.chain(more).filter(fits).last()
    };
    let share = |of: Option<&TradeRow>, part: Quantity| {
        let Some(paid) = of else { return Decimal::ZERO };
        let share = paid.fee.checked_mul(part.decimal()).and_then(|fee| fee.checked_div(paid.quantity.decimal()));
        share.unwrap_or_default().round_dp_with_strategy(SHARE_DECIMALS, RoundingStrategy::ToZero).normalize()
    };
    for line in lines {
        let bought = row_of(line.parcel, Side::Buy, None);
        let sold = line.sale.and_then(|sale| row_of(sale, Side::Sell, line.cause));
        // What is taken as sold or bought at a value has no fee of its own.
        let (of_purchase, of_sale) = match line.part {
            Part::Whole => (share(bought, line.quantity), share(sold, line.quantity)),
            Part::BeforeReform => (share(bought, line.quantity), Decimal::ZERO),
            Part::SinceReform => (Decimal::ZERO, share(sold, line.quantity)),
        };
        let plain = line.cost_base.amount() - line.indexation.amount();
        line.incidental = Money::aud(of_purchase);
        line.purchase = Money::aud((plain - of_purchase).normalize());
        line.sale_costs = Money::aud(of_sale);
    }
}
