//! The workstation at work: collecting, rechecking what rests, sealing candles, serving the kill switch.

use crate::clock::random;
use crate::commands::HISTORY;
use crate::{Result, Workstation};
use coinspot::{COIN_LIST_SOURCE, PRICES_SOURCE};
use domain::{Interval, Timestamp};
use ledgers::SourceInfo;
use std::time::Duration;
use store::CandleSource;
use tokio::time::sleep;

const HISTORY_EVERY: Duration = Duration::from_secs(1_800);
const SEAL_EVERY: Duration = Duration::from_secs(600);
/// Ticks are kept this long; the candles made of them stay.
const TICKS_KEPT_MICROS: i64 = 7 * 86_400 * 1_000_000;

impl Workstation {
    /// Works until dropped or the workspace fails. A source that fails disturbs nobody.
    ///
    /// # Errors
    /// When the workspace cannot be used at all.
    pub async fn run(&self) -> Result<()> {
        drop(self.desk().await?);
        let outside = self.outside().await?;
        let _ = outside;
        tokio::join!(
            self.feed(PRICES_SOURCE),
            self.feed(COIN_LIST_SOURCE),
            self.charts(),
            self.seal(),
            self.serve_kill()
        );
        Ok(())
    }

    async fn feed(&self, source: SourceInfo) {
        loop {
            if let Err(error) = self.collect_source(source.name).await {
                tracing::warn!(source = source.name, code = error.code(), "{error}");
            }
            if self.is_heard()
                && let Ok(status) = self.status().await
            {
                self.tell(crate::dto::Event::Status { status });
            }
            sleep(jittered(source.cadence)).await;
        }
    }

    async fn charts(&self) {
        // The first prices say which coins there are.
        sleep(Duration::from_secs(3)).await;
        loop {
            if let Err(error) = self.backfill_books().await {
                tracing::warn!(source = HISTORY, code = error.code(), "{error}");
            }
            sleep(jittered(HISTORY_EVERY)).await;
        }
    }

    async fn seal(&self) {
        loop {
            sleep(SEAL_EVERY).await;
            if let Err(error) = self.seal_candles().await {
                tracing::warn!(code = error.code(), "candles could not be sealed: {error}");
            }
        }
    }

    /// Keeps the closed one-minute candles of all ticks, then forgets ticks that are old enough.
    pub(crate) async fn seal_candles(&self) -> Result<()> {
        let now = self.now();
        let minute = Interval::M1.floor(now);
        let coins: Vec<_> = self.desk().await?.quotes.keys().copied().collect();
        for coin in coins {
            let sealed = self.store().candle_bounds(coin, Interval::M1).await?;
            let oldest = now.plus_micros(-TICKS_KEPT_MICROS - Interval::H1.micros());
            let from = sealed.map_or(oldest, |bounds| bounds.last.plus_micros(Interval::M1.micros()).max(oldest));
            let candles = self.fold_ticks(coin, from, minute).await?;
            self.store().save_candles(coin, Interval::M1, CandleSource::Live, &candles).await?;
        }
        self.store().prune_ticks(Timestamp::from_micros(now.micros() - TICKS_KEPT_MICROS)).await?;
        Ok(())
    }

    async fn serve_kill(&self) {
        #[cfg(unix)]
        if let Err(error) = crate::kill::serve(self.home(), || self.cancel_for_kill()).await {
            tracing::warn!(code = error.code(), "{error}");
        }
        std::future::pending::<()>().await;
    }
}

/// A time within a tenth of the one asked for, so that machines don't fall into step.
fn jittered(about: Duration) -> Duration {
    let draw = u32::from(random::<1>().map_or(128, |[byte]| byte));
    about.mul_f64(0.9 + 0.2 * f64::from(draw) / 255.0)
}
