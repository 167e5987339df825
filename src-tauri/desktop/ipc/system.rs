//! The workspace itself: status, checks, backups.

use super::{Answer, view};
use crate::shell::Shell;
use std::collections::BTreeMap;
use tauri::State;
use workstation::commands::JournalRequest;
use workstation::dto::{Doctor, FileReport, JournalView, ReadinessView, Status, StorageView, Verified};

#[tauri::command]
pub async fn status(shell: State<'_, Shell>) -> Answer<Status> {
    shell.workstation().await?.status().await.map_err(view)
}

#[tauri::command]
pub async fn journal(shell: State<'_, Shell>, request: JournalRequest) -> Answer<JournalView> {
    shell.workstation().await?.journal(&request).await.map_err(view)
}

#[tauri::command]
pub async fn verify(shell: State<'_, Shell>) -> Answer<Verified> {
    shell.workstation().await?.verify().await.map_err(view)
}

/// Works on a workspace that cannot be opened, too: that is when it is needed.
#[tauri::command]
pub async fn doctor(shell: State<'_, Shell>) -> Answer<Doctor> {
    Ok(workstation::commands::doctor(shell.home()).await)
}

#[tauri::command]
pub async fn readiness(shell: State<'_, Shell>) -> Answer<ReadinessView> {
    shell.workstation().await?.readiness().await.map_err(view)
}

#[tauri::command]
pub async fn backup(shell: State<'_, Shell>) -> Answer<FileReport> {
    shell.workstation().await?.backup_here().await.map_err(view)
}

#[tauri::command]
pub async fn storage(shell: State<'_, Shell>) -> Answer<StorageView> {
    shell.workstation().await?.storage().await.map_err(view)
}

#[tauri::command]
pub async fn storage_set(shell: State<'_, Shell>, changes: BTreeMap<String, String>) -> Answer<StorageView> {
    shell.workstation().await?.storage_set(&changes).await.map_err(view)
}
