//! Capital gains of an Australian financial year: each disposal with its parcel, the discount, the losses.
//!
//! | step | rule |
//! |---|---|
//! | year | 1 July to 30 June in the trader's zone; year 2025 is 1 July 2024 to 30 June 2025 |
//! | gain | proceeds less the sale's fee, less the parcel's cost with its fee; one line a parcel |
//! | discount | an individual who held the parcel at least 12 months, neither the day of acquisition nor of disposal counted (ITAA 1997 s 115-25): sold on the day after the anniversary or later, by calendar months and local days |
//! | losses | those of the year, then those carried forward, first against gains without discount, then against the others before they are halved (s 102-5) |
//! | carried forward | what losses are left; they never make a year's gain negative |
//!
//! Invariants: exact, no rounding here; the losses of earlier years come from the same history and method, so that a year can be
//! checked from the first trade on; sales of coins that were never seen coming in are listed and in no sum. Rates stand in
//! [`REGIMES`] with the day they begin. Deliberately absent: advice; income events; the rules after 30 June 2027, whose law isn't
//! settled: a year beyond [`LAST_YEAR`] is refused.

use crate::books::{Books, Disposal};
use crate::error::BooksError;
use crate::matching::Method;
use crate::pnl::{PnlQuery, UnknownBasis};
use chrono::{Datelike, Months, NaiveDate, TimeZone};
use chrono_tz::Tz;
use domain::{Book, Decimal, Money, Quantity, Timestamp, TradeRow};

/// The last financial year whose rules are known; the next has others from 1 July 2027 on.
pub const LAST_YEAR: i32 = 2027;
/// No coin was traded before.
pub const FIRST_YEAR: i32 = 2009;

/// Rules with the day they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regime {
    /// The first financial year they hold for.
    pub from_year: i32,
    /// Months a parcel must be held for its gain to be discounted.
    pub months: u32,
    /// Percent of a discounted gain that is left out.
    pub discount_pct: u32,
}

/// All regimes, oldest first.
pub const REGIMES: [Regime; 1] = [Regime { from_year: FIRST_YEAR, months: 12, discount_pct: 50 }];

/// The rules of a year.
fn regime(year: i32) -> Regime {
    REGIMES.into_iter().rev().find(|regime| regime.from_year <= year).unwrap_or(REGIMES[0])
}

/// A financial year, named by the calendar year it ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FinancialYear(i32);

impl FinancialYear {
    /// The year that ends in this one; none outside of what rules are known for.
    #[must_use]
    pub fn new(ends_in: i32) -> Option<Self> {
        (FIRST_YEAR..=LAST_YEAR).contains(&ends_in).then_some(Self(ends_in))
    }

    /// The year a moment falls in.
    #[must_use]
    pub fn of(time: Timestamp, zone: Tz) -> Self {
        let day = local_day(time, zone);
        Self(day.year() + i32::from(day.month() >= 7))
    }

    /// The calendar year it ends in.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// Its first moment and the first after it.
    #[must_use]
    pub fn bounds(self, zone: Tz) -> Option<(Timestamp, Timestamp)> {
        let midnight = |year| {
            let day = NaiveDate::from_ymd_opt(year, 7, 1)?.and_hms_opt(0, 0, 0)?;
            Some(Timestamp::from_utc(zone.from_local_datetime(&day).earliest()?.to_utc()))
        };
        Some((midnight(self.0 - 1)?, midnight(self.0)?))
    }
}

fn local_day(time: Timestamp, zone: Tz) -> NaiveDate {
    time.to_utc().with_timezone(&zone).date_naive()
}

/// Whether a parcel was held long enough for the discount.
#[must_use]
pub fn is_discounted(acquired: Timestamp, disposed: Timestamp, months: u32, zone: Tz) -> bool {
    let anniversary = local_day(acquired, zone).checked_add_months(Months::new(months));
    anniversary.is_some_and(|day| local_day(disposed, zone) > day)
}

