//! Prices and candles.

use super::{Answer, view};
use crate::shell::Shell;
use tauri::State;
use workstation::commands::CandlesRequest;
use workstation::dto::{Candles, Prices, SparksView};

#[tauri::command]
pub async fn prices(shell: State<'_, Shell>) -> Answer<Prices> {
    shell.workstation().await?.prices().await.map_err(view)
}

#[tauri::command]
pub async fn candles(
    shell: State<'_, Shell>,
    coin: String,
    interval: String,
    from: Option<String>,
    to: Option<String>,
) -> Answer<Candles> {
    let request = CandlesRequest { coin, interval, from, to, ..CandlesRequest::default() };
    shell.workstation().await?.chart(&request).await.map_err(view)
}

#[tauri::command]
pub async fn sparks(shell: State<'_, Shell>, coins: Vec<String>, hours: Option<u32>) -> Answer<SparksView> {
    shell.workstation().await?.sparks(&coins, hours).await.map_err(view)
}
