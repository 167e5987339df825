//! Gaps: noticed after each run, filled where what is missing can still be had, given up where not.
//!
//! Prices come back from CoinSpot's charts, coin by coin; figures of days from their service's own history; a list of the newest
//! things tells by its oldest item whether it reaches back over the silence. What no service tells afterwards (other venues'
//! prices, the coin list) is lost at once. Filling waits until the source speaks again, goes one request at a time with a pause
//! between, and is given up after [`TRIES_MAX`] attempts that are further and further apart.

use super::collect::known;
use super::market::{feed_id, feed_name};
use crate::dto::{GapsView, LedgerGap};
use crate::{Result, Workstation};
use coinspot::PRICES_SOURCE;
use domain::{Coin, Interval, QuoteKind, Timestamp};
use ledgers::{Collected, GapReason, Heard, Missing, ObservationKind, SourceInfo};
use std::collections::BTreeSet;
use std::time::Duration;
use store::{CandleSource, Feed, GapFilter, GapState, Run, RunCause, RunStatus, StoredGap};

/// Attempts to fill a gap.
const TRIES_MAX: u32 = 5;
/// The pause before the second attempt; it doubles.
const TRY_AGAIN_S: i64 = 600;
/// Between two requests that fill gaps: thirty a minute.
const PACE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 2_000 });
/// Gaps filled in one go, so that a new one does not wait behind many old ones.
const FILLED_AT_ONCE: usize = 8;
/// Most candles asked for in one request.
const CANDLES_MAX: i64 = 1_500;
/// In a shorter gap than this, a chart without candles is a coin that nobody traded.
const QUIET_MAX_S: i64 = 1_800;
/// Gaps are remembered this long.
const KEPT_MICROS: i64 = 366 * 86_400 * 1_000_000;
const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// What a run's reply tells about what was missed before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// The kinds of day figures in it.
    pub days: Vec<ObservationKind>,
    /// The oldest dated thing in a list.
    pub oldest: Option<Timestamp>,
    /// Whether it is a list of things that happened.
    pub is_list: bool,
}

impl Told {
    pub fn of(collected: &Collected) -> Self {
        let mut told = Self { is_list: collected.references.is_empty(), ..Self::default() };
        for observation in &collected.observations {
            let kind = observation.kind();
            if days_late(kind).is_some() {
                told.is_list = false;
                if !told.days.contains(&kind) {
                    told.days.push(kind);
                }
            } else if kind == ObservationKind::Treasury {
                told.is_list = false;
            } else if observation.undated.is_none() {
                told.oldest = Some(told.oldest.map_or(observation.event_time, |old| old.min(observation.event_time)));
            }
        }
        told
    }
}

/// How many days before today a day's figure may still be missing; none for what is no figure of a day.
const fn days_late(kind: ObservationKind) -> Option<i64> {
    match kind {
        ObservationKind::FearGreed => Some(0),
        ObservationKind::Tvl
        | ObservationKind::Fees
        | ObservationKind::Revenue
        | ObservationKind::ChainTvl
        | ObservationKind::StablecoinSupply => Some(1),
        _ => None,
    }
}

/// What a gap's prices are asked for in: the finest candles that one request can bring.
fn finest(from: Timestamp, to: Timestamp) -> Interval {
    let fits = |interval: &Interval| (to.micros() - from.micros()) / interval.micros() < CANDLES_MAX;
    let all = [Interval::M1, Interval::M5, Interval::M15, Interval::H1, Interval::H4];
    all.into_iter().find(fits).unwrap_or(Interval::D1)
}

/// What a chart said.
enum Asked {
    /// So many closed candles.
    Candles(usize),
    /// It could not be read.
    Failed,
    /// There is no way to the service.
    Offline,
}

fn is_due(gap: &StoredGap, now: Timestamp) -> bool {
    let pause = TRY_AGAIN_S << gap.tries.saturating_sub(1).min(TRIES_MAX);
    // A clock that was set back makes it due.
    gap.tried_at.is_none_or(|tried| !(0..pause).contains(&now.seconds_since(tried)))
}

fn row(gap: StoredGap) -> LedgerGap {
    LedgerGap {
        source: gap.source.to_string(),
        subject: gap.subject,
        from: gap.from,
        to: gap.to,
        state: gap.state.as_str().to_owned(),
        reason: gap.reason,
        found_at: gap.found_at,
        closed_at: gap.closed_at,
    }
}

impl Workstation {
    /// What is missing, and what became of it, newest first.
    ///
    /// # Errors
    /// A name that is no source; the store's.
    pub async fn gaps(&self, source: Option<&str>, limit: Option<usize>) -> Result<GapsView> {
        let source = source.map(|name| feed_id(known(name)?.name)).transpose()?;
        let gaps = self.store().gaps(&GapFilter { source, limit, ..GapFilter::default() }).await?;
        Ok(GapsView { gaps: gaps.into_iter().map(row).collect() })
    }

