//! How long live orders of late took on their way, by the moments that stand in the journal.
//!
//! | from | to |
//! |---|---|
//! | a signal is taken | its order's intent is durable: the bytes leave right after it |
//! | the intent | the exchange's acknowledgement is written down |
//!
//! Invariants: a fold over facts and when each was recorded, the same after a restart; an order a person was asked about has no
//! first figure, for it waited for them; times that contradict each other are left out. Deliberately absent: paper, which goes nowhere.

use domain::{Coin, Fact, Name, Timestamp};
use floor::{Order, Orders};
use std::collections::{BTreeMap, VecDeque};

/// Newest figures that are kept.
const KEPT: usize = 500;

/// Times of the newest live orders, in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Latency {
    /// The last signal of each algorithm and coin: its slot, and when it was taken.
    signals: BTreeMap<(Name, Coin), (Timestamp, Timestamp)>,
    to_sent: VecDeque<i64>,
    to_answer: VecDeque<i64>,
}

fn keep(times: &mut VecDeque<i64>, micros: i64) {
    if micros < 0 {
        return;
    }
    if times.len() >= KEPT {
        times.pop_front();
    }
    times.push_back(micros);
}

impl Latency {
    /// From signals taken to intents.
    pub fn to_sent(&self) -> impl Iterator<Item = i64> {
        self.to_sent.iter().copied()
    }

    /// From intents to acknowledgements.
    pub fn to_answer(&self) -> impl Iterator<Item = i64> {
        self.to_answer.iter().copied()
    }

    /// Takes a fact, after the orders took it.
    pub fn take(&mut self, fact: &Fact, recorded_at: Timestamp, orders: &Orders) {
        match fact {
            Fact::SignalTaken { name, signal, at, .. } => {
                self.signals.insert((name.clone(), signal.coin), (signal.slot, *at));
            }
            Fact::LiveIntended { order, intent } => {
                let taken = orders.get(*order).and_then(|order| self.taken(order));
                if let Some(taken) = taken {
                    keep(&mut self.to_sent, intent.at.micros() - taken.micros());
                }
            }
            Fact::OrderOpened { order, .. } => {
                if let Some(intent) = orders.get(*order).and_then(Order::intent) {
                    keep(&mut self.to_answer, recorded_at.micros() - intent.at.micros());
                }
            }
            _ => {}
        }
    }

    /// When the signal of an order was taken; none for one nobody signalled, or that a person was asked about.
    fn taken(&self, order: &Order) -> Option<Timestamp> {
        let (signal, name) = (order.terms().signal.as_ref()?, order.proposal().algorithm.as_ref()?);
        let (slot, taken) = self.signals.get(&(name.clone(), order.proposal().coin))?;
        let is_its = order.ask().is_none() && signal.evidence.contains(&format!("slot {slot}"));
        is_its.then_some(*taken)
    }
}
