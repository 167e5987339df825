//! What the tests share: a workspace folder, the real `omc`, and a simulated outside world.

use serde_json::{Value, json};
use sqlx::Connection;
use staging::{Clock, Fault, Faults, Options, Rule, Staging};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub use staging::PriceChange;

/// Nothing listens there: the machine is offline.
const NOWHERE: &str = "http://127.0.0.1:1";
/// The machine may be slow; a command that takes longer than this hangs.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Where driven worlds begin.
pub const START_MS: i64 = 1_722_003_300_000;
pub const NATIVE: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id\n";
pub const COINSPOT: &str = "Transaction Date,Type,Market,Amount,Rate inc. fee,Rate ex. fee,Fee,Fee AUD (inc GST),GST AUD,\
                            Total AUD,Total (inc GST)\n";

/// What one run of `omc` gave.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Standard output as its one JSON document, and not a byte beside it.
    pub fn json(&self) -> Value {
        let document = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(self.stdout.ends_with('\n') && self.stdout.lines().count() == 1, "one document on one line: {self:?}");
        document
    }

    /// Done: exit 0, nothing on standard error.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.json()
    }

    /// The error document on standard error: its code, and that nothing else stands there.
    #[track_caller]
    pub fn error(&self) -> String {
        let document: Value = serde_json::from_str(&self.stderr).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let error = document.get("error").unwrap_or_else(|| panic!("{self:?}"));
        assert!(!error["message"].as_str().unwrap().is_empty());
        error["code"].as_str().unwrap().to_owned()
    }

    /// Refused with this code: exit 1, nothing on standard output.
    #[track_caller]
    pub fn refused(&self, code: &str) {
        assert_eq!((self.code, self.error().as_str(), self.stdout.as_str()), (1, code, ""), "{self:?}");
    }

    /// Wrong words: exit 2, nothing on standard output.
    #[track_caller]
    pub fn usage(&self, code: &str) {
        assert_eq!((self.code, self.error().as_str(), self.stdout.as_str()), (2, code, ""), "{self:?}");
    }

    /// An order that was not let through: exit 1, the order with its reason on standard output.
    #[track_caller]
    pub fn denied(&self, code: &str) {
        assert_eq!((self.code, self.stderr.as_str()), (1, ""), "{self:?}");
        let order = self.json();
        assert_eq!(order["reason_code"], code, "{order}");
        assert!(["denied", "rejected"].contains(&order["state"].as_str().unwrap()), "{order}");
        assert_eq!((&order["filled"], &order["fills"]), (&json!("0"), &json!([])), "{order}");
    }
}

/// A folder with a workspace, and the world it reaches.
pub struct Desk {
    folder: TempDir,
    world: Option<World>,
    /// Whether the exchange's key is at hand.
    keys: bool,
}

