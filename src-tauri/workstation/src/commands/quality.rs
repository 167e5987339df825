//! How far each source and ledger can be trusted: counted from runs, prices and gaps, scored by `ledgers::quality`, kept for the chart.
//!
//! Measured every few minutes while the workstation runs and whenever somebody asks, also from a process that only reads. What
//! an algorithm's signal rests on must be fit, or its order is refused; a person is warned.

use super::collect::known_sources;
use super::market::{feed_id, feed_name};
use crate::dto::{
    AgreementRow, LedgerQuality, QualityPoint, QualityView, QualityWeights, Refusal, ScoreRow, SourceQuality,
};
use crate::{Error, Result, Workstation};
use coinspot::PRICES_SOURCE;
use domain::{Coin, Decimal, Denial, Quote, QuoteKind, Timestamp};
use ledgers::alerts::{self as policy, Call};
use ledgers::{Counts, Ledger, Parts, SourceInfo, Standing, VenuePrice};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{Feed, GapFilter, GapState, StoredGap, StoredQuality};

const HOUR_MICROS: i64 = 3_600 * 1_000_000;
/// The window unless another is asked for.
const HOURS: u32 = 24;
/// The longest window: what runs are kept for.
const HOURS_MAX: u32 = 31 * 24;
/// Scores are kept this long.
/// Two measures at least so far apart that both fail raise an alert.
const TOLD_AFTER_S: i64 = 60;
/// How severe a ledger that cannot be trusted is: no order rests on it by itself, but algorithms stop.
const QUALITY_SEVERITY: u8 = 7;
const KEPT_MICROS: i64 = 31 * 24 * HOUR_MICROS;
/// A coin that was not quoted for longer than this is not expected any more.
const EXPECTED_MICROS: i64 = 7 * 24 * HOUR_MICROS;
/// A measurement is believed this long when an order asks.
pub(crate) const BELIEVED_S: i64 = 60;
/// Coins and sources named in a reason.
const NAMED_MAX: usize = 5;
/// Below these a part is worth a word.
const COVERAGE_WORDS_BELOW: f64 = 0.95;
const VALIDITY_WORDS_BELOW: f64 = 0.99;

/// The source that everything in a ledger rests on.
const ESSENTIAL: [&str; 1] = [PRICES_SOURCE.name];

/// What measuring looks at, read once.
struct Seen {
    now: Timestamp,
    window_micros: i64,
    feeds: Vec<Feed>,
    paused: Vec<String>,
    lacking: BTreeMap<&'static str, String>,
    quotes: Vec<Quote>,
    venues: Vec<VenuePrice>,
    gaps: Vec<StoredGap>,
}

/// A source that was measured.
struct Measured {
    info: SourceInfo,
    parts: Parts,
    standing: Standing,
    counts: Counts,
    reasons: Vec<String>,
}

fn score_row(parts: &Parts) -> ScoreRow {
    ScoreRow {
        coverage: parts.coverage,
        freshness: parts.freshness,
        validity: parts.validity,
        agreement: parts.agreement,
        score: parts.score(),
    }
}

/// The published weights and thresholds.
fn weights() -> QualityWeights {
    QualityWeights {
        coverage: ledgers::WEIGHTS.coverage,
        freshness: ledgers::WEIGHTS.freshness,
        validity: ledgers::WEIGHTS.validity,
        agreement: ledgers::WEIGHTS.agreement,
        degraded_below: ledgers::DEGRADED_BELOW,
        failing_below: ledgers::FAILING_BELOW,
    }
}

fn span(of: Duration) -> String {
    match of.as_secs() {
        s if s < 120 => format!("{s} s"),
        s if s < 7_200 => format!("{} min", s / 60),
        s if s < 172_800 => format!("{} h", s / 3_600),
        s => format!("{} days", s / 86_400),
    }
}

fn micros(of: Duration) -> i64 {
    i64::try_from(of.as_micros()).unwrap_or(i64::MAX)
}

fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > NAMED_MAX { format!("{shown} and {} more", names.len() - NAMED_MAX) } else { shown }
}

impl Seen {
    fn feed(&self, name: &str) -> Option<&Feed> {
        self.feeds.iter().find(|feed| feed.name.as_str() == name)
    }

    /// When a source last said something good: for prices, something new.
    fn last_good(&self, name: &str) -> Option<Timestamp> {
        let feed = self.feed(name)?;
        if feed_name(name).is_some() { feed.last_change } else { feed.last_success }
    }

