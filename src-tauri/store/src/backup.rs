//! Backups and their return.
//!
//! Invariants: a backup exists only once it was written, read back and found equal; a backup that is not sound is never
//! restored; what a restore replaces is moved aside, never deleted; a restored workspace is a new device, whose chain
//! begins with `Created` and `Restored`. Deliberately absent: when trading may begin again, which the facts' readers
//! decide from `Restored`.

use crate::head::HeadFile;
use crate::journal::{begin_device, last_fact, own_device};
use crate::open::{Inner, backups_path, connect_writing, db_path, head_path, lock, reading};
use crate::schema::{self, MIGRATOR, State, free_path, stamp, sync, vacuum_into};
use crate::verify::{DeviceHead, VerifyReport, check};
use crate::{Result, Store, StoreError};
use domain::{DeviceId, Fact, Timestamp};
use sqlx::{Connection, SqliteConnection};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const PROBLEMS_NAMED_MAX: usize = 3;

/// A backup that was written and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// What it holds.
    pub devices: Vec<DeviceHead>,
}

/// A workspace that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// What it holds, the new device last.
    pub devices: Vec<DeviceHead>,
    /// Where the workspace that was there before is kept.
    pub moved_aside: Option<PathBuf>,
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm", "-journal"] {
        // What is not there need not go; what stays is a stray file that nothing reads.
        let _ = std::fs::remove_file(with_ending(path, ending));
    }
}

fn named(report: &VerifyReport) -> String {
    let problems = report.problems.iter().take(PROBLEMS_NAMED_MAX).map(|problem| {
        let place = match (problem.device, problem.seq) {
            (Some(device), Some(seq)) => format!(" (device {device}, fact {seq})"),
            (None, Some(seq)) => format!(" (fact {seq})"),
            _ => String::new(),
        };
        format!("{}{place}: {}", problem.code, problem.message)
    });
    problems.collect::<Vec<_>>().join("; ")
}

/// Checks a database file that nothing else has open.
async fn check_file(path: &Path) -> Result<VerifyReport> {
    let inner = Inner::new(path.parent().unwrap_or(path), path.to_path_buf(), None);
    let mut conn =
        SqliteConnection::connect_with(&reading(path)).await.map_err(|error| StoreError::database(path, &error))?;
    let report = check(&inner, &mut conn, None).await;
    let closed = conn.close().await.map_err(|error| StoreError::database(path, &error));
    inner.close_readers().await;
    let report = report?;
    closed?;
    if report.is_sound() {
        return Ok(report);
    }
    Err(StoreError::BadBackup { path: path.to_path_buf(), detail: named(&report) })
}

/// The heads of all devices, as a cheap look at the journal gives them.
async fn heads(inner: &Inner, conn: &mut SqliteConnection) -> Result<Vec<DeviceHead>> {
    let devices: Vec<(u32, Vec<u8>)> = sqlx::query_as("SELECT no, id FROM devices ORDER BY no")
        .fetch_all(&mut *conn)
        .await
        .map_err(|error| inner.failed(&error))?;
    let mut heads = Vec::with_capacity(devices.len());
    for (no, id) in devices {
        let device = DeviceId::from_slice(&id).map_err(|error| StoreError::damaged("the table of devices", error))?;
        let (facts, head) = last_fact(inner, conn, no).await?;
        heads.push(DeviceHead { device, facts, head });
    }
    Ok(heads)
}

/// Whether every fact from `earlier` is in `later`, which may go on.
fn holds(later: &[DeviceHead], earlier: &[DeviceHead]) -> bool {
    earlier.iter().all(|early| {
        later.iter().any(|late| {
            late.device == early.device
                && (late.facts > early.facts || (late.facts == early.facts && late.head == early.head))
        })
    })
}

impl Store {
    /// Writes a checked copy of the workspace to a file that must not exist, also during writes.
    ///
    /// # Errors
    /// [`StoreError::FileExists`]; [`StoreError::BadBackup`] when the copy, and so most likely the workspace, is not
    /// sound; [`StoreError::DiskFull`] and what files can meet. Nothing is left behind then.
    pub async fn backup(&self, to: &Path) -> Result<BackupReport> {
        if to.exists() {
            return Err(StoreError::FileExists { path: to.to_path_buf() });
        }
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = free_path(folder, &name, ".part")?;
        let placed = match self.write_backup(&part).await {
            Ok(report) => place(&part, to).map(|()| report),
            Err(error) => Err(error),
        };
        remove(&part);
        let report = placed?;
        sync(folder)?;
        let bytes = std::fs::metadata(to).map_err(|error| StoreError::io(to, &error))?.len();
        Ok(BackupReport { path: to.to_path_buf(), bytes, devices: report.devices })
    }

    async fn write_backup(&self, part: &Path) -> Result<VerifyReport> {
        let inner = self.inner();
        let mut conn = inner.reader().await?;
        let before = heads(inner, &mut conn).await?;
        vacuum_into(&inner.db, &mut conn, part).await?;
        let after = heads(inner, &mut conn).await?;
        drop(conn);
        let report = check_file(part).await?;
        if !holds(&report.devices, &before) || !holds(&after, &report.devices) {
            let detail = "it does not hold the facts the workspace holds".to_owned();
            return Err(StoreError::BadBackup { path: part.to_path_buf(), detail });
        }
        Ok(report)
    }

