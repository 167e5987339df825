//! Sweeps: candles out of the workspace, every setting over them on all cores, results to a file that can be resumed.
//!
//! Invariants: what was done is never done again: blocks are appended in order and synced, and a sweep asked for again goes
//! on where its file ends; the result is read from that file, so that it is the same for a sweep in one go, in parts, or
//! resumed; that something was tried is a fact, whatever came out. Deliberately absent: how points are run (`research`).

mod lanes;
mod ray;
mod record;
mod trials;
mod view;

use super::books::parse_coin;
use super::market::parse_interval;
use super::reporting::Job;
use crate::dto::{SweepLook, SweepRequest, SweepView};
use crate::scripts::{CHILDREN_MAX, SCRIPT};
use crate::when::{DEFAULT_ZONE, moment, zone};
use crate::{Error, Home, Result, Workstation};
use domain::{BasisPoints, Coin, Currency, Decimal, Interval, Money, Timestamp, parse_decimal};
use lanes::LaneRead;
use record::Record;
pub(super) use record::read_bounded;
use research::sweep::{self, BLOCK_POINTS, Grid, Header, Measure};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Coins times intervals of one sweep.
const LANES_MAX: usize = 64;
const CASH_AUD: i64 = 10_000;
const CASH_MAX_AUD: i64 = 1_000_000_000;
const FEE_BPS: u32 = 10;
const FEE_BPS_MAX: u32 = 1_000;
const THREADS_MAX: usize = 256;
const SHARDS_MAX: u64 = 10_000;
const FILES_MAX: usize = 10_000;
/// All files of a merge together.
const FILE_BYTES_MAX: u64 = 2 << 30;
const TOP: usize = 20;
const TOP_MAX: usize = 10_000;

/// Which blocks are run: those whose number leaves this rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shard {
    part: u64,
    of: u64,
}

/// A request held to what makes sense.
struct Asked {
    grid: Grid,
    lanes: Vec<(Coin, Interval)>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cash: Money,
    fee: BasisPoints,
    shard: Option<Shard>,
    threads: usize,
    /// Closed candles the most patient point waits for.
    warm_up: usize,
}

/// How results are looked at.
struct Look {
    by: Measure,
    top: usize,
}

/// Ends the work when the command is dropped.
struct Ends(Arc<Job>);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn bad_setting(words: impl Into<String>) -> Error {
    Error::usage("bad_setting", words)
}

fn look(asked: &SweepLook) -> Result<Look> {
    let by = asked.by.as_deref().map_or(Some(Measure::default()), Measure::parse);
    let known = Measure::ALL.map(Measure::as_str).join(", ");
    let by = by.ok_or_else(|| Error::usage("bad_measure", format!("rank points by one of {known}")))?;
    let top = asked.top.unwrap_or(TOP);
    if top > TOP_MAX { Err(bad_setting(format!("top: give at most {TOP_MAX}"))) } else { Ok(Look { by, top }) }
}

fn shard(text: &str) -> Result<Shard> {
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let read = text.split_once('/').and_then(|(part, of)| Some((number(part)?, number(of)?)));
    match read {
        Some((part, of)) if (1..=SHARDS_MAX).contains(&of) && (1..=of).contains(&part) => Ok(Shard { part, of }),
        _ => Err(Error::usage("bad_shard", format!("write a shard as 1/4: its number, and how many of {SHARDS_MAX}"))),
    }
}

fn cash(text: Option<&str>) -> Result<Money> {
    let read = text.map_or(Ok(Decimal::from(CASH_AUD)), |text| parse_decimal(text.trim()));
    let amount = read.map_err(|error| bad_setting(format!("cash: {error}: give AUD such as 10000")))?.normalize();
    let fits = amount > Decimal::ZERO && amount <= Decimal::from(CASH_MAX_AUD) && amount.scale() <= 8;
    if !fits {
        return Err(bad_setting(format!(
            "cash: give more than 0 and at most {CASH_MAX_AUD} AUD, with at most 8 decimals"
        )));
    }
    Ok(Money::new(amount, Currency::AUD))
}

