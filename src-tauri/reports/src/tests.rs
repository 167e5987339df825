use crate::{Cell, Column, Document, Format, Sheet};
use domain::Timestamp;
use std::io::Read;

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

fn number(text: &str) -> Cell {
    Cell::Number(text.into())
}

fn document() -> Document {
    let rows = vec![
        vec![text("BTC"), number("1.25"), text("=cmd|' /C calc'!A0")],
        vec![text("<script>alert(1)</script>"), number("-0.75"), Cell::Empty],
    ];
    let columns = vec![Column::of("coin"), Column::totalled("gain"), Column::of("note")];
    Document {
        title: "Gains & losses".into(),
        about: vec![("book", "live".into()), ("method", "fifo".into())],
        notes: vec!["This is not tax advice.".into()],
        sheets: vec![Sheet { name: "Gains", columns, rows }],
        generated_at: Timestamp::from_millis(1_750_000_000_000),
    }
}

/// The files inside a workbook, joined.
fn parts(bytes: Vec<u8>) -> String {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut all = String::new();
    for at in 0..archive.len() {
        archive.by_index(at).unwrap().read_to_string(&mut all).unwrap();
    }
    all
}

#[test]
fn the_same_document_gives_the_same_bytes_in_every_format() {
    for format in Format::ALL {
        let (once, twice) = (document().bytes(format).unwrap(), document().bytes(format).unwrap());
        assert!(!once.is_empty());
        assert_eq!(once, twice, "{format:?}");
    }
}

#[test]
fn text_from_outside_is_inert_in_every_format() {
    let csv = String::from_utf8(document().bytes(Format::Csv).unwrap()).unwrap();
    assert!(csv.contains("'=cmd"), "{csv}");
    let html = String::from_utf8(document().bytes(Format::Html).unwrap()).unwrap();
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"), "{html}");
    assert!(!html.contains("http"), "nothing to fetch");
    let parts = parts(document().bytes(Format::Xlsx).unwrap());
    assert!(parts.contains("'=cmd") && !parts.contains("<f>cmd"), "{parts}");
}

#[test]
fn a_workbook_has_numbers_a_frozen_header_and_totals_as_formulas() {
    let parts = parts(document().bytes(Format::Xlsx).unwrap());
    assert!(parts.contains("<f>SUM(B2:B3)</f><v>0.5</v>"), "{parts}");
    assert!(parts.contains("<v>1.25</v>") && parts.contains(r#"state="frozen""#), "{parts}");
    assert!(parts.contains("2025-06-15T15:06:40Z"), "made when it says");
}

#[test]
fn totals_and_notes_stand_in_the_page() {
    let html = String::from_utf8(document().bytes(Format::Html).unwrap()).unwrap();
    assert!(html.contains("<td class=\"n\">0.5</td>"), "{html}");
    let (note, figures) = (html.find("not tax advice").unwrap(), html.find("<table>").unwrap());
    assert!(note < figures, "what a reader must know comes first");
}

#[test]
fn json_keeps_every_digit() {
    let json: serde_json::Value = serde_json::from_slice(&document().bytes(Format::Json).unwrap()).unwrap();
    assert_eq!(json["sheets"][0]["rows"][0]["gain"], "1.25");
    assert_eq!(json["sheets"][0]["rows"][1]["note"], serde_json::Value::Null);
    assert_eq!((&json["about"]["method"], &json["title"]), (&"fifo".into(), &"Gains & losses".into()));
}
