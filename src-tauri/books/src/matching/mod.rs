//! Matching sales with parcels, in scaled integers.
//!
//! This module is the one place where money is held as integers. Two widths do the same sums: [`Narrow`] is fast and
//! fits every trade a person makes (quantities of 8 decimals up to 1.8e11 coins, prices of 12 decimals up to 1.8e7 AUD,
//! fees of 20 decimals, a turnover up to 1.7e18 AUD); [`Wide`] holds any decimal there is. A row that does not fit
//! [`Narrow`] is refused before anything changed, and the caller widens the books and carries on: no digit is lost,
//! nothing overflows, and both give the same numbers because both cut fees at 20 decimals.

mod narrow;
mod parcel;
mod pool;
mod tally;
mod wide;

pub(crate) use narrow::Narrow;
pub(crate) use parcel::Pick;
pub(crate) use pool::Pool;
pub(crate) use tally::{Board, GroupId, Missed, Tally, Unpriced};
pub(crate) use wide::Wide;

use crate::error::RowRef;
use crate::picks::Picks;
use domain::{Cause, Decimal, Quantity, RowKind, Side, TradeRow, Worth};
use pool::Moving;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt::Debug;
use std::ops::{AddAssign, SubAssign};

/// Decimals a share of a fee is cut at.
pub(crate) const SHARE_DECIMALS: u32 = 20;

/// Which parcels a sale uses up first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out.
    Lifo,
    /// The dearest coin first, by what one coin of the parcel cost when it was bought, its fee included; of equally dear
    /// parcels the first bought.
    Hifo,
    /// Moving average: every coin of a pool costs the same, what all of them cost together. Parcels still leave first in,
    /// first out, so that it is known how long a coin was held.
    Average,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Fifo, Self::Lifo, Self::Hifo, Self::Average];

    /// The stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Lifo => "lifo",
            Self::Hifo => "hifo",
            Self::Average => "average",
        }
    }

    /// The method of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == name)
    }
}

/// Which parcels lie together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pooling {
    /// One pool a coin, whoever bought: positions and tax.
    #[default]
    ByCoin,
    /// Each algorithm (and the trader's own hand) has its own parcels of a coin.
    ByAlgorithm,
}

/// A row that does not fit the narrow integers; nothing was changed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unfit;

/// One row as integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fill<N: Units> {
    pub quantity: N::Small,
    pub price: N::Small,
    pub value: N::Sum,
    pub fee: N::Sum,
}

/// A width of integers. `Small` holds one quantity or unit price, `Sum` an amount of money or a sum of quantities.
pub(crate) trait Units: Sized + Clone + Debug {
    type Small: Clone + Ord + Default + Debug + for<'a> SubAssign<&'a Self::Small>;
    type Sum: Clone + Ord + Default + Debug + for<'a> AddAssign<&'a Self::Sum> + for<'a> SubAssign<&'a Self::Sum>;

    /// The row as integers, exactly.
    fn read(row: &TradeRow) -> Result<Fill<Self>, Unfit>;
    /// A quantity, exactly.
    fn quantity(coins: Quantity) -> Result<Self::Small, Unfit>;
    /// An amount of AUD, exactly.
    fn amount(aud: Decimal) -> Result<Self::Sum, Unfit>;
    /// `turnover` plus the size of this fill. As no sum kept anywhere exceeds the turnover, checking this one sum
    /// proves that none overflows.
    fn grown(turnover: &Self::Sum, fill: &Fill<Self>) -> Result<Self::Sum, Unfit>;
    /// Held and added coins.
    fn joined(held: &Self::Small, added: &Self::Small) -> Result<Self::Small, Unfit>;
    /// Price × quantity, exactly; only for a part of a quantity that [`Units::read`] has multiplied.
    fn value(quantity: &Self::Small, price: &Self::Small) -> Self::Sum;
    /// The share of a fee that belongs to `part` of `whole`, cut towards zero at [`SHARE_DECIMALS`].
    fn share(fee: &Self::Sum, part: &Self::Small, whole: &Self::Small) -> Self::Sum;
    /// How one coin of a parcel that cost so much for so many stands to one of another, exactly.
    fn compare(cost: &Self::Sum, of: &Self::Small, other: &Self::Sum, of_other: &Self::Small) -> Ordering;
    /// A quantity, to be summed.
    fn count(quantity: &Self::Small) -> Self::Sum;
    /// Money as a decimal, half-even where 28 digits don't suffice.
    fn money(sum: &Self::Sum) -> Option<Decimal>;
    /// A sum of quantities as a decimal, half-even where 28 digits don't suffice.
    fn coins(sum: &Self::Sum) -> Option<Decimal>;
}

/// One slice of a sale: what came from one parcel.
pub(crate) struct Slice<N: Units> {
    /// The row the parcel came by.
    pub origin: RowRef,
    pub quantity: N::Small,
    pub proceeds: N::Sum,
    pub cost: N::Sum,
}

/// What a sale came to: fees are off the proceeds and in the cost, and the unmatched coins are in neither.
pub(crate) struct Sale<N: Units> {
    pub matched: N::Small,
    pub unmatched: N::Small,
    pub proceeds: N::Sum,
    pub cost: N::Sum,
}

