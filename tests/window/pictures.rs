//! The pictures of docs/pictures, taken of the demo (and, offline, of a simulated world that ended):
//! `cargo test -p journeys --test window -- --ignored pictures`. ImageMagick's `convert` makes them small.

use serde_json::json;
use staging::{Options, Staging};
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Launch, Window, folder, free_port, skipped};

const WIDTH: u32 = 1400;
const HEIGHT: u32 = 900;

fn pictures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures")
}

async fn keep(window: &Window, name: &str) {
    let path = pictures().join(name);
    // What stands in the page may not be painted yet.
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    window.picture(&path).await;
    let small = ["-strip", "-dither", "None", "-colors", "128", "-define", "png:compression-level=9"];
    let made = Command::new("convert").arg(&path).args(small).arg(format!("PNG8:{}", path.display())).status();
    assert!(made.expect("ImageMagick's convert").success(), "{name} could not be made smaller");
}

async fn order(window: &Window, coin: &str, side: &str, what: (&str, &str), limit: Option<&str>) {
    let mut request = json!({"coin": coin, "side": side, "book": "paper", (what.0): what.1});
    if let Some(limit) = limit {
        request["limit"] = json!(limit);
    }
    let placed = window.ask("order_place", json!({ "request": request })).await;
    assert!(placed["answer"]["state"] == "filled" || placed["answer"]["state"] == "open", "{placed}");
}

async fn calm(window: &Window) {
    // The last price of a candle comes with the next one told.
    window.until("a fresh price", "return words('ticker-live').match(/offline|\\b[0-5]\\s*s\\b/) !== null").await;
    window.until("messages to go", "return one('toast') === null").await;
    let still = "return document.getAnimations().every((animation) => animation.playState !== 'running')";
    window.until("the window to be still", still).await;
}

async fn choose_theme(window: &Window, theme: &str) {
    window.click("nav-settings").await;
    let select = window.client().find(fantoccini::Locator::Css("[data-testid=theme-select]")).await.unwrap();
    select.select_by_value(theme).await.unwrap();
}

async fn markets(window: &Window) {
    window.click("nav-ledgers").await;
    window.click("market-row-BTC").await;
    window.until("the chart", "return one('chart')?.querySelector('canvas') !== null").await;
    calm(window).await;
}

async fn dashboard(window: &Window) {
    window.click("ledger-dashboard").await;
    window.until("the watched coins", "return one('watch-BTC')?.querySelector('.figure') !== null").await;
    window.until("headlines", "return one('card-story') !== null").await;
    window.until("what happened", "return one('feed-row') !== null").await;
    window.until("the protocols", "return one('glass-movers') !== null").await;
    calm(window).await;
    keep(window, "dashboard.png").await;
}

async fn ledgers(window: &Window) {
    window.click("nav-ledgers").await;
    let filled = |table: &str| format!("return rows('{table}').length > 3");
    for name in ["glass", "human", "catalyst"] {
        window.click(&format!("ledger-{name}")).await;
        window.until("its rows", &filled(&format!("{name}-table"))).await;
        window.until("all of it", "return document.querySelector('.skeleton') === null").await;
        calm(window).await;
        keep(window, &format!("{name}.png")).await;
    }
    window.click("ledger-quality").await;
    window.until("scores", "return one('quality-at') !== null").await;
    window.until("its rows", &filled("quality-table")).await;
    calm(window).await;
    keep(window, "quality.png").await;
    window.click("ledger-sources").await;
    let figures = "return rows('sources-table').length > 6 && !rows('sources-table').some((row) => row.includes('–'))";
    window.until("its figures", figures).await;
    calm(window).await;
    keep(window, "sources.png").await;
    window.click("nav-inbox").await;
    calm(window).await;
    keep(window, "inbox.png").await;
    window.click("nav-ledgers").await;
}

