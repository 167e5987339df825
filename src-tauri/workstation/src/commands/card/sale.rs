//! The parcels an order to sell would use: by the year's method and the person's pick, and by each other method.
//!
//! Invariants: what is shown is what the books would do with the sale as their last row; picks are those recorded for the
//! order. Deliberately absent: tax itself (the what-if's), recording a pick (parcels').

use super::serial;
use crate::commands::tax::Ground;
use crate::commands::whatif::imagined;
use crate::dto::{CardMethod, CardSale, ParcelPart};
use crate::when::DEFAULT_ZONE;
use crate::{Error, Result, Workstation};
use books::{Disposal, FinancialYear, Method, RowId, TaxQuery, books_at, days_to_discount, is_discounted, regime};
use domain::{Decimal, Money, PickedSale, Quantity, Timestamp, TradeRow};
use floor::{Order, Preview};
use std::collections::HashMap;

const METHODS: [Method; 3] = [Method::Fifo, Method::Lifo, Method::Hifo];
/// Parcels of one method that are told.
const PARCELS_MAX: usize = 100;

impl Workstation {
    /// The parcels a sale would use; none without a price to sell at.
    pub(super) async fn sale(&self, order: &Order, preview: Option<Preview>) -> Result<Option<CardSale>> {
        let Some(preview) = preview else { return Ok(None) };
        match self.sale_at(order, &preview).await {
            Ok(sale) => Ok(Some(sale)),
            // A figure beyond a decimal is not shown; the order is judged all the same.
            Err(Error::Books(_) | Error::Amount(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn sale_at(&self, order: &Order, preview: &Preview) -> Result<CardSale> {
        let proposal = order.proposal();
        let mut ground = self.tax_ground(proposal.book, None, DEFAULT_ZONE).await?;
        let number = ground.ledgered.coin_number(proposal.coin).unwrap_or(u32::MAX);
        let own: Vec<_> = ground.ledgered.rows.iter().filter(|row| row.coin == number).copied().collect();
        ground.ledgered.rows = std::sync::Arc::new(own);
        let now = ground.ledgered.rows.last().map_or(self.now(), |row| self.now().max(row.time));
        let sale = imagined(proposal.book, preview, proposal.quantity, number, now);
        let picked = ground.said.picks.iter().any(|pick| pick.sale == PickedSale::Order(order.id()));
        let plain = ground.query.clone();
        if picked {
            let imagined = Some((order.id(), RowId::from(&sale), sale.quantity));
            ground.query.picks = self.row_picks(&ground.said, &ground.facts, imagined).await?;
        }
        let now_by = slices(&ground, &ground.query, &sale)?;
        let mut all = Vec::with_capacity(METHODS.len());
        let year = FinancialYear::of(sale.time, plain.zone);
        for method in METHODS {
            // Of a filed year there is but one.
            let query = TaxQuery { method, ..plain.clone() };
            if query.method_of(year) == method {
                all.push((method, slices(&ground, &query, &sale)?));
            }
        }
        let rows: Vec<RowId> =
            all.iter().flat_map(|(_, slices)| slices).chain(&now_by).map(|slice| RowId::from(&slice.parcel)).collect();
        let ids = self.row_names(&ground, &rows).await?;
        let view =
            |slices: &[Disposal]| slices.iter().take(PARCELS_MAX).map(|of| parcel(of, &ids, sale.time)).collect();
        let sold = now_by.iter().map(|of| of.quantity).try_fold(Quantity::ZERO, Quantity::checked_add)?;
        let methods = all.iter().map(|(method, slices)| {
            Ok(CardMethod {
                method: method.code().to_owned(),
                gain: serial(sum(slices, |_| true)?),
                discount_gain: serial(sum(slices, |of| gains_discounted(of, sale.time))?),
                parcels: view(slices),
            })
        });
        Ok(CardSale {
            parcels: view(&now_by),
            gain: serial(sum(&now_by, |_| true)?),
            without_parcel: sale.quantity.checked_sub(sold)?,
            method: ground.query.method_of(year).code().to_owned(),
            picked,
            methods: methods.collect::<Result<_>>()?,
        })
    }
}

fn slices(ground: &Ground, query: &TaxQuery, sale: &TradeRow) -> Result<Vec<Disposal>> {
    let mut rows = ground.ledgered.rows.to_vec();
    rows.push(*sale);
    let (own, mut slices) = (RowId::from(sale), Vec::new());
    books_at(&rows, query, Some(sale.coin), sale.time, &mut |slice: &Disposal| {
        if RowId::from(&slice.sale) == own {
            slices.push(*slice);
        }
    })?;
    Ok(slices)
}

fn gains_discounted(slice: &Disposal, now: Timestamp) -> bool {
    let months = regime(FinancialYear::of(now, DEFAULT_ZONE)).months;
    slice.gain.amount() > Decimal::ZERO && is_discounted(slice.acquired, now, months, DEFAULT_ZONE)
}

fn sum(slices: &[Disposal], of: impl Fn(&Disposal) -> bool) -> Result<Money> {
    let gains = slices.iter().filter(|slice| of(slice)).map(|slice| slice.gain);
    Ok(gains.into_iter().try_fold(Money::ZERO_AUD, Money::checked_add)?)
}

fn parcel(slice: &Disposal, ids: &HashMap<RowId, String>, now: Timestamp) -> ParcelPart {
    let months = regime(FinancialYear::of(now, DEFAULT_ZONE)).months;
    ParcelPart {
        id: ids.get(&RowId::from(&slice.parcel)).cloned(),
        acquired: slice.acquired,
        disposed: None,
        quantity: slice.quantity,
        cost: serial(slice.cost),
        proceeds: serial(slice.proceeds),
        gain: serial(slice.gain),
        discount: None,
        days_to_discount: days_to_discount(slice.acquired, now, months, DEFAULT_ZONE),
    }
}
