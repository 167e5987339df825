//! Stopping: the latch, then every order of ours off the venue, then a receipt; by the process that holds the workspace, or by
//! whoever was asked to kill when that one does not answer.
//!
//! Invariants: nothing here waits for the desk, for the journal or for anything the outside does longer than a moment; what is
//! not confirmed is told again and again while the switch is pulled, across restarts; only the holder writes the journal.
//! Deliberately absent: selling what is held.

use super::asking::{Request, carry_out};
use crate::clock::random;
use crate::desk::Desk;
use crate::dto::{KillLiquidation, KillReceipt, KillRequest, KillState};
use crate::home::Home;
use crate::kill::{self as switch, LiveVenue, Own, sweep};
use crate::nonces::NonceFile;
use crate::outside::{KEY_NAMES, account_at};
use crate::secrets::{Keyring, Secrets, SystemKeyring};
use crate::{Error, Reached, Result, SystemClock, Workstation};
use coinspot::Keys;
use domain::{Book, Clock, Fact, Name, OrderId, Timestamp};
use omc_http::{Client, Options};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// The holder answers within this, so that nobody believes it hung.
const ANSWERS_WITHIN: Duration = Duration::from_millis(1_700);
/// What reading the journal may take; then a kill goes on without.
const READ_WITHIN: Duration = Duration::from_secs(3);
/// How long a kill stays with cancels that are not confirmed before it says so and ends.
const STAYS: Duration = Duration::from_secs(15);
/// Between two tries of one kill, and of the watch over a pulled switch.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
const WATCH_MAX: Duration = Duration::from_secs(10);
/// An order that was confirmed and still rests, as the journal has it, is told off again after this.
const TOLD_AGAIN_AFTER: Duration = Duration::from_secs(20);

/// What the watch over a pulled switch remembers.
#[derive(Default)]
struct Watch {
    /// The venue's ids that were seen gone, and when.
    gone: HashMap<String, Instant>,
    /// Tries in a row that brought nothing.
    failed: u32,
}

impl Workstation {
    /// Pulls the kill switch from within: latch, cancels, receipt; then sells what is held, if that is asked.
    ///
    /// # Errors
    /// When the latch cannot be written.
    pub async fn kill(&self, request: &KillRequest) -> Result<KillReceipt> {
        switch::pull(self.home(), self.now())?;
        let mut receipt = self.cancel_for_kill(request.all).await;
        if request.liquidate.is_some() {
            match self.liquidate(request).await {
                Ok(sold) => receipt = sold,
                Err(error) => receipt.liquidation = Some(KillLiquidation::refused(&error)),
            }
        }
        Ok(receipt)
    }

    /// Takes every order of ours off, after the latch was set, and keeps the receipt. What fails is in the receipt.
    pub(crate) async fn cancel_for_kill(&self, all: bool) -> KillReceipt {
        let begun = Instant::now();
        let until = begun + ANSWERS_WITHIN;
        let mut receipt = KillReceipt::begun(self.pulled_at(), "holder");
        match self.own(until).await {
            Ok(own) => {
                // Nothing on paper fills while the latch is set, and its venue is nowhere else: these are off.
                receipt.cancelled.extend(&own.paper);
                self.sweep_own(&own, all, until, &mut receipt).await;
            }
            Err(words) => receipt.notes.push(words),
        }
        let receipt = self.keep(receipt, begun);
        // On its own, so that a journal that is slow holds up nobody and half a step is never left.
        let workstation = self.clone();
        let settled = tokio::spawn(async move { workstation.settle().await });
        let _ = timeout_at(until, settled).await;
        receipt
    }

    /// Our orders: as the desk has them, without waiting for it, or as the journal has them.
    async fn own(&self, until: Instant) -> std::result::Result<Own, String> {
        if let Some(own) = self.inner.own.get() {
            return Ok(own);
        }
        match timeout_at(until, Own::read(self.store())).await {
            Ok(Ok(own)) => Ok(own),
            Ok(Err(error)) => Err(unreadable(&error)),
            Err(_) => Err("the journal could not be read in time, so our orders are not known".to_owned()),
        }
    }

