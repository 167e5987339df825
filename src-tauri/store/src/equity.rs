//! What each book was worth over time, and by which prices.
//!
//! Invariants: points of a wallet are numbered as they came, whatever the clock did; the newest carries day start and
//! peak, so that forgetting old ones loses neither. Measured once, never folded again. Deliberately absent: what a book is
//! worth (`floor` says).

use crate::{Result, Store, StoreError};
use domain::{Book, Coin, Decimal, Money, Quantity, Timestamp};
use floor::{Balances, EquityPoint};
use sqlx::FromRow;
use std::collections::BTreeMap;

/// Points of a book that are kept at least: ten weeks of minutes.
const POINTS_MAX: i64 = 100_000;

/// A point as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEquity {
    /// Whose money.
    pub book: Book,
    /// Which paper wallet, counted from 1; 0 for live.
    pub wallet: u32,
    /// Counted from 1.
    pub number: i64,
    /// The equity and what is measured from it.
    pub point: EquityPoint,
    /// What it is made of.
    pub balances: Balances,
}

#[derive(FromRow)]
struct Row {
    number: i64,
    at: i64,
    equity: String,
    flow: String,
    index_now: String,
    index_peak: String,
    day: i64,
    index_day: String,
    cash: String,
    held: String,
}

fn decimal(text: &str) -> Result<Decimal> {
    domain::parse_decimal(text).map_err(|error| StoreError::damaged("a point of the equity", error))
}

type HeldRow = (String, String, String);

impl Row {
    fn read(self, book: Book, wallet: u32) -> Result<StoredEquity> {
        let damaged = |error: &dyn std::fmt::Display| StoreError::damaged("a point of the equity", error);
        let rows: Vec<HeldRow> = serde_json::from_str(&self.held).map_err(|error| damaged(&error))?;
        let mut coins = BTreeMap::new();
        for (coin, quantity, each) in rows {
            let coin = Coin::parse(&coin).map_err(|error| damaged(&error))?;
            let quantity = Quantity::parse(&quantity).map_err(|error| damaged(&error))?;
            coins.insert(coin, (quantity, decimal(&each)?));
        }
        let at = Timestamp::from_micros(self.at);
        let point = EquityPoint {
            at,
            equity: Money::aud(decimal(&self.equity)?),
            flow: Money::aud(decimal(&self.flow)?),
            index: decimal(&self.index_now)?,
            peak: decimal(&self.index_peak)?,
            day: Timestamp::from_micros(self.day),
            day_index: decimal(&self.index_day)?,
        };
        let balances = Balances { at, cash: decimal(&self.cash)?, coins };
        Ok(StoredEquity { book, wallet, number: self.number, point, balances })
    }
}

impl Store {
    /// Keeps a point, and forgets those long before it.
    ///
    /// # Errors
    /// What writing can meet; a number that is taken already.
    pub async fn save_equity(&self, stored: &StoredEquity) -> Result<()> {
        let StoredEquity { book, wallet, number, point, balances } = stored;
        let held: Vec<HeldRow> = balances
            .coins
            .iter()
            .map(|(coin, (quantity, each))| (coin.to_string(), quantity.to_string(), each.normalize().to_string()))
            .collect();
        let held = serde_json::to_string(&held).map_err(|error| StoreError::damaged("a point of the equity", error))?;
        let text = |value: Decimal| value.normalize().to_string();
        let inner = self.inner();
        let mut writer = inner.writer().await?;
        let mut session = writer.session(inner).await?;
        let mut tx = session.begin(inner).await?;
        sqlx::query("INSERT INTO equity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(book.to_string())
            .bind(wallet)
            .bind(number)
            .bind(point.at.micros())
            .bind(text(point.equity.amount()))
            .bind(text(point.flow.amount()))
            .bind(text(point.index))
            .bind(text(point.peak))
            .bind(point.day.micros())
            .bind(text(point.day_index))
            .bind(text(balances.cash))
            .bind(held)
            .execute(&mut *tx)
            .await
            .map_err(|error| inner.failed(&error))?;
        sqlx::query("DELETE FROM equity WHERE book = ? AND wallet = ? AND number < ?")
            .bind(book.to_string())
            .bind(wallet)
            .bind(number - POINTS_MAX)
            .execute(&mut *tx)
            .await
            .map_err(|error| inner.failed(&error))?;
        tx.commit().await.map_err(|error| inner.failed(&error))?;
        writer.keep(session);
        Ok(())
    }

    /// The newest point of a book's wallet.
    ///
    /// # Errors
    /// What reading can meet; a damaged row.
    pub async fn last_equity(&self, book: Book, wallet: u32) -> Result<Option<StoredEquity>> {
        let mut conn = self.inner().reader().await?;
        let row: Option<Row> = sqlx::query_as(
            "SELECT number, at, equity, flow, index_now, index_peak, day, index_day, cash, held FROM equity \
             WHERE book = ? AND wallet = ? ORDER BY number DESC LIMIT 1",
        )
        .bind(book.to_string())
        .bind(wallet)
        .fetch_optional(&mut *conn)
        .await
        .map_err(|error| self.inner().failed(&error))?;
        row.map(|row| row.read(book, wallet)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::DeviceId;

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn stored(wallet: u32, number: i64, equity: &str) -> StoredEquity {
        let equity = Money::aud(Decimal::from_str_exact(equity).unwrap());
        let point = EquityPoint::next(None, NOW, NOW.plus_micros(-5), equity, Money::ZERO_AUD).unwrap();
        let coins = [(Coin::parse("BTC").unwrap(), (Quantity::parse("0.5").unwrap(), Decimal::TEN))].into();
        let balances = Balances { at: NOW, cash: Decimal::new(125, 2), coins };
        StoredEquity { book: Book::Paper, wallet, number, point, balances }
    }

    #[tokio::test]
    async fn the_newest_point_of_a_wallet_comes_back_as_it_was_and_others_stay_apart() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), DeviceId::from_bytes([1; 16]), NOW).await.unwrap();
        assert_eq!(store.last_equity(Book::Paper, 1).await.unwrap(), None);
        for point in [stored(1, 1, "100"), stored(1, 2, "100.25"), stored(2, 1, "7")] {
            store.save_equity(&point).await.unwrap();
        }
        assert_eq!(store.last_equity(Book::Paper, 1).await.unwrap(), Some(stored(1, 2, "100.25")));
        assert_eq!(store.last_equity(Book::Live, 1).await.unwrap(), None);
        assert!(store.save_equity(&stored(1, 2, "1")).await.is_err(), "a point is never changed");
        store.save_equity(&stored(1, POINTS_MAX + 2, "5")).await.unwrap();
        assert_eq!(
            store.last_equity(Book::Paper, 2).await.unwrap(),
            Some(stored(2, 1, "7")),
            "only its own are forgotten"
        );
    }
}
