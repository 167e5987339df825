//! The real window under WebKitWebDriver.

use crate::processes::{alive, name, signal, tree};
use crate::{PATIENCE, free_port, until, within};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const PROGRAM: &str = "oh-my-coins";
/// Shorthands for scripts that look at the page.
const LOOKING: &str = "
    const one = (id) => document.querySelector(`[data-testid=\"${id}\"]`);
    const words = (id) => one(id)?.innerText.trim() ?? '';
    const rows = (table) => [...(one(table)?.querySelectorAll('.row') ?? [])].map((row) => row.innerText.replaceAll('\\n', ' '));
";

/// Why the window cannot be driven on this machine; it says so. None where it can, and always in CI, where it must.
///
/// # Panics
/// In CI, when it cannot.
#[must_use]
pub fn skipped(test: &str) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let on_path = |program: &str| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    let lacking = if !cfg!(target_os = "linux") {
        "it drives WebKitGTK, which is Linux's"
    } else if !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
        "there is no display"
    } else if !on_path("WebKitWebDriver") {
        "there is no WebKitWebDriver"
    } else if !program().is_file() {
        "the window is not built: cargo build -p oh-my-coins --features tauri/custom-protocol"
    } else {
        return false;
    };
    assert!(!set("CI"), "{test} must run in CI, but {lacking}");
    println!("skipped: {test}: {lacking}");
    true
}

/// The window's program, beside the folder of this test.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("this program");
    test.ancestors().nth(2).expect("the build folder").join(PROGRAM)
}

/// What to start.
#[derive(Debug, Clone)]
pub struct Launch {
    home: PathBuf,
    world: String,
    arguments: Vec<String>,
}

impl Launch {
    /// The window on a workspace, in a world at an address.
    #[must_use]
    pub fn new(home: &Path, world: &str) -> Self {
        Self { home: home.to_owned(), world: world.to_owned(), arguments: Vec::new() }
    }

    /// With an argument more.
    #[must_use]
    pub fn with(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }
}

/// A window and its driver; both end when this is dropped.
pub struct Window {
    client: Client,
    driver: Driver,
}

struct Driver {
    process: Child,
    log: PathBuf,
}

impl Drop for Driver {
    fn drop(&mut self) {
        signal("KILL", &tree(self.process.id()));
        let _ = self.process.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

impl Window {
    /// Opens the window, waits until it shows the workspace, or why it can't, and goes from the dashboard to the markets.
    ///
    /// # Panics
    /// When there is no window in time.
    pub async fn open(launch: &Launch) -> Self {
        let window = Self::start(launch).await;
        window.until("the frame", "return one('ticker-book') !== null || one('start-error') !== null").await;
        let there =
            "const tab = one('ledger-exchange'); tab?.click(); return tab !== null || one('start-error') !== null";
        window.until("the ledgers", there).await;
        window
    }

    /// Presses a key where nothing has the keyboard.
    pub async fn press(&self, key: &str) {
        let script = "document.activeElement?.blur(); document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'KEY', bubbles: true, cancelable: true })); return true";
        self.look(&script.replace("KEY", key)).await;
    }

    /// Opens the window and waits for nothing.
    ///
    /// # Panics
    /// When the driver or the window can't be started.
    pub async fn start(launch: &Launch) -> Self {
        let port = free_port();
        let driver = Driver::start(launch, port);
        until("WebKitWebDriver to listen", || async { std::net::TcpStream::connect(("127.0.0.1", port)).ok() }).await;
        let mut capabilities = Map::new();
        let options = json!({ "binary": program(), "args": launch.arguments });
        capabilities.insert("webkitgtk:browserOptions".to_owned(), options);
        let address = format!("http://127.0.0.1:{port}");
        let connected = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&address).await;
        match connected {
            Ok(client) => Self { client, driver },
            Err(error) => panic!("no window: {error}\n{}", driver.said()),
        }
    }

    /// What the window said on its standard error.
    #[must_use]
    pub fn said(&self) -> String {
        self.driver.said()
    }

    /// The window's process and its children.
    #[must_use]
    pub fn processes(&self) -> Vec<u32> {
        tree(self.driver.process.id())
            .into_iter()
            .find(|pid| name(*pid).is_some_and(|name| name == PROGRAM))
            .map_or_else(Vec::new, tree)
    }

    /// Ends it as the system does at log-out, and waits until the workspace is given up.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn close(self) {
        let processes = self.processes();
        let program = *processes.first().expect("the window's process");
        signal("TERM", &[program]);
        until("the window to end", || async { (!alive(program)).then_some(()) }).await;
    }

