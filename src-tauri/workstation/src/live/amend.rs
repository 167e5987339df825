//! Another limit for a live order that rests: asked of the venue once, by its edit call.
//!
//! | step | should the process die right after it |
//! |---|---|
//! | a fresh look, the gate, the key's turn, the gate again, the exact bytes | nothing left: the order is as it was |
//! | in one durable append, that the venue is asked for the limit | looks show which of the two it has; its market is closed until then |
//! | the kill switch, read immediately before the bytes leave; the one send | the same |
//! | the answer written down | it is where the answer says |
//!
//! Invariants: an edit is never sent again; what is set aside is the worse of both limits until it is settled; a refusal is
//! believed when looks show the old limit, a lost reply when many do, and an order that rests elsewhere than we know is
//! followed; under another id only when the answer told that id and a look shows just what was left of the order there. Deliberately absent: whether a person must say yes (`commands::amend`).

use super::crash;
use super::send::{WRITE_PAUSE, WRITES_MAX};
use crate::commands::judging::Beside;
use crate::desk::Desk;
use crate::{Error, Result, Workstation};
use coinspot::{Account, Answer, Sending, Trader, Turn};
use domain::{Amendment, Ask, Denial, Fact, Name, OrderId, OrderNote, Price, Proposal};
use floor::{Approved, ApprovedOrder, Order, Venue};
use omc_http::Lane;
use std::sync::Arc;
use tokio::time::sleep;

/// What is asked of the venue.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub order: OrderId,
    pub to: Price,
    /// What a person said yes to.
    pub approval: Option<String>,
}

/// An edit whose intent is durable.
struct Ready {
    order: ApprovedOrder,
    sending: Sending,
    account: Arc<Account>,
}

/// Whether an order can be given another limit, and the proposal that it would be then.
pub(crate) fn changed(order: &Order, to: Price) -> Result<Proposal> {
    let id = order.id();
    let refuse = |code: &str, words: String| Err(Error::refused(code, words));
    let Some(limit) = order.limit() else {
        return refuse("order_instant", format!("order {id} is an instant one: it has no limit to change"));
    };
    if order.amending().is_some() {
        let words =
            format!("nobody knows yet whether order {id} has the limit it was given last: wait until looks show it");
        return refuse("amend_unsettled", words);
    }
    if order.cancel_asked().is_some() {
        return refuse("order_cancelling", format!("order {id} is being taken back"));
    }
    if !order.is_resting() {
        let words = format!("order {id} is {}: only one that rests can be given another limit", order.state());
        return refuse("order_not_resting", words);
    }
    if limit == to {
        return refuse("amend_same", format!("order {id} has that limit already"));
    }
    let kind = domain::OrderKind::Limit(to);
    Ok(Proposal { kind, quantity: order.remaining(), ..order.proposal().clone() })
}

impl Workstation {
    /// Asks the venue once for another limit.
    ///
    /// # Errors
    /// Those of [`changed`] and of the gate, `amend_asks`, the exchange's refusal, what can't be written down.
    pub(crate) async fn amend_live(&self, change: Change) -> Result<()> {
        let (workstation, id) = (self.clone(), change.order);
        // In a task of its own: a caller who goes away leaves nothing half done.
        let task = tokio::spawn(async move { workstation.amend_in_turn(change).await });
        task.await.map_err(|broken| Error::Halted(format!("amending order {id} broke off: {broken}")))?
    }

    async fn amend_in_turn(&self, change: Change) -> Result<()> {
        let _one = self.inner.live.sending.lock().await;
        let Ready { order, sending, account } = self.amend_ready(&change).await?;
        let (id, nonce, to) = (change.order, sending.nonce(), change.to);
        let answer = if self.stops(order.proposal()) {
            let words = "The kill switch was pulled before the new limit left: nothing was sent.";
            Answer::NotSent(Denial::new("killed", words))
        } else {
            crash::point("before_amend_send");
            Trader::of(&account).place(order, sending).await
        };
        crash::point("before_amend_answer");
        let settled = self.amend_answered(id, nonce, to, answer).await;
        self.inner.live.poked.notify_one();
        settled
    }

