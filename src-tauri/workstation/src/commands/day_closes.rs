//! Closes at moments of the past, kept in memory: an equity curve asks for the same midnights again and again.
//!
//! Invariants: what is kept is what the store would tell. Before each use it asks which candles were saved since, and drops what
//! one of them could change; where nobody can tell (another process holds the workspace), nothing is kept. Deliberately absent:
//! prices that are no candles (quotes and other venues' words are forgotten in time), which are read each time.

use crate::{Result, Workstation};
use books::DayPrice;
use domain::{Coin, Timestamp};
use std::collections::{BTreeMap, HashMap};

/// Moments of all coins that are kept: 27 years of 50 coins.
const KEPT_MAX: usize = 500_000;
/// Local days begin on quarters of an hour, and now hardly ever is one.
const QUARTER_MICROS: i64 = 900 * 1_000_000;

#[derive(Default)]
pub(crate) struct DayCloses {
    serial: u64,
    of: HashMap<Coin, BTreeMap<Timestamp, Option<DayPrice>>>,
}

impl DayCloses {
    fn forget(&mut self, saved: &[(Coin, Timestamp)]) {
        for (coin, from) in saved {
            if let Some(kept) = self.of.get_mut(coin) {
                kept.split_off(from);
            }
        }
        if self.of.values().map(BTreeMap::len).sum::<usize>() > KEPT_MAX {
            self.of.clear();
        }
    }
}

impl Workstation {
    /// The close of the newest candle that was over at each moment, as [`Self::closes`] tells it.
    pub(super) async fn day_closes(&self, coin: Coin, moments: &[Timestamp]) -> Result<Vec<Option<DayPrice>>> {
        let mut kept = self.inner.day_closes.lock().await;
        // Before anything is read: a candle that is saved meanwhile is heard of next time.
        let (serial, saved) = self.store().candles_saved_since(kept.serial);
        kept.serial = serial;
        match saved {
            Some(saved) => kept.forget(&saved),
            None => kept.of.clear(),
        }
        if !self.store().is_writer() {
            drop(kept);
            return self.closes(coin, moments).await;
        }
        let known = kept.of.entry(coin).or_default();
        let lacking: Vec<Timestamp> = moments.iter().filter(|at| !known.contains_key(at)).copied().collect();
        let read = if lacking.is_empty() { Vec::new() } else { self.closes(coin, &lacking).await? };
        let mut fresh = HashMap::new();
        for (moment, price) in lacking.into_iter().zip(read) {
            if moment.micros() % QUARTER_MICROS == 0 {
                known.insert(moment, price);
            } else {
                fresh.insert(moment, price);
            }
        }
        let found = |at: &Timestamp| known.get(at).or_else(|| fresh.get(at)).copied().flatten();
        Ok(moments.iter().map(found).collect())
    }
}
