//! One order leaves, once.
//!
//! | step | should the process die right after it |
//! |---|---|
//! | a fresh look at the account | nothing left: the next start cancels the order |
//! | the gate again, the key's turn, the exact bytes | the same |
//! | the gate as of now and, in one durable append, approval and intent | the next start calls it unknown and looks |
//! | the kill switch, read immediately before the bytes leave; the one send | the same |
//! | the answer written down | it is where the answer says |
//!
//! Invariants: all of it runs in a task of its own, so that a caller who goes away leaves nothing half done; a reply is never
//! asked for again; a refusal is unknown until looks confirm it; an order that was asked about is sent exactly as asked.

use super::{crash, step};
use crate::commands::approvals::asks_again;
use crate::commands::trading::FEES;
use crate::desk::Desk;
use crate::{Error, Result, Workstation, kill};
use coinspot::{Answer, Sending, Trader};
use domain::{Book, Denial, Fact, Intent, Money, Name, OrderId, OrderKind, OrderState, Price, Side, Timestamp};
use floor::{Approved, ApprovedOrder, Leave, Preview, REFUSED, Reservation, Venue};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How far the venue's clock may be off ours when an order leaves: rows of its history are told apart by their times.
const CLOCK_APART_MS: i64 = 60_000;
/// An outcome that can't be written down is tried this often again.
pub(super) const WRITES_MAX: u32 = 10;
pub(super) const WRITE_PAUSE: Duration = Duration::from_millis(500);
/// How long whoever placed an order waits for its fate, and how often is looked.
const FOLLOWED: Duration = Duration::from_secs(10);
const FOLLOW_PAUSE: Duration = Duration::from_millis(1_100);

/// What becomes of an order that is about to be sent.
enum Ready {
    /// Its intent is durable.
    Go(Box<ApprovedOrder>, Box<Sending>),
    /// It was denied, or a person is asked; that is written down.
    No,
}

impl Workstation {
    /// Sends a live order, once. `by` is who allowed it: `mandate`, or a person.
    ///
    /// # Errors
    /// What can't be written down. A denied, refused or unknown order is none: it says so itself.
    pub(crate) async fn send_live(&self, id: OrderId, by: &str) -> Result<()> {
        let by = Name::parse(by).map_err(|error| Error::usage("bad_name", error.to_string()))?;
        let workstation = self.clone();
        let task = tokio::spawn(async move { workstation.send_in_turn(id, by).await });
        task.await.map_err(|broken| Error::Halted(format!("sending order {id} broke off: {broken}")))?
    }

    async fn send_in_turn(&self, id: OrderId, by: Name) -> Result<()> {
        let _one = self.inner.live.sending.lock().await;
        let ready = self.ready(id, &by).await;
        let sent = match ready {
            Ok(Ready::Go(order, sending)) => self.send(*order, *sending).await,
            Ok(Ready::No) => Ok(()),
            Err(error) => self.not_ready(id, error).await,
        };
        self.inner.live.poked.notify_one();
        sent
    }

    /// Whatever kept an order from leaving denies it; nothing was sent.
    async fn not_ready(&self, id: OrderId, error: Error) -> Result<()> {
        let mut desk = self.desk().await?;
        let state = desk.orders.get(id).map(floor::Order::state);
        if matches!(state, Some(OrderState::AwaitingApproval | OrderState::Approved)) {
            let denial = Denial::new(&error.code(), format!("{error}. Nothing was sent."));
            return self.record(&mut desk, vec![Fact::OrderDenied { order: id, denial }]).await;
        }
        Err(error)
    }

    /// Looks, judges, takes the key's turn, judges again, and makes the intent durable.
    async fn ready(&self, id: OrderId, by: &Name) -> Result<Ready> {
        self.check_clock().await?;
        self.look_to_send().await?;
        step("account looked at");
        let proposal = {
            let desk = self.desk().await?;
            let order = desk.orders.get(id).ok_or_else(|| Error::Halted(format!("order {id} was not recorded")))?;
            order.proposal().clone()
        };
        let account = self.live_account().await?;
        let quoted = match proposal.kind {
            OrderKind::Limit(_) => None,
            OrderKind::Instant => {
                let now = self.now();
                Some(account.quote(proposal.side, proposal.coin, proposal.quantity, now).await?)
            }
        };
        step("quoted");
        let beside = self.beside(proposal.coin, proposal.algorithm.as_ref()).await?;
        let written = {
            let mut desk = self.desk().await?;
            let Some(approved) = self.judge_to_send(&mut desk, id, by, &beside).await? else { return Ok(Ready::No) };
            approved.approve(id, by.clone()).1
        };
        step("judged again");
        let turn = account.turn().await?;
        let sending = account.prepare_on(turn, &written, quoted, self.now())?;
        let mut desk = self.desk().await?;
        let Some(approved) = self.judge_to_send(&mut desk, id, by, &beside).await? else { return Ok(Ready::No) };
        let intent = self.intent(&desk, &approved, &sending)?;
        let waits = desk.orders.get(id).is_some_and(|order| order.state() == OrderState::AwaitingApproval);
        let (approval, order) = approved.approve(id, by.clone());
        let intended = Fact::LiveIntended { order: id, intent: Box::new(intent) };
        crash::point("before_intent");
        step("written out");
        desk.live.on_its_way = Some(id);
        let facts = if waits { vec![approval, intended] } else { vec![intended] };
        if let Err(error) = self.record(&mut desk, facts).await {
            desk.live.on_its_way = None;
            return Err(error);
        }
        crash::point("after_intent");
        step("intent durable");
        Ok(Ready::Go(Box::new(order), Box::new(sending)))
    }

