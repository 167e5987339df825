//! What quality is measured from, and what was measured: runs by intervals of time, days that are there, scores over time.

use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Name, Timestamp};
use ledgers::{Ledger, ObservationKind};
use sqlx::FromRow;
use std::collections::BTreeSet;

const DAY_MICROS: i64 = 86_400 * 1_000_000;

/// The runs of a source in one interval of time, summed up. An interval without runs has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct RunSlot {
    /// Which interval, counted from the beginning that was asked for.
    pub slot: i64,
    /// Runs.
    pub runs: i64,
    /// Of them, those that failed.
    pub failed: i64,
    /// The most items one run took.
    pub taken_max: i64,
    /// Items that all runs took.
    pub taken: i64,
    /// Items that were bad in themselves.
    pub flawed: i64,
}

/// A ledger's quality at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredQuality {
    /// When.
    pub at: Timestamp,
    /// The ledger.
    pub ledger: Ledger,
    /// `good`, `degraded`, `failing` or `unknown`.
    pub status: String,
    /// Received ÷ expected.
    pub coverage: Option<f64>,
    /// Against its own cadence.
    pub freshness: Option<f64>,
    /// Share that was good.
    pub validity: Option<f64>,
    /// Against other venues.
    pub agreement: Option<f64>,
    /// All of it in one figure.
    pub score: Option<f64>,
}

type Row = (i64, String, String, Option<f64>, Option<f64>, Option<f64>, Option<f64>, Option<f64>);

impl Store {
    /// When the first run of a source that is still known began; none when there is none.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn first_run(&self, source: &Name) -> Result<Option<Timestamp>> {
        let mut conn = self.inner().reader().await?;
        let first: Option<i64> = sqlx::query_scalar("SELECT min(started) FROM runs WHERE source = ?")
            .bind(source.as_str())
            .fetch_one(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))?;
        Ok(first.map(Timestamp::from_micros))
    }

    /// The runs of a source in `[from, to)` by intervals of so many microseconds, oldest first.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn run_slots(&self, source: &Name, from: Timestamp, to: Timestamp, micros: i64) -> Result<Vec<RunSlot>> {
        let mut conn = self.inner().reader().await?;
        sqlx::query_as(
            "SELECT (started - ?2) / ?4 AS slot, count(*) AS runs, sum(status = 'failed') AS failed, \
             max((status <> 'failed') * (new + revised + duplicate)) AS taken_max, \
             sum((status <> 'failed') * (new + revised + duplicate)) AS taken, sum(flawed) AS flawed \
             FROM runs WHERE source = ?1 AND started >= ?2 AND started < ?3 GROUP BY 1 ORDER BY 1",
        )
        .bind(source.as_str())
        .bind(from.micros())
        .bind(to.micros())
        .bind(micros.max(1))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))
    }

    /// The days (since 1970, UTC) from a moment on of which a source said something of a kind.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn days_told(&self, source: &Name, kind: ObservationKind, from: Timestamp) -> Result<BTreeSet<i64>> {
        let mut conn = self.inner().reader().await?;
        let days: Vec<i64> = sqlx::query_scalar(
            "SELECT DISTINCT event_time / ?4 FROM observations WHERE kind = ?1 AND event_time >= ?2 AND source = ?3",
        )
        .bind(kind.as_str())
        .bind(from.micros())
        .bind(source.as_str())
        .bind(DAY_MICROS)
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        Ok(days.into_iter().collect())
    }

    /// Keeps what was measured.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn save_quality(&self, measured: &[StoredQuality]) -> Result<()> {
        let insert = "INSERT INTO quality (at, ledger, status, coverage, freshness, validity, agreement, score) VALUES";
        let last = "ON CONFLICT (at, ledger) DO UPDATE SET status = excluded.status, coverage = excluded.coverage, \
            freshness = excluded.freshness, validity = excluded.validity, agreement = excluded.agreement, \
            score = excluded.score";
        let mut script = Script::default();
        script.rows(insert, 8, measured, last, |out, row| {
            out.add(row.at.micros()).add(row.ledger.as_str()).add(row.status.as_str()).add(row.coverage);
            out.add(row.freshness).add(row.validity).add(row.agreement).add(row.score);
        });
        self.write(script).await.map(|_| ())
    }

    /// What was measured from a moment on, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn quality(&self, from: Timestamp) -> Result<Vec<StoredQuality>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT at, ledger, status, coverage, freshness, validity, agreement, score FROM quality \
             WHERE at >= ? ORDER BY at, ledger",
        )
        .bind(from.micros())
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        let stored = |(at, ledger, status, coverage, freshness, validity, agreement, score): Row| {
            Ok(StoredQuality {
                at: Timestamp::from_micros(at),
                ledger: Ledger::parse(&ledger).ok_or_else(|| StoreError::damaged("a score's ledger", &ledger))?,
                status,
                coverage,
                freshness,
                validity,
                agreement,
                score,
            })
        };
        rows.into_iter().map(stored).collect()
    }

    /// Forgets what was measured before a moment; how many rows.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn prune_quality(&self, before: Timestamp) -> Result<u64> {
        let mut script = Script::default();
        script.rows("DELETE FROM quality WHERE at <", 1, &[before], "", |out, before| {
            out.add(before.micros());
        });
        self.write(script).await
    }
}
