//! Opening a workspace: the folder, the lock, the schema, the head.
//!
//! The folder holds `workspace.db` (with its write-ahead log), `head`, `lock` and `backups/`. The writer owns the lock
//! for as long as it is open; readers need none. A writer's connection that failed in any way is thrown away and made
//! anew, so that no error leaves half a state behind. Deliberately absent: a full check of the chain at each start
//! (seconds for a million facts); that is [`Store::verify`].

use crate::candles::Saved;
use crate::feeds::KnownQuotes;
use crate::head::{self, Head, HeadFile, HeadState};
use crate::journal::{Tail, begin_device, hash_of, last_fact, own_device};
use crate::projection::{LAYOUT, rebuild};
use crate::schema;
use crate::verify::Problem;
use crate::{Result, StoreError};
use domain::{DeviceId, Fact, Timestamp};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Sqlite, SqliteConnection, SqlitePool, Transaction};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const READERS_MAX: u32 = 4;
/// Rows that wait between SQLite's thread and ours: enough that neither wakes the other for every few.
const ROWS_BUFFERED: usize = 1024;
const READER_WAIT_MAX: Duration = Duration::from_secs(30);
/// SQLite with the fix for write-ahead logs corrupted by a reset.
const SQLITE_MIN: (u32, u32, u32) = (3, 51, 3);

/// A workspace; cheap to clone, safe to share between tasks.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub home: PathBuf,
    pub db: PathBuf,
    device: OnceLock<DeviceId>,
    damage: OnceLock<Problem>,
    readers: SqlitePool,
    /// Which candles this process saved.
    pub saved: std::sync::Mutex<Saved>,
    writer: Option<Mutex<Writer>>,
}

#[derive(Debug)]
pub(crate) struct Writer {
    session: Option<Session>,
    head: HeadFile,
    /// None once closed.
    lock: Option<File>,
}

/// The writer's connection and what is known through it.
#[derive(Debug)]
pub(crate) struct Session {
    pub conn: SqliteConnection,
    pub tail: Option<Tail>,
    /// The quotes as they stand.
    pub quotes: Option<KnownQuotes>,
}

pub(crate) fn db_path(home: &Path) -> PathBuf {
    home.join("workspace.db")
}

pub(crate) fn head_path(home: &Path) -> PathBuf {
    home.join("head")
}

pub(crate) fn backups_path(home: &Path) -> PathBuf {
    home.join("backups")
}

/// How often a lock that is held is tried again, and how long that takes in all: a process that is just ending, or one
/// that another is just starting (it has the file until it becomes that program), gives it up within moments.
const LOCK_TRIES: u32 = 25;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Takes the lock of a workspace folder, making the folder when there is none.
pub(crate) fn lock(home: &Path) -> Result<File> {
    std::fs::create_dir_all(home).map_err(|error| StoreError::io(home, &error))?;
    let path = home.join("lock");
    let failed = |error: std::io::Error| StoreError::io(&path, &error);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
    Err(StoreError::WorkspaceInUse { home: home.to_path_buf() })
}

fn writing(db: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(db)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", "-16384")
        // Where fsync alone does not reach the disk (macOS).
        .pragma("fullfsync", "1")
        .disable_statement_logging()
}

pub(crate) fn reading(db: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(db)
        .read_only(true)
        .busy_timeout(BUSY_TIMEOUT)
        .row_buffer_size(ROWS_BUFFERED)
        .pragma("cache_size", "-8192")
        .disable_statement_logging()
}

pub(crate) async fn connect_writing(db: &Path) -> Result<SqliteConnection> {
    SqliteConnection::connect_with(&writing(db)).await.map_err(|error| StoreError::database(db, &error))
}

async fn check_sqlite(inner: &Inner, conn: &mut SqliteConnection) -> Result<()> {
    let found: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(conn).await.map_err(|error| inner.failed(&error))?;
    let mut parts = found.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_MIN {
        return Err(StoreError::OldSqlite { found });
    }
    Ok(())
}

