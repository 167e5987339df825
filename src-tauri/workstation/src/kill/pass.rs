//! The one way past a pulled switch: selling what is held, because the person who pulled it asked for that.
//!
//! Invariants: a pass is for one sale, equal to the last digit to the one it names, in this process, for half a minute and
//! for one pull: pulling again ends it. It is never written down, so that nothing is sold after a restart. Everything else
//! the gate asks of an order it asks of this one, too.

use super::latch::{Pull, standing};
use crate::home::Home;
use domain::{OrderKind, Proposal, Side};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a pass holds.
const HOLDS: Duration = Duration::from_secs(30);

#[derive(Debug)]
struct Pass {
    sale: Proposal,
    pull: Pull,
    until: Instant,
}

/// The pass there is, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Passes(Mutex<Option<Pass>>);

/// Takes the pass back when dropped.
#[derive(Debug)]
pub(crate) struct Granted<'a>(&'a Passes);

impl Drop for Granted<'_> {
    fn drop(&mut self) {
        *self.0.lock() = None;
    }
}

impl Passes {
    fn lock(&self) -> MutexGuard<'_, Option<Pass>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one sale past the pull that stands. None for what is no sale at once, or while another holds.
    pub fn grant(&self, pull: &Pull, sale: Proposal) -> Option<Granted<'_>> {
        let mut held = self.lock();
        if held.is_some() || sale.side != Side::Sell || sale.kind != OrderKind::Instant || sale.algorithm.is_some() {
            return None;
        }
        *held = Some(Pass { sale, pull: pull.clone(), until: Instant::now() + HOLDS });
        Some(Granted(self))
    }

    /// Whether a pass lets this very order past.
    pub fn covers(&self, home: &Home, proposal: &Proposal) -> bool {
        let held = self.lock();
        let Some(pass) = held.as_ref() else { return false };
        pass.sale == *proposal && Instant::now() < pass.until && standing(home) == pass.pull
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kill::{pull, standing};
    use domain::{Book, Coin, Quantity, Timestamp};

    fn sale(quantity: &str) -> Proposal {
        Proposal {
            book: Book::Live,
            coin: Coin::parse("BTC").unwrap(),
            side: Side::Sell,
            kind: OrderKind::Instant,
            quantity: Quantity::parse(quantity).unwrap(),
            algorithm: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pass_lets_one_sale_past_one_pull_for_a_moment() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("w")), false).unwrap();
        pull(&home, Timestamp::from_millis(5)).unwrap();
        let (passes, sold) = (Passes::default(), sale("0.5"));
        assert!(!passes.covers(&home, &sold));
        let granted = passes.grant(&standing(&home), sold.clone()).unwrap();
        assert!(passes.covers(&home, &sold));
        let (more, buy) = (sale("0.50000001"), Proposal { side: Side::Buy, ..sold.clone() });
        let other = Proposal { book: Book::Paper, ..sold.clone() };
        assert!([more, buy.clone(), other].iter().all(|other| !passes.covers(&home, other)));
        assert!(passes.grant(&standing(&home), sale("0.1")).is_none(), "one at a time");
        drop(granted);
        assert!(!passes.covers(&home, &sold));
        assert!(passes.grant(&standing(&home), buy).is_none(), "never a buy");
        let _late = passes.grant(&standing(&home), sold.clone()).unwrap();
        tokio::time::advance(HOLDS).await;
        assert!(!passes.covers(&home, &sold), "not for long");
    }

    #[tokio::test(start_paused = true)]
    async fn pulling_again_ends_a_pass() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().join("w")), false).unwrap();
        pull(&home, Timestamp::from_millis(5)).unwrap();
        let passes = Passes::default();
        let _granted = passes.grant(&standing(&home), sale("0.5")).unwrap();
        pull(&home, Timestamp::from_millis(6)).unwrap();
        assert!(!passes.covers(&home, &sale("0.5")));
    }
}
