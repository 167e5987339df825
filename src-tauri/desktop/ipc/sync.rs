//! Sync with the trader's own Postgres.

use super::{Answer, view};
use crate::shell::Shell;
use tauri::State;
use workstation::Secret;
use workstation::dto::{SyncJoined, SyncVerified, SyncView};

#[tauri::command]
pub async fn sync_status(shell: State<'_, Shell>) -> Answer<SyncView> {
    shell.workstation().await?.sync_status().await.map_err(view)
}

#[tauri::command]
pub async fn sync_now(shell: State<'_, Shell>) -> Answer<SyncView> {
    shell.workstation().await?.sync_now().await.map_err(view)
}

/// Sets sync up, or joins with a code that goes in once and is never shown.
#[tauri::command]
pub async fn sync_init(shell: State<'_, Shell>, code: Option<String>) -> Answer<SyncJoined> {
    let workstation = shell.workstation().await?;
    if let Some(code) = code {
        workstation.sync_take_code(&Secret::new(code)).await.map_err(view)?;
    }
    workstation.sync_init().await.map_err(view)
}

#[tauri::command]
pub async fn sync_verify(shell: State<'_, Shell>) -> Answer<SyncVerified> {
    shell.workstation().await?.sync_verify().await.map_err(view)
}
