//! A day of every source in fast time, with faults: `cargo bench -p workstation --bench soak [-- HOURS]`, 24 unless told.
//!
//! The workstation and the simulated world stand on one clock that is driven from run to run; one request in twenty meets a
//! fault. At the end it says for each source how many of its runs answered, what is in the store twice, which silences are
//! not among the gaps, and what memory did hour by hour; it fails when a promise does not hold. As a test it is short.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may stop at the first surprise")]

use domain::{DrivenClock, Interval, Timestamp};
use ledgers::{Secret, SourceInfo, silence_allowed};
use staging::{Clock, Fault, Faults, Rule, Staging};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::{GapFilter, ObservationFilter, Run, RunStatus, Store};
use workstation::{Home, Mode, Reached, Workstation};

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const HOURS: u64 = 24;
/// Long enough for every fast source to meet faults, short enough for a test.
const MINUTES_AS_TEST: u64 = 6;
const TIDY_EVERY_S: i64 = 60;
/// So many times faster than the machine's clock do pauses pass.
const PACE: u32 = 2_000;
/// With one request in twenty failing, and tried again, no source may answer less often.
const ANSWERED_PERCENT_MIN: f64 = 90.0;
/// Memory may grow by so much after its first hours.
const GROWTH_BYTES_MAX: u64 = 48 << 20;
const SETTLED_AFTER_HOURS: usize = 4;

fn faults() -> Faults {
    let down =
        Fault::Status { code: 503, body: String::new(), content_type: "text/plain".to_owned(), retry_after: None };
    let kinds = [
        Fault::Reset { after_body_bytes: None },
        Fault::Truncate { body_bytes: None },
        Fault::EmptyBody {},
        Fault::BlockPage { status: 200 },
        down,
    ];
    kinds.into_iter().fold(Faults::none(), |all, fault| all.with(Rule::on("*", fault).percent(1)))
}

fn rss_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) * 1024
}

fn infos() -> Vec<SourceInfo> {
    let others = sources::REGISTRY.iter().map(|entry| entry.info);
    [coinspot::PRICES_SOURCE, coinspot::COIN_LIST_SOURCE].into_iter().chain(others).collect()
}

async fn opened(staging: &Staging, home: &Home, clock: Arc<DrivenClock>) -> Workstation {
    let services = sources::REGISTRY.iter().map(|entry| entry.service);
    let secrets = ["cryptopanic_token", "reddit_client_id", "reddit_client_secret"];
    let reached = Reached {
        coinspot: staging.url().to_owned(),
        coinspot_web: staging.url().to_owned(),
        others: services.map(|service| (service.to_owned(), staging.url_of(service).to_owned())).collect(),
        secrets: secrets.map(|name| (name.to_owned(), Secret::new("0123456789abcdef".to_owned()))).into(),
        sec_contact: "Soak Test soak@example.org".to_owned(),
        pace: PACE,
        ..Reached::default()
    };
    Workstation::open_at(home, Mode::Write, clock, reached).await.unwrap()
}

/// Drives both clocks until `end`; memory at each hour.
async fn soak(staging: &Staging, ws: &Workstation, clock: &DrivenClock, end: Timestamp) -> Vec<u64> {
    let (mut tidied, mut hour, mut memory) = (START, START, Vec::new());
    loop {
        let idle = ws.drive().await.unwrap();
        let now = ws.now();
        if now.seconds_since(tidied) >= TIDY_EVERY_S {
            ws.tidy().await.unwrap();
            tidied = now;
        }
        if now.seconds_since(hour) >= Interval::H1.seconds() {
            staging.forget_requests();
            memory.push(rss_bytes());
            hour = now;
        }
        if now >= end {
            return memory;
        }
        let step = idle.clamp(Duration::from_millis(20), Duration::from_secs(60));
        staging.advance(step);
        clock.advance_micros(step.as_micros() as i64);
    }
}

/// The silences between good runs of a source that are longer than it may be silent.
fn silences(info: SourceInfo, runs: &[Run]) -> Vec<(Timestamp, Timestamp)> {
    let longest_s = silence_allowed(info.cadence).as_secs() as i64;
    let mut good: Vec<Timestamp> =
        runs.iter().filter(|run| run.status != RunStatus::Failed).map(|run| run.started).collect();
    good.sort();
    // A little more than the limit, for the moment between asking and being told.
    let silent = |pair: &&[Timestamp]| pair[1].seconds_since(pair[0]) > longest_s + 5;
    good.windows(2).filter(silent).map(|pair| (pair[0], pair[1])).collect()
}

