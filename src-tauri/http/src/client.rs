//! The client: places, rate, breaker, attempts and pauses of one request, all before its deadline.

use crate::attempt::{Asking, Exchanged, Failed, exchange};
use crate::base::{host_of, is_loopback};
use crate::cache::{Cache, Kept};
use crate::error::{Health, HttpError};
use crate::host::{Host, LaneLimits};
use crate::request::{Get, Lane, Reply};
use crate::retry::backoff;
use domain::Clock;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Hosts remembered; idle ones make room.
const HOSTS_MAX: usize = 256;
/// Idle connections kept to a host.
const CONNECTIONS_KEPT: usize = 4;

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who we say we are.
    pub user_agent: String,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long one attempt may take.
    pub attempt_timeout: Duration,
    /// What each lane may do at one host.
    pub lanes: LaneLimits,
    /// Where jitter comes from.
    pub seed: u64,
    /// How many times faster than the machine's clock rates and pauses pass: 1, but in a world whose clock is driven.
    /// Deadlines are the machine's time all the same.
    pub pace: u32,
}

impl Options {
    /// The usual: 5 s to connect, 10 s an attempt.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            user_agent: concat!("OhMyCoins/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_secs(10),
            lanes: LaneLimits::default(),
            seed,
            pace: 1,
        }
    }
}

/// The one way out. Share it: hosts, lanes and breakers are only worth something when everybody uses the same.
pub struct Client {
    options: Options,
    clock: Arc<dyn Clock>,
    /// Speaks https only; why it can't, when it can't: then what stays on this machine still works.
    outside: Result<reqwest::Client, String>,
    loopback: reqwest::Client,
    /// The same two for what must leave at most once: every request on a connection of its own.
    outside_once: Result<reqwest::Client, String>,
    loopback_once: reqwest::Client,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    cache: Mutex<Cache>,
    random: Mutex<StdRng>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn outside(options: &Options, pool: usize) -> Result<reqwest::Client, reqwest::Error> {
    builder(options, pool).https_only(true).build()
}

fn builder(options: &Options, pool: usize) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(&options.user_agent)
        .connect_timeout(options.connect_timeout)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_max_idle_per_host(pool)
        .pool_idle_timeout(Duration::from_secs(30))
}

impl Client {
    /// A client with its own connections.
    ///
    /// # Errors
    /// [`HttpError::Tls`] when not even a client for this machine can be made. Missing system certificates only show
    /// when something outside is asked.
    pub fn new(options: Options, clock: Arc<dyn Clock>) -> Result<Self, HttpError> {
        // An error means that somebody installed one before, which is just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let outside = |pool| outside(&options, pool).map_err(|error| root_cause(&error));
        let loopback = |pool| {
            let client = builder(&options, pool).no_proxy().tls_certs_only([]).build();
            client.map_err(|error| HttpError::Tls { host: "this machine".to_owned(), reason: root_cause(&error) })
        };
        let (outside, outside_once) = (outside(CONNECTIONS_KEPT), outside(0));
        let (loopback, loopback_once) = (loopback(CONNECTIONS_KEPT)?, loopback(0)?);
        let random = Mutex::new(StdRng::seed_from_u64(options.seed));
        let (hosts, cache) = (Mutex::default(), Mutex::default());
        Ok(Self { options, clock, outside, loopback, outside_once, loopback_once, hosts, cache, random })
    }

    /// Asks once, or as often as is sensible, and returns before the request's deadline. Dropping the future ends it.
    ///
    /// # Errors
    /// [`HttpError`]; after several attempts the last one's.
    pub async fn get(&self, get: &Get) -> Result<Reply, HttpError> {
        let start = Instant::now();
        let deadline = start + get.deadline;
        let host = self.host(host_of(&get.url)?);
        let outcome = self.attempts(get, &host, deadline).await;
        let (path, elapsed_ms) = (get.url.path(), start.elapsed().as_millis());
        match &outcome {
            Ok(reply) => tracing::debug!(host = host.name, path, elapsed_ms, attempts = reply.attempts, "got"),
            Err(error) => tracing::debug!(host = host.name, path, elapsed_ms, code = error.code(), "failed"),
        }
        outcome.map_err(|error| match error {
            HttpError::Timeout { host, .. } => HttpError::Timeout { host, after: start.elapsed() },
            other => other,
        })
    }

    /// Drops what is kept of an address: for a body that turned out to be unreadable, which a "not modified" would
    /// otherwise bring back again and again.
    pub fn forget(&self, get: &Get) {
        lock(&self.cache).forget(get.url.as_str());
    }

    pub(crate) fn host(&self, name: String) -> Arc<Host> {
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(&name) {
            return Arc::clone(host);
        }
        if hosts.len() >= HOSTS_MAX {
            hosts.retain(|_, host| Arc::strong_count(host) > 1);
        }
        let host = Arc::new(Host::new(name.clone(), &self.options.lanes.paced(self.options.pace)));
        hosts.insert(name, Arc::clone(&host));
        host
    }

