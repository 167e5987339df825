//! Keys and tokens: in the system's keyring, or for one run in the environment.
//!
//! One entry a secret, under the service `oh-my-coins` and the secret's name, shared by all workspaces of this person; the
//! demo reads none. Invariants: a value is never in a log, an error, a file or an answer; the keyring is asked on a thread of its
//! own, one question at a time, and given up after a while, so that one that is locked or hangs holds up nobody; nothing
//! falls back to a file. Deliberately absent: a store of our own.

use crate::{Error, Result};
use ledgers::Secret;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout};

/// Every secret there may be, and what it is for.
pub(crate) const NAMES: &[(&str, &str)] = &[
    ("coinspot_key", "trading on CoinSpot: the key"),
    ("coinspot_secret", "trading on CoinSpot: the key's secret"),
    ("openai_key", "the Lab, with a model of OpenAI"),
    ("anthropic_key", "the Lab, with a model of Anthropic"),
    ("gemini_key", "the Lab, with a model of Google"),
    ("compatible_key", "the Lab, with a service that speaks like OpenAI's"),
    ("cryptopanic_token", "the source cryptopanic"),
    ("reddit_client_id", "the source reddit"),
    ("reddit_client_secret", "the source reddit"),
    ("webhook_url", "telling alerts to a webhook: its address"),
    ("webhook_secret", "telling alerts to a webhook: what they are signed with"),
    ("postgres_url", "sync with your own Postgres"),
    ("sync_trader_key", "sync: what makes a device one of yours; `omc sync init` makes it"),
    ("sync_device_seed", "sync: what this machine's devices sign with; `omc sync init` makes it"),
];

/// The service its entries stand under.
const SERVICE: &str = "oh-my-coins";
/// A keyring that takes longer is given up. Long enough for a person to unlock it when it asks.
const ASKED_MAX: Duration = if cfg!(test) { Duration::from_millis(200) } else { Duration::from_secs(10) };
/// The smallest of the keyrings' limits is 2,560 bytes.
const BYTES_MAX: usize = 2_048;
/// What was read is believed for this long, unless it is changed here.
const BELIEVED: Duration = Duration::from_secs(15);
/// What goes on without it.
const WITHOUT: &str = "Prices, the sources without a key, paper trading and the books work without it; \
    OMC_SECRET_<NAME> gives a key for one run";

/// The secret of this name as a constant.
pub(crate) fn known(name: &str) -> Result<&'static str> {
    NAMES.iter().map(|(known, _)| *known).find(|known| *known == name).ok_or_else(|| {
        let names: Vec<&str> = NAMES.iter().map(|(known, _)| *known).collect();
        let words = format!("'{}' is no secret there may be: use {}", ledgers::inert(name), names.join(", "));
        Error::usage("unknown_secret", words)
    })
}

/// Why a keyring could not do it. Never holds a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub code: &'static str,
    pub reason: String,
}

impl Trouble {
    fn new(code: &'static str, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    fn words(&self) -> String {
        format!("{}. {WITHOUT}", self.reason)
    }
}

impl From<Trouble> for Error {
    fn from(trouble: Trouble) -> Self {
        Self::refused(trouble.code, trouble.words())
    }
}

/// A place for secrets. Its calls block.
pub(crate) trait Keyring: Send + Sync {
    /// The value of an entry; none when there is no such entry.
    fn get(&self, name: &str) -> std::result::Result<Option<Secret>, Trouble>;
    /// Keeps a value, in place of one before.
    fn set(&self, name: &str, value: &Secret) -> std::result::Result<(), Trouble>;
    /// Removes an entry; false when there was none.
    fn remove(&self, name: &str) -> std::result::Result<bool, Trouble>;
}

/// What the keyring said last.
#[derive(Default)]
struct Read {
    values: BTreeMap<&'static str, Secret>,
    at: BTreeMap<&'static str, Instant>,
    trouble: Option<Trouble>,
}

