//! Our own rules at work: what just landed is looked at, what is noticed becomes events and alerts.
//!
//! Invariants: what is noticed never fails the run that brought it: trouble of our own goes to the log; what the rules
//! remember is made again from the store, so that a restart tells nothing twice. Deliberately absent: thresholds (the rules'),
//! who is told and how often (the policy's).

use crate::commands::{feed_id, feed_name};
use crate::{Result, Workstation};
use domain::{Coin, Interval, Name, Quote, QuoteKind, Timestamp};
use ledgers::alerts::{self, Call};
use ledgers::meaning::{Coins, meaning};
use ledgers::rules::{self, OWN_RULES, PriceRules, Silence};
use ledgers::{EventRule, Ledger, Observation, ObservationKind, Payload, SourceInfo};
use std::collections::HashSet;
use store::{AlertFilter, ObservationFilter, Run, RunStatus, StoredObservation};

const MINUTE_MICROS: i64 = 60_000_000;
/// Own events of this long ago may still go on.
const TOLD_MICROS: i64 = 2 * 3_600_000_000;
/// Own events looked through for an outage that is still open.
const OUTAGES_LOOKED: usize = 500;

/// What the rules remember between two replies.
#[derive(Default)]
pub(crate) struct Watch {
    prices: Option<PriceRules>,
    /// Sources known to have nothing open.
    fine: HashSet<&'static str>,
}

impl Workstation {
    /// Looks at what a run brought that was not known before.
    pub(crate) async fn notice(&self, fresh: &[StoredObservation]) {
        if let Err(error) = self.look_at(fresh).await {
            tracing::warn!(code = error.code(), "what just came could not be looked at: {error}");
        }
    }

    /// Looks at the prices as they stand, after a reply that changed some.
    pub(crate) async fn notice_prices(&self) {
        if let Err(error) = self.judge_prices().await {
            tracing::warn!(code = error.code(), "prices could not be judged: {error}");
        }
    }

    /// Looks at how a source fares, after its run was recorded.
    pub(crate) async fn notice_health(&self, info: SourceInfo, run: &Run, failure: Option<&'static str>) {
        let looked = match failure {
            // That is a person's to set, and was said to the one who asked.
            Some("not_configured") => return,
            Some(code) => self.ails(info, run, code).await,
            None => self.is_well(info, run).await,
        };
        if let Err(error) = looked {
            tracing::warn!(source = info.name, code = error.code(), "its health could not be judged: {error}");
        }
    }

    async fn look_at(&self, fresh: &[StoredObservation]) -> Result<()> {
        // What a person should know comes before what is computed from it.
        self.call_all(fresh).await?;
        let now = self.now();
        let landed = |kinds: &[ObservationKind]| -> Vec<Observation> {
            let wanted = fresh.iter().filter(|stored| kinds.contains(&stored.observation.kind()));
            wanted.map(|stored| stored.observation.clone()).collect()
        };
        let figures = landed(&rules::FIGURE_KINDS);
        if !figures.is_empty() {
            let known = self.known(&rules::FIGURE_KINDS, rules::FIGURE_DAYS + 1, now).await?;
            self.keep_events(&rules::tvl_shocks(&figures, &known, now)).await?;
        }
        let treasuries = landed(&[ObservationKind::Treasury]);
        if !treasuries.is_empty() {
            let known = self.known(&[ObservationKind::Treasury], rules::TREASURY_DAYS, now).await?;
            self.keep_events(&rules::treasury_changes(&treasuries, &known, now)).await?;
        }
        Ok(())
    }

    /// What is known of the last days, in its newest wording.
    async fn known(&self, kinds: &[ObservationKind], days: i64, now: Timestamp) -> Result<Vec<Observation>> {
        let from = Some(Interval::D1.floor(now).plus_micros(-days * Interval::D1.micros()));
        let filter = ObservationFilter { kinds: Some(kinds.to_vec()), from, ..ObservationFilter::default() };
        let known = self.store().observations(&filter).await?;
        Ok(known.into_iter().map(|stored| stored.observation).collect())
    }