    async fn attempts(&self, get: &Get, host: &Host, deadline: Instant) -> Result<Reply, HttpError> {
        let breaker = &host.gate(get.lane).breaker;
        let _place = host.place(get.lane, deadline).await?;
        let mut last = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let leave = match (breaker.admit(Instant::now()), last) {
                (Ok(leave), _) => leave,
                (Err(_), Some(error)) => return Err(error),
                (Err(retry_in), None) => return Err(HttpError::BreakerOpen { host: host.name.clone(), retry_in }),
            };
            host.rate(get.lane, deadline).await?;
            let outcome = self.attempt(get, host, deadline).await;
            match outcome.as_ref().map_or_else(|failed| failed.error.health(), |_| Health::Alive) {
                Health::Alive => leave.alive(),
                Health::Failing => leave.failing(Instant::now()),
            }
            let Failed { error, wait } = match outcome {
                Ok((kept, not_modified)) => return Ok(self.reply(kept, not_modified, attempt)),
                Err(failed) => failed,
            };
            if let (HttpError::RateLimited { .. }, Some(wait)) = (&error, wait) {
                host.pause(Instant::now() + wait);
            }
            let wait = wait.unwrap_or_default().max(backoff(attempt, &mut *lock(&self.random)));
            let wait = wait / self.options.pace.max(1);
            let in_time = Instant::now() + wait < deadline;
            if !error.is_transient() || attempt >= get.attempts_max || !in_time {
                return Err(error);
            }
            last = Some(error);
            sleep(wait).await;
        }
    }

    fn reply(&self, kept: Kept, not_modified: bool, attempts: u32) -> Reply {
        let Kept { body, content_type, .. } = kept;
        Reply { body, content_type, not_modified, received: self.clock.now(), attempts }
    }

    /// One attempt: one exchange, or two when the host says "not modified" of something we no longer have.
    async fn attempt(&self, get: &Get, host: &Host, deadline: Instant) -> Result<(Kept, bool), Failed> {
        let patience = get.attempt_timeout.unwrap_or(self.options.attempt_timeout);
        let until = deadline.min(Instant::now() + patience);
        let timed_out = || HttpError::Timeout { host: host.name.clone(), after: Duration::ZERO };
        timeout_at(until, self.exchanges(get, host)).await.unwrap_or_else(|_| Err(timed_out().into()))
    }

    async fn exchanges(&self, get: &Get, host: &Host) -> Result<(Kept, bool), Failed> {
        let client = self.client_for(get, host)?;
        let key = get.url.as_str();
        // What a form asks for does not stand in the address, by which earlier replies are kept.
        let conditional = get.conditional && get.form.is_none();
        let kept = if conditional { lock(&self.cache).get(key) } else { None };
        let now = || self.clock.now();
        let asking = kept.as_ref().map_or(Asking::Plainly, Asking::IfChanged);
        let fresh = match exchange(client, host, get, asking, now).await {
            Err(Failed { error: HttpError::NotModified { .. }, .. }) => {
                exchange(client, host, get, Asking::PastAllCaches, now).await?
            }
            other => other?,
        };
        match (fresh, kept) {
            (Exchanged::Fresh(fresh), _) => {
                if conditional {
                    lock(&self.cache).put(key, fresh.clone());
                }
                Ok((fresh, false))
            }
            (Exchanged::NotModified, Some(kept)) => Ok((kept, true)),
            (Exchanged::NotModified, None) => Err(HttpError::NotModified { host: host.name.clone() }.into()),
        }
    }

    fn client_for(&self, get: &Get, host: &Host) -> Result<&reqwest::Client, HttpError> {
        if get.url.scheme() == "http" && get.url.host_str().is_some_and(is_loopback) {
            return Ok(&self.loopback);
        }
        self.outside.as_ref().map_err(|reason| HttpError::Tls { host: host.name.clone(), reason: reason.clone() })
    }

    /// The client for what must leave at most once.
    pub(crate) fn sending_client(&self, url: &reqwest::Url, host: &str) -> Result<&reqwest::Client, HttpError> {
        if url.scheme() == "http" && url.host_str().is_some_and(is_loopback) {
            return Ok(&self.loopback_once);
        }
        self.outside_once.as_ref().map_err(|reason| HttpError::Tls { host: host.to_owned(), reason: reason.clone() })
    }

    pub(crate) fn now(&self) -> domain::Timestamp {
        self.clock.now()
    }

    /// By how many milliseconds the clock of an address's host is ahead of ours; none when it was not heard of.
    #[must_use]
    pub fn skew_ms(&self, address: &str) -> Option<i64> {
        let name = host_of(&reqwest::Url::parse(address).ok()?).ok()?;
        let host = lock(&self.hosts).get(&name).map(Arc::clone)?;
        host.skew.median_ms()
    }

    /// Whether a lane at the host of an address is left alone at the moment.
    #[must_use]
    pub fn is_resting(&self, url: &reqwest::Url, lane: Lane) -> bool {
        let Ok(name) = host_of(url) else { return false };
        let host = lock(&self.hosts).get(&name).map(Arc::clone);
        host.is_some_and(|host| host.gate(lane).breaker.is_open(Instant::now()))
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
