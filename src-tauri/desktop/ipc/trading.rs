//! The order ticket and the orders.

use super::{Answer, view};
use crate::shell::Shell;
use tauri::State;
use workstation::dto::{
    AccountView, AmendPreview, AmendRequest, ExecutionView, OrderPreview, OrderRequest, OrderView, Orders, TwapRequest,
    TwapsView,
};
use workstation::{Book, Word};

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
    shell.workstation().await?.orders_at_hand().await.map_err(view)
}

#[tauri::command]
pub async fn amend_preview(shell: State<'_, Shell>, request: AmendRequest) -> Answer<AmendPreview> {
    shell.workstation().await?.amend_preview(&request).await.map_err(view)
}

#[tauri::command]
pub async fn amend(shell: State<'_, Shell>, request: AmendRequest) -> Answer<OrderView> {
    shell.workstation().await?.amend(&request).await.map_err(view)
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

#[tauri::command]
pub async fn reconcile(shell: State<'_, Shell>) -> Answer<Orders> {
    shell.workstation().await?.reconcile().await.map_err(view)
}

#[tauri::command]
pub async fn resolve(
    shell: State<'_, Shell>,
    id: String,
    placed: bool,
    venue_order: Option<String>,
    why: String,
) -> Answer<OrderView> {
    let word = if placed { Word::Placed(venue_order) } else { Word::NotPlaced };
    shell.workstation().await?.resolve(&id, &word, &why).await.map_err(view)
}

#[tauri::command]
pub async fn account_view(shell: State<'_, Shell>) -> Answer<AccountView> {
    shell.workstation().await?.account_view().await.map_err(view)
}

#[tauri::command]
pub async fn twaps(shell: State<'_, Shell>) -> Answer<TwapsView> {
    shell.workstation().await?.twaps().await.map_err(view)
}

#[tauri::command]
pub async fn twap_start(shell: State<'_, Shell>, request: TwapRequest) -> Answer<TwapsView> {
    shell.workstation().await?.twap_start(&request).await.map_err(view)
}

#[tauri::command]
pub async fn twap_stop(shell: State<'_, Shell>, id: String) -> Answer<TwapsView> {
    shell.workstation().await?.twap_stop(&id).await.map_err(view)
}
