//! What becomes of ticks as time goes on: packed when their ten minutes are over, sealed into candles, forgotten.

use super::{COINS_MAX, Wanted, begin_of, bucket_of, numbered_coins, series, settle};
use crate::candles::{Saving, candles_script};
use crate::open::Inner;
use crate::script::Script;
use crate::{CandleSource, Result, Store};
use domain::{Candle, Coin, Interval, Quote, Timestamp};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, HashMap};

/// What a packed row takes beside its body: its key, its lengths and its share of a page's free end.
const ROW_BYTES: i64 = 24;
/// Buckets forgotten in one transaction: a day.
const FORGOTTEN_AT_ONCE: usize = 144;

/// Ten minutes that were packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickBucket {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end, itself outside.
    pub to: Timestamp,
    /// Ticks of all coins in it.
    pub ticks: u64,
}

/// How many ticks are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TickSize {
    /// Ticks of all coins.
    pub ticks: u64,
    /// What they take on disk, to within a few hundredths.
    pub bytes: u64,
    /// The beginning of the oldest ten minutes there are.
    pub since: Option<Timestamp>,
}

/// What was forgotten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Ticks of all coins.
    pub ticks: u64,
    /// What they took on disk.
    pub bytes: u64,
}

/// A row of `tick_buckets`: bucket, ticks, bytes.
type BucketRow = (i64, i64, i64);

impl Store {
    /// Packs the ten minutes that are over, each in one transaction; how many. Ticks that came late join what is packed,
    /// and are sealed anew.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what writing can meet; then the ten minutes are as they were.
    pub async fn pack_ticks(&self, now: Timestamp) -> Result<u64> {
        let inner = self.inner();
        let mut packed = 0;
        loop {
            let mut writer = inner.writer().await?;
            let mut session = writer.session(inner).await?;
            let mut tx = session.begin(inner).await?;
            let oldest: Option<i64> = sqlx::query_scalar("SELECT min(seen) FROM tick_polls")
                .fetch_one(&mut *tx)
                .await
                .map_err(|error| inner.failed(&error))?;
            let oldest = oldest.map(|seen| bucket_of(Timestamp::from_micros(seen)));
            let Some(bucket) = oldest.filter(|bucket| *bucket < bucket_of(now)) else {
                tx.rollback().await.map_err(|error| inner.failed(&error))?;
                writer.keep(session);
                return Ok(packed);
            };
            pack(inner, &mut tx, bucket).await?;
            tx.commit().await.map_err(|error| inner.failed(&error))?;
            writer.keep(session);
            packed += 1;
        }
    }

    /// The oldest packed ten minutes that are not in candles yet.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn unsealed_ticks(&self) -> Result<Option<TickBucket>> {
        let mut conn = self.inner().reader().await?;
        let oldest: Option<(i64, i64)> =
            sqlx::query_as("SELECT bucket, ticks FROM tick_buckets WHERE sealed = 0 ORDER BY bucket LIMIT 1")
                .fetch_optional(&mut *conn)
                .await
                .map_err(|error| self.inner().failed(&error))?;
        Ok(oldest.map(|(bucket, ticks)| TickBucket {
            from: begin_of(bucket),
            to: begin_of(bucket.saturating_add(1)),
            ticks: ticks as u64,
        }))
    }

    /// Keeps the candles of a minute made of a bucket, and notes that it is sealed, in one transaction; how many candles
    /// were new. A bucket that grew meanwhile stays unsealed.
    ///
    /// # Errors
    /// What writing can meet; then nothing is kept.
    pub async fn seal_ticks(&self, bucket: TickBucket, candles: &[(Coin, Candle)]) -> Result<u64> {
        let inner = self.inner();
        let _noted = Saving::of(inner, candles.iter().map(|(coin, candle)| (*coin, candle.time)));
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        let script = candles_script(Interval::M1, CandleSource::Live, candles);
        let new = script.run(&mut tx).await.map_err(|error| inner.failed(&error))?;
        sqlx::query("UPDATE tick_buckets SET sealed = 1 WHERE bucket = ? AND ticks = ?")
            .bind(bucket_of(bucket.from))
            .bind(bucket.ticks as i64)
            .execute(&mut *tx)
            .await
            .map_err(|error| inner.failed(&error))?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(new)
    }

    /// Forgets ticks that are sealed into candles: all of before a moment, and then the oldest while all ticks take more
    /// than `bytes_max`.
    ///
    /// # Errors
    /// What writing can meet.
    pub async fn forget_ticks(&self, before: Timestamp, bytes_max: u64) -> Result<Forgotten> {
        let inner = self.inner();
        let mut forgotten = Forgotten::default();
        loop {
            let mut writer = inner.writer().await?;
            let mut session = writer.session(inner).await?;
            let mut tx = session.begin(inner).await?;
            let going = forgettable(inner, &mut tx, bucket_of(before), bytes_max).await?;
            for (bucket, ticks, bytes) in &going {
                forget(inner, &mut tx, *bucket).await?;
                forgotten.ticks += *ticks as u64;
                forgotten.bytes += *bytes as u64;
            }
            tx.commit().await.map_err(|error| inner.failed(&error))?;
            writer.keep(session);
            if going.len() < FORGOTTEN_AT_ONCE {
                return Ok(forgotten);
            }
        }
    }

    /// How many ticks are kept, and what they take.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn tick_size(&self) -> Result<TickSize> {
        let mut conn = self.inner().reader().await?;
        let (ticks, bytes, bucket, seen): (i64, i64, Option<i64>, Option<i64>) = sqlx::query_as(
            "SELECT CAST((SELECT total(ticks) FROM tick_buckets) + (SELECT total(ticks) FROM tick_polls) AS INTEGER), \
             CAST((SELECT total(bytes) FROM tick_buckets) + (SELECT total(length(body)) FROM tick_polls) AS INTEGER), \
             (SELECT min(bucket) FROM tick_buckets), (SELECT min(seen) FROM tick_polls)",
        )
        .fetch_one(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        let polled = seen.map(|seen| bucket_of(Timestamp::from_micros(seen)));
        let since = bucket.into_iter().chain(polled).min().map(begin_of);
        Ok(TickSize { ticks: ticks as u64, bytes: bytes as u64, since })
    }
}