    /// Makes a folder's workspace the one of a backup, as a new device. Takes the writer's lock: close the workspace
    /// before, open it afterwards. The workspace that was there is moved to `backups/`.
    ///
    /// # Errors
    /// [`StoreError::WorkspaceInUse`]; [`StoreError::BadBackup`] and [`StoreError::NewerSchema`] for a backup that
    /// cannot be used, with the workspace untouched; what files can meet.
    pub async fn restore(from: &Path, home: &Path, new_device: DeviceId, now: Timestamp) -> Result<RestoreReport> {
        let _lock = lock(home)?;
        let copy = free_path(home, &format!("restoring-{}", stamp(now)), ".db")?;
        let report = restore_copy(from, &copy, home, new_device, now).await;
        remove(&copy);
        report
    }
}

/// Gives a finished file its name, unless the name was taken meanwhile.
fn place(part: &Path, to: &Path) -> Result<()> {
    // A rename would replace a file of that name; a link does not, but not every file system has links.
    match std::fs::hard_link(part, to) {
        Ok(()) => Ok(()),
        Err(_) if to.exists() => Err(StoreError::FileExists { path: to.to_path_buf() }),
        Err(_) => std::fs::rename(part, to).map_err(|error| StoreError::io(to, &error)),
    }
}

async fn restore_copy(
    from: &Path,
    copy: &Path,
    home: &Path,
    new_device: DeviceId,
    now: Timestamp,
) -> Result<RestoreReport> {
    std::fs::copy(from, copy).map_err(|error| match error.kind() {
        std::io::ErrorKind::StorageFull => StoreError::io(copy, &error),
        _ => StoreError::io(from, &error),
    })?;
    // A workspace's own database may have facts in its log still.
    let log = with_ending(from, "-wal");
    if log.exists() {
        let to = with_ending(copy, "-wal");
        std::fs::copy(&log, to).map_err(|error| StoreError::io(&log, &error))?;
    }
    let bad = |error: StoreError| match error {
        StoreError::BadBackup { detail, .. } | StoreError::Damaged { detail, .. } => {
            StoreError::BadBackup { path: from.to_path_buf(), detail }
        }
        StoreError::NewerSchema { found, known, .. } => {
            StoreError::NewerSchema { path: from.to_path_buf(), found, known }
        }
        other => other,
    };
    if schema::inspect(copy, &MIGRATOR).await.map_err(bad)? == State::Empty {
        let detail = "it is no backup of a workspace".to_owned();
        return Err(StoreError::BadBackup { path: from.to_path_buf(), detail });
    }
    let inner = Inner::new(home, copy.to_path_buf(), None);
    let mut conn = connect_writing(copy).await.map_err(bad)?;
    schema::migrate(copy, &mut conn, &MIGRATOR).await.map_err(bad)?;
    check_file(copy).await.map_err(bad)?;
    let head = begin_restored(&inner, &mut conn, from, new_device, now).await?;
    // One file from here on: the log is emptied and goes with the last connection.
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await.map_err(|error| inner.failed(&error))?;
    conn.close().await.map_err(|error| inner.failed(&error))?;
    inner.close_readers().await;
    let devices = check_file(copy).await?.devices;
    sync(copy)?;
    let moved_aside = move_aside(home, now)?;
    let db = db_path(home);
    std::fs::rename(copy, &db).map_err(|error| StoreError::io(&db, &error))?;
    let mut file = HeadFile::open(&head_path(home))?;
    file.write(&head)?;
    file.write(&head)?;
    sync(home)?;
    Ok(RestoreReport { devices, moved_aside })
}

async fn begin_restored(
    inner: &Inner,
    conn: &mut SqliteConnection,
    from: &Path,
    new_device: DeviceId,
    now: Timestamp,
) -> Result<crate::head::Head> {
    let mut tx = conn.begin().await.map_err(|error| inner.failed(&error))?;
    let Some((no, old)) = own_device(inner, &mut tx).await? else {
        let detail = "it names no device of its own".to_owned();
        return Err(StoreError::BadBackup { path: from.to_path_buf(), detail });
    };
    let (from_seq, from_hash) = last_fact(inner, &mut tx, no).await?;
    let facts = [Fact::Created { device: new_device }, Fact::Restored { from: old, from_seq, from_hash }];
    let head = begin_device(inner, &mut tx, new_device, &facts, now).await?;
    tx.commit().await.map_err(|error| inner.failed(&error))?;
    Ok(head)
}

/// Moves the workspace's files into a folder of their own among the backups.
fn move_aside(home: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
    let files = ["workspace.db", "workspace.db-wal", "workspace.db-shm", "head"];
    if !files.iter().any(|file| home.join(file).exists()) {
        return Ok(None);
    }
    let folder = free_path(&backups_path(home), &format!("replaced-{}", stamp(now)), "")?;
    std::fs::create_dir_all(&folder).map_err(|error| StoreError::io(&folder, &error))?;
    for file in files.iter().filter(|file| home.join(file).exists()) {
        let path = home.join(file);
        std::fs::rename(&path, folder.join(file)).map_err(|error| StoreError::io(&path, &error))?;
    }
    sync(&folder)?;
    Ok(Some(folder))
}
