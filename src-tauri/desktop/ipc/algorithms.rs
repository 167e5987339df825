//! What trades by itself.

use super::{Answer, view};
use crate::shell::Shell;
use tauri::State;
use workstation::dto::{AlgorithmDetail, AlgorithmMove, AlgorithmRequest, AlgorithmsView, StrategiesView};

#[tauri::command]
pub async fn strategies(shell: State<'_, Shell>) -> Answer<StrategiesView> {
    Ok(shell.workstation().await?.strategies())
}

#[tauri::command]
pub async fn algorithms(shell: State<'_, Shell>) -> Answer<AlgorithmsView> {
    shell.workstation().await?.algorithms().await.map_err(view)
}

#[tauri::command]
pub async fn algorithm(shell: State<'_, Shell>, name: String) -> Answer<AlgorithmDetail> {
    shell.workstation().await?.algorithm(&name).await.map_err(view)
}

#[tauri::command]
pub async fn algorithm_set(shell: State<'_, Shell>, request: AlgorithmRequest, fresh: bool) -> Answer<AlgorithmDetail> {
    shell.workstation().await?.algorithm_set(&request, fresh).await.map_err(view)
}

#[tauri::command]
pub async fn algorithm_promote(shell: State<'_, Shell>, name: String, word: Option<String>) -> Answer<AlgorithmMove> {
    shell.workstation().await?.algorithm_promote(&name, word.as_deref()).await.map_err(view)
}

#[tauri::command]
pub async fn algorithm_pause(shell: State<'_, Shell>, name: String, cancel: bool) -> Answer<AlgorithmMove> {
    shell.workstation().await?.algorithm_pause(&name, cancel).await.map_err(view)
}

#[tauri::command]
pub async fn algorithm_resume(shell: State<'_, Shell>, name: String) -> Answer<AlgorithmMove> {
    shell.workstation().await?.algorithm_resume(&name).await.map_err(view)
}

#[tauri::command]
pub async fn algorithm_stop(shell: State<'_, Shell>, name: String, close: bool) -> Answer<AlgorithmMove> {
    shell.workstation().await?.algorithm_stop(&name, close).await.map_err(view)
}
