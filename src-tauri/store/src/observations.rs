//! What the ledgers' sources said, every revision of it, and what was known when.
//!
//! Invariants: a revision is never changed or removed; the same natural key with other content is the next revision, with the
//! same content a duplicate; the revisions of a key were first seen in their order, also when the clock was set back
//! meanwhile. So what a reader at `t` could see is: of each key the newest revision first seen at or before `t`, and
//! nothing else; later revisions never change that answer. Deliberately absent: what an observation means.

use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Coin, Name, Timestamp};
use ledgers::{Observation, ObservationKind, Payload, Undated};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{Connection, FromRow, SqliteConnection};
use std::collections::HashMap;

/// Observations looked up and written at a time.
const A_PART: usize = 256;

/// What saving observations did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObservationCount {
    /// Keys never seen before.
    pub new: u64,
    /// Known keys with other content.
    pub revised: u64,
    /// Known keys with the content known, or a second time in the same batch.
    pub duplicate: u64,
}

/// An observation as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObservation {
    /// What was said.
    pub observation: Observation,
    /// 1 for the first wording.
    pub revision: u32,
    /// Since when this revision is known here.
    pub first_seen: Timestamp,
}

impl StoredObservation {
    /// Its id, the same on every device: a hash over what identifies the revision, in hexadecimal.
    #[must_use]
    pub fn id(&self) -> String {
        let Observation { source, key, .. } = &self.observation;
        let mut hash = Sha256::new();
        for part in [source.as_str(), self.observation.kind().as_str(), key.as_str()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.update(self.revision.to_le_bytes());
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Which observations to read. By default all of them, in their newest revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservationFilter {
    /// Only these kinds.
    pub kinds: Option<Vec<ObservationKind>>,
    /// Only what this source said.
    pub source: Option<Name>,
    /// Only what mentions this coin.
    pub coin: Option<Coin>,
    /// Only what happened at or after this.
    pub from: Option<Timestamp>,
    /// Only what happened before this.
    pub to: Option<Timestamp>,
    /// Only what was known at this moment, as it was known then.
    pub as_of: Option<Timestamp>,
    /// Only the newest so many.
    pub limit: Option<usize>,
}

/// The part of an observation that has no column of its own.
#[derive(Serialize, Deserialize)]
struct Body<P> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undated: Option<Undated>,
    said: P,
}

#[derive(FromRow)]
struct Row {
    source: String,
    kind: String,
    key: String,
    revision: u32,
    first_seen: i64,
    event_time: i64,
    published_at: Option<i64>,
    coins: String,
    body: String,
}

impl Row {
    /// Where it stands among others: by event, then by when it was seen.
    fn place(&self) -> (i64, i64, &str, &str) {
        (self.event_time, self.first_seen, &self.source, &self.key)
    }
}

/// The newest revision of a key, to compare with.
#[derive(FromRow)]
struct Newest {
    source: String,
    kind: String,
    key: String,
    revision: u32,
    first_seen: i64,
    event_time: i64,
    content: Vec<u8>,
}

type Key = (String, &'static str, String);

/// A revision about to be written.
struct Next<'a> {
    observation: &'a Observation,
    revision: u32,
    first_seen: Timestamp,
    event_time: Timestamp,
    content: [u8; 32],
    body: String,
}

impl Next<'_> {
    fn stored(&self) -> StoredObservation {
        let observation = Observation { event_time: self.event_time, ..self.observation.clone() };
        StoredObservation { observation, revision: self.revision, first_seen: self.first_seen }
    }
}

fn key_of(observation: &Observation) -> Key {
    (observation.source.clone(), observation.kind().as_str(), observation.key.clone())
}

fn coins_text(coins: &[Coin]) -> String {
    let mut text = String::new();
    for coin in coins {
        text.push_str(if text.is_empty() { " " } else { "" });
        text.push_str(coin.as_str());
        text.push(' ');
    }
    text
}

fn stored_of(row: Row) -> Result<StoredObservation> {
    let what = || format!("observation {} of {}", row.key, row.source);
    let damaged = |error: &dyn std::fmt::Display| StoreError::damaged(what(), error);
    let body: Body<Payload> = serde_json::from_str(&row.body).map_err(|error| damaged(&error))?;
    let coins: Result<Vec<Coin>, _> = row.coins.split_whitespace().map(Coin::parse).collect();
    let observation = Observation {
        coins: coins.map_err(|error| damaged(&error))?,
        event_time: Timestamp::from_micros(row.event_time),
        published_at: row.published_at.map(Timestamp::from_micros),
        undated: body.undated,
        payload: body.said,
        source: row.source,
        key: row.key,
    };
    if observation.kind().as_str() != row.kind {
        return Err(StoreError::damaged(format!("observation {}", observation.key), "its kind is another one"));
    }
    let first_seen = Timestamp::from_micros(row.first_seen);
    Ok(StoredObservation { observation, revision: row.revision, first_seen })
}

/// The newest revisions of the keys of some observations.
async fn newest(conn: &mut SqliteConnection, part: &[&Observation]) -> Result<HashMap<Key, Newest>, sqlx::Error> {
    let mut script = Script::default();
    let asked = "WITH asked (source, kind, key) AS (VALUES";
    let look = ") SELECT o.source, o.kind, o.key, o.revision, o.first_seen, o.event_time, o.content \
        FROM asked JOIN observations o USING (source, kind, key) WHERE o.revision = (SELECT max(n.revision) \
        FROM observations n WHERE n.source = o.source AND n.kind = o.kind AND n.key = o.key)";
    script.rows(asked, 3, part, look, |out, observation| {
        out.add(observation.source.as_str()).add(observation.kind().as_str()).add(observation.key.as_str());
    });
    let rows: Vec<Newest> = script.fetch(conn).await?;
    let keyed = |row: Newest| {
        let kind = ObservationKind::parse(&row.kind)?.as_str();
        Some(((row.source.clone(), kind, row.key.clone()), row))
    };
    Ok(rows.into_iter().filter_map(keyed).collect())
}

/// The revision an observation becomes; none for a duplicate.
fn next<'a>(observation: &'a Observation, known: Option<&Newest>, now: Timestamp) -> Result<Option<Next<'a>>> {
    let content = observation.fingerprint().bytes();
    if known.is_some_and(|known| known.content == content) {
        return Ok(None);
    }
    let body = serde_json::to_string(&Body { undated: observation.undated, said: &observation.payload })
        .map_err(|error| StoreError::damaged(format!("observation {}", observation.key), error))?;
    let undated = observation.undated.is_some();
    Ok(Some(Next {
        observation,
        revision: known.map_or(1, |known| known.revision.saturating_add(1)),
        first_seen: known.map_or(now, |known| now.max(Timestamp::from_micros(known.first_seen))),
        // What has no date happened when it was first seen, not when it was reworded.
        event_time: known
            .filter(|_| undated)
            .map_or(observation.event_time, |known| Timestamp::from_micros(known.event_time)),
        content,
        body,
    }))
}

