//! Another limit for an order that rests: what it would come to, whether a person must say yes, and the change itself.
//!
//! | change | what happens |
//! |---|---|
//! | a limit that gives away less | judged as a new order, and asked of the venue |
//! | one that gives away more, where the mandate asks | the same, once a person said yes to exactly this |
//! | another quantity | the order is taken back, which is confirmed; then a new one is proposed, which asks as any |
//!
//! Invariants: what a person said yes to is bound to the order, both limits, what is left and the price of then, ends, and is
//! not good after the price moved against them; a replacement is never proposed while a fill of the old order may be hidden.
//! Deliberately absent: sending (`live::amend`), the paper market (`paper`).

use super::approvals::{TOLERANCE_PCT, against_pct, parse_id};
use super::trading::{FEES, Wanted, refusal};
use crate::desk::Desk;
use crate::dto::{AmendPreview, AmendRequest, OrderView, SerialDecimal};
use crate::live::{Change, changed};
use crate::{Error, Result, Workstation};
use domain::{
    Ask, Book, Coin, Decimal, Denial, DeniedAmendment, Fact, FactHash, OrderId, OrderKind, OrderNote, Price, Proposal,
    Quantity, Side, Size, Terms, Timestamp,
};
use floor::{Approved, Leave, Order, Preview};

/// What is asked for, read.
struct Wish {
    order: OrderId,
    to: Price,
    quantity: Option<Quantity>,
}

fn parse(request: &AmendRequest) -> Result<Wish> {
    let bad = |what: &str, error: &dyn std::fmt::Display| Error::usage("bad_amount", format!("{what}: {error}"));
    let quantity = request.quantity.as_deref().map(Quantity::parse).transpose();
    Ok(Wish {
        order: parse_id(&request.order)?,
        to: Price::parse(&request.limit).map_err(|error| bad("limit", &error))?,
        quantity: quantity.map_err(|error| bad("quantity", &error))?,
    })
}

/// The order as it would be, and whether it must be taken back for that.
fn wished(order: &Order, wish: &Wish) -> Result<(Proposal, bool)> {
    let replaces = wish.quantity.is_some_and(|quantity| quantity != order.remaining());
    if !replaces {
        return Ok((changed(order, wish.to)?, false));
    }
    let quantity = wish.quantity.unwrap_or(order.remaining());
    // The same limit is fine for another quantity.
    let proposal = match order.limit() {
        Some(limit) if limit == wish.to && order.is_resting() && order.amending().is_none() => order.proposal().clone(),
        _ => changed(order, wish.to)?,
    };
    Ok((Proposal { kind: OrderKind::Limit(wish.to), quantity, ..proposal }, true))
}

/// Whether it would give away more, or trade more, than the order that rests.
fn is_worse(order: &Order, proposal: &Proposal) -> bool {
    let (Some(from), OrderKind::Limit(to)) = (order.limit(), proposal.kind) else { return true };
    let gives_more = match proposal.side {
        Side::Buy => to > from,
        Side::Sell => to < from,
    };
    gives_more || proposal.quantity > order.remaining()
}

/// A question and the yes to it, as text that says itself what it was about: nothing of it needs to be kept meanwhile.
fn spoken(ask: &Ask) -> String {
    format!("{}_{}_{}", ask.expires.millis(), ask.mid.decimal().normalize(), ask.hash)
}

fn heard(text: &str) -> Option<(Timestamp, Price, FactHash)> {
    let mut parts = text.splitn(3, '_');
    let expires = Timestamp::from_millis(parts.next()?.parse().ok()?);
    let mid = Price::parse(parts.next()?).ok()?;
    let hex = parts.next().filter(|hex| hex.len() == 64 && hex.is_ascii())?;
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some((expires, mid, FactHash(hash)))
}

