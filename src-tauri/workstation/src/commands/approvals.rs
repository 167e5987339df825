//! Approvals: a person is asked about an order, and decides.
//!
//! | decision | what happens |
//! |---|---|
//! | approve | judged again as of now; refused by the gate: denied; moved against the trader: asked again; else sent |
//! | approve with an edit | judged as edited, asked anew under its new fingerprint, and sent in the same step |
//! | reject | denied, with the person's words |
//! | answer | kept; the question stays open |
//! | none in time | expired |
//!
//! Invariants: what is sent is what was asked about, by its fingerprint; a question is used once, also when two faces
//! answer at once; nothing is sent after its question ended, after a kill, or by a restart. A clock that was set back
//! behind the order's own beginning ends its question. Deliberately absent: what is shown of it (`card`), and sending.

use crate::desk::Desk;
use crate::dto::{ApprovalsView, Event, OrderView, SerialDecimal};
use crate::{Error, Result, Workstation, kill};
use domain::{
    Ask, Book, Decimal, Denial, Fact, Name, OrderId, OrderKind, OrderState, Price, Proposal, Quantity, Side, Terms,
    Timestamp,
};
use floor::{Approved, Order};
use std::collections::BTreeMap;

/// How long a person has to decide, unless they set another time.
pub(crate) const ASK_S: u32 = 300;
/// The times they may set.
const ASK_S_BOUNDS: std::ops::RangeInclusive<u32> = 5..=86_400;
/// How far the price may move against the trader before they are asked again: half a percent.
pub(crate) const TOLERANCE_PCT: Decimal = Decimal::from_parts(5, 0, 0, false, 1);
/// A clock this far behind an order's beginning was set back.
const SET_BACK_MICROS: i64 = 60 * 1_000_000;
const WHY_CHARS_MAX: usize = 500;
const ANSWER_CHARS_MAX: usize = 2_000;
const ANSWERS_MAX: usize = 50;
const PERSON: &str = "person";

impl Desk {
    /// When a question put now ends: after the time a person has, or when the order itself would.
    pub(crate) fn ask_until(&self, now: Timestamp, terms: &Terms) -> Timestamp {
        let asked = now.plus_micros(i64::from(self.ask_s) * 1_000_000);
        terms.until.map_or(asked, |until| until.min(asked))
    }
}

/// Whether a question can't be answered any more.
pub(crate) fn is_over(order: &Order, ask: &Ask, now: Timestamp) -> bool {
    let over = order.terms().until.is_some_and(|until| until <= now);
    over || now >= ask.expires || now.plus_micros(SET_BACK_MICROS) < order.id().time()
}

/// The questions nobody answered in time.
fn over(desk: &Desk, now: Timestamp) -> Vec<Fact> {
    let ended = |order: &&Order| order.ask().is_some_and(|ask| is_over(order, ask, now));
    desk.orders.asked().filter(ended).map(|order| Fact::OrderExpired { order: order.id() }).collect()
}

/// What an ended process left before it was sent: questions that are over, and paper orders that were neither asked about nor
/// sent. None of them is ever sent by a restart.
pub(crate) fn left_behind(desk: &Desk, now: Timestamp) -> Vec<Fact> {
    let words = "the workstation ended before the order was sent; it was not sent";
    // Those of the live book have a start of their own.
    let unsent = |order: &&Order| match order.state() {
        _ if order.proposal().book == Book::Live => false,
        OrderState::AwaitingApproval => order.ask().is_none(),
        OrderState::Approved => true,
        _ => false,
    };
    let denied = |order: &Order| Fact::OrderDenied { order: order.id(), denial: Denial::new("interrupted", words) };
    let mut facts = over(desk, now);
    facts.extend(desk.orders.open().filter(unsent).map(denied));
    facts
}

/// The questions that were open when trading was stopped.
pub(crate) fn ended_by_kill(desk: &Desk) -> Vec<Fact> {
    let Ok(reason) = Name::parse("killed") else { return Vec::new() };
    desk.orders.asked().map(|order| Fact::OrderCancelled { order: order.id(), reason: reason.clone() }).collect()
}

