//! Daily closes of the days an imported book was held over, from CoinSpot's charts: the one venue that tells candles of its
//! coins in AUD for years back.
//!
//! Invariants: a stretch of days that a chart answered for is not asked for again, whatever it told; what breaks off goes on
//! with the next coin that lacks days; only candles that are over are kept. Deliberately absent: making up days a chart does
//! not have, and other venues' closes, which are not what a sale here would have brought.

use super::market::{HISTORY, feed_id};
use crate::{Result, Workstation};
use books::{Days, EquityQuery, Method};
use domain::{Book, Coin, Interval, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use store::{CandleSource, Run, RunCause, RunStatus};

const DAY_MICROS: i64 = 86_400 * 1_000_000;
/// Days of one request: stretches of a fixed grid, so that one is either answered for or not.
const STRETCH_DAYS: i64 = 500;
/// Requests of one go; the next goes on.
const REQUESTS_MAX: usize = 40;
const PACE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 500 });
/// The pause after a chart that could not be read; it doubles, five times at most.
const TRY_AGAIN_S: i64 = 1_800;
const DOUBLED_MAX: u32 = 5;
/// The setting of a coin: `STRETCH:UNTIL` for each stretch a chart answered for.
const ASKED: &str = "closes_asked_";
const ZONE: chrono_tz::Tz = crate::when::DEFAULT_ZONE;

/// The stretches of a coin that a chart answered for, and up to which day.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked(BTreeMap<i64, i64>);

impl Asked {
    fn parse(text: &str) -> Self {
        let pair = |pair: &str| {
            let (stretch, until) = pair.split_once(':')?;
            Some((stretch.parse().ok()?, until.parse().ok()?))
        };
        Self(text.split(' ').filter_map(pair).collect())
    }

    fn text(&self) -> String {
        self.0.iter().map(|(stretch, until)| format!("{stretch}:{until}")).collect::<Vec<_>>().join(" ")
    }

    /// The days to ask for, first and last, of each stretch with a lacking day nobody answered for.
    fn missing(&self, lacking: &BTreeSet<i64>, last_day: i64) -> Vec<(i64, i64)> {
        let mut spans = BTreeMap::new();
        for day in lacking.iter().filter(|day| **day <= last_day) {
            let stretch = day.div_euclid(STRETCH_DAYS);
            let until = self.0.get(&stretch).copied();
            if until.is_none_or(|until| *day > until) {
                let first = until.map_or(stretch * STRETCH_DAYS, |until| until + 1);
                spans.insert(stretch, (first, ((stretch + 1) * STRETCH_DAYS - 1).min(last_day)));
            }
        }
        spans.into_values().collect()
    }

    fn note(&mut self, (first, last): (i64, i64)) {
        self.0.insert(first.div_euclid(STRETCH_DAYS), last);
    }
}

/// What a go asked for and got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Fetched {
    pub requests: usize,
    pub seen: u64,
    pub new: u64,
    pub duplicate: u64,
    /// Whether there was more to ask for than one go does.
    pub more: bool,
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_micros(day * DAY_MICROS)
}

impl Workstation {
    /// Fetches the daily closes that the live book's days lack, as far as one go reaches.
    ///
    /// # Errors
    /// The store's. A chart that fails is noted with the source, and its coin waits.
    pub(crate) async fn fetch_closes(&self) -> Result<Fetched> {
        let last_day = self.now().micros().div_euclid(DAY_MICROS) - 1;
        let mut fetched = Fetched::default();
        for (coin, lacking) in self.lacking_closes().await? {
            if self.waits_for_chart(coin).await {
                continue;
            }
            let setting = format!("{ASKED}{coin}");
            let mut asked = Asked::parse(&self.store().setting(&setting).await?.unwrap_or_default());
            for span in asked.missing(&lacking, last_day) {
                if fetched.requests == REQUESTS_MAX {
                    fetched.more = true;
                    return Ok(fetched);
                }
                if fetched.requests > 0 {
                    tokio::time::sleep(PACE).await;
                }
                fetched.requests += 1;
                let run = self.fetch_span(coin, span).await?;
                (fetched.seen, fetched.new) = (fetched.seen + run.seen, fetched.new + run.new);
                fetched.duplicate += run.duplicate;
                match run.status {
                    RunStatus::Ok => {
                        asked.note(span);
                        self.store().set_settings(&[(setting.as_str(), asked.text())]).await?;
                        self.inner.charts_failed.lock().await.remove(&coin);
                    }
                    _ if run.error.as_deref().is_some_and(|error| error.starts_with("offline")) => return Ok(fetched),
                    _ => {
                        let now = self.now();
                        let mut failed = self.inner.charts_failed.lock().await;
                        let tries = failed.get(&coin).map_or(0, |(tries, _)| *tries);
                        failed.insert(coin, (tries + 1, now));
                        break;
                    }
                }
            }
        }
        Ok(fetched)
    }