    async fn amend_ready(&self, change: &Change) -> Result<Ready> {
        self.check_clock().await?;
        self.look(Lane::Trading).await?;
        let account = self.live_account().await?;
        let proposal = changed(self.desk().await?.order(change.order)?, change.to)?;
        let mut beside = self.beside(proposal.coin, proposal.algorithm.as_ref()).await?;
        beside.releases = Some(change.order);
        // Judged before the turn, which holds everything else of the key up, and again as of when the bytes are written.
        drop(self.judge_amend(&mut *self.desk().await?, change, &beside).await?);
        let turn = account.turn().await?;
        let mut desk = self.desk().await?;
        let (approved, ask) = self.judge_amend(&mut desk, change, &beside).await?;
        let by = Name::parse(if ask.is_some() { "person" } else { "mandate" });
        let by = by.map_err(|error| Error::usage("bad_name", error.to_string()))?;
        let was = desk.order(change.order)?;
        let (order, sending, amendment) = self.written(was, (&account, turn), approved, (by, ask))?;
        let noted = Fact::OrderNoted { order: change.order, note: OrderNote::AmendAsked(Box::new(amendment)) };
        self.record(&mut desk, vec![noted]).await?;
        crash::point("after_amend_intent");
        Ok(Ready { order, sending, account })
    }

    /// The gate as of now, and the question a person said yes to, where one had to be asked.
    async fn judge_amend(&self, desk: &mut Desk, change: &Change, beside: &Beside) -> Result<(Approved, Option<Ask>)> {
        self.check_halted(desk)?;
        let proposal = changed(desk.order(change.order)?, change.to)?;
        if desk.live.on_its_way.is_some() {
            return Err(Error::refused("busy", "another order with real money is on its way"));
        }
        let approved = match self.judge(desk, &proposal, beside)? {
            Ok(approved) => approved,
            Err(denial) => return Err(self.amend_denied(desk, change.order, &proposal, denial).await?),
        };
        let ask = self.said_yes(desk.order(change.order)?, &approved, change.approval.as_deref())?;
        Ok((approved, ask))
    }

    /// The exact bytes, and what is durable before they leave.
    fn written(
        &self,
        was: &Order,
        (account, turn): (&Account, Turn),
        approved: Approved,
        (by, ask): (Name, Option<Ask>),
    ) -> Result<(ApprovedOrder, Sending, Amendment)> {
        let (Some(from), Some(venue)) = (was.limit(), was.venue_order_id()) else {
            return Err(Error::refused("order_not_resting", "the exchange gave the order no id to change it by"));
        };
        let to = approved.price();
        let order = approved.approve(was.id(), by.clone()).1;
        let at = self.now();
        let sending = account.prepare_amend_on(turn, &order, venue, from, at)?;
        let amendment = Amendment { at, by, ask, from, to, nonce: sending.nonce(), body: sending.body().to_owned() };
        Ok((order, sending, amendment))
    }

    /// Writes down what the venue said. What it didn't say is for looks to find out.
    async fn amend_answered(&self, id: OrderId, nonce: u64, to: Price, answer: Answer) -> Result<()> {
        let fact = match &answer {
            Answer::Placed { .. } => Fact::OrderAmended { order: id, limit: to },
            Answer::Renamed { venue_order_id } => {
                Fact::OrderNoted { order: id, note: OrderNote::AmendRenamed(venue_order_id.clone()) }
            }
            Answer::Refused(why) => Fact::OrderNoted { order: id, note: OrderNote::AmendRefused(why.clone()) },
            Answer::NotSent(why) => Fact::OrderNoted { order: id, note: OrderNote::AmendDropped(why.clone()) },
            Answer::Unknown(why) => {
                tracing::warn!(order = %id, code = why.code, "whether it has its new limit is not known: {why}");
                return Ok(());
            }
        };
        let mut tries = 0;
        loop {
            let mut desk = self.desk().await?;
            // A look may have settled it meanwhile, or a fill ended it.
            let waits = |order: &Order| order.amending().is_some_and(|amending| amending.nonce == nonce);
            if !desk.orders.get(id).is_some_and(waits) {
                return Ok(());
            }
            match self.record(&mut desk, vec![fact.clone()]).await {
                Err(error) if tries < WRITES_MAX => {
                    tries += 1;
                    tracing::error!(order = %id, code = error.code(), "its new limit can't be written down: {error}");
                }
                Err(error) => return Err(error),
                Ok(()) => break,
            }
            drop(desk);
            sleep(WRITE_PAUSE).await;
        }
        match answer {
            Answer::NotSent(why) => Err(why.into()),
            _ => Ok(()),
        }
    }
}