    /// Runs a script that returns what is looked for, until it returns something that isn't false, null or empty.
    /// `one(id)` finds an element, `words(id)` its text, `rows(id)` the lines of a table.
    ///
    /// # Panics
    /// When it does not in time; says what the window shows instead.
    pub async fn until(&self, what: &str, script: &str) -> Value {
        let found = within(PATIENCE, || async {
            let value = self.look(script).await;
            let nothing =
                matches!(value, Value::Null | Value::Bool(false)) || value.as_str().is_some_and(str::is_empty);
            (!nothing).then_some(value)
        });
        let Some(found) = found.await else {
            let shown = self.look("return document.body.innerText").await;
            panic!(
                "waited {PATIENCE:?} in vain for {what}; the window shows:\n{}\n{}",
                shown.as_str().unwrap_or_default(),
                self.said()
            );
        };
        found
    }

    /// As [`Self::until`], for text.
    ///
    /// # Panics
    /// As [`Self::until`].
    pub async fn text(&self, what: &str, script: &str) -> String {
        self.until(what, script).await.as_str().expect("text").to_owned()
    }

    /// What a script returns now. One that throws returns null: the page may be drawing.
    pub async fn look(&self, script: &str) -> Value {
        self.client.execute(&format!("{LOOKING}\n{script}"), Vec::new()).await.unwrap_or(Value::Null)
    }

    /// What the interface's own bridge answers to a command: `{answer}` or `{refusal}`.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn ask(&self, command: &str, arguments: Value) -> Value {
        let script = "
            const [command, args, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, args)
                .then((answer) => done({ answer }), (refusal) => done({ refusal }));
        ";
        let asked = self.client.execute_async(script, vec![json!(command), arguments]).await;
        asked.unwrap_or_else(|error| panic!("no answer to {command}: {error}"))
    }

    /// Clicks an element, once it is there and can be clicked.
    ///
    /// # Panics
    /// When it can't in time.
    pub async fn click(&self, id: &str) {
        let ready = format!("const it = one('{id}'); return it !== null && !it.disabled");
        self.until(&format!("{id} to be ready for a click"), &ready).await;
        // A click can take its element away before the driver has answered: gone after a try is clicked, too.
        let tried = Cell::new(false);
        let clicked = within(PATIENCE, || async {
            let Ok(element) = self.client.find(Locator::Css(&css(id))).await else {
                return tried.get().then_some(());
            };
            tried.set(true);
            element.click().await.ok()
        });
        assert!(clicked.await.is_some(), "{id} could not be clicked");
    }

    /// Replaces what a field holds, as a person does at the keyboard.
    ///
    /// # Panics
    /// When there is no such field.
    pub async fn fill(&self, id: &str, text: &str) {
        // Clearing a field takes the focus off it, and the first key can come before the focus is back: a person types again.
        for _ in 0..3 {
            self.click(id).await;
            let field = self.client.find(Locator::Css(&css(id))).await.expect("the field");
            field.clear().await.expect("an empty field");
            field.send_keys(text).await.expect("keys");
            let held = || async { (self.look(&format!("return one('{id}').value")).await == text).then_some(()) };
            if within(std::time::Duration::from_secs(5), held).await.is_some() {
                return;
            }
        }
        panic!("{id} does not hold {text}: {}", self.look(&format!("return one('{id}').value")).await);
    }

    /// The WebDriver client, for what has no method here.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Writes a picture of the page.
    ///
    /// # Panics
    /// When it can't.
    pub async fn picture(&self, path: &Path) {
        let png = self.client.screenshot().await.expect("a picture");
        std::fs::write(path, png).expect("the picture is written");
    }
}

fn css(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}

impl Driver {
    fn start(launch: &Launch, port: u16) -> Self {
        let log = std::env::temp_dir().join(format!("omc-window-{}-{port}.log", std::process::id()));
        let output = File::create(&log).expect("a log file");
        let errors = output.try_clone().expect("the log file again");
        let process = Command::new("WebKitWebDriver")
            .args([format!("--port={port}"), "--host=127.0.0.1".to_owned()])
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("OMC_HOME", &launch.home)
            .env("OMC_COINSPOT_URL", &launch.world)
            .env("OMC_COINSPOT_WEB_URL", &launch.world)
            .envs(crate::silent_services())
            // WebKit keeps its caches with the test, too.
            .env("XDG_DATA_HOME", launch.home.join("xdg-data"))
            .env("XDG_CACHE_HOME", launch.home.join("xdg-cache"))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .expect("WebKitWebDriver starts");
        Self { process, log }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}
