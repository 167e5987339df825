//! The schema: which migrations a database has, a backup before new ones, and a refusal of what is newer.
//!
//! Each migration is one transaction, so that a crash leaves the old schema or the new. A migration that shipped is
//! never edited.

use crate::open::{backups_path, reading};
use crate::{Result, StoreError};
use domain::Timestamp;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection, SqliteConnection};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

const NAMES_TRIED_MAX: u32 = 1000;

/// How a database stands to the migrations this version knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It has none: it was never finished.
    Empty,
    Older {
        found: i64,
        known: i64,
    },
    Current,
}

/// Reads the schema's version without changing a byte.
pub(crate) async fn inspect(db: &Path, migrator: &Migrator) -> Result<State> {
    let failed = |error: sqlx::Error| StoreError::database(db, &error);
    let mut conn = SqliteConnection::connect_with(&reading(db)).await.map_err(failed)?;
    let state = read_state(db, &mut conn, migrator).await;
    conn.close().await.map_err(failed)?;
    state
}

async fn read_state(db: &Path, conn: &mut SqliteConnection, migrator: &Migrator) -> Result<State> {
    let failed = |error: sqlx::Error| StoreError::database(db, &error);
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_one(&mut *conn)
        .await
        .map_err(failed)?;
    if tables == 0 {
        return Ok(State::Empty);
    }
    let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(conn)
        .await
        .map_err(failed)?;
    let known = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
    let Some(found) = applied.last().copied() else { return Ok(State::Empty) };
    if applied.iter().any(|version| !migrator.version_exists(*version)) {
        return Err(StoreError::NewerSchema { path: db.to_path_buf(), found, known });
    }
    let pending = migrator.iter().any(|migration| !applied.contains(&migration.version));
    Ok(if pending { State::Older { found, known } } else { State::Current })
}

/// Refuses a newer schema; keeps a backup of an older one.
pub(crate) async fn prepare(home: &Path, db: &Path, now: Timestamp, migrator: &Migrator) -> Result<()> {
    let State::Older { found, .. } = inspect(db, migrator).await? else { return Ok(()) };
    let folder = backups_path(home);
    std::fs::create_dir_all(&folder).map_err(|error| StoreError::io(&folder, &error))?;
    let to = free_path(&folder, &format!("schema-{found}-{}", stamp(now)), ".db")?;
    let failed = |error: sqlx::Error| StoreError::database(db, &error);
    let mut conn = SqliteConnection::connect_with(&reading(db)).await.map_err(failed)?;
    let copied = vacuum_into(db, &mut conn, &to).await;
    conn.close().await.map_err(failed)?;
    copied?;
    tracing::info!(backup = %to.display(), schema = found, "kept a backup before migrating");
    Ok(())
}

/// Writes a compact copy of the database to a file that must not exist, durable on return.
pub(crate) async fn vacuum_into(db: &Path, conn: &mut SqliteConnection, to: &Path) -> Result<()> {
    let Some(text) = to.to_str() else {
        return Err(StoreError::Io { path: to.to_path_buf(), detail: "the path is not UTF-8".to_owned() });
    };
    let done = sqlx::query("VACUUM INTO ?").bind(text).execute(conn).await;
    if let Err(error) = done {
        // Half a copy is of no use to anybody.
        let _ = std::fs::remove_file(to);
        return Err(match StoreError::database(db, &error) {
            StoreError::DiskFull { .. } => StoreError::DiskFull { path: to.to_path_buf() },
            StoreError::Io { detail, .. } => StoreError::Io { path: to.to_path_buf(), detail },
            other => other,
        });
    }
    sync(to)
}

/// Makes a file, or a folder's entries, durable.
pub(crate) fn sync(path: &Path) -> Result<()> {
    let folder = path.is_dir();
    if folder && cfg!(windows) {
        // Windows keeps entries in its own journal and cannot open a folder for this.
        return Ok(());
    }
    let file = if folder { File::open(path) } else { OpenOptions::new().write(true).open(path) };
    file.and_then(|file| file.sync_all()).map_err(|error| StoreError::io(path, &error))
}