/// Why an order can't be decided about any more, as far as its state tells.
fn closed(order: &Order) -> Error {
    let id = order.id();
    let by = order.reason().map(|denial| denial.code.as_str());
    let (code, words) = match (order.state(), by) {
        (OrderState::Expired, _) => ("approval_expired", format!("nobody decided about order {id} in time")),
        (OrderState::Denied, Some("rejected_by_person")) => {
            ("approval_rejected", format!("order {id} was rejected by a person"))
        }
        (OrderState::Cancelled, Some("killed")) => {
            ("killed", format!("order {id} ended when trading was stopped: propose it anew"))
        }
        (OrderState::Denied | OrderState::Cancelled, _) => {
            ("approval_ended", format!("order {id} is {} and waits for nobody", order.state()))
        }
        _ => ("approval_used", format!("order {id} is {} already: it was decided about", order.state())),
    };
    Error::refused(code, words)
}

/// What an edit makes of an order.
fn edited(proposal: &Proposal, edit: &BTreeMap<String, String>) -> Result<Proposal> {
    let mut wanted = proposal.clone();
    for (name, text) in edit {
        let bad = |error: &dyn std::fmt::Display| Error::usage("bad_edit", format!("{name}: {error}"));
        match (name.as_str(), proposal.kind) {
            ("quantity", _) => wanted.quantity = Quantity::parse(text).map_err(|error| bad(&error))?,
            ("limit", OrderKind::Limit(_)) => {
                wanted.kind = OrderKind::Limit(Price::parse(text).map_err(|error| bad(&error))?);
            }
            ("limit", OrderKind::Instant) => return Err(bad(&"an instant order has none")),
            _ => {
                let words = format!("'{}' can't be edited: use quantity and limit", ledgers::inert(name));
                return Err(Error::usage("bad_edit", words));
            }
        }
    }
    Ok(wanted)
}

/// How far the market moved against the trader since they were asked, in percent: the price an instant order meets, the
/// middle of the market for a limit.
pub(crate) fn against_pct(kind: OrderKind, side: Side, ask: &Ask, price: Price, mid: Price) -> Option<Decimal> {
    let (then, now) = match kind {
        OrderKind::Instant => (ask.price.decimal(), price.decimal()),
        OrderKind::Limit(_) => (ask.mid.decimal(), mid.decimal()),
    };
    let up = now.checked_sub(then)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(then)?;
    Some(if side == Side::Buy { up } else { -up })
}

/// Why a person is asked again; none when what they saw still holds.
pub(crate) fn asks_again(approved: &Approved, ask: &Ask) -> Option<String> {
    let Proposal { kind, side, coin, .. } = *approved.proposal();
    let Some(moved) = against_pct(kind, side, ask, approved.price(), approved.mid()) else {
        return Some(format!("how far {coin} moved since can't be told"));
    };
    let (then, now) = match kind {
        OrderKind::Instant => (ask.price, approved.price()),
        OrderKind::Limit(_) => (ask.mid, approved.mid()),
    };
    (moved > TOLERANCE_PCT).then(|| {
        let (then, now, moved) = (then.decimal().normalize(), now.decimal().normalize(), moved.round_dp(2));
        format!("{coin} moved from {then} to {now}, {moved} % against you")
    })
}

/// One decision about an order is carried out at a time.
struct Claim<'a> {
    workstation: &'a Workstation,
    order: OrderId,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let deciding = &self.workstation.inner.deciding;
        deciding.lock().unwrap_or_else(std::sync::PoisonError::into_inner).remove(&self.order);
    }
}

/// A question that can be answered now.
pub(crate) struct Question {
    pub proposal: Proposal,
    pub terms: Terms,
    pub ask: Ask,
}

pub(crate) fn parse_id(id: &str) -> Result<OrderId> {
    OrderId::parse(id).map_err(|error| Error::usage("bad_order_id", error.to_string()))
}

fn said(what: &'static str, text: &str, chars_max: usize) -> Result<String> {
    let keeps = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let plain: String = text.chars().take(chars_max + 1).map(|c| if keeps(c) { c } else { ' ' }).collect();
    let text = plain.trim();
    let count = text.chars().count();
    if count == 0 || count > chars_max {
        let words = format!("{what}: say it in 1 to {chars_max} characters");
        return Err(Error::usage("bad_words", words));
    }
    Ok(text.to_owned())
}

