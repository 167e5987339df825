//! All orders, folded from the journal, with what they set aside kept up to date.
//!
//! Invariants: insertion order is the journal's order; a fact that doesn't fit changes nothing; the sums of
//! reservations equal a fresh sum over the open orders. A fresh paper wallet takes back every paper order that is not
//! over. Of an order that is over nothing is kept that was only there to find it at the venue; it leaves when asked to (`left`).

mod left;

use crate::authority::holder;
use crate::gate::Reservation;
use crate::order::{Order, OrderError};
use crate::sizing::FeeRates;
use domain::{
    AmountError, Book, Coin, Denial, Fact, Money, OrderId, OrderNote, OrderState, Proposal, Quantity, Side, Timestamp,
    Trade,
};
pub use left::Child;
use left::{Left, Room};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// Orders looked back over when counting those of the last minute; far above any limit an order rate can have.
const RATE_LOOKBACK: usize = 2_000;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Reserved {
    cash: Option<Money>,
    coins: HashMap<Coin, Quantity>,
    /// The cash again, by what it buys and by who asked.
    buying: HashMap<Coin, Money>,
    holders: HashMap<String, Money>,
}

impl Reserved {
    fn cash(&self) -> Money {
        self.cash.unwrap_or(Money::ZERO_AUD)
    }

    fn of(&self, coin: Coin) -> Quantity {
        self.coins.get(&coin).copied().unwrap_or(Quantity::ZERO)
    }

    fn buying(&self, coin: Coin) -> Money {
        self.buying.get(&coin).copied().unwrap_or(Money::ZERO_AUD)
    }

    fn of_holder(&self, holder: &str) -> Money {
        self.holders.get(holder).copied().unwrap_or(Money::ZERO_AUD)
    }

    fn replace(&mut self, of: &Proposal, before: Reservation, after: Reservation) -> Result<(), AmountError> {
        let (coin, holder) = (of.coin, holder(of));
        let moved = |sum: Money| sum.checked_add(after.cash)?.checked_sub(before.cash);
        let (cash, buying, held) = (moved(self.cash())?, moved(self.buying(coin))?, moved(self.of_holder(holder))?);
        let coins = self.of(coin).checked_add(after.coins)?.checked_sub(before.coins)?;
        self.cash = Some(cash);
        if buying.amount().is_zero() {
            self.buying.remove(&coin);
        } else {
            self.buying.insert(coin, buying);
        }
        if held.amount().is_zero() {
            self.holders.remove(holder);
        } else {
            self.holders.insert(holder.to_owned(), held);
        }
        if coins.is_zero() {
            self.coins.remove(&coin);
        } else {
            self.coins.insert(coin, coins);
        }
        Ok(())
    }
}

/// The orders of the journal, but for those that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    orders: Vec<Order>,
    /// Which one each of them was, counted over all there ever were.
    numbers: Vec<u64>,
    places: HashMap<OrderId, usize>,
    open: BTreeSet<usize>,
    /// Cancelled at the venue: rows of them may still come, and are held against the history before them.
    late: BTreeSet<usize>,
    fees: FeeRates,
    paper: Reserved,
    live: Reserved,
    /// When venues were asked for other limits of late.
    amends: VecDeque<Timestamp>,
    /// Those that ended last.
    ended: VecDeque<OrderId>,
    /// Coins that live orders bought and did not sell again.
    bought: BTreeMap<Coin, Quantity>,
    left: Left,
    room: Room,
    /// How many stayed when some left last.
    kept: usize,
}

impl Default for Orders {
    fn default() -> Self {
        Self::new(FeeRates::COINSPOT)
    }
}

impl Orders {
    /// None yet; reservations are made at these rates.
    #[must_use]
    pub fn new(fees: FeeRates) -> Self {
        Self {
            orders: Vec::new(),
            numbers: Vec::new(),
            places: HashMap::new(),
            open: BTreeSet::new(),
            late: BTreeSet::new(),
            fees,
            paper: Reserved::default(),
            live: Reserved::default(),
            amends: VecDeque::new(),
            ended: VecDeque::new(),
            bought: BTreeMap::new(),
            left: Left::default(),
            room: Room::USUAL,
            kept: 0,
        }
    }

