//! Capital gains of an Australian financial year: each disposal with its parcel, the discount, the losses.
//!
//! | step | rule |
//! |---|---|
//! | year | 1 July to 30 June in the trader's zone; year 2025 is 1 July 2024 to 30 June 2025 |
//! | gain | proceeds less the sale's fee, less the parcel's cost with its fee; one line a parcel |
//! | discount | an individual who held the parcel at least 12 months, neither the day of acquisition nor of disposal counted (ITAA 1997 s 115-25): sold on the day after the anniversary or later, by calendar months and local days |
//! | losses | those of the year, then those carried forward, first against gains without discount, then against the others before they are halved (s 102-5) |
//! | carried forward | what losses are left; they never make a year's gain negative |
//! | method | one a year ([`TaxQuery::method_of`]); a year continues with the parcels the years before it left |
//! | from 1 July 2027 | [`Reform`]: off until the trader says that it is law, and says what only the law can say |
//!
//! Invariants: exact, no rounding here (but an indexation factor, at the decimals the trader says the law gives it); the losses
//! of earlier years come from the same history, so that a year can be checked from the first trade on; what is unresolved
//! (sales of coins that were never seen coming in, a price or an index number that nobody gave) is listed and in no sum. Rates
//! stand in [`REGIMES`] with the year they begin. Deliberately absent: advice, tax itself (but for [`what_if`]'s estimate),
//! and any number of the new law that its text has to give.

mod grown;
mod income;
mod open;
mod pattern;
mod regime;
mod walk;
mod what_if;
mod year;

pub use grown::GrownYear;
pub use income::{Income, IncomeEvent, income};
pub use open::{OpenBooks, books_at};
use pattern::DAY_MICROS;
pub use pattern::{DAYS_AROUND, PATTERNS_TOLD, Pattern};
pub use regime::{
    DeemedGain, FIRST_YEAR, LAST_SETTLED_YEAR, LAST_YEAR, Quarter, REFORM_YEAR, REGIMES, Reform, Regime, regime,
    reset_moment,
};
pub use what_if::{Imagined, NextDiscount, WhatIf, rate_of, what_if};
pub use year::{Part, TaxDisposal, TaxQuery, TaxYear, Unresolved, tax_year, tax_years};

use chrono::{Datelike, Months, NaiveDate, TimeZone};
use chrono_tz::Tz;
use domain::Timestamp;

/// The first year that is walked through.
const CALENDAR_YEAR: i32 = 1990;

/// A financial year, named by the calendar year it ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FinancialYear(i32);

impl FinancialYear {
    /// The year that ends in this one; none outside of what there are calendars and rules for.
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

    /// The year after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Whether its rules are law whatever the trader says.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        self.0 <= LAST_SETTLED_YEAR
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

pub(crate) fn local_day(time: Timestamp, zone: Tz) -> NaiveDate {
    time.to_utc().with_timezone(&zone).date_naive()
}

/// The first local day on which a parcel's disposal is discounted: the one after the anniversary.
#[must_use]
pub fn discounted_from(acquired: Timestamp, months: u32, zone: Tz) -> Option<NaiveDate> {
    local_day(acquired, zone).checked_add_months(Months::new(months))?.succ_opt()
}

/// Whether a parcel was held long enough for the discount.
#[must_use]
pub fn is_discounted(acquired: Timestamp, disposed: Timestamp, months: u32, zone: Tz) -> bool {
    discounted_from(acquired, months, zone).is_some_and(|day| local_day(disposed, zone) >= day)
}

/// Local days from now until a parcel's disposal is discounted; 0 when it is.
#[must_use]
pub fn days_to_discount(acquired: Timestamp, now: Timestamp, months: u32, zone: Tz) -> Option<i64> {
    let first = discounted_from(acquired, months, zone)?;
    Some((first - local_day(now, zone)).num_days().max(0))
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
    fn years_without_rules_are_none_and_those_of_a_bill_are_not_settled() {
        assert_eq!(FinancialYear::new(1999), None);
        assert!(FinancialYear::new(2027).unwrap().is_settled());
        assert!(!FinancialYear::new(2028).unwrap().is_settled());
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
            let left = days_to_discount(noon(bought), noon(sold), 12, SYDNEY).unwrap();
            assert_eq!(left == 0, long, "{bought} {sold}: {left} days");
        }
        // By local days: 13:30 UTC is still the day, 14:30 the next one (no daylight saving in June).
        let bought = at("2024-06-10T13:30:00Z");
        assert!(!is_discounted(bought, at("2025-06-10T13:59:59Z"), 12, SYDNEY));
        assert!(is_discounted(bought, at("2025-06-10T14:00:00Z"), 12, SYDNEY));
    }
}
