//! What called for attention.

use super::{Answer, view};
use crate::shell::Shell;
use std::collections::BTreeMap;
use tauri::State;
use workstation::dto::{AlertsView, WebhookView};

/// The window is never handed more than this at once, whatever it asks for.
const ALERTS_MAX: usize = 1_000;

#[tauri::command]
pub async fn alerts(shell: State<'_, Shell>, limit: Option<usize>) -> Answer<AlertsView> {
    let limit = limit.map(|limit| limit.min(ALERTS_MAX));
    shell.workstation().await?.alerts(limit, false).await.map_err(view)
}

#[tauri::command]
pub async fn alert_seen(shell: State<'_, Shell>, id: Option<String>) -> Answer<AlertsView> {
    shell.workstation().await?.alert_seen(id.as_deref()).await.map_err(view)
}

#[tauri::command]
pub async fn alerts_set(shell: State<'_, Shell>, changes: BTreeMap<String, String>) -> Answer<AlertsView> {
    shell.workstation().await?.alerts_set(&changes).await.map_err(view)
}

#[tauri::command]
pub async fn webhook(shell: State<'_, Shell>) -> Answer<WebhookView> {
    shell.workstation().await?.webhook().await.map_err(view)
}

#[tauri::command]
pub async fn webhook_test(shell: State<'_, Shell>) -> Answer<WebhookView> {
    shell.workstation().await?.webhook_test().await.map_err(view)
}