fn fee(bps: Option<u32>) -> Result<BasisPoints> {
    let bps = bps.unwrap_or(FEE_BPS);
    if bps > FEE_BPS_MAX {
        return Err(bad_setting(format!("fee_bps: give 0 to {FEE_BPS_MAX} (a tenth of the value)")));
    }
    Ok(BasisPoints(bps))
}

fn lanes_of(request: &SweepRequest) -> Result<Vec<(Coin, Interval)>> {
    let coins = request.coins.iter().map(|text| parse_coin(text)).collect::<Result<Vec<_>>>()?;
    let intervals = request.intervals.iter().map(|text| parse_interval(text)).collect::<Result<Vec<_>>>()?;
    let mut lanes: Vec<(Coin, Interval)> =
        coins.iter().flat_map(|coin| intervals.iter().map(move |interval| (*coin, *interval))).collect();
    lanes.sort_unstable();
    lanes.dedup();
    if lanes.is_empty() || lanes.len() > LANES_MAX {
        let words = format!("give coins and intervals, at least one of each and at most {LANES_MAX} together");
        return Err(Error::usage("bad_lanes", words));
    }
    Ok(lanes)
}

fn read_request(home: &Home, request: &SweepRequest, job: &Arc<Job>) -> Result<Asked> {
    let (maker, set) = crate::scripts::maker(home, &request.strategy, &request.params, job)?;
    let grid = Grid::of(maker, &set, &request.axes)?;
    let lanes = lanes_of(request)?;
    let points = grid.points().saturating_mul(lanes.len() as u64);
    if points > sweep::POINTS_MAX {
        return Err(sweep::GridError::TooManyPoints { points, most: sweep::POINTS_MAX }.into());
    }
    let zone = request.timezone.as_deref().map_or(Ok(DEFAULT_ZONE), zone)?;
    let time = |text: &Option<String>| text.as_deref().map(|text| moment(text, zone)).transpose();
    let (from, to) = (time(&request.from)?, time(&request.to)?);
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(Error::usage("empty_window", format!("the window is empty: it begins {from} and ends {to}")));
    }
    let threads = request.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    if !(1..=THREADS_MAX).contains(&threads) {
        return Err(bad_setting(format!("threads: give 1 to {THREADS_MAX}")));
    }
    let mut warm_up = 0;
    for point in 0..grid.points() {
        match grid.made(point) {
            Ok(made) => warm_up = made.strategy.warm_up().max(warm_up),
            Err(unmade) if unmade.is_of_point => {}
            Err(unmade) => return Err(unmade.into()),
        }
    }
    let threads = if grid.maker().name() == SCRIPT { threads.min(CHILDREN_MAX) } else { threads };
    Ok(Asked {
        lanes,
        from,
        to,
        cash: cash(request.cash.as_deref())?,
        fee: fee(request.fee_bps)?,
        shard: request.shard.as_deref().map(shard).transpose()?,
        threads,
        warm_up,
        grid,
    })
}

impl From<sweep::GridError> for Error {
    fn from(error: sweep::GridError) -> Self {
        match error {
            sweep::GridError::Unmade(unmade) => unmade.into(),
            other => Self::usage(other.code(), other.to_string()),
        }
    }
}

impl From<sweep::FileError> for Error {
    fn from(error: sweep::FileError) -> Self {
        Self::refused(error.code(), error.to_string())
    }
}