/// Who listens to the matching: each row as a fill, then, of a disposal, its slices, then the sale.
pub(crate) trait Sink<N: Units> {
    /// Whether slices are wanted; cutting the fee of each costs a division.
    const SLICES: bool;
    /// A row, before it is matched, and the number of its pool.
    fn fill(&mut self, pool: usize, row: &TradeRow, fee: &N::Sum);
    /// A part of a sale.
    fn slice(&mut self, row: &TradeRow, slice: &Slice<N>);
    /// A whole sale.
    fn sale(&mut self, row: &TradeRow, sale: &Sale<N>);
    /// Coins that came or went without a trade, worth so much.
    fn moved(&mut self, cause: Cause, side: Side, value: &N::Sum);
    /// Coins that went for nobody knows what, and what those of them with a known cost had cost.
    fn unpriced(&mut self, row: &TradeRow, quantity: &N::Small, cost: &N::Sum);
    /// Coins of a picked parcel that were not there to be sold.
    fn missed(&mut self, row: &TradeRow, pick: &Pick<N>, quantity: &N::Small);
}

/// Coin and algorithm numbers below this find their pool in a table (64 MB at worst), others in a map: numbers are dense,
/// but nothing breaks if they are not.
const TABLE_MAX: u32 = 1 << 12;
const NO_POOL: u32 = u32::MAX;

/// Pool numbers by (algorithm, coin).
#[derive(Debug, Clone, Default)]
struct PoolIndex {
    table: Vec<Vec<u32>>,
    rest: HashMap<(u32, u32), u32>,
}

impl PoolIndex {
    #[inline]
    fn find(&self, algorithm: u32, coin: u32) -> Option<usize> {
        let row = self.table.get(algorithm as usize);
        match row.and_then(|row| row.get(coin as usize)) {
            Some(&pool) if pool != NO_POOL => Some(pool as usize),
            Some(_) => None,
            None if self.rest.is_empty() => None,
            None => self.rest.get(&(algorithm, coin)).map(|&pool| pool as usize),
        }
    }

    fn insert(&mut self, algorithm: u32, coin: u32, pool: u32) {
        if algorithm >= TABLE_MAX || coin >= TABLE_MAX {
            self.rest.insert((algorithm, coin), pool);
            return;
        }
        let (algorithm, coin) = (algorithm as usize, coin as usize);
        if self.table.len() <= algorithm {
            self.table.resize_with(algorithm + 1, Vec::new);
        }
        let row = &mut self.table[algorithm];
        if row.len() <= coin {
            row.resize(coin + 1, NO_POOL);
        }
        row[coin] = pool;
    }
}

/// All parcels of one book.
#[derive(Debug, Clone)]
pub(crate) struct Matcher<N: Units> {
    pooling: Pooling,
    method: Method,
    index: PoolIndex,
    pools: Vec<Pool<N>>,
    turnover: N::Sum,
    /// Parcels ever acquired: their numbers.
    acquired: u64,
    picks: Picks,
    /// Whether anything was picked at all.
    picked: bool,
    /// What left one algorithm's pool and comes to another's with the next row.
    moving: Option<Moving<N>>,
}

impl<N: Units> Matcher<N> {
    pub fn new(pooling: Pooling, method: Method, picks: Picks) -> Self {
        Self {
            pooling,
            method,
            index: PoolIndex::default(),
            pools: Vec::new(),
            turnover: N::Sum::default(),
            acquired: 0,
            picked: !picks.is_empty(),
            picks,
            moving: None,
        }
    }

    pub fn pools(&self) -> &[Pool<N>] {
        &self.pools
    }

    /// The same with the pools of one coin alone.
    pub fn only(&self, coin: u32) -> Self {
        let mut only = Self {
            index: PoolIndex::default(),
            pools: self.pools.iter().filter(|pool| pool.coin == coin).cloned().collect(),
            turnover: self.turnover.clone(),
            picks: self.picks.clone(),
            moving: self.moving.clone(),
            ..*self
        };
        for (number, pool) in only.pools.iter().enumerate() {
            only.index.insert(pool.algorithm, coin, number as u32); // as in `open_pool`
        }
        only
    }

    /// Sells by another method from here on.
    pub fn turn_to(&mut self, method: Method) {
        self.method = method;
        self.pools.iter_mut().for_each(|pool| pool.turn_to(method));
    }

    /// Folds one row. [`Unfit`] leaves everything as it was.
    #[inline]
    pub fn apply(&mut self, row: &TradeRow, sink: &mut impl Sink<N>) -> Result<(), Unfit> {
        if let RowKind::Moved { cause, worth } = row.kind {
            return self.apply_moved(row, cause, worth, sink);
        }
        let fill = N::read(row)?;
        let turnover = N::grown(&self.turnover, &fill)?;
        let number = self.pool_number(row);
        let picks = if self.picks.is_empty() { Vec::new() } else { self.picks_of(row)? };
        let Some(pool) = self.pools.get_mut(number) else { return Err(Unfit) };
        match row.side {
            Side::Buy => {
                pool.buy(row, self.acquired, &fill, true)?;
                self.acquired += 1;
                sink.fill(number, row, &fill.fee);
            }
            Side::Sell => {
                sink.fill(number, row, &fill.fee);
                let plain = picks.is_empty() && *pool.unknown() == N::Small::default();
                let sale = if plain { pool.sell(row, fill, sink) } else { pool.sell_apart(row, &fill, &picks, sink) };
                sink.sale(row, &sale);
            }
        }
        self.turnover = turnover;
        Ok(())
    }

