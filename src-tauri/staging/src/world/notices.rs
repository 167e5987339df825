//! What the exchange announces: listings, delistings, maintenance, features. It only says so: the coin list stays as it is.

use super::path::draw;
use super::{Kind, Moment};

/// Notices kept on the site.
pub const NOTICES: usize = 75;

const HOUR_MS: i64 = 3_600_000;
/// One notice in each stretch of this length.
const STRETCH_MS: i64 = 7 * HOUR_MS;
const EDITED_ONE_IN: u64 = 4;
const FIRST_ID: u64 = 28_500_000_000_000;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// A coin is added.
    Listing,
    /// A coin is removed.
    Delisting,
    /// Something is down for a while.
    Maintenance,
    /// Something new on the site.
    Feature,
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The article's number.
    pub id: u64,
    /// What it is about.
    pub kind: NoticeKind,
    /// The coin, for listings and delistings.
    pub ticker: Option<String>,
    /// Plain text.
    pub title: String,
    /// HTML.
    pub body: String,
    /// When it appeared.
    pub created_ms: i64,
    /// When its wording was last changed.
    pub edited_ms: i64,
}

impl Moment<'_> {
    /// The notices on the site, newest first.
    pub fn notices(&self) -> Vec<Notice> {
        let newest = self.time_ms / STRETCH_MS;
        let oldest = (newest - NOTICES as i64).max(0);
        let all = (oldest..=newest).rev().map(|number| self.notice(number));
        all.filter(|notice| notice.created_ms <= self.time_ms).take(NOTICES).collect()
    }

    fn notice(&self, number: i64) -> Notice {
        let place = number.unsigned_abs();
        let of = |purpose: u64| draw(self.world.seed ^ 0x4E4F_5445, purpose, place);
        let created_ms = number * STRETCH_MS + (of(1) % STRETCH_MS.unsigned_abs()) as i64 / 1000 * 1000;
        let later_ms = created_ms + HOUR_MS * (1 + (of(2) % 40) as i64);
        let is_edited = of(3).is_multiple_of(EDITED_ONE_IN) && later_ms <= self.time_ms;
        let kind = match of(4) % 20 {
            0..=9 => NoticeKind::Listing,
            10..=12 => NoticeKind::Delisting,
            13..=16 => NoticeKind::Maintenance,
            _ => NoticeKind::Feature,
        };
        let instant: Vec<_> = self.world.coins().iter().filter(|coin| coin.kind == Kind::Instant).collect();
        let coin = instant.get(of(5) as usize % instant.len().max(1));
        let (name, ticker) = coin.map_or(("a coin", "COIN"), |coin| (coin.name.as_str(), coin.ticker.as_str()));
        let (title, body) = match kind {
            NoticeKind::Listing => (
                format!("New coin listing: {name} ({ticker})"),
                format!("<p>You can now buy, sell and swap <strong>{name} ({ticker})</strong>.</p>"),
            ),
            NoticeKind::Delisting => (
                format!("Delisting of {name} ({ticker})"),
                format!(
                    "<p>We are removing <strong>{ticker}</strong>.</p><p>Please sell or withdraw within 30 days.</p>"
                ),
            ),
            NoticeKind::Maintenance => (
                format!("Scheduled maintenance: {name} deposits and withdrawals"),
                format!("<p>{ticker} wallets will be unavailable for two hours.</p>"),
            ),
            NoticeKind::Feature => (
                "New: recurring buys & price alerts".to_owned(),
                "<p>Set them up under <a href=\"#\">Settings</a>.</p>".to_owned(),
            ),
        };
        let body = if is_edited { format!("{body}<p>Updated: see the times below.</p>") } else { body };
        let about_a_coin = matches!(kind, NoticeKind::Listing | NoticeKind::Delisting);
        let edited_ms = if is_edited { later_ms } else { created_ms };
        let ticker = about_a_coin.then(|| ticker.to_owned());
        Notice { id: FIRST_ID + place * 1009, kind, ticker, title, body, created_ms, edited_ms }
    }
}
