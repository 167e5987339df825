//! Ticks as time goes on: packed, sealed into candles, forgotten.
//!
//! Invariants: candles are made of all ticks of their minute before any of these may be forgotten, whatever the age or size
//! of ticks; sealing again changes nothing, for the first word on a candle stays.

use crate::{Result, Workstation};
use domain::{Coin, Interval};
use ledgers::Tick;
use std::collections::BTreeMap;
use std::time::Duration;
use store::TickBucket;
use tokio::time::sleep;

/// Ten minutes of ticks are packed and sealed this soon after they are over.
const SEAL_EVERY: Duration = Duration::from_secs(60);
/// Runs are kept for the statistics of a month, and a day in full.
const RUNS_KEPT_MICROS: i64 = 31 * 86_400 * 1_000_000;
const REFUSALS_KEPT_MICROS: i64 = 86_400 * 1_000_000;

impl Workstation {
    pub(crate) async fn seal(&self) {
        loop {
            sleep(SEAL_EVERY).await;
            if let Err(error) = self.seal_candles().await {
                tracing::warn!(code = error.code(), "candles could not be sealed: {error}");
            }
        }
    }

    /// Keeps the one-minute candles of all ticks whose ten minutes are over, then forgets ticks that are too old or too
    /// many, and old runs.
    pub(crate) async fn seal_candles(&self) -> Result<()> {
        let now = self.now();
        self.store().pack_ticks(now).await?;
        while let Some(bucket) = self.store().unsealed_ticks().await? {
            self.seal_bucket(bucket).await?;
        }
        let kept = self.ticks_kept().await?;
        self.store().forget_ticks(now.plus_micros(-kept.micros()), kept.bytes()).await?;
        self.prune_references(now).await?;
        self.prune_gaps(now).await?;
        self.store().prune_runs(now.plus_micros(-RUNS_KEPT_MICROS), now.plus_micros(-REFUSALS_KEPT_MICROS)).await?;
        Ok(())
    }

    async fn seal_bucket(&self, bucket: TickBucket) -> Result<()> {
        let mut ticks: BTreeMap<Coin, Vec<Tick>> = BTreeMap::new();
        for quote in self.store().newest_ticks(None, bucket.from, bucket.to, None).await? {
            if let Some(price) = quote.candle_price() {
                let tick = Tick { time: quote.seen, price, quantity: None };
                ticks.entry(quote.coin).or_default().push(tick);
            }
        }
        let mut candles = Vec::new();
        for (coin, ticks) in ticks {
            candles.extend(ledgers::fold(ticks, Interval::M1).into_iter().map(|candle| (coin, candle)));
        }
        self.store().seal_ticks(bucket, &candles).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::CandlesRequest;
    use crate::{Home, Mode, Reached};
    use domain::{DrivenClock, Name, Price, Quote, QuoteKind, Timestamp};
    use std::sync::Arc;

    const START: Timestamp = Timestamp::from_micros(1_790_000_040_000_000);

    fn quote(cents: i64, seen: Timestamp) -> Quote {
        let price = Price::new(domain::Decimal::new(cents, 2)).ok();
        Quote { coin: Coin::parse("BTC").unwrap(), kind: QuoteKind::Book, bid: price, ask: price, last: price, seen }
    }

    #[tokio::test]
    async fn candles_are_the_same_after_sealing_and_outlive_their_ticks() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().into()), false).unwrap();
        let clock = Arc::new(DrivenClock::at(START));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), Reached::default()).await.unwrap();
        let feed = Name::parse("coinspot_prices").unwrap();
        // Four prices a minute; each minute opens at the close of the one before, which is no change of the price.
        for (quarter, cents) in [100, 130, 90, 120, 120, 140, 110, 125, 125, 125].into_iter().enumerate() {
            let seen = START.plus_micros(quarter as i64 * 15_000_000);
            clock.set(seen);
            ws.store().save_quotes(&feed, &[quote(cents, seen)], seen).await.unwrap();
        }
        let ticks = async || ws.store().newest_ticks(None, START, ws.now(), None).await.unwrap().len();
        let request = CandlesRequest { coin: "BTC".into(), interval: "1m".into(), ..CandlesRequest::default() };
        let before = ws.candles(&request).await.unwrap().candles;
        let opens: Vec<String> = before.iter().map(|candle| candle.open.to_string()).collect();
        assert_eq!(opens, ["1", "1.2", "1.25"]);

        clock.advance_micros(Interval::H1.micros());
        ws.seal_candles().await.unwrap();
        assert_eq!(ws.candles(&request).await.unwrap().candles, before);
        assert_eq!(ticks().await, 9);
        clock.advance_micros(7 * Interval::D1.micros());
        ws.seal_candles().await.unwrap();
        assert_eq!(ticks().await, 0, "a week later the ticks are forgotten");
        assert_eq!(ws.candles(&request).await.unwrap().candles, before);
    }

    #[tokio::test]
    async fn ticks_kept_are_set_within_bounds_and_held_to() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::resolve(Some(folder.path().into()), false).unwrap();
        let clock = Arc::new(DrivenClock::at(START));
        let ws = Workstation::open_at(&home, Mode::Write, clock.clone(), Reached::default()).await.unwrap();
        let stored = ws.storage().await.unwrap();
        assert_eq!((stored.ticks_days, stored.ticks_mb, stored.ticks, stored.ticks_since), (7, 2_000, 0, None));
        let set = async |name: &str, value: &str| ws.storage_set(&[(name.to_owned(), value.to_owned())].into()).await;
        for (name, value) in [("ticks_days", "0"), ("ticks_days", "many"), ("ticks_mb", "9"), ("ticks_mb", "-1")] {
            assert_eq!(set(name, value).await.unwrap_err().code(), "bad_setting", "{name}={value}");
        }
        assert_eq!(set("ticks_hours", "1").await.unwrap_err().code(), "unknown_setting");
        assert_eq!(set("ticks_days", "2").await.unwrap().ticks_days, 2);
        let feed = Name::parse("coinspot_prices").unwrap();
        ws.store().save_quotes(&feed, &[quote(100, START)], START).await.unwrap();
        assert_eq!(ws.storage().await.unwrap().ticks, 1);
        for (days, ticks) in [(1, 1), (2, 0)] {
            clock.set(START.plus_micros(days * Interval::D1.micros() + Interval::H1.micros()));
            ws.seal_candles().await.unwrap();
            assert_eq!(ws.storage().await.unwrap().ticks, ticks, "after {days} days");
        }
    }
}
