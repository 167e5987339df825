//! Where a file is not what it should be, in words a person can follow to the place.

use crate::Format;
use quick_xml::events::Event;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;

/// The most differences that are named.
const NAMED_MAX: usize = 20;
const SHOWN_CHARS_MAX: usize = 200;
const PART_BYTES_MAX: u64 = 1 << 30;

/// One place where two files differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: a line, a cell, a field.
    pub place: String,
    /// What the file says there; empty where it says nothing.
    pub file: String,
    /// What it should say.
    pub should: String,
}

fn short(text: &str) -> String {
    let mut out: String = text.trim().chars().take(SHOWN_CHARS_MAX).collect();
    if out.len() < text.trim().len() {
        out.push('…');
    }
    out
}

/// The first places where a file differs from what it should be; none when only bytes nobody reads do.
#[must_use]
pub fn differences(format: Format, file: &[u8], should: &[u8]) -> Vec<Difference> {
    match format {
        Format::Csv | Format::Html => lines(file, should),
        Format::Json => match (serde_json::from_slice(file), serde_json::from_slice(should)) {
            (Ok(file), Ok(should)) => {
                let mut found = Vec::new();
                values(&mut found, "", &file, &should);
                found
            }
            _ => lines(file, should),
        },
        Format::Xlsx => cells(file, should),
        // Its pages are packed: that they differ is all that can be said.
        Format::Pdf => Vec::new(),
    }
}

fn lines(file: &[u8], should: &[u8]) -> Vec<Difference> {
    let split = |bytes: &[u8]| String::from_utf8_lossy(bytes).split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (file, should) = (split(file), split(should));
    let line = |lines: &[String], at: usize| lines.get(at).cloned().unwrap_or_default();
    (0..file.len().max(should.len()))
        .filter(|at| file.get(*at) != should.get(*at))
        .take(NAMED_MAX)
        .map(|at| Difference {
            place: format!("line {}", at + 1),
            file: short(&line(&file, at)),
            should: short(&line(&should, at)),
        })
        .collect()
}

fn values(found: &mut Vec<Difference>, place: &str, file: &Value, should: &Value) {
    if file == should || found.len() >= NAMED_MAX {
        return;
    }
    match (file, should) {
        (Value::Object(a), Value::Object(b)) => {
            let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for name in names {
                let at = |of: &serde_json::Map<String, Value>| of.get(name).cloned().unwrap_or(Value::Null);
                values(found, &format!("{place}/{name}"), &at(a), &at(b));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                let of = |list: &[Value]| list.get(at).cloned().unwrap_or(Value::Null);
                values(found, &format!("{place}/{at}"), &of(a), &of(b));
            }
        }
        _ => {
            found.push(Difference {
                place: place.to_owned(),
                file: short(&file.to_string()),
                should: short(&should.to_string()),
            });
        }
    }
}

/// The cells of every sheet of a workbook, by sheet and place; none for what is no workbook.
fn workbook(bytes: &[u8]) -> Option<BTreeMap<(String, String), String>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    let strings = part(&mut archive, "xl/sharedStrings.xml").map_or_else(Vec::new, |xml| shared(&xml));
    let names: Vec<String> = archive.file_names().flatten().map(std::borrow::Cow::into_owned).collect();
    let mut cells = BTreeMap::new();
    for name in names.iter().filter(|name| name.starts_with("xl/worksheets/sheet")) {
        let sheet = name.trim_start_matches("xl/worksheets/").trim_end_matches(".xml");
        read_cells(&part(&mut archive, name)?, sheet, &strings, &mut cells);
    }
    Some(cells)
}

fn part(archive: &mut zip::ZipArchive<std::io::Cursor<&[u8]>>, name: &str) -> Option<String> {
    let mut out = String::new();
    archive.by_name(name).ok()?.take(PART_BYTES_MAX).read_to_string(&mut out).ok()?;
    Some(out)
}

fn shared(xml: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut all, mut now) = (Vec::new(), String::new());
    loop {
        match reader.read_event() {
            Ok(Event::Text(text)) => now.push_str(&text),
            Ok(Event::GeneralRef(name)) => now.push_str(&format!("&{};", &*name)),
            Ok(Event::End(end)) if end.name().as_ref() == "si" => all.push(std::mem::take(&mut now)),
            Ok(Event::Eof) | Err(_) => return all,
            Ok(_) => {}
        }
    }
}

fn read_cells(xml: &str, sheet: &str, strings: &[String], cells: &mut BTreeMap<(String, String), String>) {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut place, mut is_shared, mut now) = (String::new(), false, String::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) if start.name().as_ref() == "c" => {
                let value = |name: &str| {
                    let attribute = start.attributes().flatten().find(|at| at.key.as_ref() == name);
                    attribute.map_or_else(String::new, |at| at.value.to_string())
                };
                (place, is_shared) = (value("r"), value("t") == "s");
                now.clear();
            }
            Ok(Event::Text(text)) => now.push_str(&text),
            Ok(Event::GeneralRef(name)) => now.push_str(&format!("&{};", &*name)),
            Ok(Event::End(end)) if end.name().as_ref() == "c" => {
                let text = std::mem::take(&mut now);
                let of_shared = || strings.get(text.parse::<usize>().ok()?).cloned();
                let text = if is_shared { of_shared().unwrap_or_default() } else { text };
                cells.insert((sheet.to_owned(), std::mem::take(&mut place)), text);
            }
            Ok(Event::Eof) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

fn cells(file: &[u8], should: &[u8]) -> Vec<Difference> {
    let (Some(file), Some(should)) = (workbook(file), workbook(should)) else {
        return vec![Difference {
            place: "workbook".to_owned(),
            file: "it can't be read".to_owned(),
            should: String::new(),
        }];
    };
    let places: std::collections::BTreeSet<_> = file.keys().chain(should.keys()).collect();
    let differ = places.into_iter().filter(|place| file.get(*place) != should.get(*place));
    let of = |cells: &BTreeMap<(String, String), String>, place: &(String, String)| {
        cells.get(place).map_or_else(String::new, |text| short(text))
    };
    differ
        .take(NAMED_MAX)
        .map(|place| Difference {
            place: format!("{} {}", place.0, place.1),
            file: of(&file, place),
            should: of(&should, place),
        })
        .collect()
}