    async fn sweep_own(&self, own: &Own, all: bool, until: Instant, receipt: &mut KillReceipt) {
        match self.venue_to_sweep(until).await {
            Some(venue) => sweep(&venue, own, all, &self.inner.clock, until).await.write(receipt),
            None => without_venue(own, receipt),
        }
    }

    /// The venue our live orders rest at; none without a key. A keyring that is slow is not waited for when the key is known.
    async fn venue_to_sweep(&self, until: Instant) -> Option<Arc<LiveVenue>> {
        let known = self.inner.outside.get().and_then(|outside| outside.account(self.home(), &self.inner.secrets).ok());
        if let Some(account) = known.flatten() {
            return Some(Arc::new(LiveVenue(account)));
        }
        // On its own: what it opens is kept, however long it takes.
        let workstation = self.clone();
        let opened = tokio::spawn(async move { workstation.account().await });
        let account = timeout_at(until, opened).await.ok()?.ok()?.ok()??;
        Some(Arc::new(LiveVenue(account)))
    }

    pub(super) fn pulled_at(&self) -> Timestamp {
        switch::state(self.home()).since.unwrap_or_else(|| self.now())
    }

    /// Dates a receipt, adds what earlier ones of the same pull knew, and keeps it.
    pub(super) fn keep(&self, mut receipt: KillReceipt, begun: Instant) -> KillReceipt {
        receipt.written_at = self.now();
        keep(self.home(), receipt, begun)
    }

    /// Opens paper trading again; only a person does this.
    ///
    /// # Errors
    /// The store's; when the latch cannot be removed; `kill_pulled_again`.
    pub async fn unkill(&self) -> Result<KillState> {
        self.require_writer()?;
        if switch::is_pulled(self.home()) {
            let seen = switch::standing(self.home());
            // The fact first: should the removal fail, the switch stays pulled.
            let mut desk = self.desk().await?;
            self.settle_receipts(&mut desk).await?;
            self.record(&mut desk, vec![Fact::KillCleared]).await?;
            switch::clear(self.home(), &seen)?;
            self.tell_status(&desk);
        }
        Ok(switch::state(self.home()))
    }

    pub(super) async fn settle(&self) -> Result<()> {
        let mut desk = self.desk().await?;
        self.settle_receipts(&mut desk).await
    }

    /// Turns receipts into facts, each once, and takes paper orders off that still rest while the switch is pulled. Live ones
    /// are asked back: what became of them, the venue says.
    pub(crate) async fn settle_receipts(&self, desk: &mut Desk) -> Result<()> {
        for (text, receipt) in switch::receipts(self.home()) {
            if desk.receipts.contains(&text) {
                continue;
            }
            let mut facts = asked_back(desk, receipt.orders.iter().map(|order| order.id))?;
            facts.push(Fact::Killed { receipt: text });
            let paper = |id: &OrderId| {
                desk.orders.get(*id).is_some_and(|order| order.can_cancel() && order.proposal().book == Book::Paper)
            };
            let paper: Vec<OrderId> = receipt.cancelled.iter().copied().filter(paper).collect();
            self.cancel(desk, &paper, "killed").await?;
            self.record(desk, facts).await?;
        }
        if switch::is_pulled(self.home()) {
            let resting = desk.resting();
            self.cancel(desk, &resting, "killed").await?;
            // A question from before the stop is no question after it.
            let asked = super::approvals::ended_by_kill(desk);
            self.record(desk, asked).await?;
        }
        Ok(())
    }

    /// Watches over a pulled switch: receipts of other processes become facts, and what still rests is told off until it is
    /// gone.
    pub(crate) async fn watch_switch(&self) {
        let mut watch = Watch::default();
        loop {
            sleep(AGAIN_AFTER * (1 << watch.failed.min(4))).await;
            if !switch::is_pulled(self.home()) {
                watch = Watch::default();
                continue;
            }
            if let Err(error) = self.settle().await {
                tracing::warn!(code = error.code(), "a kill receipt could not be recorded: {error}");
            }
            self.sweep_again(&mut watch).await;
        }
    }

