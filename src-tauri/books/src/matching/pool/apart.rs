//! What a pool does rarely: giving picked parcels and those of unknown cost, handing parcels over, turning to another method.

use super::{Pool, Shelf};
use crate::error::RowRef;
use crate::matching::parcel::{Parcel, Pick, Rank, widen_parcel, widen_rank};
use crate::matching::{Fill, Method, Narrow, Sale, Sink, Slice, Unfit, Units, Wide, wide};
use domain::TradeRow;
use std::collections::VecDeque;
use std::collections::btree_map::{Entry, OccupiedEntry};

/// A part of a parcel that leaves for good, and what it had cost if anyone knows.
struct Part<N: Units> {
    origin: RowRef,
    quantity: N::Small,
    cost: Option<N::Sum>,
}

/// Parcels on their way from one pool to another.
#[derive(Debug, Clone)]
pub(crate) struct Moving<N: Units> {
    parcels: Vec<(Option<Rank<N>>, Parcel<N>)>,
    held: N::Small,
    unknown: N::Small,
    cost: N::Sum,
}

impl<N: Units> Pool<N> {
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
    pub fn take_in(&mut self, moving: &Moving<N>) -> Result<(), Unfit> {
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
