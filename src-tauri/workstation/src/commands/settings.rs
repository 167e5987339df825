//! What a person sets for the sources: values, and the secrets they need.
//!
//! Invariants: nothing is changed when one value of a change does not fit; a secret goes in and never comes back.
//! Deliberately absent: what a setting does (the source's own business).

use super::collect::{known, known_sources};
use super::market::feed_id;
use crate::dto::{SecretRow, SecretsView};
use crate::outside::KEY_NAMES;
use crate::secrets::{self, NAMES};
use crate::settings::{changed, described};
use crate::{Error, Result, Secret, Workstation};
use ledgers::{BadSetting, SettingKind};
use std::collections::BTreeMap;

/// The secrets the sources need.
fn secrets_of_sources() -> Vec<&'static str> {
    let all = known_sources().into_iter().flat_map(|info| described(info.name).settings);
    all.filter(|setting| matches!(setting.kind, SettingKind::Secret)).map(|setting| setting.name).collect()
}

impl Workstation {
    /// Takes over what is stored, for the sources to read.
    pub(crate) async fn load_settings(&self) -> Result<()> {
        let stored = self.store().source_settings().await?;
        self.inner.settings.load(stored.into_iter().map(|setting| (setting.name.to_string(), setting.values)));
        Ok(())
    }

    /// What each source that can't run yet lacks. The demo's lack nothing; where the outside can't be opened, nobody knows.
    pub(crate) async fn lacking(&self) -> BTreeMap<&'static str, String> {
        if self.home().is_demo() {
            return BTreeMap::new();
        }
        // What is wrong with the keyring is told where keys are listed.
        let _ = self.inner.secrets.refresh(&secrets_of_sources()).await;
        let Ok(outside) = self.outside().await else { return BTreeMap::new() };
        outside.sources.iter().filter_map(|source| Some((source.info().name, source.lacks()?))).collect()
    }

    /// Takes sources into the plan, or out of it, as what they need is set or goes.
    pub(crate) async fn heed_lacks(&self) -> Result<()> {
        let lacking = self.lacking().await;
        let (all, now) = (known_sources(), self.now());
        let moved = self.with_schedule(|schedule| {
            let moved = |info: &ledgers::SourceInfo| {
                schedule.set_lacking(info.name, lacking.contains_key(info.name), now).then_some(*info)
            };
            all.iter().filter_map(moved).collect::<Vec<_>>()
        });
        match moved {
            Some(moved) if !moved.is_empty() => self.publish_plan(&moved).await,
            _ => Ok(()),
        }
    }

    /// Changes what is set for a source: all of it or, with one value that does not fit, nothing. An empty value goes back to
    /// what holds when nothing is set.
    ///
    /// # Errors
    /// A name that is no source or no setting of it, a value that does not fit, a workspace opened for reading; the store's.
    pub async fn source_set(&self, name: &str, changes: &BTreeMap<String, String>) -> Result<()> {
        self.require_writer()?;
        let info = known(name)?;
        self.load_settings().await?;
        let bad = |error: BadSetting| Error::usage(error.code, format!("{name}: {error}"));
        let values = changed(described(info.name).settings, &self.inner.settings.stored(name), changes).map_err(bad)?;
        self.store().set_source_values(&feed_id(info.name)?, &values).await?;
        self.inner.settings.put(name, values);
        self.heed_lacks().await
    }

    /// Every secret there may be: whether there is one, and from where; never its value.
    pub async fn secrets(&self) -> SecretsView {
        let kept = &self.inner.secrets;
        let trouble = kept.read_anew(NAMES.iter().map(|(name, _)| *name).collect()).await;
        let row = |(name, used_by): &(&'static str, &str)| {
            let from = kept.origin(name);
            SecretRow {
                name: (*name).to_owned(),
                is_set: from.is_some(),
                from: from.map(ToOwned::to_owned),
                used_by: (*used_by).to_owned(),
            }
        };
        SecretsView {
            keyring: trouble.is_none(),
            reason: trouble.map(|trouble| Error::from(trouble).to_string()),
            secrets: NAMES.iter().map(row).collect(),
        }
    }

    /// Keeps a secret in the system's keyring. Sources that waited for it run at once. With `coinspot_key` the trader may say
    /// that it can't withdraw; without that word it is kept for reading only.
    ///
    /// # Errors
    /// A name that is none, a value that can't be one (and is not repeated), a keyring that is absent, locked or silent;
    /// `only_a_key_is_declared`, a workspace opened for reading.
    pub async fn secret_set(&self, name: &str, value: Secret, no_withdrawals: bool) -> Result<()> {
        let name = secrets::known(name)?;
        let value = secrets::checked(name, &value)?;
        if no_withdrawals && name != KEY_NAMES[0] {
            let words = format!("only {} is declared to be without withdrawal rights: nothing was kept", KEY_NAMES[0]);
            return Err(Error::usage("only_a_key_is_declared", words));
        }
        if no_withdrawals {
            self.require_writer()?;
        }
        self.inner.secrets.set(name, value.clone()).await?;
        if no_withdrawals {
            self.key_declared(&value).await?;
        }
        self.heed_lacks().await
    }

    /// Removes a secret from the system's keyring.
    ///
    /// # Errors
    /// As [`Self::secret_set`]; `no_such_secret` when the keyring has none of this name.
    pub async fn secret_remove(&self, name: &str) -> Result<()> {
        let name = secrets::known(name)?;
        if !self.inner.secrets.remove(name).await? {
            return Err(Error::refused("no_such_secret", format!("the keyring has no {name}: nothing was removed")));
        }
        self.heed_lacks().await
    }
}
