//! Prices of late as the gate needs them, kept beside the store: an order doesn't read an hour of them.
//!
//! Invariant: what is handed out is what the store has at that moment. Prices are written by this process alone, and each write
//! is counted; whoever only reads the workspace asks the store. Deliberately absent: judging prices.

use crate::{Result, Workstation};
use domain::{Coin, Quote, Timestamp};
use ledgers::VenuePrice;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far back own prices count for the collar.
const COLLAR_HISTORY_MICROS: i64 = 3_600 * 1_000_000;
/// A reply that was on its way may be stored so much after its moment.
const AGAIN_MICROS: i64 = 60 * 1_000_000;
/// Coins that are kept; far above what is traded within an hour.
const COINS_MAX: usize = 128;
const END: Timestamp = Timestamp::from_micros(i64::MAX);

struct Recent {
    ticks: Vec<Quote>,
    /// When they were read last, and what had been written then.
    until: Timestamp,
    written: u64,
}

/// What was read of late.
#[derive(Default)]
pub(crate) struct Lately {
    written: AtomicU64,
    coins: tokio::sync::Mutex<HashMap<Coin, Recent>>,
    venues: tokio::sync::Mutex<Option<(u64, Arc<Vec<VenuePrice>>)>>,
}

impl Lately {
    /// Prices were written.
    pub fn note_written(&self) {
        self.written.fetch_add(1, Ordering::AcqRel);
    }

    fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }
}

impl Workstation {
    /// A coin's own prices of the last hour, oldest first.
    pub(crate) async fn recent_prices(&self, coin: Coin) -> Result<Vec<Quote>> {
        let now = self.now();
        let from = now.plus_micros(-COLLAR_HISTORY_MICROS);
        if !self.store().is_writer() {
            return Ok(self.store().ticks(coin, from, now.plus_micros(1)).await?);
        }
        let written = self.inner.lately.written();
        let mut coins = self.inner.lately.coins.lock().await;
        if coins.len() >= COINS_MAX && !coins.contains_key(&coin) {
            coins.clear();
        }
        let known = coins.get(&coin).filter(|recent| recent.until <= now);
        if known.is_none_or(|recent| recent.written != written) {
            let again = known.map_or(from, |recent| recent.until.plus_micros(-AGAIN_MICROS).max(from));
            let read = self.store().ticks(coin, again, END).await?;
            let kept = coins.remove(&coin).map(|recent| recent.ticks).unwrap_or_default();
            let ticks = kept.into_iter().filter(|tick| tick.seen < again && tick.seen >= from).chain(read).collect();
            coins.insert(coin, Recent { ticks, until: now, written });
        }
        let ticks = coins.get(&coin).map_or(&[][..], |recent| &recent.ticks);
        Ok(ticks.iter().filter(|tick| tick.seen >= from && tick.seen <= now).copied().collect())
    }

    /// What other venues said last.
    pub(crate) async fn venue_prices(&self) -> Result<Arc<Vec<VenuePrice>>> {
        if !self.store().is_writer() {
            return Ok(Arc::new(self.store().references(None).await?));
        }
        let written = self.inner.lately.written();
        let mut venues = self.inner.lately.venues.lock().await;
        if let Some((_, prices)) = venues.as_ref().filter(|(of, _)| *of == written) {
            return Ok(Arc::clone(prices));
        }
        let prices = Arc::new(self.store().references(None).await?);
        *venues = Some((written, Arc::clone(&prices)));
        Ok(prices)
    }
}

#[cfg(test)]
mod tests;