impl Workstation {
    /// Sweeps, or goes on with a sweep that was ended. The job tells how far it is, and ends it.
    ///
    /// # Errors
    /// What makes no sense, by name; `no_candles`, `cancelled`, `sweep_running`; the file system's and the store's.
    pub async fn sweep(&self, request: &SweepRequest, out: Option<&Path>, job: &Arc<Job>) -> Result<SweepView> {
        let look = look(&request.look)?;
        let cluster = ray::cluster(request)?;
        let asked = blocking({
            let (home, request, job) = (self.home().clone(), request.clone(), Arc::clone(job));
            move || read_request(&home, &request, &job)
        });
        let asked = Arc::new(asked.await?);
        if let Some(out) = out {
            super::reporting::fit(out)?;
        }
        let mut headers = Vec::with_capacity(asked.lanes.len());
        for (coin, interval) in &asked.lanes {
            headers.push(self.lane_header(*coin, *interval, &asked).await?);
            job.at(0, 0)?;
        }
        let header = header(&asked, headers);
        let _ends = Ends(Arc::clone(job));
        let mut record = Record::open(&self.home().sweeps(), &header, asked.shard)?;
        if let Some(cluster) = &cluster {
            record = self.spread(cluster, request, (&asked, &header), record, job).await?;
        }
        for place in 0..asked.lanes.len() {
            if record.wants(&header, place).is_empty() {
                continue;
            }
            let lane = self.read_lane(place, &header, &asked).await?;
            record = blocking({
                let (asked, header, job) = (Arc::clone(&asked), header.clone(), Arc::clone(job));
                move || run_lane(&asked, &header, place, &lane, record, &job)
            })
            .await?;
        }
        let text = record.finish()?;
        self.check_best(&text, &asked, job).await?;
        if let Some(out) = out {
            reports::write_file(out, text.as_bytes())?;
        }
        record::keep_newest(&self.home().sweeps());
        self.told(&text, asked.shard, &look).await
    }

    /// Puts the files of a sweep's shards together.
    ///
    /// # Errors
    /// `sweep_incomplete`, `sweep_different`, `sweep_damaged` and the others of [`sweep::FileError`]; the file system's.
    pub async fn sweep_merge(&self, files: &[PathBuf], out: Option<&Path>, asked: &SweepLook) -> Result<SweepView> {
        let look = look(asked)?;
        if files.len() > FILES_MAX {
            return Err(Error::usage("too_many_files", format!("give at most {FILES_MAX} files")));
        }
        if let Some(out) = out {
            super::reporting::fit(out)?;
        }
        let mut left = FILE_BYTES_MAX;
        let mut texts = Vec::with_capacity(files.len());
        for file in files {
            let bytes = read_bounded(file, left)?;
            left = left.saturating_sub(bytes.len() as u64);
            texts.push(record::whole_lines(bytes));
        }
        let merged = blocking(move || Ok(sweep::merge(&texts)?)).await?;
        if let Some(out) = out {
            reports::write_file(out, merged.as_bytes())?;
        }
        self.told(&merged, None, &look).await
    }

    /// Sweeps; the results of a shard are written into the workspace's exports folder, for they are to be put together.
    ///
    /// # Errors
    /// As [`Self::sweep`].
    pub async fn sweep_to_exports(&self, request: &SweepRequest, job: &Arc<Job>) -> Result<SweepView> {
        let Some(text) = request.shard.as_deref() else { return self.sweep(request, None, job).await };
        let Shard { part, of } = shard(text)?;
        let out = self.export_path(&format!("sweep-{part}of{of}"), "jsonl")?;
        self.sweep(request, Some(&out), job).await
    }

    /// Puts files of the exports folder together, and the whole beside them.
    ///
    /// # Errors
    /// `not_exported` for what is no name of a file there; otherwise as [`Self::sweep_merge`].
    pub async fn sweep_merge_exported(&self, names: &[String], look: &SweepLook) -> Result<SweepView> {
        let folder = self.home().exports();
        let file = |name: &String| {
            let is_name = Path::new(name).file_name().is_some_and(|plain| plain == name.as_str());
            let words = || format!("{} is no file of the exports folder: give a name in it", ledgers::inert(name));
            if is_name { Ok(folder.join(name)) } else { Err(Error::usage("not_exported", words())) }
        };
        let files = names.iter().map(file).collect::<Result<Vec<_>>>()?;
        let out = self.export_path("sweep", "jsonl")?;
        self.sweep_merge(&files, Some(&out), look).await
    }

