use crate::{Cell, Chart, Column, Document, Drawn, EquityDay, Format, ReportError, Sheet, differences, seal};
use chrono_tz::Australia::Sydney;
use domain::Timestamp;
use std::io::Read;

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

fn number(text: &str) -> Cell {
    Cell::Number(text.into())
}

const SEAL: &str = r#"{"note":"--> :omc-seal \u0000"}"#;

/// Midnight of 1 July in Sydney: the last hours of 30 June in UTC.
fn midnight() -> Timestamp {
    Timestamp::parse("2025-06-30T14:00:00Z").unwrap()
}

fn document() -> Document {
    let rows = vec![
        vec![text("BTC"), number("1.25"), text("=cmd|' /C calc'!A0"), Cell::Time(midnight())],
        vec![text("<script>alert(1)</script>"), number("-0.75"), Cell::Empty, Cell::Empty],
    ];
    let columns = vec![Column::of("coin"), Column::totalled("gain"), Column::of("note"), Column::of("disposed")];
    Document {
        title: "Gains & losses".into(),
        watermark: Some("PAPER"),
        charts: vec![
            Chart {
                title: "Realised by month".into(),
                drawn: Drawn::Bars,
                points: vec![("2025-05".into(), 12.into()), ("2025-06".into(), (-7).into())],
            },
            equity(),
        ],
        zone: Sydney,
        seal: Some(SEAL.into()),
        about: vec![("book", "live".into()), ("method", "fifo".into())],
        notes: vec!["This is not tax advice.".into()],
        sheets: vec![Sheet { name: "Gains", columns, rows }],
        generated_at: Timestamp::from_millis(1_750_000_000_000),
    }
}

/// Forty days that rise, fall, are unknown for three, and rise again; with some trades.
fn equity() -> Chart {
    let day = |at: i64| {
        let worth =
            1_000 + at * 12 - if at > 15 { (at - 15) * 30 } else { 0 } + if at > 25 { (at - 25) * 40 } else { 0 };
        EquityDay {
            label: format!("2025-05-{at:02}"),
            equity: (!(30..33).contains(&at)).then(|| worth.into()),
            drawdown: (!(30..33).contains(&at)).then_some((worth.min(1_180) - 1_180) as f64 / 1_180.0),
            bought: at % 9 == 1,
            sold: at % 13 == 7,
        }
    };
    Chart { title: "Equity, AUD".into(), drawn: Drawn::Equity((0..40).map(day).collect()), points: vec![] }
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

#[test]
fn days_are_told_on_the_clocks_of_the_zone_where_people_read_and_in_utc_where_programs_do() {
    let text = |format| String::from_utf8(document().bytes(format).unwrap()).unwrap();
    assert!(text(Format::Html).contains("<td>2025-07-01 00:00:00</td>"));
    assert!(text(Format::Csv).contains("2025-06-30T14:00:00Z"));
    assert!(text(Format::Json).contains("2025-06-30T14:00:00Z"));
    let parts = parts(document().bytes(Format::Xlsx).unwrap());
    assert!(parts.contains("<v>45839</v>"), "1 July 2025 as a spreadsheet counts days: {parts}");
    assert!(parts.contains("yyyy-mm-dd hh:mm:ss"));
}

#[test]
fn digits_a_spreadsheet_would_lose_stand_on_a_sheet_of_their_own() {
    let mut long = document();
    long.sheets[0].rows[0][1] = number("-0.12345678901234567890");
    let parts = parts(long.bytes(Format::Xlsx).unwrap());
    assert!(parts.contains("All digits") && parts.contains("<t>-0.12345678901234567890</t>"), "{parts}");
    assert!(parts.contains("<t>B2</t>") && parts.contains("<v>-0.12345678901234568</v>"), "{parts}");
    let short = super::tests::parts(document().bytes(Format::Xlsx).unwrap());
    assert!(!short.contains("All digits"));
}

#[test]
fn the_seal_is_found_in_every_format_that_has_room_for_it() {
    for format in [Format::Json, Format::Html, Format::Xlsx, Format::Pdf] {
        let file = document().bytes(format).unwrap();
        assert_eq!(seal::recognised(&file), format);
        let found = seal::inside(&file, format).unwrap_or_else(|| panic!("{format:?} has none"));
        let (found, meant): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(&found).unwrap(), serde_json::from_str(SEAL).unwrap());
        assert_eq!(found, meant, "{format:?}");
        let none = Document { seal: None, ..document() }.bytes(format).unwrap();
        assert_eq!(seal::inside(&none, format), None, "{format:?}");
    }
    assert_eq!(seal::recognised(&document().bytes(Format::Csv).unwrap()), Format::Csv);
}