    /// Whether a coin's chart failed not long ago.
    async fn waits_for_chart(&self, coin: Coin) -> bool {
        let now = self.now();
        let failed = self.inner.charts_failed.lock().await.get(&coin).copied();
        failed.is_some_and(|(tries, since)| {
            let pause = TRY_AGAIN_S << tries.saturating_sub(1).min(DOUBLED_MAX);
            // A clock that was set back makes it due.
            (0..pause).contains(&now.seconds_since(since))
        })
    }

    /// The UTC days whose close would value an end of a day that has no candle near it, by coin. Bitcoin is wanted for
    /// all of them: it is what the book is measured against.
    async fn lacking_closes(&self) -> Result<BTreeMap<Coin, BTreeSet<i64>>> {
        let ledgered = self.ledgered(Book::Live).await?;
        let mut lacking = BTreeMap::new();
        if ledgered.rows.is_empty() {
            return Ok(lacking);
        }
        let query = EquityQuery {
            book: Book::Live,
            method: Method::default(),
            picks: books::Picks::default(),
            zone: ZONE,
            from: None,
            to: self.now(),
        };
        let days = Days::fold(&ledgered.rows, &[], &query)?;
        let ends = days.ends();
        let mut wanted: BTreeMap<Coin, Vec<Timestamp>> = BTreeMap::new();
        for (number, places) in days.wanted() {
            let moments = places.iter().filter_map(|place| ends.get(*place).copied());
            wanted.insert(ledgered.coin(number)?, moments.collect());
        }
        if let Ok(btc) = Coin::parse("BTC") {
            wanted.insert(btc, ends);
        }
        for (coin, moments) in wanted {
            let found = self.day_closes(coin, &moments).await?;
            let without = moments.iter().zip(found).filter(|(_, price)| price.is_none());
            let days: BTreeSet<i64> = without.map(|(moment, _)| moment.micros().div_euclid(DAY_MICROS) - 1).collect();
            if !days.is_empty() {
                lacking.insert(coin, days);
            }
        }
        Ok(lacking)
    }

    /// Asks a coin's chart for some days, and keeps its closed candles.
    async fn fetch_span(&self, coin: Coin, (first, last): (i64, i64)) -> Result<Run> {
        let mut run = Run::begun(feed_id(HISTORY)?, RunCause::Backfill, self.now());
        let told = self.outside().await?.coinspot.history(coin, Interval::D1, at(first), at(last + 1)).await;
        match told {
            Ok(history) => {
                let over = |candle: &domain::Candle| candle.time.plus_micros(DAY_MICROS) <= run.started;
                let closed: Vec<_> = history.candles.into_iter().filter(over).collect();
                let count = self.store().save_candles(coin, Interval::D1, CandleSource::History, &closed).await?;
                (run.new, run.duplicate) = (count.new, count.duplicates);
                run.rejected = (history.rejected.len() + history.dropped) as u64;
                run.seen = run.new + run.duplicate + run.rejected;
            }
            Err(error) => {
                run.status = RunStatus::Failed;
                let code = if error.is_offline() { "offline" } else { error.code() };
                run.error = Some(format!("{code}: {coin} {}: {error}", Interval::D1));
            }
        }
        self.store().record_run(&run).await?;
        Ok(run)
    }
}

#[cfg(test)]
mod tests;
