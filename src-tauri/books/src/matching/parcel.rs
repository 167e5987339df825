//! Parcels, and which of them a sale takes.
//!
//! A parcel keeps its quantity left, its unit price and its fee left. The price part of any share is then exact
//! (quantity × price); only the fee is ever cut, and the last slice takes what is left of it.

use super::{Fill, Method, Narrow, Sale, Sink, Slice, Units, Wide, wide};
use domain::{Timestamp, TradeRow};
use std::collections::VecDeque;

/// What is left of one buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel<N: Units> {
    pub acquired: Timestamp,
    pub left: N::Small,
    pub price: N::Small,
    pub fee: N::Sum,
}

impl<N: Units> Parcel<N> {
    pub fn cost(&self) -> N::Sum {
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

/// The parcels of one coin, or of one coin of one algorithm.
///
/// `next` and `spent` alone know the method: another one is another order of handing parcels out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pool<N: Units> {
    pub coin: u32,
    pub algorithm: u32,
    method: Method,
    parcels: VecDeque<Parcel<N>>,
    held: N::Small,
    cost: N::Sum,
}

impl<N: Units> Pool<N> {
    pub fn new(method: Method, algorithm: u32, coin: u32) -> Self {
        Self { coin, algorithm, method, parcels: VecDeque::new(), held: N::Small::default(), cost: N::Sum::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.parcels.is_empty()
    }

    pub fn held(&self) -> &N::Small {
        &self.held
    }

    pub fn cost(&self) -> &N::Sum {
        &self.cost
    }

    /// In the order they were acquired.
    pub fn parcels(&self) -> impl Iterator<Item = &Parcel<N>> {
        self.parcels.iter()
    }

    #[inline]
    fn next(&mut self) -> Option<&mut Parcel<N>> {
        match self.method {
            Method::Fifo => self.parcels.front_mut(),
        }
    }

    #[inline]
    fn spent(&mut self) {
        match self.method {
            Method::Fifo => self.parcels.pop_front(),
        };
    }

    #[inline]
    pub fn buy(&mut self, acquired: Timestamp, fill: &Fill<N>) -> Result<(), super::Unfit> {
        if fill.quantity == N::Small::default() {
            return Ok(()); // no coins, no parcel: only its fee was paid
        }
        self.held = N::joined(&self.held, &fill.quantity)?;
        self.cost += &fill.value;
        self.cost += &fill.fee;
        let (left, price, fee) = (fill.quantity.clone(), fill.price.clone(), fill.fee.clone());
        self.parcels.push_back(Parcel { acquired, left, price, fee });
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
        while left > none {
            let Some(parcel) = self.next() else { break };
            let acquired = parcel.acquired;
            let whole = parcel.left <= left;
            let part = if whole { parcel.left.clone() } else { left.clone() };
            let cost = if whole { parcel.cost() } else { parcel.cut(&part) };
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
        Pool {
            coin: self.coin,
            algorithm: self.algorithm,
            method: self.method,
            parcels: self.parcels.iter().map(widen).collect(),
            held: wide::quantity(self.held),
            cost: wide::money(self.cost),
        }
    }
}
