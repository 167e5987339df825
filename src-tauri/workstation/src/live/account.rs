//! Asking the venue, and holding our orders against what it says.

use super::LiveAccount;
use crate::desk::Desk;
use crate::{Error, Result, Workstation};
use coinspot::{Account, CoinSpotError};
use domain::{Fact, Look};
use floor::Step;
use omc_http::Lane;
use std::sync::Arc;
use std::time::Instant;
use store::StoreError;

/// Trades that look the same are counted up to this many when one was known already.
const ALIKE_MAX: u32 = 16;

impl From<CoinSpotError> for Error {
    fn from(error: CoinSpotError) -> Self {
        Self::Outside { code: error.code().to_owned(), message: error.to_string() }
    }
}

impl Workstation {
    /// The account, or why there is none.
    pub(super) async fn live_account(&self) -> Result<Arc<Account>> {
        let words = "there is no CoinSpot key at hand: store coinspot_key and coinspot_secret first";
        self.account().await?.ok_or_else(|| Error::refused("key_missing", words))
    }

    /// Asks the venue for balances, resting orders and history. What fails is told where it matters: an account that was not
    /// read just now lets no order through.
    pub(crate) async fn look_at_account(&self) {
        if let Err(error) = self.look(Lane::Trading).await {
            tracing::warn!(code = error.code(), "the account could not be read: {error}");
        }
    }

    /// The same, unless that was done just now and no order waits to be found. Good enough for a first judgement: an order that
    /// leaves is judged again after a look of its own.
    pub(crate) async fn look_unless_fresh(&self) {
        let wanted = match self.desk().await {
            Ok(desk) => !desk.live.is_fresh(self.now()) || desk.orders.open().any(floor::Order::locks_market),
            Err(_) => true,
        };
        if wanted {
            self.look_at_account().await;
        }
    }

    /// A look before an order leaves: one of this very moment, with nothing of ours since, need not be asked for twice.
    pub(super) async fn look_to_send(&self) -> Result<()> {
        if self.desk().await?.live.is_settled(self.now()) {
            return Ok(());
        }
        self.look(Lane::Trading).await
    }

    /// One look, begun after this was called: several who want one at once share it.
    pub(super) async fn look(&self, lane: Lane) -> Result<()> {
        let asked = Instant::now();
        let mut last = self.inner.live.looking.lock().await;
        if last.is_some_and(|began| began >= asked) {
            return self.last_trouble().await;
        }
        let began = Instant::now();
        *last = Some(began);
        let account = self.live_account().await?;
        let (epoch, from, now) = {
            let desk = self.desk().await?;
            let now = self.now();
            let told = desk.live.look.as_ref().filter(|look| look.complete).map(|look| look.at);
            let from = desk.live.watch.reach(&desk.orders, told).map_or(now, |reach| reach.min(now));
            (desk.live.watch.begun(), from, now)
        };
        let looked = account.look_in(lane, from, now).await;
        let mut desk = self.desk().await?;
        match looked {
            Ok(look) => {
                desk.live.trouble = None;
                let undisturbed = desk.live.watch.begun() == epoch;
                self.take_look(&mut desk, look, epoch).await?;
                desk.live.settled = undisturbed.then(|| (began, desk.live.watch.begun()));
                Ok(())
            }
            Err(error) => {
                let error = Error::from(error);
                desk.live.trouble = Some(error.view());
                Err(error)
            }
        }
    }

    /// Holds every live order against a look, and writes down what it means.
    async fn take_look(&self, desk: &mut Desk, look: Look, begun: u64) -> Result<()> {
        let halted = self.check_halted(desk).is_err();
        let LiveAccount { watch, .. } = &mut desk.live;
        let steps = if halted { Vec::new() } else { watch.pass(&desk.orders, &look, begun) };
        desk.let_go();
        desk.live.unexplained = desk.live.drift.take(&look);
        desk.live.look = Some(look);
        let mut failed = Ok(());
        for step in steps {
            // One that can't be written down holds up no other.
            failed = failed.and(self.take_step(desk, step).await);
        }
        failed
    }

    /// Writes one step down. A fill that looks like a trade the journal knows, such as one that was imported, is counted as the
    /// next one like it.
    async fn take_step(&self, desk: &mut Desk, step: Step) -> Result<()> {
        let mut facts = step.facts;
        for _ in 0..ALIKE_MAX {
            match self.record(desk, facts.clone()).await {
                Err(Error::Store(StoreError::DuplicateTrade { id })) => {
                    let mut bumped = false;
                    for fact in &mut facts {
                        if let Fact::Trade(trade) = fact
                            && trade.id() == id
                            && trade.external_id.is_none()
                        {
                            trade.occurrence = trade.occurrence.saturating_add(1);
                            bumped = true;
                        }
                    }
                    if !bumped {
                        let error = StoreError::DuplicateTrade { id };
                        tracing::error!(order = %step.order, "a fill is in the journal already: {error}");
                        return Err(error.into());
                    }
                }
                done => return done,
            }
        }
        Err(Error::Halted(format!("order {} has a fill that can't be told from {ALIKE_MAX} others", step.order)))
    }

    async fn last_trouble(&self) -> Result<()> {
        let trouble = self.desk().await?.live.trouble.clone();
        trouble.map_or(Ok(()), |view| Err(Error::Outside { code: view.code, message: view.message }))
    }
}
