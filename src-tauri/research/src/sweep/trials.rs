//! How often something was tried on the same data: the number that every claim of skill must be held against.
//!
//! "The same data" is the same coin at the same interval where the windows overlap, by however little: who picked a setting on one half
//! of a window knows something about the other. Strategy, parameters, fees and cash don't matter: each try is a look at the
//! prices. The same sweep run again is no new try.

use domain::{Candle, Coin, FactHash, Interval, Timestamp, Trials};
use std::collections::BTreeMap;

/// Candles hashed at a time.
const CHUNK: usize = 4_096;

/// What was counted of a sweep, by its shards; the whole has none.
type Parts = BTreeMap<Option<(u16, u16)>, u64>;

/// The hash of candles: which prices, nothing else.
#[must_use]
pub fn data_hash(coin: Coin, interval: Interval, candles: &[Candle]) -> FactHash {
    let begin = FactHash::of(&("omc_candles", coin, interval));
    candles.chunks(CHUNK).fold(begin, |hash, chunk| FactHash::of(&(hash, chunk)))
}

/// The trials made on a coin's candles of an interval in a window that overlaps `[from, to)`.
///
/// A sweep counts once, however often it ran; its shards count until the whole does.
#[must_use]
pub fn trials_on<'a>(
    told: impl IntoIterator<Item = &'a Trials>,
    coin: Coin,
    interval: Interval,
    (from, to): (Timestamp, Timestamp),
) -> u64 {
    let mut sweeps: BTreeMap<[u8; 32], Parts> = BTreeMap::new();
    for trials in told {
        let here = trials
            .tried
            .iter()
            .filter(|tried| tried.coin == coin && tried.interval == interval && tried.from < to && from < tried.to);
        let count = here.map(|tried| tried.trials).sum();
        sweeps.entry(trials.id.0).or_default().insert(trials.shard, count);
    }
    sweeps.values().map(|parts| parts.get(&None).copied().unwrap_or_else(|| parts.values().sum())).sum()
}
