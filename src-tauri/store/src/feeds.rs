//! What feeds said: quotes, their changes, and how the feeds fare.
//!
//! Invariants: one reply is stored in one transaction of a few statements; a change of content makes a tick, and so does
//! the first reply of a minute, so that the ticks of a minute tell its open.
//! Deliberately absent: judging whether a reply is fresh, which is done before it comes here; how ticks are kept.

use crate::open::Inner;
use crate::pack::{decode_quote, encode_quote};
use crate::script::Script;
use crate::ticks::{Polls, number_coins};
use crate::{Result, Store, StoreError};
use domain::{Coin, Interval, Name, Quote, Timestamp};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, SqliteConnection};
use std::collections::HashMap;

/// How a feed fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Its name.
    pub name: Name,
    /// When it was last asked.
    pub last_attempt: Timestamp,
    /// When it last answered well.
    pub last_success: Option<Timestamp>,
    /// When an answer last changed anything.
    pub last_change: Option<Timestamp>,
    /// The code of the last failure; none after a success.
    pub last_error: Option<String>,
}

/// How a run of a collector ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// It brought something.
    Ok,
    /// It brought something, and something else was refused.
    Partial,
    /// It failed.
    Failed,
    /// There was nothing new.
    Unchanged,
}

impl RunStatus {
    /// Its name, such as `ok`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Failed => "failed",
            Self::Unchanged => "unchanged",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Ok, Self::Partial, Self::Failed, Self::Unchanged].into_iter().find(|status| status.as_str() == text)
    }
}

/// Why a collector ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunCause {
    /// It was due.
    Scheduled,
    /// A person asked, or an order needed a price.
    Manual,
    /// To fill a gap.
    Backfill,
}

impl RunCause {
    /// Its name, such as `scheduled`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Manual => "manual",
            Self::Backfill => "backfill",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Scheduled, Self::Manual, Self::Backfill].into_iter().find(|cause| cause.as_str() == text)
    }
}

/// One item that a run did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What it was, made harmless.
    pub item: String,
    /// Stable code of the reason.
    pub code: String,
    /// The reason in words.
    pub reason: String,
}

/// One run of a collector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Of which source.
    pub source: Name,
    /// When it began.
    pub started: Timestamp,
    /// Why it ran.
    pub cause: RunCause,
    /// How it ended.
    pub status: RunStatus,
    /// Items that came.
    pub seen: u64,
    /// Observations that were new.
    pub new: u64,
    /// Observations known already that say something else now.
    pub revised: u64,
    /// Observations known already.
    pub duplicate: u64,
    /// Observations refused.
    pub rejected: u64,
    /// Items that were bad in themselves: refused for what they said, or taken though bid and ask are crossed.
    pub flawed: u64,
    /// The first of the refusals.
    pub refusals: Vec<Refusal>,
    /// The code of its failure.
    pub error: Option<String>,
}

impl Run {
    /// A run that has brought nothing yet.
    #[must_use]
    pub const fn begun(source: Name, cause: RunCause, started: Timestamp) -> Self {
        Self {
            source,
            started,
            cause,
            status: RunStatus::Ok,
            seen: 0,
            new: 0,
            revised: 0,
            duplicate: 0,
            rejected: 0,
            flawed: 0,
            refusals: Vec::new(),
            error: None,
        }
    }
}

#[derive(FromRow)]
struct RunRow {
    source: String,
    started: i64,
    cause: String,
    status: String,
    seen: i64,
    new: i64,
    revised: i64,
    duplicate: i64,
    rejected: i64,
    flawed: i64,
    refused: Option<String>,
    error: Option<String>,
}

type FeedRow = (String, i64, Option<i64>, Option<i64>, Option<String>);

pub(crate) fn coin_of(text: &str) -> Result<Coin> {
    Coin::parse(text).map_err(|error| StoreError::damaged("a quote's coin", error))
}

fn name_of(text: &str) -> Result<Name> {
    Name::parse(text).map_err(|error| StoreError::damaged("a feed's name", error))
}

fn run_of(row: RunRow) -> Result<Run> {
    let refusals = match &row.refused {
        None => Vec::new(),
        Some(text) => serde_json::from_str(text).map_err(|error| StoreError::damaged("a run's refusals", error))?,
    };
    Ok(Run {
        source: name_of(&row.source)?,
        started: Timestamp::from_micros(row.started),
        cause: RunCause::parse(&row.cause).ok_or_else(|| StoreError::damaged("a run's cause", &row.cause))?,
        status: RunStatus::parse(&row.status).ok_or_else(|| StoreError::damaged("a run's status", &row.status))?,
        seen: row.seen as u64,
        new: row.new as u64,
        revised: row.revised as u64,
        duplicate: row.duplicate as u64,
        rejected: row.rejected as u64,
        flawed: row.flawed as u64,
        refusals,
        error: row.error,
    })
}

