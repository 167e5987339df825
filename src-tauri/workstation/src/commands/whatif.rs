//! What a sale would come to if it were made now, by each method.
//!
//! Invariants: nothing is recorded; without a price there is no answer, without a rate no tax. Deliberately absent: how it is
//! computed (the engine's).

use super::books::{Ledgered, amount, parse_book, parse_coin};
use super::tax::{Ground, check_law};
use super::taxlaw::NO_ADVICE;
use super::trading::FEES;
use crate::dto::{SerialDecimal, WhatIfMethod, WhatIfParcel, WhatIfRequest, WhatIfView};
use crate::when::DEFAULT_ZONE;
use crate::{Error, Result, Workstation};
use books::{
    FinancialYear, Imagined, Method, PricedBy, RowId, TaxDisposal, TaxQuery, WhatIf, days_to_discount, regime,
};
use domain::{Book, Coin, Money, OrderKind, Price, Quantity, RowKind, Side, Timestamp, TradeRow};
use floor::Preview;
use std::collections::HashMap;

/// The methods that stand side by side.
const METHODS: [Method; 3] = [Method::Fifo, Method::Lifo, Method::Hifo];
/// Parcels of one method that are told.
const PARCELS_MAX: usize = 500;

/// A sale that has not happened, as the last row of the books.
pub(crate) fn imagined(book: Book, preview: &Preview, quantity: Quantity, coin: u32, now: Timestamp) -> TradeRow {
    TradeRow {
        time: now,
        recorded_at: now,
        seq: u64::MAX,
        quantity,
        price: preview.price,
        fee: preview.fee.amount(),
        device: u32::MAX,
        coin,
        algorithm: 0,
        side: Side::Sell,
        book,
        kind: RowKind::Trade,
    }
}

impl Workstation {
    /// What a sale would come to by each method.
    ///
    /// # Errors
    /// `bad_coin`, `bad_book`, `no_price`, `not_positive`, `law_unsettled`; the store's.
    pub async fn what_if(&self, request: &WhatIfRequest) -> Result<WhatIfView> {
        let book = request.book.as_deref().map_or(Ok(Book::Live), parse_book)?;
        let coin = parse_coin(&request.coin)?;
        let quantity = Quantity::parse(&request.quantity)?;
        if quantity.is_zero() {
            return Err(Error::usage("not_positive", "the quantity must be above zero"));
        }
        let ground = self.tax_ground(book, None, DEFAULT_ZONE).await?;
        let number = ground.ledgered.coin_number(coin).unwrap_or(u32::MAX);
        let valuation = ground.ledgered.price(number);
        let (price, from, age) = match (&request.at, valuation) {
            (Some(text), _) => (Price::parse(text)?, "given", None),
            (None, Some(valuation)) => {
                let from = ground.ledgered.valued_at(number).map_or("bid", PricedBy::code);
                (valuation.price, from, Some(valuation.age_s))
            }
            (None, None) => {
                let words = format!("there is no price for {coin}: give one with --at");
                return Err(Error::refused("no_price", words));
            }
        };
        let kind = if request.instant.unwrap_or_default() { OrderKind::Instant } else { OrderKind::Limit(price) };
        let preview = Preview::of(quantity, Side::Sell, price, FEES.of(kind))
            .map_err(|error| Error::refused(error.code(), error.to_string()))?;
        let sums = self.side_by_side(&ground, coin, quantity, &preview).await?;
        let mut notes = vec![NO_ADVICE.to_owned()];
        if ground.said.rate_pct().is_none() {
            notes.push("No marginal rate is set, so tax is left out: `omc tax set marginal_rate_pct=…`.".to_owned());
        }
        let fy = FinancialYear::of(last_moment(&ground.ledgered, self.now()), ground.query.zone);
        notes.push(
            "Each method is taken for the whole of a year that was not filed; other income is not looked at.".into(),
        );
        if let Some(least) = regime(fy).minimum_tax_pct {
            notes.push(format!("From 1 July 2027 the least tax on a gain is {least} %: the greater rate is used."));
        }
        Ok(WhatIfView {
            coin,
            book,
            quantity,
            price: SerialDecimal(price.decimal()),
            price_from: from.to_owned(),
            price_age_s: age,
            fee: amount(preview.fee),
            fy: fy.number(),
            rate_pct: ground.said.rate_pct().map(SerialDecimal),
            methods: sums,
            notes,
        })
    }

    /// A sale by each method; what the approval card and the what-if share.
    pub(crate) async fn side_by_side(
        &self,
        ground: &Ground,
        coin: Coin,
        quantity: Quantity,
        preview: &Preview,
    ) -> Result<Vec<WhatIfMethod>> {
        let now = last_moment(&ground.ledgered, self.now());
        let year = FinancialYear::of(now, ground.query.zone);
        check_law(year, &ground.said)?;
        let number = ground.ledgered.coin_number(coin).unwrap_or(u32::MAX);
        let sale = imagined(ground.query.book, preview, quantity, number, now);
        let asked = Imagined { sale, rate_pct: ground.said.rate_pct() };
        let rows = &ground.ledgered.rows;
        let mut sums = Vec::with_capacity(METHODS.len());
        for method in METHODS {
            let query = TaxQuery { method, ..ground.query.clone() };
            sums.push(self.with_year(ground, &query, year, |grown| grown.what_if(rows, &asked)).await?);
        }
        let wanted: Vec<RowId> = sums
            .iter()
            .flat_map(|sum| sum.lines.iter().take(PARCELS_MAX))
            .map(|line| RowId::from(&line.parcel))
            .collect();
        let ids = self.row_names(ground, &wanted).await?;
        METHODS.iter().zip(&sums).map(|(method, sum)| view(*method, sum, ground, &ids, now)).collect()
    }
}

/// Now, or the last row's moment where that lies ahead: a sale comes last.
fn last_moment(ledgered: &Ledgered, now: Timestamp) -> Timestamp {
    ledgered.rows.last().map_or(now, |row| now.max(row.time))
}

fn view(
    method: Method,
    sum: &WhatIf,
    ground: &Ground,
    ids: &HashMap<RowId, String>,
    now: Timestamp,
) -> Result<WhatIfMethod> {
    let zone = ground.query.zone;
    let months = regime(FinancialYear::of(now, zone)).months;
    let parcel = |line: &TaxDisposal| WhatIfParcel {
        id: ids.get(&RowId::from(&line.parcel)).cloned(),
        acquired: line.acquired,
        quantity: line.quantity,
        cost: amount(line.cost_base),
        proceeds: amount(line.proceeds),
        gain: amount(line.gain),
        discount: line.discount,
        days_to_discount: days_to_discount(line.acquired, now, months, zone),
    };
    let change: Money = sum.year_after.checked_sub(sum.year_before)?;
    Ok(WhatIfMethod {
        method: method.code().to_owned(),
        parcels: sum.lines.iter().take(PARCELS_MAX).map(parcel).collect(),
        proceeds: amount(sum.proceeds),
        gain: amount(sum.gain),
        discount_gain: amount(sum.discount_gain),
        without_parcel: sum.without_parcel,
        year_before: amount(sum.year_before),
        year_after: amount(sum.year_after),
        year_change: amount(change),
        losses_left: amount(sum.losses_left.1),
        tax: sum.tax.map(amount),
        after_tax: sum.after_tax.map(amount),
        next_discount_days: sum.next.map(|next| next.days),
        next_discount_quantity: sum.next.map(|next| next.quantity),
    })
}
