//! Limits, the kill switch and the paper wallet.

use super::{Answer, view};
use crate::shell::Shell;
use std::collections::BTreeMap;
use tauri::State;
use workstation::commands::parse_book;
use workstation::dto::{KillReceipt, KillRequest, KillState, LimitsView, RiskRequest, Status};

#[tauri::command]
pub async fn limits(shell: State<'_, Shell>) -> Answer<LimitsView> {
    shell.workstation().await?.limits().await.map_err(view)
}

#[tauri::command]
pub async fn limits_set(
    shell: State<'_, Shell>,
    book: String,
    changes: BTreeMap<String, String>,
    loosen: Option<bool>,
) -> Answer<LimitsView> {
    let book = parse_book(&book).map_err(view)?;
    shell.workstation().await?.limits_set(book, &changes, loosen.unwrap_or(false)).await.map_err(view)
}

#[tauri::command]
pub async fn risk_set(shell: State<'_, Shell>, request: RiskRequest) -> Answer<LimitsView> {
    shell.workstation().await?.risk_set(&request).await.map_err(view)
}

/// Works on a workspace that this window could not open, too: another process may hold it.
#[tauri::command]
pub async fn kill(shell: State<'_, Shell>, request: Option<KillRequest>) -> Answer<KillReceipt> {
    let request = request.unwrap_or_default();
    match shell.opened() {
        Some(workstation) => workstation.kill(&request).await.map_err(view),
        None => workstation::commands::kill(shell.home(), &request).await.map_err(view),
    }
}

#[tauri::command]
pub async fn unkill(shell: State<'_, Shell>) -> Answer<KillState> {
    shell.workstation().await?.unkill().await.map_err(view)
}

#[tauri::command]
pub async fn paper_reset(shell: State<'_, Shell>, cash: String) -> Answer<Status> {
    shell.workstation().await?.paper_reset(&cash).await.map_err(view)
}
