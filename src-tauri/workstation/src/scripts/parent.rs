//! The other side: starts the child, hands it candles, and ends it when it takes too long.

use super::frame::{Ask, CHILD_ARGUMENT, Reply, read, write};
use research::script::{Answer, Bar, Decider, ScriptError, Standing, Summary};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

/// How long a script may think about one candle, and about itself.
const THINK_WITHIN: Duration = Duration::from_secs(4);
/// How often a child that is asked is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
const BUBBLEWRAP: &str = "bwrap";

/// How far a script is shut in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Bounds, and namespaces of its own: no network, no files, no other process.
    Namespaces,
    /// Bounds on memory, time, files and processes.
    Bounds,
    /// A process of its own, ended when it takes too long: this system has no bounds to set.
    Process,
}

impl Isolation {
    /// The name scripts see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::Bounds => "bounds",
            Self::Process => "process",
        }
    }
}

/// A script in a process of its own.
pub struct LockedScript {
    child: Arc<Mutex<Child>>,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    summary: Summary,
    watch: Arc<Watch>,
}

/// When the child was asked what it has not answered, in milliseconds since it began plus one; 0 while it isn't asked.
struct Watch {
    began: Instant,
    asked: AtomicU64,
}

impl Watch {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1
    }
}

impl LockedScript {
    /// Starts `program`, which must do nothing but [`super::run_script_child`] when [`CHILD_ARGUMENT`] is its argument, and
    /// lets it read a script with these of its parameters set.
    ///
    /// # Errors
    /// [`ScriptError`]; no process is left then.
    pub fn start(program: &Path, source: &str, set: &BTreeMap<String, String>) -> Result<Self, ScriptError> {
        let watch = Arc::new(Watch { began: Instant::now(), asked: AtomicU64::new(0) });
        let (child, to, from) = watched(program.to_owned(), &watch)?;
        let summary = Summary { warm_up: 0, parameters: Vec::new(), inputs: Vec::new() };
        let mut script = Self { child, to, from: BufReader::new(from), summary, watch };
        match script.ask(&Ask::Read { source: source.to_owned(), set: set.clone() })? {
            Reply::Ready(summary) => script.summary = summary,
            _ => return Err(ScriptError::Process("answered out of turn".to_owned())),
        }
        Ok(script)
    }

    fn ask(&mut self, ask: &Ask) -> Result<Reply, ScriptError> {
        self.watch.asked.store(self.watch.now(), Ordering::Release);
        let reply = write(&mut self.to, ask).and_then(|()| read(&mut self.from));
        let took = self.watch.now().saturating_sub(self.watch.asked.swap(0, Ordering::AcqRel));
        match reply {
            Ok(Some(Reply::Failed(error))) => Err(error),
            Ok(Some(reply)) => Ok(reply),
            Ok(None) | Err(_) if took >= THINK_WITHIN.as_millis() as u64 => {
                Err(ScriptError::Exhausted(format!("it took longer than {} s", THINK_WITHIN.as_secs())))
            }
            Ok(None) => Err(ScriptError::Exhausted("it used up its memory, or broke its interpreter".to_owned())),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(ScriptError::Exhausted("it used up its memory, or broke its interpreter".to_owned()))
            }
            Err(error) => Err(cannot("does not answer", &error)),
        }
    }
}

type Pipes = (Arc<Mutex<Child>>, ChildStdin, ChildStdout);

/// Starts the child from the thread that looks after it: a child that dies with its parent dies with that thread, which
/// lasts as long as the script.
fn watched(program: PathBuf, watch: &Arc<Watch>) -> Result<Pipes, ScriptError> {
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let watch = Arc::downgrade(watch);
    let look = move || {
        let pipes = command(&program, isolation(&program)).spawn().and_then(|mut child| {
            let pipes = child.stdin.take().zip(child.stdout.take());
            let (to, from) = pipes.ok_or_else(|| io::Error::other("it has no pipes"))?;
            Ok((Arc::new(Mutex::new(child)), to, from))
        });
        let child = pipes.as_ref().ok().map(|(child, _, _)| Arc::downgrade(child));
        if tell.send(pipes).is_err() {
            return;
        }
        while let (Some(child), Some(watch)) = (child.as_ref().and_then(Weak::upgrade), watch.upgrade()) {
            let asked = watch.asked.load(Ordering::Acquire);
            if asked > 0 && watch.now().saturating_sub(asked) > THINK_WITHIN.as_millis() as u64 {
                let _ = child.lock().unwrap_or_else(PoisonError::into_inner).kill();
                return;
            }
            drop((child, watch));
            std::thread::sleep(LOOK_EVERY);
        }
    };
    let started = std::thread::Builder::new().name("script".to_owned()).spawn(look);
    started.map_err(|error| cannot("can't be watched", &error))?;
    let pipes = told.recv().map_err(|_| ScriptError::Process("can't be started".to_owned()))?;
    pipes.map_err(|error| cannot("can't be started", &error))
}

impl Decider for LockedScript {
    fn summary(&self) -> &Summary {
        &self.summary
    }

    fn decide(&mut self, bar: &Bar, standing: Standing) -> Result<Vec<Answer>, ScriptError> {
        match self.ask(&Ask::Candle(*bar, standing))? {
            Reply::Said(answers) => Ok(answers),
            _ => Err(ScriptError::Process("answered out of turn".to_owned())),
        }
    }
}

impl Drop for LockedScript {
    fn drop(&mut self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn cannot(what: &str, error: &io::Error) -> ScriptError {
    ScriptError::Process(format!("{what}: {error}"))
}

/// How far scripts are shut in on this machine; tried once.
#[must_use]
pub fn isolation(program: &Path) -> Isolation {
    static TRIED: OnceLock<Isolation> = OnceLock::new();
    *TRIED.get_or_init(|| {
        if !cfg!(unix) {
            return Isolation::Process;
        }
        // A child that nobody asks anything ends at once, and well.
        let tried = command(program, Isolation::Namespaces).stdin(Stdio::null()).status();
        if tried.is_ok_and(|status| status.success()) { Isolation::Namespaces } else { Isolation::Bounds }
    })
}

fn command(program: &Path, isolation: Isolation) -> Command {
    let mut command = if isolation == Isolation::Namespaces {
        let mut command = Command::new(BUBBLEWRAP);
        command.args(wrapped(program));
        command
    } else {
        Command::new(program)
    };
    command.arg(CHILD_ARGUMENT).env_clear().current_dir(root());
    if isolation == Isolation::Namespaces {
        // Only to find bubblewrap itself; the child gets none of it.
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

fn root() -> PathBuf {
    if cfg!(unix) { PathBuf::from("/") } else { std::env::temp_dir() }
}

/// The program and the system's libraries, to be read only; nothing else of the machine.
fn wrapped(program: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        ["--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
            .map(Into::into)
            .into();
    for library in ["/usr", "/lib", "/lib64", "/etc/ld.so.cache"] {
        arguments.extend(["--ro-bind-try", library, library].map(OsString::from));
    }
    arguments.extend(["--proc", "/proc", "--ro-bind"].map(OsString::from));
    arguments.extend([program.as_os_str().to_owned(), "/run/omc".into(), "--chdir".into(), "/".into()]);
    arguments.extend(["--".into(), "/run/omc".into()]);
    arguments
}
