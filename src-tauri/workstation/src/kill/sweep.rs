//! Takes every order of ours off the venue, and looks until none is left there.
//!
//! Invariants: every order we believe to rest is told off at once, before anything is looked at; nothing counts as cancelled
//! but by a look that was asked for afterwards and no longer shows it; what is not ours is listed and left alone, unless the
//! person asked for that as well; everything ends at the deadline. Deliberately absent: keys, files, the journal.

use super::own::{Own, Placed};
use crate::dto::{KillOrder, KillReceipt, RestingElsewhere};
use domain::{Clock, OrderId, Side, Timestamp, VenueOrder};
use std::collections::{BTreeMap, HashSet};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

/// Cancels under way at the same time.
const AT_ONCE: usize = 128;
/// How long answers to cancels are waited for before a look: a look tells as much.
const HEARD: Duration = Duration::from_millis(400);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// What a venue says to a cancel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Said {
    /// It is taken off.
    Taken,
    /// It rested no longer.
    Gone,
    /// No answer, or none that can be read: a look will tell.
    Unclear(String),
}

/// What the switch asks of a venue.
pub(crate) trait Rests: Send + Sync + 'static {
    /// Everything that rests there now, ours or not.
    fn resting(&self, now: Timestamp) -> impl Future<Output = Result<Vec<VenueOrder>, String>> + Send;
    /// Takes one off. May be told twice.
    fn cancel(&self, side: Side, venue_order_id: &str, now: Timestamp) -> impl Future<Output = Said> + Send;
}

/// An order that was told off.
struct Told {
    order: Option<OrderId>,
    side: Side,
    asked_at: Timestamp,
    confirmed_at: Option<Timestamp>,
    tries: u32,
    said: Option<Said>,
}

/// How far a sweep came.
#[derive(Default)]
pub(crate) struct Swept {
    told: BTreeMap<String, Told>,
    others: Vec<VenueOrder>,
    unknown: Vec<OrderId>,
    notes: Vec<String>,
    sent: Option<Duration>,
    /// Whether a look showed everything that rests.
    looked: bool,
}

/// Sweeps until nothing of ours rests, or the deadline.
pub(crate) async fn sweep<V: Rests>(
    venue: &Arc<V>,
    own: &Own,
    all: bool,
    clock: &Arc<dyn Clock>,
    until: Instant,
) -> Swept {
    let mut swept = Swept { unknown: own.unknown.keys().copied().collect(), ..Swept::default() };
    let mut calls = Calls { venue, clock, start: Instant::now(), running: JoinSet::new(), under_way: HashSet::new() };
    let known = own.resting.iter().filter_map(|id| own.ids.get(id).map(|placed| (id.clone(), placed.clone())));
    let mut next: Vec<(String, Option<OrderId>, Side)> =
        known.map(|(id, Placed { order, side })| (id, Some(order), side)).collect();
    loop {
        calls.make(&mut swept, next);
        calls.hear(&mut swept, until.min(Instant::now() + HEARD)).await;
        match timeout_at(until, venue.resting(clock.now())).await {
            Ok(Ok(open)) => next = swept.take(open, own, all, clock.now()),
            Ok(Err(words)) => {
                swept.note(words);
                next = swept.open();
            }
            Err(_) => {
                swept.note("the venue did not say in time what rests there".to_owned());
                break;
            }
        }
        if (swept.looked && next.is_empty()) || Instant::now() + PAUSE >= until {
            break;
        }
        sleep(PAUSE).await;
    }
    // What is under way goes on by itself.
    calls.running.detach_all();
    swept
}

/// Cancels on their way.
struct Calls<'a, V> {
    venue: &'a Arc<V>,
    clock: &'a Arc<dyn Clock>,
    start: Instant,
    running: JoinSet<(String, Said)>,
    under_way: HashSet<String>,
}

