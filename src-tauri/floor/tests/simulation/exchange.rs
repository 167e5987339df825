//! The venue as it truly is: what rests, what was executed, for whom, and how badly it may answer.
//!
//! It knows whose every order is, which the workstation is never told. Behaviours nobody has confirmed of the real one are
//! habits, drawn anew for each seed.

use crate::dice::Dice;
use domain::{Coin, Decimal, Look, OrderId, OrderKind, Price, Quantity, Side, Timestamp, VenueFill, VenueOrder};
use std::collections::BTreeMap;

/// What the history's rows of book orders are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    OfOrder,
    OfRow,
    Missing,
}

/// How this venue does things.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    pub ids: Ids,
    /// Digits of a rate that it keeps.
    pub rate_places: u32,
    /// The history tells what was executed so much later.
    pub lag_micros: i64,
}

/// Whose something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    Ours(OrderId),
    Hand,
}

/// An order with its true owner.
#[derive(Debug, Clone)]
pub struct Resting {
    pub order: VenueOrder,
    pub owner: Owner,
}

/// A row with its true owner, and when the history tells it.
#[derive(Debug, Clone)]
pub struct Done {
    pub row: VenueFill,
    pub owner: Owner,
    pub shows_at: Timestamp,
}

/// An order as its bytes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    pub order: OrderId,
    pub nonce: u64,
    pub body: String,
    pub side: Side,
    pub coin: Coin,
    pub kind: OrderKind,
    pub quantity: Quantity,
    pub worst: Price,
}

/// Another limit for an order that rests, as its bytes say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub order: OrderId,
    pub nonce: u64,
    pub body: String,
    pub venue_id: String,
    pub to: Price,
}

/// A request that is long on its way.
#[derive(Debug, Clone)]
enum Late {
    Order(Wire),
    Edit(Edit),
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    RequestLost,
    ReplyLost,
    /// The reply is given up on; the request arrives after all.
    Late {
        micros: i64,
    },
    RefusedButPlaced,
    Refused,
    WrongEcho,
}

/// What the caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Placed { id: Option<String> },
    Refused,
    Silence,
}

/// The venue.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub habits: Habits,
    pub resting: Vec<Resting>,
    pub done: Vec<Done>,
    pub cash: Decimal,
    pub coins: BTreeMap<Coin, Decimal>,
    /// How often an order of ours came to be.
    pub placed: BTreeMap<OrderId, u32>,
    /// Whose each id is.
    pub owners: BTreeMap<String, Owner>,
    pub down_until: Timestamp,
    pub partial_until: Timestamp,
    /// Every rate that our orders truly had.
    pub rates: BTreeMap<OrderId, Vec<Price>>,
    late: Vec<(Timestamp, Late)>,
    nonce: u64,
    serial: u32,
}

impl Exchange {
    pub fn new(habits: Habits, cash: Decimal, coins: BTreeMap<Coin, Decimal>) -> Self {
        Self {
            habits,
            resting: Vec::new(),
            done: Vec::new(),
            cash,
            coins,
            placed: BTreeMap::new(),
            owners: BTreeMap::new(),
            down_until: Timestamp::from_micros(0),
            partial_until: Timestamp::from_micros(0),
            rates: BTreeMap::new(),
            late: Vec::new(),
            nonce: 0,
            serial: 0,
        }
    }

    fn next(&mut self, kind: char) -> String {
        self.serial += 1;
        format!("{kind}{}", self.serial)
    }

    /// Takes an order's bytes and answers, as the fault has it.
    pub fn place(&mut self, now: Timestamp, wire: &Wire, fault: Fault) -> Reply {
        match fault {
            Fault::RequestLost => return Reply::Silence,
            Fault::Late { micros } => {
                self.late.push((now.plus_micros(micros), Late::Order(wire.clone())));
                return Reply::Silence;
            }
            Fault::Refused => return Reply::Refused,
            _ => {}
        }
        let Some(id) = self.accept(now, wire) else { return Reply::Refused };
        match fault {
            Fault::ReplyLost | Fault::WrongEcho => Reply::Silence,
            Fault::RefusedButPlaced => Reply::Refused,
            _ => Reply::Placed { id },
        }
    }

