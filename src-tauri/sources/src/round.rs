//! One run that asks a host for many things, one after the other: filers, protocols, coins.
//!
//! Invariants: one thing that fails costs only itself and is named; when the host refuses us altogether nothing more is
//! asked in this run, for a host that blocks blocks longer the more it is asked; a run ends in time to be stored, with what
//! it has. All failed is the first failure. Deliberately absent: pacing, which is the lane's.

use crate::error::SourceError;
use ledgers::{Collected, Fingerprint, Rejected, shape_of};
use omc_http::HttpError;
use std::time::{Duration, Instant};

/// A run that takes longer than 90 s is given up whole by its caller.
const ASKING_MAX: Duration = Duration::from_secs(60);
/// Refused items kept in all; the parsers bound those of one reply.
const REJECTED_MAX: usize = 500;

/// What was asked so far, and what came of it.
#[derive(Debug)]
pub struct Round {
    began: Instant,
    collected: Collected,
    fields: Vec<&'static str>,
    first_failure: Option<SourceError>,
    answered: usize,
    stopped: Option<&'static str>,
    left: usize,
}

impl Round {
    pub fn begin() -> Self {
        Self {
            began: Instant::now(),
            collected: Collected::default(),
            fields: Vec::new(),
            first_failure: None,
            answered: 0,
            stopped: None,
            left: 0,
        }
    }

    /// Whether the next thing is to be asked for; one that isn't is counted.
    pub fn goes_on(&mut self) -> bool {
        if self.stopped.is_none() && self.began.elapsed() > ASKING_MAX {
            self.stopped = Some("the time for a run was up");
        }
        self.left += usize::from(self.stopped.is_some());
        self.stopped.is_none()
    }

    /// An answer: what it brought, what of it was refused, and the fields it had.
    pub fn answered(&mut self, mut found: Collected, fields: &[&'static str]) {
        self.answered += 1;
        self.collected.observations.append(&mut found.observations);
        let room = REJECTED_MAX.saturating_sub(self.collected.rejected.len());
        self.collected.rejected.extend(found.rejected.into_iter().take(room));
        self.fields.extend(fields);
        self.fields.sort_unstable();
        self.fields.dedup();
    }

    /// No answer, or one that is of no use.
    pub fn failed(&mut self, what: &str, error: SourceError) {
        if let SourceError::Http(http) = &error
            && is_about_the_host(http)
        {
            self.stopped = Some("the host takes no more questions");
        }
        self.collected.rejected.push(Rejected::new(what, error.code(), &error));
        self.first_failure.get_or_insert(error);
    }

    /// What the run brought.
    pub fn finish(mut self) -> Result<Collected, SourceError> {
        if let (0, Some(error)) = (self.answered, self.first_failure) {
            return Err(error);
        }
        if let Some(why) = self.stopped {
            let reason = format!("{} more were not asked for: {why}; the next run asks again", self.left);
            self.collected.rejected.push(Rejected::new("others", "not_asked", reason));
        }
        let content: Vec<[u8; 32]> =
            self.collected.observations.iter().map(|found| found.fingerprint().bytes()).collect();
        self.collected.fingerprint = (!content.is_empty()).then(|| Fingerprint::of(content));
        self.collected.shape = (!self.fields.is_empty()).then(|| shape_of(self.fields));
        Ok(self.collected)
    }
}

/// Whether an error says something about every further question, too.
const fn is_about_the_host(error: &HttpError) -> bool {
    matches!(
        error,
        HttpError::BlockedPage { .. }
            | HttpError::RateLimited { .. }
            | HttpError::BreakerOpen { .. }
            | HttpError::Offline { .. }
            | HttpError::Tls { .. }
            | HttpError::BadHeader { .. }
            | HttpError::HttpStatus { status: 401 | 403, .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> String {
        "example.org".to_owned()
    }

    #[test]
    fn one_that_fails_costs_itself_and_a_host_that_blocks_is_left_alone() {
        let mut round = Round::begin();
        assert!(round.goes_on());
        round.answered(Collected::default(), &["a"]);
        assert!(round.goes_on());
        round.failed("second", HttpError::HttpStatus { host: host(), status: 404, excerpt: String::new() }.into());
        assert!(round.goes_on());
        round.failed("third", HttpError::BlockedPage { host: host(), status: 403 }.into());
        assert!(!round.goes_on() && !round.goes_on());
        let collected = round.finish().unwrap();
        let codes: Vec<_> = collected.rejected.iter().map(|rejected| rejected.code).collect();
        assert_eq!(codes, ["http_status", "blocked_page", "not_asked"]);
        assert!(collected.rejected[2].reason.starts_with("2 more"), "{}", collected.rejected[2]);
    }

    #[test]
    fn all_failed_is_the_first_failure() {
        let mut round = Round::begin();
        round.failed("first", HttpError::EmptyBody { host: host() }.into());
        round.failed("second", HttpError::Truncated { host: host() }.into());
        assert_eq!(round.finish().unwrap_err().code(), "empty_body");
    }
}