impl Store {
    /// Saves what a source said, first seen now, in one transaction. Of a key that stands twice in the batch the first
    /// one counts.
    ///
    /// # Errors
    /// What writing can meet; then none is saved.
    pub async fn save_observations(&self, observations: &[Observation], now: Timestamp) -> Result<ObservationCount> {
        Ok(self.save_and_tell(observations, now).await?.0)
    }

    /// As [`Self::save_observations`], and what of it was not known before.
    ///
    /// # Errors
    /// As [`Self::save_observations`].
    pub async fn save_and_tell(
        &self,
        observations: &[Observation],
        now: Timestamp,
    ) -> Result<(ObservationCount, Vec<StoredObservation>)> {
        let inner = self.inner();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        let mut count = ObservationCount::default();
        let mut fresh = Vec::new();
        let mut met = std::collections::HashSet::new();
        let once: Vec<&Observation> = observations.iter().filter(|said| met.insert(key_of(said))).collect();
        count.duplicate = (observations.len() - once.len()) as u64;
        for part in once.chunks(A_PART) {
            let known = newest(&mut tx, part).await.map_err(|error| inner.failed(&error))?;
            let mut rows = Vec::with_capacity(part.len());
            for observation in part {
                match next(observation, known.get(&key_of(observation)), now)? {
                    None => count.duplicate += 1,
                    Some(row) => {
                        *(if row.revision == 1 { &mut count.new } else { &mut count.revised }) += 1;
                        fresh.push(row.stored());
                        rows.push(row);
                    }
                }
            }
            insert(rows).run(&mut tx).await.map_err(|error| inner.failed(&error))?;
        }
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok((count, fresh))
    }

