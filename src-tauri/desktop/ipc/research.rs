//! What is found out from what is stored. Nothing of it trades.

use super::{Answer, view};
use crate::shell::Shell;
use std::sync::Arc;
use tauri::State;
use workstation::dto::{
    BacktestRequest, BacktestView, EvaluateRequest, EvaluateView, FeaturesRequest, FeaturesView, ReportProgress,
};

/// The window is never handed more rows than this at once, whatever it asks for.
const FEATURE_ROWS_MAX: usize = 2_000;

/// Runs a strategy over history; a new run ends the one before.
#[tauri::command]
pub async fn backtest(shell: State<'_, Shell>, request: BacktestRequest) -> Answer<BacktestView> {
    let workstation = shell.workstation().await?;
    let job = shell.backtest.begin();
    let done = workstation.backtest(&request, &Arc::clone(&job)).await.map_err(view);
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

/// Examines a strategy; a new examination ends the one before.
#[tauri::command]
pub async fn evaluate(shell: State<'_, Shell>, request: EvaluateRequest) -> Answer<EvaluateView> {
    let workstation = shell.workstation().await?;
    let job = shell.evaluate.begin();
    let done = workstation.evaluate(&request, &Arc::clone(&job)).await.map_err(view);
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