impl Inner {
    pub(crate) fn new(home: &Path, db: PathBuf, writer: Option<Writer>) -> Self {
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(READER_WAIT_MAX)
            .test_before_acquire(false)
            .connect_lazy_with(reading(&db));
        Self {
            home: home.to_path_buf(),
            db,
            device: OnceLock::new(),
            damage: OnceLock::new(),
            readers,
            saved: std::sync::Mutex::default(),
            writer: writer.map(Mutex::new),
        }
    }

    pub(crate) fn failed(&self, error: &sqlx::Error) -> StoreError {
        StoreError::database(&self.db, error)
    }

    pub(crate) fn no_workspace(&self) -> StoreError {
        StoreError::NoWorkspace { home: self.home.clone() }
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>> {
        self.readers.acquire().await.map_err(|error| self.failed(&error))
    }

    pub(crate) async fn writer(&self) -> Result<MutexGuard<'_, Writer>> {
        let writer = self.writer.as_ref().ok_or_else(|| StoreError::ReadOnly { home: self.home.clone() })?;
        let writer = writer.lock().await;
        if writer.lock.is_none() {
            return Err(StoreError::Database { detail: "it was closed already".to_owned() });
        }
        Ok(writer)
    }

    /// Refuses to build on a journal whose end is not what it was.
    pub(crate) fn check_sound(&self) -> Result<()> {
        match self.damage.get() {
            None => Ok(()),
            Some(problem) => Err(StoreError::damaged("the journal", &problem.message)),
        }
    }

    /// From here on nothing is appended. The first finding stays.
    pub(crate) fn mark_damaged(&self, problem: Problem) {
        tracing::error!(code = problem.code, message = %problem.message, "the journal is damaged");
        let _ = self.damage.set(problem);
    }

    pub(crate) async fn close_readers(&self) {
        self.readers.close().await;
    }

    /// Looks at the two ends that were written apart. A failure to read them is damage too.
    async fn examine(&self, conn: &mut SqliteConnection, head: HeadState) -> Result<()> {
        let found = match check_head(self, conn, head).await {
            Err(StoreError::Damaged { what, detail }) => {
                Some(Problem { device: None, seq: None, code: "damaged", message: format!("{what}: {detail}") })
            }
            other => other?,
        };
        if let Some(problem) = found {
            self.mark_damaged(problem);
        }
        Ok(())
    }
}

/// Compares the head noted beside the database with the journal inside it.
pub(crate) async fn check_head(
    inner: &Inner,
    conn: &mut SqliteConnection,
    state: HeadState,
) -> Result<Option<Problem>> {
    let Some((no, device)) = own_device(inner, conn).await? else { return Ok(None) };
    let (last, _) = last_fact(inner, conn, no).await?;
    let problem = |seq: u64, code: &'static str, message: String| {
        Ok(Some(Problem { device: Some(device), seq: Some(seq), code, message }))
    };
    match state {
        // The first head is written right after the first facts; a crash may fall between.
        HeadState::Missing if last <= 2 => Ok(None),
        HeadState::Missing => problem(last, "head_missing", "the file 'head' beside the database is gone".to_owned()),
        HeadState::Unreadable => problem(last, "head_unreadable", "the file 'head' is damaged".to_owned()),
        HeadState::Known(head) if head.device != device => {
            let message = format!("the file 'head' belongs to device {}, the database to {device}", head.device);
            problem(last, "head_of_other_device", message)
        }
        HeadState::Known(head) if head.seq > last => {
            let message = format!("facts {} to {} were there and are gone", last + 1, head.seq);
            problem(last + 1, "removed_tail", message)
        }
        HeadState::Known(head) => {
            let stored: Option<Vec<u8>> = sqlx::query_scalar("SELECT hash FROM facts WHERE device = ? AND seq = ?")
                .bind(no)
                .bind(head.seq as i64)
                .fetch_optional(conn)
                .await
                .map_err(|error| inner.failed(&error))?;
            if stored.as_deref().and_then(hash_of) == Some(head.hash) {
                return Ok(None);
            }
            problem(head.seq, "head_mismatch", format!("fact {} is not the one that was written", head.seq))
        }
    }
}

