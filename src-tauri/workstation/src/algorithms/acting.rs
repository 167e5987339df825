//! From what an algorithm said to an order, at most once.
//!
//! Invariants: a signal's slot is used in the journal before its order is proposed, so that a process that ends in between
//! leaves a signal without an order, never two orders; the look at whether it still runs, and the taking of the slot, are one
//! step. A plan's slot is left open while nothing can be bought at all (kill switch, no fit prices); a candle's signal is not:
//! it is refused, and says so.

use super::portfolio::portfolio_of;
use super::{Failure, Run, Said, lock};
use crate::commands::trading::Wanted;
use crate::live::{crash, step};
use crate::{Error, Result, Workstation, kill};
use domain::{
    AlgorithmState, Book, Denial, Fact, Name, OrderId, OrderKind, OrderStyle, Signal, SignalOutcome, SignalSource,
    Terms, Timestamp,
};
use floor::reference_price;
use ledgers::Ledger;
use ledgers::alerts::{ALGORITHM, Call};
use research::Asked;

/// Signals in a minute that are too many, beside one for each coin.
const SIGNALS_A_MINUTE_MAX: usize = 10;
const MINUTE_MICROS: i64 = 60 * 1_000_000;
/// Orders looked through for the one a signal became.
const ORDERS_LOOKED: usize = 200;
/// Where a trace says that a signal is acted on: what follows it until the order leaves is measured from there.
const SIGNAL_TARGET: &str = "workstation::signal";
const FAILED_SEVERITY: u8 = 8;
const FIRST_LIVE_SEVERITY: u8 = 7;

impl Workstation {
    pub(super) async fn act_on(&self, run: &Run, said: Vec<Said>, asked: Asked) -> Result<Result<(), Failure>> {
        if said.is_empty() {
            return Ok(Ok(()));
        }
        if asked == Asked::AnyTime
            && let Some(obstacle) = self.obstacle().await?
        {
            self.note_pulse(&run.name, |pulse| pulse.note = Some(obstacle));
            return Ok(Ok(()));
        }
        for Said { at, signals } in said {
            for signal in signals {
                if self.floods(run) {
                    let words = "it said more in a minute than anybody could mean";
                    return Ok(Err(Failure::new("algorithm_flooded", words)));
                }
                // A candle's signal is about that candle, a plan's about a slot that has come.
                let slot = if asked == Asked::AtClose { at } else { signal.slot.min(at) };
                self.act(run, Signal { slot, ..signal }).await?;
            }
        }
        Ok(Ok(()))
    }

    /// What keeps everything from being bought now.
    async fn obstacle(&self) -> Result<Option<Denial>> {
        if kill::is_pulled(self.home()) {
            return Ok(Some(Denial::new("killed", "the kill switch is pulled: it waits")));
        }
        if let Err(error) = self.check_halted(&*self.desk().await?) {
            return Ok(Some(Denial::new(&error.code(), error.to_string())));
        }
        Ok(self.ledger_fit(Ledger::Exchange).await?.err())
    }

    /// Counts a signal; true when there were too many in the last minute.
    fn floods(&self, run: &Run) -> bool {
        let now = self.now();
        let mut said = lock(&self.inner.algorithms.said);
        let times = said.entry(run.name.clone()).or_default();
        times.retain(|at| *at > now.plus_micros(-MINUTE_MICROS) && *at <= now);
        times.push_back(now);
        times.len() > SIGNALS_A_MINUTE_MAX.max(3 * run.version.coins.len())
    }

    async fn act(&self, run: &Run, signal: Signal) -> Result<()> {
        tracing::trace!(target: SIGNAL_TARGET, algorithm = %run.name, coin = %signal.coin, "a signal is acted on");
        {
            let mut desk = self.desk().await?;
            let taken = desk.algorithms.may_take(run.name.as_str(), run.hash, run.book, &signal);
            if let Err(denial) = taken {
                tracing::debug!(algorithm = %run.name, code = denial.code, "{denial}");
                return Ok(());
            }
            let (name, version, book, at) = (run.name.clone(), run.hash, run.book, self.now());
            let fact = Fact::SignalTaken { name, version, book, signal: Box::new(signal.clone()), at };
            crash::point("before_signal_taken");
            self.record(&mut desk, vec![fact]).await?;
        }
        crash::point("after_signal_taken");
        step("signal taken");
        let outcome = match self.order_signal(run, &signal).await {
            Ok(order) => SignalOutcome::Ordered(order),
            Err(error) => self.outcome_of(run, &signal, &error).await?,
        };
        crash::point("before_signal_settled");
        let first_live = {
            let mut desk = self.desk().await?;
            let (name, coin, slot) = (run.name.clone(), signal.coin, signal.slot);
            self.record(&mut desk, vec![Fact::SignalSettled { name, coin, slot, outcome }]).await?;
            let orders = desk.algorithms.get(run.name.as_str()).map_or(0, floor::Algorithm::live_orders);
            run.book == Book::Live && orders == 1
        };
        if first_live {
            self.tell_first_live(run, &signal).await?;
        }
        Ok(())
    }

