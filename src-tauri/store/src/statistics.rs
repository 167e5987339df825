//! How a source fared over time, from sums by the hour that triggers keep beside the runs.
//!
//! Invariants: the figures of a stretch are those of its runs, to the microsecond at its beginning; a month of runs is never
//! walked over. Deliberately absent: what the figures mean.

use crate::{Result, Store};
use domain::{Name, Timestamp};
use sqlx::FromRow;

const HOUR_MICROS: i64 = 3_600_000_000;

/// The runs of a source in a stretch of time, summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunSums {
    /// Runs.
    pub runs: u64,
    /// Of them, those that failed.
    pub failed: u64,
    /// Of them, those that took only a part.
    pub partial: u64,
    /// Items that were new.
    pub new: u64,
    /// Items known already that said something else.
    pub revised: u64,
    /// Items known already.
    pub duplicate: u64,
    /// Items refused.
    pub rejected: u64,
}

/// What a source brought in a day, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunDay {
    /// The day's beginning.
    pub day: Timestamp,
    /// Runs.
    pub runs: u64,
    /// New and revised items.
    pub items: u64,
}

#[derive(FromRow)]
struct SumsRow {
    runs: i64,
    failed: i64,
    partial: i64,
    new: i64,
    revised: i64,
    duplicate: i64,
    rejected: i64,
}

impl Store {
    /// The runs of a source that began at a moment or later, summed.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn run_sums(&self, source: &Name, from: Timestamp) -> Result<RunSums> {
        let whole_hours = from.micros().saturating_add(HOUR_MICROS - 1).div_euclid(HOUR_MICROS);
        let mut conn = self.inner().reader().await?;
        let row: SumsRow = sqlx::query_as(
            "SELECT coalesce(sum(runs), 0) AS runs, coalesce(sum(failed), 0) AS failed, \
             coalesce(sum(partial), 0) AS partial, coalesce(sum(new), 0) AS new, coalesce(sum(revised), 0) AS revised, \
             coalesce(sum(duplicate), 0) AS duplicate, coalesce(sum(rejected), 0) AS rejected FROM ( \
             SELECT runs, failed, partial, new, revised, duplicate, rejected FROM run_hours \
             WHERE source = ?1 AND hour >= ?2 UNION ALL \
             SELECT 1, status = 'failed', status = 'partial', new, revised, duplicate, rejected FROM runs \
             WHERE source = ?1 AND started >= ?3 AND started < ?2 * 3600000000)",
        )
        .bind(source.as_str())
        .bind(whole_hours)
        .bind(from.micros())
        .fetch_one(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        let sum = |figure: i64| u64::try_from(figure).unwrap_or(0);
        Ok(RunSums {
            runs: sum(row.runs),
            failed: sum(row.failed),
            partial: sum(row.partial),
            new: sum(row.new),
            revised: sum(row.revised),
            duplicate: sum(row.duplicate),
            rejected: sum(row.rejected),
        })
    }

    /// What a source brought on each day since the one of a moment, oldest first; days without a run are left out.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn run_days(&self, source: &Name, since: Timestamp) -> Result<Vec<RunDay>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<(i64, i64, i64)> = sqlx::query_as(
            "SELECT hour / 24, sum(runs), sum(new + revised) FROM run_hours \
             WHERE source = ?1 AND hour >= ?2 GROUP BY 1 ORDER BY 1",
        )
        .bind(source.as_str())
        .bind(since.micros().div_euclid(24 * HOUR_MICROS) * 24)
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        let sum = |figure: i64| u64::try_from(figure).unwrap_or(0);
        let day = |(day, runs, items): (i64, i64, i64)| RunDay {
            day: Timestamp::from_micros(day.saturating_mul(24 * HOUR_MICROS)),
            runs: sum(runs),
            items: sum(items),
        };
        Ok(rows.into_iter().map(day).collect())
    }
}