    async fn sweep_again(&self, watch: &mut Watch) {
        let Some(mut own) = self.inner.own.get() else { return };
        let now = Instant::now();
        watch.gone.retain(|_, at| now.duration_since(*at) < TOLD_AGAIN_AFTER);
        own.resting.retain(|id| !watch.gone.contains_key(id));
        let earlier = switch::newest_receipt(self.home()).filter(|earlier| earlier.pulled_at == self.pulled_at());
        let open =
            earlier.as_ref().is_none_or(|earlier| !earlier.unconfirmed.is_empty() || !earlier.unknown.is_empty());
        let fresh = own.resting.iter().filter_map(|id| own.ids.get(id)).map(|placed| placed.order);
        let unheard = |id: OrderId| earlier.as_ref().is_none_or(|earlier| !earlier.cancelled.contains(&id));
        if !open && !fresh.into_iter().any(unheard) {
            return;
        }
        let mut receipt = KillReceipt::begun(self.pulled_at(), "holder");
        self.sweep_own(&own, false, now + WATCH_MAX, &mut receipt).await;
        let confirmed = receipt.orders.iter().filter(|order| order.confirmed_at.is_some());
        watch.gone.extend(confirmed.map(|order| (order.venue_order_id.clone(), Instant::now())));
        watch.failed = if receipt.unconfirmed.is_empty() { 0 } else { watch.failed.saturating_add(1) };
        if let Some(earlier) = &earlier {
            // What is no longer ours to wait for is over in the journal.
            let over = |id: &&OrderId| !receipt.unconfirmed.contains(id) && !receipt.cancelled.contains(id);
            let over: Vec<OrderId> = earlier.unconfirmed.iter().filter(over).copied().collect();
            receipt.gone.extend(over.into_iter().filter(|id| !receipt.gone.contains(id)).collect::<Vec<_>>());
            if receipt.clone().after(earlier).says_what(earlier) {
                return;
            }
        }
        self.keep(receipt, now);
        if let Err(error) = self.settle().await {
            tracing::warn!(code = error.code(), "a kill receipt could not be recorded: {error}");
        }
    }
}

/// Live orders that rest and were not asked back yet, as facts.
fn asked_back(desk: &Desk, ids: impl Iterator<Item = OrderId>) -> Result<Vec<Fact>> {
    let reason = Name::parse("killed").map_err(|error| Error::usage("bad_reason", error.to_string()))?;
    let open = |id: &OrderId| {
        let order = desk.orders.get(*id);
        order.is_some_and(|order| {
            order.is_resting() && order.cancel_asked().is_none() && order.proposal().book == Book::Live
        })
    };
    Ok(ids.filter(open).map(|order| Fact::CancelAsked { order, reason: reason.clone() }).collect())
}

fn unreadable(error: &dyn std::fmt::Display) -> String {
    format!(
        "the workspace cannot be read ({error}), so our orders can't be told from those made by hand: all are listed as not \
         ours and left alone; `omc kill --all` cancels them too"
    )
}

/// No key is at hand: what rests at the venue cannot be told off.
fn without_venue(own: &Own, receipt: &mut KillReceipt) {
    let resting = own.resting.iter().filter_map(|id| own.ids.get(id)).map(|placed| placed.order);
    receipt.unconfirmed.extend(resting);
    receipt.unknown.extend(own.unknown.keys());
    if !receipt.unconfirmed.is_empty() || !receipt.unknown.is_empty() {
        receipt.notes.push("there is no key for the exchange at hand, so nothing could be cancelled there".to_owned());
    }
}

fn keep(home: &Home, receipt: KillReceipt, begun: Instant) -> KillReceipt {
    let mut receipt = match switch::newest_receipt(home) {
        Some(earlier) => receipt.after(&earlier),
        None => receipt,
    };
    receipt.took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Err(error) = switch::save_receipt(home, &receipt) {
        receipt.notes.push(format!("this receipt could not be kept: {error}"));
    }
    receipt
}

