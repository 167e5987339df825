//! World time: the machine's, a faster one, or one that only moves when told.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How world time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clock {
    /// With the machine.
    #[default]
    Real,
    /// So many times faster than the machine.
    Fast {
        /// How many world seconds pass in a second.
        factor: u32,
        /// Where it starts; none: now.
        start_ms: Option<i64>,
    },
    /// It stands still until it is advanced or set.
    Driven {
        /// Where it starts.
        start_ms: i64,
    },
}

/// A running clock.
#[derive(Debug)]
pub(crate) struct WorldClock {
    start_ms: i64,
    started: Instant,
    factor: u32,
    shift_ms: AtomicI64,
}

impl WorldClock {
    pub(crate) fn start(clock: Clock) -> Self {
        let (factor, start_ms) = match clock {
            Clock::Real => (1, None),
            Clock::Fast { factor, start_ms } => (factor, start_ms),
            Clock::Driven { start_ms } => (0, Some(start_ms)),
        };
        let start_ms = start_ms.unwrap_or_else(machine_ms);
        Self { start_ms, started: Instant::now(), factor, shift_ms: AtomicI64::new(0) }
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.unshifted_ms().saturating_add(self.shift_ms.load(Ordering::SeqCst))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by_ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.shift_ms.fetch_add(by_ms, Ordering::SeqCst);
    }

    pub(crate) fn set(&self, time_ms: i64) {
        self.shift_ms.store(time_ms.saturating_sub(self.unshifted_ms()), Ordering::SeqCst);
    }

    fn unshifted_ms(&self) -> i64 {
        let passed_ms = self.started.elapsed().as_millis() * u128::from(self.factor);
        self.start_ms.saturating_add(i64::try_from(passed_ms).unwrap_or(i64::MAX))
    }
}

fn machine_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