    /// Observations, oldest event first: each key in its newest revision, or in the one known at the moment asked for.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn observations(&self, filter: &ObservationFilter) -> Result<Vec<StoredObservation>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        // One moment for all kinds.
        let mut tx = conn.begin().await.map_err(|error| inner.failed(&error))?;
        let mut rows: Vec<Row> = Vec::new();
        for kind in filter.kinds.as_deref().unwrap_or(&ObservationKind::ALL) {
            rows.extend(of_kind(&mut tx, *kind, filter).await.map_err(|error| inner.failed(&error))?);
        }
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        rows.sort_by(|a, b| a.place().cmp(&b.place()));
        let skip = rows.len().saturating_sub(filter.limit.unwrap_or(usize::MAX));
        rows.into_iter().skip(skip).map(stored_of).collect()
    }
}

impl Store {
    /// Every revision there is, first seen at or before `as_of`, of whatever once stood in the window of time and mentioned the
    /// coin: also revisions that moved it out of the window or say nothing of the coin any more. In the order they were first
    /// seen. Of each kind at most `limit` are read, one more than what a caller takes tells it that there are too many.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn revisions(&self, filter: &ObservationFilter) -> Result<Vec<StoredObservation>> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        // One moment for all kinds.
        let mut tx = conn.begin().await.map_err(|error| inner.failed(&error))?;
        let mut rows: Vec<Row> = Vec::new();
        for kind in filter.kinds.as_deref().unwrap_or(&ObservationKind::ALL) {
            rows.extend(revisions_of(&mut tx, *kind, filter).await.map_err(|error| inner.failed(&error))?);
        }
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        rows.sort_by(|a, b| {
            let place = |row: &Row| (row.first_seen, row.revision);
            place(a).cmp(&place(b)).then_with(|| (&a.source, &a.kind, &a.key).cmp(&(&b.source, &b.kind, &b.key)))
        });
        rows.into_iter().map(stored_of).collect()
    }
}

/// Where a page of revisions ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionPlace {
    event_time: Timestamp,
    first_seen: Timestamp,
    source: String,
    key: String,
    revision: u32,
}

impl RevisionPlace {
    /// The place of a revision.
    #[must_use]
    pub fn of(stored: &StoredObservation) -> Self {
        let said = &stored.observation;
        Self {
            event_time: said.event_time,
            first_seen: stored.first_seen,
            source: said.source.clone(),
            key: said.key.clone(),
            revision: stored.revision,
        }
    }
}

impl Store {
    /// Every revision of a kind that says it happened in the window, by event and then by when it was seen; at most `limit`
    /// of those that follow `after`. So a whole history is gone through a page at a time.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn revisions_page(
        &self,
        kind: ObservationKind,
        (from, to): (Timestamp, Timestamp),
        after: Option<&RevisionPlace>,
        limit: usize,
    ) -> Result<Vec<StoredObservation>> {
        let mut conn = self.inner().reader().await?;
        let first = after.map_or(from, |after| after.event_time);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT source, kind, key, revision, first_seen, event_time, published_at, coins, body FROM observations \
             WHERE kind = ?1 AND event_time >= ?2 AND event_time < ?3 \
             AND (?4 IS NULL OR (event_time, first_seen, source, key, revision) > (?2, ?4, ?5, ?6, ?7)) \
             ORDER BY event_time, first_seen, source, key, revision LIMIT ?8",
        )
        .bind(kind.as_str())
        .bind(first.micros())
        .bind(to.micros())
        .bind(after.map(|after| after.first_seen.micros()))
        .bind(after.map(|after| after.source.as_str()))
        .bind(after.map(|after| after.key.as_str()))
        .bind(after.map(|after| after.revision))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        rows.into_iter().map(stored_of).collect()
    }

    /// When the first and the last thing of a kind happened; none without any.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn observation_bounds(&self, kind: ObservationKind) -> Result<Option<(Timestamp, Timestamp)>> {
        let mut conn = self.inner().reader().await?;
        // Two looks at the index; one query with both would walk over all of it.
        let mut ends = [None, None];
        let asked = [
            "SELECT min(event_time) FROM observations WHERE kind = ?",
            "SELECT max(event_time) FROM observations WHERE kind = ?",
        ];
        for (end, asked) in ends.iter_mut().zip(asked) {
            let told: Option<i64> = sqlx::query_scalar(asked)
                .bind(kind.as_str())
                .fetch_one(&mut *conn)
                .await
                .map_err(|error| self.inner().failed(&error))?;
            *end = told.map(Timestamp::from_micros);
        }
        let [first, last] = ends;
        Ok(first.zip(last))
    }
}

