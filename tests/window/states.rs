//! What the window shows when something is not as it should be, and in the demo.

use serde_json::json;
use staging::{Options, Staging};
use support::{Launch, Window, folder, free_port, skipped};
use workstation::{Home, Mode, Workstation};

#[tokio::test(flavor = "multi_thread")]
async fn with_no_network_the_first_start_says_so_and_invents_nothing() {
    if skipped("the first start offline") {
        return;
    }
    let folder = folder();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere)).await;
    window.until("the empty table", "return one('markets-empty') !== null").await;
    window.until("word of it", "return words('ticker-live') === 'offline'").await;
    window.until("what that means", "return words('offline-strip').includes('no prices')").await;
    window.until("the failing sources", "return words('status-collectors').startsWith('collectors 0/')").await;
    assert_eq!(window.look("return document.querySelectorAll('[data-testid^=market-row-]').length").await, json!(0));
    assert_eq!(window.look("return words('ticker-equity')").await, json!("100,000.00"), "the paper cash is real");
    let prices = window.ask("prices", json!({})).await;
    assert_eq!(prices["answer"]["prices"], json!([]));
    window.click("nav-floor").await;
    window.fill("ticket-coin", "BTC").await;
    window.fill("ticket-aud", "100").await;
    assert_eq!(window.look("return one('ticket-place').disabled").await, json!(true));
    let request = json!({"request": {"coin": "BTC", "side": "buy", "book": "paper", "aud": "100"}});
    let placed = window.ask("order_place", request).await;
    assert_eq!(placed["refusal"]["code"], "price_missing", "also past the button: {placed}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_network_goes_the_last_prices_stay_with_their_age() {
    if skipped("going offline") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    window.until("BTC's price", "return one('market-row-BTC') !== null").await;
    window.until("the instant coins", "return Number(one('markets-table').getAttribute('aria-rowcount')) > 400").await;
    drop(world);
    let before = window.ask("prices", json!({})).await["answer"]["prices"].clone();
    assert!(
        window.ask("collect", json!({})).await["answer"].is_object(),
        "a dead source is no error of the workstation"
    );
    window.until("word of it", "return words('offline-strip').includes('Offline since')").await;
    let after = window.ask("prices", json!({})).await["answer"]["prices"].clone();
    let figures = |prices: &serde_json::Value| -> Vec<serde_json::Value> {
        let rows = prices.as_array().unwrap().iter();
        rows.map(|row| json!([row["coin"], row["bid"], row["ask"], row["last"], row["seen"]])).collect()
    };
    assert_eq!(figures(&after), figures(&before), "nothing is invented and nothing forgotten");
    window.until("the row, still", "return one('market-row-BTC') !== null").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_says_demo_and_keeps_a_workspace_of_its_own() {
    if skipped("the demo") {
        return;
    }
    let folder = folder();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere).with("--demo")).await;
    window.until("DEMO", "return words('ticker-book').includes('DEMO')").await;
    window.until("its prices, without any network", "return one('market-row-BTC') !== null").await;
    let status = window.ask("status", json!({})).await;
    assert_eq!(status["answer"]["home"], json!(folder.path().join("demo").display().to_string()));
    let saved = window.ask("save_csv", json!({"name": "prices", "header": ["coin"], "rows": [["BTC"]]})).await;
    let file = saved["answer"]["file"].as_str().unwrap();
    assert!(file.starts_with(&format!("{}/demo/exports/demo-", folder.path().display())), "{file}");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_in_use_is_explained_and_opens_when_it_is_free() {
    if skipped("a workspace in use") {
        return;
    }
    let folder = folder();
    let home = Home::resolve(Some(folder.path().to_owned()), false).unwrap();
    let other = Workstation::open(&home, Mode::Write).await.unwrap();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    window.until("the reason", "return words('start-error').includes('workspace_in_use')").await;
    other.close().await;
    drop(other);
    let again = "const button = one('start-error')?.querySelector('button.primary'); button?.click(); return one('start-error') === null";
    window.until("the workspace", again).await;
    window.click("ledger-exchange").await;
    window.until("BTC's price", "return one('market-row-BTC') !== null").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_none_keeps_its_window_and_says_what_to_do() {
    if skipped("a damaged workspace") {
        return;
    }
    let folder = folder();
    let home = Home::resolve(Some(folder.path().to_owned()), false).unwrap();
    Workstation::open(&home, Mode::Write).await.unwrap().close().await;
    let database = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("the database");
    std::fs::write(&database, "this is not a database, whatever its name says".repeat(200)).unwrap();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere)).await;
    let words = window.text("the reason", "return words('start-error')").await;
    let refusal = window.ask("status", json!({})).await["refusal"].clone();
    assert!(words.contains(refusal["message"].as_str().unwrap()), "{words} says {refusal}");
    window.click("nav-settings").await;
    window.until("the doctor's finding", "return words('doctor-table').includes('failed')").await;
    window.close().await;
}
