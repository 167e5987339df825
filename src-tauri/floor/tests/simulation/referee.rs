//! Who watches: judges facts and bytes by a reading of its own, and knows what the venue truly did.
//!
//! It shares no code with the floor: what it knows of an order it learnt from the journal's facts.

use crate::exchange::{Edit, Exchange, Owner};
use crate::machine::Sent;
use domain::{
    Amendment, ApprovalRule, Ask, Book, Decimal, Fact, FactHash, Name, OrderId, OrderKind, OrderNote, Price, Proposal,
    Resolution, Trade, VenueFill,
};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// What the journal says of an order.
#[derive(Debug, Clone)]
struct Known {
    proposal: Proposal,
    ask: Option<Ask>,
    approved: bool,
    intent: Option<(u64, String)>,
    /// Nobody knows what became of it.
    locks: bool,
    filled: Decimal,
    /// How often its bytes left.
    posts: u32,
    edit: Option<Asked>,
}

/// Another limit that the venue is asked for.
#[derive(Debug, Clone)]
struct Asked {
    nonce: u64,
    body: String,
    to: Price,
    posts: u32,
}

/// The referee.
#[derive(Debug, Clone, Default)]
pub struct Referee {
    read: usize,
    orders: BTreeMap<OrderId, Known>,
    mandates: BTreeMap<Name, ApprovalRule>,
    lease: bool,
    key: bool,
    /// What persons said yes to, until it is used.
    yes: HashSet<(OrderId, FactHash)>,
    nonce: u64,
    taken: BTreeMap<VenueFill, u32>,
    trades: BTreeSet<domain::TradeId>,
    /// What our fills did to the cash.
    pub cash: Decimal,
}

type Verdict = Result<(), String>;

fn holder(proposal: &Proposal) -> Name {
    proposal.algorithm.clone().unwrap_or_else(|| Name::parse("manual").unwrap())
}

impl Referee {
    pub fn new() -> Self {
        Self { lease: true, ..Self::default() }
    }

    /// A person says yes to what they saw.
    pub fn hears_yes(&mut self, order: OrderId, hash: FactHash) {
        self.yes.insert((order, hash));
    }

    /// Bytes left: may they?
    pub fn judge_sent(&mut self, sent: &[Sent], killed: bool) -> Verdict {
        for sent in sent {
            let nonce = match sent {
                Sent::Order(wire) => wire.nonce,
                Sent::Edit(edit) => edit.nonce,
                Sent::Other { nonce } => *nonce,
            };
            if nonce <= self.nonce {
                return Err(format!("nonce {nonce} after {}", self.nonce));
            }
            self.nonce = nonce;
            if let Sent::Edit(edit) = sent {
                self.judge_edit(edit, killed)?;
            }
            let Sent::Order(wire) = sent else { continue };
            let order = wire.order;
            if killed {
                return Err(format!("order {order} left while the kill switch was pulled"));
            }
            let Some(known) = self.orders.get_mut(&order) else {
                return Err(format!("order {order} left and was never proposed"));
            };
            if known.intent.as_ref() != Some(&(wire.nonce, wire.body.clone())) {
                return Err(format!("order {order} left as '{}', which is no durable intent", wire.body));
            }
            known.posts += 1;
            if known.posts > 1 {
                return Err(format!("order {order} left {} times", known.posts));
            }
        }
        Ok(())
    }

    /// The bytes of another limit left: were they written down, and only once?
    fn judge_edit(&mut self, edit: &Edit, killed: bool) -> Verdict {
        let order = edit.order;
        if killed {
            return Err(format!("another limit for {order} left while the kill switch was pulled"));
        }
        let asked = self.orders.get_mut(&order).and_then(|known| known.edit.as_mut());
        let Some(asked) = asked.filter(|asked| (asked.nonce, &asked.body) == (edit.nonce, &edit.body)) else {
            return Err(format!("another limit for {order} left as '{}', which is no durable intent", edit.body));
        };
        asked.posts += 1;
        if asked.posts > 1 {
            return Err(format!("another limit for {order} left {} times", asked.posts));
        }
        Ok(())
    }

    /// Reads what the journal got since the last time.
    pub fn read(&mut self, facts: &[Fact], exchange: &Exchange) -> Verdict {
        while let Some(fact) = facts.get(self.read) {
            self.read += 1;
            self.fact(fact, exchange)?;
        }
        Ok(())
    }