pub(crate) async fn migrate(db: &Path, conn: &mut SqliteConnection, migrator: &Migrator) -> Result<()> {
    migrator.run_direct(None, conn, false).await.map_err(|error| match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => StoreError::database(db, &error),
        other => StoreError::damaged(format!("the schema of {}", db.display()), other),
    })
}

/// A moment as a part of a file name.
pub(crate) fn stamp(now: Timestamp) -> String {
    now.to_string().replace(':', "")
}

/// A path in a folder that nothing has yet.
pub(crate) fn free_path(folder: &Path, name: &str, ending: &str) -> Result<PathBuf> {
    let first = folder.join(format!("{name}{ending}"));
    if !first.exists() {
        return Ok(first);
    }
    (2..NAMES_TRIED_MAX)
        .map(|number| folder.join(format!("{name}-{number}{ending}")))
        .find(|path| !path.exists())
        .ok_or(StoreError::FileExists { path: first })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::open::db_path;
    use domain::DeviceId;
    use sqlx::SqlSafeStr;
    use sqlx::migrate::{Migration, MigrationType};

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);
    const DEVICE: DeviceId = DeviceId::from_bytes([1; 16]);

    /// The newest schema of this version.
    fn ours() -> i64 {
        MIGRATOR.iter().map(|migration| migration.version).max().unwrap()
    }

    /// What we know, and one migration more.
    fn newer(sql: &'static str) -> Migrator {
        let mut all: Vec<Migration> = MIGRATOR.iter().cloned().collect();
        let version = 1 + ours();
        all.push(Migration::new(version, "next".into(), MigrationType::Simple, sql.into_sql_str(), false));
        Migrator::with_migrations(all)
    }

    async fn open(home: &Path, migrator: &Migrator) -> Result<Store> {
        Store::open_with(home, DEVICE, NOW, migrator).await
    }

    fn backups(home: &Path) -> Vec<PathBuf> {
        std::fs::read_dir(backups_path(home))
            .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default()
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused_and_not_a_byte_changes() {
        let home = tempfile::tempdir().unwrap();
        open(home.path(), &newer("CREATE TABLE next (a)")).await.unwrap().close().await;
        let before = std::fs::read(db_path(home.path())).unwrap();
        assert_eq!(open(home.path(), &MIGRATOR).await.unwrap_err().code(), "newer_schema");
        assert_eq!(Store::open_reader(home.path()).await.unwrap_err().code(), "newer_schema");
        let restored = Store::restore(&db_path(home.path()), &home.path().join("b"), DEVICE, NOW).await;
        assert_eq!(restored.unwrap_err().code(), "newer_schema");
        assert_eq!(std::fs::read(db_path(home.path())).unwrap(), before);
        assert!(backups(home.path()).is_empty());
    }

    #[tokio::test]
    async fn a_backup_precedes_each_migration_of_an_old_workspace() {
        let home = tempfile::tempdir().unwrap();
        let store = open(home.path(), &MIGRATOR).await.unwrap();
        store.append(&[domain::Fact::KillCleared], NOW).await.unwrap();
        store.close().await;
        assert!(backups(home.path()).is_empty(), "a new workspace has nothing to lose");
        let store = open(home.path(), &newer("CREATE TABLE next (a)")).await.unwrap();
        assert_eq!(store.control_facts().await.unwrap().len(), 2);
        store.close().await;
        let kept = backups(home.path());
        assert_eq!(kept.len(), 1);
        let name = format!("schema-{}-2026-09", ours());
        assert!(kept[0].file_name().unwrap().to_string_lossy().starts_with(&name), "{kept:?}");
        assert_eq!(inspect(&kept[0], &MIGRATOR).await.unwrap(), State::Current, "the old schema");
        open(home.path(), &newer("CREATE TABLE next (a)")).await.unwrap().close().await;
        assert_eq!(backups(home.path()).len(), 1);
    }

    #[tokio::test]
    async fn a_migration_that_fails_leaves_the_old_schema() {
        let home = tempfile::tempdir().unwrap();
        open(home.path(), &MIGRATOR).await.unwrap().close().await;
        let broken = newer("CREATE TABLE next (a); DROP TABLE trades; INSERT INTO nowhere VALUES (1)");
        assert!(open(home.path(), &broken).await.is_err());
        let store = open(home.path(), &MIGRATOR).await.unwrap();
        assert!(store.verify().await.unwrap().is_sound());
    }

    const SLOW: &str = "CREATE TABLE next (a); DROP TABLE order_trades; INSERT INTO next \
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 3000000) SELECT x FROM n; \
        DROP TABLE names";
    const HOME: &str = "OMC_TEST_MIGRATION_HOME";

    /// Not a test by itself: the process that gets killed runs it.
    #[tokio::test]
    async fn child_that_migrates_slowly() {
        let Ok(home) = std::env::var(HOME) else { return };
        open(Path::new(&home), &newer(SLOW)).await.unwrap();
    }

    #[tokio::test]
    async fn a_process_killed_in_a_migration_leaves_the_old_schema_or_the_new() {
        for wait_ms in [0, 5, 40, 160, 320] {
            let home = tempfile::tempdir().unwrap();
            open(home.path(), &MIGRATOR).await.unwrap().close().await;
            let mut child = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["schema::tests::child_that_migrates_slowly", "--exact"])
                .env(HOME, home.path())
                .stdout(std::process::Stdio::null())
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap();
            // The backup is finished when the migration begins.
            while backups(home.path()).is_empty() && child.try_wait().unwrap().is_none() {
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            std::thread::sleep(std::time::Duration::from_millis(wait_ms));
            child.kill().unwrap();
            child.wait().unwrap();
            match inspect(&db_path(home.path()), &MIGRATOR).await {
                Ok(state) => {
                    assert_eq!(state, State::Current);
                    let store = open(home.path(), &MIGRATOR).await.unwrap();
                    assert!(store.verify().await.unwrap().is_sound());
                }
                Err(error) => {
                    assert_eq!(error.code(), "newer_schema");
                    let mut conn = crate::open::connect_writing(&db_path(home.path())).await.unwrap();
                    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM next").fetch_one(&mut conn).await.unwrap();
                    assert_eq!(rows, 3_000_000);
                }
            }
        }
    }

    #[tokio::test]
    async fn a_reader_leaves_an_older_schema_to_the_writer() {
        let home = tempfile::tempdir().unwrap();
        open(home.path(), &MIGRATOR).await.unwrap().close().await;
        let state = inspect(&db_path(home.path()), &newer("CREATE TABLE next (a)")).await.unwrap();
        assert_eq!(state, State::Older { found: ours(), known: ours() + 1 });
    }

    #[tokio::test]
    async fn a_file_that_is_no_database_is_named_as_damaged() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(db_path(home.path()), vec![7; 9000]).unwrap();
        assert_eq!(open(home.path(), &MIGRATOR).await.unwrap_err().code(), "damaged");
        assert_eq!(Store::open_reader(home.path()).await.unwrap_err().code(), "damaged");
    }

    #[tokio::test]
    async fn another_layout_of_projections_is_folded_anew() {
        let home = tempfile::tempdir().unwrap();
        open(home.path(), &MIGRATOR).await.unwrap().close().await;
        let mut conn = crate::open::connect_writing(&db_path(home.path())).await.unwrap();
        sqlx::raw_sql("PRAGMA user_version = 0; INSERT INTO coins VALUES (1, 'BTC')").execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        assert_eq!(Store::open_reader(home.path()).await.unwrap_err().code(), "older_schema");
        let old = home.path().join("restored");
        Store::restore(&db_path(home.path()), &old, DeviceId::from_bytes([2; 16]), NOW).await.unwrap();
        assert!(open(&old, &MIGRATOR).await.unwrap().verify().await.unwrap().is_sound());
        let store = open(home.path(), &MIGRATOR).await.unwrap();
        assert!(store.coins().await.unwrap().is_empty());
        assert!(store.verify().await.unwrap().is_sound());
    }
}
