//! The Lab by hand: a strategy runs over stored candles in the window, a script in a process of its own gives the very same,
//! and what was found becomes a draft on the Floor.

use serde_json::json;
use support::{Launch, Window, folder, free_port, skipped};

/// The candles the demo has of a coin; the chart fetches what is missing.
async fn history(window: &Window) {
    window.click("ledger-exchange").await;
    window.click("market-row-BTC").await;
    window.click("interval-15m").await;
    window.until("BTC's chart", "return one('chart')?.querySelector('canvas') !== null").await;
}

async fn choose(window: &Window, id: &str, value: &str) {
    let script = format!(
        "const field = one('{id}');
         if (field === null || ![...field.options].some((one) => one.value === '{value}')) return false;
         field.value = '{value}';
         field.dispatchEvent(new Event('change', {{ bubbles: true }}));
         return true"
    );
    window.until(id, &script).await;
}

/// Runs what is picked: its final equity in full, and how many fills.
async fn run(window: &Window, number: usize) -> (String, String) {
    window.until("a form that is ready", "return !one('backtest-run').disabled").await;
    window.click("backtest-run").await;
    let done = format!("return words('backtest-runs') === 'Runs {number}' || one('backtest-failed') !== null");
    window.until("the run", &done).await;
    assert_eq!(window.look("return words('backtest-failed')").await, json!(""));
    let equity = window.text("the equity", "return one('backtest-equity')?.title ?? ''").await;
    (equity, window.text("the fills", "return words('backtest-fills')").await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_in_its_process_comes_to_what_the_same_rule_built_in_comes_to() {
    if skipped("the lab") {
        return;
    }
    let folder = folder();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere).with("--demo")).await;
    window.until("BTC's price", "return one('market-row-BTC') !== null").await;
    history(&window).await;

    window.click("nav-lab").await;
    choose(&window, "backtest-interval", "15m").await;
    // The candles of the chart may still be on their way into the store.
    window.until("the fields of the strategy", "return one('param-fast') !== null").await;
    window.fill("param-fast", "3").await;
    window.fill("param-slow", "9").await;
    let built = run(&window, 1).await;
    assert_ne!(built.1, "0", "it traded: {built:?}");

    choose(&window, "backtest-strategy", "script").await;
    window.until("the script", "return one('param-source')?.value.includes('on_candle') === true").await;
    let periods = "const field = one('param-source');
         field.value = field.value.replace('\"fast\": 10', '\"fast\": 3').replace('\"slow\": 30', '\"slow\": 9');
         field.dispatchEvent(new Event('input', { bubbles: true }));
         return field.value.includes('\"slow\": 9')";
    window.until("the periods in its text", periods).await;
    assert_eq!(run(&window, 2).await, built);

    window.click("backtest-paper").await;
    window.fill("paper-name", "my-cross").await;
    window.click("paper-save").await;
    window.until("the draft", "return [...document.querySelectorAll('[data-testid=algorithm-row]')].some((row) => row.innerText.includes('my-cross'))").await;
    window.close().await;
}
