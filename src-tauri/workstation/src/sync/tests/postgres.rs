//! A real Postgres of the test run's own: one cluster a process, one database a test.

use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "for-tests-only";
const READY_WITHIN: Duration = Duration::from_secs(60);

struct Cluster {
    bin: PathBuf,
    port: u16,
    /// The server ends when this process does: the shell around it waits for its input to end.
    _server: Child,
}

/// Makes the cluster, runs the server, and takes both away when nobody is left.
const SERVE: &str = r#"
set -e
DATA=$(mktemp -d -t omc-postgres-XXXXXX)
chmod 755 "$DATA"
AS=""
if [ "$(id -u)" = 0 ]; then
    chown postgres "$DATA"
    AS="setpriv --reuid=postgres --regid=postgres --init-groups"
fi
printf '%s' "$PASSWORD" > "$DATA/password"
chmod 644 "$DATA/password"
$AS "$BIN/initdb" -D "$DATA/data" -U postgres -A scram-sha-256 --pwfile="$DATA/password" --no-sync --locale=C > /dev/null
$AS "$BIN/postgres" -D "$DATA/data" -p "$PORT" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c max_connections=200 -c log_min_messages=panic > /dev/null 2>&1 &
SERVER=$!
cat > /dev/null || true
kill -QUIT $SERVER || true
wait $SERVER || true
rm -rf "$DATA"
"#;

fn installed() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").exists());
    found.sort();
    found.pop()
}

fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER
        .get_or_init(|| {
            let Some(bin) = installed() else {
                let _ = writeln!(std::io::stderr(), "SKIPPED: no Postgres is installed (/usr/lib/postgresql)");
                return None;
            };
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let server = Command::new("sh")
                .args(["-c", SERVE])
                .env("BIN", &bin)
                .env("PORT", port.to_string())
                .env("PASSWORD", PASSWORD)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            let cluster = Cluster { bin, port, _server: server };
            let begun = Instant::now();
            while cluster.ask("postgres", ("postgres", PASSWORD), "SELECT 1").is_err() {
                assert!(begun.elapsed() < READY_WITHIN, "the Postgres of the tests did not start");
                std::thread::sleep(Duration::from_millis(100));
            }
            Some(cluster)
        })
        .as_ref()
}

impl Cluster {
    fn ask(&self, database: &str, (user, password): (&str, &str), sql: &str) -> Result<String, String> {
        let done = Command::new(self.bin.join("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", user, "-d", database])
            .args(["-p", &self.port.to_string(), "-c", sql])
            .env("PGPASSWORD", password)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if done.status.success() { Ok(text(&done.stdout)) } else { Err(text(&done.stderr)) }
    }
}

/// A database of one test.
pub struct Database {
    cluster: &'static Cluster,
    name: String,
}

impl Database {
    /// None where no Postgres is installed; that is said.
    pub fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let cluster = cluster()?;
        let name = format!("t{}", NUMBER.fetch_add(1, Ordering::SeqCst));
        // One after the other where two tests begin at once: both copy the same template.
        let begun = Instant::now();
        while let Err(error) = cluster.ask("postgres", ("postgres", PASSWORD), &format!("CREATE DATABASE {name}")) {
            assert!(begun.elapsed() < READY_WITHIN, "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self { cluster, name })
    }

    pub fn port(&self) -> u16 {
        self.cluster.port
    }

    pub fn url(&self) -> String {
        self.url_at(self.port())
    }

    pub fn url_at(&self, port: u16) -> String {
        format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/{}", self.name)
    }

    /// As a login of this name in this database.
    pub fn url_of(&self, user: &str, password: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{}", self.port(), self.name)
    }

    /// As the owner.
    pub fn run(&self, sql: &str) {
        self.ask("postgres", PASSWORD, sql).unwrap();
    }

    pub fn ask(&self, user: &str, password: &str, sql: &str) -> Result<String, String> {
        self.cluster.ask(&self.name, (user, password), sql)
    }
}
