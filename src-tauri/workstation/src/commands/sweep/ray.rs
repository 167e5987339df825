//! A sweep on a Ray cluster: its shards are plain `omc sweep --shard i/n` runs that an existing engine places on machines.
//!
//! Invariants: what leaves this machine is candles, settings and (unless the workers have one) `omc` itself, never the
//! journal; what comes back is put together by the merge that a person would use, and must be of the very sweep that was asked
//! for; nothing is kept of a run that did not finish. Deliberately absent: scheduling, retries and moving bytes, which are
//! Ray's, reached through a small Python program that is part of this one.

use super::super::reporting::Job;
use super::record::{Record, read_bounded, whole_lines};
use super::{Asked, FILE_BYTES_MAX, SHARDS_MAX, blocking};
use crate::dto::SweepRequest;
use crate::scripts::{SCRIPT, SOURCE};
use crate::{Error, Result, Workstation};
use domain::{Candle, Coin, Interval, Quantity};
use research::sweep::{self, Header};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

const DRIVER: &str = include_str!("ray/ray_sweep.py");
/// A script's text on its way to a worker.
const SCRIPT_FILE: &str = "strategy.star";
const LOCAL: &str = "ray://local";
const AUTO: &str = "ray://auto";
const NODES_MAX: u32 = 1_000;
/// A file of candles has at most so many, well within what an import takes.
const FILE_CANDLES: usize = 2_000_000;
/// How long a cluster may take to answer, and to have its nodes.
const CONNECT_S: u64 = 60;
/// How long a shard may run.
const SHARD_S: u64 = 7_200;
/// How often Ray runs a shard again whose worker was lost.
const RETRIES: u32 = 3;
/// How long a cancelled run may take to end its workers.
const END_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(200);
const LINE_BYTES_MAX: u64 = 64 << 10;

/// Where a sweep is run, held to what makes sense.
pub(super) struct Cluster {
    on: String,
    nodes: u32,
    worker_omc: Option<String>,
}

/// A folder that goes with whoever made it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed is named after the sweep it was of.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A child that does not outlive its leash.
struct Leashed(Child);

impl Drop for Leashed {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let until = Instant::now() + END_WITHIN;
        while Instant::now() < until {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The cluster a request names; none where it is run here.
pub(super) fn cluster(request: &SweepRequest) -> Result<Option<Cluster>> {
    let bad = |words: &str| Err(Error::usage("bad_cluster", words));
    let Some(on) = request.on.as_deref() else {
        let alone = request.nodes.is_none() && request.worker_omc.is_none();
        return if alone { Ok(None) } else { bad("nodes and workers are of a cluster: name one, such as ray://local") };
    };
    let address = on.strip_prefix("ray://").unwrap_or_default();
    let port = address.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse::<u16>().ok()?)));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    let is_address = port.is_some_and(|(host, port)| !host.is_empty() && port > 0) && address.chars().all(plain);
    if ![LOCAL, AUTO].contains(&on) && !is_address {
        return bad("write a cluster as ray://HOST:PORT, or ray://local for one that is started here");
    }
    if request.shard.is_some() {
        return bad("a cluster runs all shards: leave the shard out");
    }
    let nodes = request.nodes.unwrap_or(1);
    if !(1..=NODES_MAX).contains(&nodes) {
        return bad("nodes: give 1 to 1000");
    }
    Ok(Some(Cluster { on: on.to_owned(), nodes, worker_omc: request.worker_omc.clone() }))
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    Error::io(format!("cannot write {}", path.display()))
}