impl Writer {
    /// The connection, made anew when the last use of it failed. Give it back with [`Writer::keep`] after success.
    pub(crate) async fn session(&mut self, inner: &Inner) -> Result<Session> {
        match self.session.take() {
            Some(session) => Ok(session),
            None => Ok(Session { conn: connect_writing(&inner.db).await?, tail: None, quotes: None }),
        }
    }

    pub(crate) fn keep(&mut self, session: Session) {
        self.session = Some(session);
    }

    /// Notes the head of what is durable already. A failure costs a check of these facts, not the facts.
    pub(crate) fn note(&mut self, head: &Head) {
        if let Err(error) = self.head.write(head) {
            tracing::warn!(%error, seq = head.seq, "the journal's head could not be noted beside the database");
        }
    }
}

impl Session {
    /// Begins to write at once: a connection that was given up may still be finishing, and this waits for it.
    pub(crate) async fn begin(&mut self, inner: &Inner) -> Result<Transaction<'_, Sqlite>> {
        self.conn.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.failed(&error))
    }

    /// A transaction with the journal's end taken out: after a failure, or a call dropped half-way, it is read anew.
    pub(crate) async fn begin_facts(&mut self, inner: &Inner) -> Result<(Transaction<'_, Sqlite>, Tail)> {
        let tail = self.tail.take();
        let mut tx = self.begin(inner).await?;
        let tail = match tail {
            Some(tail) => tail,
            None => Tail::load(inner, &mut tx).await?,
        };
        Ok((tx, tail))
    }

    /// Brings the write-ahead log into the database and empties it; readers may hold that up, which does no harm.
    pub(crate) async fn checkpoint(&mut self) {
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut self.conn).await {
            tracing::debug!(%error, "the write-ahead log was not emptied");
        }
    }
}

impl Store {
    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Opens a workspace for writing, and makes it when there is none; `device` is used for a new one only.
    ///
    /// # Errors
    /// [`StoreError::WorkspaceInUse`], [`StoreError::NewerSchema`], [`StoreError::Damaged`] and what files can meet.
    pub async fn open(home: &Path, device: DeviceId, now: Timestamp) -> Result<Self> {
        Self::open_with(home, device, now, &schema::MIGRATOR).await
    }

    pub(crate) async fn open_with(home: &Path, device: DeviceId, now: Timestamp, migrator: &Migrator) -> Result<Self> {
        let lock = lock(home)?;
        let db = db_path(home);
        let head = head::read(&head_path(home))?;
        let has_database = std::fs::metadata(&db).is_ok_and(|file| file.len() > 0);
        if !has_database && matches!(head, HeadState::Known(_)) {
            return Err(StoreError::damaged(db.display().to_string(), "it is gone, and its journal with it"));
        }
        if has_database {
            schema::prepare(home, &db, now, migrator).await?;
        }
        let head_file = HeadFile::open(&head_path(home))?;
        let conn = connect_writing(&db).await?;
        let mut session = Session { conn, tail: None, quotes: None };
        let inner = Inner::new(home, db, Some(Writer { session: None, head: head_file, lock: Some(lock) }));
        check_sqlite(&inner, &mut session.conn).await?;
        schema::migrate(&inner.db, &mut session.conn, migrator).await?;
        let created = create(&inner, &mut session, device, now).await?;
        inner.examine(&mut session.conn, if created.is_some() { HeadState::Missing } else { head }).await?;
        if inner.check_sound().is_ok() {
            refresh_layout(&inner, &mut session).await?;
        }
        let own = own_device(&inner, &mut session.conn).await?;
        inner.device.get_or_init(|| own.map_or(device, |(_, id)| id));
        let mut writer = inner.writer().await?;
        if let Some(head) = created {
            // Both slots, so that from here on a torn record always leaves another.
            writer.note(&head);
            writer.note(&head);
        }
        writer.keep(session);
        drop(writer);
        Ok(Self(Arc::new(inner)))
    }

