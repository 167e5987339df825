//! What the journeys share: workspaces of their own, simulated worlds, the real window, processes that end with their
//! test.
//!
//! Invariants: every wait polls for what it waits for and has an end; nothing that was started outlives its test, also
//! when the test fails. Deliberately absent: knowledge of what is right; that is in the tests.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails, and says what it missed")]
#![allow(clippy::print_stdout, reason = "a test that cannot run here says so")]

#[path = "support/processes.rs"]
mod processes;
#[path = "support/window.rs"]
mod window;

pub use processes::{pss_kib, running_for, tree};
pub use window::{Launch, Window, skipped};

use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a test waits for anything before it says what is missing. Long, because two cores may be shared by many.
pub const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(50);

/// An empty folder that goes away with the test.
#[must_use]
pub fn folder() -> TempDir {
    TempDir::with_prefix("omc-journey-").expect("a temporary folder")
}

/// A port nobody listens on now.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its number").port()
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within [`PATIENCE`].
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, ask: impl FnMut() -> F) -> T {
    let Some(answer) = within(PATIENCE, ask).await else { panic!("waited {PATIENCE:?} in vain for {what}") };
    answer
}

/// Asks again and again until there is an answer or the time is over.
pub async fn within<T, F: Future<Output = Option<T>>>(time: Duration, mut ask: impl FnMut() -> F) -> Option<T> {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return Some(answer);
        }
        if started.elapsed() > time {
            return None;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Addresses at which nobody answers, for the services a test does without.
#[must_use]
pub fn silent_services() -> Vec<(String, &'static str)> {
    let services = workstation::Reached::from_env().others;
    services.keys().map(|service| (format!("OMC_{service}_URL"), "http://127.0.0.1:9")).collect()
}

/// Runs a journey on a world of its own, in a process of its own: where the world is, the workstation is told by the
/// environment, which a running process cannot change safely. `test` is the full name of the calling test.
///
/// # Panics
/// When the journey does.
pub fn on_own_world<F: Future<Output = ()>>(test: &str, journey: impl FnOnce(u16) -> F) {
    const PORT: &str = "OMC_JOURNEY_PORT";
    if let Ok(port) = std::env::var(PORT) {
        let port = port.parse().expect("a port number");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        return runtime.expect("a runtime").block_on(journey(port));
    }
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let status = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(PORT, port.to_string())
        .env("OMC_COINSPOT_URL", &url)
        .env("OMC_COINSPOT_WEB_URL", &url)
        .envs(silent_services())
        .status()
        .expect("this program starts again");
    assert!(status.success(), "{test} failed in its own process: its words are above");
}