async fn floor(window: &Window) {
    window.click("nav-floor").await;
    window.click("floor-limits").await;
    window.until("the limits", "return one('limits-panel')?.querySelector('.figure, input') !== null").await;
    calm(window).await;
    keep(window, "limits.png").await;
    window.click("floor-audit").await;
    window.until("the journal", "return rows('audit-table').length > 6").await;
    calm(window).await;
    keep(window, "audit.png").await;
    window.click("floor-desk").await;
    window.click("nav-settings").await;
    window.click("settings-live").await;
    window.until("the steps", "return one('step-first_order') !== null").await;
    calm(window).await;
    keep(window, "going-live.png").await;
    window.click("settings-general").await;
}

/// Real money of the simulated world: mandates, algorithms, an order that waits for a person and one that is sold.
async fn real_money(window: &Window) {
    let mandate =
        |book: &str| json!({"mandate": {"holder": "manual", "book": book, "approval": "always", "coins": []}});
    for book in ["paper", "live"] {
        let granted = window.ask("mandate_set", mandate(book)).await;
        assert!(granted["answer"].is_object(), "{granted}");
    }
    for (name, strategy, coins) in
        [("cross_btc", "sma_cross", ["BTC"]), ("save_eth", "scheduled_accumulation", ["ETH"])]
    {
        let request = json!({"name": name, "strategy": strategy, "coins": coins, "interval": "1h", "capital_pct": "10", "params": {}});
        let made = window.ask("algorithm_set", json!({"request": request, "fresh": true})).await;
        assert!(made["answer"].is_object(), "{made}");
        let promoted = window.ask("algorithm_promote", json!({"name": name})).await;
        assert!(promoted["answer"].is_object(), "{promoted}");
    }
    let buy = |book: &str, aud: &str| json!({"request": {"coin": "BTC", "side": "buy", "book": book, "aud": aud}});
    let sold = window.ask("order_place", buy("live", "60")).await;
    let id = sold["answer"]["id"].clone();
    let card = window.ask("approvals", json!({})).await;
    let hash = card["answer"]["approvals"][0]["card"]["hash"].clone();
    let approved = window.ask("approve", json!({"id": id, "hash": hash, "edit": {}})).await;
    assert!(approved["answer"].is_object(), "{approved}");
    window.click("nav-floor").await;
    let filled = "return [...document.querySelectorAll('[data-testid=order-row]')].some((row) => row.dataset.state === 'filled' && row.innerText.includes('LIVE'))";
    window.until("the fill", filled).await;
    for (book, aud) in [("live", "40"), ("paper", "900")] {
        let asked = window.ask("order_place", buy(book, aud)).await;
        assert_eq!(asked["answer"]["state"], "awaiting_approval", "{asked}");
    }
    calm(window).await;
    keep(window, "orders.png").await;
    for (part, ready) in
        [("algorithms", "algorithm-row"), ("mandates", "mandate-row"), ("execution", "execution-table")]
    {
        window.click(&format!("floor-{part}")).await;
        window.until("its rows", &format!("return one('{ready}') !== null")).await;
        calm(window).await;
        keep(window, &format!("{part}.png")).await;
    }
    window.click("floor-desk").await;
    window.click("nav-inbox").await;
    window.until("the cards", "return document.querySelectorAll('[data-testid=approval-card]').length > 0").await;
    calm(window).await;
    keep(window, "approval.png").await;
    window.click("nav-books").await;
    window.click("books-part-tax").await;
    window.until("the year", "return one('tax-net') !== null").await;
    calm(window).await;
    keep(window, "tax.png").await;
    books(window).await;
    window.click("books-part-overview").await;
}

/// The live trades of the simulated year: history, equity, parcels, a trade opened, a report looked at before it is written.
async fn books(window: &Window) {
    for (part, ready) in [("history", "history-row"), ("equity", "equity-now"), ("parcels", "parcels-table")] {
        window.click(&format!("books-part-{part}")).await;
        window.until("its figures", &format!("return one('{ready}') !== null")).await;
        calm(window).await;
        keep(window, &format!("{part}.png")).await;
    }
    window.click("books-part-history").await;
    window.until("a trade", "return one('history-row') !== null").await;
    let open = "one('history-row').dispatchEvent(new MouseEvent('dblclick', { bubbles: true })); return one('trade-dialog')?.open === true";
    window.until("the trade", open).await;
    window.until("its story", "return one('trade-tag') !== null").await;
    calm(window).await;
    keep(window, "trade.png").await;
    window.until("it is closed", "one('trade-dialog').close(); return one('trade-dialog').open === false").await;
    window.click("report-open").await;
    window.until("the preview", "return one('report-preview') !== null").await;
    calm(window).await;
    keep(window, "report.png").await;
    window.until("it is closed", "one('report-dialog').close(); return one('report-dialog').open === false").await;
}