impl Workstation {
    /// Runs what is missing of a sweep on a cluster.
    pub(super) async fn spread(
        &self,
        cluster: &Cluster,
        request: &SweepRequest,
        (asked, header): (&Arc<Asked>, &Header),
        mut record: Record,
        job: &Arc<Job>,
    ) -> Result<Record> {
        if (0..asked.lanes.len()).all(|lane| record.wants(header, lane).is_empty()) {
            return Ok(record);
        }
        let id: String = header.id().to_string().chars().take(12).collect();
        let folder = Folder(self.home().sweeps().join(format!("ray-{id}-{}", std::process::id())));
        let (data, results) = (folder.0.join("data"), folder.0.join("results"));
        for part in [&data, &results] {
            std::fs::create_dir_all(part).map_err(io(part))?;
        }
        let mut lanes = Vec::new();
        for (place, (coin, interval)) in asked.lanes.iter().enumerate() {
            let files = self.hand_out(&data, place, *coin, *interval, asked, job).await?;
            lanes.push(json!({ "coin": coin, "interval": interval, "files": files }));
        }
        if cluster.worker_omc.is_none() && cluster.on != LOCAL {
            let own = own_omc()?;
            let copy = data.join("omc");
            blocking(move || std::fs::copy(&own, &copy).map(|_| ()).map_err(io(&copy))).await?;
        }
        let omc = match (&cluster.worker_omc, cluster.on == LOCAL) {
            (Some(named), _) => Some(named.clone()),
            (None, true) => Some(own_omc()?.display().to_string()),
            (None, false) => None,
        };
        let script_file = match request.params.get(SOURCE).filter(|_| request.strategy == SCRIPT) {
            Some(source) => {
                let file = data.join(SCRIPT_FILE);
                std::fs::write(&file, source).map_err(io(&file))?;
                Some(SCRIPT_FILE)
            }
            None => None,
        };
        let told = json!({
            "on": cluster.on, "nodes": cluster.nodes, "folder": folder.0, "data": data, "results": results,
            "omc": omc, "lanes": lanes, "strategy": request.strategy, "script": script_file, "words": words(request, asked), "blocks": header.blocks(),
            "shards_max": SHARDS_MAX, "connect_s": CONNECT_S, "shard_s": SHARD_S, "retries": RETRIES,
        });
        let (file, script) = (folder.0.join("job.json"), folder.0.join("ray_sweep.py"));
        std::fs::write(&file, told.to_string()).map_err(io(&file))?;
        std::fs::write(&script, DRIVER).map_err(io(&script))?;
        let (points, watch) = (record.points_wanted(header), Arc::clone(job));
        let merged = blocking(move || {
            let python = std::env::var("OMC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
            let shards = drive(&python, [&script, &file], points, &watch)?;
            together(&results, shards)
        })
        .await?;
        if sweep::read(&merged)?.header != *header {
            let words = "what came back from the cluster is of another sweep: are its omc and this one of one version?";
            return Err(Error::refused("sweep_different", words));
        }
        record.fill(header, &merged)?;
        drop(folder);
        Ok(record)
    }

    /// Writes a lane's candles as files that `omc candles import` takes; their names.
    async fn hand_out(
        &self,
        folder: &Path,
        place: usize,
        coin: Coin,
        interval: Interval,
        asked: &Asked,
        job: &Job,
    ) -> Result<Vec<String>> {
        let mut out = Files { folder, place, names: vec![], file: None, rows: 0 };
        let mut ended = Ok(());
        self.each_stretch(coin, interval, asked, |stretch| {
            if ended.is_ok() {
                ended = stretch.iter().try_for_each(|candle| out.push(candle)).and_then(|()| job.at(0, 0));
            }
        })
        .await?;
        ended?;
        out.finish()
    }
}

/// Files of candles on their way.
struct Files<'a> {
    folder: &'a Path,
    place: usize,
    names: Vec<String>,
    file: Option<BufWriter<File>>,
    rows: usize,
}

impl Files<'_> {
    fn push(&mut self, candle: &Candle) -> Result<()> {
        if self.rows.is_multiple_of(FILE_CANDLES) {
            self.end()?;
            let name = format!("candles-{}-{}.csv", self.place, self.names.len());
            let path = self.folder.join(&name);
            let mut file = BufWriter::new(File::create_new(&path).map_err(io(&path))?);
            writeln!(file, "ts_ms,open,high,low,close,volume").map_err(io(&path))?;
            self.names.push(name);
            self.file = Some(file);
        }
        self.rows += 1;
        let Candle { time, open, high, low, close, volume } = candle;
        let volume = volume.map_or_else(String::new, |volume: Quantity| volume.decimal().normalize().to_string());
        let Some(file) = &mut self.file else { return Ok(()) };
        writeln!(file, "{},{open},{high},{low},{close},{volume}", time.millis()).map_err(io(self.folder))
    }

    fn end(&mut self) -> Result<()> {
        match self.file.take() {
            Some(mut file) => file.flush().map_err(io(self.folder)),
            None => Ok(()),
        }
    }

    fn finish(mut self) -> Result<Vec<String>> {
        self.end()?;
        Ok(self.names)
    }
}

/// This program where it is `omc`, or the one that stands beside it.
fn own_omc() -> Result<PathBuf> {
    let own = std::env::current_exe().map_err(Error::io("cannot tell where this program is"))?;
    if own.file_stem().is_some_and(|name| name == "omc") {
        return Ok(own);
    }
    let beside = own.with_file_name(format!("omc{}", std::env::consts::EXE_SUFFIX));
    let words =
        "there is no omc beside this program to send to the workers: say where they have one (--worker-omc PATH)";
    if beside.is_file() { Ok(beside) } else { Err(Error::refused("omc_missing", words)) }
}

