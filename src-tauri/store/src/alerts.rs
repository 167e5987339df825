//! What called for a person's attention: alerts, what became of them, and what is set about them.
//!
//! Invariants: an origin raises one alert; an alert is changed only by coming again, being over, or being seen. Settings, not
//! facts: losing them costs a click. Deliberately absent: whether something calls for attention, which the engine decides.

use crate::script::Script;
use crate::{Result, Store};
use domain::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::FromRow;

/// Alerts older than this are forgotten when another is kept.
const KEPT_MICROS: i64 = 180 * 86_400 * 1_000_000;

/// An alert as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAlert {
    /// Stable; made of the origin.
    pub id: String,
    /// What brought it about.
    pub origin: String,
    /// What rules look at the same trouble.
    pub topic: String,
    /// Why.
    pub rule: String,
    /// What it is about.
    pub subject: String,
    /// The ledger it came from.
    pub ledger: String,
    /// 1 to 10.
    pub severity: u8,
    /// In one line.
    pub title: String,
    /// More about it.
    pub detail: String,
    /// Where to read it.
    pub url: Option<String>,
    /// The observation behind it.
    pub observation: Option<String>,
    /// When it was raised.
    pub at: Timestamp,
    /// When it was raised or came again last.
    pub last_at: Timestamp,
    /// How often it came again.
    pub repeats: u32,
    /// When it was over.
    pub recovered_at: Option<Timestamp>,
    /// When a person saw it.
    pub seen_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: String,
    origin: String,
    topic: String,
    rule: String,
    subject: String,
    ledger: String,
    severity: u8,
    title: String,
    detail: String,
    url: Option<String>,
    observation: Option<String>,
    at: i64,
    last_at: i64,
    repeats: u32,
    recovered_at: Option<i64>,
    seen_at: Option<i64>,
}

impl From<Row> for StoredAlert {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            origin: row.origin,
            topic: row.topic,
            rule: row.rule,
            subject: row.subject,
            ledger: row.ledger,
            severity: row.severity,
            title: row.title,
            detail: row.detail,
            url: row.url,
            observation: row.observation,
            at: Timestamp::from_micros(row.at),
            last_at: Timestamp::from_micros(row.last_at),
            repeats: row.repeats,
            recovered_at: row.recovered_at.map(Timestamp::from_micros),
            seen_at: row.seen_at.map(Timestamp::from_micros),
        }
    }
}

/// Which alerts to read. By default all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter<'a> {
    /// Only the one of this origin.
    pub origin: Option<&'a str>,
    /// Only of this topic and subject.
    pub topic: Option<(&'a str, &'a str)>,
    /// Only those that nobody saw.
    pub unseen: bool,
    /// Only those that are not over.
    pub open: bool,
    /// Only the newest so many.
    pub limit: Option<usize>,
}

impl Store {
    /// The id of the alert of an origin.
    #[must_use]
    pub fn alert_id(origin: &str) -> String {
        Sha256::digest(origin).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Keeps an alert, a new one or one that changed, and forgets what is very old.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn save_alert(&self, alert: &StoredAlert) -> Result<()> {
        let after = "ON CONFLICT (id) DO UPDATE SET rule = excluded.rule, severity = excluded.severity, \
            title = excluded.title, detail = excluded.detail, url = excluded.url, observation = excluded.observation, \
            last_at = excluded.last_at, repeats = excluded.repeats, recovered_at = excluded.recovered_at, \
            seen_at = excluded.seen_at";
        let insert = "INSERT INTO alerts (id, origin, topic, rule, subject, ledger, severity, title, detail, url, \
            observation, at, last_at, repeats, recovered_at, seen_at) VALUES";
        let mut script = Script::default();
        script.rows(insert, 16, std::slice::from_ref(alert), after, |out, alert| {
            out.add(alert.id.as_str()).add(alert.origin.as_str()).add(alert.topic.as_str()).add(alert.rule.as_str());
            out.add(alert.subject.as_str()).add(alert.ledger.as_str()).add(alert.severity).add(alert.title.as_str());
            out.add(alert.detail.as_str()).add(alert.url.as_deref()).add(alert.observation.as_deref());
            out.add(alert.at.micros()).add(alert.last_at.micros()).add(alert.repeats);
            out.add(alert.recovered_at.map(Timestamp::micros)).add(alert.seen_at.map(Timestamp::micros));
        });
        let old = alert.last_at.plus_micros(-KEPT_MICROS);
        script.rows("DELETE FROM alerts WHERE at <", 1, &[old], "", |out, old| {
            out.add(old.micros());
        });
        self.write(script).await.map(|_| ())
    }

    /// Alerts, newest first.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn alerts(&self, filter: &AlertFilter<'_>) -> Result<Vec<StoredAlert>> {
        let mut conn = self.inner().reader().await?;
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, origin, topic, rule, subject, ledger, severity, title, detail, url, observation, at, last_at, \
             repeats, recovered_at, seen_at FROM alerts \
             WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR (topic = ?2 AND subject = ?3)) \
             AND (NOT ?4 OR seen_at IS NULL) AND (NOT ?5 OR recovered_at IS NULL) ORDER BY at DESC, id LIMIT ?6",
        )
        .bind(filter.origin.map(Self::alert_id))
        .bind(filter.topic.map(|(topic, _)| topic))
        .bind(filter.topic.map(|(_, subject)| subject))
        .bind(filter.unseen)
        .bind(filter.open)
        .bind(filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX)))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        Ok(rows.into_iter().map(StoredAlert::from).collect())
    }

    /// How many alerts nobody saw.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn alerts_unseen(&self) -> Result<u64> {
        let mut conn = self.inner().reader().await?;
        let unseen: i64 = sqlx::query_scalar("SELECT count(*) FROM alerts WHERE seen_at IS NULL")
            .fetch_one(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))?;
        Ok(unseen as u64)
    }

    /// Notes that a person saw an alert, or all of them; how many were not seen before.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn see_alerts(&self, id: Option<&str>, now: Timestamp) -> Result<u64> {
        let inner = self.inner();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        let seen = "UPDATE alerts SET seen_at = ?1 WHERE seen_at IS NULL AND (?2 IS NULL OR id = ?2)";
        let seen = sqlx::query(seen).bind(now.micros()).bind(id).execute(&mut *tx).await;
        let seen = seen.map_err(|error| inner.failed(&error))?.rows_affected();
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(seen)
    }

    /// What is set about alerts, by name.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn alert_settings(&self) -> Result<Vec<(String, String)>> {
        let mut conn = self.inner().reader().await?;
        sqlx::query_as("SELECT name, value FROM alert_settings ORDER BY name")
            .fetch_all(&mut *conn)
            .await
            .map_err(|error| self.inner().failed(&error))
    }

    /// Sets something about alerts.
    ///
    /// # Errors
    /// What writing can meet; then nothing is set.
    pub async fn set_alert_settings(&self, settings: &[(String, String)]) -> Result<()> {
        let mut script = Script::default();
        let after = "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        script.rows("INSERT INTO alert_settings (name, value) VALUES", 2, settings, after, |out, (name, value)| {
            out.add(name.as_str()).add(value.as_str());
        });
        self.write(script).await.map(|_| ())
    }
}
