//! The port orders leave through, and the depth of a book.

use crate::gate::ApprovedOrder;
use domain::{Price, Quantity, Timestamp};

/// Where orders go. It takes an approved order by value and nothing else, so what was not judged can't be sent and what
/// was sent can't be sent again.
pub trait Venue {
    /// What the venue is told of the market with an order; nothing for a venue that is the market.
    type Market<'a>;
    /// What it says at once; for a venue across a network, a future of it.
    type Answer;

    /// Takes one order.
    fn place(&mut self, order: ApprovedOrder, market: Self::Market<'_>) -> Self::Answer;
}

/// One price of an order book, and the coins on offer there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// AUD for one coin.
    pub price: Price,
    /// Coins.
    pub quantity: Quantity,
}

/// The open orders of a coin's book, best first; one level a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    bids: Vec<Level>,
    asks: Vec<Level>,
    seen: Timestamp,
}

/// Levels kept a side; the venue shows 20 to 100.
const LEVELS_MAX: usize = 100;

fn merged(mut levels: Vec<Level>, best_is_highest: bool) -> Vec<Level> {
    levels.sort_by(|a, b| if best_is_highest { b.price.cmp(&a.price) } else { a.price.cmp(&b.price) });
    let mut out: Vec<Level> = Vec::with_capacity(levels.len().min(LEVELS_MAX));
    for level in levels.into_iter().filter(|level| !level.quantity.is_zero()) {
        if let Some(last) = out.last_mut().filter(|last| last.price == level.price) {
            // Coins beyond what a number can hold stay out: less on offer is the cautious reading.
            last.quantity = last.quantity.checked_add(level.quantity).unwrap_or(last.quantity);
        } else if out.len() == LEVELS_MAX {
            break;
        } else {
            out.push(level);
        }
    }
    out
}

impl Depth {
    /// From the venue's lists in any order; equal prices become one level, empty ones are left out.
    #[must_use]
    pub fn new(bids: Vec<Level>, asks: Vec<Level>, seen: Timestamp) -> Self {
        Self { bids: merged(bids, true), asks: merged(asks, false), seen }
    }

    /// What buyers offer, highest first.
    #[must_use]
    pub fn bids(&self) -> &[Level] {
        &self.bids
    }

    /// What sellers ask, lowest first.
    #[must_use]
    pub fn asks(&self) -> &[Level] {
        &self.asks
    }

    /// When it was read.
    #[must_use]
    pub const fn seen(&self) -> Timestamp {
        self.seen
    }

    /// Whether its best bid is above its best ask: a broken snapshot.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        matches!((self.bids.first(), self.asks.first()), (Some(bid), Some(ask)) if bid.price > ask.price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW, price, quantity};

    fn level(at: &str, coins: &str) -> Level {
        Level { price: price(at), quantity: quantity(coins) }
    }

    #[test]
    fn depth_is_best_first_with_one_level_a_price() {
        let bids = vec![level("98", "1"), level("99", "2"), level("98.0", "3"), level("97", "0")];
        let asks = vec![level("102", "1"), level("101", "2")];
        let depth = Depth::new(bids, asks, NOW);
        assert_eq!(depth.bids(), [level("99", "2"), level("98", "4")]);
        assert_eq!(depth.asks(), [level("101", "2"), level("102", "1")]);
        assert!(!depth.is_crossed());
        assert!(Depth::new(vec![level("103", "1")], vec![level("102", "1")], NOW).is_crossed());
    }

    #[test]
    fn depth_stays_bounded_and_keeps_the_best() {
        let many = (1..=1000_u32).map(|at| level(&at.to_string(), "1")).collect::<Vec<_>>();
        let depth = Depth::new(many.clone(), many, NOW);
        assert_eq!((depth.bids().len(), depth.asks().len()), (LEVELS_MAX, LEVELS_MAX));
        assert_eq!((depth.bids()[0].price, depth.asks()[0].price), (price("1000"), price("1")));
    }
}