    /// The coins a source of prices is expected to quote, each with when it last did; none for what is no source of prices.
    fn coins(&self, name: &str) -> Option<Vec<(Coin, Timestamp)>> {
        let lately = |seen: &Timestamp| seen.micros() >= self.now.micros().saturating_sub(EXPECTED_MICROS);
        let found: Vec<(Coin, Timestamp)> = if let Some(name) = feed_name(name) {
            let of_feed = self.quotes.iter().filter(|quote| super::feeds(name, quote.kind));
            of_feed.map(|quote| (quote.coin, quote.seen)).filter(|(_, seen)| lately(seen)).collect()
        } else {
            let of_venue = self.venues.iter().filter(|price| price.venue == name);
            of_venue.map(|price| (price.coin, price.seen)).filter(|(_, seen)| lately(seen)).collect()
        };
        (!found.is_empty()).then_some(found)
    }

    /// Counts intervals that a gap of this source covers wholly as full where it was filled, and as empty where the feed stood still.
    fn apply_gaps(&self, name: &str, begin: Timestamp, micros: i64, items: u64, came: &mut [u64]) {
        for gap in self.gaps.iter().filter(|gap| gap.source.as_str() == name && gap.subject.is_none()) {
            let value = match gap.state {
                GapState::Filled => items,
                _ if gap.reason == ledgers::GapReason::Frozen.as_str() => 0,
                _ => continue,
            };
            for (slot, came) in came.iter_mut().enumerate() {
                let from = begin.plus_micros(micros.saturating_mul(slot as i64));
                // An interval that the gap only touches is as it was counted.
                if gap.from <= from && from.plus_micros(micros) <= gap.to {
                    *came = value;
                }
            }
        }
    }
}

impl Workstation {
    /// How far each ledger and source can be trusted, over the last so many hours.
    ///
    /// # Errors
    /// `bad_hours`; the store's.
    pub async fn quality(&self, hours: Option<u32>) -> Result<QualityView> {
        let hours = hours.unwrap_or(HOURS);
        if !(1..=HOURS_MAX).contains(&hours) {
            return Err(Error::usage("bad_hours", format!("{hours} hours can't be measured: use 1 to {HOURS_MAX}")));
        }
        let seen = self.seen(i64::from(hours) * HOUR_MICROS).await?;
        let (rows, agree) = agreement_rows(&seen);
        let measured = self.measured(&seen, agree, &rows).await?;
        let history = self.store().quality(seen.now.plus_micros(-seen.window_micros)).await?;
        let point = |row: StoredQuality| QualityPoint { at: row.at, ledger: row.ledger.to_string(), score: row.score };
        Ok(QualityView {
            at: Some(seen.now),
            window_s: u64::from(hours) * 3_600,
            ledgers: Ledger::ALL.into_iter().map(|ledger| ledger_row(ledger, &measured, agree)).collect(),
            sources: measured.into_iter().map(source_row).collect(),
            agreement: rows,
            weights: weights(),
            history: history.into_iter().map(point).collect(),
        })
    }

    /// Measures, keeps the ledgers' scores and forgets old ones.
    pub(crate) async fn measure(&self) -> Result<QualityView> {
        let view = self.quality(None).await?;
        let at = view.at.unwrap_or_else(|| self.now());
        let stored = |row: &LedgerQuality| {
            Some(StoredQuality {
                at,
                ledger: Ledger::parse(&row.ledger)?,
                status: row.status.clone(),
                coverage: row.score.coverage,
                freshness: row.score.freshness,
                validity: row.score.validity,
                agreement: row.score.agreement,
                score: row.score.score,
            })
        };
        let rows: Vec<StoredQuality> = view.ledgers.iter().filter_map(stored).collect();
        self.store().save_quality(&rows).await?;
        self.store().prune_quality(at.plus_micros(-KEPT_MICROS)).await?;
        let before = self.inner.measured.lock().await.replace((at, view.ledgers.clone()));
        // One bad measure may be a start or a hiccup: two in a row are told.
        let before = before.filter(|(then, _)| at.seconds_since(*then) >= TOLD_AFTER_S);
        for row in &view.ledgers {
            self.tell_quality(row, before.as_ref().map(|(_, rows)| rows.as_slice()), at).await?;
        }
        Ok(view)
    }

