//! The orders of one coin and side against one look: who owns which row.

use super::{
    GONE, LATE_MICROS, NOT_AMENDED, Note, PARTS_MAX, REFUSED, REFUSED_QUIET, ROW_MISSING, SETTLED, SOUGHT_EVERY_S,
    Step, Watch,
};
use crate::order::{BY_EVIDENCE, Order};
use crate::reconcile::{Claimed, Finding, Match, Quiet, Unresolved, counted, rests_at};
use domain::{
    Book, Coin, Denial, Fact, Look, Money, Name, OrderId, OrderKind, OrderNote, OrderState, Quantity, Resolution, Side,
    Trade, VenueFill, VenueOrder,
};
use std::collections::{BTreeMap, BTreeSet};

/// The venue's name in the trades it makes.
const VENUE: &str = "coinspot";

pub(super) struct Market<'w, 'a> {
    watch: &'w mut Watch,
    look: &'a Look,
    begun: u64,
    market: (Coin, Side),
    /// Rows that no order of ours has, the oldest first.
    free: Vec<&'a VenueFill>,
    /// Those taken in this pass.
    taken: Vec<VenueFill>,
    /// Ids that rest and are not ours.
    foreign: BTreeSet<&'a str>,
    /// Whether an order of ours waits for rows that are not there yet, or may own some: then none without an id is given away.
    unsettled: bool,
    /// Orders on the book that nobody knows the fate of, and whether several things could already be each.
    lost: Vec<(Unresolved, bool)>,
    /// Orders of ours that could own the same rows.
    disputed: BTreeSet<OrderId>,
}

fn sum(rows: &[&VenueFill]) -> Option<Quantity> {
    rows.iter().try_fold(Quantity::ZERO, |sum, row| sum.checked_add(row.amount).ok())
}

/// The rows of these that make up exactly so much: all of them, or the one choice of some. None when there is no choice, or
/// more than one.
fn parts(mut rows: Vec<&VenueFill>, wanted: Quantity) -> Result<Option<Vec<&VenueFill>>, ()> {
    if sum(&rows) == Some(wanted) {
        return Ok(Some(rows));
    }
    if rows.len() > PARTS_MAX {
        return Err(());
    }
    rows.sort_unstable();
    let mut found: Option<Vec<&VenueFill>> = None;
    for choice in 1_u32..1 << rows.len() {
        let has = |at: usize| choice >> at & 1 == 1;
        // Of equal rows the first ones stand for any.
        if (1..rows.len()).any(|at| has(at) && !has(at - 1) && rows[at] == rows[at - 1]) {
            continue;
        }
        let some: Vec<&VenueFill> = (0..rows.len()).filter(|at| has(*at)).map(|at| rows[at]).collect();
        if sum(&some) == Some(wanted) && found.replace(some).is_some() {
            return Err(());
        }
    }
    Ok(found)
}