    /// How a source fared before a run.
    pub(crate) async fn feed_before(&self, run: &Run) -> Result<Option<Feed>> {
        Ok(self.store().feeds().await?.into_iter().find(|feed| feed.name == run.source))
    }

    /// Notes what a run shows to be missing. `told` is what its reply said; none when it failed.
    pub(crate) async fn notice_gaps(
        &self,
        info: SourceInfo,
        run: &Run,
        before: Option<Feed>,
        told: Option<Told>,
    ) -> Result<()> {
        let Some(before) = before else { return Ok(()) };
        let moves = feed_name(info.name).is_some();
        let Some(last_good) = (if moves { before.last_change } else { before.last_success }) else { return Ok(()) };
        let failed_with = run.error.as_deref().and_then(|error| error.split(':').next());
        let paused = self.store().source_settings().await?.iter().any(|set| set.name == run.source && set.paused);
        let heard = Heard {
            cadence: info.cadence,
            last_good,
            last_attempt: before.last_attempt,
            error: failed_with.or(before.last_error.as_deref()),
            paused,
            slept: self.inner.slept.lock().ok().and_then(|slept| *slept),
            now: self.now(),
        };
        let silence = ledgers::silence(&heard);
        let Some(told) = told else {
            return self.note(run, silence, None, GapState::Open).await;
        };
        // A feed that must move and did not is silent still.
        if moves && run.status == RunStatus::Unchanged {
            return self.note(run, silence, None, GapState::Open).await;
        }
        let lost = ledgers::overrun(last_good, told.oldest);
        let (missing, state) = match silence {
            _ if !told.days.is_empty() => (silence, GapState::Filled),
            _ if info.name == PRICES_SOURCE.name => (silence, GapState::Open),
            Some(silence) if told.is_list && !moves => match lost {
                Some(lost) => (Some(Missing { reason: silence.reason, ..lost }), GapState::Lost),
                None => (Some(silence), GapState::Filled),
            },
            Some(silence) => (Some(silence), GapState::Lost),
            None => (lost.filter(|_| told.is_list), GapState::Lost),
        };
        self.note(run, missing, None, state).await?;
        self.compare_days(run, &told.days).await
    }

    async fn note(&self, run: &Run, missing: Option<Missing>, subject: Option<&str>, state: GapState) -> Result<()> {
        let Some(missing) = missing else { return Ok(()) };
        Ok(self.store().note_gaps(&[self.gap(run, missing, subject, state)]).await?)
    }

    fn gap(&self, run: &Run, missing: Missing, subject: Option<&str>, state: GapState) -> StoredGap {
        let now = self.now();
        StoredGap {
            source: run.source.clone(),
            subject: subject.map(ToOwned::to_owned),
            from: missing.from,
            to: missing.to,
            state,
            reason: missing.reason.as_str().to_owned(),
            found_at: now,
            closed_at: (state != GapState::Open).then_some(now),
            tries: 0,
            tried_at: None,
        }
    }

