//! What is found out from what is stored. Nothing of it trades.

use super::{Answer, view};
use crate::shell::Shell;
use std::sync::Arc;
use tauri::State;
use workstation::dto::{BacktestRequest, BacktestView, ReportProgress};

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
