//! Sync: the journal and the trader's own Postgres, brought together in the background and when asked.
//!
//! Invariants: a round at a time; the desk, the window and orders never wait for one; every wait ends and failures come slower
//! and slower; keys and address live in the keyring and in no answer. What comes is proven by the crate `sync` and kept by
//! `store`; here it only becomes visible. Deliberately absent: anything that would let another device's facts move an order here.

mod adapter;
mod heed;
mod join;
#[cfg(test)]
mod tests;
mod verify;

use crate::dto::{ErrorView, Event, SyncBrief, SyncDevice, SyncView};
use crate::{Error, Result, Workstation};
use ::sync::{Address, Identity, JoinCode, Outcome, Postgres, SyncError};
use adapter::StoreJournal;
use domain::{ChainEnd, DeviceId, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio::time::sleep;

/// The secrets of sync.
const URL: &str = "postgres_url";
const TRADER_KEY: &str = "sync_trader_key";
const MACHINE_SEED: &str = "sync_device_seed";
/// The setting that keeps how it stood.
const SETTING: &str = "sync";
/// How often the server is looked at while all goes well.
const EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether sync was set up.
const OFF_EVERY: Duration = Duration::from_secs(10);
const AGAIN_MAX: Duration = Duration::from_secs(120);
/// While nothing changes, how it stands is kept this often.
const KEPT_EVERY_S: i64 = 60;

impl From<SyncError> for Error {
    fn from(error: SyncError) -> Self {
        Self::Outside { code: error.code().to_owned(), message: error.to_string() }
    }
}

/// How it stood, as it is kept between runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Stood {
    /// None before joining.
    trader: Option<String>,
    last_success: Option<Timestamp>,
    is_offline: bool,
    error: Option<ErrorView>,
    /// Where chains ended on the server.
    there: BTreeMap<String, u64>,
    pulled: u64,
    pushed: u64,
}

/// A connection, and whose it is.
struct Linked {
    url: String,
    identity: Identity,
    server: Postgres,
}

/// What sync keeps while the workstation runs.
#[derive(Default)]
pub(crate) struct Syncing {
    line: Mutex<Option<Linked>>,
    stood: std::sync::Mutex<Option<Stood>>,
    kept_at: std::sync::Mutex<Option<Timestamp>>,
    wanted: Notify,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One hash over the chains of all devices.
pub(crate) fn journal_hash(ends: &[ChainEnd]) -> String {
    let mut ends: Vec<&ChainEnd> = ends.iter().filter(|end| end.seq > 0).collect();
    ends.sort_by_key(|end| end.device);
    let mut hash = Sha256::new();
    for end in ends {
        hash.update(end.device.bytes());
        hash.update(end.seq.to_le_bytes());
        hash.update(end.hash.0);
    }
    hex(&hash.finalize())
}

impl Workstation {
    /// How sync stands.
    ///
    /// # Errors
    /// The store's.
    pub async fn sync_status(&self) -> Result<SyncView> {
        let stood = self.stood().await?;
        if self.inner.secrets.get(URL).is_none() && !self.home().is_demo() {
            let _ = self.inner.secrets.refresh(&[URL]).await;
        }
        let ends = self.store().chain_ends().await?;
        let waiting = self.store().waiting_facts().await?;
        let own = self.store().device();
        let mut devices = Vec::with_capacity(ends.len());
        for end in &ends {
            let last = self.store().sealed_facts(end.device, end.seq.saturating_sub(1), 1).await?;
            devices.push(SyncDevice {
                device: end.device.to_string(),
                own: end.device == own,
                here: end.seq,
                there: stood.last_success.map(|_| stood.there.get(&end.device.to_string()).copied().unwrap_or(0)),
                waiting: waiting.iter().find(|one| one.device == end.device).map_or(0, |one| one.facts),
                last_fact: last.first().map(|fact| fact.recorded_at),
            });
        }
        devices.sort_by_key(|device| !device.own);
        Ok(SyncView {
            brief: brief(&stood, &ends),
            url_set: self.inner.secrets.get(URL).is_some(),
            joined: stood.trader.is_some(),
            trader: stood.trader.clone(),
            journal: journal_hash(&ends),
            devices,
            pulled: stood.pulled,
            pushed: stood.pushed,
        })
    }

