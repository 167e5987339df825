//! Whose turn it is: one signed call of a key is under way at a time.
//!
//! Numbers must arrive in the order they were drawn, so that a call holds its turn from the number to the reply. Who waits is
//! served by urgency, then in order: a cancel before an order, an order before a question. A cancel waits for a call that
//! hangs no longer than [`OVERTAKE`]; then it goes past it, and what it passed either has arrived long ago or is refused for its
//! old number. An order that was passed before its bytes left is not sent at all.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// How long a cancel waits for a call that is under way.
const OVERTAKE: Duration = Duration::from_millis(500);
/// Calls that may wait at once; beyond, a call is refused.
const WAITING_MAX: usize = 512;

/// Who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    Cancel,
    Order,
    Question,
    Background,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    urgency: Urgency,
    ticket: u64,
}

#[derive(Debug, Default)]
struct State {
    tickets: u64,
    held: Option<(u64, Instant)>,
    waiting: BTreeSet<Place>,
}

/// The turns of one key.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    state: Mutex<State>,
    changed: Notify,
}

/// A turn of a key; dropping it gives it up.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    ticket: u64,
}

/// A place in the queue, left when dropped.
struct Waiting<'a> {
    turns: &'a Turns,
    place: Place,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.turns.state().waiting.remove(&self.place);
        self.turns.changed.notify_waiters();
    }
}

impl Turns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn, not beyond the deadline.
    pub async fn take(self: &Arc<Self>, urgency: Urgency, deadline: Instant) -> Option<Turn> {
        let place = {
            let mut state = self.state();
            if state.waiting.len() >= WAITING_MAX {
                return None;
            }
            state.tickets += 1;
            let place = Place { urgency, ticket: state.tickets };
            state.waiting.insert(place);
            place
        };
        let _waiting = Waiting { turns: self, place };
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = Instant::now();
            let wake = match self.attempt(place, now) {
                Ok(()) => return Some(Turn { turns: Arc::clone(self), ticket: place.ticket }),
                Err(wake) => wake.map_or(deadline, |wake| wake.min(deadline)),
            };
            if timeout_at(wake, changed).await.is_err() && Instant::now() >= deadline {
                return None;
            }
        }
    }

    /// Takes the turn now, or says when to look again at the latest.
    fn attempt(&self, place: Place, now: Instant) -> Result<(), Option<Instant>> {
        let mut state = self.state();
        if state.waiting.first() != Some(&place) {
            return Err(None);
        }
        match state.held {
            Some((_, since)) if place.urgency == Urgency::Cancel && now < since + OVERTAKE => {
                return Err(Some(since + OVERTAKE));
            }
            Some(_) if place.urgency != Urgency::Cancel => return Err(None),
            _ => {}
        }
        state.held = Some((place.ticket, now));
        Ok(())
    }
}

impl Turn {
    /// Whether it is one of these.
    pub(crate) fn is_of(&self, turns: &Arc<Turns>) -> bool {
        Arc::ptr_eq(&self.turns, turns)
    }

    /// Whether no cancel has gone past.
    pub(crate) fn is_held(&self) -> bool {
        self.turns.state().held.is_some_and(|(ticket, _)| ticket == self.ticket)
    }

    /// Says that bytes leave now; false when a cancel has gone past, and then none may.
    pub(crate) fn begin(&self) -> bool {
        let mut state = self.turns.state();
        match &mut state.held {
            Some((ticket, since)) if *ticket == self.ticket => {
                *since = Instant::now();
                true
            }
            _ => false,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.turns.state();
        if state.held.is_some_and(|(ticket, _)| ticket == self.ticket) {
            state.held = None;
        }
        drop(state);
        self.turns.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[tokio::test(start_paused = true)]
    async fn the_more_urgent_goes_first_and_equals_in_order() {
        let turns = Arc::new(Turns::default());
        let held = turns.take(Urgency::Question, soon()).await.unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = Vec::new();
        let wanted = [
            Urgency::Background,
            Urgency::Question,
            Urgency::Order,
            Urgency::Question,
            Urgency::Cancel,
            Urgency::Order,
        ];
        for (at, urgency) in wanted.into_iter().enumerate() {
            let (turns, order) = (Arc::clone(&turns), Arc::clone(&order));
            tasks.push(tokio::spawn(async move {
                let _turn = turns.take(urgency, soon()).await.unwrap();
                order.lock().unwrap().push(at);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }));
            tokio::task::yield_now().await;
        }
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [4, 2, 5, 1, 3, 0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancel_goes_past_a_call_that_hangs_and_what_it_passed_knows_it() {
        let turns = Arc::new(Turns::default());
        let hangs = turns.take(Urgency::Order, soon()).await.unwrap();
        assert!(hangs.begin());
        let start = Instant::now();
        let cancel = turns.take(Urgency::Cancel, soon()).await.unwrap();
        assert_eq!(start.elapsed(), OVERTAKE);
        assert!(!hangs.is_held() && !hangs.begin() && cancel.is_held());
        drop(hangs);
        assert!(cancel.is_held(), "giving up a turn that was lost takes nobody else's");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_at_its_deadline_and_one_that_is_dropped_holds_up_nobody() {
        let turns = Arc::new(Turns::default());
        let held = turns.take(Urgency::Question, soon()).await.unwrap();
        let start = Instant::now();
        assert!(turns.take(Urgency::Order, start + Duration::from_secs(3)).await.is_none());
        assert_eq!(start.elapsed(), Duration::from_secs(3));
        let (waits, dropped) = (Arc::clone(&turns), soon());
        let waiting = tokio::spawn(async move { waits.take(Urgency::Order, dropped).await.is_some() });
        tokio::task::yield_now().await;
        waiting.abort();
        let _ = waiting.await;
        drop(held);
        assert!(turns.take(Urgency::Background, soon()).await.is_some());
    }
}
