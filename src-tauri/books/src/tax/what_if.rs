//! What a sale would come to if it were made now, by each method: its parcels, its gain, what it does to the year.
//!
//! Invariants: nothing is recorded; the year as it stands and the year with the sale are computed by the same rules and the
//! same method, so that their difference is the sale's. Deliberately absent: a forecast of prices, other income, and the
//! tables of tax rates: the rate is the trader's to say.

use super::year::{TaxDisposal, TaxQuery, TaxYear};
use super::{FinancialYear, GrownYear, days_to_discount, regime};
use crate::error::BooksError;
use crate::matching::Method;
use domain::{Decimal, Money, Quantity, Timestamp, TradeRow};

/// What is imagined.
#[derive(Debug, Clone, Copy)]
pub struct Imagined {
    /// The sale, as the last row of the history.
    pub sale: TradeRow,
    /// The trader's marginal rate in percent; none leaves tax out.
    pub rate_pct: Option<Decimal>,
}

/// When the next parcels that are left come to twelve months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextDiscount {
    /// Local days from now.
    pub days: i64,
    /// Coins that come to it then.
    pub quantity: Quantity,
}

/// The sale by one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIf {
    /// Which parcels go first.
    pub method: Method,
    /// One line a parcel.
    pub lines: Vec<TaxDisposal>,
    /// Their gain.
    pub gain: Money,
    /// What of it is discountable gain.
    pub discount_gain: Money,
    /// What the sale brings for the coins that have parcels, after its fee.
    pub proceeds: Money,
    /// Coins that no known parcel is behind: in no figure.
    pub without_parcel: Quantity,
    /// The year's net capital gain as it stands.
    pub year_before: Money,
    /// With the sale.
    pub year_after: Money,
    /// Losses that are left for later years as it stands, and with the sale.
    pub losses_left: (Money, Money),
    /// Tax on the difference at the trader's rate: below zero where the sale saves some. None without a rate.
    pub tax: Option<Money>,
    /// Proceeds less that tax.
    pub after_tax: Option<Money>,
    /// Of what is held before the sale: the next parcels to come to twelve months; none when there are none to wait for.
    pub next: Option<NextDiscount>,
}

/// The sale by one method, after everything that happened.
///
/// # Errors
/// As [`super::tax_year`].
pub fn what_if(rows: &[TradeRow], query: &TaxQuery, method: Method, imagined: &Imagined) -> Result<WhatIf, BooksError> {
    let year = FinancialYear::of(imagined.sale.time, query.zone);
    let query = TaxQuery { method, ..query.clone() };
    GrownYear::new(rows, &query, year, 0)?.what_if(rows, imagined)
}

/// What lies between the year as it stands and the year with the sale, whose lines it has. `held` is what was open before.
pub(super) fn compare(
    before: &TaxYear,
    mut after: TaxYear,
    held: &[(Timestamp, Quantity)],
    imagined: &Imagined,
    query: &TaxQuery,
) -> Result<WhatIf, BooksError> {
    let (sale, year) = (imagined.sale, after.year);
    let lines = std::mem::take(&mut after.disposals);
    let add = |of: &dyn Fn(&TaxDisposal) -> Money| {
        let large = |_| BooksError::TooLarge { what: "the sale's gain", coin: sale.coin };
        lines.iter().map(of).try_fold(Money::ZERO_AUD, Money::checked_add).map_err(large)
    };
    let gain = add(&|line| line.gain)?;
    let discount_gain = add(&|line| if line.discount { line.gain } else { Money::ZERO_AUD })?;
    let proceeds = add(&|line| if line.part == super::Part::BeforeReform { Money::ZERO_AUD } else { line.proceeds })?;
    let tax = imagined.rate_pct.and_then(|rate| tax_on(before, &after, rate, year));
    Ok(WhatIf {
        method: query.method_of(year),
        without_parcel: unmatched(before, &after, sale.coin),
        year_before: before.net_capital_gain,
        year_after: after.net_capital_gain,
        losses_left: (before.losses_carried_forward, after.losses_carried_forward),
        after_tax: tax.and_then(|tax| proceeds.checked_sub(tax).ok()),
        tax,
        next: next_discount(held, query, &sale, year)?,
        lines,
        gain,
        discount_gain,
        proceeds,
    })
}

/// The trader's rate in percent, or the least the rules of a year take of a gain.
#[must_use]
pub fn rate_of(year: FinancialYear, rate_pct: Decimal) -> Decimal {
    regime(year).minimum_tax_pct.map(Decimal::from).map_or(rate_pct, |least| rate_pct.max(least))
}

/// The trader's rate, or the least the rules of the year take, of what the sale adds to the year's net gain.
fn tax_on(before: &TaxYear, after: &TaxYear, rate: Decimal, year: FinancialYear) -> Option<Money> {
    let more = after.net_capital_gain.amount().checked_sub(before.net_capital_gain.amount())?;
    let tax = more.checked_mul(rate_of(year, rate))?.checked_div(Decimal::ONE_HUNDRED)?;
    Some(Money::aud(tax.normalize()))
}

/// Coins of the sale whose cost nobody knows.
fn unmatched(before: &TaxYear, after: &TaxYear, coin: u32) -> Quantity {
    let of = |year: &TaxYear| {
        let line = year.unknown_basis.iter().find(|line| line.coin == coin);
        line.map_or(Quantity::ZERO, |line| line.quantity)
    };
    of(after).checked_sub(of(before)).unwrap_or(Quantity::ZERO)
}

fn next_discount(
    held: &[(Timestamp, Quantity)],
    query: &TaxQuery,
    sale: &TradeRow,
    year: FinancialYear,
) -> Result<Option<NextDiscount>, BooksError> {
    let mut next: Option<NextDiscount> = None;
    for (acquired, quantity) in held {
        let Some(days) = days_to_discount(*acquired, sale.time, regime(year).months, query.zone) else { continue };
        if days == 0 {
            continue;
        }
        let large = |_| BooksError::TooLarge { what: "the quantity", coin: sale.coin };
        next = Some(match next {
            Some(known) if known.days < days => known,
            Some(known) if known.days == days => {
                NextDiscount { days, quantity: known.quantity.checked_add(*quantity).map_err(large)? }
            }
            _ => NextDiscount { days, quantity: *quantity },
        });
    }
    Ok(next)
}