    /// The same in a few words.
    pub(crate) async fn sync_brief(&self) -> Result<SyncBrief> {
        let stood = self.stood().await?;
        if stood.trader.is_none() {
            return Ok(brief(&stood, &[]));
        }
        Ok(brief(&stood, &self.store().chain_ends().await?))
    }

    /// Brings journal and server together now.
    ///
    /// # Errors
    /// `sync_off` before joining; the server's and the store's. What is wrong with another device's facts is in the answer.
    pub async fn sync_now(&self) -> Result<SyncView> {
        self.require_writer()?;
        if self.stood().await?.trader.is_none() {
            return Err(Error::refused("sync_off", "sync is not set up on this device: run `omc sync init` first"));
        }
        self.sync_round().await?;
        self.sync_status().await
    }

    async fn stood(&self) -> Result<Stood> {
        let held = self.inner.syncing.stood.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(stood) = held {
            return Ok(stood);
        }
        let kept = self.store().setting(SETTING).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Keeps how it stands; on disk when something changed, and now and then.
    async fn set_stood(&self, stood: Stood) -> Result<()> {
        let now = self.now();
        let before = self.inner.syncing.stood.lock().unwrap_or_else(PoisonError::into_inner).replace(stood.clone());
        let told = before.as_ref().map(|before| Stood { last_success: stood.last_success, ..before.clone() });
        let changed = told.as_ref() != Some(&stood);
        let due = {
            let mut kept_at = self.inner.syncing.kept_at.lock().unwrap_or_else(PoisonError::into_inner);
            let due = changed || kept_at.is_none_or(|at| now.seconds_since(at).abs() >= KEPT_EVERY_S);
            if due {
                *kept_at = Some(now);
            }
            due
        };
        if due {
            let text = serde_json::to_string(&stood).unwrap_or_default();
            self.store().set_settings(&[(SETTING, text)]).await?;
        }
        if changed && self.is_heard() {
            let moved = before.map_or((0, 0), |before| (before.pulled, before.pushed)) != (stood.pulled, stood.pushed);
            self.tell(Event::Sync { sync: self.sync_brief().await?, pulled: if moved { stood.pulled } else { 0 } });
        }
        Ok(())
    }

    /// One round, and what comes of it kept and told.
    async fn sync_round(&self) -> Result<Outcome> {
        let mut line = self.inner.syncing.line.lock().await;
        let done = self.round_on(&mut line).await;
        if done.is_err() {
            // Half an exchange is never gone on with.
            *line = None;
        }
        drop(line);
        self.heed_kills().await?;
        let mut stood = self.stood().await?;
        match &done {
            Ok(outcome) => {
                stood.last_success = if outcome.trouble.is_none() { Some(self.now()) } else { stood.last_success };
                stood.is_offline = false;
                stood.error = outcome
                    .trouble
                    .as_ref()
                    .map(|error| ErrorView { code: error.code().into(), message: error.to_string() });
                stood.there = self.ends_there(outcome).await?;
                if outcome.pulled + outcome.pushed + outcome.waiting > 0 {
                    (stood.pulled, stood.pushed) = (outcome.pulled, outcome.pushed);
                }
            }
            Err(error) => {
                stood.is_offline = matches!(error.code().as_str(), "server_unreachable" | "server_silent");
                stood.error = Some(error.view());
            }
        }
        self.set_stood(stood).await?;
        done
    }

    /// What the server has after a round: what it had, and what was left there.
    async fn ends_there(&self, outcome: &Outcome) -> Result<BTreeMap<String, u64>> {
        let mut there: BTreeMap<String, u64> =
            outcome.there.iter().map(|end| (end.device.to_string(), end.seq)).collect();
        if outcome.trouble.is_none() {
            for end in &outcome.left {
                there.insert(end.device.to_string(), end.seq);
            }
        }
        Ok(there)
    }

    async fn round_on(&self, line: &mut Option<Linked>) -> Result<Outcome> {
        let url = self.inner.secrets.get(URL).map(|url| url.reveal().to_owned());
        if line.as_ref().is_some_and(|linked| linked.server.is_lost() || Some(&linked.url) != url.as_ref()) {
            *line = None;
        }
        let linked = match line {
            Some(linked) => linked,
            None => line.insert(self.link().await?),
        };
        let applied = self.store().apply_waiting_facts().await?;
        let journal = StoreJournal(self.store().clone());
        let done = ::sync::round(&journal, &mut linked.server, &linked.identity).await;
        // Also after a round that broke off: what came is here.
        self.facts_came(applied.applied + applied.twins > 0 || done.as_ref().map_or(true, |done| done.twins > 0)).await;
        let mut outcome = done?;
        outcome.pulled += applied.applied;
        Ok(outcome)
    }

    /// What was folded before is folded anew where more than its end changed.
    async fn facts_came(&self, anywhere: bool) {
        if anywhere {
            self.clear_shelves().await;
        }
    }

    /// Connects as this device.
    async fn link(&self) -> Result<Linked> {
        let (url, identity) = self.keys_of_sync().await?;
        let address = Address::parse(&url)?;
        let mut server = Postgres::connect(&address, identity.trader_id()).await?;
        server.check_schema().await?;
        Ok(Linked { url, identity, server })
    }

    /// Address and identity from the keyring.
    async fn keys_of_sync(&self) -> Result<(String, Identity)> {
        let names = [URL, TRADER_KEY, MACHINE_SEED];
        if names.iter().any(|name| self.inner.secrets.get(name).is_none())
            && let Some(trouble) = self.inner.secrets.read_anew(names.to_vec()).await
        {
            return Err(trouble.into());
        }
        let secret = |name: &'static str| {
            let words = format!("the secret {name} is not at hand: store it, or unlock the keyring");
            self.inner.secrets.get(name).ok_or_else(|| Error::refused("sync_keys_missing", words))
        };
        let url = secret(URL)?.reveal().to_owned();
        let code = JoinCode::parse(secret(TRADER_KEY)?.reveal())?;
        let seed = join::seed(secret(MACHINE_SEED)?.reveal())?;
        let identity = Identity::new(self.store().device(), &code, &seed);
        match self.stood().await?.trader {
            Some(trader) if trader != identity.trader_id().to_string() => Err(join::other_trader()),
            _ => Ok((url, identity)),
        }
    }

