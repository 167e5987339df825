//! Live orders held against what the venue says: one look serves all of them.
//!
//! | an order that | and in the look | becomes |
//! |---|---|---|
//! | rests, by its id | rows carry its id, or rows without a known one make up exactly what is missing | filled by them |
//! | rests, by its id | its limit is another than we know | amended: by us, late, or by hand at the venue |
//! | was to have another limit | the id that the venue's answer gave it rests at that limit, with its rows, for exactly what was left | amended, and followed under that id |
//! | was to have another limit | it rests at the one it had, in many looks | not amended; after the venue's refusal in a few |
//! | rests, by its id | it isn't there | filled when rows make up all of it; else, after some looks, cancelled there; rows that come late are still its fills |
//! | rests, by its id | rows without a known id make up what is missing, and could as well be an order that nobody knows the fate of | as it was, both, until a person says what the other is |
//! | was asked back | it isn't there in a look begun after the answer | cancelled |
//! | is instant and was acknowledged | its one row | filled; without the row for long: unknown |
//! | nobody knows the fate of | see [`Unresolved::search`] | adopted, refused (the venue said no, and looks find nothing), or as it was |
//!
//! Invariants: a row is the fill of one order, once, and equal rows are counted; fills never exceed what was ordered; what was
//! there before an order, rests for somebody else or carries another order's id is never its fill; a look that began before
//! an order's last step says nothing about it; an incomplete one says nothing at all; a lost reply is never closed here.
//! Deliberately absent: asking the venue, and the person's word.

mod market;
mod person;

use crate::order::Order;
use crate::orders::Orders;
use crate::reconcile::{Finding, Match, QUIET_POLLS, QUIET_S, Quiet, counted};
use domain::{
    Book, Coin, Fact, Look, OrderId, OrderNote, OrderState, Proposal, Side, Timestamp, VenueFill, VenueOrder,
};
use market::Market;
pub use person::ResolveError;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The code of an unknown fate that began with the venue's refusal: looks may confirm that one.
pub const REFUSED: &str = "refused";
/// Looks that find nothing, and over how many seconds, before a refusal is believed: longer than the history lags.
const REFUSED_QUIET: (u32, i64) = (2, 3);
/// The same before rows without a known id are taken for an order that isn't there any more.
const SETTLED: (u32, i64) = (2, 3);
/// The same before an order that isn't there, and that nobody asked back, counts as cancelled at the venue.
const GONE: (u32, i64) = (3, 30);
/// The same before an instant order without a row is unknown.
const ROW_MISSING: (u32, i64) = (5, 60);
/// Looks that show an order at the limit it had, and over how many seconds, before the other limit that it was to have is
/// believed not to come: without the venue's answer. With its refusal, [`REFUSED_QUIET`] of them.
const NOT_AMENDED: (u32, i64) = (QUIET_POLLS, QUIET_S);
/// Looks in which rows of a cancelled order may still come.
const LATE_LOOKS: u32 = 60;
/// By how much they may lie behind the look that saw it gone.
const LATE_MICROS: i64 = 2_000_000;
/// Looks, and over how many seconds, with nothing but balances that nobody explains, such as a deposit, before a person may
/// close an order all the same.
const UNEXPLAINED_QUIET: (u32, i64) = (30, 3_600);
/// What stands in the journal of looks that found nothing is this far apart.
const SOUGHT_EVERY_S: i64 = 120;
/// Rows of which a part may be an order's; with more, only all of them.
const PARTS_MAX: usize = 12;
/// What the history told longer ago than this is not asked for again.
const TOLD_AGAIN_MICROS: i64 = 2 * 86_400 * 1_000_000;
/// Ids of other people's orders that are remembered.
const THEIRS_MAX: usize = 10_000;
/// Taken rows are remembered this long beyond what any order needs.
const ROWS_KEPT_MICROS: i64 = 4 * 86_400 * 1_000_000;

/// What one order needs written down; one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The order.
    pub order: OrderId,
    /// What happened to it.
    pub facts: Vec<Fact>,
}

/// What the looks say of one order so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    changed: u64,
    /// Looks that found nothing of an order nobody knows the fate of.
    quiet: Quiet,
    /// Looks in which it did not rest.
    gone: Quiet,
    cancel_answered: Option<u64>,
    /// Looks with nothing but unexplained balances.
    off: Quiet,
    /// When it was seen to be cancelled; none for one of an earlier run.
    ended: Option<Timestamp>,
    /// Looks since it was cancelled.
    late: u32,
    /// The venue's rows do not add up to it, or could be several things.
    unclear: bool,
    /// Looks in which it rested at the limit it had while it was to have another.
    as_it_was: Quiet,
    finding: Option<Finding>,
}

impl Note {
    const fn new(changed: u64) -> Self {
        const NONE: Quiet = Quiet::NONE;
        Self {
            changed,
            quiet: NONE,
            gone: NONE,
            cancel_answered: None,
            off: NONE,
            ended: None,
            late: 0,
            unclear: false,
            as_it_was: NONE,
            finding: None,
        }
    }