impl Workstation {
    /// What waits for a person, the one that ends first first, each with what to decide by.
    ///
    /// # Errors
    /// The store's.
    pub async fn approvals(&self) -> Result<ApprovalsView> {
        let now = self.now();
        let (waiting, ask_s) = {
            let desk = self.desk().await?;
            let open = |order: &&Order| order.ask().is_some_and(|ask| !is_over(order, ask, now));
            (desk.orders.asked().filter(open).cloned().collect::<Vec<_>>(), desk.ask_s)
        };
        let mut approvals = Vec::with_capacity(waiting.len());
        for order in &waiting {
            approvals.extend(self.approval_view(order).await?);
        }
        approvals.sort_by_key(|approval| (approval.expires_at, approval.id));
        Ok(ApprovalsView { approvals, ask_s, tolerance_pct: SerialDecimal(TOLERANCE_PCT) })
    }

    /// Sets how long a person has to decide, from the next question on.
    ///
    /// # Errors
    /// `bad_setting`; the store's.
    pub async fn approvals_set(&self, changes: &BTreeMap<String, String>) -> Result<ApprovalsView> {
        self.require_writer()?;
        let mut facts = Vec::new();
        for (name, text) in changes {
            let seconds = text.parse::<u32>().ok().filter(|seconds| ASK_S_BOUNDS.contains(seconds));
            let (Some(seconds), "ask_s") = (seconds, name.as_str()) else {
                let (first, last) = (ASK_S_BOUNDS.start(), ASK_S_BOUNDS.end());
                let words =
                    format!("'{}' can't be set so: ask_s takes {first} to {last} seconds", ledgers::inert(name));
                return Err(Error::usage("bad_setting", words));
            };
            facts.push(Fact::AskTime { seconds });
        }
        let mut desk = self.desk().await?;
        self.record(&mut desk, facts).await?;
        drop(desk);
        self.approvals().await
    }

    /// Approves an order, as it was asked about or with an edit of the person's own, and sends it.
    ///
    /// # Errors
    /// `approval_not_found`, `approval_used`, `approval_rejected`, `approval_expired`, `approval_ended`,
    /// `approval_changed` (the hash is not the order's), `approval_busy`, `approval_asked_again`, `killed`, `bad_edit`, the
    /// gate's about an edit; halted trading; the store's; those of sending.
    pub async fn approve(&self, id: &str, hash: Option<&str>, edit: &BTreeMap<String, String>) -> Result<OrderView> {
        self.require_writer()?;
        let id = parse_id(id)?;
        let _claim = self.claim(id)?;
        let wanted = {
            let mut desk = self.desk().await?;
            self.check_halted(&desk)?;
            edited(&self.question(&mut desk, id, hash).await?.proposal, edit)?
        };
        self.refresh_prices(wanted.coin).await;
        let depth = self.depth_for(wanted.coin, wanted.kind).await;
        let beside = self.beside(wanted.coin, wanted.algorithm.as_ref()).await?;
        if wanted.book == Book::Live {
            self.look_at_account().await;
        }
        let mut desk = self.desk().await?;
        self.check_halted(&desk)?;
        // Time has passed: it may be over, or another's by now.
        let Question { proposal, terms, ask } = self.question(&mut desk, id, hash).await?;
        let is_edited = wanted != proposal;
        let approved = match self.judge(&mut desk, &wanted, &beside)? {
            Ok(approved) => approved,
            // What the person wrote is refused to them; the order is as it was.
            Err(denial) if is_edited => return Err(denial.into()),
            Err(denial) => {
                self.record(&mut desk, vec![Fact::OrderDenied { order: id, denial }]).await?;
                return self.view(&desk, id);
            }
        };
        let mut facts = Vec::new();
        let mut again = asks_again(&approved, &ask);
        if is_edited {
            facts.push(Fact::OrderEdited { order: id, kind: wanted.kind, quantity: wanted.quantity });
        } else if !approved.is_asked(id, &terms, &ask) {
            again.get_or_insert_with(|| "what would be sent is not what was asked about".to_owned());
        }
        if is_edited || again.is_some() {
            let ask = approved.ask(id, &terms, desk.ask_until(self.now(), &terms));
            facts.push(Fact::ApprovalAsked { order: id, ask });
        }
        if let Some(why) = again {
            self.record(&mut desk, facts).await?;
            let words = format!("order {id} was not sent: {why}; you are asked again");
            return Err(Error::refused("approval_asked_again", words));
        }
        if wanted.book == Book::Paper {
            self.send_paper(&mut desk, id, facts, approved, PERSON, depth.as_ref()).await?;
            return self.view(&desk, id);
        }
        self.record(&mut desk, facts).await?;
        drop(desk);
        self.send_live(id, PERSON).await?;
        self.view(&*self.desk().await?, id)
    }

