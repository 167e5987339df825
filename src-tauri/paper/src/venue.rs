//! The simulated exchange: what CoinSpot would do with an order, read cautiously.
//!
//! | order | fills |
//! |---|---|
//! | instant | at once and whole, at the ask (buy) or bid (sell) plus the instant fee; refused when that is worse than it was judged at |
//! | limit, meeting the book for the first time | best level first, at the level's price |
//! | limit, resting | when the market crosses it, at its own limit: that is what a resting order trades at |
//!
//! Where the quote and the depth disagree, the price worse for the trader counts. What this wallet took from a level
//! stays taken until the level's amount changes. Among own orders the better limit goes first, then the older.
//!
//! Invariants: no fill worse than the limit, none larger than what is left, none without a fresh price and (on the book)
//! fresh depth. What was taken from levels, and who still has to meet the book, is not in the journal: after a restart
//! a level counts as untouched and an order as resting.

use crate::market::{Market, Rest, Touch, worse};
use domain::{
    AmountError, Book, Coin, Denial, Fact, Name, OrderId, OrderKind, Price, Proposal, Quantity, Quote, QuoteKind, Side,
    Timestamp, Trade,
};
use floor::{ApprovedOrder, FeeRates, Level, Order, Preview, Venue, number};
use std::collections::HashMap;

/// The venue's name in trades.
pub const VENUE: &str = "paper";

/// What the venue made of an order: the facts to append, in order, and why the rest of it rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The order.
    pub order: OrderId,
    /// [`Fact::OrderOpened`] or [`Fact::OrderRejected`], then a [`Fact::Trade`] a fill; may be empty at a recheck.
    pub facts: Vec<Fact>,
    /// Why it, or what is left, rests; none when nothing is left.
    pub rests: Option<Rest>,
}

/// What was on offer at a level when this wallet took from it, and how much it took.
#[derive(Debug, Clone, Copy)]
struct Taken {
    offered: Quantity,
    taken: Quantity,
}

/// The part of an order that can still trade.
struct Working<'a> {
    id: OrderId,
    proposal: &'a Proposal,
    limit: Price,
    remaining: Quantity,
    fills: usize,
}

/// The simulated exchange.
#[derive(Debug, Clone)]
pub struct PaperVenue {
    fees: FeeRates,
    taken: HashMap<(Coin, Side, Price), Taken>,
    to_meet_book: HashMap<OrderId, Coin>,
}

impl Default for PaperVenue {
    fn default() -> Self {
        Self::new(FeeRates::COINSPOT)
    }
}

impl Venue for PaperVenue {
    type Market<'a> = &'a Market<'a>;
    type Answer = Outcome;

    fn place(&mut self, order: ApprovedOrder, market: &Market<'_>) -> Outcome {
        match self.accept(&order, market) {
            Ok(outcome) => outcome,
            Err(denial) => {
                let id = order.id();
                Outcome { order: id, facts: vec![Fact::OrderRejected { order: id, denial }], rests: None }
            }
        }
    }
}

/// Whether the coin's depth should be read: an order rests there and the quote has come to its limit.
pub fn wants_depth<'o>(resting: impl IntoIterator<Item = &'o Order>, quote: &Quote) -> bool {
    let (Some(bid), Some(ask)) = (quote.bid, quote.ask) else { return false };
    let touch = Touch { bid, ask, kind: quote.kind };
    let met = |order: &Order| {
        let proposal = order.proposal();
        proposal.coin == quote.coin && order.limit().is_some_and(|limit| touch.reaches(proposal.side, limit))
    };
    quote.kind == QuoteKind::Book && resting.into_iter().any(|order| order.is_resting() && met(order))
}

impl PaperVenue {
    /// A venue that charges these fees; the order fold must reserve at the same.
    #[must_use]
    pub fn new(fees: FeeRates) -> Self {
        Self { fees, taken: HashMap::new(), to_meet_book: HashMap::new() }
    }

