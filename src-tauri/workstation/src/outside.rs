//! Where the workstation reaches the world: its sources, real or simulated.

use crate::clock::random;
use crate::home::Home;
use crate::nonces::NonceFile;
use crate::secrets::{NAMES, Secrets};
use crate::{Error, Result, Workstation};
use coinspot::{Account, COIN_LIST_SOURCE, CoinListSource, CoinSpot, Keys, PRICES_SOURCE, PricesSource};
use domain::Clock;
use ledgers::{Secret, Settings, Source};
use omc_http::{Client, Options};
use staging::Staging;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Seed of the demo's world: the same one every time, so that its history goes on.
const DEMO_SEED: u64 = 20_260_701;
/// The secrets a CoinSpot account needs.
pub(crate) const KEY_NAMES: [&str; 2] = ["coinspot_key", "coinspot_secret"];
/// CoinSpot's documented site.
pub(crate) const COINSPOT_SITE: &str = "https://www.coinspot.com.au";

/// What the environment says of the world: addresses in place of the documented ones, and keys for one run. The default
/// reaches the documented addresses and knows no key and no keyring.
#[derive(Debug, Clone, Default)]
pub struct Reached {
    /// In place of CoinSpot's price API.
    pub coinspot: String,
    /// In place of CoinSpot's pages.
    pub coinspot_web: String,
    /// In place of the others, by the service's name in `OMC_<SERVICE>_URL`.
    pub others: BTreeMap<String, String>,
    /// Secrets by name, in place of the keyring's: `OMC_SECRET_<NAME>`.
    pub secrets: BTreeMap<String, Secret>,
    /// Whether the system's keyring is asked for the others; not with `OMC_KEYRING=off`.
    pub keyring: bool,
    /// In place of the contact set for the SEC: `OMC_SEC_CONTACT`.
    pub sec_contact: String,
    /// How many times faster than the machine's clock rates and pauses between requests pass, in a world of one's own whose
    /// clock is driven; 0 and 1 are as usual.
    pub pace: u32,
}

impl Reached {
    /// What `OMC_COINSPOT_URL`, `OMC_COINSPOT_WEB_URL` and their like say; empty is the documented address.
    #[must_use]
    pub fn from_env() -> Self {
        let of = |name: &str| std::env::var(name).unwrap_or_default();
        let services = sources::REGISTRY.iter().map(|registered| registered.service);
        let others = services.map(|service| (service.to_owned(), of(&format!("OMC_{service}_URL"))));
        let secret = |name: &str| Secret::new(of(&format!("OMC_SECRET_{}", name.to_ascii_uppercase())));
        Self {
            coinspot: of("OMC_COINSPOT_URL"),
            coinspot_web: of("OMC_COINSPOT_WEB_URL"),
            others: others.collect(),
            secrets: NAMES.iter().map(|(name, _)| ((*name).to_owned(), secret(name))).collect(),
            keyring: !of("OMC_KEYRING").eq_ignore_ascii_case("off"),
            sec_contact: of("OMC_SEC_CONTACT"),
            pace: 1,
        }
    }
}

/// The sources, and the simulated world when this is the demo.
pub(crate) struct Outside {
    pub coinspot: CoinSpot,
    pub sources: Vec<Box<dyn Source>>,
    http: Arc<Client>,
    /// Where each source is asked.
    addresses: BTreeMap<&'static str, String>,
    /// In place of CoinSpot's documented address.
    api: Option<String>,
    /// The account of the key that was last at hand: one for all, since calls of a key wait for each other there.
    account: Mutex<Option<(Keys, Arc<Account>)>>,
    /// Kept alive: dropping it ends the world.
    world: Option<Staging>,
}

