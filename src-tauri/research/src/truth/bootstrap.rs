//! How far a result could have come out otherwise: the same returns drawn again in blocks, and the same trades in other orders.
//!
//! Source: Politis and Romano, "The Stationary Bootstrap" (Journal of the American Statistical Association 89, 1994): blocks
//! begin anywhere, have geometric lengths, and run around the end. The mean length is n^⅓ rounded up unless given. Intervals
//! are percentiles of the draws.

use super::missing::Missing;
use super::random::Random;
use super::sharpe::Moments;

/// Fewer returns are not drawn again.
const RETURNS_MIN: usize = 30;
/// Fewer trades are not put into other orders.
const TRADES_MIN: usize = 5;
/// The most draws.
const DRAWS_MAX: usize = 100_000;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// How often.
    pub draws: usize,
    /// The mean length of a block; none for n^⅓.
    pub block: Option<usize>,
    /// The share of draws between the two ends of an interval.
    pub level: f64,
    /// The seed.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { draws: 1_000, block: None, level: 0.95, seed: 1 }
    }
}

/// Where most draws lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The intervals of the draws.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Intervals {
    /// What it all returned; 0.1 is ten percent.
    pub total_return: Band,
    /// Mean ÷ deviation, per period.
    pub sharpe: Band,
    /// The deepest fall below the highest point; 0.1 is ten percent.
    pub drawdown: Band,
    /// The share of draws that lost money.
    pub loss: f64,
    /// How many draws.
    pub draws: usize,
    /// The mean length of a block.
    pub block: usize,
    /// The share of draws within an interval.
    pub level: f64,
}

/// What returns make of one, less one.
#[must_use]
pub fn total_return(returns: &[f64]) -> f64 {
    returns.iter().fold(1.0, |worth, one| worth * (1.0 + one)) - 1.0
}

/// The deepest fall below the highest point so far, as a share of it.
#[must_use]
pub fn max_drawdown(returns: &[f64]) -> f64 {
    let (mut worth, mut highest, mut deepest) = (1.0f64, 1.0f64, 0.0f64);
    for one in returns {
        worth *= 1.0 + one;
        highest = highest.max(worth);
        deepest = deepest.max(1.0 - worth / highest);
    }
    deepest
}

/// Draws the returns again.
///
/// # Errors
/// [`Missing::TooFewReturns`], [`Missing::NotFinite`], [`Missing::NoVariation`].
pub fn bootstrap(returns: &[f64], how: Bootstrap) -> Result<Intervals, Missing> {
    let count = returns.len();
    if count < RETURNS_MIN {
        return Err(Missing::TooFewReturns { have: count, need: RETURNS_MIN });
    }
    Moments::of(returns)?;
    let block = how.block.unwrap_or_else(|| libm::ceil(libm::cbrt(count as f64)) as usize).clamp(1, count);
    let draws = how.draws.clamp(1, DRAWS_MAX);
    let mut found = (Vec::with_capacity(draws), Vec::with_capacity(draws), Vec::with_capacity(draws));
    let mut drawn = Vec::with_capacity(count);
    for draw in 0..draws {
        let mut random = Random::new(how.seed, draw as u64);
        redraw(returns, block, &mut random, &mut drawn);
        found.0.push(total_return(&drawn));
        // A draw of one value again and again has no ratio; it tells nothing either way.
        found.1.extend(Moments::of(&drawn).map(|moments| moments.sharpe()));
        found.2.push(max_drawdown(&drawn));
    }
    let lost = found.0.iter().filter(|total| **total < 0.0).count();
    let within = |values: Vec<f64>| interval(values, how.level);
    Ok(Intervals {
        total_return: within(found.0),
        sharpe: within(found.1),
        drawdown: within(found.2),
        loss: lost as f64 / draws as f64,
        draws,
        block,
        level: how.level,
    })
}

fn redraw(returns: &[f64], block: usize, random: &mut Random, drawn: &mut Vec<f64>) {
    let count = returns.len();
    let ends = 1.0 / block as f64;
    drawn.clear();
    let mut place = random.below(count);
    for _ in 0..count {
        drawn.push(returns[place]);
        place = if random.unit() < ends { random.below(count) } else { (place + 1) % count };
    }
}

/// The ends between which a share of the values lies, each the nearest value that is.
fn interval(mut values: Vec<f64>, level: f64) -> Band {
    values.sort_by(f64::total_cmp);
    let outside = (1.0 - level.clamp(0.0, 1.0)) / 2.0;
    Band { low: quantile(&values, outside), high: quantile(&values, 1.0 - outside) }
}

/// A quantile of values in order; 0 of none.
fn quantile(ordered: &[f64], share: f64) -> f64 {
    let last = ordered.len().saturating_sub(1);
    let place = libm::round(share * last as f64) as usize;
    ordered.get(place.min(last)).copied().unwrap_or_default()
}

/// The same trades in other orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reshuffled {
    /// The deepest fall as it was.
    pub drawdown: f64,
    /// The middle of the deepest falls in other orders.
    pub median: f64,
    /// The deepest fall that nineteen of twenty orders stay within.
    pub bad: f64,
    /// The share of orders that fell deeper than it did.
    pub deeper: f64,
    /// How many trades.
    pub trades: usize,
    /// How many orders.
    pub orders: usize,
}

