//! The workspace itself: status, proof, backups, checks, and running without a window.

use crate::clock::random;
use crate::desk::Desk;
use crate::dto::{
    Doctor, DoctorCheck, Event, FileReport, SourceRow, Status, SyncBrief, TradeImport, Verified, VerifiedDevice,
    VerifyProblem,
};
use crate::home::Home;
use crate::when::DEFAULT_ZONE;
use crate::{Error, Mode, Result, SystemClock, Workstation, kill as switch};
use domain::{Clock, DeviceId};
use reports::Cell;
use sha2::{Digest, Sha256};
use staging::Staging;
use std::io::Read;
use std::path::{Path, PathBuf};
use store::{Store, VerifyReport};

/// What the store keeps beside the database: where it is, there was a workspace.
const HEAD_FILE: &str = "head";

/// How the workstation stands, in a few figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Glance {
    /// The kill switch is pulled.
    pub killed: bool,
    /// Trading is halted.
    pub halted: bool,
    /// Orders that wait for a person.
    pub waiting: usize,
    /// Orders with real money that are not over.
    pub live_open: usize,
}

impl Workstation {
    /// Everything the frame of the window shows.
    ///
    /// # Errors
    /// The store's.
    pub async fn status(&self) -> Result<Status> {
        let sources = self.sources_view().await?.sources;
        let desk = self.desk().await?;
        let mut status = self.status_of(&desk)?;
        let failing = prices_fail(&sources);
        status.offline_since =
            if failing { sources.iter().filter_map(|source| source.last_success).max() } else { None };
        status.offline = failing;
        status.trouble = self.inner.trouble.lock().await.clone();
        status.sources = sources;
        status.sync = self.sync_brief().await?;
        Ok(status)
    }

    /// How it stands in a few words, for who has room for no more. The switch counts also when nothing else can be told.
    pub async fn glance(&self) -> Glance {
        let (mut glance, home) = (Glance { killed: switch::is_pulled(self.home()), ..Glance::default() }, self.home());
        glance.halted = crate::halt::reason(home).is_some();
        if let Ok(desk) = self.desk().await {
            glance.waiting = desk.orders.asked().count();
            glance.live_open = desk.orders.open().filter(|order| order.proposal().book == domain::Book::Live).count();
            glance.halted |= desk.halted.is_some();
        }
        glance
    }

    /// What the desk alone knows; the sources are asked for by [`Self::status`].
    fn status_of(&self, desk: &Desk) -> Result<Status> {
        let now = self.now();
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            home: self.home().path().display().to_string(),
            demo: self.home().is_demo(),
            timezone: DEFAULT_ZONE.name().to_owned(),
            now,
            offline: false,
            offline_since: None,
            price_age_s: desk.quotes.values().map(|quote| quote.age_s(now)).min(),
            sources: Vec::new(),
            paper: desk.ticker(now)?,
            live: crate::live::figures(desk, now).map(Box::new),
            kill: switch::state(self.home()),
            halted: desk.halted.clone().or_else(|| crate::halt::reason(self.home())),
            trouble: None,
            sync: SyncBrief { state: "off".to_owned(), since: None, behind: 0, error: None },
        })
    }

    /// Tells the figures of the paper book, when somebody listens.
    pub(crate) fn tell_status(&self, desk: &Desk) {
        if self.is_heard()
            && let Ok(ticker) = desk.ticker(self.now())
        {
            let halted = desk.halted.clone().or_else(|| crate::halt::reason(self.home()));
            self.tell(Event::Paper { paper: ticker, kill: switch::state(self.home()), halted });
        }
    }

    /// Proves the journal and what is derived from it. What is wrong halts trading until a later proof passes.
    ///
    /// # Errors
    /// The store's; what the proof finds wrong is in the answer.
    pub async fn verify(&self) -> Result<Verified> {
        let verified = verified(self.store().verify().await?);
        let proven = Some((self.now(), verified.ok));
        *self.inner.proven.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = proven;
        crate::halt::settle(self.home(), &verified)?;
        Ok(verified)
    }

    /// Folds what is derived from the journal anew, then proves everything. The journal itself is not touched: when it is
    /// damaged, nothing is done and the answer says so.
    ///
    /// # Errors
    /// A workspace opened for reading; the store's.
    pub async fn rebuild(&self) -> Result<Verified> {
        self.require_writer()?;
        let before = self.store().verify().await?;
        if before.problems.iter().all(|problem| problem.code == store::PROJECTION_DIFFERS) {
            self.store().rebuild_projections().await?;
            self.clear_shelves().await;
            if let Some(desk) = self.inner.desk.get() {
                self.refold_books(&mut *desk.lock().await).await?;
            }
        }
        self.verify().await
    }

    /// Writes a checked copy of the workspace.
    ///
    /// # Errors
    /// `file_exists`, `bad_backup`, `disk_full` …
    pub async fn backup(&self, to: &Path) -> Result<FileReport> {
        let report = self.store().backup(to).await?;
        let mut file = std::fs::File::open(&report.path).map_err(Error::io("cannot read the backup"))?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = file.read(&mut buffer).map_err(Error::io("cannot read the backup"))?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
        }
        Ok(FileReport {
            file: report.path.display().to_string(),
            rows: report.devices.iter().map(|device| device.facts).sum(),
            sha256: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// Writes a backup into the workspace's own folder, named by the time.
    ///
    /// # Errors
    /// As [`Self::backup`].
    pub async fn backup_here(&self) -> Result<FileReport> {
        let folder = self.home().path().join("backups");
        std::fs::create_dir_all(&folder).map_err(Error::io("cannot make the folder of backups"))?;
        self.backup(&folder.join(format!("workspace-{}.db", self.stamp()))).await
    }

    /// Saves a table of the window as CSV in the workspace's exports folder, its text made inert.
    ///
    /// # Errors
    /// A name that is none; the file system's.
    pub fn save_csv(&self, name: &str, header: &[String], rows: &[Vec<String>]) -> Result<FileReport> {
        let path = self.export_path(name, "csv")?;
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        let rows: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(|cell| Cell::guess(cell)).collect()).collect();
        let written = reports::write_csv(&path, &header, &rows)?;
        Ok(FileReport { file: path.display().to_string(), rows: written.rows, sha256: written.sha256 })
    }

    /// A place for a new file in the exports folder.
    pub(crate) fn export_path(&self, name: &str, ending: &str) -> Result<PathBuf> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if [name, ending].iter().any(|part| part.is_empty() || part.len() > 60 || !part.chars().all(good)) {
            let words = format!("'{name}.{ending}' is no file name: use letters, digits, '-' and '_'");
            return Err(Error::usage("bad_file_name", words));
        }
        let folder = self.home().exports();
        std::fs::create_dir_all(&folder).map_err(Error::io("cannot make the exports folder"))?;
        let label = if self.home().is_demo() { "demo-" } else { "" };
        Ok(folder.join(format!("{label}{name}-{}.{ending}", self.stamp())))
    }

    /// A time for file names, unique to the microsecond.
    pub fn stamp(&self) -> String {
        self.now().to_utc().format("%Y%m%dT%H%M%S%6fZ").to_string()
    }
}