/// Pulls the kill switch from any process: the latch first, then the process that holds the workspace is asked to
/// cancel; when it does not answer, this one does, and the next start records it.
///
/// # Errors
/// When the latch cannot be written.
pub async fn kill(home: &Home, request: &KillRequest) -> Result<KillReceipt> {
    kill_reaching(home, request, &Reached::from_env()).await
}

async fn kill_reaching(home: &Home, request: &KillRequest, reached: &Reached) -> Result<KillReceipt> {
    let begun = Instant::now();
    switch::pull(home, SystemClock.now())?;
    loop {
        let mut receipt = match ask_holder(home, request.all).await {
            Some(receipt) => receipt,
            None => alone(home, request.all, reached, begun).await,
        };
        if receipt.is_confirmed() || begun.elapsed() >= STAYS {
            if request.liquidate.is_some() {
                let asked = Request::Liquidate { request: request.clone() };
                match carry_out::<KillReceipt>(home, asked).await {
                    Ok(sold) => receipt = sold,
                    Err(error) => receipt.liquidation = Some(KillLiquidation::refused(&error)),
                }
            }
            return Ok(receipt);
        }
        sleep(AGAIN_AFTER).await;
    }
}

#[cfg(unix)]
async fn ask_holder(home: &Home, all: bool) -> Option<KillReceipt> {
    crate::socket::ask_kill(home, all).await
}

#[cfg(not(unix))]
async fn ask_holder(_: &Home, _: bool) -> Option<KillReceipt> {
    None
}

/// Nobody else acts: reads which orders are ours, and takes them off with the key at hand.
async fn alone(home: &Home, all: bool, reached: &Reached, begun: Instant) -> KillReceipt {
    let mut receipt = KillReceipt::begun(switch::state(home).since.unwrap_or_else(|| SystemClock.now()), "self");
    let own = match timeout(READ_WITHIN, own_orders(home)).await {
        Ok(Ok(own)) => own,
        Ok(Err(error)) => {
            receipt.notes.push(unreadable(&error));
            Own::default()
        }
        Err(_) => {
            receipt.notes.push(unreadable(&"it does not answer"));
            Own::default()
        }
    };
    receipt.cancelled.extend(&own.paper);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match venue_alone(home, reached, &clock).await {
        Ok(Some(venue)) => sweep(&venue, &own, all, &clock, begun + STAYS).await.write(&mut receipt),
        Ok(None) => without_venue(&own, &mut receipt),
        Err(error) => {
            without_venue(&own, &mut receipt);
            receipt.notes.push(error.to_string());
        }
    }
    receipt.written_at = SystemClock.now();
    keep(home, receipt, begun)
}

/// The account of the key at hand, with a client of its own and numbers ahead of a holder that hangs. The demo's world ends
/// with the process it lives in: nothing rests there then.
async fn venue_alone(home: &Home, reached: &Reached, clock: &Arc<dyn Clock>) -> Result<Option<Arc<LiveVenue>>> {
    if home.is_demo() {
        return Ok(None);
    }
    let keyring = reached.keyring.then(|| Arc::new(SystemKeyring) as Arc<dyn Keyring>);
    let secrets = Secrets::new(&reached.secrets, keyring);
    secrets.refresh(&KEY_NAMES).await;
    let (Some(key), Some(secret)) = (secrets.get("coinspot_key"), secrets.get("coinspot_secret")) else {
        return Ok(None);
    };
    let http = Client::new(Options::new(u64::from_le_bytes(random()?)), Arc::clone(clock));
    let http = http.map_err(|error| Error::refused("cannot_reach_out", error.to_string()))?;
    let api = (!reached.coinspot.is_empty()).then_some(reached.coinspot.as_str());
    let nonces = Arc::new(NonceFile::take_over(home, &key));
    let account = account_at(Arc::new(http), api, Keys { key, secret }, nonces)?;
    Ok(Some(Arc::new(LiveVenue(account))))
}

async fn own_orders(home: &Home) -> Result<Own> {
    let store = match Store::open_reader(home.path()).await {
        Err(store::StoreError::NoWorkspace { .. }) => return Ok(Own::default()),
        opened => opened?,
    };
    let own = Own::read(&store).await;
    store.close().await;
    own
}

#[cfg(test)]
mod tests;