    /// Raises an alert about a ledger that goes on failing, and ends it when it is good again.
    async fn tell_quality(&self, row: &LedgerQuality, before: Option<&[LedgerQuality]>, at: Timestamp) -> Result<()> {
        let Some(ledger) = Ledger::parse(&row.ledger) else { return Ok(()) };
        if row.status == Standing::Good.as_str() {
            return self.recovered(policy::topic(policy::QUALITY), &row.ledger).await;
        }
        let failing = |row: &LedgerQuality| row.status == Standing::Failing.as_str();
        let failed_before = before.is_some_and(|rows| rows.iter().any(|was| was.ledger == row.ledger && failing(was)));
        if !failing(row) || !failed_before {
            return Ok(());
        }
        let score = row.score.score.map_or_else(|| "no score".to_owned(), |score| format!("score {score:.2} of 1"));
        let call = Call {
            rule: policy::QUALITY,
            subject: row.ledger.clone(),
            ledger,
            severity: QUALITY_SEVERITY,
            title: format!("The {ledger} ledger is failing: {score}"),
            detail: row.reasons.join("; "),
            url: None,
            observation: None,
            origin: format!("{}|{ledger}|{at}", policy::QUALITY),
        };
        self.raise(call).await
    }

    /// Whether a signal may rest on a ledger now; if not, the refusal that says which source and why.
    ///
    /// # Errors
    /// The store's.
    pub async fn ledger_fit(&self, ledger: Ledger) -> Result<Result<(), Denial>> {
        self.ledger_fit_within(ledger, BELIEVED_S).await
    }

    /// The same, measured at most so many seconds ago.
    pub(crate) async fn ledger_fit_within(&self, ledger: Ledger, believed_s: i64) -> Result<Result<(), Denial>> {
        let mut measured = self.inner.measured.lock().await;
        let now = self.now();
        if !measured.as_ref().is_some_and(|(at, _)| (0..=believed_s).contains(&now.seconds_since(*at))) {
            *measured = Some((now, self.quality(None).await?.ledgers));
        }
        let found = measured.as_ref().and_then(|(_, rows)| rows.iter().find(|row| row.ledger == ledger.as_str()));
        Ok(match found {
            Some(row) if row.fit => Ok(()),
            found => Err(unfit(ledger, found)),
        })
    }

    /// A word for a person whose order rests on prices that are failing. It stops nobody.
    pub(crate) async fn price_warnings(&self) -> Result<Vec<Refusal>> {
        let failing = self.ledger_fit(Ledger::Exchange).await?.err().filter(|denial| denial.code == "ledger_failing");
        Ok(failing.into_iter().map(|denial| Refusal { code: denial.code, message: denial.message }).collect())
    }

    async fn seen(&self, window_micros: i64) -> Result<Seen> {
        let now = self.now();
        let settings = self.store().source_settings().await?;
        let after = Some(now.plus_micros(-window_micros));
        Ok(Seen {
            now,
            window_micros,
            feeds: self.store().feeds().await?,
            paused: settings.into_iter().filter(|set| set.paused).map(|set| set.name.to_string()).collect(),
            lacking: self.lacking().await,
            quotes: self.desk().await?.quotes.values().copied().collect(),
            venues: self.store().references(None).await?,
            gaps: self.store().gaps(&GapFilter { after, ..GapFilter::default() }).await?,
        })
    }

    async fn measured(&self, seen: &Seen, agree: Option<f64>, rows: &[AgreementRow]) -> Result<Vec<Measured>> {
        let mut all = Vec::new();
        for info in known_sources() {
            all.push(self.measured_source(seen, info, agree, rows).await?);
        }
        Ok(all)
    }

    async fn measured_source(
        &self,
        seen: &Seen,
        info: SourceInfo,
        agree: Option<f64>,
        rows: &[AgreementRow],
    ) -> Result<Measured> {
        let counts = self.counts(seen, info).await?;
        let mut measured =
            Measured { info, parts: Parts::default(), standing: Standing::Unknown, counts, reasons: Vec::new() };
        if seen.paused.iter().any(|name| name == info.name) {
            measured.reasons.push("paused: it runs only when asked to".to_owned());
            return Ok(measured);
        }
        if let Some(lacks) = seen.lacking.get(info.name) {
            measured.reasons.push(format!("it waits for {lacks}"));
            return Ok(measured);
        }
        if seen.feed(info.name).is_none() {
            measured.reasons.push("it has not run yet".to_owned());
            return Ok(measured);
        }
        measured.parts = Parts::of(&counts);
        if info.name == PRICES_SOURCE.name {
            measured.parts.agreement = agree;
        }
        measured.standing = measured.parts.standing();
        measured.reasons = reasons(seen, &measured, rows);
        Ok(measured)
    }