async fn judge_sources(store: &Store, simulated_s: f64) -> Vec<String> {
    let mut broken = Vec::new();
    let gaps = store.gaps(&GapFilter::default()).await.unwrap();
    println!("{:24} {:>6} {:>7} {:>9} {:>9} {:>5}", "source", "runs", "failed", "answered", "expected", "gaps");
    for info in infos() {
        let name = domain::Name::parse(info.name).unwrap();
        let runs = store.runs(Some(&name), usize::MAX).await.unwrap();
        let failed = runs.iter().filter(|run| run.status == RunStatus::Failed).count();
        let answered = 100.0 * (runs.len() - failed) as f64 / (runs.len().max(1)) as f64;
        // Runs are up to a tenth of their cadence apart from it, and a failed one is tried again sooner.
        let expected = 1.0 + simulated_s / info.cadence.as_secs_f64();
        let here = gaps.iter().filter(|gap| gap.source == name).count();
        println!("{:24} {:>6} {failed:>7} {answered:>8.1}% {expected:>9.0} {here:>5}", info.name, runs.len());
        if runs.is_empty() || (runs.len() as f64) < 0.8 * expected - 1.0 {
            broken.push(format!("{}: {} runs of {expected:.0}", info.name, runs.len()));
        }
        // Of a few runs one may be unlucky.
        if runs.len() >= 20 && answered < ANSWERED_PERCENT_MIN || runs.iter().all(|run| run.status == RunStatus::Failed)
        {
            let last = runs.iter().find_map(|run| run.error.clone()).unwrap_or_default();
            broken.push(format!("{}: only {answered:.1} % of its runs answered: {last}", info.name));
        }
        for (from, to) in silences(info, &runs) {
            if !gaps.iter().any(|gap| gap.source == name && gap.from < to && gap.to > from) {
                broken.push(format!("{}: its silence from {from} to {to} is not among the gaps", info.name));
            }
        }
    }
    broken
}

async fn judge_store(store: &Store) -> Vec<String> {
    let mut broken = Vec::new();
    let mut seen = HashSet::new();
    let observations = store.observations(&ObservationFilter::default()).await.unwrap();
    for stored in &observations {
        let observation = &stored.observation;
        if !seen.insert((observation.source.clone(), format!("{:?}", observation.payload), observation.event_time)) {
            broken.push(format!("twice in the store: {}", stored.id()));
        }
    }
    let ticks = store.newest_ticks(None, START, Timestamp::from_micros(i64::MAX), None).await.unwrap();
    let moments: HashSet<_> = ticks.iter().map(|tick| (tick.seen, tick.coin)).collect();
    if moments.len() != ticks.len() {
        broken.push(format!("{} ticks are in the store twice", ticks.len() - moments.len()));
    }
    println!("{} observations, {} ticks, none of them twice unless said below", observations.len(), ticks.len());
    broken
}

fn judge_memory(memory: &[u64]) -> Vec<String> {
    let mb: Vec<String> = memory.iter().map(|bytes| (bytes >> 20).to_string()).collect();
    println!("memory at each hour, MB: {}", mb.join(" "));
    let settled = memory.iter().skip(SETTLED_AFTER_HOURS);
    match (settled.clone().next(), settled.max()) {
        (Some(first), Some(most)) if *most > first + GROWTH_BYTES_MAX => {
            vec![format!("memory grew from {} to {} MB", first >> 20, most >> 20)]
        }
        _ => Vec::new(),
    }
}

async fn run(simulated: Duration) -> Vec<String> {
    let begun = Instant::now();
    let options = staging::Options {
        seed: 11,
        clock: Clock::Driven { start_ms: START.millis() },
        faults: faults(),
        ..staging::Options::default()
    };
    let staging = Staging::start(options).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let home = Home::resolve(Some(folder.path().join("home")), false).unwrap();
    let clock = Arc::new(DrivenClock::at(START));
    let ws = opened(&staging, &home, clock.clone()).await;
    let end = START.plus_micros(simulated.as_micros() as i64);
    let memory = soak(&staging, &ws, &clock, end).await;
    ws.close().await;
    let store = Store::open_reader(home.path()).await.unwrap();
    println!(
        "{:.1} h in {:.0} s, {} requests",
        simulated.as_secs_f64() / 3_600.0,
        begun.elapsed().as_secs_f64(),
        staging.request_count()
    );
    let mut broken = judge_sources(&store, simulated.as_secs_f64()).await;
    broken.extend(judge_store(&store).await);
    broken.extend(judge_memory(&memory));
    store.close().await;
    broken
}

fn main() -> std::process::ExitCode {
    let measuring = std::env::args().any(|arg| arg == "--bench");
    let hours = std::env::args().filter_map(|word| word.parse::<u64>().ok()).next().unwrap_or(HOURS);
    let simulated = Duration::from_secs(if measuring { hours * 3_600 } else { MINUTES_AS_TEST * 60 });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let broken = runtime.block_on(run(simulated));
    for promise in &broken {
        println!("BROKEN {promise}");
    }
    std::process::ExitCode::from(u8::from(!broken.is_empty()))
}