/// One line of the schedule: what came from one parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxDisposal {
    /// Number of the coin.
    pub coin: u32,
    /// When the parcel was bought.
    pub acquired: Timestamp,
    /// When it was sold.
    pub disposed: Timestamp,
    /// Coins.
    pub quantity: Quantity,
    /// What they brought, after their share of the sale's fee.
    pub proceeds: Money,
    /// What they had cost, with their share of the buy's fee.
    pub cost_base: Money,
    /// Proceeds less cost base; below zero for a loss.
    pub gain: Money,
    /// Whether it is a gain that the discount halves.
    pub discount: bool,
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
    /// One line a parcel, in the order of the sales.
    pub disposals: Vec<TaxDisposal>,
    /// Gains held long enough for the discount, before losses and discount.
    pub discount_gains: Money,
    /// The other gains, before losses.
    pub other_gains: Money,
    /// Losses of the year, as an amount above zero.
    pub losses: Money,
    /// Losses left from earlier years of this history.
    pub losses_brought_forward: Money,
    /// Losses used against this year's gains.
    pub losses_applied: Money,
    /// Losses left for later years.
    pub losses_carried_forward: Money,
    /// What the discount leaves out.
    pub discount: Money,
    /// What goes on the return; never below zero.
    pub net_capital_gain: Money,
    /// Coins sold in the year that were never seen coming in: in no figure above.
    pub unknown_basis: Vec<UnknownBasis>,
}

/// Gains and losses of one year, before anything is set against anything.
#[derive(Default, Clone, Copy)]
struct Sums {
    discounted: Decimal,
    other: Decimal,
    losses: Decimal,
}

impl Sums {
    fn add(&mut self, gain: Decimal, discount: bool) -> Result<(), BooksError> {
        let (sum, by) = match (gain < Decimal::ZERO, discount) {
            (true, _) => (&mut self.losses, -gain),
            (false, true) => (&mut self.discounted, gain),
            (false, false) => (&mut self.other, gain),
        };
        *sum = sum.checked_add(by).ok_or(BooksError::SumTooLarge { what: "the year's gains" })?;
        Ok(())
    }

    /// Sets losses against gains, those without discount first: what is left of both kinds of gains, and of the losses.
    fn after(self, brought: Decimal) -> (Decimal, Decimal, Decimal) {
        let losses = self.losses + brought;
        let against_other = losses.min(self.other);
        let against_discounted = (losses - against_other).min(self.discounted);
        let left = losses - against_other - against_discounted;
        (self.discounted - against_discounted, self.other - against_other, left)
    }
}

/// The capital gains of a year over a whole history of trades, in [`TradeRow::fold_order`].
///
/// # Errors
/// [`BooksError`]: rows out of order, or a figure beyond a decimal.
pub fn tax_year(
    rows: &[TradeRow],
    book: Book,
    method: Method,
    year: FinancialYear,
    zone: Tz,
) -> Result<TaxYear, BooksError> {
    let (from, to) = year.bounds(zone).ok_or(BooksError::SumTooLarge { what: "the year" })?;
    let mut books = Books::new(PnlQuery { method, zone, ..PnlQuery::of(book) });
    let mut schedule = Schedule { zone, year, now: None, sums: Sums::default(), brought: Decimal::ZERO, lines: vec![] };
    for row in rows.iter().take_while(|row| row.time < to) {
        let mut outcome = Ok(());
        books.apply_each(row, &mut |slice| {
            if outcome.is_ok() {
                outcome = schedule.take(slice);
            }
        })?;
        outcome?;
    }
    schedule.turn(year);
    let window = PnlQuery { method, zone, from: Some(from), to: Some(to), ..PnlQuery::of(book) };
    let mut in_window = Books::new(window);
    in_window.apply_all(rows)?;
    let unknown_basis = in_window.report(&|_| None)?.unknown_basis;
    Ok(schedule.close(method, (from, to), unknown_basis))
}

/// Walks through the years of a history.
struct Schedule {
    zone: Tz,
    year: FinancialYear,
    /// The year the sums are of.
    now: Option<FinancialYear>,
    sums: Sums,
    brought: Decimal,
    lines: Vec<TaxDisposal>,
}

