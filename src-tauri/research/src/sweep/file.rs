//! A sweep's file: JSON Lines, a header and then blocks in their order, each with the sum of its bytes.
//!
//! Invariants: the same sweep gives the same bytes; a file that lost its end, or whose last line is torn, is a sweep to be
//! resumed from there; a damaged line before the last whole one is an error, never skipped. The file of a shard has some of the blocks.

use super::blocks::Row;
use super::grid::Axis;
use domain::{Coin, FactHash, Interval, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORMAT: u32 = 1;

/// One lane in the header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneHeader {
    /// The coin.
    pub coin: Coin,
    /// The length of its candles.
    pub interval: Interval,
    /// The beginning of its first candle in the window.
    pub from: Timestamp,
    /// The end of its last.
    pub to: Timestamp,
    /// Candles in the window.
    pub candles: u64,
    /// Their hash, as hex.
    pub data: String,
}

/// What a sweep is made of: everything that its figures depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The layout of the file.
    pub omc_sweep: u32,
    /// The strategy.
    pub strategy: String,
    /// The number of its code.
    pub code: u32,
    /// What is swept.
    pub axes: Vec<Axis>,
    /// What is set.
    pub fixed: Vec<(String, String)>,
    /// How orders meet the market.
    pub execution: String,
    /// AUD to begin with.
    pub cash: String,
    /// The fee in hundredths of a percent.
    pub fee_bps: u32,
    /// Coins and intervals.
    pub lanes: Vec<LaneHeader>,
    /// Points in each lane.
    pub points_a_lane: u64,
    /// Points of a block.
    pub block_points: u64,
}

impl Header {
    /// The layout there is.
    pub const FORMAT: u32 = FORMAT;

    /// What the sweep is known by: its content.
    #[must_use]
    pub fn id(&self) -> FactHash {
        FactHash::of(&("omc_sweep", self))
    }

    /// What is tried, whatever it is tried on.
    #[must_use]
    pub fn grid(&self) -> FactHash {
        let of = (&self.strategy, self.code, &self.axes, &self.fixed, &self.execution, &self.cash, self.fee_bps);
        FactHash::of(&("omc_grid", of))
    }

    /// Blocks in each lane.
    #[must_use]
    pub fn blocks_a_lane(&self) -> u64 {
        self.points_a_lane.div_ceil(self.block_points.max(1))
    }

    /// All blocks.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.blocks_a_lane() * self.lanes.len() as u64
    }

    /// The first line.
    ///
    /// # Errors
    /// [`FileError::Damaged`]; no header made by this program is such.
    pub fn line(&self) -> Result<String, FileError> {
        let text = serde_json::to_string(self).map_err(|error| damaged(0, &error))?;
        Ok(text + "\n")
    }
}

/// Why a file is no sweep's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A line that can't be what it stands for.
    #[error("line {line} is no part of a sweep: {detail}")]
    Damaged {
        /// Its number, from 1; 0 for one being written.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// Another version wrote it.
    #[error("the file has layout {0}, and this version reads {FORMAT}: update the application")]
    Format(u32),
    /// Files of different sweeps.
    #[error("file {0} is of another sweep: other data, strategy, grid, cash or fee")]
    Different(usize),
    /// Files of one sweep that disagree.
    #[error("two files tell block {0} differently: one of them is not what it claims to be")]
    Contradicts(u64),
    /// Blocks that no file has.
    #[error("{missing} of {all} blocks are missing, the first is {first}: run the shards that have them")]
    Missing {
        /// How many.
        missing: u64,
        /// Of how many.
        all: u64,
        /// The first one.
        first: u64,
    },
    /// No file.
    #[error("there is no file to merge: name at least one")]
    None,
}

impl FileError {
    /// The stable code for scripts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged { .. } => "sweep_damaged",
            Self::Format(_) => "sweep_newer",
            Self::Different(_) => "sweep_different",
            Self::Contradicts(_) => "sweep_contradicts",
            Self::Missing { .. } => "sweep_incomplete",
            Self::None => "no_files",
        }
    }
}

fn damaged(line: usize, detail: &impl ToString) -> FileError {
    FileError::Damaged { line, detail: detail.to_string().chars().take(200).collect() }
}

/// What a block's line holds before the sum of it.
#[derive(Serialize)]
struct BlockOut<'a> {
    block: u64,
    rows: &'a [Row],
}

#[derive(Deserialize)]
struct BlockNumber {
    block: u64,
}