/// The secrets as they can be had.
pub(crate) struct Secrets {
    /// From the environment: above the keyring.
    given: BTreeMap<&'static str, Secret>,
    keyring: Option<Arc<dyn Keyring>>,
    /// One question at a time; the thread that asks holds it until it has its answer, however long that takes.
    asking: Arc<Semaphore>,
    read: Mutex<Read>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Secrets {
    /// Secrets given by name, and a keyring for the others.
    pub fn new(given: &BTreeMap<String, Secret>, keyring: Option<Arc<dyn Keyring>>) -> Self {
        let of = |(name, _): &(&'static str, &str)| Some((*name, given.get(*name)?.clone()));
        let given = NAMES.iter().filter_map(of).filter(|(_, secret)| !secret.reveal().is_empty()).collect();
        Self { given, keyring, asking: Arc::new(Semaphore::new(1)), read: Mutex::default() }
    }

    /// No secret at all.
    #[cfg(test)]
    pub fn none() -> Self {
        Self::new(&BTreeMap::new(), None)
    }

    /// A secret as it was last read; waits for nothing.
    pub fn get(&self, name: &str) -> Option<Secret> {
        self.given.get(name).or(lock(&self.read).values.get(name)).cloned()
    }

    /// Where a secret comes from: `environment` or `keyring`; none when there is none.
    pub fn origin(&self, name: &str) -> Option<&'static str> {
        if self.given.contains_key(name) {
            return Some("environment");
        }
        lock(&self.read).values.contains_key(name).then_some("keyring")
    }

    /// Reads these secrets from the keyring, unless that was done a moment ago; why it could not.
    pub async fn refresh(&self, names: &[&'static str]) -> Option<Trouble> {
        let wanted: Vec<&'static str> = {
            let read = lock(&self.read);
            let believed = |name: &str| read.at.get(name).is_some_and(|at| at.elapsed() < BELIEVED);
            let wanted = names.iter().copied().filter(|name| !self.given.contains_key(name) && !believed(name));
            let wanted: Vec<_> = wanted.collect();
            if wanted.is_empty() {
                return read.trouble.clone();
            }
            wanted
        };
        self.read_anew(wanted).await
    }

    /// Reads these secrets from the keyring now; why it could not. What could not be read is none.
    pub async fn read_anew(&self, names: Vec<&'static str>) -> Option<Trouble> {
        let asked = names.clone();
        let answered = self
            .ask(move |keyring| {
                let mut found = Vec::new();
                for name in asked {
                    found.push((name, keyring.get(name)?));
                }
                Ok(found)
            })
            .await;
        let mut read = lock(&self.read);
        // What is in trouble is so for all of them.
        let told = if answered.is_ok() { names } else { NAMES.iter().map(|(name, _)| *name).collect() };
        read.at.extend(told.into_iter().map(|name| (name, Instant::now())));
        match answered {
            Ok(found) => {
                for (name, value) in found {
                    match value {
                        Some(value) => read.values.insert(name, value),
                        None => read.values.remove(name),
                    };
                }
                read.trouble = None;
            }
            Err(trouble) => {
                // A keyring that was locked meanwhile takes its secrets away.
                read.values.clear();
                read.trouble = Some(trouble);
            }
        }
        read.trouble.clone()
    }

    /// Keeps a secret in the keyring.
    pub async fn set(&self, name: &'static str, value: Secret) -> Result<()> {
        let kept = value.clone();
        self.ask(move |keyring| keyring.set(name, &kept)).await?;
        lock(&self.read).values.insert(name, value);
        Ok(())
    }

    /// Removes a secret from the keyring; false when there was none.
    pub async fn remove(&self, name: &'static str) -> Result<bool> {
        let removed = self.ask(move |keyring| keyring.remove(name)).await?;
        lock(&self.read).values.remove(name);
        Ok(removed)
    }

    /// Asks the keyring something on a thread of its own. A task of the runtime's would keep the program from ending.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Keyring) -> std::result::Result<T, Trouble> + Send + 'static,
    ) -> std::result::Result<T, Trouble> {
        let Some(keyring) = self.keyring.clone() else {
            return Err(Trouble::new("no_keyring", "no keyring is used here (OMC_KEYRING=off, or the demo)"));
        };
        let silent = || {
            let words = format!(
                "the keyring did not answer within {} s: look whether it asks to be unlocked",
                ASKED_MAX.as_secs()
            );
            Trouble::new("keyring_silent", words)
        };
        let started = Instant::now();
        let turn = timeout(ASKED_MAX, Arc::clone(&self.asking).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(silent()) };
        let (told, answer) = oneshot::channel();
        let asked = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
            let _turn = turn;
            let _ = told.send(question(keyring.as_ref()));
        });
        if let Err(error) = asked {
            return Err(Trouble::new("keyring_failed", format!("no thread to ask the keyring on: {error}")));
        }
        match timeout(ASKED_MAX.saturating_sub(started.elapsed()), answer).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(_)) => Err(Trouble::new("keyring_failed", "the keyring's library broke off")),
            Err(_) => Err(silent()),
        }
    }
}

