//! Our own rules: what just landed, against a bounded memory of before, becomes events of the Catalyst ledger.
//!
//! Invariants: an event's key is rule, subject and bucket, so that the same thing noticed again, also after a restart, is
//! the same event; told again under that key it is a revision, and only when it got worse or is over. Thresholds are the
//! constants of each rule and stand in docs/ledgers.md. Ratios are f64 and never become a price. Deliberately absent: who is told
//! ([`crate::alerts`]), storage, clocks.

mod figures;
mod moves;
mod outages;
mod prices;
mod spreads;
mod treasuries;

#[cfg(test)]
mod tests;

pub use figures::{FIGURE_DAYS, FIGURE_KINDS, tvl_shocks};
pub use moves::{HORIZONS, Horizon};
pub use outages::{Silence, outage, outage_over, silent_after};
pub use prices::{MEMORY_MINUTES, Noticed, PriceRules};
pub use spreads::{SPREAD_LEAST, SPREAD_TIMES};
pub use treasuries::{TREASURY_DAYS, treasury_changes};

use crate::observation::Observation;
use crate::payload::{EventRule, Payload};
use domain::{Coin, Decimal, Timestamp};

/// The source name of our own events.
pub const OWN_RULES: &str = "own_rules";

/// What a rule noticed.
struct Notice<'a> {
    rule: EventRule,
    /// What it is about, for people.
    subject: &'a str,
    /// What tells it apart within the rule, for the key; the subject where there is nothing more to tell.
    place: &'a str,
    /// The stretch of time it belongs to.
    bucket: Timestamp,
    /// When it happened: stays the same in later tellings.
    at: Timestamp,
    /// When this telling was made.
    now: Timestamp,
    coins: Vec<Coin>,
    title: String,
    detail: String,
    severity: u8,
}

impl Notice<'_> {
    fn observation(self) -> Observation {
        let Self { rule, subject, place, bucket, at, now, coins, title, detail, severity } = self;
        Observation {
            source: OWN_RULES.to_owned(),
            key: format!("{}:{place}:{bucket}", rule.as_str()),
            coins,
            event_time: at,
            published_at: Some(now),
            undated: None,
            payload: Payload::Event { rule, subject: subject.to_owned(), title, detail, severity },
        }
    }
}

/// How severe something is that went so many times as far as its threshold: `base` at the threshold, one more for each
/// √2 times as far, at most 10.
fn scaled(base: u8, times: f64) -> u8 {
    let more = (2.0 * times.max(1.0).log2()).floor().min(10.0);
    // Not negative and at most ten: nothing is cut off.
    base.saturating_add(more as u8).clamp(1, 10)
}

/// The change from one amount to another as a share of the first; none from nothing.
fn change(before: Decimal, after: Decimal) -> Option<f64> {
    let ratio = after.checked_sub(before)?.checked_div(before)?;
    f64::try_from(ratio).ok().filter(|ratio| ratio.is_finite())
}

/// A share in percent, with its sign where it is a change.
fn percent(share: f64) -> String {
    format!("{:.1} %", share.abs() * 100.0)
}
