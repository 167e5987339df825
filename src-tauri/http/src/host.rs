//! What we know and allow per host: places, rates and breakers of each lane, and the pause a host asked for.

use crate::breaker::Breaker;
use crate::error::HttpError;
use crate::request::Lane;
use crate::skew::Skew;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until, timeout_at};

/// Requests of one lane that may wait for a place at one host.
const WAITING_MAX: usize = 64;

/// What one lane may do at one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLimit {
    /// Requests a minute in the long run.
    pub per_minute: u32,
    /// Requests at once after a quiet time.
    pub burst: u32,
    /// Requests under way at the same time.
    pub at_once: usize,
}

/// What each lane may do at one host. But for `bulk`, in which CoinSpot is never asked, the default adds up to 780 a minute
/// and 180 more after a quiet time, below CoinSpot's 1000 over everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneLimits {
    /// Orders.
    pub trading: LaneLimit,
    /// Taking orders back: as many at once as a kill switch may need.
    pub cancels: LaneLimit,
    /// Live prices.
    pub prices: LaneLimit,
    /// Everything else.
    pub background: LaneLimit,
    /// Many questions in a row: one every 125 ms, never two at once, which is below the ten a second a regulator allows.
    pub bulk: LaneLimit,
}

impl Default for LaneLimits {
    fn default() -> Self {
        Self {
            trading: LaneLimit { per_minute: 300, burst: 30, at_once: 8 },
            cancels: LaneLimit { per_minute: 120, burst: 120, at_once: 16 },
            prices: LaneLimit { per_minute: 240, burst: 20, at_once: 4 },
            background: LaneLimit { per_minute: 120, burst: 10, at_once: 2 },
            bulk: LaneLimit { per_minute: 480, burst: 1, at_once: 1 },
        }
    }
}

impl LaneLimits {
    /// The same rates on a clock that runs so many times faster.
    pub(crate) fn paced(self, pace: u32) -> Self {
        let of = |lane: LaneLimit| LaneLimit { per_minute: lane.per_minute.saturating_mul(pace.max(1)), ..lane };
        let (trading, cancels) = (of(self.trading), of(self.cancels));
        Self { trading, cancels, prices: of(self.prices), background: of(self.background), bulk: of(self.bulk) }
    }

    fn of(&self, lane: Lane) -> LaneLimit {
        match lane {
            Lane::Trading => self.trading,
            Lane::Cancels => self.cancels,
            Lane::Prices => self.prices,
            Lane::Background => self.background,
            Lane::Bulk => self.bulk,
        }
    }
}

/// One lane at one host.
#[derive(Debug)]
pub struct Gate {
    pub breaker: Breaker,
    places: Semaphore,
    waiting: AtomicUsize,
    rate: Mutex<Rate>,
}

/// Evenly spaced leave to send, with a burst after a quiet time. `due` is when the next request would be due if
/// there were no burst.
#[derive(Debug)]
struct Rate {
    spacing: Duration,
    slack: Duration,
    due: Option<Instant>,
}

impl Rate {
    fn new(limit: LaneLimit) -> Self {
        let spacing = Duration::from_secs(60) / limit.per_minute.max(1);
        Self { spacing, slack: spacing * limit.burst.saturating_sub(1), due: None }
    }

    /// Takes leave now, or says when there may be one.
    fn take(&mut self, now: Instant) -> Result<(), Instant> {
        let due = self.due.map_or(now, |due| due.max(now));
        let earliest = due.checked_sub(self.slack).unwrap_or(now);
        if earliest > now {
            return Err(earliest);
        }
        self.due = Some(due + self.spacing);
        Ok(())
    }
}

/// One host.
#[derive(Debug)]
pub struct Host {
    pub name: String,
    trading: Gate,
    cancels: Gate,
    prices: Gate,
    background: Gate,
    bulk: Gate,
    paused_until: Mutex<Option<Instant>>,
    pub skew: Skew,
}

struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host {
    pub fn new(name: String, limits: &LaneLimits) -> Self {
        let gate = |lane| {
            let limit = limits.of(lane);
            Gate {
                breaker: Breaker::default(),
                places: Semaphore::new(limit.at_once.max(1)),
                waiting: AtomicUsize::new(0),
                rate: Mutex::new(Rate::new(limit)),
            }
        };
        let (trading, cancels, prices) = (gate(Lane::Trading), gate(Lane::Cancels), gate(Lane::Prices));
        let (background, bulk) = (gate(Lane::Background), gate(Lane::Bulk));
        let paused_until = Mutex::new(None);
        Self { name, trading, cancels, prices, background, bulk, paused_until, skew: Skew::default() }
    }

    pub fn gate(&self, lane: Lane) -> &Gate {
        match lane {
            Lane::Trading => &self.trading,
            Lane::Cancels => &self.cancels,
            Lane::Prices => &self.prices,
            Lane::Background => &self.background,
            Lane::Bulk => &self.bulk,
        }
    }

    /// A place among the requests under way; waits its turn, not beyond the deadline.
    pub async fn place(&self, lane: Lane, deadline: Instant) -> Result<SemaphorePermit<'_>, HttpError> {
        let gate = self.gate(lane);
        let full = || HttpError::QueueFull { host: self.name.clone(), lane };
        if gate.waiting.fetch_add(1, Ordering::AcqRel) >= WAITING_MAX {
            drop(Waiting(&gate.waiting));
            return Err(full());
        }
        let _waiting = Waiting(&gate.waiting);
        match timeout_at(deadline, gate.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(full()),
        }
    }

    /// Leave to send by the lane's rate; waits for it, not beyond the deadline. A dropped wait uses nothing up.
    pub async fn rate(&self, lane: Lane, deadline: Instant) -> Result<(), HttpError> {
        loop {
            let now = Instant::now();
            let paused = self.pause_left(lane, now).map(|left| now + left);
            let next = match paused {
                Some(until) => until,
                None => match lock(&self.gate(lane).rate).take(now) {
                    Ok(()) => return Ok(()),
                    Err(next) => next,
                },
            };
            if next >= deadline {
                return Err(HttpError::RateLimited { host: self.name.clone(), retry_in: next - now });
            }
            sleep_until(next).await;
        }
    }

    /// The host asked for quiet. Trading is not held by it: an order or a cancel is worth a refusal.
    pub fn pause(&self, until: Instant) {
        let mut paused = lock(&self.paused_until);
        *paused = Some(paused.map_or(until, |earlier| earlier.max(until)));
    }

    fn pause_left(&self, lane: Lane, now: Instant) -> Option<Duration> {
        if matches!(lane, Lane::Trading | Lane::Cancels) {
            return None;
        }
        let until = (*lock(&self.paused_until))?;
        until.checked_duration_since(now).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn host() -> Host {
        Host::new("example".into(), &LaneLimits::default())
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(600)
    }

    #[tokio::test(start_paused = true)]
    async fn requests_are_spaced_by_the_rate_after_the_burst() {
        let host = host();
        let start = Instant::now();
        for _ in 0..20 {
            host.rate(Lane::Prices, soon()).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO, "the burst");
        for _ in 0..240 {
            host.rate(Lane::Prices, soon()).await.unwrap();
        }
        let minute = start.elapsed();
        assert!((59_000..=61_000).contains(&minute.as_millis()), "{minute:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn lanes_that_are_used_up_delay_no_order_and_no_cancel_and_fifty_cancels_leave_at_once() {
        let host = Arc::new(host());
        for lane in [Lane::Prices, Lane::Background] {
            for _ in 0..50 {
                let host = Arc::clone(&host);
                tokio::spawn(async move {
                    let _place = host.place(lane, soon()).await;
                    let _ = host.rate(lane, soon()).await;
                    tokio::time::sleep(Duration::from_secs(300)).await;
                });
            }
        }
        tokio::task::yield_now().await;
        let start = Instant::now();
        let _place = host.place(Lane::Trading, soon()).await.unwrap();
        for _ in 0..30 {
            host.rate(Lane::Trading, soon()).await.unwrap();
        }
        host.pause(start + Duration::from_secs(30));
        for _ in 0..100 {
            let _place = host.place(Lane::Cancels, soon()).await.unwrap();
            host.rate(Lane::Cancels, soon()).await.unwrap();
        }
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[test]
    fn all_lanes_in_which_coinspot_is_asked_stay_below_what_it_allows_a_minute() {
        let limits = LaneLimits::default();
        let lanes = Lane::ALL.into_iter().filter(|lane| *lane != Lane::Bulk).map(|lane| limits.of(lane));
        assert!(lanes.map(|lane| lane.per_minute + lane.burst).sum::<u32>() < 1_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_collectors_but_not_trading() {
        let host = host();
        let start = Instant::now();
        host.pause(start + Duration::from_secs(30));
        host.pause(start + Duration::from_secs(10));
        host.rate(Lane::Trading, soon()).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        host.rate(Lane::Background, soon()).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_beyond_the_deadline_is_refused_at_once() {
        let host = host();
        host.pause(Instant::now() + Duration::from_secs(60));
        let start = Instant::now();
        let refused = host.rate(Lane::Prices, start + Duration::from_secs(5)).await.unwrap_err();
        assert_eq!(refused, HttpError::RateLimited { host: "example".into(), retry_in: Duration::from_secs(60) });
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_is_bounded_and_a_dropped_wait_leaves_it() {
        let host = Arc::new(host());
        let mut held = Vec::new();
        for _ in 0..2 {
            held.push(host.place(Lane::Background, soon()).await.unwrap());
        }
        let mut waiting = Vec::new();
        for _ in 0..WAITING_MAX {
            let host = Arc::clone(&host);
            waiting.push(tokio::spawn(async move { host.place(Lane::Background, soon()).await.is_ok() }));
        }
        tokio::task::yield_now().await;
        assert_eq!(host.place(Lane::Background, soon()).await.unwrap_err().code(), "queue_full");
        for wait in waiting {
            wait.abort();
            let _ = wait.await;
        }
        drop(held);
        assert!(host.place(Lane::Background, soon()).await.is_ok());
    }
}