    /// Runs the best point on the event path too.
    async fn check_best(&self, text: &str, asked: &Arc<Asked>, job: &Arc<Job>) -> Result<()> {
        let (header, rows) = {
            let parts = sweep::read(text)?;
            (parts.header.clone(), parts.rows()?)
        };
        let Some(best) = sweep::ranked(&rows, Measure::Return).into_iter().next() else { return Ok(()) };
        let (place, point) = (best.point / header.points_a_lane.max(1), best.point % header.points_a_lane.max(1));
        let lane = self.read_lane(place as usize, &header, asked).await?;
        if lane.candles.is_none() {
            return Ok(());
        }
        let (asked, job, figures) = (Arc::clone(asked), Arc::clone(job), best.figures.clone());
        blocking(move || lanes::check(&asked, &lane, point, &figures, &job)).await
    }

    /// Notes the trials and looks at the results.
    async fn told(&self, text: &str, shard: Option<Shard>, look: &Look) -> Result<SweepView> {
        let (header, rows) = {
            let parts = sweep::read(text)?;
            (parts.header.clone(), parts.rows()?)
        };
        let noted = self.note_trials(trials::of(&header, &rows, shard)?).await;
        let told = self.all_trials().await?;
        let mut view = view::of(&header, &rows, shard, look, &told)?;
        if let Err(error) = noted {
            view.notes.push(format!("These trials are not in the journal, so they are not counted: {error}"));
        }
        Ok(view)
    }
}

fn header(asked: &Asked, lanes: Vec<sweep::LaneHeader>) -> Header {
    Header {
        omc_sweep: Header::FORMAT,
        strategy: asked.grid.maker().name().to_owned(),
        code: asked.grid.maker().code(),
        axes: asked.grid.axes().to_vec(),
        fixed: asked.grid.fixed(),
        execution: "next_open".to_owned(),
        cash: asked.cash.amount().normalize().to_string(),
        fee_bps: asked.fee.0,
        lanes,
        points_a_lane: asked.grid.points(),
        block_points: BLOCK_POINTS,
    }
}

/// Work that takes seconds, beside the tasks that serve the window.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|broken| Error::refused("sweep_broken", format!("the sweep broke off in the middle: {broken}")))?
}

/// Runs what is missing of a lane and appends it, block by block in order.
fn run_lane(
    asked: &Asked,
    header: &Header,
    place: usize,
    read: &LaneRead,
    mut record: Record,
    job: &Job,
) -> Result<Record> {
    let jobs = record.wants(header, place);
    let event_path = |point: u64| lanes::by_events(asked, read, point, job);
    let lane = sweep::Lane {
        coin: read.coin,
        interval: read.interval,
        bars: &read.bars,
        event_path: read.candles.is_some().then_some(&event_path),
    };
    let (first, before) = (header.blocks_a_lane() * place as u64, header.points_a_lane * place as u64);
    let setup = read.setup(asked);
    let work = |block: &u64| sweep::run_block(&asked.grid, &lane, setup, before, (block - first) * BLOCK_POINTS);
    let mut ended = None;
    let whole = sweep::in_order(&jobs, asked.threads, work, |at, rows| {
        let Some(block) = jobs.get(at) else { return ControlFlow::Break(()) };
        let told = |record: &Record| job.at(record.points(header), record.points_wanted(header));
        // What a run that was ended says of its points is no result.
        let written = told(&record).and_then(|()| record.append(*block, &rows)).and_then(|()| told(&record));
        written.map_or_else(
            |error| {
                ended = Some(error);
                ControlFlow::Break(())
            },
            ControlFlow::Continue,
        )
    });
    match ended {
        Some(error) => Err(error),
        None if !whole => Err(Error::refused("strategy_panicked", "a point of the sweep broke off in the middle")),
        None => Ok(record),
    }
}

#[cfg(test)]
mod tests;
