//! The facts of the Lab's sessions: all of them a page at a time, or one session's.
//!
//! Invariants: whatever else the journal holds is not walked over; a page is bounded. Deliberately absent: the fold.

use crate::desk::{Row, recorded};
use crate::journal::own_device;
use crate::{FactPlace, Recorded, Result, Store};
use domain::SessionId;

/// Facts of one page.
const PAGE: i64 = 2_000;

const PAGE_OF_SESSIONS: &str = "SELECT device, seq, recorded_at, kind, body FROM facts INDEXED BY facts_sessions \
     WHERE kind >= 70 AND kind <= 79 AND (device, seq) > (?1, ?2) ORDER BY device, seq LIMIT ?3";

const OF_SESSION: &str = "SELECT device, seq, recorded_at, kind, body FROM facts INDEXED BY facts_of_session \
     WHERE kind >= 70 AND kind <= 79 AND substr(body, 1, 16) = ?1 ORDER BY device, seq";

impl Store {
    /// The number of this device among those the journal knows; none before its first fact.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn device_number(&self) -> Result<Option<u32>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        Ok(own_device(inner, &mut conn).await?.map(|(number, _)| number))
    }

    /// The next facts of sessions after a place, oldest first; none at the end.
    ///
    /// # Errors
    /// [`crate::StoreError::Damaged`] and what reading can meet.
    pub async fn session_facts(&self, after: Option<FactPlace>) -> Result<Vec<Recorded>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let (device, seq) = after.map_or((0, 0), |place| (place.device, place.seq as i64));
        let query = sqlx::query_as(PAGE_OF_SESSIONS).bind(device).bind(seq).bind(PAGE);
        let rows: Vec<Row> = query.fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        rows.into_iter().map(recorded).collect()
    }

    /// The facts of one session, oldest first: each begins with the id.
    ///
    /// # Errors
    /// [`crate::StoreError::Damaged`] and what reading can meet.
    pub async fn facts_of_session(&self, id: SessionId) -> Result<Vec<Recorded>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let query = sqlx::query_as(OF_SESSION).bind(id.bytes().to_vec());
        let rows: Vec<Row> = query.fetch_all(&mut *conn).await.map_err(|error| inner.failed(&error))?;
        rows.into_iter().map(recorded).collect()
    }
}