/// Moves the ticks of a bucket from their polls to packed rows, beside those that are packed already.
async fn pack(inner: &Inner, conn: &mut SqliteConnection, bucket: i64) -> Result<()> {
    let coins = numbered_coins(inner, conn).await?;
    let (from, to) = (begin_of(bucket), begin_of(bucket.saturating_add(1)));
    let wanted = Wanted { coins: &coins, from, to };
    let mut ticks = wanted.unpack(inner, conn, bucket, bucket).await?;
    wanted.polled(inner, conn, &mut ticks).await?;
    settle(&mut ticks);
    let count = ticks.len() as i64;
    let rows = packed_rows(bucket, &coins, ticks);
    let bytes: i64 = rows.iter().map(|(_, body)| body.len() as i64 + ROW_BYTES).sum();
    let mut script = Script::default();
    let insert = "INSERT INTO tick_packs (key, body) VALUES";
    script.rows(insert, 2, &rows, "ON CONFLICT (key) DO UPDATE SET body = excluded.body", |out, (key, body)| {
        out.add(*key).add(body.as_slice());
    });
    let insert = "INSERT INTO tick_buckets (bucket, ticks, bytes, sealed) VALUES";
    let again = "ON CONFLICT (bucket) DO UPDATE SET ticks = excluded.ticks, bytes = excluded.bytes, sealed = 0";
    script.rows(insert, 4, &[bucket], again, |out, bucket| {
        out.add(*bucket).add(count).add(bytes).add(false);
    });
    script.run(conn).await.map_err(|error| inner.failed(&error))?;
    sqlx::query("DELETE FROM tick_polls WHERE seen >= ? AND seen < ?")
        .bind(from.micros())
        .bind(to.micros())
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(|error| inner.failed(&error))
}

/// One row for each coin, in order of their keys.
fn packed_rows(bucket: i64, coins: &HashMap<u32, Coin>, ticks: Vec<Quote>) -> Vec<(i64, Vec<u8>)> {
    let mut by_coin: HashMap<Coin, Vec<Quote>> = HashMap::new();
    for tick in ticks {
        by_coin.entry(tick.coin).or_default().push(tick);
    }
    let numbers: BTreeMap<u32, Coin> = coins.iter().map(|(no, coin)| (*no, *coin)).collect();
    let row = |(no, coin): (u32, Coin)| {
        let ticks = by_coin.get(&coin)?;
        Some((bucket * COINS_MAX + i64::from(no), series::encode(begin_of(bucket), ticks)))
    };
    numbers.into_iter().filter_map(row).collect()
}

/// The sealed buckets that go now, oldest first, a day of them at most.
async fn forgettable(
    inner: &Inner,
    conn: &mut SqliteConnection,
    before: i64,
    bytes_max: u64,
) -> Result<Vec<BucketRow>> {
    let polled: i64 = sqlx::query_scalar("SELECT CAST(total(length(body)) AS INTEGER) FROM tick_polls")
        .fetch_one(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    let rows: Vec<(i64, i64, i64, bool)> =
        sqlx::query_as("SELECT bucket, ticks, bytes, sealed FROM tick_buckets ORDER BY bucket")
            .fetch_all(conn)
            .await
            .map_err(|error| inner.failed(&error))?;
    let mut bytes = rows.iter().map(|(_, _, bytes, _)| *bytes).sum::<i64>().saturating_add(polled);
    let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
    let mut going = Vec::new();
    for (bucket, ticks, size, _) in rows.into_iter().filter(|(.., sealed)| *sealed) {
        if going.len() == FORGOTTEN_AT_ONCE || (bucket >= before && bytes <= bytes_max) {
            break;
        }
        bytes -= size;
        going.push((bucket, ticks, size));
    }
    Ok(going)
}

async fn forget(inner: &Inner, conn: &mut SqliteConnection, bucket: i64) -> Result<()> {
    sqlx::query("DELETE FROM tick_packs WHERE key >= ?1 * 16777216 AND key < (?1 + 1) * 16777216")
        .bind(bucket)
        .execute(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    sqlx::query("DELETE FROM tick_buckets WHERE bucket = ?")
        .bind(bucket)
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(|error| inner.failed(&error))
}
