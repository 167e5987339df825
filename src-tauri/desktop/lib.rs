//! The Tauri shell: the window, its IPC, the tray and the system's notifications, nothing else.
//!
//! Invariants: every command calls one method of `workstation` and converts the answer; the window asks for nothing that
//! `capabilities/main.json` does not grant, leaves its own origin never, and opens no other window. A workspace that
//! cannot be opened keeps its window, which says why. Deliberately absent: rules, money, files, the network.

mod ipc;
mod notify;
mod shell;
mod tray;
mod window;

use shell::Shell;
use tauri::{Manager, RunEvent};
use workstation::Home;

/// Opens the window on a workspace and returns when it was closed.
///
/// # Errors
/// When the system gives no window.
pub fn open(home: Home) -> tauri::Result<()> {
    let app = ipc::handled(tauri::Builder::default())
        .setup(|app| {
            let shell = Shell::new(home, app.handle().clone());
            window::build(app, shell.home())?;
            app.manage(shell);
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(async move {
                // A failure is told to the window by its first question, and tried again by the next.
                let _ = handle.state::<Shell>().workstation().await;
            });
            tray::show(app.handle());
            shell::end_with_signals(app.handle());
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|handle, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(handle.state::<Shell>().close());
        }
    });
    Ok(())
}
