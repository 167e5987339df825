//! Parcels, and which of them a sale takes.
//!
//! A parcel keeps its quantity left, its unit price and its fee left. The price part of any share is then exact
//! (quantity × price); only the fee is ever cut, and the last slice takes what is left of it. With the moving average the
//! pool's cost is what is cut, the same way. A parcel that did not come by a trade has price 0 and its whole cost as fee.

use super::{Fill, Method, Narrow, Sale, Sink, Slice, Units, Wide, wide};
use crate::error::RowRef;
use domain::{Timestamp, TradeRow};
use std::cmp::Ordering;
use std::collections::btree_map::{Entry, OccupiedEntry};
use std::collections::{BTreeMap, VecDeque};

/// What is left of one buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel<N: Units> {
    pub acquired: Timestamp,
    pub left: N::Small,
    pub price: N::Small,
    pub fee: N::Sum,
    /// The row it came by.
    seq: u64,
    /// Its number among all parcels of the books, wherever it lies.
    number: u64,
    device: u32,
    /// Whether anyone knows what it cost; else price and fee are 0.
    known: bool,
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

    pub fn origin(&self) -> RowRef {
        RowRef { time: self.acquired, device: self.device, seq: self.seq }
    }

    /// Takes `part`, which is less than what is left, as a parcel of its own.
    fn split(&mut self, part: &N::Small) -> Self {
        let fee = N::share(&self.fee, part, &self.left);
        self.fee -= &fee;
        self.left -= part;
        Self { left: part.clone(), fee, ..self.clone() }
    }

    /// Puts another part of the same parcel back to this one.
    fn rejoin(&mut self, other: &Self) {
        // Together they are at most the parcel as it was bought: this can't overflow.
        if let Ok(left) = N::joined(&self.left, &other.left) {
            self.left = left;
            self.fee += &other.fee;
        }
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

/// What is left of one buy, and what it cost if anyone knows.
pub(crate) struct Held<N: Units> {
    pub origin: RowRef,
    pub quantity: N::Small,
    pub cost: Option<N::Sum>,
}

/// A part of a parcel that leaves for good, and what it had cost if anyone knows.
pub(crate) struct Part<N: Units> {
    origin: RowRef,
    quantity: N::Small,
    cost: Option<N::Sum>,
}

/// A person's choice for one sale: this parcel, so many coins of it.
pub(crate) struct Pick<N: Units> {
    pub device: u32,
    pub seq: u64,
    pub quantity: N::Small,
}

/// Parcels on their way from one pool to another.
#[derive(Debug, Clone)]
pub(crate) struct Moving<N: Units> {
    parcels: Vec<(Option<Rank<N>>, Parcel<N>)>,
    held: N::Small,
    unknown: N::Small,
    cost: N::Sum,
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

    /// The same where parcels were picked, or some have no known cost: coins of those are unmatched.
    #[cold]
    pub fn sell_apart(
        &mut self,
        row: &TradeRow,
        fill: &Fill<N>,
        picks: &[Pick<N>],
        sink: &mut impl Sink<N>,
    ) -> Sale<N> {
        let parts = self.give(row, &fill.quantity, picks, sink);
        let (mut unmatched, mut cost) = (fill.quantity.clone(), N::Sum::default());
        for part in &parts {
            if let Some(known) = &part.cost {
                unmatched -= &part.quantity;
                cost += known;
            }
        }
        let mut matched = fill.quantity.clone();
        matched -= &unmatched;
        let mut fee = N::share(&fill.fee, &matched, &fill.quantity);
        let mut proceeds = N::value(&matched, &fill.price);
        proceeds -= &fee;
        let mut left = matched.clone();
        for part in parts {
            let Some(cost) = part.cost else { continue };
            let share = N::share(&fee, &part.quantity, &left);
            fee -= &share;
            left -= &part.quantity;
            let mut brought = N::value(&part.quantity, &fill.price);
            brought -= &share;
            sink.slice(row, &Slice { origin: part.origin, quantity: part.quantity, proceeds: brought, cost });
        }
        Sale { matched, unmatched, proceeds, cost }
    }

    /// Coins that went for nobody knows what: their parcels go with them, and what those had cost is told.
    #[cold]
    pub fn lose(&mut self, row: &TradeRow, quantity: &N::Small, picks: &[Pick<N>], sink: &mut impl Sink<N>) -> N::Sum {
        let mut cost = N::Sum::default();
        self.give(row, quantity, picks, sink)
            .iter()
            .filter_map(|part| part.cost.as_ref())
            .for_each(|known| cost += known);
        cost
    }

    /// Takes parcels out for as many of `wanted` coins as are held: the picked ones first, then as the method says.
    fn give(&mut self, row: &TradeRow, wanted: &N::Small, picks: &[Pick<N>], sink: &mut impl Sink<N>) -> Vec<Part<N>> {
        let none = N::Small::default();
        let (mut left, mut parts) = (wanted.min(&self.held).clone(), Vec::new());
        for pick in picks {
            let mut asked = pick.quantity.clone();
            let mut most = asked.clone().min(left.clone());
            while most > none
                && let Some(mut place) = self.find(pick)
            {
                let part = most.clone().min(place.left());
                let taken = place.take(&part);
                parts.push(self.gone(&taken));
                asked -= &part;
                most -= &part;
                left -= &part;
            }
            if asked > none {
                sink.missed(row, pick, &asked);
            }
        }
        while left > none {
            let Some(parcel) = self.next() else { break };
            let whole = parcel.left <= left;
            let taken = if whole { parcel.clone() } else { parcel.split(&left) };
            if whole {
                self.spent();
            }
            left -= &taken.left;
            parts.push(self.gone(&taken));
        }
        parts
    }

    /// Books a parcel that is off the shelf as gone.
    fn gone(&mut self, taken: &Parcel<N>) -> Part<N> {
        let cost = taken.known.then(|| match self.method {
            Method::Average => N::share(&self.cost, &taken.left, &self.known()),
            _ => taken.cost(),
        });
        self.held -= &taken.left;
        match &cost {
            Some(cost) => self.cost -= cost,
            None => self.unknown -= &taken.left,
        }
        Part { origin: taken.origin(), quantity: taken.left.clone(), cost }
    }

    /// Hands parcels over for as many of `wanted` coins as are held, in the order of the method.
    #[cold]
    pub fn hand_over(&mut self, wanted: &N::Small) -> Moving<N> {
        let (none, before) = (N::Small::default(), (self.held.clone(), self.unknown.clone(), self.cost.clone()));
        let (mut left, mut parcels) = (wanted.min(&self.held).clone(), Vec::new());
        while left > none {
            let rank = self.next_rank();
            let Some(parcel) = self.next() else { break };
            let whole = parcel.left <= left;
            let taken = if whole { parcel.clone() } else { parcel.split(&left) };
            if whole {
                self.spent();
            }
            left -= &taken.left;
            self.gone(&taken);
            parcels.push((rank, taken));
        }
        let (mut held, mut unknown, mut cost) = before;
        held -= &self.held;
        unknown -= &self.unknown;
        cost -= &self.cost;
        Moving { parcels, held, unknown, cost }
    }

    /// Takes in what another pool handed over: each parcel at its place by the day it was acquired.
    #[cold]
    pub fn take_in(&mut self, moving: &Moving<N>) -> Result<(), super::Unfit> {
        self.held = N::joined(&self.held, &moving.held)?;
        self.unknown = N::joined(&self.unknown, &moving.unknown)?;
        self.cost += &moving.cost;
        for (rank, parcel) in &moving.parcels {
            match (&mut self.shelf, rank) {
                (Shelf::Ranked(parcels), Some(rank)) => match parcels.get_mut(rank) {
                    Some(half) => half.rejoin(parcel),
                    None => drop(parcels.insert(rank.clone(), parcel.clone())),
                },
                (Shelf::Line(parcels), _) => {
                    let place = (parcel.acquired, parcel.number);
                    match parcels.binary_search_by_key(&place, |other| (other.acquired, other.number)) {
                        Ok(at) => parcels[at].rejoin(parcel),
                        Err(at) => parcels.insert(at, parcel.clone()),
                    }
                }
                (Shelf::Ranked(_), None) => {} // all pools of the books are of one method
            }
        }
        Ok(())
    }

    /// Hands parcels out by another method from here on. A parcel that is left in part is as dear as its coins that are left:
    /// the same as when it was bought, but for a fee's cut beyond the 20th decimal.
    #[cold]
    pub fn turn_to(&mut self, method: Method) {
        let ranked = method == Method::Hifo;
        let shelf = std::mem::replace(&mut self.shelf, Shelf::Line(VecDeque::new()));
        self.method = method;
        self.shelf = match shelf {
            Shelf::Line(parcels) if ranked => {
                let rank = |parcel: &Parcel<N>| Rank {
                    cost: parcel.cost(),
                    quantity: parcel.left.clone(),
                    number: parcel.number,
                };
                Shelf::Ranked(parcels.into_iter().map(|parcel| (rank(&parcel), parcel)).collect())
            }
            Shelf::Ranked(parcels) if !ranked => {
                let mut line: Vec<_> = parcels.into_values().collect();
                line.sort_by_key(|parcel| (parcel.acquired, parcel.number));
                Shelf::Line(line.into())
            }
            as_it_was => as_it_was,
        };
    }

    fn next_rank(&self) -> Option<Rank<N>> {
        match &self.shelf {
            Shelf::Line(_) => None,
            Shelf::Ranked(parcels) => parcels.first_key_value().map(|(rank, _)| rank.clone()),
        }
    }

    /// A parcel by the row it came by.
    fn find(&mut self, pick: &Pick<N>) -> Option<Place<'_, N>> {
        let is_it = |parcel: &Parcel<N>| (parcel.device, parcel.seq) == (pick.device, pick.seq);
        match &mut self.shelf {
            Shelf::Line(parcels) => {
                let at = parcels.iter().position(is_it)?;
                Some(Place::Line(parcels, at))
            }
            Shelf::Ranked(parcels) => {
                let rank = parcels.iter().find(|(_, parcel)| is_it(parcel)).map(|(rank, _)| rank.clone())?;
                match parcels.entry(rank) {
                    Entry::Occupied(entry) => Some(Place::Ranked(entry)),
                    Entry::Vacant(_) => None,
                }
            }
        }
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

/// Where a picked parcel lies.
enum Place<'a, N: Units> {
    Line(&'a mut VecDeque<Parcel<N>>, usize),
    Ranked(OccupiedEntry<'a, Rank<N>, Parcel<N>>),
}

impl<N: Units> Place<'_, N> {
    fn parcel(&mut self) -> &mut Parcel<N> {
        match self {
            Self::Line(parcels, at) => &mut parcels[*at],
            Self::Ranked(entry) => entry.get_mut(),
        }
    }

    fn left(&mut self) -> N::Small {
        self.parcel().left.clone()
    }

    /// Takes at most what is left of it.
    fn take(mut self, part: &N::Small) -> Parcel<N> {
        if self.parcel().left > *part {
            return self.parcel().split(part);
        }
        let whole = self.parcel().clone();
        match self {
            Self::Line(parcels, at) => drop(parcels.remove(at)),
            Self::Ranked(entry) => drop(entry.remove()),
        }
        whole
    }
}

fn widen_parcel(parcel: &Parcel<Narrow>) -> Parcel<Wide> {
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

fn widen_rank(rank: &Rank<Narrow>) -> Rank<Wide> {
    Rank { cost: wide::money(rank.cost), quantity: wide::quantity(rank.quantity), number: rank.number }
}

impl Moving<Narrow> {
    pub fn widen(&self) -> Moving<Wide> {
        let parcels = self.parcels.iter();
        Moving {
            parcels: parcels.map(|(rank, parcel)| (rank.as_ref().map(widen_rank), widen_parcel(parcel))).collect(),
            held: wide::quantity(self.held),
            unknown: wide::quantity(self.unknown),
            cost: wide::money(self.cost),
        }
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
