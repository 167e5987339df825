//! Models: trained, listed, explained and removed. Nothing of it trades.

use super::{Answer, view};
use crate::shell::Shell;
use std::sync::Arc;
use tauri::State;
use workstation::dto::{
    ModelExplanation, ModelView, ModelsView, ReportProgress, SweepProgress, TrainRequest, TrainView,
};

/// Trains a model and keeps it; a new training ends the one before, which leaves nothing.
#[tauri::command]
pub async fn train(shell: State<'_, Shell>, request: TrainRequest) -> Answer<TrainView> {
    let workstation = shell.workstation().await?;
    let job = shell.train.begin();
    let done = workstation.train(&request, None, &Arc::clone(&job)).await.map_err(view);
    shell.train.end(&job);
    done
}

/// How many of its steps are done, and how long the others take.
#[tauri::command]
pub fn train_progress(shell: State<'_, Shell>) -> SweepProgress {
    told(shell.train.progress(), shell.train.left_s())
}

/// Ends it.
#[tauri::command]
pub fn train_cancel(shell: State<'_, Shell>) -> SweepProgress {
    told(shell.train.cancel(), None)
}

fn told(progress: ReportProgress, left_s: Option<u64>) -> SweepProgress {
    let ReportProgress { running, done, all } = progress;
    SweepProgress { running, done, all, left_s }
}

/// The models there are.
#[tauri::command]
pub async fn models(shell: State<'_, Shell>) -> Answer<ModelsView> {
    shell.workstation().await?.models().await.map_err(view)
}

/// One model in full.
#[tauri::command]
pub async fn model(shell: State<'_, Shell>, id: String) -> Answer<ModelView> {
    shell.workstation().await?.model(&id).await.map_err(view)
}

/// Why a model says what it says at a moment.
#[tauri::command]
pub async fn model_explain(shell: State<'_, Shell>, id: String, at: String) -> Answer<ModelExplanation> {
    shell.workstation().await?.model_explain(&id, &at, None).await.map_err(view)
}

/// Removes a model for good.
#[tauri::command]
pub async fn model_remove(shell: State<'_, Shell>, id: String) -> Answer<ModelsView> {
    shell.workstation().await?.model_remove(&id).await.map_err(view)
}
