//! Approvals and mandates.

use super::{Answer, view};
use crate::shell::Shell;
use std::collections::BTreeMap;
use tauri::State;
use workstation::commands::parse_book;
use workstation::dto::{ApprovalsView, MandateRequest, MandatesView, OrderView, ScorecardView};

#[tauri::command]
pub async fn approvals(shell: State<'_, Shell>) -> Answer<ApprovalsView> {
    shell.workstation().await?.approvals().await.map_err(view)
}

#[tauri::command]
pub async fn approvals_set(shell: State<'_, Shell>, changes: BTreeMap<String, String>) -> Answer<ApprovalsView> {
    shell.workstation().await?.approvals_set(&changes).await.map_err(view)
}

#[tauri::command]
pub async fn scorecard(shell: State<'_, Shell>, limit: Option<usize>) -> Answer<ScorecardView> {
    shell.workstation().await?.scorecard(limit).await.map_err(view)
}

#[tauri::command]
pub async fn approve(
    shell: State<'_, Shell>,
    id: String,
    hash: String,
    edit: BTreeMap<String, String>,
) -> Answer<OrderView> {
    shell.workstation().await?.approve(&id, Some(&hash), &edit).await.map_err(view)
}

#[tauri::command]
pub async fn reject(shell: State<'_, Shell>, id: String, why: String) -> Answer<OrderView> {
    shell.workstation().await?.reject(&id, &why).await.map_err(view)
}

#[tauri::command]
pub async fn answer(shell: State<'_, Shell>, id: String, words: String) -> Answer<OrderView> {
    shell.workstation().await?.answer(&id, &words).await.map_err(view)
}

#[tauri::command]
pub async fn mandates(shell: State<'_, Shell>) -> Answer<MandatesView> {
    shell.workstation().await?.mandates().await.map_err(view)
}

#[tauri::command]
pub async fn mandate_set(shell: State<'_, Shell>, mandate: MandateRequest) -> Answer<MandatesView> {
    shell.workstation().await?.mandate_set(&mandate).await.map_err(view)
}

#[tauri::command]
pub async fn mandate_revoke(shell: State<'_, Shell>, holder: String, book: String) -> Answer<MandatesView> {
    let book = parse_book(&book).map_err(view)?;
    shell.workstation().await?.mandate_revoke(&holder, book).await.map_err(view)
}
