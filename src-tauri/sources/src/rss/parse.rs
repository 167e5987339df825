//! Where XML and HTML end: feeds become headlines.

use super::Outlet;
use super::xml::{self, ITEMS_MAX, Item};
use crate::error::SourceError;
use crate::link;
use crate::reading::{Refusal, Refused};
use crate::text::plain;
use crate::when;
use domain::Timestamp;
use ledgers::{Collected, Fingerprint, Observation, Payload, Undated, inert, shape_of};
use std::borrow::Cow;
use std::collections::HashSet;

const TITLE_CHARS_MAX: usize = 300;
const SUMMARY_CHARS_MAX: usize = 600;
const AUTHOR_CHARS_MAX: usize = 120;
/// So many items without a single date are no coincidence: the feed's form has changed.
const UNDATED_MIN: usize = 3;

/// The headlines of a feed. One bad item costs itself; a feed that breaks off keeps the items before the break.
pub fn parse(outlet: &Outlet, body: &[u8], now: Timestamp) -> Result<Collected, SourceError> {
    let service = outlet.name;
    let text = decoded(body).map_err(|reason| SourceError::NotFeed { service, reason })?;
    let document = xml::read(&text).map_err(|reason| SourceError::NotFeed { service, reason: inert(&reason) })?;
    let mut refused = Refused::default();
    if let Some(reason) = &document.broken {
        if document.items.is_empty() {
            return Err(SourceError::BadXml { service, reason: inert(reason) });
        }
        let reason = format!("the feed breaks off: {}", inert(reason));
        refused.push("rest of the feed", &Refusal::new("bad_xml", reason));
    }
    if document.more > 0 {
        let reason = format!("{} items beyond {ITEMS_MAX} were left out", document.more);
        refused.push("rest of the feed", &Refusal::new("too_many", reason));
    }
    let mut observations: Vec<Observation> = Vec::new();
    let (mut guids, mut links) = (HashSet::new(), HashSet::new());
    for (place, item) in document.items.iter().enumerate() {
        let name = || item.title.clone().or_else(|| item.link.clone()).unwrap_or_else(|| format!("item {}", place + 1));
        match headline(outlet, item, now) {
            Err(refusal) => refused.push(&name(), &refusal),
            Ok(found) => {
                let guid = item.guid.as_deref().map(str::trim).filter(|guid| !guid.is_empty());
                let known = guid.is_some_and(|guid| !guids.insert(guid)) | !links.insert(found.key.clone());
                if known {
                    refused.push(&name(), &Refusal::new("duplicate", "is in the feed more than once; taken once"));
                } else {
                    observations.push(found);
                }
            }
        }
    }
    let rejected = refused.finish();
    if observations.is_empty() {
        return Err(SourceError::nothing_left(service, &rejected, "items"));
    }
    if observations.len() >= UNDATED_MIN && observations.iter().all(|item| item.undated == Some(Undated::Missing)) {
        return Err(SourceError::SchemaChanged { service, reason: "not one item has a date".to_owned() });
    }
    let content: Vec<[u8; 32]> = observations.iter().map(|item| item.fingerprint().bytes()).collect();
    let (fingerprint, shape) = (Some(Fingerprint::of(content)), Some(shape_of(fields(&document.items))));
    Ok(Collected { observations, rejected, fingerprint, shape, ..Collected::default() })
}

/// The fields at least one item has.
fn fields(items: &[Item]) -> impl Iterator<Item = &'static str> {
    let any = |has: fn(&Item) -> bool| items.iter().any(has);
    let fields = [
        ("title", any(|item| item.title.is_some())),
        ("link", any(|item| item.link.is_some())),
        ("guid", any(|item| item.guid.is_some())),
        ("pubDate", any(|item| item.date.is_some())),
        ("description", any(|item| item.summary.is_some())),
        ("dc:creator", any(|item| !item.authors.is_empty())),
    ];
    fields.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name)
}

fn headline(outlet: &Outlet, item: &Item, now: Timestamp) -> Result<Observation, Refusal> {
    let title = plain(item.title.as_deref().ok_or_else(|| Refusal::missing("the title"))?, TITLE_CHARS_MAX);
    if title.is_empty() {
        return Err(Refusal::new("empty", "the title is empty"));
    }
    let guid = item.guid.as_deref().filter(|_| !item.guid_is_no_link);
    let link = item.link.as_deref().filter(|link| !link.trim().is_empty()).or(guid);
    let url = link::canonical(link.unwrap_or_default())?;
    let authors: Vec<String> =
        item.authors.iter().map(|author| plain(author, AUTHOR_CHARS_MAX)).filter(|author| !author.is_empty()).collect();
    let author = (!authors.is_empty()).then(|| plain(&authors.join(", "), AUTHOR_CHARS_MAX));
    let summary = plain(item.summary.as_deref().unwrap_or_default(), SUMMARY_CHARS_MAX);
    let summary = without_trailer(&summary).to_owned();
    let published = when::date(item.date.as_deref(), now);
    let payload = Payload::News { title, url: url.clone(), summary, outlet: outlet.name.to_owned(), author };
    Ok(Observation {
        source: outlet.info.name.to_owned(),
        key: url,
        coins: Vec::new(),
        event_time: published.unwrap_or(now),
        published_at: published.ok(),
        undated: published.err(),
        payload,
    })
}

/// A summary without what WordPress adds to each.
fn without_trailer(summary: &str) -> &str {
    match summary.rfind("The post ") {
        Some(at) if summary.get(at..).is_some_and(|end| end.contains(" appeared first on ")) => {
            summary.get(..at).unwrap_or(summary).trim_end()
        }
        _ => summary,
    }
}

/// The body as text: UTF-8, UTF-16 with its mark, or the two Western encodings feeds still declare.
fn decoded(body: &[u8]) -> Result<Cow<'_, str>, String> {
    if let Some(rest) = body.strip_prefix(b"\xEF\xBB\xBF") {
        return Ok(String::from_utf8_lossy(rest));
    }
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match body {
        [0xFF, 0xFE, rest @ ..] => return Ok(utf16(rest, u16::from_le_bytes).into()),
        [0xFE, 0xFF, rest @ ..] => return Ok(utf16(rest, u16::from_be_bytes).into()),
        _ => {}
    }
    match declared(body).as_deref() {
        None | Some("utf-8" | "utf8" | "us-ascii" | "ascii") => Ok(String::from_utf8_lossy(body)),
        Some("iso-8859-1" | "latin1" | "windows-1252" | "cp1252") => {
            Ok(body.iter().map(|byte| western(*byte)).collect::<String>().into())
        }
        Some(other) => Err(format!("it is written in {}, which is not read", inert(other))),
    }
}

/// The encoding in `<?xml … encoding="…"?>`, in lower case.
fn declared(body: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(body.get(..body.len().min(200))?).into_owned();
    let head = head.trim_start().strip_prefix("<?xml")?;
    let (declaration, _) = head.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value.get(1..)?.split_once(quote).map(|(name, _)| name.trim().to_ascii_lowercase())
}

/// A byte of windows-1252, which has all of ISO 8859-1's letters.
fn western(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80).and_then(|at| FROM_80.get(usize::from(at))).copied().unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests;
