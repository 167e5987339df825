//! The same rules in plain decimals, written to be read: what the fast books are compared with.

use books::{Disposal, GroupBy, Method, PnlQuery, Pooling, RowRef};
use domain::{Decimal, Money, Quantity, RoundingStrategy, Side, Timestamp, TradeRow};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NaiveParcel {
    pub row: RowRef,
    pub acquired: Timestamp,
    pub left: Decimal,
    pub price: Decimal,
    pub fee: Decimal,
    /// As bought: cost with its fee, and how many.
    pub bought: (Decimal, Decimal),
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct NaiveGroup {
    pub proceeds: Decimal,
    pub cost: Decimal,
    pub fees: Decimal,
    pub quantity: Decimal,
    pub trades: u64,
    pub wins: u64,
    pub losses: u64,
}

#[derive(Debug, Default)]
pub struct Naive {
    /// By (algorithm, coin); algorithm 0 where a coin is one pool.
    pub parcels: BTreeMap<(u32, u32), Vec<NaiveParcel>>,
    /// By number of coin or algorithm.
    pub groups: BTreeMap<u32, NaiveGroup>,
    pub unknown: BTreeMap<u32, Decimal>,
    pub disposals: Vec<Disposal>,
}

fn share(fee: Decimal, part: Decimal, whole: Decimal) -> Decimal {
    if part == whole {
        return fee;
    }
    (fee * part / whole).round_dp_with_strategy(20, RoundingStrategy::ToZero)
}

/// Which parcel goes first.
fn next(parcels: &[NaiveParcel], method: Method) -> usize {
    let dearer = |a: &NaiveParcel, b: &NaiveParcel| a.bought.0 * b.bought.1 > b.bought.0 * a.bought.1;
    match method {
        Method::Fifo => 0,
        Method::Lifo => parcels.len() - 1,
        Method::Hifo => {
            (1..parcels.len()).fold(0, |best, at| if dearer(&parcels[at], &parcels[best]) { at } else { best })
        }
        Method::Average => panic!("an average has no parcels' costs to compare with"),
    }
}

impl Naive {
    pub fn fold(rows: &[TradeRow], query: &PnlQuery) -> Self {
        let mut all = Self::default();
        for row in rows {
            let skipped = query.coin.is_some_and(|coin| coin != row.coin)
                || query.algorithm.is_some_and(|algorithm| algorithm != row.algorithm);
            if row.book == query.book && !skipped {
                all.apply(row, query);
            }
        }
        all
    }

    fn apply(&mut self, row: &TradeRow, query: &PnlQuery) {
        let inside = query.from.is_none_or(|from| row.time >= from) && query.to.is_none_or(|to| row.time < to);
        let number = if query.by == GroupBy::Algorithm { row.algorithm } else { row.coin };
        if inside {
            self.groups.entry(number).or_default().fees += row.fee;
        }
        let algorithm = if query.pooling() == Pooling::ByAlgorithm { row.algorithm } else { 0 };
        let parcels = self.parcels.entry((algorithm, row.coin)).or_default();
        let (quantity, price) = (row.quantity.decimal(), row.price.decimal());
        if row.side == Side::Buy {
            if !quantity.is_zero() {
                let bought = (quantity * price + row.fee, quantity);
                parcels.push(NaiveParcel {
                    row: row.into(),
                    acquired: row.time,
                    left: quantity,
                    price,
                    fee: row.fee,
                    bought,
                });
            }
            return;
        }
        let held: Decimal = parcels.iter().map(|parcel| parcel.left).sum();
        let matched = quantity.min(held);
        if inside && quantity > matched {
            *self.unknown.entry(row.coin).or_default() += quantity - matched;
        }
        if matched.is_zero() {
            return;
        }
        let mut fee = share(row.fee, matched, quantity);
        let mut left = matched;
        let (mut proceeds, mut cost) = (Decimal::ZERO, Decimal::ZERO);
        while !left.is_zero() {
            let next = next(parcels, query.method);
            let parcel = &mut parcels[next];
            let part = left.min(parcel.left);
            let (buy_fee, sale_fee) = (share(parcel.fee, part, parcel.left), share(fee, part, left));
            let (brought, had_cost) = (part * price - sale_fee, part * parcel.price + buy_fee);
            if inside {
                self.disposals.push(Disposal {
                    coin: row.coin,
                    algorithm: row.algorithm,
                    parcel: parcel.row,
                    sale: row.into(),
                    cause: None,
                    acquired: parcel.acquired,
                    disposed: row.time,
                    quantity: Quantity::new(part).unwrap(),
                    proceeds: Money::aud(brought),
                    cost: Money::aud(had_cost),
                    gain: Money::aud(brought - had_cost),
                });
            }
            proceeds += brought;
            cost += had_cost;
            parcel.fee -= buy_fee;
            parcel.left -= part;
            fee -= sale_fee;
            left -= part;
            if parcel.left.is_zero() {
                parcels.remove(next);
            }
        }
        if inside {
            let group = self.groups.entry(number).or_default();
            group.proceeds += proceeds;
            group.cost += cost;
            group.quantity += matched;
            group.trades += 1;
            group.wins += u64::from(proceeds > cost);
            group.losses += u64::from(proceeds < cost);
        }
    }
}