    /// Takes a fact of the journal; those that are not about orders change nothing.
    ///
    /// # Errors
    /// [`OrderError`]; nothing has changed then, and the journal is not what this version would have written.
    pub fn apply(&mut self, fact: &Fact) -> Result<(), OrderError> {
        if let Fact::OrderProposed { order, proposal } = fact {
            return self.propose(Order::proposed(*order, proposal.clone()));
        }
        if matches!(fact, Fact::PaperReset { .. }) {
            return self.take_back_paper();
        }
        let Some(id) = fact.order() else { return Ok(()) };
        let Some(&place) = self.places.get(&id) else { return Err(OrderError::NoSuchOrder(id)) };
        self.change(place, |order, fees| order.apply(fact, fees))?;
        if let Fact::OrderNoted { note: OrderNote::AmendAsked(amendment), .. } = fact {
            if self.amends.len() == RATE_LOOKBACK {
                self.amends.pop_front();
            }
            self.amends.push_back(amendment.at);
        }
        if let Fact::Trade(trade) = fact {
            self.count_bought(trade);
        }
        Ok(())
    }

    fn count_bought(&mut self, trade: &Trade) {
        if trade.book != Book::Live {
            return;
        }
        let sum = self.bought.entry(trade.coin).or_insert(Quantity::ZERO);
        // Ours is at least nothing: what was sold beyond it was not bought here.
        *sum = match trade.side {
            Side::Buy => sum.checked_add(trade.quantity).unwrap_or(*sum),
            Side::Sell => sum.checked_sub(trade.quantity).unwrap_or(Quantity::ZERO),
        };
    }

    fn propose(&mut self, order: Order) -> Result<(), OrderError> {
        if self.places.contains_key(&order.id()) {
            return Err(OrderError::ProposedTwice(order.id()));
        }
        let place = self.orders.len();
        self.places.insert(order.id(), place);
        self.open.insert(place);
        self.orders.push(order);
        self.numbers.push(self.left.count + place as u64);
        Ok(())
    }

    /// Changes one order and, with it, what is set aside.
    fn change(
        &mut self,
        place: usize,
        step: impl FnOnce(&mut Order, &FeeRates) -> Result<(), OrderError>,
    ) -> Result<(), OrderError> {
        let Some(order) = self.orders.get_mut(place) else { return Ok(()) };
        let id = order.id();
        let failed = |error| OrderError::Amount { order: id, error };
        let before = order.reservation(&self.fees).map_err(failed)?;
        step(order, &self.fees)?;
        let after = order.reservation(&self.fees).map_err(failed)?;
        let reserved = if order.proposal().book == Book::Paper { &mut self.paper } else { &mut self.live };
        reserved.replace(order.proposal(), before, after).map_err(failed)?;
        if order.state().is_final() {
            self.open.remove(&place);
            if order.let_go() {
                self.late.insert(place);
            }
            if self.ended.len() >= self.room.ended {
                self.ended.pop_front();
            }
            self.ended.push_back(id);
        } else {
            self.open.insert(place);
        }
        Ok(())
    }

