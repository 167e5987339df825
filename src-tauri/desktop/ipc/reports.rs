//! Reports: seen before they are written, watched while they are, proven later.

use super::{Answer, view};
use crate::shell::Shell;
use std::path::PathBuf;
use std::sync::Arc;
use tauri::State;
use workstation::Book;
use workstation::commands::{Job, ReportRequest, parse_book};
use workstation::dto::{
    FileReport, ParquetRequest, ParquetView, PnlRequest, ReportPreview, ReportProgress, VerifiedReport,
};

fn asked(kind: String, format: String, fy: Option<i32>, request: PnlRequest, job: Arc<Job>) -> Answer<ReportRequest> {
    let book = request.book.as_deref().map_or(Ok(Book::Live), parse_book).map_err(view)?;
    Ok(ReportRequest { kind, format, book, pnl: request, fy, generated_at: None, job })
}

/// Writes a report into the exports folder.
#[tauri::command]
pub async fn report(
    shell: State<'_, Shell>,
    kind: String,
    format: String,
    fy: Option<i32>,
    request: PnlRequest,
) -> Answer<FileReport> {
    let workstation = shell.workstation().await?;
    let mut asked = asked(kind, format, fy, request, Arc::default())?;
    let job = shell.report.begin();
    asked.job = Arc::clone(&job);
    let written = workstation.report_to_exports(&asked).await.map_err(view);
    shell.report.end(&job);
    written
}

/// What a report would say.
#[tauri::command]
pub async fn report_preview(
    shell: State<'_, Shell>,
    kind: String,
    fy: Option<i32>,
    request: PnlRequest,
) -> Answer<ReportPreview> {
    let asked = asked(kind, "pdf".to_owned(), fy, request, Arc::default())?;
    shell.workstation().await?.report_preview(&asked).await.map_err(view)
}

/// How far the report is that is being written.
#[tauri::command]
pub fn report_progress(shell: State<'_, Shell>) -> ReportProgress {
    shell.report.progress()
}

/// Ends it: nothing is written then.
#[tauri::command]
pub fn report_cancel(shell: State<'_, Shell>) -> ReportProgress {
    shell.report.cancel()
}

/// Proves a report in the exports folder.
#[tauri::command]
pub async fn report_verify(shell: State<'_, Shell>, file: String) -> Answer<VerifiedReport> {
    shell.workstation().await?.verify_exported(&PathBuf::from(file)).await.map_err(view)
}

/// Writes tables for programs that analyse into a folder of the exports folder.
#[tauri::command]
pub async fn export_parquet(shell: State<'_, Shell>, request: ParquetRequest) -> Answer<ParquetView> {
    let workstation = shell.workstation().await?;
    let job = shell.export.begin();
    let written = workstation.export_parquet_to_exports(&request, &job).await.map_err(view);
    shell.export.end(&job);
    written
}

/// How many of its files are written.
#[tauri::command]
pub fn export_parquet_progress(shell: State<'_, Shell>) -> ReportProgress {
    shell.export.progress()
}

/// Ends it: nothing is written then.
#[tauri::command]
pub fn export_parquet_cancel(shell: State<'_, Shell>) -> ReportProgress {
    shell.export.cancel()
}
