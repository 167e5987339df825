//! The workstation behind the window: opened once, given up at the end.

use crate::notify::Notifier;
use std::sync::{Arc, Mutex, PoisonError};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::OnceCell;
use workstation::commands::Job;
use workstation::dto::{ErrorView, ReportProgress};
use workstation::{Events, Home, Mode, Workstation};

/// The channel the window listens on.
const CHANNEL: &str = "workstation";
/// The channel on which the window is asked to show something.
const WANTED: &str = "wanted";

/// What the window may be asked to show from outside of it. It only ever opens a dialog: deciding is done there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Itself.
    Window,
    /// The dialog of the kill switch.
    Kill,
    /// The order that waits for a person and ends first.
    Approval,
}

impl Wanted {
    /// The word the window knows it by; none when it need only be there.
    const fn word(self) -> Option<&'static str> {
        match self {
            Self::Window => None,
            Self::Kill => Some("kill"),
            Self::Approval => Some("approval"),
        }
    }
}

/// Brings the window to the front and asks it to show something.
pub fn want(app: &AppHandle, wanted: Wanted) {
    let Some(window) = app.get_webview_window("main") else { return };
    for done in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = done {
            tracing::warn!("the window could not be brought to the front: {error}");
        }
    }
    if let Some(word) = wanted.word()
        && let Err(error) = app.emit(WANTED, word)
    {
        tracing::warn!("the window was not asked: {error}");
    }
}

/// What the commands share.
pub struct Shell {
    home: Home,
    app: AppHandle,
    opened: OnceCell<Workstation>,
    /// The report being written.
    pub report: Reporting,
    /// The tables being exported.
    pub export: Reporting,
    /// The strategy being run over history.
    pub backtest: Reporting,
    /// The strategy being examined.
    pub evaluate: Reporting,
    /// The sweep that runs.
    pub sweep: Reporting,
    /// The training that runs.
    pub train: Reporting,
}

/// The one report the window writes, or the one strategy it runs over history, at a time; a new one ends the one before.
#[derive(Default)]
pub struct Reporting(Mutex<Option<Arc<Job>>>);

impl Reporting {
    fn job(&self) -> std::sync::MutexGuard<'_, Option<Arc<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one.
    pub fn begin(&self) -> Arc<Job> {
        let job = Arc::<Job>::default();
        if let Some(before) = self.job().replace(Arc::clone(&job)) {
            before.cancel();
        }
        job
    }

    /// It is over, unless another has begun.
    pub fn end(&self, job: &Arc<Job>) {
        let mut now = self.job();
        if now.as_ref().is_some_and(|now| Arc::ptr_eq(now, job)) {
            *now = None;
        }
    }

    /// How far it is.
    pub fn progress(&self) -> ReportProgress {
        let (running, (done, all)) = self.job().as_ref().map_or((false, (0, 0)), |job| (true, job.progress()));
        ReportProgress { running, done, all }
    }

    /// Seconds until it is done, where that can be told.
    pub fn left_s(&self) -> Option<u64> {
        self.job().as_ref().and_then(|job| job.left_s())
    }

    /// Ends it.
    pub fn cancel(&self) -> ReportProgress {
        if let Some(job) = self.job().as_ref() {
            job.cancel();
        }
        self.progress()
    }
}

impl Shell {
    /// Opens nothing yet.
    pub fn new(home: Home, app: AppHandle) -> Self {
        Self {
            home,
            app,
            opened: OnceCell::new(),
            report: Reporting::default(),
            export: Reporting::default(),
            backtest: Reporting::default(),
            evaluate: Reporting::default(),
            sweep: Reporting::default(),
            train: Reporting::default(),
        }
    }

    /// The workspace folder.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// The workstation, opened when it is first asked for. A failure is not kept: whoever asks next tries again, so a
    /// window on a workspace in use comes to life when the other process ends.
    pub async fn workstation(&self) -> Result<&Workstation, ErrorView> {
        let opening = self.opened.get_or_try_init(|| async {
            let workstation = Workstation::open(&self.home, Mode::Write).await?;
            tauri::async_runtime::spawn(forward(workstation.events(), workstation.clone(), self.app.clone()));
            tauri::async_runtime::spawn(work(workstation.clone()));
            Ok(workstation)
        });
        opening.await.map_err(|error: workstation::Error| error.view())
    }

    /// The workstation, if it was opened.
    pub fn opened(&self) -> Option<&Workstation> {
        self.opened.get()
    }

    /// Gives the workspace up.
    pub async fn close(&self) {
        if let Some(workstation) = self.opened() {
            workstation.close().await;
        }
    }
}

async fn work(workstation: Workstation) {
    if let Err(error) = workstation.run().await {
        tracing::error!(code = error.code(), "nothing is collected: {error}");
    }
}

async fn forward(mut events: Events, workstation: Workstation, app: AppHandle) {
    let clicked = app.clone();
    let notifier = Notifier::start(move || want(&clicked, Wanted::Approval));
    while let Some(event) = events.next().await {
        if let Err(error) = app.emit(CHANNEL, &event) {
            tracing::warn!("an event was not told to the window: {error}");
        }
        if let Some(notification) = workstation.notification(&event).await {
            notifier.show(notification);
        }
    }
}

/// Ends as if the window was closed when the system asks the process to end.
pub fn end_with_signals(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        asked_to_end().await;
        app.exit(0);
    });
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return std::future::pending().await };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}
