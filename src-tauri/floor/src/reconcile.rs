//! What became of an order nobody heard of again: a search of the venue's own words.
//!
//! CoinSpot takes no id of ours, so that an order whose reply was lost can only be found by what it looks like: its side, coin,
//! rate and exact amount, among what is new at the venue since just before it was sent. What was there before, and what belongs
//! to other orders of ours, is no evidence; identical rows are counted, not merged.
//!
//! | finding | means |
//! |---|---|
//! | one match | it is ours: adopted |
//! | several | each could be it: a person decides |
//! | something like it | another amount or rate, as made by hand; also beside one match: never adopted, a person decides |
//! | nothing | still unknown. After [`QUIET_POLLS`] complete looks over [`QUIET_S`] seconds, with balances that nothing else explains a change of, a person may close it |
//!
//! Invariants: no timer decides anything; an incomplete look decides nothing; what does not add up to the last digit is no
//! match. Deliberately absent: asking the venue, facts, and the person's word.

use domain::{Coin, Decimal, Look, OrderId, OrderKind, Price, Quantity, Side, Timestamp, VenueFill, VenueOrder};
use std::collections::{BTreeMap, BTreeSet};

/// Complete looks without evidence before a person may close an order.
pub const QUIET_POLLS: u32 = 5;
/// And over so many seconds.
pub const QUIET_S: i64 = 600;
/// How far the venue's clock may be behind ours.
const CLOCK_APART_S: i64 = 300;
/// Digits a venue keeps of a rate, at least.
const RATE_DIGITS_MIN: u32 = 2;
/// Rows this much older than a look are no part of what is kept of it.
const KEPT_S: i64 = 900;
/// Nor are more rows than these.
const KEPT_ROWS_MAX: usize = 200;
/// Digits of an amount and a rate at the venue.
const DIGITS: u32 = 8;
/// What rounding of Australian dollars may differ by, for each row of the history: a cent.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// An order that may or may not be at the venue, and what the venue said just before it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// Our order.
    pub order: OrderId,
    /// Which side.
    pub side: Side,
    /// The coin.
    pub coin: Coin,
    /// On the book at this limit, or instant.
    pub kind: OrderKind,
    /// Coins ordered.
    pub quantity: Quantity,
    /// When the intent was written down.
    pub intended: Timestamp,
    /// What the venue said before.
    pub before: Look,
}

/// What belongs to other orders of ours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Ids of their orders.
    pub orders: BTreeSet<String>,
    /// Their rows, as often as each stands there.
    pub rows: Vec<VenueFill>,
}

/// Something at the venue that is the order, or could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The venue's id of what rests, or of the rows where they carry one.
    pub venue_order_id: Option<String>,
    /// Coins that still rest; none when nothing does.
    pub resting: Option<Quantity>,
    /// The rows that belong to it.
    pub rows: Vec<VenueFill>,
}

/// What a look says about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Exactly one thing is it.
    One(Match),
    /// Several could be.
    Several(Vec<Match>),
    /// Nothing is it to the digit, but something is like it.
    Similar(Vec<Match>),
    /// Nothing at all.
    Nothing {
        /// Whether balances changed by more than the history explains.
        unexplained: bool,
    },
    /// The look was not complete, and what is missing could be it.
    Incomplete,
}

/// How long there has been nothing at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quiet {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    polls: u32,
}

impl Quiet {
    /// No look yet.
    pub const NONE: Self = Self { since: None, until: None, polls: 0 };

    /// Takes one more look's finding. Anything but nothing begins anew; an incomplete look tells nothing either way.
    pub fn take(&mut self, finding: &Finding, at: Timestamp) {
        match finding {
            Finding::Incomplete => {}
            // A clock that was set back begins anew, too.
            Finding::Nothing { unexplained: false } if self.until.is_none_or(|until| until <= at) => {
                self.since.get_or_insert(at);
                self.until = Some(at);
                self.polls = self.polls.saturating_add(1);
            }
            Finding::Nothing { unexplained: false } => *self = Self { since: Some(at), until: Some(at), polls: 1 },
            _ => *self = Self::default(),
        }
    }

    /// Since when, and until the last look.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.since.zip(self.until)
    }

    /// Whether so many looks over so many seconds found nothing.
    #[must_use]
    pub fn lasted(&self, polls: u32, seconds: i64) -> bool {
        self.polls >= polls && self.span().is_some_and(|(since, until)| until.seconds_since(since) >= seconds)
    }

    /// Looks so far.
    #[must_use]
    pub const fn polls(&self) -> u32 {
        self.polls
    }

    /// Whether a person may close the order. Nothing else ever may.
    #[must_use]
    pub fn may_be_closed(&self) -> bool {
        self.lasted(QUIET_POLLS, QUIET_S)
    }
}

/// Counts equal rows.
pub(crate) fn counted<'a>(rows: impl IntoIterator<Item = &'a VenueFill>) -> BTreeMap<&'a VenueFill, usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row).or_insert(0) += 1;
    }
    counts
}