impl Desk {
    /// Without a network.
    pub fn offline() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), world: None, keys: false }
    }

    /// On a driven world of its own.
    pub fn online() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), world: Some(World::start()), keys: false }
    }

    /// On a world with scripted prices, and limits that don't get in the way of what is tested.
    pub fn trading(prices: &[Row<'_>]) -> Self {
        let desk = Self::online();
        desk.world().say(prices);
        desk.run(&["limits", "set", "max_price_age_s=3600", "max_orders_per_minute=1000", "price_collar_pct=100"]).ok();
        desk
    }

    /// With simulated real money: the exchange's key, a mandate by hand and loose limits, on a world of this clock.
    pub fn live(clock: Clock) -> Self {
        let world = World::with(Options { seed: 7, clock, ..Options::default() });
        let desk = Self { folder: tempfile::tempdir().unwrap(), world: Some(world), keys: true };
        desk.run(&["key", "declare", "--no-withdrawals"]).ok();
        desk.run(&["mandate", "set", "manual", "--book", "live", "--approval", "never"]).ok();
        let loose = ["max_order_aud=9000", "max_day_aud=90000", "max_orders_per_minute=1000", "price_collar_pct=100"];
        let looser = ["max_coin_pct=100", "max_day_loss_pct=100", "max_price_age_s=3600", "repeat_window_s=0"];
        desk.run(&[&["limits", "set"], &loose[..], &looser[..], &["--book", "live", "--yes-loosen"]].concat()).ok();
        desk
    }

    pub fn world(&self) -> &World {
        self.world.as_ref().expect("this desk is offline")
    }

    /// The network is gone.
    pub fn cut(&mut self) {
        self.world = None;
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file beside the workspace.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// `omc`, not started yet.
    pub fn command(&self) -> Command {
        self.command_in(&self.home())
    }

    pub fn command_in(&self, home: &Path) -> Command {
        let url = self.world.as_ref().map_or(NOWHERE, |world| world.staging.url());
        let mut command = Command::new(env!("CARGO_BIN_EXE_omc"));
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", self.folder.path()).env("OMC_HOME", home);
        command.env("OMC_COINSPOT_URL", url).env("OMC_COINSPOT_WEB_URL", url);
        for service in workstation::Reached::from_env().others.keys() {
            let url = self.world.as_ref().map_or(NOWHERE, |world| world.staging.url_of(service));
            command.env(format!("OMC_{service}_URL"), url);
        }
        if self.keys {
            command.env("OMC_SECRET_COINSPOT_KEY", "staging-key");
            command.env("OMC_SECRET_COINSPOT_SECRET", "staging-secret");
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs `omc --json` with these words.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> Ran {
        let mut command = self.command();
        command.arg("--json").args(words);
        finish(command.spawn().unwrap())
    }

    /// Runs `omc` for a person.
    #[track_caller]
    pub fn say(&self, words: &[&str]) -> Ran {
        let mut command = self.command();
        command.args(words);
        finish(command.spawn().unwrap())
    }

    /// Head of the journal: how many facts, and the last one's hash.
    pub fn head(&self) -> (u64, String) {
        let verified = self.run(&["verify"]).ok();
        let device = verified["devices"].as_array().unwrap().last().unwrap().clone();
        (device["facts"].as_u64().unwrap(), device["head"].as_str().unwrap().to_owned())
    }

    /// Changes the workspace's database as an attacker or a bad disk would.
    pub fn tamper(&self, script: &'static str) {
        tamper(&self.home().join("workspace.db"), script);
    }

    /// Starts `omc run` and returns when it holds the workspace and answers on its socket.
    pub fn holder(&self) -> Holder {
        let child = self.command().args(["--json", "run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut holder = Holder(child);
        let socket = self.home().join("omc.sock");
        until("omc run serves its socket", || {
            assert_eq!(holder.0.try_wait().unwrap(), None, "omc run ended");
            std::os::unix::net::UnixStream::connect(&socket).is_ok()
        });
        holder
    }
}

/// Changes a database behind the program's back.
pub fn tamper(database: &Path, script: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(database);
        let mut conn = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let done = sqlx::raw_sql(script).execute(&mut conn).await.unwrap();
        assert!(done.rows_affected() > 0, "nothing was changed by {script}");
        conn.close().await.unwrap();
    });
}

/// A running `omc run`; ends with the test.
pub struct Holder(Child);

impl Holder {
    /// Ends it as a person would, and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let done = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(done.success());
        let mut code = None;
        until("omc run ends when asked to", || {
            code = self.0.try_wait().unwrap();
            code.is_some()
        });
        code.and_then(|code| code.code())
    }

    /// Stops its clock, or lets it go on: `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    pub fn kill_9(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for something to become true, and fails by name when it never does.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited too long: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits for a process and takes what it said; kills it when it hangs.
#[track_caller]
pub fn finish(mut child: Child) -> Ran {
    let drain = |stream: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                stream.read_to_end(&mut bytes).unwrap();
            }
            String::from_utf8(bytes).expect("omc prints UTF-8")
        })
    };
    let stdout = drain(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = drain(child.stderr.take().map(|stream| Box::new(stream) as _));
    let started = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                child.kill().unwrap();
                panic!("omc hangs; it said: {} {}", stdout.join().unwrap(), stderr.join().unwrap());
            }
            None => std::thread::sleep(Duration::from_millis(3)),
        }
    };
    Ran { code: status.code().unwrap_or(-1), stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// A coin with a book: ticker, bid, ask, last.
pub type Row<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The simulated world in a runtime of its own.
pub struct World {
    pub staging: Staging,
    runtime: tokio::runtime::Runtime,
}

impl World {
    pub fn start() -> Self {
        Self::with(Options { seed: 7, clock: Clock::Driven { start_ms: START_MS }, ..Options::default() })
    }

    pub fn with(options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let staging = runtime.block_on(Staging::start(options)).unwrap();
        Self { staging, runtime }
    }

    pub fn runtime(&self) -> &tokio::runtime::Runtime {
        &self.runtime
    }

    /// The next prices: the world moves four times a minute.
    pub fn tick(&self) {
        self.staging.advance(Duration::from_secs(15));
    }

    pub fn fault(&self, path: &str, fault: Fault) {
        self.staging.set_faults(Faults::none().with(Rule::on(path, fault))).unwrap();
    }

    /// From now on the price API says exactly this, and books are empty.
    pub fn say(&self, prices: &[Row<'_>]) {
        self.say_with_books(prices, "[]", "[]");
    }

    /// The same, with an order book for all coins: `[{"amount":"1","rate":"2"},…]`.
    pub fn say_with_books(&self, prices: &[Row<'_>], buys: &str, sells: &str) {
        let rows: Vec<String> = prices
            .iter()
            .map(|(coin, bid, ask, last)| format!(r#""{coin}":{{"bid":"{bid}","ask":"{ask}","last":"{last}"}}"#))
            .collect();
        let latest = format!(r#"{{"status":"ok","prices":{{{}}}}}"#, rows.join(","));
        let book = format!(r#"{{"status":"ok","message":"ok","buyorders":{buys},"sellorders":{sells}}}"#);
        let faults =
            Faults::none().with(body("/pubapi/v2/latest", latest)).with(body("/pubapi/v2/orders/open/*", book));
        self.staging.set_faults(faults).unwrap();
    }
}

fn body(path: &str, body: String) -> Rule {
    Rule::on(path, Fault::Body { body, content_type: "application/json; charset=utf-8".into() })
}

/// Finds the row of a list whose field has this value.
#[track_caller]
pub fn row<'a>(list: &'a Value, field: &str, value: &str) -> &'a Value {
    let rows = list.as_array().unwrap_or_else(|| panic!("{list} is no list"));
    rows.iter().find(|row| row[field] == value).unwrap_or_else(|| panic!("no {field} {value} in {list}"))
}

/// The names of a JSON object, sorted.
#[track_caller]
pub fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

/// An amount, exactly.
#[track_caller]
pub fn exact(value: &Value) -> rust_decimal::Decimal {
    rust_decimal::Decimal::from_str_exact(value.as_str().unwrap_or_else(|| panic!("{value} is no string"))).unwrap()
}

/// Recorded data, when this machine has it.
pub fn recorded(file: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("OMC_RECORDED") else {
        println!("skipped: OMC_RECORDED names no folder with recorded data ({file})");
        return None;
    };
    let path = PathBuf::from(folder).join(file);
    assert!(path.exists(), "{} is missing", path.display());
    Some(path)
}
