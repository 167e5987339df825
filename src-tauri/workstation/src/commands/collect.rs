//! One run of one source, the same way whether it was due, asked for or fills a gap: fetch, judge, store, record.
//!
//! Invariants: every run leaves a record, a failed one too; a reply whose shape changed is set aside whole; what was refused
//! is counted and its first reasons are kept; what a source says is first seen when it is stored, not when it was asked for.
//! What a text is about is noted once, when it is stored: so `--coin` as of a moment sees what was seen then. Deliberately
//! absent: when to run (the schedule), what else a text means.

use super::gaps::Told;
use super::market::{feed_id, feed_name};
use crate::clock::random;
use crate::dto::{Collected, RefusedItem, RunRow, RunsView};
use crate::skew::NOISE_MS;
use crate::{Error, Result, Workstation};
use coinspot::{COIN_LIST_SOURCE, PRICES_SOURCE};
use domain::{Coin, Interval, Name, Timestamp};
use ledgers::meaning::{Coins, coins_of};
use ledgers::{Observation, Outcome, Schedule, Shape, ShapeGuard, SourceInfo};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{CandleSource, Refusal, Run, RunCause, RunStatus};
use tokio::task::JoinSet;

/// A source that takes longer is given up.
const RUN_MAX: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 90 });
/// Reasons of refusals kept with a run; the others are counted.
const REFUSALS_KEPT: usize = 20;
/// Runs shown of a source unless more are asked for.
const RUNS_SHOWN: usize = 50;
/// A stored plan is believed this long after its time, by those who look from another process.
const PLAN_BELIEVED_S: i64 = 120;

/// Every source there is, in the order they are shown.
pub(crate) fn known_sources() -> Vec<SourceInfo> {
    let others = sources::REGISTRY.iter().map(|registered| registered.info);
    [PRICES_SOURCE, COIN_LIST_SOURCE].into_iter().chain(others).collect()
}

pub(crate) fn known(name: &str) -> Result<SourceInfo> {
    let all = known_sources();
    all.iter().find(|info| info.name == name).copied().ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|info| info.name).collect();
        Error::usage("unknown_source", format!("'{name}' is no source: use one of {}", names.join(", ")))
    })
}

pub(crate) fn run_row(run: Run) -> RunRow {
    let refused = |refusal: Refusal| RefusedItem { item: refusal.item, code: refusal.code, reason: refusal.reason };
    RunRow {
        source: run.source.to_string(),
        status: run.status.as_str().to_owned(),
        new: run.new,
        duplicate: run.duplicate,
        rejected: run.rejected,
        error: run.error,
        started: run.started,
        cause: run.cause.as_str().to_owned(),
        seen: run.seen,
        revised: run.revised,
        refused: run.refusals.into_iter().map(refused).collect(),
    }
}

fn refuse(run: &mut Run, rejected: &[ledgers::Rejected]) {
    run.rejected = rejected.len() as u64;
    let kept = rejected.iter().take(REFUSALS_KEPT);
    run.refusals = kept
        .map(|rejected| Refusal {
            item: rejected.item.clone(),
            code: rejected.code.to_owned(),
            reason: rejected.reason.clone(),
        })
        .collect();
}

/// A run that brought nothing, and why.
fn fail(run: &mut Run, code: &'static str, message: &str) -> Option<&'static str> {
    run.status = RunStatus::Failed;
    run.error = Some(format!("{code}: {message}"));
    Some(code)
}

/// How a run ended that could be stored. A reply of which every item was refused is a failure. A price feed always has
/// coins without a price and markets that are not ours: refusing those is its everyday, not a partial success.
fn judge(run: &mut Run, changed: bool) -> Option<&'static str> {
    if run.rejected > 0 && run.rejected == run.seen {
        let first = run.refusals.first().map(|refusal| format!("{}: {}", refusal.item, refusal.reason));
        let message = format!("all {} items were refused, the first: {}", run.seen, first.unwrap_or_default());
        return fail(run, "all_refused", &message);
    }
    let is_price_feed = feed_name(run.source.as_str()).is_some();
    run.status = match (changed, run.rejected > 0 && !is_price_feed) {
        (false, _) => RunStatus::Unchanged,
        (true, true) => RunStatus::Partial,
        (true, false) => RunStatus::Ok,
    };
    None
}