fn verified(report: VerifyReport) -> Verified {
    let problem = |problem: store::Problem| VerifyProblem {
        device: problem.device.map(|device| device.to_string()),
        sequence: problem.seq,
        code: problem.code.to_owned(),
        message: problem.message,
    };
    let device = |head: store::DeviceHead| VerifiedDevice {
        device: head.device.to_string(),
        facts: head.facts,
        head: head.head.to_string(),
    };
    let end = |head: &store::DeviceHead| domain::ChainEnd { device: head.device, seq: head.facts, hash: head.head };
    Verified {
        journal: crate::sync::journal_hash(&report.devices.iter().map(end).collect::<Vec<_>>()),
        ok: report.problems.is_empty(),
        devices: report.devices.into_iter().map(device).collect(),
        problems: report.problems.into_iter().map(problem).collect(),
    }
}

/// Begins again from a backup, as a new device. A workspace that is there is moved aside, never deleted.
///
/// # Errors
/// `bad_backup`, `workspace_in_use` …
pub async fn restore(from: &Path, home: &Home) -> Result<Verified> {
    home.make()?;
    Store::restore(from, home.path(), DeviceId::from_bytes(random()?), SystemClock.now()).await?;
    let restored = Workstation::open(home, Mode::Write).await?;
    let verified = restored.verify().await;
    restored.close().await;
    verified
}

/// Checks this machine and the workspace. Never fails: what is wrong is in the answer.
pub async fn doctor(home: &Home) -> Doctor {
    let mut checks = vec![check_folder(home)];
    match Workstation::open(home, Mode::Read).await {
        Ok(workstation) => {
            checks.push(DoctorCheck::ok("workspace", format!("{} opens", home.path().display())));
            checks.push(check_journal(&workstation).await);
            checks.push(check_sources(&workstation).await);
            checks.push(check_clock(&workstation).await);
            checks.push(check_keyring(&workstation).await);
            workstation.close().await;
        }
        Err(error) if error.code() == "no_workspace" && home.path().join(HEAD_FILE).exists() => {
            let words = "its database is gone: restore a backup with `omc restore`".to_owned();
            checks.push(DoctorCheck::failed("workspace", words));
        }
        Err(error) if error.code() == "no_workspace" => {
            checks.push(DoctorCheck::ok("workspace", "there is none yet: it is made at the first start".into()));
        }
        Err(error) => checks.push(DoctorCheck::failed("workspace", error.to_string())),
    }
    checks.push(check_switch(home));
    Doctor { ok: checks.iter().all(|check| check.status != "failed"), checks }
}

