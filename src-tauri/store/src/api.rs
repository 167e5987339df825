//! The signatures of the store.
#![allow(clippy::todo, clippy::unused_async, missing_docs, unused_variables)]

use crate::{Result, StoreError};
use domain::{
    Book, Candle, Coin, DeviceId, Fact, FactHash, Interval, Name, Quote, Timestamp, Trade, TradeId, TradeRow,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A workspace; cheap to clone, safe to share between tasks.
#[derive(Clone)]
pub struct Store;

/// A fact that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub device: u32,
    pub seq: u64,
    pub recorded_at: Timestamp,
    pub hash: FactHash,
    /// For a trade: the row to fold, as `load_rows` would give it.
    pub row: Option<TradeRow>,
}

/// A fact as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    pub device: u32,
    pub seq: u64,
    pub recorded_at: Timestamp,
    pub fact: Fact,
}

/// A trade as the journal holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTrade {
    pub id: TradeId,
    pub device: u32,
    pub seq: u64,
    pub recorded_at: Timestamp,
    pub trade: Trade,
}

/// Which file an import came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportSource {
    /// `omc` or `coinspot`.
    pub format: Name,
    /// SHA-256 of the file.
    pub file: FactHash,
    /// Rows read.
    pub read: u64,
    /// Rows left out on request.
    pub rejected: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOutcome {
    pub imported: u64,
    pub duplicates: u64,
}

/// Which trades; everything by default. `[from, to)`. With a limit: the newest so many.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TradeFilter {
    pub book: Option<Book>,
    pub coin: Option<Coin>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub limit: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceHead {
    pub device: DeviceId,
    pub facts: u64,
    pub head: FactHash,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub device: Option<DeviceId>,
    pub seq: Option<u64>,
    pub code: &'static str,
    pub message: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifyReport {
    pub devices: Vec<DeviceHead>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    pub path: PathBuf,
    pub bytes: u64,
    pub devices: Vec<DeviceHead>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// What the restored workspace holds, with its new device's Created and Restored facts.
    pub devices: Vec<DeviceHead>,
    /// Where the workspace that was there before is kept now.
    pub moved_aside: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    pub name: Name,
    pub last_attempt: Timestamp,
    pub last_success: Option<Timestamp>,
    pub last_change: Option<Timestamp>,
    /// The code of the last failure, none after a success.
    pub last_error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    Ok,
    Failed,
    Unchanged,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub source: Name,
    pub started: Timestamp,
    pub status: RunStatus,
    pub new: u64,
    pub duplicate: u64,
    pub rejected: u64,
    pub error: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CandleSource {
    Live,
    History,
    Import,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CandleCount {
    pub new: u64,
    pub duplicates: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CandleBounds {
    pub first: Timestamp,
    pub last: Timestamp,
    pub count: u64,
}

impl Store {
    /// Opens the one writer; makes the workspace when there is none. `device` is used for a new workspace only.
    pub async fn open(home: &Path, device: DeviceId, now: Timestamp) -> Result<Self> {
        todo!()
    }
    /// Opens for reading, also while another process writes.
    pub async fn open_reader(home: &Path) -> Result<Self> {
        todo!()
    }
    /// Waits for what runs, checkpoints, gives up the lock.
    pub async fn close(&self) {
        todo!()
    }
    pub fn home(&self) -> &Path {
        todo!()
    }
    pub fn is_writer(&self) -> bool {
        todo!()
    }
    /// The device that writes here.
    pub fn device(&self) -> DeviceId {
        todo!()
    }
    /// What the opening found wrong with the journal's head. While there is damage nothing is appended.
    pub fn damage(&self) -> Option<&Problem> {
        todo!()
    }

    /// Appends facts with their projections in one transaction, durable on return.
    pub async fn append(&self, facts: &[Fact], now: Timestamp) -> Result<Vec<Appended>> {
        todo!()
    }
    /// All in one transaction, with `Fact::Imported` at its end.
    pub async fn import<I>(&self, trades: I, source: ImportSource, now: Timestamp) -> Result<ImportOutcome>
    where
        I: IntoIterator<Item = Trade> + Send,
        I::IntoIter: Send,
    {
        todo!()
    }
    /// All facts that are no trades, by device and sequence.
    pub async fn control_facts(&self) -> Result<Vec<Recorded>> {
        todo!()
    }

    /// Trades in the order they are folded in.
    pub async fn load_rows(&self, book: Option<Book>) -> Result<Vec<TradeRow>> {
        todo!()
    }
    /// Numbers of coins in rows. Read after the rows, so that every number is there.
    pub async fn coins(&self) -> Result<BTreeMap<u32, Coin>> {
        todo!()
    }
    /// Numbers of algorithms in rows; 0 is "by hand" and not in here.
    pub async fn names(&self) -> Result<BTreeMap<u32, Name>> {
        todo!()
    }
    /// Whole trades, in fold order.
    pub async fn trades(&self, filter: &TradeFilter) -> Result<Vec<RecordedTrade>> {
        todo!()
    }
    /// Whole trades that came from our orders, by device and sequence.
    pub async fn trades_of_orders(&self) -> Result<Vec<RecordedTrade>> {
        todo!()
    }
    pub async fn rebuild_projections(&self) -> Result<()> {
        todo!()
    }
    pub async fn verify(&self) -> Result<VerifyReport> {
        todo!()
    }

    pub async fn backup(&self, to: &Path) -> Result<BackupReport> {
        todo!()
    }
    /// Needs the workspace closed (takes the lock itself); open it afterwards.
    pub async fn restore(from: &Path, home: &Path, new_device: DeviceId, now: Timestamp) -> Result<RestoreReport> {
        todo!()
    }

    /// One good reply of a feed; how many coins changed.
    pub async fn save_quotes(&self, feed: &Name, quotes: &[Quote], now: Timestamp) -> Result<usize> {
        todo!()
    }
    pub async fn record_failure(&self, feed: &Name, error_code: &str, now: Timestamp) -> Result<()> {
        todo!()
    }
    pub async fn record_run(&self, run: &Run) -> Result<()> {
        todo!()
    }
    /// The newest runs first, of one source or all.
    pub async fn runs(&self, source: Option<&Name>, limit: usize) -> Result<Vec<Run>> {
        todo!()
    }
    pub async fn quotes(&self) -> Result<Vec<Quote>> {
        todo!()
    }
    pub async fn feeds(&self) -> Result<Vec<Feed>> {
        todo!()
    }
    /// Changes of a coin's quote in `[from, to)`, oldest first.
    pub async fn ticks(&self, coin: Coin, from: Timestamp, to: Timestamp) -> Result<Vec<Quote>> {
        todo!()
    }
    /// Forgets ticks seen before a moment; how many.
    pub async fn prune_ticks(&self, before: Timestamp) -> Result<u64> {
        todo!()
    }

    /// The first word on a candle stays: a known time is a duplicate.
    pub async fn save_candles(
        &self,
        coin: Coin,
        interval: Interval,
        source: CandleSource,
        candles: &[Candle],
    ) -> Result<CandleCount> {
        todo!()
    }
    /// Candles beginning in `[from, to)`, oldest first.
    pub async fn candles(&self, coin: Coin, interval: Interval, from: Timestamp, to: Timestamp) -> Result<Vec<Candle>> {
        todo!()
    }
    pub async fn candle_bounds(&self, coin: Coin, interval: Interval) -> Result<Option<CandleBounds>> {
        todo!()
    }
}
