//! What is found out from what is stored. Nothing of it trades.

use super::{Answer, view};
use crate::shell::Shell;
use std::sync::Arc;
use tauri::State;
use workstation::dto::{
    BacktestRequest, EvaluateRequest, FeaturesRequest, FeaturesView, FileReport, KeptRun, KeptRuns, RanBacktest, RanEvaluate,
    ReportProgress, SweepLook, SweepProgress, SweepRequest, SweepView, TrialsView,
};

/// The window is never handed more rows than this at once, whatever it asks for.
const FEATURE_ROWS_MAX: usize = 2_000;

/// Runs a strategy over history, and keeps what came of it; a new run ends the one before.
#[tauri::command]
pub async fn backtest(shell: State<'_, Shell>, request: BacktestRequest) -> Answer<RanBacktest> {
    let workstation = shell.workstation().await?;
    let job = shell.backtest.begin();
    let done = workstation.backtest_kept(&request, &Arc::clone(&job)).await.map_err(view);
    shell.backtest.end(&job);
    done
}

/// Runs it once more and writes a report of it into the exports folder; it ends a run before it.
#[tauri::command]
pub async fn backtest_report(shell: State<'_, Shell>, request: BacktestRequest, format: String) -> Answer<FileReport> {
    let workstation = shell.workstation().await?;
    let job = shell.backtest.begin();
    let done = workstation.backtest_to_exports(&request, &format, &Arc::clone(&job)).await.map_err(view);
    shell.backtest.end(&job);
    done
}

/// How many of its bars are over.
#[tauri::command]
pub fn backtest_progress(shell: State<'_, Shell>) -> ReportProgress {
    shell.backtest.progress()
}

/// Ends it.
#[tauri::command]
pub fn backtest_cancel(shell: State<'_, Shell>) -> ReportProgress {
    shell.backtest.cancel()
}

/// What was known about a coin at each close.
#[tauri::command]
pub async fn features(shell: State<'_, Shell>, request: FeaturesRequest) -> Answer<FeaturesView> {
    let limit = Some(request.limit.unwrap_or(FEATURE_ROWS_MAX).min(FEATURE_ROWS_MAX));
    shell.workstation().await?.features(&FeaturesRequest { limit, ..request }).await.map_err(view)
}

/// Examines a strategy, and keeps what came of it; a new examination ends the one before.
#[tauri::command]
pub async fn evaluate(shell: State<'_, Shell>, request: EvaluateRequest) -> Answer<RanEvaluate> {
    let workstation = shell.workstation().await?;
    let job = shell.evaluate.begin();
    let done = workstation.evaluate_kept(&request, &Arc::clone(&job)).await.map_err(view);
    shell.evaluate.end(&job);
    done
}

/// Examines it once more and writes a report of it into the exports folder; it ends an examination before it.
#[tauri::command]
pub async fn evaluate_report(shell: State<'_, Shell>, request: EvaluateRequest, format: String) -> Answer<FileReport> {
    let workstation = shell.workstation().await?;
    let job = shell.evaluate.begin();
    let done = workstation.evaluate_to_exports(&request, &format, &Arc::clone(&job)).await.map_err(view);
    shell.evaluate.end(&job);
    done
}

/// How many of its runs are over.
#[tauri::command]
pub fn evaluate_progress(shell: State<'_, Shell>) -> ReportProgress {
    shell.evaluate.progress()
}

/// Ends it.
#[tauri::command]
pub fn evaluate_cancel(shell: State<'_, Shell>) -> ReportProgress {
    shell.evaluate.cancel()
}

/// Runs a strategy at many settings; a new sweep ends the one before, which goes on where it ended when it is asked for again.
#[tauri::command]
pub async fn sweep(shell: State<'_, Shell>, request: SweepRequest) -> Answer<SweepView> {
    let workstation = shell.workstation().await?;
    let job = shell.sweep.begin();
    let done = workstation.sweep_to_exports(&request, &Arc::clone(&job)).await.map_err(view);
    shell.sweep.end(&job);
    done
}

/// How many of its points are done, and how long the others take.
#[tauri::command]
pub fn sweep_progress(shell: State<'_, Shell>) -> SweepProgress {
    told(shell.sweep.progress(), shell.sweep.left_s())
}

/// Ends it; what is done is kept.
#[tauri::command]
pub fn sweep_cancel(shell: State<'_, Shell>) -> SweepProgress {
    told(shell.sweep.cancel(), None)
}

fn told(progress: ReportProgress, left_s: Option<u64>) -> SweepProgress {
    let ReportProgress { running, done, all } = progress;
    SweepProgress { running, done, all, left_s }
}

/// Puts the files of a sweep's shards together; they and the whole are in the exports folder.
#[tauri::command]
pub async fn sweep_merge(shell: State<'_, Shell>, files: Vec<String>, look: SweepLook) -> Answer<SweepView> {
    shell.workstation().await?.sweep_merge_exported(&files, &look).await.map_err(view)
}

/// The runs that are kept, newest first.
#[tauri::command]
pub async fn kept_runs(shell: State<'_, Shell>) -> Answer<KeptRuns> {
    shell.workstation().await?.kept_runs().await.map_err(view)
}

/// One of them, and what changed since.
#[tauri::command]
pub async fn kept_run(shell: State<'_, Shell>, id: String) -> Answer<KeptRun> {
    shell.workstation().await?.kept_run(&id).await.map_err(view)
}

/// How many settings were ever tried on the same prices.
#[tauri::command]
pub async fn trials(
    shell: State<'_, Shell>,
    coin: String,
    interval: String,
    from: Option<String>,
    to: Option<String>,
) -> Answer<TrialsView> {
    let workstation = shell.workstation().await?;
    workstation.trials(&coin, &interval, from.as_deref(), to.as_deref(), None).await.map_err(view)
}
