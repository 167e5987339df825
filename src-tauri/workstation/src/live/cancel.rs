//! Taking live orders back: asked for durably, asked of the venue, and believed when a look no longer shows them.

use crate::dto::OrderView;
use crate::{Error, Result, Workstation};
use coinspot::Cancelled;
use domain::{Book, Fact, Name, OrderId, OrderKind, OrderState, Side};
use omc_http::Lane;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// How long a cancel is looked after before it counts as unconfirmed.
const CONFIRMED_WITHIN: Duration = Duration::from_secs(12);
const LOOK_PAUSE: Duration = Duration::from_millis(250);

/// An order that rests at the venue.
pub(super) struct Resting {
    order: OrderId,
    side: Side,
    venue_id: String,
}

impl Workstation {
    /// Takes live orders back and confirms it at the venue: those that are gone, and those nobody can say so of. What was filled
    /// before stays filled. Works while trading is killed or halted, and when nothing can be written down.
    pub(crate) async fn cancel_live(&self, ids: &[OrderId], reason: &str) -> (Vec<OrderId>, Vec<OrderId>) {
        let asked = self.ask_back(ids, reason).await;
        let resting = match asked {
            Ok(resting) => resting,
            Err(error) => {
                tracing::error!(code = error.code(), "live orders could not be taken back: {error}");
                return (Vec::new(), ids.to_vec());
            }
        };
        self.cancel_at_venue(resting).await;
        let until = Instant::now() + CONFIRMED_WITHIN;
        loop {
            if let Err(error) = self.look(Lane::Trading).await {
                tracing::warn!(code = error.code(), "whether orders still rest could not be seen: {error}");
            }
            let (over, open) = self.over_and_open(ids).await;
            if open.is_empty() || Instant::now() >= until {
                return (over, open);
            }
            sleep(LOOK_PAUSE).await;
        }
    }

    /// Writes down that they are asked back; those that rest at the venue.
    async fn ask_back(&self, ids: &[OrderId], reason: &str) -> Result<Vec<Resting>> {
        let reason = Name::parse(reason).map_err(|error| Error::usage("bad_reason", error.to_string()))?;
        let mut desk = self.desk().await?;
        let orders = ids.iter().filter_map(|id| desk.orders.get(*id));
        let at_venue: Vec<&floor::Order> =
            orders.filter(|order| order.is_resting() && order.proposal().book == Book::Live).collect();
        let unasked = at_venue.iter().filter(|order| order.cancel_asked().is_none());
        let facts = unasked.map(|order| Fact::CancelAsked { order: order.id(), reason: reason.clone() }).collect();
        let resting = at_venue.iter().filter_map(|order| {
            let venue_id = order.venue_order_id()?.to_owned();
            Some(Resting { order: order.id(), side: order.proposal().side, venue_id })
        });
        let resting = resting.collect();
        if let Err(error) = self.record(&mut desk, facts).await {
            // Less at risk is never refused for want of a place to write it down.
            tracing::error!(code = error.code(), "that orders are asked back can't be written down: {error}");
        }
        Ok(resting)
    }

    /// Asks the venue, for all at once; their calls take turns by themselves.
    pub(super) async fn cancel_at_venue(&self, resting: Vec<Resting>) {
        let account = match self.live_account().await {
            Ok(account) => account,
            Err(error) => {
                tracing::error!(code = error.code(), "the venue can't be asked to take orders back: {error}");
                return;
            }
        };
        let mut calls = JoinSet::new();
        for Resting { order, side, venue_id } in resting {
            let (account, now) = (account.clone(), self.now());
            calls.spawn(async move { (order, account.cancel(side, &venue_id, now).await) });
        }
        while let Some(Ok((order, answer))) = calls.join_next().await {
            match answer {
                Ok(Cancelled::Accepted) => {
                    if let Ok(mut desk) = self.desk().await {
                        desk.live.watch.cancel_answered(order);
                    }
                }
                // Filled or gone already: looks will show which.
                Ok(Cancelled::Refused { message }) => {
                    tracing::info!(%order, "the exchange took it back not: {message}")
                }
                Err(error) => tracing::warn!(%order, code = error.code(), "it could not be taken back: {error}"),
            }
        }
    }

    /// Asks again for those that were asked back and still rest.
    pub(super) async fn ask_again(&self) -> Result<()> {
        let resting: Vec<Resting> = {
            let desk = self.desk().await?;
            let asked = desk.orders.resting(Book::Live).filter(|order| order.cancel_asked().is_some());
            let unanswered =
                asked.filter(|order| desk.live.watch.note(order.id()).is_some_and(|note| !note.is_cancel_answered()));
            let of = |order: &floor::Order| {
                let venue_id = order.venue_order_id()?.to_owned();
                Some(Resting { order: order.id(), side: order.proposal().side, venue_id })
            };
            unanswered.filter_map(of).collect()
        };
        if !resting.is_empty() {
            self.cancel_at_venue(resting).await;
        }
        Ok(())
    }

    async fn over_and_open(&self, ids: &[OrderId]) -> (Vec<OrderId>, Vec<OrderId>) {
        let Ok(desk) = self.desk().await else { return (Vec::new(), ids.to_vec()) };
        ids.iter().partition(|id| desk.orders.get(**id).is_some_and(|order| order.state().is_final()))
    }

    /// Takes one live order back, for a person or because its time is over.
    pub(crate) async fn order_cancel_live(&self, id: OrderId, reason: &str) -> Result<OrderView> {
        let state = {
            let desk = self.desk().await?;
            let order = desk.orders.get(id);
            let instant = order.is_some_and(|order| order.proposal().kind == OrderKind::Instant && order.is_resting());
            if instant {
                let words = format!("order {id} is an instant one: the exchange took it, and its row is waited for");
                return Err(Error::refused("order_instant", words));
            }
            order.map(floor::Order::state)
        };
        if matches!(state, Some(OrderState::Sending | OrderState::Unknown)) {
            let words = format!("nobody knows yet what became of order {id}: reconcile it, or resolve it, then cancel");
            return Err(Error::refused("order_fate_unknown", words));
        }
        let (_, unconfirmed) = self.cancel_live(&[id], reason).await;
        if !unconfirmed.is_empty() {
            let words = format!("the exchange did not confirm yet that order {id} is taken back: it is asked again");
            return Err(Error::refused("cancel_unconfirmed", words));
        }
        self.view(&*self.desk().await?, id)
    }
}
