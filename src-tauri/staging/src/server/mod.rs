//! The server: accepts on loopback, keeps the record of requests, carries out faults.

mod connection;
mod request;
mod send;

pub use request::Request;

use crate::clock::{Clock, WorldClock};
use crate::exchange::{Account, Exchange, Executed, Habits, Resting, Transfer, Truth};
use crate::faults::engine::{Engine, Plan};
use crate::faults::{Faults, FaultsError};
use crate::world::{Replay, World};
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// How many connections are served at once; more wait to be accepted.
pub const MAX_CONNECTIONS: usize = 256;

/// Services with an address of their own, and what stands before their paths in routes, faults and the record of requests.
const SITES: &[(&str, &str)] = &[
    ("NEWS_COINDESK", ""),
    ("NEWS_COINTELEGRAPH", ""),
    ("NEWS_DECRYPT", ""),
    ("NEWS_CRYPTOSLATE", ""),
    ("NEWS_NEWSBTC", "/newsbtc"), // else its path would be CryptoSlate's
    ("FEARGREED", ""),
    ("ZENDESK", ""),
    ("KRAKEN", ""),
    ("BTCMARKETS", ""),
    ("SEC", ""),
    ("INDEPENDENTRESERVE", ""),
    ("BINANCE", ""),
    ("CRYPTOPANIC", ""),
    ("REDDIT", ""),
    ("DEFILLAMA", ""),
    ("COINGECKO", ""),
];

const REQUESTS_KEPT: usize = 100_000;
const MINUTE_MS: i64 = 60_000;
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const STOP_WAIT: Duration = Duration::from_secs(2);

/// Why a world couldn't be started.
#[derive(Debug, Error)]
pub enum StagingError {
    /// The port can't be listened on.
    #[error("127.0.0.1:{port}: {source}; choose another port, or 0 for any free one")]
    Bind {
        /// The port asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The script of faults is out of bounds.
    #[error(transparent)]
    Faults(#[from] FaultsError),
    /// The recording drives a coin this world doesn't have.
    #[error("replay: there is no coin {coin} in the simulated world")]
    ReplayCoin {
        /// That coin.
        coin: String,
    },
}

impl StagingError {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Bind { .. } => "staging_bind",
            Self::Faults(error) => error.code(),
            Self::ReplayCoin { .. } => "replay_coin",
        }
    }
}

/// What world to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Everything drawn is drawn from it.
    pub seed: u64,
    /// The port on 127.0.0.1; 0: any free one.
    pub port: u16,
    /// How world time passes.
    pub clock: Clock,
    /// What goes wrong.
    pub faults: Faults,
    /// A recording for one coin to follow.
    pub replay: Option<Replay>,
    /// Who trades at the exchange.
    pub account: Account,
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    world: World,
    exchange: Exchange,
    clock: WorldClock,
    engine: Mutex<Engine>,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    total: u64,
    requests: VecDeque<Request>,
}

/// A poisoned lock still holds consistent data: nothing here leaves it half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Decides about faults and writes the request down under a number, both before anything is answered.
    fn admit(&self, request: Request) -> (u64, Plan) {
        let plan = lock(&self.engine).plan(&request.method, &request.path, request.time_ms);
        let mut log = lock(&self.log);
        log.total += 1;
        if log.requests.len() == REQUESTS_KEPT {
            log.requests.pop_front();
        }
        let request = Request { number: log.total, faults: plan.kinds.clone(), ..request };
        let number = request.number;
        log.requests.push_back(request);
        (number, plan)
    }

    /// Notes that a request has its whole answer.
    fn answered(&self, number: u64) {
        let mut log = lock(&self.log);
        if let Some(request) = log.requests.iter_mut().rev().find(|request| request.number == number) {
            request.answered = Some(std::time::Instant::now());
        }
    }
}