    /// Requests that were long on their way.
    pub fn arrive(&mut self, now: Timestamp) {
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.late).into_iter().partition(|(at, _)| *at <= now);
        self.late = later;
        for (at, call) in due {
            match call {
                Late::Order(wire) => drop(self.accept(at, &wire)),
                Late::Edit(edit) => drop(self.change(&edit)),
            }
        }
    }

    /// Takes the bytes of another limit and answers, as the fault has it.
    pub fn edit(&mut self, now: Timestamp, edit: &Edit, fault: Fault) -> Reply {
        match fault {
            Fault::RequestLost => return Reply::Silence,
            Fault::Late { micros } => {
                self.late.push((now.plus_micros(micros), Late::Edit(edit.clone())));
                return Reply::Silence;
            }
            Fault::Refused => return Reply::Refused,
            _ => {}
        }
        let done = self.change(edit);
        match fault {
            _ if !done => Reply::Refused,
            Fault::ReplyLost | Fault::WrongEcho => Reply::Silence,
            Fault::RefusedButPlaced => Reply::Refused,
            _ => Reply::Placed { id: None },
        }
    }

    /// Gives a resting order another rate; whether it was there.
    fn change(&mut self, edit: &Edit) -> bool {
        let rate = self.kept(edit.to);
        let resting = self.resting.iter_mut().find(|resting| resting.order.id == edit.venue_id);
        let Some(resting) = resting.filter(|_| edit.nonce > self.nonce) else { return false };
        self.nonce = edit.nonce;
        resting.order.rate = rate;
        self.rates.entry(edit.order).or_default().push(rate);
        true
    }

    /// A limit as the venue keeps it.
    pub fn kept(&self, limit: Price) -> Price {
        Price::new(limit.decimal().trunc_with_scale(self.habits.rate_places)).unwrap_or(limit)
    }

    /// The rate at which an order of ours truly rests.
    pub fn rate_of(&self, order: OrderId) -> Option<Price> {
        self.resting.iter().find(|resting| resting.owner == Owner::Ours(order)).map(|resting| resting.order.rate)
    }

    fn accept(&mut self, now: Timestamp, wire: &Wire) -> Option<Option<String>> {
        if wire.nonce <= self.nonce {
            return None;
        }
        self.nonce = wire.nonce;
        let value = wire.quantity.decimal() * wire.worst.decimal();
        let enough = match wire.side {
            Side::Buy => self.cash >= value * Decimal::new(102, 2),
            Side::Sell => self.coins.get(&wire.coin).is_some_and(|owned| *owned >= wire.quantity.decimal()),
        };
        if !enough {
            return None;
        }
        *self.placed.entry(wire.order).or_insert(0) += 1;
        let owner = Owner::Ours(wire.order);
        match wire.kind {
            OrderKind::Instant => {
                self.execute(now, owner, None, (wire.side, wire.coin), (wire.quantity, wire.worst), true);
                Some(None)
            }
            OrderKind::Limit(limit) => {
                let id = self.rest(now, owner, (wire.side, wire.coin), (wire.quantity, limit));
                Some(Some(id))
            }
        }
    }

    /// An order begins to rest.
    pub fn rest(
        &mut self,
        now: Timestamp,
        owner: Owner,
        (side, coin): (Side, Coin),
        (left, limit): (Quantity, Price),
    ) -> String {
        let id = self.next('o');
        let rate = self.kept(limit);
        if let Owner::Ours(order) = owner {
            self.rates.entry(order).or_default().push(rate);
        }
        let order = VenueOrder { id: id.clone(), side, coin, left, rate, created: Some(now) };
        self.resting.push(Resting { order, owner });
        self.owners.insert(id.clone(), owner);
        id
    }

    fn execute(
        &mut self,
        now: Timestamp,
        owner: Owner,
        id: Option<String>,
        (side, coin): (Side, Coin),
        (amount, rate): (Quantity, Price),
        instant: bool,
    ) {
        let value = amount.decimal() * rate.decimal();
        let fee = (value * if instant { Decimal::new(1, 2) } else { Decimal::new(1, 3) }).round_dp(8);
        let coins = self.coins.entry(coin).or_default();
        match side {
            Side::Buy => {
                *coins += amount.decimal();
                self.cash -= value + fee;
            }
            Side::Sell => {
                *coins -= amount.decimal();
                self.cash += value - fee;
            }
        }
        if let Some(id) = &id {
            self.owners.entry(id.clone()).or_insert(owner);
        }
        // The venue tells whole seconds.
        let at = Timestamp::from_micros(now.micros() / 1_000_000 * 1_000_000);
        let row = VenueFill { id, side, coin, instant, amount, rate, fee, at };
        self.done.push(Done { row, owner, shows_at: now.plus_micros(self.habits.lag_micros) });
    }

    /// A resting order meets the market: all of it, or a part.
    pub fn fill(&mut self, now: Timestamp, place: usize, dice: &mut Dice) {
        let Some(resting) = self.resting.get_mut(place) else { return };
        let (owner, side, coin, rate) = (resting.owner, resting.order.side, resting.order.coin, resting.order.rate);
        let left = resting.order.left.decimal();
        let part = match dice.below(4) {
            0 | 1 => left,
            2 => (left / Decimal::TWO).trunc_with_scale(8),
            _ => (left * Decimal::new(dice.between(1, 99), 2)).trunc_with_scale(8),
        };
        let Ok(amount) = Quantity::new(if part.is_zero() { left } else { part }) else { return };
        let Ok(rest) = resting.order.left.checked_sub(amount) else { return };
        resting.order.left = rest;
        let of_order = resting.order.id.clone();
        if rest.is_zero() {
            self.resting.remove(place);
        }
        let id = match self.habits.ids {
            Ids::OfOrder => Some(of_order),
            Ids::OfRow => Some(self.next('r')),
            Ids::Missing => None,
        };
        self.execute(now, owner, id, (side, coin), (amount, rate), false);
    }

    /// Takes an order from the book; whether it was there.
    pub fn cancel(&mut self, id: &str) -> bool {
        let before = self.resting.len();
        self.resting.retain(|resting| resting.order.id != id);
        self.resting.len() < before
    }

    pub fn is_down(&self, now: Timestamp) -> bool {
        now < self.down_until
    }

    /// What it says of the account; `at` is the asker's clock, `since` how far back the history is wanted.
    pub fn look(&self, now: Timestamp, at: Timestamp, since: Timestamp) -> Look {
        let told = |done: &&Done| done.shows_at <= now && done.row.at >= since;
        let complete = now >= self.partial_until;
        let rows: Vec<VenueFill> = self.done.iter().filter(told).map(|done| done.row.clone()).collect();
        // A page that is full lacks its oldest rows, and says so.
        let from = if complete { 0 } else { rows.len() / 2 };
        Look {
            at,
            open: self.resting.iter().map(|resting| resting.order.clone()).collect(),
            done: rows.into_iter().skip(from).collect(),
            complete,
            coins: self
                .coins
                .iter()
                .filter_map(|(coin, owned)| Some((*coin, Quantity::new(*owned).ok()?)))
                .filter(|(_, owned)| !owned.is_zero())
                .collect(),
            cash: self.cash,
        }
    }

    /// What an order of ours truly traded.
    pub fn filled(&self, order: OrderId) -> Decimal {
        let its = self.done.iter().filter(|done| done.owner == Owner::Ours(order));
        its.map(|done| done.row.amount.decimal()).sum()
    }

    /// Whether there is anything of an order of ours: it rests, it traded, or it may still arrive. One that a person took back on the
    /// website before it traded left nothing.
    pub fn knows(&self, order: OrderId) -> bool {
        let is_its = |call: &Late| matches!(call, Late::Order(wire) if wire.order == order && wire.nonce > self.nonce);
        let late = self.late.iter().any(|(_, call)| is_its(call));
        self.rests(order) || late || self.done.iter().any(|done| done.owner == Owner::Ours(order))
    }

    /// Whether an order of ours truly rests.
    pub fn rests(&self, order: OrderId) -> bool {
        self.resting.iter().any(|resting| resting.owner == Owner::Ours(order))
    }
}
