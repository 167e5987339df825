//! Orders that left memory, read from the journal again.
//!
//! Invariant: what is told of an order is the same whether it is at hand or was read. Deliberately absent: keeping what was read.

use crate::desk::Desk;
use crate::dto::Orders;
use crate::{Error, Result, Workstation};
use domain::{Fact, OrderId};
use floor::Order;
use std::collections::HashSet;
use store::{FactPlace, Recorded, RecordedTrade, Store};

/// Hands every fact of the desk to somebody, a page at a time, with how a trade is recorded.
pub(crate) async fn each_desk_fact(
    store: &Store,
    mut take: impl FnMut(&Recorded, Option<&RecordedTrade>),
) -> Result<()> {
    let mut after = None;
    loop {
        let page = store.desk_facts(after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(FactPlace { device: last.device, seq: last.seq });
        page.iter().for_each(|recorded| take(recorded, trade_of(recorded).as_ref()));
    }
}

/// The same of every device.
pub(crate) async fn each_fact_of_all(store: &Store, mut take: impl FnMut(&Recorded)) -> Result<()> {
    let mut after = None;
    loop {
        let page = store.desk_facts_of_all(after).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(FactPlace { device: last.device, seq: last.seq });
        page.iter().for_each(&mut take);
    }
}

fn trade_of(recorded: &Recorded) -> Option<RecordedTrade> {
    let Fact::Trade(trade) = &recorded.fact else { return None };
    let Recorded { device, seq, recorded_at, .. } = *recorded;
    Some(RecordedTrade { id: trade.id(), device, seq, recorded_at, trade: trade.clone() })
}

impl Workstation {
    /// A desk with every order there ever was, or with some of them; nothing but their orders is to be read from it.
    pub(crate) async fn past(&self, only: Option<&HashSet<OrderId>>) -> Result<Desk> {
        let mut past = Desk::that_keeps_all();
        each_desk_fact(self.store(), |recorded, trade| {
            let wanted = |id| only.is_none_or(|only| only.contains(&id));
            if recorded.fact.order().is_some_and(wanted) || matches!(recorded.fact, Fact::PaperReset { .. }) {
                past.take(&recorded.fact, recorded.recorded_at, trade);
            }
        })
        .await?;
        Ok(past)
    }

    /// One order that is not at hand, on a desk of its own; none when the journal does not know it either.
    pub(crate) async fn past_order(&self, id: OrderId) -> Result<Option<Order>> {
        let mut past = Desk::that_keeps_all();
        for recorded in self.store().order_facts(id).await? {
            past.take(&recorded.fact, recorded.recorded_at, trade_of(&recorded).as_ref());
        }
        Ok(past.orders.get(id).cloned())
    }

    /// Why nothing can be done to an order that is not at hand: it is over, or there is none.
    pub(crate) async fn not_at_hand(&self, id: OrderId, what: &str) -> Error {
        match self.past_order(id).await {
            Ok(Some(order)) => {
                Error::refused("order_final", format!("order {id} is {} already: {what}", order.state()))
            }
            Ok(None) => Error::refused("order_not_found", format!("there is no order {id}")),
            Err(error) => error,
        }
    }

    /// The newest orders, newest last; all of them unless told how many.
    ///
    /// # Errors
    /// The store's.
    pub async fn orders_newest(&self, most: Option<usize>) -> Result<Orders> {
        let past = {
            let desk = self.desk().await?;
            if desk.orders.have_left() == 0 || most.is_some_and(|most| most <= floor::Orders::NEWEST) {
                let skip = most.map_or(0, |most| desk.orders.len().saturating_sub(most));
                let orders = desk.orders.iter().skip(skip).map(|order| desk.order_view(order)).collect();
                return Ok(Orders { orders, earlier: None });
            }
            drop(desk);
            self.past(None).await?
        };
        // What happened meanwhile is at hand.
        let desk = self.desk().await?;
        let newer = desk.orders.iter().filter(|order| past.orders.get(order.id()).is_none());
        let skip = most.map_or(0, |most| past.orders.len().saturating_sub(most));
        let known =
            past.orders.iter().skip(skip).map(|old| {
                desk.orders.get(old.id()).map_or_else(|| past.order_view(old), |order| desk.order_view(order))
            });
        let orders = known.chain(newer.map(|order| desk.order_view(order))).collect();
        Ok(Orders { orders, earlier: None })
    }

    /// All orders, newest last.
    ///
    /// # Errors
    /// The store's.
    pub async fn orders(&self) -> Result<Orders> {
        self.orders_newest(None).await
    }

    /// The orders something can still happen to, and the newest of the others; how many more the journal has.
    ///
    /// # Errors
    /// The store's.
    pub async fn orders_at_hand(&self) -> Result<Orders> {
        let desk = self.desk().await?;
        let earlier = Some(desk.orders.have_left()).filter(|left| *left > 0);
        Ok(Orders { orders: desk.orders.iter().map(|order| desk.order_view(order)).collect(), earlier })
    }
}

#[cfg(test)]
mod tests;
