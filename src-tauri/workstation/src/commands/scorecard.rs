//! The scorecard: what each approval, edit, rejection and expiry would have made by now, and by one hour, one day and seven
//! days after.
//!
//! Invariants: decisions are those of the journal; a price is the last one that was stored at its moment, at most a quarter
//! of an hour old by quotes and minutes, an hour by hours; where there is none, there is a reason in place of a figure. Both
//! prices are those charts are made of, before fees, as if the order had been filled at once: what was really filled is in
//! the books. Deliberately absent: judging the person.

use super::past::each_desk_fact;
use crate::desk::Desk;
use crate::dto::{ScorecardOutcome, ScorecardRow, ScorecardSum, ScorecardTally, ScorecardView, SerialDecimal};
use crate::{Result, Workstation};
use domain::{Book, Coin, Decimal, Fact, Interval, Name, OrderId, Price, Quantity, Quote, Side, Timestamp};
use std::collections::{HashMap, HashSet};
use store::Recorded;

/// Decisions told unless more are asked for.
const TOLD: usize = 200;
const TOLD_MAX: usize = 2_000;
/// How old a price may be at its moment.
const FRESH_MICROS: i64 = 15 * 60 * 1_000_000;
const HOUR_MICROS: i64 = 3_600 * 1_000_000;
/// The sorts of decisions, in the order of the sums.
const SORTS: [&str; 4] = ["approved", "edited", "rejected", "expired"];
const PERSON: &str = "person";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decided {
    order: OrderId,
    at: Timestamp,
    sort: &'static str,
}

/// The first decision about each order that a person was asked about.
#[derive(Default)]
struct Decisions {
    asked: HashSet<OrderId>,
    edited: HashSet<OrderId>,
    done: HashSet<OrderId>,
    decided: Vec<Decided>,
}

impl Decisions {
    fn take(&mut self, Recorded { fact, recorded_at, .. }: &Recorded) {
        let (order, sort) = match fact {
            Fact::ApprovalAsked { order, .. } => {
                self.asked.insert(*order);
                return;
            }
            Fact::OrderEdited { order, .. } => {
                self.edited.insert(*order);
                return;
            }
            Fact::OrderApproved { order, by } if by.as_str() == PERSON => {
                (*order, if self.edited.contains(order) { "edited" } else { "approved" })
            }
            Fact::OrderDenied { order, denial } if denial.code == "rejected_by_person" => (*order, "rejected"),
            Fact::OrderExpired { order } => (*order, "expired"),
            _ => return,
        };
        if self.asked.contains(&order) && self.done.insert(order) {
            self.decided.push(Decided { order, at: *recorded_at, sort });
        }
    }
}

/// What a move of the price makes of so many coins.
fn made(side: Side, quantity: Quantity, from: Price, to: Price) -> Option<Decimal> {
    let (was, is) = (from.times(quantity).ok()?, to.times(quantity).ok()?);
    let gained = match side {
        Side::Buy => is.checked_sub(was),
        Side::Sell => was.checked_sub(is),
    };
    Some(gained.ok()?.amount())
}

/// An order as it was decided about.
struct Subject {
    coin: Coin,
    side: Side,
    book: Book,
    algorithm: Option<Name>,
    quantity: Quantity,
    asked_quantity: Quantity,
    state: &'static str,
}

fn subject(desk: &Desk, id: OrderId) -> Option<Subject> {
    let order = desk.orders.get(id)?;
    let proposal = order.proposal();
    let asked = desk.asked.get(&id).and_then(|asked| asked.first());
    Some(Subject {
        coin: proposal.coin,
        side: proposal.side,
        book: proposal.book,
        algorithm: proposal.algorithm.clone(),
        quantity: proposal.quantity,
        asked_quantity: asked.map_or(proposal.quantity, |asked| asked.quantity),
        state: order.state().as_str(),
    })
}

fn absent(why: &str) -> ScorecardOutcome {
    ScorecardOutcome { absent: Some(why.to_owned()), ..ScorecardOutcome::default() }
}

fn outcome(of: &Subject, from: Option<Price>, to: Option<Price>) -> ScorecardOutcome {
    let Some(from) = from else { return absent("no_price_at_decision") };
    let Some(to) = to else { return absent("no_price") };
    let as_decided = made(of.side, of.quantity, from, to);
    let as_asked = made(of.side, of.asked_quantity, from, to);
    let (Some(as_decided), Some(as_asked)) = (as_decided, as_asked) else {
        return ScorecardOutcome { price: Some(to), ..absent("beyond_a_decimal") };
    };
    ScorecardOutcome {
        price: Some(to),
        made_aud: Some(SerialDecimal(as_decided)),
        as_asked_aud: Some(SerialDecimal(as_asked)),
        absent: None,
    }
}

