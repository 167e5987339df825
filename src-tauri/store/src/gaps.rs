//! The gap ledger: stretches of time of which something is missing, and what became of them.
//!
//! Invariants: a stretch noticed again grows, keeps its reason and stays one row; one that is closed is never opened again by being noticed.
//! Deliberately absent: finding gaps and filling them.

use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Name, Timestamp};
use sqlx::FromRow;

/// What became of a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapState {
    /// It may still be filled.
    Open,
    /// What was missing is there.
    Filled,
    /// What is missing can't be had any more.
    Lost,
}

impl GapState {
    /// Its name, such as `open`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Filled => "filled",
            Self::Lost => "lost",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Filled, Self::Lost].into_iter().find(|state| state.as_str() == text)
    }
}

/// A stretch of time of which something is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGap {
    /// Of which source.
    pub source: Name,
    /// Of what, such as a coin; none for all of it.
    pub subject: Option<String>,
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, itself outside.
    pub to: Timestamp,
    /// What became of it.
    pub state: GapState,
    /// Why it is there: a stable code.
    pub reason: String,
    /// When it was noticed.
    pub found_at: Timestamp,
    /// When it was filled or given up.
    pub closed_at: Option<Timestamp>,
    /// How often filling it was tried.
    pub tries: u32,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    source: String,
    subject: String,
    start: i64,
    until: i64,
    state: String,
    reason: String,
    found_at: i64,
    closed_at: Option<i64>,
    tries: i64,
    tried_at: Option<i64>,
}

fn gap_of(row: Row) -> Result<StoredGap> {
    Ok(StoredGap {
        source: Name::parse(&row.source).map_err(|error| StoreError::damaged("a gap's source", error))?,
        subject: (!row.subject.is_empty()).then_some(row.subject),
        from: Timestamp::from_micros(row.start),
        to: Timestamp::from_micros(row.until),
        state: GapState::parse(&row.state).ok_or_else(|| StoreError::damaged("a gap's state", &row.state))?,
        reason: row.reason,
        found_at: Timestamp::from_micros(row.found_at),
        closed_at: row.closed_at.map(Timestamp::from_micros),
        tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        tried_at: row.tried_at.map(Timestamp::from_micros),
    })
}

/// Which gaps.
#[derive(Debug, Clone, Default)]
pub struct GapFilter {
    /// Only this source's.
    pub source: Option<Name>,
    /// Only in this state.
    pub state: Option<GapState>,
    /// Only those that end after this.
    pub after: Option<Timestamp>,
    /// Only the newest so many.
    pub limit: Option<usize>,
}

impl Store {
    /// Notes gaps. One that is noticed again grows while it is open, and is left as it is once it is closed.
    ///
    /// # Errors
    /// What writing can meet; then none is noted.
    pub async fn note_gaps(&self, gaps: &[StoredGap]) -> Result<()> {
        let insert = "INSERT INTO gaps (source, subject, start, until, state, reason, found_at, closed_at, tries, tried_at) VALUES";
        let again = "ON CONFLICT (source, subject, start) DO UPDATE SET \
            until = iif(excluded.state = 'open', max(until, excluded.until), excluded.until), \
            state = excluded.state, closed_at = excluded.closed_at WHERE state = 'open'";
        let mut script = Script::default();
        script.rows(insert, 10, gaps, again, |out, gap| {
            out.add(gap.source.as_str()).add(gap.subject.as_deref().unwrap_or_default());
            out.add(gap.from.micros()).add(gap.to.micros()).add(gap.state.as_str()).add(gap.reason.as_str());
            out.add(gap.found_at.micros()).add(gap.closed_at.map(Timestamp::micros));
            out.add(i64::from(gap.tries)).add(gap.tried_at.map(Timestamp::micros));
        });
        self.write(script).await.map(|_| ())
    }

    /// Notes that filling a gap was tried, and what became of it.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn settle_gap(&self, gap: &StoredGap, state: GapState, now: Timestamp) -> Result<()> {
        let inner = self.inner();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        let closed = (state != GapState::Open).then_some(now.micros());
        sqlx::query(
            "UPDATE gaps SET state = ?1, closed_at = ?2, tries = tries + 1, tried_at = ?3 \
             WHERE source = ?4 AND subject = ?5 AND start = ?6 AND state = 'open'",
        )
        .bind(state.as_str())
        .bind(closed)
        .bind(now.micros())
        .bind(gap.source.as_str())
        .bind(gap.subject.as_deref().unwrap_or_default())
        .bind(gap.from.micros())
        .execute(&mut *tx)
        .await
        .map_err(|error| inner.failed(&error))?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(())
    }

    /// Gaps, newest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn gaps(&self, filter: &GapFilter) -> Result<Vec<StoredGap>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT source, subject, start, until, state, reason, found_at, closed_at, tries, tried_at FROM gaps \
             WHERE (?1 IS NULL OR source = ?1) AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR until > ?3) \
             ORDER BY found_at DESC, start DESC, source, subject LIMIT ?4",
        )
        .bind(filter.source.as_ref().map(Name::as_str))
        .bind(filter.state.map(GapState::as_str))
        .bind(filter.after.map(Timestamp::micros))
        .bind(filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX)))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        rows.into_iter().map(gap_of).collect()
    }

    /// Forgets gaps found before a moment; how many.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn prune_gaps(&self, before: Timestamp) -> Result<u64> {
        let mut script = Script::default();
        script.rows("DELETE FROM gaps WHERE found_at <", 1, &[before], "", |out, before| {
            out.add(before.micros());
        });
        self.write(script).await
    }
}
