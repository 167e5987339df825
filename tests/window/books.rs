//! The books: a file of trades comes in, its gain is seen, a sum is followed down to its fill, and a report leaves as PDF and as CSV.

use rust_decimal::Decimal;
use serde_json::json;
use staging::{Options, Staging};
use std::fs;
use std::path::{Path, PathBuf};
use support::{Launch, Window, folder, skipped};

const FILE: &str = "time,coin,side,quantity,price,fee,algorithm,venue,external_id
2024-07-01T10:00:00+10:00,BTC,buy,0.5,90000,450,,kraken,a1
2024-09-10T12:30:00+10:00,BTC,sell,0.2,101500,20.3,,kraken,a2
2024-10-06T13:00:00+11:00,ETH,buy,4,3900,15.6,sma_cross,kraken,a3
2025-02-01T09:00:00+11:00,ETH,sell,1,4300.5,4.3,sma_cross,kraken,a4
";

#[tokio::test(flavor = "multi_thread")]
async fn imported_trades_become_a_gain_that_leads_to_its_fills_and_leaves_as_pdf_and_csv() {
    if skipped("the books in the window") {
        return;
    }
    let folder = folder();
    let world = Staging::start(Options { seed: 7, ..Options::default() }).await.unwrap();
    let window = Window::open(&Launch::new(folder.path(), world.url())).await;
    window.click("nav-books").await;

    the_file_comes_in(&window).await;
    let (realised, fees) = the_gain_is_seen(&window).await;
    the_sale_leads_to_its_parcel(&window).await;
    let exports = folder.path().join("exports");
    the_report_leaves_as_pdf(&window, &exports).await;
    the_report_leaves_as_csv(&window, &exports, realised, fees).await;
    window.close().await;
}

/// The full figure of an element, which is its title.
async fn figure(window: &Window, id: &str) -> Decimal {
    let script = format!("return one('{id}')?.title?.split(' ')[0]?.replaceAll(',', '').replace('−', '-') ?? ''");
    let text = window.text(id, &script).await;
    text.parse().unwrap_or_else(|_| panic!("{id}: {text} is no figure"))
}

async fn the_file_comes_in(window: &Window) {
    // The system's own file dialog can't be driven: the field is given the file as that dialog would give it.
    let give = format!(
        "const field = one('import-input');
         if (field === null) return false;
         const held = new DataTransfer();
         held.items.add(new File([{}], 'trades.csv', {{ type: 'text/csv' }}));
         field.files = held.files;
         field.dispatchEvent(new Event('change', {{ bubbles: true }}));
         return true",
        json!(FILE)
    );
    window.until("the field for a file", &give).await;
    window.until("the import's counts", "return words('import-imported') === '4'").await;
    assert_eq!(window.look("return words('import-rejected')").await, json!("0"));
    window.click("import-close").await;
}

/// The realised gain and the fees, as the page shows them.
async fn the_gain_is_seen(window: &Window) -> (Decimal, Decimal) {
    window.until("the coins' gains", "return one('pnl-row-BTC') !== null && one('pnl-row-ETH') !== null").await;
    let (realised, fees) = (figure(window, "books-realised").await, figure(window, "books-fees").await);
    // 0.2 of BTC: 20,300 - 20.30 - 90,900 x 0.2; one ETH: 4,300.50 - 4.30 - 15,615.60 / 4.
    let expected: [Decimal; 2] = ["2492", "490.2"].map(|figure| figure.parse().unwrap());
    assert_eq!([realised, fees], expected);
    (realised, fees)
}

async fn the_sale_leads_to_its_parcel(window: &Window) {
    window.fill("history-filter", "btc sell").await;
    window
        .until("the one sale", "return rows('history-table').length === 1 && rows('history-table')[0].includes('sell')")
        .await;
    let open = "one('history-row')?.dispatchEvent(new MouseEvent('dblclick', { bubbles: true })); return one('trade-dialog') !== null";
    window.until("the trade", open).await;
    window.until("its parcel", "return words('trade-dialog').includes('Parcels it used')").await;
    let said = window.text("the trade's words", "return words('trade-dialog')").await;
    assert!(said.contains("kraken (a2)") && said.contains("2,099.70"), "{said}");
    window.press("Escape").await;
    window.until("the trade to close", "return !one('trade-dialog')?.open").await;
}

/// Writes the report as this, and returns the file it says it wrote.
async fn written(window: &Window, format: &str) -> PathBuf {
    window.click(&format!("report-as-{format}")).await;
    let ready = format!("return words('report-write') === 'Write {}'", format.to_uppercase());
    window.until("the button to say so", &ready).await;
    window.click("report-write").await;
    let ending = format!("return words('report-file').endsWith('.{format}') && words('report-file')");
    PathBuf::from(window.text("word of the file", &ending).await)
}

async fn the_report_leaves_as_pdf(window: &Window, exports: &Path) {
    window.click("report-open").await;
    for choice in ["report-pnl", "report-live", "report-by-coin"] {
        window.click(choice).await;
    }
    window.until("the preview", "return one('report-table')?.querySelectorAll('tbody tr').length === 2").await;
    let file = written(window, "pdf").await;
    assert_eq!(file.parent(), Some(exports));
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"%PDF"), "{file:?}");
    assert!(bytes.trim_ascii_end().ends_with(b"%%EOF"), "{file:?} is whole");
    window.click("report-prove").await;
    window.until("the proof", "return words('report-proof').startsWith('proven')").await;
}

async fn the_report_leaves_as_csv(window: &Window, exports: &Path, realised: Decimal, fees: Decimal) {
    let file = written(window, "csv").await;
    assert_eq!(file.parent(), Some(exports));
    let text = fs::read_to_string(&file).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let header = lines.iter().position(|line| line.contains(&"realised")).unwrap_or_else(|| panic!("{text}"));
    let column = |name: &str| lines[header].iter().position(|title| *title == name).unwrap_or_else(|| panic!("{text}"));
    let coins: Vec<&Vec<&str>> = lines[header + 1..].iter().filter(|line| ["BTC", "ETH"].contains(&line[0])).collect();
    assert_eq!(coins.len(), 2, "{text}");
    let sum = |name: &str| {
        let at = column(name);
        coins
            .iter()
            .map(|line| line[at].parse::<Decimal>().unwrap_or_else(|_| panic!("{name}: {text}")))
            .sum::<Decimal>()
    };
    assert_eq!((sum("realised"), sum("fees")), (realised, fees), "the file's sums are the window's: {text}");
    window.click("report-close").await;
}
