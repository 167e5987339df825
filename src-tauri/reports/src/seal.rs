//! Where a file carries what proves it later: a short JSON that nobody needs to read.
//!
//! JSON has it as a field, PDF as an attached file, XLSX among its properties, HTML in a comment; a CSV has no room that
//! every program would leave alone, so its seal lies beside it. Deliberately absent: what the JSON says.

use crate::Format;
use crate::csv_file::PART;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The field of a JSON report.
pub(crate) const JSON_KEY: &str = "seal";
/// The name of the file attached to a PDF.
pub(crate) const ATTACHED: &str = "omc-seal.txt";
const BEGIN: &str = "omc-seal:";
const END: &str = ":omc-seal";
/// The most bytes of a part of a workbook that are looked at.
const PART_BYTES_MAX: u64 = 16 << 20;

/// Where the seal of a CSV file lies.
#[must_use]
pub fn beside(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(".seal");
    PathBuf::from(name)
}

/// Seals of a CSV file that a process which ended in between left where it wrote them, at most so many, by name.
#[must_use]
pub fn left_beside(file: &Path, most: usize) -> Vec<PathBuf> {
    let place = beside(file);
    let (Some(folder), Some(name)) = (place.parent(), place.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let is_part = |path: &PathBuf| {
        let rest = path.file_name().and_then(|part| part.to_str()).and_then(|part| part.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(PART))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut left: Vec<PathBuf> = entries.filter(is_part).collect();
    left.sort();
    left.truncate(most);
    left
}

/// A seal in letters that no markup takes for its own.
pub(crate) fn wrapped(seal: &str) -> String {
    format!("{BEGIN}{}{END}", STANDARD.encode(seal))
}

fn unwrapped(text: &[u8]) -> Option<String> {
    let begin = rfind(text, BEGIN.as_bytes())? + BEGIN.len();
    let rest = text.get(begin..)?;
    let end = find(rest, END.as_bytes())?;
    String::from_utf8(STANDARD.decode(rest.get(..end)?).ok()?).ok()
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|part| part == wanted)
}

fn rfind(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).rposition(|part| part == wanted)
}

/// What kind of file this is, by its first bytes; CSV when by none of them.
#[must_use]
pub fn recognised(file: &[u8]) -> Format {
    let text = file.trim_ascii_start();
    match text {
        _ if file.starts_with(b"%PDF-") => Format::Pdf,
        _ if file.starts_with(b"PK\x03\x04") => Format::Xlsx,
        _ if text.starts_with(b"{") => Format::Json,
        _ if text.get(..9).is_some_and(|head| head.eq_ignore_ascii_case(b"<!doctype")) => Format::Html,
        _ => Format::Csv,
    }
}

/// The seal inside a file; none where there is none, or a CSV.
#[must_use]
pub fn inside(file: &[u8], format: Format) -> Option<String> {
    match format {
        Format::Csv => None,
        Format::Json => {
            let document: Value = serde_json::from_slice(file).ok()?;
            Some(document.get(JSON_KEY)?.to_string())
        }
        Format::Html => unwrapped(file),
        Format::Xlsx => {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).ok()?;
            let mut part = Vec::new();
            archive.by_name("docProps/core.xml").ok()?.take(PART_BYTES_MAX).read_to_end(&mut part).ok()?;
            unwrapped(&part)
        }
        // Attached as it is: the first line of the stream that begins so.
        Format::Pdf => unwrapped(file),
    }
}