    /// Counts what came of a source in the whole intervals of the window, from its first run on.
    async fn counts(&self, seen: &Seen, info: SourceInfo) -> Result<Counts> {
        let id = feed_id(info.name)?;
        let interval = micros(ledgers::interval_of(info.cadence));
        let first = self.store().first_run(&id).await?.unwrap_or(seen.now);
        let begin = seen.now.plus_micros(-seen.window_micros.max(interval)).max(first);
        let whole = seen.now.micros().saturating_sub(begin.micros()).max(0) / interval;
        let begin = seen.now.plus_micros(-whole.saturating_mul(interval));
        let coins = seen.coins(info.name);
        let items = coins.as_ref().map_or(1, |coins| coins.len() as u64);
        let mut came = vec![0; usize::try_from(whole).unwrap_or(0)];
        let (mut taken, mut flawed) = (0, 0);
        for slot in self.store().run_slots(&id, begin, seen.now, interval).await? {
            let answered = u64::from(slot.runs > slot.failed);
            if let Some(came) = usize::try_from(slot.slot).ok().and_then(|slot| came.get_mut(slot)) {
                *came = if coins.is_some() { slot.taken_max.max(0) as u64 } else { answered };
            }
            taken += slot.taken.max(0) as u64;
            flawed += slot.flawed.max(0) as u64;
        }
        seen.apply_gaps(info.name, begin, interval, items, &mut came);
        let age = seen.last_good(info.name).map(|good| seen.now.micros().saturating_sub(good.micros()).max(0));
        Ok(Counts {
            expected: items.saturating_mul(came.len() as u64),
            received: ledgers::received(&came, items),
            age: age.map(|age| Duration::from_micros(age as u64)),
            cadence: info.cadence,
            taken,
            flawed,
        })
    }
}

fn source_row(measured: Measured) -> SourceQuality {
    SourceQuality {
        source: measured.info.name.to_owned(),
        ledger: measured.info.ledger.to_string(),
        status: measured.standing.as_str().to_owned(),
        score: score_row(&measured.parts),
        received: measured.counts.received,
        expected: measured.counts.expected,
        reasons: measured.reasons,
    }
}

fn ledger_row(ledger: Ledger, measured: &[Measured], agree: Option<f64>) -> LedgerQuality {
    let of: Vec<&Measured> = measured.iter().filter(|one| one.info.ledger == ledger).collect();
    let known: Vec<Parts> = of.iter().filter(|one| one.standing != Standing::Unknown).map(|one| one.parts).collect();
    let mut parts = Parts::mean(&known);
    if ledger == Ledger::Exchange {
        parts.agreement = agree;
    }
    let essential = of.iter().filter(|one| ESSENTIAL.contains(&one.info.name)).map(|one| one.standing);
    let standing = ledgers::ledger_standing(&parts, essential);
    let poor = of.iter().filter(|one| matches!(one.standing, Standing::Failing | Standing::Degraded));
    let mut reasons: Vec<String> = poor
        .take(NAMED_MAX)
        .map(|one| {
            let why = one.reasons.first().map_or_else(String::new, |reason| format!(": {reason}"));
            format!("{} is {}{why}", one.info.name, one.standing.as_str())
        })
        .collect();
    if standing == Standing::Unknown {
        reasons.push("no source of it has run yet".to_owned());
    }
    LedgerQuality {
        ledger: ledger.to_string(),
        status: standing.as_str().to_owned(),
        score: score_row(&parts),
        fit: standing.is_fit(),
        reasons,
    }
}