#[test]
fn a_changed_figure_is_named_by_its_place() {
    let mut other = document();
    other.sheets[0].rows[0][1] = number("1.26");
    for (format, place, says) in [
        (Format::Csv, "line 2", "1.26"),
        (Format::Json, "/sheets/0/rows/0/gain", "1.26"),
        (Format::Xlsx, "sheet2 B2", "1.26"),
    ] {
        let found = differences(format, &other.bytes(format).unwrap(), &document().bytes(format).unwrap());
        let first = found.first().unwrap_or_else(|| panic!("{format:?}"));
        assert_eq!(first.place, place, "{format:?}: {found:?}");
        assert!(first.file.contains(says) && first.should.contains("1.25"), "{found:?}");
        assert_eq!(differences(format, b"", b""), differences(format, b"", b""), "nothing panics");
    }
    assert_eq!(differences(Format::Csv, b"a,b", b"a,b"), []);
}

#[test]
fn a_chart_is_a_picture_that_fetches_nothing() {
    let svg = document().charts[0].svg().unwrap();
    assert!(svg.contains("<svg") && svg.contains("2025-06") && !svg.contains("href"), "{svg}");
    let flat = Chart { title: "None".into(), drawn: Drawn::Line, points: vec![] };
    assert!(flat.svg().unwrap().contains("<svg"), "no points are a picture too");
}

#[test]
fn equity_stands_over_its_falls_with_a_mark_for_each_kind_of_trade() {
    let svg = equity().svg().unwrap();
    for said in ["bought", "sold", "2025-05-00", "1,200", " %", "\u{2212}"] {
        assert!(svg.contains(said), "{said}: {svg}");
    }
    let marks = |colour: &str| svg.split("<polygon").filter(|part| part.contains(colour)).count();
    assert!(marks("#15803D") >= 5 && marks("#B91C1C") >= 3, "{svg}");
    for days in
        [vec![], vec![EquityDay { label: "one".into(), equity: None, drawdown: None, bought: true, sold: true }]]
    {
        let nothing = Chart { drawn: Drawn::Equity(days), ..equity() };
        assert!(nothing.svg().unwrap().contains("<svg"), "nothing known is a picture too");
    }
}

#[test]
fn a_png_is_drawn_with_the_bundled_letters_and_twice_the_same() {
    let (once, twice) = (equity().png().unwrap(), equity().png().unwrap());
    assert!(once.starts_with(b"\x89PNG") && once == twice);
    let blank = Chart { drawn: Drawn::Equity(vec![]), ..equity() }.png().unwrap();
    assert!(once.len() > blank.len() + 2_000, "there is a line on it, and words");
}

#[test]
fn a_pdf_has_a_page_for_every_row_and_gives_up_when_nobody_waits() {
    let mut long = document();
    long.sheets[0].rows =
        (0..200).map(|at| vec![text("BTC"), number(&at.to_string()), Cell::Empty, Cell::Empty]).collect();
    let bytes = long.bytes(Format::Pdf).unwrap();
    // A cover, the chart, and 200 rows of at most 60 a page.
    let text = String::from_utf8_lossy(&bytes);
    let pages: usize =
        text.split("/Count ").nth(1).unwrap().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap();
    assert!(bytes.starts_with(b"%PDF-") && (6..9).contains(&pages), "{pages} pages");
    // A workbook of 200 rows looks up once, when it is done.
    for (format, looks) in [(Format::Pdf, 3), (Format::Xlsx, 1)] {
        for patience in 0..looks {
            let asked = std::cell::Cell::new(0);
            let given_up = long.bytes_watched(format, &|_, _| asked.replace(asked.get() + 1) < patience);
            assert!(matches!(given_up, Err(ReportError::Cancelled)), "{format:?} after {patience}");
        }
    }
}

/// A file of the same layout is compared byte for byte: whoever changes these bytes raises [`crate::LAYOUT`] too.
#[test]
fn the_layouts_are_those_of_their_number() {
    use sha2::{Digest, Sha256};
    let print = |format| {
        let digest = Sha256::digest(document().bytes(format).unwrap());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let prints: Vec<String> = Format::ALL.into_iter().map(print).collect();
    assert_eq!((crate::LAYOUT, prints.as_slice()), (2, PRINTS.map(str::to_owned).as_slice()));
}

const PRINTS: [&str; 5] =
    ["83317df3e039829f", "8c5f4059963501e6", "07ae9021b3e5616f", "10a2c6d181edd682", "023fef0a20bb3292"];