/// A running world. Dropping it closes the port and cuts what is open.
#[derive(Debug)]
pub struct Staging {
    shared: Arc<Shared>,
    address: SocketAddr,
    url: String,
    sites: Vec<(&'static str, String)>,
    stopping: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
}

impl Staging {
    /// Starts a world in the running tokio runtime.
    pub async fn start(options: Options) -> Result<Self, StagingError> {
        options.faults.check()?;
        let clock = WorldClock::start(options.clock);
        let mut world = World::new(options.seed);
        if let Some(mut replay) = options.replay {
            if world.coin(replay.coin()).is_none() {
                return Err(StagingError::ReplayCoin { coin: replay.coin().to_owned() });
            }
            if options.clock == Clock::Real {
                replay = replay.starting_at(clock.now_ms() / MINUTE_MS * MINUTE_MS);
            }
            world = world.with_replay(replay);
        }
        let unbound = |source| StagingError::Bind { port: options.port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await.map_err(unbound)?;
        let address = listener.local_addr().map_err(unbound)?;
        let engine = Mutex::new(Engine::new(options.faults));
        let exchange = Exchange::new(options.account, clock.now_ms());
        let shared = Arc::new(Shared { world, exchange, clock, engine, log: Mutex::default() });
        let (stopping, stop) = watch::channel(false);
        let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let start = |listener, prefix| {
            tokio::spawn(serve(listener, prefix, Arc::clone(&slots), Arc::clone(&shared), stop.clone()))
        };
        let mut servers = vec![start(listener, "")];
        let mut sites = Vec::new();
        for &(service, prefix) in SITES {
            let unbound = |source| StagingError::Bind { port: 0, source };
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(unbound)?;
            sites.push((service, format!("http://{}", listener.local_addr().map_err(unbound)?)));
            servers.push(start(listener, prefix));
        }
        Ok(Self { shared, address, url: format!("http://{address}"), sites, stopping, servers })
    }

    /// `http://127.0.0.1:PORT`, no slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where a service (as in `OMC_<SERVICE>_URL`) lives: at an address of its own, so that one that fails disturbs no
    /// other, or at [`Staging::url`].
    pub fn url_of(&self, service: &str) -> &str {
        self.sites.iter().find(|(name, _)| *name == service).map_or(&self.url, |(_, url)| url)
    }

    /// The services with an address of their own.
    pub fn sites(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.sites.iter().map(|(service, url)| (*service, url.as_str()))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The world it shows.
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// World time.
    pub fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// Moves world time on, whatever the clock.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Sets world time, also back.
    pub fn set_time(&self, time_ms: i64) {
        self.shared.clock.set(time_ms);
    }

    /// Replaces the script of faults; counts start again. A script out of bounds is refused and changes nothing.
    pub fn set_faults(&self, faults: Faults) -> Result<(), FaultsError> {
        faults.check()?;
        *lock(&self.shared.engine) = Engine::new(faults);
        Ok(())
    }

    /// From now on nothing goes wrong.
    pub fn clear_faults(&self) {
        *lock(&self.shared.engine) = Engine::default();
    }

    /// The truth of the account at the exchange, now.
    pub fn truth(&self) -> Truth {
        self.shared.exchange.truth(&self.shared.world, self.now_ms())
    }

    /// What happened at the exchange before: its histories tell it from now on.
    pub fn remember(&self, executed: &[Executed], transfers: &[Transfer]) {
        self.shared.exchange.remember(executed, transfers);
    }

    /// How the exchange behaves from now on where it is not known how the real one does.
    pub fn set_habits(&self, habits: Habits) {
        self.shared.exchange.set_habits(habits);
    }

    /// Places a book order as a person would on the website, without a key; its id, or the exchange's refusal. Its id and
    /// time are the exchange's to give.
    ///
    /// # Errors
    /// The words of the refusal.
    pub fn place_by_hand(&self, wanted: &Resting) -> Result<String, String> {
        self.shared.exchange.by_hand(&self.shared.world, self.now_ms(), wanted)
    }

    /// The requests since the start or since [`Staging::forget_requests`], oldest first.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.log).requests.iter().cloned().collect()
    }

    /// How many requests there were since the start.
    pub fn request_count(&self) -> u64 {
        lock(&self.shared.log).total
    }

    /// Empties the record of requests.
    pub fn forget_requests(&self) {
        lock(&self.shared.log).requests.clear();
    }

    /// Stops accepting, lets running replies end (at most two seconds), closes.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        for server in std::mem::take(&mut self.servers) {
            // A failed join means that the server has ended already.
            let _ = server.await;
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort(); // which drops the listener and, with their set, all connections
        }
    }
}

async fn serve(
    listener: TcpListener,
    prefix: &'static str,
    slots: Arc<Semaphore>,
    shared: Arc<Shared>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = async {
            let accepted = listener.accept().await;
            Some((accepted, Arc::clone(&slots).acquire_owned().await.ok()?))
        };
        let (accepted, slot) = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            accepted = accepted => match accepted {
                Some(accepted) => accepted,
                None => break,
            },
        };
        match accepted {
            Ok((stream, _)) => {
                let (shared, stop) = (Arc::clone(&shared), stop.clone());
                connections.spawn(async move {
                    connection::run(stream, shared, prefix, stop).await;
                    drop(slot);
                });
            }
            // Out of file handles, or the client is gone already: neither is a reason to end.
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // Who isn't done by then is cut when the set is dropped.
    let _ = tokio::time::timeout(STOP_WAIT, all).await;
}
