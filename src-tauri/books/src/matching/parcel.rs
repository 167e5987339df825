//! Parcels, and which of them a sale takes.
//!
//! A parcel keeps its quantity left, its unit price and its fee left. The price part of any share is then exact
//! (quantity × price); only the fee is ever cut, and the last slice takes what is left of it. With the moving average the
//! pool's cost is what is cut, the same way.

use super::{Fill, Method, Narrow, Sale, Sink, Slice, Units, Wide, wide};
use domain::{Timestamp, TradeRow};
use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};

/// What is left of one buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel<N: Units> {
    pub acquired: Timestamp,
    pub left: N::Small,
    pub price: N::Small,
    pub fee: N::Sum,
}

impl<N: Units> Parcel<N> {
    fn cost(&self) -> N::Sum {
        let mut cost = N::value(&self.left, &self.price);
        cost += &self.fee;
        cost
    }

    /// Takes `part`, which is less than what is left, and gives its cost.
    fn cut(&mut self, part: &N::Small) -> N::Sum {
        let fee = N::share(&self.fee, part, &self.left);
        self.fee -= &fee;
        self.left -= part;
        let mut cost = N::value(part, &self.price);
        cost += &fee;
        cost
    }
}

/// The place of a parcel where the dearest goes first: what it cost for how many coins when it was bought, and its number.
#[derive(Debug, Clone)]
struct Rank<N: Units> {
    cost: N::Sum,
    quantity: N::Small,
    number: u64,
}

impl<N: Units> Ord for Rank<N> {
    fn cmp(&self, other: &Self) -> Ordering {
        let dearer = N::compare(&other.cost, &other.quantity, &self.cost, &self.quantity);
        dearer.then(self.number.cmp(&other.number))
    }
}

impl<N: Units> PartialOrd for Rank<N> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<N: Units> PartialEq for Rank<N> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<N: Units> Eq for Rank<N> {}

/// Where parcels lie, in an order that makes the next one cheap to find.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shelf<N: Units> {
    /// As they were bought.
    Line(VecDeque<Parcel<N>>),
    /// The dearest first.
    Ranked(BTreeMap<Rank<N>, Parcel<N>>),
}

/// What is left of one buy, and what it cost.
pub(crate) struct Held<N: Units> {
    pub acquired: Timestamp,
    pub quantity: N::Small,
    pub cost: N::Sum,
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
    /// Parcels ever bought: their numbers.
    bought: u64,
    held: N::Small,
    cost: N::Sum,
}

impl<N: Units> Pool<N> {
    pub fn new(method: Method, algorithm: u32, coin: u32) -> Self {
        let shelf = match method {
            Method::Fifo | Method::Lifo | Method::Average => Shelf::Line(VecDeque::new()),
            Method::Hifo => Shelf::Ranked(BTreeMap::new()),
        };
        Self { coin, algorithm, method, shelf, bought: 0, held: N::Small::default(), cost: N::Sum::default() }
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

    pub fn cost(&self) -> &N::Sum {
        &self.cost
    }

    /// In the order they were acquired; their costs sum to the pool's.
    pub fn parcels(&self) -> Vec<Held<N>> {
        let mut in_order: Vec<&Parcel<N>> = match &self.shelf {
            Shelf::Line(parcels) => parcels.iter().collect(),
            Shelf::Ranked(parcels) => {
                let mut numbered: Vec<_> = parcels.iter().collect();
                numbered.sort_by_key(|(rank, _)| rank.number);
                numbered.into_iter().map(|(_, parcel)| parcel).collect()
            }
        };
        let (mut left, mut pooled) = (self.held.clone(), self.cost.clone());
        let held = |parcel: &mut &Parcel<N>| {
            let cost = if self.method == Method::Average {
                let share = N::share(&pooled, &parcel.left, &left);
                pooled -= &share;
                left -= &parcel.left;
                share
            } else {
                parcel.cost()
            };
            Held { acquired: parcel.acquired, quantity: parcel.left.clone(), cost }
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
    pub fn buy(&mut self, acquired: Timestamp, fill: &Fill<N>) -> Result<(), super::Unfit> {
        if fill.quantity == N::Small::default() {
            return Ok(()); // no coins, no parcel: only its fee was paid
        }
        self.held = N::joined(&self.held, &fill.quantity)?;
        self.cost += &fill.value;
        self.cost += &fill.fee;
        self.bought += 1;
        let (left, price, fee) = (fill.quantity.clone(), fill.price.clone(), fill.fee.clone());
        let parcel = Parcel { acquired, left, price, fee };
        match &mut self.shelf {
            Shelf::Line(parcels) => parcels.push_back(parcel),
            Shelf::Ranked(parcels) => {
                let rank = Rank { cost: parcel.cost(), quantity: fill.quantity.clone(), number: self.bought };
                parcels.insert(rank, parcel);
            }
        }
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
            let acquired = parcel.acquired;
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
                sink.slice(row, &Slice { acquired, quantity: part.clone(), proceeds, cost });
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
        let widen = |parcel: &Parcel<Narrow>| Parcel {
            acquired: parcel.acquired,
            left: wide::quantity(parcel.left),
            price: wide::price(parcel.price),
            fee: wide::money(parcel.fee),
        };
        let shelf = match &self.shelf {
            Shelf::Line(parcels) => Shelf::Line(parcels.iter().map(widen).collect()),
            Shelf::Ranked(parcels) => {
                let rank = |rank: &Rank<Narrow>| Rank {
                    cost: wide::money(rank.cost),
                    quantity: wide::quantity(rank.quantity),
                    number: rank.number,
                };
                Shelf::Ranked(parcels.iter().map(|(place, parcel)| (rank(place), widen(parcel))).collect())
            }
        };
        Pool {
            coin: self.coin,
            algorithm: self.algorithm,
            method: self.method,
            shelf,
            bought: self.bought,
            held: wide::quantity(self.held),
            cost: wide::money(self.cost),
        }
    }
}