    /// Looks that found nothing.
    #[must_use]
    pub const fn quiet(&self) -> Quiet {
        self.quiet
    }

    /// Whether a person may say that the order never came to be: nothing was found for long, or what was found is a choice.
    #[must_use]
    pub fn may_be_closed(&self, order: &Order) -> bool {
        let (polls, seconds) = UNEXPLAINED_QUIET;
        let choice = matches!(self.finding, Some(Finding::Several(_) | Finding::Similar(_)));
        choice
            || self.quiet.may_be_closed()
            || (order.sought().may_be_closed() && !matches!(self.finding, Some(Finding::Incomplete)))
            || self.off.lasted(polls, seconds)
    }

    /// What a person may choose from.
    #[must_use]
    pub fn candidates(&self) -> &[Match] {
        match &self.finding {
            Some(Finding::Several(found) | Finding::Similar(found)) => found,
            Some(Finding::One(one)) => std::slice::from_ref(one),
            _ => &[],
        }
    }

    /// What the last look found of an order nobody knows the fate of.
    #[must_use]
    pub const fn finding(&self) -> Option<&Finding> {
        self.finding.as_ref()
    }

    /// Whether rows at the venue can't be told apart.
    #[must_use]
    pub const fn is_unclear(&self) -> bool {
        self.unclear
    }

    /// Whether the venue answered that it took the order back.
    #[must_use]
    pub const fn is_cancel_answered(&self) -> bool {
        self.cancel_answered.is_some()
    }
}

/// What the looks say of all live orders so far. Folded from facts and looks; looks are not kept across restarts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    epoch: u64,
    notes: BTreeMap<OrderId, Note>,
    /// The venue's ids of our orders.
    ids: HashMap<String, OrderId>,
    /// Rows taken.
    rows: HashMap<(Coin, Side), Vec<VenueFill>>,
    /// Whether a row ever carried the id of an order that rested: then one with another id is another's.
    keeps_ids: bool,
    /// Ids of ours that the venue gave with its acknowledgement.
    given: BTreeSet<String>,
    /// Whether a row with another id made up exactly what an order that rests lacked: then rows have ids of their own.
    own_ids: bool,
    /// Ids that were seen to rest and are not ours.
    theirs: BTreeSet<String>,
}

impl Watch {
    /// Takes a fact, after the orders took it.
    pub fn take(&mut self, fact: &Fact, orders: &Orders) {
        let Some(order) = fact.order().and_then(|id| orders.get(id)) else { return };
        if order.proposal().book != Book::Live || order.intent().is_none() {
            return;
        }
        let id = order.id();
        use OrderNote::{AmendDenied, Several};
        if matches!(fact, Fact::OrderSought { .. } | Fact::OrderNoted { note: Several | AmendDenied(_), .. }) {
            return;
        }
        self.epoch += 1;
        let epoch = self.epoch;
        if let Fact::RowTaken { row, .. } = fact {
            // Learnt only from an id the venue gave with its acknowledgement: one read off a row proves nothing.
            self.keeps_ids |= !row.instant && row.id.as_ref().is_some_and(|id| self.given.contains(id));
            let given = order.venue_order_id().is_some_and(|id| self.given.contains(id));
            let other = row.id.as_deref().is_some_and(|id| !order.has_venue_id(id));
            self.own_ids |= given && other && !row.instant && order.is_resting();
            self.rows.entry((row.coin, row.side)).or_default().push(row.clone());
            return;
        }
        if let Fact::OrderOpened { venue_order_id: Some(venue), .. }
        | Fact::OrderNoted { note: OrderNote::Follows(venue), .. } = fact
        {
            self.given.insert(venue.clone());
            self.theirs.remove(venue);
        }
        if let Some(venue) = order.venue_order_id()
            && !self.ids.contains_key(venue)
        {
            self.ids.insert(venue.to_owned(), id);
        }
        match order.state() {
            OrderState::Filled | OrderState::Rejected | OrderState::Denied | OrderState::Expired => {
                self.notes.remove(&id);
            }
            _ => {
                let note = self.notes.entry(id).or_insert(Note::new(epoch));
                (note.changed, note.as_it_was) = (epoch, Quiet::NONE);
            }
        }
    }

    /// The journal was read: what was cancelled in an earlier run is watched only where it was sent of late, and then only
    /// for rows that carry its id.
    pub fn loaded(&mut self, orders: &Orders, now: Timestamp) {
        let recent = now.plus_micros(-ROWS_KEPT_MICROS);
        self.notes.retain(|id, _| {
            orders.get(*id).is_some_and(|order| {
                order.state() != OrderState::Cancelled || order.intent().is_some_and(|intent| intent.at >= recent)
            })
        });
    }

    /// What a look must know of when it began.
    #[must_use]
    pub const fn begun(&self) -> u64 {
        self.epoch
    }

    /// What is known of an order.
    #[must_use]
    pub fn note(&self, order: OrderId) -> Option<&Note> {
        self.notes.get(&order)
    }