    /// Opens a workspace for reading, also while another process writes to it.
    ///
    /// # Errors
    /// [`StoreError::NoWorkspace`], [`StoreError::NewerSchema`], [`StoreError::OlderSchema`], [`StoreError::Damaged`].
    pub async fn open_reader(home: &Path) -> Result<Self> {
        let db = db_path(home);
        let none = || StoreError::NoWorkspace { home: home.to_path_buf() };
        if !std::fs::metadata(&db).is_ok_and(|file| file.len() > 0) {
            return Err(none());
        }
        // The head before the database: a fact appended in between is then no surprise.
        let head = head::read(&head_path(home))?;
        match schema::inspect(&db, &schema::MIGRATOR).await? {
            schema::State::Empty => return Err(none()),
            schema::State::Older { found, known } => return Err(StoreError::OlderSchema { path: db, found, known }),
            schema::State::Current => {}
        }
        let inner = Inner::new(home, db, None);
        let mut conn = inner.reader().await?;
        check_sqlite(&inner, &mut conn).await?;
        let (_, device) = own_device(&inner, &mut conn).await?.ok_or_else(none)?;
        let found = layout(&inner, &mut conn).await?;
        if found != LAYOUT {
            // Only the writer may fold the projections anew.
            return Err(StoreError::OlderSchema { path: inner.db.clone(), found, known: LAYOUT });
        }
        inner.device.get_or_init(|| device);
        inner.examine(&mut conn, head).await?;
        drop(conn);
        Ok(Self(Arc::new(inner)))
    }

    /// Waits for the write under way, empties the write-ahead log and gives up the lock. Writing afterwards is refused.
    pub async fn close(&self) {
        if let Some(writer) = &self.0.writer {
            let mut writer = writer.lock().await;
            self.0.close_readers().await;
            if let Some(mut session) = writer.session.take() {
                session.checkpoint().await;
                if let Err(error) = session.conn.close().await {
                    tracing::warn!(%error, "the workspace database did not close cleanly");
                }
            }
            writer.lock = None;
        } else {
            self.0.close_readers().await;
        }
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.0.home
    }

    /// Whether this handle may write.
    #[must_use]
    pub fn is_writer(&self) -> bool {
        self.0.writer.is_some()
    }

    /// The device that writes in this workspace.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.0.device.get().copied().unwrap_or(DeviceId::from_bytes([0; 16]))
    }

    /// What opening found wrong with the end of the journal, or [`Store::verify`] with any of it. While there is damage
    /// nothing is appended: halt trading, keep the window, offer a restore.
    #[must_use]
    pub fn damage(&self) -> Option<&Problem> {
        self.0.damage.get()
    }
}

/// Begins the journal of a workspace that has none.
async fn create(inner: &Inner, session: &mut Session, device: DeviceId, now: Timestamp) -> Result<Option<Head>> {
    if own_device(inner, &mut session.conn).await?.is_some() {
        return Ok(None);
    }
    let mut tx = session.begin(inner).await?;
    let head = begin_device(inner, &mut tx, device, &[Fact::Created { device }], now).await?;
    set_layout(inner, &mut tx).await?;
    tx.commit().await.map_err(|error| inner.failed(&error))?;
    Ok(Some(head))
}

/// Folds the projections anew when another version laid them out.
async fn refresh_layout(inner: &Inner, session: &mut Session) -> Result<()> {
    if layout(inner, &mut session.conn).await? == LAYOUT {
        return Ok(());
    }
    let mut tx = session.begin(inner).await?;
    rebuild(inner, &mut tx).await?;
    set_layout(inner, &mut tx).await?;
    tx.commit().await.map_err(|error| inner.failed(&error))
}

/// The layout of the projections in a database.
pub(crate) async fn layout(inner: &Inner, conn: &mut SqliteConnection) -> Result<i64> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(conn).await.map_err(|error| inner.failed(&error))
}

pub(crate) async fn set_layout(inner: &Inner, conn: &mut SqliteConnection) -> Result<()> {
    sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {LAYOUT}")))
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(|error| inner.failed(&error))
}