/// What each shard is asked, beside its number and the strategy.
fn words(request: &SweepRequest, asked: &Asked) -> Vec<String> {
    let mut words = vec!["sweep".to_owned()];
    let mut add = |name: &str, value: String| words.extend([format!("--{name}"), value]);
    for axis in &request.axes {
        add("grid", axis.clone());
    }
    // The text of a script travels as a file.
    for (name, value) in request.params.iter().filter(|(name, _)| request.strategy != SCRIPT || *name != SOURCE) {
        add("param", format!("{name}={value}"));
    }
    let joined = |parts: Vec<String>| parts.join(",");
    add("coin", joined(request.coins.clone()));
    add("interval", joined(request.intervals.clone()));
    // As they were understood here, whatever the zone of a worker.
    for (name, time) in [("from", asked.from), ("to", asked.to)] {
        if let Some(time) = time {
            add(name, time.to_string());
        }
    }
    add("cash", asked.cash.amount().normalize().to_string());
    add("fee-bps", asked.fee.0.to_string());
    add("threads", "1".to_owned());
    words
}

/// Runs the driver to its end; how many shards there are.
fn drive(python: &str, files: [&Path; 2], points: u64, job: &Job) -> Result<u64> {
    let mut command = Command::new(python);
    command.arg("-u").args(files).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // An interrupt of the terminal is for this program: the driver ends in order, by its leash.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|error| {
        let words = format!("{python} can't be started ({error}): install Python 3 with Ray (pip install 'ray[client]'), or name one in OMC_PYTHON");
        Error::refused("python_missing", words)
    })?;
    let mut child = Leashed(child);
    let (Some(said), Some(grumbled)) = (child.0.stdout.take(), child.0.stderr.take()) else {
        return Err(Error::refused("ray_broken", "the driver of the cluster has no pipes"));
    };
    let (lines, last_words) = (lines_of(said), tail_of(grumbled));
    let mut shards = 0;
    loop {
        let line = match lines.recv_timeout(LOOK_EVERY) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => {
                let (done, all) = job.progress();
                job.at(done, all)?;
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let told: Value = serde_json::from_str(&line).unwrap_or_default();
        let number = |name: &str| told.get(name).and_then(Value::as_u64);
        let word = |name: &str| ledgers::inert(told.get(name).and_then(Value::as_str).unwrap_or_default());
        if let Some(code) = told.get("error").and_then(Value::as_str) {
            return Err(Error::refused(known(code), word("message")));
        }
        if let (Some(of), Some(nodes)) = (number("shards"), number("nodes")) {
            tracing::info!("{of} shards on {nodes} nodes, Ray {}", word("ray"));
            job.at(0, points)?;
        }
        if let (Some(done), Some(of)) = (number("done"), number("of")) {
            tracing::info!("shard {} of {of} came back from node {}", number("part").unwrap_or_default(), word("node"));
            job.at(points.saturating_mul(done) / of.max(1), points)?;
        }
        if let Some(of) = number("finished") {
            shards = of;
        }
    }
    if shards == 0 {
        let words = ledgers::inert(&last_words.recv_timeout(END_WITHIN).unwrap_or_default());
        return Err(Error::refused("ray_broken", format!("the driver of the cluster ended in the middle: {words}")));
    }
    Ok(shards)
}

/// A code of the driver's, where it is one.
fn known(code: &str) -> &'static str {
    ["ray_missing", "ray_unreachable", "ray_nodes", "ray_shard_failed", "ray_worker_lost"]
        .into_iter()
        .find(|known| *known == code)
        .unwrap_or("ray_broken")
}

/// Lines as they come, from a thread that ends with them.
fn lines_of(said: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, told) = sync_channel(64);
    std::thread::spawn(move || {
        let mut said = BufReader::new(said);
        loop {
            let mut line = String::new();
            match said.by_ref().take(LINE_BYTES_MAX).read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if tell.send(line).is_err() => return,
                Ok(_) => {}
            }
        }
    });
    told
}

/// The last of what is said, once all of it is.
fn tail_of(mut said: impl Read + Send + 'static) -> Receiver<String> {
    const KEPT: usize = 1_000;
    let (tell, told) = sync_channel(1);
    std::thread::spawn(move || {
        let (mut kept, mut part) = (Vec::new(), [0u8; 4096]);
        while let Ok(count @ 1..) = said.read(&mut part) {
            kept.extend_from_slice(part.get(..count).unwrap_or_default());
            let over = kept.len().saturating_sub(KEPT);
            kept.drain(..over);
        }
        let _ = tell.send(String::from_utf8_lossy(&kept).into_owned());
    });
    told
}

/// The files of all shards as one.
fn together(results: &Path, shards: u64) -> Result<String> {
    let mut left = FILE_BYTES_MAX;
    let mut texts = Vec::new();
    for part in 1..=shards {
        let bytes = read_bounded(&results.join(format!("{part}.jsonl")), left)?;
        left = left.saturating_sub(bytes.len() as u64);
        texts.push(whole_lines(bytes));
    }
    Ok(sweep::merge(&texts)?)
}

#[cfg(test)]
mod tests;
