//! The tray: how trading stands, a way to the window and to the kill switch's dialog, and out.
//!
//! Invariants: no click in it stops trading or sends anything: Kill opens the dialog, where the person decides; a machine
//! without a tray, or without the library it needs, has no tray and everything else. Deliberately absent: figures of money.

use crate::shell::{Shell, Wanted, want};
use std::time::Duration;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};
use workstation::commands::Glance;

/// What it says may be this old.
const LOOKED_EVERY: Duration = Duration::from_secs(2);

/// The lines that only say something.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lines {
    book: String,
    trading: String,
    waiting: String,
}

/// What the tray says; nothing known of a workspace that could not be opened but its switch.
fn lines(glance: Option<Glance>, demo: bool) -> Lines {
    let book = match (demo, glance.map_or(0, |glance| glance.live_open)) {
        (true, _) => "DEMO".to_owned(),
        (false, 0) => "PAPER".to_owned(),
        (false, 1) => "LIVE: 1 open order".to_owned(),
        (false, open) => format!("LIVE: {open} open orders"),
    };
    let trading = match glance {
        None => "The workspace is not open",
        Some(glance) if glance.killed => "Trading is STOPPED",
        Some(glance) if glance.halted => "Trading is HALTED",
        Some(_) => "Trading is open",
    };
    let waiting = match glance.map_or(0, |glance| glance.waiting) {
        0 => "Nothing waits for you".to_owned(),
        1 => "1 order waits for you".to_owned(),
        waiting => format!("{waiting} orders wait for you"),
    };
    Lines { book, trading: trading.to_owned(), waiting }
}

/// What a click on a line asks of the window; none: the program ends, or nothing.
fn wanted(id: &str) -> Option<Wanted> {
    match id {
        "show" => Some(Wanted::Window),
        "kill" => Some(Wanted::Kill),
        "waiting" => Some(Wanted::Approval),
        _ => None,
    }
}

/// Puts the tray up, where there can be one.
pub fn show(app: &AppHandle) {
    if !has_library() {
        tracing::info!("there is no tray: libayatana-appindicator3 is not installed");
        return;
    }
    match build(app) {
        Ok(items) => {
            tauri::async_runtime::spawn(keep_up(app.clone(), items));
        }
        Err(error) => tracing::warn!("there is no tray: {error}"),
    }
}

/// Whether the library is there that a tray needs on this system. It is loaded as the tray itself would, in a thread of
/// its own: without it that thread panics, and nothing else does.
fn has_library() -> bool {
    #[cfg(target_os = "linux")]
    {
        let load = || {
            let _ = &*libappindicator_sys::LIB;
        };
        let loading = std::thread::Builder::new().name("tray library".to_owned()).spawn(load);
        loading.is_ok_and(|loading| loading.join().is_ok())
    }
    #[cfg(not(target_os = "linux"))]
    true
}

struct Items {
    book: MenuItem<Wry>,
    trading: MenuItem<Wry>,
    waiting: MenuItem<Wry>,
}

fn build(app: &AppHandle) -> tauri::Result<Items> {
    let Lines { book, trading, waiting } = lines(None, app.state::<Shell>().home().is_demo());
    let said = |id: &str, text: &str| MenuItem::with_id(app, id, text, false, None::<&str>);
    let item = |id: &str, text: &str| MenuItem::with_id(app, id, text, true, None::<&str>);
    let items =
        Items { book: said("book", &book)?, trading: said("trading", &trading)?, waiting: item("waiting", &waiting)? };
    let (show, kill, quit) = (item("show", "Show window")?, item("kill", "Stop all trading…")?, item("quit", "Quit")?);
    let (first, second) = (PredefinedMenuItem::separator(app)?, PredefinedMenuItem::separator(app)?);
    let menu =
        Menu::with_items(app, &[&items.book, &items.trading, &items.waiting, &first, &show, &kill, &second, &quit])?;
    let mut tray = TrayIconBuilder::with_id("main").menu(&menu).tooltip("Oh My Coins");
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    let clicked = |app: &AppHandle, id: &str| match wanted(id) {
        Some(wanted) => want(app, wanted),
        None if id == "quit" => app.exit(0),
        None => {}
    };
    tray.on_menu_event(move |app, event| clicked(app, event.id().as_ref())).build(app)?;
    Ok(items)
}

/// Says how it stands, again and again; only what changed is written.
async fn keep_up(app: AppHandle, items: Items) {
    let mut told = None;
    loop {
        tokio::time::sleep(LOOKED_EVERY).await;
        let shell = app.state::<Shell>();
        let glance = match shell.opened() {
            Some(workstation) => Some(workstation.glance().await),
            None => None,
        };
        let now = lines(glance, shell.home().is_demo());
        if told.as_ref() == Some(&now) {
            continue;
        }
        let written = [
            items.book.set_text(&now.book),
            items.trading.set_text(&now.trading),
            items.waiting.set_text(&now.waiting),
            items.waiting.set_enabled(glance.is_some_and(|glance| glance.waiting > 0)),
        ];
        if let Some(Err(error)) = written.into_iter().find(Result::is_err) {
            tracing::warn!("the tray could not be written: {error}");
        }
        told = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_trading_stands_and_real_money_by_name() {
        let glance = |killed, halted, waiting, live_open| Some(Glance { killed, halted, waiting, live_open });
        let of = |glance, demo| {
            let Lines { book, trading, waiting } = lines(glance, demo);
            [book, trading, waiting]
        };
        assert_eq!(of(None, false), ["PAPER", "The workspace is not open", "Nothing waits for you"]);
        assert_eq!(of(glance(false, false, 1, 0), false), ["PAPER", "Trading is open", "1 order waits for you"]);
        assert_eq!(of(glance(true, true, 0, 2), false)[..2], ["LIVE: 2 open orders", "Trading is STOPPED"]);
        assert_eq!(of(glance(false, true, 3, 0), true), ["DEMO", "Trading is HALTED", "3 orders wait for you"]);
    }

    #[test]
    fn a_click_shows_a_dialog_at_most() {
        assert_eq!(wanted("kill"), Some(Wanted::Kill));
        assert_eq!((wanted("book"), wanted("trading"), wanted("quit")), (None, None, None));
    }
}
