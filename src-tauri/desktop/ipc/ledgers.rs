//! What the ledgers hold, and the sources that fill them.

use super::{Answer, view};
use crate::shell::Shell;
use tauri::State;
use workstation::commands::{GlassRequest, LedgerRequest};
use workstation::dto::{Collected, GapsView, GlassView, LedgerView, QualityView, RunsView, SourcesView};

/// The window is never handed more than this at once, whatever it asks for.
const OBSERVATIONS_MAX: usize = 5_000;
const RUNS_MAX: usize = 200;
const GAPS_MAX: usize = 1_000;

#[tauri::command]
pub async fn ledger(shell: State<'_, Shell>, request: LedgerRequest) -> Answer<LedgerView> {
    shell.workstation().await?.ledger(&bounded(request)).await.map_err(view)
}

/// Fundamentals as series.
#[tauri::command]
pub async fn glass(shell: State<'_, Shell>, days: Option<u32>) -> Answer<GlassView> {
    shell.workstation().await?.glass(&GlassRequest { days }).await.map_err(view)
}

fn bounded(request: LedgerRequest) -> LedgerRequest {
    LedgerRequest { limit: Some(request.limit.unwrap_or(OBSERVATIONS_MAX).min(OBSERVATIONS_MAX)), ..request }
}

/// Runs the sources named now, or all.
#[tauri::command]
pub async fn collect(shell: State<'_, Shell>, sources: Option<Vec<String>>) -> Answer<Collected> {
    shell.workstation().await?.collect(&sources.unwrap_or_default()).await.map_err(view)
}

#[tauri::command]
pub async fn sources(shell: State<'_, Shell>) -> Answer<SourcesView> {
    shell.workstation().await?.sources_view().await.map_err(view)
}

#[tauri::command]
pub async fn source_runs(shell: State<'_, Shell>, source: String, limit: Option<usize>) -> Answer<RunsView> {
    shell.workstation().await?.source_runs(&source, limit.map(|limit| limit.min(RUNS_MAX))).await.map_err(view)
}

#[tauri::command]
pub async fn source_pause(shell: State<'_, Shell>, source: String, paused: bool) -> Answer<()> {
    shell.workstation().await?.source_pause(&source, paused).await.map_err(view)
}

#[tauri::command]
pub async fn source_accept(shell: State<'_, Shell>, source: String) -> Answer<()> {
    shell.workstation().await?.source_accept(&source).await.map_err(view)
}

/// How far each source and ledger can be trusted.
#[tauri::command]
pub async fn quality(shell: State<'_, Shell>, hours: Option<u32>) -> Answer<QualityView> {
    shell.workstation().await?.quality(hours).await.map_err(view)
}

/// What is missing, newest first.
#[tauri::command]
pub async fn gaps(shell: State<'_, Shell>, source: Option<String>, limit: Option<usize>) -> Answer<GapsView> {
    let limit = limit.unwrap_or(GAPS_MAX).min(GAPS_MAX);
    shell.workstation().await?.gaps(source.as_deref(), Some(limit)).await.map_err(view)
}

#[cfg(test)]
mod tests {
    use super::{LedgerRequest, OBSERVATIONS_MAX, bounded};

    #[test]
    fn the_window_is_handed_a_bounded_number_of_observations() {
        let asked = |limit| bounded(LedgerRequest { limit, ..LedgerRequest::default() }).limit;
        assert_eq!(asked(None), Some(OBSERVATIONS_MAX));
        assert_eq!(asked(Some(usize::MAX)), Some(OBSERVATIONS_MAX));
        assert_eq!(asked(Some(7)), Some(7));
    }
}
