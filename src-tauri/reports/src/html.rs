//! A report as one page of HTML that needs nothing else: no script, no address, nothing to fetch.

use crate::csv_file::Cell;
use crate::document::{Document, Sheet};
use crate::{figures, seal};
use chrono_tz::Tz;
use std::fmt::Write as _;

pub(crate) const STYLE: &str = "body{font:13px/1.45 system-ui,sans-serif;color:#0f172a;margin:32px;max-width:1200px}\
h1{font-size:20px}h2{font-size:15px;margin-top:32px}dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px}\
dt{color:#475569}dd{margin:0}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\
th,td{padding:3px 8px;border-bottom:1px solid #cbd5e1;text-align:left;white-space:nowrap}th{position:sticky;top:0;background:#f1f5f9}\
.n{text-align:right}tfoot td{font-weight:600;border-top:2px solid #475569}p.word{display:inline-block;border:1px solid #b45309;color:#b45309;font-weight:600;padding:2px 8px}p.note{border-left:3px solid #b45309;padding-left:8px}";

/// Text as text, whatever stands in it.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The page.
pub(crate) fn page(document: &Document) -> String {
    let title = escaped(&document.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en-AU\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head>\n<body><h1>{title}</h1>\n"
    );
    if let Some(word) = document.watermark {
        let _ = writeln!(out, "<p class=\"word\">{}</p>", escaped(word));
    }
    for note in &document.notes {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(note));
    }
    out.push_str("<dl>");
    for (name, value) in document.facts() {
        let _ = write!(out, "<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(&value));
    }
    out.push_str("</dl>\n");
    for chart in &document.charts {
        // Within a page a picture needs no address of its own.
        if let Ok(svg) = chart.svg() {
            let svg = svg.replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
            let _ = writeln!(out, "<h2>{}</h2>\n{svg}", escaped(&chart.title));
        }
    }
    for sheet in &document.sheets {
        table(&mut out, sheet, document.zone);
    }
    if let Some(text) = &document.seal {
        let _ = writeln!(out, "<!-- {} -->", seal::wrapped(text));
    }
    out.push_str("</body></html>\n");
    out
}

fn table(out: &mut String, sheet: &Sheet, zone: Tz) {
    let classes: Vec<&str> =
        (0..sheet.columns.len()).map(|at| if sheet.is_number(at) { " class=\"n\"" } else { "" }).collect();
    let _ = write!(out, "<h2>{}</h2>\n<table><thead><tr>", escaped(sheet.name));
    for (column, class) in sheet.columns.iter().zip(&classes) {
        let _ = write!(out, "<th scope=\"col\"{class}>{}</th>", escaped(column.name));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &sheet.rows {
        out.push_str("<tr>");
        for (cell, class) in row.iter().zip(&classes) {
            let text = match cell {
                Cell::Text(text) | Cell::Number(text) => escaped(text),
                Cell::Time(time) => figures::moment(*time, zone),
                Cell::Empty => String::new(),
            };
            let _ = write!(out, "<td{class}>{text}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>");
    if !sheet.rows.is_empty() && sheet.columns.iter().any(|column| column.totalled) {
        out.push_str("<tfoot><tr>");
        for (at, (column, class)) in sheet.columns.iter().zip(&classes).enumerate() {
            let total = if column.totalled { sheet.total(at) } else { None };
            let text = total.or_else(|| (at == 0).then(|| "total".to_owned())).unwrap_or_default();
            let _ = write!(out, "<td{class}>{}</td>", escaped(&text));
        }
        out.push_str("</tr></tfoot>");
    }
    out.push_str("</table>\n");
}