    /// Notes the days without a figure, and closes those that have one now.
    async fn compare_days(&self, run: &Run, kinds: &[ObservationKind]) -> Result<()> {
        let now = self.now();
        let today = now.micros().div_euclid(DAY_MICROS);
        let from = Timestamp::from_micros((today - ledgers::DAYS_COMPARED) * DAY_MICROS);
        for kind in kinds {
            let told = self.store().days_told(&run.source, *kind, from).await?;
            let missing = ledgers::missing_days(&told, today, days_late(*kind).unwrap_or(0));
            let gap = |missing: Missing| self.gap(run, missing, Some(kind.as_str()), GapState::Open);
            self.store().note_gaps(&missing.into_iter().map(gap).collect::<Vec<_>>()).await?;
            let open =
                GapFilter { source: Some(run.source.clone()), state: Some(GapState::Open), ..GapFilter::default() };
            for gap in self.store().gaps(&open).await? {
                let day = gap.from.micros().div_euclid(DAY_MICROS);
                if gap.subject.as_deref() == Some(kind.as_str()) && told.contains(&day) {
                    self.store().settle_gap(&gap, GapState::Filled, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Tries the open gaps whose source speaks again, newest first; how many were tried.
    pub(crate) async fn fill_gaps(&self) -> Result<usize> {
        let (now, feeds) = (self.now(), self.store().feeds().await?);
        let open = GapFilter { state: Some(GapState::Open), ..GapFilter::default() };
        let over = |gap: &StoredGap| {
            let feed = feeds.iter().find(|feed| feed.name == gap.source);
            let last = feed.and_then(|feed| {
                if feed_name(feed.name.as_str()).is_some() { feed.last_change } else { feed.last_success }
            });
            feed.is_some_and(|feed| feed.last_error.is_none())
                && last.is_some_and(|last| last >= gap.to)
                // The minute in which it ended is over, so that its candle is closed.
                && Interval::M1.floor(gap.to).plus_micros(Interval::M1.micros()) <= now
        };
        let gaps = self.store().gaps(&open).await?;
        let due = gaps.into_iter().filter(|gap| is_due(gap, now) && over(gap));
        let is_day = |gap: &StoredGap| gap.reason == GapReason::DayMissing.as_str();
        let (days, mut others): (Vec<StoredGap>, Vec<StoredGap>) = due.partition(is_day);
        others.truncate(FILLED_AT_ONCE);
        // One run brings all of a source's days; they are compared after it, which closes those that are there now.
        let sources: BTreeSet<&str> = days.iter().map(|gap| gap.source.as_str()).collect();
        for source in sources {
            self.run_source(source, RunCause::Backfill).await?;
            tokio::time::sleep(PACE).await;
        }
        for gap in days.iter().chain(&others) {
            let last_try = gap.tries + 1 >= TRIES_MAX;
            let state = match gap.source.as_str() {
                _ if is_day(gap) => GapState::Open,
                name if name == PRICES_SOURCE.name => self.fill_prices(gap, last_try).await?,
                _ => GapState::Lost,
            };
            let state = if last_try && state == GapState::Open { GapState::Lost } else { state };
            self.store().settle_gap(gap, state, self.now()).await?;
        }
        Ok(days.len() + others.len())
    }

    /// Asks for the candles of every coin with a book. A coin whose chart has none is lost by itself; one whose chart can't be
    /// read keeps the gap open, but for the last time.
    async fn fill_prices(&self, gap: &StoredGap, last_try: bool) -> Result<GapState> {
        let coins: Vec<Coin> = {
            let desk = self.desk().await?;
            let books = desk.quotes.values().filter(|quote| quote.kind == QuoteKind::Book);
            books.map(|quote| quote.coin).collect()
        };
        let quiet = gap.to.seconds_since(gap.from) < QUIET_MAX_S;
        let (mut without, mut unread) = (Vec::new(), false);
        for coin in &coins {
            match self.fill_candles(*coin, gap.from, gap.to).await? {
                Asked::Candles(0) if !quiet => without.push(*coin),
                Asked::Candles(_) => {}
                Asked::Failed if last_try => without.push(*coin),
                Asked::Failed => unread = true,
                Asked::Offline => return Ok(GapState::Open),
            }
            tokio::time::sleep(PACE).await;
        }
        if unread || without.len() == coins.len() {
            return Ok(if unread { GapState::Open } else { GapState::Lost });
        }
        let now = self.now();
        let lost = |coin: &Coin| StoredGap {
            subject: Some(coin.to_string()),
            state: GapState::Lost,
            closed_at: Some(now),
            ..gap.clone()
        };
        self.store().note_gaps(&without.iter().map(lost).collect::<Vec<_>>()).await?;
        Ok(GapState::Filled)
    }

    /// Asks a coin's chart for a stretch, and keeps its closed candles.
    async fn fill_candles(&self, coin: Coin, from: Timestamp, to: Timestamp) -> Result<Asked> {
        let interval = finest(from, to);
        let (begin, end) = (interval.floor(from), interval.floor(to).plus_micros(interval.micros()));
        let mut run = Run::begun(feed_id(super::HISTORY)?, RunCause::Backfill, self.now());
        let history = self.outside().await?.coinspot.history(coin, interval, begin, end.min(run.started)).await;
        let asked = match history {
            Ok(history) => {
                let is_closed = |candle: &domain::Candle| candle.time.plus_micros(interval.micros()) <= run.started;
                let closed: Vec<_> = history.candles.into_iter().filter(is_closed).collect();
                let count = self.store().save_candles(coin, interval, CandleSource::History, &closed).await?;
                (run.new, run.duplicate) = (count.new, count.duplicates);
                run.rejected = (history.rejected.len() + history.dropped) as u64;
                run.seen = run.new + run.duplicate + run.rejected;
                Asked::Candles(closed.len())
            }
            Err(error) => {
                run.status = RunStatus::Failed;
                run.error = Some(format!("{}: {coin} {interval}: {error}", error.code()));
                if error.is_offline() { Asked::Offline } else { Asked::Failed }
            }
        };
        self.store().record_run(&run).await?;
        Ok(asked)
    }

    /// Forgets gaps that are old enough.
    pub(crate) async fn prune_gaps(&self, now: Timestamp) -> Result<()> {
        self.store().prune_gaps(now.plus_micros(-KEPT_MICROS)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
