//! Workspaces and facts to test with.

use domain::{
    Book, Coin, Decimal, DeviceId, Fact, FactHash, Money, Name, OrderId, Price, Quantity, Side, Timestamp, Trade,
};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use std::path::Path;
use store::{ImportSource, Store};

pub const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

pub fn device(byte: u8) -> DeviceId {
    DeviceId::from_bytes([byte; 16])
}

pub fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The n-th of many different trades; every third one from an order, some by an algorithm.
pub fn trade(n: u64) -> Trade {
    let coins = ["BTC", "ETH", "XRP", "SUSHI", "1INCH"];
    let mut order = [7; 16];
    order[8..].copy_from_slice(&n.to_be_bytes());
    Trade {
        book: if n.is_multiple_of(4) { Book::Paper } else { Book::Live },
        time: Timestamp::from_millis(1_600_000_000_000 + (n as i64 / 2) * 60_000),
        coin: Coin::parse(coins[(n % 5) as usize]).unwrap(),
        side: if n.is_multiple_of(3) { Side::Sell } else { Side::Buy },
        quantity: Quantity::new(Decimal::new(1 + n as i64 * 7_919, 8)).unwrap(),
        price: Price::new(Decimal::new(100 + n as i64 * 31, 4)).unwrap(),
        fee: Money::aud(Decimal::from_i128_with_scale(9_901_089_108_910_924 + i128::from(n), 15)),
        algorithm: (n.is_multiple_of(7)).then(|| name("sma_cross")),
        venue: Some(name("coinspot")),
        external_id: (n.is_multiple_of(2)).then(|| format!("x{n}")),
        order: (n.is_multiple_of(3)).then(|| OrderId::from_bytes(order)),
        occurrence: 0,
    }
}

pub fn trades(range: std::ops::Range<u64>) -> Vec<Trade> {
    range.map(trade).collect()
}

/// A fact that is no trade.
pub fn receipt(n: u64) -> Fact {
    Fact::Killed { receipt: format!("receipt {n}") }
}

pub fn source(read: u64) -> ImportSource {
    ImportSource { format: name("omc"), file: FactHash([5; 32]), read, rejected: 0 }
}

pub async fn fresh(home: &Path) -> Store {
    Store::open(home, device(1), NOW).await.unwrap()
}

/// A connection past the store, to do harm with.
pub async fn raw(home: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(home.join("workspace.db"));
    SqliteConnection::connect_with(&options).await.unwrap()
}

pub async fn execute(home: &Path, sql: &'static str) {
    let mut conn = raw(home).await;
    sqlx::raw_sql(sql).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}