    fn accept(&mut self, order: &ApprovedOrder, market: &Market<'_>) -> Result<Outcome, Denial> {
        let proposal = order.proposal();
        let coin = proposal.coin;
        if proposal.book != Book::Paper {
            return Err(Denial::new("live_disabled", "The paper venue takes paper orders only."));
        }
        if market.killed {
            return Err(refusal(coin, Rest::Killed));
        }
        if market.quote.is_some_and(|quote| quote.coin != coin) {
            return Err(refusal(coin, Rest::PriceMissing));
        }
        let opened = Fact::OrderOpened { order: order.id(), venue_order_id: None };
        let OrderKind::Limit(limit) = proposal.kind else {
            let trade = self.instant(order, market)?;
            return Ok(Outcome { order: order.id(), facts: vec![opened, Fact::Trade(trade)], rests: None });
        };
        if market.quote.is_some_and(|quote| quote.kind == QuoteKind::Instant) {
            let words = format!("{coin} has no order book at CoinSpot: use an instant order.");
            return Err(Denial::new("no_order_book", words));
        }
        self.to_meet_book.insert(order.id(), coin);
        let working = Working { id: order.id(), proposal, limit, remaining: proposal.quantity, fills: 0 };
        let mut outcome = self.work(working, market);
        outcome.facts.insert(0, opened);
        Ok(outcome)
    }

    fn instant(&self, order: &ApprovedOrder, market: &Market<'_>) -> Result<Trade, Denial> {
        let proposal = order.proposal();
        let coin = proposal.coin;
        let price = market.touch().map_err(|rest| refusal(coin, rest))?.opposite(proposal.side);
        if worse(proposal.side, price, order.worst_price()) {
            let words = format!(
                "{coin} moved from {} to {} before the order was placed: look at the new price and order again.",
                number(order.worst_price().decimal()),
                number(price.decimal()),
            );
            return Err(Denial::new("price_moved", words));
        }
        let fill = Fill { price, quantity: proposal.quantity, number: 1, at: market.now };
        let trade = self.trade(order.id(), proposal, &fill);
        trade.map_err(|error| Denial::new("amount_too_large", format!("{coin}: {error}.")))
    }

    /// An order that rests has another limit: it meets the book anew at the next look.
    pub fn amended(&mut self, order: OrderId, coin: Coin) {
        self.to_meet_book.insert(order, coin);
    }

    /// What was taken of a coin's levels is on offer again: a replayed bar brings offers of its own.
    pub fn refreshed(&mut self, coin: Coin) {
        self.taken.retain(|(of, _, _), _| *of != coin);
    }