    /// Rejects an order, with the person's reason.
    ///
    /// # Errors
    /// As [`Self::approve`]; `bad_words`.
    pub async fn reject(&self, id: &str, why: &str) -> Result<OrderView> {
        self.require_writer()?;
        let (id, why) = (parse_id(id)?, said("why", why, WHY_CHARS_MAX)?);
        let _claim = self.claim(id)?;
        let mut desk = self.desk().await?;
        self.open_question(&mut desk, id).await?;
        let denial = Denial::new("rejected_by_person", why);
        self.record(&mut desk, vec![Fact::OrderDenied { order: id, denial }]).await?;
        self.view(&desk, id)
    }

    /// Keeps what a person says to an order; it waits on.
    ///
    /// # Errors
    /// As [`Self::approve`]; `bad_words`, `too_many_answers`.
    pub async fn answer(&self, id: &str, words: &str) -> Result<OrderView> {
        self.require_writer()?;
        let (id, words) = (parse_id(id)?, said("the answer", words, ANSWER_CHARS_MAX)?);
        let mut desk = self.desk().await?;
        self.open_question(&mut desk, id).await?;
        if desk.orders.get(id).is_some_and(|order| order.answers().len() >= ANSWERS_MAX) {
            let words = format!("order {id} has {ANSWERS_MAX} answers: approve or reject it");
            return Err(Error::refused("too_many_answers", words));
        }
        self.record(&mut desk, vec![Fact::ApprovalAnswered { order: id, words }]).await?;
        self.view(&desk, id)
    }

    /// Ends the questions nobody answered in time.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn expire_questions(&self) -> Result<()> {
        let mut desk = self.desk().await?;
        let facts = over(&desk, self.now());
        self.record(&mut desk, facts).await
    }

    /// Tells that a person is asked, unless they decided in the same step.
    pub(crate) fn tell_asked(&self, desk: &Desk, id: OrderId) {
        let Some(order) = desk.orders.get(id).filter(|order| order.state() == OrderState::AwaitingApproval) else {
            return;
        };
        let again = desk.asked.get(&id).is_some_and(|asked| asked.len() > 1);
        self.tell(Event::Asked { order: desk.order_view(order), again });
    }

    fn claim(&self, order: OrderId) -> Result<Claim<'_>> {
        let mut deciding = self.inner.deciding.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !deciding.insert(order) {
            let words = format!("a decision about order {order} is being carried out: look again in a moment");
            return Err(Error::refused("approval_busy", words));
        }
        Ok(Claim { workstation: self, order })
    }

    /// The open question of an order: one that is over is ended here, at the latest.
    async fn open_question(&self, desk: &mut Desk, id: OrderId) -> Result<Question> {
        let Some(order) = desk.orders.get(id) else {
            let unknown = || Error::refused("approval_not_found", format!("nothing waits for a person as {id}"));
            return Err(self.past_order(id).await?.as_ref().map_or_else(unknown, closed));
        };
        let Some(ask) = order.ask().copied().filter(|_| order.state() == OrderState::AwaitingApproval) else {
            return Err(closed(order));
        };
        if is_over(order, &ask, self.now()) {
            self.record(desk, vec![Fact::OrderExpired { order: id }]).await?;
            return Err(desk.orders.get(id).map_or_else(|| Error::Halted(format!("order {id} is gone")), closed));
        }
        Ok(Question { proposal: order.proposal().clone(), terms: order.terms().clone(), ask })
    }

    /// The question an approval is meant for: open, unchanged, and trading is not stopped.
    pub(crate) async fn question(&self, desk: &mut Desk, id: OrderId, hash: Option<&str>) -> Result<Question> {
        let question = self.open_question(desk, id).await?;
        if kill::is_pulled(self.home()) {
            let words = format!("the kill switch is pulled: order {id} is not sent, and ends when trading opens again");
            return Err(Error::refused("killed", words));
        }
        if hash.is_some_and(|hash| !hash.eq_ignore_ascii_case(&question.ask.hash.to_string())) {
            let words = format!("order {id} is not what you approved any more: look at it again");
            return Err(Error::refused("approval_changed", words));
        }
        Ok(question)
    }
}

#[cfg(test)]
mod tests;