fn tally<'a>(outcomes: impl Iterator<Item = &'a ScorecardOutcome>) -> ScorecardTally {
    let mut tally = ScorecardTally::default();
    for made in outcomes.filter_map(|outcome| outcome.made_aud) {
        let sum = tally.made_aud.map_or(Some(made.0), |sum| sum.0.checked_add(made.0));
        // A sum beyond a decimal is not told, nor what would be added to it.
        let Some(sum) = sum else { return ScorecardTally::default() };
        tally.known += 1;
        tally.gained += usize::from(made.0 > Decimal::ZERO);
        tally.made_aud = Some(SerialDecimal(sum));
    }
    tally
}

fn sums(rows: &[ScorecardRow]) -> Vec<ScorecardSum> {
    let of = |sort: &'static str| {
        let rows: Vec<&ScorecardRow> = rows.iter().filter(|row| row.decision == sort).collect();
        ScorecardSum {
            decision: sort.to_owned(),
            count: rows.len(),
            now: tally(rows.iter().map(|row| &row.now)),
            h1: tally(rows.iter().map(|row| &row.h1)),
            h24: tally(rows.iter().map(|row| &row.h24)),
            d7: tally(rows.iter().map(|row| &row.d7)),
        }
    };
    SORTS.into_iter().map(of).filter(|sum| sum.count > 0).collect()
}

impl Workstation {
    async fn decisions(&self) -> Result<Vec<Decided>> {
        let mut decisions = Decisions::default();
        each_desk_fact(self.store(), |recorded, _| decisions.take(recorded)).await?;
        Ok(decisions.decided)
    }

    /// What decisions about orders would have made, the newest first.
    ///
    /// # Errors
    /// The store's.
    pub async fn scorecard(&self, limit: Option<usize>) -> Result<ScorecardView> {
        let mut decided = self.decisions().await?;
        let total = decided.len();
        decided.reverse();
        decided.truncate(limit.unwrap_or(TOLD).min(TOLD_MAX));
        let subjects = self.subjects(decided).await?;
        let now = self.now();
        let mut current: HashMap<Coin, Option<Price>> = HashMap::new();
        let mut rows = Vec::with_capacity(subjects.len());
        for (one, of) in &subjects {
            let price = self.price_at(of.coin, one.at).await?;
            let to_now = match current.get(&of.coin) {
                Some(price) => *price,
                None => {
                    let price = self.price_at(of.coin, now).await?;
                    current.insert(of.coin, price);
                    price
                }
            };
            rows.push(ScorecardRow {
                order: one.order,
                decided_at: one.at,
                decision: one.sort.to_owned(),
                coin: of.coin,
                side: of.side,
                book: of.book,
                algorithm: of.algorithm.as_ref().map(Name::to_string),
                quantity: of.quantity,
                asked_quantity: of.asked_quantity,
                state: of.state.to_owned(),
                price,
                now: outcome(of, price, to_now),
                h1: self.outcome_after(one, of, price, 1).await?,
                h24: self.outcome_after(one, of, price, 24).await?,
                d7: self.outcome_after(one, of, price, 7 * 24).await?,
            });
        }
        Ok(ScorecardView { sums: sums(&rows), decisions: rows, total })
    }

    /// What was decided about, of orders at hand and of those that were read again.
    async fn subjects(&self, decided: Vec<Decided>) -> Result<Vec<(Decided, Subject)>> {
        let gone: HashSet<OrderId> = {
            let desk = self.desk().await?;
            decided.iter().map(|one| one.order).filter(|id| desk.orders.get(*id).is_none()).collect()
        };
        let past = if gone.is_empty() { None } else { Some(self.past(Some(&gone)).await?) };
        let desk = self.desk().await?;
        let of = |id| subject(&desk, id).or_else(|| subject(past.as_ref()?, id));
        Ok(decided.into_iter().filter_map(|one| Some((one, of(one.order)?))).collect())
    }

    async fn outcome_after(
        &self,
        one: &Decided,
        of: &Subject,
        price: Option<Price>,
        hours: i64,
    ) -> Result<ScorecardOutcome> {
        let then = one.at.plus_micros(hours * HOUR_MICROS);
        if then > self.now() {
            return Ok(absent("not_yet"));
        }
        Ok(outcome(of, price, self.price_at(of.coin, then).await?))
    }

    /// The last price of a coin that was stored at a moment and is no older than it may be.
    async fn price_at(&self, coin: Coin, at: Timestamp) -> Result<Option<Price>> {
        let ticks = self.store().ticks(coin, at.plus_micros(-FRESH_MICROS), at.plus_micros(1)).await?;
        if let Some(price) = ticks.last().and_then(Quote::candle_price) {
            return Ok(Some(price));
        }
        for (interval, reach) in [(Interval::M1, FRESH_MICROS), (Interval::H1, HOUR_MICROS)] {
            // Only what had closed by then was known then.
            let closed = at.plus_micros(1 - interval.micros());
            let candles = self.store().candles(coin, interval, closed.plus_micros(-reach), closed).await?;
            if let Some(candle) = candles.last() {
                return Ok(Some(candle.close));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