    fn take_back_paper(&mut self) -> Result<(), OrderError> {
        let places: Vec<usize> = self.open.iter().copied().collect();
        for place in places {
            if self.orders.get(place).is_some_and(|order| order.proposal().book == Book::Paper) {
                self.change(place, |order, _| {
                    order.end_with_wallet(Denial::new("paper_reset", "the paper wallet was started afresh"));
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// Lets go of the history before cancelled orders that nothing looks for any more. The journal keeps it.
    pub fn let_go(&mut self, is_watched: impl Fn(OrderId) -> bool) {
        let orders = &mut self.orders;
        self.late.retain(|&place| {
            let Some(order) = orders.get_mut(place) else { return false };
            if is_watched(order.id()) {
                return true;
            }
            order.forget_history();
            false
        });
    }

    /// One order.
    #[must_use]
    pub fn get(&self, id: OrderId) -> Option<&Order> {
        self.places.get(&id).and_then(|&place| self.orders.get(place))
    }

    /// The orders that are here, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> + ExactSizeIterator {
        self.orders.iter()
    }

    /// How many are here.
    #[must_use]
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// Whether none are here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The orders something can still happen to, oldest first.
    pub fn open(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.open.iter().filter_map(|&place| self.orders.get(place))
    }

    /// The orders of a book that rest at its venue, oldest first.
    pub fn resting(&self, book: Book) -> impl DoubleEndedIterator<Item = &Order> {
        self.open().filter(move |order| order.is_resting() && order.proposal().book == book)
    }

    /// The live order that closes a market to others: one nobody knows the fate of yet.
    #[must_use]
    pub fn locking(&self, coin: Coin) -> Option<&Order> {
        self.open().find(|order| order.proposal().coin == coin && order.locks_market())
    }

    /// The orders a person is asked about, oldest first.
    pub fn asked(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.open().filter(|order| order.state() == OrderState::AwaitingApproval && order.ask().is_some())
    }

    /// Coins that live orders bought and did not sell again.
    pub fn bought(&self) -> impl Iterator<Item = (Coin, Quantity)> {
        self.bought.iter().map(|(coin, held)| (*coin, *held)).filter(|(_, held)| !held.is_zero())
    }

    /// The cash of a book that its open orders set aside.
    #[must_use]
    pub fn reserved_cash(&self, book: Book) -> Money {
        self.reserved(book).cash()
    }

    /// The same of one mandate's holder.
    #[must_use]
    pub fn reserved_cash_of(&self, book: Book, of: &str) -> Money {
        self.reserved(book).of_holder(of)
    }

    /// The same of the buys of one coin.
    #[must_use]
    pub fn open_buys_of(&self, book: Book, coin: Coin) -> Money {
        self.reserved(book).buying(coin)
    }

    /// The same order, by the same holder, asked for in the seconds before `now` and neither refused nor taken back.
    #[must_use]
    pub fn twin(&self, of: &Proposal, now: Timestamp, within_s: u32) -> Option<OrderId> {
        let since = now.plus_micros(-i64::from(within_s) * 1_000_000).millis();
        let is_twin = |order: &&Order| {
            let at = id_millis(order.id());
            let over = order.state().is_final() && order.filled().is_zero();
            order.proposal() == of && !over && at > since && at <= now.millis()
        };
        self.orders.iter().rev().take(self.room.newest).find(is_twin).map(Order::id)
    }

    /// The coins of a book that its open orders set aside.
    #[must_use]
    pub fn reserved_coins(&self, book: Book, coin: Coin) -> Quantity {
        self.reserved(book).of(coin)
    }

    fn reserved(&self, book: Book) -> &Reserved {
        if book == Book::Paper { &self.paper } else { &self.live }
    }

    /// How many orders of a book, and other limits for them, were allowed in the minute before `now`, by the times in their ids. Denied ones don't
    /// count, or a refusal for too many would prolong itself; nor do times ahead of a clock that was set back.
    #[must_use]
    pub fn allowed_in_last_minute(&self, book: Book, now: Timestamp) -> u32 {
        let since = now.plus_micros(-60_000_000).millis();
        let recent = |order: &&Order| {
            let at = id_millis(order.id());
            order.proposal().book == book && order.approved_by().is_some() && at > since && at <= now.millis()
        };
        let count = self.orders.iter().rev().take(self.room.newest).filter(recent).count();
        // The paper venue is asked by nobody but this process: its amendments have no time and count nothing.
        let amended = |at: &&Timestamp| book == Book::Live && at.millis() > since && **at <= now;
        let count = count + self.amends.iter().filter(amended).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }
}

/// The milliseconds an id begins with.
fn id_millis(id: OrderId) -> i64 {
    id.bytes().iter().take(6).fold(0, |millis, &byte| millis << 8 | i64::from(byte))
}

#[cfg(test)]
mod tests;
