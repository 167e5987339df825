//! Candles by coin and interval. The first word on a candle stays, whoever says another one later.

use crate::open::Inner;
use crate::pack::{decode_candle, encode_candle};
use crate::script::Script;
use crate::{Result, Store, StoreError};
use domain::{Candle, Coin, Interval, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, VecDeque};

const CANDLES_A_SCRIPT: usize = 4096;

/// Where candles come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandleSource {
    /// Made of quotes as they came.
    Live,
    /// From a venue's chart.
    History,
    /// From a file.
    Import,
}

impl CandleSource {
    const fn number(self) -> u8 {
        match self {
            Self::Live => 0,
            Self::History => 1,
            Self::Import => 2,
        }
    }

    const fn of(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Live),
            1 => Some(Self::History),
            2 => Some(Self::Import),
            _ => None,
        }
    }

    /// Its name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::History => "history",
            Self::Import => "import",
        }
    }
}

/// What saving candles did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CandleCount {
    /// Candles that were new.
    pub new: u64,
    /// Candles whose time was known.
    pub duplicates: u64,
}

/// How far candles go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CandleBounds {
    /// The beginning of the first.
    pub first: Timestamp,
    /// The beginning of the last.
    pub last: Timestamp,
    /// How many there are.
    pub count: u64,
}

/// Candles saved that are told apart; who looks less often than that reads anew.
const SAVED_KEPT: usize = 8_192;

/// The candles this process saved, by coin, each time with the beginning of the earliest.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    serial: u64,
    log: VecDeque<(u64, Coin, Timestamp)>,
}

/// Notes what is being saved once that is over, however it ends: who reads meanwhile must look again.
pub(crate) struct Saving<'a> {
    inner: &'a Inner,
    earliest: BTreeMap<Coin, Timestamp>,
}

impl<'a> Saving<'a> {
    pub fn of(inner: &'a Inner, candles: impl IntoIterator<Item = (Coin, Timestamp)>) -> Self {
        let mut earliest = BTreeMap::new();
        for (coin, time) in candles {
            let known = earliest.entry(coin).or_insert(time);
            *known = time.min(*known);
        }
        Self { inner, earliest }
    }
}

impl Drop for Saving<'_> {
    fn drop(&mut self) {
        let mut saved = self.inner.saved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (coin, time) in std::mem::take(&mut self.earliest) {
            saved.serial += 1;
            let serial = saved.serial;
            saved.log.push_back((serial, coin, time));
        }
        while saved.log.len() > SAVED_KEPT {
            saved.log.pop_front();
        }
    }
}

/// Saves candles of any coins at one interval; one whose time is known stays as it was.
pub(crate) fn candles_script(interval: Interval, source: CandleSource, candles: &[(Coin, Candle)]) -> Script {
    let mut script = Script::default();
    let insert = "INSERT INTO candles (coin, interval, time, body) VALUES";
    let first = "ON CONFLICT (coin, interval, time) DO NOTHING";
    script.rows(insert, 4, candles, first, |out, (coin, candle)| {
        out.add(coin.as_str()).add(interval.seconds()).add(candle.time.micros());
        out.add(encode_candle(source.number(), candle));
    });
    script
}

impl Store {
    /// Saves candles in one transaction; a time that is known is a duplicate and stays as it was.
    ///
    /// # Errors
    /// What writing can meet; then none is saved.
    pub async fn save_candles(
        &self,
        coin: Coin,
        interval: Interval,
        source: CandleSource,
        candles: &[Candle],
    ) -> Result<CandleCount> {
        let inner = self.inner();
        let _noted = Saving::of(inner, candles.iter().map(|candle| (coin, candle.time)));
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        let mut new = 0;
        for part in candles.chunks(CANDLES_A_SCRIPT) {
            let part: Vec<(Coin, Candle)> = part.iter().map(|candle| (coin, *candle)).collect();
            let script = candles_script(interval, source, &part);
            new += script.run(&mut tx).await.map_err(|error| inner.failed(&error))?;
        }
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(CandleCount { new, duplicates: candles.len() as u64 - new })
    }

    /// The coins whose candles were saved since a serial (0 at first), each with the beginning of the earliest of them, behind the
    /// serial to ask with next; none when nobody can tell: this process does not hold the workspace, so that another may have
    /// saved some, or too many were.
    #[must_use]
    pub fn candles_saved_since(&self, serial: u64) -> (u64, Option<Vec<(Coin, Timestamp)>>) {
        if !self.is_writer() {
            return (0, None);
        }
        let saved = self.inner().saved.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let forgotten = saved.log.front().map_or(saved.serial, |(first, ..)| first - 1);
        let since = saved.log.iter().filter(|(of, ..)| *of > serial).map(|(_, coin, time)| (*coin, *time));
        (saved.serial, (serial >= forgotten).then(|| since.collect()))
    }

