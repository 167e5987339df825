//! The rules of the years, as dated data, and what the trader has to say before the rules of a bill are used.
//!
//! Tax Reform No. 1 Bill: from 1 July 2027 the discount gives way to CPI indexation and a minimum tax, and what is held then is
//! taken as sold and bought again at its value on 30 June 2027, the gain until then keeping the discount. Assent and details
//! were not known when this was written, so nothing of it is used before the trader says that it is law, and each detail that
//! the text of the law decides is theirs to give: see [`Reform`].

use super::FinancialYear;
use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;
use domain::{Decimal, Price, RoundingStrategy, Timestamp};
use std::collections::BTreeMap;
use std::fmt;

/// No coin was traded before.
pub const FIRST_YEAR: i32 = 2009;
/// The last financial year whose rules are law without anybody's word.
pub const LAST_SETTLED_YEAR: i32 = 2027;
/// The first financial year of the rules of the bill.
pub const REFORM_YEAR: i32 = 2028;
/// The last financial year that can be asked for: calendars go no further with certainty.
pub const LAST_YEAR: i32 = 2099;

/// Rules with the year they begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Regime {
    /// The first financial year they hold for.
    pub from_year: i32,
    /// What they are called.
    pub name: &'static str,
    /// Months a parcel must be held for its gain to be discounted.
    pub months: u32,
    /// Percent of a discounted gain that is left out. Under the bill: of a gain that arose before it.
    pub discount_pct: u32,
    /// Percent of a gain that is the least tax on it.
    pub minimum_tax_pct: Option<u32>,
    /// Whether they are law without the trader's word.
    pub settled: bool,
}

/// All regimes, oldest first.
pub const REGIMES: [Regime; 2] = [
    Regime {
        from_year: FIRST_YEAR,
        name: "discount",
        months: 12,
        discount_pct: 50,
        minimum_tax_pct: None,
        settled: true,
    },
    Regime {
        from_year: REFORM_YEAR,
        name: "indexation",
        months: 12,
        discount_pct: 50,
        minimum_tax_pct: Some(30),
        settled: false,
    },
];

/// The rules of a year.
#[must_use]
pub fn regime(year: FinancialYear) -> Regime {
    REGIMES.into_iter().rev().find(|regime| regime.from_year <= year.number()).unwrap_or(REGIMES[0])
}

/// The first moment after 30 June 2027: what is held then is taken as sold and bought again.
#[must_use]
pub fn reset_moment(zone: Tz) -> Option<Timestamp> {
    FinancialYear(REFORM_YEAR).bounds(zone).map(|(from, _)| from)
}

/// A calendar quarter, as index numbers come: `2027Q2` is April to June 2027.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i32,
    number: u32,
}

impl Quarter {
    /// The quarter of a day.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), number: day.month0() / 3 + 1 }
    }

    /// Reads `2027Q2`, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.split_once(['q', 'Q'])?;
        let plain = |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(year, 4) || !plain(number, 1) {
            return None;
        }
        let (year, number) = (year.parse().ok()?, number.parse().ok()?);
        (1..=4).contains(&number).then_some(Self { year, number })
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Q{}", self.year, self.number)
    }
}

/// When the gain that arose until 30 June 2027 counts, and what its discount needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeemedGain {
    /// In the year that ends then, discounted where the parcel was held long enough then.
    InYear,
    /// In the year of the real disposal, discounted where the parcel was held long enough on 30 June 2027.
    OnDisposalHeldToReset,
    /// In the year of the real disposal, discounted where the parcel was held long enough at that disposal.
    OnDisposalHeldToSale,
}

impl DeemedGain {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::InYear, Self::OnDisposalHeldToReset, Self::OnDisposalHeldToSale];

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InYear => "in_year",
            Self::OnDisposalHeldToReset => "on_disposal_held_to_reset",
            Self::OnDisposalHeldToSale => "on_disposal_held_to_sale",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }
}

/// What the trader says of the bill once it is law. There is no default for any of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reform {
    /// When the earlier gain counts.
    pub deemed_gain: DeemedGain,
    /// Months a parcel must be held, from 1 July 2027 or its later acquisition, for its cost base to be indexed.
    pub indexation_months: u32,
    /// Decimals a factor is rounded at, half up.
    pub factor_decimals: u32,
    /// Whether indexation may make a loss, or a greater one.
    pub indexes_losses: bool,
    /// Index numbers.
    pub cpi: BTreeMap<Quarter, Decimal>,
    /// AUD for one coin at the end of 30 June 2027, by number of the coin.
    pub prices: BTreeMap<u32, Price>,
}

/// Why there is no indexation factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoFactor {
    Missing(Quarter),
    Fell(Quarter, Quarter),
}

impl Reform {
    /// By how much a cost base of one day grows until another.
    pub(super) fn factor(&self, from: NaiveDate, to: NaiveDate) -> Result<Decimal, NoFactor> {
        let (from, to) = (Quarter::of(from), Quarter::of(to));
        let index = |quarter: Quarter| self.cpi.get(&quarter).copied().ok_or(NoFactor::Missing(quarter));
        let (before, after) = (index(from)?, index(to)?);
        // What the law makes of falling prices is not known here.
        if after < before {
            return Err(NoFactor::Fell(from, to));
        }
        let factor = after.checked_div(before).ok_or(NoFactor::Missing(from))?;
        Ok(factor.round_dp_with_strategy(self.factor_decimals, RoundingStrategy::MidpointAwayFromZero))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_of_the_calendar() {
        let of = |text: &str| Quarter::of(text.parse().unwrap()).to_string();
        assert_eq!(
            (of("2027-06-30"), of("2027-07-01"), of("2028-01-01")),
            ("2027Q2".to_owned(), "2027Q3".to_owned(), "2028Q1".to_owned())
        );
        assert_eq!(Quarter::parse("2027q2"), Some(Quarter { year: 2027, number: 2 }));
        for bad in ["2027Q5", "2027Q0", "27Q1", "2027Q11", "2027", "+027Q1"] {
            assert_eq!(Quarter::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn regimes_follow_each_other_and_the_last_waits_for_its_law() {
        assert!(REGIMES.windows(2).all(|pair| pair[0].from_year < pair[1].from_year));
        let of = |year| regime(FinancialYear(year)).name;
        assert_eq!((of(2027), of(2028), of(2050)), ("discount", "indexation", "indexation"));
        assert!(!REGIMES[1].settled && REGIMES[1].from_year == LAST_SETTLED_YEAR + 1);
    }
}
