//! The one window, which shows nothing but the interface it was built with.

use tauri::webview::{NewWindowResponse, WebviewWindowBuilder};
use tauri::{App, Url};
use workstation::Home;

/// Builds the window that `tauri.conf.json` describes.
pub fn build(app: &App, home: &Home) -> tauri::Result<()> {
    let Some(config) = app.config().app.windows.first() else {
        return Err(tauri::Error::WindowNotFound);
    };
    let title = if home.is_demo() { format!("{} · DEMO", config.title) } else { config.title.clone() };
    let dev_server = tauri::is_dev().then(|| app.config().build.dev_url.clone()).flatten();
    // What the person set in the window belongs to the workspace, like everything else.
    let made = home.make();
    let mut builder = WebviewWindowBuilder::from_config(app, config)?
        .title(title)
        .devtools(cfg!(debug_assertions))
        .on_navigation(move |to| is_own(to, dev_server.as_ref()))
        .on_new_window(|_, _| NewWindowResponse::Deny);
    if made.is_ok() {
        builder = builder.data_directory(home.path().join("window"));
    }
    builder.build()?;
    Ok(())
}

/// Whether an address is the interface itself.
fn is_own(to: &Url, dev_server: Option<&Url>) -> bool {
    match to.scheme() {
        "tauri" => to.host_str() == Some("localhost"),
        // Where the system's webview can't have a scheme of its own.
        "http" | "https" if cfg!(windows) && to.host_str() == Some("tauri.localhost") => to.port().is_none(),
        _ => dev_server.is_some_and(|own| own.origin() == to.origin()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_window_never_leaves_its_own_origin() {
        assert!(is_own(&url("tauri://localhost/index.html"), None));
        for foreign in [
            "http://127.0.0.1:8080/",
            "https://www.coinspot.com.au/",
            "file:///etc/passwd",
            "tauri://elsewhere/",
            "data:text/html,x",
            "about:blank",
            "javascript:alert(1)",
            "http://tauri.localhost:8080/",
        ] {
            assert!(!is_own(&url(foreign), None), "{foreign}");
        }
    }

    #[test]
    fn the_development_server_counts_only_while_developing() {
        let server = url("http://127.0.0.1:5173");
        assert!(is_own(&url("http://127.0.0.1:5173/src/main.ts"), Some(&server)));
        assert!(!is_own(&url("http://127.0.0.1:5174/"), Some(&server)));
        assert!(!is_own(&url("http://127.0.0.1:5173/"), None));
    }
}
