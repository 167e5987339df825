//! Positions, P&L, trades, and files of them.

use super::{Answer, view};
use crate::shell::Shell;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Cursor;
use tauri::State;
use workstation::Error;
use workstation::commands::{HistoryRequest, ImportOptions, parse_book};
use workstation::dto::{
    Actions, BooksDone, BooksRequest, EquityCurve, EquityRequest, FileReport, FileRequest, Filing, History,
    HistoryImport, HistoryProgress, Movements, ParcelsRequest, ParcelsView, Pnl, PnlRequest, Positions, TagView, Tax,
    TaxChange, TaxRequest, TaxSettings, TradeImport, TradeStory, TradesPage, TradesRequest, WhatIfRequest, WhatIfView,
};

#[tauri::command]
pub async fn positions(shell: State<'_, Shell>, book: String) -> Answer<Positions> {
    let book = parse_book(&book).map_err(view)?;
    shell.workstation().await?.positions(book, None).await.map_err(view)
}

#[tauri::command]
pub async fn pnl(shell: State<'_, Shell>, request: PnlRequest) -> Answer<Pnl> {
    shell.workstation().await?.pnl(&request).await.map_err(view)
}

#[tauri::command]
pub async fn equity(shell: State<'_, Shell>, request: EquityRequest) -> Answer<EquityCurve> {
    shell.workstation().await?.equity(&request).await.map_err(view)
}

#[tauri::command]
pub async fn history(shell: State<'_, Shell>, book: String) -> Answer<History> {
    let book = parse_book(&book).map_err(view)?;
    let request = HistoryRequest { book: Some(book), ..HistoryRequest::default() };
    shell.workstation().await?.history(&request).await.map_err(view)
}

/// A page of the trade history.
#[tauri::command]
pub async fn trades(shell: State<'_, Shell>, request: TradesRequest) -> Answer<TradesPage> {
    shell.workstation().await?.trades(&request).await.map_err(view)
}

#[tauri::command]
pub async fn trade_story(shell: State<'_, Shell>, id: String) -> Answer<TradeStory> {
    shell.workstation().await?.trade_story(&id).await.map_err(view)
}

/// Puts a label on a trade; an empty one takes it off.
#[tauri::command]
pub async fn trade_tag(shell: State<'_, Shell>, id: String, tag: String) -> Answer<TagView> {
    shell.workstation().await?.tag_trade(&id, &tag).await.map_err(view)
}

/// Imports a file that was dropped on the window or chosen in it; `content` is base64. A file refused for its bad lines
/// is an answer that names them all.
#[tauri::command]
pub async fn import_trades(shell: State<'_, Shell>, name: String, content: String) -> Answer<TradeImport> {
    let bytes = STANDARD.decode(content).map_err(|error| {
        view(Error::usage("bad_content", format!("{name} did not arrive whole: {error}; choose it again")))
    })?;
    let workstation = shell.workstation().await?;
    match workstation.import(&name, Cursor::new(bytes), &ImportOptions::default()).await {
        Err(Error::BadLines { read, rejected, .. }) => Ok(TradeImport::refused(read, rejected)),
        answered => answered.map_err(view),
    }
}

#[tauri::command]
pub async fn save_csv(
    shell: State<'_, Shell>,
    name: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
) -> Answer<FileReport> {
    // The workstation dates the file and gives it its ending.
    let name = name.strip_suffix(".csv").unwrap_or(&name);
    shell.workstation().await?.save_csv(name, &header, &rows).map_err(view)
}

#[tauri::command]
pub async fn tax(shell: State<'_, Shell>, request: TaxRequest) -> Answer<Tax> {
    shell.workstation().await?.tax(&request).await.map_err(view)
}

/// Files a year, or shows what would be filed.
#[tauri::command]
pub async fn tax_file(shell: State<'_, Shell>, request: FileRequest) -> Answer<Filing> {
    shell.workstation().await?.tax_file(&request).await.map_err(view)
}

#[tauri::command]
pub async fn tax_settings(shell: State<'_, Shell>) -> Answer<TaxSettings> {
    shell.workstation().await?.tax_settings().await.map_err(view)
}

#[tauri::command]
pub async fn tax_change(shell: State<'_, Shell>, change: TaxChange) -> Answer<TaxSettings> {
    shell.workstation().await?.tax_change(&change).await.map_err(view)
}

#[tauri::command]
pub async fn parcels(shell: State<'_, Shell>, request: ParcelsRequest) -> Answer<ParcelsView> {
    shell.workstation().await?.parcels(&request).await.map_err(view)
}

#[tauri::command]
pub async fn what_if(shell: State<'_, Shell>, request: WhatIfRequest) -> Answer<WhatIfView> {
    shell.workstation().await?.what_if(&request).await.map_err(view)
}

/// Writes the live trades for another program into the exports folder.
#[tauri::command]
pub async fn export_trades(shell: State<'_, Shell>, layout: String) -> Answer<FileReport> {
    shell.workstation().await?.export_to_exports(&layout).await.map_err(view)
}

/// What only the trader can settle in the books.
#[tauri::command]
pub async fn actions(shell: State<'_, Shell>) -> Answer<Actions> {
    shell.workstation().await?.actions().await.map_err(view)
}

/// What came and went without a trade.
#[tauri::command]
pub async fn movements(shell: State<'_, Shell>) -> Answer<Movements> {
    shell.workstation().await?.movements(None, false).await.map_err(view)
}

/// Takes the trader's word on a movement, a price, or a trade that was told twice.
#[tauri::command]
pub async fn books_say(shell: State<'_, Shell>, request: BooksRequest) -> Answer<BooksDone> {
    shell.workstation().await?.books_say(&request).await.map_err(view)
}

/// Reads the account's history from the exchange, with the key at hand.
#[tauri::command]
pub async fn import_history(shell: State<'_, Shell>, from: Option<String>) -> Answer<HistoryImport> {
    shell.workstation().await?.import_history(from.as_deref(), |_| {}).await.map_err(view)
}

/// How far the reading of the account's history is.
#[tauri::command]
pub async fn import_history_progress(shell: State<'_, Shell>) -> Answer<HistoryProgress> {
    Ok(shell.workstation().await?.history_progress())
}

/// Stops it: what was read is kept.
#[tauri::command]
pub async fn import_history_cancel(shell: State<'_, Shell>) -> Answer<HistoryProgress> {
    Ok(shell.workstation().await?.stop_history())
}
