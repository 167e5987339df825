//! The algorithms, folded from facts: what each is made of, where it stands, what it said and what its fills brought.
//!
//! | from | may become, by a person | by us |
//! |---|---|---|
//! | draft | paper (promote); another version | - |
//! | paper | live (promote), paused, stopped; draft, by another version | error |
//! | live | paused, stopped | error |
//! | paused, error | what it was (resume), stopped; draft, by another version | - |
//! | stopped | paper (promote); draft, by another version | - |
//!
//! Invariants: a version never changes, another content is another version and a draft; live needs a mandate of its own and
//! paper fills of that very version, or a person's word; a slot that was taken is never taken again, across restarts; on
//! another machine nothing runs by itself. Deliberately absent: running them, and their mandates.

use crate::authority::Authority;
use domain::{
    AlgorithmState, AlgorithmVersion, Book, Coin, Denial, Fact, FactHash, Mandate, Name, Proposal, Quantity, Side,
    Signal, SignalOutcome, Timestamp, Trade,
};
use std::collections::{BTreeMap, VecDeque};

/// Fills on paper a version needs before it may go live.
pub const EVIDENCE_FILLS: u32 = 5;
/// Seconds a version must have run on paper before it may go live: seven days.
pub const EVIDENCE_S: i64 = 7 * 86_400;
/// The word with which a person takes a version live without that evidence.
pub const UNPROVEN: &str = "UNPROVEN";
/// Signals remembered for each algorithm.
const SIGNALS_KEPT: usize = 200;
/// Versions an algorithm can have.
const VERSIONS_MAX: usize = 1_000;
/// Algorithms there can be.
const ALGORITHMS_MAX: usize = 100;

/// One signal that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalLine {
    /// When.
    pub at: Timestamp,
    /// The version that said it.
    pub version: FactHash,
    /// With whose money.
    pub book: Book,
    /// What it said.
    pub signal: Signal,
    /// What became of it; none while that is not known, and for ever when the workstation ended in between.
    pub outcome: Option<SignalOutcome>,
}

/// One algorithm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithm {
    name: Name,
    versions: Vec<(Timestamp, AlgorithmVersion)>,
    state: AlgorithmState,
    /// Where it ran last.
    ran: Option<AlgorithmState>,
    why: Denial,
    moved: Timestamp,
    signals: VecDeque<SignalLine>,
    done: BTreeMap<Coin, Timestamp>,
    held: BTreeMap<(Book, Coin), Quantity>,
    paper_s: i64,
    paper_fills: u32,
    live_orders: u64,
}

