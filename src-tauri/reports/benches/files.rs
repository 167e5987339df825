//! How long files take: a plain write of the same rows beside each, for the ratio.

use chrono_tz::Australia::Sydney;
use divan::counter::ItemsCount;
use domain::Timestamp;
use reports::{Cell, Column, Document, Format, Sheet};
use std::fmt::Write as _;

fn main() {
    divan::main();
}

fn document(rows: usize) -> Document {
    let row = |at: usize| {
        let number = |cents: usize| Cell::Number(format!("{}.{:02}", cents / 100, cents % 100));
        let day = |days: usize| Cell::Time(Timestamp::from_millis(1_600_000_000_000 + (days as i64) * 3_600_000));
        vec![
            Cell::Text(["BTC", "ETH", "SOL", "XRP"][at % 4].to_owned()),
            day(at),
            day(at + 5000),
            Cell::Number(format!("0.{:08}", at * 7919 % 100_000_000)),
            number(at * 104_729 % 90_000_000),
            number(at * 100_003 % 90_000_000),
            number(at * 13 % 1_000_000),
            Cell::Text("no".to_owned()),
        ]
    };
    let columns = vec![
        Column::of("coin"),
        Column::of("acquired"),
        Column::of("disposed"),
        Column::of("quantity"),
        Column::totalled("proceeds").aud(),
        Column::totalled("cost_base").aud(),
        Column::totalled("gain").aud(),
        Column::of("discount"),
    ];
    Document {
        title: "Capital gains 2024–25".to_owned(),
        watermark: None,
        about: vec![("book", "live".to_owned())],
        notes: vec![],
        charts: vec![],
        sheets: vec![Sheet { name: "Disposals", columns, rows: (0..rows).map(row).collect() }],
        generated_at: Timestamp::from_millis(1_750_000_000_000),
        zone: Sydney,
        seal: None,
    }
}

/// The same rows as text, written without any care: what any format must cost at least.
fn plain(document: &Document) -> usize {
    let mut out = String::new();
    for row in document.sheets.iter().flat_map(|sheet| &sheet.rows) {
        for cell in row {
            match cell {
                Cell::Text(text) | Cell::Number(text) => out.push_str(text),
                Cell::Time(time) => {
                    let _ = write!(out, "{time}");
                }
                Cell::Empty => {}
            }
            out.push(',');
        }
        out.push('\n');
    }
    out.len()
}

#[divan::bench(args = [10_000, 100_000], sample_count = 3, sample_size = 1)]
fn plain_write(bencher: divan::Bencher<'_, '_>, rows: usize) {
    let document = document(rows);
    bencher.counter(ItemsCount::new(rows)).bench(|| plain(&document));
}

#[divan::bench(args = [10_000], sample_count = 3, sample_size = 1)]
fn pdf(bencher: divan::Bencher<'_, '_>, rows: usize) {
    let document = document(rows);
    bencher.counter(ItemsCount::new(rows)).bench(|| document.bytes(Format::Pdf).map_or(0, |bytes| bytes.len()));
}

#[divan::bench(args = [10_000, 100_000], sample_count = 3, sample_size = 1)]
fn xlsx(bencher: divan::Bencher<'_, '_>, rows: usize) {
    let document = document(rows);
    bencher.counter(ItemsCount::new(rows)).bench(|| document.bytes(Format::Xlsx).map_or(0, |bytes| bytes.len()));
}

#[divan::bench(args = [10_000, 100_000], sample_count = 3, sample_size = 1)]
fn csv(bencher: divan::Bencher<'_, '_>, rows: usize) {
    let document = document(rows);
    bencher.counter(ItemsCount::new(rows)).bench(|| document.bytes(Format::Csv).map_or(0, |bytes| bytes.len()));
}
