//! Backtests and examinations that are kept: `runs/<id>.json` in the workspace folder, a line in short and a line with all of it.
//!
//! Invariants: a file is there whole or not at all, and what it holds is what its hash says; the same asked again of the same
//! candles takes the place of what was kept; a run that can't be kept is shown all the same, and says so. Deliberately absent:
//! running anything again, and removing by hand: the newest are kept, the rest go.

use super::reporting::Job;
use crate::dto::{
    BacktestRequest, BacktestView, EvaluateRequest, EvaluateView, KeptLane, KeptRow, KeptRun, KeptRuns, RanBacktest,
    RanEvaluate,
};
use crate::{Error, Result, Workstation};
use domain::{Candle, Coin, FactHash, Interval, Timestamp};
use research::sweep::DataHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FORMAT: u32 = 1;
const FILES_KEPT: usize = 200;
const BYTES_KEPT: u64 = 1 << 30;
/// A run that is written in more than this is not kept.
const RUN_BYTES_MAX: usize = 64 << 20;
/// The line in short: parameters and lanes are bounded, but what is read might be anything.
const ROW_BYTES_MAX: u64 = 1 << 20;
/// Files looked at in the folder: others may have put some there.
const FILES_SEEN_MAX: usize = 2_000;
/// The digits of an id.
const ID_DIGITS: usize = 24;
const BACKTEST: &str = "backtest";
const EVALUATE: &str = "evaluate";

/// The first line of a file.
#[derive(Serialize, Deserialize)]
struct Head {
    omc_run: u32,
    row: KeptRow,
    /// Of the second line, in hex.
    sha256: String,
}

/// The second line of a file.
#[derive(Serialize)]
struct Body<'a, Request, Answer> {
    request: &'a Request,
    result: &'a Answer,
}

/// The candles a run read, and between which bounds; `ends` where it was told when to end.
pub(super) fn lane(
    coin: Coin,
    interval: Interval,
    (from, to): (Timestamp, Timestamp),
    ends: bool,
    candles: &[Candle],
) -> KeptLane {
    let mut hash = DataHash::new(coin, interval);
    candles.iter().for_each(|candle| hash.push(*candle));
    let last = candles.last().map_or(from, |candle| candle.time.plus_micros(interval.micros()));
    // What comes after the last candle is no part of a run that was told no end.
    let to = if ends { to.max(last) } else { last };
    let (candles, data) = (candles.len() as u64, hash.finish().to_string());
    KeptLane { coin, interval: interval.to_string(), from, to, candles, data }
}

fn id(kind: &str, request: &impl Serialize, code: u32, lanes: &[KeptLane]) -> Result<String> {
    let asked = serde_json::to_string(request).map_err(|error| unwritten(&error))?;
    let lanes: Vec<_> = lanes.iter().map(|lane| (lane.coin, &lane.interval, lane.from, lane.to, &lane.data)).collect();
    Ok(FactHash::of(&("omc_run", kind, asked, code, lanes)).to_string().chars().take(ID_DIGITS).collect())
}

fn unwritten(error: &serde_json::Error) -> Error {
    Error::refused("run_not_kept", format!("the run can't be written: {error}"))
}

fn backtest_row(at: Timestamp, request: &BacktestRequest, view: &BacktestView, data: Vec<KeptLane>) -> Result<KeptRow> {
    Ok(KeptRow {
        id: id(BACKTEST, request, view.code, &data)?,
        kind: BACKTEST.to_owned(),
        at,
        strategy: view.strategy.clone(),
        code: view.code,
        params: view.params.clone(),
        from: view.from,
        to: view.to,
        earned: view.earned,
        hold: view.buy_and_hold.earned.value,
        max_drawdown: view.max_drawdown,
        sharpe: view.sharpe,
        trades: view.fills,
        verdict: None,
        note: view.note.clone(),
        data,
    })
}

