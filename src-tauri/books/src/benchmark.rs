//! What the same money would have come to in something that is bought and then held.
//!
//! The opening equity is put in at the opening price, every later flow at the price of the end of its day, without fees;
//! money taken out leaves at the same prices. A mix is held as one thing whose price is that of its basket.
//!
//! Invariants: a day without a price has no value, and money that came or went on such a day ends the comparison with a
//! reason; nothing is held short: once more was taken out than there would have been, the comparison has ended too.
//! Deliberately absent: what is held (a coin, a basket) and where its prices come from.

use crate::equity::{Curve, ratio};
use crate::metrics::{Metric, Missing};
use domain::{Decimal, Money};

/// Something held, over the days of a curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// At the end of each day; none where it can't be told.
    pub values: Vec<Option<Money>>,
    /// The last of them.
    pub last: Metric<Money>,
    /// Its return since money was first in it, whatever came and went.
    pub time_weighted: Metric<f64>,
}

/// The flows of a curve in something with these prices: the first at the opening, then one at the end of each day.
#[must_use]
pub fn benchmark(curve: &Curve, prices: &[Option<Decimal>]) -> Benchmark {
    let mut values = Vec::with_capacity(curve.points.len());
    let flows = curve.points.iter().map(|point| point.flow.map(Money::amount));
    let opening = curve.opening.equity.map(Money::amount);
    let mut units = Decimal::ZERO;
    let mut ended: Option<Missing> = None;
    let mut first: Option<Decimal> = None;
    for (at, flow) in std::iter::once(opening).chain(flows).enumerate() {
        let price = prices.get(at).copied().flatten().filter(|price| *price > Decimal::ZERO);
        if ended.is_none() {
            match taken(units, flow, price) {
                Ok(more) => units = more,
                Err(missing) => ended = Some(missing),
            }
            if units > Decimal::ZERO && first.is_none() {
                first = price;
            }
        }
        if at > 0 {
            let value = match price {
                _ if ended.is_some() => None,
                None if units.is_zero() => Some(Decimal::ZERO),
                None => None,
                Some(price) => units.checked_mul(price),
            };
            values.push(value.map(|value| Money::aud(value.normalize())));
        }
    }
    let missing = ended.unwrap_or(Missing::Unpriced);
    let last_price = prices.iter().rev().take(1).copied().next().flatten();
    let time_weighted = match (first, last_price) {
        (Some(first), Some(last)) => ratio(last, first).map(|growth| growth - 1.0).ok_or(Missing::TooLarge),
        (None, _) if ended.is_none() => Err(Missing::NoCapital),
        _ => Err(Missing::Unpriced),
    };
    let last = values.last().copied().flatten().ok_or(missing);
    Benchmark { values, last, time_weighted }
}

fn taken(units: Decimal, flow: Option<Decimal>, price: Option<Decimal>) -> Result<Decimal, Missing> {
    let flow = flow.ok_or(Missing::Unpriced)?;
    if flow.is_zero() {
        return Ok(units);
    }
    let more = flow.checked_div(price.ok_or(Missing::Unpriced)?).ok_or(Missing::TooLarge)?;
    let units = units.checked_add(more).ok_or(Missing::TooLarge)?;
    if units < Decimal::ZERO { Err(Missing::Exhausted) } else { Ok(units) }
}