impl<V: Rests> Calls<'_, V> {
    /// Tells the venue to take these off, all at once; one that is being told is not told a second time.
    fn make(&mut self, swept: &mut Swept, orders: Vec<(String, Option<OrderId>, Side)>) {
        for (id, order, side) in orders {
            if self.under_way.len() >= AT_ONCE || !self.under_way.insert(id.clone()) {
                continue;
            }
            let now = self.clock.now();
            let told = Told { order, side, asked_at: now, confirmed_at: None, tries: 0, said: None };
            swept.told.entry(id.clone()).or_insert(told).tries += 1;
            let venue = Arc::clone(self.venue);
            self.running.spawn(async move {
                let said = venue.cancel(side, &id, now).await;
                (id, said)
            });
        }
    }

    /// Takes what the venue says, until it has answered all or the time is over.
    async fn hear(&mut self, swept: &mut Swept, until: Instant) {
        loop {
            match timeout_at(until, self.running.join_next()).await {
                Ok(Some(Ok((id, said)))) => {
                    self.under_way.remove(&id);
                    swept.sent = Some(self.start.elapsed());
                    if let Some(told) = swept.told.get_mut(&id) {
                        told.said = Some(said);
                    }
                }
                Ok(Some(Err(broken))) => swept.note(format!("a cancel broke off: {broken}")),
                Ok(None) | Err(_) => return,
            }
        }
    }
}

impl Swept {
    /// Takes a look. What has to be told off, again or for the first time.
    fn take(
        &mut self,
        open: Vec<VenueOrder>,
        own: &Own,
        all: bool,
        now: Timestamp,
    ) -> Vec<(String, Option<OrderId>, Side)> {
        self.looked = true;
        let rests: HashSet<&str> = open.iter().map(|order| order.id.as_str()).collect();
        for (id, told) in &mut self.told {
            let rests = rests.contains(id.as_str());
            told.confirmed_at = if rests { None } else { told.confirmed_at.or(Some(now)) };
        }
        let is_own = |order: &VenueOrder| own.ids.contains_key(&order.id);
        let mut again = Vec::new();
        for order in &open {
            let ours = own.ids.get(&order.id).map(|placed| placed.order);
            if ours.is_some() || all {
                again.push((order.id.clone(), ours, order.side));
            }
        }
        self.others = open.into_iter().filter(|order| !is_own(order)).collect();
        again
    }

    /// What the venue has not agreed to take off.
    fn open(&self) -> Vec<(String, Option<OrderId>, Side)> {
        let is_open = |told: &Told| told.confirmed_at.is_none() && matches!(told.said, None | Some(Said::Unclear(_)));
        let open = self.told.iter().filter(|(_, told)| is_open(told));
        open.map(|(id, told)| (id.clone(), told.order, told.side)).collect()
    }

    fn note(&mut self, words: String) {
        if !self.notes.contains(&words) {
            self.notes.push(words);
        }
    }

    /// Writes what came of it into a receipt.
    pub fn write(self, receipt: &mut KillReceipt) {
        for (venue_order_id, told) in &self.told {
            let Some(id) = told.order else { continue };
            let list = match (told.confirmed_at, &told.said) {
                (None, _) => &mut receipt.unconfirmed,
                (Some(_), Some(Said::Gone)) if told.tries == 1 => &mut receipt.gone,
                (Some(_), _) => &mut receipt.cancelled,
            };
            list.push(id);
            receipt.orders.push(KillOrder {
                id,
                venue_order_id: venue_order_id.clone(),
                asked_at: Some(told.asked_at),
                confirmed_at: told.confirmed_at,
                tries: told.tries,
                said: match &told.said {
                    Some(Said::Unclear(words)) => Some(words.clone()),
                    Some(Said::Gone) => Some("it rested no longer".to_owned()),
                    _ => None,
                },
            });
        }
        let told = &self.told;
        receipt.resting_elsewhere.extend(self.others.into_iter().map(|order| RestingElsewhere {
            asked_at: told.get(&order.id).map(|told| told.asked_at),
            venue_order_id: ledgers::inert(&order.id),
            side: order.side,
            coin: order.coin,
            quantity: order.left,
            limit: order.rate,
        }));
        receipt.unknown.extend(self.unknown);
        receipt.notes.extend(self.notes);
        receipt.sent_ms = self.sent.map(|sent| u64::try_from(sent.as_millis()).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests;