fn evaluate_row(at: Timestamp, request: &EvaluateRequest, view: &EvaluateView, lane: KeptLane) -> Result<KeptRow> {
    let (all, data) = (&view.out_of_sample.all, vec![lane]);
    Ok(KeptRow {
        id: id(EVALUATE, request, view.code, &data)?,
        kind: EVALUATE.to_owned(),
        at,
        strategy: view.strategy.clone(),
        code: view.code,
        params: view.in_sample.params.clone(),
        from: view.from,
        to: view.to,
        earned: all.earned,
        hold: all.hold,
        max_drawdown: all.max_drawdown,
        sharpe: all.sharpe.value,
        trades: all.trades,
        verdict: Some(view.verdict.clone()),
        note: all.note.clone(),
        data,
    })
}

/// Writes a run, whole or not at all, and drops the oldest beyond what is kept.
fn keep(folder: &Path, row: &KeptRow, request: &impl Serialize, result: &impl Serialize) -> Result<()> {
    let body = serde_json::to_string(&Body { request, result }).map_err(|error| unwritten(&error))?;
    if body.len() > RUN_BYTES_MAX {
        let words = format!("its result takes {} MB and at most {} are kept", body.len() >> 20, RUN_BYTES_MAX >> 20);
        return Err(Error::refused("run_not_kept", words));
    }
    let sha256 = hex(body.as_bytes());
    let head = Head { omc_run: FORMAT, row: row.clone(), sha256 };
    let head = serde_json::to_string(&head).map_err(|error| unwritten(&error))?;
    std::fs::create_dir_all(folder).map_err(Error::io(format!("cannot make the folder {}", folder.display())))?;
    reports::write_file(&file_of(folder, &row.id), format!("{head}\n{body}\n").as_bytes())?;
    keep_newest(folder);
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn file_of(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.json"))
}

/// The files of the folder, newest first, with their sizes.
fn files(folder: &Path) -> Vec<(std::time::SystemTime, u64, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|name| name == "json"))
        .filter_map(|entry| {
            let told = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some((told.modified().ok()?, told.len(), entry.path()))
        })
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    files
}

/// Drops the oldest beyond what is kept. What can't be removed is no more than room.
fn keep_newest(folder: &Path) {
    let mut bytes = 0u64;
    for (place, (_, size, path)) in files(folder).into_iter().enumerate() {
        bytes = bytes.saturating_add(size);
        if place > 0 && (place >= FILES_KEPT || bytes > BYTES_KEPT) {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn damaged(id: &str, why: &str) -> Error {
    let words = format!("the run {id} can't be read: {why}. Run it again; nothing else depends on it");
    Error::refused("run_damaged", words)
}

/// The first line of a run's file, as long as it is one of this format and of that name.
fn head(path: &Path) -> Option<Head> {
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?.take(ROW_BYTES_MAX)).read_line(&mut line).ok()?;
    let head: Head = serde_json::from_str(&line).ok()?;
    let is_named = path.file_stem().is_some_and(|name| name == head.row.id.as_str());
    (head.omc_run == FORMAT && is_named).then_some(head)
}

/// A run's row and its second line, proven by its hash.
fn read(folder: &Path, id: &str) -> Result<(KeptRow, serde_json::Value)> {
    let path = file_of(folder, id);
    if !path.is_file() {
        let words = format!("there is no run {id}: the newest {FILES_KEPT} are kept; run it again");
        return Err(Error::refused("unknown_run", words));
    }
    let head = head(&path).ok_or_else(|| damaged(id, "its first line is no run's"))?;
    let bytes = super::sweep::read_bounded(&path, RUN_BYTES_MAX as u64 + ROW_BYTES_MAX)?;
    let body = bytes.iter().position(|byte| *byte == b'\n').and_then(|end| bytes.get(end + 1..)).unwrap_or_default();
    let body = body.strip_suffix(b"\n").ok_or_else(|| damaged(id, "it breaks off"))?;
    if hex(body) != head.sha256 {
        return Err(damaged(id, "it is not what was written"));
    }
    let body = serde_json::from_slice(body).map_err(|error| damaged(id, &error.to_string()))?;
    Ok((head.row, body))
}

/// Ids are hex digits: nothing else becomes a path.
fn checked(id: &str) -> Result<()> {
    let is_id = id.len() == ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase());
    let words = || format!("'{}' is no run: give the {ID_DIGITS} digits of its id", ledgers::inert(id));
    if is_id { Ok(()) } else { Err(Error::usage("unknown_run", words())) }
}

/// Reading and writing beside the tasks that serve the window.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|broken| Error::refused("run_broken", format!("the run broke off in the middle: {broken}")))?
}

