//! The order ticket and the orders.

use super::{Answer, view};
use crate::shell::Shell;
use tauri::State;
use workstation::Book;
use workstation::dto::{ExecutionView, OrderPreview, OrderRequest, OrderView, Orders};

#[tauri::command]
pub async fn order_preview(shell: State<'_, Shell>, request: OrderRequest) -> Answer<OrderPreview> {
    shell.workstation().await?.order_preview(&request).await.map_err(view)
}

#[tauri::command]
pub async fn order_place(shell: State<'_, Shell>, request: OrderRequest) -> Answer<OrderView> {
    shell.workstation().await?.order_place(&request).await.map_err(view)
}

#[tauri::command]
pub async fn orders(shell: State<'_, Shell>) -> Answer<Orders> {
    shell.workstation().await?.orders().await.map_err(view)
}

#[tauri::command]
pub async fn order_cancel(shell: State<'_, Shell>, id: String) -> Answer<OrderView> {
    shell.workstation().await?.order_cancel(&id).await.map_err(view)
}

#[tauri::command]
pub async fn order_cancel_all(shell: State<'_, Shell>) -> Answer<Orders> {
    shell.workstation().await?.order_cancel_all().await.map_err(view)
}

#[tauri::command]
pub async fn execution(shell: State<'_, Shell>, book: Book) -> Answer<ExecutionView> {
    shell.workstation().await?.execution(book).await.map_err(view)
}