    /// The venue said that it took the order back. It counts from the next look on.
    pub fn cancel_answered(&mut self, order: OrderId) {
        self.epoch += 1;
        let epoch = self.epoch;
        if let Some(note) = self.notes.get_mut(&order) {
            note.cancel_answered = Some(epoch);
        }
    }

    /// Whether an order needs looks: it is not over, or rows of it may come late.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        !self.notes.is_empty()
    }

    /// Since when the history must be told. What a complete look told of a resting order two days ago need not be told again.
    #[must_use]
    pub fn reach(&self, orders: &Orders, told: Option<Timestamp>) -> Option<Timestamp> {
        let known = told.map(|told| told.plus_micros(-TOLD_AGAIN_MICROS));
        let since = |id: &OrderId| {
            let order = orders.get(*id)?;
            let intent = order.intent()?;
            let sent = intent.before.at.min(intent.at);
            Some(known.filter(|_| !order.locks_market()).map_or(sent, |known| known.max(sent)))
        };
        self.notes.keys().filter_map(since).min()
    }

    /// Whose an id at the venue is.
    #[must_use]
    pub fn owner(&self, venue_order_id: &str) -> Option<OrderId> {
        self.ids.get(venue_order_id).copied()
    }

    /// What rests and what was executed at the venue that is no order's of ours. Nothing of a coin and side in which an
    /// order of ours is on its way or unknown: it could be that one.
    #[must_use]
    pub fn foreign<'a>(&self, orders: &Orders, look: &'a Look) -> (Vec<&'a VenueOrder>, Vec<&'a VenueFill>) {
        let waits = |coin, side| {
            self.notes.keys().filter_map(|id| orders.get(*id)).any(|order| {
                let Proposal { coin: of, side: on, .. } = *order.proposal();
                (of, on) == (coin, side) && !matches!(order.state(), OrderState::Cancelled)
            })
        };
        let open = look.open.iter().filter(|open| !self.ids.contains_key(&open.id) && !waits(open.coin, open.side));
        let mut claimed: HashMap<(Coin, Side), BTreeMap<&VenueFill, usize>> = HashMap::new();
        for (market, rows) in &self.rows {
            claimed.insert(*market, counted(rows));
        }
        let unclaimed = |row: &&VenueFill| {
            let count = claimed.get_mut(&(row.coin, row.side)).and_then(|rows| rows.get_mut(*row));
            match count {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    false
                }
                _ => !waits(row.coin, row.side) && row.id.as_ref().is_none_or(|id| !self.ids.contains_key(id)),
            }
        };
        (open.collect(), look.done.iter().filter(unclaimed).collect())
    }

    /// Holds every live order against a look that began at `begun`. What it finds out is to be written down, each step in a
    /// transaction of its own, and taken again with [`Self::take`].
    pub fn pass(&mut self, orders: &Orders, look: &Look, begun: u64) -> Vec<Step> {
        if !look.complete {
            for (id, note) in &mut self.notes {
                if orders.get(*id).is_some_and(|order| order.state() == OrderState::Unknown) {
                    note.finding = Some(Finding::Incomplete);
                }
            }
            return Vec::new();
        }
        self.forget(orders, look.at);
        self.learn(look);
        let mut markets: BTreeMap<(Coin, Side), Vec<&Order>> = BTreeMap::new();
        for order in self.notes.keys().filter_map(|id| orders.get(*id)) {
            markets.entry((order.proposal().coin, order.proposal().side)).or_default().push(order);
        }
        let mut steps = Vec::new();
        for ((coin, side), mut theirs) in markets {
            theirs.sort_by_key(|order| order.id());
            steps.extend(Market::new(self, look, begun, (coin, side)).pass(&theirs));
        }
        steps
    }

    /// Learns whose ids rest, and whether rows carry them.
    fn learn(&mut self, look: &Look) {
        for open in &look.open {
            if self.theirs.len() < THEIRS_MAX && !self.ids.contains_key(&open.id) {
                self.theirs.insert(open.id.clone());
            }
        }
        let rested = |row: &VenueFill| !row.instant && row.id.as_ref().is_some_and(|id| self.theirs.contains(id));
        self.keeps_ids |= look.done.iter().any(rested);
    }

    /// Lets go of cancelled orders whose rows can't come any more, and of rows older than any look.
    fn forget(&mut self, orders: &Orders, now: Timestamp) {
        self.notes.retain(|id, note| {
            let state = orders.get(*id).map(Order::state);
            state.is_some_and(|state| state != OrderState::Cancelled || note.late < LATE_LOOKS)
        });
        let reach = self.reach(orders, Some(now));
        let oldest = reach.map_or(now, |reach| reach.min(now)).plus_micros(-ROWS_KEPT_MICROS);
        for rows in self.rows.values_mut() {
            rows.retain(|row| row.at >= oldest);
        }
        self.rows.retain(|_, rows| !rows.is_empty());
    }
}

#[cfg(test)]
mod tests;