impl Outside {
    /// The real world, or what is put in its place; for the demo, a world of its own on this machine.
    pub async fn open(
        demo: bool,
        reached: &Reached,
        clock: Arc<dyn Clock>,
        settings: Arc<dyn Settings>,
    ) -> Result<Self> {
        let outside = |error: &dyn std::fmt::Display| Error::Outside {
            code: "cannot_reach_out".into(),
            message: format!("the outside world cannot be opened: {error}"),
        };
        let world = if demo {
            let options = staging::Options { seed: DEMO_SEED, ..staging::Options::default() };
            Some(Staging::start(options).await.map_err(|error| outside(&error))?)
        } else {
            None
        };
        let replaced = |address: &str| match &world {
            Some(world) => Some(world.url().to_owned()),
            None => (!address.is_empty()).then(|| address.to_owned()),
        };
        let options = Options { pace: reached.pace.max(1), ..Options::new(u64::from_le_bytes(random()?)) };
        let http = Arc::new(Client::new(options, clock).map_err(|error| outside(&error))?);
        let (api, web) = (replaced(&reached.coinspot), replaced(&reached.coinspot_web));
        let coinspot =
            CoinSpot::new(Arc::clone(&http), api.as_deref(), web.as_deref()).map_err(|error| outside(&error))?;
        let mut sources: Vec<Box<dyn Source>> =
            vec![Box::new(PricesSource(coinspot.clone())), Box::new(CoinListSource(coinspot.clone()))];
        let url_of = |service: &str| match &world {
            // An address of its own each, so that one that fails disturbs no other.
            Some(world) => Some(world.url_of(service).to_owned()),
            None => reached.others.get(service).filter(|address| !address.is_empty()).cloned(),
        };
        sources.extend(sources::open_all(&http, url_of, &settings).map_err(|error| outside(&error))?);
        let entries = sources::REGISTRY.iter();
        let address = |entry: &sources::Registered| url_of(entry.service).unwrap_or_else(|| entry.site.to_owned());
        let mut addresses: BTreeMap<_, _> = entries.map(|entry| (entry.info.name, address(entry))).collect();
        for (info, replaced) in [(PRICES_SOURCE, api.clone()), (COIN_LIST_SOURCE, web)] {
            addresses.insert(info.name, replaced.unwrap_or_else(|| COINSPOT_SITE.to_owned()));
        }
        Ok(Self { coinspot, sources, http, addresses, api, account: Mutex::default(), world })
    }

    /// The one way out.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The account at CoinSpot of the key that is at hand; in the demo, the one of its world. None without a key.
    pub fn account(&self, home: &Home, secrets: &Secrets) -> Result<Option<Arc<Account>>> {
        let Some(keys) = self.keys(secrets) else { return Ok(None) };
        let mut held = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((same, account)) = held.as_ref()
            && (same.key.reveal(), same.secret.reveal()) == (keys.key.reveal(), keys.secret.reveal())
        {
            return Ok(Some(Arc::clone(account)));
        }
        let nonces = Arc::new(NonceFile::of(home, &keys.key));
        let account = account_at(Arc::clone(&self.http), self.api.as_deref(), keys.clone(), nonces)?;
        *held = Some((keys, Arc::clone(&account)));
        Ok(Some(account))
    }

    /// The key for CoinSpot and its secret, when both are at hand.
    pub fn keys(&self, secrets: &Secrets) -> Option<Keys> {
        if self.world.is_some() {
            let staging::Account { key, secret, .. } = staging::Account::default();
            return Some(Keys { key: Secret::new(key), secret: Secret::new(secret) });
        }
        Some(Keys { key: secrets.get("coinspot_key")?, secret: secrets.get("coinspot_secret")? })
    }

    /// By how many milliseconds the clock of a source's host is ahead of ours.
    pub fn skew_ms(&self, name: &str) -> Option<i64> {
        self.http.skew_ms(self.addresses.get(name)?)
    }

    /// These sources, and nothing else that answers.
    #[cfg(test)]
    pub fn of(sources: Vec<Box<dyn Source>>, clock: Arc<dyn Clock>) -> Result<Self> {
        let nobody = Some("http://127.0.0.1:9");
        let outside = |error: &dyn std::fmt::Display| Error::refused("cannot_reach_out", error.to_string());
        let http = Arc::new(Client::new(Options::new(1), clock).map_err(|error| outside(&error))?);
        let coinspot = CoinSpot::new(Arc::clone(&http), nobody, nobody).map_err(|error| outside(&error))?;
        let (addresses, account) = (BTreeMap::new(), Mutex::default());
        let api = nobody.map(str::to_owned);
        Ok(Self { coinspot, sources, http, addresses, api, account, world: None })
    }
}

/// An account with a client and numbers of the caller's; for the kill switch, which opens no workspace.
pub(crate) fn account_at(
    http: Arc<Client>,
    api: Option<&str>,
    keys: Keys,
    nonces: Arc<dyn coinspot::Nonces>,
) -> Result<Arc<Account>> {
    let account = Account::new(http, api, keys, nonces);
    account.map(Arc::new).map_err(|error| Error::Outside { code: error.code().into(), message: error.to_string() })
}

impl Workstation {
    /// The account at CoinSpot of the key that is at hand; none without one.
    pub(crate) async fn account(&self) -> Result<Option<Arc<Account>>> {
        let outside = self.outside().await?;
        if !self.home().is_demo() {
            self.inner.secrets.refresh(&KEY_NAMES).await;
        }
        outside.account(self.home(), &self.inner.secrets)
    }
}
