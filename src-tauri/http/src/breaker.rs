//! A circuit breaker: after repeated failures nothing is sent for a while, then a single probe decides.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Failures in a row that open the breaker.
const FAILURES_MAX: u32 = 5;
const COOL_DOWN_MIN: Duration = Duration::from_secs(10);
const COOL_DOWN_MAX: Duration = Duration::from_secs(300);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    open_until: Option<Instant>,
    cool_down: Duration,
    probing: bool,
}

/// The breaker of one lane at one host.
#[derive(Debug, Default)]
pub struct Breaker(Mutex<State>);

/// Leave to send. Say how it went; dropping it unsaid (a cancelled request) gives the leave back and decides nothing.
#[derive(Debug)]
pub struct Leave<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Breaker {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing is sent at the moment.
    pub fn is_open(&self, now: Instant) -> bool {
        self.state().open_until.is_some_and(|until| now < until)
    }

    /// Leave to send, or how long to wait.
    pub fn admit(&self, now: Instant) -> Result<Leave<'_>, Duration> {
        let mut state = self.state();
        let Some(until) = state.open_until else { return Ok(Leave { breaker: self, probe: false }) };
        if now < until {
            return Err(until - now);
        }
        if state.probing {
            return Err(state.cool_down);
        }
        state.probing = true;
        Ok(Leave { breaker: self, probe: true })
    }
}

impl Leave<'_> {
    /// The host answered.
    pub fn alive(self) {
        let mut state = self.breaker.state();
        // A reply to something sent before the breaker opened says nothing about now.
        if self.probe || state.open_until.is_none() {
            state.failures = 0;
            state.open_until = None;
            state.cool_down = Duration::ZERO;
        }
    }

    /// The host failed.
    pub fn failing(self, now: Instant) {
        let mut state = self.breaker.state();
        state.failures = state.failures.saturating_add(1);
        let opens = self.probe || (state.open_until.is_none() && state.failures >= FAILURES_MAX);
        if opens {
            state.cool_down = (state.cool_down * 2).clamp(COOL_DOWN_MIN, COOL_DOWN_MAX);
            state.open_until = Some(now + state.cool_down);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if self.probe {
            self.breaker.state().probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(breaker: &Breaker, now: Instant) {
        for _ in 0..FAILURES_MAX {
            breaker.admit(now).unwrap().failing(now);
        }
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_only_then() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX - 1 {
            breaker.admit(now).unwrap().failing(now);
        }
        breaker.admit(now).unwrap().alive();
        open(&breaker, now);
        assert_eq!(breaker.admit(now).unwrap_err(), COOL_DOWN_MIN);
    }

    #[test]
    fn after_the_cool_down_one_probe_decides_and_others_wait() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        open(&breaker, now);
        let later = now + COOL_DOWN_MIN;
        let probe = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_err(), "a second probe");
        probe.alive();
        assert!(breaker.admit(later).is_ok());
    }

    #[test]
    fn a_failed_probe_waits_longer_but_never_for_ever() {
        let (breaker, mut now) = (Breaker::default(), Instant::now());
        open(&breaker, now);
        let mut waits = Vec::new();
        for _ in 0..8 {
            let wait = breaker.admit(now).unwrap_err();
            waits.push(wait.as_secs());
            now += wait;
            breaker.admit(now).unwrap().failing(now);
        }
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300, 300]);
    }

    #[test]
    fn a_cancelled_probe_lets_the_next_one_try() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        open(&breaker, now);
        let later = now + COOL_DOWN_MIN;
        drop(breaker.admit(later).unwrap());
        assert!(breaker.admit(later).is_ok());
    }

    #[test]
    fn a_late_reply_from_before_does_not_close_it() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        let early = breaker.admit(now).unwrap();
        open(&breaker, now);
        early.alive();
        assert!(breaker.admit(now).is_err());
    }
}
