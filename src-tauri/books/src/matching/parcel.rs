//! A parcel: what is left of one buy.
//!
//! It keeps its quantity left, its unit price and its fee left. The price part of any share is then exact (quantity × price);
//! only the fee is ever cut, and the last slice takes what is left of it. A parcel that did not come by a trade has price 0 and
//! its whole cost as fee. Deliberately absent: which parcel a sale takes (the pool says).

use super::{Narrow, Units, Wide, wide};
use crate::error::RowRef;
use domain::Timestamp;
use std::cmp::Ordering;

/// What is left of one buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel<N: Units> {
    pub acquired: Timestamp,
    pub left: N::Small,
    pub price: N::Small,
    pub fee: N::Sum,
    /// The row it came by.
    pub(super) seq: u64,
    /// Its number among all parcels of the books, wherever it lies.
    pub(super) number: u64,
    pub(super) device: u32,
    /// Whether anyone knows what it cost; else price and fee are 0.
    pub(super) known: bool,
}

impl<N: Units> Parcel<N> {
    pub(super) fn cost(&self) -> N::Sum {
        let mut cost = N::value(&self.left, &self.price);
        cost += &self.fee;
        cost
    }

    /// Takes `part`, which is less than what is left, and gives its cost.
    pub(super) fn cut(&mut self, part: &N::Small) -> N::Sum {
        let fee = N::share(&self.fee, part, &self.left);
        self.fee -= &fee;
        self.left -= part;
        let mut cost = N::value(part, &self.price);
        cost += &fee;
        cost
    }

    pub fn origin(&self) -> RowRef {
        RowRef { time: self.acquired, device: self.device, seq: self.seq }
    }

    /// Takes `part`, which is less than what is left, as a parcel of its own.
    pub(super) fn split(&mut self, part: &N::Small) -> Self {
        let fee = N::share(&self.fee, part, &self.left);
        self.fee -= &fee;
        self.left -= part;
        Self { left: part.clone(), fee, ..self.clone() }
    }

    /// Puts another part of the same parcel back to this one.
    pub(super) fn rejoin(&mut self, other: &Self) {
        // Together they are at most the parcel as it was bought: this can't overflow.
        if let Ok(left) = N::joined(&self.left, &other.left) {
            self.left = left;
            self.fee += &other.fee;
        }
    }
}

/// The place of a parcel where the dearest goes first: what it cost for how many coins when it was bought, and its number.
#[derive(Debug, Clone)]
pub(super) struct Rank<N: Units> {
    pub(super) cost: N::Sum,
    pub(super) quantity: N::Small,
    pub(super) number: u64,
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

/// What is left of one buy, and what it cost if anyone knows.
pub(crate) struct Held<N: Units> {
    pub origin: RowRef,
    pub quantity: N::Small,
    pub cost: Option<N::Sum>,
}

/// A person's choice for one sale: this parcel, so many coins of it.
pub(crate) struct Pick<N: Units> {
    pub device: u32,
    pub seq: u64,
    pub quantity: N::Small,
}

pub(super) fn widen_parcel(parcel: &Parcel<Narrow>) -> Parcel<Wide> {
    Parcel {
        acquired: parcel.acquired,
        left: wide::quantity(parcel.left),
        price: wide::price(parcel.price),
        fee: wide::money(parcel.fee),
        seq: parcel.seq,
        number: parcel.number,
        device: parcel.device,
        known: parcel.known,
    }
}

pub(super) fn widen_rank(rank: &Rank<Narrow>) -> Rank<Wide> {
    Rank { cost: wide::money(rank.cost), quantity: wide::quantity(rank.quantity), number: rank.number }
}
