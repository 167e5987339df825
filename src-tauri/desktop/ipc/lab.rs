//! The Lab: sessions are begun, looked at, answered, gone back in, ended.

use super::{Answer, view};
use crate::shell::Shell;
use std::collections::BTreeMap;
use tauri::State;
use workstation::dto::{LabReport, LabRequest, SessionDetail, SessionView, SessionsView};

/// Begins a session; it goes on beside the window.
#[tauri::command]
pub async fn lab_start(shell: State<'_, Shell>, request: LabRequest) -> Answer<SessionView> {
    shell.workstation().await?.lab_start(&request).await.map_err(view)
}

/// All sessions, the newest first.
#[tauri::command]
pub async fn lab_list(shell: State<'_, Shell>) -> Answer<SessionsView> {
    shell.workstation().await?.lab_list().await.map_err(view)
}

/// One session, whole.
#[tauri::command]
pub async fn lab_show(shell: State<'_, Shell>, id: String) -> Answer<SessionDetail> {
    shell.workstation().await?.lab_show(&id).await.map_err(view)
}

/// Answers what a session asks, in words or JSON.
#[tauri::command]
pub async fn lab_answer(shell: State<'_, Shell>, question: String, words: String) -> Answer<SessionView> {
    shell.workstation().await?.lab_answer(&question, &words).await.map_err(view)
}

/// Ends a session.
#[tauri::command]
pub async fn lab_cancel(shell: State<'_, Shell>, id: String) -> Answer<SessionView> {
    shell.workstation().await?.lab_cancel(&id).await.map_err(view)
}

/// Goes back to a stage of a session, perhaps with something set otherwise.
#[tauri::command]
pub async fn lab_rewind(
    shell: State<'_, Shell>,
    id: String,
    stage: String,
    set: BTreeMap<String, String>,
) -> Answer<SessionView> {
    shell.workstation().await?.lab_rewind(&id, &stage, &set).await.map_err(view)
}

/// The report of a session.
#[tauri::command]
pub async fn lab_report(shell: State<'_, Shell>, id: String) -> Answer<LabReport> {
    shell.workstation().await?.lab_report(&id).await.map_err(view)
}