/// A quote as it stands.
#[derive(Debug)]
pub(crate) struct Known {
    seen: Timestamp,
    body: Vec<u8>,
    /// The coin's number among ticks.
    no: u32,
}

/// The quotes as they stand, to tell what changed.
pub(crate) type KnownQuotes = HashMap<Coin, Known>;

async fn known_quotes(inner: &Inner, conn: &mut SqliteConnection) -> Result<KnownQuotes> {
    let rows: Vec<(String, i64, Vec<u8>, u32)> =
        sqlx::query_as("SELECT q.coin, q.seen, q.body, c.no FROM quotes q JOIN tick_coins c ON c.coin = q.coin")
            .fetch_all(conn)
            .await
            .map_err(|error| inner.failed(&error))?;
    let known = |(coin, seen, body, no): (String, i64, Vec<u8>, u32)| {
        Ok((coin_of(&coin)?, Known { seen: Timestamp::from_micros(seen), body, no }))
    };
    rows.into_iter().map(known).collect()
}

pub(crate) fn quotes_script(script: &mut Script, feed: &Name, quotes: &[(Quote, Vec<u8>)]) {
    let newest = "ON CONFLICT (coin) DO UPDATE SET feed = excluded.feed, seen = excluded.seen, body = excluded.body";
    script.rows("INSERT INTO quotes (coin, feed, seen, body) VALUES", 4, quotes, newest, |out, (quote, body)| {
        out.add(quote.coin.as_str()).add(feed.as_str()).add(quote.seen.micros()).add(body.as_slice());
    });
}

/// Whether a quote is another than the one known, and whether it makes a tick.
fn news(known: Option<&Known>, quote: &Quote, body: &[u8]) -> (bool, bool) {
    let Some(known) = known else { return (true, true) };
    let changed = known.body != body;
    (changed, changed || Interval::M1.floor(known.seen) < Interval::M1.floor(quote.seen))
}

fn feed_well(script: &mut Script, feed: &Name, changed: bool, now: Timestamp) {
    let change = changed.then_some(now.micros());
    let well = "ON CONFLICT (name) DO UPDATE SET last_attempt = excluded.last_attempt, \
        last_success = excluded.last_success, last_change = coalesce(excluded.last_change, last_change), \
        last_error = NULL";
    let insert = "INSERT INTO feeds (name, last_attempt, last_success, last_change) VALUES";
    script.rows(insert, 4, &[change], well, |out, change| {
        out.add(feed.as_str()).add(now.micros()).add(now.micros()).add(*change);
    });
}

impl Store {
    /// Stores one good reply of a feed, whose quotes were judged fresh; how many of them changed.
    ///
    /// # Errors
    /// What writing can meet; then nothing of the reply is stored.
    pub async fn save_quotes(&self, feed: &Name, quotes: &[Quote], now: Timestamp) -> Result<usize> {
        let inner = self.inner();
        let quotes: Vec<(Quote, Vec<u8>)> = quotes.iter().map(|quote| (*quote, encode_quote(quote))).collect();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let known = session.quotes.take();
        let mut tx = session.begin(inner).await?;
        let mut known = match known {
            Some(known) => known,
            None => known_quotes(inner, &mut tx).await?,
        };
        let unnumbered = quotes.iter().map(|(quote, _)| quote.coin).filter(|coin| !known.contains_key(coin));
        let numbers = number_coins(inner, &mut tx, unnumbered).await?;
        let (mut changed, mut polls) = (0, Polls::default());
        for (quote, body) in &quotes {
            let before = known.get(&quote.coin);
            let no = before.map(|known| known.no).or_else(|| numbers.get(&quote.coin).copied());
            let no = no.ok_or_else(|| StoreError::damaged("the coins of ticks", quote.coin))?;
            let (differs, is_tick) = news(before, quote, body);
            changed += usize::from(differs);
            if is_tick {
                polls.add(quote.seen, no, body);
            }
        }
        let mut script = Script::default();
        quotes_script(&mut script, feed, &quotes);
        polls.write(&mut script);
        feed_well(&mut script, feed, changed > 0, now);
        script.run(&mut tx).await.map_err(|error| inner.failed(&error))?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        for (Quote { coin, seen, .. }, body) in quotes {
            if let Some(no) = known.get(&coin).map(|known| known.no).or_else(|| numbers.get(&coin).copied()) {
                known.insert(coin, Known { seen, body, no });
            }
        }
        session.quotes = Some(known);
        writer.keep(session);
        Ok(changed)
    }

