//! Who may trade with which book: mandates, the venue's key, the lease; folded from facts.
//!
//! | book | an order needs |
//! |---|---|
//! | paper | nothing; a mandate that is there binds |
//! | live | a key declared to be without withdrawals, the lease, and a mandate of its holder |
//!
//! Invariants: what is absent refuses; deny beats ask beats allow; a kill that was cleared ends every live mandate, so that
//! each must be granted again. Deliberately absent: the key itself, which never comes here, and asking the person.

use crate::words::aud;
use domain::{ApprovalRule, Book, Denial, Fact, Mandate, Money, Name, Proposal, Side, Timestamp};
use std::collections::BTreeMap;

/// Whether a person is asked before an order leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The mandate is the approval, or none is needed.
    Go,
    /// A person decides.
    Ask,
}

/// What the mandates, the key and the lease allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    mandates: BTreeMap<(Book, Name), Mandate>,
    key: Option<([u8; 16], Timestamp)>,
    lease: bool,
}

impl Default for Authority {
    /// No mandate and no key. With no other device the machine holds the lease by itself.
    fn default() -> Self {
        Self { mandates: BTreeMap::new(), key: None, lease: true }
    }
}

/// What an order is held against a mandate with.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The order.
    pub proposal: &'a Proposal,
    /// What a buy costs or a sale brings at its worst, fee included.
    pub total: Money,
    /// What the holder's buys of the trader's calendar day cost, its open ones included.
    pub bought_today: Money,
    /// The present moment.
    pub now: Timestamp,
    /// Minutes since the trader's local midnight.
    pub minute: u16,
}

/// The holder of a proposal's mandate.
#[must_use]
pub fn holder(proposal: &Proposal) -> &str {
    proposal.algorithm.as_ref().map_or(Mandate::MANUAL, Name::as_str)
}

impl Authority {
    /// Takes a fact; those that allow or forbid nothing change nothing.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::MandateSet { mandate } => {
                self.mandates.insert((mandate.book, mandate.holder.clone()), mandate.clone());
            }
            Fact::MandateRevoked { holder, book } => {
                self.mandates.remove(&(*book, holder.clone()));
            }
            Fact::KeyDeclared { fingerprint, at } => self.key = Some((*fingerprint, *at)),
            Fact::Lease { held } => self.lease = *held,
            Fact::KillCleared => self.mandates.retain(|(book, _), _| *book != Book::Live),
            // Another workspace, another machine: the key and the mandates were given to the one before.
            Fact::Restored { .. } => *self = Self { lease: false, ..Self::default() },
            _ => {}
        }
    }

    /// The same, as a person selling what is held has it: key and lease are still needed, a mandate and a question are not.
    /// Only for a sale that the kill switch lets past.
    #[must_use]
    pub fn liquidating(&self) -> Self {
        let mut lent = self.clone();
        let Ok(holder) = Name::parse(Mandate::MANUAL) else { return lent };
        for book in [Book::Paper, Book::Live] {
            let mandate = Mandate {
                holder: holder.clone(),
                book,
                approval: ApprovalRule::Never,
                max_order: None,
                max_day: None,
                coins: Vec::new(),
                hours: None,
                until: None,
            };
            lent.mandates.insert((book, holder.clone()), mandate);
        }
        lent
    }

    /// All mandates, paper's first, by holder.
    pub fn mandates(&self) -> impl Iterator<Item = &Mandate> {
        self.mandates.values()
    }

    /// One holder's mandate.
    #[must_use]
    pub fn mandate(&self, book: Book, holder: &str) -> Option<&Mandate> {
        let holder = Name::parse(holder).ok()?;
        self.mandates.get(&(book, holder))
    }

    /// The fingerprint of the key that was declared last, and when.
    #[must_use]
    pub const fn key(&self) -> Option<([u8; 16], Timestamp)> {
        self.key
    }

    /// Whether this machine holds the lease.
    #[must_use]
    pub const fn has_lease(&self) -> bool {
        self.lease
    }

    /// Whether anything lets the order's holder trade with its book at all.
    ///
    /// # Errors
    /// `key_missing`, `lease_missing`, `mandate_missing`.
    pub fn check(&self, proposal: &Proposal) -> Result<(), Denial> {
        if proposal.book == Book::Paper {
            return Ok(());
        }
        if self.key.is_none() {
            let words =
                "Live trading is off: no CoinSpot key is declared to be without withdrawal rights. Store one first.";
            return Err(Denial::new("key_missing", words));
        }
        if !self.lease {
            let words = "Live trading is off here: this machine does not hold the trading lease. Take it first.";
            return Err(Denial::new("lease_missing", words));
        }
        if self.mandate(Book::Live, holder(proposal)).is_none() {
            let words = format!("No mandate lets {} trade with real money: grant one first.", who(proposal));
            return Err(Denial::new("mandate_missing", words));
        }
        Ok(())
    }

    /// Whether a person is asked, or the mandate refuses.
    ///
    /// # Errors
    /// `mandate_expired`, `mandate_coin`, `mandate_hours`, `mandate_max_order`, `mandate_max_day`, and those of
    /// [`Self::check`]. A sale is bound by coins, hours and expiry only: it lessens what is at risk.
    pub fn leave(&self, asked: &Asked<'_>) -> Result<Leave, Denial> {
        let Asked { proposal, total, bought_today, now, minute } = *asked;
        self.check(proposal)?;
        let Some(mandate) = self.mandate(proposal.book, holder(proposal)) else { return Ok(Leave::Go) };
        let whose = format!("The {} mandate of {}", proposal.book, who(proposal));
        if mandate.until.is_some_and(|until| now >= until) {
            return Err(Denial::new("mandate_expired", format!("{whose} has expired: grant it again.")));
        }
        if !mandate.coins.is_empty() && !mandate.coins.contains(&proposal.coin) {
            return Err(Denial::new("mandate_coin", format!("{whose} does not name {}.", proposal.coin)));
        }
        if mandate.hours.is_some_and(|hours| !hours.holds(minute)) {
            return Err(Denial::new("mandate_hours", format!("{whose} does not hold at this hour.")));
        }
        if proposal.side == Side::Buy {
            if let Some(most) = mandate.max_order.filter(|most| total.amount() > most.amount()) {
                let words = format!("{whose} lets one buy cost {}, not {}.", aud(most), aud(total));
                return Err(Denial::new("mandate_max_order", words));
            }
            let day = bought_today.checked_add(total).ok();
            let over = |most: &Money| day.is_none_or(|day| day.amount() > most.amount());
            if let Some(most) = mandate.max_day.filter(over) {
                let words =
                    format!("{whose} lets the day's buys cost {}; {} of it is used.", aud(most), aud(bought_today));
                return Err(Denial::new("mandate_max_day", words));
            }
        }
        Ok(match mandate.approval {
            ApprovalRule::Always => Leave::Ask,
            ApprovalRule::Never => Leave::Go,
            ApprovalRule::Above(most) if total.amount() > most.amount() => Leave::Ask,
            ApprovalRule::Above(_) => Leave::Go,
        })
    }
}

fn who(proposal: &Proposal) -> String {
    proposal.algorithm.as_ref().map_or_else(|| "orders by hand".to_owned(), |name| format!("the algorithm {name}"))
}

#[cfg(test)]
mod tests;