    /// Looks again at the resting orders of one coin: for every new price or depth. Orders of other coins, of other
    /// books and those that don't rest are passed over.
    pub fn recheck<'o>(
        &mut self,
        coin: Coin,
        resting: impl IntoIterator<Item = &'o Order>,
        market: &Market<'_>,
    ) -> Vec<Outcome> {
        let mut queue: Vec<Working<'_>> = resting.into_iter().filter_map(|order| working(order, coin)).collect();
        // Stable, so that among equal limits the older order keeps its turn. The sides don't meet each other.
        queue.sort_by(|a, b| match (a.proposal.side, b.proposal.side) {
            (Side::Buy, Side::Buy) => b.limit.cmp(&a.limit),
            (Side::Sell, Side::Sell) => a.limit.cmp(&b.limit),
            (a, b) => a.cmp(&b),
        });
        self.to_meet_book.retain(|id, of| *of != coin || queue.iter().any(|order| order.id == *id));
        let market = Market { quote: market.quote.filter(|quote| quote.coin == coin), ..*market };
        queue.into_iter().map(|order| self.work(order, &market)).collect()
    }

    /// Fills what the market gives one limit order now.
    fn work(&mut self, mut order: Working<'_>, market: &Market<'_>) -> Outcome {
        let mut facts = Vec::new();
        let rests = match self.take(&mut order, market, &mut facts) {
            Ok(()) if order.remaining.is_zero() => None,
            Ok(()) => Some(Rest::UsedUp),
            Err(rest) => Some(rest),
        };
        if rests.is_none() {
            self.to_meet_book.remove(&order.id);
        }
        Outcome { order: order.id, facts, rests }
    }

    fn take(&mut self, order: &mut Working<'_>, market: &Market<'_>, facts: &mut Vec<Fact>) -> Result<(), Rest> {
        let side = order.proposal.side;
        let touch = market.touch()?;
        if touch.kind != QuoteKind::Book {
            return Err(Rest::NoDepth);
        }
        if !touch.reaches(side, order.limit) {
            // It has seen the market and was not met: from now on it is the one that rests.
            self.to_meet_book.remove(&order.id);
            return Err(Rest::Waiting);
        }
        let offers = market.offers(side)?;
        self.forget_changed(order.proposal.coin, side, offers);
        let meets_first = self.to_meet_book.remove(&order.id).is_some();
        for level in offers {
            let touched = touch.opposite(side);
            let price = if worse(side, level.price, touched) { level.price } else { touched };
            if order.remaining.is_zero() || worse(side, price, order.limit) {
                break;
            }
            let free = self.free(order.proposal.coin, side, level)?;
            let quantity = free.min(order.remaining);
            if quantity.is_zero() {
                continue;
            }
            let price = if meets_first { price } else { order.limit };
            self.fill(order, level, Fill { price, quantity, number: order.fills + 1, at: market.now }, facts)
                .map_err(|_| Rest::Uncomputable)?;
        }
        Ok(())
    }

    fn fill(
        &mut self,
        order: &mut Working<'_>,
        level: &Level,
        fill: Fill,
        facts: &mut Vec<Fact>,
    ) -> Result<(), AmountError> {
        let trade = self.trade(order.id, order.proposal, &fill)?;
        let remaining = order.remaining.checked_sub(fill.quantity)?;
        let key = (order.proposal.coin, order.proposal.side, level.price);
        let before = self.taken.get(&key).map_or(Quantity::ZERO, |taken| taken.taken);
        let taken = before.checked_add(fill.quantity)?;
        self.taken.insert(key, Taken { offered: level.quantity, taken });
        order.remaining = remaining;
        order.fills += 1;
        facts.push(Fact::Trade(trade));
        Ok(())
    }

    /// What this wallet has not yet taken of a level.
    fn free(&self, coin: Coin, side: Side, level: &Level) -> Result<Quantity, Rest> {
        let taken = self.taken.get(&(coin, side, level.price)).map_or(Quantity::ZERO, |taken| taken.taken);
        level.quantity.checked_sub(taken).map_err(|_| Rest::UsedUp)
    }

    /// A level that is gone or whose amount changed is a new one. This also keeps the memory as small as the book.
    fn forget_changed(&mut self, coin: Coin, side: Side, offers: &[Level]) {
        self.taken.retain(|(of, taken_side, price), taken| {
            let same = |level: &Level| level.price == *price && level.quantity == taken.offered;
            *of != coin || *taken_side != side || offers.iter().any(same)
        });
    }

    fn trade(&self, id: OrderId, proposal: &Proposal, fill: &Fill) -> Result<Trade, AmountError> {
        let rate = self.fees.of(proposal.kind);
        let parts = Preview::of(fill.quantity, proposal.side, fill.price, rate)?;
        Ok(Trade {
            book: Book::Paper,
            time: fill.at,
            coin: proposal.coin,
            side: proposal.side,
            quantity: fill.quantity,
            price: fill.price,
            fee: parts.fee,
            algorithm: proposal.algorithm.clone(),
            venue: Name::parse(VENUE).ok(),
            external_id: Some(format!("{id}/{}", fill.number)),
            order: Some(id),
            occurrence: 0,
        })
    }
}

/// One fill about to happen; the number counts an order's fills from 1.
struct Fill {
    price: Price,
    quantity: Quantity,
    number: usize,
    at: Timestamp,
}

fn working(order: &Order, coin: Coin) -> Option<Working<'_>> {
    let proposal = order.proposal();
    let ours = order.is_resting() && proposal.book == Book::Paper && proposal.coin == coin;
    let limit = order.limit().filter(|_| ours)?;
    Some(Working { id: order.id(), proposal, limit, remaining: order.remaining(), fills: order.fills().len() })
}

fn refusal(coin: Coin, rest: Rest) -> Denial {
    Denial::new(rest.code(), format!("{coin} was not traded: {rest}."))
}

#[cfg(test)]
mod tests;