/// A value as it is kept. The words of the refusal say nothing of it.
///
/// # Errors
/// `bad_secret` when it is empty, too long or more than one line.
pub(crate) fn checked(name: &str, value: &Secret) -> Result<Secret> {
    let text = value.reveal().trim();
    let bad =
        |what: &str| Err(Error::usage("bad_secret", format!("the value given for {name} {what}: nothing was kept")));
    if text.is_empty() {
        return bad("is empty");
    }
    if text.len() > BYTES_MAX {
        return bad(&format!("is longer than {BYTES_MAX} bytes"));
    }
    if text.chars().any(char::is_control) {
        return bad("is more than one line of text");
    }
    Ok(Secret::new(text.to_owned()))
}

/// The keyring of the system: Secret Service, Keychain or Credential Manager.
pub(crate) struct SystemKeyring;

/// What the system's keyring said, without anything of the value.
fn trouble(error: &keyring::Error) -> Trouble {
    match error {
        keyring::Error::NoStorageAccess(_) => {
            Trouble::new("keyring_locked", "the keyring is locked or refuses access: unlock it, then try again")
        }
        keyring::Error::NoDefaultStore => {
            let why = keyring::Entry::store_status().as_ref().err().map_or_else(String::new, |error| match error {
                keyring::Error::NoStorageAccess(cause) | keyring::Error::PlatformFailure(cause) => {
                    format!(" ({})", ledgers::inert(&cause.to_string()))
                }
                _ => String::new(),
            });
            Trouble::new("no_keyring", format!("this machine has no keyring that answers{why}"))
        }
        keyring::Error::PlatformFailure(cause) => {
            Trouble::new("keyring_failed", format!("the keyring failed: {}", ledgers::inert(&cause.to_string())))
        }
        keyring::Error::TooLong(_, most) => {
            Trouble::new("keyring_failed", format!("the keyring takes at most {most} bytes"))
        }
        keyring::Error::Ambiguous(_) => Trouble::new(
            "keyring_failed",
            format!("the keyring has several entries of this name under {SERVICE}: remove all but one"),
        ),
        // Some of the others hold what was read.
        _ => Trouble::new("keyring_failed", "the keyring can't keep or give this entry"),
    }
}

fn entry(name: &str) -> std::result::Result<keyring::Entry, Trouble> {
    keyring::Entry::new(SERVICE, name).map_err(|error| trouble(&error))
}

impl Keyring for SystemKeyring {
    fn get(&self, name: &str) -> std::result::Result<Option<Secret>, Trouble> {
        match entry(name)?.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(trouble(&error)),
        }
    }

    fn set(&self, name: &str, value: &Secret) -> std::result::Result<(), Trouble> {
        entry(name)?.set_password(value.reveal()).map_err(|error| trouble(&error))
    }

    fn remove(&self, name: &str) -> std::result::Result<bool, Trouble> {
        match entry(name)?.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring::Error::NoEntry) => Ok(false),
            Err(error) => Err(trouble(&error)),
        }
    }
}

#[cfg(test)]
mod tests;
