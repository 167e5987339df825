//! How long the window takes, and what it holds. Not a gate: run it on a quiet machine with
//! `cargo test -p journeys --features … --test window -- --ignored --nocapture measure`.

#![allow(clippy::print_stdout, reason = "the numbers are what it is for")]

use staging::{Options, Staging};
use std::time::Instant;
use support::{Launch, Window, folder, pss_kib, skipped};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints numbers; holds nothing"]
async fn measure_the_first_prices_on_screen_and_the_memory() {
    if skipped("measuring") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let launch = Launch::new(folder.path(), world.url());
    for start in ["first start", "second start", "third start"] {
        let began = Instant::now();
        let window = Window::start(&launch).await;
        window.until("the first row", "return one('market-row-BTC') !== null").await;
        let seen_ms = began.elapsed().as_millis();
        let page = "
            const paint = performance.getEntriesByType('paint').find((entry) => entry.name === 'first-contentful-paint');
            return [Math.round(performance.timeOrigin), Math.round(paint?.startTime ?? -1)];
        ";
        let page = window.look(page).await;
        window.until("all coins", "return Number(one('markets-table').getAttribute('aria-rowcount')) > 400").await;
        window.until("the chart", "return one('chart')?.querySelector('canvas') !== null").await;
        let processes = window.processes();
        let each: Vec<String> =
            processes.iter().map(|pid| format!("{} MiB", pss_kib(&[*pid]) / 1024)).collect();
        println!(
            "{start}: prices table on screen {seen_ms} ms after the driver was started; page origin and first paint \
             {page}; PSS {} MiB ({})",
            pss_kib(&processes) / 1024,
            each.join(" + ")
        );
        window.close().await;
    }
}