    async fn order_signal(&self, run: &Run, signal: &Signal) -> Result<OrderId> {
        self.refresh_prices(signal.coin).await;
        if run.book == Book::Live {
            self.look_unless_fresh().await;
        }
        let (side, size, kind, until) = {
            let desk = self.desk().await?;
            let algorithm = desk.algorithms.find(run.name.as_str())?;
            let portfolio = portfolio_of(&desk, algorithm, run.book, self.now());
            let quote = desk.quotes.get(&signal.coin);
            let meets = |side| reference_price(OrderKind::Instant, side, quote);
            let (side, size) = floor::order_of(signal, &run.version.coins, &portfolio, meets(domain::Side::Buy))?;
            match run.version.orders {
                OrderStyle::Instant => (side, size, OrderKind::Instant, None),
                OrderStyle::Book => {
                    let missing =
                        || Denial::new("price_missing", format!("There is no price for {} now.", signal.coin));
                    let limit = OrderKind::Limit(meets(side).ok_or_else(missing)?);
                    (side, size, limit, Some(self.now().plus_micros(run.version.interval.micros())))
                }
            }
        };
        let terms = Terms { until, signal: Some(source(run, signal)), ..Terms::default() };
        let (book, coin, algorithm) = (run.book, signal.coin, Some(run.name.clone()));
        self.propose(Wanted { book, coin, side, kind, size, algorithm, terms, again: false }).await
    }

    /// What became of a signal whose order ended in an error: it may stand in the journal all the same.
    async fn outcome_of(&self, run: &Run, signal: &Signal, error: &Error) -> Result<SignalOutcome> {
        let wanted = source(run, signal);
        let desk = self.desk().await?;
        let is_it = |order: &&floor::Order| {
            order.proposal().algorithm.as_ref() == Some(&run.name)
                && order.proposal().coin == signal.coin
                && order.terms().signal.as_ref() == Some(&wanted)
        };
        let found = desk.orders.iter().rev().take(ORDERS_LOOKED).find(is_it);
        let refused = || SignalOutcome::Refused(Denial::new(&error.code(), error.to_string()));
        Ok(found.map_or_else(refused, |order| SignalOutcome::Ordered(order.id())))
    }

    /// Puts an algorithm to `error`, and tells.
    pub(super) async fn fail_algorithm(&self, name: &Name, why: Denial) -> Result<()> {
        {
            let mut desk = self.desk().await?;
            if desk.algorithms.may_pause(name.as_str()).is_err() {
                return Ok(());
            }
            let by = guard()?;
            let (to, at) = (AlgorithmState::Error, self.now());
            self.record(&mut desk, vec![Fact::AlgorithmMoved { name: name.clone(), to, by, why: why.clone(), at }])
                .await?;
        }
        self.note_pulse(name, |pulse| pulse.note = Some(why.clone()));
        let title = format!("{name} was stopped: {why}");
        let detail = "It does nothing until it is resumed; what it holds and what rests stays.".to_owned();
        self.raise(call(name, FAILED_SEVERITY, title, detail, self.now())).await
    }

    async fn tell_first_live(&self, run: &Run, signal: &Signal) -> Result<()> {
        let title = format!("{} asked for its first order with real money", run.name);
        let detail = format!("{} {}: {}", signal.action.as_str(), signal.coin, signal.reason);
        self.raise(call(&run.name, FIRST_LIVE_SEVERITY, title, detail, run.since)).await
    }
}

fn guard() -> Result<Name> {
    Name::parse("guard").map_err(|error| Error::usage("bad_name", error.to_string()))
}

/// What stands with an order of a signal.
fn source(run: &Run, signal: &Signal) -> SignalSource {
    let evidence = signal.evidence.iter().cloned().chain([format!("slot {}", signal.slot)]).collect();
    SignalSource { version: run.hash, reason: signal.reason.clone(), confidence: signal.confidence, evidence }
}

fn call(name: &Name, severity: u8, title: String, detail: String, at: Timestamp) -> Call {
    Call {
        rule: ALGORITHM,
        subject: name.to_string(),
        ledger: Ledger::Exchange,
        severity,
        title,
        detail,
        url: None,
        observation: None,
        origin: format!("{ALGORITHM}|{name}|{severity}|{at}"),
    }
}