impl Workstation {
    /// What another limit would come to now, and whether it would be taken.
    ///
    /// # Errors
    /// `order_not_found`, `order_not_resting`, `order_instant`, `order_cancelling`, `amend_unsettled`, `amend_same`; words
    /// that make no sense; the store's.
    pub async fn amend_preview(&self, request: &AmendRequest) -> Result<AmendPreview> {
        let wish = parse(request)?;
        let (proposal, _) = wished(self.desk().await?.order(wish.order)?, &wish)?;
        self.refresh_prices(proposal.coin).await;
        let mut beside = self.beside(proposal.coin, proposal.algorithm.as_ref()).await?;
        beside.releases = Some(wish.order);
        if proposal.book == Book::Live && !self.desk().await?.live.is_fresh(self.now()) {
            self.look_at_account().await;
        }
        let mut desk = self.desk().await?;
        let (proposal, replaces) = wished(desk.order(wish.order)?, &wish)?;
        let judged = self.judge(&mut desk, &proposal, &beside)?;
        let order = desk.order(wish.order)?;
        let from = order.limit().unwrap_or(wish.to);
        let worse = is_worse(order, &proposal);
        let asks = judged.as_ref().is_ok_and(|approved| worse && approved.leave() == Leave::Ask);
        let expires = desk.ask_until(self.now(), order.terms());
        // To the millisecond, as it is spoken.
        let expires = Timestamp::from_millis(expires.millis());
        let ask = judged.as_ref().ok().map(|approved| approved.ask_amend(wish.order, from, approved.mid(), expires));
        let cost = Preview::of(proposal.quantity, proposal.side, wish.to, FEES.of(proposal.kind))?;
        let quote = desk.quotes.get(&proposal.coin).copied();
        let serial = |money: domain::Money| SerialDecimal(money.amount());
        Ok(AmendPreview {
            order: self.view(&desk, wish.order)?,
            from,
            to: wish.to,
            quantity: proposal.quantity,
            replaces,
            value: serial(cost.value),
            fee: serial(cost.fee),
            total: serial(cost.total),
            asks,
            approval: ask.as_ref().map(spoken),
            expires_at: ask.map(|ask| ask.expires),
            bid: quote.and_then(|quote| quote.bid),
            ask: quote.and_then(|quote| quote.ask),
            denial: judged.err().as_ref().map(refusal),
            headroom: self.headroom(&mut desk, &proposal, &beside)?,
        })
    }

    /// Gives an order that rests another limit; the order as it stands afterwards. With real money it may be that nobody knows
    /// yet which limit it has: `amending` says so. For another quantity: the order that took its place.
    ///
    /// # Errors
    /// As [`Self::amend_preview`]; the gate's; `amend_asks` when a person must say yes first; the exchange's refusal;
    /// `cancel_unconfirmed`, `amend_filled`, `amend_unclear` when it was to be replaced; the store's.
    pub async fn amend(&self, request: &AmendRequest) -> Result<OrderView> {
        self.require_writer()?;
        let wish = parse(request)?;
        let (proposal, replaces) = wished(self.desk().await?.order(wish.order)?, &wish)?;
        self.refresh_prices(proposal.coin).await;
        if replaces {
            return self.replace(request, &wish).await;
        }
        if proposal.book == Book::Paper {
            self.amend_paper(&wish, &proposal, request.approval.as_deref()).await?;
        } else {
            let change = Change { order: wish.order, to: wish.to, approval: request.approval.clone() };
            self.amend_live(change).await?;
            self.follow(wish.order).await;
        }
        let desk = self.desk().await?;
        let order = desk.order(wish.order)?;
        match order.amend_dropped() {
            Some(why) if order.is_resting() && order.limit() != Some(wish.to) => Err(why.clone().into()),
            _ => self.view(&desk, wish.order),
        }
    }

    /// Writes down that the gate refused what an order was to become, as a refused order is; what to say of it.
    pub(crate) async fn amend_denied(
        &self,
        desk: &mut Desk,
        order: OrderId,
        wanted: &Proposal,
        why: Denial,
    ) -> Result<Error> {
        let error = Error::from(why.clone());
        if let OrderKind::Limit(limit) = wanted.kind {
            let denied = DeniedAmendment { at: self.now(), limit, quantity: wanted.quantity, why };
            let note = OrderNote::AmendDenied(Box::new(denied));
            self.record(desk, vec![Fact::OrderNoted { order, note }]).await?;
        }
        Ok(error)
    }

    async fn amend_paper(&self, wish: &Wish, proposal: &Proposal, approval: Option<&str>) -> Result<()> {
        let mut beside = self.beside(proposal.coin, proposal.algorithm.as_ref()).await?;
        beside.releases = Some(wish.order);
        {
            let mut desk = self.desk().await?;
            self.check_halted(&desk)?;
            let (proposal, _) = wished(desk.order(wish.order)?, wish)?;
            let approved = match self.judge(&mut desk, &proposal, &beside)? {
                Ok(approved) => approved,
                Err(denial) => return Err(self.amend_denied(&mut desk, wish.order, &proposal, denial).await?),
            };
            self.said_yes(desk.order(wish.order)?, &approved, approval)?;
            self.record(&mut desk, vec![Fact::OrderAmended { order: wish.order, limit: wish.to }]).await?;
            desk.venue.amended(wish.order, proposal.coin);
        }
        self.recheck(&[proposal.coin]).await
    }

