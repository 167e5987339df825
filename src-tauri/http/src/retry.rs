//! When to try again: exponential backoff with full jitter, and what the host asked for, clamped.

use crate::request::Lane;
use chrono::DateTime;
use domain::Timestamp;
use rand::Rng;
use std::time::Duration;

const BACKOFF_FIRST: Duration = Duration::from_millis(250);
const BACKOFF_MAX: Duration = Duration::from_secs(15);
/// The longest a host can make collectors wait.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
/// The longest a host can make an order's question wait.
const RETRY_AFTER_TRADING_MAX: Duration = Duration::from_secs(2);
/// How long to leave a host alone that asks for fewer requests without saying for how long.
pub const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(5);

/// A pause after a failed attempt, counted from 1: anything from nothing to a ceiling that doubles with each.
pub fn backoff(attempt: u32, random: &mut impl Rng) -> Duration {
    let doublings = attempt.saturating_sub(1).min(16);
    let ceiling = BACKOFF_FIRST.saturating_mul(1 << doublings).min(BACKOFF_MAX);
    Duration::from_millis(random.random_range(0..=ceiling.as_millis() as u64))
}

/// What a `Retry-After` header asks for: seconds or a date. Nonsense asks for nothing.
pub fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a long time, not an error.
        return Some(value.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    let micros = date.timestamp_micros().saturating_sub(now.micros());
    Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// The longest a host can make a lane wait.
pub fn clamp(asked: Duration, lane: Lane) -> Duration {
    asked.min(if matches!(lane, Lane::Trading | Lane::Cancels) { RETRY_AFTER_TRADING_MAX } else { RETRY_AFTER_MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    #[test]
    fn backoff_grows_to_a_ceiling_and_is_spread_over_all_of_it() {
        let mut random = StdRng::seed_from_u64(7);
        for (attempt, ceiling) in [(1, 250), (2, 500), (3, 1000), (7, 15_000), (1000, 15_000)] {
            let pauses: Vec<u128> = (0..500).map(|_| backoff(attempt, &mut random).as_millis()).collect();
            assert!(pauses.iter().all(|pause| *pause <= ceiling), "{attempt}");
            assert!(pauses.iter().any(|pause| *pause > ceiling * 9 / 10), "{attempt}");
            assert!(pauses.iter().any(|pause| *pause < ceiling / 10), "{attempt}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses() {
        let pauses = |seed| (1..9).map(|n| backoff(n, &mut StdRng::seed_from_u64(seed))).collect::<Vec<_>>();
        assert_eq!(pauses(1), pauses(1));
        assert_ne!(pauses(1), pauses(2));
    }

    #[test]
    fn a_host_is_heard_but_cannot_ask_for_years() {
        let now = Timestamp::parse("2026-11-06T08:49:37Z").unwrap();
        let asked = |value| retry_after(value, now);
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Fri, 06 Nov 2026 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(asked("Fri, 06 Nov 2020 08:49:47 GMT"), Some(Duration::ZERO));
        for years in ["31536000000", "99999999999999999999999", "Fri, 06 Nov 2099 08:49:47 GMT"] {
            assert_eq!(clamp(asked(years).unwrap(), Lane::Prices), RETRY_AFTER_MAX, "{years}");
            assert_eq!(clamp(asked(years).unwrap(), Lane::Trading), RETRY_AFTER_TRADING_MAX, "{years}");
        }
        for nonsense in ["", "-5", "soon", "1e9"] {
            assert_eq!(asked(nonsense), None, "{nonsense}");
        }
    }
}
