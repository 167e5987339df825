//! The workstation at work: collecting, rechecking what rests, sealing candles, serving the kill switch.

use crate::clock::random;
use crate::commands::HISTORY;
use crate::dto::Event;
use crate::{Error, Result, Workstation};
use coinspot::{COIN_LIST_SOURCE, PRICES_SOURCE};
use domain::{Coin, Interval, Name, Timestamp};
use ledgers::{SourceInfo, Tick};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{CandleSource, Run, RunStatus};
use tokio::time::sleep;

const HISTORY_EVERY: Duration = Duration::from_secs(1_800);
const PROVE_EVERY: Duration = Duration::from_secs(86_400);
const SEAL_EVERY: Duration = Duration::from_secs(600);
/// The name sealing is recorded under.
const SEAL: &str = "candle_seal";
/// Ticks are kept this long; the candles made of them stay.
const TICKS_KEPT_MICROS: i64 = 7 * 86_400 * 1_000_000;
/// Records of runs are kept this long.
const RUNS_KEPT_MICROS: i64 = 30 * 86_400 * 1_000_000;

impl Workstation {
    /// Works until dropped or the workspace fails. A source that fails disturbs nobody.
    ///
    /// # Errors
    /// When the workspace cannot be used at all.
    pub async fn run(&self) -> Result<()> {
        drop(self.desk().await?);
        if let Err(error) = self.outside().await {
            *self.inner.trouble.lock().await = Some(error.view());
            return Err(error);
        }
        tokio::join!(
            self.prove(),
            self.feed(PRICES_SOURCE),
            self.feed(COIN_LIST_SOURCE),
            self.charts(),
            self.seal(),
            self.serve_kill()
        );
        Ok(())
    }

    /// Proves the journal now and once a day: an edited row or a damaged page halts trading.
    async fn prove(&self) {
        loop {
            if let Err(error) = self.verify().await {
                tracing::warn!(code = error.code(), "the journal could not be proven: {error}");
            }
            sleep(PROVE_EVERY).await;
        }
    }

    async fn feed(&self, source: SourceInfo) {
        loop {
            // A service that fails is an answer; an error is our own: nothing could be stored.
            let collected = self.collect_source(source.name).await;
            if let Err(error) = &collected {
                tracing::warn!(source = source.name, code = error.code(), "{error}");
            }
            *self.inner.trouble.lock().await = collected.err().map(|error| error.view());
            if self.is_heard() {
                self.tell_frame().await;
            }
            sleep(jittered(source.cadence)).await;
        }
    }

    /// Tells the frame's figures, and keeps the prices of a day ago from going stale.
    async fn tell_frame(&self) {
        if let Err(error) = self.prices().await {
            tracing::warn!(code = error.code(), "prices could not be read: {error}");
        }
        match self.status().await {
            Ok(status) => self.tell(Event::Status { status }),
            Err(error) => tracing::warn!(code = error.code(), "the status could not be read: {error}"),
        }
    }

    async fn charts(&self) {
        // The first prices say which coins there are.
        sleep(Duration::from_secs(3)).await;
        loop {
            if let Err(error) = self.backfill_books().await {
                tracing::warn!(source = HISTORY, code = error.code(), "{error}");
            }
            // Now a price of a day ago is known for more coins.
            if self.is_heard()
                && let Ok(prices) = self.prices().await
            {
                self.tell(Event::Prices { prices: prices.prices });
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

    /// Keeps the closed one-minute candles of all ticks, an hour at a time, then forgets ticks that are old enough.
    /// Until when is recorded like a run, so that the next start goes on from there.
    pub(crate) async fn seal_candles(&self) -> Result<()> {
        let source = Name::parse(SEAL).map_err(|error| Error::usage("bad_name", error.to_string()))?;
        let now = self.now();
        let until = Interval::M1.floor(now);
        let oldest = Interval::M1.floor(now.plus_micros(-TICKS_KEPT_MICROS));
        let sealed = self.store().runs(Some(&source), 1).await?.into_iter().next();
        let mut from = sealed.map_or(oldest, |run| run.started.max(oldest));
        while from < until {
            let to = from.plus_micros(Interval::H1.micros()).min(until);
            let new = self.seal_window(from, to).await?;
            let run = Run {
                source: source.clone(),
                started: to,
                status: RunStatus::Ok,
                new,
                duplicate: 0,
                rejected: 0,
                error: None,
            };
            self.store().record_run(&run).await?;
            from = to;
        }
        self.store().prune_ticks(oldest).await?;
        self.store().prune_runs(now.plus_micros(-RUNS_KEPT_MICROS)).await?;
        Ok(())
    }

    async fn seal_window(&self, from: Timestamp, to: Timestamp) -> Result<u64> {
        let mut ticks: BTreeMap<Coin, Vec<Tick>> = BTreeMap::new();
        for quote in self.store().all_ticks(from, to).await? {
            if let Some(price) = quote.candle_price() {
                let tick = Tick { time: quote.seen, price, quantity: None };
                ticks.entry(quote.coin).or_default().push(tick);
            }
        }
        let mut new = 0;
        for (coin, ticks) in ticks {
            let candles = ledgers::fold(ticks, Interval::M1);
            new += self.store().save_candles(coin, Interval::M1, CandleSource::Live, &candles).await?.new;
        }
        Ok(new)
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