/// Puts the returns of closed trades into other orders. What they make together stays the same; how deep it fell does not.
///
/// # Errors
/// [`Missing::TooFewTrades`], [`Missing::NotFinite`].
pub fn reshuffle(trades: &[f64], orders: usize, seed: u64) -> Result<Reshuffled, Missing> {
    if trades.len() < TRADES_MIN {
        return Err(Missing::TooFewTrades { have: trades.len(), need: TRADES_MIN });
    }
    if trades.iter().any(|one| !one.is_finite()) {
        return Err(Missing::NotFinite);
    }
    let drawdown = max_drawdown(trades);
    let orders = orders.clamp(1, DRAWS_MAX);
    let mut falls = Vec::with_capacity(orders);
    let mut shuffled = trades.to_vec();
    for order in 0..orders {
        shuffled.copy_from_slice(trades);
        Random::new(seed, order as u64).shuffle(&mut shuffled);
        falls.push(max_drawdown(&shuffled));
    }
    falls.sort_by(f64::total_cmp);
    // The same fall comes out a rounding apart in another order.
    let deeper = falls.iter().filter(|fall| **fall > drawdown + 1e-12).count() as f64 / orders as f64;
    let (median, bad) = (quantile(&falls, 0.5), quantile(&falls, 0.95));
    Ok(Reshuffled { drawdown, median, bad, deeper, trades: trades.len(), orders })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, drift: f64) -> Vec<f64> {
        let mut random = Random::new(3, 0);
        (0..count).map(|_| (random.unit() - 0.5) / 50.0 + drift).collect()
    }

    #[test]
    fn returns_and_falls_are_those_worked_out_by_hand() {
        assert!((total_return(&[0.5, -0.5, 1.0]) - 0.5).abs() < 1e-15);
        // 1 → 1.5 → 0.75 → 1.5: half of the highest.
        assert_eq!(max_drawdown(&[0.5, -0.5, 1.0]), 0.5);
        assert_eq!(max_drawdown(&[0.1, 0.1]), 0.0);
        assert_eq!(max_drawdown(&[-0.25]), 0.25, "a fall from the first moment counts");
    }

    #[test]
    fn a_seed_draws_the_same_and_another_does_not() {
        let returns = noise(200, 0.001);
        let how = Bootstrap { draws: 200, ..Bootstrap::default() };
        let first = bootstrap(&returns, how).unwrap();
        assert_eq!(bootstrap(&returns, how).unwrap(), first);
        assert_ne!(bootstrap(&returns, Bootstrap { seed: 2, ..how }).unwrap(), first);
        assert_eq!((first.block, first.draws), (6, 200), "the cube root of 200 rounded up");
    }

    #[test]
    fn the_interval_of_independent_returns_is_as_wide_as_theory_says() {
        let returns = noise(1_000, 0.0);
        let found = bootstrap(&returns, Bootstrap { draws: 2_000, block: Some(1), ..Bootstrap::default() }).unwrap();
        // The Sharpe ratio of n independent returns deviates by about 1/√n: ± 1.96/√1000.
        let width = found.sharpe.high - found.sharpe.low;
        assert!((width - 2.0 * 1.96 / 1_000f64.sqrt()).abs() < 0.01, "{width}");
        let sharpe = Moments::of(&returns).unwrap().sharpe();
        assert!(found.sharpe.low < sharpe && sharpe < found.sharpe.high);
    }

    #[test]
    fn blocks_keep_what_hangs_together() {
        // Up and down in turn stays where it is; drawn one by one it wanders.
        let returns: Vec<f64> = (0..400).map(|place| if place % 2 == 0 { 0.01 } else { -0.01 }).collect();
        let fall = |block| {
            bootstrap(&returns, Bootstrap { draws: 300, block: Some(block), ..Bootstrap::default() })
                .unwrap()
                .drawdown
                .high
        };
        assert!(fall(1) > 2.0 * fall(40), "{} {}", fall(1), fall(40));
    }

    #[test]
    fn too_few_returns_or_trades_are_not_drawn_again() {
        let few = bootstrap(&[0.01; 29], Bootstrap::default());
        assert_eq!(few, Err(Missing::TooFewReturns { have: 29, need: 30 }));
        assert_eq!(bootstrap(&[0.01; 30], Bootstrap::default()), Err(Missing::NoVariation));
        assert_eq!(reshuffle(&[0.1; 4], 10, 1), Err(Missing::TooFewTrades { have: 4, need: 5 }));
    }

    #[test]
    fn a_lucky_order_of_trades_is_told() {
        // Wins and losses in turn never fall far; most other orders do.
        let trades: Vec<f64> = (0..60).map(|place| if place % 2 == 0 { 0.05 } else { -0.04 }).collect();
        let found = reshuffle(&trades, 500, 1).unwrap();
        assert!((found.drawdown - 0.04).abs() < 1e-12);
        assert!(found.deeper > 0.99 && found.median > 0.1 && found.bad > found.median, "{found:?}");
    }
}