    /// The candles that begin in `[from, to)`, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn candles(&self, coin: Coin, interval: Interval, from: Timestamp, to: Timestamp) -> Result<Vec<Candle>> {
        Ok(self.candles_from(coin, interval, from, to).await?.into_iter().map(|(candle, _)| candle).collect())
    }

    /// The same, each with where it came from; none for a source of a later version.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn candles_from(
        &self,
        coin: Coin,
        interval: Interval,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<(Candle, Option<CandleSource>)>> {
        let mut conn = self.inner().reader().await?;
        // The body holds the time too: a second column would double the cost of a row.
        let rows = sqlx::query(
            "SELECT body FROM candles WHERE coin = ? AND interval = ? AND time >= ? AND time < ? ORDER BY time",
        )
        .bind(coin.as_str())
        .bind(interval.seconds())
        .bind(from.micros())
        .bind(to.micros())
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        let candle = |row: &SqliteRow| {
            let body: &[u8] = row.try_get(0).map_err(|error| self.inner().failed(&error))?;
            decode_candle(body)
                .map(|(source, candle)| (candle, CandleSource::of(source)))
                .map_err(|error| StoreError::damaged(format!("a candle of {coin}"), error))
        };
        rows.iter().map(candle).collect()
    }

    /// The coins there are candles of, by name.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn candle_coins(&self) -> Result<Vec<Coin>> {
        let mut conn = self.inner().reader().await?;
        // From one coin to the next along the key, so that it costs the coins and not their candles.
        let names: Vec<String> = sqlx::query_scalar(
            "WITH RECURSIVE next(coin) AS (SELECT min(coin) FROM candles UNION ALL \
             SELECT (SELECT min(coin) FROM candles WHERE coin > next.coin) FROM next WHERE next.coin IS NOT NULL) \
             SELECT coin FROM next WHERE coin IS NOT NULL ORDER BY coin",
        )
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        let coin =
            |name: &String| Coin::parse(name).map_err(|error| StoreError::damaged("the coin of a candle", error));
        names.iter().map(coin).collect()
    }

    /// The intervals a coin has candles of.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn candle_intervals(&self, coin: Coin) -> Result<Vec<Interval>> {
        let mut conn = self.inner().reader().await?;
        let mut known = Vec::new();
        for interval in Interval::ALL {
            let any: i64 = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM candles WHERE coin = ? AND interval = ?)")
                .bind(coin.as_str())
                .bind(interval.seconds())
                .fetch_one(&mut *conn)
                .await
                .map_err(|error| self.inner().failed(&error))?;
            if any == 1 {
                known.push(interval);
            }
        }
        Ok(known)
    }

    /// For each moment the newest candle that was over by then, and had ended at most `age_micros` before; none without one.
    /// One look at the tree a moment: a history of days costs the days, not their candles.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] and what reading can meet.
    pub async fn candles_before(
        &self,
        coin: Coin,
        interval: Interval,
        moments: &[Timestamp],
        age_micros: i64,
    ) -> Result<Vec<Option<Candle>>> {
        let begins: Vec<i64> = moments.iter().map(|at| at.plus_micros(-interval.micros()).micros()).collect();
        let begins = serde_json::to_string(&begins).map_err(|error| StoreError::damaged("a list of moments", error))?;
        let mut conn = self.inner().reader().await?;
        let rows: Vec<(Option<Vec<u8>>,)> = sqlx::query_as(
            "SELECT (SELECT body FROM candles WHERE coin = ?1 AND interval = ?2 AND time <= m.value \
             AND time >= m.value - ?4 ORDER BY time DESC LIMIT 1) FROM json_each(?3) m ORDER BY m.key",
        )
        .bind(coin.as_str())
        .bind(interval.seconds())
        .bind(begins)
        .bind(age_micros)
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        let candle = |(body,): (Option<Vec<u8>>,)| {
            let candle = body.map(|body| decode_candle(&body).map(|(_, candle)| candle)).transpose();
            candle.map_err(|error| StoreError::damaged(format!("a candle of {coin}"), error))
        };
        rows.into_iter().map(candle).collect()
    }

    /// How far the candles of a coin go; none when there is none.
    ///
    /// # Errors
    /// What reading can meet.
    pub async fn candle_bounds(&self, coin: Coin, interval: Interval) -> Result<Option<CandleBounds>> {
        let mut conn = self.inner().reader().await?;
        let row: (Option<i64>, Option<i64>, i64) =
            sqlx::query_as("SELECT min(time), max(time), count(*) FROM candles WHERE coin = ? AND interval = ?")
                .bind(coin.as_str())
                .bind(interval.seconds())
                .fetch_one(&mut *conn)
                .await
                .map_err(|error| self.inner().failed(&error))?;
        Ok(match row {
            (Some(first), Some(last), count) => Some(CandleBounds {
                first: Timestamp::from_micros(first),
                last: Timestamp::from_micros(last),
                count: count as u64,
            }),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{DeviceId, Price};

    #[tokio::test]
    async fn the_candle_before_a_moment_is_one_that_was_over_by_then_and_not_too_old() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), DeviceId::from_bytes([1; 16]), Timestamp::default()).await.unwrap();
        let coin = Coin::parse("BTC").unwrap();
        let hour = |n: i64| Timestamp::from_micros(n * Interval::H1.micros());
        let candle = |n: i64| Candle::of(hour(n), Price::parse(&format!("{}", 100 + n)).unwrap());
        let candles = [candle(10), candle(11), candle(40)];
        store.save_candles(coin, Interval::H1, CandleSource::History, &candles).await.unwrap();
        let moments = [hour(10), hour(11), hour(12), hour(12).plus_micros(-1), hour(36), hour(37), hour(200), hour(41)];
        let found = store.candles_before(coin, Interval::H1, &moments, 24 * Interval::H1.micros()).await.unwrap();
        let begins: Vec<_> = found.iter().map(|found| found.map(|c| c.time.micros() / Interval::H1.micros())).collect();
        assert_eq!(begins, [None, Some(10), Some(11), Some(10), Some(11), None, None, Some(40)]);
        assert_eq!(store.candle_intervals(coin).await.unwrap(), [Interval::H1]);
        let eth = Coin::parse("ETH").unwrap();
        assert!(store.candle_intervals(eth).await.unwrap().is_empty());
        assert_eq!(store.candle_coins().await.unwrap(), [coin]);
        store.save_candles(eth, Interval::D1, CandleSource::History, &candles).await.unwrap();
        assert_eq!(store.candle_coins().await.unwrap(), [coin, eth]);
        let other = Coin::parse("ADA").unwrap();
        store.save_candles(other, Interval::M1, CandleSource::Live, &[candle(3)]).await.unwrap();
        let from = store.candles_from(other, Interval::M1, hour(0), hour(9)).await.unwrap();
        assert_eq!(from, [(candle(3), Some(CandleSource::Live))]);
    }

    #[tokio::test]
    async fn who_keeps_closes_hears_which_coins_candles_were_saved_and_from_when_on() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), DeviceId::from_bytes([1; 16]), Timestamp::default()).await.unwrap();
        let coin = |text: &str| Coin::parse(text).unwrap();
        let hour = |n: i64| Timestamp::from_micros(n * Interval::H1.micros());
        let candle = |n: i64| Candle::of(hour(n), Price::parse("100").unwrap());
        assert_eq!(store.candles_saved_since(0), (0, Some(vec![])));
        let save = async |of: &str, hours: &[i64]| {
            let candles: Vec<_> = hours.iter().map(|n| candle(*n)).collect();
            store.save_candles(coin(of), Interval::H1, CandleSource::Import, &candles).await.unwrap();
        };
        save("BTC", &[9, 7, 8]).await;
        let (serial, saved) = store.candles_saved_since(0);
        assert_eq!(saved.unwrap(), [(coin("BTC"), hour(7))]);
        assert_eq!(store.candles_saved_since(serial), (serial, Some(vec![])));
        let bucket = crate::TickBucket { from: hour(20), to: hour(20).plus_micros(600_000_000), ticks: 1 };
        store.seal_ticks(bucket, &[(coin("ETH"), candle(20))]).await.unwrap();
        assert_eq!(store.candles_saved_since(serial).1.unwrap(), [(coin("ETH"), hour(20))]);
        for _ in 0..SAVED_KEPT {
            drop(Saving::of(store.inner(), [(coin("DOGE"), hour(1))]));
        }
        let (now, saved) = store.candles_saved_since(serial);
        assert_eq!(saved, None, "too long ago to tell");
        assert_eq!(store.candles_saved_since(now), (now, Some(vec![])));
        let reader = Store::open_reader(home.path()).await.unwrap();
        assert_eq!(reader.candles_saved_since(0).1, None, "another process saves them");
    }
}
