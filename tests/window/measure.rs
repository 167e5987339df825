//! How long the window takes, and what it holds. Not a gate: run it on a quiet machine with
//! `cargo test -p journeys --features … --test window -- --ignored --nocapture measure`.

#![allow(clippy::print_stdout, reason = "the numbers are what it is for")]

use staging::{Options, Staging};
use support::{Launch, Window, folder, pss_kib, running_for, skipped};

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
        let window = Window::start(&launch).await;
        window.until("the first row", "return one('watch-BTC') !== null").await;
        let processes = window.processes();
        let rows_ms = running_for(processes[0]).unwrap().as_millis();
        let page = "
            const paint = performance.getEntriesByType('paint').find((entry) => entry.name === 'first-contentful-paint');
            return [performance.now(), paint?.startTime ?? 0];
        ";
        let page = window.look(page).await;
        let (age_ms, paint_ms) = (page[0].as_f64().unwrap(), page[1].as_f64().unwrap());
        let origin_ms = running_for(processes[0]).unwrap().as_secs_f64() * 1000.0 - age_ms;
        window.click("ledger-exchange").await;
        window.until("all coins", "return Number(one('markets-table').getAttribute('aria-rowcount')) > 400").await;
        window.until("the chart", "return one('chart')?.querySelector('canvas') !== null").await;
        let processes = window.processes();
        let each: Vec<String> = processes.iter().map(|pid| format!("{}", pss_kib(&[*pid]) / 1024)).collect();
        println!(
            "{start}: after the process began, page {origin_ms:.0} ms, first paint {:.0} ms, prices on screen by \
             {rows_ms} ms; PSS {} MiB ({})",
            origin_ms + paint_ms,
            pss_kib(&processes) / 1024,
            each.join(" + ")
        );
        window.close().await;
    }
}
