//! What is held, what it cost, and what it is worth.

use crate::error::{BooksError, RowRef};
use crate::matching::{Matcher, Pool, Pooling, Tally, Units};
use crate::pnl::{PnlQuery, Prices};
use domain::{Money, Quantity, Timestamp};

/// What is left of one parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParcelView {
    /// The row it came by.
    pub row: RowRef,
    /// When it was acquired.
    pub acquired: Timestamp,
    /// Coins left of it.
    pub quantity: Quantity,
    /// What they cost, with their share of the fee; none when nobody knows.
    pub cost: Option<Money>,
}

/// The coins held of one kind, and of one algorithm where algorithms have their own parcels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Number of the coin.
    pub coin: u32,
    /// Number of the algorithm; none where a coin is one pool.
    pub algorithm: Option<u32>,
    /// Coins held, above zero.
    pub quantity: Quantity,
    /// Those of them of which nobody knows what they cost.
    pub unknown_cost: Quantity,
    /// What the others cost, fees included.
    pub cost: Money,
    /// Cost of one coin of a known cost; none when there is no such coin or that is beyond a decimal.
    pub average_price: Option<Money>,
    /// Quantity × price; none without a price.
    pub market_value: Option<Money>,
    /// Market value of the coins of a known cost, less that cost; none without a price.
    pub unrealised: Option<Money>,
    /// How old the price is.
    pub price_age_s: Option<i64>,
    /// The parcels, in the order they were bought.
    pub parcels: Vec<ParcelView>,
}

/// A pool's holding without its parcels.
pub(crate) struct Holding {
    pub coin: u32,
    pub algorithm: u32,
    pub quantity: Quantity,
    pub unknown_cost: Quantity,
    pub cost: Money,
    pub market_value: Option<Money>,
    pub unrealised: Option<Money>,
    pub price_age_s: Option<i64>,
}

fn too_large(what: &'static str, coin: u32) -> BooksError {
    BooksError::TooLarge { what, coin }
}

fn quantity<N: Units>(amount: &N::Small, coin: u32) -> Result<Quantity, BooksError> {
    let coins = N::coins(&N::count(amount)).and_then(|coins| Quantity::new(coins).ok());
    coins.ok_or(too_large("the quantity", coin))
}

fn cost<N: Units>(amount: &N::Sum, coin: u32) -> Result<Money, BooksError> {
    N::money(amount).map(Money::aud).ok_or(too_large("the cost", coin))
}

impl Holding {
    pub fn of<N: Units>(pool: &Pool<N>, prices: Prices<'_>) -> Result<Self, BooksError> {
        let coin = pool.coin;
        let known = quantity::<N>(&pool.known(), coin)?;
        let unknown_cost = quantity::<N>(pool.unknown(), coin)?;
        let (quantity, cost) = (quantity::<N>(pool.held(), coin)?, cost::<N>(pool.cost(), coin)?);
        let mut holding = Self {
            coin,
            algorithm: pool.algorithm,
            quantity,
            unknown_cost,
            cost,
            market_value: None,
            unrealised: None,
            price_age_s: None,
        };
        if let Some(valuation) = prices(coin) {
            let value = valuation.price.times(quantity).map_err(|_| too_large("the market value", coin))?;
            let value_known = valuation.price.times(known).map_err(|_| too_large("the market value", coin))?;
            let gain = value_known.checked_sub(cost).map_err(|_| too_large("the unrealised gain", coin))?;
            holding.market_value = Some(value);
            holding.unrealised = Some(gain);
            holding.price_age_s = Some(valuation.age_s);
        }
        Ok(holding)
    }
}

fn position<N: Units>(pool: &Pool<N>, pooling: Pooling, prices: Prices<'_>) -> Result<Position, BooksError> {
    let holding = Holding::of(pool, prices)?;
    let parcels = pool.parcels().into_iter().map(|held| {
        let quantity = quantity::<N>(&held.quantity, pool.coin)?;
        let cost = held.cost.map(|known| cost::<N>(&known, pool.coin)).transpose()?;
        Ok(ParcelView { row: held.origin, acquired: held.origin.time, quantity, cost })
    });
    let known = quantity::<N>(&pool.known(), pool.coin)?;
    let average = holding.cost.amount().checked_div(known.decimal());
    Ok(Position {
        coin: holding.coin,
        algorithm: (pooling == Pooling::ByAlgorithm).then_some(holding.algorithm),
        quantity: holding.quantity,
        unknown_cost: holding.unknown_cost,
        cost: holding.cost,
        average_price: average.map(|price| Money::aud(price.normalize())),
        market_value: holding.market_value,
        unrealised: holding.unrealised,
        price_age_s: holding.price_age_s,
        parcels: parcels.collect::<Result<_, BooksError>>()?,
    })
}

/// All positions, by coin number, then algorithm number.
pub(crate) fn positions<N: Units>(
    matcher: &Matcher<N>,
    query: &PnlQuery,
    prices: Prices<'_>,
) -> Result<Vec<Position>, BooksError> {
    let held = matcher.pools().iter().filter(|pool| !pool.is_empty() && query.asks_of(pool.algorithm));
    let mut all = held.map(|pool| position(pool, query.pooling(), prices)).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|position| (position.coin, position.algorithm));
    Ok(all)
}

/// What stands after the last row.
pub(crate) struct Standing {
    /// Gains of the sales in the window.
    pub realised: Money,
    /// The coins held of a known cost and that cost, by coin, where a coin is one pool.
    pub held: Vec<(u32, Quantity, Money)>,
}

pub(crate) fn standing<N: Units>(matcher: &Matcher<N>, total: &Tally<N>) -> Result<Standing, BooksError> {
    let realised = N::money(&total.realised()).map(Money::aud);
    let pool =
        |pool: &Pool<N>| Ok((pool.coin, quantity::<N>(&pool.known(), pool.coin)?, cost::<N>(pool.cost(), pool.coin)?));
    let held = matcher.pools().iter().filter(|pool| !pool.is_empty()).map(pool).collect::<Result<_, BooksError>>()?;
    Ok(Standing { realised: realised.ok_or(BooksError::SumTooLarge { what: "the realised gain" })?, held })
}
