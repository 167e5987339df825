//! Joining: the server's schema, the trader, and this device's keys.
//!
//! Everything here may be repeated: a step that was done is found done. Invariant: a key reaches the keyring before the server
//! hears of it, so that no crash leaves a device on the server that nobody can speak for.

use super::{MACHINE_SEED, Stood, TRADER_KEY, URL, hex};
use crate::clock::random;
use crate::dto::SyncJoined;
use crate::{Error, Result, Secret, Workstation};
use ::sync::{Address, Identity, JoinCode, Setup, SyncError, TraderId};

pub(super) fn other_trader() -> Error {
    let words =
        "the keyring's sync_trader_key is another trader's than the one this workspace joined: nothing was done";
    Error::refused("other_trader", words)
}

/// The seed of this machine's device keys.
pub(super) fn seed(text: &str) -> Result<[u8; 32]> {
    let bad = || Error::refused("bad_secret", "the secret sync_device_seed is damaged: it is 64 hexadecimal digits");
    let hash = domain::FactHash::parse(text).ok_or_else(bad)?;
    Ok(hash.0)
}

impl Workstation {
    /// Makes the schema and the trader on the server at `postgres_url`, or joins them; may be repeated.
    ///
    /// # Errors
    /// `join_code_needed` when there is a trader already and this device has not their code; `bad_join_code`, `other_trader`,
    /// `missing_rights`; the keyring's, the server's and the store's.
    pub async fn sync_init(&self) -> Result<SyncJoined> {
        self.require_writer()?;
        if self.home().is_demo() {
            return Err(Error::refused(
                "demo_stays_here",
                "the demo's journal is never synced: open your own workspace",
            ));
        }
        if let Some(trouble) = self.inner.secrets.read_anew(vec![URL, TRADER_KEY, MACHINE_SEED]).await
            && [URL, TRADER_KEY, MACHINE_SEED].iter().any(|name| self.inner.secrets.get(name).is_none())
        {
            return Err(trouble.into());
        }
        let words = "there is no address of a Postgres: `omc secrets set postgres_url` keeps one (docs/sync.md)";
        let url = self.inner.secrets.get(URL).ok_or_else(|| Error::refused("postgres_url_missing", words))?;
        let address = Address::parse(url.reveal())?;
        let mut setup = Setup::connect(&address).await?;
        let migrations = setup.migrate().await? as u64;
        let traders = setup.traders().await?;
        let code = self.trader_key(&traders).await?;
        let stood = self.stood().await?;
        if stood.trader.as_ref().is_some_and(|trader| *trader != code.trader().to_string()) {
            return Err(other_trader());
        }
        let is_new = !traders.contains(&code.trader());
        if is_new {
            setup.add_member(code.trader()).await?;
        }
        let seed = self.machine_seed().await?;
        let identity = Identity::new(self.store().device(), &code, &seed);
        setup.join(&identity).await?;
        self.set_stood(Stood { trader: Some(code.trader().to_string()), ..stood }).await?;
        self.sync_round().await?;
        self.inner.syncing.wanted.notify_one();
        let did = if is_new { "made" } else { "joined" };
        Ok(SyncJoined { did: did.to_owned(), migrations, sync: self.sync_status().await? })
    }

    /// The trader's key: the one at hand, or a new one where there is no trader yet.
    async fn trader_key(&self, traders: &[TraderId]) -> Result<JoinCode> {
        match self.inner.secrets.get(TRADER_KEY) {
            Some(held) => Ok(JoinCode::parse(held.reveal())?),
            None if traders.is_empty() => {
                let new = JoinCode::new(random()?);
                self.inner.secrets.set(TRADER_KEY, Secret::new(new.reveal())).await?;
                Ok(new)
            }
            None => Err(SyncError::CodeNeeded.into()),
        }
    }

    /// Keeps the code that another device of the trader's showed; then [`Self::sync_init`] joins.
    ///
    /// # Errors
    /// `bad_join_code`; `other_trader` when there is another one already; the keyring's.
    pub async fn sync_take_code(&self, code: &Secret) -> Result<()> {
        let given = JoinCode::parse(code.reveal())?;
        if let Some(trouble) = self.inner.secrets.read_anew(vec![TRADER_KEY]).await
            && self.inner.secrets.get(TRADER_KEY).is_none()
        {
            return Err(trouble.into());
        }
        match self.inner.secrets.get(TRADER_KEY) {
            Some(held) if JoinCode::parse(held.reveal())? != given => Err(other_trader()),
            Some(_) => Ok(()),
            None => self.inner.secrets.set(TRADER_KEY, Secret::new(given.reveal())).await,
        }
    }

    async fn machine_seed(&self) -> Result<[u8; 32]> {
        if let Some(held) = self.inner.secrets.get(MACHINE_SEED) {
            return seed(held.reveal());
        }
        let new: [u8; 32] = random()?;
        self.inner.secrets.set(MACHINE_SEED, Secret::new(hex(&new))).await?;
        Ok(new)
    }

    /// What another device of the trader's needs to join. Whoever has it can join: for a person's eyes, on the command line only.
    ///
    /// # Errors
    /// `sync_off` when there is none; the keyring's.
    pub async fn sync_code(&self) -> Result<Secret> {
        let trouble = self.inner.secrets.refresh(&[TRADER_KEY]).await;
        match (self.inner.secrets.get(TRADER_KEY), trouble) {
            (Some(code), _) => Ok(code),
            (None, Some(trouble)) => Err(trouble.into()),
            (None, None) => {
                Err(Error::refused("sync_off", "sync is not set up on this device: run `omc sync init` first"))
            }
        }
    }
}
