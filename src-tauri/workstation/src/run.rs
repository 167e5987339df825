//! The workstation at work: collecting, rechecking what rests, sealing candles, serving the socket.

use crate::clock::random;
use crate::commands::{Fetched, HISTORY};
use crate::dto::Event;
use crate::{Error, Result, Workstation};
use domain::Timestamp;
use ledgers::{Outcome, SourceInfo};
use std::collections::HashMap;
use std::time::Duration;
use store::RunCause;
use tokio::task::JoinSet;
use tokio::time::sleep;

const HISTORY_EVERY: Duration = Duration::from_secs(1_800);
const CLOSES_AFTER: Duration = Duration::from_secs(20);
/// Stretches of an import come one after another.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
const PROVE_EVERY: Duration = Duration::from_secs(86_400);
/// The plan is looked at this often, so that a change of it, or of the clock, is noticed.
const IDLE_MAX: Duration = Duration::from_secs(1);
const IDLE_MIN: Duration = Duration::from_millis(20);
/// The loop that plans never waits this long by itself.
const ASLEEP_S: i64 = 30;
const MEASURE_EVERY: Duration = Duration::from_secs(300);
const QUESTIONS_EVERY: Duration = Duration::from_millis(500);
const REFILL_EVERY: Duration = Duration::from_secs(5);
const HEED_EVERY: Duration = Duration::from_secs(20);

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
        self.begin_schedule().await?;
        let upkeep = async {
            tokio::join!(
                self.prove(),
                self.charts(),
                self.closes_again(),
                self.seal(),
                self.heed_settings(),
                self.keep_equity(),
                self.keep_in_sync()
            );
        };
        let ledgers = async {
            tokio::join!(
                self.refill(),
                self.watch_quality(),
                self.watch_ends(),
                self.watch_webhook(),
                self.watch_locks(),
                self.watch_questions(),
                self.watch_twaps()
            );
        };
        let floor = async {
            tokio::join!(self.watch_switch(), self.watch_live(), self.run_algorithms(), self.run_sessions());
        };
        tokio::join!(upkeep, ledgers, floor, self.collect_as_planned(), self.serve_socket());
        Ok(())
    }

    /// Runs the sources that are due and asks the algorithms, as `run` does, and waits for them: for those who drive the
    /// clock themselves. How long it is until the next source is due.
    ///
    /// # Errors
    /// When the workspace cannot be used.
    pub async fn drive(&self) -> Result<Duration> {
        drop(self.desk().await?);
        self.outside().await?;
        if self.with_schedule(|_| ()).is_none() {
            self.begin_schedule().await?;
        }
        let now = self.now();
        let mut running: JoinSet<()> = JoinSet::new();
        while let Some(info) = self.with_schedule(|schedule| schedule.start_next(now)).flatten() {
            let workstation = self.clone();
            running.spawn(async move { workstation.run_planned(info).await });
        }
        while let Some(ended) = running.join_next().await {
            ended.map_err(|broken| Error::Halted(format!("a source broke off: {broken}")))?;
        }
        self.step_algorithms().await?;
        Ok(self.with_schedule(|schedule| schedule.idle(now)).flatten().unwrap_or(IDLE_MAX))
    }

    /// Packs and seals ticks, and fills what is missing: what `run` does beside collecting, once.
    ///
    /// # Errors
    /// The store's.
    pub async fn tidy(&self) -> Result<()> {
        self.seal_candles().await?;
        self.fill_gaps().await?;
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

    /// Runs every source when it is due, each in a task of its own: one that fails, hangs or breaks off disturbs no other.
    async fn collect_as_planned(&self) {
        let mut running: JoinSet<()> = JoinSet::new();
        let mut names = HashMap::new();
        let mut looked = self.now();
        loop {
            let now = self.now();
            self.notice_sleep(looked, now);
            looked = now;
            while let Some(info) = self.with_schedule(|schedule| schedule.start_next(now)).flatten() {
                let workstation = self.clone();
                let task = running.spawn(async move { workstation.run_planned(info).await });
                names.insert(task.id(), info.name);
            }
            let idle = self.with_schedule(|schedule| schedule.idle(now)).flatten();
            let idle = idle.unwrap_or(IDLE_MAX).clamp(IDLE_MIN, IDLE_MAX);
            let ended = tokio::select! {
                ended = running.join_next_with_id(), if !running.is_empty() => ended,
                () = sleep(idle) => None,
            };
            match ended {
                Some(Ok((id, ()))) => drop(names.remove(&id)),
                Some(Err(broken)) => {
                    if let Some(name) = names.remove(&broken.id()) {
                        tracing::error!(source = name, "a run broke off: {broken}");
                        let _ = self.replan(name, Outcome::Failed).await;
                    }
                }
                None => {}
            }
        }
    }

    /// A clock that went much further than this loop ever waits: the machine slept. The sources are due at once, and what
    /// they then miss gets the reason.
    fn notice_sleep(&self, looked: Timestamp, now: Timestamp) {
        if now.seconds_since(looked) > ASLEEP_S
            && let Ok(mut slept) = self.inner.slept.lock()
        {
            *slept = Some((looked, now));
        }
    }

    /// Fills what is missing where it can still be had, a little at a time.
    async fn refill(&self) {
        loop {
            sleep(REFILL_EVERY).await;
            if let Err(error) = self.fill_gaps().await {
                tracing::warn!(code = error.code(), "gaps could not be filled: {error}");
            }
        }
    }

    /// Measures how far the ledgers can be trusted, again and again.
    async fn watch_quality(&self) {
        loop {
            sleep(MEASURE_EVERY).await;
            if let Err(error) = self.measure().await {
                tracing::warn!(code = error.code(), "quality could not be measured: {error}");
            }
        }
    }

    /// Ends the questions nobody answered in time.
    async fn watch_questions(&self) {
        loop {
            sleep(QUESTIONS_EVERY).await;
            if let Err(error) = self.expire_questions().await {
                tracing::warn!(code = error.code(), "a question could not be ended: {error}");
            }
        }
    }

    async fn run_planned(&self, source: SourceInfo) {
        // A service that fails is an answer; an error is our own: nothing could be stored.
        let collected = self.run_source(source.name, RunCause::Scheduled).await;
        if let Err(error) = &collected {
            tracing::warn!(source = source.name, code = error.code(), "{error}");
            let _ = self.replan(source.name, Outcome::Failed).await;
        }
        *self.inner.trouble.lock().await = collected.err().map(|error| error.view());
        if self.is_heard() {
            self.tell_frame().await;
        }
    }

    /// Tells the frame's figures, and keeps the prices of a day ago from going stale.
    async fn tell_frame(&self) {
        if let Err(error) = self.prices().await {
            tracing::warn!(code = error.code(), "prices could not be read: {error}");
        }
        match self.status().await {
            Ok(status) => self.tell(Event::Status { status: Box::new(status) }),
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

    /// Fetches the daily closes that the book's days lack: at the start, after an import, and now and then.
    async fn closes_again(&self) {
        // After the hourly charts, which everything else waits for.
        sleep(CLOSES_AFTER).await;
        loop {
            let fetched = self.fetch_closes().await.unwrap_or_else(|error| {
                tracing::warn!(source = HISTORY, code = error.code(), "{error}");
                Fetched::default()
            });
            if fetched.new > 0 && self.is_heard() {
                self.tell(Event::Closes { new: fetched.new });
            }
            if fetched.more {
                continue;
            }
            tokio::select! {
                () = sleep(jittered(HISTORY_EVERY)) => {}
                () = self.inner.imported.notified() => sleep(SETTLED_AFTER).await,
            }
        }
    }

    /// Takes sources into the plan, or out of it, as what they need is set or goes; a key may come from another program.
    async fn heed_settings(&self) {
        loop {
            sleep(HEED_EVERY).await;
            if let Err(error) = self.heed_lacks().await {
                tracing::warn!(code = error.code(), "the plan of the sources could not be noted: {error}");
            }
        }
    }

    async fn serve_socket(&self) {
        #[cfg(unix)]
        if let Err(error) = crate::socket::serve(self).await {
            tracing::warn!(code = error.code(), "{error}");
        }
        std::future::pending::<()>().await;
    }
}

/// A time within a tenth of the one asked for, so that machines don't fall into step.
pub(crate) fn jittered(about: Duration) -> Duration {
    let draw = u32::from(random::<1>().map_or(128, |[byte]| byte));
    about.mul_f64(0.9 + 0.2 * f64::from(draw) / 255.0)
}
