//! The parcels of one coin, and which of them a sale takes.
//!
//! With the moving average the pool's cost is what is cut into shares, the way a parcel's fee is. What is rare (picked parcels,
//! coins of unknown cost, parcels that change hands, another method) is in [`apart`].

mod apart;

pub(crate) use apart::Moving;

use super::parcel::{Held, Parcel, Rank, widen_parcel, widen_rank};
use super::{Fill, Method, Narrow, Sale, Sink, Slice, Units, Wide, wide};
use domain::TradeRow;
use std::collections::{BTreeMap, VecDeque};

/// Where parcels lie, in an order that makes the next one cheap to find.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shelf<N: Units> {
    /// As they were bought.
    Line(VecDeque<Parcel<N>>),
    /// The dearest first.
    Ranked(BTreeMap<Rank<N>, Parcel<N>>),
}

/// The parcels of one coin, or of one coin of one algorithm.
///
/// `next` and `spent` alone know in which order a method hands parcels out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pool<N: Units> {
    pub coin: u32,
    pub algorithm: u32,
    method: Method,
    shelf: Shelf<N>,
    held: N::Small,
    /// Those of the held coins of which nobody knows what they cost.
    unknown: N::Small,
    /// What the others cost.
    cost: N::Sum,
}

impl<N: Units> Pool<N> {
    pub fn new(method: Method, algorithm: u32, coin: u32) -> Self {
        let shelf = match method {
            Method::Fifo | Method::Lifo | Method::Average => Shelf::Line(VecDeque::new()),
            Method::Hifo => Shelf::Ranked(BTreeMap::new()),
        };
        let none = N::Small::default;
        Self { coin, algorithm, method, shelf, held: none(), unknown: none(), cost: N::Sum::default() }
    }

    pub fn is_empty(&self) -> bool {
        match &self.shelf {
            Shelf::Line(parcels) => parcels.is_empty(),
            Shelf::Ranked(parcels) => parcels.is_empty(),
        }
    }

    pub fn held(&self) -> &N::Small {
        &self.held
    }

    pub fn unknown(&self) -> &N::Small {
        &self.unknown
    }

    /// Coins held whose cost is known.
    pub fn known(&self) -> N::Small {
        let mut known = self.held.clone();
        known -= &self.unknown;
        known
    }

    pub fn cost(&self) -> &N::Sum {
        &self.cost
    }

    /// In the order they were acquired; their costs sum to the pool's.
    pub fn parcels(&self) -> Vec<Held<N>> {
        let mut in_order: Vec<&Parcel<N>> = match &self.shelf {
            Shelf::Line(parcels) => parcels.iter().collect(),
            Shelf::Ranked(parcels) => {
                let mut numbered: Vec<_> = parcels.iter().collect();
                numbered.sort_by_key(|(rank, parcel)| (parcel.acquired, rank.number));
                numbered.into_iter().map(|(_, parcel)| parcel).collect()
            }
        };
        let (mut left, mut pooled) = (self.known(), self.cost.clone());
        let held = |parcel: &mut &Parcel<N>| {
            let cost = if self.method == Method::Average && parcel.known {
                let share = N::share(&pooled, &parcel.left, &left);
                pooled -= &share;
                left -= &parcel.left;
                share
            } else {
                parcel.cost()
            };
            Held { origin: parcel.origin(), quantity: parcel.left.clone(), cost: parcel.known.then_some(cost) }
        };
        in_order.iter_mut().map(held).collect()
    }

    #[inline]
    fn next(&mut self) -> Option<&mut Parcel<N>> {
        match &mut self.shelf {
            Shelf::Line(parcels) => match self.method {
                Method::Lifo => parcels.back_mut(),
                _ => parcels.front_mut(),
            },
            Shelf::Ranked(parcels) => parcels.first_entry().map(|dearest| dearest.into_mut()),
        }
    }

    #[inline]
    fn spent(&mut self) {
        match &mut self.shelf {
            Shelf::Line(parcels) => match self.method {
                Method::Lifo => drop(parcels.pop_back()),
                _ => drop(parcels.pop_front()),
            },
            Shelf::Ranked(parcels) => drop(parcels.pop_first()),
        }
    }

