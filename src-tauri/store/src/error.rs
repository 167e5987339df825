//! What can go wrong with a workspace, with stable codes. Messages say what, to what, and what to do.

use domain::{DeviceId, FactError, TradeId};
use std::path::{Path, PathBuf};

/// Why the store could not do what was asked. Nothing was half-written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder holds no workspace.
    #[error("{} holds no workspace: check --home, or start the application there once", home.display())]
    NoWorkspace {
        /// The folder.
        home: PathBuf,
    },
    /// Another process writes.
    #[error("the workspace {} is in use by another process: close it there first", home.display())]
    WorkspaceInUse {
        /// The folder.
        home: PathBuf,
    },
    /// This handle only reads.
    #[error("the workspace {} was opened for reading only", home.display())]
    ReadOnly {
        /// The folder.
        home: PathBuf,
    },
    /// A newer version of the application wrote it.
    #[error("{} was written by a newer version (schema {found}, this version knows {known}): update the application; nothing was changed", path.display())]
    NewerSchema {
        /// The database.
        path: PathBuf,
        /// Its newest migration.
        found: i64,
        /// Our newest migration.
        known: i64,
    },
    /// The schema is older than a reader can use; the writer migrates it.
    #[error("{} has the older schema {found}: open it once with the application, which keeps a backup and migrates it to {known}", path.display())]
    OlderSchema {
        /// The database.
        path: PathBuf,
        /// Its newest migration.
        found: i64,
        /// Our newest migration.
        known: i64,
    },
    /// The bundled SQLite is not the one this was tested with.
    #[error("SQLite {found} lacks a fix for corrupted write-ahead logs: 3.51.3 or newer is needed")]
    OldSqlite {
        /// Its version.
        found: String,
    },
    /// What is stored is not what was written.
    #[error("{what} is damaged: {detail}; run `omc verify`, then `omc restore` a backup")]
    Damaged {
        /// Which part.
        what: String,
        /// In which way.
        detail: String,
    },
    /// The trade is in the journal already.
    #[error("the trade {id} is in the journal already")]
    DuplicateTrade {
        /// Its identity.
        id: TradeId,
    },
    /// A fee in another currency than the Australian dollar.
    #[error("a fee in {currency} cannot be kept: convert it to AUD first")]
    ForeignFee {
        /// The currency.
        currency: String,
    },
    /// A fact that cannot become bytes, or that only a newer version understands.
    #[error("a fact cannot be used: {0}")]
    Fact(#[from] FactError),
    /// A device's chain is two: another fact stands at a place that is known.
    #[error(
        "device {device} has two different facts {seq}: its workspace was copied or set back, and both went on; nothing of this was kept"
    )]
    Forked {
        /// The device.
        device: DeviceId,
        /// The first fact that differs.
        seq: u64,
    },
    /// Facts that came do not follow what is known of their device.
    #[error(
        "fact {seq} of device {device} does not follow the one before it: it was made up, changed, moved or left out on its way; nothing of this was kept"
    )]
    BrokenChain {
        /// The device.
        device: DeviceId,
        /// The first one that doesn't.
        seq: u64,
    },
    /// A backup would replace a file.
    #[error("{} exists already: choose another name, nothing is overwritten", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// A backup failed its check.
    #[error("the backup {} is not sound: {detail}", path.display())]
    BadBackup {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The disk is full.
    #[error("the disk of {} is full: free some space, then try again; nothing was half-written", path.display())]
    DiskFull {
        /// On which path.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {detail}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        detail: String,
    },
    /// The database stayed locked for longer than it may.
    #[error("the workspace database is busy: {detail}; try again")]
    Busy {
        /// What SQLite said.
        detail: String,
    },
    /// SQLite refused for another reason.
    #[error("the workspace database refused: {detail}")]
    Database {
        /// What SQLite said.
        detail: String,
    },
}

/// SQLITE_IOERR_SHMSIZE: the index of the write-ahead log could not grow.
const NO_ROOM_FOR_SHARED_MEMORY: i32 = 4874;

/// The result of everything here.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

impl StoreError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoWorkspace { .. } => "no_workspace",
            Self::WorkspaceInUse { .. } => "workspace_in_use",
            Self::ReadOnly { .. } => "read_only",
            Self::NewerSchema { .. } => "newer_schema",
            Self::OlderSchema { .. } => "older_schema",
            Self::OldSqlite { .. } => "old_sqlite",
            Self::Damaged { .. } => "damaged",
            Self::DuplicateTrade { .. } => "duplicate_trade",
            Self::ForeignFee { .. } => "foreign_fee",
            Self::Fact(_) => "bad_fact",
            Self::Forked { .. } => "forked",
            Self::BrokenChain { .. } => "broken_chain",
            Self::FileExists { .. } => "file_exists",
            Self::BadBackup { .. } => "bad_backup",
            Self::DiskFull { .. } => "disk_full",
            Self::Io { .. } => "io",
            Self::Busy { .. } => "database_busy",
            Self::Database { .. } => "database",
        }
    }

    pub(crate) fn damaged(what: impl Into<String>, detail: impl ToString) -> Self {
        Self::Damaged { what: what.into(), detail: detail.to_string() }
    }

    pub(crate) fn io(path: &Path, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                Self::DiskFull { path: path.to_path_buf() }
            }
            _ => Self::Io { path: path.to_path_buf(), detail: error.to_string() },
        }
    }

    /// What a fact that does not decode means.
    pub(crate) fn undecodable(device: u32, seq: u64, error: FactError) -> Self {
        match error {
            FactError::UnknownKind(_) => Self::Fact(error),
            FactError::Damaged { .. } => Self::damaged(format!("fact {seq} of device {device}"), error),
        }
    }

    /// What an error of SQLite on a database means.
    pub(crate) fn database(path: &Path, error: &sqlx::Error) -> Self {
        let detail = error.to_string();
        let code = match error {
            sqlx::Error::Database(inner) => inner.code().and_then(|code| code.parse::<i32>().ok()),
            sqlx::Error::Io(inner) => return Self::io(path, inner),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                return Self::damaged(path.display().to_string(), detail);
            }
            _ => None,
        };
        if code == Some(NO_ROOM_FOR_SHARED_MEMORY) {
            return Self::DiskFull { path: path.to_path_buf() };
        }
        // The low byte is the primary result code, whatever the extended one says.
        match code.map(|code| code & 0xff) {
            Some(5 | 6) => Self::Busy { detail },
            Some(8) => Self::ReadOnly { home: path.to_path_buf() },
            Some(10 | 14) => Self::Io { path: path.to_path_buf(), detail },
            Some(11 | 26) => Self::damaged(path.display().to_string(), detail),
            Some(13) => Self::DiskFull { path: path.to_path_buf() },
            _ => Self::Database { detail },
        }
    }
}