/// Last: trading is stopped in it.
async fn killed(window: &Window) {
    window.click("nav-floor").await;
    window.ask("kill", json!({"request": {"all": false}})).await;
    window.until("the banner", "return one('kill-receipt') !== null").await;
    window.click("kill-receipt").await;
    window.until("the receipt", "return one('receipt-dialog')?.open === true").await;
    calm(window).await;
    keep(window, "kill-receipt.png").await;
}

/// A run over the candles of the chart that was looked at.
async fn lab(window: &Window) {
    window.click("nav-lab").await;
    window.fill("backtest-coins", "ETH").await;
    let quarters = "const field = one('backtest-interval'); field.value = '15m';
         field.dispatchEvent(new Event('change', { bubbles: true })); return true";
    window.until("the candles", quarters).await;
    window.fill("param-fast", "4").await;
    window.fill("param-slow", "12").await;
    window.click("backtest-run").await;
    window.until("the run", "return one('backtest-chart') !== null").await;
    calm(window).await;
    keep(window, "backtest.png").await;
    research(window).await;
    session(window).await;
}

/// A grid, an examination and a model over the same candles.
async fn research(window: &Window) {
    let set = |id: &str, value: &str| {
        format!(
            "const field = one('{id}'); if (field === null) return false; field.value = '{value}';
             field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true"
        )
    };
    window.click("lab-sweep").await;
    window.fill("sweep-coins", "ETH").await;
    window.click("sweep-interval-1h").await;
    window.click("sweep-interval-15m").await;
    window.fill("param-fast", "2..12:2").await;
    window.fill("param-slow", "14..40:4").await;
    window.click("sweep-run").await;
    window.until("the sweep", "return one('sweep-map') !== null").await;
    calm(window).await;
    keep(window, "sweep.png").await;
    window.click("lab-evaluate").await;
    window.fill("examine-coin", "ETH").await;
    window.until("its candles", &set("examine-interval", "15m")).await;
    window.fill("examine-controls", "19").await;
    window.click("examine-run").await;
    window.until("the examination", "return one('examine-verdict') !== null || one('examine-failed') !== null").await;
    calm(window).await;
    keep(window, "examine.png").await;
    window.click("lab-train").await;
    window.fill("train-coin", "ETH").await;
    window.until("its candles", &set("train-interval", "15m")).await;
    window.fill("train-horizon", "4").await;
    // Few columns: the longest of all wants more candles than the chart has brought.
    let by_name = "[...document.querySelectorAll('[aria-label=Features] button, [aria-label=Features] label')]
             .find((one) => one.innerText.trim() === 'List')?.click();
         return one('train-columns') !== null";
    window.until("columns by name", by_name).await;
    window.fill("train-columns", "return_6, return_24, rsi_14, bollinger_20").await;
    window.click("train-run").await;
    window.until("the training", "return one('train-verdict') !== null || one('train-failed') !== null").await;
    calm(window).await;
    keep(window, "train.png").await;
}

