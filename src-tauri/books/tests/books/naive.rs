//! The same rules in plain decimals, written to be read: what the fast books are compared with.

use books::{Disposal, GroupBy, Method, PnlQuery, Pooling, RowRef};
use domain::{Cause, Decimal, Money, Quantity, RoundingStrategy, RowKind, Side, Timestamp, TradeRow, Worth};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NaiveParcel {
    pub row: RowRef,
    /// Its number among all parcels.
    pub number: usize,
    pub acquired: Timestamp,
    pub left: Decimal,
    pub price: Decimal,
    pub fee: Decimal,
    /// As bought: cost with its fee, and how many.
    pub bought: (Decimal, Decimal),
    pub known: bool,
}

impl NaiveParcel {
    /// Takes a part of what is left.
    fn split(&mut self, part: Decimal) -> Self {
        let fee = share(self.fee, part, self.left);
        self.fee -= fee;
        self.left -= part;
        Self { left: part, fee, ..self.clone() }
    }

    fn cost(&self) -> Decimal {
        self.left * self.price + self.fee
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct NaiveGroup {
    pub proceeds: Decimal,
    pub cost: Decimal,
    pub fees: Decimal,
    pub quantity: Decimal,
    pub income: Decimal,
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
    /// Coins and their known cost.
    pub unpriced: BTreeMap<u32, (Decimal, Decimal)>,
    pub received: Decimal,
    pub spent: Decimal,
    pub disposals: Vec<Disposal>,
    moving: Vec<NaiveParcel>,
    acquired: usize,
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

/// Takes parcels for so many coins, of which there may be too few.
fn take(parcels: &mut Vec<NaiveParcel>, mut left: Decimal, method: Method) -> Vec<NaiveParcel> {
    let mut taken = Vec::new();
    while !left.is_zero() && !parcels.is_empty() {
        let next = next(parcels, method);
        let part = left.min(parcels[next].left);
        taken.push(parcels[next].split(part));
        left -= part;
        parcels.retain(|parcel| !parcel.left.is_zero());
    }
    taken
}

impl Naive {
    pub fn fold(rows: &[TradeRow], query: &PnlQuery) -> Self {
        let mut all = Self::default();
        for row in rows {
            if row.book == query.book && query.coin.is_none_or(|coin| coin == row.coin) {
                all.apply(row, query);
            }
        }
        all.parcels.retain(|(algorithm, _), _| query.algorithm.is_none_or(|asked| asked == *algorithm));
        all
    }

    fn apply(&mut self, row: &TradeRow, query: &PnlQuery) {
        let own = query.pooling() == Pooling::ByAlgorithm;
        let place = (if own { row.algorithm } else { 0 }, row.coin);
        match (row.cause(), row.side) {
            (Some(Cause::Between), _) if !own => {}
            (Some(Cause::Between), Side::Sell) => {
                let parcels = self.parcels.entry(place).or_default();
                self.moving = take(parcels, row.quantity.decimal(), query.method);
            }
            (Some(Cause::Between), Side::Buy) => self.take_in(place),
            (_, Side::Buy) => self.acquire(row, place, query),
            (_, Side::Sell) => self.dispose(row, place, query),
        }
    }

    fn take_in(&mut self, place: (u32, u32)) {
        let parcels = self.parcels.entry(place).or_default();
        for moved in std::mem::take(&mut self.moving) {
            match parcels.iter_mut().find(|parcel| parcel.number == moved.number) {
                Some(half) => {
                    half.left += moved.left;
                    half.fee += moved.fee;
                }
                None => parcels.push(moved),
            }
        }
        parcels.sort_by_key(|parcel| (parcel.acquired, parcel.number));
    }

    /// The group of a row that counts.
    fn group(&mut self, row: &TradeRow, query: &PnlQuery) -> Option<&mut NaiveGroup> {
        let inside = query.from.is_none_or(|from| row.time >= from)
            && query.to.is_none_or(|to| row.time < to)
            && query.algorithm.is_none_or(|asked| asked == row.algorithm);
        let number = if query.by == GroupBy::Algorithm { row.algorithm } else { row.coin };
        inside.then(|| self.groups.entry(number).or_default())
    }

    /// Price of a coin, what the fee comes to as a part of cost or proceeds, and whether that is known.
    fn terms(row: &TradeRow) -> (Decimal, Decimal, bool) {
        let sign = if row.side == Side::Buy { Decimal::ONE } else { -Decimal::ONE };
        match row.kind {
            RowKind::Trade => (row.price.decimal(), row.fee, true),
            RowKind::Moved { worth: Worth::Known, .. } => (Decimal::ZERO, row.fee + sign * row.price.decimal(), true),
            RowKind::Moved { worth: Worth::Nothing, .. } => (Decimal::ZERO, row.fee, true),
            RowKind::Moved { worth: Worth::Unknown, .. } => (Decimal::ZERO, Decimal::ZERO, false),
        }
    }

    fn acquire(&mut self, row: &TradeRow, place: (u32, u32), query: &PnlQuery) {
        let (price, fee, known) = Self::terms(row);
        let value =
            if let RowKind::Moved { worth: Worth::Known, .. } = row.kind { row.price.decimal() } else { Decimal::ZERO };
        let mut received = Decimal::ZERO;
        if let Some(group) = self.group(row, query) {
            group.fees += row.fee;
            match row.cause() {
                Some(Cause::Income) => group.income += value,
                Some(Cause::Gift | Cause::Opening) => received = value,
                _ => {}
            }
        }
        self.received += received;
        let quantity = row.quantity.decimal();
        self.acquired += 1;
        if !quantity.is_zero() {
            self.parcels.entry(place).or_default().push(NaiveParcel {
                row: row.into(),
                number: self.acquired,
                acquired: row.time,
                left: quantity,
                price,
                fee,
                bought: (quantity * price + fee, quantity),
                known,
            });
        }
    }

    fn dispose(&mut self, row: &TradeRow, place: (u32, u32), query: &PnlQuery) {
        let (price, fee, known) = Self::terms(row);
        let quantity = row.quantity.decimal();
        let inside = self.group(row, query).map(|group| group.fees += row.fee).is_some();
        let taken = take(self.parcels.entry(place).or_default(), quantity, query.method);
        let with_cost = || taken.iter().filter(|parcel| parcel.known);
        let (matched, cost): (Decimal, Decimal) =
            with_cost().fold(Default::default(), |sum, parcel| (sum.0 + parcel.left, sum.1 + parcel.cost()));
        if !inside {
            return;
        }
        if !known {
            let sum = self.unpriced.entry(row.coin).or_default();
            *sum = (sum.0 + quantity, sum.1 + cost);
            return;
        }
        if let (Some(Cause::Payment | Cause::Gift | Cause::NetworkFee), RowKind::Moved { worth: Worth::Known, .. }) =
            (row.cause(), row.kind)
        {
            self.spent += row.price.decimal();
        }
        if quantity > matched {
            *self.unknown.entry(row.coin).or_default() += quantity - matched;
        }
        if matched.is_zero() {
            return;
        }
        let fee = share(fee, matched, quantity);
        let proceeds = matched * price - fee;
        let (mut fee, mut left) = (fee, matched);
        for parcel in with_cost() {
            let part = parcel.left;
            let part_fee = share(fee, part, left);
            (fee, left) = (fee - part_fee, left - part);
            let (brought, had_cost) = (part * price - part_fee, parcel.cost());
            self.disposals.push(Disposal {
                coin: row.coin,
                algorithm: row.algorithm,
                parcel: parcel.row,
                sale: row.into(),
                cause: row.cause(),
                acquired: parcel.acquired,
                disposed: row.time,
                quantity: Quantity::new(part).unwrap(),
                proceeds: Money::aud(brought),
                cost: Money::aud(had_cost),
                gain: Money::aud(brought - had_cost),
            });
        }
        let traded = u64::from(matches!(row.cause(), None | Some(Cause::Swap)));
        if let Some(group) = self.group(row, query) {
            group.proceeds += proceeds;
            group.cost += cost;
            group.quantity += matched;
            group.trades += traded;
            group.wins += if proceeds > cost { traded } else { 0 };
            group.losses += if proceeds < cost { traded } else { 0 };
        }
    }
}
