//! What a book was worth at the end of every local day, what came in and went out, and what was gained between.
//!
//! Three steps, so that prices can be fetched for just the days that need them: [`Days::fold`] makes one pass over trades and
//! cash, [`Days::wanted`] says which coin needs a price at the end of which day, [`Days::value`] makes the [`Curve`].
//!
//! | figure | rule |
//! |---|---|
//! | equity | cash and what is held, each coin at that day's price |
//! | flow | what came from outside less what went there: money paid in or out, coins that were no income, at their value |
//! | gain of a day | equity less the equity of the day before less the flow |
//! | return of a day | gain ÷ (equity of the day before + the most that had flowed in by any moment of the day) |
//! | drawdown | how far the chained returns stand below their highest point, 0 to −1: money taken out is none |
//!
//! Where the deposits are not known ([`CashBasis::Traded`]) nothing is invented: equity is what is held, and every buy
//! counts as money paid in and every sale as money taken out. The gain in AUD is the same either way.
//!
//! Invariants: a day with a held coin that has no price has no equity, and the next complete day's gain and return span it;
//! amounts are exact, returns are f64; coins sold that were never seen coming in count as coming in at the moment of their sale for
//! what they brought, so that they are no gain here either. Deliberately absent: where prices come from, clocks, and the
//! risk gate's own record of equity, which is measured by the minute.

mod curve;
mod days;
mod fold;
mod grown;
mod resample;

pub use curve::{Curve, DayPoint, GainLine, GrownCurve};
pub use days::{CashBasis, CashMove, Days, EquityQuery, NoCash};
pub use grown::GrownDays;
pub use resample::Every;

use domain::{Decimal, Price};

/// Where a day's price comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PricedBy {
    /// A person said that the coin is worth nothing.
    WrittenDown,
    /// What a seller got then.
    Bid,
    /// The close of a candle.
    Close,
    /// What other venues said.
    Reference,
    /// What the trader said it was worth.
    Given,
}

impl PricedBy {
    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bid => "bid",
            Self::Close => "close",
            Self::Reference => "reference",
            Self::Given => "given",
            Self::WrittenDown => "written_down",
        }
    }
}

/// What one coin was worth at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayPrice {
    /// AUD for one coin; zero only for one written down.
    pub each: Decimal,
    /// Where it comes from.
    pub by: PricedBy,
    /// How old it was then.
    pub age_s: i64,
}

impl DayPrice {
    /// A price that was seen.
    #[must_use]
    pub fn seen(price: Price, by: PricedBy, age_s: i64) -> Self {
        Self { each: price.decimal(), by, age_s }
    }

    /// What other venues said, if they said a price.
    #[must_use]
    pub fn seen_opt(price: Option<Price>, age_s: i64) -> Option<Self> {
        price.map(|price| Self::seen(price, PricedBy::Reference, age_s))
    }

    /// Nothing, because a person said so.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { each: Decimal::ZERO, by: PricedBy::WrittenDown, age_s: 0 }
    }
}

/// A ratio of two amounts; none when it can't be told.
pub(crate) fn ratio(part: Decimal, whole: Decimal) -> Option<f64> {
    let (part, whole) = (f64::try_from(part).ok()?, f64::try_from(whole).ok()?);
    let ratio = part / whole;
    ratio.is_finite().then_some(ratio)
}