async fn revisions_of(
    conn: &mut SqliteConnection,
    kind: ObservationKind,
    filter: &ObservationFilter,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT o.source, o.kind, o.key, o.revision, o.first_seen, o.event_time, o.published_at, o.coins, o.body \
         FROM (SELECT DISTINCT source, key FROM observations WHERE kind = ?1 AND event_time >= ?2 AND event_time < ?3 \
         AND (?5 IS NULL OR source = ?5) AND (?6 IS NULL OR instr(coins, ?6) > 0)) asked \
         JOIN observations o ON o.source = asked.source AND o.kind = ?1 AND o.key = asked.key \
         WHERE o.first_seen <= ?4 LIMIT ?7",
    )
    .bind(kind.as_str())
    .bind(filter.from.map_or(i64::MIN, Timestamp::micros))
    .bind(filter.to.map_or(i64::MAX, Timestamp::micros))
    .bind(filter.as_of.map_or(i64::MAX, Timestamp::micros))
    .bind(filter.source.as_ref().map(Name::as_str))
    .bind(filter.coin.map(|coin| format!(" {coin} ")))
    .bind(filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX)))
    .fetch_all(conn)
    .await
}

/// The newest observations of one kind: its index gives them in order, so that a limit ends the walk early.
async fn of_kind(
    conn: &mut SqliteConnection,
    kind: ObservationKind,
    filter: &ObservationFilter,
) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as(
        "SELECT source, kind, key, revision, first_seen, event_time, published_at, coins, body \
         FROM observations o WHERE kind = ?1 AND event_time >= ?2 AND event_time < ?3 AND first_seen <= ?4 \
         AND (?5 IS NULL OR source = ?5) AND (?6 IS NULL OR instr(coins, ?6) > 0) \
         AND NOT EXISTS (SELECT 1 FROM observations n WHERE n.source = o.source AND n.kind = o.kind \
         AND n.key = o.key AND n.revision > o.revision AND n.first_seen <= ?4) \
         ORDER BY event_time DESC, first_seen DESC, source DESC, key DESC LIMIT ?7",
    )
    .bind(kind.as_str())
    .bind(filter.from.map_or(i64::MIN, Timestamp::micros))
    .bind(filter.to.map_or(i64::MAX, Timestamp::micros))
    .bind(filter.as_of.map_or(i64::MAX, Timestamp::micros))
    .bind(filter.source.as_ref().map(Name::as_str))
    .bind(filter.coin.map(|coin| format!(" {coin} ")))
    .bind(filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX)))
    .fetch_all(conn)
    .await
}

fn insert(rows: Vec<Next<'_>>) -> Script {
    let mut script = Script::default();
    let insert = "INSERT INTO observations (source, kind, key, revision, first_seen, event_time, published_at, \
        coins, content, body) VALUES";
    script.rows(insert, 10, &rows, "", |out, row| {
        let said = row.observation;
        out.add(said.source.as_str()).add(said.kind().as_str()).add(said.key.as_str()).add(row.revision);
        out.add(row.first_seen.micros()).add(row.event_time.micros()).add(said.published_at.map(Timestamp::micros));
        out.add(coins_text(&said.coins)).add(row.content.as_slice()).add(row.body.as_str());
    });
    script
}
