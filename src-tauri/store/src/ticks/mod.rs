//! Ticks: the changes of quotes, in two forms.
//!
//! While ten minutes run, a row holds what one poll changed ([`poll`]): one small write at the end of a tree. When they are
//! over, they are packed ([`keep`]): a row holds what one coin did in them ([`series`]), so that a day of a coin is a few
//! short reads and a tick takes some ten bytes. Readers see both as one, in one snapshot.
//!
//! Invariants: packing is one transaction for each ten minutes and loses nothing, whatever comes late; of two words on a
//! coin at the same moment the last counts; only what is sealed into candles is ever forgotten.
//! Deliberately absent: what is a tick (the feeds decide) and how long ticks are kept (an argument).

mod keep;
mod poll;
mod series;

pub use keep::{Forgotten, TickBucket, TickSize};

use crate::feeds::coin_of;
use crate::open::Inner;
use crate::pack::{Damaged, decode_quote};
use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Coin, Quote, Timestamp};
use sqlx::{Connection, SqliteConnection};
use std::collections::{BTreeMap, HashMap};

/// How long a stretch is packed together. Whole minutes, so that a candle of a minute lies in one.
const BUCKET_MICROS: i64 = 600 * 1_000_000;
/// The key of a packed row is the bucket times this, plus the coin's number: no moment and no number overflows it.
const COINS_MAX: i64 = 1 << 24;

const fn bucket_of(seen: Timestamp) -> i64 {
    seen.micros().div_euclid(BUCKET_MICROS)
}

const fn begin_of(bucket: i64) -> Timestamp {
    Timestamp::from_micros(bucket.saturating_mul(BUCKET_MICROS))
}

fn damaged(coin: Coin) -> impl Fn(Damaged) -> StoreError {
    move |error| StoreError::damaged(format!("a tick of {coin}"), error)
}

/// The ticks of one reply, by when they were seen: all at the same moment, as a rule.
#[derive(Default)]
pub(crate) struct Polls(BTreeMap<Timestamp, (i64, Vec<u8>)>);

impl Polls {
    pub(crate) fn add(&mut self, seen: Timestamp, no: u32, quote: &[u8]) {
        let (ticks, poll) = self.0.entry(seen).or_default();
        *ticks += 1;
        poll::push(poll, no, quote);
    }

    pub(crate) fn write(self, script: &mut Script) {
        let polls: Vec<_> = self.0.into_iter().collect();
        let behind = "ON CONFLICT (seen) DO UPDATE SET ticks = ticks + excluded.ticks, \
            body = CAST(body || excluded.body AS BLOB)";
        script.rows("INSERT INTO tick_polls (seen, ticks, body) VALUES", 3, &polls, behind, |out, poll| {
            let (seen, (ticks, body)) = poll;
            out.add(seen.micros()).add(*ticks).add(body.as_slice());
        });
    }
}

/// Gives coins that have none a number among ticks; theirs.
pub(crate) async fn number_coins(
    inner: &Inner,
    conn: &mut SqliteConnection,
    coins: impl Iterator<Item = Coin>,
) -> Result<HashMap<Coin, u32>> {
    let coins: Vec<Coin> = coins.collect();
    if coins.is_empty() {
        return Ok(HashMap::new());
    }
    let mut script = Script::default();
    script.rows("INSERT INTO tick_coins (coin) VALUES", 1, &coins, "ON CONFLICT DO NOTHING", |out, coin| {
        out.add(coin.as_str());
    });
    script.run(conn).await.map_err(|error| inner.failed(&error))?;
    let numbers: HashMap<Coin, u32> =
        numbered_coins(inner, conn).await?.into_iter().map(|(no, coin)| (coin, no)).collect();
    match numbers.values().find(|no| i64::from(**no) >= COINS_MAX) {
        Some(no) => Err(StoreError::damaged("the coins of ticks", format!("{no} are too many"))),
        None => Ok(numbers),
    }
}

async fn numbered_coins(inner: &Inner, conn: &mut SqliteConnection) -> Result<HashMap<u32, Coin>> {
    let rows: Vec<(u32, String)> = sqlx::query_as("SELECT no, coin FROM tick_coins")
        .fetch_all(conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    rows.into_iter().map(|(no, coin)| Ok((no, coin_of(&coin)?))).collect()
}

/// Which ticks are read.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    coins: &'a HashMap<u32, Coin>,
    from: Timestamp,
    to: Timestamp,
}

