//! The capital gains of a financial year.

use super::actions::unresolved;
use super::books::{Ledgered, amount, parse_method, unknown_basis};
use crate::dto::{Tax, TaxRequest, TaxRow};
use crate::when::{DEFAULT_ZONE, zone};
use crate::{Error, Result, Workstation};
use books::{FIRST_YEAR, FinancialYear, LAST_YEAR, Method, TaxDisposal, TaxYear, tax_year};
use chrono_tz::Tz;
use domain::{Book, Money};

/// What every page about tax says.
const NO_ADVICE: &str =
    "This is not tax advice: a calculation by the rules named here, from the trades this workspace knows.";

impl Workstation {
    /// The capital gains of a financial year, from the live trades.
    ///
    /// # Errors
    /// `bad_year`, `bad_method`, `bad_timezone`; the store's.
    pub async fn tax(&self, request: &TaxRequest) -> Result<Tax> {
        let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
        let year = FinancialYear::new(request.fy).ok_or_else(|| {
            let words = format!(
                "{} is no financial year whose rules are known: use the year it ends in, {FIRST_YEAR} to {LAST_YEAR}",
                request.fy
            );
            Error::usage("bad_year", words)
        })?;
        let method = parse_method(request.method.as_deref())?;
        if method == Method::Average {
            let words = "the tax office takes averages for identical parcels of one day only: use fifo, lifo or hifo";
            return Err(Error::usage("bad_method", words));
        }
        let ledgered = self.ledgered(Book::Live).await?;
        let year = tax_year(&ledgered.rows, Book::Live, method, year, zone)?;
        view(&year, zone, &ledgered)
    }
}

fn view(year: &TaxYear, zone: Tz, ledgered: &Ledgered) -> Result<Tax> {
    let row = |line: &TaxDisposal| -> Result<TaxRow> {
        Ok(TaxRow {
            coin: ledgered.coin(line.coin)?,
            acquired: line.acquired,
            disposed: line.disposed,
            quantity: line.quantity,
            proceeds: amount(line.proceeds),
            cost_base: amount(line.cost_base),
            gain: amount(line.gain),
            discount: line.discount,
        })
    };
    let gains: Money = year.discount_gains.checked_add(year.other_gains)?;
    let unknown = unknown_basis(&year.unknown_basis, ledgered)?;
    let mut notes = unresolved(&unknown);
    notes.push(NO_ADVICE.to_owned());
    notes.push("Fees of a buy are in the cost base, fees of a sale are off the proceeds.".to_owned());
    Ok(Tax {
        fy: year.year.number(),
        method: year.method.code().to_owned(),
        from: year.from,
        to: year.to,
        timezone: zone.name().to_owned(),
        disposals: year.disposals.iter().map(row).collect::<Result<_>>()?,
        capital_gains: amount(gains),
        discount_gains: amount(year.discount_gains),
        other_gains: amount(year.other_gains),
        capital_losses: amount(year.losses),
        losses_brought_forward: amount(year.losses_brought_forward),
        losses_applied: amount(year.losses_applied),
        losses_carried_forward: amount(year.losses_carried_forward),
        discount: amount(year.discount),
        net_capital_gain: amount(year.net_capital_gain),
        unknown_basis: unknown,
        notes,
    })
}