fn check_folder(home: &Home) -> DoctorCheck {
    let probe = home.path().join(".doctor");
    let tried = home.make().map_err(|error| error.to_string()).and_then(|()| {
        std::fs::write(&probe, b"x").and_then(|()| std::fs::remove_file(&probe)).map_err(|error| error.to_string())
    });
    match tried {
        Ok(()) => DoctorCheck::ok("folder", format!("{} can be written", home.path().display())),
        Err(error) => DoctorCheck::failed("folder", format!("{} cannot be written: {error}", home.path().display())),
    }
}

async fn check_journal(workstation: &Workstation) -> DoctorCheck {
    match workstation.verify().await {
        Ok(verified) if verified.ok => {
            let facts: u64 = verified.devices.iter().map(|device| device.facts).sum();
            DoctorCheck::ok("journal", format!("{facts} facts, each as it was written"))
        }
        Ok(verified) => {
            let first = verified.problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
            DoctorCheck::failed("journal", format!("{first}; restore a backup with `omc restore`"))
        }
        Err(error) => DoctorCheck::failed("journal", error.to_string()),
    }
}

/// Whether no price comes any more. A quiet outlet is not the network: prices tell whether we are online.
fn prices_fail(sources: &[SourceRow]) -> bool {
    let prices: Vec<_> = sources.iter().filter(|source| source.ledger == "exchange").collect();
    !prices.is_empty() && prices.iter().all(|source| source.status == "failing")
}

async fn check_sources(workstation: &Workstation) -> DoctorCheck {
    match workstation.sources_view().await {
        Ok(view) if view.sources.iter().any(|source| source.status == "failing") => {
            let failing = view.sources.iter().filter(|source| source.status == "failing");
            let words: Vec<String> = failing
                .map(|source| format!("{}: {}", source.name, source.last_error.clone().unwrap_or_default()))
                .collect();
            DoctorCheck::warning("sources", words.join("; "))
        }
        Ok(view) if view.sources.iter().all(|source| source.status == "never_run") => DoctorCheck::warning(
            "sources",
            "nothing was collected yet: `omc collect --once` or start the window".into(),
        ),
        Ok(view) => DoctorCheck::ok("sources", format!("{} sources answer", view.sources.len())),
        Err(error) => DoctorCheck::failed("sources", error.to_string()),
    }
}

async fn check_clock(workstation: &Workstation) -> DoctorCheck {
    match workstation.sources_view().await {
        Ok(view) if view.sources.iter().all(|source| source.skew_ms.is_none()) => {
            DoctorCheck::ok("clock", "no source has answered yet whose clock could be compared".into())
        }
        Ok(view) => view.clock.map_or_else(
            || DoctorCheck::ok("clock", "within 2 s of those of the sources".into()),
            |words| DoctorCheck::warning("clock", words),
        ),
        Err(error) => DoctorCheck::failed("clock", error.to_string()),
    }
}

async fn check_keyring(workstation: &Workstation) -> DoctorCheck {
    match workstation.secrets().await.reason {
        None => DoctorCheck::ok("keyring", "it answers: keys can be kept".into()),
        Some(reason) => DoctorCheck::warning("keyring", reason),
    }
}

fn check_switch(home: &Home) -> DoctorCheck {
    let state = switch::state(home);
    if state.pulled {
        let since = state.since.map_or_else(String::new, |since| format!(" since {since}"));
        let words = format!("pulled{since}{}: `omc unkill` opens paper trading", state.note.unwrap_or_default());
        return DoctorCheck::warning("kill_switch", words);
    }
    DoctorCheck::ok("kill_switch", "not pulled".into())
}

impl DoctorCheck {
    fn new(name: &str, status: &str, detail: String) -> Self {
        Self { name: name.to_owned(), status: status.to_owned(), detail }
    }

    fn ok(name: &str, detail: String) -> Self {
        Self::new(name, "ok", detail)
    }

    fn warning(name: &str, detail: String) -> Self {
        Self::new(name, "warning", detail)
    }

    fn failed(name: &str, detail: String) -> Self {
        Self::new(name, "failed", detail)
    }
}

/// Starts the simulated outside world.
///
/// # Errors
/// A port in use, a faults or candle file that cannot be read.
pub async fn staging(seed: u64, port: u16, faults: Option<&Path>, replay: Option<&Path>) -> Result<Staging> {
    let refused = |code: &str, error: &dyn std::fmt::Display| Error::refused(code, error.to_string());
    let faults = faults
        .map_or_else(|| Ok(staging::Faults::none()), staging::Faults::from_file)
        .map_err(|error| refused(error.code(), &error))?;
    let replay = replay.map(staging::Replay::from_file).transpose().map_err(|error| refused(error.code(), &error))?;
    let options = staging::Options { seed, port, faults, replay, ..staging::Options::default() };
    Staging::start(options).await.map_err(|error| refused(error.code(), &error))
}

impl TradeImport {
    /// A file that was refused whole.
    #[must_use]
    pub fn refused(read: u64, rejected: Vec<crate::dto::RejectedLine>) -> Self {
        Self { read, imported: 0, duplicates: 0, rejected, found: None, left_out: Vec::new(), doubts: None }
    }
}
