//! The webview is held: it may ask what it was granted, and shows what it was built with.

use serde_json::json;
use staging::{Options, Staging};
use std::collections::BTreeSet;
use support::{Launch, Window, folder, skipped};

#[tokio::test(flavor = "multi_thread")]
async fn commands_the_window_was_not_granted_are_denied() {
    if skipped("denied commands") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    assert!(window.ask("status", json!({})).await["answer"].is_object(), "what was granted answers");
    for (command, arguments) in [
        ("plugin:event|emit", json!({"event": "workstation", "payload": {"type": "missed", "events": 1}})),
        ("plugin:window|set_title", json!({"label": "main", "value": "Somebody else"})),
        ("plugin:window|close", json!({"label": "main"})),
        ("plugin:webview|create_webview_window", json!({"options": {"label": "x", "url": "http://127.0.0.1/"}})),
        ("plugin:app|version", json!({})),
        ("plugin:path|resolve_directory", json!({"directory": 1})),
        ("plugin:fs|read_file", json!({"path": "/etc/passwd"})),
        ("plugin:shell|execute", json!({"program": "true"})),
        ("restore", json!({"from": "/etc/passwd"})),
        ("order_approve", json!({})),
    ] {
        let refusal = window.ask(command, arguments).await["refusal"].clone();
        let words = refusal.as_str().unwrap_or_default();
        assert!(words.contains("not allowed") || words.contains("not found"), "{command}: {refusal}");
    }
    window.close().await;
}

/// Everything a page can do to fetch or show something from elsewhere.
const REACH_OUT: &str = "
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.effectiveDirective));
    const there = 'FOREIGN';
    const add = (tag, set) => { const it = document.createElement(tag); Object.assign(it, set); document.body.append(it); return it; };
    fetch(there + 'fetch').catch(() => {});
    add('img', { src: there + 'img' });
    add('script', { src: there + 'script.js' });
    add('script', { textContent: 'window.inlineRan = true' });
    add('iframe', { src: there + 'frame' });
    add('link', { rel: 'stylesheet', href: there + 'style.css' });
    add('video', { src: there + 'video' });
    add('object', { data: there + 'object', type: 'text/html' });
    try { new WebSocket(there.replace('http', 'ws')); } catch {}
    try { new Function('window.evalRan = true')(); } catch {}
    add('form', { action: there + 'form', method: 'post' }).submit();
    // A person's click may open windows that a script may not.
    const lure = add('a', { href: there + 'link', target: '_blank', textContent: 'Free coins' });
    lure.dataset.testid = 'lure';
    lure.style.cssText = 'position: fixed; inset: 0; z-index: 99; background: black';
    lure.onclick = () => { window.opened = window.open(there + 'window') !== null; };
    location.href = there + 'navigation';
    return true;
";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_elsewhere_is_fetched_or_shown() {
    if skipped("remote content") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let elsewhere = Staging::start(Options { seed: 8, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    window.until("BTC's price", "return one('market-row-BTC') !== null").await;
    let own = window.client().current_url().await.unwrap();

    assert_eq!(window.look(&REACH_OUT.replace("FOREIGN", &format!("{}/", elsewhere.url()))).await, json!(true));
    let told = "return ['connect-src', 'img-src', 'frame-src', 'media-src', 'style-src-elem', 'script-src-elem'].every((name) => window.violations?.includes(name))";
    window.until("the policy to hold each of them back", told).await;
    window.click("lure").await;
    window.until("the click", "return window.opened !== undefined").await;

    assert_eq!(window.client().current_url().await.unwrap(), own, "the window stays where it is");
    assert_eq!(window.client().windows().await.unwrap().len(), 1);
    assert_eq!(
        window.look("return [window.opened, window.inlineRan ?? false, window.evalRan ?? false]").await,
        json!([false, false, false])
    );
    window.until("the prices, still", "return one('market-row-BTC') !== null").await;
    let asked: BTreeSet<String> = elsewhere.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(asked, BTreeSet::new(), "nobody was asked for anything");
    window.close().await;
}