    #[inline]
    pub fn buy(&mut self, row: &TradeRow, number: u64, fill: &Fill<N>, known: bool) -> Result<(), super::Unfit> {
        if fill.quantity == N::Small::default() {
            return Ok(()); // no coins, no parcel: only its fee was paid
        }
        self.held = N::joined(&self.held, &fill.quantity)?;
        self.cost += &fill.value;
        self.cost += &fill.fee;
        let (left, price, fee) = (fill.quantity.clone(), fill.price.clone(), fill.fee.clone());
        let (acquired, device, seq) = (row.time, row.device, row.seq);
        let parcel = Parcel { acquired, left, price, fee, seq, number, device, known };
        match &mut self.shelf {
            Shelf::Line(parcels) => parcels.push_back(parcel),
            Shelf::Ranked(parcels) => {
                let rank = Rank { cost: parcel.cost(), quantity: fill.quantity.clone(), number };
                parcels.insert(rank, parcel);
            }
        }
        Ok(())
    }

    /// Coins that came and nobody knows what they cost.
    #[cold]
    pub fn receive(&mut self, row: &TradeRow, number: u64, quantity: &N::Small) -> Result<(), super::Unfit> {
        let nothing = Fill {
            quantity: quantity.clone(),
            price: N::Small::default(),
            value: N::Sum::default(),
            fee: N::Sum::default(),
        };
        self.buy(row, number, &nothing, false)?;
        // At most what is held.
        self.unknown = N::joined(&self.unknown, quantity)?;
        Ok(())
    }

    /// Sells as much as is held; the rest is unmatched, with its share of the fee.
    #[inline]
    pub fn sell(&mut self, row: &TradeRow, fill: Fill<N>, sink: &mut impl Sink<N>) -> Sale<N> {
        let none = N::Small::default();
        let mut unmatched = none.clone();
        let (matched, mut proceeds, fee) = if fill.quantity <= self.held {
            (fill.quantity, fill.value, fill.fee)
        } else {
            let matched = self.held.clone();
            unmatched = fill.quantity.clone();
            unmatched -= &matched;
            let fee = N::share(&fill.fee, &matched, &fill.quantity);
            let value = N::value(&matched, &fill.price);
            (matched, value, fee)
        };
        proceeds -= &fee;
        let cost = self.take(row, matched.clone(), &fill.price, fee, sink);
        self.held -= &matched;
        self.cost -= &cost;
        Sale { matched, unmatched, proceeds, cost }
    }

    /// Uses up parcels for `left` coins, of which there are enough, and gives their cost.
    #[inline]
    fn take<S: Sink<N>>(
        &mut self,
        row: &TradeRow,
        mut left: N::Small,
        price: &N::Small,
        mut fee: N::Sum,
        sink: &mut S,
    ) -> N::Sum {
        let none = N::Small::default();
        let mut total = N::Sum::default();
        let average = self.method == Method::Average;
        let mut pooled = if average { N::share(&self.cost, &left, &self.held) } else { N::Sum::default() };
        while left > none {
            let Some(parcel) = self.next() else { break };
            let origin = parcel.origin();
            let whole = parcel.left <= left;
            let part = if whole { parcel.left.clone() } else { left.clone() };
            let mut cost = if whole { parcel.cost() } else { parcel.cut(&part) };
            if average {
                cost = N::share(&pooled, &part, &left);
                pooled -= &cost;
            }
            total += &cost;
            if S::SLICES {
                let share = N::share(&fee, &part, &left); // the last part is all that is left
                fee -= &share;
                let mut proceeds = N::value(&part, price);
                proceeds -= &share;
                sink.slice(row, &Slice { origin, quantity: part.clone(), proceeds, cost });
            }
            left -= &part;
            if whole {
                self.spent();
            }
        }
        total
    }
}

impl Pool<Narrow> {
    pub fn widen(&self) -> Pool<Wide> {
        let shelf = match &self.shelf {
            Shelf::Line(parcels) => Shelf::Line(parcels.iter().map(widen_parcel).collect()),
            Shelf::Ranked(parcels) => {
                Shelf::Ranked(parcels.iter().map(|(rank, parcel)| (widen_rank(rank), widen_parcel(parcel))).collect())
            }
        };
        Pool {
            coin: self.coin,
            algorithm: self.algorithm,
            method: self.method,
            shelf,
            held: wide::quantity(self.held),
            unknown: wide::quantity(self.unknown),
            cost: wide::money(self.cost),
        }
    }
}