impl Workstation {
    /// Runs a strategy over history and keeps what came of it.
    ///
    /// # Errors
    /// As [`Self::backtest`]; that it could not be kept is told with the result.
    pub async fn backtest_kept(&self, request: &BacktestRequest, job: &Arc<Job>) -> Result<RanBacktest> {
        let (result, lanes) = self.backtested(request, job).await?;
        let run = backtest_row(self.now(), request, &result, lanes)?;
        let (folder, row, asked) = (self.home().runs(), run.clone(), request.clone());
        let (result, kept) = aside(move || {
            let kept = keep(&folder, &row, &asked, &result);
            Ok((result, kept))
        })
        .await?;
        Ok(RanBacktest { run, not_kept: kept.err().map(|error| error.to_string()), result })
    }

    /// Examines a strategy and keeps what came of it.
    ///
    /// # Errors
    /// As [`Self::evaluate`]; that it could not be kept is told with the result.
    pub async fn evaluate_kept(&self, request: &EvaluateRequest, job: &Arc<Job>) -> Result<RanEvaluate> {
        let (result, lane) = self.evaluated(request, job).await?;
        let run = evaluate_row(self.now(), request, &result, lane)?;
        let (folder, row, asked) = (self.home().runs(), run.clone(), request.clone());
        let (result, kept) = aside(move || {
            let kept = keep(&folder, &row, &asked, &result);
            Ok((result, kept))
        })
        .await?;
        Ok(RanEvaluate { run, not_kept: kept.err().map(|error| error.to_string()), result })
    }

    /// The runs that are kept, newest first.
    ///
    /// # Errors
    /// When the reading breaks off.
    pub async fn kept_runs(&self) -> Result<KeptRuns> {
        let folder = self.home().runs();
        aside(move || {
            let files = files(&folder);
            let heads: Vec<_> = files.iter().take(FILES_SEEN_MAX).map(|(_, _, path)| head(path)).collect();
            let unreadable = heads.iter().filter(|head| head.is_none()).count() as u64;
            let mut runs: Vec<KeptRow> = heads.into_iter().flatten().map(|head| head.row).collect();
            runs.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
            Ok(KeptRuns { runs, unreadable })
        })
        .await
    }

    /// A run as it was written, and what is no longer as it was.
    ///
    /// # Errors
    /// `unknown_run`, `run_damaged`; the file system's and the store's.
    pub async fn kept_run(&self, id: &str) -> Result<KeptRun> {
        checked(id)?;
        let (folder, named) = (self.home().runs(), id.to_owned());
        let (run, body) = aside(move || read(&folder, &named)).await?;
        let mut changed = Vec::new();
        for lane in &run.data {
            changed.extend(self.changed(lane).await?);
        }
        if let Ok(described) = research::described(&run.strategy)
            && described.code != run.code
        {
            changed
                .push(format!("{} decides by code {} now; it ran by code {}", run.strategy, described.code, run.code));
        }
        let (backtest, evaluate) = if run.kind == BACKTEST { (Some(body), None) } else { (None, Some(body)) };
        Ok(KeptRun { run, changed, backtest, evaluate })
    }

    /// How a lane's candles differ from those a run was made of.
    async fn changed(&self, lane: &KeptLane) -> Result<Option<String>> {
        let interval = super::market::parse_interval(&lane.interval)?;
        let candles = self.compose(lane.coin, interval, lane.from, lane.to).await?;
        let (coin, kept, data) = (lane.coin, lane.candles, lane.data.clone());
        aside(move || {
            if research::sweep::data_hash(coin, interval, &candles).to_string() == data {
                return Ok(None);
            }
            let words = match candles.len() as u64 {
                now if now == kept => format!("the {interval} candles of {coin} have other prices than it ran on"),
                now => format!("there are {now} {interval} candles of {coin} now; it ran on {kept}"),
            };
            Ok(Some(words))
        })
        .await
    }
}

#[cfg(test)]
mod tests;