/// What is kept of a look before an order of a coin is sent: what rests in the coin, what is owned of it, the cash, and the
/// history's last rows. Older ones are never evidence, so that an intent stays small however long the history is.
#[must_use]
pub fn kept_before(look: &Look, coin: Coin) -> Look {
    let mut since = look.at.plus_micros(-KEPT_S * 1_000_000);
    let mut times: Vec<Timestamp> = look.done.iter().map(|row| row.at).filter(|at| *at >= since).collect();
    if times.len() > KEPT_ROWS_MAX {
        times.sort_unstable();
        since = times.get(times.len() - KEPT_ROWS_MAX).copied().unwrap_or(since);
    }
    Look {
        at: look.at,
        open: look.open.iter().filter(|open| open.coin == coin).cloned().collect(),
        done: look.done.iter().filter(|row| row.at >= since).cloned().collect(),
        complete: look.complete,
        coins: vec![(coin, look.coins_of(coin))],
        cash: look.cash,
    }
}

/// The oldest moment of which a kept look tells every row.
fn kept_since(before: &Look) -> Timestamp {
    let oldest = before.done.iter().map(|row| row.at).min();
    let window = before.at.plus_micros(-KEPT_S * 1_000_000);
    oldest.filter(|_| before.done.len() >= KEPT_ROWS_MAX).map_or(window, |oldest| oldest.max(window))
}

/// Whether a rate at the venue is this limit, perhaps with fewer digits.
pub(crate) fn rests_at(limit: Price, rate: Price) -> bool {
    let cut = |digits| limit.decimal().trunc_with_scale(digits);
    (RATE_DIGITS_MIN..=DIGITS).any(|digits| cut(digits) == rate.decimal())
}

impl Unresolved {
    /// Whether a time at the venue is not before this order.
    pub(crate) fn is_after(&self, at: Timestamp) -> bool {
        at >= self.intended.plus_micros(-CLOCK_APART_S * 1_000_000)
    }

    /// Whether a resting order's rate is the limit.
    fn rests_at(&self, rate: Price) -> bool {
        matches!(self.kind, OrderKind::Limit(limit) if rests_at(limit, rate))
    }

    /// Whether a row could be a fill of it: its rate is the limit or better.
    pub(crate) fn could_fill_at(&self, row: &VenueFill) -> bool {
        match self.kind {
            OrderKind::Instant => row.instant,
            OrderKind::Limit(limit) => {
                let better = match self.side {
                    Side::Buy => row.rate <= limit,
                    Side::Sell => row.rate >= limit,
                };
                !row.instant && (better || self.rests_at(row.rate))
            }
        }
    }

    /// Looks for the order in what the venue says now.
    #[must_use]
    pub fn search(&self, look: &Look, claimed: &Claimed) -> Finding {
        if !look.complete {
            return Finding::Incomplete;
        }
        let fresh = new_rows(&self.before, look, &claimed.rows);
        let of_another = |row: &VenueFill| row.id.as_ref().is_some_and(|id| claimed.orders.contains(id));
        let of_ours = |row: &&VenueFill| {
            row.side == self.side && row.coin == self.coin && self.is_after(row.at) && !of_another(row)
        };
        let rows: Vec<&VenueFill> = fresh.into_iter().filter(of_ours).collect();
        let is_new = |open: &&VenueOrder| {
            open.side == self.side
                && open.coin == self.coin
                && !self.before.open.iter().any(|before| before.id == open.id)
                && !claimed.orders.contains(&open.id)
                && open.created.is_none_or(|created| self.is_after(created))
        };
        let open: Vec<&VenueOrder> = look.open.iter().filter(is_new).collect();
        let mut exact = self.resting(&open, &rows);
        exact.extend(self.executed(&open, &rows));
        if exact.len() == 1 {
            // What rests at our limit with less than we ordered may be ours with a fill that the history does not tell yet.
            let others = self.maybe_filled_in_part(&open, &exact);
            if !others.is_empty() {
                exact.extend(others);
                return Finding::Similar(exact);
            }
        }
        match exact.len() {
            1 => Finding::One(exact.remove(0)),
            0 if open.is_empty() && rows.is_empty() => Finding::Nothing { unexplained: self.is_unexplained(look) },
            0 => Finding::Similar(likenesses(&open, &rows)),
            _ => Finding::Several(exact),
        }
    }

    /// Others that rest at the limit with less than was ordered.
    fn maybe_filled_in_part(&self, open: &[&VenueOrder], exact: &[Match]) -> Vec<Match> {
        let is_exact = |order: &VenueOrder| exact.iter().any(|found| found.venue_order_id.as_ref() == Some(&order.id));
        let could = |order: &&&VenueOrder| !is_exact(order) && self.rests_at(order.rate) && order.left < self.quantity;
        let of = |order: &&VenueOrder| Match {
            venue_order_id: Some(order.id.clone()),
            resting: Some(order.left),
            rows: Vec::new(),
        };
        open.iter().filter(could).map(of).collect()
    }