    /// Notes that a feed failed, with the code of its failure.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn record_failure(&self, feed: &Name, error_code: &str, now: Timestamp) -> Result<()> {
        let failed =
            "ON CONFLICT (name) DO UPDATE SET last_attempt = excluded.last_attempt, last_error = excluded.last_error";
        let mut script = Script::default();
        script.rows("INSERT INTO feeds (name, last_attempt, last_error) VALUES", 3, &[()], failed, |out, ()| {
            out.add(feed.as_str()).add(now.micros()).add(error_code);
        });
        self.write(script).await.map(|_| ())
    }

    /// Notes that a feed without prices answered well, and whether it said anything new.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn record_success(&self, feed: &Name, changed: bool, now: Timestamp) -> Result<()> {
        let mut script = Script::default();
        feed_well(&mut script, feed, changed, now);
        self.write(script).await.map(|_| ())
    }

    /// Notes a run of a collector.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn record_run(&self, run: &Run) -> Result<()> {
        let refused = if run.refusals.is_empty() {
            None
        } else {
            let text = serde_json::to_string(&run.refusals);
            Some(text.map_err(|error| StoreError::damaged("a run's refusals", error))?)
        };
        let last = "ON CONFLICT (source, started) DO UPDATE SET cause = excluded.cause, status = excluded.status, \
            seen = excluded.seen, new = excluded.new, revised = excluded.revised, duplicate = excluded.duplicate, \
            rejected = excluded.rejected, flawed = excluded.flawed, refused = excluded.refused, error = excluded.error";
        let insert = "INSERT INTO runs (source, started, cause, status, seen, new, revised, duplicate, rejected, \
            flawed, refused, error) VALUES";
        let mut script = Script::default();
        script.rows(insert, 12, std::slice::from_ref(run), last, |out, run| {
            out.add(run.source.as_str()).add(run.started.micros()).add(run.cause.as_str()).add(run.status.as_str());
            out.add(run.seen as i64).add(run.new as i64).add(run.revised as i64).add(run.duplicate as i64);
            out.add(run.rejected as i64).add(run.flawed as i64).add(refused.as_deref()).add(run.error.as_deref());
        });
        self.write(script).await.map(|_| ())
    }

    /// The newest runs, of one source or of all, newest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn runs(&self, source: Option<&Name>, limit: usize) -> Result<Vec<Run>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<RunRow> = sqlx::query_as(
            "SELECT source, started, cause, status, seen, new, revised, duplicate, rejected, flawed, refused, \
             error FROM runs \
             WHERE source = ?1 OR ?1 IS NULL ORDER BY started DESC, source LIMIT ?2",
        )
        .bind(source.map(Name::as_str))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        rows.into_iter().map(run_of).collect()
    }

    /// Forgets runs that began before a moment, but for the newest of each source, and of those before another, later one
    /// what they refused; how many runs went.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn prune_runs(&self, before: Timestamp, refusals_before: Timestamp) -> Result<u64> {
        let inner = self.inner();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        let newest = "DELETE FROM runs WHERE started < ?1 \
            AND started < (SELECT max(n.started) FROM runs n WHERE n.source = runs.source)";
        let gone = sqlx::query(newest).bind(before.micros()).execute(&mut *tx).await;
        let gone = gone.map_err(|error| inner.failed(&error))?.rows_affected();
        sqlx::query("DELETE FROM run_hours WHERE hour < ?1 / 3600000000")
            .bind(before.micros())
            .execute(&mut *tx)
            .await
            .map_err(|error| inner.failed(&error))?;
        sqlx::query("UPDATE runs SET refused = NULL WHERE started < ?1 AND refused IS NOT NULL")
            .bind(refusals_before.micros())
            .execute(&mut *tx)
            .await
            .map_err(|error| inner.failed(&error))?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(gone)
    }

    /// The latest quote of every coin, by coin.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn quotes(&self) -> Result<Vec<Quote>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as("SELECT coin, seen, body FROM quotes ORDER BY coin")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))?;
        let quote = |(coin, seen, body): (String, i64, Vec<u8>)| {
            decode_quote(coin_of(&coin)?, Timestamp::from_micros(seen), &body)
                .map_err(|error| StoreError::damaged(format!("the quote of {coin}"), error))
        };
        rows.into_iter().map(quote).collect()
    }

    /// How every feed fares, by name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn feeds(&self) -> Result<Vec<Feed>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<FeedRow> =
            sqlx::query_as("SELECT name, last_attempt, last_success, last_change, last_error FROM feeds ORDER BY name")
                .fetch_all(&mut *conn)
                .await
                .map_err(|error| self.inner().failed(&error))?;
        let feed = |(name, last_attempt, last_success, last_change, last_error): FeedRow| {
            Ok(Feed {
                name: name_of(&name)?,
                last_attempt: Timestamp::from_micros(last_attempt),
                last_success: last_success.map(Timestamp::from_micros),
                last_change: last_change.map(Timestamp::from_micros),
                last_error,
            })
        };
        rows.into_iter().map(feed).collect()
    }

    /// Runs one script of observations in a transaction of its own; how many rows changed.
    pub(crate) async fn write(&self, script: Script) -> Result<u64> {
        let inner = self.inner();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        let changed = script.run(&mut tx).await.map_err(|error| inner.failed(&error))?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(changed)
    }
}