impl Workstation {
    /// One run of one source. A source that fails is an answer; an error is our own: nothing could be stored.
    pub(crate) async fn run_source(&self, name: &str, cause: RunCause) -> Result<RunRow> {
        let info = known(name)?;
        let outside = self.outside().await?;
        let Some(source) = outside.sources.iter().find(|source| source.info().name == name) else {
            return Err(Error::usage("unknown_source", format!("'{name}' is no source")));
        };
        let mut run = Run::begun(feed_id(name)?, cause, self.now());
        if let Some(lacks) = source.lacks() {
            // It was not asked, so that there is no run to keep and nothing that failed.
            fail(&mut run, "not_configured", &lacks);
            self.replan(name, Outcome::Answered).await?;
            self.heed_lacks().await?;
            return Ok(run_row(run));
        }
        let before = self.feed_before(&run).await?;
        let mut told = None;
        let failure = match tokio::time::timeout(RUN_MAX, source.collect(run.started)).await {
            Ok(Ok(collected)) => {
                told = Some(Told::of(&collected));
                self.take(info, &mut run, collected).await?
            }
            Ok(Err(error)) => fail(&mut run, error.code, &error.message),
            Err(_) => fail(&mut run, "deadline", &format!("no answer within {} s", RUN_MAX.as_secs())),
        };
        if let Some(code) = failure {
            self.store().record_failure(&run.source, code, self.now()).await?;
        }
        self.store().record_run(&run).await?;
        self.note_skew(info.name, &run.source, outside.skew_ms(info.name)).await?;
        self.notice_gaps(info, &run, before, told.filter(|_| failure.is_none())).await?;
        self.notice_health(info, &run, failure).await;
        let outcome = if failure.is_some() { Outcome::Failed } else { Outcome::Answered };
        self.replan(name, outcome).await?;
        if feed_name(name).is_some() && failure.is_none() {
            let resting: Vec<Coin> = self.desk().await?.resting_coins().into_iter().collect();
            self.recheck(&resting).await?;
        }
        Ok(run_row(run))
    }

    /// Keeps how far a source's clock is off, when that changed by more than noise.
    async fn note_skew(&self, name: &'static str, id: &Name, skew_ms: Option<i64>) -> Result<()> {
        let Some(skew_ms) = skew_ms else { return Ok(()) };
        let differs = |noted: Option<&i64>| noted.is_none_or(|noted| (noted - skew_ms).abs() > NOISE_MS);
        if !self.inner.skews.lock().is_ok_and(|noted| differs(noted.get(name))) {
            return Ok(());
        }
        self.store().set_source_skew(id, skew_ms).await?;
        if let Ok(mut noted) = self.inner.skews.lock() {
            noted.insert(name, skew_ms);
        }
        Ok(())
    }