impl<'w, 'a> Market<'w, 'a> {
    pub fn new(watch: &'w mut Watch, look: &'a Look, begun: u64, market: (Coin, Side)) -> Self {
        let mut claimed = counted(watch.rows.get(&market).into_iter().flatten());
        let is_free = |row: &&VenueFill| match claimed.get_mut(*row) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => !row.amount.is_zero(),
        };
        let mut free: Vec<&VenueFill> =
            look.done.iter().filter(|row| (row.coin, row.side) == market).filter(is_free).collect();
        free.sort_by_key(|row| row.at);
        let theirs = |open: &&VenueOrder| (open.coin, open.side) == market && !watch.ids.contains_key(&open.id);
        let foreign = look.open.iter().filter(theirs).map(|open| open.id.as_str()).collect();
        let (taken, lost, disputed) = (Vec::new(), Vec::new(), BTreeSet::new());
        Self { watch, look, begun, market, free, taken, foreign, unsettled: false, lost, disputed }
    }

    /// First what carries an id, then what rests, then what is lost, and last what was cancelled and comes late.
    pub fn pass(mut self, theirs: &[&Order]) -> Vec<Step> {
        let mut ready = Vec::new();
        for order in theirs {
            let changed = self.watch.notes.get(&order.id()).map_or(0, |note| note.changed);
            if changed > self.begun || order.state() == OrderState::Sending {
                self.unsettled |= order.state() != OrderState::Cancelled;
            } else {
                let own = self.own(order);
                ready.push((*order, own));
            }
        }
        let unknown = theirs.iter().filter(|order| order.state() == OrderState::Unknown && order.limit().is_some());
        self.lost = unknown.filter_map(|order| Some((order.unresolved()?, order.was_several()))).collect();
        let mut steps = Vec::new();
        for (order, own) in &ready {
            let facts = if is_placed(order) { self.placed(order, own) } else { continue };
            steps.push(Step { order: order.id(), facts });
        }
        for (order, _) in ready.iter().filter(|(order, _)| is_lost(order)) {
            let facts = self.lost(order);
            steps.push(Step { order: order.id(), facts });
        }
        for (order, own) in ready.iter().filter(|(order, _)| order.state() == OrderState::Cancelled) {
            let facts = self.late(order, own);
            steps.push(Step { order: order.id(), facts });
        }
        steps.retain(|step| !step.facts.is_empty());
        steps
    }

    fn note(&mut self, order: OrderId) -> &mut Note {
        let epoch = self.watch.epoch;
        self.watch.notes.entry(order).or_insert(Note::new(epoch))
    }

    /// Takes rows off the table.
    fn remove(&mut self, rows: &[&'a VenueFill]) {
        self.free.retain(|row| !rows.iter().any(|taken| std::ptr::eq(*taken, *row)));
    }

    /// The rows that carry the order's id. More of them than it has left is nobody's to sort out but a person's.
    fn own(&mut self, order: &Order) -> Vec<&'a VenueFill> {
        let Some(id) = order.venue_order_id() else { return Vec::new() };
        // Rows of before it was followed under another id may come late.
        let ids = &self.watch.ids;
        let is_own = |told: &str| told == id || (order.has_venue_id(told) && ids.get(told) == Some(&order.id()));
        let own: Vec<&VenueFill> =
            self.free.iter().copied().filter(|row| row.id.as_deref().is_some_and(is_own)).collect();
        let fits = sum(&own).is_some_and(|sum| sum <= order.remaining());
        self.note(order.id()).unclear = !fits;
        self.remove(&own);
        if fits { own } else { Vec::new() }
    }

    /// Rows without a known id that could be fills of it.
    fn nameless(&self, lost: &Unresolved) -> Vec<&'a VenueFill> {
        let mut before = counted(&lost.before.done);
        for row in &self.taken {
            // A row told before the order and taken by another is one row, not two.
            if let Some(count) = before.get_mut(row) {
                *count = count.saturating_sub(1);
            }
        }
        let is_new = |row: &&VenueFill| match before.get_mut(*row) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        };
        let is_named = |row: &VenueFill| {
            let named =
                |id: &str| self.watch.keeps_ids || self.watch.ids.contains_key(id) || self.watch.theirs.contains(id);
            row.id.as_deref().is_some_and(named)
        };
        let could = |row: &&VenueFill| !is_named(row) && lost.could_fill_at(row) && lost.is_after(row.at);
        self.free.iter().copied().filter(could).filter(is_new).collect()
    }

    /// Rows without a known id that make up exactly what is missing.
    fn exactly(&mut self, order: &Order, missing: Quantity) -> Option<Vec<&'a VenueFill>> {
        let rows = self.nameless(&order.unresolved()?);
        let found = parts(rows, missing);
        let unclear = found.is_err() && !self.unsettled;
        self.note(order.id()).unclear |= unclear;
        let found = found.ok().flatten()?;
        if self.dispute(order.id(), &found) || self.unsettled {
            return None;
        }
        self.remove(&found);
        Some(found)
    }

    /// Whether an order that nobody knows the fate of could own these rows as well, and there are not enough equal ones for
    /// both: then neither gets them, and a person decides. Once several things could be that order, each row that fits it counts.
    fn dispute(&mut self, order: OrderId, rows: &[&VenueFill]) -> bool {
        if rows.is_empty() || self.lost.is_empty() {
            return false;
        }
        let (claimed, wanted) = (self.claimed(), counted(rows.iter().copied()));
        let there = counted(self.free.iter().copied());
        let lacks = |found: &Match| {
            let count = |of: &BTreeMap<&VenueFill, usize>, row: &VenueFill| of.get(row).copied().unwrap_or(0);
            let needed = counted(&found.rows);
            needed.iter().any(|(row, more)| count(&wanted, row) > 0 && count(&wanted, row) + more > count(&there, row))
        };
        let could_own = |(lost, several): &&(Unresolved, bool)| match lost.search(self.look, &claimed) {
            _ if *several => self.nameless(lost).iter().any(|row| wanted.contains_key(row)),
            Finding::One(one) => lacks(&one),
            Finding::Several(all) => all.iter().any(lacks),
            _ => false,
        };
        let others: Vec<OrderId> = self.lost.iter().filter(could_own).map(|(lost, _)| lost.order).collect();
        if others.is_empty() {
            return false;
        }
        self.disputed.extend(others.into_iter().chain([order]));
        self.note(order).unclear = true;
        true
    }

    /// An order the venue acknowledged, by its id.
    fn placed(&mut self, order: &Order, own: &[&'a VenueFill]) -> Vec<Fact> {
        let (id, at) = (order.id(), self.look.at);
        let mut rows = own.to_vec();
        let left = sum(own).and_then(|own| order.remaining().checked_sub(own).ok());
        let Some(left) = left.filter(|left| !left.is_zero()) else { return self.filled(order, &rows) };
        let rests = self.look.open.iter().find(|open| Some(open.id.as_str()) == order.venue_order_id());
        if let Some(open) = rests {
            self.note(id).gone = Quiet::NONE;
            let limited = self.limited(order, open);
            match left.checked_sub(open.left) {
                Ok(missing) if !missing.is_zero() => match self.exactly(order, missing) {
                    Some(found) => rows.extend(found),
                    None => self.unsettled = true,
                },
                // More rests than can: the parts of the look don't fit each other. The next one's will.
                _ => {}
            }
            let mut facts = self.filled(order, &rows);
            facts.extend(limited);
            return facts;
        }
        if let Some(facts) = self.renamed(order, own, left) {
            return facts;
        }
        let begun = self.begun;
        let note = self.note(id);
        note.gone.take(&Finding::Nothing { unexplained: false }, at);
        let (gone, answered) = (note.gone, note.cancel_answered.is_some_and(|answered| answered <= begun));
        let settled = gone.lasted(SETTLED.0, SETTLED.1);
        if settled && let Some(found) = self.exactly(order, left) {
            rows.extend(found);
            return self.filled(order, &rows);
        }
        if self.disputed.contains(&id) || self.may_have_another_name(order) {
            self.unsettled = true;
            self.note(id).unclear = true;
            return self.filled(order, &rows);
        }
        let asked = order.cancel_asked();
        if answered || (asked.is_some() && settled) || gone.lasted(GONE.0, GONE.1) {
            let reason = asked.cloned().or_else(|| Name::parse("at_venue").ok());
            self.note(id).ended = Some(at);
            let mut facts = self.filled(order, &rows);
            facts.extend(reason.map(|reason| Fact::OrderCancelled { order: id, reason }));
            return facts;
        }
        self.unsettled = true;
        self.filled(order, &rows)
    }

    /// An order nobody knows the fate of, or an instant one that waits for its row.
    fn lost(&mut self, order: &Order) -> Vec<Fact> {
        let Some(lost) = order.unresolved() else { return Vec::new() };
        let (id, at, is_unknown) = (order.id(), self.look.at, order.state() == OrderState::Unknown);
        // Rows of the book that nobody can place are never an instant order's.
        let disputed = self.disputed.contains(&id);
        let waits = self.unsettled && order.limit().is_some() && !disputed;
        let found = if waits { Finding::Incomplete } else { lost.search(self.look, &self.claimed()) };
        let two = matches!(&found, Finding::Several(two) | Finding::Similar(two) if two.len() > 1);
        let finding = match found {
            Finding::One(one) if order.was_several() || disputed => Finding::Several(vec![one]),
            other => other,
        };
        // Kept, so that a restart knows it, too.
        let is_new = (two || disputed) && !order.was_several();
        let several = is_new.then_some(Fact::OrderNoted { order: id, note: OrderNote::Several });
        let note = self.note(id);
        note.quiet.take(&finding, at);
        let off = matches!(finding, Finding::Nothing { unexplained: true });
        let counted = if off { Finding::Nothing { unexplained: false } } else { finding.clone() };
        if off {
            note.off.take(&counted, at)
        } else {
            note.off = Quiet::NONE
        }
        note.finding = Some(finding.clone());
        let quiet = note.quiet;
        if let Finding::One(found) = &finding {
            let mut facts = Vec::new();
            if is_unknown {
                facts.extend(adopted(order, found, BY_EVIDENCE, "it is the one thing at the venue that is this order"));
            }
            facts.extend(self.found(order, found));
            return facts;
        }
        let refused = order.reason().filter(|why| why.code == REFUSED);
        let facts = match (refused, &finding) {
            _ if !is_unknown => self.row_missing(order, &finding),
            (Some(why), Finding::Nothing { unexplained: false }) if quiet.lasted(REFUSED_QUIET.0, REFUSED_QUIET.1) => {
                closed(order, BY_EVIDENCE, &why.message).into_iter().collect()
            }
            _ => sought(order, &finding, at),
        };
        several.into_iter().chain(facts).collect()
    }

    /// At which limit an order rests, where that is news.
    fn limited(&mut self, order: &Order, open: &VenueOrder) -> Option<Fact> {
        let (id, at, limit) = (order.id(), self.look.at, order.limit()?);
        let Some(amending) = order.amending() else {
            // Changed at the venue, by hand or by a call that was long on its way: what is set aside must follow.
            return (!rests_at(limit, open.rate)).then_some(Fact::OrderAmended { order: id, limit: open.rate });
        };
        if order.renamed().is_some_and(|name| self.look.open.iter().any(|open| open.id == name)) {
            // It rests, and so does what the venue said it became: a person must take one of them back.
            self.note(id).unclear = true;
            return None;
        }
        if rests_at(amending.to, open.rate) {
            return Some(Fact::OrderAmended { order: id, limit: amending.to });
        }
        if !rests_at(limit, open.rate) {
            return Some(Fact::OrderAmended { order: id, limit: open.rate });
        }
        let note = self.note(id);
        note.as_it_was.take(&Finding::Nothing { unexplained: false }, at);
        let (looks, seconds) = if order.amend_refused().is_some() { REFUSED_QUIET } else { NOT_AMENDED };
        if !note.as_it_was.lasted(looks, seconds) {
            return None;
        }
        let nothing = || Denial::new("not_amended", "look after look the order rests at the limit it had");
        let why = order.amend_refused().cloned().unwrap_or_else(nothing);
        Some(Fact::OrderNoted { order: id, note: OrderNote::AmendDropped(why) })
    }

    /// An order that is to have another limit and that the venue's answer gave another id: what is there under that one, when it is
    /// exactly the order, is the order. When it is anything else nobody follows it. None while nothing is there under it.
    fn renamed(&mut self, order: &Order, own: &[&'a VenueFill], left: Quantity) -> Option<Vec<Fact>> {
        let (to, name, id) = (order.amending()?.to, order.renamed()?, order.id());
        let open = self.look.open.iter().find(|open| open.id == name);
        let is_its = |row: &&VenueFill| row.id.as_deref() == Some(name);
        let rows: Vec<&VenueFill> = self.free.iter().copied().filter(is_its).collect();
        if open.is_none() && rows.is_empty() {
            return None;
        }
        let rests = open.map_or(Quantity::ZERO, |open| open.left);
        let is_all = sum(&rows).and_then(|filled| filled.checked_add(rests).ok()) == Some(left);
        let at_limit = open.is_none_or(|open| (open.coin, open.side) == self.market && rests_at(to, open.rate));
        let could = order.unresolved().is_some_and(|lost| {
            rows.iter().all(|row| lost.could_fill_at(row) && lost.is_after(row.at))
                && lost.before.open.iter().all(|before| before.id != name)
        });
        if !is_all || !at_limit || !could || self.watch.ids.contains_key(name) {
            self.unsettled = true;
            self.note(id).unclear = true;
            return Some(self.filled(order, own));
        }
        self.remove(&rows);
        let mut facts = self.filled(order, own);
        facts.push(Fact::OrderNoted { order: id, note: OrderNote::Follows(name.to_owned()) });
        facts.push(Fact::OrderAmended { order: id, limit: to });
        facts.extend(self.fills(order, Some(name), &rows));
        Some(facts)
    }

    /// Whether something rests that could be the order under another name: a venue that takes another limit might give the
    /// order another id. Nobody has seen that, and nobody adopts it; but such an order is not called gone.
    fn may_have_another_name(&self, order: &Order) -> bool {
        let Some(amending) = order.amending() else { return false };
        let could = |open: &&VenueOrder| {
            (open.coin, open.side) == self.market
                && self.foreign.contains(open.id.as_str())
                && open.left <= order.remaining()
                && rests_at(amending.to, open.rate)
        };
        self.look.open.iter().any(|open| could(&open))
    }

    /// What other orders of ours own, as far as this look shows it.
    fn claimed(&self) -> Claimed {
        let open = self.look.open.iter().map(|open| &open.id);
        let shown = open.chain(self.look.done.iter().filter_map(|row| row.id.as_ref()));
        let orders = shown.filter(|id| self.watch.ids.contains_key(*id)).cloned().collect();
        let before = self.watch.rows.get(&self.market).into_iter().flatten();
        Claimed { orders, rows: before.chain(&self.taken).cloned().collect() }
    }

    fn row_missing(&mut self, order: &Order, finding: &Finding) -> Vec<Fact> {
        let at = self.look.at;
        let note = self.note(order.id());
        if !matches!(finding, Finding::Incomplete) {
            note.gone.take(&Finding::Nothing { unexplained: false }, at);
        }
        if !note.gone.lasted(ROW_MISSING.0, ROW_MISSING.1) {
            return Vec::new();
        }
        let words = "the venue took the order, and its history does not show one row that is it";
        vec![Fact::OrderUnknown { order: order.id(), why: Denial::new("row_missing", words) }]
    }

    /// Rows of a cancelled order that come late: the fill wins.
    fn late(&mut self, order: &Order, own: &[&'a VenueFill]) -> Vec<Fact> {
        let note = self.note(order.id());
        note.late += 1;
        let Some(ended) = note.ended.filter(|_| own.is_empty()) else { return self.filled(order, own) };
        if self.unsettled || !self.foreign.is_empty() {
            return Vec::new();
        }
        let Some(lost) = order.unresolved() else { return Vec::new() };
        let until = ended.plus_micros(LATE_MICROS);
        // While nobody knows whether rows are named by their orders, one that has a name may be anybody's.
        let could = |row: &&VenueFill| row.at <= until && (row.id.is_none() || self.watch.own_ids);
        let rows: Vec<&VenueFill> = self.nameless(&lost).into_iter().filter(could).collect();
        if sum(&rows).is_none_or(|sum| sum > order.remaining()) || self.dispute(order.id(), &rows) {
            return Vec::new();
        }
        self.remove(&rows);
        self.filled(order, &rows)
    }

    /// The fills of what a search found.
    fn found(&mut self, order: &Order, found: &Match) -> Vec<Fact> {
        let mut wanted = counted(&found.rows);
        let is_wanted = |row: &&VenueFill| match wanted.get_mut(*row) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        };
        let rows: Vec<&VenueFill> = self.free.iter().copied().filter(is_wanted).collect();
        self.remove(&rows);
        self.fills(order, order_id(order, found), &rows)
    }

    /// The facts of an order's fills.
    fn filled(&mut self, order: &Order, rows: &[&VenueFill]) -> Vec<Fact> {
        self.fills(order, order.venue_order_id(), rows)
    }

    fn fills(&mut self, order: &Order, venue_order_id: Option<&str>, rows: &[&VenueFill]) -> Vec<Fact> {
        let mut facts = Vec::new();
        for row in rows {
            let known = self.watch.rows.get(&self.market).into_iter().flatten().chain(&self.taken);
            let its = row.id.as_deref().filter(|id| order.has_venue_id(id)).or(venue_order_id);
            facts.extend(fill(order, its, row, alike(known, row)));
            self.taken.push((*row).clone());
        }
        facts
    }
}

fn is_placed(order: &Order) -> bool {
    order.is_resting() && matches!(order.proposal().kind, OrderKind::Limit(_))
}

fn is_lost(order: &Order) -> bool {
    order.state() == OrderState::Unknown || (order.is_resting() && order.proposal().kind == OrderKind::Instant)
}

/// How many of these rows make a trade that looks the same.
pub(super) fn alike<'r>(known: impl Iterator<Item = &'r VenueFill>, row: &VenueFill) -> u32 {
    let of = |row: &VenueFill| (row.at, row.amount, row.rate, row.fee);
    u32::try_from(known.filter(|other| of(other) == of(row)).count()).unwrap_or(u32::MAX)
}