    /// Keeps in sync, for as long as it runs. A server that is away is asked less and less often.
    pub(crate) async fn keep_in_sync(&self) {
        let mut failed = 0_u32;
        let mut wait = EVERY;
        loop {
            tokio::select! {
                () = sleep(wait) => {}
                () = self.inner.syncing.wanted.notified() => {}
            }
            if self.home().is_demo() || !self.stood().await.is_ok_and(|stood| stood.trader.is_some()) {
                wait = OFF_EVERY;
                continue;
            }
            match self.sync_round().await {
                Ok(_) => (failed, wait) = (0, EVERY),
                Err(error) => {
                    if failed == 0 {
                        tracing::warn!(code = error.code(), "no sync: {error}");
                    }
                    failed = failed.saturating_add(1);
                    wait = crate::run::jittered(EVERY * 2_u32.pow(failed.min(7))).min(AGAIN_MAX);
                }
            }
        }
    }
}

fn brief(stood: &Stood, ends: &[ChainEnd]) -> SyncBrief {
    let state = match (&stood.trader, &stood.error) {
        (None, _) => "off",
        (_, Some(_)) if stood.is_offline => "offline",
        (_, Some(_)) => "trouble",
        (_, None) if stood.last_success.is_none() => "waiting",
        (_, None) => "online",
    };
    let there = |device: DeviceId| stood.there.get(&device.to_string()).copied().unwrap_or(0);
    let behind = ends.iter().map(|end| end.seq.saturating_sub(there(end.device))).sum();
    SyncBrief { state: state.to_owned(), since: stood.last_success, behind, error: stood.error.clone() }
}
