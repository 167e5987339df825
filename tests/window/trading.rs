//! A day at the desk: prices, a chart, an order, its fill and P&L, a file, the kill switch, and tomorrow.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use staging::{Options, Staging};
use std::fs;
use std::path::Path;
use std::time::Duration;
use support::{Launch, Window, folder, skipped};

/// The world moves at these steps.
const STEP: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn a_trader_buys_sees_the_gain_keeps_a_file_stops_trading_and_finds_it_all_tomorrow() {
    if skipped("the trader's day in the window") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let launch = Launch::new(folder.path(), world.url());
    let window = Window::open(&launch).await;

    prices_are_what_the_venue_says(&window, &world).await;
    the_chart_is_drawn_and_has_a_table(&window).await;
    let spent = an_order_fills(&window).await;
    the_gain_follows_the_price(&window, &world).await;
    let history = the_history_is_a_file(&window, folder.path(), spent).await;
    the_light_theme_is_light(&window).await;
    the_kill_switch_stops_orders(&window, &world).await;
    window.close().await;

    let window = Window::open(&launch).await;
    everything_is_still_there(&window, &history).await;
    window.close().await;
}

/// The full figure of a cell, which is its title.
async fn figure(window: &Window, what: &str, element: &str) -> Decimal {
    let script = format!("return {element}?.title?.split(' ')[0]?.replaceAll(',', '').replace('−', '-') ?? ''");
    let text = window.text(what, &script).await;
    text.parse().unwrap_or_else(|_| panic!("{what}: {text} is no figure"))
}

async fn prices_are_what_the_venue_says(window: &Window, world: &Staging) {
    let bid = figure(window, "BTC's bid", "one('market-row-BTC')?.querySelector('.figure')").await;
    let now = world.now_ms();
    let said: Vec<Decimal> =
        (0..8).filter_map(|steps| world.world().at(now - steps * 15_000).quote("BTC")?.bid).collect();
    assert!(said.contains(&bid), "{bid} is none of what the venue said in the last two minutes: {said:?}");
    let coins = "return Number(one('markets-table')?.getAttribute('aria-rowcount')) > 400";
    window.until("the instant coins beside those with a book", coins).await;
    window.until("the feed to be live", "return words('ticker-live').startsWith('live')").await;
}

async fn the_chart_is_drawn_and_has_a_table(window: &Window) {
    window.click("market-row-BTC").await;
    let drawn = "
        const colours = new Set();
        for (const canvas of one('chart')?.querySelectorAll('canvas') ?? []) {
            if (canvas.width < 200 || canvas.height < 200) continue;
            const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            for (let at = 0; at < pixels.length; at += 4) colours.add(pixels[at] << 16 | pixels[at + 1] << 8 | pixels[at + 2]);
        }
        return colours.size > 4;
    ";
    window.until("candles to be drawn", drawn).await;
    window.click("chart-table-toggle").await;
    window.until("the candles as a table", "return rows('chart-table').length > 5").await;
    window.click("chart-table-toggle").await;
    window.until("the chart again", drawn).await;
}

/// Buys for 1,000 AUD; returns what it cost.
async fn an_order_fills(window: &Window) -> Decimal {
    window.click("nav-floor").await;
    window.fill("ticket-coin", "BTC").await;
    window.fill("ticket-aud", "1000").await;
    window.until("the order to be ready", "return !one('ticket-place').disabled").await;
    let total = figure(window, "what it costs", "one('ticket-preview-total')").await;
    let fee = figure(window, "its fee", "one('ticket-preview-fee')").await;
    assert!(total <= Decimal::from(1000) && total > Decimal::from(999), "{total} is what was asked for");
    assert!(fee > Decimal::ZERO && fee < total);
    window.click("ticket-place").await;
    window.until("the fill", "return one('order-row')?.dataset.state === 'filled'").await;
    let row = window.text("the order's row", "return rows('orders-table')[0] ?? ''").await;
    assert!(row.contains("BTC") && row.contains("buy"), "{row}");
    window.until("the cash to be spent", "return words('ticket-available') !== '100,000.00'").await;
    let cash = figure(window, "the cash", "one('ticket-available')").await;
    let spent = Decimal::from(100_000) - cash;
    assert!(spent > Decimal::from(990) && spent <= Decimal::from(1000), "{spent} was spent");
    spent
}