    /// The gate as of now. None: it is denied or a person is asked, and that is written down; or it is over already.
    async fn judge_to_send(
        &self,
        desk: &mut Desk,
        id: OrderId,
        by: &Name,
        beside: &crate::commands::judging::Beside,
    ) -> Result<Option<Approved>> {
        self.check_halted(desk)?;
        let Some(order) = desk.orders.get(id) else { return Ok(None) };
        if order.proposal().book != Book::Live
            || !matches!(order.state(), OrderState::AwaitingApproval | OrderState::Approved)
        {
            return Ok(None);
        }
        let (proposal, terms, ask) = (order.proposal().clone(), order.terms().clone(), order.ask().copied());
        if desk.live.on_its_way.is_some() {
            return Err(Error::refused("busy", "another order with real money is on its way"));
        }
        let now = self.now();
        if terms.until.is_some_and(|until| until <= now) {
            self.record(desk, vec![Fact::OrderExpired { order: id }]).await?;
            return Ok(None);
        }
        let approved = match self.judge(desk, &proposal, beside)? {
            Ok(approved) => approved,
            Err(denial) => {
                self.record(desk, vec![Fact::OrderDenied { order: id, denial }]).await?;
                return Ok(None);
            }
        };
        let is_asked = |ask: &domain::Ask| approved.is_asked(id, &terms, ask);
        let fact = match (approved.leave(), by.as_str(), ask) {
            (Leave::Go, _, None) => return Ok(Some(approved)),
            // The mandate changed since it was judged: a person is asked now.
            (Leave::Ask, "mandate", None) => {
                let ask = approved.ask(id, &terms, desk.ask_until(now, &terms));
                Fact::ApprovalAsked { order: id, ask }
            }
            (_, by, Some(ask)) if by != "mandate" && is_asked(&ask) && now < ask.expires => {
                if asks_again(&approved, &ask).is_none() {
                    return Ok(Some(approved));
                }
                // It moved against the trader while it waited for its turn.
                let ask = approved.ask(id, &terms, desk.ask_until(now, &terms));
                Fact::ApprovalAsked { order: id, ask }
            }
            (_, _, Some(ask)) if now >= ask.expires => Fact::OrderExpired { order: id },
            _ => {
                let words = "The order is not the one that was approved: propose it again.";
                Fact::OrderDenied { order: id, denial: Denial::new("approval_void", words) }
            }
        };
        self.record(desk, vec![fact]).await?;
        Ok(None)
    }

    /// What is durable before the send: never more than a part of what the venue said.
    fn intent(&self, desk: &Desk, approved: &Approved, sending: &Sending) -> Result<Intent> {
        let now: Timestamp = self.now();
        let look = desk.live.look.as_ref().filter(|_| desk.live.is_fresh(now));
        let look = look.ok_or_else(|| {
            Error::refused("account_unknown", "the account at the exchange was not read just now, so nothing leaves")
        })?;
        let proposal = approved.proposal();
        let fee = FEES.of(proposal.kind);
        let worst: Price = sending.worst();
        let cash = match proposal.side {
            Side::Buy => Preview::of(proposal.quantity, Side::Buy, worst, fee)?.total,
            Side::Sell => Money::ZERO_AUD,
        };
        let available = desk.live.available(proposal.coin, &desk.orders, Reservation::NONE).0;
        if cash.amount() > available.amount() {
            let words = format!("at its worst this costs {cash}, and {available} is free");
            return Err(Error::refused("insufficient_funds", words));
        }
        Ok(Intent {
            at: now,
            nonce: sending.nonce(),
            body: sending.body().to_owned(),
            worst,
            fee,
            cash,
            coins: approved.reservation().coins,
            before: floor::kept_before(look, proposal.coin),
        })
    }