/// The venue's id of a found order. An instant trade's row may have an id of its own; an order's it is not.
pub(super) fn order_id<'m>(order: &Order, found: &'m Match) -> Option<&'m str> {
    found.venue_order_id.as_deref().filter(|_| order.limit().is_some())
}

/// A row as a fill of the order.
pub(super) fn fill(order: &Order, venue_order_id: Option<&str>, row: &VenueFill, occurrence: u32) -> [Fact; 2] {
    let external_id = row.id.clone().filter(|id| Some(id.as_str()) != venue_order_id);
    let occurrence = if external_id.is_some() { 0 } else { occurrence };
    let trade = Trade {
        book: Book::Live,
        time: row.at,
        coin: row.coin,
        side: row.side,
        quantity: row.amount,
        price: row.rate,
        fee: Money::aud(row.fee),
        algorithm: order.proposal().algorithm.clone(),
        venue: Name::parse(VENUE).ok(),
        external_id,
        order: Some(order.id()),
        occurrence,
    };
    [Fact::RowTaken { order: order.id(), row: row.clone() }, Fact::Trade(trade)]
}

/// It is at the venue.
pub(super) fn adopted(order: &Order, found: &Match, by: &str, why: &str) -> Option<Fact> {
    let resolution = Resolution::Placed { venue_order_id: order_id(order, found).map(ToOwned::to_owned) };
    Some(Fact::OrderResolved { order: order.id(), resolution, by: Name::parse(by).ok()?, why: why.to_owned() })
}

/// It never came to be.
pub(super) fn closed(order: &Order, by: &str, why: &str) -> Option<Fact> {
    let (resolution, by) = (Resolution::NotPlaced, Name::parse(by).ok()?);
    Some(Fact::OrderResolved { order: order.id(), resolution, by, why: why.to_owned() })
}

/// Notes now and then how long there has been nothing.
fn sought(order: &Order, finding: &Finding, at: domain::Timestamp) -> Vec<Fact> {
    let so_far = order.sought();
    let since = so_far.span().map(|(_, until)| at.seconds_since(until));
    let due = since.is_none_or(|seconds| !(0..SOUGHT_EVERY_S).contains(&seconds)) && !so_far.may_be_closed();
    let order = order.id();
    match finding {
        Finding::Nothing { unexplained: false } if due => vec![Fact::OrderSought { order, at, anything: false }],
        Finding::Incomplete | Finding::Nothing { unexplained: false } => Vec::new(),
        _ if so_far.polls() > 0 => vec![Fact::OrderSought { order, at, anything: true }],
        _ => Vec::new(),
    }
}