    /// Judges and stores what a run brought; the code of the failure when none of it can be used.
    async fn take(
        &self,
        info: SourceInfo,
        run: &mut Run,
        mut collected: ledgers::Collected,
    ) -> Result<Option<&'static str>> {
        let items = collected.quotes.len()
            + collected.candles.len()
            + collected.observations.len()
            + collected.references.len();
        run.seen = (items + collected.rejected.len()) as u64;
        if !self.shape_holds(&run.source, &collected).await? {
            (run.rejected, run.flawed) = (run.seen, run.seen);
            let message = format!(
                "the fields of its reply are not the ones known: {items} items were set aside. Look at the source, then accept the new shape"
            );
            return Ok(fail(run, "shape_changed", &message));
        }
        self.sift_references(info, &mut collected).await?;
        let candles = std::mem::take(&mut collected.candles);
        let mut observations = self.sift_figures(&run.source, &mut collected).await?;
        let references = std::mem::take(&mut collected.references);
        let mut changed = false;
        if let Some(feed) = feed_name(info.name) {
            let taken = self.take_quotes(feed, &run.source, collected).await?;
            run.new = taken.changed.len() as u64;
            run.duplicate = taken.total.saturating_sub(taken.changed.len()) as u64;
            refuse(run, &taken.rejected);
            run.flawed = taken.flawed;
            changed = taken.status != RunStatus::Unchanged;
            if changed {
                self.notice_prices().await;
            }
        } else {
            refuse(run, &collected.rejected);
            run.flawed = run.rejected;
        }
        changed |= self.take_references(run, &references).await?;
        if !observations.is_empty() {
            self.note_coins(&mut observations).await?;
            let (saved, fresh) = self.store().save_and_tell(&observations, self.now()).await?;
            self.notice(&fresh).await;
            run.new += saved.new;
            run.revised += saved.revised;
            run.duplicate += saved.duplicate;
            changed |= saved.new + saved.revised > 0;
        }
        changed |= self.take_candles(run, candles).await?;
        let failure = judge(run, changed);
        if failure.is_none() && feed_name(info.name).is_none() {
            self.store().record_success(&run.source, changed, self.now()).await?;
        }
        Ok(failure)
    }

    /// Notes which coins each observation is about, among all that have a price here.
    async fn note_coins(&self, observations: &mut [Observation]) -> Result<()> {
        let listed = Coins::new(self.desk().await?.quotes.keys().copied());
        for observation in observations {
            observation.coins = coins_of(observation, &listed);
        }
        Ok(())
    }

    async fn take_candles(&self, run: &mut Run, candles: Vec<(Coin, Interval, domain::Candle)>) -> Result<bool> {
        let mut charts: BTreeMap<(Coin, i64), (Interval, Vec<domain::Candle>)> = BTreeMap::new();
        for (coin, interval, candle) in candles {
            charts.entry((coin, interval.seconds())).or_insert_with(|| (interval, Vec::new())).1.push(candle);
        }
        let mut any = false;
        for ((coin, _), (interval, candles)) in charts {
            let saved = self.store().save_candles(coin, interval, CandleSource::History, &candles).await?;
            run.new += saved.new;
            run.duplicate += saved.duplicates;
            any |= saved.new > 0;
        }
        Ok(any)
    }

    /// Whether a reply has the shape known; the first shape is kept as the measure.
    async fn shape_holds(&self, source: &Name, collected: &ledgers::Collected) -> Result<bool> {
        if collected.shape.is_none() {
            return Ok(true);
        }
        let settings = self.store().source_settings().await?;
        let known = settings.into_iter().find(|setting| setting.name == *source).and_then(|setting| setting.shape);
        match ShapeGuard::resume(known).judge(collected.shape) {
            Shape::Same => Ok(true),
            Shape::Learned(shape) => {
                self.store().set_source_shape(source, Some(shape)).await?;
                Ok(true)
            }
            Shape::Changed { known, found } => {
                tracing::warn!(source = %source, ?known, ?found, "the shape of a reply changed: it was set aside");
                Ok(false)
            }
        }
    }

    /// Runs sources at the same time, each in a task of its own; their runs in the order asked for.
    pub(crate) async fn run_sources(&self, names: Vec<&'static str>, cause: RunCause) -> Result<Vec<RunRow>> {
        let mut tasks = JoinSet::new();
        for (place, name) in names.iter().copied().enumerate() {
            let workstation = self.clone();
            tasks.spawn(async move { (place, workstation.run_source(name, cause).await) });
        }
        let mut rows = BTreeMap::new();
        while let Some(done) = tasks.join_next().await {
            let (place, row) = done.map_err(|error| Error::Halted(format!("a source broke off: {error}")))?;
            rows.insert(place, row?);
        }
        Ok(rows.into_values().collect())
    }

    /// Pauses a source, or lets it go on at once. A paused one still runs when asked to.
    ///
    /// # Errors
    /// A name that is no source; a workspace opened for reading; the store's.
    pub async fn source_pause(&self, name: &str, paused: bool) -> Result<()> {
        self.require_writer()?;
        let info = known(name)?;
        self.store().set_source_paused(&feed_id(info.name)?, paused).await?;
        let now = self.now();
        self.with_schedule(|schedule| schedule.set_paused(name, paused, now));
        self.publish_plan(&[info]).await
    }

    /// Accepts that a source's replies have other fields than before: the next reply is the new measure.
    ///
    /// # Errors
    /// As [`Self::source_pause`].
    pub async fn source_accept(&self, name: &str) -> Result<()> {
        self.require_writer()?;
        self.store().set_source_shape(&feed_id(known(name)?.name)?, None).await?;
        Ok(())
    }

    /// The last runs of a source, newest first.
    ///
    /// # Errors
    /// A name that is no source; the store's.
    pub async fn source_runs(&self, name: &str, limit: Option<usize>) -> Result<RunsView> {
        let name = if name == super::HISTORY { feed_id(name)? } else { feed_id(known(name)?.name)? };
        let runs = self.store().runs(Some(&name), limit.unwrap_or(RUNS_SHOWN)).await?;
        Ok(RunsView { runs: runs.into_iter().map(run_row).collect() })
    }

    /// Runs sources once, now, those named or all that can run: each is an answer, also one that fails.
    pub(crate) async fn collect_now(&self, named: &[String]) -> Result<Collected> {
        let lacking = self.lacking().await;
        let wanted = |name: &str| match named {
            [] => !lacking.contains_key(name),
            named => named.iter().any(|asked| asked == name),
        };
        let names = known_sources().into_iter().map(|info| info.name).filter(|name| wanted(name)).collect();
        Ok(Collected { runs: self.run_sources(names, RunCause::Manual).await? })
    }

    /// Begins to plan: every source with what was set for it and when it was asked last.
    pub(crate) async fn begin_schedule(&self) -> Result<()> {
        let (settings, feeds) = (self.store().source_settings().await?, self.store().feeds().await?);
        let now = self.now();
        let mut schedule = Schedule::new();
        let all = known_sources();
        for info in &all {
            let paused = settings.iter().any(|setting| setting.name.as_str() == info.name && setting.paused);
            let feed = feeds.iter().find(|feed| feed.name.as_str() == info.name);
            // What failed last is asked again at once.
            let last = feed.filter(|feed| feed.last_error.is_none()).map(|feed| feed.last_attempt);
            schedule.add(*info, paused, last, now);
        }
        for name in self.lacking().await.into_keys() {
            schedule.set_lacking(name, true, now);
        }
        if let Ok(mut kept) = self.inner.schedule.lock() {
            *kept = Some(schedule);
        }
        // A disk that is full for now must not keep the workstation from running.
        if let Err(error) = self.publish_plan(&all).await {
            tracing::warn!(code = error.code(), "the plan of the sources could not be noted: {error}");
        }
        Ok(())
    }

    /// Does something with the plan, while there is one.
    pub(crate) fn with_schedule<T>(&self, work: impl FnOnce(&mut Schedule) -> T) -> Option<T> {
        self.inner.schedule.lock().ok()?.as_mut().map(work)
    }

    /// Plans the next run of a source that just ran.
    pub(crate) async fn replan(&self, name: &str, outcome: Outcome) -> Result<()> {
        let (now, draw) = (self.now(), u64::from_le_bytes(random()?));
        if self.with_schedule(|schedule| schedule.finished(name, outcome, now, draw)).is_none() {
            return Ok(());
        }
        self.publish_plan(&[known(name)?]).await
    }

    /// Notes the plan for those who look from another process.
    pub(crate) async fn publish_plan(&self, of: &[SourceInfo]) -> Result<()> {
        let planned = self.with_schedule(|schedule| {
            let next = |info: &SourceInfo| (info.name, schedule.next_run(info.name));
            of.iter().map(next).collect::<Vec<_>>()
        });
        let Some(planned) = planned else { return Ok(()) };
        let named: Result<Vec<_>> = planned.into_iter().map(|(name, next)| Ok((feed_id(name)?, next))).collect();
        Ok(self.store().set_next_runs(&named?).await?)
    }

    /// Withdraws the plan: nothing runs any more.
    pub(crate) async fn end_schedule(&self) {
        let had = self.inner.schedule.lock().ok().and_then(|mut kept| kept.take()).is_some();
        let names: Vec<_> = known_sources().iter().filter_map(|info| Some((feed_id(info.name).ok()?, None))).collect();
        if had && let Err(error) = self.store().set_next_runs(&names).await {
            tracing::warn!(code = error.code(), "the plan of the sources could not be withdrawn: {error}");
        }
    }

    /// When a source runs next: as planned here, or as noted by the process that holds the workspace.
    pub(crate) fn next_run(&self, name: &str, noted: Option<Timestamp>) -> Option<Timestamp> {
        match self.with_schedule(|schedule| schedule.next_run(name)) {
            Some(planned) => planned,
            None if self.store().is_writer() => None,
            None => noted.filter(|next| self.now().seconds_since(*next) <= PLAN_BELIEVED_S),
        }
    }
}

#[cfg(test)]
mod tests;
