//! The signatures of the store.
#![allow(clippy::todo, clippy::unused_async, missing_docs, unused_variables)]

use crate::{DeviceHead, Result, Store};
use domain::{Candle, Coin, DeviceId, Interval, Name, Quote, Timestamp};
use std::path::{Path, PathBuf};

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
