//! Orders cut into slices over time.
//!
//! Slice `n` is due at the start plus `n` parts of the time, and until the next one is due. Each is proposed like any other order and
//! judged by itself; it names the whole as its parent. Invariants: a slice is begun at most once, also across a crash, since
//! that it begins is a fact before it is proposed; one whose time has gone by is missed and not caught up, so that slices are never
//! bunched; slices add up to the whole, to the cent. A kill ends all of them, a fresh paper wallet those on paper. Deliberately absent:
//! clocks, and what becomes of a slice.

use domain::{Book, Decimal, Fact, Money, Name, OrderId, RoundingStrategy, Timestamp, Twap};
use std::collections::BTreeMap;

const SECOND_MICROS: i64 = 1_000_000;
/// Slices there may be.
pub const SLICES_MAX: u16 = 1_000;
/// The shortest time between two.
pub const APART_S_MIN: u32 = 5;
/// The longest time over all.
pub const OVER_S_MAX: u32 = 7 * 86_400;

/// Where one stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// What was asked for.
    pub twap: Twap,
    /// Slices begun.
    pub begun: u16,
    /// The lowest slice that was not begun.
    next: u16,
    /// Why it ended before its time; none while it runs or when it ran to its end.
    pub stopped: Option<Name>,
}

/// A slice that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    /// The whole it belongs to.
    pub parent: OrderId,
    /// Its number, from 0.
    pub number: u16,
    /// What it costs or brings.
    pub size: Money,
    /// When the next one is due: until then it may rest.
    pub until: Timestamp,
    /// What was asked for.
    pub twap: Twap,
}

impl Running {
    /// When a slice is due; the one after the last says when all is over.
    fn due(&self, number: u16) -> Timestamp {
        let part = i64::from(self.twap.over_s) * SECOND_MICROS * i64::from(number) / i64::from(self.twap.slices.max(1));
        self.twap.start.plus_micros(part)
    }

    /// Whether nothing of it is to come.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.stopped.is_some() || self.next >= self.twap.slices || now >= self.due(self.twap.slices)
    }

    /// What a slice costs or brings: equal parts in whole cents, the last takes the rest.
    fn size(&self, number: u16) -> Option<Money> {
        let slices = Decimal::from(self.twap.slices);
        let total = self.twap.total.amount();
        let part = total.checked_div(slices)?.round_dp_with_strategy(2, RoundingStrategy::ToZero);
        let last = number + 1 == self.twap.slices;
        let size = if last { total.checked_sub(part.checked_mul(slices - Decimal::ONE)?)? } else { part };
        Some(Money::aud(size))
    }

    fn slice(&self, parent: OrderId, now: Timestamp) -> Option<Slice> {
        if self.is_over(now) || now < self.due(self.next) {
            return None;
        }
        // The newest that is due; those before it are missed.
        let number = (self.next..self.twap.slices).rev().find(|number| self.due(*number) <= now)?;
        let size = self.size(number).filter(|size| size.amount() > Decimal::ZERO)?;
        Some(Slice { parent, number, size, until: self.due(number + 1), twap: self.twap.clone() })
    }
}

/// All of them, folded from facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Twaps(BTreeMap<OrderId, Running>);

impl Twaps {
    /// Takes a fact; those about other things change nothing.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::TwapStarted { id, twap } => {
                let running = Running { twap: twap.clone(), begun: 0, next: 0, stopped: None };
                self.0.entry(*id).or_insert(running);
            }
            Fact::TwapSlice { id, number } => {
                if let Some(running) = self.0.get_mut(id) {
                    running.begun = running.begun.saturating_add(1);
                    running.next = running.next.max(number.saturating_add(1));
                }
            }
            Fact::TwapStopped { id, reason } => {
                if let Some(running) = self.0.get_mut(id) {
                    running.stopped.get_or_insert_with(|| reason.clone());
                }
            }
            Fact::Killed { .. } => self.stop_all("killed", |_| true),
            Fact::PaperReset { .. } => self.stop_all("paper_reset", |twap| twap.book == Book::Paper),
            _ => {}
        }
    }

    fn stop_all(&mut self, reason: &str, which: impl Fn(&Twap) -> bool) {
        let Ok(reason) = Name::parse(reason) else { return };
        for running in self.0.values_mut().filter(|running| which(&running.twap)) {
            if running.next < running.twap.slices {
                running.stopped.get_or_insert_with(|| reason.clone());
            }
        }
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: OrderId) -> Option<&Running> {
        self.0.get(&id)
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (OrderId, &Running)> {
        self.0.iter().map(|(id, running)| (*id, running))
    }

    /// The slices due now, at most one of each.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Vec<Slice> {
        self.0.iter().filter_map(|(id, running)| running.slice(*id, now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOW, aud, coin, id, name};
    use domain::Side;

    fn started(total: &str, slices: u16) -> Twaps {
        let twap = Twap {
            book: Book::Paper,
            coin: coin("BTC"),
            side: Side::Buy,
            total: aud(total),
            limit: None,
            start: NOW,
            over_s: 600,
            slices,
        };
        let mut twaps = Twaps::default();
        twaps.apply(&Fact::TwapStarted { id: id(1), twap });
        twaps
    }

    fn at(seconds: i64) -> Timestamp {
        NOW.plus_micros(seconds * SECOND_MICROS)
    }

    fn begin(twaps: &mut Twaps, seconds: i64) -> Option<(u16, Money)> {
        let slice = twaps.due(at(seconds)).pop()?;
        twaps.apply(&Fact::TwapSlice { id: id(1), number: slice.number });
        Some((slice.number, slice.size))
    }

    #[test]
    fn slices_come_evenly_each_once_and_add_up_to_the_whole() {
        let mut twaps = started("100", 3);
        let mut sum = Decimal::ZERO;
        for (seconds, expected) in
            [(-1, None), (0, Some(0)), (1, None), (199, None), (200, Some(1)), (400, Some(2)), (500, None)]
        {
            let begun = begin(&mut twaps, seconds);
            assert_eq!(begun.as_ref().map(|(number, _)| *number), expected, "{seconds} s");
            sum += begun.map_or(Decimal::ZERO, |(_, size)| size.amount());
        }
        assert_eq!(sum, Decimal::ONE_HUNDRED);
        assert!(twaps.get(id(1)).unwrap().is_over(at(500)));
    }

    #[test]
    fn what_was_missed_is_not_caught_up_and_after_the_end_nothing_comes() {
        let mut twaps = started("100", 10);
        assert_eq!(begin(&mut twaps, 0).unwrap(), (0, aud("10")));
        assert_eq!(begin(&mut twaps, 330).unwrap(), (5, aud("10")), "four were slept through");
        assert_eq!(begin(&mut twaps, 331), None);
        assert_eq!(begin(&mut twaps, 100), None, "nor when the clock is set back");
        assert_eq!(begin(&mut twaps, 600), None);
        assert_eq!(twaps.get(id(1)).unwrap().begun, 2);
    }

    #[test]
    fn a_stop_a_kill_and_a_fresh_wallet_end_it() {
        let killed = Fact::Killed { receipt: "{}".into() };
        let stopped = Fact::TwapStopped { id: id(1), reason: name("by_person") };
        for (fact, reason) in
            [(stopped, "by_person"), (killed, "killed"), (Fact::PaperReset { cash: aud("5") }, "paper_reset")]
        {
            let mut twaps = started("100", 10);
            twaps.apply(&fact);
            assert_eq!(twaps.due(at(60)), []);
            assert_eq!(twaps.get(id(1)).unwrap().stopped.as_ref().map(Name::as_str), Some(reason));
        }
    }
}
