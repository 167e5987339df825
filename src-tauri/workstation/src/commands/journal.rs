//! The audit view: the journal in words, filtered, a page at a time.

use crate::dto::{JournalEntry, JournalProof, JournalView};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::workstation::PROVEN_AT_ONCE_MAX;
use crate::{Error, Result, Workstation, audit};
use domain::{OrderId, Timestamp};
use floor::Orders;
use serde::Deserialize;
use std::collections::HashSet;
use store::{FactPlace, JournalFact, JournalFilter};
use ts_rs::TS;

/// Facts of a page when nobody says how many.
const PAGE: usize = 200;
/// Facts read at a time when all are wanted.
const PAGE_MAX: usize = 1000;

/// Which facts of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct JournalRequest {
    /// Those that name this order.
    #[ts(optional)]
    pub order: Option<String>,
    /// Such as `order_denied`.
    #[ts(optional)]
    pub kind: Option<String>,
    /// Date or time.
    #[ts(optional)]
    pub from: Option<String>,
    /// Date or time, itself outside.
    #[ts(optional)]
    pub to: Option<String>,
    /// Zone of plain dates.
    #[ts(optional)]
    pub timezone: Option<String>,
    /// What the page before gave as `next`.
    #[ts(optional)]
    pub after: Option<String>,
    /// From the beginning; else from the end.
    #[ts(optional)]
    pub oldest_first: Option<bool>,
    /// At most so many; 200 unless told, 1000 at most.
    #[ts(optional)]
    pub limit: Option<usize>,
}

fn place(text: &str) -> Result<FactPlace> {
    let read = || {
        let (device, seq) = text.split_once(':')?;
        Some(FactPlace { device: device.parse().ok()?, seq: seq.parse().ok()? })
    };
    let shown = ledgers::inert(text);
    read().ok_or_else(|| Error::usage("bad_page", format!("'{shown}' is no page: take what an answer gave as next")))
}

fn read(request: &JournalRequest) -> Result<JournalFilter> {
    let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
    let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
    let number = |name: &str| {
        let known = audit::KINDS.iter().find(|(_, known)| *known == name);
        let shown = ledgers::inert(name);
        known.map(|(number, _)| *number).ok_or_else(|| {
            let names: Vec<&str> = audit::KINDS.iter().map(|(_, name)| *name).collect();
            Error::usage("unknown_kind", format!("'{shown}' is no kind of fact: use {}", names.join(", ")))
        })
    };
    let order = |text: &str| OrderId::parse(text).map_err(|error| Error::usage("bad_order_id", error.to_string()));
    Ok(JournalFilter {
        order: request.order.as_deref().map(order).transpose()?,
        kind: request.kind.as_deref().map(number).transpose()?,
        from: time(&request.from)?,
        to: time(&request.to)?,
        after: request.after.as_deref().map(place).transpose()?,
        oldest_first: request.oldest_first.unwrap_or(false),
        limit: request.limit.unwrap_or(PAGE),
    })
}

fn entry(fact: &JournalFact, orders: &Orders) -> JournalEntry {
    let (kind, said) = match &fact.fact {
        Ok(read) => (audit::kind(read), audit::words(read, orders)),
        Err(error) => ("unreadable", audit::unreadable(error)),
    };
    let read = fact.fact.as_ref().ok();
    JournalEntry {
        device: fact.device.to_string(),
        seq: fact.place.seq,
        time: fact.recorded_at,
        kind: kind.to_owned(),
        who: said.who,
        what: said.what,
        why: said.why,
        order: read.and_then(domain::Fact::order),
        coin: read.and_then(|fact| audit::coin(fact, orders)),
        book: read.and_then(|fact| audit::book(fact, orders)),
        hash: fact.hash.to_string(),
    }
}

impl Workstation {
    /// Every fact recorded in a window, oldest first.
    pub(crate) async fn journal_between(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        job: &super::reporting::Job,
    ) -> Result<Vec<JournalEntry>> {
        let mut filter = JournalFilter { from, to, oldest_first: true, limit: PAGE_MAX, ..JournalFilter::default() };
        let orders = self.past(None).await?.orders;
        let mut entries = Vec::new();
        loop {
            let page = self.store().journal_page(&filter).await?;
            entries.extend(page.facts.iter().map(|fact| entry(fact, &orders)));
            job.at(entries.len() as u64, page.total)?;
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(entries),
            }
        }
    }

    /// A page of the journal in words, and whether its chain was proven.
    ///
    /// # Errors
    /// Words that make no sense; the store's.
    pub async fn journal(&self, request: &JournalRequest) -> Result<JournalView> {
        let filter = read(request)?;
        let verified = self.proof().await?;
        let page = self.store().journal_page(&filter).await?;
        let named = page.facts.iter().filter_map(|fact| fact.fact.as_ref().ok()?.order());
        let gone: HashSet<OrderId> = {
            let desk = self.desk().await?;
            named.filter(|id| desk.orders.get(*id).is_none()).collect()
        };
        let past = if gone.is_empty() { None } else { Some(self.past(Some(&gone)).await?.orders) };
        let desk = self.desk().await?;
        let orders = |fact: &JournalFact| {
            let order = fact.fact.as_ref().ok().and_then(domain::Fact::order);
            past.as_ref().filter(|_| order.is_some_and(|id| gone.contains(&id))).unwrap_or(&desk.orders)
        };
        Ok(JournalView {
            next: page.next.map(|place| format!("{}:{}", place.device, place.seq)),
            entries: page.facts.iter().map(|fact| entry(fact, orders(fact))).collect(),
            verified,
            total: page.total,
            kinds: audit::KINDS.iter().map(|(_, name)| *name).collect(),
        })
    }

    /// The last proof of this process; a short journal that has none is proven now.
    async fn proof(&self) -> Result<JournalProof> {
        let known = || *self.inner.proven.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known().is_none() && self.store().journal_length().await? <= PROVEN_AT_ONCE_MAX {
            self.verify().await?;
        }
        Ok(known().map_or(JournalProof { ok: None, checked_at: None }, |(at, ok)| JournalProof {
            ok: Some(ok),
            checked_at: Some(at),
        }))
    }
}

#[cfg(test)]
mod tests;