    /// The one send, and its outcome.
    async fn send(&self, order: ApprovedOrder, sending: Sending) -> Result<()> {
        let id = order.id();
        let account = self.live_account().await;
        let answer = match account {
            Err(error) => Answer::NotSent(Denial::new(&error.code(), error.to_string())),
            Ok(account) => {
                let mut trader = Trader::of(&account);
                if self.stops(order.proposal()) {
                    let words = "The kill switch was pulled before the order left: nothing was sent.";
                    Answer::NotSent(Denial::new("killed", words))
                } else {
                    crash::point("before_send");
                    trader.place(order, sending).await
                }
            }
        };
        crash::point("before_answer_recorded");
        let placed = matches!(answer, Answer::Placed { .. });
        let outcome = outcome(id, answer);
        self.record_outcome(id, outcome).await?;
        crash::point("after_answer_recorded");
        if placed && kill::is_pulled(self.home()) {
            // Pulled while it was on its way: what the switch cancelled did not have this one yet.
            let workstation = self.clone();
            tokio::spawn(async move { workstation.cancel_live(&[id], "killed").await });
        }
        Ok(())
    }

    /// Writes the outcome down. While that can't be done the market stays closed.
    async fn record_outcome(&self, id: OrderId, outcome: Fact) -> Result<()> {
        let mut tries = 0;
        loop {
            let mut desk = self.desk().await?;
            match self.record(&mut desk, vec![outcome.clone()]).await {
                Err(error) if tries < WRITES_MAX => {
                    tries += 1;
                    tracing::error!(order = %id, code = error.code(), "what became of it can't be written down: {error}");
                }
                done => {
                    desk.live.on_its_way = None;
                    return done;
                }
            }
            drop(desk);
            sleep(WRITE_PAUSE).await;
        }
    }

    /// Refuses while the venue's clock and ours are too far apart.
    pub(super) async fn check_clock(&self) -> Result<()> {
        let apart = self.outside().await?.skew_ms(coinspot::PRICES_SOURCE.name).unwrap_or(0);
        if apart.abs() <= CLOCK_APART_MS {
            return Ok(());
        }
        let words = format!(
            "this machine's clock and the exchange's are {} s apart: set it right before an order with real money leaves",
            apart.abs() / 1_000
        );
        Err(Error::refused("clock_off", words))
    }

    /// Looks until an order's fate is known, for as long as whoever placed it waits.
    pub(crate) async fn follow(&self, id: OrderId) {
        let until = Instant::now() + FOLLOWED;
        while Instant::now() < until {
            let waits = match self.desk().await {
                Ok(desk) => desk.orders.get(id).is_some_and(floor::Order::locks_market),
                Err(_) => false,
            };
            if !waits {
                return;
            }
            sleep(FOLLOW_PAUSE).await;
            self.look_at_account().await;
        }
    }
}

/// What an answer means. Only one that names everything back is believed at once.
fn outcome(order: OrderId, answer: Answer) -> Fact {
    match answer {
        Answer::Placed { venue_order_id } => Fact::OrderOpened { order, venue_order_id },
        // No new order is known by another id; should a reply say so, looks decide.
        Answer::Renamed { .. } => {
            Fact::OrderUnknown { order, why: Denial::new("echo_id", "the exchange named another order") }
        }
        Answer::Refused(why) => Fact::OrderUnknown { order, why: Denial::new(REFUSED, why.message) },
        // Only a refusal may be believed by looks that find nothing.
        Answer::Unknown(why) if why.code == REFUSED => {
            Fact::OrderUnknown { order, why: Denial::new("unreadable", why.message) }
        }
        Answer::Unknown(why) => Fact::OrderUnknown { order, why },
        Answer::NotSent(denial) => Fact::OrderRejected { order, denial },
    }
}

/// Live orders that were under way when the process ended: what had no durable intent was not sent; what had one may have been.
pub(crate) fn interrupted(desk: &Desk) -> Vec<Fact> {
    let live = desk.orders.open().filter(|order| order.proposal().book == Book::Live);
    let fact = |order: &floor::Order| {
        let id = order.id();
        match order.state() {
            OrderState::Sending => {
                let words = "the workstation ended while the order was on its way";
                Some(Fact::OrderUnknown { order: id, why: Denial::new("interrupted", words) })
            }
            OrderState::Approved => cancelled(id),
            OrderState::AwaitingApproval if order.ask().is_none() => cancelled(id),
            _ => None,
        }
    };
    live.filter_map(fact).collect()
}

fn cancelled(order: OrderId) -> Option<Fact> {
    Some(Fact::OrderCancelled { order, reason: Name::parse("interrupted").ok()? })
}