    async fn keep_events(&self, events: &[Observation]) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let (_, fresh) = self.store().save_and_tell(events, self.now()).await?;
        self.call_all(&fresh).await
    }

    async fn call_all(&self, fresh: &[StoredObservation]) -> Result<()> {
        let (now, known) = (self.now(), Coins::default());
        let catalysts = fresh.iter().filter(|stored| stored.observation.kind().ledger() == Ledger::Catalyst);
        for stored in catalysts {
            let meaning = meaning(&stored.observation, &known);
            if let Some(call) = alerts::call_of(&stored.observation, &stored.id(), meaning.as_ref(), now) {
                self.raise(call).await?;
            }
        }
        Ok(())
    }

    async fn judge_prices(&self) -> Result<()> {
        let books: Vec<Quote> = {
            let desk = self.desk().await?;
            desk.quotes.values().filter(|quote| quote.kind == QuoteKind::Book).copied().collect()
        };
        let Some(newest) = books.iter().map(|quote| quote.seen).max() else { return Ok(()) };
        let mut watch = self.inner.watch.lock().await;
        if watch.prices.is_none() {
            watch.prices = Some(self.remembered(&books, newest).await?);
        }
        let Some(prices) = watch.prices.as_mut() else { return Ok(()) };
        // A quote that was not in this reply says nothing about now.
        let current: Vec<Quote> = books.into_iter().filter(|quote| quote.seen == newest).collect();
        let noticed = prices.judge(&current, newest);
        drop(watch);
        self.keep_events(&noticed.events).await?;
        for (rule, subject) in noticed.over {
            self.recovered(rule.as_str(), &subject).await?;
        }
        Ok(())
    }

    /// What the rules would remember had they been there all the time.
    async fn remembered(&self, books: &[Quote], until: Timestamp) -> Result<PriceRules> {
        let mut prices = PriceRules::new();
        let from = until.plus_micros(-(rules::MEMORY_MINUTES as i64) * MINUTE_MICROS);
        for quote in books {
            for past in self.store().ticks(quote.coin, from, until).await? {
                prices.remember(&past);
            }
        }
        for told in self.own_events(Some(until.plus_micros(-TOLD_MICROS)), None).await? {
            prices.remember_told(&told.observation);
        }
        let open = AlertFilter { open: true, ..AlertFilter::default() };
        for alert in self.store().alerts(&open).await? {
            if alert.rule == EventRule::SpreadBlowOut.as_str()
                && let Ok(coin) = Coin::parse(&alert.subject)
            {
                prices.remember_blown(coin);
            }
        }
        Ok(prices)
    }

    async fn own_events(&self, from: Option<Timestamp>, limit: Option<usize>) -> Result<Vec<StoredObservation>> {
        let (kinds, source) = (Some(vec![ObservationKind::Event]), Some(feed_id(OWN_RULES)?));
        let filter = ObservationFilter { kinds, source, from, limit, ..ObservationFilter::default() };
        Ok(self.store().observations(&filter).await?)
    }

    /// A run failed, or its reply was set aside.
    async fn ails(&self, info: SourceInfo, run: &Run, code: &'static str) -> Result<()> {
        self.inner.watch.lock().await.fine.remove(info.name);
        let (failures, last_success) = (self.failures(&run.source).await?, self.last_word(info).await?);
        let since = last_success.map_or_else(|| "ever".to_owned(), |since| since.to_string());
        // While no price comes we are offline, which is said once, not by every source.
        let is_offline = feed_name(info.name).is_none() && self.prices_ail().await?;
        let rule = if code == "shape_changed" { alerts::SHAPE_CHANGED } else { alerts::SOURCE_FAILING };
        let is_due = rule == alerts::SHAPE_CHANGED || (failures >= alerts::FAILURES_TOLD && !is_offline);
        if is_due {
            let (severity, title) = if rule == alerts::SHAPE_CHANGED {
                (7, format!("{}: its replies have other fields, and are set aside", info.name))
            } else {
                (failing_severity(info), format!("{} failed {failures} times in a row", info.name))
            };
            let call = Call {
                rule,
                subject: info.name.to_owned(),
                ledger: info.ledger,
                severity,
                title,
                detail: run.error.clone().unwrap_or_default(),
                url: None,
                observation: None,
                origin: format!("{rule}|{}|{since}", info.name),
            };
            self.raise(call).await?;
        }
        match last_success {
            Some(since) if !is_offline => self.judge_silence(info, since, failures, false).await,
            _ => Ok(()),
        }
    }

    /// A run went well. A price feed that says the same all the time is silent all the same.
    async fn is_well(&self, info: SourceInfo, run: &Run) -> Result<()> {
        if feed_name(info.name).is_some() && run.status == RunStatus::Unchanged {
            return match self.last_word(info).await? {
                Some(since) => self.judge_silence(info, since, 0, true).await,
                None => Ok(()),
            };
        }
        if self.inner.watch.lock().await.fine.contains(info.name) {
            return Ok(());
        }
        let now = self.now();
        for open in self.own_events(None, Some(OUTAGES_LOOKED)).await? {
            let is_of = |payload: &Payload| matches!(payload, Payload::Event { rule: EventRule::FeedOutage, subject, .. } if subject == info.name);
            // The second telling of an outage is its end.
            if open.revision == 1 && is_of(&open.observation.payload) {
                self.keep_events(&[rules::outage_over(info, open.observation.event_time, now)]).await?;
            }
        }
        self.recovered(alerts::SOURCE_TOPIC, info.name).await?;
        self.inner.watch.lock().await.fine.insert(info.name);
        Ok(())
    }

    async fn judge_silence(&self, source: SourceInfo, since: Timestamp, failures: u32, is_frozen: bool) -> Result<()> {
        let is_price_feed = feed_name(source.name).is_some();
        let silence = Silence { source, since, failures, is_frozen, is_price_feed };
        let event = rules::outage(&silence, self.now());
        if event.is_some() {
            self.inner.watch.lock().await.fine.remove(source.name);
        }
        self.keep_events(event.as_slice()).await
    }

    /// Runs in a row that failed, as far as anybody asks.
    async fn failures(&self, source: &Name) -> Result<u32> {
        let runs = self.store().runs(Some(source), alerts::FAILURES_TOLD as usize).await?;
        Ok(runs.iter().take_while(|run| run.status == RunStatus::Failed).count() as u32)
    }

    /// When a source last said something: for prices something new, for others anything.
    async fn last_word(&self, info: SourceInfo) -> Result<Option<Timestamp>> {
        let feed = self.store().feeds().await?.into_iter().find(|feed| feed.name.as_str() == info.name);
        let is_price_feed = feed_name(info.name).is_some();
        Ok(feed.and_then(|feed| if is_price_feed { feed.last_change } else { feed.last_success }))
    }

    /// Whether the price feeds fail, all of them.
    async fn prices_ail(&self) -> Result<bool> {
        let feeds = self.store().feeds().await?;
        let mut prices = feeds.iter().filter(|feed| feed_name(feed.name.as_str()).is_some()).peekable();
        Ok(prices.peek().is_some() && prices.all(|feed| feed.last_error.is_some()))
    }
}

fn failing_severity(info: SourceInfo) -> u8 {
    match info.ledger {
        _ if feed_name(info.name).is_some() => 7,
        Ledger::Catalyst => 6,
        Ledger::Exchange | Ledger::Human | Ledger::Glass => 5,
    }
}
