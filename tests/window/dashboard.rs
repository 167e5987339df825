//! The dashboard of the four ledgers and what its cards lead to, on the simulated world.

use serde_json::json;
use support::{Launch, Window, folder, free_port, skipped};

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_answers_for_each_ledger_and_its_cards_open_by_number() {
    if skipped("the dashboard") {
        return;
    }
    let folder = folder();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere).with("--demo")).await;
    window.click("ledger-dashboard").await;
    window.until("the watched coins", "return one('watch-BTC')?.querySelector('.figure') !== null").await;
    window.until("the mood", "return /^[0-9]+$/.test(words('card-mood'))").await;
    window.until("headlines", "return one('card-story') !== null").await;
    window.until("what happened", "return one('feed-row') !== null").await;
    for (key, there) in [("2", "human-table"), ("3", "catalyst-table"), ("4", "markets-table")] {
        window.press(key).await;
        window.until(there, &format!("return one('{there}') !== null")).await;
        window.press("Escape").await;
        window.until("the dashboard again", "return one('dashboard') !== null").await;
    }
    assert_eq!(window.look("return document.querySelectorAll('main a').length").await, json!(0), "nothing leads out");
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalyst_explains_its_severity_and_marks_the_chart() {
    if skipped("a catalyst") {
        return;
    }
    let folder = folder();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere).with("--demo")).await;
    window.click("ledger-catalyst").await;
    window.until("the feed", "return one('catalyst-row') !== null").await;
    let open = "one('catalyst-row').dispatchEvent(new MouseEvent('dblclick', { bubbles: true })); return one('item-meaning') !== null";
    window.until("its meaning", open).await;
    window.until("why it is so severe", "return words('severity-reason') !== ''").await;
    window.close().await;
}
