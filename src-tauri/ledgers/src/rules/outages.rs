//! A source that should speak and is silent, and that it speaks again.

use super::Notice;
use crate::observation::Observation;
use crate::payload::EventRule;
use crate::source::{Ledger, SourceInfo};
use domain::Timestamp;
use std::time::Duration;

/// Silent is who said nothing for so many cadences …
pub const SILENT_CADENCES: u32 = 3;
/// … and at least this long, so that a fast source's hiccup is none.
pub const SILENT_LEAST: Duration = Duration::from_secs(180);
/// Without so many failures in a row it was not asked: the machine slept.
const FAILURES_MIN: u32 = 2;

/// How a source is silent.
#[derive(Debug, Clone, Copy)]
pub struct Silence {
    /// Who.
    pub source: SourceInfo,
    /// Its last good answer; for prices, the last one that changed anything.
    pub since: Timestamp,
    /// Runs in a row that failed.
    pub failures: u32,
    /// It answers, but says the same all the time.
    pub is_frozen: bool,
    /// Orders are judged by its prices.
    pub is_price_feed: bool,
}

/// After how long a source counts as silent.
#[must_use]
pub fn silent_after(cadence: Duration) -> Duration {
    cadence.saturating_mul(SILENT_CADENCES).max(SILENT_LEAST)
}

const fn severity(silence: &Silence) -> u8 {
    match silence.source.ledger {
        _ if silence.is_price_feed => 8,
        Ledger::Catalyst => 7,
        Ledger::Exchange | Ledger::Human | Ledger::Glass => 5,
    }
}

fn notice(
    source: SourceInfo,
    since: Timestamp,
    now: Timestamp,
    title: String,
    detail: String,
    severity: u8,
) -> Observation {
    let (subject, place) = (source.name, source.name);
    let (rule, coins) = (EventRule::FeedOutage, Vec::new());
    Notice { rule, subject, place, bucket: since, at: since, now, coins, title, detail, severity }.observation()
}

/// The outage, when there is one. As long as it lasts it is the same event.
#[must_use]
pub fn outage(silence: &Silence, now: Timestamp) -> Option<Observation> {
    let Silence { source, since, failures, is_frozen, is_price_feed: _ } = *silence;
    let limit = silent_after(source.cadence);
    let silent = Duration::from_secs(u64::try_from(now.seconds_since(since)).unwrap_or(0));
    if silent < limit || (failures < FAILURES_MIN && !is_frozen) {
        return None;
    }
    let how = if is_frozen { "says the same all the time" } else { "gives no usable answer" };
    let title = format!("{} is silent since {since}", source.name);
    let detail = format!(
        "it {how}; it should every {} s, and counts as silent after {} s",
        source.cadence.as_secs(),
        limit.as_secs()
    );
    Some(notice(source, since, since, title, detail, severity(silence)))
}

/// The same event, over.
#[must_use]
pub fn outage_over(source: SourceInfo, since: Timestamp, now: Timestamp) -> Observation {
    let title = format!("{} speaks again", source.name);
    let detail = format!("it was silent from {since} to {now}");
    notice(source, since, now, title, detail, 2)
}