#[derive(Deserialize)]
struct BlockIn {
    rows: Vec<Row>,
}

const SUM_DIGITS: usize = 16;

/// What ends a line: the sum of all before it.
fn ending(body: &str) -> String {
    let sum: String = FactHash::of(&body).to_string().chars().take(SUM_DIGITS).collect();
    format!(",\"sum\":\"{sum}\"}}\n")
}

/// The line of a block.
///
/// # Errors
/// [`FileError::Damaged`] for figures that are no numbers.
pub fn block_line(block: u64, rows: &[Row]) -> Result<String, FileError> {
    let mut line = serde_json::to_string(&BlockOut { block, rows }).map_err(|error| damaged(0, &error))?;
    line.pop();
    line.push_str(&ending(&line));
    Ok(line)
}

/// The number of a block's line, when it is whole.
fn block_of(line: &str) -> Result<u64, String> {
    let cut = line.len().saturating_sub(ending("").len());
    match line.split_at_checked(cut) {
        Some((body, end)) if end == ending(body) => {}
        _ => return Err("its sum is not that of its rows".to_owned()),
    }
    serde_json::from_str::<BlockNumber>(line).map(|read| read.block).map_err(|error| error.to_string())
}

/// A file that was read: its header, its blocks as they stand there, and how many bytes of it are whole.
#[derive(Debug)]
pub struct Parts<'a> {
    /// What it is a sweep of.
    pub header: Header,
    /// The lines of its blocks.
    pub blocks: BTreeMap<u64, &'a str>,
    /// Bytes up to the end of the last whole line.
    pub whole_bytes: usize,
}

/// Reads a file that may have lost its end.
///
/// # Errors
/// [`FileError`].
pub fn read(text: &str) -> Result<Parts<'_>, FileError> {
    let mut lines = text.split_inclusive('\n').enumerate().map(|(place, line)| (place + 1, line));
    let first = lines.next().map(|(_, line)| line).filter(|line| line.ends_with('\n'));
    let first = first.ok_or_else(|| damaged(1, &"it has no header"))?;
    let header: Header = serde_json::from_str(first).map_err(|error| damaged(1, &error))?;
    if header.omc_sweep != FORMAT {
        return Err(FileError::Format(header.omc_sweep));
    }
    let mut read = Parts { header, blocks: BTreeMap::new(), whole_bytes: first.len() };
    for (number, line) in lines.filter(|(_, line)| line.ends_with('\n')) {
        let block = block_of(line).map_err(|detail| damaged(number, &detail))?;
        let after = read.blocks.last_key_value().is_none_or(|(last, _)| *last < block);
        if !after || block >= read.header.blocks() {
            return Err(damaged(number, &"its block does not come after the one before"));
        }
        read.blocks.insert(block, line);
        read.whole_bytes += line.len();
    }
    Ok(read)
}

/// A whole sweep.
#[derive(Debug)]
pub struct Merged {
    /// What it is a sweep of.
    pub header: Header,
    /// All rows in their order.
    pub rows: Vec<Row>,
    /// The bytes of its file.
    pub text: String,
}

/// Puts the files of one sweep together; blocks that are there twice must be equal.
///
/// # Errors
/// [`FileError`].
pub fn merge(texts: &[String]) -> Result<Merged, FileError> {
    let mut whole: Option<Parts<'_>> = None;
    for (place, text) in texts.iter().enumerate() {
        let next = read(text)?;
        let Some(whole) = &mut whole else {
            whole = Some(next);
            continue;
        };
        if next.header != whole.header {
            return Err(FileError::Different(place + 1));
        }
        for (block, line) in next.blocks {
            if whole.blocks.insert(block, line).is_some_and(|known| known != line) {
                return Err(FileError::Contradicts(block));
            }
        }
    }
    let Parts { header, blocks, .. } = whole.ok_or(FileError::None)?;
    if let Some(first) = (0..header.blocks()).find(|block| !blocks.contains_key(block)) {
        let (all, known) = (header.blocks(), blocks.len() as u64);
        return Err(FileError::Missing { missing: all - known, all, first });
    }
    let mut text = header.line()?;
    let mut rows = Vec::new();
    for line in blocks.values() {
        rows.extend(serde_json::from_str::<BlockIn>(line).map_err(|error| damaged(0, &error))?.rows);
        text.push_str(line);
    }
    Ok(Merged { header, rows, text })
}