/// What is wrong with a source, the worst first, in plain words.
fn reasons(seen: &Seen, measured: &Measured, rows: &[AgreementRow]) -> Vec<String> {
    let Measured { info, parts, counts, .. } = measured;
    let mut reasons = Vec::new();
    let cadence = span(info.cadence);
    match counts.age {
        None => reasons.push("it has never answered well".to_owned()),
        Some(age) if parts.freshness.is_some_and(|part| part < 1.0) => {
            let word = if feed_name(info.name).is_some() { "its prices last moved" } else { "it last answered well" };
            reasons.push(format!("{word} {} ago; it is asked every {cadence}", span(age)));
        }
        Some(_) => {}
    }
    if let Some(error) = seen.feed(info.name).and_then(|feed| feed.last_error.as_deref()) {
        reasons.push(format!("its last run failed ({error})"));
    }
    if parts.coverage.is_some_and(|part| part < COVERAGE_WORDS_BELOW) {
        let what = if seen.coins(info.name).is_some() { "prices" } else { "answers" };
        reasons.push(format!("{} of {} {what} expected came", counts.received, counts.expected));
    }
    if let Some(words) = silent_coins(seen, *info) {
        reasons.push(words);
    }
    if parts.validity.is_some_and(|part| part < VALIDITY_WORDS_BELOW) {
        reasons.push(format!("{} of {} items were bad", counts.flawed, counts.taken + counts.flawed));
    }
    if parts.agreement.is_some_and(|part| part < 1.0) {
        reasons.extend(rows.iter().filter_map(disagreement).take(NAMED_MAX));
    }
    reasons
}

/// The coins a source of prices no longer quotes, while it goes on quoting others.
fn silent_coins(seen: &Seen, info: SourceInfo) -> Option<String> {
    let coins = seen.coins(info.name)?;
    let newest = coins.iter().map(|(_, at)| *at).max()?;
    let allowed = micros(ledgers::silence_allowed(info.cadence));
    let mut silent: Vec<String> = coins
        .iter()
        .filter(|(_, at)| newest.micros().saturating_sub(at.micros()) > allowed)
        .map(|(coin, _)| coin.to_string())
        .collect();
    silent.sort_unstable();
    (!silent.is_empty()).then(|| format!("no price of {} comes any more", some_of(&silent)))
}

fn disagreement(row: &AgreementRow) -> Option<String> {
    let (apart, reference) = (row.apart_pct.as_deref()?, row.reference.as_deref()?);
    let far = apart.parse::<Decimal>().is_ok_and(|apart| ledgers::agreement(apart) < 1.0);
    far.then(|| {
        let (coin, venues) = (&row.coin, row.venues.join(", "));
        format!("{coin} is {apart} % off the median {reference} of {venues}")
    })
}

/// Each coin with a book against the other venues, and the mean of how far they agree.
fn agreement_rows(seen: &Seen) -> (Vec<AgreementRow>, Option<f64>) {
    let mut books: Vec<&Quote> = seen.quotes.iter().filter(|quote| quote.kind == QuoteKind::Book).collect();
    books.sort_unstable_by_key(|quote| quote.coin);
    let mut told = Vec::new();
    let mut rows = Vec::new();
    for quote in books {
        let fresh = quote.age_s(seen.now) <= ledgers::REFERENCE_AGE_MAX_S;
        let mid = quote.mid();
        let found = ledgers::reference(quote.coin, &seen.venues, seen.now);
        let apart = match (&found, mid) {
            (Ok(found), Some(mid)) if fresh => ledgers::percent_apart(mid, found.price.decimal()),
            _ => None,
        };
        told.extend(apart.map(ledgers::agreement));
        let text = |decimal: Decimal| decimal.normalize().to_string();
        let (reference, venues, reason) = match found {
            Ok(found) => {
                let left = found.left_out.iter().map(|left| format!("{}: {}", left.venue, left.why));
                let mut why: Vec<String> = left.collect();
                why.extend((!fresh).then(|| format!("our own price is {} s old", quote.age_s(seen.now))));
                let reason = (!why.is_empty()).then(|| why.join("; "));
                (Some(text(found.price.decimal())), found.venues, reason)
            }
            Err(none) => (None, Vec::new(), Some(none.to_string())),
        };
        rows.push(AgreementRow {
            coin: quote.coin.to_string(),
            mid: mid.map(text),
            reference,
            apart_pct: apart.map(|apart| text(apart.round_dp(2))),
            venues,
            reason,
        });
    }
    let mean = (!told.is_empty()).then(|| told.iter().sum::<f64>() / told.len() as f64);
    (rows, mean)
}

fn unfit(ledger: Ledger, row: Option<&LedgerQuality>) -> Denial {
    let name = ledger.as_str();
    let why = row.map_or_else(String::new, |row| row.reasons.join("; "));
    if row.is_some_and(|row| row.status == Standing::Failing.as_str()) {
        let words = format!("The {name} ledger is failing, and no signal may rest on it: {why}. See `omc quality`.");
        return Denial::new("ledger_failing", words);
    }
    let words = format!("How good the {name} ledger is can't be told, so no signal may rest on it: {why}.");
    Denial::new("ledger_unknown", words)
}

#[cfg(test)]
mod tests;