    /// Folds a row that is no trade. Its value goes where a fee goes: into the cost of what came, against the proceeds of
    /// what went. So it is cut into shares as a fee is, and the parts sum to the whole.
    #[cold]
    fn apply_moved(
        &mut self,
        row: &TradeRow,
        cause: Cause,
        worth: Worth,
        sink: &mut impl Sink<N>,
    ) -> Result<(), Unfit> {
        let quantity = N::quantity(row.quantity)?;
        if cause == Cause::Between {
            return self.apply_between(row, &quantity);
        }
        let value = if worth == Worth::Known { N::amount(row.price.decimal())? } else { N::Sum::default() };
        let (price, paid) = (N::Small::default(), N::amount(row.fee)?);
        let size = Fill { quantity: quantity.clone(), price: price.clone(), value: value.clone(), fee: paid.clone() };
        let turnover = N::grown(&self.turnover, &size)?;
        let picks = if cause == Cause::NetworkFee { Vec::new() } else { self.picks_of(row)? };
        let number = self.pool_number(row);
        let Some(pool) = self.pools.get_mut(number) else { return Err(Unfit) };
        let mut fee = paid.clone();
        match row.side {
            Side::Buy => fee += &value,
            Side::Sell => fee -= &value,
        }
        let fill = Fill { quantity: quantity.clone(), price, value: N::Sum::default(), fee };
        match (row.side, worth) {
            (Side::Buy, Worth::Unknown) => pool.receive(row, self.acquired, &quantity)?,
            (Side::Buy, _) => pool.buy(row, self.acquired, &fill, true)?,
            (Side::Sell, _) => {}
        }
        self.acquired += 1;
        sink.fill(number, row, &paid);
        sink.moved(cause, row.side, &value);
        if row.side == Side::Sell {
            if worth == Worth::Unknown {
                let cost = pool.lose(row, &quantity, &picks, sink);
                sink.unpriced(row, &quantity, &cost);
            } else {
                let sale = pool.sell_apart(row, &fill, &picks, sink);
                sink.sale(row, &sale);
            }
        }
        self.turnover = turnover;
        Ok(())
    }

    /// Parcels that change hands, in two rows: out of one algorithm's pool, into another's. By coin they lie together.
    fn apply_between(&mut self, row: &TradeRow, quantity: &N::Small) -> Result<(), Unfit> {
        if self.pooling == Pooling::ByCoin {
            return Ok(());
        }
        let number = self.pool_number(row);
        let Some(pool) = self.pools.get_mut(number) else { return Err(Unfit) };
        match row.side {
            Side::Sell => self.moving = Some(pool.hand_over(quantity)),
            Side::Buy => {
                if let Some(moving) = &self.moving {
                    pool.take_in(moving)?;
                }
                self.moving = None;
            }
        }
        Ok(())
    }

    #[cold]
    fn picks_of(&self, row: &TradeRow) -> Result<Vec<Pick<N>>, Unfit> {
        let pick = |&(parcel, quantity): &(crate::picks::RowId, Quantity)| {
            Ok(Pick { device: parcel.device, seq: parcel.seq, quantity: N::quantity(quantity)? })
        };
        match row.side {
            Side::Buy => Ok(Vec::new()),
            Side::Sell => self.picks.of(row).iter().map(pick).collect(),
        }
    }

    #[inline]
    fn pool_number(&mut self, row: &TradeRow) -> usize {
        let algorithm = match self.pooling {
            Pooling::ByCoin => 0,
            Pooling::ByAlgorithm => row.algorithm,
        };
        match self.index.find(algorithm, row.coin) {
            Some(number) => number,
            None => self.open_pool(algorithm, row.coin),
        }
    }

    #[cold]
    fn open_pool(&mut self, algorithm: u32, coin: u32) -> usize {
        let number = self.pools.len();
        // Pools are counted by pairs that really traded: memory ends long before this number does.
        self.index.insert(algorithm, coin, number as u32);
        self.pools.push(Pool::new(self.method, algorithm, coin));
        number
    }
}

impl Matcher<Narrow> {
    pub fn widen(&self) -> Matcher<Wide> {
        Matcher {
            pooling: self.pooling,
            method: self.method,
            index: self.index.clone(),
            pools: self.pools.iter().map(Pool::widen).collect(),
            turnover: wide::money(self.turnover),
            acquired: self.acquired,
            picks: self.picks.clone(),
            picked: self.picked,
            moving: self.moving.as_ref().map(Moving::widen),
        }
    }
}