    fn fact(&mut self, fact: &Fact, exchange: &Exchange) -> Verdict {
        match fact {
            Fact::MandateSet { mandate } if mandate.book == Book::Live => {
                self.mandates.insert(mandate.holder.clone(), mandate.approval);
            }
            Fact::MandateRevoked { holder, .. } => {
                self.mandates.remove(holder);
            }
            Fact::KillCleared => self.mandates.clear(),
            Fact::Lease { held } => self.lease = *held,
            Fact::KeyDeclared { .. } => self.key = true,
            Fact::OrderProposed { order, proposal } => {
                let known = Known {
                    proposal: proposal.clone(),
                    ask: None,
                    approved: false,
                    intent: None,
                    locks: false,
                    filled: Decimal::ZERO,
                    posts: 0,
                    edit: None,
                };
                self.orders.insert(*order, known);
            }
            Fact::Trade(trade) => return self.trade(trade),
            Fact::RowTaken { order, row } => return self.row(*order, row, exchange),
            _ => {
                if let Some(order) = fact.order() {
                    return self.of_order(order, fact, exchange);
                }
            }
        }
        Ok(())
    }

    fn of_order(&mut self, order: OrderId, fact: &Fact, exchange: &Exchange) -> Verdict {
        match fact {
            Fact::LiveIntended { .. } => self.may_be_intended(order)?,
            Fact::OrderNoted { note, .. } => return self.noted(order, note, exchange),
            _ => {}
        }
        let Some(known) = self.orders.get_mut(&order) else { return Err(format!("{order} was never proposed")) };
        let limited = matches!(known.proposal.kind, OrderKind::Limit(_));
        let (placed, known_there) = (exchange.placed.contains_key(&order), exchange.knows(order));
        match fact {
            Fact::OrderEdited { kind, quantity, .. } => {
                (known.proposal.kind, known.proposal.quantity, known.ask) = (*kind, *quantity, None);
            }
            Fact::ApprovalAsked { ask, .. } => known.ask = Some(*ask),
            Fact::OrderApproved { by, .. } => {
                if known.approved {
                    return Err(format!("{order} was approved twice"));
                }
                known.approved = true;
                if by.as_str() == "person" {
                    if !known.ask.is_some_and(|ask| self.yes.contains(&(order, ask.hash))) {
                        return Err(format!("{order} was approved as nobody said yes to it"));
                    }
                    self.yes.retain(|(of, _)| *of != order);
                } else if !self.mandates.get(&holder(&known.proposal)).is_some_and(|of| *of != ApprovalRule::Always) {
                    return Err(format!("{order} was let go by a mandate that isn't there, or asks"));
                }
            }
            Fact::LiveIntended { intent, .. } => {
                let words = format!(" {} {} ", known.proposal.side, known.proposal.quantity);
                if !intent.body.contains(&words) {
                    return Err(format!("{order} is written as '{}' and was judged as{words}", intent.body));
                }
                if known.ask.is_some_and(|ask| intent.at >= ask.expires) {
                    return Err(format!("{order} was approved after its time"));
                }
                known.intent = Some((intent.nonce, intent.body.clone()));
                known.locks = true;
            }
            Fact::OrderUnknown { .. } => known.locks = true,
            Fact::OrderCancelled { .. } => (known.locks, known.edit) = (false, None),
            Fact::OrderAmended { limit, .. } => {
                (known.locks, known.edit) = (!limited, None);
                let rates = exchange.rates.get(&order).map_or(&[][..], Vec::as_slice);
                if !rates.contains(&exchange.kept(*limit)) {
                    return Err(format!("{order} counts as amended to {limit} and never was, but {rates:?}"));
                }
            }
            Fact::OrderOpened { venue_order_id, .. } => {
                known.locks = !limited;
                is_ours(venue_order_id.as_deref(), order, exchange)?;
            }
            Fact::OrderRejected { .. } => {
                known.locks = false;
                if placed {
                    return Err(format!("{order} counts as rejected and is at the venue"));
                }
            }
            Fact::OrderResolved { resolution: Resolution::NotPlaced, .. } => {
                known.locks = false;
                if known_there {
                    return Err(format!("{order} counts as not placed and is at the venue"));
                }
            }
            Fact::OrderResolved { resolution: Resolution::Placed { venue_order_id }, .. } => {
                known.locks = !limited;
                if !placed {
                    return Err(format!("{order} counts as placed and is not at the venue"));
                }
                is_ours(venue_order_id.as_deref(), order, exchange)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What is noted of another limit.
    fn noted(&mut self, order: OrderId, note: &OrderNote, exchange: &Exchange) -> Verdict {
        if let OrderNote::AmendAsked(amendment) = note {
            self.may_enter(order)?;
            return self.asked(order, amendment);
        }
        let Some(known) = self.orders.get_mut(&order) else { return Err(format!("{order} was never proposed")) };
        let OrderNote::AmendDropped(_) = note else { return Ok(()) };
        let Some(asked) = known.edit.take() else { return Err(format!("{order} was not to have another limit")) };
        known.locks = false;
        let is_moved = exchange.kept(asked.to) != exchange.kept(limit_of(&known.proposal, asked.to));
        if is_moved && exchange.rate_of(order) == Some(exchange.kept(asked.to)) {
            return Err(format!("{order} counts as not amended, and rests at {}", asked.to));
        }
        Ok(())
    }

    fn asked(&mut self, order: OrderId, amendment: &Amendment) -> Verdict {
        let Some(known) = self.orders.get_mut(&order) else { return Err(format!("{order} was never proposed")) };
        if known.posts != 1 || known.edit.is_some() {
            return Err(format!("{order} is to have another limit and did not leave, or has one under way"));
        }
        let Amendment { nonce, body, to, from, .. } = amendment.clone();
        known.proposal.kind = OrderKind::Limit(from);
        known.edit = Some(Asked { nonce, body, to, posts: 0 });
        known.locks = true;
        Ok(())
    }

    fn may_be_intended(&self, order: OrderId) -> Verdict {
        let Some(known) = self.orders.get(&order) else { return Err(format!("{order} was never proposed")) };
        if !known.approved || known.intent.is_some() {
            return Err(format!("{order} is intended without its own approval"));
        }
        self.may_enter(order)
    }

    fn may_enter(&self, order: OrderId) -> Verdict {
        let Some(known) = self.orders.get(&order) else { return Err(format!("{order} was never proposed")) };
        if !self.lease || !self.key || !self.mandates.contains_key(&holder(&known.proposal)) {
            return Err(format!("{order} is intended without lease, key or mandate"));
        }
        let closes = |(id, other): &(&OrderId, &Known)| {
            **id != order && other.locks && other.proposal.coin == known.proposal.coin
        };
        match self.orders.iter().find(closes) {
            Some((other, _)) => Err(format!("{order} enters the market that {other} closes")),
            None => Ok(()),
        }
    }

    /// A row may be taken as often as the venue truly made it for us.
    fn row(&mut self, order: OrderId, row: &VenueFill, exchange: &Exchange) -> Verdict {
        let taken = self.taken.entry(row.clone()).or_insert(0);
        *taken += 1;
        let ours = exchange.done.iter().filter(|done| matches!(done.owner, Owner::Ours(_)) && done.row == *row).count();
        if usize::try_from(*taken).unwrap_or(usize::MAX) > ours {
            return Err(format!("{order} took a row that is not ours, or twice: {row:?}"));
        }
        Ok(())
    }

    fn trade(&mut self, trade: &Trade) -> Verdict {
        if !self.trades.insert(trade.id()) {
            return Err(format!("trade {} is there twice", trade.id()));
        }
        self.cash += trade.cash_change().map_err(|error| error.to_string())?.amount();
        let Some(known) = trade.order.and_then(|order| self.orders.get_mut(&order)) else {
            return Err("a trade of no order".to_owned());
        };
        known.filled += trade.quantity.decimal();
        if known.filled > known.proposal.quantity.decimal() {
            return Err(format!("{:?} was filled beyond what was ordered", trade.order));
        }
        if known.filled == known.proposal.quantity.decimal() {
            (known.locks, known.edit) = (false, None);
        }
        Ok(())
    }
}

fn limit_of(proposal: &Proposal, else_it: Price) -> Price {
    match proposal.kind {
        OrderKind::Limit(limit) => limit,
        OrderKind::Instant => else_it,
    }
}

fn is_ours(id: Option<&str>, order: OrderId, exchange: &Exchange) -> Verdict {
    match id.and_then(|id| exchange.owners.get(id)) {
        Some(Owner::Hand) => Err(format!("{order} adopted {id:?}, which was made by hand")),
        Some(Owner::Ours(other)) if *other != order => Err(format!("{order} adopted {id:?}, which is {other}")),
        _ => Ok(()),
    }
}
