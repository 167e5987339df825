//! What is told to the trader's webhook, and what became of it.
//!
//! Invariants: a telling is kept before it is sent, so that a crash loses none; its id is its key, so that the same thing is
//! told once. Deliberately absent: sending, and when to try again.

use crate::script::Script;
use crate::{Result, Store};
use domain::Timestamp;
use sqlx::FromRow;

/// Tellings older than this are forgotten when another is kept.
const KEPT_MICROS: i64 = 90 * 86_400 * 1_000_000;

/// A telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Stable: the receiver knows a repetition by it.
    pub id: String,
    /// The alert it is about; none for a test.
    pub alert: Option<String>,
    /// What happened to the alert.
    pub change: String,
    /// The bytes that are sent.
    pub body: String,
    /// `waiting`, `delivered`, `failed` or `dropped`.
    pub state: String,
    /// How often it was sent.
    pub attempts: u32,
    /// When it came up.
    pub created_at: Timestamp,
    /// Not sent before.
    pub next_at: Timestamp,
    /// When it was sent last.
    pub last_at: Option<Timestamp>,
    /// What the last answer said.
    pub status: Option<u16>,
    /// Why it is not delivered, as a code.
    pub error: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    alert: Option<String>,
    change: String,
    body: String,
    state: String,
    attempts: u32,
    created_at: i64,
    next_at: i64,
    last_at: Option<i64>,
    status: Option<u16>,
    error: Option<String>,
}

impl From<Row> for Delivery {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            alert: row.alert,
            change: row.change,
            body: row.body,
            state: row.state,
            attempts: row.attempts,
            created_at: Timestamp::from_micros(row.created_at),
            next_at: Timestamp::from_micros(row.next_at),
            last_at: row.last_at.map(Timestamp::from_micros),
            status: row.status,
            error: row.error,
        }
    }
}

impl Store {
    /// Keeps a telling, a new one or what became of it, and forgets what is very old.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn save_delivery(&self, delivery: &Delivery) -> Result<()> {
        let insert = "INSERT INTO deliveries (id, alert, change, body, state, attempts, created_at, next_at, last_at, \
            status, error) VALUES";
        let after = "ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempts = excluded.attempts, \
            next_at = excluded.next_at, last_at = excluded.last_at, status = excluded.status, error = excluded.error";
        let mut script = Script::default();
        script.rows(insert, 11, std::slice::from_ref(delivery), after, |out, one| {
            out.add(one.id.as_str()).add(one.alert.as_deref()).add(one.change.as_str()).add(one.body.as_str());
            out.add(one.state.as_str()).add(one.attempts).add(one.created_at.micros()).add(one.next_at.micros());
            out.add(one.last_at.map(Timestamp::micros)).add(one.status).add(one.error.as_deref());
        });
        let old = delivery.created_at.plus_micros(-KEPT_MICROS);
        script.rows("DELETE FROM deliveries WHERE created_at <", 1, &[old], "", |out, old| {
            out.add(old.micros());
        });
        self.write(script).await.map(|_| ())
    }

    /// The newest tellings, newest first.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn deliveries(&self, limit: usize) -> Result<Vec<Delivery>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, alert, change, body, state, attempts, created_at, next_at, last_at, status, error \
             FROM deliveries ORDER BY created_at DESC, id LIMIT ?1",
        )
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        Ok(rows.into_iter().map(Delivery::from).collect())
    }

    /// The tellings that wait, those that are due first.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn waiting_deliveries(&self) -> Result<Vec<Delivery>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, alert, change, body, state, attempts, created_at, next_at, last_at, status, error \
             FROM deliveries WHERE state = 'waiting' ORDER BY next_at, created_at, id",
        )
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        Ok(rows.into_iter().map(Delivery::from).collect())
    }
}