impl Wanted<'_> {
    /// Adds what the polls of a time hold.
    async fn polled(self, inner: &Inner, conn: &mut SqliteConnection, out: &mut Vec<Quote>) -> Result<()> {
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT seen, body FROM tick_polls WHERE seen >= ? AND seen < ? ORDER BY seen")
                .bind(self.from.micros())
                .bind(self.to.micros())
                .fetch_all(conn)
                .await
                .map_err(|error| inner.failed(&error))?;
        for (seen, body) in rows {
            let seen = Timestamp::from_micros(seen);
            for entry in poll::entries(&body) {
                let (no, quote) = entry.map_err(|error| StoreError::damaged(format!("the ticks of {seen}"), error))?;
                if let Some(coin) = self.coins.get(&no) {
                    out.push(decode_quote(*coin, seen, quote).map_err(damaged(*coin))?);
                }
            }
        }
        Ok(())
    }

    /// What is packed, oldest first; no more of the older buckets than a limit needs beside what was polled.
    async fn packed(
        self,
        inner: &Inner,
        conn: &mut SqliteConnection,
        polled: &[Quote],
        limit: usize,
    ) -> Result<Vec<Quote>> {
        let (first, last) = (bucket_of(self.from), bucket_of(self.to.plus_micros(-1)));
        if limit == usize::MAX {
            return self.unpack(inner, conn, first, last).await;
        }
        let buckets: Vec<i64> = sqlx::query_scalar(
            "SELECT bucket FROM tick_buckets WHERE bucket >= ? AND bucket <= ? ORDER BY bucket DESC",
        )
        .bind(first)
        .bind(last)
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
        let (mut parts, mut count, mut rest, mut size) = (Vec::new(), 0, buckets.as_slice(), 1);
        while let (Some(newest), false) = (rest.first(), rest.is_empty()) {
            let (some, older) = rest.split_at(size.min(rest.len()));
            let oldest = some.last().unwrap_or(newest);
            let part = self.unpack(inner, conn, *oldest, *newest).await?;
            count += part.len();
            parts.push(part);
            let newer = polled.iter().filter(|quote| quote.seen >= begin_of(*oldest)).count();
            if count + newer >= limit {
                break;
            }
            (rest, size) = (older, size * BUCKETS_READ_GROWTH);
        }
        Ok(parts.into_iter().rev().flatten().collect())
    }

    /// What is packed in the buckets from one to another, by time for one coin.
    async fn unpack(self, inner: &Inner, conn: &mut SqliteConnection, first: i64, last: i64) -> Result<Vec<Quote>> {
        let only = self.coins.keys().next().filter(|_| self.coins.len() == 1);
        let query = sqlx::query_as(if only.is_some() { OF_COIN } else { OF_ALL }).bind(first).bind(last);
        let query = if let Some(no) = only { query.bind(*no) } else { query };
        let rows: Vec<(i64, Vec<u8>)> = query.fetch_all(conn).await.map_err(|error| inner.failed(&error))?;
        let mut out = Vec::new();
        for (key, body) in rows {
            let no = u32::try_from(key.rem_euclid(COINS_MAX)).unwrap_or(u32::MAX);
            if let Some(coin) = self.coins.get(&no) {
                let begin = begin_of(key.div_euclid(COINS_MAX));
                series::decode(*coin, begin, &body, (self.from, self.to), &mut out).map_err(damaged(*coin))?;
            }
        }
        Ok(out)
    }
}

/// Rows of one coin: the short list of buckets leads, and each is one look at the tree.
const OF_COIN: &str = "SELECT p.key, p.body FROM tick_buckets b CROSS JOIN tick_packs p \
    ON p.key = b.bucket * 16777216 + ?3 WHERE b.bucket >= ?1 AND b.bucket <= ?2 ORDER BY b.bucket";
const OF_ALL: &str =
    "SELECT key, body FROM tick_packs WHERE key >= ?1 * 16777216 AND key < (?2 + 1) * 16777216 ORDER BY key";
/// For the newest ticks, one bucket is read first, then so many times more each time.
const BUCKETS_READ_GROWTH: usize = 6;

/// In order of time and coin, each moment of a coin once: the last word counts.
fn settle(ticks: &mut Vec<Quote>) {
    let order = |quote: &Quote| (quote.seen, quote.coin);
    if !ticks.is_sorted_by_key(order) {
        ticks.sort_by_key(order);
    }
    ticks.dedup_by(|next, before| {
        let same = order(next) == order(before);
        if same {
            *before = *next;
        }
        same
    });
}

impl Store {
    /// The changes of a coin's quote in `[from, to)`, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn ticks(&self, coin: Coin, from: Timestamp, to: Timestamp) -> Result<Vec<Quote>> {
        self.newest_ticks(Some(coin), from, to, None).await
    }

    /// The newest changes of one coin's quote, or of all, in `[from, to)`, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn newest_ticks(
        &self,
        coin: Option<Coin>,
        from: Timestamp,
        to: Timestamp,
        limit: Option<usize>,
    ) -> Result<Vec<Quote>> {
        let inner = self.inner();
        let limit = limit.unwrap_or(usize::MAX);
        if from >= to || limit == 0 {
            return Ok(Vec::new());
        }
        let mut conn = inner.reader().await?;
        // Packing moves ticks from one form to the other: both are read as of one moment.
        let mut snapshot = conn.begin().await.map_err(|error| inner.failed(&error))?;
        let coins = match coin {
            Some(coin) => coin_number(inner, &mut snapshot, coin).await?,
            None => numbered_coins(inner, &mut snapshot).await?,
        };
        let wanted = Wanted { coins: &coins, from, to };
        let mut polled = Vec::new();
        wanted.polled(inner, &mut snapshot, &mut polled).await?;
        let mut ticks = wanted.packed(inner, &mut snapshot, &polled, limit).await?;
        snapshot.rollback().await.map_err(|error| inner.failed(&error))?;
        ticks.append(&mut polled);
        settle(&mut ticks);
        ticks.drain(..ticks.len().saturating_sub(limit));
        Ok(ticks)
    }
}

async fn coin_number(inner: &Inner, conn: &mut SqliteConnection, coin: Coin) -> Result<HashMap<u32, Coin>> {
    let no: Option<u32> = sqlx::query_scalar("SELECT no FROM tick_coins WHERE coin = ?")
        .bind(coin.as_str())
        .fetch_optional(conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    Ok(no.map(|no| (no, coin)).into_iter().collect())
}