    /// What a person said yes to, where one must: it would be worse than what rests, and the mandate asks.
    ///
    /// # Errors
    /// `amend_asks`: nobody did, or to something else, or too long ago, or before the price moved against them.
    pub(crate) fn said_yes(&self, order: &Order, approved: &Approved, approval: Option<&str>) -> Result<Option<Ask>> {
        if approved.leave() == Leave::Go || !is_worse(order, approved.proposal()) {
            return Ok(None);
        }
        let refuse = |why: &str| {
            let words =
                format!("order {} keeps its limit: {why}; look at what it would come to and say yes", order.id());
            Err(Error::refused("amend_asks", words))
        };
        let Some(text) = approval else { return refuse("its mandate asks a person first") };
        let Some((expires, mid, hash)) = heard(text) else { return refuse("that is no approval") };
        let now = self.now();
        let from = order.limit().unwrap_or(approved.price());
        let ask = approved.ask_amend(order.id(), from, mid, expires);
        if ask.hash != hash {
            return refuse("what you said yes to is something else");
        }
        if now >= expires {
            return refuse("the time to say yes is over");
        }
        let Proposal { kind, side, .. } = *approved.proposal();
        match against_pct(kind, side, &ask, approved.price(), approved.mid()) {
            Some(moved) if moved <= TOLERANCE_PCT => Ok(Some(ask)),
            _ => refuse("the market moved against you since"),
        }
    }

    /// Takes an order back and proposes another in its place. What would be refused takes nothing back.
    async fn replace(&self, request: &AmendRequest, wish: &Wish) -> Result<OrderView> {
        if let Some(denial) = self.amend_preview(request).await?.denial {
            let mut desk = self.desk().await?;
            let proposal = wished(desk.order(wish.order)?, wish)?.0;
            let denial = Denial::new(&denial.code, denial.message);
            return Err(self.amend_denied(&mut desk, wish.order, &proposal, denial).await?);
        }
        let (before, off, wanted) = {
            let desk = self.desk().await?;
            let order = desk.order(wish.order)?;
            let Proposal { book, coin, side, kind, quantity, algorithm } = wished(order, wish)?.0;
            let terms = Terms { until: order.terms().until, signal: order.terms().signal.clone(), ..Terms::default() };
            let size = Size::Quantity(quantity);
            let wanted = Wanted { book, coin, side, kind, size, algorithm, terms, again: true };
            (order.filled(), off(&desk), wanted)
        };
        self.order_cancel(&request.order).await?;
        if wanted.book == Book::Live {
            self.look_at_account().await;
        }
        check_replaced(&*self.desk().await?, wish.order, before, &off)?;
        let (book, id) = (wanted.book, self.propose(wanted).await?);
        if book == Book::Live {
            self.follow(id).await;
        }
        self.view(&*self.desk().await?, id)
    }
}

/// By how much balances are off what the history explains.
fn off(desk: &Desk) -> Vec<(Option<Coin>, Decimal)> {
    desk.live.unexplained.iter().map(|line| (line.coin, line.owned - line.explained)).collect()
}

/// Whether nothing of an order that was taken back was filled meanwhile: not by its rows, and not by balances that changed
/// before the history tells why.
fn check_replaced(desk: &Desk, id: OrderId, before: Quantity, off_before: &[(Option<Coin>, Decimal)]) -> Result<()> {
    let order = desk.order(id)?;
    let refuse = |code: &str, why: String| {
        let words = format!("order {id} was taken back and nothing was proposed in its place: {why}");
        Err(Error::refused(code, words))
    };
    if order.filled() != before {
        return refuse("amend_filled", format!("{} of it is filled by now", order.filled()));
    }
    if order.proposal().book == Book::Paper {
        return Ok(());
    }
    let told = desk.live.trouble.is_none() && desk.live.look.as_ref().is_some_and(|look| look.complete);
    if told && off(desk) == off_before {
        return Ok(());
    }
    refuse("amend_unclear", "a part of it may be filled, and the exchange's history does not tell yet".to_owned())
}

#[cfg(test)]
mod tests;
