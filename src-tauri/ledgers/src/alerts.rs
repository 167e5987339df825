//! What calls for a person's attention, and how often: which observations and troubles become alerts.
//!
//! Invariants: one cause raises one alert, also after a restart (its `origin` tells it apart); while a subject cools down more of
//! the same is counted and not told again, unless it got clearly worse; what has an end is told to be over. All text
//! is plain and bounded. Deliberately absent: storage, windows, sounds, and when something happened.

use crate::meaning::{AnnouncedKind, Meaning};
use crate::observation::Observation;
use crate::payload::{EventRule, Payload};
use crate::source::Ledger;
use domain::Timestamp;
use std::collections::BTreeSet;

/// The rule of an announced listing.
pub const LISTING: &str = "listing";
/// The rule of an announced delisting.
pub const DELISTING: &str = "delisting";
/// The rule of another announcement that matters: trading stops, something broke.
pub const ANNOUNCEMENT: &str = "announcement";
/// The rule of a filing that matters.
pub const FILING: &str = "filing";
/// The rule of a source that failed several times in a row.
pub const SOURCE_FAILING: &str = "source_failing";
/// The rule of a reply that was set aside for its shape.
pub const SHAPE_CHANGED: &str = "shape_changed";
/// The rule of a ledger or source that can't be trusted.
pub const QUALITY: &str = "quality";

/// The rule of something at the exchange that was not made here.
pub const FOREIGN: &str = "made_elsewhere";
/// The rule of an algorithm that was stopped, or began with real money.
pub const ALGORITHM: &str = "algorithm";

/// The rule of an algorithm that a protection holds.
pub const PROTECTION: &str = "paused_by_protection";

/// Every rule an alert can have.
pub const RULES: [&str; 15] = [
    LISTING,
    DELISTING,
    ANNOUNCEMENT,
    FILING,
    EventRule::LargeMove.as_str(),
    EventRule::SpreadBlowOut.as_str(),
    EventRule::TvlShock.as_str(),
    EventRule::TreasuryChange.as_str(),
    EventRule::FeedOutage.as_str(),
    SOURCE_FAILING,
    SHAPE_CHANGED,
    QUALITY,
    FOREIGN,
    ALGORITHM,
    PROTECTION,
];

/// Runs in a row that must fail before a person is told.
pub const FAILURES_TOLD: u32 = 3;
/// Other announcements less severe than this are for the ledger.
pub const ANNOUNCED_FROM: u8 = 6;
/// Filings less severe than this are for the ledger.
pub const FILED_FROM: u8 = 8;
/// The least severity that is told unless a person says otherwise.
pub const SEVERITY_MIN: u8 = 5;
/// From this severity on an alert is shown above everything else.
pub const BANNER_FROM: u8 = 9;
/// From this severity on an alert also leaves the window.
pub const NOTIFY_FROM: u8 = 7;
/// News older than this when it arrives is history.
const NEWS_AGE_MAX_S: i64 = 86_400;
/// An alert that got worse by so much is told again.
const WORSE_BY: u8 = 2;
const TITLE_CHARS_MAX: usize = 160;
const DETAIL_CHARS_MAX: usize = 600;
const URL_CHARS_MAX: usize = 500;
const HOUR_S: i64 = 3_600;

/// Something that may call for attention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Why: one of [`RULES`].
    pub rule: &'static str,
    /// What it is about.
    pub subject: String,
    /// The ledger it came from.
    pub ledger: Ledger,
    /// 1 to 10.
    pub severity: u8,
    /// What happened, in one line.
    pub title: String,
    /// More about it.
    pub detail: String,
    /// Where to read it.
    pub url: Option<String>,
    /// The id of the observation behind it.
    pub observation: Option<String>,
    /// What brought it about: the same cause has the same.
    pub origin: String,
}

impl Call {
    /// With its text cut and made plain.
    #[must_use]
    pub fn inert(mut self) -> Self {
        self.subject = plain(&self.subject, TITLE_CHARS_MAX);
        self.title = plain(&self.title, TITLE_CHARS_MAX);
        self.detail = plain(&self.detail, DETAIL_CHARS_MAX);
        // Cut, it would lead elsewhere.
        self.url = self.url.filter(|url| url.chars().count() <= URL_CHARS_MAX).map(|url| plain(&url, URL_CHARS_MAX));
        self
    }
}

/// Text on one line, without control characters, cut.
fn plain(text: &str, chars_max: usize) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || hidden(c)).filter(|w| !w.is_empty()).collect();
    let line = words.join(" ");
    let mut cut: String = line.chars().take(chars_max).collect();
    if cut.len() < line.len() {
        cut.push('…');
    }
    cut
}

fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// What rules look at the same trouble: of one topic and subject there is one alert at a time.
#[must_use]
pub fn topic(rule: &'static str) -> &'static str {
    match rule {
        SOURCE_FAILING | SHAPE_CHANGED => SOURCE_TOPIC,
        rule if rule == EventRule::FeedOutage.as_str() => SOURCE_TOPIC,
        rule => rule,
    }
}

/// The topic of everything that is wrong with a source.
pub const SOURCE_TOPIC: &str = "source";

/// How long more of the same is only counted.
#[must_use]
pub fn cool_down_s(topic: &str) -> i64 {
    match topic {
        SOURCE_TOPIC | QUALITY => 6 * HOUR_S,
        "tvl_shock" | "treasury_change" => 24 * HOUR_S,
        _ => HOUR_S,
    }
}

/// Whether it is shown above everything else until it was seen.
#[must_use]
pub fn is_banner(rule: &str, severity: u8) -> bool {
    matches!(rule, LISTING | DELISTING) || severity >= BANNER_FROM
}

/// Whether it is told outside of the window as well.
#[must_use]
pub fn is_notified(rule: &str, severity: u8) -> bool {
    matches!(rule, LISTING | DELISTING) || severity >= NOTIFY_FROM
}

/// What a person set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Less severe calls raise nothing.
    pub severity_min: u8,
    /// Rules that raise nothing.
    pub muted: BTreeSet<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { severity_min: SEVERITY_MIN, muted: BTreeSet::new() }
    }
}

/// An alert that was raised, as far as the next one is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised {
    /// How severe.
    pub severity: u8,
    /// When it was raised or came again last.
    pub last_at: Timestamp,
}

/// What to do with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: too slight, muted, or told already.
    Ignore,
    /// A new alert.
    Raise,
    /// Count it with the alert of its topic and subject.
    Repeat,
    /// Count it there, with its own words and severity, and tell it again.
    Worse,
}

/// Decides about a call, given the alert of the same origin and the newest one of the same topic and subject.
#[must_use]
pub fn decide(
    call: &Call,
    policy: &Policy,
    same_origin: Option<Raised>,
    same_topic: Option<Raised>,
    now: Timestamp,
) -> Decision {
    if call.severity < policy.severity_min || policy.muted.contains(call.rule) {
        return Decision::Ignore;
    }
    let worse_than = |raised: Raised| call.severity >= raised.severity.saturating_add(WORSE_BY);
    if let Some(raised) = same_origin {
        return if worse_than(raised) { Decision::Worse } else { Decision::Ignore };
    }
    // A clock that was set back must not silence everything.
    let cooling = same_topic.filter(|raised| {
        let age_s = now.seconds_since(raised.last_at);
        (0..cool_down_s(topic(call.rule))).contains(&age_s)
    });
    match cooling {
        None => Decision::Raise,
        Some(raised) if worse_than(raised) => Decision::Worse,
        Some(_) => Decision::Repeat,
    }
}

/// The call an observation makes when it is stored, if it makes one, going by what it is taken to mean.
#[must_use]
pub fn call_of(observation: &Observation, id: &str, meaning: Option<&Meaning>, now: Timestamp) -> Option<Call> {
    let is_news = now.seconds_since(observation.event_time) <= NEWS_AGE_MAX_S;
    let (rule, subject, title, detail, url) = match &observation.payload {
        Payload::Announcement { title, url, text, .. } if is_news => {
            let coins: Vec<&str> = observation.coins.iter().map(domain::Coin::as_str).collect();
            let subject = if coins.is_empty() { title.clone() } else { coins.join(" ") };
            let rule = match meaning?.announced.as_ref()?.kind {
                AnnouncedKind::Delisting => DELISTING,
                AnnouncedKind::Listing => LISTING,
                _ => ANNOUNCEMENT,
            };
            (rule, subject, title.clone(), text.clone(), Some(url.clone()))
        }
        Payload::Filing { form, filer, title, url, items, .. } if is_news => {
            let what = if title.is_empty() { items.join(", ") } else { title.clone() };
            let words = format!("{filer}: {form}");
            (FILING, words.clone(), words, what, Some(url.clone()))
        }
        Payload::Event { rule, subject, title, detail, .. } => {
            (rule.as_str(), subject.clone(), title.clone(), detail.clone(), None)
        }
        _ => return None,
    };
    let judged = meaning?.severity.as_ref()?;
    let least = match rule {
        ANNOUNCEMENT => ANNOUNCED_FROM,
        FILING => FILED_FROM,
        _ => 1,
    };
    let why = if rule == FILING { format!("{detail} ({})", judged.reason) } else { detail };
    let call = Call {
        rule,
        subject,
        ledger: observation.kind().ledger(),
        severity: judged.level,
        title,
        detail: why,
        url,
        observation: Some(id.to_owned()),
        origin: format!("{rule}|{}|{}", observation.source, observation.key),
    };
    (judged.level >= least).then(|| call.inert())
}

#[cfg(test)]
mod tests;