impl Schedule {
    fn take(&mut self, slice: &Disposal) -> Result<(), BooksError> {
        let year = FinancialYear::of(slice.disposed, self.zone);
        self.turn(year);
        let gain = slice.gain.amount();
        let held = is_discounted(slice.acquired, slice.disposed, regime(year.0).months, self.zone);
        let discount = held && gain > Decimal::ZERO;
        self.sums.add(gain, discount)?;
        if year == self.year {
            self.lines.push(TaxDisposal {
                coin: slice.coin,
                acquired: slice.acquired,
                disposed: slice.disposed,
                quantity: slice.quantity,
                proceeds: slice.proceeds,
                cost_base: slice.cost,
                gain: slice.gain,
                discount,
            });
        }
        Ok(())
    }

    /// Closes the year before this one: what losses it leaves are brought forward.
    fn turn(&mut self, year: FinancialYear) {
        if self.now.is_some_and(|now| now != year) {
            (_, _, self.brought) = self.sums.after(self.brought);
            self.sums = Sums::default();
        }
        self.now = Some(year);
    }

    fn close(self, method: Method, (from, to): (Timestamp, Timestamp), unknown_basis: Vec<UnknownBasis>) -> TaxYear {
        let (discounted, other, left) = self.sums.after(self.brought);
        let cut = discounted * Decimal::from(regime(self.year.0).discount_pct) / Decimal::ONE_HUNDRED;
        let money = |amount: Decimal| Money::aud(amount.normalize());
        TaxYear {
            year: self.year,
            method,
            from,
            to,
            disposals: self.lines,
            discount_gains: money(self.sums.discounted),
            other_gains: money(self.sums.other),
            losses: money(self.sums.losses),
            losses_brought_forward: money(self.brought),
            losses_applied: money(self.sums.losses + self.brought - left),
            losses_carried_forward: money(left),
            discount: money(cut),
            net_capital_gain: money(discounted - cut + other),
            unknown_basis,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYDNEY: Tz = chrono_tz::Australia::Sydney;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// Local noon of a day.
    fn noon(day: &str) -> Timestamp {
        at(&format!("{day}T02:00:00Z"))
    }

    #[test]
    fn a_year_begins_on_the_first_of_july_where_the_trader_lives() {
        let (from, to) = FinancialYear::new(2025).unwrap().bounds(SYDNEY).unwrap();
        assert_eq!((from, to), (at("2024-06-30T14:00:00Z"), at("2025-06-30T14:00:00Z")));
        assert_eq!(FinancialYear::of(from, SYDNEY).number(), 2025);
        assert_eq!(FinancialYear::of(from.plus_micros(-1), SYDNEY).number(), 2024);
        let perth = chrono_tz::Australia::Perth;
        assert_eq!(FinancialYear::of(from, perth).number(), 2024, "two hours later there");
    }

    #[test]
    fn years_whose_rules_are_not_known_are_none() {
        assert_eq!(FinancialYear::new(2028), None);
        assert_eq!(FinancialYear::new(1999), None);
    }

    #[test]
    fn neither_the_day_of_acquisition_nor_that_of_disposal_counts() {
        for (bought, sold, long) in [
            ("2024-01-02", "2025-01-02", false),
            ("2024-01-02", "2025-01-03", true),
            ("2024-02-29", "2025-02-28", false),
            ("2024-02-29", "2025-03-01", true),
            ("2023-02-28", "2024-02-28", false),
            ("2023-02-28", "2024-02-29", true),
        ] {
            assert_eq!(is_discounted(noon(bought), noon(sold), 12, SYDNEY), long, "{bought} {sold}");
        }
        // By local days: 13:30 UTC is still the day, 14:30 the next one (no daylight saving in June).
        let bought = at("2024-06-10T13:30:00Z");
        assert!(!is_discounted(bought, at("2025-06-10T13:59:59Z"), 12, SYDNEY));
        assert!(is_discounted(bought, at("2025-06-10T14:00:00Z"), 12, SYDNEY));
    }
}
