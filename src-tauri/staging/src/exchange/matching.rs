//! How orders meet the world's book: at once for what crosses it, then step by step as the market drifts.

use super::account::{COIN_PLACES, OPEN_MAX, Open, State};
use super::{Side, has_book};
use crate::world::{Level, TICK_MS, World};
use rust_decimal::{Decimal, RoundingStrategy};

/// Steps looked at when nobody asked for long: a day.
const STEPS_MAX: i64 = 5_760;

pub(super) fn step_of(now_ms: i64) -> i64 {
    now_ms.div_euclid(TICK_MS)
}

/// What the other side offers at a rate or better, best first.
fn crossing(world: &World, at_ms: i64, side: Side, coin: &str, rate: Decimal) -> Vec<Level> {
    let Some(book) = world.at(at_ms).book(coin) else { return Vec::new() };
    match side {
        Side::Buy => book.sells.into_iter().filter(|level| level.rate <= rate).collect(),
        Side::Sell => book.buys.into_iter().filter(|level| level.rate >= rate).collect(),
    }
}

impl State {
    /// Lets resting orders be filled by what the world did since the last time.
    pub fn settle(&mut self, world: &World, now_ms: i64) {
        let now = step_of(now_ms);
        let first = (self.settled + 1).max(now - STEPS_MAX);
        for step in first..=now {
            if self.open.is_empty() {
                break;
            }
            self.settle_step(world, step * TICK_MS);
        }
        self.settled = self.settled.max(now);
    }

    fn settle_step(&mut self, world: &World, at_ms: i64) {
        let resting: Vec<Open> = self.open.clone();
        for order in resting {
            let offered: Decimal =
                crossing(world, at_ms, order.side, &order.coin, order.rate).iter().map(|level| level.amount).sum();
            let part = offered.min(order.left);
            if part > Decimal::ZERO {
                // Who waited gets the rate they asked for.
                self.fill(&order.id, part, order.rate, at_ms);
            }
        }
    }

    fn fill(&mut self, id: &str, part: Decimal, rate: Decimal, at_ms: i64) {
        let Some(at) = self.open.iter().position(|open| open.id == id) else { return };
        let (side, coin) = (self.open[at].side, self.open[at].coin.clone());
        self.open[at].left -= part;
        if self.open[at].left.is_zero() {
            self.open.remove(at);
        }
        self.book(Some(id.to_owned()), side, &coin, (part, rate), at_ms);
    }

    /// Places a book order: what crosses is filled at once at the levels' rates, the rest rests. The order as it was placed.
    pub fn place(
        &mut self,
        world: &World,
        now_ms: i64,
        side: Side,
        coin: &str,
        amount: Decimal,
        rate: Decimal,
    ) -> Result<Open, String> {
        let places = self.habits.rate_places;
        let rate = rate.round_dp_with_strategy(places, RoundingStrategy::ToZero);
        if !has_book(world, coin) {
            return Err("Coin not found".into());
        }
        if amount <= Decimal::ZERO || rate <= Decimal::ZERO || amount.normalize().scale() > COIN_PLACES {
            return Err("Invalid amount or rate".into());
        }
        if self.open.len() >= OPEN_MAX {
            return Err("Too many open orders".into());
        }
        let total = amount.checked_mul(rate).ok_or("Invalid amount or rate")?;
        let needed = match side {
            Side::Buy => total * (Decimal::ONE + super::account::BOOK_FEE),
            Side::Sell => amount,
        };
        let coin_of = (side == Side::Sell).then_some(coin);
        if needed > self.available(coin_of) {
            return Err("Insufficient funds".into());
        }
        let id = self.next_id();
        let open = Open { id, side, coin: coin.to_owned(), amount, left: amount, rate, created_ms: now_ms };
        self.placed += 1;
        self.open.push(open.clone());
        self.meet(world, now_ms, &open);
        Ok(open)
    }

    /// Gives an order another rate, when it has the one that is named. What it was and is of now.
    pub fn edit(
        &mut self,
        world: &World,
        now_ms: i64,
        side: Side,
        (id, coin): (&str, &str),
        (rate, new): (Decimal, Decimal),
    ) -> Result<Open, String> {
        let new = new.round_dp_with_strategy(self.habits.rate_places, RoundingStrategy::ToZero);
        let found = self.open.iter().position(|open| open.id == id && open.side == side && open.coin == coin);
        let at = found.ok_or("Order not found")?;
        let left = self.open[at].left;
        if self.open[at].rate != rate {
            return Err("Rate does not match".into());
        }
        let more = left.checked_mul(new - rate).ok_or("Invalid amount or rate")?;
        if new <= Decimal::ZERO {
            return Err("Invalid amount or rate".into());
        }
        if side == Side::Buy && more * (Decimal::ONE + super::account::BOOK_FEE) > self.available(None) {
            return Err("Insufficient funds".into());
        }
        self.open[at].rate = new;
        if self.habits.edits_rename {
            self.open[at].id = self.next_id();
        }
        let edited = self.open[at].clone();
        self.meet(world, now_ms, &edited);
        Ok(edited)
    }

    /// Fills what crosses at once, at the levels' rates.
    fn meet(&mut self, world: &World, now_ms: i64, open: &Open) {
        let mut left = open.left;
        for level in crossing(world, now_ms, open.side, &open.coin, open.rate) {
            let part = level.amount.min(left);
            if part <= Decimal::ZERO {
                break;
            }
            self.fill(&open.id, part, level.rate, now_ms);
            left -= part;
        }
    }
}