impl Algorithm {
    fn new(name: Name, version: AlgorithmVersion, at: Timestamp) -> Self {
        Self {
            name,
            versions: vec![(at, version)],
            state: AlgorithmState::Draft,
            ran: None,
            why: Denial::new("added", "it was described"),
            moved: at,
            signals: VecDeque::new(),
            done: BTreeMap::new(),
            held: BTreeMap::new(),
            paper_s: 0,
            paper_fills: 0,
            live_orders: 0,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(&self) -> &Name {
        &self.name
    }

    /// Its versions and when each was made, oldest first.
    #[must_use]
    pub fn versions(&self) -> &[(Timestamp, AlgorithmVersion)] {
        &self.versions
    }

    /// The version it is now.
    #[must_use]
    pub fn version(&self) -> Option<&AlgorithmVersion> {
        self.versions.last().map(|(_, version)| version)
    }

    /// Where it stands.
    #[must_use]
    pub const fn state(&self) -> AlgorithmState {
        self.state
    }

    /// Why it stands there: a code and words.
    #[must_use]
    pub const fn why(&self) -> &Denial {
        &self.why
    }

    /// Since when it stands there.
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.moved
    }

    /// The book it trades with, or traded with last.
    #[must_use]
    pub fn book(&self) -> Book {
        self.state.book().or(self.ran.and_then(AlgorithmState::book)).unwrap_or(Book::Paper)
    }

    /// The signals it took lately, oldest first.
    #[must_use]
    pub const fn signals(&self) -> &VecDeque<SignalLine> {
        &self.signals
    }

    /// The newest slot taken, coin by coin.
    #[must_use]
    pub const fn done(&self) -> &BTreeMap<Coin, Timestamp> {
        &self.done
    }

    /// What its fills in a book brought and it has not sold.
    pub fn holdings(&self, book: Book) -> impl Iterator<Item = (Coin, Quantity)> {
        self.held.iter().filter(move |((of, _), _)| *of == book).map(|((_, coin), held)| (*coin, *held))
    }

    /// Seconds this version has run on paper.
    #[must_use]
    pub fn paper_s(&self, now: Timestamp) -> i64 {
        let running = if self.state == AlgorithmState::Paper { now.seconds_since(self.moved).max(0) } else { 0 };
        self.paper_s.saturating_add(running)
    }

    /// Fills this version had on paper.
    #[must_use]
    pub const fn paper_fills(&self) -> u32 {
        self.paper_fills
    }

    /// Signals of it that became live orders.
    #[must_use]
    pub const fn live_orders(&self) -> u64 {
        self.live_orders
    }

    fn set(&mut self, version: AlgorithmVersion, at: Timestamp) {
        self.leave(at);
        self.versions.push((at, version));
        (self.state, self.ran) = (AlgorithmState::Draft, None);
        self.why = Denial::new("edited", "it was described anew");
        (self.paper_s, self.paper_fills, self.moved) = (0, 0, at);
    }

    /// Counts the time it ran where it stood.
    fn leave(&mut self, at: Timestamp) {
        self.paper_s = self.paper_s(at);
        if self.state.book().is_some() {
            self.ran = Some(self.state);
        }
    }

    fn move_to(&mut self, to: AlgorithmState, why: Denial, at: Timestamp) {
        self.leave(at);
        (self.state, self.why, self.moved) = (to, why, at);
    }

    fn take(&mut self, line: SignalLine) {
        let slot = self.done.entry(line.signal.coin).or_default();
        *slot = (*slot).max(line.signal.slot);
        if self.signals.len() == SIGNALS_KEPT {
            self.signals.pop_front();
        }
        self.signals.push_back(line);
    }

    fn settle(&mut self, coin: Coin, slot: Timestamp, outcome: &SignalOutcome) {
        let is_it = |line: &&mut SignalLine| line.signal.coin == coin && line.signal.slot == slot;
        let Some(line) = self.signals.iter_mut().rev().find(is_it) else { return };
        if line.book == Book::Live && matches!(outcome, SignalOutcome::Ordered(_)) {
            self.live_orders += 1;
        }
        line.outcome = Some(outcome.clone());
    }

    fn fill(&mut self, trade: &Trade) {
        let held = self.held.entry((trade.book, trade.coin)).or_insert(Quantity::ZERO);
        let after = match trade.side {
            Side::Buy => held.checked_add(trade.quantity),
            Side::Sell => held.checked_sub(trade.quantity),
        };
        // A sale of more than its fills brought leaves it with nothing, never with less.
        *held = after.unwrap_or(Quantity::ZERO);
        if held.is_zero() {
            self.held.remove(&(trade.book, trade.coin));
        }
        if trade.book == Book::Paper && self.state == AlgorithmState::Paper {
            self.paper_fills = self.paper_fills.saturating_add(1);
        }
    }
}

fn refuse<T>(code: &str, words: String) -> Result<T, Denial> {
    Err(Denial::new(code, words))
}

/// Every algorithm of the journal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Algorithms(BTreeMap<Name, Algorithm>);

impl Algorithms {
    /// Takes a fact; those that are about no algorithm, or about one that was never described, change nothing.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::AlgorithmSet { name, version, at } => {
                let fresh = || Algorithm::new(name.clone(), (**version).clone(), *at);
                self.0
                    .entry(name.clone())
                    .and_modify(|algorithm| algorithm.set((**version).clone(), *at))
                    .or_insert_with(fresh);
            }
            Fact::AlgorithmMoved { name, to, why, at, .. } => {
                if let Some(algorithm) = self.0.get_mut(name) {
                    algorithm.move_to(*to, why.clone(), *at);
                }
            }
            Fact::SignalTaken { name, version, book, signal, at } => {
                if let Some(algorithm) = self.0.get_mut(name) {
                    let (at, version, book) = (*at, *version, *book);
                    algorithm.take(SignalLine { at, version, book, signal: (**signal).clone(), outcome: None });
                }
            }
            Fact::SignalSettled { name, coin, slot, outcome } => {
                if let Some(algorithm) = self.0.get_mut(name) {
                    algorithm.settle(*coin, *slot, outcome);
                }
            }
            Fact::Trade(trade) if trade.order.is_some() => {
                if let Some(algorithm) = trade.algorithm.as_ref().and_then(|name| self.0.get_mut(name)) {
                    algorithm.fill(trade);
                }
            }
            Fact::PaperReset { .. } => {
                for algorithm in self.0.values_mut() {
                    algorithm.held.retain(|(book, _), _| *book != Book::Paper);
                }
            }
            Fact::Restored { .. } => {
                // The workspace it was copied from may still run them.
                for algorithm in self.0.values_mut().filter(|algorithm| algorithm.state.book().is_some()) {
                    let (at, why) = (algorithm.moved, Denial::new("restored", "it came here with a backup"));
                    algorithm.move_to(AlgorithmState::Paused, why, at);
                }
            }
            _ => {}
        }
    }

    /// All of them by name.
    pub fn iter(&self) -> impl Iterator<Item = &Algorithm> {
        self.0.values()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Algorithm> {
        self.0.get(&Name::parse(name).ok()?)
    }

    /// One of them, or words that there is none.
    ///
    /// # Errors
    /// `algorithm_unknown`.
    pub fn find(&self, name: &str) -> Result<&Algorithm, Denial> {
        let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        self.get(name).ok_or_else(|| {
            Denial::new("algorithm_unknown", format!("There is no algorithm '{shown}': `algorithms` lists them."))
        })
    }

    /// Whether a new one may have this name and content.
    ///
    /// # Errors
    /// `bad_algorithm_name`, `algorithm_exists`, `too_many_algorithms`.
    pub fn may_add(&self, name: &Name) -> Result<(), Denial> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
        let text = name.as_str();
        if text == Mandate::MANUAL || text.len() > 32 || !text.chars().all(plain) {
            let words = "An algorithm's name has 1 to 32 lower-case letters, digits, '_' and '-', and is not 'manual'.";
            return refuse("bad_algorithm_name", words.to_owned());
        }
        if self.0.contains_key(name) {
            return refuse("algorithm_exists", format!("There is an algorithm {name} already: edit it."));
        }
        if self.0.len() >= ALGORITHMS_MAX {
            return refuse("too_many_algorithms", format!("There are {ALGORITHMS_MAX} algorithms: no more fit."));
        }
        Ok(())
    }

    /// Whether one may be described anew.
    ///
    /// # Errors
    /// `algorithm_unknown`, `algorithm_live`, `algorithm_unchanged`, `too_many_algorithms`.
    pub fn may_edit(&self, name: &str, version: &AlgorithmVersion) -> Result<(), Denial> {
        let algorithm = self.find(name)?;
        if algorithm.state == AlgorithmState::Live {
            return refuse("algorithm_live", format!("{name} runs with real money: pause it before you change it."));
        }
        if algorithm.version() == Some(version) {
            return refuse("algorithm_unchanged", format!("{name} is made of just that already."));
        }
        if algorithm.versions.len() >= VERSIONS_MAX {
            return refuse("too_many_algorithms", format!("{name} has {VERSIONS_MAX} versions: begin another."));
        }
        Ok(())
    }

    /// Where a promotion takes it. `word` takes an unproven version live.
    ///
    /// # Errors
    /// `algorithm_unknown`, `algorithm_not_promotable`, `mandate_missing`, `evidence_missing`.
    pub fn may_promote(
        &self,
        name: &str,
        authority: &Authority,
        word: Option<&str>,
        now: Timestamp,
    ) -> Result<AlgorithmState, Denial> {
        let algorithm = self.find(name)?;
        match algorithm.state {
            AlgorithmState::Draft | AlgorithmState::Stopped => Ok(AlgorithmState::Paper),
            AlgorithmState::Paper => {
                check_mandate(name, authority, now)?;
                check_evidence(algorithm, word, now)?;
                Ok(AlgorithmState::Live)
            }
            AlgorithmState::Live => refuse("algorithm_not_promotable", format!("{name} is live already.")),
            AlgorithmState::Paused | AlgorithmState::Error => {
                refuse("algorithm_not_promotable", format!("{name} is {}: resume it first.", algorithm.state))
            }
        }
    }

    /// Whether it may be paused.
    ///
    /// # Errors
    /// `algorithm_unknown`, `algorithm_not_running`.
    pub fn may_pause(&self, name: &str) -> Result<(), Denial> {
        let algorithm = self.find(name)?;
        match algorithm.state.book() {
            Some(_) => Ok(()),
            None => refuse("algorithm_not_running", format!("{name} is {}: it does not run.", algorithm.state)),
        }
    }

    /// Where it goes on.
    ///
    /// # Errors
    /// `algorithm_unknown`, `algorithm_not_paused`, `mandate_missing`.
    pub fn may_resume(&self, name: &str, authority: &Authority, now: Timestamp) -> Result<AlgorithmState, Denial> {
        let algorithm = self.find(name)?;
        let held = matches!(algorithm.state, AlgorithmState::Paused | AlgorithmState::Error);
        match algorithm.ran.filter(|_| held) {
            Some(AlgorithmState::Live) => check_mandate(name, authority, now).map(|()| AlgorithmState::Live),
            Some(ran) => Ok(ran),
            None => {
                let words = format!("{name} is {}, not paused: promote it instead.", algorithm.state);
                refuse("algorithm_not_paused", words)
            }
        }
    }

    /// Whether it may be stopped. One that is stopped may be stopped again, to sell what it still holds.
    ///
    /// # Errors
    /// `algorithm_unknown`, `algorithm_not_running`.
    pub fn may_stop(&self, name: &str) -> Result<(), Denial> {
        match self.find(name)?.state {
            AlgorithmState::Draft => refuse("algorithm_not_running", format!("{name} is a draft: it never ran.")),
            _ => Ok(()),
        }
    }

    /// Whether a signal may be acted on at this very moment.
    ///
    /// # Errors
    /// `algorithm_unknown`, `algorithm_not_running`, `version_changed`, `slot_done`.
    pub fn may_take(&self, name: &str, version: FactHash, book: Book, signal: &Signal) -> Result<(), Denial> {
        let algorithm = self.find(name)?;
        if algorithm.state.book() != Some(book) {
            return refuse("algorithm_not_running", format!("{name} is {} now.", algorithm.state));
        }
        if algorithm.version().map(AlgorithmVersion::hash) != Some(version) {
            return refuse("version_changed", format!("{name} was changed meanwhile."));
        }
        let done = algorithm.done.get(&signal.coin).copied().unwrap_or_default().max(algorithm.moved);
        if signal.slot <= done {
            let words = format!("{name} acted on {} of {} already, or did not run yet.", signal.slot, signal.coin);
            return refuse("slot_done", words);
        }
        Ok(())
    }

    /// Why an order of an algorithm may not leave. A sale may whenever there is something to sell: it lessens what is at risk.
    ///
    /// # Errors
    /// `algorithm_not_running` for a buy of an algorithm that does not run with that book now. Names that are no algorithm's
    /// are not judged here.
    pub fn may_buy(&self, proposal: &Proposal) -> Result<(), Denial> {
        let Some(algorithm) = proposal.algorithm.as_ref().and_then(|name| self.0.get(name)) else { return Ok(()) };
        if proposal.side == Side::Sell || algorithm.state.book() == Some(proposal.book) {
            return Ok(());
        }
        let words = format!("{} is {}: it buys nothing with {} money.", algorithm.name, algorithm.state, proposal.book);
        refuse("algorithm_not_running", words)
    }
}

fn check_mandate(name: &str, authority: &Authority, now: Timestamp) -> Result<(), Denial> {
    let holds = |mandate: &Mandate| mandate.until.is_none_or(|until| now < until);
    if authority.mandate(Book::Live, name).is_some_and(holds) {
        return Ok(());
    }
    refuse("mandate_missing", format!("No mandate lets {name} trade with real money: grant one first."))
}

fn check_evidence(algorithm: &Algorithm, word: Option<&str>, now: Timestamp) -> Result<(), Denial> {
    let (ran_s, fills) = (algorithm.paper_s(now), algorithm.paper_fills());
    if word == Some(UNPROVEN) || (ran_s >= EVIDENCE_S && fills >= EVIDENCE_FILLS) {
        return Ok(());
    }
    let (days, wanted) = (ran_s / 86_400, EVIDENCE_S / 86_400);
    let words = format!(
        "This version of {} ran {days} days on paper with {fills} fills; before real money it should run {wanted} days \
with {EVIDENCE_FILLS} fills. The word {UNPROVEN} takes it live all the same.",
        algorithm.name,
    );
    refuse("evidence_missing", words)
}

#[cfg(test)]
mod tests;