async fn the_gain_follows_the_price(window: &Window, world: &Staging) {
    let before = figure(window, "the unrealised gain", "one('ticker-unrealised')").await;
    assert!(before < Decimal::ZERO, "{before}: fee and spread are a loss at first");
    world.advance(STEP);
    assert!(window.ask("collect", json!({})).await["answer"].is_object());
    let moved = format!(
        "const now = one('ticker-unrealised')?.title?.split(' ')[0].replaceAll(',', '').replace('−', '-');
         return now !== undefined && now !== '' && Number(now) !== Number('{before}')"
    );
    window.until("the gain to follow the price", &moved).await;
    window.click("nav-books").await;
    window.until("the position", "return one('position-row-BTC') !== null").await;
    let unrealised = figure(window, "the gain in the books", "one('books-unrealised')").await;
    assert_ne!(unrealised, before);
}

/// Saves the history and returns it as the workstation tells it.
async fn the_history_is_a_file(window: &Window, home: &Path, spent: Decimal) -> Value {
    window.until("the history's row", "return rows('history-table').length === 1").await;
    window.click("export-csv").await;
    window.until("word of the file", "return words('toast').includes('.csv')").await;
    let files = fs::read_dir(home.join("exports")).unwrap().map(|entry| entry.unwrap().path());
    let (files, seals): (Vec<_>, Vec<_>) = files.partition(|path| path.extension().is_some_and(|end| end == "csv"));
    assert_eq!((files.len(), seals.len()), (1, 1), "a file and what proves it: {files:?} {seals:?}");
    let text = fs::read_to_string(&files[0]).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 2, "a header and one trade: {text}");
    let column =
        |name: &str| lines[0].iter().position(|title| *title == name).unwrap_or_else(|| panic!("{name}: {text}"));
    let history = window.ask("history", json!({"book": "paper"})).await["answer"].clone();
    let trade = &history["trades"][0];
    for name in ["id", "time", "coin", "side", "quantity", "price", "fee", "book"] {
        assert_eq!(lines[1][column(name)], trade[name].as_str().unwrap(), "{name}");
    }
    let amount = |name: &str| trade[name].as_str().unwrap().parse::<Decimal>().unwrap();
    let cost = amount("quantity") * amount("price") + amount("fee");
    assert_eq!(cost.round_dp(8), spent.round_dp(8), "the trade is what the cash paid for");
    history
}

async fn the_light_theme_is_light(window: &Window) {
    window.click("nav-settings").await;
    let theme = window.client().find(fantoccini::Locator::Css("[data-testid=theme-select]")).await.unwrap();
    theme.select_by_value("light").await.unwrap();
    window.until("the light theme", LIGHT).await;
}

/// Whether text is darker than its ground.
const LIGHT: &str = "
    const brightness = (colour) => (colour.match(/[\\d.]+/g) ?? []).slice(0, 3).map(Number).reduce((sum, part) => sum + part, 0);
    const style = getComputedStyle(document.body);
    return document.documentElement.dataset.theme === 'light' && brightness(style.backgroundColor) > brightness(style.color);
";

async fn the_kill_switch_stops_orders(window: &Window, world: &Staging) {
    window.click("kill-button").await;
    window.click("kill-confirm").await;
    window.until("the banner", "return words('kill-banner').includes('stopped')").await;
    window.click("nav-floor").await;
    window.fill("ticket-coin", "BTC").await;
    window.fill("ticket-aud", "50").await;
    window.until("the refusal", "return words('ticket-verdict').includes('killed')").await;
    assert_eq!(window.look("return one('ticket-place').disabled").await, json!(true));
    let request = json!({"request": {"coin": "BTC", "side": "buy", "book": "paper", "aud": "50"}});
    let placed = window.ask("order_place", request).await;
    assert_eq!(placed["answer"]["reason_code"], "killed", "also past the button: {placed}");

    window.click("unkill").await;
    window.until("the banner to go", "return one('kill-banner') === null").await;
    world.advance(STEP);
    assert!(window.ask("collect", json!({})).await["answer"].is_object());
    window.until("orders to be taken again", "return !one('ticket-place').disabled").await;
}

async fn everything_is_still_there(window: &Window, history: &Value) {
    window.until("the light theme, still", LIGHT).await;
    window.until("BTC's price", "return one('market-row-BTC') !== null").await;
    window.click("nav-floor").await;
    let states = "return [...document.querySelectorAll('[data-testid=order-row]')].map((row) => row.dataset.state).sort().join(' ')";
    window.until("the orders", "return one('order-row') !== null").await;
    assert_eq!(window.look(states).await, json!("denied filled"));
    window.click("nav-books").await;
    window.until("the position", "return one('position-row-BTC') !== null").await;
    window.until("the history", "return rows('history-table').length === 1").await;
    assert_eq!(&window.ask("history", json!({"book": "paper"})).await["answer"], history);
    let verified = window.ask("verify", json!({})).await;
    assert_eq!(verified["answer"]["ok"], json!(true), "{verified}");
}