    /// What rests at the limit and, with the rows of its own, adds up to what was ordered.
    fn resting(&self, open: &[&VenueOrder], rows: &[&VenueFill]) -> Vec<Match> {
        let matching = |order: &&VenueOrder| {
            let missing = self.quantity.checked_sub(order.left).ok()?;
            if !self.rests_at(order.rate) {
                return None;
            }
            let is_own = |row: &&VenueFill| row.id.as_ref() == Some(&order.id) && self.could_fill_at(row);
            let mut own: Vec<&VenueFill> = rows.iter().copied().filter(is_own).collect();
            if own.is_empty() && !missing.is_zero() {
                // A venue whose rows have ids of their own: all that could be it, or nothing.
                let of_another = |row: &VenueFill| open.iter().any(|open| Some(&open.id) == row.id.as_ref());
                own = rows.iter().copied().filter(|row| !of_another(row) && self.could_fill_at(row)).collect();
            }
            (sum(&own) == Some(missing)).then(|| Match {
                venue_order_id: Some(order.id.clone()),
                resting: Some(order.left),
                rows: own.into_iter().cloned().collect(),
            })
        };
        open.iter().filter_map(matching).collect()
    }

    /// What was executed and adds up to what was ordered, with nothing of it left to rest.
    fn executed(&self, open: &[&VenueOrder], rows: &[&VenueFill]) -> Vec<Match> {
        let rests = |row: &VenueFill| open.iter().any(|open| Some(&open.id) == row.id.as_ref());
        let possible: Vec<&VenueFill> =
            rows.iter().copied().filter(|row| !rests(row) && self.could_fill_at(row)).collect();
        let whole = |group: &Vec<&VenueFill>| sum(group) == Some(self.quantity);
        let found: Vec<Match> = groups(&possible).into_iter().filter(whole).map(of_rows).collect();
        // Parts whose rows have ids of their own: all of them together, where no one of them is it.
        if found.is_empty() && possible.len() > 1 && whole(&possible) {
            return vec![Match { venue_order_id: None, ..of_rows(possible) }];
        }
        found
    }

    /// Whether balances changed by more than what the history has told since.
    fn is_unexplained(&self, look: &Look) -> bool {
        let since = new_rows(&self.before, look, &[]);
        let (mut coins, mut cash) = (self.before.coins_of(self.coin).decimal(), self.before.cash);
        for row in &since {
            let (amount, Some(total)) = (row.amount.decimal(), row.amount.decimal().checked_mul(row.rate.decimal()))
            else {
                return true;
            };
            let (more, less) = match row.side {
                Side::Buy => (amount, -(total + row.fee)),
                Side::Sell => (-amount, total - row.fee),
            };
            coins += if row.coin == self.coin { more } else { Decimal::ZERO };
            cash += less;
        }
        let rounding = CENT * Decimal::from(since.len() + 1);
        look.coins_of(self.coin).decimal() != coins || (look.cash - cash).abs() > rounding
    }
}

/// The rows of a look that were not there before and belong to nobody else, as a multiset.
fn new_rows<'a>(before: &Look, look: &'a Look, claimed: &[VenueFill]) -> Vec<&'a VenueFill> {
    let since = kept_since(before);
    let mut taken = counted(&before.done);
    for (row, count) in counted(claimed) {
        // A row of another order may have been told before as well: that is one row and not two.
        let known = taken.entry(row).or_insert(0);
        *known = (*known).max(count);
    }
    let is_new = |row: &&VenueFill| match taken.get_mut(*row) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    look.done.iter().filter(|row| row.at >= since).filter(is_new).collect()
}

/// Rows that carry the same id; one without stands for itself.
fn groups<'a>(rows: &[&'a VenueFill]) -> Vec<Vec<&'a VenueFill>> {
    let mut by_id: BTreeMap<&str, Vec<&VenueFill>> = BTreeMap::new();
    let mut alone = Vec::new();
    for row in rows {
        match &row.id {
            Some(id) => by_id.entry(id).or_default().push(row),
            None => alone.push(vec![*row]),
        }
    }
    by_id.into_values().chain(alone).collect()
}

fn of_rows(rows: Vec<&VenueFill>) -> Match {
    let venue_order_id = rows.first().and_then(|row| row.id.clone());
    Match { venue_order_id, resting: None, rows: rows.into_iter().cloned().collect() }
}

fn likenesses(open: &[&VenueOrder], rows: &[&VenueFill]) -> Vec<Match> {
    let resting = open.iter().map(|order| Match {
        venue_order_id: Some(order.id.clone()),
        resting: Some(order.left),
        rows: rows.iter().copied().filter(|row| row.id.as_ref() == Some(&order.id)).cloned().collect(),
    });
    let rests = |row: &VenueFill| open.iter().any(|open| Some(&open.id) == row.id.as_ref());
    let others: Vec<&VenueFill> = rows.iter().copied().filter(|row| !rests(row)).collect();
    resting.chain(groups(&others).into_iter().map(of_rows)).collect()
}

fn sum(rows: &[&VenueFill]) -> Option<Quantity> {
    rows.iter().try_fold(Quantity::ZERO, |sum, row| sum.checked_add(row.amount).ok())
}

#[cfg(test)]
mod tests;
