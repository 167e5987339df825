//! The memory of prices: one sample a minute and coin, and what was told of it.
//!
//! Invariants: only quotes with an order book, both sides and no cross are taken; memory is bounded by coins and minutes; a
//! hole of more than [`HOLE_MINUTES`] is a gap, and nothing is measured across one.

use super::moves::large_move;
use super::spreads::{Spread, spread_of};
use super::{Notice, OWN_RULES};
use crate::observation::Observation;
use crate::payload::{EventRule, Payload};
use domain::{Coin, Decimal, Quote, QuoteKind, Timestamp};
use std::collections::{BTreeMap, VecDeque};

/// Minutes kept of each coin.
pub const MEMORY_MINUTES: usize = 360;
/// Coins kept; there are some twenty with an order book.
const COINS_MAX: usize = 1_000;
/// Minutes that may be missing between two samples.
pub(super) const HOLE_MINUTES: i64 = 1;
/// The same event is told under the same key until it was quiet for this long.
const BUCKET_MICROS: i64 = 3_600_000_000;
const MINUTE_MICROS: i64 = 60_000_000;

/// The last quote of a minute.
#[derive(Debug, Clone, Copy)]
pub(super) struct Minute {
    pub number: i64,
    seen: Timestamp,
    pub mid: Decimal,
    /// Of the mid.
    pub spread: f64,
    /// Against the minute before, when that one is there.
    pub step: Option<f64>,
}

/// What is remembered of a coin, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Track {
    minutes: VecDeque<Minute>,
    /// Replies in a row with a spread that is too wide.
    pub wide: u32,
    /// The spread blew out and is not back yet.
    pub blown: bool,
}

impl Track {
    pub fn last(&self) -> Option<&Minute> {
        self.minutes.back()
    }

    /// The minutes up to some minutes ago, newest first.
    pub fn before(&self, minutes: i64) -> impl Iterator<Item = &Minute> {
        let until = self.last().map_or(i64::MIN, |last| last.number.saturating_sub(minutes));
        self.minutes.iter().rev().skip_while(move |minute| minute.number > until)
    }

    /// The minute some minutes ago, if no gap lies between.
    pub fn back(&self, minutes: i64) -> Option<&Minute> {
        let until = self.last()?.number.saturating_sub(minutes);
        let mut later = self.last()?.number;
        for minute in self.minutes.iter().rev() {
            if later - minute.number > 1 + HOLE_MINUTES {
                return None;
            }
            if minute.number <= until {
                return Some(minute);
            }
            later = minute.number;
        }
        None
    }

    /// Takes a quote; false when it can't be measured.
    fn push(&mut self, quote: &Quote) -> bool {
        let (Some(mid), false) = (quote.mid(), quote.is_crossed()) else { return false };
        let Some(spread) = spread_of(quote, mid) else { return false };
        let number = quote.seen.micros().div_euclid(MINUTE_MICROS);
        if self.last().is_some_and(|last| number < last.number) {
            // The clock was set back: what is remembered lies in the future.
            self.minutes.clear();
        }
        if self.last().is_some_and(|last| quote.seen <= last.seen) {
            return false;
        }
        self.minutes.pop_back_if(|last| last.number == number);
        let before = self.last().filter(|last| number - last.number == 1);
        let step = before.and_then(|last| super::change(last.mid, mid));
        self.minutes.push_back(Minute { number, seen: quote.seen, mid, spread, step });
        if self.minutes.len() > MEMORY_MINUTES {
            self.minutes.pop_front();
        }
        true
    }
}

/// What was told last of a rule and subject.
#[derive(Debug, Clone, Copy)]
struct Told {
    bucket: Timestamp,
    at: Timestamp,
    last: Timestamp,
    severity: u8,
}

/// What a rule found, before it is decided whether to tell it.
pub(super) struct Found {
    pub rule: EventRule,
    pub title: String,
    pub detail: String,
    pub severity: u8,
}

/// What a reply with prices brought to notice.
#[derive(Debug, Default)]
pub struct Noticed {
    /// To be stored.
    pub events: Vec<Observation>,
    /// What is over: the rule and its subject.
    pub over: Vec<(EventRule, String)>,
}

/// Judges prices as they land.
#[derive(Debug, Clone, Default)]
pub struct PriceRules {
    tracks: BTreeMap<Coin, Track>,
    told: BTreeMap<(EventRule, Coin), Told>,
}

impl PriceRules {
    /// Remembers nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a quote of the past, oldest first, without judging it.
    pub fn remember(&mut self, quote: &Quote) {
        let _ = self.track(quote).is_some_and(|track| track.push(quote));
    }

    /// Takes an event that was stored, so that it is not told again.
    pub fn remember_told(&mut self, observation: &Observation) {
        let Payload::Event { rule, subject, severity, .. } = &observation.payload else { return };
        let (Ok(coin), OWN_RULES) = (Coin::parse(subject), observation.source.as_str()) else { return };
        let (at, last) = (observation.event_time, observation.published_at.unwrap_or(observation.event_time));
        self.told.insert((*rule, coin), Told { bucket: bucket(at), at, last, severity: *severity });
    }

    /// Takes that a spread had blown out and was not back when last looked at.
    pub fn remember_blown(&mut self, coin: Coin) {
        if self.tracks.len() < COINS_MAX {
            self.tracks.entry(coin).or_default().blown = true;
        }
    }

    /// Judges the quotes of one reply that was not frozen.
    pub fn judge(&mut self, quotes: &[Quote], now: Timestamp) -> Noticed {
        let mut noticed = Noticed::default();
        self.told.retain(|_, told| now.micros().saturating_sub(told.last.micros()) < BUCKET_MICROS);
        for quote in quotes {
            let Some(track) = self.track(quote) else { continue };
            if !track.push(quote) {
                continue;
            }
            let mut found: Vec<Found> = large_move(quote.coin, track).into_iter().collect();
            match track.judge_spread(quote.coin) {
                Spread::Blown(blown) => found.push(blown),
                Spread::Back => noticed.over.push((EventRule::SpreadBlowOut, quote.coin.to_string())),
                Spread::Still => {}
            }
            for found in found {
                noticed.events.extend(self.tell(quote.coin, found, now));
            }
        }
        noticed
    }

    fn track(&mut self, quote: &Quote) -> Option<&mut Track> {
        if quote.kind != QuoteKind::Book || (self.tracks.len() >= COINS_MAX && !self.tracks.contains_key(&quote.coin)) {
            return None;
        }
        Some(self.tracks.entry(quote.coin).or_default())
    }

    /// Under the key it was told under before, if it lasts; nothing when it got no worse.
    fn tell(&mut self, coin: Coin, found: Found, now: Timestamp) -> Option<Observation> {
        let key = (found.rule, coin);
        let fresh = Told { bucket: bucket(now), at: now, last: now, severity: 0 };
        let told = self.told.entry(key).or_insert(fresh);
        told.last = now;
        if found.severity <= told.severity {
            return None;
        }
        told.severity = found.severity;
        let notice = Notice {
            rule: found.rule,
            subject: coin.as_str(),
            place: coin.as_str(),
            bucket: told.bucket,
            at: told.at,
            now,
            coins: vec![coin],
            title: found.title,
            detail: found.detail,
            severity: found.severity,
        };
        Some(notice.observation())
    }
}

fn bucket(at: Timestamp) -> Timestamp {
    domain::Interval::H1.floor(at)
}
