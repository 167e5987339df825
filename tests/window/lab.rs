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
async fn run(window: &Window) -> (String, String) {
    window.until("a form that is ready", "return one('backtest-run')?.disabled === false").await;
    let shown = "(one('backtest-results')?.dataset.run ?? '')";
    let before = window.look(&format!("return {shown}")).await;
    window.click("backtest-run").await;
    let done = format!("return {shown} !== {before} || one('backtest-failed') !== null");
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
    let built = run(&window).await;
    assert_ne!(built.1, "0", "it traded: {built:?}");

    choose(&window, "backtest-strategy", "script").await;
    window.until("the script", "return one('param-source')?.value.includes('on_candle') === true").await;
    let periods = "const field = one('param-source');
         field.value = field.value.replace('\"fast\": 10', '\"fast\": 3').replace('\"slow\": 30', '\"slow\": 9');
         field.dispatchEvent(new Event('input', { bubbles: true }));
         return field.value.includes('\"slow\": 9')";
    window.until("the periods in its text", periods).await;
    assert_eq!(run(&window).await, built);

    window.click("backtest-paper").await;
    window.fill("paper-name", "my-cross").await;
    window.click("paper-save").await;
    window.until("the draft", "return [...document.querySelectorAll('[data-testid=algorithm-row]')].some((row) => row.innerText.includes('my-cross'))").await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_of_a_sweeps_map_opens_as_the_backtest_it_was_and_is_kept() {
    if skipped("the sweep") {
        return;
    }
    let folder = folder();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere).with("--demo")).await;
    window.until("BTC's price", "return one('market-row-BTC') !== null").await;
    history(&window).await;

    window.click("nav-lab").await;
    window.click("lab-sweep").await;
    window.until("the fields of the grid", "return one('param-slow') !== null").await;
    window.click("sweep-interval-1h").await;
    window.click("sweep-interval-15m").await;
    window.fill("param-fast", "2..6:2").await;
    window.fill("param-slow", "8,12").await;
    window.until("six points", "return words('sweep-hint').startsWith('Up to 6 points')").await;
    window.click("sweep-run").await;
    window.until("the sweep", "return one('sweep-map') !== null || one('sweep-failed') !== null").await;
    assert_eq!(window.look("return words('sweep-failed')").await, json!(""));
    assert_eq!(window.look("return words('sweep-ran')").await, json!("6"));

    // The first point of the table, as the sweep had it: return and parameters.
    let best =
        "const cells = [...one('sweep-row').querySelectorAll('[role=gridcell]')].map((cell) => cell.innerText.trim());
         return cells.slice(0, 3).join(' ')";
    let best = window.text("the best point", best).await;
    window.click("sweep-row").await;
    window.click("sweep-open").await;
    window.until("the backtest", "return one('backtest-return') !== null || one('backtest-failed') !== null").await;
    assert_eq!(window.look("return words('backtest-failed')").await, json!(""));
    let opened = "return [one('param-fast').value, one('param-slow').value, words('backtest-return')].join(' ')";
    assert_eq!(window.text("the same", opened).await, best);

    window.click("lab-runs").await;
    window.until("it is kept", "return document.querySelectorAll('[data-testid=runs-row]').length === 1").await;
    window.close().await;
}
