//! What a person sets for the sources, and the keys they need. A key goes in once and never comes back.

use super::{Answer, view};
use crate::shell::Shell;
use std::collections::BTreeMap;
use tauri::State;
use workstation::Secret;
use workstation::dto::{KeyCheck, LeaseView, SecretsView, SourceDetail};

#[tauri::command]
pub async fn source_detail(shell: State<'_, Shell>, source: String) -> Answer<SourceDetail> {
    shell.workstation().await?.source_detail(&source).await.map_err(view)
}

#[tauri::command]
pub async fn source_set(
    shell: State<'_, Shell>,
    source: String,
    changes: BTreeMap<String, String>,
) -> Answer<SourceDetail> {
    let workstation = shell.workstation().await?;
    workstation.source_set(&source, &changes).await.map_err(view)?;
    workstation.source_detail(&source).await.map_err(view)
}

#[tauri::command]
pub async fn secrets(shell: State<'_, Shell>) -> Answer<SecretsView> {
    Ok(shell.workstation().await?.secrets().await)
}

#[tauri::command]
pub async fn secret_set(
    shell: State<'_, Shell>,
    name: String,
    value: String,
    declared: Option<bool>,
) -> Answer<SecretsView> {
    let value = Secret::new(value);
    let workstation = shell.workstation().await?;
    workstation.secret_set(&name, value, declared.unwrap_or(false)).await.map_err(view)?;
    Ok(workstation.secrets().await)
}

#[tauri::command]
pub async fn secret_remove(shell: State<'_, Shell>, name: String) -> Answer<SecretsView> {
    let workstation = shell.workstation().await?;
    workstation.secret_remove(&name).await.map_err(view)?;
    Ok(workstation.secrets().await)
}

#[tauri::command]
pub async fn key_check(shell: State<'_, Shell>) -> Answer<KeyCheck> {
    shell.workstation().await?.key_check().await.map_err(view)
}

#[tauri::command]
pub async fn key_declare(shell: State<'_, Shell>) -> Answer<KeyCheck> {
    shell.workstation().await?.key_declare().await.map_err(view)
}

#[tauri::command]
pub async fn lease(shell: State<'_, Shell>) -> Answer<LeaseView> {
    shell.workstation().await?.lease().await.map_err(view)
}

#[tauri::command]
pub async fn lease_set(shell: State<'_, Shell>, held: bool) -> Answer<LeaseView> {
    shell.workstation().await?.lease_set(held).await.map_err(view)
}