/// A goal, and the question it comes to.
async fn session(window: &Window) {
    window.click("lab-sessions").await;
    window.fill("lab-goal", "find a strategy for ETH on 15m over the last 5 days").await;
    window.click("lab-start").await;
    for _ in 0..3 {
        window.until("a question", "return one('lab-question') !== null || one('lab-outcome') !== null").await;
        let plan = "return words('lab-question').includes('plan') || one('lab-outcome') !== null";
        if window.look(plan).await != json!(true) {
            break;
        }
        calm(window).await;
        keep(window, "plan.png").await;
        window.click("lab-yes").await;
        window.until("what follows", "return !words('lab-question').includes('This is the plan')").await;
    }
    window.until("the next question", "return one('lab-question') !== null || one('lab-outcome') !== null").await;
    calm(window).await;
    keep(window, "session.png").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/pictures"]
async fn pictures_of_the_demo() {
    if skipped("pictures") {
        return;
    }
    std::fs::create_dir_all(pictures()).unwrap();
    let folder = folder();
    let nowhere = format!("http://127.0.0.1:{}", free_port());
    let window = Window::open(&Launch::new(folder.path(), &nowhere).with("--demo")).await;
    window.client().set_window_size(WIDTH, HEIGHT).await.unwrap();
    window.until("all coins", "return Number(one('markets-table')?.getAttribute('aria-rowcount')) > 400").await;
    window
        .until(
            "a change over a day",
            "return rows('markets-table').some((row) => /BTC/.test(row) && /[+−][0-9]/.test(row))",
        )
        .await;
    order(&window, "BTC", "buy", ("aud", "8000"), None).await;
    order(&window, "ETH", "buy", ("aud", "4500"), None).await;
    order(&window, "SOL", "buy", ("aud", "2500"), None).await;
    order(&window, "AAVE", "buy", ("aud", "1200"), None).await;
    order(&window, "BTC", "buy", ("aud", "3000"), None).await;
    order(&window, "ETH", "sell", ("quantity", "0.4"), None).await;
    let row = window.text("BTC's bid", "return one('market-row-BTC')?.querySelector('.figure')?.title ?? ''").await;
    let bid: f64 = row.split(' ').next().unwrap().replace(',', "").parse().unwrap();
    order(&window, "BTC", "buy", ("aud", "1500"), Some(&format!("{:.0}", bid * 0.985))).await;

    markets(&window).await;
    keep(&window, "window.png").await;
    dashboard(&window).await;
    window.click("ledger-exchange").await;
    window.click("market-row-ETH").await;
    window.click("interval-15m").await;
    window.until("ETH's chart", "return one('chart')?.querySelector('canvas') !== null").await;
    calm(&window).await;
    keep(&window, "chart.png").await;
    window.click("interval-1h").await;
    window.click("nav-floor").await;
    window.fill("ticket-coin", "BTC").await;
    window.fill("ticket-aud", "2000").await;
    window.until("the order to be ready", "return !one('ticket-place').disabled").await;
    calm(&window).await;
    keep(&window, "ticket.png").await;
    window.click("nav-books").await;
    window.until("the positions", "return one('position-row-BTC') !== null").await;
    let open = "one('position-row-BTC').querySelector('.twist')?.click(); return true";
    window.until("the parcels", open).await;
    calm(&window).await;
    keep(&window, "books.png").await;
    lab(&window).await;
    ledgers(&window).await;
    floor(&window).await;
    real_money(&window).await;
    window.click("nav-ledgers").await;
    window.click("ledger-exchange").await;
    choose_theme(&window, "light").await;
    markets(&window).await;
    keep(&window, "light.png").await;
    killed(&window).await;
    window.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "writes docs/pictures"]
async fn pictures_offline() {
    if skipped("pictures offline") {
        return;
    }
    std::fs::create_dir_all(pictures()).unwrap();
    let folder = folder();
    let world = Staging::start(Options { seed: 20_260_701, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    window.client().set_window_size(WIDTH, HEIGHT).await.unwrap();
    window.until("all coins", "return Number(one('markets-table')?.getAttribute('aria-rowcount')) > 400").await;
    markets(&window).await;
    drop(world);
    window.ask("collect", json!({})).await;
    window.until("word of it", "return one('offline-strip') !== null").await;
    window.until("old prices", "return document.querySelector('[data-testid=market-row-BTC].dim, [data-testid=market-row-BTC].dimmed') !== null || words('ticker-live').includes('offline')").await;
    calm(&window).await;
    keep(&window, "offline.png").await;
    window.close().await;
}
